/*
 * spec_oracle.c - [[test.oracle]]: where expected values come from.
 *
 * One table says which keys each kind has; a key of another kind is refused,
 * because an oracle that ignores half of what was written would look stricter
 * than it is.  Expressions are bounded and kept as text: only the jail ever
 * evaluates them.
 */
#include "base/file.h"
#include "spec/spec_priv.h"

#include <string.h>

#include "base/banned.h"

/* An expression beyond EXPR_MAX is a program: that is what a reference is
 * for.  CODE_MAX is what a job of the jail takes well. */
enum { CASES_MAX = 200, EXPR_MAX = 4000, CODE_MAX = 64 << 10 };

static const struct {
    const char *name;
    enum tw_spec_oracle_kind kind;
    const char *keys[7];
} kinds[] = {
    { "expr",
      TW_SPEC_ORACLE_EXPR,
      { "kind", "expect", "abs_tol", "rel_tol", NULL } },
    { "reference",
      TW_SPEC_ORACLE_REFERENCE,
      { "kind", "file", "code", "function", "abs_tol", "rel_tol", NULL } },
    { "property", TW_SPEC_ORACLE_PROPERTY, { "kind", "that", NULL } },
    { "example",
      TW_SPEC_ORACLE_EXAMPLE,
      { "kind", "args", "expect", "abs_tol", "rel_tol", NULL } },
    { "assert",
      TW_SPEC_ORACLE_ASSERT,
      { "kind", "cases", "abs_tol", "rel_tol", NULL } },
    { "error", TW_SPEC_ORACLE_ERROR, { "kind", "args", "expect", NULL } },
    { "metamorphic",
      TW_SPEC_ORACLE_METAMORPHIC,
      { "kind", "change", "that", NULL } },
};

/* For run.json and the report, where the kind stands as it was written. */
const char *tw_spec_oracle_name(enum tw_spec_oracle_kind kind)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "unknown";
}

/* A text that is there and not blank.  A slip of its key was told as such, so
 * the text is not missed a second time: *expr is NULL then, and whoever goes on
 * passes over it. */
enum tw_status tw_spec_expr(const struct tw_spec_reader *r,
                            const struct tw_toml *t, const char *key,
                            const char **expr)
{
    TW_TRY(tw_toml_text(t, key, NULL, expr, r->err));
    if (!*expr && !tw_spec_is_absent(t, key))
        return TW_OK; /* said already */
    if (!*expr)
        return tw_spec_fail(r, t, "an oracle of this kind needs '%s'", key);
    size_t n = strlen(*expr);
    bool blank = !(*expr)[strspn(*expr, " \t\r\n")];
    if (!blank && n <= EXPR_MAX)
        return TW_OK;
    *expr = NULL;
    if (blank)
        return tw_spec_fail(r, tw_toml_get(t, key), "'%s' is empty", key);
    return tw_spec_fail(r, tw_toml_get(t, key), "'%s' is longer than %d bytes",
                        key, EXPR_MAX);
}

/* The entries of a table by parameter; an unknown name is refused.  In the
 * order of the call, so that whoever makes arguments needs no names any more;
 * NULL for a parameter that the table does not mention. */
static enum tw_status by_parameter(const struct tw_spec_reader *r,
                                   const struct tw_toml *table,
                                   const struct tw_spec_call *c,
                                   const struct tw_toml ***entries)
{
    const char **names = tw_arena_alloc(r->a, c->n_params + 1, sizeof(*names));
    *entries = tw_arena_alloc(r->a, c->n_params + 1, sizeof(**entries));
    if (!names || !*entries)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < c->n_params; i++) {
        names[i] = c->params[i].name;
        (*entries)[i] = tw_toml_get(table, names[i]);
    }
    if (c->name) /* without a call no name is known */
        TW_TRY(tw_spec_known(r, table, "the parameters", names));
    return TW_OK;
}

/* Arguments of a written case: all that have no default, each of its type,
 * so that 1 for a list is told here and not by an exception of an answer. */
