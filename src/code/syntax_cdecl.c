/*
 * syntax_cdecl.c - declarations of C.
 */
#include <string.h>

#include "code/syntax_c_priv.h"

#include "base/banned.h"

/* Recursion is bounded by SYN_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

static const char *const sizes[] = { "signed", "unsigned", "long", "short",
                                     NULL };
static const char *const primitives[] = {
    "bool",      "char",      "int",       "float",       "double",
    "void",      "size_t",    "ssize_t",   "ptrdiff_t",   "intptr_t",
    "uintptr_t", "charptr_t", "nullptr_t", "max_align_t", "int8_t",
    "int16_t",   "int32_t",   "int64_t",   "uint8_t",     "uint16_t",
    "uint32_t",  "uint64_t",  "char8_t",   "char16_t",    "char32_t",
    "char64_t",  NULL,
};
static const char *const storage[] = {
    "extern",   "static",     "auto",         "register", "inline",
    "__inline", "__inline__", "thread_local", "__thread", NULL,
};
static const char *const qualifiers[] = {
    "const",         "constexpr", "volatile",  "restrict", "__restrict__",
    "__extension__", "_Atomic",   "_Noreturn", "noreturn", NULL,
};
static const char *const tags[] = { "struct", "union", "enum", NULL };

static bool among_at(const struct syn *p, size_t ahead,
                     const char *const *words)
{
    for (; *words; words++)
        if (syn_is_at(p, ahead, *words))
            return true;
    return false;
}

bool syn_c_is_type_word(const struct syn *p, size_t ahead)
{
    return among_at(p, ahead, sizes) || among_at(p, ahead, primitives) ||
           among_at(p, ahead, qualifiers) || among_at(p, ahead, tags);
}

/* Without a table of types: two names, or a name, stars, a name, and what can
 * follow a declarator. */
bool syn_c_is_declaration(const struct syn *p)
{
    static const char *const statements[] = {
        "if",     "else",  "for",      "while", "do",     "switch",  "case",
        "return", "break", "continue", "goto",  "sizeof", "default", NULL,
    };
    size_t i = 1;
    if (syn_among(p, statements))
        return false;
    if (syn_c_is_type_word(p, 0) || among_at(p, 0, storage) ||
        syn_is(p, "typedef"))
        return true;
    if (syn_peek(p, 0)->kind != SYN_NAME)
        return false;
    if (syn_peek(p, 1)->kind == SYN_NAME)
        return true;
    while (syn_is_at(p, i, "*") || among_at(p, i, qualifiers))
        i++;
    if (i == 1 || syn_peek(p, i)->kind != SYN_NAME)
        return false;
    static const char *const ends[] = { ";", "=", ",", "(", "[", NULL };
    return among_at(p, i + 1, ends);
}

static bool modifiers(struct syn *p, struct tw_node *to)
{
    while (syn_among(p, storage) || syn_among(p, qualifiers)) {
        struct tw_node *n =
            syn_node(p,
                     syn_among(p, storage) ? "storage_class_specifier"
                                           : "type_qualifier",
                     syn_peek(p, 0)->at);
        syn_take(p, n, NULL, NULL);
        syn_add(to, NULL, n);
    }
    return true;
}

static bool field(struct syn *p, struct tw_node *to)
{
    struct tw_node *n = syn_node(p, "field_declaration", syn_peek(p, 0)->at);
    if (!syn_c_specifiers(p, n))
        return false;
    while (!syn_is(p, ";")) {
        if (!syn_is(p, ":")) {
            struct tw_node *d = syn_c_declarator(p, "field_identifier");
            if (!d)
                return false;
            syn_add(n, "declarator", d);
        }
        if (syn_is(p, ":")) {
            struct tw_node *b = syn_node(p, "bitfield_clause",
                                         syn_peek(p, 0)->at),
                           *v;
            syn_take(p, b, NULL, NULL);
            v = syn_c_expression(p);
            if (!v)
                return false;
            syn_add(b, NULL, v);
            syn_add(n, NULL, b);
        }
        if (!syn_accept(p, n, ",") && !syn_is(p, ";"))
            return false;
    }
    syn_take(p, n, NULL, NULL);
    syn_add(to, NULL, n);
    return true;
}

static bool enumerator(struct syn *p, struct tw_node *to)
{
    struct tw_node *n = syn_node(p, "enumerator", syn_peek(p, 0)->at);
    if (syn_peek(p, 0)->kind != SYN_NAME)
        return false;
    syn_take(p, n, "name", "identifier");
    if (syn_accept(p, n, "=")) {
        struct tw_node *v = syn_c_expression(p);
        if (!v)
            return false;
        syn_add(n, "value", v);
    }
    syn_add(to, NULL, n);
    return syn_accept(p, to, ",") || syn_is(p, "}");
}

