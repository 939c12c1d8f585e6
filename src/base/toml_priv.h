/*
 * toml_priv.h - the TOML parser's state, shared by its three files: toml.c
 * (tables and values), toml_lex.c (characters, strings), toml_scalar.c
 * (numbers, dates).
 */
#ifndef TW_BASE_TOML_PRIV_H
#define TW_BASE_TOML_PRIV_H

#include "base/buf.h"
#include "base/toml.h"

enum {
    TW_TOML_DEPTH_MAX = 128,     /* nesting of tables and arrays */
    TW_TOML_TOKEN_MAX = 512,     /* characters of a number */
    TW_TOML_SIZE_MAX = 64 << 20, /* bytes of a document */
};

/* How a table or array came to be, which decides who may add to it. */
enum tw_toml_origin {
    TW_TOML_IMPLICIT, /* named on the way in a [header]: may get its own */
    TW_TOML_HEADER,   /* has its [header] */
    TW_TOML_DOTTED,   /* made by a.b = ...: more dotted keys may follow */
    TW_TOML_AOT,      /* array of [[header]] tables: more may follow */
    TW_TOML_CLOSED,   /* written as a value: complete */
};

struct tw_toml_node {
    struct tw_toml v; /* first: the tree is handed out as struct tw_toml */
    struct tw_toml_node *parent;
    struct tw_toml_node *last; /* child */
    uint64_t hash;             /* of parent and key */
    unsigned depth;
    enum tw_toml_origin origin;
};

/* Where a value will go: a key of a table (key NULL: the end of an array). */
struct tw_toml_slot {
    struct tw_toml_node *into;
    const char *key;
    size_t key_len;
    size_t key_pos;
};

/* An array or inline table that is being read. */
struct tw_toml_frame {
    struct tw_toml_node *node;
    bool full;        /* a value is read, the comma is not */
    bool after_comma; /* which an inline table must not end with */
};

struct tw_toml_parser {
    const char *text;
    size_t n;
    size_t pos;
    struct tw_arena *arena;
    struct tw_err *err;
    struct tw_buf scratch; /* of the string that is being read */

    /* Line and column of a position: counted on from the last one asked. */
    size_t mark_pos;
    unsigned mark_line;
    unsigned mark_column;

    struct tw_toml_node *root;
    struct tw_toml_node *table; /* of the current [header] */
    struct tw_toml_frame frames[TW_TOML_DEPTH_MAX];
    size_t n_frames;

    /* All keys of all tables, open addressing: no table, however large,
     * makes the search for duplicates slow. */
    struct tw_toml_node **index;
    size_t index_cap; /* 0 or a power of two */
    size_t index_n;
};

/* toml_lex.c */

/* Fail with "LINE:COLUMN: " of pos in front of the message. */
enum tw_status tw_toml_fail(struct tw_toml_parser *p, size_t pos,
                            const char *fmt, ...) TW_PRINTF(3, 4);
enum tw_status tw_toml_fail_memory(struct tw_toml_parser *p);
void tw_toml_where(struct tw_toml_parser *p, size_t pos, unsigned *line,
                   unsigned *column);
/* The next byte, or -1 at the end. */
int tw_toml_peek(const struct tw_toml_parser *p);
void tw_toml_skip_blanks(struct tw_toml_parser *p);
/* Blanks, comments and newlines. */
enum tw_status tw_toml_skip_lines(struct tw_toml_parser *p) TW_NODISCARD;
/* Blanks and a comment, and then the line or the document must end. */
enum tw_status tw_toml_end_line(struct tw_toml_parser *p) TW_NODISCARD;
/* At a quote: the text goes to the arena, NUL-terminated. */
enum tw_status tw_toml_read_string(struct tw_toml_parser *p, bool may_be_long,
                                   const char **bytes,
                                   size_t *len) TW_NODISCARD;
enum tw_status tw_toml_read_bare_key(struct tw_toml_parser *p,
                                     const char **bytes,
                                     size_t *len) TW_NODISCARD;

/* toml_scalar.c: a number, date or boolean; sets kind and u of v. */
enum tw_status tw_toml_read_scalar(struct tw_toml_parser *p,
                                   struct tw_toml *v) TW_NODISCARD;

#endif /* TW_BASE_TOML_PRIV_H */
