/*
 * test_mutation.c - faults put into programs, and which of them tests notice.
 */
#include "inspect/mutation.h"
#include "inspect_kit.h"

static const char kpi_py[] = "def share(xs, limit=0.5):\n"
                             "    n = 0\n"
                             "    for x in xs:\n"
                             "        if x > limit:\n"
                             "            n += 1\n"
                             "    return n / len(xs) if xs else 0.0\n";
static const char strong_py[] = "from kpi import share\n"
                                "def test_share():\n"
                                "    assert share([]) == 0.0\n"
                                "    assert share([1, 0, 0, 0.5]) == 0.25\n"
                                "    assert share([2, 0.6, 0.9, -1]) == 0.75\n"
                                "    assert share([3, 5], 4) == 0.5\n";
static const char weak_py[] = "assert share([1]) >= -99\n";

static void show(const struct tw_mutation *m)
{
    printf("# %s%zu sites, %zu run, %zu equivalent, %zu duplicate:", m->cause,
           m->n_sites, m->n_mutants, m->n_equivalent, m->n_duplicate);
    for (size_t i = 0; i < TW_MUTANT_FATES; i++)
        printf(" %s %zu", tw_mutant_fate_name((enum tw_mutant_fate)i),
               m->fates[i]);
    printf("; %.3f [%.3f, %.3f], asserted %.3f, %.1f/s\n", m->score, m->low,
           m->high, m->score_assert, (double)m->n_mutants / m->seconds);
}

static bool mutate(struct kit *k, struct tw_mutation *m,
                   struct tw_mutation_job *job, const char *source,
                   const char *tests)
{
    bool python = strstr(source, "def ") != NULL;
    struct tw_source s = kit_source(python ? "kpi.py" : "kpi.c", source);
    struct tw_source t = kit_source(python ? "t.py" : "t.c", tests);
    struct tw_mutation_job j = job ? *job : (struct tw_mutation_job){ 0 };
    j.source = &s;
    j.tests = &t;
    j.n_max = j.n_max ? j.n_max : 8;
    CHECK(tw_pool_new(&j.pool, 2, &k->err) == TW_OK);
    enum tw_status st = tw_mutation_run(m, k->jail, &k->a, &j, &k->err);
    if (st != TW_OK)
        printf("# %s\n", k->err.msg);
    CHECK(st == TW_OK);
    tw_pool_free(j.pool);
    show(m);
    return st == TW_OK;
}

static size_t sum(const struct tw_mutation *m)
{
    size_t n = 0;
    for (size_t i = 0; i < TW_MUTANT_FATES; i++)
        n += m->fates[i];
    return n;
}

TEST(strong_tests_of_python_score_high_and_weak_ones_low)
{
    struct kit k;
    struct tw_mutation strong, weak;
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &strong, NULL, kpi_py, strong_py) &&
        mutate(&k, &weak, NULL, kpi_py, weak_py)) {
        CHECK(strong.passes && weak.passes);
        CHECK(strong.n_mutants == 8 && sum(&strong) == 8);
        CHECK(strong.n_sites >= 30 && strong.n_sites == weak.n_sites);
        CHECK(strong.score > 0.7 && weak.score < 0.6);
        CHECK(strong.low <= strong.score && strong.score <= strong.high);
        CHECK(weak.score_assert <= weak.score);
        CHECK(strong.fates[TW_MUTANT_HARNESS] == 0);
    }
    kit_end(&k);
}

/* Skipped tests and those that are to fail change no figure; what the judge
 * lacks is said. */
