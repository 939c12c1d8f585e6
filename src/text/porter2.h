/*
 * porter2.h - the English stemmer of the Snowball project ("Porter 2"), as
 * METEOR 1.5 uses it.
 */
#ifndef TW_TEXT_PORTER2_H
#define TW_TEXT_PORTER2_H

#include "text/tokens.h"

/* The stem of a lower-case word, in the arena, or the word itself.  A word
 * longer than 128 bytes is its own stem. */
enum tw_status tw_porter2_stem(struct tw_piece *out, struct tw_arena *a,
                               struct tw_piece word,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_PORTER2_H */
