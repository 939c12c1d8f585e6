/*
 * bench.c - a run of a benchmark: lay out the rows, judge each different
 * program once over all cores, spread what was found, gather the ranks.
 *
 * Nothing that a row says depends on the order in which threads came to it;
 * the journal is in that order, and rows are found in it by the key of their
 * program.
 */
#include "bench/bench.h"

#include "base/clock.h"
#include "base/file.h"
#include "bench/bench_journal.h"
#include "bench/bench_row.h"
#include "grade/claims.h"
#include "grade/program.h"
#include "python/pyassert.h"
#include "python/pyrun.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Bounds, not sizes: an arena takes what it needs.  A row has about 700
 * bytes. */
#define RESULT_MEMORY  ((size_t)8 << 30)
#define PROGRAM_MEMORY ((size_t)256 << 20)
#define LINES_MAX      ((size_t)4 << 30)
/* A run that used less of its time on a CPU waited for something: for a busy
 * machine, perhaps.  It gets another try by itself, with the same time on a
 * CPU and longer to wait. */
static const double busy_share = 0.8, patience = 1.5;

/* Programs that are worth waiting for warm interpreters. */
enum { WARM_FROM = 6 };

/* A row to fill: a reference or a sample. */
struct entry {
    struct tw_grade_answer answer;
    struct tw_bench_row *row; /* of the result: rows or references */
};

/* A run; entries and what points to them live in the arena of the result. */
struct work {
    const struct tw_bench_job *job;
    struct tw_bench_result *r;
    struct tw_err *err;
    struct entry *entries;
    size_t n;
    struct entry **sorted;  /* by key, then by place: equal ones follow */
    struct entry **leaders; /* the first of each key, by key */
    bool *done;             /* of the leaders */
    size_t n_leaders;
    size_t *todo; /* indices of leaders */
    size_t n_todo;
    struct tw_claims_set claims;
    bool apart_cold;            /* too few programs for warm pairs */
    bool again;                 /* the stage of those that were late */
    struct tw_journal *journal; /* NULL: no folder is kept */
    pthread_mutex_t mutex;   /* of what follows, and of journal and progress */
    enum tw_status st;       /* the first failure; its message is in *err */
    size_t n_done, n_passed; /* of this stage */
    const char *stage;       /* for the progress line */
};

/* White space only; a NUL is text, though none that Python would take. */
static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!text[i] || !strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

static int by_task(const void *a, const void *b)
{
    const struct tw_sample *x = *(const struct tw_sample *const *)a;
    const struct tw_sample *y = *(const struct tw_sample *const *)b;

    if (x->task != y->task)
        return (x->task > y->task) - (x->task < y->task);
    return (x->index > y->index) - (x->index < y->index);
}

/* The rows of a result are in this order, whatever the order of the file, so
 * that row i belongs to sample order[i]. */
const struct tw_sample **tw_bench_order(const struct tw_bench_job *job,
                                        struct tw_arena *a)
{
    const struct tw_sample **order =
        tw_arena_alloc(a, job->n_samples + 1, sizeof(*order));

    if (!order)
        return NULL;
    for (size_t i = 0; i < job->n_samples; i++)
        order[i] = &job->samples[i];
    qsort(order, job->n_samples, sizeof(const struct tw_sample *), by_task);
    return order;
}

/* Equal programs become neighbours, the first of them in front: that one is
 * judged, so which one it is must not depend on qsort(). */
static int by_key(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a;
    const struct entry *y = *(struct entry *const *)b;
    int d = strcmp(x->row->key, y->row->key);

    if (d != 0)
        return d;
    return (x > y) - (x < y);
}

/* What is known of a sample before it is judged. */
static void fill_row(struct tw_bench_row *row, const struct tw_sample *s)
{
    *row = (struct tw_bench_row){ .task = s->task,
                                  .index = s->index,
                                  .recorded = s->recorded,
                                  .empty = is_blank(s->text, s->len),
                                  .whole = s->whole,
                                  .meteor = (double)NAN };
}

