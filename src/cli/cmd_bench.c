/* bench: answers of models to code benchmarks, judged and scored. */
#include "cli/cli.h"

#include "base/file.h"
#include "base/json.h"
#include "bench/bench.h"
#include "bench/bench_report.h"
#include "bench/bench_stats.h"
#include "bench/ranks.h"
#include "bench/samples.h"
#include "bench/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { SETS_MAX = 2, ROWS_MAX = 16 };
#define OUTPUT_MAX ((size_t)4 << 30)

struct args {
    struct tw_common common;
    const char *data, *prompts, *model, *k, *table, *out, *tasks, *name;
    struct tw_opt_list samples;
    int64_t n, max_tokens, limit, mem_mib;
    double temperature, top_p, time_s;
    bool canonical, stub_only;
    bool prelude, stub, no_stub, completion, program;
    bool all_tasks, force, cold, weak;
};

#define AT(field) offsetof(struct args, field)
static const struct tw_opt opts[] = {
    { "data", 'd', TW_OPT_TEXT, AT(data), "FILE",
      "the task set; of 'paper': the folder with both" },
    { "samples", 's', TW_OPT_LIST, AT(samples), "FILE",
      "recorded answers; each file is one row of the table" },
    { "prompts", 0, TW_OPT_TEXT, AT(prompts), "FILE",
      "task ids of prompts, for answers in CodeT's layout" },
    { "canonical", 0, TW_OPT_FLAG, AT(canonical), NULL,
      "judge the set's own solutions: all must pass" },
    { "stub-only", 0, TW_OPT_FLAG, AT(stub_only), NULL,
      "judge functions without a body: the floor" },
    { "completion", 0, TW_OPT_FLAG, AT(completion), NULL,
      "answers continue the prompt (default: by the file's fields)" },
    { "program", 0, TW_OPT_FLAG, AT(program), NULL,
      "answers are whole programs" },
    { "stub", 0, TW_OPT_FLAG, AT(stub), NULL,
      "the prompt, with an empty body, in front of whole programs" },
    { "no-stub", 0, TW_OPT_FLAG, AT(no_stub), NULL,
      "whole programs by themselves (default for --samples)" },
    { "prelude", 0, TW_OPT_FLAG, AT(prelude), NULL,
      "the usual imports in front of every program" },
    { "time", 't', TW_OPT_NUMBER, AT(time_s), "S",
      "limit for a sample in seconds, wall and CPU (default 10)" },
    { "mem", 0, TW_OPT_INT, AT(mem_mib), "MiB",
      "limit of memory (default: the language's)" },
    { "k", 'k', TW_OPT_TEXT, AT(k), "1,10,100",
      "pass@k for these k (default 1)" },
    { "table", 0, TW_OPT_TEXT, AT(table), "FORMAT",
      "text (default), markdown, html or latex" },
    { "output", 'o', TW_OPT_TEXT, AT(out), "DIR",
      "keep verdicts there, and go on from them" },
    { "limit", 0, TW_OPT_INT, AT(limit), "N", "only the first N tasks" },
    { "tasks", 0, TW_OPT_TEXT, AT(tasks), "ID,ID", "only these tasks" },
    { "all-tasks", 0, TW_OPT_FLAG, AT(all_tasks), NULL,
      "count a task without an answer as failed" },
    { "name", 0, TW_OPT_TEXT, AT(name), "NAME",
      "name of the model in the table (default: its file)" },
    { "force", 0, TW_OPT_FLAG, AT(force), NULL,
      "judge answers that are all canonical solutions" },
    { "cold", 0, TW_OPT_FLAG, AT(cold), NULL,
      "a new interpreter for every sample" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, AT(weak), NULL,
      "go on without namespaces; every verdict then says so" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright bench",
    .args = "NAME --data FILE --samples FILE|--canonical|--stub-only",
    .about = "Judges answers to a code benchmark in the jail and prints the "
             "table: content score, test case effectiveness rate, METEOR, "
             "pass@k. NAME is humaneval, humaneval-x, mbpp, mbpp-sanitized, "
             "mbpp-257 or another name of a task set.",
    .opts = opts,
};

/* One row of the table. */
struct row {
    struct tw_samples samples;
    struct tw_sample *items; /* chosen and changed as the options say */
    size_t n_items;
    char title[96], folder[512], inputs[TW_HASH_HEX_SIZE];
    struct tw_bench_job job;
    struct tw_bench_result result;
};

struct bench {
    const struct args *args;
    struct tw_cli_progress progress;
    struct tw_jail *jail;
    struct tw_ranks *ranks;
    struct tw_pool *pool;
    struct tw_taskset sets[SETS_MAX];
    bool *chosen[SETS_MAX]; /* tasks */
    size_t n_sets;
    struct row rows[ROWS_MAX];
    struct tw_bench_entry entries[ROWS_MAX];
    size_t n_rows;
    struct tw_bench_stats_options stats;
    enum tw_table_format format;
};

/* "1,10,100" */
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

static enum tw_status choose_named(struct bench *b, size_t s,
                                   struct tw_err *err)
{
    const struct tw_taskset *set = &b->sets[s];
    const char *at = b->args->tasks;
    char id[128];

    while (*at) {
        size_t n = strcspn(at, ",");
        snprintf(id, sizeof(id), "%.*s", (int)(n < 120 ? n : 120), at);
        const struct tw_task *task = tw_taskset_find(set, id);
        if (task)
            b->chosen[s][task - set->tasks] = true;
        else if (b->n_sets == 1)
            return tw_fail(err, TW_EINVAL, 0, "no task '%s' in %s", id,
                           set->name);
        at += n + (at[n] == ',');
    }
    return TW_OK;
}

static enum tw_status open_set(struct bench *b, const char *path,
                               const char *name, struct tw_err *err)
{
    size_t s = b->n_sets;

    TW_TRY(tw_taskset_load(&b->sets[s], path, name, err));
    b->n_sets++;
    size_t n = b->sets[s].n;
    size_t limit = b->args->limit > 0 ? (size_t)b->args->limit : n;
    b->chosen[s] = calloc(n + 1, sizeof(bool));
    if (!b->chosen[s])
        return tw_fail(err, TW_ENOMEM, 0, "cannot choose tasks");
    if (b->args->tasks)
        return choose_named(b, s, err);
    for (size_t i = 0; i < n && i < limit; i++)
        b->chosen[s][i] = true;
    return TW_OK;
}

static enum tw_status open_paper(struct bench *b, struct tw_err *err)
{
    static const char *const mbpp[] = { "sanitized-mbpp.json" };
    static const char *const human[] = { "humaneval-x_python.jsonl",
                                         "humaneval_python.jsonl" };
    struct tw_arena a;
    enum tw_status st = TW_OK;

    tw_arena_init(&a, 1u << 20);
    const char *first = tw_file_join(&a, b->args->data, mbpp[0]);
    const char *second = tw_file_join(&a, b->args->data, human[0]);
    if (second && !tw_file_exists(second))
        second = tw_file_join(&a, b->args->data, human[1]);
    if (!first || !second)
        st = tw_fail(err, TW_ELIMIT, 0, "cannot hold the path of the sets");
    if (st == TW_OK)
        st = open_set(b, first, "mbpp-257", err);
    if (st == TW_OK)
        st = open_set(b, second, "humaneval-x", err);
    tw_arena_release(&a);
    return st;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The samples of chosen tasks, as the options want them read. */
static enum tw_status take_items(struct bench *b, struct row *r, size_t set,
                                 const struct tw_sample *items, size_t n,
                                 struct tw_err *err)
{
    const struct args *args = b->args;

    r->items = calloc(n + 1, sizeof(*r->items));
    if (!r->items)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold %zu samples", n);
    for (size_t i = 0; i < n; i++) {
        if (!b->chosen[set][items[i].task])
            continue;
        r->items[r->n_items] = items[i];
        if (args->program || args->completion)
            r->items[r->n_items].whole = args->program;
        r->n_items++;
    }
    return TW_OK;
}

/* The set's own texts as answers. */
static enum tw_status take_own(struct bench *b, struct row *r, size_t s,
                               struct tw_err *err)
{
    const struct tw_taskset *set = &b->sets[s];

    r->items = calloc(set->n + 1, sizeof(*r->items));
    if (!r->items)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold %zu samples", set->n);
    for (size_t i = 0; i < set->n; i++) {
        const struct tw_task *t = &set->tasks[i];
        const char *text = b->args->stub_only ? t->stub : t->canonical;
        if (!b->chosen[s][i])
            continue;
        if (b->args->stub_only && !text[0])
            return tw_fail(err, TW_EINVAL, 0,
                           "no function without a body in %s: its prompts are "
                           "no code",
                           set->name);
        r->items[r->n_items++] = (struct tw_sample){
            .task = i,
            .text = text,
            .len = strlen(text),
            .whole = b->args->stub_only || t->canonical_whole,
            .recorded = -1,
        };
    }
    return TW_OK;
}

static void warn(const char *text, const char *file, size_t n)
{
    fprintf(stderr, "trialwright: %.200s: ", file);
    fprintf(stderr, "%zu %s\n", n, text);
}

static enum tw_status check_samples(const struct bench *b,
                                    const struct tw_samples *s,
                                    const char *file, struct tw_err *err)
{
    if (s->suspicious && !b->args->force)
        return tw_fail(err, TW_EINVAL, 0,
                       "refused '%.80s': every answer is the canonical "
                       "solution, no model wrote it (--force judges it)",
                       file);
    if (tw_ranks_rank(b->ranks) > 0 || b->args->common.quiet)
        return TW_OK;
    if (s->suspicious)
        warn("answers, all of them canonical solutions: not a model's result",
             file, s->n);
    if (s->n_skipped)
        warn("answers to tasks outside of this part of the set were left out",
             file, s->n_skipped);
    if (10 * s->n_odd > s->n)
        warn("answers look like programs among continuations, or the reverse: "
             "see --completion and --program",
             file, s->n_odd);
    return TW_OK;
}

/* Which of the sets a file of answers belongs to, and the answers. */
static enum tw_status load_file(struct bench *b, struct row *r, size_t *set,
                                const char *file, struct tw_err *err)
{
    enum tw_status st = TW_EFORMAT;

    for (size_t i = 0; i < b->n_sets && st == TW_EFORMAT; i++) {
        *set = i;
        st = tw_samples_load(&r->samples, file, b->args->prompts, &b->sets[i],
                             err);
    }
    if (st != TW_OK)
        return st;
    TW_TRY(check_samples(b, &r->samples, file, err));
    return take_items(b, r, *set, r->samples.items, r->samples.n, err);
}

static void hash_inputs(const struct bench *b, struct row *r)
{
    const struct tw_grader *g = &r->job.grader;
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, "bench 1");
    tw_hash_adds(&h, g->set->name);
    tw_hash_adds(&h, g->set->sha256);
    tw_hash_adds(&h, r->samples.n ? r->samples.sha256 : "");
    tw_hash_add_u64(&h,
                    (uint64_t)(b->args->canonical + 2 * b->args->stub_only +
                               4 * b->args->completion + 8 * b->args->program));
    tw_hash_add_u64(&h, (uint64_t)(g->options.stub + 2 * g->options.prelude +
                                   4 * g->options.cold));
    tw_hash_add_f64(&h, g->options.time_s);
    tw_hash_add_u64(&h, g->options.mem_bytes);
    tw_hash_hex(&h, r->inputs);
}

static void set_up(struct bench *b, struct row *r, size_t set)
{
    const struct args *args = b->args;

    r->job = (struct tw_bench_job){
        .grader = { .jail = b->jail,
                    .set = &b->sets[set],
                    .options = { .prelude = args->prelude,
                                 .stub = args->stub && !args->stub_only,
                                 .go_on = true,
                                 .time_s = args->time_s > 0 ? args->time_s : 10,
                                 .mem_bytes = (size_t)args->mem_mib << 20,
                                 .cold = args->cold } },
        .samples = r->items,
        .n_samples = r->n_items,
        .pool = b->pool,
        .ranks = b->ranks,
        .folder = args->out ? r->folder : NULL,
        .inputs = r->inputs,
        .progress = &b->progress.progress,
    };
    hash_inputs(b, r);
}

static enum tw_status write_rows(const struct row *r, struct tw_err *err)
{
    char path[600];
    struct tw_buf out;

    tw_buf_init(&out, OUTPUT_MAX);
    for (size_t i = 0; i < r->result.n; i++) {
        tw_bench_add_row(&out, &r->result, r->job.grader.set,
                         &r->result.rows[i]);
        tw_buf_addc(&out, '\n');
    }
    snprintf(path, sizeof(path), "%s/samples.jsonl", r->folder);
    enum tw_status st = tw_buf_check(&out, "samples.jsonl", err);
    if (st == TW_OK)
        st = tw_file_write(path, tw_buf_text(&out), out.len, err);
    tw_buf_release(&out);
    return st;
}

/* Judge what the row holds and work out its figures. */
static enum tw_status finish_row(struct bench *b, struct row *r, size_t set,
                                 struct tw_err *err)
{
    struct tw_bench_entry *e = &b->entries[b->n_rows];
    struct tw_bench_stats_options filled = b->stats;

    set_up(b, r, set);
    if (r->n_items == 0)
        return TW_OK;
    TW_TRY(tw_bench_run(&r->result, &r->job, err));
    b->n_rows++;
    if (tw_ranks_rank(b->ranks) > 0)
        return TW_OK;
    *e = (struct tw_bench_entry){ .model = r->title,
                                  .sha256 =
                                      r->samples.n ? r->samples.sha256 : NULL,
                                  .set = &b->sets[set],
                                  .job = &r->job,
                                  .result = &r->result,
                                  .options = b->stats };
    TW_TRY(tw_bench_meteor(&r->result, e->meteor, &r->job, err));
    TW_TRY(tw_bench_stats(&e->stats, &r->result, &b->stats, err));
    filled.no_empty = true;
    TW_TRY(tw_bench_stats(&e->filled, &r->result, &filled, err));
    return b->args->out ? write_rows(r, err) : TW_OK;
}

static void name_row(struct bench *b, struct row *r, const char *title,
                     size_t n_rows)
{
    const char *out = b->args->out ? b->args->out : "";

    snprintf(r->title, sizeof(r->title), "%s",
             b->args->name ? b->args->name : title);
    if (n_rows > 1)
        snprintf(r->folder, sizeof(r->folder), "%.500s/%zu", out,
                 (size_t)(r - b->rows) + 1);
    else
        snprintf(r->folder, sizeof(r->folder), "%.511s", out);
}

static enum tw_status judge_files(struct bench *b, struct tw_err *err)
{
    const struct tw_opt_list *files = &b->args->samples;

    for (size_t i = 0; i < files->n; i++) {
        struct row *r = &b->rows[i];
        size_t set = 0;
        TW_TRY(load_file(b, r, &set, files->items[i], err));
        name_row(b, r, base_name(files->items[i]), files->n);
        TW_TRY(finish_row(b, r, set, err));
    }
    return TW_OK;
}

static enum tw_status judge_own(struct bench *b, struct tw_err *err)
{
    const char *title = b->args->stub_only ? "no body" : "canonical solutions";

    for (size_t i = 0; i < b->n_sets; i++) {
        struct row *r = &b->rows[i];
        TW_TRY(take_own(b, r, i, err));
        name_row(b, r, title, b->n_sets);
        TW_TRY(finish_row(b, r, i, err));
    }
    return TW_OK;
}

static enum tw_status open_all(struct bench *b, const char *name,
                               struct tw_err *err)
{
    const struct args *args = b->args;
    /* Who started this process; mpirun of Open MPI, MPICH, Slurm's PMIx. */
    bool launched = getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_RANK") ||
                    getenv("PMIX_RANK");

    b->stats.seed = args->common.seed < 0 ? 0 : (uint64_t)args->common.seed;
    b->stats.all_tasks = args->all_tasks;
    TW_TRY(read_k(&b->stats, args->k, err));
    b->format = tw_table_find(args->table ? args->table : "text");
    if (b->format == TW_TABLE_COUNT)
        return tw_fail(err, TW_EINVAL, 0,
                       "no table format '%.40s': text, markdown, html, latex",
                       args->table);
    TW_TRY(tw_jail_open(&b->jail, args->weak, err));
    TW_TRY(tw_ranks_open(&b->ranks, launched, err));
    TW_TRY(tw_pool_new(&b->pool, (unsigned)args->common.threads, err));
    (void)tw_cli_progress(&b->progress,
                          args->common.quiet || tw_ranks_rank(b->ranks) > 0);
    return strcmp(name, "paper") == 0 ? open_paper(b, err)
                                      : open_set(b, args->data, name, err);
}

static void close_all(struct bench *b)
{
    tw_cli_progress_end(&b->progress);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        tw_bench_release(&b->rows[i].result);
        if (b->rows[i].samples.layout)
            tw_samples_release(&b->rows[i].samples);
        free(b->rows[i].items);
    }
    for (size_t i = 0; i < b->n_sets; i++) {
        tw_taskset_release(&b->sets[i]);
        free(b->chosen[i]);
    }
    tw_pool_free(b->pool);
    tw_ranks_close(b->ranks);
    if (b->jail)
        tw_jail_close(b->jail);
    free(b);
}

