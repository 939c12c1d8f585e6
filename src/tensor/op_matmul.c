#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

static struct tw_mat mat(const float *data, size_t ld, bool trans)
{
    return (struct tw_mat){ data, ld, trans };
}

/* u: batch, M, N, K, stride of a, stride of b, trans_a, trans_b */
enum { U_BATCH, U_M, U_N, U_K, U_SA, U_SB, U_TA, U_TB };

static void matmul_forward(struct tw_graph *g, struct tw_node *n)
{
    const size_t *u = n->u;
    struct tw_mat a = mat(tw_node_in(n, 0), u[U_TA] ? u[U_M] : u[U_K], u[U_TA]);
    struct tw_mat b = mat(tw_node_in(n, 1), u[U_TB] ? u[U_K] : u[U_N], u[U_TB]);

    tw_gemm_f32_batch(g->be, u[U_BATCH], u[U_M], u[U_N], u[U_K], 1.0f, a,
                      u[U_SA], b, u[U_SB], 0.0f, n->t.data, u[U_N],
                      u[U_M] * u[U_N]);
}

/* C (M, N) (+)= A B per batch; when C is shared (stride 0) the products are
 * added one after the other. */
struct product {
    size_t m, n, k;
    struct tw_mat a, b;
    size_t sa, sb;
    float *c;
    size_t sc;
    bool acc;
};

static void product_run(struct tw_graph *g, size_t batch,
                        const struct product *p)
{
    float beta = p->acc ? 1.0f : 0.0f;

    TW_ASSERT(p->a.ld > 0 && p->b.ld > 0 && p->c);
    if (p->sc != 0 || batch == 1) {
        tw_gemm_f32_batch(g->be, batch, p->m, p->n, p->k, 1.0f, p->a, p->sa,
                          p->b, p->sb, beta, p->c, p->n, p->sc);
        return;
    }
    for (size_t i = 0; i < batch; i++) {
        struct tw_mat a = p->a, b = p->b;

        a.data += i * p->sa;
        b.data += i * p->sb;
        tw_gemm_f32(g->be, p->m, p->n, p->k, 1.0f, a, b, i ? 1.0f : beta, p->c,
                    p->n);
    }
}

/* With y = op(a) op(b): d op(a) = dy op(b)^T, d op(b) = op(a)^T dy; where an
 * operand is transposed, so is the product. */
static void matmul_backward(struct tw_graph *g, struct tw_node *n)
{
    const size_t *u = n->u;
    size_t M = u[U_M], N = u[U_N], K = u[U_K], sy = M * N;
    const float *dy = n->t.grad;
    struct tw_mat a = mat(tw_node_in(n, 0), u[U_TA] ? M : K, !u[U_TA]);
    struct tw_mat b = mat(tw_node_in(n, 1), u[U_TB] ? K : N, !u[U_TB]);

    if (tw_node_din(n, 0)) {
        struct product p = {
            .c = tw_node_din(n, 0), .sc = u[U_SA], .acc = n->acc[0], .k = N
        };
        if (!u[U_TA]) {
            p.m = M;
            p.n = K;
            p.a = mat(dy, N, false);
            p.sa = sy;
            p.b = b;
            p.sb = u[U_SB];
        } else { /* (K, M) = op(b) dy^T */
            p.m = K;
            p.n = M;
            p.a = b;
            p.a.trans = !b.trans;
            p.sa = u[U_SB];
            p.b = mat(dy, N, true);
            p.sb = sy;
        }
        product_run(g, u[U_BATCH], &p);
    }
    if (tw_node_din(n, 1)) {
        struct product p = {
            .c = tw_node_din(n, 1), .sc = u[U_SB], .acc = n->acc[1], .k = M
        };
        if (!u[U_TB]) {
            p.m = K;
            p.n = N;
            p.a = a;
            p.sa = u[U_SA];
            p.b = mat(dy, N, false);
            p.sb = sy;
        } else { /* (N, K) = dy^T op(a) */
            p.m = N;
            p.n = K;
            p.a = mat(dy, N, true);
            p.sa = sy;
            p.b = a;
            p.b.trans = !a.trans;
            p.sb = u[U_SA];
        }
        product_run(g, u[U_BATCH], &p);
    }
}

static const struct tw_op op_matmul = { "matmul", matmul_forward,
                                        matmul_backward, NULL, 0 };

