/*
 * bench_report.c - what a benchmark prints for people.
 *
 * The paper's three figures stand first, then what they hide: whether the
 * tests came to their end, empty answers, our own faults, canonical solutions
 * that fail.  A number that a note makes doubtful has the note below it.
 */
#include "bench/bench_report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* A cell holds two texts of a finding; a list of more differences than
 * LISTED_MAX is nobody's reading. */
enum { CELL = 512, NOTES_MAX = 24, LISTED_MAX = 500 };
#define REPORT_MEMORY ((size_t)256 << 20)

/* A table that is being filled, cell by cell, row after row.  All texts are in
 * its arena, which filling_end() releases. */
struct filling {
    struct tw_arena a;
    const char *head[TW_SHEET_COLUMNS_MAX]; /* n_columns */
    const char **cells;                     /* n_cells, of at most room */
    const char *notes[NOTES_MAX];
    size_t n_columns, n_cells, room, n_notes;
};

/* Room for n_rows at most; cells beyond that are dropped. */
static enum tw_status filling_begin(struct filling *s, size_t n_columns,
                                    size_t n_rows, struct tw_err *err)
{
    *s = (struct filling){ .n_columns = n_columns, .room = n_columns * n_rows };
    tw_arena_init(&s->a, REPORT_MEMORY);
    s->cells = tw_arena_alloc(&s->a, s->room + 1, sizeof(*s->cells));
    return tw_arena_check(&s->a, "a table", err);
}

/* Text of at most CELL bytes, in the arena; longer ones are cut. */
static const char *format_text(struct filling *s, const char *fmt, va_list args)
    TW_PRINTF(2, 0);
static const char *format_text(struct filling *s, const char *fmt, va_list args)
{
    char *text = tw_arena_alloc(&s->a, CELL, 1);

    if (!text)
        return ""; /* the arena remembers */
    vsnprintf(text, CELL, fmt, args);
    return text;
}

/* The next cell of the row that is being filled. */
static void cell(struct filling *s, const char *fmt, ...) TW_PRINTF(2, 3);
static void cell(struct filling *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    if (s->n_cells < s->room)
        s->cells[s->n_cells++] = format_text(s, fmt, args);
    va_end(args);
}

/* A line below the table. */
static void note(struct filling *s, const char *fmt, ...) TW_PRINTF(2, 3);
static void note(struct filling *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    if (s->n_notes < NOTES_MAX)
        s->notes[s->n_notes++] = format_text(s, fmt, args);
    va_end(args);
}

/* A share as per cent; "-" when it is unknown. */
static void percent(struct filling *s, double x)
{
    if (isnan(x))
        cell(s, "-");
    else
        cell(s, "%.2f", 100 * x);
}

/* Lays the table out and releases the filling. n_left: how many of the first
 * columns are names. */
static enum tw_status filling_end(struct filling *s, struct tw_buf *b,
                                  const char *caption, size_t n_left,
                                  enum tw_sheet_format format,
                                  struct tw_err *err)
{
    struct tw_sheet t = { .caption = caption,
                          .head = s->head,
                          .n_columns = s->n_columns,
                          .n_left = n_left,
                          .cells = s->cells,
                          .n_rows = s->n_cells / s->n_columns,
                          .notes = s->notes,
                          .n_notes = s->n_notes };
    enum tw_status st = tw_arena_check(&s->a, "a table", err);

    tw_sheet_add(b, &t, format);
    tw_buf_addc(b, '\n');
    tw_arena_release(&s->a);
    return st;
}

/* How the numbers were made: who compares two tables looks here first. */
static void add_settings(struct filling *s, const struct tw_bench_entry *e)
{
    const struct tw_grade_options *o = &e->job->grader.options;
    const struct tw_taskset *set = e->set;
    const double seconds = o->time_s > 0 ? o->time_s : TW_GRADE_TIME_S;
    const char *stub = "off", *prelude = "off", *meteor = "no", *own = "";

    if (o->stub)
        stub = "in front of whole programs";
    if (o->prelude)
        prelude = "on";
    if (e->meteor[0])
        meteor = e->meteor;
    for (size_t i = 0; set && i < set->n && o->time_s <= 0; i++)
        if (set->tasks[i].time_s > 0)
            own = " or what the task states";
    note(
        s,
        "prompt stub %s, import prelude %s, limit %.3g s of CPU%s, __name__ is "
        "no main; METEOR: %s, code against the canonical solution",
        stub, prelude, seconds, own, meteor);
    note(s, "CS: the program loads; CS-clean: and its tests end without an "
            "exception; TCER: assertions passed of those of the canonical "
            "run; TCER-strict: 0 where CS-clean is 0");
}

