/*
 * syntax_pystmt.c - statements of Python.
 *
 * Indentation as tree-sitter sees it: a block is what is indented deeper than
 * its head; a line that is indented without a head belongs where it stands.
 */
#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

struct py {
    struct syn *p;
    int indents[SYN_DEPTH_MAX + 2];
    size_t n_indents;
    size_t clause; /* token at which the current head begins */
};

static void statements(struct py *y, struct tw_node *to);

static struct tw_node *begin(struct py *y, const char *type)
{
    return syn_node(y->p, type, syn_peek(y->p, 0)->at);
}

static bool at_end(const struct py *y)
{
    enum syn_kind k = syn_peek(y->p, 0)->kind;
    return k == SYN_NEWLINE || k == SYN_END || syn_is(y->p, ";");
}

static bool add(struct tw_node *to, const char *field, struct tw_node *v)
{
    if (v)
        syn_add(to, field, v);
    return v != NULL;
}

/* --- simple statements: true when the whole of it parsed --- */

static bool dotted(struct py *y, struct tw_node *to, const char *field)
{
    struct syn *p = y->p;
    struct tw_node *n = begin(y, "dotted_name");
    do {
        if (syn_peek(p, 0)->kind != SYN_NAME || syn_py_is_keyword(p))
            return false;
        syn_take(p, n, NULL, "identifier");
    } while (syn_accept(p, n, "."));
    syn_add(to, field, n);
    return true;
}

static bool import_list(struct py *y, struct tw_node *to)
{
    struct syn *p = y->p;
    bool parens = syn_accept(p, to, "(");
    do {
        struct tw_node *hold = begin(y, "aliased_import");
        if (parens && syn_is(p, ")"))
            break;
        if (!dotted(y, hold, "name"))
            return false;
        if (!syn_is(p, "as")) {
            syn_add(to, "name", hold->first);
            continue;
        }
        syn_take(p, hold, NULL, NULL);
        if (syn_peek(p, 0)->kind != SYN_NAME)
            return false;
        syn_take(p, hold, "alias", "identifier");
        syn_add(to, "name", hold);
    } while (syn_accept(p, to, ",") && !at_end(y));
    return !parens || syn_accept(p, to, ")");
}

static bool from_import(struct py *y, struct tw_node *n)
{
    struct syn *p = y->p;
    syn_take(p, n, NULL, NULL);
    if (syn_is(p, "__future__")) {
        n->type = "future_import_statement";
        syn_take(p, n, NULL, NULL);
    } else if (syn_is(p, ".") || syn_is(p, "...")) {
        struct tw_node *rel = begin(y, "relative_import");
        struct tw_node *dots = begin(y, "import_prefix");
        while (syn_is(p, ".") || syn_is(p, "..."))
            syn_take(p, dots, NULL, NULL);
        syn_add(rel, NULL, dots);
        if (!syn_is(p, "import") && !dotted(y, rel, NULL))
            return false;
        syn_add(n, "module_name", rel);
    } else if (!dotted(y, n, "module_name")) {
        return false;
    }
    if (!syn_accept(p, n, "import"))
        return false;
    if (syn_is(p, "*")) {
        struct tw_node *all = begin(y, "wildcard_import");
        syn_take(p, all, NULL, NULL);
        syn_add(n, NULL, all);
        return true;
    }
    return import_list(y, n);
}

static bool names(struct py *y, struct tw_node *n)
{
    do {
        if (syn_peek(y->p, 0)->kind != SYN_NAME)
            return false;
        syn_take(y->p, n, NULL, "identifier");
    } while (syn_accept(y->p, n, ","));
    return true;
}

static bool raise_rest(struct py *y, struct tw_node *n)
{
    bool comma;
    if (!at_end(y) && !syn_is(y->p, "from") &&
        !add(n, NULL, syn_py_list(y->p, &comma)))
        return false;
    return !syn_accept(y->p, n, "from") ||
           add(n, "cause", syn_py_expression(y->p));
}

static bool assert_rest(struct py *y, struct tw_node *n)
{
    do
        if (!add(n, NULL, syn_py_expression(y->p)))
            return false;
    while (syn_accept(y->p, n, ","));
    return true;
}

/* Python 2: print x, y */
static bool is_print(const struct py *y)
{
    const struct syn *p = y->p;
    if (!syn_is(p, "print"))
        return false;
    enum syn_kind k = syn_peek(p, 1)->kind;
    return k == SYN_STRING || k == SYN_INT || k == SYN_FLOAT ||
           (k == SYN_NAME && !syn_is_at(p, 1, "in") && !syn_is_at(p, 1, "is") &&
            !syn_is_at(p, 1, "if") && !syn_is_at(p, 1, "and") &&
            !syn_is_at(p, 1, "or"));
}

