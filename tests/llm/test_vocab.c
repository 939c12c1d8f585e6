#include "test.h"

#include "base/fault.h"
#include "base/file.h"
#include "llm/bpe.h"

#include <stdlib.h>
#include <string.h>

static const char *const FAMILIES[] = { "gpt-2",          "starcoder",
                                        "qwen2",          "llama-bpe",
                                        "deepseek-coder", "llama-spm" };

static int read_shared(struct tw_buf *b, const char *name)
{
    const char *shared = getenv("TW_SHARED");
    char path[512];

    snprintf(path, sizeof(path), "%s/golden/tokenizer/%s", shared ? shared : "",
             name);
    return shared && tw_file_exists(path) &&
           tw_file_read(b, path, NULL) == TW_OK;
}

/* One text against one line of ids. */
static int agrees(const struct tw_vocab *t, const char *text, size_t n,
                  const char *line)
{
    struct tw_ids ids = { 0 };
    struct tw_buf want, back;

    tw_buf_init(&want, 1u << 20);
    tw_buf_init(&back, 1u << 20);
    int ok = tw_vocab_encode(t, text, n, &ids, NULL) == TW_OK;
    for (size_t i = 0; i < ids.n; i++) {
        tw_buf_addf(&want, " %d", (int)ids.v[i]);
        tw_vocab_decode(t, ids.v[i], true, &back);
    }
    ok = ok && strcmp(tw_buf_text(&want), line) == 0;
    /* A vocabulary that puts a blank before each text gives it back too. */
    size_t skip = n && back.len == n + 1 && !tw_vocab_is_writable(t);
    ok = ok && back.len == n + skip &&
         (!n || memcmp(tw_buf_text(&back) + skip, text, n) == 0);
    if (!ok)
        printf("# text '%.*s'\n# want %s\n# have %s\n", (int)n, text, line,
               tw_buf_text(&want));
    tw_ids_release(&ids);
    tw_buf_release(&want);
    tw_buf_release(&back);
    return ok;
}

static void check_family(const char *family)
{
    static const char END[] = "\n__ggml_vocab_test__\n";
    char name[128];
    struct tw_buf gguf, in, out;
    struct tw_gguf *f = NULL;
    struct tw_vocab *t = NULL;
    struct tw_err err = { 0 };
    size_t n_texts = 0;

    tw_buf_init(&gguf, 1u << 24);
    tw_buf_init(&in, 1u << 24);
    tw_buf_init(&out, 1u << 24);
    snprintf(name, sizeof(name), "ggml-vocab-%s.gguf", family);
    if (!read_shared(&gguf, name)) {
        test_skip("shared data absent");
        return;
    }
    snprintf(name, sizeof(name), "ggml-vocab-%s.gguf.inp", family);
    CHECK(read_shared(&in, name));
    snprintf(name, sizeof(name), "ggml-vocab-%s.gguf.out", family);
    CHECK(read_shared(&out, name));
    CHECK(tw_gguf_open_bytes(&f, gguf.bytes, gguf.len, &err) == TW_OK);
    CHECK(f && tw_vocab_open(&t, f, &err) == TW_OK);
    if (t) {
        char *text = in.bytes, *line = out.bytes;

        for (char *end; (end = strstr(text, END)); n_texts++) {
            char *eol = strchr(line, '\n');

            if (eol)
                *eol = '\0';
            CHECK(agrees(t, text, (size_t)(end - text), line));
            text = end + sizeof(END) - 1;
            line = eol ? eol + 1 : line + strlen(line);
        }
        CHECK(n_texts == 46);
    } else {
        printf("# %s: %s\n", family, err.msg);
    }
    tw_vocab_free(t);
    tw_gguf_close(f);
    tw_buf_release(&gguf);
    tw_buf_release(&in);
    tw_buf_release(&out);
}

TEST(golden_texts_give_the_golden_ids)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(FAMILIES); i++)
        check_family(FAMILIES[i]);
}

