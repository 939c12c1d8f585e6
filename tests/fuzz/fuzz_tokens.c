/* Any text, any rule of cutting: the pieces cover the text, and decoding gives
 * back what was encoded. */
#include "fuzz.h"

#include "llm/bpe.h"

enum { KINDS = TW_PRETOK_DEEPSEEK_CODER + 1 };

static struct tw_vocab *vocab[KINDS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char TEXT[] =
        "def mean(values):\n    return sum(values) / len(values)\n"
        "assert mean([1.0, 2.0]) == 1.5  # it's fine, isn't it\n"
        "The the THE 123 1234 \xc3\xa9t\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87\n\n";
    const struct tw_bpe_text text = { TEXT, sizeof(TEXT) - 1 };

    (void)argc;
    (void)argv;
    for (int i = 0; i < KINDS; i++) {
        struct tw_bpe_train opt = { .n_vocab = 300,
                                    .pre = (enum tw_pretok_kind)i };

        MUST(tw_bpe_learn(&vocab[i], &opt, &text, 1, NULL, NULL) == TW_OK);
    }
    return 0;
}

static void check_pieces(int kind, const char *text, size_t n)
{
    struct tw_pieces p = { 0 };
    size_t sum = 0;

    MUST(tw_pretok_cut(&p, (enum tw_pretok_kind)kind, text, n, NULL) == TW_OK);
    for (size_t i = 0; i < p.n; i++) {
        MUST(p.lens[i] > 0);
        sum += p.lens[i];
    }
    MUST(sum == n);
    tw_pieces_release(&p);
}

static void check_round_trip(const struct tw_vocab *t, const char *text,
                             size_t n)
{
    struct tw_ids ids = { 0 };
    struct tw_buf back;

    tw_buf_init(&back, 1u << 24);
    MUST(tw_vocab_encode(t, text, n, &ids, NULL) == TW_OK && ids.n <= n);
    for (size_t i = 0; i < ids.n; i++)
        tw_vocab_decode(t, ids.v[i], false, &back);
    MUST(back.len == n && (!n || memcmp(back.bytes, text, n) == 0));
    tw_buf_release(&back);
    tw_ids_release(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    for (int i = 0; i < KINDS; i++) {
        check_pieces(i, (const char *)bytes, n);
        check_round_trip(vocab[i], (const char *)bytes, n);
    }
    return 0;
}
