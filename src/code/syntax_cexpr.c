/*
 * syntax_cexpr.c - expressions of C.
 */
#include <string.h>

#include "code/syntax_c_priv.h"

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

static struct tw_node *wrap(struct syn *p, const char *type, const char *field,
                            struct tw_node *child)
{
    struct tw_node *n = syn_node(p, type, child->at);
    syn_add(n, field, child);
    return n;
}

static void piece(struct syn *p, struct tw_node *to, const char *type,
                  bool named, size_t at, size_t end)
{
    struct tw_node *n = syn_node(p, type, at);
    n->named = named;
    n->end = end;
    syn_add(to, NULL, n);
}

static size_t escape_len(const char *s, size_t n)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t k = 2;
    if (n < 2)
        return 1;
    if (s[1] == 'x' || s[1] == 'u' || s[1] == 'U') {
        size_t most = s[1] == 'x' ? n : s[1] == 'u' ? 6 : 10;
        while (k < n && k < most && s[k] && strchr(hex, s[k]))
            k++;
    } else if (s[1] >= '0' && s[1] <= '9') {
        while (k < n && k < 4 && s[k] >= '0' && s[k] <= '9')
            k++;
    }
    return k;
}

/* Quotes, and between them content and escapes; of a character each one. */
static void quoted_parts(struct syn *p, struct tw_node *to)
{
    static const char *const opens[] = { "L\"", "u\"", "U\"", "u8\"", "\"",
                                         "L'",  "u'",  "U'",  "u8'",  "'" };
    size_t i = to->at, end = to->end, k = 0;
    bool text = p->s[end - 1] == '"';
    while (k + 1 < TW_ARRAY_LEN(opens) &&
           strncmp(p->s + i, opens[k], strlen(opens[k])) != 0)
        k++;
    piece(p, to, opens[k], false, i, i + strlen(opens[k]));
    i += strlen(opens[k]);
    while (i + 1 < end && !p->no_room) {
        size_t n = 1;
        bool escape = p->s[i] == '\\';
        if (escape)
            n = escape_len(p->s + i, end - 1 - i);
        else if (text)
            while (i + n + 1 < end && p->s[i + n] != '\\')
                n++;
        piece(p, to,
              escape ? "escape_sequence"
              : text ? "string_content"
                     : "character",
              true, i, i + n);
        i += n;
    }
    piece(p, to, text ? "\"" : "'", false, end - 1, end);
}

static struct tw_node *quoted(struct syn *p, const char *type)
{
    struct tw_node *n = syn_leaf(p, type);
    quoted_parts(p, n);
    return n;
}

static bool is_string_part(const struct syn *p)
{
    enum syn_kind k = syn_peek(p, 0)->kind;
    return k == SYN_STRING || (k == SYN_NAME && !syn_c_is_type_word(p, 0));
}

struct tw_node *syn_c_string(struct syn *p)
{
    struct tw_node *first = quoted(p, "string_literal");
    if (!is_string_part(p))
        return first;
    struct tw_node *all = wrap(p, "concatenated_string", NULL, first);
    while (is_string_part(p))
        syn_add(all, NULL,
                syn_peek(p, 0)->kind == SYN_STRING ? quoted(p, "string_literal")
                                                   : syn_leaf(p, "identifier"));
    return all;
}

