#include "base/arena.h"

#include "base/fault.h"
#include "base/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define BLOCK_MIN ((size_t)64 * 1024)

/* A block is one aligned_alloc(): this header, padded to TW_ARENA_ALIGN so
 * that data is aligned too, and then cap bytes that are handed out in order. */
struct tw_arena_block {
    _Alignas(TW_ARENA_ALIGN) struct tw_arena_block *next;
    size_t cap;
    size_t len;
};

static size_t round_up(size_t n)
{
    return (n + TW_ARENA_ALIGN - 1) & ~(size_t)(TW_ARENA_ALIGN - 1);
}

static struct tw_arena_block *block_new(struct tw_arena *a, size_t need)
{
    size_t left = a->limit - a->used;
    size_t cap = need > BLOCK_MIN ? need : BLOCK_MIN;

    if (sizeof(struct tw_arena_block) + cap > left)
        cap = need; /* the last blocks before the limit are made to measure */
    size_t total = sizeof(struct tw_arena_block) + cap;
    if (total > left)
        return NULL;
    struct tw_arena_block *b = tw_mem_aligned(TW_ARENA_ALIGN, total);
    if (!b)
        return NULL;
    *b = (struct tw_arena_block){ .next = a->head, .cap = cap };
    a->head = b;
    a->used += total;
    return b;
}

void tw_arena_init(struct tw_arena *a, size_t limit)
{
    *a = (struct tw_arena){ .limit = limit };
}

void *tw_arena_alloc(struct tw_arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = round_up(bytes ? bytes : 1);

    struct tw_arena_block *b = a->head;
    if (!b || b->cap - b->len < bytes) {
        b = block_new(a, bytes);
        if (!b)
            return NULL;
    }
    void *p = (char *)(b + 1) + b->len;
    b->len += bytes;
    TW_ASSERT(b->len <= b->cap);
    return memset(p, 0, bytes);
}

void tw_arena_release(struct tw_arena *a)
{
    struct tw_arena_block *next;

    for (struct tw_arena_block *b = a->head; b; b = next) {
        next = b->next;
        free(b);
    }
    tw_arena_init(a, a->limit);
}
