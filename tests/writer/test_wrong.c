/*
 * test_wrong.c - answers that are wrong in one respect, each for a kind of
 * input that a search can forget: never accepted; right ones beside them are.
 */
#include "writer_bench.h"

#define TWO_COUNTERS                                              \
    "call = \"better(a: list[float], b: list[float]) -> str\"\n"  \
    "inputs.a = { data = \"trial\", counter = \"thp\" }\n"        \
    "inputs.b = { data = \"trial\", counter = \"load\" }\n"       \
    "[[test.oracle]]\nkind = \"expr\"\n"                          \
    "expect = \"'A' if sum((x > y) - (x < y) for x, y in zip(a, " \
    "b)) > 0 else 'B'\"\n"

#define LIMIT                                                       \
    "call = \"over(x: list[float], limit: float = 20.0) -> int\"\n" \
    "inputs.x = { data = \"trial\", counter = \"thp\" }\n"          \
    "[[test.oracle]]\nkind = \"expr\"\n"                            \
    "expect = \"sum(v > limit for v in x)\"\n"

#define FILL                                                               \
    "call = \"fill(x: list[int]) -> list[int]\"\n"                         \
    "[[test.oracle]]\nkind = \"reference\"\n"                              \
    "code = \"def fill(x):\\n    o = []\\n    p = 0\\n    for y in x:\\n"  \
    "        if y != -1:\\n            p = y\\n        o.append(p)\\n"     \
    "    return o\"\n"                                                     \
    "[[test.oracle]]\nkind = \"example\"\nargs = { x = [-1, 4, -1, 6] }\n" \
    "expect = [0, 4, 4, 6]\n"

#define WRAP                                              \
    "call = \"grown(a: int, b: int) -> int\"\n"           \
    "require = \"0 <= a <= 65535 and 0 <= b <= 65535\"\n" \
    "inputs.a = { values = [0, 100, 65535, 40000] }\n"    \
    "inputs.b = { values = [5, 65535, 0, 30000] }\n"      \
    "[[test.oracle]]\nkind = \"expr\"\nexpect = \"(b - a) % 65536\"\n"

#define NUMBER_IN_TEXT                                                 \
    "call = \"cell_id(line: str) -> int\"\n"                           \
    "[[test.oracle]]\nkind = \"reference\"\ncode = \"import re\\n"     \
    "def cell_id(line):\\n    m = re.search('cell=([0-9]+)', line)\\n" \
    "    return int(m[1]) if m else -1\"\n"                            \
    "[[test.oracle]]\nkind = \"example\"\nargs = { line = \"cell=12 "  \
    "load=5\" }\nexpect = 12\n[[test.oracle]]\nkind = \"example\"\n"   \
    "args = { line = \"load=5\" }\nexpect = -1\n"

#define NAMES                                                       \
    "call = \"names(x: list[str]) -> int\"\n[[test.oracle]]\n"      \
    "kind = \"expr\"\nexpect = \"len(set(x))\"\n[[test.oracle]]\n"  \
    "kind = \"example\"\nargs = { x = [\"A1\", \"B2\", \"A1\"] }\n" \
    "expect = 2\n"

#define MIDDLE                                                          \
    "call = \"middle(x: list[float]) -> float\"\n"                      \
    "require = \"len(x) > 0\"\n%s"                                      \
    "inputs.x = { data = \"trial\", counter = \"thp\" }\n"              \
    "[[test.oracle]]\nkind = \"expr\"\nexpect = \"sorted(x)[len(x) // " \
    "2]\"\n"

#define PUSH(body)                                                        \
    "call = \"push(x: list[int], v: int) -> int\"\n"                      \
    "[[test.oracle]]\nkind = \"reference\"\nfunction = \"slow\"\ncode = " \
    "\"def slow(x, v):\\n" body                                           \
    "    return sum(x) + v\"\n[[test.oracle]]\nkind = \"example\"\n"      \
    "args = { x = [3, 1], v = 4 }\nexpect = 8\n"

static bool accepted(const char *test, const char *function, const char *body)
{
    char spec[2400], answer[1200];
    const char *const answers[] = { answer };
    struct bench b;

    snprintf(spec, sizeof(spec), "%s%s",
             "spec = 1\n[data.trial]\nfiles = \"trial.csv\"\n"
             "[[test]]\nid = \"T\"\ndescription = \"d\"\n",
             test);
    snprintf(answer, sizeof(answer), "```python\nimport re\n\n\ndef %s:\n%s```",
             function, body);
    bool ok = start(&b, spec) && run(&b, answers, 1) == TW_OK && b.r.accepted;
    if (b.r.cause)
        printf("# %s: %s\n", function, b.r.cause);
    stop(&b);
    return ok;
}

