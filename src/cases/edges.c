/*
 * edges.c - inputs at the ends: empty, one value, zeros, the schema's bounds,
 * and values around the numbers that the specification itself names.
 *
 * An edge changes one thing of a base, so that a wrong result has one reason.
 * boundary.c finds limits by asking the oracle; here they are read from the
 * text, which also works without an expression.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases/inputs.h"
#include "cases/value.h"

#include "base/number.h"

#include "base/banned.h"

/* More numbers than these in one description are data, not limits. */
enum { NUMBERS_MAX = 10, BASE_MAX = 4 };

struct edges {
    struct tw_case_work *w;
    struct tw_pyval **base; /* (n_params) arguments that the edge changes */
    double numbers[NUMBERS_MAX]; /* (n_numbers) limits, as far as we know */
    size_t n_numbers;
};

/* Without a list in the specification all kinds of edges are made. */
static bool wants(const struct tw_case_work *w, const char *name)
{
    const struct tw_spec_sample *s = &w->test->sample;
    for (size_t i = 0; i < s->n_edge; i++)
        if (strcmp(s->edge[i], name) == 0)
            return true;
    return !s->edge_given;
}

/* The schema of a parameter that is a counter; NULL for others, and without a
 * trial. */
static const struct tw_trial_counter *counter_of(const struct tw_case_work *w,
                                                 const struct tw_spec_param *p)
{
    if (p->input.kind != TW_SPEC_INPUT_COUNTER)
        return NULL;
    const struct tw_trial *t = NULL;
    if (w->in->trials)
        t = w->in->trials[p->input.data];
    for (size_t i = 0; t && i < t->n_counters; i++)
        if (strcmp(t->counters[i].name, p->input.counter) == 0)
            return &t->counters[i];
    return NULL;
}

/* Bound of the schema; what was seen where the schema is open. */
static double bound_of(const struct tw_case_work *w,
                       const struct tw_spec_param *p, bool upper)
{
    const struct tw_trial_counter *c = counter_of(w, p);
    double bound = 0.0, seen = 0.0;
    if (c && upper) {
        bound = c->max;
        seen = c->seen_max;
    } else if (c) {
        bound = c->min;
        seen = c->seen_min;
    } else if (upper) {
        bound = 100.0;
    }
    if (!isfinite(bound))
        bound = seen;
    if (!isfinite(bound)) /* the trial has no value either */
        return 0.0;
    return bound;
}

/* Values that the schema excludes would test what cannot happen. */
static bool allowed(const struct tw_case_work *w, const struct tw_spec_param *p,
                    double x)
{
    const struct tw_trial_counter *c = counter_of(w, p);
    return !c || (x >= c->min && x <= c->max);
}

/* A full pool drops the edge: makers before this one have the room. */
static void add_edge(struct edges *e, struct tw_pyval **args,
                     const char *reason)
{
    struct tw_input *in =
        tw_input_add(e->w, args, tw_draw_n_args(e->w), TW_CASE_EDGE);
    if (!reason)
        reason = "edge";
    if (in)
        in->source = in->reason = reason;
}

/* Edges share the values of the base, and never change one in place. */
static struct tw_pyval **copy_base(const struct edges *e)
{
    size_t n = e->w->call->n_params;
    struct tw_pyval **args =
        tw_arena_alloc(e->w->a, n + 1, sizeof(struct tw_pyval *));
    if (args && n)
        memcpy(args, e->base, n * sizeof(struct tw_pyval *));
    return args;
}

/* [x, x, ...] */
static struct tw_pyval *repeated(const struct tw_case_work *w,
                                 const struct tw_spec_param *p, double x,
                                 size_t n)
{
    struct tw_pyval **items =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; items && i < n; i++) {
        items[i] = tw_value_number(w->a, &p->type, x);
        if (!items[i])
            return NULL;
    }
    if (!items)
        return NULL;
    return tw_pyval_list(w->a, items, n);
}

/* x as the parameter wants it: a list of n, or one value. */
static struct tw_pyval *constant(const struct tw_case_work *w,
                                 const struct tw_spec_param *p, double x,
                                 size_t n)
{
    if (p->type.is_list)
        return repeated(w, p, x, n);
    return tw_value_number(w->a, &p->type, x);
}

/* All counters set to one value each, lists to a number of them. */
static void add_constant(struct edges *e, const char *name, bool upper,
                         bool zero)
{
    struct tw_case_work *w = e->w;
    struct tw_pyval **args = copy_base(e);
    bool any = false;
    for (size_t i = 0; args && i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind != TW_SPEC_INPUT_COUNTER)
            continue;
        double x = 0.0;
        if (!zero)
            x = bound_of(w, p, upper);
        else if (!allowed(w, p, x))
            return;
        args[i] = constant(w, p, x, 3);
        any = args[i] != NULL;
    }
    if (any)
        add_edge(e, args, tw_arena_textf(w->a, "edge: %s", name));
}

