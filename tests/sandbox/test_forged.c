/*
 * Candidates that want a pass without doing the work.  Each is asked for
 * solve(7, 35) == 42 and solve(1, 2) == 3; it sees the arguments, and the
 * expected values stay here.  Forged: a right value that the candidate did not
 * compute.  Its own answers may be right by computing, never by talking.
 */
#define _GNU_SOURCE
#include "jail_kit.h"

struct forgery {
    const char *name;
    const char *source;
};

static const struct forgery forgeries[] = {
    { "exit_before_the_calls", "import os\nos._exit(0)\n" },
    { "sys_exit_in_import", "import sys\nsys.exit(0)\n" },
    { "exit_in_the_call", "def solve(a, b): import os; os._exit(0)\n" },
    { "print_success",
      "print('PASS'); print('ok 1'); print('All tests passed')\n"
      "def solve(a, b): print('PASS', 42); return 'PASS'\n" },
    { "always_equal", "class E:\n"
                      "    def __eq__(self, o): return True\n"
                      "    __hash__ = None\n"
                      "def solve(a, b): return E()\n" },
    { "int_that_lies", "class I(int):\n"
                       "    def __eq__(self, o): return True\n"
                       "    def __sub__(self, o): return 0\n"
                       "    __hash__ = int.__hash__\n"
                       "def solve(a, b): return I(0)\n" },
    { "str_that_lies", "class S(str):\n"
                       "    def __eq__(self, o): return True\n"
                       "    __hash__ = str.__hash__\n"
                       "def solve(a, b): return S('42')\n" },
    { "list_that_lies", "class L(list):\n"
                        "    def __iter__(self): return iter([42])\n"
                        "    def __len__(self): return 1\n"
                        "    def __eq__(self, o): return True\n"
                        "def solve(a, b): return L()\n" },
    { "class_that_says_int", "class C:\n"
                             "    __class__ = property(lambda s: int)\n"
                             "    def __index__(self): return 42\n"
                             "    def __eq__(self, o): return True\n"
                             "def solve(a, b): return C()\n" },
    { "nan", "def solve(a, b): return float('nan')\n" },
    { "infinity", "def solve(a, b): return float('inf')\n" },
    { "builtins_replaced",
      "import builtins\n"
      "for n in ('type', 'len', 'isinstance', 'repr', 'str', 'int', 'print',\n"
      "          'compile', 'eval', 'exec', 'getattr', 'bytes'):\n"
      "    setattr(builtins, n, lambda *a, **k: True)\n"
      "def solve(a, b): return 0\n" },
    { "posix_write_replaced", "import posix, os, sys\n"
                              "posix.write = os.write = lambda fd, b: len(b)\n"
                              "posix._exit = os._exit = lambda n: None\n"
                              "def solve(a, b): return 0\n" },
    { "load_answered_by_hand", "import os\n"
                               "os.write(3, b'#13:t3:i2:-1s1:VN\\n')\n"
                               "os._exit(0)\n" },
    { "answer_out_of_range",
      "import os\n"
      "for i in (-2, 2, 99, 999999999):\n"
      "    r = b't3:i%d:%ds1:Vi2:42' % (len(str(i)), i)\n"
      "    os.write(3, b'#%d:' % len(r) + r + b'\\n')\n"
      "def solve(a, b): return 0\n" },
    { "records_of_rubbish", "import os\n"
                            "os.write(3, b'#99999999:' + bytes(range(256)))\n"
                            "def solve(a, b): return 0\n" },
    { "records_that_do_not_decode",
      "import os\n"
      "for r in (b't3:i1:0s1:Vl9:', b't3:i1:0s1:V' + b'l1:' * 100 + b'N',\n"
      "          b't3:i1:0s1:Ve2:i1:1T', b't9:N', b'', b't3:i1:0s1:VNN'):\n"
      "    os.write(3, b'#%d:' % len(r) + r + b'\\n')\n"
      "def solve(a, b): return 0\n" },
    { "descriptor_closed", "import os\nos.close(3)\n"
                           "def solve(a, b): return 0\n" },
    { "descriptor_replaced", "import os\n"
                             "os.dup2(os.open('/dev/null', 1), 3)\n"
                             "def solve(a, b): return 42\n" },
    { "fork_and_answer_twice", "import os\n"
                               "if os.fork(): os.wait()\n"
                               "def solve(a, b): return a + b\n" },
    { "re_exec",
      "import os, sys\n"
      "os.execv('/bin/sh', ['sh', '-c', 'echo PASS 42; exit 0'])\n" },
    { "driver_frames_searched",
      "import sys\n"
      "def solve(a, b):\n"
      "    f = sys._getframe()\n"
      "    while f:\n"
      "        for k, v in list(f.f_locals.items()):\n"
      "            if k in ('expected', 'want', 'answer', 'result', "
      "'oracle'):\n"
      "                return v\n"
      "            if k == 'calls':\n"
      "                v[:] = [v[0]] * len(v)\n"
      "        f = f.f_back\n"
      "    return 0\n" },
    { "objects_searched_for_the_expected",
      "import gc\n"
      "def solve(a, b):\n"
      "    for o in gc.get_objects():\n"
      "        if type(o) in (list, tuple) and len(o) == 3 and \\\n"
      "           list(o[:2]) == [a, b]:\n"
      "            return o[2]\n"
      "    return 0\n" },
    { "tags_of_the_driver_changed",
      "import gc\n"
      "class L(list):\n"
      "    def __iter__(self): return iter([42])\n"
      "    def __len__(self): return 1\n"
      "for o in gc.get_objects():\n"
      "    if type(o) is dict and o.get(list) == b'l': o[L] = b'l'\n"
      "def solve(a, b): return L()\n" },
    { "hang_in_the_call", "def solve(a, b):\n    while True: pass\n" },
    { "hang_in_import", "while True: pass\n" },
    { "hang_after_an_answer",
      "import atexit, threading, time\n"
      "atexit.register(time.sleep, 1000)\n"
      "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
      "def solve(a, b): return 0\n" },
    { "recursion_bomb", "import sys\n"
                        "sys.setrecursionlimit(10**8)\n"
                        "def solve(a, b): return solve(a, b)\n" },
    { "small_recursion_limit",
      "import sys\n"
      "def solve(a, b): sys.setrecursionlimit(20); return [[[[0]]]]\n" },
    { "crash", "import ctypes\ndef solve(a, b): ctypes.string_at(0)\n" },
    { "hostile_exception", "class E(BaseException):\n"
                           "    def __str__(self): raise E()\n"
                           "    __class__ = property(lambda s: 1 / 0)\n"
                           "def solve(a, b): raise E()\n" },
    { "exception_text_that_hangs", "class E(Exception):\n"
                                   "    def __str__(self):\n"
                                   "        while True: pass\n"
                                   "def solve(a, b): raise E()\n" },
    { "type_name_that_lies", "class M(type):\n"
                             "    __name__ = property(lambda c: 'int')\n"
                             "    def __eq__(c, o): return True\n"
                             "    __hash__ = type.__hash__\n"
                             "class C(metaclass=M): pass\n"
                             "def solve(a, b): return C()\n" },
    { "alarm_of_the_driver_used",
      "import signal\n"
      "signal.signal(signal.SIGALRM, lambda *a: None)\n"
      "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
      "def solve(a, b): return 0\n" },
    { "trace_function",
      "import sys\n"
      "def t(f, e, a):\n"
      "    if 'value' in f.f_locals: f.f_locals['value'] = 7\n"
      "    return t\n"
      "sys.settrace(t)\n"
      "def solve(a, b): return 0\n" },
    { "kill_the_parents", "import os, signal\n"
                          "def solve(a, b):\n"
                          "    os.kill(os.getppid(), 9)\n"
                          "    os.kill(1, 15)\n"
                          "    return 0\n" },
    { "generator_of_answers", "def solve(a, b): yield 42\n" },
    { "deferred", "async def solve(a, b): return a + b\n" },
    { "too_large", "def solve(a, b): return [42] * 10**6\n" },
    { "itself", "x = []\nx.append(x)\ndef solve(a, b): return x\n" },
};

