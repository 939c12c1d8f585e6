/*
 * jail_end.c - from the marks of a run to its end, and one line that says
 * why.
 *
 * Believed are the reaper's report, the watch's reason and the limits.  What
 * the program printed may turn "error" into "limit", because many a program
 * says on stderr that it ran out of something and exits with 1; it never makes
 * a pass.
 */
#define _GNU_SOURCE
#include "jail/jail_run_priv.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

const char *tw_end_name(enum tw_end v)
{
    static const char *const names[] = {
        [TW_END_PASS] = "pass",
        [TW_END_FAIL] = "fail",
        [TW_END_ERROR] = "error",
        [TW_END_TIMEOUT] = "timeout",
        [TW_END_LIMIT] = "limit",
        [TW_END_DENIED] = "denied",
        [TW_END_SIGNAL] = "signal",
        [TW_END_HARNESS] = "harness",
        [TW_END_UNSUPPORTED] = "unsupported",
    };

    if ((size_t)v >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[v];
}

const char *tw_jail_step_name(enum jail_step step)
{
    static const char *const names[] = {
        [JAIL_STEP_NONE] = "start",
        [JAIL_STEP_UID] = "take the reserved uid",
        [JAIL_STEP_CLONE] = "make namespaces",
        [JAIL_STEP_IDMAP] = "map the uid",
        [JAIL_STEP_PRIVATE] = "make mounts private",
        [JAIL_STEP_ROOT] = "make a root folder",
        [JAIL_STEP_BIND] = "bind a folder of the host",
        [JAIL_STEP_DEV] = "bind devices",
        [JAIL_STEP_PROC] = "mount /proc",
        [JAIL_STEP_BOX] = "mount the work folder",
        [JAIL_STEP_LIB] = "bind the library folder",
        [JAIL_STEP_FILES] = "write the files",
        [JAIL_STEP_PIVOT] = "enter the new root",
        [JAIL_STEP_CAPS] = "drop capabilities",
        [JAIL_STEP_LANDLOCK] = "apply Landlock",
        [JAIL_STEP_FORK] = "start the program",
        [JAIL_STEP_FDS] = "arrange descriptors",
        [JAIL_STEP_LIMITS] = "set limits",
        [JAIL_STEP_SECCOMP] = "apply the system-call filter",
        [JAIL_STEP_EXEC] = "execute the program",
    };

    if ((size_t)step >= TW_ARRAY_LEN(names))
        return "set up"; /* a report that was written by nobody of us */
    return names[step];
}

/* Verdict and cause together: one without the other has no meaning. */
static void set(struct tw_jail_result *r, enum tw_end v, const char *fmt, ...)
    TW_PRINTF(3, 4);
static void set(struct tw_jail_result *r, enum tw_end v, const char *fmt, ...)
{
    va_list ap;

    r->end = v;
    va_start(ap, fmt);
    vsnprintf(r->cause, sizeof(r->cause), fmt, ap);
    va_end(ap);
}

/* We have ended it, or it ended without a word; why says which. */
static void judge_kill(struct tw_jail_result *r, const struct tw_jail_limits *l,
                       enum jail_kill why)
{
    switch (why) {
    case JAIL_KILL_WALL:
        set(r, TW_END_TIMEOUT, "wall clock limit of %g s", l->wall_s);
        break;
    case JAIL_KILL_CPU:
        set(r, TW_END_TIMEOUT, "CPU limit of %g s", l->cpu_s);
        break;
    case JAIL_KILL_MEM:
        set(r, TW_END_LIMIT, "memory limit of %zu MiB", l->mem_bytes >> 20);
        break;
    case JAIL_KILL_OUT:
        set(r, TW_END_LIMIT, "output limit of %zu KiB", l->out_bytes >> 10);
        break;
    case JAIL_KILL_PEER:
        set(r, TW_END_PASS, "ended with its tests");
        break;
    case JAIL_KILL_STOP:
        set(r, TW_END_HARNESS, "stopped by request");
        break;
    case JAIL_KILL_STUCK:
    case JAIL_KILL_NONE:
        set(r, TW_END_HARNESS, "lost the run: no report of its end");
        break;
    }
}

static const char *signal_text(int sig)
{
    static const struct {
        int sig;
        const char *text;
    } names[] = {
        { SIGSEGV, "segmentation fault" },
        { SIGABRT, "abort" },
        { SIGBUS, "bus error" },
        { SIGFPE, "arithmetic error" },
        { SIGILL, "illegal instruction" },
        { SIGKILL, "killed" },
        { SIGTERM, "terminated" },
        { SIGPIPE, "broken pipe" },
        { SIGTRAP, "trap" },
        { SIGALRM, "alarm" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (names[i].sig == sig)
            return names[i].text;
    return "signal";
}

/* Signals that the kernel sends for a limit are that limit: SIGXCPU and, a
 * second later, SIGKILL for RLIMIT_CPU, SIGXFSZ for a file that grew too
 * large, SIGSYS for the filter. */
static void judge_signal(struct tw_jail_result *r,
                         const struct tw_jail_limits *l, int sig)
{
    r->signal = sig;
    if (sig == SIGXCPU || (sig == SIGKILL && r->cpu_ms >= 1e3 * l->cpu_s))
        judge_kill(r, l, JAIL_KILL_CPU);
    else if (sig == SIGXFSZ)
        set(r, TW_END_LIMIT, "disk limit of %zu KiB", l->disk_bytes >> 10);
    else if (sig == SIGSYS)
        set(r, TW_END_DENIED, "system call that the jail forbids");
    else
        set(r, TW_END_SIGNAL, "signal %d (%s)", sig, signal_text(sig));
}

/* The last lines of stderr, where a program tells why it failed.  Untrusted:
 * it may turn "error" into "limit", and never anything into "pass". */
static const char *stderr_tail(const struct tw_jail_result *r)
{
    const char *text = tw_buf_text(&r->err);

    if (r->err.len > 400)
        return text + r->err.len - 400;
    return text;
}

enum hint { HINT_MEMORY, HINT_DISK, HINT_FILES, HINT_PROCS };

static void judge_hint(struct tw_jail_result *r, const struct tw_jail_limits *l,
                       enum hint hint)
{
    switch (hint) {
    case HINT_MEMORY:
        judge_kill(r, l, JAIL_KILL_MEM);
        break;
    case HINT_DISK:
        set(r, TW_END_LIMIT, "disk limit of %zu KiB", l->disk_bytes >> 10);
        break;
    case HINT_FILES:
        set(r, TW_END_LIMIT, "limit of %u descriptors", l->n_files);
        break;
    case HINT_PROCS:
        set(r, TW_END_LIMIT, "limit of %u processes", l->n_procs);
        break;
    }
}

/* Words of usual runtimes (Python, C++, shells, libc) for what ran out. */
static void judge_exit(struct tw_jail_result *r, const struct tw_jail_limits *l,
                       int code)
{
    static const struct {
        const char *needle;
        enum hint hint;
    } hints[] = {
        { "MemoryError", HINT_MEMORY },
        { "bad_alloc", HINT_MEMORY },
        { "Cannot allocate memory", HINT_MEMORY },
        { "out of memory", HINT_MEMORY },
        { "No space left on device", HINT_DISK },
        { "File too large", HINT_DISK },
        { "Too many open files", HINT_FILES },
        { "Resource temporarily unavailable", HINT_PROCS },
        { "can't start new thread", HINT_PROCS },
        { "Cannot fork", HINT_PROCS },
    };

    r->exit_code = code;
    if (code == 0) {
        set(r, TW_END_PASS, "exit status 0");
        return;
    }
    const char *tail = stderr_tail(r);
    for (size_t i = 0; i < TW_ARRAY_LEN(hints); i++)
        if (strstr(tail, hints[i].needle)) {
            judge_hint(r, l, hints[i].hint);
            return;
        }
    set(r, TW_END_ERROR, "exit status %d", code);
}

void tw_jail_end_tell(struct tw_jail_result *r, const struct tw_jail_limits *l,
                      const struct jail_report *report, enum jail_kill why)
{
    r->exit_code = -1;
    r->signal = 0;
    switch (report->kind) {
    case JAIL_KIND_EXIT:
        judge_exit(r, l, report->code);
        break;
    case JAIL_KIND_SIGNAL:
        judge_signal(r, l, report->code);
        break;
    case JAIL_KIND_SETUP: {
        const char *text = strerrordesc_np(report->code);
        if (!text)
            text = "unknown error";
        set(r, TW_END_HARNESS, "cannot %s: %s",
            tw_jail_step_name((enum jail_step)report->step), text);
        break;
    }
    default:
        judge_kill(r, l, why);
    }
}
