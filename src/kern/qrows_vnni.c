/*
 * qrows_vnni.c - quantised products with AVX-512 VNNI: 64 products an
 * instruction, which adds four each to a lane of 32 bits (vpdpbusd).
 *
 * Both kinds of formats come as blocks of 256 weights: a block of a K format,
 * or eight blocks of 32, the last ones of a row filled up with zeros.  What is
 * unpacked is the same for one row of activations (rows) and for many (panel).
 */
#include "kern/kern_priv.h"
#include "kern/qrows.h"

#include "base/status.h"

#include <immintrin.h>
#include <string.h>

#include "base/banned.h"

#define INLINE static inline __attribute__((always_inline))

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* 256 weights: u as bytes in their order; weight i is s[i / 16] * u - m[i /
 * 16].
 */
struct block {
    __m512i u[4];
    __m512 s, m;
};

INLINE float half_at(const uint8_t *p)
{
    uint16_t h;

    memcpy(&h, p, sizeof(h));
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
}

INLINE __m512i all(int x)
{
    return _mm512_set1_epi8((char)x);
}

/* 32 bytes twice. */
INLINE __m512i twice_32(const uint8_t *p)
{
    return _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)p));
}

/* 16 bytes of a twice, then 16 of b twice. */
INLINE __m512i twice_16(const uint8_t *a, const uint8_t *b)
{
    __m256i x = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)a));
    __m256i y = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)b));

    return _mm512_inserti64x4(_mm512_castsi256_si512(x), y, 1);
}

/* Shifts right by low in the lower 32 bytes and by high in the upper ones; what
 * comes over from the next byte has to be masked. */
INLINE __m512i shift_halves(__m512i x, int low, int high)
{
    __m512i n = _mm512_inserti64x4(_mm512_set1_epi16((short)low),
                                   _mm256_set1_epi16((short)high), 1);

    return _mm512_srlv_epi16(x, n);
}

/* The same as a rotation, so that low and high may be negative. */
INLINE __m512i turn_halves(__m512i x, int low, int high)
{
    __m512i n =
        _mm512_inserti64x4(_mm512_set1_epi32(low), _mm256_set1_epi32(high), 1);

    return _mm512_rorv_epi32(x, n);
}

/* mask ? a : b, bit by bit. */
INLINE __m512i choose(__m512i mask, __m512i a, __m512i b)
{
    return _mm512_ternarylogic_epi32(mask, a, b, 0xca);
}

INLINE __m512 bytes_to_floats(__m128i b)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(b));
}

/* 8 scales and 8 minima of 6 bits in 12 bytes, each for two lanes. */
INLINE void scales_q45(struct block *w, const uint8_t *b)
{
    uint32_t a[3];
    const __m128i PAIRS =
        _mm_set_epi8(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);

    memcpy(a, b + 4, sizeof(a));
    uint32_t s1 = (a[2] & 0x0f0f0f0f) | ((a[0] >> 6 & 0x03030303) << 4);
    uint32_t m1 = (a[2] >> 4 & 0x0f0f0f0f) | ((a[1] >> 6 & 0x03030303) << 4);
    uint64_t s = (a[0] & 0x3f3f3f3f) | (uint64_t)s1 << 32;
    uint64_t m = (a[1] & 0x3f3f3f3f) | (uint64_t)m1 << 32;
    __m128i sv = _mm_shuffle_epi8(_mm_cvtsi64_si128((long long)s), PAIRS);
    __m128i mv = _mm_shuffle_epi8(_mm_cvtsi64_si128((long long)m), PAIRS);

    w->s = _mm512_mul_ps(bytes_to_floats(sv), _mm512_set1_ps(half_at(b)));
    w->m = _mm512_mul_ps(bytes_to_floats(mv), _mm512_set1_ps(half_at(b + 2)));
}

INLINE void load_q4_k(struct block *w, const uint8_t *b)
{
    UNROLL
    for (int i = 0; i < 4; i++)
        w->u[i] = _mm512_and_si512(
            shift_halves(twice_32(b + 16 + 32 * i), 0, 4), all(15));
    scales_q45(w, b);
}

INLINE void load_q5_k(struct block *w, const uint8_t *b)
{
    __m512i high = twice_32(b + 16);

    UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i low = shift_halves(twice_32(b + 48 + 32 * i), 0, 4);
        __m512i bit = turn_halves(high, 2 * i - 4, 2 * i - 3);

        w->u[i] = _mm512_and_si512(choose(all(15), low, bit), all(31));
    }
    scales_q45(w, b);
}

