/*
 * test_layouts.c - "plus" sets, MultiPL-E, tasks of stdin and stdout.
 */
#include "bench_file.h"
#include "jail/jail.h"
#include "tasks/task.h"
#include "test.h"

#include <sys/stat.h>

static struct tw_taskset set;
static struct tw_err err;

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

#define PLUS(id, entry, params, code, base, plus, atol)                        \
    "{\"task_id\": \"" id "\", \"prompt\": \"def " entry "(" params            \
    "):\\n\", \"entry_point\": \"" entry "\", \"canonical_solution\": \"" code \
    "\", \"base_input\": " base ", \"contract\": \"\", "                       \
    "\"plus_input\": " plus ", \"atol\": " atol "}\n"

#define PLUS_TWO                                                            \
    PLUS("HumanEval/2", "half", "x", "    return x / 2\\n", "[[1], [4]]",   \
         "[[123456789012345678901234567890], [1e400]]", "0")                \
    PLUS("HumanEval/32", "find_zero", "xs", "    return -xs[0] / xs[1]\\n", \
         "[[[2, 4]]]", "[]", "0.0001")

#define MBPP_PLUS                                                            \
    PLUS("Mbpp/2", "similar_elements", "a, b",                               \
         "def similar_elements(a, b):\\n  return tuple(set(a) & set(b))\\n", \
         "[[[1, 2], [2, 3]]]", "[[[5, 6, 7], [6, 7]]]", "0")                 \
    PLUS("Mbpp/124", "angle", "a, b",                                        \
         "import cmath\\ndef angle(a, b):\\n  return cmath.phase(a + b)\\n", \
         "[[\"1\", \"2j\"]]", "[]", "0")

/* Exit status of a candidate with the tests of a task; -1: not run. */
static int run_tests(struct tw_jail *jail, const char *tests,
                     const char *candidate, const char *entry)
{
    struct tw_buf b;
    struct tw_jail_result result;
    int status = -1;

    tw_buf_init(&b, 1u << 20);
    tw_buf_addf(&b, "%s\n%s\ncheck(%s)\n", candidate, tests, entry);
    const struct tw_jail_file file = { "p.py", tw_buf_text(&b), b.len };
    const char *const argv[] = { "/usr/bin/python3", "-I", "-S",
                                 TW_JAIL_WORK "/p.py", NULL };
    const struct tw_jail_spec spec = { .argv = argv,
                                       .files = &file,
                                       .n_files = 1,
                                       .limits = tw_jail_limits_default() };
    tw_jail_result_init(&result);
    if (tw_jail_run(jail, &spec, &result, NULL) == TW_OK) {
        status = result.exit_code;
        if (status < 0 || status > 1)
            printf("# %s\n", result.cause);
    }
    tw_jail_result_release(&result);
    tw_buf_release(&b);
    return status;
}

TEST(plus_inputs_become_an_assert_program)
{
    struct tw_jail *jail = NULL;

    CHECK(load_text(&set, PLUS_TWO, NULL, &err) == TW_OK);
    CHECK(set.layout == TW_LAYOUT_HUMANEVAL_PLUS && set.n == 2);
    if (set.n != 2)
        return;
    CHECK(strcmp(set.name, "humaneval-plus") == 0);
    CHECK(strcmp(set.tasks[0].base_inputs, "[[1], [4]]") == 0);
    CHECK(strstr(set.tasks[0].plus_inputs, "123456789012345678901234567890"));
    CHECK_NEAR(set.tasks[1].abs_tol, 1e-4, 0);
    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    if (!jail)
        return;
    const char *half = set.tasks[0].tests;
    CHECK(run_tests(jail, half, "def half(x):\n    return x / 2\n", "half") ==
          0);
    /* Within the tolerance of floats, and beyond. */
    CHECK(run_tests(jail, half, "def half(x):\n    return x / 2 + 1e-8\n",
                    "half") == 0);
    CHECK(run_tests(jail, half, "def half(x):\n    return x / 2 + 1e-5\n",
                    "half") == 1);
    /* Right for the base inputs alone. */
    const char *narrow = "def half(x):\n    return x / 2 if x < 9 else 0.0\n";
    CHECK(run_tests(jail, half, narrow, "half") == 1);
    CHECK(run_tests(jail, set.tasks[0].base_tests, narrow, "half") == 0);
    CHECK(run_tests(jail, half, "def half(x):\n    return None\n", "half") ==
          1);
    /* Judged by the residual: any root does. */
    const char *zero = set.tasks[1].tests;
    CHECK(run_tests(jail, zero, "def find_zero(xs):\n    return -0.50001\n",
                    "find_zero") == 0);
    CHECK(run_tests(jail, zero, "def find_zero(xs):\n    return -0.51\n",
                    "find_zero") == 1);
    tw_jail_close(jail);
    tw_taskset_release(&set);
}

