/*
 * syntax_pytok.c - Python text as tokens; between brackets lines do not end.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

enum { TAB = 8 };

struct lexer {
    struct syn *p;
    size_t at;
    int brackets;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char look(const struct lexer *x, size_t i)
{
    return x->at + i < x->p->n ? x->p->s[x->at + i] : '\0';
}

static void put(struct lexer *x, enum syn_kind kind, size_t len, int indent)
{
    struct syn *p = x->p;
    p->tokens[p->n_tokens++] =
        (struct syn_token){ kind, x->at, x->at + len, indent };
    x->at += len;
}

/* Letters in front of a quote that make a string of it, or none. */
static size_t prefix_len(const struct lexer *x)
{
    size_t n = 0;
    while (n < 3 && look(x, n) && strchr("rRbBuUfF", look(x, n)))
        n++;
    return look(x, n) == '"' || look(x, n) == '\'' ? n : 0;
}

/* A string to its end; with one quote the line's end is its end too. */
static void lex_string(struct lexer *x, size_t prefix)
{
    const char *s = x->p->s;
    size_t i = x->at + prefix, n = x->p->n;
    char q = s[i];
    bool three = i + 2 < n && s[i + 1] == q && s[i + 2] == q;
    i += three ? 3 : 1;
    for (; i < n; i++) {
        if (s[i] == '\\' && i + 1 < n) {
            i++;
        } else if (s[i] == q &&
                   (!three || (i + 2 < n && s[i + 1] == q && s[i + 2] == q))) {
            put(x, SYN_STRING, i + (three ? 3 : 1) - x->at, 0);
            return;
        } else if (s[i] == '\n' && !three) {
            break;
        }
    }
    put(x, SYN_BAD, i - x->at, 0);
}

static size_t digits_len(const struct lexer *x, size_t i, const char *set)
{
    while (look(x, i) && (strchr(set, look(x, i)) || look(x, i) == '_'))
        i++;
    return i;
}

static void lex_number(struct lexer *x)
{
    static const char ten[] = "0123456789";
    char second = (char)(look(x, 1) | 32);
    bool real = false;
    size_t n;
    if (look(x, 0) == '0' &&
        (second == 'x' || second == 'o' || second == 'b')) {
        n = digits_len(x, 2, second == 'x' ? "0123456789abcdefABCDEF" : ten);
    } else {
        n = digits_len(x, 0, ten);
        if (look(x, n) == '.') {
            real = true;
            n = digits_len(x, n + 1, ten);
        }
        size_t e = (look(x, n) | 32) == 'e' ? n + 1 : 0;
        e += e && (look(x, e) == '+' || look(x, e) == '-');
        if (e && is_digit(look(x, e))) {
            real = true;
            n = digits_len(x, e, ten);
        }
    }
    n += look(x, n) && strchr("lLjJ", look(x, n)) != NULL;
    put(x, real ? SYN_FLOAT : SYN_INT, n, 0);
}

static void lex_op(struct lexer *x)
{
    static const char *const longer[] = {
        "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<",
        "<=",  ">=",  "==",  "!=",  "<>",  "->", "+=", "-=", "*=",
        "/=",  "%=",  "&=",  "|=",  "^=",  "@=", ":=",
    };
    char c = look(x, 0);
    for (size_t i = 0; i < TW_ARRAY_LEN(longer); i++) {
        size_t n = strlen(longer[i]);
        if (x->at + n <= x->p->n &&
            memcmp(x->p->s + x->at, longer[i], n) == 0) {
            put(x, SYN_OP, n, 0);
            return;
        }
    }
    x->brackets += strchr("([{", c) != NULL;
    if (strchr(")]}", c) && x->brackets > 0)
        x->brackets--;
    put(x, strchr("+-*/%@&|^~<>()[]{},:.;=", c) ? SYN_OP : SYN_BAD, 1, 0);
}

/* From a line's end over empty lines and comments to the next text: its
 * indentation.  A comment becomes a token in front of the newline. */
static int next_indent(struct lexer *x)
{
    int indent = 0;
    size_t i = x->at;
    for (; i < x->p->n; i++) {
        char c = x->p->s[i];
        if (c == '\n' || c == '\r' || c == '\f')
            indent = 0;
        else if (c == ' ' || c == '\t')
            indent += c == ' ' ? 1 : TAB;
        else if (c == '#')
            while (i + 1 < x->p->n && x->p->s[i + 1] != '\n')
                i++;
        else
            return indent;
    }
    return 0;
}

/* Between brackets, does the next line begin a statement?  Then one was left
 * open, and the rest of the text need not suffer. */
static bool statement_follows(const struct lexer *x)
{
    static const char *const words[] = {
        "def ",  "class ",  "return ", "import ",  "from ",  "while ",
        "with ", "try:",    "raise ",  "assert ",  "del ",   "global ",
        "elif ", "except ", "except:", "finally:", "pass\n", "else:",
    };
    size_t i = x->at + 1;
    while (i < x->p->n && (x->p->s[i] == ' ' || x->p->s[i] == '\t'))
        i++;
    for (size_t k = 0; k < TW_ARRAY_LEN(words); k++) {
        size_t n = strlen(words[k]);
        if (i + n <= x->p->n && memcmp(x->p->s + i, words[k], n) == 0)
            return true;
    }
    return false;
}

static void lex_newline(struct lexer *x)
{
    struct syn *p = x->p;
    if (x->brackets && statement_follows(x))
        x->brackets = 0;
    bool empty =
        p->n_tokens == 0 || p->tokens[p->n_tokens - 1].kind == SYN_NEWLINE;
    if (x->brackets || empty)
        x->at++;
    else
        put(x, SYN_NEWLINE, 1, next_indent(x));
}

static size_t word_len(const struct lexer *x)
{
    size_t n = 0;
    while (x->at + n < x->p->n && is_word(look(x, n)))
        n++;
    return n;
}

bool syn_tokens_python(struct syn *p)
{
    struct lexer x = { .p = p, .at = p->from };
    while (x.at < p->n) {
        char c = p->s[x.at];
        size_t prefix = prefix_len(&x);
        if (c == '\n')
            lex_newline(&x);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\f')
            x.at++;
        else if (c == '\\' && (look(&x, 1) == '\n' || look(&x, 1) == '\r'))
            x.at += 2;
        else if (c == '#')
            while (x.at < p->n && p->s[x.at] != '\n')
                x.at++;
        else if (prefix || c == '"' || c == '\'')
            lex_string(&x, prefix);
        else if (is_digit(c) || (c == '.' && is_digit(look(&x, 1))))
            lex_number(&x);
        else if (is_word(c))
            put(&x, SYN_NAME, word_len(&x), 0);
        else
            lex_op(&x);
    }
    x.at = p->n;
    put(&x, SYN_END, 0, 0);
    return true;
}
