/*
 * oracle.c - expected values: the expressions of the specification, evaluated
 * in the jail, in jobs that hold no candidate.
 *
 * An expression is written by the user, and still runs in the jail: it may
 * take for ever on an input that nobody thought of.  One job evaluates one
 * expression for all inputs.
 */
#include <math.h>
#include <string.h>

#include "cases/oracle.h"
#include "python/asserts.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

/* All expressions of the test, with their places, so that a mistake is told
 * before any data are read. */
struct expr {
    const char *text;
    struct tw_spec_pos pos;
};
enum { EXPR_MAX = 2 * TW_SPEC_ORACLE_MAX + 1 };

/* "require" first, then the oracles in the order of the specification. */
static size_t list_exprs(const struct tw_case_work *w, struct expr *out)
{
    size_t n = 0;
    if (w->test->require)
        out[n++] = (struct expr){ w->test->require, w->test->require_pos };
    for (size_t i = 0; i < w->test->n_oracles && n + 1 < EXPR_MAX; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (o->kind == TW_SPEC_ORACLE_EXPR)
            out[n++] = (struct expr){ o->expect, o->text_pos };
        if (o->that)
            out[n++] = (struct expr){ o->that, o->text_pos };
    }
    return n;
}

/* By compile() in the helper: an expression with a slip would otherwise look
 * like an input without a value. */
enum tw_status tw_oracle_check_exprs(struct tw_case_work *w)
{
    struct expr exprs[EXPR_MAX];
    const char *texts[EXPR_MAX];
    size_t n = list_exprs(w, exprs);
    if (!n)
        return TW_OK;
    for (size_t i = 0; i < n; i++)
        texts[i] = exprs[i].text;
    struct tw_pyval *list = tw_helper_strs(w->a, texts, n);
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    struct tw_py_call call = { .function = "tw_expressions",
                               .args = &list,
                               .n_args = 1 };
    struct tw_py_result *result;
    TW_TRY(
        tw_helper_run(w->jail, w->a, tw_asserts_py, &call, 1, &result, w->err));
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *reply = tw_helper_item(result[0].value, i);
        const char *why = tw_helper_text(reply, w->a);
        if (!reply || *why)
            return tw_case_fail(w, exprs[i].pos,
                                "expression '%.60s' does not compile: %.50s",
                                texts[i], why);
    }
    return TW_OK;
}

/* An expression sees the parameters by name, defaults included. */
static struct tw_py_call call_of(const struct tw_case_work *w, const char *expr,
                                 const struct tw_input *in)
{
    return (struct tw_py_call){ .expr = expr,
                                .names = w->names,
                                .args = in->args,
                                .n_args = w->call->n_params };
}

/* As bool() would say; NULL is false. */
static bool is_true(const struct tw_pyval *v)
{
    if (!v)
        return false;
    switch (v->kind) {
    case TW_PYVAL_NONE:
        return false;
    case TW_PYVAL_BOOL:
        return v->b;
    case TW_PYVAL_FLOAT:
        return v->f != 0.0;
    case TW_PYVAL_INT:
        return tw_helper_number(v, 1.0) != 0.0;
    case TW_PYVAL_STR:
    case TW_PYVAL_BYTES:
        return v->len > 0;
    case TW_PYVAL_LIST:
    case TW_PYVAL_TUPLE:
    case TW_PYVAL_DICT:
    case TW_PYVAL_SET:
    case TW_PYVAL_FROZENSET:
        return v->n_items > 0;
    }
    return false;
}

/* A name that nothing defines is a mistake in the specification, and no
 * property of the input. */
static enum tw_status check_names(const struct tw_case_work *w,
                                  const struct tw_py_result *res,
                                  const char *expr, struct tw_spec_pos pos)
{
    if (res->outcome == TW_PY_EXCEPTION &&
        (strcmp(res->type, "NameError") == 0 ||
         strcmp(res->type, "SyntaxError") == 0))
        return tw_case_fail(w, pos, "expression '%.60s': %.60s", expr,
                            res->text);
    return TW_OK;
}