#define NUMPY_TEST                                                            \
    "import numpy as np\\n\\ndef is_floats(x):\\n    return isinstance(x, "   \
    "np.ndarray) or isinstance(x, float)\\n\\ndef assertion(out, exp, "       \
    "atol):\\n    if is_floats(exp):\\n        assert np.allclose(out, exp, " \
    "rtol=1e-07, atol=1e-6)\\n    else:\\n        assert out == "             \
    "exp\\n\\ndef check(candidate):\\n    for inp, exp in zip([[1], [2]], "   \
    "[0.5, 1.0]):\\n        assertion(candidate(*inp), exp, 0)\\n"

TEST(tests_that_want_numpy_for_one_function_do_without)
{
    struct tw_jail *jail = NULL;

    CHECK(load_text(&set,
                    "{\"task_id\": \"HumanEval/2\", \"prompt\": \"def "
                    "half(x):\\n\", \"entry_point\": \"half\", "
                    "\"canonical_solution\": \"    return x / 2\\n\", "
                    "\"test\": \"" NUMPY_TEST "\"}",
                    NULL, &err) == TW_OK);
    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    if (!jail || set.n != 1)
        return;
    const char *tests = set.tasks[0].tests;
    CHECK(strstr(tests, "import numpy") == NULL);
    CHECK(run_tests(jail, tests, "def half(x):\n    return x / 2\n", "half") ==
          0);
    CHECK(run_tests(jail, tests, "def half(x):\n    return x / 2 + 1e-7\n",
                    "half") == 0);
    CHECK(run_tests(jail, tests, "def half(x):\n    return x / 2 + 1e-5\n",
                    "half") == 1);
    CHECK(run_tests(jail, tests, "def half(x):\n    return None\n", "half") ==
          1);
    CHECK(run_tests(jail, tests, "def half(x):\n    return float('nan')\n",
                    "half") == 1);
    tw_jail_close(jail);
    tw_taskset_release(&set);
}

TEST(mbpp_plus_has_its_own_types_and_oracles)
{
    struct tw_jail *jail = NULL;

    CHECK(load_text(&set, MBPP_PLUS, "mbpp-plus", &err) == TW_OK);
    CHECK(set.layout == TW_LAYOUT_MBPP_PLUS && set.n == 2);
    if (set.n != 2)
        return;
    CHECK(set.tasks[0].canonical_whole && !*set.tasks[0].stub);
    CHECK(tw_taskset_find(&set, "MBPP/2") == &set.tasks[0]);
    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    if (!jail)
        return;
    const char *similar = set.tasks[0].tests;
    CHECK(run_tests(jail, similar,
                    "def similar_elements(a, b):\n"
                    "    assert type(a) is tuple and type(b) is tuple\n"
                    "    return sorted(set(a) & set(b), reverse=True)\n",
                    "similar_elements") == 0);
    CHECK(run_tests(jail, similar,
                    "def similar_elements(a, b):\n    return a\n",
                    "similar_elements") == 1);
    CHECK(run_tests(jail, set.tasks[1].tests,
                    "import math\ndef angle(a, b):\n"
                    "    return math.atan2(b.imag, a + b.real)\n",
                    "angle") == 0);
    tw_jail_close(jail);
    tw_taskset_release(&set);
}

