/* test_window.c - scaling and its way back, windows, gaps and idle rows. */
#include "trial/window.h"

#include "base/rng.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { N_COUNTERS = 4 };

/* A trial of segments of given lengths: counter 0 a ramp over all rows,
 * counter 1 heavy-tailed, counter 2 constant, counter 3 an integer -5..5. */
struct made {
    struct tw_arena arena;
    struct tw_trial t;
};

static void make(struct made *m, const size_t *lengths, size_t n)
{
    struct tw_rng rng = tw_rng_seeded(3);
    static const char *const names[] = { "ramp", "tail", "same", "int" };

    memset(m, 0, sizeof(*m));
    tw_arena_init(&m->arena, (size_t)64 << 20);
    m->t.n_counters = N_COUNTERS;
    m->t.counters =
        tw_arena_alloc(&m->arena, N_COUNTERS, sizeof(*m->t.counters));
    m->t.segments = tw_arena_alloc(&m->arena, n, sizeof(*m->t.segments));
    m->t.n_segments = n;
    for (size_t s = 0; s < n; s++) {
        m->t.segments[s] =
            (struct tw_trial_segment){ 0, m->t.n_rows, lengths[s] };
        m->t.n_rows += lengths[s];
    }
    m->t.time = tw_arena_alloc(&m->arena, m->t.n_rows, sizeof(double));
    m->t.values =
        tw_arena_alloc(&m->arena, m->t.n_rows * N_COUNTERS, sizeof(double));
    for (size_t r = 0; r < m->t.n_rows; r++) {
        double *v = m->t.values + r * N_COUNTERS;

        m->t.time[r] = (double)r * 0.25;
        v[0] = (double)r;
        v[1] = floor(exp(3 * tw_rng_normal(&rng)));
        v[2] = 7;
        v[3] = (double)tw_rng_below(&rng, 11) - 5;
    }
    for (size_t k = 0; k < N_COUNTERS; k++) {
        struct tw_trial_counter *c = &m->t.counters[k];

        *c = (struct tw_trial_counter){ .name = names[k],
                                        .unit = "",
                                        .min = -HUGE_VAL,
                                        .max = HUGE_VAL,
                                        .integral = true,
                                        .seen_min = HUGE_VAL,
                                        .seen_max = -HUGE_VAL };
        for (size_t r = 0; r < m->t.n_rows; r++) {
            double v = m->t.values[r * N_COUNTERS + k];

            c->seen_min = fmin(c->seen_min, v);
            c->seen_max = fmax(c->seen_max, v);
        }
    }
}

static void unmake(struct made *m)
{
    tw_arena_release(&m->arena);
}

static void set_missing(struct made *m, size_t row, size_t k)
{
    m->t.values[row * N_COUNTERS + k] = (double)NAN;
    m->t.counters[k].n_missing++;
}

TEST(scaled_values_have_mean_zero_and_deviation_one)
{
    struct made m;
    size_t length = 2000;

    make(&m, &length, 1);
    for (size_t k = 0; k < N_COUNTERS; k++) {
        struct tw_scale s;
        double sum = 0, sum2 = 0;

        tw_scale_fit(&s, &m.t, k);
        for (size_t r = 0; r < length; r++) {
            double y = tw_scale_forward(&s, m.t.values[r * N_COUNTERS + k]);

            sum += y;
            sum2 += y * y;
        }
        CHECK_NEAR(sum / (double)length, 0, 1e-9);
        CHECK_NEAR(sum2 / (double)length, k == 2 ? 0 : 1, 1e-9);
        CHECK(s.log1p == (k == 1));
    }
    unmake(&m);
}

TEST(the_inverse_of_scaling_is_exact_to_a_millionth)
{
    static const double xs[] = { 0,    1e-9,  -1e-9, 0.25,  1,
                                 -1,   1e3,   -1e3,  1e6,   193343,
                                 1e12, -1e12, 1e-3,  12550, 0.1 };

    for (int log1p = 0; log1p < 2; log1p++) {
        struct tw_scale s = { .log1p = log1p, .offset = 2.5, .scale = 1.7 };

        for (size_t i = 0; i < sizeof(xs) / sizeof(xs[0]); i++) {
            double back = tw_scale_inverse(&s, tw_scale_forward(&s, xs[i]));

            CHECK_NEAR(back, xs[i], 1e-6 * fabs(xs[i]) + 1e-15);
        }
    }
}

