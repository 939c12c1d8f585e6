/*
 * bench_tensor.c - training steps of the two networks that the program trains.
 *
 *     bench_tensor [ref|avx2|avx512|avx512vnni] [threads] [seconds] [sssd|lm]
 *
 * sssd: the small SSSD-S4 (8 blocks, 64 channels, 128 in the S4 layers, length
 * 100, batch 32, 14 series).  lm: a llama-like transformer (6 layers, width
 * 192, 6 heads, 512 in the feed-forward, vocabulary 1024, 8 x 512 tokens).
 * A step is forward, backward and Adam.  One JSON line each; wall times, and
 * the processor time of a step over all threads, which bears a busy machine.
 */
#include "tensor/ops.h"
#include "tensor/optim.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct net {
    struct tw_graph *g;
    struct tw_params *ps;
    struct tw_tensor *loss;
};

static struct tw_tensor *weight(struct net *n, const char *prefix, int layer,
                                int n_dims, const size_t *shape, float std)
{
    char name[64];
    struct tw_param *p;

    snprintf(name, sizeof(name), "%d.%s", layer, prefix);
    p = tw_params_add(n->ps, name, n_dims, shape);
    if (p)
        tw_param_normal(p, std, 1);
    return tw_graph_param(n->g, p);
}

static struct tw_tensor *matrix(struct net *n, const char *prefix, int layer,
                                size_t out, size_t in)
{
    return weight(n, prefix, layer, 2, (size_t[]){ out, in }, 0.05f);
}

static struct tw_tensor *vector(struct net *n, const char *prefix, int layer,
                                size_t size)
{
    return weight(n, prefix, layer, 1, &size, 0.1f);
}

enum { B = 32, L = 100, K = 14, C = 64, BLOCKS = 8, STATE = 64, EMB = 512 };

static struct tw_tensor *conv1(struct net *n, const char *name, int layer,
                               struct tw_tensor *x, size_t out, size_t in)
{
    char bias[32];

    snprintf(bias, sizeof(bias), "%s.b", name);
    return tw_op_linear_cm(n->g, matrix(n, name, layer, out, in), x,
                           vector(n, bias, layer, out));
}

/* The fixed basis of the kernels: random here, the speed is the same. */
static struct tw_tensor *basis(struct net *n, int layer, const size_t *shape)
{
    char name[64];
    struct tw_param *p;

    snprintf(name, sizeof(name), "%d.basis", layer);
    p = tw_params_add_fixed(n->ps, name, 3, shape);
    if (p)
        tw_param_normal(p, 0.1f, 1);
    return tw_graph_param(n->g, p);
}

static struct tw_tensor *s4(struct net *n, int layer, struct tw_tensor *u)
{
    struct tw_graph *g = n->g;
    size_t H = 2 * C;
    struct tw_tensor *c =
        weight(n, "s4.c", layer, 3, (size_t[]){ H, 2, STATE }, 0.1f);
    struct tw_tensor *m = basis(n, layer, (size_t[]){ H, STATE, L });
    struct tw_tensor *k = tw_op_permute(g, tw_op_matmul(g, c, false, m, false),
                                        (int[]){ 1, 0, 2 });
    struct tw_tensor *y = tw_op_longconv(g, u, k, vector(n, "s4.d", layer, H));

    y = conv1(n, "s4.out", layer, tw_op_gelu(g, y), H, H);
    return tw_op_layernorm(g, tw_op_add(g, u, y), 0,
                           vector(n, "s4.nw", layer, H),
                           vector(n, "s4.nb", layer, H), 1e-5f);
}

static struct tw_tensor *sssd_block(struct net *n, int i, struct tw_tensor *h,
                                    struct tw_tensor *emb,
                                    struct tw_tensor *cond,
                                    struct tw_tensor **skip)
{
    struct tw_graph *g = n->g;
    struct tw_tensor *t = tw_op_reshape(g, conv1(n, "step", i, emb, C, EMB), 3,
                                        (size_t[]){ C, B, 1 });
    struct tw_tensor *u = tw_op_add(g, h, t), *o;

