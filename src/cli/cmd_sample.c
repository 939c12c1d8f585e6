/*
 * cmd_sample.c - sample: series from a fitted generator, as CSV.
 *
 * Sample i depends on the seed and on i only: the first ten of a hundred are
 * the ten that -n 10 draws. Values are in the trial's units, since the
 * generator's file has the scales of its counters.
 */
#include "cli/cli.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/number.h"
#include "synth/gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { STEPS_DEFAULT = 20, SERIES_DEFAULT = 32 };

struct args {
    struct tw_common common;
    const char *out;
    int64_t n;
    const char *cluster;
    const char *between;
    double guidance;
    const char *sampler;
    int64_t steps;
};

static const struct tw_opt opts[] = {
    { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N",
      .help = "series to draw (default 32)", TW_OPT_RANGE(1, 1000000) },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "OUT.csv",
      .help = "write the series: sample, step, counters (required)" },
    { "cluster", 'k', TW_OPT_TEXT, offsetof(struct args, cluster), "K",
      .help = "around this cluster" },
    { "between", 'b', TW_OPT_TEXT, offsetof(struct args, between), "A,B[,t]",
      .help = "between two clusters; t 0..1 (default 0.5)" },
    { "guidance", 0, TW_OPT_NUMBER, offsetof(struct args, guidance), "G",
      .help = "classifier-free guidance (default 1: none)",
      TW_OPT_RANGE(0.001, 100) },
    { "sampler", 0, TW_OPT_TEXT, offsetof(struct args, sampler), "NAME",
      .help = "dpmpp (default), ddim, or ddpm (all steps)" },
    { "steps", 0, TW_OPT_INT, offsetof(struct args, steps), "S",
      .help = "sampler steps (default 20; 0 for all)",
      TW_OPT_RANGE(0, 100000) },
    TW_COMMON_OPTS(struct args),
};

/* A cluster number below n_clusters at *text, which is moved behind it. */
static bool read_cluster(const char **text, size_t n_clusters, size_t *k)
{
    char *end;
    unsigned long v = strtoul(*text, &end, 10);

    if (end == *text || v >= n_clusters || **text == '-')
        return false;
    *k = v;
    *text = end;
    return true;
}

/* "A,B" or "A,B,t": the weights of two clusters, which add up to 1. */
static bool read_between(const char *s, size_t n_clusters, float *row)
{
    size_t a, b;
    double t = 0.5;

    if (!read_cluster(&s, n_clusters, &a) || *s != ',')
        return false;
    s++;
    if (!read_cluster(&s, n_clusters, &b))
        return false;
    if (*s == ',') {
        char *end;
        t = strtod(s + 1, &end);
        if (end == s + 1 || !(t >= 0 && t <= 1))
            return false;
        s = end;
    }
    if (*s != '\0')
        return false;
    row[a] += (float)(1 - t);
    row[b] += (float)t;
    return true;
}

/* "K": all weight on one cluster. */
static bool read_single(const char *s, size_t n_clusters, float *row)
{
    size_t k;

    if (!read_cluster(&s, n_clusters, &k) || *s != '\0')
        return false;
    row[k] = 1.0f;
    return true;
}

/* One row of label weights (n_clusters, zero before) for all samples; *given
 * is false when the generator shall draw without a condition. */
static enum tw_status read_labels(const struct args *args, size_t n_clusters,
                                  float *row, bool *given, struct tw_err *err)
{
    const char *text = tw_cli_text_or(args->cluster, args->between);
    bool ok = false;

    *given = text != NULL;
    if (!text)
        return TW_OK;
    if (args->cluster && args->between)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse --cluster together with --between");
    if (args->cluster)
        ok = read_single(text, n_clusters, row);
    else
        ok = read_between(text, n_clusters, row);
    if (!ok)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse '%.60s': the generator has clusters 0 to %zu",
                       text, n_clusters - 1);
    return TW_OK;
}

/* Three ways from noise to a series: dpmpp and ddim need few steps, ddpm all
 * of them. */
static enum tw_status read_sampler(const struct args *args,
                                   enum tw_gen_sampler *sampler,
                                   struct tw_err *err)
{
    const char *name = tw_cli_text_or(args->sampler, "dpmpp");

