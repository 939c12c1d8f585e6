#include "cli/cli.h"

#include "base/json.h"
#include "pipeline/pipeline.h"

#include <stdio.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
};

static const struct tw_opt opts[] = { TW_COMMON_OPTS(struct args) };

static const struct tw_opt_usage usage = {
    .command = "trialwright report",
    .args = "RUN",
    .about = "Makes report.html and junit.xml of a run folder again from its "
             "run.json, and prints the path of the report.",
    .opts = opts,
};

int tw_cmd_report(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX], report[4096];
    struct tw_err err = { 0 };
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest != 1)
        return tw_cli_usage(&usage, "a run folder is needed");
    enum tw_status st = tw_pipeline_report(rest[0], report, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_buf_init(&out, 8192);
    if (args.common.json) {
        tw_buf_adds(&out, "{\"report\": ");
        tw_json_adds(&out, report);
        tw_buf_adds(&out, "}\n");
    } else {
        tw_buf_addf(&out, "%s\n", report);
    }
    status = tw_cli_out(&out, TW_EXIT_OK);
    tw_buf_release(&out);
    return status;
}
