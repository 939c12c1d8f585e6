/*
 * ctok.c - C text as tokens.
 */
#include "code/ctok.h"

#include <string.h>

#include "base/banned.h"

enum { TEXT_MAX = 16 << 20 };

struct reader {
    const char *s;
    size_t n, at;
    int line;
    bool line_begun; /* something other than blanks and comments stood here */
};

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct reader *r, size_t i)
{
    return r->at + i < r->n ? r->s[r->at + i] : '\0';
}

static void skip_blanks(struct reader *r)
{
    for (; r->at < r->n; r->at++) {
        char c = r->s[r->at];
        if (c == '\n') {
            r->line++;
            r->line_begun = false;
        } else if (c == '\\' && peek(r, 1) == '\n') {
            continue;
        } else if (c != ' ' && (c < '\t' || c > '\r')) {
            return;
        }
    }
}

/* From an opening quote to behind the closing one, or to the line's end. */
static size_t quoted_len(const struct reader *r)
{
    char quote = r->s[r->at];
    size_t i = r->at + 1;
    for (; i < r->n && r->s[i] != quote && r->s[i] != '\n'; i++)
        i += r->s[i] == '\\' && i + 1 < r->n;
    return (i < r->n && r->s[i] == quote ? i + 1 : i) - r->at;
}

static size_t comment_len(const struct reader *r)
{
    size_t i = r->at + 2;
    if (r->s[r->at + 1] == '/') {
        while (i < r->n && r->s[i] != '\n')
            i++;
        return i - r->at;
    }
    while (i + 1 < r->n && !(r->s[i] == '*' && r->s[i + 1] == '/'))
        i++;
    return (i + 1 < r->n ? i + 2 : r->n) - r->at;
}

/* To the end of the line, with lines behind a backslash; a comment ends it. */
static size_t directive_len(const struct reader *r)
{
    size_t i = r->at;
    for (; i < r->n && r->s[i] != '\n'; i++) {
        if (r->s[i] == '\\' && i + 1 < r->n)
            i++;
        else if (r->s[i] == '/' && i + 1 < r->n &&
                 (r->s[i + 1] == '*' || r->s[i + 1] == '/'))
            break;
    }
    return (i > r->n ? r->n : i) - r->at;
}

static size_t number_len(const struct reader *r)
{
    size_t i = r->at;
    for (; i < r->n; i++) {
        char c = r->s[i];
        bool sign = (c == '+' || c == '-') && i > r->at &&
                    strchr("eEpP", r->s[i - 1]) != NULL;
        if (!is_digit(c) && !is_alpha(c) && c != '.' && !sign)
            break;
        /* 0xE+1 is a sum */
        if (sign && r->s[r->at] == '0' && r->at + 1 < r->n &&
            (r->s[r->at + 1] | 32) == 'x' && (r->s[i - 1] | 32) == 'e')
            break;
    }
    return i - r->at;
}

static size_t name_len(const struct reader *r)
{
    size_t i = r->at;
    while (i < r->n && (is_alpha(r->s[i]) || is_digit(r->s[i])))
        i++;
    return i - r->at;
}

static size_t punct_len(const struct reader *r)
{
    static const char *const longer[] = {
        "...", "<<=", ">>=", "->", "++", "--", "<<", ">>",
        "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
        "*=",  "/=",  "%=",  "&=", "|=", "^=", "##", "::",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(longer); i++) {
        size_t n = strlen(longer[i]);
        if (r->at + n <= r->n && memcmp(r->s + r->at, longer[i], n) == 0)
            return n;
    }
    return 1;
}

static void classify(struct reader *r, struct tw_ctok *t)
{
    char c = peek(r, 0), next = peek(r, 1);
    if (c == '/' && (next == '/' || next == '*')) {
        t->kind = TW_CTOK_COMMENT;
        t->len = comment_len(r);
    } else if (c == '#' && !r->line_begun) {
        t->kind = TW_CTOK_DIRECTIVE;
        t->len = directive_len(r);
    } else if (c == '"' || c == '\'') {
        t->kind = c == '"' ? TW_CTOK_STRING : TW_CTOK_CHAR;
        t->len = quoted_len(r);
    } else if (is_digit(c) || (c == '.' && is_digit(next))) {
        t->kind = TW_CTOK_NUMBER;
        t->len = number_len(r);
    } else if (is_alpha(c)) {
        t->kind = TW_CTOK_NAME;
        t->len = name_len(r);
    } else {
        t->kind = TW_CTOK_PUNCT;
        t->len = punct_len(r);
    }
}