    u = tw_op_conv1d(g, u,
                     weight(n, "conv", i, 3, (size_t[]){ 2 * C, C, 3 }, 0.1f),
                     vector(n, "conv.b", i, 2 * C));
    u = s4(n, 100 + i, u);
    u = tw_op_add(g, u, conv1(n, "cond", i, cond, 2 * C, 2 * K));
    u = s4(n, 200 + i, u);
    o = tw_op_gated_tanh(g, tw_op_slice(g, u, 0, 0, C),
                         tw_op_slice(g, u, 0, C, C));
    h = tw_op_scale(g, tw_op_add(g, h, conv1(n, "res", i, o, C, C)),
                    0.70710678f, 0.0f);
    o = conv1(n, "skip", i, o, C, C);
    *skip = *skip ? tw_op_add(g, *skip, o) : o;
    return h;
}

static void fill(struct tw_tensor *t, unsigned seed)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->ids)
            t->ids[i] = (int32_t)((i * 2654435761u + seed) % 1021);
        else
            t->data[i] = (float)((i * 2654435761u + seed) % 2001) / 1000 - 1;
}

static enum tw_status build_sssd(struct net *n, struct tw_err *err)
{
    struct tw_graph *g = n->g;
    struct tw_tensor *x = tw_graph_input(g, 3, (size_t[]){ K, B, L });
    struct tw_tensor *z = tw_graph_input(g, 3, (size_t[]){ K, B, L });
    struct tw_tensor *cond = tw_graph_input(g, 3, (size_t[]){ 2 * K, B, L });
    struct tw_tensor *step = tw_graph_input(g, 2, (size_t[]){ 128, B });
    struct tw_tensor *e, *h, *skip = NULL;

    e = tw_op_silu(g, conv1(n, "emb1", 0, step, EMB, 128));
    e = tw_op_silu(g, conv1(n, "emb2", 0, e, EMB, EMB));
    h = tw_op_relu(g, conv1(n, "in", 0, x, C, K));
    for (int i = 0; i < BLOCKS; i++)
        h = sssd_block(n, i, h, e, cond, &skip);
    h = tw_op_relu(g, conv1(n, "out1", 0, skip, C, C));
    n->loss = tw_op_mse(g, conv1(n, "out2", 0, h, K, C), z, NULL);
    TW_TRY(tw_graph_plan(g, n->loss, err));
    fill(x, 1);
    fill(z, 2);
    fill(cond, 3);
    fill(step, 4);
    return TW_OK;
}

enum { LB = 8, LT = 512, D = 192, FF = 512, V = 1024, LAYERS = 6, HEADS = 6 };

static struct tw_tensor *lm_layer(struct net *n, int i, struct tw_tensor *x)
{
    struct tw_graph *g = n->g;
    struct tw_tensor *h, *q, *k, *v;

    h = tw_op_rmsnorm(g, x, vector(n, "attn_norm", i, D), 1e-5f);
    q = tw_op_linear(g, h, matrix(n, "wq", i, D, D), NULL);
    k = tw_op_linear(g, h, matrix(n, "wk", i, D, D), NULL);
    v = tw_op_linear(g, h, matrix(n, "wv", i, D, D), NULL);
    h = tw_op_attention(g, q, k, v, NULL, HEADS, HEADS, 10000.0f);
    h = tw_op_linear(g, h, matrix(n, "wo", i, D, D), NULL);
    x = tw_op_add(g, x, h);
    h = tw_op_rmsnorm(g, x, vector(n, "ffn_norm", i, D), 1e-5f);
    q = tw_op_linear(g, h, matrix(n, "gate", i, FF, D), NULL);
    k = tw_op_linear(g, h, matrix(n, "up", i, FF, D), NULL);
    h = tw_op_linear(g, tw_op_swiglu(g, q, k), matrix(n, "down", i, D, FF),
                     NULL);
    return tw_op_add(g, x, h);
}

static enum tw_status build_lm(struct net *n, struct tw_err *err)
{
    struct tw_graph *g = n->g;
    struct tw_tensor *ids = tw_graph_input_ids(g, 2, (size_t[]){ LB, LT });
    struct tw_tensor *next = tw_graph_input_ids(g, 2, (size_t[]){ LB, LT });
    struct tw_tensor *table = matrix(n, "embd", 0, V, D);
    struct tw_tensor *x = tw_op_embed(g, table, ids);

