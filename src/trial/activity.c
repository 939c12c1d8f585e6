/*
 * activity.c - rows in which the network carries load, by the values of rest.
 *
 * An idle node writes the same numbers (mostly 0) for hours. A generator
 * trained on that learns to write zeros, so windows can be asked to hold active
 * rows (window.h: min_active).
 */
#include "trial/activity_priv.h"

#include "base/sort.h"

#include <math.h>

#include "base/banned.h"

/* A value is the rest value when more than one row in five has it: far above
 * what a counter that moves can reach by chance. */
#define REST_DIVISOR 5
/* A row rests when three in four of the counters that can rest do. Not all: a
 * counter or two of a radio node move even when nobody is there. */
#define REST_PART    3
#define REST_WHOLE   4

/* The most frequent of n values, or NaN when it is not frequent enough; v is
 * sorted. n_rows counts the rows with missing values too: they are no
 * evidence. */
static double rest_value(double *v, size_t n, size_t n_rows)
{
    double best = (double)NAN;
    size_t n_best = n_rows / REST_DIVISOR, first = 0;

    tw_sort_doubles(v, n);
    for (size_t i = 1; i <= n; i++) {
        if (i < n && v[i] <= v[first])
            continue;
        if (i - first > n_best) {
            n_best = i - first;
            best = v[first];
        }
        first = i;
    }
    return best;
}

/* Adds 1 to n_rest[r] of every row in which the counter rests; true when it has
 * a rest value. v: (n_rows) scratch. n_rest: (n_rows). */
static bool count_rest(unsigned *n_rest, double *v, const struct tw_trial *t,
                       size_t counter)
{
    size_t n = 0;

    for (size_t r = 0; r < t->n_rows; r++) {
        double x = t->values[r * t->n_counters + counter];

        if (!isnan(x))
            v[n++] = x;
    }
    double rest = rest_value(v, n, t->n_rows);
    for (size_t r = 0; r < t->n_rows; r++) {
        double x = t->values[r * t->n_counters + counter];

        /* Equality, written so that a NaN on either side is false and no
         * compiler warns about == of doubles. */
        n_rest[r] += x >= rest && x <= rest;
    }
    return !isnan(rest);
}

/* The shares are compared as products of integers: exact, without a
 * rounding. */
enum tw_status tw_activity_find(bool **found, struct tw_arena *a,
                                const struct tw_trial *t,
                                const size_t *counters, size_t n_counters,
                                struct tw_err *err)
{
    struct tw_arena scratch;
    size_t n_can_rest = 0;
    bool *active = tw_arena_alloc(a, t->n_rows, sizeof(*active));

    *found = active;
    TW_TRY(tw_arena_check(a, "active rows", err));
    tw_arena_init(&scratch, a->limit);
    unsigned *n_rest = tw_arena_alloc(&scratch, t->n_rows, sizeof(*n_rest));
    double *v = tw_arena_alloc(&scratch, t->n_rows, sizeof(*v));

    enum tw_status st = tw_arena_check(&scratch, "active rows", err);
    for (size_t k = 0; st == TW_OK && k < n_counters; k++)
        n_can_rest += count_rest(n_rest, v, t, counters[k]);
    for (size_t r = 0; st == TW_OK && r < t->n_rows; r++)
        active[r] = n_can_rest == 0 ||
                    (size_t)n_rest[r] * REST_WHOLE < n_can_rest * REST_PART;
    tw_arena_release(&scratch);
    return st;
}
