/*
 * test_task.c - task sets: layouts, what is refused, ids.
 */
#include "bench_file.h"
#include "tasks/task.h"
#include "test.h"

static struct tw_taskset set;
static struct tw_err err;

/* Status of a load that is expected to fail with these words. */
static bool refused(const char *text, const char *name, enum tw_status want,
                    const char *words)
{
    enum tw_status st = load_text(&set, text, name, &err);
    bool fine = st == want && strstr(err.msg, words) != NULL;

    if (!fine)
        printf("# %s: %s\n", tw_status_name(st), err.msg);
    if (st == TW_OK)
        tw_taskset_release(&set);
    return fine;
}

static size_t count_shared(const char *file, const char *name)
{
    char path[1024];

    if (!shared_file(path, file)) {
        printf("# %s # SKIP shared data absent\n", file);
        return 0;
    }
    if (tw_taskset_load(&set, path, name, &err) != TW_OK) {
        printf("# %s\n", err.msg);
        return 0;
    }
    size_t n = set.n;
    tw_taskset_release(&set);
    return n;
}

TEST(published_sets_have_their_tasks)
{
    static const struct {
        const char *file, *name;
        size_t n;
    } cases[] = {
        { "bench/HumanEval.jsonl", "humaneval", 164 },
        { "bench/HumanEval.jsonl", NULL, 164 },
        { "bench/sanitized-mbpp.json", "mbpp-sanitized", 427 },
        { "bench/sanitized-mbpp.json", "mbpp-257", 257 },
        { "bench/mbpp.jsonl", "mbpp", 974 },
        { "bench/mbpp.jsonl", "mbpp-test", 500 },
        { "bench/humaneval-x_python.jsonl", "humaneval-x", 164 },
        { "bench/humaneval-x_cpp.jsonl", "humaneval-x-cpp", 164 },
        { "bench/humaneval-x_java.jsonl", NULL, 164 },
        { "bench/humaneval-x_js.jsonl", NULL, 164 },
        { "bench/humaneval-x_go.jsonl", NULL, 164 },
        { "recorded/codet_humaneval_prompts_solutions.jsonl", NULL, 164 },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        char path[1024];

        if (shared_file(path, cases[i].file))
            CHECK(count_shared(cases[i].file, cases[i].name) == cases[i].n);
    }
}

TEST(published_tasks_know_their_functions)
{
    static const char *const files[] = {
        "bench/HumanEval.jsonl",
        "bench/sanitized-mbpp.json",
        "bench/mbpp.jsonl",
        "bench/humaneval-x_python.jsonl",
        "bench/humaneval-x_cpp.jsonl",
        "bench/humaneval-x_java.jsonl",
        "bench/humaneval-x_js.jsonl",
        "bench/humaneval-x_go.jsonl",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(files); i++) {
        char path[1024];
        size_t n_none = 0;

        if (!shared_file(path, files[i]))
            continue;
        CHECK(tw_taskset_load(&set, path, NULL, &err) == TW_OK);
        for (size_t t = 0; t < set.n; t++) {
            if (!*set.tasks[t].entry)
                printf("# %s %s\n", files[i], set.tasks[t].id);
            n_none += !*set.tasks[t].entry;
            CHECK(*set.tasks[t].tests && *set.tasks[t].canonical);
        }
        CHECK(n_none == 0);
        tw_taskset_release(&set);
    }
}

TEST(humaneval_is_read)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    CHECK(set.n == 3 && set.layout == TW_LAYOUT_HUMANEVAL);
    CHECK(set.lang == TW_LANG_PYTHON && strcmp(set.name, "humaneval") == 0);
    const struct tw_task *t = &set.tasks[1];
    CHECK(strcmp(t->id, "HumanEval/1") == 0 && t->line == 2);
    CHECK(strcmp(t->entry, "two") == 0 && !t->canonical_whole);
    CHECK(strcmp(t->stub, "def two(x):\n    \"\"\" two of x \"\"\"\n"
                          "    pass\n") == 0);
    CHECK(strcmp(t->canonical, "    return x + 2\n") == 0);
    CHECK(t->n_stops > 0 && t->n_cases == 0 && !*t->setup);
    tw_taskset_release(&set);
}

TEST(ids_of_all_styles_find_the_task)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    static const char *const good[] = { "HumanEval/1", "Python/1", "1",
                                        "humaneval/1" };
    static const char *const bad[] = {
        "HumanEval/3", "CPP/1", "MBPP/1",      "",   "/", "1x", "01",
        "Mbpp/1",      "-1",    "99999999999", "x/1"
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(good); i++)
        CHECK(tw_taskset_find(&set, good[i]) == &set.tasks[1]);
    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++)
        CHECK(tw_taskset_find(&set, bad[i]) == NULL);
    tw_taskset_release(&set);
}

