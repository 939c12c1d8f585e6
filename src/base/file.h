/*
 * file.h - whole files in and out, mapped files, folders.
 *
 * Writes are atomic: a temporary file in the same folder, fsync, rename, fsync
 * of the folder.  After a failure the old file is whole (only when the last
 * fsync fails, the whole new one may stand there).  The temporary file of a
 * process that was killed is cleared away by the next that writes or removes
 * the same path.  Devices and pipes are written to directly.  Messages name the
 * path and the reason.
 */
#ifndef TW_BASE_FILE_H
#define TW_BASE_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Append the content of path to b (whose limit bounds the file size). */
enum tw_status tw_file_read(struct tw_buf *b, const char *path,
                            struct tw_err *err) TW_NODISCARD;

/* Replace path by n bytes, atomically. */
enum tw_status tw_file_write(const char *path, const void *bytes, size_t n,
                             struct tw_err *err) TW_NODISCARD;

/* The same in pieces: begin, any number of adds, then commit or abort. */
struct tw_file_out {
    int fd; /* -1 when closed */
    char *path;
    char *path_tmp;
};
/* A folder that is missing, or a path that is one, fails here. */
enum tw_status tw_file_begin(struct tw_file_out *f, const char *path,
                             struct tw_err *err) TW_NODISCARD;
enum tw_status tw_file_add(struct tw_file_out *f, const void *bytes, size_t n,
                           struct tw_err *err) TW_NODISCARD;
/* The file stands at its path, synced; *f is spent, also after a failure. */
enum tw_status tw_file_commit(struct tw_file_out *f,
                              struct tw_err *err) TW_NODISCARD;
void tw_file_abort(struct tw_file_out *f); /* harmless after commit */

/* A read-only mapping of a whole regular file. */
struct tw_file_map {
    const uint8_t *bytes;
    size_t len;
    unsigned guard; /* its place in file_guard.h; 0: nothing is mapped */
};
/* An empty file gives len 0 and bytes that may not be read. */
enum tw_status tw_file_map_open(struct tw_file_map *m, const char *path,
                                struct tw_err *err) TW_NODISCARD;
/* A file that others cut while it is mapped, or that its disk cannot give,
 * reads as zeros from there on.  Ask here what the reading has come to, before
 * anything that was read is believed: st where all was there, else TW_EIO with
 * one line that names the file, also when a reader has tripped over the zeros
 * and st tells of that.  Harmless for a map that is closed. */
enum tw_status tw_file_map_check(const struct tw_file_map *m, enum tw_status st,
                                 struct tw_err *err) TW_NODISCARD;
void tw_file_map_close(struct tw_file_map *m); /* *m is empty then */
/* Check, then close: the end of reading a file from its start to its end. */
enum tw_status tw_file_map_end(struct tw_file_map *m, enum tw_status st,
                               struct tw_err *err) TW_NODISCARD;

/* Something is there, whatever it is; false also when it may not be seen. */
bool tw_file_exists(const char *path);
/* mkdir -p. */
enum tw_status tw_file_mkdirs(const char *path,
                              struct tw_err *err) TW_NODISCARD;
/* A file or an empty folder; one that is not there is a failure. */
enum tw_status tw_file_remove(const char *path,
                              struct tw_err *err) TW_NODISCARD;
/* "dir/name" in the arena ("name" alone when name is absolute or dir empty);
 * NULL when the arena is full. */
char *tw_file_join(struct tw_arena *a, const char *dir, const char *name);
/* The folder part of path in the arena, "." when there is none. */
char *tw_file_dirname(struct tw_arena *a, const char *path);
/* The part of path behind the last '/', all of it when there is none; points
 * into path. */
const char *tw_file_basename(const char *path);
/* Sorted paths that match a shell pattern (glob(3)), in the arena. */
enum tw_status tw_file_glob(struct tw_arena *a, const char *pattern,
                            char ***paths, size_t *n_paths,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_BASE_FILE_H */
