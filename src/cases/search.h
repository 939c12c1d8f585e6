/*
 * search.h - the hunt for an input on which an answer and the oracle differ.
 *
 * An oracle that is an expression can be asked about any input.  search.py
 * makes inputs by type and meaning (see search_inputs.py) and says what the
 * oracle gives; who holds a candidate runs it on them, in a job of its own,
 * and compares outside.  Before the search is trusted it is tested: faulty
 * variants of the oracle are candidates known to be wrong, and the cases of a
 * test must tell apart every one that the search can.
 *
 * Inputs come in chunks.  A chunk is a function of the test, the seed, its
 * number and the candidate's text (its numbers are looked at too): the same in
 * every run, on every machine and version of Python.
 *
 *     struct tw_search_chunk c;
 *     TW_TRY(tw_search_chunk(work, code, 0, &arena, &c, err));
 *     for (size_t i = 0; i < c.n; i++)
 *         ... run the candidate on c.list[i].args, compare with .want ...
 */
#ifndef TW_CASES_SEARCH_H
#define TW_CASES_SEARCH_H

#include "cases/work.h"

/* Inputs of one chunk, at most: what one job of the jail takes well. */
enum { TW_SEARCH_CHUNK = 2500 };

struct tw_search_input {
    struct tw_pyval **args; /* (n_params), defaults filled in */
    size_t n_args;          /* so many are passed */
    struct tw_pyval *want;  /* what the oracle gives */
};

struct tw_search_list {
    struct tw_search_input *list; /* (n), in the caller's arena */
    size_t n;
};

/* Has the test an oracle that can be searched? */
bool tw_search_possible(const struct tw_case_work *w);

/* Chunk number k for a candidate's text ("" for none).  Fewer inputs than a
 * chunk holds: the domain is small, and all of it was tried. */
enum tw_status tw_search_chunk(struct tw_case_work *w, const char *code,
                               size_t k, struct tw_arena *a,
                               struct tw_search_list *out,
                               struct tw_err *err) TW_NODISCARD;

/* Inputs smaller than args that the oracle has a value for, the smallest
 * first; empty when there is nothing smaller. */
enum tw_status tw_search_smaller(struct tw_case_work *w,
                                 struct tw_pyval *const *args,
                                 struct tw_arena *a, struct tw_search_list *out,
                                 struct tw_err *err) TW_NODISCARD;

/* What the oracle gives over exact fractions: a result that differs from the
 * oracle's but not from this one differs by rounding only.  *value is NULL
 * where the expression cannot take fractions. */
enum tw_status tw_search_exact(struct tw_case_work *w,
                               struct tw_pyval *const *args, struct tw_arena *a,
                               struct tw_pyval **value,
                               struct tw_err *err) TW_NODISCARD;

/* What n inputs of the search say of the oracle itself, as search_audit.py
 * gives it: a dict. */
enum tw_status tw_search_audit(struct tw_case_work *w, size_t n,
                               struct tw_arena *a, const struct tw_pyval **seen,
                               struct tw_err *err) TW_NODISCARD;
/* Member of such a dict, or NULL. */
const struct tw_pyval *tw_search_member(const struct tw_pyval *dict,
                                        const char *key);

/* A case behind the chosen ones, with the value that the oracle gives: what a
 * search found.  Where the room of a test is used up it is left out. */
enum tw_status tw_search_add_case(struct tw_case_work *w,
                                  struct tw_pyval **args, size_t n_args,
                                  struct tw_pyval *want,
                                  const char *reason) TW_NODISCARD;

/* Faulty variants of the oracle against the cases chosen so far: fills
 * w->out->strength, and adds a case to w->out for each that they do not tell
 * apart while some input does. */
enum tw_status tw_search_strengthen(struct tw_case_work *w) TW_NODISCARD;

#endif /* TW_CASES_SEARCH_H */
