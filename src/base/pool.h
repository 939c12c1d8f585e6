/*
 * pool.h - a fixed set of worker threads that sleep (futex) after a short spin.
 *
 * tw_pool_run() cuts a range into chunks; which thread runs which chunk is not
 * defined, so work must write to disjoint places and never reduce across
 * chunks in an order that depends on the thread count.  The chunk boundaries
 * depend on n and grain only, not on the number of threads: results are then
 * the same bytes for any thread count.  The calling thread takes part.
 */
#ifndef TW_BASE_POOL_H
#define TW_BASE_POOL_H

#include "base/status.h"

#include <stddef.h>

struct tw_pool;

/* Process items first .. last-1.  worker is 0 .. n_threads-1, for scratch. */
typedef void tw_pool_fn(void *ctx, size_t first, size_t last, unsigned worker);

/* n_threads includes the caller; 0 means one per CPU that this process may use;
 * more than 256 are 256.  TW_EIO when threads cannot be made.  Threads block
 * all signals.  A pool does not survive a fork(). */
enum tw_status tw_pool_new(struct tw_pool **pool, unsigned n_threads,
                           struct tw_err *err) TW_NODISCARD;
/* Ends the threads; no job may run.  NULL is fine. */
void tw_pool_free(struct tw_pool *pool);
unsigned tw_pool_threads(const struct tw_pool *pool); /* 1 for NULL */

/* Run fn over 0 .. n-1 in chunks of at most grain items (grain >= 1); returns
 * when all are done.  pool NULL runs everything here.  Not re-entrant: fn must
 * not call tw_pool_run() on the same pool. */
void tw_pool_run(struct tw_pool *pool, size_t n, size_t grain, tw_pool_fn *fn,
                 void *ctx);

#endif /* TW_BASE_POOL_H */
