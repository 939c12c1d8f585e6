/*
 * pyval_equal.c - Python's == on values, with tolerances; and an order in which
 * equal values stand beside each other.
 *
 * Numbers compare across their types (True == 1 == 1.0) and exactly: an int of
 * any size against a float goes by digits, since a double cannot hold it.  Sets
 * and dicts are equal whatever their order, so both sides are sorted first and
 * then walked side by side.
 */
#include "python/pyval_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A whole number as sign and decimal digits, no leading zeros. */
struct decimal {
    bool negative;
    const char *digits;
    size_t n;
};

/* Borrows the digits.  "-0" cannot come: the decoder refuses it. */
static struct decimal decimal_of(const char *text, size_t n)
{
    bool negative = n > 0 && text[0] == '-';

    return (struct decimal){ negative, text + negative, n - negative };
}

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

static int order_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* By sign, then length, then digits. */
static int order_decimal(struct decimal a, struct decimal b)
{
    if (a.negative != b.negative)
        return b.negative - a.negative;
    int c = order_sizes(a.n, b.n); /* no leading zeros: longer is larger */
    if (c == 0)
        c = memcmp(a.digits, b.digits, a.n);
    if (a.negative)
        return -((c > 0) - (c < 0));
    return (c > 0) - (c < 0);
}

/* True and False are the ints 1 and 0 in Python. */
static struct decimal int_of(const struct tw_pyval *v)
{
    if (v->kind == TW_PYVAL_BOOL)
        return decimal_of(&"01"[v->b], 1);
    return decimal_of(v->text, v->len);
}

