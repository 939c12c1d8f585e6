/*
 * remarks.h - lines of a table that hold no row: "# exported by ...", "#eof".
 *
 * Programs write them above the header and below the last row (the eNodeB of
 * srsRAN 4G ends its metrics so).  Between rows they are passed over as well:
 * such a program that is started again goes on behind its old end.
 */
#ifndef TW_TRIAL_REMARKS_H
#define TW_TRIAL_REMARKS_H

#include "base/csv.h"

/* Bytes of the remarks in front of the header, 0: none; *n_lines gets their
 * number.  A header may begin with '#' too ("#time;thp"): the last such line is
 * one where it has as many delimiters as the line behind it, and numbers stand
 * there. */
size_t tw_remarks_above(const char *text, size_t n, size_t *n_lines);

/* Is the record a remark, in a table of so many columns?  Its first field
 * begins with '#' and is no error mark of a spreadsheet, and nothing stands in
 * the others. */
bool tw_remarks_is_one(const struct tw_csv *c, size_t n_columns);

#endif /* TW_TRIAL_REMARKS_H */
