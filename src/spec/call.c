/*
 * call.c - the signature of a function under test, as written by a person.
 *
 * Only so much of Python's grammar is read as cases need: names, types that
 * inputs can be drawn for, defaults.  The text itself goes into prompts and
 * scripts unchanged, so whatever could end the signature early (a newline, a
 * comment, a bracket too many) is refused here.
 */
#include "base/size.h"
#include "spec/spec.h"
#include "spec/spec_priv.h"

#include <string.h>

#include "base/banned.h"

/* A piece of the text; the signature is taken apart without copies. */
struct span {
    const char *p;
    size_t n;
};

/* isspace() asks the locale and is undefined for negative chars. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Blanks at both ends mean nothing in a signature. */
static struct span trim(const char *p, size_t n)
{
    while (n && is_blank(*p)) {
        p++;
        n--;
    }
    while (n && is_blank(p[n - 1]))
        n--;
    return (struct span){ p, n };
}

/* A length for "%.*s": no message grows with what somebody wrote. */
static int shown(struct span s)
{
    return (int)tw_size_min(s.n, 60);
}

/* Without a copy, as spans have no NUL at their end. */
static bool span_is(struct span s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/* Characters from p to the first stop character outside of brackets and
 * quotes, or to the end: a default may be "a, b" or [1, 2], whose comma ends
 * no parameter. */
static size_t scan_to(const char *p, size_t n, const char *stop)
{
    int depth = 0;
    char quote = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (quote) {
            if (c == '\\')
                i++;
            else if (c == quote)
                quote = 0;
            continue;
        }
        if (depth == 0 && strchr(stop, c))
            return i;
        if (c == '"' || c == '\'')
            quote = c;
        else if (strchr("([{", c))
            depth++;
        else if (strchr(")]}", c))
            depth--;
    }
    return n;
}

/* Types that inputs can be drawn for.  Any other name is allowed too: values
 * of such a parameter are then written by the person, or there are none. */
static enum tw_spec_scalar scalar_of(struct span s)
{
    static const struct {
        const char *name;
        enum tw_spec_scalar scalar;
    } names[] = {
        { "int", TW_SPEC_INT },        { "float", TW_SPEC_FLOAT },
        { "bool", TW_SPEC_BOOL },      { "str", TW_SPEC_STR },
        { "None", TW_SPEC_NONE_TYPE },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (span_is(s, names[i].name))
            return names[i].scalar;
    return TW_SPEC_ANY;
}

/* "Name[inner]": does s have one of the names?  Then *inner is what is in. */
static bool unwrap(struct span s, const char *const *names, struct span *inner)
{
    for (; *names; names++) {
        size_t len = strlen(*names);
        if (s.n > len + 2 && memcmp(s.p, *names, len) == 0 && s.p[len] == '[' &&
            s.p[s.n - 1] == ']') {
            *inner = trim(s.p + len + 1, s.n - len - 2);
            return true;
        }
    }
    return false;
}

/* A scalar that may be None: "float | None", "Optional[float]".  Of a union of
 * other types no values can be drawn; it stays TW_SPEC_ANY. */
static void read_element(struct span s, struct tw_spec_type *t)
{
    static const char *const optional[] = { "Optional", "typing.Optional",
                                            NULL };
    struct span inner;
    if (unwrap(s, optional, &inner)) {
        t->nullable = true;
        s = inner;
    }
    size_t bar = scan_to(s.p, s.n, "|");
    if (bar < s.n) {
        struct span left = trim(s.p, bar);
        struct span right = trim(s.p + bar + 1, s.n - bar - 1);
        if (span_is(left, "None"))
            left = right;
        else if (!span_is(right, "None"))
            return;
        t->nullable = true;
        s = left;
    }
    t->scalar = scalar_of(s);
}

/* The signature goes into programs as it is: no type may bring a statement.  So
 * the characters are few, and a call in an annotation is none of them. */
static bool is_type_text(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9');
        if (!word && !strchr("_.,[]| \"'", c))
            return false;
    }
    return true;
}

/* A bare "list" is one of numbers: what counters are.  Without any type the
 * parameter takes what its inputs say. */
static enum tw_status read_type(struct tw_spec_type *t, struct tw_arena *a,
                                struct span s, struct tw_err *err)
{
    static const char *const lists[] = { "list",     "List",        "Sequence",
                                         "Iterable", "typing.List", NULL };
    if (!is_type_text(s))
        return tw_fail(err, TW_EFORMAT, 0, "'%.*s' in 'call' is no type",
                       shown(s), s.p);
    t->text = tw_spec_copy(a, s.p, s.n);
    if (!t->text)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the specification");
    t->scalar = TW_SPEC_ANY;
    struct span inner;
    if (span_is(s, "list")) {
        t->is_list = true;
        t->scalar = TW_SPEC_FLOAT;
    } else if (unwrap(s, lists, &inner)) {
        t->is_list = true;
        read_element(inner, t);
    } else {
        read_element(s, t);
    }
    return TW_OK;
}

/* NAME, NAME: TYPE, NAME = DEFAULT or all three.  The default stays text: what
 * it is worth, Python says (see read_fallbacks() in cases). */
