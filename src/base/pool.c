/*
 * pool.c - worker threads, a gate, and chunks taken from a counter.
 *
 * A job is announced by a new epoch. Threads wait for it by spinning a little,
 * because the loops of a network follow each other within microseconds, and
 * then in the kernel (futex), because an idle program must cost nothing.
 * Workers take chunks from one counter until none is left; the caller works
 * too, then closes the gate and waits for those inside. A worker that comes
 * late finds the gate closed and never sees the job's fields while they change.
 */
#define _GNU_SOURCE /* syscall(), sched_getaffinity() */
#include "base/pool.h"

#include "base/fault.h"
#include "base/size.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

/* SPINS: some microseconds. LINE: what threads write often has a cache line of
 * its own. */
enum { THREADS_MAX = 256, SPINS = 256, LINE = 64 };

/* The gate: how many workers are inside the current job, and two flags.
 * A worker touches the job only between entering an open gate and leaving. */
#define GATE_OPEN 0x80000000u /* workers may enter */
#define GATE_SLEEP                                             \
    0x40000000u /* the caller sleeps until the last one leaves \
                 */
#define GATE_COUNT 0x3fffffffu

/* One per thread but the caller's, which is worker 0. */
struct worker {
    struct tw_pool *pool;
    pthread_t thread;
    unsigned index;
};

struct tw_pool {
    _Alignas(LINE) atomic_uint epoch; /* futex: one step per job */
    atomic_uint sleepers;
    atomic_bool stop;
    _Alignas(LINE) atomic_uint gate; /* futex */
    _Alignas(LINE) atomic_size_t next_chunk;
    _Alignas(LINE) size_t n_chunks; /* the job: written while closed */
    size_t n;
    size_t grain;
    tw_pool_fn *fn;
    void *ctx;
    unsigned n_threads; /* fixed from here on */
    unsigned n_started;
    unsigned spins;
    struct worker workers[];
};

static void futex_wait(atomic_uint *word, unsigned value)
{
    /* Woken early, by a signal or a stranger: every caller looks again. */
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word, unsigned n)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

/* Tells the CPU that this loop waits: the other thread of the core gets the
 * units, and leaving the loop is quicker. */
static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Relaxed order is enough for the counter: each chunk goes to one thread
 * because the addition is atomic, and the job's fields were made visible by the
 * gate. */
static void run_chunks(struct tw_pool *p, unsigned worker)
{
    for (;;) {
        size_t c =
            atomic_fetch_add_explicit(&p->next_chunk, 1, memory_order_relaxed);
        if (c >= p->n_chunks)
            return;
        size_t first = c * p->grain;
        size_t last = first + tw_size_min(p->n - first, p->grain);
        p->fn(p->ctx, first, last, worker);
    }
}

/* Acquire: after this the fields of the job can be read. False when the job is
 * over already. */
