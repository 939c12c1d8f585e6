/*
 * kern.h - the inner loops, chosen once at start for the CPU at hand.
 *
 * kern_ref.c is the specification: plain C, no intrinsics.  Every faster file
 * (kern_avx2.c, kern_avx512.c, ...) is compiled alone with its own -m flags,
 * overwrites the entries that it does better, and is compared with the
 * reference by tests/kern at every level that the machine supports.
 */
#ifndef TW_KERN_KERN_H
#define TW_KERN_KERN_H

#include <stddef.h>

enum tw_kern_level {
    TW_KERN_REF,
    TW_KERN_AVX2,
    TW_KERN_AVX512,
    TW_KERN_LEVEL_COUNT
};

struct tw_kern {
    /* Sum of x[i] * y[i].  Any n, any alignment.
     * Error bound: 2 * FLT_EPSILON * sum(|x[i] * y[i]|) * log2(n + 2). */
    float (*dot_f32)(const float *x, const float *y, size_t n);

    /* y[i] += a * x[i].  x and y must not overlap. */
    void (*axpy_f32)(float *restrict y, float a, const float *restrict x,
                     size_t n);
};

/* The best level of this CPU that is not above the one named ("ref", "avx2",
 * "avx512").  NULL means no bound.  main() passes what --cpu says; libraries
 * never read the environment. */
enum tw_kern_level tw_kern_level_detect(const char *bound);

/* Fill *k with the functions of one level, which the CPU must have. */
void tw_kern_init(struct tw_kern *k, enum tw_kern_level level);

#endif /* TW_KERN_KERN_H */
