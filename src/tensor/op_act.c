#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include "base/banned.h"

/* Elementwise of one operand: u[0] is the enum tw_vec_act. */
static void act_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;

    (void)worker;
    v->act[n->u[0]](n->t.data + first, tw_node_in(n, 0) + first, last - first);
}

static void act_forward(struct tw_graph *g, struct tw_node *n)
{
    TW_ASSERT(n->u[0] < TW_VEC_ACT_COUNT);
    tw_graph_run(g, n->t.n, TW_GRAIN, act_part, n);
}

static void act_back_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;

    (void)worker;
    v->act_back[n->u[0]](tw_node_din(n, 0) + first, n->t.grad + first,
                         tw_node_in(n, 0) + first, n->t.data + first,
                         last - first, n->acc[0]);
}

static void act_backward(struct tw_graph *g, struct tw_node *n)
{
    if (tw_node_din(n, 0))
        tw_graph_run(g, n->t.n, TW_GRAIN, act_back_part, n);
}

static const struct tw_op acts[TW_VEC_ACT_COUNT] = {
    [TW_VEC_RELU] = { "relu", act_forward, act_backward, NULL, 0 },
    [TW_VEC_GELU] = { "gelu", act_forward, act_backward, NULL, 0 },
    [TW_VEC_SILU] = { "silu", act_forward, act_backward, NULL, 0 },
    [TW_VEC_TANH] = { "tanh", act_forward, act_backward, NULL, 0 },
    [TW_VEC_SIGMOID] = { "sigmoid", act_forward, act_backward, NULL, 0 },
};

static struct tw_tensor *act_new(struct tw_graph *g, enum tw_vec_act kind,
                                 struct tw_tensor *a)
{
    struct tw_node *n;

    if (!tw_node_operands(g, &acts[kind], &a, 1, 1))
        return NULL;
    n = tw_node_new(g, &acts[kind], &a, 1, 1, a->n_dims, a->shape);
    if (n)
        n->u[0] = (size_t)kind;
    return tw_node_result(n);
}

struct tw_tensor *tw_op_relu(struct tw_graph *g, struct tw_tensor *a)
{
    return act_new(g, TW_VEC_RELU, a);
}

struct tw_tensor *tw_op_gelu(struct tw_graph *g, struct tw_tensor *a)
{
    return act_new(g, TW_VEC_GELU, a);
}

struct tw_tensor *tw_op_silu(struct tw_graph *g, struct tw_tensor *a)
{
    return act_new(g, TW_VEC_SILU, a);
}

struct tw_tensor *tw_op_tanh(struct tw_graph *g, struct tw_tensor *a)
{
    return act_new(g, TW_VEC_TANH, a);
}

struct tw_tensor *tw_op_sigmoid(struct tw_graph *g, struct tw_tensor *a)
{
    return act_new(g, TW_VEC_SIGMOID, a);
}

/* Gates: u[0] is 1 for swiglu, 0 for tanh * sigmoid. */
static void gate_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;

    (void)worker;
    (n->u[0] ? v->swiglu : v->gated)(n->t.data + first,
                                     tw_node_in(n, 0) + first,
                                     tw_node_in(n, 1) + first, last - first);
}

static void gate_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, gate_part, n);
}

static void gate_back_part(void *ctx, size_t first, size_t last,
                           unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;
    float *da = tw_node_din(n, 0), *db = tw_node_din(n, 1);
    int acc = (n->acc[0] ? 1 : 0) | (n->acc[1] ? 2 : 0);

    (void)worker;
    (n->u[0] ? v->swiglu_back : v->gated_back)(
        da ? da + first : NULL, db ? db + first : NULL, n->t.grad + first,
        tw_node_in(n, 0) + first, tw_node_in(n, 1) + first, last - first, acc);
}

static void gate_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.n, TW_GRAIN, gate_back_part, n);
}

static const struct tw_op op_swiglu = { "swiglu", gate_forward, gate_backward,
                                        NULL, 0 };
static const struct tw_op op_gated = { "gated_tanh", gate_forward,
                                       gate_backward, NULL, 0 };

static struct tw_tensor *gate_new(struct tw_graph *g, const struct tw_op *op,
                                  struct tw_tensor *a, struct tw_tensor *b)
{
    struct tw_tensor *in[] = { a, b };
    struct tw_node *n;

    if (!tw_node_operands(g, op, in, 2, 2))
        return NULL;
    if (!tw_same_shape(a, b))
        return tw_shape_fail(g, op->name, "operands differ in shape");
    n = tw_node_new(g, op, in, 2, 2, a->n_dims, a->shape);
    if (n)
        n->u[0] = op == &op_swiglu;
    return tw_node_result(n);
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
