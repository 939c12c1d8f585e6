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

#include <stdio.h>
#include <string.h>

#include "cases/oracle.h"
#include "cases/search.h"

#include "base/banned.h"

enum {
    CHUNKS = 2,        /* 10,000 inputs */
    ROUNDING_MAX = 16, /* differences of a chunk that are looked at exactly */
    SHRINK_MAX = 24,   /* rounds: each is two jobs, some 20 ms */
    RERUN_MAX = 3,     /* of what an answer that ended left */
    SHOW_CHARS = 400,
};

#define CHUNK_BYTES ((size_t)512 << 20)
#define RECORDS_MAX ((size_t)32 << 20)

/* Seconds of one job: a slow answer is no wrong one, its rest is unsearched. */
static const double JOB_S = 60.0;

/* The inputs of a list from number first on; *ended: the answer ended its
 * process, which no limit did. */
static enum tw_status run_from(struct tw_work *w, const char *code,
                               const struct tw_py_packed *rows, size_t n,
                               struct tw_arena *a,
                               struct tw_py_result **results, bool *ended)
{
    struct tw_py_report rep;

    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    struct tw_py_job job = { .source = code,
                             .source_len = strlen(code),
                             .rows_function = w->call->name,
                             .rows = rows,
                             .n_rows = n,
                             .limits = tw_judge_limits(w),
                             .call_s = w->test->accept.timeout_s };
    job.limits.wall_s = job.limits.cpu_s = JOB_S;
    job.limits.out_bytes = RECORDS_MAX;
    enum tw_status st = tw_py_run(w->env->jail, &job, a, &rep, w->err);
    *results = rep.calls;
    *ended = rep.jail.end != TW_END_TIMEOUT && rep.jail.end != TW_END_LIMIT &&
             rep.jail.end != TW_END_HARNESS && !rep.jail.truncated;
    tw_jail_result_release(&rep.jail);
    return st;
}

/* Was there an answer at all, be it one that is late or not believed?  What
 * the job did not reach says nothing. */
static bool was_run(const struct tw_py_result *r)
{
    return r->outcome != TW_PY_MISSING || r->type[0] != '\0';
}

static size_t first_not_run(const struct tw_py_result *results, size_t n)
{
    size_t i = 0;

    while (i < n && was_run(&results[i]))
        i++;
    return i;
}

/* No value, and no limit was the reason. */
static void mark_ended(struct tw_py_result *r)
{
    *r = (struct tw_py_result){ .outcome = TW_PY_MISSING };
    snprintf(r->type, sizeof(r->type), "ended");
}

/* An answer that ends its process loses what it said of the inputs just
 * before: so it gets the rest again, until the first of them is the one.  One
 * that counts its calls may get through then; it did end, all the same. */
enum tw_status tw_hunt_run(struct tw_work *w, const char *code,
                           const struct tw_search_list *list,
                           struct tw_arena *a, struct tw_py_result **results)
{
    struct tw_py_packed *rows = tw_arena_alloc(a, list->n + 1, sizeof(*rows));
    bool ended;

    TW_TRY(tw_arena_check(a, "the search", w->err));
    for (size_t i = 0; i < list->n; i++)
        rows[i] = list->list[i].args;
    TW_TRY(run_from(w, code, rows, list->n, a, results, &ended));
    size_t first = first_not_run(*results, list->n), got = 1;
    bool whole = !ended || first == list->n;
    for (size_t k = 0; k < RERUN_MAX && ended && got && first < list->n; k++) {
        size_t n = list->n - first;
        struct tw_py_result *more;
        TW_TRY(run_from(w, code, rows + first, n, a, &more, &ended));
        memcpy(*results + first, more, n * sizeof(*more));
        got = first_not_run(more, n);
        first += got;
    }
    if (!whole && first == list->n)
        first--;
    if (!whole)
        mark_ended(*results + first);
    return TW_OK;
}

static bool agrees(const struct tw_work *w, const struct tw_py_result *r,
                   const struct tw_pyval *want)
{
    return r->outcome == TW_PY_VALUE && want && !tw_judge_spoils(w, r) &&
           tw_pyval_equal(r->value, want, tw_oracle_tol_widest(w->pool));
}

/* An input on which both gave another value, and what is known of it. */
struct doubt {
    const struct tw_search_input *in;
    const struct tw_py_result *got;
    struct tw_search_known known;
};

/* Differs the answer from what the oracle gives, and from what it would give
 * without rounding?  So sum(x) / len(x) > 0.1 is true for three times 0.1, and
 * a mean that does not round says false: neither is wrong. */
static bool is_difference(const struct tw_work *w, const struct doubt *d)
{
    return d->known.want && !agrees(w, d->got, d->known.want) &&
           !agrees(w, d->got, d->known.exact);
}

/* The first inputs of the list on which they differ, up to max. */
static size_t doubts_of(const struct tw_work *w,
                        const struct tw_search_list *list,
                        const struct tw_py_result *results,
                        struct doubt *doubts, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n && n < max; i++)
        if (was_run(&results[i]) && !agrees(w, &results[i], list->list[i].want))
            doubts[n++] =
                (struct doubt){ .in = &list->list[i], .got = &results[i] };
    return n;
}