INLINE void load_q6_k(struct block *w, const uint8_t *b)
{
    UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i low = _mm512_loadu_si512(b + i / 2 * 64);
        __m512i high = twice_32(b + 128 + i / 2 * 32);

        if (i % 2)
            low = _mm512_srli_epi16(low, 4);
        high = turn_halves(high, i % 2 * 4 - 4, i % 2 * 4 - 2);
        w->u[i] = _mm512_and_si512(choose(all(15), low, high), all(63));
    }
    __m128i s = _mm_loadu_si128((const void *)(b + 192));
    w->s = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(s)),
                         _mm512_set1_ps(half_at(b + 208)));
    w->m = _mm512_mul_ps(w->s, _mm512_set1_ps(32.0f));
}

INLINE void load_q2_k(struct block *w, const uint8_t *b)
{
    __m128i s = _mm_loadu_si128((const void *)b), low = _mm_set1_epi8(15);

    UNROLL
    for (int i = 0; i < 4; i++)
        w->u[i] = _mm512_and_si512(shift_halves(twice_32(b + 16 + i / 2 * 32),
                                                i % 2 * 4, i % 2 * 4 + 2),
                                   all(3));
    w->s = _mm512_mul_ps(bytes_to_floats(_mm_and_si128(s, low)),
                         _mm512_set1_ps(half_at(b + 80)));
    s = _mm_and_si128(_mm_srli_epi16(s, 4), low);
    w->m = _mm512_mul_ps(bytes_to_floats(s), _mm512_set1_ps(half_at(b + 82)));
}

/* 16 scales of 6 bits in 12 bytes: 8 of lower nibbles, 4 of upper bit pairs. */
INLINE __m128i scales_q3(const uint8_t *p)
{
    uint64_t low;
    uint32_t high;

    memcpy(&low, p, sizeof(low));
    memcpy(&high, p + 8, sizeof(high));
    __m128i l = _mm_set_epi64x((long long)(low >> 4 & 0x0f0f0f0f0f0f0f0full),
                               (long long)(low & 0x0f0f0f0f0f0f0f0full));
    __m128i h =
        _mm_srlv_epi32(_mm_set1_epi32((int)high), _mm_set_epi32(6, 4, 2, 0));
    h = _mm_slli_epi16(_mm_and_si128(h, _mm_set1_epi8(3)), 4);
    return _mm_sub_epi8(_mm_or_si128(l, h), _mm_set1_epi8(32));
}

INLINE void load_q3_k(struct block *w, const uint8_t *b)
{
    __m512i high = twice_32(b);

    UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i low = shift_halves(twice_32(b + 32 + i / 2 * 32), i % 2 * 4,
                                   i % 2 * 4 + 2);
        __m512i bit = turn_halves(high, 2 * i - 2, 2 * i - 1);

        w->u[i] = _mm512_and_si512(choose(all(3), low, bit), all(7));
    }
    w->s = _mm512_mul_ps(
        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(scales_q3(b + 96))),
        _mm512_set1_ps(half_at(b + 108)));
    w->m = _mm512_mul_ps(w->s, _mm512_set1_ps(4.0f));
}

/* What nibbles of the IQ4 formats stand for, plus 128. */
INLINE __m512i look_up(__m512i nibbles)
{
    const __m512i VALUES =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)TW_QROWS_IQ4));

    return _mm512_shuffle_epi8(VALUES, nibbles);
}

/* 16 bytes of each of two, as 64 nibbles: of each the lower ones first. */
INLINE __m512i nibbles_of(const uint8_t *p, const uint8_t *next)
{
    const __m512i SHIFT =
        _mm512_set_epi64(0x0004000400040004, 0x0004000400040004, 0, 0,
                         0x0004000400040004, 0x0004000400040004, 0, 0);

    return _mm512_and_si512(_mm512_srlv_epi16(twice_16(p, next), SHIFT),
                            all(15));
}

