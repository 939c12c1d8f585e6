/*
 * backend.h - what computes: the kernel table, the thread pool, scratch.
 *
 * main() makes one and passes it down.  One computation at a time per backend.
 * All functions that take one give the same bytes for any number of threads.
 */
#ifndef TW_KERN_BACKEND_H
#define TW_KERN_BACKEND_H

#include "base/pool.h"
#include "base/status.h"
#include "kern/kern.h"

#include <stddef.h>
#include <stdint.h>

/* Scratch per worker: the packed blocks of gemm.c, aligned to 64 bytes.  Work
 * that runs inside tw_pool_run() of another module may use its worker's part
 * as long as it calls no product of gemm.h meanwhile. */
enum { TW_BACKEND_SCRATCH = 256 * 1024 };

/* Rows of activations that are quantised at once (qrows.h): 128 of 43,000
 * values, or some of the widest that a model may have. */
enum { TW_BACKEND_ACTS = 8 << 20 };

struct tw_backend {
    struct tw_kern kern;
    enum tw_kern_level level;
    struct tw_pool *pool;  /* owned */
    float *scratch;        /* worker w: scratch + w * scratch_floats; owned */
    size_t scratch_floats; /* per worker: TW_BACKEND_SCRATCH */
    uint8_t *acts;         /* TW_BACKEND_ACTS bytes: quantised rows; owned */
};

/* cpu: bound as in tw_kern_level_detect(); n_threads 0: all CPUs. */
enum tw_status tw_backend_new(struct tw_backend **be, const char *cpu,
                              unsigned n_threads,
                              struct tw_err *err) TW_NODISCARD;
void tw_backend_free(struct tw_backend *be); /* NULL is fine */

#endif /* TW_KERN_BACKEND_H */