/* The first that is a difference; *at is n when none is. */
static enum tw_status confirm(struct tw_work *w, struct doubt *doubts, size_t n,
                              struct tw_arena *a, size_t *at)
{
    const struct tw_search_input *list[ROUNDING_MAX];
    struct tw_search_known known[ROUNDING_MAX];

    *at = 0;
    if (!n)
        return TW_OK;
    for (size_t i = 0; i < n; i++)
        list[i] = doubts[i].in;
    TW_TRY(tw_search_confirm(w->pool, list, n, a, known, w->err));
    for (size_t i = 0; i < n; i++)
        doubts[i].known = known[i];
    while (*at < n && !is_difference(w, &doubts[*at]))
        ++*at;
    return TW_OK;
}

static const char *show(const struct tw_work *w, const struct tw_py_result *r)
{
    switch (r->outcome) {
    case TW_PY_VALUE:
        if (tw_judge_spoils(w, r))
            return tw_arena_textf(w->a, "%s and a changed argument",
                                  tw_helper_show(r->value, SHOW_CHARS, w->a));
        return tw_helper_show(r->value, SHOW_CHARS, w->a);
    case TW_PY_EXCEPTION:
        return tw_arena_textf(w->a, "%s: %s", r->type, r->text);
    case TW_PY_OPAQUE:
        return tw_arena_textf(w->a, "a value of type %s", r->type);
    case TW_PY_MISSING:
        break;
    }
    if (strcmp(r->type, "timeout") == 0)
        return "no value in time";
    return "no value that could be believed";
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

/* What is found outlives its chunk. */
static enum tw_status keep(struct tw_work *w, const struct doubt *doubt,
                           struct tw_difference **found)
{
    size_t n = w->call->n_params;
    struct tw_difference *d = tw_arena_alloc(w->a, 1, sizeof(*d));
    struct tw_pyval **args =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    const struct tw_py_packed *packed = &doubt->in->args;

    TW_TRY(tw_arena_check(w->a, "a difference", w->err));
    for (size_t i = 0; i < n; i++)
        TW_TRY(keep_value(w, doubt->known.args[i], &args[i]));
    TW_TRY(keep_value(w, doubt->known.want, &d->want));
    d->args = args;
    d->n_args = doubt->known.n_args;
    d->inside = doubt->known.inside;
    d->got = show(w, doubt->got);
    d->late = strcmp(doubt->got->type, "timeout") == 0;
    d->in.args.bytes = tw_arena_text(w->a, packed->bytes, packed->len);
    d->in.args.len = packed->len;
    d->in.want = d->want;
    *found = d;
    return tw_arena_check(w->a, "a difference", w->err);
}

/* A difference of the answer from the oracle on one of these inputs, or NULL
 * as before. */
static enum tw_status look(struct tw_work *w, const char *code,
                           const struct tw_search_list *list,
                           struct tw_arena *a, struct tw_py_result **results,
                           struct tw_difference **found)
{
    struct doubt doubts[ROUNDING_MAX];
    size_t at;

    TW_TRY(tw_hunt_run(w, code, list, a, results));
    TW_TRY(tw_judge_in_place(w, *results, list->n));
    size_t n = doubts_of(w, list, *results, doubts, ROUNDING_MAX);
    TW_TRY(confirm(w, doubts, n, a, &at));
    if (at == n)
        return TW_OK;
    return keep(w, &doubts[at], found);
}

/* Go to a smaller input as long as the two differ on it, too. */
static enum tw_status shrink(struct tw_work *w, const struct tw_candidate *c,
                             struct tw_difference **d)
{
    bool going = true;

    for (size_t i = 0; i < SHRINK_MAX && going; i++) {
        struct tw_difference *next = NULL;
        struct tw_py_result *results;
        struct tw_search_list list;
        struct tw_arena a;

        tw_arena_init(&a, CHUNK_BYTES);
        enum tw_status st =
            tw_search_smaller(w->pool, &(*d)->in, &a, &list, w->err);
        if (st == TW_OK && list.n)
            st = look(w, c->code, &list, &a, &results, &next);
        going = next != NULL;
        if (going)
            *d = next;
        tw_arena_release(&a);
        TW_TRY(st);
    }
    return TW_OK;
}

/* The first chunk is the same for all answers of a test, the other looks at
 * the numbers in this answer too. */
static enum tw_status hunt_chunk(struct tw_work *w,
                                 const struct tw_candidate *c, size_t k,
                                 struct tw_arena *a,
                                 struct tw_difference **found)
{
    struct tw_search_list list;
    struct tw_py_result *results;

    TW_TRY(tw_search_chunk(w->pool, c->code, k, a, &list, w->err));
    TW_TRY(look(w, c->code, &list, a, &results, found));
    for (size_t i = 0; i < list.n && !*found; i++)
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

enum tw_status tw_hunt_outside(struct tw_work *w, const struct tw_candidate *c,
                               struct tw_difference **found)
{
    const struct tw_search_list *list = tw_search_outside(w->pool);
    struct tw_py_result *results;
    struct tw_arena a;

    *found = NULL;
    if (!list || !list->n)
        return TW_OK;
    tw_arena_init(&a, CHUNK_BYTES);
    enum tw_status st = look(w, c->code, list, &a, &results, found);
    tw_arena_release(&a);
    if (st != TW_OK || !*found)
        return st;
    return shrink(w, c, found);
}
