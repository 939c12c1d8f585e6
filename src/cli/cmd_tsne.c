#include "cli/cli.h"
#include "cli/cli_trial.h"

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
      "neighbours that count (default 100)" },
    { "iterations", 'i', TW_OPT_INT, offsetof(struct args, iterations), "N",
      "of the descent (default 1000)" },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "OUT.csv",
      "write x,y, one line per row" },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright tsne",
    .args = "FILE.csv --perplexity P -o OUT.csv",
    .about = "Embeds the rows of a CSV file (all numeric columns) in the plane "
             "by exact t-SNE and prints the final KL divergence.",
    .opts = opts,
};

/* Rows as float; a missing value has no place in a distance. */
static enum tw_status to_points(float **x, struct tw_arena *a,
                                const struct tw_trial *t, struct tw_err *err)
{
    size_t n = t->n_rows * t->n_counters;

    *x = tw_arena_alloc(a, n, sizeof(float));
    if (!*x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the points");
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

static enum tw_status embed(const struct args *args, const char *path,
                            struct tw_backend *be, struct tw_arena *a,
                            struct tw_tsne *s, struct tw_err *err)
{
    struct tw_tsne_config c = tw_tsne_config_default();
    struct tw_cli_progress progress;
    struct tw_trial trial;
    float *x;

    if (args->perplexity > 0)
        c.perplexity = args->perplexity;
    if (args->iterations > 0)
        c.iterations = (size_t)args->iterations;
    TW_TRY(tw_cli_trial_read(&trial, a, &args->trial, &path, 1, err));
    TW_TRY(to_points(&x, a, &trial, err));
    struct tw_tsne_points points = { x, trial.n_rows, trial.n_counters };
    enum tw_status st =
        tw_tsne_run(s, a, &points, &c, be,
                    tw_cli_progress(&progress, args->common.quiet), err);
    tw_cli_progress_end(&progress);
    if (st == TW_OK && args->out)
        st = save(s, args->out, err);
    return st;
}

int tw_cmd_tsne(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    struct tw_backend *be;
    struct tw_arena arena;
    struct tw_tsne s;
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest != 1)
        return tw_cli_usage(&usage, "one file is needed");
    enum tw_status st = tw_cli_backend(&be, &args.common, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_arena_init(&arena, (size_t)8 << 30);
    tw_buf_init(&out, 4096);
    st = embed(&args, rest[0], be, &arena, &s, &err);
    if (st == TW_OK) {
        if (args.common.json)
            tw_buf_addf(&out,
                        "{\"points\": %zu, \"iterations\": %zu, \"kl\": "
                        "%.6f}\n",
                        s.n, s.iterations, s.kl);
        else
            tw_buf_addf(&out, "%zu points, %zu iterations, KL %.6f\n", s.n,
                        s.iterations, s.kl);
        status = tw_cli_out(&out, TW_EXIT_OK);
    } else {
        status = tw_cli_fail(st, &err);
    }
    tw_buf_release(&out);
    tw_arena_release(&arena);
    tw_backend_free(be);
    return status;
}
