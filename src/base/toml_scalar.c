/*
 * toml_scalar.c - numbers, dates, times and booleans of TOML.
 *
 * The text of a value is cut out first, by the characters that it may hold, and
 * then checked as a whole: so a message can show it, and strtoll() and strtod()
 * see only what the grammar of TOML allows.
 */
#include "base/toml_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A number, date or boolean, cut out and NUL-terminated. */
struct token {
    char text[TW_TOML_TOKEN_MAX + 1];
    size_t n;
    size_t pos; /* in the document */
};

/* isdigit() asks the locale and is undefined for negative chars. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* All that any scalar may hold; what does not fit together is found later. */
static bool is_token_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '+' || c == '-' || c == '.' || c == ':' || c == '_';
}

/* Four digits and a minus begin no number of TOML, so this decides. */
static bool starts_date(const char *s, size_t n)
{
    return n >= 5 && is_digit(s[0]) && is_digit(s[1]) && is_digit(s[2]) &&
           is_digit(s[3]) && s[4] == '-';
}

/* One exception to "no blanks": 1979-05-27 07:32:00, which RFC 3339 allows. */
static enum tw_status cut_token(struct tw_toml_parser *p, struct token *t)
{
    const char *s = p->text + p->pos;
    size_t left = p->n - p->pos, n = 0;

    while (n < left && is_token_char(s[n]))
        n++;
    /* A blank may stand between date and time. */
    if (n == 10 && starts_date(s, n) && left - n >= 3 && s[n] == ' ' &&
        is_digit(s[n + 1]) && is_digit(s[n + 2]))
        for (n++; n < left && is_token_char(s[n]);)
            n++;
    if (n == 0)
        return tw_toml_fail(p, p->pos, "a value is missing here");
    if (n > TW_TOML_TOKEN_MAX)
        return tw_toml_fail(p, p->pos, "number is too long");
    memcpy(t->text, s, n);
    t->text[n] = '\0';
    t->n = n;
    t->pos = p->pos;
    p->pos += n;
    return TW_OK;
}

static enum tw_status fail_token(struct tw_toml_parser *p,
                                 const struct token *t, const char *what)
{
    return tw_toml_fail(p, t->pos, "'%.60s' is %s", t->text, what);
}

/* Dates and times */

/* Two digits, between least and most. */
static bool read_2(const char *s, int least, int most, int *v)
{
    if (!is_digit(s[0]) || !is_digit(s[1]))
        return false;
    *v = (s[0] - '0') * 10 + (s[1] - '0');
    return *v >= least && *v <= most;
}

/* YYYY-MM-DD of the Gregorian calendar; a day that does not exist is
 * refused. */
static bool is_date(const char *s, size_t n)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    int century, year, month, day;

    if (n < 10 || !starts_date(s, n) || s[7] != '-')
        return false;
    if (!read_2(s, 0, 99, &century) || !read_2(s + 2, 0, 99, &year) ||
        !read_2(s + 5, 1, 12, &month))
        return false;
    year += 100 * century;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int most = days[month - 1] + (month == 2 && leap);
    return read_2(s + 8, 1, most, &day);
}

/* Length of the time HH:MM:SS[.fraction] at s, 0 when there is none. A second
 * of 60 is a leap second (RFC 3339, section 5.6). */
static size_t time_len(const char *s, size_t n)
{
    int v;

    if (n < 8 || s[2] != ':' || s[5] != ':' || !read_2(s, 0, 23, &v) ||
        !read_2(s + 3, 0, 59, &v) || !read_2(s + 6, 0, 60, &v))
        return 0;
    if (n == 8 || s[8] != '.')
        return 8;
    size_t end = 9;
    while (end < n && is_digit(s[end]))
        end++;
    if (end == 9)
        return 0; /* a point without digits */
    return end;
}

/* Z or +HH:MM, up to the end. */
static bool is_offset(const char *s, size_t n)
{
    int v;

    if (n == 1)
        return s[0] == 'Z' || s[0] == 'z';
    return n == 6 && (s[0] == '+' || s[0] == '-') && s[3] == ':' &&
           read_2(s + 1, 0, 23, &v) && read_2(s + 4, 0, 59, &v);
}

/* Which of the four kinds of date and time it is; false when it is none. */
static bool date_kind(const char *s, size_t n, enum tw_toml_kind *kind)
{
    size_t len;

    *kind = TW_TOML_LOCAL_TIME;
    if (!starts_date(s, n))
        return time_len(s, n) == n;
    *kind = TW_TOML_LOCAL_DATE;
    if (!is_date(s, n))
        return false;
    if (n == 10)
        return true;
    if (s[10] != 'T' && s[10] != 't' && s[10] != ' ')
        return false;
    len = time_len(s + 11, n - 11);
    *kind = TW_TOML_LOCAL_DATETIME;
    if (len == n - 11)
        return len != 0;
    *kind = TW_TOML_OFFSET_DATETIME;
    return len && is_offset(s + 11 + len, n - 11 - len);
}

