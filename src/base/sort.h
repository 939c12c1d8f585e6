/*
 * sort.h - numbers in ascending order, and their median.
 *
 * qsort() wants a comparison of void pointers; everybody who wrote one wrote
 * the same one.  Neither function may see a NaN: it has no place in an order,
 * and qsort() may then leave the numbers anyhow.
 */
#ifndef TW_BASE_SORT_H
#define TW_BASE_SORT_H

#include <stddef.h>

/* The least first.  x: (n). */
void tw_sort_doubles(double *x, size_t n);
/* Sorts x, too.  The mean of the two in the middle when n is even, NaN when n
 * is 0. */
double tw_sort_median(double *x, size_t n);

#endif /* TW_BASE_SORT_H */
