/*
 * test_cases.c - Stage II alone: what cases are made of, what is refused.
 */
#include "cases_kit.h"

#include "cases/oracle.h"
#include "cases/search.h"
#include "python/helper.h"

#include <math.h>

static enum tw_status make(struct kit *k, const char *spec)
{
    if (!kit_start(k, spec))
        return TW_EIO;
    struct tw_case_env env = { .jail = k->jail, .rng = tw_rng_seeded(1) };
    return tw_cases_make(&k->cases, &env, &k->source, &k->a, &k->err);
}

TEST(cases_cover_outcomes_boundary_and_origins)
{
    struct kit k;
    if (make(&k, IS_LOW EXPR) != TW_OK)
        return;
    size_t origin[TW_CASE_SEARCHED + 1] = { 0 };
    size_t n_true = 0, n_false = 0, n_prompt = 0;
    bool just_below = false, at = false;
    for (size_t i = 0; i < k.cases.n; i++) {
        const struct tw_case *c = &k.cases.list[i];
        origin[c->origin]++;
        n_true += strcmp(c->want_text, "True") == 0;
        n_false += strcmp(c->want_text, "False") == 0;
        n_prompt += c->in_prompt;
        just_below = just_below || strcmp(c->call, "is_low(9.9)") == 0;
        at = at || strcmp(c->call, "is_low(10.0)") == 0;
        CHECK(c->reason[0] != '\0');
    }
    CHECK(n_true > 1 && n_false > 1);
    CHECK(origin[TW_CASE_RECORDED] > 0 && origin[TW_CASE_SYNTHETIC] > 0);
    CHECK(just_below && at);
    CHECK(n_prompt >= 2 && n_prompt <= 6);
    CHECK(strstr(k.cases.prompt, "Function: is_low(v: float) -> bool") != NULL);
    CHECK(strstr(k.cases.prompt, "assert is_low(") != NULL);
    CHECK(strlen(k.cases.sha256) == 64);
    kit_stop(&k);
}

/* The message of a specification that has to be refused; "" without a jail, and
 * the test is skipped. */
static const char *refusal(struct kit *k, const char *spec)
{
    enum tw_status st = make(k, spec);

    if (!k->jail)
        return "";
    CHECK(st == TW_EFORMAT);
    return k->err.msg;
}

TEST(assert_that_cannot_be_split_is_refused_with_its_place)
{
    struct kit k;
    const char *msg =
        refusal(&k, HEAD "call = \"is_low(v: float) -> bool\"\n"
                         "[[test.oracle]]\nkind = \"assert\"\n"
                         "cases = [\"assert is_low(open('x')) == 1\"]\n");
    CHECK(!k.jail || strstr(msg, "s.toml:9:") != NULL);
    kit_stop(&k);
}

TEST(expression_with_an_unknown_name_is_refused)
{
    struct kit k;
    const char *msg = refusal(&k, IS_LOW "[[test.oracle]]\nkind = \"expr\"\n"
                                         "expect = \"vv < 10\"\n");
    CHECK(!k.jail || strstr(msg, "vv") != NULL);
    kit_stop(&k);
}

TEST(lists_of_one_test_come_from_the_same_rows)
{
    struct kit k;
    if (make(&k,
             HEAD "call = \"f(a: list[float], b: list[float]) -> int\"\n"
                  "inputs.a = { data = \"t\", counter = \"thp\" }\n"
                  "inputs.b = { data = \"t\", counter = \"load\" }\n"
                  "[[test.oracle]]\nkind = \"expr\"\nexpect = \"len(a)\"\n") !=
        TW_OK)
        return;
    size_t n = 0;
    for (size_t i = 0; i < k.cases.n; i++) {
        const struct tw_case *c = &k.cases.list[i];
        if (c->origin != TW_CASE_RECORDED)
            continue;
        n++;
        CHECK(c->args[0]->n_items == c->args[1]->n_items);
        double x = c->args[0]->items[0]->f, y = c->args[1]->items[0]->f;
        bool found = false;
        for (size_t j = 0; j < ROWS; j++)
            found = found || (fabs(k.values[2 * j] - x) < 1e-9 &&
                              fabs(k.values[2 * j + 1] - y) < 1e-9);
        CHECK(found);
    }
    CHECK(n > 2);
    kit_stop(&k);
}