TEST(broken_plus_sets_are_refused)
{
    CHECK(refused(PLUS_TWO MBPP_PLUS, NULL, TW_EFORMAT, "another set than"));
    CHECK(refused(PLUS_TWO, "mbpp-plus", TW_EINVAL,
                  "this is humaneval-plus, not mbpp-plus"));
    CHECK(refused(PLUS_TWO, "humaneval", TW_EINVAL, "this is HumanEval+"));
    CHECK(refused(PLUS("HumanEval/1", "f", "x", "", "{}", "[]", "0"), NULL,
                  TW_EFORMAT, "something else than a list in 'base_input'"));
    CHECK(refused(PLUS("HumanEval/1", "f", "x", "", "[]", "[]", "-1"), NULL,
                  TW_EFORMAT, "'atol'"));
    CHECK(refused(PLUS("X/1", "f", "x", "", "[]", "[]", "0"), NULL, TW_EFORMAT,
                  "neither HumanEval/ nor Mbpp/"));
    CHECK(refused(PLUS("HumanEval/1", "f", "x", "", "[", "[]", "0"), NULL,
                  TW_EFORMAT, "line 1"));
    CHECK(refused(OWN_TASKS PLUS_TWO, NULL, TW_EFORMAT,
                  "line 4 of 'tasks.json'"));
}

#define MULTIPLE(name, lang, prompt)                                \
    "{\"name\": \"" name "\", \"language\": \"" lang                \
    "\", \"prompt\": \"" prompt "\", \"doctests\": \"transform\", " \
    "\"original\": \"x\", \"prompt_terminology\": \"reworded\", "   \
    "\"tests\": \"}\\nint main() {}\\n\", \"stop_tokens\": [\"\\n}\"]}\n"

TEST(multipl_e_has_languages_and_stop_strings)
{
    CHECK(load_text(&set,
                    MULTIPLE("HumanEval_0_f", "cpp", "int f(long x) {\\n")
                        MULTIPLE("HumanEval_1_g", "cpp", "int g(long x) {\\n"),
                    NULL, &err) == TW_OK);
    CHECK(set.layout == TW_LAYOUT_MULTIPL_E && set.lang == TW_LANG_CPP);
    const struct tw_task *t = &set.tasks[1];
    CHECK(t->n_stops == 1 && strcmp(t->stops[0], "\n}") == 0);
    CHECK(strcmp(t->entry, "g") == 0 && !*t->canonical && t->tests[0] == '}');
    CHECK(t->open_end);
    CHECK(tw_taskset_find(&set, "HumanEval_1_g") == t);
    CHECK(tw_taskset_find(&set, "HumanEval/1") == t);
    CHECK(tw_taskset_find(&set, "CPP/1") == t);
    CHECK(tw_taskset_find(&set, "MBPP/1") == NULL);
    tw_taskset_release(&set);
    CHECK(load_text(&set,
                    MULTIPLE("mbpp_3_f", "py",
                             "def f(x):\\n    \\\"\\\"\\\"a"
                             "\\\"\\\"\\\"\\n"),
                    NULL, &err) == TW_OK);
    CHECK(strcmp(set.tasks[0].entry, "f") == 0 && *set.tasks[0].stub);
    CHECK(tw_taskset_find(&set, "Mbpp/3") == &set.tasks[0]);
    tw_taskset_release(&set);
    CHECK(refused(MULTIPLE("a", "cobol", ""), NULL, TW_EFORMAT,
                  "the language 'cobol', which cannot be run"));
    CHECK(refused(MULTIPLE("a", "cpp", "") MULTIPLE("b", "js", ""), NULL,
                  TW_EFORMAT, "line 2 of 'tasks.json' has another language"));
    CHECK(refused(MULTIPLE("a", "cpp", ""), "humaneval", TW_EINVAL,
                  "this is MultiPL-E, not HumanEval"));
}

