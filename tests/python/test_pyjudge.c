/* What a candidate may give and raise, as Python's own programs mean it: each
 * row passes under plain Python, and so it does here, where tests and candidate
 * are apart. */
#define _GNU_SOURCE
#include "python/pyassert_priv.h"

#include "../jail/jail_kit.h"

struct row {
    const char *task;   /* what the task has in front of the entry */
    const char *answer; /* defines f */
    const char *tests;
    enum tw_end end; /* what is right */
};

static void judge_row(struct tw_jail *jail, const struct row *row)
{
    char source[8192];
    struct tw_arena a;
    struct tw_pyassert_report r;
    struct tw_err err = { 0 };
    int n = snprintf(source, sizeof(source), "%s%s", row->task, row->answer);
    struct tw_pyassert_job job = { .candidate = source,
                                   .candidate_len = (size_t)n,
                                   .helpers = row->task,
                                   .tests = row->tests,
                                   .entry = "f",
                                   .limits = kit_limits(8) };

    if (!row->task[0])
        job.helpers = NULL;
    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_pyassert_run(jail, &job, &a, &r, &err) == TW_OK);
    if (r.finding.end != row->end)
        printf("# %s%s\n# %s/%s '%s' '%s' got '%s' expected '%s'\n",
               row->answer, row->tests, tw_end_name(r.finding.end),
               tw_cause_name(r.finding.cause), r.finding.type, r.finding.text,
               r.finding.got, r.finding.expected);
    CHECK(r.finding.end == row->end);
    tw_arena_release(&a);
}

static void judge_rows(const struct row *rows, size_t n)
{
    struct tw_jail *jail = kit_open();

    for (size_t i = 0; jail && i < n; i++)
        judge_row(jail, &rows[i]);
    if (jail)
        tw_jail_close(jail);
}

/* The call raises what the tests catch. */
#define CAUGHT(how)                                                    \
    "import pytest, unittest\n"                                        \
    "def check(g):\n    assert g(1) == 1\n    with pytest.raises(" how \
    "):\n        g(-1)\n"

