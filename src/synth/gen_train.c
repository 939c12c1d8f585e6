/*
 * gen_train.c - training: batches, steps, checkpoints.
 *
 * Everything random in step i is a function of the seed and i. A run that is
 * stopped and goes on from a checkpoint ends therefore in the same bytes as one
 * that was not, which the tests check.
 */
#include "synth/gen_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "tensor/ckpt.h"
#include "tensor/optim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The loss of one batch is noise; what is shown is a mean over the last
 * steps. */
#define LOSS_WINDOW 100
/* The cosine ends at a twentieth of the rate (gen.h). */
#define LR_FLOOR    0.05f
#define KEY(name)   "trialwright.sssd.checkpoint." name
#define DATA_LIMIT  ((size_t)8 << 30)

/* One item of a batch: its window and its time. */
struct item {
    size_t window;
    long t;
};

struct trainer {
    struct tw_gen *gen;
    const struct tw_windows *w;
    const struct tw_clusters *c;
    struct tw_arena arena;
    float *data;        /* (n, K, L) scores */
    float *embed;       /* (T, 128) */
    uint32_t *order;    /* (n) of the present epoch */
    struct item *items; /* of the present batch */
    uint64_t epoch;
    struct tw_rng rng; /* root of all streams */
    struct tw_sssd_graph graph;
    struct tw_adam adam;
    bool has_adam;
    double loss[LOSS_WINDOW]; /* of step i at i % LOSS_WINDOW */
    uint64_t step;            /* done */
    char identity[TW_HASH_HEX_SIZE];
};

/* Everything that decides the weights after n steps: a checkpoint of anything
 * else must not be continued. */
static void make_identity(struct trainer *tr)
{
    const struct tw_gen *g = tr->gen;
    const struct tw_sssd_config *s = &g->shape;
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_add_u64(&h, s->K);
    tw_hash_add_u64(&h, s->L);
    tw_hash_add_u64(&h, s->n_labels);
    tw_hash_add_u64(&h, tr->w->n);
    tw_gen_config_hash(&h, &g->config);
    tw_hash_adds(&h, g->trial_sha256);
    tw_hash_add(&h, tr->w->x, tr->w->n * s->K * s->L * sizeof(*tr->w->x));
    tw_hash_add(&h, tr->c->label, tr->w->n * sizeof(*tr->c->label));
    tw_hash_hex(&h, tr->identity);
}

/* What sampling needs of the trial, so that it can do without: names, scales,
 * shares of the clusters, the trial's name. */
static enum tw_status copy_trial(struct tw_gen *g, const struct tw_trial *t,
                                 const struct tw_windows *w,
                                 const struct tw_clusters *c,
                                 struct tw_err *err)
{
    for (size_t k = 0; k < w->K; k++) {
        const char *name = t->counters[w->counter[k]].name;

        g->names[k] = tw_arena_text(&g->arena, name, strlen(name));
        g->scale[k] = w->scale[k];
    }
    TW_TRY(tw_arena_check(&g->arena, "counter names", err));
    for (size_t i = 0; i < w->n; i++) {
        if (c->label[i] >= c->k)
            return tw_fail(err, TW_EINVAL, 0, "window %zu has no cluster", i);
        g->share[c->label[i]] += 1 / (double)w->n;
    }
    snprintf(g->trial_sha256, sizeof(g->trial_sha256), "%s", t->sha256);
    return TW_OK;
}

/* Fit the marginal of counter k and turn its rows of the windows into scores.
 * values: (n, L) scratch, sorted by the fit. */
static enum tw_status make_counter(struct trainer *tr, size_t k, float *values,
                                   struct tw_err *err)
{
    const struct tw_windows *w = tr->w;
    struct tw_marginal *m = &tr->gen->marginal[k];

    for (size_t i = 0; i < w->n; i++)
        memcpy(values + i * w->L, w->x + (i * w->K + k) * w->L,
               w->L * sizeof(*values));
    for (size_t i = 0; i < w->n * w->L; i++)
        if (!isfinite(values[i]))
            return tw_fail(err, TW_EINVAL, 0,
                           "counter '%s' holds a value that is not finite",
                           tr->gen->names[k]);
    tw_marginal_fit(m, values, w->n * w->L, tr->gen->config.normal);
    for (size_t i = 0; i < w->n; i++) {
        size_t first = (i * w->K + k) * w->L;

        for (size_t l = first; l < first + w->L; l++)
            tr->data[l] = (float)tw_marginal_forward(m, (double)w->x[l]);
    }
    return TW_OK;
}