static bool print_rest(struct py *y, struct tw_node *n)
{
    do
        if (!add(n, "argument", syn_py_expression(y->p)))
            return false;
    while (syn_accept(y->p, n, ",") && !at_end(y));
    return true;
}

static const char *augmented(const struct syn *p)
{
    static const char *const ops[] = {
        "+=",  "-=",  "*=",  "/=", "@=", "//=", "%=",
        "**=", ">>=", "<<=", "&=", "^=", "|=",  NULL,
    };
    return syn_among(p, ops) ? "augmented_assignment" : NULL;
}

static struct tw_node *right_side(struct py *y)
{
    bool comma;
    return syn_is(y->p, "yield") ? syn_py_yield(y->p)
                                 : syn_py_list(y->p, &comma);
}

/* a = b = c: each right side may be the left one of another. */
static bool assignments(struct py *y, struct tw_node *to, struct tw_node *left)
{
    struct syn *p = y->p;
    const char *field = NULL;
    while (syn_is(p, "=") || syn_is(p, ":") || augmented(p)) {
        const char *type = augmented(p);
        struct tw_node *n = syn_node(p, type ? type : "assignment", left->at),
                       *v;
        syn_py_to_pattern(left);
        syn_add(n, "left", left);
        if (syn_accept(p, n, ":")) {
            if (!add(n, "type", syn_py_type(p)))
                return false;
            if (!syn_is(p, "=")) {
                syn_add(to, field, n);
                return true;
            }
        }
        syn_take(p, n, type ? "operator" : NULL, NULL);
        v = right_side(y);
        if (!v)
            return false;
        syn_add(to, field, n);
        to = n;
        field = "right";
        left = v;
    }
    syn_add(to, field, left);
    return true;
}

static bool expression_statement(struct py *y, struct tw_node *n)
{
    bool comma = false;
    struct tw_node *v =
        syn_is(y->p, "yield") ? syn_py_yield(y->p) : syn_py_list(y->p, &comma);
    if (!v)
        return false;
    if (syn_is(y->p, "=") || syn_is(y->p, ":") || augmented(y->p))
        return assignments(y, n, v);
    if (!comma) {
        syn_add(n, NULL, v);
        return true;
    }
    for (struct tw_node *c = v->first, *next; c; c = next) {
        next = c->next;
        syn_add(n, NULL, c);
    }
    return true;
}

static bool simple(struct py *y, struct tw_node *n)
{
    static const struct {
        const char *word, *type;
    } kinds[] = {
        { "pass", "pass_statement" },         { "break", "break_statement" },
        { "continue", "continue_statement" }, { "return", "return_statement" },
        { "del", "delete_statement" },        { "raise", "raise_statement" },
        { "assert", "assert_statement" },     { "global", "global_statement" },
        { "nonlocal", "nonlocal_statement" }, { "import", "import_statement" },
        { "from", "import_from_statement" },
    };
    struct syn *p = y->p;
    size_t k = 0;
    bool comma;
    while (k < TW_ARRAY_LEN(kinds) && !syn_is(p, kinds[k].word))
        k++;
    if (k == TW_ARRAY_LEN(kinds) && is_print(y)) {
        n->type = "print_statement";
        syn_take(p, n, NULL, NULL);
        return print_rest(y, n);
    }
    if (k == TW_ARRAY_LEN(kinds))
        return expression_statement(y, n);
    n->type = kinds[k].type;
    if (k == 10)
        return from_import(y, n);
    syn_take(p, n, NULL, NULL);
    switch (k) {
    case 0:
    case 1:
    case 2:
        return true;
    case 3:
        return at_end(y) || add(n, NULL, syn_py_list(p, &comma));
    case 4:
        return add(n, NULL, syn_py_list(p, &comma));
    case 5:
        return raise_rest(y, n);
    case 6:
        return assert_rest(y, n);
    case 7:
    case 8:
        return names(y, n);
    default:
        return import_list(y, n);
    }
}

static bool simple(struct py *y, struct tw_node *n);