TEST(exceptions_are_of_their_classes)
{
    static const struct row rows[] = {
        { "",
          "class B(KeyError, ValueError): pass\n"
          "def f(x):\n    if x < 0: raise B('k')\n    return x\n",
          CAUGHT("ValueError"), TW_END_PASS },
        { "",
          "class B(KeyError, ValueError): pass\n"
          "def f(x):\n    if x < 0: raise B('k')\n    return x\n",
          CAUGHT("LookupError"), TW_END_PASS },
        { "",
          "class E(Exception): pass\nclass B(E, ArithmeticError): pass\n"
          "def f(x):\n    if x < 0: raise B\n    return x\n",
          CAUGHT("ArithmeticError"), TW_END_PASS },
        { "",
          "def f(x):\n    if x < 0: return b'\\xff'.decode()\n"
          "    return x\n",
          CAUGHT("UnicodeError"), TW_END_PASS },
        { "", "def f(x):\n    if x < 0: int('q')\n    return x\n",
          CAUGHT("(TypeError, ValueError)"), TW_END_PASS },
        { "",
          "import configparser\n"
          "def f(x):\n    if x < 0:\n"
          "        configparser.ConfigParser().get('a', 'b')\n"
          "    return x\n",
          "import configparser\n" CAUGHT("configparser.NoSectionError"),
          TW_END_PASS },
        { "",
          "import json\ndef f(x):\n    if x < 0: json.loads('[1,')\n"
          "    return x\n",
          "import json\n" CAUGHT("json.JSONDecodeError, match='line 1'"),
          TW_END_PASS },
        { "",
          "import socket\ndef f(x):\n    if x < 0: raise socket.timeout\n"
          "    return x\n",
          CAUGHT("TimeoutError"), TW_END_PASS },
        { "",
          "def f(x):\n    if x < 0: raise IOError(2, 'no', 'n')\n"
          "    return x\n",
          CAUGHT("FileNotFoundError"), TW_END_PASS },
        { "", "def f(x):\n    if x < 0: raise OSError(2, 'no')\n    return x\n",
          "def check(g):\n    try:\n        g(-1)\n"
          "    except OSError as e:\n        assert e.errno == 2\n",
          TW_END_PASS },
        { "class Bad(Exception):\n    def __init__(self, code):\n"
          "        super().__init__('code %d' % code)\n"
          "        self.code = code\n",
          "class Worse(Bad): pass\ndef f(x):\n    raise Worse(7)\n",
          "def check(g):\n    try:\n        g(1)\n    except Bad as e:\n"
          "        assert e.code == 7 and str(e) == 'code 7'\n",
          TW_END_PASS },
        { "",
          "class B(Exception):\n    def __str__(self): return 'told'\n"
          "def f(x):\n    if x < 0: raise B(1)\n    return x\n",
          CAUGHT("Exception, match='^told$'"), TW_END_PASS },
        { "",
          "import sys\ndef f(x):\n    if x < 0: sys.exit(3)\n"
          "    return x\n",
          CAUGHT("SystemExit"), TW_END_PASS },
        { "",
          "class ValueError(Exception): pass\n"
          "def f(x):\n    if x < 0: raise ValueError\n    return x\n",
          CAUGHT("ValueError"), TW_END_ERROR },
        { "",
          "class E(Exception): __module__ = 'builtins'\n"
          "E.__name__ = E.__qualname__ = 'ValueError'\n"
          "def f(x):\n    if x < 0: raise E\n    return x\n",
          CAUGHT("ValueError"), TW_END_ERROR },
        { "", "import unittest\ndef f(x): raise unittest.SkipTest('no')\n",
          "import unittest\nclass T(unittest.TestCase):\n"
          "    def test_a(self):\n        self.assertEqual(f(1), 1)\n",
          TW_END_ERROR },
        { "", "def f(x): return x\n", CAUGHT("ValueError"), TW_END_FAIL },
    };

    judge_rows(rows, TW_ARRAY_LEN(rows));
}

/* f gives a value, which is equal to the one behind it. */
#define GIVES(imports, value)                                       \
    {                                                               \
        imports, "def f(x):\n    return " value "\n",               \
            imports "def check(g):\n    assert g(1) == " value "\n" \
                    "    assert type(g(1)) is type(" value ")\n",   \
            0                                                       \
    }

/* The same with a class of the task, which tests and answer share. */
#define MAKES(value)                                        \
    {                                                       \
        SHAPES, "def f(x):\n    return " value "\n",        \
            "def check(g):\n    assert g(1) == " value "\n" \
            "    assert type(g(1)) is type(" value ")\n",   \
            TW_END_PASS                                     \
    }

#define SHAPES                                                            \
    "from dataclasses import dataclass, field\n"                          \
    "from enum import Enum, Flag, IntEnum\n"                              \
    "from collections import namedtuple\n"                                \
    "from typing import NamedTuple\n"                                     \
    "@dataclass(frozen=True)\nclass P:\n    a: int\n    b: list = None\n" \
    "@dataclass(order=True)\nclass O:\n    a: int = 0\n"                  \
    "@dataclass(slots=True)\nclass S:\n    a: int = 0\n"                  \
    "class C(Enum):\n    RED = 1\n    BLUE = 'b'\n"                       \
    "class F(Flag):\n    A = 1\n    B = 2\n"                              \
    "class I(IntEnum):\n    ONE = 1\n"                                    \
    "N = namedtuple('N', 'x y')\n"                                        \
    "class T(NamedTuple):\n    u: int\n    v: str = 'v'\n"                \
    "class L:\n    def __init__(self, v, next=None):\n"                   \
    "        self.v, self.next = v, next\n"                               \
    "class D(dict):\n    pass\n"

