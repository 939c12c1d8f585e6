/*
 * arena.h - memory with one lifetime: many allocations, one release.
 *
 * Every phase of the program (load a trial, build a graph, answer a prompt)
 * owns one arena and releases it at the end; nothing inside is freed alone.
 * An arena has a hard limit, so that bad input ends in TW_ENOMEM and not in
 * the kernel's OOM killer.  One thread uses an arena at a time.
 *
 * An arena remembers that an allocation failed, as a buffer does (buf.h): a
 * function may allocate all that it needs, and ask once before it uses any.
 *
 *     struct tw_arena a;
 *     tw_arena_init(&a, 64u << 20);
 *     float *x = tw_arena_alloc(&a, n, sizeof(*x));
 *     float *y = tw_arena_alloc(&a, n, sizeof(*y));
 *     TW_TRY(tw_arena_check(&a, "windows", err));
 *     ...
 *     tw_arena_release(&a);
 */
#ifndef TW_BASE_ARENA_H
#define TW_BASE_ARENA_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Rows of tensors start on a cache line, also the width of one AVX-512 load. */
#define TW_ARENA_ALIGN 64

struct tw_arena_block;

struct tw_arena {
    struct tw_arena_block *head; /* newest block; the others hang off it */
    size_t used;                 /* bytes obtained from the system */
    size_t limit;                /* upper bound for used */
    bool failed;                 /* some allocation was not granted */
};

/* Prepare an empty arena that never holds more than limit bytes. Cannot fail.
 */
void tw_arena_init(struct tw_arena *a, size_t limit);

/* Zeroed memory for n elements of size bytes, aligned to TW_ARENA_ALIGN.
 * Returns NULL on overflow of n * size, at the limit, or out of memory.
 * The arena owns the result; it lives until tw_arena_release(). */
void *tw_arena_alloc(struct tw_arena *a, size_t n, size_t size);

/* A copy of n bytes of text, NUL-terminated; NULL as above. */
char *tw_arena_text(struct tw_arena *a, const char *text, size_t n);
/* Text as printf() makes it; NULL as above. */
char *tw_arena_textf(struct tw_arena *a, const char *fmt, ...) TW_PRINTF(2, 3);

/* TW_OK, or TW_ENOMEM "out of memory for WHAT" when any allocation since
 * tw_arena_init() or tw_arena_release() was not granted. */
enum tw_status tw_arena_check(const struct tw_arena *a, const char *what,
                              struct tw_err *err) TW_NODISCARD;

/* Free everything. The arena is empty and usable again, with the same limit. */
void tw_arena_release(struct tw_arena *a);

#endif /* TW_BASE_ARENA_H */