static enum tw_status read_param(struct tw_spec_param *p, struct tw_arena *a,
                                 struct span s, struct tw_err *err)
{
    size_t eq = scan_to(s.p, s.n, "=");
    struct span head = trim(s.p, eq);
    size_t colon = scan_to(head.p, head.n, ":");
    struct span name = trim(head.p, colon);
    if (!tw_spec_is_identifier(name.p, name.n))
        return tw_fail(err, TW_EFORMAT, 0,
                       "'%.*s' in 'call' is no parameter name", shown(name),
                       name.p);
    p->name = tw_spec_copy(a, name.p, name.n);
    TW_TRY(tw_arena_check(a, "the specification", err));
    struct span type = { "", 0 };
    if (colon < head.n)
        type = trim(head.p + colon + 1, head.n - colon - 1);
    TW_TRY(read_type(&p->type, a, type, err));
    if (eq < s.n) {
        struct span value = trim(s.p + eq + 1, s.n - eq - 1);
        if (!value.n)
            return tw_fail(err, TW_EFORMAT, 0,
                           "parameter '%s' in 'call' has an empty default",
                           p->name);
        p->fallback = tw_spec_copy(a, value.p, value.n);
    }
    return tw_arena_check(a, "the specification", err);
}

/* What Python itself would refuse, told with the parameter's name before any
 * job runs.  Called after each parameter, so only the last one is new. */
static enum tw_status check_param(const struct tw_spec_call *c,
                                  struct tw_err *err)
{
    const struct tw_spec_param *last = &c->params[c->n_params - 1];
    for (size_t i = 0; i + 1 < c->n_params; i++) {
        if (strcmp(c->params[i].name, last->name) == 0)
            return tw_fail(err, TW_EFORMAT, 0,
                           "parameter '%s' appears twice in 'call'",
                           last->name);
        if (c->params[i].fallback && !last->fallback)
            return tw_fail(err, TW_EFORMAT, 0,
                           "parameter '%s' in 'call' needs a default, as the "
                           "one before it has one",
                           last->name);
    }
    return TW_OK;
}

/* The list between the brackets.  A comma behind the last one is fine, as in
 * Python. */
static enum tw_status read_params(struct tw_spec_call *c, struct tw_arena *a,
                                  struct span in, struct tw_err *err)
{
    c->params = tw_arena_alloc(a, TW_SPEC_PARAM_MAX, sizeof(*c->params));
    if (!c->params)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the specification");
    in = trim(in.p, in.n);
    while (in.n) {
        size_t n = scan_to(in.p, in.n, ",");
        if (c->n_params == TW_SPEC_PARAM_MAX)
            return tw_fail(err, TW_ELIMIT, 0,
                           "'call' has more than %d parameters",
                           TW_SPEC_PARAM_MAX);
        TW_TRY(read_param(&c->params[c->n_params], a, trim(in.p, n), err));
        c->n_params++;
        TW_TRY(check_param(c, err));
        n += n < in.n;
        in = trim(in.p + n, in.n - n);
    }
    return TW_OK;
}

/* People paste signatures from code: a leading "def" and a trailing colon are
 * taken off and not complained about. */
enum tw_status tw_spec_call_parse(struct tw_spec_call *c, struct tw_arena *a,
                                  const char *text, struct tw_err *err)
{
    memset(c, 0, sizeof(*c));
    struct span s = trim(text, strlen(text));
    if (s.n > 4 && memcmp(s.p, "def ", 4) == 0)
        s = trim(s.p + 4, s.n - 4);
    if (s.n && s.p[s.n - 1] == ':')
        s = trim(s.p, s.n - 1);
    if (memchr(s.p, '\n', s.n) || memchr(s.p, '#', s.n))
        return tw_fail(err, TW_EFORMAT, 0, "'call' must be one line");
    const char *open = memchr(s.p, '(', s.n);
    size_t head = s.n;
    if (open)
        head = (size_t)(open - s.p);
    struct span name = trim(s.p, head);
    if (!open || !tw_spec_is_identifier(name.p, name.n))
        return tw_fail(err, TW_EFORMAT, 0,
                       "'call' must read like 'name(a: float) -> bool'");
    size_t rest = s.n - head - 1;
    size_t close = scan_to(open + 1, rest, ")");
    if (close == rest)
        return tw_fail(err, TW_EFORMAT, 0, "'call' lacks a ')'");
    c->text = tw_spec_copy(a, s.p, s.n);
    c->name = tw_spec_copy(a, name.p, name.n);
    if (!c->text || !c->name)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the specification");
    TW_TRY(read_params(c, a, (struct span){ open + 1, close }, err));
    struct span tail = trim(open + close + 2, rest - close - 1);
    if (tail.n && (tail.n < 3 || memcmp(tail.p, "->", 2) != 0))
        return tw_fail(err, TW_EFORMAT, 0,
                       "'call' must end in ')' or in '-> type'");
    if (tail.n)
        tail = trim(tail.p + 2, tail.n - 2);
    return read_type(&c->result, a, tail, err);
}
