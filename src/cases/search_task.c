/*
 * search_task.c - the description of a test for search.py.
 *
 * What a parameter may be comes from the signature (type), the schema
 * (bounds), the specification (given values, default) and the data (windows
 * as they were recorded, and the generator's).  Rows of one window stay
 * together over all parameters, as they do in data.
 */
#include <math.h>
#include <string.h>

#include "cases/oracle.h"
#include "cases/search_task.h"
#include "cases/value.h"

#include "python/helper.h"

#include "base/banned.h"

enum {
    WINDOWS = 48,   /* recorded ones, spread over the trial */
    SYNTHETIC = 16, /* of the generator's */
    LENGTH = 32,    /* rows of a window where the project says nothing */
    MEMBERS = 16,   /* of the largest dict here */
};

/* A dict under construction: key, value, key, value. */
struct dict {
    struct tw_arena *a;
    struct tw_pyval *v;
};

static struct dict dict_new(struct tw_arena *a)
{
    struct dict d = { a, tw_pyval_none(a) };
    if (!d.v)
        return d;
    d.v->kind = TW_PYVAL_DICT;
    d.v->items = tw_arena_alloc(a, 2 * MEMBERS, sizeof(struct tw_pyval *));
    return d;
}

static void dict_add(struct dict *d, const char *key, struct tw_pyval *value)
{
    if (!d->v || !d->v->items)
        return;
    TW_ASSERT(d->v->n_items < 2 * MEMBERS);
    d->v->items[d->v->n_items++] = tw_helper_str(d->a, key);
    d->v->items[d->v->n_items++] = value;
}

static const char *type_name(const struct tw_spec_type *t)
{
    switch (t->scalar) {
    case TW_SPEC_INT:
        return "int";
    case TW_SPEC_FLOAT:
        return "float";
    case TW_SPEC_BOOL:
        return "bool";
    case TW_SPEC_STR:
        return "str";
    case TW_SPEC_NONE_TYPE:
    case TW_SPEC_ANY:
        break;
    }
    return "any";
}

static const struct tw_trial *trial_of(const struct tw_case_work *w,
                                       const struct tw_spec_param *p)
{
    if (p->input.kind != TW_SPEC_INPUT_COUNTER || !w->in->trials)
        return NULL;
    return w->in->trials[p->input.data];
}

/* None where the schema leaves the bound open. */
static struct tw_pyval *bound(struct tw_arena *a, double x)
{
    if (isfinite(x))
        return tw_pyval_float(a, x);
    return tw_pyval_none(a);
}

static void add_bounds(const struct tw_case_work *w,
                       const struct tw_spec_param *p, struct dict *d)
{
    const struct tw_trial *t = trial_of(w, p);
    double low = -(double)INFINITY, high = (double)INFINITY;

    if (t) {
        size_t k = tw_trial_counter_find(t, p->input.counter);
        if (k < t->n_counters) {
            low = t->counters[k].min;
            high = t->counters[k].max;
        }
    }
    dict_add(d, "low", bound(w->a, low));
    dict_add(d, "high", bound(w->a, high));
}

/* Values that the specification gives for the parameter. */
static struct tw_pyval *given(const struct tw_case_work *w,
                              const struct tw_spec_param *p)
{
    size_t n = 0;
    if (p->input.kind == TW_SPEC_INPUT_VALUES)
        n = p->input.n_values;
    struct tw_pyval **items =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; items && i < n; i++)
        if (tw_value_from_toml(w, p->input.values[i], &p->type, &items[i]) !=
            TW_OK)
            return NULL;
    return items ? tw_pyval_list(w->a, items, n) : NULL;
}

/* [default] or []: a default that is None is one, too. */
static struct tw_pyval *fallback(const struct tw_case_work *w, size_t i)
{
    struct tw_pyval **items =
        tw_arena_alloc(w->a, 1, sizeof(struct tw_pyval *));
    if (!items)
        return NULL;
    items[0] = w->fallbacks[i];
    return tw_pyval_list(w->a, items, w->fallbacks[i] ? 1 : 0);
}

/* Rows first .. first + n of the counter as the parameter wants them: a list,
 * or the first of them alone.  A row where any counter of the test is missing
 * is left out of all lists, unless the parameter takes the gap. */
