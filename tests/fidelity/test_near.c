/* test_near.c - copies are noticed, fresh draws are not called copies. */
#include "fidelity/near.h"

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { N = 300, DIM = 6 };

static void fill(float *x, size_t n, double mean, uint64_t seed)
{
    struct tw_rng rng = tw_rng_seeded(seed);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(mean + tw_rng_normal(&rng));
}

/* One measurement; the arena stays with the caller. */
static enum tw_status measure(struct tw_near *m, struct tw_arena *a,
                              const struct tw_near_set *real,
                              const struct tw_near_set *synthetic)
{
    struct tw_backend *be;

    tw_arena_init(a, (size_t)64 << 20);
    CHECK(tw_backend_new(&be, NULL, 2, NULL) == TW_OK);
    enum tw_status st = tw_near_measure(m, a, real, synthetic, be, NULL);
    tw_backend_free(be);
    return st;
}

static bool read_vectors(float *x, const struct tw_json *v)
{
    bool ok = tw_json_len(v) == 9;

    for (size_t i = 0; ok && i < 27; i++)
        x[i] = (float)tw_json_number(tw_json_at(tw_json_at(v, i / 3), i % 3),
                                     (double)NAN);
    return ok;
}

TEST(distances_are_those_of_an_independent_computation)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];
    float x[27], y[27];
    struct tw_buf b;
    struct tw_json *root;
    struct tw_arena a;
    struct tw_near m;

    snprintf(path, sizeof(path), "%s/golden/timeseries/losses_scores.json",
             shared ? shared : "");
    if (!shared || !tw_file_exists(path)) {
        test_skip("shared data absent");
        return;
    }
    tw_buf_init(&b, (size_t)1 << 20);
    CHECK(tw_file_read(&b, path, NULL) == TW_OK);
    CHECK(tw_json_parse(&root, tw_buf_text(&b), b.len, NULL) == TW_OK);
    const struct tw_json *v = tw_json_get(root, "vectors");
    CHECK(read_vectors(x, tw_json_get(v, "A_real")));
    CHECK(read_vectors(y, tw_json_get(v, "B_synthetic")));
    struct tw_near_set r = { .x = x, .n = 9, .dim = 3 };
    struct tw_near_set s = { .x = y, .n = 9, .dim = 3 };
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    const struct tw_json *dcr = tw_json_get(v, "dcr_per_synthetic_euclidean");
    const struct tw_json *nndr = tw_json_get(v, "nndr_per_synthetic");
    for (size_t i = 0; i < 9; i++) {
        CHECK_NEAR(m.dcr[i], tw_json_number(tw_json_at(dcr, i), 9), 1e-6);
        CHECK_NEAR(m.nndr[i], tw_json_number(tw_json_at(nndr, i), 9), 1e-6);
    }
    CHECK_NEAR(m.dcr_median, tw_json_number(tw_json_get(v, "dcr_median"), 9),
               1e-6);
    CHECK_NEAR(m.identifiability,
               tw_json_number(tw_json_get(v, "identifiability"), 9), 1e-12);
    tw_arena_release(&a);
    tw_json_free(root);
    tw_buf_release(&b);
}

TEST(fresh_draws_mix_with_the_real_ones)
{
    static float x[N * DIM], y[N * DIM];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = y, .n = N, .dim = DIM };

    fill(x, N * DIM, 0, 1);
    fill(y, N * DIM, 0, 2);
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(m.accuracy > 0.42 && m.accuracy < 0.58);
    CHECK(m.overlap > 0.9 && m.overlap < 1.1);
    CHECK(m.closer > 0.4 && m.closer < 0.6);
    CHECK_NEAR(m.closer, m.closer_real, 0.1);
    CHECK(m.copies == 0 && !m.copied);
    CHECK_NEAR(m.dcr_median / m.real_median, 1, 0.1);
    tw_arena_release(&a);
}

TEST(what_to_expect_is_right_in_many_dimensions_too)
{
    enum { FEW = 200, MANY = 400 };
    static float x[FEW * MANY], y[FEW * MANY];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = FEW, .dim = MANY };
    struct tw_near_set s = { .x = y, .n = FEW, .dim = MANY };

    /* Some windows are near to everything here, and closer is far from 0.5. */
    fill(x, FEW * MANY, 0, 1);
    fill(y, FEW * MANY, 0, 2);
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(m.closer < 0.35);
    CHECK_NEAR(m.closer, m.closer_real, 0.1);
    CHECK(!m.copied);
    tw_arena_release(&a);
    /* Noise on every copy: far from identical, still given away. */
    for (size_t i = 0; i < (size_t)FEW * MANY; i++)
        y[i] = x[i] + 0.5f * y[i];
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(m.copies == 0 && m.closer > 0.9 && m.copied);
    tw_arena_release(&a);
}

TEST(another_distribution_stays_apart)
{
    static float x[N * DIM], y[N * DIM];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = y, .n = N, .dim = DIM };

    fill(x, N * DIM, 0, 1);
    fill(y, N * DIM, 6, 2);
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(m.accuracy > 0.99 && m.overlap < 0.01);
    CHECK(m.closer < 0.01 && !m.copied && m.identifiability < 0.01);
    tw_arena_release(&a);
}