/* A word too many in front of a statement: ERROR of it, and the rest. */
static bool skip_word(struct py *y, struct tw_node *to, size_t from)
{
    struct syn *p = y->p;
    if (p->retries++ >= SYN_RETRIES || p->wasted > 2 * p->n_tokens + 200)
        return false;
    p->i = from + 1;
    int depth = p->depth;
    struct tw_node *n = begin(y, "expression_statement");
    if (syn_py_is_keyword(p) || at_end(y) || !simple(y, n) || !at_end(y)) {
        p->depth = depth;
        p->wasted += p->i - from;
        return false;
    }
    size_t end = p->i;
    p->i = from;
    struct tw_node *e = begin(y, "ERROR");
    syn_take(p, e, NULL,
             syn_peek(p, 0)->kind == SYN_NAME ? "identifier" : NULL);
    p->i = end;
    syn_add(to, NULL, e);
    syn_add(to, NULL, n);
    return true;
}

/* What did not parse: the expressions and tokens of the line. */
static void error_line(struct py *y, struct tw_node *to, size_t from)
{
    struct syn *p = y->p;
    struct tw_node *n;
    p->tree->errors = true;
    if (skip_word(y, to, from))
        return;
    p->i = from;
    n = begin(y, "ERROR");
    for (enum syn_kind k; (k = syn_peek(p, 0)->kind) != SYN_END;) {
        if (k == SYN_NEWLINE)
            break;
        syn_salvage(p, n, syn_py_expression,
                    k == SYN_NAME && !syn_py_is_keyword(p) ? "identifier"
                    : k == SYN_BAD                         ? "ERROR"
                                                           : NULL);
    }
    syn_add(to, NULL, n);
}

/* a; b; c */
static void simple_line(struct py *y, struct tw_node *to)
{
    struct syn *p = y->p;
    while (syn_peek(p, 0)->kind != SYN_NEWLINE &&
           syn_peek(p, 0)->kind != SYN_END) {
        size_t from = p->i;
        struct tw_node *n = begin(y, "expression_statement");
        if (!simple(y, n) || !at_end(y)) {
            error_line(y, to, from);
            return;
        }
        syn_add(to, NULL, n);
        syn_accept(p, to, ";");
    }
}

/* --- compound statements --- */

/* The block behind a colon: on the same line, or indented. */
static struct tw_node *suite(struct py *y)
{
    struct syn *p = y->p;
    struct tw_node *n = begin(y, "block");
    const struct syn_token *t = syn_peek(p, 0);
    if (t->kind != SYN_NEWLINE) {
        if (t->kind != SYN_END)
            simple_line(y, n);
        return n;
    }
    if (t->indent <= y->indents[y->n_indents - 1] ||
        y->n_indents > SYN_DEPTH_MAX || !syn_enter(p))
        return n; /* empty */
    y->indents[y->n_indents++] = t->indent;
    p->i++;
    n->at = n->end = syn_peek(p, 0)->at;
    statements(y, n);
    y->n_indents--;
    syn_leave(p);
    return n;
}

/* Is this word next, at the same depth as the statement it belongs to? */
static bool follows(struct py *y, const char *word)
{
    struct syn *p = y->p;
    const struct syn_token *t = syn_peek(p, 0);
    if (t->kind == SYN_NEWLINE && t->indent >= y->indents[y->n_indents - 1] &&
        syn_is_at(p, 1, word)) {
        p->i++;
        y->clause = p->i;
        return true;
    }
    return false;
}

static bool colon_suite(struct py *y, struct tw_node *n, const char *field)
{
    if (!syn_accept(y->p, n, ":"))
        return false;
    syn_add(n, field, suite(y));
    return true;
}

static bool condition(struct py *y, struct tw_node *n)
{
    syn_take(y->p, n, NULL, NULL);
    return add(n, "condition", syn_py_expression(y->p));
}

static bool else_clause(struct py *y, struct tw_node *n, const char *field)
{
    struct tw_node *c;
    if (!follows(y, "else"))
        return true;
    c = begin(y, "else_clause");
    syn_take(y->p, c, NULL, NULL);
    if (!colon_suite(y, c, "body"))
        return false;
    syn_add(n, field, c);
    return true;
}

static bool if_statement(struct py *y, struct tw_node *n)
{
    n->type = "if_statement";
    if (!condition(y, n) || !colon_suite(y, n, "consequence"))
        return false;
    while (follows(y, "elif")) {
        struct tw_node *c = begin(y, "elif_clause");
        if (!condition(y, c) || !colon_suite(y, c, "consequence"))
            return false;
        syn_add(n, "alternative", c);
    }
    return else_clause(y, n, "alternative");
}

