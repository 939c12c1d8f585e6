/*
 * sampler.h - choose the next token from logits.
 *
 * The random number is a function of (seed, sample, position) only, so a
 * sample does not depend on the others of its batch.
 */
#ifndef TW_LLM_SAMPLER_H
#define TW_LLM_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

struct tw_choice {
    float logit;
    int32_t id;
};

struct tw_sampler {
    float temperature; /* 0: greedy */
    int top_k;         /* 0: off */
    float top_p;       /* 0 or 1: off */
    uint64_t seed;
};

/* room: n entries.  *logprob: of the token under the plain distribution. */
int32_t tw_sampler_next(const struct tw_sampler *s, const float *logits,
                        size_t n, uint64_t sample, uint64_t pos,
                        struct tw_choice *room, double *logprob);

#endif /* TW_LLM_SAMPLER_H */
