/*
 * lower.c - lower case of texts and tokens, without a locale.
 *
 * Which letters have one is base/unicode.h's matter; bytes that are no UTF-8
 * stay as they are, because a score must not depend on how somebody repaired
 * them.
 */
#include "text/tokens.h"

#include "base/unicode.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* The character of len bytes at s in lower case; returns the bytes written. */
static size_t lower_one(char *to, const char *s, size_t len, uint32_t code)
{
    char out[4];
    size_t n = 0;
    if (code < 0x110000)
        n = tw_utf8_encode(tw_char_lower(code), out);
    if (n == 0) { /* an invalid byte */
        memcpy(to, s, len);
        return len;
    }
    memcpy(to, out, n);
    return n;
}

/* No lower case is longer than its capital, so that to may have n bytes. */
static size_t lower_bytes(char *to, const char *s, size_t n)
{
    size_t n_to = 0;

    for (size_t i = 0; i < n;) {
        uint32_t code = (unsigned char)s[i];

        if (code < 0x80) { /* most characters */
            to[n_to++] = (char)tw_char_lower(code);
            i++;
            continue;
        }
        size_t len = tw_text_next(s + i, n - i, &code);
        n_to += lower_one(to + n_to, s + i, len, code);
        i += len;
    }
    TW_ASSERT(n_to <= n);
    return n_to;
}

enum tw_status tw_text_lower(struct tw_piece *out, struct tw_arena *a,
                             struct tw_piece text, struct tw_err *err)
{
    char *to = tw_arena_alloc(a, text.n, 1);

    if (!to)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a text");
    *out = (struct tw_piece){ to, lower_bytes(to, text.s, text.n) };
    return TW_OK;
}

/* All tokens share one block of bytes: thousands of small ones would cost
 * more than the copying. */
enum tw_status tw_tokens_lower(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_err *err)
{
    size_t total = 0;
    char *to;

    for (size_t i = 0; i < t->n; i++)
        total += t->items[i].n;
    to = tw_arena_alloc(a, total, 1);
    if (!to)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    for (size_t i = 0; i < t->n; i++) {
        struct tw_piece *p = &t->items[i];

        p->n = lower_bytes(to, p->s, p->n);
        p->s = to;
        to += p->n;
    }
    return TW_OK;
}
