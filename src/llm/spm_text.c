/* How SentencePiece vocabularies spell bytes and blanks. */
#include "llm/bpe_priv.h"

#include <string.h>

#include "base/banned.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int tw_spm_byte(const char *text, size_t n)
{
    if (n != 6 || memcmp(text, "<0x", 3) != 0 || text[5] != '>')
        return -1;
    int high = hex_digit(text[3]), low = hex_digit(text[4]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

size_t tw_spm_text(char *dst, const char *text, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n;) {
        bool blank = n - i >= 3 && memcmp(text + i, "\xe2\x96\x81", 3) == 0;

        dst[len++] = blank ? ' ' : text[i];
        i += blank ? 3 : 1;
    }
    return len;
}
