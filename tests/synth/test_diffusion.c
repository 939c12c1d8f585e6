/*
 * test_diffusion.c - schedules and samplers against golden numbers and a
 * Gaussian, for which every step is known exactly.
 */
#include "synth/diffusion.h"

#include "test.h"

#include "golden.h"

#include <string.h>

static struct tw_diffusion make(struct tw_arena *a, enum tw_diffusion_kind kind,
                                size_t T)
{
    struct tw_diffusion d = { 0 };

    CHECK(tw_diffusion_init(&d, a, kind, T, NULL) == TW_OK);
    return d;
}

TEST(only_the_schedule_of_the_paper_stops_short_of_noise)
{
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_LINEAR, 200);
    CHECK_NEAR(tw_diffusion_signal(&d, 199), 0.36356946275865626, 1e-12);
    d = make(&a, TW_DIFFUSION_SCALED, 200);
    CHECK_NEAR(tw_diffusion_signal(&d, 199), 0.005506212098377529, 1e-12);
    d = make(&a, TW_DIFFUSION_SCALED, 1000);
    CHECK_NEAR(tw_diffusion_signal(&d, 999), 0.006352818087570016, 1e-12);
    d = make(&a, TW_DIFFUSION_COSINE, 200);
    CHECK(tw_diffusion_signal(&d, 199) < 0.001);
    CHECK_NEAR(tw_diffusion_signal(&d, -1), 1, 0);
    CHECK_NEAR(tw_diffusion_noise(&d, -1), 0, 0);
    tw_arena_release(&a);
}

TEST(schedules_match_the_golden_file)
{
    struct tw_json *root = golden_open("schedules.json");
    const struct tw_json *g = tw_json_get(root, "sssd_linear_T200");
    struct tw_arena a;
    double ab[200], sigma[199];

    if (!root)
        return;
    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_LINEAR, 200);
    golden_array(tw_json_get(g, "alpha_bar"), ab, 200);
    golden_array(tw_json_get(g, "sigma_for_t_ge_1"), sigma, 199);
    for (long t = 0; t < 200; t++) {
        CHECK_NEAR(d.alpha_bar[t], ab[t], 1e-13);
        if (t > 0)
            CHECK_NEAR(tw_diffusion_ddpm(&d, t).z, sigma[t - 1], 1e-13);
    }
    for (size_t T = 500; T <= 1000; T += 500) {
        double time[8], beta[8];

        g = tw_json_get(root, T == 500 ? "cosine_T500" : "cosine_T1000");
        d = make(&a, TW_DIFFUSION_COSINE, T);
        CHECK(golden_array(tw_json_get(g, "t"), time, 8) == 8);
        golden_array(tw_json_get(g, "beta"), beta, 8);
        golden_array(tw_json_get(g, "alpha_bar"), ab, 8);
        for (size_t i = 0; i < 8; i++) {
            CHECK_NEAR(d.beta[(size_t)time[i]], beta[i], 1e-12);
            CHECK_NEAR(d.alpha_bar[(size_t)time[i]], ab[i], 1e-12);
        }
    }
    tw_arena_release(&a);
    tw_json_free(root);
}

TEST(step_embeddings_match_the_golden_file)
{
    struct tw_json *root = golden_open("schedules.json");
    const struct tw_json *g = tw_json_get(root, "sssd_step_embedding");
    static const char *const times[] = { "0", "1", "7", "199" };
    static const double values[] = { 0, 1, 7, 199 };

    for (size_t i = 0; root && i < 4; i++) {
        double want[TW_DIFFUSION_EMBED];
        float e[2 * TW_DIFFUSION_EMBED];

        CHECK(golden_array(tw_json_get(g, times[i]), want,
                           TW_DIFFUSION_EMBED) == TW_DIFFUSION_EMBED);
        tw_diffusion_embed(values[i], e, 2);
        for (size_t k = 0; k < TW_DIFFUSION_EMBED; k++)
            CHECK_NEAR((double)e[2 * k], want[k], 1e-7);
    }
    tw_json_free(root);
}

/* The ideal denoiser of x0 ~ N(0.3, 0.5^2); no network needed. */
static double denoise(const struct tw_diffusion *d, long t, double x)
{
    const double mu = 0.3, sd = 0.5;
    double a = tw_diffusion_signal(d, t), s = tw_diffusion_noise(d, t);

    return mu + a * sd * sd * (x - a * mu) / (a * a * sd * sd + s * s);
}

