/*
 * buf.h - a growable byte buffer with a limit; always NUL-terminated.
 *
 * Appending is sticky: after the first failure (limit reached, out of memory)
 * every later append does nothing, and tw_buf_check() tells, once, at the end.
 * So text is built without an if per line.
 *
 *     struct tw_buf b;
 *     tw_buf_init(&b, 1u << 20);
 *     tw_buf_addf(&b, "%d cases\n", n);
 *     enum tw_status st = tw_buf_check(&b, "report", err);
 *     ...
 *     tw_buf_release(&b);
 */
#ifndef TW_BASE_BUF_H
#define TW_BASE_BUF_H

#include "base/status.h"

#include <stddef.h>

struct tw_buf {
    char *bytes;           /* NULL or NUL-terminated; owned by the buffer */
    size_t len;            /* without the NUL */
    size_t cap;            /* of bytes, with room for the NUL */
    size_t limit;          /* upper bound for len */
    enum tw_status failed; /* TW_OK, TW_ELIMIT or TW_ENOMEM */
};

/* Empty, never longer than limit bytes.  Cannot fail, allocates nothing. */
void tw_buf_init(struct tw_buf *b, size_t limit);
/* Free the memory; b is empty then, and usable, with the same limit. */
void tw_buf_release(struct tw_buf *b);
/* Forget the content and the failure, keep the memory. */
void tw_buf_clear(struct tw_buf *b);

/* Append n bytes, a text, a character, or text as printf() makes it: all of it
 * or, when the buffer fails, nothing.  bytes may be NULL when n is 0; none of
 * the arguments may lie inside the buffer. */
void tw_buf_add(struct tw_buf *b, const void *bytes, size_t n);
void tw_buf_adds(struct tw_buf *b, const char *text);
void tw_buf_addc(struct tw_buf *b, char c);
void tw_buf_addf(struct tw_buf *b, const char *fmt, ...) TW_PRINTF(2, 3);

/* The text, never NULL ("" when empty).  Borrowed until the next change. */
const char *tw_buf_text(const struct tw_buf *b);
/* Hand the memory to the caller, who frees it with free(); b is empty then.
 * NULL when the buffer failed or memory ran out. */
char *tw_buf_take(struct tw_buf *b);

/* TW_OK, or TW_ELIMIT / TW_ENOMEM with "what" in the message. */
enum tw_status tw_buf_check(const struct tw_buf *b, const char *what,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_BASE_BUF_H */
