/*
 * Elementwise kernels and rows, on vectors of LANES floats: compiled once per
 * level, with that level's -m flags.  Include nothing that defines inline code.
 *
 * The polynomials are minimax fits (Lawson's iteration on least squares, the
 * coefficients rounded to float one by one); their errors stand beside them.
 */
#include "kern/kern_priv.h"

#include <immintrin.h>
#include <stdint.h>

#include "base/banned.h"

#define INLINE static inline __attribute__((always_inline))

#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

INLINE vf load(const float *p)
{
    vf v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

INLINE void store(float *p, vf v)
{
    __builtin_memcpy(p, &v, sizeof(v));
}

/* The first n lanes, n < LANES; the others are fill. */
INLINE vf load_part(const float *p, size_t n, float fill)
{
    float v[LANES];

    for (size_t i = 0; i < LANES; i++)
        v[i] = i < n ? p[i] : fill;
    return load(v);
}

INLINE void store_part(float *p, vf v, size_t n)
{
    float part[LANES];

    store(part, v);
    for (size_t i = 0; i < n; i++)
        p[i] = part[i];
}

INLINE vf all(float x)
{
    return (vf){ 0 } + x;
}

/* x < y ? a : b, lane by lane; b where x or y is NaN. */
INLINE vf pick(vf x, vf y, vf a, vf b)
{
#ifdef __AVX512F__
    __mmask16 m = _mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_LT_OQ);

    return (vf)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a);
#else
    __m256 m = _mm256_cmp_ps((__m256)x, (__m256)y, _CMP_LT_OQ);

    return (vf)_mm256_blendv_ps((__m256)b, (__m256)a, m);
#endif
}

INLINE vf magnitude(vf x)
{
    return (vf)((vi)x & INT32_MAX);
}

/* 2^k, -126 <= k <= 127. */
INLINE vf power_of_2(vi k)
{
    return (vf)((k + 127) << 23);
}

/* NaN stays: it is neither above nor below. */
INLINE vf clamp(vf x, float low, float high)
{
    x = pick(all(high), x, all(high), x);
    return pick(x, all(low), all(low), x);
}

/* e^x = 2^k e^r, |r| <= ln(2) / 2, polynomial to 3e-9.  The power of two goes
 * in two factors, so that the largest and the subnormal results are right. */
INLINE vf vexp(vf x)
{
    x = clamp(x, -105.0f, 89.0f);
    vf k = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: rounds to integer */
    k = k - 12582912.0f;
    vf r = x - k * 0.693359375f; /* ln 2 in two parts, the first of 9 bits */
    r = r + k * 2.12194440e-4f;
    vf p = all(0.00138227455f);
    p = p * r + 0.00836885162f;
    p = p * r + 0.0416682474f;
    p = p * r + 0.166665196f;
    p = p * r + 0.49999994f;
    p = p * (r * r) + r;
    p = p + 1.0f;
    vi n = __builtin_convertvector(k, vi);
    vi half = n >> 1;
    return p * power_of_2(half) * power_of_2(n - half);
}

/* From e^-|x| on both sides: no overflow, small results keep their digits, and
 * so does 1 - sigmoid(x), which goes to *rest. */
INLINE vf vsigmoid_both(vf x, vf *rest)
{
    vf e = vexp(-magnitude(x)), near_one = 1.0f / (1.0f + e);
    vf small = e * near_one;

    *rest = pick(x, all(0.0f), near_one, small);
    return pick(x, all(0.0f), small, near_one);
}

INLINE vf vsigmoid(vf x)
{
    vf rest;

    return vsigmoid_both(x, &rest);
}

/* |x| < 0.625: x + x^3 P(x^2), to 4e-9; else 1 - 2 / (e^2|x| + 1). */
INLINE vf vtanh(vf x)
{
    vf a = magnitude(x), s = x * x;
    vf p = all(-0.00571620278f);

    p = p * s + 0.0206497088f;
    p = p * s - 0.0537431724f;
    p = p * s + 0.133314863f;
    p = p * s - 0.333332837f;
    vf small = p * (s * x) + x;
    vf large = 1.0f - 2.0f / (vexp(2.0f * a) + 1.0f);
    large = (vf)((vi)large | ((vi)x & INT32_MIN));
    return pick(a, all(0.625f), small, large);
}

