/*
 * mutation_py.c - mutants of Python: made by mutate.py in the jail, run by
 * the judge of assertions.
 *
 * Making mutants runs nothing of the program.  Running one is judging a
 * candidate: the tests are ours, the mutant is as untrusted as its original.
 */
#include <stdio.h>
#include <string.h>

#include "inspect/mutation_priv.h"
#include "python/helper.h"
#include "python/pyassert.h"

#include "base/banned.h"

/* A text per mutant in one reply: more per job would be too large for it. */
enum { RUN_ARENA = 64 << 20, TEXTS_PER_JOB = 50 };

/* *ok: the tests can be read; else the cause is set. */
enum tw_status tw_mutation_python_begin(struct tw_mutation_work *w, bool *ok)
{
    TW_TRY(tw_inspect_tests(w->jail, w->a, w->job->source, w->job->tests,
                            &w->tests, &w->m->cause, w->err));
    *ok = w->tests != NULL;
    return TW_OK;
}

/* An assertion that fails is told from a mutant that breaks by itself: the
 * first shows that the tests check, the second that they call. */
static enum tw_mutant_fate fate_of(const struct tw_finding *f)
{
    if (f->end == TW_END_PASS)
        return TW_MUTANT_SURVIVED;
    if (f->end == TW_END_HARNESS)
        return TW_MUTANT_HARNESS;
    if (f->end == TW_END_TIMEOUT || f->cause == TW_CAUSE_TIMEOUT)
        return TW_MUTANT_TIMEOUT;
    if (f->end == TW_END_SIGNAL)
        return TW_MUTANT_CRASH;
    if (f->cause == TW_CAUSE_ASSERTION)
        return TW_MUTANT_ASSERTION;
    return TW_MUTANT_ERROR;
}

/* On any thread: the arena is of this run, since w's serves one thread only. */
void tw_mutation_python_judge(const struct tw_mutation_work *w,
                              const struct tw_source *text,
                              struct tw_judged *out)
{
    struct tw_arena a;
    struct tw_pyassert_report r;
    struct tw_pyassert_job job = {
        .candidate = text->text,
        .candidate_len = text->n,
        .tests = w->tests,
        .entry = w->job->entry,
        .limits = tw_jail_limits_default(),
    };
    job.limits.wall_s = job.limits.cpu_s = w->seconds;
    memset(&r, 0, sizeof(r));
    tw_arena_init(&a, RUN_ARENA);
    out->status = tw_pyassert_run(w->jail, &job, &a, &r, &out->err);
    out->fate = fate_of(&r.finding);
    out->wall_ms = r.finding.wall_ms;
    if (r.finding.end == TW_END_UNSUPPORTED)
        snprintf(out->why, sizeof(out->why), "unsupported: %.100s",
                 r.finding.text);
    else
        snprintf(out->why, sizeof(out->why), "%.50s %.100s", r.finding.type,
                 r.finding.text);
    tw_arena_release(&a);
}

/* What is equivalent or compiles to the same as another is sorted out there,
 * by the code objects. */
enum tw_status tw_mutation_python_sites(struct tw_mutation_work *w)
{
    const struct tw_source *s = w->job->source;
    struct tw_pyval *args[2] = { tw_pyval_str(w->a, s->text, s->n),
                                 tw_pyval_bool(w->a, w->job->data) };
    struct tw_py_call call = { .function = "tw_mutants",
                               .args = args,
                               .n_args = 2 };
    struct tw_py_result *r;
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    TW_TRY(tw_inspect_job(w->jail, w->a, tw_mutate_py, &call, 1, &r, w->err));
    const struct tw_pyval *rows = NULL;
    if (r->outcome == TW_PY_VALUE)
        rows = tw_helper_item(r->value, 0);
    if (!rows)
        return tw_fail(w->err, TW_EIO, 0, "cannot make mutants: %.120s",
                       tw_inspect_cause(r, w->a));
    w->m->n_equivalent = (size_t)tw_inspect_int(r->value, 1);
    w->m->n_duplicate = (size_t)tw_inspect_int(r->value, 2);
    w->m->n_uncompilable = (size_t)tw_inspect_int(r->value, 3);
    w->sites = tw_arena_alloc(w->a, rows->n_items + 1, sizeof(*w->sites));
    for (size_t i = 0; w->sites && i < rows->n_items; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        w->sites[w->n_sites++] = (struct tw_site){
            .id = (size_t)tw_inspect_int(row, 0),
            .op = tw_helper_text(tw_helper_item(row, 1), w->a),
            .line = tw_inspect_int(row, 2),
            .what = tw_helper_text(tw_helper_item(row, 3), w->a),
        };
    }
    return tw_arena_check(w->a, "an inspection", w->err);
}

