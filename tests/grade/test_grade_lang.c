/*
 * Answers in C++ and JavaScript, and by output: right ones pass, wrong ones and
 * those that want a pass without being right do not.  A language whose compiler
 * is absent is skipped.
 */
#include "grade_lang_kit.h"

#include "grade/program.h"

TEST(cpp_answers_pass_only_when_their_tests_do)
{
    struct tw_task task = task_of(
        "#include <stdlib.h>\n#include <unistd.h>\n"
        "int twice(int x){\n",
        "\n#undef NDEBUG\n#include<assert.h>\nint main(){\n"
        "  assert (twice(1) == 2);\n  assert (twice(-3) == -6 && \"two\");\n"
        "}\n",
        "twice");
    static const struct expected e[] = {
        { "  return 2 * x;\n}\n", true, TW_CAUSE_NONE, 2, 2 },
        { "  return x + 1;\n}\n", false, TW_CAUSE_ASSERTION, 1, 2 },
        { "}\n", false, TW_CAUSE_ASSERTION, 0, 2 },
        { "  exit(0);\n}\n", false, TW_CAUSE_EXIT, 0, 0 },
        { "  throw 3;\n}\n", false, TW_CAUSE_RUNTIME, 0, 2 },
        { "  return y;\n}\n", false, TW_CAUSE_SYNTAX, 0, 0 },
        { "  return 1;\n}\n"
          "__attribute__((constructor)) static void f(){ _exit(0); }\n",
          false, TW_CAUSE_EXIT, 0, 0 },
        { "  char b[200]; long n = read(0, b, 200);\n"
          "  if (n > 0) write(3, b, n);\n  exit(0);\n}\n",
          false, TW_CAUSE_EXIT, 0, 0 },
        { "  write(3, \"00000000000000000000000000000000 done 2 2 11\\n\","
          " 45);\n  _exit(0);\n}\n",
          false, TW_CAUSE_EXIT, 0, 0 },
        { "  return 1;\n}\n#define assert(x)\n#define twice(x) (x * 0)\n"
          "#define tw_try(x)\n",
          false, TW_CAUSE_ASSERTION, 0, 2 },
        { "  abort();\n}\n", false, TW_CAUSE_SIGNAL, 0, 0 },
        { "  for (;;) usleep(1000);\n}\n", false, TW_CAUSE_TIMEOUT, 0, 0 },
    };

    check_all(TW_LANG_CPP, &task, e, TW_ARRAY_LEN(e) - 1, false);
}

TEST(cpp_has_all_headers_with_the_prelude_and_names_of_its_own)
{
    struct tw_task task =
        task_of("int f(){\n",
                "#include<assert.h>\nint main(){ assert (f() == 1); }\n", "f");
    static const char *const texts[] = {
        "  std::map<int, int> m{ { 1, 1 } };\n  return m.size();\n}\n",
        /* clashes with std::count, so it is tried without */
        "  return 1;\n}\nusing namespace std;\n"
        "int count = 3; int g() { return count; }\n",
    };

    if (!langs || !tw_langs_tool(langs, TW_LANG_CPP)) {
        test_skip("no C++ here: tools/install-deps.sh bench");
        return;
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        struct tw_grade_answer answer = { &task, texts[i], strlen(texts[i]),
                                          false };
        struct tw_grade out = { 0 };
        struct tw_arena a;
        tw_arena_init(&a, (size_t)4 << 20);
        judge_with(&out, &a, TW_LANG_CPP, &answer, true);
        CHECK(out.finding.end == TW_END_PASS);
        judge_with(&out, &a, TW_LANG_CPP, &answer, false);
        CHECK((out.finding.end == TW_END_PASS) == (i == 1));
        tw_arena_release(&a);
    }
    CHECK(system("ls test-cache/lib-*/bits/stdc++.h.gch >/dev/null") == 0);
}

