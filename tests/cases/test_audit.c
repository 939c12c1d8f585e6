/* test_audit.c - what check says of a test's texts and of its oracle. */
#include "cases/audit.h"
#include "cases_kit.h"

#include <stdio.h>

static struct tw_spec_findings found;

static bool audit_texts(struct kit *k, const char *spec)
{
    if (!kit_start(k, spec))
        return false;
    tw_spec_findings_init(&found, &k->a);
    CHECK(tw_audit_texts(k->jail, &k->spec, &k->a, &found, &k->err) == TW_OK);
    return true;
}

/* Each test of the file whose texts are right. */
static bool audit(struct kit *k, const char *spec)
{
    if (!audit_texts(k, spec))
        return false;
    for (size_t i = 0; i < k->spec.n_tests; i++) {
        struct tw_case_env env = { .jail = k->jail, .rng = tw_rng_seeded(1) };
        k->source.test = &k->spec.tests[i];
        if (!k->spec.tests[i].broken)
            CHECK(tw_audit_test(&env, &k->source, &k->a, &found, &k->err) ==
                  TW_OK);
    }
    return true;
}

static bool has(const char *line)
{
    char text[500];
    for (size_t i = 0; i < found.n; i++) {
        const struct tw_spec_finding *f = &found.list[i];
        snprintf(text, sizeof(text), "%u:%u: %s: %s", f->pos.line,
                 f->pos.column, tw_spec_grade_name(f->grade), f->reason);
        if (strstr(text, line))
            return true;
        printf("# %s\n", text);
    }
    printf("# lacks: %s\n", line);
    return false;
}

#define TRIAL "spec = 1\n[data.trial]\nfiles = \"trial.csv\"\n"
#define CASE_OF(id, text, call)                               \
    "[[test]]\nid = \"" id "\"\ndescription = \"" text "\"\n" \
    "call = \"" call "\"\n"
#define X "inputs.x = { data = \"trial\", counter = \"thp\" }\n"
#define EXPECT(text) \
    "[[test.oracle]]\nkind = \"expr\"\nexpect = '''" text "'''\n"

TEST(texts_are_checked_all_of_them_with_their_places)
{
    struct kit k;
    if (!audit_texts(
            &k,
            TRIAL CASE_OF("A", "d", "f(x: list[float], y: flot = foo) -> int") X
            "require = \"len(z) > 1\"\n" EXPECT("sum(x") EXPECT("sm(x)") EXPECT(
                "math.cel(x[0]) + statistics.mean(x)") "[[test.oracle]]\nkind "
                                                       "= \"property\"\n"
                                                       "that = \"result == "
                                                       "reslt\"\n"
                                                       "[[test.oracle]]\nkind "
                                                       "= \"metamorphic\"\n"
                                                       "change = { x = "
                                                       "\"x[::-1\" }\nthat = "
                                                       "\"result2 == result\"\n"
                                                       "[[test.oracle]]\nkind "
                                                       "= \"error\"\nargs = { "
                                                       "x = [] }\n"
                                                       "expect = "
                                                       "\"ValueErorr\"\n"
                                                       "[[test.oracle]]\nkind "
                                                       "= \"reference\"\n"
                                                       "code = \"def g(x): "
                                                       "return x\"\n"
                                                       "[[test.oracle]]\nkind "
                                                       "= \"assert\"\ncases = "
                                                       "[\n"
                                                       "\"assert f([1.0]) == "
                                                       "1\",\n\"asert f([1.0]) "
                                                       "== 1\",\n"
                                                       "\"assert g([1.0]) == "
                                                       "1\",\n\"x = 1\",\n"
                                                       "\"assert f(open('a')) "
                                                       "== 1\",\n]\n"))
        return;
    CHECK(has("7:8: error: unknown type 'flot' in 'call', did you mean "
              "'float'?"));
    CHECK(has("7:8: error: the default of 'y' is no literal"));
    CHECK(has("9:11: error: unknown name 'z' in expression 'len(z) > 1'"));
    CHECK(has("12:10: error: expression 'sum(x' does not compile: "));
    CHECK(has("15:10: error: unknown name 'sm' in expression 'sm(x)', did you "
              "mean 'sum'?"));
    CHECK(has("18:10: error: 'math' has no 'cel', did you mean 'ceil'?"));
    CHECK(has("21:8: error: unknown name 'reslt'"));
    CHECK(has("24:16: error: expression 'x[::-1' does not compile"));
    CHECK(has("29:10: error: unknown exception 'ValueErorr', did you mean "
              "'ValueError'?"));
    CHECK(has("32:8: error: the reference defines no 'f'"));
    CHECK(has("37:1: error: case 'asert f([1.0]) == 1' does not compile"));
    CHECK(has("38:1: error: 'assert g([1.0]) == 1' does not call 'f'"));
    CHECK(has("39:1: error: 'x = 1' is no assert statement"));
    CHECK(has("40:1: error: cannot split"));
    CHECK(found.n == 14 && k.spec.tests[0].broken);
    kit_stop(&k);
}