TEST(tests_that_do_not_count_change_nothing)
{
    static const char *const more[] = {
        "import pytest\n@pytest.mark.skip\ndef test_s(): assert 0\n"
        "@pytest.mark.xfail\ndef test_x(): assert share([1]) == 9\n",
        "import unittest\nclass T(unittest.TestCase):\n"
        "    @unittest.skip('later')\n    def test_s(self): self.fail()\n"
        "    @unittest.expectedFailure\n"
        "    def test_x(self): self.assertEqual(share([1]), 9)\n",
    };
    struct kit k;
    struct tw_mutation plain, m;
    char tests[4096];
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &plain, NULL, kpi_py, strong_py)) {
        for (size_t i = 0; i < TW_ARRAY_LEN(more); i++) {
            snprintf(tests, sizeof(tests), "%s\n%s", strong_py, more[i]);
            CHECK(mutate(&k, &m, NULL, kpi_py, tests) && m.passes &&
                  m.fates[TW_MUTANT_SURVIVED] ==
                      plain.fates[TW_MUTANT_SURVIVED]);
        }
    }
    if (mutate(&k, &m, NULL, kpi_py,
               "def test_a(caplog): assert share([]) == 0\n"))
        CHECK(!m.passes && strstr(m.cause, "unsupported: the fixture"));
    kit_end(&k);
}

TEST(the_draw_takes_every_operator_and_repeats)
{
    struct kit k;
    struct tw_mutation a, b, c;
    struct tw_mutation_job job = { .seed = 7 };
    size_t same = 0, same_c = 0;
    if (!kit_begin(&k))
        return;
    bool ok = mutate(&k, &a, &job, kpi_py, strong_py) &&
              mutate(&k, &b, &job, kpi_py, strong_py);
    job.seed = 8;
    if (ok && mutate(&k, &c, &job, kpi_py, strong_py)) {
        static const char *const ops[] = { "ROR", "AOR", "COI", "CRP",
                                           "UOI", "SDL", "ASR", "RVR" };
        for (size_t o = 0; o < TW_ARRAY_LEN(ops); o++) {
            size_t n = 0;
            for (size_t i = 0; i < a.n_mutants; i++)
                n += strcmp(a.mutants[i].op, ops[o]) == 0;
            CHECK(n > 0);
        }
        for (size_t i = 0; i < a.n_mutants; i++) {
            same += strcmp(a.mutants[i].what, b.mutants[i].what) == 0 &&
                    a.mutants[i].fate == b.mutants[i].fate;
            same_c += strcmp(a.mutants[i].what, c.mutants[i].what) == 0 &&
                      a.mutants[i].line == c.mutants[i].line;
        }
        CHECK(a.n_mutants == 8 && same == 8 && same_c < 8);
    }
    kit_end(&k);
}

TEST(tests_must_pass_on_the_program_itself)
{
    struct kit k;
    struct tw_mutation m;
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &m, NULL, kpi_py, "assert share([]) == 7\n")) {
        CHECK(!m.passes && m.n_mutants == 0 && *m.cause);
        CHECK(!(m.score > 0));
    }
    if (mutate(&k, &m, NULL, kpi_py, "share([])\n"))
        CHECK(!m.passes); /* no assertion was made */
    if (mutate(&k, &m, NULL, kpi_py, "def (:\n"))
        CHECK(!m.passes && strstr(m.cause, "SyntaxError") != NULL);
    kit_end(&k);
}

/* The number of places for a fault in a program of one statement more. */
static size_t count_sites(struct kit *k, const char *statement)
{
    char source[400];
    struct tw_mutation m;
    struct tw_mutation_job job = { .n_max = 1 };

    snprintf(source, sizeof(source),
             "import logging\nimport warnings\nlog = logging\n"
             "def f(x, n=3):\n    %s\n    return x + n\n",
             statement);
    if (!mutate(k, &m, &job, source, "assert f(1) == 4\n"))
        return 0;
    return m.n_sites;
}

