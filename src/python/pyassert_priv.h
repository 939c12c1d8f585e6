/*
 * pyassert_priv.h - the two halves of pyassert.h: jobs as bytes, and from the
 * ends of the two runs to a report.  Apart, so that zygotes can be given trial
 * jobs, and so that tests can make up any end and any record.
 */
#ifndef TW_PYTHON_PYASSERT_PRIV_H
#define TW_PYTHON_PYASSERT_PRIV_H

#include "python/pyassert.h"

/* pyassert_job.c: what each of the two drivers reads first. */
void tw_pyassert_put_candidate(struct tw_buf *b,
                               const struct tw_pyassert_job *job);
void tw_pyassert_put_tests(struct tw_buf *b, const struct tw_pyassert_job *job);

/* Run 0 is the candidate's, run 1 the tests'; the record of run 1 is read as
 * hostile input.  False: the arena is full. */
bool tw_pyassert_judge(struct tw_pyassert_report *report,
                       const struct tw_jail_result r[2], enum tw_jail_tier tier,
                       struct tw_arena *a);

#endif /* TW_PYTHON_PYASSERT_PRIV_H */
