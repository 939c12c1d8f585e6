#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

/*
 * y = a + s b or y = a b, b broadcast to a's shape.  Neighbouring dimensions of
 * one kind (kept: b has them; spread: b repeats) are merged, and what is left
 * is walked as (outer0, outer1, outer2, inner).  Kept in the node: u[0..3] the
 * sizes, u[4] a bit per spread dimension, f[0] = s, u[5] = 1 for the product.
 */
enum { INNER = 3, DIMS = 4, BLOCK = 256 };

struct walk {
    struct tw_node *n;
    const struct tw_vec *vec;
    size_t d[DIMS];
    size_t sa[DIMS], sb[DIMS]; /* strides; sb is 0 where b repeats */
    size_t n_rows;
    bool spread; /* inner is spread: one value of b per row */
    bool product;
};

static struct walk walk_of(struct tw_node *n)
{
    struct walk w = { .n = n, .vec = n->graph->vec, .n_rows = 1 };
    size_t a = 1, b = 1;

    for (int i = DIMS - 1; i >= 0; i--) {
        bool spread = n->u[4] >> i & 1;

        w.d[i] = n->u[i];
        w.sa[i] = a;
        w.sb[i] = spread ? 0 : b;
        a *= w.d[i];
        b *= spread ? 1 : w.d[i];
        if (i < INNER)
            w.n_rows *= w.d[i];
    }
    w.spread = n->u[4] >> INNER & 1;
    w.product = n->u[5] != 0;
    TW_ASSERT(w.n_rows * w.d[INNER] == n->t.n && b == n->in[1]->t.n);
    return w;
}

static size_t row_of_b(const struct walk *w, size_t r)
{
    size_t i2 = r % w->d[2], i1 = r / w->d[2] % w->d[1];
    size_t i0 = r / w->d[2] / w->d[1];

    return i0 * w->sb[0] + i1 * w->sb[1] + i2 * w->sb[2];
}

/* y = x op b for n elements of one row. */
static void span_forward(const struct walk *w, float *y, const float *a,
                         const float *b, size_t n)
{
    float s = w->n->f[0];

    if (!w->spread && w->product)
        w->vec->mul(y, a, b, n, false);
    else if (!w->spread)
        w->vec->add(y, a, b, s, n);
    else if (w->product)
        w->vec->scale(y, a, b[0], 0.0f, n, false);
    else
        w->vec->scale(y, a, 1.0f, s * b[0], n, false);
}

static void rows_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;
    const float *a = tw_node_in(w->n, 0), *b = tw_node_in(w->n, 1);
    size_t d = w->d[INNER];

    (void)worker;
    for (size_t r = first; r < last; r++)
        span_forward(w, w->n->t.data + r * d, a + r * d, b + row_of_b(w, r), d);
}

static void cols_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;

    (void)worker;
    span_forward(w, w->n->t.data + first, tw_node_in(w->n, 0) + first,
                 tw_node_in(w->n, 1) + (w->spread ? 0 : first), last - first);
}

static void arith_forward(struct tw_graph *g, struct tw_node *n)
{
    struct walk w = walk_of(n);

    if (w.n_rows == 1)
        tw_graph_run(g, w.d[INNER], TW_GRAIN, cols_forward, &w);
    else
        tw_graph_run(g, w.n_rows, tw_row_grain(w.d[INNER]), rows_forward, &w);
}

/* da of the product: dy times b. */
static void rows_back_a(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;
    const float *b = tw_node_in(w->n, 1);
    float *da = tw_node_din(w->n, 0);
    size_t d = w->d[INNER];
    bool acc = w->n->acc[0];

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *br = b + row_of_b(w, r), *dy = w->n->t.grad + r * d;

        if (w->spread)
            w->vec->scale(da + r * d, dy, br[0], 0.0f, d, acc);
        else
            w->vec->mul(da + r * d, dy, br, d, acc);
    }
}

/* One element (spread) or up to BLOCK columns of db, over all repeats. */
static void span_back_b(const struct walk *w, float *db, size_t at, size_t n)
{
    const float *a = tw_node_in(w->n, 0) + at, *dy = w->n->t.grad + at;
    size_t m[INNER];
    bool acc = w->n->acc[1];
    float s = w->n->f[0];

    for (int i = 0; i < INNER; i++)
        m[i] = w->sb[i] == 0 ? w->d[i] : 1;
    for (size_t r = 0; r < m[0] * m[1] * m[2]; r++) {
        size_t o = r / m[2] / m[1] * w->sa[0] + r / m[2] % m[1] * w->sa[1] +
                   r % m[2] * w->sa[2];

        if (w->spread) {
            float sum = w->product ? w->vec->dot(dy + o, a + o, n)
                                   : s * w->vec->sum(dy + o, n);
            db[0] = acc ? db[0] + sum : sum;
        } else if (w->product) {
            w->vec->mul(db, dy + o, a + o, n, acc);
        } else {
            w->vec->scale(db, dy + o, s, 0.0f, n, acc);
        }
        acc = true;
    }
}