/* What the trial holds that people would round: many digits, and gaps. */
static bool start_precise(struct kit *k, const char *spec)
{
    if (!kit_start(k, spec))
        return false;
    for (size_t i = 0; i < ROWS; i++) {
        k->values[2 * i] = 3619.1 + (double)((i * 37) % 100) / 499;
        k->values[2 * i + 1] = 12345678900.0 + (double)((i * 11) % 60);
        if (i % 3 == 1)
            k->values[2 * i] = (double)NAN;
    }
    return true;
}

static enum tw_status try_precise(struct kit *k, const char *spec,
                                  enum tw_spec_missing missing)
{
    if (!start_precise(k, spec))
        return TW_EIO;
    k->spec.data[0]->missing = missing;
    struct tw_case_env env = { .jail = k->jail, .rng = tw_rng_seeded(1) };
    return tw_cases_make(&k->cases, &env, &k->source, &k->a, &k->err);
}

static enum tw_status make_precise(struct kit *k, const char *spec,
                                   enum tw_spec_missing missing)
{
    enum tw_status st = try_precise(k, spec, missing);

    if (st != TW_OK)
        printf("# %s\n", k->err.msg);
    CHECK(st == TW_OK);
    return st;
}

/* The rows that a source names, in their order; how many. */
static size_t rows_of(const char *source, size_t *rows, size_t max)
{
    size_t n = 0;
    const char *at = strstr(source, "row");
    if (!at)
        return 0;
    at += strcspn(at, " ");
    while (*at == ' ' && n < max) {
        char *end;
        size_t first = strtoul(at, &end, 10), last = first;
        if (strncmp(end, " to ", 4) == 0)
            last = strtoul(end + 4, &end, 10);
        for (; first <= last && n < max; first++)
            rows[n++] = first;
        at = end + (*end == ',');
    }
    return n;
}

/* Is v the bits of x, or the gap that x is? */
static bool is_value(const struct tw_pyval *v, double x, bool as_nan)
{
    if (!isnan(x))
        return v->kind == TW_PYVAL_FLOAT && v->f == x;
    if (as_nan)
        return v->kind == TW_PYVAL_FLOAT && isnan(v->f);
    return v->kind == TW_PYVAL_NONE;
}

/* Recorded cases hold what stands in the rows that they name, and nothing
 * else; how many of them have a gap. */
static size_t check_recorded(const struct kit *k, bool as_nan)
{
    size_t n = 0, n_gaps = 0;
    for (size_t i = 0; i < k->cases.n; i++) {
        const struct tw_case *c = &k->cases.list[i];
        size_t rows[ROWS];
        if (c->origin != TW_CASE_RECORDED)
            continue;
        n++;
        size_t n_rows = rows_of(c->source, rows, ROWS);
        const struct tw_pyval *v = c->args[0];
        CHECK(n_rows == v->n_items);
        bool gap = false;
        for (size_t j = 0; j < n_rows && j < v->n_items; j++) {
            double x = k->values[2 * rows[j]];
            CHECK(is_value(v->items[j], x, as_nan));
            gap = gap || isnan(x);
        }
        n_gaps += gap;
    }
    CHECK(n > 2);
    return n_gaps;
}

#define PRECISE(type)                                       \
    HEAD "call = \"f(a: list[" type "]) -> int\"\n"         \
         "inputs.a = { data = \"t\", counter = \"thp\" }\n" \
         "[[test.oracle]]\nkind = \"expr\"\nexpect = \"len(a)\"\n"

