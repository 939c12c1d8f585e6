/*
 * csv.h - delimited text, one record at a time (RFC 4180, any delimiter).
 *
 * Quoted fields may hold delimiters, newlines and doubled quotes.  LF, CRLF
 * and a UTF-8 BOM are accepted.  NUL bytes, an unclosed quote, text after a
 * closing quote and sizes over the limits are refused with the line number.
 */
#ifndef TW_BASE_CSV_H
#define TW_BASE_CSV_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_csv_field {
    const char *text; /* unquoted, with a NUL; until the next record */
    size_t len;
    bool quoted;
};

struct tw_csv {
    const char *text; /* borrowed */
    size_t len;
    size_t pos; /* of the next record */
    char delim;
    size_t line;      /* 1-based, of the record last returned */
    size_t line_next; /* of the next one; counts newlines inside quotes */
    struct tw_csv_field *fields; /* of the record last returned */
    size_t n_fields;
    size_t cap_fields;
    struct tw_buf scratch; /* the texts of the record */
};

/* delim 0: guess among , ; tab | from the first record.  text is borrowed and
 * outlives c; it needs no NUL. */
void tw_csv_init(struct tw_csv *c, const char *text, size_t n, char delim);
void tw_csv_release(struct tw_csv *c);
/* Read the next record; *more is false at the end.  Empty lines are skipped.
 * Message: "line 7: ..."; the caller adds the file name. */
enum tw_status tw_csv_next(struct tw_csv *c, bool *more,
                           struct tw_err *err) TW_NODISCARD;

/* Append one field, quoted when it must be; a leading = + - @ of text that is
 * no number gets a ' in front (spreadsheet formulas), and so does a text that
 * has such a ' already. */
void tw_csv_add(struct tw_buf *b, const char *text, char delim);
/* The text that tw_csv_add() got, from the one that was read back.  text has n
 * bytes and a NUL. */
void tw_csv_unguard(const char **text, size_t *n);

#endif /* TW_BASE_CSV_H */