/* The windows as scores, counter by counter. */
static enum tw_status make_data(struct trainer *tr, struct tw_err *err)
{
    const struct tw_windows *w = tr->w;
    struct tw_arena scratch;

    tr->data = tw_arena_alloc(&tr->arena, w->n * w->K * w->L, sizeof(float));
    TW_TRY(tw_arena_check(&tr->arena, "the windows", err));
    tw_arena_init(&scratch, DATA_LIMIT);
    float *values = tw_arena_alloc(&scratch, w->n * w->L, sizeof(*values));
    enum tw_status st = tw_arena_check(&scratch, "the windows", err);

    for (size_t k = 0; st == TW_OK && k < w->K; k++)
        st = make_counter(tr, k, values, err);
    tw_arena_release(&scratch);
    return st;
}

/* The embedding of a step costs 128 sines and cosines: all T of them are made
 * once. embed: (T, 128). */
static enum tw_status make_tables(struct trainer *tr, struct tw_err *err)
{
    size_t T = tr->gen->diffusion.T;

    tr->embed =
        tw_arena_alloc(&tr->arena, T * TW_DIFFUSION_EMBED, sizeof(*tr->embed));
    tr->order = tw_arena_alloc(&tr->arena, tr->w->n, sizeof(*tr->order));
    tr->items =
        tw_arena_alloc(&tr->arena, tr->gen->config.batch, sizeof(*tr->items));
    TW_TRY(tw_arena_check(&tr->arena, "training", err));
    for (size_t t = 0; t < T; t++)
        tw_diffusion_embed((double)t, tr->embed + t * TW_DIFFUSION_EMBED, 1);
    tr->epoch = UINT64_MAX; /* no order yet */
    return TW_OK;
}

/* Fisher-Yates, a function of the seed and the epoch. */
static void shuffle(struct trainer *tr, uint64_t epoch)
{
    struct tw_rng r = tw_rng_split(&tr->rng, "order", epoch);
    size_t n = tr->w->n;

    for (size_t i = 0; i < n; i++)
        tr->order[i] = (uint32_t)i;
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = (size_t)tw_rng_below(&r, i + 1);
        uint32_t x = tr->order[i];

        tr->order[i] = tr->order[j];
        tr->order[j] = x;
    }
    tr->epoch = epoch;
}

/* Windows in shuffled order; times spread evenly over the batch (one random
 * shift for all), which keeps each uniform and makes the loss less noisy. */
static void choose_items(struct trainer *tr)
{
    size_t B = tr->gen->config.batch, T = tr->gen->diffusion.T;
    struct tw_rng r = tw_rng_split(&tr->rng, "time", tr->step);
    double shift = tw_rng_uniform(&r);

    for (size_t i = 0; i < B; i++) {
        uint64_t global = tr->step * B + i;
        double where = shift + (double)i / (double)B;

        if (global / tr->w->n != tr->epoch)
            shuffle(tr, global / tr->w->n);
        tr->items[i].window = tr->order[global % tr->w->n];
        tr->items[i].t = (long)((where - floor(where)) * (double)T);
        if (tr->items[i].t >= (long)T)
            tr->items[i].t = (long)T - 1;
    }
}

/* Column i of the labels (n_labels, B). Some are dropped, so that the network
 * also learns to answer without one, which guidance needs. */
static void fill_labels(struct trainer *tr, size_t i, size_t window)
{
    const struct tw_gen *g = tr->gen;
    uint64_t global = tr->step * tr->graph.B + i;
    struct tw_rng r = tw_rng_split(&tr->rng, "label", global);
    bool dropped = tw_rng_uniform(&r) < g->config.label_dropout;
    float *labels = tr->graph.labels->data;

    for (size_t j = 0; j < g->shape.n_labels; j++)
        labels[j * tr->graph.B + i] =
            (float)(!dropped && tr->c->label[window] == j);
}