/* The text is kept, not a number: a local time belongs to no moment. It is made
 * canonical, so that equal dates have equal texts. */
static enum tw_status read_date(struct tw_toml_parser *p, struct token *t,
                                struct tw_toml *v)
{
    if (!date_kind(t->text, t->n, &v->kind))
        return fail_token(p, t, "no valid date or time");
    if (t->n > 10 && v->kind != TW_TOML_LOCAL_TIME)
        t->text[10] = 'T';
    if (t->text[t->n - 1] == 'z')
        t->text[t->n - 1] = 'Z';
    char *copy = tw_arena_text(p->arena, t->text, t->n);
    if (!copy)
        return tw_toml_fail_memory(p);
    v->u.text.bytes = copy;
    v->u.text.len = t->n;
    return TW_OK;
}

/* Numbers */

/* Capital letters are digits in base 16 only; bases 8 and 2 share the rest. */
static bool is_digit_of(char c, int base)
{
    if (base == 16)
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return c >= '0' && c < '0' + base;
}

/* Length of the digits at s; single underscores may stand between digits. */
static size_t digits_len(const char *s, int base)
{
    size_t n = 0;

    while (is_digit_of(s[n], base) ||
           (s[n] == '_' && n > 0 && is_digit_of(s[n - 1], base) &&
            is_digit_of(s[n + 1], base)))
        n++;
    return n;
}

/* They are checked by then, and strtoll() would stop at them. */
static void drop_underscores(char *s)
{
    char *to = s;

    for (; *s; s++)
        if (*s != '_')
            *to++ = *s;
    *to = '\0';
}

/* Prefixes are lower case in TOML: 0X10 is no number. */
static int base_of(const char *s)
{
    if (s[0] != '0')
        return 10;
    switch (s[1]) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        return 10;
    }
}

/* The value of digits that are checked; only the range can be wrong. */
static enum tw_status take_int(struct tw_toml_parser *p, const struct token *t,
                               const char *digits, int base, struct tw_toml *v)
{
    errno = 0;
    v->kind = TW_TOML_INT;
    v->u.i = strtoll(digits, NULL, base);
    if (errno)
        return fail_token(p, t, "out of the 64-bit range");
    return TW_OK;
}

/* No sign before a prefix, as the standard says. */
static enum tw_status read_based(struct tw_toml_parser *p, struct token *t,
                                 int base, struct tw_toml *v)
{
    size_t n = digits_len(t->text + 2, base);

    if (n == 0 || n + 2 != t->n)
        return fail_token(p, t, "no valid number");
    drop_underscores(t->text);
    return take_int(p, t, t->text + 2, base, v);
}

/* Behind the integer part: fraction and exponent up to the end. */
static bool is_float_rest(const char *s)
{
    if (*s == '.') {
        size_t n = digits_len(s + 1, 10);
        if (n == 0)
            return false;
        s += 1 + n;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        size_t n = digits_len(s, 10);
        if (n == 0)
            return false;
        s += n;
    }
    return *s == '\0';
}

/* Whole numbers, floats, inf and nan. A leading zero is refused: in C and
 * Python 2 it meant base 8, and a reader could not know. */
static enum tw_status read_decimal(struct tw_toml_parser *p, struct token *t,
                                   struct tw_toml *v)
{
    const char *s = t->text + (t->text[0] == '+' || t->text[0] == '-');
    size_t n = digits_len(s, 10);

    if (strcmp(s, "inf") == 0 || strcmp(s, "nan") == 0) {
        v->kind = TW_TOML_FLOAT;
        v->u.f = strtod(t->text, NULL);
        return TW_OK;
    }
    if (n == 0 || !is_float_rest(s + n))
        return fail_token(p, t, "no valid number, date or boolean");
    if (s[0] == '0' && n > 1)
        return fail_token(p, t, "a number with a leading zero");
    bool whole = s[n] == '\0';
    drop_underscores(t->text);
    if (whole)
        return take_int(p, t, t->text, 10, v);
    v->kind = TW_TOML_FLOAT;
    v->u.f = strtod(t->text, NULL);
    if (!isfinite(v->u.f))
        return fail_token(p, t, "too large");
    return TW_OK;
}

/* Booleans first: they are the only words. */
enum tw_status tw_toml_read_scalar(struct tw_toml_parser *p, struct tw_toml *v)
{
    struct token t = { .n = 0 };

    TW_TRY(cut_token(p, &t));
    bool yes = strcmp(t.text, "true") == 0;
    if (yes || strcmp(t.text, "false") == 0) {
        v->kind = TW_TOML_BOOL;
        v->u.b = yes;
        return TW_OK;
    }
    if (starts_date(t.text, t.n) || (t.n > 2 && t.text[2] == ':'))
        return read_date(p, &t, v);
    int base = base_of(t.text);
    if (base == 10)
        return read_decimal(p, &t, v);
    return read_based(p, &t, base, v);
}
