/*
 * jail.h - run one untrusted program under limits; results leave as bytes.
 *
 * New user, mount, pid, net, ipc, uts and cgroup namespaces; a tmpfs root with
 * read-only binds of /usr and what it needs; no capabilities, no_new_privs,
 * Landlock, seccomp allow-list, rlimits, a wall clock outside, capped output.
 * Where namespaces are missing tw_jail_open() refuses and says what to change
 * (tier B only with allow_weak, and then every result says so).
 * What is said here is how the program ended.  It never becomes "pass"
 * for a test case: cases are judged outside, from values (pyrun.h).
 */
#ifndef TW_JAIL_JAIL_H
#define TW_JAIL_JAIL_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_jail_tier { TW_JAIL_TIER_A, TW_JAIL_TIER_A_MINUS, TW_JAIL_TIER_B };

struct tw_jail; /* what the host allows, probed once */

/* The work folder inside: the current directory of the program, and where the
 * files of the spec are.  A program among them starts as "/box/work/NAME". */
#define TW_JAIL_WORK "/box/work"

struct tw_jail_limits {
    double wall_s;
    double cpu_s;
    size_t mem_bytes;  /* address space of a process, and sum of the run */
    size_t disk_bytes; /* work folder and /tmp */
    size_t out_bytes;  /* cap of each output stream; the rest is drained, and
                        * a flood of 16 times as much ends the run */
    unsigned n_procs;
    unsigned n_files; /* open descriptors */
    /* For virtual machines that reserve address space by the gigabyte (V8,
     * Java, Go): no RLIMIT_AS, only the watch over resident memory. */
    bool wide_address;
};

/* A file put into the work folder before the start, readable and executable. */
struct tw_jail_file {
    const char *name; /* [A-Za-z0-9._-], may hold '/' between such names */
    const void *bytes;
    size_t n;
};

/*
 * A program of ours that a warm interpreter (a zygote) keeps ready.  The jail
 * knows of an interpreter only what is said here.  A constant that outlives
 * every jail: two specs mean the same driver when they name the same object.
 *
 * The interpreter starts in a work folder that holds its driver as the file
 * TW_JAIL_DRIVER_FILE, loads it, and calls forkpty(): that returns 0 in each
 * run, where the driver then reads its job from descriptor 0.
 */
#define TW_JAIL_DRIVER_FILE  "driver"
#define TW_JAIL_DRIVER_WORDS 16
struct tw_jail_driver {
    /* Full path of the interpreter; NULL: there is none on this host. */
    const char *(*program)(void);
    const char *const *words; /* its arguments, NULL-ended, fewer than
                               * TW_JAIL_DRIVER_WORDS */
    const char *text;         /* of the driver */
    /* A job that shows what one changes in memory. */
    void (*trial)(struct tw_buf *b);
    /* What the other run of a pair says first in the trial; NULL: the driver
     * talks to nobody. */
    void (*talk)(struct tw_buf *b);
};

struct tw_jail_spec {
    const char *const *argv; /* NULL-ended; argv[0] a full path inside */
    /* Not NULL: a fork of a zygote in namespaces of its own may run the driver
     * in place of argv; argv must do the same, cold, and is used where there
     * is no zygote.  Borrowed. */
    const struct tw_jail_driver *warm;
    /* A folder of the host, seen read-only as "/box/lib", in every tier also
     * as "../lib" of the work folder; NULL: none.  Trusted: headers and
     * libraries of ours, never a work folder.  Its path and what is in it must
     * be open to all users: the run has a uid of its own. */
    const char *lib_folder;
    const struct tw_jail_file *files;
    size_t n_files;
    const void *stdin_bytes; /* NULL: /dev/null */
    size_t n_stdin;
    struct tw_jail_limits limits;
    /* The program has no descriptor 3, the result pipe. */
    bool no_record;
    /* Of a pair: the socket is descriptor 0, and not 4. */
    bool peer_in;
    /* Nothing by which a program knows this jail: another folder than "/box",
     * user, host name, time zone, seed of hashes, order of PATH.  For a second
     * run, to see whether the program is another one elsewhere.  Cold. */
    bool elsewhere;
};

enum tw_end {
    TW_END_PASS, /* jail: exit status 0 */
    TW_END_FAIL,
    TW_END_ERROR, /* jail: exit status not 0 */
    TW_END_TIMEOUT,
    TW_END_LIMIT,
    TW_END_DENIED,
    TW_END_SIGNAL,
    TW_END_HARNESS,     /* our own fault: never the program's pass or fail */
    TW_END_UNSUPPORTED, /* of judges: the tests need what they do not have */
};
/* "pass", "fail", ... as in exec --json. */
const char *tw_end_name(enum tw_end v);

struct tw_jail_result {
    enum tw_end end;
    char cause[160]; /* one line: "memory limit of 512 MiB", "exit status 3" */
    int exit_code;   /* -1 when it did not exit */
    int signal;      /* 0 when none */
    double cpu_ms, wall_ms, peak_mib;
    struct tw_buf out, err; /* as written, untrusted */
    struct tw_buf record;   /* bytes of descriptor 3: the result pipe */
    bool truncated;
};

/* Probe the host.  TW_EIO with the true cause when it cannot isolate.  Makes a
 * small process that starts the runs, so open it before memory is filled; the
 * jail belongs to this process, a fork of it opens its own. */
enum tw_status tw_jail_open(struct tw_jail **jail, bool allow_weak,
                            struct tw_err *err) TW_NODISCARD;
void tw_jail_close(struct tw_jail *jail);
enum tw_jail_tier tw_jail_tier(const struct tw_jail *jail);
/* stop: asked all the time from then on, by every thread that runs something;
 * once it is true, runs are ended and tw_jail_run() gives TW_ECANCELED. */
void tw_jail_stop_when(struct tw_jail *jail, bool (*stop)(void));

/* Defaults: 10 s wall, 10 s CPU, 512 MiB, 32 MiB disk, 1 MiB output, 16
 * processes, 64 descriptors. */
struct tw_jail_limits tw_jail_limits_default(void);

void tw_jail_result_init(struct tw_jail_result *r);
void tw_jail_result_release(struct tw_jail_result *r);

/* Run to the end.  TW_OK also when the program failed; other codes only for
 * wrong arguments and out of memory (faults of ours inside a run give the
 * end HARNESS).  Thread-safe on one jail. */
enum tw_status tw_jail_run(struct tw_jail *jail, const struct tw_jail_spec *s,
                           struct tw_jail_result *r,
                           struct tw_err *err) TW_NODISCARD;

/* Warm runs begin by themselves: the first ones start cold, while a zygote
 * boots beside them, and more are made as more runs go on at once.  This one
 * waits until n of a driver are ready, if the host lets them be at all; how
 * many there are then (0: everything starts cold, with the same results). */
unsigned tw_jail_warm_up(struct tw_jail *jail,
                         const struct tw_jail_driver *driver, unsigned n);
/* How many zygotes are ready or at work. */
unsigned tw_jail_n_warm(struct tw_jail *jail);

/* Two runs at once, each in its own jail, joined by a pair of stream sockets:
 * descriptor 4 in both.  Run 0 is the candidate, run 1 its tests.  When run 1
 * ends, run 0 is ended too, which is not held against it (end PASS, exit
 * code -1, cause "ended with its tests"); when run 0 ends, run 1 reads the end
 * of its socket.  Limits hold for each by itself. */
enum tw_status tw_jail_run_pair(struct tw_jail *jail,
                                const struct tw_jail_spec s[2],
                                struct tw_jail_result r[2],
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_JAIL_JAIL_H */
