/*
 * kern_avx2.c - products on registers of 8 floats, with FMA and F16C.
 *
 * Compiled with -mavx2 -mfma -mf16c.  Include nothing that defines inline
 * code that other files may share.
 */
#include "kern/kern_x86_priv.h"

#include "base/banned.h"

/* 6 rows of 2 vectors: 12 sums, 2 vectors of B and a broadcast of A fit into
 * the 16 registers. */
enum { MR = 6 };

/* All ones in the lowest n lanes. */
INLINE __m256i lanes(size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)least(n, 8)), index);
}

INLINE float sum_8(__m256 v)
{
    __m128 s =
        _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    s = _mm_add_ss(s, _mm_movehdup_ps(s));
    return _mm_cvtss_f32(s);
}

/* Four sums in flight hide the latency of an FMA. The last elements come
 * through a mask and go into the first sum, so that the order depends on n
 * only. */
static float dot_f32(const float *x, const float *y, size_t n)
{
    __m256 s[4] = { 0 };
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        UNROLL
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 8 * j),
                                   _mm256_loadu_ps(y + i + 8 * j), s[j]);
    }
    for (; i < n; i += LANES) {
        __m256i m = lanes(n - i);

        s[0] = _mm256_fmadd_ps(_mm256_maskload_ps(x + i, m),
                               _mm256_maskload_ps(y + i, m), s[0]);
    }
    return sum_8(
        _mm256_add_ps(_mm256_add_ps(s[0], s[1]), _mm256_add_ps(s[2], s[3])));
}

static void axpy_f32(float *restrict y, float a, const float *restrict x,
                     size_t n)
{
    __m256 va = _mm256_set1_ps(a);
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(va, _mm256_loadu_ps(x + i),
                                                _mm256_loadu_ps(y + i)));
    for (; i < n; i++)
        y[i] = __builtin_fmaf(a, x[i], y[i]);
}

/* The lanes of mask only, or all of them where part is not set. */
INLINE __m256 load(const bool part, const float *p, __m256i mask)
{
    if (part)
        return _mm256_maskload_ps(p, mask);
    return _mm256_loadu_ps(p);
}

/* Masked stores are slow on some CPUs, so a full vector does not use one. */
INLINE void store(const bool part, float *p, __m256i mask, __m256 v)
{
    if (part)
        _mm256_maskstore_ps(p, mask, v);
    else
        _mm256_storeu_ps(p, v);
}

/* m, nv and part (the last vector is not full) are constants after inlining;
 * so the sums stay in registers. */
INLINE void tile(const size_t m, const size_t nv, const bool part,
                 const struct tw_kern_tile *t)
{
    __m256 s[MR][2], alpha = _mm256_set1_ps(t->alpha);
    __m256 beta = _mm256_set1_ps(t->beta);
    const size_t at = (nv - 1) * LANES;
    __m256i last = lanes(t->n - at);
    const float *a = t->a, *b = t->b;

    UNROLL
    for (size_t i = 0; i < m; i++)
        s[i][0] = s[i][1] = _mm256_setzero_ps();
    for (size_t k = t->k; k; k--, a += m, b += t->ldb) {
        __m256 b0 = nv == 2 ? _mm256_loadu_ps(b) : _mm256_setzero_ps();
        __m256 b1 = load(part, b + at, last);
        UNROLL
        for (size_t i = 0; i < m; i++) {
            __m256 ai = _mm256_broadcast_ss(a + i);
            if (nv == 2)
                s[i][0] = _mm256_fmadd_ps(ai, b0, s[i][0]);
            s[i][1] = _mm256_fmadd_ps(ai, b1, s[i][1]);
        }
    }
    bool add = t->beta != 0.0f; /* else C is not read */
    UNROLL
    for (size_t i = 0; i < m; i++) {
        float *c = t->c + i * t->ldc;
        __m256 v0 = _mm256_mul_ps(alpha, s[i][0]);
        __m256 v1 = _mm256_mul_ps(alpha, s[i][1]);
        if (nv == 2) {
            if (add)
                v0 = _mm256_fmadd_ps(beta, _mm256_loadu_ps(c), v0);
            _mm256_storeu_ps(c, v0);
        }
        if (add)
            v1 = _mm256_fmadd_ps(beta, load(part, c + at, last), v1);
        store(part, c + at, last, v1);
    }
}

