/*
 * bench_stats.c - from rows to figures with intervals.
 *
 * First sums for each task, then means of tasks, then the bootstrap: tasks are
 * drawn with replacement and all their figures come along, so that intervals
 * of different figures belong to the same draws (Efron, 1979; percentiles).
 */
#include "bench/bench_stats.h"

#include "base/rng.h"
#include "score/passk.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* Places in the values of a task: measures, then pass@k, then n@k.  All are
 * drawn together, so they stand in one array. */
enum {
    PASS_AT = TW_BENCH_MEASURES,
    N_AT = PASS_AT + TW_BENCH_K_MAX,
    VALUES = N_AT + TW_BENCH_K_MAX
};
#define STATS_MEMORY ((size_t)4 << 30)

/* As the paper writes them, where it has them. */
const char *tw_bench_measure_name(enum tw_bench_measure m)
{
    static const char *const names[TW_BENCH_MEASURES] = {
        [TW_BENCH_CS] = "CS",         [TW_BENCH_CS_CLEAN] = "CS-clean",
        [TW_BENCH_TCER] = "TCER",     [TW_BENCH_TCER_STRICT] = "TCER-strict",
        [TW_BENCH_PASS] = "all-pass", [TW_BENCH_METEOR] = "METEOR",
    };
    return names[m];
}

const char *tw_bench_cause_name(enum tw_cause c)
{
    return c == TW_CAUSE_NONE ? "pass" : tw_cause_name(c);
}

/* Of one task: counts, and sums that become means. */
struct task_sums {
    size_t n, n_passed;
    size_t first_pass; /* place of the first sample that passes, or n */
    double values[VALUES];
};

/* A sample into the sums of its task. first_pass counts the samples in front of
 * the first that passes, as rows come in the order of their index. */
static void add_values(struct task_sums *t, const struct tw_bench_result *r,
                       const struct tw_bench_row *row)
{
    const struct tw_grade *o = &row->grade;
    size_t all = tw_bench_denominator(r, row);
    double rate = 0;
    bool passed = tw_bench_passed(row);

    if (all)
        rate = (double)o->n_passed / (double)all;

    t->first_pass += t->n_passed == 0 && !passed;
    t->n++;
    t->n_passed += passed;
    t->values[TW_BENCH_CS] += o->loaded;
    t->values[TW_BENCH_CS_CLEAN] += row->clean;
    t->values[TW_BENCH_TCER] += rate;
    if (row->clean)
        t->values[TW_BENCH_TCER_STRICT] += rate;
    t->values[TW_BENCH_PASS] += passed;
    t->values[TW_BENCH_METEOR] += row->meteor;
}

/* A sample into the counts of the whole set. */
static void count_row(struct tw_bench_stats *s, const struct tw_bench_row *row)
{
    bool passed = tw_bench_passed(row);

    s->n_samples++;
    s->n_empty += row->empty;
    s->n_passed += passed;
    s->causes[row->grade.finding.cause]++;
    if (row->recorded < 0)
        return;
    s->n_recorded++;
    s->n_differ += passed != (row->recorded > 0);
}

/* All rows, but for empty answers where those are left out, and for our own
 * faults and what no judge can judge, which are in no figure. */
static void sum_up(struct tw_bench_stats *s, struct task_sums *tasks,
                   const struct tw_bench_result *r,
                   const struct tw_bench_stats_options *o)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct tw_bench_row *row = &r->rows[i];
        if (o->no_empty && row->empty)
            continue;
        if (row->grade.finding.end == TW_END_HARNESS) {
            s->n_harness++;
            continue;
        }
        if (row->grade.finding.end == TW_END_UNSUPPORTED) {
            s->n_unsupported++;
            continue;
        }
        count_row(s, row);
        add_values(&tasks[row->task], r, row);
    }
}

/* 1 when one of the first m samples passes; a task without samples fails. */
static double n_at_k(const struct task_sums *t, size_t m, size_t k)
{
    if (t->n == 0)
        return 0;
    if (t->n < k)
        return (double)NAN;
    return t->first_pass < m;
}

/* Sums become means; pass@k of fewer than k samples is unknown (NaN). */
static enum tw_status average(struct tw_bench_stats *s, struct task_sums *t,
                              const struct tw_bench_stats_options *o,
                              struct tw_err *err)
{
    for (size_t m = 0; m < TW_BENCH_MEASURES && t->n; m++)
        t->values[m] /= (double)t->n;
    for (size_t i = 0; i < o->n_k; i++) {
        double *p = &t->values[PASS_AT + i];
        if (t->n > 0)
            *p = (double)NAN; /* too few samples: unknown, not failed */
        if (t->n >= o->k[i])
            TW_TRY(tw_pass_at_k(p, t->n, t->n_passed, o->k[i], err));
    }
    for (size_t i = 0; i < o->n_n_at; i++)
        t->values[N_AT + i] = n_at_k(t, o->n_at_m[i], o->n_at_k[i]);
    if (t->n > s->n_max)
        s->n_max = t->n;
    if (t->n < s->n_min)
        s->n_min = t->n;
    return TW_OK;
}

/* The tasks that count, moved to the front.  With all_tasks a task without a
 * sample counts, with 0 for everything. */
