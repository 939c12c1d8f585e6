/*
 * ngram.h - how many n-grams two sequences share: the kernel of chrF, BLEU,
 * ROUGE-N and CrystalBLEU.
 *
 * All orders are counted in one sort of the positions of both sequences: after
 * it the n-grams of every order n stand together.
 */
#ifndef TW_SCORE_NGRAM_H
#define TW_SCORE_NGRAM_H

#include "text/tokens.h"

enum { TW_NGRAM_MAX = 8 };

/* Index 0 is order 1. */
struct tw_ngrams {
    size_t hyp[TW_NGRAM_MAX];  /* n-grams of the hypothesis */
    size_t ref[TW_NGRAM_MAX];  /* of the reference */
    size_t both[TW_NGRAM_MAX]; /* in both, each counted at most as often as in
                                  the reference */
};

/* Orders 1 .. n_orders.  Scratch memory from the arena. */
enum tw_status tw_ngrams_count(struct tw_ngrams *g, struct tw_arena *a,
                               const struct tw_ids_pair *p, size_t n_orders,
                               struct tw_err *err) TW_NODISCARD;

/* Says whether the n-gram (its first place in a sequence) is left out. */
struct tw_ngram_filter {
    bool (*drop)(void *ctx, const uint32_t *gram, size_t n);
    void *ctx;
};
enum tw_status tw_ngrams_count_but(struct tw_ngrams *g, struct tw_arena *a,
                                   const struct tw_ids_pair *p, size_t n_orders,
                                   const struct tw_ngram_filter *filter,
                                   struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_NGRAM_H */
