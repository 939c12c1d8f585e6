/*
 * program.h - the pieces that a judged Python program is made of.
 */
#ifndef TW_GRADE_PROGRAM_H
#define TW_GRADE_PROGRAM_H

#include "grade/grade.h"

/* The candidate's source. */
struct tw_grade_source {
    const char *text; /* in the arena, NUL-terminated */
    size_t len;
};
enum tw_status tw_grade_source(struct tw_grade_source *source,
                               struct tw_arena *a,
                               const struct tw_grade_options *o,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err) TW_NODISCARD;

/* What the prompt defines beside the entry point, for the tests; NULL when
 * there is nothing, or when the prompt is no part of the program. */
enum tw_status tw_grade_helpers(const char **helpers, struct tw_arena *a,
                                const struct tw_grade_options *o,
                                const struct tw_grade_answer *answer,
                                struct tw_err *err) TW_NODISCARD;

/* Of CPU: what the options say, then the task, then 10 s.  Of the clock twice
 * as much, unless the options say more.  task may be NULL. */
struct tw_jail_limits tw_grade_limits(enum tw_lang lang,
                                      const struct tw_grade_options *o,
                                      const struct tw_task *task);

/* The imports of the option "prelude". */
const char *tw_grade_prelude(void);

/* What is run for an answer, for people to look at; in the arena. */
enum tw_status tw_grade_program(const char **program, struct tw_arena *a,
                                const struct tw_grader *g,
                                const struct tw_grade_answer *answer,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_GRADE_PROGRAM_H */