TEST(copies_are_noticed_also_when_they_are_few_or_noisy)
{
    static float x[N * DIM], y[N * DIM];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = y, .n = N, .dim = DIM };

    fill(x, N * DIM, 0, 1);
    memcpy(y, x, sizeof(y));
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(m.copies == 1 && m.copied && m.identifiability == 1);
    CHECK(m.dcr_median == 0 && m.accuracy < 0.01);
    tw_arena_release(&a);
    fill(y, N * DIM, 0, 2);
    for (size_t i = 0; i < 9 * DIM; i++)
        y[i] = x[i] * 1.001f;
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK_NEAR(m.copies, 9.0 / N, 1e-9);
    CHECK(m.copied);
    tw_arena_release(&a);
}

TEST(overlapping_real_windows_do_not_count_as_neighbours)
{
    enum { LENGTH = 16, ROWS = N + LENGTH };
    static float x[N * LENGTH], y[N * LENGTH], series[2 * ROWS];
    static size_t segment[N], row[N];
    struct tw_arena a;
    struct tw_near with, without;
    struct tw_near_set r = { .x = x,
                             .n = N,
                             .dim = LENGTH,
                             .segment = segment,
                             .row = row,
                             .length = LENGTH };
    struct tw_near_set s = { .x = y, .n = N, .dim = LENGTH };

    /* Slow series, windows at stride 1: the next window is almost the same. */
    fill(series, 2 * ROWS, 0, 5);
    for (size_t i = 1; i < 2 * ROWS; i++)
        series[i] = 0.97f * series[i - 1] + 0.2431f * series[i];
    for (size_t i = 0; i < N; i++) {
        row[i] = i;
        memcpy(x + i * LENGTH, series + i, LENGTH * sizeof(*x));
        memcpy(y + i * LENGTH, series + ROWS + i, LENGTH * sizeof(*y));
    }
    CHECK(measure(&with, &a, &r, &s) == TW_OK);
    tw_arena_release(&a);
    r.segment = NULL;
    CHECK(measure(&without, &a, &r, &s) == TW_OK);
    tw_arena_release(&a);
    CHECK(without.real_median < 0.9 * with.real_median);
    CHECK(without.closer < 0.1); /* the trap: nothing seems close */
    CHECK(with.closer > 0.3 && with.closer < 0.7);
}

TEST(identical_idle_windows_are_not_called_copies)
{
    static float x[N * DIM], y[N * DIM];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = y, .n = N, .dim = DIM };

    /* Two thirds of a field trial are idle: all zero, on both sides. */
    fill(x, N * DIM / 3, 0, 1);
    fill(y, N * DIM / 3, 0, 2);
    CHECK(measure(&m, &a, &r, &s) == TW_OK);
    CHECK(!m.copied && m.copies == 0);
    tw_arena_release(&a);
}

TEST(threads_and_cpu_levels_give_the_same_figures)
{
    static float x[N * DIM], y[2 * N * DIM];
    struct tw_near first;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = y, .n = (size_t)2 * N, .dim = DIM };

    fill(x, N * DIM, 0, 1);
    fill(y, (size_t)2 * N * DIM, 0.5, 2);
    for (unsigned i = 0; i < 4; i++) {
        struct tw_arena a;
        struct tw_backend *be;
        struct tw_near m;

        tw_arena_init(&a, (size_t)64 << 20);
        CHECK(tw_backend_new(&be, i % 2 ? NULL : "ref", i + 1, NULL) == TW_OK);
        CHECK(tw_near_measure(&m, &a, &r, &s, be, NULL) == TW_OK);
        CHECK(m.n_joint == N);
        if (i == 0)
            first = m;
        CHECK(m.accuracy == first.accuracy && m.overlap == first.overlap);
        CHECK(m.dcr_median == first.dcr_median && m.closer == first.closer);
        tw_backend_free(be);
        tw_arena_release(&a);
    }
}

TEST(sets_that_do_not_match_are_refused)
{
    static float x[N * DIM];
    struct tw_arena a;
    struct tw_near m;
    struct tw_near_set r = { .x = x, .n = N, .dim = DIM };
    struct tw_near_set s = { .x = x, .n = N, .dim = DIM - 1 };
    struct tw_near_set one = { .x = x, .n = 1, .dim = DIM };

    CHECK(measure(&m, &a, &r, &s) == TW_EINVAL);
    tw_arena_release(&a);
    CHECK(measure(&m, &a, &r, &one) == TW_EINVAL);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(distances_are_those_of_an_independent_computation);
          RUN(fresh_draws_mix_with_the_real_ones);
          RUN(what_to_expect_is_right_in_many_dimensions_too);
          RUN(another_distribution_stays_apart);
          RUN(copies_are_noticed_also_when_they_are_few_or_noisy);
          RUN(overlapping_real_windows_do_not_count_as_neighbours);
          RUN(identical_idle_windows_are_not_called_copies);
          RUN(threads_and_cpu_levels_give_the_same_figures);
          RUN(sets_that_do_not_match_are_refused);)
