/* chrf.h - chrF and chrF++ of one pair, as sacrebleu 2.6 defines them. */
#ifndef TW_SCORE_CHRF_H
#define TW_SCORE_CHRF_H

#include "score/ngram.h"

struct tw_chrf_config {
    size_t char_order; /* at most 6 */
    size_t word_order; /* 0: chrF, 2: chrF++; at most 2 */
    double beta;       /* weight of recall */
    bool spaces;       /* white space counts as characters */
    bool lower;        /* compare lower-case texts */
    bool eps;          /* the mean of F per order, absent orders as 1e-16 */
};

/* 6, 0, 2, and everything else off. */
struct tw_chrf_config tw_chrf_default(void);
/* Counts of one pair; those of many pairs add up to a corpus score. */
struct tw_chrf_stats {
    size_t hyp[8], ref[8], both[8]; /* character orders, then word orders */
};
enum tw_status tw_chrf_count(struct tw_chrf_stats *s, struct tw_arena *a,
                             const struct tw_chrf_config *c,
                             struct tw_piece hyp, struct tw_piece ref,
                             struct tw_err *err) TW_NODISCARD;
void tw_chrf_add(struct tw_chrf_stats *to, const struct tw_chrf_stats *s);
/* 0 .. 100. */
double tw_chrf_score(const struct tw_chrf_stats *s,
                     const struct tw_chrf_config *c);
/* Both in one. */
enum tw_status tw_chrf(double *score, struct tw_arena *a,
                       const struct tw_chrf_config *c, struct tw_piece hyp,
                       struct tw_piece ref, struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_CHRF_H */
