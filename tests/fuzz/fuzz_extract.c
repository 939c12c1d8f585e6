/* A model's answer: clean text, and blocks that lie in it, in order. */
#include "fuzz.h"

#include "answer/extract.h"
#include "base/arena.h"
#include "base/utf8.h"

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

/* A program or a loss, in every language with braces. */
static void check_braces(const char *text, size_t n)
{
    for (int lang = TW_LANG_C; lang < TW_LANG_COUNT; lang++) {
        const struct tw_extract_task task = { .entry = "f",
                                              .head = "import (\n\"a\")\nint "
                                                      "f(int x) {\n",
                                              .lang = (enum tw_lang)lang,
                                              .bench = true };
        struct tw_extract_result r;
        struct tw_arena a;

        tw_arena_init(&a, 64u << 20);
        MUST(tw_extract_braces(&a, &task, text, n, &r));
        MUST(r.code && r.class < TW_EXTRACT_HARNESS);
        MUST(r.class != TW_EXTRACT_OK || r.way != TW_EXTRACT_NO_WAY);
        tw_arena_release(&a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_buf b;

    MUST(tw_extract_answer_len((const char *)bytes, n) <= n);
    tw_buf_init(&b, 4 * n + 16);
    tw_extract_normalise(&b, (const char *)bytes, n);
    MUST(!b.failed && tw_utf8_valid(tw_buf_text(&b), b.len));
    MUST(strlen(tw_buf_text(&b)) == b.len);
    MUST(!strchr(tw_buf_text(&b), '\r') && !strchr(tw_buf_text(&b), 0x1b));
    check_blocks(tw_buf_text(&b), b.len);
    check_braces(tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    return 0;
}
