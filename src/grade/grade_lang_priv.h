/*
 * grade_lang_priv.h - what the judges of languages other than Python share.
 */
#ifndef TW_GRADE_GRADE_LANG_PRIV_H
#define TW_GRADE_GRADE_LANG_PRIV_H

#include "grade/grade_lang.h"
#include "grade/program.h"

#define TW_PROGRAM_MAX ((size_t)16 << 20)

/* Texts of ours, made into arrays at build time. */
extern const char tw_harness_cpp_check[];
extern const char tw_harness_cpp_assert[];
extern const char tw_harness_cpp_main[];
extern const char tw_harness_cpp_value[];
extern const char tw_harness_cpp_serve[];
extern const char tw_harness_cpp_peer[];
extern const char tw_harness_java[];
extern const char tw_harness_java_value[];
extern const char tw_harness_java_serve[];
extern const char tw_harness_java_peer[];
extern const char tw_harness_js_candidate[];
extern const char tw_harness_js_tests[];
extern const char tw_harness_js_md5[];

/* ---- program_lang.c ---- */

/* The candidate's own code: prompt and continuation, or a whole program with
 * the header lines of the prompt (option "stub"). */
void tw_grade_lang_candidate(struct tw_buf *b, const struct tw_grader *g,
                             const struct tw_grade_answer *answer);
/* The lines of the prompt that bring names: includes, imports. */
void tw_grade_lang_header(struct tw_buf *b, enum tw_lang lang,
                          const char *prompt);
/* Marks '0', '1', '2' into out->outcomes; more than were sent stay out. */
enum tw_status tw_grade_lang_outcomes(struct tw_grade *out, struct tw_arena *a,
                                      const char *marks, size_t n,
                                      struct tw_err *err) TW_NODISCARD;
void tw_grade_lang_fail(struct tw_grade *out, enum tw_cause cause,
                        const char *text);

/* ---- tally.c ---- */

/* Run a program that has its tests in it, and believe what its tests say with
 * the token.  mode: what follows the token in the first line of stdin, for the
 * harness of the language. */
enum tw_status tw_tally_run(struct tw_grade *out, struct tw_arena *a,
                            const struct tw_grader *g, struct tw_program *p,
                            const char *mode, struct tw_err *err) TW_NODISCARD;

/* ---- pair.c ---- */

/* Run a candidate and its tests, two programs that exchange values.  *apart
 * false: the tests do not compile without the candidate, and nothing ran. */
enum tw_status tw_pair_run(struct tw_grade *out, bool *apart,
                           struct tw_arena *a, const struct tw_grader *g,
                           const struct tw_program p[2],
                           struct tw_err *err) TW_NODISCARD;

/* ---- go_program.c ---- */

/* Answer and tests in one program, or each in its own: then they exchange
 * values by lang_peer.go. */
enum tw_go_part { TW_GO_TOGETHER, TW_GO_CANDIDATE, TW_GO_TESTS };

/* Can they be two programs, as far as the prompt shows? */
bool tw_go_apart(const struct tw_task *task);

/* The program, and the name of its test function; without the imports that
 * avoid names (words with blanks between them), unless the answer has them
 * itself. */
enum tw_status tw_go_program(struct tw_buf *program, char test[128],
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             enum tw_go_part part, const char *avoid,
                             struct tw_err *err) TW_NODISCARD;

/* ---- grade_cpp.c, grade_java.c, grade_js.c, grade_go.c: one try ---- */

enum tw_status tw_grade_cpp(struct tw_grade *out, struct tw_arena *a,
                            const struct tw_grader *g,
                            const struct tw_grade_answer *answer,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_grade_java(struct tw_grade *out, struct tw_arena *a,
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             struct tw_err *err) TW_NODISCARD;
enum tw_status tw_grade_js(struct tw_grade *out, struct tw_arena *a,
                           const struct tw_grader *g,
                           const struct tw_grade_answer *answer,
                           struct tw_err *err) TW_NODISCARD;
enum tw_status tw_grade_go(struct tw_grade *out, struct tw_arena *a,
                           const struct tw_grader *g,
                           const struct tw_grade_answer *answer,
                           struct tw_err *err) TW_NODISCARD;

#endif /* TW_GRADE_GRADE_LANG_PRIV_H */
