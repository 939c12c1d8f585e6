/*
 * cluster.c - k-means over windows, with the number of clusters found.
 *
 * Clusters become labels of the generator: what kind of load a window shows.
 * They are found on four features a counter and not on the raw windows, because
 * two windows with the same load at another phase should fall into one cluster.
 * Distances are Euclidean over the features.
 */
#include "trial/window.h"

#include "base/rng.h"
#include "base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CLUSTERS "the clusters"

enum {
    K_MIN = 2,
    K_MAX = 8,     /* of the search */
    K_LIMIT = 256, /* of a request */
    N_RESTARTS = 10,
    N_ITERATIONS = 100,
    N_FIT = 8192, /* windows that the centres are fitted to */
    N_SILHOUETTE = 1000,
    N_PER_COUNTER = 4, /* features */
};

/* Features of windows, or a part of them; borrowed. */
struct points {
    const double *x; /* (n, dim) */
    size_t n, dim;
};

/* One solution of k-means; its arrays are in an arena. */
struct fit {
    double *centre;  /* (k, dim) */
    uint32_t *label; /* (n) */
    size_t *size;    /* (k) */
    double cost;     /* sum of squared distances */
};

static double distance2(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

/* Level, spread, trend and roughness of one counter in one window x: (n). The
 * trend is the correlation with time, times the spread; the roughness is the
 * mean step. */
static void describe(double f[N_PER_COUNTER], const float *x, size_t n)
{
    double mean = 0, var = 0, trend = 0, rough = 0, centre, t2 = 0;

    for (size_t l = 0; l < n; l++)
        mean += (double)x[l];
    mean /= (double)n;
    centre = ((double)n - 1) / 2;
    for (size_t l = 0; l < n; l++) {
        double d = (double)x[l] - mean, t = (double)l - centre;

        var += d * d;
        trend += t * d;
        t2 += t * t;
        if (l > 0)
            rough += fabs((double)x[l] - (double)x[l - 1]);
    }
    f[0] = mean;
    f[1] = sqrt(var / (double)n);
    f[2] = f[3] = 0; /* one value has neither trend nor roughness */
    if (t2 > 0)
        f[2] = trend / sqrt(t2 * (double)n);
    if (n > 1)
        f[3] = rough / (double)(n - 1);
}

/* Weights after standardisation: level and spread say what load it is, trend
 * and roughness only tell equals apart. */
static const double weight[N_PER_COUNTER] = { 1, 1, 0.25, 0.25 };

/* Each feature gets mean 0 and its weight as deviation, over all windows:
 * counters of large numbers would else decide alone. x: (n, dim). */
static void standardise(double *x, size_t n, size_t dim)
{
    for (size_t j = 0; j < dim; j++) {
        double mean = 0, var = 0;

        for (size_t i = 0; i < n; i++)
            mean += x[i * dim + j];
        mean /= (double)n;
        for (size_t i = 0; i < n; i++)
            var += (x[i * dim + j] - mean) * (x[i * dim + j] - mean);
        double deviation = sqrt(var / (double)n);
        /* Rounding noise of a constant is no feature. */
        double factor = 0;
        if (!(deviation <= 1e-9 * (1 + fabs(mean))))
            factor = weight[j % N_PER_COUNTER] / deviation;
        for (size_t i = 0; i < n; i++)
            x[i * dim + j] = (x[i * dim + j] - mean) * factor;
    }
}

/* x: (n windows, K * 4), rows of one window together. */
static enum tw_status make_points(struct points *p, struct tw_arena *a,
                                  const struct tw_windows *w,
                                  struct tw_err *err)
{
    size_t dim = w->K * N_PER_COUNTER;
    double *x = tw_arena_alloc(a, w->n, dim * sizeof(*x));

    TW_TRY(tw_arena_check(a, CLUSTERS, err));
    for (size_t i = 0; i < w->n * w->K; i++)
        describe(x + i * N_PER_COUNTER, w->x + i * w->L, w->L);
    standardise(x, w->n, dim);
    *p = (struct points){ x, w->n, dim };
    return TW_OK;
}

/* Index of item i of n_part at even distances among n. A spread and not a
 * random part: the result is a function of the data. */
static size_t spread(size_t i, size_t n_part, size_t n)
{
    if (n_part >= n)
        return i;
    return (size_t)((double)i * (double)n / (double)n_part);
}

/* Centres far from each other: k-means++ (Arthur and Vassilvitskii 2007), each
 * next one drawn with a probability in proportion to the squared distance to
 * the nearest so far. Returns how many, fewer than k when there are fewer than
 * k different points. near: (n) scratch. */
static size_t seed_centres(double *centre, const struct points *p, size_t k,
                           struct tw_rng *rng, double *near)
{
    size_t at = (size_t)tw_rng_below(rng, p->n);
    size_t n_centres = 0;

    for (size_t i = 0; i < p->n; i++)
        near[i] = HUGE_VAL;
    for (;;) {
        double sum = 0;

        memcpy(centre + n_centres * p->dim, p->x + at * p->dim,
               p->dim * sizeof(*centre));
        n_centres++;
        for (size_t i = 0; i < p->n; i++) {
            double d = distance2(p->x + i * p->dim, p->x + at * p->dim, p->dim);

            if (d < near[i])
                near[i] = d;
            sum += near[i];
        }
        if (n_centres == k || !(sum > 0))
            return n_centres;
        double left = tw_rng_uniform(rng) * sum;
        size_t last = 0; /* the last point that may be drawn */
        at = p->n;
        for (size_t i = 0; i < p->n && at == p->n; i++) {
            if (near[i] > 0)
                last = i;
            left -= near[i];
            if (left < 0 && near[i] > 0)
                at = i;
        }
        if (at == p->n)
            at = last;
    }
}

/* Each point to its nearest centre, of equal ones the first; sets label, size
 * and cost. True when a label changed. */
static bool assign(struct fit *f, const struct points *p, size_t k)
{
    bool changed = false;

    f->cost = 0;
    memset(f->size, 0, k * sizeof(*f->size));
    for (size_t i = 0; i < p->n; i++) {
        double best = HUGE_VAL;
        uint32_t label = 0;

        for (size_t c = 0; c < k; c++) {
            double d =
                distance2(p->x + i * p->dim, f->centre + c * p->dim, p->dim);

            if (d < best) {
                best = d;
                label = (uint32_t)c;
            }
        }
        changed |= f->label[i] != label;
        f->label[i] = label;
        f->size[label]++;
        f->cost += best;
    }
    return changed;
}

/* An empty cluster keeps its centre: it may win points back. */
static void move_centres(struct fit *f, const struct points *p, size_t k)
{
    for (size_t c = 0; c < k; c++) {
        if (f->size[c] > 0)
            memset(f->centre + c * p->dim, 0, p->dim * sizeof(*f->centre));
    }
    for (size_t i = 0; i < p->n; i++) {
        double *centre = f->centre + f->label[i] * p->dim;

        for (size_t j = 0; j < p->dim; j++)
            centre[j] += p->x[i * p->dim + j];
    }
    for (size_t c = 0; c < k; c++) {
        for (size_t j = 0; f->size[c] > 0 && j < p->dim; j++)
            f->centre[c * p->dim + j] /= (double)f->size[c];
    }
}

/* The caller asks the arena whether there was memory. The cost is infinite
 * until there is a solution, so that any is better. */
static void fit_new(struct fit *f, struct tw_arena *a, const struct points *p,
                    size_t k)
{
    f->cost = HUGE_VAL;
    f->centre = tw_arena_alloc(a, k, p->dim * sizeof(*f->centre));
    f->label = tw_arena_alloc(a, p->n, sizeof(*f->label));
    f->size = tw_arena_alloc(a, k, sizeof(*f->size));
}

/* The best of ten k-means runs (Lloyd's algorithm); *k may shrink. Each run has
 * its own stream, named by run and k, so that no run depends on how many there
 * were before it. */
static enum tw_status fit_centres(struct fit *best, struct tw_arena *a,
                                  const struct points *p, size_t *k,
                                  uint64_t seed, struct tw_err *err)
{
    struct tw_rng root = tw_rng_seeded(seed);
    struct fit f = { 0 }, g = { 0 };
    size_t k_asked = *k;
    double *near = tw_arena_alloc(a, p->n, sizeof(*near));

    fit_new(&f, a, p, k_asked);
    fit_new(&g, a, p, k_asked);
    TW_TRY(tw_arena_check(a, CLUSTERS, err));
    for (uint64_t run = 0; run < N_RESTARTS; run++) {
        struct tw_rng rng =
            tw_rng_split(&root, "k-means", run * K_LIMIT + k_asked);
        size_t k_run = seed_centres(f.centre, p, k_asked, &rng, near);

        assign(&f, p, k_run);
        for (int it = 0; it < N_ITERATIONS; it++) {
            move_centres(&f, p, k_run);
            if (!assign(&f, p, k_run))
                break;
        }
        if (f.cost < g.cost) {
            /* The better one is kept by exchanging the arrays: no copy, no
             * allocation. */
            struct fit swap = g;

            g = f;
            f = swap;
            *k = k_run;
        }
    }
    *best = g;
    return TW_OK;
}

/* Silhouette of point i (Rousseeuw 1987): (b - a) / max(a, b), with a the mean
 * distance inside its cluster and b that to the nearest other one. Only sampled
 * points count as neighbours. sum: (k) scratch. */
static double silhouette_of(const struct points *p, const struct fit *f,
                            size_t k, size_t i, size_t n_part, double *sum)
{
    size_t count[K_LIMIT] = { 0 };
    double other = HUGE_VAL;
    uint32_t own = f->label[i];

    memset(sum, 0, k * sizeof(*sum));
    for (size_t s = 0; s < n_part; s++) {
        size_t j = spread(s, n_part, p->n);

        if (j == i)
            continue;
        sum[f->label[j]] +=
            sqrt(distance2(p->x + i * p->dim, p->x + j * p->dim, p->dim));
        count[f->label[j]]++;
    }
    for (size_t c = 0; c < k; c++) {
        if (c != own && count[c] > 0 && sum[c] / (double)count[c] < other)
            other = sum[c] / (double)count[c];
    }
    if (count[own] == 0 || isinf(other))
        return 0; /* alone in its cluster: by definition */
    double inside = sum[own] / (double)count[own];
    double larger = fmax(inside, other);
    if (!(larger > 0))
        return 0; /* both clusters are one point */
    return (other - inside) / larger;
}

/* Over at most N_SILHOUETTE points against the same: the full figure costs n^2
 * distances. */
static double silhouette(const struct points *p, const struct fit *f, size_t k)
{
    double sums[K_LIMIT];
    size_t n_part = tw_size_min(p->n, N_SILHOUETTE);
    double total = 0;

    if (n_part == 0)
        return 0;
    for (size_t s = 0; s < n_part; s++)
        total += silhouette_of(p, f, k, spread(s, n_part, p->n), n_part, sums);
    return total / (double)n_part;
}

/* The points that the centres are fitted to: all, or N_FIT spread evenly, which
 * place the centres as well and keep the time bounded. */
static enum tw_status sample_points(struct points *part, struct tw_arena *a,
                                    const struct points *p, struct tw_err *err)
{
    *part = *p;
    if (p->n <= N_FIT)
        return TW_OK;
    double *x = tw_arena_alloc(a, N_FIT, p->dim * sizeof(*x));
    TW_TRY(tw_arena_check(a, CLUSTERS, err));
    for (size_t i = 0; i < N_FIT; i++)
        memcpy(x + i * p->dim, p->x + spread(i, N_FIT, p->n) * p->dim,
               p->dim * sizeof(*x));
    *part = (struct points){ x, N_FIT, p->dim };
    return TW_OK;
}

/* Moves the non-empty clusters to the front, largest first. */
static void order_by_size(struct tw_clusters *c, const struct fit *f, size_t n)
{
    uint32_t place[K_LIMIT];
    size_t k = 0;

    for (size_t i = 0; i < c->k; i++) {
        size_t rank = 0;

        for (size_t j = 0; j < c->k; j++)
            rank +=
                f->size[j] > f->size[i] || (f->size[j] == f->size[i] && j < i);
        place[i] = (uint32_t)rank;
        c->size[rank] = f->size[i];
        k += f->size[i] > 0;
    }
    for (size_t i = 0; i < n; i++)
        c->label[i] = place[f->label[i]];
    c->k = k;
}

/* The real window nearest to each centre stands for its cluster in reports.
 * Labels of c are ordered by size, those of f are not. */
static void find_medoids(struct tw_clusters *c, const struct points *p,
                         const struct fit *f)
{
    double best[K_LIMIT];

    for (size_t i = 0; i < c->k; i++)
        best[i] = HUGE_VAL;
    for (size_t i = 0; i < p->n; i++) {
        uint32_t to = c->label[i];
        double d = distance2(p->x + i * p->dim,
                             f->centre + f->label[i] * p->dim, p->dim);

        if (d < best[to]) {
            best[to] = d;
            c->medoid[to] = i;
        }
    }
}

/* Clusters of all points for one k, with centres fitted to part. */
static enum tw_status cluster(struct tw_clusters *c, struct fit *f,
                              struct tw_arena *a, const struct points *p,
                              const struct points *part, uint64_t seed,
                              struct tw_err *err)
{
    struct fit best = { 0 };

    TW_TRY(fit_centres(&best, a, part, &c->k, seed, err));
    fit_new(f, a, p, c->k);
    TW_TRY(tw_arena_check(a, CLUSTERS, err));
    TW_ASSERT(best.centre);
    memcpy(f->centre, best.centre, c->k * p->dim * sizeof(*f->centre));
    assign(f, p, c->k);
    c->silhouette = silhouette(p, f, c->k);
    return TW_OK;
}

/* The k asked for, or the one of 2..8 with the best silhouette; of equal ones
 * the smaller. k 0: search. */
static enum tw_status search(struct tw_clusters *c, struct fit *f,
                             struct tw_arena *a, const struct points *p,
                             size_t k, uint64_t seed, struct tw_err *err)
{
    struct points part = *p;
    size_t k_first = K_MIN, k_last = K_MAX;

    TW_TRY(sample_points(&part, a, p, err));
    if (k > 0)
        k_first = k_last = k;
    else if (p->n < K_MIN)
        k_first = k_last = 1;
    for (size_t i = k_first; i <= k_last && i <= p->n; i++) {
        struct tw_clusters try = { .k = i };
        struct fit g;

        TW_TRY(cluster(&try, &g, a, p, &part, seed, err));
        if (i == k_first || try.silhouette > c->silhouette) {
            *c = try;
            *f = g;
        }
    }
    return TW_OK;
}

/* Everything but the result lies in scratch: a search keeps seven solutions. */
enum tw_status tw_clusters_find(struct tw_clusters *c, struct tw_arena *a,
                                const struct tw_windows *w, size_t k,
                                uint64_t seed, struct tw_err *err)
{
    struct tw_arena scratch;
    struct points p = { 0 };
    struct fit f = { 0 };
    enum tw_status st;

    *c = (struct tw_clusters){ 0 };
    if (k > w->n || k > K_LIMIT || w->n == 0 || w->n > UINT32_MAX)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot find %zu clusters in %zu windows", k, w->n);
    tw_arena_init(&scratch, a->limit);
    st = make_points(&p, &scratch, w, err);
    if (!st)
        st = search(c, &f, &scratch, &p, k, seed, err);
    if (!st) {
        c->label = tw_arena_alloc(a, w->n, sizeof(*c->label));
        c->size = tw_arena_alloc(a, c->k, sizeof(*c->size));
        c->medoid = tw_arena_alloc(a, c->k, sizeof(*c->medoid));
        st = tw_arena_check(a, CLUSTERS, err);
    }
    if (!st) {
        TW_ASSERT(f.size && f.label && f.centre);
        order_by_size(c, &f, p.n);
        find_medoids(c, &p, &f);
    }
    tw_arena_release(&scratch);
    return st;
}
