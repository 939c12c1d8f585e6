/*
 * bench_gen.c - fit a generator to a file of counters and say how close its
 * series come.  Not a test: it takes minutes, and the figures are for reading.
 *
 *     bench_gen FILE key=value...
 *
 * Keys: time, series (comma list), counters (comma list), length, stride,
 * windows, clusters; channels, layers, batch, steps, lr, target, schedule, ema,
 * normal, cosine, dropout, seed; n; sample (comma list of
 * SAMPLER:STEPS:GUIDANCE, sampler 0 auto, 1 DDPM, 2 DDIM, 3 DPM-Solver++);
 * threads; verbose.
 *
 * Real windows are cut in two halves at random.  The generator sees one half;
 * its series are compared with the other, and so is the first half itself: the
 * line "copy" is the best that the measures allow.  nn is the accuracy of a
 * nearest neighbour that tells real from synthetic: 0.5 is best, 1 worst,
 * below 0.5 means copies.
 */
#include "base/clock.h"
#include "base/rng.h"
#include "fidelity/fidelity.h"
#include "kern/backend.h"
#include "synth/gen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, NN_MAX = 400 };

struct args {
    int argc;
    char **argv;
};

static const char *text(const struct args *a, const char *key,
                        const char *fallback)
{
    size_t n = strlen(key);

    for (int i = 2; i < a->argc; i++)
        if (strncmp(a->argv[i], key, n) == 0 && a->argv[i][n] == '=')
            return a->argv[i] + n + 1;
    return fallback;
}

static double number(const struct args *a, const char *key, double fallback)
{
    const char *v = text(a, key, NULL);

    return v ? strtod(v, NULL) : fallback;
}

static size_t count(const struct args *a, const char *key, size_t fallback)
{
    return (size_t)number(a, key, (double)fallback);
}

/* Cut a copy of a comma list, which is never freed. */
static size_t split(const char *list, const char *names[NAMES_MAX])
{
    char *copy = strdup(list), *next = NULL;
    size_t n = 0;

    for (char *t = strtok_r(copy, ",", &next); t && n < NAMES_MAX;
         t = strtok_r(NULL, ",", &next))
        names[n++] = t;
    return n;
}

static enum tw_status read_trial(struct tw_trial *t, struct tw_arena *a,
                                 const struct args *args, struct tw_err *err)
{
    const char *series[NAMES_MAX], *names[NAMES_MAX];
    struct tw_trial_column columns[NAMES_MAX] = { { 0 } };
    const char *file = args->argv[1];
    struct tw_trial_config c = { .files = &file,
                                 .n_files = 1,
                                 .time = text(args, "time", NULL),
                                 .series = series,
                                 .counters = columns };

    c.n_series = split(text(args, "series", ""), series);
    c.n_counters = split(text(args, "counters", ""), names);
    for (size_t i = 0; i < c.n_counters; i++)
        columns[i].name = names[i];
    return tw_trial_read(t, a, &c, err);
}

/* The windows of one half, as a set of their own. */
static struct tw_windows half_of(struct tw_arena *a, const struct tw_windows *w,
                                 const size_t *order, size_t first, size_t n)
{
    struct tw_windows h = *w;
    size_t size = w->K * w->L;

    h.n = n;
    h.x = tw_arena_alloc(a, n * size, sizeof(*h.x));
    h.known = tw_arena_alloc(a, n * size, sizeof(*h.known));
    h.row = tw_arena_alloc(a, n, sizeof(*h.row));
    h.segment = tw_arena_alloc(a, n, sizeof(*h.segment));
    for (size_t i = 0; i < n; i++) {
        size_t from = order[first + i];

        memcpy(h.x + i * size, w->x + from * size, size * sizeof(*h.x));
        memcpy(h.known + i * size, w->known + from * size, size);
        h.row[i] = w->row[from];
        h.segment[i] = w->segment[from];
    }
    return h;
}

static double distance(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double d = (double)(a[i] - b[i]);

        sum += d * d;
    }
    return sum;
}

