/*
 * rng.h - counter-based random numbers: Philox4x32-10 (Salmon et al., 2011).
 *
 * Number i of a stream depends on the key and on i alone, so a loop that is
 * cut over threads draws the same numbers whatever the thread count.  Streams
 * are split by name: tw_rng_split(&r, "dropout", step).
 */
#ifndef TW_BASE_RNG_H
#define TW_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct tw_rng {
    uint64_t key;
    uint64_t pos; /* 32-bit words drawn so far; saved and restored as is */
};

/* Start of the stream of a seed. */
struct tw_rng tw_rng_seeded(uint64_t seed);
/* An independent stream, a function of r->key, name and index only. */
struct tw_rng tw_rng_split(const struct tw_rng *r, const char *name,
                           uint64_t index);

/* The next 32 or 64 bits of the stream; 64 take two positions. */
uint32_t tw_rng_u32(struct tw_rng *r);
uint64_t tw_rng_u64(struct tw_rng *r);
/* Uniform in [0, 1), 53 bits. */
double tw_rng_uniform(struct tw_rng *r);
/* Uniform in 0..n-1 without bias; n > 0. */
uint64_t tw_rng_below(struct tw_rng *r, uint64_t n);
/* N(0, 1), Box-Muller; takes two positions. */
double tw_rng_normal(struct tw_rng *r);

/* Random access: value i of the key, without moving any stream. */
uint32_t tw_rng_u32_at(uint64_t key, uint64_t i);
float tw_rng_normal_at(uint64_t key, uint64_t i);
/* x[i] = normal number i of the key, i = first .. first+n-1. */
void tw_rng_fill_normal(float *x, size_t n, uint64_t key, uint64_t first);

#endif /* TW_BASE_RNG_H */
