/*
 * bench_json.c - the report of a benchmark as one JSON document.
 *
 * Lines are broken where a person looks for the next part; programs read it
 * either way.  Unknown figures are null, as JSON has no NaN.
 */
#include "bench/bench_report.h"

#include "bench/bench_row.h"

#include <stdio.h>

#include "base/banned.h"

/* A figure and its interval; all of it is null where it is unknown. */
static void add_figure(struct tw_json_out *o, const char *name,
                       const struct tw_bench_figure *f)
{
    tw_json_out_object(o, name);
    tw_json_out_number(o, "value", f->value);
    tw_json_out_number(o, "low", f->low);
    tw_json_out_number(o, "high", f->high);
    tw_json_out_end(o);
}

/* Under the names that the table prints, so that one can be looked up by the
 * other. */
static void add_all_figures(struct tw_json_out *o,
                            const struct tw_bench_stats *s,
                            const struct tw_bench_stats_options *options)
{
    char name[32];

    tw_json_out_object(o, "figures");
    for (size_t m = 0; m < TW_BENCH_MEASURES; m++)
        add_figure(o, tw_bench_measure_name((enum tw_bench_measure)m),
                   &s->measures[m]);
    for (size_t i = 0; i < options->n_k; i++) {
        snprintf(name, sizeof(name), "pass@%zu", options->k[i]);
        add_figure(o, name, &s->pass_at[i]);
    }
    for (size_t i = 0; i < options->n_n_at; i++) {
        snprintf(name, sizeof(name), "%zu@%zu", options->n_at_m[i],
                 options->n_at_k[i]);
        add_figure(o, name, &s->n_at[i]);
    }
    tw_json_out_end(o);
}

/* Counts and figures of one choice of samples: of all, or of those with a
 * text. */
static void add_stats(struct tw_json_out *o, const char *key,
                      const struct tw_bench_stats *s,
                      const struct tw_bench_stats_options *options)
{
    tw_json_out_object(o, key);
    tw_json_out_count(o, "tasks", s->n_tasks);
    tw_json_out_count(o, "samples", s->n_samples);
    tw_json_out_count(o, "passed", s->n_passed);
    tw_json_out_count(o, "empty", s->n_empty);
    tw_json_out_count(o, "harness", s->n_harness);
    tw_json_out_count(o, "unsupported", s->n_unsupported);
    tw_json_out_count(o, "unknown_tasks", s->n_unknown);
    tw_json_out_count(o, "failed_tasks", s->n_bad_tasks);
    tw_json_out_count(o, "no_reference_tasks", s->n_absent);
    tw_json_out_count(o, "assertions", s->n_asserts);
    add_all_figures(o, s, options);
    tw_json_out_object(o, "causes");
    for (size_t c = 0; c < TW_CAUSE_COUNT; c++)
        if (s->causes[c])
            tw_json_out_count(o, tw_bench_cause_name((enum tw_cause)c),
                              s->causes[c]);
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* Which tasks, and of which file: the hash tells editions apart that have one
 * name. */
static void add_set(struct tw_json_out *o, const struct tw_taskset *set)
{
    tw_json_out_object(o, "set");
    tw_json_out_text(o, "name", set->name);
    tw_json_out_text(o, "layout", tw_layout_name(set->layout));
    tw_json_out_text(o, "language", tw_lang_name(set->lang));
    tw_json_out_count(o, "tasks", set->n);
    tw_json_out_text(o, "sha256", set->sha256);
    tw_json_out_end(o);
}

/* What a reader needs to repeat the run; the seed is the bootstrap's. */
static void add_settings(struct tw_json_out *o, const struct tw_bench_entry *e)
{
    const struct tw_grade_options *options = &e->job->grader.options;

    tw_json_out_object(o, "settings");
    tw_json_out_bool(o, "stub", options->stub);
    tw_json_out_bool(o, "prelude", options->prelude);
    tw_json_out_number(o, "time_s",
                       options->time_s > 0 ? options->time_s : TW_GRADE_TIME_S);
    tw_json_out_text(o, "meteor", e->meteor);
    tw_json_out_count(o, "seed", e->options.seed);
    tw_json_out_count(o, "resamples", TW_BENCH_RESAMPLES);
    tw_json_out_end(o);
}

/* The samples whose recorded verdict is another one than ours, in full. */
static void add_differences(struct tw_json_out *o,
                            const struct tw_bench_entry *e)
{
    tw_json_out_array(o, "differences");
    for (size_t i = 0; i < e->result->n; i++) {
        const struct tw_bench_row *row = &e->result->rows[i];
        if (row->recorded < 0 || tw_bench_passed(row) == (row->recorded > 0))
            continue;
        tw_json_out_line(o, 2);
        tw_bench_row_out(o, e->result, e->set, row);
    }
    tw_json_out_end(o);
}

/* What bears on the figures and is no setting: how texts were read, and what
 * is doubtful about them. */
static void add_notes(struct tw_json_out *o, const struct tw_bench_entry *e)
{
    if (e->form)
        tw_json_out_text(o, "answers", e->form);
    tw_json_out_array(o, "notes");
    for (size_t i = 0; i < TW_ARRAY_LEN(e->notes); i++)
        if (e->notes[i])
            tw_json_out_text(o, NULL, e->notes[i]);
    tw_json_out_end(o);
}

/* One run: what was judged, how, and what came out. */
static void add_entry(struct tw_json_out *o, const struct tw_bench_entry *e)
{
    const struct tw_bench_result *r = e->result;

    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "model", e->model);
    const char *sha256 = e->sha256;
    if (!sha256)
        sha256 = ""; /* as readers of the document know it, not null */
    tw_json_out_text(o, "sha256", sha256);
    add_set(o, e->set);
    tw_json_out_line(o, 1);
    add_settings(o, e);
    tw_json_out_line(o, 1);
    add_notes(o, e);
    tw_json_out_count(o, "programs", r->n_programs);
    tw_json_out_count(o, "judged", r->n_judged);
    tw_json_out_count(o, "again", r->n_again);
    tw_json_out_number(o, "seconds", r->seconds);
    tw_json_out_line(o, 1);
    add_stats(o, "all", &e->stats, &e->options);
    tw_json_out_line(o, 1);
    add_stats(o, "not_empty", &e->filled, &e->options);
    tw_json_out_line(o, 1);
    tw_json_out_count(o, "recorded", e->stats.n_recorded);
    tw_json_out_count(o, "differ", e->stats.n_differ);
    add_differences(o, e);
    tw_json_out_end(o);
}

/* All entries in one document, so that a program need not know how many files
 * were judged. */
enum tw_status tw_bench_report_json(struct tw_buf *b,
                                    const struct tw_bench_entry *entries,
                                    size_t n, struct tw_err *err)
{
    struct tw_json_out o;

    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    tw_json_out_array(&o, "runs");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            tw_json_out_line(&o, 1);
        add_entry(&o, &entries[i]);
    }
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    tw_buf_addc(b, '\n');
    return tw_buf_check(b, "the report", err);
}
