/*
 * test_undertest.c - code under test, and results that are no plain yes: votes,
 * properties, full memory, files of the user.
 */
#include "writer_bench.h"

static const char right[] = "```python\ndef is_low(v):\n    return v < 10\n```";
static const char almost[] =
    "```python\ndef is_low(v):\n    return v <= 10\n```";
static const char broken[] = "```python\ndef is_low(v)\n    return v\n```";
static const char thrower[] =
    "```python\ndef is_low(v):\n    raise KeyError(v)\n```";

#define SUITE "spec = 1\n[suite]\ncode = \"kpi.py\"\n"
#define UNDER_TEST(name, expect)                                         \
    SUITE "[data.t]\nfiles = \"trial.csv\"\n[[test]]\nid = \"T\"\n"      \
          "description = \"d\"\ncall = \"" name "(v: float) -> bool\"\n" \
          "inputs.v = { data = \"t\", counter = \"thp\" }\n"             \
          "[[test.oracle]]\nkind = \"expr\"\nexpect = \"" expect "\"\n"

TEST(right_tests_of_right_code_are_accepted)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_low\n\ndef test_is_low():\n"
        "    assert is_low(9.9) == True\n    assert not is_low(10)\n"
        "    assert is_low(3)\n```",
        "```python\nfrom kpi import is_low\nassert is_low(10)\n```",
        "```python\nfrom kpi import is_low\nassert True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_low", "v < 10")) ||
        run(&b, answers, 3) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.accepted && b.r.chosen == 0);
    CHECK(b.r.candidates[0].n_right == 3 && b.r.candidates[0].n_wrong == 0);
    CHECK(b.r.candidates[1].n_wrong == 1);
    CHECK(b.r.candidates[2].loss != TW_LOSS_NONE);
    CHECK(strstr(b.r.cases.prompt, "Import: from kpi import is_low") != NULL);
    CHECK(run_script(&b, b.r.scripts[0].text) == 0);
    stop(&b);
}

TEST(fault_of_the_code_under_test_is_a_finding)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_high\nassert is_high(30) == False\n"
        "assert is_high(31) == True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_high", "v > 30")) ||
        run(&b, answers, 1) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.status == TW_WRITER_FINDING && !b.r.accepted);
    CHECK(b.r.n_findings > 0);
    CHECK(strstr(b.r.findings[0], "is_high(30") != NULL);
    stop(&b);
}

TEST(weak_script_catches_few_faults)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_low\nassert is_low(-1000) == True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_low", "v < 10")) ||
        run(&b, answers, 1) != TW_OK)
        return;
    /* The turned comparison is caught even here: the script is weak, yet it
     * is not empty. */
    CHECK(b.r.n_killed > 0 && b.r.n_killed < b.r.n_mutants);
    stop(&b);
}

