/*
 * claims.c - calls in the jail, comparison here.
 *
 * Where this judge cannot be sure that Python would say the same, it says
 * nothing and the other one judges (grade.c); so it may only be too careful.
 * tests/grade/test_claims.c holds the two against each other.
 */
#include "grade/claims.h"

#include "grade/program.h"
#include "python/exception.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CLAIMS_BYTES_MAX ((size_t)1 << 30)

/* claims.py, made into an array at build time. */
extern const char tw_claims_py[];

enum { BATCH = 256, CLAIMS_MAX = 10000 };

/* ---- the tests of a set ---- */

/* The words of the helper for kinds of claims, in the order of the enum. */
static enum tw_claim_kind kind_find(const char *name)
{
    static const char *const names[] = { "equal", "is", "true", "false",
                                         "near" };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum tw_claim_kind)i;
    return TW_CLAIM_NONE;
}

#define TESTS "the tests of a set"

/* found: [function, [[kind, args, want], ...]].  A program of very many claims
 * is left to the other judge, as one call each would take long.  The values
 * stay in the arena, borrowed by calls and wants. */
static enum tw_status claims_fill(struct tw_claims *s, struct tw_arena *a,
                                  const struct tw_pyval *found,
                                  struct tw_err *err)
{
    const struct tw_pyval *rows = tw_helper_item(found, 1);
    const char *function = tw_helper_text(tw_helper_item(found, 0), a);
    size_t n = 0;

    if (rows && rows->n_items <= CLAIMS_MAX)
        n = rows->n_items;

    s->kinds = tw_arena_alloc(a, n + 1, sizeof(*s->kinds));
    s->calls = tw_arena_alloc(a, n + 1, sizeof(*s->calls));
    s->wants = tw_arena_alloc(a, n + 1, sizeof(*s->wants));
    TW_TRY(tw_arena_check(a, TESTS, err));
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        const struct tw_pyval *args = tw_helper_item(row, 1);
        const char *kind = tw_helper_text(tw_helper_item(row, 0), a);
        TW_TRY(tw_arena_check(a, TESTS, err));
        s->kinds[i] = kind_find(kind);
        s->wants[i] = tw_helper_item(row, 2);
        if (s->kinds[i] == TW_CLAIM_NONE)
            continue;
        struct tw_py_call *call = &s->calls[s->n_calls++];
        *call = (struct tw_py_call){ .function = function };
        if (args) {
            call->args = args->items;
            call->n_args = args->n_items;
        }
    }
    if (s->n_calls > 0)
        s->n = n;
    return TW_OK;
}

/* A batch of tasks in one run of the helper: starting an interpreter takes
 * longer than parsing the tests of a task. */
static enum tw_status batch_make(struct tw_claims_set *s, struct tw_jail *jail,
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
        calls[i] = (struct tw_py_call){ .function = "tw_split_tests",
                                        .args = args[i],
                                        .n_args = 2 };
    }
    TW_TRY(tw_arena_check(a, TESTS, err));
    TW_TRY(tw_helper_run(jail, a, tw_claims_py, calls, n, &res, err));
    for (size_t i = 0; i < n; i++) {
        struct tw_claims *claims = &s->items[first + i];
        /* Anything else: tests that are more than claims, or our helper could
         * not take it. */
        if (res[i].outcome == TW_PY_VALUE &&
            res[i].value->kind == TW_PYVAL_LIST)
            TW_TRY(claims_fill(claims, a, res[i].value, err));
        s->n_tasks += claims->n > 0;
    }
    return TW_OK;
}

