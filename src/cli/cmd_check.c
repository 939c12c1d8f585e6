/*
 * cmd_check.c - check: are projects and specifications as they should be?
 *
 * The same reader as run uses, so that a file which passes here is not refused
 * there; with --no-data nothing but the TOML files is opened, which is fast
 * enough for an editor or a commit hook.
 */
#include "cli/cli.h"

#include "spec/spec.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
    bool no_data;
};

static const struct tw_opt opts[] = {
    { "no-data", 0, TW_OPT_FLAG, offsetof(struct args, no_data), NULL,
      "do not open the field-trial data" },
    TW_COMMON_OPTS(struct args),
};

/* Every data set that tests use is read once per specification file. */
static enum tw_status check_data(const struct tw_spec *s, struct tw_err *err)
{
    enum tw_status st = TW_OK;

    for (size_t d = 0; st == TW_OK && d < s->n_data; d++) {
        struct tw_arena arena;
        struct tw_trial trial;
        tw_arena_init(&arena, (size_t)8 << 30);
        st = tw_trial_read(&trial, &arena, &s->data[d]->trial, err);
        if (st == TW_OK)
            st = tw_spec_check(s, d, &trial, err);
        tw_arena_release(&arena);
    }
    return st;
}

/* A specification alone is taken as a project of one file. Its arena ends with
 * the file: nothing of one file is needed for the next. */
static enum tw_status check_file(const char *path, bool data, size_t *n_tests,
                                 struct tw_err *err)
{
    struct tw_arena arena;
    struct tw_project p;

    tw_arena_init(&arena, 64u << 20);
    enum tw_status st = tw_project_load(&p, &arena, path, err);
    for (size_t i = 0; st == TW_OK && i < p.n_specs; i++) {
        *n_tests += p.specs[i].n_tests;
        if (data)
            st = check_data(&p.specs[i], err);
    }
    tw_arena_release(&arena);
    return st;
}

/* As text only good files are listed here: bad ones were said on stderr, in
 * the FILE:LINE:COLUMN form that editors jump to. */
static void add_result(struct tw_cli_job *job, bool json, const char *path,
                       enum tw_status st, const struct tw_err *err)
{
    struct tw_json_out *o = &job->json;

    if (!json) {
        if (st == TW_OK)
            tw_buf_addf(&job->out, "%s: ok\n", path);
        return;
    }
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "file", path);
    tw_json_out_bool(o, "ok", st == TW_OK);
    tw_json_out_text(o, "error", err->msg);
    tw_json_out_end(o);
}

/* A file that is wrong is said at once, and the others are still checked. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    bool json = args->common.json;
    size_t n_tests = 0;

    (void)err;
    if (json) {
        tw_json_out_object(&job->json, NULL);
        tw_json_out_array(&job->json, "files");
    }
    for (size_t i = 0; i < job->n_rest; i++) {
        struct tw_err why = { 0 };
        enum tw_status st =
            check_file(job->rest[i], !args->no_data, &n_tests, &why);
        if (st != TW_OK)
            job->status = tw_cli_fail(st, &why);
        add_result(job, json, job->rest[i], st, &why);
    }
    if (json) {
        tw_json_out_end(&job->json);
        tw_json_out_count(&job->json, "tests", n_tests);
        tw_cli_json_end(job);
    }
    if (job->status == TW_EXIT_OK && n_tests == 0)
        job->status = TW_EXIT_NOTHING;
    return TW_OK;
}

const struct tw_cli_command tw_cmd_check = {
    .name = "check",
    .summary = "check project and specification files",
    .usage = {
    .command = "trialwright check",
    .args = "FILE...",
    .about = "Checks project and specification files: syntax, keys, types, "
             "calls, oracles, and that the counters which tests name stand in "
             "the data. Errors are FILE:LINE:COLUMN: reason, with the nearest "
             "known name.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 1,
    .rest_max = TW_CLI_ARGS_MAX,
    .rest_wanted = "no file given",
    .run = run,
};
