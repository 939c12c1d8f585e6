/* lower.c - lower case without a locale, for the scripts a test text has. */
#include "text/tokens.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* Ranges of capitals: add delta to every step-th code point from first. */
static const struct range {
    uint32_t first, last;
    int32_t delta;
    uint32_t step;
} ranges[] = {
    { 0xc0, 0xd6, 32, 1 },        { 0xd8, 0xde, 32, 1 },
    { 0x100, 0x12e, 1, 2 },       { 0x132, 0x136, 1, 2 },
    { 0x139, 0x147, 1, 2 },       { 0x14a, 0x176, 1, 2 },
    { 0x178, 0x178, -121, 1 },    { 0x179, 0x17d, 1, 2 },
    { 0x386, 0x386, 38, 1 },      { 0x388, 0x38a, 37, 1 },
    { 0x38c, 0x38c, 64, 1 },      { 0x38e, 0x38f, 63, 1 },
    { 0x391, 0x3a1, 32, 1 },      { 0x3a3, 0x3ab, 32, 1 },
    { 0x400, 0x40f, 80, 1 },      { 0x410, 0x42f, 32, 1 },
    { 0x460, 0x480, 1, 2 },       { 0x48a, 0x4be, 1, 2 },
    { 0x4d0, 0x52e, 1, 2 },       { 0x531, 0x556, 48, 1 },
    { 0x1e00, 0x1e94, 1, 2 },     { 0x1ea0, 0x1efe, 1, 2 },
    { 0x212a, 0x212a, -8383, 1 }, /* the kelvin sign is a k */
    { 0x212b, 0x212b, -8262, 1 }, { 0xff21, 0xff3a, 32, 1 },
};

static uint32_t lower(uint32_t c)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(ranges); i++) {
        const struct range *r = &ranges[i];

        if (c < r->first)
            break;
        if (c <= r->last && (c - r->first) % r->step == 0)
            return (uint32_t)((int32_t)c + r->delta);
    }
    return c;
}

/* No mapping above is longer than its source, so to may have n bytes. */
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
        size_t n_out = code < 0x110000 ? tw_utf8_encode(lower(code), out) : 0;

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