/* A sample without a program has its finding before anything is run: a failure
 * of the answer, or a fault of ours where the extraction broke. */
static bool is_lost(const struct tw_bench_job *job, struct tw_bench_row *row,
                    const struct tw_sample *s)
{
    enum tw_cause cause = TW_CAUSE_NONE;
    struct tw_finding *f = &row->grade.finding;

    if (job->lost)
        cause = job->lost[s - job->samples];
    if (cause == TW_CAUSE_NONE)
        return false;
    const char *text = "the answer has no code";
    f->end = TW_END_FAIL;
    f->cause = cause;
    if (cause == TW_CAUSE_HARNESS) {
        f->end = TW_END_HARNESS;
        text = "the answer could not be taken apart";
    }
    snprintf(f->text, sizeof(f->text), "%s", text);
    return true;
}

/* There is room: lay_out() made it for all samples and all tasks. */
static void add_entry(struct work *w, const struct tw_task *task,
                      const char *text, size_t len, bool whole,
                      struct tw_bench_row *row)
{
    w->entries[w->n++] = (struct entry){ { task, text, len, whole }, row };
}

/* Rows in order of task and index, and the entries of this rank.  In front of a
 * task's samples stands its canonical solution: TCER counts by the assertions
 * that it executes. */
static enum tw_status lay_out(struct work *w)
{
    const struct tw_bench_job *job = w->job;
    const struct tw_taskset *set = job->grader.set;
    struct tw_bench_result *r = w->r;
    const struct tw_sample **order = tw_bench_order(job, &r->arena);

    r->n = job->n_samples;
    r->n_tasks = set->n;
    r->rows = tw_arena_alloc(&r->arena, r->n + 1, sizeof(*r->rows));
    r->references = tw_arena_alloc(&r->arena, set->n, sizeof(*r->references));
    w->entries = tw_arena_alloc(&r->arena, r->n + set->n, sizeof(*w->entries));
    TW_TRY(tw_arena_check(&r->arena, "the samples", w->err));
    for (size_t i = 0; i < r->n; i++) {
        const struct tw_sample *s = order[i];
        const struct tw_task *task = &set->tasks[s->task];
        fill_row(&r->rows[i], s);
        if (!tw_ranks_mine(job->ranks, s->task))
            continue;
        if ((i == 0 || order[i - 1]->task != s->task) &&
            tw_bench_has_reference(task)) {
            struct tw_bench_row *row = &r->references[s->task];
            row->task = s->task;
            add_entry(w, task, task->canonical, strlen(task->canonical),
                      task->canonical_whole, row);
        }
        if (!is_lost(job, &r->rows[i], s))
            add_entry(w, task, s->text, s->len, s->whole, &r->rows[i]);
    }
    return TW_OK;
}

/* The key of a program: its task, the trusted helpers, its bytes.  Two samples
 * of one key would be judged alike, today and in a run that goes on from the
 * journal; what else matters is in the hash of the journal's inputs. */
static enum tw_status make_key(struct work *w, const struct entry *e)
{
    const struct tw_grade_options *o = &w->job->grader.options;
    struct tw_grade_source source;
    const char *helpers = NULL;
    struct tw_arena a;
    struct tw_hash h;

    tw_arena_init(&a, PROGRAM_MEMORY);
    enum tw_status st = tw_grade_source(&source, &a, o, &e->answer, w->err);
    if (st == TW_OK)
        st = tw_grade_helpers(&helpers, &a, o, &e->answer, w->err);
    if (st == TW_OK) {
        tw_hash_init(&h);
        tw_hash_adds(&h, e->answer.task->id);
        tw_hash_adds(&h, helpers);
        tw_hash_add(&h, source.text, source.len);
        tw_hash_hex(&h, e->row->key);
    }
    tw_arena_release(&a);
    return st;
}

