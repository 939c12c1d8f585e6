/*
 * cmd_codet.c - codet: selection by generated tests, measured on recorded
 * answers.
 *
 * Programs and tests of one model are run against each other, and the program
 * is chosen that most programs and tests agree on (CodeT, Chen et al. 2022).
 * The command measures how often that choice is right for different numbers of
 * programs and of assertions, beside a choice at random and the best possible
 * one. bench/codet.h does the work; here are its options and the table.
 */
#include "cli/cli.h"

#include "bench/codet.h"

#include <stdio.h>
#include <stdlib.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* The lists stay texts here and are read twice, for the check and for the
 * work. */
struct args {
    struct tw_common common;
    const char *data, *samples, *tests, *prompts;
    const char *ns, *nts;
    double assert_s, time_s;
    int64_t per_sample;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "data", 'd', TW_OPT_TEXT, offsetof(struct args, data), "FILE",
      .help = "the task set: prompts, tests that count" },
    { "samples", 's', TW_OPT_TEXT, offsetof(struct args, samples), "FILE",
      .help = "recorded programs: continuations of the prompts" },
    { "tests", 0, TW_OPT_TEXT, offsetof(struct args, tests), "FILE",
      .help = "recorded tests: continuations of 'assert '" },
    { "prompts", 0, TW_OPT_TEXT, offsetof(struct args, prompts), "FILE",
      .help =
          "task ids of the prompts of --tests (default: by function name)" },
    { "programs", 'n', TW_OPT_TEXT, offsetof(struct args, ns), "3,5,10",
      .help = "programs of a task that are compared" },
    { "asserts", 0, TW_OPT_TEXT, offsetof(struct args, nts), "1,5,10,20,60",
      .help = "assertions of a task that they run" },
    { "per-sample", 0, TW_OPT_INT, offsetof(struct args, per_sample), "N",
      .help = "assertions taken from one test sample (default 5)",
      TW_OPT_RANGE(1, 1000000) },
    { "assert-time", 0, TW_OPT_NUMBER, offsetof(struct args, assert_s), "S",
      .help = "limit of one generated assertion (default 0.1)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "time", 't', TW_OPT_NUMBER, offsetof(struct args, time_s), "S",
      .help = "limit of one program with its tests (default 10)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      .help = "go on without namespaces; every verdict then says so" },
    TW_COMMON_OPTS(struct args),
};

/* "3,5,10" into v; 0 stands for malformed. They are numbers of programs or of
 * assertions, so 0 makes no sense among them. */
static size_t read_list(size_t v[TW_CODET_NS_MAX], const char *text)
{
    size_t n = 0;
    char *end;

    for (const char *at = text; *at; at = end + (*end == ',')) {
        unsigned long x = strtoul(at, &end, 10);
        if (end == at || (*end && (*end != ',' || !end[1])) || x < 1 ||
            x > 100000 || n == TW_CODET_NS_MAX)
            return 0;
        v[n++] = x;
    }
    return n;
}

/* ---- output ---- */

/* All figures are shares of the tasks, in per cent. "most" is given for the
 * largest number of assertions only, where it is at its best. */
static void add_row(struct tw_buf *b, const struct tw_codet_config *c,
                    const struct tw_codet_report *r, size_t i)
{
    tw_buf_addf(b, "%8zu %8.2f", c->ns[i], 100 * r->random[i]);
    for (size_t k = 0; k < c->n_nts; k++)
        tw_buf_addf(b, " %8.2f", 100 * r->cells[i][k].chosen);
    tw_buf_addf(b, " %8.2f %8.2f\n", 100 * r->cells[i][c->n_nts - 1].most,
                100 * r->oracle[i]);
}

/* Runs of the jail in a second; 0 where everything came from memory. */
static double rate(const struct tw_codet_report *r)
{
    return r->wall_s > 0 ? (double)r->n_runs / r->wall_s : 0;
}

/* Rows: how many programs were compared; columns: how many assertions they
 * ran. The widths are fixed, so that tables of two runs can be compared with
 * diff. */
static void add_table(struct tw_buf *b, const struct tw_codet_config *c,
                      const struct tw_codet_report *r)
{
    tw_buf_addf(
        b,
        "%zu tasks; %.1f distinct generated assertions of a task; %% of "
        "tasks whose chosen program passes\n\nprograms   random",
        r->n_tasks, r->tests_mean);
    for (size_t k = 0; k < c->n_nts; k++)
        tw_buf_addf(b, " %3zu test%s", c->nts[k], c->nts[k] == 1 ? " " : "s");
    tw_buf_adds(b, "   most *   oracle\n");
    for (size_t i = 0; i < c->n_ns; i++)
        add_row(b, c, r, i);
    tw_buf_addf(b,
                "\n* most tests passed, without the factor of agreement\n"
                "%zu distinct programs, %zu runs, %zu assertions in %.1f s: "
                "%.0f runs/s; %zu faults of the harness\n",
                r->n_programs, r->n_runs, r->n_asserts, r->wall_s, rate(r),
                r->n_harness);
}

static void add_numbers(struct tw_json_out *o, const char *name,
                        const double *v, size_t n)
{
    tw_json_out_array(o, name);
    for (size_t i = 0; i < n; i++)
        tw_json_out_number(o, NULL, v[i]);
    tw_json_out_end(o);
}

/* Row i: so many programs were compared; its lists go along the numbers of
 * assertions. */
