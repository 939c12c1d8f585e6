/*
 * csv.c - records of delimited text, and fields that are safe to open.
 *
 * One pass, one record in memory: files of any size are read in the memory of
 * their longest record. Field texts live in a scratch buffer, because quotes
 * and doubled quotes have to be taken out of them.
 */
#include "base/csv.h"

#include "base/fault.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define BOM "\xEF\xBB\xBF"

/* A file that is no table (one long line, a quote that swallows the rest) ends
 * at these limits and not with the memory. */
enum { FIELDS_MIN = 32, FIELDS_MAX = 65536, RECORD_MAX = 16 << 20 };

/* The delimiter seen most often in the first record that is not empty; a comma
 * when none is seen. Text in quotes does not count: addresses and decimal
 * commas stand there. */
static char guess_delim(const char *text, size_t n)
{
    static const char candidates[] = ",;\t|";
    size_t seen[sizeof(candidates)] = { 0 }, best = 0;
    bool quoted = false, any = false;

    for (size_t i = 0; i < n && i < RECORD_MAX; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (text[i] == '\n' && any)
            break;
        any |= text[i] != '\n' && text[i] != '\r';
        const char *p = memchr(candidates, text[i], sizeof(candidates) - 1);
        if (p)
            seen[p - candidates]++;
    }
    for (size_t k = 1; candidates[k]; k++)
        if (seen[k] > seen[best])
            best = k;
    return candidates[best];
}

void tw_csv_init(struct tw_csv *c, const char *text, size_t n, char delim)
{
    *c = (struct tw_csv){ .text = text, .len = n, .line_next = 1 };
    /* Spreadsheets write a byte order mark; it would become part of the first
     * column's name. */
    if (n >= 3 && memcmp(text, BOM, 3) == 0)
        c->pos = 3;
    c->delim = delim;
    if (!delim)
        c->delim = guess_delim(text + c->pos, n - c->pos);
    tw_buf_init(&c->scratch, RECORD_MAX);
}

void tw_csv_release(struct tw_csv *c)
{
    free(c->fields);
    tw_buf_release(&c->scratch);
    *c = (struct tw_csv){ 0 };
}

/* The line where the record goes on, which in a quoted field is not the one
 * where it began. */
static enum tw_status bad(const struct tw_csv *c, struct tw_err *err,
                          const char *why)
{
    return tw_fail(err, TW_EFORMAT, c->pos, "line %zu: %s", c->line_next, why);
}

/* The scratch moves while it grows, so pointers are set when it is complete;
 * until then the fields stand there one after the other, each with a NUL. */
static enum tw_status add_field(struct tw_csv *c, size_t start, bool quoted,
                                struct tw_err *err)
{
    if (c->n_fields == FIELDS_MAX)
        return tw_fail(err, TW_ELIMIT, c->pos,
                       "line %zu: more than %d fields in a record",
                       c->line_next, FIELDS_MAX);
    if (c->n_fields == c->cap_fields) {
        size_t cap = tw_size_max(2 * c->cap_fields, FIELDS_MIN);
        void *p = tw_mem_resize(c->fields, cap * sizeof(*c->fields));
        if (!p)
            return tw_fail(err, TW_ENOMEM, c->pos,
                           "line %zu: out of memory for the fields",
                           c->line_next);
        c->fields = p;
        c->cap_fields = cap;
    }
    c->fields[c->n_fields++] = (struct tw_csv_field){
        .len = c->scratch.len - start,
        .quoted = quoted,
    };
    tw_buf_addc(&c->scratch, '\0');
    return TW_OK;
}

/* LF, CRLF, or the end of the text; a carriage return alone is none. */
static bool at_line_end(const struct tw_csv *c)
{
    const char *p = c->text + c->pos;
    size_t left = c->len - c->pos;

    return left == 0 || p[0] == '\n' ||
           (p[0] == '\r' && (left == 1 || p[1] == '\n'));
}

/* At the opening quote; ends behind the closing one. line_next counts the
 * newlines inside, so that the messages of later records are right. */
static enum tw_status read_quoted(struct tw_csv *c, struct tw_err *err)
{
    size_t opened = c->line_next;

    for (c->pos++;;) {
        size_t first = c->pos;
        while (c->pos < c->len && c->text[c->pos] != '"' && c->text[c->pos]) {
            c->line_next += c->text[c->pos] == '\n';
            c->pos++;
        }
        tw_buf_add(&c->scratch, c->text + first, c->pos - first);
        if (c->pos == c->len) {
            c->line_next = opened;
            return bad(c, err, "quote is never closed");
        }
        if (!c->text[c->pos])
            return bad(c, err, "NUL byte");
        c->pos++;
        if (c->pos == c->len || c->text[c->pos] != '"')
            break;
        tw_buf_addc(&c->scratch, '"');
        c->pos++;
    }
    if (!at_line_end(c) && c->text[c->pos] != c->delim)
        return bad(c, err, "text after a closing quote");
    return TW_OK;
}

