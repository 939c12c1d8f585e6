/*
 * boundary.c - where the expected result changes along one scalar parameter.
 *
 * The oracle is asked on a decimal grid, then once more ten times finer
 * between neighbours that differ: both sides of each change become cases, and
 * their numbers stay short (35.9 and 36.0).
 *
 * Why: < in place of <= is an easy mistake, and inputs drawn from data hardly
 * ever hit the limit itself.
 */
#include <math.h>
#include <string.h>

#include "cases/inputs.h"
#include "cases/oracle.h"
#include "cases/value.h"
#include "python/helper.h"

#include "base/banned.h"

/* A grid has 12 to 120 steps over the range, see search_param().  More
 * changes than CHANGES_MAX mean that the result follows the parameter. */
enum { GRID_MAX = 130, CHANGES_MAX = 6, PAIRS_MAX = 3 };

struct grid {
    struct tw_case_work *w;
    struct tw_pyval **base; /* arguments of an input; one of them is varied */
    size_t param;           /* which one */
    double at[GRID_MAX];    /* (n) its values, rising */
    struct tw_pyval *value[GRID_MAX]; /* (n) what the oracle says, or NULL */
    size_t n;
};

static bool is_numeric(const struct tw_pyval *v)
{
    return v && (v->kind == TW_PYVAL_FLOAT || v->kind == TW_PYVAL_INT);
}

/* Range of a parameter over the pool: where its data are, a change of the
 * result matters.  Written cases are left out, since people choose extremes.
 * False when there is no range, or one that no grid can cover. */
static bool range_of(const struct tw_case_work *w, size_t param, double *lo,
                     double *hi)
{
    *lo = (double)INFINITY;
    *hi = -(double)INFINITY;
    for (size_t i = 0; i < w->n_inputs; i++) {
        const struct tw_input *in = &w->inputs[i];
        const struct tw_pyval *v = in->args[param];
        if (in->gone || in->written || !is_numeric(v))
            continue;
        double x = tw_helper_number(v, 0.0);
        *lo = fmin(*lo, x);
        *hi = fmax(*hi, x);
    }
    return *lo < *hi && *hi - *lo < 1e12;
}

/* The grid point next to x. */
static double decimals(double x, double step)
{
    double y = round(x / step) * step;
    if (step < 1.0) {
        /* Through the inverse: 0.1 steps give 35.9 and not 35.900001. */
        double per = round(1.0 / step);
        y = round(x * per) / per;
    }
    return y + 0.0; /* 0.0 for -0.0, which would show in the script */
}

/* The base with another value of the parameter; NULL: no memory. */
static struct tw_pyval **args_at(const struct grid *g, double x)
{
    struct tw_case_work *w = g->w;
    size_t n = w->call->n_params;
    struct tw_pyval **args =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    if (!args)
        return NULL;
    memcpy(args, g->base, n * sizeof(struct tw_pyval *));
    args[g->param] = tw_value_number(w->a, &w->call->params[g->param].type, x);
    if (!args[g->param])
        return NULL;
    return args;
}

/* One job for the whole grid: a start of the interpreter costs more than a
 * hundred expressions. */
static enum tw_status probe(struct grid *g, double lo, double hi, double step)
{
    struct tw_pyval **args[GRID_MAX];
    g->n = 0;
    for (; g->n < GRID_MAX; g->n++) {
        const double x = lo + (double)g->n * step;
        if (x > hi + step / 2)
            break;
        g->at[g->n] = decimals(x, step);
        args[g->n] = args_at(g, g->at[g->n]);
        TW_TRY(tw_arena_check(g->w->a, "cases", g->w->err));
    }
    return tw_oracle_probe(g->w, args, g->n, g->value);
}

/* Neighbours with different results.  A point without a result (require
 * refuses it, the expression raises) is no side of a change. */
static bool changes(const struct grid *g, size_t i)
{
    const struct tw_pyval_tol exact = { 0.0, 0.0, true };
    return g->value[i] && g->value[i + 1] &&
           !tw_pyval_equal(g->value[i], g->value[i + 1], exact);
}

/* Indices of the left sides; returns how many.  A result that moves at every
 * step has no boundary to find: then 0. */
static size_t find_changes(const struct grid *g, size_t *where)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < g->n; i++) {
        if (!changes(g, i))
            continue;
        if (n == CHANGES_MAX)
            return 0;
        where[n++] = i;
    }
    return n;
}

/* Both sides as inputs.  A full pool drops them, which is no error: the
 * search is an addition. */
static void add_pair(struct grid *g, size_t i)
{
    struct tw_case_work *w = g->w;
    const char *name = w->call->params[g->param].name;
    const char *reason = tw_arena_textf(
        w->a, "boundary: the result changes between %s %g and %g", name,
        g->at[i], g->at[i + 1]);
    for (size_t k = i; k <= i + 1; k++) {
        struct tw_input *in = tw_input_add(w, args_at(g, g->at[k]),
                                           tw_draw_n_args(w), TW_CASE_BOUNDARY);
        if (in && reason)
            in->source = in->reason = reason;
    }
}

/* Coarse grid, then a fine one inside of each step where the result changes. */
static enum tw_status search_param(struct grid *g)
{
    double lo, hi;
    size_t where[CHANGES_MAX];
    if (!range_of(g->w, g->param, &lo, &hi))
        return TW_OK;
    bool whole = g->w->call->params[g->param].type.scalar == TW_SPEC_INT;
    double step = pow(10.0, floor(log10((hi - lo) / 12.0)));
    if (whole && step < 1.0)
        step = 1.0;
    lo = floor(lo / step) * step;
    TW_TRY(probe(g, lo, hi + step, step));
    size_t n = find_changes(g, where);
    /* The next probe overwrites the grid. */
    double from[CHANGES_MAX];
    for (size_t i = 0; i < n; i++)
        from[i] = g->at[where[i]];
    for (size_t i = 0; i < n && i < PAIRS_MAX; i++) {
        double fine = step / 10.0;
        if (whole && step <= 1.0)
            fine = step;
        TW_TRY(probe(g, from[i], from[i] + step, fine));
        size_t inner[CHANGES_MAX];
        if (find_changes(g, inner))
            add_pair(g, inner[0]);
    }
    return TW_OK;
}

enum tw_status tw_boundary_search(struct tw_case_work *w)
{
    struct grid *g = tw_arena_alloc(w->a, 1, sizeof(*g));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    if (!tw_spec_has_expr(w->test))
        return TW_OK;
    /* The other arguments: of the first drawn input that the oracles took. */
    size_t base = 0;
    while (base < w->n_inputs &&
           (w->inputs[base].gone || w->inputs[base].written ||
            w->inputs[base].whole))
        base++;
    if (base == w->n_inputs)
        return TW_OK;
    g->w = w;
    g->base = w->inputs[base].args;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        bool number =
            p->type.scalar == TW_SPEC_FLOAT || p->type.scalar == TW_SPEC_INT;
        if (p->type.is_list || !number ||
            p->input.kind != TW_SPEC_INPUT_COUNTER)
            continue;
        g->param = i;
        TW_TRY(search_param(g));
    }
    return TW_OK;
}