#define MBPP_TEXT                                                         \
    "{\"text\": \"Add.\", \"code\": \"import math\\r\\ndef g(x):\\r\\n  " \
    "return x\\r\\ndef add(x):\\r\\n  return g(x)\", \"task_id\": 12, "   \
    "\"test_setup_code\": \"k = 1\", \"test_list\": [\"assert "           \
    "add(1) == k\", \"assert add(2) == 2\"], \"challenge_test_list\": []}\n"
#define MBPP_SANITIZED                                                  \
    "[{\"source_file\": \"a\", \"task_id\": 12, \"prompt\": \"Add.\", " \
    "\"code\": \"def add(x):\\n  return x\", \"test_imports\": "        \
    "[\"import math\"], \"test_list\": [\"assert math.isclose(add(1), " \
    "1)\"]}]"

TEST(mbpp_is_read_in_both_editions)
{
    CHECK(load_text(&set, MBPP_TEXT, "mbpp", &err) == TW_OK);
    CHECK(set.n == 1 && strcmp(set.tasks[0].id, "12") == 0);
    const struct tw_task *t = &set.tasks[0];
    CHECK(strcmp(t->entry, "add") == 0 && t->canonical_whole);
    CHECK(strcmp(t->tests, "k = 1\nassert add(1) == k\nassert add(2) == 2\n") ==
          0);
    CHECK(t->n_asserts == 2 &&
          strcmp(t->asserts[1], "assert add(2) == 2") == 0);
    CHECK(strchr(t->canonical, '\r') == NULL && !*t->stub);
    CHECK(strcmp(t->setup, "k = 1") == 0);
    CHECK(tw_taskset_find(&set, "MBPP/12") == t);
    CHECK(tw_taskset_find(&set, "Mbpp/12") == t);
    CHECK(tw_taskset_find(&set, "12") == t);
    tw_taskset_release(&set);
    CHECK(load_text(&set, MBPP_SANITIZED, "mbpp-sanitized", &err) == TW_OK);
    t = &set.tasks[0];
    CHECK(strcmp(t->setup, "import math\n") == 0);
    CHECK(strcmp(t->tests, "import math\nassert math.isclose(add(1), 1)\n") ==
          0);
    CHECK(strcmp(t->entry, "add") == 0);
    tw_taskset_release(&set);
}

TEST(wrong_files_are_refused_with_the_missing_field)
{
    CHECK(refused(MBPP_TEXT, "mbpp-sanitized", TW_EINVAL,
                  "line 1 of 'tasks.json' lacks 'prompt' (has 'text': this is "
                  "the full MBPP, not the sanitized MBPP)"));
    CHECK(refused(MBPP_SANITIZED, "mbpp", TW_EINVAL,
                  "lacks 'text' (has 'prompt': this is the sanitized MBPP"));
    CHECK(refused(OWN_TASKS, "mbpp-257", TW_EINVAL, "this is HumanEval"));
    CHECK(refused(OWN_TASKS, "humaneval-x", TW_EINVAL, "lacks 'declaration'"));
    CHECK(refused(OWN_TASKS MBPP_TEXT, NULL, TW_EFORMAT,
                  "line 4 of 'tasks.json' lacks 'prompt'"));
    CHECK(refused(OWN_TASKS OWN_TASKS, NULL, TW_EFORMAT,
                  "found the task 'HumanEval/0' twice, again in line 4"));
    CHECK(refused(MBPP_SANITIZED, "mbpp-257", TW_EFORMAT,
                  "found 1 tasks from 11 to 510, not 257"));
    CHECK(refused("{\"task_id\": \"HumanEval/0\", \"prompt\": \"\", "
                  "\"canonical_solution\": \"\", \"entry_point\": \"f\"}",
                  NULL, TW_EFORMAT, "lacks 'test'"));
    CHECK(refused("", NULL, TW_EFORMAT, "cannot find a task"));
    CHECK(refused("[]", NULL, TW_EFORMAT, "cannot find a task"));
    CHECK(refused("[" OWN_TASK("0", "f", "", "1"), NULL, TW_EFORMAT, "ends"));
    CHECK(refused("\n\n{\"task_id\": 1,\n", NULL, TW_EFORMAT, "line 4"));
    CHECK(refused("[1]", NULL, TW_EFORMAT, "is no JSON object"));
    CHECK(refused("\"a\"", NULL, TW_EFORMAT, "is no JSON object"));
    CHECK(refused(OWN_TASKS, "humanevil", TW_EINVAL, "unknown task set"));
    CHECK(refused(OWN_TASK("HumanEval/7", "f\\u0000", "", "1"), NULL,
                  TW_EFORMAT, "NUL"));
    CHECK(tw_taskset_load(&set, "absent.json", NULL, &err) == TW_EIO);
}

TEST_MAIN(RUN(published_sets_have_their_tasks);
          RUN(published_tasks_know_their_functions); RUN(humaneval_is_read);
          RUN(ids_of_all_styles_find_the_task);
          RUN(mbpp_is_read_in_both_editions);
          RUN(wrong_files_are_refused_with_the_missing_field);)
