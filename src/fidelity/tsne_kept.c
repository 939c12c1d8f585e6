/* tsne_kept.c - how much of a neighbourhood survives in the plane. */
#include "fidelity/tsne.h"

#include "base/size.h"
#include "kern/pair.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

enum { ROWS_PER_CHUNK = 8 };

/* Shared by all threads; x: (n, dim), y: (n, 2), both borrowed. */
struct kept {
    const struct tw_pair_kern *kern;
    const float *x;
    const double *y;
    size_t n, dim, k;
    size_t *n_kept; /* (n) */
    /* Per thread, two lists: of x and of y. */
    double *d;  /* (threads, 2, k) nearest first */
    size_t *at; /* (threads, 2, k) */
};

/* Insertion into the list of the k nearest; n_seen says how full it is. */
static void take(double *d, size_t *at, size_t n_seen, size_t k, double dist,
                 size_t index)
{
    size_t i = tw_size_min(n_seen, k);

    if (i == k) {
        if (dist >= d[k - 1])
            return;
        i--;
    }
    for (; i > 0 && d[i - 1] > dist; i--) {
        d[i] = d[i - 1];
        at[i] = at[i - 1];
    }
    d[i] = dist;
    at[i] = index;
}

/* Both lists of point i in one walk, then their common members: k^2
 * comparisons, and k is small. */
static size_t count_kept(const struct kept *s, size_t i, double *d, size_t *at)
{
    size_t n_seen = 0, n_common = 0, k = s->k;

    for (size_t j = 0; j < s->n; j++) {
        if (j == i)
            continue;
        double d0 = s->y[2 * i] - s->y[2 * j];
        double d1 = s->y[2 * i + 1] - s->y[2 * j + 1];
        double dx = (double)s->kern->distance2(s->x + i * s->dim,
                                               s->x + j * s->dim, s->dim);

        take(d, at, n_seen, k, dx, j);
        take(d + k, at + k, n_seen, k, d0 * d0 + d1 * d1, j);
        n_seen++;
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = k; b < 2 * k; b++)
            n_common += at[a] == at[b];
    }
    return n_common;
}

/* Scratch belongs to the worker and not to the point. */
static void count_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct kept *s = ctx;
    size_t room = (size_t)worker * 2 * s->k;

    for (size_t i = first; i < last; i++)
        s->n_kept[i] = count_kept(s, i, s->d + room, s->at + room);
}

/* Counts are summed at the end in order, so that the result is the same for any
 * number of threads. */
enum tw_status tw_tsne_kept(double *kept, struct tw_arena *a,
                            const struct tw_tsne_points *x, const double *y,
                            size_t k, struct tw_backend *be, struct tw_err *err)
{
    struct kept s = { .kern = tw_pair_kern_get(be->level),
                      .x = x->x,
                      .y = y,
                      .n = x->n,
                      .dim = x->dim,
                      .k = k };
    size_t n = x->n, threads = tw_pool_threads(be->pool);
    double sum = 0;

    if (k == 0 || k >= n)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot compare %zu neighbours of %zu points", k, n);
    s.n_kept = tw_arena_alloc(a, n, sizeof(*s.n_kept));
    s.d = tw_arena_alloc(a, threads, 2 * k * sizeof(*s.d));
    s.at = tw_arena_alloc(a, threads, 2 * k * sizeof(*s.at));
    TW_TRY(tw_arena_check(a, "the neighbours", err));
    tw_pool_run(be->pool, n, ROWS_PER_CHUNK, count_rows, &s);
    for (size_t i = 0; i < n; i++)
        sum += (double)s.n_kept[i];
    *kept = sum / (double)(n * k);
    return TW_OK;
}
