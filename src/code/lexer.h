/*
 * lexer.h - tokens of C and of the languages that look like it, one at a time.
 *
 * No memory, no preprocessing, no failure: every text can be read, unfinished
 * ones too, because answers of models often are.  What fits nothing is a token
 * of one byte.  A copy of a lexer is a look ahead.
 *
 *     struct tw_lexer x = tw_lexer_of(text, n, TW_LEX_C);
 *     struct tw_lex_token t;
 *     while (tw_lexer_next(&x, &t))
 *         use(text + t.at, t.len);
 */
#ifndef TW_CODE_LEXER_H
#define TW_CODE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/* Settings rather than languages: what a caller does not ask about is left out,
 * so that less can go wrong. */
enum tw_lex_lang {
    TW_LEX_C,          /* for measures: numbers, operators, directives whole */
    TW_LEX_C_COMMENTS, /* as the pattern of published CodeBLEU sees comments */
    TW_LEX_PLAIN,      /* words, literals, comments: C and any other language */
    TW_LEX_CPP,
    TW_LEX_JAVA,
    TW_LEX_JS,
    TW_LEX_GO,
    TW_LEX_LANGS
};

enum tw_lex_kind {
    TW_LEX_NAME,
    TW_LEX_NUMBER,
    TW_LEX_STRING, /* text blocks and regular expressions too */
    TW_LEX_CHAR,   /* in single quotes */
    TW_LEX_PUNCT,
    TW_LEX_COMMENT,
    TW_LEX_DIRECTIVE, /* a line that begins with "#", with those behind "\" */
};

struct tw_lex_token {
    enum tw_lex_kind kind;
    size_t at, len; /* bytes of the text; len > 0 */
    int line;       /* 1-based, of the first byte */
};

struct tw_lexer {
    const char *text; /* borrowed */
    size_t n, at;
    enum tw_lex_lang lang;
    int line;
    bool line_begun; /* something other than blanks and comments stood here */
    char before;     /* first byte of the last token that is no comment */
};

struct tw_lexer tw_lexer_of(const char *text, size_t n, enum tw_lex_lang lang);
/* The next token, behind blanks; false at the end. */
bool tw_lexer_next(struct tw_lexer *x, struct tw_lex_token *t);

#endif /* TW_CODE_LEXER_H */
