/*
 * bench_row.c - the rows of a benchmark as JSON.
 *
 * The journal and samples.jsonl share the members of a finding, so that a row
 * read back from the one is written to the other unchanged.
 */
#include "bench/bench_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The one place that says what a pass is: the verdict, and no count. */
bool tw_bench_passed(const struct tw_bench_row *row)
{
    return row->grade.finding.end == TW_END_PASS;
}

bool tw_bench_has_reference(const struct tw_task *task)
{
    return task->canonical[strspn(task->canonical, " \t\r\n")] != '\0';
}

/* What TCER divides by.  A sample may execute more than the reference: it is
 * not paid for that. */
size_t tw_bench_denominator(const struct tw_bench_result *r,
                            const struct tw_bench_row *row)
{
    size_t n = r->references[row->task].grade.n_asserts;

    if (n < row->grade.n_asserts)
        n = row->grade.n_asserts; /* a loop of the tests may depend on it */
    return n;
}

/* The order of the members is part of the format (docs/formats/bench.md). */
void tw_bench_row_finding_out(struct tw_json_out *out,
                              const struct tw_bench_row *row)
{
    const struct tw_grade *g = &row->grade;
    const struct tw_finding *f = &g->finding;

    tw_json_out_text(out, "verdict", tw_end_name(f->end));
    tw_json_out_text(out, "cause", tw_cause_name(f->cause));
    tw_json_out_text(out, "type", f->type);
    tw_json_out_text(out, "text", f->text);
    tw_json_out_int(out, "line", f->line);
    tw_json_out_text(out, "got", f->got);
    tw_json_out_text(out, "expected", f->expected);
    tw_json_out_count(out, "passed", g->n_passed);
    tw_json_out_count(out, "executed", g->n_asserts);
    tw_json_out_bool(out, "loaded", g->loaded);
    tw_json_out_bool(out, "finished", g->finished);
    tw_json_out_bool(out, "clean", row->clean);
    tw_json_out_bool(out, "again", row->again);
    tw_json_out_bool(out, "weak", f->weak);
    tw_json_out_number(out, "cpu_ms", f->cpu_ms);
    tw_json_out_number(out, "wall_ms", f->wall_ms);
    tw_json_out_number(out, "peak_mib", f->peak_mib);
}

/* A journal may have been edited: texts are cut, numbers kept in their range,
 * and what is missing is empty. */
static void copy_text(char *to, size_t size, const struct tw_json *line,
                      const char *name)
{
    const char *text = tw_json_text(tw_json_get(line, name), NULL);

    if (!text)
        text = "";
    snprintf(to, size, "%s", text);
}

/* Negative counts come from an edited file, and are none. */
static size_t get_count(const struct tw_json *line, const char *name)
{
    int64_t n = tw_json_int(tw_json_get(line, name), 0);

    if (n < 0)
        n = 0;
    return (size_t)n;
}

static bool get_bool(const struct tw_json *line, const char *name)
{
    return tw_json_bool(tw_json_get(line, name), false);
}

static double get_number(const struct tw_json *line, const char *name)
{
    return tw_json_number(tw_json_get(line, name), 0);
}

/* Verdict and cause by name.  An unknown name is an error: it was written by
 * another version, or by no program at all. */
static enum tw_status read_names(struct tw_finding *f,
                                 const struct tw_json *line, struct tw_err *err)
{
    char verdict[24], cause[24];
    int v = 0, c = 0;

    copy_text(verdict, sizeof(verdict), line, "verdict");
    copy_text(cause, sizeof(cause), line, "cause");
    while (v <= (int)TW_END_UNSUPPORTED &&
           strcmp(verdict, tw_end_name((enum tw_end)v)) != 0)
        v++;
    while (c < (int)TW_CAUSE_COUNT &&
           strcmp(cause, tw_cause_name((enum tw_cause)c)) != 0)
        c++;
    if (v > (int)TW_END_UNSUPPORTED || c == (int)TW_CAUSE_COUNT)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot read a verdict '%s' with cause '%s'", verdict,
                       cause);
    f->end = (enum tw_end)v;
    f->cause = (enum tw_cause)c;
    return TW_OK;
}

/* Members that the journal has; task, index and key are the row's own. */
enum tw_status tw_bench_row_read(struct tw_bench_row *row,
                                 const struct tw_json *line, struct tw_err *err)
{
    struct tw_grade *g = &row->grade;
    struct tw_finding *f = &g->finding;

    TW_TRY(read_names(f, line, err));
    copy_text(f->type, sizeof(f->type), line, "type");
    copy_text(f->text, sizeof(f->text), line, "text");
    f->line = (int)tw_json_int(tw_json_get(line, "line"), 0);
    copy_text(f->got, sizeof(f->got), line, "got");
    copy_text(f->expected, sizeof(f->expected), line, "expected");
    g->n_passed = get_count(line, "passed");
    g->n_asserts = get_count(line, "executed");
    g->loaded = get_bool(line, "loaded");
    g->finished = get_bool(line, "finished");
    row->clean = get_bool(line, "clean");
    row->again = get_bool(line, "again");
    f->weak = get_bool(line, "weak");
    f->cpu_ms = get_number(line, "cpu_ms");
    f->wall_ms = get_number(line, "wall_ms");
    f->peak_mib = get_number(line, "peak_mib");
    return TW_OK;
}

/* A sample with all that samples.jsonl says of it; NaN becomes null. */
void tw_bench_row_out(struct tw_json_out *out, const struct tw_bench_result *r,
                      const struct tw_taskset *set,
                      const struct tw_bench_row *row)
{
    const struct tw_task *task = &set->tasks[row->task];

    tw_json_out_object(out, NULL);
    tw_json_out_text(out, "task", task->id);
    tw_json_out_count(out, "index", row->index);
    tw_bench_row_finding_out(out, row);
    tw_json_out_count(out, "reference",
                      r->references[row->task].grade.n_asserts);
    tw_json_out_text(out, "judged", tw_grade_place(set, task));
    tw_json_out_bool(out, "empty", row->empty);
    tw_json_out_bool(out, "whole", row->whole);
    tw_json_out_number(out, "meteor", row->meteor);
    tw_json_out_text(out, "sha256", row->key);
    if (row->recorded < 0)
        tw_json_out_null(out, "recorded");
    else
        tw_json_out_bool(out, "recorded", row->recorded > 0);
    tw_json_out_end(out);
}

/* For a file of lines; the caller ends the line. */
void tw_bench_add_row(struct tw_buf *b, const struct tw_bench_result *r,
                      const struct tw_taskset *set,
                      const struct tw_bench_row *row)
{
    struct tw_json_out out;

    tw_json_out_init(&out, b);
    tw_bench_row_out(&out, r, set, row);
    tw_json_out_done(&out);
}
