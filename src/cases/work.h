/*
 * work.h - the state of one test while its cases are made, and the pool of
 * inputs.
 *
 * The pool outlives tw_cases_make(), in the arena: written inputs also judge
 * what a model claims, and a search may add inputs to it.
 */
#ifndef TW_CASES_WORK_H
#define TW_CASES_WORK_H

#include "cases/cases.h"

/* One tuple of arguments, on the way to become a case. */
struct tw_input {
    struct tw_pyval **args; /* one per parameter, defaults filled in */
    size_t n_args;          /* so many are passed */
    enum tw_case_origin origin;
    const char *source;
    const char *reason; /* NULL: given when it is chosen */
    const char *call;   /* text; two inputs are the same if it is */
    size_t call_len;
    bool written; /* an example, assert or error of the specification */
    bool whole;   /* a whole window, too long for a prompt */
    bool gone;    /* refused, undefined or a duplicate */
    bool taken;   /* a case was made of it */
    /* What must come out: filled in by oracle.h, or as it was written. */
    enum tw_case_want kind;
    struct tw_pyval *want;
    const char *want_error;
    struct tw_pyval_tol tol;
    struct tw_spec_pos pos; /* of the oracle, for written ones */
};

/* Bounds the jobs of the oracles, and the memory of one test. */
enum { TW_INPUT_MAX = 400 };

struct tw_case_work {
    const struct tw_case_source *in;
    const struct tw_spec_test *test; /* in->test */
    const struct tw_spec_call *call; /* of test */
    struct tw_jail *jail;
    struct tw_arena *a;
    struct tw_err *err;
    struct tw_rng rng;
    struct tw_pyval **fallbacks; /* (n_params), NULL without a default */
    const char **names;          /* (n_params + 2): of the parameters, then
                                  * "result", "result2" */
    struct tw_input *inputs;     /* (TW_INPUT_MAX) */
    size_t n_inputs;
    struct tw_pyval *task; /* the test as search.py reads it; made once */
    size_t n_cases_max;
    size_t prompt_chars;
    struct tw_cases *out;
};

/* The first half of tw_cases_make(): the pool with expected values, nothing
 * chosen yet. */
enum tw_status tw_cases_pool(struct tw_cases *c, const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a,
                             struct tw_err *err) TW_NODISCARD;

/* TW_EFORMAT "FILE:LINE:COLUMN: ...": a mistake in the specification. */
enum tw_status tw_case_fail(const struct tw_case_work *w,
                            struct tw_spec_pos pos, const char *fmt, ...)
    TW_PRINTF(3, 4);

/* "f(1, [2.0])" in the arena; NULL when it is too long or the arena full. */
const char *tw_case_call(const struct tw_case_work *w,
                         struct tw_pyval *const *args, size_t n);

/* "from MODULE import FUNCTION" for the first file of the code under test;
 * NULL without such code, or when the arena is full. */
const char *tw_cases_import(const struct tw_case_work *w);

#endif /* TW_CASES_WORK_H */
