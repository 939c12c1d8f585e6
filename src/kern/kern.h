/*
 * kern.h - the inner loops, chosen once at start for the CPU at hand.
 *
 * Four tables stand side by side, each with a build per level: struct tw_kern,
 * matrix products and the rows of inference; struct tw_vec (vec.h), the
 * operators of training; struct tw_pair_kern (pair.h), pairs of points, whose
 * levels all give the same bytes.  kern.c has the row of each level.
 *
 * kern_ref.c is the specification: plain C, no intrinsics.  Every faster file
 * (kern_avx2.c, kern_avx512.c, vec.c) is compiled alone with its own -m flags,
 * overwrites the entries that it does better, and is compared with the
 * reference by tests/kern at every level that the machine supports.
 *
 * Unless an entry says otherwise: any n (also 0), any alignment, outputs may
 * be the same array as an input but not overlap it partly, NaN and infinities
 * go through as the formula says.  One level gives the same bytes every time;
 * levels differ from each other within the bounds stated.
 */
#ifndef TW_KERN_KERN_H
#define TW_KERN_KERN_H

#include "kern/qrows.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_kern_level {
    TW_KERN_REF,
    TW_KERN_AVX2,
    TW_KERN_AVX512,
    TW_KERN_VNNI, /* AVX-512 and its products of 8-bit integers */
    TW_KERN_LEVEL_COUNT
};

/* One tile of a matrix product, m <= gemm_mr rows by n <= gemm_nr columns:
 * C = alpha * sum_k a[k * m + i] * b[k * ldb + j] + beta * C, C (m, n).
 * With beta == 0 C is not read.  Nothing outside the tile is touched. */
struct tw_kern_tile {
    size_t m, n, k;
    const float *a; /* (k, m), packed */
    const float *b; /* (k, n), rows ldb floats apart */
    size_t ldb;
    float *c; /* (m, n), rows ldc floats apart */
    size_t ldc;
    float alpha, beta;
};

enum { TW_KERN_THIN = 4 };

/* Products of weight rows with activation rows:
 * y[r * ldy + j] = sum_k w[j][k] * x[r * ldx + k], j < n, r < n_rows.
 * Row j of w starts w_stride bytes after row j - 1. */
struct tw_kern_rows {
    const void *w;   /* (n, k), as the type of weights stores them */
    size_t w_stride; /* bytes */
    size_t n, k;
    const float *x;     /* (n_rows, k), rows ldx floats apart */
    size_t ldx, n_rows; /* n_rows of x */
    float *y;           /* (n_rows, n), rows ldy floats apart */
    size_t ldy;
};

/* Elementwise: y[i] = f(x[i]). */
typedef void tw_kern_map(float *y, const float *x, size_t n);
/* Elementwise: y[i] = f(a[i], b[i]). */
typedef void tw_kern_map2(float *y, const float *a, const float *b, size_t n);

struct tw_kern {
    /* Sum of x[i] * y[i].
     * Error bound: 2 * FLT_EPSILON * sum(|x[i] * y[i]|) * log2(n + 2). */
    float (*dot_f32)(const float *x, const float *y, size_t n);
    /* y[i] += a * x[i].  x and y must not overlap. */
    void (*axpy_f32)(float *restrict y, float a, const float *restrict x,
                     size_t n);
    tw_kern_map2 *add_f32, *mul_f32; /* exact to one rounding */

    /* x / (1 + exp(-x)): relative error <= 3e-7 wherever the result is a
     * normal number, else error <= 2e-43; -inf gives NaN, as 0 * inf. */
    tw_kern_map *silu_f32;
    /* y = exp(x - max) / sum, error relative to y <= (4 + max - x) * 1e-7,
     * since x - max is rounded.  A row with +inf or NaN gives NaN; a row of
     * -inf only gives NaN too. */
    tw_kern_map *softmax_f32;
    /* y = x * s * w with s = 1 / sqrt(mean(x^2) + eps), which is returned;
     * w NULL: 1. */
    float (*rmsnorm_f32)(float *y, const float *x, const float *w, size_t n,
                         float eps);

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

    /* Quantised weights and activations. */
    struct tw_qrows_kern q;

    /* Weights as GGUF stores them, float activations.  Bound as dot_f32. */
    void (*rows_f32)(const struct tw_kern_rows *t);
    void (*rows_f16)(const struct tw_kern_rows *t);
    /* A row of weights as floats: exact. */
    void (*unpack_f16)(float *y, const void *row, size_t n);
};

/* The best level of this CPU that is not above the one named ("ref", "avx2",
 * "avx512", "avx512vnni").  NULL or an unknown name means no bound: the option
 * parser checks the name first.  main() passes what --cpu says; libraries never
 * read the environment. */
enum tw_kern_level tw_kern_level_detect(const char *bound);

/* "ref", "avx2", "avx512" or "avx512vnni". */
const char *tw_kern_level_name(enum tw_kern_level level);

/* Fill *k with the functions of one level, which the CPU must have. */
void tw_kern_init(struct tw_kern *k, enum tw_kern_level level);

#endif /* TW_KERN_KERN_H */
