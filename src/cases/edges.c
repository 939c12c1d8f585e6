/*
 * edges.c - inputs at the ends: empty, one value, zeros, the schema's bounds,
 * and values around the numbers that the specification itself names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases/inputs.h"
#include "cases/value.h"

#include "base/banned.h"

enum { NUMBERS_MAX = 10, BASE_MAX = 4 };

struct edges {
    struct tw_case_work *w;
    struct tw_pyval **base; /* arguments that the edge changes */
    double numbers[NUMBERS_MAX];
    size_t n_numbers;
};

static bool wants(const struct tw_case_work *w, const char *name)
{
    const struct tw_spec_sample *s = &w->test->sample;
    for (size_t i = 0; i < s->n_edge; i++)
        if (strcmp(s->edge[i], name) == 0)
            return true;
    return !s->edge_given;
}

static const struct tw_trial_counter *counter_of(const struct tw_case_work *w,
                                                 const struct tw_spec_param *p)
{
    if (p->input.kind != TW_SPEC_INPUT_COUNTER)
        return NULL;
    const struct tw_trial *t =
        w->in->trials ? w->in->trials[p->input.data] : NULL;
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
    if (!c)
        return upper ? 100.0 : 0.0;
    double x = upper ? c->max : c->min;
    if (!isfinite(x))
        x = tw_value_round(upper ? c->seen_max : c->seen_min);
    return isfinite(x) ? x : 0.0;
}

static bool allowed(const struct tw_case_work *w, const struct tw_spec_param *p,
                    double x)
{
    const struct tw_trial_counter *c = counter_of(w, p);
    return !c || (x >= c->min && x <= c->max);
}

static void add_edge(struct edges *e, struct tw_pyval **args,
                     const char *reason)
{
    struct tw_input *in =
        tw_input_add(e->w, args, tw_draw_n_args(e->w), TW_CASE_EDGE);
    if (in)
        in->source = in->reason = reason ? reason : "edge";
}

static struct tw_pyval **copy_base(const struct edges *e)
{
    size_t n = e->w->call->n_params;
    struct tw_pyval **args =
        tw_arena_alloc(e->w->a, n + 1, sizeof(struct tw_pyval *));
    if (args && n)
        memcpy(args, e->base, n * sizeof(struct tw_pyval *));
    return args;
}

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
    return items ? tw_pyval_list(w->a, items, n) : NULL;
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
        double x = zero ? 0.0 : bound_of(w, p, upper);
        if (zero && !allowed(w, p, x))
            return;
        args[i] = p->type.is_list ? repeated(w, p, x, 3)
                                  : tw_value_number(w->a, &p->type, x);
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
        size_t have = args[i]->n_items;
        args[i] = tw_pyval_list(w->a, args[i]->items, n < have ? n : have);
        if (!args[i])
            return;
        any = true;
    }
    if (any)
        add_edge(e, args, tw_arena_textf(w->a, "edge: %s", name));
}

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

/* Numbers of a text that are no part of a name. */
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
        note_number(e, p > text && p[-1] == '-' ? -x : x);
        p = end > p ? end : p + 1;
    }
}

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
            bool same = v->kind == TW_TOML_INT
                            ? (double)v->u.i == x
                            : v->kind == TW_TOML_FLOAT && v->u.f == x;
            struct tw_pyval *value =
                same ? tw_value_number(w->a, &p->type, x) : NULL;
            if (value)
                args[i] = value;
        }
    }
}

static double step_of(double x)
{
    if (x == 0.0)
        return 1.0;
    return pow(10.0, floor(log10(fabs(x))) - 1.0);
}

/* A list with values below, at and above x; others of the same length. */
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
    double step = p->type.scalar == TW_SPEC_INT ? 1.0 : step_of(x);
    double at[3] = { x - step, x, x + step };
    for (size_t i = 0; args && i < 3; i++) {
        if (!allowed(w, p, at[i]))
            return;
        args[param]->items[i] =
            tw_value_number(w->a, &p->type, tw_value_round(at[i]));
        if (!args[param]->items[i])
            return;
    }
    add_edge(e, args,
             tw_arena_textf(w->a,
                            "boundary: values around %g, which the "
                            "specification names",
                            x));
}

static void add_around_scalar(struct edges *e, size_t param, double x)
{
    struct tw_case_work *w = e->w;
    const struct tw_spec_param *p = &w->call->params[param];
    double step = p->type.scalar == TW_SPEC_INT ? 1.0 : step_of(x);
    for (int i = -1; i <= 1; i++) {
        struct tw_pyval **args = copy_base(e);
        double y = tw_value_round(x + i * step);
        if (!args || !allowed(w, p, y))
            continue;
        args[param] = tw_value_number(w->a, &p->type, y);
        if (args[param])
            add_edge(e, args,
                     tw_arena_textf(w->a,
                                    "boundary: %s %g, which the "
                                    "specification names",
                                    i < 0 ? "just below"
                                    : i   ? "just above"
                                          : "at",
                                    x));
    }
}

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
            e->base[i] = p->type.is_list ? repeated(w, p, 1.0, BASE_MAX)
                                         : tw_value_number(w->a, &p->type, 1.0);
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
        longest = in->n_values > longest ? in->n_values : longest;
    }
    for (size_t t = 0; t < longest && t < TURNS; t++) {
        struct tw_pyval **args = tw_draw_args(w, t);
        if (args)
            add_edge(e, args, "a value of the specification");
    }
}

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