/* One row: a test, the head of the function, a right body, a wrong one. */
struct pair {
    const char *test, *function, *right, *wrong;
};

static void check_pairs(const struct pair *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CHECK(accepted(p[i].test, p[i].function, p[i].right));
        CHECK(!accepted(p[i].test, p[i].function, p[i].wrong));
    }
}

/* An expression is the definition for other letters too. */
TEST(letters_of_the_other_case_and_blanks_are_other_texts)
{
    static const char *const wrong[] = {
        "    x = [c.lower() for c in x]\n    return len(set(x))\n",
        "    return len({c.strip() for c in x})\n",
    };

    CHECK(accepted(NAMES, "names(x)", "    return len(set(x))\n"));
    for (size_t i = 0; i < TW_ARRAY_LEN(wrong); i++)
        CHECK(!accepted(NAMES, "names(x)", wrong[i]));
}

TEST(near_ties_are_told_from_ties)
{
    static const struct pair pairs[] = {
        { TWO_COUNTERS, "better(a, b)",
          "    n = 0\n    for x, y in zip(a, b):\n"
          "        n += (x > y) - (x < y)\n    return 'A' if n > 0 else 'B'\n",
          "    n = 0\n    for x, y in zip(a, b):\n"
          "        n += (x > y + 1e-3) - (x < y - 1e-3)\n"
          "    return 'A' if n > 0 else 'B'\n" },
        { LIMIT, "over(x, limit=20.0)",
          "    return len([v for v in x if v > limit])\n",
          "    return len([v for v in x if v > limit + 1e-4])\n" },
    };

    check_pairs(pairs, TW_ARRAY_LEN(pairs));
}

TEST(long_runs_equal_numbers_and_zeros_in_texts_are_tried)
{
    static const struct pair pairs[] = {
        { FILL, "fill(x)",
          "    out = []\n    for v in x:\n"
          "        out.append(v if v != -1 else (out[-1] if out else 0))\n"
          "    return out\n",
          "    out, p, gap = [], 0, 0\n    for v in x:\n"
          "        gap = gap + 1 if v == -1 else 0\n"
          "        p = v if v != -1 else p\n"
          "        out.append(p if gap <= 8 else 0)\n    return out\n" },
        { WRAP, "grown(a, b)",
          "    return b - a if b >= a else b - a + 65536\n",
          "    return b - a if b > a else b - a + 65536\n" },
        { NUMBER_IN_TEXT, "cell_id(line)",
          "    m = re.search('cell=(\\\\d+)', line)\n"
          "    return int(m.group(1)) if m else -1\n",
          "    m = re.search('cell=([0-9]+)', line)\n"
          "    return (int(m[1]) or -1) if m else -1\n" },
    };

    check_pairs(pairs, TW_ARRAY_LEN(pairs));
}

/* The right value, and the caller's list is another one. */
TEST(changed_argument_is_wrong_unless_it_may_be)
{
    static const char sorts[] = "    x.sort()\n    return x[len(x) // 2]\n";
    static const char appends[] = "    x.append(v)\n    return sum(x)\n";
    char plain[800], in_place[800];

    snprintf(plain, sizeof(plain), MIDDLE, "");
    snprintf(in_place, sizeof(in_place), MIDDLE, "in_place = true\n");
    CHECK(!accepted(plain, "middle(x)", sorts));
    CHECK(accepted(in_place, "middle(x)", sorts));
    CHECK(accepted(plain, "middle(x)",
                   "    x = sorted(x)\n    return x[len(x) // 2]\n"));
    CHECK(!accepted(PUSH(""), "push(x, v)", appends));
    CHECK(accepted(PUSH("    x.append(0)\\n"), "push(x, v)", appends));
}

TEST_MAIN(RUN(letters_of_the_other_case_and_blanks_are_other_texts);
          RUN(near_ties_are_told_from_ties);
          RUN(long_runs_equal_numbers_and_zeros_in_texts_are_tried);
          RUN(changed_argument_is_wrong_unless_it_may_be);)