/* erfc(t) e^(t^2), t >= 0: a polynomial in u = 1 / (1 + t / 2), to 4e-8. */
INLINE vf verfcx(vf t)
{
    vf u = 2.0f / (t + 2.0f);
    vf p = all(-0.0552200936f);

    p = p * u + 0.264782459f;
    p = p * u - 0.443450779f;
    p = p * u + 0.223686725f;
    p = p * u + 0.0151223531f;
    p = p * u + 0.18223092f;
    p = p * u + 0.249479204f;
    p = p * u + 0.281160265f;
    p = p * u + 0.282214612f;
    return p * u - 5.69813437e-06f;
}

/* erf(x) for |x| < 0.85: x + x P(x^2), to 6e-9. */
INLINE vf verf_small(vf x)
{
    vf s = x * x, p = all(-0.000607463473f);

    p = p * s + 0.0050030686f;
    p = p * s - 0.0267676208f;
    p = p * s + 0.112816036f;
    p = p * s - 0.376124263f;
    p = p * s + 0.128379107f;
    return p * x + x;
}

INLINE vf verf(vf x)
{
    vf a = magnitude(x);
    vf t = clamp(a, 0.0f, 10.0f); /* the fit ends there, at 2e-45 */
    vf large = 1.0f - vexp(-t * t) * verfcx(t);

    large = (vf)((vi)large | ((vi)x & INT32_MIN));
    return pick(a, all(0.85f), verf_small(x), large);
}

/* The normal distribution: with t = |x| / sqrt(2), 0.5 erfc(t) and 1 - 0.5
 * erfc(t), but 0.5 + 0.5 erf(t) near 0, where those lose digits.  *e is
 * e^(-x^2 / 2), which the density needs. */
INLINE vf vcdf(vf x, vf *e)
{
    vf a = x * 0.707106781f;
    vf t = clamp(magnitude(a), 0.0f, 10.0f);

    *e = vexp(x * x * -0.5f);
    vf tail = 0.5f * *e * verfcx(t);
    tail = pick(x, all(0.0f), tail, 1.0f - tail);
    return pick(t, all(0.85f), 0.5f + 0.5f * verf_small(a), tail);
}

INLINE vf vsilu(vf x)
{
    return x * vsigmoid(x);
}

INLINE vf vgelu(vf x)
{
    vf e;

    return x * vcdf(x, &e);
}

INLINE vf vrelu(vf x)
{
    return pick(x, all(0.0f), all(0.0f), x);
}

typedef vf map_1(vf x);

/* f is a constant after inlining. */
INLINE void map(float *y, const float *x, size_t n, map_1 *const f)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(y + i, f(load(x + i)));
    if (i < n)
        store_part(y + i, f(load_part(x + i, n - i, 0.0f)), n - i);
}

#define MAP(name)                                              \
    static void name##_f32(float *y, const float *x, size_t n) \
    {                                                          \
        map(y, x, n, v##name);                                 \
    }
MAP(exp)
MAP(tanh)
MAP(sigmoid)
MAP(silu)
MAP(erf)
MAP(gelu)
MAP(relu)

/* The derivative from t, which is x or y. */
INLINE vf drelu(vf x)
{
    return pick(all(0.0f), x, all(1.0f), all(0.0f));
}

INLINE vf dsilu(vf x)
{
    vf rest, s = vsigmoid_both(x, &rest);

    return s * (1.0f + x * rest);
}

INLINE vf dgelu(vf x)
{
    vf e, cdf = vcdf(x, &e);

    return cdf + x * e * 0.398942280f;
}

INLINE vf dtanh(vf y)
{
    return 1.0f - y * y;
}

INLINE vf dsigmoid(vf y)
{
    return y * (1.0f - y);
}

INLINE void grad(float *dx, const float *t, const float *dy, size_t n,
                 map_1 *const f)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(dx + i, load(dx + i) + load(dy + i) * f(load(t + i)));
    if (i < n) {
        size_t left = n - i;
        vf d = load_part(dy + i, left, 0.0f);
        d = d * f(load_part(t + i, left, 0.0f));
        store_part(dx + i, load_part(dx + i, left, 0.0f) + d, left);
    }
}

