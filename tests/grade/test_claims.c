#include "grade/claims.h"
#include "python/pyrun.h"
#include "test.h"

#include <string.h>

static struct tw_task task_of(const char *tests)
{
    return (struct tw_task){
        .id = "T/0",
        .prompt = "def f(x):\n    \"\"\"About x.\"\"\"\n",
        .stub = "def f(x):\n    \"\"\"About x.\"\"\"\n    pass\n",
        .entry = "f",
        .canonical = "    return x\n",
        .setup = "",
        .tests = tests,
        .declaration = "",
        .example_test = "",
    };
}

static struct tw_jail *jail_or_skip(void)
{
    struct tw_jail *jail = NULL;
    struct tw_err err = { 0 };

    if (!tw_py_interpreter() || tw_jail_open(&jail, false, &err) != TW_OK)
        test_skip("no jail here: %s", err.msg);
    return jail;
}

static size_t n_claims(struct tw_jail *jail, const char *tests)
{
    struct tw_task task = task_of(tests);
    struct tw_taskset set = { .lang = TW_LANG_PYTHON, .tasks = &task, .n = 1 };
    struct tw_claims_set s;

    CHECK(tw_claims_make(&s, jail, &set, NULL) == TW_OK);
    size_t n = s.items[0].n;
    CHECK(s.n_tasks == (n > 0));
    tw_claims_release(&s);
    return n;
}

TEST(only_claims_about_calls_with_literals_are_split)
{
    static const struct {
        const char *tests;
        size_t n;
    } cases[] = {
        { "def check(candidate):\n    assert candidate(1) == [2, 'a']\n"
          "    # text\n    assert candidate('a' + 'b') is None, 'why'\n"
          "    assert True\n",
          3 },
        { "import math\nassert f(-1) == {1: (2.5,)}\nassert not f(2)\n", 2 },
        { "METADATA = {}\ndef check(f):\n    assert f({'a': [1]})\n"
          "check(f)\n",
          1 },
        { "def check(c):\n    assert abs(c(1.5) - 2.0) < 1e-6\n", 1 },
        /* What is not plain. */
        { "def check(c):\n    for i in range(3):\n        assert c(i) == i\n",
          0 },
        { "def check(c):\n    x = c(1)\n    assert x == 1\n", 0 },
        { "def check(c):\n    assert c(1) == 1 and c(2) == 2\n", 0 },
        { "def check(c):\n    assert c({1, 2}) == 1\n", 0 }, /* an order */
        { "def check(c):\n    assert c(1) != 1\n", 0 },
        { "def check(c):\n    assert c(c(1)) == 1\n", 0 },
        { "def check(c):\n    assert g(1) == 1\n", 0 },
        { "def check(c, d=1):\n    assert c(1) == 1\n", 0 },
        { "assert f(1) == 1\nassert g(1) == 1\n", 0 },
        { "print(f(1))\nassert f(1) == 1\n", 0 },
        { "def check(c):\n    assert True\n", 0 }, /* says nothing */
        { "def check(c:\n", 0 },
        { "", 0 },
    };
    struct tw_jail *jail = jail_or_skip();

    for (size_t i = 0; jail && i < TW_ARRAY_LEN(cases); i++) {
        size_t n = n_claims(jail, cases[i].tests);
        CHECK(n == cases[i].n);
        if (n != cases[i].n)
            printf("# case %zu: %zu\n", i, n);
    }
    tw_jail_close(jail);
}

/* Programs whose verdict has to be the same, whoever judges. */
static const struct {
    const char *name, *body;
} programs[] = {
    { "right", "    return x * 2\n" },
    { "wrong", "    return x + 2\n" },
    { "equal by type rules", "    return float(x * 2)\n" },
    { "raises", "    return [x][x]\n" },
    { "raises at one", "    return 2 * x if x else {}['k']\n" },
    { "name", "    return y\n" },
    { "none", "    pass\n" },
    { "exit", "    import os\n    os._exit(0)\n" },
    { "system exit", "    raise SystemExit(0)\n" },
    { "assertion", "    raise AssertionError('mine')\n" },
    { "equal to all", "    class E:\n        def __eq__(self, o):\n"
                      "            return True\n    return E()\n" },
    { "subclass", "    class I(int):\n        def __eq__(self, o):\n"
                  "            return True\n    return I(0)\n" },
    { "syntax", "    return (\n" },
    { "does not load", "    return x\nimport no_such_module\n" },
    { "prints", "    print('ok 1')\n    return x * 2\n" },
    { "other name", "    return x * 2\ndel f\n" },
    { "memory", "    return [0] * (1 << 40)\n" },
    { "recursion", "    return f(x)\n" },
};

