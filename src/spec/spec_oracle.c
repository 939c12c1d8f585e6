/*
 * spec_oracle.c - [[test.oracle]]: where expected values come from.
 */
#include "base/file.h"
#include "spec/spec_priv.h"

#include <string.h>

#include "base/banned.h"

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

const char *tw_spec_oracle_name(enum tw_spec_oracle_kind kind)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "unknown";
}

static enum tw_status read_expr(const struct tw_spec_reader *r,
                                const struct tw_toml *t, const char *key,
                                const char **expr)
{
    TW_TRY(tw_toml_text(t, key, NULL, expr, r->err));
    if (!*expr || !(*expr)[strspn(*expr, " \t\r\n")])
        return tw_spec_fail(r, t, "an oracle of this kind needs '%s'", key);
    if (strlen(*expr) > EXPR_MAX)
        return tw_spec_fail(r, t, "'%s' is longer than %d bytes", key,
                            EXPR_MAX);
    return TW_OK;
}

/* The entries of a table by parameter; an unknown name is refused. */
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
    TW_TRY(tw_toml_known(table, "the parameters", names, r->err));
    return TW_OK;
}

static enum tw_status read_args(const struct tw_spec_reader *r,
                                const struct tw_toml *t,
                                const struct tw_spec_call *c,
                                struct tw_spec_oracle *o)
{
    const struct tw_toml *args;
    TW_TRY(tw_spec_table(r, t, "args", &args));
    if (!args && c->n_params)
        return tw_spec_fail(r, t, "an oracle of this kind needs 'args'");
    if (!args)
        return TW_OK;
    TW_TRY(by_parameter(r, args, c, &o->args));
    bool wrong_type_is_the_point = o->kind == TW_SPEC_ORACLE_ERROR;
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tw_spec_param *p = &c->params[i];
        if (!o->args[i] && !p->fallback)
            return tw_spec_fail(r, args, "'args' lacks parameter '%s'",
                                p->name);
        if (o->args[i] && !wrong_type_is_the_point &&
            !tw_spec_value_fits(o->args[i], &p->type))
            return tw_spec_fail(r, o->args[i], "'%s' is %s, not %.40s", p->name,
                                tw_toml_kind_name(o->args[i]->kind),
                                p->type.text);
    }
    return TW_OK;
}

static enum tw_status read_change(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  const struct tw_spec_call *c,
                                  struct tw_spec_oracle *o)
{
    const struct tw_toml *change, **entries;
    TW_TRY(tw_spec_table(r, t, "change", &change));
    if (!change || !change->n_children)
        return tw_spec_fail(r, t, "a metamorphic oracle needs 'change'");
    TW_TRY(by_parameter(r, change, c, &entries));
    o->change = tw_arena_alloc(r->a, c->n_params + 1, sizeof(*o->change));
    if (!o->change)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < c->n_params; i++)
        if (entries[i])
            TW_TRY(read_expr(r, change, c->params[i].name, &o->change[i]));
    return TW_OK;
}

static enum tw_status read_error_name(const struct tw_spec_reader *r,
                                      const struct tw_toml *t,
                                      struct tw_spec_oracle *o)
{
    TW_TRY(read_expr(r, t, "expect", &o->expect));
    if (!tw_spec_is_identifier(o->expect, strlen(o->expect)))
        return tw_spec_fail(r, tw_toml_get(t, "expect"),
                            "'expect' must name an exception type");
    return TW_OK;
}

static enum tw_status read_kind(const struct tw_spec_reader *r,
                                const struct tw_toml *t,
                                struct tw_spec_oracle *o)
{
    static const char *const all_keys[] = { "kind",    "expect",  "that",
                                            "args",    "change",  "cases",
                                            "file",    "code",    "function",
                                            "abs_tol", "rel_tol", NULL };
    const char *names[TW_ARRAY_LEN(kinds) + 1] = { NULL };
    const char *kind;
    TW_TRY(tw_toml_text(t, "kind", NULL, &kind, r->err));
    if (!kind) {
        TW_TRY(tw_toml_known(t, "[[test.oracle]]", all_keys, r->err));
        return tw_spec_fail(r, t, "an oracle lacks its 'kind'");
    }
    const struct tw_toml *at = tw_toml_get(t, "kind");
    for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++) {
        names[i] = kinds[i].name;
        if (strcmp(kind, kinds[i].name) == 0) {
            o->kind = kinds[i].kind;
            return tw_toml_known(t, "[[test.oracle]] of this kind",
                                 kinds[i].keys, r->err);
        }
    }
    if (strcmp(kind, "regression") == 0)
        return tw_spec_fail(
            r, at, "oracle kind '%s' is not supported by this version", kind);
    return tw_spec_fail(r, at, "unknown oracle kind '%.40s'%s", kind,
                        tw_toml_hint(kind, "", names).text);
}