/* A quote inside a plain field stands for itself, as spreadsheets read it. A
 * lone carriage return is refused: files of old systems would else become one
 * record. */
static enum tw_status read_plain(struct tw_csv *c, struct tw_err *err)
{
    const char *p = c->text + c->pos;
    size_t left = c->len - c->pos, n = 0;

    while (n < left && p[n] != c->delim && p[n] != '\n' && p[n] != '\r' && p[n])
        n++;
    tw_buf_add(&c->scratch, p, n);
    c->pos += n;
    if (n < left && !p[n])
        return bad(c, err, "NUL byte");
    if (n < left && p[n] == '\r' && !at_line_end(c))
        return bad(c, err, "carriage return without a line feed");
    return TW_OK;
}

/* Up to the end of the line; scratch is only asked at the end whether it
 * failed, like every sticky buffer. */
static enum tw_status read_record(struct tw_csv *c, struct tw_err *err)
{
    c->n_fields = 0;
    tw_buf_clear(&c->scratch);
    for (;;) {
        size_t start = c->scratch.len;
        bool quoted = c->pos < c->len && c->text[c->pos] == '"';
        if (quoted)
            TW_TRY(read_quoted(c, err));
        else
            TW_TRY(read_plain(c, err));
        TW_TRY(add_field(c, start, quoted, err));
        if (at_line_end(c))
            break;
        c->pos++; /* the delimiter */
    }
    c->pos += c->pos < c->len && c->text[c->pos] == '\r';
    c->pos += c->pos < c->len; /* the line feed */
    c->line_next++;
    if (c->scratch.failed)
        return tw_fail(err, c->scratch.failed, c->pos,
                       "line %zu: record exceeds %d bytes or the memory",
                       c->line, RECORD_MAX);
    const char *text = c->scratch.bytes;
    /* The buffer moves no more until the next record: now the fields can
     * point. */
    for (size_t i = 0; i < c->n_fields; i++) {
        c->fields[i].text = text;
        text += c->fields[i].len + 1;
    }
    return TW_OK;
}

/* A line with nothing on it is no record; one that holds "" is a record with
 * one empty field, or else a table of one column could not hold an empty
 * text. */
enum tw_status tw_csv_next(struct tw_csv *c, bool *more, struct tw_err *err)
{
    *more = false;
    while (c->pos < c->len) {
        c->line = c->line_next;
        enum tw_status st = read_record(c, err);
        if (st != TW_OK) {
            c->pos = c->len; /* there is no safe place to go on */
            c->n_fields = 0;
            return st;
        }
        if (c->n_fields > 1 || c->fields[0].len || c->fields[0].quoted) {
            *more = true;
            return TW_OK;
        }
    }
    c->n_fields = 0;
    return TW_OK;
}

/* A spreadsheet takes such a text for a formula, and a formula can call
 * programs. A number may begin with a sign, so it is let through. */
static bool is_formula(const char *text)
{
    char *end;

    if (!strchr("=+-@\t\r", text[0]) || !text[0])
        return false;
    (void)strtod(text, &end);
    return end == text || *end;
}

/* Does the text get one ' more? A formula does, and what already looks like a
 * guarded one, so that the way back is unique. */
static bool needs_guard(const char *text)
{
    return is_formula(text + strspn(text, "'"));
}

void tw_csv_unguard(const char **text, size_t *n)
{
    if (*n == 0 || (*text)[0] != '\'' || !needs_guard(*text))
        return;
    ++*text;
    --*n;
}

/* Quotes only where they are needed, so that the files of this program look the
 * same to diff as those that people write. */
void tw_csv_add(struct tw_buf *b, const char *text, char delim)
{
    const char special[] = { delim, '"', '\n', '\r', '\0' };
    const char *guard = "";
    bool bom = strncmp(text, BOM, strlen(BOM)) == 0; /* lost at the start */

    if (needs_guard(text))
        guard = "'";
    if (!bom && !strpbrk(text, special)) {
        tw_buf_addf(b, "%s%s", guard, text);
        return;
    }
    tw_buf_addf(b, "\"%s", guard);
    for (; *text; text++) {
        if (*text == '"')
            tw_buf_addc(b, '"');
        tw_buf_addc(b, *text);
    }
    tw_buf_addc(b, '"');
}