INLINE void load_iq4_xs(struct block *w, const uint8_t *b)
{
    _Alignas(64) float s[16];

    UNROLL
    for (int i = 0; i < 4; i++)
        w->u[i] = look_up(nibbles_of(b + 8 + 32 * i, b + 24 + 32 * i));
    UNROLL
    for (int i = 0; i < 8; i++) {
        int low = b[4 + i / 2] >> 4 * (i % 2) & 15;
        int high = b[2 + i / 4] >> 2 * (i % 4) & 3;

        s[2 * i] = s[2 * i + 1] = (float)((low | high << 4) - 32);
    }
    w->s = _mm512_mul_ps(_mm512_load_ps(s), _mm512_set1_ps(half_at(b)));
    w->m = _mm512_mul_ps(w->s, _mm512_set1_ps(128.0f));
}

/* What differs between the formats of 32: bytes of a block, where the bits and
 * the nibbles lie, and the bias; 0: a minimum lies behind the scale. */
struct small {
    int size, bits, low;
    float bias;
    int table; /* nibbles are looked up */
};

INLINE struct small small_of(enum tw_weights_type type)
{
    switch ((int)type) {
    case TW_WEIGHTS_Q4_0:
        return (struct small){ 18, 0, 2, 8.0f, 0 };
    case TW_WEIGHTS_Q4_1:
        return (struct small){ 20, 0, 4, 0.0f, 0 };
    case TW_WEIGHTS_Q5_0:
        return (struct small){ 22, 2, 6, 16.0f, 0 };
    case TW_WEIGHTS_Q5_1:
        return (struct small){ 24, 4, 8, 0.0f, 0 };
    case TW_WEIGHTS_IQ4_NL:
        return (struct small){ 18, 0, 2, 128.0f, 1 };
    default:
        return (struct small){ 34, 0, 2, 128.0f, 0 };
    }
}

/* The 64 weights of two blocks. */
INLINE __m512i load_pair(const struct small f, const uint8_t *b,
                         const uint8_t *next)
{
    if (f.size == 34) { /* Q8_0: two's complement to u - 128 */
        __m256i x = _mm256_loadu_si256((const void *)(b + f.low));
        __m256i y = _mm256_loadu_si256((const void *)(next + f.low));
        return _mm512_xor_si512(
            _mm512_inserti64x4(_mm512_castsi256_si512(x), y, 1), all(128));
    }
    __m512i u = nibbles_of(b + f.low, next + f.low);
    if (f.table)
        return look_up(u);
    if (f.bits) {
        uint32_t x, y;
        memcpy(&x, b + f.bits, sizeof(x));
        memcpy(&y, next + f.bits, sizeof(y));
        u = _mm512_mask_add_epi8(u, _cvtu64_mask64(x | (uint64_t)y << 32), u,
                                 all(16));
    }
    return u;
}

/* n (at most 8) blocks, and zeros for the others.  Scales and minima go to two
 * lanes each. */
INLINE void load_small(enum tw_weights_type type, struct block *w,
                       const uint8_t *b, int n)
{
    const struct small f = small_of(type);
    const __m256i AT = _mm256_mullo_epi32(
        _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), _mm256_set1_epi32(f.size));
    const __m512i PAIRS =
        _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    __mmask8 there = (__mmask8)((1u << n) - 1);
    __m256i h =
        _mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), there, AT, b, 1);
    __m256 s = _mm256_cvtph_ps(_mm256_cvtepi32_epi16(h));
    __m256 m = _mm256_mul_ps(s, _mm256_set1_ps(f.bias));

    if (f.bias == 0.0f) {
        h = _mm256_srli_epi32(h, 16);
        m = _mm256_cvtph_ps(_mm256_cvtepi32_epi16(h));
        m = _mm256_sub_ps(_mm256_setzero_ps(), m);
    }
    w->s = _mm512_permutexvar_ps(PAIRS, _mm512_castps256_ps512(s));
    w->m = _mm512_permutexvar_ps(PAIRS, _mm512_castps256_ps512(m));
    UNROLL
    for (int i = 0; i < 4; i++) {
        const uint8_t *x = b + 2 * i * f.size;

        w->u[i] = _mm512_setzero_si512();
        if (2 * i + 1 < n)
            w->u[i] = load_pair(f, x, x + f.size);
        else if (2 * i < n) /* the scale of the second one is zero */
            w->u[i] = load_pair(f, x, x);
    }
}

