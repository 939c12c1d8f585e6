/*
 * bench_stats.h - the figures of a benchmark, with bootstrap intervals.
 *
 * A task's value is the mean over its samples, a figure the mean over tasks;
 * the interval (95 %) comes from tasks drawn with replacement.  Samples that
 * our own faults left without a verdict are in no figure.
 */
#ifndef TW_BENCH_STATS_H
#define TW_BENCH_STATS_H

#include "bench/bench.h"

enum tw_bench_measure {
    TW_BENCH_CS,          /* the program loads */
    TW_BENCH_CS_CLEAN,    /* and its tests come to their end, no exception */
    TW_BENCH_TCER,        /* assertions passed / of the reference run */
    TW_BENCH_TCER_STRICT, /* 0 where CS-clean is */
    TW_BENCH_PASS,        /* every assertion passed */
    TW_BENCH_METEOR,
    TW_BENCH_MEASURES
};
/* "CS", "CS-clean", ... */
const char *tw_bench_measure_name(enum tw_bench_measure m);
/* How a table of causes names it: "pass" for none, else the cause. */
const char *tw_bench_cause_name(enum tw_cause c);

enum { TW_BENCH_K_MAX = 8, TW_BENCH_RESAMPLES = 10000 };

struct tw_bench_figure {
    double value, low, high; /* NaN: unknown */
};

struct tw_bench_stats_options {
    uint64_t seed;
    size_t k[TW_BENCH_K_MAX];
    size_t n_k;
    /* n@k: of the first n_at_k samples of a task the first n_at_m are handed
     * in; one of them has to pass. */
    size_t n_at_m[TW_BENCH_K_MAX], n_at_k[TW_BENCH_K_MAX];
    size_t n_n_at;
    bool all_tasks; /* a task without a sample counts as failed */
    bool no_empty;  /* leave empty answers out */
};

struct tw_bench_stats {
    size_t n_tasks, n_tasks_set; /* counted; in the set */
    size_t n_samples, n_harness, n_unsupported, n_empty, n_passed;
    size_t n_max, n_min; /* samples of a task */
    size_t causes[TW_CAUSE_COUNT];
    size_t n_asserts;   /* of the reference runs of the tasks counted */
    size_t n_bad_tasks; /* whose canonical solution did not pass */
    size_t n_unknown;   /* or has no verdict, by a fault of ours */
    size_t n_absent;    /* tasks that have none; they have no METEOR */
    size_t n_recorded, n_differ;
    struct tw_bench_figure measures[TW_BENCH_MEASURES];
    struct tw_bench_figure pass_at[TW_BENCH_K_MAX]; /* NaN: n below k */
    struct tw_bench_figure n_at[TW_BENCH_K_MAX];    /* likewise */
};

enum tw_status tw_bench_stats(struct tw_bench_stats *s,
                              const struct tw_bench_result *r,
                              const struct tw_bench_stats_options *o,
                              struct tw_err *err) TW_NODISCARD;

/* METEOR of the code against the canonical solution, for every row.  *variant:
 * what to name it, a text of 96 bytes.  Without WordNet, the variant that does
 * without. */
enum tw_status tw_bench_meteor(struct tw_bench_result *r, char variant[96],
                               const struct tw_bench_job *job,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_STATS_H */