enum tw_status tw_claims_make(struct tw_claims_set *s, struct tw_jail *jail,
                              const struct tw_taskset *set, struct tw_err *err)
{
    *s = (struct tw_claims_set){ 0 };
    tw_arena_init(&s->arena, CLAIMS_BYTES_MAX);
    s->items = tw_arena_alloc(&s->arena, set->n + 1, sizeof(*s->items));
    TW_TRY(tw_arena_check(&s->arena, TESTS, err));
    for (size_t i = 0; i < set->n && set->lang == TW_LANG_PYTHON; i += BATCH) {
        size_t n = BATCH;
        if (set->n - i < BATCH)
            n = set->n - i;
        TW_TRY(batch_make(s, jail, set, i, n, err));
    }
    return TW_OK;
}

void tw_claims_release(struct tw_claims_set *s)
{
    tw_arena_release(&s->arena);
    *s = (struct tw_claims_set){ 0 };
}

/* ---- one answer ---- */

/* Python's abs(got - number) < distance, for int and float alike. */
static bool is_near(const struct tw_pyval *got, const struct tw_pyval *want)
{
    double number = tw_helper_number(tw_helper_item(want, 0), NAN);
    double distance = tw_helper_number(tw_helper_item(want, 1), NAN);

    return fabs(tw_helper_number(got, NAN) - number) < distance;
}

/* What Python's assertion would be about the value; "is" is about True, False
 * and None only, of which there is one each. */
