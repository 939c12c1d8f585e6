/*
 * near.c - each window's nearest neighbours in both sets, and what they say.
 *
 * All distances are computed, O((n + m)^2), in parallel over windows: each
 * writes its own view, and the sums over views run in order. Nothing is stored
 * of a distance but the few nearest.
 */
#include "fidelity/near.h"

#include "base/size.h"
#include "base/sort.h"
#include "kern/pair.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Neighbours of the mixing test; rows a task of the pool takes at once. */
enum {
    N_NEIGHBOURS = 10,
    ROWS_PER_CHUNK = 4,
};
/* A synthetic window ten times nearer to a real one than any other real one is
 * was not met by chance. CLOSER_MORE: how far the share of close ones may lie
 * above that of real windows, before it is called copying; the noise of a small
 * set is added to it. */
#define COPY_RATIO  0.1
#define COPIES_MAX  0.01
#define CLOSER_MORE 0.2

/* What one point knows of the others. */
struct view {
    float real[2];      /* nearest and second nearest real */
    size_t real_at;     /* index of the nearest real */
    float synthetic;    /* nearest synthetic */
    size_t n_other;     /* of the other set among the nearest of the joint */
    size_t n_nearest;   /* how many those were */
    bool nearest_other; /* the nearest of the joint is of the other set */
};

struct search {
    const struct tw_pair_kern *kern;
    const struct tw_near_set *real, *synthetic;
    bool *joint;        /* (n real + n synthetic) */
    struct view *views; /* the same */
};

/* Real windows first, then synthetic ones: one numbering for both. */
static const float *point(const struct search *s, size_t i)
{
    if (i < s->real->n)
        return s->real->x + i * s->real->dim;
    return s->synthetic->x + (i - s->real->n) * s->synthetic->dim;
}

/* Windows of one segment whose rows overlap; the point itself too. A synthetic
 * window overlaps with none. */
static bool overlap(const struct search *s, size_t i, size_t j)
{
    const struct tw_near_set *r = s->real;

    if (i == j)
        return true;
    if (i >= r->n || j >= r->n || !r->segment || r->segment[i] != r->segment[j])
        return false;
    size_t earlier = tw_size_min(r->row[i], r->row[j]);
    return tw_size_max(r->row[i], r->row[j]) - earlier < r->length;
}

/* The nearest of the joint sets so far, nearest first; equal distances keep
 * the order of the points. */
struct nearest {
    float d[N_NEIGHBOURS];
    bool other[N_NEIGHBOURS];
    size_t n;
};

/* Insertion into a list of ten, full after ten points: mostly one
 * comparison. */
static void take_nearest(struct nearest *b, float d, bool other)
{
    size_t at = b->n;

    if (at == N_NEIGHBOURS) {
        if (d >= b->d[at - 1])
            return;
        at--;
    } else {
        b->n++;
    }
    for (; at > 0 && b->d[at - 1] > d; at--) {
        b->d[at] = b->d[at - 1];
        b->other[at] = b->other[at - 1];
    }
    b->d[at] = d;
    b->other[at] = other;
}

/* One walk over all points for window i. Squared distances: their order is the
 * same, and roots are taken at the end of what remains. */
static void look(const struct search *s, size_t i)
{
    struct view v = { { INFINITY, INFINITY }, 0, INFINITY, 0, 0, false };
    struct nearest near = { .n = 0 };
    size_t n = s->real->n + s->synthetic->n;
    bool is_real = i < s->real->n;

    for (size_t j = 0; j < n; j++) {
        if (overlap(s, i, j))
            continue;
        float d = s->kern->distance2(point(s, i), point(s, j), s->real->dim);

        if (j >= s->real->n) {
            v.synthetic = fminf(v.synthetic, d);
        } else if (d < v.real[0]) {
            v.real[1] = v.real[0];
            v.real[0] = d;
            v.real_at = j;
        } else if (d < v.real[1]) {
            v.real[1] = d;
        }
        if (s->joint[i] && s->joint[j])
            take_nearest(&near, d, is_real != (j < s->real->n));
    }
    for (size_t k = 0; k < near.n; k++)
        v.n_other += near.other[k];
    v.n_nearest = near.n;
    v.nearest_other = near.n > 0 && near.other[0];
    s->views[i] = v;
}

static void look_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    (void)worker;
    for (size_t i = first; i < last; i++)
        look(ctx, i);
}

/* Share of real windows that are nearer to their neighbour than any other one
 * is, which is so when the two are nearest to each other. It is what fresh
 * draws from the same distribution would show, too. */
static double closer_among_real(const struct search *s)
{
    size_t n_closer = 0;

    for (size_t i = 0; i < s->real->n; i++) {
        const struct view *there = &s->views[s->views[i].real_at];

        /* Equal windows are no nearer than each other. */
        n_closer += there->real_at == i && there->real[0] < there->real[1];
    }
    return (double)n_closer / (double)s->real->n;
}

