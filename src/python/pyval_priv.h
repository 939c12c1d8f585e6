/*
 * pyval_priv.h - what the files of pyval share: the depth limit, and the order
 * that sets and dict keys are sorted by.
 */
#ifndef TW_PYTHON_PYVAL_PRIV_H
#define TW_PYTHON_PYVAL_PRIV_H

#include "python/pyval.h"

#define PYVAL_DEPTH_MAX 64

/* An order over values in which Python's equal values are equal: <0, 0, >0.
 * NaN comes after all other numbers and equals NaN.  Frozensets inside have to
 * be sorted by it already; deeper than the limit counts as equal, so check
 * depths before. */
int tw_pyval_order(const struct tw_pyval *a, const struct tw_pyval *b);
/* For qsort over struct tw_pyval *; the second sorts pairs by their key. */
int tw_pyval_order_ptr(const void *a, const void *b);

#endif /* TW_PYTHON_PYVAL_PRIV_H */