TEST(recorded_inputs_are_what_the_named_rows_hold)
{
    struct kit k;
    if (make_precise(&k, PRECISE("float"), TW_SPEC_MISSING_NONE) == TW_OK)
        CHECK(check_recorded(&k, false) == 0); /* rows with gaps are skipped */
    kit_stop(&k);
}

TEST(missing_samples_reach_the_function_as_the_project_says)
{
    static const struct {
        const char *spec;
        enum tw_spec_missing missing;
        bool gaps;
    } cases[] = {
        { PRECISE("float | None"), TW_SPEC_MISSING_NONE, true },
        { PRECISE("float | None"), TW_SPEC_MISSING_SKIP, false },
        { PRECISE("float"), TW_SPEC_MISSING_NAN, true },
        { PRECISE("float | None"), TW_SPEC_MISSING_NAN, true },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct kit k;
        if (make_precise(&k, cases[i].spec, cases[i].missing) == TW_OK) {
            bool as_nan = cases[i].missing == TW_SPEC_MISSING_NAN;
            CHECK((check_recorded(&k, as_nan) > 0) == cases[i].gaps);
        }
        for (size_t j = 0; j < k.cases.n; j++)
            CHECK(!k.cases.list[j].in_prompt ||
                  !strstr(k.cases.list[j].text, "nan"));
        kit_stop(&k);
    }
}

TEST(an_integer_is_never_made_of_a_fraction)
{
    struct kit k;
    if (make_precise(&k,
                     HEAD "call = \"f(a: list[int], b: list[int]) -> int\"\n"
                          "inputs.a = { data = \"t\", counter = \"load\" }\n"
                          "inputs.b = { value = [1] }\n"
                          "[[test.oracle]]\nkind = \"expr\"\n"
                          "expect = \"len(a)\"\n",
                     TW_SPEC_MISSING_NONE) == TW_OK) {
        bool found = false;
        for (size_t i = 0; i < k.cases.n; i++)
            found = found || (k.cases.list[i].origin == TW_CASE_RECORDED &&
                              strstr(k.cases.list[i].call, "123456789"));
        CHECK(found);
    }
    kit_stop(&k);
    /* Not without a word, when nothing recorded is left. */
    CHECK(try_precise(&k, PRECISE("int"), TW_SPEC_MISSING_NONE) == TW_EFORMAT);
    CHECK(strstr(k.err.msg, "s.toml:") &&
          strstr(k.err.msg,
                 "values of counter 'thp' fit the type of 'a', 3619."));
    kit_stop(&k);
}

TEST(values_beside_a_limit_are_a_step_of_the_counters_grid_away)
{
    struct kit k;
    if (!kit_start(&k, HEAD "call = \"f(a: float, limit: float) -> bool\"\n"
                            "inputs.a = { data = \"t\", counter = \"thp\" }\n"
                            "inputs.limit = { value = 3619.2 }\n"
                            "[[test.oracle]]\nkind = \"expr\"\n"
                            "expect = \"a > limit\"\n"))
        return;
    for (size_t i = 0; i < ROWS; i++)
        k.values[2 * i] = 3619.1 + (double)(i % 40) / 100;
    k.counters[0].decimals = 3;
    k.counters[0].seen_min = 3619.1;
    k.counters[0].seen_max = 3619.49;
    struct tw_case_env env = { .jail = k.jail,
                               .rng = tw_rng_seeded(1),
                               .n_cases = TW_CASE_MAX };
    CHECK(tw_cases_make(&k.cases, &env, &k.source, &k.a, &k.err) == TW_OK);
    bool below = false, above = false, seen = false;
    for (size_t i = 0; i < k.cases.work->n_inputs; i++) {
        const char *call = k.cases.work->inputs[i].call;
        below = below || strcmp(call, "f(3619.199, 3619.2)") == 0;
        above = above || strcmp(call, "f(3619.201, 3619.2)") == 0;
        seen = seen || strcmp(call, "f(3619.49, 3619.2)") == 0;
        CHECK(!strstr(call, "3519"));
    }
    CHECK(below && above && seen);
    kit_stop(&k);
}

