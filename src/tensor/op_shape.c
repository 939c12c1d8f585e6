#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

/* Views: data and gradient are those of the root, nothing to compute. */
static const struct tw_op op_reshape = { "reshape", NULL, NULL, NULL, 0 };
static const struct tw_op op_view = { "slice", NULL, NULL, NULL, 0 };

struct tw_tensor *tw_op_reshape(struct tw_graph *g, struct tw_tensor *a,
                                int n_dims, const size_t *shape)
{
    size_t n = 1;

    if (!tw_node_operands(g, &op_reshape, &a, 1, 1))
        return NULL;
    for (int i = 0; i < n_dims; i++)
        if (__builtin_mul_overflow(n, shape[i], &n))
            n = 0;
    if (n != a->n || a->ids)
        return tw_shape_fail(g, "reshape", "the number of elements differs");
    return tw_node_result(tw_node_view(g, &op_reshape, a, n_dims, shape, 0));
}

/* A walk over 4 dimensions with free strides: u[0..3] sizes, and strides of
 * the source s[0..3]; the other side is contiguous. */
struct permute {
    float *to;
    const float *from;
    size_t d[TW_TENSOR_DIMS];
    size_t s[TW_TENSOR_DIMS];
    bool back; /* scatter: from is contiguous */
    bool acc;
};

static void permute_row(const struct permute *p, size_t r)
{
    size_t i1 = r % p->d[2] * p->s[2] + r / p->d[2] % p->d[1] * p->s[1] +
                r / p->d[2] / p->d[1] * p->s[0];
    size_t n = p->d[3], step = p->s[3];

    if (!p->back) {
        for (size_t i = 0; i < n; i++)
            p->to[r * n + i] = p->from[i1 + i * step];
    } else if (p->acc) {
        for (size_t i = 0; i < n; i++)
            p->to[i1 + i * step] += p->from[r * n + i];
    } else {
        for (size_t i = 0; i < n; i++)
            p->to[i1 + i * step] = p->from[r * n + i];
    }
}

static void permute_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    (void)worker;
    for (size_t r = first; r < last; r++)
        permute_row(ctx, r);
}

static void permute_run(struct tw_graph *g, struct tw_node *n, bool back)
{
    const struct tw_tensor *a = &n->in[0]->t;
    struct permute p = { .back = back, .acc = n->acc[0] };
    int pad = TW_TENSOR_DIMS - a->n_dims;

    for (int i = 0; i < pad; i++)
        p.d[i] = 1;
    for (int i = 0; i < a->n_dims; i++) {
        p.d[pad + i] = n->t.shape[i];
        p.s[pad + i] = 1;
        for (int j = (int)n->u[i] + 1; j < a->n_dims; j++)
            p.s[pad + i] *= a->shape[j];
    }
    TW_ASSERT(p.d[0] * p.d[1] * p.d[2] * p.d[3] == a->n);
    p.to = back ? n->in[0]->t.grad : n->t.data;
    p.from = back ? n->t.grad : a->data;
    tw_graph_run(g, p.d[0] * p.d[1] * p.d[2], tw_row_grain(p.d[3]),
                 permute_part, &p);
}

static void permute_forward(struct tw_graph *g, struct tw_node *n)
{
    permute_run(g, n, false);
}

static void permute_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        permute_run(g, n, true);
}

static const struct tw_op op_permute = { "permute", permute_forward,
                                         permute_backward, NULL, 0 };

struct tw_tensor *tw_op_permute(struct tw_graph *g, struct tw_tensor *a,
                                const int *perm)
{
    size_t shape[TW_TENSOR_DIMS];
    unsigned seen = 0;
    struct tw_node *n;

    if (!tw_node_operands(g, &op_permute, &a, 1, 1))
        return NULL;
    for (int i = 0; i < a->n_dims; i++) {
        if (perm[i] < 0 || perm[i] >= a->n_dims || (seen >> perm[i] & 1))
            return tw_shape_fail(g, "permute", "not a permutation");
        seen |= 1u << perm[i];
        shape[i] = a->shape[perm[i]];
    }
    n = tw_node_new(g, &op_permute, &a, 1, 1, a->n_dims, shape);
    for (int i = 0; n && i < a->n_dims; i++)
        n->u[i] = (size_t)perm[i];
    return tw_node_result(n);
}

/* Copies of blocks: `rows` times `len` floats, with a stride on each side. */
struct blocks {
    const struct tw_vec *vec;
    float *to;
    const float *from;
    size_t to_stride, from_stride, len;
    bool acc;
};

static void blocks_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct blocks *b = ctx;

    (void)worker;
    for (size_t r = first; r < last; r++)
        b->vec->scale(b->to + r * b->to_stride, b->from + r * b->from_stride,
                      1.0f, 0.0f, b->len, b->acc);
}

static void blocks_run(struct tw_graph *g, struct blocks b, size_t rows)
{
    b.vec = g->vec;
    tw_graph_run(g, rows, tw_row_grain(b.len), blocks_part, &b);
}

