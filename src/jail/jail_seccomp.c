/*
 * jail_seccomp.c - the filter of system calls: what is allowed, refused, fatal.
 * The only file that knows libseccomp.
 *
 * Built once when the jail is opened, as instructions that forks load with one
 * system call: libseccomp allocates, which a fork must not.
 */
#define _GNU_SOURCE
#include "jail/jail_walls_priv.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* What programs, interpreters and compilers need.  Everything else answers
 * ENOSYS, as an older kernel would, so that libraries fall back.  Not here on
 * purpose: clone3 (its flags cannot be seen), memfd_create and System V memory
 * (they escape the limits), io_uring, userfaultfd, perf events, fanotify.
 * Memory that is shared and of no file escapes them too, see by_args. */
static const char *const allowed[] = {
    /* files */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
    "pwritev", "preadv2", "pwritev2", "open", "openat", "creat", "close",
    "close_range", "stat", "fstat", "lstat", "newfstatat", "statx", "lseek",
    "access", "faccessat", "faccessat2", "pipe", "pipe2", "dup", "dup2", "dup3",
    "flock", "fsync", "fdatasync", "truncate", "ftruncate", "fallocate",
    "fadvise64", "getdents", "getdents64", "getcwd", "chdir", "fchdir",
    "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link",
    "linkat", "unlink", "unlinkat", "symlink", "symlinkat", "readlink",
    "readlinkat", "fchmod", "fchown", "umask", "copy_file_range", "sendfile",
    "splice", "tee", "statfs", "fstatfs", "getxattr", "lgetxattr", "fgetxattr",
    "listxattr", "llistxattr", "flistxattr",
    /* waiting */
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd",
    "eventfd2", "signalfd4", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "nanosleep", "clock_nanosleep", "getitimer", "setitimer",
    "alarm", "pause", "timer_create", "timer_settime", "timer_gettime",
    "timer_getoverrun", "timer_delete", "restart_syscall",
    /* memory */
    "mprotect", "munmap", "mremap", "msync", "mincore", "madvise", "brk",
    "mlock", "munlock", "pkey_mprotect", "pkey_alloc", "pkey_free",
    "get_mempolicy", "membarrier",
    /* processes, threads, signals */
    "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4",
    "waitid", "kill", "tkill", "tgkill", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "sched_yield",
    "futex", "futex_waitv", "set_tid_address", "set_robust_list",
    "get_robust_list", "rseq", "arch_prctl", "pidfd_open", "pidfd_send_signal",
    "setpgid", "setsid", "getpid", "gettid", "getppid", "getpgid", "getpgrp",
    "getsid", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getpriority", "getcpu",
    /* facts */
    "uname", "gettimeofday", "time", "times", "clock_gettime", "clock_getres",
    "getrlimit", "setrlimit", "getrusage", "sysinfo", "getuid", "getgid",
    "geteuid", "getegid", "getresuid", "getresgid", "getgroups", "capget",
    "getrandom",
    /* on a pair of sockets, which is all that can exist */
    "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
    "shutdown", "getsockname", "getpeername", "setsockopt", "getsockopt"
};

/* An honest program has no use for these: the attempt ends it, so that the
 * the end "denied" shows it. */
static const char *const fatal[] = { "ptrace",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "mount",
                                     "umount2",
                                     "pivot_root",
                                     "chroot",
                                     "move_mount",
                                     "open_tree",
                                     "fsopen",
                                     "fsmount",
                                     "fsconfig",
                                     "fspick",
                                     "mount_setattr",
                                     "unshare",
                                     "setns",
                                     "keyctl",
                                     "add_key",
                                     "request_key",
                                     "bpf",
                                     "init_module",
                                     "finit_module",
                                     "delete_module",
                                     "kexec_load",
                                     "kexec_file_load",
                                     "reboot",
                                     "swapon",
                                     "swapoff",
                                     "open_by_handle_at",
                                     "acct",
                                     "settimeofday",
                                     "clock_settime",
                                     "clock_adjtime",
                                     "adjtimex",
                                     "iopl",
                                     "ioperm",
                                     "quotactl",
                                     "sethostname",
                                     "setdomainname",
                                     "syslog" };