#define GRAD(name)                                                          \
    static void name##_grad_f32(float *dx, const float *t, const float *dy, \
                                size_t n)                                   \
    {                                                                       \
        grad(dx, t, dy, n, d##name);                                        \
    }
GRAD(relu)
GRAD(silu)
GRAD(gelu)
GRAD(tanh)
GRAD(sigmoid)

static void scale_f32(float *y, float a, const float *x, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(y + i, a * load(x + i));
    for (; i < n; i++)
        y[i] = a * x[i];
}

static void add_f32(float *y, const float *a, const float *b, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(y + i, load(a + i) + load(b + i));
    for (; i < n; i++)
        y[i] = a[i] + b[i];
}

static void mul_f32(float *y, const float *a, const float *b, size_t n)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(y + i, load(a + i) * load(b + i));
    for (; i < n; i++)
        y[i] = a[i] * b[i];
}

INLINE double sum_lanes(vf v)
{
    float part[LANES];
    double s = 0.0;

    store(part, v);
    for (size_t i = 0; i < LANES; i++)
        s += (double)part[i];
    return s;
}

/* Lanes add up over this many values; beyond, sums are in double, so that the
 * error does not grow with n. */
enum { SUM_BLOCK = 64 * LANES };

static float sum_f32(const float *x, size_t n)
{
    double sum = 0.0;

    while (n) {
        size_t block = n < SUM_BLOCK ? n : SUM_BLOCK, i = 0;
        vf s0 = all(0.0f), s1 = s0;
        for (; i + LANES + LANES <= block; i += LANES + LANES) {
            s0 += load(x + i);
            s1 += load(x + i + LANES);
        }
        sum += sum_lanes(s0 + s1);
        for (; i < block; i++)
            sum += (double)x[i];
        x += block;
        n -= block;
    }
    return (float)sum;
}

static float max_f32(const float *x, size_t n)
{
    vf top = all(-__builtin_inff());
    float part[LANES];
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        vf v = load(x + i);
        top = pick(top, v, v, top);
    }
    if (i < n) {
        vf v = load_part(x + i, n - i, -__builtin_inff());
        top = pick(top, v, v, top);
    }
    store(part, top);
    for (i = 1; i < LANES; i++)
        part[0] = part[i] > part[0] ? part[i] : part[0];
    return part[0];
}

/* y = e^(x - top); returns the sum. */
INLINE float exp_sum(float *y, const float *x, size_t n, float top)
{
    double sum = 0.0;
    size_t i = 0;

    while (i + LANES <= n) {
        vf s = all(0.0f);
        size_t end = n - i < SUM_BLOCK ? n : i + SUM_BLOCK;
        for (; i + LANES <= end; i += LANES) {
            vf e = vexp(load(x + i) - top);
            store(y + i, e);
            s += e;
        }
        sum += sum_lanes(s);
    }
    if (i < n) {
        vf e = vexp(load_part(x + i, n - i, -__builtin_inff()) - top);
        store_part(y + i, e, n - i);
        sum += sum_lanes(e);
    }
    return (float)sum;
}

static void softmax_f32(float *y, const float *x, size_t n)
{
    float sum = exp_sum(y, x, n, max_f32(x, n));

    scale_f32(y, 1.0f / sum, y, n);
}

/* The dot product of the table is the best there is, but entries do not call
 * each other through it; this one sums in blocks like sum_f32. */
