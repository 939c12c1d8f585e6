/*
 * Answers in Java and Go: right ones pass, wrong ones and those that want a
 * pass without being right do not.  A language whose compiler is absent is
 * skipped.
 */
#include "grade_lang_kit.h"

TEST(java_answers_pass_only_when_their_tests_do)
{
    struct tw_task task = task_of(
        "import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n"
        "    public int twice(int x) {\n",
        "public class Main {\n    public static void main(String[] args) {\n"
        "        Solution s = new Solution();\n"
        "        List<Boolean> correct = Arrays.asList(\n"
        "                s.twice(1) == 2,\n                s.twice(4) == 8\n"
        "        );\n        if (correct.contains(false)) {\n"
        "            throw new AssertionError();\n        }\n    }\n}\n",
        "twice");
    static const struct expected e[] = {
        { "        return 2 * x;\n    }\n}\n", true, TW_CAUSE_NONE, 2, 2 },
        { "        return x + 1;\n    }\n}\n", false, TW_CAUSE_ASSERTION, 1,
          2 },
        { "    }\n}\n", false, TW_CAUSE_SYNTAX, 0, 0 },
        { "        System.exit(0); return 0;\n    }\n}\n", false, TW_CAUSE_EXIT,
          0, 0 },
        { "        return new int[0][x].length / 0;\n    }\n}\n", false,
          TW_CAUSE_RUNTIME, 0, 0 },
        { "        return 0;\n    }\n}\nclass Arrays {\n"
          "    static java.util.List<Boolean> asList(Object... x) {\n"
          "        return java.util.List.of(true, true);\n    }\n}\n",
          false, TW_CAUSE_ASSERTION, 0, 2 },
    };

    check_all(TW_LANG_JAVA, &task, e, TW_ARRAY_LEN(e), false);
}

TEST(go_answers_pass_only_when_their_tests_do)
{
    struct tw_task task = task_of(
        "import (\n    \"math\"\n    \"os\"\n)\n\n"
        "// Twice as much.\nfunc Twice(x float64) float64 {\n",
        "func TestTwice(t *testing.T) {\n    assert := assert.New(t)\n"
        "    assert.Equal(2.0, Twice(1))\n    assert.Equal(8.0, Twice(4))\n"
        "}\n",
        "Twice");
    static const struct expected e[] = {
        { "    return 2 * math.Abs(x)\n}\n", true, TW_CAUSE_NONE, 2, 2 },
        { "    return x + 1\n}\nfunc main() {}\n", false, TW_CAUSE_ASSERTION, 1,
          2 },
        { "}\n", false, TW_CAUSE_SYNTAX, 0, 0 },
        { "    os.Exit(0)\n    return 0\n}\n", false, TW_CAUSE_EXIT, 0, 0 },
        { "    var v []float64\n    return v[int(x)]\n}\n", false,
          TW_CAUSE_RUNTIME, 0, 0 },
        { "    return 0\n}\nfunc init() { os.Exit(0) }\n", false, TW_CAUSE_EXIT,
          0, 0 },
    };

    task.setup = "package main\n\nimport (\n    \"testing\"\n"
                 "    \"github.com/stretchr/testify/assert\"\n)\n";
    if (access("/usr/share/gocode/src/github.com/stretchr/testify", R_OK)) {
        test_skip("no testify here: tools/install-deps.sh bench");
        return;
    }
    check_all(TW_LANG_GO, &task, e, TW_ARRAY_LEN(e), false);
}

TEST(go_imports_are_merged)
{
    struct tw_task task =
        task_of("import (\n    \"sort\"\n)\n\nfunc Sorted(v []int) []int {\n",
                "func TestSorted(t *testing.T) {\n"
                "    if Sorted([]int{2, 1})[0] != 1 { t.Errorf(\"no\") }\n}\n",
                "Sorted");
    static const struct expected e[] = {
        { "package any\n\nimport \"sort\"\n\n"
          "func Sorted(v []int) []int { sort.Ints(v); return v }\n",
          true, TW_CAUSE_NONE, 1, 1 },
        { "func Sorted(v []int) []int { return v }\n", false,
          TW_CAUSE_ASSERTION, 0, 1 },
        { "import \"fmt\"\n\nfunc Sorted(v []int) []int { return v }\n", false,
          TW_CAUSE_SYNTAX, 0, 0 },
    };

    task.setup = "package main\n\nimport (\n    \"testing\"\n    \"math\"\n)\n";
    check_all(TW_LANG_GO, &task, e, TW_ARRAY_LEN(e), true);
}

