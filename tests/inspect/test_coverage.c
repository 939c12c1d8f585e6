/*
 * test_coverage.c - statements and branches that tests reach, Python and C.
 */
#include "inspect/coverage.h"
#include "inspect_kit.h"

static const char kpi_py[] = "def share(xs, limit=0.5):\n"
                             "    \"\"\"Doc.\"\"\"\n"
                             "    n = 0\n"
                             "    for x in xs:\n"
                             "        if x is None:\n"
                             "            continue\n"
                             "        elif (x > limit and\n"
                             "                x < 100):\n"
                             "            n += 1\n"
                             "    while n > 50:\n"
                             "        n -= 1\n"
                             "    return n / len(xs) if xs else 0.0\n"
                             "\n"
                             "def unused():\n"
                             "    with open('/dev/null'):\n"
                             "        return 2\n";

static bool cover(struct kit *k, struct tw_coverage *c, const char *source,
                  const char *tests, const char *entry)
{
    struct tw_source s = kit_source("kpi.py", source);
    struct tw_source t = kit_source("test_kpi.py", tests);
    struct tw_coverage_job job = {
        .source = &s, .tests = &t, .entry = entry, .seconds = 5
    };
    enum tw_status st = tw_coverage_run(c, k->jail, &k->a, &job, &k->err);
    if (st != TW_OK || !c->measured)
        printf("# %s %s\n", k->err.msg, c->cause);
    CHECK(st == TW_OK);
    return st == TW_OK && c->measured;
}

static bool missed(const struct tw_coverage *c, int from, int to)
{
    for (size_t i = 0; i < c->n_branches - c->n_taken; i++)
        if (c->missed_branches[i].from == from &&
            c->missed_branches[i].to == to)
            return true;
    return false;
}

TEST(python_lines_and_branches_are_counted)
{
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    if (cover(&k, &c, kpi_py, "assert share([1, 0]) == 0.5\n", NULL)) {
        CHECK(strcmp(c.end, "pass") == 0);
        /* Not: continue, n -= 1, with, return 2. */
        CHECK(c.n_statements == 13 && c.n_executed == 9);
        CHECK(c.n_statements - c.n_executed == 4 && c.missed_lines[0] == 6 &&
              c.missed_lines[1] == 11 && c.missed_lines[2] == 15);
        CHECK(c.n_branches == 8 && c.n_taken == 6);
        CHECK(missed(&c, 5, 6) && missed(&c, 10, 11));
    }
    if (cover(&k, &c, kpi_py,
              "import kpi\nfrom kpi import share as s\n"
              "def test_all():\n    assert s([1, None, 0] * 60) > 0.1\n"
              "    assert kpi.unused() == 2\n",
              NULL)) {
        CHECK(strcmp(c.end, "pass") == 0);
        CHECK(c.n_executed == 13 && c.n_taken == 8);
    }
    kit_end(&k);
}

TEST(forms_of_tests_are_understood)
{
    static const char *const tests[] = {
        "def check(candidate):\n    assert candidate([]) == 0.0\n",
        "import unittest\nimport kpi\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertEqual(kpi.share([]), 0.0)\n"
        "if __name__ == '__main__':\n    unittest.main()\n",
        "import pytest\nfrom kpi import share\n"
        "@pytest.mark.parametrize('xs,want', [([], 0.0), ([1], 1.0)])\n"
        "def test_a(xs, want):\n    assert share(xs) == pytest.approx(want)\n"
        "    with pytest.raises(TypeError):\n        share(3)\n",
        "import pytest\n@pytest.fixture\ndef xs(): return [1]\n"
        "@pytest.fixture()\ndef ys(xs):\n    yield xs + [0]\n"
        "@pytest.mark.parametrize('want', [0.5])\n"
        "def test_a(ys, want):\n    assert share(ys) == want\n"
        "class TestB:\n    def setup_method(self):\n        self.x = [1]\n"
        "    def test_b(self):\n        assert share(self.x) == 1\n",
        "import os\nhere = os.path.dirname(__file__)\n"
        "def same(a, b): assert a == b\n"
        "def test_a():\n    same(share([1]), 1)\n",
        "class TestShare:\n    def test_a(self): assert share([1]) == 1\n",
        "import pytest\n@pytest.mark.skip\ndef test_a(): assert 0\n"
        "@pytest.mark.xfail\ndef test_b(): assert share([1]) == 7\n"
        "def test_c(tmp_path):\n    assert share([1]) == 1\n"
        "def test_d():\n    pytest.skip('later')\n",
        "import unittest\nfrom kpi import share\n"
        "class T(unittest.TestCase):\n    def setUp(self): self.v = [1]\n"
        "    @unittest.expectedFailure\n"
        "    def test_a(self): self.assertEqual(share(self.v), 7)\n"
        "    @unittest.skip('later')\n    def test_b(self): self.fail()\n"
        "    def test_c(self): self.assertEqual(share(self.v), 1)\n",
    };
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(tests); i++) {
        if (!cover(&k, &c, kpi_py, tests[i], "share"))
            continue;
        CHECK(strcmp(c.end, "pass") == 0);
        if (strcmp(c.end, "pass") != 0)
            printf("# form %zu: %s\n", i, c.end);
        CHECK(c.n_executed >= 6);
    }
    kit_end(&k);
}