static enum tw_status read_args(const struct tw_spec_reader *r,
                                const struct tw_toml *t,
                                const struct tw_spec_call *c,
                                struct tw_spec_oracle *o)
{
    const struct tw_toml *args;
    TW_TRY(tw_spec_table(r, t, "args", &args));
    if (!args && c->n_params && tw_spec_is_absent(t, "args"))
        return tw_spec_fail(r, t, "an oracle of this kind needs 'args'");
    if (!args)
        return TW_OK;
    TW_TRY(by_parameter(r, args, c, &o->args));
    bool wrong_type_is_the_point = o->kind == TW_SPEC_ORACLE_ERROR;
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tw_spec_param *p = &c->params[i];
        if (!o->args[i] && !p->fallback && tw_spec_is_absent(args, p->name))
            TW_NOTE(r, tw_spec_fail(r, args, "'args' lacks parameter '%s'",
                                    p->name));
        if (o->args[i] && !wrong_type_is_the_point &&
            !tw_spec_value_fits(o->args[i], &p->type))
            TW_NOTE(r, tw_spec_fail(
                           r, o->args[i], "'%s' is %s, not %.40s", p->name,
                           tw_toml_kind_name(o->args[i]->kind), p->type.text));
    }
    return TW_OK;
}

/* How the second call of a metamorphic oracle differs from the first. */
static enum tw_status read_change(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  const struct tw_spec_call *c,
                                  struct tw_spec_oracle *o)
{
    const struct tw_toml *change, **entries;
    TW_TRY(tw_spec_table(r, t, "change", &change));
    if (!change && !tw_spec_is_absent(t, "change"))
        return TW_OK; /* said already */
    if (!change || !change->n_children)
        return tw_spec_fail(r, t, "a metamorphic oracle needs 'change'");
    TW_TRY(by_parameter(r, change, c, &entries));
    o->change = tw_arena_alloc(r->a, c->n_params + 1, sizeof(*o->change));
    o->change_pos =
        tw_arena_alloc(r->a, c->n_params + 1, sizeof(*o->change_pos));
    if (!o->change || !o->change_pos)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < c->n_params; i++) {
        if (!entries[i])
            continue;
        o->change_pos[i] = tw_spec_pos_of(r, entries[i]);
        TW_NOTE(r, tw_spec_expr(r, change, c->params[i].name, &o->change[i]));
    }
    return TW_OK;
}

/* Any name: an exception may be one of the code under test. */
static enum tw_status read_error_name(const struct tw_spec_reader *r,
                                      const struct tw_toml *t,
                                      struct tw_spec_oracle *o)
{
    TW_TRY(tw_spec_expr(r, t, "expect", &o->expect));
    if (o->expect && !tw_spec_is_identifier(o->expect, strlen(o->expect)))
        return tw_spec_fail(r, tw_toml_get(t, "expect"),
                            "'expect' must name an exception type");
    return TW_OK;
}

/* TW_ARRAY_LEN(kinds) for what is none. */
static size_t kind_index(const char *name)
{
    size_t i = 0;
    while (i < TW_ARRAY_LEN(kinds) && strcmp(kinds[i].name, name) != 0)
        i++;
    return i;
}

/* The kind first: it decides which keys are known.  "regression" is named in
 * the format and refused by name, so that nobody looks for a typing error. */
static enum tw_status read_kind(const struct tw_spec_reader *r,
                                const struct tw_toml *t,
                                struct tw_spec_oracle *o, bool *known)
{
    static const char *const all_keys[] = { "kind",    "expect",  "that",
                                            "args",    "change",  "cases",
                                            "file",    "code",    "function",
                                            "abs_tol", "rel_tol", NULL };
    const char *names[TW_ARRAY_LEN(kinds) + 1] = { NULL };
    const char *kind;
    *known = false;
    TW_TRY(tw_toml_text(t, "kind", NULL, &kind, r->err));
    if (!kind) {
        TW_TRY(tw_spec_known(r, t, "[[test.oracle]]", all_keys));
        if (!tw_spec_is_absent(t, "kind"))
            return TW_OK; /* said already */
        return tw_spec_fail(r, t, "an oracle lacks its 'kind'");
    }
    const struct tw_toml *at = tw_toml_get(t, "kind");
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++)
        names[i] = kinds[i].name;
    if (strcmp(kind, "regression") == 0)
        return tw_spec_fail(
            r, at, "oracle kind '%s' is not supported by this version", kind);
    size_t i = kind_index(kind);
    if (i == TW_ARRAY_LEN(kinds)) {
        TW_NOTE(r, tw_spec_fail(r, at, "unknown oracle kind '%.40s'%s", kind,
                                tw_toml_hint(kind, "", names).text));
        kind = tw_toml_nearest(kind, names);
        if (!kind)
            return TW_OK;
        i = kind_index(kind); /* what was meant goes on being checked */
    }
    o->kind = kinds[i].kind;
    *known = true;
    return tw_spec_known(r, t, "[[test.oracle]] of this kind", kinds[i].keys);
}

