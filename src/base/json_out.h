/*
 * json_out.h - JSON as it is written: objects, arrays, members, in order.
 *
 * A writer appends to a tw_buf and keeps the commas; the caller says what
 * comes next.  Keys are given for members of objects and are NULL for elements
 * of arrays and at the top.  Nothing fails here: the buffer is sticky, and
 * tw_buf_check() tells at the end.  Opening and closing must match, which
 * tw_json_out_done() asserts.
 *
 *     struct tw_json_out o;
 *     tw_json_out_init(&o, &buf);
 *     tw_json_out_object(&o, NULL);
 *     tw_json_out_text(&o, "name", name);
 *     tw_json_out_count(&o, "rows", n_rows);
 *     tw_json_out_end(&o);
 *     tw_json_out_done(&o);
 *
 * writes {"name": "...", "rows": 12}.
 */
#ifndef TW_BASE_JSON_OUT_H
#define TW_BASE_JSON_OUT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_JSON_OUT_DEPTH = 32 };

struct tw_json_out {
    struct tw_buf *buf;             /* borrowed */
    char close[TW_JSON_OUT_DEPTH];  /* '}' or ']' of what is open */
    bool filled[TW_JSON_OUT_DEPTH]; /* has a first item: a comma is due */
    unsigned depth;
    int indent;   /* spaces of the line that the next item begins; -1: none */
    bool compact; /* set after init: no blank behind commas and colons */
};

/* Nothing to release; what buf holds already stays in front. */
void tw_json_out_init(struct tw_json_out *o, struct tw_buf *buf);
/* All that was opened is closed again. */
void tw_json_out_done(const struct tw_json_out *o);

/* Begin an object or an array; each needs its tw_json_out_end(). */
void tw_json_out_object(struct tw_json_out *o, const char *key);
void tw_json_out_array(struct tw_json_out *o, const char *key);
/* Close what was opened last. */
void tw_json_out_end(struct tw_json_out *o);
/* The next item, or the next closing bracket, begins a line with so many
 * spaces; else items stand behind each other. */
void tw_json_out_line(struct tw_json_out *o, int indent);

/* Text, quoted and escaped; null for NULL. */
void tw_json_out_text(struct tw_json_out *o, const char *key, const char *text);
/* n bytes, of which invalid UTF-8 becomes U+FFFD. */
void tw_json_out_bytes(struct tw_json_out *o, const char *key, const char *text,
                       size_t n);
/* A number that reads back as the same double; null for NaN, inf. */
void tw_json_out_number(struct tw_json_out *o, const char *key, double v);
/* The same with so many digits behind the point. */
void tw_json_out_fixed(struct tw_json_out *o, const char *key, double v,
                       int digits);
/* The same with so many significant digits, as %g prints them. */
void tw_json_out_short(struct tw_json_out *o, const char *key, double v,
                       int digits);
/* Whole numbers, booleans and null. */
void tw_json_out_count(struct tw_json_out *o, const char *key, size_t n);
void tw_json_out_int(struct tw_json_out *o, const char *key, int64_t v);
void tw_json_out_bool(struct tw_json_out *o, const char *key, bool v);
void tw_json_out_null(struct tw_json_out *o, const char *key);
/* Text that is JSON already; null for NULL. */
void tw_json_out_raw(struct tw_json_out *o, const char *key, const char *json);

#endif /* TW_BASE_JSON_OUT_H */
