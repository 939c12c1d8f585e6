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

typedef double reference(double x);

static double ref_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double ref_silu(double x)
{
    return x / (1.0 + exp(-x));
}

static double ref_gelu(double x)
{
    return 0.5 * x * erfc(-x / sqrt(2.0));
}

static double ref_relu(double x)
{
    return x > 0.0 ? x : 0.0;
}

static reference *const REFS[TW_VEC_ACT_COUNT] = {
    [TW_VEC_RELU] = ref_relu,       [TW_VEC_GELU] = ref_gelu,
    [TW_VEC_SILU] = ref_silu,       [TW_VEC_TANH] = tanh,
    [TW_VEC_SIGMOID] = ref_sigmoid,
};

/* Absolute up to |x| = 1, relative to |x| above: the size of gelu and silu. */
TEST(activations_are_within_4e_7_of_libm)
{
    for (int l = 0; l < count_levels(); l++)
        for (int a = 0; a < TW_VEC_ACT_COUNT; a++) {
            double worst = 0.0;

            for (int i = -4000; i < 4000; i++) {
                float x[16], y[16];

                for (int j = 0; j < 16; j++)
                    x[j] = ((float)i + (float)j / 16.0f) * 0.01f;
                level(l)->act[a](y, x, 16);
                for (int j = 0; j < 16; j++) {
                    double e = fabs((double)y[j] - REFS[a]((double)x[j]));
                    e /= fmax(1.0, fabs((double)x[j]));
                    worst = e > worst || e != e ? e : worst;
                }
            }
            CHECK_NEAR(worst, 0.0, 4e-7);
        }
}

TEST(tanh_is_relative_near_zero)
{
    for (int l = 0; l < count_levels(); l++)
        for (float x = 1e-6f; x < 2.0f; x *= 1.01f) {
            float y;

            level(l)->act[TW_VEC_TANH](&y, &x, 1);
            CHECK_NEAR((double)y / tanh((double)x), 1.0, 4e-7);
        }
}

TEST(exp_is_relative_and_vanishes_for_masked_scores)
{
    for (int l = 0; l < count_levels(); l++) {
        float x[3] = { -INFINITY, -200.0f, NAN }, y[3];

        for (float v = -86.9f; v < 88.0f; v += 0.0137f) {
            float e;

            CHECK(level(l)->exp_sum(&e, &v, 1.0f, 0.0f, 1) == e);
            CHECK_NEAR((double)e / exp((double)v), 1.0, 4e-7);
        }
        (void)level(l)->exp_sum(y, x, 1.0f, 0.0f, 3);
        CHECK(y[0] == 0.0f && y[1] == 0.0f && isnan(y[2]));
        CHECK(level(l)->exp_sum(NULL, x, 1.0f, 0.0f, 2) == 0.0f);
    }
}

TEST(not_a_number_goes_through_every_activation)
{
    for (int l = 0; l < count_levels(); l++)
        for (int a = 0; a < TW_VEC_ACT_COUNT; a++) {
            float x = NAN, y = 0.0f;

            level(l)->act[a](&y, &x, 1);
            CHECK(isnan(y));
        }
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

TEST_MAIN(RUN(activations_are_within_4e_7_of_libm);
          RUN(tanh_is_relative_near_zero);
          RUN(exp_is_relative_and_vanishes_for_masked_scores);
          RUN(not_a_number_goes_through_every_activation);
          RUN(loops_stay_inside_their_arrays_at_every_length);
          RUN(sums_agree_with_double_at_every_length);
          RUN(small_products_agree_with_their_definition);
          RUN(turning_back_undoes_turning);
          RUN(masks_are_the_same_however_the_work_is_cut);)
