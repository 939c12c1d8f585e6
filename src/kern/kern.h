/*
 * kern.h - the inner loops, chosen once at start for the CPU at hand.
 *
 * kern_ref.c is the specification: plain C, no intrinsics.  Every faster file
 * (kern_avx2.c, kern_avx512.c, kern_vec.c) is compiled alone with its own -m
 * flags, overwrites the entries that it does better, and is compared with the
 * reference by tests/kern at every level that the machine supports.
 *
 * Unless an entry says otherwise: any n (also 0), any alignment, outputs may
 * be the same array as an input but not overlap it partly, NaN and infinities
 * go through as the formula says.  One level gives the same bytes every time;
 * levels differ from each other within the bounds stated.
 */
#ifndef TW_KERN_KERN_H
#define TW_KERN_KERN_H

#include <stdbool.h>
#include <stddef.h>

enum tw_kern_level {
    TW_KERN_REF,
    TW_KERN_AVX2,
    TW_KERN_AVX512,
    TW_KERN_LEVEL_COUNT
};

/* One tile of a matrix product, m <= gemm_mr rows by n <= gemm_nr columns:
 * C = alpha * sum_k a[k * m + i] * b[k * ldb + j] + beta * C, C (m, n).
 * With beta == 0 C is not read.  Nothing outside the tile is touched. */
struct tw_kern_tile {
    size_t m, n, k;
    const float *a;
    const float *b;
    size_t ldb;
    float *c;
    size_t ldc;
    float alpha, beta;
};

enum { TW_KERN_THIN = 4 };

/* Products of weight rows with activation rows:
 * y[r * ldy + j] = sum_k w[j][k] * x[r * ldx + k], j < n, r < n_rows.
 * Row j of w starts w_stride bytes after row j - 1. */
struct tw_kern_rows {
    const void *w;
    size_t w_stride;
    size_t n, k;
    const float *x;
    size_t ldx, n_rows;
    float *y;
    size_t ldy;
};

/* One step of Adam over n values: g is scaled by g_scale (clipping) first;
 * m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
 * p = p (1 - lr * decay) - step_size * m / (sqrt(v) * v_scale + eps), where
 * step_size = lr / (1 - b1^t) and v_scale = 1 / sqrt(1 - b2^t). */
struct tw_kern_adam {
    float *p, *m, *v;
    const float *g;
    size_t n;
    float g_scale, beta1, beta2, eps, step_size, v_scale, lr_decay;
};

/* Elementwise: y[i] = f(x[i]). */
typedef void tw_kern_map(float *y, const float *x, size_t n);
/* Elementwise: y[i] = f(a[i], b[i]). */
typedef void tw_kern_map2(float *y, const float *a, const float *b, size_t n);
/* Gradients: dx[i] += dy[i] * f'(..); t is x or y, as the entry says. */
typedef void tw_kern_grad(float *dx, const float *t, const float *dy, size_t n);

struct tw_kern {
    /* Sum of x[i] * y[i].
     * Error bound: 2 * FLT_EPSILON * sum(|x[i] * y[i]|) * log2(n + 2). */
    float (*dot_f32)(const float *x, const float *y, size_t n);
    /* y[i] += a * x[i].  x and y must not overlap. */
    void (*axpy_f32)(float *restrict y, float a, const float *restrict x,
                     size_t n);
    /* Sum of x[i]: the bound of dot_f32 with y = 1. */
    float (*sum_f32)(const float *x, size_t n);
    /* Largest x[i], -inf for n 0.  NaN is ignored or returned. */
    float (*max_f32)(const float *x, size_t n);

    void (*scale_f32)(float *y, float a, const float *x, size_t n); /* a * x */
    tw_kern_map2 *add_f32, *mul_f32; /* exact to one rounding */

    /* Relative error <= 3e-7 wherever the result is a normal number, else
     * error <= 2e-43.  exp(> 88.73) is inf; silu(-inf) is NaN, as 0 * inf. */
    tw_kern_map *exp_f32, *tanh_f32, *sigmoid_f32, *silu_f32, *erf_f32;
    /* 0.5 x (1 + erf(x / sqrt 2)): error <= 3e-7 |y| + 2e-8 |x|. */
    tw_kern_map *gelu_f32;
    tw_kern_map *relu_f32; /* max(x, 0); NaN stays */

    tw_kern_grad *relu_grad_f32, *silu_grad_f32, *gelu_grad_f32; /* t = x */
    tw_kern_grad *tanh_grad_f32, *sigmoid_grad_f32;              /* t = y */

    /* y = exp(x - max) / sum, error relative to y <= (4 + max - x) * 1e-7,
     * since x - max is rounded.  A row with +inf or NaN gives NaN; a row of
     * -inf only gives NaN too. */
    tw_kern_map *softmax_f32;
    /* dx[i] += y[i] * (dy[i] - sum(y * dy)). */
    tw_kern_grad *softmax_grad_f32; /* t = y */
    /* y = x * s * w with s = 1 / sqrt(mean(x^2) + eps), which is returned;
     * w NULL: 1. */
    float (*rmsnorm_f32)(float *y, const float *x, const float *w, size_t n,
                         float eps);
    void (*adam_f32)(const struct tw_kern_adam *a);

    /* Matrix products: see gemm.h, which uses these.  Error bound per element
     * of C: 4 * FLT_EPSILON * (sum(|a b|) + |beta C|) * log2(k + 2). */
    size_t gemm_mr, gemm_nr;
    size_t gemm_rows_max; /* rows of A up to which rows_f32 beats packing */
    void (*gemm_tile)(const struct tw_kern_tile *t);
    /* The same for at most TW_KERN_THIN rows and any number of columns: reads
     * long pieces of each row of B, where it stands. */
    void (*gemm_thin)(const struct tw_kern_tile *t);
    /* dst[r * dst_ld + c] = src[r * src_ld + c], no overlap. */
    void (*copy_f32)(float *dst, size_t dst_ld, const float *src, size_t src_ld,
                     size_t rows, size_t cols);
    /* dst[c * dst_ld + r] = src[r * src_ld + c], no overlap. */
    void (*transpose_f32)(float *dst, size_t dst_ld, const float *src,
                          size_t src_ld, size_t rows, size_t cols);

    /* Weights in GGUF layouts (quant.h), float activations.  n and k of Q8_0
     * are multiples of 32.  Bound as dot_f32. */
    float (*dot_f16_f32)(const void *row, const float *x, size_t n);
    float (*dot_q8_0_f32)(const void *row, const float *x, size_t n);
    void (*rows_f32)(const struct tw_kern_rows *t);
    void (*rows_f16)(const struct tw_kern_rows *t);
    void (*rows_q8_0)(const struct tw_kern_rows *t);
    /* A row of weights as floats: exact. */
    void (*unpack_f16)(float *y, const void *row, size_t n);
    void (*unpack_q8_0)(float *y, const void *row, size_t n);
};

/* The best level of this CPU that is not above the one named ("ref", "avx2",
 * "avx512").  NULL or an unknown name means no bound: the option parser checks
 * the name first.  main() passes what --cpu says; libraries never read the
 * environment. */
enum tw_kern_level tw_kern_level_detect(const char *bound);

/* "ref", "avx2" or "avx512". */
const char *tw_kern_level_name(enum tw_kern_level level);

/* Fill *k with the functions of one level, which the CPU must have. */
void tw_kern_init(struct tw_kern *k, enum tw_kern_level level);

#endif /* TW_KERN_KERN_H */