TEST(both_judges_agree)
{
    struct tw_task task = task_of("def check(candidate):\n"
                                  "    assert candidate(2) == 4\n"
                                  "    assert candidate(0) == 0, 'zero'\n"
                                  "    assert candidate(-1) == -2\n");
    struct tw_taskset set = { .layout = TW_LAYOUT_HUMANEVAL,
                              .lang = TW_LANG_PYTHON,
                              .tasks = &task,
                              .n = 1 };
    struct tw_jail *jail = jail_or_skip();
    struct tw_claims_set s;

    if (!jail)
        return;
    CHECK(tw_claims_make(&s, jail, &set, NULL) == TW_OK && s.n_tasks == 1);
    for (size_t i = 0; i < 2 * TW_ARRAY_LEN(programs); i++) {
        const char *body = programs[i / 2].body;
        struct tw_grader g = { .jail = jail, .set = &set };
        const struct tw_grade_answer answer = { .task = &task,
                                                .text = body,
                                                .len = strlen(body) };
        struct tw_grade one, two;
        struct tw_arena a;
        tw_arena_init(&a, (size_t)64 << 20);
        g.options = (struct tw_grade_options){ .go_on = i % 2, .time_s = 5 };
        CHECK(tw_grade_sample(&two, &a, &g, &answer, NULL) == TW_OK);
        g.claims = &s;
        CHECK(tw_grade_sample(&one, &a, &g, &answer, NULL) == TW_OK);
        bool same = one.finding.end == two.finding.end &&
                    one.finding.cause == two.finding.cause &&
                    strcmp(one.finding.type, two.finding.type) == 0 &&
                    one.loaded == two.loaded && one.finished == two.finished &&
                    one.n_asserts == two.n_asserts &&
                    one.n_passed == two.n_passed;
        CHECK(same);
        if (!same)
            printf("# %s: %d %d %s %zu/%zu, %d %d %s %zu/%zu\n",
                   programs[i / 2].name, (int)one.finding.end,
                   (int)one.finding.cause, one.finding.type, one.n_passed,
                   one.n_asserts, (int)two.finding.end, (int)two.finding.cause,
                   two.finding.type, two.n_passed, two.n_asserts);
        tw_arena_release(&a);
    }
    tw_claims_release(&s);
    tw_jail_close(jail);
}

TEST(a_failure_shows_what_came_and_what_should_have)
{
    struct tw_task task = task_of("assert f(2) == [1, 'two']\n");
    struct tw_taskset set = { .lang = TW_LANG_PYTHON, .tasks = &task, .n = 1 };
    const char body[] = "    return [1, 'drei\\x1b']\n";
    struct tw_jail *jail = jail_or_skip();
    struct tw_claims_set s;
    struct tw_grade out;
    struct tw_arena a;
    bool clear = false;

    if (!jail)
        return;
    struct tw_grader g = { .jail = jail, .set = &set };
    const struct tw_grade_answer answer = { &task, body, sizeof(body) - 1,
                                            false };
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_claims_make(&s, jail, &set, NULL) == TW_OK);
    CHECK(tw_claims_judge(&out, &clear, &a, &s.items[0], &g, &answer, NULL) ==
          TW_OK);
    CHECK(clear && out.finding.cause == TW_CAUSE_ASSERTION);
    CHECK(strcmp(out.finding.expected, "[1, 'two']") == 0);
    CHECK(strncmp(out.finding.got, "[1, 'drei", 9) == 0);
    CHECK(!strchr(out.finding.got, '\x1b'));
    tw_claims_release(&s);
    tw_arena_release(&a);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(only_claims_about_calls_with_literals_are_split);
          RUN(both_judges_agree);
          RUN(a_failure_shows_what_came_and_what_should_have);)
