#include "bench/bench_row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

bool tw_bench_passed(const struct tw_bench_row *row)
{
    return row->grade.finding.verdict == TW_VERDICT_PASS;
}

size_t tw_bench_denominator(const struct tw_bench_result *r,
                            const struct tw_bench_row *row)
{
    size_t n = r->references[row->task].grade.n_asserts;

    return n > row->grade.n_asserts ? n : row->grade.n_asserts;
}

static void add_text(struct tw_buf *b, const char *name, const char *text)
{
    tw_buf_addf(b, ", \"%s\": ", name);
    tw_json_adds(b, text);
}

static void add_bool(struct tw_buf *b, const char *name, bool value)
{
    tw_buf_addf(b, ", \"%s\": %s", name, value ? "true" : "false");
}

static void add_number(struct tw_buf *b, const char *name, double value)
{
    tw_buf_addf(b, ", \"%s\": ", name);
    tw_json_add_number(b, value);
}

void tw_bench_row_add_outcome(struct tw_buf *b, const struct tw_bench_row *row)
{
    const struct tw_grade *o = &row->grade;
    const struct tw_finding *f = &o->finding;

    tw_buf_addf(b, "\"verdict\": \"%s\", \"cause\": \"%s\"",
                tw_verdict_name(f->verdict), tw_cause_name(f->cause));
    add_text(b, "type", f->type);
    add_text(b, "text", f->text);
    tw_buf_addf(b, ", \"line\": %d", f->line);
    add_text(b, "got", f->got);
    add_text(b, "expected", f->expected);
    tw_buf_addf(b, ", \"passed\": %zu, \"executed\": %zu", o->n_passed,
                o->n_asserts);
    add_bool(b, "loaded", o->loaded);
    add_bool(b, "finished", o->finished);
    add_bool(b, "clean", row->clean);
    add_bool(b, "again", row->again);
    add_bool(b, "weak", f->weak);
    add_number(b, "cpu_ms", f->cpu_ms);
    add_number(b, "wall_ms", f->wall_ms);
    add_number(b, "peak_mib", f->peak_mib);
}

static void copy_text(char *to, size_t size, const struct tw_json *line,
                      const char *name)
{
    const char *text = tw_json_text(tw_json_get(line, name), NULL);

    snprintf(to, size, "%s", text ? text : "");
}

static size_t get_count(const struct tw_json *line, const char *name)
{
    int64_t n = tw_json_int(tw_json_get(line, name), 0);

    return n > 0 ? (size_t)n : 0;
}

static bool get_bool(const struct tw_json *line, const char *name)
{
    return tw_json_bool(tw_json_get(line, name), false);
}

static double get_number(const struct tw_json *line, const char *name)
{
    return tw_json_number(tw_json_get(line, name), 0);
}

static enum tw_status read_names(struct tw_finding *f,
                                 const struct tw_json *line, struct tw_err *err)
{
    char verdict[24], cause[24];
    int v = 0, c = 0;

    copy_text(verdict, sizeof(verdict), line, "verdict");
    copy_text(cause, sizeof(cause), line, "cause");
    while (v <= (int)TW_VERDICT_HARNESS &&
           strcmp(verdict, tw_verdict_name((enum tw_verdict)v)) != 0)
        v++;
    while (c < (int)TW_CAUSE_COUNT &&
           strcmp(cause, tw_cause_name((enum tw_cause)c)) != 0)
        c++;
    if (v > (int)TW_VERDICT_HARNESS || c == (int)TW_CAUSE_COUNT)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot read a verdict '%s' with cause '%s'", verdict,
                       cause);
    f->verdict = (enum tw_verdict)v;
    f->cause = (enum tw_cause)c;
    return TW_OK;
}

enum tw_status tw_bench_row_read(struct tw_bench_row *row,
                                 const struct tw_json *line, struct tw_err *err)
{
    struct tw_grade *o = &row->grade;
    struct tw_finding *f = &o->finding;

    TW_TRY(read_names(f, line, err));
    copy_text(f->type, sizeof(f->type), line, "type");
    copy_text(f->text, sizeof(f->text), line, "text");
    f->line = (int)tw_json_int(tw_json_get(line, "line"), 0);
    copy_text(f->got, sizeof(f->got), line, "got");
    copy_text(f->expected, sizeof(f->expected), line, "expected");
    o->n_passed = get_count(line, "passed");
    o->n_asserts = get_count(line, "executed");
    o->loaded = get_bool(line, "loaded");
    o->finished = get_bool(line, "finished");
    row->clean = get_bool(line, "clean");
    row->again = get_bool(line, "again");
    f->weak = get_bool(line, "weak");
    f->cpu_ms = get_number(line, "cpu_ms");
    f->wall_ms = get_number(line, "wall_ms");
    f->peak_mib = get_number(line, "peak_mib");
    return TW_OK;
}

void tw_bench_add_row(struct tw_buf *b, const struct tw_bench_result *r,
                      const struct tw_taskset *set,
                      const struct tw_bench_row *row)
{
    tw_buf_adds(b, "{\"task\": ");
    tw_json_adds(b, set->tasks[row->task].id);
    tw_buf_addf(b, ", \"index\": %zu, ", row->index);
    tw_bench_row_add_outcome(b, row);
    tw_buf_addf(b, ", \"reference\": %zu",
                r->references[row->task].grade.n_asserts);
    add_text(b, "judged", tw_grade_place(set, &set->tasks[row->task]));
    add_bool(b, "empty", row->empty);
    add_bool(b, "whole", row->whole);
    add_number(b, "meteor", row->meteor);
    add_text(b, "sha256", row->key);
    tw_buf_addf(b, ", \"recorded\": %s}",
                row->recorded < 0 ? "null"
                : row->recorded   ? "true"
                                  : "false");
}
