/*
 * jail_run.c - one run, or two that are joined, as the caller sees it: make the
 * pipes, get a reaper from a zygote or the spawner, watch, take the output,
 * wait for the end, judge.
 *
 * All of it is done by the thread that called, with poll(). No event tells that
 * memory grows or that CPU time passes, so the watch looks every TICK_MS. What
 * the run says by itself is not believed: the end rests on the reaper's
 * report and on what the watch saw.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "jail/jail_child_priv.h"
#include "jail/jail_run_priv.h"
#include "jail/jail_spawn_priv.h"
#include "jail/zygote_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define TICK_MS    10  /* of the watch over memory and CPU */
#define FLOOD      16  /* times out_bytes, and the run ends */
#define END_WAIT_S 5.0 /* after SIGKILL; more means a kernel in trouble */

enum { P_OUT, P_ERR, P_RECORD, P_REPORT, P_START, N_PIPES };
/* What the run gets: the other ends, and in a pair one of the sockets. */
enum { P_PEER = N_PIPES, N_WRITE };

struct run {
    struct jail_plan plan;
    struct tw_jail_result *result;
    int fd_read[N_PIPES], fd_write[N_WRITE];
    size_t n_seen[N_PIPES];
    struct jail_group group;
    struct jail_zygote *zygote; /* NULL: a cold run */
    pid_t reaper;               /* 0 for a warm run: not our child */
    int pidfd;
    double start_s, next_s, kill_s;
    enum jail_kill why;
    bool failed; /* it never was: end and cause are set */
    struct jail_report report;
    size_t n_report;
    size_t rss_peak;
    double cpu_peak_s;
};

/* The runs that are supervised together. */
struct set {
    struct run runs[JAIL_RUNS_MAX];
    size_t n;
    bool warm; /* may be */
    bool lost; /* one of them, by no fault of it */
    bool no_spawner;
};

/* Who the run is.  As an ordinary user we have no choice; as root, a reserved
 * uid, whose files nobody else has and whom limits bind. */
static uid_t run_uid(const struct tw_jail *jail, unsigned nr)
{
    const uid_t own = JAIL_UID_FIRST + nr % JAIL_N_UIDS;

    if (!jail->root)
        return getuid();
    /* Tier B ends by killing all of its uid, so that uid is none that another
     * program's jail, or its spawner, may have. */
    if (jail->tier == TW_JAIL_TIER_B)
        return own + 2 * JAIL_N_UIDS;
    /* A user namespace keeps runs of one uid apart. */
    if (jail->userns)
        return jail->uid;
    /* Without, runs at the same time need uids of their own. */
    return own;
}

/* Only the start pipe blocks when it is read: its one number must be waited
 * for, while the others are drained as far as they are full. */
static int pipes_open(struct run *run)
{
    for (int i = 0; i < N_PIPES; i++) {
        int fd[2];
        if (pipe2(fd, O_CLOEXEC))
            return -1;
        run->fd_read[i] = fd[0];
        run->fd_write[i] = fd[1];
        if (i != P_START && fcntl(fd[0], F_SETFL, O_NONBLOCK))
            return -1;
    }
    return 0;
}

static void fds_close(int *fd, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fd[i] >= 0)
            close(fd[i]);
        fd[i] = -1;
    }
}

/* The size of tmpfs is the limit plus what we put in ourselves.  The plan
 * borrows the spec, and the ends of pipes stay the run's to close. */
