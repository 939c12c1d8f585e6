/*
 * op_norm.c - layernorm, rmsnorm, softmax.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/*
 * Rows (R, C), normalised over C; in: x, weight, bias (optional).
 *
 *     z = (x - mean) rinv,  rinv = 1 / sqrt(mean((x - mean)^2) + eps)
 *     y = z w + b
 *     dx = rinv (g - mean(g) - z mean(g z)),  g = dy w
 *
 * rmsnorm is the same with mean = 0 and no mean(g).  saved: mean (R), rinv (R).
 */
enum { COLS = 64, BLOCK = 256 };

/* Settings of all three, and of layernorm over columns (x (C, R)). */
struct norm {
    size_t R, C; /* how many are normalised, over how many */
    float eps;
    bool rms;
};

static void rows_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const struct norm *s = n->settings;
    size_t R = s->R, C = s->C;

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *x = tw_node_in(n, 0) + r * C;
        float mean = 0.0f;

        if (!s->rms)
            mean = v->sum(x, C) / (float)C;
        float rinv = 1.0f / sqrtf(v->sum_sq(x, mean, C) / (float)C + s->eps);

        n->saved[r] = mean;
        n->saved[R + r] = rinv;
        v->norm(n->t.data + r * C, x, mean, rinv, tw_node_in(n, 1),
                tw_node_in(n, 2), C);
    }
}

static void norm_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct norm *s = n->settings;

    TW_ASSERT(s->R * s->C == n->t.n && n->n_saved == 2 * s->R);
    tw_graph_run(g, s->R, tw_row_grain(s->C), rows_forward, n);
}

static void rows_backward(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const struct norm *s = n->settings;
    const float *w = tw_node_in(n, 1);
    size_t R = s->R, C = s->C;

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *x = tw_node_in(n, 0) + r * C, *dy = n->t.grad + r * C;
        float mean = n->saved[r], rinv = n->saved[R + r], sums[2];

        v->norm_sums(sums, dy, x, w, mean, C);
        float c[4] = { mean, rinv, sums[0] / (float)C,
                       sums[1] * rinv * rinv / (float)C };
        if (s->rms)
            c[2] = 0.0f;
        v->norm_back(tw_node_din(n, 0) + r * C, dy, x, w, c, C, n->acc[0]);
    }
}

static void weights_backward(void *ctx, size_t first, size_t last,
                             unsigned worker)
{
    struct tw_node *n = ctx;
    const struct norm *s = n->settings;
    size_t R = s->R, C = s->C, c0 = first * COLS;
    size_t width = tw_min(last * COLS, C) - c0;
    float *d[2] = { NULL, NULL }; /* of weight and bias, from c0 on */

    (void)worker;
    for (int k = 0; k < 2; k++) {
        if (tw_node_din(n, 1 + k))
            d[k] = tw_node_din(n, 1 + k) + c0;
        if (d[k] && !n->acc[1 + k])
            memset(d[k], 0, width * sizeof(float));
    }
    for (size_t r = 0; r < R; r++)
        n->graph->vec->norm_back_w(d[0], d[1], n->t.grad + r * C + c0,
                                   tw_node_in(n, 0) + r * C + c0, n->saved[r],
                                   n->saved[R + r], width);
}

static void norm_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct norm *s = n->settings;

    if (tw_node_din(n, 0))
        tw_graph_run(g, s->R, tw_row_grain(s->C), rows_backward, n);
    if (tw_node_din(n, 1) || tw_node_din(n, 2))
        tw_graph_run(g, (s->C + COLS - 1) / COLS, tw_row_grain(s->R * COLS),
                     weights_backward, n);
}

/*
 * Columns: x (C, N), normalised over C for each of the N = R columns.  A task
 * is a block of columns.  saved: mean (N), rinv (N).
 */

/* Element i of an optional array. */
static float at_or(const float *x, size_t i, float other)
{
    return x ? x[i] : other;
}

