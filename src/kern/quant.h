/*
 * quant.h - number formats of weights: IEEE half precision, bfloat16, Q8_0.
 *
 * A Q8_0 block is 34 bytes: a little-endian fp16 scale d and 32 int8 q, value
 * q * d (GGUF type 8).  Rows hold a multiple of 32 values.
 */
#ifndef TW_KERN_QUANT_H
#define TW_KERN_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum { TW_Q8_0_LEN = 32, TW_Q8_0_BYTES = 34 };

float tw_f16_to_f32(uint16_t h); /* exact */
/* To nearest, ties to even; overflow gives an infinity; NaN stays NaN. */
uint16_t tw_f32_to_f16(float x);

/* The upper half of a float.  To nearest, ties to even; NaN stays NaN. */
float tw_bf16_to_f32(uint16_t b); /* exact */
uint16_t tw_f32_to_bf16(float x);

/* Any n: little-endian numbers, 2 * n bytes. */
void tw_f16_pack(void *dst, const float *x, size_t n);
void tw_bf16_pack(void *dst, const float *x, size_t n);
/* Rows of n values, n a multiple of 32: d = max|x| / 127, q = round(x / d), 0
 * for NaN.  dst: n / 32 * 34 bytes. */
void tw_q8_0_pack(void *dst, const float *x, size_t n);

#endif /* TW_KERN_QUANT_H */