TEST(values_have_their_types)
{
    static const struct row rows[] = {
        GIVES("import datetime\n",
              "datetime.datetime(2024, 5, 6, 7, 8, 9, 10, "
              "datetime.timezone(datetime.timedelta(hours=2), 'X'), fold=1)"),
        GIVES("import datetime\n", "datetime.time(1, 2, 3, 4)"),
        GIVES("from decimal import Decimal\n", "Decimal('1.50')"),
        GIVES("from fractions import Fraction\n", "[Fraction(1, 3)]"),
        GIVES("from pathlib import *\n", "PurePosixPath('/a/b.c')"),
        GIVES("from collections import *\n", "deque([1, 2], 3)"),
        GIVES("from collections import *\n", "defaultdict(list, {1: [2]})"),
        GIVES("from collections import *\n", "OrderedDict([(2, 1), (1, 2)])"),
        GIVES("from collections import *\n", "Counter('abca')"),
        GIVES("import uuid\n", "uuid.UUID(int=5)"),
        GIVES("import ipaddress\n", "ipaddress.ip_address('10.0.0.1')"),
        GIVES("import array\n", "array.array('d', [1.5, 2])"),
        GIVES("import types\n", "types.SimpleNamespace(a=[1])"),
        GIVES("", "{frozenset([1]), frozenset([2])}"),
        GIVES("", "[bytearray(b'x'), b'y', 1j, slice(1, 2)]"),
        MAKES("P(1, [2, P(3)])"),
        MAKES("S(4)"),
        MAKES("[C.RED, C.BLUE, F.A | F.B, I.ONE]"),
        MAKES("N(1, T(2))"),
        MAKES("D(a=1)"),
        { "", "def f(x): return [float('nan'), -0.0, float('inf')]\n",
          "import math\ndef check(g):\n    a, b, c = g(0)\n"
          "    assert a != a and math.copysign(1, b) == -1 and c > 1e308\n",
          TW_END_PASS },
        { SHAPES, "def f(x): return C(x)\n",
          "def check(g):\n    assert g(1) is C.RED\n"
          "    assert g('b').name == 'BLUE'\n",
          TW_END_PASS },
        { SHAPES, "def f(x): return sorted(x)[0]\n",
          "def check(g):\n    assert g([O(3), O(2)]) == O(2)\n"
          "    assert g([O(3), O(2)]) < O(5)\n",
          TW_END_PASS },
        { SHAPES,
          "def f(n):\n    back = None\n    while n:\n"
          "        n.next, back, n = back, n, n.next\n    return back\n",
          "def check(g):\n    a = L(1, L(2, L(3)))\n    b = g(a)\n"
          "    assert (b.v, b.next.v, b.next.next.v) == (3, 2, 1)\n"
          "    assert b.next.next is a and a.next is None\n",
          TW_END_PASS },
        { SHAPES,
          "def f(n):\n    k = 0\n    while n:\n"
          "        k, n = k + n.v, n.next\n    return k\n",
          "def check(g):\n    n = None\n    for i in range(300):\n"
          "        n = L(1, n)\n    assert g(n) == 300\n",
          TW_END_PASS },
        { SHAPES, "def f(x): return isinstance(x, P) and x.a\n",
          "def check(g):\n    assert g(P(5)) == 5\n"
          "    assert g(6) is False\n",
          TW_END_PASS },
        { "",
          "from collections import namedtuple\n"
          "Q = namedtuple('Q', 'lat lon')\n"
          "def f(x): return Q(x, 2)\n",
          "def check(g):\n    assert g(1).lat == 1 and g(1) == (1, 2)\n"
          "    assert g(1)._asdict() == {'lat': 1, 'lon': 2}\n",
          TW_END_PASS },
        { SHAPES,
          "class P:\n    def __init__(self, *a): pass\n"
          "    def __eq__(self, o): return True\n"
          "def f(x): return P(x)\n",
          "def check(g):\n    assert g(1) == P(1)\n", TW_END_ERROR },
        { "",
          "class Z:\n    def __eq__(self, o): return True\n"
          "def f(x): return Z()\n",
          "def check(g):\n    assert g(1) == 1\n", TW_END_FAIL },
        { "",
          "class Z(int):\n    def __eq__(self, o): return True\n"
          "    def __hash__(self): return 0\n"
          "def f(x): return Z(9)\n",
          "def check(g):\n    assert g(1) == 1\n", TW_END_FAIL },
        { "", "class Z:\n    __class__ = int\ndef f(x): return Z()\n",
          "def check(g):\n    assert isinstance(g(1), int)\n", TW_END_FAIL },
    };

    judge_rows(rows, TW_ARRAY_LEN(rows));
}

