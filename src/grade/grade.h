/*
 * grade.h - one answer to one task: program, run, and what was found.
 */
#ifndef TW_GRADE_GRADE_H
#define TW_GRADE_GRADE_H

#include "lang/lang.h"
#include "python/pyassert.h"
#include "tasks/task.h"

#define TW_GRADE_TIME_S 10.0 /* of CPU, as published harnesses */

struct tw_grade_options {
    bool prelude;     /* usual imports in front of the program */
    bool stub;        /* prompt stub in front of a whole program */
    bool go_on;       /* count assertions on after a failure (TCER) */
    double time_s;    /* of one sample, CPU; 0: the task's, or 10 s */
    double wall_s;    /* 0: twice time_s, for two share a processor */
    size_t mem_bytes; /* 0: the language's default */
    bool cold;        /* no zygote */
};

struct tw_claims_set;

/* What all answers of a run are judged with; borrowed. */
struct tw_grader {
    struct tw_jail *jail;
    struct tw_langs *langs; /* NULL: Python only */
    const struct tw_taskset *set;
    const struct tw_claims_set *claims; /* of the set, claims.h; NULL: none */
    bool apart_cold; /* where tests have a jail of their own: no zygotes */
    struct tw_grade_options options;
};

struct tw_grade_answer {
    const struct tw_task *task;
    const char *text; /* untrusted; a continuation is never stripped */
    size_t len;
    bool whole; /* a whole program, not a continuation of the prompt */
};

/* What an answer earned. */
struct tw_grade {
    struct tw_finding finding;
    bool loaded, finished;      /* the program; its tests */
    size_t n_passed, n_asserts; /* executed */
    unsigned char *outcomes;    /* of the assertions, see pyassert.h; in the
                                 * arena, may be NULL */
};

/* Where the assertions are made: "apart" from the answer, so that it cannot
 * forge a pass; "with the answer", in its process (docs/languages.md); or
 * "output": what it printed is compared. */
const char *tw_grade_place(const struct tw_taskset *set,
                           const struct tw_task *task);

/* Our own faults give TW_CAUSE_HARNESS after one more try, never a failure of
 * the answer.  Thread-safe, one arena for each thread. */
enum tw_status tw_grade_sample(struct tw_grade *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_GRADE_GRADE_H */