static int plan_make(struct run *run, struct tw_jail *jail,
                     const struct tw_jail_spec *s)
{
    struct jail_plan *p = &run->plan;
    size_t bytes = s->limits.disk_bytes + s->n_stdin + 8192;
    /* One for each 64 KiB: a build cache of Go is thousands of small files. */
    size_t n_inodes = s->limits.disk_bytes >> 16;
    unsigned nr = (unsigned)jail->uid + atomic_fetch_add(&jail->n_runs, 1);

    for (size_t i = 0; i < s->n_files; i++)
        bytes += (s->files[i].n + 4095) / 4096 * 4096 + 4096;
    if (n_inodes < 2048)
        n_inodes = 2048;
    p->jail = jail;
    p->spec = s;
    p->uid = run_uid(jail, nr);
    p->gid = getgid();
    if (jail->root)
        p->gid = p->uid;
    p->fd_in = p->fd_group = -1;
    p->fd_out = run->fd_write[P_OUT];
    p->fd_err = run->fd_write[P_ERR];
    p->fd_record = run->fd_write[P_RECORD];
    p->fd_peer = run->fd_write[P_PEER];
    p->fd_report = run->fd_write[P_REPORT];
    p->fd_pid = run->fd_write[P_START];
    /* "/dev/stdout" is opened by name, and root's pipe is not the run's. */
    if (jail->root && (fchown(p->fd_out, p->uid, p->gid) ||
                       fchown(p->fd_err, p->uid, p->gid)))
        return -1;
    p->mem_bytes = s->limits.mem_bytes;
    p->n_procs = s->limits.n_procs + 1; /* the reaper has the same uid */
    snprintf(p->box, sizeof(p->box), "%s", tw_jail_marks(s->elsewhere)->box);
    snprintf(p->box_options, sizeof(p->box_options),
             "size=%zu,nr_inodes=%zu,mode=755", bytes, s->n_files + n_inodes);
    return 0;
}

