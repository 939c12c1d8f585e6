/*
 * pyassert.h - an assert program as judge, with the candidate elsewhere.
 *
 * The candidate (untrusted) is loaded in one jail, the tests (trusted, from a
 * task set) in another, where the names of the candidate are proxies: a call
 * sends its arguments as values (formats/pyval.md) and gets a value or an
 * exception back.  Objects that are no builtin values stay with the candidate;
 * the tests hold a handle that is equal to itself only.  What the tests found
 * leaves by a pipe that the candidate's jail does not have.
 */
#ifndef TW_PYTHON_PYASSERT_H
#define TW_PYTHON_PYASSERT_H

#include "base/arena.h"
#include "jail/finding.h"

struct tw_pyassert_job {
    const char *candidate; /* untrusted source */
    size_t candidate_len;
    const char *helpers; /* trusted source, its names are at hand to the tests
                          * and shadow the candidate's, except entry's; for
                          * functions of the task that its tests use beside
                          * entry, or the candidate could bend them.  NULL:
                          * none */
    const char *tests;   /* trusted assert program, calls the candidate */
    const char *entry;   /* what must be defined; NULL: nothing in particular.
                          * If the tests define check() and made no assertion
                          * by themselves, check(entry) is called.  Known, it
                          * also keeps more names out of the candidate's hands
                          * (docs/formats/pyassert.md): give it if you can */
    const char *module_name; /* __name__ of the candidate; NULL: "candidate" */
    struct tw_jail_limits limits; /* of the candidate; the tests get the same */
    double assert_s;              /* limit of one assertion; 0: none */
    unsigned n_late_max; /* so many late assertions end it; 0: no end */
    bool go_on;          /* count on after an assertion that fails or raises */
    bool cold;           /* no zygote */
};

enum tw_assert_outcome {
    TW_ASSERT_PASSED,
    TW_ASSERT_FAILED,
    TW_ASSERT_RAISED,
    TW_ASSERT_LATE,
};

struct tw_pyassert_report {
    struct tw_finding finding; /* PASS: the tests ran to their end, at least one
                                * assertion was made and none failed, and the
                                * candidate ended.  Its first failure, else */
    bool loaded;               /* CS: the candidate loaded without exception;
                                * also a blank one (NO_CODE) */
    bool finished;             /* the tests came to their end */
    size_t n_asserts, n_passed;
    unsigned char *outcomes; /* enum tw_assert_outcome, n_asserts, in order of
                              * execution; in the arena */
};

enum tw_status tw_pyassert_run(struct tw_jail *jail,
                               const struct tw_pyassert_job *job,
                               struct tw_arena *a,
                               struct tw_pyassert_report *report,
                               struct tw_err *err) TW_NODISCARD;

/* What its two runs have zygotes keep ready; for tw_jail_warm_up(). */
extern const struct tw_jail_driver tw_pyassert_warm_candidate;
extern const struct tw_jail_driver tw_pyassert_warm_tests;

#endif /* TW_PYTHON_PYASSERT_H */
