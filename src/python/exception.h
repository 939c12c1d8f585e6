/*
 * exception.h - from the name of a Python exception to the cause of a finding.
 */
#ifndef TW_PYTHON_EXCEPTION_H
#define TW_PYTHON_EXCEPTION_H

#include "jail/finding.h"

/* Syntax, import, runtime, ...; also of "timeout" and "forged", which a
 * tw_py_result has in place of a name.  NULL: runtime. */
enum tw_cause tw_py_exception_cause(const char *type);

#endif /* TW_PYTHON_EXCEPTION_H */
