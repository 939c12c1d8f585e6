/*
 * sssd.c - the network SSSD-S4: its parameters, their start, and its graph.
 *
 * H = 2 C channels inside a block. The graph is built operator by operator
 * (tensor/ops.h); every function here that takes a struct pass only adds to it
 * and computes nothing. Failures are sticky there, too.
 */
#include "synth/sssd.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/rng.h"
#include "base/size.h"
#include "synth/diffusion.h"
#include "synth/hippo.h"
#include "tensor/ops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Sizes of SSSD's published configuration: LABEL_WIDTH is the embedding of
 * labels in SSSD-ECG, DT_MIN and DT_MAX are the range of S4's time steps. */
#define STEP_WIDTH   512 /* largest width of the embedded step */
#define LABEL_WIDTH  128
#define NORM_EPS     1e-5f
#define DT_MIN       0.001
#define DT_MAX       0.1
/* The basis (H, N, L) and the fixed kernels; hostile files cannot ask for
 * more. */
#define BUFFER_LIMIT ((size_t)2 << 30)
#define PARAM_LIMIT  ((size_t)4 << 30)

struct s4_params {
    struct tw_param *c; /* (H, 2, N): halves Re, Im of C~, two directions */
    struct tw_param *d; /* (H) */
    struct tw_param *mix_w, *mix_b;   /* (H, H), (H) */
    struct tw_param *norm_w, *norm_b; /* (H), (H) */
};

/* One residual block, in the order of computation. W: width of the step. */
struct block_params {
    struct tw_param *step_w, *step_b;   /* (C, W), (C) */
    struct tw_param *conv_w, *conv_b;   /* (H, C, 3), (H) */
    struct s4_params s4[2];             /* before and after the label */
    struct tw_param *label_w, *label_b; /* (H, LABEL_WIDTH), (H) */
    struct tw_param *out_w, *out_b;     /* (2 C, C): residual, skip; (2 C) */
};

/* All that is trained; the parameters belong to tw_sssd.params. */
struct weights {
    struct tw_param *step_w[2], *step_b[2]; /* (W, 128), (W, W); (W) */
    struct tw_param *embed;                 /* (LABEL_WIDTH, n_labels) */
    struct tw_param *in_w, *in_b;           /* (C, K), (C) */
    struct tw_param *head_w[2], *head_b[2]; /* (C, C), (K, C); (C), (K) */
};

struct tw_sssd {
    struct tw_sssd_config config;
    struct tw_backend *be; /* borrowed */
    struct tw_arena arena;
    struct tw_params *params;  /* trained */
    struct tw_params *buffers; /* basis */
    struct tw_params *kernels; /* NULL until they are fixed */
    double *dt;                /* (H) */
    struct tw_param *basis;    /* (H, N, L) */
    struct weights w;
    struct block_params *blocks; /* (layers) */
};

/* Width of the embedded step: 512 as published from 64 channels on; a smaller
 * network would spend most of its weights there. */
static size_t step_width(const struct tw_sssd_config *c)
{
    return tw_size_min(8 * c->channels, STEP_WIDTH);
}

/* One message for all sizes, with the bound in it. */
static enum tw_status check_size(const char *name, size_t v, size_t max,
                                 struct tw_err *err)
{
    if (v < 1 || v > max)
        return tw_fail(err, TW_EINVAL, 0, "%s %zu is outside of 1..%zu", name,
                       v, max);
    return TW_OK;
}

enum tw_status tw_sssd_check(const struct tw_sssd_config *c, struct tw_err *err)
{
    TW_TRY(check_size("number of counters", c->K, TW_SSSD_COUNTERS_MAX, err));
    TW_TRY(check_size("length", c->L, TW_SSSD_LENGTH_MAX, err));
    TW_TRY(
        check_size("number of clusters", c->n_labels, TW_SSSD_LABELS_MAX, err));
    TW_TRY(check_size("number of channels", c->channels, TW_SSSD_CHANNELS_MAX,
                      err));
    TW_TRY(check_size("number of layers", c->layers, TW_SSSD_LAYERS_MAX, err));
    TW_TRY(check_size("state size", c->state, TW_HIPPO_STATE_MAX, err));
    if (c->state % 2)
        return tw_fail(err, TW_EINVAL, 0, "state size %zu is odd", c->state);
    return TW_OK;
}

