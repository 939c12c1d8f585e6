/*
 * jail_walls.c - what a process gives up: uid, capabilities, files by Landlock,
 * limits, system calls.
 *
 * Called in the forks, in the order that jail_child.c and jail_weak.c have.
 * Each is a wall by itself: behind a hole in one there is the next.
 */
#define _GNU_SOURCE
#include "jail/jail_walls_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Own names: headers of older systems lack the later ones. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif
#define LL_EXECUTE    (1ull << 0)
#define LL_WRITE_FILE (1ull << 1)
#define LL_READ_FILE  (1ull << 2)
#define LL_READ_DIR   (1ull << 3)
#define LL_REFER      (1ull << 13) /* ABI 2 */
#define LL_TRUNCATE   (1ull << 14) /* ABI 3 */
#define LL_IOCTL_DEV  (1ull << 15) /* ABI 5 */
#define LL_ABI1       ((1ull << 13) - 1)
#define LL_READ       (LL_EXECUTE | LL_READ_FILE | LL_READ_DIR)

/* As the kernel has them (linux/landlock.h); a kernel that knows less takes
 * the first fields only. */
struct ll_ruleset {
    uint64_t fs;
    uint64_t net;    /* ABI 4: TCP bind, connect */
    uint64_t scoped; /* ABI 6: abstract sockets, signals */
};
struct ll_path {
    uint64_t access;
    int32_t fd;
} __attribute__((packed));

/* 0: the kernel has no Landlock, or it is switched off. */
int tw_jail_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);

    if (abi < 0)
        return 0;
    return (int)abi;
}

/* O_PATH: to name a file, one needs no right to read it. */
static int allow_path(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0; /* what is not there needs no permission */
    if (fd < 0)
        return -1;
    struct ll_path rule = { access, fd };
    long rc = syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0u);
    close(fd);
    if (rc)
        return -1;
    return 0;
}

/* The folders in the box, and not the box: nothing new beside them. */
static int allow_box(int ruleset, const struct jail_plan *p, uint64_t all)
{
    static const char *const parts[] = { "/work", "/tmp", "/shm" };
    char path[sizeof(p->box) + 8];
    size_t n = strlen(p->box);

    memcpy(path, p->box, n);
    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++) {
        memcpy(path + n, parts[i], strlen(parts[i]) + 1);
        if (allow_path(ruleset, path, all))
            return -1;
    }
    return 0;
}

/* In its own root all is there to be read.  Without one (tier B), only what
 * a language needs of the host's. */
static int allow_paths(int ruleset, const struct jail_plan *p, uint64_t all)
{
    const struct tw_jail *jail = p->jail;
    const uint64_t file = LL_READ_FILE | LL_WRITE_FILE;
    static const char *const dev[] = { "/dev/null", "/dev/full", "/dev/random",
                                       "/dev/urandom", "/dev/zero" };
    /* Without a root of its own "zero" is the host's, see jail_root.c. */
    const size_t n_dev = TW_ARRAY_LEN(dev) - (jail->tier == TW_JAIL_TIER_B);

    for (size_t i = 0; i < n_dev; i++)
        if (allow_path(ruleset, dev[i], (file | LL_IOCTL_DEV) & all))
            return -1;
    if (allow_box(ruleset, p, all))
        return -1;
    if (jail->tier != TW_JAIL_TIER_B)
        return allow_path(ruleset, "/", LL_READ & all);
    if (p->spec->lib_folder &&
        allow_path(ruleset, p->spec->lib_folder, LL_READ & all))
        return -1;
    for (size_t i = 0; i < JAIL_N_BINDS; i++) {
        const struct jail_bind *b = &jail->binds[i];
        uint64_t access = b->folder ? LL_READ : LL_READ_FILE;
        if (b->present && !b->link[0] && allow_path(ruleset, b->path, access))
            return -1;
    }
    return 0;
}

