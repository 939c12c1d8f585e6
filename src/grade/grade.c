/*
 * grade.c - chooses the judge of an answer.
 *
 * There are four: outputs of a program (grade_stdio.c), tests in another
 * language (grade_lang.c), claims about calls (claims.c), and Python tests in
 * a jail of their own (python/pyassert.h).  The strictest that fits is taken.
 */
#include "grade/grade.h"

#include "grade/claims.h"
#include "grade/declaration.h"
#include "grade/grade_lang_priv.h"
#include "grade/program.h"

#include "base/banned.h"

enum { TRIES = 2 }; /* a fault of ours may pass: a full machine, a signal */

const char *tw_grade_place(const struct tw_taskset *set,
                           const struct tw_task *task)
{
    if (task->n_cases > 0)
        return "output";
    struct tw_declaration d;
    if (set->lang == TW_LANG_PYTHON || set->lang == TW_LANG_JS ||
        (set->lang == TW_LANG_GO && tw_go_apart(task)) ||
        (set->lang != TW_LANG_C && set->lang != TW_LANG_GO &&
         tw_declaration_read(&d, task->prompt)))
        return "apart";
    return "with the answer";
}

/* Tests and candidate have a jail each and exchange values only, so that the
 * candidate never sees what is expected of it. */
static enum tw_status grade_apart(struct tw_grade *out, struct tw_arena *a,
                                  const struct tw_grader *g,
                                  const struct tw_grade_answer *answer,
                                  struct tw_err *err)
{
    const struct tw_grade_options *o = &g->options;
    const struct tw_task *task = answer->task;
    struct tw_grade_source source;
    struct tw_pyassert_report report = { 0 };
    struct tw_pyassert_job job = {
        .tests = task->tests,
        .limits = tw_grade_limits(TW_LANG_PYTHON, o, task),
        .go_on = o->go_on,
        .cold = o->cold || g->apart_cold,
    };

    if (task->entry[0])
        job.entry = task->entry;
    TW_TRY(tw_grade_source(&source, a, o, answer, err));
    TW_TRY(tw_grade_helpers(&job.helpers, a, o, answer, err));
    job.candidate = source.text;
    job.candidate_len = source.len;
    TW_TRY(tw_pyassert_run(g->jail, &job, a, &report, err));
    *out = (struct tw_grade){ .finding = report.finding,
                              .loaded = report.loaded,
                              .finished = report.finished,
                              .n_passed = report.n_passed,
                              .n_asserts = report.n_asserts,
                              .outcomes = report.outcomes };
    return TW_OK;
}

/* Claims where the tests are no more than that, else two jails. */
static enum tw_status grade_python(struct tw_grade *out, struct tw_arena *a,
                                   const struct tw_grader *g,
                                   const struct tw_grade_answer *answer,
                                   struct tw_err *err)
{
    bool clear = false;

    if (g->claims) {
        const struct tw_claims *claims =
            &g->claims->items[answer->task - g->set->tasks];
        if (claims->n > 0)
            TW_TRY(tw_claims_judge(out, &clear, a, claims, g, answer, err));
    }
    if (clear)
        return TW_OK;
    return grade_apart(out, a, g, answer, err);
}

enum tw_status tw_grade_sample(struct tw_grade *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    if (answer->task->n_cases > 0)
        return tw_grade_stdio(out, a, g, answer, err);
    if (g->set->lang != TW_LANG_PYTHON)
        return tw_grade_lang(out, a, g, answer, err);
    for (int try = 0; try < TRIES; try++) {
        *out = (struct tw_grade){ 0 };
        TW_TRY(grade_python(out, a, g, answer, err));
        if (out->finding.end != TW_END_HARNESS)
            break;
    }
    return TW_OK;
}
