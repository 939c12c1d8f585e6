#include "cli/cli.h"

#include "base/csv.h"
#include "base/file.h"
#include "synth/gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { STEPS_DEFAULT = 20 };

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
      "series to draw (default 32)" },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "OUT.csv",
      "write the series: sample, step, counters (required)" },
    { "cluster", 'k', TW_OPT_TEXT, offsetof(struct args, cluster), "K",
      "around this cluster" },
    { "between", 'b', TW_OPT_TEXT, offsetof(struct args, between), "A,B[,t]",
      "between two clusters; t 0..1 (default 0.5)" },
    { "guidance", 0, TW_OPT_NUMBER, offsetof(struct args, guidance), "G",
      "classifier-free guidance (default 1: none)" },
    { "sampler", 0, TW_OPT_TEXT, offsetof(struct args, sampler), "NAME",
      "dpmpp (default), ddim, or ddpm (all steps)" },
    { "steps", 0, TW_OPT_INT, offsetof(struct args, steps), "S",
      "sampler steps (default 20; 0 for all)" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright sample",
    .args = "MODEL.gguf -n N [--cluster K | --between A,B[,t]] -o OUT.csv",
    .about = "Draws series from a fitted generator, in the trial's units. "
             "Sample i depends on the seed and i only.",
    .opts = opts,
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

/* One row of label weights for all samples. */
static enum tw_status read_labels(const struct args *args, size_t n_clusters,
                                  float *row, bool *given, struct tw_err *err)
{
    const char *s = args->cluster ? args->cluster : args->between;
    size_t a, b;
    double t = 0.5;

    *given = s != NULL;
    if (!s)
        return TW_OK;
    if (args->cluster && args->between)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse --cluster together with --between");
    bool ok = read_cluster(&s, n_clusters, &a);
    if (ok && args->cluster) {
        row[a] = 1.0f;
        ok = *s == '\0';
    } else if (ok) {
        ok = *s == ',';
        s += ok;
        ok = ok && read_cluster(&s, n_clusters, &b);
        if (ok && *s == ',') {
            char *end;
            t = strtod(s + 1, &end);
            ok = end != s + 1 && t >= 0 && t <= 1;
            s = end;
        }
        ok = ok && *s == '\0';
        if (ok) {
            row[a] += (float)(1 - t);
            row[b] += (float)t;
        }
    }
    if (!ok)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse '%.60s': the generator has clusters 0 to %zu",
                       args->cluster ? args->cluster : args->between,
                       n_clusters - 1);
    return TW_OK;
}

static enum tw_status read_sampler(const struct args *args,
                                   enum tw_gen_sampler *sampler,
                                   struct tw_err *err)
{
    const char *name = args->sampler ? args->sampler : "dpmpp";

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

static void add_series(struct tw_buf *b, const struct tw_gen *gen, size_t i,
                       const float *x)
{
    size_t K = tw_gen_counters(gen), L = tw_gen_length(gen);

    for (size_t l = 0; l < L; l++) {
        tw_buf_addf(b, "%zu,%zu", i, l);
        for (size_t k = 0; k < K; k++)
            tw_buf_addf(
                b, ",%.9g",
                tw_scale_restore(tw_gen_scale(gen, k), (double)x[k * L + l]));
        tw_buf_addc(b, '\n');
    }
}

static enum tw_status save(const struct tw_gen *gen, const float *x, size_t n,
                           const char *path, struct tw_err *err)
{
    size_t K = tw_gen_counters(gen), L = tw_gen_length(gen);
    struct tw_buf b;

    tw_buf_init(&b, (size_t)2 << 30);
    tw_buf_adds(&b, "sample,step");
    for (size_t k = 0; k < K; k++) {
        tw_buf_addc(&b, ',');
        tw_csv_add(&b, tw_gen_counter_name(gen, k), ',');
    }
    tw_buf_addc(&b, '\n');
    for (size_t i = 0; i < n; i++)
        add_series(&b, gen, i, x + i * K * L);
    enum tw_status st = tw_buf_check(&b, "the samples", err);
    if (st == TW_OK)
        st = tw_file_write(path, b.bytes, b.len, err);
    tw_buf_release(&b);
    return st;
}

static enum tw_status sample(const struct args *args, struct tw_gen *gen,
                             struct tw_arena *a, struct tw_err *err)
{
    size_t n = args->n > 0 ? (size_t)args->n : 32;
    size_t n_clusters = tw_gen_clusters(gen);
    struct tw_cli_progress progress;
    enum tw_gen_sampler sampler;
    bool given;

    TW_TRY(read_sampler(args, &sampler, err));
    float *labels = tw_arena_alloc(a, n * n_clusters, sizeof(float));
    float *x = tw_arena_alloc(a, n * tw_gen_counters(gen) * tw_gen_length(gen),
                              sizeof(float));
    if (!labels || !x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %zu samples", n);
    TW_TRY(read_labels(args, n_clusters, labels, &given, err));
    for (size_t i = 1; i < n; i++)
        memcpy(labels + i * n_clusters, labels, n_clusters * sizeof(float));
    struct tw_gen_request req = {
        .n = n,
        .labels = given ? labels : NULL,
        .guidance = args->guidance,
        .steps = args->steps >= 0                 ? (size_t)args->steps
                 : sampler == TW_GEN_SAMPLER_DDPM ? 0
                                                  : STEPS_DEFAULT,
        .sampler = sampler,
        .seed = args->common.seed >= 0 ? (uint64_t)args->common.seed : 1,
    };
    enum tw_status st = tw_gen_sample(
        gen, &req, x, tw_cli_progress(&progress, args->common.quiet), err);
    tw_cli_progress_end(&progress);
    return st == TW_OK ? save(gen, x, n, args->out, err) : st;
}

int tw_cmd_sample(int argc, char **argv)
{
    struct args args = { .steps = -1 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    struct tw_backend *be;
    struct tw_gen *gen = NULL;
    struct tw_arena arena;
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest != 1 || !args.out)
        return tw_cli_usage(&usage, "a generator and -o OUT.csv are needed");
    if (args.steps < -1 || args.steps > 100000)
        return tw_cli_usage(&usage, "--steps must be 0 to 100000");
    if (args.n < 0 || args.n > 1000000)
        return tw_cli_usage(&usage, "-n must be 1 to 1000000");
    enum tw_status st = tw_cli_backend(&be, &args.common, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_arena_init(&arena, (size_t)8 << 30);
    tw_buf_init(&out, 4096);
    st = tw_gen_open(&gen, rest[0], be, &err);
    if (st == TW_OK)
        st = sample(&args, gen, &arena, &err);
    if (st == TW_OK) {
        long long n = args.n > 0 ? args.n : 32;
        if (args.common.json)
            tw_buf_addf(&out, "{\"samples\": %lld}\n", n);
        else
            tw_buf_addf(&out, "%lld series: %s\n", n, args.out);
        status = tw_cli_out(&out, TW_EXIT_OK);
    } else {
        status = tw_cli_fail(st, &err);
    }
    tw_gen_free(gen);
    tw_buf_release(&out);
    tw_arena_release(&arena);
    tw_backend_free(be);
    return status;
}