static enum tw_status write_report(const struct bench *b,
                                   const struct tw_buf *text, const char *file,
                                   struct tw_err *err)
{
    char path[600];

    if (!b->args->out)
        return TW_OK;
    snprintf(path, sizeof(path), "%.500s/%s", b->args->out, file);
    return tw_file_write(path, tw_buf_text(text), text->len, err);
}

static enum tw_status make_reports(const struct bench *b, struct tw_buf *text,
                                   struct tw_buf *json, struct tw_err *err)
{
    static const char *const files[TW_TABLE_COUNT] = {
        [TW_TABLE_TEXT] = "report.txt",
        [TW_TABLE_MARKDOWN] = "report.md",
        [TW_TABLE_HTML] = "report.html",
        [TW_TABLE_LATEX] = "report.tex",
    };

    TW_TRY(tw_bench_report(text, b->entries, b->n_rows, b->format, err));
    TW_TRY(tw_bench_report_json(json, b->entries, b->n_rows, err));
    TW_TRY(write_report(b, text, files[b->format], err));
    return write_report(b, json, "result.json", err);
}

/* 4: verdicts are missing by our fault; 1: the harness does not accept the
 * set's own solutions. */
static int exit_status(const struct bench *b)
{
    int status = TW_EXIT_OK;

    for (size_t i = 0; i < b->n_rows; i++) {
        const struct tw_bench_stats *s = &b->entries[i].stats;
        if (s->n_harness)
            return TW_EXIT_INTERNAL;
        if (b->args->canonical && s->n_passed < s->n_samples)
            status = TW_EXIT_REJECTED;
    }
    return status;
}

