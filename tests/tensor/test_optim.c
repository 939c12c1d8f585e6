#include "tensor/optim.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { N = 37 };

struct env {
    struct tw_backend *be;
    struct tw_params *ps;
    struct tw_adam opt;
    struct tw_param *w, *b; /* decayed and not decayed */
};

static void env_open(struct env *e)
{
    struct tw_err err = { 0 };

    CHECK(tw_backend_new(&e->be, getenv("TW_CPU"), 2, &err) == TW_OK);
    CHECK(tw_params_new(&e->ps, 1u << 20, &err) == TW_OK);
    CHECK(tw_params_add_fixed(e->ps, "table", 1, (size_t[]){ 9 }) != NULL);
    e->w = tw_params_add(e->ps, "w", 2, (size_t[]){ 1, N });
    e->b = tw_params_add(e->ps, "b", 1, (size_t[]){ N });
    for (int i = 0; i < N; i++) {
        e->w->data[i] = 0.5f + 0.1f * (float)i;
        e->b->data[i] = -0.3f;
    }
    CHECK(tw_adam_init(&e->opt, e->ps, e->be, &err) == TW_OK);
}

static void env_close(struct env *e)
{
    tw_adam_release(&e->opt);
    tw_params_free(e->ps);
    tw_backend_free(e->be);
}

static float gradient(int step, int i)
{
    return 0.2f * sinf((float)(i + 3 * step)) + 0.1f;
}

static void set_gradients(struct env *e, int step, float factor)
{
    for (int i = 0; i < N; i++) {
        e->w->grad[i] = factor * gradient(step, i);
        e->b->grad[i] = 2.0f * factor * gradient(step, i);
    }
}

/* The algorithm of the paper, in double. */
static double adam_by_hand(double w, int i, int steps, double factor, double lr,
                           double decay)
{
    double m = 0.0, v = 0.0;

    for (int t = 1; t <= steps; t++) {
        double g = factor * (double)gradient(t, i);

        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        w -= lr * decay * w;
        w -= lr * (m / (1.0 - pow(0.9, t))) /
             (sqrt(v / (1.0 - pow(0.999, t))) + 1e-8);
    }
    return w;
}

TEST(adam_agrees_with_the_paper)
{
    struct env e;

    env_open(&e);
    for (int t = 1; t <= 7; t++) {
        set_gradients(&e, t, 1.0f);
        (void)tw_adam_step(&e.opt, 0.01f);
    }
    for (int i = 0; i < N; i++) {
        CHECK_NEAR((double)e.w->data[i],
                   adam_by_hand(0.5 + 0.1 * i, i, 7, 1.0, 0.01, 0.0), 2e-6);
        CHECK_NEAR((double)e.b->data[i],
                   adam_by_hand(-0.3, i, 7, 2.0, 0.01, 0.0), 2e-6);
    }
    /* by hand: the first step of Adam is lr in the direction of -gradient */
    CHECK_NEAR(adam_by_hand(1.0, 0, 1, 1.0, 0.01, 0.0), 0.99, 1e-6);
    env_close(&e);
}

TEST(adamw_decays_matrices_and_not_vectors)
{
    struct env e;

    env_open(&e);
    e.opt.weight_decay = 0.1f;
    for (int t = 1; t <= 5; t++) {
        set_gradients(&e, t, 1.0f);
        (void)tw_adam_step(&e.opt, 0.02f);
    }
    for (int i = 0; i < N; i++) {
        CHECK_NEAR((double)e.w->data[i],
                   adam_by_hand(0.5 + 0.1 * i, i, 5, 1.0, 0.02, 0.1), 4e-6);
        CHECK_NEAR((double)e.b->data[i],
                   adam_by_hand(-0.3, i, 5, 2.0, 0.02, 0.0), 2e-6);
    }
    env_close(&e);
}

