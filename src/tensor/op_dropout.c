/*
 * op_dropout.c - zero with probability p, scale the rest by 1 / (1 - p).
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

/* Settings. */
struct dropout {
    float p; /* in [0, 1) */
};

/* One run over the elements, forward or back. */
struct drop {
    const struct tw_vec *vec;
    float *to;
    const float *from;
    uint64_t key;
    float p;
    bool acc;
};

static void drop_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct drop *d = ctx;

    (void)worker;
    d->vec->dropout(d->to + first, d->from + first, d->key, first, d->p,
                    last - first, d->acc);
}

/* The mask is a function of (seed, step, node, element): backward draws it
 * again instead of keeping it. */
static void drop_run(struct tw_graph *g, const struct tw_node *n, float *to,
                     const float *from, bool acc)
{
    const struct dropout *s = n->settings;
    struct drop d = { g->vec, to, from, 0, s->p, acc };

    TW_ASSERT(d.p >= 0.0f && d.p < 1.0f);
    d.key = g->dropout_key ^ (n->index + 1) * 0x9e3779b97f4a7c15u;
    if (g->training && d.p > 0.0f)
        tw_graph_run(g, n->t.n, TW_GRAIN, drop_part, &d);
    else
        tw_graph_copy(g, to, from, 1.0f, n->t.n, acc);
}

static void dropout_forward(struct tw_graph *g, struct tw_node *n)
{
    drop_run(g, n, n->t.data, tw_node_in(n, 0), false);
}

static void dropout_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        drop_run(g, n, tw_node_din(n, 0), n->t.grad, n->acc[0]);
}

static const struct tw_op op_dropout = { .name = "dropout",
                                         .forward = dropout_forward,
                                         .backward = dropout_backward,
                                         .settings = sizeof(struct dropout) };

struct tw_tensor *tw_op_dropout(struct tw_graph *g, struct tw_tensor *x,
                                float p)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &op_dropout, &x, 1, 1))
        return NULL;
    if (!(p >= 0.0f && p < 1.0f))
        return tw_shape_fail(g, "dropout", "p is not in [0, 1)");
    n = tw_node_new(g, &op_dropout, &x, 1, 1, x->n_dims, x->shape);
    if (n)
        *(struct dropout *)n->settings = (struct dropout){ p };
    return tw_node_result(n);
}
