/* marginal.c - normal scores of a counter, as a table of knots. */
#include "synth/marginal.h"

#include "base/size.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* STRIDES: pieces of equal share in the middle. TAIL: at rank r from the end,
 * knots are r / TAIL apart. DEVIATION_MIN: below it a counter is constant. */
#define STRIDES       64
#define TAIL          4
#define DEVIATION_MIN 1e-3

/* Inverse of the normal distribution function: a start by a rational fit of the
 * tail (Abramowitz and Stegun, 26.2.23, error below 4.5e-4), then three steps
 * of Newton's method on erfc; relative error below 1e-14. */
static double normal_quantile(double p)
{
    double q = p; /* in the lower tail, mirrored at the end */
    if (!(p < 0.5))
        q = 1 - p;
    double t = sqrt(-2 * log(q));
    double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                         (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));

    for (int i = 0; i < 3; i++) {
        double cdf = 0.5 * erfc(-z / sqrt(2));
        double density = exp(-z * z / 2) / sqrt(2 * acos(-1));

        z -= (cdf - q) / density;
    }
    if (p < 0.5)
        return z;
    return -z;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* rank: 0..n, cut so that the ends stay finite. */
static double score_of(double rank, size_t n)
{
    double p = rank / (double)n, edge = 0.5 / (double)n;

    if (p < edge)
        p = edge;
    if (p > 1 - edge)
        p = 1 - edge;
    return normal_quantile(p);
}

/* That the table is long enough is proved at fit_scores(), not by the data. */
static void add_knot(struct tw_marginal *m, double value, double score)
{
    TW_ASSERT(m->n < TW_MARGINAL_KNOTS);
    m->value[m->n] = value;
    m->score[m->n++] = score;
}

/* Knots are dense in the tails, where one linear piece would be too coarse. */
static size_t spacing_at(size_t rank, size_t n, size_t stride)
{
    size_t edge = tw_size_min(rank, n - rank) / TAIL;

    return tw_size_min(edge, stride);
}

/* values: (n), sorted. Walks over runs of equal values. */
static void fit_scores(struct tw_marginal *m, const float *values, size_t n)
{
    /* A run of equal values that is longer than stride is an atom; it has two
     * knots, and its neighbours one each, so that no value is made up between
     * them.  At most 5 knots per stride values and 2 TAIL ln(TAIL stride) in
     * the tails: the table never overflows. */
    size_t stride = n / STRIDES + 1, since = stride;
    double pending = 0, pending_score = 0; /* the value before */
    bool open = false;                     /* it has no knot */

    m->n = 0;
    for (size_t i = 0, end; i < n; i = end) {
        double v = (double)values[i];

        end = i + 1;
        while (end < n && !(values[end] > values[i]))
            end++;
        double middle = score_of(0.5 * (double)(i + end), n);

        since += end - i;
        if (end - i >= stride && end - i > 1) {
            if (open)
                add_knot(m, pending, pending_score);
            add_knot(m, v, score_of((double)i, n));
            add_knot(m, v, score_of((double)end, n));
            since = stride; /* the next value has one */
            open = false;
        } else if (since >= spacing_at(end, n, stride) || i == 0) {
            add_knot(m, v, middle);
            since = 0;
            open = false;
        } else {
            open = true;
        }
        pending = v;
        pending_score = middle;
    }
    if (m->n == 1)
        add_knot(m, m->value[0], m->score[0]);
}

