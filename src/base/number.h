/*
 * number.h - the shortest decimals that read back as the same double.
 *
 * What the program writes down again (tables, JSON, Python source) must not
 * lose a digit: 12345678955 stays apart from 12345678901, and 0.1 is no
 * 0.10000000000000001.
 */
#ifndef TW_BASE_NUMBER_H
#define TW_BASE_NUMBER_H

#include "base/buf.h"

enum { TW_NUMBER_DIGITS = 20 }; /* room for digits and a NUL */

/* The digits of |v|, without zeros at the end, and the power of ten of the
 * first: 1.5e3 has "15" and 3.  v is finite and not 0.  Returns how many. */
int tw_number_digits(double v, char digits[TW_NUMBER_DIGITS], int *exponent);

/* v is finite.  Plain ("0.25", "12345678955") between 1e-5 and 1e17, with an
 * exponent ("1.5e-07") beyond; "-0.0" keeps its sign. */
void tw_number_add(struct tw_buf *b, double v);

/* Decimals behind the point that v needs, 0 to max; max + 1 when it needs
 * more, or is not finite. */
int tw_number_decimals(double v, int max);

/* The distance of two such decimals: 0.01 for 2. */
double tw_number_step(int decimals);

/* The double next to v with at most so many decimals, 0 to 15, never -0.  A
 * value that is too large to have them comes back as it is. */
double tw_number_round(double v, int decimals);

#endif /* TW_BASE_NUMBER_H */
