/*
 * coverage.c - Python by a trace function, C by gcov; counted here.
 *
 * What could be executed is found without running anything (inspect.py, or
 * the compiler's own notes), and what was executed comes out of the jail.  A
 * program that forges its trace can only claim lines that exist.
 */
#include "inspect/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "inspect/inspect_priv.h"
#include "python/helper.h"

#include "base/banned.h"

/* Bytes that a run may report; seconds for program and tests together. */
enum { RECORD_MAX = 32 << 20, SECONDS = 10 };

/* coverage_driver.py, made into an array at build time. */
extern const char tw_coverage_py[];

/* One measurement; all borrowed. */
struct work {
    struct tw_coverage *c;
    struct tw_jail *jail;
    struct tw_arena *a;
    const struct tw_coverage_job *job;
    struct tw_err *err;
};

/* What could be executed, and was: pairs, lines as pairs with to = 0. */
struct pairs {
    struct tw_branch *items; /* (n) sorted, so that a hit is found by halving */
    bool *hit;               /* (n) */
    size_t n;
};

/* Room for n pairs; the caller asks the arena whether it was granted. */
static void pairs_make(struct pairs *p, struct tw_arena *a, size_t n)
{
    p->items = tw_arena_alloc(a, n + 1, sizeof(*p->items));
    p->hit = tw_arena_alloc(a, n + 1, sizeof(*p->hit));
    p->n = 0;
}

/* By the first line, then by the second. */
static int compare(const void *x, const void *y)
{
    const struct tw_branch *a = x, *b = y;
    if (a->from != b->from)
        return (a->from > b->from) - (a->from < b->from);
    return (a->to > b->to) - (a->to < b->to);
}

/* A pair that cannot exist is dropped: the trace is the program's word. */
static void pairs_hit(struct pairs *p, int from, int to)
{
    struct tw_branch key = { from, to };
    struct tw_branch *found =
        bsearch(&key, p->items, p->n, sizeof(key), compare);
    if (found)
        p->hit[found - p->items] = true;
}

/* How many of them were hit. */
static size_t pairs_count(const struct pairs *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->hit[i];
    return n;
}

/* Counts and what is missing, into the result. */
static enum tw_status finish(struct work *w, const struct pairs *lines,
                             const struct pairs *branches)
{
    struct tw_coverage *c = w->c;
    c->n_statements = lines->n;
    c->n_executed = pairs_count(lines);
    c->n_branches = branches->n;
    c->n_taken = pairs_count(branches);
    c->missed_lines = tw_arena_alloc(w->a, c->n_statements + 1, sizeof(int));
    c->missed_branches =
        tw_arena_alloc(w->a, c->n_branches + 1, sizeof(*c->missed_branches));
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    for (size_t i = 0, n = 0; i < lines->n; i++)
        if (!lines->hit[i])
            c->missed_lines[n++] = lines->items[i].from;
    for (size_t i = 0, n = 0; i < branches->n; i++)
        if (!branches->hit[i])
            c->missed_branches[n++] = branches->items[i];
    c->measured = true;
    return TW_OK;
}

/* A cause outlives the result of the jail that it came from. */
static const char *text_copy(struct tw_arena *a, const char *text)
{
    const char *copy = tw_arena_text(a, text, strlen(text));
    if (!copy)
        return "";
    return copy;
}

/* Tracing slows a program down by a factor, and its record is long: more time
 * and output than a judge gives. */
static struct tw_jail_limits limits_of(const struct tw_coverage_job *job)
{
    struct tw_jail_limits l = tw_jail_limits_default();
    l.wall_s = l.cpu_s = SECONDS;
    if (job->seconds > 0)
        l.wall_s = l.cpu_s = job->seconds;
    l.out_bytes = RECORD_MAX;
    return l;
}

/* --- Python --- */

/* What a program of Python could execute, as inspect.py reads it. */
struct plan {
    struct pairs lines, arcs;
    struct pairs first; /* line to the first line of its statement */
};

/* A list of lines, or of pairs of lines. */
static enum tw_status read_rows(struct work *w, struct pairs *p,
                                const struct tw_pyval *rows)
{
    size_t n = 0;
    if (rows)
        n = rows->n_items;
    pairs_make(p, w->a, n);
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        struct tw_branch *b = &p->items[p->n++];
        if (row && row->n_items == 2)
            *b = (struct tw_branch){ tw_inspect_int(row, 0),
                                     tw_inspect_int(row, 1) };
        else
            *b = (struct tw_branch){ tw_inspect_int(rows, i), 0 };
    }
    qsort(p->items, p->n, sizeof(*p->items), compare);
    return TW_OK;
}

