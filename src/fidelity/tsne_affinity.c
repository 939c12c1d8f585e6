/*
 * tsne_affinity.c - P of t-SNE: which points are neighbours, and how much.
 *
 * For each point a beta is searched so that its distribution over the others
 * has the entropy ln(perplexity) (van der Maaten and Hinton 2008, section 2);
 * then P is made symmetric.
 */
#include "fidelity/tsne_priv.h"

#include "kern/pair.h"

#include <math.h>
#include <stdbool.h>

#include "base/banned.h"

enum {
    N_BETA_STEPS = 200,
    ROWS_PER_CHUNK = 8,
};
/* Far below what a plot shows: then results do not depend on where the search
 * began, and agree with other programs to many digits. */
#define ENTROPY_TOLERANCE 1e-11
#define STEP_MAX          4.0   /* of ln beta at a time */
#define LN_BETA_MAX       500.0 /* beta * distance stays finite */
/* Denormals are slow and say nothing. */
#define P_TINY            1e-30f /* denormals are slow and say nothing */

/* Shared by all threads; each writes rows of its own points. */
struct similarities {
    const struct tw_pair_kern *kern;
    const float *x;
    size_t n, dim, ld;
    double target; /* entropy */
    float *p;
    double *beta;
    double *row; /* (threads, n) squared distances of a point */
};

struct entropy {
    double h;     /* entropy */
    double slope; /* -dh / d ln beta */
};

/* d: (n) squared distances above the least one; i is the point itself. The
 * slope is beta^2 times the variance of the distance. */
static struct entropy entropy_at(const double *d, size_t n, size_t i,
                                 double beta)
{
    double z = 0, sum = 0, sum2 = 0;

    for (size_t j = 0; j < n; j++) {
        if (j == i)
            continue;
        double w = exp(-beta * d[j]);

        z += w;
        sum += w * d[j];
        sum2 += w * d[j] * d[j];
    }
    double mean = sum / z;
    double var = sum2 / z - mean * mean;
    return (struct entropy){ log(z) + beta * mean, beta * beta * var };
}

/* Newton on ln beta, kept inside a bracket that shrinks: the entropy falls with
 * beta, so each step also moves one end. Bisection takes over where Newton
 * would leave it; a few steps are the rule. */
static double find_beta(const double *d, size_t n, size_t i, double target)
{
    double low = -LN_BETA_MAX, high = LN_BETA_MAX;
    double mean = 0, at;

    for (size_t j = 0; j < n; j++)
        mean += d[j];
    if (!(mean > 0))
        return 1; /* all at the same distance: every beta is as good */
    at = -log(mean / (double)n);
    for (int step = 0; step < N_BETA_STEPS; step++) {
        struct entropy e = entropy_at(d, n, i, exp(at));
        double off = e.h - target;

        if (fabs(off) <= ENTROPY_TOLERANCE)
            break;
        if (off > 0)
            low = at;
        else
            high = at;
        double middle = (low + high) / 2;
        double next = low - 1; /* outside: no Newton step on a flat piece */

        if (e.slope > 0)
            next = at + off / e.slope;
        /* A step out of the bracket, or a long one on a flat piece. */
        bool bad = !(next > low && next < high) || fabs(next - at) > STEP_MAX;
        if (bad && off > 0)
            next = fmin(at + STEP_MAX, middle);
        else if (bad)
            next = fmax(at - STEP_MAX, middle);
        if (!(next > low && next < high))
            next = middle;
        if (next == at)
            break;
        at = next;
    }
    return exp(at);
}

/* Row i of P: (n), sum 1, d: (n) scratch of this thread. */
static void fill_row(struct similarities *s, size_t i, double *d)
{
    double least = HUGE_VAL, z = 0;
    float *p = s->p + i * s->ld;

    for (size_t j = 0; j < s->n; j++) {
        d[j] = (double)s->kern->distance2(s->x + i * s->dim, s->x + j * s->dim,
                                          s->dim);
        if (j != i && d[j] < least)
            least = d[j];
    }
    /* Only differences count, and they do not underflow all at once. */
    for (size_t j = 0; j < s->n; j++)
        d[j] -= least;
    d[i] = 0;
    s->beta[i] = find_beta(d, s->n, i, s->target);
    for (size_t j = 0; j < s->n; j++) {
        d[j] = exp(-s->beta[i] * d[j]);
        if (j == i)
            d[j] = 0; /* a point is no neighbour of its own */
        z += d[j];
    }
    for (size_t j = 0; j < s->n; j++)
        p[j] = (float)(d[j] / z);
}

static void fill_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct similarities *s = ctx;

    for (size_t i = first; i < last; i++)
        fill_row(s, i, s->row + worker * s->n);
}

/* p_ij = (p_j|i + p_i|j) / 2n (section 3.1 of the paper). Pair (i, j > i)
 * belongs to the chunk of i: chunks write disjoint places. */
static void symmetrise(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct similarities *s = ctx;
    float factor = (float)(0.5 / (double)s->n);

    (void)worker;
    for (size_t i = first; i < last; i++) {
        for (size_t j = i + 1; j < s->n; j++) {
            float *a = &s->p[i * s->ld + j], *b = &s->p[j * s->ld + i];
            float v = (*a + *b) * factor;

            if (v < P_TINY)
                v = 0;
            *a = *b = v;
        }
    }
}

/* One row of scratch per thread, by the worker's number. */
enum tw_status tw_tsne_similarities(float *p, size_t ld, double *beta,
                                    struct tw_arena *scratch,
                                    const struct tw_tsne_points *x,
                                    double perplexity, struct tw_backend *be,
                                    struct tw_err *err)
{
    struct similarities s = {
        .kern = tw_pair_kern_get(be->level),
        .x = x->x,
        .n = x->n,
        .dim = x->dim,
        .ld = ld,
        .target = log(perplexity),
    };

    s.p = p;
    s.beta = beta;
    s.row = tw_arena_alloc(scratch, tw_pool_threads(be->pool),
                           s.n * sizeof(*s.row));
    TW_TRY(tw_arena_check(scratch, "t-SNE", err));
    tw_pool_run(be->pool, s.n, ROWS_PER_CHUNK, fill_rows, &s);
    tw_pool_run(be->pool, s.n, ROWS_PER_CHUNK, symmetrise, &s);
    return TW_OK;
}
