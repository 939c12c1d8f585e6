/*
 * coverage.h - which statements and branches of a program its tests reach.
 *
 * Python: a trace function in the jail, lines and pairs of lines against those
 * that the syntax tree allows (if, for, while, match).  C: gcc --coverage and
 * gcov, in the jail; branches are gcov's.  Program and tests run in one
 * process, so a program that wants to can pretend: the figures are a
 * diagnosis, no verdict; they never exceed what is possible, since only lines
 * and branches that the program has are counted.
 */
#ifndef TW_INSPECT_COVERAGE_H
#define TW_INSPECT_COVERAGE_H

#include "inspect/inspect.h"

struct tw_coverage_job {
    const struct tw_source *source, *tests;
    const char *entry; /* for tests that define check(f); NULL: none */
    const struct tw_jail_file *files; /* beside them (C: headers) */
    size_t n_files;
    double seconds; /* 0: 10 */
};

struct tw_branch {
    int from;
    int to; /* line; 0 or -line: the end of the function; C: number in line */
};

struct tw_coverage {
    bool measured;
    const char *cause; /* why not */
    char end[64];      /* how the tests ended: "pass", "AssertionError" */
    size_t n_statements, n_executed;
    size_t n_branches, n_taken;
    int *missed_lines; /* n_statements - n_executed */
    struct tw_branch *missed_branches;
    double wall_ms;
};

enum tw_status tw_coverage_run(struct tw_coverage *c, struct tw_jail *jail,
                               struct tw_arena *a,
                               const struct tw_coverage_job *job,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_INSPECT_COVERAGE_H */
