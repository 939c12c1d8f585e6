/*
 * zygote.c - the pool of zygotes: interpreters with a driver loaded, in jails
 * of their own, that fork a run in about a millisecond; a cold start of Python
 * costs six times that.
 *
 * The pool grows by itself, beside runs that start cold meanwhile, and never
 * makes a run wait.  Zygotes of no use are counted, and after TRIES in a row
 * all is cold from then on: the results are the same, only later.  What a
 * driver is, its owner says (struct tw_jail_driver); here drivers are compared
 * and nothing else.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "jail/jail_spawn_priv.h"
#include "jail/jail_walls_priv.h"
#include "jail/warm.h"
#include "jail/zygote_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* So many zygotes in a row that do not start, or start no run, and all runs
 * are cold from then on. */
#define TRIES        3
#define BOOT_S       10.0
#define WAIT_MS      20
#define END_MS       500
#define ANSWER_S     10 /* of a zygote that only has to make a process */
#define ZYGOTE_BYTES ((size_t)4 << 20) /* its module and texts */
#define TRIAL_BYTES  ((size_t)1 << 16) /* of a job for it */

/* Made into an array at build time. */
extern const char tw_warm_module[];
extern const size_t tw_warm_module_size;

void tw_jail_pool_open(struct tw_jail *jail)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    pthread_mutex_init(&jail->pool.lock, NULL);
    if (n < 1)
        n = 1;
    if (n > JAIL_ZYGOTES_MAX / 4)
        n = JAIL_ZYGOTES_MAX / 4;
    /* A pair of runs needs two for one processor; and drivers are several,
     * of which not all are wanted at the same time. */
    jail->pool.n_max = 4 * (size_t)n;
}

/* It ends when its socket does; if it does not, its reaper is killed, and with
 * that the kernel ends all that is in its namespaces. */
static void zygote_end(const struct jail_zygote *z, bool gently)
{
    struct pollfd p = { z->fd_report, POLLIN, 0 };
    int status;

    close(z->sock);
    if (gently)
        (void)poll(&p, 1, END_MS);
    (void)kill(z->reaper, SIGKILL); /* not waited for yet: the pid is ours */
    close(z->fd_report);            /* ends it too */
    while (waitpid(z->reaper, &status, 0) < 0 && errno == EINTR)
        continue;
}

void tw_jail_pool_close(struct tw_jail *jail)
{
    for (size_t i = 0; i < JAIL_ZYGOTES_MAX; i++)
        if (jail->pool.zygotes[i].state != ZYGOTE_NONE)
            zygote_end(&jail->pool.zygotes[i],
                       jail->pool.zygotes[i].state == ZYGOTE_FREE);
    pthread_mutex_destroy(&jail->pool.lock);
}

/* ---- starting one ---- */

struct start {
    int sock[2], out[2], report[2], pid[2];
};

/* Descriptors of one start; on failure start_close() closes what there is. */
static int start_open(struct start *s)
{
    struct timeval patience = { .tv_sec = ANSWER_S };

    memset(s, -1, sizeof(*s));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->sock) ||
        pipe2(s->out, O_CLOEXEC) || pipe2(s->report, O_CLOEXEC) ||
        pipe2(s->pid, O_CLOEXEC))
        return -1;
    return setsockopt(s->sock[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
                      sizeof(patience));
}

static void start_close(struct start *s)
{
    int *const fds[] = { s->sock, s->out, s->report, s->pid };

    for (size_t i = 0; i < 2 * TW_ARRAY_LEN(fds); i++)
        if (fds[i / 2][i % 2] >= 0)
            close(fds[i / 2][i % 2]);
}

/* What the module needs of the jail to raise the same walls (warm.h). */
static void walls_fill(struct warm_walls *w, const struct tw_jail *jail)
{
    memset(w, 0, sizeof(*w));
    w->abi = jail->abi;
    w->proc = jail->proc;
    w->n_filter = (uint32_t)tw_jail_filter_bytes(jail);
    memcpy(w->filter, jail->bpf, w->n_filter);
}

/* What a driver says for its trial.  Encoded anew for each zygote: they are
 * few, and a cache would be state of the process. */
struct trial {
    struct tw_buf job, talk;
};

static bool trial_make(struct trial *t, const struct tw_jail_driver *driver)
{
    tw_buf_init(&t->job, TRIAL_BYTES);
    tw_buf_init(&t->talk, TRIAL_BYTES);
    driver->trial(&t->job);
    if (driver->talk)
        driver->talk(&t->talk);
    return !t->job.failed && !t->talk.failed;
}

