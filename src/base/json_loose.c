/*
 * json_loose.c - JSON as other programs write it, made into what RFC 8259
 * allows.
 *
 * Python's json writes NaN, Infinity, integers of any length, and half a
 * character as \ud83d; tools in other languages cut texts in the middle of a
 * character. Such a value mostly stands in a field that nobody reads, and one
 * of them must not cost a file of ten thousand answers. The text is copied with
 * those tokens replaced, and all else as it is, so that the strict reader still
 * decides what is JSON.
 */
#include "base/json.h"

#include "base/size.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A text grows most where each byte becomes an escape of six. */
enum { GROWTH = 6, NUMBER_MAX = 400, LONG = 1 << 20 };

static const char REPLACEMENT[] = "\\ufffd";

/* Value of \uXXXX at s; -1: it is none. */
static long hex4(const char *s, const char *end)
{
    char digits[5] = "";
    char *stop;

    if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    memcpy(digits, s + 2, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4)
        return -1;
    return strtol(digits, &stop, 16);
}

/* The escape at s, and how long it is. Halves of a pair are good only together:
 * U+D800 to U+DBFF in front of U+DC00 to U+DFFF. */
static size_t copy_escape(struct tw_buf *b, const char *s, const char *end)
{
    long first = hex4(s, end), second = -1;
    size_t n = tw_size_min(2, (size_t)(end - s));

    if (first >= 0)
        n = 6;
    if (first >= 0xd800 && first <= 0xdbff)
        second = hex4(s + 6, end);
    if (second >= 0xdc00 && second <= 0xdfff)
        n = 12;
    else if (first >= 0xd800 && first <= 0xdfff) {
        tw_buf_adds(b, REPLACEMENT);
        return n;
    }
    tw_buf_add(b, s, n);
    return n;
}

/* A string with its quotes; its length. One that does not end is copied to the
 * end of the text. */
static size_t copy_string(struct tw_buf *b, const char *s, const char *end)
{
    const char *at = s + 1;
    uint32_t code;

    tw_buf_addc(b, '"');
    while (at < end && *at != '"') {
        size_t n = tw_utf8_decode(at, (size_t)(end - at), &code);

        if (*at == '\\') {
            n = copy_escape(b, at, end);
        } else if (n) {
            tw_buf_add(b, at, n);
        } else {
            tw_buf_adds(b, REPLACEMENT);
            n = 1;
        }
        at += n;
    }
    if (at < end) {
        tw_buf_addc(b, '"');
        at++;
    }
    return (size_t)(at - s);
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(s, word, n) == 0;
}

static size_t count_digits(const char *s, const char *end)
{
    const char *at = s;

    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - s);
}

/* What a token is by its form. */
enum form { NO_NUMBER, INTEGER, REAL };

static enum form form_of(const char *s, const char *end)
{
    enum form form = INTEGER;

    s += s < end && *s == '-';
    size_t n = count_digits(s, end);
    if (n == 0)
        return NO_NUMBER;
    s += n;
    if (s < end && *s == '.') {
        n = count_digits(++s, end);
        s += n;
        form = REAL;
    }
    if (n && s < end && (*s == 'e' || *s == 'E')) {
        s++;
        s += s < end && (*s == '+' || *s == '-');
        n = count_digits(s, end);
        s += n;
        form = REAL;
    }
    if (n == 0 || s < end)
        return NO_NUMBER;
    return form;
}

/* What stands for a number that the strict reader has no room for: no double
 * holds 1e400, no int64_t has 30 digits. The point is a point in every locale
 * of this program: nobody calls setlocale(). */
static void copy_number(struct tw_buf *b, const char *s, size_t n,
                        enum form form)
{
    char digits[NUMBER_MAX] = "", *stop;

    if (n >= sizeof(digits)) { /* an integer of so many digits is no double */
        if (form == INTEGER)
            tw_buf_adds(b, "null");
        else
            tw_buf_add(b, s, n);
        return;
    }
    memcpy(digits, s, n);
    errno = 0;
    (void)strtoll(digits, &stop, 10);
    bool is_long = form == INTEGER && errno == ERANGE;
    if (isinf(strtod(digits, &stop))) {
        tw_buf_adds(b, "null");
        return;
    }
    tw_buf_add(b, s, n);
    if (is_long)
        tw_buf_adds(b, ".0");
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

/* A token outside of strings that may be a number: without a double for it, it
 * becomes null, which every reader knows how to refuse. */
static size_t copy_word(struct tw_buf *b, const char *s, const char *end)
{
    size_t n = 0;

    while (s + n < end && is_word_byte(s[n]))
        n++;
    enum form form = form_of(s, s + n);
    if (is_word(s, n, "NaN") || is_word(s, n, "Infinity") ||
        is_word(s, n, "-Infinity"))
        tw_buf_adds(b, "null");
    else if (form != NO_NUMBER)
        copy_number(b, s, n, form);
    else
        tw_buf_add(b, s, n);
    return n;
}

static void loosen(struct tw_buf *b, const char *s, const char *end)
{
    while (s < end) {
        size_t n = 0;

        if (*s == '"')
            n = copy_string(b, s, end);
        else
            n = copy_word(b, s, end);
        if (!n) {
            tw_buf_addc(b, *s);
            n = 1;
        }
        s += n;
    }
}

bool tw_json_is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!text[i] || !strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

size_t tw_json_line_len(const char *text, size_t n)
{
    size_t most = tw_size_min(n, TW_JSON_LOOSE_MAX + 1);
    const char *eol = memchr(text, '\n', most);

    if (!eol)
        return most;
    return (size_t)(eol - text);
}

/* A long text that is neither an object nor an array is no document of anyone:
 * asked first, for the reader takes seconds to find out. */
static bool is_hopeless(const char *text, size_t n)
{
    size_t at = 0;

    while (at < n && at < LONG && tw_json_is_blank(text + at, 1))
        at++;
    return n > LONG && text[at] != '{' && text[at] != '[';
}

/* Strictly first: nearly every text is good as it is. */
enum tw_status tw_json_parse_loose(struct tw_json **root, const char *text,
                                   size_t n, struct tw_err *err)
{
    size_t bom = tw_utf8_bom_len(text, n);
    struct tw_buf b;

    *root = NULL;
    if (n > TW_JSON_LOOSE_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "1:1: exceeds %zu bytes",
                       TW_JSON_LOOSE_MAX);
    text += bom;
    n -= bom;
    if (is_hopeless(text, n))
        return tw_fail(err, TW_EFORMAT, 0, "1:1: no object and no list");
    enum tw_status st = tw_json_parse(root, text, n, err);
    if (st != TW_EFORMAT)
        return st;
    tw_buf_init(&b, n * GROWTH + 1);
    loosen(&b, text, text + n);
    if (b.failed)
        st = tw_fail(err, TW_ENOMEM, 0, "out of memory for JSON");
    else
        st = tw_json_parse(root, tw_buf_text(&b), b.len, err);
    tw_buf_release(&b);
    return st;
}
