/*
 * hippo.c - the basis of S4: HiPPO-LegS made diagonal plus low rank.
 *
 * Gu, Goel, Re 2022 ("Efficiently Modeling Long Sequences with Structured State
 * Spaces"), appendix C; the notation is that of the header. All is done once
 * per network in float64, so clarity counts more than speed.
 */
#include "synth/hippo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PI           3.14159265358979323846
#define SWEEPS_MAX   60 /* N = 64 needs about 8 */
#define REAL_PART    (-0.5)
#define OFF_DIAGONAL 1e-15 /* relative to the whole matrix */

static double complex cx(double re, double im)
{
    return re + im * (double complex)_Complex_I;
}

/* With A of HiPPO-LegS and P_n = sqrt(n + 1/2), A + P P^T is -I/2 plus a
 * skew-symmetric matrix (appendix C.1 of the paper). Times -i that one is
 * Hermitian: its eigenvalues are real, and they are the im of the header. a:
 * (N, N), zero on the diagonal. */
static void make_hermitian(double complex *a, size_t N)
{
    for (size_t n = 0; n < N; n++) {
        for (size_t k = 0; k < N; k++) {
            double pp = sqrt((double)n + 0.5) * sqrt((double)k + 0.5), s = 0;

            if (n > k)
                s = -pp;
            else if (n < k)
                s = pp;
            a[n * N + k] = cx(0, -s);
        }
    }
}

/* Frobenius norm of what is not on the diagonal; a is Hermitian, so half is
 * read. */
static double norm_off(const double complex *a, size_t N)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i; k++)
            sum += creal(a[i * N + k]) * creal(a[i * N + k]) +
                   cimag(a[i * N + k]) * cimag(a[i * N + k]);
    return sqrt(2 * sum);
}

/* Columns p, q of x (N, N) times [c, s; -s conj(e), c conj(e)]. */
static void rotate_columns(double complex *x, size_t N, size_t p, size_t q,
                           double c, double s, double complex e)
{
    for (size_t k = 0; k < N; k++) {
        double complex xp = x[k * N + p], xq = conj(e) * x[k * N + q];

        x[k * N + p] = c * xp - s * xq;
        x[k * N + q] = s * xp + c * xq;
    }
}

/* One Jacobi rotation that makes a[p][q] zero (Golub and Van Loan, Matrix
 * Computations, chapter 8, with the phase e taken out first). The smaller of
 * the two angles keeps it stable. */
static void rotate(double complex *a, double complex *v, size_t N, size_t p,
                   size_t q)
{
    double complex apq = a[p * N + q];
    double size = cabs(apq);

    if (size == 0)
        return;
    double theta = (creal(a[q * N + q]) - creal(a[p * N + p])) / (2 * size);
    double t = copysign(1, theta) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    double complex e = apq / size;

    rotate_columns(a, N, p, q, c, s, e);
    /* The rows see the conjugate of what the columns saw. */
    for (size_t k = 0; k < N; k++) {
        double complex xp = a[p * N + k], xq = e * a[q * N + k];

        a[p * N + k] = c * xp - s * xq;
        a[q * N + k] = s * xp + c * xq;
    }
    a[p * N + q] = a[q * N + p] = 0;
    a[p * N + p] = creal(a[p * N + p]);
    a[q * N + q] = creal(a[q * N + q]);
    rotate_columns(v, N, p, q, c, s, e);
}

/* Cyclic Jacobi: a becomes diagonal, v gets the eigenvectors in its columns.
 * Slower than a reduction to tridiagonal form, but short, accurate to the last
 * digits, and the same on every machine: no LAPACK. */
static enum tw_status solve_hermitian(double complex *a, double complex *v,
                                      size_t N, struct tw_err *err)
{
    double bound = OFF_DIAGONAL * norm_off(a, N); /* a starts hollow */

    for (size_t i = 0; i < N; i++)
        v[i * N + i] = 1;
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        if (norm_off(a, N) <= bound)
            return TW_OK;
        for (size_t p = 0; p < N; p++)
            for (size_t q = p + 1; q < N; q++)
                rotate(a, v, N, p, q);
    }
    return tw_fail(err, TW_EINVAL, 0, "no convergence of the spectrum");
}

/* Column j of the solution becomes pair i. p = V* P; an eigenvector has a free
 * phase, and the one taken here makes p real and positive. */
static void keep_pair(struct tw_hippo *h, size_t i, const double complex *v,
                      size_t j, double im)
{
    size_t N = h->n_state;
    double complex p = 0;

    for (size_t n = 0; n < N; n++)
        p += conj(v[n * N + j]) * sqrt((double)n + 0.5);
    h->im[i] = im;
    h->p[i] = cabs(p);
    for (size_t n = 0; n < N; n++)
        h->v[n * h->n_pairs + i] = v[n * N + j] * (p / h->p[i]);
}

/* The eigenvalues come in pairs +-im; of each pair one is kept. In a fixed
 * order, or the stored weights would mean other states on another machine. */
