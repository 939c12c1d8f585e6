#define _GNU_SOURCE
#include "../jail/warm_kit.h"

/* One job with calls of add(1, 2); the expected 3 never enters. */
struct kit {
    struct tw_jail *jail;
    struct tw_arena a;
    struct tw_py_report report;
};

/* How the runs start: each test is made both ways. */
static bool cold;

static bool kit_start(struct kit *k)
{
    k->jail = kit_open();
    if (k->jail && !cold)
        (void)kit_warm_up(k->jail, 1); /* without, it is the cold way again */
    tw_arena_init(&k->a, (size_t)256 << 20);
    tw_jail_result_init(&k->report.jail);
    return k->jail != NULL;
}

static void kit_stop(struct kit *k)
{
    tw_jail_result_release(&k->report.jail);
    tw_arena_release(&k->a);
    tw_jail_close(k->jail);
}

static void run_job(struct kit *k, const char *source,
                    const struct tw_py_call *calls, size_t n, double wall_s)
{
    struct tw_err err = { 0 };
    struct tw_py_job job = { .cold = cold,
                             .source = source,
                             .source_len = strlen(source),
                             .calls = calls,
                             .n_calls = n,
                             .limits = kit_limits(wall_s) };

    tw_jail_result_release(&k->report.jail);
    enum tw_status st = tw_py_run(k->jail, &job, &k->a, &k->report, &err);
    if (st != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(st == TW_OK);
}

/* "value", or "outcome type: text @line" for what is no value. */
static const char *show(struct kit *k, const struct tw_py_result *r)
{
    static const char *const names[] = { "value", "exception", "opaque",
                                         "missing" };
    struct tw_buf b;
    char *text = tw_arena_alloc(&k->a, 400, 1);

    tw_buf_init(&b, 1 << 20);
    if (r->outcome == TW_PY_VALUE)
        tw_pyval_source(&b, r->value);
    else
        tw_buf_addf(&b, "%s %s: %s @%d", names[r->outcome], r->type, r->text,
                    r->line);
    snprintf(text, 400, "%s", tw_buf_text(&b));
    tw_buf_release(&b);
    return text;
}

static void check_text(struct kit *k, const struct tw_py_result *r,
                       const char *want)
{
    const char *got = show(k, r);

    if (strcmp(got, want) != 0) {
        printf("# got '%s', want '%s'\n", got, want);
        test_checks_failed++;
    }
}

static void check_expr(struct kit *k, const char *source, const char *expr,
                       const char *want)
{
    const struct tw_py_call call = { .expr = expr };

    run_job(k, source, &call, 1, 10);
    check_text(k, &k->report.calls[0], want);
}

TEST(functions_and_expressions_give_values)
{
    struct kit k;
    if (!kit_start(&k))
        return;
    const double x[] = { 1, 2, 4.5 };
    struct tw_pyval *list = tw_pyval_floats(&k.a, x, 3);
    struct tw_pyval *two = tw_pyval_int(&k.a, 2);
    struct tw_pyval *args[] = { list, two };
    const char *const names[] = { "x", "n" };
    const struct tw_py_call calls[] = {
        { .function = "f", .args = args, .n_args = 2 },
        { .expr = " [round(v) for v in x] * n",
          .names = names,
          .args = args,
          .n_args = 2 },
        { .expr = "(mean(x), median(x), sqrt(x[2]), pi > 3, math.floor(2.5))",
          .names = names,
          .args = args,
          .n_args = 2 },
        { .expr = "f(x, 1)", .names = names, .args = args, .n_args = 2 },
        { .expr = "(lambda: stdev(x))()",
          .names = names,
          .args = args,
          .n_args = 2 },
    };
    run_job(&k, "def f(a, b):\n    a.append(b)\n    return a\n", calls, 5, 10);
    check_text(&k, &k.report.load, "None");
    check_text(&k, &k.report.calls[0], "[1.0, 2.0, 4.5, 2]");
    check_text(&k, &k.report.calls[1], "[1, 2, 4, 1, 2, 4]");
    check_text(&k, &k.report.calls[2],
               "(2.5, 2.0, 2.1213203435596424, True, 2)");
    check_text(&k, &k.report.calls[3], "[1.0, 2.0, 4.5, 1]");
    check_text(&k, &k.report.calls[4], "1.8027756377319946");
    CHECK(k.report.jail.end == TW_END_PASS);
    kit_stop(&k);
}

/* Rows packed by one job go into another as they are, behind its calls; of the
 * first 200 none is lost with a process that ends. */
TEST(packed_rows_are_called_behind_the_calls)
{
    static const char pack[] = "import marshal\n"
                               "def pack(*a):\n"
                               "    return marshal.dumps(list(a), 2)\n";
    static const char source[] =
        "import os\ndef f(a, b=3):\n"
        "    if a == 'end':\n        os._exit(0)\n    return (a, b)\n";
    enum { N = 4 };
    struct kit k;
    if (!kit_start(&k))
        return;
    const char *const words[N] = { "x", "\xc3\xa9", "end", "z" };
    struct tw_pyval *args[N][2];
    struct tw_py_call calls[N];
    struct tw_py_packed rows[N];
    for (size_t i = 0; i < N; i++) {
        args[i][0] = tw_pyval_str(&k.a, words[i], strlen(words[i]));
        args[i][1] = tw_pyval_float(&k.a, -0.1);
        calls[i] = (struct tw_py_call){ .function = "pack",
                                        .args = args[i],
                                        .n_args = 2 - i % 2 };
    }
    run_job(&k, pack, calls, N, 10);
    for (size_t i = 0; i < N; i++) {
        const struct tw_pyval *v = k.report.calls[i].value;
        CHECK(v && v->kind == TW_PYVAL_BYTES);
        rows[i] = (struct tw_py_packed){ v->text, v->len };
    }
    calls[0].function = "f";
    struct tw_err err = { 0 };
    struct tw_py_job job = { .cold = cold,
                             .source = source,
                             .source_len = sizeof(source) - 1,
                             .calls = calls,
                             .n_calls = 1,
                             .rows_function = "f",
                             .rows = rows,
                             .n_rows = N,
                             .limits = kit_limits(10) };
    tw_jail_result_release(&k.report.jail);
    CHECK(tw_py_run(k.jail, &job, &k.a, &k.report, &err) == TW_OK);
    check_text(&k, &k.report.calls[0], "('x', -0.1)");
    check_text(&k, &k.report.calls[1], "('x', -0.1)");
    check_text(&k, &k.report.calls[2], "('\xc3\xa9', 3)");
    check_text(&k, &k.report.calls[3], "missing :  @0");
    check_text(&k, &k.report.calls[4], "missing :  @0");
    kit_stop(&k);
}

TEST(changed_arguments_are_told)
{
    static const char source[] =
        "def grow(x):\n    x.append(1)\n    return x\n"
        "def undo(x):\n    x.append(1)\n    return x.pop()\n"
        "def deep(x):\n    x[0][0] = 2\n"
        "def odd(x):\n    x[0] = grow\n"
        "def copy(x):\n    return sorted(x)\n"
        "def nan(x):\n    x[0] = float('nan')\n";
    static const char *const names[] = { "grow", "undo", "deep",
                                         "odd",  "copy", "nan" };
    static const bool want[] = { true, false, true, true, false, true };
    struct kit k;
    if (!kit_start(&k))
        return;
    struct tw_py_call calls[TW_ARRAY_LEN(names)];
    struct tw_pyval zero = { .kind = TW_PYVAL_INT, .text = "0", .len = 1 };
    struct tw_pyval *one[] = { &zero };
    struct tw_pyval inner = { .kind = TW_PYVAL_LIST,
                              .items = one,
                              .n_items = 1 };
    struct tw_pyval *rows[] = { &inner };
    struct tw_pyval outer = { .kind = TW_PYVAL_LIST,
                              .items = rows,
                              .n_items = 1 };
    struct tw_pyval *const args[] = { &outer };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        calls[i] = (struct tw_py_call){ .function = names[i],
                                        .args = args,
                                        .n_args = 1 };
    run_job(&k, source, calls, TW_ARRAY_LEN(names), 10);
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        CHECK(k.report.calls[i].outcome == TW_PY_VALUE &&
              k.report.calls[i].changed == want[i]);
    kit_stop(&k);
}

TEST(every_builtin_kind_goes_in_and_comes_out_exactly)
{
    static const char *const all[] = { "None",
                                       "True",
                                       "-12345678901234567890123456789",
                                       "0.1",
                                       "-0.0",
                                       "5e-324",
                                       "float('inf')",
                                       "'a\\x00\\'\\ud800\xe2\x82\xac'",
                                       "b'\\x00\\xff'",
                                       "[]",
                                       "()",
                                       "(1,)",
                                       "{}",
                                       "{'a': {1: [2.5]}}",
                                       "set()",
                                       "{1, 2}",
                                       "frozenset()",
                                       "frozenset({(1, 'x')})",
                                       "[[[[[[[[[[1]]]]]]]]]]" };
    struct kit k;
    struct tw_py_call calls[TW_ARRAY_LEN(all)], back[TW_ARRAY_LEN(all)];
    struct tw_pyval *values[TW_ARRAY_LEN(all)];
    const size_t n = TW_ARRAY_LEN(all);

    if (!kit_start(&k))
        return;
    for (size_t i = 0; i < n; i++)
        calls[i] = (struct tw_py_call){ .expr = all[i] };
    run_job(&k, "", calls, n, 10);
    for (size_t i = 0; i < n; i++) {
        check_text(&k, &k.report.calls[i], all[i]);
        values[i] = k.report.calls[i].value;
        back[i] = (struct tw_py_call){ .function = "same",
                                       .args = &values[i],
                                       .n_args = 1 };
        if (!values[i]) {
            kit_stop(&k);
            return;
        }
    }
    run_job(&k, "def same(x): return x", back, n, 10);
    for (size_t i = 0; i < n; i++) {
        check_text(&k, &k.report.calls[i], all[i]);
        CHECK(k.report.calls[i].value &&
              tw_pyval_equal(k.report.calls[i].value, values[i],
                             (struct tw_pyval_tol){ 0, 0, false }));
    }
    kit_stop(&k);
}

TEST(errors_have_type_text_and_line)
{
    const struct tw_py_call calls[] = { { .function = "f" },
                                        { .function = "g" },
                                        { .function = "h" },
                                        { .expr = "1 +" },
                                        { .expr = "import os" } };
    struct kit k;

    if (!kit_start(&k))
        return;
    run_job(&k,
            "def g():\n"
            "    def inner():\n"
            "        raise KeyError('no\\nline two')\n"
            "    return inner()\n"
            "def h():\n"
            "    import sys\n"
            "    sys.exit('bye')\n",
            calls, 5, 10);
    check_text(&k, &k.report.calls[0],
               "exception NameError: name 'f' is not defined @0");
    check_text(&k, &k.report.calls[1],
               "exception KeyError: 'no\\nline two' @3");
    check_text(&k, &k.report.calls[2], "exception SystemExit: bye @7");
    CHECK(strcmp(k.report.calls[3].type, "SyntaxError") == 0);
    CHECK(strcmp(k.report.calls[4].type, "SyntaxError") == 0);
    run_job(&k, "x = 1\ndef f(:\n  pass\n", calls, 1, 10);
    check_text(&k, &k.report.load, "exception SyntaxError: invalid syntax @2");
    check_text(&k, &k.report.calls[0], "missing :  @0");
    run_job(&k, "\n\nimport not_there\n", calls, 1, 10);
    check_text(&k, &k.report.load,
               "exception ModuleNotFoundError: No module named 'not_there' @3");
    run_job(&k, "def f():\n\treturn 1\n        return 2\n", calls, 1, 10);
    CHECK(k.report.load.outcome == TW_PY_EXCEPTION && k.report.load.line == 3);
    run_job(&k, "x = '\xff'\n", calls, 1, 10);
    CHECK(strcmp(k.report.load.type, "SyntaxError") == 0);
    kit_stop(&k);
}

TEST(values_outside_of_the_builtin_types_are_opaque)
{
    struct kit k;

    if (!kit_start(&k))
        return;
    check_expr(&k, "", "object", "opaque type:  @0");
    check_expr(&k, "", "1j", "opaque complex:  @0");
    check_expr(&k, "", "(i for i in [1])", "opaque generator:  @0");
    check_expr(&k, "class I(int): pass", "[I(3)]", "[3]");
    check_expr(&k, "class L(list):\n  def __iter__(s): return iter([4])\n",
               "L([3])", "[3]");
    check_expr(&k, "", "'x' * 10**6", "opaque str: str too large @0");
    check_expr(&k, "", "1 << 10**6", "opaque int: int too large @0");
    check_expr(&k, "", "[0] * 10**6", "opaque list: value too large @0");
    check_expr(&k, "x = []\nx.append(x)", "x",
               "opaque list: value too deep @0");
    check_expr(&k, "", "len([0] * 10**6)", "1000000");
    kit_stop(&k);
}

TEST(a_module_beside_the_source_can_be_imported)
{
    static const char text[] = "def twice(x):\n    return 2 * x\n";
    const struct tw_jail_file file = { "lib/helper.py", text,
                                       sizeof(text) - 1 };
    const struct tw_py_call call = { .expr = "f()" };
    const char *source = "from lib.helper import twice\n"
                         "def f(): return twice(21), __name__\n";
    struct tw_py_job job = { .cold = cold,
                             .source = source,
                             .source_len = strlen(source),
                             .files = &file,
                             .n_files = 1,
                             .calls = &call,
                             .n_calls = 1,
                             .module_name = "system_x",
                             .limits = kit_limits(10) };
    struct kit k;

    if (!kit_start(&k))
        return;
    CHECK(tw_py_run(k.jail, &job, &k.a, &k.report, NULL) == TW_OK);
    check_text(&k, &k.report.calls[0], "(42, 'system_x')");
    kit_stop(&k);
}

TEST(a_hang_hides_no_result_from_before_it)
{
    const struct tw_py_call calls[] = { { .expr = "1" },
                                        { .function = "hang" },
                                        { .expr = "2" } };
    const char *source = "import time\ndef hang():\n    time.sleep(100)\n";
    struct kit k;

    if (!kit_start(&k))
        return;
    run_job(&k, source, calls, 3, 0.4);
    check_text(&k, &k.report.calls[0], "1");
    check_text(&k, &k.report.calls[1], "missing :  @0");
    check_text(&k, &k.report.calls[2], "missing :  @0");
    CHECK(k.report.jail.end == TW_END_TIMEOUT);
    struct tw_py_job job = { .cold = cold,
                             .source = source,
                             .source_len = strlen(source),
                             .calls = calls,
                             .n_calls = 3,
                             .limits = kit_limits(10),
                             .call_s = 0.1 };
    tw_jail_result_release(&k.report.jail);
    CHECK(tw_py_run(k.jail, &job, &k.a, &k.report, NULL) == TW_OK);
    check_text(&k, &k.report.calls[1], "missing timeout:  @0");
    check_text(&k, &k.report.calls[2], "2");
    kit_stop(&k);
}

TEST(prints_of_the_source_are_kept_apart_from_records)
{
    const struct tw_py_call call = { .function = "f" };
    struct kit k;

    if (!kit_start(&k))
        return;
    run_job(&k,
            "import sys\ndef f():\n    print('#5:out')\n"
            "    print('err', file=sys.stderr)\n"
            "    return sys.stdin.read() + input.__name__\n",
            &call, 1, 10);
    check_text(&k, &k.report.calls[0], "'input'");
    CHECK(strcmp(tw_buf_text(&k.report.jail.out), "#5:out\n") == 0);
    CHECK(strcmp(tw_buf_text(&k.report.jail.err), "err\n") == 0);
    kit_stop(&k);
}

TEST(order_of_sets_is_the_same_in_each_run)
{
    const struct tw_py_call call = { .expr = "list(map(str, {'a', 'b', 'c', "
                                             "'d', 'e', 'f', 'g'}))" };
    struct kit k;

    if (!kit_start(&k))
        return;
    run_job(&k, "", &call, 1, 10);
    const char *first = show(&k, &k.report.calls[0]);
    for (int i = 0; i < 3; i++) {
        run_job(&k, "", &call, 1, 10);
        check_text(&k, &k.report.calls[0], first);
    }
    kit_stop(&k);
}

TEST(a_small_arena_is_out_of_memory_and_no_crash)
{
    const struct tw_py_call call = { .expr = "[1, 2, 3]" };
    struct kit k;

    if (!kit_start(&k))
        return;
    for (size_t limit = 0; limit < 400000; limit += 65536) {
        struct tw_py_job job = {
            .source = "", .calls = &call, .n_calls = 1, .limits = kit_limits(10)
        };
        struct tw_arena a;
        tw_arena_init(&a, limit);
        tw_jail_result_release(&k.report.jail);
        enum tw_status st = tw_py_run(k.jail, &job, &a, &k.report, NULL);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        if (limit == 0)
            CHECK(st == TW_ENOMEM);
        tw_arena_release(&a);
    }
    kit_stop(&k);
}

/* What a source does when it runs elsewhere, and who does it: the library may
 * open its own files, and evaluates text to make a named tuple. */
TEST(a_watched_run_tells_of_the_first_event)
{
    static const struct {
        const char *source, *reached; /* "": nothing */
    } cases[] = {
        { "import os\ndef f():\n    return os.listdir('/srv')\n",
          "opaque os.listdir: /srv @3" },
        { "import os\nos.system('true')\ndef f():\n    open('x')\n",
          "opaque os.system:  @2" },
        { "def f():\n    try:\n        open('x')\n    except OSError:\n"
          "        pass\n",
          "opaque open: x @3" },
        { "def f():\n    return eval('1')\n", "opaque compile:  @2" },
        { "def f():\n    import socket\n    return len(socket.socket()"
          ".getsockname())\n",
          "opaque socket.__new__:  @3" },
        { "import math\nimport time\ndef f():\n    return time.sleep(0)\n",
          "" },
        { "from collections import namedtuple\nfrom dataclasses import *\n"
          "import statistics, decimal, json, datetime, typing\n"
          "P = namedtuple('P', 'x y')\n@dataclass\nclass D:\n    x: int\n"
          "def f():\n    datetime.datetime.strptime('2020', '%Y')\n"
          "    return P(1, 2).x + D(2).x + statistics.mean([1, 2])\n",
          "" },
    };
    const char *const opened[] = { "time" };
    const struct tw_py_call call = { .function = "f" };
    struct kit k;
    if (!kit_start(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_py_job job = { .source = cases[i].source,
                                 .source_len = strlen(cases[i].source),
                                 .calls = &call,
                                 .n_calls = 1,
                                 .limits = kit_limits(10),
                                 .elsewhere = true,
                                 .watched = true,
                                 .opened = opened,
                                 .n_opened = 1 };
        tw_jail_result_release(&k.report.jail);
        CHECK(tw_py_run(k.jail, &job, &k.a, &k.report, NULL) == TW_OK);
        if (*cases[i].reached)
            check_text(&k, &k.report.reached, cases[i].reached);
        else
            CHECK(!k.report.reached.type[0]);
        CHECK(i != 1 || strcmp(k.report.events,
                               "os.system in line 2; open in line 4") == 0);
        CHECK(i != 5 || !k.report.events ||
              strcmp(k.report.events, "time.sleep in line 4") == 0);
        if (!*cases[i].reached && k.report.reached.type[0])
            printf("# %s\n", show(&k, &k.report.reached));
    }
    kit_stop(&k);
}

TEST(cold_starts_do_the_same)
{
    cold = true;
    test_functions_and_expressions_give_values();
    test_every_builtin_kind_goes_in_and_comes_out_exactly();
    test_errors_have_type_text_and_line();
    test_values_outside_of_the_builtin_types_are_opaque();
    test_a_module_beside_the_source_can_be_imported();
    test_a_hang_hides_no_result_from_before_it();
    test_prints_of_the_source_are_kept_apart_from_records();
    test_order_of_sets_is_the_same_in_each_run();
    test_a_small_arena_is_out_of_memory_and_no_crash();
    cold = false;
}

TEST_MAIN(RUN(functions_and_expressions_give_values);
          RUN(packed_rows_are_called_behind_the_calls);
          RUN(changed_arguments_are_told);
          RUN(every_builtin_kind_goes_in_and_comes_out_exactly);
          RUN(errors_have_type_text_and_line);
          RUN(values_outside_of_the_builtin_types_are_opaque);
          RUN(a_module_beside_the_source_can_be_imported);
          RUN(a_hang_hides_no_result_from_before_it);
          RUN(prints_of_the_source_are_kept_apart_from_records);
          RUN(order_of_sets_is_the_same_in_each_run);
          RUN(a_small_arena_is_out_of_memory_and_no_crash);
          RUN(a_watched_run_tells_of_the_first_event);
          RUN(cold_starts_do_the_same);)
