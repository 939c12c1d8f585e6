/*
 * jail_priv.h - what the files of the jail share.
 *
 * The spawner is made when the jail is opened; it has the reserved uid and
 * makes the namespaces of each run.  The reaper is pid 1 in them: it builds
 * the root, starts the program, waits for it and writes one struct jail_report
 * into a pipe that only it holds.  The program is what the caller asked for.
 * Spawner, reaper and program (until its exec) are forks of a process that may
 * have threads: they use system calls and the stack only, no malloc and no
 * streams; everything they need is prepared before, in struct jail_plan.
 */
#ifndef TW_SANDBOX_JAIL_PRIV_H
#define TW_SANDBOX_JAIL_PRIV_H

#include "sandbox/jail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define JAIL_UID_INSIDE 1000
/* Reserved for us: above what distributions give to people and services, far
 * below 65534, "nobody", which others use. */
#define JAIL_UID_FIRST  58900
#define JAIL_N_UIDS     64
#define JAIL_N_BINDS    12

struct sock_filter;

/* What a tree of the host is inside. */
struct jail_bind {
    const char *path; /* from a table of constants */
    bool present;
    bool folder;
    char link[128]; /* not "": a symbolic link with this target */
};

struct tw_jail {
    enum tw_jail_tier tier;
    int abi;                 /* of Landlock, 0 when there is none */
    struct sock_filter *bpf; /* the system-call filter, owned */
    unsigned short n_bpf;
    uid_t uid;     /* of the spawner, where root has a choice */
    pid_t spawner; /* 0: none */
    int sock;      /* to it */
    bool root;     /* started as root: drop to a reserved uid */
    bool userns;   /* namespaces by way of a user namespace */
    bool proc;     /* a fresh /proc can be mounted */
    struct jail_bind binds[JAIL_N_BINDS];
    atomic_uint n_runs;        /* numbers for uids and names */
    pthread_mutex_t weak_turn; /* tier B: one run at a time */
};

/* Where setting up failed; the names are in jail_verdict.c. */
enum jail_step {
    JAIL_STEP_NONE,
    JAIL_STEP_UID,
    JAIL_STEP_CLONE,
    JAIL_STEP_IDMAP,
    JAIL_STEP_PRIVATE,
    JAIL_STEP_ROOT,
    JAIL_STEP_BIND,
    JAIL_STEP_DEV,
    JAIL_STEP_PROC,
    JAIL_STEP_BOX,
    JAIL_STEP_LIB,
    JAIL_STEP_FILES,
    JAIL_STEP_PIVOT,
    JAIL_STEP_CAPS,
    JAIL_STEP_LANDLOCK,
    JAIL_STEP_FORK,
    JAIL_STEP_FDS,
    JAIL_STEP_LIMITS,
    JAIL_STEP_SECCOMP,
    JAIL_STEP_EXEC,
};

enum jail_kind { JAIL_KIND_SETUP = 1, JAIL_KIND_EXIT, JAIL_KIND_SIGNAL };

/* One write of this size is atomic: it is below PIPE_BUF. */
struct jail_report {
    int32_t kind; /* enum jail_kind */
    int32_t code; /* errno, exit status or signal */
    int32_t step; /* enum jail_step */
};

/* Prepared by the caller, read by the launcher, the reaper, the program. */
struct jail_plan {
    const struct tw_jail *jail;
    const struct tw_jail_spec *spec; /* argv NULL: only try the walls */
    uid_t uid;
    gid_t gid;
    int fd_out, fd_err, fd_record; /* write ends */
    int fd_peer;                   /* to the other run of a pair; -1: none */
    int fd_report, fd_pid;
    char box_options[96]; /* of the tmpfs for /box */
    size_t mem_bytes;
    char box[40];     /* "/box", or in tier B a folder of the host */
    unsigned n_procs; /* for RLIMIT_NPROC: the limit and who counts too */
};

/* jail_run.c: one run, or two that are joined; the specs are checked.  argv
 * NULL: only try. */
