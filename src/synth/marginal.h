/*
 * marginal.h - the distribution of one counter, as a monotone map to N(0, 1).
 *
 * Diffusion starts from a normal distribution and ends well where the data are
 * near one.  Counters are not: many are zero most of the time, others have a
 * heavy tail.  The map sends a value to the normal quantile of its mid-rank
 * (normal scores); the way back is piecewise linear between knots.  A value
 * that many samples share (an atom, such as an idle counter's zero) keeps the
 * whole interval of its rank on the way back, so that it comes out exactly and
 * as often as it was seen.  Values never leave the range seen.
 */
#ifndef TW_SYNTH_MARGINAL_H
#define TW_SYNTH_MARGINAL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { TW_MARGINAL_KNOTS = 512 };

struct tw_marginal {
    size_t n;                        /* knots, 2..TW_MARGINAL_KNOTS */
    double value[TW_MARGINAL_KNOTS]; /* not descending */
    double score[TW_MARGINAL_KNOTS]; /* not descending */
};

/* From n > 0 finite values, which are sorted in place.  normal: 1 gives normal
 * scores; 0 a straight line, without atoms; between them a mixture of both,
 * which keeps atoms and leaves a heavy tail more room.  Scores of the values
 * have mean 0 and deviation 1 (0 for constant ones). */
void tw_marginal_fit(struct tw_marginal *m, float *values, size_t n,
                     double normal);
/* The score of a value; one outside of the range seen gets that of its end. */
double tw_marginal_forward(const struct tw_marginal *m, double value);
/* The value of a score, never outside of the range seen. */
double tw_marginal_inverse(const struct tw_marginal *m, double score);
/* TW_EFORMAT unless the knots are finite and in order. */
enum tw_status tw_marginal_check(const struct tw_marginal *m,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_SYNTH_MARGINAL_H */
