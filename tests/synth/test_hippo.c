/*
 * test_hippo.c - kernels by two routes against dense powers of the matrix, and
 * golden numbers.
 */
#include "synth/hippo.h"

#include "test.h"

#include "golden.h"

#include <stdlib.h>
#include <string.h>

enum { N_MAX = 64, L_MAX = 1001 };

struct dense {
    size_t N;
    double dA[N_MAX * N_MAX];
    double dB[N_MAX];
};

/* Solve m x = r in place for n_r right-hand sides (columns of r, (n, n_r)). */
static void solve(double *m, double *r, size_t n, size_t n_r)
{
    for (size_t c = 0; c < n; c++) {
        for (size_t i = c + 1; i < n; i++) {
            double f = m[i * n + c] / m[c * n + c];

            for (size_t k = c; k < n; k++)
                m[i * n + k] -= f * m[c * n + k];
            for (size_t k = 0; k < n_r; k++)
                r[i * n_r + k] -= f * r[c * n_r + k];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = 0; k < n_r; k++) {
            double sum = r[i * n_r + k];

            for (size_t j = i + 1; j < n; j++)
                sum -= m[i * n + j] * r[j * n_r + k];
            r[i * n_r + k] = sum / m[i * n + i];
        }
    }
}

static double legs(size_t n, size_t k)
{
    if (n == k)
        return -((double)n + 1);
    return n < k ? 0 : -sqrt(2 * (double)n + 1) * sqrt(2 * (double)k + 1);
}

/* The bilinear transform in the original basis, by elimination. */
static void make_dense(struct dense *d, size_t N, double dt)
{
    static double m[N_MAX * N_MAX], m2[N_MAX * N_MAX];

    d->N = N;
    for (size_t n = 0; n < N; n++) {
        for (size_t k = 0; k < N; k++) {
            m[n * N + k] = (n == k) - dt / 2 * legs(n, k);
            d->dA[n * N + k] = (n == k) + dt / 2 * legs(n, k);
        }
        d->dB[n] = dt * sqrt(2 * (double)n + 1);
    }
    memcpy(m2, m, sizeof(m));
    solve(m, d->dA, N, N);
    solve(m2, d->dB, N, 1);
}

/* k[l] = c dA^l dB */
static void dense_kernel(const struct dense *d, const double *c, size_t L,
                         double *k)
{
    double x[N_MAX], y[N_MAX];

    memcpy(x, d->dB, sizeof(x));
    for (size_t l = 0; l < L; l++) {
        k[l] = 0;
        for (size_t n = 0; n < d->N; n++) {
            k[l] += c[n] * x[n];
            y[n] = 0;
            for (size_t j = 0; j < d->N; j++)
                y[n] += d->dA[n * d->N + j] * x[j];
        }
        memcpy(x, y, sizeof(x));
    }
}

/* Largest difference of both routes to k; start: C in the original basis. */
static void compare_routes(const struct tw_hippo *h, const double *start,
                           size_t L, double dt, const double *k,
                           double worst[2])
{
    double complex c[N_MAX / 2], scratch[L_MAX / 2 + 1];
    double *m = calloc(h->n_state * L, sizeof(*m));
    double *k2 = calloc(L, sizeof(*k2));

    worst[0] = worst[1] = 0;
    tw_hippo_project(h, start, c);
    tw_hippo_fold(h, dt, L, c, scratch);
    tw_hippo_basis(h, dt, L, m, scratch);
    tw_hippo_kernel(h, dt, L, c, k2, scratch);
    for (size_t l = 0; l < L; l++) {
        double sum = 0;

        for (size_t n = 0; n < h->n_pairs; n++)
            sum += creal(c[n]) * m[n * L + l] +
                   cimag(c[n]) * m[(h->n_pairs + n) * L + l];
        worst[0] = fmax(worst[0], fabs(sum - k[l]));
        worst[1] = fmax(worst[1], fabs(k2[l] - k[l]));
    }
    free(m);
    free(k2);
}

static void harmonic(double *c, size_t N)
{
    for (size_t n = 0; n < N; n++)
        c[n] = 1 / ((double)n + 1);
}

