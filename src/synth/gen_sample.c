/*
 * gen_sample.c - drawing: from noise to windows, step by step.
 *
 * Every number that is drawn has a name: (seed, "start" or "noise" or
 * "cluster", sample, step, place). So sample i is the same whether it is drawn
 * alone, in a batch, or on any number of threads.
 */
#include "synth/gen_priv.h"

#include "base/rng.h"
#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A bound for slips; weights of use are small numbers. */
#define GUIDANCE_MAX  100
#define SAMPLES_MAX   ((size_t)1 << 32)
#define SCRATCH_LIMIT ((size_t)2 << 30)

struct drawing {
    struct tw_gen *gen;
    const struct tw_gen_request *req;
    enum tw_gen_sampler sampler;
    size_t n_steps;
    long *grid;            /* (n_steps + 1) */
    struct tw_rng rng;     /* root of all streams */
    struct tw_arena arena; /* grid and the arrays below */
    float *D, *D_prev;     /* (K, B, L) estimates of the clean series */
    float *plain;          /* the answer without labels, for guidance */
    size_t first, count;   /* samples of this batch */
    const struct tw_progress *progress;
};

/* One step, for all items of the batch. */
struct step {
    struct drawing *d;
    size_t i; /* in the grid */
    struct tw_diffusion_step c;
    double a, s; /* signal and noise at this time */
};

/* All numbers here come from a user or a caller's file. */
static enum tw_status check_request(const struct tw_gen *g,
                                    const struct tw_gen_request *r,
                                    struct tw_err *err)
{
    if (r->n > SAMPLES_MAX)
        return tw_fail(err, TW_EINVAL, 0, "%zu samples are too many", r->n);
    if (r->steps > g->diffusion.T)
        return tw_fail(err, TW_EINVAL, 0,
                       "%zu sampling steps, the model has %zu", r->steps,
                       g->diffusion.T);
    if (!(r->guidance >= 0 && r->guidance <= GUIDANCE_MAX))
        return tw_fail(err, TW_EINVAL, 0, "guidance %g is outside of 0..%d",
                       r->guidance, GUIDANCE_MAX);
    if (r->sampler == TW_GEN_SAMPLER_DDPM && r->steps &&
        r->steps != g->diffusion.T)
        return tw_fail(err, TW_EINVAL, 0,
                       "the ancestral sampler takes all %zu steps",
                       g->diffusion.T);
    for (size_t i = 0; r->labels && i < r->n * g->shape.n_labels; i++)
        if (!isfinite(r->labels[i]))
            return tw_fail(err, TW_EINVAL, i, "label weight is not finite");
    return TW_OK;
}

/* Weight of label j for sample i; without labels, one drawn by share. */
static void fill_label(const struct drawing *d, size_t i, float *labels,
                       size_t stride)
{
    const struct tw_gen *g = d->gen;
    size_t n = g->shape.n_labels, chosen = 0;

    if (d->req->labels) {
        for (size_t j = 0; j < n; j++)
            labels[j * stride] = d->req->labels[i * n + j];
        return;
    }
    struct tw_rng r = tw_rng_split(&d->rng, "cluster", i);
    double u = tw_rng_uniform(&r), sum = g->share[0];

    while (chosen + 1 < n && u >= sum)
        sum += g->share[++chosen];
    for (size_t j = 0; j < n; j++)
        labels[j * stride] = (float)(j == chosen);
}

/* x_T: pure noise. The network's layout is (K, B, L), so that a row of a sample
 * is contiguous, and its samples are not. */
static void start_items(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct drawing *d = ctx;
    const struct tw_sssd_graph *graph = &d->gen->graph;
    size_t K = d->gen->shape.K, L = d->gen->shape.L, B = graph->B;

    (void)worker;
    for (size_t b = first; b < last; b++) {
        /* Items past the count are drawn like the others and thrown away. */
        struct tw_rng r = tw_rng_split(&d->rng, "start", d->first + b);

        for (size_t k = 0; k < K; k++)
            tw_rng_fill_normal(graph->x->data + (k * B + b) * L, L, r.key,
                               k * L);
    }
}

/* Columns past the count stay 0, which means no label. */
static void fill_labels(const struct drawing *d)
{
    const struct tw_sssd_graph *graph = &d->gen->graph;

    memset(graph->labels->data, 0, graph->labels->n * sizeof(float));
    for (size_t b = 0; b < d->count; b++)
        fill_label(d, d->first + b, graph->labels->data + b, graph->B);
}