/* Tier B: the reaper is a fork of ours, it has no namespace to be first in. */
static pid_t start_weak(struct run *run)
{
    sigset_t all, old;

    /* A handler of the caller must not run in a fork of it. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    long pid = tw_jail_clone(0);
    if (pid == 0)
        tw_jail_weak(&run->plan);
    int keep = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = keep;
    return (pid_t)pid;
}

/* Get a reaper.  0, or -1 with errno; run->reaper stays 0 where the spawner
 * has written into the report why there is none. */
static int start_cold(struct run *run, struct tw_jail *jail)
{
    const bool weak = run->plan.jail->tier == TW_JAIL_TIER_B;
    int32_t pid = 0;
    int rc = 0;

    if (weak) {
        run->reaper = start_weak(run);
        if (run->reaper < 0)
            rc = -1;
    } else {
        rc = tw_jail_spawn(jail, &run->plan);
    }
    int keep = errno;
    fds_close(run->fd_write, N_WRITE);
    errno = keep;
    if (rc)
        return -1;
    ssize_t n = 0;
    if (!weak)
        do
            n = read(run->fd_read[P_START], &pid, sizeof(pid));
        while (n < 0 && errno == EINTR);
    if (n == sizeof(pid))
        run->reaper = (pid_t)pid;
    if (run->reaper > 0)
        run->pidfd = (int)syscall(SYS_pidfd_open, run->reaper, 0u);
    return 0;
}

/* From a zygote if there is one; what it cannot start, starts cold. */
static int start(struct run *run, struct tw_jail *jail, bool warm)
{
    if (warm)
        run->zygote = tw_jail_zygote_take(jail, run->plan.spec);
    if (!run->zygote)
        return start_cold(run, jail);
    run->pidfd = tw_jail_zygote_run(run->zygote, &run->plan);
    if (run->pidfd < 0) {
        tw_jail_zygote_give(jail, run->zygote, false);
        run->zygote = NULL;
        return start_cold(run, jail);
    }
    fds_close(run->fd_write, N_WRITE);
    return 0;
}

/* Take what is in the pipe: keep up to the limit, drain the rest. */
static void pipe_drain(struct run *run, int i)
{
    struct tw_buf *const into[] = { &run->result->out, &run->result->err,
                                    &run->result->record };
    const size_t limit = run->plan.spec->limits.out_bytes;
    char chunk[8192];

    for (;;) {
        ssize_t n = read(run->fd_read[i], chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            fds_close(&run->fd_read[i], 1);
        if (n <= 0)
            return;
        size_t room = limit - into[i]->len;
        size_t take = (size_t)n;
        if (take > room)
            take = room;
        into[i]->limit = limit;
        tw_buf_add(into[i], chunk, take);
        run->n_seen[i] += (size_t)n;
        run->result->truncated |= take < (size_t)n;
        if (run->n_seen[i] / FLOOD > limit && run->why == JAIL_KILL_NONE) {
            run->why = JAIL_KILL_OUT;
            return;
        }
    }
}

/* The report may come in pieces only in theory: it is one write below
 * PIPE_BUF. A partial one counts as none (drain). */
static void report_drain(struct run *run)
{
    char *at = (char *)&run->report;
    ssize_t n = read(run->fd_read[P_REPORT], at + run->n_report,
                     sizeof(run->report) - run->n_report);
    if (n > 0)
        run->n_report += (size_t)n;
    /* Once it is whole, its end is no news. */
    if (n == 0 || run->n_report == sizeof(run->report))
        fds_close(&run->fd_read[P_REPORT], 1);
}

/* The first limit that is found passed decides.  A warm run is no child of
 * ours: its pidfd tells its number.  It executes nothing, so its memory
 * counts from the start; that of a cold run is a copy of ours until its
 * exec. */
static void watch(struct run *run)
{
    const struct tw_jail_limits *l = &run->plan.spec->limits;
    struct jail_usage u = { 0 };

    pid_t top = run->reaper;
    if (run->zygote)
        top = tw_jail_pid_of(run->pidfd);
    if (top > 0)
        tw_jail_usage(top, !run->zygote, &u);
    if (u.rss_bytes > run->rss_peak)
        run->rss_peak = u.rss_bytes;
    if (u.cpu_s > run->cpu_peak_s)
        run->cpu_peak_s = u.cpu_s;
    if (u.rss_bytes > l->mem_bytes)
        run->why = JAIL_KILL_MEM;
    else if (u.cpu_s > l->cpu_s)
        run->why = JAIL_KILL_CPU;
    else if (tw_clock_mono() - run->start_s > l->wall_s)
        run->why = JAIL_KILL_WALL;
}

/* May come again and again until the run has ended. */
static void end_run(struct run *run)
{
    const bool weak = run->plan.jail->tier == TW_JAIL_TIER_B;

    if (run->kill_s == 0)
        run->kill_s = tw_clock_mono();
    tw_jail_group_kill(&run->group);
    if (run->zygote) {
        (void)syscall(SYS_pidfd_send_signal, run->pidfd, SIGKILL, NULL, 0u);
        return;
    }
    /* Not waited for yet: the pid is ours.  Without a pid namespace the reaper
     * has to kill what is below it, so it gets time to do that. */
    int sig = SIGKILL;
    if (weak && tw_clock_mono() - run->kill_s < END_WAIT_S / 2)
        sig = SIGTERM;
    kill(run->reaper, sig);
}

/* The pidfd is closed when it has told the end, or when we give up. */
static bool ended(const struct run *run)
{
    return run->pidfd < 0;
}

/* One look at one run, after poll(): what it wrote, whether it has ended,
 * whether it has to be ended. */
static void run_poll(struct run *run, const struct pollfd *fds)
{
    for (int i = 0; i <= P_RECORD; i++)
        if (fds[i].revents)
            pipe_drain(run, i);
    if (fds[P_REPORT].revents)
        report_drain(run);
    if (fds[P_START].revents) {
        fds_close(&run->pidfd, 1);
        return;
    }
    if (run->why == JAIL_KILL_NONE && tw_clock_mono() >= run->next_s) {
        watch(run);
        run->next_s = tw_clock_mono() + 1e-3 * TICK_MS;
    }
    if (run->why != JAIL_KILL_NONE)
        end_run(run);
    if (run->kill_s > 0 && tw_clock_mono() - run->kill_s > END_WAIT_S) {
        run->why = JAIL_KILL_STUCK;
        fds_close(&run->pidfd, 1);
    }
}

static bool is_stopped(const struct tw_jail *jail)
{
    return jail->stop && jail->stop();
}

/* Until all reapers have ended: then nothing of the runs lives. */
static void supervise(struct run *runs, size_t n)
{
    struct pollfd fds[JAIL_RUNS_MAX * N_PIPES];

    for (;;) {
        size_t n_alive = 0;
        for (size_t k = 0; k < n; k++) {
            struct pollfd *at = &fds[k * N_PIPES];
            /* A closed one is -1, which poll() passes over.  In the place of
             * the start pipe, which has served: the process itself. */
            for (int i = 0; i < N_PIPES; i++)
                at[i] = (struct pollfd){ runs[k].fd_read[i], POLLIN, 0 };
            at[P_START].fd = runs[k].pidfd;
            n_alive += !ended(&runs[k]);
        }
        if (n_alive == 0)
            return;
        (void)poll(fds, n * N_PIPES, TICK_MS);
        const bool stop = is_stopped(runs[0].plan.jail);
        for (size_t k = 0; k < n; k++)
            if (!ended(&runs[k])) {
                if (stop && runs[k].why == JAIL_KILL_NONE)
                    runs[k].why = JAIL_KILL_STOP;
                run_poll(&runs[k], &fds[k * N_PIPES]);
            }
        /* The candidate serves its tests, and has no end of its own. */
        if (n == 2 && ended(&runs[1]) && !ended(&runs[0]) &&
            runs[0].why == JAIL_KILL_NONE) {
            runs[0].why = JAIL_KILL_PEER;
            end_run(&runs[0]);
        }
    }
}

/* What is still in the pipes, now that nobody writes any more. */
static void drain(struct run *run)
{
    for (int i = 0; i <= P_RECORD; i++)
        if (run->fd_read[i] >= 0)
            pipe_drain(run, i);
    while (run->fd_read[P_REPORT] >= 0 && run->n_report < sizeof(run->report)) {
        size_t before = run->n_report;
        report_drain(run);
        if (run->n_report == before)
            break;
    }
    /* Without a pid nobody has watched over it: only why it did not start
     * counts then. */
    const bool watched = run->reaper > 0 || run->zygote;
    if (run->n_report != sizeof(run->report) ||
        (!watched && run->report.kind != JAIL_KIND_SETUP))
        run->report = (struct jail_report){ .kind = 0 };
}

/* The peak that the kernel tells, in KiB; 0 where it says nothing.  What it
 * counts for a child begins before the exec, when the process was a copy of
 * ours: it is right only where it is more than that. */
static size_t peak_kib(const struct run *run, const struct rusage *child)
{
    struct rusage self;

    if (run->zygote)
        return (size_t)run->report.rss_kib;
    getrusage(RUSAGE_SELF, &self);
    if (child->ru_maxrss > self.ru_maxrss)
        return (size_t)child->ru_maxrss;
    return 0;
}

/* From the child's end, or where it is no child, from its report. */
static void usage_take(struct run *run, const struct rusage *ru)
{
    struct tw_jail_result *r = run->result;
    const struct jail_report *report = &run->report;
    size_t peak = run->rss_peak;

    r->cpu_ms = 1e3 * (double)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) +
                1e-3 * (double)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec);
    if (run->zygote)
        r->cpu_ms = 1e-3 * (double)report->cpu_us;
    /* What was killed was not waited for inside: the watch saw it. */
    if (r->cpu_ms < 1e3 * run->cpu_peak_s)
        r->cpu_ms = 1e3 * run->cpu_peak_s;
    size_t kib = peak_kib(run, ru);
    if (kib * 1024 > peak)
        peak = kib * 1024;
    r->peak_mib = (double)peak / (1 << 20);
}

