/*
 * fidelity.c - moments, autocorrelation, correlation and distribution, real
 * against synthetic.
 *
 * The definitions are those of programs that published tables with them, so
 * that figures can be compared: ACD, skewness and kurtosis of TSGBench
 * (feature_based_measures.py), the correlational score of Diffusion-TS
 * (cross_correlation.py). Their sets are (n, L, K); ours are (n, K, L). Sums
 * are in double and in a fixed order.
 */
#include "fidelity/fidelity.h"

#include "base/size.h"
#include "base/sort.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* TSGBench's largest lag. */
enum { N_LAGS = 64 };

const double tw_fidelity_quantile[TW_FIDELITY_QUANTILES] = { 0,   0.05, 0.25,
                                                             0.5, 0.75, 0.95,
                                                             1 };

/* Of one counter over all windows and times. */
struct moments {
    double mean;
    double variance; /* biased */
    double skewness; /* over the unbiased deviation */
    double kurtosis; /* excess, over the biased variance */
};

/* Counter k of window i: (L). */
static const float *series(const struct tw_fidelity_set *s, size_t i, size_t k)
{
    return s->x + (i * s->K + k) * s->L;
}

/* Two passes: the mean, then powers of the distance from it. Which sum is
 * divided by n and which by n - 1 follows the published programs; on sets of
 * usual size it does not show. */
static struct moments moments_of(const struct tw_fidelity_set *s, size_t k)
{
    struct moments m = { 0 };
    double count = (double)s->n * (double)s->L, sum = 0, m2 = 0, m3 = 0, m4 = 0;

    for (size_t i = 0; i < s->n; i++) {
        for (size_t l = 0; l < s->L; l++)
            sum += (double)series(s, i, k)[l];
    }
    m.mean = sum / count;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t l = 0; l < s->L; l++) {
            double d = (double)series(s, i, k)[l] - m.mean, d2 = d * d;

            m2 += d2;
            m3 += d2 * d;
            m4 += d2 * d2;
        }
    }
    m.variance = m2 / count;
    /* A constant (up to rounding of its mean) has no shape. */
    if (!(m.variance > 1e-20 * (1 + m.mean * m.mean)) || count < 2) {
        m.variance = 0;
        return m;
    }
    double deviation = sqrt(m2 / (count - 1));
    m.skewness = m3 / count / (deviation * deviation * deviation);
    m.kurtosis = m4 / count / (m.variance * m.variance) - 3;
    return m;
}

/* Stationary autocorrelation at a lag: mean and variance of the whole set, the
 * products only inside a window. A constant has none. */
static double autocorrelation(const struct tw_fidelity_set *s, size_t k,
                              const struct moments *m, size_t lag)
{
    double sum = 0, count = (double)s->n * (double)(s->L - lag);

    if (m->variance == 0)
        return 0;
    for (size_t i = 0; i < s->n; i++) {
        const float *x = series(s, i, k);

        for (size_t l = 0; l + lag < s->L; l++)
            sum += ((double)x[l] - m->mean) * ((double)x[l + lag] - m->mean);
    }
    return sum / count / m->variance;
}

/* L2 norm over the lags of the difference of autocorrelations (TSGBench). Lag 0
 * adds nothing: both are 1. */
static double acd(const struct tw_fidelity_set *a,
                  const struct tw_fidelity_set *b, size_t k,
                  const struct moments *m_a, const struct moments *m_b)
{
    size_t n_lags = tw_size_min(a->L, N_LAGS);
    double sum = 0;

    for (size_t lag = 0; lag < n_lags; lag++) {
        double d =
            autocorrelation(a, k, m_a, lag) - autocorrelation(b, k, m_b, lag);

        sum += d * d;
    }
    return sqrt(sum);
}

/* Mean products of standardised counters, corr: (K, K) symmetric. Standardised
 * with the unbiased deviation, as Diffusion-TS does, so that the diagonal is a
 * little below 1. */
static void correlate(double *corr, const struct tw_fidelity_set *s,
                      const struct moments *m)
{
    double count = (double)s->n * (double)s->L;

    for (size_t p = 0; p < s->K * s->K; p++) {
        size_t i = p / s->K, j = p % s->K;
        double sum = 0;

        if (i < j)
            continue;
        for (size_t w = 0; w < s->n; w++) {
            const float *x = series(s, w, i), *y = series(s, w, j);

            for (size_t l = 0; l < s->L; l++)
                sum += ((double)x[l] - m[i].mean) * ((double)y[l] - m[j].mean);
        }
        double scale = sqrt(m[i].variance * m[j].variance) * count;
        double v = 0; /* a constant moves with nothing */
        if (scale > 0)
            v = sum / scale * (count - 1) / count;
        corr[i * s->K + j] = corr[j * s->K + i] = v;
    }
}

/* All n * L values of a counter, restored when there is a scale, sorted:
 * quantiles and the distribution are asked for in raw units, where atoms (an
 * idle counter's zero) are atoms. */
static void collect(double *v, const struct tw_fidelity_set *s, size_t k,
                    const struct tw_scale *scale)
{
    for (size_t i = 0; i < s->n; i++) {
        const float *x = series(s, i, k);

        for (size_t l = 0; l < s->L; l++) {
            double raw = (double)x[l];

            if (scale)
                raw = tw_scale_restore(scale, raw);
            v[i * s->L + l] = raw;
        }
    }
    tw_sort_doubles(v, s->n * s->L);
}

