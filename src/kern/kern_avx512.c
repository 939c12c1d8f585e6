/*
 * kern_avx512.c - products on registers of 16 floats, with masks for what does
 * not fill one.
 *
 * Compiled with -mavx512f, bw, dq, vl and what AVX2 has.  Include nothing that
 * defines inline code that other files may share.
 */
#include "kern/kern_x86_priv.h"

#include "base/banned.h"

/* 14 rows of 2 vectors: 28 sums, 2 vectors of B and a broadcast of A fill the
 * 32 registers; 16 loads for 28 FMAs. */
enum { MR = 14 };

/* The lowest n lanes, all for n >= 16.  A masked load or store never touches
 * the bytes of the others. */
INLINE __mmask16 lanes(size_t n)
{
    return (__mmask16)(n >= LANES ? 0xffffu : (1u << n) - 1u);
}

/* Each FMA needs two loads, so with two loads a cycle one FMA a cycle is the
 * ceiling; with a latency of 4 cycles, 4 sums in flight reach it. */
static float dot_f32(const float *x, const float *y, size_t n)
{
    __m512 s[4] = { 0 };
    size_t i = 0;

    for (; i + 64 <= n; i += 64) {
        UNROLL
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + 16 * j),
                                   _mm512_loadu_ps(y + i + 16 * j), s[j]);
    }
    for (; i < n; i += 16) {
        __mmask16 m = lanes(n - i);

        s[0] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, x + i),
                               _mm512_maskz_loadu_ps(m, y + i), s[0]);
    }
    s[0] = _mm512_add_ps(_mm512_add_ps(s[0], s[1]), _mm512_add_ps(s[2], s[3]));
    return _mm512_reduce_add_ps(s[0]);
}

/* The mask is full but for the last vector; a masked load costs nothing
 * here. */
static void axpy_f32(float *restrict y, float a, const float *restrict x,
                     size_t n)
{
    __m512 va = _mm512_set1_ps(a);

    for (size_t i = 0; i < n; i += LANES) {
        __mmask16 m = lanes(n - i);
        __m512 old = _mm512_maskz_loadu_ps(m, y + i);

        _mm512_mask_storeu_ps(
            y + i, m,
            _mm512_fmadd_ps(va, _mm512_maskz_loadu_ps(m, x + i), old));
    }
}

/* m and nv are constants after inlining; so the sums stay in registers. */
INLINE void tile(const size_t m, const size_t nv, const struct tw_kern_tile *t)
{
    __m512 s[MR][2], alpha = _mm512_set1_ps(t->alpha);
    __mmask16 last = lanes(t->n - (nv - 1) * LANES);
    const float *a = t->a, *b = t->b;

    UNROLL
    for (size_t i = 0; i < m; i++)
        s[i][0] = s[i][1] = _mm512_setzero_ps();
    for (size_t k = t->k; k; k--, a += m, b += t->ldb) {
        __m512 b0 = nv == 2 ? _mm512_loadu_ps(b) : _mm512_setzero_ps();
        __m512 b1 = _mm512_maskz_loadu_ps(last, b + (nv - 1) * LANES);
        UNROLL
        for (size_t i = 0; i < m; i++) {
            __m512 ai = _mm512_set1_ps(a[i]);
            if (nv == 2)
                s[i][0] = _mm512_fmadd_ps(ai, b0, s[i][0]);
            s[i][1] = _mm512_fmadd_ps(ai, b1, s[i][1]);
        }
    }
    __m512 beta = _mm512_set1_ps(t->beta);
    __mmask16 first = lanes(nv == 2 ? LANES : 0);
    /* Masks of no lanes keep C unread when beta is 0. */
    __mmask16 old0 = (__mmask16)(t->beta == 0.0f ? 0u : (unsigned)first);
    __mmask16 old1 = (__mmask16)(t->beta == 0.0f ? 0u : (unsigned)last);
    UNROLL
    for (size_t i = 0; i < m; i++) {
        float *c = t->c + i * t->ldc;
        float *c1 = c + (nv - 1) * LANES;
        __m512 v;
        if (nv == 2) {
            v = _mm512_mul_ps(beta, _mm512_maskz_loadu_ps(old0, c));
            _mm512_storeu_ps(c, _mm512_fmadd_ps(alpha, s[i][0], v));
        }
        v = _mm512_mul_ps(beta, _mm512_maskz_loadu_ps(old1, c1));
        _mm512_mask_storeu_ps(c1, last, _mm512_fmadd_ps(alpha, s[i][1], v));
    }
}

