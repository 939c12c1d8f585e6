/*
 * unicode.c - kinds and lower case of characters, looked up in generated
 * tables.
 *
 * About 1,200 ranges, so that a binary search takes eleven steps; tokenizers
 * that see mostly ASCII have shortcuts of their own.
 */
#include "base/unicode_priv.h"

#include "base/banned.h"

unsigned tw_char_kind(uint32_t code)
{
    size_t low = 0, high = TW_CHAR_RANGES_LEN;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (TW_CHAR_RANGES[mid].last < code)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < TW_CHAR_RANGES_LEN && TW_CHAR_RANGES[low].first <= code)
        return TW_CHAR_RANGES[low].kind;
    return 0;
}

uint32_t tw_char_lower(uint32_t code)
{
    /* Most texts are ASCII: they never see the table. */
    if (code < 0x80)
        return code + 32 * (code >= 'A' && code <= 'Z');
    for (size_t i = 0; i < TW_LOWER_RANGES_LEN; i++) {
        const struct tw_lower_range *r = &TW_LOWER_RANGES[i];
        if (code < r->first)
            break;
        if (code <= r->last && (code - r->first) % r->step == 0)
            return (uint32_t)((int32_t)code + r->delta);
    }
    return code;
}
