#include "kern/vec.h"

#include "test.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 70, GUARD = 20 };

/* Every level that this machine and TW_CPU allow, lowest first. */
static int count_levels(void)
{
    return (int)tw_kern_level_detect(getenv("TW_CPU")) + 1;
}

static const struct tw_vec *level(int i)
{
    return tw_vec_get((enum tw_kern_level)i);
}

static float noise(unsigned i)
{
    i = (i ^ (i >> 15)) * 2246822519u + 7u;
    i = (i ^ (i >> 13)) * 3266489917u;
    return (float)(int)(i ^ (i >> 16)) / 2147483648.0f;
}

typedef double exact_fn(double x);

static double exact_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double exact_cdf(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}

static double exact_silu(double x)
{
    return x * exact_sigmoid(x);
}

static double exact_gelu(double x)
{
    return x * exact_cdf(x);
}

static double exact_relu(double x)
{
    return x < 0.0 ? 0.0 : x;
}

static double slope_sigmoid(double x)
{
    return exact_sigmoid(x) * exact_sigmoid(-x);
}

static double slope_silu(double x)
{
    return exact_sigmoid(x) * (1.0 + x * exact_sigmoid(-x));
}

static double slope_gelu(double x)
{
    return exact_cdf(x) + x * 0.39894228040143267794 * exp(-0.5 * x * x);
}

static double slope_relu(double x)
{
    return x > 0.0;
}

static double slope_tanh(double x)
{
    return 1.0 - tanh(x) * tanh(x);
}

/* Every row of TW_VEC_ACTS, with the bounds of vec_math_priv.h: relative to
 * the result, and of |x| (gelu, whose 1 - Phi is a difference). */
static const struct act {
    const char *name;
    exact_fn *exact, *slope;
    double relative, per_x;
} ACTS[] = {
    [TW_VEC_RELU] = { "relu", exact_relu, slope_relu, 0, 0 },
    [TW_VEC_GELU] = { "gelu", exact_gelu, slope_gelu, 3e-7, 2e-8 },
    [TW_VEC_SILU] = { "silu", exact_silu, slope_silu, 3e-7, 0 },
    [TW_VEC_TANH] = { "tanh", tanh, slope_tanh, 3e-7, 0 },
    [TW_VEC_SIGMOID] = { "sigmoid", exact_sigmoid, slope_sigmoid, 3e-7, 0 },
};
enum { N_ACTS = sizeof(ACTS) / sizeof(ACTS[0]) };

/* |got - want| <= relative * |want| + per_x * |x| + 2e-43, or both the same
 * infinity, or both NaN. */
static bool is_near(const struct act *a, double x, double got, double want)
{
    if (isnan(want))
        return isnan(got);
    if (isinf(want) || isinf(got))
        return got == want || (fabs(want) > (double)FLT_MAX && isinf(got));
    double bound = a->relative * fabs(want) + 2e-43;

    if (isfinite(x))
        bound += a->per_x * fabs(x);
    return fabs(got - want) <= bound;
}

enum { CHUNK = 37 }; /* whole vectors and a part, at every level */

typedef void loop_fn(float *y, const float *x, size_t n);

static void check_chunk(loop_fn *f, const struct act *a, const float *x,
                        int *wrong)
{
    float in[CHUNK + 1], out[CHUNK + 2];

    memcpy(in + 1, x, CHUNK * sizeof(float));
    out[CHUNK + 1] = 7.0f;
    f(out + 1, in + 1, CHUNK);
    *wrong += out[CHUNK + 1] != 7.0f;
    for (size_t i = 0; i < CHUNK; i++) {
        /* The exact result is rounded too: it may be out of range. */
        double want = a->exact((double)x[i]), got = (double)out[i + 1];

        if (is_near(a, (double)x[i], got, want))
            continue;
        if ((*wrong)++ < 5)
            printf("# %s(%.9g) = %.9g, not %.9g\n", a->name, (double)x[i], got,
                   want);
    }
}

