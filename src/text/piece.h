/*
 * piece.h - stretches of text, their characters and their white space.
 *
 * Texts are UTF-8; invalid bytes are kept and count as one character each.
 */
#ifndef TW_TEXT_PIECE_H
#define TW_TEXT_PIECE_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes somewhere else, not NUL-terminated. */
struct tw_piece {
    const char *s;
    size_t n;
};

struct tw_tokens {
    struct tw_piece *items;
    size_t n;
};

/* Without white space at both ends, and at the end only. */
struct tw_piece tw_text_strip(struct tw_piece text);
struct tw_piece tw_text_rstrip(struct tw_piece text);
bool tw_piece_same(struct tw_piece a, struct tw_piece b);
/* Order of the bytes; a beginning comes before its continuation.  As for
 * qsort(). */
int tw_piece_compare(struct tw_piece a, struct tw_piece b);
bool tw_is_space(uint32_t code);
/* Next character of a text that has one (n > 0), at least one byte: invalid
 * ones give 0x110000 + byte. */
size_t tw_text_next(const char *s, size_t n, uint32_t *code);

/* Split at white space without a copy (Unicode's, as Python's split()). */
enum tw_status tw_tokens_split(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_PIECE_H */
