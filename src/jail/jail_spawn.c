/*
 * jail_spawn.c - the spawner: one small process that makes the reapers.
 *
 * A fork costs what the page tables of the caller cost, three times per run:
 * with a gigabyte of model in memory that is 80 ms in place of 2. So a fork of
 * the caller, made once when the jail is opened, lets go of all large memory
 * and makes the reapers from then on, as children of the caller.
 */
#define _GNU_SOURCE
#include "jail/jail_child_priv.h"
#include "jail/jail_spawn_priv.h"
#include "jail/jail_walls_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define LARGE_BYTES ((size_t)16 << 20)
#define KEEP_BYTES  ((size_t)1 << 20) /* around stack and thread data */

#if defined(__SANITIZE_ADDRESS__)
#define MAY_FORGET false /* its shadow memory is large, and in use */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define MAY_FORGET false
#endif
#endif
#ifndef MAY_FORGET
#define MAY_FORGET true
#endif

/* out, err, record, report, start, image; then those that the byte of the
 * message has bits for */
enum { N_ALWAYS = 6, F_PEER = N_ALWAYS, F_GROUP, N_PASSED };
enum { HAS_PEER = 1, HAS_GROUP = 2 };

/* ---- in the spawner ---- */

/* strtoul() in a fork may look at the locale; this does not. */
static unsigned long hex_of(const char **at)
{
    unsigned long v = 0;

    for (;; (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9')
            v = v << 4 | (unsigned long)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (unsigned long)(c - 'a' + 10);
        else
            return v;
    }
}

/* The system call itself: addresses are numbers here. */
static void forget_range(unsigned long from, unsigned long to)
{
    if (to > from)
        (void)syscall(SYS_madvise, from, to - from, MADV_DONTNEED);
}

/* "FROM-TO rw-p OFFSET DEV INODE PATH": ours alone, of no file, and large.
 * The kernel joins neighbours, so what is kept (ascending) may lie inside. */
static void forget_line(const char *line, const uintptr_t keep[2])
{
    unsigned long start = hex_of(&line), end = 0;

    if (*line == '-') {
        line++;
        end = hex_of(&line);
    }
    if (end < start + LARGE_BYTES ||
        strncmp(line, " rw-p 00000000 00:00 0", 22) != 0)
        return;
    unsigned long from = start;
    for (size_t i = 0; i < 2; i++) {
        if (keep[i] < start || keep[i] >= end)
            continue;
        unsigned long low = (keep[i] / KEEP_BYTES - 1) * KEEP_BYTES;
        forget_range(from, low);
        if (from < low + 3 * KEEP_BYTES)
            from = low + 3 * KEEP_BYTES;
    }
    forget_range(from, end);
}

/* Large memory becomes zeros.  What we go on with is small (bss, stacks, the
 * heap's first arena) or on the stack; nothing here allocates. */
static void forget_large(void)
{
    char text[4096];
    size_t have = 0;
    const uintptr_t stack = (uintptr_t)text, thread = (uintptr_t)&errno;
    uintptr_t keep[2] = { stack, thread };
    if (thread < stack) {
        keep[0] = thread;
        keep[1] = stack;
    }
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    for (;;) {
        ssize_t n = read(fd, text + have, sizeof(text) - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        text[have] = '\0';
        char *line = text, *end;
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
            forget_line(line, keep);
        have -= (size_t)(line - text);
        memmove(text, line, have);
        if (have == sizeof(text) - 1)
            break; /* no line is that long */
    }
    if (fd >= 0)
        close(fd);
}

/* The fds of one request, -1 where there is none, or false: the caller is
 * gone. */
static bool receive(int sock, int fds[N_PASSED])
{
    char has;
    int got[JAIL_FDS_MAX];
    size_t n_fds, at = N_ALWAYS;

    if (tw_jail_receive(sock, &has, 1, got, &n_fds) != 1 ||
        n_fds != N_ALWAYS + (size_t)__builtin_popcount((unsigned)has))
        return false;
    memcpy(fds, got, N_ALWAYS * sizeof(*fds));
    fds[F_PEER] = fds[F_GROUP] = -1;
    if (has & HAS_PEER)
        fds[F_PEER] = got[at++];
    if (has & HAS_GROUP)
        fds[F_GROUP] = got[at];
    return true;
}

/* The child of the spawner that becomes the reaper.  The descriptors have
 * numbers of this process, the plan has those of the caller. */
static _Noreturn void spawned(const struct tw_jail *jail, const int *fds)
{
    struct jail_image *im = tw_jail_image_open(fds[5]);

    if (!im)
        tw_jail_quit(1);
    im->plan.jail = jail;
    im->plan.spec = &im->spec;
    im->plan.fd_out = fds[0];
    im->plan.fd_err = fds[1];
    im->plan.fd_record = fds[2];
    im->plan.fd_report = fds[3];
    im->plan.fd_peer = fds[F_PEER];
    tw_jail_inside(&im->plan);
}

/* A reaper for one request.  Its pid, or 0 where there is none, and failed says
 * why; the uid's failure is told to each request. */
static int32_t reaper_make(const struct tw_jail *jail, const int *fds,
                           int uid_errno, struct jail_report *failed)
{
    *failed = (struct jail_report){ .kind = JAIL_KIND_SETUP,
                                    .code = uid_errno,
                                    .step = JAIL_STEP_UID };
    if (uid_errno)
        return 0;
    long pid = tw_jail_spaces_make(jail, fds[F_GROUP]);
    if (pid == 0)
        spawned(jail, fds);
    if (pid > 0)
        return (int32_t)pid;
    failed->code = errno;
    failed->step = JAIL_STEP_CLONE;
    return 0;
}

/* uid_errno: why the uid could not be taken, told to each request. */
static _Noreturn void serve(const struct tw_jail *jail, int sock, int uid_errno)
{
    for (int fds[N_PASSED]; receive(sock, fds);) {
        struct jail_report failed;
        const int32_t say = reaper_make(jail, fds, uid_errno, &failed);
        if (say == 0 && write(fds[3], &failed, sizeof(failed)) < 0)
            tw_jail_quit(1);
        /* Twice, for the caller has to know whom to wait for. */
        ssize_t n = write(fds[4], &say, sizeof(say));
        if (n < 0)
            n = write(fds[4], &say, sizeof(say));
        (void)n; /* the caller sees the end of the pipe */
        for (int i = 0; i < N_PASSED; i++)
            if (fds[i] >= 0)
                close(fds[i]);
    }
    tw_jail_quit(0);
}

/* All of the spawner.  The jail and its filter move to this stack, for the
 * heap may be forgotten. */
static _Noreturn void spawner(const struct tw_jail *jail, int sock)
{
    _Alignas(8) char filter[JAIL_FILTER_BYTES_MAX];
    struct tw_jail own;

    memcpy(&own, jail, sizeof(own));
    memcpy(filter, jail->bpf, tw_jail_filter_bytes(jail));
    own.bpf = (void *)filter;
    tw_jail_signals_reset();
    (void)setsid();
    /* With the caller's end open here as well, its closing would not show. */
    if ((sock > 0 && syscall(SYS_close_range, 0u, (unsigned)sock - 1, 0u)) ||
        syscall(SYS_close_range, (unsigned)sock + 1, ~0u, 0u))
        tw_jail_quit(1);
    if (MAY_FORGET)
        forget_large();
    int uid_errno = 0;
    if (own.root && own.userns && tw_jail_uid_take(own.uid, own.uid))
        uid_errno = errno;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    serve(&own, sock, uid_errno);
}

/* ---- in the caller ---- */

/* It ends by itself when its socket does. */
void tw_jail_spawner_stop(struct tw_jail *jail)
{
    int status;

    if (jail->spawner <= 0)
        return;
    close(jail->sock);
    while (waitpid(jail->spawner, &status, 0) < 0 && errno == EINTR)
        continue;
    jail->spawner = 0;
}

/* Also in place of one that has died.  It must not inherit a handler of
 * ours, and it goes into the group that limits helpers, or groups with
 * limits below could not be made. */
int tw_jail_spawner_start(struct tw_jail *jail)
{
    int sock[2];
    sigset_t all, old;

    tw_jail_spawner_stop(jail);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock))
        return -1;
    /* A handler of the caller must not run in a fork of it. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    long pid = tw_jail_clone(0);
    if (pid == 0)
        spawner(jail, sock[1]);
    int keep = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    close(sock[1]);
    errno = keep;
    if (pid < 0) {
        close(sock[0]);
        return -1;
    }
    jail->spawner = (pid_t)pid;
    jail->sock = sock[0];
    if (tw_jail_groups_enter(jail, jail->spawner)) {
        tw_jail_spawner_stop(jail);
        return -1;
    }
    return 0;
}

/* One request; the answer comes by the plan's own pipes, so that many
 * callers need not wait for each other. */
static int ask(const struct jail_plan *p)
{
    const int image = tw_jail_image_make(p, p->spec);
    int fds[N_PASSED] = { p->fd_out,    p->fd_err, p->fd_record,
                          p->fd_report, p->fd_pid, image };
    size_t n = N_ALWAYS;
    char has = 0;

    if (image < 0)
        return -1;
    if (p->fd_peer >= 0) {
        has |= HAS_PEER;
        fds[n++] = p->fd_peer;
    }
    if (p->fd_group >= 0) {
        has |= HAS_GROUP;
        fds[n++] = p->fd_group;
    }
    int rc = tw_jail_send(p->jail->sock, &has, 1, fds, n);
    int keep = errno;
    close(image);
    errno = keep;
    return rc;
}

int tw_jail_spawner_renew(struct tw_jail *jail)
{
    pthread_mutex_lock(&jail->spawning);
    int rc = tw_jail_spawner_start(jail);
    pthread_mutex_unlock(&jail->spawning);
    return rc;
}

int tw_jail_spawn(struct tw_jail *jail, const struct jail_plan *p)
{
    pthread_mutex_lock(&jail->spawning);
    int rc = ask(p);
    /* Somebody has ended it, which is no reason to give up. */
    if (rc && (errno == EPIPE || errno == ECONNRESET) &&
        tw_jail_spawner_start(jail) == 0)
        rc = ask(p);
    int keep = errno;
    pthread_mutex_unlock(&jail->spawning);
    errno = keep;
    return rc;
}