/* Floats of all magnitudes and both signs, NaN and infinities among them. */
static int check_loop(loop_fn *f, const struct act *a)
{
    float x[CHUNK] = {
        INFINITY, -INFINITY, NAN,     88.7228f, 88.73f, -103.9f,
        FLT_MIN,  1e-45f,    -1e-45f, -103.98f, 104.5f, -104.5f
    };
    uint32_t bits = 0;
    size_t n = 0;
    int wrong = 0;

    x[CHUNK - 1] = NAN;
    check_chunk(f, a, x, &wrong);
    for (long i = 0; i < 130000; i++, bits += 33037u) {
        memcpy(&x[n++], &bits, sizeof(float));
        if (n == CHUNK) {
            check_chunk(f, a, x, &wrong);
            n = 0;
        }
    }
    for (long i = 0; i < 60000; i++) { /* where the functions bend */
        x[n++] = (float)(i - 30000) * 0.003501f;
        if (n == CHUNK) {
            check_chunk(f, a, x, &wrong);
            n = 0;
        }
    }
    return wrong;
}

TEST(activations_agree_with_libm_over_all_magnitudes)
{
    CHECK((int)N_ACTS == (int)TW_VEC_ACT_COUNT);
    for (int l = 0; l < count_levels(); l++)
        for (int a = 0; a < TW_VEC_ACT_COUNT; a++)
            CHECK(check_loop(level(l)->act[a], &ACTS[a]) == 0);
}

/* exp_sum() of the level under test as a loop without state: shift 0. */
static const struct tw_vec *under_test;

static void exp_loop(float *y, const float *x, size_t n)
{
    (void)under_test->exp_sum(y, x, 0.0f, n);
}

TEST(exp_agrees_with_libm_over_all_magnitudes)
{
    static const struct act EXP = { "exp", exp, exp, 3e-7, 0 };

    for (int l = 0; l < count_levels(); l++) {
        under_test = level(l);
        CHECK(check_loop(exp_loop, &EXP) == 0);
    }
}

/* dx = dy f'(x): n not a multiple of anything. */
TEST(slopes_agree_with_the_derivatives)
{
    enum { N = 401 };
    float x[N], y[N], dy[N], dx[N];

    for (int l = 0; l < count_levels(); l++)
        for (int a = 0; a < TW_VEC_ACT_COUNT; a++) {
            for (unsigned i = 0; i < N; i++) {
                x[i] = noise(i) * 15.0f;
                dy[i] = noise(i + 500);
                dx[i] = 1.0f;
            }
            level(l)->act[a](y, x, N);
            level(l)->act_back[a](dx, dy, x, y, N - 1, false);
            level(l)->act_back[a](dx, dy, x, y, N - 1, true);
            for (size_t i = 0; i < N - 1; i++)
                CHECK_NEAR((double)dx[i],
                           2.0 * (double)dy[i] * ACTS[a].slope((double)x[i]),
                           1e-6);
            CHECK(dx[N - 1] == 1.0f);
        }
}

TEST(exp_is_relative_and_vanishes_for_masked_scores)
{
    for (int l = 0; l < count_levels(); l++) {
        float x[3] = { -INFINITY, -200.0f, NAN }, y[3];

        for (float v = -86.9f; v < 88.0f; v += 0.0137f) {
            float e;

            CHECK(level(l)->exp_sum(&e, &v, 0.0f, 1) == e);
            CHECK_NEAR((double)e / exp((double)v), 1.0, 3e-7);
        }
        (void)level(l)->exp_sum(y, x, 0.0f, 3);
        CHECK(y[0] == 0.0f && y[1] == 0.0f && isnan(y[2]));
        CHECK(level(l)->exp_sum(NULL, x, 0.0f, 2) == 0.0f);
    }
}

TEST(long_sums_of_exp_keep_their_digits)
{
    enum { N = 300000 };
    float *x = calloc(N, sizeof(*x)); /* e^0 each */

    CHECK(x != NULL);
    for (int l = 0; x && l < count_levels(); l++)
        CHECK(level(l)->exp_sum(NULL, x, 0.0f, N) == (float)N);
    free(x);
}