/* *ok: the program can be read; else the cause is set. */
static enum tw_status make_plan(struct work *w, struct plan *p, bool *ok)
{
    const struct tw_source *s = w->job->source;
    struct tw_pyval *arg = tw_pyval_str(w->a, s->text, s->n);
    struct tw_py_call call = { .function = "tw_arcs",
                               .args = &arg,
                               .n_args = 1 };
    struct tw_py_result *r;
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    TW_TRY(tw_inspect_job(w->jail, w->a, tw_inspect_py, &call, 1, &r, w->err));
    *ok = r->outcome == TW_PY_VALUE;
    if (!*ok) {
        w->c->cause = tw_inspect_cause(r, w->a);
        return TW_OK;
    }
    TW_TRY(read_rows(w, &p->lines, tw_helper_item(r->value, 0)));
    TW_TRY(read_rows(w, &p->arcs, tw_helper_item(r->value, 1)));
    return read_rows(w, &p->first, tw_helper_item(r->value, 2));
}

/* Lines of one statement count as its first: a call over three lines is one
 * place that a test reaches or does not. */
static int first_line(const struct plan *p, int line)
{
    size_t low = 0, high = p->first.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (p->first.items[mid].from < line)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == p->first.n || p->first.items[low].from != line)
        return line;
    return p->first.items[low].to;
}

/* The number comes from beside the program, and may be anything. */
static int json_line(const struct tw_json *v)
{
    int64_t line = tw_json_int(v, 0);
    if (line <= -1000000000 || line >= 1000000000)
        return 0;
    return (int)line;
}

/* Lines and pairs that were executed, into the plan. */
static void take_trace(struct plan *p, const struct tw_json *root)
{
    const struct tw_json *lines = tw_json_get(root, "lines");
    const struct tw_json *arcs = tw_json_get(root, "arcs");
    for (size_t i = 0; i < tw_json_len(lines); i++)
        pairs_hit(&p->lines, first_line(p, json_line(tw_json_at(lines, i))), 0);
    for (size_t i = 0; i < tw_json_len(arcs); i++) {
        const struct tw_json *arc = tw_json_at(arcs, i);
        pairs_hit(&p->arcs, first_line(p, json_line(tw_json_at(arc, 0))),
                  first_line(p, json_line(tw_json_at(arc, 1))));
    }
}

/* How the run ended, "pass" or the name of an exception; printable only. */
static void take_end(struct tw_coverage *c, const struct tw_json *root)
{
    size_t n = 0;
    const char *end = tw_json_text(tw_json_get(root, "end"), NULL);
    for (; end && *end && n + 1 < sizeof(c->end); end++)
        if (*end > ' ' && *end < 0x7f)
            c->end[n++] = *end;
    c->end[n] = '\0';
}

/* Program and tests in one interpreter, which the driver traces. */
static enum tw_status trace_python(struct work *w, const char *tests,
                                   struct tw_jail_result *r)
{
    const struct tw_source *s = w->job->source;
    const struct tw_jail_file files[] = {
        { "candidate.py", s->text, s->n },
        { "tests.py", tests, strlen(tests) },
    };
    const char *entry = w->job->entry;
    if (!entry)
        entry = "";
    const char *argv[] = {
        tw_py_interpreter(), "-S",  "-s", "-B", "-X", "utf8", "-c",
        tw_coverage_py,      entry, NULL
    };
    struct tw_jail_spec spec = {
        .argv = argv, .files = files, .n_files = 2, .limits = limits_of(w->job)
    };
    if (!argv[0])
        return tw_fail(w->err, TW_EIO, 0,
                       "find no Python 3: install it as /usr/bin/python3");
    return tw_jail_run(w->jail, &spec, r, w->err);
}

/* Three jobs: what could run, the tests as a plain program, the run itself.
 * The first two are ours; only the third holds the program. */