#define TILE(m)                                        \
    static void tile_##m(const struct tw_kern_tile *t) \
    {                                                  \
        if (t->n == NR)                                \
            tile(m, 2, false, t);                      \
        else if (t->n > LANES)                         \
            tile(m, 2, true, t);                       \
        else                                           \
            tile(m, 1, true, t);                       \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)

/* A function for each number of rows: with m a constant the sums have names the
 * compiler can keep in registers. */
static void gemm_tile(const struct tw_kern_tile *t)
{
    static void (*const tiles[MR])(const struct tw_kern_tile *) = {
        tile_1, tile_2, tile_3, tile_4, tile_5, tile_6
    };

    tiles[t->m - 1](t);
}

/* Packing copies short rows; what does not fill a register goes one by one. */
static void copy_f32(float *dst, size_t dst_ld, const float *src, size_t src_ld,
                     size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, dst += dst_ld, src += src_ld) {
        size_t c = 0;
        for (; c + LANES <= cols; c += LANES)
            _mm256_storeu_ps(dst + c, _mm256_loadu_ps(src + c));
        for (; c < cols; c++)
            dst[c] = src[c];
    }
}

/* The lowest n lanes, without a masked store: those are slow on some CPUs. */
INLINE void store_first(float *p, __m256 v, size_t n)
{
    __m128 half = _mm256_castps256_ps128(v);

    if (n >= 8) {
        _mm256_storeu_ps(p, v);
        return;
    }
    if (n & 4) {
        _mm_storeu_ps(p, half);
        half = _mm256_extractf128_ps(v, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)(void *)p, half);
        half = _mm_movehl_ps(half, half);
        p += 2;
    }
    if (n & 1)
        _mm_store_ss(p, half);
}

/* Four floats from each of two places. */
INLINE __m256 gather_4x2(const float *p0, const float *p1)
{
    __m256 v = _mm256_castps128_ps256(_mm_loadu_ps(p0));

    return _mm256_insertf128_ps(v, _mm_loadu_ps(p1), 1);
}

/* Up to 8 rows: 4 columns at a time, the 4x4 pieces in the lanes of four
 * vectors.  Rows that do not exist repeat the first one and are not stored. */
static void transpose_8(float *dst, size_t dst_ld, const float *src,
                        size_t src_ld, size_t rows, size_t cols)
{
    const float *p[LANES];
    size_t c = 0;

    for (size_t i = 0; i < LANES; i++)
        p[i] = src + (i < rows ? i : 0) * src_ld;
    for (; c + 4 <= cols; c += 4, dst += 4 * dst_ld) {
        __m256 v[4];
        UNROLL
        for (size_t i = 0; i < 4; i++)
            v[i] = gather_4x2(p[i] + c, p[i + 4] + c);
        __m256d lo01 = _mm256_castps_pd(_mm256_unpacklo_ps(v[0], v[1]));
        __m256d hi01 = _mm256_castps_pd(_mm256_unpackhi_ps(v[0], v[1]));
        __m256d lo23 = _mm256_castps_pd(_mm256_unpacklo_ps(v[2], v[3]));
        __m256d hi23 = _mm256_castps_pd(_mm256_unpackhi_ps(v[2], v[3]));
        v[0] = _mm256_castpd_ps(_mm256_unpacklo_pd(lo01, lo23));
        v[1] = _mm256_castpd_ps(_mm256_unpackhi_pd(lo01, lo23));
        v[2] = _mm256_castpd_ps(_mm256_unpacklo_pd(hi01, hi23));
        v[3] = _mm256_castpd_ps(_mm256_unpackhi_pd(hi01, hi23));
        UNROLL
        for (size_t i = 0; i < 4; i++)
            store_first(dst + i * dst_ld, v[i], rows);
    }
    for (; c < cols; c++, dst += dst_ld)
        for (size_t i = 0; i < rows; i++)
            dst[i] = p[i][c];
}

/* By bands of eight rows, which become eight columns of dst. */
static void transpose_f32(float *dst, size_t dst_ld, const float *src,
                          size_t src_ld, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r += LANES)
        transpose_8(dst + r, dst_ld, src + r * src_ld, src_ld,
                    least(rows - r, LANES), cols);
}