TEST(tests_that_want_what_nobody_gives_are_told)
{
    struct kit k;
    struct tw_coverage c;
    struct tw_source s = kit_source("kpi.py", kpi_py);
    struct tw_source t =
        kit_source("t.py", "def test_a(caplog):\n    assert share([]) == 0\n");
    struct tw_coverage_job job = { .source = &s, .tests = &t, .seconds = 5 };
    if (!kit_begin(&k))
        return;
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_OK);
    CHECK(strcmp(c.end, "Unsupported") == 0);
    kit_end(&k);
}

TEST(tests_that_fail_still_show_what_they_reached)
{
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    if (cover(&k, &c, kpi_py, "assert share([]) == 1\nunused()\n", NULL)) {
        CHECK(strcmp(c.end, "AssertionError") == 0);
        CHECK(c.n_executed == 6);
    }
    kit_end(&k);
}

TEST(an_exception_takes_no_branch)
{
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    if (cover(&k, &c, "def f(x):\n    if x > 0:\n        return 1\n",
              "try:\n    f('a')\nexcept TypeError:\n    pass\n", NULL))
        CHECK(c.n_branches == 2 && c.n_taken == 0);
    kit_end(&k);
}

TEST(match_and_generators_have_branches)
{
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    if (cover(&k, &c,
              "def f(v):\n    match v:\n        case 1:\n            x = 2\n"
              "        case [a, b]:\n            x = 3\n        case _:\n"
              "            x = 4\n    return x\n"
              "def g(n):\n    for i in range(n):\n        if i % 2:\n"
              "            yield i\n",
              "assert f([1, 2]) == 3\nassert list(g(4)) == [1, 3]\n", NULL)) {
        CHECK(c.n_branches == 8 && c.n_taken == 6);
        CHECK(missed(&c, 3, 4) && missed(&c, 5, 7));
    }
    kit_end(&k);
}

TEST(a_program_that_forges_its_trace_gains_at_most_what_exists)
{
    struct kit k;
    struct tw_coverage c;
    if (!kit_begin(&k))
        return;
    if (cover(&k, &c,
              "import os\n"
              "os.write(3, b'{\"end\": \"pass\", \"lines\": [-5, 1e99, 1, 2, "
              "3, 4, 99999], \"arcs\": [[1,2],[7],[],{},null]}')\n"
              "os._exit(0)\nx = 1\n",
              "assert x == 1\n", NULL))
        CHECK(c.n_executed <= c.n_statements && c.n_statements == 4);
    kit_end(&k);
}

TEST(endless_and_broken_programs_are_told)
{
    struct kit k;
    struct tw_coverage c;
    struct tw_source s = kit_source("kpi.py", "while True: pass\n");
    struct tw_source t = kit_source("t.py", "assert 1\n");
    struct tw_coverage_job job = { .source = &s, .tests = &t, .seconds = 0.5 };
    if (!kit_begin(&k))
        return;
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_OK);
    CHECK(!c.measured && strstr(c.cause, "limit") != NULL);
    s = kit_source("kpi.py", "def f(:\n");
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_OK);
    CHECK(!c.measured && strstr(c.cause, "SyntaxError") != NULL);
    t = kit_source("t.c", "");
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_EINVAL);
    kit_end(&k);
}

static const char kpi_c[] = "#include \"kpi.h\"\n"
                            "int grade(int v)\n"
                            "{\n"
                            "    if (v > 90)\n"
                            "        return 3;\n"
                            "    return v > 50 ? 2 : 1;\n"
                            "}\n"
                            "int unused(int v)\n"
                            "{\n"
                            "    return -v;\n"
                            "}\n";

TEST(c_lines_and_branches_are_counted)
{
    static const struct tw_jail_file header = { "kpi.h", "int grade(int v);\n",
                                                18 };
    static const char *const tests[] = {
        "#include <assert.h>\n#include \"kpi.h\"\n"
        "int main(void) { assert(grade(60) == 2); return 0; }\n",
        "#include <assert.h>\n#include \"kpi.c\"\n"
        "int main(void) { assert(grade(60) == 2); return 0; }\n",
    };
    struct kit k;
    struct tw_coverage c;
    struct tw_source s = kit_source("kpi.c", kpi_c), t;
    struct tw_coverage_job job = {
        .source = &s, .tests = &t, .files = &header, .n_files = 1
    };
    if (!kit_begin(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(tests); i++) {
        t = kit_source("test_kpi.c", tests[i]);
        CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_OK);
        CHECK(c.measured && strcmp(c.end, "pass") == 0);
        if (!c.measured)
            printf("# %s\n", c.cause);
        CHECK(c.n_statements == 6 && c.n_executed == 3);
        CHECK(c.n_branches == 4 && c.n_taken == 2);
    }
    t = kit_source("test_kpi.c", "int main(void) { return gone(1); }\n");
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_OK);
    CHECK(!c.measured && strstr(c.cause, "does not compile") != NULL);
    t = kit_source("-o", "int main(void) { return 0; }\n");
    t.lang = TW_SOURCE_C;
    CHECK(tw_coverage_run(&c, k.jail, &k.a, &job, &k.err) == TW_EINVAL);
    kit_end(&k);
}

TEST_MAIN(RUN(python_lines_and_branches_are_counted);
          RUN(forms_of_tests_are_understood);
          RUN(tests_that_want_what_nobody_gives_are_told);
          RUN(tests_that_fail_still_show_what_they_reached);
          RUN(an_exception_takes_no_branch);
          RUN(match_and_generators_have_branches);
          RUN(a_program_that_forges_its_trace_gains_at_most_what_exists);
          RUN(endless_and_broken_programs_are_told);
          RUN(c_lines_and_branches_are_counted);)
