/*
 * fault.c - counters that decide which call fails; empty in builds for users.
 *
 * Two schemes. Calls of one process in a fixed order (memory, files) are
 * counted by one number. System calls of the jail are made by several processes
 * at once: there a call is named by its place in the source, in a table that
 * forks share.
 */
#define _GNU_SOURCE
#include "base/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/banned.h"

#ifdef TW_FAULTS
/* The only mutable globals of base; they exist in builds for tests only. */
static atomic_uint left;
static atomic_bool persists;
static atomic_bool fired;

/* left is set last: from then on other threads may see the fault. */
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

/* left goes down to 0 and stays there. The exchange lets exactly one of several
 * threads meet the fault. */
bool tw_fault_hit(void)
{
    unsigned n = atomic_load(&left);

    while (n && !atomic_compare_exchange_weak(&left, &n, n - 1))
        ;
    if (n == 1)
        atomic_store(&fired, true);
    return n == 1 || (n == 0 && atomic_load(&fired) && atomic_load(&persists));
}

/* Places of the jail that make system calls, with room; a full table only stops
 * counting new ones. */
enum { N_SITES = 2048 };

/* Shared between forks, hence without pointers to the heap and without locks:
 * a place is taken by setting its key. */
struct shared {
    atomic_uint armed, nth; /* index + 1 of the site; 0: none */
    atomic_bool persists, fired;
    atomic_uint n_sites;
    _Atomic unsigned long keys[N_SITES];
    atomic_uint calls[N_SITES];
    struct tw_fault_site sites[N_SITES];
};
static struct shared *shared;

/* A mapping and not memory of the heap, because it must be the same page in
 * every child. */
bool tw_fault_sites_watch(void)
{
    if (!shared) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
            shared = NULL;
    }
    if (shared)
        memset(shared, 0, sizeof(*shared));
    return shared != NULL;
}

/* The counts begin again before the site is armed: a call in between would be
 * counted for the old one. */
void tw_fault_site_arm(size_t site, unsigned n, bool persistent)
{
    for (size_t i = 0; i < N_SITES; i++)
        atomic_store(&shared->calls[i], 0);
    atomic_store(&shared->fired, false);
    atomic_store(&shared->persists, persistent);
    atomic_store(&shared->nth, n);
    unsigned armed = 0;
    if (n > 0)
        armed = (unsigned)site + 1;
    atomic_store(&shared->armed, armed);
}

bool tw_fault_site_fired(void)
{
    return atomic_load(&shared->fired);
}

/* Free places of the table have no file: the caller passes over them. */
size_t tw_fault_sites(const struct tw_fault_site **sites)
{
    for (size_t i = 0; i < N_SITES; i++)
        shared->sites[i].n_calls = atomic_load(&shared->calls[i]);
    *sites = shared->sites;
    return N_SITES;
}

/* What processes that are executed anew are told by their parent; they do not
 * share the page. */
static atomic_int far;

void tw_fault_far_arm(int n)
{
    atomic_store(&far, n);
}

int tw_fault_far(void)
{
    return atomic_load(&far);
}

/* Its index, or N_SITES where the table is full. */
static size_t site_of(const char *file, int line, const char *call)
{
    const unsigned long key = (unsigned long)line * 0x9e3779b97f4a7c15ul ^
                              (unsigned long)file * 31 ^
                              (unsigned long)call * 0x100000001b3ul;
    size_t i = key % N_SITES;

    for (size_t n = 0; n < N_SITES; n++, i = (i + 1) % N_SITES) {
        unsigned long none = 0;
        if (atomic_load(&shared->keys[i]) == key)
            return i;
        if (atomic_compare_exchange_strong(&shared->keys[i], &none, key)) {
            shared->sites[i] = (struct tw_fault_site){ file, call, line, 0 };
            atomic_fetch_add(&shared->n_sites, 1);
            return i;
        }
        if (none == key)
            return i;
    }
    return N_SITES;
}

/* Counts the call first, so that a walk through all calls of a site knows how
 * many there are. */
bool tw_fault_call(const char *file, int line, const char *call, int error)
{
    if (!shared)
        return false;
    size_t i = site_of(file, line, call);
    if (i == N_SITES)
        return false;
    unsigned n = atomic_fetch_add(&shared->calls[i], 1) + 1;
    unsigned nth = atomic_load(&shared->nth);
    if (atomic_load(&shared->armed) != i + 1 || n < nth ||
        (n > nth && !atomic_load(&shared->persists)))
        return false;
    atomic_store(&shared->fired, true);
    errno = error;
    return true;
}
#else
typedef int tw_fault_unused; /* ISO C wants a declaration in every file */
#endif
