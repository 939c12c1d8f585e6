/*
 * grade.h - one sample of one task: program, run, outcome.
 */
#ifndef TW_BENCH_GRADE_H
#define TW_BENCH_GRADE_H

#include "bench/task.h"
#include "sandbox/lang.h"
#include "sandbox/pyassert.h"

struct tw_grade_options {
    bool prelude;     /* usual imports in front of the program */
    bool stub;        /* prompt stub in front of a whole program */
    bool go_on;       /* count assertions on after a failure (TCER) */
    double time_s;    /* of one sample, wall and CPU; 0: 10 s */
    size_t mem_bytes; /* 0: the language's default */
    bool cold;        /* no zygote */
};

struct tw_outcome {
    struct tw_finding finding;
    bool loaded, finished;
    size_t n_passed, n_asserts; /* executed */
    unsigned char *outcomes;    /* see pyassert.h; may be NULL */
};

/* What is run for a sample, for people to look at; in the arena. */
enum tw_status tw_grade_program(const char **program, struct tw_arena *a,
                                const struct tw_task *task, const char *text,
                                size_t len, bool whole,
                                const struct tw_grade_options *o,
                                const struct tw_taskset *set,
                                struct tw_err *err) TW_NODISCARD;

/* Our own faults give TW_CAUSE_HARNESS after one more try, never a failure of
 * the sample.  Thread-safe. */
enum tw_status tw_grade_sample(struct tw_outcome *out, struct tw_arena *a,
                               struct tw_langs *langs, struct tw_jail *jail,
                               const struct tw_taskset *set,
                               const struct tw_task *task, const char *text,
                               size_t len, bool whole,
                               const struct tw_grade_options *o,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_GRADE_H */