static void add_json_row(struct tw_json_out *o, const struct tw_codet_config *c,
                         const struct tw_codet_report *r, size_t i)
{
    double chosen[TW_CODET_NS_MAX], most[TW_CODET_NS_MAX];

    for (size_t k = 0; k < c->n_nts; k++) {
        chosen[k] = r->cells[i][k].chosen;
        most[k] = r->cells[i][k].most;
    }
    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "n", c->ns[i]);
    tw_json_out_number(o, "random", r->random[i]);
    tw_json_out_number(o, "oracle", r->oracle[i]);
    add_numbers(o, "chosen", chosen, c->n_nts);
    add_numbers(o, "most", most, c->n_nts);
    tw_json_out_end(o);
}

/* With the hashes of all three inputs: the figures of two models can only be
 * compared when the tasks and their tests are the same. Compact, as earlier
 * versions wrote it. */
static void add_json(struct tw_json_out *o, const struct tw_codet_config *c,
                     const struct tw_codet_report *r)
{
    o->compact = true;
    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "tasks", r->n_tasks);
    tw_json_out_text(o, "data_sha256", c->set->sha256);
    tw_json_out_text(o, "samples_sha256", c->samples->sha256);
    tw_json_out_text(o, "tests_sha256", c->tests->sha256);
    tw_json_out_number(o, "asserts_mean", r->tests_mean);
    tw_json_out_count(o, "programs", r->n_programs);
    tw_json_out_count(o, "runs", r->n_runs);
    tw_json_out_count(o, "asserts", r->n_asserts);
    tw_json_out_count(o, "harness", r->n_harness);
    tw_json_out_fixed(o, "wall_s", r->wall_s, 3);
    tw_json_out_array(o, "rows");
    for (size_t i = 0; i < c->n_ns; i++)
        add_json_row(o, c, r, i);
    tw_json_out_end(o);
}

/* ---- the command ---- */

/* The three files of the command line. Samples point into the set, so they are
 * released first. */
struct loaded {
    struct tw_taskset set;
    struct tw_samples samples, tests;
    bool has_set, has_samples, has_tests;
};

/* The flags say what unload() has to release after a failure half-way. */
static enum tw_status load(struct loaded *l, const struct args *args,
                           struct tw_err *err)
{
    TW_TRY(tw_taskset_load(&l->set, args->data, NULL, err));
    l->has_set = true;
    TW_TRY(tw_samples_load(&l->samples, args->samples, NULL, &l->set, err));
    l->has_samples = true;
    TW_TRY(
        tw_samples_load(&l->tests, args->tests, args->prompts, &l->set, err));
    l->has_tests = true;
    return TW_OK;
}

static void unload(struct loaded *l)
{
    if (l->has_tests)
        tw_samples_release(&l->tests);
    if (l->has_samples)
        tw_samples_release(&l->samples);
    if (l->has_set)
        tw_taskset_release(&l->set);
}

/* Numbers of programs and of assertions; the lists were checked before. */
static struct tw_codet_config make_config(const struct args *args)
{
    struct tw_codet_config c = { .assert_s = args->assert_s,
                                 .time_s = args->time_s,
                                 .per_sample = (size_t)args->per_sample };

    c.n_ns = read_list(c.ns, args->ns);
    c.n_nts = read_list(c.nts, args->nts);
    return c;
}

/* The jail and the pool are left in *c for the caller to close, on failure
 * too: both closers accept NULL. */
static enum tw_status measure(struct tw_codet_report *report,
                              struct tw_codet_config *c, struct loaded *l,
                              const struct args *args, struct tw_err *err)
{
    struct tw_cli_progress progress;

    TW_TRY(load(l, args, err));
    TW_TRY(tw_cli_jail_open(&c->jail, args->weak, err));
    TW_TRY(tw_pool_new(&c->pool, (unsigned)args->common.threads, err));
    c->set = &l->set;
    c->samples = &l->samples;
    c->tests = &l->tests;
    c->progress = tw_cli_progress(&progress, args->common.quiet);
    enum tw_status st = tw_codet_run(report, c, err);
    tw_cli_progress_end(&progress);
    return st;
}

static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct args *args = options;
    size_t v[TW_CODET_NS_MAX];

    (void)rest;
    if (n_rest || !args->data || !args->samples || !args->tests)
        return "--data, --samples and --tests are needed";
    if (!read_list(v, args->ns) || !read_list(v, args->nts))
        return "-n and --asserts take up to 8 numbers with commas between";
    if (args->per_sample < 1 || args->per_sample > 1000 ||
        !(args->assert_s > 0) || !(args->time_s > 0))
        return "--per-sample and the limits are positive";
    return NULL;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    struct tw_codet_config c = make_config(args);
    struct tw_codet_report report;
    struct loaded l = { 0 };

    enum tw_status st = measure(&report, &c, &l, args, err);
    if (st == TW_OK && args->common.json) {
        add_json(&job->json, &c, &report);
        tw_cli_json_end(job);
    } else if (st == TW_OK) {
        add_table(&job->out, &c, &report);
    }
    /* A fault of the harness makes the figures worthless. */
    if (st == TW_OK && report.n_harness)
        job->status = TW_EXIT_INTERNAL;
    tw_pool_free(c.pool);
    tw_jail_close(c.jail);
    unload(&l);
    return st;
}

static const struct args defaults = { .ns = "3,5,10",
                                      .nts = "1,5,10,20,60",
                                      .assert_s = 0.1,
                                      .time_s = 10,
                                      .per_sample = 5 };

const struct tw_cli_command tw_cmd_codet = {
    .name = "codet",
    .summary = "choice by generated tests, measured",
    .usage = {
    .command = "trialwright codet",
    .args = "--data FILE --samples FILE --tests FILE",
    .about =
        "Runs recorded programs against recorded, generated tests, chooses "
        "by dual execution agreement and prints how often the choice is "
        "right, beside a choice at random and the best possible.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .defaults = &defaults,
    .mistake = mistake,
    .run = run,
};
