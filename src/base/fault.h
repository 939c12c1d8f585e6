/*
 * fault.h - memory and input/output calls that tests can make fail.
 *
 * base takes memory and touches files through these wrappers only.  In a
 * normal build they are the plain calls.  Built with -Dfaults=true (TW_FAULTS),
 * the n-th call after tw_fault_arm() fails, so that a test can walk through
 * every failure of a function:
 *
 *     for (unsigned n = 1; ; n++) {
 *         tw_fault_arm(n, false);
 *         st = do_it();
 *         if (!tw_fault_disarm())
 *             break;           // no call number n: do_it() succeeded
 *         CHECK(st != TW_OK);
 *     }
 */
#ifndef TW_BASE_FAULT_H
#define TW_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#ifdef TW_FAULTS
/* Call number n from now (1 is the next) fails, and with persistent every
 * later one too. */
void tw_fault_arm(unsigned n, bool persistent);
/* Did a call fail since tw_fault_arm()? */
bool tw_fault_fired(void);
/* Nothing fails any more; returns tw_fault_fired(). */
bool tw_fault_disarm(void);
/* Asked by each wrapper: must this call fail? */
bool tw_fault_hit(void);

/* System calls (sandbox/syscalls.h) are told apart by where they stand, for
 * they are made by several processes at once and have no order.  What was
 * called how often lies in a page that forks share; it is made by the first
 * tw_fault_sites_watch(), which comes before what forks, and forgets all. */
bool tw_fault_sites_watch(void);
struct tw_fault_site {
    const char *file, *call;
    int line;
    unsigned n_calls; /* since the last watch or arm */
};
size_t tw_fault_sites(const struct tw_fault_site **sites);
/* From now on, the n-th call of the site (counted from 1) fails, and with
 * persistent each one after it.  Counts start at 0 again; n 0: none fails. */
void tw_fault_site_arm(size_t site, unsigned n, bool persistent);
bool tw_fault_site_fired(void);
/* In processes that do not share the page, executed anew: the n-th call that
 * each makes for the requests that it gets from now on; 0: none fails. */
void tw_fault_far_arm(int n);
int tw_fault_far(void);
/* Asked by each call: must it fail, with this errno? */
bool tw_fault_call(const char *file, int line, const char *call, int error);
#else
static inline bool tw_fault_hit(void)
{
    return false;
}
#endif

/* malloc(), calloc(), realloc(), aligned_alloc(); released with free(). */
static inline void *tw_mem_alloc(size_t n)
{
    if (tw_fault_hit())
        return NULL;
    return malloc(n);
}

static inline void *tw_mem_zeroed(size_t n, size_t size)
{
    if (tw_fault_hit())
        return NULL;
    return calloc(n, size);
}

static inline void *tw_mem_resize(void *p, size_t n)
{
    if (tw_fault_hit())
        return NULL;
    return realloc(p, n);
}

static inline void *tw_mem_aligned(size_t align, size_t n)
{
    if (tw_fault_hit())
        return NULL;
    return aligned_alloc(align, n);
}

#endif /* TW_BASE_FAULT_H */
