/* lower.c - lower case without a locale, for the scripts a test text has. */
#include "text/tokens.h"

#include "base/unicode.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* No lower case is longer than its capital, so that to may have n bytes. */
static size_t lower_bytes(char *to, const char *s, size_t n)
{
    size_t n_to = 0;

    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        uint32_t code;
        char out[4];

        if (c < 0x80) {
            to[n_to++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
            i++;
            continue;
        }
        size_t len = tw_text_next(s + i, n - i, &code);
        size_t n_out =
            code < 0x110000 ? tw_utf8_encode(tw_char_lower(code), out) : 0;

        memcpy(to + n_to, n_out ? out : s + i, n_out ? n_out : len);
        n_to += n_out ? n_out : len;
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
