/*
 * graph_plan.c - where every buffer of a graph lies.
 *
 * Time runs through forward (node i at time i) and then backward
 * (node i at 2 N - 1 - i).  Every buffer is wanted for an interval of it;
 * buffers whose intervals do not meet may share memory.  With a loss all data
 * stay (users read them, backward needs them) and gradients share; without one
 * data share.
 */
#include "tensor/graph_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A buffer: [start, end] in time, n floats at offset. */
struct buffer {
    float **where; /* the field that gets the pointer */
    size_t n;
    size_t start, end; /* times, both included */
    size_t offset;     /* floats from the start of the graph's memory */
};

/* Free floats between buffers in use. */
struct hole {
    size_t offset, n;
};

struct plan {
    struct tw_graph *g;
    struct buffer *list; /* (n_buffers), of the graph's arena */
    size_t n_buffers;
    struct hole *holes; /* ordered by offset, never adjacent */
    size_t n_holes;
    size_t top; /* floats */
};

/* When the node's backward runs. */
static size_t back_time(const struct tw_graph *g, const struct tw_node *n)
{
    return 2 * g->n_nodes - 1 - n->index;
}

/* Which nodes does the loss depend on? */
static void mark_active(struct tw_graph *g)
{
    if (!g->loss || !g->loss->wants_grad)
        return;
    g->loss->active = true;
    for (size_t i = g->n_nodes; i-- > 0;) {
        struct tw_node *n = g->order[i];

        for (int k = 0; n->active && k < TW_NODE_INPUTS; k++)
            if (n->in[k] && n->in[k]->wants_grad)
                n->in[k]->active = true;
    }
}

/* In which order do the parts of each gradient arrive?  The first may
 * overwrite; roots with partial views are cleared before it. */
static void order_gradients(struct tw_graph *g)
{
    if (g->loss && g->loss->active) { /* tw_graph_backward() writes it */
        g->loss->root->started = true;
        g->loss->root->grad_start = g->n_nodes;
    }
    for (size_t i = g->n_nodes; i-- > 0;) {
        struct tw_node *n = g->order[i];

        if (!n->active || !n->op || !n->op->backward)
            continue;
        for (int k = 0; k < TW_NODE_INPUTS; k++) {
            if (!n->in[k] || !n->in[k]->active)
                continue;
            struct tw_node *r = n->in[k]->root;

            n->acc[k] = r->param || r->started || r->sliced;
            n->zero[k] = r->sliced && !r->started && !r->param;
            if (!r->started)
                r->grad_start = back_time(g, n);
            r->started = true;
        }
    }
}

/* Reading a view is reading its root. */
static void find_last_uses(struct tw_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        struct tw_node *n = g->order[i];

        n->last_use = n->index;
        if (n->root != n && n->root->last_use < n->index)
            n->root->last_use = n->index;
        for (int k = 0; k < TW_NODE_INPUTS; k++)
            if (n->in[k] && n->in[k]->root->last_use < n->index)
                n->in[k]->root->last_use = n->index;
    }
}

/* Ask for n floats from time start to time end; 0 floats need no place. */
static void want(struct plan *p, float **where, size_t n, size_t start,
                 size_t end)
{
    TW_ASSERT(start <= end);
    if (n == 0)
        return;
    /* Whole cache lines, and room for vector loads past the last row. */
    n = (n + TW_VEC_PAD + 15) & ~(size_t)15;
    p->list[p->n_buffers++] =
        (struct buffer){ .where = where, .n = n, .start = start, .end = end };
}

/* All buffers of one node. What a buffer is wanted for decides its interval:
 * data as long as somebody may read them, a gradient from its first part to its
 * own backward. */
static void want_node(struct plan *p, struct tw_node *n)
{
    struct tw_graph *g = p->g;
    size_t last = 2 * g->n_nodes, start = n->index;
    size_t data_end = n->last_use, saved_end = n->index;

    if (!n->op) /* an input: written before time begins */
        start = 0;
    if (g->loss || !n->op || n->output) /* stays readable */
        data_end = last;
    if (g->loss) /* the backward pass reads it */
        saved_end = last;
    if (n->root == n && !n->param && !n->t.ids)
        want(p, &n->t.data, n->t.n, start, data_end);
    want(p, &n->keep, n->n_keep, 0, last);
    want(p, &n->saved, n->n_saved, n->index, saved_end);
    if (n->active && n->root == n && !n->param) {
        start = back_time(g, n);
        if (n->started)
            start = n->grad_start;
        want(p, &n->t.grad, n->t.n, start, back_time(g, n));
    }
    if (n->n_scratch > g->n_scratch)
        g->n_scratch = n->n_scratch;
}

/* Holes stay in the order of their offset. */
static void hole_remove(struct plan *p, size_t i)
{
    TW_ASSERT(i < p->n_holes);
    memmove(p->holes + i, p->holes + i + 1,
            (p->n_holes - i - 1) * sizeof(*p->holes));
    p->n_holes--;
}

/* Give n floats back. Neighbours become one hole: otherwise room would crumble
 * into pieces too small for anything. */
