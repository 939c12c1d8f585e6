/* How close and how private the samples are: figures and the t-SNE picture. */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/rng.h"
#include "fidelity/fidelity.h"
#include "fidelity/near.h"
#include "fidelity/tsne.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { TSNE_EACH = 300 }; /* points of each set in the picture */
#define PERPLEXITY 100.0

static void add_side(struct tw_buf *b, const struct tw_fidelity_side *s)
{
    /* Quantiles 1, 3 and 5: 5 %, median, 95 %. */
    const double v[] = { s->mean, s->deviation, s->quantile[1], s->quantile[3],
                         s->quantile[5] };
    static const char *const keys[] = { "mean", "std", "q05", "q50", "q95" };

    tw_buf_addc(b, '{');
    for (size_t i = 0; i < TW_ARRAY_LEN(v); i++) {
        tw_buf_addf(b, "%s\"%s\": ", i ? ", " : "", keys[i]);
        tw_json_add_number(b, v[i]);
    }
    tw_buf_addc(b, '}');
}

struct score {
    const char *name;
    double value;
    double floor;
    bool has_floor;
    const char *better;
    const char *note;
};

static void add_score(struct tw_buf *b, const struct score *s, bool first)
{
    tw_buf_adds(b, first ? "\n {\"name\": " : ",\n {\"name\": ");
    tw_json_adds(b, s->name);
    tw_buf_adds(b, ", \"value\": ");
    tw_json_add_number(b, s->value);
    tw_buf_adds(b, ", \"floor\": ");
    if (s->has_floor)
        tw_json_add_number(b, s->floor);
    else
        tw_buf_adds(b, "null");
    tw_buf_adds(b, ", \"better\": ");
    tw_json_adds(b, s->better);
    tw_buf_adds(b, ", \"note\": ");
    tw_json_adds(b, s->note);
    tw_buf_addc(b, '}');
}

