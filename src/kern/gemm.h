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

/* C (M, N) = alpha * op(A) (M, K) * op(B) (K, N) + beta * C.
 * C must not overlap A or B; with beta == 0 C is written, never read. */
void tw_gemm_f32(struct tw_backend *be, size_t M, size_t N, size_t K,
                 float alpha, struct tw_mat A, struct tw_mat B, float beta,
                 float *C, size_t ldc);

/* n products; operand i starts at i * stride floats (stride 0: shared). */
void tw_gemm_f32_batch(struct tw_backend *be, size_t n, size_t M, size_t N,
                       size_t K, float alpha, struct tw_mat A, size_t stride_a,
                       struct tw_mat B, size_t stride_b, float beta, float *C,
                       size_t ldc, size_t stride_c);

#endif /* TW_KERN_GEMM_H */