/* n: blocks of 32 that are there, of formats that have such. */
INLINE void load_block(enum tw_weights_type type, struct block *w,
                       const uint8_t *b, int n)
{
    switch ((int)type) {
    case TW_WEIGHTS_Q2_K:
        load_q2_k(w, b);
        break;
    case TW_WEIGHTS_Q3_K:
        load_q3_k(w, b);
        break;
    case TW_WEIGHTS_Q4_K:
        load_q4_k(w, b);
        break;
    case TW_WEIGHTS_Q5_K:
        load_q5_k(w, b);
        break;
    case TW_WEIGHTS_Q6_K:
        load_q6_k(w, b);
        break;
    case TW_WEIGHTS_IQ4_XS:
        load_iq4_xs(w, b);
        break;
    default:
        load_small(type, w, b, n);
        break;
    }
}

/* Bytes of 256 weights. */
INLINE size_t block_bytes(enum tw_weights_type type)
{
    switch ((int)type) {
    case TW_WEIGHTS_Q2_K:
        return 84;
    case TW_WEIGHTS_Q3_K:
        return 110;
    case TW_WEIGHTS_Q4_K:
        return 144;
    case TW_WEIGHTS_Q5_K:
        return 176;
    case TW_WEIGHTS_Q6_K:
        return 210;
    case TW_WEIGHTS_IQ4_XS:
        return 136;
    default:
        return (size_t)small_of(type).size * 8;
    }
}

/* Sums over a block for one row of activations: two sums of products, so that
 * they need not wait for each other, and one of minima. */
struct sums {
    __m512 a[2], least;
};

INLINE void add_block(struct sums *y, const struct block *w, const uint8_t *q,
                      const float *d, const float *sum)
{
    const __m512i SPREAD =
        _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    __m512 s = _mm512_mul_ps(w->s, _mm512_load_ps(d));

    y->least = _mm512_fmadd_ps(w->m, _mm512_load_ps(sum), y->least);
    UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i n = _mm512_dpbusd_epi32(_mm512_setzero_si512(), w->u[i],
                                        _mm512_load_si512(q + 64 * i));
        __m512i which = _mm512_add_epi32(SPREAD, _mm512_set1_epi32(4 * i));

        y->a[i % 2] =
            _mm512_fmadd_ps(_mm512_cvtepi32_ps(n),
                            _mm512_permutexvar_ps(which, s), y->a[i % 2]);
    }
}

/* The sums of four vectors. */
INLINE __m128 sums_4(const __m512 s[4])
{
    __m256 h[4];

    UNROLL
    for (int i = 0; i < 4; i++)
        h[i] = _mm256_add_ps(_mm512_castps512_ps256(s[i]),
                             _mm512_extractf32x8_ps(s[i], 1));
    __m256 v =
        _mm256_hadd_ps(_mm256_hadd_ps(h[0], h[1]), _mm256_hadd_ps(h[2], h[3]));
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}

/* Rows are often shorter than a page and read four at a time, which hardware
 * does not foresee.  An address that is not there does no harm. */
INLINE void fetch(const uint8_t *p, size_t n)
{
    UNROLL
    for (size_t i = 0; i < n; i += 64)
        _mm_prefetch((const char *)p + i, _MM_HINT_T0);
}

/* 256 weights from k on, n blocks of 32 of them there, of nj rows from j on,
 * with nr rows of x from r on. */
INLINE void add_blocks(enum tw_weights_type type, const size_t nj,
                       const size_t nr, struct sums y[4],
                       const struct tw_kern_qrows *t, const size_t at[3], int n)
{
    const uint8_t *b =
        t->w + at[0] * t->w_stride + at[2] / 256 * block_bytes(type);
    size_t kp = (t->k + 255) / 256 * 256, k = at[2];
    struct block w;

    UNROLL
    for (size_t l = 0; l < nj; l++) {
        fetch(b + (l + nj) * t->w_stride, block_bytes(type));
        load_block(type, &w, b + l * t->w_stride, n);
        UNROLL
        for (size_t a = 0; a < nr; a++) {
            const uint8_t *row = t->x + (at[1] + a) * t->ldx;
            const float *d = (const float *)(const void *)(row + kp) + k / 16;
            add_block(&y[l * nr + a], &w, row + k, d, d + kp / 16);
        }
    }
}