    for (int i = 0; i < LAYERS; i++)
        x = lm_layer(n, i, x);
    x = tw_op_rmsnorm(g, x, vector(n, "norm", 0, D), 1e-5f);
    x = tw_op_linear(g, x, table, NULL);
    n->loss = tw_op_cross_entropy(g, x, next);
    TW_TRY(tw_graph_plan(g, n->loss, err));
    fill(ids, 1);
    fill(next, 2);
    return TW_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

enum { STEPS_MAX = 1000 };

static void time_steps(struct net *n, struct tw_adam *opt, const char *name,
                       double seconds, unsigned tokens)
{
    double t[STEPS_MAX], fwd = 0.0, bwd = 0.0, adam = 0.0, first, cpu;
    double start = tw_clock_mono();
    int count = 0;

    tw_graph_forward(n->g, true);
    first = (double)n->loss->data[0];
    cpu = tw_clock_cpu();
    while (count < 3 ||
           (tw_clock_mono() - start < seconds && count < STEPS_MAX)) {
        double t0 = tw_clock_mono(), t1, t2, t3;

        tw_params_zero_grad(n->ps);
        tw_graph_forward(n->g, true);
        t1 = tw_clock_mono();
        tw_graph_backward(n->g);
        t2 = tw_clock_mono();
        (void)tw_adam_step(opt, 1e-3f);
        t3 = tw_clock_mono();
        fwd += t1 - t0;
        bwd += t2 - t1;
        adam += t3 - t2;
        t[count++] = t3 - t0;
    }
    cpu = tw_clock_cpu() - cpu;
    qsort(t, (size_t)count, sizeof(t[0]), compare);
    printf("{\"bench\": \"tensor\", \"net\": \"%s\", \"parameters\": %zu, "
           "\"threads\": %u, \"level\": \"%s\", \"steps\": %d, "
           "\"step_ms_median\": %.2f, \"step_ms_best\": %.2f, "
           "\"cpu_ms_mean\": %.2f, \"forward_ms\": %.2f, \"backward_ms\": "
           "%.2f, \"adam_ms\": %.2f, "
           "\"graph_mib\": %.1f, \"loss_first\": %.4f, \"loss_last\": %.4f",
           name, tw_params_elements(n->ps), tw_pool_threads(opt->be->pool),
           tw_kern_level_name(opt->be->level), count, 1e3 * t[count / 2],
           1e3 * t[0], 1e3 * cpu / count, 1e3 * fwd / count, 1e3 * bwd / count,
           1e3 * adam / count, (double)tw_graph_bytes(n->g) / 1048576.0, first,
           (double)n->loss->data[0]);
    if (tokens)
        printf(", \"tokens_per_s\": %.0f", tokens / t[count / 2]);
    printf("}\n");
}

typedef enum tw_status build_fn(struct net *n, struct tw_err *err);

static enum tw_status run(struct tw_backend *be, build_fn *build,
                          const char *name, double seconds, unsigned tokens,
                          struct tw_err *err)
{
    struct net n = { 0 };
    struct tw_adam opt = { 0 };
    enum tw_status st = tw_params_new(&n.ps, (size_t)1 << 30, err);

    if (!st)
        st = tw_graph_new(&n.g, be, (size_t)4 << 30, err);
    if (!st)
        st = build(&n, err);
    if (!st)
        st = tw_adam_init(&opt, n.ps, be, err);
    if (!st)
        time_steps(&n, &opt, name, seconds, tokens);
    tw_adam_release(&opt);
    tw_graph_free(n.g);
    tw_params_free(n.ps);
    return st;
}

int main(int argc, char **argv)
{
    const char *cpu = argc > 1 ? argv[1] : NULL;
    unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    double seconds = argc > 3 ? atof(argv[3]) : 3.0;
    const char *net = argc > 4 ? argv[4] : NULL;
    struct tw_backend *be = NULL;
    struct tw_err err = { 0 };
    enum tw_status st = tw_backend_new(&be, cpu, threads, &err);

    if (!st && (!net || strcmp(net, "sssd") == 0))
        st = run(be, build_sssd, "sssd", seconds, 0, &err);
    if (!st && (!net || strcmp(net, "lm") == 0))
        st = run(be, build_lm, "lm", seconds, LB * LT, &err);
    if (st)
        fprintf(stderr, "bench_tensor: %s\n", err.msg);
    tw_backend_free(be);
    return st != TW_OK;
}
