/*
 * vec_math_priv.h - one register of floats (vf) and exp's family on it.
 *
 * A template for vec.c, which is compiled once per CPU level: W, the floats of
 * a register, follows from that level's -m flags.  The functions are the only
 * ones of their kind in the program; both tables, struct tw_kern and struct
 * tw_vec, are made of them.  Their contract, held against libm over floats of
 * all magnitudes by tests/kern/test_vec.c:
 *
 *     vexp      relative error <= 3e-7 where the result is a normal number;
 *               subnormal results are right to 2e-43; > 88.73 gives inf,
 *               < -104 and -inf exactly 0
 *     vsigmoid  the same, and the same for 1 - sigmoid(x) (vsigmoid_both)
 *     vtanh     relative error <= 3e-7, also near 0
 *     vcdf      (normal distribution) relative error <= 3e-7, or 2e-8
 *
 * NaN gives NaN everywhere.  A score of -inf, which is what masks make, costs
 * what any other number costs: no step has a subnormal number as its result,
 * for which Intel's processors take some 150 cycles.
 *
 * The polynomials are minimax fits (Lawson's iteration on least squares, the
 * coefficients rounded to float one by one); their errors stand beside them.
 */
#ifndef TW_KERN_VEC_MATH_PRIV_H
#define TW_KERN_VEC_MATH_PRIV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { W = 16 };
#elif defined(__AVX2__)
enum { W = 8 };
#else
enum { W = 4 };
#endif

typedef float vf __attribute__((vector_size(4 * W)));
typedef int32_t vi __attribute__((vector_size(4 * W)));
typedef uint32_t vu __attribute__((vector_size(4 * W)));

_Static_assert(sizeof(vf) == W * sizeof(float), "vf is one register");

#define TW_VEC_INLINE static inline __attribute__((always_inline))

TW_VEC_INLINE vf load(const float *p)
{
    vf v;

    memcpy(&v, p, sizeof(v));
    return v;
}

TW_VEC_INLINE void store(float *p, vf v)
{
    memcpy(p, &v, sizeof(v));
}

/* The first m (1..W) elements; the rest is 0. */
TW_VEC_INLINE vf load_n(const float *p, size_t m)
{
    vf v = { 0 };

    if (m >= W)
        return load(p);
    memcpy(&v, p, m * sizeof(float));
    return v;
}

TW_VEC_INLINE void store_n(float *p, vf v, size_t m)
{
    if (m >= W)
        store(p, v);
    else
        memcpy(p, &v, m * sizeof(float));
}

TW_VEC_INLINE vf splat(float x)
{
    return (vf){ 0 } + x;
}

/* x < y ? a : b, lane by lane; b where x or y is NaN. */
TW_VEC_INLINE vf pick_less(vf x, vf y, vf a, vf b)
{
#if defined(__AVX512F__)
    __mmask16 m = _mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_LT_OQ);

    return (vf)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a);
#elif defined(__AVX2__)
    __m256 m = _mm256_cmp_ps((__m256)x, (__m256)y, _CMP_LT_OQ);

    return (vf)_mm256_blendv_ps((__m256)b, (__m256)a, m);
#else
    vi m = x < y;

    return (vf)((m & (vi)a) | (~m & (vi)b));
#endif
}

/* b where one of them is NaN. */
TW_VEC_INLINE vf vmax(vf a, vf b)
{
    return pick_less(b, a, a, b);
}

TW_VEC_INLINE vf vabs(vf a)
{
    return (vf)((vi)a & INT32_MAX);
}

/* The magnitude of a with the sign of s. */
TW_VEC_INLINE vf with_sign(vf a, vf s)
{
    return (vf)(((vi)a & INT32_MAX) | ((vi)s & INT32_MIN));
}

typedef float vf4 __attribute__((vector_size(16)));

TW_VEC_INLINE float sum_4(vf4 v)
{
    return (v[0] + v[2]) + (v[1] + v[3]);
}

/* The sum of the lanes: one half is added to the other until one number is
 * left, so that the order depends on W only. */
TW_VEC_INLINE float vsum(vf v)
{
#if defined(__AVX512F__)
    typedef float vf8 __attribute__((vector_size(32)));
    vf8 h = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
            __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);

    return sum_4(__builtin_shufflevector(h, h, 0, 1, 2, 3) +
                 __builtin_shufflevector(h, h, 4, 5, 6, 7));
#elif defined(__AVX2__)
    return sum_4(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                 __builtin_shufflevector(v, v, 4, 5, 6, 7));
