/*
 * vec_math_priv.h - 16 floats at a time with the vector types of the compiler,
 * and the functions of exp's family on them.  Included by vec.c only.
 *
 * Largest errors, against libm on dense grids (tests/tensor/test_vec.c):
 * exp 4e-7 relative within [-87, 88]; tanh, sigmoid and gelu 4e-7 absolute.
 * Below -87 exp gives exactly 0.
 */
#ifndef TW_KERN_VEC_MATH_PRIV_H
#define TW_KERN_VEC_MATH_PRIV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { W = 16 };

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));

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

/* The first m (1..16) elements; the rest is 0. */
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
    return (vf){ x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x };
}

/* Where mask is all ones a, where it is 0 b. */
TW_VEC_INLINE vf pick(vi mask, vf a, vf b)
{
    return (vf)((mask & (vi)a) | (~mask & (vi)b));
}

TW_VEC_INLINE vf vmin(vf a, vf b)
{
    return pick(a < b, a, b);
}

TW_VEC_INLINE vf vmax(vf a, vf b)
{
    return pick(a > b, a, b);
}

TW_VEC_INLINE vf vabs(vf a)
{
    return (vf)((vi)a & 0x7fffffff);
}

/* A fixed tree, so that every level adds in the same order. */
TW_VEC_INLINE float vsum(vf v)
{
    v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
                                 4, 5, 6, 7);
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1,
                                 2, 3);
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
                                 0, 1);
    return v[0] + v[1];
}

/* 2^n * (1 + r + r^2 q(r)), r = x - n ln 2 in two parts.  NaN stays NaN:
 * the comparison in the clamp keeps the second operand. */
TW_VEC_INLINE vf vexp(vf x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: rounds to an integer */
    vf c = vmin(splat(88.0f), vmax(splat(-87.0f), x));
    vf t = c * 1.44269504f + shift;
    vf n = t - shift;
    vf r = c - n * 0.693359375f;
    vf q;
    vi bits;

    r = r + n * 2.12194440e-4f;
    q = r * 1.393364353e-03f + 8.363175565e-03f;
    q = q * r + 4.166646498e-02f;
    q = q * r + 1.666657700e-01f;
    q = q * r + 5.000000013e-01f;
    q = q * r * r + r + 1.0f;
    memcpy(&bits, &t, sizeof(bits));
    bits = (bits - 0x4b400000 + 127) << 23;
    /* Exactly 0 below, so that masked scores vanish; NaN passes. */
    return (vf)(~(x < splat(-87.0f)) & (vi)(q * (vf)bits));
}

TW_VEC_INLINE vf vsigmoid(vf x)
{
    return 1.0f / (1.0f + vexp(-x));
}

TW_VEC_INLINE vf vtanh(vf x)
{
    vf a = vabs(x), z = x * x;
    vf e = vexp(a * -2.0f);
    vf big = (1.0f - e) / (1.0f + e);
    vf q = z * -6.104240518e-03f + 2.100301940e-02f;

    q = q * z - 5.385231529e-02f;
    q = q * z + 1.333278029e-01f;
    q = q * z - 3.333332904e-01f;
    big = (vf)(((vi)big & 0x7fffffff) | ((vi)x & (int32_t)0x80000000));
    return pick(a < splat(0.625f), q * z * x + x, big);
}

/* erf(x) = 1 - exp(-x^2) t p(t) for x >= 0, t = 1 / (1 + 0.35 x): p is a fit
 * of the scaled complement, exact to 6e-10. *e2 gets exp(-x^2). */
TW_VEC_INLINE vf verf(vf x, vf *e2)
{
    vf a = vabs(x);
    vf t = 1.0f / (1.0f + 0.35f * a);
    vf p = t * 4.654462653e-02f - 4.612546693e-01f;
    vf y;

    p = p * t + 1.406629877e+00f;
    p = p * t - 1.524014618e+00f;
    p = p * t + 1.352804888e+00f;
    p = p * t - 3.238702441e-01f;
    p = p * t + 3.178908233e-01f;
    p = p * t + 1.852693158e-01f;
    *e2 = vexp(-a * a);
    y = 1.0f - *e2 * t * p;
    return (vf)(((vi)y & 0x7fffffff) | ((vi)x & (int32_t)0x80000000));
}

#endif /* TW_KERN_VEC_MATH_PRIV_H */
