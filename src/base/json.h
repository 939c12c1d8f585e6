/*
 * json.h - JSON through jansson; nobody else includes jansson's header.
 *
 * Reading gives a tree of struct tw_json; borrowed nodes live as long as the
 * root.  Writing needs no tree: append with tw_json_add_* to a tw_buf.
 */
#ifndef TW_BASE_JSON_H
#define TW_BASE_JSON_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_json; /* one value */

#define TW_JSON_LOOSE_MAX ((size_t)128 << 20)

enum tw_json_kind {
    TW_JSON_NULL,
    TW_JSON_BOOL,
    TW_JSON_INT,
    TW_JSON_REAL,
    TW_JSON_STRING,
    TW_JSON_ARRAY,
    TW_JSON_OBJECT,
};

/* Parse one document, of any kind.  TW_EFORMAT with "LINE:COLUMN: reason" in
 * the message; duplicate members, numbers out of range and nesting over 2048
 * are refused too.  The caller frees *root with tw_json_free(). */
enum tw_status tw_json_parse(struct tw_json **root, const char *text, size_t n,
                             struct tw_err *err) TW_NODISCARD;
/* The same for what other programs wrote, of at most TW_JSON_LOOSE_MAX bytes
 * (TW_ELIMIT; a line without an end is no document): a byte order mark in front
 * is passed over, NaN, Infinity and numbers beyond a double are null, integers
 * beyond int64_t are reals, and half a surrogate pair or a byte that is no
 * UTF-8 is U+FFFD.  Columns of a message are those behind these changes. */
enum tw_status tw_json_parse_loose(struct tw_json **root, const char *text,
                                   size_t n, struct tw_err *err) TW_NODISCARD;
/* JSON's white space only: a line without a document. */
bool tw_json_is_blank(const char *text, size_t n);
/* Bytes of the line that a text of n > 0 bytes begins with, without its end.
 * The end is looked for among the first TW_JSON_LOOSE_MAX + 1 bytes only: a
 * longer line is refused by the reader above, and not read for that. */
size_t tw_json_line_len(const char *text, size_t n);
void tw_json_free(struct tw_json *root); /* NULL is fine */

/* TW_JSON_NULL for v == NULL; all the readers below accept NULL too. */
enum tw_json_kind tw_json_kind(const struct tw_json *v);
/* Member of an object, or NULL (also when v is NULL or no object). */
const struct tw_json *tw_json_get(const struct tw_json *v, const char *key);
/* Element of an array, or NULL. */
const struct tw_json *tw_json_at(const struct tw_json *v, size_t i);
/* Elements of an array, members of an object, else 0. */
size_t tw_json_len(const struct tw_json *v);
/* Member i of an object, in file order; NULL past the end.  Walks to i: for
 * objects of a few hundred members, not for tables. */
const struct tw_json *tw_json_member(const struct tw_json *v, size_t i,
                                     const char **key);
/* Text of a string (NUL-terminated; *n may be NULL), or NULL. */
const char *tw_json_text(const struct tw_json *v, size_t *n);
/* Number as double (int or real), fallback otherwise. */
double tw_json_number(const struct tw_json *v, double fallback);
int64_t tw_json_int(const struct tw_json *v, int64_t fallback);
bool tw_json_bool(const struct tw_json *v, bool fallback);

/* Append "text" quoted and escaped, what a terminal would obey too; invalid
 * UTF-8 becomes U+FFFD. */
void tw_json_add_string(struct tw_buf *b, const char *text, size_t n);
void tw_json_adds(struct tw_buf *b, const char *text);
/* Append a number that reads back as the same double; null for NaN, inf. */
void tw_json_add_number(struct tw_buf *b, double v);

#endif /* TW_BASE_JSON_H */
