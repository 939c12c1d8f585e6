/*
 * matmul_rows.h - products with stored weights: F32, F16 and Q8_0 (quant.h).
 *
 * Weights are rows as GGUF stores them, one per output.  Activations are
 * floats and stay floats.  For few rows of activations (decoding) the rows of
 * weights are read once and multiplied as they are; for many (prefill) they
 * are unpacked, block by block, for the tiled product of gemm.h.
 *
 *     struct tw_weights w = { TW_WEIGHTS_Q8_0, n_out, n_in, bytes };
 *     tw_matmul_rows(be, &w, x, n_in, n_rows, y, n_out);
 *
 * The result has the same bytes for any number of threads.  A row's result may
 * differ in the last digits with n_rows.
 */
#ifndef TW_KERN_MATMUL_ROWS_H
#define TW_KERN_MATMUL_ROWS_H

#include "kern/backend.h"

#include <stddef.h>

enum tw_weights_type { TW_WEIGHTS_F32, TW_WEIGHTS_F16, TW_WEIGHTS_Q8_0 };

struct tw_weights {
    enum tw_weights_type type;
    size_t n;         /* rows: outputs */
    size_t k;         /* columns: inputs; Q8_0: a multiple of 32 */
    const void *data; /* borrowed; rows follow each other; F32 aligned to 4 */
};

/* Bytes of a row of k weights. */
size_t tw_weights_row_bytes(enum tw_weights_type type, size_t k);

/* y[r * ldy + j] = sum_k w[j][k] * x[r * ldx + k] for all j < n, r < n_rows.
 * y must not overlap x or w.  Allocates nothing. */
void tw_matmul_rows(struct tw_backend *be, const struct tw_weights *w,
                    const float *x, size_t ldx, size_t n_rows, float *y,
                    size_t ldy);

/* Row i of the weights as k floats: an embedding. */
void tw_weights_row(const struct tw_backend *be, const struct tw_weights *w,
                    size_t i, float *y);

#endif /* TW_KERN_MATMUL_ROWS_H */
