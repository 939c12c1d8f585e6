/*
 * codet.c - run recorded programs against generated tests, choose, compare.
 *
 * All programs of a task meet all of its generated assertions once; every
 * smaller number of programs and tests in the table is a part of that matrix,
 * so that its cells differ by the choice and not by chance.
 */
#include "bench/codet.h"

#include "base/clock.h"
#include "bench/agree.h"
#include "grade/program.h"
#include "python/helper.h"
#include "python/pyassert.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TASK_BYTES_MAX ((size_t)256 << 20)
#define RUN_BYTES_MAX  ((size_t)32 << 20)

/* codet.py, made into an array at build time. */
extern const char tw_codet_py[];

enum { LATE_MAX = 8 }; /* late assertions, then the program passes no more */

/* Where a continuation of a function ends. */
static const char *const stops[] = { "\nclass", "\ndef", "\n#", "\nif",
                                     "\nprint" };

/* Sizes of the table are bounds: a task may have fewer tests. */
static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What a task adds to the means. */
struct share {
    size_t n_tests;    /* different ones that were generated */
    size_t n_programs; /* different ones that were run */
    size_t n_runs, n_asserts, n_harness;
    double random[TW_CODET_NS_MAX], oracle[TW_CODET_NS_MAX];
    struct tw_codet_cell cells[TW_CODET_NS_MAX][TW_CODET_NS_MAX];
};

/* The samples of each task, in order. */
struct by_task {
    const struct tw_sample **items;
    size_t *first; /* n_tasks + 1 */
};

struct work {
    const struct tw_codet_config *c;
    struct by_task programs, tests;
    size_t n_max, nt_max; /* most programs and tests of a task that count */
    struct share *shares; /* one for each task */
    pthread_mutex_t turn; /* for what follows */
    size_t n_done;
    enum tw_status st;
    struct tw_err err;
};

/* One task. */
struct job {
    struct work *w;
    const struct tw_task *task;
    struct tw_arena *a;
    struct share *share;
    struct tw_err err;
    const char *tests;     /* generated, joined */
    double *weights;       /* n_tests: how often the model wrote it */
    size_t n_tests;        /* that are run, at most nt_max */
    size_t n;              /* programs, equal ones too */
    unsigned char *passed; /* n rows of nt_max */
    unsigned char *right;  /* n: passes the set's own tests */
};

#define PROGRAMS "the programs of a task"

/* For qsort(): the samples of a task by their number. */
static int by_index(const void *a, const void *b)
{
    const struct tw_sample *const *x = a, *const *y = b;
    return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

/* Samples by task, by counting: first[t] to first[t + 1] are those of t. */
static enum tw_status group(struct by_task *g, const struct tw_samples *s,
                            size_t n_tasks, struct tw_arena *a,
                            struct tw_err *err)
{
    size_t *at = tw_arena_alloc(a, n_tasks + 2, sizeof(*at));
    g->first = tw_arena_alloc(a, n_tasks + 2, sizeof(*g->first));
    g->items = tw_arena_alloc(a, s->n + 1, sizeof(*g->items));
    TW_TRY(tw_arena_check(a, PROGRAMS, err));
    for (size_t i = 0; i < s->n; i++)
        g->first[s->items[i].task + 1]++;
    for (size_t t = 0; t < n_tasks; t++)
        g->first[t + 1] += g->first[t];
    for (size_t t = 0; t < n_tasks; t++)
        at[t] = g->first[t];
    for (size_t i = 0; i < s->n; i++)
        g->items[at[s->items[i].task]++] = &s->items[i];
    for (size_t t = 0; t < n_tasks; t++)
        qsort(g->items + g->first[t], g->first[t + 1] - g->first[t],
              sizeof(struct tw_sample *), by_index);
    return TW_OK;
}

/* ---- the generated tests of a task ---- */

/* The generated tests of a task as a list of Python strings. */
static struct tw_pyval *sample_texts(const struct job *j, size_t t)
{
    const struct by_task *g = &j->w->tests;
    size_t n = g->first[t + 1] - g->first[t];
    struct tw_pyval **items = tw_arena_alloc(j->a, n + 1, sizeof(*items));
    if (!items)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const struct tw_sample *s = g->items[g->first[t] + i];
        items[i] = tw_pyval_str(j->a, s->text, s->len);
        if (!items[i])
            return NULL;
    }
    return tw_pyval_list(j->a, items, n);
}

/* rows: [[assertion, weight], ...], best first.  The assertions become one
 * program of a line each; an assertion's place is its number. */