static const char CORPUS[] =
    "def test_throughput():\n    assert throughput(120, 4) == 480\n"
    "def test_latency():\n    assert latency(120) == 12\n";

static struct tw_vocab *learnt(size_t n_vocab)
{
    struct tw_bpe_text text = { CORPUS, sizeof(CORPUS) - 1 };
    struct tw_bpe_train opt = { .n_vocab = n_vocab,
                                .pre = TW_PRETOK_STARCODER };
    struct tw_vocab *t = NULL;

    CHECK(tw_bpe_learn(&t, &opt, &text, 1, NULL, NULL) == TW_OK);
    return t;
}

static int round_trips(const struct tw_vocab *t, const char *text, size_t n,
                       size_t *n_ids)
{
    struct tw_ids ids = { 0 };
    struct tw_buf back;

    tw_buf_init(&back, 1u << 24);
    int ok = tw_vocab_encode(t, text, n, &ids, NULL) == TW_OK;
    for (size_t i = 0; i < ids.n; i++)
        tw_vocab_decode(t, ids.v[i], false, &back);
    ok = ok && back.len == n && memcmp(tw_buf_text(&back), text, n) == 0;
    *n_ids = ids.n;
    tw_ids_release(&ids);
    tw_buf_release(&back);
    return ok;
}

TEST(a_learnt_vocabulary_shortens_its_corpus)
{
    struct tw_vocab *t = learnt(290);
    size_t n = 0;

    CHECK(t && tw_vocab_count(t) == 290);
    CHECK(t && round_trips(t, CORPUS, sizeof(CORPUS) - 1, &n));
    CHECK(n < (sizeof(CORPUS) - 1) / 2);
    tw_vocab_free(t);
}

TEST(digits_stay_single)
{
    struct tw_vocab *t = learnt(400);
    size_t n = 0;

    CHECK(t && round_trips(t, "120480", 6, &n) && n == 6);
    tw_vocab_free(t);
}

TEST(learning_stops_when_no_pair_is_left)
{
    struct tw_vocab *t = learnt(5000);

    CHECK(t && tw_vocab_count(t) > 258 && tw_vocab_count(t) < 400);
    tw_vocab_free(t);
}

TEST(all_bytes_and_broken_utf8_round_trip)
{
    struct tw_vocab *t = learnt(300);
    char text[512];
    size_t n = 0;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 + i / 256);
    CHECK(t && round_trips(t, text, sizeof(text), &n));
    CHECK(t && round_trips(t, "", 0, &n) && n == 0);
    tw_vocab_free(t);
}

TEST(user_text_never_becomes_a_control_token)
{
    struct tw_vocab *t = learnt(300);
    struct tw_ids ids = { 0 };
    static const char TEXT[] = "a<|endoftext|>b<|pad|>";

    CHECK(t && tw_vocab_encode(t, TEXT, sizeof(TEXT) - 1, &ids, NULL) == TW_OK);
    for (size_t i = 0; i < ids.n; i++)
        CHECK(ids.v[i] >= 2);
    CHECK(ids.n > 4);
    CHECK(t && tw_vocab_is_end(t, 0) && !tw_vocab_is_end(t, 1));
    CHECK(t && !tw_vocab_is_end(t, -1) && !tw_vocab_is_end(t, 1 << 20));
    tw_ids_release(&ids);
    tw_vocab_free(t);
}

TEST(a_run_of_100000_letters_takes_no_quadratic_time)
{
    struct tw_vocab *t = learnt(300);
    size_t n = 0;
    char *text = malloc(100000);

    if (!t || !text)
        return;
    for (size_t i = 0; i < 100000; i++)
        text[i] = "throughput"[i % 10];
    CHECK(round_trips(t, text, 100000, &n) && n < 50000);
    free(text);
    tw_vocab_free(t);
}