static bool right(const struct tw_py_result *r, struct tw_arena *a, int want)
{
    const struct tw_pyval_tol wide = { 1e-6, 1e-6, false };
    struct tw_pyval *w = tw_pyval_int(a, want);

    return r->outcome == TW_PY_VALUE && tw_pyval_equal(r->value, w, wide);
}

/* How many of the two answers are right. */
static int judge(struct tw_jail *jail, const char *source,
                 struct tw_py_report *report, struct tw_arena *a)
{
    struct tw_pyval *args[2][2] = {
        { tw_pyval_int(a, 7), tw_pyval_int(a, 35) },
        { tw_pyval_int(a, 1), tw_pyval_int(a, 2) },
    };
    const struct tw_py_call calls[] = {
        { .function = "solve", .args = args[0], .n_args = 2 },
        { .function = "solve", .args = args[1], .n_args = 2 },
    };
    struct tw_py_job job = { .source = source,
                             .source_len = strlen(source),
                             .calls = calls,
                             .n_calls = 2,
                             .limits = kit_limits(0.4) };
    struct tw_err err = { 0 };

    if (tw_py_run(jail, &job, a, report, &err) != TW_OK) {
        printf("# %s\n", err.msg);
        test_checks_failed++;
        return 0;
    }
    return right(&report->calls[0], a, 42) + right(&report->calls[1], a, 3);
}

