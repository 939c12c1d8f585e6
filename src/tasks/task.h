/*
 * task.h - task sets of code benchmarks, in one form for all layouts.
 *
 * Layouts are recognised by their fields; a file that mixes two, or lacks a
 * field, is refused with the line and the field's name.  docs/formats/tasks.md
 * has the layouts.
 */
#ifndef TW_TASKS_TASK_H
#define TW_TASKS_TASK_H

#include "base/arena.h"
#include "base/status.h"
#include "lang/lang.h"

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
    const char *entry;     /* name of the wanted function, also where the
                            * file has no field for it; "" unknown */
    const char *canonical; /* whole program or completion of the prompt */
    bool canonical_whole;  /* "" where the set has none */
    const char *setup;     /* before the program: imports, test_setup_code; Go's
                            * test_setup ("package main" ...) */
    const char *imports;   /* Go: the prompt's own import block */
    const char *tests; /* assert program (of MBPP with the setup in front), or
                        * what follows the completion; of a "plus" layout a
                        * program that has the reference inside */
    const char *const *asserts; /* single assertions, where the layout has
                                 * them */
    size_t n_asserts;
    const char *declaration, *example_test;
    const char *const *stops; /* stop strings of the layout */
    size_t n_stops;
    const struct tw_io_case *cases;
    size_t n_cases;
    size_t n_public; /* the first cases are public, the others are hidden */
    double time_s;   /* limit that the set states; 0: none */
    bool open_end;   /* the tests begin with the brace that closes the
                      * function: a completion ends in front of it */
    double abs_tol;  /* of a "plus" layout; 0: exact */
    size_t line;     /* of its record, 0: none */
    const char *base_inputs, *plus_inputs; /* JSON of a "plus" layout */
    const char *base_tests; /* of a "plus" layout: the program for the base
                             * inputs alone; tests has both */
};

struct tw_task_index;

struct tw_taskset {
    const char *name; /* "mbpp-257" */
    enum tw_layout layout;
    enum tw_lang lang;
    bool part; /* the file has more tasks: "mbpp-257", "mbpp-test" */
    struct tw_task *tasks;
    size_t n;
    char sha256[65]; /* of the file's bytes; of a folder's names and files */
    struct tw_task_index *index; /* ids, in the arena */
    struct tw_arena arena;
};

/* Names that tw_taskset_load() takes, NULL past the end. */
const char *tw_taskset_name(size_t i);

/* name: "humaneval", "humaneval-x", "mbpp", "mbpp-sanitized", "mbpp-257", ...
 * or NULL: what the file is.  A name that does not fit the file is
 * TW_EINVAL, a field that is missing TW_EFORMAT.  path may be a folder for
 * stdin/stdout tasks. */
enum tw_status tw_taskset_load(struct tw_taskset *set, const char *path,
                               const char *name,
                               struct tw_err *err) TW_NODISCARD;
void tw_taskset_release(struct tw_taskset *set);
/* By any style of id: "HumanEval/0" is "Python/0" is "0", "Mbpp/11" is
 * "MBPP/11" is "11"; never across benchmarks or languages.  NULL when there is
 * none. */
const struct tw_task *tw_taskset_find(const struct tw_taskset *set,
                                      const char *id);
/* Is it an id of the set's benchmark and language, whether the set has it or
 * not? */
bool tw_taskset_kin(const struct tw_taskset *set, const char *id);

#endif /* TW_TASKS_TASK_H */
