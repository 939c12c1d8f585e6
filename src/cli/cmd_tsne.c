/*
 * cmd_tsne.c - tsne: rows of a CSV file as points in the plane.
 *
 * The embedding that the report shows, for any table of numbers: exact t-SNE
 * (van der Maaten and Hinton 2008), without the approximations that change its
 * picture, and therefore for some thousand rows only. The same file gives the
 * same bytes on any machine, so that pictures can be compared.
 */
#include "cli/cli.h"
#include "cli/cmd_trial.h"

#include "base/file.h"
#include "fidelity/tsne.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
    struct tw_trial_args trial;
    double perplexity;
    int64_t iterations;
    const char *out;
};

static const struct tw_opt opts[] = {
    { "perplexity", 'p', TW_OPT_NUMBER, offsetof(struct args, perplexity), "P",
      .help = "neighbours that count (default 100)", TW_OPT_RANGE(1, 1000000) },
    { "iterations", 'i', TW_OPT_INT, offsetof(struct args, iterations), "N",
      .help = "of the descent (default 1000)", TW_OPT_RANGE(1, 1000000) },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "OUT.csv",
      .help = "write x,y, one line per row" },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

/* Rows as float; a missing value has no place in a distance. */
static enum tw_status to_points(float **x, struct tw_arena *a,
                                const struct tw_trial *t, struct tw_err *err)
{
    size_t n = t->n_rows * t->n_counters;

    *x = tw_arena_alloc(a, n, sizeof(float));
    TW_TRY(tw_arena_check(a, "the points", err));
    for (size_t i = 0; i < n; i++) {
        if (isnan(t->values[i]))
            return tw_fail(err, TW_EFORMAT, 0,
                           "row %zu, column '%s': t-SNE needs every value",
                           i / t->n_counters + 1,
                           t->counters[i % t->n_counters].name);
        (*x)[i] = (float)t->values[i];
    }
    return TW_OK;
}

/* In the order of the rows that were read, so that other columns of the input
 * can be put beside it for colours. */
static enum tw_status save(const struct tw_tsne *s, const char *path,
                           struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, 64u << 20);
    tw_buf_adds(&b, "x,y\n");
    for (size_t i = 0; i < s->n; i++)
        tw_buf_addf(&b, "%.9g,%.9g\n", s->y[2 * i], s->y[2 * i + 1]);
    enum tw_status st = tw_buf_check(&b, "the embedding", err);
    if (st == TW_OK)
        st = tw_file_write(path, b.bytes, b.len, err);
    tw_buf_release(&b);
    return st;
}

/* *s points into the job's arena. The options of a trial apply, but time and
 * series are of no use here: a row is a point. */
static enum tw_status embed(struct tw_cli_job *job, const struct args *args,
                            struct tw_tsne *s, struct tw_err *err)
{
    struct tw_tsne_config c = tw_tsne_config_default();
    struct tw_cli_progress progress;
    struct tw_trial trial;
    float *x;

    if (args->perplexity > 0)
        c.perplexity = args->perplexity;
    c.iterations = tw_cli_count_or(args->iterations, c.iterations);
    TW_TRY(tw_cli_trial_read(&trial, job, &args->trial, err));
    TW_TRY(to_points(&x, &job->arena, &trial, err));
    struct tw_tsne_points points = { x, trial.n_rows, trial.n_counters };
    enum tw_status st =
        tw_tsne_run(s, &job->arena, &points, &c, job->be,
                    tw_cli_progress(&progress, args->common.quiet), err);
    tw_cli_progress_end(&progress);
    if (st == TW_OK && args->out)
        st = save(s, args->out, err);
    return st;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    struct tw_json_out *o = &job->json;
    struct tw_tsne s;

    TW_TRY(embed(job, args, &s, err));
    if (!args->common.json) {
        tw_buf_addf(&job->out, "%zu points, %zu iterations, KL %.6f\n", s.n,
                    s.iterations, s.kl);
        return TW_OK;
    }
    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "points", s.n);
    tw_json_out_count(o, "iterations", s.iterations);
    tw_json_out_fixed(o, "kl", s.kl, 6);
    tw_cli_json_end(job);
    return TW_OK;
}

const struct tw_cli_command tw_cmd_tsne = {
    .name = "tsne",
    .summary = "embed rows of a CSV file in the plane",
    .usage = {
    .command = "trialwright tsne",
    .args = "FILE.csv --perplexity P -o OUT.csv",
    .about = "Embeds the rows of a CSV file (all numeric columns) in the plane "
             "by exact t-SNE and prints the final KL divergence.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .rest_min = 1,
    .rest_max = 1,
    .rest_wanted = "one file is needed",
    .run = run,
};
