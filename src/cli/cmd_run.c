/*
 * cmd_run.c - run, plan, write: the whole way, or what it would be.
 *
 * Three commands with one table of options, because they make the same request
 * to the pipeline: run does it, plan only measures and estimates, write does
 * it for one specification without a generator. pipeline/pipeline.h describes
 * the folder of a run and how it goes on after an interruption.
 */
#include "cli/cli.h"

#include "base/utf8.h"
#include "pipeline/pipeline.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* What the command line changes of a project, for this run only. */
struct args {
    struct tw_common common;
    const char *out;
    const char *model;
    struct tw_opt_list data;
    struct tw_opt_list only;
    int64_t candidates;
    bool no_generator;
    bool weak;
};

/* clang-format off */
#define RUN_OPTS                                                               \
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "DIR",           \
      .help = "run folder (default: 'run' beside the project)" },              \
    { "model", 'm', TW_OPT_TEXT, offsetof(struct args, model), "MODEL",        \
      .help = "builtin, a GGUF file, or replay:FILE.jsonl" },                  \
    { "data", 'd', TW_OPT_LIST, offsetof(struct args, data), "NAME=FILE",      \
      .help = "read FILE as the data NAME; may be repeated" },                 \
    { "only", 0, TW_OPT_LIST, offsetof(struct args, only), "ID",               \
      .help = "this test only; may be repeated" },                             \
    { "candidates", 'n', TW_OPT_INT, offsetof(struct args, candidates), "N",   \
      .help = "answers asked of the model for a test",                         \
      TW_OPT_RANGE(1, 1000) },                                                 \
    { "no-generator", 0, TW_OPT_FLAG, offsetof(struct args, no_generator),     \
      NULL, .help = "recorded and edge inputs only" },                         \
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL, \
      .help = "go on without namespaces; every verdict then says so" },        \
    TW_COMMON_OPTS(struct args)
/* clang-format on */

static const struct tw_opt opts[] = { RUN_OPTS };

/* A finished step, above the live line. */
static void say(void *ctx, const char *line)
{
    struct tw_cli_progress *p = ctx;

    tw_cli_progress_end(p);
    tw_cli_say("%s", line);
}

/* NAME=FILE into two texts: the name is copied into space, the file is
 * borrowed from the command line. false: no name, or too many and too long
 * ones for the space. */
static bool split_data(const struct tw_opt_list *list,
                       struct tw_pipeline_data *data, char *space, size_t size)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *equals = strchr(list->items[i], '=');
        size_t n = equals ? (size_t)(equals - list->items[i]) : 0;
        if (n == 0 || n + 1 > size)
            return false;
        memcpy(space, list->items[i], n);
        space[n] = '\0';
        data[i] = (struct tw_pipeline_data){ space, equals + 1 };
        space += n + 1;
        size -= n + 1;
    }
    return true;
}

/* What the options say, for the pipeline.  data and space hold what its list
 * of data points into. */
struct request {
    struct tw_pipeline_config config;
    struct tw_pipeline_data data[TW_OPT_LIST_MAX];
    char space[1024];
    struct tw_cli_progress progress;
};

/* Asked before anything is opened; the request splits the list again, into
 * memory that lives as long as the run. */
static const char *data_mistake(const struct args *args)
{
    struct request q;

    if (!split_data(&args->data, q.data, q.space, sizeof(q.space)))
        return "--data must be NAME=FILE";
    return NULL;
}

static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    (void)rest;
    (void)n_rest;
    return data_mistake(options);
}

/* write has no default folder: "run" beside the specification could be the
 * folder of a project's run. */
static const char *mistake_write(const void *options, char *const *rest,
                                 size_t n_rest)
{
    const struct args *args = options;

    (void)rest;
    if (n_rest != 1 || !args->out)
        return "a specification and -o DIR are needed";
    return data_mistake(args);
}

/* Everything in the config is borrowed from the options and from *q. NULL, 0
 * and -1 stand for "as the project says", so nothing is filled in here. */
static void make_request(struct request *q, struct tw_cli_job *job,
                         const struct args *args)
{
    bool quiet = args->common.quiet;
    bool good = split_data(&args->data, q->data, q->space, sizeof(q->space));

    TW_ASSERT(good); /* data_mistake() asked */
    q->config = (struct tw_pipeline_config){
        .project = tw_cli_text_or(job->rest[0], "project.toml"),
        .out = args->out,
        .data = q->data,
        .n_data = args->data.n,
        .model = args->model,
        .seed = args->common.seed,
        .candidates = args->candidates,
        .only = args->only.items,
        .n_only = args->only.n,
        .no_generator = args->no_generator,
        .allow_weak = args->weak,
        .stop = tw_cli_interrupted,
        .version = TW_VERSION,
        .be = job->be,
        .progress = tw_cli_progress(&q->progress, quiet),
        .say_ctx = &q->progress,
    };
    if (!quiet)
        q->config.say = say;
}