static void keep_negative_half(struct tw_hippo *h, const double complex *a,
                               const double complex *v)
{
    size_t N = h->n_state;
    double last = -HUGE_VAL;

    /* Selection in ascending order; the spectrum is simple. */
    for (size_t i = 0; i < h->n_pairs; i++) {
        size_t best = N;

        for (size_t j = 0; j < N; j++) {
            double im = creal(a[j * N + j]);

            if (im > last && (best == N || im < creal(a[best * N + best])))
                best = j;
        }
        TW_ASSERT(best < N);
        last = creal(a[best * N + best]);
        keep_pair(h, i, v, best, last);
    }
}

enum tw_status tw_hippo_init(struct tw_hippo *h, struct tw_arena *a, size_t N,
                             struct tw_err *err)
{
    *h = (struct tw_hippo){ .n_state = N, .n_pairs = N / 2 };
    if (N < 2 || N % 2 || N > TW_HIPPO_STATE_MAX)
        return tw_fail(err, TW_EINVAL, 0, "state size %zu is not even in 2..%d",
                       N, TW_HIPPO_STATE_MAX);
    h->im = tw_arena_alloc(a, h->n_pairs, sizeof(*h->im));
    h->p = tw_arena_alloc(a, h->n_pairs, sizeof(*h->p));
    h->v = tw_arena_alloc(a, N * h->n_pairs, sizeof(*h->v));
    double complex *m = tw_arena_alloc(a, N * N, sizeof(*m));
    double complex *v = tw_arena_alloc(a, N * N, sizeof(*v));

    TW_TRY(tw_arena_check(a, "the basis of S4", err));
    make_hermitian(m, N);
    TW_TRY(solve_hermitian(m, v, N, err));
    keep_negative_half(h, m, v);
    return TW_OK;
}

/* c: (n_pairs). The other half of C V is its conjugate for a real row. */
void tw_hippo_project(const struct tw_hippo *h, const double *row,
                      double complex *c)
{
    memset(c, 0, h->n_pairs * sizeof(*c));
    for (size_t n = 0; n < h->n_state; n++)
        for (size_t i = 0; i < h->n_pairs; i++)
            c[i] += row[n] * h->v[n * h->n_pairs + i];
}

/* dA = (I - e A)^-1 (I + e A), e = dt/2, A = Lambda - p p*.  With the inverse
 * by Sherman and Morrison and p real, one product costs O(N):
 *     dA x = m x - g q,  m = (1 + e lambda) / (1 - e lambda),
 *     q = p / (1 - e lambda),  Q = 2 sum p Re q,  s = 2 sum p Re x,
 *     g = e s + e (2 sum p Re (m x) - e s Q) / (1 + e Q),
 * and a row vector from the left gives the same formula. */
struct stepper {
    double e, eq; /* dt / 2, e Q */
    double complex *m, *q;
};

/* m, q: (n_pairs) each, in scratch. */
static void stepper_init(struct stepper *s, const struct tw_hippo *h, double dt,
                         double complex *scratch)
{
    double sum = 0;

    s->e = dt / 2;
    s->m = scratch;
    s->q = scratch + h->n_pairs;
    for (size_t n = 0; n < h->n_pairs; n++) {
        double complex step = s->e * cx(REAL_PART, h->im[n]);

        s->m[n] = (1 + step) / (1 - step);
        s->q[n] = h->p[n] / (1 - step);
        sum += h->p[n] * creal(s->q[n]);
    }
    s->eq = s->e * 2 * sum;
}

/* x <- dA x for the half that is kept; sums over all states are twice the real
 * part of the sum over this half. */
static void apply_step(const struct stepper *s, const struct tw_hippo *h,
                       double complex *x)
{
    double before = 0, after = 0;

    for (size_t n = 0; n < h->n_pairs; n++) {
        before += h->p[n] * creal(x[n]);
        x[n] *= s->m[n];
        after += h->p[n] * creal(x[n]);
    }
    before *= 2;
    after *= 2;
    double g = s->e * before + s->e * (after - before * s->eq) / (1 + s->eq);

    for (size_t n = 0; n < h->n_pairs; n++)
        x[n] -= g * s->q[n];
}

/* dA^L by L products of O(N), not by powers of a matrix: O(L N) and as
 * accurate. */
void tw_hippo_fold(const struct tw_hippo *h, double dt, size_t L,
                   double complex *c, double complex *scratch)
{
    double complex *x = scratch + 2 * h->n_pairs;
    struct stepper s;

    stepper_init(&s, h, dt, scratch);
    memcpy(x, c, h->n_pairs * sizeof(*c));
    for (size_t l = 0; l < L; l++)
        apply_step(&s, h, x);
    for (size_t n = 0; n < h->n_pairs; n++)
        c[n] -= x[n];
}

/* w_k = exp(-2 pi i k / L); exact where a coordinate is 0 or +-1. */
static double complex root(size_t k, size_t L)
{
    if (2 * k == L)
        return -1;
    return cexp(cx(0, -2 * PI * (double)k / (double)L));
}

