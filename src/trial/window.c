/* window.c - windows of equal length out of segments, scaled, gaps filled. */
#include "trial/window.h"

#include "base/size.h"
#include "trial/activity_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* A window is left out when more than one of so many values is missing. */
#define MISSING_DIVISOR 5
#define WINDOWS         "the windows"

/* Written so that a counter without values (NaN) is constant too. */
static bool is_constant(const struct tw_trial_counter *c)
{
    return !(c->seen_max > c->seen_min);
}

/* Constants are left out unless they were asked for: they have nothing to learn
 * and break correlations. */
static enum tw_status choose_counters(struct tw_windows *w, struct tw_arena *a,
                                      const struct tw_trial *t,
                                      const struct tw_window_config *c,
                                      struct tw_err *err)
{
    size_t n_max = t->n_counters;

    if (c->counters)
        n_max = c->n_counters;
    w->counter = tw_arena_alloc(a, n_max, sizeof(*w->counter));
    w->scale = tw_arena_alloc(a, n_max, sizeof(*w->scale));
    TW_TRY(tw_arena_check(a, WINDOWS, err));
    for (size_t i = 0; i < n_max; i++) {
        size_t k = i;

        if (c->counters)
            k = c->counters[i];
        if (k >= t->n_counters)
            return tw_fail(err, TW_EINVAL, k,
                           "cannot cut windows: counter %zu of %zu", k,
                           t->n_counters);
        if (!c->counters && is_constant(&t->counters[k]))
            continue;
        tw_scale_fit(&w->scale[w->K], t, k);
        w->counter[w->K++] = k;
    }
    if (w->K == 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot cut windows: every counter is constant");
    return TW_OK;
}

static double value_at(const struct tw_trial *t, size_t row, size_t counter)
{
    return t->values[row * t->n_counters + counter];
}

/* May the window that begins at row be used? active: (rows), or NULL when rest
 * is fine. Only counters with missing values at all are looked at. */
static bool is_usable(const struct tw_windows *w, const struct tw_trial *t,
                      size_t row, const bool *active, double min_active)
{
    size_t n_active = 0;

    for (size_t l = 0; active && l < w->L; l++)
        n_active += active[row + l];
    if (active && (double)n_active < min_active * (double)w->L)
        return false;
    for (size_t k = 0; k < w->K; k++) {
        size_t n_missing = 0;

        if (t->counters[w->counter[k]].n_missing == 0)
            continue;
        for (size_t l = 0; l < w->L; l++)
            n_missing += isnan(value_at(t, row + l, w->counter[k])) != 0;
        if (n_missing * MISSING_DIVISOR > w->L)
            return false;
    }
    return true;
}

/* Half a window of overlap: each row is seen twice, at two places of a
 * window. */
static size_t stride_of(const struct tw_window_config *c)
{
    if (c->stride > 0)
        return c->stride;
    return tw_size_max(c->length / 2, 1);
}

/* Lists every usable window in segment[] and row[]. */
static enum tw_status list_windows(struct tw_windows *w, struct tw_arena *a,
                                   const struct tw_trial *t, const bool *active,
                                   const struct tw_window_config *c,
                                   struct tw_err *err)
{
    size_t stride = stride_of(c);
    size_t n_max = 0, longest = 0;

    for (size_t s = 0; s < t->n_segments; s++) {
        size_t n = t->segments[s].n;

        longest = tw_size_max(longest, n);
        if (n >= w->L)
            n_max += (n - w->L) / stride + 1;
    }
    if (n_max == 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot cut windows of %zu rows: the longest segment "
                       "has %zu",
                       w->L, longest);
    w->segment = tw_arena_alloc(a, n_max, sizeof(*w->segment));
    w->row = tw_arena_alloc(a, n_max, sizeof(*w->row));
    TW_TRY(tw_arena_check(a, WINDOWS, err));
    for (size_t s = 0; s < t->n_segments; s++) {
        const struct tw_trial_segment *seg = &t->segments[s];

        for (size_t r = 0; r + w->L <= seg->n; r += stride) {
            if (!is_usable(w, t, seg->first + r, active, c->min_active))
                continue;
            w->segment[w->n] = s;
            w->row[w->n++] = seg->first + r;
        }
    }
    if (w->n == 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot cut windows of %zu rows: in each, too many "
                       "values are missing%s",
                       w->L, active ? " or too few rows are active" : "");
    return TW_OK;
}

/* Keeps n_max windows at even distances, so that the whole time of the trial
 * stays in. The copies go forward, from never lies before i. */
static void thin_out(struct tw_windows *w, size_t n_max)
{
    if (n_max == 0 || w->n <= n_max)
        return;
    for (size_t i = 0; i < n_max; i++) {
        size_t from = (size_t)((double)i * (double)w->n / (double)n_max);

        w->segment[i] = w->segment[from];
        w->row[i] = w->row[from];
    }
    w->n = n_max;
}

/* Straight lines over time between known values, the nearest one at the ends.
 * At least one value is known, by is_usable(). x, known, time: (n). */
static void interpolate(float *x, const bool *known, const double *time,
                        size_t n)
{
    size_t before = n; /* index of the last known value; n: none yet */

    for (size_t l = 0; l < n; l++) {
        if (!known[l])
            continue;
        for (size_t m = 0; before == n && m < l; m++)
            x[m] = x[l];
        for (size_t m = before + 1; m < l; m++) {
            double part = (time[m] - time[before]) / (time[l] - time[before]);

            x[m] =
                (float)((1 - part) * (double)x[before] + part * (double)x[l]);
        }
        before = l;
    }
    for (size_t m = before + 1; before != n && m < n; m++)
        x[m] = x[before];
}

/* Scaled first, then interpolated: a line between logarithms does not
 * overshoot. */
static void fill_window(struct tw_windows *w, const struct tw_trial *t,
                        size_t i)
{
    for (size_t k = 0; k < w->K; k++) {
        float *x = w->x + (i * w->K + k) * w->L;
        bool *known = w->known + (i * w->K + k) * w->L;

        for (size_t l = 0; l < w->L; l++) {
            double v = value_at(t, w->row[i] + l, w->counter[k]);

            known[l] = !isnan(v);
            if (known[l])
                x[l] = (float)tw_scale_forward(&w->scale[k], v);
        }
        interpolate(x, known, t->time + w->row[i], w->L);
    }
}

enum tw_status tw_windows_cut(struct tw_windows *w, struct tw_arena *a,
                              const struct tw_trial *t,
                              const struct tw_window_config *c,
                              struct tw_err *err)
{
    bool *active = NULL;
    size_t n_rows;

    *w = (struct tw_windows){ .L = c->length };
    if (c->length == 0)
        return tw_fail(err, TW_EINVAL, 0, "cannot cut windows of 0 rows");
    TW_TRY(choose_counters(w, a, t, c, err));
    if (c->min_active > 0)
        TW_TRY(tw_activity_find(&active, a, t, w->counter, w->K, err));
    TW_TRY(list_windows(w, a, t, active, c, err));
    thin_out(w, c->max_windows);
    if (__builtin_mul_overflow(w->n, w->K, &n_rows))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for " WINDOWS);
    w->x = tw_arena_alloc(a, n_rows, w->L * sizeof(*w->x));
    w->known = tw_arena_alloc(a, n_rows, w->L * sizeof(*w->known));
    TW_TRY(tw_arena_check(a, WINDOWS, err));
    for (size_t i = 0; i < w->n; i++)
        fill_window(w, t, i);
    return TW_OK;
}
