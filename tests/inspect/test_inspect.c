/*
 * test_inspect.c - measures of Python and C, unsafe calls, vacuous assertions.
 */
#include "inspect_kit.h"

#include <stdlib.h>

static const char kpi_py[] = "\"\"\"Two lines\n\nof a docstring.\"\"\"\n"
                             "import os\n"
                             "from subprocess import run as go\n"
                             "\n"
                             "def share(xs, limit=0.5):\n"
                             "    # comment\n"
                             "    n = 0\n"
                             "    for x in xs:\n"
                             "        if x is None:\n"
                             "            continue\n"
                             "        elif x > limit and x < 100:\n"
                             "            n += 1\n"
                             "    return n / len(xs) if xs else 0.0\n"
                             "\n"
                             "class Cell:\n"
                             "    def stop(self):\n"
                             "        try:\n"
                             "            return eval('1')\n"
                             "        except ValueError:\n"
                             "            go(['x'])\n"
                             "        return os.system('ls')\n";

TEST(python_is_measured)
{
    struct kit k;
    struct tw_inspection in;
    struct tw_source s = kit_source("kpi.py", kpi_py);
    if (!kit_begin(&k))
        return;
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
    CHECK(in.readable && in.n_lines == 23 && in.n_blank == 2);
    CHECK(in.n_comment == 4 && in.n_asserts == 0 && in.complexity == 1);
    CHECK_NEAR(tw_inspect_comment_share(&in), 4.0 / 21.0, 1e-12);
    CHECK(in.n_functions == 2);
    if (in.n_functions == 2) {
        const struct tw_inspect_function *f = in.functions;
        CHECK(strcmp(f[0].name, "share") == 0 && f[0].line == 7);
        CHECK(f[0].last_line == 15 && f[0].params == 2);
        CHECK(f[0].complexity == 6); /* for if elif and if-else */
        CHECK(f[0].nesting == 2 && f[0].statements == 7);
        CHECK(strcmp(f[1].name, "Cell.stop") == 0 && f[1].complexity == 2);
    }
    CHECK(tw_inspect_complexity_max(&in) == 6);
    kit_end(&k);
}

TEST(unsafe_calls_are_named_through_their_aliases)
{
    struct kit k;
    struct tw_inspection in;
    struct tw_source s = kit_source(
        "a.py", "import os.path, pickle as p, yaml\n"
                "from os import system as run_it\n"
                "from shutil import *\n"
                "run_it('x')\np.loads(b'')\nos.path.join('a')\n"
                "open('f')\nopen('f', 'w')\nopen('f', mode='r+b')\n"
                "yaml.load('x')\nyaml.load('x', Loader=yaml.SafeLoader)\n"
                "__builtins__.eval\nimport builtins\nbuiltins.exec('1')\n");
    static const struct {
        int line;
        const char *what, *kind;
    } want[] = {
        { 4, "os.system", "process" },
        { 5, "pickle.loads", "deserialise" },
        { 8, "open", "files" },
        { 9, "open", "files" },
        { 10, "yaml.load", "deserialise" },
        { 14, "exec", "code" },
    };
    if (!kit_begin(&k))
        return;
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
    CHECK(in.n_unsafe == TW_ARRAY_LEN(want));
    for (size_t i = 0; i < in.n_unsafe && i < TW_ARRAY_LEN(want); i++) {
        CHECK(in.unsafe[i].line == want[i].line);
        CHECK(strcmp(in.unsafe[i].what, want[i].what) == 0);
        CHECK(strcmp(in.unsafe[i].kind, want[i].kind) == 0);
    }
    kit_end(&k);
}

TEST(vacuous_assertions_of_python_are_found)
{
    static const struct {
        const char *text;
        size_t n_vacuous;
        bool all;
    } cases[] = {
        { "assert f(1) == 2\n", 0, false },
        { "assert True\n", 1, true },
        { "assert 1 == 1\nassert f(2) == 3\n", 1, false },
        { "assert (f(1) == 2, 'no')\n", 1, true },
        { "x = 3\nassert x == x\n", 1, true },
        { "assert f(1) or True\n", 1, true },
        { "assert f(1) and True\n", 0, false },
        { "assert f(1) == f(1)\n", 0, false },
        { "def test_a():\n    f(1)\n", 1, true },
        { "try:\n    assert f(1) == 2\nexcept Exception:\n    pass\n", 1,
          true },
        { "try:\n    f(1)\nexcept ValueError:\n    pass\nassert f(2) == 2\n", 0,
          false },
        { "import unittest\nclass T(unittest.TestCase):\n"
          "    def test_a(self):\n        self.assertEqual(2, 2)\n",
          1, true },
        { "def same(a, b):\n    assert a == b\ndef twice(a):\n"
          "    same(a, 2)\ndef test_a():\n    twice(f(1))\n",
          0, false },
        { "print(1)\n", 0, true },
    };
    struct kit k;
    struct tw_inspection in;
    if (!kit_begin(&k))
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_source s = kit_source("t.py", cases[i].text);
        CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
        CHECK(in.readable && in.n_vacuous == cases[i].n_vacuous);
        CHECK(tw_inspect_is_vacuous(&in) == cases[i].all);
        if (in.n_vacuous != cases[i].n_vacuous ||
            tw_inspect_is_vacuous(&in) != cases[i].all)
            printf("# case %zu: %zu vacuous of %d\n", i, in.n_vacuous,
                   in.n_asserts);
    }
    kit_end(&k);
}

