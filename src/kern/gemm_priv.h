/*
 * gemm_priv.h - the tiled product with stored weights; see matmul_rows.h.
 */
#ifndef TW_KERN_GEMM_PRIV_H
#define TW_KERN_GEMM_PRIV_H

#include "kern/backend.h"
#include "kern/weights.h"

/* tw_matmul_rows() of F32 and F16 weights, the latter unpacked: for many rows.
 */
void tw_gemm_weights(struct tw_backend *be, const struct tw_weights *w,
                     const float *x, size_t ldx, size_t n_rows, float *y,
                     size_t ldy);

#endif /* TW_KERN_GEMM_PRIV_H */
