/*
 * spec.h - test specifications and projects: TOML files, read and checked.
 *
 * docs/formats/spec.md has the format.  Everything lives in the caller's
 * arena.  Messages read "FILE:LINE:COLUMN: reason"; unknown keys, kinds,
 * parameters, data sets and counters name the nearest known one.  Expressions
 * are Python source; nothing here evaluates them.
 *
 *     struct tw_project p;
 *     TW_TRY(tw_project_load(&p, &arena, "examples/ran-kpi/project.toml",
 * err)); for (size_t i = 0; i < p.n_specs; i++) for (size_t j = 0; j <
 * p.specs[i].n_tests; j++) use(&p.specs[i].tests[j]);
 */
#ifndef TW_SPEC_SPEC_H
#define TW_SPEC_SPEC_H

#include "base/arena.h"
#include "base/status.h"
#include "base/toml.h"
#include "spec/findings.h"
#include "trial/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TW_SPEC_PARAM_MAX = 16,
    TW_SPEC_ORACLE_MAX = 64,
    TW_SPEC_TEST_MAX = 1000,
};
#define TW_SPEC_NONE ((size_t)-1)

/* What a function gets where a sample is missing. */
enum tw_spec_missing {
    TW_SPEC_MISSING_NONE, /* None, if the type of the parameter takes it; else
                           * the row is left out, for all lists of the test */
    TW_SPEC_MISSING_SKIP, /* the row is left out in any case */
    TW_SPEC_MISSING_NAN,  /* NaN; the row is left out for types without it */
};

/* Field-trial data.  trial.files and trial.counters are filled so that the
 * struct goes to tw_trial_read() as it is.  Two entries are one data set only
 * where they are one struct: what is read, and how, decides, never the name
 * (two files may each define a [data.trial] with bounds of its own). */
struct tw_spec_data {
    const char *name;  /* "trial"; the path for inputs with a file of their own
                        */
    const char *label; /* the name; "trial-2" for a second set of that name.
                        * Unique in a project: names steps and files */
    struct tw_trial_config trial;
    double period_s; /* 0: found out */
    size_t window;   /* rows of a sample; 0: 32 */
    enum tw_spec_missing missing;
    bool broken; /* its table has mistakes: not to be read */
    struct tw_spec_pos pos;
};

enum tw_spec_scalar {
    TW_SPEC_ANY, /* a type that this program does not draw */
    TW_SPEC_INT,
    TW_SPEC_FLOAT,
    TW_SPEC_BOOL,
    TW_SPEC_STR,
    TW_SPEC_NONE_TYPE,
};

struct tw_spec_type {
    const char *text;           /* as written; "" when absent */
    enum tw_spec_scalar scalar; /* of the element, for lists */
    bool is_list;               /* list[...], Sequence[...] */
    bool nullable;              /* "float | None", Optional[float] */
};

enum tw_spec_input_kind {
    TW_SPEC_INPUT_NONE,    /* no entry: default, or only written cases */
    TW_SPEC_INPUT_COUNTER, /* series or values of a counter */
    TW_SPEC_INPUT_VALUES,  /* one of the given values */
};

struct tw_spec_input {
    enum tw_spec_input_kind kind;
    size_t data;                   /* index into tw_spec.data */
    const char *counter;           /* name in that data */
    const struct tw_toml **values; /* n_values */
    size_t n_values;
    struct tw_spec_pos pos;
};

struct tw_spec_param {
    const char *name;
    struct tw_spec_type type;
    const char *fallback; /* source of the default, or NULL */
    struct tw_spec_input input;
};

struct tw_spec_call {
    const char *text; /* as written, one line */
    const char *name;
    struct tw_spec_param *params;
    size_t n_params;
    struct tw_spec_type result;
};

enum tw_spec_oracle_kind {
    TW_SPEC_ORACLE_EXPR,      /* expect: expression over the parameters */
    TW_SPEC_ORACLE_REFERENCE, /* code, function: a program that is right */
    TW_SPEC_ORACLE_PROPERTY,  /* that: expression over parameters and result */
    TW_SPEC_ORACLE_EXAMPLE,   /* args, value */
    TW_SPEC_ORACLE_ASSERT,    /* cases */
    TW_SPEC_ORACLE_ERROR,     /* args, expect: name of an exception */
    TW_SPEC_ORACLE_METAMORPHIC, /* change, that: over result and result2 */
};
const char *tw_spec_oracle_name(enum tw_spec_oracle_kind kind);

struct tw_spec_oracle {
    enum tw_spec_oracle_kind kind;
    const char *expect;          /* expr: source; error: type name;
                                  * reference: how messages call it */
    const char *code;            /* reference: Python source */
    const char *function;        /* reference: name in it, of the call */
    const char *that;            /* property, metamorphic */
    const char **change;         /* metamorphic: an expression per parameter,
                                  * NULL where the argument stays */
    const struct tw_toml **args; /* example, error: one per parameter, NULL
                                  * where the default is meant */
    const struct tw_toml *value; /* example: expected */
    const char **cases;          /* assert: statements */
    size_t n_cases;
    double abs_tol, rel_tol;
    struct tw_spec_pos pos;
    struct tw_spec_pos text_pos;    /* of expect, that, code or file */
    struct tw_spec_pos *change_pos; /* metamorphic: per parameter */
    struct tw_spec_pos *case_pos;   /* assert: per statement */
};

