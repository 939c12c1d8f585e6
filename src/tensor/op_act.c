/*
 * op_act.c - element-wise operators, and gates of two operands.
 *
 * The loops and the list of operators (TW_VEC_ACTS) are those of kern/vec.h;
 * here is what makes nodes of them.  A new one needs no change of this file.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

/* Settings of an element-wise operator. */
struct act {
    enum tw_vec_act kind;
};

static void act_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct act *a = n->settings;

    (void)worker;
    n->graph->vec->act[a->kind](n->t.data + first, tw_node_in(n, 0) + first,
                                last - first);
}

static void act_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct act *a = n->settings;

    TW_ASSERT(a->kind < TW_VEC_ACT_COUNT && n->t.n == n->in[0]->t.n);
    tw_graph_run(g, n->t.n, TW_GRAIN, act_part, n);
}

static void act_back_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct act *a = n->settings;

    (void)worker;
    n->graph->vec->act_back[a->kind](
        tw_node_din(n, 0) + first, n->t.grad + first, tw_node_in(n, 0) + first,
        n->t.data + first, last - first, n->acc[0]);
}

static void act_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        tw_graph_run(g, n->t.n, TW_GRAIN, act_back_part, n);
}

#define ACT_OP(NAME, word)                        \
    [TW_VEC_##NAME] = { .name = #word,            \
                        .forward = act_forward,   \
                        .backward = act_backward, \
                        .settings = sizeof(struct act) },
static const struct tw_op acts[] = { TW_VEC_ACTS(ACT_OP) };

static struct tw_tensor *act_new(struct tw_graph *g, enum tw_vec_act kind,
                                 struct tw_tensor *a)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &acts[kind], &a, 1, 1))
        return NULL;
    n = tw_node_new(g, &acts[kind], &a, 1, 1, a->n_dims, a->shape);
    if (n)
        *(struct act *)n->settings = (struct act){ kind };
    return tw_node_result(n);
}

/* tw_op_relu() and so on. */
#define ACT_BUILDER(NAME, name)                                             \
    struct tw_tensor *tw_op_##name(struct tw_graph *g, struct tw_tensor *a) \
    {                                                                       \
        return act_new(g, TW_VEC_##NAME, a);                                \
    }
TW_VEC_ACTS(ACT_BUILDER)

static void swiglu_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    n->graph->vec->swiglu(n->t.data + first, tw_node_in(n, 0) + first,
                          tw_node_in(n, 1) + first, last - first);
}

static void swiglu_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, swiglu_part, n);
}

static void gated_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    n->graph->vec->gated(n->t.data + first, tw_node_in(n, 0) + first,
                         tw_node_in(n, 1) + first, last - first);
}

static void gated_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, gated_part, n);
}

/* A gate's backward pass of one part; the loop is that of the gate. */
static void gate_back(struct tw_node *n, size_t first, size_t last,
                      tw_vec_gate_back *loop)
{
    float *da = tw_node_din(n, 0), *db = tw_node_din(n, 1);
    int acc = n->acc[0] + 2 * n->acc[1];

    if (da)
        da += first;
    if (db)
        db += first;
    loop(da, db, n->t.grad + first, tw_node_in(n, 0) + first,
         tw_node_in(n, 1) + first, last - first, acc);
}

static void swiglu_back_part(void *ctx, size_t first, size_t last,
                             unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    gate_back(n, first, last, n->graph->vec->swiglu_back);
}

static void swiglu_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, swiglu_back_part, n);
}

static void gated_back_part(void *ctx, size_t first, size_t last,
                            unsigned worker)
{
    struct tw_node *n = ctx;

    (void)worker;
    gate_back(n, first, last, n->graph->vec->gated_back);
}

static void gated_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, gated_back_part, n);
}

static const struct tw_op op_swiglu = { .name = "swiglu",
                                        .forward = swiglu_forward,
                                        .backward = swiglu_backward };
static const struct tw_op op_gated = { .name = "gated_tanh",
                                       .forward = gated_forward,
                                       .backward = gated_backward };

static struct tw_tensor *gate_new(struct tw_graph *g, const struct tw_op *op,
                                  struct tw_tensor *a, struct tw_tensor *b)
{
    struct tw_tensor *in[] = { a, b };

    if (!tw_node_operands(g, op, in, 2, 2))
        return NULL;
    if (!tw_same_shape(a, b))
        return tw_shape_fail(g, op->name, "operands differ in shape");
    return tw_node_result(tw_node_new(g, op, in, 2, 2, a->n_dims, a->shape));
}

struct tw_tensor *tw_op_swiglu(struct tw_graph *g, struct tw_tensor *a,
                               struct tw_tensor *b)
{
    return gate_new(g, &op_swiglu, a, b);
}

struct tw_tensor *tw_op_gated_tanh(struct tw_graph *g, struct tw_tensor *a,
                                   struct tw_tensor *b)
{
    return gate_new(g, &op_gated, a, b);
}
