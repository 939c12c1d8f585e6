/*
 * test_fidelity.c - scores against independent computations, and what each one
 * sees.
 */
#include "fidelity/fidelity.h"

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The golden windows, (n, K, L) here, (n, L, K) in the file. */
struct golden {
    struct tw_json *root;
    const struct tw_json *scores;
    float real[6 * 3 * 8], synthetic[6 * 3 * 8];
};

static bool read_windows(float *x, const struct tw_json *v)
{
    bool ok = tw_json_len(v) == 6;

    for (size_t i = 0; ok && i < (size_t)6 * 8 * 3; i++) {
        size_t k = i % 3, l = i / 3 % 8, w = i / 24;
        double d = tw_json_number(
            tw_json_at(tw_json_at(tw_json_at(v, w), l), k), (double)NAN);

        x[(w * 3 + k) * 8 + l] = (float)d;
        ok = !isnan(d);
    }
    return ok;
}

static bool golden_open(struct golden *g)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];
    struct tw_buf b;
    bool ok;

    g->root = NULL;
    tw_buf_init(&b, (size_t)1 << 20);
    snprintf(path, sizeof(path), "%s/golden/timeseries/losses_scores.json",
             shared ? shared : "");
    ok = shared && tw_file_exists(path);
    if (ok) {
        CHECK(tw_file_read(&b, path, NULL) == TW_OK);
        CHECK(tw_json_parse(&g->root, tw_buf_text(&b), b.len, NULL) == TW_OK);
        g->scores = tw_json_get(g->root, "scores");
        CHECK(read_windows(g->real, tw_json_get(g->root, "R")));
        CHECK(read_windows(g->synthetic, tw_json_get(g->root, "S")));
    } else {
        test_skip("shared data absent");
    }
    tw_buf_release(&b);
    return ok;
}

static double score(const struct golden *g, const char *name)
{
    return tw_json_number(tw_json_get(g->scores, name), (double)NAN);
}

TEST(scores_are_those_of_independent_computations)
{
    struct golden g;
    struct tw_arena a;
    struct tw_fidelity f;

    if (!golden_open(&g))
        return;
    tw_arena_init(&a, 1u << 20);
    struct tw_fidelity_set real = { g.real, 6, 3, 8 };
    struct tw_fidelity_set synthetic = { g.synthetic, 6, 3, 8 };
    CHECK(tw_fidelity_measure(&f, &a, &real, &synthetic, NULL, NULL) == TW_OK);
    /* Inputs are floats here: 6e-8 relative. */
    CHECK_NEAR(f.correlational, score(&g, "correlational"), 1e-6);
    CHECK_NEAR(f.acd, score(&g, "ACD"), 1e-6);
    CHECK_NEAR(f.skewness, score(&g, "SD"), 1e-6);
    CHECK_NEAR(f.kurtosis, score(&g, "KD"), 1e-6);
    const struct tw_json *lower =
        tw_json_get(g.scores, "corr_real_lower_triangle");
    for (size_t i = 0, p = 0; i < 3; i++) {
        for (size_t j = 0; j <= i; j++, p++)
            CHECK_NEAR(f.corr_real[i * 3 + j],
                       tw_json_number(tw_json_at(lower, p), 9), 1e-6);
    }
    tw_arena_release(&a);
    tw_json_free(g.root);
}

static void fill(float *x, size_t n, double mean, double deviation,
                 uint64_t seed)
{
    struct tw_rng rng = tw_rng_seeded(seed);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(mean + deviation * tw_rng_normal(&rng));
}

enum { N = 200, K = 2, L = 20 };

TEST(a_copy_differs_in_nothing)
{
    static float x[N * K * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set s = { x, N, K, L };

    fill(x, N * K * L, 1, 2, 1);
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &s, &s, NULL, NULL) == TW_OK);
    CHECK(f.correlational == 0 && f.acd == 0 && f.ks == 0);
    CHECK(f.skewness == 0 && f.kurtosis == 0 && f.corr_max == 0);
    CHECK_NEAR(f.counters[0].real.mean, 1, 0.1);
    CHECK_NEAR(f.counters[0].real.deviation, 2, 0.1);
    CHECK_NEAR(f.counters[0].real.quantile[3], 1, 0.1);
    CHECK_NEAR(f.counters[0].real.quantile[1], 1 - 2 * 1.645, 0.15);
    tw_arena_release(&a);
}

