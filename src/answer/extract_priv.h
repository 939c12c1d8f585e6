/*
 * extract_priv.h - tokens of languages with braces, as far as extraction needs
 * them.
 */
#ifndef TW_ANSWER_EXTRACT_PRIV_H
#define TW_ANSWER_EXTRACT_PRIV_H

#include "base/buf.h"
#include "code/lexer.h"
#include "lang/lang.h"

#include <stdbool.h>
#include <stddef.h>

/* Walks over words and single characters; comments, literals and blanks are
 * passed over. */
struct tw_braces {
    const char *at, *next, *end; /* the token, and what is left */
    enum tw_lang lang;
    size_t depth; /* of braces, behind the token */
    struct tw_lexer lexer;
};

struct tw_braces tw_braces_of(const char *text, size_t n, enum tw_lang lang);
bool tw_braces_next(struct tw_braces *b);
bool tw_braces_is(const struct tw_braces *b, const char *word);
size_t tw_braces_depth(const char *text, size_t n, enum tw_lang lang);

/* A function, method or class in a text. */
struct tw_braces_def {
    const char *start; /* of its first line */
    const char *open;  /* its brace */
    const char *end;   /* behind the closing one; NULL: it is not closed */
};
bool tw_braces_find(struct tw_braces_def *def, const char *text, size_t n,
                    enum tw_lang lang, const char *name);

#endif /* TW_ANSWER_EXTRACT_PRIV_H */
