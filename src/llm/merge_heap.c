/*
 * merge_heap.c - a binary heap of merges that wait (Knuth, vol. 3, 5.2.3).
 * The order is total, so what comes out does not depend on what went in first.
 */
#include "llm/merge_heap.h"

#include "base/status.h"

#include <stdbool.h>

#include "base/banned.h"

/* Orders are ranks, or scores of a file; a NaN there counts as equal. */
static bool before(const struct tw_merge_wait *a, const struct tw_merge_wait *b)
{
    if (a->order < b->order || a->order > b->order)
        return a->order < b->order;
    return a->at < b->at;
}

void tw_merge_push(struct tw_merge_heap *h, struct tw_merge_wait x)
{
    size_t i = h->n++;

    while (i && before(&x, &h->v[(i - 1) / 2])) {
        h->v[i] = h->v[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->v[i] = x;
}

struct tw_merge_wait tw_merge_pop(struct tw_merge_heap *h)
{
    TW_ASSERT(h->n > 0);
    struct tw_merge_wait top = h->v[0], last = h->v[--h->n];
    size_t i = 0; /* the place that is free */

    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        if (child + 1 < h->n && before(&h->v[child + 1], &h->v[child]))
            child++;
        if (!before(&h->v[child], &last))
            break;
        h->v[i] = h->v[child];
    }
    h->v[i] = last;
    return top;
}