TEST(a_vocabulary_is_the_same_after_a_file)
{
    struct tw_vocab *t = learnt(320), *u = NULL;
    struct tw_gguf_out *o = NULL;
    struct tw_gguf *f = NULL;
    struct tw_buf b;
    struct tw_ids x = { 0 }, y = { 0 };
    struct tw_err err = { 0 };

    tw_buf_init(&b, 1u << 20);
    CHECK(tw_gguf_out_new(&o, NULL) == TW_OK);
    CHECK(tw_vocab_put(t, o, NULL) == TW_OK);
    CHECK(tw_gguf_write_buf(o, &b, &err) == TW_OK);
    CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, &err) == TW_OK);
    CHECK(f && tw_vocab_open(&u, f, &err) == TW_OK);
    CHECK(u && tw_vocab_count(u) == tw_vocab_count(t));
    CHECK(u && tw_vocab_eos(u) == 0 && tw_vocab_bos(u) == -1);
    CHECK(tw_vocab_encode(t, CORPUS, sizeof(CORPUS) - 1, &x, NULL) == TW_OK);
    CHECK(u &&
          tw_vocab_encode(u, CORPUS, sizeof(CORPUS) - 1, &y, NULL) == TW_OK);
    CHECK(x.n == y.n && x.n && memcmp(x.v, y.v, x.n * sizeof(*x.v)) == 0);
    tw_ids_release(&x);
    tw_ids_release(&y);
    tw_vocab_free(t);
    tw_vocab_free(u);
    tw_gguf_out_free(o);
    tw_gguf_close(f);
    tw_buf_release(&b);
}

static enum tw_status open_with(const char *model, const char *pre,
                                size_t n_kinds, const char *merge,
                                struct tw_vocab **t, struct tw_err *err)
{
    static const struct tw_gguf_string TOKENS[] = { { "a", 1 },
                                                    { "b", 1 },
                                                    { "ab", 2 } };
    static const int32_t KINDS[] = { 1, 1, 1, 1 };
    struct tw_gguf_string merges[] = { { merge, strlen(merge) } };
    struct tw_gguf_out *o = NULL;
    struct tw_gguf *f = NULL;
    struct tw_buf b;

    tw_buf_init(&b, 1u << 20);
    if (tw_gguf_out_new(&o, err) != TW_OK)
        return TW_ENOMEM;
    tw_gguf_put_string(o, "tokenizer.ggml.model", model);
    tw_gguf_put_string(o, "tokenizer.ggml.pre", pre);
    tw_gguf_put_strings(o, "tokenizer.ggml.tokens", TOKENS, 3);
    tw_gguf_put_i32s(o, "tokenizer.ggml.token_type", KINDS, n_kinds);
    tw_gguf_put_strings(o, "tokenizer.ggml.merges", merges, 1);
    enum tw_status st = tw_gguf_write_buf(o, &b, err);
    if (st == TW_OK)
        st = tw_gguf_open_bytes(&f, b.bytes, b.len, err);
    if (st == TW_OK)
        st = tw_vocab_open(t, f, err);
    tw_gguf_out_free(o);
    tw_gguf_close(f);
    tw_buf_release(&b);
    return st;
}

TEST(broken_tokenizer_sections_are_refused_by_name)
{
    struct tw_err err = { 0 };
    struct tw_vocab *t = NULL;

    CHECK(open_with("gpt2", "gpt-2", 3, "a b", &t, &err) == TW_OK);
    tw_vocab_free(t);
    CHECK(open_with("bert", "gpt-2", 3, "a b", &t, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "tokenizer.ggml.model") != NULL);
    CHECK(open_with("gpt2", "unheard-of", 3, "a b", &t, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "tokenizer.ggml.pre") != NULL);
    CHECK(open_with("gpt2", "gpt-2", 2, "a b", &t, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "token_type") != NULL);
    CHECK(open_with("gpt2", "gpt-2", 3, "ab", &t, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "merges") != NULL);
}

