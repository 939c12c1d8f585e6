#include "cli/cli.h"

#include "base/utf8.h"
#include "pipeline/pipeline.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

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
      "run folder (default: 'run' beside the project)" },                      \
    { "model", 'm', TW_OPT_TEXT, offsetof(struct args, model), "MODEL",        \
      "builtin, a GGUF file, or replay:FILE.jsonl" },                          \
    { "data", 'd', TW_OPT_LIST, offsetof(struct args, data), "NAME=FILE",      \
      "read FILE as the data NAME; may be repeated" },                         \
    { "only", 0, TW_OPT_LIST, offsetof(struct args, only), "ID",               \
      "this test only; may be repeated" },                                     \
    { "candidates", 'n', TW_OPT_INT, offsetof(struct args, candidates), "N",   \
      "answers asked of the model for a test" },                               \
    { "no-generator", 0, TW_OPT_FLAG, offsetof(struct args, no_generator),     \
      NULL, "recorded and edge inputs only" },                                 \
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL, \
      "go on without namespaces; every verdict then says so" },                \
    TW_COMMON_OPTS(struct args)
/* clang-format on */

static const struct tw_opt opts[] = { RUN_OPTS };

static const struct tw_opt_usage usage_run = {
    .command = "trialwright run",
    .args = "[PROJECT.toml]",
    .about = "The whole way: reads the field-trial data, fits a generator, "
             "draws synthetic data, makes test cases, has the model write the "
             "scripts, runs them in the jail, judges from outside, and writes "
             "the report, whose path is the last line. Killed or interrupted, "
             "the same command goes on where it stopped; unchanged steps are "
             "not done again. Without an argument: project.toml.",
    .opts = opts,
};

static const struct tw_opt_usage usage_plan = {
    .command = "trialwright plan",
    .args = "[PROJECT.toml]",
    .about = "What run would do, which steps are done already, and how long "
             "the rest would take, from a short measurement on this machine.",
    .opts = opts,
};

static const struct tw_opt_usage usage_write = {
    .command = "trialwright write",
    .args = "SPEC.toml [--model M] [-n N] -o DIR",
    .about = "Cases, prompts, candidates and verified scripts of one "
             "specification file, without a generator.",
    .opts = opts,
};

static void say(void *ctx, const char *line)
{
    struct tw_cli_progress *p = ctx;

    struct tw_buf safe;

    tw_cli_progress_end(p);
    tw_buf_init(&safe, 4096);
    tw_utf8_add_safe(&safe, line, strlen(line));
    fprintf(stderr, "%s\n", tw_buf_text(&safe));
    tw_buf_release(&safe);
}

/* Split NAME=FILE in place. */
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

static int finish(const struct args *args, enum tw_status st,
                  struct tw_pipeline_result *r, const struct tw_err *err)
{
    struct tw_buf line;
    int status;

    if (st == TW_ECANCELED && err->code == TW_ECANCELED) {
        struct tw_err more = { 0 };
        (void)tw_fail(&more, st, 0, "%s; the same command goes on", err->msg);
        return tw_cli_fail(st, &more);
    }
    if (st != TW_OK)
        return tw_cli_fail(st, err);
    if (r->n_tests == 0) {
        fprintf(stderr, "trialwright: no test is selected\n");
        return TW_EXIT_NOTHING;
    }
    status = r->n_accepted == r->n_tests ? TW_EXIT_OK : TW_EXIT_REJECTED;
    if (args->common.json)
        return tw_cli_out(&r->json, status);
    tw_buf_init(&line, 8192);
    tw_buf_addf(&line,
                "%zu of %zu tests accepted, %zu of %zu steps reused\n%s\n",
                r->n_accepted, r->n_tests, r->n_reused, r->n_steps, r->report);
    status = tw_cli_out(&line, status);
    tw_buf_release(&line);
    return status;
}

enum what { RUN, PLAN, WRITE };

static int run_or_plan(const struct tw_opt_usage *usage, enum what what,
                       int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX], space[1024];
    struct tw_pipeline_data data[TW_OPT_LIST_MAX];
    struct tw_cli_progress progress;
    struct tw_pipeline_result r = { 0 };
    struct tw_err err = { 0 };
    struct tw_backend *be;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest > 1 || (what == WRITE && (n_rest == 0 || !args.out)))
        return tw_cli_usage(usage, what == WRITE
                                       ? "a specification and -o DIR are needed"
                                       : "one project at most");
    if (!split_data(&args.data, data, space, sizeof(space)))
        return tw_cli_usage(usage, "--data must be NAME=FILE");
    enum tw_status st = tw_cli_backend(&be, &args.common, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    struct tw_pipeline_config c = {
        .project = n_rest ? rest[0] : "project.toml",
        .out = args.out,
        .data = data,
        .n_data = args.data.n,
        .model = args.model,
        .seed = args.common.seed,
        .candidates = args.candidates,
        .only = args.only.items,
        .n_only = args.only.n,
        .no_generator = args.no_generator || what == WRITE,
        .allow_weak = args.weak,
        .version = TW_VERSION,
        .be = be,
        .progress = tw_cli_progress(&progress, args.common.quiet),
        .say = args.common.quiet ? NULL : say,
        .say_ctx = &progress,
    };
    if (what == PLAN) {
        struct tw_buf text;
        tw_buf_init(&text, 1u << 20);
        st = tw_pipeline_plan(&c, &text, args.common.json, &err);
        tw_cli_progress_end(&progress);
        status =
            st == TW_OK ? tw_cli_out(&text, TW_EXIT_OK) : tw_cli_fail(st, &err);
        tw_buf_release(&text);
    } else {
        st = tw_pipeline_run(&c, &r, &err);
        tw_cli_progress_end(&progress);
        status = finish(&args, st, &r, &err);
        tw_buf_release(&r.json);
    }
    tw_backend_free(be);
    return status;
}

int tw_cmd_run(int argc, char **argv)
{
    return run_or_plan(&usage_run, RUN, argc, argv);
}

int tw_cmd_plan(int argc, char **argv)
{
    return run_or_plan(&usage_plan, PLAN, argc, argv);
}

int tw_cmd_write(int argc, char **argv)
{
    return run_or_plan(&usage_write, WRITE, argc, argv);
}