/* What the network shall answer where a x0 + s e is its input (gen.h). */
static float target_of(enum tw_gen_target target, float x0, float e, float a,
                       float s)
{
    if (target == TW_GEN_NOISE)
        return e;
    if (target == TW_GEN_X0)
        return x0;
    return a * e - s * x0;
}

/* Row k of item i: noisy series, target and weights. Missing values have weight
 * 0: they were interpolated, and nobody should learn lines. */
static void fill_row(const struct trainer *tr, const struct item *it, size_t i,
                     size_t k, const float *noise)
{
    const struct tw_gen *g = tr->gen;
    size_t L = g->shape.L, from = (it->window * g->shape.K + k) * L;
    size_t to = (k * tr->graph.B + i) * L;
    float a = (float)tw_diffusion_signal(&g->diffusion, it->t);
    float s = (float)tw_diffusion_noise(&g->diffusion, it->t);

    for (size_t l = 0; l < L; l++) {
        float x0 = tr->data[from + l], e = noise[l];

        tr->graph.x->data[to + l] = a * x0 + s * e;
        tr->graph.target->data[to + l] =
            target_of(g->config.target, x0, e, a, s);
        tr->graph.weight->data[to + l] = (float)tr->w->known[from + l];
    }
}

/* Items of a batch, one task of the pool each; all that is drawn depends on the
 * item's number in the whole run. */
static void fill_items(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct trainer *tr = ctx;
    size_t K = tr->gen->shape.K, L = tr->gen->shape.L, B = tr->graph.B;
    float *step = tr->graph.step->data;

    (void)worker;
    for (size_t i = first; i < last; i++) {
        const struct item *it = &tr->items[i];
        struct tw_rng r = tw_rng_split(&tr->rng, "noise", tr->step * B + i);
        const float *embed = tr->embed + (size_t)it->t * TW_DIFFUSION_EMBED;

        for (size_t e = 0; e < TW_DIFFUSION_EMBED; e++)
            step[e * B + i] = embed[e];
        fill_labels(tr, i, it->window);
        for (size_t k = 0; k < K; k++) {
            /* The target's row is scratch for the noise. */
            float *noise = tr->graph.target->data + (k * B + i) * L;

            tw_rng_fill_normal(noise, L, r.key, k * L);
            fill_row(tr, it, i, k, noise);
        }
    }
}

/* Warm-up, then constant or a cosine. */
static float rate_at(const struct tw_gen_config *c, uint64_t step)
{
    enum tw_schedule kind = TW_SCHEDULE_CONSTANT;

    if (c->lr_cosine)
        kind = TW_SCHEDULE_COSINE;
    return tw_schedule_lr(kind, step, c->warmup, c->steps, (float)c->lr,
                          LR_FLOOR);
}

/* The average's decay grows with the steps, (1 + n) / (10 + n), up to the one
 * configured: a short run must not average over its random start. */
static float decay_at(const struct tw_gen_config *c, uint64_t step)
{
    double decay = (1 + (double)step) / (10 + (double)step);

    return (float)fmin(decay, c->ema);
}

/* One step. A number that is not finite ends the training: all weights are lost
 * then, and the last checkpoint is still good. */
static enum tw_status train_step(struct trainer *tr, struct tw_err *err)
{
    const struct tw_gen_config *c = &tr->gen->config;

    choose_items(tr);
    tw_pool_run(tr->gen->be->pool, tr->graph.B, 1, fill_items, tr);
    tw_params_zero_grad(tw_sssd_params(tr->gen->net));
    tw_graph_forward(tr->graph.g, true);
    tw_graph_backward(tr->graph.g);
    tr->adam.ema_decay = decay_at(c, tr->step);
    float norm = tw_adam_step(&tr->adam, rate_at(c, tr->step));
    double loss = (double)tr->graph.loss->data[0];

    if (!isfinite(norm) || !isfinite(loss))
        return tw_fail(err, TW_EINVAL, 0,
                       "training diverged in step %llu: lower the learning "
                       "rate %g",
                       (unsigned long long)tr->step, c->lr);
    tr->loss[tr->step % LOSS_WINDOW] = loss;
    tr->step++;
    return TW_OK;
}

/* The ring holds step i at i % LOSS_WINDOW; in a checkpoint it goes along. */
static double mean_loss(const struct trainer *tr)
{
    size_t n = LOSS_WINDOW;
    double sum = 0;

    if (tr->step < LOSS_WINDOW)
        n = (size_t)tr->step;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += tr->loss[i];
    return sum / (double)n;
}

