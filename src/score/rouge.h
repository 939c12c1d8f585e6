/* rouge.h - ROUGE-N, ROUGE-L and ROUGE-Lsum as google's rouge_score computes
 * them. */
#ifndef TW_SCORE_ROUGE_H
#define TW_SCORE_ROUGE_H

#include "score/ngram.h"

struct tw_prf {
    double precision, recall, f;
};

/* Tokens of tw_tokenizer TW_TOK_WORD; with stem, those longer than three
 * letters stemmed. */
enum tw_status tw_rouge_tokens(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text, bool stem,
                               struct tw_err *err) TW_NODISCARD;
/* n is 1 .. TW_NGRAM_MAX. */
enum tw_status tw_rouge_n(struct tw_prf *r, struct tw_arena *a,
                          const struct tw_tokens *hyp,
                          const struct tw_tokens *ref, size_t n,
                          struct tw_err *err) TW_NODISCARD;
/* The longest common subsequence. */
enum tw_status tw_rouge_l(struct tw_prf *r, struct tw_arena *a,
                          const struct tw_tokens *hyp,
                          const struct tw_tokens *ref,
                          struct tw_err *err) TW_NODISCARD;

/* Of texts in lines: every line of the reference is compared with all lines of
 * the hypothesis; what their subsequences share with it counts once.  TW_ELIMIT
 * above TW_EDIT_MAX tokens, and for two lines of more than 2^26 cells. */
enum tw_status tw_rouge_lsum(struct tw_prf *r, struct tw_arena *a,
                             struct tw_piece hyp, struct tw_piece ref,
                             bool stem, struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_ROUGE_H */
