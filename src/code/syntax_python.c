/*
 * syntax_python.c - expressions of Python.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

static const char *const keywords[] = {
    "and",    "as",    "assert", "break",  "class",   "continue", "def",
    "del",    "elif",  "else",   "except", "finally", "for",      "from",
    "global", "if",    "import", "in",     "is",      "lambda",   "nonlocal",
    "not",    "or",    "pass",   "raise",  "return",  "try",      "while",
    "with",   "yield", NULL,
};

bool syn_py_is_keyword(const struct syn *p)
{
    return syn_among(p, keywords);
}

static struct tw_node *wrap(struct syn *p, const char *type, const char *field,
                            struct tw_node *child)
{
    struct tw_node *n = syn_node(p, type, child->at);
    syn_add(n, field, child);
    return n;
}

struct tw_node *syn_py_string(struct syn *p)
{
    struct tw_node *first = syn_leaf(p, "string");
    syn_py_string_parts(p, first);
    if (syn_peek(p, 0)->kind != SYN_STRING)
        return first;
    struct tw_node *all = wrap(p, "concatenated_string", NULL, first);
    while (syn_peek(p, 0)->kind == SYN_STRING) {
        struct tw_node *s = syn_leaf(p, "string");
        syn_py_string_parts(p, s);
        syn_add(all, NULL, s);
    }
    return all;
}

/* An element of a display: expression, *x, yield. */
static struct tw_node *element(struct syn *p)
{
    if (syn_is(p, "yield"))
        return syn_py_yield(p);
    if (!syn_is(p, "*"))
        return syn_py_expression(p);
    struct tw_node *n = syn_node(p, "list_splat", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    struct tw_node *v = syn_py_primary(p);
    if (!v)
        return NULL;
    syn_add(n, NULL, v);
    return n;
}

struct tw_node *syn_py_yield(struct syn *p)
{
    struct tw_node *n = syn_node(p, "yield", syn_peek(p, 0)->at), *v;
    enum syn_kind k;
    bool comma;
    syn_take(p, n, NULL, NULL);
    if (syn_accept(p, n, "from")) {
        v = syn_py_expression(p);
        if (!v)
            return NULL;
        syn_add(n, NULL, v);
        return n;
    }
    k = syn_peek(p, 0)->kind;
    if (k == SYN_NEWLINE || k == SYN_END || syn_is(p, ")") || syn_is(p, ";"))
        return n;
    v = syn_py_list(p, &comma);
    if (!v)
        return NULL;
    syn_add(n, NULL, v);
    return n;
}

/* TARGET, TARGET in a for: everything but a comparison. */
static struct tw_node *targets(struct syn *p)
{
    struct tw_node *v = syn_is(p, "*") ? element(p) : syn_py_primary(p);
    struct tw_node *list = v;
    while (v && syn_is(p, ",")) {
        if (list == v)
            list = wrap(p, "expression_list", NULL, v);
        syn_take(p, list, NULL, NULL);
        if (syn_is(p, "in"))
            break;
        v = syn_is(p, "*") ? element(p) : syn_py_primary(p);
        if (v)
            syn_add(list, NULL, v);
    }
    if (!v || !syn_is(p, "in"))
        return NULL;
    syn_py_to_pattern(list);
    return list;
}

struct tw_node *syn_py_targets(struct syn *p)
{
    return targets(p);
}

static bool clause(struct syn *p, struct tw_node *to)
{
    bool cond = syn_is(p, "if");
    struct tw_node *n =
        syn_node(p, cond ? "if_clause" : "for_in_clause", syn_peek(p, 0)->at);
    syn_accept(p, n, "async");
    syn_take(p, n, NULL, NULL);
    if (!cond) {
        struct tw_node *list = targets(p);
        if (!list)
            return false;
        syn_add(n, "left", list);
        syn_take(p, n, NULL, NULL);
    }
    bool kept = p->no_if;
    p->no_if = true;
    struct tw_node *v = syn_py_expression(p);
    p->no_if = kept;
    if (!v)
        return false;
    syn_add(n, cond ? NULL : "right", v);
    syn_add(to, NULL, n);
    return true;
}

/* for TARGET in X (for ... | if ...)* */
static bool clauses(struct syn *p, struct tw_node *to)
{
    while (syn_is(p, "for") || syn_is(p, "if") || syn_is(p, "async"))
        if (!clause(p, to))
            return false;
    return true;
}

/* What stands between brackets, up to the closing one: elements with commas,
 * or an element with clauses (true in *made).  false: does not parse. */
static bool elements(struct syn *p, struct tw_node *to, const char *close,
                     struct tw_node *(*one)(struct syn *), bool *made,
                     size_t *n_commas)
{
    *made = false;
    *n_commas = 0;
    while (!syn_is(p, close)) {
        struct tw_node *v = one(p);
        if (!v)
            return false;
        syn_add(to, NULL, v);
        if (*n_commas == 0 && (syn_is(p, "for") || syn_is(p, "async"))) {
            v->field = "body";
            *made = true;
            return clauses(p, to) && syn_is(p, close);
        }
        if (!syn_accept(p, to, ","))
            return syn_is(p, close);
        ++*n_commas;
    }
    return true;
}

static struct tw_node *parens(struct syn *p)
{
    struct tw_node *n = syn_node(p, "tuple", syn_peek(p, 0)->at);
    bool made;
    size_t n_commas;
    syn_take(p, n, NULL, NULL);
    if (!elements(p, n, ")", element, &made, &n_commas))
        return NULL;
    if (made)
        n->type = "generator_expression";
    else if (n_commas == 0 && n->first != n->last &&
             strcmp(n->last->type, "list_splat") != 0)
        n->type = "parenthesized_expression";
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *list_display(struct syn *p)
{
    struct tw_node *n = syn_node(p, "list", syn_peek(p, 0)->at);
    bool made;
    size_t n_commas;
    syn_take(p, n, NULL, NULL);
    if (!elements(p, n, "]", element, &made, &n_commas))
        return NULL;
    if (made)
        n->type = "list_comprehension";
    syn_take(p, n, NULL, NULL);
    return n;
}

/* Of a dictionary or a set: x: y, **x, x, *x. */
static struct tw_node *member(struct syn *p)
{
    struct tw_node *n, *v;
    if (syn_is(p, "**")) {
        n = syn_node(p, "dictionary_splat", syn_peek(p, 0)->at);
        syn_take(p, n, NULL, NULL);
        v = syn_py_expression(p);
        if (!v)
            return NULL;
        syn_add(n, NULL, v);
        return n;
    }
    v = element(p);
    if (!v || !syn_is(p, ":"))
        return v;
    n = wrap(p, "pair", "key", v);
    syn_take(p, n, NULL, NULL);
    v = syn_py_expression(p);
    if (!v)
        return NULL;
    syn_add(n, "value", v);
    return n;
}

static struct tw_node *braces(struct syn *p)
{
    struct tw_node *n = syn_node(p, "dictionary", syn_peek(p, 0)->at);
    bool made;
    size_t n_commas;
    syn_take(p, n, NULL, NULL);
    if (!elements(p, n, "}", member, &made, &n_commas))
        return NULL;
    const struct tw_node *one = n->first->next;
    bool pairs = !one || strcmp(one->type, "pair") == 0 ||
                 strcmp(one->type, "dictionary_splat") == 0;
    if (made)
        n->type = pairs ? "dictionary_comprehension" : "set_comprehension";
    else if (!pairs)
        n->type = "set";
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *argument(struct syn *p)
{
    struct tw_node *n, *v;
    if (syn_is(p, "*") || syn_is(p, "**")) {
        bool two = syn_is(p, "**");
        n = syn_node(p, two ? "dictionary_splat" : "list_splat",
                     syn_peek(p, 0)->at);
        syn_take(p, n, NULL, NULL);
        v = syn_py_expression(p);
        if (v)
            syn_add(n, NULL, v);
        return v ? n : NULL;
    }
    if (syn_peek(p, 0)->kind != SYN_NAME || !syn_is_at(p, 1, "="))
        return syn_py_expression(p);
    n = syn_node(p, "keyword_argument", syn_peek(p, 0)->at);
    syn_take(p, n, "name", "identifier");
    syn_take(p, n, NULL, NULL);
    v = syn_py_expression(p);
    if (v)
        syn_add(n, "value", v);
    return v ? n : NULL;
}

struct tw_node *syn_py_arguments(struct syn *p)
{
    struct tw_node *n = syn_node(p, "argument_list", syn_peek(p, 0)->at);
    bool made, kept = p->no_if;
    size_t n_commas;
    p->no_if = false;
    syn_take(p, n, NULL, NULL);
    bool ok = elements(p, n, ")", argument, &made, &n_commas);
    p->no_if = kept;
    if (!ok)
        return NULL;
    if (made)
        n->type = "generator_expression";
    syn_take(p, n, NULL, NULL);
    return n;
}

/* x, or x:y:z */
static struct tw_node *slice(struct syn *p)
{
    struct tw_node *v = NULL, *n;
    if (!syn_is(p, ":")) {
        v = element(p);
        if (!v || !syn_is(p, ":"))
            return v;
    }
    n = syn_node(p, "slice", v ? v->at : syn_peek(p, 0)->at);
    if (v)
        syn_add(n, NULL, v);
    for (int i = 0; i < 2 && syn_is(p, ":"); i++) {
        syn_take(p, n, NULL, NULL);
        if (syn_is(p, ":") || syn_is(p, ",") || syn_is(p, "]"))
            continue;
        v = syn_py_expression(p);
        if (!v)
            return NULL;
        syn_add(n, NULL, v);
    }
    return n;
}

static struct tw_node *subscript(struct syn *p, struct tw_node *of)
{
    struct tw_node *n = wrap(p, "subscript", "value", of), *v;
    bool kept = p->no_if;
    p->no_if = false;
    syn_take(p, n, NULL, NULL);
    do {
        v = slice(p);
        if (v)
            syn_add(n, "subscript", v);
    } while (v && syn_accept(p, n, ",") && !syn_is(p, "]"));
    p->no_if = kept;
    if (!v || !syn_is(p, "]"))
        return NULL;
    syn_take(p, n, NULL, NULL);
    return n;
}

static struct tw_node *bracketed(struct syn *p)
{
    bool kept = p->no_if;
    p->no_if = false;
    struct tw_node *n = syn_is(p, "(")   ? parens(p)
                        : syn_is(p, "[") ? list_display(p)
                                         : braces(p);
    p->no_if = kept;
    return n;
}

static struct tw_node *atom(struct syn *p)
{
    switch (syn_peek(p, 0)->kind) {
    case SYN_INT:
        return syn_leaf(p, "integer");
    case SYN_FLOAT:
        return syn_leaf(p, "float");
    case SYN_STRING:
        return syn_py_string(p);
    case SYN_NAME:
        if (syn_py_is_keyword(p))
            return NULL;
        return syn_leaf(p, syn_is(p, "True")    ? "true"
                           : syn_is(p, "False") ? "false"
                           : syn_is(p, "None")  ? "none"
                                                : "identifier");
    case SYN_OP:
        if (syn_is(p, "..."))
            return syn_leaf(p, "ellipsis");
        if (syn_is(p, "(") || syn_is(p, "[") || syn_is(p, "{"))
            return bracketed(p);
        return NULL;
    case SYN_CHAR:
    case SYN_DIRECTIVE:
    case SYN_NEWLINE:
    case SYN_BAD:
    case SYN_END:
        break;
    }
    return NULL;
}

static struct tw_node *postfix(struct syn *p)
{
    struct tw_node *v = atom(p);
    while (v) {
        struct tw_node *n;
        if (syn_is(p, "(")) {
            n = wrap(p, "call", "function", v);
            v = syn_py_arguments(p);
            if (v)
                syn_add(n, "arguments", v);
            v = v ? n : NULL;
        } else if (syn_is(p, "[")) {
            v = subscript(p, v);
        } else if (syn_is(p, ".") && syn_peek(p, 1)->kind == SYN_NAME) {
            n = wrap(p, "attribute", "object", v);
            syn_take(p, n, NULL, NULL);
            syn_take(p, n, "attribute", "identifier");
            v = n;
        } else {
            break;
        }
    }
    return v;
}

/* Tighter ones later; the order is tree-sitter's. */
static int precedence(const struct syn *p)
{
    static const struct {
        const char *op;
        int level;
    } table[] = {
        { "|", 14 }, { "&", 15 },  { "^", 16 },  { "<<", 17 }, { ">>", 17 },
        { "+", 18 }, { "-", 18 },  { "*", 19 },  { "@", 19 },  { "/", 19 },
        { "%", 19 }, { "//", 19 }, { "**", 21 },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(table); i++)
        if (syn_is(p, table[i].op))
            return table[i].level;
    return 0;
}

static struct tw_node *binary(struct syn *p, int least);

/* + - ~ await in front of what binds as tightly. */
static struct tw_node *unary(struct syn *p)
{
    bool await = syn_is(p, "await");
    if (!await && !syn_is(p, "+") && !syn_is(p, "-") && !syn_is(p, "~"))
        return postfix(p);
    struct tw_node *n =
        syn_node(p, await ? "await" : "unary_operator", syn_peek(p, 0)->at);
    syn_take(p, n, await ? NULL : "operator", NULL);
    struct tw_node *v = binary(p, 20);
    if (v)
        syn_add(n, await ? NULL : "argument", v);
    return v ? n : NULL;
}

static struct tw_node *binary(struct syn *p, int least)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *v = unary(p);
    for (int level; v && (level = precedence(p)) >= least && level > 0;) {
        struct tw_node *n = wrap(p, "binary_operator", "left", v);
        syn_take(p, n, "operator", NULL);
        v = binary(p, level == 21 ? level : level + 1);
        if (v)
            syn_add(n, "right", v);
        v = v ? n : NULL;
    }
    syn_leave(p);
    return v;
}

struct tw_node *syn_py_primary(struct syn *p)
{
    return binary(p, 1);
}

/* The words of "not in" and "is not" have both for their type. */
static bool relation(struct syn *p, struct tw_node *to)
{
    static const char *const ops[] = { "<", "<=", "==", "!=", ">=",
                                       ">", "<>", "in", "is", NULL };
    bool not_in = syn_is(p, "not") && syn_is_at(p, 1, "in");
    bool is_not = syn_is(p, "is") && syn_is_at(p, 1, "not");
    if (!not_in && !is_not && !syn_among(p, ops))
        return false;
    if (!not_in && !is_not) {
        syn_take(p, to, "operators", NULL);
        return true;
    }
    for (int i = 0; i < 2; i++) {
        struct tw_node *n = syn_leaf(p, not_in ? "not in" : "is not");
        n->named = false;
        syn_add(to, "operators", n);
    }
    return true;
}

static struct tw_node *comparison(struct syn *p)
{
    struct tw_node *v = syn_py_primary(p), *n = v;
    struct tw_node *all = v ? wrap(p, "comparison_operator", NULL, v) : NULL;
    while (v && relation(p, all)) {
        v = syn_py_primary(p);
        n = all;
        if (v)
            syn_add(all, NULL, v);
    }
    if (v && n != all)
        n->next = NULL; /* it stands alone */
    return v ? n : NULL;
}

static struct tw_node *not_test(struct syn *p)
{
    if (!syn_is(p, "not"))
        return comparison(p);
    struct tw_node *n = syn_node(p, "not_operator", syn_peek(p, 0)->at);
    if (!syn_enter(p))
        return NULL;
    syn_take(p, n, NULL, NULL);
    struct tw_node *v = not_test(p);
    syn_leave(p);
    if (v)
        syn_add(n, "argument", v);
    return v ? n : NULL;
}

static struct tw_node *boolean(struct syn *p, const char *op)
{
    bool is_or = op[0] == 'o';
    struct tw_node *v = is_or ? boolean(p, "and") : not_test(p);
    while (v && syn_is(p, op)) {
        struct tw_node *n = wrap(p, "boolean_operator", "left", v);
        syn_take(p, n, "operator", NULL);
        v = is_or ? boolean(p, "and") : not_test(p);
        if (v)
            syn_add(n, "right", v);
        v = v ? n : NULL;
    }
    return v;
}

static struct tw_node *lambda(struct syn *p)
{
    struct tw_node *n = syn_node(p, "lambda", syn_peek(p, 0)->at), *v;
    syn_take(p, n, NULL, NULL);
    if (!syn_is(p, ":")) {
        v = syn_node(p, "lambda_parameters", syn_peek(p, 0)->at);
        if (!syn_py_parameters(p, v, ":", false))
            return NULL;
        syn_add(n, "parameters", v);
    }
    if (!syn_accept(p, n, ":"))
        return NULL;
    v = syn_py_expression(p);
    if (v)
        syn_add(n, "body", v);
    return v ? n : NULL;
}

static struct tw_node *conditional(struct syn *p)
{
    struct tw_node *v = boolean(p, "or"), *n;
    if (!v || p->no_if || !syn_is(p, "if"))
        return v;
    n = wrap(p, "conditional_expression", NULL, v);
    syn_take(p, n, NULL, NULL);
    v = boolean(p, "or");
    if (!v || !syn_is(p, "else"))
        return NULL;
    syn_add(n, NULL, v);
    syn_take(p, n, NULL, NULL);
    v = syn_py_expression(p);
    if (v)
        syn_add(n, NULL, v);
    return v ? n : NULL;
}

static struct tw_node *named(struct syn *p)
{
    struct tw_node *n = syn_node(p, "named_expression", syn_peek(p, 0)->at);
    syn_take(p, n, "name", "identifier");
    syn_take(p, n, NULL, NULL);
    struct tw_node *v = syn_py_expression(p);
    if (v)
        syn_add(n, "value", v);
    return v ? n : NULL;
}

struct tw_node *syn_py_expression(struct syn *p)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = syn_is(p, "lambda")     ? lambda(p)
                        : syn_is_at(p, 1, ":=") ? named(p)
                                                : conditional(p);
    syn_leave(p);
    return n;
}

struct tw_node *syn_py_list(struct syn *p, bool *comma)
{
    struct tw_node *v = element(p), *list = v;
    *comma = false;
    while (v && syn_is(p, ",")) {
        if (!*comma)
            list = wrap(p, "expression_list", NULL, v);
        *comma = true;
        syn_take(p, list, NULL, NULL);
        enum syn_kind k = syn_peek(p, 0)->kind;
        if (k == SYN_NEWLINE || k == SYN_END || syn_is(p, "=") ||
            syn_is(p, ":") || syn_is(p, ";") || syn_is(p, ")"))
            break;
        v = element(p);
        if (v)
            syn_add(list, NULL, v);
    }
    return v ? list : NULL;
}

/* In place, without recursion. */
void syn_py_to_pattern(struct tw_node *n)
{
    static const struct {
        const char *from, *to;
    } names[] = {
        { "expression_list", "pattern_list" },
        { "tuple", "tuple_pattern" },
        { "parenthesized_expression", "tuple_pattern" },
        { "list", "list_pattern" },
        { "list_splat", "list_splat_pattern" },
    };
    struct tw_node *stack[SYN_DEPTH_MAX + 1];
    size_t depth = 0;
    for (struct tw_node *at = n; at;) {
        bool deeper = false;
        for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
            if (strcmp(at->type, names[i].from) == 0) {
                at->type = names[i].to;
                deeper = i < 4;
            }
        if (deeper && at->first && depth < SYN_DEPTH_MAX) {
            stack[depth++] = at;
            at = at->first;
            continue;
        }
        while (depth && !at->next)
            at = stack[--depth];
        at = depth ? at->next : NULL;
    }
}

/* name, name: type, name = value, name: type = value, *name, **name, *, / */
static struct tw_node *parameter(struct syn *p, bool typed)
{
    struct tw_node *n, *v;
    if (syn_is(p, "/") ||
        (syn_is(p, "*") && syn_peek(p, 1)->kind != SYN_NAME)) {
        n = syn_node(
            p, syn_is(p, "/") ? "positional_separator" : "keyword_separator",
            syn_peek(p, 0)->at);
        syn_take(p, n, NULL, NULL);
        return n;
    }
    if (syn_is(p, "*") || syn_is(p, "**")) {
        v = syn_node(p,
                     syn_is(p, "*") ? "list_splat_pattern"
                                    : "dictionary_splat_pattern",
                     syn_peek(p, 0)->at);
        syn_take(p, v, NULL, NULL);
        if (syn_peek(p, 0)->kind != SYN_NAME)
            return NULL;
        syn_take(p, v, NULL, "identifier");
    } else {
        v = atom(p);
        if (!v)
            return NULL;
        syn_py_to_pattern(v);
    }
    bool has_type = typed && syn_is(p, ":");
    if (!has_type && !syn_is(p, "="))
        return v;
    size_t ahead = v->at;
    n = syn_node(p, "default_parameter", ahead);
    syn_add(n, "name", v);
    if (has_type) {
        syn_take(p, n, NULL, NULL);
        struct tw_node *t = syn_py_type(p);
        if (!t)
            return NULL;
        syn_add(n, "type", t);
        n->type =
            syn_is(p, "=") ? "typed_default_parameter" : "typed_parameter";
        if (!syn_is(p, "=")) {
            v->field = NULL;
            return n;
        }
    }
    syn_take(p, n, NULL, NULL);
    v = syn_py_expression(p);
    if (v)
        syn_add(n, "value", v);
    return v ? n : NULL;
}

struct tw_node *syn_py_parameters(struct syn *p, struct tw_node *to,
                                  const char *end, bool typed)
{
    while (!syn_is(p, end)) {
        struct tw_node *v = parameter(p, typed);
        if (!v)
            return NULL;
        syn_add(to, NULL, v);
        if (!syn_accept(p, to, ",") && !syn_is(p, end))
            return NULL;
    }
    return to;
}

static struct tw_node *generic(struct syn *p, size_t at)
{
    struct tw_node *v = syn_node(p, "generic_type", at), *list;
    syn_take(p, v, NULL, "identifier");
    list = syn_node(p, "type_parameter", syn_peek(p, 0)->at);
    syn_take(p, list, NULL, NULL);
    while (!syn_is(p, "]")) {
        struct tw_node *t = syn_py_type(p);
        if (t)
            syn_add(list, NULL, t);
        if (!t || (!syn_accept(p, list, ",") && !syn_is(p, "]")))
            return NULL;
    }
    syn_take(p, list, NULL, NULL);
    syn_add(v, NULL, list);
    return v;
}

/* Name[Type, ...] is a type of its own, with | a union; everything else is an
 * expression. */
struct tw_node *syn_py_type(struct syn *p)
{
    struct tw_node *n = syn_node(p, "type", syn_peek(p, 0)->at), *v;
    bool named = syn_peek(p, 0)->kind == SYN_NAME && syn_is_at(p, 1, "[");
    if (!syn_enter(p))
        return NULL;
    v = named ? generic(p, n->at) : syn_py_expression(p);
    if (v && named && syn_is(p, "|")) {
        struct tw_node *all = syn_node(p, "union_type", n->at);
        struct tw_node *t = wrap(p, "type", NULL, v);
        syn_add(all, NULL, t);
        syn_take(p, all, NULL, NULL);
        v = syn_py_type(p);
        if (v)
            syn_add(all, NULL, v);
        v = v ? all : NULL;
    }
    syn_leave(p);
    if (v)
        syn_add(n, NULL, v);
    return v ? n : NULL;
}

/* NOLINTEND(misc-no-recursion) */
