/*
 * inputs.h - what makes inputs: the specification, data, edges, boundaries.
 *
 * A maker adds to the pool of the work and decides nothing: whether an input
 * is allowed and what it must give is asked of oracle.h afterwards.
 */
#ifndef TW_CASES_INPUTS_H
#define TW_CASES_INPUTS_H

#include "cases/work.h"

/* inputs.c: add one; of two equal ones one is marked gone and counted.
 * Returns the input, or NULL when there is no room or no memory. */
struct tw_input *tw_input_add(struct tw_case_work *w, struct tw_pyval **args,
                              size_t n_args, enum tw_case_origin origin);
/* The same, where having no room is an error. */
enum tw_status tw_input_must(struct tw_case_work *w, struct tw_pyval **args,
                             size_t n_args, enum tw_case_origin origin,
                             struct tw_input **in);

/* written.c: the examples, asserts and errors of the specification. */
enum tw_status tw_written_add(struct tw_case_work *w);
/* [[name, default source or None], ...] for the helper; NULL: no memory. */
struct tw_pyval *tw_written_params(const struct tw_case_work *w);

/* draw.c: rows of the trial, windows of the generator. */
enum tw_status tw_draw_recorded(struct tw_case_work *w);
enum tw_status tw_draw_synthetic(struct tw_case_work *w);
/* Arguments of a new input, one per parameter: defaults, and the turn-th of
 * given values; counters are left NULL. */
struct tw_pyval **tw_draw_args(const struct tw_case_work *w, size_t turn);
/* Parameters from the first up to the last that has a source. */
size_t tw_draw_n_args(const struct tw_case_work *w);

/* edges.c: empty, one value, zeros, bounds, the numbers that the
 * specification names. */
enum tw_status tw_edges_add(struct tw_case_work *w);

/* boundary.c: pairs of near inputs with different results.  Needs a pool
 * that the oracles have seen. */
enum tw_status tw_boundary_search(struct tw_case_work *w);

#endif /* TW_CASES_INPUTS_H */
