#include "base/fault.h"
#include "base/rng.h"
#include "tensor/graph_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define NODES_BYTES ((size_t)512 << 20) /* nodes and plan of one graph */

enum tw_status tw_graph_new(struct tw_graph **g, struct tw_backend *be,
                            size_t limit, struct tw_err *err)
{
    TW_ASSERT(be != NULL);
    *g = tw_mem_zeroed(1, sizeof(**g));
    if (!*g)
        return tw_fail(err, TW_ENOMEM, 0, "cannot allocate a graph");
    (*g)->be = be;
    (*g)->vec = tw_vec_get(be->level);
    tw_arena_init(&(*g)->nodes, NODES_BYTES);
    tw_arena_init(&(*g)->memory, limit);
    return TW_OK;
}

void tw_graph_free(struct tw_graph *g)
{
    if (!g)
        return;
    tw_arena_release(&g->nodes);
    tw_arena_release(&g->memory);
    free(g);
}

struct tw_node *tw_graph_fail(struct tw_graph *g, enum tw_status code,
                              const char *fmt, ...)
{
    char msg[sizeof(g->cause.msg)];
    va_list ap;

    if (g->failed)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(msg, sizeof(msg), fmt, ap);
    va_end(ap);
    (void)tw_fail(&g->cause, code, 0, "%s", msg);
    g->failed = true;
    return NULL;
}

struct tw_tensor *tw_shape_fail(struct tw_graph *g, const char *name,
                                const char *what)
{
    (void)tw_graph_fail(g, TW_EINVAL, "cannot build '%s' (node %zu): %s", name,
                        g->n_nodes, what);
    return NULL;
}

static struct tw_node *node_add(struct tw_graph *g, const char *name,
                                int n_dims, const size_t *shape)
{
    struct tw_node *n;
    size_t count = 1;
    bool bad = n_dims < 0 || n_dims > TW_TENSOR_DIMS;

    if (g->failed)
        return NULL;
    for (int i = 0; !bad && i < n_dims; i++)
        bad = __builtin_mul_overflow(count, shape[i], &count);
    if (bad || count == 0 || count > SIZE_MAX / 64)
        return tw_graph_fail(g, TW_EINVAL, "cannot build '%s': bad shape",
                             name);
    if (g->planned)
        return tw_graph_fail(g, TW_EINVAL,
                             "cannot build '%s': the graph is planned", name);
    n = tw_arena_alloc(&g->nodes, 1, sizeof(*n));
    if (!n)
        return tw_graph_fail(g, TW_ENOMEM, "no memory for node '%s'", name);
    n->graph = g;
    n->root = n;
    n->index = g->n_nodes++;
    n->t.n_dims = n_dims;
    n->t.n = count;
    for (int i = 0; i < n_dims; i++)
        n->t.shape[i] = shape[i];
    if (g->tail)
        g->tail->next = n;
    else
        g->head = n;
    g->tail = n;
    return n;
}

struct tw_tensor *tw_graph_input(struct tw_graph *g, int n_dims,
                                 const size_t *shape)
{
    return tw_node_result(node_add(g, "input", n_dims, shape));
}

struct tw_tensor *tw_graph_input_ids(struct tw_graph *g, int n_dims,
                                     const size_t *shape)
{
    struct tw_node *n = node_add(g, "ids", n_dims, shape);

    if (!n)
        return NULL;
    n->t.ids = tw_arena_alloc(&g->memory, n->t.n, sizeof(int32_t));
    if (!n->t.ids)
        return tw_node_result(
            tw_graph_fail(g, TW_ENOMEM, "no memory for ids of the graph"));
    return &n->t;
}

struct tw_tensor *tw_graph_param(struct tw_graph *g, struct tw_param *p)
{
    struct tw_node *n;

    if (!p)
        return tw_shape_fail(g, "parameter", "the parameter is missing");
    n = node_add(g, p->name, p->n_dims, p->shape);
    if (!n)
        return NULL;
    n->param = p;
    n->t.data = p->data;
    n->wants_grad = p->grad != NULL;
    return &n->t;
}

void tw_graph_output(struct tw_graph *g, struct tw_tensor *t)
{
    if (!t)
        (void)tw_shape_fail(g, "output", "the node is missing");
    else
        ((struct tw_node *)t)->root->output = true;
}

bool tw_node_operands(struct tw_graph *g, const struct tw_op *op,
                      struct tw_tensor *const *in, int n_needed, int n_in)
{
    if (g->failed)
        return false;
    for (int i = 0; i < n_in; i++) {
        if (!in[i] && i < n_needed) {
            (void)tw_shape_fail(g, op->name, "an operand is missing");
            return false;
        }
        if (in[i] && ((struct tw_node *)in[i])->graph != g) {
            (void)tw_shape_fail(g, op->name, "an operand is of another graph");
            return false;
        }
        if (in[i] && (in[i]->ids != NULL) != (i > 0 && i == op->ids_at)) {
            (void)tw_shape_fail(g, op->name,
                                "ids where there are none, or "
                                "no ids where they belong");
            return false;
        }
    }
    return true;
}

