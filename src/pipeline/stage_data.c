/*
 * stage_data.c - Stage I: a trial, its windows and clusters, a generator,
 * samples.
 *
 * Keys of the journal form a chain here: the bytes of the trial and how they
 * are read, then the settings of the generator, then those of the draw.  What
 * comes later is made again when anything before it has changed, and never
 * otherwise; a fit takes minutes, everything else seconds.
 */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum {
    WINDOW_DEFAULT = 48,
    WINDOWS_MAX = 4000, /* of a trial, spread evenly */
    WINDOWS_MIN = 16,   /* fewer: no generator */
    SAMPLES_DEFAULT = 192,
    SAMPLER_STEPS = 20, /* DPM-Solver++; all steps when there are fewer */
};

/* Samples in a window: what the generator is told wins over the data set's. */
static size_t window_length(const struct pipe *p, const struct pipe_data *d)
{
    if (p->project.synth.window > 0)
        return (size_t)p->project.synth.window;
    if (d->spec->window)
        return d->spec->window;
    return WINDOW_DEFAULT;
}

/* Data that are too short for a generator are no error: tests then have
 * recorded and edge inputs, and the user is told why. */
static enum tw_status cut_windows(struct pipe *p, struct pipe_data *d,
                                  struct tw_err *err)
{
    struct tw_window_config wc = { .max_windows = WINDOWS_MAX,
                                   .length = window_length(p, d) };

    struct tw_err why = { 0 };
    enum tw_status st =
        tw_windows_cut(&d->windows, &p->arena, &d->trial, &wc, &why);
    if (st == TW_ENOMEM)
        return tw_fail(err, st, 0, "%s", why.msg);
    if (st != TW_OK || d->windows.n < WINDOWS_MIN) {
        if (st == TW_OK)
            snprintf(why.msg, sizeof(why.msg), "too few windows");
        tw_pipe_say(p, "data '%s': no generator (%s)", d->spec->label, why.msg);
        return TW_OK;
    }
    d->has_windows = true;
    size_t k = tw_pipe_count_or(p->project.synth.clusters, 0); /* 0: found */
    return tw_clusters_find(&d->clusters, &p->arena, &d->windows, k, p->seed,
                            err);
}

/* The key holds what the tests see of the data: bytes, reading, window.  Paths
 * are left out, so a folder may move. */
enum tw_status tw_pipe_read_data(struct pipe *p, struct pipe_data *d,
                                 struct tw_err *err)
{
    struct tw_hash h;

    TW_TRY(tw_trial_read(&d->trial, &p->arena, &d->spec->trial, err));
    if (!p->c->no_generator)
        TW_TRY(cut_windows(p, d, err));
    tw_hash_init(&h);
    tw_hash_adds(&h, d->trial.sha256);
    tw_trial_config_hash(&h, &d->spec->trial);
    tw_hash_add_u64(&h, d->spec->window);
    tw_hash_add_u64(&h, d->spec->missing);
    tw_hash_hex(&h, d->key);
    tw_pipe_say(p, "data '%s': %zu rows, %zu segments, %zu counters",
                d->spec->label, d->trial.n_rows, d->trial.n_segments,
                d->trial.n_counters);
    return TW_OK;
}

/* The quick settings are those that fit in minutes on two cores (docs/
 * decisions/0002); a project may ask for more.  One checkpoint in ten parts of
 * the way: a run that is killed loses a tenth at most. */
struct tw_gen_config tw_pipe_gen_config(const struct pipe *p)
{
    const struct tw_project_synth *s = &p->project.synth;
    struct tw_gen_config c = tw_gen_config_quick();

    if (s->steps > 0)
        c.steps = (size_t)s->steps;
    c.checkpoint_every = c.steps / 10 + 1;
    c.seed = p->seed;
    if (s->channels > 0)
        c.channels = (size_t)s->channels;
    if (s->layers > 0)
        c.layers = (size_t)s->layers;
    if (s->diffusion_steps > 0)
        c.diffusion_steps = (size_t)s->diffusion_steps;
    if (s->batch > 0)
        c.batch = (size_t)s->batch;
    if (s->lr > 0)
        c.lr = s->lr;
    return c;
}

/* All that a fitted generator depends on. */
static void make_fit_key(struct pipe *p, struct pipe_data *d)
{
    struct tw_gen_config c = tw_pipe_gen_config(p);
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, d->key);
    tw_hash_adds(&h, p->c->version);
    tw_hash_add_u64(&h, d->windows.L);
    tw_hash_add_u64(&h, d->windows.n);
    tw_hash_add_u64(&h, d->clusters.k);
    tw_gen_config_hash(&h, &c);
    /* Kernel levels round differently: their results are not mixed. */
    tw_hash_add_u64(&h, p->c->be->level);
    tw_hash_hex(&h, d->fit_key);
}

/* Is the generator of this step still in the run folder, unchanged?  The file
 * is the user's to delete or to replace, and the journal cannot know: its hash
 * decides. */
