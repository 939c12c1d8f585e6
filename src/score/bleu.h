/*
 * bleu.h - BLEU as sacrebleu 2.6 and as NLTK 3.8 compute it, and CrystalBLEU.
 *
 * The two differ in scale (0..100 and 0..1), tokens, and what becomes of an
 * order without a match.
 */
#ifndef TW_SCORE_BLEU_H
#define TW_SCORE_BLEU_H

#include "score/ngram.h"

enum { TW_BLEU_ORDER = 4, TW_BLEU_NLTK_METHODS = 8 };

/* Of one pair; those of many pairs add up to a corpus score.  Index 4 is order
 * 5, which only NLTK's methods 5 and 7 look at. */
struct tw_bleu_stats {
    size_t match[TW_BLEU_ORDER + 1];
    size_t total[TW_BLEU_ORDER + 1];
    size_t hyp_len, ref_len;
};

enum tw_bleu_smooth {
    TW_BLEU_EXP,   /* halve for each order without a match */
    TW_BLEU_FLOOR, /* 0.1 instead of 0 matches */
    TW_BLEU_ADDK,  /* one more match and n-gram from order 2 on */
    TW_BLEU_NONE,
};

struct tw_bleu_config {
    enum tw_tokenizer tokenizer;
    enum tw_bleu_smooth smooth;
    bool effective; /* only orders that the hypothesis has count */
    bool lower;
};

/* Tokenise and count.  Space at the end of a text is dropped first. */
enum tw_status tw_bleu_count(struct tw_bleu_stats *s, struct tw_arena *a,
                             const struct tw_bleu_config *c,
                             struct tw_piece hyp, struct tw_piece ref,
                             struct tw_err *err) TW_NODISCARD;
/* The same for tokens that the caller has. */
enum tw_status tw_bleu_count_tokens(struct tw_bleu_stats *s, struct tw_arena *a,
                                    const struct tw_tokens *hyp,
                                    const struct tw_tokens *ref,
                                    struct tw_err *err) TW_NODISCARD;
void tw_bleu_add(struct tw_bleu_stats *to, const struct tw_bleu_stats *s);

/* As NLTK counts a text shorter than an order: one n-gram of that order.  Only
 * of interest before counts are added up. */
void tw_bleu_fill(struct tw_bleu_stats *s);

/* sacrebleu's score, 0 .. 100. */
double tw_bleu_score(const struct tw_bleu_stats *s,
                     const struct tw_bleu_config *c);
/* NLTK's sentence_bleu with smoothing method 0 .. 7, 0 .. 1.  TW_EINVAL where
 * NLTK refuses: method 6 without a common trigram. */
enum tw_status tw_bleu_nltk(double *score, const struct tw_bleu_stats *s,
                            unsigned method, struct tw_err *err) TW_NODISCARD;

/* N-grams so frequent that they say nothing. */
struct tw_crystal;
/* Set of n-grams of 1 .. 4 tokens; tokens are copied into the arena. */
enum tw_status tw_crystal_new(struct tw_crystal **set, struct tw_arena *a,
                              const struct tw_tokens *grams, size_t n_grams,
                              struct tw_err *err) TW_NODISCARD;
/* The k most frequent n-grams of texts, each text by itself.  Equally frequent
 * ones in the order of their tokens' bytes, a beginning before its
 * continuation; k at most 2^20. */
enum tw_status tw_crystal_learn(struct tw_crystal **set, struct tw_arena *a,
                                const struct tw_tokens *texts, size_t n_texts,
                                size_t k, struct tw_err *err) TW_NODISCARD;
size_t tw_crystal_size(const struct tw_crystal *set);
/* Counts without the n-grams of the set; lengths stay. */
enum tw_status tw_crystal_count(struct tw_bleu_stats *s, struct tw_arena *a,
                                const struct tw_crystal *set,
                                const struct tw_tokens *hyp,
                                const struct tw_tokens *ref,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_BLEU_H */
