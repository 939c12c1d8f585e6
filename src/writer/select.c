/*
 * select.c - the best candidate, and whether its evidence is enough.
 *
 * Passing every case is not enough.  The verdicts must stay the same when the
 * program is run again, and at least one faulty variant of the program must
 * fail: cases that notice no fault prove nothing.
 */
#include <string.h>

#include "cases/search.h"
#include "writer/hunt.h"

#include "base/banned.h"

/* Each variant is a job in the jail; eight show whether cases notice faults.
 * A camp among fewer than ten voters says little (CodeT uses 100). */
enum { MUTANTS_MAX = 8, VOTERS_MIN = 10, SHOW_CHARS = 160 };

const char *tw_writer_status_name(enum tw_writer_status s)
{
    static const char *const names[] = {
        "accepted",      "rejected", "finding", "vacuous", "unverified",
        "contradiction", "no cases", "weak",    "invalid",
    };
    if ((size_t)s >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[s];
}

/* More cases first, then the model's own confidence, then brevity: of two
 * programs that pass the same, a person reads the shorter one. */
static bool is_better(const struct tw_candidate *x,
                      const struct tw_candidate *y)
{
    if (x->n_passed != y->n_passed)
        return x->n_passed > y->n_passed;
    if (x->logprob < y->logprob || x->logprob > y->logprob)
        return x->logprob > y->logprob;
    return strlen(x->code) < strlen(y->code);
}

/* Among those that load; a duplicate has the verdicts of its first. */
static void choose(struct tw_writer_result *r)
{
    r->chosen = TW_SPEC_NONE;
    for (size_t i = 0; i < r->n_candidates; i++) {
        const struct tw_candidate *c = &r->candidates[i];
        if (!c->loaded || c->duplicate_of != i)
            continue;
        if (r->chosen == TW_SPEC_NONE ||
            is_better(c, &r->candidates[r->chosen]))
            r->chosen = i;
    }
}

/* Verdicts are compared, not values: a property may allow many of them. */
bool tw_judge_same(const struct tw_work *w, const struct tw_candidate *x,
                   const struct tw_candidate *y)
{
    for (size_t i = 0; i < w->cases->n; i++)
        if (x->cases[i].verdict != y->cases[i].verdict)
            return false;
    return true;
}

/* A program that depends on time, order or what it remembers is no test. */
static enum tw_status repeat(struct tw_work *w, const struct tw_candidate *c)
{
    w->r->n_repeats = 1;
    w->r->stable = true;
    while (w->r->n_repeats < w->test->accept.repeat && w->r->stable) {
        struct tw_candidate again = { .code = c->code };
        /* Each time more calls go before those that count: what a program
         * remembers of them must not show. */
        TW_TRY(tw_judge_program(w, c->code, w->r->n_repeats, &again));
        w->r->stable = tw_judge_same(w, c, &again);
        w->r->n_repeats++;
    }
    return TW_OK;
}

/* The same text has the same variants, in every run and on every host. */
enum tw_status tw_judge_variants(struct tw_work *w, const char *code,
                                 struct tw_variants *out)
{
    return tw_mutation_few(w->env->jail, w->a, code, w->call->name, MUTANTS_MAX,
                           out, w->err);
}

/* Do the cases notice a fault in the program?  A variant counts as caught when
 * any verdict differs, whichever way. */
static enum tw_status run_mutants(struct tw_work *w,
                                  const struct tw_candidate *c)
{
    struct tw_variants v;
    TW_TRY(tw_judge_variants(w, c->code, &v));
    for (size_t i = 0; i < v.n; i++) {
        struct tw_candidate mutant = { .code = v.texts[i] };
        TW_TRY(tw_judge_program(w, v.texts[i], 0, &mutant));
        w->r->n_mutants++;
        w->r->n_killed += !tw_judge_same(w, c, &mutant);
    }
    return TW_OK;
}

/* accepted follows from the status and from what the project accepts, in this
 * place only. */
void tw_judge_end(struct tw_work *w, enum tw_writer_status status,
                  const char *cause)
{
    w->r->status = status;
    w->r->cause = cause;
    if (!cause) /* no memory for it: tw_emit_scripts() asks the arena */
        w->r->cause = "";
    w->r->accepted = status == TW_WRITER_ACCEPTED ||
                     (status == TW_WRITER_WEAK && !w->env->exact_only);
}

/* Most frequent reason why candidates were lost, with the cause of the first
 * one: a person can then look at the prompt or the model. */
static const char *common_loss(const struct tw_work *w)
{
    size_t count[TW_LOSS_HARNESS + 1] = { 0 };
    size_t best = TW_LOSS_NO_CODE;
    for (size_t i = 0; i < w->r->n_candidates; i++)
        count[w->r->candidates[i].loss]++;
    for (size_t i = TW_LOSS_NO_CODE; i <= TW_LOSS_HARNESS; i++)
        if (count[i] > count[best])
            best = i;
    const char *cause = "";
    for (size_t i = w->r->n_candidates; i-- > 0;)
        if (w->r->candidates[i].loss == (enum tw_loss)best)
            cause = w->r->candidates[i].cause;
    const char *what = "runs";
    if (best == TW_LOSS_REACH)
        what = "may be handed out";
    return tw_arena_textf(w->a, "no candidate %s: %.300s (%s in %zu of %zu)",
                          what, cause, tw_loss_name((enum tw_loss)best),
                          count[best], w->r->n_candidates);
}

/* Not one caught is worse than too few: then the cases test nothing.  Code
 * without a place for a fault cannot be held against the cases. */
bool tw_judge_mutants_fail(struct tw_work *w)
{
    const struct tw_writer_result *r = w->r;
    double want = w->test->accept.mutants_killed;
    if (r->n_mutants && !r->n_killed) {
        tw_judge_end(w, TW_WRITER_VACUOUS,
                     tw_arena_textf(w->a,
                                    "none of %zu faulty variants was caught",
                                    r->n_mutants));
        return true;
    }
    if ((double)r->n_killed < want * (double)r->n_mutants) {
        tw_judge_end(w, TW_WRITER_REJECTED,
                     tw_arena_textf(w->a,
                                    "%zu of %zu faulty variants caught, "
                                    "%g %% wanted",
                                    r->n_killed, r->n_mutants, 100.0 * want));
        return true;
    }
    return false;
}

static const char *why_exact(const struct tw_work *w,
                             const struct tw_candidate *c)
{
    const struct tw_writer_result *r = w->r;
    const char *more = "", *question = "";
    if (r->outside) {
        more = "; ";
        question = r->outside;
    }
    const struct tw_strength *s = &r->cases.strength;

    return tw_arena_textf(
        w->a,
        "%zu of %zu cases passed, the same in %u runs; no difference from the "
        "oracle on %zu inputs; the cases tell %zu faulty variants of it apart"
        "%s%s",
        c->n_passed, r->cases.n, r->n_repeats, r->n_searched,
        s->n_variants - s->n_left, more, question);
}

/* What the search found becomes a case, and every answer meets it. */
static enum tw_status learn(struct tw_work *w, const struct tw_difference *d)
{
    struct tw_writer_result *r = w->r;

    TW_TRY(tw_search_add_case(
        w->pool, d->args, d->n_args, d->want,
        tw_arena_textf(w->a, "an answer gives %.200s", d->got)));
    for (size_t i = 0; i < r->n_candidates; i++) {
        struct tw_candidate *c = &r->candidates[i];
        if (c->duplicate_of < i)
            tw_judge_share(c, &r->candidates[c->duplicate_of]);
        else if (c->cases && c->loss != TW_LOSS_REACH)
            TW_TRY(tw_judge_program(w, c->code, 0, c));
    }
    choose(r);
    return TW_OK;
}

/* In words of the specification: what the user is asked. */
static void ask(struct tw_work *w, const struct tw_difference *d)
{
    w->r->outside = tw_arena_textf(
        w->a,
        "nothing that was seen is like %.300s, where the description's oracle "
        "gives %.150s and the answer %.150s: can it occur? If so, write it as "
        "a case; if not, say so in 'require'",
        tw_case_call(w->pool, d->args, d->n_args),
        tw_helper_show(d->want, SHOW_CHARS, w->a), d->got);
}

/* Passes it every case? */
static bool is_clean(const struct tw_writer_result *r, size_t k)
{
    return k != TW_SPEC_NONE && r->candidates[k].n_passed == r->cases.n;
}

/* As long as the best answer passes all cases, look for an input where it is
 * wrong; each answer is refused once at most.  *unsteady: one that was wrong
 * among many inputs and is right where the input is a case; it counts its calls
 * or remembers them. */
static enum tw_status hunt(struct tw_work *w, bool *unsteady)
{
    struct tw_writer_result *r = w->r;

    *unsteady = false;
    if (!tw_search_possible(w->pool) || w->n_files)
        return TW_OK;
    for (size_t i = 0; i <= r->n_candidates; i++) {
        struct tw_difference *d;
        size_t k = r->chosen;

        if (!is_clean(r, k) || r->cases.n == TW_CASE_ROOM)
            return TW_OK;
        TW_TRY(tw_hunt(w, &r->candidates[k], &d));
        if (!d)
            TW_TRY(tw_hunt_outside(w, &r->candidates[k], &d));
        if (d && !d->inside)
            ask(w, d);
        if (!d || !d->inside)
            return TW_OK;
        TW_TRY(learn(w, d));
        *unsteady = is_clean(r, k) && !d->late;
        if (*unsteady)
            return TW_OK;
    }
    return TW_OK;
}

/* For a test engineer: how close it came, and the first input on which it was
 * wrong, with what it gave and what was due. */
static const char *why_rejected(const struct tw_work *w,
                                const struct tw_candidate *c)
{
    const struct tw_writer_result *r = w->r;

    if (r->n_candidates == 1)
        return tw_arena_textf(w->a,
                              "the answer is wrong in %zu of %zu cases: %s",
                              r->cases.n - c->n_passed, r->cases.n, c->cause);
    return tw_arena_textf(
        w->a,
        "none of %zu answers is right; the closest, number %zu, is wrong in "
        "%zu of %zu cases: %s",
        r->n_candidates, r->chosen + 1, r->cases.n - c->n_passed, r->cases.n,
        c->cause);
}

/* The gates in the order of their cost; the first that fails is the cause. */
static enum tw_status decide(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    if (r->chosen == TW_SPEC_NONE) {
        tw_judge_end(w, TW_WRITER_REJECTED, common_loss(w));
        return TW_OK;
    }
    const struct tw_candidate *c = &r->candidates[r->chosen];
    r->tcer = (double)c->n_passed / (double)r->cases.n;
    if (r->tcer < w->test->accept.tcer) {
        tw_judge_end(w, TW_WRITER_REJECTED, why_rejected(w, c));
        return TW_OK;
    }
    TW_TRY(repeat(w, c));
    if (!r->stable) {
        tw_judge_end(w, TW_WRITER_REJECTED,
                     "the verdicts change from run to run or call to call");
        return TW_OK;
    }
    TW_TRY(run_mutants(w, c));
    /* Where the oracle is exact its own variants were the measure, and variants
     * of the answer are figures for the report. */
    if (!r->n_searched && tw_judge_mutants_fail(w))
        return TW_OK;
    if (r->n_searched) {
        tw_judge_end(w, TW_WRITER_ACCEPTED, why_exact(w, c));
        return TW_OK;
    }
    const char *runs = "runs";
    if (r->n_repeats == 1)
        runs = "run";
    tw_judge_end(w, TW_WRITER_ACCEPTED,
                 tw_arena_textf(w->a,
                                "%zu of %zu cases passed, the same in %u "
                                "%s; %zu of %zu faulty variants caught",
                                c->n_passed, r->cases.n, r->n_repeats, runs,
                                r->n_killed, r->n_mutants));
    return TW_OK;
}

void tw_judge_no_cases(struct tw_work *w)
{
    const struct tw_case_counts *n = &w->r->cases.counts;
    const char *why = w->r->cases.why_no_value, *colon = ": ";
    if (!why)
        why = colon = "";
    tw_judge_end(
        w, TW_WRITER_NO_CASES,
        tw_arena_textf(w->a,
                       "no case could be made of %zu inputs: %zu break "
                       "'require', %zu have no expected value%s%.160s",
                       n->drawn, n->refused, n->undefined, colon, why));
}

/* A contradiction outweighs everything: which of the oracles is right is not
 * ours to say. */
enum tw_status tw_judge_select(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    choose(r);
    if (!r->cases.n) {
        tw_judge_no_cases(w);
        return TW_OK;
    }
    bool unsteady = false;
    for (bool lost = true; lost;) { /* one fewer candidate each time */
        TW_TRY(hunt(w, &unsteady));
        TW_TRY(tw_judge_outside(w, &lost));
        if (lost)
            choose(r);
    }
    TW_TRY(decide(w));
    if (unsteady)
        tw_judge_end(w, TW_WRITER_REJECTED,
                     "wrong among many calls, right in a few: it depends on "
                     "what was called before");
    if (r->cases.counts.contradictions)
        tw_judge_end(w, TW_WRITER_CONTRADICTION, r->cases.contradiction);
    return TW_OK;
}

/* Values of every voter for every case, by one job each.  votes: one row of
 * results per candidate, NULL for one that has no say. */
static enum tw_status collect_votes(struct tw_work *w,
                                    struct tw_py_result **votes)
{
    struct tw_writer_result *r = w->r;
    struct tw_py_call calls[TW_CASE_ROOM];
    for (size_t i = 0; i < r->cases.n; i++)
        calls[i] = (struct tw_py_call){ .function = w->call->name,
                                        .args = r->cases.list[i].args,
                                        .n_args = r->cases.list[i].n_args };
    for (size_t i = 0; i < r->n_candidates; i++) {
        const struct tw_candidate *c = &r->candidates[i];
        if (!c->code[0] || c->loss != TW_LOSS_NONE)
            continue;
        if (c->duplicate_of != i) {
            votes[i] = votes[c->duplicate_of];
            continue;
        }
        struct tw_py_report rep;
        memset(&rep, 0, sizeof(rep));
        tw_jail_result_init(&rep.jail);
        struct tw_py_job job = { .source = c->code,
                                 .source_len = strlen(c->code),
                                 .calls = calls,
                                 .n_calls = r->cases.n,
                                 .limits = tw_judge_limits(w) };
        enum tw_status st = tw_py_run(w->env->jail, &job, w->a, &rep, w->err);
        votes[i] = rep.calls;
        tw_jail_result_release(&rep.jail);
        TW_TRY(st);
    }
    return TW_OK;
}

/* Votes for a value, that of the voter itself among them.  Floats agree within
 * 1e-9: two right programs may add in another order. */
static size_t count_votes(const struct tw_work *w,
                          struct tw_py_result *const *votes, size_t k,
                          const struct tw_pyval *v)
{
    const struct tw_pyval_tol tol = { 1e-9, 1e-9, true };
    size_t n = 0;
    for (size_t i = 0; i < w->r->n_candidates; i++)
        n += votes[i] && votes[i][k].outcome == TW_PY_VALUE &&
             tw_pyval_equal(votes[i][k].value, v, tol);
    return n;
}

/* The largest camp of a case; its size over all candidates, also those that
 * have no say: a few that agree among many that fail are no majority. */
static double vote(struct tw_work *w, struct tw_py_result *const *votes,
                   size_t k)
{
    struct tw_case *c = &w->cases->list[k];
    size_t best = 0;
    for (size_t i = 0; i < w->r->n_candidates; i++) {
        if (!votes[i] || votes[i][k].outcome != TW_PY_VALUE)
            continue;
        size_t n = count_votes(w, votes, k, votes[i][k].value);
        if (n > best) {
            best = n;
            c->want = votes[i][k].value;
        }
    }
    if (c->want)
        c->want_text = tw_helper_show(c->want, 4000, w->a);
    c->tol = (struct tw_pyval_tol){ 1e-9, 1e-9, true };
    return (double)best / (double)w->r->n_candidates;
}

/* Expected values from a vote go into the cases, so that scripts and reports
 * show them, marked as unverified. */
enum tw_status tw_judge_consensus(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    r->unverified = true;
    size_t n_voters = 0;
    for (size_t i = 0; i < r->n_candidates; i++)
        n_voters += r->candidates[i].code[0] != '\0' &&
                    r->candidates[i].loss == TW_LOSS_NONE;
    if (n_voters < VOTERS_MIN)
        return TW_OK;
    struct tw_py_result **votes =
        tw_arena_alloc(w->a, r->n_candidates, sizeof(struct tw_py_result *));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    TW_TRY(collect_votes(w, votes));
    double sum = 0.0;
    for (size_t k = 0; k < r->cases.n; k++)
        sum += vote(w, votes, k);
    if (r->cases.n)
        r->consensus = sum / (double)r->cases.n;
    return TW_OK;
}