/* D, the estimate of the clean series, from the network's answer y; x is the
 * noisy series. The formulas are those of gen.h solved for x0, with x = a x0 +
 * s e. */
static double denoise(const struct step *st, double x, double y)
{
    switch (st->d->gen->config.target) {
    case TW_GEN_NOISE:
        return (x - st->s * y) / st->a;
    case TW_GEN_VELOCITY:
        return st->a * x - st->s * y;
    case TW_GEN_X0:
    case TW_GEN_TARGET_COUNT:
        break;
    }
    return y;
}

/* One step for one counter of one sample. Guidance (Ho and Salimans 2022) goes
 * from the answer without labels through the one with them and beyond. D is
 * kept inside the scores of the training data: nothing beyond them can come out
 * (marginal.h), and errors would add up over the steps. */
static void step_row(const struct step *st, size_t k, size_t b)
{
    struct drawing *d = st->d;
    const struct tw_marginal *m = &d->gen->marginal[k];
    const struct tw_sssd_graph *graph = &d->gen->graph;
    size_t L = d->gen->shape.L, row = (k * graph->B + b) * L;
    double low = m->score[0], high = m->score[m->n - 1];
    double w = d->req->guidance;
    bool noisy = st->c.z > 0;
    struct tw_rng r =
        tw_rng_split(&d->rng, "noise", (d->first + b) * d->n_steps + st->i);

    for (size_t l = 0; l < L; l++) {
        double x = (double)graph->x->data[row + l];
        double y = (double)graph->y->data[row + l];

        if (d->plain) {
            double plain = (double)d->plain[row + l];

            y = plain + w * (y - plain);
        }
        double D = denoise(st, x, y);

        if (D < low)
            D = low;
        else if (D > high)
            D = high;
        double next = st->c.x * x + st->c.d * D +
                      st->c.d_prev * (double)d->D_prev[row + l];
        if (noisy)
            next += st->c.z * (double)tw_rng_normal_at(r.key, k * L + l);
        d->D[row + l] = (float)D;
        graph->x->data[row + l] = (float)next;
    }
}

/* A task of the pool is one sample: rows of it are written by one thread
 * only. */
static void step_items(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct step *st = ctx;

    (void)worker;
    for (size_t b = first; b < last; b++)
        for (size_t k = 0; k < st->d->gen->shape.K; k++)
            step_row(st, k, b);
}

/* The four numbers of step i, from the time grid[i] to the time grid[i + 1]. */
static struct tw_diffusion_step coefficients(const struct drawing *d, size_t i)
{
    const struct tw_diffusion *f = &d->gen->diffusion;
    long t = d->grid[i];

    if (d->sampler == TW_GEN_SAMPLER_DDPM)
        return tw_diffusion_ddpm(f, t);
    if (d->sampler == TW_GEN_SAMPLER_DPMPP) {
        long t_prev = t; /* the first step has no step before it */

        if (i > 0)
            t_prev = d->grid[i - 1];
        return tw_diffusion_dpmpp(f, t_prev, t, d->grid[i + 1]);
    }
    return tw_diffusion_ddim(f, t, d->grid[i + 1], 0);
}

/* The network's answers at the present x, with and without labels. With
 * guidance it runs twice: that is the price. */
static void evaluate(struct drawing *d, long t)
{
    struct tw_sssd_graph *graph = &d->gen->graph;

    for (size_t b = 0; b < graph->B; b++)
        tw_diffusion_embed((double)t, graph->step->data + b, graph->B);
    if (d->plain) {
        memset(graph->labels->data, 0, graph->labels->n * sizeof(float));
        tw_graph_forward(graph->g, false);
        memcpy(d->plain, graph->y->data, graph->y->n * sizeof(float));
        fill_labels(d);
    }
    tw_graph_forward(graph->g, false);
}

/* From scores back to scaled values: (K, B, L) to (n, K, L). */
static void copy_out(const struct drawing *d, float *x)
{
    const struct tw_gen *g = d->gen;
    size_t K = g->shape.K, L = g->shape.L, B = g->graph.B;

    for (size_t b = 0; b < d->count; b++) {
        for (size_t k = 0; k < K; k++) {
            const float *from = g->graph.x->data + (k * B + b) * L;
            float *to = x + ((d->first + b) * K + k) * L;

            for (size_t l = 0; l < L; l++)
                to[l] = (float)tw_marginal_inverse(&g->marginal[k],
                                                   (double)from[l]);
        }
    }
}

