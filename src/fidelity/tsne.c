/*
 * tsne.c - exact t-SNE: the descent.
 *
 * van der Maaten and Hinton 2008. The constants and the order of operations
 * follow scikit-learn's exact method, so that results agree; there is no tree,
 * since at some thousand points all pairs are fast enough and exact.
 */
#include "fidelity/tsne.h"

#include "fidelity/tsne_priv.h"
#include "kern/pair.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum {
    ROWS_PER_CHUNK = 8,
    STEPS_PER_REPORT = 50,
    POINTS_MIN = 4,
    STEPS_PER_CHECK = 50, /* scikit-learn's n_iter_check */
};
/* scikit-learn's: the deviation of the first component at the start, the
 * smallest learning rate, the momentum of both phases, and the gains (Jacobs
 * 1988): a gain grows while the point goes downhill, and shrinks where it does
 * not. */
#define START_DEVIATION   1e-4
#define LEARNING_RATE_MIN 50.0
#define MOMENTUM_FIRST    0.5
#define MOMENTUM          0.8
#define GAIN_ADD          0.2
#define GAIN_SHRINK       0.8
#define GAIN_MIN          0.01
/* Where the points are that fill up the last lanes: so far away that their
 * share is lost in rounding, near enough that nothing underflows. The kernels
 * (kern/pair.h) then need no special last step. */
#define FAR_AWAY          1e8f

/* ld: n rounded up to whole lanes of the kernels. */
struct descent {
    const struct tw_pair_kern *kern;
    struct tw_backend *be;
    size_t n, ld;
    float *p;                    /* (n, ld) */
    float *y;                    /* (2, ld), what the kernels read */
    double *at, *speed, *gain;   /* (n, 2) */
    struct tw_pair_force *force; /* (n) */
    double *kl;                  /* (n) */
    double log_z;
};

/* Perplexity 100 is that of the paper whose plots are compared; the rest is
 * scikit-learn's. */
struct tw_tsne_config tw_tsne_config_default(void)
{
    return (struct tw_tsne_config){
        .perplexity = 100,
        .iterations = 1000,
        .n_exaggerated = 250,
        .exaggeration = 12,
        .gradient_min = 1e-7,
    };
}

/* The memory of n^2 is bounded by the number of points here, before any is
 * taken. */
static enum tw_status check(const struct tw_tsne_points *x,
                            const struct tw_tsne_config *c, struct tw_err *err)
{
    size_t n = x->n, dim = x->dim;

    if (n < POINTS_MIN || n > TW_TSNE_POINTS_MAX || dim == 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot embed %zu points of %zu values: need %d to %d "
                       "points",
                       n, dim, POINTS_MIN, TW_TSNE_POINTS_MAX);
    if (!(c->perplexity > 1 && c->perplexity < (double)(n - 1)))
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot embed %zu points at perplexity %g: must be "
                       "above 1 and below %zu",
                       n, c->perplexity, n - 1);
    if (!(c->exaggeration >= 1) || !(c->learning_rate >= 0))
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot embed with exaggeration %g, learning rate %g",
                       c->exaggeration, c->learning_rate);
    for (size_t i = 0; i < n * dim; i++) {
        if (!isfinite(x->x[i]))
            return tw_fail(err, TW_EINVAL, i,
                           "cannot embed: value %zu of point %zu is not finite",
                           i % dim, i / dim);
    }
    return TW_OK;
}

/* Rows of forces, each by one thread; see struct tw_pair_force. */
static void force_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct descent *d = ctx;

    (void)worker;
    for (size_t i = first; i < last; i++)
        d->kern->force(&d->force[i], d->p + i * d->ld, d->y, d->ld, i);
}

/* Forces at the present positions; returns the sum of all q of pairs, the Z of
 * the paper's equation 4. The 1 is the point's own q. Positions are double in
 * the descent and float in the kernels. */
