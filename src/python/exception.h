/*
 * exception.h - from the name of a Python exception to the cause of a finding.
 */
#ifndef TW_PYTHON_EXCEPTION_H
#define TW_PYTHON_EXCEPTION_H

#include "jail/finding.h"

/* Syntax, import, runtime, ...; also of "timeout" and "forged", which a
 * tw_py_result has in place of a name.  NULL: runtime. */
enum tw_cause tw_py_exception_cause(const char *type);

/* Is an exception the wanted one, or of a subclass, as pytest.raises means it?
 * classes: names of its class and of all above it, from a tw_py_result.  A
 * wanted name of the builtins (also an alias: IOError) means that class and no
 * other of its name; one with a module means a class of that package; any other
 * name means a class of that name. */
bool tw_py_exception_is(const char *classes, const char *want);

/* The same of two names in a specification: is type, if it is a builtin one,
 * below want? */
bool tw_py_exception_below(const char *type, const char *want);

#endif /* TW_PYTHON_EXCEPTION_H */