/* v: (n), sorted. Quantiles are interpolated between neighbours (type 7 of
 * Hyndman and Fan 1996, the default of NumPy and R). */
static void describe(struct tw_fidelity_side *d, const double *v, size_t n)
{
    double sum = 0, m2 = 0;

    for (size_t i = 0; i < n; i++)
        sum += v[i];
    d->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        m2 += (v[i] - d->mean) * (v[i] - d->mean);
    d->deviation = sqrt(m2 / (double)n);
    for (size_t q = 0; q < TW_FIDELITY_QUANTILES; q++) {
        double at = tw_fidelity_quantile[q] * (double)(n - 1);
        size_t low = (size_t)at, high = tw_size_min(low + 1, n - 1);
        double part = at - (double)low;

        d->quantile[q] = (1 - part) * v[low] + part * v[high];
    }
}

/* The statistic of Kolmogorov and Smirnov for two samples, both sorted: one
 * walk through both. */
static double kolmogorov(const double *a, size_t n_a, const double *b,
                         size_t n_b)
{
    size_t i = 0, j = 0;
    double largest = 0;

    while (i < n_a && j < n_b) {
        double v = fmin(a[i], b[j]);

        /* Steps of equal values are taken as one on both sides. */
        while (i < n_a && a[i] <= v)
            i++;
        while (j < n_b && b[j] <= v)
            j++;
        double d = fabs((double)i / (double)n_a - (double)j / (double)n_b);
        largest = fmax(largest, d);
    }
    return largest;
}

/* The score counts the diagonal too, as Diffusion-TS does; the largest
 * difference, which is shown to people, does not. */
static void compare_correlations(struct tw_fidelity *f)
{
    for (size_t i = 0; i < f->K; i++) {
        for (size_t j = 0; j <= i; j++) {
            double d = fabs(f->corr_real[i * f->K + j] -
                            f->corr_synthetic[i * f->K + j]);

            f->correlational += d / 10;
            if (i == j || d <= f->corr_max)
                continue;
            f->corr_max = d;
            f->corr_i = i;
            f->corr_j = j;
        }
    }
}

/* Counter by counter, with buffers of one counter's values: memory does not
 * grow with K. */
static enum tw_status measure(struct tw_fidelity *f,
                              const struct tw_fidelity_set *real,
                              const struct tw_fidelity_set *synthetic,
                              const struct tw_scale *scale,
                              struct tw_arena *scratch, struct tw_err *err)
{
    size_t K = real->K, n_r = real->n * real->L, n_s = synthetic->n * real->L;
    struct moments *m_r = tw_arena_alloc(scratch, K, sizeof(*m_r));
    struct moments *m_s = tw_arena_alloc(scratch, K, sizeof(*m_s));
    double *v_r = tw_arena_alloc(scratch, n_r, sizeof(*v_r));
    double *v_s = tw_arena_alloc(scratch, n_s, sizeof(*v_s));

    TW_TRY(tw_arena_check(scratch, "the comparison of sets", err));
    for (size_t k = 0; k < K; k++) {
        struct tw_fidelity_counter *c = &f->counters[k];
        const struct tw_scale *of_k = NULL;

        if (scale)
            of_k = &scale[k];
        m_r[k] = moments_of(real, k);
        m_s[k] = moments_of(synthetic, k);
        c->acd = acd(real, synthetic, k, &m_r[k], &m_s[k]);
        c->skewness = fabs(m_r[k].skewness - m_s[k].skewness);
        c->kurtosis = fabs(m_r[k].kurtosis - m_s[k].kurtosis);
        collect(v_r, real, k, of_k);
        collect(v_s, synthetic, k, of_k);
        describe(&c->real, v_r, n_r);
        describe(&c->synthetic, v_s, n_s);
        c->ks = kolmogorov(v_r, n_r, v_s, n_s);
        f->acd += c->acd / (double)K;
        f->skewness += c->skewness / (double)K;
        f->kurtosis += c->kurtosis / (double)K;
        f->ks += c->ks / (double)K;
    }
    correlate(f->corr_real, real, m_r);
    correlate(f->corr_synthetic, synthetic, m_s);
    compare_correlations(f);
    return TW_OK;
}

/* Results in a, everything else in scratch, which may be as large as a's
 * limit. */
enum tw_status tw_fidelity_measure(struct tw_fidelity *f, struct tw_arena *a,
                                   const struct tw_fidelity_set *real,
                                   const struct tw_fidelity_set *synthetic,
                                   const struct tw_scale *scale,
                                   struct tw_err *err)
{
    struct tw_arena scratch;
    size_t K = real->K;

    *f = (struct tw_fidelity){ .K = K };
    if (synthetic->K != K || synthetic->L != real->L || K == 0 ||
        real->L == 0 || real->n == 0 || synthetic->n == 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot compare %zu windows of %zu x %zu with %zu of "
                       "%zu x %zu",
                       real->n, K, real->L, synthetic->n, synthetic->K,
                       synthetic->L);
    f->counters = tw_arena_alloc(a, K, sizeof(*f->counters));
    f->corr_real = tw_arena_alloc(a, K, K * sizeof(*f->corr_real));
    f->corr_synthetic = tw_arena_alloc(a, K, K * sizeof(*f->corr_synthetic));
    TW_TRY(tw_arena_check(a, "the comparison of sets", err));
    tw_arena_init(&scratch, a->limit);
    enum tw_status st = measure(f, real, synthetic, scale, &scratch, err);
    tw_arena_release(&scratch);
    return st;
}