struct cut {
    const struct tw_trial *t;
    size_t first, n;
};

static bool row_known(const struct tw_case_work *w, const struct cut *c,
                      size_t row)
{
    TW_ASSERT(c->t);
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (trial_of(w, p) != c->t)
            continue;
        size_t k = tw_trial_counter_find(c->t, p->input.counter);
        if (k < c->t->n_counters &&
            !tw_value_fits(w, p, c->t->values[row * c->t->n_counters + k]))
            return false;
    }
    return true;
}

static struct tw_pyval *cut_value(const struct tw_case_work *w,
                                  const struct tw_spec_param *p,
                                  const struct cut *c)
{
    const struct tw_trial *t = c->t;
    size_t k = tw_trial_counter_find(t, p->input.counter), n = 0;
    struct tw_pyval **items =
        tw_arena_alloc(w->a, c->n + 1, sizeof(struct tw_pyval *));

    for (size_t i = 0; items && k < t->n_counters && i < c->n; i++) {
        size_t row = c->first + i;
        if (row_known(w, c, row))
            items[n++] = tw_value_of(w, p, t->values[row * t->n_counters + k]);
    }
    if (!items)
        return NULL;
    if (p->type.is_list)
        return tw_pyval_list(w->a, items, n);
    return n ? items[0] : NULL;
}

/* Window number i of so many that are spread over the trial. */
static struct cut cut_at(const struct tw_trial *t, size_t length, size_t i)
{
    struct cut c = { .t = t };
    if (!t->n_rows)
        return c;
    size_t row = i * t->n_rows / WINDOWS;
    for (size_t s = 0; s < t->n_segments; s++) {
        const struct tw_trial_segment *g = &t->segments[s];
        if (row < g->first || row - g->first >= g->n)
            continue;
        c.first = row;
        c.n = g->first + g->n - row;
        if (c.n > length)
            c.n = length;
        break;
    }
    return c;
}

static struct tw_pyval *synth_value(const struct tw_case_work *w,
                                    const struct tw_spec_param *p, size_t i)
{
    const struct tw_case_synth *s =
        w->in->synths ? w->in->synths[p->input.data] : NULL;
    size_t k = 0;
    if (!s || i >= s->n)
        return NULL;
    while (k < s->K && strcmp(s->counters[k], p->input.counter) != 0)
        k++;
    if (k == s->K)
        return NULL;
    const double *x = s->x + (i * s->K + k) * s->L;
    if (!p->type.is_list)
        return tw_value_number(w->a, &p->type, x[0]);
    struct tw_pyval **items =
        tw_arena_alloc(w->a, s->L, sizeof(struct tw_pyval *));
    for (size_t l = 0; items && l < s->L; l++)
        items[l] = tw_value_number(w->a, &p->type, x[l]);
    return items ? tw_pyval_list(w->a, items, s->L) : NULL;
}

/* Without any, the written cases say what arguments look like. */
static bool has_inputs(const struct tw_case_work *w)
{
    for (size_t i = 0; i < w->call->n_params; i++)
        if (w->call->params[i].input.kind != TW_SPEC_INPUT_NONE)
            return true;
    return false;
}

/* Values seen for parameter i, in an order that is one for all parameters:
 * inputs of the pool (as written and drawn), recorded windows, synthetic. */
static struct tw_pyval *pool_of(const struct tw_case_work *w, size_t i)
{
    const struct tw_spec_param *p = &w->call->params[i];
    const struct tw_trial *t = trial_of(w, p);
    size_t n = 0, max = w->n_inputs + WINDOWS + SYNTHETIC, length = LENGTH;
    struct tw_pyval **items =
        tw_arena_alloc(w->a, max, sizeof(struct tw_pyval *));

