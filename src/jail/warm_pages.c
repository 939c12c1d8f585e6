/*
 * warm_pages.c - memory that is cheap to fork.
 *
 * A fork copies an entry for each page of memory that is no file's, and its end
 * takes each away again: for an interpreter with its modules that is a fifth of
 * the cost of a run, twice.  Pages of a file come back by themselves when they
 * are touched.  So what the zygote has in memory becomes a file without a name,
 * mapped where it was, private as it was.
 *
 * Not what the kernel has to wipe in a fork, or may drop: there libc keeps the
 * state of its random numbers, which no two runs may share.
 */
#define _GNU_SOURCE
#include "jail/warm_pages.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

#define PAGE      4096
#define GAP_PAGES 1 /* copied too, to save a call */
#define BYTES_MAX ((size_t)256 << 20)

/* Without libc: the memory that strtoul() works in is being moved. */
static uintptr_t hex_of(const char **at)
{
    uintptr_t v = 0;

    for (;; (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9')
            v = v << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (uintptr_t)(c - 'a' + 10);
        else
            return v;
    }
}

/* "FROM-TO rw-p ...": memory that can be written and is shared with nobody,
 * but for the stacks and the kernel's own. */
static bool line_take(const char *line, struct warm_range *r)
{
    r->start = hex_of(&line);
    if (*line++ != '-')
        return false;
    r->end = hex_of(&line);
    return strncmp(line, " rw-p ", 6) == 0 && !strstr(line, "[stack") &&
           !strstr(line, "[v");
}

/* "VmFlags: rd wr ..." of an area that a fork does not get as it is: wf is
 * madvise(MADV_WIPEONFORK), dp is mmap(MAP_DROPPABLE). */
static bool is_forgotten(const char *line)
{
    return strncmp(line, "VmFlags:", 8) == 0 &&
           (strstr(line, " wf") || strstr(line, " dp"));
}

/* How many, or -1: more than there is room for, or no /proc.  Lines of an
 * area follow its addresses, and begin with a capital. */
static int ranges_read(struct warm_range ranges[WARM_RANGES_MAX])
{
    char text[4096];
    size_t have = 0;
    bool taken = false;
    int n = 0;
    int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    for (;;) {
        ssize_t got = read(fd, text + have, sizeof(text) - 1 - have);
        if (got <= 0)
            break;
        have += (size_t)got;
        text[have] = '\0';
        char *line = text, *end;
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            if (*line >= 'A' && *line <= 'Z') {
                n -= taken && is_forgotten(line);
                taken = taken && !is_forgotten(line);
                continue;
            }
            taken = n < WARM_RANGES_MAX && line_take(line, &ranges[n]);
            n += taken;
        }
        have -= (size_t)(line - text);
        memmove(text, line, have);
    }
    close(fd);
    if (n == WARM_RANGES_MAX)
        return -1;
    return n;
}

/* The system calls themselves: addresses are numbers here, and nothing may be
 * written between the copy and the change. */
static bool range_copy(int fd, const struct warm_range *r)
{
    for (uintptr_t at = r->start; at < r->end;) {
        long n = syscall(SYS_write, fd, at, r->end - at);
        if (n <= 0)
            return false;
        at += (uintptr_t)n;
    }
    return true;
}

void tw_warm_pages_settle(struct warm_pages *w)
{
    uintptr_t at = 0;
    int n = ranges_read(w->all);

    w->n_all = w->n_hot = 0;
    if (n < 0)
        return;
    int fd = memfd_create("warm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return;
    for (int i = 0; i < n; i++) {
        const struct warm_range *r = &w->all[i];
        if (at + (r->end - r->start) > BYTES_MAX || !range_copy(fd, r))
            break; /* what is not moved stays as it is */
        if (syscall(SYS_mmap, r->start, r->end - r->start,
                    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
                    at) != (long)r->start)
            break;
        at += r->end - r->start;
        w->n_all++;
    }
    (void)fcntl(fd, F_ADD_SEALS,
                F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    close(fd);
}

/* It was written to: there, and no page of the file any more. */
static bool is_own(uint64_t entry)
{
    const uint64_t present = 1ull << 63, of_file = 1ull << 61;

    return (entry & (present | of_file)) == present;
}

/* Pages come in order; near ones join.  Past the room for them: no loss. */
static void hot_add(struct warm_pages *w, uintptr_t page)
{
    struct warm_range *last = w->n_hot ? &w->hot[w->n_hot - 1] : NULL;

    if (last && page >= last->end && page - last->end <= GAP_PAGES * PAGE)
        last->end = page + PAGE;
    else if (w->n_hot < WARM_HOT_MAX)
        w->hot[w->n_hot++] = (struct warm_range){ page, page + PAGE };
}

/* From /proc/PID/pagemap: 8 bytes for each page, in order of addresses. */
static void range_learn(struct warm_pages *w, int fd,
                        const struct warm_range *r)
{
    uint64_t entries[512];

    for (uintptr_t at = r->start; at < r->end;) {
        size_t n = (r->end - at) / PAGE;
        if (n > 512)
            n = 512;
        ssize_t got = pread(fd, entries, 8 * n, (off_t)(at / PAGE * 8));
        if (got < 8)
            return;
        for (size_t i = 0; i < (size_t)got / 8; i++, at += PAGE)
            if (is_own(entries[i]))
                hot_add(w, at);
    }
}

void tw_warm_pages_learn(struct warm_pages *w, pid_t fork)
{
    char path[48];

    snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)fork);
    if (sysconf(_SC_PAGESIZE) != PAGE)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    for (int i = 0; i < w->n_all; i++)
        range_learn(w, fd, &w->all[i]);
    close(fd);
}

/* Of Linux 5.14; an older one says no, and each page has its fault. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* One call for a range in place of a fault for each page. */
void tw_warm_pages_touch(const struct warm_pages *w)
{
    for (int i = 0; i < w->n_hot; i++)
        (void)syscall(SYS_madvise, w->hot[i].start,
                      w->hot[i].end - w->hot[i].start, MADV_POPULATE_WRITE);
}
