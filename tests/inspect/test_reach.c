/*
 * test_reach.c - what programs reach for: answers that do something when nobody
 * watches, and honest ones.
 */
#include "inspect_kit.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "inspect/reach.h"

enum { TEXTS_MAX = 700, HEAD_MAX = 200 };

struct texts {
    const char *heads[TEXTS_MAX]; /* what stands behind "#### " */
    const char *codes[TEXTS_MAX];
    struct tw_reach found[TEXTS_MAX];
    size_t n;
};

/* Blocks of a file in tests/inspect/reach/, each behind its "#### HEAD". */
static bool read_blocks(struct kit *k, const char *name, struct texts *t)
{
    const char *root = getenv("TW_SOURCE");
    struct tw_file_map m;

    memset(t, 0, sizeof(*t));
    if (!root)
        return false;
    const char *path =
        tw_arena_textf(&k->a, "%s/tests/inspect/reach/%s", root, name);
    if (!path || tw_file_map_open(&m, path, &k->err) != TW_OK)
        return false;
    char *text = tw_arena_text(&k->a, (const char *)m.bytes, m.len);
    tw_file_map_close(&m);
    for (char *at = text; at && (at = strstr(at, "\n#### ")) != NULL;) {
        char *eol = strchr(at + 6, '\n');
        if (!eol || t->n == TEXTS_MAX)
            break;
        *at = '\0';
        *eol = '\0';
        t->heads[t->n] = at + 6;
        t->codes[t->n++] = eol + 1;
        at = eol + 1;
    }
    /* The last byte of a block went with the separator. */
    for (size_t i = 0; i < t->n; i++)
        t->codes[i] = tw_arena_textf(&k->a, "%s\n", t->codes[i]);
    return t->n > 0;
}

static bool look(struct kit *k, struct texts *t, struct tw_reach_allow allow)
{
    enum tw_status st =
        tw_reach_find(k->jail, &k->a, t->codes, t->n, allow, t->found, &k->err);
    if (st != TW_OK)
        printf("# %s\n", k->err.msg);
    return st == TW_OK;
}

static const char *look_at(struct kit *k, const char *code, const char *allowed)
{
    const char *const names[] = { allowed };
    struct tw_reach found = { "no answer", "" };
    struct tw_reach_allow allow = { names, allowed != NULL };

    CHECK(tw_reach_find(k->jail, &k->a, &code, 1, allow, &found, &k->err) ==
          TW_OK);
    CHECK(found.opened &&
          (!allowed || !*found.opened || strcmp(found.opened, allowed) == 0));
    if (allowed && !found.reason)
        CHECK(strcmp(found.opened, allowed) == 0);
    return found.reason;
}

static bool is_plain_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* "STYLE | NAME | part of the reason" */
TEST(each_payload_is_refused_with_line_and_name)
{
    struct kit k;
    static struct texts t;
    size_t n_styles = 0;
    if (!kit_begin(&k))
        return;
    if (!read_blocks(&k, "payloads.txt", &t) ||
        !look(&k, &t, (struct tw_reach_allow){ 0 })) {
        printf("# SKIP no payloads: TW_SOURCE is not set\n");
        kit_end(&k);
        return;
    }
    for (size_t i = 0; i < t.n; i++) {
        const char *want = strrchr(t.heads[i], '|');
        size_t style = strcspn(t.heads[i], "|");
        bool right = want && t.found[i].reason &&
                     strncmp(t.found[i].reason, "line ", 5) == 0 &&
                     strstr(t.found[i].reason, want + 2) &&
                     is_plain_ascii(t.found[i].reason);
        if (!right)
            printf("# %s: %s\n", t.heads[i],
                   t.found[i].reason ? t.found[i].reason : "no reason");
        CHECK(right);
        n_styles += i == 0 || strncmp(t.heads[i], t.heads[i - 1], style) != 0;
    }
    printf("# %zu payloads in %zu styles\n", t.n, n_styles);
    CHECK(t.n >= 30 && n_styles >= 10);
    kit_end(&k);
}