/* u: rows, floats per row of a, of the slice, offset of the slice in a row. */
static void slice_forward(struct tw_graph *g, struct tw_node *n)
{
    TW_ASSERT(n->u[3] + n->u[2] <= n->u[1]);
    blocks_run(g,
               (struct blocks){ .to = n->t.data,
                                .from = tw_node_in(n, 0) + n->u[3],
                                .to_stride = n->u[2],
                                .from_stride = n->u[1],
                                .len = n->u[2] },
               n->u[0]);
}

static void slice_backward(struct tw_graph *g, struct tw_node *n)
{
    float *da = tw_node_din(n, 0);

    if (!da)
        return;
    if (!n->acc[0])
        memset(da, 0, n->in[0]->t.n * sizeof(float));
    blocks_run(g,
               (struct blocks){ .to = da + n->u[3],
                                .from = n->t.grad,
                                .to_stride = n->u[1],
                                .from_stride = n->u[2],
                                .len = n->u[2],
                                .acc = true },
               n->u[0]);
}

static const struct tw_op op_slice = { "slice", slice_forward, slice_backward,
                                       NULL, 0 };

struct tw_tensor *tw_op_slice(struct tw_graph *g, struct tw_tensor *a, int dim,
                              size_t first, size_t count)
{
    size_t shape[TW_TENSOR_DIMS], rows = 1, inner = 1;
    struct tw_node *n;

    if (!tw_node_operands(g, &op_slice, &a, 1, 1))
        return NULL;
    if (dim < 0 || dim >= a->n_dims || count == 0 || first > a->shape[dim] ||
        count > a->shape[dim] - first || a->ids)
        return tw_shape_fail(g, "slice", "range outside of the dimension");
    for (int i = 0; i < a->n_dims; i++) {
        shape[i] = i == dim ? count : a->shape[i];
        rows *= i < dim ? a->shape[i] : 1;
        inner *= i > dim ? a->shape[i] : 1;
    }
    if (rows == 1)
        return tw_node_result(
            tw_node_view(g, &op_view, a, a->n_dims, shape, first * inner));
    n = tw_node_new(g, &op_slice, &a, 1, 1, a->n_dims, shape);
    if (!n)
        return NULL;
    n->u[0] = rows;
    n->u[1] = a->shape[dim] * inner;
    n->u[2] = count * inner;
    n->u[3] = first * inner;
    return &n->t;
}

/* u: rows, floats per row of a, of b. */
static void concat_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t width = n->u[1] + n->u[2], offset = 0;

    TW_ASSERT(n->u[0] * width == n->t.n);
    for (int k = 0; k < 2; k++) {
        blocks_run(g,
                   (struct blocks){ .to = n->t.data + offset,
                                    .from = tw_node_in(n, k),
                                    .to_stride = width,
                                    .from_stride = n->u[1 + k],
                                    .len = n->u[1 + k] },
                   n->u[0]);
        offset = n->u[1];
    }
}

static void concat_backward(struct tw_graph *g, struct tw_node *n)
{
    size_t width = n->u[1] + n->u[2], offset = 0;

    for (int k = 0; k < 2; k++) {
        if (tw_node_din(n, k))
            blocks_run(g,
                       (struct blocks){ .to = tw_node_din(n, k),
                                        .from = n->t.grad + offset,
                                        .to_stride = n->u[1 + k],
                                        .from_stride = width,
                                        .len = n->u[1 + k],
                                        .acc = n->acc[k] },
                       n->u[0]);
        offset = n->u[1];
    }
}

static const struct tw_op op_concat = { "concat", concat_forward,
                                        concat_backward, NULL, 0 };

struct tw_tensor *tw_op_concat(struct tw_graph *g, struct tw_tensor *a,
                               struct tw_tensor *b, int dim)
{
    struct tw_tensor *in[] = { a, b };
    size_t shape[TW_TENSOR_DIMS], rows = 1, inner = 1;
    struct tw_node *n;

    if (!tw_node_operands(g, &op_concat, in, 2, 2))
        return NULL;
    if (a->n_dims != b->n_dims || dim < 0 || dim >= a->n_dims)
        return tw_shape_fail(g, "concat", "operands differ in dimensions");
    for (int i = 0; i < a->n_dims; i++) {
        if (i != dim && a->shape[i] != b->shape[i])
            return tw_shape_fail(g, "concat", "operands differ in shape");
        shape[i] = a->shape[i] + (i == dim ? b->shape[i] : 0);
        rows *= i < dim ? a->shape[i] : 1;
        inner *= i > dim ? a->shape[i] : 1;
    }
    n = tw_node_new(g, &op_concat, in, 2, 2, a->n_dims, shape);
    if (!n)
        return NULL;
    n->u[0] = rows;
    n->u[1] = a->shape[dim] * inner;
    n->u[2] = b->shape[dim] * inner;
    return &n->t;
}
