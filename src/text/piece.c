/*
 * piece.c - the primitives under all tokenizers: the next character, white
 * space, splitting.
 *
 * They stand apart from the tokenizers so that these may use them without a
 * circle: tokens.c calls the tokenizers, and they call this file.
 */
#include "text/piece.h"

#include "base/unicode.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

bool tw_piece_same(struct tw_piece a, struct tw_piece b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

int tw_piece_compare(struct tw_piece a, struct tw_piece b)
{
    size_t n = b.n;
    int order = 0;
    if (a.n < n)
        n = a.n;
    if (n) /* an empty piece may have no address */
        order = memcmp(a.s, b.s, n);
    if (order)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

/* Python's str.isspace(): Unicode's white space and the four separators of
 * ASCII. */
bool tw_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    return tw_char_kind(c) == TW_CHAR_SPACE;
}

/* An invalid byte becomes a number of its own above all characters, so that two
 * broken texts with the same bytes still compare as equal. */
size_t tw_text_next(const char *s, size_t n, uint32_t *code)
{
    unsigned char c = (unsigned char)s[0];

    if (c < 0x80) {
        *code = c;
        return 1;
    }
    size_t len = tw_utf8_decode(s, n, code);
    if (len > 0)
        return len;
    *code = 0x110000u + c;
    return 1;
}

/* From the end one character is found by going back over its continuation
 * bytes, three at most; bytes that are no character are no white space
 * either, so that stripping never makes a broken text shorter in its
 * middle. */
struct tw_piece tw_text_rstrip(struct tw_piece text)
{
    while (text.n > 0) {
        size_t start = text.n - 1;
        uint32_t code;

        while (start > 0 && text.n - start < 4 &&
               ((unsigned char)text.s[start] & 0xc0) == 0x80)
            start--;
        size_t len = tw_text_next(text.s + start, text.n - start, &code);
        if (start + len != text.n || !tw_is_space(code))
            break;
        text.n = start;
    }
    return text;
}

struct tw_piece tw_text_strip(struct tw_piece text)
{
    text = tw_text_rstrip(text);
    while (text.n > 0) {
        uint32_t code;
        size_t len = tw_text_next(text.s, text.n, &code);

        if (!tw_is_space(code))
            break;
        text.s += len;
        text.n -= len;
    }
    return text;
}

/* Room for the most tokens that a text can have, one for each two bytes:
 * cheaper than counting first, and the arena takes unused room back with
 * the pair. */
enum tw_status tw_tokens_split(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text, struct tw_err *err)
{
    size_t start = 0;

    t->n = 0;
    t->items = tw_arena_alloc(a, text.n / 2 + 1, sizeof(*t->items));
    if (!t->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    for (size_t i = 0; i < text.n;) {
        uint32_t code;
        size_t len = tw_text_next(text.s + i, text.n - i, &code);

        if (tw_is_space(code)) {
            if (i > start)
                t->items[t->n++] =
                    (struct tw_piece){ text.s + start, i - start };
            start = i + len;
        }
        i += len;
    }
    if (text.n > start)
        t->items[t->n++] = (struct tw_piece){ text.s + start, text.n - start };
    return TW_OK;
}
