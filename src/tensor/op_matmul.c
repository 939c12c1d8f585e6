/*
 * op_matmul.c - products of matrices: matmul, linear, linear_cm.
 *
 * All forms are calls of tw_gemm_f32(); so are their gradients, which for
 * y = op(a) op(b) are d op(a) = dy op(b)^T and d op(b) = op(a)^T dy.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

static struct tw_mat mat(const float *data, size_t ld, bool trans)
{
    return (struct tw_mat){ data, ld, trans };
}

/* Settings of matmul: op(a) (batch, M, K), op(b) (batch, K, N). */
struct matmul {
    size_t batch, M, N, K;
    size_t sa, sb;         /* floats from one a, b to the next; 0: shared */
    bool trans_a, trans_b; /* a is kept (K, M), b (N, K) */
};

/* op(a) and op(b), or, with turn, their transposes. */
static struct tw_mat mat_a(const struct tw_node *n, bool turn)
{
    const struct matmul *s = n->settings;

    return mat(tw_node_in(n, 0), s->trans_a ? s->M : s->K, s->trans_a != turn);
}

static struct tw_mat mat_b(const struct tw_node *n, bool turn)
{
    const struct matmul *s = n->settings;

    return mat(tw_node_in(n, 1), s->trans_b ? s->K : s->N, s->trans_b != turn);
}

static void matmul_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct matmul *s = n->settings;

    TW_ASSERT(s->batch * s->M * s->N == n->t.n);
    tw_gemm_f32(g->be, &(struct tw_gemm){ .m = s->M,
                                          .n = s->N,
                                          .k = s->K,
                                          .a = mat_a(n, false),
                                          .b = mat_b(n, false),
                                          .c = n->t.data,
                                          .ldc = s->N,
                                          .alpha = 1.0f,
                                          .batch = s->batch,
                                          .stride_a = s->sa,
                                          .stride_b = s->sb,
                                          .stride_c = s->M * s->N });
}

/* p is m, n, k, a, b and their strides; the rest is filled in here: C is the
 * gradient of operand i, `stride` floats per product.  Where that is shared
 * (stride 0) the products are added one after the other. */
static void back_operand(struct tw_graph *g, const struct tw_node *n, int i,
                         size_t stride, struct tw_gemm p)
{
    const struct matmul *s = n->settings;

    p.c = tw_node_din(n, i);
    if (!p.c)
        return;
    TW_ASSERT(p.a.ld > 0 && p.b.ld > 0);
    p.ldc = p.n;
    p.alpha = 1.0f;
    p.beta = tw_beta(n, i);
    if (stride != 0 || s->batch == 1) {
        p.batch = s->batch;
        p.stride_c = stride;
        tw_gemm_f32(g->be, &p);
        return;
    }
    for (size_t k = 0; k < s->batch; k++) {
        tw_gemm_f32(g->be, &p);
        p.a.data += p.stride_a;
        p.b.data += p.stride_b;
        p.beta = 1.0f;
    }
}

static void matmul_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct matmul *s = n->settings;
    size_t M = s->M, N = s->N, K = s->K, sa = s->sa, sb = s->sb, sy = M * N;
    struct tw_mat dy = mat(n->t.grad, N, false);
    struct tw_mat dy_t = mat(n->t.grad, N, true);
    /* { m, n, k, a, b, strides }, by how the operand itself is kept. */
    const struct tw_gemm da[2] = {
        /* (M, K) = dy op(b)^T */
        { M, K, N, dy, mat_b(n, true), .stride_a = sy, .stride_b = sb },
        /* (K, M) = op(b) dy^T */
        { K, M, N, mat_b(n, false), dy_t, .stride_a = sb, .stride_b = sy },
    };
    const struct tw_gemm db[2] = {
        /* (K, N) = op(a)^T dy */
        { K, N, M, mat_a(n, true), dy, .stride_a = sa, .stride_b = sy },
        /* (N, K) = dy^T op(a) */
        { N, K, M, dy_t, mat_a(n, false), .stride_a = sy, .stride_b = sa },
    };

    back_operand(g, n, 0, sa, da[s->trans_a]);
    back_operand(g, n, 1, sb, db[s->trans_b]);
}

static const struct tw_op op_matmul = { .name = "matmul",
                                        .forward = matmul_forward,
                                        .backward = matmul_backward,
                                        .settings = sizeof(struct matmul) };

/* Leading dimensions of the product into shape; false when they differ. */
static bool leading_dims(const struct tw_tensor *a, const struct tw_tensor *b,
                         size_t *shape, int *n_dims, size_t *batch)
{
    const struct tw_tensor *big = a;

    if (b->n_dims > a->n_dims)
        big = b;
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
    struct matmul *s = n->settings;

    *s = (struct matmul){ .batch = batch,
                          .M = shape[d - 2],
                          .N = shape[d - 1],
                          .K = k,
                          .trans_a = trans_a,
                          .trans_b = trans_b };
    if (a->n_dims > 2)
        s->sa = s->M * k;
    if (b->n_dims > 2)
        s->sb = s->N * k;
    if (b->n_dims == 2 && !trans_a) { /* b is shared: one tall product */
        s->M *= batch;
        s->batch = 1;
    }
    return &n->t;
}