/* Eight weights from k on. */
INLINE __m256 load_8(const enum kind kind, const void *row, size_t k)
{
    if (kind == F32)
        return _mm256_loadu_ps((const float *)row + k);
    return _mm256_cvtph_ps(_mm_loadu_si128(
        (const __m128i_u *)(const void *)((const uint16_t *)row + k)));
}

/* One weight. */
INLINE float weight_at(const enum kind kind, const void *row, size_t k)
{
    if (kind == F32)
        return ((const float *)row)[k];
    return half_to_float((const uint16_t *)row + k);
}

enum { ROWS_J = 4, ROWS_R = 2 };

/* The sums of four vectors. */
INLINE __m128 sums_4(const __m256 s[ROWS_J])
{
    __m256 v =
        _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));

    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}

/* The products from k on that do not fill a vector. */
INLINE float rest_of_row(const enum kind kind, const void *row, const float *x,
                         size_t k, size_t end)
{
    float s = 0.0f;

    for (; k < end; k++)
        s += weight_at(kind, row, k) * x[k];
    return s;
}

/* nj (at most 4) rows of weights from j on with nr (at most 2) rows of x from
 * r on; nj and nr are constants after inlining. */
INLINE void rows_tile(const enum kind kind, const size_t nj, const size_t nr,
                      const struct tw_kern_rows *t, size_t j, size_t r)
{
    const char *w = (const char *)t->w + j * t->w_stride;
    const float *x = t->x + r * t->ldx;
    const float *x1_row = x + (nr - 1) * t->ldx;
    __m256 s[ROWS_R][ROWS_J];
    size_t k = 0;

    UNROLL
    for (size_t l = 0; l < ROWS_J; l++)
        s[0][l] = s[1][l] = _mm256_setzero_ps();
    for (; k + LANES <= t->k; k += LANES) {
        __m256 x0 = _mm256_loadu_ps(x + k);
        __m256 x1 = _mm256_loadu_ps(x1_row + k);
        UNROLL
        for (size_t l = 0; l < nj; l++) {
            __m256 wk = load_8(kind, w + l * t->w_stride, k);
            /* Else gcc makes two loads of it, one for each product. */
            __asm__("" : "+x"(wk));
            s[0][l] = _mm256_fmadd_ps(wk, x0, s[0][l]);
            if (nr == 2)
                s[1][l] = _mm256_fmadd_ps(wk, x1, s[1][l]);
        }
    }
    UNROLL
    for (size_t i = 0; i < nr; i++) {
        float sums[ROWS_J];
        _mm_storeu_ps(sums, sums_4(s[i]));
        for (size_t l = 0; l < nj; l++) {
            if (k < t->k)
                sums[l] += rest_of_row(kind, w + l * t->w_stride,
                                       x + i * t->ldx, k, t->k);
            t->y[(r + i) * t->ldy + j + l] = sums[l];
        }
    }
}

/* All rows of x with nj rows of weights: two at a time, so that a weight once
 * loaded is used twice. */
INLINE void rows_x(const enum kind kind, const size_t nj,
                   const struct tw_kern_rows *t, size_t j)
{
    size_t r = 0;

    for (; r + 2 <= t->n_rows; r += 2)
        rows_tile(kind, nj, 2, t, j, r);
    if (r < t->n_rows)
        rows_tile(kind, nj, 1, t, j, r);
}

ROWS(rows_f32, F32)
ROWS(rows_f16, F16)

/* Exact: every half is a float. */
static void unpack_f16(float *y, const void *row, size_t n)
{
    size_t k = 0;

    for (; k + LANES <= n; k += LANES)
        _mm256_storeu_ps(y + k, load_8(F16, row, k));
    for (; k < n; k++)
        y[k] = weight_at(F16, row, k);
}

/* gemm_rows_max was measured: above it the packed product wins. */
void tw_kern_fill_avx2(struct tw_kern *k)
{
    k->dot_f32 = dot_f32;
    k->axpy_f32 = axpy_f32;
    k->gemm_rows_max = 16;
    k->gemm_mr = MR;
    k->gemm_nr = NR;
    k->gemm_tile = gemm_tile;
    k->gemm_thin = gemm_thin;
    k->copy_f32 = copy_f32;
    k->transpose_f32 = transpose_f32;
    k->rows_f32 = rows_f32;
    k->rows_f16 = rows_f16;
    k->unpack_f16 = unpack_f16;
}
