/* What struct tw_kern has besides products, against the reference. */
#include "kern/kern.h"

#include "base/status.h"

#include "test.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void init_level(struct tw_kern *k)
{
    tw_kern_init(k, tw_kern_level_detect(getenv("TW_CPU")));
}

static float next_float(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

enum { N_MAX = 300 };

static void check_simple(const struct tw_kern *k, const struct tw_kern *ref,
                         size_t n, const float *a, const float *b)
{
    float got[N_MAX + 1], want[N_MAX + 1];
    size_t bytes = (n + 1) * sizeof(float);

    for (size_t i = 0; i <= n; i++)
        got[i] = want[i] = 5.0f;
    k->add_f32(got, a, b, n);
    ref->add_f32(want, a, b, n);
    CHECK(memcmp(got, want, bytes) == 0);
    k->mul_f32(got, a, b, n);
    ref->mul_f32(want, a, b, n);
    CHECK(memcmp(got, want, bytes) == 0);
    k->axpy_f32(got, 0.3f, b, n);
    ref->axpy_f32(want, 0.3f, b, n);
    for (size_t i = 0; i <= n; i++)
        CHECK_NEAR((double)got[i], (double)want[i], 3e-7);
    k->silu_f32(got, a, n);
    ref->silu_f32(want, a, n);
    for (size_t i = 0; i <= n; i++)
        CHECK_NEAR((double)got[i], (double)want[i], 3e-7);
}

TEST(simple_loops_agree_with_reference_at_every_length)
{
    struct tw_kern k, ref;
    float a[N_MAX + 1], b[N_MAX + 1];
    uint64_t rng = 5;

    init_level(&k);
    tw_kern_init(&ref, TW_KERN_REF);
    for (size_t i = 0; i <= N_MAX; i++) {
        a[i] = next_float(&rng);
        b[i] = next_float(&rng);
    }
    for (size_t n = 0; n < N_MAX; n++)
        check_simple(&k, &ref, n, a + 1, b + n % 2);
}

static void check_softmax(const struct tw_kern *k, size_t n, float spread,
                          uint64_t *rng)
{
    float x[N_MAX], y[N_MAX];
    double top = (double)-INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        x[i] = next_float(rng) * spread;
        top = fmax(top, (double)x[i]);
    }
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - top);
    k->softmax_f32(y, x, n);
    for (size_t i = 0; i < n; i++) {
        double want = exp((double)x[i] - top) / sum;
        CHECK_NEAR((double)y[i], want,
                   (4.0 + top - (double)x[i]) * 1e-7 * want + 2e-43);
    }
    k->softmax_f32(x, x, n); /* in place */
    CHECK(memcmp(x, y, n * sizeof(float)) == 0);
}

TEST(softmax_of_a_row)
{
    struct tw_kern k;
    uint64_t rng = 17;

    init_level(&k);
    for (size_t n = 1; n < N_MAX; n += 1 + n / 8) {
        check_softmax(&k, n, 1.0f, &rng);
        check_softmax(&k, n, 300.0f, &rng);
    }
    float x[3] = { 1.0f, -INFINITY, 1.0f }, y[3];
    k.softmax_f32(y, x, 3);
    CHECK(y[0] == 0.5f && y[1] == 0.0f && y[2] == 0.5f);
    x[1] = NAN;
    k.softmax_f32(y, x, 3);
    CHECK(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
}

TEST(rmsnorm_of_a_row)
{
    struct tw_kern k;
    float x[N_MAX], w[N_MAX], y[N_MAX];
    uint64_t rng = 23;

    init_level(&k);
    for (size_t n = 1; n < N_MAX; n += 1 + n / 4) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            x[i] = next_float(&rng);
            w[i] = next_float(&rng);
            sum += (double)x[i] * (double)x[i];
        }
        double s = 1.0 / sqrt(sum / (double)n + 1e-5);
        float got = k.rmsnorm_f32(y, x, w, n, 1e-5f);
        CHECK_NEAR((double)got, s, 4e-7 * s);
        for (size_t i = 0; i < n; i++)
            CHECK_NEAR((double)y[i], (double)x[i] * s * (double)w[i], 6e-7 * s);
        k.rmsnorm_f32(y, x, NULL, n, 1e-5f);
        CHECK_NEAR((double)y[n - 1], (double)x[n - 1] * s, 6e-7 * s);
    }
}

TEST(level_names_bound_the_choice)
{
    enum tw_kern_level best = tw_kern_level_detect(NULL);

    CHECK(tw_kern_level_detect("ref") == TW_KERN_REF);
    CHECK(tw_kern_level_detect("avx2") <= TW_KERN_AVX2);
    CHECK(tw_kern_level_detect("avx512") <= TW_KERN_AVX512);
    CHECK(tw_kern_level_detect("avx512vnni") == best);
    CHECK(tw_kern_level_detect("unknown") == best);
    for (int l = 0; l <= (int)best; l++) {
        enum tw_kern_level level = (enum tw_kern_level)l;
        CHECK(tw_kern_level_detect(tw_kern_level_name(level)) <= level);
    }
}

TEST_MAIN(RUN(simple_loops_agree_with_reference_at_every_length);
          RUN(softmax_of_a_row); RUN(rmsnorm_of_a_row);
          RUN(level_names_bound_the_choice);)
