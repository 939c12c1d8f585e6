/*
 * choose.c - which inputs become cases, and which of them the model sees.
 *
 * Not at random: every distinct outcome, both sides of each change, the ends,
 * then recorded and synthetic inputs whose outcomes lie far apart.  A case
 * costs a call per candidate, repeat and mutant, so 16 good ones are worth
 * more than 100.
 *
 * Every choice is a walk over the pool in its order and takes the first best:
 * with the same pool the same cases come out.
 */
#include <math.h>
#include <string.h>

#include "answer/prompt.h"
#include "base/hash.h"
#include "cases/choose.h"
#include "python/helper.h"

#include "base/banned.h"

enum {
    OUTCOMES_MAX = 6, /* classes of results that get a case of their own */
    BOUNDARY_MAX = 6, /* three pairs */
    EDGE_MAX = 8,
    PROMPT_MAX = 5, /* as many as the built-in model was trained on */
    PROMPT_CASE_CHARS = 110,
    PROMPT_WANT_CHARS = 12,
};

static bool usable(const struct tw_input *in)
{
    return !in->gone && !in->taken;
}

static bool full(const struct tw_case_work *w)
{
    return w->out->n == w->n_cases_max;
}

/* Append a case.  reason: for an input that has none of its own, or NULL. */
static void take(struct tw_case_work *w, struct tw_input *in,
                 const char *reason)
{
    struct tw_case *c = &w->out->list[w->out->n++];
    in->taken = true;
    *c = (struct tw_case){
        .origin = in->origin,
        .kind = in->kind,
        .args = in->args,
        .n_args = in->n_args,
        .want = in->want,
        .want_error = in->want_error,
        .tol = in->tol,
        .call = in->call,
        .source = in->source,
        .reason = "",
        .want_text = "",
    };
    if (in->reason)
        c->reason = in->reason;
    else if (reason)
        c->reason = reason;
    if (in->want)
        c->want_text = tw_helper_show(in->want, 4000, w->a);
    else if (in->want_error)
        c->want_text = in->want_error;
}

/* Outcomes that form classes, such as True, "low" or 3.  Floats and lists
 * hardly ever come twice, so each would be a class. */
static bool is_class(const struct tw_input *in)
{
    return in->want && in->want->kind != TW_PYVAL_FLOAT &&
           in->want->kind != TW_PYVAL_LIST;
}

static bool outcome_seen(const struct tw_case_work *w, const struct tw_pyval *v)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (w->out->list[i].want &&
            tw_pyval_equal(w->out->list[i].want, v,
                           (struct tw_pyval_tol){ 0.0, 0.0, true }))
            return true;
    return false;
}

static bool from_data(const struct tw_input *in)
{
    return in->origin == TW_CASE_RECORDED || in->origin == TW_CASE_SYNTHETIC;
}

/* Shortest usable input with an outcome not seen so far; data first. */
static struct tw_input *next_outcome(struct tw_case_work *w)
{
    struct tw_input *best = NULL;
    for (size_t i = 0; i < w->n_inputs; i++) {
        struct tw_input *in = &w->inputs[i];
        if (!usable(in) || in->whole || !is_class(in) ||
            outcome_seen(w, in->want))
            continue;
        bool better =
            !best || from_data(in) > from_data(best) ||
            (from_data(in) == from_data(best) && in->call_len < best->call_len);
        if (better)
            best = in;
    }
    return best;
}

/* One case per class of outcome: a program that always says False must not
 * pass because no input happens to be True. */
static void take_outcomes(struct tw_case_work *w)
{
    for (size_t i = 0; i < OUTCOMES_MAX && !full(w); i++) {
        struct tw_input *in = next_outcome(w);
        if (!in)
            return;
        take(w, in,
             tw_arena_textf(w->a, "outcome %s",
                            tw_helper_show(in->want, 60, w->a)));
    }
}

/* The first ones of an origin, in the order of the pool. */
static void take_origin(struct tw_case_work *w, enum tw_case_origin origin,
                        size_t max)
{
    for (size_t i = 0; i < w->n_inputs && max && !full(w); i++) {
        struct tw_input *in = &w->inputs[i];
        if (!usable(in) || in->origin != origin || in->whole)
            continue;
        take(w, in, NULL);
        max--;
    }
}

/* Edges in turn from the first to the last, so that a bound on their number
 * does not cut one kind. */