#else
    return sum_4(v);
#endif
}

/* Exchange the lanes 2i and 2i + 1. */
TW_VEC_INLINE vf swap_pairs(vf v)
{
#if defined(__AVX512F__)
    return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10,
                                   13, 12, 15, 14);
#elif defined(__AVX2__)
    return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
#else
    return __builtin_shufflevector(v, v, 1, 0, 3, 2);
#endif
}

/* p * 2^k, -150 <= k <= 128, p near 1. */
TW_VEC_INLINE vf scale_2(vf p, vf k)
{
#ifdef __AVX512F__
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)k);
#else
    /* In two factors, since neither end of the range is a float by itself. */
    vi n = __builtin_convertvector(k, vi);
    vi half = n >> 1;

    return p * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
#endif
}

/* e^x = 2^k e^r, |r| <= ln(2) / 2, polynomial to 3e-9. */
TW_VEC_INLINE vf vexp(vf x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: rounds to an integer */
    vf low = splat(-104.0f), high = splat(89.0f);
    /* What is going to be 0 takes the way of another number: see above. */
    vf c = pick_less(x, low, splat(0.0f), x);
    c = pick_less(high, c, high, c);
    vf k = (c * 1.44269504f + shift) - shift;
    vf r = c - k * 0.693359375f; /* ln 2 in two parts, the first of 9 bits */
    r = r + k * 2.12194440e-4f;
    vf p = splat(0.00138227455f);
    p = p * r + 0.00836885162f;
    p = p * r + 0.0416682474f;
    p = p * r + 0.166665196f;
    p = p * r + 0.49999994f;
    p = p * (r * r) + r;
    return pick_less(x, low, splat(0.0f), scale_2(p + 1.0f, k));
}

/* From e^-|x| on both sides: no overflow, small results keep their digits, and
 * so does 1 - sigmoid(x), which goes to *rest. */
TW_VEC_INLINE vf vsigmoid_both(vf x, vf *rest)
{
    vf e = vexp(-vabs(x)), large = 1.0f / (1.0f + e);
    vf small = e * large;

    *rest = pick_less(x, splat(0.0f), large, small);
    return pick_less(x, splat(0.0f), small, large);
}

TW_VEC_INLINE vf vsigmoid(vf x)
{
    vf rest;

    return vsigmoid_both(x, &rest);
}

/* |x| < 0.625: x + x^3 P(x^2), to 4e-9; else 1 - 2 / (e^2|x| + 1). */
TW_VEC_INLINE vf vtanh(vf x)
{
    vf a = vabs(x), s = x * x;
    vf p = splat(-0.00571620278f);

    p = p * s + 0.0206497088f;
    p = p * s - 0.0537431724f;
    p = p * s + 0.133314863f;
    p = p * s - 0.333332837f;
    vf small = p * (s * x) + x;
    vf large = 1.0f - 2.0f / (vexp(2.0f * a) + 1.0f);
    return pick_less(a, splat(0.625f), small, with_sign(large, x));
}

/* erfc(t) e^(t^2), t >= 0: a polynomial in u = 1 / (1 + t / 2), to 4e-8. */
TW_VEC_INLINE vf verfcx(vf t)
{
    vf u = 2.0f / (t + 2.0f);
    vf p = splat(-0.0552200936f);

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
TW_VEC_INLINE vf verf(vf x)
{
    vf s = x * x, p = splat(-0.000607463473f);

    p = p * s + 0.0050030686f;
    p = p * s - 0.0267676208f;
    p = p * s + 0.112816036f;
    p = p * s - 0.376124263f;
    p = p * s + 0.128379107f;
    return p * x + x;
}

/* The normal distribution: with t = |x| / sqrt(2), 0.5 erfc(t) and 1 - 0.5
 * erfc(t), but 0.5 + 0.5 erf(t) near 0, where those lose digits.  *e is
 * e^(-x^2 / 2), which the density needs. */
TW_VEC_INLINE vf vcdf(vf x, vf *e)
{
    vf a = x * 0.707106781f, t = vabs(a);

    *e = vexp(x * x * -0.5f);
    /* The fit ends at 10; e is 0 from 14.3 on. */
    t = pick_less(splat(10.0f), t, splat(10.0f), t);
    vf tail = 0.5f * *e * verfcx(t);
    tail = pick_less(x, splat(0.0f), tail, 1.0f - tail);
    return pick_less(t, splat(0.85f), 0.5f + 0.5f * verf(a), tail);
}

#endif /* TW_KERN_VEC_MATH_PRIV_H */