static enum tw_status write_checkpoint(const struct trainer *tr,
                                       const char *path, struct tw_err *err)
{
    struct tw_gguf_out *o;

    TW_TRY(tw_gguf_out_new(&o, err));
    enum tw_status st = tw_gen_put(o, tr->gen, TW_GEN_ARCH_CHECKPOINT, err);

    tw_gguf_put_f64s(o, KEY("losses"), tr->loss, LOSS_WINDOW);
    tw_ckpt_put_run(o, &tr->adam, tr->identity);
    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}

static enum tw_status read_state(void *ctx, const struct tw_gguf *f,
                                 struct tw_err *err)
{
    struct trainer *tr = ctx;
    const struct tw_gen_config *c = &tr->gen->config;
    size_t n_loss = 0;
    double *loss;

    TW_TRY(tw_gguf_get_f64s(f, KEY("losses"), &tr->arena, &loss, &n_loss, err));
    TW_TRY(tw_ckpt_get_params(f, tw_sssd_params(tr->gen->net), err));
    tr->adam.ema_decay = decay_at(c, 0); /* is there an average to read? */
    TW_TRY(tw_ckpt_get_adam(f, &tr->adam, err));
    if (tr->adam.step > c->steps || n_loss != LOSS_WINDOW)
        return tw_fail(err, TW_EFORMAT, 0, "bad number of steps or losses");
    memcpy(tr->loss, loss, sizeof(tr->loss));
    tr->step = tr->adam.step;
    /* After the last step nothing else says that there is an average. */
    tr->adam.ema_decay = decay_at(c, tr->step);
    return TW_OK;
}

static enum tw_status prepare(struct trainer *tr, const struct tw_trial *t,
                              struct tw_err *err)
{
    struct tw_gen *g = tr->gen;

    TW_TRY(copy_trial(g, t, tr->w, tr->c, err));
    TW_TRY(make_data(tr, err));
    TW_TRY(make_tables(tr, err));
    TW_TRY(tw_sssd_new(&g->net, &g->shape, NULL, g->config.seed, g->be, err));
    TW_TRY(tw_sssd_graph_init(&tr->graph, g->net, g->config.batch, true,
                              TW_GEN_GRAPH_LIMIT, err));
    TW_TRY(tw_adam_init(&tr->adam, tw_sssd_params(g->net), g->be, err));
    tr->has_adam = true;
    tr->adam.clip = (float)g->config.clip;
    make_identity(tr); /* the last: all that it names is there */
    return TW_OK;
}

/* Steps until the end or a stop; checkpoints on the way. */
static enum tw_status run_steps(struct trainer *tr, const char *checkpoint,
                                const struct tw_progress *progress,
                                struct tw_err *err)
{
    const struct tw_gen_config *c = &tr->gen->config;
    uint64_t first = tr->step;
    double start = tw_clock_mono();

    while (tr->step < c->steps) {
        char text[64];

        TW_TRY(train_step(tr, err));
        double seconds = tw_clock_mono() - start;

        if (!(seconds > 0))
            seconds = 1; /* a clock too coarse for one step */
        snprintf(text, sizeof(text), "loss %.4f, %.1f it/s", mean_loss(tr),
                 (double)(tr->step - first) / seconds);
        bool stopped = !tw_progress_step(progress, "fit", (size_t)tr->step,
                                         c->steps, text);
        bool due = c->checkpoint_every && tr->step % c->checkpoint_every == 0;

        if (checkpoint && (stopped || due || tr->step == c->steps))
            TW_TRY(write_checkpoint(tr, checkpoint, err));
        if (stopped && tr->step < c->steps)
            return tw_fail(err, TW_ECANCELED, 0, "stopped after %llu steps",
                           (unsigned long long)tr->step);
    }
    return TW_OK;
}

/* A checkpoint in the way is continued or refused, never overwritten. */
static enum tw_status train(struct trainer *tr, const struct tw_trial *t,
                            const char *checkpoint,
                            const struct tw_progress *progress,
                            struct tw_gen_fit *fit, struct tw_err *err)
{
    double start = tw_clock_mono();

