/*
 * pyassert_priv.h - from the ends of the two runs to a report; apart, so that
 * tests can make up any end and any record.
 */
#ifndef TW_PYTHON_PYASSERT_PRIV_H
#define TW_PYTHON_PYASSERT_PRIV_H

#include "python/pyassert.h"

/* Run 0 is the candidate's, run 1 the tests'; the record of run 1 is read as
 * hostile input.  False: the arena is full. */
bool tw_pyassert_judge(struct tw_pyassert_report *report,
                       const struct tw_jail_result r[2], enum tw_jail_tier tier,
                       struct tw_arena *a);

#endif /* TW_PYTHON_PYASSERT_PRIV_H */
