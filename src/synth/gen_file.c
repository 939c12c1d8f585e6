/*
 * gen_file.c - the file of a generator: everything that sampling needs, in
 * GGUF.
 *
 * docs/formats/generator.md lists the keys. Writing may trust what it has;
 * reading trusts nothing: sizes are bounded before memory is taken for them,
 * numbers are finite and in range, and a refusal names the key.
 */
#include "synth/gen_priv.h"

#include "tensor/ckpt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define VERSION       1
#define KEY(name)     "trialwright.sssd." name
#define SCRATCH_LIMIT ((size_t)256 << 20)

/* The numbers of a configuration, as keys of the file. */
static void put_config(struct tw_gguf_out *o, const struct tw_gen *g)
{
    const struct tw_gen_config *c = &g->config;

    tw_gguf_put_u64(o, KEY("counters"), g->shape.K);
    tw_gguf_put_u64(o, KEY("length"), g->shape.L);
    tw_gguf_put_u64(o, KEY("clusters"), g->shape.n_labels);
    tw_gguf_put_u64(o, KEY("channels"), c->channels);
    tw_gguf_put_u64(o, KEY("layers"), c->layers);
    tw_gguf_put_u64(o, KEY("state"), c->state);
    tw_gguf_put_u64(o, KEY("diffusion_steps"), c->diffusion_steps);
    tw_gguf_put_string(o, KEY("target"), tw_gen_target_name(c->target));
    tw_gguf_put_string(o, KEY("schedule"), tw_diffusion_name(c->schedule));
    tw_gguf_put_f64(o, KEY("normal"), c->normal);
    tw_gguf_put_u64(o, KEY("train.batch"), c->batch);
    tw_gguf_put_u64(o, KEY("train.steps"), c->steps);
    tw_gguf_put_u64(o, KEY("train.seed"), c->seed);
    tw_gguf_put_u64(o, KEY("train.warmup"), c->warmup);
    tw_gguf_put_bool(o, KEY("train.lr_cosine"), c->lr_cosine);
    tw_gguf_put_f64(o, KEY("train.lr"), c->lr);
    tw_gguf_put_f64(o, KEY("train.label_dropout"), c->label_dropout);
    tw_gguf_put_f64(o, KEY("train.ema"), c->ema);
    tw_gguf_put_f64(o, KEY("train.clip"), c->clip);
}

/* The names are borrowed until the writer has copied them. */
static enum tw_status put_names(struct tw_gguf_out *o, struct tw_arena *a,
                                const struct tw_gen *g)
{
    size_t K = g->shape.K;
    struct tw_gguf_string *names = tw_arena_alloc(a, K, sizeof(*names));

    if (!names)
        return TW_ENOMEM;
    for (size_t k = 0; k < K; k++)
        names[k] = (struct tw_gguf_string){ .bytes = g->names[k],
                                            .len = strlen(g->names[k]) };
    tw_gguf_put_strings(o, KEY("counter.names"), names, K);
    return TW_OK;
}

/* Four arrays of K numbers and four of K small ones. */
static enum tw_status put_scale(struct tw_gguf_out *o, struct tw_arena *a,
                                const struct tw_gen *g)
{
    size_t K = g->shape.K;
    double *v = tw_arena_alloc(a, 4 * K, sizeof(*v));
    int32_t *flags = tw_arena_alloc(a, 4 * K, sizeof(*flags));

    if (!v || !flags)
        return TW_ENOMEM;
    for (size_t k = 0; k < K; k++) {
        v[k] = g->scale[k].offset;
        v[K + k] = g->scale[k].scale;
        v[2 * K + k] = g->scale[k].min;
        v[3 * K + k] = g->scale[k].max;
        flags[k] = g->scale[k].log1p;
        flags[K + k] = g->scale[k].integral;
        flags[2 * K + k] = g->scale[k].decimals;
        flags[3 * K + k] = (int32_t)g->scale[k].growth;
    }
    tw_gguf_put_f64s(o, KEY("scale.offset"), v, K);
    tw_gguf_put_f64s(o, KEY("scale.scale"), v + K, K);
    tw_gguf_put_f64s(o, KEY("scale.min"), v + 2 * K, K);
    tw_gguf_put_f64s(o, KEY("scale.max"), v + 3 * K, K);
    tw_gguf_put_i32s(o, KEY("scale.log1p"), flags, K);
    tw_gguf_put_i32s(o, KEY("scale.integral"), flags + K, K);
    tw_gguf_put_i32s(o, KEY("scale.decimals"), flags + 2 * K, K);
    tw_gguf_put_i32s(o, KEY("scale.growth"), flags + 3 * K, K);
    return TW_OK;
}

