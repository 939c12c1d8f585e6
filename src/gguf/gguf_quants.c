/*
 * gguf_quants.c - the block formats that are read but not written: Q4_0 to
 * Q5_1 and IQ4_NL (32 weights), Q2_K to Q6_K and IQ4_XS (256 weights), to
 * float32.
 */
#include "gguf/gguf_priv.h"

#include "kern/quant.h"

#include "base/banned.h"

/* A scale: two bytes, at any address. */
static float half_at(const uint8_t *p)
{
    return tw_f16_to_f32((uint16_t)(p[0] | (unsigned)p[1] << 8));
}

/* The lower half of a byte, or the upper one. */
static int nibble(uint8_t byte, int upper)
{
    return byte >> (4 * upper) & 15;
}

/* 32 weights of 4 bits, and a fifth bit each where high is not NULL:
 * w = q * d + m. */
static void unpack_32(float *y, const uint8_t *nibbles, const uint8_t *high,
                      float d, float m)
{
    for (int i = 0; i < 16; i++) {
        int low = nibbles[i] & 15, top = nibbles[i] >> 4;

        if (high) {
            low |= (high[i / 8] >> i % 8 & 1) << 4;
            top |= (high[2 + i / 8] >> i % 8 & 1) << 4;
        }
        y[i] = (float)low * d + m;
        y[i + 16] = (float)top * d + m;
    }
}

/* 18 bytes: scale, 16 bytes of nibbles; w = (q - 8) d. */
static void unpack_q4_0(float *y, const uint8_t *b)
{
    float d = half_at(b);

    unpack_32(y, b + 2, NULL, d, -8.0f * d);
}

/* 20 bytes: scale, minimum, 16 bytes of nibbles; w = q d + m. */
static void unpack_q4_1(float *y, const uint8_t *b)
{
    unpack_32(y, b + 4, NULL, half_at(b), half_at(b + 2));
}

/* 22 bytes: scale, 32 fifth bits, 16 bytes of nibbles; w = (q - 16) d. */
static void unpack_q5_0(float *y, const uint8_t *b)
{
    float d = half_at(b);

    unpack_32(y, b + 6, b + 2, d, -16.0f * d);
}

/* 24 bytes: scale, minimum, 32 fifth bits, 16 bytes of nibbles. */
static void unpack_q5_1(float *y, const uint8_t *b)
{
    unpack_32(y, b + 8, b + 4, half_at(b), half_at(b + 2));
}

/* 84 bytes: 16 scales of 4 + 4 bits (of scale and minimum), 64 bytes of weights
 * of 2 bits, d, m. Each 16 weights have a scale; a byte holds a bit pair of
 * four parts that are 32 weights apart. */
static void unpack_q2_k(float *y, const uint8_t *b)
{
    const uint8_t *scales = b, *q = b + 16;
    float d = half_at(b + 80), m = half_at(b + 82);

    for (int part = 0; part < 16; part++, y += 16) {
        const uint8_t *p = q + part / 8 * 32 + part % 2 * 16;
        int shift = part % 8 / 2 * 2;
        float dl = d * (float)(scales[part] & 15);
        float ml = m * (float)(scales[part] >> 4);

        for (int i = 0; i < 16; i++)
            y[i] = dl * (float)(p[i] >> shift & 3) - ml;
    }
}

/* 6-bit scale j of Q3_K. */
static int scale_q3(const uint8_t *s, int j)
{
    int low = nibble(s[j % 8], j / 8);

    return low | (s[8 + j % 4] >> (2 * (j / 4)) & 3) << 4;
}

/* 110 bytes: 32 bytes of third bits, 64 of lower bit pairs, 12 of scales, d. */
static void unpack_q3_k(float *y, const uint8_t *b)
{
    const uint8_t *mask = b, *q = b + 32, *scales = b + 96;
    float d = half_at(b + 108);

    for (int part = 0; part < 16; part++, y += 16) {
        int at = part % 2 * 16, step = part / 2;
        const uint8_t *p = q + part / 8 * 32 + at;
        float dl = d * (float)(scale_q3(scales, part) - 32);

        for (int i = 0; i < 16; i++) {
            int v = p[i] >> (step % 4 * 2) & 3;

            v += (mask[at + i] >> step & 1) * 4; /* the third bit */
            y[i] = dl * (float)(v - 4);
        }
    }
}