/* What makes a row doubtful, loudest where it is our fault. */
static void add_warnings(struct filling *s, const struct tw_bench_entry *e)
{
    const struct tw_bench_stats *t = &e->stats;
    const char *set = e->set->name;

    if (e->form)
        note(s, "%s: the file holds %s", set, e->form);
    for (size_t i = 0; i < TW_ARRAY_LEN(e->notes); i++)
        if (e->notes[i])
            note(s, "%s", e->notes[i]);
    if (e->set->n && e->result->n &&
        strcmp(tw_grade_place(e->set, e->set->tasks), "with the answer") == 0)
        note(s,
             "%s: tests run in the answer's process; one that knows this "
             "program can forge a pass (docs/languages.md)",
             set);
    for (size_t i = 0; i < e->result->n; i++)
        if (e->result->rows[i].grade.finding.weak) {
            note(s, "%s: WEAK SANDBOX (TIER B)", set);
            break;
        }
    if (t->n_tasks < t->n_tasks_set)
        note(s, "%s: %zu of %zu tasks have samples, the others do not count",
             set, t->n_tasks, t->n_tasks_set);
    if (t->n_harness)
        note(s,
             "%s: %zu SAMPLES WITHOUT A VERDICT BY OUR OWN FAULT, in no "
             "figure",
             set, t->n_harness);
    if (t->n_unsupported)
        note(s,
             "%s: %zu samples are unsupported, for no judge has what their "
             "tests need; they are in no figure",
             set, t->n_unsupported);
    if (t->n_unknown)
        note(s,
             "%s: THE CANONICAL SOLUTIONS OF %zu TASKS HAVE NO VERDICT BY OUR "
             "OWN FAULT: TCER is not right",
             set, t->n_unknown);
    if (t->n_bad_tasks)
        note(s, "%s: the canonical solutions of %zu tasks did not pass", set,
             t->n_bad_tasks);
    if (t->n_absent)
        note(s,
             "%s: no reference: %zu of %zu tasks have no canonical solution; "
             "they count in no METEOR, and TCER counts the most assertions "
             "that a sample executed",
             set, t->n_absent, t->n_tasks);
    if (t->n_empty && !e->filled.n_samples)
        note(s, "%s: %zu empty answers, and no other", set, t->n_empty);
    else if (t->n_empty)
        note(s,
             "%s: %zu empty answers; without them (%zu samples) CS %.2f, TCER "
             "%.2f, all-pass %.2f",
             set, t->n_empty, e->filled.n_samples,
             100 * e->filled.measures[TW_BENCH_CS].value,
             100 * e->filled.measures[TW_BENCH_TCER].value,
             100 * e->filled.measures[TW_BENCH_PASS].value);
}

/* The table that people quote: a row for each set of answers. */
static enum tw_status add_main(struct tw_buf *b,
                               const struct tw_bench_entry *entries, size_t n,
                               enum tw_sheet_format format, struct tw_err *err)
{
    /* The paper's three first, then what they leave open. */
    static const enum tw_bench_measure order[] = {
        TW_BENCH_CS,       TW_BENCH_TCER,        TW_BENCH_METEOR,
        TW_BENCH_CS_CLEAN, TW_BENCH_TCER_STRICT, TW_BENCH_PASS,
    };
    static const char *const first[] = { "model", "set", "tasks", "samples" };
    size_t n_first = TW_ARRAY_LEN(first), n_order = TW_ARRAY_LEN(order);
    size_t n_k = 0; /* all entries have the same */
    struct filling s;

    if (n)
        n_k = entries[0].options.n_k;

