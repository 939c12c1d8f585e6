/*
 * audit.h - what is wrong with a test, told without any answer: mistakes that
 * would end it or make its verdict worthless.
 *
 * The first half needs the specification alone, the second its data too.  Both
 * put what they find into the list and go on; only memory and a jail that does
 * not work end them.
 *
 *     TW_TRY(tw_audit_texts(jail, &spec, &arena, &found, err));
 *     for (size_t i = 0; i < spec.n_tests; i++)
 *         if (!spec.tests[i].broken)
 *             TW_TRY(tw_audit_test(&env, &source, &arena, &found, err));
 */
#ifndef TW_CASES_AUDIT_H
#define TW_CASES_AUDIT_H

#include "cases/cases.h"
#include "spec/findings.h"

/* Syntax and names of all expressions, statements, signatures, references of a
 * specification, in one job.  Tests in which something is found are marked as
 * broken. */
enum tw_status tw_audit_texts(struct tw_jail *jail, struct tw_spec *s,
                              struct tw_arena *a,
                              struct tw_spec_findings *found,
                              struct tw_err *err) TW_NODISCARD;

/* One test that is not broken: its inputs are made as run makes them, and some
 * thousand more are searched.  Told are written cases that cannot be read,
 * oracles that disagree, that fail on an input, whose value never changes, and
 * outcomes that no input reaches. */
enum tw_status tw_audit_test(const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a, struct tw_spec_findings *found,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_CASES_AUDIT_H */