TEST(errors_properties_and_relations_are_judged)
{
    static const char *const answers[] = {
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n"
        "    if sum(b) == 0:\n        return 0.0\n"
        "    return 100 * sum(a) / sum(b)\n```",
        /* Breaks the property above 100. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n    return 101.0\n```",
        /* Breaks the relation. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n"
        "    return min(100.0, sum(a))\n```",
        /* Wrong exception. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise KeyError('length')\n"
        "    if sum(b) == 0:\n        return 0.0\n"
        "    return 100 * sum(a) / sum(b)\n```",
    };
    struct bench b;
    if (!start(&b, HEAD
               "call = \"share(a: list[float], b: list[float]) -> float\"\n"
               "require = \"all(x <= y for x, y in zip(a, b))\"\n"
               "inputs.a = { data = \"t\", counter = \"load\" }\n"
               "inputs.b = { data = \"t\", counter = \"thp\" }\n"
               "[[test.oracle]]\nkind = \"property\"\n"
               "that = \"0 <= result <= 100\"\n"
               "[[test.oracle]]\nkind = \"metamorphic\"\n"
               "change = { a = \"[2 * x for x in a]\", "
               "b = \"[2 * x for x in b]\" }\n"
               "that = \"abs(result - result2) < 1e-9\"\n"
               "[[test.oracle]]\nkind = \"error\"\n"
               "args = { a = [1.0], b = [1.0, 2.0] }\n"
               "expect = \"ValueError\"\n") ||
        run(&b, answers, 4) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.cases.counts.refused > 0);
    CHECK(b.r.accepted && b.r.chosen == 0);
    CHECK(b.r.candidates[1].loss == TW_LOSS_ASSERT);
    CHECK(b.r.candidates[2].loss == TW_LOSS_ASSERT);
    CHECK(b.r.candidates[3].loss == TW_LOSS_RUNTIME);
    CHECK(run_script(&b, b.r.scripts[0].text) == 0);
    stop(&b);
}

TEST(without_an_oracle_the_result_is_a_vote_and_unverified)
{
    static const char *const answers[] = {
        right, right, right, right,  right,   right,
        right, right, right, almost, thrower, broken,
    };
    struct bench b;
    if (!start(&b, IS_LOW) || run(&b, answers, TW_ARRAY_LEN(answers)) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_UNVERIFIED && !b.r.accepted);
    CHECK(b.r.unverified && b.r.consensus > 0.5);
    CHECK(b.r.chosen == 0);
    CHECK(strstr(b.r.scripts[0].text, "Unverified:") != NULL);
    CHECK(strstr(b.r.cases.prompt, "Cases:") == NULL);
    CHECK(run(&b, answers, 3) == TW_OK);
    CHECK(b.r.status == TW_WRITER_UNVERIFIED && !b.r.accepted);
    stop(&b);
}

TEST(files_of_the_user_are_never_replaced)
{
    static const char *const answers[] = { right };
    struct bench b;
    const char *path;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(tw_file_mkdirs(kit_path(&b.kit, "scripts"), &b.kit.err) == TW_OK);
    kit_put(&b.kit, "scripts/test_T.py", "# mine\n");
    CHECK(tw_writer_save(b.r.scripts, b.kit.dir, &b.kit.a, &path, &b.kit.err) ==
          TW_OK);
    CHECK(strstr(path, "scripts/test_T+new.py") != NULL);
    CHECK(tw_writer_save(b.r.scripts, b.kit.dir, &b.kit.a, &path, &b.kit.err) ==
          TW_OK);
    kit_put(&b.kit, "scripts/test_T+new.py", "# mine too\n");
    CHECK(tw_writer_save(b.r.scripts, b.kit.dir, &b.kit.a, &path, &b.kit.err) ==
          TW_EIO);
    unlink(kit_path(&b.kit, "scripts/test_T.py"));
    CHECK(tw_writer_save(b.r.scripts, b.kit.dir, &b.kit.a, &path, &b.kit.err) ==
          TW_OK);
    CHECK(strstr(path, "test_T.py") != NULL);
    stop(&b);
}

TEST(full_arena_is_a_status_at_every_step)
{
    static const char *const answers[] = { almost, right };
    struct bench b;
    enum tw_status st = TW_ENOMEM;
    if (!start(&b, IS_LOW EXPR "[test.accept]\nrepeat = 1\n"))
        return;
    for (size_t limit = (size_t)1 << 16; st != TW_OK && limit >> 28 == 0;
         limit += limit / 2) {
        b.kit.a.failed = false; /* the same arena again, with more room */
        b.kit.a.limit = b.kit.a.used + limit;
        st = run(&b, answers, 2);
        CHECK(st == TW_OK || st == TW_ENOMEM);
    }
    CHECK(st == TW_OK && b.r.accepted);
    stop(&b);
}

TEST_MAIN(RUN(right_tests_of_right_code_are_accepted);
          RUN(fault_of_the_code_under_test_is_a_finding);
          RUN(weak_script_catches_few_faults);
          RUN(errors_properties_and_relations_are_judged);
          RUN(without_an_oracle_the_result_is_a_vote_and_unverified);
          RUN(files_of_the_user_are_never_replaced);
          RUN(full_arena_is_a_status_at_every_step);)
