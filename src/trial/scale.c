/*
 * scale.c - how a counter becomes a number near 0 with deviation 1, and back.
 *
 * Counters of a radio node have heavy tails: bytes in a buffer are 0 most of
 * the time and then millions. log1p, with the sign kept, pulls such a tail in;
 * it is taken only where it makes the distribution less skewed, so that
 * temperatures or dB stay linear.
 */
#include "trial/window.h"

#include "base/number.h"

#include <float.h>
#include <math.h>

#include "base/banned.h"

/* A skewness above it (an exponential distribution has 2): the mean no longer
 * says where the values are. */
#define SKEWED 1.0

/* sign(x) log1p(|x|): exact near 0, defined for negative values too. */
static double compress(double x)
{
    return copysign(log1p(fabs(x)), x);
}

/* The inverse of compress(). */
static double expand(double y)
{
    return copysign(expm1(fabs(y)), y);
}

/* x as the moments and the network see it before they centre it. */
static double map(double x, bool log1p)
{
    if (log1p)
        return compress(x);
    return x;
}

/* Of the values present; all 0 when there are none. */
struct moments {
    double mean, deviation, skewness;
};

/* Over n, not n - 1: the values are all there are, no sample of more. */
static struct moments moments_of(const struct tw_trial *t, size_t counter,
                                 bool log1p)
{
    struct moments m = { 0 };
    double n = 0, sum = 0, m2 = 0, m3 = 0;

    /* Two passes: one is not accurate for values far from zero. */
    for (size_t r = 0; r < t->n_rows; r++) {
        double x = t->values[r * t->n_counters + counter];

        if (isnan(x))
            continue;
        sum += map(x, log1p);
        n++;
    }
    if (n == 0)
        return m;
    m.mean = sum / n;
    for (size_t r = 0; r < t->n_rows; r++) {
        double x = t->values[r * t->n_counters + counter];

        if (isnan(x))
            continue;
        double d = map(x, log1p) - m.mean;
        m2 += d * d;
        m3 += d * d * d;
    }
    m.deviation = sqrt(m2 / n);
    if (m.deviation > 0)
        m.skewness = m3 / n / (m.deviation * m.deviation * m.deviation);
    return m;
}

/* The allowed range is the schema's where it is given: a generator may reach
 * values that the trial did not, but none that cannot be. */
void tw_scale_fit(struct tw_scale *s, const struct tw_trial *t, size_t counter)
{
    TW_ASSERT(counter < t->n_counters);
    const struct tw_trial_counter *c = &t->counters[counter];
    struct moments plain = moments_of(t, counter, false);
    struct moments m = plain;

    *s = (struct tw_scale){ .integral = c->integral,
                            .decimals = c->decimals,
                            .growth = c->growth };
    if (fabs(plain.skewness) > SKEWED) {
        struct moments logs = moments_of(t, counter, true);

        s->log1p = fabs(logs.skewness) < fabs(plain.skewness);
        if (s->log1p)
            m = logs;
    }
    s->offset = m.mean;
    /* A constant has a deviation of zero up to rounding. */
    s->scale = 1;
    if (c->seen_max > c->seen_min && m.deviation > 0)
        s->scale = m.deviation;
    s->min = c->min;
    s->max = c->max;
    if (!isfinite(c->min))
        s->min = c->seen_min;
    if (!isfinite(c->max))
        s->max = c->seen_max;
}

double tw_scale_forward(const struct tw_scale *s, double x)
{
    return (map(x, s->log1p) - s->offset) / s->scale;
}

double tw_scale_inverse(const struct tw_scale *s, double y)
{
    double v = y * s->scale + s->offset;

    if (s->log1p)
        return expand(v);
    return v;
}

/* x among the values that the instrument could show. */
static double on_grid(const struct tw_scale *s, double x)
{
    if (s->integral)
        return round(x);
    if (s->decimals)
        return tw_number_round(x, s->decimals);
    /* An idle counter's zero went through a float, relative to the mean. */
    if (fabs(x) <= 4 * (double)FLT_EPSILON * (fabs(s->offset) + s->scale))
        return 0.0;
    return x;
}

/* A bound that is off the grid has its neighbour inside; where there is none,
 * the range is narrower than a step, and the bound itself has to do. */
static double at_bound(const struct tw_scale *s, double bound, double inwards)
{
    double x = on_grid(s, bound);

    if (!s->integral && !s->decimals)
        return bound;
    if (x < s->min || x > s->max)
        x = on_grid(s, x + inwards * tw_number_step(s->decimals));
    if (x < s->min || x > s->max)
        return bound;
    return x;
}

/* The only way back for data that leave the program: what comes out of a
 * network can be anything. */
double tw_scale_restore(const struct tw_scale *s, double y)
{
    double x = on_grid(s, tw_scale_inverse(s, y));

    /* Written so that a NaN ends inside the range too. */
    if (!(x >= s->min))
        x = at_bound(s, s->min, 1);
    if (x > s->max)
        x = at_bound(s, s->max, -1);
    if (x == 0.0)
        return 0.0; /* no -0 in files and cases */
    return x;
}

void tw_scale_restore_series(const struct tw_scale *s, const float *y, size_t n,
                             double *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = tw_scale_restore(s, (double)y[i]);
        if (i == 0 || s->growth == TW_TRIAL_FREE || x[i] >= x[i - 1])
            continue;
        if (s->growth == TW_TRIAL_RESTARTING &&
            x[i] <= TW_TRIAL_RESTART_SHARE * x[i - 1])
            continue;
        x[i] = x[i - 1];
    }
}
