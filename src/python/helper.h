/*
 * helper.h - trusted Python in the jail: taking texts apart, expressions.
 *
 * A helper is a Python program of ours (asserts.h, answer/extract.py,
 * grade/split.py, bench/codet.py), embedded where it is used.  It parses
 * candidates and never runs them.  Expressions of the
 * specification are evaluated in jobs of their own: never together with a
 * candidate.
 */
#ifndef TW_PYTHON_HELPER_H
#define TW_PYTHON_HELPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "jail/jail.h"
#include "python/pyrun.h"

#include <stdbool.h>
#include <stddef.h>

/* Calls of functions of one helper, one job.  helper: its text.  results: n,
 * in the arena.  A job that the jail could not do at all is TW_EIO. */
enum tw_status tw_helper_run(struct tw_jail *jail, struct tw_arena *a,
                             const char *helper, const struct tw_py_call *calls,
                             size_t n, struct tw_py_result **results,
                             struct tw_err *err) TW_NODISCARD;

/* Expressions (calls with .expr) in one job without any source. */
enum tw_status tw_exprs_run(struct tw_jail *jail, struct tw_arena *a,
                            const struct tw_py_call *calls, size_t n,
                            struct tw_py_result **results,
                            struct tw_err *err) TW_NODISCARD;

/* Calls of functions of a program that the specification holds, in one job;
 * each has call_s seconds.  One that does not load is TW_EFORMAT. */
enum tw_status tw_reference_run(struct tw_jail *jail, struct tw_arena *a,
                                const char *code,
                                const struct tw_py_call *calls, size_t n,
                                struct tw_py_result **results,
                                struct tw_err *err) TW_NODISCARD;

/* Values for arguments; NULL when the arena is full. */
struct tw_pyval *tw_helper_str(struct tw_arena *a, const char *text);
struct tw_pyval *tw_helper_strs(struct tw_arena *a, const char *const *texts,
                                size_t n);

/* Reading results: item i of a list (NULL when there is none), text of a str
 * ("" when it is none), NUL-terminated in the arena. */
const struct tw_pyval *tw_helper_item(const struct tw_pyval *v, size_t i);
const char *tw_helper_text(const struct tw_pyval *v, struct tw_arena *a);
/* Number of an int or float; fallback otherwise. */
double tw_helper_number(const struct tw_pyval *v, double fallback);

/* Source text of a value, in the arena; at most limit bytes and "...". */
const char *tw_helper_show(const struct tw_pyval *v, size_t limit,
                           struct tw_arena *a);

#endif /* TW_PYTHON_HELPER_H */