/* Which programs there are, each once. */
static enum tw_status group(struct work *w)
{
    struct tw_arena *a = &w->r->arena;

    w->sorted = tw_arena_alloc(a, w->n + 1, sizeof(*w->sorted));
    w->leaders = tw_arena_alloc(a, w->n + 1, sizeof(*w->leaders));
    w->done = tw_arena_alloc(a, w->n + 1, sizeof(*w->done));
    w->todo = tw_arena_alloc(a, w->n + 1, sizeof(*w->todo));
    TW_TRY(tw_arena_check(a, "the samples", w->err));
    for (size_t i = 0; i < w->n; i++) {
        TW_TRY(make_key(w, &w->entries[i]));
        w->sorted[i] = &w->entries[i];
    }
    qsort(w->sorted, w->n, sizeof(*w->sorted), by_key);
    for (size_t i = 0; i < w->n; i++)
        if (i == 0 ||
            strcmp(w->sorted[i]->row->key, w->sorted[i - 1]->row->key) != 0)
            w->leaders[w->n_leaders++] = w->sorted[i];
    w->r->n_programs = w->n_leaders;
    return TW_OK;
}

/* Place of the program with this key, SIZE_MAX: none of ours. */
static size_t find_leader(const struct work *w, const char *key)
{
    size_t low = 0, high = w->n_leaders;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = strcmp(w->leaders[mid]->row->key, key);
        if (d == 0)
            return mid;
        if (d < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return SIZE_MAX;
}

/* A line of the journal: an outcome of an earlier run.  Our own faults are
 * tried again. */
static enum tw_status take_outcome(void *ctx, const struct tw_json *line,
                                   struct tw_err *err)
{
    struct work *w = ctx;
    const char *key = tw_json_text(tw_json_get(line, "key"), NULL);
    size_t i = SIZE_MAX;

    if (key)
        i = find_leader(w, key);
    if (i == SIZE_MAX)
        return TW_OK; /* of a task of another rank */
    struct tw_bench_row *row = w->leaders[i]->row;
    TW_TRY(tw_bench_row_read(row, line, err));
    w->done[i] = row->grade.finding.end != TW_END_HARNESS;
    return TW_OK;
}

/* Reads what earlier runs found, then appends to the file of this rank. */
static enum tw_status open_journal(struct work *w)
{
    const struct tw_bench_job *job = w->job;
    struct tw_journal_spec spec = { .folder = job->folder,
                                    .name = "judged",
                                    .rank = tw_ranks_rank(job->ranks),
                                    .inputs = job->inputs,
                                    .take = take_outcome,
                                    .ctx = w };

    if (!job->folder)
        return TW_OK;
    return tw_journal_open(&w->journal, &spec, w->err);
}

/* CS-clean: the tests came to their end and nothing but an assertion failed.  A
 * judge without outcomes tells by loaded and finished alone. */
static bool is_clean(const struct tw_grade *o)
{
    bool clean = o->loaded && o->finished;

    for (size_t i = 0; clean && o->outcomes && i < o->n_asserts; i++)
        clean = o->outcomes[i] == TW_ASSERT_PASSED ||
                o->outcomes[i] == TW_ASSERT_FAILED;
    return clean;
}

/* One line of the journal; the caller holds the lock. */
static enum tw_status note(struct work *w, const struct tw_bench_row *row,
                           struct tw_err *err)
{
    struct tw_buf line;
    struct tw_json_out out;

    if (!w->journal)
        return TW_OK;
    tw_buf_init(&line, 1u << 16);
    tw_json_out_init(&out, &line);
    tw_json_out_object(&out, NULL);
    tw_json_out_text(&out, "key", row->key);
    tw_bench_row_finding_out(&out, row);
    tw_json_out_end(&out);
    tw_json_out_done(&out);
    enum tw_status st = tw_journal_add(w->journal, &line, err);
    tw_buf_release(&line);
    return st;
}

/* One program is judged: journal, progress, and whether to go on. */
static void settle(struct work *w, struct tw_bench_row *row, enum tw_status st,
                   struct tw_err *err)
{
    char text[64];

    pthread_mutex_lock(&w->mutex);
    w->n_done++;
    w->n_passed += st == TW_OK && tw_bench_passed(row);
    if (st == TW_OK)
        st = note(w, row, err);
    snprintf(text, sizeof(text), "%zu pass", w->n_passed);
    if (st == TW_OK && !tw_progress_step(w->job->progress, w->stage, w->n_done,
                                         w->n_todo, text))
        st = tw_fail(err, TW_ECANCELED, 0, "stopped after %zu of %zu programs",
                     w->n_done, w->n_todo);
    if (st != TW_OK && w->st == TW_OK) {
        w->st = st;
        if (w->err)
            *w->err = *err;
    }
    pthread_mutex_unlock(&w->mutex);
}

/* Judge a program in an arena of its own, which is gone after it: a run of a
 * hundred thousand samples must not grow. again: with more patience. */
static void judge_one(struct work *w, const struct entry *e, bool again)
{
    struct tw_grader g = w->job->grader;
    struct tw_err err = { 0 };
    struct tw_arena a;

    if (w->claims.items)
        g.claims = &w->claims;
    g.apart_cold = w->apart_cold;
    if (again)
        g.options.wall_s =
            patience *
            tw_grade_limits(g.set->lang, &g.options, e->answer.task).wall_s;
    tw_arena_init(&a, PROGRAM_MEMORY);
    enum tw_status st =
        tw_grade_sample(&e->row->grade, &a, &g, &e->answer, &err);
    e->row->clean = st == TW_OK && is_clean(&e->row->grade);
    e->row->again = again;
    e->row->grade.outcomes = NULL; /* in the arena */
    settle(w, e->row, st, &err);
    tw_arena_release(&a);
}

/* Another thread failed, or the user stopped the run. */
static bool is_stopped(struct work *w)
{
    pthread_mutex_lock(&w->mutex);
    bool stopped = w->st != TW_OK;
    pthread_mutex_unlock(&w->mutex);
    return stopped;
}

/* Work of one thread, in pieces of one: programs differ in time by a
 * thousand. */
static void judge_range(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct work *w = ctx;

    (void)worker;
    for (size_t i = first; i < last && !is_stopped(w); i++)
        judge_one(w, w->leaders[w->todo[i]], w->again);
}

/* Programs to judge whose tests are more than claims. */
static size_t count_apart(const struct work *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_todo; i++)
        n += w->claims.items[w->leaders[w->todo[i]]->row->task].n == 0;
    return n;
}

