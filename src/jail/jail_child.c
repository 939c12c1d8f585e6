/*
 * jail_child.c - what runs in the forks: the reaper, and the program up to its
 * exec.
 *
 * A fork of a process that may have threads: system calls and the stack only.
 * The order of the steps is a part of the walls.  Who has no capabilities
 * cannot mount, who is behind Landlock cannot either, who is behind the filter
 * cannot set limits: so none of these lines may change places.
 */
#define _GNU_SOURCE
#include "jail/jail_child_priv.h"
#include "jail/jail_root_priv.h"
#include "jail/jail_walls_priv.h"
#include "jail/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#define INTO_CGROUP   0x200000000ull /* CLONE_INTO_CGROUP */
#define CLOSE_ON_EXEC 4u             /* CLOSE_RANGE_CLOEXEC */

#define N_SIGNALS 64 /* of the kernel */

/* Not fork(): libc would run the handlers of pthread_atfork() and wait for
 * locks that another thread of the caller held at this moment, for ever. */
long tw_jail_clone(unsigned long flags)
{
    return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* As struct clone_args of <linux/sched.h>, first version with a group. */
struct clone3_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
    uint64_t stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

long tw_jail_clone_into(unsigned long flags, int *pidfd, int group)
{
    if (pidfd)
        flags |= CLONE_PIDFD;
    if (group < 0)
        return syscall(SYS_clone, flags | SIGCHLD, NULL, pidfd, NULL, NULL);
    struct clone3_args a = { .flags = flags | INTO_CGROUP,
                             .pidfd = (uintptr_t)pidfd,
                             .cgroup = (uint64_t)group };
    /* With CLONE_PARENT the signal is that of the one who calls. */
    if (!(flags & CLONE_PARENT))
        a.exit_signal = SIGCHLD;
    return syscall(SYS_clone3, &a, sizeof(a));
}

/* Past every handler that libc or a sanitizer has installed. */
_Noreturn void tw_jail_quit(int code)
{
    for (;;)
        (syscall)(SYS_exit_group, code); /* not in syscalls.h */
}

static void report_write(int fd, struct jail_report r)
{
    ssize_t n = write(fd, &r, sizeof(r));

    (void)n; /* nobody is left to tell */
}

/* errno is that of the step, so this is called at once. */
_Noreturn void tw_jail_setup_failed(const struct jail_plan *p,
                                    enum jail_step step)
{
    report_write(p->fd_report, (struct jail_report){ .kind = JAIL_KIND_SETUP,
                                                     .code = errno,
                                                     .step = (int)step });
    tw_jail_quit(1);
}

/* Handlers of the caller must not run here.  Straight to the kernel: libc does
 * not let go of its own signals, which posix_spawn() of glibc, and so make,
 * leaves ignored. */
void tw_jail_signals_reset(void)
{
    static const long dfl[8]; /* the kernel's struct sigaction: all default */

    for (int sig = 1; sig <= N_SIGNALS; sig++)
        (void)syscall(SYS_rt_sigaction, sig, dfl, NULL, N_SIGNALS / 8);
}

/* The caller has blocked all around the fork, so that no handler of it ran
 * here. */
void tw_jail_signals_unblock(void)
{
    sigset_t none;

    sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* Put what is there onto 0..5, through numbers that none of them has. */
int tw_jail_fds_arrange(struct jail_plan *p)
{
    const int from[JAIL_N_FDS] = { p->fd_in,     p->fd_out,  p->fd_err,
                                   p->fd_record, p->fd_peer, p->fd_report };
    int high[JAIL_N_FDS];

    for (int i = JAIL_FD_IN; i < JAIL_N_FDS; i++) {
        high[i] = -1;
        if (from[i] < 0)
            continue;
        high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 64);
        if (high[i] < 0)
            return -1;
    }
    for (int i = JAIL_FD_IN; i < JAIL_N_FDS; i++) {
        if (high[i] < 0)
            close(i);
        else if (dup2(high[i], i) < 0)
            return -1;
    }
    p->fd_report = JAIL_FD_REPORT;
    return (int)syscall(SYS_close_range, JAIL_N_FDS, ~0u, 0u);
}

/* The caller's arguments and environment are in this fork's memory, which
 * /proc/1 shows: overwrite our copy.  Fields 48 to 51 of stat have the place;
 * what is not readable is not shown either. */
static void arguments_wipe(void)
{
    char line[1024];
    unsigned long field[4] = { 0 };
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    line[n] = '\0';
    const char *at = strrchr(line, ')'); /* the name may hold blanks */
    for (int i = 3; at && i <= 51; i++) {
        at = strchr(at, ' ');
        if (!at)
            break;
        at++;
        if (i < 48)
            continue;
        for (const char *d = at; *d >= '0' && *d <= '9'; d++)
            field[i - 48] = field[i - 48] * 10 + (unsigned long)(*d - '0');
    }
    for (int i = 0; i < 4; i += 2) {
        volatile char *from = (volatile char *)field[i]; /* NOLINT */
        for (size_t k = 0; from && k < field[i + 1] - field[i]; k++)
            from[k] = 0;
    }
}

/* Becomes descriptor 0, the lowest that is free.  The name of the file goes,
 * while its folder may still be written. */
void tw_jail_stdin_open(const struct jail_plan *p)
{
    char path[sizeof(p->box) + 8] = "/dev/null";

    if (p->spec->stdin_bytes)
        snprintf(path, sizeof(path), "%s/stdin", p->box);
    if (open(path, O_RDONLY) != JAIL_FD_IN ||
        (p->spec->stdin_bytes && unlink(path)))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
}

/* Two words of the environment depend on where the box is. */
struct words {
    char home[64], tmp[64];
    const char *environment[11];
};

/* An environment that is the same for all runs and takes nothing from the
 * caller's: secrets stay out, and so do settings that change what a program
 * prints.  One thread for numeric libraries, since threads count against the
 * limit of processes; one arena of malloc(), since glibc reserves 128 MiB of
 * addresses for each thread's own, and RLIMIT_AS counts them; a fixed seed, so
 * that sets of Python keep their order from run to run. */
static void words_make(struct words *w, const struct jail_plan *p)
{
    const struct jail_marks *m = tw_jail_marks(p->spec->elsewhere);
    const char *preload = NULL; /* also the end of the list */
    const char *above_tmp = "";

    if (p->zygote)
        preload = "LD_PRELOAD=" TW_JAIL_WORK "/" WARM_MODULE;
    if (p->jail->tier == TW_JAIL_TIER_B)
        above_tmp = p->box;
    const char *const fixed[] = {
        w->home,
        w->tmp,
        m->path,
        "LANG=C.UTF-8",
        m->zone,
        m->seed,
        "OMP_NUM_THREADS=1",
        "OPENBLAS_NUM_THREADS=1",
        "MALLOC_ARENA_MAX=1",
        preload,
        NULL,
    };

    snprintf(w->home, sizeof(w->home), "HOME=%s/work", p->box);
    snprintf(w->tmp, sizeof(w->tmp), "TMPDIR=%s/tmp", above_tmp);
    memcpy(w->environment, fixed, sizeof(fixed));
}

/* A file of the spec lies in the current folder, wherever the box is. */
static const char *program_path(const struct jail_plan *p)
{
    const size_t n = strlen(TW_JAIL_WORK "/");
    const char *path = p->spec->argv[0];

    if ((p->jail->tier == TW_JAIL_TIER_B || p->spec->elsewhere) &&
        strncmp(path, TW_JAIL_WORK "/", n) == 0)
        return path + n;
    return path;
}

/* Casts the const away for execve(), which does not write. */
static char *const *without_const(const char *const *w)
{
    union {
        const char *const *from;
        char *const *to;
    } u = { w };

    return u.to;
}

/* The program's own fork.  Does not return: exec, or a report of the step
 * that failed.  A probe has no argv and ends here, behind all walls. */
_Noreturn void tw_jail_program(const struct jail_plan *p)
{
    struct words w;

    words_make(&w, p);
    /* The report pipe stays until the exec, to say that it failed. */
    if (setsid() < 0 ||
        syscall(SYS_close_range, JAIL_FD_REPORT, ~0u, CLOSE_ON_EXEC) ||
        (p->spec->no_record && close(JAIL_FD_RECORD)) ||
        (p->spec->peer_in &&
         (dup2(JAIL_FD_PEER, JAIL_FD_IN) < 0 || close(JAIL_FD_PEER))))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
    tw_jail_signals_unblock();
    /* In tier B the reaper must see /proc: only the program is behind it. */
    if (p->jail->tier == TW_JAIL_TIER_B && tw_jail_landlock_apply(p))
        tw_jail_setup_failed(p, JAIL_STEP_LANDLOCK);
    if (!p->zygote && tw_jail_rlimits_apply(p))
        tw_jail_setup_failed(p, JAIL_STEP_LIMITS);
    if (!p->zygote && tw_jail_filter_apply(p->jail))
        tw_jail_setup_failed(p, JAIL_STEP_SECCOMP);
    if (!p->spec->argv)
        tw_jail_quit(0);
    execve(program_path(p), without_const(p->spec->argv),
           without_const(w.environment));
    tw_jail_setup_failed(p, JAIL_STEP_EXEC);
}

/* RUSAGE_CHILDREN counts only what was waited for; what was killed with the
 * namespace is missing, and the watch outside has seen it. */
void tw_jail_report(const struct jail_plan *p, int status)
{
    struct jail_report r = { .step = JAIL_STEP_NONE };
    struct rusage ru;

    if (WIFEXITED(status)) {
        r.kind = JAIL_KIND_EXIT;
        r.code = WEXITSTATUS(status);
    } else {
        r.kind = JAIL_KIND_SIGNAL;
        r.code = WTERMSIG(status);
    }
    if (getrusage(RUSAGE_CHILDREN, &ru) == 0) {
        r.cpu_us = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
                   ru.ru_utime.tv_usec + ru.ru_stime.tv_usec;
        r.rss_kib = (int32_t)ru.ru_maxrss;
    }
    report_write(p->fd_report, r);
}

static void on_child(int sig)
{
    (void)sig; /* only to wake ppoll() */
}

/* Until something happens: a child ended, or the caller died, which shows in
 * nobody reading the report any more.  True: the latter. */
static bool wait_event(void)
{
    struct pollfd caller = { .fd = JAIL_FD_REPORT };
    sigset_t mask;

    sigfillset(&mask);
    sigdelset(&mask, SIGCHLD);
    return ppoll(&caller, 1, NULL, &mask) > 0;
}

/* Wait for the program, whatever else ends; then end, and with pid 1 the
 * kernel ends everything that is left. */
_Noreturn void tw_jail_reap(const struct jail_plan *p, pid_t program)
{
    const struct sigaction wake = { .sa_handler = on_child };
    int status = 0;

    if (sigaction(SIGCHLD, &wake, NULL))
        tw_jail_setup_failed(p, JAIL_STEP_FORK);
    for (int fd = JAIL_FD_IN; fd < JAIL_FD_REPORT; fd++)
        close(fd);
    for (;;) {
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == program)
            break;
        if (pid < 0 && errno != EINTR)
            tw_jail_setup_failed(p, JAIL_STEP_FORK);
        if (pid == 0 && wait_event())
            tw_jail_quit(1);
    }
    tw_jail_report(p, status);
    tw_jail_quit(0);
}