/* Knots of all counters, one after the other. */
static enum tw_status put_marginals(struct tw_gguf_out *o, struct tw_arena *a,
                                    const struct tw_gen *g)
{
    size_t K = g->shape.K, n = 0;

    for (size_t k = 0; k < K; k++)
        n += g->marginal[k].n;
    double *values = tw_arena_alloc(a, n, sizeof(*values));
    double *scores = tw_arena_alloc(a, n, sizeof(*scores));
    int32_t *knots = tw_arena_alloc(a, K, sizeof(*knots));

    if (!values || !scores || !knots)
        return TW_ENOMEM;
    n = 0;
    for (size_t k = 0; k < K; k++) {
        const struct tw_marginal *m = &g->marginal[k];

        knots[k] = (int32_t)m->n;
        memcpy(values + n, m->value, m->n * sizeof(*values));
        memcpy(scores + n, m->score, m->n * sizeof(*scores));
        n += m->n;
    }
    tw_gguf_put_i32s(o, KEY("marginal.knots"), knots, K);
    tw_gguf_put_f64s(o, KEY("marginal.values"), values, n);
    tw_gguf_put_f64s(o, KEY("marginal.scores"), scores, n);
    return TW_OK;
}

/* Arrays in a need no longer live than these calls. */
static enum tw_status put_counters(struct tw_gguf_out *o, struct tw_arena *a,
                                   const struct tw_gen *g)
{
    TW_TRY(put_names(o, a, g));
    TW_TRY(put_scale(o, a, g));
    return put_marginals(o, a, g);
}

enum tw_status tw_gen_put(struct tw_gguf_out *o, const struct tw_gen *gen,
                          const char *arch, struct tw_err *err)
{
    struct tw_arena a;

    tw_gguf_put_string(o, "general.architecture", arch);
    tw_gguf_put_u64(o, KEY("version"), VERSION);
    put_config(o, gen);
    tw_gguf_put_string(o, KEY("trial.sha256"), gen->trial_sha256);
    tw_gguf_put_f64s(o, KEY("cluster.shares"), gen->share, gen->shape.n_labels);
    tw_gguf_put_f64s(o, KEY("dt"), tw_sssd_dt(gen->net),
                     2 * gen->shape.channels);
    tw_arena_init(&a, SCRATCH_LIMIT);
    enum tw_status st = put_counters(o, &a, gen);

    tw_arena_release(&a); /* the writer has its own copies */
    if (st != TW_OK)
        return tw_fail(err, st, 0, "no memory for the generator's file");
    tw_ckpt_put_params(o, tw_sssd_params(gen->net), TW_GGML_F32);
    return TW_OK;
}

enum tw_status tw_gen_save(const struct tw_gen *gen, const char *path,
                           struct tw_err *err)
{
    struct tw_gguf_out *o;

    TW_TRY(tw_gguf_out_new(&o, err));
    enum tw_status st = tw_gen_put(o, gen, TW_GEN_ARCH, err);

    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}

/* Reading.  Every number is checked before it is used; a refusal names it. */

/* Half of the range: sums of two sizes then cannot wrap. */
static enum tw_status get_size(const struct tw_gguf *f, const char *key,
                               size_t *v, struct tw_err *err)
{
    uint64_t u = 0;

    TW_TRY(tw_gguf_get_u64(f, key, &u, err));
    if (u > SIZE_MAX / 2)
        return tw_fail(err, TW_EFORMAT, 0, "key '%s' is out of range", key);
    *v = (size_t)u;
    return TW_OK;
}

/* Index of the text of a key among names[0..n-1]. */
static enum tw_status get_choice(const struct tw_gguf *f, const char *key,
                                 const char *(*name)(int), int *choice,
                                 struct tw_err *err)
{
    struct tw_gguf_string text;

    TW_TRY(tw_gguf_get_string(f, key, &text, err));
    for (int i = 0; name(i); i++) {
        if (strlen(name(i)) == text.len &&
            memcmp(name(i), text.bytes, text.len) == 0) {
            *choice = i;
            return TW_OK;
        }
    }
    return tw_fail(err, TW_EFORMAT, 0, "key '%s' has an unknown value", key);
}

/* The enums have another type each: get_choice() counts in int. */
static const char *target_name(int i)
{
    return tw_gen_target_name((enum tw_gen_target)i);
}

static const char *schedule_name(int i)
{
    return tw_diffusion_name((enum tw_diffusion_kind)i);
}

/* Not needed for sampling; they say how the model was made, and a checkpoint of
 * it goes on with them. */
