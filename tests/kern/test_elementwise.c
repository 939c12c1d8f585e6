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

static double exact_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double exact_silu(double x)
{
    return x * exact_sigmoid(x);
}

static double exact_cdf(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}

static double exact_gelu(double x)
{
    return x * exact_cdf(x);
}

static double exact_relu(double x)
{
    return x < 0.0 ? 0.0 : x;
}

static double exact_dsilu(double x)
{
    double s = exact_sigmoid(x);

    return s * (1.0 + x * (1.0 - s));
}

static double exact_dgelu(double x)
{
    return exact_cdf(x) + x * 0.39894228040143267794 * exp(-0.5 * x * x);
}

static double exact_drelu(double x)
{
    return x > 0.0 ? 1.0 : 0.0;
}

static double exact_dtanh(double y)
{
    return 1.0 - y * y;
}

static double exact_dsigmoid(double y)
{
    return y * (1.0 - y);
}

typedef double exact_fn(double x);

/* |got - want| <= relative * |want| + per_x * |x| + 2e-43, or both the same
 * infinity, or both NaN. */
static bool near(double x, double got, double want, double relative,
                 double per_x)
{
    if (isnan(want))
        return isnan(got);
    if (isinf(want) || isinf(got))
        return got == want || (fabs(want) > (double)FLT_MAX && isinf(got));
    double bound = relative * fabs(want) + 2e-43;

    if (isfinite(x))
        bound += per_x * fabs(x);
    return fabs(got - want) <= bound;
}

enum { CHUNK = 37 }; /* whole vectors and a part, at every level */

static void check_chunk(tw_kern_map *f, exact_fn *exact, const float *x,
                        const double bounds[2], int *wrong)
{
    float in[CHUNK + 1], out[CHUNK + 2];

    memcpy(in + 1, x, CHUNK * sizeof(float));
    out[CHUNK + 1] = 7.0f;
    f(out + 1, in + 1, CHUNK);
    *wrong += out[CHUNK + 1] != 7.0f;
    for (size_t i = 0; i < CHUNK; i++) {
        /* The exact result is rounded too: it may be out of range. */
        double want = exact((double)x[i]);
        double got = (double)out[i + 1];
        if (near((double)x[i], got, want, bounds[0], bounds[1]))
            continue;
        if ((*wrong)++ < 5)
            printf("# f(%.9g) = %.9g, not %.9g\n", (double)x[i], got, want);
    }
}

/* Floats of all magnitudes and both signs, NaN and infinities among them. */
static void check_map(tw_kern_map *f, exact_fn *exact, double relative,
                      double per_x)
{
    const double bounds[2] = { relative, per_x };
    float x[CHUNK];
    uint32_t bits = 0;
    size_t n = 0;
    int wrong = 0;

    for (long i = 0; i < 130000; i++, bits += 33037u) {
        memcpy(&x[n++], &bits, sizeof(float));
        if (n == CHUNK) {
            check_chunk(f, exact, x, bounds, &wrong);
            n = 0;
        }
    }
    for (long i = 0; i < 60000; i++) { /* where the functions bend */
        x[n++] = (float)(i - 30000) * 0.003501f;
        if (n == CHUNK) {
            check_chunk(f, exact, x, bounds, &wrong);
            n = 0;
        }
    }
    for (size_t i = 0; i < CHUNK; i++)
        x[i] = 0.0f;
    x[0] = INFINITY;
    x[1] = -INFINITY;
    x[2] = NAN;
    x[3] = 88.7228f;
    x[4] = 88.73f;
    x[5] = -103.9f;
    x[6] = FLT_MIN;
    x[7] = 1e-45f;
    x[8] = -1e-45f;
    x[36] = NAN;
    check_chunk(f, exact, x, bounds, &wrong);
    CHECK(wrong == 0);
}

