/*
 * gen.c - the generator as a thing: settings, memory, what it says of itself.
 */
#include "synth/gen.h"

#include "base/fault.h"
#include "synth/gen_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Sizes come from files, too: no claim may ask for more than this. */
#define STEPS_MAX   100000000
#define ARENA_LIMIT ((size_t)256 << 20)

/* The names are in files of generators and cannot change. */
const char *tw_gen_target_name(enum tw_gen_target target)
{
    switch (target) {
    case TW_GEN_NOISE:
        return "noise";
    case TW_GEN_X0:
        return "x0";
    case TW_GEN_VELOCITY:
        return "velocity";
    case TW_GEN_TARGET_COUNT:
        break;
    }
    return NULL;
}

/* The settings that the three sizes share were measured: docs/decisions,
 * 0002. */
struct tw_gen_config tw_gen_config_small(void)
{
    return (struct tw_gen_config){
        .channels = 64,
        .layers = 8,
        .state = 64,
        .diffusion_steps = 200,
        .batch = 32,
        .steps = 4000,
        .lr = 1e-3,
        .label_dropout = 0.1,
        .checkpoint_every = 500,
        .target = TW_GEN_VELOCITY,
        .schedule = TW_DIFFUSION_COSINE,
        .ema = 0.999,
        .clip = 1,
        .warmup = 100,
        .lr_cosine = true,
        .normal = 0.5,
    };
}

struct tw_gen_config tw_gen_config_quick(void)
{
    struct tw_gen_config c = tw_gen_config_small();

    c.channels = 32;
    c.layers = 4;
    c.steps = 3000;
    c.lr = 3e-3;
    c.ema = 0.995;
    c.warmup = 50;
    return c;
}

/* Width, depth and rate of SSSD's configuration; the rest stays ours. */
struct tw_gen_config tw_gen_config_paper(void)
{
    struct tw_gen_config c = tw_gen_config_small();

    c.channels = 256;
    c.layers = 36;
    c.steps = 150000;
    c.lr = 2e-4;
    return c;
}

/* Who adds a field must decide whether it belongs into the hash below. */
static_assert(sizeof(struct tw_gen_config) == 128,
              "tw_gen_config_hash() lists the fields of tw_gen_config");

void tw_gen_config_hash(struct tw_hash *h, const struct tw_gen_config *c)
{
    tw_hash_add_u64(h, c->channels);
    tw_hash_add_u64(h, c->layers);
    tw_hash_add_u64(h, c->state);
    tw_hash_add_u64(h, c->diffusion_steps);
    tw_hash_add_u64(h, c->batch);
    tw_hash_add_u64(h, c->steps);
    tw_hash_add_f64(h, c->lr);
    tw_hash_add_f64(h, c->label_dropout);
    tw_hash_add_u64(h, c->seed);
    tw_hash_add_u64(h, c->target);
    tw_hash_add_u64(h, c->schedule);
    tw_hash_add_f64(h, c->ema);
    tw_hash_add_f64(h, c->clip);
    tw_hash_add_u64(h, c->warmup);
    tw_hash_add_u64(h, c->lr_cosine);
    tw_hash_add_f64(h, c->normal);
}

static bool inside(double v, double low, double high)
{
    return v >= low && v <= high; /* false for a NaN */
}

/* Bounds that a user can pass by a slip of the keyboard, and that a hostile
 * file can carry; tw_sssd_check() has those of the network. */
