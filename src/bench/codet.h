/*
 * codet.h - selection by generated tests, measured on recorded answers.
 *
 * Per task there are n programs and generated assert statements, both of one
 * model.  Every program runs all of the tests, once; groups and scores are
 * those of writer/agree.h; the task set's own tests tell how often the chosen
 * program is right.
 */
#ifndef TW_BENCH_CODET_H
#define TW_BENCH_CODET_H

#include "base/pool.h"
#include "base/progress.h"
#include "jail/jail.h"
#include "tasks/samples.h"

enum { TW_CODET_NS_MAX = 8, TW_CODET_TESTS_MAX = 256 };

struct tw_codet_config {
    const struct tw_taskset *set;     /* prompts, tests that count */
    const struct tw_samples *samples; /* programs: continuations */
    const struct tw_samples *tests;   /* continuations of "assert " */
    size_t ns[TW_CODET_NS_MAX];       /* programs per task: 3, 5, 10 */
    size_t n_ns;
    size_t nts[TW_CODET_NS_MAX]; /* tests per task: 1, 5, 10, 20, 60 */
    size_t n_nts;
    size_t per_sample; /* asserts taken from one test sample: 5 */
    double assert_s;   /* of one generated assertion: 0.1 s */
    double time_s;     /* of one program with all of its tests */
    struct tw_jail *jail;
    struct tw_pool *pool;               /* NULL: one thread */
    const struct tw_progress *progress; /* NULL: none */
};

/* Means over the tasks, 0 to 1. */
struct tw_codet_cell {
    double chosen; /* agreement: sqrt(programs) times weight of tests */
    double most;   /* the programs that pass the most tests */
};

struct tw_codet_report {
    size_t n_tasks;
    double tests_mean; /* distinct generated assertions of a task */
    size_t n_programs; /* distinct ones that were run */
    size_t n_runs, n_asserts, n_harness;
    double wall_s;
    double random[TW_CODET_NS_MAX]; /* pass@1 */
    double oracle[TW_CODET_NS_MAX]; /* some program is right */
    struct tw_codet_cell cells[TW_CODET_NS_MAX][TW_CODET_NS_MAX];
};

/* TW_EINVAL when a task has fewer programs than the largest n.  A program with
 * a fault of ours counts as one that passes nothing, and in n_harness. */
enum tw_status tw_codet_run(struct tw_codet_report *report,
                            const struct tw_codet_config *config,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_CODET_H */
