/*
 * op_embed.c - rows of a table by ids: y[r] = table[ids[r]].
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

/* Columns of one task of the backward pass. */
enum { COLS = 64 };

/* Settings: ids (R), table (V, D), y (R, D). */
struct embed {
    size_t R, D, V;
};

static void embed_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct embed *s = n->settings;
    const int32_t *ids = n->in[1]->t.ids;
    size_t D = s->D;

    (void)worker;
    for (size_t r = first; r < last; r++) {
        TW_ASSERT(ids[r] >= 0 && (size_t)ids[r] < s->V);
        memcpy(n->t.data + r * D, tw_node_in(n, 0) + (size_t)ids[r] * D,
               D * sizeof(float));
    }
}

static void embed_forward(struct tw_graph *g, struct tw_node *n)
{
    const struct embed *s = n->settings;

    tw_graph_run(g, s->R, tw_row_grain(s->D), embed_part, n);
}

/* Two rows may hold the same id: threads share columns, not rows. */
static void embed_back_part(void *ctx, size_t first, size_t last,
                            unsigned worker)
{
    struct tw_node *n = ctx;
    const struct embed *s = n->settings;
    const int32_t *ids = n->in[1]->t.ids;
    size_t D = s->D, c0 = first * COLS;
    size_t width = tw_min(last * COLS, D) - c0;
    float *table = tw_node_din(n, 0) + c0;

    (void)worker;
    TW_ASSERT(ids && width <= D);
    for (size_t i = 0; !n->acc[0] && i < s->V; i++)
        memset(table + i * D, 0, width * sizeof(float));
    for (size_t r = 0; r < s->R; r++)
        n->graph->vec->scale(table + (size_t)ids[r] * D, n->t.grad + r * D + c0,
                             1.0f, 0.0f, width, true);
}

static void embed_backward(struct tw_graph *g, struct tw_node *n)
{
    const struct embed *s = n->settings;

    if (tw_node_din(n, 0))
        tw_graph_run(g, (s->D + COLS - 1) / COLS, tw_row_grain(s->R * COLS),
                     embed_back_part, n);
}

static const struct tw_op op_embed = { .name = "embed",
                                       .forward = embed_forward,
                                       .backward = embed_backward,
                                       .ids_at = 1,
                                       .settings = sizeof(struct embed) };

struct tw_tensor *tw_op_embed(struct tw_graph *g, struct tw_tensor *table,
                              struct tw_tensor *ids)
{
    struct tw_tensor *in[] = { table, ids };
    size_t shape[TW_TENSOR_DIMS];
    struct tw_node *n;

    if (!tw_node_operands(g, &op_embed, in, 2, 2))
        return NULL;
    if (table->n_dims != 2 || ids->n_dims >= TW_TENSOR_DIMS)
        return tw_shape_fail(g, "embed", "the table is not (V, D)");
    for (int i = 0; i < ids->n_dims; i++)
        shape[i] = ids->shape[i];
    shape[ids->n_dims] = table->shape[1];
    n = tw_node_new(g, &op_embed, in, 2, 2, ids->n_dims + 1, shape);
    if (n)
        *(struct embed *)n->settings = (struct embed){ .R = ids->n,
                                                       .D = table->shape[1],
                                                       .V = table->shape[0] };
    return tw_node_result(n);
}
