/*
 * quant.c - conversions of number formats, one value or one block at a time.
 *
 * They are the definition of the formats: the kernels, which convert whole
 * registers, are compared with them.
 */
#include "kern/quant.h"

#include "base/status.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* memcpy is the way that C allows; compilers make one move of it. */
static float from_bits(uint32_t u)
{
    float x;

    memcpy(&x, &u, sizeof(x));
    return x;
}

static uint32_t to_bits(float x)
{
    uint32_t u;

    memcpy(&u, &x, sizeof(u));
    return u;
}

/* The exponent is moved from bias 15 to 127 (+ 112), the fraction to the top;
 * exponent 31 stands for infinity and NaN, 0 for subnormal numbers. */
float tw_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t exp = (h >> 10) & 31u;
    uint32_t man = h & 0x3ffu;

    if (exp == 31)
        return from_bits(sign | 0x7f800000u | man << 13);
    if (exp == 0) { /* zero and subnormals: man * 2^-24, exact in a float */
        float x = (float)man * 0x1p-24f;
        if (sign)
            x = -x;
        return x;
    }
    return from_bits(sign | (exp + 112) << 23 | man << 13);
}

/* The float's bits are cut by 13; adding 0xfff and the lowest bit that stays
 * makes it round to nearest, ties to even, and carries into the exponent as it
 * must. */
uint16_t tw_f32_to_f16(float x)
{
    uint32_t u = to_bits(x);
    uint32_t sign = (u >> 16) & 0x8000u;

    u &= 0x7fffffffu;
    if (u > 0x7f800000u) /* NaN: quiet, payload cut */
        return (uint16_t)(sign | 0x7e00u | ((u >> 13) & 0x1ffu));
    if (u >= 0x477ff000u) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7c00u);
    if (u < 0x38800000u) { /* below 2^-14: a multiple of 2^-24 */
        float q = from_bits(u) * 0x1p24f;
        return (uint16_t)(sign | (uint32_t)lrintf(q));
    }
    uint32_t odd = (u >> 13) & 1u;
    return (uint16_t)(sign | ((u - 0x38000000u + 0xfffu + odd) >> 13));
}

float tw_bf16_to_f32(uint16_t b)
{
    return from_bits((uint32_t)b << 16);
}

uint16_t tw_f32_to_bf16(float x)
{
    uint32_t u = to_bits(x);

    if ((u & 0x7fffffffu) > 0x7f800000u) /* NaN: quiet, payload cut */
        return (uint16_t)(u >> 16 | 0x40u);
    return (uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}

static void put_u16(unsigned char *p, uint16_t u)
{
    p[0] = (unsigned char)(u & 255u);
    p[1] = (unsigned char)(u >> 8);
}

void tw_f16_pack(void *dst, const float *x, size_t n)
{
    unsigned char *p = dst;

    for (size_t i = 0; i < n; i++)
        put_u16(p + 2 * i, tw_f32_to_f16(x[i]));
}

void tw_bf16_pack(void *dst, const float *x, size_t n)
{
    unsigned char *p = dst;

    for (size_t i = 0; i < n; i++)
        put_u16(p + 2 * i, tw_f32_to_bf16(x[i]));
}

/* x in steps of d, as one byte of two's complement. */
static unsigned char to_q8(float x, float inverse)
{
    float q = roundf(x * inverse);

    if (isnan(q)) /* also infinity times 0; a cast would be undefined */
        return 0;
    return (unsigned char)(int8_t)fmaxf(-127.0f, fminf(127.0f, q));
}

/* The scale is that of the largest magnitude in the block, stored as a half, so
 * that no value is cut off. */
void tw_q8_0_pack(void *dst, const float *x, size_t n)
{
    unsigned char *p = dst;

    TW_ASSERT(n % TW_Q8_0_LEN == 0);
    for (; n; n -= TW_Q8_0_LEN, x += TW_Q8_0_LEN, p += TW_Q8_0_BYTES) {
        float top = 0.0f;
        for (size_t i = 0; i < TW_Q8_0_LEN; i++)
            top = fmaxf(top, fabsf(x[i]));
        float d = top / 127.0f, inverse = 0.0f;
        if (d > 0.0f)
            inverse = 1.0f / d;
        put_u16(p, tw_f32_to_f16(d));
        for (size_t i = 0; i < TW_Q8_0_LEN; i++)
            p[2 + i] = to_q8(x[i], inverse);
    }
}
