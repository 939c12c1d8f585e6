/*
 * unicode.c - kinds and lower case of characters, looked up in generated
 * tables.
 *
 * About 1,200 ranges, so that a binary search takes eleven steps; tokenizers
 * that see mostly ASCII have shortcuts of their own.
 */
#include "base/unicode_priv.h"

#include "base/banned.h"

/* The kind of the range around the character; 0: it lies in none. */
static unsigned kind_in(const struct tw_char_range *ranges, size_t n,
                        uint32_t code)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (ranges[mid].last < code)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < n && ranges[low].first <= code)
        return ranges[low].kind;
    return 0;
}

unsigned tw_char_kind(uint32_t code)
{
    return kind_in(TW_CHAR_RANGES, TW_CHAR_RANGES_LEN, code);
}

enum tw_char_case tw_char_case(uint32_t code)
{
    return (enum tw_char_case)kind_in(TW_CASE_RANGES, TW_CASE_RANGES_LEN, code);
}

uint32_t tw_char_lower(uint32_t code)
{
    /* Most texts are ASCII: they never see the table. */
    if (code < 0x80)
        return code + 32 * (code >= 'A' && code <= 'Z');
    size_t low = 0, high = TW_LOWER_RANGES_LEN;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (TW_LOWER_RANGES[mid].last < code)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == TW_LOWER_RANGES_LEN)
        return code;
    const struct tw_lower_range *r = &TW_LOWER_RANGES[low];
    if (code < r->first || (code - r->first) % r->step)
        return code;
    return (uint32_t)((int32_t)code + r->delta);
}