/* Programs in MultiPL-E's form. */
TEST(multipl_e_programs_of_java_and_go)
{
    struct tw_task java = task_of(
        "import java.util.*;\nclass Problem {\n"
        "    public static long twice(long x) {\n",
        "    }\n    public static void main(String[] args) {\n"
        "    assert(twice((2l)) == (4l));\n    assert(twice((3l)) == (6l));\n"
        "    }\n\n}\n",
        "twice");
    struct tw_task go = task_of(
        "package twice_test\n\nimport (\n    \"testing\"\n    \"fmt\"\n)"
        "\n\nfunc twice(x int) int {\n",
        "func TestTwice(t *testing.T) {\n  candidate := twice\n"
        "  type test struct { actual, expected interface{} }\n"
        "  tests := []test{ {candidate(2), 4}, {candidate(3), 6} }\n"
        "  for i, tc := range tests {\n"
        "    t.Run(fmt.Sprintf(\"test num % d\", i), func(t *testing.T) {\n"
        "      if fmt.Sprintf(\"%v\", tc.actual) != "
        "fmt.Sprintf(\"%v\", tc.expected) {\n"
        "        t.Errorf(\"no\")\n      }\n    })\n  }\n}\n",
        "twice");
    static const struct expected in_java[] = {
        { "        return 2 * x;\n", true, TW_CAUSE_NONE, 1, 1 },
        { "        return x + 2;\n", false, TW_CAUSE_ASSERTION, 0, 1 },
    };
    static const struct expected in_go[] = {
        { "    return 2 * x\n}\n", true, TW_CAUSE_NONE, 1, 1 },
        { "    return x + 2\n}\n", false, TW_CAUSE_ASSERTION, 0, 1 },
    };

    check_all(TW_LANG_JAVA, &java, in_java, TW_ARRAY_LEN(in_java), false);
    check_all(TW_LANG_GO, &go, in_go, TW_ARRAY_LEN(in_go), false);
}

/* The second task of each published set, where they are. */
TEST(reference_solutions_pass)
{
    static const char *const names[] = { "cpp", "java", "js", "go" };
    const char *shared = getenv("TW_SHARED");
    char path[400];

    for (size_t i = 0; shared && i < TW_ARRAY_LEN(names); i++) {
        struct tw_taskset set;
        snprintf(path, sizeof(path), "%s/bench/humaneval-x_%s.jsonl", shared,
                 names[i]);
        if (access(path, R_OK))
            snprintf(path, sizeof(path), "%s/data/bench/humaneval-x_%s.jsonl",
                     shared, names[i]);
        if (access(path, R_OK)) {
            test_skip("shared data absent");
            return;
        }
        CHECK(tw_taskset_load(&set, path, NULL, NULL) == TW_OK);
        struct tw_grader g = { .jail = jail,
                               .langs = langs,
                               .set = &set,
                               .options = { .go_on = true } };
        for (size_t k = 1; k < 2 && tw_langs_tool(langs, set.lang); k++) {
            const struct tw_task *task = &set.tasks[k];
            struct tw_grade_answer answer = { task, task->canonical,
                                              strlen(task->canonical), false };
            struct tw_grade out;
            struct tw_arena a;
            tw_arena_init(&a, (size_t)4 << 20);
            CHECK(tw_grade_lang(&out, &a, &g, &answer, NULL) == TW_OK);
            CHECK(out.finding.end == TW_END_PASS);
            CHECK(out.n_asserts == out.n_passed && out.n_asserts >= 4);
            tw_arena_release(&a);
        }
        tw_taskset_release(&set);
    }
}

/* clang-format off */
TEST_MAIN(
    if (!grade_lang_open()) {
        printf("1..0 # SKIP no jail\n");
        return 0;
    }
    RUN(java_answers_pass_only_when_their_tests_do);
    RUN(go_answers_pass_only_when_their_tests_do);
    RUN(go_imports_are_merged);
    RUN(multipl_e_programs_of_java_and_go);
    RUN(reference_solutions_pass);
    grade_lang_close();
)