static void trial_release(struct trial *t)
{
    tw_buf_release(&t->job);
    tw_buf_release(&t->talk);
}

/* Files of the zygote's work folder; how many.  A driver that talks to nobody
 * has no file WARM_TALK; one that does may have an empty one. */
static size_t files_fill(struct tw_jail_file files[5],
                         const struct tw_jail_driver *driver,
                         const struct trial *t, const struct warm_walls *walls)
{
    files[0] = (struct tw_jail_file){ WARM_MODULE, tw_warm_module,
                                      tw_warm_module_size };
    files[1] = (struct tw_jail_file){ WARM_WALLS, walls, sizeof(*walls) };
    files[2] = (struct tw_jail_file){ TW_JAIL_DRIVER_FILE, driver->text,
                                      strlen(driver->text) };
    files[3] =
        (struct tw_jail_file){ WARM_TRIAL, tw_buf_text(&t->job), t->job.len };
    files[4] =
        (struct tw_jail_file){ WARM_TALK, tw_buf_text(&t->talk), t->talk.len };
    if (driver->talk)
        return 5;
    return 4;
}

/* The interpreter and its words, as argv. */
static void argv_fill(const char *argv[TW_JAIL_DRIVER_WORDS + 1],
                      const char *program, const char *const *words)
{
    size_t n = 0;

    argv[n++] = program;
    for (; *words; words++) {
        TW_ASSERT(n < TW_JAIL_DRIVER_WORDS);
        argv[n++] = *words;
    }
    argv[n] = NULL;
}

/* A program that is not bounded: it is ours. */
static int spawn(struct tw_jail *jail, const struct start *s,
                 const struct tw_jail_driver *driver, const struct trial *t)
{
    const char *argv[TW_JAIL_DRIVER_WORDS + 1];
    struct warm_walls walls;
    struct tw_jail_file files[5];
    const struct tw_jail_spec spec = { .argv = argv,
                                       .files = files,
                                       .n_files =
                                           files_fill(files, driver, t, &walls),
                                       .stdin_bytes = "",
                                       .limits = tw_jail_limits_default() };
    struct jail_plan p = { .jail = jail,
                           .spec = &spec,
                           .uid = getuid(),
                           .gid = getgid(),
                           .fd_in = -1,
                           .fd_out = s->out[1],
                           .fd_err = s->out[1],
                           .fd_record = s->out[1],
                           .fd_peer = s->sock[1],
                           .fd_report = s->report[1],
                           .fd_pid = s->pid[1],
                           .fd_group = -1,
                           .box = "/box",
                           .zygote = true };

    if (jail->root)
        p.uid = p.gid = jail->uid;
    argv_fill(argv, driver->program(), driver->words);
    walls_fill(&walls, jail);
    snprintf(p.box_options, sizeof(p.box_options),
             "size=%zu,nr_inodes=256,mode=755", ZYGOTE_BYTES);
    return tw_jail_spawn(jail, &p);
}

/* It boots beside us; its socket says when it is ready. */
static int zygote_start(struct tw_jail *jail, struct jail_zygote *z,
                        const struct tw_jail_driver *driver)
{
    struct start s;
    struct trial t;
    int32_t pid = 0;

    int rc = start_open(&s);
    if (!trial_make(&t, driver))
        rc = -1;
    if (rc == 0)
        rc = spawn(jail, &s, driver, &t);
    trial_release(&t);
    close(s.pid[1]);
    s.pid[1] = -1;
    ssize_t n = 0;
    if (rc == 0)
        do
            n = read(s.pid[0], &pid, sizeof(pid));
        while (n < 0 && errno == EINTR);
    if (n != sizeof(pid) || !pid)
        rc = -1;
    if (rc == 0) {
        *z = (struct jail_zygote){ .state = ZYGOTE_BOOTS,
                                   .driver = driver,
                                   .reaper = (pid_t)pid,
                                   .sock = s.sock[0],
                                   .fd_report = s.report[0] };
        s.sock[0] = s.report[0] = -1;
    }
    start_close(&s);
    return rc;
}

/* ---- the pool; its lock is held ---- */

