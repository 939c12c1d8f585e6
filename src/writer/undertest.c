/*
 * undertest.c - candidates that are test scripts for code under test.
 *
 * A script is taken apart into calls and literals; a claim is right when its
 * literal agrees with the specification's oracle, and only right claims are
 * used.  The code under test then runs against the cases of the specification
 * and the right claims: where it fails, that is a finding.  At least one
 * faulty variant of the code must be caught by the claims.
 */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "cases/inputs.h"
#include "cases/oracle.h"
#include "cases/value.h"
#include "python/asserts.h"
#include "python/exception.h"
#include "writer/writer_priv.h"

#include "base/banned.h"

/* A script may hold more claims and findings; nobody reads them. */
enum { CODE_MAX = 1 << 20, CLAIMS_MAX = TW_CASE_MAX, FINDINGS_MAX = 64 };

/* The files lie beside the program in the jail, under their own names: an
 * import finds them.  The first one is the module that the script imports. */
static enum tw_status read_code(struct tw_work *w)
{
    const struct tw_spec *s = w->in->spec;
    w->files = tw_arena_alloc(w->a, s->n_code, sizeof(*w->files));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < s->n_code; i++) {
        struct tw_buf b;
        tw_buf_init(&b, CODE_MAX);
        enum tw_status st = tw_file_read(&b, s->code[i], w->err);
        char *text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
        w->files[i] =
            (struct tw_jail_file){ tw_file_basename(s->code[i]), text, b.len };
        tw_buf_release(&b);
        TW_TRY(st);
        TW_TRY(tw_arena_check(w->a, "a test", w->err));
    }
    w->n_files = s->n_code;
    w->import_line = tw_cases_import(w->pool);
    return tw_arena_check(w->a, "a test", w->err);
}

/* The code under test against a list of cases: the program is the import
 * line alone, and calls go to the code itself. */
static enum tw_status run_code(struct tw_work *w, struct tw_case *cases,
                               size_t n, struct tw_candidate *out)
{
    const struct tw_cases now = { .list = cases, .n = n };
    *out = (struct tw_candidate){ .code = "", .cause = "" };
    w->cases = &now;
    enum tw_status st = tw_judge_program(w, w->import_line, 0, out);
    w->cases = &w->r->cases;
    return st;
}

/* Claims of all candidates, one helper job.  rows: one list per candidate.  A
 * candidate that was lost counts as an empty text, so that indices agree. */
static enum tw_status split_claims(struct tw_work *w,
                                   struct tw_py_result **rows)
{
    struct tw_writer_result *r = w->r;
    size_t n = r->n_candidates;
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    struct tw_pyval **args =
        tw_arena_alloc(w->a, 3 * n + 1, sizeof(struct tw_pyval *));
    struct tw_pyval *entry = tw_helper_str(w->a, w->call->name);
    struct tw_pyval *params = tw_written_params(w->pool);
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < n; i++) {
        const struct tw_candidate *c = &r->candidates[i];
        struct tw_pyval **a = &args[3 * i];
        const char *code = "";
        if (c->loss == TW_LOSS_NONE)
            code = c->code;
        a[0] = tw_helper_str(w->a, code);
        a[1] = entry;
        a[2] = params;
        TW_TRY(tw_arena_check(w->a, "a test", w->err));
        calls[i] = (struct tw_py_call){ .function = "tw_asserts",
                                        .args = a,
                                        .n_args = 3 };
    }
    return tw_helper_run(w->env->jail, w->a, tw_asserts_py, calls, n, rows,
                         w->err);
}

/* A row of tw_asserts() as a case; false for a claim that cannot be taken
 * apart.  It does not go into the pool: a model wrote it. */
