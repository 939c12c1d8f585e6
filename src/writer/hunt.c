/*
 * hunt.c - candidate and oracle on many inputs, compared outside.
 *
 * The inputs and what the oracle gives come from one job of the jail
 * (cases/search.h), the candidate's values from another, and only this file
 * sees both.  A difference is shrunk: every smaller input is again given to
 * both.  Chunks have an arena of their own, as ten thousand inputs need more
 * memory than all else of a test.
 */
#include "writer/hunt.h"

#include <string.h>

#include "cases/oracle.h"
#include "cases/search.h"

#include "base/banned.h"

enum {
    CHUNKS = 4,       /* 10,000 inputs */
    ROUNDING_MAX = 8, /* differences of a chunk that are looked at exactly */
    SHRINK_MAX = 40,  /* rounds: each is two jobs, some 20 ms */
    SHOW_CHARS = 400,
};

#define CHUNK_BYTES ((size_t)512 << 20)

/* Seconds of one job: a slow answer is no wrong one, its rest is unsearched. */
static const double JOB_S = 60.0;

enum tw_status tw_hunt_run(struct tw_work *w, const char *code,
                           const struct tw_search_list *list,
                           struct tw_arena *a, struct tw_py_result **results)
{
    struct tw_py_call *calls = tw_arena_alloc(a, list->n + 1, sizeof(*calls));
    struct tw_py_report rep;

    TW_TRY(tw_arena_check(a, "the search", w->err));
    for (size_t i = 0; i < list->n; i++)
        calls[i] = (struct tw_py_call){ .function = w->call->name,
                                        .args = list->list[i].args,
                                        .n_args = list->list[i].n_args };
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    struct tw_py_job job = { .source = code,
                             .source_len = strlen(code),
                             .calls = calls,
                             .n_calls = list->n,
                             .limits = tw_judge_limits(w),
                             .call_s = w->test->accept.timeout_s };
    job.limits.wall_s = job.limits.cpu_s = JOB_S;
    enum tw_status st = tw_py_run(w->env->jail, &job, a, &rep, w->err);
    *results = rep.calls;
    tw_jail_result_release(&rep.jail);
    return st;
}

/* Was there an answer at all?  What the job did not reach says nothing. */
static bool was_run(const struct tw_py_result *r)
{
    return r->outcome != TW_PY_MISSING || strcmp(r->type, "timeout") == 0;
}

static bool agrees(const struct tw_work *w, const struct tw_py_result *r,
                   const struct tw_pyval *want)
{
    return r->outcome == TW_PY_VALUE &&
           tw_pyval_equal(r->value, want, tw_oracle_tol_widest(w->pool));
}

/* Does the answer give what the oracle would give without rounding?  So
 * sum(x) / len(x) > 0.1 is true for three times 0.1, and a mean that does not
 * round says false: neither is wrong. */
static enum tw_status is_rounding(struct tw_work *w,
                                  const struct tw_search_input *in,
                                  const struct tw_py_result *r,
                                  struct tw_arena *a, bool *rounding)
{
    struct tw_pyval *exact;

    *rounding = false;
    if (r->outcome != TW_PY_VALUE)
        return TW_OK;
    TW_TRY(tw_search_exact(w->pool, in->args, a, &exact, w->err));
    *rounding = exact && agrees(w, r, exact);
    return TW_OK;
}

/* The first input of the list on which they differ; list->n when on none. */
static enum tw_status first_difference(struct tw_work *w,
                                       const struct tw_search_list *list,
                                       const struct tw_py_result *results,
                                       struct tw_arena *a, size_t *at)
{
    size_t n_exact = 0;

    for (*at = 0; *at < list->n; ++*at) {
        const struct tw_py_result *r = &results[*at];
        bool rounding = false;

        if (!was_run(r) || agrees(w, r, list->list[*at].want))
            continue;
        if (n_exact++ < ROUNDING_MAX)
            TW_TRY(is_rounding(w, &list->list[*at], r, a, &rounding));
        if (!rounding)
            return TW_OK;
    }
    return TW_OK;
}