TEST(scaling_keeps_the_sign_and_the_order)
{
    struct tw_scale s = { .log1p = true, .scale = 1 };

    CHECK(tw_scale_forward(&s, -3) == -tw_scale_forward(&s, 3));
    CHECK(tw_scale_forward(&s, -3) < tw_scale_forward(&s, -1));
    CHECK(tw_scale_forward(&s, 1) < tw_scale_forward(&s, 3));
}

TEST(restoring_rounds_and_stays_in_the_range)
{
    struct tw_scale s = { .scale = 1, .min = 0, .max = 28, .integral = true };

    CHECK_NEAR(tw_scale_restore(&s, 3.4), 3, 0);
    CHECK_NEAR(tw_scale_restore(&s, 3.6), 4, 0);
    CHECK_NEAR(tw_scale_restore(&s, -7), 0, 0);
    CHECK_NEAR(tw_scale_restore(&s, 31), 28, 0);
    CHECK_NEAR(tw_scale_restore(&s, HUGE_VAL), 28, 0);
    CHECK_NEAR(tw_scale_restore(&s, (double)NAN), 0, 0);
    s.integral = false;
    CHECK_NEAR(tw_scale_restore(&s, 3.4), 3.4, 0);
}

TEST(restoring_keeps_the_grid_of_the_recorded_values)
{
    struct tw_scale s = { .scale = 1, .min = 0, .max = 9.995, .decimals = 2 };

    CHECK_NEAR(tw_scale_restore(&s, 3.14159), 3.14, 0);
    CHECK_NEAR(tw_scale_restore(&s, 0.0049), 0, 0);
    CHECK_NEAR(tw_scale_restore(&s, 12), 9.99, 0); /* the bound is off it */
    CHECK(!signbit(tw_scale_restore(&s, -0.001)));
    s.max = 0.001;
    s.min = 0.0005; /* no value of the grid is in the range */
    CHECK_NEAR(tw_scale_restore(&s, 12), 0.001, 0);
    /* Without a grid a zero that went through floats is a zero again. */
    s = (struct tw_scale){ .scale = 3, .offset = 0.7, .min = 0, .max = 9 };
    float zero = (float)tw_scale_forward(&s, 0);
    CHECK(tw_scale_inverse(&s, (double)zero) != 0);
    CHECK_NEAR(tw_scale_restore(&s, (double)zero), 0, 0);
    CHECK_NEAR(tw_scale_restore(&s, 0.123456789), 1.070370367, 1e-9);
}

TEST(a_restored_total_falls_only_where_recorded_ones_do)
{
    struct tw_scale s = { .scale = 1, .min = 0, .max = 200, .integral = true };
    static const float y[8] = { 10, 12, 11.4f, 30, 29, 2, 1, 5 };
    static const double rising[8] = { 10, 12, 12, 30, 30, 30, 30, 30 };
    static const double restarting[8] = { 10, 12, 12, 30, 30, 2, 2, 5 };
    double x[8];

    tw_scale_restore_series(&s, y, 8, x);
    CHECK_NEAR(x[2], 11, 0);
    CHECK_NEAR(x[6], 1, 0);
    s.growth = TW_TRIAL_RISING;
    tw_scale_restore_series(&s, y, 8, x);
    CHECK(memcmp(x, rising, sizeof(x)) == 0);
    s.growth = TW_TRIAL_RESTARTING;
    tw_scale_restore_series(&s, y, 8, x);
    CHECK(memcmp(x, restarting, sizeof(x)) == 0);
}

TEST(the_schema_closes_the_range_and_what_was_seen_closes_the_rest)
{
    struct made m;
    struct tw_scale s;
    size_t length = 100;

    make(&m, &length, 1);
    m.t.counters[3].max = 20;
    tw_scale_fit(&s, &m.t, 3);
    CHECK_NEAR(s.max, 20, 0);
    CHECK_NEAR(s.min, -5, 0);
    CHECK(s.integral);
    unmake(&m);
}