/* Where the description of the network goes: into parameters, or, without any,
 * into their number only.  One description serves both, so that a file can be
 * measured before its network gets memory, and never by another formula. */
struct plan {
    const struct tw_sssd_config *config;
    struct tw_params *params; /* NULL: count only */
    size_t n_elements;
};

/* "prefix.suffix", sticky like everything that builds; NULL while counting. */
static struct tw_param *add(struct plan *p, const char *prefix,
                            const char *suffix, int n_dims, const size_t *shape)
{
    char name[TW_PARAM_NAME];
    size_t n = 1;

    for (int i = 0; i < n_dims; i++)
        n *= shape[i];
    p->n_elements += n;
    if (!p->params)
        return NULL;
    snprintf(name, sizeof(name), "%s.%s", prefix, suffix);
    return tw_params_add(p->params, name, n_dims, shape);
}

/* A linear layer: a weight of the shape and one bias per output. */
static void add_dense(struct plan *p, const char *prefix, struct tw_param **w,
                      struct tw_param **b, const size_t shape[2])
{
    *w = add(p, prefix, "weight", 2, shape);
    *b = add(p, prefix, "bias", 1, shape);
}

static void add_s4(struct plan *p, struct s4_params *s, const char *prefix)
{
    size_t H = 2 * p->config->channels, N = p->config->state;

    s->c = add(p, prefix, "c", 3, (size_t[]){ H, 2, N });
    s->d = add(p, prefix, "d", 1, &H);
    s->mix_w = add(p, prefix, "mix.weight", 2, (size_t[]){ H, H });
    s->mix_b = add(p, prefix, "mix.bias", 1, &H);
    s->norm_w = add(p, prefix, "norm.weight", 1, &H);
    s->norm_b = add(p, prefix, "norm.bias", 1, &H);
}

static void add_block(struct plan *p, struct block_params *b, size_t i)
{
    size_t C = p->config->channels, H = 2 * C;
    char name[TW_PARAM_NAME / 2];

    snprintf(name, sizeof(name), "blk.%zu.step", i);
    add_dense(p, name, &b->step_w, &b->step_b,
              (size_t[]){ C, step_width(p->config) });
    snprintf(name, sizeof(name), "blk.%zu.conv", i);
    b->conv_w = add(p, name, "weight", 3, (size_t[]){ H, C, 3 });
    b->conv_b = add(p, name, "bias", 1, &H);
    for (size_t k = 0; k < 2; k++) {
        snprintf(name, sizeof(name), "blk.%zu.s4.%zu", i, k);
        add_s4(p, &b->s4[k], name);
    }
    snprintf(name, sizeof(name), "blk.%zu.label", i);
    add_dense(p, name, &b->label_w, &b->label_b, (size_t[]){ H, LABEL_WIDTH });
    snprintf(name, sizeof(name), "blk.%zu.out", i);
    add_dense(p, name, &b->out_w, &b->out_b, (size_t[]){ H, C });
}

/* The whole network in the order of its file.  blocks: (layers), or NULL while
 * counting. */
static void describe(struct plan *p, struct weights *w,
                     struct block_params *blocks)
{
    const struct tw_sssd_config *c = p->config;
    size_t width = step_width(c), C = c->channels;

    add_dense(p, "step.0", &w->step_w[0], &w->step_b[0],
              (size_t[]){ width, TW_DIFFUSION_EMBED });
    add_dense(p, "step.1", &w->step_w[1], &w->step_b[1],
              (size_t[]){ width, width });
    w->embed =
        add(p, "label", "embed", 2, (size_t[]){ LABEL_WIDTH, c->n_labels });
    add_dense(p, "in", &w->in_w, &w->in_b, (size_t[]){ C, c->K });
    for (size_t i = 0; i < c->layers; i++) {
        struct block_params unused, *b = &unused;

        if (blocks)
            b = &blocks[i];
        add_block(p, b, i);
    }
    add_dense(p, "head.0", &w->head_w[0], &w->head_b[0], (size_t[]){ C, C });
    add_dense(p, "head.1", &w->head_w[1], &w->head_b[1], (size_t[]){ c->K, C });
}

