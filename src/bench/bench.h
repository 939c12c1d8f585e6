/*
 * bench.h - many answers to a task set: judged over all cores, each different
 * program once, resumable, the same rows in the same order every time.
 */
#ifndef TW_BENCH_BENCH_H
#define TW_BENCH_BENCH_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/progress.h"
#include "bench/ranks.h"
#include "grade/grade.h"
#include "tasks/samples.h"

enum { TW_BENCH_ROWS_MAX = 1 << 21 };

/* One sample and what became of it. */
struct tw_bench_row {
    size_t task, index; /* in the set; of the samples of the task */
    int recorded;       /* as in samples.h */
    bool empty;         /* nothing but white space */
    bool whole;
    bool again;  /* timed out, and was judged once more */
    bool absent; /* a reference: the set has none for this task */
    bool clean;  /* ran to its end, and nothing raised but assertions */
    char key[TW_HASH_HEX_SIZE]; /* SHA-256 of task and program */
    struct tw_grade grade;      /* without the outcomes of assertions */
    double meteor;              /* NaN: not computed */
};

struct tw_bench_job {
    struct tw_grader grader;
    const struct tw_sample *samples;
    size_t n_samples;
    /* Of each sample: why there is no program to judge; TW_CAUSE_NONE: there
     * is one.  NULL: all have one. */
    const enum tw_cause *lost;
    struct tw_pool *pool;   /* NULL: one thread */
    struct tw_ranks *ranks; /* NULL: this process alone */
    const char *folder;     /* of the journal; NULL: none is kept */
    const char *inputs;     /* hash of all that the rows depend on */
    const struct tw_progress *progress;
};

struct tw_bench_result {
    struct tw_bench_row *rows; /* by task, then index; rank 0 has all */
    size_t n;
    /* Of every task of the set: what its canonical solution did; zero for a
     * task without a sample. */
    struct tw_bench_row *references;
    size_t n_tasks;
    size_t n_programs; /* different ones, of samples and references */
    size_t n_judged;   /* of these, now and not before */
    size_t n_again;
    double seconds; /* of judging */
    struct tw_arena arena;
};

/* TW_EINVAL when the folder's journal is of other inputs. */
enum tw_status tw_bench_run(struct tw_bench_result *r,
                            const struct tw_bench_job *job,
                            struct tw_err *err) TW_NODISCARD;
void tw_bench_release(struct tw_bench_result *r);

/* The samples of a job in the order of the rows; in the arena, NULL when that
 * is full. */
const struct tw_sample **tw_bench_order(const struct tw_bench_job *job,
                                        struct tw_arena *a);

/* Assertions of the reference run, at least what the sample executed. */
size_t tw_bench_denominator(const struct tw_bench_result *r,
                            const struct tw_bench_row *row);
bool tw_bench_passed(const struct tw_bench_row *row);
/* Does the set have a canonical solution for it, more than blanks? */
bool tw_bench_has_reference(const struct tw_task *task);

/* One line of JSON without its end, as in samples.jsonl. */
void tw_bench_add_row(struct tw_buf *b, const struct tw_bench_result *r,
                      const struct tw_taskset *set,
                      const struct tw_bench_row *row);

#endif /* TW_BENCH_BENCH_H */
