/*
 * hash.h - SHA-256 (FIPS 180-4) for identity, FNV-1a for tables.
 */
#ifndef TW_BASE_HASH_H
#define TW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define TW_HASH_HEX_SIZE 65 /* 64 hex digits and the NUL */

struct tw_hash {
    uint32_t state[8];
    uint64_t n_bytes;  /* added so far */
    uint8_t block[64]; /* the last n_bytes % 64 of them */
};

/* Begin: nothing to release.  Then any number of adds, then one final or hex,
 * which leaves *h spent. */
void tw_hash_init(struct tw_hash *h);
/* The bytes as they are, without their length: only a last or fixed-size piece
 * is unambiguous.  n 0 adds nothing. */
void tw_hash_add(struct tw_hash *h, const void *bytes, size_t n);
/* Length-prefixed text, so that "ab","c" and "a","bc" differ.  NULL is "". */
void tw_hash_adds(struct tw_hash *h, const char *text);
/* Eight bytes, the same on every machine. */
void tw_hash_add_u64(struct tw_hash *h, uint64_t v);
void tw_hash_add_f64(struct tw_hash *h, double v); /* the bits of v */
void tw_hash_final(struct tw_hash *h, uint8_t digest[32]);
/* Lower-case hex of the digest. */
void tw_hash_hex(struct tw_hash *h, char hex[TW_HASH_HEX_SIZE]);
/* One call for one piece of memory. */
void tw_hash_bytes_hex(const void *bytes, size_t n, char hex[TW_HASH_HEX_SIZE]);

/* For hash tables and names of streams; somebody who chooses the bytes can make
 * all of them collide. */
uint64_t tw_hash_fnv64(const void *bytes, size_t n);

#endif /* TW_BASE_HASH_H */
