/*
 * utf8.c - decoding, checking and making harmless of UTF-8.
 *
 * What it appends with _add_safe and _add_xml may come from a model, a file or
 * a program under test: a terminal must not obey it, and a page must not run
 * it.
 */
#include "base/utf8.h"

#include <string.h>

#include "base/size.h"

#include "base/banned.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* RFC 3629, section 3. A lead byte below 0xC2 could only begin an overlong
 * form, one above 0xF4 lies beyond U+10FFFF; what the lead byte cannot tell
 * (overlong forms of three and four bytes, surrogates) is found by the
 * value. */
size_t tw_utf8_bom_len(const char *s, size_t n)
{
    if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
        return 3;
    return 0;
}

size_t tw_utf8_decode(const char *s, size_t n, uint32_t *code)
{
    /* The least code point that needs so many bytes: a smaller one is
     * overlong. */
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)s;

    *code = 0;
    if (n == 0)
        return 0;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t len = 2;
    if (p[0] >= 0xF0)
        len = 4;
    else if (p[0] >= 0xE0)
        len = 3;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len > n)
        return 0;
    uint32_t c = p[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return 0;
    *code = c;
    return len;
}

/* The inverse, written from the last byte to the first. */
size_t tw_utf8_encode(uint32_t code, char out[4])
{
    static const unsigned char mark[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };

    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = 2;
    if (code >= 0x10000)
        len = 4;
    else if (code >= 0x800)
        len = 3;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(mark[len] | code);
    return len;
}

/* Bytes that are text. Used where a text was cut at a limit, too: the cut may
 * go through a character. */
size_t tw_utf8_valid_len(const char *s, size_t n)
{
    size_t at = 0;
    uint32_t code;

    while (at < n) {
        size_t len = tw_utf8_decode(s + at, n - at, &code);
        if (!len)
            break;
        at += len;
    }
    return at;
}

bool tw_utf8_valid(const char *s, size_t n)
{
    return tw_utf8_valid_len(s, n) == n;
}

/* C0 without newline and tab, DEL, C1: what a terminal may obey. C1 is rare but
 * real: 0x9B begins a sequence as ESC [ does. */
static bool is_control(uint32_t code)
{
    return (code < 0x20 && code != '\n' && code != '\t') ||
           (code >= 0x7F && code < 0xA0);
}

/* Marks that turn the order of what follows around, so that a text reads other
 * than it is, and the separators that some viewers take for a line end. */
static bool is_turning(uint32_t code)
{
    return code == 0x200E || code == 0x200F || code == 0x061C ||
           (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool tw_utf8_is_deceptive(uint32_t code)
{
    return is_control(code) || is_turning(code);
}

/* Every byte of what is refused is written as \xNN, so that a reader sees what
 * was there, and two different texts never look alike. */
static void add_shown(struct tw_buf *b, const char *s, size_t n, bool line)
{
    uint32_t code;

    for (size_t at = 0; at < n;) {
        size_t len = tw_utf8_decode(s + at, n - at, &code);
        bool ends = line && (code == '\n' || code == '\t');
        if (len && !ends && !tw_utf8_is_deceptive(code)) {
            tw_buf_add(b, s + at, len);
            at += len;
            continue;
        }
        for (len = tw_size_max(len, 1); len; len--)
            tw_buf_addf(b, "\\x%02x", (unsigned char)s[at++]);
    }
}

void tw_utf8_add_safe(struct tw_buf *b, const char *s, size_t n)
{
    add_shown(b, s, n, false);
}

void tw_utf8_add_line(struct tw_buf *b, const char *s, size_t n)
{
    add_shown(b, s, n, true);
}

/* What stands for the character in a page, or NULL when it may stand itself.
 * The quotes too: the same text is used in attributes. */
static const char *xml_escape(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        break;
    }
    /* XML has no U+FFFE and U+FFFF, not even as references. */
    if (tw_utf8_is_deceptive(code) || code == 0xFFFE || code == 0xFFFF)
        return REPLACEMENT;
    return NULL;
}

void tw_utf8_add_xml(struct tw_buf *b, const char *s, size_t n)
{
    uint32_t code;

    for (size_t at = 0; at < n;) {
        size_t len = tw_utf8_decode(s + at, n - at, &code);
        const char *escape = REPLACEMENT; /* of a byte that is no text */
        if (len)
            escape = xml_escape(code);
        if (escape)
            tw_buf_adds(b, escape);
        else
            tw_buf_add(b, s + at, len);
        at += tw_size_max(len, 1);
    }
}
