/* A model's answer: clean text, and blocks that lie in it, in order. */
#include "fuzz.h"

#include "base/utf8.h"
#include "writer/extract.h"

static void check_blocks(const char *text, size_t n)
{
    struct tw_extract_blocks out = { 0 };
    const char *at = text;

    tw_extract_cut(&out, text, n);
    MUST(out.n <= TW_EXTRACT_BLOCK_MAX);
    for (size_t i = 0; i < out.n; i++) {
        MUST(out.blocks[i].len > 0 && out.blocks[i].text >= at);
        at = out.blocks[i].text + out.blocks[i].len;
        MUST(at <= text + n);
    }
    if (out.rest.len)
        MUST(out.rest.text >= text && out.rest.text + out.rest.len <= text + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_buf b;

    tw_buf_init(&b, 4 * n + 16);
    tw_extract_normalise(&b, (const char *)bytes, n);
    MUST(!b.failed && tw_utf8_valid(tw_buf_text(&b), b.len));
    MUST(strlen(tw_buf_text(&b)) == b.len);
    MUST(!strchr(tw_buf_text(&b), '\r') && !strchr(tw_buf_text(&b), 0x1b));
    check_blocks(tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    return 0;
}
