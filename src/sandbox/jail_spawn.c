#define _GNU_SOURCE
#include "sandbox/jail_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

/* A fork costs what the page tables of the caller cost, three times per run:
 * with a gigabyte of model in memory that is 80 ms in place of 2.  So a fork
 * of the caller, made once when the jail is opened, lets go of all large
 * memory and makes the reapers from then on, as children of the caller. */

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

/* out, err, record, report, start, image; peer where there is one */
enum { N_ALWAYS = 6, N_PASSED };

/* A request: this head, room for the arrays, then the bytes in order: words
 * of argv, names and bytes of files, the library folder, stdin.  Written by us,
 * read by a fork of us: the layout of the structs is the same. */
struct image {
    struct jail_plan plan;
    struct tw_jail_spec spec;
    size_t n_argv;
};

/* ---- in the spawner ---- */

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
    const uintptr_t keep[2] = { stack < thread ? stack : thread,
                                stack < thread ? thread : stack };
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
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(N_PASSED * sizeof(int))];
    } control;
    char byte;
    struct iovec part = { &byte, 1 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof(control.bytes) };
    ssize_t n;

    do
        n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    size_t bytes = n <= 0 || !c ? 0 : c->cmsg_len - CMSG_LEN(0);
    if (bytes != N_ALWAYS * sizeof(int) && bytes != N_PASSED * sizeof(int))
        return false;
    fds[N_ALWAYS] = -1;
    memcpy(fds, CMSG_DATA(c), bytes);
    return true;
}

/* Put the pointers back that a file cannot carry; NULL where it fails. */
static struct image *image_open(int fd)
{
    struct stat st;

    if (fstat(fd, &st))
        return NULL;
    char *base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return NULL;
    struct image *im = (void *)base;
    const char **argv = (void *)(base + sizeof(*im));
    struct tw_jail_file *files = (void *)(argv + im->n_argv + 1);
    const char *at = (const char *)(files + im->spec.n_files);
    for (size_t i = 0; i < im->n_argv; i++, at += strlen(at) + 1)
        argv[i] = at;
    argv[im->n_argv] = NULL;
    for (size_t i = 0; i < im->spec.n_files; i++) {
        files[i].name = at;
        at += strlen(at) + 1;
        files[i].bytes = at;
        at += files[i].n;
    }
    im->spec.argv = im->n_argv ? argv : NULL;
    im->spec.files = files;
    if (im->spec.lib_folder) {
        im->spec.lib_folder = at;
        at += strlen(at) + 1;
    }
    if (im->spec.stdin_bytes)
        im->spec.stdin_bytes = at;
    return im;
}

static _Noreturn void spawned(const struct tw_jail *jail, const int *fds)
{
    struct image *im = image_open(fds[5]);

    if (!im)
        tw_jail_quit(1);
    im->plan.jail = jail;
    im->plan.spec = &im->spec;
    im->plan.fd_out = fds[0];
    im->plan.fd_err = fds[1];
    im->plan.fd_record = fds[2];
    im->plan.fd_report = fds[3];
    im->plan.fd_peer = fds[N_ALWAYS];
    tw_jail_inside(&im->plan);
}

/* uid_errno: why the uid could not be taken, told to each request. */
static _Noreturn void serve(const struct tw_jail *jail, int sock, int uid_errno)
{
    for (int fds[N_PASSED]; receive(sock, fds);) {
        long pid = uid_errno ? -1 : tw_jail_spaces_make(jail);
        if (pid == 0)
            spawned(jail, fds);
        const struct jail_report failed = { JAIL_KIND_SETUP,
                                            uid_errno ? uid_errno : errno,
                                            uid_errno ? JAIL_STEP_UID
                                                      : JAIL_STEP_CLONE };
        if (pid < 0 && write(fds[3], &failed, sizeof(failed)) < 0)
            tw_jail_quit(1);
        int32_t say = (int32_t)(pid < 0 ? 0 : pid);
        ssize_t n = write(fds[4], &say, sizeof(say));
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
    if (sock > 0)
        (void)syscall(SYS_close_range, 0u, (unsigned)sock - 1, 0u);
    (void)syscall(SYS_close_range, (unsigned)sock + 1, ~0u, 0u);
    if (MAY_FORGET)
        forget_large();
    int uid_errno = 0;
    if (own.root && own.userns && tw_jail_uid_take(own.uid, own.uid))
        uid_errno = errno;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    serve(&own, sock, uid_errno);
}

/* ---- in the caller ---- */

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
    return 0;
}

static char *put(char *at, const void *bytes, size_t n)
{
    if (n)
        memcpy(at, bytes, n);
    return at + n;
}

static size_t image_size(const struct tw_jail_spec *s, size_t n_argv)
{
    size_t n = sizeof(struct image) + (n_argv + 1) * sizeof(char *) +
               s->n_files * sizeof(*s->files) + s->n_stdin;

    if (s->lib_folder)
        n += strlen(s->lib_folder) + 1;
    for (size_t i = 0; i < n_argv; i++)
        n += strlen(s->argv[i]) + 1;
    for (size_t i = 0; i < s->n_files; i++)
        n += strlen(s->files[i].name) + 1 + s->files[i].n;
    return n;
}

/* The request as a file in memory; -1 with errno. */
static int image_make(const struct jail_plan *p)
{
    const struct tw_jail_spec *s = p->spec;
    struct image head = { *p, *s, 0 };

    while (s->argv && s->argv[head.n_argv])
        head.n_argv++;
    size_t size = image_size(s, head.n_argv);
    int fd = memfd_create("job", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    char *base =
        ftruncate(fd, (off_t)size)
            ? MAP_FAILED
            : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        close(fd);
        return -1;
    }
    char *at = put(base, &head, sizeof(head));
    at += (head.n_argv + 1) * sizeof(char *);
    at = put(at, s->files, s->n_files * sizeof(*s->files));
    for (size_t i = 0; i < head.n_argv; i++)
        at = put(at, s->argv[i], strlen(s->argv[i]) + 1);
    for (size_t i = 0; i < s->n_files; i++) {
        at = put(at, s->files[i].name, strlen(s->files[i].name) + 1);
        at = put(at, s->files[i].bytes, s->files[i].n);
    }
    if (s->lib_folder)
        at = put(at, s->lib_folder, strlen(s->lib_folder) + 1);
    if (s->stdin_bytes)
        (void)put(at, s->stdin_bytes, s->n_stdin);
    munmap(base, size);
    return fd;
}

int tw_jail_spawn(const struct jail_plan *p)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(N_PASSED * sizeof(int))];
    } control = { .bytes = { 0 } };
    const int image = image_make(p);
    const int fds[N_PASSED] = { p->fd_out,    p->fd_err, p->fd_record,
                                p->fd_report, p->fd_pid, image,
                                p->fd_peer };
    const size_t n_fds = p->fd_peer < 0 ? N_ALWAYS : N_PASSED;
    char byte = 'j';
    struct iovec part = { &byte, 1 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = CMSG_SPACE(n_fds * sizeof(int)) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    if (image < 0)
        return -1;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
    memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    ssize_t n = sendmsg(p->jail->sock, &m, MSG_NOSIGNAL);
    int keep = errno;
    close(image);
    errno = keep;
    return n == 1 ? 0 : -1;
}
