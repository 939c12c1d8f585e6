/*
 * cmd_trial.c - how the files of a trial are read, from the options.
 *
 * fit, ingest and tsne take the same options for files that nobody has
 * described yet. A project describes its data in TOML instead (spec/), and
 * both ways end in struct tw_trial_config.
 */
#include "cli/cmd_trial.h"

#include "base/file.h"

#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* Does the file begin with the header that ingest writes? Its columns are
 * known then. A file that cannot be opened is none of ours; the reader will
 * say why. */
static bool is_ours(const char *path)
{
    static const char head[] = TW_TRIAL_SERIES_COLUMN
        "," TW_TRIAL_SEGMENT_COLUMN "," TW_TRIAL_TIME_COLUMN;
    struct tw_file_map m;

    if (tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    bool ours = m.len >= sizeof(head) - 1 &&
                memcmp(m.bytes, head, sizeof(head) - 1) == 0;
    tw_file_map_close(&m);
    return ours;
}

/* NUL stands for "find out". A shell has no easy way to pass a tab, so
 * backslash and t mean one. */
static enum tw_status delimiter(const char *text, char *delim,
                                struct tw_err *err)
{
    *delim = '\0';
    if (!text)
        return TW_OK;
    if (strcmp(text, "\\t") == 0)
        *delim = '\t';
    else if (strlen(text) == 1)
        *delim = text[0];
    else
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse delimiter '%.20s': one "
                       "character is needed",
                       text);
    return TW_OK;
}

enum tw_status tw_cli_trial_read(struct tw_trial *t, struct tw_cli_job *job,
                                 const struct tw_trial_args *args,
                                 struct tw_err *err)
{
    struct tw_trial_column columns[TW_OPT_LIST_MAX];
    struct tw_trial_config c = {
        .files = (const char *const *)job->rest,
        .n_files = job->n_rest,
        .time = args->time,
        .series = args->series.items,
        .n_series = args->series.n,
        .counters = columns,
        .n_counters = args->counters.n,
        .gap = args->gap,
    };

    for (size_t i = 0; i < args->counters.n; i++)
        columns[i] = (struct tw_trial_column){ .name = args->counters.items[i],
                                               .unit = "" };
    TW_TRY(delimiter(args->delim, &c.delim, err));
    c.written = !c.time && !c.n_series && is_ours(job->rest[0]);
    return tw_trial_read(t, &job->arena, &c, err);
}
