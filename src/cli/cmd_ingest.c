#include "cli/cli.h"
#include "cli/cli_trial.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
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
      "write the trial in one plain form" },
    TW_TRIAL_OPTS(struct args),
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright ingest",
    .args = "FILE... [-o TRIAL.csv]",
    .about = "Reads field-trial counters from CSV files and prints what was "
             "found, refused and repaired. With -o the trial is written as one "
             "CSV file with series, segment and time columns, which fit reads "
             "without further options.",
    .opts = opts,
};

static const char *reason_name(enum tw_trial_reason reason)
{
    static const char *const names[] = { "text in some row", "no value at all",
                                         "a second clock" };

    return (size_t)reason < TW_ARRAY_LEN(names) ? names[reason] : "";
}

static void add_left_out(struct tw_buf *b, const struct tw_trial *t)
{
    for (size_t i = 0; i < t->n_left_out; i++) {
        tw_buf_adds(b, i ? ", {\"name\": " : "{\"name\": ");
        tw_json_adds(b, t->left_out[i].name);
        tw_buf_adds(b, ", \"reason\": ");
        tw_json_adds(b, reason_name(t->left_out[i].reason));
        tw_buf_addc(b, '}');
    }
}

static void add_json(struct tw_buf *b, const struct tw_trial *t)
{
    tw_buf_addf(b,
                "{\"rows\": %zu, \"series\": %zu, \"segments\": %zu, "
                "\"refused\": %zu, \"duplicates\": %zu, \"sha256\": \"%s\", "
                "\"period_s\": ",
                t->n_rows, t->n_series, t->n_segments, t->n_refused,
                t->n_duplicates, t->sha256);
    tw_json_add_number(b, t->period_s);
    tw_buf_adds(b, ", \"counters\": [");
    for (size_t i = 0; i < t->n_counters; i++) {
        const struct tw_trial_counter *c = &t->counters[i];
        tw_buf_adds(b, i ? ", {\"name\": " : "{\"name\": ");
        tw_json_adds(b, c->name);
        tw_buf_adds(b, ", \"unit\": ");
        tw_json_adds(b, c->unit);
        tw_buf_addf(b, ", \"missing\": %zu, \"integral\": %s, \"min\": ",
                    c->n_missing, c->integral ? "true" : "false");
        tw_json_add_number(b, c->seen_min);
        tw_buf_adds(b, ", \"max\": ");
        tw_json_add_number(b, c->seen_max);
        tw_buf_addc(b, '}');
    }
    tw_buf_adds(b, "], \"left_out\": [");
    add_left_out(b, t);
    tw_buf_adds(b, "]}\n");
}

/* A column's name is text from a file: made harmless, and in a column. */
static void add_name(struct tw_buf *b, const char *name)
{
    size_t before = b->len;

    tw_utf8_add_safe(b, name, strlen(name));
    while (b->len < before + 28 && b->failed == TW_OK)
        tw_buf_addc(b, ' ');
}

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
        tw_buf_addf(b, " %10zu %14.6g %14.6g %s\n", c->n_missing, c->seen_min,
                    c->seen_max, c->unit);
    }
    for (size_t i = 0; i < t->n_left_out; i++) {
        add_name(b, t->left_out[i].name);
        tw_buf_addf(b, " left out: %s\n", reason_name(t->left_out[i].reason));
    }
}

static void add_row(struct tw_buf *b, const struct tw_trial *t, size_t segment,
                    size_t row)
{
    tw_csv_add(b, t->series[t->segments[segment].series], ',');
    tw_buf_addf(b, ",%zu,%.10g", segment, t->time[row]);
    for (size_t k = 0; k < t->n_counters; k++) {
        double v = t->values[row * t->n_counters + k];
        if (isnan(v))
            tw_buf_addc(b, ',');
        else
            tw_buf_addf(b, ",%.17g", v);
    }
    tw_buf_addc(b, '\n');
}

static enum tw_status write_trial(const struct tw_trial *t, const char *path,
                                  struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, (size_t)2 << 30);
    tw_buf_adds(&b, TW_TRIAL_SERIES_COLUMN "," TW_TRIAL_SEGMENT_COLUMN
                                           "," TW_TRIAL_TIME_COLUMN);
    for (size_t k = 0; k < t->n_counters; k++) {
        tw_buf_addc(&b, ',');
        tw_csv_add(&b, t->counters[k].name, ',');
    }
    tw_buf_addc(&b, '\n');
    for (size_t s = 0; s < t->n_segments; s++)
        for (size_t r = 0; r < t->segments[s].n; r++)
            add_row(&b, t, s, t->segments[s].first + r);
    enum tw_status st = tw_buf_check(&b, "trial file", err);
    if (st == TW_OK)
        st = tw_file_write(path, b.bytes, b.len, err);
    tw_buf_release(&b);
    return st;
}

int tw_cmd_ingest(int argc, char **argv)
{
    struct args args = { 0 };
    struct tw_err err = { 0 };
    struct tw_trial trial;
    struct tw_arena arena;
    struct tw_buf out;
    char *rest[TW_CLI_ARGS_MAX];
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest == 0)
        return tw_cli_usage(&usage, "no file given");
    tw_arena_init(&arena, (size_t)8 << 30);
    tw_buf_init(&out, 16u << 20);
    enum tw_status st = tw_cli_trial_read(
        &trial, &arena, &args.trial, (const char *const *)rest, n_rest, &err);
    if (st == TW_OK && args.out)
        st = write_trial(&trial, args.out, &err);
    if (st == TW_OK) {
        if (args.common.json)
            add_json(&out, &trial);
        else
            add_text(&out, &trial);
        status = tw_cli_out(&out, TW_EXIT_OK);
    } else {
        status = tw_cli_fail(st, &err);
    }
    tw_buf_release(&out);
    tw_arena_release(&arena);
    return status;
}