/* What is made once: the tests taken apart, interpreters that are warm, of
 * each kind that has enough to do. */
static enum tw_status prepare(struct work *w)
{
    const struct tw_grader *g = &w->job->grader;
    const unsigned n = tw_pool_threads(w->job->pool);

    for (size_t i = 0; i < w->n_leaders; i++)
        if (!w->done[i])
            w->todo[w->n_todo++] = i;
    if (g->set->lang != TW_LANG_PYTHON || w->n_todo == 0)
        return TW_OK;
    TW_TRY(tw_claims_make(&w->claims, g->jail, g->set, w->err));
    const size_t n_apart = count_apart(w);
    w->apart_cold = n_apart < WARM_FROM;
    if (g->options.cold)
        return TW_OK;
    if (w->n_todo - n_apart >= WARM_FROM)
        (void)tw_jail_warm_up(g->jail, &tw_pyrun_warm, n);
    if (w->apart_cold)
        return TW_OK;
    unsigned n_pairs = n;
    if (n_apart < 4 * WARM_FROM)
        n_pairs = 1; /* a pair costs two interpreters */
    (void)tw_jail_warm_up(g->jail, &tw_pyassert_warm_candidate, n_pairs);
    (void)tw_jail_warm_up(g->jail, &tw_pyassert_warm_tests, n_pairs);
    return TW_OK;
}

