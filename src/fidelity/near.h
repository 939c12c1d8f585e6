/*
 * near.h - nearest neighbours of real and synthetic windows: do the two sets
 * mix, and did the generator copy?
 *
 * Distances are Euclidean over whole windows in scaled space.  A real window is
 * never compared with itself nor with one that shares rows with it: with
 * overlapping windows its nearest neighbour would be its own shifted copy, and
 * everything else would look far.
 */
#ifndef TW_FIDELITY_NEAR_H
#define TW_FIDELITY_NEAR_H

#include "base/arena.h"
#include "base/status.h"
#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>

/* Windows as tw_windows has them; a set without segments has no overlaps. */
struct tw_near_set {
    const float *x; /* (n, dim) scaled */
    size_t n, dim;
    const size_t *segment; /* (n), or NULL */
    const size_t *row;     /* (n) first row; used with segment */
    size_t length;         /* rows of a window */
};

struct tw_near {
    double *dcr;  /* (n synthetic) distance to the nearest real window */
    double *nndr; /* (n synthetic) that over the distance to the second */
    double dcr_median, nndr_median;
    double real_median; /* same as dcr_median, of real windows to others */
    /* Share of real windows nearer to a synthetic one than to another real. */
    double identifiability;
    /* Share of synthetic windows nearer to their real neighbour than any other
     * real window is to it; closer_real is the same of real windows, what to
     * expect of fresh draws (0.5, less in many dimensions). */
    double closer, closer_real;
    /* Share ten times nearer: no accident. */
    double copies;
    /* copies above 1 %, or closer above closer_real by 0.2 + 1 / sqrt(n). */
    bool copied;

    /* Over equally many of both sets, spread evenly over the larger one.
     * Accuracy of telling them apart by the nearest neighbour (leave one out):
     * 0.5 is ideal, 1 means apart; below 0.5 synthetic sits on real. */
    double accuracy;
    /* Share of the other set among the 10 nearest, twice: 1 is mixed, 0 is
     * apart. */
    double overlap;
    size_t n_joint; /* of each set */
};

/* Arrays of *m are in a.  TW_EINVAL: fewer than 2 windows in a set, or sizes
 * that differ. */
enum tw_status tw_near_measure(struct tw_near *m, struct tw_arena *a,
                               const struct tw_near_set *real,
                               const struct tw_near_set *synthetic,
                               struct tw_backend *be,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_FIDELITY_NEAR_H */
