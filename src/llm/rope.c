/* rope.c - angles of rotary positions, and heads turned by them. */
#include "llm/rope.h"

#include "base/status.h"

#include <math.h>

#include "base/banned.h"

static const double TURN = 6.283185307179586; /* 2 pi */

/* The pair that turns beta times within n_orig positions. */
static double find_pair(const struct tw_rope *r, double n_orig, double beta)
{
    return (double)r->n_rot * log(n_orig / (beta * TURN)) / (2 * log(r->base));
}

/* llama.cpp, ggml_rope_yarn_corr_dims(): whole pairs, inside of the head. */
void tw_rope_set_yarn(struct tw_rope *r, double n_orig, double beta_fast,
                      double beta_slow, double mix)
{
    TW_ASSERT(n_orig > 0 && beta_fast > 0 && beta_slow > 0);
    r->mix = mix;
    r->mix_low = fmax(0, floor(find_pair(r, n_orig, beta_fast)));
    r->mix_high =
        fmin((double)r->n_rot - 1, ceil(find_pair(r, n_orig, beta_slow)));
}

/* Share of the unscaled angle in pair i. */
static double mix_of(const struct tw_rope *r, size_t i)
{
    double width = fmax(0.001, r->mix_high - r->mix_low);
    double ramp = ((double)i - r->mix_low) / width;

    return (1 - fmin(1, fmax(0, ramp))) * r->mix;
}

/* In double, for a float has no digits left at position 100,000. */
void tw_rope_fill(const struct tw_rope *r, const size_t *pos, size_t n,
                  float *out)
{
    size_t half = r->n_rot / 2;

    TW_ASSERT(r->n_rot % 2 == 0 && r->base > 0 && r->scale > 0);
    for (size_t i = 0; i < half; i++) {
        double f = pow(r->base, -2.0 * (double)i / (double)r->n_rot);
        double mix = 0;

        if (r->factors)
            f /= (double)r->factors[i];
        if (r->mix > 0)
            mix = mix_of(r, i);
        f *= r->scale * (1 - mix) + mix;
        for (size_t k = 0; k < n; k++) {
            double angle = (double)pos[k] * f;

            out[(k * half + i) * 2] = (float)(cos(angle) * r->magnitude);
            out[(k * half + i) * 2 + 1] = (float)(sin(angle) * r->magnitude);
        }
    }
}

void tw_rope_turn(float *x, const float *turn, size_t n_rot,
                  enum tw_rope_pairs pairs)
{
    size_t step = 2, other = 1; /* TW_ROPE_NORM */

    TW_ASSERT(pairs != TW_ROPE_NONE);
    if (pairs == TW_ROPE_NEOX) {
        step = 1;
        other = n_rot / 2;
    }
    for (size_t i = 0; i < n_rot / 2; i++) {
        float *a = x + step * i, *b = a + other;
        float u = *a, v = *b, cosine = turn[2 * i], sine = turn[2 * i + 1];

        *a = u * cosine - v * sine;
        *b = u * sine + v * cosine;
    }
}
