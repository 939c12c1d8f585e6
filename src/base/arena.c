/*
 * arena.c - blocks from the system, handed out in order, freed together.
 *
 * There is no header per allocation and no list of free pieces: an allocation
 * costs an addition and a memset. What is wasted is the end of a block that was
 * too short for the next request, at most one request's size a block.
 */
#include "base/arena.h"

#include "base/fault.h"
#include "base/size.h"
#include "base/status.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Small enough that an arena for one message costs little, large enough that a
 * phase with thousands of small texts makes few calls of the system's
 * allocator. */
#define BLOCK_MIN ((size_t)64 * 1024)

/* A block is one aligned_alloc(): this header, padded to TW_ARENA_ALIGN so
 * that data is aligned too, and then cap bytes that are handed out in order. */
struct tw_arena_block {
    _Alignas(TW_ARENA_ALIGN) struct tw_arena_block *next;
    size_t cap;
    size_t len;
};

/* Every piece starts on a cache line: two threads that write neighbouring rows
 * then never share a line. */
static size_t round_up(size_t n)
{
    return (n + TW_ARENA_ALIGN - 1) & ~(size_t)(TW_ARENA_ALIGN - 1);
}

/* A new block with room for need bytes, put in front of the list; NULL when the
 * limit or the system says no. The limit counts whole blocks, headers too, so
 * that it bounds what the process really takes. */
static struct tw_arena_block *block_new(struct tw_arena *a, size_t need)
{
    size_t left = a->limit - a->used;
    size_t cap = tw_size_max(need, BLOCK_MIN);

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

/* Granted or not; the caller notes a failure. */
static void *alloc(struct tw_arena *a, size_t n, size_t size)
{
    size_t bytes;

    /* The half of the range is left for round_up() and the header below. */
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = round_up(tw_size_max(bytes, 1)); /* no two share an address */

    struct tw_arena_block *b = a->head;
    if (!b || b->cap - b->len < bytes) {
        b = block_new(a, bytes);
        if (!b)
            return NULL;
    }
    void *p = (char *)(b + 1) + b->len;
    b->len += bytes;
    TW_ASSERT(b->len <= b->cap);
    /* Zeroed here and not by the system: blocks come back from free() dirty. */
    return memset(p, 0, bytes);
}

/* The flag is what makes an arena sticky: see tw_arena_check(). */
void *tw_arena_alloc(struct tw_arena *a, size_t n, size_t size)
{
    void *p = alloc(a, n, size);

    if (!p)
        a->failed = true;
    return p;
}

char *tw_arena_text(struct tw_arena *a, const char *text, size_t n)
{
    /* n + 1 wraps for SIZE_MAX; no text is that long */
    char *copy = NULL;

    if (n < SIZE_MAX)
        copy = tw_arena_alloc(a, n + 1, 1);

    if (copy && n)
        memcpy(copy, text, n);
    return copy;
}

char *tw_arena_textf(struct tw_arena *a, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    /* Two passes over the arguments: the first only measures. */
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *text = NULL;
    if (n >= 0)
        text = tw_arena_alloc(a, (size_t)n + 1, 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return text;
}

enum tw_status tw_arena_check(const struct tw_arena *a, const char *what,
                              struct tw_err *err)
{
    if (!a->failed)
        return TW_OK;
    return tw_fail(err, TW_ENOMEM, 0, "out of memory for %.100s", what);
}

void tw_arena_release(struct tw_arena *a)
{
    struct tw_arena_block *next;

    /* The header lies in the block that it describes, so the next one is read
     * before the block is gone. */
    for (struct tw_arena_block *b = a->head; b; b = next) {
        next = b->next;
        free(b);
    }
    tw_arena_init(a, a->limit);
}