static enum tw_status cover_python(struct work *w)
{
    struct plan plan = { 0 };
    struct tw_jail_result r;
    struct tw_json *root = NULL;
    const char *tests;
    bool ok = false;
    TW_TRY(make_plan(w, &plan, &ok));
    if (!ok)
        return TW_OK;
    TW_TRY(tw_inspect_tests(w->jail, w->a, w->job->source, w->job->tests,
                            &tests, &w->c->cause, w->err));
    if (!tests)
        return TW_OK;
    tw_jail_result_init(&r);
    enum tw_status st = trace_python(w, tests, &r);
    w->c->wall_ms = r.wall_ms;
    if (st == TW_OK && tw_json_parse(&root, tw_buf_text(&r.record),
                                     r.record.len, NULL) != TW_OK) {
        const char *why = r.cause;
        if (r.end == TW_END_PASS)
            why = "the program wrote over the trace";
        w->c->cause = text_copy(w->a, why);
    } else if (st == TW_OK) {
        take_trace(&plan, root);
        take_end(w->c, root);
        tw_json_free(root);
        st = finish(w, &plan.lines, &plan.arcs);
    }
    tw_jail_result_release(&r);
    return st;
}

/* --- C --- */

enum { NOT_COMPILED = 97 }; /* exit status of the script */

/* -O0, so that each line has code of its own.  Counters are updated without
 * locks (single): exact for tests that start no threads.
 * $1: program, $2: tests, $3: "i" when the tests include the program.  What
 * the program writes to descriptor 3 would be taken for gcov's: it is closed.
 * gcov: one line of JSON. */
static const char gcov_script[] =
    "exec 4>&3 3>&-\n"
    "c='gcc -std=gnu11 -O0 -w -fprofile-update=single'\n"
    "if [ \"$3\" = i ]; then\n"
    "  $c --coverage -c \"$2\" -o t.o && $c --coverage t.o -o t -lm -lpthread\n"
    "else\n"
    "  $c --coverage -c \"$1\" -o s.o && $c -c \"$2\" -o t.o &&\n"
    "  $c --coverage s.o t.o -o t -lm -lpthread\n"
    "fi || exit 97\n"
    "(exec ./t 4>&-)\n"
    "echo \"$?\" >&4\n"
    "o=s; [ \"$3\" = i ] && o=t\n"
    "gcov -b -c -j -t $o.o 2>/dev/null >&4\n";

/* How many lines, or branches of all lines, gcov has. */
static size_t count_lines(const struct tw_json *lines, bool branches)
{
    size_t n = 0;
    if (!branches)
        return tw_json_len(lines);
    for (size_t i = 0; i < tw_json_len(lines); i++)
        n += tw_json_len(tw_json_get(tw_json_at(lines, i), "branches"));
    return n;
}

/* A branch has no target line in gcov: its number stands for it. */
static void take_gcov(struct pairs *lines, struct pairs *branches,
                      const struct tw_json *rows)
{
    for (size_t i = 0; i < tw_json_len(rows); i++) {
        const struct tw_json *row = tw_json_at(rows, i);
        const struct tw_json *ways = tw_json_get(row, "branches");
        int line = json_line(tw_json_get(row, "line_number"));
        lines->items[lines->n] = (struct tw_branch){ line, 0 };
        lines->hit[lines->n++] =
            tw_json_number(tw_json_get(row, "count"), 0.0) > 0;
        for (size_t k = 0; k < tw_json_len(ways); k++) {
            const struct tw_json *way = tw_json_at(ways, k);
            branches->items[branches->n] = (struct tw_branch){ line, (int)k };
            branches->hit[branches->n++] =
                tw_json_number(tw_json_get(way, "count"), 0.0) > 0;
        }
    }
}

/* gcov names a file by the path that the compiler saw. */
static bool is_file(const struct tw_json *file, const char *name)
{
    const char *path = tw_json_text(tw_json_get(file, "file"), NULL);
    return path && strcmp(tw_file_basename(path), name) == 0;
}