/* The run has ended, and with its reaper everything of it; only now its pid
 * may be waited for and given to another. */
static void finish(struct run *run)
{
    struct rusage ru = { 0 };
    int status;
    int flags = 0;

    if (run->why == JAIL_KILL_STUCK)
        flags = WNOHANG; /* it may never end */
    while (run->reaper > 0 && wait4(run->reaper, &status, flags, &ru) < 0 &&
           errno == EINTR)
        continue;
    drain(run);
    run->result->wall_ms = 1e3 * (tw_clock_mono() - run->start_s);
    usage_take(run, &ru);
}

/* A failure of ours: said as HARNESS, and never held against the program. */
static void fault(struct run *run, const char *what)
{
    struct tw_jail_result *r = run->result;

    r->end = TW_END_HARNESS;
    snprintf(r->cause, sizeof(r->cause), "cannot %s: %s", what,
             strerrordesc_np(errno));
    run->failed = true;
}

/* Make the run go.  What fails is in the result, and supervise() then finds
 * nothing to wait for. */
static void begin(struct run *run, struct tw_jail *jail, bool warm)
{
    run->start_s = tw_clock_mono();
    run->next_s = run->start_s + 1e-3 * TICK_MS;
    if (jail->groups.on) {
        if (tw_jail_group_make(jail, atomic_fetch_add(&jail->n_runs, 1),
                               &run->plan.spec->limits, &run->group)) {
            fault(run, "make a control group");
            return;
        }
        run->plan.fd_group = run->group.fd;
    }
    if (start(run, jail, warm)) {
        fault(run, "make a process");
    } else if (run->reaper > 0 && run->pidfd < 0) {
        /* Nothing tells when it ends: end it, and wait. */
        end_run(run);
        while (waitpid(run->reaper, NULL, 0) < 0 && errno == EINTR)
            continue;
        run->reaper = 0;
        run->why = JAIL_KILL_STUCK;
    }
}