#define TILE(m)                                        \
    static void tile_##m(const struct tw_kern_tile *t) \
    {                                                  \
        if (t->n > LANES)                              \
            tile(m, 2, t);                             \
        else                                           \
            tile(m, 1, t);                             \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
TILE(13)
TILE(14)

/* A function for each number of rows: with m a constant the sums have names the
 * compiler can keep in registers. */
static void gemm_tile(const struct tw_kern_tile *t)
{
    static void (*const tiles[MR])(const struct tw_kern_tile *) = {
        tile_1, tile_2, tile_3,  tile_4,  tile_5,  tile_6,  tile_7,
        tile_8, tile_9, tile_10, tile_11, tile_12, tile_13, tile_14
    };

    tiles[t->m - 1](t);
}

/* Packing copies short rows, of which one masked store does up to sixteen
 * floats. */
static void copy_f32(float *dst, size_t dst_ld, const float *src, size_t src_ld,
                     size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, dst += dst_ld, src += src_ld)
        for (size_t c = 0; c < cols; c += LANES) {
            __mmask16 m = lanes(cols - c);
            _mm512_mask_storeu_ps(dst + c, m,
                                  _mm512_maskz_loadu_ps(m, src + c));
        }
}

/* Four floats from each of four places. */
INLINE __m512 gather_4x4(const float *p0, const float *p1, const float *p2,
                         const float *p3)
{
    __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(p0));

    v = _mm512_insertf32x4(v, _mm_loadu_ps(p1), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps(p2), 2);
    return _mm512_insertf32x4(v, _mm_loadu_ps(p3), 3);
}

/* Up to 16 rows: 4 columns at a time, the 4x4 pieces in the lanes of four
 * vectors.  Rows that do not exist repeat the first one and are not stored. */
static void transpose_16(float *dst, size_t dst_ld, const float *src,
                         size_t src_ld, size_t rows, size_t cols)
{
    const float *p[LANES];
    __mmask16 m = lanes(rows);
    size_t c = 0;

    for (size_t i = 0; i < LANES; i++)
        p[i] = src + (i < rows ? i : 0) * src_ld;
    for (; c + 4 <= cols; c += 4, dst += 4 * dst_ld) {
        __m512 v[4];
        UNROLL
        for (size_t i = 0; i < 4; i++)
            v[i] =
                gather_4x4(p[i] + c, p[i + 4] + c, p[i + 8] + c, p[i + 12] + c);
        __m512d lo01 = _mm512_castps_pd(_mm512_unpacklo_ps(v[0], v[1]));
        __m512d hi01 = _mm512_castps_pd(_mm512_unpackhi_ps(v[0], v[1]));
        __m512d lo23 = _mm512_castps_pd(_mm512_unpacklo_ps(v[2], v[3]));
        __m512d hi23 = _mm512_castps_pd(_mm512_unpackhi_ps(v[2], v[3]));
        v[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(lo01, lo23));
        v[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(lo01, lo23));
        v[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(hi01, hi23));
        v[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(hi01, hi23));
        UNROLL
        for (size_t i = 0; i < 4; i++)
            _mm512_mask_storeu_ps(dst + i * dst_ld, m, v[i]);
    }
    for (; c < cols; c++, dst += dst_ld)
        for (size_t i = 0; i < rows; i++)
            dst[i] = p[i][c];
}

/* By bands of sixteen rows, which become sixteen columns of dst. */
static void transpose_f32(float *dst, size_t dst_ld, const float *src,
                          size_t src_ld, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r += LANES)
        transpose_16(dst + r, dst_ld, src + r * src_ld, src_ld,
                     least(rows - r, LANES), cols);
}

/* The 32 weights from 32 * block on, of which the masks select. */
INLINE void load_32(const enum kind kind, const void *row, size_t block,
                    const __mmask16 m[2], __m512 w[2])
{
    if (kind == F32) {
        const float *p = (const float *)row + 32 * block;
        w[0] = _mm512_maskz_loadu_ps(m[0], p);
        w[1] = _mm512_maskz_loadu_ps(m[1], p + LANES);
    } else {
        const uint16_t *p = (const uint16_t *)row + 32 * block;
        w[0] = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(m[0], p));
        w[1] = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(m[1], p + LANES));
    }
}

