/*
 * qrows.c - quantised products on parts of 32 weights: the plain level and the
 * AVX2 one, which differ in how 32 products are summed and in nothing else.
 *
 * Built once per level: TW_QROWS_TABLE names the table.  Vectors are those of
 * the compiler, which makes two halves of them where registers are short.  The
 * layouts are those of gguf/gguf_quants.c, which says more about them; the
 * tests compare the two.
 */
#include "kern/qrows.h"

#include "base/status.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#else
#include "kern/quant.h"
#endif

#include "base/banned.h"

#define INLINE static inline __attribute__((always_inline))

typedef uint8_t v32 __attribute__((vector_size(32)));
typedef uint16_t v16u __attribute__((vector_size(32)));
typedef int32_t v8i __attribute__((vector_size(32)));
typedef float v8f __attribute__((vector_size(32)));

#ifdef __AVX2__
/* The sums of four products each.  Weights of at most 6 bits: a pair of
 * products is below 2 * 63 * 128 and fits 16 bits. */
INLINE v8i dot_small(v32 u, v32 x)
{
    __m256i pairs = _mm256_maddubs_epi16((__m256i)u, (__m256i)x);

    return (v8i)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/* The same for 8 bits, where a pair does not fit: in numbers of 16 bits.  The
 * lanes come out as the others do after hadd, which adds within halves. */
INLINE v8i dot_wide(v32 u, v32 x)
{
    __m256i u0 = _mm256_cvtepu8_epi16(_mm256_castsi256_si128((__m256i)u));
    __m256i u1 = _mm256_cvtepu8_epi16(_mm256_extracti128_si256((__m256i)u, 1));
    __m256i x0 = _mm256_cvtepi8_epi16(_mm256_castsi256_si128((__m256i)x));
    __m256i x1 = _mm256_cvtepi8_epi16(_mm256_extracti128_si256((__m256i)x, 1));
    __m256i s =
        _mm256_hadd_epi32(_mm256_madd_epi16(u0, x0), _mm256_madd_epi16(u1, x1));

    return (v8i)_mm256_permute4x64_epi64(s, 0xd8);
}

INLINE float half_at(const uint8_t *p)
{
    uint16_t h;

    memcpy(&h, p, sizeof(h));
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
}

/* What nibbles of the IQ4 formats stand for, plus 128. */
INLINE v32 look_up(v32 nibbles)
{
    const __m256i VALUES = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const void *)TW_QROWS_IQ4));

    return (v32)_mm256_shuffle_epi8(VALUES, (__m256i)nibbles);
}

/* 16 bytes of two nibbles: the lower ones are the first 16 weights. */
INLINE v32 nibbles(const uint8_t *p)
{
    __m128i x = _mm_loadu_si128((const void *)p);
    __m256i v = _mm256_set_m128i(_mm_srli_epi16(x, 4), x);

    return (v32)_mm256_and_si256(v, _mm256_set1_epi8(15));
}