TEST(arguments_are_the_same_objects)
{
    static const struct row rows[] = {
        { "", "def f(a, b): return a is b\n",
          "def check(g):\n    x = [1]\n    assert g(x, x) is True\n"
          "    assert g([1], [1]) is False\n",
          TW_END_PASS },
        { "", "def f(a, b):\n    a.append(9)\n    return len(b)\n",
          "def check(g):\n    x = [1]\n    assert g(x, x) == 2\n"
          "    assert x == [1, 9]\n",
          TW_END_PASS },
        { "", "def f(d):\n    d['k'] = d\n    return d\n",
          "def check(g):\n    d = {}\n    e = g(d)\n"
          "    assert e is d and d['k'] is d\n",
          TW_END_PASS },
        { "", "def f(x): return [x, x]\n",
          "def check(g):\n    a = {1}\n    b = g(a)\n"
          "    assert b[0] is b[1] and b[0] is a\n",
          TW_END_PASS },
        { "", "def f(m):\n    m[0].sort()\n    return m[::-1]\n",
          "def check(g):\n    r = [3, 1]\n    m = [r, [0]]\n"
          "    assert g(m)[1] is r and r == [1, 3]\n",
          TW_END_PASS },
        { "", "def f(n):\n    row = [0] * n\n    return [row] * n\n",
          "def check(g):\n    m = g(2)\n    m[0][0] = 1\n"
          "    assert m == [[1, 0], [1, 0]]\n",
          TW_END_PASS },
        { "", "def f(*, x, y):\n    x.add(4)\n    return x is y\n",
          "def check(g):\n    s = {1}\n    assert g(x=s, y=s)\n"
          "    assert s == {1, 4}\n",
          TW_END_PASS },
        { "", "def f(b):\n    b[0:1] = b'zz'\n    return b\n",
          "def check(g):\n    b = bytearray(b'ab')\n"
          "    assert g(b) is b and b == b'zzb'\n",
          TW_END_PASS },
        { "", "def f(q):\n    q.popleft()\n    return q\n",
          "from collections import deque\ndef check(g):\n"
          "    q = deque([1, 2])\n    assert g(q) is q and len(q) == 1\n",
          TW_END_PASS },
        { "", "def f(t):\n    t[0].clear()\n    return t\n",
          "def check(g):\n    x = [1]\n    g((x, 2))\n    assert x == []\n",
          TW_END_PASS },
        { "", "def f(d): return list(d.items())\n",
          "def check(g):\n    assert g({2: 1, 1: 2}) == [(2, 1), (1, 2)]\n",
          TW_END_PASS },
    };

    judge_rows(rows, TW_ARRAY_LEN(rows));
}