/* The sums of four vectors. */
INLINE __m128 sums_4(const __m512 s[4])
{
    __m256 h[4];

    UNROLL
    for (size_t i = 0; i < 4; i++)
        h[i] = _mm256_add_ps(_mm512_castps512_ps256(s[i]),
                             _mm512_extractf32x8_ps(s[i], 1));
    __m256 v =
        _mm256_hadd_ps(_mm256_hadd_ps(h[0], h[1]), _mm256_hadd_ps(h[2], h[3]));
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}

enum { ROWS_J = 4, ROWS_R = 4 };

/* 32 steps of K for nj rows of weights and nr rows of x: s[r][j] += .. */
INLINE void rows_step(const enum kind kind, const size_t nj, const size_t nr,
                      __m512 s[ROWS_R][ROWS_J], const char *const w[ROWS_J],
                      const float *const x[ROWS_R], size_t k, size_t left)
{
    const __mmask16 m[2] = { lanes(left), lanes(left - least(left, LANES)) };
    __m512 xk[ROWS_R][2];

    UNROLL
    for (size_t i = 0; i < nr; i++) {
        xk[i][0] = _mm512_maskz_loadu_ps(m[0], x[i] + k);
        xk[i][1] = _mm512_maskz_loadu_ps(m[1], x[i] + k + LANES);
    }
    UNROLL
    for (size_t l = 0; l < nj; l++) {
        __m512 wk[2];
        load_32(kind, w[l], k / 32, m, wk);
        UNROLL
        for (size_t i = 0; i < nr; i++) {
            s[i][l] = _mm512_fmadd_ps(wk[0], xk[i][0], s[i][l]);
            s[i][l] = _mm512_fmadd_ps(wk[1], xk[i][1], s[i][l]);
        }
    }
}

/* nj (at most 4) rows of weights from j on with nr rows of x from r on; nj and
 * nr are constants after inlining. */
INLINE void rows_tile(const enum kind kind, const size_t nj, const size_t nr,
                      const struct tw_kern_rows *t, size_t j, size_t r)
{
    const char *w[ROWS_J];
    const float *x[ROWS_R];
    __m512 s[ROWS_R][ROWS_J];
    size_t k = 0;

    UNROLL
    for (size_t i = 0; i < 4; i++) {
        w[i] = (const char *)t->w + (j + (i < nj ? i : 0)) * t->w_stride;
        x[i] = t->x + (r + (i < nr ? i : 0)) * t->ldx;
        UNROLL
        for (size_t l = 0; l < 4; l++)
            s[i][l] = _mm512_setzero_ps();
    }
    for (; k + 32 <= t->k; k += 32)
        rows_step(kind, nj, nr, s, w, x, k, 32);
    if (k < t->k)
        rows_step(kind, nj, nr, s, w, x, k, t->k - k);
    UNROLL
    for (size_t i = 0; i < nr; i++) {
        __mmask8 m = (__mmask8)((1u << nj) - 1u);
        _mm_mask_storeu_ps(t->y + (r + i) * t->ldy + j, m, sums_4(s[i]));
    }
}

/* All rows of x with nj rows of weights: four at a time while there are as
 * many, so that a weight once loaded is used four times. */
INLINE void rows_x(const enum kind kind, const size_t nj,
                   const struct tw_kern_rows *t, size_t j)
{
    size_t r = 0;

    for (; r + 4 <= t->n_rows; r += 4)
        rows_tile(kind, nj, 4, t, j, r);
    for (; r + 2 <= t->n_rows; r += 2)
        rows_tile(kind, nj, 2, t, j, r);
    if (r < t->n_rows)
        rows_tile(kind, nj, 1, t, j, r);
}

ROWS(rows_f32, F32)
ROWS(rows_f16, F16)

/* Blocks of 32; the masks keep the last one of a row of halves from writing
 * past y. */
static void unpack_f16(float *y, const void *row, size_t n)
{
    for (size_t k = 0; k < n; k += 32) {
        __mmask16 m[2] = { lanes(n - k), lanes(n - k - least(n - k, LANES)) };
        __m512 w[2];
        load_32(F16, row, k / 32, m, w);
        _mm512_mask_storeu_ps(y + k, m[0], w[0]);
        _mm512_mask_storeu_ps(y + k + LANES, m[1], w[1]);
    }
}

/* gemm_rows_max was measured: above it the packed product wins. */
void tw_kern_fill_avx512(struct tw_kern *k)
{
    k->dot_f32 = dot_f32;
    k->axpy_f32 = axpy_f32;
    k->gemm_rows_max = 64;
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