/* Leading dimensions of the product into shape; false when they differ. */
static bool leading_dims(const struct tw_tensor *a, const struct tw_tensor *b,
                         size_t *shape, int *n_dims, size_t *batch)
{
    const struct tw_tensor *big = a->n_dims >= b->n_dims ? a : b;

    if (a->n_dims < 2 || b->n_dims < 2)
        return false;
    if (a->n_dims > 2 && b->n_dims > 2) {
        if (a->n_dims != b->n_dims)
            return false;
        for (int i = 0; i < a->n_dims - 2; i++)
            if (a->shape[i] != b->shape[i])
                return false;
    }
    *n_dims = big->n_dims;
    *batch = 1;
    for (int i = 0; i < big->n_dims - 2; i++) {
        shape[i] = big->shape[i];
        *batch *= big->shape[i];
    }
    return true;
}

struct tw_tensor *tw_op_matmul(struct tw_graph *g, struct tw_tensor *a,
                               bool trans_a, struct tw_tensor *b, bool trans_b)
{
    struct tw_tensor *in[] = { a, b };
    size_t shape[TW_TENSOR_DIMS], batch, k, kb;
    struct tw_node *n;
    int d;

    if (!tw_node_operands(g, &op_matmul, in, 2, 2))
        return NULL;
    if (!leading_dims(a, b, shape, &d, &batch))
        return tw_shape_fail(g, "matmul", "leading dimensions differ");
    shape[d - 2] = a->shape[a->n_dims - (trans_a ? 1 : 2)];
    k = a->shape[a->n_dims - (trans_a ? 2 : 1)];
    kb = b->shape[b->n_dims - (trans_b ? 1 : 2)];
    shape[d - 1] = b->shape[b->n_dims - (trans_b ? 2 : 1)];
    if (k != kb)
        return tw_shape_fail(g, "matmul", "inner dimensions differ");
    n = tw_node_new(g, &op_matmul, in, 2, 2, d, shape);
    if (!n)
        return NULL;
    n->u[U_BATCH] = batch;
    n->u[U_M] = shape[d - 2];
    n->u[U_N] = shape[d - 1];
    n->u[U_K] = k;
    n->u[U_SA] = a->n_dims > 2 ? shape[d - 2] * k : 0;
    n->u[U_SB] = b->n_dims > 2 ? shape[d - 1] * k : 0;
    n->u[U_TA] = trans_a;
    n->u[U_TB] = trans_b;
    if (b->n_dims == 2 && !trans_a) { /* b is shared: one tall product */
        n->u[U_M] *= batch;
        n->u[U_BATCH] = 1;
    }
    return &n->t;
}

/* linear: y (R, O) = x (R, I) w (O, I)^T + bias; u: R, O, I. */
static void bias_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t O = n->u[1];

    (void)worker;
    for (size_t r = first; r < last; r++)
        n->graph->vec->scale(n->t.data + r * O, tw_node_in(n, 2), 1.0f, 0.0f, O,
                             false);
}

static void linear_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t R = n->u[0], O = n->u[1], I = n->u[2];

    if (n->in[2])
        tw_graph_run(g, R, tw_row_grain(O), bias_rows, n);
    tw_gemm_f32(g->be, R, O, I, 1.0f, mat(tw_node_in(n, 0), I, false),
                mat(tw_node_in(n, 1), I, true), n->in[2] ? 1.0f : 0.0f,
                n->t.data, O);
}

static void linear_backward(struct tw_graph *g, struct tw_node *n)
{
    size_t R = n->u[0], O = n->u[1], I = n->u[2];
    struct tw_mat dy = mat(n->t.grad, O, false);
    struct tw_mat dy_t = mat(n->t.grad, O, true);

    if (tw_node_din(n, 0))
        tw_gemm_f32(g->be, R, I, O, 1.0f, dy, mat(tw_node_in(n, 1), I, false),
                    n->acc[0] ? 1.0f : 0.0f, tw_node_din(n, 0), I);
    if (tw_node_din(n, 1))
        tw_gemm_f32(g->be, O, I, R, 1.0f, dy_t, mat(tw_node_in(n, 0), I, false),
                    n->acc[1] ? 1.0f : 0.0f, tw_node_din(n, 1), I);
    if (tw_node_din(n, 2))
        tw_graph_sum_rows(g, tw_node_din(n, 2), n->t.grad, R, O, n->acc[2]);
}