TEST(humaneval_x_takes_its_language_from_the_ids)
{
#define X(id)                                                              \
    "{\"task_id\": \"" id "\", \"prompt\": \"int f(int x){\\n\", "         \
    "\"declaration\": \"int f(int x){\\n\", \"canonical_solution\": "      \
    "\"return x;}\", \"test\": \"int main(){}\", \"example_test\": \"\", " \
    "\"test_setup\": \"package main\", \"import\": \"\"}\n"
    CHECK(load_text(&set, X("CPP/0") X("CPP/1"), "humaneval-x", &err) == TW_OK);
    CHECK(set.lang == TW_LANG_CPP && strcmp(set.name, "humaneval-x-cpp") == 0);
    CHECK(strcmp(set.tasks[1].entry, "f") == 0 && !*set.tasks[1].stub);
    CHECK(tw_taskset_find(&set, "HumanEval/1") == NULL);
    CHECK(tw_taskset_find(&set, "Java/1") == NULL);
    tw_taskset_release(&set);
    CHECK(load_text(&set, X("Go/0"), NULL, &err) == TW_OK);
    CHECK(strcmp(set.tasks[0].setup, "package main") == 0);
    tw_taskset_release(&set);
    CHECK(refused(X("CPP/0") X("Java/1"), NULL, TW_EFORMAT,
                  "has 'Java/1', another language than 'CPP/0'"));
    CHECK(refused(X("Ada/0"), NULL, TW_EFORMAT, "no language"));
    CHECK(refused(X("CPP/0"), "humaneval-x-go", TW_EINVAL,
                  "this is not humaneval-x-go"));
#undef X
}

#define CONTEST                                                              \
    "{\"name\": \"1A. Sum\", \"description\": \"Add.\", \"public_tests\": "  \
    "{\"input\": [\"1 2\\n\"], \"output\": [\"3\\n\"]}, \"private_tests\": " \
    "{\"input\": [\"2 2\\n\", \"\"], \"output\": [\"4\\n\", \"\"]}, "        \
    "\"time_limit\": {\"seconds\": 2, \"nanos\": 500000000}, "               \
    "\"solutions\": {\"language\": [3, 2], \"solution\": [\"py\", "          \
    "\"cpp\"]}}\n"

TEST(contest_records_have_cases)
{
    CHECK(load_text(&set, CONTEST, NULL, &err) == TW_OK);
    CHECK(set.layout == TW_LAYOUT_STDIO && set.lang == TW_LANG_CPP);
    const struct tw_task *t = &set.tasks[0];
    CHECK(t->n_cases == 3 && t->n_public == 1 && t->cases[1].n_in == 4);
    CHECK(strcmp(t->cases[1].in, "2 2\n") == 0 && t->cases[2].n_out == 0);
    CHECK(strcmp(t->canonical, "cpp") == 0 && t->canonical_whole);
    CHECK_NEAR(t->time_s, 2.5, 1e-9);
    CHECK(tw_taskset_find(&set, "1A. Sum") == t);
    tw_taskset_release(&set);
    CHECK(refused("{\"name\": \"a\", \"description\": \"\", "
                  "\"public_tests\": {\"input\": [\"\"], \"output\": []}}",
                  "stdio", TW_EFORMAT, "has 1 inputs and 0 outputs"));
    CHECK(refused("{\"name\": \"a\", \"description\": \"\", "
                  "\"public_tests\": {}}",
                  "stdio", TW_EFORMAT, "lacks the lists"));
    CHECK(refused("{\"name\": \"a\", \"description\": \"\", "
                  "\"public_tests\": null}",
                  "stdio", TW_EFORMAT, "lacks a case"));
    CHECK(refused("{\"name\": \"a\", \"description\": \"\"}", "stdio",
                  TW_EFORMAT, "lacks 'public_tests'"));
    CHECK(refused(CONTEST CONTEST, NULL, TW_EFORMAT, "twice"));
}