/* Sources of some mutants of the draw, from first on, one job: tw_begin(), then
 * one call for each.  The helper parses once and puts each fault in and out
 * again. */
static enum tw_status some_texts(struct tw_mutation_work *w, size_t first,
                                 size_t n)
{
    const struct tw_source *s = w->job->source;
    struct tw_py_call calls[TEXTS_PER_JOB + 1];
    struct tw_pyval *ids[TEXTS_PER_JOB];
    struct tw_pyval *begin[2] = { tw_pyval_str(w->a, s->text, s->n),
                                  tw_pyval_bool(w->a, w->job->data) };
    struct tw_py_result *r;
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    calls[0] = (struct tw_py_call){ .function = "tw_begin",
                                    .args = begin,
                                    .n_args = 2 };
    for (size_t i = 0; i < n; i++) {
        ids[i] = tw_pyval_int(w->a, (long long)w->sites[first + i].id);
        TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
        calls[i + 1] = (struct tw_py_call){ .function = "tw_mutant",
                                            .args = &ids[i],
                                            .n_args = 1 };
    }
    TW_TRY(
        tw_inspect_job(w->jail, w->a, tw_mutate_py, calls, n + 1, &r, w->err));
    for (size_t i = 0; i < n; i++) {
        if (r[i + 1].outcome != TW_PY_VALUE)
            return tw_fail(w->err, TW_EIO, 0, "cannot make a mutant: %.120s",
                           tw_inspect_cause(&r[i + 1], w->a));
        const char *text = tw_helper_text(r[i + 1].value, w->a);
        w->texts[first + i] =
            (struct tw_source){ TW_SOURCE_PYTHON, s->name, text, strlen(text) };
    }
    return TW_OK;
}

/* Only of the sites that were drawn, in their order. */
enum tw_status tw_mutation_python_texts(struct tw_mutation_work *w)
{
    for (size_t i = 0; i < w->n_sites; i += TEXTS_PER_JOB) {
        size_t n = w->n_sites - i;
        if (n > TEXTS_PER_JOB)
            n = TEXTS_PER_JOB;
        TW_TRY(some_texts(w, i, n));
    }
    return TW_OK;
}

/* Without a value (the helper cannot read the program) there are none, which
 * is no error: the program was judged already. */
enum tw_status tw_mutation_few(struct tw_jail *jail, struct tw_arena *a,
                               const char *text, const char *entry,
                               size_t limit, struct tw_variants *out,
                               struct tw_err *err)
{
    struct tw_pyval *args[3] = { tw_helper_str(a, text),
                                 tw_helper_str(a, entry),
                                 tw_pyval_int(a, (long long)limit) };
    struct tw_py_call call = { .function = "tw_few",
                               .args = args,
                               .n_args = 3 };
    struct tw_py_result *r;
    *out = (struct tw_variants){ 0 };
    TW_TRY(tw_arena_check(a, "variants", err));
    TW_TRY(tw_inspect_job(jail, a, tw_mutate_py, &call, 1, &r, err));
    if (r->outcome != TW_PY_VALUE)
        return TW_OK;
    out->texts = tw_arena_alloc(a, r->value->n_items + 1, sizeof(*out->texts));
    TW_TRY(tw_arena_check(a, "variants", err));
    for (size_t i = 0; i < r->value->n_items; i++)
        out->texts[out->n++] = tw_helper_text(tw_helper_item(r->value, i), a);
    return TW_OK;
}