static enum tw_status get_training(const struct tw_gguf *f,
                                   struct tw_gen_config *c, struct tw_err *err)
{
    TW_TRY(get_size(f, KEY("train.batch"), &c->batch, err));
    TW_TRY(get_size(f, KEY("train.steps"), &c->steps, err));
    TW_TRY(tw_gguf_get_u64(f, KEY("train.seed"), &c->seed, err));
    TW_TRY(get_size(f, KEY("train.warmup"), &c->warmup, err));
    TW_TRY(tw_gguf_get_bool(f, KEY("train.lr_cosine"), &c->lr_cosine, err));
    TW_TRY(tw_gguf_get_f64(f, KEY("train.lr"), &c->lr, err));
    TW_TRY(
        tw_gguf_get_f64(f, KEY("train.label_dropout"), &c->label_dropout, err));
    TW_TRY(tw_gguf_get_f64(f, KEY("train.ema"), &c->ema, err));
    return tw_gguf_get_f64(f, KEY("train.clip"), &c->clip, err);
}

/* c and s share three sizes; the file has them once. */
static enum tw_status get_config(const struct tw_gguf *f,
                                 struct tw_gen_config *c,
                                 struct tw_sssd_config *s, struct tw_err *err)
{
    int target = 0, schedule = 0;
    size_t version = 0;

    TW_TRY(get_size(f, KEY("version"), &version, err));
    if (version != VERSION)
        return tw_fail(err, TW_EFORMAT, 0,
                       "unsupported version %zu, this program reads %d",
                       version, VERSION);
    TW_TRY(get_size(f, KEY("counters"), &s->K, err));
    TW_TRY(get_size(f, KEY("length"), &s->L, err));
    TW_TRY(get_size(f, KEY("clusters"), &s->n_labels, err));
    TW_TRY(get_size(f, KEY("channels"), &s->channels, err));
    TW_TRY(get_size(f, KEY("layers"), &s->layers, err));
    TW_TRY(get_size(f, KEY("state"), &s->state, err));
    TW_TRY(get_size(f, KEY("diffusion_steps"), &c->diffusion_steps, err));
    TW_TRY(get_choice(f, KEY("target"), target_name, &target, err));
    TW_TRY(get_choice(f, KEY("schedule"), schedule_name, &schedule, err));
    TW_TRY(tw_gguf_get_f64(f, KEY("normal"), &c->normal, err));
    TW_TRY(get_training(f, c, err));
    c->channels = s->channels;
    c->layers = s->layers;
    c->state = s->state;
    c->target = (enum tw_gen_target)target;
    c->schedule = (enum tw_diffusion_kind)schedule;
    return TW_OK;
}

/* An array of exactly n finite numbers in low..high. */
static enum tw_status get_numbers(const struct tw_gguf *f, const char *key,
                                  struct tw_arena *a, size_t n,
                                  const double range[2], double **v,
                                  struct tw_err *err)
{
    size_t n_found = 0;

    TW_TRY(tw_gguf_get_f64s(f, key, a, v, &n_found, err));
    if (n_found != n)
        return tw_fail(err, TW_EFORMAT, 0, "key '%s' has %zu values, not %zu",
                       key, n_found, n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite((*v)[i]) || (*v)[i] < range[0] || (*v)[i] > range[1])
            return tw_fail(err, TW_EFORMAT, i, "key '%s': bad value %g", key,
                           (*v)[i]);
    return TW_OK;
}

/* *v: (n) in a; anything but 0 counts as set. */
static enum tw_status get_flags(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, size_t n, int64_t **v,
                                struct tw_err *err)
{
    size_t n_found = 0;

    TW_TRY(tw_gguf_get_i64s(f, key, a, v, &n_found, err));
    if (n_found != n)
        return tw_fail(err, TW_EFORMAT, 0, "key '%s' has %zu values, not %zu",
                       key, n_found, n);
    return TW_OK;
}

/* Numbers in 0..max that older files do not have: *v is all 0 then. */
static enum tw_status get_added(const struct tw_gguf *f, const char *key,
                                struct tw_arena *a, size_t n, int64_t max,
                                int64_t **v, struct tw_err *err)
{
    *v = tw_arena_alloc(a, n, sizeof(**v));
    if (!*v)
        return tw_fail(err, TW_ENOMEM, 0, "no memory for key '%s'", key);
    if (!tw_gguf_has(f, key))
        return TW_OK;
    TW_TRY(get_flags(f, key, a, n, v, err));
    for (size_t i = 0; i < n; i++)
        if ((*v)[i] < 0 || (*v)[i] > max)
            return tw_fail(err, TW_EFORMAT, i, "key '%s': bad value", key);
    return TW_OK;
}

