/*
 * gemm.h - FP32 matrix products, row-major, packed and register-blocked.
 *
 * The K dimension is never split over threads, so the result does not depend
 * on the number of threads.  No allocation: packing uses the backend's scratch.
 */
#ifndef TW_KERN_GEMM_H
#define TW_KERN_GEMM_H

#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>

/* One matrix operand: element (i, j) of op(X) is at
 * data[i * ld + j], or data[j * ld + i] when trans is set. */
struct tw_mat {
    const float *data;
    size_t ld;
    bool trans;
};

/* The products of one call: for each of `batch`
 *
 *     C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C
 *
 * Operand i of a batch starts i strides (floats) after a.data, b.data, c;
 * stride 0: all share it (A and B only).  C must not overlap A or B; with
 * beta == 0 C is written, never read. */
struct tw_gemm {
    size_t m, n, k;
    struct tw_mat a, b;
    float *c;   /* (m, n), rows ldc apart */
    size_t ldc; /* floats, >= n */
    float alpha, beta;
    size_t batch; /* 0 stands for 1 */
    size_t stride_a, stride_b, stride_c;
};

void tw_gemm_f32(struct tw_backend *be, const struct tw_gemm *p);

#endif /* TW_KERN_GEMM_H */
