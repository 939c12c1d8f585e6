/*
 * search_task.h - a test as search.py reads it: parameters with their domain,
 * expressions, numbers of the description.
 */
#ifndef TW_CASES_SEARCH_TASK_H
#define TW_CASES_SEARCH_TASK_H

#include "cases/work.h"

/* A dict in the arena; NULL when that is full. */
struct tw_pyval *tw_search_task(struct tw_case_work *w, uint64_t seed);

#endif /* TW_CASES_SEARCH_TASK_H */