TEST(functions_agree_with_libm_over_all_magnitudes)
{
    struct tw_kern k;

    init_level(&k);
    check_map(k.exp_f32, exp, 3e-7, 0);
    check_map(k.tanh_f32, tanh, 3e-7, 0);
    check_map(k.sigmoid_f32, exact_sigmoid, 3e-7, 0);
    check_map(k.silu_f32, exact_silu, 3e-7, 0);
    check_map(k.erf_f32, erf, 3e-7, 0);
    check_map(k.gelu_f32, exact_gelu, 3e-7, 2e-8);
    check_map(k.relu_f32, exact_relu, 0, 0);
}

/* dx += dy f'(t): n not a multiple of anything, dx not zero before. */
static void check_grad(tw_kern_grad *f, exact_fn *exact, double t_max)
{
    enum { N = 401 };
    float t[N], dy[N], dx[N], old[N];
    uint64_t rng = 99;

    for (size_t i = 0; i < N; i++) {
        t[i] = next_float(&rng) * (float)t_max;
        dy[i] = next_float(&rng);
        dx[i] = old[i] = next_float(&rng);
    }
    f(dx, t, dy, N - 1);
    for (size_t i = 0; i < N - 1; i++) {
        double d = (double)dy[i] * exact((double)t[i]);
        CHECK_NEAR((double)dx[i], (double)old[i] + d, 5e-7);
    }
    CHECK(dx[N - 1] == old[N - 1]);
}

TEST(gradients_agree_with_the_derivatives)
{
    struct tw_kern k;

    init_level(&k);
    check_grad(k.relu_grad_f32, exact_drelu, 3);
    check_grad(k.silu_grad_f32, exact_dsilu, 20);
    check_grad(k.gelu_grad_f32, exact_dgelu, 12);
    check_grad(k.tanh_grad_f32, exact_dtanh, 1);
    check_grad(k.sigmoid_grad_f32, exact_dsigmoid, 1);
}

enum { N_MAX = 300 };

static void check_simple(const struct tw_kern *k, const struct tw_kern *ref,
                         size_t n, const float *a, const float *b)
{
    float got[N_MAX + 1], want[N_MAX + 1];
    size_t bytes = (n + 1) * sizeof(float);
    double scale = 0.0;

    for (size_t i = 0; i <= n; i++)
        got[i] = want[i] = 5.0f;
    for (size_t i = 0; i < n; i++)
        scale += fabs((double)a[i]);
    k->add_f32(got, a, b, n);
    ref->add_f32(want, a, b, n);
    CHECK(memcmp(got, want, bytes) == 0);
    k->mul_f32(got, a, b, n);
    ref->mul_f32(want, a, b, n);
    CHECK(memcmp(got, want, bytes) == 0);
    k->scale_f32(got, -1.5f, a, n);
    ref->scale_f32(want, -1.5f, a, n);
    CHECK(memcmp(got, want, bytes) == 0);
    k->axpy_f32(got, 0.3f, b, n);
    ref->axpy_f32(want, 0.3f, b, n);
    for (size_t i = 0; i <= n; i++)
        CHECK_NEAR((double)got[i], (double)want[i], 3e-7);
    CHECK(k->max_f32(a, n) == ref->max_f32(a, n));
    CHECK_NEAR((double)k->sum_f32(a, n), (double)ref->sum_f32(a, n),
               2.0 * (double)FLT_EPSILON * scale * log2((double)n + 2));
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
    CHECK(k.max_f32(a, 0) == -INFINITY);
    CHECK(k.sum_f32(a, 0) == 0.0f);
}

TEST(long_sums_keep_their_digits)
{
    enum { N = 300000 };
    struct tw_kern k;
    float *x = malloc(N * sizeof(*x));

    init_level(&k);
    for (size_t i = 0; x && i < N; i++)
        x[i] = 0.1f;
    CHECK(x != NULL);
    if (x)
        CHECK_NEAR((double)k.sum_f32(x, N) / (N * (double)0.1f), 1.0, 3e-7);
    free(x);
}

