/*
 * buf.c - bytes that grow by doubling, with a limit and a memory of failure.
 *
 * One spare byte behind the content always holds a NUL, so that a buffer of
 * text is a C string at every moment without a call that ends it.
 */
#include "base/buf.h"

#include "base/fault.h"
#include "base/size.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The first allocation: most messages and lines fit, so that they cost one
 * call. */
#define CAP_MIN ((size_t)256)

void tw_buf_init(struct tw_buf *b, size_t limit)
{
    *b = (struct tw_buf){ .limit = limit };
}

void tw_buf_release(struct tw_buf *b)
{
    free(b->bytes);
    tw_buf_init(b, b->limit);
}

void tw_buf_clear(struct tw_buf *b)
{
    b->len = 0;
    b->failed = TW_OK;
    if (b->bytes)
        b->bytes[0] = '\0';
}

/* Room for n more bytes and the NUL, or the buffer fails; 1 when there is room.
 * The limit is compared by subtraction: a sum with a size that comes from input
 * may wrap. Doubling keeps the cost of n small appends linear. */
static int reserve(struct tw_buf *b, size_t n)
{
    if (b->failed)
        return 0;
    if (n > b->limit - b->len) {
        b->failed = TW_ELIMIT;
        return 0;
    }
    size_t need = b->len + n + 1;
    if (b->bytes && need <= b->cap)
        return 1;
    size_t cap = tw_size_max(b->cap, CAP_MIN);
    /* Near the end of the address space doubling would wrap to 0 and loop for
     * ever. */
    while (cap < need && cap <= SIZE_MAX / 2)
        cap *= 2;
    cap = tw_size_max(cap, need);
    char *bytes = tw_mem_resize(b->bytes, cap);
    if (!bytes) {
        b->failed = TW_ENOMEM;
        return 0;
    }
    b->bytes = bytes;
    b->cap = cap;
    return 1;
}

/* Nothing is written when there is no room for all: a reader never sees half of
 * what was appended. */
void tw_buf_add(struct tw_buf *b, const void *bytes, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
    b->bytes[b->len] = '\0';
}

void tw_buf_adds(struct tw_buf *b, const char *text)
{
    tw_buf_add(b, text, strlen(text));
}

void tw_buf_addc(struct tw_buf *b, char c)
{
    tw_buf_add(b, &c, 1);
}

void tw_buf_addf(struct tw_buf *b, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    /* The first pass measures, the second writes: a buffer that is too short
     * would otherwise cut the text and go on. */
    if (n >= 0 && reserve(b, (size_t)n)) {
        vsnprintf(b->bytes + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    va_end(ap);
}

const char *tw_buf_text(const struct tw_buf *b)
{
    if (!b->bytes)
        return "";
    return b->bytes;
}

/* An empty buffer still gives memory, because the caller frees what it got and
 * wants a text in it. */
char *tw_buf_take(struct tw_buf *b)
{
    if (!b->bytes)
        tw_buf_adds(b, "");
    if (b->failed)
        return NULL;
    char *bytes = b->bytes;
    tw_buf_init(b, b->limit);
    return bytes;
}

enum tw_status tw_buf_check(const struct tw_buf *b, const char *what,
                            struct tw_err *err)
{
    if (!b->failed)
        return TW_OK;
    if (b->failed == TW_ELIMIT)
        return tw_fail(err, TW_ELIMIT, b->len, "%s exceeds %zu bytes", what,
                       b->limit);
    return tw_fail(err, b->failed, b->len, "out of memory for %s", what);
}
