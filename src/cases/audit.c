/*
 * audit.c - one test without an answer: is there an input on which its oracle
 * fails, and can it tell a right answer from a wrong one at all?
 *
 * What makes cases for a run makes them here, so that a mistake which would end
 * the test there is found.  The search then looks at the oracle alone: an
 * outcome that none of some thousand inputs reaches is one that no case can
 * hold, and an oracle with one value accepts every answer that returns it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cases/audit.h"
#include "cases/search.h"
#include "python/helper.h"

#include "base/banned.h"

/* One chunk of the search: what a job of the jail does in about a second. */
enum { INPUTS = TW_SEARCH_CHUNK, SHOWN = 80 };

struct audit {
    const struct tw_spec_test *test;
    struct tw_case_work *work;
    struct tw_arena *a;
    struct tw_spec_findings *found;
};

/* Where the exact oracle of the test stands. */
static struct tw_spec_pos oracle_pos(const struct tw_spec_test *t)
{
    for (size_t i = 0; i < t->n_oracles; i++)
        if (tw_spec_oracle_exact(&t->oracles[i]))
            return t->oracles[i].text_pos;
    return t->pos;
}

/* "FILE:LINE:COLUMN: reason" or "FILE:LINE: reason" of a message about this
 * file; any other is about the test as a whole. */
static struct tw_spec_pos split_place(const struct tw_spec_test *t,
                                      const char **msg)
{
    struct tw_spec_pos pos = t->pos;
    size_t n = strlen(pos.file);
    char *end;

    if (!n || strncmp(*msg, pos.file, n) != 0 || (*msg)[n] != ':' ||
        !isdigit((unsigned char)(*msg)[n + 1]))
        return pos;
    pos.line = (unsigned)strtoul(*msg + n + 1, &end, 10);
    pos.column = 1;
    if (*end == ':' && isdigit((unsigned char)end[1]))
        pos.column = (unsigned)strtoul(end + 1, &end, 10);
    *msg = end + strspn(end, ": ");
    return pos;
}

static enum tw_status told(const struct audit *u, const char *msg)
{
    struct tw_spec_pos pos = split_place(u->test, &msg);
    return tw_spec_found(u->found, TW_SPEC_ERROR, pos, "%s", msg);
}

/* Does the description speak of a list with few values?  Then what is due for
 * one is part of what was specified, and no question. */
