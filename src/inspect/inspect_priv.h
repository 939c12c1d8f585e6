/*
 * inspect_priv.h - shared by inspection, coverage and mutation.
 */
#ifndef TW_INSPECT_INSPECT_PRIV_H
#define TW_INSPECT_INSPECT_PRIV_H

#include "inspect/inspect.h"
#include "python/pyrun.h"

/* inspect.py and mutate.py, made into arrays at build time. */
extern const char tw_inspect_py[], tw_mutate_py[];

/* Calls of functions of one of them, one job in the jail.  results: n, in the
 * arena. */
enum tw_status tw_inspect_job(struct tw_jail *jail, struct tw_arena *a,
                              const char *helper,
                              const struct tw_py_call *calls, size_t n,
                              struct tw_py_result **results,
                              struct tw_err *err) TW_NODISCARD;
/* Why a call gave no value, as one line in the arena. */
const char *tw_inspect_cause(const struct tw_py_result *r, struct tw_arena *a);

/* Number i of a list, as it came from the helper; 0 when there is none. */
int tw_inspect_int(const struct tw_pyval *list, size_t i);

/* Tests as a program over the names of the module, or NULL in *plain with the
 * reason in *cause. */
enum tw_status tw_inspect_tests(struct tw_jail *jail, struct tw_arena *a,
                                const struct tw_source *source,
                                const struct tw_source *tests,
                                const char **plain, const char **cause,
                                struct tw_err *err) TW_NODISCARD;

enum tw_status tw_inspect_c(struct tw_inspection *in, struct tw_arena *a,
                            const struct tw_source *source,
                            struct tw_err *err) TW_NODISCARD;

/* How a C program and its tests are put together: the tests bring the program
 * by #include, or both are compiled and linked. */
bool tw_inspect_is_included(const struct tw_source *source,
                            const struct tw_source *tests);
/* May the name stand in a command line and in the work folder? */
enum tw_status tw_inspect_names(const struct tw_source *source,
                                const struct tw_source *tests,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_INSPECT_INSPECT_PRIV_H */
