/*
 * oracle.h - what an input must give: the expressions of the specification,
 * evaluated in the jail, in jobs that hold no candidate.
 */
#ifndef TW_CASES_ORACLE_H
#define TW_CASES_ORACLE_H

#include "cases/work.h"

/* Do all expressions of the test compile?  TW_EFORMAT with the place. */
enum tw_status tw_oracle_check_exprs(struct tw_case_work *w);

/* Refuse what breaks "require" and find expected values, for all inputs of
 * the pool from first on. */
enum tw_status tw_oracle_evaluate(struct tw_case_work *w, size_t first);

/* How far a float may lie from the oracle's: as the specification says, or
 * 1e-9 of the value where it says nothing, as two right programs differ in
 * their last digits (sum() and math.fsum(), 100 * a / b and a / b * 100). */
struct tw_pyval_tol tw_oracle_tol(const struct tw_spec_oracle *o);
/* The widest of the exact oracles of a test. */
struct tw_pyval_tol tw_oracle_tol_widest(const struct tw_case_work *w);

/* Values of the first expr oracle for n argument lists that need not be in
 * the pool; NULL where require refuses them or the expression has no value.
 * The test has such an oracle: tw_spec_has_expr(). */
enum tw_status tw_oracle_probe(struct tw_case_work *w, struct tw_pyval ***args,
                               size_t n, struct tw_pyval **values);

/* Properties and examples against expected values of written cases: what
 * disagrees is counted, and the first place kept. */
enum tw_status tw_oracle_contradictions(struct tw_case_work *w);

#endif /* TW_CASES_ORACLE_H */
