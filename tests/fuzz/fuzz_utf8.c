/* Cleaned text is valid UTF-8 and holds nothing that it must not hold. */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_clean(const struct tw_buf *b, const char *banned)
{
    const char *s = tw_buf_text(b);

    if (b->failed || strlen(s) != b->len || !tw_utf8_valid(s, b->len))
        abort();
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ||
            strchr(banned, (char)c))
            abort();
        if (c == 0xC2 && (unsigned char)s[i + 1] < 0xA0) /* C1 */
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *s = (const char *)bytes;
    struct tw_buf b;

    tw_buf_init(&b, 1u << 24);
    tw_utf8_add_safe(&b, s, n);
    check_clean(&b, "\x1B");
    tw_buf_clear(&b);
    tw_utf8_add_xml(&b, s, n);
    check_clean(&b, "<>\"'");
    tw_buf_release(&b);

    for (size_t at = 0; at < n;) {
        uint32_t code;
        char back[4];
        size_t len = tw_utf8_decode(s + at, n - at, &code);
        if (len && (tw_utf8_encode(code, back) != len ||
                    memcmp(back, s + at, len) != 0))
            abort();
        if (tw_utf8_valid_len(s + at, len ? len : 1) != len)
            abort();
        at += len ? len : 1;
    }
    return 0;
}
