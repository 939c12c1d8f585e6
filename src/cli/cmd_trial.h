/*
 * cmd_trial.h - options that say how a trial's files are read; shared by
 * ingest, fit and tsne.
 */
#ifndef TW_CLI_CMD_TRIAL_H
#define TW_CLI_CMD_TRIAL_H

#include "base/opt.h"
#include "base/status.h"
#include "cli/cli.h"
#include "trial/trial.h"

#include <stddef.h>

struct tw_trial_args {
    const char *time;
    struct tw_opt_list series;
    struct tw_opt_list counters;
    const char *delim;
    double gap;
};

/* clang-format off */
#define TW_TRIAL_OPTS(T)                                                       \
    { "time", 't', TW_OPT_TEXT, offsetof(T, trial.time), "COLUMN",             \
      .help = "time column: a number, or ISO date and time" },                 \
    { "series", 's', TW_OPT_LIST, offsetof(T, trial.series), "COLUMN",         \
      .help = "key column of the series; may be repeated" },                   \
    { "counter", 'c', TW_OPT_LIST, offsetof(T, trial.counters), "COLUMN",      \
      .help = "counter to read; may be repeated (default: all numeric "        \
              "columns)" },                                                    \
    { "delimiter", 'd', TW_OPT_TEXT, offsetof(T, trial.delim), "CHAR",         \
      .help = "field delimiter (default: found out); \\t for a tab" },         \
    { "gap", 0, TW_OPT_NUMBER, offsetof(T, trial.gap), "FACTOR",               \
      .help = "a step above FACTOR periods splits a series (default 1.5)",     \
      TW_OPT_RANGE(1, 1e9) }
/* clang-format on */

/* Read the files that the command line names into the job's arena; those that
 * ingest wrote need no options. */
enum tw_status tw_cli_trial_read(struct tw_trial *t, struct tw_cli_job *job,
                                 const struct tw_trial_args *args,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_CLI_CMD_TRIAL_H */