TEST(oracles_that_disagree_are_counted_with_their_place)
{
    struct kit k;
    if (make(&k, IS_LOW EXPR "[[test.oracle]]\nkind = \"example\"\n"
                             "args = { v = 20.0 }\nexpect = true\n") != TW_OK)
        return;
    CHECK(k.cases.counts.contradictions > 0);
    CHECK(k.cases.contradiction &&
          strstr(k.cases.contradiction, "s.toml:") != NULL);
    kit_stop(&k);
}

TEST(same_stream_gives_the_same_cases)
{
    struct kit k;
    char hash[65];
    if (make(&k, IS_LOW EXPR) != TW_OK)
        return;
    memcpy(hash, k.cases.sha256, sizeof(hash));
    struct tw_case_env env = { .jail = k.jail, .rng = tw_rng_seeded(1) };
    CHECK(tw_cases_make(&k.cases, &env, &k.source, &k.a, &k.err) == TW_OK);
    CHECK(strcmp(hash, k.cases.sha256) == 0);
    env.n_cases = 5;
    CHECK(tw_cases_make(&k.cases, &env, &k.source, &k.a, &k.err) == TW_OK);
    /* Five, and what tells faulty variants of the oracle apart. */
    CHECK(k.cases.n >= 5 && k.cases.n <= 7 &&
          strcmp(hash, k.cases.sha256) != 0);
    kit_stop(&k);
}

TEST(oracle_answers_for_inputs_outside_the_pool)
{
    struct kit k;
    if (make(&k, IS_LOW EXPR) != TW_OK)
        return;
    struct tw_pyval *low = tw_pyval_float(&k.a, 9.0);
    struct tw_pyval *text = tw_pyval_str(&k.a, "x", 1);
    struct tw_pyval **args[2] = { &low, &text };
    struct tw_pyval *values[2];
    size_t before = k.cases.work->n_inputs;
    CHECK(tw_oracle_probe(k.cases.work, args, 2, values) == TW_OK);
    CHECK(values[0] && values[0]->kind == TW_PYVAL_BOOL && values[0]->b);
    CHECK(!values[1]);
    CHECK(k.cases.work->n_inputs == before);
    kit_stop(&k);
}

/* A specification of one function, with a reference and written calls. */
#define REFERENCE(code)                                                    \
    "spec = 1\n[[test]]\nid = \"R\"\ndescription = \"the largest step\"\n" \
    "call = \"step(x: list[int]) -> int\"\n[[test.oracle]]\n"              \
    "kind = \"reference\"\n" code "[[test.oracle]]\nkind = \"assert\"\n"   \
    "cases = [\"assert step([1, 4, 5]) == 3\", \"assert step([2]) == 0\"]\n"

static const char step_file[] = REFERENCE("file = \"step.py\"\n");

struct seen {
    bool empty, negative;
};

/* The first inputs of a list, with the value that is given again. */
static struct seen look_at(struct kit *k, const struct tw_search_list *list,
                           bool inside)
{
    enum { SOME = 150 };
    const struct tw_search_input *some[SOME];
    struct tw_search_known known[SOME];
    struct seen s = { false, false };

    CHECK(list->n >= SOME);
    if (list->n < SOME)
        return s;
    for (size_t i = 0; i < SOME; i++)
        some[i] = &list->list[i];
    CHECK(tw_search_confirm(k->cases.work, some, SOME, &k->a, known, &k->err) ==
          TW_OK);
    for (size_t i = 0; i < SOME; i++) {
        const struct tw_pyval *x = known[i].args[0];
        CHECK(known[i].inside == inside && known[i].want &&
              tw_pyval_equal(known[i].want, list->list[i].want,
                             (struct tw_pyval_tol){ 0, 0, false }));
        CHECK(x->kind == TW_PYVAL_LIST);
        s.empty = s.empty || x->n_items == 0;
        for (size_t j = 0; j < x->n_items; j++)
            s.negative = s.negative || tw_helper_number(x->items[j], 0.0) < 0.0;
    }
    return s;
}

