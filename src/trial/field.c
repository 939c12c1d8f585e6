/*
 * field.c - a field of a table as a number, a missing value or a date.
 *
 * strtod() takes what no table means (hexadecimal, "inf", a newline in front),
 * so the grammar is checked here. Most fields then need no more than one exact
 * operation; strtod() sees only the rest.
 */
#include "trial/field.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    TEXT_MAX = 400,        /* of a number that strtod has to see */
    DIGITS_EXACT = 19,     /* fit into 64 bits */
    EXPONENT_MAX = 100000, /* far beyond a double: counted no further */
};

/* isdigit() asks the locale and is undefined for negative chars. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

    if (c >= 'A' && c <= 'Z')
        return letters[c - 'A'];
    return c;
}

/* Blanks and tabs only: a newline inside a field is part of it. */
static void trim(const char **text, size_t *n)
{
    while (*n > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*n)--;
    }
    while (*n > 0 && ((*text)[*n - 1] == ' ' || (*text)[*n - 1] == '\t'))
        (*n)--;
}

/* mark is lower case; the text may be any. */
static bool equals(const char *text, size_t n, const char *mark)
{
    if (strlen(mark) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (lower(text[i]) != mark[i])
            return false;
    }
    return true;
}

/* What tools write for "no value", spreadsheets' errors too. Infinity is among
 * them: a counter that overflowed was not measured. */
static bool is_missing(const char *text, size_t n)
{
    static const char *const marks[] = {
        "",       "-",       "--",      "?",     "nan",      "na",    "n/a",
        "null",   "nil",     "none",    "inf",   "infinity", "#n/a",  "#na",
        "#null!", "#div/0!", "#value!", "#ref!", "#name?",   "#num!",
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (equals(text, n, marks[i]))
            return true;
    }
    /* -nan, +inf: what printf writes. */
    return n > 1 && (text[0] == '-' || text[0] == '+') &&
           (equals(text + 1, n - 1, "nan") || equals(text + 1, n - 1, "inf") ||
            equals(text + 1, n - 1, "infinity"));
}

/* A decimal number, split: value = digits * 10^exponent. */
struct decimal {
    uint64_t digits; /* the first DIGITS_EXACT significant ones */
    int n_digits;
    int exponent; /* of ten, for digits */
    bool negative;
    bool cut; /* digits that are not zero did not fit */
};

/* Leading zeros are no significant digits. What does not fit is dropped, but
 * its place is counted, and cut says that the value is not exact. */
static void take_digit(struct decimal *d, char c, bool fraction)
{
    if (d->n_digits < DIGITS_EXACT) {
        d->digits = d->digits * 10 + (uint64_t)(c - '0');
        d->n_digits += d->digits != 0;
        d->exponent -= fraction;
        return;
    }
    d->cut |= c != '0';
    d->exponent += !fraction;
}

/* What follows the e: false when it is no integer up to the end. */
static bool scan_exponent(struct decimal *d, const char *p, const char *end)
{
    bool negative = false;
    int e = 0;

    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    if (p == end)
        return false;
    for (; p < end && is_digit(*p); p++)
        if (e < EXPONENT_MAX)
            e = e * 10 + (*p - '0');
    if (negative)
        e = -e;
    d->exponent += e;
    return p == end;
}

/* [+-] digits [. digits] [e [+-] digits]; false when the text is no decimal
 * number. "5." and ".5" are numbers, "." is none. */
