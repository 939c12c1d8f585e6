/*
 * file_guard.c - a table of mappings, and the handler of SIGBUS that reads it.
 *
 * The table is the one thing that a handler can find: it gets an address and
 * nothing else. That is why it is a global, and why it has a fixed size and
 * atomic members. mmap() is not on the list of functions that POSIX allows in a
 * handler, but on Linux it is a bare system call that takes no lock of the
 * library.
 */
#define _GNU_SOURCE
#include "base/file_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

/* len 0: free. It is set last and cleared first, so that the handler never
 * takes half a place for a mapping. */
struct place {
    _Atomic uintptr_t start;
    _Atomic size_t len;
    atomic_bool hit;
    char name[TW_GUARD_NAME];
};

static struct place places[TW_GUARD_MAX]; /* place 0 stays free */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_installed;
static struct sigaction before; /* what others do about SIGBUS */
static uintptr_t page_size;

/* Which mapping lies around the address? 0: none of ours. */
static unsigned find_place(uintptr_t at)
{
    for (unsigned i = 1; i < TW_GUARD_MAX; i++) {
        size_t len = atomic_load(&places[i].len);
        uintptr_t start = atomic_load(&places[i].start);

        /* The last page is mapped to its end. */
        if (len && at >= start && at - start < len + page_size)
            return i;
    }
    return 0;
}

/* Everything from the page of the fault on is lost: a file is cut at its end.
 * One call for all of it, because a fault for every page of a large file would
 * take seconds. */
static bool fill_with_zeros(struct place *p, uintptr_t at)
{
    uintptr_t page = at & ~(page_size - 1);
    uintptr_t end = atomic_load(&p->start) + atomic_load(&p->len);
    void *got =
        mmap((void *)page, end - page, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);

    return got != MAP_FAILED;
}

/* A fault that is not ours goes where it went before us: to a handler (of a
 * sanitizer), or to the end of the process, when the instruction is tried
 * again. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction)
        before.sa_sigaction(number, info, context);
    else
        (void)sigaction(SIGBUS, &before, NULL);
}

static void on_bus(int number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    int code = errno;
    unsigned i = 0;

    if (info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR)
        i = find_place(at);
    if (i && fill_with_zeros(&places[i], at))
        atomic_store(&places[i].hit, true);
    else
        pass_on(number, info, context);
    errno = code;
}

/* Once in a process, by the first mapping. Children that run something else
 * lose the handler with exec(). */
static void install(void)
{
    struct sigaction action = { .sa_sigaction = on_bus };

    if (is_installed)
        return;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void)sigaction(SIGBUS, &action, &before);
    is_installed = true;
}

/* The end of a path tells more than its start. */
static void keep_name(char *dst, const char *name)
{
    static const char dots[] = "...";
    size_t n = strlen(name);

    if (n < TW_GUARD_NAME) {
        memcpy(dst, name, n + 1);
        return;
    }
    const size_t room = TW_GUARD_NAME - sizeof(dots);
    memcpy(dst, dots, sizeof(dots) - 1);
    memcpy(dst + sizeof(dots) - 1, name + n - room, room + 1);
}

unsigned tw_guard_take(const void *start, size_t len, const char *name)
{
    unsigned i = 1;

    pthread_mutex_lock(&lock);
    install();
    while (i < TW_GUARD_MAX && atomic_load(&places[i].len))
        i++;
    if (i < TW_GUARD_MAX) {
        keep_name(places[i].name, name);
        atomic_store(&places[i].hit, false);
        atomic_store(&places[i].start, (uintptr_t)start);
        atomic_store(&places[i].len, len);
    } else {
        i = 0;
    }
    pthread_mutex_unlock(&lock);
    return i;
}

void tw_guard_drop(unsigned place)
{
    if (!place)
        return;
    pthread_mutex_lock(&lock);
    atomic_store(&places[place].len, 0);
    pthread_mutex_unlock(&lock);
}

bool tw_guard_hit(unsigned place)
{
    return place && atomic_load(&places[place].hit);
}

const char *tw_guard_name(unsigned place)
{
    return places[place].name;
}
