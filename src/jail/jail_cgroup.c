/*
 * jail_cgroup.c - control groups of version 2, where a part of the tree is
 * given to us with the controllers for memory and processes:
 *
 * OURS/tw-PID-NR/main has the spawner and zygotes, OURS/tw-PID-NR/run-NR one
 * run, from its first process on.
 *
 * OURS is the group that we are in, or the one above it.  A group with
 * processes of its own cannot have limits below it, so it is mostly the latter.
 */
#define _GNU_SOURCE
#include "jail/jail_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Of the reaper, and of the kernel for the run. */
#define SLACK_BYTES ((size_t)16 << 20)
#define END_TRIES   200 /* of 1 ms */

/* Files of a group take a text by one write; errno says why not. */
static int file_write(const char *folder, const char *name, const char *text)
{
    char path[GROUP_PATH_MAX + 32];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int keep = errno;
    close(fd);
    errno = keep;
    if (n != (ssize_t)strlen(text))
        return -1;
    return 0;
}

/* As much as fits into text, with a NUL; false: nothing. */
static bool file_read(const char *folder, const char *name, char *text,
                      size_t size)
{
    char path[GROUP_PATH_MAX + 32];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    if (fd >= 0) {
        n = read(fd, text, size - 1);
        close(fd);
    }
    if (n < 0)
        n = 0;
    text[n] = '\0';
    return n > 0;
}

/* Is the word among those of the file? */
static bool has_word(const char *folder, const char *name, const char *word)
{
    char text[256], *save = NULL;

    if (!file_read(folder, name, text, sizeof(text)))
        return false;
    for (char *at = strtok_r(text, " \n", &save); at;
         at = strtok_r(NULL, " \n", &save))
        if (strcmp(at, word) == 0)
            return true;
    return false;
}

/* May groups below this one have limits? */
static bool can_limit(const char *folder)
{
    if (!has_word(folder, "cgroup.controllers", "memory") ||
        !has_word(folder, "cgroup.controllers", "pids"))
        return false;
    if (has_word(folder, "cgroup.subtree_control", "memory") &&
        has_word(folder, "cgroup.subtree_control", "pids"))
        return true;
    return file_write(folder, "cgroup.subtree_control", "+memory +pids") == 0;
}

/* Where version 2 is mounted: from lines "ID ID DEV ROOT POINT ... - TYPE". */
static bool mount_find(char *point, size_t size)
{
    char line[4096];
    FILE *f = fopen("/proc/self/mountinfo", "re");
    bool found = false;

    while (f && !found && fgets(line, sizeof(line), f)) {
        char root[256], at[256];
        const char *type = strstr(line, " - ");
        found = type && strncmp(type, " - cgroup2 ", 11) == 0 &&
                sscanf(line, "%*s %*s %*s %255s %255s", root, at) == 2 &&
                strcmp(root, "/") == 0;
        if (found)
            snprintf(point, size, "%s", at);
    }
    if (f)
        (void)fclose(f); /* only read */
    return found;
}

/* The folder of our own group: the line "0::PATH". */
static bool own_find(char *folder, size_t size)
{
    char point[GROUP_PATH_MAX], line[4096];
    const char *tail = "";
    bool found = false;

    if (!mount_find(point, sizeof(point)))
        return false;
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f && !found && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';
        found = strncmp(line, "0::/", 4) == 0 && !strstr(line, "..");
        if (found && line[4]) /* not the root, "0::/" */
            tail = line + 3;
    }
    if (f)
        (void)fclose(f); /* only read */
    size_t n = strlen(point), more = strlen(tail);
    if (!found || n + more + 64 > size)
        return false;
    memcpy(folder, point, n);
    memcpy(folder + n, tail, more + 1);
    return true;
}

/* To the uid of spawner and zygotes, which start the runs' processes. */
static int hand_over(const struct tw_jail *jail, const char *folder)
{
    char path[GROUP_PATH_MAX + 32];

    if (!jail->root || !jail->userns)
        return 0;
    snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
    return chown(path, jail->uid, jail->uid);
}

/* Make our part of the tree below this group.  any: tests want groups also
 * where they have no limits. */
