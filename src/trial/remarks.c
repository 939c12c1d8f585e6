/*
 * remarks.c - which lines of a table are remarks.
 */
#include "trial/remarks.h"

#include "base/utf8.h"
#include "trial/field.h"

#include <string.h>

#include "base/banned.h"

enum { LINE_MAX_LOOKED = 1 << 20 };

/* A line without its end; next is behind that. */
struct line {
    const char *s, *next;
    size_t n;
};

static struct line line_at(const char *s, const char *end)
{
    /* Longer lines are no remarks, and not read here. */
    if (end - s > LINE_MAX_LOOKED)
        end = s + LINE_MAX_LOOKED;
    const char *eol = memchr(s, '\n', (size_t)(end - s));

    if (!eol)
        return (struct line){ s, end, (size_t)(end - s) };
    return (struct line){ s, eol + 1, (size_t)(eol - s) };
}

/* Of the four delimiters that are guessed among; quotes are not looked at, for
 * both lines of a comparison would be counted wrong alike. */
static size_t count_delims(struct line l, char delim)
{
    size_t n = 0;

    for (size_t i = 0; i < l.n; i++)
        n += l.s[i] == delim;
    return n;
}

/* A row of numbers or dates, and no header: "t;v" has none. */
static bool has_number(struct line l, char delim)
{
    const char *at = l.s, *end = l.s + l.n;

    while (at < end) {
        const char *stop = memchr(at, delim, (size_t)(end - at));
        double v;

        if (!stop)
            stop = end;
        size_t n = (size_t)(stop - at);
        if (n && stop == end && stop[-1] == '\r')
            n--;
        if (tw_field_number(at, n, &v) == TW_FIELD_VALUE ||
            tw_field_date(at, n, &v))
            return true;
        at = stop + 1;
    }
    return false;
}

/* Is the first a header of the second, which has the numbers then? */
static bool is_header_of(struct line a, struct line b)
{
    static const char delims[] = ",;\t|";
    size_t most = 0;
    char best = ',';

    for (size_t k = 0; delims[k]; k++) {
        size_t n = count_delims(b, delims[k]);

        if (n > most) {
            most = n;
            best = delims[k];
        }
    }
    return most > 0 && count_delims(a, best) == most && has_number(b, best);
}

/* Empty lines between remarks belong to them. */
static bool is_empty(struct line l)
{
    return l.n == 0 || (l.n == 1 && *l.s == '\r');
}

size_t tw_remarks_above(const char *text, size_t n, size_t *n_lines)
{
    const char *start = text + tw_utf8_bom_len(text, n), *end = text + n;
    struct line last = { NULL, NULL, 0 };
    size_t n_before = 0, i = 0;

    *n_lines = 0;
    for (const char *at = start; at < end; i++) {
        struct line l = line_at(at, end);

        at = l.next;
        if (is_empty(l))
            continue;
        if (*l.s == '#') {
            last = l;
            n_before = i;
            continue;
        }
        if (!last.s)
            return 0;
        if (is_header_of(last, l)) {
            *n_lines = n_before;
            return (size_t)(last.s - text);
        }
        *n_lines = i;
        return (size_t)(l.s - text);
    }
    return 0; /* nothing but remarks: the reader says what it misses */
}

bool tw_remarks_is_one(const struct tw_csv *c, size_t n_columns)
{
    const struct tw_csv_field *first = &c->fields[0];
    double v;

    if (n_columns < 2 || first->quoted || first->len == 0 ||
        first->text[0] != '#')
        return false;
    if (c->n_fields == 1)
        return true;
    for (size_t i = 1; i < c->n_fields; i++)
        if (c->fields[i].len > 0)
            return false;
    return tw_field_number(first->text, first->len, &v) == TW_FIELD_TEXT;
}
