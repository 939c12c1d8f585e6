/*
 * cmd_bench.c - bench: answers of models to code benchmarks, judged and
 * scored.
 *
 * The command's own part is small: options, opening and closing, and which
 * report goes where. Task sets and the choice of tasks are in
 * cmd_bench_sets.c, answers and their figures in cmd_bench_judge.c; both work
 * on one struct tw_bench_cli, which lies in the job's arena.
 *
 * Started by mpirun, the same command divides the programs over the processes
 * (bench/ranks.h). Every process runs the same code on the same input; only
 * the first writes, prints and computes figures.
 */
#include "cli/cmd_bench.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define OUTPUT_MAX ((size_t)4 << 30)
#define NONE       (-1.0) /* an option that was not given */

#define AT(field) offsetof(struct tw_bench_args, field)
static const struct tw_opt opts[] = {
    { "data", 'd', TW_OPT_TEXT, AT(data), "FILE",
      .help = "the task set; of 'paper': the folder with both" },
    { "samples", 's', TW_OPT_LIST, AT(samples), "FILE",
      .help = "recorded answers; each file is one row of the table" },
    { "prompts", 0, TW_OPT_TEXT, AT(prompts), "FILE",
      .help = "task ids of prompts, for answers in CodeT's layout" },
    { "model", 'm', TW_OPT_TEXT, AT(model), "MODEL",
      .help = "ask a model: builtin, a GGUF file, replay:FILE" },
    { "n", 'n', TW_OPT_INT, AT(n), "N",
      .help = "answers to each task (default 1)", TW_OPT_RANGE(1, 10000) },
    { "temperature", 0, TW_OPT_NUMBER, AT(temperature), "T",
      .help = "0 is greedy (default 0; 0.8 for more than one answer)",
      TW_OPT_RANGE(0, 100) },
    { "top-p", 0, TW_OPT_NUMBER, AT(top_p), "P",
      .help = "sample among those that make up P (default 0.95)",
      TW_OPT_RANGE(0.001, 1) },
    { "max-tokens", 0, TW_OPT_INT, AT(max_tokens), "N",
      .help = "tokens of an answer (default 512)", TW_OPT_RANGE(1, 1000000) },
    { "style", 0, TW_OPT_TEXT, AT(style), "STYLE",
      .help = "form of the prompt: complete, cases or inst",
      TW_OPT_CHOICES("complete", "cases", "inst") },
    { "canonical", 0, TW_OPT_FLAG, AT(canonical), NULL,
      .help = "judge the set's own solutions: all must pass" },
    { "stub-only", 0, TW_OPT_FLAG, AT(stub_only), NULL,
      .help = "judge functions without a body: the floor" },
    { "completion", 0, TW_OPT_FLAG, AT(completion), NULL,
      .help = "answers continue the prompt (default: by the file's fields)" },
    { "program", 0, TW_OPT_FLAG, AT(program), NULL,
      .help = "answers are whole programs" },
    { "cut", 0, TW_OPT_FLAG, AT(cut), NULL,
      .help = "end continuations at the stop texts of the set" },
    { "stub", 0, TW_OPT_FLAG, AT(stub), NULL,
      .help = "the prompt, with an empty body, in front of whole programs "
              "(default for "
              "--model)" },
    { "no-stub", 0, TW_OPT_FLAG, AT(no_stub), NULL,
      .help = "whole programs by themselves (default for --samples)" },
    { "prelude", 0, TW_OPT_FLAG, AT(prelude), NULL,
      .help = "the usual imports in front of every program" },
    { "time", 't', TW_OPT_NUMBER, AT(time_s), "S",
      .help = "seconds of CPU for a sample, twice of the clock (default 10)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "mem", 0, TW_OPT_INT, AT(mem_mib), "MiB",
      .help = "limit of memory (default: the language's)",
      TW_OPT_RANGE(1, 1048576) },
    { "k", 'k', TW_OPT_TEXT, AT(k), "1,10,100",
      .help = "pass@k for these k (default 1)" },
    { "n-at-k", 0, TW_OPT_TEXT, AT(n_at_k), "1@10,10@100",
      .help = "n@k: of the first k samples the first n are handed in" },
    { "table", 0, TW_OPT_TEXT, AT(table), "FORMAT",
      .help = "text (default), markdown, html or latex",
      TW_OPT_CHOICES("text", "markdown", "html", "latex") },
    { "output", 'o', TW_OPT_TEXT, AT(out), "DIR",
      .help = "keep verdicts there, and go on from them" },
    { "limit", 0, TW_OPT_INT, AT(limit), "N", .help = "only the first N tasks",
      TW_OPT_RANGE(1, 1000000000) },
    { "tasks", 0, TW_OPT_TEXT, AT(tasks), "ID,ID", .help = "only these tasks" },
    { "all-tasks", 0, TW_OPT_FLAG, AT(all_tasks), NULL,
      .help = "count a task without an answer as failed" },
    { "name", 0, TW_OPT_TEXT, AT(name), "NAME",
      .help = "name of the model in the table (default: its file)" },
    { "force", 0, TW_OPT_FLAG, AT(force), NULL,
      .help = "judge answers that are all canonical solutions" },
    { "cold", 0, TW_OPT_FLAG, AT(cold), NULL,
      .help = "a new interpreter for every sample" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, AT(weak), NULL,
      .help = "go on without namespaces; every verdict then says so" },
    TW_COMMON_OPTS(struct tw_bench_args),
};

