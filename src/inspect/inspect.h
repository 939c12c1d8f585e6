/*
 * inspect.h - what can be said of a program without running it: size,
 * complexity, calls that a generated test has no business to make, assertions
 * that assert nothing.
 *
 * Python is parsed by Python, in the jail; C is read as tokens.  The list of
 * unsafe calls is in inspect.py (Python) and inspect_c.c (C), and in the man
 * page.
 */
#ifndef TW_INSPECT_INSPECT_H
#define TW_INSPECT_INSPECT_H

#include "base/arena.h"
#include "base/status.h"
#include "jail/jail.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_source_lang { TW_SOURCE_PYTHON, TW_SOURCE_C, TW_SOURCE_UNKNOWN };

/* By the ending of the file's name. */
enum tw_source_lang tw_source_lang(const char *path);

struct tw_source {
    enum tw_source_lang lang;
    const char *name; /* file name without folders: "kpi.py" */
    const char *text; /* untrusted */
    size_t n;
};

struct tw_inspect_function {
    const char *name; /* "Class.method" */
    int line, last_line;
    int complexity; /* 1 + decisions (McCabe, and/or counted) */
    int statements, nesting, params;
};

struct tw_inspect_note {
    int line;
    const char *what; /* "os.system", "always true" */
    const char *kind; /* of an unsafe call: "process"; else "" */
};

struct tw_inspection {
    bool readable;     /* it parses */
    const char *cause; /* why not */
    int n_lines, n_blank;
    int n_comment; /* lines with a comment, or of a docstring */
    int n_statements, n_tokens;
    int n_asserts, n_tests;
    int complexity; /* of the code outside of functions (Python) */
    struct tw_inspect_function *functions;
    size_t n_functions;
    struct tw_inspect_note *unsafe; /* in the order of lines */
    size_t n_unsafe;
    struct tw_inspect_note *vacuous; /* assertions that cannot fail, ... */
    size_t n_vacuous;
};

/* Results live in the arena.  A text that does not parse is no failure. */
enum tw_status tw_inspect(struct tw_inspection *in, struct tw_jail *jail,
                          struct tw_arena *a, const struct tw_source *source,
                          struct tw_err *err) TW_NODISCARD;

/* Lines with comments of all lines that are not blank, 0 to 1. */
double tw_inspect_comment_share(const struct tw_inspection *in);
/* The largest complexity of a function, or of the code outside. */
int tw_inspect_complexity_max(const struct tw_inspection *in);
/* Nothing in it can fail: no assertion, or only such as are in vacuous. */
bool tw_inspect_is_vacuous(const struct tw_inspection *in);

#endif /* TW_INSPECT_INSPECT_H */
