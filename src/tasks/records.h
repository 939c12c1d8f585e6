/*
 * records.h - the records of a JSON or JSONL file, one at a time, with lines.
 *
 * A file is a list [..], one record a line, records one after the other, or
 * (after tw_records_descend) the members of an object.  Only one record is
 * held as a tree at a time.
 */
#ifndef TW_TASKS_RECORDS_H
#define TW_TASKS_RECORDS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"

#define TW_RECORD_FILE_MAX ((size_t)1 << 30)
#define TW_RECORD_MAX      ((size_t)16 << 20)

enum tw_records_shape {
    TW_RECORDS_LINES,
    TW_RECORDS_VALUES,
    TW_RECORDS_LIST,
    TW_RECORDS_MEMBERS,
};

struct tw_records {
    struct tw_buf text;
    enum tw_records_shape shape;
    size_t at;      /* offset of what is left */
    size_t at_line; /* its line */
    size_t line;    /* of the record that was read last */
    bool done, first;
    struct tw_json *key; /* of the member that was read last */
    /* Members of records that are given as texts of JSON, unread, because they
     * may hold numbers that the JSON reader refuses; ended by NULL. */
    const char *const *raw;
    char name[64]; /* of the file, for messages */
    char sha256[TW_HASH_HEX_SIZE];
};

/* Read the file, which is at most TW_RECORD_FILE_MAX bytes. */
enum tw_status tw_records_open(struct tw_records *r, const char *path,
                               struct tw_err *err) TW_NODISCARD;
void tw_records_close(struct tw_records *r);

/* When the first record is an object with an object as this member: go on with
 * the members of that one; else false, and nothing has changed. */
bool tw_records_descend(struct tw_records *r, const char *member);

/* The next record, the caller frees it; *root is NULL after the last. TW_ELIMIT
 * for one of more than TW_RECORD_MAX bytes. */
enum tw_status tw_records_next(struct tw_records *r, struct tw_json **root,
                               struct tw_err *err) TW_NODISCARD;

/* Fail with "line 3 of 'name' ..." in front. */
enum tw_status tw_records_fail(const struct tw_records *r, enum tw_status code,
                               struct tw_err *err, const char *fmt, ...)
    TW_PRINTF(4, 5);

/* Member of a record that has to be a text without NUL, copied; the second
 * kind is "" when it is missing or null. */
enum tw_status tw_records_text(const struct tw_records *r,
                               const struct tw_json *record, const char *member,
                               struct tw_arena *a, const char **text,
                               struct tw_err *err) TW_NODISCARD;
enum tw_status tw_records_text_opt(const struct tw_records *r,
                                   const struct tw_json *record,
                                   const char *member, struct tw_arena *a,
                                   const char **text,
                                   struct tw_err *err) TW_NODISCARD;
/* A list of texts; missing or null: none. */
enum tw_status tw_records_texts(const struct tw_records *r,
                                const struct tw_json *record,
                                const char *member, struct tw_arena *a,
                                const char *const **texts, size_t *n,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_TASKS_RECORDS_H */
