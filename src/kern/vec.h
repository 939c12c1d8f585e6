/*
 * vec.h - the inner loops of the operators of tensor/, one table per CPU level.
 *
 * vec.c is written with the vector types of the compiler and compiled once per
 * level of kern.h with its own -m flags.  Unless an entry says otherwise: any
 * n (also 0), any alignment; outputs may be the same array as an input but not
 * overlap it partly; NaN and infinities go through as the formula says.  All
 * run in one thread and order their sums by n only: one level gives the same
 * bytes every time, levels differ within the bounds stated.  acc: add to the
 * output instead of overwriting it.
 *
 * Error bounds.  Arithmetic (scale, add, mul, norm and their like): a few
 * roundings of the formula.  Sums: n / (4 W) * FLT_EPSILON * sum of the
 * magnitudes, W the floats of a register (4, 8, 16); exp_sum does not grow
 * with n.  Functions of exp's family: relative error 3e-7, see
 * vec_math_priv.h, where also the behaviour at the ends of the range stands.
 */
#ifndef TW_KERN_VEC_H
#define TW_KERN_VEC_H

#include "kern/kern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The element-wise operators, a row each: constant, name.  Who adds one adds a
 * row here and two functions to vec.c: vNAME(x), the value, and dNAME(x, y),
 * the slope at input x and output y.  The rest is made of this list: the
 * enum, both loops, and the operator tw_op_NAME() of tensor/ops.h. */
#define TW_VEC_ACTS(X)                              \
    X(RELU, relu) /* max(x, 0); NaN stays */        \
    X(GELU, gelu) /* 0.5 x (1 + erf(x / sqrt 2)) */ \
    X(SILU, silu) /* x sigmoid(x) */                \
    X(TANH, tanh)                                   \
    X(SIGMOID, sigmoid) /* 1 / (1 + exp(-x)) */

#define TW_VEC_ACT_CONSTANT(NAME, name) TW_VEC_##NAME,
enum tw_vec_act { TW_VEC_ACTS(TW_VEC_ACT_CONSTANT) TW_VEC_ACT_COUNT };

/* Readable floats that must follow the last row of B in mm(). */
enum { TW_VEC_PAD = 16 };

/* A (M, K): element (m, k) at data[m * rs + k * cs].  B (K, N): row k at
 * data + k * rs, rows are contiguous (cs is not used); rows may overlap. */
struct tw_vec_mat {
    const float *data;
    ptrdiff_t rs, cs;
};

struct tw_vec_adam {
    float lr, beta1, beta2, eps, decay; /* decay: lr * weight decay */
    float fix1, fix2; /* 1 / (1 - beta1^t), 1 / (1 - beta2^t) */
    float grad_scale;
};

typedef void tw_vec_gate_back(float *da, float *db, const float *dy,
                              const float *a, const float *b, size_t n,
                              int acc);

struct tw_vec {
    /* y = s * x + c */
    void (*scale)(float *y, const float *x, float s, float c, size_t n,
                  bool acc);
    void (*fill)(float *y, float c, size_t n, bool acc); /* y = c */
    /* y = a + s * b */
    void (*add)(float *y, const float *a, const float *b, float s, size_t n);
    void (*mul)(float *y, const float *a, const float *b, size_t n, bool acc);
    float (*sum)(const float *x, size_t n);
    float (*dot)(const float *x, const float *y, size_t n);
    float (*max)(const float *x, size_t n); /* n > 0 */
    /* Sums of squares of (x - mean). */
    float (*sum_sq)(const float *x, float mean, size_t n);
    /* Sum of w * (x - y)^2; w NULL: 1. */
    float (*sum_diff)(const float *x, const float *y, const float *w, size_t n);
    /* dx = s * w * (x - y) */
    void (*diff)(float *dx, const float *x, const float *y, const float *w,
                 float s, size_t n, bool acc);