static enum tw_status tests_join(struct job *j, const struct tw_pyval *rows)
{
    struct tw_buf text;
    size_t n = smaller(rows->n_items, j->w->nt_max);

    j->share->n_tests = rows->n_items;
    j->weights = tw_arena_alloc(j->a, n + 1, sizeof(*j->weights));
    TW_TRY(tw_arena_check(j->a, PROGRAMS, &j->err));
    tw_buf_init(&text, RUN_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        tw_buf_adds(&text, tw_helper_text(tw_helper_item(row, 0), j->a));
        tw_buf_addc(&text, '\n');
        j->weights[i] = tw_helper_number(tw_helper_item(row, 1), 0.0);
    }
    enum tw_status st = tw_buf_check(&text, "generated tests", &j->err);
    if (st == TW_OK) {
        j->tests = tw_arena_text(j->a, tw_buf_text(&text), text.len);
        st = tw_arena_check(j->a, PROGRAMS, &j->err);
    }
    tw_buf_release(&text);
    j->n_tests = n;
    return st;
}

/* A model goes on and on: its text is taken apart in the jail, into the
 * assertions that name the function and compile. */
static enum tw_status tests_make(struct job *j, size_t t)
{
    struct tw_pyval *args[4] = {
        sample_texts(j, t),
        tw_helper_str(j->a, j->task->entry),
        tw_helper_strs(j->a, stops, TW_ARRAY_LEN(stops)),
        tw_pyval_int(j->a, (long long)j->w->c->per_sample),
    };
    struct tw_py_call call = { .function = "tw_generated_asserts",
                               .args = args,
                               .n_args = 4 };
    struct tw_py_result *res;

    TW_TRY(tw_arena_check(j->a, PROGRAMS, &j->err));
    TW_TRY(tw_helper_run(j->w->c->jail, j->a, tw_codet_py, &call, 1, &res,
                         &j->err));
    if (res[0].outcome != TW_PY_VALUE)
        return tw_fail(&j->err, TW_EIO, 0,
                       "cannot take the tests of '%.60s' apart: %.60s",
                       j->task->id, res[0].text);
    return tests_join(j, res[0].value);
}

/* ---- the programs of a task ---- */

/* Length of the continuation up to what does not belong to the function. */
static size_t cut_at_stop(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; text[i] == '\n' && k < TW_ARRAY_LEN(stops); k++) {
            size_t n = strlen(stops[k]);
            if (n <= len - i && memcmp(text + i, stops[k], n) == 0)
                return i;
        }
    return len;
}

/* All generated assertions, one after the other, each by itself. */
static enum tw_status run_generated(struct job *j, const char *program,
                                    unsigned char *row)
{
    const struct tw_codet_config *c = j->w->c;
    struct tw_pyassert_report rep;
    struct tw_arena scratch;
    struct tw_pyassert_job job = {
        .candidate = program,
        .candidate_len = strlen(program),
        .tests = j->tests,
        .entry = j->task->entry,
        .limits = tw_jail_limits_default(),
        .assert_s = c->assert_s,
        .n_late_max = LATE_MAX,
        .go_on = true,
    };
    if (!j->n_tests)
        return TW_OK;
    job.limits.wall_s = job.limits.cpu_s = c->time_s;
    tw_arena_init(&scratch, RUN_BYTES_MAX);
    enum tw_status st = tw_pyassert_run(c->jail, &job, &scratch, &rep, &j->err);
    for (size_t i = 0; st == TW_OK && i < rep.n_asserts && i < j->n_tests; i++)
        row[i] = rep.outcomes[i] == TW_ASSERT_PASSED;
    if (st == TW_OK) {
        j->share->n_runs++;
        j->share->n_asserts += rep.n_asserts;
        /* A model wrote these tests: their mistakes are not ours. */
        j->share->n_harness += rep.finding.end == TW_END_HARNESS &&
                               strncmp(rep.finding.text, "tests: ", 7) != 0;
    }
    tw_arena_release(&scratch);
    return st;
}

/* Program i against the generated tests, then against those of the set, which
 * tell whether it is right. */
