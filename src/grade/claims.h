/*
 * claims.h - assert programs that are nothing but claims about calls.
 *
 * "assert f(1, [2]) == 3" needs no interpreter for the assertion: the call is
 * made in one jail, its value comes out and is compared here, in C.  That is
 * the strictest way to judge and costs half of the other one, where tests and
 * candidate each have a jail (python/pyassert.h).  Whatever is not plain -
 * a test with a loop, a value that is no builtin, a candidate that does not
 * load or does not come to its end - is left to that other way.
 */
#ifndef TW_GRADE_CLAIMS_H
#define TW_GRADE_CLAIMS_H

#include "grade/grade.h"

enum tw_claim_kind {
    TW_CLAIM_EQUAL,
    TW_CLAIM_IS, /* True, False or None itself */
    TW_CLAIM_TRUE,
    TW_CLAIM_FALSE,
    TW_CLAIM_NEAR, /* less than so far from a number: [number, distance] */
    TW_CLAIM_NONE, /* true without a call */
};

/* The tests of one task; n is 0 where they are more than claims. */
struct tw_claims {
    size_t n; /* assertions */
    enum tw_claim_kind *kinds;
    struct tw_py_call *calls; /* n_calls, in order of the claims with one */
    size_t n_calls;
    const struct tw_pyval **wants; /* n; NULL where there is none */
};

struct tw_claims_set {
    struct tw_claims *items; /* of each task of the set */
    size_t n_tasks;          /* whose tests are claims and nothing else */
    struct tw_arena arena;
};

/* Parses the tests of all tasks, in the jail. */
enum tw_status tw_claims_make(struct tw_claims_set *s, struct tw_jail *jail,
                              const struct tw_taskset *set,
                              struct tw_err *err) TW_NODISCARD;
void tw_claims_release(struct tw_claims_set *s);

/* *clear false: nothing can be said, the other way has to. */
enum tw_status tw_claims_judge(struct tw_grade *out, bool *clear,
                               struct tw_arena *a,
                               const struct tw_claims *claims,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_GRADE_CLAIMS_H */