static bool gate_enter(struct tw_pool *p)
{
    unsigned g = atomic_load_explicit(&p->gate, memory_order_relaxed);

    while (g & GATE_OPEN) {
        if (atomic_compare_exchange_weak_explicit(&p->gate, &g, g + 1,
                                                  memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

/* Release: what this worker wrote is visible to the caller when the count
 * reaches 0. Only the last one wakes the caller, and only when it sleeps. */
static void gate_leave(struct tw_pool *p)
{
    unsigned g = atomic_fetch_sub_explicit(&p->gate, 1, memory_order_acq_rel);

    if ((g & GATE_COUNT) == 1 && g & GATE_SLEEP)
        futex_wake(&p->gate, 1);
}

/* Close the gate and wait until the last worker has left. */
static void gate_close(struct tw_pool *p)
{
    unsigned g =
        atomic_fetch_and_explicit(&p->gate, ~GATE_OPEN, memory_order_acq_rel) &
        ~GATE_OPEN;

    for (unsigned i = 0; g & GATE_COUNT && i < p->spins; i++) {
        relax();
        g = atomic_load_explicit(&p->gate, memory_order_acquire);
    }
    if (g & GATE_COUNT)
        g = atomic_fetch_or_explicit(&p->gate, GATE_SLEEP,
                                     memory_order_acq_rel) |
            GATE_SLEEP;
    while (g & GATE_COUNT) {
        futex_wait(&p->gate, g);
        g = atomic_load_explicit(&p->gate, memory_order_acquire);
    }
}

/* Returns the new epoch, which differs from seen. */
static unsigned wait_for_job(struct tw_pool *p, unsigned seen)
{
    for (unsigned i = 0; i < p->spins; i++) {
        unsigned e = atomic_load(&p->epoch);
        if (e != seen)
            return e;
        relax();
    }
    for (;;) {
        /* Sequential consistency: either the caller sees this sleeper, or
         * the kernel sees the caller's new epoch and does not wait. */
        atomic_fetch_add(&p->sleepers, 1);
        futex_wait(&p->epoch, seen);
        atomic_fetch_sub(&p->sleepers, 1);
        unsigned e = atomic_load(&p->epoch);
        if (e != seen)
            return e;
    }
}

/* stop is set before the epoch is moved on, so a worker that sees the new epoch
 * sees it too. */
static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct tw_pool *p = w->pool;
    unsigned seen = 0;

    for (;;) {
        seen = wait_for_job(p, seen);
        if (atomic_load(&p->stop))
            return NULL;
        if (gate_enter(p)) {
            run_chunks(p, w->index);
            gate_leave(p);
        }
    }
}

/* The CPUs that this process may use, which in a container or under taskset are
 * fewer than the machine has. */
static unsigned cpu_count(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        return 1;
    return (unsigned)n;
}

/* When one cannot be made, those before it are there and wait: tw_pool_free()
 * ends them by n_started. */
static enum tw_status start_workers(struct tw_pool *p, struct tw_err *err)
{
    sigset_t all, old;
    int rc = 0;

    /* Signals are for the thread that called, which knows what to do; but for
     * those that an instruction of the worker itself raises: blocked, they end
     * the process, and file_guard.c has a handler for a page that is gone. */
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    for (unsigned i = 1; i < p->n_threads && !rc; i++) {
        struct worker *w = &p->workers[i];
        *w = (struct worker){ .pool = p, .index = i };
        rc = EAGAIN;
        if (!tw_fault_hit())
            rc = pthread_create(&w->thread, NULL, worker_main, w);
        p->n_started += rc == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc)
        return tw_fail(err, TW_EIO, 0, "cannot start thread %u of %u",
                       p->n_started + 2, p->n_threads);
    return TW_OK;
}

/* One allocation for the pool and its workers, in whole cache lines, as
 * aligned_alloc() demands. */
enum tw_status tw_pool_new(struct tw_pool **pool, unsigned n_threads,
                           struct tw_err *err)
{
    unsigned n_cpus = cpu_count();
    unsigned n = n_threads;

    *pool = NULL;
    if (n == 0)
        n = n_cpus;
    if (n > THREADS_MAX)
        n = THREADS_MAX;
    size_t size = sizeof(struct tw_pool) + n * sizeof(struct worker);
    size = (size + LINE - 1) / LINE * LINE;
    struct tw_pool *p = tw_mem_aligned(LINE, size);
    if (!p)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %u threads", n);
    memset(p, 0, size);
    p->n_threads = n;
    /* Spinning helps only while every thread has a CPU of its own. */
    if (n <= n_cpus)
        p->spins = SPINS;

    enum tw_status st = start_workers(p, err);
    if (st != TW_OK) {
        tw_pool_free(p);
        return st;
    }
    *pool = p;
    return TW_OK;
}

/* Nobody runs a job now (that is the contract), so every worker waits for an
 * epoch and gets the last one. */
void tw_pool_free(struct tw_pool *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->stop, true);
    atomic_fetch_add(&pool->epoch, 1);
    futex_wake(&pool->epoch, THREADS_MAX);
    for (unsigned i = 1; i <= pool->n_started; i++)
        (void)pthread_join(pool->workers[i].thread, NULL);
    free(pool);
}

unsigned tw_pool_threads(const struct tw_pool *pool)
{
    if (!pool)
        return 1;
    return pool->n_threads;
}

/* The same chunks as with threads: results do not depend on whether there is a
 * pool. */
static void run_here(size_t n, size_t grain, tw_pool_fn *fn, void *ctx)
{
    size_t last;

    for (size_t first = 0; first < n; first = last) {
        last = first + tw_size_min(n - first, grain);
        fn(ctx, first, last, 0);
    }
}

void tw_pool_run(struct tw_pool *pool, size_t n, size_t grain, tw_pool_fn *fn,
                 void *ctx)
{
    TW_ASSERT(grain >= 1);
    size_t n_chunks = n / grain + (n % grain != 0);
    if (!pool || pool->n_threads == 1 || n_chunks <= 1) {
        run_here(n, grain, fn, ctx);
        return;
    }
    /* Fails for a call from inside fn, which would wait for itself. */
    TW_ASSERT(!(atomic_load(&pool->gate) & (GATE_OPEN | GATE_COUNT)));
    pool->n_chunks = n_chunks;
    pool->n = n;
    pool->grain = grain;
    pool->fn = fn;
    pool->ctx = ctx;
    atomic_store_explicit(&pool->next_chunk, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->gate, GATE_OPEN, memory_order_release);
    atomic_fetch_add(&pool->epoch, 1);

    /* No more workers are woken than there are chunks: each wake is a system
     * call. */
    unsigned helpers = pool->n_threads - 1;
    if (n_chunks - 1 < helpers)
        helpers = (unsigned)(n_chunks - 1);
    if (atomic_load(&pool->sleepers))
        futex_wake(&pool->epoch, helpers);
    run_chunks(pool, 0);
    gate_close(pool);
}
