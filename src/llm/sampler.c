/*
 * sampler.c - the next token: the likeliest one, or one drawn from those that
 * top-k and top-p leave (Holtzman et al. 2020, "The Curious Case of Neural Text
 * Degeneration").
 *
 * Weights are summed in double in a fixed order, so the same logits give the
 * same token on every machine.
 */
#include "llm/sampler.h"

#include "base/rng.h"
#include "base/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/banned.h"

/* The first of the largest. */
static size_t argmax(const float *x, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* Largest first; equal ones by id, so that the order is defined. */
static int compare(const void *a, const void *b)
{
    const struct tw_choice *x = a, *y = b;

    if (x->logit != y->logit)
        return (x->logit < y->logit) - (x->logit > y->logit);
    return (x->id > y->id) - (x->id < y->id);
}

/* Relative to the likeliest, whose weight is 1: nothing overflows. */
static double weight(const struct tw_sampler *s, const struct tw_choice *c,
                     float max)
{
    return exp(((double)c->logit - (double)max) / (double)s->temperature);
}

/* Candidates after top-k and top-p; *total is the sum of their weights. */
static size_t narrow(const struct tw_sampler *s, struct tw_choice *room,
                     size_t n, float max, double *total)
{
    bool has_p = s->top_p > 0 && s->top_p < 1;
    double sum = 0;

    if (s->top_k > 0 || has_p)
        qsort(room, n, sizeof(*room), compare);
    if (s->top_k > 0 && (size_t)s->top_k < n)
        n = (size_t)s->top_k;
    for (size_t i = 0; i < n; i++)
        sum += weight(s, &room[i], max);
    *total = sum;
    if (!has_p)
        return n;
    double kept = 0; /* the fewest that make up top_p of the sum */
    for (size_t i = 0; i < n; i++) {
        kept += weight(s, &room[i], max);
        if (kept >= (double)s->top_p * sum) {
            *total = kept;
            return i + 1;
        }
    }
    return n;
}

/* uniform: 0 to below 1.  room (n) is sorted or cut. */
static int32_t draw(const struct tw_sampler *s, struct tw_choice *room,
                    size_t n, float max, double uniform)
{
    double total;

    TW_ASSERT(n > 0 && uniform >= 0 && uniform < 1);
    n = narrow(s, room, n, max, &total);
    double left = uniform * total;
    for (size_t i = 0; i < n; i++) {
        left -= weight(s, &room[i], max);
        if (left < 0)
            return room[i].id;
    }
    return room[n - 1].id; /* rounding left a rest */
}

int32_t tw_sampler_next(const struct tw_sampler *s, const float *logits,
                        size_t n, uint64_t sample, uint64_t pos,
                        struct tw_choice *room, double *logprob)
{
    size_t best = argmax(logits, n);
    float max = logits[best];
    int32_t id = (int32_t)best;
    double sum = 0;

    if (s->temperature > 0) {
        struct tw_rng root = tw_rng_seeded(s->seed);
        struct tw_rng r = tw_rng_split(&root, "sample", sample);

        r.pos = 2 * pos; /* a uniform number takes two words */
        for (size_t i = 0; i < n; i++)
            room[i] = (struct tw_choice){ logits[i], (int32_t)i };
        id = draw(s, room, n, max, tw_rng_uniform(&r));
    }
    for (size_t i = 0; i < n; i++)
        sum += (double)expf(logits[i] - max);
    *logprob = (double)logits[id] - (double)max - log(sum);
    return id;
}