TEST(reference_gives_values_and_is_searched)
{
    struct kit k;
    if (!kit_start(&k, step_file))
        return;
    struct tw_case_env env = { .jail = k.jail, .rng = tw_rng_seeded(1) };
    CHECK(tw_cases_make(&k.cases, &env, &k.source, &k.a, &k.err) == TW_OK);
    const struct tw_strength *s = &k.cases.strength;
    CHECK(s->n_variants >= 15 && s->n_left <= 3);
    CHECK(s->n_branches > 0 && s->n_reached == s->n_branches);
    size_t n_searched = 0;
    for (size_t i = 0; i < k.cases.n; i++)
        n_searched += k.cases.list[i].origin == TW_CASE_SEARCHED;
    CHECK(n_searched > 0);
    struct tw_search_list list;
    CHECK(tw_search_chunk(k.cases.work, "", 1, &k.a, &list, &k.err) == TW_OK);
    CHECK(list.n > 2000);
    struct seen inside = look_at(&k, &list, true);
    CHECK(!inside.empty && !inside.negative);
    struct seen outside = look_at(&k, tw_search_outside(k.cases.work), false);
    CHECK(outside.empty && outside.negative);
    kit_stop(&k);
}

TEST(reference_that_does_not_load_is_refused_with_its_place)
{
    static const struct {
        const char *spec, *message;
    } cases[] = {
        { REFERENCE("code = \"def step(x:\"\n"), "SyntaxError" },
        { REFERENCE("code = \"def other(x): return 1\"\n"), "'step'" },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct kit k;
        const char *msg = refusal(&k, cases[i].spec);
        CHECK(!k.jail || strstr(msg, "s.toml:6:") != NULL);
        CHECK(!k.jail || strstr(msg, cases[i].message) != NULL);
        printf("# %s\n", msg);
        kit_stop(&k);
    }
}

TEST(full_arena_is_a_status_wherever_it_happens)
{
    struct kit k;
    enum tw_status st = TW_ENOMEM;
    if (!kit_start(&k, IS_LOW EXPR))
        return;
    struct tw_case_env env = { .jail = k.jail, .rng = tw_rng_seeded(1) };
    for (size_t limit = (size_t)1 << 14; st != TW_OK && limit >> 26 == 0;
         limit += limit / 8) {
        struct tw_arena a;
        tw_arena_init(&a, limit);
        st = tw_cases_make(&k.cases, &env, &k.source, &a, &k.err);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK);
    kit_stop(&k);
}

TEST_MAIN(RUN(reference_gives_values_and_is_searched);
          RUN(reference_that_does_not_load_is_refused_with_its_place);
          RUN(cases_cover_outcomes_boundary_and_origins);
          RUN(assert_that_cannot_be_split_is_refused_with_its_place);
          RUN(expression_with_an_unknown_name_is_refused);
          RUN(lists_of_one_test_come_from_the_same_rows);
          RUN(recorded_inputs_are_what_the_named_rows_hold);
          RUN(missing_samples_reach_the_function_as_the_project_says);
          RUN(an_integer_is_never_made_of_a_fraction);
          RUN(values_beside_a_limit_are_a_step_of_the_counters_grid_away);
          RUN(oracles_that_disagree_are_counted_with_their_place);
          RUN(same_stream_gives_the_same_cases);
          RUN(oracle_answers_for_inputs_outside_the_pool);
          RUN(full_arena_is_a_status_wherever_it_happens);)