/* One expression for all inputs from first on. */
static enum tw_status evaluate(struct tw_case_work *w, size_t first,
                               const char *expr, struct tw_spec_pos pos,
                               struct tw_py_result **results)
{
    size_t n = w->n_inputs - first;
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < n; i++)
        calls[i] = call_of(w, expr, &w->inputs[first + i]);
    TW_TRY(tw_exprs_run(w->jail, w->a, calls, n, results, w->err));
    for (size_t i = 0; i < n; i++)
        TW_TRY(check_names(w, &(*results)[i], expr, pos));
    return TW_OK;
}

/* One reference for all inputs from first on.  Its exceptions are of the
 * input: it may refuse one. */
static enum tw_status ask_reference(struct tw_case_work *w, size_t first,
                                    const struct tw_spec_oracle *o,
                                    struct tw_py_result **results)
{
    size_t n = w->n_inputs - first;
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    struct tw_err why = { 0 };

    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < n; i++)
        calls[i] = (struct tw_py_call){ .function = o->function,
                                        .args = w->inputs[first + i].args,
                                        .n_args = w->call->n_params };
    enum tw_status st =
        tw_reference_run(w->jail, w->a, o->code, calls, n, results, &why);
    if (st == TW_EFORMAT)
        return tw_case_fail(w, o->pos, "%.150s", why.msg);
    if (st != TW_OK)
        return tw_fail(w->err, st, 0, "%.200s", why.msg);
    if (n && (*results)[0].outcome == TW_PY_EXCEPTION &&
        strcmp((*results)[0].type, "NameError") == 0)
        return tw_case_fail(w, o->pos, "%.80s: %.80s", o->expect,
                            (*results)[0].text);
    return TW_OK;
}

static enum tw_status ask_exact(struct tw_case_work *w, size_t first,
                                const struct tw_spec_oracle *o,
                                struct tw_py_result **results)
{
    if (o->kind == TW_SPEC_ORACLE_REFERENCE)
        return ask_reference(w, first, o, results);
    return evaluate(w, first, o->expect, o->pos, results);
}

/* For the status "no cases": a person must see which part of the
 * specification left nothing over. */
static const char *why_no_value(const struct tw_case_work *w, const char *expr,
                                const struct tw_py_result *res)
{
    if (res->outcome == TW_PY_EXCEPTION && !res->text[0])
        return tw_arena_textf(w->a, "'%.60s' raises %.60s", expr, res->type);
    if (res->outcome == TW_PY_EXCEPTION)
        return tw_arena_textf(w->a, "'%.60s' raises %.60s: %.60s", expr,
                              res->type, res->text);
    if (res->outcome == TW_PY_OPAQUE)
        return tw_arena_textf(w->a, "'%.60s' gives a value of type %.60s", expr,
                              res->type);
    return tw_arena_textf(w->a, "'%.60s' takes too much time or memory", expr);
}

/* What breaks "require" is no input.  Written cases stay: there the person
 * knows better. */
static enum tw_status apply_require(struct tw_case_work *w, size_t first)
{
    struct tw_py_result *results;
    TW_TRY(evaluate(w, first, w->test->require, w->test->pos, &results));
    for (size_t i = first; i < w->n_inputs; i++) {
        struct tw_input *in = &w->inputs[i];
        const struct tw_py_result *res = &results[i - first];
        bool holds = res->outcome == TW_PY_VALUE && is_true(res->value);
        if (holds || in->written || in->gone)
            continue;
        in->gone = true;
        w->out->counts.refused++;
        if (!holds && res->outcome != TW_PY_VALUE && !w->out->why_no_value)
            w->out->why_no_value = why_no_value(w, w->test->require, res);
    }
    return TW_OK;
}

/* Count, and keep the first one as a line for people. */
static void contradict(struct tw_case_work *w, const struct tw_input *in,
                       const char *says, const char *other)
{
    w->out->counts.contradictions++;
    if (!w->out->contradiction)
        w->out->contradiction = tw_arena_textf(
            w->a,
            "%.150s:%u: spec contradiction: %.120s is %.60s here, but %.60s "
            "by another oracle",
            in->pos.file ? in->pos.file : w->in->spec->path, in->pos.line,
            in->call, says, other);
}