static void take_edges(struct tw_case_work *w, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_inputs; i++)
        n += usable(&w->inputs[i]) && w->inputs[i].origin == TW_CASE_EDGE;
    size_t seen = 0, next = 0, taken = 0;
    for (size_t i = 0; i < w->n_inputs && taken < max && !full(w); i++) {
        struct tw_input *in = &w->inputs[i];
        if (!usable(in) || in->origin != TW_CASE_EDGE)
            continue;
        if (seen++ < next && n > max)
            continue;
        take(w, in, NULL);
        taken++;
        next = taken * n / max;
    }
}

/* A number that stands for the outcome, for distances.  It has no meaning by
 * itself: lists count their items, and earlier items weigh more. */
static double outcome_number(const struct tw_pyval *v)
{
    if (!v)
        return 0.0;
    double x = tw_helper_number(v, (double)v->len + (double)v->n_items);
    for (size_t i = 0; i < v->n_items; i++)
        x += tw_helper_number(v->items[i], 1.0) / (double)(i + 2);
    if (!isfinite(x))
        return 1e9;
    return x;
}

/* Squashed, so that one huge value does not hide the others. */
static double outcome_scale(const struct tw_pyval *v)
{
    return asinh(outcome_number(v));
}

/* To the nearest outcome of a case; huge without any case. */
static double distance(const struct tw_case_work *w, const struct tw_input *in)
{
    double best = 1e9;
    for (size_t i = 0; i < w->out->n; i++) {
        double d =
            fabs(outcome_scale(w->out->list[i].want) - outcome_scale(in->want));
        best = fmin(best, d);
    }
    return best;
}

/* Farthest-point choice (Gonzalez 1985): spreads a few cases over the range
 * of outcomes, and needs no number of clusters. */
static struct tw_input *farthest(struct tw_case_work *w,
                                 enum tw_case_origin origin, bool whole)
{
    struct tw_input *best = NULL;
    double best_distance = -1.0;
    for (size_t i = 0; i < w->n_inputs; i++) {
        struct tw_input *in = &w->inputs[i];
        if (!usable(in) || in->origin != origin || in->whole != whole)
            continue;
        double d = distance(w, in);
        if (d > best_distance) {
            best = in;
            best_distance = d;
        }
    }
    return best;
}

/* One more case from data, with the reason that a reader of the script sees. */
static void take_data(struct tw_case_work *w, enum tw_case_origin origin,
                      bool whole)
{
    struct tw_input *in = farthest(w, origin, whole);
    if (!in || full(w))
        return;
    const char *from = tw_case_origin_name(origin);
    if (whole)
        take(w, in, tw_arena_textf(w->a, "a whole %s window", from));
    else if (in->want && distance(w, in) > 0.0)
        take(w, in,
             tw_arena_textf(w->a, "%s: outcome %s lies far from the others",
                            from, tw_helper_show(in->want, 40, w->a)));
    else
        take(w, in, tw_arena_textf(w->a, "%s input", from));
}

static size_t count_cases(const struct tw_case_work *w,
                          enum tw_case_origin origin)
{
    size_t n = 0;
    for (size_t i = 0; i < w->out->n; i++)
        n += w->out->list[i].origin == origin;
    return n;
}

/* Numbers of the specification are -1 when it says nothing. */
static size_t quota(int64_t said, size_t otherwise)
{
    if (said < 0)
        return otherwise;
    return (size_t)said;
}

/* The line of the prompt; a case without a known value is just the call. */
static void add_text(struct tw_case_work *w, struct tw_case *c)
{
    struct tw_buf b;
    tw_buf_init(&b, 1u << 20);
    if (c->kind == TW_CASE_RAISES)
        tw_prompt_case_error(&b, c->call, c->want_text);
    else if (c->kind == TW_CASE_VALUE)
        tw_prompt_case_value(&b, c->call, c->want_text);
    else
        tw_buf_adds(&b, c->call);
    c->text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
    if (!c->text) /* the end of tw_choose_cases() asks the arena */
        c->text = "";
    tw_buf_release(&b);
}

/* Only what has an answer helps the model, and only when it is short: a
 * whole window of numbers would fill the context.  NaN equals nothing, so that
 * an assert with it says nothing. */