static bool put_all(const char *const (*files)[2], size_t n)
{
    bool fine = true;
    for (size_t i = 0; i < n; i++)
        fine = fine && put_file(files[i][0], files[i][1]);
    return fine;
}

TEST(problem_folders_are_read_in_order)
{
    static const char *const files[][2] = {
        { "set/p00002/input.txt", "5\n" },
        { "set/p00002/output.txt", "25\n" },
        { "set/p00001/description.md", "Add two numbers.\n" },
        { "set/p00001/1.in", "1 2\n" },
        { "set/p00001/1.out", "3\n" },
        { "set/p00001/sample.in", "2 2\n" },
        { "set/p00001/sample.ans", "4\n" },
        { "set/p00001/solution.c", "int main(void) { return 0; }\n" },
        { "set/p00001/solution.py", "print(1)\n" },
    };
    CHECK(mkdir("set", 0700) == 0 && mkdir("set/p00001", 0700) == 0 &&
          mkdir("set/p00002", 0700) == 0);
    CHECK(put_all(files, TW_ARRAY_LEN(files)));
    CHECK(tw_taskset_load(&set, "set", "stdio", &err) == TW_OK);
    CHECK(set.n == 2 && set.lang == TW_LANG_C && set.sha256[0]);
    if (set.n == 2) {
        const struct tw_task *t = &set.tasks[0];
        CHECK(strcmp(t->id, "p00001") == 0 && t->n_cases == 2);
        CHECK(t->n_public == 1 && strcmp(t->cases[0].in, "2 2\n") == 0);
        CHECK(strcmp(t->cases[0].out, "4\n") == 0);
        CHECK(strcmp(t->cases[1].out, "3\n") == 0);
        CHECK(strncmp(t->canonical, "int main", 8) == 0);
        CHECK(strcmp(set.tasks[1].cases[0].out, "25\n") == 0);
    }
    tw_taskset_release(&set);
    CHECK(tw_taskset_load(&set, "set", "mbpp", &err) == TW_EINVAL);
    /* One problem, given itself. */
    CHECK(tw_taskset_load(&set, "set/p00002/", NULL, &err) == TW_OK);
    CHECK(set.n == 1 && strcmp(set.tasks[0].id, "p00002") == 0);
    tw_taskset_release(&set);
    CHECK(put_file("set/p00002/2.in", "x"));
    CHECK(tw_taskset_load(&set, "set", NULL, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "cannot find the output of '2.in'") != NULL);
    CHECK(unlink("set/p00002/2.in") == 0);
    CHECK(put_file("set/p00002/output2.txt", "x"));
    CHECK(tw_taskset_load(&set, "set", NULL, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "found 1 inputs and 2 outputs") != NULL);
    (void)unlink("set/p00002/output2.txt");
    for (size_t i = 0; i < TW_ARRAY_LEN(files); i++)
        (void)unlink(files[i][0]);
    CHECK(tw_taskset_load(&set, "set", NULL, &err) == TW_EFORMAT);
    CHECK(rmdir("set/p00001") == 0 && rmdir("set/p00002") == 0 &&
          rmdir("set") == 0);
}

TEST_MAIN(RUN(plus_inputs_become_an_assert_program);
          RUN(tests_that_want_numpy_for_one_function_do_without);
          RUN(mbpp_plus_has_its_own_types_and_oracles);
          RUN(broken_plus_sets_are_refused);
          RUN(multipl_e_has_languages_and_stop_strings);
          RUN(humaneval_x_takes_its_language_from_the_ids);
          RUN(contest_records_have_cases);
          RUN(problem_folders_are_read_in_order);)