/* Settings of linear: y (R, O) = x (R, I) w (O, I)^T + bias, and of linear_cm:
 * y (O, R) = w (O, I) x (I, R) + bias. */
struct linear {
    size_t R, O, I;
};

/* One product of either, forward or back; data are contiguous. */
static void run_product(struct tw_graph *g, const size_t mnk[3],
                        struct tw_mat a, struct tw_mat b, float *c, float beta)
{
    tw_gemm_f32(g->be, &(struct tw_gemm){ .m = mnk[0],
                                          .n = mnk[1],
                                          .k = mnk[2],
                                          .a = a,
                                          .b = b,
                                          .c = c,
                                          .ldc = mnk[1],
                                          .alpha = 1.0f,
                                          .beta = beta });
}

static void bias_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t O = ((const struct linear *)n->settings)->O;

    (void)worker;
    for (size_t r = first; r < last; r++)
        n->graph->vec->scale(n->t.data + r * O, tw_node_in(n, 2), 1.0f, 0.0f, O,
                             false);
}

static void linear_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct linear *s = n->settings;
    float beta = 0.0f;

    TW_ASSERT(s->R * s->O == n->t.n && s->R * s->I == n->in[0]->t.n);
    if (n->in[2]) { /* the product is added to the bias */
        tw_graph_run(g, s->R, tw_row_grain(s->O), bias_rows, n);
        beta = 1.0f;
    }
    run_product(g, (const size_t[]){ s->R, s->O, s->I },
                mat(tw_node_in(n, 0), s->I, false),
                mat(tw_node_in(n, 1), s->I, true), n->t.data, beta);
}

/* dx = dy w, dw = dy^T x, dbias = the sum of dy's rows */
static void linear_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct linear *s = n->settings;
    size_t R = s->R, O = s->O, I = s->I;

    if (tw_node_din(n, 0))
        run_product(g, (const size_t[]){ R, I, O }, mat(n->t.grad, O, false),
                    mat(tw_node_in(n, 1), I, false), tw_node_din(n, 0),
                    tw_beta(n, 0));
    if (tw_node_din(n, 1))
        run_product(g, (const size_t[]){ O, I, R }, mat(n->t.grad, O, true),
                    mat(tw_node_in(n, 0), I, false), tw_node_din(n, 1),
                    tw_beta(n, 1));
    if (tw_node_din(n, 2))
        tw_graph_sum_rows(g, tw_node_din(n, 2), n->t.grad, R, O, n->acc[2]);
}

static const struct tw_op op_linear = { .name = "linear",
                                        .forward = linear_forward,
                                        .backward = linear_backward,
                                        .settings = sizeof(struct linear) };

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
    if (n)
        *(struct linear *)n->settings = (struct linear){
            .R = x->n / w->shape[1], .O = w->shape[0], .I = w->shape[1]
        };
    return tw_node_result(n);
}

static void bias_cols(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t R = ((const struct linear *)n->settings)->R;
    const float *bias = tw_node_in(n, 2);

    (void)worker;
    for (size_t o = first; o < last; o++)
        n->graph->vec->fill(n->t.data + o * R, bias[o], R, false);
}

static void linear_cm_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct linear *s = n->settings;
    float beta = 0.0f;

    TW_ASSERT(s->R * s->O == n->t.n && s->R * s->I == n->in[1]->t.n);
    if (n->in[2]) {
        tw_graph_run(g, s->O, tw_row_grain(s->R), bias_cols, n);
        beta = 1.0f;
    }
    run_product(g, (const size_t[]){ s->O, s->R, s->I },
                mat(tw_node_in(n, 0), s->I, false),
                mat(tw_node_in(n, 1), s->R, false), n->t.data, beta);
}

/* dw = dy x^T, dx = w^T dy, dbias = the sum of dy's columns */
static void linear_cm_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct linear *s = n->settings;
    size_t R = s->R, O = s->O, I = s->I;

    if (tw_node_din(n, 0))
        run_product(g, (const size_t[]){ O, I, R }, mat(n->t.grad, R, false),
                    mat(tw_node_in(n, 1), R, true), tw_node_din(n, 0),
                    tw_beta(n, 0));
    if (tw_node_din(n, 1))
        run_product(g, (const size_t[]){ I, R, O },
                    mat(tw_node_in(n, 0), I, true), mat(n->t.grad, R, false),
                    tw_node_din(n, 1), tw_beta(n, 1));
    if (tw_node_din(n, 2))
        tw_graph_sum_cols(g, tw_node_din(n, 2), n->t.grad, O, R, n->acc[2]);
}

static const struct tw_op op_linear_cm = { .name = "linear_cm",
                                           .forward = linear_cm_forward,
                                           .backward = linear_cm_backward,
                                           .settings = sizeof(struct linear) };

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
    if (n)
        *(struct linear *)n->settings = (struct linear){
            .R = x->n / x->shape[0], .O = w->shape[0], .I = w->shape[1]
        };
    return tw_node_result(n);
}
