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

enum { SIGMA = 0x3a3, SIGMA_FINAL = 0x3c2, I_WITH_DOT = 0x130 };
static const char I_AND_DOT[] = "i\xcc\x87"; /* what U+0130 becomes */

/* The case of the next character that is not ignored for it, behind at or, with
 * step -1, in front of it; the end of the text has none. A byte at the middle
 * of a character is passed over: it decodes to nothing that has a case. */
static bool cased_beyond(const char *s, size_t n, size_t at, int step)
{
    while ((step < 0 && at > 0) || (step > 0 && at < n)) {
        uint32_t code;
        size_t len = 1;

        if (step < 0) {
            at--;
            while (at > 0 && ((unsigned char)s[at] & 0xc0) == 0x80)
                at--;
        }
        len = tw_text_next(s + at, n - at, &code);
        enum tw_char_case kind = tw_char_case(code);
        if (kind != TW_CASE_IGNORED)
            return kind == TW_CASE_CASED;
        if (step > 0)
            at += len;
    }
    return false;
}

/* A capital sigma of len bytes at the end of a word: Unicode's Final_Sigma
 * (SpecialCasing.txt), as Python, Java and ICU have it. */
static bool is_final_sigma(const char *s, size_t n, size_t at, size_t len)
{
    return cased_beyond(s, n, at, -1) && !cased_beyond(s, n, at + len, 1);
}

/* The character of len bytes at s + at in lower case; returns the bytes
 * written. */
static size_t lower_one(char *to, const char *s, size_t n, size_t at,
                        size_t len, uint32_t code)
{
    char out[4];
    size_t n_out = 0;

    if (code == I_WITH_DOT) {
        memcpy(to, I_AND_DOT, sizeof(I_AND_DOT) - 1);
        return sizeof(I_AND_DOT) - 1;
    }
    if (code == SIGMA && is_final_sigma(s, n, at, len))
        n_out = tw_utf8_encode(SIGMA_FINAL, out);
    else if (code < 0x110000)
        n_out = tw_utf8_encode(tw_char_lower(code), out);
    if (n_out == 0) { /* an invalid byte */
        memcpy(to, s + at, len);
        return len;
    }
    memcpy(to, out, n_out);
    return n_out;
}

/* Two bytes become three at most: see tw_char_lower(). */
static size_t lower_room(size_t n)
{
    return n + n / 2;
}

/* to has lower_room(n) bytes. */
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
        n_to += lower_one(to + n_to, s, n, i, len, code);
        i += len;
    }
    TW_ASSERT(n_to <= lower_room(n));
    return n_to;
}

enum tw_status tw_text_lower(struct tw_piece *out, struct tw_arena *a,
                             struct tw_piece text, struct tw_err *err)
{
    char *to = tw_arena_alloc(a, lower_room(text.n), 1);

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
        total += lower_room(t->items[i].n);
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
