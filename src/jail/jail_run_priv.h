/*
 * jail_run_priv.h - one run as its caller sees it: start, watch, end.
 */
#ifndef TW_JAIL_JAIL_RUN_PRIV_H
#define TW_JAIL_JAIL_RUN_PRIV_H

#include "jail/jail_priv.h"

/* jail_run.c: one run, or two that are joined; the specs are checked.  argv
 * NULL: only try. */
#define JAIL_RUNS_MAX 2
enum tw_status tw_jail_attempt(struct tw_jail *jail,
                               const struct tw_jail_spec *s,
                               struct tw_jail_result *r, size_t n,
                               struct tw_err *err);

/* jail_watch.c: resident memory and CPU time of a process and all below it,
 * as /proc of the host shows them now. */
struct jail_usage {
    size_t rss_bytes; /* sum */
    double cpu_s;     /* sum, with children that were waited for */
    unsigned n_procs;
};
void tw_jail_usage(pid_t top, bool execs, struct jail_usage *u);
/* The process behind a pidfd, as we number it; 0: gone. */
pid_t tw_jail_pid_of(int pidfd);
/* The processes below top, without top; no malloc. */
#define JAIL_PIDS_MAX 512
size_t tw_jail_tree(pid_t top, pid_t *pids, size_t max);

/* jail_weak.c: tier B.  In the caller: make the box, remove it and what the
 * run left, count what the user runs; in the fork: all of the launcher. */
int tw_jail_weak_box(struct jail_plan *p);
void tw_jail_weak_clean(const struct jail_plan *p);
unsigned tw_jail_weak_procs(const struct jail_plan *p);
_Noreturn void tw_jail_weak(struct jail_plan *p);

/* jail_end.c */
enum jail_kill {
    JAIL_KILL_NONE,
    JAIL_KILL_WALL,
    JAIL_KILL_CPU,
    JAIL_KILL_MEM,
    JAIL_KILL_OUT,
    JAIL_KILL_PEER, /* no fault: its tests have ended */
    JAIL_KILL_STUCK,
    JAIL_KILL_STOP, /* the caller wants no more */
};
const char *tw_jail_step_name(enum jail_step step);
void tw_jail_end_tell(struct tw_jail_result *r, const struct tw_jail_limits *l,
                      const struct jail_report *report, enum jail_kill why);

#endif /* TW_JAIL_JAIL_RUN_PRIV_H */
