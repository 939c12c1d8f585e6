/*
 * extract_priv.h - what the sources of extraction share: fences, control
 * tokens, and the tokens of languages with braces as far as they are needed.
 */
#ifndef TW_ANSWER_EXTRACT_PRIV_H
#define TW_ANSWER_EXTRACT_PRIV_H

#include "base/buf.h"
#include "code/lexer.h"
#include "lang/lang.h"

#include <stdbool.h>
#include <stddef.h>

/* A line of at least three backticks or tildes (CommonMark 4.5). */
struct tw_fence {
    const char *at; /* first character of the run; NULL: none */
    size_t n;       /* its length; 0: none */
    char mark;      /* '`', '~', or '[' for a tag */
    size_t indent;  /* columns in front of it; a tab is four */
    bool bare;      /* nothing behind it */
};

/* The fence that starts this line, n 0 when there is none. */
struct tw_fence tw_fence_of_line(const char *line, const char *end);
/* Does the fence f, of a line inside of the block of open, end that block? */
bool tw_fence_closes(const struct tw_fence *open, const struct tw_fence *f);

/* Length of a control token at p, which is in text; 0 when there is none. */
size_t tw_extract_token_len(const char *text, const char *p, size_t left);

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

/* A module of JavaScript as a script: without "export" and "import".
 * Appends to out. */
void tw_extract_js_plain(struct tw_buf *out, const char *code, size_t n);

#endif /* TW_ANSWER_EXTRACT_PRIV_H */