/* One line of figures and the path of the report, or the whole run.json. */
static void add_result(struct tw_cli_job *job, const struct args *args,
                       const struct tw_pipeline_result *r)
{
    if (r->n_tests == 0) {
        tw_cli_say("trialwright: no test is selected");
        job->status = TW_EXIT_NOTHING;
        return;
    }
    if (r->n_accepted < r->n_tests)
        job->status = TW_EXIT_REJECTED;
    if (r->n_invalid) {
        tw_cli_say("trialwright: tests that cannot be run: %zu", r->n_invalid);
        job->status = tw_cli_fail(r->invalid.code, &r->invalid);
    }
    if (args->common.json) {
        tw_buf_add(&job->out, tw_buf_text(&r->json), r->json.len);
        return;
    }
    tw_buf_addf(&job->out, "%zu of %zu tests accepted", r->n_accepted,
                r->n_tests);
    if (r->n_weak)
        tw_buf_addf(&job->out, " (%zu weak)", r->n_weak);
    tw_buf_addf(&job->out, ", %zu of %zu steps reused\n", r->n_reused,
                r->n_steps);
    tw_cli_add_name(&job->out, r->report);
    tw_buf_addc(&job->out, '\n');
}

/* After an interruption the journal has all finished steps, and the message
 * says what to do with it; the result and its JSON are released in any
 * case. */
static enum tw_status go(struct tw_cli_job *job, const struct args *args,
                         struct request *q, struct tw_err *err)
{
    struct tw_pipeline_result r = { 0 };
    struct tw_err why = { 0 };
    enum tw_status st = tw_pipeline_run(&q->config, &r, &why);

    tw_cli_progress_end(&q->progress);
    if (st == TW_OK)
        add_result(job, args, &r);
    else if (st == TW_ECANCELED && why.code == TW_ECANCELED)
        (void)tw_fail(err, st, 0, "%s; the same command goes on", why.msg);
    else
        *err = why;
    tw_buf_release(&r.json);
    return st;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    struct request q;

    make_request(&q, job, options);
    return go(job, options, &q, err);
}

/* One specification needs no project, and no generator of its own. */
static enum tw_status run_write(struct tw_cli_job *job, const void *options,
                                struct tw_err *err)
{
    struct request q;

    make_request(&q, job, options);
    q.config.no_generator = true;
    return go(job, options, &q, err);
}

static enum tw_status run_plan(struct tw_cli_job *job, const void *options,
                               struct tw_err *err)
{
    const struct args *args = options;
    struct request q;

    make_request(&q, job, args);
    enum tw_status st =
        tw_pipeline_plan(&q.config, &job->out, args->common.json, err);
    tw_cli_progress_end(&q.progress);
    return st;
}

const struct tw_cli_command tw_cmd_run = {
    .name = "run",
    .summary = "the whole way: data, generator, tests, report",
    .usage = {
    .command = "trialwright run",
    .args = "[PROJECT.toml]",
    .about = "The whole way: reads the field-trial data, fits a generator, "
             "draws synthetic data, makes test cases, has the model write the "
             "scripts, runs them in the jail, judges from outside, and writes "
             "the report, whose path is the last line. Killed or interrupted, "
             "the same command goes on where it stopped; unchanged steps are "
             "not done again. Without an argument: project.toml.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .rest_max = 1,
    .rest_wanted = "one project at most",
    .mistake = mistake,
    .run = run,
};

const struct tw_cli_command tw_cmd_plan = {
    .name = "plan",
    .summary = "what run would do, and how long it would take",
    .usage = {
    .command = "trialwright plan",
    .args = "[PROJECT.toml]",
    .about = "What run would do, which steps are done already, and how long "
             "the rest would take, from a short measurement on this machine.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .rest_max = 1,
    .rest_wanted = "one project at most",
    .mistake = mistake,
    .run = run_plan,
};

const struct tw_cli_command tw_cmd_write = {
    .name = "write",
    .summary = "write the tests of one specification",
    .usage = {
    .command = "trialwright write",
    .args = "SPEC.toml [--model M] [-n N] -o DIR",
    .about = "Cases, prompts, candidates and verified scripts of one "
             "specification file, without a generator.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .mistake = mistake_write,
    .run = run_write,
};
