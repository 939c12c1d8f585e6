#define _GNU_SOURCE
#include "python/pyassert_priv.h"

#include "../jail/jail_kit.h"
#include "base/file.h"
#include "base/json.h"

/* One judgement, kept whole. */
struct judged {
    struct tw_arena a;
    struct tw_pyassert_report r;
};

static struct tw_pyassert_job job_of(const char *candidate, const char *tests)
{
    return (struct tw_pyassert_job){ .candidate = candidate,
                                     .candidate_len = strlen(candidate),
                                     .tests = tests,
                                     .limits = kit_limits(8) };
}

static bool judge_job(struct tw_jail *jail, const struct tw_pyassert_job *job,
                      struct judged *j)
{
    struct tw_err err = { 0 };

    tw_arena_init(&j->a, (size_t)64 << 20);
    enum tw_status st = tw_pyassert_run(jail, job, &j->a, &j->r, &err);
    if (st != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(st == TW_OK);
    return st == TW_OK;
}

static void judged_free(struct judged *j)
{
    tw_arena_release(&j->a);
}

static void print_finding(const char *what, const struct tw_pyassert_report *r)
{
    const struct tw_finding *f = &r->finding;

    printf("# %s: %s/%s '%s' '%s' line %d got '%s' expected '%s', %zu of %zu"
           "%s%s\n",
           what, tw_end_name(f->end), tw_cause_name(f->cause), f->type, f->text,
           f->line, f->got, f->expected, r->n_passed, r->n_asserts,
           r->loaded ? "" : ", not loaded", r->finished ? "" : ", unfinished");
}

/* A program that passes with so many assertions. */
static void passes(struct tw_jail *jail, const char *candidate,
                   const char *tests, size_t n)
{
    struct tw_pyassert_job job = job_of(candidate, tests);
    struct judged j;

    if (judge_job(jail, &job, &j)) {
        bool good = j.r.finding.end == TW_END_PASS &&
                    j.r.finding.cause == TW_CAUSE_NONE && j.r.loaded &&
                    j.r.finished && j.r.n_asserts == n && j.r.n_passed == n;
        if (!good)
            print_finding(tests, &j.r);
        CHECK(good);
    }
    judged_free(&j);
}

TEST(what_passes_is_counted)
{
    struct tw_jail *jail = kit_open();
    struct judged j;

    if (!jail)
        return;
    struct tw_pyassert_job job =
        job_of("def f(x): return x + 1\n",
               "def check(candidate):\n"
               "    for i in range(5):\n"
               "        assert candidate(i) == i + 1, 'no'\n"
               "    assert True, 'this too'\n");
    job.entry = "f";
    if (judge_job(jail, &job, &j)) {
        CHECK(j.r.finding.end == TW_END_PASS);
        CHECK(j.r.n_asserts == 6 && j.r.n_passed == 6);
        for (size_t i = 0; i < j.r.n_asserts; i++)
            CHECK(j.r.outcomes[i] == TW_ASSERT_PASSED);
        CHECK(j.r.finding.wall_ms > 0 && j.r.finding.peak_mib > 0);
    }
    judged_free(&j);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static const char mixed[] = "def f(x):\n"
                            "    if x == 2: raise ValueError('two')\n"
                            "    return -x if x == 1 else x\n";
static const char four[] = "assert f(0) == 0\n"
                           "assert f(1) == 1, 'one is one'\n"
                           "assert f(2) == 2\n"
                           "assert f(3) == 3\n";

TEST(it_stops_at_the_first_failure_or_goes_on)
{
    static const unsigned char want[] = { TW_ASSERT_PASSED, TW_ASSERT_FAILED,
                                          TW_ASSERT_RAISED, TW_ASSERT_PASSED };
    struct tw_jail *jail = kit_open();

    for (int go_on = 0; jail && go_on < 2; go_on++) {
        struct tw_pyassert_job job = job_of(mixed, four);
        struct judged j;
        job.go_on = go_on;
        if (judge_job(jail, &job, &j)) {
            const struct tw_finding *f = &j.r.finding;
            CHECK(j.r.n_asserts == (go_on ? 4u : 2u));
            CHECK(j.r.n_passed == (go_on ? 2u : 1u));
            CHECK(j.r.finished == (go_on == 1) && j.r.loaded);
            CHECK(memcmp(j.r.outcomes, want, j.r.n_asserts) == 0);
            CHECK(f->end == TW_END_FAIL);
            CHECK(f->cause == TW_CAUSE_ASSERTION);
            CHECK(strcmp(f->text, "one is one") == 0);
            CHECK(strcmp(f->got, "-1") == 0 && strcmp(f->expected, "1") == 0);
        }
        judged_free(&j);
    }
    tw_jail_close(jail);
}

/* Whatever line it stands in: the driver has compiled another program before,
 * to be warm, and must not take an assertion of that. */
TEST(the_failed_assertion_is_shown_not_another)
{
    struct tw_jail *jail = kit_open();
    char tests[100];

    for (int line = 1; jail && line < 8; line++) {
        struct judged j;
        snprintf(tests, sizeof(tests),
                 "%.*sx = 1; y = f(x)\nassert f(2) == 3\n", line - 1,
                 "\n\n\n\n\n\n\n");
        struct tw_pyassert_job job =
            job_of("def f(x):\n    return 10 * x\n", tests);
        if (judge_job(jail, &job, &j)) {
            const struct tw_finding *f = &j.r.finding;
            bool good =
                strcmp(f->got, "20") == 0 && strcmp(f->expected, "3") == 0;
            if (!good)
                print_finding(tests, &j.r);
            CHECK(good);
        }
        judged_free(&j);
    }
    tw_jail_close(jail);
}

struct cause_case {
    const char *candidate, *tests, *entry;
    enum tw_end end;
    enum tw_cause cause;
    const char *type, *text; /* text: the start of it */
    int line;
    bool loaded;
};

static const struct cause_case causes[] = {
    { "def f(: pass\n", "assert f()\n", "f", TW_END_ERROR, TW_CAUSE_SYNTAX,
      "SyntaxError", "", 1, false },
    { "def f():\n  x\n y\n", "assert f()\n", "f", TW_END_ERROR, TW_CAUSE_SYNTAX,
      "IndentationError", "unindent", 3, false },
    { "\nimport nowhere\n", "assert f()\n", "f", TW_END_ERROR, TW_CAUSE_IMPORT,
      "ModuleNotFoundError", "No module", 2, false },
    { "x = 1\nassert x == 2, 'own'\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_RUNTIME, "AssertionError", "own", 2, false },
    { "import sys\nsys.exit(0)\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_EXIT, "SystemExit", "0", 2, false },
    { "def g(): pass\n", "assert f()\n", "f", TW_END_ERROR, TW_CAUSE_NO_ENTRY,
      "NameError", "name 'f' is not defined", 0, true },
    { "def g(): pass\n", "assert f()\n", NULL, TW_END_ERROR, TW_CAUSE_NO_ENTRY,
      "NameError", "name 'f' is not defined", 0, true },
    { "def f():\n    return 1 / 0\n", "assert f() == 1\n", "f", TW_END_ERROR,
      TW_CAUSE_RUNTIME, "ZeroDivisionError", "division", 2, true },
    { "class Odd(Exception): pass\ndef f():\n    raise Odd('x\\ny')\n",
      "assert f() == 1\n", "f", TW_END_ERROR, TW_CAUSE_RUNTIME, "Odd", "x", 3,
      true },
    { "def f():\n    assert 0, 'mine'\n", "assert f() == 1\n", "f",
      TW_END_ERROR, TW_CAUSE_RUNTIME, "AssertionError", "mine", 2, true },
    { "def f(): pass\n", "assert f() + 1 == 2\n", "f", TW_END_ERROR,
      TW_CAUSE_RUNTIME, "TypeError", "in the tests: unsupported", 0, true },
    { "def f(): pass\n", "x = f()[0]\nassert x\n", "f", TW_END_ERROR,
      TW_CAUSE_RUNTIME, "TypeError", "in the tests: ", 0, true },
    { "f = None\n", "assert f(1) == 2\n", "f", TW_END_ERROR, TW_CAUSE_RUNTIME,
      "TypeError", "in the tests: ", 0, true },
    { "def f(x): return x\n", "assert not f(True)\n", "f", TW_END_FAIL,
      TW_CAUSE_ASSERTION, "AssertionError", "line 1", 0, true },
    { "def f(x): return x\n", "x = f(1)\n", "f", TW_END_FAIL,
      TW_CAUSE_ASSERTION, "", "the tests made no assertion", 0, true },
    { "import os\nos._exit(0)\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_EXIT, "", "ended before", 0, false },
    { "import os\ndef f(): os._exit(3)\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_EXIT, "", "ended before", 0, true },
    { "import sys\ndef f(): sys.exit()\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_EXIT, "SystemExit", "", 2, true },
    { "def f(): raise KeyboardInterrupt\n", "assert f()\n", "f", TW_END_ERROR,
      TW_CAUSE_RUNTIME, "KeyboardInterrupt", "", 1, true },
    { "import ctypes\ndef f(): ctypes.string_at(0)\n", "assert f()\n", "f",
      TW_END_SIGNAL, TW_CAUSE_SIGNAL, "", "signal", 0, true },
    { "def f(): return bytearray(1 << 40)\n", "assert f()\n", "f", TW_END_LIMIT,
      TW_CAUSE_LIMIT, "MemoryError", "memory", 1, true },
    { "def f(): return 'x' * 3000000\n", "assert f() == 1\n", "f", TW_END_LIMIT,
      TW_CAUSE_LIMIT, "", "value: str: str too large", 0, true },
    { "def f(): return 1\n",
      "def expect(a, b):\n    if a != b: raise AssertionError('differs')\n"
      "assert True\nexpect(f(), 2)\n",
      "f", TW_END_FAIL, TW_CAUSE_ASSERTION, "AssertionError", "differs", 0,
      true },
    { " \n\t", "assert f()\n", "f", TW_END_ERROR, TW_CAUSE_NO_CODE, "",
      "no code", 0, true },
    { "def f(): pass\n", "assert f( == 1\n", "f", TW_END_HARNESS,
      TW_CAUSE_HARNESS, "", "tests: SyntaxError", 0, false },
    { "def f(): pass\n", "import nowhere\nassert f()\n", "f", TW_END_HARNESS,
      TW_CAUSE_HARNESS, "", "tests: ModuleNotFound", 0, true },
    { "def f(): pass\n", "x = 1 / 0\nassert f()\n", "f", TW_END_HARNESS,
      TW_CAUSE_HARNESS, "", "tests: ZeroDivisionError", 0, true },
};

static void cause_check(struct tw_jail *jail, const struct cause_case *c)
{
    struct tw_pyassert_job job = job_of(c->candidate, c->tests);
    struct judged j;

    job.entry = c->entry;
    if (judge_job(jail, &job, &j)) {
        const struct tw_finding *f = &j.r.finding;
        bool good = f->end == c->end && f->cause == c->cause &&
                    strcmp(f->type, c->type) == 0 && f->line == c->line &&
                    strncmp(f->text, c->text, strlen(c->text)) == 0 &&
                    j.r.loaded == c->loaded;
        if (!good)
            print_finding(c->candidate, &j.r);
        CHECK(good);
    }
    judged_free(&j);
}

TEST(every_failure_has_its_cause)
{
    struct tw_jail *jail = kit_open();

    for (size_t i = 0; jail && i < TW_ARRAY_LEN(causes); i++)
        cause_check(jail, &causes[i]);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(values_come_and_go_exactly)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    passes(
        jail, "def f(x): return x\n",
        "import math\n"
        "from collections import *\n"
        "from datetime import *\n"
        "from decimal import Decimal\n"
        "from fractions import Fraction\n"
        "for v in (None, True, 0, -1, 10**5000, 1.5, float('inf'), '',\n"
        "          'gr\\u00fc\\udc80\\U0001f600', b'\\x00\\xff', 1j,\n"
        "          range(1, 9, 2), bytearray(b'ab'), [1, [2, (3,)]],\n"
        "          {'a': {1, 2}, (1, 2): frozenset([3])}, (), date(2024, 2,\n"
        "          29), datetime(2024, 1, 2, 3, 4, 5, 6), timedelta(1, 2),\n"
        "          time(1, 2), Decimal('1.10'), Fraction(1, 3),\n"
        "          deque([1, 2], 3), Counter('abca'), OrderedDict(b=1,\n"
        "          a=2), int, ValueError, Ellipsis):\n"
        "    w = f(v)\n"
        "    assert w == v and type(w) is type(v)\n"
        "assert str(f(Decimal('1.10'))) == '1.10'\n"
        "assert math.isnan(f(float('nan')))\n"
        "assert str(f(-0.0)) == '-0.0'\n"
        "assert list(f({12, 13, 14, 15, 16})) == "
        "list({12, 13, 14, 15, 16})\n"
        "assert list(f({'b': 1, 'a': 2})) == ['b', 'a']\n",
        33);
    passes(jail,
           "from collections import *\n"
           "import enum\n"
           "P = namedtuple('P', 'x y')\n"
           "class S(str):\n"
           "    def __eq__(self, o): return False\n"
           "    __hash__ = str.__hash__\n"
           "class E(enum.IntEnum): A = 7\n"
           "def f(): return [P(1, 2), S('s'), E.A, defaultdict(int, {1: 2}),\n"
           "                 True]\n",
           "assert f() == [(1, 2), 's', 7, {1: 2}, True]\n"
           "assert [type(x).__name__ for x in f()] == "
           "['P', 'str', 'int', 'defaultdict', 'bool']\n",
           2);
    tw_jail_close(jail);
}

TEST(objects_of_the_candidate_are_used_from_afar)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    passes(
        jail,
        "import re\n"
        "class Node:\n"
        "    def __init__(self, data, next=None):\n"
        "        self.data, self.next = data, next\n"
        "    def total(self):\n"
        "        return self.data + (self.next.total() if self.next else 0)\n"
        "    def __getitem__(self, k): return [self.data][k]\n"
        "    def __str__(self): return 'node %d' % self.data\n"
        "def size(n): return 1 + size(n.next) if n else 0\n"
        "def same(n): return n\n"
        "def up(n):\n"
        "    for i in range(n): yield i * i\n"
        "def broken():\n"
        "    yield 1\n"
        "    raise KeyError('k')\n"
        "def views(d): return d.items()\n"
        "def match(p, s): return re.match(p, s)\n"
        "def add(a, b=1, *rest, **more): return (a, b, rest, more)\n"
        "LIMIT = 12\n",
        "n = Node(1, next=Node(2))\n"
        "n.next.next = Node(3)\n"
        "assert size(n) == 3\n"
        "assert n.total() == 6\n"
        "assert n.data == 1 and n.next.data == 2\n"
        "assert same(n) is n and same(n) == n\n"
        "assert Node(1) != Node(1)\n"
        "assert isinstance(n, Node) and not isinstance(3, Node)\n"
        "assert hasattr(n, 'next') and not hasattr(n, 'nothing')\n"
        "assert n[0] == 1\n"
        "assert str(n) == 'node 1'\n"
        "assert list(up(600)) == [i * i for i in range(600)]\n"
        "assert next(up(3)) == 0 and 4 in up(5)\n"
        "assert dict(zip(up(3), 'abc')) == {0: 'a', 1: 'b', 4: 'c'}\n"
        "got = []\n"
        "try:\n"
        "    for x in broken(): got.append(x)\n"
        "except KeyError: got.append('k')\n"
        "assert got == [1, 'k']\n"
        "assert len(views({1: 2})) == 1 and (1, 2) in views({1: 2})\n"
        "assert sorted(views({2: 1, 1: 2})) == [(1, 2), (2, 1)]\n"
        "assert not views({})\n"
        "assert match('a(b)', 'ab').group(1) == 'b'\n"
        "assert match('x', 'ab') is None\n"
        "assert add(1, 2, 3, x=4) == (1, 2, (3,), {'x': 4})\n"
        "assert add.__name__ == 'add' and callable(add)\n"
        "assert list(map(add, [1])) == [(1, 1, (), {})]\n"
        "assert LIMIT == 12\n",
        22);
    tw_jail_close(jail);
}

TEST(functions_and_exceptions_cross_both_ways)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    passes(
        jail,
        "class Odd(ValueError): pass\n"
        "def apply(f, *a): return f(*a)\n"
        "def twice(f): return lambda x: f(f(x))\n"
        "def bad(kind): raise kind('why')\n"
        "def odd(): raise Odd('odd')\n"
        "def caught(f):\n"
        "    try: f()\n"
        "    except ZeroDivisionError as e: return 'caught ' + str(e)\n"
        "def total(it): return sum(it)\n"
        "def fact(n): return 1 if n < 2 else n * fact(n - 1)\n"
        "def attr(o): return o.value, o.plus(2)\n",
        "assert apply(lambda x: x + 1, 1) == 2\n"
        "assert apply(len, [1, 2]) == 2\n"
        "assert apply(fact, 5) == 120\n"
        "assert twice(lambda x: x * 3)(2) == 18\n"
        "assert apply(lambda n: fact(n) + 1, 4) == 25\n"
        "assert apply(apply, apply, lambda: 7) == 7\n"
        "assert caught(lambda: 1 / 0) == 'caught division by zero'\n"
        "assert total(x for x in (1, 2, 3)) == 6\n"
        "for kind in (ValueError, KeyError, IndexError, OSError, TypeError,\n"
        "             StopIteration, ArithmeticError):\n"
        "    try: bad(kind)\n"
        "    except kind as e: text = str(e)\n"
        "    assert 'why' in text\n"
        "try:\n"
        "    odd()\n"
        "    assert False\n"
        "except Odd as e: caught_odd = str(e)\n"
        "assert caught_odd == 'odd' and issubclass(Odd, ValueError)\n"
        "class Thing:\n"
        "    value = 5\n"
        "    def plus(self, n): return self.value + n\n"
        "assert attr(Thing()) == (5, 7)\n",
        17);
    tw_jail_close(jail);
}

TEST(changed_arguments_come_back)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    passes(jail,
           "def push(l): l.append(len(l)); return None\n"
           "def wipe(d): d.clear(); d['x'] = 1\n"
           "def inner(t): t[0].append(9); t[1]['k'].add(3)\n"
           "def flip(b): b.reverse()\n"
           "def keep(l): return l[0]\n",
           "l = []\npush(l); push(l)\n"
           "assert l == [0, 1]\n"
           "d = {'y': 2}\nwipe(d)\n"
           "assert d == {'x': 1}\n"
           "a, s = [1], {2}\ninner((a, {'k': s}))\n"
           "assert a == [1, 9] and s == {2, 3}\n"
           "b = bytearray(b'abc')\nflip(b)\n"
           "assert b == bytearray(b'cba')\n"
           "push(l=l)\n"
           "assert l == [0, 1, 2]\n"
           "m = [[1], [2]]\nkeep(m)\n"
           "assert m == [[1], [2]]\n",
           6);
    tw_jail_close(jail);
}

TEST(the_tests_keep_their_own_names)
{
    struct tw_jail *jail = kit_open();
    struct judged j;

    if (!jail)
        return;
    /* Builtins and the standard library are never the candidate's. */
    struct tw_pyassert_job job =
        job_of("def f(x): return -1\n"
               "abs = len = sorted = all = lambda *a: 0\n"
               "isinstance = any = lambda *a: True\n"
               "class math: isclose = lambda *a: True\n"
               "isclose = lambda *a: True\n"
               "def double(x): return -1\n",
               "import math as m\n"
               "assert abs(f(1) - 2) < 1e-6\n"
               "assert len(f(1)) == 0\n"
               "assert math.isclose(f(1), 2)\n"
               "assert isclose(f(1), 2)\n"
               "assert isinstance(f(1), str)\n"
               "assert f(1) == double(1)\n");
    job.entry = "f";
    job.helpers = "def double(x): return 2 * x\n"
                  "def f(x): pass\n";
    job.go_on = true;
    if (judge_job(jail, &job, &j)) {
        CHECK(j.r.n_asserts == 6 && j.r.n_passed == 0);
        CHECK(j.r.finding.end == TW_END_FAIL);
    }
    judged_free(&j);
    /* But what is tested may have the name of a builtin. */
    passes(jail, "def sum(a, b): return a + b\n", "assert sum(1, 2) == 3\n", 1);
    job = job_of("def sum(a, b): return a + b\n",
                 "assert sum(1, 2) == len('abc')\n");
    job.entry = "sum";
    if (judge_job(jail, &job, &j))
        CHECK(j.r.finding.end == TW_END_PASS);
    judged_free(&j);
    tw_jail_close(jail);
}

static const char slow[] = "import time\n"
                           "def f(x):\n"
                           "    while x == 1: pass\n"
                           "    while x == 2:\n"
                           "        try: time.sleep(9)\n"
                           "        except BaseException: return 2\n"
                           "    if x == 3: return sum(range(10 ** 10))\n"
                           "    return x\n";

TEST(a_late_assertion_is_one_failure_among_others)
{
    struct tw_jail *jail = kit_open();
    struct judged j;

    if (!jail)
        return;
    struct tw_pyassert_job job =
        job_of(slow, "for x in (0, 1, 2, 4):\n    assert f(x) == x\n");
    job.assert_s = 0.3;
    job.go_on = true;
    if (judge_job(jail, &job, &j)) {
        CHECK(j.r.n_asserts == 4 && j.r.n_passed == 2 && j.r.finished);
        CHECK(j.r.n_asserts < 3 || (j.r.outcomes[1] == TW_ASSERT_LATE &&
                                    j.r.outcomes[2] == TW_ASSERT_LATE));
        CHECK(j.r.finding.cause == TW_CAUSE_TIMEOUT);
        CHECK(j.r.finding.end == TW_END_TIMEOUT);
    }
    judged_free(&j);
    job.n_late_max = 1;
    if (judge_job(jail, &job, &j))
        CHECK(j.r.n_asserts == 2 && j.r.n_passed == 1 && !j.r.finished);
    judged_free(&j);
    /* One that cannot be interrupted: the rest is late at once. */
    job.tests = "for x in (0, 3, 4, 5):\n    assert f(x) == x\n";
    job.n_late_max = 0;
    if (judge_job(jail, &job, &j)) {
        CHECK(j.r.n_asserts == 4 && j.r.n_passed == 1);
        CHECK(j.r.finding.wall_ms < 2000);
        CHECK(j.r.finding.cause == TW_CAUSE_TIMEOUT);
    }
    judged_free(&j);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(what_passed_before_the_end_counts)
{
    static const struct {
        const char *how;
        enum tw_cause cause;
    } early[] = {
        { "    if x == 2: import os; os._exit(0)\n", TW_CAUSE_EXIT },
        { "    while x == 2: pass\n", TW_CAUSE_TIMEOUT },
        { "    if x == 2: import ctypes; ctypes.string_at(0)\n",
          TW_CAUSE_SIGNAL },
    };
    struct tw_jail *jail = kit_open();

    for (size_t i = 0; jail && i < TW_ARRAY_LEN(early); i++) {
        char source[200];
        struct judged j;
        snprintf(source, sizeof(source), "def f(x):\n%s    return x\n",
                 early[i].how);
        struct tw_pyassert_job job =
            job_of(source, "for x in range(5):\n    assert f(x) == x\n");
        job.go_on = true;
        job.limits.wall_s = 1.5;
        if (judge_job(jail, &job, &j)) {
            CHECK(j.r.n_asserts == 2 && j.r.n_passed == 2);
            CHECK(!j.r.finished && j.r.loaded);
            if (j.r.finding.cause != early[i].cause)
                print_finding(early[i].how, &j.r);
            CHECK(j.r.finding.cause == early[i].cause);
        }
        judged_free(&j);
    }
    tw_jail_close(jail);
}

TEST(the_same_program_is_judged_the_same)
{
    struct tw_jail *jail = kit_open();
    struct tw_pyassert_job job = job_of(mixed, four);

    job.go_on = true;
    for (int i = 0; jail && i < 10; i++) {
        struct judged j;
        if (judge_job(jail, &job, &j)) {
            CHECK(j.r.n_asserts == 4 && j.r.n_passed == 2);
            CHECK(strcmp(j.r.finding.text, "one is one") == 0);
        }
        judged_free(&j);
    }
    tw_jail_close(jail);
}

TEST(a_full_arena_is_no_verdict)
{
    struct tw_jail *jail = kit_open();
    struct tw_pyassert_job job =
        job_of("def f(): return 1\n", "assert f() == 1\n");
    struct tw_pyassert_report r;
    struct tw_arena a;

    if (!jail)
        return;
    tw_arena_init(&a, 0);
    CHECK(tw_pyassert_run(jail, &job, &a, &r, NULL) == TW_ENOMEM);
    tw_arena_release(&a);
    tw_jail_close(jail);
}

/* One line of HumanEval: with its solution, or with the docstring alone. */
static void human_eval_line(struct tw_jail *jail, const char *line, size_t n,
                            bool solved)
{
    struct tw_json *root;
    struct judged j;
    struct tw_buf b;

    if (tw_json_parse(&root, line, n, NULL) != TW_OK) {
        CHECK(!"a line of JSON");
        return;
    }
    tw_buf_init(&b, (size_t)1 << 20);
    tw_buf_adds(&b, tw_json_text(tw_json_get(root, "prompt"), NULL));
    if (solved)
        tw_buf_adds(
            &b, tw_json_text(tw_json_get(root, "canonical_solution"), NULL));
    struct tw_pyassert_job job =
        job_of(tw_buf_text(&b), tw_json_text(tw_json_get(root, "test"), NULL));
    job.entry = tw_json_text(tw_json_get(root, "entry_point"), NULL);
    job.go_on = true;
    if (judge_job(jail, &job, &j)) {
        bool good = solved == (j.r.finding.end == TW_END_PASS) && j.r.loaded &&
                    j.r.finished && j.r.n_asserts > 0;
        if (!good)
            print_finding(job.entry, &j.r);
        CHECK(good);
    }
    judged_free(&j);
    tw_buf_release(&b);
    tw_json_free(root);
}

TEST(programs_of_human_eval_pass_and_stubs_do_not)
{
    const char *shared = getenv("TW_SHARED");
    struct tw_jail *jail = kit_open();
    struct tw_buf b;
    char path[600];

    snprintf(path, sizeof(path), "%s/data/bench/HumanEval.jsonl",
             shared ? shared : "");
    tw_buf_init(&b, (size_t)8 << 20);
    if (!jail || !shared || tw_file_read(&b, path, NULL) != TW_OK) {
        test_skip("shared data absent");
        tw_jail_close(jail);
        return;
    }
    const char *at = tw_buf_text(&b);
    for (int i = 0; *at; i++) {
        const char *end = strchr(at, '\n');
        size_t n = end ? (size_t)(end - at) : strlen(at);
        if (i % 16 == 0)
            human_eval_line(jail, at, n, i % 32 == 0);
        at += n + (end != NULL);
    }
    tw_buf_release(&b);
    tw_jail_close(jail);
}

/* The record of the tests, and how the two runs ended. */
struct end_case {
    const char *record;
    enum tw_end candidate, tests;
    enum tw_end end;
    enum tw_cause cause;
    size_t n, n_passed;
};

#define NONE "t8:Ts4:nones0:s0:i1:0s0:s0:i1:2"
#define P    TW_END_PASS

static const struct end_case ends[] = {
    { "Lpp#31:" NONE, P, P, P, TW_CAUSE_NONE, 2, 2 },
    /* A pass needs all of this. */
    { "pp#31:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpf#31:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 1 },
    { "Lpr#31:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 1 },
    { "L#31:" NONE, P, P, TW_END_FAIL, TW_CAUSE_ASSERTION, 0, 0 },
    { "Lpp#31:t8:Fs4:nones0:s0:i1:0s0:s0:i1:2", P, P, TW_END_HARNESS,
      TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#31:" NONE, TW_END_ERROR, P, TW_END_ERROR, TW_CAUSE_EXIT, 2, 2 },
    { "Lpp#31:" NONE, TW_END_SIGNAL, P, TW_END_SIGNAL, TW_CAUSE_SIGNAL, 2, 2 },
    { "Lpp#31:" NONE, TW_END_DENIED, P, TW_END_DENIED, TW_CAUSE_DENIED, 2, 2 },
    { "Lpp#31:" NONE, TW_END_LIMIT, P, TW_END_LIMIT, TW_CAUSE_LIMIT, 2, 2 },
    { "Lpp#31:" NONE, TW_END_HARNESS, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2,
      2 },
    { "Lpp#31:" NONE, P, TW_END_ERROR, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#31:" NONE, P, TW_END_TIMEOUT, TW_END_HARNESS, TW_CAUSE_HARNESS, 2,
      2 },
    { "Lpp#31:" NONE, P, TW_END_HARNESS, TW_END_HARNESS, TW_CAUSE_HARNESS, 2,
      2 },
    /* Not one byte more or less. */
    { "Lpp#31:" NONE "N", P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#32:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#30:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#99999999999999999999:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS,
      2, 2 },
    { "Lpp#", P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "LpLp#31:" NONE, P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 1, 1 },
    { "Lpp", P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "", P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 0, 0 },
    { "Lpp#1:N", P, P, TW_END_HARNESS, TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#31:t8:Ts4:noneNs0:i1:0s0:s0:i1:2N", P, P, TW_END_HARNESS,
      TW_CAUSE_HARNESS, 2, 2 },
    { "Lpp#31:t8:Ts4:passs0:s0:i1:0s0:s0:i1:2", P, P, TW_END_HARNESS,
      TW_CAUSE_HARNESS, 2, 2 },
    /* Without a summary: who was ended, and when. */
    { "Lp", TW_END_TIMEOUT, TW_END_TIMEOUT, TW_END_TIMEOUT, TW_CAUSE_TIMEOUT, 1,
      1 },
    { "Lp", P, TW_END_LIMIT, TW_END_LIMIT, TW_CAUSE_LIMIT, 1, 1 },
    { "Lp", P, TW_END_SIGNAL, TW_END_SIGNAL, TW_CAUSE_SIGNAL, 1, 1 },
    { "Lp", P, TW_END_ERROR, TW_END_HARNESS, TW_CAUSE_HARNESS, 1, 1 },
    { "Lp", P, TW_END_DENIED, TW_END_HARNESS, TW_CAUSE_HARNESS, 1, 1 },
    { "", P, TW_END_LIMIT, TW_END_HARNESS, TW_CAUSE_HARNESS, 0, 0 },
    { "", TW_END_TIMEOUT, P, TW_END_TIMEOUT, TW_CAUSE_TIMEOUT, 0, 0 },
    /* The candidate went first. */
    { "Lp#31:t8:Fs4:gones0:s0:i1:0s0:s0:i1:2", TW_END_SIGNAL, P, TW_END_SIGNAL,
      TW_CAUSE_SIGNAL, 1, 1 },
    { "Lp#31:t8:Fs4:gones0:s0:i1:0s0:s0:i1:2", P, P, TW_END_ERROR,
      TW_CAUSE_EXIT, 1, 1 },
    { "Lpl#34:t8:Fs7:timeouts0:s0:i1:0s0:s0:i1:2", P, P, TW_END_TIMEOUT,
      TW_CAUSE_TIMEOUT, 2, 1 },
    { "Lp#33:t8:Fs6:forgeds0:s0:i1:0s0:s0:i1:2", P, P, TW_END_FAIL,
      TW_CAUSE_FORGED, 1, 1 },
};

TEST(only_a_whole_and_consistent_record_is_a_pass)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(ends); i++) {
        const struct end_case *c = &ends[i];
        struct tw_jail_result r[2];
        struct tw_pyassert_report report;
        struct tw_arena a;
        for (int k = 0; k < 2; k++)
            tw_jail_result_init(&r[k]);
        r[0].end = c->candidate;
        r[1].end = c->tests;
        tw_buf_init(&r[1].record, 1000);
        tw_buf_adds(&r[1].record, c->record);
        tw_arena_init(&a, (size_t)1 << 20);
        CHECK(tw_pyassert_judge(&report, r, TW_JAIL_TIER_A, &a));
        bool good = report.finding.end == c->end &&
                    report.finding.cause == c->cause &&
                    report.n_asserts == c->n && report.n_passed == c->n_passed;
        if (!good)
            print_finding(c->record, &report);
        CHECK(good);
        tw_arena_release(&a);
        for (int k = 0; k < 2; k++)
            tw_jail_result_release(&r[k]);
    }
}

/* The jobs that zygotes try, cold: each of the two is the other's other side
 * here, so a change of the wire or of a driver shows. */
TEST(the_trials_of_both_drivers_fit_together)
{
    static const struct tw_jail_driver *const drivers[2] = {
        &tw_pyassert_warm_candidate,
        &tw_pyassert_warm_tests,
    };
    struct tw_jail *jail = kit_open();
    struct tw_jail_spec s[2];
    struct tw_jail_result r[2];
    struct tw_buf job[2], talk;
    const char *argv[2][TW_PY_ARGV];

    if (!jail)
        return;
    for (int k = 0; k < 2; k++) {
        tw_jail_result_init(&r[k]);
        tw_buf_init(&job[k], 1000);
        drivers[k]->trial(&job[k]);
        tw_py_argv(argv[k], drivers[k]->text);
        s[k] = (struct tw_jail_spec){ .argv = argv[k],
                                      .stdin_bytes = tw_buf_text(&job[k]),
                                      .n_stdin = job[k].len,
                                      .limits = kit_limits(10) };
    }
    CHECK(tw_jail_run_pair(jail, s, r, NULL) == TW_OK);
    /* Loaded; what the candidate returns is not what the tests want. */
    CHECK(strncmp(tw_buf_text(&r[1].record), "Lffp#", 5) == 0);
    tw_buf_init(&talk, 1000);
    tw_pyassert_warm_candidate.talk(&talk);
    CHECK(talk.len == 24 + 78 + 9 && !talk.failed);
    tw_buf_clear(&talk);
    tw_pyassert_warm_tests.talk(&talk);
    CHECK(talk.len == 0);
    tw_buf_release(&talk);
    for (int k = 0; k < 2; k++) {
        tw_buf_release(&job[k]);
        tw_jail_result_release(&r[k]);
    }
    tw_jail_close(jail);
}

TEST_MAIN(RUN(what_passes_is_counted);
          RUN(it_stops_at_the_first_failure_or_goes_on);
          RUN(the_failed_assertion_is_shown_not_another);
          RUN(every_failure_has_its_cause); RUN(values_come_and_go_exactly);
          RUN(objects_of_the_candidate_are_used_from_afar);
          RUN(functions_and_exceptions_cross_both_ways);
          RUN(changed_arguments_come_back); RUN(the_tests_keep_their_own_names);
          RUN(a_late_assertion_is_one_failure_among_others);
          RUN(what_passed_before_the_end_counts);
          RUN(the_same_program_is_judged_the_same);
          RUN(a_full_arena_is_no_verdict);
          RUN(programs_of_human_eval_pass_and_stubs_do_not);
          RUN(only_a_whole_and_consistent_record_is_a_pass);
          RUN(the_trials_of_both_drivers_fit_together);)