/* The first knot i > 0 with x[i] >= v, or n - 1. x: (n), not descending. */
static size_t find_knot(const double *x, size_t n, double v)
{
    size_t low = 1, high = n - 1;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (x[mid] >= v)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* y at v, linear between knots i - 1 and i, held at the ends. */
static double interpolate(const double *x, const double *y, size_t i, double v)
{
    double width = x[i] - x[i - 1];

    if (!(width > 0))
        return 0.5 * (y[i - 1] + y[i]);
    double f = (v - x[i - 1]) / width;
    if (f < 0)
        f = 0;
    else if (f > 1)
        f = 1;
    return y[i - 1] + f * (y[i] - y[i - 1]);
}

/* Inside an atom all values are equal, and the middle of its scores stands for
 * them; everywhere else the map is a polyline. */
double tw_marginal_forward(const struct tw_marginal *m, double value)
{
    size_t i = find_knot(m->value, m->n, value), last = i;

    /* An atom: the middle of its scores. */
    while (last + 1 < m->n && !(m->value[last + 1] > m->value[i]))
        last++;
    if (!(m->value[i] > value) && !(m->value[i] < value) && last > i)
        return 0.5 * (m->score[i] + m->score[last]);
    if (!(m->value[i - 1] < value) && !(m->value[i] > m->value[i - 1]))
        return 0.5 * (m->score[i - 1] + m->score[i]);
    return interpolate(m->value, m->score, i, value);
}

/* Scores in the interval of an atom all give its value. */
double tw_marginal_inverse(const struct tw_marginal *m, double score)
{
    return interpolate(m->score, m->value, find_knot(m->score, m->n, score),
                       score);
}

struct moments {
    double mean, deviation;
};

/* Of the values (scores false, m unused), or of their scores. Two passes: the
 * mean, then the deviation around it. */
static struct moments moments_of(const struct tw_marginal *m,
                                 const float *values, size_t n, bool scores)
{
    struct moments r = { 0, 0 };

    for (int pass = 0; pass < 2; pass++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++) {
            double v = (double)values[i];

            if (scores)
                v = tw_marginal_forward(m, v);
            v -= r.mean;
            if (pass == 1)
                v *= v;
            sum += v;
        }
        if (pass)
            r.deviation = sqrt(sum / (double)n);
        else
            r.mean = sum / (double)n;
    }
    return r;
}

/* normal 1: the scores alone; 0: the standardised values. */
static void mix_line(struct tw_marginal *m, struct moments line, double normal)
{
    for (size_t i = 0; i < m->n; i++)
        m->score[i] = normal * m->score[i] +
                      (1 - normal) * (m->value[i] - line.mean) / line.deviation;
}

/* Sorted once; then ranks are places. */
void tw_marginal_fit(struct tw_marginal *m, float *values, size_t n,
                     double normal)
{
    TW_ASSERT(n > 0);
    qsort(values, n, sizeof(*values), compare_floats);
    struct moments line = moments_of(NULL, values, n, false);

    if (!(line.deviation > 0))
        line.deviation = 1;
    if (normal > 0) {
        fit_scores(m, values, n);
    } else {
        m->n = 2;
        m->value[0] = (double)values[0];
        m->value[1] = (double)values[n - 1];
        m->score[0] = m->score[1] = 0;
    }
    mix_line(m, line, normal);
    /* Atoms take deviation away, and a network would neglect the counter. */
    struct moments z = moments_of(m, values, n, true);

    for (size_t i = 0; z.deviation > DEVIATION_MIN && i < m->n; i++)
        m->score[i] = (m->score[i] - z.mean) / z.deviation;
}

/* A table from a file: an order that is broken would make the search above read
 * other knots than it should. */
enum tw_status tw_marginal_check(const struct tw_marginal *m,
                                 struct tw_err *err)
{
    if (m->n < 2 || m->n > TW_MARGINAL_KNOTS)
        return tw_fail(err, TW_EFORMAT, 0, "%zu knots are outside of 2..%d",
                       m->n, TW_MARGINAL_KNOTS);
    for (size_t i = 0; i < m->n; i++) {
        bool ordered = i == 0 || (m->value[i] >= m->value[i - 1] &&
                                  m->score[i] >= m->score[i - 1]);

        if (!ordered || !isfinite(m->value[i]) || !isfinite(m->score[i]))
            return tw_fail(err, TW_EFORMAT, 0, "knot %zu is out of order", i);
    }
    return TW_OK;
}