static void look_at_booting(struct jail_pool *pool, struct jail_zygote *z)
{
    struct pollfd p = { z->sock, POLLIN, 0 };
    struct warm_reply ready;
    int none[JAIL_FDS_MAX];
    size_t n;

    if (poll(&p, 1, 0) <= 0)
        return;
    if (tw_jail_receive(z->sock, &ready, sizeof(ready), none, &n) ==
        (ssize_t)sizeof(ready)) {
        z->state = ZYGOTE_FREE;
        return;
    }
    zygote_end(z, false);
    z->state = ZYGOTE_NONE;
    pool->n_failed++;
}

/* A place for one more: an empty one, or that of one of another driver which
 * has nothing to do.  NULL: all are at work. */
static struct jail_zygote *place_for(struct jail_pool *pool,
                                     const struct tw_jail_driver *driver)
{
    struct jail_zygote *other = NULL;

    for (size_t i = 0; i < pool->n_max; i++) {
        struct jail_zygote *z = &pool->zygotes[i];
        if (z->state == ZYGOTE_NONE)
            return z;
        if (z->state == ZYGOTE_FREE && z->driver != driver)
            other = z;
    }
    if (other) {
        zygote_end(other, true);
        other->state = ZYGOTE_NONE;
    }
    return other;
}

/* One boots, if there is room and it makes sense, and none of the driver does
 * already.  The one, or NULL. */
static struct jail_zygote *boot(struct tw_jail *jail,
                                const struct tw_jail_driver *driver)
{
    struct jail_pool *pool = &jail->pool;

    for (size_t i = 0; i < pool->n_max; i++) {
        struct jail_zygote *z = &pool->zygotes[i];
        if (z->state != ZYGOTE_BOOTS)
            continue;
        look_at_booting(pool, z);
        if (z->state != ZYGOTE_NONE && z->driver == driver)
            return z; /* soon, or just now */
    }
    if (pool->n_failed >= TRIES || !driver->program())
        return NULL;
    struct jail_zygote *z = place_for(pool, driver);
    if (z && zygote_start(jail, z, driver) == 0)
        return z;
    pool->n_failed++;
    return NULL;
}

/* One that is free, or NULL, with one that boots for the next time. */
static struct jail_zygote *take(struct tw_jail *jail,
                                const struct tw_jail_driver *driver)
{
    struct jail_pool *pool = &jail->pool;

    for (size_t i = 0; i < pool->n_max; i++) {
        struct jail_zygote *z = &pool->zygotes[i];
        if (z->state == ZYGOTE_BOOTS)
            look_at_booting(pool, z);
        if (z->state == ZYGOTE_FREE && z->driver == driver) {
            z->state = ZYGOTE_TAKEN;
            return z;
        }
    }
    (void)boot(jail, driver);
    return NULL;
}

/* Of one driver; NULL: of all. */
static unsigned count(const struct jail_pool *pool,
                      const struct tw_jail_driver *driver)
{
    unsigned n = 0;

    for (size_t i = 0; i < pool->n_max; i++)
        n += (!driver || pool->zygotes[i].driver == driver) &&
             (pool->zygotes[i].state == ZYGOTE_FREE ||
              pool->zygotes[i].state == ZYGOTE_TAKEN);
    return n;
}

/* ---- the pool, from outside ---- */

/* A zygote makes user namespaces in its own, and nothing else can it be. */
static bool can_be_warm(const struct tw_jail *jail)
{
    return jail->tier != TW_JAIL_TIER_B && jail->userns;
}

/* Of all drivers. */
unsigned tw_jail_n_warm(struct tw_jail *jail)
{
    pthread_mutex_lock(&jail->pool.lock);
    unsigned n = count(&jail->pool, NULL);
    pthread_mutex_unlock(&jail->pool.lock);
    return n;
}

unsigned tw_jail_warm_up(struct tw_jail *jail,
                         const struct tw_jail_driver *driver, unsigned n)
{
    const double end = tw_clock_mono() + BOOT_S;
    unsigned have = 0;

    if (!driver || !can_be_warm(jail))
        return 0;
    for (bool more = true; more && tw_clock_mono() < end;) {
        pthread_mutex_lock(&jail->pool.lock);
        have = count(&jail->pool, driver);
        const struct jail_zygote *z = NULL;
        struct pollfd p = { -1, POLLIN, 0 };
        if (have < n)
            z = boot(jail, driver);
        if (z)
            p.fd = z->sock;
        have = count(&jail->pool, driver);
        more = z && have < n;
        pthread_mutex_unlock(&jail->pool.lock);
        /* Another thread may end this one; then the time does it. */
        if (more)
            (void)poll(&p, 1, WAIT_MS);
    }
    return have;
}