size_t tw_sssd_elements(const struct tw_sssd_config *c)
{
    struct plan p = { .config = c };
    struct weights unused;

    describe(&p, &unused, NULL);
    return p.n_elements;
}

/* As PyTorch's linear layers start: uniform within 1 / sqrt(inputs). */
static void start_dense(struct tw_param *w, struct tw_param *b, uint64_t seed)
{
    float bound = 1 / sqrtf((float)w->shape[1]);

    tw_param_uniform(w, bound, seed);
    tw_param_uniform(b, bound, seed);
}

/* As SSSD's convolutions start: Kaiming normal. */
static void start_conv(struct tw_param *w, struct tw_param *b, uint64_t seed)
{
    const size_t n_in = w->n / w->shape[0];
    const float fan_in = (float)n_in;

    tw_param_normal(w, sqrtf(2 / fan_in), seed);
    tw_param_uniform(b, 1 / sqrtf(fan_in), seed);
}

/* C complex normal with E|C|^2 = 1, then C~ = C (I - dA^L). */
static void start_s4(struct tw_sssd *net, struct s4_params *s,
                     const struct tw_hippo *hippo, double complex *scratch,
                     uint64_t seed)
{
    size_t n_pairs = hippo->n_pairs, N = 2 * n_pairs;
    double complex *c = scratch + 3 * n_pairs;

    start_dense(s->mix_w, s->mix_b, seed);
    tw_param_fill(s->norm_w, 1);
    tw_param_normal(s->d, 1, seed);
    tw_param_normal(s->c, sqrtf(0.5f), seed);
    for (size_t row = 0; row < s->c->n / N; row++) {
        float *half = s->c->data + row * N;

        for (size_t n = 0; n < n_pairs; n++) {
            double im = (double)half[n_pairs + n];

            c[n] = (double)half[n] + im * (double complex)_Complex_I;
        }
        tw_hippo_fold(hippo, net->dt[row / 2], net->config.L, c, scratch);
        for (size_t n = 0; n < n_pairs; n++) {
            half[n] = (float)creal(c[n]);
            half[n_pairs + n] = (float)cimag(c[n]);
        }
    }
}

/* The order does not matter: each parameter draws from the stream of its
 * name. */
static void start_weights(struct tw_sssd *net, const struct tw_hippo *hippo,
                          double complex *scratch, uint64_t seed)
{
    for (int i = 0; i < 2; i++)
        start_dense(net->w.step_w[i], net->w.step_b[i], seed);
    tw_param_normal(net->w.embed, 1, seed);
    start_conv(net->w.in_w, net->w.in_b, seed);
    for (size_t i = 0; i < net->config.layers; i++) {
        struct block_params *b = &net->blocks[i];

        start_dense(b->step_w, b->step_b, seed);
        start_conv(b->conv_w, b->conv_b, seed);
        start_s4(net, &b->s4[0], hippo, scratch, seed);
        start_s4(net, &b->s4[1], hippo, scratch, seed);
        start_dense(b->label_w, b->label_b, seed);
        start_conv(b->out_w, b->out_b, seed);
    }
    start_conv(net->w.head_w[0], net->w.head_b[0], seed);
    /* head.1 stays at zero: the first answer is zero everywhere. */
}

/* One dt per channel, one in each of H equal parts of the log range: all scales
 * of time are there even in a narrow network, which H independent draws do not
 * promise. stored: (H) of a file, or NULL. */
static void draw_dt(struct tw_sssd *net, const double *stored, uint64_t seed)
{
    size_t H = 2 * net->config.channels;
    struct tw_rng root = tw_rng_seeded(seed);
    struct tw_rng r = tw_rng_split(&root, "dt", 0);

    for (size_t h = 0; h < H; h++) {
        double where = ((double)h + tw_rng_uniform(&r)) / (double)H;

        net->dt[h] = DT_MIN * exp(where * log(DT_MAX / DT_MIN));
        if (stored)
            net->dt[h] = stored[h];
    }
}