/* "1,10,100": the k of pass@k. A trailing comma is refused, because it is most
 * often a number that got lost in a script. */
static enum tw_status read_k(struct tw_bench_stats_options *o, const char *text,
                             struct tw_err *err)
{
    char *end;

    for (const char *at = text ? text : "1"; *at; at = end + (*end == ',')) {
        unsigned long long k = strtoull(at, &end, 10);
        if (end == at || k < 1 || k > TW_BENCH_ROWS_MAX ||
            (*end && (*end != ',' || !end[1])) || o->n_k == TW_BENCH_K_MAX)
            return tw_fail(err, TW_EINVAL, 0,
                           "cannot take '%.60s' for -k: up to %d numbers, "
                           "1 or more, with commas between",
                           text, TW_BENCH_K_MAX);
        o->k[o->n_k++] = (size_t)k;
    }
    return TW_OK;
}

/* "1@10,10@100": n@k, in the notation of the AlphaCode paper (Li et al. 2022):
 * of k samples n are handed in, and one of them passes. */
static enum tw_status read_n_at(struct tw_bench_stats_options *o,
                                const char *text, struct tw_err *err)
{
    char *end;

    for (const char *at = text ? text : ""; *at; at = end + (*end == ',')) {
        unsigned long long k = 0, m = strtoull(at, &end, 10);
        if (end != at && *end == '@')
            k = strtoull(end + 1, &end, 10);
        if (m < 1 || k < m || k > TW_BENCH_ROWS_MAX ||
            (*end && (*end != ',' || !end[1])) || o->n_n_at == TW_BENCH_K_MAX)
            return tw_fail(err, TW_EINVAL, 0,
                           "cannot take '%.60s' for --n-at-k: up to %d pairs "
                           "n@k, n from 1 to k, with commas between",
                           text, TW_BENCH_K_MAX);
        o->n_at_m[o->n_n_at] = (size_t)m;
        o->n_at_k[o->n_n_at++] = (size_t)k;
    }
    return TW_OK;
}

/* Did mpirun start this process as one of several?  By what Open MPI, MPICH
 * and Slurm say. */
static bool is_launched(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                         "SLURM_STEP_NUM_TASKS" };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        const char *size = getenv(names[i]);
        if (size && strtol(size, NULL, 10) > 1)
            return true;
    }
    return false;
}

/* A thread waits for its jail half of the time: two for each processor. */
static unsigned n_threads(const struct tw_bench_args *args)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    if (args->common.threads > 0)
        return (unsigned)args->common.threads;
    return n > 0 ? 2 * (unsigned)n : 2;
}

