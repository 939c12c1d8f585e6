/*
 * op_loss.c - scalars: sum, mean square error, cross entropy.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <math.h>

#include "base/banned.h"

/* Sums go by chunks of fixed size into `saved` (float, one value a chunk or
 * row) and from there, in order and in double, into the loss. */
enum { CHUNK = 4096 };

static size_t count_chunks(size_t n)
{
    return (n + CHUNK - 1) / CHUNK;
}

static double add_up(const float *x, size_t n)
{
    double s = 0.0;

    for (size_t i = 0; i < n; i++)
        s += (double)x[i];
    return s;
}

/* A mean; of nothing it is 0. */
static float share(double total, double weight)
{
    return weight != 0.0 ? (float)(total / weight) : 0.0f;
}

static void sum_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    for (size_t c = first; c < last; c++) {
        size_t at = c * CHUNK;
        size_t len = tw_min(n->in[0]->t.n - at, CHUNK);

        n->saved[c] = n->graph->vec->sum(tw_node_in(n, 0) + at, len);
    }
}

static void sum_forward(struct tw_graph *g, struct tw_node *n)
{
    TW_ASSERT(n->n_saved == count_chunks(n->in[0]->t.n));
    tw_graph_run(g, n->n_saved, 2, sum_part, n);
    n->t.data[0] = (float)add_up(n->saved, n->n_saved);
}

static void sum_back_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    n->graph->vec->fill(tw_node_din(n, 0) + first, n->t.grad[0], last - first,
                        n->acc[0]);
}

static void sum_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        tw_graph_run(g, n->in[0]->t.n, TW_GRAIN, sum_back_part, n);
}

static const struct tw_op op_sum = { .name = "sum",
                                     .forward = sum_forward,
                                     .backward = sum_backward };

struct tw_tensor *tw_op_sum(struct tw_graph *g, struct tw_tensor *x)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &op_sum, &x, 1, 1))
        return NULL;
    n = tw_node_new(g, &op_sum, &x, 1, 1, 0, NULL);
    if (n)
        n->n_saved = count_chunks(x->n);
    return tw_node_result(n);
}

/*
 * mse = sum w (x - t)^2 / W, W = sum w (or the number of elements).
 * saved: chunk sums, chunk weights, and last W.  in: x, target, weight.
 */
static void mse_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const float *w = tw_node_in(n, 2);
    size_t chunks = count_chunks(n->in[0]->t.n);

    (void)worker;
    if (w)
        w += first * CHUNK;
    for (size_t c = first; c < last; c++) {
        size_t at = c * CHUNK;
        size_t len = tw_min(n->in[0]->t.n - at, CHUNK);

        n->saved[c] =
            v->sum_diff(tw_node_in(n, 0) + at, tw_node_in(n, 1) + at, w, len);
        n->saved[chunks + c] = (float)len;
        if (w) {
            n->saved[chunks + c] = v->sum(w, len);
            w += len;
        }
    }
}

static void mse_forward(struct tw_graph *g, struct tw_node *n)
{
    size_t chunks = count_chunks(n->in[0]->t.n);
    double total, weight;

    tw_graph_run(g, chunks, 2, mse_part, n);
    total = add_up(n->saved, chunks);
    weight = add_up(n->saved + chunks, chunks);
    n->saved[2 * chunks] = (float)weight;
    n->t.data[0] = share(total, weight);
}

static void mse_back_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const float *x = tw_node_in(n, 0), *t = tw_node_in(n, 1);
    const float *w = tw_node_in(n, 2);
    float weight = n->saved[2 * count_chunks(n->in[0]->t.n)];
    float s = share((double)n->t.grad[0], (double)weight);
    const float factor[2] = { 2.0f * s, -2.0f * s }; /* of dx, of dt */
    float *dw = tw_node_din(n, 2);

    (void)worker;
    for (int k = 0; k < 2; k++)
        if (tw_node_din(n, k))
            n->graph->vec->diff(tw_node_din(n, k) + first, x + first, t + first,
                                w ? w + first : NULL, factor[k], last - first,
                                n->acc[k]);
    for (size_t i = first; dw && i < last; i++) {
        float part = s * ((x[i] - t[i]) * (x[i] - t[i]) - n->t.data[0]);

        if (n->acc[2])
            part += dw[i];
        dw[i] = part;
    }
}

static void mse_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->in[0]->t.n, TW_GRAIN, mse_back_part, n);
}

