/*
 * fidelity.h - numbers that say how close synthetic windows are to real ones.
 *
 * Per counter: moments, quantiles, autocorrelation.  Over counters: how they
 * move together.  Figures follow published definitions, named at each field,
 * and are checked against independent computations of the same definitions.
 */
#ifndef TW_FIDELITY_FIDELITY_H
#define TW_FIDELITY_FIDELITY_H

#include "base/arena.h"
#include "base/status.h"
#include "trial/window.h"

#include <stddef.h>

/* Quantiles reported: minimum, 5 %, 25 %, median, 75 %, 95 %, maximum. */
enum { TW_FIDELITY_QUANTILES = 7 };
extern const double tw_fidelity_quantile[TW_FIDELITY_QUANTILES];

struct tw_fidelity_set {
    const float *x; /* (n, K, L) scaled, as tw_windows.x; borrowed */
    size_t n, K, L;
};

/* One counter of one set, over all its windows and times. */
struct tw_fidelity_side {
    double mean, deviation; /* over n, not n - 1 */
    double quantile[TW_FIDELITY_QUANTILES];
};

struct tw_fidelity_counter {
    /* In raw units when scales are given (restored: rounded and in range),
     * else in scaled ones. */
    struct tw_fidelity_side real, synthetic;
    double ks; /* largest distance of the two distribution functions, 0..1 */
    /* In scaled space. */
    double acd;      /* L2 norm of the difference of autocorrelations */
    double skewness; /* |difference| */
    double kurtosis; /* |difference| */
};

struct tw_fidelity {
    size_t K;
    struct tw_fidelity_counter *counters; /* (K) */
    double *corr_real, *corr_synthetic;   /* (K, K) */
    double correlational;  /* sum over i >= j of |difference| / 10 */
    double corr_max;       /* largest |difference| off the diagonal ... */
    size_t corr_i, corr_j; /* ... and where */
    double acd, skewness, kurtosis, ks; /* means over counters */
};

/* Arrays of *f are in a.  scale: (K), or NULL.  TW_EINVAL when the shapes
 * differ or a set is empty. */
enum tw_status tw_fidelity_measure(struct tw_fidelity *f, struct tw_arena *a,
                                   const struct tw_fidelity_set *real,
                                   const struct tw_fidelity_set *synthetic,
                                   const struct tw_scale *scale,
                                   struct tw_err *err) TW_NODISCARD;

#endif /* TW_FIDELITY_FIDELITY_H */