/* Cheap checks of options first: nobody wants to wait for the jail to learn
 * that a table format is misspelt. On failure close_all() releases what was
 * opened so far; all pointers of *b are NULL until then. */
static enum tw_status open_all(struct tw_bench_cli *b, const char *name,
                               struct tw_err *err)
{
    const struct tw_bench_args *args = b->args;

    b->stats.seed = tw_cli_seed_or(&args->common, 0);
    b->stats.all_tasks = args->all_tasks;
    TW_TRY(read_k(&b->stats, args->k, err));
    TW_TRY(read_n_at(&b->stats, args->n_at_k, err));
    b->format = tw_sheet_find(tw_cli_text_or(args->table, "text"));
    if (b->format == TW_SHEET_COUNT)
        return tw_fail(err, TW_EINVAL, 0,
                       "no table format '%.40s': text, markdown, html, latex",
                       args->table);
    TW_TRY(tw_cli_jail_open(&b->jail, args->weak, err));
    TW_TRY(tw_ranks_open(&b->ranks, is_launched(), err));
    TW_TRY(tw_pool_new(&b->pool, n_threads(args), err));
    (void)tw_cli_progress(&b->progress,
                          args->common.quiet || tw_ranks_rank(b->ranks) > 0);
    return tw_cli_bench_sets(b, name, err);
}

/* In reverse order of use: results point into samples and sets, and the
 * languages run in the jail. What lies in the arena goes with the job. */
static void close_all(struct tw_bench_cli *b)
{
    tw_cli_progress_end(&b->progress);
    for (size_t i = 0; i < TW_BENCH_FILES_MAX; i++) {
        tw_bench_release(&b->rows[i].result);
        if (b->rows[i].samples.layout)
            tw_samples_release(&b->rows[i].samples);
        if (b->rows[i].asked.items)
            tw_asked_release(&b->rows[i].asked);
    }
    for (size_t i = 0; i < b->n_sets; i++)
        tw_taskset_release(&b->sets[i]);
    tw_llm_close(b->llm);
    tw_backend_free(b->backend);
    tw_pool_free(b->pool);
    tw_ranks_close(b->ranks);
    if (b->langs)
        tw_langs_close(b->langs);
    if (b->jail)
        tw_jail_close(b->jail);
}

/* Beside the journal of the run, in the folder of -o; without one there is
 * only what is printed. */
static enum tw_status write_report(const struct tw_bench_cli *b,
                                   const struct tw_buf *text, const char *file,
                                   struct tw_err *err)
{
    char path[600];

    if (!b->args->out)
        return TW_OK;
    snprintf(path, sizeof(path), "%.500s/%s", b->args->out, file);
    return tw_file_write(path, tw_buf_text(text), text->len, err);
}

/* Both forms are made always, whichever is printed: with -o both are kept, and
 * a fault in one is seen by everybody. */
static enum tw_status make_reports(const struct tw_bench_cli *b,
                                   struct tw_buf *text, struct tw_buf *json,
                                   struct tw_err *err)
{
    static const char *const files[TW_SHEET_COUNT] = {
        [TW_SHEET_TEXT] = "report.txt",
        [TW_SHEET_MARKDOWN] = "report.md",
        [TW_SHEET_HTML] = "report.html",
        [TW_SHEET_LATEX] = "report.tex",
    };

    TW_TRY(tw_bench_report(text, b->entries, b->n_rows, b->format, err));
    TW_TRY(tw_bench_report_json(json, b->entries, b->n_rows, err));
    TW_TRY(write_report(b, text, files[b->format], err));
    return write_report(b, json, "result.json", err);
}

/* 4: verdicts are missing by our fault, so that the figures are worthless. 1:
 * with --canonical, the harness does not accept the set's own solutions; that
 * is what the option is for. */
static int exit_status(const struct tw_bench_cli *b)
{
    int status = TW_EXIT_OK;

    for (size_t i = 0; i < b->n_rows; i++) {
        const struct tw_bench_stats *s = &b->entries[i].stats;
        if (s->n_harness || s->n_unknown)
            return TW_EXIT_INTERNAL;
        if (b->args->canonical && s->n_passed < s->n_samples)
            status = TW_EXIT_REJECTED;
    }
    return status;
}

