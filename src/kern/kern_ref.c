/*
 * kern_ref.c - the specification: plain C, sums in double, functions of libm.
 *
 * Slow on purpose: it must be better than what is compared with it, and short
 * enough to be believed by reading.
 */
#include "kern/kern_priv.h"
#include "kern/quant.h"

#include "base/status.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

/* Tiles of this level: small, since nothing here depends on registers. */
enum { MR = 4, NR = 16 };

static float dot_f32(const float *x, const float *y, size_t n)
{
    double s = 0.0;

    for (size_t i = 0; i < n; i++)
        s += (double)x[i] * (double)y[i];
    return (float)s;
}

static void axpy_f32(float *restrict y, float a, const float *restrict x,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* NaN is never larger, so it is passed over; the sum of softmax finds it. */
static float largest(const float *x, size_t n)
{
    float top = -INFINITY;

    for (size_t i = 0; i < n; i++)
        if (x[i] > top)
            top = x[i];
    return top;
}

static void add_f32(float *y, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

static void mul_f32(float *y, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

/* Right at both ends: e^-x overflows to infinity for large negative x, and 1 /
 * infinity is the 0 that the formula wants. */
static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void silu_f32(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] * sigmoid((double)x[i]));
}

/* The largest value is subtracted first: no exponent is positive then, and the
 * sum is at least 1. */
static void softmax_f32(float *y, const float *x, size_t n)
{
    double top = (double)largest(x, n);
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - top);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(exp((double)x[i] - top) / sum);
}

static float rmsnorm_f32(float *y, const float *x, const float *w, size_t n,
                         float eps)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    float s = (float)(1.0 / sqrt(sum / (double)(n ? n : 1) + (double)eps));
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * s;
    for (size_t i = 0; w && i < n; i++)
        y[i] *= w[i];
    return s;
}

/* A is packed: row k of t->a holds the m values of column k. Sums stand in
 * double until the end, one row of C at a time. */
static void gemm_tile(const struct tw_kern_tile *t)
{
    TW_ASSERT(t->m <= MR && t->n <= NR);
    TW_ASSERT(t->ldc >= t->n || t->m <= 1);
    for (size_t i = 0; i < t->m; i++) {
        double s[NR] = { 0.0 };
        for (size_t k = 0; k < t->k; k++) {
            double a = (double)t->a[k * t->m + i];
            for (size_t j = 0; j < t->n; j++)
                s[j] += a * (double)t->b[k * t->ldb + j];
        }
        float *c = t->c + i * t->ldc;
        for (size_t j = 0; j < t->n; j++) {
            double old = 0.0;
            if (t->beta != 0.0f)
                old = (double)t->beta * (double)c[j];
            c[j] = (float)((double)t->alpha * s[j] + old);
        }
    }
}

/* Nothing is gained here by reading long pieces of B; the entry exists because
 * gemm.c calls it at every level. */
static void gemm_thin(const struct tw_kern_tile *t)
{
    struct tw_kern_tile part = *t;

    TW_ASSERT(t->m <= TW_KERN_THIN);
    for (size_t j = 0; j < t->n; j += NR) {
        part.n = t->n - j < NR ? t->n - j : NR;
        part.b = t->b + j;
        part.c = t->c + j;
        gemm_tile(&part);
    }
}

static void copy_f32(float *dst, size_t dst_ld, const float *src, size_t src_ld,
                     size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            dst[r * dst_ld + c] = src[r * src_ld + c];
}

static void transpose_f32(float *dst, size_t dst_ld, const float *src,
                          size_t src_ld, size_t rows, size_t cols)
{
    TW_ASSERT(cols <= 1 || dst_ld >= rows);
    TW_ASSERT(rows <= 1 || src_ld >= cols);
    for (size_t c = 0; c < cols; c++)
        for (size_t r = 0; r < rows; r++)
            dst[c * dst_ld + r] = src[r * src_ld + c];
}

/* Read byte by byte: rows of a file may start at any address. */
static double half_at(const void *row, size_t i)
{
    const unsigned char *p = row;

    return (double)tw_f16_to_f32(
        (uint16_t)(p[2 * i] | (unsigned)p[2 * i + 1] << 8));
}

static float dot_row_f16(const void *row, const float *x, size_t n)
{
    double s = 0.0;

    for (size_t i = 0; i < n; i++)
        s += half_at(row, i) * (double)x[i];
    return (float)s;
}

typedef float dot_row(const void *row, const float *x, size_t n);

/* The product of each row of weights with each row of x, for one type of
 * weights; `dot` knows how they are stored. */
static void rows_any(const struct tw_kern_rows *t, dot_row *dot)
{
    TW_ASSERT(t->n_rows <= 1 || (t->ldx >= t->k && t->ldy >= t->n));
    for (size_t j = 0; j < t->n; j++) {
        const char *row = (const char *)t->w + j * t->w_stride;
        for (size_t r = 0; r < t->n_rows; r++)
            t->y[r * t->ldy + j] = dot(row, t->x + r * t->ldx, t->k);
    }
}

static float dot_row_f32(const void *row, const float *x, size_t n)
{
    return dot_f32(row, x, n);
}

static void rows_f32(const struct tw_kern_rows *t)
{
    rows_any(t, dot_row_f32);
}

static void rows_f16(const struct tw_kern_rows *t)
{
    rows_any(t, dot_row_f16);
}

static void unpack_f16(float *y, const void *row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)half_at(row, i);
}

/* Every entry: what a faster level leaves out stays as it is set here. */
void tw_kern_fill_ref(struct tw_kern *k)
{
    *k = (struct tw_kern){
        .dot_f32 = dot_f32,
        .axpy_f32 = axpy_f32,
        .add_f32 = add_f32,
        .mul_f32 = mul_f32,
        .silu_f32 = silu_f32,
        .softmax_f32 = softmax_f32,
        .rmsnorm_f32 = rmsnorm_f32,
        .gemm_rows_max = 16,
        .gemm_mr = MR,
        .gemm_nr = NR,
        .gemm_tile = gemm_tile,
        .gemm_thin = gemm_thin,
        .copy_f32 = copy_f32,
        .transpose_f32 = transpose_f32,
        .rows_f32 = rows_f32,
        .rows_f16 = rows_f16,
        .unpack_f16 = unpack_f16,
    };
}
