/*
 * native_priv.h - what the judges of languages other than Python share.
 */
#ifndef TW_GRADE_NATIVE_PRIV_H
#define TW_GRADE_NATIVE_PRIV_H

#include "grade/grade_native.h"

#define NATIVE_PROGRAM_MAX ((size_t)16 << 20)

/* Texts of ours, made into arrays at build time. */
extern const char tw_harness_cpp_check[];
extern const char tw_harness_cpp_assert[];
extern const char tw_harness_cpp_main[];
extern const char tw_harness_java[];
extern const char tw_harness_js_candidate[];
extern const char tw_harness_js_tests[];
extern const char tw_harness_js_md5[];

struct tw_jail_limits tw_native_limits(const struct tw_grader *g,
                                       const struct tw_task *task);
/* The candidate's own code: prompt and continuation, or a whole program with
 * the header lines of the prompt (option "stub"). */
void tw_native_candidate(struct tw_buf *b, const struct tw_grader *g,
                         const struct tw_grade_answer *answer);

/* native_go.c: the program, and the name of its test function; without the
 * imports that avoid names, unless the answer has them itself. */
enum tw_status tw_native_go(struct tw_buf *program, char test[128],
                            const struct tw_grader *g,
                            const struct tw_grade_answer *answer,
                            const char *avoid, struct tw_err *err) TW_NODISCARD;
/* native_js.c */
enum tw_status tw_native_js(struct tw_outcome *out, struct tw_arena *a,
                            const struct tw_grader *g,
                            const struct tw_grade_answer *answer,
                            struct tw_err *err) TW_NODISCARD;
/* Marks '0', '1', '2' into out->outcomes; more than were sent stay out. */
enum tw_status tw_native_outcomes(struct tw_outcome *out, struct tw_arena *a,
                                  const char *marks, size_t n,
                                  struct tw_err *err) TW_NODISCARD;
void tw_native_fail(struct tw_outcome *out, enum tw_cause cause,
                    const char *text);

#endif /* TW_GRADE_NATIVE_PRIV_H */