static const struct tw_op op_mse = { .name = "mse",
                                     .forward = mse_forward,
                                     .backward = mse_backward };

struct tw_tensor *tw_op_mse(struct tw_graph *g, struct tw_tensor *x,
                            struct tw_tensor *target, struct tw_tensor *weight)
{
    struct tw_tensor *in[] = { x, target, weight };
    struct tw_node *n;

    if (!tw_node_operands(g, &op_mse, in, 2, 3))
        return NULL;
    if (!tw_same_shape(x, target) || (weight && !tw_same_shape(x, weight)))
        return tw_shape_fail(g, "mse", "operands differ in shape");
    n = tw_node_new(g, &op_mse, in, 2, 3, 0, NULL);
    if (n)
        n->n_saved = 2 * count_chunks(x->n) + 1;
    return tw_node_result(n);
}

/*
 * cross entropy of rows (R, V): mean over rows with id >= 0 of
 * log sum exp(x) - x[id].  saved: log-sum-exp (R), losses (R), number of rows.
 */
struct xent {
    size_t R, V;
};

static void xent_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const int32_t *ids = n->in[1]->t.ids;
    const struct xent *s = n->settings;
    size_t R = s->R, V = s->V;

    (void)worker;
    for (size_t r = first; r < last; r++) {
        const float *x = tw_node_in(n, 0) + r * V;
        float top, lse;

        n->saved[R + r] = 0.0f;
        if (ids[r] < 0)
            continue;
        TW_ASSERT((size_t)ids[r] < V);
        top = v->max(x, V);
        lse = top + logf(v->exp_sum(NULL, x, top, V));
        n->saved[r] = lse;
        n->saved[R + r] = lse - x[ids[r]];
    }
}

static void xent_forward(struct tw_graph *g, struct tw_node *n)
{
    const int32_t *ids = n->in[1]->t.ids;
    const struct xent *s = n->settings;
    size_t R = s->R, count = 0;
    double total;

    tw_graph_run(g, R, tw_row_grain(s->V), xent_part, n);
    for (size_t r = 0; r < R; r++)
        count += ids[r] >= 0;
    total = add_up(n->saved + R, R);
    n->saved[2 * R] = (float)count;
    n->t.data[0] = share(total, (double)count);
}

static void xent_back_part(void *ctx, size_t first, size_t last,
                           unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    const int32_t *ids = n->in[1]->t.ids;
    const struct xent *s = n->settings;
    size_t R = s->R, V = s->V;
    float *p = n->graph->scratch + worker * V;
    float mean = share((double)n->t.grad[0], (double)n->saved[2 * R]);

    for (size_t r = first; r < last; r++) {
        float *dx = tw_node_din(n, 0) + r * V;
        float *q = n->acc[0] ? p : dx;

        if (ids[r] < 0) {
            v->fill(dx, 0.0f, V, n->acc[0]);
            continue;
        }
        (void)v->exp_sum(q, tw_node_in(n, 0) + r * V, n->saved[r], V);
        q[ids[r]] -= 1.0f;
        v->scale(dx, q, mean, 0.0f, V, n->acc[0]);
    }
}

static void xent_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct xent *s = n->settings;

    if (tw_node_din(n, 0))
        tw_graph_run(g, s->R, tw_row_grain(s->V), xent_back_part, n);
}

static const struct tw_op op_xent = { .name = "cross_entropy",
                                      .forward = xent_forward,
                                      .backward = xent_backward,
                                      .ids_at = 1,
                                      .settings = sizeof(struct xent) };

struct tw_tensor *tw_op_cross_entropy(struct tw_graph *g,
                                      struct tw_tensor *logits,
                                      struct tw_tensor *ids)
{
    struct tw_tensor *in[] = { logits, ids };
    struct tw_node *n;
    bool same;

    if (!tw_node_operands(g, &op_xent, in, 2, 2))
        return NULL;
    same = logits->n_dims == ids->n_dims + 1;
    for (int i = 0; same && i < ids->n_dims; i++)
        same = logits->shape[i] == ids->shape[i];
    if (!same)
        return tw_shape_fail(g, "cross_entropy", "logits and ids do not fit");
    n = tw_node_new(g, &op_xent, in, 2, 2, 0, NULL);
    if (!n)
        return NULL;
    *(struct xent *)n->settings = (struct xent){ ids->n, tw_last_dim(logits) };
    n->n_saved = 2 * ids->n + 1;
    n->n_scratch = tw_pool_threads(g->be->pool) * tw_last_dim(logits);
    return &n->t;
}