struct tw_pyval_tol tw_oracle_tol(const struct tw_spec_oracle *o)
{
    if (o->abs_tol > 0.0 || o->rel_tol > 0.0)
        return (struct tw_pyval_tol){ o->abs_tol, o->rel_tol, true };
    return (struct tw_pyval_tol){ 1e-12, 1e-9, true };
}

struct tw_pyval_tol tw_oracle_tol_widest(const struct tw_case_work *w)
{
    struct tw_pyval_tol tol = { 0.0, 0.0, true };
    for (size_t i = 0; i < w->test->n_oracles; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (!tw_spec_oracle_exact(o))
            continue;
        struct tw_pyval_tol one = tw_oracle_tol(o);
        tol.abs_tol = fmax(tol.abs_tol, one.abs_tol);
        tol.rel_tol = fmax(tol.rel_tol, one.rel_tol);
    }
    return tol;
}

/* For the line of a contradiction. */
static const char *show_result(const struct tw_case_work *w,
                               const struct tw_py_result *res)
{
    if (res->outcome == TW_PY_VALUE)
        return tw_helper_show(res->value, 60, w->a);
    return res->type; /* of the exception */
}

/* One result of an exact oracle for one input.  The first oracle gives the
 * expected value; further ones, and the written value, must agree with it
 * within the larger tolerance. */
static void apply_expr(struct tw_case_work *w, struct tw_input *in,
                       const struct tw_py_result *res,
                       const struct tw_spec_oracle *o)
{
    struct tw_pyval_tol tol = tw_oracle_tol(o);
    bool value = res->outcome == TW_PY_VALUE;
    if (in->kind == TW_CASE_RAISES) /* where errors are due, they come first */
        return;
    if (in->want) {
        if (in->tol.abs_tol > tol.abs_tol)
            tol.abs_tol = in->tol.abs_tol;
        if (in->tol.rel_tol > tol.rel_tol)
            tol.rel_tol = in->tol.rel_tol;
        if (!value || !tw_pyval_equal(res->value, in->want, tol))
            contradict(w, in, tw_helper_show(in->want, 60, w->a),
                       show_result(w, res));
        in->tol = tol;
        return;
    }
    if (!value) {
        if (!w->out->why_no_value)
            w->out->why_no_value = why_no_value(w, o->expect, res);
        w->out->counts.undefined += !in->gone;
        in->gone = true;
        return;
    }
    in->kind = TW_CASE_VALUE;
    in->want = res->value;
    in->tol = tol;
}

/* Oracles in the order of the specification: the first that has a value gives
 * the expected one. */
enum tw_status tw_oracle_evaluate(struct tw_case_work *w, size_t first)
{
    if (first == w->n_inputs)
        return TW_OK;
    if (w->test->require)
        TW_TRY(apply_require(w, first));
    for (size_t k = 0; k < w->test->n_oracles; k++) {
        const struct tw_spec_oracle *o = &w->test->oracles[k];
        if (!tw_spec_oracle_exact(o))
            continue;
        struct tw_py_result *results;
        TW_TRY(ask_exact(w, first, o, &results));
        for (size_t i = first; i < w->n_inputs; i++)
            apply_expr(w, &w->inputs[i], &results[i - first], o);
    }
    return TW_OK;
}

/* "require" over the argument lists; all hold where the test has none. */
static enum tw_status probe_require(struct tw_case_work *w,
                                    struct tw_pyval ***args, size_t n,
                                    bool *holds)
{
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    struct tw_py_result *res;

    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < n; i++) {
        struct tw_input in = { .args = args[i] };
        holds[i] = true;
        if (w->test->require)
            calls[i] = call_of(w, w->test->require, &in);
    }
    if (!w->test->require)
        return TW_OK;
    TW_TRY(tw_exprs_run(w->jail, w->a, calls, n, &res, w->err));
    for (size_t i = 0; i < n; i++)
        holds[i] = res[i].outcome == TW_PY_VALUE && is_true(res[i].value);
    return TW_OK;
}

/* The boundary search and the claims of scripts ask here: no errors are
 * counted, what has no value is just no answer. */