TEST(messages_of_python_are_left_alone)
{
    static const struct {
        const char *with, *without;
    } PAIRS[] = {
        { "assert x is not None, 'message %d' % 7", "assert x is not None" },
        { "assert x, f'{x + 1} of {n}'", "assert x" },
        { "assert x > 0, ('a', n - 1, x)", "assert x > 0" },
        { "assert (x), str(n + 1) if n > 2 else 'b'", "assert x" },
        { "if not x: raise ValueError('no x: %d' % (n + 1))",
          "if not x: raise ValueError" },
        { "logging.info('x is %d', x + 1)", "print()" },
        { "log.debug('n ' + str(n * 2))", "print()" },
        { "warnings.warn('old', stacklevel=2)", "print()" },
        { "print('x', x + 1, sep='')", "print()" },
        { "'a docstring'", "print()" },
    };
    struct kit k;
    if (!kit_begin(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(PAIRS); i++) {
        size_t n = count_sites(&k, PAIRS[i].with);

        CHECK(n > 0 && n == count_sites(&k, PAIRS[i].without));
    }
    kit_end(&k);
}

TEST(equivalent_python_is_left_out_by_its_bytecode)
{
    struct kit k;
    struct tw_mutation m;
    struct tw_mutation_job job = { .n_max = 6 };
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &m, &job,
               "def f(x):\n    pass\n    if not x:\n        return 0\n"
               "    y = x\n    return y\n",
               "assert f(3) == 3\nassert f(0) == 0\n")) {
        CHECK(m.passes && m.n_equivalent + m.n_duplicate > 0);
        for (size_t i = 0; i < m.n_mutants; i++)
            CHECK(strcmp(m.mutants[i].what, "pass becomes pass") != 0);
    }
    kit_end(&k);
}

TEST(endless_mutants_are_killed_by_the_clock)
{
    struct kit k;
    struct tw_mutation m;
    struct tw_mutation_job job = { .n_max = 12, .seconds = 0.5 };
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &m, &job,
               "def f(n):\n    while n > 0:\n        n -= 1\n    return n\n",
               "assert f(3) == 0\nassert f(0) == 0\n")) {
        CHECK(m.fates[TW_MUTANT_TIMEOUT] > 0);
        CHECK(m.score > 0.4);
    }
    kit_end(&k);
}

TEST(faulty_data_is_noticed_or_not)
{
    struct kit k;
    struct tw_mutation m;
    struct tw_mutation_job job = { .data = true };
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &m, &job, kpi_py,
               "assert share([1, 0, 0, 0.5]) == 0.25\n"
               "assert share([0, 3, 0, 0.2, 1]) == 0.4\n")) {
        CHECK(m.passes && m.n_mutants == 8);
        CHECK(m.fates[TW_MUTANT_SURVIVED] >= 2); /* order does not matter */
        CHECK(m.fates[TW_MUTANT_ASSERTION] >= 3);
        CHECK(strcmp(m.mutants[0].op, "DDRP") == 0);
    }
    kit_end(&k);
}

static const char kpi_c[] =
    "#include <stddef.h>\n"
    "double share(const double *x, size_t n, double limit)\n"
    "{\n"
    "    size_t k = 0;\n"
    "    for (size_t i = 0; i < n; i++)\n"
    "        if (x[i] > limit)\n"
    "            k++;\n"
    "    return n ? (double)k / (double)n : 0.0;\n"
    "}\n";
#define DECLARED                                 \
    "#include <assert.h>\n#include <stddef.h>\n" \
    "double share(const double *, size_t, double);\n"

TEST(c_is_mutated_compiled_and_run)
{
    static const char strong[] =
        DECLARED "int main(void)\n{\n    double x[] = { 1, 0, 0.5, 0.25 };\n"
                 "    assert(share(x, 4, 0.3) == 0.5);\n"
                 "    assert(share(x, 0, 0.3) == 0);\n"
                 "    assert(share(x + 1, 1, 0.0) == 0);\n    return 0;\n}\n";
    static const char weak[] = "#include \"kpi.c\"\n"
                               "int main(void)\n{\n    return "
                               "share(NULL, 0, 1) != 0;\n}\n";
    struct kit k;
    struct tw_mutation a, b;
    if (!kit_begin(&k))
        return;
    if (mutate(&k, &a, NULL, kpi_c, strong) &&
        mutate(&k, &b, NULL, kpi_c, weak)) {
        CHECK(a.passes && b.passes && sum(&a) == 8 && sum(&b) == 8);
        CHECK(a.score > 0.6 && b.score < a.score);
        CHECK(a.fates[TW_MUTANT_HARNESS] == 0);
    }
    if (mutate(&k, &a, NULL, kpi_c, DECLARED "int main(void) { return 1; }\n"))
        CHECK(!a.passes && *a.cause);
    if (mutate(&k, &a, NULL, kpi_c, "int main(void) { return x; }\n"))
        CHECK(!a.passes && strstr(a.cause, "does not compile") != NULL);
    kit_end(&k);
}

