/*
 * value.c - Python values from specifications and counters.
 *
 * A counter is a double, a parameter has a type: the same 3.0 is 3 for an
 * int, True for a bool and 3.0 for a float.  NaN is a gap, and None where the
 * type allows it.
 */
#include <math.h>
#include <string.h>

#include "cases/value.h"

#include "base/banned.h"

enum { DEPTH_MAX = 8 };

/* Above it a double stands for several integers. */
#define INTEGER_MAX 9007199254740992.0

struct tw_pyval *tw_value_number(struct tw_arena *a,
                                 const struct tw_spec_type *type, double x)
{
    if (isnan(x) && type->nullable)
        return tw_pyval_none(a);
    switch (type->scalar) {
    case TW_SPEC_INT:
        return tw_pyval_int(a, (long long)llround(x));
    case TW_SPEC_BOOL:
        return tw_pyval_bool(a, x != 0.0);
    case TW_SPEC_FLOAT:
    case TW_SPEC_STR:
    case TW_SPEC_NONE_TYPE:
    case TW_SPEC_ANY:
        return tw_pyval_float(a, x);
    }
    return tw_pyval_float(a, x);
}

/* What the project says of the parameter's counter. */
static enum tw_spec_missing missing_of(const struct tw_case_work *w,
                                       const struct tw_spec_param *p)
{
    if (p->input.kind != TW_SPEC_INPUT_COUNTER)
        return TW_SPEC_MISSING_NONE;
    return w->in->spec->data[p->input.data]->missing;
}

static bool takes_gap(const struct tw_case_work *w,
                      const struct tw_spec_param *p)
{
    switch (missing_of(w, p)) {
    case TW_SPEC_MISSING_NONE:
        return p->type.nullable;
    case TW_SPEC_MISSING_SKIP:
        return false;
    case TW_SPEC_MISSING_NAN:
        return p->type.scalar == TW_SPEC_FLOAT || p->type.scalar == TW_SPEC_ANY;
    }
    return false;
}

bool tw_value_fits(const struct tw_case_work *w, const struct tw_spec_param *p,
                   double x)
{
    if (isnan(x))
        return takes_gap(w, p);
    if (p->type.scalar == TW_SPEC_INT)
        return x == trunc(x) && fabs(x) < INTEGER_MAX;
    if (p->type.scalar == TW_SPEC_BOOL)
        return x == 0.0 || x == 1.0;
    return isfinite(x);
}

struct tw_pyval *tw_value_of(const struct tw_case_work *w,
                             const struct tw_spec_param *p, double x)
{
    if (isnan(x) && missing_of(w, p) == TW_SPEC_MISSING_NAN)
        return tw_pyval_float(w->a, x);
    return tw_value_number(w->a, &p->type, x);
}

/* TOML has no type for 3 that is a float: the parameter decides.  NULL for
 * kinds that are no Python value here, and without memory. */
static struct tw_pyval *scalar_from_toml(struct tw_arena *a,
                                         const struct tw_toml *t,
                                         const struct tw_spec_type *type)
{
    switch (t->kind) {
    case TW_TOML_STRING:
        return tw_pyval_str(a, t->u.text.bytes, t->u.text.len);
    case TW_TOML_INT:
        if (type && type->scalar == TW_SPEC_FLOAT)
            return tw_pyval_float(a, (double)t->u.i);
        return tw_pyval_int(a, (long long)t->u.i);
    case TW_TOML_FLOAT:
        return tw_pyval_float(a, t->u.f);
    case TW_TOML_BOOL:
        return tw_pyval_bool(a, t->u.b);
    case TW_TOML_OFFSET_DATETIME:
    case TW_TOML_LOCAL_DATETIME:
    case TW_TOML_LOCAL_DATE:
    case TW_TOML_LOCAL_TIME:
    case TW_TOML_ARRAY:
    case TW_TOML_TABLE:
        return NULL;
    }
    return NULL;
}

/* An array that is not done: nested arrays are walked with a stack of these,
 * since a file may nest deeper than ours should. */
struct frame {
    const struct tw_toml *next;
    struct tw_pyval *list;
    size_t i;
};

/* A list whose items are filled in later. */
static struct tw_pyval *new_list(struct tw_arena *a, size_t n)
{
    struct tw_pyval **items =
        tw_arena_alloc(a, n + 1, sizeof(struct tw_pyval *));
    if (!items)
        return NULL;
    return tw_pyval_list(a, items, n);
}

/* Dates and tables have no counterpart among the values that a call takes. */
static enum tw_status refuse(const struct tw_case_work *w,
                             const struct tw_toml *t)
{
    struct tw_spec_pos pos = { w->in->spec->path, t->line, t->column };
    return tw_case_fail(w, pos, "%s cannot be a Python value here",
                        tw_toml_kind_name(t->kind));
}

enum tw_status tw_value_from_toml(const struct tw_case_work *w,
                                  const struct tw_toml *t,
                                  const struct tw_spec_type *type,
                                  struct tw_pyval **v)
{
    struct frame stack[DEPTH_MAX];
    size_t depth = 0;
    struct tw_pyval **slot = v;
    for (;;) {
        if (t->kind == TW_TOML_ARRAY) {
            if (depth == DEPTH_MAX)
                return refuse(w, t);
            *slot = new_list(w->a, t->n_children);
            stack[depth++] = (struct frame){ t->first, *slot, 0 };
        } else {
            if (t->kind > TW_TOML_BOOL)
                return refuse(w, t);
            *slot = scalar_from_toml(w->a, t, type);
        }
        TW_TRY(tw_arena_check(w->a, "cases", w->err));
        while (depth && !stack[depth - 1].next)
            depth--;
        if (!depth)
            return TW_OK;
        struct frame *f = &stack[depth - 1];
        t = f->next;
        f->next = t->next;
        TW_ASSERT(f->list);
        slot = &f->list->items[f->i++];
    }
}