/* Bit i of 32, as 16 in byte i. */
INLINE v32 fifth_bits(const uint8_t *p)
{
    const __m256i BYTES = _mm256_set_epi64x(
        0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
    const __m256i BITS = _mm256_set1_epi64x((long long)0x8040201008040201);
    int32_t all;

    memcpy(&all, p, sizeof(all));
    __m256i v = _mm256_shuffle_epi8(_mm256_set1_epi32(all), BYTES);
    v = _mm256_cmpeq_epi8(_mm256_and_si256(v, BITS), BITS);
    return (v32)_mm256_and_si256(v, _mm256_set1_epi8(16));
}
#else
INLINE v8i dot_small(v32 u, v32 x)
{
    v8i s;

    for (int i = 0; i < 8; i++) {
        s[i] = 0;
        for (int j = 4 * i; j < 4 * i + 4; j++)
            s[i] += (int)u[j] * (int8_t)x[j];
    }
    return s;
}

INLINE v8i dot_wide(v32 u, v32 x)
{
    return dot_small(u, x);
}

INLINE float half_at(const uint8_t *p)
{
    return tw_f16_to_f32((uint16_t)(p[0] | (unsigned)p[1] << 8));
}

/* These two as above. */
INLINE v32 look_up(v32 nibbles)
{
    v32 v;

    for (int i = 0; i < 32; i++)
        v[i] = TW_QROWS_IQ4[nibbles[i]];
    return v;
}

INLINE v32 nibbles(const uint8_t *p)
{
    v32 v;

    for (int i = 0; i < 16; i++) {
        v[i] = p[i] & 15;
        v[i + 16] = p[i] >> 4;
    }
    return v;
}

INLINE v32 fifth_bits(const uint8_t *p)
{
    v32 v;

    for (int i = 0; i < 32; i++)
        v[i] = (uint8_t)((p[i / 8] >> i % 8 & 1) << 4);
    return v;
}
#endif

/* 32 weights: value i is s[i / 16] * u[i] - m[i / 16]. */
struct part {
    v32 u;
    float s[2], m[2];
};

INLINE v32 load_32(const void *p)
{
    v32 v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Bits shift .. of each byte: what comes over from the next byte is masked. */
INLINE v32 bits(v32 v, int shift, uint16_t mask)
{
    return (v32)(((v16u)v >> (uint16_t)shift) & mask);
}

/* Blocks of 32 weights have one scale and one minimum. */
INLINE void set_scale(struct part *p, float s, float m)
{
    p->s[0] = p->s[1] = s;
    p->m[0] = p->m[1] = m;
}

/* 6-bit scale and minimum j of Q4_K and Q5_K. */
INLINE void scale_q45(struct part *p, const uint8_t *b, int j)
{
    const uint8_t *s = b + 4;
    int scale = s[j] & 63, least = s[j + 4] & 63;

    if (j >= 4) {
        scale = (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
        least = s[j + 4] >> 4 | s[j] >> 6 << 4;
    }
    set_scale(p, half_at(b) * (float)scale, half_at(b + 2) * (float)least);
}

/* 6-bit scale j of Q3_K, less its bias. */
INLINE float scale_q3(const uint8_t *s, int j)
{
    int low = s[j % 8] >> (4 * (j / 8)) & 15;

    return (float)((low | (s[8 + j % 4] >> (2 * (j / 4)) & 3) << 4) - 32);
}

/* Formats with a scale for each 16 weights and a bias instead of a minimum. */
INLINE void set_biased(struct part *p, float s0, float s1, float bias)
{
    p->s[0] = s0;
    p->s[1] = s1;
    p->m[0] = s0 * bias;
    p->m[1] = s1 * bias;
}

/* 6-bit scale j of IQ4_XS, less its bias. */
INLINE float scale_iq4(const uint8_t *b, int j)
{
    int low = b[4 + j / 2] >> 4 * (j % 2) & 15;
    int high = b[2 + j / 4] >> 2 * (j % 4) & 3;

    return (float)((low | high << 4) - 32);
}

/* Part j of a block of 256. */
INLINE void load_k(enum tw_weights_type type, struct part *p, const uint8_t *b,
                   int j)
{
    switch ((int)type) {
    case TW_WEIGHTS_Q4_K:
        p->u = bits(load_32(b + 16 + j / 2 * 32), j % 2 * 4, 0x0f0f);
        scale_q45(p, b, j);
        break;
    case TW_WEIGHTS_Q5_K:
        p->u = bits(load_32(b + 48 + j / 2 * 32), j % 2 * 4, 0x0f0f) |
               bits(load_32(b + 16), j, 0x0101) << 4;
        scale_q45(p, b, j);
        break;
    case TW_WEIGHTS_Q6_K: {
        const int8_t *s = (const int8_t *)b + 192 + 2 * j;
        float d = half_at(b + 208);
        v32 low = load_32(b + j / 4 * 64 + j % 2 * 32);

        p->u = bits(low, j % 4 / 2 * 4, 0x0f0f) |
               bits(load_32(b + 128 + j / 4 * 32), j % 4 * 2, 0x0303) << 4;
        set_biased(p, d * s[0], d * s[1], 32.0f);
        break;
    }
    case TW_WEIGHTS_Q3_K: {
        float d = half_at(b + 108);

        p->u = bits(load_32(b + 32 + j / 4 * 32), j % 4 * 2, 0x0303) |
               bits(load_32(b), j, 0x0101) << 2;
        set_biased(p, d * scale_q3(b + 96, 2 * j),
                   d * scale_q3(b + 96, 2 * j + 1), 4.0f);
        break;
    }
    case TW_WEIGHTS_IQ4_XS: {
        float d = half_at(b) * scale_iq4(b, j);

        p->u = look_up(nibbles(b + 8 + 16 * j));
        set_scale(p, d, 128.0f * d);
        break;
    }
    default: { /* Q2_K */
        float d = half_at(b + 80), m = half_at(b + 82);

        p->u = bits(load_32(b + 16 + j / 4 * 32), j % 4 * 2, 0x0303);
        for (int i = 0; i < 2; i++) {
            p->s[i] = d * (float)(b[2 * j + i] & 15);
            p->m[i] = m * (float)(b[2 * j + i] >> 4);
        }
        break;
    }
    }
}

/* A block of 32. */
INLINE void load_small(enum tw_weights_type type, struct part *p,
                       const uint8_t *b)
{
    float d = half_at(b);

    switch ((int)type) {
    case TW_WEIGHTS_Q4_0:
        p->u = nibbles(b + 2);
        set_scale(p, d, 8.0f * d);
        break;
    case TW_WEIGHTS_Q4_1:
        p->u = nibbles(b + 4);
        set_scale(p, d, -half_at(b + 2));
        break;
    case TW_WEIGHTS_Q5_0:
        p->u = nibbles(b + 6) | fifth_bits(b + 2);
        set_scale(p, d, 16.0f * d);
        break;
    case TW_WEIGHTS_Q5_1:
        p->u = nibbles(b + 8) | fifth_bits(b + 4);
        set_scale(p, d, -half_at(b + 2));
        break;
    case TW_WEIGHTS_IQ4_NL:
        p->u = look_up(nibbles(b + 2));
        set_scale(p, d, 128.0f * d);
        break;
    default: /* Q8_0: two's complement with its sign turned is u - 128 */
        p->u = load_32(b + 2) ^ 128;
        set_scale(p, d, 128.0f * d);
        break;
    }
}

/* Are the weights wider than 6 bits? */
INLINE bool is_wide(enum tw_weights_type type)
{
    return type == TW_WEIGHTS_Q8_0 || type == TW_WEIGHTS_IQ4_NL ||
           type == TW_WEIGHTS_IQ4_XS;
}

/* Part i of a row; size: bytes of a block. */
INLINE void load_part(enum tw_weights_type type, size_t size, struct part *p,
                      const uint8_t *row, size_t i)
{
    if (type >= TW_WEIGHTS_Q2_K)
        load_k(type, p, row + i / 8 * size, (int)(i % 8));
    else
        load_small(type, p, row + i * size);
}

static float sum_8(v8f v)
{
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* A row of weights times nr rows of x from r on: a part is unpacked once. */
INLINE void dot_rows(enum tw_weights_type type, const size_t nr,
                     const struct tw_kern_qrows *t, size_t j, size_t r)
{
    const uint8_t *w = t->w + j * t->w_stride, *x = t->x + r * t->ldx;
    size_t kp = (t->k + 255) / 256 * 256;
    size_t size = tw_weights_block_bytes(type);
    v8f acc[4] = { { 0 } };
    float least[4] = { 0 };

    for (size_t i = 0; i < t->k / 32; i++) {
        struct part p;

        load_part(type, size, &p, w, i);
        v8f s = {
            p.s[0], p.s[0], p.s[0], p.s[0], p.s[1], p.s[1], p.s[1], p.s[1]
        };
        for (size_t a = 0; a < nr; a++) {
            const uint8_t *row = x + a * t->ldx;
            const float *d = (const void *)(row + kp), *sum = d + kp / 16;
            v32 q = load_32(row + i * 32);
            v8i n = is_wide(type) ? dot_wide(p.u, q) : dot_small(p.u, q);

            acc[a] += __builtin_convertvector(n, v8f) * (s * d[2 * i]);
            least[a] += p.m[0] * sum[2 * i] + p.m[1] * sum[2 * i + 1];
        }
    }
    for (size_t a = 0; a < nr; a++)
        t->y[(r + a) * t->ldy + j] = sum_8(acc[a]) - least[a];
}

/* All rows of x, four at a time while there are as many. */
INLINE void rows_of(enum tw_weights_type type, const struct tw_kern_qrows *t)
{
    size_t r = 0;

    for (; r + 4 <= t->n_rows; r += 4)
        for (size_t j = 0; j < t->n; j++)
            dot_rows(type, 4, t, j, r);
    for (; r < t->n_rows; r++)
        for (size_t j = 0; j < t->n; j++)
            dot_rows(type, 1, t, j, r);
}

/* A function for each type, with the type as a constant. */
#define ROWS(TYPE)                                         \
    static void rows_##TYPE(const struct tw_kern_qrows *t) \
    {                                                      \
        rows_of(TW_WEIGHTS_##TYPE, t);                     \
    }
ROWS(Q8_0)
ROWS(Q4_0)
ROWS(Q4_1)
ROWS(Q5_0)
ROWS(Q5_1)
ROWS(IQ4_NL)
ROWS(Q2_K)
ROWS(Q3_K)
ROWS(Q4_K)
ROWS(Q5_K)
ROWS(Q6_K)
ROWS(IQ4_XS)

static void rows(const struct tw_kern_qrows *t)
{
    static void (*const ROWS_OF[TW_WEIGHTS_TYPES])(
        const struct tw_kern_qrows *) = {
        [TW_WEIGHTS_Q8_0] = rows_Q8_0,     [TW_WEIGHTS_Q4_0] = rows_Q4_0,
        [TW_WEIGHTS_Q4_1] = rows_Q4_1,     [TW_WEIGHTS_Q5_0] = rows_Q5_0,
        [TW_WEIGHTS_Q5_1] = rows_Q5_1,     [TW_WEIGHTS_Q2_K] = rows_Q2_K,
        [TW_WEIGHTS_Q3_K] = rows_Q3_K,     [TW_WEIGHTS_Q4_K] = rows_Q4_K,
        [TW_WEIGHTS_Q5_K] = rows_Q5_K,     [TW_WEIGHTS_Q6_K] = rows_Q6_K,
        [TW_WEIGHTS_IQ4_NL] = rows_IQ4_NL, [TW_WEIGHTS_IQ4_XS] = rows_IQ4_XS,
    };

    TW_ASSERT(t->type < TW_WEIGHTS_TYPES && ROWS_OF[t->type]);
    TW_ASSERT(t->k % 32 == 0 && t->ldx >= tw_qrows_row_bytes(t->k));
    ROWS_OF[t->type](t);
}

static void unpack(enum tw_weights_type type, float *y, const uint8_t *row,
                   size_t k)
{
    size_t size = tw_weights_block_bytes(type);

    TW_ASSERT(type >= TW_WEIGHTS_Q8_0 && type < TW_WEIGHTS_TYPES);
    TW_ASSERT(k % tw_weights_block_len(type) == 0);
    for (size_t i = 0; i < k / 32; i++) {
        struct part p;

        load_part(type, size, &p, row, i);
        for (size_t j = 0; j < 32; j++)
            y[i * 32 + j] = p.s[j / 16] * (float)p.u[j] - p.m[j / 16];
    }
}

/* The bits of a float order magnitudes as numbers do, and infinity and NaN come
 * after all of them. */
static float find_scale(const float *x, size_t n)
{
    uint32_t top = 0;
    float largest;

    for (size_t i = 0; i < n; i++) {
        uint32_t u;

        memcpy(&u, &x[i], sizeof(u));
        u &= 0x7fffffffu;
        top = u > top ? u : top;
    }
    memcpy(&largest, &top, sizeof(top));
    if (top >= 0x7f800000u)
        return NAN;
    return largest / 127.0f;
}

/* Adding and taking away 1.5 * 2^23 rounds to nearest, ties to even, in the
 * default mode: as rintf() does, without a call.  Below 2^-120 the inverse of
 * a scale would overflow; such blocks are zero for all purposes. */
static void quantize(uint8_t *row, const float *x, size_t k)
{
    size_t kp = (k + 255) / 256 * 256;
    int8_t *q = (int8_t *)row;
    float *d = (void *)(row + kp), *sum = d + kp / 16;

    TW_ASSERT(k % 32 == 0 && (uintptr_t)row % sizeof(float) == 0);
    memset(row + k / 32 * 32, 0, kp - k / 32 * 32);
    memset(d + k / 16, 0, (kp - k) / 16 * sizeof(*d));
    memset(sum + k / 16, 0, (kp - k) / 16 * sizeof(*sum));
    for (size_t b = 0; b < k / 32; b++) {
        float scale = find_scale(x + b * 32, 32), inverse = 0.0f;

        if (scale > 0x1p-120f)
            inverse = 1.0f / scale;
        for (size_t h = 2 * b; h < 2 * b + 2; h++) {
            int32_t total = 0;

            for (size_t i = h * 16; inverse != 0.0f && i < h * 16 + 16; i++) {
                float v = (x[i] * inverse + 0x1.8p23f) - 0x1.8p23f;
                int8_t n = (int8_t)v;

                q[i] = n;
                total += n;
            }
            if (inverse == 0.0f)
                memset(q + h * 16, 0, 16);
            d[h] = scale;
            sum[h] = scale * (float)total;
        }
    }
}

extern const struct tw_qrows_kern TW_QROWS_TABLE;
const struct tw_qrows_kern TW_QROWS_TABLE = { quantize, rows, NULL, unpack };
