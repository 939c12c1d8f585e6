/*
 * test_extract_braces.c - answers in C, C++, Java, JavaScript, Go.
 */
#include "answer/extract.h"
#include "test.h"

#include <string.h>

struct brace_case {
    const char *text;
    enum tw_extract_class class;
    enum tw_extract_way way;
    const char *code; /* NULL: not compared */
};

static void run_cases(const struct tw_extract_task *task,
                      const struct brace_case *cases, size_t n)
{
    struct tw_arena a;
    tw_arena_init(&a, 64u << 20);
    for (size_t i = 0; i < n; i++) {
        struct tw_extract_answer answer = { cases[i].text,
                                            strlen(cases[i].text) };
        struct tw_extract_result r;
        CHECK(tw_extract_run(NULL, &a, task, &answer, 1, &r, NULL) == TW_OK);
        bool fine = r.class == cases[i].class && r.way == cases[i].way &&
                    (!cases[i].code || strcmp(r.code, cases[i].code) == 0);
        if (!fine)
            printf("# %zu: %s, way %d, code:\n%s\n#\n", i,
                   tw_extract_class_name(r.class), r.way, r.code);
        CHECK(fine);
    }
    tw_arena_release(&a);
}

#define INCLUDES "#include <vector>\nusing namespace std;\n"
#define HEAD_CPP INCLUDES "int f(vector<int> x) {\n"
#define BODY_CPP                                                             \
    "    int s = 0; // }\n    char c = '}';\n    for (int v : x) { s += v; " \
    "}\n"                                                                    \
    "    return s; /* } */\n}"