static enum tw_status get_names(struct tw_gen *g, const struct tw_gguf *f,
                                struct tw_arena *a, struct tw_err *err)
{
    struct tw_gguf_string *names;
    size_t n = 0;

    TW_TRY(tw_gguf_get_strings(f, KEY("counter.names"), a, &names, &n, err));
    if (n != g->shape.K)
        return tw_fail(err, TW_EFORMAT, 0,
                       "key '" KEY("counter.names") "' has %zu values, not %zu",
                       n, g->shape.K);
    for (size_t k = 0; k < n; k++) {
        char *name = tw_arena_alloc(&g->arena, names[k].len + 1, 1);

        if (!name)
            return tw_fail(err, TW_ENOMEM, 0, "no memory for counter names");
        memcpy(name, names[k].bytes, names[k].len);
        if (strlen(name) != names[k].len)
            return tw_fail(err, TW_EFORMAT, k,
                           "key '" KEY("counter.names") "' holds a NUL");
        g->names[k] = name;
    }
    return TW_OK;
}

/* A scale of 0 would divide by zero on the way forward; negative ones were
 * never written. */
static enum tw_status get_scale(struct tw_gen *g, const struct tw_gguf *f,
                                struct tw_arena *a, struct tw_err *err)
{
    const double any[2] = { -HUGE_VAL, HUGE_VAL };
    const double positive[2] = { 1e-300, HUGE_VAL };
    size_t K = g->shape.K;
    double *offset, *scale, *low, *high;
    int64_t *log1p_flags, *integral, *decimals, *growth;

    TW_TRY(get_numbers(f, KEY("scale.offset"), a, K, any, &offset, err));
    TW_TRY(get_numbers(f, KEY("scale.scale"), a, K, positive, &scale, err));
    TW_TRY(get_numbers(f, KEY("scale.min"), a, K, any, &low, err));
    TW_TRY(get_numbers(f, KEY("scale.max"), a, K, any, &high, err));
    TW_TRY(get_flags(f, KEY("scale.log1p"), a, K, &log1p_flags, err));
    TW_TRY(get_flags(f, KEY("scale.integral"), a, K, &integral, err));
    TW_TRY(get_added(f, KEY("scale.decimals"), a, K, TW_TRIAL_DECIMALS,
                     &decimals, err));
    TW_TRY(get_added(f, KEY("scale.growth"), a, K, TW_TRIAL_RESTARTING, &growth,
                     err));
    for (size_t k = 0; k < K; k++)
        g->scale[k] =
            (struct tw_scale){ .decimals = (int)decimals[k],
                               .growth = (enum tw_trial_growth)growth[k],
                               .log1p = log1p_flags[k] != 0,
                               .integral = integral[k] != 0,
                               .offset = offset[k],
                               .scale = scale[k],
                               .min = low[k],
                               .max = high[k] };
    return TW_OK;
}

/* The knots of all counters stand one after the other: their number is known
 * only when all counts are read and bounded. */
static enum tw_status get_marginals(struct tw_gen *g, const struct tw_gguf *f,
                                    struct tw_arena *a, struct tw_err *err)
{
    const double any[2] = { -HUGE_VAL, HUGE_VAL };
    int64_t *knots;
    double *values, *scores;
    size_t n = 0;

    TW_TRY(get_flags(f, KEY("marginal.knots"), a, g->shape.K, &knots, err));
    for (size_t k = 0; k < g->shape.K; k++) {
        if (knots[k] < 2 || knots[k] > TW_MARGINAL_KNOTS)
            return tw_fail(err, TW_EFORMAT, k,
                           "key '" KEY("marginal.knots") "': bad value");
        n += (size_t)knots[k];
    }
    TW_TRY(get_numbers(f, KEY("marginal.values"), a, n, any, &values, err));
    TW_TRY(get_numbers(f, KEY("marginal.scores"), a, n, any, &scores, err));
    n = 0;
    for (size_t k = 0; k < g->shape.K; k++) {
        struct tw_marginal *m = &g->marginal[k];

        m->n = (size_t)knots[k];
        memcpy(m->value, values + n, m->n * sizeof(*values));
        memcpy(m->score, scores + n, m->n * sizeof(*scores));
        n += m->n;
        if (tw_marginal_check(m, NULL) != TW_OK)
            return tw_fail(err, TW_EFORMAT, k,
                           "key '" KEY("marginal.values") "' is out of order "
                                                          "in counter '%s'",
                           g->names[k]);
    }
    return TW_OK;
}