static void back_b(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;
    size_t d = w->d[INNER];
    size_t n_blocks = w->spread ? 1 : (d + BLOCK - 1) / BLOCK;
    size_t k1 = w->sb[1] ? w->d[1] : 1, k2 = w->sb[2] ? w->d[2] : 1;

    (void)worker;
    for (size_t task = first; task < last; task++) {
        size_t r = task / n_blocks, col = task % n_blocks * BLOCK;
        size_t i0 = r / k2 / k1, i1 = r / k2 % k1, i2 = r % k2;
        size_t at = i0 * w->sa[0] + i1 * w->sa[1] + i2 * w->sa[2] + col;
        float *db = tw_node_din(w->n, 1) + i0 * w->sb[0] + i1 * w->sb[1] +
                    i2 * w->sb[2] + col;
        size_t n = w->spread ? d : d - col < BLOCK ? d - col : BLOCK;

        span_back_b(w, db, at, n);
    }
}

static void arith_backward(struct tw_graph *g, struct tw_node *n)
{
    struct walk w = walk_of(n);
    float *da = tw_node_din(n, 0), *db = tw_node_din(n, 1);

    if (da && !w.product)
        tw_graph_copy(g, da, n->t.grad, 1.0f, n->t.n, n->acc[0]);
    else if (da)
        tw_graph_run(g, w.n_rows, tw_row_grain(w.d[INNER]), rows_back_a, &w);
    if (db) {
        size_t kept = n->in[1]->t.n / (w.spread ? 1 : w.d[INNER]);
        size_t blocks = w.spread ? 1 : (w.d[INNER] + BLOCK - 1) / BLOCK;
        size_t work = n->t.n / (kept * blocks);

        tw_graph_run(g, kept * blocks, tw_row_grain(work), back_b, &w);
    }
}

/* Merge dimensions into u[0..4]; false when b does not fit a. */
static bool merge_dims(const struct tw_tensor *a, const struct tw_tensor *b,
                       size_t u[TW_NODE_ARGS])
{
    int at = DIMS; /* merged dimensions fill u from the end */

    if (b->n_dims > a->n_dims)
        return false;
    for (int i = 0; i < DIMS; i++)
        u[i] = 1;
    u[4] = 0;
    for (int i = a->n_dims - 1; i >= 0; i--) {
        int j = i - (a->n_dims - b->n_dims);
        size_t sb = j >= 0 ? b->shape[j] : 1;
        size_t spread = sb != a->shape[i];

        if (sb != 1 && spread)
            return false;
        if (a->shape[i] == 1)
            continue;
        if (at < DIMS && (u[4] >> at & 1) == spread) {
            u[at] *= a->shape[i];
        } else {
            at--;
            u[at] = a->shape[i];
            u[4] |= spread << at;
        }
    }
    return true;
}

static const struct tw_op op_add = { "add", arith_forward, arith_backward, NULL,
                                     0 };
static const struct tw_op op_sub = { "sub", arith_forward, arith_backward, NULL,
                                     0 };
static const struct tw_op op_mul = { "mul", arith_forward, arith_backward, NULL,
                                     0 };

static struct tw_tensor *arith_new(struct tw_graph *g, const struct tw_op *op,
                                   float s, struct tw_tensor *a,
                                   struct tw_tensor *b)
{
    struct tw_tensor *in[] = { a, b };
    size_t u[TW_NODE_ARGS];
    struct tw_node *n;

    if (!tw_node_operands(g, op, in, 2, 2))
        return NULL;
    if (!merge_dims(a, b, u))
        return tw_shape_fail(g, op->name, "b does not broadcast to a");
    n = tw_node_new(g, op, in, 2, 2, a->n_dims, a->shape);
    if (!n)
        return NULL;
    for (int i = 0; i <= DIMS; i++)
        n->u[i] = u[i];
    n->u[5] = op == &op_mul;
    n->f[0] = s;
    return &n->t;
}

struct tw_tensor *tw_op_add(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b)
{
    return arith_new(g, &op_add, 1.0f, a, b);
}

struct tw_tensor *tw_op_sub(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b)
{
    return arith_new(g, &op_sub, -1.0f, a, b);
}

struct tw_tensor *tw_op_mul(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b)
{
    return arith_new(g, &op_mul, 1.0f, a, b);
}

static void scale_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    n->graph->vec->scale(n->t.data + first, tw_node_in(n, 0) + first, n->f[0],
                         n->f[1], last - first, false);
}

static void scale_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, scale_part, n);
}

static void scale_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        tw_graph_copy(g, tw_node_din(n, 0), n->t.grad, n->f[0], n->t.n,
                      n->acc[0]);
}

static const struct tw_op op_scale = { "scale", scale_forward, scale_backward,
                                       NULL, 0 };

struct tw_tensor *tw_op_scale(struct tw_graph *g, struct tw_tensor *a, float s,
                              float c)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &op_scale, &a, 1, 1))
        return NULL;
    n = tw_node_new(g, &op_scale, &a, 1, 1, a->n_dims, a->shape);
    if (!n)
        return NULL;
    n->f[0] = s;
    n->f[1] = c;
    return &n->t;
}
