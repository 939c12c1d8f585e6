/*
 * syntax_pymatch.c - patterns of Python's match statement.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

static struct tw_node *begin(struct syn *p, const char *type)
{
    return syn_node(p, type, syn_peek(p, 0)->at);
}

static bool is_number(const struct syn *p, size_t ahead)
{
    enum syn_kind k = syn_peek(p, ahead)->kind;
    return k == SYN_INT || k == SYN_FLOAT;
}

static void number(struct syn *p, struct tw_node *to)
{
    syn_take(p, to, NULL,
             syn_peek(p, 0)->kind == SYN_INT ? "integer" : "float");
}

/* Patterns with commas up to the closing bracket. */
static bool several(struct syn *p, struct tw_node *to, const char *close)
{
    while (!syn_is(p, close)) {
        struct tw_node *v = syn_py_pattern(p);
        if (!v)
            return false;
        syn_add(to, NULL, v);
        if (!syn_accept(p, to, ",") && !syn_is(p, close))
            return false;
    }
    syn_take(p, to, NULL, NULL);
    return true;
}

static struct tw_node *bracketed(struct syn *p, const char *type,
                                 const char *close)
{
    struct tw_node *n = begin(p, type);
    syn_take(p, n, NULL, NULL);
    return several(p, n, close) ? n : NULL;
}

static struct tw_node *splat(struct syn *p)
{
    struct tw_node *n = begin(p, "splat_pattern");
    syn_take(p, n, NULL, NULL);
    if (syn_peek(p, 0)->kind != SYN_NAME)
        return NULL;
    syn_take(p, n, NULL, syn_is(p, "_") ? NULL : "identifier");
    return n;
}

/* a.b, or a.b(...) */
static struct tw_node *dotted(struct syn *p)
{
    struct tw_node *n = begin(p, "dotted_name"), *c;
    do {
        if (syn_peek(p, 0)->kind != SYN_NAME || syn_py_is_keyword(p))
            return NULL;
        syn_take(p, n, NULL, "identifier");
    } while (syn_accept(p, n, "."));
    if (!syn_is(p, "("))
        return n;
    c = syn_node(p, "class_pattern", n->at);
    syn_add(c, NULL, n);
    syn_take(p, c, NULL, NULL);
    return several(p, c, ")") ? c : NULL;
}

static bool simple(struct syn *p, struct tw_node *to, const char *field);

static struct tw_node *mapping(struct syn *p)
{
    struct tw_node *n = begin(p, "dict_pattern"), *v;
    syn_take(p, n, NULL, NULL);
    while (!syn_is(p, "}")) {
        if (syn_is(p, "**")) {
            v = splat(p);
            if (!v)
                return NULL;
            syn_add(n, NULL, v);
        } else {
            if (!simple(p, n, "key") || !syn_accept(p, n, ":"))
                return NULL;
            v = syn_py_pattern(p);
            if (!v)
                return NULL;
            syn_add(n, "value", v);
        }
        if (!syn_accept(p, n, ",") && !syn_is(p, "}"))
            return NULL;
    }
    syn_take(p, n, NULL, NULL);
    return n;
}

/* One alternative, into the parent: "-1" and "_" are no nodes of their own. */
static bool one(struct syn *p, struct tw_node *to, const char *field)
{
    struct tw_node *v;
    if (is_number(p, 0) || (syn_is(p, "-") && is_number(p, 1))) {
        syn_accept(p, to, "-");
        number(p, to);
        to->last->field = field;
        return true;
    }
    if (syn_is(p, "_")) {
        syn_take(p, to, field, NULL);
        return true;
    }
    if (syn_peek(p, 0)->kind == SYN_STRING)
        v = syn_py_string(p);
    else if (syn_is(p, "True") || syn_is(p, "False") || syn_is(p, "None"))
        v = syn_leaf(p, syn_is(p, "True")    ? "true"
                        : syn_is(p, "False") ? "false"
                                             : "none");
    else if (syn_is(p, "[") || syn_is(p, "("))
        v = syn_is(p, "[") ? bracketed(p, "list_pattern", "]")
                           : bracketed(p, "tuple_pattern", ")");
    else if (syn_is(p, "{"))
        v = mapping(p);
    else if (syn_is(p, "*") || syn_is(p, "**"))
        v = splat(p);
    else
        v = dotted(p);
    if (v)
        syn_add(to, field, v);
    return v != NULL;
}

/* a | b | c */
static bool simple(struct syn *p, struct tw_node *to, const char *field)
{
    struct tw_node *all = begin(p, "union_pattern");
    if (!one(p, all, NULL))
        return false;
    if (!syn_is(p, "|")) {
        for (struct tw_node *c = all->first, *next; c; c = next) {
            next = c->next;
            syn_add(to, field, c);
        }
        return true;
    }
    while (syn_accept(p, all, "|"))
        if (!one(p, all, NULL))
            return false;
    syn_add(to, field, all);
    return true;
}

static struct tw_node *pattern_here(struct syn *p)
{
    struct tw_node *n = begin(p, "case_pattern"), *k;
    if (syn_peek(p, 0)->kind == SYN_NAME && syn_is_at(p, 1, "=")) {
        k = begin(p, "keyword_pattern");
        syn_take(p, k, NULL, "identifier");
        syn_take(p, k, NULL, NULL);
        if (!simple(p, k, NULL))
            return NULL;
        syn_add(n, NULL, k);
        return n;
    }
    if (!simple(p, n, NULL))
        return NULL;
    if (!syn_is(p, "as") || syn_peek(p, 1)->kind != SYN_NAME)
        return n;
    k = syn_node(p, "as_pattern", n->at);
    syn_add(k, NULL, n);
    syn_take(p, k, NULL, NULL);
    syn_take(p, k, NULL, "identifier");
    n = syn_node(p, "case_pattern", k->at);
    syn_add(n, NULL, k);
    return n;
}

struct tw_node *syn_py_pattern(struct syn *p)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = pattern_here(p);
    syn_leave(p);
    return n;
}

/* "match" is a name too: the line ends with a colon and a case follows. */
bool syn_py_is_match(const struct syn *p)
{
    size_t i = 1;
    if (!syn_is(p, "match"))
        return false;
    for (;; i++) {
        enum syn_kind k = syn_peek(p, i)->kind;
        if (k == SYN_NEWLINE)
            break;
        if (k == SYN_END)
            return false;
    }
    return i > 2 && syn_is_at(p, i - 1, ":") && syn_is_at(p, i + 1, "case");
}

/* NOLINTEND(misc-no-recursion) */
