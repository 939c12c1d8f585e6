/*
 * backend.c - the table of kernels, the threads and their scratch, together.
 */
#include "kern/backend.h"

#include "base/fault.h"

#include <stdlib.h>

#include "base/banned.h"

/* The pool decides how many workers there are, so scratch comes after it. On
 * failure what was made so far is released and *be stays NULL. */
enum tw_status tw_backend_new(struct tw_backend **be, const char *cpu,
                              unsigned n_threads, struct tw_err *err)
{
    struct tw_backend *b = tw_mem_zeroed(1, sizeof(*b));

    *be = NULL;
    if (!b)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for backend");
    b->level = tw_kern_level_detect(cpu);
    tw_kern_init(&b->kern, b->level);
    enum tw_status st = tw_pool_new(&b->pool, n_threads, err);
    if (st != TW_OK) {
        tw_backend_free(b);
        return st;
    }
    size_t workers = tw_pool_threads(b->pool);
    TW_ASSERT(workers > 0);
    b->scratch_floats = TW_BACKEND_SCRATCH;
    b->scratch =
        tw_mem_aligned(64, workers * b->scratch_floats * sizeof(*b->scratch));
    b->acts = tw_mem_aligned(64, TW_BACKEND_ACTS);
    if (!b->scratch || !b->acts) {
        tw_backend_free(b);
        return tw_fail(err, TW_ENOMEM, 0,
                       "out of memory for scratch of %zu "
                       "threads",
                       workers);
    }
    *be = b;
    return TW_OK;
}

void tw_backend_free(struct tw_backend *be)
{
    if (!be)
        return;
    tw_pool_free(be->pool);
    free(be->scratch);
    free(be->acts);
    free(be);
}