static void hole_add(struct plan *p, size_t offset, size_t n)
{
    size_t i = 0;

    while (i < p->n_holes && p->holes[i].offset < offset)
        i++;
    memmove(p->holes + i + 1, p->holes + i,
            (p->n_holes - i) * sizeof(*p->holes));
    TW_ASSERT(i == 0 || p->holes[i - 1].offset + p->holes[i - 1].n <= offset);
    p->holes[i] = (struct hole){ offset, n };
    p->n_holes++;
    if (i + 1 < p->n_holes && offset + n == p->holes[i + 1].offset) {
        p->holes[i].n += p->holes[i + 1].n;
        hole_remove(p, i + 1);
    }
    if (i > 0 && p->holes[i - 1].offset + p->holes[i - 1].n == offset) {
        p->holes[i - 1].n += p->holes[i].n;
        hole_remove(p, i);
    }
}

/* The tightest hole, or new room at the top. */
static size_t hole_take(struct plan *p, size_t n)
{
    size_t best = p->n_holes, offset;

    for (size_t i = 0; i < p->n_holes; i++)
        if (p->holes[i].n >= n &&
            (best == p->n_holes || p->holes[i].n < p->holes[best].n))
            best = i;
    if (best == p->n_holes) {
        offset = p->top;
        p->top += n;
        return offset;
    }
    TW_ASSERT(p->holes[best].n >= n);
    offset = p->holes[best].offset;
    p->holes[best].offset += n;
    p->holes[best].n -= n;
    if (p->holes[best].n == 0)
        hole_remove(p, best);
    return offset;
}

/* By start; ties in a fixed order, since the place of a buffer must not depend
 * on the sort. */
static int compare_start(const void *a, const void *b)
{
    const struct buffer *x = a, *y = b;

    if (x->start != y->start)
        return (x->start > y->start) - (x->start < y->start);
    return (x->where > y->where) - (x->where < y->where);
}

/* By end; ties by the order of placing. */
static int compare_end(const void *a, const void *b)
{
    const struct buffer *x = *(const struct buffer *const *)a;
    const struct buffer *y = *(const struct buffer *const *)b;

    if (x->end != y->end)
        return (x->end > y->end) - (x->end < y->end);
    return (x > y) - (x < y);
}

/* Buffers in the order of their start, each into the best hole that those
 * before it left: the known greedy answer
 * to the packing of intervals. */
static void place(struct plan *p, struct buffer **by_end)
{
    size_t expired = 0;

    qsort(p->list, p->n_buffers, sizeof(*p->list), compare_start);
    for (size_t i = 0; i < p->n_buffers; i++)
        by_end[i] = p->list + i;
    qsort(by_end, p->n_buffers, sizeof(struct buffer *), compare_end);
    for (size_t i = 0; i < p->n_buffers; i++) {
        struct buffer *b = p->list + i;

        /* Those that ended before b starts have all been placed: their start
         * is not after their end. */
        while (expired < p->n_buffers && by_end[expired]->end < b->start) {
            hole_add(p, by_end[expired]->offset, by_end[expired]->n);
            expired++;
        }
        b->offset = hole_take(p, b->n);
    }
}

/* Views and parameters point into what they belong to. */
static void set_pointers(struct tw_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        struct tw_node *n = g->order[i], *r = n->root;

        if (n->param && n->active)
            n->t.grad = n->param->grad;
        TW_ASSERT(r->t.data || r->t.ids);
        TW_ASSERT(!n->active || r->param || r->t.grad);
        if (r == n)
            continue;
        n->t.data = r->t.data + n->root_offset;
        if (n->active && r->t.grad)
            n->t.grad = r->t.grad + n->root_offset;
    }
}

/* A node has at most four buffers (data, gradient, saved, keep), and the graph
 * one for scratch: hence 4 n + 1. */
enum tw_status tw_plan_memory(struct tw_graph *g, struct tw_err *err)
{
    struct plan p = { .g = g };
    size_t most = 4 * g->n_nodes + 1;
    struct buffer **by_end;
    float *base;

    p.list = tw_arena_alloc(&g->nodes, most, sizeof(*p.list));
    p.holes = tw_arena_alloc(&g->nodes, most, sizeof(*p.holes));
    by_end = tw_arena_alloc(&g->nodes, most, sizeof(*by_end));
    if (!p.list || !p.holes || !by_end)
        return tw_fail(err, TW_ENOMEM, 0, "no memory to plan a graph");
    mark_active(g);
    order_gradients(g);
    find_last_uses(g);
    for (size_t i = 0; i < g->n_nodes; i++)
        want_node(&p, g->order[i]);
    want(&p, &g->scratch, g->n_scratch, 0, 2 * g->n_nodes);
    TW_ASSERT(p.n_buffers <= most);
    place(&p, by_end);
    base = tw_arena_alloc(&g->memory, p.top, sizeof(float));
    if (!base)
        return tw_fail(err, TW_ENOMEM, 0,
                       "cannot allocate %zu MiB for a graph (limit %zu MiB)",
                       p.top >> 18, g->memory.limit >> 20);
    for (size_t i = 0; i < p.n_buffers; i++)
        *p.list[i].where = base + p.list[i].offset;
    set_pointers(g);
    return TW_OK;
}