TEST(coroutines_and_prints_come_over)
{
    static const struct row rows[] = {
        { "",
          "import asyncio\nasync def f(x):\n"
          "    await asyncio.sleep(0)\n    return 2 * x\n",
          "import asyncio\ndef check(g):\n"
          "    async def all():\n"
          "        return await asyncio.gather(*(g(i) for i in range(3)))\n"
          "    assert asyncio.run(all()) == [0, 2, 4]\n",
          TW_END_PASS },
        { "", "async def f(x):\n    raise KeyError(x)\n",
          "import asyncio\ndef check(g):\n    try:\n"
          "        asyncio.run(g(1))\n    except LookupError as e:\n"
          "        assert e.args == (1,)\n",
          TW_END_PASS },
        { "", "async def f(n):\n    for i in range(n):\n        yield i\n",
          "import asyncio\ndef check(g):\n    async def go():\n"
          "        return [i async for i in g(4) if i % 2]\n"
          "    assert asyncio.run(go()) == [1, 3]\n",
          TW_END_PASS },
        { "",
          "class A:\n    def __init__(self, n): self.n = n\n"
          "    def __aiter__(self): return self\n"
          "    async def __anext__(self):\n"
          "        if self.n == 0: raise StopAsyncIteration\n"
          "        self.n -= 1\n        return self.n\n"
          "def f(n): return A(n)\n",
          "import asyncio\ndef check(g):\n    async def go():\n"
          "        return [i async for i in g(2)]\n"
          "    assert asyncio.run(go()) == [1, 0]\n",
          TW_END_PASS },
        { "",
          "import asyncio\nasync def f(q, n):\n    s = asyncio.Semaphore(1)\n"
          "    async with s:\n        return n in q\n",
          "import asyncio\ndef check(g):\n"
          "    assert asyncio.run(g([1], 1))\n",
          TW_END_PASS },
        { "", "import asyncio\nasync def f(x): await asyncio.sleep(9)\n",
          "import asyncio\ndef check(g):\n    async def go():\n"
          "        await asyncio.wait_for(g(1), 0.1)\n    try:\n"
          "        asyncio.run(go())\n"
          "    except asyncio.TimeoutError:\n        late = True\n"
          "    assert late\n",
          TW_END_PASS },
        { "", "def f(x): print('v', x)\n",
          "import io, contextlib\ndef check(g):\n    b = io.StringIO()\n"
          "    with contextlib.redirect_stdout(b):\n        g(3)\n"
          "    assert b.getvalue() == 'v 3\\n'\n",
          TW_END_PASS },
        { "", "import sys\ndef f(x): sys.stderr.write('e'); print('o')\n",
          "def test_a(capsys):\n    f(1)\n    got = capsys.readouterr()\n"
          "    assert (got.out, got.err) == ('o\\n', 'e')\n",
          TW_END_PASS },
        { "",
          "from contextlib import contextmanager\n@contextmanager\n"
          "def f(x):\n    yield x + 1\n",
          "def check(g):\n    with g(1) as v:\n        assert v == 2\n",
          TW_END_PASS },
        { "",
          "from contextlib import contextmanager, suppress\n"
          "def f(x): return suppress(BaseException)\n",
          "def check(g):\n    with g(1):\n        assert 1 == 2\n",
          TW_END_FAIL },
        { "",
          "import sys\nsys.setrecursionlimit(9000)\n"
          "def f(n): return 0 if n == 0 else 1 + f(n - 1)\n",
          "def check(g):\n    for n in (5, 4000, 5, 4000):\n"
          "        assert g(n) == n\n",
          TW_END_PASS },
        { "",
          "import decimal\ndecimal.getcontext().prec = 3\n"
          "def f(x): return decimal.Decimal(1) / x\n",
          "from decimal import Decimal\ndef check(g):\n"
          "    for _ in 'ab':\n        assert g(3) == Decimal('0.333')\n",
          TW_END_PASS },
    };

    judge_rows(rows, TW_ARRAY_LEN(rows));
}

