/*
 * syntax_ctok.c - C text as tokens for the parser.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

struct lexer {
    struct syn *p;
    size_t at;
    bool line_begun;
};

static char look(const struct lexer *x, size_t i)
{
    return x->at + i < x->p->n ? x->p->s[x->at + i] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || is_digit(c) || (unsigned char)c >= 0x80;
}

static void put(struct lexer *x, enum syn_kind kind, size_t len)
{
    struct syn *p = x->p;
    p->tokens[p->n_tokens++] =
        (struct syn_token){ kind, x->at, x->at + len, 0 };
    x->at += len;
    x->line_begun = true;
}

/* L, u, U, u8 in front of a quote. */
static size_t prefix_len(const struct lexer *x)
{
    size_t n = look(x, 0) == 'u' && look(x, 1) == '8'    ? 2
               : look(x, 0) && strchr("LuU", look(x, 0)) ? 1
                                                         : 0;
    return look(x, n) == '"' || look(x, n) == '\'' ? n : 0;
}

static void lex_quoted(struct lexer *x, size_t prefix)
{
    char q = look(x, prefix);
    size_t i = prefix + 1;
    while (x->at + i < x->p->n && look(x, i) != q && look(x, i) != '\n')
        i += look(x, i) == '\\' && x->at + i + 1 < x->p->n ? 2 : 1;
    if (x->at + i > x->p->n)
        i = x->p->n - x->at;
    if (look(x, i) == q)
        put(x, q == '"' ? SYN_STRING : SYN_CHAR, i + 1);
    else
        put(x, SYN_BAD, i);
}

static void lex_number(struct lexer *x)
{
    size_t n = 0;
    for (;; n++) {
        char c = look(x, n), before = n ? look(x, n - 1) : '\0';
        bool hex = look(x, 0) == '0' && (look(x, 1) | 32) == 'x';
        bool sign = (c == '+' || c == '-') &&
                    ((!hex && (before | 32) == 'e') || (before | 32) == 'p');
        if (!is_word(c) && c != '.' && !sign)
            break;
    }
    put(x, SYN_INT, n ? n : 1);
}

static void lex_directive(struct lexer *x)
{
    size_t n = 0;
    while (x->at + n < x->p->n && look(x, n) != '\n')
        n += look(x, n) == '\\' && x->at + n + 1 < x->p->n ? 2 : 1;
    put(x, SYN_DIRECTIVE, n);
}

static void lex_op(struct lexer *x)
{
    static const char *const longer[] = {
        "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
        "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(longer); i++) {
        size_t n = strlen(longer[i]);
        if (x->at + n <= x->p->n &&
            memcmp(x->p->s + x->at, longer[i], n) == 0) {
            put(x, SYN_OP, n);
            return;
        }
    }
    put(x, strchr("+-*/%&|^~!<>()[]{},:.;=?", look(x, 0)) ? SYN_OP : SYN_BAD,
        1);
}

bool syn_tokens_c(struct syn *p)
{
    struct lexer x = { .p = p, .at = p->from, .line_begun = p->from > 0 };
    while (x.at < p->n) {
        char c = p->s[x.at];
        size_t prefix = prefix_len(&x), n = 0;
        if (c == '\n')
            x.line_begun = false;
        if (strchr(" \t\r\n\v\f", c) || !c) {
            x.at++;
        } else if (c == '\\' && (look(&x, 1) == '\n' || look(&x, 1) == '\r')) {
            x.at += 2;
        } else if (c == '#' && !x.line_begun) {
            lex_directive(&x);
        } else if (prefix || c == '"' || c == '\'') {
            lex_quoted(&x, prefix);
        } else if (is_digit(c) || (c == '.' && is_digit(look(&x, 1)))) {
            lex_number(&x);
        } else if (is_word(c)) {
            while (x.at + n < p->n && is_word(look(&x, n)))
                n++;
            put(&x, SYN_NAME, n);
        } else {
            lex_op(&x);
        }
    }
    x.at = p->n;
    put(&x, SYN_END, 0);
    return true;
}
