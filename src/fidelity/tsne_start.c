/*
 * tsne_start.c - where t-SNE starts: the first two principal components.
 *
 * A start from the data keeps the large structure and needs no seed. The
 * components are found by orthogonal iteration (Golub and Van Loan, Matrix
 * Computations, chapter 8), which needs no covariance matrix: windows have
 * thousands of values.
 */
#include "fidelity/tsne_priv.h"

#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

enum {
    N_STEPS = 60, /* of the iteration, at the most */
    N_AXES = 4,   /* vectors iterated; two are kept, the others speed it up */
};
#define TOLERANCE 1e-6
#define VANISHED  1e-24 /* what is left of an axis is rounding */

/* x is borrowed; axes are stored value by value, so that a pass over x reads
 * them in order. */
struct start {
    const float *x;
    size_t n, dim;
    double *mean;           /* (dim) */
    double (*axis)[N_AXES]; /* (dim) */
    double (*next)[N_AXES]; /* (dim) */
};

/* mean is zeroed by the arena. */
static void centre(struct start *s)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->dim; j++)
            s->mean[j] += (double)s->x[i * s->dim + j];
    }
    for (size_t j = 0; j < s->dim; j++)
        s->mean[j] /= (double)s->n;
}

/* u: coordinates of point i on the axes. */
static void project(const struct start *s, size_t i, double u[N_AXES])
{
    const float *x = s->x + i * s->dim;

    for (size_t c = 0; c < N_AXES; c++)
        u[c] = 0;
    for (size_t j = 0; j < s->dim; j++) {
        double v = (double)x[j] - s->mean[j];

        for (size_t c = 0; c < N_AXES; c++)
            u[c] += v * s->axis[j][c];
    }
}

/* Gram-Schmidt, twice for the rounding ("twice is enough", Parlett 1980); a
 * vanishing axis becomes zero. v: (dim). */
static void orthonormalise(double (*v)[N_AXES], size_t dim)
{
    for (size_t c = 0; c < N_AXES; c++) {
        double norm0 = 0, norm = 0;

        for (size_t j = 0; j < dim; j++)
            norm0 += v[j][c] * v[j][c];
        for (size_t b = 0; b < 2 * c; b++) {
            double dot = 0;

            for (size_t j = 0; j < dim; j++)
                dot += v[j][c] * v[j][b % c];
            for (size_t j = 0; j < dim; j++)
                v[j][c] -= dot * v[j][b % c];
        }
        for (size_t j = 0; j < dim; j++)
            norm += v[j][c] * v[j][c];
        double factor = 0;
        if (norm > VANISHED * norm0)
            factor = 1 / sqrt(norm);
        for (size_t j = 0; j < dim; j++)
            v[j][c] *= factor;
    }
}

/* One step of orthogonal iteration: next = X^T X axis. Returns how far the
 * first two axes moved: 1 minus the cosine of the angle, whatever their
 * sign. */
static double turn_axes(struct start *s)
{
    double moved = 0;

    memset(s->next, 0, s->dim * sizeof(*s->next));
    for (size_t i = 0; i < s->n; i++) {
        const float *x = s->x + i * s->dim;
        double u[N_AXES];

        project(s, i, u);
        for (size_t j = 0; j < s->dim; j++) {
            double v = (double)x[j] - s->mean[j];

            for (size_t c = 0; c < N_AXES; c++)
                s->next[j][c] += v * u[c];
        }
    }
    orthonormalise(s->next, s->dim);
    for (size_t c = 0; c < 2; c++) {
        double dot = 0;

        for (size_t j = 0; j < s->dim; j++)
            dot += s->axis[j][c] * s->next[j][c];
        moved = fmax(moved, 1 - fabs(dot));
    }
    memcpy(s->axis, s->next, s->dim * sizeof(*s->axis));
    return moved;
}

/* Scales column c of y to the factor, or fills one that is empty, so that
 * points on a line (or all alike) still can move apart. */
static void scale_column(double *y, size_t n, size_t c, double factor,
                         double deviation, double least)
{
    double norm = 0;

    for (size_t i = 0; i < n; i++)
        norm += y[2 * i + c] * y[2 * i + c];
    bool empty = !(norm > least);
    for (size_t i = 0; i < n; i++) {
        if (empty)
            y[2 * i + c] =
                deviation * 0.01 * (double)tw_rng_normal_at(c + 1, i);
        else
            y[2 * i + c] *= factor;
    }
}

/* The axes begin at fixed random numbers: the same plot for the same data. */
enum tw_status tw_tsne_start(double *y, struct tw_arena *scratch,
                             const struct tw_tsne_points *x, double deviation,
                             struct tw_err *err)
{
    struct start s = { .x = x->x, .n = x->n, .dim = x->dim };
    size_t n = x->n, dim = x->dim;
    double norm = 0;

    s.mean = tw_arena_alloc(scratch, dim, sizeof(*s.mean));
    s.axis = tw_arena_alloc(scratch, dim, sizeof(*s.axis));
    s.next = tw_arena_alloc(scratch, dim, sizeof(*s.next));
    TW_TRY(tw_arena_check(scratch, "t-SNE", err));
    centre(&s);
    for (size_t j = 0; j < dim; j++) {
        for (size_t c = 0; c < N_AXES; c++)
            s.axis[j][c] = (double)tw_rng_normal_at(17, j * N_AXES + c);
    }
    orthonormalise(s.axis, dim);
    for (int step = 0; step < N_STEPS; step++) {
        if (turn_axes(&s) < TOLERANCE * TOLERANCE)
            break;
    }
    for (size_t i = 0; i < n; i++) {
        double u[N_AXES];

        project(&s, i, u);
        y[2 * i] = u[0];
        y[2 * i + 1] = u[1];
        norm += u[0] * u[0];
    }
    double factor = 0;
    if (norm > 0)
        factor = deviation / sqrt(norm / (double)n);
    scale_column(y, n, 0, factor, deviation, 0);
    scale_column(y, n, 1, factor, deviation, 1e-20 * norm);
    return TW_OK;
}