/* A run of a zygote has no library folder, since the zygote's root is fixed,
 * and needs room for descriptors to be arranged. */
static bool may_be_warm(const struct tw_jail *jail,
                        const struct tw_jail_spec *s)
{
    return can_be_warm(jail) && s->argv && s->warm && !s->lib_folder &&
           s->limits.n_files >= WARM_FILES_MIN;
}

struct jail_zygote *tw_jail_zygote_take(struct tw_jail *jail,
                                        const struct tw_jail_spec *s)
{
    if (!may_be_warm(jail, s))
        return NULL;
    pthread_mutex_lock(&jail->pool.lock);
    struct jail_zygote *z = take(jail, s->warm);
    pthread_mutex_unlock(&jail->pool.lock);
    return z;
}

/* Ending one takes time, so it is done before the lock; the place is still
 * TAKEN, and nobody else's. */
void tw_jail_zygote_give(struct tw_jail *jail, struct jail_zygote *z,
                         bool sound)
{
    if (!sound)
        zygote_end(z, false);
    pthread_mutex_lock(&jail->pool.lock);
    if (sound) {
        z->state = ZYGOTE_FREE;
        jail->pool.n_failed = 0;
    } else {
        z->state = ZYGOTE_NONE;
        jail->pool.n_failed++;
    }
    pthread_mutex_unlock(&jail->pool.lock);
}

/* ---- a request ---- */

/* Bytes as a file that nobody can change any more; -1 with errno. */
static int stdin_make(const struct tw_jail_spec *s)
{
    const char *at = s->stdin_bytes;
    int fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    for (size_t done = 0; done < s->n_stdin;) {
        ssize_t n = pwrite(fd, at + done, s->n_stdin - done, (off_t)done);
        if (n <= 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        if (n > 0)
            done += (size_t)n;
    }
    if (fcntl(fd, F_ADD_SEALS,
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Only the files: the words of argv mean nothing there. */
static int files_make(const struct jail_plan *p)
{
    const struct tw_jail_spec s = { .files = p->spec->files,
                                    .n_files = p->spec->n_files };
    const struct jail_plan nothing = { .fd_in = -1 };

    return tw_jail_image_make(&nothing, &s);
}

/* The answer to a request: -1 with errno where there is no run. */
static int pidfd_receive(const struct jail_zygote *z)
{
    struct warm_reply reply;
    int fds[JAIL_FDS_MAX];
    size_t n_fds;

    if (tw_jail_receive(z->sock, &reply, sizeof(reply), fds, &n_fds) !=
        (ssize_t)sizeof(reply))
        return -1;
    if (n_fds == 1)
        return fds[0];
    errno = reply.error;
    return -1;
}

/* The descriptors that are made here are closed here: the zygote has its own
 * of them then. */
int tw_jail_zygote_run(struct jail_zygote *z, const struct jail_plan *p)
{
    const struct tw_jail_spec *s = p->spec;
    struct warm_request m = { .n_procs = p->n_procs, .limits = s->limits };
#ifdef TW_FAULTS
    m.fault = tw_fault_far();
#endif
    int fds[JAIL_FDS_MAX] = { p->fd_out, p->fd_err, p->fd_record,
                              p->fd_report };
    size_t n = WARM_N_ALWAYS;
    bool bad = false;

    memcpy(m.box_options, p->box_options, sizeof(m.box_options));
    if (s->stdin_bytes) {
        m.has |= WARM_HAS_STDIN;
        bad |= (fds[n++] = stdin_make(s)) < 0;
    }
    if (s->n_files) {
        m.has |= WARM_HAS_FILES;
        bad |= (fds[n++] = files_make(p)) < 0;
    }
    const size_t n_own = n;
    if (p->fd_peer >= 0) {
        m.has |= WARM_HAS_PEER;
        fds[n++] = p->fd_peer;
    }
    if (p->fd_group >= 0) {
        m.has |= WARM_HAS_GROUP;
        fds[n++] = p->fd_group;
    }
    bad = bad || tw_jail_send(z->sock, &m, sizeof(m), fds, n);
    for (size_t i = WARM_N_ALWAYS; i < n_own; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (bad)
        return -1;
    return pidfd_receive(z);
}
