/*
 * porter.h - the Porter stemmer with the changes that NLTK makes by default.
 */
#ifndef TW_TEXT_PORTER_H
#define TW_TEXT_PORTER_H

#include "text/tokens.h"

/* The stem of a lower-case word, in the arena, or the word itself.  A word
 * longer than 128 characters is its own stem. */
enum tw_status tw_porter_stem(struct tw_piece *stem, struct tw_arena *a,
                              struct tw_piece word,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_PORTER_H */
