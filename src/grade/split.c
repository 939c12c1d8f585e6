/*
 * split.c - calls in the jail, comparison here.
 */
#include "grade/split.h"

#include "grade/program.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SPLITS_BYTES_MAX ((size_t)1 << 30)

/* claims.py, made into an array at build time. */
extern const char tw_claims_py[];

enum { BATCH = 256, CLAIMS_MAX = 10000 };

/* ---- the tests of a set ---- */

static enum tw_claim claim_find(const char *name)
{
    static const char *const names[] = { "equal", "is", "true", "false",
                                         "near" };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum tw_claim)i;
    return TW_CLAIM_NONE;
}

static enum tw_status no_memory(struct tw_err *err)
{
    return tw_fail(err, TW_ENOMEM, 0, "cannot allocate the tests of a set");
}

/* found: [function, [[kind, args, want], ...]] */
static enum tw_status split_fill(struct tw_split *s, struct tw_arena *a,
                                 const struct tw_pyval *found,
                                 struct tw_err *err)
{
    const struct tw_pyval *rows = tw_helper_item(found, 1);
    size_t n = rows && rows->n_items <= CLAIMS_MAX ? rows->n_items : 0;
    const char *function = tw_helper_text(tw_helper_item(found, 0), a);

    s->claims = tw_arena_alloc(a, n + 1, sizeof(*s->claims));
    s->calls = tw_arena_alloc(a, n + 1, sizeof(*s->calls));
    s->wants = tw_arena_alloc(a, n + 1, sizeof(*s->wants));
    if (!function || !s->claims || !s->calls || !s->wants)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        const struct tw_pyval *args = tw_helper_item(row, 1);
        const char *kind = tw_helper_text(tw_helper_item(row, 0), a);
        if (!kind)
            return no_memory(err);
        s->claims[i] = claim_find(kind);
        s->wants[i] = tw_helper_item(row, 2);
        if (s->claims[i] == TW_CLAIM_NONE)
            continue;
        s->calls[s->n_calls++] = (struct tw_py_call){
            .function = function,
            .args = args ? args->items : NULL,
            .n_args = args ? args->n_items : 0,
        };
    }
    s->n = s->n_calls > 0 ? n : 0;
    return TW_OK;
}

static enum tw_status batch_split(struct tw_splits *s, struct tw_jail *jail,
                                  const struct tw_taskset *set, size_t first,
                                  size_t n, struct tw_err *err)
{
    struct tw_arena *a = &s->arena;
    struct tw_py_call calls[BATCH];
    struct tw_pyval *args[BATCH][2];
    struct tw_py_result *res;

    for (size_t i = 0; i < n; i++) {
        const struct tw_task *task = &set->tasks[first + i];
        args[i][0] = tw_helper_str(a, task->tests);
        args[i][1] = tw_helper_str(a, task->entry);
        if (!args[i][0] || !args[i][1])
            return no_memory(err);
        calls[i] = (struct tw_py_call){ .function = "tw_split_tests",
                                        .args = args[i],
                                        .n_args = 2 };
    }
    TW_TRY(tw_helper_run(jail, a, tw_claims_py, calls, n, &res, err));
    for (size_t i = 0; i < n; i++) {
        struct tw_split *split = &s->items[first + i];
        /* Anything else: a text that cannot be split, or our helper could not
         * take it. */
        if (res[i].outcome == TW_PY_VALUE &&
            res[i].value->kind == TW_PYVAL_LIST)
            TW_TRY(split_fill(split, a, res[i].value, err));
        s->n_split += split->n > 0;
    }
    return TW_OK;
}

enum tw_status tw_splits_make(struct tw_splits *s, struct tw_jail *jail,
                              const struct tw_taskset *set, struct tw_err *err)
{
    *s = (struct tw_splits){ 0 };
    tw_arena_init(&s->arena, SPLITS_BYTES_MAX);
    s->items = tw_arena_alloc(&s->arena, set->n + 1, sizeof(*s->items));
    if (!s->items)
        return no_memory(err);
    for (size_t i = 0; i < set->n && set->lang == TW_LANG_PYTHON; i += BATCH) {
        size_t n = set->n - i < BATCH ? set->n - i : BATCH;
        TW_TRY(batch_split(s, jail, set, i, n, err));
    }
    return TW_OK;
}

void tw_splits_release(struct tw_splits *s)
{
    tw_arena_release(&s->arena);
    *s = (struct tw_splits){ 0 };
}

/* ---- one answer ---- */

/* Python's abs(got - number) < distance, for int and float alike. */
static bool is_near(const struct tw_pyval *got, const struct tw_pyval *want)
{
    double number = tw_helper_number(tw_helper_item(want, 0), NAN);
    double distance = tw_helper_number(tw_helper_item(want, 1), NAN);

    return fabs(tw_helper_number(got, NAN) - number) < distance;
}

static bool holds(enum tw_claim claim, const struct tw_pyval *want,
                  const struct tw_pyval *got)
{
    const struct tw_pyval_tol exact = { 0, 0, false };

    switch (claim) {
    case TW_CLAIM_EQUAL:
        return tw_pyval_equal(got, want, exact);
    case TW_CLAIM_IS:
        return got->kind == want->kind && tw_pyval_equal(got, want, exact);
    case TW_CLAIM_TRUE:
        return got->b;
    case TW_CLAIM_FALSE:
        return !got->b;
    case TW_CLAIM_NEAR:
        return is_near(got, want);
    case TW_CLAIM_NONE:
        break;
    }
    return true;
}

