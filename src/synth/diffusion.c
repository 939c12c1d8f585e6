/*
 * diffusion.c - noise schedules, and what one step of each sampler does.
 *
 * Notation as in DDPM (Ho, Jain, Abbeel 2020): beta_t is the share of noise
 * that step t adds, alpha_bar_t the product of 1 - beta up to t. Times run
 * 0..T-1 here and 1..T there.
 */
#include "synth/diffusion.h"

#include <math.h>

#include "base/banned.h"

#define PI         3.14159265358979323846
/* The linear schedule of DDPM, section 4, and of SSSD's configuration. */
#define BETA_FIRST 1e-4
#define BETA_LAST  0.02
/* Nichol and Dhariwal 2021, section 3.2: the offset s that keeps the first
 * betas from vanishing, and the bound that keeps the last one from 1. */
#define COSINE_S   0.008
#define BETA_MAX   0.999
#define SCALED_MIN 21 /* at 20, the last beta would be 0.02 * 1000 / 20 = 1 */

const char *tw_diffusion_name(enum tw_diffusion_kind kind)
{
    switch (kind) {
    case TW_DIFFUSION_LINEAR:
        return "linear";
    case TW_DIFFUSION_SCALED:
        return "scaled";
    case TW_DIFFUSION_COSINE:
        return "cosine";
    case TW_DIFFUSION_KIND_COUNT:
        break;
    }
    return NULL;
}

/* f(t) of Nichol and Dhariwal's equation 17; the constant f(0) cancels in the
 * ratio below. */
static double cosine_square(double x, double T)
{
    double c = cos((x / T + COSINE_S) / (1 + COSINE_S) * PI / 2);

    return c * c;
}

/* Cosine: beta_t = 1 - alpha_bar_t / alpha_bar_(t-1), equation 17. */
static double beta_at(enum tw_diffusion_kind kind, size_t t, size_t T)
{
    double where = (double)t / (double)(T - 1);
    double linear = BETA_FIRST + (BETA_LAST - BETA_FIRST) * where;

    if (kind == TW_DIFFUSION_LINEAR)
        return linear;
    if (kind == TW_DIFFUSION_SCALED)
        return linear * 1000 / (double)T;
    double beta = 1 - cosine_square((double)t + 1, (double)T) /
                          cosine_square((double)t, (double)T);
    return fmin(beta, BETA_MAX);
}

enum tw_status tw_diffusion_init(struct tw_diffusion *d, struct tw_arena *a,
                                 enum tw_diffusion_kind kind, size_t T,
                                 struct tw_err *err)
{
    size_t T_min = 2;

    if (kind == TW_DIFFUSION_SCALED)
        T_min = SCALED_MIN;
    if (!tw_diffusion_name(kind))
        return tw_fail(err, TW_EINVAL, 0, "unknown noise schedule %d",
                       (int)kind);
    if (T < T_min || T > TW_DIFFUSION_STEPS_MAX)
        return tw_fail(err, TW_EINVAL, 0,
                       "%zu diffusion steps are outside of %zu..%d", T, T_min,
                       TW_DIFFUSION_STEPS_MAX);
    d->T = T;
    d->beta = tw_arena_alloc(a, T, sizeof(*d->beta));
    d->alpha_bar = tw_arena_alloc(a, T, sizeof(*d->alpha_bar));
    TW_TRY(tw_arena_check(a, "the noise schedule", err));
    /* A product in double: at T = 10000 it still keeps 12 digits. */
    double product = 1;

    for (size_t t = 0; t < T; t++) {
        d->beta[t] = beta_at(kind, t, T);
        product *= 1 - d->beta[t];
        d->alpha_bar[t] = product;
    }
    return TW_OK;
}

/* Time -1 is the data: every sampler's last step ends there. */
static double alpha_bar_at(const struct tw_diffusion *d, long t)
{
    TW_ASSERT(t >= -1 && t < (long)d->T);
    if (t < 0)
        return 1; /* the data, without noise */
    return d->alpha_bar[t];
}

double tw_diffusion_signal(const struct tw_diffusion *d, long t)
{
    return sqrt(alpha_bar_at(d, t));
}