    if (!items)
        return NULL;
    bool searched =
        p->input.kind == TW_SPEC_INPUT_NONE && (!p->fallback || !has_inputs(w));
    for (size_t k = 0; k < w->n_inputs; k++)
        if (!w->inputs[k].gone && w->inputs[k].args[i] &&
            (t || (searched && w->inputs[k].written)))
            items[n++] = w->inputs[k].args[i];
    if (t && w->in->spec->data[p->input.data]->window)
        length = w->in->spec->data[p->input.data]->window;
    for (size_t k = 0; t && k < WINDOWS; k++) {
        struct cut c = cut_at(t, length, k);
        struct tw_pyval *v = cut_value(w, p, &c);
        if (v)
            items[n++] = v;
    }
    for (size_t k = 0; t && k < SYNTHETIC; k++) {
        struct tw_pyval *v = synth_value(w, p, k);
        if (v)
            items[n++] = v;
    }
    return tw_pyval_list(w->a, items, n);
}

static struct tw_pyval *param_row(const struct tw_case_work *w, size_t i)
{
    const struct tw_spec_param *p = &w->call->params[i];
    struct dict d = dict_new(w->a);
    bool counter = trial_of(w, p) != NULL;

    dict_add(&d, "name", tw_helper_str(w->a, p->name));
    dict_add(&d, "type", tw_helper_str(w->a, type_name(&p->type)));
    dict_add(&d, "list", tw_pyval_bool(w->a, p->type.is_list));
    dict_add(&d, "nullable", tw_pyval_bool(w->a, p->type.nullable));
    dict_add(&d, "counter", tw_pyval_bool(w->a, counter));
    dict_add(&d, "group",
             tw_pyval_int(w->a, counter ? (long long)p->input.data : -1));
    add_bounds(w, p, &d);
    dict_add(&d, "default", fallback(w, i));
    dict_add(&d, "values", given(w, p));
    dict_add(&d, "pool", pool_of(w, i));
    return d.v;
}

static struct tw_pyval *params_of(const struct tw_case_work *w)
{
    size_t n = w->call->n_params;
    struct tw_pyval **rows =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; rows && i < n; i++)
        rows[i] = param_row(w, i);
    return rows ? tw_pyval_list(w->a, rows, n) : NULL;
}

/* ["expr", text] or ["reference", code, function] of each exact oracle. */
static struct tw_pyval *oracle_row(const struct tw_case_work *w,
                                   const struct tw_spec_oracle *o)
{
    const char *reference[] = { "reference", o->code, o->function };
    const char *expr[] = { "expr", o->expect };

    if (o->kind == TW_SPEC_ORACLE_REFERENCE)
        return tw_helper_strs(w->a, reference, 3);
    return tw_helper_strs(w->a, expr, 2);
}

static struct tw_pyval *oracles_of(const struct tw_case_work *w)
{
    struct tw_pyval **rows =
        tw_arena_alloc(w->a, w->test->n_oracles + 1, sizeof(struct tw_pyval *));
    size_t n = 0;
    for (size_t i = 0; rows && i < w->test->n_oracles; i++)
        if (tw_spec_oracle_exact(&w->test->oracles[i]))
            rows[n++] = oracle_row(w, &w->test->oracles[i]);
    /* No oracle that knows every input: one that expects nothing, so that
     * there are inputs to look for two answers that differ. */
    const char *nothing[] = { "expr", "None" };
    if (rows && !n)
        rows[n++] = tw_helper_strs(w->a, nothing, 2);
    return rows ? tw_pyval_list(w->a, rows, n) : NULL;
}

struct tw_pyval *tw_search_task(struct tw_case_work *w, uint64_t seed)
{
    struct dict d = dict_new(w->a);
    struct tw_pyval_tol tol = tw_oracle_tol_widest(w);
    const double tols[] = { tol.abs_tol, tol.rel_tol };

    dict_add(&d, "params", params_of(w));
    dict_add(&d, "oracles", oracles_of(w));
    struct tw_pyval *require = tw_pyval_none(w->a);
    if (w->test->require)
        require = tw_helper_str(w->a, w->test->require);
    dict_add(&d, "require", require);
    dict_add(&d, "any", tw_pyval_bool(w->a, w->test->any_domain));
    dict_add(&d, "texts", tw_helper_strs(w->a, &w->test->description, 1));
    dict_add(&d, "tol", tw_pyval_floats(w->a, tols, 2));
    dict_add(&d, "seed", tw_pyval_int(w->a, (long long)(seed >> 16)));
    return d.v;
}