static bool while_statement(struct py *y, struct tw_node *n)
{
    n->type = "while_statement";
    return condition(y, n) && colon_suite(y, n, "body") &&
           else_clause(y, n, "alternative");
}

static bool for_statement(struct py *y, struct tw_node *n)
{
    bool comma;
    n->type = "for_statement";
    syn_accept(y->p, n, "async");
    syn_take(y->p, n, NULL, NULL);
    if (!add(n, "left", syn_py_targets(y->p)))
        return false;
    syn_take(y->p, n, NULL, NULL);
    return add(n, "right", syn_py_list(y->p, &comma)) &&
           colon_suite(y, n, "body") && else_clause(y, n, "alternative");
}

/* x as y */
static struct tw_node *with_alias(struct py *y)
{
    struct syn *p = y->p;
    struct tw_node *v = syn_py_expression(p), *n, *t, *to;
    if (!v || !syn_is(p, "as"))
        return v;
    n = syn_node(p, "as_pattern", v->at);
    syn_add(n, NULL, v);
    syn_take(p, n, NULL, NULL);
    to = begin(y, "as_pattern_target");
    t = syn_py_expression(p);
    if (!t)
        return NULL;
    syn_add(to, NULL, t);
    syn_add(n, "alias", to);
    return n;
}

static bool except_clause(struct py *y, struct tw_node *n)
{
    struct tw_node *c = begin(y, "except_clause");
    syn_take(y->p, c, NULL, NULL);
    if (syn_accept(y->p, c, "*"))
        c->type = "except_group_clause";
    if (!syn_is(y->p, ":") && !add(c, NULL, with_alias(y)))
        return false;
    if (syn_accept(y->p, c, ",") && !add(c, NULL, syn_py_expression(y->p)))
        return false;
    if (!colon_suite(y, c, NULL))
        return false;
    syn_add(n, NULL, c);
    return true;
}

static bool try_statement(struct py *y, struct tw_node *n)
{
    struct tw_node *c;
    n->type = "try_statement";
    syn_take(y->p, n, NULL, NULL);
    if (!colon_suite(y, n, "body"))
        return false;
    while (follows(y, "except"))
        if (!except_clause(y, n))
            return false;
    if (!else_clause(y, n, NULL))
        return false;
    if (!follows(y, "finally"))
        return true;
    c = begin(y, "finally_clause");
    syn_take(y->p, c, NULL, NULL);
    if (!colon_suite(y, c, NULL))
        return false;
    syn_add(n, NULL, c);
    return true;
}

static bool with_statement(struct py *y, struct tw_node *n)
{
    struct tw_node *c;
    n->type = "with_statement";
    syn_accept(y->p, n, "async");
    syn_take(y->p, n, NULL, NULL);
    c = begin(y, "with_clause");
    do {
        struct tw_node *item = begin(y, "with_item");
        if (!add(item, "value", with_alias(y)))
            return false;
        syn_add(c, NULL, item);
    } while (syn_accept(y->p, c, ","));
    syn_add(n, NULL, c);
    return colon_suite(y, n, "body");
}

static bool function(struct py *y, struct tw_node *n)
{
    struct syn *p = y->p;
    struct tw_node *c;
    n->type = "function_definition";
    syn_accept(p, n, "async");
    syn_take(p, n, NULL, NULL);
    if (syn_peek(p, 0)->kind != SYN_NAME || !syn_is_at(p, 1, "("))
        return false;
    syn_take(p, n, "name", "identifier");
    c = begin(y, "parameters");
    syn_take(p, c, NULL, NULL);
    if (!syn_py_parameters(p, c, ")", true))
        return false;
    syn_take(p, c, NULL, NULL);
    syn_add(n, "parameters", c);
    if (syn_accept(p, n, "->") && !add(n, "return_type", syn_py_type(p)))
        return false;
    return colon_suite(y, n, "body");
}

static bool class(struct py *y, struct tw_node *n)
{
    struct syn *p = y->p;
    n->type = "class_definition";
    syn_take(p, n, NULL, NULL);
    if (syn_peek(p, 0)->kind != SYN_NAME)
        return false;
    syn_take(p, n, "name", "identifier");
    if (syn_is(p, "(") && !add(n, "superclasses", syn_py_arguments(p)))
        return false;
    return colon_suite(y, n, "body");
}