/* Changes by path that Landlock lets through.  In tier B, where the user's own
 * files can be named, they say that they worked and do nothing. */
static const char *const by_path[] = { "chmod",  "fchmodat",  "chown",
                                       "lchown", "fchownat",  "utime",
                                       "utimes", "utimensat", "futimesat" };

/* Honest programs try these and can live without: a clean refusal. */
static const char *const refused[] = { "socket", "connect", "bind",
                                       "listen", "accept",  "accept4" };

struct arg_rule {
    const char *name;
    unsigned arg;
    enum scmp_compare op;
    uint64_t a, b;
};

/* CLONE_NEW*: all namespaces that clone() can make. */
#define NAMESPACES 0x7e020000ull
#define LOW32      0xffffffffull
#define SHARED     0x01ull /* MAP_SHARED and MAP_SHARED_VALIDATE have it */
#define ANON       0x20ull

/* Allowed with these arguments only.  The kernel reads 32 bits of an ioctl
 * number, hence the mask: higher bits must not hide one. */
static const struct arg_rule by_args[] = {
    { "clone", 0, SCMP_CMP_MASKED_EQ, NAMESPACES, 0 },
    /* Of oneself only: the reaper has the same uid, in tier B the user too. */
    { "prlimit64", 0, SCMP_CMP_EQ, 0, 0 },
    { "sched_setaffinity", 0, SCMP_CMP_EQ, 0, 0 },
    /* Not shared and anonymous at once: such pages stay when they are unmapped
     * but for one, and are then resident in no process that we watch. */
    { "mmap", 3, SCMP_CMP_MASKED_EQ, SHARED | ANON, 0 },
    { "mmap", 3, SCMP_CMP_MASKED_EQ, SHARED | ANON, SHARED },
    { "mmap", 3, SCMP_CMP_MASKED_EQ, SHARED | ANON, ANON },
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x5401 }, /* TCGETS */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x540f }, /* TIOCGPGRP */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x5413 }, /* TIOCGWINSZ */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x541b }, /* FIONREAD */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x5421 }, /* FIONBIO */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x5450 }, /* FIONCLEX */
    { "ioctl", 1, SCMP_CMP_MASKED_EQ, LOW32, 0x5451 }, /* FIOCLEX */
    { "fcntl", 1, SCMP_CMP_LT, 1024, 0 },              /* without leases */
    { "fcntl", 1, SCMP_CMP_EQ, 1030, 0 },              /* F_DUPFD_CLOEXEC */
    { "fcntl", 1, SCMP_CMP_EQ, 1032, 0 },              /* F_GETPIPE_SZ */
    { "prctl", 0, SCMP_CMP_LE, 4, 0 },          /* parent death, dumpable */
    { "prctl", 0, SCMP_CMP_EQ, 15, 0 },         /* PR_SET_NAME */
    { "prctl", 0, SCMP_CMP_EQ, 16, 0 },         /* PR_GET_NAME */
    { "prctl", 0, SCMP_CMP_EQ, 21, 0 },         /* PR_GET_SECCOMP */
    { "prctl", 0, SCMP_CMP_EQ, 23, 0 },         /* PR_CAPBSET_READ */
    { "prctl", 0, SCMP_CMP_EQ, 38, 0 },         /* PR_SET_NO_NEW_PRIVS */
    { "prctl", 0, SCMP_CMP_EQ, 39, 0 },         /* PR_GET_NO_NEW_PRIVS */
    { "prctl", 0, SCMP_CMP_EQ, 0x53564d41, 0 }, /* PR_SET_VMA */
    { "mknod", 1, SCMP_CMP_MASKED_EQ, 0170000, 0010000 }, /* a fifo */
    { "mknodat", 2, SCMP_CMP_MASKED_EQ, 0170000, 0010000 }
};