static int print_all(struct bench *b)
{
    struct tw_buf text, json;
    struct tw_err err = { 0 };
    int status;

    if (tw_ranks_rank(b->ranks) > 0)
        return TW_EXIT_OK;
    tw_cli_progress_end(&b->progress);
    if (b->n_rows == 0) {
        fprintf(stderr, "trialwright: no answers to judge\n");
        return TW_EXIT_NOTHING;
    }
    tw_buf_init(&text, OUTPUT_MAX);
    tw_buf_init(&json, OUTPUT_MAX);
    enum tw_status st = make_reports(b, &text, &json, &err);
    if (st != TW_OK)
        status = tw_cli_fail(st, &err);
    else
        status =
            tw_cli_out(b->args->common.json ? &json : &text, exit_status(b));
    for (size_t i = 0; i < b->n_rows && !b->args->common.quiet; i++) {
        const struct tw_bench_result *r = &b->rows[i].result;
        fprintf(stderr, "%s: %zu programs, %zu judged now in %.1f s (%.0f/s)\n",
                b->rows[i].title, r->n_programs, r->n_judged, r->seconds,
                r->seconds > 0 ? (double)r->n_judged / r->seconds : 0.0);
    }
    tw_buf_release(&text);
    tw_buf_release(&json);
    return status;
}

