/*
 * syntax_pystring.c - what is inside of a Python string: start, content with
 * its escapes, interpolations of f-strings, end.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

struct inside {
    struct syn *p;
    struct tw_node *to;
    struct tw_node *content; /* open one, or NULL */
    size_t at, end;
    bool raw, bytes, format;
};

static struct tw_node *piece(struct inside *x, const char *type, size_t at,
                             size_t n)
{
    struct tw_node *v = syn_node(x->p, type, at);
    v->end = at + n;
    return v;
}

static void content(struct inside *x, size_t n)
{
    if (!x->content) {
        x->content = piece(x, "string_content", x->at, 0);
        syn_add(x->to, NULL, x->content);
    }
    x->at += n;
    x->content->end = x->at;
}

static size_t digits(const char *s, size_t n, size_t want, const char *set)
{
    for (size_t i = 0; i < want; i++)
        if (i >= n || !s[i] || !strchr(set, s[i]))
            return 0;
    return want;
}

/* Length of the escape sequence at a backslash, 0 when it is none. */
static size_t escape_len(const struct inside *x)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    const char *s = x->p->s + x->at + 1;
    size_t n = x->end - x->at - 1, k = 0;
    if (n == 0)
        return 0;
    switch (s[0]) {
    case 'x':
        k = digits(s + 1, n - 1, 2, hex);
        break;
    case 'u':
        k = x->bytes ? 0 : digits(s + 1, n - 1, 4, hex);
        break;
    case 'U':
        k = x->bytes ? 0 : digits(s + 1, n - 1, 8, hex);
        break;
    case 'N':
        if (!x->bytes && n > 1 && s[1] == '{')
            while (1 + k < n && s[k] != '}')
                k++;
        break;
    default:
        if (strchr("'\"abfrntv\\\n", s[0]))
            return 2;
        k = digits(s, n, 3, "0123456789");
        return k ? k + 1 : 0;
    }
    return k ? k + 2 : 0;
}

static void escape(struct inside *x)
{
    size_t n = x->raw ? 0 : escape_len(x), at = x->at;
    bool more = x->at + 1 < x->end;
    if (n == 0) {
        content(x, more && x->raw ? 2 : 1);
        return;
    }
    content(x, n);
    syn_add(x->content, NULL, piece(x, "escape_sequence", at, n));
}

/* The expression at "{": tokens of their own, up to : ! = or the brace. */
static struct tw_node *expression(struct inside *x, size_t from, size_t to)
{
    struct syn sub = {
        .s = x->p->s, .n = to, .a = x->p->a, .tree = x->p->tree
    };
    bool comma;
    if (x->p->depth >= SYN_DEPTH_MAX)
        return NULL;
    sub.depth = x->p->depth + 10;
    sub.tokens = tw_arena_alloc(sub.a, to - from + 2, sizeof(*sub.tokens));
    if (!sub.tokens) {
        x->p->no_room = true;
        return NULL;
    }
    sub.from = from;
    syn_tokens_python(&sub);
    struct tw_node *v =
        syn_is(&sub, "yield") ? syn_py_yield(&sub) : syn_py_list(&sub, &comma);
    x->p->no_room = x->p->no_room || sub.no_room;
    enum syn_kind k = syn_peek(&sub, 0)->kind;
    return k == SYN_END || k == SYN_NEWLINE ? v : NULL;
}

/* Where the expression ends: at : ! = } outside of brackets and strings. */
static size_t expression_end(const struct inside *x, size_t i)
{
    const char *s = x->p->s;
    int depth = 0;
    for (; i < x->end; i++) {
        char c = s[i], next = i + 1 < x->end ? s[i + 1] : '\0';
        if (strchr("([{", c)) {
            depth++;
        } else if (strchr(")]}", c)) {
            if (depth == 0)
                return i;
            depth--;
        } else if (c == '"' || c == '\'') {
            while (++i < x->end && s[i] != c)
                i += s[i] == '\\';
        } else if (depth == 0 && (c == ':' || (c == '!' && next != '=') ||
                                  (c == '=' && (next == '}' || next == ':' ||
                                                next == '!')))) {
            return i;
        }
    }
    return i;
}

static void anonymous(struct inside *x, struct tw_node *to, const char *text)
{
    struct tw_node *v = piece(x, text, x->at, strlen(text));
    v->named = false;
    syn_add(to, NULL, v);
    x->at += strlen(text);
}

static void format_spec(struct inside *x, struct tw_node *to)
{
    struct tw_node *f = piece(x, "format_specifier", x->at, 1);
    int depth = 0;
    anonymous(x, f, ":");
    for (; x->at < x->end; x->at++) {
        char c = x->p->s[x->at];
        if (c == '}' && depth == 0)
            break;
        if (c == '{' && depth++ == 0) {
            size_t end = expression_end(x, x->at + 1);
            struct tw_node *e = piece(x, "format_expression", x->at, 1);
            struct tw_node *v = expression(x, x->at + 1, end);
            if (v)
                syn_add(e, "expression", v);
            syn_add(f, NULL, e);
        } else if (c == '}') {
            depth--;
        }
    }
    f->end = x->at;
    syn_add(to, "format_specifier", f);
}

static bool interpolation(struct inside *x)
{
    size_t end = expression_end(x, x->at + 1);
    struct tw_node *v = expression(x, x->at + 1, end);
    struct tw_node *n = piece(x, "interpolation", x->at, 1);
    if (!v || end >= x->end)
        return false;
    x->content = NULL;
    anonymous(x, n, "{");
    syn_add(n, "expression", v);
    x->at = end;
    if (x->p->s[x->at] == '=')
        anonymous(x, n, "=");
    if (x->at < x->end && x->p->s[x->at] == '!') {
        syn_add(n, "type_conversion", piece(x, "type_conversion", x->at, 2));
        x->at += 2;
    }
    if (x->at < x->end && x->p->s[x->at] == ':')
        format_spec(x, n);
    if (x->at < x->end && x->p->s[x->at] == '}')
        anonymous(x, n, "}");
    syn_add(x->to, NULL, n);
    return true;
}

static void brace(struct inside *x)
{
    char c = x->p->s[x->at];
    bool twice = x->at + 1 < x->end && x->p->s[x->at + 1] == c;
    size_t at = x->at;
    if (twice) {
        content(x, 2);
        syn_add(x->content, NULL, piece(x, "escape_interpolation", at, 2));
    } else if (c == '}' || !interpolation(x)) {
        content(x, 1);
    }
}

void syn_py_string_parts(struct syn *p, struct tw_node *string)
{
    size_t prefix = 0, at = string->at, end = string->end;
    struct inside x = { .p = p, .to = string };
    for (; p->s[at + prefix] != '"' && p->s[at + prefix] != '\''; prefix++) {
        char c = (char)(p->s[at + prefix] | 32);
        x.raw = x.raw || c == 'r';
        x.bytes = x.bytes || c == 'b';
        x.format = x.format || c == 'f';
    }
    char q = p->s[at + prefix];
    size_t quotes =
        end - at - prefix >= 6 && p->s[at + prefix + 1] == q ? 3 : 1;
    x.at = at + prefix + quotes;
    x.end = end - quotes;
    syn_add(string, NULL, piece(&x, "string_start", at, prefix + quotes));
    while (x.at < x.end && !p->no_room) {
        char c = p->s[x.at];
        if (c == '\\')
            escape(&x);
        else if (x.format && (c == '{' || c == '}'))
            brace(&x);
        else
            content(&x, 1);
    }
    syn_add(string, NULL, piece(&x, "string_end", x.end, quotes));
}

/* NOLINTEND(misc-no-recursion) */
