/*
 * evidence.c - what a verdict rests on, and how it is called.
 *
 * Three asserts that pass are no proof: of the answers of a 1.5 B model that
 * passed the visible asserts of a task, eight in 26 were wrong on other inputs.
 * So only an oracle that was asked about thousands of inputs makes a test
 * "accepted"; everything else is "weak", and says why.
 */
#include <string.h>

#include "cases/search.h"
#include "writer/writer_priv.h"

#include "base/banned.h"

/* As in run.json and in projects. */
const char *tw_evidence_name(enum tw_evidence e)
{
    static const char *const names[] = { "none", "exact", "cases", "property",
                                         "one value" };
    if ((size_t)e >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[e];
}

/* Cases with a value or an exception that somebody stated. */
static size_t n_stated(const struct tw_cases *cases)
{
    size_t n = 0;
    for (size_t i = 0; i < cases->n; i++)
        n += cases->list[i].kind == TW_CASE_VALUE ||
             cases->list[i].kind == TW_CASE_RAISES;
    return n;
}

/* Is one value due in all cases?  Then an answer that looks at nothing passes
 * them.  An exception among them is another outcome. */
static bool one_value(const struct tw_cases *cases)
{
    const struct tw_pyval_tol none = { 0.0, 0.0, true };
    const struct tw_case *first = &cases->list[0];
    for (size_t i = 0; i < cases->n; i++) {
        const struct tw_case *c = &cases->list[i];
        if (c->kind != TW_CASE_VALUE || !c->want ||
            !tw_pyval_equal(c->want, first->want, none))
            return false;
    }
    return cases->n > 0;
}

/* Searched: the answer was compared with the oracle on many inputs.  With code
 * under test the oracle chose the cases and judged the assertions. */
static enum tw_evidence evidence_of(const struct tw_work *w)
{
    const struct tw_writer_result *r = w->r;
    bool exact = tw_search_possible(w->pool) && (r->n_searched || w->n_files);
    if (r->unverified)
        return TW_EVIDENCE_NONE;
    if (exact && one_value(&r->cases))
        return TW_EVIDENCE_ONE_VALUE;
    if (exact)
        return TW_EVIDENCE_EXACT;
    if (n_stated(&r->cases))
        return TW_EVIDENCE_CASES;
    return TW_EVIDENCE_PROPERTY;
}

static const char *describe(const struct tw_work *w)
{
    const struct tw_writer_result *r = w->r;
    const struct tw_strength *s = &r->cases.strength;
    switch (r->evidence) {
    case TW_EVIDENCE_EXACT:
        if (w->n_files)
            return tw_arena_textf(
                w->a,
                "exact: an oracle that knows every input; the cases tell %zu "
                "of %zu faulty variants of it apart",
                s->n_variants - s->n_left, s->n_variants);
        return tw_arena_textf(
            w->a,
            "exact: %zu inputs searched, %zu of %zu outcomes of the oracle's "
            "decisions reached, %zu of %zu faulty variants of it told apart",
            r->n_searched, s->n_reached, s->n_branches,
            s->n_variants - s->n_left, s->n_variants);
    case TW_EVIDENCE_CASES:
        return tw_arena_textf(w->a, "weak: cases only (%zu)",
                              n_stated(&r->cases));
    case TW_EVIDENCE_PROPERTY:
        return "weak: property only";
    case TW_EVIDENCE_ONE_VALUE:
        return tw_arena_textf(w->a, "weak: every case expects %.80s",
                              r->cases.list[0].want_text);
    case TW_EVIDENCE_NONE:
        break;
    }
    return "";
}

/* "weak: cases only (3)" before the figures that the judge gave. */
static void weaken(struct tw_work *w)
{
    const char *also = "";
    if (w->env->exact_only)
        also = "; the project accepts exact ones only";
    tw_judge_end(w, TW_WRITER_WEAK,
                 tw_arena_textf(w->a, "%s: %s%s",
                                w->r->strength + strlen("weak: "), w->r->cause,
                                also));
}

enum tw_status tw_judge_evidence(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    r->strength = "";
    if (r->status != TW_WRITER_ACCEPTED)
        return TW_OK;
    r->evidence = evidence_of(w);
    r->strength = describe(w);
    TW_TRY(tw_arena_check(w->a, "a verdict", w->err));
    if (r->evidence == TW_EVIDENCE_EXACT)
        return TW_OK;
    weaken(w);
    if (r->evidence == TW_EVIDENCE_ONE_VALUE)
        return TW_OK; /* the oracle knows all answers: nothing to ask */
    return tw_judge_question(w);
}
