/*
 * op_arith.c - sums and products with broadcast, and s a + c.
 *
 * y = a + s b or y = a b, b broadcast to a's shape.  Neighbouring dimensions of
 * one kind (kept: b has them; spread: b repeats) are merged, and what is left
 * is walked as (outer0, outer1, outer2, inner).
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

enum { INNER = 3, DIMS = 4, BLOCK = 256 };

/* Settings of add, sub and mul. */
struct arith {
    size_t d[DIMS];    /* merged sizes, 1 in front */
    bool spread[DIMS]; /* b repeats along the dimension */
    float s;           /* factor of b in the sum */
    bool product;
};

/* Settings of scale: y = s a + c. */
struct affine {
    float s, c;
};

/* The walk over one node, made from its settings at the start of a run. */
struct walk {
    struct tw_node *n;
    const struct tw_vec *vec;
    size_t d[DIMS];            /* sizes, 1 in front */
    size_t sa[DIMS], sb[DIMS]; /* strides; sb is 0 where b repeats */
    size_t n_rows;             /* product of the outer sizes */
    float s;
    bool spread; /* inner is spread: one value of b per row */
    bool product;
};

/* Strides follow from the sizes: a is contiguous, and so is b, where a spread
 * dimension does not count. */
static struct walk walk_of(struct tw_node *n)
{
    struct walk w = { .n = n, .vec = n->graph->vec, .n_rows = 1 };
    const struct arith *s = n->settings;
    size_t a = 1, b = 1;

    for (int i = DIMS - 1; i >= 0; i--) {
        w.d[i] = s->d[i];
        w.sa[i] = a;
        a *= w.d[i];
        if (!s->spread[i]) {
            w.sb[i] = b;
            b *= w.d[i];
        }
        if (i < INNER)
            w.n_rows *= w.d[i];
    }
    w.spread = s->spread[INNER];
    w.product = s->product;
    w.s = s->s;
    TW_ASSERT(w.n_rows * w.d[INNER] == n->t.n && b == n->in[1]->t.n);
    return w;
}

/* Where row r of a finds its b. */
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
    if (!w->spread && w->product)
        w->vec->mul(y, a, b, n, false);
    else if (!w->spread)
        w->vec->add(y, a, b, w->s, n);
    else if (w->product)
        w->vec->scale(y, a, b[0], 0.0f, n, false);
    else
        w->vec->scale(y, a, 1.0f, w->s * b[0], n, false);
}

/* Many short rows: a task is some of them. */
static void rows_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;
    const float *a = tw_node_in(w->n, 0), *b = tw_node_in(w->n, 1);
    size_t d = w->d[INNER];

    (void)worker;
    for (size_t r = first; r < last; r++)
        span_forward(w, w->n->t.data + r * d, a + r * d, b + row_of_b(w, r), d);
}

/* One long row: it is cut by columns. */
static void cols_forward(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;

    const float *b = tw_node_in(w->n, 1);

    (void)worker;
    if (!w->spread)
        b += first;
    span_forward(w, w->n->t.data + first, tw_node_in(w->n, 0) + first, b,
                 last - first);
}

/* The cut follows the shape: by rows where there are several. */
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

/* How often b repeats along dimension i. */
static size_t repeats(const struct walk *w, int i)
{
    return w->sb[i] == 0 ? w->d[i] : 1;
}

/* One row's part of the gradient of one value of b. */
static void put_sum(const struct walk *w, float *db, const float *dy,
                    const float *a, size_t n, bool acc)
{
    float sum;

    if (w->product)
        sum = w->vec->dot(dy, a, n);
    else
        sum = w->s * w->vec->sum(dy, n);
    if (acc)
        sum += db[0];
    db[0] = sum;
}

/* One element (spread) or up to BLOCK columns of db, over all repeats. */
static void span_back_b(const struct walk *w, float *db, size_t at, size_t n)
{
    const float *a = tw_node_in(w->n, 0) + at, *dy = w->n->t.grad + at;
    size_t m[INNER];
    bool acc = w->n->acc[1];

    for (int i = 0; i < INNER; i++)
        m[i] = repeats(w, i);
    for (size_t r = 0; r < m[0] * m[1] * m[2]; r++) {
        size_t o = r / m[2] / m[1] * w->sa[0] + r / m[2] % m[1] * w->sa[1] +
                   r % m[2] * w->sa[2];

        if (w->spread) {
            put_sum(w, db, dy + o, a + o, n, acc);
        } else if (w->product) {
            w->vec->mul(db, dy + o, a + o, n, acc);
        } else {
            w->vec->scale(db, dy + o, w->s, 0.0f, n, acc);
        }
        acc = true;
    }
}

/* Tasks of one kept row of b. */
static size_t count_blocks(const struct walk *w)
{
    return w->spread ? 1 : (w->d[INNER] + BLOCK - 1) / BLOCK;
}

/* A task is one value of b (spread) or one block of a row of b: nobody else
 * adds to it, and it adds in the order of a. */