static void cols_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const struct norm *s = n->settings;
    size_t N = s->R, C = s->C, at = first * BLOCK;
    size_t width = tw_min(last * BLOCK, N) - at;
    const float *x = tw_node_in(n, 0) + at;
    const float *w = tw_node_in(n, 1), *b = tw_node_in(n, 2);
    float *y = n->t.data + at, *mean = n->saved + at, *rinv = mean + N;

    (void)worker;
    for (size_t c = 0; c < C; c++)
        v->scale(mean, x + c * N, 1.0f, 0.0f, width, c > 0);
    v->scale(mean, mean, 1.0f / (float)C, 0.0f, width, false);
    for (size_t c = 0; c < C; c++) {
        v->add(y + c * N, x + c * N, mean, -1.0f, width);
        v->mul(rinv, y + c * N, y + c * N, width, c > 0);
    }
    for (size_t i = 0; i < width; i++)
        rinv[i] = 1.0f / sqrtf(rinv[i] / (float)C + s->eps);
    for (size_t c = 0; c < C; c++)
        v->colnorm(y + c * N, x + c * N, mean, rinv, at_or(w, c, 1.0f),
                   at_or(b, c, 0.0f), width);
}

static size_t count_blocks(const struct tw_node *n)
{
    const struct norm *s = n->settings;

    TW_ASSERT(s->R * s->C == n->t.n && n->n_saved == 2 * s->R);
    return (s->R + BLOCK - 1) / BLOCK;
}

static void colnorm_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, count_blocks(n), 1, cols_forward, n);
}

static void cols_backward(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const struct norm *s = n->settings;
    size_t N = s->R, C = s->C, at = first * BLOCK;
    size_t width = tw_min(last * BLOCK, N) - at;
    const float *x = tw_node_in(n, 0) + at, *dy = n->t.grad + at;
    const float *w = tw_node_in(n, 1);
    float s1[BLOCK] = { 0 }, s2[BLOCK] = { 0 }; /* hence one block a task */
    const float *const stat[4] = { n->saved + at, n->saved + N + at, s1, s2 };

    (void)worker;
    TW_ASSERT(last == first + 1 && width <= BLOCK);
    for (size_t c = 0; c < C; c++)
        v->colnorm_sums(s1, s2, dy + c * N, x + c * N, stat, at_or(w, c, 1.0f),
                        width);
    v->scale(s1, s1, 1.0f / (float)C, 0.0f, width, false);
    v->scale(s2, s2, 1.0f / (float)C, 0.0f, width, false);
    for (size_t c = 0; c < C; c++)
        v->colnorm_back(tw_node_din(n, 0) + at + c * N, dy + c * N, x + c * N,
                        stat, at_or(w, c, 1.0f), width, n->acc[0]);
}

static void col_weights_backward(void *ctx, size_t first, size_t last,
                                 unsigned worker)
{
    struct tw_node *n = ctx;
    size_t N = ((const struct norm *)n->settings)->R;

    (void)worker;
    for (size_t c = first; c < last; c++) {
        float *dw = tw_node_din(n, 1);
        float sum = n->graph->vec->colnorm_dot(n->t.grad + c * N,
                                               tw_node_in(n, 0) + c * N,
                                               n->saved, n->saved + N, N);

        if (n->acc[1])
            sum += dw[c];
        dw[c] = sum;
    }
}

static void colnorm_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct norm *s = n->settings;

    if (tw_node_din(n, 0))
        tw_graph_run(g, count_blocks(n), 1, cols_backward, n);
    if (tw_node_din(n, 1))
        tw_graph_run(g, s->C, tw_row_grain(s->R), col_weights_backward, n);
    if (tw_node_din(n, 2))
        tw_graph_sum_cols(g, tw_node_din(n, 2), n->t.grad, s->C, s->R,
                          n->acc[2]);
}

static const struct tw_op op_layernorm = { .name = "layernorm",
                                           .forward = norm_forward,
                                           .backward = norm_backward,
                                           .settings = sizeof(struct norm) };
static const struct tw_op op_colnorm = { .name = "layernorm",
                                         .forward = colnorm_forward,
                                         .backward = colnorm_backward,
                                         .settings = sizeof(struct norm) };