static bool names_few(const char *description)
{
    static const char *const words[] = { "empty",    "no ",      "without",
                                         "single",   "at least", "fewer",
                                         "less than" };
    char text[512];
    size_t n = 0;

    for (const char *c = description; *c && n + 1 < sizeof(text); c++)
        text[n++] = (char)tolower((unsigned char)*c);
    text[n] = '\0';
    for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* [arguments, exception, for lack of values only?] */
static enum tw_status tell_failure(const struct audit *u,
                                   const struct tw_pyval *row)
{
    const struct tw_pyval *args = tw_helper_item(row, 0);
    const struct tw_pyval *few = tw_helper_item(row, 2);
    const char *why = tw_helper_text(tw_helper_item(row, 1), u->a);
    struct tw_spec_pos pos = oracle_pos(u->test);

    if (!args || args->n_items != u->work->call->n_params)
        return TW_OK;
    const char *call = tw_case_call(u->work, args->items, args->n_items);
    if (!call)
        return tw_arena_check(u->a, "the check", u->work->err);
    if (!few || !few->b)
        return tw_spec_found(u->found, TW_SPEC_ERROR, pos,
                             "your expression fails for %.120s: %.100s", call,
                             why);
    if (names_few(u->test->description))
        return tw_spec_found(u->found, TW_SPEC_ERROR, pos,
                             "your expression fails for %.120s, which the "
                             "description names: %.100s",
                             call, why);
    return tw_spec_found(u->found, TW_SPEC_WARNING, pos,
                         "your expression fails for %.120s (%.100s): say what "
                         "is due there, or that it cannot be ('require')",
                         call, why);
}

/* [arguments, exception]: such an input is left out, as if it were refused. */
static enum tw_status tell_refusal(const struct audit *u,
                                   const struct tw_pyval *row)
{
    const struct tw_pyval *args = tw_helper_item(row, 0);

    if (!args || args->n_items != u->work->call->n_params)
        return TW_OK;
    const char *call = tw_case_call(u->work, args->items, args->n_items);
    if (!call)
        return tw_arena_check(u->a, "the check", u->work->err);
    return tw_spec_found(u->found, TW_SPEC_ERROR, u->test->require_pos,
                         "'require' fails for %.120s: %.100s", call,
                         tw_helper_text(tw_helper_item(row, 1), u->a));
}

/* [text, its only outcome] */
static enum tw_status tell_side(const struct audit *u,
                                const struct tw_pyval *row, size_t n)
{
    const struct tw_pyval *value = tw_helper_item(row, 1);
    const char *outcome = "False";

    if (value && value->b)
        outcome = "True";
    return tw_spec_found(u->found, TW_SPEC_WARNING, oracle_pos(u->test),
                         "'%.100s' is %s for all %zu inputs that were tried: "
                         "no case can show the other outcome",
                         tw_helper_text(tw_helper_item(row, 0), u->a), outcome,
                         n);
}

/* [name, value] of a parameter that has one value in all calls. */
static enum tw_status tell_fixed(const struct audit *u,
                                 const struct tw_pyval *row)
{
    return tw_spec_found(
        u->found, TW_SPEC_WARNING, u->test->call_pos,
        "parameter '%.64s' is %.60s in every case: an answer that does not "
        "look at it passes; give it several 'values'",
        tw_helper_text(tw_helper_item(row, 0), u->a),
        tw_helper_show(tw_helper_item(row, 1), SHOWN, u->a));
}

static enum tw_status tell_value(const struct audit *u,
                                 const struct tw_pyval *seen, size_t n)
{
    const char *value =
        tw_helper_show(tw_search_member(seen, "value"), SHOWN, u->a);

    if (n == 1)
        return tw_spec_found(u->found, TW_SPEC_WARNING, oracle_pos(u->test),
                             "there is one input only: an answer that returns "
                             "%.90s passes",
                             value);
    return tw_spec_found(u->found, TW_SPEC_WARNING, oracle_pos(u->test),
                         "the expected value is %.90s for all %zu inputs that "
                         "were tried: an answer that returns it passes",
                         value, n);
}

static size_t count_of(const struct tw_pyval *seen, const char *key)
{
    return (size_t)tw_helper_number(tw_search_member(seen, key), 0.0);
}

/* What is the same in all cases hides what is wrong in an answer: one value
 * first, for then the rest follows from it. */
static enum tw_status tell_blind(const struct audit *u,
                                 const struct tw_pyval *seen)
{
    const struct tw_pyval *sides = tw_search_member(seen, "sides");
    const struct tw_pyval *fixed = tw_search_member(seen, "fixed");
    size_t n = count_of(seen, "inputs");

    if (n && count_of(seen, "values") == 1)
        TW_TRY(tell_value(u, seen, n));
    for (size_t i = 0; n > 1 && sides && i < sides->n_items; i++)
        TW_TRY(tell_side(u, sides->items[i], n));
    for (size_t i = 0; n > 1 && fixed && i < fixed->n_items; i++)
        TW_TRY(tell_fixed(u, fixed->items[i]));
    return TW_OK;
}

static enum tw_status tell_nothing(const struct audit *u)
{
    const char *why = "";

    if (u->test->require)
        why = ": 'require' refuses all";
    return tw_spec_found(u->found, TW_SPEC_ERROR, u->test->pos,
                         "no input of test '%s' has an expected value%s",
                         u->test->id, why);
}

/* Failures first: while an oracle fails, what it never says is no wonder. */
static enum tw_status tell_seen(const struct audit *u,
                                const struct tw_pyval *seen)
{
    const struct tw_pyval *raises = tw_search_member(seen, "raises");
    const struct tw_pyval *refuses = tw_search_member(seen, "refuses");
    size_t n = 0;

    if (raises)
        n = raises->n_items;
    for (size_t i = 0; i < n; i++)
        TW_TRY(tell_failure(u, raises->items[i]));
    if (refuses && refuses->n_items)
        return tell_refusal(u, refuses);
    if (n || count_of(seen, "inputs"))
        return tell_blind(u, seen);
    return tell_nothing(u);
}

static enum tw_status audit_oracle(const struct audit *u)
{
    const struct tw_pyval *seen;
    struct tw_err why = { 0 };

    enum tw_status st = tw_search_audit(u->work, INPUTS, u->a, &seen, &why);
    if (st == TW_OK)
        return tell_seen(u, seen);
    if (st == TW_ENOMEM || st == TW_ECANCELED)
        return tw_fail(u->work->err, st, 0, "%s", why.msg);
    /* It took the whole job along, and would do so in a run. */
    return tw_spec_found(u->found, TW_SPEC_ERROR, oracle_pos(u->test),
                         "the oracle of test '%s' cannot be asked about many "
                         "inputs: %.120s",
                         u->test->id, why.msg);
}

static bool has_inputs(const struct tw_cases *c)
{
    for (size_t i = 0; i < c->work->n_inputs; i++)
        if (!c->work->inputs[i].gone)
            return true;
    return false;
}

enum tw_status tw_audit_test(const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a, struct tw_spec_findings *found,
                             struct tw_err *err)
{
    struct audit u = { .test = source->test, .a = a, .found = found };
    struct tw_cases cases;
    struct tw_err why = { 0 };

    enum tw_status st = tw_cases_pool(&cases, env, source, a, &why);
    if (st == TW_ENOMEM || st == TW_ECANCELED)
        return tw_fail(err, st, 0, "%s", why.msg);
    if (st != TW_OK)
        return told(&u, why.msg);
    u.work = cases.work;
    u.work->err = err;
    if (cases.contradiction)
        TW_TRY(told(&u, cases.contradiction));
    if (tw_search_possible(u.work))
        return audit_oracle(&u);
    if (!has_inputs(&cases))
        return tw_spec_found(found, TW_SPEC_ERROR, u.test->pos,
                             "no case can be made for test '%s'", u.test->id);
    return TW_OK;
}
