#include "cli/cli.h"

#include "base/json.h"
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

static const struct tw_opt_usage usage = {
    .command = "trialwright check",
    .args = "FILE...",
    .about = "Checks project and specification files: syntax, keys, types, "
             "calls, oracles, and that the counters which tests name stand in "
             "the data. Errors are FILE:LINE:COLUMN: reason, with the nearest "
             "known name.",
    .opts = opts,
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

int tw_cmd_check(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    size_t n_rest, n_tests = 0;
    struct tw_buf out;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest == 0)
        return tw_cli_usage(&usage, "no file given");
    status = TW_EXIT_OK;
    tw_buf_init(&out, 16u << 20);
    tw_buf_adds(&out, args.common.json ? "{\"files\": [" : "");
    for (size_t i = 0; i < n_rest; i++) {
        struct tw_err err = { 0 };
        enum tw_status st = check_file(rest[i], !args.no_data, &n_tests, &err);
        if (st != TW_OK)
            status = tw_cli_fail(st, &err);
        if (!args.common.json) {
            if (st == TW_OK)
                tw_buf_addf(&out, "%s: ok\n", rest[i]);
            continue;
        }
        tw_buf_adds(&out, i ? ", {\"file\": " : "{\"file\": ");
        tw_json_adds(&out, rest[i]);
        tw_buf_addf(
            &out, ", \"ok\": %s, \"error\": ", st == TW_OK ? "true" : "false");
        tw_json_adds(&out, err.msg);
        tw_buf_addc(&out, '}');
    }
    if (args.common.json)
        tw_buf_addf(&out, "], \"tests\": %zu}\n", n_tests);
    if (status == TW_EXIT_OK && n_tests == 0)
        status = TW_EXIT_NOTHING;
    status = tw_cli_out(&out, status);
    tw_buf_release(&out);
    return status;
}
