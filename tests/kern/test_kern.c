#include "kern/kern.h"

#include "test.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>

enum { N_MAX = 300, ROUNDS = 5 };

/* A generator with a fixed seed: a failure is the same failure tomorrow. */
static float next_float(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

static void check_dot(const struct tw_kern *got, const struct tw_kern *ref,
                      size_t n, uint64_t *rng)
{
    float x[N_MAX + 1], y[N_MAX + 1];
    double scale = 0.0;

    for (size_t i = 0; i <= n; i++) {
        x[i] = next_float(rng);
        y[i] = next_float(rng);
        scale += i ? fabs((double)x[i] * (double)y[i]) : 0.0;
    }
    /* + 1: deliberately not aligned */
    CHECK_NEAR((double)got->dot_f32(x + 1, y + 1, n),
               (double)ref->dot_f32(x + 1, y + 1, n),
               2.0 * (double)FLT_EPSILON * scale * log2((double)n + 2));
}

TEST(dot_f32_agrees_with_reference_at_every_length)
{
    struct tw_kern ref, got;
    uint64_t rng = 20250601;

    tw_kern_init(&ref, TW_KERN_REF);
    tw_kern_init(&got, tw_kern_level_detect(getenv("TW_CPU")));
    for (int round = 0; round < ROUNDS; round++)
        for (size_t n = 0; n <= N_MAX; n++)
            check_dot(&got, &ref, n, &rng);
}

TEST_MAIN(RUN(dot_f32_agrees_with_reference_at_every_length);)