static int run(const struct args *args, const char *name)
{
    struct bench *b = calloc(1, sizeof(*b));
    struct tw_err err = { 0 };
    int status;

    if (!b)
        return tw_cli_fail(TW_ENOMEM, &err);
    b->args = args;
    enum tw_status st = open_all(b, name, &err);
    if (st == TW_OK)
        st = args->samples.n ? judge_files(b, &err) : judge_own(b, &err);
    tw_cli_progress_end(&b->progress);
    status = st == TW_OK ? print_all(b) : tw_cli_fail(st, &err);
    if (st == TW_ECANCELED && args->out)
        fprintf(stderr, "trialwright: the same command goes on\n");
    close_all(b);
    return status;
}

/* NULL: fine. */
static const char *find_mistake(const struct args *args, size_t n_rest)
{
    int sources = (args->samples.n > 0) + args->canonical + args->stub_only +
                  (args->model != NULL);

    if (n_rest != 1)
        return "one task set must be named";
    if (!args->data)
        return "--data is needed";
    if (sources != 1)
        return "one of --samples, --canonical and --stub-only is needed";
    if (args->samples.n > ROWS_MAX)
        return "at most 16 files of answers make a table";
    if (args->stub && args->no_stub)
        return "--stub and --no-stub contradict each other";
    if (args->completion && args->program)
        return "--completion and --program contradict each other";
    if (args->limit > 0 && args->tasks)
        return "--limit and --tasks contradict each other";
    return NULL;
}

int tw_cmd_bench(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    const char *mistake = find_mistake(&args, n_rest);
    if (mistake)
        return tw_cli_usage(&usage, mistake);
    return run(&args, rest[0]);
}