static const struct tw_op op_rmsnorm = { .name = "rmsnorm",
                                         .forward = norm_forward,
                                         .backward = norm_backward,
                                         .settings = sizeof(struct norm) };

static bool fits(const struct tw_tensor *w, size_t C)
{
    return !w || (w->n_dims == 1 && w->n == C);
}

static struct tw_tensor *norm_new(struct tw_graph *g, const struct tw_op *op,
                                  struct tw_tensor *const in[3], size_t C,
                                  float eps)
{
    struct tw_node *n;

    TW_ASSERT(C > 0 && in[0]->n % C == 0);
    if (!fits(in[1], C) || !fits(in[2], C))
        return tw_shape_fail(g, op->name, "weight or bias does not fit x");
    n = tw_node_new(g, op, in, 1, 3, in[0]->n_dims, in[0]->shape);
    if (!n)
        return NULL;
    *(struct norm *)n->settings = (struct norm){
        .R = in[0]->n / C, .C = C, .eps = eps, .rms = op == &op_rmsnorm
    };
    n->n_saved = 2 * (in[0]->n / C);
    return &n->t;
}

struct tw_tensor *tw_op_layernorm(struct tw_graph *g, struct tw_tensor *x,
                                  int dim, struct tw_tensor *weight,
                                  struct tw_tensor *bias, float eps)
{
    struct tw_tensor *in[] = { x, weight, bias };

    if (!tw_node_operands(g, &op_layernorm, in, 1, 3))
        return NULL;
    if (x->n_dims < 1 || (dim != 0 && dim != x->n_dims - 1))
        return tw_shape_fail(g, "layernorm", "dim is neither first nor last");
    if (dim == x->n_dims - 1)
        return norm_new(g, &op_layernorm, in, x->shape[dim], eps);
    return norm_new(g, &op_colnorm, in, x->shape[dim], eps);
}

struct tw_tensor *tw_op_rmsnorm(struct tw_graph *g, struct tw_tensor *x,
                                struct tw_tensor *weight, float eps)
{
    struct tw_tensor *in[] = { x, weight, NULL };

    if (!tw_node_operands(g, &op_rmsnorm, in, 1, 3))
        return NULL;
    if (x->n_dims < 1)
        return tw_shape_fail(g, "rmsnorm", "x is a scalar");
    return norm_new(g, &op_rmsnorm, in, tw_last_dim(x), eps);
}

/* softmax of the rows: needs no settings, C is the last size. */
static void softmax_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    size_t C = tw_last_dim(&n->t);

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *x = tw_node_in(n, 0) + r * C;
        float *y = n->t.data + r * C;
        float s = v->exp_sum(y, x, v->max(x, C), C);

        v->scale(y, y, 1.0f / s, 0.0f, C, false);
    }
}

static void softmax_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t C = tw_last_dim(&n->t);

    TW_ASSERT(n->t.n % C == 0);
    tw_graph_run(g, n->t.n / C, tw_row_grain(C), softmax_rows, n);
}

static void softmax_rows_back(void *ctx, size_t first, size_t last,
                              unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    size_t C = tw_last_dim(&n->t);

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *y = n->t.data + r * C, *dy = n->t.grad + r * C;

        v->softmax_back(tw_node_din(n, 0) + r * C, y, dy, v->dot(y, dy, C),
                        1.0f, C, n->acc[0]);
    }
}

static void softmax_backward(struct tw_graph *g, struct tw_node *n)
{
    size_t C = tw_last_dim(&n->t);

    if (tw_node_din(n, 0))
        tw_graph_run(g, n->t.n / C, tw_row_grain(C), softmax_rows_back, n);
}

static const struct tw_op op_softmax = { .name = "softmax",
                                         .forward = softmax_forward,
                                         .backward = softmax_backward };

struct tw_tensor *tw_op_softmax(struct tw_graph *g, struct tw_tensor *x)
{
    if (!tw_node_operands(g, &op_softmax, &x, 1, 1))
        return NULL;
    return tw_node_result(
        tw_node_new(g, &op_softmax, &x, 1, 1, x->n_dims, x->shape));
}
