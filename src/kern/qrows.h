/*
 * qrows.h - products of quantised weights with quantised activations.
 *
 * A row of activations is cut into blocks of 32 values, each an int8 times the
 * block's scale, so that a product is a sum of integers of 8 bits and the
 * weights are used as they lie in the file.  Against float activations this
 * costs a relative error of about 0.4 % of the largest value of a block, which
 * is what llama.cpp's Q8_0 and Q8_K cost, too.
 *
 * A quantised row is one piece of memory, k rounded up to 256 (kp), the rest
 * zero:
 *
 *     int8_t q[kp];         value = q * d
 *     float d[kp / 16];     the scale, for each 16 values
 *     float sum[kp / 16];   d * (sum of q), for each 16 values
 *
 * 16 and not 32, since half of the K formats have a scale for each 16 weights.
 * A weight is s * u - m with u an unsigned integer, s and m of its 16 or 32, so
 *
 *     sum(w x) = sum over blocks (s d sum(u q) - m sum)
 */
#ifndef TW_KERN_QROWS_H
#define TW_KERN_QROWS_H

#include "kern/weights.h"

#include <stddef.h>
#include <stdint.h>

/* Rows of weights of a panel, and the longest piece of a row in it. */
enum { TW_QROWS_PANEL = 16, TW_QROWS_PIECE = 2048 };
/* Bytes of scratch of a panel: the weights twice (as rows, and as columns),
 * then scales and minima. */
enum {
    TW_QROWS_SCRATCH = TW_QROWS_PANEL * TW_QROWS_PIECE * 2 +
                       TW_QROWS_PANEL * TW_QROWS_PIECE / 16 * 8
};

/* y[r * ldy + j] = sum_k w[j][k] * x[r][k], j < n, r < n_rows. */
struct tw_kern_qrows {
    enum tw_weights_type type; /* Q8_0 or after it */
    const uint8_t *w;          /* (n, k), rows w_stride bytes apart */
    size_t w_stride;
    size_t n, k;
    const uint8_t *x; /* (n_rows) quantised rows, ldx bytes apart; aligned to
                       * 64 as ldx is */
    size_t ldx, n_rows;
    float *y; /* (n_rows, n), rows ldy floats apart */
    size_t ldy;
};

/* Every level has the same integers; sums of floats differ in their order. */
struct tw_qrows_kern {
    /* k values to a quantised row.  NaN or infinity in a block makes its scale
     * NaN.  The same bytes at every level. */
    void (*quantize)(uint8_t *row, const float *x, size_t k);
    /* Weights times a few rows, as they lie. */
    void (*rows)(const struct tw_kern_qrows *t);
    /* The same for many rows: n <= TW_QROWS_PANEL rows of weights are unpacked
     * once for all rows of x.  scratch: TW_QROWS_SCRATCH bytes, aligned to 64.
     * NULL where the level has nothing better than rows(). */
    void (*panel)(const struct tw_kern_qrows *t, void *scratch);
    /* A row of k weights as floats. */
    void (*unpack)(enum tw_weights_type type, float *y, const uint8_t *row,
                   size_t k);
};

/* Values of the nibbles of the IQ4 formats (ggml-common.h), plus 128. */
static const uint8_t TW_QROWS_IQ4[16] = { 1,   24,  45,  63,  79,  93,
                                          106, 118, 129, 141, 153, 166,
                                          181, 197, 217, 241 };

/* Bytes of a quantised row of k values, a multiple of 64. */
static inline size_t tw_qrows_row_bytes(size_t k)
{
    size_t kp = (k + 255) / 256 * 256;

    return kp + kp / 16 * 2 * sizeof(float);
}

#endif /* TW_KERN_QROWS_H */