static const struct tw_op op_linear = { "linear", linear_forward,
                                        linear_backward, NULL, 0 };

struct tw_tensor *tw_op_linear(struct tw_graph *g, struct tw_tensor *x,
                               struct tw_tensor *w, struct tw_tensor *bias)
{
    struct tw_tensor *in[] = { x, w, bias };
    size_t shape[TW_TENSOR_DIMS];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_linear, in, 2, 3))
        return NULL;
    if (x->n_dims < 1 || w->n_dims != 2 || tw_last_dim(x) != w->shape[1])
        return tw_shape_fail(g, "linear", "x and w do not fit");
    if (bias && (bias->n_dims != 1 || bias->n != w->shape[0]))
        return tw_shape_fail(g, "linear", "bias and w do not fit");
    for (int i = 0; i < x->n_dims - 1; i++)
        shape[i] = x->shape[i];
    shape[x->n_dims - 1] = w->shape[0];
    n = tw_node_new(g, &op_linear, in, 2, 3, x->n_dims, shape);
    if (!n)
        return NULL;
    n->u[0] = x->n / w->shape[1];
    n->u[1] = w->shape[0];
    n->u[2] = w->shape[1];
    return &n->t;
}

/* linear_cm: y (O, N) = w (O, I) x (I, N) + bias; u: O, I, N. */
static void bias_cols(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t N = n->u[2];
    const float *bias = tw_node_in(n, 2);

    (void)worker;
    for (size_t o = first; o < last; o++)
        n->graph->vec->fill(n->t.data + o * N, bias[o], N, false);
}

static void linear_cm_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t O = n->u[0], I = n->u[1], N = n->u[2];

    if (n->in[2])
        tw_graph_run(g, O, tw_row_grain(N), bias_cols, n);
    tw_gemm_f32(g->be, O, N, I, 1.0f, mat(tw_node_in(n, 0), I, false),
                mat(tw_node_in(n, 1), N, false), n->in[2] ? 1.0f : 0.0f,
                n->t.data, N);
}

static void linear_cm_backward(struct tw_graph *g, struct tw_node *n)
{
    size_t O = n->u[0], I = n->u[1], N = n->u[2];
    struct tw_mat dy = mat(n->t.grad, N, false);

    if (tw_node_din(n, 0))
        tw_gemm_f32(g->be, O, I, N, 1.0f, dy, mat(tw_node_in(n, 1), N, true),
                    n->acc[0] ? 1.0f : 0.0f, tw_node_din(n, 0), I);
    if (tw_node_din(n, 1))
        tw_gemm_f32(g->be, I, N, O, 1.0f, mat(tw_node_in(n, 0), I, true), dy,
                    n->acc[1] ? 1.0f : 0.0f, tw_node_din(n, 1), N);
    if (tw_node_din(n, 2))
        tw_graph_sum_cols(g, tw_node_din(n, 2), n->t.grad, O, N, n->acc[2]);
}

static const struct tw_op op_linear_cm = { "linear_cm", linear_cm_forward,
                                           linear_cm_backward, NULL, 0 };

struct tw_tensor *tw_op_linear_cm(struct tw_graph *g, struct tw_tensor *w,
                                  struct tw_tensor *x, struct tw_tensor *bias)
{
    struct tw_tensor *in[] = { w, x, bias };
    size_t shape[TW_TENSOR_DIMS];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_linear_cm, in, 2, 3))
        return NULL;
    if (x->n_dims < 1 || w->n_dims != 2 || x->shape[0] != w->shape[1])
        return tw_shape_fail(g, "linear_cm", "w and x do not fit");
    if (bias && (bias->n_dims != 1 || bias->n != w->shape[0]))
        return tw_shape_fail(g, "linear_cm", "bias and w do not fit");
    shape[0] = w->shape[0];
    for (int i = 1; i < x->n_dims; i++)
        shape[i] = x->shape[i];
    n = tw_node_new(g, &op_linear_cm, in, 2, 3, x->n_dims, shape);
    if (!n)
        return NULL;
    n->u[0] = w->shape[0];
    n->u[1] = w->shape[1];
    n->u[2] = x->n / x->shape[0];
    return &n->t;
}