TEST(windows_never_cross_a_segment)
{
    struct made m;
    size_t lengths[] = { 40, 5, 33, 64, 8 };
    struct tw_windows w;
    struct tw_window_config c = { .length = 8, .stride = 3 };
    size_t n = 0;

    make(&m, lengths, 5);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    for (size_t s = 0; s < 5; s++)
        n += lengths[s] >= 8 ? (lengths[s] - 8) / 3 + 1 : 0;
    CHECK(w.n == n);
    CHECK(w.K == 3); /* the constant counter is left out */
    CHECK(w.L == 8);
    for (size_t i = 0; i < w.n; i++) {
        const struct tw_trial_segment *s = &m.t.segments[w.segment[i]];

        CHECK(w.row[i] >= s->first && w.row[i] + 8 <= s->first + s->n);
    }
    unmake(&m);
}

TEST(values_of_a_window_are_those_of_the_trial)
{
    struct made m;
    size_t lengths[] = { 30, 30 }, counters[] = { 3, 0 };
    struct tw_windows w;
    struct tw_window_config c = { .length = 10,
                                  .counters = counters,
                                  .n_counters = 2 };

    make(&m, lengths, 2);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    CHECK(w.n == 10); /* stride 5 */
    CHECK(w.K == 2 && w.counter[0] == 3 && w.counter[1] == 0);
    for (size_t i = 0; i < w.n * 2 * 10; i++) {
        size_t l = i % 10, k = i / 10 % 2, at = i / 20;
        double y = (double)w.x[i];
        double v = m.t.values[(w.row[at] + l) * N_COUNTERS + counters[k]];

        CHECK_NEAR(tw_scale_inverse(&w.scale[k], y), v, 1e-5);
        CHECK(w.known[i]);
    }
    unmake(&m);
}

TEST(missing_values_are_drawn_as_straight_lines_over_time)
{
    struct made m;
    size_t length = 10, counters[] = { 0 };
    struct tw_windows w;
    struct tw_window_config c = { .length = 10,
                                  .counters = counters,
                                  .n_counters = 1 };

    make(&m, &length, 1);
    set_missing(&m, 4, 0);
    m.t.time[4] = 0.8; /* instead of 1.0: nearer to its predecessor, at 0.75 */
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    CHECK(!w.known[4] && w.known[3] && w.known[5]);
    CHECK_NEAR(tw_scale_inverse(&w.scale[0], (double)w.x[4]), 3.2, 1e-5);
    unmake(&m);
    make(&m, &length, 1);
    set_missing(&m, 0, 0);
    set_missing(&m, 9, 0);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    CHECK(w.x[0] == w.x[1] && w.x[9] == w.x[8]);
    CHECK(!w.known[0] && !w.known[9]);
    unmake(&m);
}

TEST(windows_with_more_than_a_fifth_missing_are_left_out)
{
    struct made m;
    size_t length = 40;
    struct tw_windows w;
    struct tw_window_config c = { .length = 10, .stride = 10 };
    struct tw_err err = { 0 };

    make(&m, &length, 1);
    for (size_t r = 10; r < 13; r++)
        set_missing(&m, r, 1);
    for (size_t r = 20; r < 22; r++)
        set_missing(&m, r, 1);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_OK);
    CHECK(w.n == 3);
    CHECK(w.row[0] == 0 && w.row[1] == 20 && w.row[2] == 30);
    for (size_t r = 0; r < length; r++)
        m.t.values[r * N_COUNTERS + 1] = (double)NAN;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "missing") != NULL);
    unmake(&m);
}

TEST(a_bound_on_windows_keeps_an_even_spread)
{
    struct made m;
    size_t length = 1000;
    struct tw_windows w;
    struct tw_window_config c = { .length = 10,
                                  .stride = 1,
                                  .max_windows = 10 };

    make(&m, &length, 1);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    CHECK(w.n == 10);
    CHECK(w.row[0] == 0 && w.row[9] >= 890 && w.row[9] < 990);
    for (size_t i = 1; i < w.n; i++)
        CHECK(w.row[i] - w.row[i - 1] >= 99 && w.row[i] - w.row[i - 1] <= 100);
    unmake(&m);
}

