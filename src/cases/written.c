/*
 * written.c - cases that a person wrote: examples, asserts, errors.
 *
 * They come first in the pool, are always chosen, and a mistake in one stops
 * the run with its place: nothing that a person wrote is dropped in silence.
 */
#include <math.h>
#include <string.h>

#include "cases/inputs.h"
#include "cases/value.h"
#include "python/asserts.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

/* All written cases are chosen, so more than that would be cut later. */
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
        (*args)[i] = w->fallbacks[i];
        if (!o->args || !o->args[i])
            continue;
        const struct tw_toml *v = o->args[i];
        TW_TRY(tw_value_from_toml(w, v, &w->call->params[i].type, &(*args)[i]));
        *n_args = i + 1;
    }
    return TW_OK;
}

/* args = {...}, expect = value: TOML, so no helper is needed. */
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

/* args = {...}, expect = "ValueError". */
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

/* A row of tw_asserts() (python/asserts.h) as an input.  text: the whole
 * assert, for the message.  Of the two tolerances, in the text and in the
 * oracle, the larger counts. */
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
        args[i] = w->fallbacks[i];
        if (i < list->n_items)
            args[i] = list->items[i];
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
    in->want = row->items[2];
    double abs_tol = tw_helper_number(tw_helper_item(row, 3), 0.0);
    double rel_tol = tw_helper_number(tw_helper_item(row, 4), 0.0);
    in->tol = (struct tw_pyval_tol){ fmax(abs_tol, o->abs_tol),
                                     fmax(rel_tol, o->rel_tol), true };
    return TW_OK;
}

/* The helper binds keyword arguments as Python would, so it must know names
 * and defaults. */
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
        if (p->fallback)
            pair[1] = tw_helper_str(w->a, p->fallback);
        else
            pair[1] = tw_pyval_none(w->a);
        if (!pair[0] || !pair[1])
            return NULL;
        rows[i] = tw_pyval_list(w->a, pair, 2);
        if (!rows[i])
            return NULL;
    }
    if (!rows)
        return NULL;
    return tw_pyval_list(w->a, rows, n);
}

/* "assert f(2) == 4" of the specification: all texts in one job. */
static enum tw_status add_asserts(struct tw_case_work *w,
                                  const struct tw_spec_oracle *o)
{
    size_t n = o->n_cases;
    if (n > ASSERTS_MAX)
        n = ASSERTS_MAX;
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

/* Expressions and properties are no cases: oracle.c reads those. */
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