enum tw_status tw_oracle_probe(struct tw_case_work *w, struct tw_pyval ***args,
                               size_t n, struct tw_pyval **values)
{
    const struct tw_spec_oracle *o = w->test->oracles;
    while (!tw_spec_oracle_exact(o))
        o++;
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    bool *holds = tw_arena_alloc(w->a, n + 1, sizeof(*holds));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    TW_TRY(probe_require(w, args, n, holds));
    for (size_t i = 0; i < n; i++) {
        struct tw_input in = { .args = args[i] };
        calls[i] = call_of(w, o->expect, &in);
        if (o->kind == TW_SPEC_ORACLE_REFERENCE)
            calls[i] = (struct tw_py_call){ .function = o->function,
                                            .args = args[i],
                                            .n_args = w->call->n_params };
    }
    struct tw_py_result *res;
    if (o->kind == TW_SPEC_ORACLE_REFERENCE)
        TW_TRY(
            tw_reference_run(w->jail, w->a, o->code, calls, n, &res, w->err));
    else
        TW_TRY(tw_exprs_run(w->jail, w->a, calls, n, &res, w->err));
    for (size_t i = 0; i < n; i++) {
        values[i] = NULL;
        if (holds[i] && res[i].outcome == TW_PY_VALUE)
            values[i] = res[i].value;
    }
    return TW_OK;
}

static const char *show_want(const struct tw_case_work *w,
                             const struct tw_input *in)
{
    if (in->want)
        return tw_helper_show(in->want, 60, w->a);
    return in->want_error;
}

/* The same call written twice: with one meaning it is one case, else the
 * person must decide. */
static void contradict_pairs(struct tw_case_work *w, struct tw_input *in)
{
    for (struct tw_input *b = w->inputs; b < in; b++) {
        if (!b->written || strcmp(b->call, in->call) != 0)
            continue;
        bool same = b->kind == in->kind;
        if (same && in->kind == TW_CASE_VALUE)
            same = tw_pyval_equal(b->want, in->want, in->tol);
        else if (same)
            same = strcmp(b->want_error, in->want_error) == 0;
        if (!same)
            contradict(w, in, show_want(w, in), show_want(w, b));
        in->gone = in->gone || same;
    }
}

/* Do the properties hold for the values that the specification gives?  They
 * are part of it too, and a case that breaks one can never pass. */
static enum tw_status contradict_property(struct tw_case_work *w,
                                          const struct tw_spec_oracle *o)
{
    size_t np = w->call->n_params, n = 0;
    struct tw_py_call *calls =
        tw_arena_alloc(w->a, w->n_inputs + 1, sizeof(*calls));
    struct tw_input **who = tw_arena_alloc(w->a, w->n_inputs + 1, sizeof(*who));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < w->n_inputs; i++) {
        struct tw_input *in = &w->inputs[i];
        if (in->gone || in->kind != TW_CASE_VALUE)
            continue;
        struct tw_pyval **args =
            tw_arena_alloc(w->a, np + 1, sizeof(struct tw_pyval *));
        TW_TRY(tw_arena_check(w->a, "cases", w->err));
        memcpy(args, in->args, np * sizeof(struct tw_pyval *));
        args[np] = in->want;
        calls[n] = (struct tw_py_call){
            .expr = o->that, .names = w->names, .args = args, .n_args = np + 1
        };
        who[n++] = in;
    }
    struct tw_py_result *results;
    TW_TRY(tw_exprs_run(w->jail, w->a, calls, n, &results, w->err));
    for (size_t i = 0; i < n; i++) {
        TW_TRY(check_names(w, &results[i], o->that, o->pos));
        if (results[i].outcome != TW_PY_VALUE || !is_true(results[i].value))
            contradict(w, who[i], tw_helper_show(who[i]->want, 60, w->a),
                       "the property is false");
    }
    return TW_OK;
}

/* Two oracles that disagree are a mistake of the specification, and the test
 * is never accepted: which of them is meant, only the person knows. */
enum tw_status tw_oracle_contradictions(struct tw_case_work *w)
{
    for (size_t i = 0; i < w->n_inputs; i++)
        if (w->inputs[i].written)
            contradict_pairs(w, &w->inputs[i]);
    for (size_t k = 0; k < w->test->n_oracles; k++)
        if (w->test->oracles[k].kind == TW_SPEC_ORACLE_PROPERTY)
            TW_TRY(contradict_property(w, &w->test->oracles[k]));
    return TW_OK;
}