/* gcov also tells of system headers: only the program counts. */
static enum tw_status read_gcov(struct work *w, const char *text, size_t n)
{
    struct tw_json *root;
    const struct tw_json *rows = NULL;
    struct pairs lines, branches;
    w->c->cause = "gcov told nothing of the program";
    if (tw_json_parse(&root, text, n, NULL) != TW_OK)
        return TW_OK;
    const struct tw_json *files = tw_json_get(root, "files");
    for (size_t i = 0; i < tw_json_len(files) && !rows; i++)
        if (is_file(tw_json_at(files, i), w->job->source->name))
            rows = tw_json_get(tw_json_at(files, i), "lines");
    enum tw_status st = TW_OK;
    if (rows) {
        pairs_make(&lines, w->a, count_lines(rows, false));
        pairs_make(&branches, w->a, count_lines(rows, true));
        st = tw_arena_check(w->a, "an inspection", w->err);
    }
    if (rows && st == TW_OK) {
        take_gcov(&lines, &branches, rows);
        w->c->cause = "";
        st = finish(w, &lines, &branches);
    }
    tw_json_free(root);
    return st;
}

/* Compile, run and read, one job: the notes of gcov must not leave the jail. */
static enum tw_status run_gcov(struct work *w, struct tw_jail_result *r)
{
    const struct tw_coverage_job *job = w->job;
    size_t n = 0;
    struct tw_jail_file *files =
        tw_arena_alloc(w->a, job->n_files + 2, sizeof(*files));
    const char *how = "l";
    if (tw_inspect_is_included(job->source, job->tests))
        how = "i";
    const char *argv[] = {
        "/bin/sh",        "-c", gcov_script, "sh", job->source->name,
        job->tests->name, how,  NULL
    };
    struct tw_jail_spec spec = { .argv = argv, .limits = limits_of(job) };
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    files[n++] = (struct tw_jail_file){ job->source->name, job->source->text,
                                        job->source->n };
    files[n++] = (struct tw_jail_file){ job->tests->name, job->tests->text,
                                        job->tests->n };
    for (size_t i = 0; i < job->n_files; i++)
        files[n++] = job->files[i];
    spec.files = files;
    spec.n_files = n;
    return tw_jail_run(w->jail, &spec, r, w->err);
}

/* Why there is no record: the compiler's first line, or the jail's cause. */
static const char *why_no_record(struct work *w, const struct tw_jail_result *r)
{
    const char *front = "", *what = r->cause;
    if (r->exit_code == NOT_COMPILED) {
        front = "does not compile: ";
        what = tw_buf_text(&r->err);
    }
    const char *cause =
        tw_arena_textf(w->a, "%s%.*s", front, (int)strcspn(what, "\n"), what);
    if (!cause)
        return "";
    return cause;
}

/* The exit status of the tests in a line of its own, and gcov's JSON. */
static enum tw_status take_record(struct work *w, struct tw_jail_result *r)
{
    const char *text = tw_buf_text(&r->record);
    const char *line = strchr(text, '\n');
    if (r->exit_code == NOT_COMPILED || !line) {
        w->c->cause = why_no_record(w, r);
        return TW_OK;
    }
    long status = strtol(text, NULL, 10);
    if (status == 0)
        snprintf(w->c->end, sizeof(w->c->end), "pass");
    else if (status > 128)
        snprintf(w->c->end, sizeof(w->c->end), "signal %ld", status - 128);
    else
        snprintf(w->c->end, sizeof(w->c->end), "exit status %ld", status);
    return read_gcov(w, line + 1, r->record.len - (size_t)(line + 1 - text));
}

/* The names stand in a command line, so they are looked at first. */
static enum tw_status cover_c(struct work *w)
{
    struct tw_jail_result r;
    TW_TRY(tw_inspect_names(w->job->source, w->job->tests, w->err));
    tw_jail_result_init(&r);
    enum tw_status st = run_gcov(w, &r);
    w->c->wall_ms = r.wall_ms;
    if (st == TW_OK)
        st = take_record(w, &r);
    tw_jail_result_release(&r);
    return st;
}

/* What the caller asks for wrongly is an error; what a program does wrong is a
 * result with a cause. */
enum tw_status tw_coverage_run(struct tw_coverage *c, struct tw_jail *jail,
                               struct tw_arena *a,
                               const struct tw_coverage_job *job,
                               struct tw_err *err)
{
    struct work w = { c, jail, a, job, err };
    *c = (struct tw_coverage){ .cause = "" };
    if (job->source->lang != job->tests->lang)
        return tw_fail(err, TW_EINVAL, 0,
                       "program and tests are of different languages");
    if (job->source->lang == TW_SOURCE_PYTHON)
        return cover_python(&w);
    if (job->source->lang == TW_SOURCE_C)
        return cover_c(&w);
    return tw_fail(err, TW_EINVAL, 0, "no coverage of this language");
}
