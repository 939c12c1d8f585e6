/*
 * score_priv.h - a metric as a row of a table, and what it works with.
 *
 * A new metric is one function and one row in metrics.c; nothing else names
 * the metrics.
 */
#ifndef TW_SCORE_SCORE_PRIV_H
#define TW_SCORE_SCORE_PRIV_H

#include "base/arena.h"
#include "score/bleu.h"
#include "score/chrf.h"
#include "score/codebleu.h"
#include "score/meteor.h"
#include "score/score.h"

/* The score of one pair.  It may leave counts in s->totals. */
typedef enum tw_status tw_metric_score_fn(double *score, struct tw_scorer *s,
                                          struct tw_piece hyp,
                                          struct tw_piece ref,
                                          struct tw_err *err);

/* What most metrics have no need of; each may be NULL. */
struct tw_metric_more {
    /* Files and objects that the metric works with, once, at the beginning. */
    enum tw_status (*open)(struct tw_scorer *s, const struct tw_score_config *c,
                           struct tw_err *err);
    /* Makes something of the references that were shown (s->shown), before the
     * first pair; clears s->learning. */
    enum tw_status (*learn)(struct tw_scorer *s, struct tw_err *err);
    /* The score of all pairs out of their counts; NULL: their mean. */
    enum tw_status (*corpus)(double *score, const struct tw_scorer *s,
                             struct tw_err *err);
    /* Append ', "parts": {...}' of the last pair. */
    void (*parts)(const struct tw_scorer *s, struct tw_buf *b);
};

struct tw_metric {
    const char *name, *variant, *about;
    enum tw_tokenizer tokenizer; /* TW_TOK_COUNT: it looks at characters */
    bool free_tokenizer;         /* the user may choose another */
    tw_metric_score_fn *score;
    const void *config; /* of a type that only its functions know */
    const struct tw_metric_more *more; /* NULL: nothing */
};

/* Row i of the table, NULL past the last. */
const struct tw_metric *tw_metric_at(size_t i);

/* Sums over the pairs. */
struct tw_score_totals {
    size_t n;
    double scores;
    struct tw_bleu_stats bleu;
    struct tw_chrf_stats chrf;
};

struct tw_scorer {
    const struct tw_metric *metric;
    enum tw_tokenizer tokenizer;
    struct tw_arena arena; /* of one pair, emptied before the next */
    struct tw_arena kept;  /* as long as the scorer */
    struct tw_wordnet *wordnet;
    struct tw_meteor *meteor;
    struct tw_crystal *crystal; /* in the arena kept */
    bool learning;              /* references may still be shown */
    struct tw_tokens *shown;    /* these; the tokens are in the arena kept */
    size_t n_shown, cap_shown;
    size_t top;    /* CrystalBLEU: n-grams that it learns */
    char note[60]; /* what the variant says of them, "" or "|..." */
    struct tw_score_totals totals;
    size_t n_unproven;
    char variant[128];
    struct tw_codebleu parts; /* of the last pair */
};

/* score_crystal.c */
extern const struct tw_metric_more TW_METRIC_CRYSTAL;

#endif /* TW_SCORE_SCORE_PRIV_H */
