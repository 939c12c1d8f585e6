/*
 * syscalls.h - in builds with -Dfaults=true, every system call and allocation
 * of the runner, its spawner and its reapers can be made to fail.
 *
 * Included by the files of the jail after the system's headers and before
 * base/banned.h.  A macro with the name of a function does not expand itself
 * again, so the sources stay what they are.  Not here: what cannot fail
 * (getpid, umask, clock_gettime ...).  close() fails as it does in reality:
 * the descriptor is gone.
 */
#ifndef TW_JAIL_SYSCALLS_H
#define TW_JAIL_SYSCALLS_H

#include "base/fault.h"

#ifdef TW_FAULTS

#include <errno.h>

/* A macro for each call, which the call inside of it is not. */
#define TW_FAIL_OR(name, error, failed, call) \
    (tw_fault_call(__FILE__, __LINE__, name, error) ? (failed) : (call))

/* Those that say -1. */
#define access(...) TW_FAIL_OR("access", EIO, -1, access(__VA_ARGS__))
#define chdir(...)  TW_FAIL_OR("chdir", EIO, -1, chdir(__VA_ARGS__))
#define chmod(...)  TW_FAIL_OR("chmod", EIO, -1, chmod(__VA_ARGS__))
#define chown(...)  TW_FAIL_OR("chown", EIO, -1, chown(__VA_ARGS__))
#define dup2(...)   TW_FAIL_OR("dup2", EMFILE, -1, dup2(__VA_ARGS__))
#define execve(...) TW_FAIL_OR("execve", EIO, -1, execve(__VA_ARGS__))
#define fcntl(...)  TW_FAIL_OR("fcntl", EMFILE, -1, fcntl(__VA_ARGS__))
#define fstat(...)  TW_FAIL_OR("fstat", EIO, -1, fstat(__VA_ARGS__))
#define ftruncate(...) \
    TW_FAIL_OR("ftruncate", ENOSPC, -1, ftruncate(__VA_ARGS__))
#define getrlimit(...) \
    TW_FAIL_OR("getrlimit", EINVAL, -1, getrlimit(__VA_ARGS__))
#define kill(...)  TW_FAIL_OR("kill", EPERM, -1, kill(__VA_ARGS__))
#define lseek(...) TW_FAIL_OR("lseek", EIO, -1, lseek(__VA_ARGS__))
#define lstat(...) TW_FAIL_OR("lstat", EIO, -1, lstat(__VA_ARGS__))
#define memfd_create(...) \
    TW_FAIL_OR("memfd_create", ENOMEM, -1, memfd_create(__VA_ARGS__))
#define mkdir(...)    TW_FAIL_OR("mkdir", ENOSPC, -1, mkdir(__VA_ARGS__))
#define mkdirat(...)  TW_FAIL_OR("mkdirat", ENOSPC, -1, mkdirat(__VA_ARGS__))
#define mount(...)    TW_FAIL_OR("mount", ENOMEM, -1, mount(__VA_ARGS__))
#define open(...)     TW_FAIL_OR("open", EMFILE, -1, open(__VA_ARGS__))
#define openat(...)   TW_FAIL_OR("openat", EMFILE, -1, openat(__VA_ARGS__))
#define pipe2(...)    TW_FAIL_OR("pipe2", EMFILE, -1, pipe2(__VA_ARGS__))
#define poll(...)     TW_FAIL_OR("poll", EINTR, -1, poll(__VA_ARGS__))
#define ppoll(...)    TW_FAIL_OR("ppoll", EINTR, -1, ppoll(__VA_ARGS__))
#define prctl(...)    TW_FAIL_OR("prctl", EPERM, -1, prctl(__VA_ARGS__))
#define pread(...)    TW_FAIL_OR("pread", EIO, -1, pread(__VA_ARGS__))
#define pwrite(...)   TW_FAIL_OR("pwrite", ENOSPC, -1, pwrite(__VA_ARGS__))
#define read(...)     TW_FAIL_OR("read", EINTR, -1, read(__VA_ARGS__))
#define readlink(...) TW_FAIL_OR("readlink", EIO, -1, readlink(__VA_ARGS__))
#define recvmsg(...)  TW_FAIL_OR("recvmsg", ENOMEM, -1, recvmsg(__VA_ARGS__))
#define rename(...)   TW_FAIL_OR("rename", EIO, -1, rename(__VA_ARGS__))
#define rmdir(...)    TW_FAIL_OR("rmdir", EIO, -1, rmdir(__VA_ARGS__))
#define sendmsg(...)  TW_FAIL_OR("sendmsg", ENOMEM, -1, sendmsg(__VA_ARGS__))
#define sethostname(...) \
    TW_FAIL_OR("sethostname", EPERM, -1, sethostname(__VA_ARGS__))