static bool holds(enum tw_claim_kind kind, const struct tw_pyval *want,
                  const struct tw_pyval *got)
{
    const struct tw_pyval_tol exact = { 0, 0, false };

    switch (kind) {
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

/* An exception is no value: the assertion was not reached. */
static enum tw_assert_outcome compare(enum tw_claim_kind kind,
                                      const struct tw_pyval *want,
                                      const struct tw_py_result *r)
{
    if (r->outcome == TW_PY_EXCEPTION)
        return TW_ASSERT_RAISED;
    if (holds(kind, want, r->value))
        return TW_ASSERT_PASSED;
    return TW_ASSERT_FAILED;
}

/* Is it sure what Python would say of this value?  The truth of anything but a
 * bool may be its own opinion, and an integer beyond 15 digits does not fit a
 * double. */
static bool is_sure(enum tw_claim_kind kind, const struct tw_pyval *v)
{
    if (kind == TW_CLAIM_TRUE || kind == TW_CLAIM_FALSE)
        return v->kind == TW_PYVAL_BOOL;
    if (kind == TW_CLAIM_NEAR)
        return v->kind == TW_PYVAL_FLOAT ||
               (v->kind == TW_PYVAL_INT && v->len < 16);
    return true;
}

/* An exception that the candidate may have for itself: no end, no name that it
 * lacks and the tests might have. */
static bool is_plain(enum tw_claim_kind kind, const struct tw_py_result *r)
{
    if (r->outcome == TW_PY_EXCEPTION)
        return tw_py_exception_cause(r->type) == TW_CAUSE_RUNTIME &&
               strcmp(r->type, "NameError") != 0 &&
               strstr(r->type, "Error") != NULL;
    return r->outcome == TW_PY_VALUE && is_sure(kind, r->value);
}

/* A value for people: short, and safe for a terminal. */
static void show(char to[160], const struct tw_pyval *v, struct tw_arena *a)
{
    const char *text = NULL;

    if (v)
        text = tw_helper_show(v, 150, a);
    if (!text)
        text = "";
    tw_finding_clean(to, 160, text, strlen(text));
}

/* What is said of the answer: the first assertion that did not pass, in the
 * words that Python would use. */
static void tell(struct tw_finding *f, enum tw_claim_kind kind,
                 const struct tw_pyval *want, const struct tw_py_result *r,
                 struct tw_arena *a)
{
    f->end = TW_END_FAIL;
    f->cause = TW_CAUSE_ASSERTION;
    if (r->outcome == TW_PY_EXCEPTION) {
        f->end = TW_END_ERROR;
        f->cause = TW_CAUSE_RUNTIME;
        tw_finding_clean(f->type, sizeof(f->type), r->type, strlen(r->type));
        tw_finding_clean(f->text, sizeof(f->text), r->text, strlen(r->text));
        f->line = r->line;
        return;
    }
    snprintf(f->type, sizeof(f->type), "AssertionError");
    show(f->got, r->value, a);
    if (kind == TW_CLAIM_TRUE)
        snprintf(f->expected, sizeof(f->expected), "True");
    else if (kind == TW_CLAIM_FALSE)
        snprintf(f->expected, sizeof(f->expected), "False");
    else if (kind == TW_CLAIM_NEAR)
        show(f->expected, tw_helper_item(want, 0), a);
    else
        show(f->expected, want, a);
}

/* May this judge speak?  One call that is not plain takes the whole answer away
 * from it, for the tests could depend on what came before. */
static bool all_plain(const struct tw_claims *s, const struct tw_py_report *rep)
{
    size_t call = 0;

    if (rep->jail.end != TW_END_PASS || rep->load.outcome != TW_PY_VALUE)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (s->kinds[i] != TW_CLAIM_NONE &&
            !is_plain(s->kinds[i], &rep->calls[call++]))
            return false;
    return true;
}

/* The claims one after the other, as the program would make them; without go_on
 * the first that does not pass ends them. */
static enum tw_status judge(struct tw_grade *out, struct tw_arena *a,
                            const struct tw_claims *s,
                            const struct tw_py_report *rep, bool go_on,
                            struct tw_err *err)
{
    size_t call = 0;

    out->loaded = true;
    out->outcomes = tw_arena_alloc(a, s->n, 1);
    TW_TRY(tw_arena_check(a, "the outcomes of claims", err));
    for (size_t i = 0; i < s->n; i++) {
        enum tw_assert_outcome o = TW_ASSERT_PASSED;
        if (s->kinds[i] != TW_CLAIM_NONE) {
            const struct tw_py_result *r = &rep->calls[call++];
            o = compare(s->kinds[i], s->wants[i], r);
            if (o != TW_ASSERT_PASSED && out->n_passed == out->n_asserts)
                tell(&out->finding, s->kinds[i], s->wants[i], r, a);
        }
        out->outcomes[out->n_asserts++] = (unsigned char)o;
        out->n_passed += o == TW_ASSERT_PASSED;
        if (o != TW_ASSERT_PASSED && !go_on)
            break;
    }
    out->finished = go_on || out->n_passed == s->n;
    return TW_OK;
}

/* The time of the run is told in any case: where the other judge follows, it
 * writes its own over it. */
enum tw_status tw_claims_judge(struct tw_grade *out, bool *clear,
                               struct tw_arena *a,
                               const struct tw_claims *claims,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    const struct tw_grade_options *o = &g->options;
    struct tw_grade_source source;
    struct tw_py_report rep;
    struct tw_py_job job = { .calls = claims->calls,
                             .n_calls = claims->n_calls,
                             .limits = tw_grade_limits(TW_LANG_PYTHON, o,
                                                       answer->task),
                             .cold = o->cold };

    *clear = false;
    *out = (struct tw_grade){ 0 };
    TW_TRY(tw_grade_source(&source, a, o, answer, err));
    if (source.len == strspn(source.text, " \t\r\n\f"))
        return TW_OK; /* no code: that has a cause of its own */
    job.source = source.text;
    job.source_len = source.len;
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    enum tw_status st = tw_py_run(g->jail, &job, a, &rep, err);
    if (st == TW_OK && all_plain(claims, &rep)) {
        st = judge(out, a, claims, &rep, o->go_on, err);
        *clear = st == TW_OK;
    }
    out->finding.cpu_ms = rep.jail.cpu_ms;
    out->finding.wall_ms = rep.jail.wall_ms;
    out->finding.peak_mib = rep.jail.peak_mib;
    out->finding.weak = tw_jail_tier(g->jail) == TW_JAIL_TIER_B;
    tw_jail_result_release(&rep.jail);
    return st;
}
