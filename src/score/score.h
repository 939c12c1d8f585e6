/*
 * score.h - every metric of a pair of texts behind one call, by name.
 */
#ifndef TW_SCORE_SCORE_H
#define TW_SCORE_SCORE_H

#include "base/buf.h"
#include "text/tokens.h"

#define TW_SCORE_WORDNET "/usr/share/wordnet"

/* Name of metric i with one line about it in *about; NULL past the last. */
const char *tw_score_name(size_t i, const char **about);

struct tw_scorer; /* one metric, ready; one thread at a time */

struct tw_score_config {
    const char *metric;
    const char *tokenizer; /* NULL: the metric's own */
    const char *wordnet;   /* folder; NULL: where Debian puts it */
    const char *ignore;    /* CrystalBLEU: JSON file of n-grams; NULL: learnt */
    size_t top;            /* n-grams that it learns; 0: 500 */
};

/* TW_EINVAL for an unknown name, and for a tokenizer where the metric has no
 * choice of one.  TW_EIO when METEOR has no WordNet. */
enum tw_status tw_scorer_new(struct tw_scorer **s,
                             const struct tw_score_config *c,
                             struct tw_err *err) TW_NODISCARD;
void tw_scorer_free(struct tw_scorer *s); /* NULL is fine */
/* What has to stand beside a score: "nltk|tok:tranx". */
const char *tw_scorer_variant(const struct tw_scorer *s);

/* A metric that learns from all references has to be shown them, once each,
 * before the first pair. */
bool tw_scorer_learns(const struct tw_scorer *s);
enum tw_status tw_scorer_learn(struct tw_scorer *s, struct tw_piece ref,
                               struct tw_err *err) TW_NODISCARD;

enum tw_status tw_scorer_pair(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err) TW_NODISCARD;

/* ', "parts": {...}' of the last pair, where the score is made of some. */
void tw_scorer_add_parts(const struct tw_scorer *s, struct tw_buf *b);

/* Of all pairs so far: what the metric's source calls the score of a corpus.
 * For BLEU and chrF the counts are added up first, *how is "counts"; all others
 * are the mean of the pairs, *how is "mean".  TW_EINVAL without a pair. */
enum tw_status tw_scorer_corpus(double *score, const char **how,
                                const struct tw_scorer *s,
                                struct tw_err *err) TW_NODISCARD;

/* Pairs so far where the search of meteor-opt met its cap and the fallback
 * counted. */
size_t tw_scorer_unproven(const struct tw_scorer *s);

#endif /* TW_SCORE_SCORE_H */