/* nj rows of weights times nr rows of x; nj * nr is at most 4. */
INLINE void dot_rows(enum tw_weights_type type, const size_t nj,
                     const size_t nr, const struct tw_kern_qrows *t, size_t j,
                     size_t r)
{
    size_t at[3] = { j, r, 0 };
    struct sums y[4];
    __m512 all_of[4];
    float out[4];

    UNROLL
    for (int i = 0; i < 4; i++)
        y[i].a[0] = y[i].a[1] = y[i].least = _mm512_setzero_ps();
    for (; at[2] + 256 <= t->k; at[2] += 256)
        add_blocks(type, nj, nr, y, t, at, 8);
    if (type < TW_WEIGHTS_Q2_K && at[2] < t->k)
        add_blocks(type, nj, nr, y, t, at, (int)(t->k - at[2]) / 32);
    UNROLL
    for (int i = 0; i < 4; i++)
        all_of[i] =
            _mm512_sub_ps(_mm512_add_ps(y[i].a[0], y[i].a[1]), y[i].least);
    _mm_storeu_ps(out, sums_4(all_of));
    UNROLL
    for (size_t l = 0; l < nj; l++) {
        UNROLL
        for (size_t a = 0; a < nr; a++)
            t->y[(r + a) * t->ldy + j + l] = out[l * nr + a];
    }
}

/* All rows of x for the rows of weights from j on, which stay in the cache
 * meanwhile. */
INLINE void rows_of(enum tw_weights_type type, const struct tw_kern_qrows *t)
{
    size_t j = 0;

    for (; t->n_rows == 1 && j + 4 <= t->n; j += 4)
        dot_rows(type, 4, 1, t, j, 0);
    for (; j < t->n; j++) {
        size_t r = 0;

        for (; r + 4 <= t->n_rows; r += 4)
            dot_rows(type, 1, 4, t, j, r);
        for (; r + 2 <= t->n_rows; r += 2)
            dot_rows(type, 1, 2, t, j, r);
        if (r < t->n_rows)
            dot_rows(type, 1, 1, t, j, r);
    }
}

/* A panel: columns of four weights of 16 rows each, a register each, and for
 * each `grain` weights the scales and minima of the 16 rows. */
struct panel {
    uint8_t *rows;    /* (16, PIECE): u of each row */
    __m512i *columns; /* (PIECE / 4) */
    float *s, *m;     /* (PIECE / grain, 16) */
};

/* Weights for which a scale holds. */
INLINE size_t grain_of(enum tw_weights_type type)
{
    if (type == TW_WEIGHTS_Q2_K || type == TW_WEIGHTS_Q3_K ||
        type == TW_WEIGHTS_Q6_K)
        return 16;
    return 32;
}

/* Row j of the panel, from 256 weights at b on. */
INLINE void unpack_block(enum tw_weights_type type, const struct panel *p,
                         size_t j, size_t k, const uint8_t *b, int n)
{
    size_t grain = grain_of(type);
    _Alignas(64) float s[16], m[16];
    struct block w;

    load_block(type, &w, b, n);
    UNROLL
    for (size_t i = 0; i < 4; i++)
        _mm512_store_si512(p->rows + j * TW_QROWS_PIECE + k + 64 * i, w.u[i]);
    _mm512_store_ps(s, w.s);
    _mm512_store_ps(m, w.m);
    for (size_t i = 0; i < 256 / grain; i++) {
        p->s[(k / grain + i) * TW_QROWS_PANEL + j] = s[i * grain / 16];
        p->m[(k / grain + i) * TW_QROWS_PANEL + j] = m[i * grain / 16];
    }
}

/* 16 rows of 64 bytes to 16 columns of four bytes of each row: a transposition
 * of 16 x 16 numbers of 32 bits, in four steps of pairs. */
INLINE void transpose(__m512i *columns, const uint8_t *rows)
{
    __m512i a[16], b[16];

    UNROLL
    for (int i = 0; i < 16; i++)
        a[i] = _mm512_load_si512(rows + i * TW_QROWS_PIECE);
    UNROLL
    for (int i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
    }
    UNROLL
    for (int i = 0; i < 16; i += 4) {
        a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
        a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
        a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
        a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
    }
    /* a[4 g + c] holds, in lane l of 128 bits, column 4 l + c of rows 4 g. */
    UNROLL
    for (int c = 0; c < 4; c++) {
        __m512i x = _mm512_shuffle_i32x4(a[c], a[4 + c], 0x88);
        __m512i y = _mm512_shuffle_i32x4(a[8 + c], a[12 + c], 0x88);
        __m512i z = _mm512_shuffle_i32x4(a[c], a[4 + c], 0xdd);
        __m512i v = _mm512_shuffle_i32x4(a[8 + c], a[12 + c], 0xdd);

        columns[c] = _mm512_shuffle_i32x4(x, y, 0x88);
        columns[4 + c] = _mm512_shuffle_i32x4(z, v, 0x88);
        columns[8 + c] = _mm512_shuffle_i32x4(x, y, 0xdd);
        columns[12 + c] = _mm512_shuffle_i32x4(z, v, 0xdd);
    }
}