static const struct {
    const char *name;
    struct scmp_arg_cmp args[2];
} by_two_args[] = {
    /* Streams: a datagram socket could send to any path or name. */
    { "socketpair",
      { { 0, SCMP_CMP_EQ, AF_UNIX, 0 },
        { 1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM } } },
    { "socketpair",
      { { 0, SCMP_CMP_EQ, AF_UNIX, 0 },
        { 1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_SEQPACKET } } },
    /* PRIO_PROCESS, oneself */
    { "setpriority", { { 0, SCMP_CMP_EQ, 0, 0 }, { 1, SCMP_CMP_EQ, 0, 0 } } },
};

/* 0 or a negative errno; a call that this architecture lacks is no error. */
static int add_names(scmp_filter_ctx ctx, uint32_t action,
                     const char *const *names, size_t n)
{
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        int nr = seccomp_syscall_resolve_name(names[i]);
        if (nr >= 0)
            rc = seccomp_rule_add(ctx, action, nr, 0);
    }
    return rc;
}

/* The default is ENOSYS, set by the caller; another architecture (32-bit
 * calls on a 64-bit kernel) has other numbers for the same calls and would
 * pass the lists, so it is killed. */
static int add_rules(scmp_filter_ctx ctx, const struct tw_jail *jail)
{
    const bool own = jail->tier != TW_JAIL_TIER_B || jail->root;
    int rc =
        seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    /* A tree of comparisons; libseccomp before 2.5 lacks it: no loss. */
    (void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (rc == 0)
        rc = add_names(ctx, SCMP_ACT_ALLOW, allowed, TW_ARRAY_LEN(allowed));
    if (rc == 0)
        rc = add_names(ctx, own ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(0), by_path,
                       TW_ARRAY_LEN(by_path));
    if (rc == 0)
        rc = add_names(ctx, SCMP_ACT_KILL_PROCESS, fatal, TW_ARRAY_LEN(fatal));
    if (rc == 0)
        rc = add_names(ctx, SCMP_ACT_ERRNO(EPERM), refused,
                       TW_ARRAY_LEN(refused));
    for (size_t i = 0; i < TW_ARRAY_LEN(by_args) && rc == 0; i++) {
        const struct arg_rule *r = &by_args[i];
        int nr = seccomp_syscall_resolve_name(r->name);
        struct scmp_arg_cmp cmp = { r->arg, r->op, r->a, r->b };
        if (nr >= 0)
            rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &cmp);
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(by_two_args) && rc == 0; i++) {
        int nr = seccomp_syscall_resolve_name(by_two_args[i].name);
        if (nr >= 0)
            rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 2,
                                        by_two_args[i].args);
    }
    return rc;
}

/* The filter as instructions, read back through a file without a name. */
static int export_rules(scmp_filter_ctx ctx, struct tw_jail *jail)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = seccomp_export_bpf(ctx, fd);
    off_t size = lseek(fd, 0, SEEK_END);
    if (rc == 0 && (size <= 0 || size > JAIL_FILTER_BYTES_MAX))
        rc = -EFBIG;
    if (rc == 0) {
        jail->bpf = malloc((size_t)size);
        if (!jail->bpf)
            rc = -ENOMEM;
    }
    if (rc == 0 && pread(fd, jail->bpf, (size_t)size, 0) != size)
        rc = -EIO;
    if (rc == 0)
        jail->n_bpf =
            (unsigned short)((size_t)size / sizeof(struct sock_filter));
    close(fd);
    return rc;
}

size_t tw_jail_filter_bytes(const struct tw_jail *jail)
{
    return jail->n_bpf * sizeof(struct sock_filter);
}

/* Again for tier B, whose filter differs (by_path). */
enum tw_status tw_jail_filter_build(struct tw_jail *jail, struct tw_err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!ctx)
        return tw_fail(err, TW_ENOMEM, 0, "cannot make a system-call filter");
    int rc = add_rules(ctx, jail);
    if (rc == 0)
        rc = export_rules(ctx, jail);
    seccomp_release(ctx);
    if (rc == 0)
        return TW_OK;
    enum tw_status st = TW_EIO;
    if (rc == -ENOMEM)
        st = TW_ENOMEM;
    return tw_fail(err, st, 0, "cannot build the system-call filter: error %d",
                   -rc);
}
