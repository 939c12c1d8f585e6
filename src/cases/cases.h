/*
 * cases.h - Stage II for one test: inputs from data, edges and boundaries,
 * their expected values from the specification, and the prompt.
 *
 *     struct tw_cases cases;
 *     TW_TRY(tw_cases_make(&cases, &env, &source, &arena, err));
 *     for (size_t i = 0; i < cases.n; i++)
 *         ... cases.list[i].call, cases.list[i].want_text ...
 *
 * The room has three parts with a header each: what makes inputs (inputs.h),
 * what computes expected values in the jail (oracle.h), and what chooses
 * cases among the inputs (choose.h).  work.h is the state that they share.
 * No candidate is ever near: this room knows the specification only.
 */
#ifndef TW_CASES_CASES_H
#define TW_CASES_CASES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rng.h"
#include "base/status.h"
#include "jail/jail.h"
#include "python/pyval.h"
#include "spec/spec.h"
#include "trial/trial.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TW_CASE_MAX = 32,   /* chosen ones of one test */
    TW_CASE_ROOM = 160, /* with those that a search adds */
};

/* Where a case comes from. */
enum tw_case_origin {
    TW_CASE_EXAMPLE, /* written in the specification */
    TW_CASE_ASSERT,
    TW_CASE_ERROR,
    TW_CASE_RECORDED,  /* from the trial */
    TW_CASE_SYNTHETIC, /* from the generator */
    TW_CASE_EDGE,
    TW_CASE_BOUNDARY, /* searched for a change of the result */
    TW_CASE_SEARCHED, /* tells the oracle from a wrong program */
};
const char *tw_case_origin_name(enum tw_case_origin o);

enum tw_case_want {
    TW_CASE_VALUE,     /* equals want */
    TW_CASE_RAISES,    /* an exception of type want_error, or a subclass */
    TW_CASE_HOLDS,     /* no value known: the properties must hold */
    TW_CASE_CONSENSUS, /* want is a vote of the candidates: unverified */
};

struct tw_case {
    enum tw_case_origin origin;
    enum tw_case_want kind;
    struct tw_pyval **args; /* in the order of the parameters */
    size_t n_args;          /* fewer than parameters: defaults follow */
    struct tw_pyval *want;
    const char *want_error;
    struct tw_pyval_tol tol;
    const char *call;      /* "f([1.0, 2.0], 3)" */
    const char *want_text; /* "True", "ValueError", "" */
    const char *text;      /* the line of the prompt */
    const char *source;    /* "trial single_embb, rows 120..127" */
    const char *reason;    /* "boundary: the result changes at voltage 36.0" */
    bool in_prompt;
};

struct tw_case_counts {
    size_t drawn;     /* inputs made from data and edges */
    size_t refused;   /* broke require */
    size_t undefined; /* the oracle itself raised an exception */
    size_t duplicates;
    size_t contradictions;
};

/* How far the evidence of a test reaches. */
struct tw_strength {
    size_t n_variants; /* faulty variants of the oracle that were made */
    const char **left; /* (n_left): those that no input told apart, as they
                        * are other ways to write the oracle, for all that
                        * the search could find */
    size_t n_left;
    size_t n_branches, n_reached; /* outcomes of the oracle's decisions */
    size_t n_inputs;              /* inputs searched for the variants */
};

/* Windows that a generator drew: raw values, restored. */
struct tw_case_synth {
    const double *x; /* (n, K, L) */
    size_t n, K, L;
    const char *const *counters; /* (K) names */
    const char *label;           /* "cluster 2", "between 0 and 3"; or "" */
};

/* What the cases are made from; all borrowed. */
struct tw_case_source {
    const struct tw_spec *spec;
    const struct tw_spec_test *test;
    /* One per spec->data, NULL where absent. */
    const struct tw_trial *const *trials;
    const struct tw_case_synth *const *synths;
};

/* What they are made with. */
struct tw_case_env {
    struct tw_jail *jail; /* borrowed */
    struct tw_rng rng;    /* one stream per test: it decides every draw */
    size_t n_cases;       /* 0: 16; never more than TW_CASE_MAX */
    size_t prompt_chars;  /* 0: 700, for the case lines */
    /* search.py as compiled, kept from test to test: that takes longer than a
     * thousand inputs.  Empty at first; NULL: compiled for each job. */
    struct tw_buf *search_code;
};

struct tw_case_work;

struct tw_cases {
    struct tw_case *list; /* (n), in the order in which they were chosen */
    size_t n;
    struct tw_case_counts counts;
    char sha256[65]; /* of calls, expected values and tolerances */
    const char *prompt;
    struct tw_strength strength; /* all 0 without an exact oracle */
    const char *contradiction;   /* NULL, or where and which oracles disagree */
    const char *why_no_value;    /* NULL, or of the first input left out */
    struct tw_case_work *work;   /* the whole pool, for who searches on */
};

/* All of Stage II.  What *c points to lives in the arena; c itself must stay
 * where it is, c->work refers to it. */
enum tw_status tw_cases_make(struct tw_cases *c, const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a,
                             struct tw_err *err) TW_NODISCARD;

/* The hash of the cases again, after one was added. */
void tw_cases_seal(struct tw_cases *c);

/* The prompt again, from the cases that are marked for it now. */
enum tw_status tw_cases_prompt(struct tw_cases *c,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_CASES_CASES_H */