static double measure(struct descent *d)
{
    double z = 0;

    for (size_t i = 0; i < d->n; i++) {
        d->y[i] = (float)d->at[2 * i];
        d->y[d->ld + i] = (float)d->at[2 * i + 1];
    }
    tw_pool_run(d->be->pool, d->n, ROWS_PER_CHUNK, force_rows, d);
    for (size_t i = 0; i < d->n; i++)
        z += d->force[i].q - 1;
    return z;
}

/* One step; the norm of the gradient. Equation 5 of the paper, with attraction
 * and repulsion apart: only the attraction is exaggerated. */
static double descend(struct descent *d, double exaggeration, double rate,
                      double momentum)
{
    double z = measure(d), norm = 0;

    for (size_t i = 0; i < 2 * d->n; i++) {
        const struct tw_pair_force *f = &d->force[i / 2];
        double grad = 4 * (exaggeration * f->pull[i % 2] - f->push[i % 2] / z);

        norm += grad * grad;
        if (d->speed[i] * grad < 0)
            d->gain[i] += GAIN_ADD;
        else
            d->gain[i] *= GAIN_SHRINK;
        d->gain[i] = fmax(d->gain[i], GAIN_MIN);
        d->speed[i] = momentum * d->speed[i] - rate * d->gain[i] * grad;
        d->at[i] += d->speed[i];
    }
    return sqrt(norm);
}

/* KL(P || Q) needs the log of every q; in double, because it is the figure that
 * is compared with other programs. */
static void kl_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct descent *d = ctx;

    (void)worker;
    for (size_t i = first; i < last; i++) {
        double sum = 0;

        for (size_t j = 0; j < d->n; j++) {
            double p = (double)d->p[i * d->ld + j];
            double d0 = d->at[2 * i] - d->at[2 * j];
            double d1 = d->at[2 * i + 1] - d->at[2 * j + 1];

            if (p > 0)
                sum += p * (log(p * (1 + d0 * d0 + d1 * d1)) + d->log_z);
        }
        d->kl[i] = sum;
    }
}

/* Outside of the descent: a logarithm a pair costs more than a step. */
static double divergence(struct descent *d)
{
    double sum = 0;

    d->log_z = log(measure(d));
    tw_pool_run(d->be->pool, d->n, ROWS_PER_CHUNK, kl_rows, d);
    for (size_t i = 0; i < d->n; i++)
        sum += d->kl[i];
    return sum;
}

/* Each phase starts without a past, as in the reference implementations. */
static void stand_still(struct descent *d)
{
    for (size_t i = 0; i < 2 * d->n; i++) {
        d->speed[i] = 0;
        d->gain[i] = 1;
    }
}

/* Points whose neighbourhoods are all alike attract each other evenly, and the
 * exaggeration draws them together without end: to a deviation of 1e-14 where
 * no gradient moves them any more.  The free phase needs a start as wide as the
 * first one had; only the scale is lost, the arrangement is kept. */
static void unfold(struct descent *d)
{
    double mean[2] = { 0 }, square[2] = { 0 };

    for (size_t i = 0; i < 2 * d->n; i++)
        mean[i % 2] += d->at[i] / (double)d->n;
    for (size_t i = 0; i < 2 * d->n; i++)
        square[i % 2] += (d->at[i] - mean[i % 2]) * (d->at[i] - mean[i % 2]);
    double deviation = sqrt(fmax(square[0], square[1]) / (double)d->n);
    if (deviation >= START_DEVIATION || !(deviation > 0))
        return;
    for (size_t i = 0; i < 2 * d->n; i++)
        d->at[i] = (d->at[i] - mean[i % 2]) * (START_DEVIATION / deviation);
}

/* A step after which the gradient may end the descent: the first free steps
 * start nearly flat, so that their gradient says nothing. */
static bool is_checked(size_t n_steps, const struct tw_tsne_config *c)
{
    return n_steps >= c->n_exaggerated + STEPS_PER_CHECK &&
           n_steps % STEPS_PER_CHECK == 0;
}

/* Both phases of the descent. */
static enum tw_status walk(struct descent *d, struct tw_tsne *s,
                           const struct tw_tsne_config *c,
                           const struct tw_progress *progress,
                           struct tw_err *err)
{
    double rate = c->learning_rate;
    double exaggeration = c->exaggeration, momentum = MOMENTUM_FIRST;