static void check_softmax(const struct tw_kern *k, size_t n, float spread,
                          uint64_t *rng)
{
    float x[N_MAX], y[N_MAX], dy[N_MAX], dx[N_MAX];
    double top = (double)-INFINITY, sum = 0.0, dot = 0.0;

    for (size_t i = 0; i < n; i++) {
        x[i] = next_float(rng) * spread;
        dy[i] = next_float(rng);
        dx[i] = 1.0f;
        top = fmax(top, (double)x[i]);
    }
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - top);
    k->softmax_f32(y, x, n);
    for (size_t i = 0; i < n; i++) {
        double want = exp((double)x[i] - top) / sum;
        CHECK_NEAR((double)y[i], want,
                   (4.0 + top - (double)x[i]) * 1e-7 * want + 2e-43);
        dot += (double)y[i] * (double)dy[i];
    }
    k->softmax_grad_f32(dx, y, dy, n);
    for (size_t i = 0; i < n; i++)
        CHECK_NEAR((double)dx[i], 1.0 + (double)y[i] * ((double)dy[i] - dot),
                   4e-7);
    k->softmax_f32(x, x, n); /* in place */
    CHECK(memcmp(x, y, n * sizeof(float)) == 0);
}

TEST(softmax_of_a_row_and_its_gradient)
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

TEST(adam_takes_the_step_of_the_formula)
{
    enum { N = 43 };
    struct tw_kern k;
    float p[N], m[N], v[N], g[N], old[3][N];
    uint64_t rng = 31;

    init_level(&k);
    for (size_t i = 0; i < N; i++) {
        old[0][i] = p[i] = next_float(&rng);
        old[1][i] = m[i] = next_float(&rng) * 0.1f;
        old[2][i] = v[i] = fabsf(next_float(&rng)) * 0.01f;
        g[i] = next_float(&rng);
    }
    k.adam_f32(&(struct tw_kern_adam){ .p = p,
                                       .m = m,
                                       .v = v,
                                       .g = g,
                                       .n = N,
                                       .g_scale = 0.5f,
                                       .beta1 = 0.9f,
                                       .beta2 = 0.99f,
                                       .eps = 1e-8f,
                                       .step_size = 0.01f,
                                       .v_scale = 1.25f,
                                       .lr_decay = 0.001f });
    for (size_t i = 0; i < N; i++) {
        double d = 0.5 * (double)g[i];
        double m1 = 0.9 * (double)old[1][i] + 0.1 * d;
        double v1 = 0.99 * (double)old[2][i] + 0.01 * d * d;
        double step = 0.01 * m1 / (sqrt(v1) * 1.25 + 1e-8);
        CHECK_NEAR((double)m[i], m1, 1e-7);
        CHECK_NEAR((double)v[i], v1, 1e-8);
        CHECK_NEAR((double)p[i], (double)old[0][i] * 0.999 - step, 3e-7);
    }
}

TEST(level_names_bound_the_choice)
{
    enum tw_kern_level best = tw_kern_level_detect(NULL);

    CHECK(tw_kern_level_detect("ref") == TW_KERN_REF);
    CHECK(tw_kern_level_detect("avx2") <= TW_KERN_AVX2);
    CHECK(tw_kern_level_detect("avx512") == best);
    CHECK(tw_kern_level_detect("unknown") == best);
    for (int l = 0; l <= (int)best; l++) {
        enum tw_kern_level level = (enum tw_kern_level)l;
        CHECK(tw_kern_level_detect(tw_kern_level_name(level)) <= level);
    }
}

TEST_MAIN(RUN(functions_agree_with_libm_over_all_magnitudes);
          RUN(gradients_agree_with_the_derivatives);
          RUN(simple_loops_agree_with_reference_at_every_length);
          RUN(long_sums_keep_their_digits);
          RUN(softmax_of_a_row_and_its_gradient); RUN(rmsnorm_of_a_row);
          RUN(adam_takes_the_step_of_the_formula);
          RUN(level_names_bound_the_choice);)