    TW_TRY(filling_begin(&s, n_first + n_order + n_k, n, err));
    memcpy(s.head, first, sizeof(first));
    for (size_t j = 0; j < n_order; j++)
        s.head[n_first + j] = tw_bench_measure_name(order[j]);
    for (size_t j = 0; j < n_k; j++) {
        const char *name =
            tw_arena_textf(&s.a, "pass@%zu", entries[0].options.k[j]);
        if (!name)
            name = "";
        s.head[n_first + n_order + j] = name;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tw_bench_stats *t = &entries[i].stats;
        cell(&s, "%s", entries[i].model);
        cell(&s, "%s", entries[i].set->name);
        cell(&s, "%zu", t->n_tasks);
        cell(&s, "%zu", t->n_samples);
        for (size_t j = 0; j < n_order; j++)
            percent(&s, t->measures[order[j]].value);
        for (size_t j = 0; j < n_k; j++)
            percent(&s, t->pass_at[j].value);
        add_warnings(&s, &entries[i]);
    }
    if (n)
        add_settings(&s, &entries[0]);
    return filling_end(&s, b, NULL, 2, format, err);
}

/* A figure with its interval. */
static void figure_row(struct filling *s, const char *name,
                       const struct tw_bench_figure *f)
{
    cell(s, "%s", name);
    percent(s, f->value);
    percent(s, f->low);
    percent(s, f->high);
}

/* All figures of one set of answers.  An unknown pass@k says why it is. */
static enum tw_status add_figures(struct tw_buf *b,
                                  const struct tw_bench_entry *e,
                                  enum tw_sheet_format format,
                                  struct tw_err *err)
{
    const struct tw_bench_stats *t = &e->stats;
    char caption[160], name[32];
    struct filling s;

    TW_TRY(filling_begin(&s, 4, TW_BENCH_MEASURES + 2 * TW_BENCH_K_MAX, err));
    s.head[0] = "figure";
    s.head[1] = "%";
    s.head[2] = "95 % from";
    s.head[3] = "to";
    for (size_t m = 0; m < TW_BENCH_MEASURES; m++)
        figure_row(&s, tw_bench_measure_name((enum tw_bench_measure)m),
                   &t->measures[m]);
    for (size_t i = 0; i < e->options.n_k; i++) {
        snprintf(name, sizeof(name), "pass@%zu", e->options.k[i]);
        figure_row(&s, name, &t->pass_at[i]);
        if (isnan(t->pass_at[i].value))
            note(&s, "%s needs as many samples of every task; there are %zu",
                 name, t->n_min);
    }
    for (size_t i = 0; i < e->options.n_n_at; i++) {
        snprintf(name, sizeof(name), "%zu@%zu", e->options.n_at_m[i],
                 e->options.n_at_k[i]);
        figure_row(&s, name, &t->n_at[i]);
    }
    const char *where = " in the canonical runs";
    if (t->n_absent)
        where = "";
    note(&s, "%zu of %zu samples pass; %zu assertions%s", t->n_passed,
         t->n_samples, t->n_asserts, where);
    note(&s, "intervals: %d bootstrap draws of %zu tasks, seed %llu",
         TW_BENCH_RESAMPLES, t->n_tasks, (unsigned long long)e->options.seed);
    snprintf(caption, sizeof(caption), "%s, %.60s", e->set->name, e->model);
    return filling_end(&s, b, caption, 1, format, err);
}

/* How the samples ended; causes without a sample have no row. */
static enum tw_status add_causes(struct tw_buf *b,
                                 const struct tw_bench_entry *e,
                                 enum tw_sheet_format format,
                                 struct tw_err *err)
{
    const struct tw_bench_stats *t = &e->stats;
    struct filling s;

    TW_TRY(filling_begin(&s, 3, TW_CAUSE_COUNT, err));
    s.head[0] = "class";
    s.head[1] = "samples";
    s.head[2] = "%";
    for (size_t c = 0; c < TW_CAUSE_COUNT; c++) {
        if (!t->causes[c])
            continue;
        cell(&s, "%s", tw_bench_cause_name((enum tw_cause)c));
        cell(&s, "%zu", t->causes[c]);
        percent(&s, (double)t->causes[c] / (double)t->n_samples);
    }
    if (e->result->n_again)
        note(&s,
             "%zu programs that timed out without using their time on a CPU "
             "were judged once more with a longer wall clock",
             e->result->n_again);
    return filling_end(&s, b, NULL, 1, format, err);
}