double tw_diffusion_noise(const struct tw_diffusion *d, long t)
{
    return sqrt(1 - alpha_bar_at(d, t));
}

/* The embedding of DiffWave (Kong et al. 2021, "Diffusion-step embedding"),
 * which SSSD uses; stride lets it write one column of a (128, B) input. */
void tw_diffusion_embed(double t, float *e, size_t stride)
{
    const size_t half = TW_DIFFUSION_EMBED / 2;

    for (size_t i = 0; i < half; i++) {
        double f = exp(-(double)i * log(10000) / (double)(half - 1));

        e[i * stride] = (float)sin(t * f);
        e[(half + i) * stride] = (float)cos(t * f);
    }
}

/* Few steps at even distances: the last one always ends at the data. */
void tw_diffusion_grid(const struct tw_diffusion *d, size_t n_steps, long *grid)
{
    TW_ASSERT(n_steps > 0 && n_steps <= d->T);
    /* int(linspace(-1, T - 1, n_steps + 1)) without its rounding. */
    for (size_t i = 0; i <= n_steps; i++)
        grid[n_steps - i] = (long)(d->T * i / n_steps) - 1;
}

/* DDPM, algorithm 2, with the noise e expressed by D, and with the variance of
 * the posterior (equation 7), which is the smaller of its two choices. */
struct tw_diffusion_step tw_diffusion_ddpm(const struct tw_diffusion *d, long t)
{
    double ab = alpha_bar_at(d, t), ab_next = alpha_bar_at(d, t - 1);
    double beta = d->beta[t];
    /* x <- (x - beta / s e) / sqrt(1 - beta), e = (x - a D) / s. */
    double share = beta / (1 - ab), root = sqrt(1 - beta);
    double z = 0; /* the last step adds no noise */

    if (t > 0)
        z = sqrt(beta * (1 - ab_next) / (1 - ab));
    return (struct tw_diffusion_step){
        .x = (1 - share) / root,
        .d = share * sqrt(ab) / root,
        .z = z,
    };
}

/* Song, Meng, Ermon 2020, equations 12 and 16: z is sigma, and what is left of
 * 1 - alpha_bar after it stays in the direction of the old noise. */
struct tw_diffusion_step tw_diffusion_ddim(const struct tw_diffusion *d, long t,
                                           long t_next, double eta)
{
    double ab = alpha_bar_at(d, t), ab_next = alpha_bar_at(d, t_next);
    double z = eta * sqrt((1 - ab_next) / (1 - ab) * (1 - ab / ab_next));
    double rest = fmax(1 - ab_next - z * z, 0); /* less by rounding only */
    double e = sqrt(rest) / sqrt(1 - ab);

    return (struct tw_diffusion_step){
        .x = e,
        .d = sqrt(ab_next) - e * sqrt(ab),
        .z = z,
    };
}

/* lambda_t = ln(a / s), half the logarithm of the signal-to-noise ratio: the
 * time in which DPM-Solver's equation has a linear part that is solved
 * exactly. */
static double half_log_snr(const struct tw_diffusion *d, long t)
{
    double ab = alpha_bar_at(d, t);

    return 0.5 * log(ab / (1 - ab));
}

/* Lu et al. 2022 ("DPM-Solver++"), algorithm 2 (2M). The estimate is
 * extrapolated from the last two; the first step has only one and is of first
 * order. Into the data itself h would be infinite, and the limit is D. */
struct tw_diffusion_step tw_diffusion_dpmpp(const struct tw_diffusion *d,
                                            long t_prev, long t, long t_next)
{
    if (t_next < 0)
        return (struct tw_diffusion_step){ .d = 1 };
    double lambda = half_log_snr(d, t);
    double h = half_log_snr(d, t_next) - lambda;
    double gain = -tw_diffusion_signal(d, t_next) * expm1(-h), ratio = 0;

    if (t_prev != t)
        ratio = h / (2 * (lambda - half_log_snr(d, t_prev)));
    return (struct tw_diffusion_step){
        .x = tw_diffusion_noise(d, t_next) / tw_diffusion_noise(d, t),
        .d = gain * (1 + ratio),
        .d_prev = -gain * ratio,
    };
}
