/*
 * toml_lex.c - characters, lines and strings of TOML; and where a position is.
 */
#include "base/toml_priv.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The position becomes line and column only here: while all goes well nobody
 * counts lines. */
enum tw_status tw_toml_fail(struct tw_toml_parser *p, size_t pos,
                            const char *fmt, ...)
{
    char msg[160];
    unsigned line, column;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(msg, sizeof(msg), fmt, ap);
    va_end(ap);
    tw_toml_where(p, pos, &line, &column);
    return tw_fail(p->err, TW_EFORMAT, pos, "%u:%u: %s", line, column, msg);
}

/* Through tw_toml_fail() for the line in the message; only the code differs. */
enum tw_status tw_toml_fail_memory(struct tw_toml_parser *p)
{
    (void)tw_toml_fail(p, p->pos, "out of memory");
    if (p->err)
        p->err->code = TW_ENOMEM;
    return TW_ENOMEM;
}

/* UTF-8 bytes that go on are no characters. */
static bool begins_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

/* Characters from the begin of the line to the mark. */
static unsigned column_of(const struct tw_toml_parser *p, size_t pos)
{
    unsigned column = 1;

    while (pos > 0 && p->text[pos - 1] != '\n')
        column += begins_character(p->text[--pos]);
    return column;
}

/* Back over what was counted: a [header] begins before the key in it, and to
 * count from the begin of the document for each would be quadratic. */
static void move_back(struct tw_toml_parser *p, size_t pos)
{
    bool other_line = false;

    while (p->mark_pos > pos) {
        char c = p->text[--p->mark_pos];
        if (c == '\n')
            p->mark_line--;
        else
            p->mark_column -= begins_character(c);
        other_line = other_line || c == '\n';
    }
    if (other_line)
        p->mark_column = column_of(p, pos);
}

/* Counts on from the last position that was asked, since positions mostly grow:
 * nodes cost one walk through the document in all. Columns count characters, as
 * editors show them. */
void tw_toml_where(struct tw_toml_parser *p, size_t pos, unsigned *line,
                   unsigned *column)
{
    if (p->mark_line == 0) {
        p->mark_line = 1;
        p->mark_column = 1;
    }
    move_back(p, pos);
    for (; p->mark_pos < pos && p->mark_pos < p->n; p->mark_pos++) {
        char c = p->text[p->mark_pos];
        if (c == '\n') {
            p->mark_line++;
            p->mark_column = 1;
        } else {
            p->mark_column += begins_character(c);
        }
    }
    *line = p->mark_line;
    *column = p->mark_column;
}

int tw_toml_peek(const struct tw_toml_parser *p)
{
    if (p->pos == p->n)
        return -1;
    return (unsigned char)p->text[p->pos];
}

void tw_toml_skip_blanks(struct tw_toml_parser *p)
{
    while (p->pos < p->n && (p->text[p->pos] == ' ' || p->text[p->pos] == '\t'))
        p->pos++;
}

/* Forbidden in comments and strings; the tab is allowed. */
static bool is_control(int c)
{
    return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F;
}

/* Length of the newline here, 0 when there is none. */
static size_t newline_len(const struct tw_toml_parser *p)
{
    size_t left = p->n - p->pos;
    const char *s = p->text + p->pos;

    if (left >= 1 && s[0] == '\n')
        return 1;
    if (left >= 2 && s[0] == '\r' && s[1] == '\n')
        return 2;
    return 0;
}

/* By its number: on a terminal it would do something. */
static enum tw_status fail_control(struct tw_toml_parser *p)
{
    return tw_toml_fail(p, p->pos, "control character 0x%02x",
                        (unsigned)tw_toml_peek(p));
}

/* From # to the end of the line, without it. */
static enum tw_status skip_comment(struct tw_toml_parser *p)
{
    if (tw_toml_peek(p) != '#')
        return TW_OK;
    while (p->pos < p->n && !is_control(tw_toml_peek(p)))
        p->pos++;
    if (p->pos < p->n && !newline_len(p))
        return fail_control(p);
    return TW_OK;
}

enum tw_status tw_toml_skip_lines(struct tw_toml_parser *p)
{
    size_t n;

    do {
        tw_toml_skip_blanks(p);
        TW_TRY(skip_comment(p));
        n = newline_len(p);
        p->pos += n;
    } while (n);
    return TW_OK;
}

enum tw_status tw_toml_end_line(struct tw_toml_parser *p)
{
    tw_toml_skip_blanks(p);
    TW_TRY(skip_comment(p));
    size_t n = newline_len(p);
    if (p->pos < p->n && !n && is_control(tw_toml_peek(p)))
        return fail_control(p);
    if (p->pos < p->n && !n)
        return tw_toml_fail(p, p->pos, "the line must end here");
    p->pos += n;
    return TW_OK;
}

/* Strings */

/* -1 for anything else, also for the end of the text. */
static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Behind \u or \U. Surrogates and numbers above U+10FFFF are no characters;
 * tw_utf8_encode() says so. */
static enum tw_status read_unicode(struct tw_toml_parser *p, size_t n_digits)
{
    size_t start = p->pos - 2;
    uint32_t code = 0;
    char bytes[4];