TEST(no_forgery_passes)
{
    struct tw_jail *jail = kit_open();

    for (size_t i = 0; jail && i < TW_ARRAY_LEN(forgeries); i++) {
        struct tw_py_report report;
        struct tw_arena a;
        tw_arena_init(&a, (size_t)64 << 20);
        int n = judge(jail, forgeries[i].source, &report, &a);
        if (n > 0) {
            printf("# %s: %d of 2 accepted\n", forgeries[i].name, n);
            test_checks_failed++;
        }
        CHECK(report.jail.verdict != TW_VERDICT_HARNESS);
        CHECK(report.jail.wall_ms < 2500);
        tw_jail_result_release(&report.jail);
        tw_arena_release(&a);
    }
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(the_honest_candidate_passes)
{
    static const char *const honest[] = {
        "def solve(a, b): return a + b\n",
        "def solve(a, b): print('noise'); return float(a + b)\n",
        "import math\nsolve = lambda *x: math.fsum(x)\n",
        "class S:\n"
        "    def __call__(self, a, b): return a + b\n"
        "solve = S()\n",
    };
    struct tw_jail *jail = kit_open();

    for (size_t i = 0; jail && i < TW_ARRAY_LEN(honest); i++) {
        struct tw_py_report report;
        struct tw_arena a;
        tw_arena_init(&a, (size_t)64 << 20);
        CHECK(judge(jail, honest[i], &report, &a) == 2);
        CHECK(report.jail.verdict == TW_VERDICT_PASS);
        tw_jail_result_release(&report.jail);
        tw_arena_release(&a);
    }
    tw_jail_close(jail);
}

TEST(a_second_answer_spoils_even_a_right_one)
{
    struct tw_jail *jail = kit_open();
    struct tw_py_report report;
    struct tw_arena a;

    if (!jail)
        return;
    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(judge(jail,
                "import os\n"
                "def solve(a, b):\n"
                "    if a == 7: os.write(3, b'#16:t3:i1:0s1:Vi2:42\\n')\n"
                "    return a + b\n",
                &report, &a) == 1);
    CHECK(report.calls[0].outcome == TW_PY_MISSING);
    CHECK(strcmp(report.calls[0].type, "forged") == 0);
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(no_forgery_passes); RUN(the_honest_candidate_passes);
          RUN(a_second_answer_spoils_even_a_right_one);)