struct tw_spec_sample {
    int64_t recorded;       /* windows of the trial; -1: not said (5) */
    int64_t synthetic;      /* drawn windows; -1: not said */
    const char *model;      /* file of a fitted generator, or NULL */
    const char *cluster;    /* sample around this cluster, or NULL */
    const char *between[2]; /* sample between these, or NULLs */
    const char **edge;      /* names; NULL with n_edge 0: all that fit */
    size_t n_edge;
    bool edge_given;
    uint64_t seed;
};

struct tw_spec_accept {
    double tcer;           /* 1.0 */
    unsigned repeat;       /* 3 */
    double mutants_killed; /* share; 0: at least one when there are any */
    double timeout_s;      /* 10 */
};

struct tw_spec_test {
    const char *id;
    const char *title; /* the id when absent */
    const char **requirement;
    size_t n_requirement;
    const char *priority; /* "" when absent */
    const char **tags;
    size_t n_tags;
    const char *description;
    struct tw_spec_call call;
    const char *require; /* expression, or NULL */
    struct tw_spec_pos require_pos, call_pos;
    bool any_domain; /* all that the types allow is an input */
    bool in_place;   /* the function may change its arguments */
    struct tw_spec_sample sample;
    struct tw_spec_oracle *oracles;
    size_t n_oracles;
    struct tw_spec_accept accept;
    const char **allow; /* what an answer may reach for, beside pure modules */
    size_t n_allow;
    char sha256[65]; /* of the table's content: the review fingerprint */
    bool broken;     /* tw_project_check() found mistakes: not to be run; what
                      * could not be read is NULL, call.name too */
    struct tw_spec_pos pos;
};

struct tw_spec {
    const char *path;
    const char *dir; /* paths in the file are relative to it */
    const char *id;  /* of the suite; the file's stem when absent */
    const char *title;
    const char *language; /* "python" */
    const char **code;    /* code under test, joined with dir */
    size_t n_code;
    const char **context;
    size_t n_context;
    struct tw_spec_data **data; /* the project's come first, then its own */
    size_t n_data;
    struct tw_spec_test *tests;
    size_t n_tests;
    char sha256[65]; /* of the file */
};

/* Zero numbers mean: not said. */
struct tw_project_synth {
    const char *generator; /* "sssd" */
    int64_t channels, layers, steps, diffusion_steps, batch, window, clusters;
    int64_t samples; /* series drawn for the fidelity report */
    double lr;
    int64_t seed; /* -1: not said */
};

struct tw_project_writer {
    const char *model; /* "builtin" */
    int64_t candidates, max_tokens;
    double temperature, top_p; /* -1: not said */
    int64_t seed;              /* -1: not said */
};

struct tw_project {
    const char *path;
    const char *dir;
    const char *title;
    struct tw_spec_data **data; /* all: the shared ones first, then those of
                                 * its specifications; each once */
    size_t n_data;
    size_t n_shared; /* every specification's data start with these */
    struct tw_spec *specs;
    size_t n_specs;
    struct tw_project_synth synth;
    struct tw_project_writer writer;
    const char **allow; /* for all tests */
    size_t n_allow;
    const char *report_title; /* "" */
    bool exact_only; /* accept = "exact": weak tests are not accepted */
    char sha256[65]; /* of the project file */
};

/* A file with "spec = 1".  shared: data of the project, or NULL. */
enum tw_status tw_spec_load(struct tw_spec *s, struct tw_arena *a,
                            const char *path,
                            struct tw_spec_data *const *shared, size_t n_shared,
                            struct tw_err *err) TW_NODISCARD;

/* A file with "project = 1", and its specifications; or a specification by
 * itself, which is a project of one.  Test ids are unique in a project. */
enum tw_status tw_project_load(struct tw_project *p, struct tw_arena *a,
                               const char *path,
                               struct tw_err *err) TW_NODISCARD;

/* The same with all mistakes instead of the first: TW_OK also where there are
 * some, and p holds what could be read.  Only a file that cannot be opened, and
 * memory, end it. */
enum tw_status tw_project_check(struct tw_project *p, struct tw_arena *a,
                                const char *path,
                                struct tw_spec_findings *found,
                                struct tw_err *err) TW_NODISCARD;

/* Do the counters that the tests of s name exist in data set number data, now
 * that the trial has been read? */
enum tw_status tw_spec_check(const struct tw_spec *s, size_t data,
                             const struct tw_trial *t,
                             struct tw_err *err) TW_NODISCARD;

/* The same for one test, all its mistakes into the list. */
enum tw_status tw_spec_check_test(const struct tw_spec *s,
                                  const struct tw_spec_test *test, size_t data,
                                  const struct tw_trial *t,
                                  struct tw_spec_findings *found) TW_NODISCARD;

/* "f(a: list[float], b: float = 1.0) -> bool" into name, parameters, types. */
enum tw_status tw_spec_call_parse(struct tw_spec_call *c, struct tw_arena *a,
                                  const char *text,
                                  struct tw_err *err) TW_NODISCARD;

/* Does the oracle give a value for any input (expr, reference)? */
bool tw_spec_oracle_exact(const struct tw_spec_oracle *o);
/* Has the test one of these? */
bool tw_spec_has_expr(const struct tw_spec_test *t);

#endif /* TW_SPEC_SPEC_H */