    *sampler = TW_GEN_SAMPLER_DPMPP;
    if (strcmp(name, "ddim") == 0)
        *sampler = TW_GEN_SAMPLER_DDIM;
    else if (strcmp(name, "ddpm") == 0)
        *sampler = TW_GEN_SAMPLER_DDPM;
    else if (strcmp(name, "dpmpp") != 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse --sampler '%.20s': dpmpp, ddim, ddpm", name);
    return TW_OK;
}

/* raw: (K, L) of one sample in the trial's units; a row of the file is one step
 * with all counters. */
static void add_series(struct tw_buf *b, size_t i, const double *raw, size_t K,
                       size_t L)
{
    for (size_t l = 0; l < L; l++) {
        tw_buf_addf(b, "%zu,%zu", i, l);
        for (size_t k = 0; k < K; k++) {
            tw_buf_addc(b, ',');
            tw_number_add(b, raw[k * L + l]);
        }
        tw_buf_addc(b, '\n');
    }
}

/* x: (n, K, L). The first two columns let other tools group the rows; the
 * names of the counters are the trial's. */
static enum tw_status save(const struct tw_gen *gen, const float *x, size_t n,
                           struct tw_arena *a, const char *path,
                           struct tw_err *err)
{
    size_t K = tw_gen_counters(gen), L = tw_gen_length(gen);
    double *raw = tw_arena_alloc(a, K * L, sizeof(*raw)); /* of one sample */
    struct tw_buf b;

    TW_TRY(tw_arena_check(a, "the samples", err));
    tw_buf_init(&b, (size_t)2 << 30);
    tw_buf_adds(&b, "sample,step");
    for (size_t k = 0; k < K; k++) {
        tw_buf_addc(&b, ',');
        tw_csv_add(&b, tw_gen_counter_name(gen, k), ',');
    }
    tw_buf_addc(&b, '\n');
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < K; k++)
            tw_scale_restore_series(tw_gen_scale(gen, k), x + (i * K + k) * L,
                                    L, raw + k * L);
        add_series(&b, i, raw, K, L);
    }
    enum tw_status st = tw_buf_check(&b, "the samples", err);
    if (st == TW_OK)
        st = tw_file_write(path, b.bytes, b.len, err);
    tw_buf_release(&b);
    return st;
}

/* -1: not given.  ddpm is defined on all steps, the others need few. */
static size_t n_steps(const struct args *args, enum tw_gen_sampler sampler)
{
    if (args->steps >= 0)
        return (size_t)args->steps;
    return sampler == TW_GEN_SAMPLER_DDPM ? 0 : STEPS_DEFAULT;
}

/* labels: (n, n_clusters), the same row for each sample. Without a condition
 * the generator draws from all clusters as often as they occur. */
static enum tw_status sample(const struct args *args, struct tw_gen *gen,
                             struct tw_arena *a, struct tw_err *err)
{
    size_t n = tw_cli_count_or(args->n, SERIES_DEFAULT);
    size_t n_clusters = tw_gen_clusters(gen);
    struct tw_cli_progress progress;
    enum tw_gen_sampler sampler;
    bool given;

    TW_TRY(read_sampler(args, &sampler, err));
    float *labels = tw_arena_alloc(a, n * n_clusters, sizeof(float));
    float *x = tw_arena_alloc(a, n * tw_gen_counters(gen) * tw_gen_length(gen),
                              sizeof(float));
    TW_TRY(tw_arena_check(a, "the samples", err));
    TW_TRY(read_labels(args, n_clusters, labels, &given, err));
    for (size_t i = 1; i < n; i++)
        memcpy(labels + i * n_clusters, labels, n_clusters * sizeof(float));
    struct tw_gen_request req = {
        .n = n,
        .guidance = args->guidance,
        .steps = n_steps(args, sampler),
        .sampler = sampler,
        .seed = tw_cli_seed_or(&args->common, 1),
    };
    if (given)
        req.labels = labels;
    enum tw_status st = tw_gen_sample(
        gen, &req, x, tw_cli_progress(&progress, args->common.quiet), err);
    tw_cli_progress_end(&progress);
    TW_TRY(st);
    return save(gen, x, n, a, args->out, err);
}

static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct args *args = options;

    (void)rest;
    if (n_rest != 1 || !args->out)
        return "a generator and -o OUT.csv are needed";
    return NULL;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    size_t n = tw_cli_count_or(args->n, SERIES_DEFAULT);
    struct tw_gen *gen;

    TW_TRY(tw_gen_open(&gen, job->rest[0], job->be, err));
    enum tw_status st = sample(args, gen, &job->arena, err);
    tw_gen_free(gen);
    TW_TRY(st);
    if (!args->common.json) {
        tw_buf_addf(&job->out, "%zu series: ", n);
        tw_cli_add_name(&job->out, args->out);
        tw_buf_addc(&job->out, '\n');
        return TW_OK;
    }
    tw_json_out_object(&job->json, NULL);
    tw_json_out_count(&job->json, "samples", n);
    tw_cli_json_end(job);
    return TW_OK;
}

static const struct args defaults = { .steps = -1, .guidance = 1 };

const struct tw_cli_command tw_cmd_sample = {
    .name = "sample",
    .summary = "draw series from a generator",
    .usage = {
    .command = "trialwright sample",
    .args = "MODEL.gguf -n N [--cluster K | --between A,B[,t]] -o OUT.csv",
    .about = "Draws series from a fitted generator, in the trial's units. "
             "Sample i depends on the seed and i only.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .defaults = &defaults,
    .backend = true,
    .mistake = mistake,
    .run = run,
};