TEST(honest_functions_have_no_reason)
{
    struct kit k;
    static struct texts t;
    if (!kit_begin(&k))
        return;
    if (read_blocks(&k, "honest.txt", &t) &&
        look(&k, &t, (struct tw_reach_allow){ 0 })) {
        for (size_t i = 0; i < t.n; i++) {
            if (t.found[i].reason)
                printf("# %s: %s\n", t.heads[i], t.found[i].reason);
            CHECK(!t.found[i].reason);
        }
        CHECK(t.n >= 20);
    }
    kit_end(&k);
}

/* The canonical solutions of a published set: {field1 + field2} of each object,
 * which are lines or one array. */
static void add_solutions(struct kit *k, struct texts *t, const char *name,
                          const char *first, const char *second)
{
    const char *shared = getenv("TW_SHARED");
    struct tw_file_map m;
    struct tw_json *root;

    if (!shared)
        return;
    const char *path = tw_arena_textf(&k->a, "%s/data/bench/%s", shared, name);
    if (!path || tw_file_map_open(&m, path, &k->err) != TW_OK)
        return;
    const char *at = (const char *)m.bytes, *end = at + m.len;
    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        if (!eol || *at == '[')
            eol = end;
        if (tw_json_parse(&root, at, (size_t)(eol - at), &k->err) != TW_OK)
            break;
        size_t n = 1;
        if (tw_json_kind(root) == TW_JSON_ARRAY)
            n = tw_json_len(root);
        for (size_t i = 0; i < n && t->n < TEXTS_MAX; i++) {
            const struct tw_json *v = n > 1 ? tw_json_at(root, i) : root;
            const char *a = tw_json_text(tw_json_get(v, first), NULL);
            const char *b = tw_json_text(tw_json_get(v, second), NULL);
            struct tw_buf clean;
            tw_buf_init(&clean, 1 << 20); /* CRLF, as an answer becomes */
            for (const char *p = a ? a : ""; *p; p++)
                if (*p != '\r')
                    tw_buf_addc(&clean, *p);
            t->codes[t->n++] =
                tw_arena_textf(&k->a, "%s%s", tw_buf_text(&clean), b ? b : "");
            tw_buf_release(&clean);
        }
        tw_json_free(root);
        at = eol + 1;
    }
    tw_file_map_close(&m);
}

/* HumanEval/160 evaluates a string, and one function of MBPP formats by a text
 * that it is given: both are right to be asked about. */
TEST(one_of_300_canonical_solutions_has_a_reason)
{
    struct kit k;
    static struct texts t;
    size_t n_300 = 0, n_all = 0;
    if (!kit_begin(&k))
        return;
    add_solutions(&k, &t, "HumanEval.jsonl", "prompt", "canonical_solution");
    add_solutions(&k, &t, "sanitized-mbpp.json", "code", "");
    if (t.n > 300 && look(&k, &t, (struct tw_reach_allow){ 0 })) {
        for (size_t i = 0; i < t.n; i++) {
            if (t.found[i].reason)
                printf("# %zu: %s\n", i, t.found[i].reason);
            n_300 += i < 300 && t.found[i].reason;
            n_all += t.found[i].reason != NULL;
        }
        printf("# refused: %zu of 300, %zu of %zu\n", n_300, n_all, t.n);
        CHECK(n_300 <= 1 && n_all * 300 <= t.n + 300);
    } else {
        printf("# SKIP without the shared data\n");
    }
    kit_end(&k);
}