/* Weights first .. first + len of each row; what the panel has too much is
 * zero. */
INLINE void unpack_panel(enum tw_weights_type type, const struct panel *p,
                         const struct tw_kern_qrows *t, size_t first,
                         size_t len)
{
    size_t grain = grain_of(type);

    if (t->n < TW_QROWS_PANEL) {
        memset(p->rows, 0, TW_QROWS_PANEL * TW_QROWS_PIECE);
        memset(p->s, 0, TW_QROWS_PIECE / grain * TW_QROWS_PANEL * 4);
        memset(p->m, 0, TW_QROWS_PIECE / grain * TW_QROWS_PANEL * 4);
    }
    for (size_t j = 0; j < t->n; j++) {
        const uint8_t *b =
            t->w + j * t->w_stride + first / 256 * block_bytes(type);
        size_t k = 0;

        for (; k + 256 <= len; k += 256, b += block_bytes(type))
            unpack_block(type, p, j, k, b, 8);
        if (type < TW_WEIGHTS_Q2_K && k < len)
            unpack_block(type, p, j, k, b, (int)(len - k) / 32);
    }
    for (size_t k = 0; k < len; k += 64)
        transpose(p->columns + k / 4, p->rows + k);
}

/* The panel times nr rows of x from r on.  The 16 sums of a row of x stay in a
 * register over the whole piece. */
INLINE void multiply_panel(enum tw_weights_type type, const size_t nr,
                           const struct panel *p, const struct tw_kern_qrows *t,
                           size_t r, size_t first, size_t len)
{
    const size_t grain = grain_of(type);
    size_t kp = (t->k + 255) / 256 * 256;
    const uint8_t *q = t->x + r * t->ldx + first;
    const float *d =
        (const float *)(const void *)(t->x + r * t->ldx + kp) + first / 16;
    const float *sum = d + kp / 16;
    __mmask16 mask = (__mmask16)((1u << t->n) - 1);
    float *y = t->y + r * t->ldy;
    __m512 acc[8];

    UNROLL
    for (size_t a = 0; a < nr; a++) {
        acc[a] = _mm512_setzero_ps();
        if (first)
            acc[a] = _mm512_maskz_loadu_ps(mask, y + a * t->ldy);
    }
    for (size_t k = 0; k < len; k += grain) {
        __m512i n[8];

        UNROLL
        for (size_t a = 0; a < nr; a++)
            n[a] = _mm512_setzero_si512();
        UNROLL
        for (size_t i = k; i < k + grain; i += 4) {
            __m512i w = p->columns[i / 4];
            UNROLL
            for (size_t a = 0; a < nr; a++) {
                int32_t four;
                memcpy(&four, q + a * t->ldx + i, sizeof(four));
                n[a] = _mm512_dpbusd_epi32(n[a], w, _mm512_set1_epi32(four));
            }
        }
        __m512 s = _mm512_load_ps(p->s + k / grain * TW_QROWS_PANEL);
        __m512 m = _mm512_load_ps(p->m + k / grain * TW_QROWS_PANEL);
        UNROLL
        for (size_t a = 0; a < nr; a++) {
            const float *da = d + a * (t->ldx / 4),
                        *sa = sum + a * (t->ldx / 4);
            float total = sa[k / 16];

            if (grain == 32)
                total += sa[k / 16 + 1];
            acc[a] = _mm512_fmadd_ps(
                _mm512_cvtepi32_ps(n[a]),
                _mm512_mul_ps(s, _mm512_set1_ps(da[k / 16])), acc[a]);
            acc[a] = _mm512_fnmadd_ps(m, _mm512_set1_ps(total), acc[a]);
        }
    }
    UNROLL
    for (size_t a = 0; a < nr; a++)
        _mm512_mask_storeu_ps(y + a * t->ldy, mask, acc[a]);
}

