/*
 * choose.h - which inputs of the pool become cases, and which of those the
 * model sees.
 */
#ifndef TW_CASES_CHOOSE_H
#define TW_CASES_CHOOSE_H

#include "cases/work.h"

/* Fills w->out->list: at most w->n_cases_max cases, some marked in_prompt. */
enum tw_status tw_choose_cases(struct tw_case_work *w);

#endif /* TW_CASES_CHOOSE_H */
