/*
 * ctok.h - a C text as an array of tokens (lexer.h), with its brackets and
 * functions: for measures and mutants.
 */
#ifndef TW_CODE_CTOK_H
#define TW_CODE_CTOK_H

#include "base/arena.h"
#include "base/status.h"
#include "code/lexer.h"

struct tw_ctoks {
    const char *text; /* borrowed */
    size_t len;
    struct tw_lex_token *tokens; /* in the arena */
    size_t *close; /* of an opening bracket: token that closes it */
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
