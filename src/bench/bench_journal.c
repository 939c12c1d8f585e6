/*
 * bench_journal.c - lines that outlive a kill.
 *
 * A line is written with one write() to a file opened for appending, so a
 * killed process leaves at most one line without its end.  It is not synced:
 * a kill loses nothing, a loss of power may lose lines, and those programs are
 * then judged again.
 */
#include "bench/bench_journal.h"

#include "base/file.h"
#include "base/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* A journal of more is no journal of ours: a row has less than 2 KB. */
#define FILE_LIMIT ((size_t)4 << 30)
enum { PATHS_MEMORY = 1 << 20 };

struct tw_journal {
    int fd;
    char path[]; /* for messages */
};

/* With the reason of the system, from errno. */
static enum tw_status fail_io(struct tw_err *err, const char *doing,
                              const char *path)
{
    char why[64] = "unknown error";

    (void)strerror_r(errno, why, sizeof(why));
    return tw_fail(err, TW_EIO, 0, "cannot %s '%.100s': %s", doing, path, why);
}

/* The first line: verdicts of other inputs or options must not be mixed in. */
static enum tw_status check_header(const struct tw_json *line,
                                   const struct tw_journal_spec *spec,
                                   const char *path, struct tw_err *err)
{
    const char *inputs = tw_json_text(tw_json_get(line, "inputs"), NULL);

    if (!inputs)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot use '%.100s': it is no journal of this program",
                       path);
    if (strcmp(inputs, spec->inputs) != 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot go on in folder '%.80s': it holds a run of "
                       "other inputs or options",
                       spec->folder);
    return TW_OK;
}

/* A line that ends and is no JSON was not cut off by a kill: it is told. */
static enum tw_status take_line(const char *text, size_t n, bool first,
                                const struct tw_journal_spec *spec,
                                const char *path, struct tw_err *err)
{
    struct tw_json *line;
    struct tw_err why = { 0 };
    enum tw_status st = tw_json_parse(&line, text, n, &why);

    if (st != TW_OK)
        return tw_fail(err, st, 0, "cannot read '%.80s': %.80s", path, why.msg);
    if (first)
        st = check_header(line, spec, path, err);
    else
        st = spec->take(spec->ctx, line, err);
    tw_json_free(line);
    return st;
}

/* *whole: bytes up to the end of the last complete line. */
static enum tw_status read_file(size_t *whole,
                                const struct tw_journal_spec *spec,
                                const char *path, struct tw_err *err)
{
    struct tw_buf b;

    *whole = 0;
    tw_buf_init(&b, FILE_LIMIT);
    enum tw_status st = tw_file_read(&b, path, err);
    const char *text = tw_buf_text(&b);
    while (st == TW_OK && *whole < b.len) {
        const char *end = memchr(text + *whole, '\n', b.len - *whole);
        if (!end)
            break;
        size_t n = (size_t)(end - text) - *whole;
        st = take_line(text + *whole, n, *whole == 0, spec, path, err);
        *whole += n + 1;
    }
    tw_buf_release(&b);
    return st;
}

/* The files of all ranks, for a run may go on with another number of them.
 * *own_bytes: how much of our own file is whole. */
static enum tw_status read_all(size_t *own_bytes,
                               const struct tw_journal_spec *spec,
                               const char *own, struct tw_err *err)
{
    struct tw_arena a;
    char pattern[80], **paths;
    size_t n = 0;

    *own_bytes = 0;
    tw_arena_init(&a, PATHS_MEMORY);
    snprintf(pattern, sizeof(pattern), "%.60s-*.jsonl", spec->name);
    char *full = tw_file_join(&a, spec->folder, pattern);
    enum tw_status st = tw_arena_check(&a, "the path of a journal", err);
    if (st == TW_OK)
        st = tw_file_glob(&a, full, &paths, &n, err);
    for (size_t i = 0; i < n && st == TW_OK; i++) {
        size_t whole;
        st = read_file(&whole, spec, paths[i], err);
        if (strcmp(paths[i], own) == 0)
            *own_bytes = whole;
    }
    tw_arena_release(&a);
    return st;
}

/* Held until the file is closed, also by a kill. */
static enum tw_status lock(struct tw_journal *j, struct tw_err *err)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (fcntl(j->fd, F_SETLK, &whole) == 0)
        return TW_OK;
    if (errno == EAGAIN || errno == EACCES)
        return tw_fail(err, TW_EIO, 0,
                       "cannot use '%.120s': another process writes to it",
                       j->path);
    return fail_io(err, "lock", j->path);
}

/* Cut off what a kill left, and write the header of a new file. */
static enum tw_status begin(struct tw_journal *j, size_t whole,
                            const struct tw_journal_spec *spec,
                            struct tw_err *err)
{
    struct tw_buf b;
    struct tw_json_out out;

    if (ftruncate(j->fd, (off_t)whole) != 0)
        return fail_io(err, "cut", j->path);
    if (whole > 0)
        return TW_OK;
    tw_buf_init(&b, 4096);
    tw_json_out_init(&out, &b);
    tw_json_out_object(&out, NULL);
    tw_json_out_text(&out, "trialwright", "bench");
    tw_json_out_text(&out, "inputs", spec->inputs);
    tw_json_out_end(&out);
    tw_json_out_done(&out);
    enum tw_status st = tw_journal_add(j, &b, err);
    tw_buf_release(&b);
    return st;
}

/* On failure the caller closes j, and with it the lock. */
static enum tw_status open_own(struct tw_journal *j,
                               const struct tw_journal_spec *spec,
                               struct tw_err *err)
{
    size_t whole;

    j->fd = open(j->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0)
        return fail_io(err, "open", j->path);
    /* Locked before it is read: what a second process adds would be lost. */
    TW_TRY(lock(j, err));
    TW_TRY(read_all(&whole, spec, j->path, err));
    return begin(j, whole, spec, err);
}

/* The path stands behind the struct, in one allocation: messages need it until
 * the end. */
enum tw_status tw_journal_open(struct tw_journal **out,
                               const struct tw_journal_spec *spec,
                               struct tw_err *err)
{
    size_t room = strlen(spec->folder) + strlen(spec->name) + 32;

    *out = NULL;
    TW_TRY(tw_file_mkdirs(spec->folder, err));
    struct tw_journal *j = calloc(1, sizeof(*j) + room);
    if (!j)
        return tw_fail(err, TW_ENOMEM, 0, "cannot open a journal");
    j->fd = -1;
    snprintf(j->path, room, "%s/%s-%u.jsonl", spec->folder, spec->name,
             spec->rank);
    enum tw_status st = open_own(j, spec, err);
    if (st != TW_OK) {
        tw_journal_close(j);
        return st;
    }
    *out = j;
    return TW_OK;
}

void tw_journal_close(struct tw_journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    free(j);
}

/* The loop is for a disk that is nearly full, where a write may be cut. */
enum tw_status tw_journal_add(struct tw_journal *j, struct tw_buf *line,
                              struct tw_err *err)
{
    size_t done = 0;

    tw_buf_addc(line, '\n');
    TW_TRY(tw_buf_check(line, "a line of the journal", err));
    while (done < line->len) {
        ssize_t n = write(j->fd, line->bytes + done, line->len - done);
        if (n < 0 && errno != EINTR)
            return fail_io(err, "write", j->path);
        if (n > 0)
            done += (size_t)n;
    }
    return TW_OK;
}