TEST(allow_opens_what_it_names)
{
    static const char random[] = "import random\ndef f(x):\n"
                                 "    return random.choice(x)\n";
    static const char deeper[] = "import random\ndef f(x):\n"
                                 "    return random._os.system(x)\n";
    static const char value[] = "import random\ndef f(x):\n"
                                "    r = random\n    return r._os\n";
    static const char path[] = "import os.path\ndef f(x):\n"
                               "    return os.path.basename(x)\n";
    static const char system[] = "import os.path\ndef f(x):\n"
                                 "    return os.system(x)\n";
    static const char get[] = "def f(x, y):\n    return getattr(x, y)\n";
    struct kit k;
    if (!kit_begin(&k))
        return;
    CHECK(strcmp(look_at(&k, random, NULL),
                 "line 1 reaches for import random: import random "
                 "(allow = [\"random\"] opens it)") == 0);
    CHECK(!look_at(&k, random, "random"));
    CHECK(look_at(&k, random, "rand") != NULL);
    CHECK(look_at(&k, deeper, "random") != NULL);
    CHECK(look_at(&k, value, "random") != NULL);
    CHECK(!look_at(&k, path, "os"));
    CHECK(!look_at(&k, path, "os.path"));
    CHECK(!look_at(&k, system, "os"));
    CHECK(look_at(&k, system, "os.path") != NULL);
    CHECK(look_at(&k, get, NULL) != NULL);
    CHECK(!look_at(&k, get, "getattr"));
    kit_end(&k);
}

/* Each of these hides something from a person who reads it, and no project can
 * open it. */
TEST(what_is_not_seen_is_named)
{
    static const struct {
        const char *code, *reason;
    } cases[] = {
        { "def f(x):\n    return x # \xe2\x80\xae\n",
          "line 2 hides the character U+202E right-to-left override: "
          "return x # \\u202e" },
        { "x = 1 # a\rimport os\n",
          "line 1 hides the character U+000D without a name: "
          "x = 1 # a\\rimport os" },
        { "def f(x):\n    \xef\xbd\x85val = 1\n    return x\n",
          "line 2 has the name \\uff45val, which is eval to Python: "
          "\\uff45val = 1" },
        { "\xd0\xb0 = 1\n",
          "line 1 has the name \\u0430, which looks like another name: "
          "\\u0430 = 1" },
        { "# -*- coding: utf-7 -*-\nx = 1\n",
          "line 1 declares the encoding utf-7: # -*- coding: utf-7 -*-" },
    };
    struct kit k;
    if (!kit_begin(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        const char *reason = look_at(&k, cases[i].code, "eval");
        CHECK(reason && strcmp(reason, cases[i].reason) == 0);
        if (!reason || strcmp(reason, cases[i].reason) != 0)
            printf("# %s\n", reason ? reason : "no reason");
    }
    kit_end(&k);
}

TEST(a_text_that_cannot_be_read_has_a_reason)
{
    struct kit k;
    struct tw_buf b;
    if (!kit_begin(&k))
        return;
    const char *reason = look_at(&k, "def f(:\n", NULL);
    CHECK(reason && strstr(reason, "cannot be found out: SyntaxError") != NULL);
    /* One that is too deep for the parser takes no other with it. */
    tw_buf_init(&b, 1 << 20);
    tw_buf_adds(&b, "x = ");
    for (int i = 0; i < 50000; i++)
        tw_buf_addc(&b, '-');
    tw_buf_adds(&b, "1\n");
    const char *texts[] = { tw_buf_text(&b), "x = 1\n", "import os\n" };
    struct tw_reach found[3];
    CHECK(tw_reach_find(k.jail, &k.a, texts, 3, (struct tw_reach_allow){ 0 },
                        found, &k.err) == TW_OK);
    CHECK(found[0].reason && !found[1].reason && found[2].reason);
    tw_buf_release(&b);
    kit_end(&k);
}

TEST_MAIN(RUN(each_payload_is_refused_with_line_and_name);
          RUN(honest_functions_have_no_reason);
          RUN(one_of_300_canonical_solutions_has_a_reason);
          RUN(allow_opens_what_it_names); RUN(what_is_not_seen_is_named);
          RUN(a_text_that_cannot_be_read_has_a_reason);)