static bool read_claim(struct tw_work *w, const struct tw_pyval *row,
                       struct tw_case *c)
{
    const char *kind = tw_helper_text(tw_helper_item(row, 0), w->a);
    const struct tw_pyval *list = tw_helper_item(row, 1);
    size_t np = w->call->n_params;
    if (!list || row->n_items < 6 || strcmp(kind, "other") == 0 ||
        list->n_items > np)
        return false;
    struct tw_pyval **args =
        tw_arena_alloc(w->a, np + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; args && i < np; i++) {
        args[i] = w->pool->fallbacks[i];
        if (i < list->n_items)
            args[i] = list->items[i];
        if (!args[i])
            return false;
    }
    if (!args)
        return false;
    *c = (struct tw_case){ .origin = TW_CASE_ASSERT,
                           .kind = TW_CASE_VALUE,
                           .args = args,
                           .n_args = list->n_items,
                           .source = "written by the model",
                           .reason = "agrees with the specification" };
    c->call = tw_case_call(w->pool, args, c->n_args);
    c->text = tw_helper_text(tw_helper_item(row, 5), w->a);
    c->tol =
        (struct tw_pyval_tol){ tw_helper_number(tw_helper_item(row, 3), 0.0),
                               tw_helper_number(tw_helper_item(row, 4), 0.0),
                               true };
    if (strcmp(kind, "raises") == 0) {
        c->kind = TW_CASE_RAISES;
        c->want_error = tw_helper_text(row->items[2], w->a);
        c->want_text = c->want_error;
    } else {
        c->want = row->items[2];
        c->want_text = tw_helper_show(c->want, 4000, w->a);
    }
    return c->call != NULL;
}

/* What the specification says of a claim; unknown ones are not used. */
enum claim { CLAIM_UNKNOWN, CLAIM_RIGHT, CLAIM_WRONG };

/* From here on nothing is unknown. */
static enum claim claim_if(bool right)
{
    if (right)
        return CLAIM_RIGHT;
    return CLAIM_WRONG;
}

/* By a case that the specification gives for the same call, compared as text:
 * f(1) is not f(1.0).  A claim that names a base class of the wanted exception
 * is right too. */
static enum claim by_case(const struct tw_work *w, const struct tw_case *c)
{
    const struct tw_case_work *pool = w->pool;
    for (size_t i = 0; i < pool->n_inputs; i++) {
        const struct tw_input *in = &pool->inputs[i];
        if (!in->written || strcmp(in->call, c->call) != 0)
            continue;
        if (in->kind != c->kind)
            return CLAIM_WRONG;
        if (in->kind == TW_CASE_RAISES)
            return claim_if(
                tw_py_exception_below(in->want_error, c->want_error));
        return claim_if(tw_pyval_equal(c->want, in->want, in->tol));
    }
    return CLAIM_UNKNOWN;
}

/* The specification may allow more than the model did, or the other way
 * round. */
static struct tw_pyval_tol looser(struct tw_pyval_tol a, struct tw_pyval_tol b)
{
    a.abs_tol = fmax(a.abs_tol, b.abs_tol);
    a.rel_tol = fmax(a.rel_tol, b.rel_tol);
    return a;
}

/* By the expr oracle; the wanted value becomes the oracle's own, so that the
 * code is not judged by the rounding of a model. */
static void by_oracle(const struct tw_work *w, struct tw_case *c,
                      struct tw_pyval *value, enum claim *claim)
{
    const struct tw_spec_oracle *o = w->test->oracles;
    while (!tw_spec_oracle_exact(o))
        o++;
    struct tw_pyval_tol tol = { o->abs_tol, o->rel_tol, true };
    if (*claim != CLAIM_UNKNOWN || !value)
        return;
    if (c->kind != TW_CASE_VALUE) {
        *claim = CLAIM_WRONG;
        return;
    }
    c->tol = looser(c->tol, tol);
    *claim = claim_if(tw_pyval_equal(c->want, value, c->tol));
    c->want = value;
}

/* By written cases first: they are exact.  The oracle is asked once for all. */
static enum tw_status judge_claims(struct tw_work *w, struct tw_case *claims,
                                   enum claim *verdict, size_t n)
{
    struct tw_pyval **args[CLAIMS_MAX];
    struct tw_pyval *values[CLAIMS_MAX] = { NULL };
    for (size_t i = 0; i < n; i++) {
        verdict[i] = by_case(w, &claims[i]);
        args[i] = claims[i].args;
    }
    if (!tw_spec_has_expr(w->test))
        return TW_OK;
    TW_TRY(tw_oracle_probe(w->pool, args, n, values));
    for (size_t i = 0; i < n; i++)
        by_oracle(w, &claims[i], values[i], &verdict[i]);
    return TW_OK;
}

