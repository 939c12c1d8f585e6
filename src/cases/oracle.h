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

/* Values of the first expr oracle for n argument lists that need not be in
 * the pool; NULL where require refuses them or the expression has no value.
 * The test has such an oracle: tw_spec_has_expr(). */
enum tw_status tw_oracle_probe(struct tw_case_work *w, struct tw_pyval ***args,
                               size_t n, struct tw_pyval **values);

/* Properties and examples against expected values of written cases: what
 * disagrees is counted, and the first place kept. */
enum tw_status tw_oracle_contradictions(struct tw_case_work *w);

#endif /* TW_CASES_ORACLE_H */