/* The run went with a zygote or a spawner that died, and has to be repeated.
 * What the program can do to itself is in the report, or in why. */
static bool is_lost(const struct run *run)
{
    return run->report.kind == 0 && run->why == JAIL_KILL_NONE &&
           (run->zygote ||
            (run->reaper == 0 && run->plan.jail->tier != TW_JAIL_TIER_B));
}

static void zygote_back(struct run *run, struct tw_jail *jail)
{
    if (run->zygote)
        tw_jail_zygote_give(jail, run->zygote,
                            !is_lost(run) && run->why != JAIL_KILL_STUCK);
    run->zygote = NULL;
}

/* Begin all, see them to their ends, then judge each.  Fails only where
 * output could not be kept: then its end would rest on half of it. */
static enum tw_status run_all(struct set *set, struct tw_jail *jail,
                              struct tw_err *err)
{
    enum tw_status st = TW_OK;

    for (size_t k = 0; k < set->n; k++)
        begin(&set->runs[k], jail, set->warm);
    supervise(set->runs, set->n);
    for (size_t k = 0; k < set->n; k++) {
        struct run *run = &set->runs[k];
        struct tw_jail_result *r = run->result;
        if (run->failed)
            continue;
        finish(run);
        if (tw_jail_group_end(&run->group) && run->report.kind == 0)
            run->why = JAIL_KILL_MEM;
        tw_jail_end_tell(r, &run->plan.spec->limits, &run->report, run->why);
        set->lost |= is_lost(run);
        set->no_spawner |= is_lost(run) && !run->zygote;
        zygote_back(run, jail);
        if (r->out.failed == TW_ENOMEM || r->err.failed == TW_ENOMEM ||
            r->record.failed == TW_ENOMEM)
            st = tw_fail(err, TW_ENOMEM, 0, "cannot keep the output of a run");
        if (run->why == JAIL_KILL_STOP)
            st = tw_fail(err, TW_ECANCELED, 0, "stopped a program");
    }
    return st;
}

/* Tier B: boxes on the host's disk, and one turn at a time, for everything of
 * the uid dies with the run. */