/* The basis M of hippo.h for each channel: float64 until here, float32 from
 * here on. m: (N, L) scratch. */
static void fill_basis(struct tw_sssd *net, const struct tw_hippo *hippo,
                       double *m, double complex *scratch)
{
    size_t n = net->config.state * net->config.L;

    for (size_t h = 0; h < 2 * net->config.channels; h++) {
        float *to = net->basis->data + h * n;

        tw_hippo_basis(hippo, net->dt[h], net->config.L, m, scratch);
        for (size_t i = 0; i < n; i++)
            to[i] = (float)m[i];
    }
}

/* dt NULL: a fresh network; else the weights stay zero for the caller to
 * read. The basis is a buffer, not a parameter: it has no gradient and is in
 * no file. */
static enum tw_status build(struct tw_sssd *net, const double *dt,
                            uint64_t seed, struct tw_arena *scratch_arena,
                            struct tw_err *err)
{
    const struct tw_sssd_config *c = &net->config;
    size_t H = 2 * c->channels;
    struct tw_hippo hippo;

    net->dt = tw_arena_alloc(&net->arena, H, sizeof(*net->dt));
    net->blocks = tw_arena_alloc(&net->arena, c->layers, sizeof(*net->blocks));
    double *m = tw_arena_alloc(scratch_arena, c->state * c->L, sizeof(*m));
    double complex *scratch =
        tw_arena_alloc(scratch_arena, 2 * c->state, sizeof(*scratch));

    TW_TRY(tw_arena_check(&net->arena, "the network", err));
    TW_TRY(tw_arena_check(scratch_arena, "the network", err));
    TW_TRY(tw_hippo_init(&hippo, scratch_arena, c->state, err));
    TW_TRY(tw_params_new(&net->params, PARAM_LIMIT, err));
    TW_TRY(tw_params_new(&net->buffers, BUFFER_LIMIT, err));
    net->basis = tw_params_add_fixed(net->buffers, "basis", 3,
                                     (size_t[]){ H, c->state, c->L });
    TW_TRY(tw_params_check(net->buffers, err));
    struct plan plan = { .config = c, .params = net->params };

    describe(&plan, &net->w, net->blocks);
    TW_TRY(tw_params_check(net->params, err));
    TW_ASSERT(tw_params_elements(net->params) == tw_sssd_elements(c));
    draw_dt(net, dt, seed);
    fill_basis(net, &hippo, m, scratch);
    if (!dt)
        start_weights(net, &hippo, scratch, seed);
    return TW_OK;
}

enum tw_status tw_sssd_new(struct tw_sssd **net,
                           const struct tw_sssd_config *config,
                           const double *dt, uint64_t seed,
                           struct tw_backend *be, struct tw_err *err)
{
    struct tw_arena scratch;

    *net = NULL;
    TW_TRY(tw_sssd_check(config, err));
    struct tw_sssd *n = tw_mem_zeroed(1, sizeof(*n));
    if (!n)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the network");
    n->config = *config;
    n->be = be;
    tw_arena_init(&n->arena, (size_t)16 << 20);
    tw_arena_init(&scratch, (size_t)64 << 20);
    enum tw_status st = build(n, dt, seed, &scratch, err);

    tw_arena_release(&scratch);
    if (st != TW_OK) {
        tw_sssd_free(n);
        return st;
    }
    *net = n;
    return TW_OK;
}

/* A half-built network, too: what was not made is NULL. */
void tw_sssd_free(struct tw_sssd *net)
{
    if (!net)
        return;
    tw_params_free(net->kernels);
    tw_params_free(net->buffers);
    tw_params_free(net->params);
    tw_arena_release(&net->arena);
    free(net);
}

struct tw_params *tw_sssd_params(struct tw_sssd *net)
{
    return net->params;
}

const struct tw_sssd_config *tw_sssd_config(const struct tw_sssd *net)
{
    return &net->config;
}

const double *tw_sssd_dt(const struct tw_sssd *net)
{
    return net->dt;
}

