/*
 * task.h - task sets of code benchmarks, in one form for all layouts.
 *
 * Layouts are recognised by their fields; a file that mixes two, or lacks a
 * field, is refused with the line and the field's name.
 */
#ifndef TW_BENCH_TASK_H
#define TW_BENCH_TASK_H

#include "base/arena.h"
#include "base/status.h"
#include "sandbox/lang.h"

enum tw_layout {
    TW_LAYOUT_HUMANEVAL,
    TW_LAYOUT_HUMANEVAL_PLUS,
    TW_LAYOUT_HUMANEVAL_X,
    TW_LAYOUT_MBPP,           /* full: "text" */
    TW_LAYOUT_MBPP_SANITIZED, /* "prompt" */
    TW_LAYOUT_MBPP_PLUS,
    TW_LAYOUT_MULTIPL_E,
    TW_LAYOUT_STDIO, /* problem folders: stdin, stdout */
    TW_LAYOUT_COUNT
};
const char *tw_layout_name(enum tw_layout l);

struct tw_io_case { /* of a stdin/stdout task */
    const char *in, *out;
    size_t n_in, n_out;
};

/* Texts are NUL-terminated, "" when the layout has none. */
struct tw_task {
    const char *id;        /* as in the file: "HumanEval/0", "11" */
    const char *prompt;    /* what a model gets: code to go on with, or text */
    const char *stub;      /* prompt as code that compiles by itself, or "" */
    const char *entry;     /* "" when the tests name it */
    const char *canonical; /* whole program or completion of the prompt */
    bool canonical_whole;
    const char *setup; /* before the program: imports, test_setup_code */
    const char *tests; /* assert program, or what follows the completion */
    const char *const *asserts; /* single assertions, where the layout has
                                 * them */
    size_t n_asserts;
    const char *declaration, *example_test;
    const char *const *stops; /* stop strings of the layout */
    size_t n_stops;
    const struct tw_io_case *cases;
    size_t n_cases;
    double abs_tol; /* of a "plus" layout; 0: exact */
};

struct tw_taskset {
    const char *name; /* "mbpp-257" */
    enum tw_layout layout;
    enum tw_lang lang;
    struct tw_task *tasks;
    size_t n;
    char sha256[65]; /* of the file's bytes */
    struct tw_arena arena;
};

/* name: "humaneval", "humaneval-x", "mbpp", "mbpp-sanitized", "mbpp-257", ...
 * or NULL: what the file is.  A name that does not fit the file is
 * TW_EINVAL, a field that is missing TW_EFORMAT. */
enum tw_status tw_taskset_load(struct tw_taskset *set, const char *path,
                               const char *name,
                               struct tw_err *err) TW_NODISCARD;
void tw_taskset_release(struct tw_taskset *set);
/* NULL when there is none. */
const struct tw_task *tw_taskset_find(const struct tw_taskset *set,
                                      const char *id);

#endif /* TW_BENCH_TASK_H */