INLINE float dot(const float *x, const float *y, size_t n)
{
    double sum = 0.0;
    size_t i = 0;

    while (i + LANES <= n) {
        vf s = all(0.0f);
        size_t end = n - i < SUM_BLOCK ? n : i + SUM_BLOCK;
        for (; i + LANES <= end; i += LANES)
            s += load(x + i) * load(y + i);
        sum += sum_lanes(s);
    }
    for (; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return (float)sum;
}

static void softmax_grad_f32(float *dx, const float *y, const float *dy,
                             size_t n)
{
    float s = dot(y, dy, n);
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        store(dx + i, load(dx + i) + load(y + i) * (load(dy + i) - s));
    for (; i < n; i++)
        dx[i] += y[i] * (dy[i] - s);
}

static float rmsnorm_f32(float *y, const float *x, const float *w, size_t n,
                         float eps)
{
    float mean = dot(x, x, n) / (float)(n ? n : 1);
    float s = 1.0f / __builtin_sqrtf(mean + eps);
    size_t i = 0;

    if (!w) {
        scale_f32(y, s, x, n);
        return s;
    }
    for (; i + LANES <= n; i += LANES)
        store(y + i, load(x + i) * s * load(w + i));
    for (; i < n; i++)
        y[i] = x[i] * s * w[i];
    return s;
}

INLINE vf vsqrt(vf x)
{
#ifdef __AVX512F__
    return (vf)_mm512_sqrt_ps((__m512)x);
#else
    return (vf)_mm256_sqrt_ps((__m256)x);
#endif
}

INLINE void adam_step(const struct tw_kern_adam *a, vf *p, vf *m, vf *v, vf g)
{
    g = g * a->g_scale;
    *m = a->beta1 * *m + (1.0f - a->beta1) * g;
    *v = a->beta2 * *v + (1.0f - a->beta2) * (g * g);
    vf step = a->step_size * *m / (vsqrt(*v) * a->v_scale + a->eps);
    *p = *p * (1.0f - a->lr_decay) - step;
}

static void adam_f32(const struct tw_kern_adam *a)
{
    size_t i = 0;

    for (; i + LANES <= a->n; i += LANES) {
        vf p = load(a->p + i), m = load(a->m + i), v = load(a->v + i);
        adam_step(a, &p, &m, &v, load(a->g + i));
        store(a->p + i, p);
        store(a->m + i, m);
        store(a->v + i, v);
    }
    if (i < a->n) {
        size_t left = a->n - i;
        vf p = load_part(a->p + i, left, 0.0f);
        vf m = load_part(a->m + i, left, 0.0f);
        vf v = load_part(a->v + i, left, 0.0f);
        adam_step(a, &p, &m, &v, load_part(a->g + i, left, 0.0f));
        store_part(a->p + i, p, left);
        store_part(a->m + i, m, left);
        store_part(a->v + i, v, left);
    }
}

#ifdef __AVX512F__
void tw_kern_fill_vec16(struct tw_kern *k)
#else
void tw_kern_fill_vec8(struct tw_kern *k)
#endif
{
    k->sum_f32 = sum_f32;
    k->max_f32 = max_f32;
    k->scale_f32 = scale_f32;
    k->add_f32 = add_f32;
    k->mul_f32 = mul_f32;
    k->exp_f32 = exp_f32;
    k->tanh_f32 = tanh_f32;
    k->sigmoid_f32 = sigmoid_f32;
    k->silu_f32 = silu_f32;
    k->erf_f32 = erf_f32;
    k->gelu_f32 = gelu_f32;
    k->relu_f32 = relu_f32;
    k->relu_grad_f32 = relu_grad_f32;
    k->silu_grad_f32 = silu_grad_f32;
    k->gelu_grad_f32 = gelu_grad_f32;
    k->tanh_grad_f32 = tanh_grad_f32;
    k->sigmoid_grad_f32 = sigmoid_grad_f32;
    k->softmax_f32 = softmax_f32;
    k->softmax_grad_f32 = softmax_grad_f32;
    k->rmsnorm_f32 = rmsnorm_f32;
    k->adam_f32 = adam_f32;
}