/* Bytes of a ruleset that a kernel with this ABI knows; it refuses more. */
static size_t ruleset_size(int abi)
{
    if (abi >= 6)
        return sizeof(struct ll_ruleset);
    if (abi >= 4)
        return offsetof(struct ll_ruleset, scoped);
    return offsetof(struct ll_ruleset, net);
}

/* The second wall, after the mounts: 0, or -1 with errno. */
int tw_jail_landlock_apply(const struct jail_plan *p)
{
    const struct tw_jail *jail = p->jail;

    if (jail->abi < 1)
        return 0;
    struct ll_ruleset r = { LL_ABI1, 3, 3 };
    const size_t size = ruleset_size(jail->abi);
    if (jail->abi >= 2)
        r.fs |= LL_REFER;
    if (jail->abi >= 3)
        r.fs |= LL_TRUNCATE;
    if (jail->abi >= 5)
        r.fs |= LL_IOCTL_DEV;
    int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0u);
    if (fd < 0)
        return -1;
    int rc = allow_paths(fd, p, r.fs);
    if (rc == 0)
        rc = (int)syscall(SYS_landlock_restrict_self, fd, 0u);
    close(fd);
    return rc;
}

/* A reserved uid: limits do not bind root, and nobody else has its files. */
int tw_jail_uid_take(uid_t uid, gid_t gid)
{
    if (syscall(SYS_setgroups, 0, NULL) ||
        syscall(SYS_setresgid, gid, gid, gid))
        return -1;
    return (int)syscall(SYS_setresuid, uid, uid, uid);
}

/* No capability now, none by exec, none by a set-uid file. */
int tw_jail_caps_drop(const struct jail_plan *p)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

    for (unsigned long cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
            break; /* past the last; or an ordinary user, who has none */
    /* Without a user namespace root has built the root; now it goes. */
    if (p->jail->root && !p->jail->userns && p->jail->tier != TW_JAIL_TIER_B &&
        tw_jail_uid_take(p->uid, p->gid))
        return -1;
    if (syscall(SYS_capset, &head, none))
        return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int limit_set(int what, rlim_t value)
{
    struct rlimit old, now = { value, value };

    if (getrlimit((__rlimit_resource_t)what, &old))
        return -1;
    /* Only the mighty may raise a hard limit: keep a lower one. */
    if (old.rlim_max != RLIM_INFINITY && old.rlim_max < value)
        now.rlim_cur = now.rlim_max = old.rlim_max;
    return setrlimit((__rlimit_resource_t)what, &now);
}

/* Right before the exec: RLIMIT_AS counts what this fork still maps. */
int tw_jail_rlimits_apply(const struct jail_plan *p)
{
    const struct tw_jail_limits *l = &p->spec->limits;
    /* The kernel counts whole seconds; the watch outside is finer. */
    rlim_t cpu = (rlim_t)l->cpu_s + 1;

    if (limit_set(RLIMIT_CORE, 0) || limit_set(RLIMIT_CPU, cpu) ||
        limit_set(RLIMIT_FSIZE, l->disk_bytes) ||
        limit_set(RLIMIT_NOFILE, l->n_files) ||
        limit_set(RLIMIT_NPROC, p->n_procs) ||
        limit_set(RLIMIT_MEMLOCK, 65536) || limit_set(RLIMIT_MSGQUEUE, 0) ||
        limit_set(RLIMIT_SIGPENDING, 1024) || /* timers, too */
        limit_set(RLIMIT_STACK, (rlim_t)8 << 20))
        return -1;
    if (l->wide_address)
        return 0;
    return limit_set(RLIMIT_AS, p->mem_bytes);
}

/* The last step of all: from here on only what the lists of jail_seccomp.c
 * allow. */
int tw_jail_filter_apply(const struct tw_jail *jail)
{
    struct sock_fprog prog = { jail->n_bpf, jail->bpf };

    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}