enum tw_status tw_gen_config_check(const struct tw_gen_config *c,
                                   struct tw_err *err)
{
    if (c->batch < 1 || c->batch > TW_GEN_BATCH_MAX)
        return tw_fail(err, TW_EINVAL, 0, "batch %zu is outside of 1..%d",
                       c->batch, TW_GEN_BATCH_MAX);
    if (c->steps < 1 || c->steps > STEPS_MAX)
        return tw_fail(err, TW_EINVAL, 0, "%zu steps are outside of 1..%d",
                       c->steps, STEPS_MAX);
    if (!tw_gen_target_name(c->target))
        return tw_fail(err, TW_EINVAL, 0, "unknown target %d", (int)c->target);
    if (!(c->lr > 0) || !inside(c->lr, 0, 1))
        return tw_fail(err, TW_EINVAL, 0, "learning rate %g is outside of 0..1",
                       c->lr);
    if (!inside(c->label_dropout, 0, 1))
        return tw_fail(err, TW_EINVAL, 0, "label dropout %g is outside of 0..1",
                       c->label_dropout);
    if (!inside(c->ema, 0, 0.99999999))
        return tw_fail(err, TW_EINVAL, 0, "decay %g is outside of 0..1",
                       c->ema);
    if (!inside(c->normal, 0, 1))
        return tw_fail(err, TW_EINVAL, 0, "normal share %g is outside of 0..1",
                       c->normal);
    if (!inside(c->clip, 0, 1e9))
        return tw_fail(err, TW_EINVAL, 0, "gradient bound %g is negative",
                       c->clip);
    return TW_OK;
}

/* All arrays are made before any is used, zeroed, so that freeing a half-made
 * generator is always safe. */
static enum tw_status alloc_parts(struct tw_gen *g, struct tw_err *err)
{
    const struct tw_sssd_config *s = &g->shape;

    g->names = tw_arena_alloc(&g->arena, s->K, sizeof(*g->names));
    g->scale = tw_arena_alloc(&g->arena, s->K, sizeof(*g->scale));
    g->marginal = tw_arena_alloc(&g->arena, s->K, sizeof(*g->marginal));
    g->share = tw_arena_alloc(&g->arena, s->n_labels, sizeof(*g->share));
    TW_TRY(tw_arena_check(&g->arena, "the generator", err));
    return tw_diffusion_init(&g->diffusion, &g->arena, g->config.schedule,
                             g->config.diffusion_steps, err);
}

/* The network is made later: by training from a seed, or from a file with its
 * time steps. */
enum tw_status tw_gen_alloc(struct tw_gen **gen,
                            const struct tw_gen_config *config,
                            const struct tw_sssd_config *shape,
                            struct tw_backend *be, struct tw_err *err)
{
    TW_TRY(tw_gen_config_check(config, err));
    TW_TRY(tw_sssd_check(shape, err));
    struct tw_gen *g = tw_mem_zeroed(1, sizeof(*g));

    if (!g)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the generator");
    g->config = *config;
    g->shape = *shape;
    g->be = be;
    tw_arena_init(&g->arena, ARENA_LIMIT);
    enum tw_status st = alloc_parts(g, err);

    if (st != TW_OK) {
        tw_gen_free(g);
        return st;
    }
    *gen = g;
    return TW_OK;
}

/* The graph refers to the network, the network to the backend: in this
 * order. */
void tw_gen_free(struct tw_gen *gen)
{
    if (!gen)
        return;
    if (gen->has_graph)
        tw_sssd_graph_release(&gen->graph);
    tw_sssd_free(gen->net);
    tw_arena_release(&gen->arena);
    free(gen);
}

size_t tw_gen_counters(const struct tw_gen *gen)
{
    return gen->shape.K;
}

size_t tw_gen_length(const struct tw_gen *gen)
{
    return gen->shape.L;
}

size_t tw_gen_clusters(const struct tw_gen *gen)
{
    return gen->shape.n_labels;
}

const char *tw_gen_counter_name(const struct tw_gen *gen, size_t k)
{
    TW_ASSERT(k < gen->shape.K);
    return gen->names[k];
}

const struct tw_scale *tw_gen_scale(const struct tw_gen *gen, size_t k)
{
    TW_ASSERT(k < gen->shape.K);
    return &gen->scale[k];
}

const double *tw_gen_cluster_shares(const struct tw_gen *gen)
{
    return gen->share;
}

const char *tw_gen_trial_sha256(const struct tw_gen *gen)
{
    return gen->trial_sha256;
}

struct tw_gen_config tw_gen_config_of(const struct tw_gen *gen)
{
    return gen->config;
}
