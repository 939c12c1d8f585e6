/*
 * diffusion.h - noise schedules of diffusion, and the samplers that undo them.
 *
 * x_t = a x_0 + s e with a = sqrt(alpha_bar_t), s = sqrt(1 - alpha_bar_t).
 * Every sampler here is one linear step from x at time t to x at an earlier
 * time, given the denoised estimate D of x_0:
 *
 *     x <- c.x x + c.d D + c.d_prev D_prev + c.z N(0, 1)
 *
 * so the caller keeps the arrays and the schedule gives four numbers per step.
 * Time -1 is the data itself.
 *
 * TW_DIFFUSION_LINEAR is SSSD's own schedule.  At T = 200 it ends at
 * sqrt(alpha_bar) = 0.36, far from noise: unconditional samples that start from
 * noise are then wrong.  SCALED multiplies its betas by 1000 / T; COSINE is
 * that of Nichol and Dhariwal (2021).  Both end at noise.
 */
#ifndef TW_SYNTH_DIFFUSION_H
#define TW_SYNTH_DIFFUSION_H

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

enum { TW_DIFFUSION_STEPS_MAX = 10000, TW_DIFFUSION_EMBED = 128 };

enum tw_diffusion_kind {
    TW_DIFFUSION_LINEAR,
    TW_DIFFUSION_SCALED,
    TW_DIFFUSION_COSINE,
    TW_DIFFUSION_KIND_COUNT
};
/* "linear", "scaled", "cosine"; NULL past the end. */
const char *tw_diffusion_name(enum tw_diffusion_kind kind);

struct tw_diffusion {
    size_t T;
    double *beta;      /* (T) variance that step t adds, 0..1 */
    double *alpha_bar; /* (T) product of 1 - beta up to t */
};
/* Arrays in the arena.  T in 2..TW_DIFFUSION_STEPS_MAX; the scaled schedule
 * needs T > 20, or a beta would reach 1. */
enum tw_status tw_diffusion_init(struct tw_diffusion *d, struct tw_arena *a,
                                 enum tw_diffusion_kind kind, size_t T,
                                 struct tw_err *err) TW_NODISCARD;
/* a and s of x_t = a x_0 + s e; t -1 gives 1 and 0. */
double tw_diffusion_signal(const struct tw_diffusion *d, long t);
double tw_diffusion_noise(const struct tw_diffusion *d, long t);

/* e[i * stride], i < TW_DIFFUSION_EMBED: 64 sines, then 64 cosines of
 * t exp(-i ln(10000) / 63). */
void tw_diffusion_embed(double t, float *e, size_t stride);

/* Times of n_steps steps, latest first: grid[0] = T - 1 .. grid[n_steps] = -1;
 * grid: (n_steps + 1).  1 <= n_steps <= T. */
void tw_diffusion_grid(const struct tw_diffusion *d, size_t n_steps,
                       long *grid);

/* The factors c of the formula above; one that is not set is 0. */
struct tw_diffusion_step {
    double x, d, d_prev, z;
};
/* DDPM (Ho et al. 2020) from t to t - 1, as SSSD samples. */
struct tw_diffusion_step tw_diffusion_ddpm(const struct tw_diffusion *d,
                                           long t);
/* DDIM (Song et al. 2020); eta 0 is deterministic, eta 1 is ancestral. */
struct tw_diffusion_step tw_diffusion_ddim(const struct tw_diffusion *d, long t,
                                           long t_next, double eta);
/* DPM-Solver++(2M) (Lu et al. 2022), data prediction.  t_prev: the time of
 * D_prev, later than t; t_prev == t in the first step. */
struct tw_diffusion_step tw_diffusion_dpmpp(const struct tw_diffusion *d,
                                            long t_prev, long t, long t_next);

#endif /* TW_SYNTH_DIFFUSION_H */