static enum tw_status choose_tasks(struct tw_bench_stats *s,
                                   struct task_sums *tasks,
                                   const struct tw_bench_result *r,
                                   const struct tw_bench_stats_options *o,
                                   struct tw_err *err)
{
    s->n_min = SIZE_MAX;
    for (size_t i = 0; i < r->n_tasks; i++) {
        const struct tw_bench_row *ref = &r->references[i];
        if (tasks[i].n == 0 && !o->all_tasks)
            continue;
        TW_TRY(average(s, &tasks[i], o, err));
        if (ref->absent)
            tasks[i].values[TW_BENCH_METEOR] = (double)NAN;
        s->n_absent += ref->absent;
        s->n_asserts += ref->grade.n_asserts;
        bool unknown = ref->grade.finding.end == TW_END_HARNESS;
        s->n_unknown += unknown;
        unknown |= ref->grade.finding.end == TW_END_UNSUPPORTED;
        s->n_bad_tasks +=
            tasks[i].n > 0 && !unknown && !ref->absent && !tw_bench_passed(ref);
        tasks[s->n_tasks++] = tasks[i];
    }
    if (s->n_tasks == 0)
        s->n_min = 0;
    return TW_OK;
}

/* For qsort(); there is no NaN among the draws that are sorted. */
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* METEOR is a mean over the tasks that have something to compare with; any
 * other value that is unknown for one task is unknown for the set. */
static bool is_counted(size_t m, double value)
{
    return m != TW_BENCH_METEOR || !isnan(value);
}

/* The figure itself: the mean over tasks of value m. */
static double mean_of(const struct task_sums *tasks, size_t n, size_t m)
{
    double sum = 0;
    size_t n_counted = 0;

    for (size_t i = 0; i < n; i++) {
        if (!is_counted(m, tasks[i].values[m]))
            continue;
        sum += tasks[i].values[m];
        n_counted++;
    }
    if (n_counted == 0)
        return (double)NAN;
    return sum / (double)n_counted;
}

/* draws: TW_BENCH_RESAMPLES for each value, one after the other.  The stream
 * of random numbers has a name of its own, so that the intervals stay when
 * something else begins to draw. */
static void resample(double *draws, const struct task_sums *tasks, size_t n,
                     uint64_t seed)
{
    struct tw_rng rng = tw_rng_seeded(seed);

    rng = tw_rng_split(&rng, "bootstrap", 0);
    for (size_t b = 0; b < TW_BENCH_RESAMPLES; b++) {
        double sums[VALUES] = { 0 };
        size_t n_counted[VALUES] = { 0 };
        for (size_t i = 0; i < n; i++) {
            /* Uneven by n / 2^32 at most, far below what draws can show. */
            uint64_t place = (uint64_t)tw_rng_u32(&rng) * n >> 32;
            const struct task_sums *t = &tasks[place];
            for (size_t m = 0; m < VALUES; m++) {
                if (!is_counted(m, t->values[m]))
                    continue;
                sums[m] += t->values[m];
                n_counted[m]++;
            }
        }
        for (size_t m = 0; m < VALUES; m++)
            draws[m * TW_BENCH_RESAMPLES + b] = sums[m] / (double)n_counted[m];
    }
}

/* The interval of 95 %: without the lowest and the highest fortieth of the
 * draws, which are sorted in place. */
static struct tw_bench_figure figure_of(double *draws, double value)
{
    size_t n = 0;

    if (isnan(value))
        return (struct tw_bench_figure){ value, value, value };
    for (size_t i = 0; i < TW_BENCH_RESAMPLES; i++)
        if (!isnan(draws[i])) /* a draw of tasks without the figure */
            draws[n++] = draws[i];
    if (n == 0)
        return (struct tw_bench_figure){ value, (double)NAN, (double)NAN };
    qsort(draws, n, sizeof(*draws), by_value);
    return (struct tw_bench_figure){
        value,
        draws[n / 40],
        draws[n - 1 - n / 40],
    };
}

/* draws: VALUES rows of TW_BENCH_RESAMPLES numbers, about 2 MB. */
static enum tw_status compute(struct tw_bench_stats *s, struct tw_arena *a,
                              const struct tw_bench_result *r,
                              const struct tw_bench_stats_options *o,
                              struct tw_err *err)
{
    struct task_sums *tasks = tw_arena_alloc(a, r->n_tasks + 1, sizeof(*tasks));
    double *draws =
        tw_arena_alloc(a, VALUES, TW_BENCH_RESAMPLES * sizeof(*draws));

    TW_TRY(tw_arena_check(a, "the figures", err));
    sum_up(s, tasks, r, o);
    TW_TRY(choose_tasks(s, tasks, r, o, err));
    if (s->n_tasks)
        resample(draws, tasks, s->n_tasks, o->seed);
    for (size_t m = 0; m < VALUES; m++) {
        struct tw_bench_figure f = figure_of(draws + m * TW_BENCH_RESAMPLES,
                                             mean_of(tasks, s->n_tasks, m));
        if (m < PASS_AT)
            s->measures[m] = f;
        else if (m < N_AT)
            s->pass_at[m - PASS_AT] = f;
        else
            s->n_at[m - N_AT] = f;
    }
    return TW_OK;
}

/* Nothing of the arena is kept: figures are numbers. */
enum tw_status tw_bench_stats(struct tw_bench_stats *s,
                              const struct tw_bench_result *r,
                              const struct tw_bench_stats_options *o,
                              struct tw_err *err)
{
    struct tw_arena a;

    *s = (struct tw_bench_stats){ .n_tasks_set = r->n_tasks };
    tw_arena_init(&a, STATS_MEMORY);
    enum tw_status st = compute(s, &a, r, o, err);
    tw_arena_release(&a);
    return st;
}
