/*
 * pair.h - loops over pairs of points, one table per CPU level.
 *
 * pair.c is compiled once per level of kern.h.  It sums in sixteen fixed lanes
 * and uses no fused operations, so every level gives the same bytes; only the
 * speed differs.  Any alignment; inputs are read only and may overlap; NaN and
 * infinities go through as the formula says.  Error of a sum: n / 16 *
 * FLT_EPSILON * sum of the magnitudes, lanes being added in double.
 */
#ifndef TW_KERN_PAIR_H
#define TW_KERN_PAIR_H

#include "kern/kern.h"

#include <stddef.h>

#define TW_PAIR_LANES 16

/* Sums over all j for one point i; q = 1 / (1 + |y_i - y_j|^2). */
struct tw_pair_force {
    double pull[2]; /* p_ij q (y_i - y_j) */
    double push[2]; /* q^2 (y_i - y_j) */
    double q;       /* q, with j = i, where it is 1 */
};

struct tw_pair_kern {
    /* Sum of (a[i] - b[i])^2.  Any n, 0 for n 0. */
    float (*distance2)(const float *a, const float *b, size_t n);

    /* y: coordinates of all points, first n of dimension 0, then n of
     * dimension 1; p: row i of the similarities.  n is a multiple of
     * TW_PAIR_LANES. */
    void (*force)(struct tw_pair_force *f, const float *p, const float *y,
                  size_t n, size_t i);
};

/* The table of a level; levels that were not built give the next lower. */
const struct tw_pair_kern *tw_pair_kern_get(enum tw_kern_level level);

#endif /* TW_KERN_PAIR_H */
