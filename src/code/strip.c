/*
 * strip.c - comments, docstrings and empty lines out of a text.
 *
 * It gives what the function remove_comments_and_docstrings() of the published
 * program gives. Python there goes through the module tokenize; a text that
 * this refuses (an open bracket or string, an indentation that matches
 * nothing) stays as it is. C goes through a regular expression.
 */
#include "code/strip.h"

#include "code/lexer.h"

#include <string.h>

#include "base/banned.h"

enum { INDENTS_MAX = 100, TAB = 8 };

/* What the token before was, as far as docstrings ask. */
enum before { AFTER_INDENT, AFTER_NEWLINE, AFTER_OTHER };

struct strip {
    const char *s;         /* the text, borrowed */
    size_t n, at, line_at; /* line_at: where the line begins */
    char *out; /* as long as the text and two bytes more: nothing grows */
    size_t n_out;
    enum before before;
    int brackets; /* open ones: in them no line ends */
    int indents[INDENTS_MAX];
    size_t n_indents;
    bool refused;
};

static void put(struct strip *x, const char *text, size_t n)
{
    memcpy(x->out + x->n_out, text, n);
    x->n_out += n;
}

static char look(const struct strip *x, size_t i)
{
    if (i >= x->n - x->at)
        return '\0';
    return x->s[x->at + i];
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Length of a whole string at x->at + prefix; 0: its line ends first; with
 * three quotes that never close the text is refused. */
static size_t string_len(struct strip *x, size_t prefix)
{
    size_t i = x->at + prefix;
    char q = x->s[i];
    bool three = look(x, prefix + 1) == q && look(x, prefix + 2) == q;
    i += 1;
    if (three)
        i += 2;
    for (; i < x->n; i++) {
        if (x->s[i] == '\\') {
            i++;
        } else if (x->s[i] == q) {
            if (!three)
                return i + 1 - x->at;
            if (i + 2 < x->n && x->s[i + 1] == q && x->s[i + 2] == q)
                return i + 3 - x->at;
        } else if (x->s[i] == '\n' && !three) {
            return 0;
        }
    }
    x->refused = x->refused || three;
    return 0;
}

/* Up to two letters in front of a quote; 0 too where no quote follows. */
static size_t prefix_len(const struct strip *x)
{
    size_t n = 0;
    while (n < 2 && look(x, n) && strchr("rRbBuUfF", look(x, n)))
        n++;
    if (look(x, n) != '"' && look(x, n) != '\'')
        return 0;
    return n;
}

/* At the first text of a logical line. A docstring stands behind an indent
 * or a newline, which is what is remembered here. */
static void indentation(struct strip *x, int column)
{
    if (column > x->indents[x->n_indents - 1]) {
        if (x->n_indents == INDENTS_MAX) {
            x->refused = true;
            return;
        }
        x->indents[x->n_indents++] = column;
        x->before = AFTER_INDENT;
        return;
    }
    while (column < x->indents[x->n_indents - 1]) {
        x->n_indents--;
        x->before = AFTER_OTHER;
    }
    x->refused = x->refused || column != x->indents[x->n_indents - 1];
}

/* Blanks in front of a line; a tab goes to the next multiple of 8, a form
 * feed back to the margin, as in Python's own tokenizer. */
static void line_begins(struct strip *x)
{
    int column = 0;
    size_t begun = x->n_out;
    x->line_at = x->at;
    for (; x->at < x->n; x->at++) {
        char c = x->s[x->at];
        if (c == ' ')
            column++;
        else if (c == '\t')
            column = (column / TAB + 1) * TAB;
        else if (c == '\f')
            column = 0;
        else
            break;
        put(x, &c, 1);
        if (c == '\f')
            x->out[x->n_out - 1] = ' ';
    }
    char c = look(x, 0);
    if (x->at < x->n && c != '#' && c != '\n' && c != '\r')
        indentation(x, column);
    /* Only a line that goes deeper keeps its tabs. */
    for (size_t i = begun; x->before != AFTER_INDENT && i < x->n_out; i++)
        x->out[i] = ' ';
}

/* A string that is a statement of its own is a docstring and goes; one that
 * does not end is a lone quote. */
static void string(struct strip *x, size_t prefix)
{
    size_t n = string_len(x, prefix);
    bool at_line = x->at == x->line_at;
    if (n == 0) {
        put(x, x->s + x->at, prefix + 1);
        x->at += prefix + 1;
        x->before = AFTER_OTHER;
        return;
    }
    if (x->before == AFTER_OTHER && !at_line)
        put(x, x->s + x->at, n);
    for (size_t i = 0; i < n; i++)
        if (x->s[x->at + i] == '\n')
            x->line_at = x->at + i + 1;
    x->at += n;
    x->before = AFTER_OTHER;
}

/* A word, or one byte. */
static void other(struct strip *x)
{
    char c = look(x, 0);
    size_t n = 1;
    x->brackets += strchr("([{", c) != NULL;
    if (strchr(")]}", c))
        x->brackets--;
    if (is_word(c))
        while (x->at + n < x->n && is_word(look(x, n)))
            n++;
    put(x, x->s + x->at, n);
    x->at += n;
    x->before = AFTER_OTHER;
}

/* An empty line ends no logical line: what stood before it counts on. */
static void newline(struct strip *x, bool *fresh, bool empty)
{
    put(x, "\n", 1);
    x->at++;
    *fresh = x->brackets <= 0;
    if (x->brackets <= 0 && !empty)
        x->before = AFTER_NEWLINE;
    else
        x->before = AFTER_OTHER;
    x->line_at = x->at;
}

static void python(struct strip *x)
{
    bool fresh = true, empty = true;
    while (x->at < x->n && !x->refused) {
        if (fresh) {
            line_begins(x);
            fresh = false;
            empty = true;
            continue;
        }
        char c = look(x, 0);
        size_t prefix = prefix_len(x);
        if (c == '\n') {
            newline(x, &fresh, empty);
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
            put(x, " ", 1);
            x->at++;
        } else if (c == '\\' && look(x, 1) == '\n') {
            x->at += 2;
            x->line_at = x->at;
            x->refused = x->at == x->n;
        } else if (c == '#') {
            while (x->at < x->n && look(x, 0) != '\n')
                x->at++;
            x->before = AFTER_OTHER;
        } else {
            empty = false;
            if (prefix || c == '"' || c == '\'')
                string(x, prefix);
            else
                other(x);
        }
    }
    x->refused = x->refused || x->brackets > 0;
}

/* Comments become a blank, everything between them stays. */
static void c_text(struct strip *x)
{
    struct tw_lexer lexer = tw_lexer_of(x->s, x->n, TW_LEX_C_COMMENTS);
    struct tw_lex_token t;
    while (tw_lexer_next(&lexer, &t)) {
        if (t.kind != TW_LEX_COMMENT)
            continue;
        put(x, x->s + x->at, t.at - x->at);
        put(x, " ", 1);
        x->at = t.at + t.len;
    }
    put(x, x->s + x->at, x->n - x->at);
}

/* Lines that are not empty, without a newline at the end. */
static void drop_empty(struct strip *x)
{
    size_t to = 0;
    for (size_t i = 0; i < x->n_out;) {
        const char *line = x->out + i;
        const char *end = memchr(line, '\n', x->n_out - i);
        size_t n = x->n_out - i;
        if (end)
            n = (size_t)(end - line);
        struct tw_piece p = tw_text_strip((struct tw_piece){ line, n });
        if (p.n) {
            if (to)
                x->out[to++] = '\n';
            memmove(x->out + to, line, n);
            to += n;
        }
        i += n + 1;
    }
    x->n_out = to;
}

enum tw_status tw_source_strip(struct tw_piece *out, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err)
{
    struct strip x = { .s = text.s, .n = text.n, .n_indents = 1 };
    x.out = tw_arena_alloc(a, text.n + 2, 1);
    if (!x.out)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a source text");
    if (lang == TW_SYNTAX_PYTHON)
        python(&x);
    else
        c_text(&x);
    *out = text;
    if (x.refused)
        return TW_OK;
    drop_empty(&x);
    *out = (struct tw_piece){ x.out, x.n_out };
    return TW_OK;
}