static bool gives(const struct tw_vocab *t, const char *text,
                  const int32_t *want, size_t n)
{
    struct tw_ids ids = { 0 };
    struct tw_err err = { 0 };
    bool ok = tw_vocab_encode(t, text, strlen(text), &ids, &err) == TW_OK &&
              ids.n == n && (!n || !memcmp(ids.v, want, n * sizeof(*want)));

    if (!ok)
        printf("# '%s': %zu ids, %s\n", text, ids.n, err.msg);
    tw_ids_release(&ids);
    return ok;
}

/* Letters a and b only, with one merge. */
TEST(bytes_without_a_token_are_left_out)
{
    static const struct {
        const char *text;
        size_t n;
        int32_t ids[4];
    } TEXTS[] = {
        { "ab", 1, { 2 } },
        { "azb", 2, { 0, 1 } },
        { "z", 0, { 0 } },
        { "zzz", 0, { 0 } },
        { "\x04", 0, { 0 } },
        { "\x1d\x06"
          "ab",
          1,
          { 2 } },
        { "ab\x13", 1, { 2 } },
        { "zab", 1, { 2 } },
        { "abz", 1, { 2 } },
        { "a\xff"
          "b",
          2,
          { 0, 1 } },
        { "aba b", 3, { 2, 0, 1 } },
        { "\xc3\xa4", 0, { 0 } },
        { "abzab", 2, { 2, 2 } },
        { "azzb", 2, { 0, 1 } },
    };
    struct tw_err err = { 0 };
    struct tw_vocab *t = NULL;

    CHECK(open_with("gpt2", "gpt-2", 3, "a b", &t, &err) == TW_OK);
    for (size_t i = 0; t && i < TW_ARRAY_LEN(TEXTS); i++)
        CHECK(gives(t, TEXTS[i].text, TEXTS[i].ids, TEXTS[i].n));
    tw_vocab_free(t);
}