/* Leave-one-out accuracy of the nearest neighbour among both sets. */
static double neighbour_accuracy(const struct tw_fidelity_set *real,
                                 const struct tw_fidelity_set *synth)
{
    size_t d = real->K * real->L, n = real->n < synth->n ? real->n : synth->n;
    size_t n_right = 0;

    if (n > NN_MAX)
        n = NN_MAX;
    for (size_t i = 0; i < 2 * n; i++) {
        const float *x = i < n ? real->x + i * d : synth->x + (i - n) * d;
        double best[2] = { HUGE_VAL, HUGE_VAL };

        for (size_t j = 0; j < 2 * n; j++) {
            const float *y = j < n ? real->x + j * d : synth->x + (j - n) * d;
            double r = i == j ? HUGE_VAL : distance(x, y, d);

            best[j >= n] = r < best[j >= n] ? r : best[j >= n];
        }
        n_right += (best[1] < best[0]) == (i >= n) ? 1 : 0;
    }
    return (double)n_right / (double)(2 * n);
}

static void compare(const char *name, struct tw_arena *a,
                    const struct tw_fidelity_set *real,
                    const struct tw_fidelity_set *synth,
                    const struct tw_windows *w, const struct tw_trial *t)
{
    struct tw_fidelity f;
    struct tw_err err = { 0 };

    if (tw_fidelity_measure(&f, a, real, synth, NULL, &err) != TW_OK) {
        printf("%s: %s\n", name, err.msg);
        return;
    }
    printf("%-6s ks %.4f acd %.4f correlational %.4f (max %.3f) skewness "
           "%.3f kurtosis %.3f nn %.3f\n",
           name, f.ks, f.acd, f.correlational, f.corr_max, f.skewness,
           f.kurtosis, neighbour_accuracy(real, synth));
    for (size_t k = 0; w && k < f.K; k++) {
        const struct tw_fidelity_counter *c = &f.counters[k];

        printf("  %-18s mean %7.3f %7.3f  deviation %6.3f %6.3f  median %6.3f "
               "%6.3f  ks %.3f acd %.3f\n",
               t->counters[w->counter[k]].name, c->real.mean, c->synthetic.mean,
               c->real.deviation, c->synthetic.deviation, c->real.quantile[3],
               c->synthetic.quantile[3], c->ks, c->acd);
    }
}

static struct tw_gen_config make_config(const struct args *a)
{
    struct tw_gen_config c = tw_gen_config_quick();
    const char *target = text(a, "target", tw_gen_target_name(c.target));
    const char *schedule = text(a, "schedule", tw_diffusion_name(c.schedule));

    c.channels = count(a, "channels", c.channels);
    c.layers = count(a, "layers", c.layers);
    c.batch = count(a, "batch", c.batch);
    c.steps = count(a, "steps", c.steps);
    c.diffusion_steps = count(a, "diffusion_steps", c.diffusion_steps);
    c.lr = number(a, "lr", c.lr);
    c.ema = number(a, "ema", c.ema);
    c.label_dropout = number(a, "dropout", c.label_dropout);
    c.lr_cosine = number(a, "cosine", c.lr_cosine) > 0;
    c.normal = number(a, "normal", c.normal);
    c.seed = count(a, "seed", 1);
    for (int i = 0; i < TW_GEN_TARGET_COUNT; i++)
        if (strcmp(target, tw_gen_target_name((enum tw_gen_target)i)) == 0)
            c.target = (enum tw_gen_target)i;
    for (int i = 0; i < TW_DIFFUSION_KIND_COUNT; i++)
        if (strcmp(schedule, tw_diffusion_name((enum tw_diffusion_kind)i)) == 0)
            c.schedule = (enum tw_diffusion_kind)i;
    return c;
}

static bool report(void *ctx, const char *stage, size_t done, size_t total,
                   const char *line)
{
    (void)ctx;
    if (stage[0] == 'f' && (done % (total / 5 + 1) == 0 || done == total))
        fprintf(stderr, "%s %zu/%zu %s\n", stage, done, total, line);
    return true;
}