    if (rate == 0)
        rate = fmax((double)d->n / c->exaggeration / 4, LEARNING_RATE_MIN);
    for (size_t it = 0; it < c->iterations; it++) {
        bool early = it < c->n_exaggerated;

        if (it == 0 || it == c->n_exaggerated)
            stand_still(d);
        if (it == c->n_exaggerated)
            unfold(d);
        if (!early) {
            exaggeration = 1;
            momentum = MOMENTUM;
        }
        double norm = descend(d, exaggeration, rate, momentum);
        s->iterations = it + 1;
        if (is_checked(s->iterations, c) && norm <= c->gradient_min)
            break;
        if (s->iterations % STEPS_PER_REPORT != 0)
            continue;
        char text[64];
        snprintf(text, sizeof(text), "gradient %.3g", norm);
        if (!tw_progress_step(progress, "t-SNE", s->iterations, c->iterations,
                              text))
            return tw_fail(err, TW_ECANCELED, 0, "stopped embedding");
    }
    return TW_OK;
}

/* p is the large one: 4 n^2 bytes. */
static enum tw_status descent_new(struct descent *d, struct tw_arena *a,
                                  size_t n, struct tw_backend *be,
                                  struct tw_err *err)
{
    *d = (struct descent){ .kern = tw_pair_kern_get(be->level),
                           .be = be,
                           .n = n };
    d->ld = (n + TW_PAIR_LANES - 1) / TW_PAIR_LANES * TW_PAIR_LANES;
    d->p = tw_arena_alloc(a, n, d->ld * sizeof(*d->p));
    d->y = tw_arena_alloc(a, 2 * d->ld, sizeof(*d->y));
    d->speed = tw_arena_alloc(a, n, 2 * sizeof(*d->speed));
    d->gain = tw_arena_alloc(a, n, 2 * sizeof(*d->gain));
    d->force = tw_arena_alloc(a, n, sizeof(*d->force));
    d->kl = tw_arena_alloc(a, n, sizeof(*d->kl));
    TW_TRY(tw_arena_check(a, "t-SNE", err));
    for (size_t i = 0; i < 2 * d->ld; i++)
        d->y[i] = FAR_AWAY;
    return TW_OK;
}

/* at is the result's own array: the descent moves it in place. */
static enum tw_status embed(struct tw_tsne *s, struct tw_arena *scratch,
                            const struct tw_tsne_points *x,
                            const struct tw_tsne_config *c,
                            struct tw_backend *be,
                            const struct tw_progress *progress,
                            struct tw_err *err)
{
    struct descent d;
    size_t n = s->n;

    TW_TRY(descent_new(&d, scratch, n, be, err));
    TW_TRY(tw_tsne_similarities(d.p, d.ld, s->beta, scratch, x, c->perplexity,
                                be, err));
    if (c->init)
        memcpy(s->y, c->init, 2 * n * sizeof(*s->y));
    else
        TW_TRY(tw_tsne_start(s->y, scratch, x, START_DEVIATION, err));
    d.at = s->y;
    s->kl_init = divergence(&d);
    TW_TRY(walk(&d, s, c, progress, err));
    s->kl = divergence(&d);
    return TW_OK;
}

enum tw_status tw_tsne_run(struct tw_tsne *s, struct tw_arena *a,
                           const struct tw_tsne_points *x,
                           const struct tw_tsne_config *c,
                           struct tw_backend *be,
                           const struct tw_progress *progress,
                           struct tw_err *err)
{
    struct tw_arena scratch;
    size_t n = x->n;

    *s = (struct tw_tsne){ .n = n };
    TW_TRY(check(x, c, err));
    s->y = tw_arena_alloc(a, n, 2 * sizeof(*s->y));
    s->beta = tw_arena_alloc(a, n, sizeof(*s->beta));
    TW_TRY(tw_arena_check(a, "t-SNE", err));
    tw_arena_init(&scratch, a->limit);
    enum tw_status st = embed(s, &scratch, x, c, be, progress, err);
    tw_arena_release(&scratch);
    return st;
}