/* Shares decide how often a cluster is drawn: they sum to 1, up to the rounding
 * of the one who wrote them. */
static enum tw_status get_clusters(struct tw_gen *g, const struct tw_gguf *f,
                                   struct tw_arena *a, struct tw_err *err)
{
    const double unit[2] = { 0, 1 };
    struct tw_gguf_string sha;
    double *share, sum = 0;

    TW_TRY(get_numbers(f, KEY("cluster.shares"), a, g->shape.n_labels, unit,
                       &share, err));
    for (size_t i = 0; i < g->shape.n_labels; i++)
        sum += g->share[i] = share[i];
    if (!(fabs(sum - 1) < 1e-6))
        return tw_fail(err, TW_EFORMAT, 0,
                       "key '" KEY("cluster.shares") "': sum is %g, not 1",
                       sum);
    TW_TRY(tw_gguf_get_string(f, KEY("trial.sha256"), &sha, err));
    if (sha.len >= sizeof(g->trial_sha256))
        return tw_fail(err, TW_EFORMAT, 0,
                       "key '" KEY("trial.sha256") "' is too long");
    memcpy(g->trial_sha256, sha.bytes, sha.len);
    return TW_OK;
}

/* A file claims its sizes; it must hold the weights before they get memory. */
static enum tw_status check_bytes(const struct tw_gguf *f,
                                  const struct tw_sssd_config *s,
                                  struct tw_err *err)
{
    size_t n_wanted = tw_sssd_elements(s), n_bytes = 0;

    for (size_t i = 0; i < tw_gguf_count_tensors(f); i++)
        n_bytes += tw_gguf_tensor_at(f, i)->size;
    if (n_bytes / sizeof(float) < n_wanted)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%zu weights are announced, %zu are there", n_wanted,
                       n_bytes / sizeof(float));
    return TW_OK;
}

/* The network is made from the time steps of the file, and gets its weights
 * last. */
static enum tw_status fill(struct tw_gen *g, const struct tw_gguf *f,
                           struct tw_arena *a, struct tw_err *err)
{
    const double range[2] = { 1e-9, 10 };
    double *dt;

    TW_TRY(get_names(g, f, a, err));
    TW_TRY(get_scale(g, f, a, err));
    TW_TRY(get_marginals(g, f, a, err));
    TW_TRY(get_clusters(g, f, a, err));
    TW_TRY(
        get_numbers(f, KEY("dt"), a, 2 * g->shape.channels, range, &dt, err));
    TW_TRY(tw_sssd_new(&g->net, &g->shape, dt, g->config.seed, g->be, err));
    return tw_ckpt_get_params(f, tw_sssd_params(g->net), err);
}

/* What is made here, *gen, is freed by the caller when this fails. */
static enum tw_status read_file(struct tw_gen **gen, const struct tw_gguf *f,
                                struct tw_backend *be, struct tw_err *err)
{
    struct tw_gen_config c = { 0 };
    struct tw_sssd_config s = { 0 };
    struct tw_gguf_string arch;
    struct tw_arena a;

    TW_TRY(tw_gguf_get_string(f, "general.architecture", &arch, err));
    if (arch.len != strlen(TW_GEN_ARCH) ||
        memcmp(arch.bytes, TW_GEN_ARCH, arch.len) != 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "architecture is '%.*s', not '" TW_GEN_ARCH "'",
                       arch.len < 64 ? (int)arch.len : 64, arch.bytes);
    TW_TRY(get_config(f, &c, &s, err));
    TW_TRY(tw_sssd_check(&s, err));
    TW_TRY(check_bytes(f, &s, err));
    TW_TRY(tw_gen_alloc(gen, &c, &s, be, err));
    tw_arena_init(&a, SCRATCH_LIMIT);
    enum tw_status st = fill(*gen, f, &a, err);

    tw_arena_release(&a);
    return st;
}

enum tw_status tw_gen_open(struct tw_gen **gen, const char *path,
                           struct tw_backend *be, struct tw_err *err)
{
    struct tw_gguf *f;
    struct tw_err cause = { 0 };

    *gen = NULL;
    TW_TRY(tw_gguf_open(&f, path, err));
    enum tw_status st = read_file(gen, f, be, &cause);

    st = tw_gguf_check(f, st, &cause);
    tw_gguf_close(f);
    if (st == TW_OK)
        return TW_OK;
    tw_gen_free(*gen);
    *gen = NULL;
    /* What the file says wrong is the file's fault, not the caller's. */
    return tw_fail(err, st == TW_EINVAL ? TW_EFORMAT : st, cause.pos,
                   "cannot open '%s': %s", path, cause.msg);
}
