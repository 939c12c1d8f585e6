/*
 * written.c - cases that a person wrote: examples, asserts, errors.
 */
#include <string.h>

#include "cases/inputs.h"
#include "cases/value.h"
#include "python/asserts.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

enum { ASSERTS_MAX = TW_CASE_MAX };

/* Arguments of a table by parameter; *n_args stops before trailing defaults
 * that the table does not give. */
static enum tw_status args_of(struct tw_case_work *w,
                              const struct tw_spec_oracle *o,
                              struct tw_pyval ***args, size_t *n_args)
{
    size_t n = w->call->n_params;
    *args = tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    *n_args = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tw_toml *v = o->args ? o->args[i] : NULL;
        (*args)[i] = w->fallbacks[i];
        if (!v)
            continue;
        TW_TRY(tw_value_from_toml(w, v, &w->call->params[i].type, &(*args)[i]));
        *n_args = i + 1;
    }
    return TW_OK;
}

static enum tw_status add_example(struct tw_case_work *w,
                                  const struct tw_spec_oracle *o)
{
    struct tw_pyval **args;
    size_t n_args;
    TW_TRY(args_of(w, o, &args, &n_args));
    struct tw_input *in;
    TW_TRY(tw_input_must(w, args, n_args, TW_CASE_EXAMPLE, &in));
    in->kind = TW_CASE_VALUE;
    in->pos = o->pos;
    in->tol = (struct tw_pyval_tol){ o->abs_tol, o->rel_tol, true };
    in->source = "specification: example";
    in->reason = "example of the specification";
    return tw_value_from_toml(w, o->value, &w->call->result, &in->want);
}

static enum tw_status add_error(struct tw_case_work *w,
                                const struct tw_spec_oracle *o)
{
    struct tw_pyval **args;
    size_t n_args;
    TW_TRY(args_of(w, o, &args, &n_args));
    struct tw_input *in;
    TW_TRY(tw_input_must(w, args, n_args, TW_CASE_ERROR, &in));
    in->kind = TW_CASE_RAISES;
    in->pos = o->pos;
    in->want_error = o->expect;
    in->source = "specification: error";
    in->reason = "error that the specification demands";
    return TW_OK;
}

/* A row of the helper: [kind, args, want, abs_tol, rel_tol, source]. */
static enum tw_status add_row(struct tw_case_work *w,
                              const struct tw_spec_oracle *o,
                              const struct tw_pyval *row, const char *text)
{
    const char *kind = tw_helper_text(tw_helper_item(row, 0), w->a);
    const struct tw_pyval *list = tw_helper_item(row, 1);
    const struct tw_pyval *want = tw_helper_item(row, 2);
    if (!list || !want || strcmp(kind, "other") == 0)
        return tw_case_fail(
            w, o->pos, "cannot split '%.70s' into a call and a value", text);
    size_t n = w->call->n_params;
    struct tw_pyval **args =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; args && i < n; i++) {
        args[i] = i < list->n_items ? list->items[i] : w->fallbacks[i];
        if (!args[i]) /* too few arguments may be the point of the case */
            args[i] = tw_pyval_none(w->a);
        TW_TRY(tw_arena_check(w->a, "cases", w->err));
    }
    struct tw_input *in;
    TW_TRY(tw_input_must(w, args, list->n_items, TW_CASE_ASSERT, &in));
    in->pos = o->pos;
    in->source = "specification: assert";
    in->reason = "assert of the specification";
    if (strcmp(kind, "raises") == 0) {
        in->kind = TW_CASE_RAISES;
        in->want_error = tw_helper_text(want, w->a);
        return TW_OK;
    }
    in->kind = TW_CASE_VALUE;
    in->want = tw_helper_item(row, 2) ? row->items[2] : NULL;
    double abs_tol = tw_helper_number(tw_helper_item(row, 3), 0.0);
    double rel_tol = tw_helper_number(tw_helper_item(row, 4), 0.0);
    in->tol =
        (struct tw_pyval_tol){ abs_tol > o->abs_tol ? abs_tol : o->abs_tol,
                               rel_tol > o->rel_tol ? rel_tol : o->rel_tol,
                               true };
    return TW_OK;
}

/* [[name, default source or None], ...] for the helper. */
struct tw_pyval *tw_written_params(const struct tw_case_work *w)
{
    size_t n = w->call->n_params;
    struct tw_pyval **rows =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; rows && i < n; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        struct tw_pyval **pair =
            tw_arena_alloc(w->a, 2, sizeof(struct tw_pyval *));
        if (!pair)
            return NULL;
        pair[0] = tw_helper_str(w->a, p->name);
        pair[1] = p->fallback ? tw_helper_str(w->a, p->fallback)
                              : tw_pyval_none(w->a);
        rows[i] = pair[0] && pair[1] ? tw_pyval_list(w->a, pair, 2) : NULL;
        if (!rows[i])
            return NULL;
    }
    return rows ? tw_pyval_list(w->a, rows, n) : NULL;
}

static enum tw_status add_asserts(struct tw_case_work *w,
                                  const struct tw_spec_oracle *o)
{
    size_t n = o->n_cases < ASSERTS_MAX ? o->n_cases : ASSERTS_MAX;
    struct tw_py_call calls[ASSERTS_MAX];
    struct tw_pyval *params = tw_written_params(w);
    struct tw_pyval *entry = tw_helper_str(w->a, w->call->name);
    struct tw_pyval **args =
        tw_arena_alloc(w->a, 3 * n, sizeof(struct tw_pyval *));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < n; i++) {
        struct tw_pyval **a = &args[3 * i];
        a[0] = tw_helper_str(w->a, o->cases[i]);
        a[1] = entry;
        a[2] = params;
        TW_TRY(tw_arena_check(w->a, "cases", w->err));
        calls[i] = (struct tw_py_call){ .function = "tw_asserts",
                                        .args = a,
                                        .n_args = 3 };
    }
    struct tw_py_result *results;
    TW_TRY(tw_helper_run(w->jail, w->a, tw_asserts_py, calls, n, &results,
                         w->err));
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *rows = results[i].value;
        if (results[i].outcome != TW_PY_VALUE || !rows || !rows->n_items)
            return tw_case_fail(w, o->pos, "'%.90s' is no assert statement",
                                o->cases[i]);
        for (size_t k = 0; k < rows->n_items; k++)
            TW_TRY(add_row(w, o, tw_helper_item(rows, k), o->cases[i]));
    }
    return TW_OK;
}

enum tw_status tw_written_add(struct tw_case_work *w)
{
    for (size_t i = 0; i < w->test->n_oracles; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (o->kind == TW_SPEC_ORACLE_EXAMPLE)
            TW_TRY(add_example(w, o));
        else if (o->kind == TW_SPEC_ORACLE_ERROR)
            TW_TRY(add_error(w, o));
        else if (o->kind == TW_SPEC_ORACLE_ASSERT)
            TW_TRY(add_asserts(w, o));
    }
    return TW_OK;
}