TEST(idle_windows_are_left_out_when_asked_for)
{
    struct made m;
    size_t length = 200;
    struct tw_windows w;
    struct tw_window_config c = { .length = 10,
                                  .stride = 10,
                                  .min_active = 0.25 };
    struct tw_err err = { 0 };

    make(&m, &length, 1);
    /* Rows 40 to 139 at rest: 0 in the two counters that change at random. */
    for (size_t r = 40; r < 140; r++)
        m.t.values[r * N_COUNTERS + 1] = m.t.values[r * N_COUNTERS + 3] = 0;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_OK);
    CHECK(w.n == 10);
    for (size_t i = 0; i < w.n; i++)
        CHECK(w.row[i] < 40 || w.row[i] >= 140);
    c.min_active = 0;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_OK);
    CHECK(w.n == 20);
    /* Three rows of ten are active: enough for a quarter, not for a third. */
    for (size_t r = 40; r < 43; r++)
        m.t.values[r * N_COUNTERS + 1] = 5;
    c.min_active = 0.25;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_OK);
    CHECK(w.n == 11);
    c.min_active = 0.34;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_OK);
    CHECK(w.n == 10);
    c.min_active = 1.5;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "active") != NULL);
    unmake(&m);
}

TEST(a_trial_without_rest_values_is_active_throughout)
{
    struct made m;
    size_t length = 200, counters[] = { 0 };
    struct tw_windows w;
    struct tw_window_config c = { .length = 10,
                                  .stride = 10,
                                  .counters = counters,
                                  .n_counters = 1,
                                  .min_active = 1 };

    make(&m, &length, 1);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, NULL) == TW_OK);
    CHECK(w.n == 20);
    unmake(&m);
}

TEST(windows_that_do_not_fit_are_an_error_that_says_so)
{
    struct made m;
    size_t lengths[] = { 9, 5 }, bad = 4;
    struct tw_windows w;
    struct tw_window_config c = { .length = 10 };
    struct tw_err err = { 0 };

    make(&m, lengths, 2);
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "cannot cut windows of 10 rows: the longest segment "
                          "has 9") == 0);
    c.length = 0;
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_EINVAL);
    c = (struct tw_window_config){ .length = 4,
                                   .counters = &bad,
                                   .n_counters = 1 };
    CHECK(tw_windows_cut(&w, &m.arena, &m.t, &c, &err) == TW_EINVAL);
    unmake(&m);
}

TEST(cutting_windows_survives_every_lack_of_memory)
{
    struct made m;
    size_t length = 4000;
    struct tw_window_config c = { .length = 16, .stride = 2 };
    int n_failed = 0;

    make(&m, &length, 1);
    for (size_t limit = 0;; limit += 20000) {
        struct tw_arena a;
        struct tw_windows w;

        tw_arena_init(&a, limit);
        enum tw_status st = tw_windows_cut(&w, &a, &m.t, &c, NULL);
        tw_arena_release(&a);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM);
        n_failed++;
    }
    CHECK(n_failed > 3);
    unmake(&m);
}

TEST_MAIN(RUN(scaled_values_have_mean_zero_and_deviation_one);
          RUN(the_inverse_of_scaling_is_exact_to_a_millionth);
          RUN(scaling_keeps_the_sign_and_the_order);
          RUN(restoring_rounds_and_stays_in_the_range);
          RUN(restoring_keeps_the_grid_of_the_recorded_values);
          RUN(a_restored_total_falls_only_where_recorded_ones_do);
          RUN(the_schema_closes_the_range_and_what_was_seen_closes_the_rest);
          RUN(windows_never_cross_a_segment);
          RUN(values_of_a_window_are_those_of_the_trial);
          RUN(missing_values_are_drawn_as_straight_lines_over_time);
          RUN(windows_with_more_than_a_fifth_missing_are_left_out);
          RUN(a_bound_on_windows_keeps_an_even_spread);
          RUN(idle_windows_are_left_out_when_asked_for);
          RUN(a_trial_without_rest_values_is_active_throughout);
          RUN(windows_that_do_not_fit_are_an_error_that_says_so);
          RUN(cutting_windows_survives_every_lack_of_memory);)
