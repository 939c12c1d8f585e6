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
#ifndef TW_JAIL_JAIL_PRIV_H
#define TW_JAIL_JAIL_PRIV_H

#include "jail/jail_cgroup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define JAIL_UID_INSIDE  1000
/* Reserved for us: above what distributions give to people and services, far
 * below 65534, "nobody", which others use. */
#define JAIL_UID_FIRST   58900
#define JAIL_N_UIDS      64
/* Three ranges: runs without user namespaces; spawners, zygotes and their runs;
 * runs of tier B.  That ends all that its uid runs, and must not find there
 * what another process has started. */
#define JAIL_UID_SPAWNER (JAIL_UID_FIRST + JAIL_N_UIDS)
#define JAIL_N_BINDS     12

struct sock_filter;

/* What a tree of the host is inside. */
struct jail_bind {
    const char *path; /* from a table of constants */
    bool present;
    bool folder;
    char link[128]; /* not "": a symbolic link with this target */
};

/* An interpreter with its modules loaded, in a jail of its own, that forks
 * runs (warm.h).  It serves one run at a time. */
struct jail_zygote {
    const struct tw_jail_driver *driver; /* which one it has ready */
    enum { ZYGOTE_NONE, ZYGOTE_BOOTS, ZYGOTE_FREE, ZYGOTE_TAKEN } state;
    pid_t reaper;  /* our child */
    int sock;      /* to the zygote */
    int fd_report; /* of its reaper, which ends when we close it */
};

#define JAIL_ZYGOTES_MAX 32

struct jail_pool {
    pthread_mutex_t lock;
    struct jail_zygote zygotes[JAIL_ZYGOTES_MAX];
    size_t n_max;
    unsigned n_failed; /* zygotes in a row that were of no use */
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
    struct jail_pool pool;
    struct jail_groups groups;
    atomic_uint n_runs;        /* numbers for uids and names */
    pthread_mutex_t weak_turn; /* tier B: one run at a time */
    pthread_mutex_t spawning;  /* one request at a time */
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
    int32_t kind;    /* enum jail_kind */
    int32_t code;    /* errno, exit status or signal */
    int32_t step;    /* enum jail_step */
    int32_t rss_kib; /* peak of the largest process */
    int64_t cpu_us;  /* of all that was waited for */
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
    int fd_group;         /* the run's control group; -1: none */
    char box_options[96]; /* of the tmpfs for /box */
    size_t mem_bytes;
    char box[40];     /* "/box", or in tier B a folder of the host */
    unsigned n_procs; /* for RLIMIT_NPROC: the limit and who counts too */
    int fd_in;        /* stdin of a warm run; -1: see spec */
    bool zygote;      /* trusted, makes jails itself: no walls but the spaces */
};

/* jail_message.c: bytes and descriptors over a socket.  0 or -1, errno;
 * receive: as recvmsg(). */
#define JAIL_FDS_MAX 8
int tw_jail_send(int sock, const void *bytes, size_t n, const int *fds,
                 size_t n_fds);
ssize_t tw_jail_receive(int sock, void *bytes, size_t n, int *fds,
                        size_t *n_fds);

/* jail_image.c: a plan and a spec as a file in memory, and back.  -1, NULL:
 * errno. */
struct jail_image {
    struct jail_plan plan;
    struct tw_jail_spec spec;
    size_t n_argv;
};
int tw_jail_image_make(const struct jail_plan *p, const struct tw_jail_spec *s);
struct jail_image *tw_jail_image_open(int fd);

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
/* Another one, for it seems to have died. */
int tw_jail_spawner_renew(struct tw_jail *jail);
/* Ask it for a reaper; p->fd_pid says its pid, or 0 where p->fd_report says
 * what failed. */
int tw_jail_spawn(struct tw_jail *jail, const struct jail_plan *p);

/* jail.c */
struct jail_options {
    bool allow_weak;
    bool any_group;
};
enum tw_status tw_jail_open_with(struct tw_jail **jail,
                                 const struct jail_options *o,
                                 struct tw_err *err);

/* zygote.c: the pool of zygotes. */
void tw_jail_pool_open(struct tw_jail *jail);
void tw_jail_pool_close(struct tw_jail *jail);
/* One that is ready for the spec, or NULL: run it cold.  Never waits, but sees
 * to it that there are more next time. */
struct jail_zygote *tw_jail_zygote_take(struct tw_jail *jail,
                                        const struct tw_jail_spec *s);
/* The pidfd of the run's reaper, -1 where the zygote did not make one. */
int tw_jail_zygote_run(struct jail_zygote *z, const struct jail_plan *p);
/* Back to the others, or if it is not sound to its end. */
void tw_jail_zygote_give(struct tw_jail *jail, struct jail_zygote *z,
                         bool sound);

/* jail_child.c: what runs in the forks. */
#define JAIL_NAMESPACES                                          \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | \
     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
void tw_jail_signals_reset(void);
void tw_jail_signals_unblock(void);
/* Where the descriptors of reaper and program are. */
enum {
    JAIL_FD_IN,
    JAIL_FD_OUT,
    JAIL_FD_ERR,
    JAIL_FD_RECORD,
    JAIL_FD_PEER,
    JAIL_FD_REPORT,
    JAIL_N_FDS
};
/* The process that becomes the reaper, as a child of the caller. */
long tw_jail_spaces_make(const struct tw_jail *jail, int group);
_Noreturn void tw_jail_inside(struct jail_plan *p);
/* The part of it that is left where the root exists. */
void tw_jail_reaper_first(struct jail_plan *p);
void tw_jail_reaper_walls(const struct jail_plan *p);
/* System calls without the layers of libc, for the forked processes. */
long tw_jail_clone(unsigned long flags);
/* A fork, into the group if that is not -1, with a pidfd if asked for. */
long tw_jail_clone_into(unsigned long flags, int *pidfd, int group);
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
/* The same from inside of a zygote's root: what is the run's own. */
enum jail_step tw_jail_root_renew(const struct jail_plan *p);
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

#endif /* TW_JAIL_JAIL_PRIV_H */