/* All that the journal did not have; the seconds are those of judging alone. */
static enum tw_status judge_all(struct work *w)
{
    double begun = tw_clock_mono();

    w->r->n_judged = w->n_todo;
    w->stage = "judge";
    tw_pool_run(w->job->pool, w->n_todo, 1, judge_range, w);
    w->r->seconds = tw_clock_mono() - begun;
    return w->st;
}

/* Out of time on the clock, with most of the CPU's time unused. */
static bool deserves_another(const struct work *w,
                             const struct tw_bench_row *row)
{
    const struct tw_finding *f = &row->grade.finding;
    const struct tw_grader *g = &w->job->grader;
    struct tw_jail_limits limits =
        tw_grade_limits(g->set->lang, &g->options, &g->set->tasks[row->task]);

    return f->cause == TW_CAUSE_TIMEOUT && !row->again &&
           f->cpu_ms < busy_share * 1000 * limits.cpu_s;
}

/* Side by side as before, for what waited will mostly wait again; what is new
 * is the patience, and that only those are left. */
static enum tw_status judge_late_again(struct work *w)
{
    w->n_todo = w->n_done = w->n_passed = 0;
    for (size_t i = 0; i < w->n_leaders; i++)
        if (deserves_another(w, w->leaders[i]->row))
            w->todo[w->n_todo++] = i;
    w->r->n_again = w->n_todo;
    w->stage = "timeouts, again";
    w->again = true;
    tw_pool_run(w->job->pool, w->n_todo, 1, judge_range, w);
    return w->st;
}

/* Equal programs stand together, the judged one first. */
static void spread(struct work *w)
{
    for (size_t i = 1; i < w->n; i++) {
        const struct tw_bench_row *from = w->sorted[i - 1]->row;
        struct tw_bench_row *to = w->sorted[i]->row;
        if (strcmp(from->key, to->key) != 0)
            continue;
        to->grade = from->grade;
        to->clean = from->clean;
        to->again = from->again;
    }
}

/* A canonical solution that did not come to its end has not shown how many
 * assertions there are; the set tells, where it lists them. */
static void mend_references(struct work *w)
{
    const struct tw_taskset *set = w->job->grader.set;

    for (size_t i = 0; i < w->n; i++) {
        struct tw_bench_row *row = w->entries[i].row;
        size_t n = set->tasks[row->task].n_asserts;
        bool reference =
            row >= w->r->references && row < w->r->references + w->r->n_tasks;
        if (reference && !tw_bench_passed(row) && row->grade.n_asserts < n)
            row->grade.n_asserts = n;
    }
}

/* Without a canonical solution nobody shows how many assertions a task has: it
 * has those that the set lists, or the most that a sample has executed. */
static void mark_absent(struct tw_bench_result *r, const struct tw_taskset *set)
{
    for (size_t i = 0; i < r->n_tasks; i++) {
        struct tw_bench_row *ref = &r->references[i];

        if (tw_bench_has_reference(&set->tasks[i]))
            continue;
        ref->task = i;
        ref->absent = true;
        ref->grade.n_asserts = set->tasks[i].n_asserts;
    }
    for (size_t i = 0; i < r->n; i++) {
        struct tw_bench_row *ref = &r->references[r->rows[i].task];

        if (ref->absent)
            ref->grade.n_asserts = tw_bench_denominator(r, &r->rows[i]);
    }
}

/* What travels: a row, and where it belongs. */
struct parcel {
    size_t n_programs, n_judged, n_again; /* in a rank's first parcel */
    size_t place;                         /* rows first, then references */
    struct tw_bench_row row;
};

