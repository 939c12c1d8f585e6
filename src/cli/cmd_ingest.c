/*
 * cmd_ingest.c - ingest: read counters, say what was found, write them
 * plainly.
 *
 * The first thing to do with a new trial: it shows which columns were taken
 * for counters, what was refused and why, and how the rows fall into series
 * and segments. What -o writes has all of that applied, so that later commands
 * need none of the options (cmd_trial.c recognises the header).
 */
#include "cli/cli.h"
#include "cli/cmd_trial.h"

#include "base/file.h"
#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
    struct tw_trial_args trial;
    const char *out;
};

static const struct tw_opt opts[] = {
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "TRIAL.csv",
      .help = "write the trial in one plain form" },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

/* In the order of enum tw_trial_reason. */
static const char *reason_name(enum tw_trial_reason reason)
{
    static const char *const names[] = { "text in some row", "no value at all",
                                         "a second clock" };

    TW_ASSERT((size_t)reason < TW_ARRAY_LEN(names));
    return names[reason];
}

/* A column that is left out without a word would be missed much later, when a
 * test names it. */
static void add_left_out(struct tw_json_out *o, const struct tw_trial *t)
{
    tw_json_out_array(o, "left_out");
    for (size_t i = 0; i < t->n_left_out; i++) {
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "name", t->left_out[i].name);
        tw_json_out_text(o, "reason", reason_name(t->left_out[i].reason));
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* min and max are those that occur, not those that a specification may state;
 * "integral" decides whether synthetic values are rounded. */
static void add_counters(struct tw_json_out *o, const struct tw_trial *t)
{
    tw_json_out_array(o, "counters");
    for (size_t i = 0; i < t->n_counters; i++) {
        const struct tw_trial_counter *c = &t->counters[i];
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "name", c->name);
        tw_json_out_text(o, "unit", c->unit);
        tw_json_out_count(o, "missing", c->n_missing);
        tw_json_out_bool(o, "integral", c->integral);
        tw_json_out_number(o, "min", c->seen_min);
        tw_json_out_number(o, "max", c->seen_max);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* The hash is that of the files' bytes, by which a run knows its data. */
static void add_json(struct tw_json_out *o, const struct tw_trial *t)
{
    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "rows", t->n_rows);
    tw_json_out_count(o, "series", t->n_series);
    tw_json_out_count(o, "segments", t->n_segments);
    tw_json_out_count(o, "refused", t->n_refused);
    tw_json_out_count(o, "duplicates", t->n_duplicates);
    tw_json_out_text(o, "sha256", t->sha256);
    tw_json_out_number(o, "period_s", t->period_s);
    add_counters(o, t);
    add_left_out(o, t);
}

/* A column's name is text from a file: made harmless, and in a column. */
static void add_name(struct tw_buf *b, const char *name)
{
    size_t before = b->len;

    tw_cli_add_name(b, name);
    while (b->len < before + 28 && b->failed == TW_OK)
        tw_buf_addc(b, ' ');
}

/* Right in its column, with all its digits: the range is what people copy into
 * the schema. NaN: no value at all. */
static void add_bound(struct tw_buf *b, double v)
{
    struct tw_buf text;

    if (isnan(v)) {
        tw_buf_addf(b, " %14s", "-");
        return;
    }
    tw_buf_init(&text, 64); /* the longest double has 24 characters */
    tw_number_add(&text, v);
    tw_buf_addf(b, " %14s", tw_buf_text(&text));
    tw_buf_release(&text);
}

/* A table of fixed width; names longer than their column push the rest to the
 * right rather than being cut. */
static void add_text(struct tw_buf *b, const struct tw_trial *t)
{
    tw_buf_addf(b,
                "%zu rows, %zu series, %zu segments, period %.6g s, %zu values "
                "refused, %zu duplicate rows left out\nsha256 %s\n\n%-28s %10s "
                "%14s %14s\n",
                t->n_rows, t->n_series, t->n_segments, t->period_s,
                t->n_refused, t->n_duplicates, t->sha256, "counter", "missing",
                "min", "max");
    for (size_t i = 0; i < t->n_counters; i++) {
        const struct tw_trial_counter *c = &t->counters[i];
        add_name(b, c->name);
        tw_buf_addf(b, " %10zu", c->n_missing);
        add_bound(b, c->seen_min);
        add_bound(b, c->seen_max);
        tw_buf_addf(b, " %s\n", c->unit);
    }
    for (size_t i = 0; i < t->n_left_out; i++) {
        add_name(b, t->left_out[i].name);
        tw_buf_addf(b, " left out: %s\n", reason_name(t->left_out[i].reason));
    }
}

/* The whole file is made in memory and replaces an old one at once: a reader
 * never sees half of it. */
static enum tw_status write_trial(const struct tw_trial *t, const char *path,
                                  struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, (size_t)2 << 30);
    tw_trial_write(&b, t);
    enum tw_status st = tw_buf_check(&b, "trial file", err);
    if (st == TW_OK)
        st = tw_file_write(path, b.bytes, b.len, err);
    tw_buf_release(&b);
    return st;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    struct tw_trial trial;

    TW_TRY(tw_cli_trial_read(&trial, job, &args->trial, err));
    if (args->out)
        TW_TRY(write_trial(&trial, args->out, err));
    if (args->common.json) {
        add_json(&job->json, &trial);
        tw_cli_json_end(job);
    } else {
        add_text(&job->out, &trial);
    }
    return TW_OK;
}

const struct tw_cli_command tw_cmd_ingest = {
    .name = "ingest",
    .summary = "read counters, print what was found",
    .usage = {
    .command = "trialwright ingest",
    .args = "FILE... [-o TRIAL.csv]",
    .about = "Reads field-trial counters from CSV files and prints what was "
             "found, refused and repaired. With -o the trial is written as one "
             "CSV file with series, segment and time columns, which fit reads "
             "without further options.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 1,
    .rest_max = TW_CLI_ARGS_MAX,
    .rest_wanted = "no file given",
    .run = run,
};