static struct tw_node *name(struct syn *p)
{
    static const char *const reserved[] = {
        "if",     "else",   "for",   "while",    "do",      "switch", "case",
        "return", "break",  "goto",  "continue", "default", "struct", "union",
        "enum",   "static", "const", "typedef",  "extern",  "sizeof", NULL,
    };
    if (syn_among(p, reserved))
        return NULL;
    if (syn_is(p, "true") || syn_is(p, "TRUE"))
        return syn_leaf(p, "true");
    if (syn_is(p, "false") || syn_is(p, "FALSE"))
        return syn_leaf(p, "false");
    if (!syn_is(p, "NULL") && !syn_is(p, "nullptr"))
        return syn_leaf(p, "identifier");
    struct tw_node *n = syn_node(p, "null", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    return n;
}

struct tw_node *syn_c_parens(struct syn *p)
{
    struct tw_node *n =
        syn_node(p, "parenthesized_expression", syn_peek(p, 0)->at);
    if (!syn_accept(p, n, "("))
        return NULL;
    struct tw_node *v = syn_c_comma(p);
    if (!v || !syn_is(p, ")"))
        return NULL;
    syn_add(n, NULL, v);
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *primary(struct syn *p)
{
    switch (syn_peek(p, 0)->kind) {
    case SYN_INT:
    case SYN_FLOAT:
        return syn_leaf(p, "number_literal");
    case SYN_STRING:
        return syn_c_string(p);
    case SYN_CHAR:
        return quoted(p, "char_literal");
    case SYN_NAME:
        return name(p);
    case SYN_OP:
        return syn_is(p, "(") ? syn_c_parens(p) : NULL;
    case SYN_DIRECTIVE:
    case SYN_NEWLINE:
    case SYN_BAD:
    case SYN_END:
        break;
    }
    return NULL;
}

static struct tw_node *arguments(struct syn *p)
{
    struct tw_node *n = syn_node(p, "argument_list", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    while (!syn_is(p, ")")) {
        struct tw_node *v =
            syn_is(p, "{") ? syn_c_compound(p) : syn_c_expression(p);
        if (!v)
            return NULL;
        syn_add(n, NULL, v);
        if (!syn_accept(p, n, ",") && !syn_is(p, ")"))
            return NULL;
    }
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *index_of(struct syn *p, struct tw_node *v)
{
    struct tw_node *n = wrap(p, "subscript_expression", "argument", v);
    syn_take(p, n, NULL, NULL);
    v = syn_c_expression(p);
    if (!v || !syn_is(p, "]"))
        return NULL;
    syn_add(n, "index", v);
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *postfix(struct syn *p, struct tw_node *v)
{
    while (v) {
        struct tw_node *n;
        if (syn_is(p, "(")) {
            n = wrap(p, "call_expression", "function", v);
            v = arguments(p);
            if (v)
                syn_add(n, "arguments", v);
            v = v ? n : NULL;
        } else if (syn_is(p, "[")) {
            v = index_of(p, v);
        } else if ((syn_is(p, ".") || syn_is(p, "->")) &&
                   syn_peek(p, 1)->kind == SYN_NAME) {
            n = wrap(p, "field_expression", "argument", v);
            syn_take(p, n, "operator", NULL);
            syn_take(p, n, "field", "field_identifier");
            v = n;
        } else if (syn_is(p, "++") || syn_is(p, "--")) {
            n = wrap(p, "update_expression", "argument", v);
            syn_take(p, n, "operator", NULL);
            v = n;
        } else {
            break;
        }
    }
    return v;
}

/* ( type ): a word of types, or a name with stars, or a name and an operand
 * behind the bracket. */
static bool is_cast(const struct syn *p)
{
    size_t i = 2;
    if (!syn_is(p, "("))
        return false;
    if (syn_c_is_type_word(p, 1))
        return true;
    if (syn_peek(p, 1)->kind != SYN_NAME)
        return false;
    while (syn_is_at(p, i, "*"))
        i++;
    if (!syn_is_at(p, i, ")"))
        return false;
    enum syn_kind k = syn_peek(p, i + 1)->kind;
    return i > 2 || k == SYN_NAME || k == SYN_INT || k == SYN_STRING ||
           k == SYN_CHAR || syn_is_at(p, i + 1, "{");
}

static struct tw_node *unary(struct syn *p);

static struct tw_node *cast(struct syn *p)
{
    struct tw_node *n = syn_node(p, "cast_expression", syn_peek(p, 0)->at), *v;
    syn_take(p, n, NULL, NULL);
    v = syn_c_type_descriptor(p);
    if (!v || !syn_is(p, ")"))
        return NULL;
    syn_add(n, "type", v);
    syn_take(p, n, NULL, NULL);
    bool literal = syn_is(p, "{");
    v = literal ? syn_c_initializer(p) : unary(p);
    if (!v)
        return NULL;
    syn_add(n, "value", v);
    if (!literal)
        return n;
    n->type = "compound_literal_expression";
    return postfix(p, n);
}

static struct tw_node *size_of(struct syn *p)
{
    struct tw_node *n = syn_node(p, "sizeof_expression", syn_peek(p, 0)->at),
                   *v;
    syn_take(p, n, NULL, NULL);
    size_t i = 2;
    while (syn_is(p, "(") && syn_is_at(p, i, "*"))
        i++;
    bool type =
        syn_is(p, "(") &&
        (syn_c_is_type_word(p, 1) ||
         (i > 2 && syn_peek(p, 1)->kind == SYN_NAME && syn_is_at(p, i, ")")));
    if (!type) {
        v = unary(p);
        if (v)
            syn_add(n, "value", v);
        return v ? n : NULL;
    }
    syn_take(p, n, NULL, NULL);
    v = syn_c_type_descriptor(p);
    if (!v || !syn_is(p, ")"))
        return NULL;
    syn_add(n, "type", v);
    syn_take(p, n, NULL, NULL);
    return n;
}

/* A sign with the digits right behind it is part of the number. */
static struct tw_node *signed_number(struct syn *p)
{
    const struct syn_token *sign = syn_peek(p, 0), *digits = syn_peek(p, 1);
    if ((!syn_is(p, "-") && !syn_is(p, "+")) || digits->kind != SYN_INT ||
        digits->at != sign->end)
        return NULL;
    struct tw_node *n = syn_node(p, "number_literal", sign->at);
    n->end = digits->end;
    p->i += 2;
    return n;
}

static struct tw_node *prefixed(struct syn *p)
{
    bool update = syn_is(p, "++") || syn_is(p, "--");
    bool pointer = syn_is(p, "*") || syn_is(p, "&");
    struct tw_node *n = syn_node(p,
                                 update    ? "update_expression"
                                 : pointer ? "pointer_expression"
                                           : "unary_expression",
                                 syn_peek(p, 0)->at);
    syn_take(p, n, "operator", NULL);
    struct tw_node *v = unary(p);
    if (v)
        syn_add(n, "argument", v);
    return v ? n : NULL;
}

static struct tw_node *unary_here(struct syn *p)
{
    static const char *const ops[] = { "!", "~",  "-",  "+", "*",
                                       "&", "++", "--", NULL };
    struct tw_node *n = signed_number(p);
    if (n)
        return postfix(p, n);
    if (syn_among(p, ops))
        return prefixed(p);
    if (syn_is(p, "sizeof"))
        return size_of(p);
    if (is_cast(p))
        return cast(p);
    return postfix(p, primary(p));
}

static struct tw_node *unary(struct syn *p)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = unary_here(p);
    syn_leave(p);
    return n;
}

static int precedence(const struct syn *p)
{
    static const struct {
        const char *op;
        int level;
    } table[] = {
        { "||", 1 }, { "&&", 2 }, { "|", 3 },  { "^", 4 },  { "&", 5 },
        { "==", 6 }, { "!=", 6 }, { "<", 7 },  { "<=", 7 }, { ">", 7 },
        { ">=", 7 }, { "<<", 9 }, { ">>", 9 }, { "+", 10 }, { "-", 10 },
        { "*", 11 }, { "/", 11 }, { "%", 11 },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(table); i++)
        if (syn_is(p, table[i].op))
            return table[i].level;
    return 0;
}

static struct tw_node *binary(struct syn *p, int least)
{
    struct tw_node *v = unary(p);
    for (int level; v && (level = precedence(p)) >= least && level > 0;) {
        struct tw_node *n = wrap(p, "binary_expression", "left", v);
        syn_take(p, n, "operator", NULL);
        v = binary(p, level + 1); /* at most eleven deep */
        if (v)
            syn_add(n, "right", v);
        v = v ? n : NULL;
    }
    return v;
}

static struct tw_node *conditional(struct syn *p, struct tw_node *v)
{
    struct tw_node *n = wrap(p, "conditional_expression", "condition", v);
    syn_take(p, n, NULL, NULL);
    if (!syn_is(p, ":")) {
        v = syn_c_comma(p);
        if (!v)
            return NULL;
        syn_add(n, "consequence", v);
    }
    if (!syn_accept(p, n, ":"))
        return NULL;
    v = syn_c_expression(p);
    if (v)
        syn_add(n, "alternative", v);
    return v ? n : NULL;
}

static struct tw_node *expression_here(struct syn *p)
{
    static const char *const sets[] = { "=",   "*=",  "/=", "%=", "+=", "-=",
                                        "<<=", ">>=", "&=", "^=", "|=", NULL };
    struct tw_node *v = binary(p, 1), *n;
    if (!v)
        return NULL;
    if (syn_is(p, "?"))
        return conditional(p, v);
    if (!syn_among(p, sets))
        return v;
    n = wrap(p, "assignment_expression", "left", v);
    syn_take(p, n, "operator", NULL);
    v = syn_c_expression(p);
    if (v)
        syn_add(n, "right", v);
    return v ? n : NULL;
}

struct tw_node *syn_c_expression(struct syn *p)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = expression_here(p);
    syn_leave(p);
    return n;
}

/* a, b, c leans to the right: a with (b with c). */
struct tw_node *syn_c_comma(struct syn *p)
{
    struct tw_node *v = syn_c_expression(p), *all = NULL, *last = NULL;
    while (v && syn_is(p, ",")) {
        struct tw_node *n = wrap(p, "comma_expression", "left", v);
        syn_take(p, n, NULL, NULL);
        if (last)
            syn_add(last, "right", n);
        all = all ? all : n;
        last = n;
        v = syn_c_expression(p);
    }
    if (v && last)
        syn_add(last, "right", v);
    return v && all ? all : v;
}

static struct tw_node *value(struct syn *p)
{
    return syn_is(p, "{") ? syn_c_initializer(p) : syn_c_expression(p);
}

/* [x] = y, .x = y */
static struct tw_node *pair(struct syn *p)
{
    struct tw_node *n = syn_node(p, "initializer_pair", syn_peek(p, 0)->at);
    while (syn_is(p, "[") || syn_is(p, ".")) {
        bool index = syn_is(p, "[");
        struct tw_node *d =
            syn_node(p, index ? "subscript_designator" : "field_designator",
                     syn_peek(p, 0)->at);
        syn_take(p, d, NULL, NULL);
        if (index) {
            struct tw_node *v = syn_c_expression(p);
            if (!v || !syn_is(p, "]"))
                return NULL;
            syn_add(d, NULL, v);
            syn_take(p, d, NULL, NULL);
        } else {
            syn_take(p, d, NULL, "field_identifier");
        }
        syn_add(n, "designator", d);
    }
    if (!syn_accept(p, n, "="))
        return NULL;
    struct tw_node *v = value(p);
    if (v)
        syn_add(n, "value", v);
    return v ? n : NULL;
}

struct tw_node *syn_c_initializer(struct syn *p)
{
    struct tw_node *n = syn_node(p, "initializer_list", syn_peek(p, 0)->at);
    if (!syn_enter(p))
        return NULL;
    syn_take(p, n, NULL, NULL);
    bool ok = true;
    while (ok && !syn_is(p, "}")) {
        struct tw_node *v =
            syn_is(p, "[") || syn_is(p, ".") ? pair(p) : value(p);
        if (v)
            syn_add(n, NULL, v);
        ok = v && (syn_accept(p, n, ",") || syn_is(p, "}"));
    }
    syn_leave(p);
    if (!ok)
        return NULL;
    syn_take(p, n, NULL, NULL);
    return n;
}

/* NOLINTEND(misc-no-recursion) */