/* All lengths: nothing past the end is touched, adding adds. */
TEST(loops_stay_inside_their_arrays_at_every_length)
{
    float x[N_MAX + GUARD], y[N_MAX + GUARD];

    for (int l = 0; l < count_levels(); l++)
        for (size_t n = 0; n <= N_MAX; n++) {
            for (size_t i = 0; i < N_MAX + GUARD; i++) {
                x[i] = noise((unsigned)i);
                y[i] = 5.0f;
            }
            level(l)->scale(y, x, 2.0f, 1.0f, n, true);
            for (size_t i = 0; i < N_MAX + GUARD; i++)
                CHECK_NEAR((double)y[i], i < n ? 6.0 + 2.0 * (double)x[i] : 5.0,
                           1e-6);
            level(l)->act[TW_VEC_SILU](y, x, n);
            for (size_t i = n; i < N_MAX + GUARD; i++)
                CHECK(y[i] == 5.0f);
        }
}

TEST(sums_agree_with_double_at_every_length)
{
    float x[N_MAX * 4], y[N_MAX * 4];

    for (size_t i = 0; i < N_MAX * 4; i++) {
        x[i] = noise((unsigned)i);
        y[i] = noise((unsigned)i + 1000);
    }
    for (int l = 0; l < count_levels(); l++)
        for (size_t n = 1; n <= N_MAX * 4; n++) {
            double sum = 0.0, dot = 0.0, sq = 0.0, top = -9.0;

            for (size_t i = 0; i < n; i++) {
                sum += (double)x[i];
                dot += (double)x[i] * (double)y[i];
                sq += pow((double)x[i] - 0.5, 2.0);
                top = fmax(top, (double)x[i]);
            }
            CHECK_NEAR((double)level(l)->sum(x, n), sum, 2e-5);
            CHECK_NEAR((double)level(l)->dot(x, y, n), dot, 2e-5);
            CHECK_NEAR((double)level(l)->sum_sq(x, 0.5f, n), sq, 1e-4);
            CHECK((double)level(l)->max(x, n) == top);
        }
}

struct shape {
    size_t m, n, k;
    bool turned; /* A by columns */
    bool moved;  /* rows of B overlap: a Toeplitz matrix */
    bool acc;
};

static void check_mm(const struct tw_vec *v, struct shape s)
{
    static const size_t ROOM = 48 * 48 + TW_VEC_PAD;
    float *a = malloc(ROOM * sizeof(float)), *b = malloc(ROOM * sizeof(float));
    float *c = malloc(ROOM * sizeof(float));
    size_t ldc = s.n + 3;
    struct tw_vec_mat A = { a, s.turned ? 1 : (ptrdiff_t)s.k,
                            s.turned ? (ptrdiff_t)s.m : 1 };
    struct tw_vec_mat B = { s.moved ? b + s.k : b,
                            s.moved ? -1 : (ptrdiff_t)s.n, 1 };
    double worst = 0.0;
    bool outside = false;

    for (size_t i = 0; i < ROOM; i++) {
        a[i] = noise((unsigned)i);
        b[i] = noise((unsigned)i + 5000);
        c[i] = 0.5f;
    }
    v->mm(c, (ptrdiff_t)ldc, A, B, (const size_t[]){ s.m, s.n, s.k }, s.acc);
    for (size_t i = 0; i < s.m; i++)
        for (size_t j = 0; j < ldc; j++) {
            double want = s.acc ? 0.5 : 0.0;

            for (size_t k = 0; k < s.k; k++)
                want +=
                    (double)A.data[(ptrdiff_t)i * A.rs + (ptrdiff_t)k * A.cs] *
                    (double)B.data[(ptrdiff_t)k * B.rs + (ptrdiff_t)j];
            if (j < s.n)
                worst = fmax(worst, fabs(want - (double)c[i * ldc + j]));
            else
                outside |= c[i * ldc + j] != 0.5f;
        }
    CHECK_NEAR(worst, 0.0, 2e-5);
    CHECK(!outside);
    free(a);
    free(b);
    free(c);
}

