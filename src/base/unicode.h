/*
 * unicode.h - what tokenizers ask of a character: its kind, its lower case.
 *
 * The tables are part of the program (Unicode 14), because a token must not
 * depend on the libraries of the machine.  Numbers above 0x10ffff, which stand
 * for invalid bytes in some callers, are of no kind and have no lower case.
 */
#ifndef TW_BASE_UNICODE_H
#define TW_BASE_UNICODE_H

#include <stdint.h>

enum tw_char_kind {                      /* bits */
                    TW_CHAR_LETTER = 1,  /* categories L* */
                    TW_CHAR_NUMBER = 2,  /* N* */
                    TW_CHAR_PUNCT = 4,   /* P* */
                    TW_CHAR_SPACE = 8,   /* the property White_Space */
                    TW_CHAR_SYMBOL = 16, /* S* */
};

/* One bit of enum tw_char_kind; 0 for all other characters. */
unsigned tw_char_kind(uint32_t code);

/* Lower case without a locale, one for one, of every letter that has one but
 * U+0130, whose lower case is "i" and U+0307: it stays.  The UTF-8 of U+023A
 * and U+023E has two bytes, that of their lower case three; no other one grows.
 */
uint32_t tw_char_lower(uint32_t code);

/* The properties Cased and Case_Ignorable; the latter counts where both hold.
 */
enum tw_char_case {
    TW_CASE_NONE,
    TW_CASE_CASED,
    TW_CASE_IGNORED,
};
enum tw_char_case tw_char_case(uint32_t code);

#endif /* TW_BASE_UNICODE_H */