    for (size_t i = 0; i < n_digits; i++, p->pos++) {
        int v = hex_value(tw_toml_peek(p));
        if (v < 0)
            return tw_toml_fail(p, start, "escape wants %zu hex digits",
                                n_digits);
        code = code << 4 | (uint32_t)v;
    }
    size_t len = tw_utf8_encode(code, bytes);
    if (!len)
        return tw_toml_fail(p, start, "escape is not a Unicode character");
    tw_buf_add(&p->scratch, bytes, len);
    return TW_OK;
}

/* A backslash, blanks and a newline: all white space that follows is gone. */
static bool skip_line_fold(struct tw_toml_parser *p)
{
    size_t start = p->pos, n;

    tw_toml_skip_blanks(p);
    if (!newline_len(p)) {
        p->pos = start;
        return false;
    }
    while ((n = newline_len(p)) != 0) {
        p->pos += n;
        tw_toml_skip_blanks(p);
    }
    return true;
}

/* At a backslash. */
static enum tw_status read_escape(struct tw_toml_parser *p, bool is_long)
{
    static const char from[] = "btnfr\"\\";
    static const char to[] = "\b\t\n\f\r\"\\";
    size_t start = p->pos++;
    int c = tw_toml_peek(p);

    if (is_long && skip_line_fold(p))
        return TW_OK;
    p->pos++;
    if (c == 'u')
        return read_unicode(p, 4);
    if (c == 'U')
        return read_unicode(p, 8);
    const char *at = NULL;
    if (c > 0)
        at = strchr(from, c);
    if (!at)
        return tw_toml_fail(p, start, "unknown escape in a string");
    tw_buf_addc(&p->scratch, to[at - from]);
    return TW_OK;
}

/* One or more bytes that stand for themselves, or a newline of a long one. */
static enum tw_status read_plain(struct tw_toml_parser *p, char quote,
                                 bool is_long)
{
    size_t start = p->pos;
    size_t n = newline_len(p);

    if (n && !is_long)
        return tw_toml_fail(p, p->pos, "string ends at the end of the line");
    p->pos += n;
    if (!n && is_control(tw_toml_peek(p)))
        return fail_control(p);
    while (p->pos < p->n && p->text[p->pos] != quote &&
           (p->text[p->pos] != '\\' || quote == '\'') &&
           !is_control(tw_toml_peek(p)))
        p->pos++;
    tw_buf_add(&p->scratch, p->text + start, p->pos - start);
    return TW_OK;
}

/* At a quote: true when it ends the string.  Up to two quotes may stand
 * inside a long string, also directly before the three at its end. */
static bool read_quotes(struct tw_toml_parser *p, char quote, bool is_long)
{
    size_t n = 0;

    if (!is_long) {
        p->pos++;
        return true;
    }
    while (n < 5 && p->pos + n < p->n && p->text[p->pos + n] == quote)
        n++;
    p->pos += n;
    bool ends = n >= 3;
    if (ends)
        n -= 3;
    for (size_t i = 0; i < n; i++)
        tw_buf_addc(&p->scratch, quote);
    return ends;
}

static enum tw_status take_scratch(struct tw_toml_parser *p, const char **bytes,
                                   size_t *len)
{
    char *copy = tw_arena_alloc(p->arena, p->scratch.len + 1, 1);

    if (!copy || p->scratch.failed)
        return tw_toml_fail_memory(p);
    memcpy(copy, tw_buf_text(&p->scratch), p->scratch.len);
    *bytes = copy;
    *len = p->scratch.len;
    return TW_OK;
}

enum tw_status tw_toml_read_string(struct tw_toml_parser *p, bool may_be_long,
                                   const char **bytes, size_t *len)
{
    size_t start = p->pos;
    char quote = p->text[start];
    bool is_long = p->n - start >= 3 && p->text[start + 1] == quote &&
                   p->text[start + 2] == quote;

    if (is_long && !may_be_long)
        return tw_toml_fail(p, start, "a key must stand on one line");
    tw_buf_clear(&p->scratch);
    p->pos++;
    if (is_long) {
        p->pos += 2;
        p->pos += newline_len(p); /* the first one is not part of the text */
    }
    for (;;) {
        int c = tw_toml_peek(p);
        if (c < 0)
            return tw_toml_fail(p, start, "string is never closed");
        if (c == quote) {
            if (read_quotes(p, quote, is_long))
                break;
        } else if (c == '\\' && quote == '"') {
            TW_TRY(read_escape(p, is_long));
        } else {
            TW_TRY(read_plain(p, quote, is_long));
        }
    }
    return take_scratch(p, bytes, len);
}

enum tw_status tw_toml_read_bare_key(struct tw_toml_parser *p,
                                     const char **bytes, size_t *len)
{
    size_t start = p->pos;

    for (; p->pos < p->n; p->pos++) {
        char c = p->text[p->pos];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '_'))
            break;
    }
    if (p->pos == start)
        return tw_toml_fail(p, start, "a key is missing here");
    tw_buf_clear(&p->scratch);
    tw_buf_add(&p->scratch, p->text + start, p->pos - start);
    return take_scratch(p, bytes, len);
}
