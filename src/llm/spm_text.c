/* spm_text.c - how SentencePiece vocabularies spell bytes and blanks. */
#include "llm/vocab_priv.h"

#include <string.h>

#include "base/banned.h"

/* Files spell digits in upper case; lower case does no harm. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int tw_spm_byte(const char *text, size_t n)
{
    if (n != 6 || memcmp(text, "<0x", 3) != 0 || text[5] != '>')
        return -1;
    int high = hex_digit(text[3]), low = hex_digit(text[4]);
    if (high < 0 || low < 0)
        return -1;
    return 16 * high + low;
}

/* U+2581 is three bytes and a blank is one, so the text never grows. */
size_t tw_spm_text(char *dst, const char *text, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n;) {
        if (n - i >= 3 && memcmp(text + i, "\xe2\x96\x81", 3) == 0) {
            dst[len++] = ' ';
            i += 3;
        } else {
            dst[len++] = text[i++];
        }
    }
    TW_ASSERT(len <= n);
    return len;
}