TEST(names_that_an_expression_makes_itself_are_known)
{
    struct kit k;
    if (!audit_texts(
            &k, TRIAL CASE_OF("A", "d",
                              "f(x: list[float]) -> Optional[dict[str, int]]")
                    X EXPECT("sum(a for a, b in zip(x, x[1:]) if b > a)")
                        EXPECT("(lambda v: [v + w for w in x])(x[0])")
                            EXPECT("(n := len(x)) and n * mean(x) + pi") EXPECT(
                                "{k: [j for j in range(k)] for k in (1, 2)}")))
        return;
    CHECK(found.n == 0 && !k.spec.tests[0].broken);
    for (size_t i = 0; i < found.n; i++)
        printf("# %s\n", found.list[i].reason);
    kit_stop(&k);
}

/* Deep, long, endless: each is a finding, and none takes the next along. */
TEST(texts_beyond_the_limits_hide_no_other)
{
    struct kit k;
    char spec[9000] = TRIAL CASE_OF("A", "d", "f(x: list[float]) -> int") X
        "[[test.oracle]]\nkind = \"expr\"\nexpect = \"";
    size_t n = strlen(spec);
    memset(spec + n, '(', 1500);
    memset(spec + n + 1500, '-', 1500);
    strcpy(spec + n + 3000, "1\"\n" EXPECT("sum(y)"));
    if (!audit_texts(&k, spec))
        return;
    CHECK(has("11:10: error: expression '((((((("));
    CHECK(has("14:10: error: unknown name 'y'"));
    CHECK(found.n == 2);
    kit_stop(&k);
}

TEST(an_oracle_that_fails_is_told_with_the_input)
{
    struct kit k;
    if (!audit(&k,
               TRIAL CASE_OF("A", "Mean, 0 for an empty list.",
                             "f(x: list[float]) -> float") X EXPECT("mean(x)")
                   CASE_OF("B", "The mean.", "g(x: list[float]) -> float")
                       X EXPECT("mean(x)") CASE_OF("C", "The share.",
                                                   "h(x: float) -> float")
                           X EXPECT("100 / x") CASE_OF(
                               "D", "The sum.", "i(x: list[float]) -> float") X
               "require = \"x[0] > 1\"\n" EXPECT("sum(x)")
                   CASE_OF("E", "d", "j(x: list[float]) -> float") X
               "require = \"len(x) > 9999\"\n" EXPECT("sum(x)")))
        return;
    CHECK(has("11:10: error: your expression fails for f([]), which the "
              "description names: StatisticsError"));
    CHECK(has("19:10: warning: your expression fails for g([]) (Statistics"));
    CHECK(has("27:10: error: your expression fails for h(0"));
    CHECK(has("33:11: error: 'require' fails for i([]): IndexError"));
    CHECK(has("37:1: error: no input of test 'E' has an expected value: "
              "'require' refuses all"));
    CHECK(found.n == 5);
    kit_stop(&k);
}

TEST(what_no_case_can_show_is_told)
{
    struct kit k;
    if (!audit(&k, TRIAL CASE_OF("A", "Whether one is below zero.",
                                 "f(x: list[float]) -> bool")
                       X EXPECT("any(v < 0 for v in x)")
                           CASE_OF("B", "d", "g(x: float) -> str")
                               X EXPECT("\"low\" if x > -1 else \"high\"")
                                   CASE_OF("C", "d",
                                           "h(x: list[float], u: str) -> int") X
               "inputs.u = { value = \"pct\" }\n" EXPECT(
                   "len(x) if x else len(u)")))
        return;
    CHECK(has("11:10: warning: the expected value is False for all"));
    CHECK(has("11:10: warning: 'v < 0' is False for all"));
    CHECK(has("19:10: warning: the expected value is 'low' for all"));
    CHECK(has("23:8: warning: parameter 'u' is 'pct' in every case"));
    CHECK(found.n_errors == 0);
    kit_stop(&k);
}

TEST(a_good_test_has_no_finding)
{
    struct kit k;
    if (!audit(&k, TRIAL CASE_OF("A", "How many lie above 10.",
                                 "f(x: list[float], limit: float = 10) -> int")
                       X EXPECT("sum(1 for v in x if v > limit)")))
        return;
    CHECK(found.n == 0);
    for (size_t i = 0; i < found.n; i++)
        printf("# %s\n", found.list[i].reason);
    kit_stop(&k);
}

TEST_MAIN(RUN(texts_are_checked_all_of_them_with_their_places);
          RUN(names_that_an_expression_makes_itself_are_known);
          RUN(texts_beyond_the_limits_hide_no_other);
          RUN(an_oracle_that_fails_is_told_with_the_input);
          RUN(what_no_case_can_show_is_told); RUN(a_good_test_has_no_finding);)
