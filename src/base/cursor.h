/*
 * cursor.h - read little-endian fields from bytes that nobody vouches for.
 *
 * A read past the end returns zero and makes the cursor fail for good, so a
 * parser reads a whole record and asks once, with tw_cursor_check().  Never
 * allocate by a count that came from the input before it is compared with
 * tw_cursor_left().
 */
#ifndef TW_BASE_CURSOR_H
#define TW_BASE_CURSOR_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_cursor {
    const uint8_t *bytes; /* borrowed; outlives the cursor */
    size_t len;
    size_t pos; /* of the next read, or of the read that failed */
    bool failed;
};

static inline size_t tw_cursor_left(const struct tw_cursor *c)
{
    if (c->failed)
        return 0;
    return c->len - c->pos;
}

/* The next n bytes, or NULL.  Borrowed from the input, not copied. */
const uint8_t *tw_cursor_bytes(struct tw_cursor *c, size_t n);
/* The next number; 0 past the end.  No alignment is needed. */
uint8_t tw_cursor_u8(struct tw_cursor *c);
uint16_t tw_cursor_u16(struct tw_cursor *c);
uint32_t tw_cursor_u32(struct tw_cursor *c);
uint64_t tw_cursor_u64(struct tw_cursor *c);
float tw_cursor_f32(struct tw_cursor *c);
double tw_cursor_f64(struct tw_cursor *c);

/* TW_OK, or TW_EFORMAT with the position and the name of the record. */
enum tw_status tw_cursor_check(const struct tw_cursor *c, const char *record,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_BASE_CURSOR_H */
