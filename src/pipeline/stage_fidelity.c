/*
 * stage_fidelity.c - how close and how private the samples are: figures and
 * the t-SNE picture.
 *
 * Two steps of the journal, "fidelity" and "tsne", under the key of the
 * samples: samples that were not drawn anew need no new figures. Both leave a
 * JSON text that stage_report.c puts into run.json. They measure the generator
 * and decide nothing.
 */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/json_out.h"
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

/* Of one set of windows and one counter. Quantiles 1, 3 and 5 are 5 %, the
 * median and 95 %. */
static void add_side(struct tw_json_out *o, const char *key,
                     const struct tw_fidelity_side *s)
{
    tw_json_out_object(o, key);
    tw_json_out_number(o, "mean", s->mean);
    tw_json_out_number(o, "std", s->deviation);
    tw_json_out_number(o, "q05", s->quantile[1]);
    tw_json_out_number(o, "q50", s->quantile[3]);
    tw_json_out_number(o, "q95", s->quantile[5]);
    tw_json_out_end(o);
}

struct score {
    const char *name;
    double value;
    double floor; /* the same of recorded data against recorded data */
    bool has_floor;
    const char *better; /* "low", "high", or "half": nearest to 0.5 */
    const char *note;
};

static void add_score(struct tw_json_out *o, const struct score *s)
{
    tw_json_out_line(o, 1);
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "name", s->name);
    tw_json_out_number(o, "value", s->value);
    if (s->has_floor)
        tw_json_out_number(o, "floor", s->floor);
    else
        tw_json_out_null(o, "floor");
    tw_json_out_text(o, "better", s->better);
    tw_json_out_text(o, "note", s->note);
    tw_json_out_end(o);
}

/* Names and notes are texts for people; the report knows three names, see
 * is_privacy() there. */
static void add_scores(struct tw_json_out *o, const struct tw_fidelity *f,
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
        add_score(o, &scores[i]);
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a;

    if (b < least)
        least = b;
    if (c < least)
        least = c;
    return least;
}

/* What recorded data score against recorded data: as many windows as were
 * drawn (half of all at most), chosen at random, against the rest. */
static enum tw_status measure_floor(struct pipe *p, const struct pipe_data *d,
                                    struct tw_arena *a, struct tw_fidelity *f,
                                    struct tw_err *err)
{
    const struct tw_windows *w = &d->windows;
    size_t size = w->K * w->L, half = w->n / 2;
    size_t n = smallest(d->n_samples, half, half);
    float *x = tw_arena_alloc(a, w->n * size, sizeof(float));
    size_t *order = tw_arena_alloc(a, w->n, sizeof(*order));
    struct tw_rng root = tw_rng_seeded(p->seed);
    struct tw_rng rng = tw_rng_split(&root, "floor", 0);

    TW_TRY(tw_arena_check(a, "the scores", err));
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

/* In the order of the windows' counters, which are some of the trial's. */
static void add_counters(struct tw_json_out *o, const struct tw_fidelity *f,
                         const struct pipe_data *d)
{
    tw_json_out_array(o, "counters");
    for (size_t k = 0; k < f->K; k++) {
        size_t counter = d->windows.counter[k];
        tw_json_out_line(o, 1);
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "name", d->trial.counters[counter].name);
        add_side(o, "real", &f->counters[k].real);
        add_side(o, "synthetic", &f->counters[k].synthetic);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* A make_fn: the figures. Windows of the trial overlap, so the nearest
 * neighbour of a recorded window must not be one that shares rows with it;
 * near_real says where each comes from. */
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
    struct tw_json_out o;

    TW_TRY(tw_fidelity_measure(&f, a, &real, &synthetic, w->scale, err));
    TW_TRY(measure_floor(p, d, a, &floor, err));
    TW_TRY(
        tw_near_measure(&near, a, &near_real, &near_synthetic, p->c->be, err));
    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    add_counters(&o, &f, d);
    tw_json_out_array(&o, "scores");
    add_scores(&o, &f, &floor, &near);
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    return tw_buf_check(b, "the fidelity figures", err);
}

/* A point as [x, y, synthetic, cluster]; samples have no cluster. */
static void add_point(struct tw_json_out *o, const struct tw_tsne *s, size_t i,
                      bool synthetic, int cluster)
{
    tw_json_out_array(o, NULL);
    tw_json_out_short(o, NULL, s->y[2 * i], 4);
    tw_json_out_short(o, NULL, s->y[2 * i + 1], 4);
    tw_json_out_int(o, NULL, synthetic);
    tw_json_out_int(o, NULL, cluster);
    tw_json_out_end(o);
}

/* n points of recorded windows, then n of samples. */
static void add_embedding(struct tw_buf *b, const struct pipe_data *d,
                          const struct tw_tsne *s, size_t n, double perplexity)
{
    struct tw_json_out o;

    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    tw_json_out_number(&o, "perplexity", perplexity);
    tw_json_out_number(&o, "kl", s->kl);
    tw_json_out_array(&o, "points");
    for (size_t i = 0; i < n; i++)
        add_point(&o, s, i, false,
                  (int)d->clusters.label[i * d->windows.n / n]);
    for (size_t i = n; i < 2 * n; i++)
        add_point(&o, s, i, true, -1);
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
}

/* An even spread of n of the windows, then n samples: one embedding.  As many
 * of each as both have, and no more than a picture can show: the cost grows
 * with the square of the points. */
static enum tw_status embed(struct pipe *p, struct pipe_data *d,
                            struct tw_arena *a, struct tw_buf *b,
                            struct tw_err *err)
{
    const struct tw_windows *w = &d->windows;
    size_t size = w->K * w->L, n = smallest(w->n, d->n_samples, TSNE_EACH);
    struct tw_tsne_config c = tw_tsne_config_default();
    struct tw_tsne s;

    if (2 * n < 16) {
        tw_buf_adds(b, "null");
        return TW_OK;
    }
    /* Each point needs about three times as many neighbours. */
    c.perplexity = fmin(PERPLEXITY, (double)(2 * n - 1) / 3);
    float *x = tw_arena_alloc(a, 2 * n * size, sizeof(float));
    TW_TRY(tw_arena_check(a, "t-SNE", err));
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * size, w->x + i * w->n / n * size, size * sizeof(float));
    memcpy(x + n * size, d->samples, n * size * sizeof(float));
    TW_TRY(tw_tsne_run(&s, a, &(struct tw_tsne_points){ x, 2 * n, size }, &c,
                       p->c->be, p->c->progress, err));
    add_embedding(b, d, &s, n, c.perplexity);
    return tw_buf_check(b, "the embedding", err);
}

/* Makes a fragment in *b; the arena a is for the work and ends with the
 * call. */
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

/* Nothing to measure without samples; one alone has no neighbour. */
enum tw_status tw_pipe_fidelity(struct pipe *p, struct pipe_data *d,
                                struct tw_err *err)
{
    if (!d->has_generator || d->n_samples < 2)
        return TW_OK;
    TW_TRY(fragment(p, d, "fidelity", measure, &d->fidelity_json, err));
    return fragment(p, d, "tsne", embed, &d->tsne_json, err);
}
