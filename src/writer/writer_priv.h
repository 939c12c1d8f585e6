/*
 * writer_priv.h - the state of one test while its script is made.
 */
#ifndef TW_WRITER_WRITER_PRIV_H
#define TW_WRITER_WRITER_PRIV_H

#include "base/rng.h"
#include "python/helper.h"
#include "python/pyrun.h"
#include "writer/writer.h"

/* One tuple of arguments, on the way to become a case. */
struct tw_input {
    struct tw_pyval **args; /* one per parameter, defaults filled in */
    size_t n_args;          /* so many are passed */
    enum tw_case_origin origin;
    const char *source;
    const char *reason; /* NULL: given when it is chosen */
    const char *call;   /* text */
    size_t call_len;
    bool written; /* an example, assert or error of the specification */
    bool whole;   /* a whole window, too long for a prompt */
    bool gone;    /* refused, undefined or a duplicate */
    bool taken;
    /* What must come out. */
    enum tw_case_want kind;
    struct tw_pyval *want;
    const char *want_error;
    struct tw_pyval_tol tol;
    struct tw_spec_pos pos; /* of the oracle, for written ones */
    bool evaluated;         /* the expr oracles have been asked */
};

enum { TW_INPUT_MAX = 400 };

struct tw_work {
    const struct tw_writer_env *env;
    const struct tw_writer_input *in;
    const struct tw_spec_test *test;
    const struct tw_spec_call *call;
    struct tw_arena *a;
    struct tw_writer_result *r;
    struct tw_err *err;
    struct tw_rng rng;
    struct tw_pyval **fallbacks; /* per parameter, NULL without a default */
    const char **names;          /* of the parameters, then "result",
                                  * "result2" */
    struct tw_input *inputs;
    size_t n_inputs;
    size_t n_cases_max;
    const char *why_no_value; /* of the first input that was left out */
    /* Importable beside the program that is judged: the code under test. */
    struct tw_jail_file *files;
    size_t n_files;
    /* Right asserts of the chosen script, with code under test. */
    struct tw_case *asserts;
    size_t n_asserts;
};

enum tw_status tw_work_nomem(const struct tw_work *w);
/* Text in the arena, at most 511 bytes; "" when it is full. */
const char *tw_work_text(const struct tw_work *w, const char *fmt, ...)
    TW_PRINTF(2, 3);
/* TW_EFORMAT "FILE:LINE:COLUMN: ...". */
enum tw_status tw_work_fail(const struct tw_work *w, struct tw_spec_pos pos,
                            const char *fmt, ...) TW_PRINTF(3, 4);
/* "f(1, [2.0])" */
const char *tw_work_call(const struct tw_work *w, struct tw_pyval *const *args,
                         size_t n);

/* value.c */
/* A TOML value as a Python value; numbers become floats where the type says
 * so. */
enum tw_status tw_value_from_toml(const struct tw_work *w,
                                  const struct tw_toml *t,
                                  const struct tw_spec_type *type,
                                  struct tw_pyval **v);
/* A number as the parameter's type wants it. */
struct tw_pyval *tw_value_number(struct tw_arena *a,
                                 const struct tw_spec_type *type, double x);
/* Is the exception type the wanted one, or a builtin subclass of it? */
bool tw_value_is_error(const char *type, const char *want);
/* Shorter decimals of a counter value, for prompts. */
double tw_value_round(double x);

/* inputs.c: add one; duplicates are dropped and counted.  Returns the input,
 * or NULL when there is no room or no memory. */
struct tw_input *tw_input_add(struct tw_work *w, struct tw_pyval **args,
                              size_t n_args, enum tw_case_origin origin);
/* draw.c, edges.c */
enum tw_status tw_draw_recorded(struct tw_work *w);
enum tw_status tw_draw_synthetic(struct tw_work *w);
enum tw_status tw_draw_edges(struct tw_work *w);
/* Arguments of a new input, one per parameter: defaults, and the turn-th of
 * given values; counters are left NULL. */
struct tw_pyval **tw_draw_args(const struct tw_work *w, size_t turn);
/* Parameters from the first up to the last that has a source. */
size_t tw_draw_n_args(const struct tw_work *w);
/* written.c */
enum tw_status tw_written_add(struct tw_work *w);
/* [[name, default source or None], ...] for the helper. */
struct tw_pyval *tw_written_params(const struct tw_work *w);
/* oracle.c */
enum tw_status tw_oracle_check_exprs(struct tw_work *w);
/* Refuse what breaks "require" and find expected values, for all inputs from
 * first on. */
enum tw_status tw_oracle_evaluate(struct tw_work *w, size_t first);
/* Values of the first expr oracle for argument lists; NULL where require
 * refuses them or the expression has no value.  The test has such an oracle.
 */
enum tw_status tw_oracle_probe(struct tw_work *w, struct tw_pyval ***args,
                               size_t n, struct tw_pyval **values);
/* Properties and examples against expected values of written cases. */
enum tw_status tw_oracle_contradictions(struct tw_work *w);
/* boundary.c: pairs of near inputs with different results. */
enum tw_status tw_boundary_search(struct tw_work *w);
/* choose.c */
enum tw_status tw_choose_cases(struct tw_work *w);
/* cases.c: all of Stage II. */
enum tw_status tw_cases_make(struct tw_work *w);
/* The prompt from the cases that are marked for it. */
enum tw_status tw_cases_prompt(struct tw_work *w);

/* judge.c */
struct tw_jail_limits tw_judge_limits(const struct tw_work *w);
/* One program against all cases: fills verdicts, counts, loss and cause.  All
 * cases are called n_before times before those calls that count. */
enum tw_status tw_judge_program(struct tw_work *w, const char *code,
                                size_t n_before, struct tw_candidate *c);
/* The same for a candidate, unless it was lost before. */
enum tw_status tw_judge_candidate(struct tw_work *w, struct tw_candidate *c);

/* select.c */
bool tw_judge_same(const struct tw_work *w, const struct tw_candidate *x,
                   const struct tw_candidate *y);
/* Says why there is nothing to judge by. */
void tw_judge_no_cases(struct tw_work *w);
void tw_judge_end(struct tw_work *w, enum tw_writer_status status,
                  const char *cause);
/* Rows [what, source] of faulty variants; NULL when there are none. */
enum tw_status tw_judge_mutants(struct tw_work *w, const char *code,
                                const struct tw_pyval **rows);
/* Too few caught?  Then the status says so. */
bool tw_judge_mutants_fail(struct tw_work *w);
/* Choose, repeat, mutants: fills the status. */
enum tw_status tw_judge_select(struct tw_work *w);
/* The candidates vote on cases without an oracle. */
enum tw_status tw_judge_consensus(struct tw_work *w);

/* undertest.c: candidates are test scripts for the code of the suite. */
enum tw_status tw_undertest_judge(struct tw_work *w);
/* emit_pytest.c */
enum tw_status tw_emit_pytest(struct tw_work *w);

#endif /* TW_WRITER_WRITER_PRIV_H */