static bool generator_whole(const struct pipe_data *d, const char *json)
{
    struct tw_file_map m;
    struct tw_json *root = NULL;
    char hex[TW_HASH_HEX_SIZE];
    bool whole = false;

    if (tw_json_parse(&root, json, strlen(json), NULL) != TW_OK)
        return false;
    const char *want = tw_json_text(tw_json_get(root, "sha256"), NULL);
    if (want && tw_file_map_open(&m, d->generator_path, NULL) == TW_OK) {
        tw_hash_bytes_hex(m.bytes, m.len, hex);
        whole = strcmp(hex, want) == 0;
        tw_file_map_close(&m);
    }
    tw_json_free(root);
    return whole;
}

/* The fragment of run.json goes into the journal as text, because later runs
 * show a generator that they have not fitted themselves. */
static enum tw_status describe_fit(struct pipe *p, struct pipe_data *d,
                                   const struct tw_gen_fit *fit, double seconds,
                                   struct tw_err *err)
{
    struct tw_gen_config c = tw_pipe_gen_config(p);
    struct tw_file_map m;
    struct tw_buf b;
    char hex[TW_HASH_HEX_SIZE];

    TW_TRY(tw_file_map_open(&m, d->generator_path, err));
    tw_hash_bytes_hex(m.bytes, m.len, hex);
    TW_TRY(tw_file_map_end(&m, TW_OK, err));
    tw_buf_init(&b, 4096);
    tw_buf_addf(&b,
                "{\"kind\": \"sssd\", \"parameters\": %zu, \"channels\": %zu, "
                "\"layers\": %zu, \"steps\": %zu, \"sha256\": \"%s\", "
                "\"loss\": ",
                fit->n_parameters, c.channels, c.layers, c.steps, hex);
    tw_json_add_number(&b, fit->loss);
    tw_buf_adds(&b, "}");
    char step[128];
    snprintf(step, sizeof(step), "fit/%.100s", d->spec->label);
    enum tw_status st = tw_pipe_record(p, step, d->fit_key, &b, seconds, err);
    d->fit_json = tw_pipe_keep(p, &b);
    tw_buf_release(&b);
    return st;
}

/* The generator is in its file before the journal knows of it: killed between
 * the two, a run fits again from the last checkpoint, which is removed last. */
static enum tw_status train(struct pipe *p, struct pipe_data *d,
                            struct tw_err *err)
{
    struct tw_gen_config config = tw_pipe_gen_config(p);
    struct tw_gen_fit fit;
    char checkpoint[4200];
    double begun = tw_clock_mono();

    /* A checkpoint of other data or settings has another name: it is left where
     * it is, for a user may go back to them. */
    snprintf(checkpoint, sizeof(checkpoint), "%.4096s.%.12s.ckpt",
             d->generator_path, d->fit_key);
    tw_pipe_say(p,
                "data '%s': fitting SSSD to %zu windows of %zu, %zu "
                "clusters, %zu steps",
                d->spec->label, d->windows.n, d->windows.L, d->clusters.k,
                config.steps);
    const struct tw_gen_data data = { &d->trial, &d->windows, &d->clusters };
    TW_TRY(tw_gen_train(&d->gen, &data, &config, p->c->be, checkpoint,
                        p->c->progress, &fit, err));
    TW_TRY(tw_gen_save(d->gen, d->generator_path, err));
    double seconds = tw_clock_mono() - begun;
    p->fit_s += seconds;
    TW_TRY(describe_fit(p, d, &fit, seconds, err));
    if (tw_file_exists(checkpoint))
        TW_TRY(tw_file_remove(checkpoint, err));
    const char *resumed = "";
    if (fit.step_resumed)
        resumed = " (resumed)";
    tw_pipe_say(p, "data '%s': loss %.4f after %.1f s%s", d->spec->label,
                fit.loss, seconds, resumed);
    return TW_OK;
}

/* Path, key and step of the generator; *json from the journal when the file
 * is whole too. */
static enum tw_status find_fit(struct pipe *p, struct pipe_data *d,
                               const char **json, struct tw_err *err)
{
    char name[128], step[128];

    snprintf(name, sizeof(name), "generator-%.80s.gguf", d->spec->label);
    for (char *s = name; *s; s++)
        if (*s == '/')
            *s = '_';
    snprintf(step, sizeof(step), "fit/%.100s", d->spec->label);
    d->generator_path = tw_file_join(&p->arena, p->dir, name);
    if (!d->generator_path)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a path");
    make_fit_key(p, d);
    TW_TRY(tw_pipe_find(p, step, d->fit_key, json, err));
    if (*json && !generator_whole(d, *json))
        *json = NULL;
    return TW_OK;
}

/* Opened only when something is drawn: a run of reused steps reads no weights.
 */
enum tw_status tw_pipe_fit(struct pipe *p, struct pipe_data *d,
                           struct tw_err *err)
{
    const char *json;

    if (!d->has_windows)
        return TW_OK;
    TW_TRY(find_fit(p, d, &json, err));
    if (json) {
        d->fit_json = json;
        p->r->n_reused++;
        tw_pipe_say(p, "data '%s': generator unchanged, reused",
                    d->spec->label);
    } else {
        TW_TRY(train(p, d, err));
    }
    d->has_generator = true;
    return TW_OK;
}

