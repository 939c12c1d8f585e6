/*
 * spec_priv.h - what the files of spec share.
 *
 * Inside the folder messages read "LINE:COLUMN: reason"; the public functions
 * put the file in front, once.
 */
#ifndef TW_SPEC_SPEC_PRIV_H
#define TW_SPEC_SPEC_PRIV_H

#include "base/arena.h"
#include "base/status.h"
#include "base/toml.h"
#include "spec/findings.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_spec_reader {
    struct tw_arena *a;
    const char *file; /* path as given */
    const char *dir;
    struct tw_err *err;
    struct tw_spec_findings *found; /* NULL: the first mistake ends it */
};

/* A mistake that is found goes into the list of the reader, if it has one, and
 * reading goes on: TW_OK then.  No memory and the like always end it. */
enum tw_status tw_spec_note(const struct tw_spec_reader *r, enum tw_status st);
#define TW_NOTE(r, expr) TW_TRY(tw_spec_note((r), (expr)))
/* Errors noted so far: more of them afterwards say that a part is broken. */
size_t tw_spec_n_errors(const struct tw_spec_reader *r);
/* Every key of the table that is not in the list. */
enum tw_status tw_spec_known(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *where,
                             const char *const *known);
/* Has the table neither this key nor one that is a slip of it?  What was said
 * of a slip is not said again as "lacks". */
bool tw_spec_is_absent(const struct tw_toml *table, const char *key);
/* Would both ids name one script file, on any file system? */
bool tw_spec_same_script(const char *a, const char *b);

/* TW_EFORMAT at a node: "LINE:COLUMN: ...". */
enum tw_status tw_spec_fail(const struct tw_spec_reader *r,
                            const struct tw_toml *at, const char *fmt, ...)
    TW_PRINTF(3, 4);
enum tw_status tw_spec_nomem(const struct tw_spec_reader *r);
struct tw_spec_pos tw_spec_pos_of(const struct tw_spec_reader *r,
                                  const struct tw_toml *at);
/* Put "FILE:" in front of a message that starts with a line number. */
enum tw_status tw_spec_name_file(enum tw_status st, const char *file,
                                 struct tw_err *err);

/* Copies into the arena; NULL when it is full. */
char *tw_spec_copy(struct tw_arena *a, const char *text, size_t n);

/* [A-Za-z0-9._-]{1,64} */
bool tw_spec_is_id(const char *text);
bool tw_spec_is_identifier(const char *text, size_t n);

/* A string or an array of strings as a list.  Absent: n = 0. */
enum tw_status tw_spec_texts(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *key,
                             const char ***texts, size_t *n);
/* Child that must be a table, or NULL in *child when absent. */
enum tw_status tw_spec_table(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *key,
                             const struct tw_toml **child);
/* An integer within bounds. */
enum tw_status tw_spec_int(const struct tw_spec_reader *r,
                           const struct tw_toml *table, const char *key,
                           int64_t fallback, int64_t min, int64_t max,
                           int64_t *value);
enum tw_status tw_spec_number(const struct tw_spec_reader *r,
                              const struct tw_toml *table, const char *key,
                              double fallback, double min, double max,
                              double *value);
/* "15min", "10s", "250ms", "1h", "1d", or a number of seconds. */
enum tw_status tw_spec_duration(const struct tw_spec_reader *r,
                                const struct tw_toml *table, const char *key,
                                double fallback, double *seconds);
/* Files that match a pattern relative to the reader's folder; none at all is
 * an error. */
enum tw_status tw_spec_files(const struct tw_spec_reader *r,
                             const struct tw_toml *at, const char *pattern,
                             const char ***files, size_t *n);

/* File name without folder and suffix. */
char *tw_spec_stem(struct tw_arena *a, const char *path);
/* tw_spec_load() with a list for what is wrong, or NULL. */
enum tw_status tw_spec_load_found(struct tw_spec *s, struct tw_arena *a,
                                  const char *path,
                                  struct tw_spec_data *const *shared,
                                  size_t n_shared,
                                  struct tw_spec_findings *found,
                                  struct tw_err *err);
/* Read and parse a file; fills r->file and r->dir. */
enum tw_status tw_spec_parse_file(struct tw_spec_reader *r, const char *path,
                                  struct tw_toml **root, char sha256[65]);
/* A whole specification from its root table. */
enum tw_status tw_spec_read_root(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_spec_data *const *shared,
                                 size_t n_shared, struct tw_spec *s);

/* The [data] table of a file: appended to shared, own names win. */
enum tw_status tw_spec_read_data(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_spec_data *const *shared,
                                 size_t n_shared, struct tw_spec_data ***data,
                                 size_t *n);
/* Data set of a file that an input names; added when it is new. */
enum tw_status tw_spec_add_file_data(const struct tw_spec_reader *r,
                                     struct tw_spec *s,
                                     const struct tw_toml *at, const char *file,
                                     size_t *index);
/* The sets of s join those of the project; equal ones (name, files, and how
 * they are read) become one struct. */
enum tw_status tw_spec_share_data(const struct tw_spec_reader *r,
                                  struct tw_project *p, struct tw_spec *s);

enum tw_status tw_spec_read_test(const struct tw_spec_reader *r,
                                 struct tw_spec *s, const struct tw_toml *t,
                                 struct tw_spec_test *test);
/* spec_oracle.c: a text that is there, not blank, and no program. */
enum tw_status tw_spec_expr(const struct tw_spec_reader *r,
                            const struct tw_toml *t, const char *key,
                            const char **expr);
enum tw_status tw_spec_read_oracles(const struct tw_spec_reader *r,
                                    const struct tw_toml *t,
                                    struct tw_spec_test *test);
/* "allow": dotted names, of a test or of a project. */
enum tw_status tw_spec_read_allow(const struct tw_spec_reader *r,
                                  const struct tw_toml *t, const char ***names,
                                  size_t *n);
/* spec_util.c: may the TOML value stand for a parameter of this type? */
bool tw_spec_value_fits(const struct tw_toml *v, const struct tw_spec_type *t);

/* SHA-256 over keys and values of a tree: comments and layout do not count. */
void tw_spec_fingerprint(const struct tw_toml *t, char hex[65]);

#endif /* TW_SPEC_SPEC_PRIV_H */
