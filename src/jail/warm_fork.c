/*
 * warm_fork.c - the module in a zygote that takes requests and forks runs.
 *
 * Preloaded into the interpreter, it takes the place of forkpty(), which Python
 * wraps as it does fork() - so that the interpreter is whole in the child - and
 * which no program in the jail can use anyway: fork() stays what it is.  In the
 * zygote the call never returns; it returns 0 in each run.
 *
 * The zygote is trusted until it forks, and serves one request at a time; the
 * walls of a run are raised in the fork, by the same functions as in a cold
 * run.
 */
#define _GNU_SOURCE
#include "jail/jail_child_priv.h"
#include "jail/jail_root_priv.h"
#include "jail/jail_spawn_priv.h"
#include "jail/jail_walls_priv.h"
#include "jail/warm.h"
#include "jail/warm_pages.h"
#include "jail/warm_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define TRIAL_S 5

struct server {
    struct tw_jail jail;
    struct warm_pages pages;
    struct warm_walls walls;
};

struct request {
    struct jail_plan plan;
    struct tw_jail_spec spec;
    int fd_files;
};

/* What of the jail a run needs, from the file that zygote.c wrote.  The
 * jail's other fields are not used here and stay zero. */
static int walls_read(struct server *s)
{
    int fd = open(WARM_WALLS, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    if (fd >= 0) {
        n = read(fd, &s->walls, sizeof(s->walls));
        close(fd);
    }
    if (n != (ssize_t)sizeof(s->walls)) {
        errno = ENOENT;
        return -1;
    }
    s->jail = (struct tw_jail){
        .tier = TW_JAIL_TIER_A_MINUS,
        .abi = s->walls.abi,
        .proc = s->walls.proc != 0,
        .userns = true,
        .bpf = (void *)s->walls.filter,
        .n_bpf = (unsigned short)(s->walls.n_filter / 8),
    };
    return 0;
}

#ifdef TW_FAULTS
/* The zygote shares no page with the test: a request says which call fails,
 * counted in each process from there on. */
static int countdown;

bool tw_fault_call(const char *file, int line, const char *call, int error)
{
    (void)file;
    (void)line;
    (void)call;
    if (countdown == 0 || --countdown > 0)
        return false;
    errno = error;
    return true;
}

bool tw_fault_hit(void)
{
    return false;
}
#endif

/* The next descriptor, if the request has one of that kind. */
static int take(const int *fds, size_t *at, uint32_t has)
{
    if (!has)
        return -1;
    return fds[(*at)++];
}

/* False: the caller is gone, or does not speak as we do.  The plan gets only
 * what a run of a zygote can have: no library, no argv. */
static bool receive(const struct server *s, struct request *r)
{
    struct warm_request m;
    int fds[JAIL_FDS_MAX];
    size_t n_fds, at = WARM_N_ALWAYS;

    if (tw_jail_receive(JAIL_FD_PEER, &m, sizeof(m), fds, &n_fds) !=
            (ssize_t)sizeof(m) ||
        n_fds != (size_t)WARM_N_ALWAYS + (size_t)__builtin_popcount(m.has))
        return false;
    *r = (struct request){ .spec = { .limits = m.limits } };
#ifdef TW_FAULTS
    countdown = m.fault;
#endif
    r->plan = (struct jail_plan){
        .jail = &s->jail,
        .uid = JAIL_UID_INSIDE, /* of the zygote, and so of the run */
        .gid = JAIL_UID_INSIDE,
        .fd_out = fds[WARM_OUT],
        .fd_err = fds[WARM_ERR],
        .fd_record = fds[WARM_RECORD],
        .fd_report = fds[WARM_REPORT],
        .mem_bytes = m.limits.mem_bytes,
        .n_procs = m.n_procs,
        .box = "/box",
    };
    memcpy(r->plan.box_options, m.box_options, sizeof(m.box_options));
    r->plan.fd_in = take(fds, &at, m.has & WARM_HAS_STDIN);
    r->fd_files = take(fds, &at, m.has & WARM_HAS_FILES);
    r->plan.fd_peer = take(fds, &at, m.has & WARM_HAS_PEER);
    r->plan.fd_group = take(fds, &at, m.has & WARM_HAS_GROUP);
    return true;
}

/* The zygote keeps nothing of a run: an end of a pipe left open here would
 * keep its reader waiting. */
static void fds_close(const struct request *r)
{
    const int fds[] = { r->plan.fd_in,     r->plan.fd_out,  r->plan.fd_err,
                        r->plan.fd_record, r->plan.fd_peer, r->plan.fd_report,
                        r->plan.fd_group,  r->fd_files };

    for (size_t i = 0; i < TW_ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* The fork that becomes the program: what is left to be done before it is on
 * its own.  The reaper has dropped what both must not have. */
static void program(const struct request *r)
{
    const struct jail_plan *p = &r->plan;

    if (setsid() < 0 ||
        (p->fd_in < 0 && open("/dev/null", O_RDONLY) != JAIL_FD_IN))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
    /* As a program is that was executed. */
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
        tw_jail_setup_failed(p, JAIL_STEP_CAPS);
    if (tw_jail_rlimits_apply(p))
        tw_jail_setup_failed(p, JAIL_STEP_LIMITS);
    if (tw_jail_filter_apply(p->jail))
        tw_jail_setup_failed(p, JAIL_STEP_SECCOMP);
    tw_jail_signals_unblock();
    if (syscall(SYS_close_range, JAIL_FD_REPORT, ~0u, 0u))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
}

/* pid 1 of the new namespaces.  Returns in the program only. */
static void inside(const struct server *s, struct request *r)
{
    struct jail_plan *p = &r->plan;

    p->spec = &r->spec;
    if (r->fd_files >= 0) {
        const struct jail_image *im = tw_jail_image_open(r->fd_files);
        if (!im)
            tw_jail_setup_failed(p, JAIL_STEP_FILES);
        r->spec.files = im->spec.files;
        r->spec.n_files = im->spec.n_files;
    }
    tw_jail_reaper_first(p);
    enum jail_step step = tw_jail_root_renew(p);
    if (step != JAIL_STEP_NONE)
        tw_jail_setup_failed(p, step);
    tw_jail_reaper_walls(p);
    pid_t pid = fork();
    if (pid < 0)
        tw_jail_setup_failed(p, JAIL_STEP_FORK);
    if (pid == 0) {
        tw_warm_pages_touch(&s->pages);
        program(r);
        return;
    }
    tw_jail_signals_reset();
    tw_jail_reap(p, pid);
}

/* One request.  True in the program. */
static bool serve(const struct server *s, struct request *r)
{
    struct warm_reply say = { 0 };
    sigset_t all, old;
    int pidfd = -1, status;

    /* No handler of Python in the reaper. */
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    long pid = tw_jail_clone_into(JAIL_NAMESPACES, &pidfd, r->plan.fd_group);
    if (pid == 0) {
        inside(s, r);
        return true;
    }
    if (pid < 0)
        say.error = errno;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    fds_close(r);
    int rc = tw_jail_send(JAIL_FD_PEER, &say, sizeof(say), &pidfd, pid > 0);
    if (pid > 0)
        close(pidfd);
    while (pid > 0 && waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (rc)
        tw_jail_quit(1);
    return false;
}

/* The fork that runs the trial: it has nothing to hide, and nobody listens,
 * but for one who plays the other side of a driver that talks to one. */
static void trial_program(int go, int peer)
{
    char byte;
    int in = open(WARM_TRIAL, O_RDONLY | O_CLOEXEC);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)alarm(TRIAL_S);
    if (in < 0 || null < 0 || read(go, &byte, 1) != 0 ||
        dup2(in, JAIL_FD_IN) < 0)
        tw_jail_quit(1);
    for (int fd = JAIL_FD_OUT; fd < JAIL_FD_PEER; fd++)
        if (dup2(null, fd) < 0)
            tw_jail_quit(1);
    if (peer < 0)
        peer = null;
    if (dup2(peer, JAIL_FD_PEER) < 0)
        tw_jail_quit(1);
    (void)syscall(SYS_close_range, JAIL_FD_REPORT, ~0u, 0u);
}

/* It ends by itself: it gets into the trap at its exit only. */
static void trial_watch(struct server *s, pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        long sig = WSTOPSIG(status);
        if (status >> 16 == PTRACE_EVENT_EXIT)
            tw_warm_pages_learn(&s->pages, pid);
        if (status >> 16 != 0)
            sig = 0; /* an event of ours, and no signal for it */
        (void)syscall(SYS_ptrace, PTRACE_CONT, (long)pid, 0L, sig);
    }
}

/* One who plays the other side, at the second socket; -1: nobody is needed. */
static pid_t trial_other(int talk[2])
{
    if (access(WARM_TALK, R_OK) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(talk[0]);
        (void)alarm(TRIAL_S);
        tw_warm_talk(talk[1]);
        tw_jail_quit(0);
    }
    close(talk[1]);
    talk[1] = -1;
    return pid;
}

/* Run one job here, to learn which memory one changes.  True in the fork. */
static bool trial(struct server *s)
{
    int go[2], talk[2] = { -1, -1 };

    if (access(WARM_TRIAL, R_OK))
        return false;
    pid_t other = trial_other(talk), pid = -1;
    if (pipe2(go, O_CLOEXEC) == 0) {
        pid = fork();
        if (pid == 0) {
            close(go[1]);
            trial_program(go[0], talk[0]);
            return true;
        }
        /* Without it there is nothing to learn, and no harm. */
        if (pid > 0)
            (void)ptrace(PTRACE_SEIZE, pid, NULL,
                         (void *)PTRACE_O_TRACEEXIT); /* NOLINT: an option */
        close(go[0]);
        close(go[1]); /* it starts */
    }
    if (talk[0] >= 0)
        close(talk[0]);
    if (pid > 0)
        trial_watch(s, pid);
    while (other > 0 && waitpid(other, NULL, 0) < 0 && errno == EINTR)
        continue;
    return false;
}

/* Programs that a run starts must not have the module preloaded. */
__attribute__((constructor)) static void forget_how(void)
{
    (void)unsetenv("LD_PRELOAD"); /* NOLINT(concurrency-mt-unsafe) */
}

/* As <pty.h> has it, with names of ours. */
__attribute__((visibility("default"))) int forkpty(int *terminal, char *name,
                                                   const struct termios *mode,
                                                   const struct winsize *size);

/* Settle, learn from a trial, say that we are ready, serve. */
int forkpty(int *terminal, char *name, const struct termios *mode,
            const struct winsize *size)
{
    const struct warm_reply ready = { 0 };
    struct server server;
    struct request r;

    (void)name;
    (void)mode;
    (void)size;
    if (walls_read(&server))
        return -1;
    *terminal = -1;
    tw_warm_pages_settle(&server.pages);
    if (trial(&server))
        return 0;
    if (tw_jail_send(JAIL_FD_PEER, &ready, sizeof(ready), NULL, 0))
        tw_jail_quit(1);
    while (receive(&server, &r))
        if (serve(&server, &r))
            return 0;
    tw_jail_quit(0);
}