/* Right claims of one script in *right; counts go to the candidate.  A single
 * wrong claim makes the script a lost one: who reads it would believe it. */
static enum tw_status sort_claims(struct tw_work *w, struct tw_candidate *c,
                                  const struct tw_pyval *rows,
                                  struct tw_case **right)
{
    enum claim verdict[CLAIMS_MAX];
    *right = tw_arena_alloc(w->a, CLAIMS_MAX, sizeof(**right));
    struct tw_case *all = tw_arena_alloc(w->a, CLAIMS_MAX, sizeof(*all));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    size_t n = 0;
    if (rows)
        c->n_asserts = rows->n_items;
    for (size_t i = 0; rows && i < c->n_asserts && n < CLAIMS_MAX; i++)
        n += read_claim(w, rows->items[i], &all[n]);
    TW_TRY(judge_claims(w, all, verdict, n));
    const char *wrong = NULL;
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == CLAIM_RIGHT)
            (*right)[c->n_right++] = all[i];
        if (verdict[i] != CLAIM_WRONG)
            continue;
        c->n_wrong++;
        if (!wrong)
            wrong = all[i].text;
    }
    c->n_passed = c->n_right;
    c->loaded = true;
    if (!c->n_right || c->n_wrong)
        c->loss = TW_LOSS_ASSERT;
    if (wrong)
        c->cause =
            tw_arena_textf(w->a, "against the specification: %.120s", wrong);
    else if (!c->n_right)
        c->cause = "no assertion that the specification can confirm";
    return TW_OK;
}

/* A script without a wrong claim first, then more right ones, then the
 * model's own confidence. */
static bool is_better(const struct tw_candidate *x,
                      const struct tw_candidate *y)
{
    if ((x->n_wrong == 0) != (y->n_wrong == 0))
        return x->n_wrong == 0;
    if (x->n_right != y->n_right)
        return x->n_right > y->n_right;
    return x->logprob > y->logprob;
}

/* All scripts against the specification; the best one with its right claims
 * stays in w. */
static enum tw_status judge_scripts(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    struct tw_py_result *rows = NULL;
    if (r->n_candidates)
        TW_TRY(split_claims(w, &rows));
    for (size_t i = 0; rows && i < r->n_candidates; i++) {
        struct tw_candidate *c = &r->candidates[i];
        struct tw_case *right;
        if (c->loss != TW_LOSS_NONE)
            continue;
        const struct tw_pyval *list = NULL;
        if (rows[i].outcome == TW_PY_VALUE)
            list = rows[i].value;
        TW_TRY(sort_claims(w, c, list, &right));
        if (!c->n_right)
            continue;
        struct tw_candidate run;
        TW_TRY(run_code(w, right, c->n_right, &run));
        c->n_failing = c->n_right - run.n_passed;
        c->wall_ms = run.wall_ms;
        if (r->chosen != TW_SPEC_NONE &&
            !is_better(c, &r->candidates[r->chosen]))
            continue;
        r->chosen = i;
        w->asserts = right;
        w->n_asserts = c->n_right;
    }
    return TW_OK;
}

/* One line per case that the code fails. */
static void add_findings(struct tw_work *w, const struct tw_case *cases,
                         size_t n, const struct tw_candidate *run)
{
    struct tw_writer_result *r = w->r;
    if (!run->loaded && r->n_findings < FINDINGS_MAX) {
        r->findings[r->n_findings++] = tw_arena_textf(
            w->a, "the code under test does not load: %.160s", run->cause);
        return;
    }
    for (size_t i = 0; i < n && r->n_findings < FINDINGS_MAX; i++) {
        if (run->cases[i].verdict == TW_CASE_PASS)
            continue;
        const char *got = run->cases[i].got, *want = cases[i].want_text;
        if (!*got)
            got = tw_case_verdict_name(run->cases[i].verdict);
        if (cases[i].kind == TW_CASE_HOLDS)
            want = "that a property holds";
        r->findings[r->n_findings++] = tw_arena_textf(
            w->a, "%.200s is %.80s, the specification says %.80s",
            cases[i].call, got, want);
    }
}