TEST(both_kernel_routes_equal_dense_powers)
{
    static const struct {
        size_t N, L;
        double dt;
    } cases[] = { { 4, 8, 0.1 },     { 2, 1, 0.05 },   { 64, 100, 0.01 },
                  { 64, 24, 0.001 }, { 64, 101, 0.1 }, { 32, 64, 0.03 } };
    static struct dense d;

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_arena a;
        struct tw_hippo h;
        double c[N_MAX], k[L_MAX], worst[2];

        tw_arena_init(&a, 1u << 20);
        CHECK(tw_hippo_init(&h, &a, cases[i].N, NULL) == TW_OK);
        make_dense(&d, cases[i].N, cases[i].dt);
        harmonic(c, cases[i].N);
        dense_kernel(&d, c, cases[i].L, k);
        compare_routes(&h, c, cases[i].L, cases[i].dt, k, worst);
        CHECK_NEAR(worst[0], 0, 1e-13);
        CHECK_NEAR(worst[1], 0, 1e-13);
        tw_arena_release(&a);
    }
}

TEST(the_small_system_has_the_published_numbers)
{
    static const double k[] = {
        0.25900936, 0.15234444, 0.09301493, 0.06106237,
        0.04446602, 0.03612708, 0.03196088, 0.02969978
    };
    struct tw_arena a;
    struct tw_hippo h;
    double c[4], worst[2];

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_hippo_init(&h, &a, 4, NULL) == TW_OK);
    CHECK_NEAR(h.im[0], -4.60329301, 1e-8);
    CHECK_NEAR(h.im[1], -0.55650112, 1e-8);
    harmonic(c, 4);
    compare_routes(&h, c, 8, 0.1, k, worst);
    CHECK_NEAR(worst[0], 0, 1e-8);
    CHECK_NEAR(worst[1], 0, 1e-8);
    tw_arena_release(&a);
}

TEST(eigenvectors_are_unitary_and_give_the_matrix_back)
{
    struct tw_arena a;
    struct tw_hippo h;
    double worst = 0;
    const size_t N = 64;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_hippo_init(&h, &a, N, NULL) == TW_OK);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            double sum = -sqrt((double)i + 0.5) * sqrt((double)j + 0.5);

            for (size_t n = 0; n < h.n_pairs; n++) {
                double complex l = -0.5 + h.im[n] * (double complex)_Complex_I;

                sum += 2 * creal(h.v[i * h.n_pairs + n] * l *
                                 conj(h.v[j * h.n_pairs + n]));
            }
            worst = fmax(worst, fabs(sum - legs(i, j)));
        }
    }
    CHECK_NEAR(worst, 0, 1e-11);
    CHECK_NEAR(h.im[0], -1303.27, 0.005);
    CHECK_NEAR(h.im[31], -0.26386, 5e-6);
    for (size_t n = 0; n < h.n_pairs; n++)
        CHECK(h.p[n] > 0 && (n == 0 || h.im[n] > h.im[n - 1]));
    tw_arena_release(&a);
}

/* The trap of even lengths: at w = -1 the usual form divides by zero. */
TEST(the_node_at_minus_one_is_the_alternating_sum)
{
    struct tw_arena a;
    struct tw_hippo h;
    double complex c[32], scratch[96];
    double start[64], k[64], sum = 0, limit = 0;
    const double dt = 0.02;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_hippo_init(&h, &a, 64, NULL) == TW_OK);
    harmonic(start, 64);
    tw_hippo_project(&h, start, c);
    tw_hippo_fold(&h, dt, 64, c, scratch);
    tw_hippo_kernel(&h, dt, 64, c, k, scratch);
    for (size_t l = 0; l < 64; l++)
        sum += l % 2 ? -k[l] : k[l];
    for (size_t n = 0; n < 32; n++)
        limit += dt * sqrt(2) * h.p[n] * creal(c[n]);
    CHECK_NEAR(sum, limit, 1e-14);
    tw_arena_release(&a);
}

TEST(kernels_match_the_golden_file)
{
    struct tw_json *root = golden_open("s4_dplr.json");
    const struct tw_json *kernels = tw_json_get(root, "kernels");

    for (size_t i = 0; i < tw_json_len(kernels); i++) {
        const struct tw_json *g = tw_json_at(kernels, i);
        size_t N = (size_t)tw_json_int(tw_json_get(g, "N"), 0);
        size_t L = (size_t)tw_json_int(tw_json_get(g, "L"), 0);
        double dt = tw_json_number(tw_json_get(g, "dt"), 0);
        double c[N_MAX], k[L_MAX], worst[2];
        struct tw_arena a;
        struct tw_hippo h;

        CHECK(golden_array(tw_json_get(g, "K"), k, L_MAX) == L);
        tw_arena_init(&a, 1u << 20);
        CHECK(tw_hippo_init(&h, &a, N, NULL) == TW_OK);
        harmonic(c, N);
        compare_routes(&h, c, L, dt, k, worst);
        CHECK_NEAR(worst[0], 0, 1e-12);
        CHECK_NEAR(worst[1], 0, 1e-12);
        tw_arena_release(&a);
    }
    tw_json_free(root);
}