#define JAIL_RUNS_MAX 2
enum tw_status tw_jail_attempt(struct tw_jail *jail,
                               const struct tw_jail_spec *s,
                               struct tw_jail_result *r, size_t n,
                               struct tw_err *err);

/* jail_spawn.c: the spawner, from open to close.  0, or -1 with errno. */
int tw_jail_spawner_start(struct tw_jail *jail);
void tw_jail_spawner_stop(struct tw_jail *jail);
/* Ask it for a reaper; p->fd_pid says its pid, or 0 where p->fd_report says
 * what failed. */
int tw_jail_spawn(const struct jail_plan *p);

/* jail_child.c: what runs in the forks. */
void tw_jail_signals_reset(void);
/* The process that becomes the reaper, as a child of the caller. */
long tw_jail_spaces_make(const struct tw_jail *jail);
_Noreturn void tw_jail_inside(struct jail_plan *p);
/* System calls without the layers of libc, for the forked processes. */
long tw_jail_clone(unsigned long flags);
_Noreturn void tw_jail_quit(int code);
int tw_jail_fds_arrange(struct jail_plan *p);
int tw_jail_uid_take(uid_t uid, gid_t gid);
void tw_jail_report(const struct jail_plan *p, int status);
_Noreturn void tw_jail_program(const struct jail_plan *p);
_Noreturn void tw_jail_reap(const struct jail_plan *p, pid_t program);
_Noreturn void tw_jail_setup_failed(const struct jail_plan *p,
                                    enum jail_step step);

/* jail_root.c: the file system of the run.  0, or the step that failed, with
 * errno set. */
void tw_jail_binds_probe(struct tw_jail *jail);
enum jail_step tw_jail_root_build(const struct jail_plan *p);
/* Files of the spec into the work folder, and stdin beside it. */
int tw_jail_files_write(const struct jail_plan *p, const char *work);

/* jail_walls.c: capabilities, Landlock, rlimits, filter.  0 or -1, errno. */
int tw_jail_landlock_abi(void);
int tw_jail_caps_drop(const struct jail_plan *p);
int tw_jail_landlock_apply(const struct jail_plan *p);
int tw_jail_rlimits_apply(const struct jail_plan *p);
int tw_jail_filter_apply(const struct tw_jail *jail);

/* jail_seccomp.c, the only file that knows libseccomp. */
enum tw_status tw_jail_filter_build(struct tw_jail *jail, struct tw_err *err);
#define JAIL_FILTER_BYTES_MAX 8192
size_t tw_jail_filter_bytes(const struct tw_jail *jail);

/* jail_watch.c: resident memory and CPU time of a process and all below it,
 * as /proc of the host shows them now. */
struct jail_usage {
    size_t rss_bytes; /* sum */
    double cpu_s;     /* sum, with children that were waited for */
    unsigned n_procs;
};
void tw_jail_usage(pid_t top, struct jail_usage *u);
/* The processes below top, without top; no malloc. */
#define JAIL_PIDS_MAX 512
size_t tw_jail_tree(pid_t top, pid_t *pids, size_t max);

/* jail_weak.c: tier B.  In the caller: make the box, remove it and what the
 * run left, count what the user runs; in the fork: all of the launcher. */
int tw_jail_weak_box(struct jail_plan *p);
void tw_jail_weak_clean(const struct jail_plan *p);
unsigned tw_jail_weak_procs(const struct jail_plan *p);
_Noreturn void tw_jail_weak(struct jail_plan *p);

/* jail_verdict.c */
enum jail_kill {
    JAIL_KILL_NONE,
    JAIL_KILL_WALL,
    JAIL_KILL_CPU,
    JAIL_KILL_MEM,
    JAIL_KILL_OUT,
    JAIL_KILL_PEER, /* no fault: its tests have ended */
    JAIL_KILL_STUCK,
};
const char *tw_jail_step_name(enum jail_step step);
void tw_jail_judge(struct tw_jail_result *r, const struct tw_jail_limits *l,
                   const struct jail_report *report, enum jail_kill why);

#endif /* TW_SANDBOX_JAIL_PRIV_H */
