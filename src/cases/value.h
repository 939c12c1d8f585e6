/*
 * value.h - Python values from TOML and from counters, and the family of
 * builtin exceptions.
 */
#ifndef TW_CASES_VALUE_H
#define TW_CASES_VALUE_H

#include "cases/work.h"

/* A TOML value as a Python value; numbers become floats where the type says
 * so. */
enum tw_status tw_value_from_toml(const struct tw_case_work *w,
                                  const struct tw_toml *t,
                                  const struct tw_spec_type *type,
                                  struct tw_pyval **v);

/* Can the parameter get this value of its counter as it was read, or the gap
 * that NaN stands for?  2.5 is no int, and is not made one. */
bool tw_value_fits(const struct tw_case_work *w, const struct tw_spec_param *p,
                   double x);

/* A value of the parameter's counter, or the gap (None or NaN, as the project
 * says); NULL: no memory. */
struct tw_pyval *tw_value_of(const struct tw_case_work *w,
                             const struct tw_spec_param *p, double x);

/* A number as the parameter's type wants it; NULL: no memory. */
struct tw_pyval *tw_value_number(struct tw_arena *a,
                                 const struct tw_spec_type *type, double x);

#endif /* TW_CASES_VALUE_H */