static double run_sampler(const struct tw_diffusion *d, size_t n_steps,
                          bool multistep)
{
    long grid[501];
    double x = 0.7, D_prev = 0;

    tw_diffusion_grid(d, n_steps, grid);
    for (size_t i = 0; i < n_steps; i++) {
        double D = denoise(d, grid[i], x);
        struct tw_diffusion_step c =
            multistep ? tw_diffusion_dpmpp(d, grid[i ? i - 1 : 0], grid[i],
                                           grid[i + 1])
                      : tw_diffusion_ddim(d, grid[i], grid[i + 1], 0);

        x = c.x * x + c.d * D + c.d_prev * D_prev;
        D_prev = D;
    }
    return x;
}

TEST(samplers_match_the_gaussian_oracle)
{
    static const struct {
        size_t n_steps;
        double ddim, dpmpp; /* golden values of the shared folder */
    } cases[] = {
        { 10, 0.5987663927329367, 0.6328197236277744 },
        { 20, 0.62346376775441, 0.6489416857413226 },
        { 50, 0.639100825408411, 0.6504782180147018 },
        { 100, 0.6444766821678857, 0.6501295138703109 },
    };
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_COSINE, 500);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        CHECK_NEAR(run_sampler(&d, cases[i].n_steps, false), cases[i].ddim,
                   1e-12);
        CHECK_NEAR(run_sampler(&d, cases[i].n_steps, true), cases[i].dpmpp,
                   1e-12);
    }
    CHECK_NEAR(run_sampler(&d, 500, false), 0.6488598085229775, 1e-12);
    tw_arena_release(&a);
}

TEST(samplers_converge_to_the_exact_end)
{
    const double exact = 0.6499852165366031;
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_COSINE, 500);
    double e50 = fabs(run_sampler(&d, 50, false) - exact);
    double e100 = fabs(run_sampler(&d, 100, false) - exact);
    CHECK_NEAR(e50 / e100, 2, 0.3); /* first order */
    e50 = fabs(run_sampler(&d, 50, true) - exact);
    e100 = fabs(run_sampler(&d, 100, true) - exact);
    CHECK(e50 / e100 > 3); /* second order */
    tw_arena_release(&a);
}

TEST(ancestral_ddim_is_ddpm)
{
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_SCALED, 200);
    for (long t = 0; t < 200; t++) {
        struct tw_diffusion_step p = tw_diffusion_ddpm(&d, t);
        struct tw_diffusion_step q = tw_diffusion_ddim(&d, t, t - 1, 1);

        CHECK_NEAR(p.x, q.x, 1e-10);
        CHECK_NEAR(p.d, q.d, 1e-10);
        CHECK_NEAR(p.z, q.z, 1e-10);
    }
    tw_arena_release(&a);
}

TEST(grids_go_strictly_down_to_the_data)
{
    struct tw_arena a;
    long grid[201];

    tw_arena_init(&a, 1u << 20);
    struct tw_diffusion d = make(&a, TW_DIFFUSION_SCALED, 200);
    for (size_t n = 1; n <= 200; n++) {
        tw_diffusion_grid(&d, n, grid);
        CHECK(grid[0] == 199 && grid[n] == -1);
        for (size_t i = 0; i < n; i++)
            CHECK(grid[i] > grid[i + 1]);
    }
    tw_arena_release(&a);
}

TEST(impossible_schedules_are_refused)
{
    struct tw_arena a;
    struct tw_diffusion d;
    struct tw_err err = { 0 };

    tw_arena_init(&a, 1u << 16);
    CHECK(tw_diffusion_init(&d, &a, TW_DIFFUSION_SCALED, 20, &err) ==
          TW_EINVAL);
    CHECK(tw_diffusion_init(&d, &a, TW_DIFFUSION_COSINE, 1, &err) == TW_EINVAL);
    CHECK(tw_diffusion_init(&d, &a, TW_DIFFUSION_COSINE, 20000, &err) ==
          TW_EINVAL);
    CHECK(tw_diffusion_init(&d, &a, TW_DIFFUSION_KIND_COUNT, 100, &err) ==
          TW_EINVAL);
    CHECK(tw_diffusion_init(&d, &a, TW_DIFFUSION_COSINE, 10000, &err) ==
          TW_ENOMEM);
    CHECK(strcmp(tw_diffusion_name(TW_DIFFUSION_SCALED), "scaled") == 0);
    CHECK(!tw_diffusion_name(TW_DIFFUSION_KIND_COUNT));
    tw_arena_release(&a);
}

TEST_MAIN(RUN(only_the_schedule_of_the_paper_stops_short_of_noise);
          RUN(schedules_match_the_golden_file);
          RUN(step_embeddings_match_the_golden_file);
          RUN(samplers_match_the_gaussian_oracle);
          RUN(samplers_converge_to_the_exact_end); RUN(ancestral_ddim_is_ddpm);
          RUN(grids_go_strictly_down_to_the_data);
          RUN(impossible_schedules_are_refused);)
