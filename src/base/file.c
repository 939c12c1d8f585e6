/*
 * file.c - files that are whole or not there, mappings, folders, paths.
 *
 * All system calls go through the io_ functions: they retry after a signal,
 * they keep descriptors from children (O_CLOEXEC), and a test can make each of
 * them fail (fault.h).
 */
#include "base/file.h"

#include "base/fault.h"
#include "base/file_guard.h"
#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* TMP_TRIES: as many processes may write one file at the same time; of those
 * that were killed, the first TMP_SWEPT are cleared away. */
enum { CHUNK = 8192, SHOWN = 110, TMP_TRIES = 100, TMP_SWEPT = 4 };

/* The calls that a test can make fail; see fault.h. */

/* Sets errno as the call would have done; the message shows it. */
static bool io_fault(int code)
{
    if (!tw_fault_hit())
        return false;
    errno = code;
    return true;
}

static int io_open(const char *path, int flags, mode_t mode)
{
    int fd;

    if (io_fault(EMFILE))
        return -1;
    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static ssize_t io_read(int fd, void *bytes, size_t n)
{
    ssize_t got;

    if (io_fault(EIO))
        return -1;
    do
        got = read(fd, bytes, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* One write, perhaps of less than n: the caller goes on with the rest. */
static ssize_t io_write(int fd, const void *bytes, size_t n)
{
    ssize_t put;

    if (io_fault(ENOSPC))
        return -1;
    do
        put = write(fd, bytes, tw_size_min(n, SSIZE_MAX));
    while (put < 0 && errno == EINTR);
    return put;
}

static int io_stat(int fd, struct stat *st)
{
    if (io_fault(EIO))
        return -1;
    return fstat(fd, st);
}

static int io_sync(int fd)
{
    if (io_fault(EIO))
        return -1;
    /* Pipes and some network file systems cannot; there is nothing to do. */
    if (fsync(fd) == 0 || errno == EINVAL || errno == EROFS)
        return 0;
    return -1;
}

/* A close() can report a write that failed late, on network file systems. */
static int io_close(int fd)
{
    int rc = close(fd); /* never leaks, also in a test that fails it */

    if (io_fault(EIO))
        return -1;
    return rc;
}

static int io_rename(const char *from, const char *to)
{
    if (io_fault(EIO))
        return -1;
    return rename(from, to);
}

static void *io_map(int fd, size_t n)
{
    if (io_fault(ENOMEM))
        return MAP_FAILED;
    return mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
}

/* 0777 as mkdir(1) does; the umask takes its share. */
static int io_mkdir(const char *path)
{
    if (io_fault(ENOSPC))
        return -1;
    return mkdir(path, 0777);
}

/* A path for a message: the end of a long one tells more than its start. */
struct shown {
    const char *dots, *end;
};

static struct shown show(const char *path)
{
    size_t n = strlen(path);

    if (n <= SHOWN)
        return (struct shown){ "", path };
    return (struct shown){ "...", path + n - SHOWN };
}

/* "cannot VERB 'PATH': reason". */
static enum tw_status fail_path(struct tw_err *err, const char *verb,
                                const char *path, int code)
{
    struct shown p = show(path);
    enum tw_status st = TW_EIO;
    char why[64] = "";

    if (code == ENOMEM)
        st = TW_ENOMEM;
    if (strerror_r(code, why, sizeof(why)) != 0)
        (void)snprintf(why, sizeof(why), "error %d", code);
    if (why[0] >= 'A' && why[0] <= 'Z')
        why[0] = (char)(why[0] - 'A' + 'a');
    return tw_fail(err, st, 0, "cannot %s '%s%s': %s", verb, p.dots, p.end,
                   why);
}

/* The status of a call on an open file that has to be closed first. */
static enum tw_status fail_close(struct tw_err *err, const char *verb,
                                 const char *path, int fd)
{
    int code = errno;

    (void)close(fd);
    return fail_path(err, verb, path, code);
}

static enum tw_status fail_large(struct tw_err *err, const char *path,
                                 const struct tw_buf *b)
{
    struct shown p = show(path);

    return tw_fail(err, TW_ELIMIT, b->len,
                   "cannot read '%s%s': larger than %zu bytes", p.dots, p.end,
                   b->limit);
}

/* Does the size that a regular file says it has exceed the room? Then nothing
 * has to be read to refuse it. */
static bool is_too_large(int fd, const struct tw_buf *b)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
           (size_t)st.st_size > b->limit - tw_size_min(b->len, b->limit);
}

/* Read in chunks and not by size: the size of a pipe or of a file of /proc is
 * not known, and a file may grow meanwhile. The limit of the buffer holds in
 * every case. */
enum tw_status tw_file_read(struct tw_buf *b, const char *path,
                            struct tw_err *err)
{
    char chunk[CHUNK];
    ssize_t n;

    int fd = io_open(path, O_RDONLY, 0);
    if (fd < 0)
        return fail_path(err, "open", path, errno);
    if (is_too_large(fd, b)) {
        (void)close(fd);
        return fail_large(err, path, b);
    }
    while ((n = io_read(fd, chunk, sizeof(chunk))) > 0) {
        tw_buf_add(b, chunk, (size_t)n);
        if (b->failed)
            break;
    }
    if (n < 0)
        return fail_close(err, "read", path, fd);
    (void)close(fd);
    if (b->failed == TW_ELIMIT)
        return fail_large(err, path, b);
    if (b->failed)
        return fail_path(err, "read", path, ENOMEM);
    return TW_OK;
}

/* Writing */

/* Back to a state in which abort is harmless. */
static void file_reset(struct tw_file_out *f)
{
    free(f->path);
    free(f->path_tmp);
    *f = (struct tw_file_out){ .fd = -1 };
}

/* Bytes that the name of a temporary file takes. */
static size_t tmp_size(const char *path)
{
    return strlen(path) + 40;
}

/* Others may write the same path at the same time, so that the name holds a
 * number not yet in use. */
static void tmp_name(char *name, const char *path, unsigned i)
{
    (void)snprintf(name, tmp_size(path), "%s.trialwright-%u.tmp", path, i);
}

/* Remove a temporary file whose writer was killed. A writer holds a lock as
 * long as it lives: with the lock in hand nobody writes, unless the writer is
 * just about to take it, and then it finds the lock taken and begins anew
 * (lock_tmp). */
static void remove_stale(const char *path_tmp)
{
    struct stat here, there;
    int fd = io_open(path_tmp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &here) == 0 &&
        S_ISREG(here.st_mode) && lstat(path_tmp, &there) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        (void)unlink(path_tmp);
    (void)close(fd);
}

/* What killed processes have left of this path; their numbers begin at 0.
 * name has room for tmp_size(path). */
static void sweep_tmp(char *name, const char *path)
{
    struct stat st;

    for (unsigned i = 0; i < TMP_SWEPT; i++) {
        tmp_name(name, path, i);
        if (lstat(name, &st) == 0)
            remove_stale(name);
    }
}

/* False: someone has taken the new file for a stale one. Where the file system
 * has no locks nobody gets one, and nothing is swept. */
static bool lock_tmp(int fd)
{
    struct stat st;

    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* A new file beside path, with a lock that says that it is in use. */
static enum tw_status open_tmp(struct tw_file_out *f, mode_t mode,
                               struct tw_err *err)
{
    f->path_tmp = tw_mem_alloc(tmp_size(f->path));
    if (!f->path_tmp)
        return fail_path(err, "write", f->path, ENOMEM);
    sweep_tmp(f->path_tmp, f->path);
    for (unsigned i = 0; i < TMP_TRIES && f->fd < 0; i++) {
        tmp_name(f->path_tmp, f->path, i);
        f->fd = io_open(f->path_tmp, O_WRONLY | O_CREAT | O_EXCL, mode);
        if (f->fd < 0 && errno != EEXIST)
            break;
        if (f->fd >= 0 && !lock_tmp(f->fd)) {
            (void)close(f->fd);
            f->fd = -1;
            errno = EEXIST;
        }
    }
    if (f->fd >= 0)
        return TW_OK;
    enum tw_status st = fail_path(err, "create", f->path, errno);
    free(f->path_tmp); /* not ours: nothing to unlink */
    f->path_tmp = NULL;
    return st;
}

/* Not in an arena: struct tw_file_out owns its paths alone. */
static char *copy_text(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = tw_mem_alloc(n);

    if (!copy)
        return NULL;
    return memcpy(copy, text, n);
}

/* The file is not touched yet: until commit all goes to the file beside it. A
 * link is followed to find the mode, but it is the link that the rename
 * replaces. */
enum tw_status tw_file_begin(struct tw_file_out *f, const char *path,
                             struct tw_err *err)
{
    struct stat old;
    enum tw_status st = TW_OK;

    *f = (struct tw_file_out){ .fd = -1, .path = copy_text(path) };
    if (!f->path)
        return fail_path(err, "write", path, ENOMEM);
    bool exists = stat(path, &old) == 0;
    mode_t mode = 0666; /* the umask takes its share */
    if (exists)
        mode = old.st_mode & 0777;
    if (exists && S_ISDIR(old.st_mode)) {
        st = fail_path(err, "write", path, EISDIR);
    } else if (exists && !S_ISREG(old.st_mode)) {
        /* A device or a pipe is written to, never replaced. */
        f->fd = io_open(path, O_WRONLY, 0);
        if (f->fd < 0)
            st = fail_path(err, "open", path, errno);
    } else {
        st = open_tmp(f, mode, err);
    }
    if (st != TW_OK)
        file_reset(f);
    return st;
}

/* A full disk shows here or in commit; both leave the old file. */
enum tw_status tw_file_add(struct tw_file_out *f, const void *bytes, size_t n,
                           struct tw_err *err)
{
    const char *p = bytes;

    TW_ASSERT(f->fd >= 0);
    while (n) {
        ssize_t put = io_write(f->fd, p, n);
        if (put < 0)
            return fail_path(err, "write", f->path, errno);
        p += put;
        n -= (size_t)put;
    }
    return TW_OK;
}

/* The folder has to be synced after the rename, or the new name may be lost
 * with the power while the old file is gone. */
static int open_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return io_open(".", O_RDONLY | O_DIRECTORY, 0);
    size_t n = tw_size_max((size_t)(slash - path), 1); /* "/" itself */
    char *dir = tw_mem_alloc(n + 1);
    if (!dir) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(dir, path, n);
    dir[n] = '\0';
    int fd = io_open(dir, O_RDONLY | O_DIRECTORY, 0);
    int code = errno;
    free(dir);
    errno = code;
    return fd;
}

/* The folder is opened before the rename, so that nothing after it can fail but
 * its fsync. */
static int rename_tmp(struct tw_file_out *f)
{
    int dir = open_folder_of(f->path);
    if (dir < 0)
        return -1;
    int rc = io_rename(f->path_tmp, f->path);
    if (rc == 0) {
        free(f->path_tmp); /* gone: abort must not unlink it */
        f->path_tmp = NULL;
        rc = io_sync(dir);
    }
    int code = errno;
    (void)close(dir);
    errno = code;
    return rc;
}

/* From a complete temporary file to the file, and both safe on the disk; errno
 * tells why on -1. */
static int put_in_place(struct tw_file_out *f)
{
    int fd = f->fd;

    if (io_sync(fd) != 0)
        return -1;
    /* The lock of open_tmp() lasts until the file has its name. */
    int locked = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (locked < 0)
        return -1;
    f->fd = -1;
    int rc = io_close(fd);
    if (rc == 0 && f->path_tmp)
        rc = rename_tmp(f);
    int code = errno;
    (void)close(locked);
    errno = code;
    return rc;
}

/* The abort removes the temporary file when something failed, and only frees
 * when all is in place. */
enum tw_status tw_file_commit(struct tw_file_out *f, struct tw_err *err)
{
    enum tw_status st = TW_OK;

    TW_ASSERT(f->fd >= 0);
    if (put_in_place(f) != 0)
        st = fail_path(err, "write", f->path, errno);
    tw_file_abort(f);
    return st;
}

void tw_file_abort(struct tw_file_out *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    if (f->path_tmp)
        (void)unlink(f->path_tmp);
    file_reset(f);
}

enum tw_status tw_file_write(const char *path, const void *bytes, size_t n,
                             struct tw_err *err)
{
    struct tw_file_out f;

    TW_TRY(tw_file_begin(&f, path, err));
    enum tw_status st = tw_file_add(&f, bytes, n, err);
    if (st == TW_OK)
        return tw_file_commit(&f, err);
    tw_file_abort(&f);
    return st;
}

/* Mapping */

/* O_NONBLOCK: opening a named pipe would else wait for a writer. */
enum tw_status tw_file_map_open(struct tw_file_map *m, const char *path,
                                struct tw_err *err)
{
    struct stat st;

    *m = (struct tw_file_map){ 0 };
    int fd = io_open(path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return fail_path(err, "open", path, errno);
    if (io_stat(fd, &st) != 0)
        return fail_close(err, "open", path, fd);
    if (!S_ISREG(st.st_mode)) {
        (void)close(fd);
        if (S_ISDIR(st.st_mode))
            return tw_fail(err, TW_EIO, EISDIR,
                           "cannot read '%s': is a directory", path);
        return tw_fail(err, TW_EIO, ENODEV, "cannot read '%s': no regular file",
                       path);
    }
    if (st.st_size == 0) { /* mmap() refuses it */
        (void)close(fd);
        m->bytes = (const uint8_t *)"";
        return TW_OK;
    }
    void *p = io_map(fd, (size_t)st.st_size);
    if (p == MAP_FAILED)
        return fail_close(err, "map", path, fd);
    (void)close(fd);
    m->guard = tw_guard_take(p, (size_t)st.st_size, path);
    if (!m->guard) {
        (void)munmap(p, (size_t)st.st_size);
        return tw_fail(err, TW_ELIMIT, 0,
                       "cannot map '%s': %d files are mapped already", path,
                       TW_GUARD_MAX - 1);
    }
    m->bytes = p;
    m->len = (size_t)st.st_size;
    return TW_OK;
}

/* A system call that reads from the map meets lost pages without a signal
 * (EFAULT): after a failure the last byte is read here, which tells. */
enum tw_status tw_file_map_check(const struct tw_file_map *m, enum tw_status st,
                                 struct tw_err *err)
{
    if (st != TW_OK && m->guard)
        (void)*(const volatile uint8_t *)&m->bytes[m->len - 1];
    if (!tw_guard_hit(m->guard))
        return st;
    return tw_fail(err, TW_EIO, 0,
                   "cannot read '%s': it became shorter while it was read, or "
                   "its disk fails",
                   tw_guard_name(m->guard));
}

void tw_file_map_close(struct tw_file_map *m)
{
    union {
        const uint8_t *in;
        void *out;
    } p = { .in = m->bytes }; /* munmap() takes no const */

    tw_guard_drop(m->guard);
    if (m->len)
        (void)munmap(p.out, m->len);
    *m = (struct tw_file_map){ 0 };
}

enum tw_status tw_file_map_end(struct tw_file_map *m, enum tw_status st,
                               struct tw_err *err)
{
    st = tw_file_map_check(m, st, err);
    tw_file_map_close(m);
    return st;
}

/* Folders and paths */

bool tw_file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Each prefix of the path is made in turn. A failure counts only when there is
 * no folder then: most are there already, and another process may make one
 * meanwhile. */
enum tw_status tw_file_mkdirs(const char *path, struct tw_err *err)
{
    char *dir = copy_text(path);
    enum tw_status st = TW_OK;

    if (!dir)
        return fail_path(err, "make folder", path, ENOMEM);
    size_t n = strlen(dir);
    for (size_t i = 1; i <= n && st == TW_OK; i++) {
        if (i < n && dir[i] != '/')
            continue;
        char c = dir[i];
        dir[i] = '\0';
        if (io_mkdir(dir) != 0) {
            int code = errno;
            if (!is_folder(dir))
                st = fail_path(err, "make folder", dir, code);
        }
        dir[i] = c;
    }
    free(dir);
    return st;
}

enum tw_status tw_file_remove(const char *path, struct tw_err *err)
{
    char *name = tw_mem_alloc(tmp_size(path));

    if (!name)
        return fail_path(err, "remove", path, ENOMEM);
    sweep_tmp(name, path);
    free(name);
    if (remove(path) != 0)
        return fail_path(err, "remove", path, errno);
    return TW_OK;
}

char *tw_file_join(struct tw_arena *a, const char *dir, const char *name)
{
    size_t n_dir = strlen(dir);

    if (name[0] == '/' || n_dir == 0 || strcmp(dir, ".") == 0)
        return tw_arena_text(a, name, strlen(name));
    if (dir[n_dir - 1] == '/')
        return tw_arena_textf(a, "%s%s", dir, name);
    return tw_arena_textf(a, "%s/%s", dir, name);
}

char *tw_file_dirname(struct tw_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return tw_arena_text(a, ".", 1);
    while (slash > path && slash[-1] == '/')
        slash--;
    return tw_arena_text(a, path, tw_size_max((size_t)(slash - path), 1));
}

const char *tw_file_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash)
        return slash + 1;
    return path;
}

/* The C library sorts the matches. Copies go to the arena, so that its own list
 * can be freed here; list[] has one more place and ends with NULL. */
enum tw_status tw_file_glob(struct tw_arena *a, const char *pattern,
                            char ***paths, size_t *n_paths, struct tw_err *err)
{
    glob_t g = { 0 };
    enum tw_status st = TW_OK;

    *paths = NULL;
    *n_paths = 0;
    int rc = GLOB_NOSPACE;
    if (!tw_fault_hit()) /* unsafe in threads only with GLOB_TILDE */
        rc = glob(pattern, 0, NULL, &g); /* NOLINT(concurrency-mt-unsafe) */
    if (rc != 0 && rc != GLOB_NOMATCH) {
        int code = EIO;

        if (rc == GLOB_NOSPACE)
            code = ENOMEM;
        globfree(&g);
        return fail_path(err, "list", pattern, code);
    }
    char **list = tw_arena_alloc(a, g.gl_pathc + 1, sizeof(*list));
    size_t n = 0;
    while (list && n < g.gl_pathc) {
        list[n] = tw_arena_text(a, g.gl_pathv[n], strlen(g.gl_pathv[n]));
        if (!list[n])
            break;
        n++;
    }
    if (!list || n < g.gl_pathc) {
        st = fail_path(err, "list", pattern, ENOMEM);
    } else {
        *paths = list;
        *n_paths = n;
    }
    globfree(&g);
    return st;
}
