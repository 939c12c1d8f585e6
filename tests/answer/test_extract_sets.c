/*
 * test_extract_sets.c - the references of published sets as answers: nothing
 * of them may get lost on the way to a program.
 */
#include "../tasks/bench_file.h"
#include "answer/extract.h"
#include "test.h"

static struct tw_taskset set;
static struct tw_err err;

static const char *const FILES[] = {
    "bench/humaneval-x_cpp.jsonl", "bench/humaneval-x_java.jsonl",
    "bench/humaneval-x_js.jsonl",  "bench/humaneval-x_go.jsonl",
    "bench/HumanEval.jsonl",
};

/* What a model writes behind its answer when nobody stops it. */
static const char *junk(enum tw_lang lang)
{
    switch ((int)lang) {
    case TW_LANG_JAVA:
        return "\npublic class Main { public static void main(String[] a) {";
    case TW_LANG_GO:
        return "\nfunc main() {\n    fmt.Println(1)\n";
    case TW_LANG_JS:
        return "\nconsole.log('}')\n/* {";
    case TW_LANG_PYTHON:
        return "\ndef g(x):\n    return (\n";
    default:
        return "\nint main() {\n    return 0;\n";
    }
}

static bool same(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " \t\r\n");
        b += strspn(b, " \t\r\n");
        if (*a != *b || !*a)
            return *a == *b;
    }
}

/* Is the canonical solution in there, blanks apart, and the end of it? */
static bool ends_with(const char *code, const char *canonical)
{
    for (const char *p = code; *p; p++)
        if (same(p, canonical))
            return true;
    return false;
}

struct asked {
    struct tw_extract_task *tasks;
    const struct tw_extract_task **at;
    struct tw_extract_answer *answers;
    struct tw_extract_result *results;
};

static bool ask(struct tw_jail *jail, struct tw_arena *a, struct asked *q,
                bool chat)
{
    q->tasks = tw_arena_alloc(a, set.n, sizeof(*q->tasks));
    q->at = tw_arena_alloc(a, set.n, sizeof(struct tw_extract_task *));
    q->answers = tw_arena_alloc(a, set.n, sizeof(*q->answers));
    q->results = tw_arena_alloc(a, set.n, sizeof(*q->results));
    for (size_t i = 0; i < set.n; i++) {
        const struct tw_task *t = &set.tasks[i];
        char *text = tw_arena_alloc(a, 1u << 15, 1);
        q->tasks[i] = (struct tw_extract_task){ .entry = t->entry,
                                                .head = t->prompt,
                                                .bench = true,
                                                .lang = set.lang,
                                                .stops = t->stops,
                                                .n_stops = t->n_stops,
                                                .setup = t->setup };
        q->at[i] = &q->tasks[i];
        int n = chat ? snprintf(text, 1u << 15, "Sure!\n```\n%s%s```\nDone {",
                                t->prompt, t->canonical)
                     : snprintf(text, 1u << 15, "%s%s", t->canonical,
                                junk(set.lang));
        q->answers[i] = (struct tw_extract_answer){ text, (size_t)n };
    }
    return tw_extract_many(jail, a, q->at, q->answers, set.n, q->results,
                           &err) == TW_OK;
}

static void check_set(struct tw_jail *jail, bool chat)
{
    struct tw_arena a;
    struct asked q;
    size_t n_right = 0;

    tw_arena_init(&a, 256u << 20);
    CHECK(ask(jail, &a, &q, chat));
    for (size_t i = 0; i < set.n; i++) {
        /* One has the first lines of its tests behind the function. */
        bool right = q.results[i].class == TW_EXTRACT_OK &&
                     (strcmp(set.tasks[i].id, "CPP/94") == 0 ||
                      ends_with(q.results[i].code, set.tasks[i].canonical));
        if (!right && n_right + 4 > i)
            printf("# %s: %s\n", set.tasks[i].id,
                   tw_extract_class_name(q.results[i].class));
        n_right += right;
    }
    CHECK(n_right == set.n);
    tw_arena_release(&a);
}

TEST(references_come_through_unharmed)
{
    struct tw_jail *jail = NULL;

    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    for (size_t i = 0; jail && i < TW_ARRAY_LEN(FILES); i++) {
        char path[1024];

        if (!shared_file(path, FILES[i])) {
            printf("# %s # SKIP shared data absent\n", FILES[i]);
            continue;
        }
        CHECK(tw_taskset_load(&set, path, NULL, &err) == TW_OK);
        check_set(jail, false);
        check_set(jail, true);
        tw_taskset_release(&set);
    }
    tw_jail_close(jail);
}

TEST_MAIN(RUN(references_come_through_unharmed);)
