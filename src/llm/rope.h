/*
 * rope.h - rotary position embedding (Su et al. 2021, "RoFormer") with the
 * ways to stretch it: linear, factors of frequencies (Llama 3.1, LongRoPE) and
 * YaRN (Peng et al. 2023, arXiv 2309.00071).
 *
 *     angle of pair i = position * base^(-2i / n_rot) / factors[i]
 *
 * times scale; YaRN keeps the fast pairs as they are and mixes between.
 */
#ifndef TW_LLM_ROPE_H
#define TW_LLM_ROPE_H

#include "llm/arch.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_rope {
    size_t n_rot; /* even: the first values of a head, which turn */
    double base;
    double scale;         /* positions are multiplied by it */
    double magnitude;     /* cosine and sine are, too */
    const float *factors; /* (n_rot / 2): angles are divided, or NULL */
    /* YaRN: pairs up to mix_low keep their angle, those from mix_high on are
     * scaled, between them the angle is mixed; mix 0: all are scaled. */
    double mix, mix_low, mix_high;
};

/* Where YaRN mixes, for a model trained with n_orig positions: pairs that turn
 * beta_fast times and beta_slow times in that context. */
void tw_rope_set_yarn(struct tw_rope *r, double n_orig, double beta_fast,
                      double beta_slow, double mix);
/* out (n, n_rot / 2, 2): cosine and sine for each position. */
void tw_rope_fill(const struct tw_rope *r, const size_t *pos, size_t n,
                  float *out);
/* Turn the pairs of one head x by the angles of a row, turn (n_rot / 2, 2). */
void tw_rope_turn(float *x, const float *turn, size_t n_rot,
                  enum tw_rope_pairs pairs);

#endif /* TW_LLM_ROPE_H */
