/*
 * unicode.h - what the pre-tokenizers ask of a character.
 */
#ifndef TW_LLM_UNICODE_H
#define TW_LLM_UNICODE_H

#include <stddef.h>
#include <stdint.h>

enum tw_char_kind { /* bits */
                    TW_CHAR_LETTER = 1,
                    TW_CHAR_NUMBER = 2,
                    TW_CHAR_PUNCT = 4,
                    TW_CHAR_SPACE = 8,
};

struct tw_char_range {
    uint32_t first, last;
    uint8_t kind;
};

/* Sorted and disjoint; above ASCII only. */
extern const struct tw_char_range TW_CHAR_RANGES[];
extern const size_t TW_CHAR_RANGES_LEN;

/* Bits of enum tw_char_kind; 0 for all other characters. */
unsigned tw_char_kind(uint32_t code);

#endif /* TW_LLM_UNICODE_H */