static const char *show(const struct tw_work *w, const struct tw_py_result *r)
{
    switch (r->outcome) {
    case TW_PY_VALUE:
        return tw_helper_show(r->value, SHOW_CHARS, w->a);
    case TW_PY_EXCEPTION:
        return tw_arena_textf(w->a, "%s: %s", r->type, r->text);
    case TW_PY_OPAQUE:
        return tw_arena_textf(w->a, "a value of type %s", r->type);
    case TW_PY_MISSING:
        break;
    }
    return "no value in time";
}

/* Values of a chunk's arena, once more in the test's. */
static enum tw_status keep_value(const struct tw_work *w,
                                 const struct tw_pyval *v,
                                 struct tw_pyval **copy)
{
    struct tw_buf b;

    tw_buf_init(&b, (size_t)64 << 20);
    tw_pyval_encode(&b, v);
    enum tw_status st = tw_buf_check(&b, "a difference", w->err);
    struct tw_cursor c = { .bytes = (const uint8_t *)tw_buf_text(&b),
                           .len = b.len };
    if (st == TW_OK)
        st = tw_pyval_decode(copy, w->a, &c, w->err);
    tw_buf_release(&b);
    return st;
}

static enum tw_status keep(struct tw_work *w, const struct tw_search_input *in,
                           const struct tw_py_result *r,
                           struct tw_difference **found)
{
    size_t n = w->call->n_params;
    struct tw_difference *d = tw_arena_alloc(w->a, 1, sizeof(*d));
    struct tw_pyval **args =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));

    TW_TRY(tw_arena_check(w->a, "a difference", w->err));
    for (size_t i = 0; i < n; i++)
        TW_TRY(keep_value(w, in->args[i], &args[i]));
    TW_TRY(keep_value(w, in->want, &d->want));
    d->args = args;
    d->n_args = in->n_args;
    d->got = show(w, r);
    *found = d;
    return tw_arena_check(w->a, "a difference", w->err);
}

/* Go to a smaller input as long as the two differ on it, too. */
static enum tw_status shrink(struct tw_work *w, const struct tw_candidate *c,
                             struct tw_difference **d)
{
    bool going = true;

    for (size_t i = 0; i < SHRINK_MAX && going; i++) {
        struct tw_arena a;
        struct tw_search_list list;
        struct tw_py_result *results = NULL;
        size_t at = 0;

        tw_arena_init(&a, CHUNK_BYTES);
        enum tw_status st =
            tw_search_smaller(w->pool, (*d)->args, &a, &list, w->err);
        if (st == TW_OK && list.n)
            st = tw_hunt_run(w, c->code, &list, &a, &results);
        if (st == TW_OK && list.n)
            st = first_difference(w, &list, results, &a, &at);
        going = st == TW_OK && at < list.n;
        if (going)
            st = keep(w, &list.list[at], &results[at], d);
        tw_arena_release(&a);
        TW_TRY(st);
    }
    return TW_OK;
}

/* The first chunk is the same for all answers of a test, the others look at
 * the numbers in this answer too. */
static enum tw_status hunt_chunk(struct tw_work *w,
                                 const struct tw_candidate *c, size_t k,
                                 struct tw_arena *a,
                                 struct tw_difference **found)
{
    struct tw_search_list list;
    struct tw_py_result *results;
    size_t at;

    TW_TRY(tw_search_chunk(w->pool, c->code, k, a, &list, w->err));
    TW_TRY(tw_hunt_run(w, c->code, &list, a, &results));
    TW_TRY(first_difference(w, &list, results, a, &at));
    if (at < list.n)
        return keep(w, &list.list[at], &results[at], found);
    for (size_t i = 0; i < list.n; i++)
        w->r->n_searched += was_run(&results[i]);
    return TW_OK;
}

enum tw_status tw_hunt(struct tw_work *w, const struct tw_candidate *c,
                       struct tw_difference **found)
{
    *found = NULL;
    w->r->n_searched = 0;
    for (size_t k = 0; k < CHUNKS && !*found; k++) {
        struct tw_arena a;

        tw_arena_init(&a, CHUNK_BYTES);
        enum tw_status st = hunt_chunk(w, c, k, &a, found);
        tw_arena_release(&a);
        TW_TRY(st);
    }
    if (!*found)
        return TW_OK;
    return shrink(w, c, found);
}