static bool next_token(struct reader *r, struct tw_ctok *t)
{
    skip_blanks(r);
    if (r->at >= r->n)
        return false;
    *t = (struct tw_ctok){ .at = r->at, .line = r->line };
    classify(r, t);
    r->line_begun = r->line_begun || t->kind != TW_CTOK_COMMENT;
    for (size_t i = 0; i < t->len; i++)
        r->line += r->s[r->at + i] == '\n';
    r->at += t->len;
    return true;
}

bool tw_ctok_is(const struct tw_ctoks *t, size_t i, const char *word)
{
    size_t n = strlen(word);
    return i < t->n && t->tokens[i].len == n &&
           memcmp(t->text + t->tokens[i].at, word, n) == 0;
}

bool tw_ctok_among(const struct tw_ctoks *t, size_t i, const char *const *words)
{
    for (; *words; words++)
        if (tw_ctok_is(t, i, *words))
            return true;
    return false;
}

static int bracket(const struct tw_ctoks *t, size_t i)
{
    if (t->tokens[i].kind != TW_CTOK_PUNCT)
        return 0;
    char c = t->text[t->tokens[i].at];
    return c == '(' || c == '[' || c == '{'   ? 1
           : c == ')' || c == ']' || c == '}' ? -1
                                              : 0;
}

/* One pass with a stack, so that no text makes the search quadratic. */
static bool match_brackets(struct tw_ctoks *t, struct tw_arena *a)
{
    size_t *open = tw_arena_alloc(a, t->n + 1, sizeof(*open));
    size_t depth = 0;
    t->close = tw_arena_alloc(a, t->n + 1, sizeof(*t->close));
    if (!open || !t->close)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        int b = bracket(t, i);
        t->close[i] = b > 0 ? t->n : i;
        if (b > 0)
            open[depth++] = i;
        else if (b < 0 && depth)
            t->close[open[--depth]] = i;
    }
    return true;
}

size_t tw_ctok_close(const struct tw_ctoks *t, size_t i)
{
    return i < t->n ? t->close[i] : t->n;
}

enum tw_status tw_ctok_read(struct tw_ctoks *t, struct tw_arena *a,
                            const char *text, size_t n, bool comments,
                            struct tw_err *err)
{
    struct tw_ctok one;
    *t = (struct tw_ctoks){ .text = text, .len = n };
    if (n > TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "source of more than %d MiB",
                       TEXT_MAX >> 20);
    size_t count = 0;
    for (struct reader r = { text, n, 0, 1, false }; next_token(&r, &one);)
        count++;
    t->tokens = tw_arena_alloc(a, count + 1, sizeof(*t->tokens));
    if (!t->tokens)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %zu tokens",
                       count);
    struct reader r = { text, n, 0, 1, false };
    while (next_token(&r, &one))
        if (comments || one.kind != TW_CTOK_COMMENT)
            t->tokens[t->n++] = one;
    if (!match_brackets(t, a))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for brackets");
    t->n_lines = r.line - (n > 0 && text[n - 1] == '\n') - (n == 0);
    return TW_OK;
}

/* NAME ( ... ) with a "{" behind it, maybe after attributes: at its name. */
static bool function_at(const struct tw_ctoks *t, size_t i,
                        struct tw_cfunction *f)
{
    static const char *const no_name[] = { "if",     "for",    "while",
                                           "switch", "return", "sizeof",
                                           NULL };
    if (t->tokens[i].kind != TW_CTOK_NAME || !tw_ctok_is(t, i + 1, "(") ||
        tw_ctok_among(t, i, no_name))
        return false;
    size_t end = tw_ctok_close(t, i + 1);
    if (!tw_ctok_is(t, end + 1, "{"))
        return false;
    *f = (struct tw_cfunction){ i, i + 1, end + 1, tw_ctok_close(t, end + 1) };
    if (f->close == t->n)
        f->close = t->n - 1; /* unclosed: to the last token */
    return true;
}

enum tw_status tw_ctok_functions(const struct tw_ctoks *t, struct tw_arena *a,
                                 struct tw_cfunction **found, size_t *n,
                                 struct tw_err *err)
{
    struct tw_cfunction f;
    size_t count = 0;
    for (size_t i = 0; i < t->n; i++)
        if (function_at(t, i, &f)) {
            count++;
            i = f.close;
        }
    *n = 0;
    *found = tw_arena_alloc(a, count + 1, sizeof(**found));
    if (!*found)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %zu functions",
                       count);
    for (size_t i = 0; i < t->n; i++)
        if (function_at(t, i, &f)) {
            (*found)[(*n)++] = f;
            i = f.close;
        }
    return TW_OK;
}