TEST(spectra_match_the_golden_file)
{
    struct tw_json *root = golden_open("s4_dplr.json");
    const struct tw_json *spectra = tw_json_get(root, "spectra");

    for (size_t i = 0; i < tw_json_len(spectra); i++) {
        const struct tw_json *g = tw_json_at(spectra, i);
        size_t N = (size_t)tw_json_int(tw_json_get(g, "N"), 0);
        double im[N_MAX], p2[N_MAX];
        struct tw_arena a;
        struct tw_hippo h;

        tw_arena_init(&a, 1u << 20);
        CHECK(tw_hippo_init(&h, &a, N, NULL) == TW_OK);
        CHECK(golden_array(tw_json_get(g, "lambda_im"), im, N_MAX) == N / 2);
        golden_array(tw_json_get(g, "abs_p_squared"), p2, N_MAX);
        for (size_t n = 0; n < h.n_pairs; n++) {
            CHECK_NEAR(h.im[n], im[n], 2e-12 * (1 + fabs(im[n])));
            CHECK_NEAR(h.p[n] * h.p[n], p2[n], 1e-11 * (1 + p2[n]));
        }
        tw_arena_release(&a);
    }
    tw_json_free(root);
}

static void check_s4d(const struct tw_json *g, const double *im)
{
    double k[32], want[32];
    double complex c[32];

    for (size_t n = 0; n < 32; n++)
        c[n] = (1 + 0.5 * (double complex)_Complex_I) / ((double)n + 1);
    CHECK(golden_array(tw_json_get(g, "K"), want, 32) == 32);
    tw_s4d_kernel(32, im, tw_json_number(tw_json_get(g, "dt"), 0), 32, c, k);
    for (size_t l = 0; l < 32; l++)
        CHECK_NEAR(k[l], want[l], 1e-12);
}

TEST(diagonal_kernels_match_the_golden_file)
{
    struct tw_json *root = golden_open("s4_conv_s4d.json");
    const struct tw_json *s4d = tw_json_get(root, "s4d");
    struct tw_arena a;
    struct tw_hippo h;
    double im[32];

    if (!root)
        return;
    tw_s4d_imag(TW_S4D_LIN, 32, im);
    check_s4d(tw_json_get(s4d, "lin"), im);
    tw_s4d_imag(TW_S4D_INV, 32, im);
    check_s4d(tw_json_get(s4d, "inv"), im);
    tw_arena_init(&a, 1u << 20);
    CHECK(tw_hippo_init(&h, &a, 64, NULL) == TW_OK);
    for (size_t n = 0; n < 32; n++)
        im[n] = -h.im[n];
    check_s4d(tw_json_get(s4d, "legs"), im);
    tw_arena_release(&a);
    tw_json_free(root);
}

TEST(bad_sizes_and_small_arenas_are_refused)
{
    struct tw_arena a;
    struct tw_hippo h;
    struct tw_err err = { 0 };
    size_t limit = 0;

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_hippo_init(&h, &a, 0, &err) == TW_EINVAL);
    CHECK(tw_hippo_init(&h, &a, 5, &err) == TW_EINVAL);
    CHECK(tw_hippo_init(&h, &a, 100000, &err) == TW_EINVAL);
    tw_arena_release(&a);
    for (;; limit += 4096) {
        tw_arena_init(&a, limit);
        enum tw_status st = tw_hippo_init(&h, &a, 16, &err);

        tw_arena_release(&a);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM);
    }
    CHECK(limit > 0);
}

TEST_MAIN(RUN(both_kernel_routes_equal_dense_powers);
          RUN(the_small_system_has_the_published_numbers);
          RUN(eigenvectors_are_unitary_and_give_the_matrix_back);
          RUN(the_node_at_minus_one_is_the_alternating_sum);
          RUN(kernels_match_the_golden_file);
          RUN(spectra_match_the_golden_file);
          RUN(diagonal_kernels_match_the_golden_file);
          RUN(bad_sizes_and_small_arenas_are_refused);)
