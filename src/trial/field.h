/*
 * field.h - values of a table: decimal numbers, missing marks, date-times.
 *
 * Text is borrowed and needs no NUL.  Blanks around it are ignored.
 */
#ifndef TW_TRIAL_FIELD_H
#define TW_TRIAL_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum tw_field_kind {
    TW_FIELD_VALUE,   /* *v is finite */
    TW_FIELD_MISSING, /* nothing there, or a mark that says so; *v is NaN */
    TW_FIELD_TEXT,    /* anything else; *v is NaN */
};

/* [+-] digits [. digits] [e [+-] digits], correctly rounded.  Missing: empty,
 * "-", "--", "?", and in any case nan, na, n/a, null, none, nil, inf, infinity
 * (with a sign or without), and what spreadsheets write for an error ("#N/A",
 * "#VALUE!", ...).  A number beyond the range of double is missing too. */
enum tw_field_kind tw_field_number(const char *text, size_t n, double *v);

/* Seconds since 1970-01-01 of YYYY-MM-DD or YYYY/MM/DD, then maybe 'T' or
 * blanks and HH:MM[:SS[.fraction]], then maybe Z, +HH, +HHMM or
 * +HH:MM; without a zone it is UTC.  False for anything else, also for dates
 * that do not exist.  A leap second (:60) counts as the next second. */
bool tw_field_date(const char *text, size_t n, double *seconds);

#endif /* TW_TRIAL_FIELD_H */
