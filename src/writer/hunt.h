/*
 * hunt.h - is there an input on which an answer and the oracle differ?
 */
#ifndef TW_WRITER_HUNT_H
#define TW_WRITER_HUNT_H

#include "cases/search.h"
#include "writer/writer_priv.h"

/* An input on which they differ, in the test's arena. */
struct tw_difference {
    struct tw_pyval **args; /* (n_params) */
    size_t n_args;          /* so many are passed */
    struct tw_pyval *want;  /* of the oracle */
    bool late;              /* it gave no value in time */
    const char *got;        /* of the answer, as source; untrusted */
    bool inside;            /* it is such an input as was seen, or is stated */
    struct tw_search_input in; /* the same, as it is handed on */
};

/* Run c on many inputs beside the oracle, which never is in the same job.
 * *found: the smallest difference that was found, or NULL; w->r->n_searched
 * counts the inputs on which both were compared.  The test has an exact
 * oracle.  A difference that exact arithmetic explains is rounding, and none.
 */
enum tw_status tw_hunt(struct tw_work *w, const struct tw_candidate *c,
                       struct tw_difference **found) TW_NODISCARD;

/* The same on inputs outside of what was seen, once tw_hunt() has found none:
 * no fault of the answer, unless it is found inside on the way to a smaller
 * one. */
enum tw_status tw_hunt_outside(struct tw_work *w, const struct tw_candidate *c,
                               struct tw_difference **found) TW_NODISCARD;

/* What a program gives for each input of the list, in a job by itself; results
 * (list->n) live in the arena. */
enum tw_status tw_hunt_run(struct tw_work *w, const char *code,
                           const struct tw_search_list *list,
                           struct tw_arena *a,
                           struct tw_py_result **results) TW_NODISCARD;

#endif /* TW_WRITER_HUNT_H */