/* The generating function of the folded basis at w is
 *     G(w) = (I - w dA)^-1 dB = [(1 - w) - e (1 + w) A]^-1 dt B,
 * and since B = sqrt(2) P the rank-1 correction collapses:
 *     G_n(w) = dt sqrt(2) p_n / (d_n (1 + e (1 + w) S)),
 *     d_n = (1 - w) - e (1 + w) lambda_n, S = sum_n p_n^2 (1/d_n + 1/d'_n),
 * d' with the conjugate lambda.  In this form w = -1 is no special case.
 * Returns the common factor dt sqrt(2) / (1 + e (1 + w) S). */
static double complex common_factor(const struct tw_hippo *h, double dt,
                                    double complex w)
{
    double complex f = dt / 2 * (1 + w), sum = 0;

    for (size_t n = 0; n < h->n_pairs; n++) {
        double complex d = (1 - w) - f * cx(REAL_PART, h->im[n]);
        double complex d2 = (1 - w) - f * cx(REAL_PART, -h->im[n]);

        sum += h->p[n] * h->p[n] * (1 / d + 1 / d2);
    }
    return dt * sqrt(2) / (1 + f * sum);
}

void tw_hippo_basis(const struct tw_hippo *h, double dt, size_t L, double *m,
                    double complex *scratch)
{
    TW_ASSERT(L > 0 && L <= TW_HIPPO_LENGTH_MAX && dt > 0);
    double complex *x = scratch + 2 * h->n_pairs;
    struct stepper s;

    /* x = (I - dA^L)^-1 dB is the first number of the inverse transform. */
    memset(x, 0, h->n_pairs * sizeof(*x));
    for (size_t k = 0; k < L; k++) {
        double complex w = root(k, L), f = dt / 2 * (1 + w);
        double complex common = common_factor(h, dt, w) / (double)L;

        for (size_t n = 0; n < h->n_pairs; n++)
            x[n] += common * h->p[n] / ((1 - w) - f * cx(REAL_PART, h->im[n]));
    }
    stepper_init(&s, h, dt, scratch);
    for (size_t l = 0; l < L; l++) {
        for (size_t n = 0; n < h->n_pairs; n++) {
            m[n * L + l] = 2 * creal(x[n]);
            m[(h->n_pairs + n) * L + l] = -2 * cimag(x[n]);
        }
        apply_step(&s, h, x);
    }
}

/* S4, algorithm 1: the generating function at the roots of unity, then an
 * inverse transform. Written for the tests, as a second way to the same
 * numbers: the transform is the plain O(L^2) sum. */
void tw_hippo_kernel(const struct tw_hippo *h, double dt, size_t L,
                     const double complex *c, double *k,
                     double complex *scratch)
{
    TW_ASSERT(L > 0 && L <= TW_HIPPO_LENGTH_MAX && dt > 0);
    for (size_t i = 0; i <= L / 2; i++) {
        double complex w = root(i, L), f = dt / 2 * (1 + w), sum = 0;

        for (size_t n = 0; n < h->n_pairs; n++) {
            double complex d = (1 - w) - f * cx(REAL_PART, h->im[n]);
            double complex d2 = (1 - w) - f * cx(REAL_PART, -h->im[n]);

            sum += h->p[n] * (c[n] / d + conj(c[n]) / d2);
        }
        scratch[i] = common_factor(h, dt, w) * sum;
    }
    /* Real inverse transform; the nodes 0 and L/2 stand alone. */
    for (size_t l = 0; l < L; l++) {
        double sum = creal(scratch[0]);

        for (size_t i = 1; i <= L / 2; i++) {
            double complex back = conj(root(i * l % L, L));

            double part = creal(scratch[i] * back);

            if (2 * i != L)
                part *= 2; /* its conjugate at L - i */
            sum += part;
        }
        k[l] = sum / (double)L;
    }
}

/* S4D-Lin and S4D-Inv of Gu, Gupta, Goel, Re 2022 ("On the Parameterization and
 * Initialization of Diagonal State Space Models"). */
void tw_s4d_imag(enum tw_s4d_kind kind, size_t n_pairs, double *im)
{
    double N = 2 * (double)n_pairs;

    for (size_t n = 0; n < n_pairs; n++)
        if (kind == TW_S4D_LIN)
            im[n] = PI * (double)n;
        else
            im[n] = N / PI * (N / (2 * (double)n + 1) - 1);
}

/* x holds the n-th term at time l: one complex product a step and pair. */
void tw_s4d_kernel(size_t n_pairs, const double *im, double dt, size_t L,
                   const double complex *c, double *k)
{
    memset(k, 0, L * sizeof(*k));
    for (size_t n = 0; n < n_pairs; n++) {
        double complex a = cx(REAL_PART, im[n]), step = cexp(dt * a);
        double complex x = 2 * c[n] * (step - 1) / a;

        for (size_t l = 0; l < L; l++) {
            k[l] += creal(x);
            x *= step;
        }
    }
}
