/*
 * rng.c - Philox4x32-10 as streams, numbers by index, and normal numbers.
 *
 * Published results depend on these streams: the tests hold the known answers
 * of the paper's authors (Salmon et al. 2011, Random123), and no constant and
 * no order of draws may change.
 */
#include "base/rng.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define PI 3.14159265358979323846

/* Finaliser of SplitMix64 (Steele, Lea, Flood 2014): spreads small seeds, such
 * as 1, 2, 3, over all bits, so that their keys have nothing in common. */
static uint64_t mix(uint64_t x)
{
    /* Finaliser of SplitMix64: spreads small seeds over all bits. */
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* One block: four words from a 64-bit counter and a 64-bit key; the upper half
 * of the counter of the paper stays 0. The multipliers and the Weyl steps of
 * the key are those of the paper (table 2, section 4). */
static void philox(uint32_t out[4], uint64_t block, uint64_t key)
{
    uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = 0, c3 = 0;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

struct tw_rng tw_rng_seeded(uint64_t seed)
{
    return (struct tw_rng){ .key = mix(seed) };
}

/* The three parts are mixed one into the other, not added: the streams of ("a",
 * 1) and ("b", 0) have nothing in common. The position of r plays no part, so a
 * stream may be split at any time. */
struct tw_rng tw_rng_split(const struct tw_rng *r, const char *name,
                           uint64_t index)
{
    uint64_t h = tw_hash_fnv64(name, strlen(name));

    return (struct tw_rng){ .key = mix(r->key ^ mix(h ^ mix(index))) };
}

/* Makes a whole block for one word. Loops that need speed use
 * tw_rng_fill_normal(), where this is cheap beside the logarithm. */
uint32_t tw_rng_u32_at(uint64_t key, uint64_t i)
{
    uint32_t w[4];

    philox(w, i >> 2, key);
    return w[i & 3];
}

uint32_t tw_rng_u32(struct tw_rng *r)
{
    return tw_rng_u32_at(r->key, r->pos++);
}

uint64_t tw_rng_u64(struct tw_rng *r)
{
    uint64_t low = tw_rng_u32(r);

    return low | (uint64_t)tw_rng_u32(r) << 32;
}

/* The upper 53 bits, times 2^-53: every result is exact, 1 is never reached. */
double tw_rng_uniform(struct tw_rng *r)
{
    return (double)(tw_rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t tw_rng_below(struct tw_rng *r, uint64_t n)
{
    uint64_t bound = (0 - n) % n; /* 2^64 mod n: the biased low part */
    uint64_t x;

    do
        x = tw_rng_u64(r);
    while (x < bound);
    return x % n;
}

/* Box-Muller from two words; u is in (0, 1], so that the log is finite. */
static double box_muller(uint32_t a, uint32_t b, int use_sine)
{
    double u = ((double)a + 1.0) * 0x1p-32;
    double angle = 2.0 * PI * ((double)b * 0x1p-32);
    double radius = sqrt(-2.0 * log(u));

    if (use_sine)
        return radius * sin(angle);
    return radius * cos(angle);
}

/* Uses the cosine only: each call takes exactly two words, which keeps the
 * position of the stream easy to tell. */
double tw_rng_normal(struct tw_rng *r)
{
    uint32_t a = tw_rng_u32(r);

    return box_muller(a, tw_rng_u32(r), 0);
}

float tw_rng_normal_at(uint64_t key, uint64_t i)
{
    uint32_t w[4];

    /* A block gives four normals: two pairs, cosine and sine of each. */
    philox(w, i >> 2, key);
    size_t pair = (i & 2) != 0;
    return (float)box_muller(w[2 * pair], w[2 * pair + 1], (i & 1) != 0);
}

/* One by one, so that a row that is cut in two gives the same numbers. */
void tw_rng_fill_normal(float *x, size_t n, uint64_t key, uint64_t first)
{
    for (size_t i = 0; i < n; i++)
        x[i] = tw_rng_normal_at(key, first + i);
}
