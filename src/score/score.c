/*
 * score.c - one metric, ready: chosen by name, fed with pairs, summed up.
 *
 * This file knows no metric: what one needs beyond its function stands in its
 * row (metrics.c). A scorer is used by one thread at a time, and a pair that
 * fails leaves it as it was, so that a run may go on with the next.
 */
#include "score/score_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    PAIR_MEMORY = 1 << 30,  /* bytes that one pair may take */
    LEARN_MEMORY = 1 << 30, /* bytes for what is learnt */
};

/* Of a metric that has nothing more than its function. */
static const struct tw_metric_more nothing_more;

static const struct tw_metric_more *more_of(const struct tw_scorer *s)
{
    if (!s->metric->more)
        return &nothing_more;
    return s->metric->more;
}

const char *tw_score_name(size_t i, const char **about)
{
    const struct tw_metric *m = tw_metric_at(i);
    if (!m)
        return NULL;
    *about = m->about;
    return m->name;
}

/* Whatever changes a score stands in the variant: the same variant and texts
 * give the same score. */
static void describe(struct tw_scorer *s)
{
    const char *mark = "", *tokenizer = "";
    if (s->tokenizer != TW_TOK_COUNT) {
        mark = "|tok:";
        tokenizer = tw_tokenizer_name(s->tokenizer);
    }
    snprintf(s->variant, sizeof(s->variant), "%s%s%s%s", s->metric->variant,
             s->note, mark, tokenizer);
}

/* The row, the tokenizer, and options that only some metrics have: one that
 * would be without effect is refused, not passed over. */
static enum tw_status choose_tokenizer(struct tw_scorer *s, const char *name,
                                       struct tw_err *err)
{
    if (!s->metric->free_tokenizer)
        return tw_fail(err, TW_EINVAL, 0,
                       "metric '%s' has no choice of a tokenizer",
                       s->metric->name);
    s->tokenizer = tw_tokenizer_find(name);
    if (s->tokenizer == TW_TOK_COUNT)
        return tw_fail(err, TW_EINVAL, 0, "no tokenizer '%.40s'", name);
    return TW_OK;
}

static enum tw_status choose(struct tw_scorer *s,
                             const struct tw_score_config *c,
                             struct tw_err *err)
{
    const struct tw_metric *m;
    for (size_t i = 0; (m = tw_metric_at(i)); i++)
        if (strcmp(m->name, c->metric) == 0)
            s->metric = m;
    if (!s->metric)
        return tw_fail(err, TW_EINVAL, 0, "no metric '%.40s'", c->metric);
    s->tokenizer = s->metric->tokenizer;
    if (c->tokenizer)
        TW_TRY(choose_tokenizer(s, c->tokenizer, err));
    if (c->ignore && !more_of(s)->learn)
        return tw_fail(err, TW_EINVAL, 0, "metric '%s' ignores no n-grams",
                       s->metric->name);
    return TW_OK;
}

/* What open() got and could not finish is released with the scorer. */
enum tw_status tw_scorer_new(struct tw_scorer **s,
                             const struct tw_score_config *c,
                             struct tw_err *err)
{
    struct tw_scorer *x = calloc(1, sizeof(*x));
    *s = NULL;
    if (!x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a metric");
    tw_arena_init(&x->arena, PAIR_MEMORY);
    tw_arena_init(&x->kept, LEARN_MEMORY);
    enum tw_status st = choose(x, c, err);
    if (st == TW_OK && more_of(x)->open)
        st = more_of(x)->open(x, c, err);
    if (st != TW_OK) {
        tw_scorer_free(x);
        return st;
    }
    describe(x);
    *s = x;
    return TW_OK;
}

void tw_scorer_free(struct tw_scorer *s)
{
    if (!s)
        return;
    tw_arena_release(&s->arena);
    tw_arena_release(&s->kept);
    tw_meteor_free(s->meteor);
    tw_wordnet_close(s->wordnet);
    free(s->shown);
    free(s);
}

const char *tw_scorer_variant(const struct tw_scorer *s)
{
    return s->variant;
}

/* False from the first pair on: what was learnt is in use then. */
bool tw_scorer_learns(const struct tw_scorer *s)
{
    return s->learning;
}

/* Room for one more in s->shown. */
static bool reserve(struct tw_scorer *s)
{
    if (s->n_shown < s->cap_shown)
        return true;
    size_t cap = 64;
    if (s->cap_shown)
        cap = 2 * s->cap_shown;
    void *p = realloc(s->shown, cap * sizeof(*s->shown));
    if (!p)
        return false;
    s->shown = p;
    s->cap_shown = cap;
    return true;
}

/* The tokens are kept until the first pair; a text of 1 MiB costs some 16
 * MiB, which LEARN_MEMORY bounds. */
enum tw_status tw_scorer_learn(struct tw_scorer *s, struct tw_piece ref,
                               struct tw_err *err)
{
    if (!s->learning)
        return tw_fail(err, TW_EINVAL, 0, "metric '%s' does not learn now",
                       s->metric->name);
    /* Tokens point into the text, and the caller's goes away. */
    char *copy = tw_arena_alloc(&s->kept, ref.n, 1);
    if (!copy || !reserve(s))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for references");
    if (ref.n)
        memcpy(copy, ref.s, ref.n);
    TW_TRY(tw_tokenize(&s->shown[s->n_shown], &s->kept, s->tokenizer,
                       (struct tw_piece){ copy, ref.n }, err));
    s->n_shown++;
    return TW_OK;
}

void tw_scorer_add_parts(const struct tw_scorer *s, struct tw_buf *b)
{
    if (more_of(s)->parts)
        more_of(s)->parts(s, b);
}

/* The arena of the last pair is emptied only here, so that the parts of its
 * score may point into it. */
enum tw_status tw_scorer_pair(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err)
{
    tw_arena_release(&s->arena);
    if (s->learning) {
        TW_TRY(more_of(s)->learn(s, err));
        describe(s);
    }
    TW_TRY(s->metric->score(score, s, hyp, ref, err));
    s->totals.scores += *score;
    s->totals.n++;
    return TW_OK;
}

size_t tw_scorer_unproven(const struct tw_scorer *s)
{
    return s->n_unproven;
}

/* BLEU of a corpus is no mean of BLEUs: hence *how, which goes into the
 * output. */
enum tw_status tw_scorer_corpus(double *score, const char **how,
                                const struct tw_scorer *s, struct tw_err *err)
{
    const struct tw_score_totals *t = &s->totals;
    if (t->n == 0)
        return tw_fail(err, TW_EINVAL, 0, "no pair was scored");
    if (more_of(s)->corpus) {
        *how = "counts";
        return more_of(s)->corpus(score, s, err);
    }
    *how = "mean";
    *score = t->scores / (double)t->n;
    return TW_OK;
}
