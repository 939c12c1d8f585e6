/*
 * cursor.c - little-endian fields out of bytes that nobody vouches for.
 *
 * All readers go through tw_cursor_bytes(), the only place that compares a
 * length with what is left; so there is one bound to check in review.
 */
#include "base/cursor.h"

#include <string.h>

#include "base/banned.h"

/* The comparison is with what is left, not with pos + n: n comes from the file,
 * and the sum may wrap. Once failed, the position stays where the fault was,
 * for the message. */
const uint8_t *tw_cursor_bytes(struct tw_cursor *c, size_t n)
{
    if (c->failed || n > c->len - c->pos) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *p = c->bytes + c->pos;
    c->pos += n;
    return p;
}

/* Put together byte by byte: right on hosts of either order, and for addresses
 * of any alignment. 0 behind the end, so that a parser never sees a number that
 * was not in its input. */
static uint64_t read_le(struct tw_cursor *c, size_t n)
{
    const uint8_t *p = tw_cursor_bytes(c, n);
    uint64_t v = 0;

    for (size_t i = 0; p && i < n; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint8_t tw_cursor_u8(struct tw_cursor *c)
{
    return (uint8_t)read_le(c, 1);
}

uint16_t tw_cursor_u16(struct tw_cursor *c)
{
    return (uint16_t)read_le(c, 2);
}

uint32_t tw_cursor_u32(struct tw_cursor *c)
{
    return (uint32_t)read_le(c, 4);
}

uint64_t tw_cursor_u64(struct tw_cursor *c)
{
    return read_le(c, 8);
}

/* The bits are copied, not converted; a pointer cast would break the rules of
 * aliasing. A NaN arrives as it is: whoever reads numbers of a file checks
 * them. */
float tw_cursor_f32(struct tw_cursor *c)
{
    uint32_t bits = tw_cursor_u32(c);
    float v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

double tw_cursor_f64(struct tw_cursor *c)
{
    uint64_t bits = tw_cursor_u64(c);
    double v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

enum tw_status tw_cursor_check(const struct tw_cursor *c, const char *record,
                               struct tw_err *err)
{
    if (!c->failed)
        return TW_OK;
    return tw_fail(err, TW_EFORMAT, c->pos, "%s is cut off at byte %zu", record,
                   c->pos);
}