TEST(tests_of_frameworks_are_run)
{
    static const struct row rows[] = {
        { "", "def f(x): return 2 * x\n",
          "import unittest\nclass T(unittest.TestCase):\n"
          "    def setUp(self): self.v = [1]\n"
          "    def tearDown(self): self.v.clear()\n"
          "    def test_a(self):\n        for i in (1, 2):\n"
          "            with self.subTest(i=i):\n"
          "                self.assertEqual(f(i), 2 * i)\n"
          "        self.addCleanup(self.v.append, 1)\n"
          "        self.assertIn(f(1), [2]); self.assertIsNone(None)\n"
          "        self.assertAlmostEqual(f(0.1), 0.2)\n"
          "        with self.assertRaisesRegex(TypeError, 'unsup'):\n"
          "            f(None)\n",
          TW_END_PASS },
        { "", "def f(x): return 3 * x\n",
          "import unittest\nclass T(unittest.TestCase):\n"
          "    def test_a(self):\n        with self.subTest():\n"
          "            self.assertEqual(f(1), 2)\n",
          TW_END_FAIL },
        { "", "def f(x): return 2 * x\n",
          "import unittest\nclass T(unittest.TestCase):\n"
          "    @classmethod\n    def setUpClass(cls): cls.k = 2\n"
          "    def test_a(self): self.assertTrue(f(self.k) == 4)\n"
          "    @unittest.skipIf(True, 'later')\n"
          "    def test_b(self): self.fail()\n"
          "    @unittest.expectedFailure\n"
          "    def test_c(self): self.assertEqual(f(1), 1)\n"
          "if __name__ == '__main__': unittest.main()\n",
          TW_END_PASS },
        { "", "def f(x): return x\n",
          "import unittest\nclass T(unittest.TestCase):\n"
          "    @unittest.expectedFailure\n"
          "    def test_c(self): self.assertEqual(f(1), 1)\n",
          TW_END_FAIL },
        { "", "def f(x): return 2 * x\n",
          "import pytest\n@pytest.mark.parametrize('a, b', [(1, 2), "
          "pytest.param(3, 7, marks=pytest.mark.xfail)])\n"
          "@pytest.mark.parametrize('c', [0, 1])\n"
          "def test_a(a, b, c): assert f(a) + c == b + c\n"
          "@pytest.fixture(params=[1, 2])\ndef n(request):\n"
          "    yield request.param\n"
          "@pytest.mark.skipif('1 < 2', reason='x')\n"
          "def test_b(): assert False\n"
          "class TestC:\n    def setup_method(self): self.k = 4\n"
          "    def test_d(self, n): assert f(n) < self.k + 1\n",
          TW_END_PASS },
        { "", "def f(x): return x\n",
          "import pytest\n@pytest.mark.parametrize('a', [1, 2])\n"
          "def test_a(a): assert f(a) == 1\n",
          TW_END_FAIL },
        { "", "def f(x): return {'a': [x / 3]}\n",
          "from pytest import approx\ndef test_a():\n"
          "    assert f(1)['a'] == approx([0.3333333])\n"
          "    assert f(1)['a'][0] != approx(0.4, abs=1e-3)\n",
          TW_END_PASS },
        { "", "def f(x): return x\n",
          "import pytest\npytestmark = pytest.mark.skip\n"
          "def test_a(): assert f(1) == 2\n",
          TW_END_UNSUPPORTED },
        { "", "def f(x): return x\n", "def test_a(caplog): assert f(1) == 1\n",
          TW_END_UNSUPPORTED },
        { "", "import random\ndef f(x): return random.random()\n",
          "from unittest.mock import patch\ndef test_a():\n"
          "    with patch('random.random', return_value=1):\n"
          "        assert f(1) == 1\n",
          TW_END_UNSUPPORTED },
        { "", "def f(g): return g(2) + g(3)\n",
          "from unittest.mock import Mock\ndef test_a():\n"
          "    m = Mock(return_value=4)\n    assert f(m) == 8\n"
          "    m.assert_any_call(3)\n    assert m.call_count == 2\n",
          TW_END_PASS },
        { "", "def f(x): return x\n",
          "def check(g):\n    if g(1) != 2: raise AssertionError('no')\n",
          TW_END_FAIL },
        { "", "def f(x): return x\n", "def check(g):\n    g(1)\n",
          TW_END_FAIL },
    };

    judge_rows(rows, TW_ARRAY_LEN(rows));
}

TEST_MAIN(RUN(exceptions_are_of_their_classes); RUN(values_have_their_types);
          RUN(arguments_are_the_same_objects);
          RUN(coroutines_and_prints_come_over);
          RUN(tests_of_frameworks_are_run);)