TEST(a_shift_shows_in_moments_and_distribution_only)
{
    static float x[N * K * L], y[N * K * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set r = { x, N, K, L }, s = { y, N, K, L };

    fill(x, N * K * L, 0, 1, 1);
    fill(y, N * K * L, 2, 1, 2);
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &r, &s, NULL, NULL) == TW_OK);
    CHECK_NEAR(f.counters[1].synthetic.mean - f.counters[1].real.mean, 2, 0.1);
    CHECK_NEAR(f.ks, 0.683, 0.03); /* 2 Phi(1) - 1 */
    CHECK(f.acd < 0.4 && f.correlational < 0.02);
    tw_arena_release(&a);
}

TEST(counters_that_no_longer_move_together_are_named)
{
    static float x[N * 3 * L], y[N * 3 * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set r = { x, N, 3, L }, s = { y, N, 3, L };

    fill(x, N * 3 * L, 0, 1, 1);
    fill(y, N * 3 * L, 0, 1, 2);
    /* Counter 2 follows counter 0 in the real set only. */
    for (size_t i = 0; i < N; i++)
        memcpy(x + (i * 3 + 2) * L, x + i * 3 * L, L * sizeof(*x));
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &r, &s, NULL, NULL) == TW_OK);
    CHECK_NEAR(f.corr_max, 1, 0.05);
    CHECK(f.corr_i == 2 && f.corr_j == 0);
    tw_arena_release(&a);
}

TEST(series_without_memory_differ_in_autocorrelation)
{
    static float x[N * L], y[N * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set r = { x, N, 1, L }, s = { y, N, 1, L };

    fill(y, N * L, 0, 1, 3);
    fill(x, N * L, 0, 1, 4);
    for (size_t i = 0; i < (size_t)N * L; i++) {
        if (i % L > 0)
            x[i] = 0.9f * x[i - 1] + 0.436f * x[i];
    }
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &r, &s, NULL, NULL) == TW_OK);
    CHECK(f.acd > 1);
    tw_arena_release(&a);
}

TEST(constant_counters_have_no_shape_and_no_correlation)
{
    static float x[N * K * L], y[N * K * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set r = { x, N, K, L }, s = { y, N, K, L };

    fill(x, N * K * L, 0, 1, 1);
    for (size_t i = 0; i < (size_t)N * K * L; i++)
        y[i] = 0.1f;
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &r, &s, NULL, NULL) == TW_OK);
    CHECK(isfinite(f.correlational) && isfinite(f.acd));
    CHECK(isfinite(f.skewness) && isfinite(f.kurtosis));
    CHECK(f.corr_synthetic[0] == 0);
    tw_arena_release(&a);
}

TEST(values_are_shown_in_the_units_of_the_trial)
{
    static float x[N * K * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_fidelity_set s = { x, N, K, L };
    struct tw_scale scale[K] = {
        { .offset = 100, .scale = 10, .min = 0, .max = 110, .integral = true },
        { .log1p = true, .scale = 1, .min = 0, .max = 1000 },
    };

    fill(x, N * K * L, 0, 1, 1);
    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &s, &s, scale, NULL) == TW_OK);
    CHECK_NEAR(f.counters[0].real.quantile[3], 100, 1);
    CHECK(f.counters[0].real.quantile[6] == 110);
    CHECK(f.counters[0].real.quantile[2] ==
          floor(f.counters[0].real.quantile[2]));
    CHECK(f.counters[1].real.quantile[0] == 0);
    tw_arena_release(&a);
}

TEST(sets_that_do_not_match_are_refused)
{
    static float x[N * K * L];
    struct tw_arena a;
    struct tw_fidelity f;
    struct tw_err err = { 0 };
    struct tw_fidelity_set s = { x, N, K, L }, t = { x, N, L, K },
                           none = { x, 0, K, L };

    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_fidelity_measure(&f, &a, &s, &t, NULL, &err) == TW_EINVAL);
    CHECK(tw_fidelity_measure(&f, &a, &s, &none, NULL, &err) == TW_EINVAL);
    tw_arena_release(&a);
    for (size_t limit = 0; limit < 300000; limit += 20000) {
        tw_arena_init(&a, limit);
        enum tw_status st = tw_fidelity_measure(&f, &a, &s, &s, NULL, NULL);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        CHECK(limit > 0 || st == TW_ENOMEM);
        tw_arena_release(&a);
    }
}

TEST_MAIN(RUN(scores_are_those_of_independent_computations);
          RUN(a_copy_differs_in_nothing);
          RUN(a_shift_shows_in_moments_and_distribution_only);
          RUN(counters_that_no_longer_move_together_are_named);
          RUN(series_without_memory_differ_in_autocorrelation);
          RUN(constant_counters_have_no_shape_and_no_correlation);
          RUN(values_are_shown_in_the_units_of_the_trial);
          RUN(sets_that_do_not_match_are_refused);)