static char *repeated(const char *part, size_t n)
{
    size_t len = strlen(part);
    char *text = malloc(n * len + 1);
    for (size_t i = 0; text && i < n; i++)
        memcpy(text + i * len, part, len);
    if (text)
        text[n * len] = '\0';
    return text;
}

TEST(python_that_does_not_parse_is_told_with_its_line)
{
    struct kit k;
    struct tw_inspection in;
    struct tw_source s = kit_source("a.py", "x = 1\ndef f(:\n");
    char *deep = repeated("(", 100000), *wide = repeated("x=[1]\n", 20000);
    if (!deep || !wide || !kit_begin(&k))
        return;
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
    CHECK(!in.readable && strstr(in.cause, "SyntaxError: line 2") != NULL);
    s = kit_source("a.py", deep);
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
    CHECK(!in.readable && *in.cause);
    s = kit_source("a.py", wide);
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_OK);
    CHECK(in.readable && in.n_statements == 20000);
    s = kit_source("a.txt", "x");
    CHECK(tw_inspect(&in, k.jail, &k.a, &s, &k.err) == TW_EINVAL);
    free(deep);
    free(wide);
    kit_end(&k);
}

static const char kpi_c[] =
    "/* A comment\n\n   of three lines. */\n"
    "#include <stdio.h>\n"
    "\n"
    "int count(const double *x, int n, double limit)\n"
    "{\n"
    "    int k = 0; // so many\n"
    "    for (int i = 0; i < n; i++) {\n"
    "        if (x[i] > limit && x[i] < 100)\n"
    "            k++;\n"
    "    }\n"
    "    do { k--; } while (k > 50);\n"
    "    switch (k) { case 1: case 2: return 7; default: break; }\n"
    "    return k ? k : 0;\n"
    "}\n"
    "\n"
    "static void run(char *to, const char *from, FILE *f)\n"
    "{\n"
    "    strcpy(to, from);\n"
    "    system(from);\n"
    "    printf(from);\n"
    "    printf(\"%d\", 1);\n"
    "    fscanf(f, \"%s\", to);\n"
    "    fscanf(f, \"%9s\", to);\n"
    "    to->system(1);\n"
    "}\n";

TEST(c_is_measured)
{
    struct tw_arena a;
    struct tw_inspection in;
    struct tw_source s = kit_source("kpi.c", kpi_c);
    tw_arena_init(&a, 64u << 20);
    CHECK(tw_inspect(&in, NULL, &a, &s, NULL) == TW_OK);
    CHECK(in.readable && in.n_lines == 27 && in.n_blank == 2);
    CHECK(in.n_comment == 4 && in.n_functions == 2);
    if (in.n_functions == 2) {
        CHECK(strcmp(in.functions[0].name, "count") == 0);
        CHECK(in.functions[0].line == 6 && in.functions[0].last_line == 16);
        /* for if && while case case ? */
        CHECK(in.functions[0].complexity == 8);
        CHECK(in.functions[0].params == 3);
        CHECK(in.functions[0].nesting == 1);
        CHECK(in.functions[0].statements == 10);
        CHECK(in.functions[1].params == 3 && in.functions[1].complexity == 1);
    }
    static const struct {
        int line;
        const char *what, *kind;
    } want[] = { { 20, "strcpy", "bounds" },
                 { 21, "system", "process" },
                 { 22, "printf", "format" },
                 { 24, "fscanf", "bounds" } };
    CHECK(in.n_unsafe == TW_ARRAY_LEN(want));
    for (size_t i = 0; i < in.n_unsafe && i < TW_ARRAY_LEN(want); i++) {
        CHECK(in.unsafe[i].line == want[i].line);
        CHECK(strcmp(in.unsafe[i].what, want[i].what) == 0);
        CHECK(strcmp(in.unsafe[i].kind, want[i].kind) == 0);
    }
    tw_arena_release(&a);
}

TEST(vacuous_assertions_of_c_are_found)
{
    struct tw_arena a;
    struct tw_inspection in;
    struct tw_source s = kit_source(
        "t.c", "int main(void) {\n assert(f(1) == 2);\n assert(1);\n"
               " assert(x == x);\n EXPECT_EQ(a, b);\n assert(true && \"a\");\n"
               " assert(f() == f());\n}\n");
    tw_arena_init(&a, 64u << 20);
    CHECK(tw_inspect(&in, NULL, &a, &s, NULL) == TW_OK);
    CHECK(in.n_asserts == 6 && in.n_vacuous == 3);
    CHECK(in.n_vacuous == 3 && in.vacuous[0].line == 3 &&
          in.vacuous[1].line == 4 && in.vacuous[2].line == 6);
    CHECK(!tw_inspect_is_vacuous(&in));
    tw_arena_release(&a);
}

TEST(memory_that_runs_out_is_told)
{
    struct tw_source s = kit_source("kpi.c", kpi_c);
    struct tw_inspection in;
    size_t limit = 0;
    enum tw_status st = TW_ENOMEM;
    for (; st == TW_ENOMEM && limit < 4u << 20; limit += 8192) {
        struct tw_arena a;
        tw_arena_init(&a, limit);
        st = tw_inspect(&in, NULL, &a, &s, NULL);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK && limit > 8192);
}

TEST_MAIN(RUN(python_is_measured);
          RUN(unsafe_calls_are_named_through_their_aliases);
          RUN(vacuous_assertions_of_python_are_found);
          RUN(python_that_does_not_parse_is_told_with_its_line);
          RUN(c_is_measured); RUN(vacuous_assertions_of_c_are_found);
          RUN(memory_that_runs_out_is_told);)