TEST(small_products_agree_with_their_definition)
{
    static const size_t SIZES[] = { 1, 2, 7, 8, 9, 16, 17, 32, 33, 40 };
    enum { COUNT = sizeof(SIZES) / sizeof(SIZES[0]) };

    for (int l = 0; l < count_levels(); l++)
        for (unsigned i = 0; i < COUNT * COUNT * COUNT; i += 3)
            check_mm(level(l),
                     (struct shape){ SIZES[i % COUNT], SIZES[i / COUNT % COUNT],
                                     SIZES[i / COUNT / COUNT], i & 1, i & 2,
                                     i & 4 });
}

TEST(turning_back_undoes_turning)
{
    float x[24], y[24], turn[48];

    for (int i = 0; i < 24; i += 2) {
        turn[i] = turn[i + 1] = cosf((float)i);
        turn[24 + i] = -sinf((float)i);
        turn[25 + i] = sinf((float)i);
        x[i] = noise((unsigned)i);
        x[i + 1] = noise((unsigned)i + 1);
    }
    for (int l = 0; l < count_levels(); l++) {
        level(l)->rotate(y, x, turn, 1.0f, 1.0f, 24);
        for (int i = 0; i < 24; i += 2) {
            double c = cos((double)i), s = sin((double)i);
            double p = (double)x[i], q = (double)x[i + 1];

            CHECK_NEAR((double)y[i], p * c - q * s, 1e-6);
            CHECK_NEAR((double)y[i + 1], p * s + q * c, 1e-6);
        }
        level(l)->rotate(y, y, turn, -1.0f, 2.0f, 24);
        for (int i = 0; i < 24; i++)
            CHECK_NEAR((double)y[i], 2.0 * (double)x[i], 1e-6);
    }
}

TEST(masks_are_the_same_however_the_work_is_cut)
{
    float x[200], whole[200], cut[200];

    for (int i = 0; i < 200; i++)
        x[i] = 1.0f + (float)i;
    for (int l = 0; l < count_levels(); l++) {
        level(l)->dropout(whole, x, 77, 1000, 0.5f, 200, false);
        for (size_t at = 0; at < 200; at += 37)
            level(l)->dropout(cut + at, x + at, 77, 1000 + at, 0.5f,
                              200 - at < 37 ? 200 - at : 37, false);
        CHECK(memcmp(whole, cut, sizeof(cut)) == 0);
    }
}

/* Two calls, also with operands elsewhere in memory, give the same bytes. */
TEST(a_level_gives_the_same_bytes_every_time)
{
    float x[N_MAX + 1], y[N_MAX], z[N_MAX];

    for (unsigned i = 0; i < N_MAX; i++)
        x[i] = noise(i) * 20.0f;
    for (int l = 0; l < count_levels(); l++)
        for (int a = 0; a < TW_VEC_ACT_COUNT; a++) {
            level(l)->act[a](y, x, N_MAX);
            memmove(x + 1, x, N_MAX * sizeof(float));
            level(l)->act[a](z, x + 1, N_MAX);
            memmove(x, x + 1, N_MAX * sizeof(float));
            CHECK(memcmp(y, z, sizeof(y)) == 0);
            /* In pieces that end elsewhere: each value is by itself. */
            for (size_t at = 0; at < N_MAX; at += 13)
                level(l)->act[a](z + at, x + at,
                                 N_MAX - at < 13 ? N_MAX - at : 13);
            CHECK(memcmp(y, z, sizeof(y)) == 0);
        }
}

TEST_MAIN(RUN(activations_agree_with_libm_over_all_magnitudes);
          RUN(exp_agrees_with_libm_over_all_magnitudes);
          RUN(slopes_agree_with_the_derivatives);
          RUN(exp_is_relative_and_vanishes_for_masked_scores);
          RUN(long_sums_of_exp_keep_their_digits);
          RUN(a_level_gives_the_same_bytes_every_time);
          RUN(loops_stay_inside_their_arrays_at_every_length);
          RUN(sums_agree_with_double_at_every_length);
          RUN(small_products_agree_with_their_definition);
          RUN(turning_back_undoes_turning);
          RUN(masks_are_the_same_however_the_work_is_cut);)
