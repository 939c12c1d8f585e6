#define _GNU_SOURCE
#include "sandbox/jail_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* More processes than any limit allows: past it the run is being ended. */
#define PIDS_MAX 512

static size_t read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* Fields 14 to 17 and 24 of /proc/PID/stat. */
static void add_stat(pid_t pid, struct jail_usage *u)
{
    char path[48], text[1024];
    unsigned long field[25] = { 0 };

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!read_small(path, text, sizeof(text)))
        return;
    char *at = strrchr(text, ')'); /* the name may hold anything */
    for (int i = 2; at && i <= 24; i++) {
        field[i] = i < 4 ? 0 : strtoul(at, NULL, 10);
        at = strchr(at + 1, ' ');
    }
    const double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    u->cpu_s += tick * (double)(field[14] + field[15] + field[16] + field[17]);
    u->rss_bytes += field[24] * (size_t)sysconf(_SC_PAGESIZE);
    u->n_procs++;
}

/* The children that the threads of pid have, appended to pids. */
static void add_children(pid_t pid, pid_t *pids, size_t *n)
{
    char path[64], text[4096];

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    /* Safe: the DIR is ours alone. */
    for (struct dirent *e;
         (e = readdir(dir)) != NULL;) { /* NOLINT(concurrency-mt-unsafe) */
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%.12s/children", (int)pid,
                 e->d_name);
        if (!read_small(path, text, sizeof(text)))
            continue;
        char *at = text;
        for (char *end; *n < PIDS_MAX; at = end) {
            long child = strtol(at, &end, 10);
            if (end == at)
                break;
            pids[(*n)++] = (pid_t)child;
        }
    }
    closedir(dir);
}

/* Orphans become children of the reaper, so the tree below it is complete,
 * but for what is born while we look. */
void tw_jail_usage(pid_t top, struct jail_usage *u)
{
    pid_t pids[PIDS_MAX];
    size_t n = 0;

    *u = (struct jail_usage){ 0 };
    add_children(top, pids, &n);
    for (size_t i = 0; i < n; i++) {
        add_stat(pids[i], u);
        add_children(pids[i], pids, &n);
    }
}