static bool fits_prompt(const struct tw_case *c)
{
    bool told = c->kind == TW_CASE_VALUE || c->kind == TW_CASE_RAISES;
    return told && !c->in_prompt && strlen(c->text) <= PROMPT_CASE_CHARS &&
           !strstr(c->text, "float('nan')");
}

/* Has the model seen this outcome already? */
static bool told_already(const struct tw_case_work *w, const struct tw_case *c)
{
    for (size_t i = 0; i < w->out->n; i++)
        if (w->out->list[i].in_prompt &&
            strcmp(w->out->list[i].want_text, c->want_text) == 0)
            return true;
    return false;
}

/* New outcomes first, in the order of choice, then others; long values such
 * as 33.333333333333336 only where there is nothing shorter. */
static void choose_prompt(struct tw_case_work *w)
{
    size_t budget = w->prompt_chars;
    size_t n = 0, used = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < w->out->n && n < PROMPT_MAX; i++) {
            struct tw_case *c = &w->out->list[i];
            size_t len = strlen(c->text) + 1;
            bool plain = strlen(c->want_text) <= PROMPT_WANT_CHARS;
            if (!fits_prompt(c) || used + len > budget ||
                (pass < 2 && !plain) || (pass == 0 && told_already(w, c)))
                continue;
            c->in_prompt = true;
            used += len;
            n++;
        }
    }
}

struct tw_case *tw_case_append(struct tw_case_work *w, struct tw_pyval **args,
                               size_t n_args, struct tw_pyval *want)
{
    const char *call = tw_case_call(w, args, n_args);
    if (!call || w->out->n == TW_CASE_ROOM)
        return NULL;
    struct tw_case *c = &w->out->list[w->out->n++];
    *c = (struct tw_case){ .kind = TW_CASE_VALUE,
                           .args = args,
                           .n_args = n_args,
                           .want = want,
                           .want_text = tw_helper_show(want, 4000, w->a),
                           .call = call,
                           .source = "",
                           .reason = "" };
    add_text(w, c);
    return c;
}

enum tw_status tw_choose_cases(struct tw_case_work *w)
{
    const struct tw_spec_sample *s = &w->test->sample;
    w->out->list = tw_arena_alloc(w->a, TW_CASE_ROOM, sizeof(struct tw_case));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    /* What a person wrote is always a case. */
    for (size_t i = 0; i < w->n_inputs && !full(w); i++)
        if (w->inputs[i].written && usable(&w->inputs[i]))
            take(w, &w->inputs[i], NULL);
    take_outcomes(w);
    take_origin(w, TW_CASE_BOUNDARY, BOUNDARY_MAX);
    take_data(w, TW_CASE_RECORDED, true);
    take_data(w, TW_CASE_SYNTHETIC, true);
    /* Ends may take half of what is left, the rest belongs to data. */
    size_t half = (w->n_cases_max - w->out->n) / 2;
    if (half > EDGE_MAX)
        half = EDGE_MAX;
    take_edges(w, half);
    size_t recorded = quota(s->recorded, 5);
    size_t synthetic = quota(s->synthetic, 5);
    /* In turn, so that neither kind of data is crowded out. */
    for (size_t i = 0; i < TW_CASE_MAX && !full(w); i++) {
        if (count_cases(w, TW_CASE_RECORDED) < recorded)
            take_data(w, TW_CASE_RECORDED, false);
        if (count_cases(w, TW_CASE_SYNTHETIC) < synthetic)
            take_data(w, TW_CASE_SYNTHETIC, false);
    }
    for (size_t i = 0; i < w->out->n; i++)
        add_text(w, &w->out->list[i]);
    choose_prompt(w);
    return tw_arena_check(w->a, "cases", w->err);
}

/* Over what decides verdicts, and nothing else: two runs with the same hash
 * judged by the same cases, whatever they were called. */
void tw_cases_seal(struct tw_cases *c)
{
    struct tw_hash h;
    tw_hash_init(&h);
    for (size_t i = 0; i < c->n; i++) {
        const struct tw_case *k = &c->list[i];
        tw_hash_adds(&h, k->call);
        tw_hash_adds(&h, k->want_text);
        tw_hash_add_u64(&h, (uint64_t)k->kind);
        tw_hash_add_f64(&h, k->tol.abs_tol);
        tw_hash_add_f64(&h, k->tol.rel_tol);
    }
    tw_hash_hex(&h, c->sha256);
}