/* (2, H, L): C~ (H, 2, N) times the basis (H, N, L), directions first. */
static struct tw_tensor *make_kernel(struct tw_graph *g,
                                     const struct tw_sssd *net,
                                     const struct s4_params *s)
{
    struct tw_tensor *k = tw_op_matmul(g, tw_graph_param(g, s->c), false,
                                       tw_graph_param(g, net->basis), false);

    return tw_op_permute(g, k, (int[]){ 1, 0, 2 });
}

/* What one pass of the network shares. */
struct pass {
    struct tw_sssd *net;
    struct tw_graph *g;
    size_t B;
    bool fixed;              /* kernels */
    struct tw_tensor *step;  /* (step_width, B) */
    struct tw_tensor *label; /* (LABEL_WIDTH, B) */
};

/* A linear layer over channels, for every item and time alike. */
static struct tw_tensor *dense(const struct pass *p, struct tw_param *w,
                               struct tw_param *b, struct tw_tensor *x)
{
    return tw_op_linear_cm(p->g, tw_graph_param(p->g, w), x,
                           tw_graph_param(p->g, b));
}

/* The same, of (I, B), made to spread over time: (O, B, 1). */
static struct tw_tensor *dense_over_time(const struct pass *p,
                                         struct tw_param *w, struct tw_param *b,
                                         struct tw_tensor *x)
{
    return tw_op_reshape(p->g, dense(p, w, b, x), 3,
                         (size_t[]){ w->shape[0], p->B, 1 });
}

/* u: (H, B, L). Training computes the kernel in the graph, so that gradients
 * reach C~; sampling takes the fixed one. */
static struct tw_tensor *run_s4(const struct pass *p, size_t layer, size_t k,
                                struct tw_tensor *u)
{
    const struct s4_params *s = &p->net->blocks[layer].s4[k];
    struct tw_tensor *kernel;

    if (p->fixed)
        kernel =
            tw_graph_param(p->g, tw_params_at(p->net->kernels, 2 * layer + k));
    else
        kernel = make_kernel(p->g, p->net, s);
    struct tw_tensor *v =
        tw_op_longconv(p->g, u, kernel, tw_graph_param(p->g, s->d));

    v = dense(p, s->mix_w, s->mix_b, tw_op_gelu(p->g, v));
    return tw_op_layernorm(p->g, tw_op_add(p->g, u, v), 0,
                           tw_graph_param(p->g, s->norm_w),
                           tw_graph_param(p->g, s->norm_b), NORM_EPS);
}

/* One block: *h becomes the next input, the share of the skip is returned. */
static struct tw_tensor *run_block(const struct pass *p, size_t layer,
                                   struct tw_tensor **h)
{
    const struct block_params *b = &p->net->blocks[layer];
    struct tw_graph *g = p->g;
    size_t C = p->net->config.channels;
    struct tw_tensor *u =
        tw_op_add(g, *h, dense_over_time(p, b->step_w, b->step_b, p->step));

    u = tw_op_conv1d(g, u, tw_graph_param(g, b->conv_w),
                     tw_graph_param(g, b->conv_b));
    u = run_s4(p, layer, 0, u);
    u = tw_op_add(g, u, dense_over_time(p, b->label_w, b->label_b, p->label));
    u = run_s4(p, layer, 1, u);
    u = tw_op_gated_tanh(g, tw_op_slice(g, u, 0, 0, C),
                         tw_op_slice(g, u, 0, C, C));
    u = dense(p, b->out_w, b->out_b, u);
    *h = tw_op_scale(g, tw_op_add(g, *h, tw_op_slice(g, u, 0, 0, C)),
                     sqrtf(0.5f), 0);
    return tw_op_slice(g, u, 0, C, C);
}

/* The whole of the header's equations. The scale of the skip keeps its
 * deviation near 1 for any number of layers. */
static struct tw_tensor *run_network(struct pass *p, struct tw_tensor *x,
                                     struct tw_tensor *step,
                                     struct tw_tensor *labels)
{
    struct tw_sssd *net = p->net;
    struct tw_graph *g = p->g;
    struct tw_tensor *skip = NULL;

    for (int i = 0; i < 2; i++)
        step =
            tw_op_silu(g, dense(p, net->w.step_w[i], net->w.step_b[i], step));
    p->step = step;
    p->label =
        tw_op_linear_cm(g, tw_graph_param(g, net->w.embed), labels, NULL);
    struct tw_tensor *h = tw_op_relu(g, dense(p, net->w.in_w, net->w.in_b, x));