static enum tw_assert_outcome compare(enum tw_claim claim,
                                      const struct tw_pyval *want,
                                      const struct tw_py_result *r)
{
    if (r->outcome == TW_PY_EXCEPTION)
        return TW_ASSERT_RAISED;
    return holds(claim, want, r->value) ? TW_ASSERT_PASSED : TW_ASSERT_FAILED;
}

/* Is it sure what Python would say of this value? */
static bool is_sure(enum tw_claim claim, const struct tw_pyval *v)
{
    if (claim == TW_CLAIM_TRUE || claim == TW_CLAIM_FALSE)
        return v->kind == TW_PYVAL_BOOL;
    if (claim == TW_CLAIM_NEAR)
        return v->kind == TW_PYVAL_FLOAT ||
               (v->kind == TW_PYVAL_INT && v->len < 16);
    return true;
}

/* An exception that the candidate may have for itself: no end, no name that it
 * lacks and the tests might have. */
static bool is_plain(enum tw_claim claim, const struct tw_py_result *r)
{
    if (r->outcome == TW_PY_EXCEPTION)
        return tw_cause_of_exception(r->type) == TW_CAUSE_RUNTIME &&
               strcmp(r->type, "NameError") != 0 &&
               strstr(r->type, "Error") != NULL;
    return r->outcome == TW_PY_VALUE && is_sure(claim, r->value);
}

static void show(char to[160], const struct tw_pyval *v, struct tw_arena *a)
{
    const char *text = v ? tw_helper_show(v, 150, a) : NULL;

    tw_verdict_clean(to, 160, text ? text : "", text ? strlen(text) : 0);
}

/* The first assertion that did not pass is what is told. */
static void tell(struct tw_finding *f, enum tw_claim claim,
                 const struct tw_pyval *want, const struct tw_py_result *r,
                 struct tw_arena *a)
{
    f->verdict = TW_VERDICT_FAIL;
    f->cause = TW_CAUSE_ASSERTION;
    if (r->outcome == TW_PY_EXCEPTION) {
        f->verdict = TW_VERDICT_ERROR;
        f->cause = TW_CAUSE_RUNTIME;
        tw_verdict_clean(f->type, sizeof(f->type), r->type, strlen(r->type));
        tw_verdict_clean(f->text, sizeof(f->text), r->text, strlen(r->text));
        f->line = r->line;
        return;
    }
    snprintf(f->type, sizeof(f->type), "AssertionError");
    show(f->got, r->value, a);
    if (claim == TW_CLAIM_TRUE || claim == TW_CLAIM_FALSE)
        snprintf(f->expected, sizeof(f->expected), "%s",
                 claim == TW_CLAIM_TRUE ? "True" : "False");
    else
        show(f->expected,
             claim == TW_CLAIM_NEAR ? tw_helper_item(want, 0) : want, a);
}

static bool all_plain(const struct tw_split *s, const struct tw_py_report *rep)
{
    size_t call = 0;

    if (rep->jail.verdict != TW_VERDICT_PASS ||
        rep->load.outcome != TW_PY_VALUE)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (s->claims[i] != TW_CLAIM_NONE &&
            !is_plain(s->claims[i], &rep->calls[call++]))
            return false;
    return true;
}

static enum tw_status judge(struct tw_outcome *out, struct tw_arena *a,
                            const struct tw_split *s,
                            const struct tw_py_report *rep, bool go_on,
                            struct tw_err *err)
{
    size_t call = 0;

    out->loaded = true;
    out->outcomes = tw_arena_alloc(a, s->n, 1);
    if (!out->outcomes)
        return no_memory(err);
    for (size_t i = 0; i < s->n; i++) {
        enum tw_assert_outcome o = TW_ASSERT_PASSED;
        if (s->claims[i] != TW_CLAIM_NONE) {
            const struct tw_py_result *r = &rep->calls[call++];
            o = compare(s->claims[i], s->wants[i], r);
            if (o != TW_ASSERT_PASSED && out->n_passed == out->n_asserts)
                tell(&out->finding, s->claims[i], s->wants[i], r, a);
        }
        out->outcomes[out->n_asserts++] = (unsigned char)o;
        out->n_passed += o == TW_ASSERT_PASSED;
        if (o != TW_ASSERT_PASSED && !go_on)
            break;
    }
    out->finished = go_on || out->n_passed == s->n;
    return TW_OK;
}

enum tw_status tw_split_grade(struct tw_outcome *out, bool *clear,
                              struct tw_arena *a, const struct tw_split *split,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              struct tw_err *err)
{
    const struct tw_grade_options *o = &g->options;
    struct tw_grade_source source;
    struct tw_py_report rep;
    struct tw_py_job job = { .calls = split->calls,
                             .n_calls = split->n_calls,
                             .limits = tw_grade_limits(TW_LANG_PYTHON, o),
                             .cold = o->cold };

    *clear = false;
    *out = (struct tw_outcome){ 0 };
    TW_TRY(tw_grade_source(&source, a, o, answer, err));
    if (source.len == strspn(source.text, " \t\r\n\f"))
        return TW_OK; /* no code: that has a cause of its own */
    job.source = source.text;
    job.source_len = source.len;
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    enum tw_status st = tw_py_run(g->jail, &job, a, &rep, err);
    if (st == TW_OK && all_plain(split, &rep)) {
        st = judge(out, a, split, &rep, o->go_on, err);
        *clear = st == TW_OK;
    }
    out->finding.cpu_ms = rep.jail.cpu_ms;
    out->finding.wall_ms = rep.jail.wall_ms;
    out->finding.peak_mib = rep.jail.peak_mib;
    out->finding.weak = tw_jail_tier(g->jail) == TW_JAIL_TIER_B;
    tw_jail_result_release(&rep.jail);
    return st;
}