/* Memory runs out: take a job before the caller. */
static void oom_first(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = write(fd, "1000", 4);
    (void)n; /* a help, no wall */
    close(fd);
}

void tw_jail_reaper_first(struct jail_plan *p)
{
    if (tw_jail_fds_arrange(p))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
    /* For files of /proc/self; taken back below. */
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
        tw_jail_setup_failed(p, JAIL_STEP_CAPS);
    oom_first();
}

void tw_jail_reaper_walls(const struct jail_plan *p)
{
    const char *host = tw_jail_marks(p->spec->elsewhere)->host;
    (void)sethostname(host, strlen(host));
    if (chdir(p->box) || chdir("work"))
        tw_jail_setup_failed(p, JAIL_STEP_PIVOT);
    if (tw_jail_caps_drop(p))
        tw_jail_setup_failed(p, JAIL_STEP_CAPS);
    /* Who is behind Landlock can mount nothing. */
    if (!p->zygote && tw_jail_landlock_apply(p))
        tw_jail_setup_failed(p, JAIL_STEP_LANDLOCK);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        tw_jail_setup_failed(p, JAIL_STEP_CAPS);
}

/* pid 1 of the new namespaces. */
_Noreturn void tw_jail_inside(struct jail_plan *p)
{
    tw_jail_reaper_first(p);
    enum jail_step step = tw_jail_root_build(p);
    if (step != JAIL_STEP_NONE)
        tw_jail_setup_failed(p, step);
    tw_jail_stdin_open(p);
    tw_jail_reaper_walls(p);
    long pid = tw_jail_clone(0);
    if (pid < 0)
        tw_jail_setup_failed(p, JAIL_STEP_FORK);
    if (pid == 0)
        tw_jail_program(p);
    arguments_wipe(); /* not before: argv of the spec may lie in there */
    tw_jail_reap(p, (pid_t)pid);
}

/* CLONE_PARENT: the caller itself can wait for the reaper. */
long tw_jail_spaces_make(const struct tw_jail *jail, int group)
{
    unsigned long spaces = JAIL_NAMESPACES | CLONE_PARENT;

    if (!jail->userns)
        spaces &= ~(unsigned long)CLONE_NEWUSER;
    return tw_jail_clone_into(spaces, NULL, group);
}