/* The text of a file beside the specification.  It is read here and not when
 * the oracle is asked, so that the fingerprint of the test covers it. */
static enum tw_status read_code_file(const struct tw_spec_reader *r,
                                     const struct tw_toml *t, const char *file,
                                     const char **code)
{
    struct tw_buf b;
    const char *path = tw_file_join(r->a, r->dir, file);
    if (!path)
        return tw_spec_nomem(r);
    tw_buf_init(&b, CODE_MAX + 1);
    struct tw_err why = { 0 };
    enum tw_status st = tw_file_read(&b, path, &why);
    if (st == TW_OK)
        *code = tw_spec_copy(r->a, tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    if (st != TW_OK)
        return tw_spec_fail(r, tw_toml_get(t, "file"), "%.180s", why.msg);
    if (!*code)
        return tw_spec_nomem(r);
    return TW_OK;
}

/* A program beside the specification, or written in it.  Whether it is Python
 * and defines its function, audit.py says in the jail; nothing is run here. */
static enum tw_status read_reference(const struct tw_spec_reader *r,
                                     const struct tw_toml *t,
                                     const struct tw_spec_call *c,
                                     struct tw_spec_oracle *o)
{
    const char *file, *function = c->name;

    if (!function) /* the call is broken, which was said */
        function = "reference";
    TW_TRY(tw_toml_text(t, "file", NULL, &file, r->err));
    TW_TRY(tw_toml_text(t, "code", NULL, &o->code, r->err));
    TW_TRY(tw_toml_text(t, "function", function, &o->function, r->err));
    if (!file == !o->code)
        return tw_spec_fail(r, t, "a reference needs one of 'file' and 'code'");
    if (!tw_spec_is_identifier(o->function, strlen(o->function)))
        return tw_spec_fail(r, tw_toml_get(t, "function"),
                            "'function' must be a name");
    if (file)
        TW_TRY(read_code_file(r, t, file, &o->code));
    TW_ASSERT(o->code);
    if (strlen(o->code) > CODE_MAX)
        return tw_spec_fail(r, t, "a reference is longer than %d bytes",
                            CODE_MAX);
    o->expect = tw_arena_textf(r->a, "reference %.60s", o->function);
    return tw_arena_check(r->a, "the specification", r->err);
}

/* Statements as text: asserts.py takes them apart. */
static enum tw_status read_cases(const struct tw_spec_reader *r,
                                 const struct tw_toml *t,
                                 struct tw_spec_oracle *o)
{
    const struct tw_toml *list = tw_toml_get(t, "cases");

    TW_TRY(tw_spec_texts(r, t, "cases", &o->cases, &o->n_cases));
    if (!o->n_cases && !tw_spec_is_absent(t, "cases") && !list)
        return TW_OK; /* said already */
    if (!o->n_cases || o->n_cases > CASES_MAX) {
        o->n_cases = 0;
        return tw_spec_fail(r, t, "'cases' must hold 1 to %d statements",
                            CASES_MAX);
    }
    o->case_pos = tw_arena_alloc(r->a, o->n_cases, sizeof(*o->case_pos));
    if (!o->case_pos)
        return tw_spec_nomem(r);
    o->case_pos[0] = tw_spec_pos_of(r, list);
    const struct tw_toml *e = list->first;
    for (size_t i = 0; e && i < o->n_cases; i++, e = e->next) {
        o->case_pos[i] = tw_spec_pos_of(r, e);
        if (strlen(e->u.text.bytes) > EXPR_MAX)
            TW_NOTE(r, tw_spec_fail(r, e, "a case is longer than %d bytes",
                                    EXPR_MAX));
    }
    return TW_OK;
}

/* What the kind asks for. */
static enum tw_status read_content(const struct tw_spec_reader *r,
                                   const struct tw_toml *t,
                                   const struct tw_spec_call *c,
                                   struct tw_spec_oracle *o)
{
    switch (o->kind) {
    case TW_SPEC_ORACLE_EXPR:
        return tw_spec_expr(r, t, "expect", &o->expect);
    case TW_SPEC_ORACLE_REFERENCE:
        return read_reference(r, t, c, o);
    case TW_SPEC_ORACLE_PROPERTY:
        return tw_spec_expr(r, t, "that", &o->that);
    case TW_SPEC_ORACLE_METAMORPHIC:
        TW_NOTE(r, tw_spec_expr(r, t, "that", &o->that));
        return read_change(r, t, c, o);
    case TW_SPEC_ORACLE_EXAMPLE:
        TW_NOTE(r, read_args(r, t, c, o));
        o->value = tw_toml_get(t, "expect");
        if (!o->value && tw_spec_is_absent(t, "expect"))
            return tw_spec_fail(r, t, "an example lacks 'expect'");
        return TW_OK;
    case TW_SPEC_ORACLE_ERROR:
        TW_NOTE(r, read_args(r, t, c, o));
        return read_error_name(r, t, o);
    case TW_SPEC_ORACLE_ASSERT:
        return read_cases(r, t, o);
    }
    return TW_OK;
}

/* Where the text stands that messages about the oracle are about. */
static struct tw_spec_pos text_pos(const struct tw_spec_reader *r,
                                   const struct tw_toml *t)
{
    static const char *const keys[] = { "that", "expect", "code", "file" };

    for (size_t i = 0; i < TW_ARRAY_LEN(keys); i++) {
        const struct tw_toml *v = tw_toml_get(t, keys[i]);
        if (v)
            return tw_spec_pos_of(r, v);
    }
    return tw_spec_pos_of(r, t);
}

/* Where the kind is unknown nothing else can be judged: every key might be
 * right for the kind that was meant. */
static enum tw_status read_oracle(const struct tw_spec_reader *r,
                                  const struct tw_toml *e,
                                  const struct tw_spec_call *c,
                                  struct tw_spec_oracle *o)
{
    bool known;

    if (e->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, e, "oracles must be written as [[test.oracle]]");
    o->pos = tw_spec_pos_of(r, e);
    o->text_pos = text_pos(r, e);
    TW_TRY(read_kind(r, e, o, &known));
    if (!known)
        return TW_OK;
    TW_NOTE(r, tw_spec_number(r, e, "abs_tol", 0.0, 0.0, 1e300, &o->abs_tol));
    TW_NOTE(r, tw_spec_number(r, e, "rel_tol", 0.0, 0.0, 1.0, &o->rel_tol));
    return read_content(r, e, c, o);
}

/* A test without any oracle is allowed: its verdict is a vote of the answers,
 * and says that it is unverified. */
enum tw_status tw_spec_read_oracles(const struct tw_spec_reader *r,
                                    const struct tw_toml *t,
                                    struct tw_spec_test *test)
{
    const struct tw_toml *list = tw_toml_get(t, "oracle");
    if (!list)
        return TW_OK;
    if (list->kind != TW_TOML_ARRAY)
        return tw_spec_fail(r, list,
                            "oracles must be written as "
                            "[[test.oracle]]");
    if (list->n_children > TW_SPEC_ORACLE_MAX)
        return tw_spec_fail(r, list, "more than %d oracles",
                            TW_SPEC_ORACLE_MAX);
    test->oracles =
        tw_arena_alloc(r->a, list->n_children + 1, sizeof(*test->oracles));
    if (!test->oracles)
        return tw_spec_nomem(r);
    for (const struct tw_toml *e = list->first; e; e = e->next)
        TW_NOTE(r, read_oracle(r, e, &test->call,
                               &test->oracles[test->n_oracles++]));
    return TW_OK;
}

/* Only these can be asked about inputs that a search makes up. */
bool tw_spec_oracle_exact(const struct tw_spec_oracle *o)
{
    return o->kind == TW_SPEC_ORACLE_EXPR ||
           o->kind == TW_SPEC_ORACLE_REFERENCE;
}

/* Decides whether a verdict can be exact at all: without such an oracle only
 * the written cases, or a property, stand against an answer. */
bool tw_spec_has_expr(const struct tw_spec_test *t)
{
    for (size_t i = 0; i < t->n_oracles; i++)
        if (tw_spec_oracle_exact(&t->oracles[i]))
            return true;
    return false;
}
