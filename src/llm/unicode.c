#include "llm/unicode.h"

#include <string.h>

#include "base/banned.h"

/* ASCII marks of the categories S*, not P*. */
#define SYMBOLS "$+<=>^`|~"

static unsigned kind_of_ascii(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return TW_CHAR_LETTER;
    if (c >= '0' && c <= '9')
        return TW_CHAR_NUMBER;
    if (c == ' ' || (c >= 9 && c <= 13))
        return TW_CHAR_SPACE;
    if (c > ' ' && c < 127 && !strchr(SYMBOLS, (int)c))
        return TW_CHAR_PUNCT;
    return 0;
}

unsigned tw_char_kind(uint32_t code)
{
    if (code < 0x80)
        return kind_of_ascii(code);
    if (code == 0x85 || code == 0xa0 || code == 0x1680 ||
        (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
        code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000)
        return TW_CHAR_SPACE;
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
