/*
 * outside.c - what an answer may do where nobody watches it.
 *
 * A script is kept, and run by somebody outside of the jail.  So an answer
 * that reaches for anything but pure computing is lost before it is judged,
 * however right its values are; the project may open what it needs.
 */
#include <string.h>

#include "inspect/reach.h"
#include "writer/writer_priv.h"

#include "base/banned.h"

/* The names of the project, then those of the test. */
static enum tw_status all_allowed(struct tw_work *w, struct tw_reach_allow *out)
{
    const struct tw_writer_env *env = w->env;
    size_t n = env->n_allow + w->test->n_allow;
    const char **names = tw_arena_alloc(w->a, n + 1, sizeof(*names));

    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < n; i++) {
        if (i < env->n_allow)
            names[i] = env->allow[i];
        else
            names[i] = w->test->allow[i - env->n_allow];
    }
    *out = (struct tw_reach_allow){ names, n };
    return TW_OK;
}

/* Each text once, one job for all. */
enum tw_status tw_judge_reach(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    const char *texts[TW_WRITER_CANDIDATE_MAX];
    struct tw_reach found[TW_WRITER_CANDIDATE_MAX];
    size_t at[TW_WRITER_CANDIDATE_MAX], n = 0;
    struct tw_reach_allow allow;

    for (size_t i = 0; i < r->n_candidates; i++) {
        const struct tw_candidate *c = &r->candidates[i];
        if (c->loss != TW_LOSS_NONE || !c->code[0] || c->duplicate_of != i)
            continue;
        texts[n] = c->code;
        at[n++] = i;
    }
    TW_TRY(all_allowed(w, &allow));
    TW_TRY(tw_reach_find(w->env->jail, w->a, texts, n, allow, found, w->err));
    for (size_t i = 0; i < n; i++) {
        struct tw_candidate *c = &r->candidates[at[i]];
        c->opened = found[i].opened;
        if (found[i].reason) {
            c->loss = TW_LOSS_REACH;
            c->cause = found[i].reason;
        }
    }
    return TW_OK;
}

/* The names of modules: what is opened of one opens its events. */
static enum tw_status roots_of(struct tw_work *w, struct tw_reach_allow allow,
                               const char ***roots)
{
    *roots = tw_arena_alloc(w->a, allow.n + 1, sizeof(**roots));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < allow.n; i++)
        (*roots)[i] =
            tw_arena_text(w->a, allow.names[i], strcspn(allow.names[i], "."));
    return tw_arena_check(w->a, "a test", w->err);
}

/* One more start of the interpreter, for the one that would be handed out. */
enum tw_status tw_judge_outside(struct tw_work *w, bool *lost)
{
    struct tw_writer_result *r = w->r;
    struct tw_reach_allow allow;
    const char **roots, *reason;

    *lost = false;
    if (r->chosen == TW_SPEC_NONE ||
        r->candidates[r->chosen].n_passed < r->cases.n)
        return TW_OK;
    struct tw_candidate *c = &r->candidates[r->chosen];
    TW_TRY(all_allowed(w, &allow));
    TW_TRY(roots_of(w, allow, &roots));
    TW_TRY(tw_judge_elsewhere(w, c, roots, allow.n, &reason));
    if (!reason)
        return TW_OK;
    *lost = true;
    for (size_t i = 0; i < r->n_candidates; i++)
        if (r->candidates[i].duplicate_of == r->chosen) {
            r->candidates[i].loaded = false;
            r->candidates[i].loss = TW_LOSS_REACH;
            r->candidates[i].cause = reason;
        }
    return TW_OK;
}
