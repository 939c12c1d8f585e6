#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

/*
 * conv1d, channel-major: x (C, B, L), w (O, C, K), y (O, B, L),
 *
 *     y[o][b][l] = bias[o] + sum_c sum_k w[o][c][k] x[c][b][l + k - (K - 1) /
 * 2]
 *
 * as one product: w (O, C K) times the shifted copies of x, cols (C K, B L), in
 * scratch.  With K = 1 x itself is cols.  u: O, C, K, B, L.
 */
enum { U_O, U_C, U_K, U_B, U_L };

/* Rows of cols that belong to one channel; or, back, their sum into dx. */
static void shift_rows(const struct tw_node *n, size_t c, bool back)
{
    const struct tw_vec *v = n->graph->vec;
    size_t K = n->u[U_K], B = n->u[U_B], L = n->u[U_L], N = B * L;
    size_t half = (K - 1) / 2;

    TW_ASSERT(K % 2 == 1 && (c + 1) * K * N <= n->graph->n_scratch);
    for (size_t k = 0; k < K; k++) {
        float *col = n->graph->scratch + (c * K + k) * N;
        size_t to = k < half ? half - k : 0; /* first l inside */
        size_t from = k > half ? k - half : 0;
        size_t len = L > to + from ? L - to - from : 0;

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
    size_t N = n->u[U_B] * n->u[U_L];

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
    size_t N = n->u[U_B] * n->u[U_L];

    (void)worker;
    for (size_t o = first; o < last; o++)
        n->graph->vec->fill(n->t.data + o * N, tw_node_in(n, 2)[o], N, false);
}

static const float *make_cols(struct tw_graph *g, struct tw_node *n)
{
    if (n->u[U_K] == 1)
        return tw_node_in(n, 0);
    TW_ASSERT(g->n_scratch >= n->n_scratch);
    tw_graph_run(g, n->u[U_C], tw_row_grain(n->u[U_K] * n->u[U_B] * n->u[U_L]),
                 cols_part, n);
    return g->scratch;
}

static void conv_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t O = n->u[U_O], CK = n->u[U_C] * n->u[U_K];
    size_t N = n->u[U_B] * n->u[U_L];
    const float *cols = make_cols(g, n);

    if (n->in[2])
        tw_graph_run(g, O, tw_row_grain(N), bias_part, n);
    tw_gemm_f32(g->be, O, N, CK, 1.0f,
                (struct tw_mat){ tw_node_in(n, 1), CK, false },
                (struct tw_mat){ cols, N, false }, n->in[2] ? 1.0f : 0.0f,
                n->t.data, N);
}

static void conv_back_x(struct tw_graph *g, struct tw_node *n)
{
    size_t O = n->u[U_O], CK = n->u[U_C] * n->u[U_K];
    size_t N = n->u[U_B] * n->u[U_L];
    struct tw_mat w = { tw_node_in(n, 1), CK, true };
    struct tw_mat dy = { n->t.grad, N, false };

    if (n->u[U_K] == 1) {
        tw_gemm_f32(g->be, CK, N, O, 1.0f, w, dy, n->acc[0] ? 1.0f : 0.0f,
                    tw_node_din(n, 0), N);
        return;
    }
    tw_gemm_f32(g->be, CK, N, O, 1.0f, w, dy, 0.0f, g->scratch, N);
    tw_graph_run(g, n->u[U_C], tw_row_grain(n->u[U_K] * N), uncols_part, n);
}

static void conv_backward(struct tw_graph *g, struct tw_node *n)
{
    size_t O = n->u[U_O], CK = n->u[U_C] * n->u[U_K];
    size_t N = n->u[U_B] * n->u[U_L];

    if (tw_node_din(n, 0))
        conv_back_x(g, n);
    if (tw_node_din(n, 1))
        tw_gemm_f32(g->be, O, CK, N, 1.0f,
                    (struct tw_mat){ n->t.grad, N, false },
                    (struct tw_mat){ make_cols(g, n), N, true },
                    n->acc[1] ? 1.0f : 0.0f, tw_node_din(n, 1), CK);
    if (tw_node_din(n, 2))
        tw_graph_sum_cols(g, tw_node_din(n, 2), n->t.grad, O, N, n->acc[2]);
}

static const struct tw_op op_conv1d = { "conv1d", conv_forward, conv_backward,
                                        NULL, 0 };

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
    n->u[U_O] = w->shape[0];
    n->u[U_C] = w->shape[1];
    n->u[U_K] = w->shape[2];
    n->u[U_B] = x->shape[1];
    n->u[U_L] = x->shape[2];
    n->n_scratch = n->u[U_K] > 1 ? n->u[U_K] * x->n : 0;
    return &n->t;
}