TEST(clipping_scales_all_gradients_by_their_common_norm)
{
    struct env e;
    double norm = 0.0;

    env_open(&e);
    e.opt.clip = 0.5f;
    e.opt.eps = 0.1f; /* so that the size of a gradient matters */
    set_gradients(&e, 1, 1.0f);
    for (int i = 0; i < N; i++)
        norm += 5.0 * pow((double)gradient(1, i), 2.0);
    norm = sqrt(norm);
    CHECK(norm > 0.5);
    CHECK_NEAR((double)tw_adam_step(&e.opt, 0.1f), norm, 1e-5);
    for (int i = 0; i < N; i++) {
        double g = (double)gradient(1, i) * 0.5 / norm;

        CHECK_NEAR((double)e.w->data[i],
                   0.5 + 0.1 * i - 0.1 * g / (fabs(g) + 0.1), 1e-6);
    }
    env_close(&e);
}

TEST(a_gradient_that_is_not_finite_changes_nothing)
{
    struct env e;

    env_open(&e);
    set_gradients(&e, 1, 1.0f);
    e.b->grad[N - 1] = NAN;
    CHECK(!isfinite(tw_adam_step(&e.opt, 0.1f)));
    e.b->grad[N - 1] = INFINITY;
    CHECK(!isfinite(tw_adam_step(&e.opt, 0.1f)));
    CHECK(e.w->data[0] == 0.5f && e.b->data[3] == -0.3f);
    CHECK(e.opt.step == 0 && e.opt.m[0] == 0.0f);
    env_close(&e);
}

TEST(the_average_follows_the_weights_and_swaps_back)
{
    struct env e;
    double mean = 0.0;

    env_open(&e);
    e.opt.ema_decay = 0.75f;
    tw_adam_swap_ema(&e.opt); /* nothing yet */
    CHECK(e.w->data[0] == 0.5f);
    for (int t = 1; t <= 4; t++) {
        set_gradients(&e, t, 1.0f);
        (void)tw_adam_step(&e.opt, 0.05f);
        mean = t == 1 ? (double)e.w->data[5]
                      : 0.75 * mean + 0.25 * (double)e.w->data[5];
    }
    float w = e.w->data[5];
    tw_adam_swap_ema(&e.opt);
    CHECK_NEAR((double)e.w->data[5], mean, 1e-6);
    CHECK((double)e.w->data[5] != (double)w);
    tw_adam_swap_ema(&e.opt);
    CHECK(e.w->data[5] == w);
    env_close(&e);
}

TEST(schedules_warm_up_hold_and_fall)
{
    float peak = 2.0f, floor = 0.1f;

    for (int k = 0; k < 3; k++) {
        enum tw_schedule s = (enum tw_schedule)k;

        CHECK_NEAR((double)tw_schedule_lr(s, 0, 10, 110, peak, floor), 0.2,
                   1e-6);
        CHECK_NEAR((double)tw_schedule_lr(s, 9, 10, 110, peak, floor), 2.0,
                   1e-6);
        CHECK_NEAR((double)tw_schedule_lr(s, 10, 10, 110, peak, floor), 2.0,
                   1e-6);
        CHECK_NEAR((double)tw_schedule_lr(s, 500, 10, 110, peak, floor),
                   s == TW_SCHEDULE_CONSTANT ? 2.0 : 0.2, 1e-6);
    }
    CHECK_NEAR(
        (double)tw_schedule_lr(TW_SCHEDULE_COSINE, 60, 10, 110, peak, floor),
        2.0 * (0.1 + 0.9 * 0.5), 1e-6);
    CHECK_NEAR(
        (double)tw_schedule_lr(TW_SCHEDULE_WSD, 80, 10, 110, peak, floor), 2.0,
        1e-6);
    CHECK_NEAR(
        (double)tw_schedule_lr(TW_SCHEDULE_WSD, 99, 10, 110, peak, floor),
        2.0 * (0.1 + 0.9 * 0.5), 1e-6);
    CHECK_NEAR((double)tw_schedule_lr(TW_SCHEDULE_COSINE, 0, 0, 0, peak, floor),
               0.2, 1e-6);
}

TEST_MAIN(RUN(adam_agrees_with_the_paper);
          RUN(adamw_decays_matrices_and_not_vectors);
          RUN(clipping_scales_all_gradients_by_their_common_norm);
          RUN(a_gradient_that_is_not_finite_changes_nothing);
          RUN(the_average_follows_the_weights_and_swaps_back);
          RUN(schedules_warm_up_hold_and_fall);)
