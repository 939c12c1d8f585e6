/*
 * test_marginal.c - the map of a counter to normal scores and back, atoms
 * included.
 */
#include "synth/marginal.h"

#include "base/rng.h"

#include "test.h"

#include <string.h>

enum { N = 20000 };

static void draw(float *x, size_t n, int kind)
{
    struct tw_rng r = tw_rng_seeded(7);

    for (size_t i = 0; i < n; i++) {
        double z = tw_rng_normal(&r);

        if (kind == 0) /* heavy tail */
            x[i] = (float)exp(2 * z);
        else if (kind == 1) /* idle two thirds of the time */
            x[i] = z < 0.43 ? 0 : (float)(5 + z);
        else /* an integer counter */
            x[i] = (float)floor(3 * fabs(z));
    }
}

TEST(scores_of_any_distribution_are_normal)
{
    static float x[N], sorted[N];

    draw(x, N, 0);
    memcpy(sorted, x, sizeof(x));
    struct tw_marginal m;
    tw_marginal_fit(&m, sorted, N, 1);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    double sum = 0, squares = 0, fourth = 0;
    for (size_t i = 0; i < N; i++) {
        double z = tw_marginal_forward(&m, (double)x[i]);

        sum += z;
        squares += z * z;
        fourth += z * z * z * z;
    }
    CHECK_NEAR(sum / N, 0, 0.01);
    CHECK_NEAR(squares / N, 1, 0.02);
    CHECK_NEAR(fourth / N, 3, 0.2);
}

TEST(the_way_back_returns_what_went_in)
{
    static float x[N], sorted[N];

    for (int kind = 0; kind < 6; kind++) {
        struct tw_marginal m;
        double worst = 0;

        draw(x, N, kind % 3);
        memcpy(sorted, x, sizeof(x));
        tw_marginal_fit(&m, sorted, N, kind < 3 ? 1 : 0.3);
        CHECK(tw_marginal_check(&m, NULL) == TW_OK);
        for (size_t i = 0; i < N; i++) {
            double v = (double)x[i];
            double back = tw_marginal_inverse(&m, tw_marginal_forward(&m, v));

            worst = fmax(worst, fabs(back - v) / (1 + fabs(v)));
        }
        CHECK_NEAR(worst, 0, 1e-6);
    }
}

/* What a generator does: its scores are a little off. */
TEST(inexact_scores_come_back_with_the_atom_and_its_gap)
{
    static float x[N], sorted[N];
    struct tw_rng r = tw_rng_seeded(3);

    for (int half = 0; half < 2; half++) {
        struct tw_marginal m;
        size_t n_zero = 0, n_zero_seen = 0, n_between = 0;

        draw(x, N, 1);
        memcpy(sorted, x, sizeof(x));
        tw_marginal_fit(&m, sorted, N, half ? 0.5 : 1);
        for (size_t i = 0; i < N; i++) {
            double z = tw_marginal_forward(&m, (double)x[i]);
            double v = tw_marginal_inverse(&m, z + 0.1 * tw_rng_normal(&r));

            n_zero_seen += x[i] > 0 ? 0 : 1;
            n_zero += v > 0 ? 0 : 1;
            n_between += v > 0 && v < 5.43 ? 1 : 0;
        }
        CHECK_NEAR((double)n_zero / N, (double)n_zero_seen / N, 0.02);
        /* With a straight part there is a narrow passage. */
        CHECK(n_between < (half ? N / 20 : 1));
    }
}

TEST(mixed_scores_have_deviation_one_and_keep_atoms)
{
    static float x[N], sorted[N];
    struct tw_marginal m;
    double sum = 0, squares = 0;

    draw(x, N, 1);
    memcpy(sorted, x, sizeof(x));
    tw_marginal_fit(&m, sorted, N, 0.5);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    for (size_t i = 0; i < N; i++) {
        double z = tw_marginal_forward(&m, (double)x[i]);

        sum += z;
        squares += z * z;
        CHECK_NEAR(tw_marginal_inverse(&m, z), (double)x[i], 1e-5);
    }
    CHECK_NEAR(sum / N, 0, 1e-9);
    CHECK_NEAR(squares / N, 1, 1e-9);
}

TEST(values_never_leave_the_range_seen)
{
    static float x[N];
    struct tw_marginal m;

    draw(x, N, 0);
    tw_marginal_fit(&m, x, N, 1); /* x is sorted now */
    CHECK_NEAR(tw_marginal_inverse(&m, 40), (double)x[N - 1], 0);
    CHECK_NEAR(tw_marginal_inverse(&m, -40), (double)x[0], 0);
    CHECK(tw_marginal_forward(&m, 1e30) < 5);
}

TEST(tiny_and_constant_data_give_a_valid_map)
{
    float one = 3, same[5] = { 2, 2, 2, 2, 2 }, two[2] = { 1, 4 };
    struct tw_marginal m;

    tw_marginal_fit(&m, &one, 1, 1);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    CHECK_NEAR(tw_marginal_inverse(&m, tw_marginal_forward(&m, 3)), 3, 0);
    tw_marginal_fit(&m, same, 5, 1);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    CHECK_NEAR(tw_marginal_forward(&m, 2), 0, 1e-12);
    tw_marginal_fit(&m, two, 2, 1);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    CHECK_NEAR(tw_marginal_inverse(&m, tw_marginal_forward(&m, 4)), 4, 1e-9);
    tw_marginal_fit(&m, same, 5, 0);
    CHECK(tw_marginal_check(&m, NULL) == TW_OK);
    CHECK_NEAR(tw_marginal_inverse(&m, tw_marginal_forward(&m, 2)), 2, 0);
    tw_marginal_fit(&m, two, 2, 0);
    CHECK_NEAR(tw_marginal_forward(&m, 4), 1, 1e-12);
    CHECK_NEAR(tw_marginal_forward(&m, 2.5), 0, 1e-12);
    CHECK_NEAR(tw_marginal_inverse(&m, -1), 1, 1e-12);
    CHECK_NEAR(tw_marginal_inverse(&m, 7), 4, 1e-12);
}

TEST(knots_out_of_order_are_refused)
{
    float two[2] = { 1, 4 };
    struct tw_marginal m;
    struct tw_err err = { 0 };

    tw_marginal_fit(&m, two, 2, 0);
    m.score[1] = -2;
    CHECK(tw_marginal_check(&m, &err) == TW_EFORMAT);
    tw_marginal_fit(&m, two, 2, 0);
    m.value[0] = (double)NAN;
    CHECK(tw_marginal_check(&m, &err) == TW_EFORMAT);
    m.n = 1;
    CHECK(tw_marginal_check(&m, &err) == TW_EFORMAT);
    m.n = TW_MARGINAL_KNOTS + 1;
    CHECK(tw_marginal_check(&m, &err) == TW_EFORMAT);
}

TEST_MAIN(RUN(scores_of_any_distribution_are_normal);
          RUN(the_way_back_returns_what_went_in);
          RUN(inexact_scores_come_back_with_the_atom_and_its_gap);
          RUN(mixed_scores_have_deviation_one_and_keep_atoms);
          RUN(values_never_leave_the_range_seen);
          RUN(tiny_and_constant_data_give_a_valid_map);
          RUN(knots_out_of_order_are_refused);)