/* U+2581 is how the file spells a blank, and a blank in a text as well. */
static void check_blanks(const struct tw_vocab *t)
{
    static const char *const PAIRS[][2] = {
        { "b b", "b\xe2\x96\x81"
                 "b" },
        { " b", "\xe2\x96\x81"
                "b" },
        { "b ", "b\xe2\x96\x81" },
        { "  ", "\xe2\x96\x81 " },
        { "   b", " \xe2\x96\x81\xe2\x96\x81"
                  "b" },
        { "bb b", "bb\xe2\x96\x81"
                  "b" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(PAIRS); i++) {
        struct tw_ids want = { 0 };

        CHECK(tw_vocab_encode(t, PAIRS[i][0], strlen(PAIRS[i][0]), &want,
                              NULL) == TW_OK);
        CHECK(gives(t, PAIRS[i][1], want.v, want.n));
        tw_ids_release(&want);
    }
}

/* A SentencePiece vocabulary with odd byte tokens, without files. */
TEST(odd_byte_tokens_and_missing_scores_do_no_harm)
{
    static const struct tw_gguf_string TOKENS[] = {
        { "<unk>", 5 },  { "<0x-1>", 6 },       { "<0xZZ>", 6 },
        { "<0x41>", 6 }, { "\xe2\x96\x81", 3 }, { "b", 1 },
        { "bb", 2 },
    };
    static const int32_t KINDS[] = { 2, 6, 6, 6, 1, 1, 1 };
    static const double SCORES[] = { 0, 0, 0, 0, -1, -2, -3 };
    static const int32_t WANT[] = { 4, 6, 5, 3, 0, 4, 6 };

    for (int has_scores = 0; has_scores < 2; has_scores++) {
        struct tw_gguf_out *o = NULL;
        struct tw_gguf *f = NULL;
        struct tw_vocab *t = NULL;
        struct tw_ids ids = { 0 };
        struct tw_buf b;
        struct tw_err err = { 0 };

        tw_buf_init(&b, 1u << 20);
        CHECK(tw_gguf_out_new(&o, NULL) == TW_OK);
        tw_gguf_put_string(o, "tokenizer.ggml.model", "llama");
        tw_gguf_put_strings(o, "tokenizer.ggml.tokens", TOKENS, 7);
        tw_gguf_put_i32s(o, "tokenizer.ggml.token_type", KINDS, 7);
        if (has_scores)
            tw_gguf_put_f64s(o, "tokenizer.ggml.scores", SCORES, 7);
        CHECK(tw_gguf_write_buf(o, &b, NULL) == TW_OK);
        CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
        enum tw_status st = tw_vocab_open(&t, f, &err);
        CHECK(st == (has_scores ? TW_OK : TW_EFORMAT));
        CHECK(has_scores || strstr(err.msg, "scores") != NULL);
        if (t) {
            CHECK(tw_vocab_encode(t, "bbbA\xff bb", 8, &ids, NULL) == TW_OK);
            CHECK(ids.n == 7 && !memcmp(ids.v, WANT, sizeof(WANT)));
            check_blanks(t);
        }
        tw_ids_release(&ids);
        tw_vocab_free(t);
        tw_gguf_close(f);
        tw_gguf_out_free(o);
        tw_buf_release(&b);
    }
}

#ifdef TW_FAULTS
/* Learn a vocabulary, write it, read it, encode with it. */
static enum tw_status do_everything(struct tw_err *err)
{
    struct tw_bpe_text text = { CORPUS, sizeof(CORPUS) - 1 };
    struct tw_bpe_train opt = { .n_vocab = 280, .pre = TW_PRETOK_STARCODER };
    struct tw_vocab *t = NULL, *u = NULL;
    struct tw_gguf_out *o = NULL;
    struct tw_gguf *f = NULL;
    struct tw_ids ids = { 0 };
    struct tw_buf b;
    enum tw_status st = tw_bpe_learn(&t, &opt, &text, 1, NULL, err);

    tw_buf_init(&b, 1u << 20);
    if (st == TW_OK)
        st = tw_gguf_out_new(&o, err);
    if (st == TW_OK)
        st = tw_vocab_put(t, o, err);
    if (st == TW_OK)
        st = tw_gguf_write_buf(o, &b, err);
    if (st == TW_OK)
        st = tw_gguf_open_bytes(&f, b.bytes, b.len, err);
    if (st == TW_OK)
        st = tw_vocab_open(&u, f, err);
    if (st == TW_OK)
        st = tw_vocab_encode(u, CORPUS, sizeof(CORPUS) - 1, &ids, err);
    tw_ids_release(&ids);
    tw_vocab_free(t);
    tw_vocab_free(u);
    tw_gguf_close(f);
    tw_gguf_out_free(o);
    tw_buf_release(&b);
    return st;
}

TEST(every_call_that_fails_ends_in_a_status)
{
    bool fired = true;
    unsigned n = 0;

    while (fired && ++n < 5000) {
        struct tw_err err = { 0 };

        tw_fault_arm(n, false);
        enum tw_status st = do_everything(&err);

        fired = tw_fault_disarm();
        CHECK((st == TW_OK) == !fired);
        CHECK(err.code == st && (st == TW_OK || err.msg[0]));
    }
    printf("# %u calls to learn, write, read and use a vocabulary\n", n);
    CHECK(n > 20 && n < 5000);
}
#else
TEST(every_call_that_fails_ends_in_a_status)
{
    test_skip("built without -Dfaults=true");
}
#endif

TEST_MAIN(RUN(bytes_without_a_token_are_left_out);
          RUN(every_call_that_fails_ends_in_a_status);
          RUN(golden_texts_give_the_golden_ids);
          RUN(a_learnt_vocabulary_shortens_its_corpus); RUN(digits_stay_single);
          RUN(learning_stops_when_no_pair_is_left);
          RUN(all_bytes_and_broken_utf8_round_trip);
          RUN(user_text_never_becomes_a_control_token);
          RUN(a_run_of_100000_letters_takes_no_quadratic_time);
          RUN(a_vocabulary_is_the_same_after_a_file);
          RUN(broken_tokenizer_sections_are_refused_by_name);
          RUN(odd_byte_tokens_and_missing_scores_do_no_harm);)
