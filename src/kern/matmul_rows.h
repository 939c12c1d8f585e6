/*
 * matmul_rows.h - products with stored weights of every type of weights.h.
 *
 * Weights are rows as GGUF stores them, one per output, and stay as they are.
 * Activations are floats; with F32 and F16 weights they stay floats, with
 * quantised weights they become int8 (qrows.h).  For few rows of activations
 * (decoding) the rows of weights are read once and multiplied as they lie; for
 * many (prefill) they are unpacked, piece by piece, once for all of them.
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
#include "kern/weights.h"

#include <stddef.h>

/* y[r * ldy + j] = sum_k w[j][k] * x[r * ldx + k] for all j < n, r < n_rows.
 * y must not overlap x or w.  Allocates nothing. */
void tw_matmul_rows(struct tw_backend *be, const struct tw_weights *w,
                    const float *x, size_t ldx, size_t n_rows, float *y,
                    size_t ldy);

/* Row i of the weights as k floats: an embedding. */
void tw_weights_row(const struct tw_backend *be, const struct tw_weights *w,
                    size_t i, float *y);

#endif /* TW_KERN_MATMUL_ROWS_H */