/* DCR, NNDR and the share of copies; near.h has the definitions. */
static void sum_synthetic(struct tw_near *m, const struct search *s)
{
    size_t n_real = s->real->n, n = s->synthetic->n;
    size_t n_closer = 0, n_copies = 0;

    for (size_t i = 0; i < n; i++) {
        const struct view *v = &s->views[n_real + i];
        double d = sqrt((double)v->real[0]), d2 = sqrt((double)v->real[1]);
        double among = sqrt((double)s->views[v->real_at].real[0]);

        m->dcr[i] = d;
        m->nndr[i] = 1; /* two equal real windows at the very place */
        if (d2 > 0)
            m->nndr[i] = d / d2;
        n_closer += d < among;
        n_copies += d < COPY_RATIO * among;
    }
    m->closer = (double)n_closer / (double)n;
    m->copies = (double)n_copies / (double)n;
    m->closer_real = closer_among_real(s);
    m->copied = m->copies > COPIES_MAX ||
                m->closer > m->closer_real + CLOSER_MORE + 1 / sqrt((double)n);
}

/* The leave-one-out test by the nearest neighbour (Lopez-Paz and Oquab 2017),
 * and how well the sets mix among the ten nearest. */
static void sum_joint(struct tw_near *m, const struct search *s)
{
    size_t n = 0, n_right = 0, n_other = 0, n_nearest = 0;

    for (size_t i = 0; i < s->real->n + s->synthetic->n; i++) {
        if (!s->joint[i])
            continue;
        n++;
        n_right += !s->views[i].nearest_other;
        n_other += s->views[i].n_other;
        n_nearest += s->views[i].n_nearest;
    }
    m->n_joint = n / 2;
    m->accuracy = (double)n_right / (double)n;
    m->overlap = (double)NAN;
    if (n_nearest > 0)
        m->overlap = 2 * (double)n_other / (double)n_nearest;
}

/* Medians sort their input: they get copies, for the arrays of the result keep
 * the order of the windows. */
static enum tw_status sum_up(struct tw_near *m, const struct search *s,
                             struct tw_arena *scratch, struct tw_err *err)
{
    size_t n_real = s->real->n, n = s->synthetic->n, n_known = 0, n_id = 0;
    double *d = tw_arena_alloc(scratch, tw_size_max(n_real, n), sizeof(*d));

    TW_TRY(tw_arena_check(scratch, "the nearest windows", err));
    sum_synthetic(m, s);
    sum_joint(m, s);
    memcpy(d, m->dcr, n * sizeof(*d));
    m->dcr_median = tw_sort_median(d, n);
    memcpy(d, m->nndr, n * sizeof(*d));
    m->nndr_median = tw_sort_median(d, n);
    for (size_t i = 0; i < n_real; i++) {
        const struct view *v = &s->views[i];

        n_id += v->synthetic < v->real[0];
        if (!isinf(v->real[0]))
            d[n_known++] = sqrt((double)v->real[0]);
    }
    m->real_median = tw_sort_median(d, n_known);
    m->identifiability = (double)n_id / (double)n_real;
    return TW_OK;
}

/* Marks n of the points first .. first + n_set - 1, spread evenly. The
 * two-sample test needs equally many of both, or guessing the larger set would
 * win. */
static void mark(bool *joint, size_t first, size_t n_set, size_t n)
{
    for (size_t i = 0; i < n; i++)
        joint[first + (size_t)((double)i * (double)n_set / (double)n)] = true;
}

static enum tw_status measure(struct tw_near *m, struct search *s,
                              struct tw_arena *scratch, struct tw_backend *be,
                              struct tw_err *err)
{
    size_t n_real = s->real->n, n = n_real + s->synthetic->n;
    size_t least = tw_size_min(n_real, s->synthetic->n);

    s->joint = tw_arena_alloc(scratch, n, sizeof(*s->joint));
    s->views = tw_arena_alloc(scratch, n, sizeof(*s->views));
    TW_TRY(tw_arena_check(scratch, "the nearest windows", err));
    mark(s->joint, 0, n_real, least);
    mark(s->joint, n_real, s->synthetic->n, least);
    tw_pool_run(be->pool, n, ROWS_PER_CHUNK, look_rows, s);
    return sum_up(m, s, scratch, err);
}

enum tw_status tw_near_measure(struct tw_near *m, struct tw_arena *a,
                               const struct tw_near_set *real,
                               const struct tw_near_set *synthetic,
                               struct tw_backend *be, struct tw_err *err)
{
    struct tw_arena scratch;
    struct search s = { .kern = tw_pair_kern_get(be->level),
                        .real = real,
                        .synthetic = synthetic };

    *m = (struct tw_near){ 0 };
    if (real->n < 2 || synthetic->n < 2 || real->dim != synthetic->dim)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot compare %zu real windows of %zu values with "
                       "%zu synthetic of %zu",
                       real->n, real->dim, synthetic->n, synthetic->dim);
    m->dcr = tw_arena_alloc(a, synthetic->n, sizeof(*m->dcr));
    m->nndr = tw_arena_alloc(a, synthetic->n, sizeof(*m->nndr));
    TW_TRY(tw_arena_check(a, "the nearest windows", err));
    tw_arena_init(&scratch, a->limit);
    enum tw_status st = measure(m, &s, &scratch, be, err);
    tw_arena_release(&scratch);
    return st;
}