    void (*act[TW_VEC_ACT_COUNT])(float *y, const float *x, size_t n);
    /* dx = dy f'(x); x: input, y: output of the forward pass, both read. */
    void (*act_back[TW_VEC_ACT_COUNT])(float *dx, const float *dy,
                                       const float *x, const float *y, size_t n,
                                       bool acc);
    /* y = silu(a) * b, and y = tanh(a) * sigmoid(b). */
    void (*swiglu)(float *y, const float *a, const float *b, size_t n);
    void (*gated)(float *y, const float *a, const float *b, size_t n);
    /* da, db: each may be NULL; acc bit 0: da, bit 1: db. */
    tw_vec_gate_back *swiglu_back, *gated_back;

    /* y = exp(x - shift), y may be NULL; returns the sum.  Below shift - 104
     * exactly 0, so that masked scores (-inf) vanish. */
    float (*exp_sum)(float *y, const float *x, float shift, size_t n);
    /* dx = s * y * (dy - dot) */
    void (*softmax_back)(float *dx, const float *y, const float *dy, float dot,
                         float s, size_t n, bool acc);
    /* y = (x - mean) * rinv * w + b; w, b may be NULL. */
    void (*norm)(float *y, const float *x, float mean, float rinv,
                 const float *w, const float *b, size_t n);
    /* out[0] = sum of dy w, out[1] = sum of dy w (x - mean) */
    void (*norm_sums)(float out[2], const float *dy, const float *x,
                      const float *w, float mean, size_t n);
    /* c: mean, rinv, m1, m2.  dx = rinv * (dy * w - m1 - (x - mean) * m2); w
     * may be NULL. */
    void (*norm_back)(float *dx, const float *dy, const float *x,
                      const float *w, const float c[4], size_t n, bool acc);
    /* dw += (x - mean) * rinv * dy and db += dy (each may be NULL): one row of
     * the gradients of weight and bias. */
    void (*norm_back_w)(float *dw, float *db, const float *dy, const float *x,
                        float mean, float rinv, size_t n);
    /* The same with one mean and rinv per element (columns): y. */
    void (*colnorm)(float *y, const float *x, const float *mean,
                    const float *rinv, float w, float b, size_t n);
    /* s1 += w dy, s2 += w dy (x - mean) rinv */
    void (*colnorm_sums)(float *s1, float *s2, const float *dy, const float *x,
                         const float *const stat[2], float w, size_t n);
    /* dx = rinv * (w dy - s1 - (x - mean) rinv s2); st: mean rinv s1 s2 */
    void (*colnorm_back)(float *dx, const float *dy, const float *x,
                         const float *const st[4], float w, size_t n, bool acc);
    /* sum of dy (x - mean) rinv */
    float (*colnorm_dot)(const float *dy, const float *x, const float *mean,
                         const float *rinv, size_t n);

    /* Turn pairs: y = s * (x * turn[0..n-1] + dir * swap(x) * turn[n..2n-1]),
     * swap exchanges 2i and 2i+1; n even. */
    void (*rotate)(float *y, const float *x, const float *turn, float dir,
                   float s, size_t n);
    /* y = x * keep / (1 - p); element i is kept when hash(key, first + i) says
     * so with probability 1 - p. */
    void (*dropout)(float *y, const float *x, uint64_t key, uint64_t first,
                    float p, size_t n, bool acc);
    /* C (M, N) = A * B, C row m at c + m * ldc.  Reads up to TW_VEC_PAD - 1
     * floats past the end of each row of B.  C must not overlap A or B. */
    void (*mm)(float *c, ptrdiff_t ldc, struct tw_vec_mat a,
               struct tw_vec_mat b, const size_t mnk[3], bool acc);
    void (*adam)(float *w, float *m, float *v, const float *g,
                 const struct tw_vec_adam *p, size_t n);
};

/* The table of a level; levels that were not built give the next lower. */
const struct tw_vec *tw_vec_get(enum tw_kern_level level);

#endif /* TW_KERN_VEC_H */
