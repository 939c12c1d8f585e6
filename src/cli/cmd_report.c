/*
 * cmd_report.c - report: the reports of a run, made again.
 *
 * From run.json alone, so a run folder that was copied from another machine is
 * enough. After an update of this program old runs get the new form of the
 * report; their figures and verdicts stay what they were.
 */
#include "cli/cli.h"

#include "pipeline/pipeline.h"

#include <stdio.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
};

static const struct tw_opt opts[] = { TW_COMMON_OPTS(struct args) };

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    char report[4096];

    TW_TRY(tw_pipeline_report(job->rest[0], report, err));
    if (!args->common.json) {
        tw_cli_add_name(&job->out, report);
        tw_buf_addc(&job->out, '\n');
        return TW_OK;
    }
    tw_json_out_object(&job->json, NULL);
    tw_json_out_text(&job->json, "report", report);
    tw_cli_json_end(job);
    return TW_OK;
}

const struct tw_cli_command tw_cmd_report = {
    .name = "report",
    .summary = "rebuild the report of a run",
    .usage = {
    .command = "trialwright report",
    .args = "RUN",
    .about = "Makes report.html and junit.xml of a run folder again from its "
             "run.json, and prints the path of the report.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 1,
    .rest_max = 1,
    .rest_wanted = "a run folder is needed",
    .run = run,
};