static enum tw_status run_one(struct job *j, size_t i, const char *text,
                              size_t len)
{
    const struct tw_codet_config *c = j->w->c;
    const struct tw_grader grader = { .jail = c->jail,
                                      .set = c->set,
                                      .options = { .time_s = c->time_s } };
    const struct tw_grade_answer answer = { .task = j->task,
                                            .text = text,
                                            .len = len };
    struct tw_grade out;
    struct tw_arena scratch;
    const char *program;

    tw_arena_init(&scratch, RUN_BYTES_MAX);
    enum tw_status st =
        tw_grade_program(&program, &scratch, &grader, &answer, &j->err);
    if (st == TW_OK)
        st = run_generated(j, program, j->passed + i * j->w->nt_max);
    if (st == TW_OK)
        st = tw_grade_sample(&out, &scratch, &grader, &answer, &j->err);
    if (st == TW_OK) {
        j->right[i] = out.finding.end == TW_END_PASS;
        j->share->n_runs++;
        j->share->n_asserts += out.n_asserts;
        j->share->n_harness += out.finding.end == TW_END_HARNESS;
    }
    tw_arena_release(&scratch);
    return st;
}

/* Each different program once: models repeat themselves, and a run takes a
 * second where a comparison takes none. */
static enum tw_status programs_run(struct job *j, size_t t)
{
    const struct by_task *g = &j->w->programs;
    const struct tw_sample *const *s = g->items + g->first[t];
    size_t *len = tw_arena_alloc(j->a, j->n + 1, sizeof(*len));

    TW_TRY(tw_arena_check(j->a, PROGRAMS, &j->err));
    for (size_t i = 0, k; i < j->n; i++) {
        len[i] = cut_at_stop(s[i]->text, s[i]->len);
        for (k = 0; k < i; k++)
            if (len[k] == len[i] && !memcmp(s[k]->text, s[i]->text, len[i]))
                break;
        if (k == i) {
            j->share->n_programs++;
            TW_TRY(run_one(j, i, s[i]->text, len[i]));
            continue;
        }
        memcpy(j->passed + i * j->w->nt_max, j->passed + k * j->w->nt_max,
               j->w->nt_max);
        j->right[i] = j->right[k];
    }
    return TW_OK;
}

/* ---- choosing ---- */

/* The programs with the most tests passed, by weight. */
static double expect_most(const struct tw_agree *g, size_t n,
                          const unsigned char *right)
{
    double best = -1.0;
    size_t count = 0, n_right = 0;

    for (size_t i = 0; i < g->n_groups; i++)
        if (g->groups[i].weight > best)
            best = g->groups[i].weight;
    for (size_t i = 0; i < n; i++)
        if (g->groups[g->group_of[i]].weight >= best) {
            count++;
            n_right += right[i];
        }
    if (count == 0)
        return 0.0;
    return (double)n_right / (double)count;
}

/* Every cell of the table for this task: of the first n programs and the first
 * tests, which one is chosen, and is it right? */
static enum tw_status choose(struct job *j)
{
    const struct tw_codet_config *c = j->w->c;

    for (size_t i = 0; i < c->n_ns; i++) {
        size_t n = c->ns[i], n_right = 0;
        for (size_t k = 0; k < n; k++)
            n_right += j->right[k];
        j->share->random[i] = (double)n_right / (double)n;
        j->share->oracle[i] = n_right > 0;
        for (size_t k = 0; k < c->n_nts; k++) {
            struct tw_agree g;
            struct tw_agree_input in = {
                .n_programs = n,
                .n_tests = smaller(c->nts[k], j->n_tests),
                .passed = j->passed,
                .stride = j->w->nt_max,
                .weights = j->weights,
            };
            TW_TRY(tw_agree(&g, &in, j->a, &j->err));
            j->share->cells[i][k] = (struct tw_codet_cell){
                .chosen = tw_agree_expected(&g, n, j->right),
                .most = expect_most(&g, n, j->right),
            };
        }
    }
    return TW_OK;
}

/* passed: n rows of nt_max bytes; a task with fewer tests uses less of a
 * row. */
static enum tw_status task_run(struct job *j, size_t t)
{
    j->n = j->w->n_max;
    j->passed = tw_arena_alloc(j->a, j->n, j->w->nt_max);
    j->right = tw_arena_alloc(j->a, j->n, 1);
    TW_TRY(tw_arena_check(j->a, PROGRAMS, &j->err));
    TW_TRY(tests_make(j, t));
    TW_TRY(programs_run(j, t));
    return choose(j);
}

/* Work of one thread.  The first failure is kept, and the others stop before
 * their next task. */
static void tasks_run(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct work *w = ctx;

    (void)worker;
    for (size_t t = first; t < last; t++) {
        struct tw_arena a;
        struct job j = { .w = w,
                         .task = &w->c->set->tasks[t],
                         .a = &a,
                         .share = &w->shares[t] };
        pthread_mutex_lock(&w->turn);
        enum tw_status st = w->st;
        pthread_mutex_unlock(&w->turn);
        if (st != TW_OK)
            return;
        tw_arena_init(&a, TASK_BYTES_MAX);
        st = task_run(&j, t);
        tw_arena_release(&a);
        pthread_mutex_lock(&w->turn);
        w->n_done++;
        if (st == TW_OK && !tw_progress_step(w->c->progress, "programs",
                                             w->n_done, w->c->set->n, NULL))
            st = tw_fail(&j.err, TW_ECANCELED, 0, "canceled");
        if (st != TW_OK && w->st == TW_OK) {
            w->st = st;
            w->err = j.err;
        }
        pthread_mutex_unlock(&w->turn);
    }
}