/* How fast the jail was, for people who watch. */
static void say_speed(const struct tw_bench_cli *b)
{
    for (size_t i = 0; i < b->n_rows && !b->args->common.quiet; i++) {
        const struct tw_bench_result *r = b->entries[i].result;
        double rate = 0;
        if (r->seconds > 0)
            rate = (double)r->n_judged / r->seconds;
        tw_cli_say("%s: %zu programs, %zu judged now in %.1f s (%.0f/s)",
                   b->entries[i].model, r->n_programs, r->n_judged, r->seconds,
                   rate);
    }
}

/* Only the first of several processes prints. */
static enum tw_status print_all(struct tw_cli_job *job, struct tw_bench_cli *b,
                                struct tw_err *err)
{
    struct tw_buf other; /* of table and JSON, the one that is not printed */

    if (tw_ranks_rank(b->ranks) > 0)
        return TW_OK;
    if (b->n_rows == 0) {
        tw_cli_say("trialwright: no answers to judge");
        job->status = TW_EXIT_NOTHING;
        return TW_OK;
    }
    tw_buf_init(&other, OUTPUT_MAX);
    enum tw_status st = b->args->common.json
                            ? make_reports(b, &other, &job->out, err)
                            : make_reports(b, &job->out, &other, err);
    job->status = exit_status(b);
    if (st == TW_OK)
        say_speed(b);
    tw_buf_release(&other);
    return st;
}

/* An interrupted run with -o has all verdicts so far in its journal; the
 * advice tells the user that nothing is lost. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    struct tw_bench_cli *b = tw_arena_alloc(&job->arena, 1, sizeof(*b));

    TW_TRY(tw_arena_check(&job->arena, "the table", err));
    b->arena = &job->arena;
    b->args = options;
    enum tw_status st = open_all(b, job->rest[0], err);
    if (st == TW_OK)
        st = tw_cli_bench_judge(b, err);
    if (st == TW_ECANCELED && b->args->out)
        job->advice = "the same command goes on";
    tw_cli_progress_end(&b->progress);
    if (st == TW_OK)
        st = print_all(job, b, err);
    close_all(b);
    return st;
}

/* Contradictions are refused rather than resolved by some order: a benchmark
 * figure is compared with others, and what was measured must be certain. */
static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct tw_bench_args *args = options;
    int sources = (args->samples.n > 0) + args->canonical + args->stub_only +
                  (args->model != NULL);

    (void)rest;
    if (n_rest != 1)
        return "one task set must be named";
    if (!args->data)
        return "--data is needed";
    if (sources != 1)
        return "one of --samples, --model, --canonical and --stub-only is "
               "needed";
    if (args->samples.n > TW_BENCH_FILES_MAX)
        return "at most 16 files of answers make a table";
    if (args->stub && args->no_stub)
        return "--stub and --no-stub contradict each other";
    if (args->completion && args->program)
        return "--completion and --program contradict each other";
    if (args->limit > 0 && args->tasks)
        return "--limit and --tasks contradict each other";
    return NULL;
}

static const struct tw_bench_args defaults = { .temperature = NONE,
                                               .top_p = NONE };

const struct tw_cli_command tw_cmd_bench = {
    .name = "bench",
    .summary = "answers to code benchmarks, judged and scored",
    .usage = {
    .command = "trialwright bench",
    .args = "NAME --data FILE --samples FILE|--model M|--canonical|--stub-only",
    .about = "Judges answers to a code benchmark in the jail and prints the "
             "table: content score, test case effectiveness rate, METEOR, "
             "pass@k. NAME is humaneval, humaneval-x, mbpp, mbpp-sanitized, "
             "mbpp-257 or another name of a task set; 'paper' is both sets of "
             "the paper.",
    .opts = opts,
},
    .args_size = sizeof(struct tw_bench_args),
    .defaults = &defaults,
    .mistake = mistake,
    .run = run,
};