TEST(javascript_answers_pass_only_when_their_tests_do)
{
    struct tw_task task =
        task_of("const twice = (v) => {\n",
                "const testTwice = () => {\n"
                "  console.assert(JSON.stringify(twice([1, 2])) === "
                "JSON.stringify([2, 4]))\n"
                "  console.assert(twice([-0.5])[0] === -1)\n"
                "}\n\ntestTwice()\n",
                "twice");
    static const struct expected e[] = {
        { "  return v.map((x) => 2 * x)\n}\n", true, TW_CAUSE_NONE, 2, 2 },
        { "  return v\n}\n", false, TW_CAUSE_ASSERTION, 0, 2 },
        { "}\n", false, TW_CAUSE_RUNTIME, 0, 2 },
        { "  process.exit(0)\n}\n", false, TW_CAUSE_EXIT, 0, 0 },
        { "  throw new TypeError('no')\n}\n", false, TW_CAUSE_RUNTIME, 0, 2 },
        { "  return v.\n}\n", false, TW_CAUSE_SYNTAX, 0, 0 },
        { "  return { toJSON() { return [2, 4] }, 0: -1, length: 2 }\n}\n"
          "console.assert = () => {}\n",
          false, TW_CAUSE_ASSERTION, 1, 2 },
        { "}\nJSON.stringify = () => '1'\nglobalThis.console = null\n"
          "Array.prototype.toJSON = () => 1\n",
          false, TW_CAUSE_FORGED, 0, 0 },
        { "}\nrequire('fs').writeSync(3, JSON.stringify({loaded: true, "
          "finished: true, made: 2, passed: 2, outcomes: '11'}))\n"
          "process.exit(0)\n",
          false, TW_CAUSE_EXIT, 0, 0 },
        { "}\nfor (let i = 0; i < 9; i++) { const b = Buffer.from('{\"i\": ' + "
          "i + ', \"v\": true}'); const h = Buffer.alloc(4); h.writeUInt32LE("
          "b.length); require('fs').writeSync(4, Buffer.concat([h, b])) }\n",
          false, TW_CAUSE_RUNTIME, 0, 2 },
        { "}\nconst b = Buffer.from('{\"i\": 99}'); const h = Buffer.alloc(4);"
          " h.writeUInt32LE(b.length); require('fs').writeSync(4, "
          "Buffer.concat([h, b]))\n",
          false, TW_CAUSE_FORGED, 0, 0 },
        { "}\nfunction f() { const o = { toString: 1, valueOf: 1 };\n"
          "const b = Buffer.from(JSON.stringify({ i: 0, x: [o, o, o] }));\n"
          "const h = Buffer.alloc(4); h.writeUInt32LE(b.length)\n"
          "require('fs').writeSync(4, Buffer.concat([h, b])) }\nf()\n",
          false, TW_CAUSE_RUNTIME, 0, 0 },
        { "  return require('no-such-module')(v)\n}\n", false, TW_CAUSE_IMPORT,
          0, 2 },
        { "  return require('js-md5')('') === "
          "'d41d8cd98f00b204e9800998ecf8427e' ? v.map((x) => 2 * x) : 0\n}\n",
          true, TW_CAUSE_NONE, 2, 2 },
    };

    check_all(TW_LANG_JS, &task, e, TW_ARRAY_LEN(e), false);
}

TEST(c_answers_are_c)
{
    struct tw_task task =
        task_of("#include <stdlib.h>\nint twice(int x) {\n",
                "#include <assert.h>\nint main(void) { assert(twice(1) == 2);\n"
                "  assert(twice(5) == 10); }\n",
                "twice");
    static const struct expected e[] = {
        { "  int *class = malloc(4);\n  *class = 2 * x;\n  return *class;\n}\n",
          true, TW_CAUSE_NONE, 2, 2 },
        { "  return x + 1;\n}\n", false, TW_CAUSE_ASSERTION, 1, 2 },
        { "  exit(0);\n}\n", false, TW_CAUSE_EXIT, 0, 0 },
        { "  return *(volatile int *)0;\n}\n", false, TW_CAUSE_SIGNAL, 0, 0 },
    };

    if (!langs || !tw_langs_tool(langs, TW_LANG_CPP)) {
        test_skip("no cpp here: tools/install-deps.sh bench");
        return;
    }
    check_all(TW_LANG_C, &task, e, TW_ARRAY_LEN(e), false);
}

/* Programs in MultiPL-E's form: the tests end the function. */
TEST(multipl_e_programs_of_cpp_and_javascript)
{
    struct tw_task cpp =
        task_of("#include<assert.h>\nlong twice(long x) {\n",
                "}\nint main() {\n    auto candidate = twice;\n"
                "    assert(candidate((2)) == (4));\n"
                "    assert(candidate((3)) == (6));\n}\n",
                "twice");
    struct tw_task js = task_of(
        "//Twice as much.\nfunction twice(x){\n",
        "const assert = require('node:assert');\n\n\nfunction test() {\n"
        "  let candidate = twice;\n"
        "  assert.deepEqual(candidate([2]),[4]);\n"
        "  assert.deepEqual(candidate([3]),[6]);\n}\n\ntest();\n",
        "twice");
    static const struct expected in_cpp[] = {
        { "    return 2 * x;\n", true, TW_CAUSE_NONE, 2, 2 },
        { "    return x + 2;\n", false, TW_CAUSE_ASSERTION, 1, 2 },
    };
    static const struct expected in_js[] = {
        { "  return x.map((v) => 2 * v);\n}\n", true, TW_CAUSE_NONE, 2, 2 },
        { "  return x.map((v) => v + 2);\n}\n", false, TW_CAUSE_ASSERTION, 1,
          2 },
        { "  return { __proto__: null, 0: 4, length: 1 };\n}\n", false,
          TW_CAUSE_ASSERTION, 0, 2 },
        { "", false, TW_CAUSE_SYNTAX, 0, 0 },
    };

    check_all(TW_LANG_CPP, &cpp, in_cpp, TW_ARRAY_LEN(in_cpp), false);
    check_all(TW_LANG_JS, &js, in_js, TW_ARRAY_LEN(in_js), false);
}