static struct tw_node *tagged(struct syn *p)
{
    bool is_enum = syn_is(p, "enum");
    struct tw_node *n = syn_node(p,
                                 is_enum               ? "enum_specifier"
                                 : syn_is(p, "struct") ? "struct_specifier"
                                                       : "union_specifier",
                                 syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    bool named = syn_peek(p, 0)->kind == SYN_NAME;
    if (named)
        syn_take(p, n, "name", "type_identifier");
    if (!syn_is(p, "{"))
        return named ? n : NULL;
    struct tw_node *b =
        syn_node(p, is_enum ? "enumerator_list" : "field_declaration_list",
                 syn_peek(p, 0)->at);
    syn_take(p, b, NULL, NULL);
    while (!syn_is(p, "}")) {
        if (syn_peek(p, 0)->kind == SYN_DIRECTIVE)
            syn_c_directive(p, b);
        else if (!(is_enum ? enumerator(p, b) : field(p, b)))
            return NULL;
    }
    syn_take(p, b, NULL, NULL);
    syn_add(n, "body", b);
    return n;
}

/* unsigned long int: words without a node, the type among them named. */
static struct tw_node *sized(struct syn *p)
{
    struct tw_node *n = syn_node(p, "sized_type_specifier", syn_peek(p, 0)->at);
    bool typed = false;
    for (;;) {
        if (syn_among(p, sizes)) {
            syn_take(p, n, NULL, NULL);
        } else if (!typed && syn_among(p, primitives)) {
            syn_take(p, n, "type", "primitive_type");
            typed = true;
        } else {
            return n;
        }
    }
}

static struct tw_node *type_specifier(struct syn *p)
{
    if (syn_among(p, tags)) {
        if (!syn_enter(p))
            return NULL;
        struct tw_node *n = tagged(p);
        syn_leave(p);
        return n;
    }
    bool more = syn_among(p, primitives) && among_at(p, 1, sizes);
    if (syn_among(p, sizes) || more)
        return sized(p);
    if (syn_among(p, primitives))
        return syn_leaf(p, "primitive_type");
    return syn_peek(p, 0)->kind == SYN_NAME ? syn_leaf(p, "type_identifier")
                                            : NULL;
}

bool syn_c_specifiers(struct syn *p, struct tw_node *to)
{
    modifiers(p, to);
    struct tw_node *t = type_specifier(p);
    if (!t)
        return false;
    syn_add(to, "type", t);
    return modifiers(p, to);
}

static bool parameters(struct syn *p, struct tw_node *to)
{
    struct tw_node *n = syn_node(p, "parameter_list", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    while (!syn_is(p, ")")) {
        if (syn_is(p, "...")) {
            syn_take(p, n, NULL, "variadic_parameter");
        } else {
            struct tw_node *d =
                syn_node(p, "parameter_declaration", syn_peek(p, 0)->at);
            if (!syn_c_specifiers(p, d))
                return false;
            if (!syn_is(p, ",") && !syn_is(p, ")")) {
                struct tw_node *what = syn_c_declarator(p, "identifier");
                if (!what)
                    return false;
                syn_add(d, "declarator", what);
            }
            syn_add(n, NULL, d);
        }
        if (!syn_accept(p, n, ",") && !syn_is(p, ")"))
            return false;
    }
    syn_take(p, n, NULL, NULL);
    syn_add(to, "parameters", n);
    return true;
}

static bool array_size(struct syn *p, struct tw_node *n)
{
    syn_take(p, n, NULL, NULL);
    modifiers(p, n);
    if (syn_is(p, "*") && syn_is_at(p, 1, "]")) {
        syn_take(p, n, "size", NULL);
    } else if (!syn_is(p, "]")) {
        struct tw_node *v = syn_c_expression(p);
        if (!v)
            return false;
        syn_add(n, "size", v);
    }
    return syn_accept(p, n, "]");
}

/* Without a name the nodes are "abstract_...": told from inside, by *named. */
static struct tw_node *declarator(struct syn *p, const char *names,
                                  bool *named);

static struct tw_node *pointer(struct syn *p, const char *names, bool *named)
{
    struct tw_node *n = syn_node(p, "pointer_declarator", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    modifiers(p, n);
    const struct syn_token *t = syn_peek(p, 0);
    if (t->kind == SYN_NAME || syn_is(p, "*") || syn_is(p, "(") ||
        syn_is(p, "[")) {
        struct tw_node *d = declarator(p, names, named);
        if (!d)
            return NULL;
        syn_add(n, "declarator", d);
    }
    if (!*named)
        n->type = "abstract_pointer_declarator";
    return n;
}

static struct tw_node *in_parens(struct syn *p, const char *names, bool *named)
{
    struct tw_node *n =
        syn_node(p, "parenthesized_declarator", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    struct tw_node *d = declarator(p, names, named);
    if (!d || !syn_is(p, ")"))
        return NULL;
    syn_add(n, NULL, d);
    syn_take(p, n, NULL, NULL);
    if (!*named)
        n->type = "abstract_parenthesized_declarator";
    return n;
}

static struct tw_node *suffixes(struct syn *p, struct tw_node *d, bool named)
{
    while (syn_is(p, "(") || syn_is(p, "[")) {
        bool call = syn_is(p, "(");
        struct tw_node *n = syn_node(
            p,
            call ? (named ? "function_declarator"
                          : "abstract_function_declarator")
                 : (named ? "array_declarator" : "abstract_array_declarator"),
            d ? d->at : syn_peek(p, 0)->at);
        if (d)
            syn_add(n, "declarator", d);
        if (!(call ? parameters(p, n) : array_size(p, n)))
            return NULL;
        d = n;
    }
    return d;
}

static struct tw_node *declarator_here(struct syn *p, const char *names,
                                       bool *named)
{
    struct tw_node *d = NULL;
    if (syn_is(p, "*"))
        return pointer(p, names, named);
    if (syn_peek(p, 0)->kind == SYN_NAME) {
        *named = true;
        d = syn_leaf(p, names);
    } else if (syn_is(p, "(") &&
               (syn_is_at(p, 1, "*") || syn_is_at(p, 1, "(") ||
                (syn_peek(p, 1)->kind == SYN_NAME && syn_is_at(p, 2, ")") &&
                 !syn_c_is_type_word(p, 1)))) {
        d = in_parens(p, names, named);
        if (!d)
            return NULL;
    } else if (!syn_is(p, "(") && !syn_is(p, "[")) {
        return NULL;
    }
    return suffixes(p, d, *named);
}

static struct tw_node *declarator(struct syn *p, const char *names, bool *named)
{
    if (!syn_enter(p))
        return NULL;
    struct tw_node *n = declarator_here(p, names, named);
    syn_leave(p);
    return n;
}

struct tw_node *syn_c_declarator(struct syn *p, const char *names)
{
    bool named = false;
    return declarator(p, names, &named);
}

struct tw_node *syn_c_type_descriptor(struct syn *p)
{
    struct tw_node *n = syn_node(p, "type_descriptor", syn_peek(p, 0)->at);
    if (!syn_c_specifiers(p, n))
        return NULL;
    if (syn_is(p, ")") || syn_is(p, ","))
        return n;
    struct tw_node *d = syn_c_declarator(p, "identifier");
    if (!d)
        return NULL;
    syn_add(n, "declarator", d);
    return n;
}

static bool init_declarators(struct syn *p, struct tw_node *n,
                             struct tw_node *d, const char *names)
{
    for (;;) {
        if (!d)
            return false;
        if (syn_is(p, "=")) {
            struct tw_node *i = syn_node(p, "init_declarator", d->at);
            syn_add(i, "declarator", d);
            syn_take(p, i, NULL, NULL);
            struct tw_node *v =
                syn_is(p, "{") ? syn_c_initializer(p) : syn_c_expression(p);
            if (!v)
                return false;
            syn_add(i, "value", v);
            d = i;
        }
        syn_add(n, "declarator", d);
        if (!syn_accept(p, n, ","))
            return syn_accept(p, n, ";");
        d = syn_c_declarator(p, names);
    }
}

/* extern "C" ... */
static bool linkage(struct syn *p, struct tw_node *to)
{
    struct tw_node *n =
        syn_node(p, "linkage_specification", syn_peek(p, 0)->at);
    syn_take(p, n, NULL, NULL);
    syn_add(n, "value", syn_c_string(p));
    if (syn_is(p, "{")) {
        struct tw_node *b = syn_node(p, "declaration_list", syn_peek(p, 0)->at);
        syn_take(p, b, NULL, NULL);
        syn_c_items(p, b);
        if (!syn_accept(p, b, "}"))
            return false;
        syn_add(n, "body", b);
    } else if (!syn_c_declaration(p, n, "body")) {
        return false;
    }
    syn_add(to, NULL, n);
    return true;
}

bool syn_c_declaration(struct syn *p, struct tw_node *to, const char *field)
{
    struct tw_node *n = syn_node(p, "declaration", syn_peek(p, 0)->at), *d;
    const char *names = "identifier";
    if (syn_is(p, "extern") && syn_peek(p, 1)->kind == SYN_STRING) {
        if (!syn_enter(p))
            return false;
        bool ok = linkage(p, to);
        syn_leave(p);
        return ok;
    }
    if (syn_is(p, "typedef")) {
        n->type = "type_definition";
        names = "type_identifier";
        syn_take(p, n, NULL, NULL);
    }
    if (!syn_c_specifiers(p, n))
        return false;
    if (syn_is(p, ";")) {
        /* A type alone is no declaration but itself. */
        struct tw_node *t = n->first;
        if (t != n->last)
            return false;
        syn_add(to, field, t);
        t->field = field;
        return syn_accept(p, to, ";");
    }
    d = syn_c_declarator(p, names);
    if (d && syn_is(p, "{") && strstr(d->type, "declarator")) {
        struct tw_node *body;
        n->type = "function_definition";
        syn_add(n, "declarator", d);
        body = syn_c_compound(p);
        if (!body)
            return false;
        syn_add(n, "body", body);
    } else if (!init_declarators(p, n, d, names)) {
        return false;
    }
    syn_add(to, field, n);
    return true;
}

/* NOLINTEND(misc-no-recursion) */
