/*
 * unicode_priv.h - the tables behind unicode.h; written by
 * tools/gen-unicode.py.
 */
#ifndef TW_BASE_UNICODE_PRIV_H
#define TW_BASE_UNICODE_PRIV_H

#include "base/unicode.h"

#include <stddef.h>

/* Sorted and disjoint. */
struct tw_char_range {
    uint32_t first, last;
    uint8_t kind;
};
extern const struct tw_char_range TW_CHAR_RANGES[];
extern const size_t TW_CHAR_RANGES_LEN;

/* Capitals above ASCII: every step-th code point from first to last; lower case
 * is delta away.  Sorted and disjoint. */
struct tw_lower_range {
    uint32_t first, last;
    int32_t delta;
    uint32_t step;
};
extern const struct tw_char_range TW_CASE_RANGES[]; /* enum tw_char_case */
extern const size_t TW_CASE_RANGES_LEN;
extern const struct tw_lower_range TW_LOWER_RANGES[];
extern const size_t TW_LOWER_RANGES_LEN;

#endif /* TW_BASE_UNICODE_PRIV_H */
