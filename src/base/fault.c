#include "base/fault.h"

#include <stdatomic.h>

#include "base/banned.h"

#ifdef TW_FAULTS
/* The only mutable globals of base; they exist in builds for tests only. */
static atomic_uint left;
static atomic_bool persists;
static atomic_bool fired;

void tw_fault_arm(unsigned n, bool persistent)
{
    atomic_store(&fired, false);
    atomic_store(&persists, persistent);
    atomic_store(&left, n);
}

bool tw_fault_fired(void)
{
    return atomic_load(&fired);
}

bool tw_fault_disarm(void)
{
    atomic_store(&left, 0);
    atomic_store(&persists, false);
    return atomic_load(&fired);
}

bool tw_fault_hit(void)
{
    unsigned n = atomic_load(&left);

    while (n && !atomic_compare_exchange_weak(&left, &n, n - 1))
        ;
    if (n == 1)
        atomic_store(&fired, true);
    return n == 1 || (n == 0 && atomic_load(&fired) && atomic_load(&persists));
}
#else
typedef int tw_fault_unused; /* ISO C wants a declaration in every file */
#endif