TEST(continuations_end_where_the_function_closes)
{
    static const struct brace_case cases[] = {
        { BODY_CPP "\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP BODY_CPP "\n" },
        { BODY_CPP "\n\nint main() {\n    f({1});\n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD_CPP BODY_CPP "\n" },
        { BODY_CPP "\n```\nThis sums.", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP BODY_CPP "\n" },
        { "    return 1'000 + \"}\"[0];\n}\nrest", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD_CPP "    return 1'000 + \"}\"[0];\n}\n" },
        /* A brace in a literal behind a word is none. */
        { "    switch (x[0]) { case '}': return '{'; }\n    return 0;\n}\n}",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP "    switch (x[0]) { case '}': return '{'; }\n"
                   "    return 0;\n}\n" },
        { "    int s = 0;\n    for (int v : x) {", TW_EXTRACT_SYNTAX,
          TW_EXTRACT_HEAD, NULL },
        { "I cannot do that.", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
        { "", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
    };
    const struct tw_extract_task task = {
        .entry = "f", .head = HEAD_CPP, .lang = TW_LANG_CPP, .bench = true
    };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(blocks_in_cpp_get_headers_and_lose_their_main)
{
#define F_CPP "int f(vector<int> x) {\n    return x.size();\n}\n"
    static const struct brace_case cases[] = {
        { "```cpp\n" F_CPP "```", TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          INCLUDES F_CPP },
        { "```cpp\nvoid g();\n```\n```c++\n" F_CPP
          "\nint main() {\n    return f({1});\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, INCLUDES F_CPP "\n\n" },
        { "```cpp\nint main() { return f({}); }\n" F_CPP, TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK,
          INCLUDES "\nint f(vector<int> x) {\n    return "
                   "x.size();\n}" },
        /* Open, with prose behind; cut in the middle of the next function. */
        { "```cpp\n" F_CPP "That is it.", TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          INCLUDES "int f(vector<int> x) {\n    return x.size();\n}" },
        { "```cpp\n" F_CPP "int g() {\n    if (1) {", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK,
          INCLUDES "int f(vector<int> x) {\n    return x.size();\n}" },
        { "```cpp\nint f(vector<int> x) {\n    return (\n```",
          TW_EXTRACT_SYNTAX, TW_EXTRACT_NO_WAY, NULL },
        { "```cpp\nint f(vector<int> x);\nint g() { return f({}); }\n```",
          TW_EXTRACT_NO_ENTRY, TW_EXTRACT_NO_WAY, NULL },
        /* The body alone in a block, and code without any fence. */
        { "```cpp\n    return 0;\n}\n```", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP "    return 0;\n}\n" },
        { "Sure:\n\n" F_CPP "\nIt counts.", TW_EXTRACT_OK, TW_EXTRACT_PROSE,
          INCLUDES "int f(vector<int> x) {\n    return x.size();\n}" },
    };
    const struct tw_extract_task task = {
        .entry = "f", .head = HEAD_CPP, .lang = TW_LANG_CPP, .bench = true
    };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(helpers_of_the_head_stand_once)
{
#define HELPER "int h(int x) {\n    return x;\n}\n"
    static const struct brace_case cases[] = {
        { "```cpp\nint f(int x) { return h(x); }\n```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, INCLUDES HELPER "int f(int x) { return h(x); }\n" },
        { "```cpp\nint h(int x) { return 2; }\nint f(int x) { return h(x); "
          "}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          INCLUDES "int h(int x) { return 2; }\nint f(int x) { return h(x); "
                   "}\n" },
    };
    const struct tw_extract_task task = { .entry = "f",
                                          .head = INCLUDES HELPER
                                          "int f(int x) {\n",
                                          .lang = TW_LANG_CPP,
                                          .bench = true };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(multipl_e_leaves_the_last_brace_to_the_tests)
{
    static const struct brace_case cases[] = {
        { "    return 1;\n}\nint main() {}", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP "    return 1;\n" },
        { "    return 1;", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP "    return 1;" },
        { "    if (1) {\n        return 1;\n    }\n    return 2;\n}\n",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_CPP "    if (1) {\n        return 1;\n    }\n    return 2;" },
    };
    static const char *const stops[] = { "\n}" };
    const struct tw_extract_task task = { .entry = "f",
                                          .head = HEAD_CPP,
                                          .lang = TW_LANG_CPP,
                                          .bench = true,
                                          .stops = stops,
                                          .n_stops = 1,
                                          .open_end = true };
    run_cases(&task, cases + 1, TW_ARRAY_LEN(cases) - 1);
    struct tw_extract_task unstopped = task;
    unstopped.n_stops = 0;
    run_cases(&unstopped, cases, 1);
}

#define HEAD_JAVA                                                \
    "import java.util.*;\n\nclass Solution {\n    /** Sum. */\n" \
    "    public int f(List<Integer> x) {\n"

TEST(java_classes_are_closed_and_no_main_is_left)
{
    static const struct brace_case cases[] = {
        { "        return 1;\n    }\n}\npublic class Main {}", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD_JAVA "        return 1;\n    }\n}\n" },
        /* The class is left open, or the next method is cut. */
        { "        return 1;\n    }\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_JAVA "        return 1;\n    }\n}\n" },
        { "        return 1;\n    }\n    int g() {\n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD_JAVA "        return 1;\n    }\n}\n" },
        /* Methods behind it in the class that is left open, and prose. */
        { "        return g();\n    }\n    int g() {\n        return 1;\n    "
          "}\n"
          "It calls g().\n",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_JAVA "        return g();\n    }\n    int g() {\n        return "
                    "1;\n    }\n}\n" },
        { "```java\npackage a.b;\nimport java.io.*;\nclass Solution {\n    int "
          "f(int x) { return 2; }\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import java.util.*;\n\nimport java.io.*;\nclass Solution {\n    int "
          "f(int x) { return 2; }\n}\n" },
        { "        String s = \"\"\"\n }}} \"\"\";\n        return 1;\n    "
          "}\n}\n",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD_JAVA "        String s = \"\"\"\n }}} \"\"\";\n        return "
                    "1;\n    }\n}\n" },
        { "```java\nimport java.util.stream.*;\npublic class Solution {\n    "
          "public int f(List<Integer> x) { return 2; }\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import java.util.*;\nimport java.util.stream.*;\nclass Solution {\n "
          "   public int f(List<Integer> x) { return 2; }\n}\n" },
        { "```java\nclass Solution {\n    int f(int x) { return 2; "
          "}\n}\npublic "
          "class Main {\n    public static void main(String[] a) { new "
          "Solution().f(1); }\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import java.util.*;\nclass Solution {\n    int f(int x) { return 2; "
          "}\n}\n\n" },
        { "```java\npublic int f(List<Integer> x) {\n    return 3;\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import java.util.*;\n\nclass Solution {\n    /** Sum. */\npublic "
          "int f(List<Integer> x) {\n    return 3;\n}\n\n}\n" },
    };
    const struct tw_extract_task task = {
        .entry = "f", .head = HEAD_JAVA, .lang = TW_LANG_JAVA, .bench = true
    };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(javascript_functions_are_found_in_all_their_forms)
{
    static const struct brace_case cases[] = {
        { "  return x.replace(/[}/]/g, `}${x}`)\n}\n\nf(1)\n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD,
          "const f = (x) => {\n  return x.replace(/[}/]/g, `}${x}`)\n}\n" },
        { "```js\nf(1);\n```\n```js\nfunction f(x) {\n  return 1\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, "function f(x) {\n  return 1\n}\n" },
        { "```js\nconst f = ({ a }, b) => {\n  return a / b\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "const f = ({ a }, b) => {\n  return a / b\n}\n" },
        { "```js\nlet f = async function (x) { return 1 }\n```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, "let f = async function (x) { return 1 }\n" },
        /* Helpers behind it, in every form. */
        { "  return g(x) + K + new C().m\n}\nconst g = (x) => x +\n  1\nconst "
          "K "
          "= [1,\n 2];\nclass C { m = 1 }\nconst unused = 3\n",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          "const f = (x) => {\n  return g(x) + K + new C().m\n}\n\nconst g = "
          "(x) => x +\n  1\n\nconst K = [1,\n 2];\n\nclass C { m = 1 }\n" },
        /* Modules as scripts. */
        { "```js\n#!/usr/bin/env node\nimport fs from 'fs'\nimport { a as b, c "
          "} from \"m\";\nimport * as p from 'p';\nexport default function "
          "f(x) {\n  return 1\n}\nexport const k = 1;\nexport { k, f };\nlet t "
          "= `\nexport x`\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "\nconst fs = require('fs')\nconst { a : b, c } = require(\"m\");\n"
          "const p = require('p');\nfunction f(x) {\n  return 1\n}\nconst k "
          "= 1;\n\nlet t = `\nexport x`\n" },
        { "```js\nf(1)\n{ let a = 1 }\n```", TW_EXTRACT_NO_ENTRY,
          TW_EXTRACT_NO_WAY, NULL },
    };
    const struct tw_extract_task task = { .entry = "f",
                                          .head = "const f = (x) => {\n",
                                          .lang = TW_LANG_JS,
                                          .bench = true };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(go_has_each_import_once_and_only_when_used)
{
#define HEAD_GO \
    "import (\n    \"math\"\n)\n\n// F is it.\nfunc F(x int) int {\n"
    static const struct brace_case cases[] = {
        { "    return x\n}\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          "\n// F is it.\nfunc F(x int) int {\n    return x\n}\n" },
        { "    sort.Ints(nil)\n    return int(math.Abs(1))\n}\n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD,
          "import \"math\"\nimport \"sort\"\n\n// F is it.\nfunc F(x int) int "
          "{\n    sort.Ints(nil)\n    return int(math.Abs(1))\n}\n" },
        { "```go\npackage main\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n\tstr "
          "\"strings\"\n)\n\nfunc F(x int) int {\n\treturn "
          "len(str.Repeat(`}`, x))\n}\n\nfunc main() {\n\tfmt.Println(F(1))\n"
          "}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import str \"strings\"\n\n// F is it.\n\n\nfunc F(x int) int {\n\t"
          "return len(str.Repeat(`}`, x))\n}\n\n\n" },
        /* The same package under two names; names that stand alone. */
        { "```go\nimport m \"math\"\nimport . \"strings\"\nimport "
          "t \"testing\"\nfunc F(x int) int {\n\tvar _ t.T\n\treturn "
          "int(m.Abs(1)) + Count(\"a\", \"a\")\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "import m \"math\"\nimport . \"strings\"\nimport t \"testing\"\n\n// "
          "F "
          "is it.\nfunc F(x int) int {\n\tvar _ t.T\n\treturn int(m.Abs(1)) + "
          "Count(\"a\", \"a\")\n}\n" },
        { "```go\nfunc F(x interface{}) interface{} {\n\tmath := 1\n\treturn "
          "math\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "\n// F is it.\nfunc F(x interface{}) interface{} {\n\tmath := "
          "1\n\treturn math\n}\n" },
    };
    const struct tw_extract_task task = {
        .entry = "F",
        .head = HEAD_GO,
        .lang = TW_LANG_GO,
        .bench = true,
        .setup = "package main\n\nimport (\n    \"testing\"\n    "
                 "\"github.com/stretchr/testify/assert\"\n)\n"
    };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(programs_of_stdin_are_taken_as_they_are)
{
    static const struct brace_case cases[] = {
        { "```c\n#include <stdio.h>\nint main(void) {\n    return 0;\n}\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          "#include <stdio.h>\nint main(void) {\n    return 0;\n}\n" },
        { "Here:\n#include <stdio.h>\nint main(void) {\n    return "
          "0;\n}\nDone.",
          TW_EXTRACT_OK, TW_EXTRACT_PROSE,
          "#include <stdio.h>\nint main(void) {\n    return 0;\n}" },
        { "Sorry.", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
    };
    const struct tw_extract_task task = { .entry = "",
                                          .lang = TW_LANG_C,
                                          .bench = true };
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

/* Every prefix of an answer, in every language: no crash, a class. */
TEST(answers_cut_anywhere_do_no_harm)
{
    static const char text[] =
        "Sure `x` [CPP]\n```cpp\n#include <a>\nint h() { return '\\''; }\nint "
        "f(vector<int> x) {\n  /* c */ if (x < \"}\\\"\") { return 1'0; }\n  "
        "return /[}]/ `a${`; }\nint main() { f({}); }\nclass Solution { "
        "}\nclass Main { { } }\nimport (\n\"fmt\"; \"os\")\n```\nEnd {{ }";
    enum tw_lang langs[] = { TW_LANG_C,    TW_LANG_CPP, TW_LANG_JS,
                             TW_LANG_JAVA, TW_LANG_GO,  TW_LANG_SHELL };
    struct tw_arena a;
    for (size_t l = 0; l < TW_ARRAY_LEN(langs); l++) {
        tw_arena_init(&a, 64u << 20);
        struct tw_extract_task task = {
            .entry = "f", .head = HEAD_CPP, .lang = langs[l], .bench = true
        };
        for (size_t from = 0; from < 60; from += 7)
            for (size_t n = 0; n + from < sizeof(text); n++) {
                struct tw_extract_result r;
                CHECK(tw_extract_braces(&a, &task, text + from, n, &r));
                CHECK(r.code && r.class <= TW_EXTRACT_HARNESS);
            }
        tw_arena_release(&a);
    }
}

TEST_MAIN(RUN(continuations_end_where_the_function_closes);
          RUN(blocks_in_cpp_get_headers_and_lose_their_main);
          RUN(helpers_of_the_head_stand_once);
          RUN(multipl_e_leaves_the_last_brace_to_the_tests);
          RUN(java_classes_are_closed_and_no_main_is_left);
          RUN(javascript_functions_are_found_in_all_their_forms);
          RUN(go_has_each_import_once_and_only_when_used);
          RUN(programs_of_stdin_are_taken_as_they_are);
          RUN(answers_cut_anywhere_do_no_harm);)
