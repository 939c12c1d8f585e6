/*
 * choose.h - which inputs of the pool become cases, and which of those the
 * model sees.
 */
#ifndef TW_CASES_CHOOSE_H
#define TW_CASES_CHOOSE_H

#include "cases/work.h"

/* Fills w->out->list: at most w->n_cases_max cases, some marked in_prompt. */
enum tw_status tw_choose_cases(struct tw_case_work *w);

/* One more case behind the chosen ones, with a value that the oracle gives;
 * the caller says where it comes from.  NULL: no room, or no memory. */
struct tw_case *tw_case_append(struct tw_case_work *w, struct tw_pyval **args,
                               size_t n_args, struct tw_pyval *want);

#endif /* TW_CASES_CHOOSE_H */
