/*
 * jail_watch.c - what a run uses, as /proc of the host shows it.
 *
 * Reads with small buffers on the stack and without malloc: forks of tier B
 * call it too.
 */
#define _GNU_SOURCE
#include "jail/jail_run_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* As much as fits, always with a NUL; 0 where there is nothing to read:
 * processes end while we look. */
static size_t read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    if (fd >= 0) {
        n = read(fd, text, size - 1);
        close(fd);
    }
    if (n < 0)
        n = 0;
    text[n] = '\0';
    return (size_t)n;
}

/* A fork that has not executed anything yet (field 9 of stat). */
#define FORK_NO_EXEC 0x40ul

/* Fields of /proc/PID/stat, counted from 1 as proc(5) does; false: gone. */
static bool read_stat(pid_t pid, unsigned long field[25])
{
    char path[48], text[1024];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!read_small(path, text, sizeof(text)))
        return false;
    char *at = strrchr(text, ')'); /* the name may hold anything */
    for (int i = 2; at && i <= 24; i++) {
        field[i] = 0;
        if (i >= 4) /* before: the name, and a letter */
            field[i] = strtoul(at, NULL, 10);
        at = strchr(at + 1, ' ');
    }
    return at != NULL;
}

struct entry { /* as getdents64 writes it */
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t kind;
    char name[];
};

/* "12 34 56 ": appended to pids until they are full. */
static size_t add_numbers(const char *text, pid_t *pids, size_t n, size_t max)
{
    char *end;

    for (; n < max; text = end) {
        long pid = strtol(text, &end, 10);
        if (end == text)
            break;
        pids[n++] = (pid_t)pid;
    }
    return n;
}

/* The children that the threads of pid have, appended to pids.  Not with
 * opendir(): it allocates, and forks call this. */
static size_t add_children(pid_t pid, pid_t *pids, size_t n, size_t max)
{
    char path[64], text[4096];
    _Alignas(8) char list[2048];

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return n;
    for (;;) {
        long got = syscall(SYS_getdents64, dir, list, sizeof(list));
        if (got <= 0)
            break;
        for (long at = 0; at < got;) {
            const struct entry *e = (const void *)(list + at);
            at += e->size;
            if (e->name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "/proc/%d/task/%.12s/children",
                     (int)pid, e->name);
            if (read_small(path, text, sizeof(text)))
                n = add_numbers(text, pids, n, max);
        }
    }
    close(dir);
    return n;
}

/* Orphans become children of the reaper, so the tree below it is complete,
 * but for what is born while we look. */
size_t tw_jail_tree(pid_t top, pid_t *pids, size_t max)
{
    size_t n = add_children(top, pids, 0, max);

    for (size_t i = 0; i < n; i++)
        n = add_children(pids[i], pids, n, max);
    return n;
}

/* The kernel's own line about the descriptor, which numbers the process in
 * our namespace. */
pid_t tw_jail_pid_of(int pidfd)
{
    char path[48], text[512];

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    if (!read_small(path, text, sizeof(text)))
        return 0;
    const char *at = strstr(text, "Pid:");
    if (!at)
        return 0;
    long pid = strtol(at + 4, NULL, 10);
    if (pid < 0) /* -1: it has ended */
        return 0;
    return (pid_t)pid;
}

/* execs: before its exec, what the program has is a copy of us. */
void tw_jail_usage(pid_t top, bool execs, struct jail_usage *u)
{
    const long hz = sysconf(_SC_CLK_TCK), bytes = sysconf(_SC_PAGESIZE);
    const double tick = 1.0 / (double)(hz > 0 ? hz : 100);
    const size_t page = bytes > 0 ? (size_t)bytes : 4096;
    pid_t pids[JAIL_PIDS_MAX];
    unsigned long f[25];
    size_t n = tw_jail_tree(top, pids, JAIL_PIDS_MAX);

    *u = (struct jail_usage){ 0 };
    for (size_t i = 0; i < n; i++) {
        if (!read_stat(pids[i], f))
            continue;
        if (execs && i == 0 && (f[9] & FORK_NO_EXEC))
            return;
        u->cpu_s += tick * (double)(f[14] + f[15] + f[16] + f[17]);
        u->rss_bytes += f[24] * page;
        u->n_procs++;
    }
}