TEST(wilson_gives_the_known_interval)
{
    double low, high;
    tw_wilson(81, 263, &low, &high);
    CHECK_NEAR(low, 0.2553, 5e-5);
    CHECK_NEAR(high, 0.3662, 5e-5);
    tw_wilson(0, 10, &low, &high);
    CHECK(low <= 0.0);
    CHECK_NEAR(high, 0.2775, 5e-5);
    tw_wilson(10, 10, &low, &high);
    CHECK(high >= 1.0);
    tw_wilson(0, 0, &low, &high);
    CHECK(isnan(low) && isnan(high));
}

TEST(few_variants_have_one_fault_each_and_are_spread)
{
    struct kit k;
    struct tw_variants v;
    static const char text[] = "def g(x):\n    return 1\n\n\n"
                               "def f(x):\n"
                               "    if x < 3 and x != 2:\n"
                               "        return x + 1\n"
                               "    return True\n";
    if (!kit_begin(&k))
        return;
    CHECK(tw_mutation_few(k.jail, &k.a, text, "f", 99, &v, &k.err) == TW_OK);
    CHECK(v.n == 10);
    CHECK(v.n && strstr(v.texts[0], "return None") != NULL);
    for (size_t i = 0; i < v.n; i++) {
        CHECK(strstr(v.texts[i], "def g(x):\n    return 1\n") != NULL);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(v.texts[i], v.texts[j]) != 0);
    }
    CHECK(tw_mutation_few(k.jail, &k.a, text, "f", 3, &v, &k.err) == TW_OK);
    CHECK(v.n == 3);
    CHECK(tw_mutation_few(k.jail, &k.a, text, "h", 3, &v, &k.err) == TW_OK);
    CHECK(v.n == 0);
    CHECK(tw_mutation_few(k.jail, &k.a, "def f(", "f", 3, &v, &k.err) == TW_OK);
    CHECK(v.n == 0);
    kit_end(&k);
}

/* The last definition counts, as it does for Python. */
TEST(few_variants_of_a_function_that_is_defined_twice)
{
    struct kit k;
    struct tw_variants v;
    static const char text[] = "def f(x):\n"
                               "    return x + 1 if x > 2 else x * 3\n"
                               "def f(x):\n    return x\n";
    if (!kit_begin(&k))
        return;
    CHECK(tw_mutation_few(k.jail, &k.a, text, "f", 9, &v, &k.err) == TW_OK);
    CHECK(v.n == 1 && strstr(v.texts[0], "return None") != NULL);
    kit_end(&k);
}

TEST_MAIN(RUN(few_variants_have_one_fault_each_and_are_spread);
          RUN(few_variants_of_a_function_that_is_defined_twice);
          RUN(strong_tests_of_python_score_high_and_weak_ones_low);
          RUN(tests_that_do_not_count_change_nothing);
          RUN(the_draw_takes_every_operator_and_repeats);
          RUN(tests_must_pass_on_the_program_itself);
          RUN(messages_of_python_are_left_alone);
          RUN(equivalent_python_is_left_out_by_its_bytecode);
          RUN(endless_mutants_are_killed_by_the_clock);
          RUN(faulty_data_is_noticed_or_not);
          RUN(c_is_mutated_compiled_and_run);
          RUN(wilson_gives_the_known_interval);)
