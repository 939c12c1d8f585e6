/*
 * hash.c - SHA-256 by FIPS 180-4, and FNV-1a.
 *
 * SHA-256 names things: trials, settings, files, results in the journal. Its
 * own implementation is 100 lines and needs no library; the known answers of
 * the standard are its tests. FNV-1a only spreads keys over a table: it is no
 * defence against somebody who chooses the keys.
 */
#include "base/hash.h"

#include "base/size.h"

#include <string.h>

#include "base/banned.h"

/* FIPS 180-4: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_key[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* ROTR of FIPS 180-4, section 3.2; n is 1..31, so that neither shift is
 * undefined. */
static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* FIPS 180-4, section 6.2.2, step 1: the 16 words of the block, big-endian,
 * spread to 64. s0 and s1 are the small sigmas of section 4.1.2. */
static void expand(uint32_t w[64], const uint8_t *block)
{
    for (size_t i = 0; i < 16; i++) {
        const uint8_t *p = block + 4 * i;
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
               (uint32_t)p[2] << 8 | p[3];
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        uint32_t s0 = rotr(x, 7) ^ rotr(x, 18) ^ x >> 3;
        uint32_t s1 = rotr(y, 17) ^ rotr(y, 19) ^ y >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* Steps 2 to 4: 64 rounds over the eight working variables a..h, which are
 * v[0]..v[7]. Moving all of them by one place each round, as the standard
 * writes it, costs little beside the arithmetic and reads like the standard. */
static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], v[8];

    expand(w, block);
    memcpy(v, state, sizeof(v));
    for (size_t i = 0; i < 64; i++) {
        uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + s1 + choose + round_key[i] + w[i];
        uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
        uint32_t major = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + s0 + major;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
}

/* The first 32 bits of the fractional parts of the square roots of the first 8
 * primes (section 5.3.3). */
void tw_hash_init(struct tw_hash *h)
{
    *h = (struct tw_hash){
        .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                   0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
    };
}

void tw_hash_add(struct tw_hash *h, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    while (n) {
        size_t at = (size_t)(h->n_bytes % 64);
        size_t take = tw_size_min(64 - at, n);

        /* Whole blocks are hashed where they lie; only the ends go through the
         * block. */
        if (take == 64) {
            compress(h->state, p);
        } else {
            memcpy(h->block + at, p, take);
            if (at + take == 64)
                compress(h->state, h->block);
        }
        h->n_bytes += take;
        p += take;
        n -= take;
    }
}

/* Always eight bytes, little-endian: a key is the same on every machine. */
void tw_hash_add_u64(struct tw_hash *h, uint64_t v)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    tw_hash_add(h, bytes, sizeof(bytes));
}

/* The bits, so that settings differ when they print the same; 0 and -0 are
 * different keys, which costs a computation at the worst. */
void tw_hash_add_f64(struct tw_hash *h, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    tw_hash_add_u64(h, bits);
}

void tw_hash_adds(struct tw_hash *h, const char *text)
{
    size_t n = 0;

    if (text)
        n = strlen(text);
    tw_hash_add_u64(h, n);
    tw_hash_add(h, text, n);
}

/* Padding of section 5.1.1: a one bit, zeros, and the length in bits, so that
 * the sum is a multiple of 64 bytes. The hash is spent afterwards. */
void tw_hash_final(struct tw_hash *h, uint8_t digest[32])
{
    static const uint8_t pad[64] = { 0x80 };
    uint64_t n_bits = h->n_bytes * 8;
    size_t at = (size_t)(h->n_bytes % 64);
    uint8_t length[8];

    if (at < 56)
        tw_hash_add(h, pad, 56 - at);
    else
        tw_hash_add(h, pad, 120 - at);
    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)(n_bits >> (56 - 8 * i));
    tw_hash_add(h, length, sizeof(length));
    for (size_t i = 0; i < 32; i++)
        digest[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void tw_hash_hex(struct tw_hash *h, char hex[TW_HASH_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[32];

    tw_hash_final(h, digest);
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
}

/* For what lies in memory as a whole: a mapped file, a text. */
void tw_hash_bytes_hex(const void *bytes, size_t n, char hex[TW_HASH_HEX_SIZE])
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_add(&h, bytes, n);
    tw_hash_hex(&h, hex);
}

/* Offset basis and prime of the 64-bit FNV-1a (Fowler, Noll, Vo). Streams of
 * random numbers are named by it (rng.c): its constants can never change. */
uint64_t tw_hash_fnv64(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}
