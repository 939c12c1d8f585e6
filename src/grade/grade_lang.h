/*
 * grade_lang.h - judge answers in C, C++, Java, JavaScript and Go, and tasks
 * that are judged by what a program writes.
 *
 * JavaScript: the candidate runs in a jail of its own, values come out and are
 * compared in another (harness_js_*.js).  C, C++, Java and Go: the tests run
 * in the candidate's process; they have to prove with a token, which comes by
 * stdin before any code of the candidate runs, that they came to their end.
 * docs/languages.md says what that holds against, and what it does not.
 */
#ifndef TW_GRADE_GRADE_LANG_H
#define TW_GRADE_GRADE_LANG_H

#include "grade/grade.h"

/* g->langs is needed.  TW_EINVAL for Python and the shell; TW_EIO with what to
 * install when a compiler or library is missing.  A fault of ours is tried
 * once more and then stays in the finding. */
enum tw_status tw_grade_lang(struct tw_grade *out, struct tw_arena *a,
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             struct tw_err *err) TW_NODISCARD;

/* Tasks with cases, in any language: compile once, run for each case, compare
 * stdout.  Blanks at the ends of lines and empty lines at the end do not count;
 * everything else does.  One check per case; without go_on the first that
 * fails is the last. */
enum tw_status tw_grade_stdio(struct tw_grade *out, struct tw_arena *a,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              struct tw_err *err) TW_NODISCARD;

/* Are two outputs the same, as tw_grade_stdio() sees it? */
bool tw_grade_same_output(const char *got, size_t n_got, const char *want,
                          size_t n_want);

#endif /* TW_GRADE_GRADE_LANG_H */
