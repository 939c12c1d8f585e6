/*
 * op_conv.c - conv1d, channel-major: x (C, B, L), w (O, C, K), y (O, B, L),
 *
 *     y[o][b][l] = bias[o] + sum over c, k of
 *                  w[o][c][k] x[c][b][l + k - (K - 1) / 2]
 *
 * as one product: w (O, C K) times the shifted copies of x, cols (C K, B L), in
 * scratch.  With K = 1 x itself is cols.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

/* Settings; N = B L, the columns of the product. */
struct conv {
    size_t O, C, K, B, L, N;
};

/* a - b, or 0 where that is below 0. */
static size_t less(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* Rows of cols that belong to one channel; or, back, their sum into dx. */
static void shift_rows(const struct tw_node *n, size_t c, bool back)
{
    const struct tw_vec *v = n->graph->vec;
    const struct conv *s = n->settings;
    size_t K = s->K, B = s->B, L = s->L, N = s->N, half = (K - 1) / 2;

    TW_ASSERT(K % 2 == 1 && (c + 1) * K * N <= n->graph->n_scratch);
    for (size_t k = 0; k < K; k++) {
        float *col = n->graph->scratch + (c * K + k) * N;
        size_t to = less(half, k); /* first l inside */
        size_t from = less(k, half), len = less(L, to + from);

        if (!back && len < L)
            memset(col, 0, N * sizeof(float));
        for (size_t b = 0; len > 0 && b < B; b++) {
            size_t at = c * N + b * L + from;

            if (back)
                v->scale(n->in[0]->t.grad + at, col + b * L + to, 1.0f, 0.0f,
                         len, true);
            else
                v->scale(col + b * L + to, n->in[0]->t.data + at, 1.0f, 0.0f,
                         len, false);
        }
    }
}

static void cols_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    (void)worker;
    for (size_t c = first; c < last; c++)
        shift_rows(ctx, c, false);
}

static void uncols_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t N = ((const struct conv *)n->settings)->N;

    (void)worker;
    for (size_t c = first; c < last; c++) {
        if (!n->acc[0])
            memset(tw_node_din(n, 0) + c * N, 0, N * sizeof(float));
        shift_rows(n, c, true);
    }
}

static void bias_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t N = ((const struct conv *)n->settings)->N;

    (void)worker;
    for (size_t o = first; o < last; o++)
        n->graph->vec->fill(n->t.data + o * N, tw_node_in(n, 2)[o], N, false);
}

static const float *make_cols(struct tw_graph *g, struct tw_node *n)
{
    const struct conv *s = n->settings;

    if (s->K == 1)
        return tw_node_in(n, 0);
    TW_ASSERT(g->n_scratch >= n->n_scratch);
    tw_graph_run(g, s->C, tw_row_grain(s->K * s->N), cols_part, n);
    return g->scratch;
}

static void conv_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct conv *s = n->settings;
    size_t CK = s->C * s->K;
    struct tw_gemm p = { .m = s->O,
                         .n = s->N,
                         .k = CK,
                         .a = { tw_node_in(n, 1), CK, false },
                         .b = { make_cols(g, n), s->N, false },
                         .c = n->t.data,
                         .ldc = s->N,
                         .alpha = 1.0f };

    if (n->in[2]) { /* the product is added to the bias */
        tw_graph_run(g, s->O, tw_row_grain(s->N), bias_part, n);
        p.beta = 1.0f;
    }
    tw_gemm_f32(g->be, &p);
}

/* d cols (C K, N) = w^T dy; for K > 1 it goes through scratch into dx. */
static void conv_back_x(struct tw_graph *g, struct tw_node *n)
{
    const struct conv *s = n->settings;
    size_t CK = s->C * s->K;
    struct tw_gemm p = { .m = CK,
                         .n = s->N,
                         .k = s->O,
                         .a = { tw_node_in(n, 1), CK, true },
                         .b = { n->t.grad, s->N, false },
                         .c = g->scratch,
                         .ldc = s->N,
                         .alpha = 1.0f };

    if (s->K == 1) {
        p.c = tw_node_din(n, 0);
        p.beta = tw_beta(n, 0);
    }
    tw_gemm_f32(g->be, &p);
    if (s->K > 1)
        tw_graph_run(g, s->C, tw_row_grain(s->K * s->N), uncols_part, n);
}

/* dw (O, C K) = dy cols^T */
static void conv_back_w(struct tw_graph *g, struct tw_node *n)
{
    const struct conv *s = n->settings;
    size_t CK = s->C * s->K;

    tw_gemm_f32(g->be, &(struct tw_gemm){ .m = s->O,
                                          .n = CK,
                                          .k = s->N,
                                          .a = { n->t.grad, s->N, false },
                                          .b = { make_cols(g, n), s->N, true },
                                          .c = tw_node_din(n, 1),
                                          .ldc = CK,
                                          .alpha = 1.0f,
                                          .beta = tw_beta(n, 1) });
}

static void conv_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct conv *s = n->settings;

    TW_ASSERT(s->N == s->B * s->L && n->t.n == s->O * s->N);
    if (tw_node_din(n, 0))
        conv_back_x(g, n);
    if (tw_node_din(n, 1))
        conv_back_w(g, n);
    if (tw_node_din(n, 2))
        tw_graph_sum_cols(g, tw_node_din(n, 2), n->t.grad, s->O, s->N,
                          n->acc[2]);
}

static const struct tw_op op_conv1d = { .name = "conv1d",
                                        .forward = conv_forward,
                                        .backward = conv_backward,
                                        .settings = sizeof(struct conv) };

struct tw_tensor *tw_op_conv1d(struct tw_graph *g, struct tw_tensor *x,
                               struct tw_tensor *w, struct tw_tensor *bias)
{
    struct tw_tensor *in[] = { x, w, bias };
    size_t shape[3];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_conv1d, in, 2, 3))
        return NULL;
    if (x->n_dims != 3 || w->n_dims != 3 || x->shape[0] != w->shape[1])
        return tw_shape_fail(g, "conv1d", "x and w do not fit");
    if (w->shape[2] % 2 == 0)
        return tw_shape_fail(g, "conv1d", "the width of the kernel is even");
    if (bias && (bias->n_dims != 1 || bias->n != w->shape[0]))
        return tw_shape_fail(g, "conv1d", "bias and w do not fit");
    shape[0] = w->shape[0];
    shape[1] = x->shape[1];
    shape[2] = x->shape[2];
    n = tw_node_new(g, &op_conv1d, in, 2, 3, 3, shape);
    if (!n)
        return NULL;
    *(struct conv *)n->settings =
        (struct conv){ .O = w->shape[0],
                       .C = w->shape[1],
                       .K = w->shape[2],
                       .B = x->shape[1],
                       .L = x->shape[2],
                       .N = x->shape[1] * x->shape[2] };
    if (w->shape[2] > 1)
        n->n_scratch = w->shape[2] * x->n;
    return &n->t;
}
