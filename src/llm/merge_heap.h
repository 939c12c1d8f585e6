/*
 * merge_heap.h - merges of neighbours that wait: the lowest order comes first,
 * and the leftmost on ties.
 */
#ifndef TW_LLM_MERGE_HEAP_H
#define TW_LLM_MERGE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct tw_merge_wait {
    double order;
    uint32_t at; /* index of the left symbol */
    /* What the encoder made of it, to tell a merge whose symbols have changed
     * since: tokens, or only the length of the result. */
    int32_t left, right, result;
};

struct tw_merge_heap {
    struct tw_merge_wait *v; /* room for all that can wait at once */
    size_t n;
};

void tw_merge_push(struct tw_merge_heap *h, struct tw_merge_wait x);
/* There has to be one. */
struct tw_merge_wait tw_merge_pop(struct tw_merge_heap *h);

#endif /* TW_LLM_MERGE_HEAP_H */
