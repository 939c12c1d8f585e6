/*
 * curriculum.h - what the built-in model learns from: programming tasks made by
 * this program, no text from elsewhere.
 *
 * A task is drawn by composition: a family (filter + aggregate, runs, paired
 * series, classification, ...) fixes the meaning; a grammar of English phrases
 * writes the description, names and constants are drawn, the Python solution
 * follows from the meaning.  Expected values come from executing the solution
 * in the jail.  Task i depends on (seed, i) only.  A share of the tasks asks
 * for tests of given code instead of the function.
 *
 * Output: one JSON object a line, {"id", "family", "prompt", "answer"}; prompt
 * as prompt.h builds it, answer with its code fence.
 */
#ifndef TW_TEACH_CURRICULUM_H
#define TW_TEACH_CURRICULUM_H

#include "base/progress.h"
#include "base/status.h"
#include "jail/jail.h"

#include <stddef.h>
#include <stdint.h>

struct tw_curriculum_config {
    size_t first; /* index of the first task: disjoint sets of one seed */
    size_t n_tasks;
    uint64_t seed;
};

struct tw_curriculum_stats {
    size_t n_written;
    size_t n_dropped; /* solution failed on all inputs, or text too long */
    size_t n_families;
};

/* Write the tasks to path (replaced atomically). */
enum tw_status tw_curriculum_write(struct tw_jail *jail,
                                   const struct tw_curriculum_config *c,
                                   const char *path,
                                   const struct tw_progress *progress,
                                   struct tw_curriculum_stats *stats,
                                   struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEACH_CURRICULUM_H */