    for (size_t i = 0; i < net->config.layers; i++) {
        struct tw_tensor *share = run_block(p, i, &h);

        if (i > 0)
            share = tw_op_add(g, skip, share);
        skip = share;
    }
    skip = tw_op_scale(g, skip, 1 / sqrtf((float)net->config.layers), 0);
    h = tw_op_relu(g, dense(p, net->w.head_w[0], net->w.head_b[0], skip));
    return dense(p, net->w.head_w[1], net->w.head_b[1], h);
}

/* Errors of the operators before are found by the plan: one check for all. */
enum tw_status tw_sssd_graph_init(struct tw_sssd_graph *graph,
                                  struct tw_sssd *net, size_t B, bool training,
                                  size_t limit, struct tw_err *err)
{
    const struct tw_sssd_config *c = &net->config;
    const size_t shape[3] = { c->K, B, c->L };

    *graph = (struct tw_sssd_graph){ .B = B };
    TW_ASSERT(training || net->kernels);
    TW_TRY(tw_graph_new(&graph->g, net->be, limit, err));
    struct tw_graph *g = graph->g;
    struct pass p = { .net = net, .g = g, .B = B, .fixed = !training };

    graph->x = tw_graph_input(g, 3, shape);
    graph->step = tw_graph_input(g, 2, (size_t[]){ TW_DIFFUSION_EMBED, B });
    graph->labels = tw_graph_input(g, 2, (size_t[]){ c->n_labels, B });
    graph->y = run_network(&p, graph->x, graph->step, graph->labels);
    if (training) {
        graph->target = tw_graph_input(g, 3, shape);
        graph->weight = tw_graph_input(g, 3, shape);
        graph->loss = tw_op_mse(g, graph->y, graph->target, graph->weight);
    } else if (graph->y) {
        tw_graph_output(g, graph->y);
    }
    enum tw_status st = tw_graph_plan(g, graph->loss, err);

    if (st != TW_OK)
        tw_sssd_graph_release(graph);
    return st;
}

void tw_sssd_graph_release(struct tw_sssd_graph *graph)
{
    tw_graph_free(graph->g);
    graph->g = NULL;
}

/* Room for one kernel (2, H, L) per S4 layer, made once. */
static enum tw_status add_kernels(struct tw_sssd *net, struct tw_err *err)
{
    const struct tw_sssd_config *c = &net->config;
    const size_t shape[3] = { 2, 2 * c->channels, c->L };

    if (net->kernels)
        return TW_OK;
    TW_TRY(tw_params_new(&net->kernels, BUFFER_LIMIT, err));
    for (size_t i = 0; i < 2 * c->layers; i++) {
        char name[TW_PARAM_NAME];

        snprintf(name, sizeof(name), "kernel.%zu", i);
        tw_params_add_fixed(net->kernels, name, 3, shape);
    }
    enum tw_status st = tw_params_check(net->kernels, err);

    if (st != TW_OK) {
        tw_params_free(net->kernels);
        net->kernels = NULL;
    }
    return st;
}

enum tw_status tw_sssd_fix_kernels(struct tw_sssd *net, struct tw_err *err)
{
    TW_TRY(add_kernels(net, err));
    /* One layer after the other: the graph holds one kernel only. */
    for (size_t i = 0; i < 2 * net->config.layers; i++) {
        struct tw_param *to = tw_params_at(net->kernels, i);
        struct tw_graph *g;

        TW_TRY(tw_graph_new(&g, net->be, BUFFER_LIMIT, err));
        struct tw_tensor *k =
            make_kernel(g, net, &net->blocks[i / 2].s4[i % 2]);

        if (k)
            tw_graph_output(g, k);
        enum tw_status st = tw_graph_plan(g, NULL, err);

        if (st == TW_OK) {
            TW_ASSERT(k);
            tw_graph_forward(g, false);
            memcpy(to->data, k->data, to->n * sizeof(*to->data));
        }
        tw_graph_free(g);
        TW_TRY(st);
    }
    return TW_OK;
}