static bool decorated(struct py *y, struct tw_node *n)
{
    struct syn *p = y->p;
    n->type = "decorated_definition";
    while (syn_is(p, "@")) {
        struct tw_node *d = begin(y, "decorator");
        syn_take(p, d, NULL, NULL);
        if (!add(d, NULL, syn_py_expression(p)) ||
            syn_peek(p, 0)->kind != SYN_NEWLINE)
            return false;
        p->i++;
        syn_add(n, NULL, d);
    }
    struct tw_node *def = begin(y, "");
    bool is_class = syn_is(p, "class");
    if (!is_class && !syn_is(p, "def") &&
        !(syn_is(p, "async") && syn_is_at(p, 1, "def")))
        return false;
    if (!(is_class ? class(y, def) : function(y, def)))
        return false;
    syn_add(n, "definition", def);
    return true;
}

static bool case_clause(struct py *y, struct tw_node *to)
{
    struct syn *p = y->p;
    struct tw_node *n = begin(y, "case_clause"), *guard;
    syn_take(p, n, NULL, NULL);
    do
        if (!add(n, NULL, syn_py_pattern(p)))
            return false;
    while (syn_accept(p, n, ",") && !syn_is(p, ":"));
    if (syn_is(p, "if")) {
        guard = begin(y, "if_clause");
        syn_take(p, guard, NULL, NULL);
        if (!add(guard, NULL, syn_py_expression(p)))
            return false;
        syn_add(n, "guard", guard);
    }
    if (!colon_suite(y, n, "consequence"))
        return false;
    syn_add(to, "alternative", n);
    return true;
}

static bool match_statement(struct py *y, struct tw_node *n)
{
    struct syn *p = y->p;
    struct tw_node *b;
    n->type = "match_statement";
    syn_take(p, n, NULL, NULL);
    do
        if (!add(n, "subject", syn_py_expression(p)))
            return false;
    while (syn_accept(p, n, ",") && !syn_is(p, ":"));
    if (!syn_accept(p, n, ":") || !syn_enter(p))
        return false;
    b = begin(y, "block");
    bool ok = true;
    int indent = syn_peek(p, 0)->indent;
    y->indents[y->n_indents++] = indent;
    while (ok && syn_peek(p, 0)->kind == SYN_NEWLINE &&
           syn_peek(p, 0)->indent >= indent && syn_is_at(p, 1, "case")) {
        p->i++;
        y->clause = p->i;
        ok = case_clause(y, b);
    }
    y->n_indents--;
    syn_leave(p);
    syn_add(n, "body", b);
    return ok;
}

/* The statement that begins with this token; NULL for a simple one. */
static bool (*compound(const struct syn *p))(struct py *, struct tw_node *)
{
    static const struct {
        const char *word;
        bool (*parse)(struct py *, struct tw_node *);
    } kinds[] = {
        { "if", if_statement },   { "while", while_statement },
        { "for", for_statement }, { "try", try_statement },
        { "def", function },      { "with", with_statement },
        { "class", class },       { "@", decorated },
    };
    size_t ahead = syn_is(p, "async");
    if (syn_py_is_match(p))
        return match_statement;
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++)
        if (syn_is_at(p, ahead, kinds[i].word))
            return kinds[i].parse;
    return NULL;
}

static void statement(struct py *y, struct tw_node *to)
{
    struct syn *p = y->p;
    size_t from = p->i, n_indents = y->n_indents;
    bool (*parse)(struct py *, struct tw_node *) = compound(p);
    if (!parse) {
        simple_line(y, to);
        return;
    }
    struct tw_node *n = begin(y, "");
    int depth = p->depth;
    y->clause = from;
    bool whole = parse(y, n);
    /* Never back over a block that was read: it would be read again at each
     * level.  What stands before the head that failed stays. */
    if (whole || y->clause != from)
        syn_add(to, NULL, n);
    if (whole)
        return;
    y->n_indents = n_indents;
    p->depth = depth;
    error_line(y, to, y->clause);
}

static void statements(struct py *y, struct tw_node *to)
{
    struct syn *p = y->p;
    int indent = y->indents[y->n_indents - 1];
    while (syn_peek(p, 0)->kind != SYN_END && !p->no_room) {
        const struct syn_token *t = syn_peek(p, 0);
        if (t->kind != SYN_NEWLINE) {
            statement(y, to);
        } else if (y->n_indents > 1 && t->indent < indent) {
            return;
        } else {
            p->i++;
        }
    }
}

void syn_python(struct syn *p)
{
    struct py y = { .p = p, .n_indents = 1 };
    statements(&y, p->tree->root);
}

/* NOLINTEND(misc-no-recursion) */