#define setrlimit(...) \
    TW_FAIL_OR("setrlimit", EPERM, -1, setrlimit(__VA_ARGS__))
#define setsid(...) TW_FAIL_OR("setsid", EPERM, -1, setsid(__VA_ARGS__))
#define setsockopt(...) \
    TW_FAIL_OR("setsockopt", ENOMEM, -1, setsockopt(__VA_ARGS__))
#define sigaction(...) \
    TW_FAIL_OR("sigaction", EINVAL, -1, sigaction(__VA_ARGS__))
#define socketpair(...) \
    TW_FAIL_OR("socketpair", EMFILE, -1, socketpair(__VA_ARGS__))
#define stat(...)    TW_FAIL_OR("stat", EIO, -1, stat(__VA_ARGS__))
#define symlink(...) TW_FAIL_OR("symlink", ENOSPC, -1, symlink(__VA_ARGS__))
#define syscall(...) TW_FAIL_OR("syscall", EAGAIN, -1, syscall(__VA_ARGS__))
#define sysconf(...) TW_FAIL_OR("sysconf", EINVAL, -1, sysconf(__VA_ARGS__))
#define umount2(...) TW_FAIL_OR("umount2", EBUSY, -1, umount2(__VA_ARGS__))
#define unlink(...)  TW_FAIL_OR("unlink", EIO, -1, unlink(__VA_ARGS__))
#define wait4(...)   TW_FAIL_OR("wait4", EINTR, -1, wait4(__VA_ARGS__))
#define waitpid(...) TW_FAIL_OR("waitpid", EINTR, -1, waitpid(__VA_ARGS__))
#define write(...)   TW_FAIL_OR("write", EIO, -1, write(__VA_ARGS__))

/* Those that do not. */
#define close(fd)    TW_FAIL_OR("close", EIO, ((void)(close)(fd), -1), close(fd))
#define mkdtemp(...) TW_FAIL_OR("mkdtemp", ENOSPC, NULL, mkdtemp(__VA_ARGS__))
#define mmap(...)    TW_FAIL_OR("mmap", ENOMEM, MAP_FAILED, mmap(__VA_ARGS__))
#define opendir(...) TW_FAIL_OR("opendir", EMFILE, NULL, opendir(__VA_ARGS__))
#define seccomp_init(...) \
    TW_FAIL_OR("seccomp_init", ENOMEM, NULL, seccomp_init(__VA_ARGS__))
#define seccomp_rule_add(...)                       \
    TW_FAIL_OR("seccomp_rule_add", ENOMEM, -ENOMEM, \
               seccomp_rule_add(__VA_ARGS__))
#define seccomp_rule_add_array(...)                       \
    TW_FAIL_OR("seccomp_rule_add_array", ENOMEM, -ENOMEM, \
               seccomp_rule_add_array(__VA_ARGS__))
#define seccomp_export_bpf(...) \
    TW_FAIL_OR("seccomp_export_bpf", EIO, -EIO, seccomp_export_bpf(__VA_ARGS__))

/* Memory, counted with that of base. */
#define malloc(...) tw_mem_alloc(__VA_ARGS__)
#define calloc(...) tw_mem_zeroed(__VA_ARGS__)

#endif

#endif /* TW_JAIL_SYSCALLS_H */
