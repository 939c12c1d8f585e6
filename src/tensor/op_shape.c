/*
 * op_shape.c - other views of the same numbers, and copies that move them.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

/* Views: data and gradient are those of the root, nothing to compute. */
static const struct tw_op op_reshape = { .name = "reshape" };
static const struct tw_op op_view = { .name = "slice" };

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

/* Settings of permute: result dimension i is the operand's perm[i]. */
struct permute_settings {
    int perm[TW_TENSOR_DIMS];
};

/* A walk over 4 dimensions with free strides on one side; the other side is
 * contiguous. */
struct permute {
    float *to;
    const float *from;
    size_t d[TW_TENSOR_DIMS]; /* sizes, 1 in front */
    size_t s[TW_TENSOR_DIMS]; /* strides, floats */
    bool back;                /* scatter: from is contiguous */
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
    const struct permute_settings *s = n->settings;
    int pad = TW_TENSOR_DIMS - a->n_dims;

    for (int i = 0; i < pad; i++)
        p.d[i] = 1;
    for (int i = 0; i < a->n_dims; i++) {
        p.d[pad + i] = n->t.shape[i];
        p.s[pad + i] = 1;
        for (int j = s->perm[i] + 1; j < a->n_dims; j++)
            p.s[pad + i] *= a->shape[j];
    }
    TW_ASSERT(p.d[0] * p.d[1] * p.d[2] * p.d[3] == a->n);
    p.to = n->t.data;
    p.from = a->data;
    if (back) {
        p.to = n->in[0]->t.grad;
        p.from = n->t.grad;
    }
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

static const struct tw_op op_permute = { .name = "permute",
                                         .forward = permute_forward,
                                         .backward = permute_backward,
                                         .settings =
                                             sizeof(struct permute_settings) };

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
    if (!n)
        return NULL;
    memcpy(((struct permute_settings *)n->settings)->perm, perm,
           (size_t)a->n_dims * sizeof(*perm));
    return &n->t;
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

/* Settings of slice: rows of `width` floats, of which `len` from `first` on
 * are taken. */
struct slice {
    size_t rows, width, first, len;
};

static void slice_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct slice *s = n->settings;

    TW_ASSERT(s->first + s->len <= s->width);
    blocks_run(g,
               (struct blocks){ .to = n->t.data,
                                .from = tw_node_in(n, 0) + s->first,
                                .to_stride = s->len,
                                .from_stride = s->width,
                                .len = s->len },
               s->rows);
}

static void slice_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct slice *s = n->settings;
    float *da = tw_node_din(n, 0);

    if (!da)
        return;
    if (!n->acc[0])
        memset(da, 0, n->in[0]->t.n * sizeof(float));
    blocks_run(g,
               (struct blocks){ .to = da + s->first,
                                .from = n->t.grad,
                                .to_stride = s->width,
                                .from_stride = s->len,
                                .len = s->len,
                                .acc = true },
               s->rows);
}

static const struct tw_op op_slice = { .name = "slice",
                                       .forward = slice_forward,
                                       .backward = slice_backward,
                                       .settings = sizeof(struct slice) };

/* Product of the sizes first .. end - 1. */
static size_t count_between(const struct tw_tensor *a, int first, int end)
{
    size_t n = 1;

    for (int i = first; i < end; i++)
        n *= a->shape[i];
    return n;
}

struct tw_tensor *tw_op_slice(struct tw_graph *g, struct tw_tensor *a, int dim,
                              size_t first, size_t count)
{
    size_t shape[TW_TENSOR_DIMS];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_slice, &a, 1, 1))
        return NULL;
    if (dim < 0 || dim >= a->n_dims || count == 0 || first > a->shape[dim] ||
        count > a->shape[dim] - first || a->ids)
        return tw_shape_fail(g, "slice", "range outside of the dimension");
    memcpy(shape, a->shape, sizeof(shape));
    shape[dim] = count;
    size_t rows = count_between(a, 0, dim);
    size_t inner = count_between(a, dim + 1, a->n_dims);
    if (rows == 1)
        return tw_node_result(
            tw_node_view(g, &op_view, a, a->n_dims, shape, first * inner));
    n = tw_node_new(g, &op_slice, &a, 1, 1, a->n_dims, shape);
    if (n)
        *(struct slice *)n->settings =
            (struct slice){ .rows = rows,
                            .width = a->shape[dim] * inner,
                            .first = first * inner,
                            .len = count * inner };
    return tw_node_result(n);
}

/* Settings of concat: rows of width[0] floats of a, width[1] of b. */
struct concat {
    size_t rows, width[2];
};

static void concat_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct concat *s = n->settings;
    size_t width = s->width[0] + s->width[1], offset = 0;

    TW_ASSERT(s->rows * width == n->t.n);
    for (int k = 0; k < 2; k++) {
        blocks_run(g,
                   (struct blocks){ .to = n->t.data + offset,
                                    .from = tw_node_in(n, k),
                                    .to_stride = width,
                                    .from_stride = s->width[k],
                                    .len = s->width[k] },
                   s->rows);
        offset = s->width[0];
    }
}

static void concat_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct concat *s = n->settings;
    size_t width = s->width[0] + s->width[1], offset = 0;

    for (int k = 0; k < 2; k++) {
        if (tw_node_din(n, k))
            blocks_run(g,
                       (struct blocks){ .to = tw_node_din(n, k),
                                        .from = n->t.grad + offset,
                                        .to_stride = s->width[k],
                                        .from_stride = width,
                                        .len = s->width[k],
                                        .acc = n->acc[k] },
                       s->rows);
        offset = s->width[0];
    }
}

static const struct tw_op op_concat = { .name = "concat",
                                        .forward = concat_forward,
                                        .backward = concat_backward,
                                        .settings = sizeof(struct concat) };

struct tw_tensor *tw_op_concat(struct tw_graph *g, struct tw_tensor *a,
                               struct tw_tensor *b, int dim)
{
    struct tw_tensor *in[] = { a, b };
    size_t shape[TW_TENSOR_DIMS];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_concat, in, 2, 2))
        return NULL;
    if (a->n_dims != b->n_dims || dim < 0 || dim >= a->n_dims)
        return tw_shape_fail(g, "concat", "operands differ in dimensions");
    for (int i = 0; i < a->n_dims; i++)
        if (i != dim && a->shape[i] != b->shape[i])
            return tw_shape_fail(g, "concat", "operands differ in shape");
    memcpy(shape, a->shape, sizeof(shape));
    shape[dim] += b->shape[dim];
    size_t inner = count_between(a, dim + 1, a->n_dims);
    n = tw_node_new(g, &op_concat, in, 2, 2, a->n_dims, shape);
    if (n)
        *(struct concat *)n->settings =
            (struct concat){ .rows = count_between(a, 0, dim),
                             .width = { a->shape[dim] * inner,
                                        b->shape[dim] * inner } };
    return tw_node_result(n);
}