/* Sample i is a function of the seed and i, so a test may draw some of its own
 * without a change of those that all tests share. */
enum tw_status tw_pipe_draw(struct pipe *p, struct pipe_data *d, size_t n,
                            const float *labels, uint64_t seed, float *x,
                            struct tw_err *err)
{
    size_t T = tw_pipe_gen_config(p).diffusion_steps;
    struct tw_gen_request req = { .n = n, .labels = labels, .seed = seed };

    req.sampler = TW_GEN_SAMPLER_DPMPP;
    if (T > SAMPLER_STEPS)
        req.steps = SAMPLER_STEPS; /* 0: all */
    if (!d->gen)
        TW_TRY(tw_gen_open(&d->gen, d->generator_path, p->c->be, err));
    return tw_gen_sample(d->gen, &req, x, p->c->progress, err);
}

static void count_samples(const struct pipe *p, struct pipe_data *d)
{
    d->n_samples = tw_pipe_count_or(p->project.synth.samples, SAMPLES_DEFAULT);
}

/* Behind the fit's: how many were drawn, and how. */
static void make_sample_key(struct pipe *p, struct pipe_data *d)
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, d->fit_key);
    tw_hash_add_u64(&h, d->n_samples);
    tw_hash_add_u64(&h, SAMPLER_STEPS);
    tw_hash_add_u64(&h, p->seed);
    tw_hash_hex(&h, d->sample_key);
}

/* plan asks without making anything; keys of later steps are made all the
 * same, for it asks about these next. */
enum tw_status tw_pipe_fit_done(struct pipe *p, struct pipe_data *d, bool *done,
                                struct tw_err *err)
{
    const char *json;

    TW_TRY(find_fit(p, d, &json, err));
    *done = json != NULL;
    /* The keys of the tests hang on that of the samples. */
    d->has_generator = *done;
    count_samples(p, d);
    make_sample_key(p, d);
    return TW_OK;
}

/* The journal holds the scaled floats as they are in memory: a run goes on on
 * the machine where it began, and a payload of another size is none. */
static enum tw_status find_samples(struct pipe *p, struct pipe_data *d,
                                   const char *step, bool *found,
                                   struct tw_err *err)
{
    size_t size = d->n_samples * d->windows.K * d->windows.L * sizeof(float);
    struct tw_buf b;

    tw_buf_init(&b, size);
    enum tw_status st = tw_pipe_get(p, step, d->sample_key, &b, found, err);
    if (st == TW_OK && *found && b.len == size)
        memcpy(d->samples, b.bytes, size);
    *found = *found && b.len == size;
    tw_buf_release(&b);
    return st;
}

/* Scaled samples stay for the picture and the figures; tests get them
 * restored, in the units of the trial. */
enum tw_status tw_pipe_sample(struct pipe *p, struct pipe_data *d,
                              struct tw_err *err)
{
    char step[128];
    bool found;

    if (!d->has_generator)
        return TW_OK;
    count_samples(p, d);
    size_t floats = d->n_samples * d->windows.K * d->windows.L;
    d->samples = tw_arena_alloc(&p->arena, floats, sizeof(float));
    if (!d->samples)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the samples");
    make_sample_key(p, d);
    snprintf(step, sizeof(step), "sample/%.100s", d->spec->label);
    TW_TRY(find_samples(p, d, step, &found, err));
    if (found) {
        p->r->n_reused++;
        tw_pipe_say(p, "data '%s': %zu samples unchanged, reused",
                    d->spec->label, d->n_samples);
    } else {
        double begun = tw_clock_mono();
        TW_TRY(
            tw_pipe_draw(p, d, d->n_samples, NULL, p->seed, d->samples, err));
        double seconds = tw_clock_mono() - begun;
        p->sample_s += seconds;
        TW_TRY(tw_store_put(p->store, step, d->sample_key, d->samples,
                            floats * sizeof(float), seconds, err));
        tw_pipe_say(p, "data '%s': %zu samples in %.1f s", d->spec->label,
                    d->n_samples, seconds);
    }
    return tw_pipe_restore(p, d, d->samples, d->n_samples, "", &d->synth, err);
}

/* x: (n, K, L) scaled, K counters and L rows; the result has the same shape. */
enum tw_status tw_pipe_restore(struct pipe *p, const struct pipe_data *d,
                               const float *x, size_t n, const char *label,
                               struct tw_case_synth *s, struct tw_err *err)
{
    size_t K = d->windows.K, L = d->windows.L;
    double *values = tw_arena_alloc(&p->arena, n * K * L, sizeof(double));
    const char **names = tw_arena_alloc(&p->arena, K, sizeof(*names));

    if (!values || !names)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the samples");
    for (size_t k = 0; k < K; k++)
        names[k] = d->trial.counters[d->windows.counter[k]].name;
    for (size_t i = 0; i < n * K; i++)
        tw_scale_restore_series(&d->windows.scale[i % K], x + i * L, L,
                                values + i * L);
    *s = (struct tw_case_synth){
        .x = values,
        .n = n,
        .K = K,
        .L = L,
        .counters = names,
        .label = label,
    };
    return TW_OK;
}