/* The text of a file beside the specification. */
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

/* A program beside the specification, or written in it. */
static enum tw_status read_reference(const struct tw_spec_reader *r,
                                     const struct tw_toml *t,
                                     const struct tw_spec_call *c,
                                     struct tw_spec_oracle *o)
{
    const char *file;

    TW_TRY(tw_toml_text(t, "file", NULL, &file, r->err));
    TW_TRY(tw_toml_text(t, "code", NULL, &o->code, r->err));
    TW_TRY(tw_toml_text(t, "function", c->name, &o->function, r->err));
    if (!file == !o->code)
        return tw_spec_fail(r, t, "a reference needs 'file' or 'code'");
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
    return o->expect ? TW_OK : tw_spec_nomem(r);
}

static enum tw_status read_content(const struct tw_spec_reader *r,
                                   const struct tw_toml *t,
                                   const struct tw_spec_call *c,
                                   struct tw_spec_oracle *o)
{
    switch (o->kind) {
    case TW_SPEC_ORACLE_EXPR:
        return read_expr(r, t, "expect", &o->expect);
    case TW_SPEC_ORACLE_REFERENCE:
        return read_reference(r, t, c, o);
    case TW_SPEC_ORACLE_PROPERTY:
        return read_expr(r, t, "that", &o->that);
    case TW_SPEC_ORACLE_METAMORPHIC:
        TW_TRY(read_expr(r, t, "that", &o->that));
        return read_change(r, t, c, o);
    case TW_SPEC_ORACLE_EXAMPLE:
        TW_TRY(read_args(r, t, c, o));
        o->value = tw_toml_get(t, "expect");
        if (!o->value)
            return tw_spec_fail(r, t, "an example lacks 'expect'");
        return TW_OK;
    case TW_SPEC_ORACLE_ERROR:
        TW_TRY(read_args(r, t, c, o));
        return read_error_name(r, t, o);
    case TW_SPEC_ORACLE_ASSERT:
        TW_TRY(tw_spec_texts(r, t, "cases", &o->cases, &o->n_cases));
        if (!o->n_cases || o->n_cases > CASES_MAX)
            return tw_spec_fail(r, t, "'cases' must hold 1 to %d statements",
                                CASES_MAX);
        return TW_OK;
    }
    return TW_OK;
}

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
    for (const struct tw_toml *e = list->first; e; e = e->next) {
        struct tw_spec_oracle *o = &test->oracles[test->n_oracles++];
        if (e->kind != TW_TOML_TABLE)
            return tw_spec_fail(r, e,
                                "oracles must be written as "
                                "[[test.oracle]]");
        o->pos = tw_spec_pos_of(r, e);
        TW_TRY(read_kind(r, e, o));
        TW_TRY(tw_spec_number(r, e, "abs_tol", 0.0, 0.0, 1e300, &o->abs_tol));
        TW_TRY(tw_spec_number(r, e, "rel_tol", 0.0, 0.0, 1.0, &o->rel_tol));
        TW_TRY(read_content(r, e, &test->call, o));
    }
    return TW_OK;
}

bool tw_spec_oracle_exact(const struct tw_spec_oracle *o)
{
    return o->kind == TW_SPEC_ORACLE_EXPR ||
           o->kind == TW_SPEC_ORACLE_REFERENCE;
}

bool tw_spec_has_expr(const struct tw_spec_test *t)
{
    for (size_t i = 0; i < t->n_oracles; i++)
        if (tw_spec_oracle_exact(&t->oracles[i]))
            return true;
    return false;
}