/* D and D_prev change places instead of being copied; the first D_prev is never
 * weighted, and is zero. */
static enum tw_status draw_batch(struct drawing *d, struct tw_err *err)
{
    struct tw_gen *g = d->gen;
    size_t n_batches = (d->req->n + g->graph.B - 1) / g->graph.B;

    tw_pool_run(g->be->pool, g->graph.B, 1, start_items, d);
    fill_labels(d);
    for (size_t i = 0; i < d->n_steps; i++) {
        struct step st = { .d = d, .i = i, .c = coefficients(d, i) };
        float *swap = d->D_prev;

        st.a = tw_diffusion_signal(&g->diffusion, d->grid[i]);
        st.s = tw_diffusion_noise(&g->diffusion, d->grid[i]);
        d->D_prev = d->D;
        d->D = swap;
        evaluate(d, d->grid[i]);
        tw_pool_run(g->be->pool, g->graph.B, 1, step_items, &st);
        if (!tw_progress_step(d->progress, "sample",
                              d->first / g->graph.B * d->n_steps + i + 1,
                              n_batches * d->n_steps, ""))
            return tw_fail(err, TW_ECANCELED, 0, "stopped while sampling");
    }
    return TW_OK;
}

/* Arrays have the size of the network's input, and serve every batch. */
static enum tw_status alloc_drawing(struct drawing *d, struct tw_err *err)
{
    size_t n = d->gen->graph.x->n;

    d->grid = tw_arena_alloc(&d->arena, d->n_steps + 1, sizeof(*d->grid));
    d->D = tw_arena_alloc(&d->arena, n, sizeof(*d->D));
    d->D_prev = tw_arena_alloc(&d->arena, n, sizeof(*d->D_prev));
    /* Guidance of exactly 0 or 1 means the labels as they are. */
    if (d->req->guidance > 0 && (d->req->guidance < 1 || d->req->guidance > 1))
        d->plain = tw_arena_alloc(&d->arena, n, sizeof(*d->plain));
    TW_TRY(tw_arena_check(&d->arena, "sampling", err));
    tw_diffusion_grid(&d->gen->diffusion, d->n_steps, d->grid);
    return TW_OK;
}

/* The graph for sampling, made at the first use and kept: weights do not change
 * after training, so the kernels of S4 are computed once. */
static enum tw_status prepare_graph(struct tw_gen *g, struct tw_err *err)
{
    /* Weights do not change after training: kernels and graph are kept. */
    if (g->has_graph)
        return TW_OK;
    TW_TRY(tw_sssd_fix_kernels(g->net, err));
    TW_TRY(tw_sssd_graph_init(&g->graph, g->net, TW_GEN_SAMPLE_BATCH, false,
                              TW_GEN_GRAPH_LIMIT, err));
    g->has_graph = true;
    return TW_OK;
}

/* Batches of a fixed size, the last one padded: one graph serves all, and the
 * arithmetic of a sample does not depend on its neighbours. */
static enum tw_status draw_all(struct drawing *d, float *x, struct tw_err *err)
{
    size_t B = d->gen->graph.B, n = d->req->n;

    TW_TRY(alloc_drawing(d, err));
    for (d->first = 0; d->first < n; d->first += B) {
        d->count = tw_size_min(n - d->first, B);
        TW_TRY(draw_batch(d, err));
        copy_out(d, x);
    }
    return TW_OK;
}

enum tw_status tw_gen_sample(struct tw_gen *gen,
                             const struct tw_gen_request *req, float *x,
                             const struct tw_progress *progress,
                             struct tw_err *err)
{
    struct drawing d = { .gen = gen,
                         .req = req,
                         .n_steps = req->steps,
                         .sampler = req->sampler,
                         .rng = tw_rng_seeded(req->seed),
                         .progress = progress };

    TW_TRY(check_request(gen, req, err));
    TW_TRY(prepare_graph(gen, err));
    if (d.n_steps == 0)
        d.n_steps = gen->diffusion.T;
    if (d.sampler == TW_GEN_SAMPLER_AUTO) {
        d.sampler = TW_GEN_SAMPLER_DDIM;
        if (d.n_steps == gen->diffusion.T)
            d.sampler = TW_GEN_SAMPLER_DDPM;
    }
    tw_arena_init(&d.arena, SCRATCH_LIMIT);
    enum tw_status st = draw_all(&d, x, err);

    tw_arena_release(&d.arena);
    return st;
}
