/*
 * kern_x86_priv.h - what kern_avx2.c and kern_avx512.c have in common, written
 * once on vf, the register of the level that includes it.
 *
 * A template, not an interface: it is included by those two files only, whose
 * -m flags choose its first lines, and everything in it is static.  The file
 * that includes it gives NR and gemm_tile().
 */
#ifndef TW_KERN_KERN_X86_PRIV_H
#define TW_KERN_KERN_X86_PRIV_H

#include "kern/kern_priv.h"

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* Before a loop whose count is a constant after inlining: the arrays that it
 * indexes become registers.  Neither compiler heeds the other's pragma. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* THIN_m: vectors of columns of a thin product of m rows, so that the sums
 * (m * THIN_m) and one row of B fit into the registers (16 or 32) and there
 * are enough sums in flight to hide the latency of an FMA. */
#ifdef __AVX512F__
typedef __m512 vf;
#define VF_LOAD  _mm512_loadu_ps
#define VF_STORE _mm512_storeu_ps
#define VF_ALL   _mm512_set1_ps
#define VF_FMADD _mm512_fmadd_ps
enum { LANES = 16, THIN_1 = 8, THIN_2 = 8, THIN_3 = 4, THIN_4 = 4 };
#else
typedef __m256 vf;
#define VF_LOAD  _mm256_loadu_ps
#define VF_STORE _mm256_storeu_ps
#define VF_ALL   _mm256_set1_ps
#define VF_FMADD _mm256_fmadd_ps
enum { LANES = 8, THIN_1 = 8, THIN_2 = 4, THIN_3 = 3, THIN_4 = 2 };
#endif
enum { THIN_NV = 8 }; /* most of them */

_Static_assert(sizeof(vf) == LANES * sizeof(float), "vf is one register");
_Static_assert((int)THIN_1 <= (int)THIN_NV && (int)THIN_2 <= (int)THIN_NV &&
                   (int)THIN_3 <= (int)THIN_NV && (int)THIN_4 <= (int)THIN_NV,
               "thin() has room for its sums");
_Static_assert(TW_KERN_THIN == 4, "thin_most() has a case for each");

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns of a full tile, and the tiled product: of the including file. */
enum { NR = 2 * LANES };
static void gemm_tile(const struct tw_kern_tile *t);

/* Part of C of a thin product: m rows, nv vectors of columns from j on.  m and
 * nv are constants after inlining. */
INLINE void thin(const size_t m, const size_t nv, const struct tw_kern_tile *t,
                 size_t j)
{
    vf s[TW_KERN_THIN][THIN_NV], alpha = VF_ALL(t->alpha);
    const float *a = t->a, *b = t->b + j;

    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t v = 0; v < nv; v++)
            s[i][v] = VF_ALL(0.0f);
    }
    for (size_t k = t->k; k; k--, a += m, b += t->ldb) {
        UNROLL
        for (size_t v = 0; v < nv; v++) {
            vf bv = VF_LOAD(b + v * LANES);
            UNROLL
            for (size_t i = 0; i < m; i++)
                s[i][v] = VF_FMADD(VF_ALL(a[i]), bv, s[i][v]);
        }
    }
    UNROLL
    for (size_t i = 0; i < m; i++) {
        UNROLL
        for (size_t v = 0; v < nv; v++) {
            float *c = t->c + i * t->ldc + j + v * LANES;
            s[i][v] = alpha * s[i][v];
            if (t->beta != 0.0f) /* else C is not read */
                s[i][v] = VF_FMADD(VF_ALL(t->beta), VF_LOAD(c), s[i][v]);
            VF_STORE(c, s[i][v]);
        }
    }
}

/* Returns the number of columns done. */
INLINE size_t thin_all(const size_t m, const size_t nv,
                       const struct tw_kern_tile *t)
{
    size_t j = 0;

    for (; j + nv * LANES <= t->n; j += nv * LANES)
        thin(m, nv, t, j);
    return j;
}

static size_t thin_most(const struct tw_kern_tile *t)
{
    switch (t->m) {
    case 1:
        return thin_all(1, THIN_1, t);
    case 2:
        return thin_all(2, THIN_2, t);
    case 3:
        return thin_all(3, THIN_3, t);
    default:
        return thin_all(4, THIN_4, t);
    }
}

/* The columns that do not fill the widest pieces go to the tile kernel. */
static void gemm_thin(const struct tw_kern_tile *t)
{
    struct tw_kern_tile part = *t;
    size_t j = thin_most(t);

    for (; j < t->n; j += NR) {
        part.n = least(t->n - j, NR);
        part.b = t->b + j;
        part.c = t->c + j;
        gemm_tile(&part);
    }
}

/* Kinds of weights; constants after inlining. */
enum kind { F32, F16 };

/* One half, by F16C; memcpy since it may lie at any address. */
INLINE float half_to_float(const void *p)
{
    uint16_t h;

    __builtin_memcpy(&h, p, sizeof(h));
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
}

/* The entry `name` for one kind of weights, from rows_x(kind, nj, t, j) of the
 * including file, which multiplies nj rows of weights with all rows of x.
 * Four rows of weights at a time, then the rest: functions of their own, so
 * that their frames stay small in builds without optimisation. */
#define ROWS(name, kind)                                  \
    static void name##_by_4(const struct tw_kern_rows *t) \
    {                                                     \
        for (size_t j = 0; j + 4 <= t->n; j += 4)         \
            rows_x(kind, 4, t, j);                        \
    }                                                     \
    static void name##_by_1(const struct tw_kern_rows *t) \
    {                                                     \
        for (size_t j = t->n / 4 * 4; j < t->n; j++)      \
            rows_x(kind, 1, t, j);                        \
    }                                                     \
    static void name(const struct tw_kern_rows *t)        \
    {                                                     \
        name##_by_4(t);                                   \
        name##_by_1(t);                                   \
    }

#endif /* TW_KERN_KERN_X86_PRIV_H */