    TW_TRY(prepare(tr, t, err));
    if (checkpoint && tw_file_exists(checkpoint))
        TW_TRY(tw_ckpt_resume(checkpoint, tr->identity, read_state, tr, err));
    fit->step_resumed = (size_t)tr->step;
    TW_TRY(run_steps(tr, checkpoint, progress, err));
    if (tr->gen->config.ema > 0)
        tw_adam_swap_ema(&tr->adam); /* the model is the average */
    fit->loss = mean_loss(tr);
    fit->seconds = tw_clock_mono() - start;
    fit->n_parameters = tw_params_elements(tw_sssd_params(tr->gen->net));
    return TW_OK;
}

enum tw_status tw_gen_train(struct tw_gen **gen, const struct tw_gen_data *data,
                            const struct tw_gen_config *config,
                            struct tw_backend *be, const char *checkpoint,
                            const struct tw_progress *progress,
                            struct tw_gen_fit *fit, struct tw_err *err)
{
    struct tw_gen_fit unused;
    const struct tw_windows *w = data->windows;
    struct trainer tr = { .w = w,
                          .c = data->clusters,
                          .rng = tw_rng_seeded(config->seed) };
    const struct tw_sssd_config shape = {
        .K = w->K,
        .L = w->L,
        .n_labels = data->clusters->k,
        .channels = config->channels,
        .layers = config->layers,
        .state = config->state,
    };

    *gen = NULL;
    if (w->n < 1 || w->n > UINT32_MAX)
        return tw_fail(err, TW_EINVAL, 0, "%zu windows to train on", w->n);
    TW_TRY(tw_gen_alloc(&tr.gen, config, &shape, be, err));
    tw_arena_init(&tr.arena, DATA_LIMIT);
    if (!fit)
        fit = &unused;
    enum tw_status st = train(&tr, data->trial, checkpoint, progress, fit, err);

    if (tr.has_adam)
        tw_adam_release(&tr.adam);
    tw_sssd_graph_release(&tr.graph);
    tw_arena_release(&tr.arena);
    if (st != TW_OK) {
        tw_gen_free(tr.gen);
        return st;
    }
    *gen = tr.gen;
    return TW_OK;
}

/* The first run is not counted: it touches all memory for the first time. */
static enum tw_status time_steps(struct tw_sssd *net, struct tw_sssd_graph *g,
                                 struct tw_backend *be, double *seconds,
                                 struct tw_err *err)
{
    struct tw_adam adam;

    TW_TRY(tw_adam_init(&adam, tw_sssd_params(net), be, err));
    adam.ema_decay = 0.9f;
    *seconds = HUGE_VAL;
    /* The fastest of three: others may use the machine too. */
    for (int i = 0; i < 4; i++) {
        double start = tw_clock_mono();

        tw_params_zero_grad(tw_sssd_params(net));
        tw_graph_forward(g->g, true);
        tw_graph_backward(g->g);
        tw_adam_step(&adam, 1e-6f);
        double taken = tw_clock_mono() - start;

        if (i > 0 && taken < *seconds)
            *seconds = taken;
    }
    tw_adam_release(&adam);
    return TW_OK;
}

/* On empty input: time does not depend on the data. */
enum tw_status tw_gen_step_seconds(const struct tw_gen_config *config,
                                   size_t counters, size_t length,
                                   size_t clusters, struct tw_backend *be,
                                   double *seconds, struct tw_err *err)
{
    const struct tw_sssd_config shape = {
        .K = counters,
        .L = length,
        .n_labels = clusters,
        .channels = config->channels,
        .layers = config->layers,
        .state = config->state,
    };
    struct tw_sssd_graph graph = { 0 };
    struct tw_sssd *net;

    TW_TRY(tw_gen_config_check(config, err));
    TW_TRY(tw_sssd_new(&net, &shape, NULL, 1, be, err));
    enum tw_status st = tw_sssd_graph_init(&graph, net, config->batch, true,
                                           TW_GEN_GRAPH_LIMIT, err);

    if (st == TW_OK) {
        /* The loss divides by the sum of its weights. */
        for (size_t i = 0; i < graph.weight->n; i++)
            graph.weight->data[i] = 1;
        st = time_steps(net, &graph, be, seconds, err);
    }
    tw_sssd_graph_release(&graph);
    tw_sssd_free(net);
    return st;
}
