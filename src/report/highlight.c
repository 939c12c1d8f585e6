/*
 * highlight.c - Python source as HTML spans.
 *
 * It only has to look right: a token that is not known stays plain text, and
 * every byte goes through the escaper, so that no source can put a tag into
 * the report. It is no use of the lexer of code/: that one knows C and its
 * like, and this room knows run.json alone.
 */
#include "report/html_priv.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

struct scan {
    struct tw_buf *b;
    const char *s;
    size_t n;
    size_t at;
    bool names; /* the next name is being defined */
};

static const char *const keywords[] = {
    "and",      "as",       "assert", "async", "await",  "break",  "class",
    "continue", "def",      "del",    "elif",  "else",   "except", "finally",
    "for",      "from",     "global", "if",    "import", "in",     "is",
    "lambda",   "nonlocal", "not",    "or",    "pass",   "raise",  "return",
    "try",      "while",    "with",   "yield", "False",  "None",   "True",
};

static const char *const builtins[] = {
    "abs",       "all",        "any",
    "bool",      "dict",       "divmod",
    "enumerate", "filter",     "float",
    "int",       "isinstance", "len",
    "list",      "map",        "max",
    "min",       "pow",        "print",
    "range",     "reversed",   "round",
    "set",       "sorted",     "str",
    "sum",       "tuple",      "zip",
    "Exception", "IndexError", "KeyError",
    "TypeError", "ValueError", "ZeroDivisionError",
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Names may hold any letter: every byte past ASCII counts as one. */
static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           is_digit(c) || (unsigned char)c >= 0x80;
}

static bool listed(const char *const *list, size_t n, const char *s, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && memcmp(list[i], s, len) == 0)
            return true;
    return false;
}

/* The bytes up to end, in a span when there is a class. */
static void emit(struct scan *c, size_t end, const char *mark)
{
    if (mark)
        tw_buf_addf(c->b, "<span class=\"%s\">", mark);
    tw_utf8_add_xml(c->b, c->s + c->at, end - c->at);
    if (mark)
        tw_buf_adds(c->b, "</span>");
    c->at = end;
}

/* Past the string whose quote stands at i; an open one ends with its line,
 * or with the text when the quote is triple. */
static size_t string_end(const struct scan *c, size_t i)
{
    char quote = c->s[i];
    bool triple = i + 2 < c->n && c->s[i + 1] == quote && c->s[i + 2] == quote;

    i += 1;
    if (triple)
        i += 2;
    for (; i < c->n; i++) {
        if (c->s[i] == '\\' && i + 1 < c->n)
            i++;
        else if (c->s[i] == '\n' && !triple)
            return i;
        else if (c->s[i] == quote && !triple)
            return i + 1;
        else if (c->s[i] == quote && i + 2 < c->n && c->s[i + 1] == quote &&
                 c->s[i + 2] == quote)
            return i + 3;
    }
    return c->n;
}

static bool is_quote(const struct scan *c, size_t i)
{
    return i < c->n && (c->s[i] == '"' || c->s[i] == '\'');
}

/* A name, a keyword, or the prefix of a string; behind def and class the
 * name is marked as being defined. */
static void emit_name(struct scan *c)
{
    const char *s = c->s + c->at;
    size_t end = c->at;

    while (end < c->n && is_name(c->s[end]))
        end++;
    size_t len = end - c->at;
    if (len <= 2 && is_quote(c, end) && strspn(s, "rRbBfFuU") >= len) {
        emit(c, string_end(c, end), "s");
        return;
    }
    bool defined = c->names;
    c->names = (len == 3 && memcmp(s, "def", 3) == 0) ||
               (len == 5 && memcmp(s, "class", 5) == 0);
    if (listed(keywords, TW_ARRAY_LEN(keywords), s, len))
        emit(c, end, "k");
    else if (defined)
        emit(c, end, "f");
    else if (listed(builtins, TW_ARRAY_LEN(builtins), s, len))
        emit(c, end, "b");
    else
        emit(c, end, NULL);
}

/* Digits and what may stick to them: 0x1f, 1e-5, 1_000, 3.0j. */
static void emit_number(struct scan *c)
{
    size_t end = c->at;

    while (end < c->n && (is_name(c->s[end]) || c->s[end] == '.' ||
                          ((c->s[end] == '+' || c->s[end] == '-') &&
                           (c->s[end - 1] == 'e' || c->s[end - 1] == 'E'))))
        end++;
    emit(c, end, "n");
}

static size_t line_end(const struct scan *c)
{
    const char *p = memchr(c->s + c->at, '\n', c->n - c->at);

    if (!p)
        return c->n;
    return (size_t)(p - c->s);
}

/* A decorator begins its line, a matrix product does not. */
static bool starts_line(const struct scan *c)
{
    size_t i = c->at;

    while (i && (c->s[i - 1] == ' ' || c->s[i - 1] == '\t'))
        i--;
    return i == 0 || c->s[i - 1] == '\n';
}

/* Operators and blanks up to the next token that has a colour, in one
 * piece. */
static void emit_plain(struct scan *c)
{
    size_t end = c->at + 1;

    while (end < c->n && !is_name(c->s[end]) && !is_quote(c, end) &&
           c->s[end] != '#' && c->s[end] != '@')
        end++;
    emit(c, end, NULL);
}

void tw_html_python(struct tw_buf *b, const char *code, size_t n)
{
    struct scan c = { b, code, n, 0, false };

    while (c.at < n) {
        char next = code[c.at];
        if (next == '#')
            emit(&c, line_end(&c), "c");
        else if (next == '@' && starts_line(&c))
            emit(&c, line_end(&c), "d");
        else if (is_quote(&c, c.at))
            emit(&c, string_end(&c, c.at), "s");
        else if (is_digit(next))
            emit_number(&c);
        else if (is_name(next))
            emit_name(&c);
        else
            emit_plain(&c);
    }
}
