/*
 * ranks.h - the processes of one run: MPI behind four functions.
 *
 * Without MPI in the build, or outside of mpirun, there is one rank: this
 * process.
 */
#ifndef TW_BENCH_RANKS_H
#define TW_BENCH_RANKS_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_ranks;

/* launched: mpirun or the like started this process.  TW_EIO when it did and
 * the program was built without MPI: every process would do all the work. */
enum tw_status tw_ranks_open(struct tw_ranks **out, bool launched,
                             struct tw_err *err) TW_NODISCARD;
void tw_ranks_close(struct tw_ranks *r); /* NULL is fine */
/* NULL: 0 and 1. */
unsigned tw_ranks_rank(const struct tw_ranks *r);
unsigned tw_ranks_size(const struct tw_ranks *r);
/* Is it this rank that does the task of this number? */
bool tw_ranks_mine(const struct tw_ranks *r, size_t task);

/* Bytes of all ranks, appended to *all in order of rank; on rank 0 only, the
 * others get nothing.  A failed rank (st) fails all.  Every rank calls it. */
enum tw_status tw_ranks_gather(struct tw_ranks *r, enum tw_status st,
                               const void *bytes, size_t n, struct tw_buf *all,
                               struct tw_err *err) TW_NODISCARD;
/* The same with *all on every rank. */
enum tw_status tw_ranks_share(struct tw_ranks *r, enum tw_status st,
                              const void *bytes, size_t n, struct tw_buf *all,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_RANKS_H */