TEST(outputs_are_compared_but_for_blanks_at_the_ends)
{
    static const struct {
        const char *got, *want;
        bool same;
    } t[] = {
        { "1 2\n", "1 2", true },        { "1 2  \r\n\n\n", "1 2\n", true },
        { "1  2\n", "1 2\n", false },    { "\n1\n", "1\n", false },
        { " 1\n", "1\n", false },        { "", "\n", true },
        { "1\n\n2\n", "1\n2\n", false }, { "1.0\n", "1\n", false },
        { "1\n2\n", "1\n", false },      { "", "1", false },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(t); i++)
        CHECK(tw_grade_same_output(t[i].got, strlen(t[i].got), t[i].want,
                                   strlen(t[i].want)) == t[i].same);
    CHECK(!tw_grade_same_output("1\0002", 3, "1", 1));
}

TEST(limits_are_of_the_options_then_of_the_task)
{
    struct tw_task task = task_of("", "", "");
    struct tw_grade_options o = { .go_on = true };

    CHECK(tw_grade_limits(TW_LANG_CPP, &o, NULL).cpu_s == TW_GRADE_TIME_S);
    CHECK(tw_grade_limits(TW_LANG_CPP, &o, &task).wall_s ==
          2 * TW_GRADE_TIME_S);
    task.time_s = 3;
    CHECK(tw_grade_limits(TW_LANG_GO, &o, &task).cpu_s == 3);
    CHECK(tw_grade_limits(TW_LANG_PYTHON, &o, &task).wall_s == 6);
    o.wall_s = 30;
    CHECK(tw_grade_limits(TW_LANG_JAVA, &o, &task).wall_s == 30);
    CHECK(tw_grade_limits(TW_LANG_JAVA, &o, &task).cpu_s == 3);
    o.time_s = 5;
    CHECK(tw_grade_limits(TW_LANG_C, &o, &task).cpu_s == 5);
}

TEST(programs_are_judged_by_what_they_write)
{
    const struct tw_io_case cases[] = {
        { "1 2\n", "3\n", 4, 2 },
        { "5 -6\n", "-1", 5, 2 },
    };
    struct tw_task task = task_of("", "", "");
    static const struct expected e[] = {
        { "#include <stdio.h>\nint main(void) { int a, b; "
          "scanf(\"%d %d\", &a, &b); printf(\"%d \\n\\n\", a + b); }\n",
          true, TW_CAUSE_NONE, 2, 2 },
        { "#include <stdio.h>\nint main(void) { puts(\"3\"); }\n", false,
          TW_CAUSE_ASSERTION, 1, 2 },
        { "int main(void) { return 3; }\n", false, TW_CAUSE_EXIT, 0, 2 },
        { "int main(void) { return x; }\n", false, TW_CAUSE_SYNTAX, 0, 0 },
        { "#include <stdio.h>\nint main(void) { int a, b; "
          "scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a + b); return 1; }\n",
          false, TW_CAUSE_EXIT, 0, 2 },
    };

    task.cases = cases;
    task.n_cases = 2;
    check_all(TW_LANG_C, &task, e, TW_ARRAY_LEN(e), true);
}

/* clang-format off */
TEST_MAIN(
    if (!grade_lang_open()) {
        printf("1..0 # SKIP no jail\n");
        return 0;
    }
    RUN(cpp_answers_pass_only_when_their_tests_do);
    RUN(c_answers_are_c);
    RUN(cpp_has_all_headers_with_the_prelude_and_names_of_its_own);
    RUN(javascript_answers_pass_only_when_their_tests_do);
    RUN(multipl_e_programs_of_cpp_and_javascript);
    RUN(outputs_are_compared_but_for_blanks_at_the_ends);
    RUN(limits_are_of_the_options_then_of_the_task);
    RUN(programs_are_judged_by_what_they_write);
    grade_lang_close();
)
