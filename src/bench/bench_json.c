/* bench_json.c - the report of a benchmark as one JSON document. */
#include "bench/bench_report.h"

#include "base/json.h"

#include <stdio.h>

#include "base/banned.h"

static void add_figure(struct tw_buf *b, const char *name,
                       const struct tw_bench_figure *f, bool first)
{
    tw_buf_adds(b, first ? "" : ", ");
    tw_json_adds(b, name);
    tw_buf_adds(b, ": {\"value\": ");
    tw_json_add_number(b, f->value);
    tw_buf_adds(b, ", \"low\": ");
    tw_json_add_number(b, f->low);
    tw_buf_adds(b, ", \"high\": ");
    tw_json_add_number(b, f->high);
    tw_buf_adds(b, "}");
}

static void add_figures(struct tw_buf *b, const struct tw_bench_stats *s,
                        const struct tw_bench_stats_options *o)
{
    char name[32];

    tw_buf_addf(b,
                "{\"tasks\": %zu, \"samples\": %zu, \"passed\": %zu, "
                "\"empty\": %zu, \"harness\": %zu, \"unknown_tasks\": %zu, "
                "\"failed_tasks\": %zu, \"assertions\": %zu, "
                "\"figures\": {",
                s->n_tasks, s->n_samples, s->n_passed, s->n_empty, s->n_harness,
                s->n_unknown, s->n_bad_tasks, s->n_asserts);
    for (size_t m = 0; m < TW_BENCH_MEASURES; m++)
        add_figure(b, tw_bench_measure_name((enum tw_bench_measure)m),
                   &s->measures[m], m == 0);
    for (size_t i = 0; i < o->n_k; i++) {
        snprintf(name, sizeof(name), "pass@%zu", o->k[i]);
        add_figure(b, name, &s->pass_at[i], false);
    }
    for (size_t i = 0; i < o->n_n_at; i++) {
        snprintf(name, sizeof(name), "%zu@%zu", o->n_at_m[i], o->n_at_k[i]);
        add_figure(b, name, &s->n_at[i], false);
    }
    tw_buf_adds(b, "}, \"causes\": {");
    for (size_t c = 0, n = 0; c < TW_CAUSE_COUNT; c++)
        if (s->causes[c])
            tw_buf_addf(b, "%s\"%s\": %zu", n++ ? ", " : "",
                        c ? tw_cause_name((enum tw_cause)c) : "pass",
                        s->causes[c]);
    tw_buf_adds(b, "}}");
}

static void add_settings(struct tw_buf *b, const struct tw_bench_entry *e)
{
    const struct tw_grade_options *o = &e->job->grader.options;

    tw_buf_addf(b, "\"settings\": {\"stub\": %s, \"prelude\": %s, \"time_s\": ",
                o->stub ? "true" : "false", o->prelude ? "true" : "false");
    tw_json_add_number(b, o->time_s);
    tw_buf_adds(b, ", \"meteor\": ");
    tw_json_adds(b, e->meteor);
    tw_buf_addf(b, ", \"seed\": %llu, \"resamples\": %d}",
                (unsigned long long)e->options.seed, TW_BENCH_RESAMPLES);
}

static void add_differences(struct tw_buf *b, const struct tw_bench_entry *e)
{
    size_t n = 0;

    tw_buf_adds(b, "\"differences\": [");
    for (size_t i = 0; i < e->result->n; i++) {
        const struct tw_bench_row *row = &e->result->rows[i];
        if (row->recorded < 0 || tw_bench_passed(row) == (row->recorded > 0))
            continue;
        tw_buf_adds(b, n++ ? ",\n  " : "\n  ");
        tw_bench_add_row(b, e->result, e->set, row);
    }
    tw_buf_adds(b, "]");
}

static void add_entry(struct tw_buf *b, const struct tw_bench_entry *e)
{
    const struct tw_bench_result *r = e->result;

    tw_buf_adds(b, "{\"model\": ");
    tw_json_adds(b, e->model);
    tw_buf_adds(b, ", \"sha256\": ");
    tw_json_adds(b, e->sha256 ? e->sha256 : "");
    tw_buf_adds(b, ", \"set\": {\"name\": ");
    tw_json_adds(b, e->set->name);
    tw_buf_addf(b,
                ", \"layout\": \"%s\", \"language\": \"%s\", \"tasks\": %zu, "
                "\"sha256\": \"%s\"},\n ",
                tw_layout_name(e->set->layout), tw_lang_name(e->set->lang),
                e->set->n, e->set->sha256);
    add_settings(b, e);
    tw_buf_addf(b,
                ",\n \"programs\": %zu, \"judged\": %zu, \"again\": %zu, "
                "\"seconds\": ",
                r->n_programs, r->n_judged, r->n_again);
    tw_json_add_number(b, r->seconds);
    tw_buf_adds(b, ",\n \"all\": ");
    add_figures(b, &e->stats, &e->options);
    tw_buf_adds(b, ",\n \"not_empty\": ");
    add_figures(b, &e->filled, &e->options);
    tw_buf_addf(b, ",\n \"recorded\": %zu, \"differ\": %zu, ",
                e->stats.n_recorded, e->stats.n_differ);
    add_differences(b, e);
    tw_buf_adds(b, "}");
}

enum tw_status tw_bench_report_json(struct tw_buf *b,
                                    const struct tw_bench_entry *entries,
                                    size_t n, struct tw_err *err)
{
    tw_buf_adds(b, "{\"runs\": [");
    for (size_t i = 0; i < n; i++) {
        tw_buf_adds(b, i ? ",\n " : "");
        add_entry(b, &entries[i]);
    }
    tw_buf_adds(b, "]}\n");
    return tw_buf_check(b, "the report", err);
}