static void sample_and_compare(struct tw_gen *gen, const struct args *args,
                               struct tw_arena *a,
                               const struct tw_windows *held,
                               const struct tw_trial *t, const char *how)
{
    /* "SAMPLER:STEPS:GUIDANCE" */
    char *end;
    size_t sampler = strtoul(how, &end, 10), steps = 0;
    double guidance = 0;

    if (*end == ':')
        steps = strtoul(end + 1, &end, 10);
    if (*end == ':')
        guidance = strtod(end + 1, NULL);
    struct tw_gen_request r = { .n = count(args, "n", held->n),
                                .steps = steps,
                                .guidance = guidance,
                                .sampler = (enum tw_gen_sampler)sampler,
                                .seed = 5 };
    const struct tw_fidelity_set real = { held->x, held->n, held->K, held->L };
    struct tw_fidelity_set synth = { NULL, r.n, held->K, held->L };
    float *x = tw_arena_alloc(a, r.n * held->K * held->L, sizeof(*x));
    struct tw_err err = { 0 };
    double start = tw_clock_mono();

    if (tw_gen_sample(gen, &r, x, NULL, &err) != TW_OK) {
        printf("%s\n", err.msg);
        return;
    }
    synth.x = x;
    printf("sampled %zu in %.1f s, %s\n", r.n, tw_clock_mono() - start, how);
    compare("synth", a, &real, &synth,
            number(args, "verbose", 0) > 0 ? held : NULL, t);
}

static enum tw_status run(const struct args *args, struct tw_arena *a,
                          struct tw_backend *be, struct tw_err *err)
{
    struct tw_trial t;
    struct tw_windows w;
    struct tw_clusters c;
    struct tw_gen *gen;
    struct tw_gen_fit fit;
    struct tw_window_config wc = { .length = count(args, "length", 48),
                                   .stride = count(args, "stride", 0),
                                   .max_windows =
                                       count(args, "windows", 1000) };
    struct tw_gen_config config = make_config(args);
    const struct tw_progress progress = { report, NULL };
    struct tw_rng r = tw_rng_seeded(3);

    TW_TRY(read_trial(&t, a, args, err));
    TW_TRY(tw_windows_cut(&w, a, &t, &wc, err));
    size_t *order = tw_arena_alloc(a, w.n, sizeof(*order)), n = w.n / 2;
    for (size_t i = 0; i < w.n; i++) {
        size_t j = (size_t)tw_rng_below(&r, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    struct tw_windows seen = half_of(a, &w, order, 0, n);
    struct tw_windows held = half_of(a, &w, order, n, n);
    const struct tw_fidelity_set set_seen = { seen.x, n, w.K, w.L };
    const struct tw_fidelity_set set_held = { held.x, n, w.K, w.L };

    TW_TRY(tw_clusters_find(&c, a, &seen, count(args, "clusters", 0), 1, err));
    printf("windows %zu + %zu, counters %zu, length %zu, clusters %zu\n", n, n,
           w.K, w.L, c.k);
    const struct tw_gen_data data = { &t, &seen, &c };
    TW_TRY(tw_gen_train(&gen, &data, &config, be, NULL, &progress, &fit, err));
    printf("trained %zu steps in %.1f s, loss %.4f, %zu weights\n",
           config.steps, fit.seconds, fit.loss, fit.n_parameters);
    const char *hows[NAMES_MAX];
    size_t n_hows = split(text(args, "sample", "0:50:0"), hows);
    for (size_t i = 0; i < n_hows; i++)
        sample_and_compare(gen, args, a, &held, &t, hows[i]);
    compare("copy", a, &set_held, &set_seen, NULL, &t);
    tw_gen_free(gen);
    return TW_OK;
}

int main(int argc, char **argv)
{
    const struct args args = { argc, argv };
    struct tw_backend *be;
    struct tw_arena a;
    struct tw_err err = { 0 };

    if (argc < 2)
        return 2;
    tw_arena_init(&a, (size_t)4 << 30);
    if (tw_backend_new(&be, NULL, (unsigned)count(&args, "threads", 2), &err) !=
            TW_OK ||
        run(&args, &a, be, &err) != TW_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    tw_backend_free(be);
    tw_arena_release(&a);
    return 0;
}