static bool below(struct tw_jail *jail, const char *folder, bool any)
{
    struct jail_groups *g = &jail->groups;
    char path[GROUP_PATH_MAX + 16];

    g->limits = can_limit(folder);
    if (!g->limits && !any)
        return false;
    int n = snprintf(g->base, sizeof(g->base), "%s/tw-%d-%u", folder,
                     (int)getpid(), (unsigned)(uintptr_t)jail % 65536);
    if (n < 0 || (size_t)n >= sizeof(g->base) || mkdir(g->base, 0755))
        return false;
    snprintf(path, sizeof(path), "%s/main", g->base);
    if ((!g->limits || can_limit(g->base)) && mkdir(path, 0755) == 0) {
        if (!hand_over(jail, g->base) && !hand_over(jail, path))
            return true;
        (void)rmdir(path);
    }
    (void)rmdir(g->base);
    return false;
}

/* Fails silently: without groups the watch over memory is coarser, and
 * everything else works. */
void tw_jail_groups_open(struct tw_jail *jail, bool any)
{
    char folder[GROUP_PATH_MAX];

    jail->groups = (struct jail_groups){ .on = false };
    if (!own_find(folder, sizeof(folder)))
        return;
    jail->groups.on = below(jail, folder, any);
    char *last = strrchr(folder, '/');
    if (jail->groups.on || !last || !strstr(folder, "cgroup"))
        return;
    *last = '\0'; /* above the mount there is no cgroup.controllers */
    jail->groups.on = below(jail, folder, any);
}

/* It may take a moment until the kernel sees that a group is empty. */
static void folder_remove(const char *path)
{
    const struct timespec pause = { 0, 1000000 };

    for (int i = 0; i < END_TRIES && rmdir(path) && errno == EBUSY; i++)
        (void)nanosleep(&pause, NULL);
}

void tw_jail_groups_close(struct tw_jail *jail)
{
    char path[GROUP_PATH_MAX + 16];

    if (!jail->groups.on)
        return;
    snprintf(path, sizeof(path), "%s/main", jail->groups.base);
    folder_remove(path);
    folder_remove(jail->groups.base);
    jail->groups.on = false;
}

/* For the spawner and zygotes, which are no run and have no limit. */
int tw_jail_groups_enter(const struct tw_jail *jail, pid_t pid)
{
    char path[GROUP_PATH_MAX + 16], text[16];

    if (!jail->groups.on)
        return 0;
    snprintf(path, sizeof(path), "%s/main", jail->groups.base);
    snprintf(text, sizeof(text), "%d", (int)pid);
    return file_write(path, "cgroup.procs", text);
}

static int limit_write(const char *folder, const char *name, size_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%zu", value);
    return file_write(folder, name, text);
}

/* On failure the path may be set: tw_jail_group_end() then removes the
 * folder. */
int tw_jail_group_make(const struct tw_jail *jail, unsigned nr,
                       const struct tw_jail_limits *l, struct jail_group *g)
{
    int n =
        snprintf(g->path, sizeof(g->path), "%s/run-%u", jail->groups.base, nr);

    g->fd = -1;
    if (n < 0 || (size_t)n >= sizeof(g->path) || mkdir(g->path, 0755)) {
        g->path[0] = '\0';
        return -1;
    }
    if (hand_over(jail, g->path))
        return -1;
    if (jail->groups.limits) {
        /* Files of the run are memory too. */
        size_t bytes = l->mem_bytes + l->disk_bytes + SLACK_BYTES;
        if (limit_write(g->path, "memory.max", bytes) ||
            limit_write(g->path, "pids.max", (size_t)l->n_procs + 1) ||
            file_write(g->path, "memory.oom.group", "1"))
            return -1;
        /* Kernels can be built without swap. */
        (void)file_write(g->path, "memory.swap.max", "0");
    }
    g->fd = open(g->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (g->fd < 0)
        return -1;
    return 0;
}

/* All at once: nobody can fork away from it.  Older kernels lack the file;
 * the namespace does the same. */
void tw_jail_group_kill(const struct jail_group *g)
{
    if (g->path[0])
        (void)file_write(g->path, "cgroup.kill", "1"); /* Linux 5.14 */
}

/* True: the kernel ended something in it for lack of memory.  Twice does no
 * harm. */
bool tw_jail_group_end(struct jail_group *g)
{
    char text[512];
    unsigned long n_killed = 0;

    if (!g->path[0])
        return false;
    if (g->fd >= 0)
        close(g->fd);
    g->fd = -1;
    if (file_read(g->path, "memory.events", text, sizeof(text))) {
        static const char name[] = "oom_kill ";
        const char *at = strstr(text, name);
        if (at)
            n_killed = strtoul(at + strlen(name), NULL, 10);
    }
    tw_jail_group_kill(g);
    folder_remove(g->path);
    g->path[0] = '\0';
    return n_killed > 0;
}