/* Lists of n values of the base. */
static void add_short(struct edges *e, const char *name, size_t n)
{
    struct tw_case_work *w = e->w;
    struct tw_pyval **args = copy_base(e);
    bool any = false;
    for (size_t i = 0; args && i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (!p->type.is_list || p->input.kind != TW_SPEC_INPUT_COUNTER)
            continue;
        size_t len = args[i]->n_items;
        if (len > n)
            len = n;
        args[i] = tw_pyval_list(w->a, args[i]->items, len);
        if (!args[i])
            return;
        any = true;
    }
    if (any)
        add_edge(e, args, tw_arena_textf(w->a, "edge: %s", name));
}

/* Once each; huge numbers are units or identifiers, and no limits. */
static void note_number(struct edges *e, double x)
{
    for (size_t i = 0; i < e->n_numbers; i++)
        if (e->numbers[i] == x)
            return;
    if (e->n_numbers < NUMBERS_MAX && isfinite(x) && fabs(x) < 1e9)
        e->numbers[e->n_numbers++] = x;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Numbers of a text that are no part of a name: "more than 10 cells" has one,
 * "kpi_2" has none. */
static void scan_numbers(struct edges *e, const char *text)
{
    for (const char *p = text; *p;) {
        if (*p < '0' || *p > '9') {
            bool word = is_word(*p);
            p++;
            while (word && (is_word(*p) || (*p >= '0' && *p <= '9')))
                p++;
            continue;
        }
        char *end;
        double x = strtod(p, &end);
        if (p > text && p[-1] == '-')
            x = -x;
        note_number(e, x);
        p++;
        if (end > p)
            p = end;
    }
}

/* The numbers that a person thinks of as limits: given values and defaults of
 * parameters, and what the description says. */
static void collect_numbers(struct edges *e)
{
    const struct tw_case_work *w = e->w;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        for (size_t j = 0; j < p->input.n_values && !p->type.is_list; j++) {
            const struct tw_toml *v = p->input.values[j];
            if (v->kind == TW_TOML_INT)
                note_number(e, (double)v->u.i);
            else if (v->kind == TW_TOML_FLOAT)
                note_number(e, v->u.f);
        }
        if (p->fallback)
            scan_numbers(e, p->fallback);
    }
    scan_numbers(e, w->test->description);
    /* Expressions hold numbers that are no limits, such as 100 * share. */
    for (size_t i = 0; i < w->test->n_oracles && !e->n_numbers; i++)
        if (w->test->oracles[i].kind == TW_SPEC_ORACLE_EXPR)
            scan_numbers(e, w->test->oracles[i].expect);
        else if (w->test->oracles[i].kind == TW_SPEC_ORACLE_REFERENCE)
            scan_numbers(e, w->test->oracles[i].code);
}

static bool is_number(const struct tw_toml *v, double x)
{
    if (v->kind == TW_TOML_INT)
        return (double)v->u.i == x;
    return v->kind == TW_TOML_FLOAT && v->u.f == x;
}

/* A limit that is a parameter is set to the number that its neighbours are
 * drawn around. */
static void set_limits(const struct edges *e, struct tw_pyval **args, double x)
{
    struct tw_case_work *w = e->w;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        for (size_t j = 0; j < p->input.n_values && !p->type.is_list; j++) {
            const struct tw_toml *v = p->input.values[j];
            if (!is_number(v, x))
                continue;
            struct tw_pyval *value = tw_value_number(w->a, &p->type, x);
            if (value)
                args[i] = value;
        }
    }
}

/* How far beside a limit its neighbours lie: one step of the grid that the
 * recorded values have.  A counter without a grid is judged by the limit: 1
 * beside 10 to 99, 0.1 beside 1 to 9.9. */
static double step_of(const struct tw_case_work *w,
                      const struct tw_spec_param *p, double x)
{
    const struct tw_trial_counter *c = counter_of(w, p);
    if (p->type.scalar == TW_SPEC_INT)
        return 1.0;
    if (c && (c->integral || c->decimals))
        return tw_number_step(c->decimals);
    if (x == 0.0)
        return 1.0;
    return pow(10.0, floor(log10(fabs(x))) - 1.0);
}

/* x and so many steps: with the decimals that either has, or 99.99 - 0.001
 * would be 99.98899999999999. */
static double beside(double x, double step, int n)
{
    enum { DECIMALS = 9 };
    int of_x = tw_number_decimals(x, DECIMALS);
    int of_step = tw_number_decimals(step, DECIMALS);
    int most = of_x > of_step ? of_x : of_step;
    if (n == 0 || most > DECIMALS)
        return x + n * step;
    return tw_number_round(x + n * step, most);
}