static void add_scores(struct tw_buf *b, const struct tw_fidelity *f,
                       const struct tw_fidelity *floor,
                       const struct tw_near *near)
{
    const struct score scores[] = {
        { "correlational score", f->correlational, floor->correlational, true,
          "low", "how counters move together; sum of differences / 10" },
        { "autocorrelation difference", f->acd, floor->acd, true, "low",
          "over time, mean over counters" },
        { "KS distance", f->ks, floor->ks, true, "low",
          "distributions of values, mean over counters" },
        { "nearest-neighbour accuracy", near->accuracy, 0, false, "half",
          "telling recorded from synthetic by the nearest window; 0.5 is "
          "ideal" },
        { "neighbour overlap", near->overlap, 0, false, "high",
          "share of the other set among 10 neighbours, twice" },
        { "distance to closest record", near->dcr_median, near->real_median,
          true, "high",
          "median; the floor is that of recorded windows to others" },
        { "identifiability", near->identifiability, 0, false, "low",
          "recorded windows nearer to a synthetic one than to another "
          "recorded one" },
        { "copies", near->copies, 0, false, "low",
          "samples ten times nearer to a recorded window than chance" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(scores); i++)
        add_score(b, &scores[i], i == 0);
}

/* What recorded data score against recorded data: as many windows as were
 * drawn (half of all at most), chosen at random, against the rest. */
static enum tw_status measure_floor(struct pipe *p, const struct pipe_data *d,
                                    struct tw_arena *a, struct tw_fidelity *f,
                                    struct tw_err *err)
{
    const struct tw_windows *w = &d->windows;
    size_t size = w->K * w->L, half = w->n / 2;
    size_t n = d->n_samples < half ? d->n_samples : half;
    float *x = tw_arena_alloc(a, w->n * size, sizeof(float));
    size_t *order = tw_arena_alloc(a, w->n, sizeof(*order));
    struct tw_rng root = tw_rng_seeded(p->seed);
    struct tw_rng rng = tw_rng_split(&root, "floor", 0);

    if (!x || !order)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the scores");
    for (size_t i = 0; i < w->n; i++) {
        size_t j = (size_t)tw_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < w->n; i++)
        memcpy(x + i * size, w->x + order[i] * size, size * sizeof(float));
    struct tw_fidelity_set one = { x, n, w->K, w->L };
    struct tw_fidelity_set two = { x + n * size, w->n - n, w->K, w->L };
    return tw_fidelity_measure(f, a, &two, &one, w->scale, err);
}

static enum tw_status measure(struct pipe *p, struct pipe_data *d,
                              struct tw_arena *a, struct tw_buf *b,
                              struct tw_err *err)
{
    const struct tw_windows *w = &d->windows;
    struct tw_fidelity_set real = { w->x, w->n, w->K, w->L };
    struct tw_fidelity_set synthetic = { d->samples, d->n_samples, w->K, w->L };
    struct tw_near_set near_real = { w->x,       w->n,   w->K * w->L,
                                     w->segment, w->row, w->L };
    struct tw_near_set near_synthetic = { d->samples, d->n_samples, w->K * w->L,
                                          NULL,       NULL,         w->L };
    struct tw_fidelity f, floor;
    struct tw_near near;

    TW_TRY(tw_fidelity_measure(&f, a, &real, &synthetic, w->scale, err));
    TW_TRY(measure_floor(p, d, a, &floor, err));
    TW_TRY(
        tw_near_measure(&near, a, &near_real, &near_synthetic, p->c->be, err));
    tw_buf_adds(b, "{\"counters\": [");
    for (size_t k = 0; k < f.K; k++) {
        tw_buf_adds(b, k ? ",\n {\"name\": " : "\n {\"name\": ");
        tw_json_adds(b, d->trial.counters[w->counter[k]].name);
        tw_buf_adds(b, ", \"real\": ");
        add_side(b, &f.counters[k].real);
        tw_buf_adds(b, ", \"synthetic\": ");
        add_side(b, &f.counters[k].synthetic);
        tw_buf_addc(b, '}');
    }
    tw_buf_adds(b, "], \"scores\": [");
    add_scores(b, &f, &floor, &near);
    tw_buf_adds(b, "]}");
    return tw_buf_check(b, "the fidelity figures", err);
}

/* An even spread of n of the windows, then n samples: one embedding. */
static enum tw_status embed(struct pipe *p, struct pipe_data *d,
                            struct tw_arena *a, struct tw_buf *b,
                            struct tw_err *err)
{
    const struct tw_windows *w = &d->windows;
    size_t size = w->K * w->L, n = w->n;
    struct tw_tsne_config c = tw_tsne_config_default();
    struct tw_tsne s;

    n = n < d->n_samples ? n : d->n_samples;
    n = n < TSNE_EACH ? n : TSNE_EACH;
    if (2 * n < 16) {
        tw_buf_adds(b, "null");
        return TW_OK;
    }
    /* Each point needs about three times as many neighbours. */
    c.perplexity = fmin(PERPLEXITY, (double)(2 * n - 1) / 3);
    float *x = tw_arena_alloc(a, 2 * n * size, sizeof(float));
    if (!x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for t-SNE");
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * size, w->x + i * w->n / n * size, size * sizeof(float));
    memcpy(x + n * size, d->samples, n * size * sizeof(float));
    TW_TRY(tw_tsne_run(&s, a, &(struct tw_tsne_points){ x, 2 * n, size }, &c,
                       p->c->be, p->c->progress, err));
    tw_buf_adds(b, "{\"perplexity\": ");
    tw_json_add_number(b, c.perplexity);
    tw_buf_adds(b, ", \"kl\": ");
    tw_json_add_number(b, s.kl);
    tw_buf_adds(b, ", \"points\": [");
    for (size_t i = 0; i < 2 * n; i++)
        tw_buf_addf(b, "%s[%.4g, %.4g, %d, %d]", i ? ", " : "", s.y[2 * i],
                    s.y[2 * i + 1], i >= n,
                    i < n ? (int)d->clusters.label[i * w->n / n] : -1);
    tw_buf_adds(b, "]}");
    return tw_buf_check(b, "the embedding", err);
}

typedef enum tw_status make_fn(struct pipe *p, struct pipe_data *d,
                               struct tw_arena *a, struct tw_buf *b,
                               struct tw_err *err);

/* A fragment of run.json from the journal, or made and recorded. */
static enum tw_status fragment(struct pipe *p, struct pipe_data *d,
                               const char *stage, make_fn *make,
                               const char **json, struct tw_err *err)
{
    struct tw_arena a;
    struct tw_buf b;
    char step[128];

    snprintf(step, sizeof(step), "%s/%.100s", stage, d->spec->label);
    TW_TRY(tw_pipe_find(p, step, d->sample_key, json, err));
    if (*json) {
        p->r->n_reused++;
        return TW_OK;
    }
    double begun = tw_clock_mono();
    tw_arena_init(&a, (size_t)4 << 30);
    tw_buf_init(&b, 64u << 20);
    enum tw_status st = make(p, d, &a, &b, err);
    double seconds = tw_clock_mono() - begun;
    p->fidelity_s += seconds;
    if (st == TW_OK)
        st = tw_pipe_record(p, step, d->sample_key, &b, seconds, err);
    if (st == TW_OK) {
        *json = tw_pipe_keep(p, &b);
        tw_pipe_say(p, "data '%s': %s in %.1f s", d->spec->label, stage,
                    seconds);
    }
    tw_buf_release(&b);
    tw_arena_release(&a);
    return st;
}

enum tw_status tw_pipe_fidelity(struct pipe *p, struct pipe_data *d,
                                struct tw_err *err)
{
    if (!d->has_generator || d->n_samples < 2)
        return TW_OK;
    TW_TRY(fragment(p, d, "fidelity", measure, &d->fidelity_json, err));
    return fragment(p, d, "tsne", embed, &d->tsne_json, err);
}