static enum tw_status run_weak(struct set *set, struct tw_jail *jail,
                               struct tw_err *err)
{
    struct run *runs = set->runs;
    const size_t n = set->n;
    enum tw_status st = TW_OK;
    size_t n_boxes = 0;

    pthread_mutex_lock(&jail->weak_turn);
    for (; n_boxes < n; n_boxes++) {
        struct jail_plan *p = &runs[n_boxes].plan;
        if (tw_jail_weak_box(p))
            break;
        p->n_procs += tw_jail_weak_procs(p);
        if (n == 2) /* the other one may be of the same user */
            p->n_procs += runs[1 - n_boxes].plan.spec->limits.n_procs + 2;
    }
    if (n_boxes == n)
        st = run_all(set, jail, err);
    else
        for (size_t k = 0; k < n; k++)
            fault(&runs[k], "make a work folder");
    for (size_t k = 0; k < n_boxes; k++)
        tw_jail_weak_clean(&runs[k].plan);
    pthread_mutex_unlock(&jail->weak_turn);
    for (size_t k = 0; k < n; k++) {
        struct tw_jail_result *r = runs[k].result;
        size_t len = strlen(r->cause);
        snprintf(r->cause + len, sizeof(r->cause) - len,
                 " [weak sandbox (tier B)]");
    }
    return st;
}

/* Descriptor 4 of both runs. */
static int pair_open(struct run *runs)
{
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
        return -1;
    for (int k = 0; k < 2; k++)
        runs[k].fd_write[P_PEER] = fd[k];
    return 0;
}

static enum tw_status attempt(struct set *set, struct tw_jail *jail,
                              const struct tw_jail_spec *s,
                              struct tw_jail_result *r, struct tw_err *err)
{
    struct run *runs = set->runs;
    const size_t n = set->n;
    enum tw_status st = TW_OK;
    int bad = 0;

    for (size_t k = 0; k < n; k++) {
        runs[k] = (struct run){ .result = &r[k], .pidfd = -1 };
        memset(runs[k].fd_read, -1, sizeof(runs[k].fd_read));
        memset(runs[k].fd_write, -1, sizeof(runs[k].fd_write));
    }
    for (size_t k = 0; k < n && !bad; k++)
        bad = pipes_open(&runs[k]);
    if (!bad && n == 2)
        bad = pair_open(runs);
    for (size_t k = 0; k < n; k++)
        if (!bad)
            bad = plan_make(&runs[k], jail, &s[k]);
    for (size_t k = 0; k < n; k++)
        if (bad)
            fault(&runs[k], "make a pipe");
    if (!bad && jail->tier == TW_JAIL_TIER_B)
        st = run_weak(set, jail, err);
    else if (!bad)
        st = run_all(set, jail, err);
    for (size_t k = 0; k < n; k++) {
        fds_close(runs[k].fd_read, N_PIPES);
        fds_close(runs[k].fd_write, N_WRITE);
        fds_close(&runs[k].pidfd, 1);
        (void)tw_jail_group_end(&runs[k].group);
    }
    return st;
}

/* A zygote or the spawner may die under a run (killed from outside, or out
 * of memory).  Then the run is made once more, cold, and the first attempt is
 * forgotten: a program must not fail because of our helpers. */
enum tw_status tw_jail_attempt(struct tw_jail *jail,
                               const struct tw_jail_spec *s,
                               struct tw_jail_result *r, size_t n,
                               struct tw_err *err)
{
    struct set set = { .n = n, .warm = true };

    if (is_stopped(jail))
        return tw_fail(err, TW_ECANCELED, 0, "stopped before a program");
    enum tw_status st = attempt(&set, jail, s, r, err);

    if (!set.lost)
        return st;
    for (size_t k = 0; k < n; k++)
        tw_jail_result_release(&r[k]);
    if (set.no_spawner)
        (void)tw_jail_spawner_renew(jail); /* without one, start() says so */
    set = (struct set){ .n = n, .warm = false };
    return attempt(&set, jail, s, r, err);
}
