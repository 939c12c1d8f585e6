/*
 * writer_priv.h - the state of one test while its script is made.
 */
#ifndef TW_WRITER_WRITER_PRIV_H
#define TW_WRITER_WRITER_PRIV_H

#include "base/rng.h"
#include "cases/work.h"
#include "inspect/mutation.h"
#include "python/helper.h"
#include "python/pyrun.h"
#include "writer/writer.h"

struct tw_work {
    const struct tw_writer_env *env;
    const struct tw_case_source *in;
    const struct tw_spec_test *test; /* in->test */
    const struct tw_spec_call *call; /* of test */
    struct tw_arena *a;
    struct tw_writer_result *r;
    struct tw_err *err;
    struct tw_rng rng;
    /* What programs are judged by now: r->cases, or claims of a script. */
    const struct tw_cases *cases;
    struct tw_case_work *pool; /* r->cases.work */
    /* Importable beside the program that is judged: the code under test. */
    struct tw_jail_file *files;
    size_t n_files;
    const char *import_line; /* "from kpi import f", with code under test */
    /* May an answer change its arguments?  Asked when the first does. */
    enum tw_may_change {
        TW_CHANGE_UNASKED,
        TW_CHANGE_NO,
        TW_CHANGE_YES
    } change;
    /* Right asserts of the chosen script, with code under test. */
    struct tw_case *asserts;
    size_t n_asserts;
};

/* The timeout of the test bounds waiting and computing alike. */
static inline struct tw_jail_limits tw_judge_limits(const struct tw_work *w)
{
    struct tw_jail_limits l = tw_jail_limits_default();

    l.wall_s = l.cpu_s = w->test->accept.timeout_s;
    return l;
}

/* judge.c */
/* One program against all cases: fills verdicts, counts, loss and cause.  All
 * cases are called n_before times before those calls that count. */
enum tw_status tw_judge_program(struct tw_work *w, const char *code,
                                size_t n_before, struct tw_candidate *c);
/* Is it another program where the marks of the jail are absent, or does it then
 * do what plain computing does not?  A line that says so, or NULL.  opened:
 * modules whose events do not count. */
enum tw_status tw_judge_elsewhere(struct tw_work *w,
                                  const struct tw_candidate *c,
                                  const char *const *opened, size_t n_opened,
                                  const char **reason);
/* The same for a candidate, unless it was lost before. */
enum tw_status tw_judge_candidate(struct tw_work *w, struct tw_candidate *c);
/* What was said of the first candidate with the same code. */
void tw_judge_share(struct tw_candidate *c, const struct tw_candidate *from);

/* inplace.c: fills w->change where a result of these needs it. */
enum tw_status tw_judge_in_place(struct tw_work *w,
                                 const struct tw_py_result *results, size_t n);
/* Did the call change what its caller still has, and may not? */
bool tw_judge_spoils(const struct tw_work *w, const struct tw_py_result *r);

/* select.c */
bool tw_judge_same(const struct tw_work *w, const struct tw_candidate *x,
                   const struct tw_candidate *y);
/* Says why there is nothing to judge by. */
void tw_judge_no_cases(struct tw_work *w);
void tw_judge_end(struct tw_work *w, enum tw_writer_status status,
                  const char *cause);
/* Variants of the code with one fault each; none when it has no such place. */
enum tw_status tw_judge_variants(struct tw_work *w, const char *code,
                                 struct tw_variants *out);
/* Too few caught?  Then the status says so. */
bool tw_judge_mutants_fail(struct tw_work *w);
/* Choose, repeat, mutants: fills the status. */
enum tw_status tw_judge_select(struct tw_work *w);
/* The candidates vote on cases without an oracle. */
enum tw_status tw_judge_consensus(struct tw_work *w);

/* outside.c: programs that reach for more than they may are lost, before they
 * are judged. */
enum tw_status tw_judge_reach(struct tw_work *w);
/* The chosen one once more, elsewhere; *lost: it is another program there, and
 * no candidate any more. */
enum tw_status tw_judge_outside(struct tw_work *w, bool *lost);

/* evidence.c: what the verdict rests on, and from "accepted" to "weak" where
 * that is little. */
enum tw_status tw_judge_evidence(struct tw_work *w);

/* question.c: fills r->question of a test whose oracle is not exact. */
enum tw_status tw_judge_question(struct tw_work *w);

/* undertest.c: candidates are test scripts for the code of the suite. */
enum tw_status tw_undertest_judge(struct tw_work *w);

#endif /* TW_WRITER_WRITER_PRIV_H */
