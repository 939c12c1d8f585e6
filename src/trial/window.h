/*
 * window.h - scaled windows of a trial, their clusters, and the way back.
 *
 * Scaling per counter: y = (f(x) - offset) / scale, f = log1p (sign-preserving:
 * sign(x) log1p(|x|)) for counters with a skewed distribution that it makes
 * less skewed, else the identity; inverse exact to 1e-6 relative.  Windows
 * never cross a segment.  Missing values are interpolated in time inside a
 * window (known = false marks them); a window with more than a fifth missing in
 * a counter is left out.
 */
#ifndef TW_TRIAL_WINDOW_H
#define TW_TRIAL_WINDOW_H

#include "base/arena.h"
#include "base/status.h"
#include "trial/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_scale {
    bool log1p;           /* f of the formula above */
    double offset, scale; /* scale > 0 */
    double min, max;      /* range of raw values kept by the inverse */
    bool integral;        /* inverse rounds, */
    int decimals;         /* or rounds to so many, 1..9; 0: it does not */
    enum tw_trial_growth growth;
};
/* Scaling of one counter of a trial: mean 0, deviation 1 over the values
 * present (deviation 1 stays for a constant).  min and max are the schema's;
 * an open side is closed by the extreme value seen. */
void tw_scale_fit(struct tw_scale *s, const struct tw_trial *t, size_t counter);
/* A raw value, scaled; NaN stays NaN. */
double tw_scale_forward(const struct tw_scale *s, double x);
double tw_scale_inverse(const struct tw_scale *s, double y); /* no rounding */
/* inverse, then put on the grid of the recorded values and into the schema's
 * range; what a float cannot tell from zero is zero. */
double tw_scale_restore(const struct tw_scale *s, double y);
/* The same for n values that follow each other: a total does not fall, unless
 * it starts again as the recorded one did. */
void tw_scale_restore_series(const struct tw_scale *s, const float *y, size_t n,
                             double *x);

struct tw_windows {
    size_t n, K, L;         /* windows, counters, length */
    float *x;               /* (n, K, L) scaled */
    bool *known;            /* (n, K, L) */
    size_t *segment;        /* (n) */
    size_t *row;            /* (n) first row in the trial */
    size_t *counter;        /* (K) index into trial->counters */
    struct tw_scale *scale; /* (K) */
};

struct tw_window_config {
    size_t length;      /* L */
    size_t stride;      /* 0: L / 2, at least 1 */
    size_t max_windows; /* 0: no bound; else an even spread over the trial */
    const size_t *counters; /* (n_counters), NULL: all but constants */
    size_t n_counters;
    /* Least share of active rows of a window, 0..1.  A row is active unless
     * three in four of the counters that have a rest value stand at it.  The
     * rest value of a counter is the one that it has in more than a fifth of
     * the rows, such as the 0 of an idle network. */
    double min_active;
};

/* Arrays in the arena; t is borrowed only during the call.  TW_EFORMAT when no
 * window can be cut: the message says why. */
enum tw_status tw_windows_cut(struct tw_windows *w, struct tw_arena *a,
                              const struct tw_trial *t,
                              const struct tw_window_config *c,
                              struct tw_err *err) TW_NODISCARD;

struct tw_clusters {
    size_t k;
    uint32_t *label;   /* (n) of each window, 0..k-1 */
    size_t *size;      /* (k) windows, not ascending, sum n */
    size_t *medoid;    /* (k) window nearest to the centre */
    double silhouette; /* mean over (a sample of) the windows, -1..1 */
};

/* k-means++ with restarts on per-window features (mean, deviation, and shape
 * of each counter); k 0: the k in 2..8 with the best silhouette.  Clusters are
 * numbered by size, largest first.  Fewer than k clusters come back when there
 * are fewer than k different windows; k above the number of windows is
 * TW_EINVAL.  A function of the windows, k and seed only. */
enum tw_status tw_clusters_find(struct tw_clusters *c, struct tw_arena *a,
                                const struct tw_windows *w, size_t k,
                                uint64_t seed, struct tw_err *err) TW_NODISCARD;

#endif /* TW_TRIAL_WINDOW_H */