static void back_b(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct walk *w = ctx;
    size_t d = w->d[INNER];
    size_t n_blocks = count_blocks(w);
    size_t k1 = w->d[1] / repeats(w, 1), k2 = w->d[2] / repeats(w, 2);

    (void)worker;
    for (size_t task = first; task < last; task++) {
        size_t r = task / n_blocks, col = task % n_blocks * BLOCK;
        size_t i0 = r / k2 / k1, i1 = r / k2 % k1, i2 = r % k2;
        size_t at = i0 * w->sa[0] + i1 * w->sa[1] + i2 * w->sa[2] + col;
        float *db = tw_node_din(w->n, 1) + i0 * w->sb[0] + i1 * w->sb[1] +
                    i2 * w->sb[2] + col;
        size_t n = d - col;

        if (!w->spread && n > BLOCK)
            n = BLOCK;
        span_back_b(w, db, at, n);
    }
}

/* dy goes to a as it is, or times b; to b goes the sum over all places where b
 * was used. */
static void arith_backward(struct tw_graph *g, struct tw_node *n)
{
    struct walk w = walk_of(n);
    float *da = tw_node_din(n, 0), *db = tw_node_din(n, 1);

    if (da && !w.product)
        tw_graph_copy(g, da, n->t.grad, 1.0f, n->t.n, n->acc[0]);
    else if (da)
        tw_graph_run(g, w.n_rows, tw_row_grain(w.d[INNER]), rows_back_a, &w);
    if (db) {
        size_t tasks = n->in[1]->t.n;

        if (!w.spread)
            tasks = tasks / w.d[INNER] * count_blocks(&w);
        tw_graph_run(g, tasks, tw_row_grain(n->t.n / tasks), back_b, &w);
    }
}

/* Size of b along a's dimension i: 1 where b has fewer dimensions. */
static size_t size_of_b(const struct tw_tensor *a, const struct tw_tensor *b,
                        int i)
{
    int j = i - (a->n_dims - b->n_dims);

    return j >= 0 ? b->shape[j] : 1;
}

/* Merge dimensions into s->d and s->spread; false when b does not fit a. */
static bool merge_dims(const struct tw_tensor *a, const struct tw_tensor *b,
                       struct arith *s)
{
    int at = DIMS; /* merged dimensions fill s from the end */

    if (b->n_dims > a->n_dims)
        return false;
    for (int i = 0; i < DIMS; i++)
        s->d[i] = 1;
    for (int i = a->n_dims - 1; i >= 0; i--) {
        size_t sb = size_of_b(a, b, i);
        bool spread = sb != a->shape[i];

        if (sb != 1 && spread)
            return false;
        if (a->shape[i] == 1)
            continue;
        if (at == DIMS || s->spread[at] != spread) {
            at--;
            s->spread[at] = spread;
        }
        s->d[at] *= a->shape[i];
    }
    TW_ASSERT(at >= 0);
    return true;
}

#define ARITH_OP(text)                                                        \
    {                                                                         \
        .name = (text), .forward = arith_forward, .backward = arith_backward, \
        .settings = sizeof(struct arith),                                     \
    }
static const struct tw_op op_add = ARITH_OP("add");
static const struct tw_op op_sub = ARITH_OP("sub");
static const struct tw_op op_mul = ARITH_OP("mul");

/* The builder of all three; s is the sign of b. */
static struct tw_tensor *arith_new(struct tw_graph *g, const struct tw_op *op,
                                   float s, struct tw_tensor *a,
                                   struct tw_tensor *b)
{
    struct tw_tensor *in[] = { a, b };
    struct arith set = { .s = s, .product = op == &op_mul };
    struct tw_node *n;

    if (!tw_node_operands(g, op, in, 2, 2))
        return NULL;
    if (!merge_dims(a, b, &set))
        return tw_shape_fail(g, op->name, "b does not broadcast to a");
    n = tw_node_new(g, op, in, 2, 2, a->n_dims, a->shape);
    if (n)
        *(struct arith *)n->settings = set;
    return tw_node_result(n);
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
    const struct affine *f = n->settings;

    (void)worker;
    n->graph->vec->scale(n->t.data + first, tw_node_in(n, 0) + first, f->s,
                         f->c, last - first, false);
}

static void scale_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, scale_part, n);
}

static void scale_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct affine *f = n->settings;

    if (tw_node_din(n, 0))
        tw_graph_copy(g, tw_node_din(n, 0), n->t.grad, f->s, n->t.n, n->acc[0]);
}

static const struct tw_op op_scale = { .name = "scale",
                                       .forward = scale_forward,
                                       .backward = scale_backward,
                                       .settings = sizeof(struct affine) };

/* Nothing of the operand is needed for the gradient: only s is. */
struct tw_tensor *tw_op_scale(struct tw_graph *g, struct tw_tensor *a, float s,
                              float c)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &op_scale, &a, 1, 1))
        return NULL;
    n = tw_node_new(g, &op_scale, &a, 1, 1, a->n_dims, a->shape);
    if (n)
        *(struct affine *)n->settings = (struct affine){ s, c };
    return tw_node_result(n);
}