INLINE void panel_of(enum tw_weights_type type, const struct tw_kern_qrows *t,
                     void *scratch)
{
    uint8_t *at = scratch;
    struct panel p = { .rows = at };

    p.columns = (__m512i *)(void *)(at + TW_QROWS_PANEL * TW_QROWS_PIECE);
    p.s = (float *)(void *)(at + 2 * TW_QROWS_PANEL * TW_QROWS_PIECE);
    p.m = p.s + TW_QROWS_PANEL * TW_QROWS_PIECE / 16;
    for (size_t first = 0; first < t->k; first += TW_QROWS_PIECE) {
        size_t len = t->k - first, r = 0;

        if (len > TW_QROWS_PIECE)
            len = TW_QROWS_PIECE;
        unpack_panel(type, &p, t, first, len);
        for (; r + 8 <= t->n_rows; r += 8)
            multiply_panel(type, 8, &p, t, r, first, len);
        for (; r + 2 <= t->n_rows; r += 2)
            multiply_panel(type, 2, &p, t, r, first, len);
        if (r < t->n_rows)
            multiply_panel(type, 1, &p, t, r, first, len);
    }
}

/* Functions for each type, with the type as a constant. */
#define FUNCTIONS(TYPE)                                                    \
    static void rows_##TYPE(const struct tw_kern_qrows *t)                 \
    {                                                                      \
        rows_of(TW_WEIGHTS_##TYPE, t);                                     \
    }                                                                      \
    static void panel_##TYPE(const struct tw_kern_qrows *t, void *scratch) \
    {                                                                      \
        panel_of(TW_WEIGHTS_##TYPE, t, scratch);                           \
    }
FUNCTIONS(Q8_0)
FUNCTIONS(Q4_0)
FUNCTIONS(Q4_1)
FUNCTIONS(Q5_0)
FUNCTIONS(Q5_1)
FUNCTIONS(IQ4_NL)
FUNCTIONS(Q2_K)
FUNCTIONS(Q3_K)
FUNCTIONS(Q4_K)
FUNCTIONS(Q5_K)
FUNCTIONS(Q6_K)
FUNCTIONS(IQ4_XS)

static const struct {
    void (*rows)(const struct tw_kern_qrows *t);
    void (*panel)(const struct tw_kern_qrows *t, void *scratch);
} OF[TW_WEIGHTS_TYPES] = {
    [TW_WEIGHTS_Q8_0] = { rows_Q8_0, panel_Q8_0 },
    [TW_WEIGHTS_Q4_0] = { rows_Q4_0, panel_Q4_0 },
    [TW_WEIGHTS_Q4_1] = { rows_Q4_1, panel_Q4_1 },
    [TW_WEIGHTS_Q5_0] = { rows_Q5_0, panel_Q5_0 },
    [TW_WEIGHTS_Q5_1] = { rows_Q5_1, panel_Q5_1 },
    [TW_WEIGHTS_Q2_K] = { rows_Q2_K, panel_Q2_K },
    [TW_WEIGHTS_Q3_K] = { rows_Q3_K, panel_Q3_K },
    [TW_WEIGHTS_Q4_K] = { rows_Q4_K, panel_Q4_K },
    [TW_WEIGHTS_Q5_K] = { rows_Q5_K, panel_Q5_K },
    [TW_WEIGHTS_Q6_K] = { rows_Q6_K, panel_Q6_K },
    [TW_WEIGHTS_IQ4_NL] = { rows_IQ4_NL, panel_IQ4_NL },
    [TW_WEIGHTS_IQ4_XS] = { rows_IQ4_XS, panel_IQ4_XS },
};

static void rows(const struct tw_kern_qrows *t)
{
    TW_ASSERT(t->type >= TW_WEIGHTS_Q8_0 && t->type < TW_WEIGHTS_TYPES);
    TW_ASSERT(OF[t->type].rows && t->k % 32 == 0 && t->ldx % 64 == 0);
    OF[t->type].rows(t);
}

static void panel(const struct tw_kern_qrows *t, void *scratch)
{
    TW_ASSERT(OF[t->type].panel && t->k % 32 == 0 && t->ldx % 64 == 0);
    TW_ASSERT(t->n <= TW_QROWS_PANEL && (uintptr_t)scratch % 64 == 0);
    OF[t->type].panel(t, scratch);
}

/* The rest stays that of AVX2. */
void tw_kern_fill_vnni(struct tw_kern *k)
{
    k->q.rows = rows;
    k->q.panel = panel;
}