/* NaN after everything else, so that qsort() has an order at all. */
static int order_floats(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

/* Exact, as Python compares: 2**53 + 1 is not 2.0**53. */
static int order_int_float(const struct tw_pyval *i, double f)
{
    char text[400]; /* the largest double has 309 digits */

    if (isnan(f) || isinf(f))
        return isnan(f) || f > 0 ? -1 : 1;
    double whole = trunc(f);
    int n = snprintf(text, sizeof(text), "%.0f", whole + 0.0); /* no "-0" */
    int c = order_decimal(int_of(i), decimal_of(text, (size_t)n));
    if (c == 0)
        return -sign_of(f - whole);
    return c;
}

static int order_numbers(const struct tw_pyval *a, const struct tw_pyval *b)
{
    bool fa = a->kind == TW_PYVAL_FLOAT, fb = b->kind == TW_PYVAL_FLOAT;

    if (fa && fb)
        return order_floats(a->f, b->f);
    if (fb)
        return order_int_float(a, b->f);
    if (fa)
        return -order_int_float(b, a->f);
    return order_decimal(int_of(a), int_of(b));
}

/* How two values of one class are compared. */
enum rank { RANK_NONE, RANK_NUMBER, RANK_TEXT, RANK_ITEMS };

static enum rank rank_of(enum tw_pyval_kind kind)
{
    if (kind == TW_PYVAL_NONE)
        return RANK_NONE;
    if (kind <= TW_PYVAL_FLOAT)
        return RANK_NUMBER;
    if (kind <= TW_PYVAL_BYTES)
        return RANK_TEXT;
    return RANK_ITEMS;
}

/* Values of different classes are never equal; set and frozenset are one. */
static int class_of(enum tw_pyval_kind kind)
{
    if (kind == TW_PYVAL_FROZENSET)
        return TW_PYVAL_SET;
    if (rank_of(kind) == RANK_NUMBER)
        return TW_PYVAL_BOOL;
    return (int)kind;
}

/* Without the items. */
static int order_heads(const struct tw_pyval *a, const struct tw_pyval *b)
{
    int c = class_of(a->kind) - class_of(b->kind);

    if (c)
        return c;
    switch (rank_of(a->kind)) {
    case RANK_NONE:
        return 0;
    case RANK_NUMBER:
        return order_numbers(a, b);
    case RANK_TEXT:
        c = order_sizes(a->len, b->len);
        if (c || a->len == 0)
            return c;
        return memcmp(a->text, b->text, a->len);
    case RANK_ITEMS:
        break;
    }
    return order_sizes(a->n_items, b->n_items);
}

int tw_pyval_order(const struct tw_pyval *a, const struct tw_pyval *b)
{
    struct {
        const struct tw_pyval *a, *b;
        size_t next;
    } stack[PYVAL_DEPTH_MAX + 1];
    size_t depth = 0;

    for (;;) {
        int c = order_heads(a, b);
        if (c)
            return c;
        if (a->n_items > 0 && depth <= PYVAL_DEPTH_MAX) {
            stack[depth].a = a;
            stack[depth].b = b;
            stack[depth++].next = 0;
        }
        while (depth > 0 &&
               stack[depth - 1].next == stack[depth - 1].a->n_items)
            depth--;
        if (depth == 0)
            return 0;
        size_t i = stack[depth - 1].next++;
        a = stack[depth - 1].a->items[i];
        b = stack[depth - 1].b->items[i];
    }
}

int tw_pyval_order_ptr(const void *a, const void *b)
{
    struct tw_pyval *const *x = a, *const *y = b;

    return tw_pyval_order(*x, *y);
}

/* ---- equality ---- */

/* Of an int that no double holds: inf, which is near to nothing. */
static double double_of(const struct tw_pyval *v)
{
    if (v->kind == TW_PYVAL_FLOAT)
        return v->f;
    if (v->kind == TW_PYVAL_BOOL)
        return (double)v->b;
    return strtod(v->text, NULL);
}

/* Two ints are compared exactly, whatever the tolerance: who wants a
 * tolerance for counts has floats.  Infinities are near only to themselves. */
static bool numbers_equal(const struct tw_pyval *got,
                          const struct tw_pyval *want, struct tw_pyval_tol tol)
{
    if (got->kind != TW_PYVAL_FLOAT && want->kind != TW_PYVAL_FLOAT)
        return order_numbers(got, want) == 0;
    double g = double_of(got), w = double_of(want);
    if (isnan(g) || isnan(w))
        return tol.nan_equal && isnan(g) && isnan(w);
    if (order_numbers(got, want) == 0)
        return true;
    if (!isfinite(g) || !isfinite(w)) /* else rel_tol * inf takes all */
        return false;
    return (tol.abs_tol > 0 && fabs(g - w) <= tol.abs_tol) ||
           (tol.rel_tol > 0 && fabs(g - w) <= tol.rel_tol * fabs(w));
}

/* All but the items: classes, numbers, texts, counts. */
static bool heads_equal(const struct tw_pyval *got, const struct tw_pyval *want,
                        struct tw_pyval_tol tol)
{
    if (class_of(got->kind) != class_of(want->kind))
        return false;
    if (rank_of(got->kind) == RANK_NUMBER)
        return numbers_equal(got, want, tol);
    return order_heads(got, want) == 0;
}

/* A pair of containers on the walk; the items are borrowed, or sorted copies
 * in the arena. */
struct frame {
    struct tw_pyval *const *got, *const *want;
    size_t n, next;
    bool dict;  /* even items are keys */
    bool exact; /* inside of a key */
};

struct pair {
    struct tw_pyval *key, *value; /* as in items of a dict */
};

/* The items in an order that both sides share; NULL: no memory. */
static struct tw_pyval *const *sorted_items(struct tw_arena *a,
                                            const struct tw_pyval *v)
{
    size_t n = v->n_items;

    if (v->kind == TW_PYVAL_LIST || v->kind == TW_PYVAL_TUPLE)
        return v->items;
    struct tw_pyval **copy = tw_arena_alloc(a, n + 1, sizeof(void *));
    if (!copy)
        return NULL;
    memcpy(copy, v->items, n * sizeof(void *));
    if (v->kind == TW_PYVAL_DICT)
        qsort(copy, n / 2, sizeof(struct pair), tw_pyval_order_ptr);
    else
        qsort(copy, n, sizeof(void *), tw_pyval_order_ptr);
    return copy;
}

static bool frame_push(struct frame *f, struct tw_arena *a,
                       const struct tw_pyval *got, const struct tw_pyval *want)
{
    f->got = sorted_items(a, got);
    f->want = sorted_items(a, want);
    f->n = got->n_items;
    f->next = 0;
    f->dict = got->kind == TW_PYVAL_DICT;
    return f->got && f->want;
}

/* exact: keys of dicts and what is in them have no tolerance, since a dict
 * finds them by their hash. */
static bool equal_in(struct tw_arena *a, const struct tw_pyval *got,
                     const struct tw_pyval *want, struct tw_pyval_tol tol)
{
    const struct tw_pyval_tol none = { 0, 0, false };
    struct frame stack[PYVAL_DEPTH_MAX + 1];
    size_t depth = 0;
    bool exact = false;

    for (;;) {
        if (!heads_equal(got, want, exact ? none : tol))
            return false;
        if (got->n_items > 0) {
            if (depth > PYVAL_DEPTH_MAX ||
                !frame_push(&stack[depth], a, got, want))
                return false;
            stack[depth++].exact = exact;
        }
        while (depth > 0 && stack[depth - 1].next == stack[depth - 1].n)
            depth--;
        if (depth == 0)
            return true;
        struct frame *f = &stack[depth - 1];
        exact = f->exact || (f->dict && f->next % 2 == 0);
        got = f->got[f->next];
        want = f->want[f->next++];
    }
}

/* The arena holds sorted copies, for as long as this takes. */
bool tw_pyval_equal(const struct tw_pyval *got, const struct tw_pyval *want,
                    struct tw_pyval_tol tol)
{
    struct tw_arena a;

    tw_arena_init(&a, (size_t)1 << 30);
    bool same = equal_in(&a, got, want, tol);
    tw_arena_release(&a);
    return same;
}
