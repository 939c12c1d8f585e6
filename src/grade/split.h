/*
 * split.h - assert programs that are nothing but claims about calls.
 *
 * "assert f(1, [2]) == 3" needs no interpreter for the assertion: the call is
 * made in one jail, its value comes out and is compared here, in C.  That is
 * the strictest way to judge and costs half of the other one, where tests and
 * candidate each have a jail (sandbox/pyassert.h).  Whatever is not plain -
 * a test with a loop, a value that is no builtin, a candidate that does not
 * load or does not come to its end - is left to that other way.
 */
#ifndef TW_GRADE_SPLIT_H
#define TW_GRADE_SPLIT_H

#include "grade/grade.h"

enum tw_claim {
    TW_CLAIM_EQUAL,
    TW_CLAIM_IS, /* True, False or None itself */
    TW_CLAIM_TRUE,
    TW_CLAIM_FALSE,
    TW_CLAIM_NEAR, /* less than so far from a number: [number, distance] */
    TW_CLAIM_NONE, /* true without a call */
};

/* The tests of one task; n is 0 where they cannot be split. */
struct tw_split {
    size_t n; /* assertions */
    enum tw_claim *claims;
    struct tw_py_call *calls; /* n_calls, in order of the claims with one */
    size_t n_calls;
    const struct tw_pyval **wants; /* n; NULL where there is none */
};

struct tw_splits {
    struct tw_split *items; /* of each task of the set */
    size_t n_split;         /* tasks whose tests are split */
    struct tw_arena arena;
};

/* Parses the tests of all tasks, in the jail. */
enum tw_status tw_splits_make(struct tw_splits *s, struct tw_jail *jail,
                              const struct tw_taskset *set,
                              struct tw_err *err) TW_NODISCARD;
void tw_splits_release(struct tw_splits *s);

/* *clear false: nothing can be said, the other way has to. */
enum tw_status tw_split_grade(struct tw_outcome *out, bool *clear,
                              struct tw_arena *a, const struct tw_split *split,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_GRADE_SPLIT_H */