static bool scan(struct decimal *d, const char *p, const char *end)
{
    size_t n = 0;

    if (p < end && (*p == '-' || *p == '+'))
        d->negative = *p++ == '-';
    for (; p < end && is_digit(*p); p++, n++)
        take_digit(d, *p, false);
    if (p < end && *p == '.') {
        for (p++; p < end && is_digit(*p); p++, n++)
            take_digit(d, *p, true);
    }
    if (n == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        return scan_exponent(d, p + 1, end);
    return p == end;
}

/* Digits below 2^53 and powers of ten up to 10^22 are exact doubles, and one
 * operation on them rounds once: the result is correctly rounded (Clinger 1990,
 * "How to read floating point numbers accurately"). False when that does not
 * hold; then strtod() does the work. */
static bool convert_exact(const struct decimal *d, double *v)
{
    static const double ten[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };

    if (d->cut || d->digits > (uint64_t)1 << 53 || d->exponent < -22 ||
        d->exponent > 22)
        return false;
    double x = (double)d->digits;
    if (d->exponent < 0)
        x /= ten[-d->exponent];
    else
        x *= ten[d->exponent];
    *v = x;
    if (d->negative)
        *v = -x;
    return true;
}

enum tw_field_kind tw_field_number(const char *text, size_t n, double *v)
{
    struct decimal d = { 0 };
    char copy[TEXT_MAX + 1];

    trim(&text, &n);
    *v = (double)NAN;
    if (!scan(&d, text, text + n)) {
        if (is_missing(text, n))
            return TW_FIELD_MISSING;
        return TW_FIELD_TEXT;
    }
    if (convert_exact(&d, v))
        return TW_FIELD_VALUE;
    if (n > TEXT_MAX)
        return TW_FIELD_TEXT;
    /* The syntax is checked, so strtod() sees neither hex nor a locale's
     * point: this program never calls setlocale(). */
    memcpy(copy, text, n);
    copy[n] = '\0';
    *v = strtod(copy, NULL);
    if (isfinite(*v))
        return TW_FIELD_VALUE;
    *v = (double)NAN;
    return TW_FIELD_MISSING;
}

/* Where the text of a date is read; sticky like a cursor. */
struct reader {
    const char *p, *end;
    bool failed;
};

/* Exactly n_digits digits; anything else makes the reader fail for good, so
 * that callers ask once at the end. */
static int take_number(struct reader *r, int n_digits)
{
    int v = 0;

    for (int i = 0; i < n_digits; i++) {
        if (r->p == r->end || !is_digit(*r->p)) {
            r->failed = true;
            return 0;
        }
        v = v * 10 + (*r->p++ - '0');
    }
    return v;
}

/* A character that may stand here; false and no step when another one does. */
static bool take(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; years count from March on,
 * so that the leap day is the last one and months need no table (Hinnant,
 * "chrono-compatible low-level date algorithms"). */
static int64_t days_from(int year, int month, int day)
{
    int64_t y = year, m = month - 3;

    if (m < 0) {
        y--;
        m += 12;
    }
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * m + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

/* Days of a month; the standard library could tell only through the time zone
 * of the machine. */
static int days_of(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* YYYY-MM-DD or YYYY/MM/DD, one separator throughout: 2021-01/02 is a slip.
 * Other orders are refused, because 01/02/2021 is two different days. */
static double take_date(struct reader *r)
{
    int year = take_number(r, 4);
    bool dash = take(r, '-');
    bool slash = !dash && take(r, '/');
    int month = take_number(r, 2);

    if ((dash && !take(r, '-')) || (slash && !take(r, '/')))
        r->failed = true;
    int day = take_number(r, 2);
    r->failed |=
        (!dash && !slash) || year < 1 || month < 1 || month > 12 || day < 1;
    if (r->failed || day > days_of(year, month)) {
        r->failed = true;
        return 0;
    }
    return (double)days_from(year, month, day) * 86400;
}

/* HH:MM[:SS[.fraction]] in seconds. A comma before the fraction is ISO 8601
 * too. Digits behind the 15th are read and dropped. */
static double take_clock(struct reader *r)
{
    int hours = take_number(r, 2), minutes, seconds = 0;
    double fraction = 0, digit = 1;

    r->failed |= !take(r, ':');
    minutes = take_number(r, 2);
    if (take(r, ':')) {
        seconds = take_number(r, 2);
        if (take(r, '.') || take(r, ',')) {
            r->failed |= r->p == r->end || !is_digit(*r->p);
            /* One division at the end keeps .25 and .1 as near as can be. */
            for (; r->p < r->end && is_digit(*r->p); r->p++) {
                if (digit >= 1e15)
                    continue;
                fraction = fraction * 10 + (*r->p - '0');
                digit *= 10;
            }
        }
    }
    /* 24:00:00 is the end of the day, in ISO 8601 of 2004 and of 2019. */
    bool end = hours == 24 && minutes == 0 && seconds == 0 && fraction <= 0;
    r->failed |= (hours > 23 && !end) || minutes > 59 || seconds > 60;
    return hours * 3600.0 + minutes * 60.0 + seconds + fraction / digit;
}

/* Seconds east of Greenwich; nothing and Z are UTC. */
static double take_zone(struct reader *r)
{
    bool east = take(r, '+');
    int minutes = 0;

    if (!east && !take(r, '-')) {
        if (!take(r, 'Z'))
            take(r, 'z');
        return 0;
    }
    int hours = take_number(r, 2);
    if (take(r, ':') || r->p < r->end)
        minutes = take_number(r, 2);
    r->failed |= hours > 23 || minutes > 59;
    double seconds = hours * 3600.0 + minutes * 60.0;
    if (east)
        return seconds;
    return -seconds;
}

/* Date, then maybe a time, then maybe a zone. Between them a T or blanks. */
bool tw_field_date(const char *text, size_t n, double *seconds)
{
    trim(&text, &n);
    struct reader r = { text, text + n, false };

    *seconds = take_date(&r);
    if (!r.failed && r.p < r.end) {
        if (!take(&r, 'T') && !take(&r, 't')) {
            r.failed |= !take(&r, ' ');
            while (take(&r, ' '))
                continue;
        }
        *seconds += take_clock(&r);
        while (take(&r, ' '))
            continue;
        *seconds -= take_zone(&r);
    }
    return !r.failed && r.p == r.end;
}
