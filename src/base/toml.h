/*
 * toml.h - TOML 1.0 documents, read into an arena; every value knows its line
 * and column.
 *
 * Errors read "LINE:COLUMN: reason"; the caller that knows the file name puts
 * it in front ("FILE:LINE:COLUMN: reason").  Nesting, sizes and counts are
 * bounded.  Keys keep their order.  Duplicate keys, redefined tables and
 * invalid UTF-8 are refused, as the standard demands.
 */
#ifndef TW_BASE_TOML_H
#define TW_BASE_TOML_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tw_toml_kind {
    TW_TOML_STRING,
    TW_TOML_INT,
    TW_TOML_FLOAT,
    TW_TOML_BOOL,
    TW_TOML_OFFSET_DATETIME,
    TW_TOML_LOCAL_DATETIME,
    TW_TOML_LOCAL_DATE,
    TW_TOML_LOCAL_TIME,
    TW_TOML_ARRAY,
    TW_TOML_TABLE,
};

struct tw_toml {
    enum tw_toml_kind kind;
    const char *key; /* NULL in an array and for the root */
    size_t key_len;  /* keys may hold NUL bytes */
    unsigned line;   /* 1-based, of the value (of the header for tables) */
    unsigned column; /* 1-based, in characters */
    unsigned key_line;
    unsigned key_column;
    union {
        struct {
            const char *bytes; /* NUL-terminated; dates: canonical text */
            size_t len;
        } text;
        int64_t i;
        double f;
        bool b;
    } u;
    struct tw_toml *first; /* children of arrays and tables, in order */
    struct tw_toml *next;  /* sibling */
    size_t n_children;
};

/* *root is a table, NULL after a failure; all of the tree is in the arena, and
 * text may go.  TW_EFORMAT, TW_ELIMIT (over 64 MiB) or TW_ENOMEM. */
enum tw_status tw_toml_parse(struct tw_toml **root, struct tw_arena *a,
                             const char *text, size_t n,
                             struct tw_err *err) TW_NODISCARD;

/* Child of a table by key, or NULL (also for t == NULL). */
const struct tw_toml *tw_toml_get(const struct tw_toml *t, const char *key);
/* "a string", "an integer", ... for messages. */
const char *tw_toml_kind_name(enum tw_toml_kind kind);

/* Typed access for readers of configuration: absent gives the fallback; a
 * wrong type fails with "LINE:COLUMN: 'key' must be a string". */
enum tw_status tw_toml_text(const struct tw_toml *t, const char *key,
                            const char *fallback, const char **value,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_toml_int(const struct tw_toml *t, const char *key,
                           int64_t fallback, int64_t *value,
                           struct tw_err *err) TW_NODISCARD;
/* Integers are accepted as numbers too. */
enum tw_status tw_toml_number(const struct tw_toml *t, const char *key,
                              double fallback, double *value,
                              struct tw_err *err) TW_NODISCARD;
enum tw_status tw_toml_bool(const struct tw_toml *t, const char *key,
                            bool fallback, bool *value,
                            struct tw_err *err) TW_NODISCARD;

/* Fail on the first key of table t that is not in the NULL-terminated list:
 * "LINE:COLUMN: unknown key 'x' in WHERE, did you mean 'y'?". */
enum tw_status tw_toml_known(const struct tw_toml *t, const char *where,
                             const char *const *known,
                             struct tw_err *err) TW_NODISCARD;
/* The same for one child of a table. */
enum tw_status tw_toml_known_key(const struct tw_toml *v, const char *where,
                                 const char *const *known,
                                 struct tw_err *err) TW_NODISCARD;
/* The entry of the NULL-terminated list nearest to name (edit distance), or
 * NULL when none is near. */
const char *tw_toml_nearest(const char *name, const char *const *known);
/* ", did you mean 'MARKnearest'?" for the end of a message, or "". */
struct tw_toml_hint {
    char text[96];
};
struct tw_toml_hint tw_toml_hint(const char *name, const char *mark,
                                 const char *const *known);

#endif /* TW_BASE_TOML_H */