/* Did the file say something else?  A sample without a verdict differs from
 * nothing. */
static bool differs(const struct tw_bench_row *row)
{
    return row->recorded >= 0 && row->grade.finding.end < TW_END_HARNESS &&
           tw_bench_passed(row) != (row->recorded > 0);
}

/* One sample whose recorded verdict is another: what happened here is shown,
 * for the file tells no more than pass or fail. */
static void difference_row(struct filling *s, const struct tw_bench_entry *e,
                           const struct tw_bench_row *row)
{
    const struct tw_finding *f = &row->grade.finding;

    cell(s, "%s", e->set->tasks[row->task].id);
    cell(s, "%zu", row->index);
    cell(s, "%s", tw_end_name(f->end));
    if (row->recorded > 0)
        cell(s, "pass");
    else
        cell(s, "fail");
    cell(s, "%s", tw_cause_name(f->cause));
    if (f->got[0] && f->expected[0])
        cell(s, "%s, not %s", f->got, f->expected);
    else if (f->type[0] && f->text[0])
        cell(s, "%s: %s", f->type, f->text);
    else
        cell(s, "%s%s", f->type, f->text);
}

/* The samples that differ from what was recorded, where something was. */
static enum tw_status add_differences(struct tw_buf *b,
                                      const struct tw_bench_entry *e,
                                      enum tw_sheet_format format,
                                      struct tw_err *err)
{
    static const char *const head[] = { "task",     "sample", "here",
                                        "recorded", "cause",  "what" };
    const struct tw_bench_stats *t = &e->stats;
    struct filling s;

    if (!t->n_recorded)
        return TW_OK;
    TW_TRY(filling_begin(&s, TW_ARRAY_LEN(head), LISTED_MAX, err));
    memcpy(s.head, head, sizeof(head));
    for (size_t i = 0; i < e->result->n; i++)
        if (differs(&e->result->rows[i]) && s.n_cells < s.room)
            difference_row(&s, e, &e->result->rows[i]);
    const char *listed = "";
    if (t->n_differ > LISTED_MAX)
        listed = ", the first are listed";
    note(&s, "%zu of %zu verdicts differ from the recorded ones%s", t->n_differ,
         t->n_recorded, listed);
    return filling_end(&s, b, NULL, s.n_columns, format, err);
}

/* What we owe a verdict: our own faults, by name. */
static enum tw_status add_faults(struct tw_buf *b,
                                 const struct tw_bench_entry *e,
                                 enum tw_sheet_format format,
                                 struct tw_err *err)
{
    const struct tw_bench_result *r = e->result;
    struct filling s;

    if (!e->stats.n_harness && !e->stats.n_unknown && !e->stats.n_unsupported)
        return TW_OK;
    TW_TRY(filling_begin(&s, 3, LISTED_MAX, err));
    s.head[0] = "without a verdict";
    s.head[1] = "sample";
    s.head[2] = "what";
    for (size_t i = 0; i < r->n + r->n_tasks; i++) {
        const bool sample = i < r->n;
        const struct tw_bench_row *row = &r->rows[i];
        if (!sample)
            row = &r->references[i - r->n];
        const struct tw_finding *f = &row->grade.finding;
        if (f->end < TW_END_HARNESS || s.n_cells == s.room)
            continue;
        cell(&s, "%s", e->set->tasks[row->task].id);
        if (sample)
            cell(&s, "%zu", row->index);
        else
            cell(&s, "canonical");
        cell(&s, "%s", f->text);
    }
    return filling_end(&s, b, NULL, s.n_columns, format, err);
}

/* The table first, for it is what most readers want; then the parts of each set
 * of answers. */
enum tw_status tw_bench_report(struct tw_buf *b,
                               const struct tw_bench_entry *entries, size_t n,
                               enum tw_sheet_format format, struct tw_err *err)
{
    TW_TRY(add_main(b, entries, n, format, err));
    for (size_t i = 0; i < n; i++) {
        TW_TRY(add_figures(b, &entries[i], format, err));
        TW_TRY(add_causes(b, &entries[i], format, err));
        TW_TRY(add_faults(b, &entries[i], format, err));
        TW_TRY(add_differences(b, &entries[i], format, err));
    }
    return tw_buf_check(b, "the report", err);
}