/* The code under test against the specification and the chosen script.  The
 * code may be unstable too, so it runs as often as a candidate would. */
static enum tw_status find_faults(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    struct tw_candidate first, run;
    r->findings = tw_arena_alloc(w->a, FINDINGS_MAX, sizeof(*r->findings));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    TW_TRY(run_code(w, r->cases.list, r->cases.n, &first));
    add_findings(w, r->cases.list, r->cases.n, &first);
    r->tcer = (double)first.n_passed / (double)r->cases.n;
    r->stable = true;
    for (r->n_repeats = 1; r->n_repeats < w->test->accept.repeat && r->stable;
         r->n_repeats++) {
        TW_TRY(run_code(w, r->cases.list, r->cases.n, &run));
        r->stable = tw_judge_same(w, &first, &run);
    }
    if (!w->n_asserts)
        return TW_OK;
    TW_TRY(run_code(w, w->asserts, w->n_asserts, &run));
    add_findings(w, w->asserts, w->n_asserts, &run);
    return TW_OK;
}

/* Which claims does a variant of the code fail that the code itself passes?
 * The variant stands in for the first file, and the original comes back on
 * every way out. */
static enum tw_status run_variants(struct tw_work *w)
{
    struct tw_candidate good, bad;
    struct tw_variants v;
    struct tw_jail_file original = w->files[0];
    TW_TRY(tw_judge_variants(w, original.bytes, &v));
    TW_TRY(run_code(w, w->asserts, w->n_asserts, &good));
    for (size_t i = 0; i < v.n; i++) {
        w->files[0].bytes = v.texts[i];
        w->files[0].n = strlen(v.texts[i]);
        enum tw_status st = run_code(w, w->asserts, w->n_asserts, &bad);
        w->files[0] = original;
        TW_TRY(st);
        bool killed = false;
        for (size_t k = 0; k < w->n_asserts; k++)
            killed = killed || (good.cases[k].verdict == TW_CASE_PASS &&
                                bad.cases[k].verdict != TW_CASE_PASS);
        w->r->n_mutants++;
        w->r->n_killed += killed;
    }
    return TW_OK;
}

/* A fault of the code is worth more than a script: it comes first. */
static enum tw_status decide(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    if (r->n_findings) {
        tw_judge_end(w, TW_WRITER_FINDING, r->findings[0]);
        return TW_OK;
    }
    if (r->chosen == TW_SPEC_NONE) {
        tw_judge_end(w, TW_WRITER_REJECTED,
                     "no script with an assertion that the specification "
                     "confirms");
        return TW_OK;
    }
    if (!r->stable) {
        tw_judge_end(w, TW_WRITER_REJECTED,
                     "the verdicts change from run to run");
        return TW_OK;
    }
    TW_TRY(run_variants(w));
    if (tw_judge_mutants_fail(w))
        return TW_OK;
    const struct tw_candidate *c = &r->candidates[r->chosen];
    tw_judge_end(w, TW_WRITER_ACCEPTED,
                 tw_arena_textf(w->a,
                                "%zu of %zu assertions right, the code "
                                "passes them; %zu of %zu faulty variants "
                                "caught",
                                c->n_right, c->n_asserts, r->n_killed,
                                r->n_mutants));
    return TW_OK;
}

/* The scripts first, since the best one brings claims that may find a fault
 * which the cases of the specification miss. */
enum tw_status tw_undertest_judge(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    if (!r->cases.n) {
        tw_judge_no_cases(w);
        return TW_OK;
    }
    TW_TRY(read_code(w));
    TW_TRY(judge_scripts(w));
    TW_TRY(find_faults(w));
    TW_TRY(decide(w));
    if (r->cases.counts.contradictions)
        tw_judge_end(w, TW_WRITER_CONTRADICTION, r->cases.contradiction);
    return TW_OK;
}