struct tw_node *tw_node_new(struct tw_graph *g, const struct tw_op *op,
                            struct tw_tensor *const *in, int n_needed, int n_in,
                            int n_dims, const size_t *shape)
{
    struct tw_node *n;

    TW_ASSERT(n_needed <= n_in && n_in <= TW_NODE_INPUTS);
    if (!tw_node_operands(g, op, in, n_needed, n_in))
        return NULL;
    n = node_add(g, op->name, n_dims, shape);
    if (!n)
        return NULL;
    n->op = op;
    n->settings = tw_arena_alloc(&g->nodes, 1, op->settings ? op->settings : 1);
    if (!n->settings)
        return tw_graph_fail(g, TW_ENOMEM, "no memory for node '%s'", op->name);
    for (int i = 0; i < n_in; i++) {
        n->in[i] = (struct tw_node *)in[i];
        if (in[i] && n->in[i]->wants_grad)
            n->wants_grad = true;
    }
    return n;
}

struct tw_node *tw_node_view(struct tw_graph *g, const struct tw_op *op,
                             struct tw_tensor *a, int n_dims,
                             const size_t *shape, size_t offset)
{
    struct tw_node *n = tw_node_new(g, op, &a, 1, 1, n_dims, shape);

    if (!n)
        return NULL;
    n->root = n->in[0]->root;
    n->root_offset = n->in[0]->root_offset + offset;
    if (n->t.n != n->in[0]->t.n)
        n->root->sliced = true;
    TW_ASSERT(n->root_offset + n->t.n <= n->root->t.n);
    return n;
}

size_t tw_graph_bytes(const struct tw_graph *g)
{
    return g->memory.used;
}

/* All nodes in order, so that backward can walk from the end. */
static enum tw_status list_nodes(struct tw_graph *g, struct tw_err *err)
{
    size_t i = 0;

    g->order = tw_arena_alloc(&g->nodes, g->n_nodes + 1, sizeof(*g->order));
    if (!g->order)
        return tw_fail(err, TW_ENOMEM, 0, "no memory to plan a graph");
    for (struct tw_node *n = g->head; n; n = n->next)
        g->order[i++] = n;
    TW_ASSERT(i == g->n_nodes);
    return TW_OK;
}

enum tw_status tw_graph_plan(struct tw_graph *g, struct tw_tensor *loss,
                             struct tw_err *err)
{
    if (!g->failed && loss && loss->n != 1)
        (void)tw_graph_fail(g, TW_EINVAL, "cannot plan: loss is no scalar");
    if (!g->failed && loss && ((struct tw_node *)loss)->root->param)
        (void)tw_graph_fail(g, TW_EINVAL, "cannot plan: loss is a parameter");
    if (!g->failed && g->planned)
        (void)tw_graph_fail(g, TW_EINVAL, "cannot plan a graph twice");
    if (g->failed)
        return tw_fail(err, g->cause.code, 0, "%s", g->cause.msg);
    g->loss = (struct tw_node *)loss;
    TW_TRY(list_nodes(g, err));
    TW_TRY(tw_plan_memory(g, err));
    g->planned = true;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->order[i]->op && g->order[i]->op->prepare)
            g->order[i]->op->prepare(g, g->order[i]);
    return TW_OK;
}

void tw_graph_forward(struct tw_graph *g, bool training)
{
    TW_ASSERT(g->planned);
    g->training = training;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->order[i]->op && g->order[i]->op->forward)
            g->order[i]->op->forward(g, g->order[i]);
}

void tw_graph_backward(struct tw_graph *g)
{
    TW_ASSERT(g->planned && g->loss);
    if (!g->loss->active)
        return;
    if (g->loss->root != g->loss)
        memset(g->loss->root->t.grad, 0, g->loss->root->t.n * sizeof(float));
    g->loss->t.grad[0] = 1.0f;
    for (size_t i = g->n_nodes; i-- > 0;) {
        struct tw_node *n = g->order[i];

        if (!n->active || !n->op || !n->op->backward)
            continue;
        TW_ASSERT(n->t.grad != NULL);
        for (int k = 0; k < TW_NODE_INPUTS; k++)
            if (n->zero[k])
                memset(n->in[k]->root->t.grad, 0,
                       n->in[k]->root->t.n * sizeof(float));
        n->op->backward(g, n);
    }
}

void tw_graph_seed(struct tw_graph *g, uint64_t seed, uint64_t step)
{
    struct tw_rng r = tw_rng_seeded(seed);

    g->dropout_key = tw_rng_split(&r, "dropout", step).key;
}