/* 6-bit scale and minimum j of Q4_K and Q5_K. */
static void scale_q4(const uint8_t *s, int j, int *scale, int *least)
{
    if (j < 4) {
        *scale = s[j] & 63;
        *least = s[j + 4] & 63;
    } else {
        *scale = (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
        *least = s[j + 4] >> 4 | s[j] >> 6 << 4;
    }
}

/* high: fifth bits, bit `part` of byte i; NULL for Q4_K. */
static void unpack_q45_k(float *y, const uint8_t *b, const uint8_t *high,
                         const uint8_t *q)
{
    float d = half_at(b), m = half_at(b + 2);

    for (int part = 0; part < 8; part++, y += 32) {
        const uint8_t *p = q + part / 2 * 32;
        int scale, least;

        scale_q4(b + 4, part, &scale, &least);
        float dl = d * (float)scale, ml = m * (float)least;
        for (int i = 0; i < 32; i++) {
            int v = nibble(p[i], part % 2);

            if (high)
                v |= (high[i] >> part & 1) << 4;
            y[i] = dl * (float)v - ml;
        }
    }
}

/* 144 bytes: d, m, 12 bytes of scales, 128 of nibbles. */
static void unpack_q4_k(float *y, const uint8_t *b)
{
    unpack_q45_k(y, b, NULL, b + 16);
}

/* 176 bytes: as Q4_K, with 32 bytes of fifth bits before the nibbles. */
static void unpack_q5_k(float *y, const uint8_t *b)
{
    unpack_q45_k(y, b, b + 16, b + 48);
}

/* 210 bytes: 128 of lower nibbles, 64 of upper bit pairs, 16 scales of a signed
 * byte each, d; w = d scale (q - 32). */
static void unpack_q6_k(float *y, const uint8_t *b)
{
    const uint8_t *low = b, *high = b + 128, *scales = b + 192;
    float d = half_at(b + 208);

    for (int part = 0; part < 8; part++, y += 32) {
        const uint8_t *p = low + part / 4 * 64 + part % 2 * 32;
        const uint8_t *h = high + part / 4 * 32;
        int shift = part % 4 * 2;

        for (int i = 0; i < 32; i++) {
            int v = nibble(p[i], part % 4 / 2);
            int8_t scale = (int8_t)scales[part * 2 + i / 16];

            v |= (h[i] >> shift & 3) << 4;
            y[i] = d * (float)scale * (float)(v - 32);
        }
    }
}

/* What a nibble of the IQ4 formats stands for: closer together near zero, where
 * most weights are (ggml-common.h, kvalues_iq4nl). */
static const int8_t IQ4_VALUES[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
};

/* 16 bytes of nibbles to 32 weights, the lower ones first. */
static void unpack_iq4(float *y, const uint8_t *nibbles, float d)
{
    for (int i = 0; i < 16; i++) {
        y[i] = d * (float)IQ4_VALUES[nibbles[i] & 15];
        y[i + 16] = d * (float)IQ4_VALUES[nibbles[i] >> 4];
    }
}

/* 18 bytes: scale, 16 bytes of nibbles. */
static void unpack_iq4_nl(float *y, const uint8_t *b)
{
    unpack_iq4(y, b + 2, half_at(b));
}

/* 136 bytes: d, 8 upper bit pairs of scales, 8 lower nibbles of them, 128 bytes
 * of nibbles; each 32 weights have a scale, less 32. */
static void unpack_iq4_xs(float *y, const uint8_t *b)
{
    unsigned high = b[2] | (unsigned)b[3] << 8;
    float d = half_at(b);

    for (int part = 0; part < 8; part++) {
        int scale = nibble(b[4 + part / 2], part % 2);

        scale |= (int)(high >> 2 * part & 3) << 4;
        unpack_iq4(y + 32 * part, b + 8 + 16 * part, d * (float)(scale - 32));
    }
}

/* The numbers are those of ggml.h, which the format uses without names. */
tw_ggml_unpack_fn *tw_ggml_unpacker(uint32_t type)
{
    switch (type) {
    case 2:
        return unpack_q4_0;
    case 3:
        return unpack_q4_1;
    case 6:
        return unpack_q5_0;
    case 7:
        return unpack_q5_1;
    case 10:
        return unpack_q2_k;
    case 11:
        return unpack_q3_k;
    case 12:
        return unpack_q4_k;
    case 13:
        return unpack_q5_k;
    case 14:
        return unpack_q6_k;
    case 20:
        return unpack_iq4_nl;
    case 23:
        return unpack_iq4_xs;
    default:
        return NULL;
    }
}