/* Rows as bytes.  This needs ranks that are one program on machines of one
 * kind, as mpirun starts them. */
static enum tw_status pack(struct work *w, struct tw_buf *b)
{
    for (size_t i = 0; i < w->n; i++) {
        struct tw_bench_row *row = w->entries[i].row;
        struct parcel p = { .row = *row };
        if (row >= w->r->rows && row < w->r->rows + w->r->n)
            p.place = (size_t)(row - w->r->rows);
        else
            p.place = w->r->n + (size_t)(row - w->r->references);
        if (i == 0) {
            p.n_programs = w->r->n_programs;
            p.n_judged = w->r->n_judged;
            p.n_again = w->r->n_again;
        }
        tw_buf_add(b, &p, sizeof(p));
    }
    return tw_buf_check(b, "the rows of a process", w->err);
}

/* Rank 0: each row to its place.  The places are checked, for another rank may
 * be another build. */
static void unpack(struct tw_bench_result *r, const struct tw_buf *all)
{
    r->n_programs = r->n_judged = r->n_again = 0;
    for (size_t at = 0; at + sizeof(struct parcel) <= all->len;
         at += sizeof(struct parcel)) {
        struct parcel p;
        memcpy(&p, all->bytes + at, sizeof(p));
        r->n_programs += p.n_programs;
        r->n_judged += p.n_judged;
        r->n_again += p.n_again;
        if (p.place < r->n)
            r->rows[p.place] = p.row;
        else if (p.place - r->n < r->n_tasks)
            r->references[p.place - r->n] = p.row;
    }
}

/* Also after a failure: the other ranks wait. */
static enum tw_status gather(struct work *w, enum tw_status st)
{
    struct tw_buf mine, all;

    if (!w->job->ranks)
        return st;
    tw_buf_init(&mine, LINES_MAX);
    tw_buf_init(&all, LINES_MAX);
    if (st == TW_OK)
        st = pack(w, &mine);
    st = tw_ranks_gather(w->job->ranks, st, tw_buf_text(&mine), mine.len, &all,
                         w->err);
    if (st == TW_OK)
        unpack(w->r, &all);
    tw_buf_release(&mine);
    tw_buf_release(&all);
    return st;
}

/* What one rank does by itself. */
static enum tw_status run(struct work *w)
{
    if (w->job->n_samples > TW_BENCH_ROWS_MAX)
        return tw_fail(w->err, TW_ELIMIT, 0, "at most %d samples are judged",
                       TW_BENCH_ROWS_MAX);
    TW_TRY(lay_out(w));
    TW_TRY(group(w));
    TW_TRY(open_journal(w));
    TW_TRY(prepare(w));
    TW_TRY(judge_all(w));
    TW_TRY(judge_late_again(w));
    spread(w);
    mend_references(w);
    return TW_OK;
}

/* A rank that fails gathers all the same, else the others would wait for it. */
enum tw_status tw_bench_run(struct tw_bench_result *r,
                            const struct tw_bench_job *job, struct tw_err *err)
{
    struct tw_err own = { 0 };
    struct work w = { .job = job, .r = r, .err = err };

    if (!err)
        w.err = &own;
    *r = (struct tw_bench_result){ 0 };
    tw_arena_init(&r->arena, RESULT_MEMORY);
    if (pthread_mutex_init(&w.mutex, NULL) != 0)
        return tw_fail(err, TW_ENOMEM, 0, "cannot make a lock");
    enum tw_status st = gather(&w, run(&w));
    if (st == TW_OK)
        mark_absent(r, job->grader.set);
    tw_journal_close(w.journal);
    tw_claims_release(&w.claims);
    pthread_mutex_destroy(&w.mutex);
    if (st != TW_OK)
        tw_bench_release(r);
    return st;
}

void tw_bench_release(struct tw_bench_result *r)
{
    tw_arena_release(&r->arena);
    *r = (struct tw_bench_result){ 0 };
}