/* A list with values below, at and above x; others of the same length and
 * high, so that only this one decides. */
static void add_around_list(struct edges *e, size_t param, double x)
{
    struct tw_case_work *w = e->w;
    struct tw_pyval **args = copy_base(e);
    for (size_t i = 0; args && i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind != TW_SPEC_INPUT_COUNTER || !p->type.is_list)
            continue;
        args[i] = repeated(w, p, bound_of(w, p, true), 3);
        if (!args[i])
            return;
    }
    if (args)
        set_limits(e, args, x);
    const struct tw_spec_param *p = &w->call->params[param];
    double step = step_of(w, p, x);
    double at[3] = { beside(x, step, -1), x, beside(x, step, 1) };
    for (size_t i = 0; args && i < 3; i++) {
        if (!allowed(w, p, at[i]))
            return;
        args[param]->items[i] = tw_value_number(w->a, &p->type, at[i]);
        if (!args[param]->items[i])
            return;
    }
    add_edge(e, args,
             tw_arena_textf(w->a,
                            "boundary: values around %g, which the "
                            "specification names",
                            x));
}

/* Below, at and above x: three inputs, since each may have another result. */
static void add_around_scalar(struct edges *e, size_t param, double x)
{
    struct tw_case_work *w = e->w;
    const struct tw_spec_param *p = &w->call->params[param];
    static const char *const where[] = { "just below", "at", "just above" };
    double step = step_of(w, p, x);
    for (int i = -1; i <= 1; i++) {
        struct tw_pyval **args = copy_base(e);
        double y = beside(x, step, i);
        if (!args || !allowed(w, p, y))
            continue;
        args[param] = tw_value_number(w->a, &p->type, y);
        if (args[param])
            add_edge(e, args,
                     tw_arena_textf(w->a,
                                    "boundary: %s %g, which the "
                                    "specification names",
                                    where[i + 1], x));
    }
}

/* Each counter around each number: which belongs to which, the text does not
 * say in a way that we could read. */
static void add_boundaries(struct edges *e)
{
    struct tw_case_work *w = e->w;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind != TW_SPEC_INPUT_COUNTER ||
            p->type.scalar == TW_SPEC_BOOL)
            continue;
        for (size_t j = 0; j < e->n_numbers; j++) {
            if (p->type.is_list)
                add_around_list(e, i, e->numbers[j]);
            else
                add_around_scalar(e, i, e->numbers[j]);
        }
    }
}

/* The first input that was drawn, or zeros where there are no data. */
static bool find_base(struct edges *e)
{
    struct tw_case_work *w = e->w;
    for (size_t i = 0; i < w->n_inputs; i++) {
        if (!w->inputs[i].written && !w->inputs[i].whole) {
            e->base = w->inputs[i].args;
            return true;
        }
    }
    e->base = tw_draw_args(w, 0);
    for (size_t i = 0; e->base && i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind == TW_SPEC_INPUT_COUNTER)
            e->base[i] = constant(w, p, 1.0, BASE_MAX);
        if (!e->base[i])
            return false;
    }
    return e->base != NULL;
}

/* Inputs without counters: the combinations of their values, in turn. */
static void add_values(struct edges *e)
{
    enum { TURNS = 24 };
    struct tw_case_work *w = e->w;
    size_t longest = 0;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_input *in = &w->call->params[i].input;
        if (in->kind == TW_SPEC_INPUT_COUNTER)
            return;
        if (in->n_values > longest)
            longest = in->n_values;
    }
    for (size_t t = 0; t < longest && t < TURNS; t++) {
        struct tw_pyval **args = tw_draw_args(w, t);
        if (args)
            add_edge(e, args, "a value of the specification");
    }
}

/* Values first, then by kind; a test without any source has written cases
 * only. */
enum tw_status tw_edges_add(struct tw_case_work *w)
{
    struct edges e = { .w = w };
    bool any = false;
    for (size_t i = 0; i < w->call->n_params; i++)
        any = any || w->call->params[i].input.kind != TW_SPEC_INPUT_NONE;
    if (!any || !find_base(&e))
        return TW_OK;
    collect_numbers(&e);
    add_values(&e);
    if (wants(w, "empty"))
        add_short(&e, "empty", 0);
    if (wants(w, "single"))
        add_short(&e, "single value", 1);
    if (wants(w, "all-zero"))
        add_constant(&e, "all zero", false, true);
    if (wants(w, "min"))
        add_constant(&e, "lowest allowed value", false, false);
    if (wants(w, "max"))
        add_constant(&e, "highest allowed value", true, false);
    if (wants(w, "boundary"))
        add_boundaries(&e);
    return TW_OK;
}
