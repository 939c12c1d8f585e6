/*
 * ctok.h - C text as tokens, with their places: for measures and mutants.
 *
 * No preprocessing: a directive is one token, with its continuation lines.
 * Every text can be read; what is no C becomes tokens of one byte.
 */
#ifndef TW_CODE_CTOK_H
#define TW_CODE_CTOK_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_ctok_kind {
    TW_CTOK_NAME,
    TW_CTOK_NUMBER,
    TW_CTOK_STRING,
    TW_CTOK_CHAR,
    TW_CTOK_PUNCT, /* the longest operator that fits */
    TW_CTOK_COMMENT,
    TW_CTOK_DIRECTIVE,
};

struct tw_ctok {
    enum tw_ctok_kind kind;
    size_t at, len; /* bytes of the text */
    int line;       /* 1-based, of the first byte */
};

struct tw_ctoks {
    const char *text; /* borrowed */
    size_t len;
    struct tw_ctok *tokens; /* in the arena */
    size_t *close;          /* of an opening bracket: token that closes it */
    size_t n;
    int n_lines;
};

/* comments: keep them as tokens.  TW_ELIMIT over 16 MiB of text. */
enum tw_status tw_ctok_read(struct tw_ctoks *t, struct tw_arena *a,
                            const char *text, size_t n, bool comments,
                            struct tw_err *err) TW_NODISCARD;

/* Is token i this word or operator?  false past the end. */
bool tw_ctok_is(const struct tw_ctoks *t, size_t i, const char *word);
/* Is it one of the words of a NULL-ended list? */
bool tw_ctok_among(const struct tw_ctoks *t, size_t i,
                   const char *const *words);
/* Token that closes the bracket at i: ) ] or }; n when there is none. */
size_t tw_ctok_close(const struct tw_ctoks *t, size_t i);

/* A function that has a body: tokens of its name, of "(" and of "{", "}". */
struct tw_cfunction {
    size_t name, params, open, close;
};
/* Functions of the outermost level, in the arena. */
enum tw_status tw_ctok_functions(const struct tw_ctoks *t, struct tw_arena *a,
                                 struct tw_cfunction **found, size_t *n,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_CODE_CTOK_H */