/* ---- all of it ---- */

/* The sizes of the table, and the largest of them, for which all is run. */
static enum tw_status check(struct work *w, struct tw_err *err)
{
    const struct tw_codet_config *c = w->c;

    if (c->n_ns < 1 || c->n_ns > TW_CODET_NS_MAX || c->n_nts < 1 ||
        c->n_nts > TW_CODET_NS_MAX)
        return tw_fail(err, TW_EINVAL, 0, "refuse a table of %zu by %zu",
                       c->n_ns, c->n_nts);
    for (size_t i = 0; i < c->n_ns; i++)
        w->n_max = larger(w->n_max, c->ns[i]);
    for (size_t i = 0; i < c->n_nts; i++)
        w->nt_max = larger(w->nt_max, c->nts[i]);
    if (w->nt_max > TW_CODET_TESTS_MAX || w->nt_max < 1)
        return tw_fail(err, TW_ELIMIT, 0, "refuse %zu tests of a task",
                       w->nt_max);
    return TW_OK;
}

/* A task with fewer programs would make the columns of the table means over
 * different tasks. */
static enum tw_status enough(const struct work *w, struct tw_err *err)
{
    for (size_t t = 0; t < w->c->set->n; t++) {
        size_t n = w->programs.first[t + 1] - w->programs.first[t];
        if (n < w->n_max)
            return tw_fail(err, TW_EINVAL, t,
                           "find %zu programs of '%.60s' where %zu are "
                           "compared",
                           n, w->c->set->tasks[t].id, w->n_max);
    }
    return TW_OK;
}

/* Means over all tasks, each with the same weight, in the order of the set: the
 * sums do not depend on the threads. */
static void add_up(struct tw_codet_report *r, const struct work *w)
{
    const double n = (double)w->c->set->n;

    for (size_t t = 0; t < w->c->set->n; t++) {
        const struct share *s = &w->shares[t];
        r->tests_mean += (double)s->n_tests / n;
        r->n_programs += s->n_programs;
        r->n_runs += s->n_runs;
        r->n_asserts += s->n_asserts;
        r->n_harness += s->n_harness;
        for (size_t i = 0; i < w->c->n_ns; i++) {
            r->random[i] += s->random[i] / n;
            r->oracle[i] += s->oracle[i] / n;
            for (size_t k = 0; k < w->c->n_nts; k++) {
                r->cells[i][k].chosen += s->cells[i][k].chosen / n;
                r->cells[i][k].most += s->cells[i][k].most / n;
            }
        }
    }
}

/* Everything that can be refused is refused before the first program runs. */
static enum tw_status run_all(struct work *w, struct tw_arena *a,
                              struct tw_err *err)
{
    const struct tw_codet_config *c = w->c;

    TW_TRY(check(w, err));
    TW_TRY(group(&w->programs, c->samples, c->set->n, a, err));
    TW_TRY(group(&w->tests, c->tests, c->set->n, a, err));
    TW_TRY(enough(w, err));
    w->shares = tw_arena_alloc(a, c->set->n + 1, sizeof(*w->shares));
    TW_TRY(tw_arena_check(a, "the tasks", err));
    tw_pool_run(c->pool, c->set->n, 1, tasks_run, w);
    if (w->st != TW_OK && err)
        *err = w->err;
    return w->st;
}

/* The tests of the set take no part in the choice: they only tell how good it
 * was. */
enum tw_status tw_codet_run(struct tw_codet_report *report,
                            const struct tw_codet_config *config,
                            struct tw_err *err)
{
    struct work w = { .c = config };
    struct tw_arena a;
    double start = tw_clock_mono();

    *report = (struct tw_codet_report){ .n_tasks = config->set->n };
    pthread_mutex_init(&w.turn, NULL);
    tw_arena_init(&a, TASK_BYTES_MAX);
    enum tw_status st = run_all(&w, &a, err);
    if (st == TW_OK)
        add_up(report, &w);
    report->wall_s = tw_clock_mono() - start;
    tw_arena_release(&a);
    pthread_mutex_destroy(&w.turn);
    return st;
}
