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
    bool (*stop)(void);        /* NULL: runs end by themselves */
    atomic_uint n_runs;        /* numbers for uids and names */
    pthread_mutex_t weak_turn; /* tier B: one run at a time */
    pthread_mutex_t spawning;  /* one request at a time */
};

/* Where setting up failed; the names are in jail_end.c. */
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

/* What a program can know a run by, beside its limits. */
struct jail_marks {
    const char *box; /* "/box": one name below "/" */
    const char *user, *host;
    unsigned id;                    /* of user and group, inside */
    const char *zone, *seed, *path; /* "TZ=UTC", of the environment */
};
/* jail_root.c: of the usual run, or of spec.elsewhere. */
const struct jail_marks *tw_jail_marks(bool elsewhere);

/* jail.c: for tests, which may want a group that is not ours. */
struct jail_options {
    bool allow_weak;
    bool any_group;
};
enum tw_status tw_jail_open_with(struct tw_jail **jail,
                                 const struct jail_options *o,
                                 struct tw_err *err);

#endif /* TW_JAIL_JAIL_PRIV_H */
