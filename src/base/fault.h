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
#else
static inline bool tw_fault_hit(void)
{
    return false;
}
#endif

/* malloc(), calloc(), realloc(), aligned_alloc(); released with free(). */
static inline void *tw_mem_alloc(size_t n)
{
    return tw_fault_hit() ? NULL : malloc(n);
}

static inline void *tw_mem_zeroed(size_t n, size_t size)
{
    return tw_fault_hit() ? NULL : calloc(n, size);
}

static inline void *tw_mem_resize(void *p, size_t n)
{
    return tw_fault_hit() ? NULL : realloc(p, n);
}

static inline void *tw_mem_aligned(size_t align, size_t n)
{
    return tw_fault_hit() ? NULL : aligned_alloc(align, n);
}

#endif /* TW_BASE_FAULT_H */
