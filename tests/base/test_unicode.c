/*
 * test_unicode.c - kinds and lower case of characters, at the edges of the
 * tables.
 */
#include "base/unicode.h"

#include "base/utf8.h"
#include "test.h"

TEST(a_character_is_of_one_kind_or_none)
{
    static const struct {
        uint32_t code;
        unsigned kind;
    } cases[] = {
        { 'a', TW_CHAR_LETTER },
        { 'Z', TW_CHAR_LETTER },
        { '0', TW_CHAR_NUMBER },
        { '_', TW_CHAR_PUNCT },
        { '$', TW_CHAR_SYMBOL },
        { '~', TW_CHAR_SYMBOL },
        { ' ', TW_CHAR_SPACE },
        { '\r', TW_CHAR_SPACE },
        { 0x1c, 0 },
        { 0x7f, 0 },
        { 0x85, TW_CHAR_SPACE },
        { 0xaa, TW_CHAR_LETTER },
        { 0xb2, TW_CHAR_NUMBER },
        { 0x300, 0 }, /* a mark, M */
        { 0x2009, TW_CHAR_SPACE },
        { 0x200b, 0 },
        { 0x20ac, TW_CHAR_SYMBOL },
        { 0x4e00, TW_CHAR_LETTER },
        { 0x3134a, TW_CHAR_LETTER },
        { 0x3134b, 0 },
        { 0x110000 + 0xff, 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(tw_char_kind(cases[i].code) == cases[i].kind);
        if (tw_char_kind(cases[i].code) != cases[i].kind)
            printf("# U+%04X\n", (unsigned)cases[i].code);
    }
}

TEST(capitals_have_one_lower_case)
{
    size_t n = 0;
    for (uint32_t c = 0; c < 0x110000 + 256; c++) {
        char from[4], to[4];
        uint32_t low = tw_char_lower(c);
        n += low != c;
        CHECK(tw_char_lower(low) == low);
        if (c != 0x23a && c != 0x23e)
            CHECK(tw_utf8_encode(low, to) <= tw_utf8_encode(c, from));
    }
    CHECK(n == 1432); /* Unicode 14, as Python 3.11 */
    CHECK(tw_char_lower(0x1e9e) == 0xdf && tw_char_lower(0x1c5) == 0x1c6);
    CHECK(tw_char_lower(0x23a) == 0x2c65 && tw_char_lower(0x23e) == 0x2c66);
    CHECK(tw_char_lower(0x3f4) == 0x3b8 && tw_char_lower(0x2126) == 0x3c9);
    CHECK(tw_char_lower(0x10a0) == 0x2d00); /* Georgian */
    CHECK(tw_char_lower(0x13a0) == 0xab70); /* Cherokee */
    CHECK(tw_char_lower(0x2160) == 0x2170); /* Roman numbers */
    CHECK(tw_char_lower(0xa7c6) == 0x1d8e && tw_char_lower(0x1e921) == 0x1e943);
    CHECK(tw_char_lower(0x1f88) == 0x1f80 && tw_char_lower(0x10400) == 0x10428);
    CHECK(tw_char_lower('Z') == 'z' && tw_char_lower('[') == '[');
    CHECK(tw_char_lower(0x4c0) == 0x4cf); /* Cyrillic palochka */
    CHECK(tw_char_lower(0x4c1) == 0x4c2);
    CHECK(tw_char_lower(0x130) == 0x130); /* two characters in Python */
    CHECK(tw_char_lower(0x212a) == 'k');
}

TEST(characters_are_cased_or_ignored_for_case)
{
    CHECK(tw_char_case('a') == TW_CASE_CASED);
    CHECK(tw_char_case(0x3a3) == TW_CASE_CASED);
    CHECK(tw_char_case(0x1c5) == TW_CASE_CASED);
    CHECK(tw_char_case('\'') == TW_CASE_IGNORED);
    CHECK(tw_char_case('.') == TW_CASE_IGNORED);
    CHECK(tw_char_case(0x301) == TW_CASE_IGNORED);
    CHECK(tw_char_case(0xad) == TW_CASE_IGNORED);
    CHECK(tw_char_case('1') == TW_CASE_NONE);
    CHECK(tw_char_case(' ') == TW_CASE_NONE);
    CHECK(tw_char_case(0x4e00) == TW_CASE_NONE);
    CHECK(tw_char_case(0x110000) == TW_CASE_NONE);
}

TEST_MAIN(RUN(a_character_is_of_one_kind_or_none);
          RUN(capitals_have_one_lower_case);
          RUN(characters_are_cased_or_ignored_for_case);)
