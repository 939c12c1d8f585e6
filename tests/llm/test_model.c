#include "test.h"

#include "base/file.h"
#include "llm/session.h"

#include <stdlib.h>
#include <string.h>

enum { N_PROMPT = 40, N_GREEDY = 32 };

struct golden {
    struct tw_gguf *f;
    struct tw_model *m;
    int32_t prompt[N_PROMPT], greedy[N_GREEDY];
    struct tw_buf logits;
    size_t V;
};

static struct tw_backend *backend(void)
{
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 2, NULL) == TW_OK);
    return be;
}

static int read_ids(const char *path, int32_t *ids, size_t n)
{
    struct tw_buf b;
    size_t i = 0;

    tw_buf_init(&b, 1u << 20);
    if (tw_file_read(&b, path, NULL) == TW_OK) {
        char *p = b.bytes;

        for (char *end; i < n; p = end) {
            ids[i] = (int32_t)strtol(p, &end, 10);
            if (end == p)
                break;
            i++;
        }
    }
    tw_buf_release(&b);
    return i == n;
}

static int golden_open(struct golden *g, const char *name,
                       struct tw_backend *be)
{
    const char *shared = getenv("TW_SHARED");
    char path[512];
    struct tw_err err = { 0 };

    *g = (struct golden){ 0 };
    tw_buf_init(&g->logits, 1u << 24);
    snprintf(path, sizeof(path), "%s/golden/llm/%s.gguf", shared ? shared : "",
             name);
    if (!shared || !tw_file_exists(path)) {
        test_skip("shared data absent");
        return 0;
    }
    CHECK(tw_gguf_open(&g->f, path, &err) == TW_OK);
    CHECK(g->f && tw_model_open(&g->m, g->f, be, &err) == TW_OK);
    if (!g->m) {
        printf("# %s: %s\n", name, err.msg);
        tw_gguf_close(g->f);
        return 0;
    }
    snprintf(path, sizeof(path), "%s/golden/llm/%s.tokens.txt", shared, name);
    CHECK(read_ids(path, g->prompt, N_PROMPT));
    snprintf(path, sizeof(path), "%s/golden/llm/%s.greedy.txt", shared, name);
    CHECK(read_ids(path, g->greedy, N_GREEDY));
    snprintf(path, sizeof(path), "%s/golden/llm/%s.logits.f32", shared, name);
    CHECK(tw_file_read(&g->logits, path, &err) == TW_OK);
    g->V = tw_model_shape(g->m)->n_vocab;
    CHECK(g->logits.len == N_PROMPT * g->V * sizeof(float));
    return 1;
}

static void golden_close(struct golden *g)
{
    tw_model_free(g->m);
    tw_gguf_close(g->f);
    tw_buf_release(&g->logits);
}

static double nmse(const float *a, const float *b, size_t n)
{
    double diff = 0, norm = 0;

    for (size_t i = 0; i < n; i++) {
        diff += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        norm += (double)b[i] * (double)b[i];
    }
    return diff / norm;
}

static int32_t argmax(const float *x, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return (int32_t)best;
}

static void check_golden(const char *name, double bound, struct tw_backend *be)
{
    struct golden g;
    struct tw_session *s = NULL;

    if (!golden_open(&g, name, be))
        return;
    float *logits = malloc(N_PROMPT * g.V * sizeof(float));
    CHECK(tw_session_new(&s, g.m, 64, 1, 64, NULL) == TW_OK);
    CHECK(tw_session_prefill(s, g.prompt, N_PROMPT, logits, true, NULL) ==
          TW_OK);
    double error =
        nmse(logits, (const float *)(void *)g.logits.bytes, N_PROMPT * g.V);
    printf("# %s: NMSE %.3g\n", name, error);
    CHECK(error <= bound);
    int32_t id = argmax(logits + (N_PROMPT - 1) * g.V, g.V);
    for (size_t i = 0; i < N_GREEDY; i++) {
        CHECK(id == g.greedy[i]);
        CHECK(tw_session_decode(s, (size_t[]){ 0 }, &id, 1, logits, NULL) ==
              TW_OK);
        id = argmax(logits, g.V);
    }
    tw_session_free(s);
    golden_close(&g);
    free(logits);
}

TEST(float_models_give_the_golden_logits_and_tokens)
{
    struct tw_backend *be = backend();

    check_golden("llama-mha", 1e-11, be);
    check_golden("llama-gqa", 1e-11, be);
    check_golden("llama-gqa-linear", 1e-11, be);
    check_golden("llama-gqa-ropefreqs", 1e-11, be);
    check_golden("llama-gqa-yarn", 1e-11, be);
    check_golden("qwen2", 1e-11, be);
    check_golden("phi3", 1e-11, be);
    check_golden("stablelm", 1e-11, be);
    /* llama.cpp reads GELU from a table of halves: about 1e-7. */
    check_golden("gemma", 1e-6, be);
    check_golden("gpt2", 1e-6, be);
    check_golden("phi2", 1e-6, be);
    check_golden("starcoder", 1e-6, be);
    check_golden("starcoder2", 1e-6, be);
    tw_backend_free(be);
}

TEST(narrow_weights_give_the_golden_logits_and_tokens)
{
    struct tw_backend *be = backend();

    check_golden("llama-q256-F16", 5e-4, be);
    check_golden("llama-q256-BF16", 5e-4, be);
    check_golden("llama-q256-Q8_0", 5e-4, be);
    tw_backend_free(be);
}

TEST(block_formats_give_the_golden_logits_and_tokens)
{
    static const char *const TYPES[] = { "Q4_0", "Q4_1",   "Q5_0",
                                         "Q5_1", "Q2_K",   "Q3_K_M",
                                         "Q6_K", "Q4_K_M", "Q5_K_M" };
    struct tw_backend *be = backend();

    for (size_t i = 0; i < TW_ARRAY_LEN(TYPES); i++) {
        char name[64];

        snprintf(name, sizeof(name), "llama-q256-%s", TYPES[i]);
        check_golden(name, 5e-4, be);
    }
    tw_backend_free(be);
}

/* Batches of 1, of 7, a rewound prefix, and tails agree with one batch. */
TEST(all_ways_to_feed_a_prompt_agree)
{
    struct tw_backend *be = backend();
    struct golden g;
    struct tw_session *s = NULL;

    if (!golden_open(&g, "llama-gqa", be)) {
        tw_backend_free(be);
        return;
    }
    size_t n = N_PROMPT * g.V;
    float *whole = malloc(n * sizeof(float)), *part = malloc(n * sizeof(float));
    CHECK(tw_session_new(&s, g.m, 64, 3, 64, NULL) == TW_OK);
    CHECK(tw_session_prefill(s, g.prompt, N_PROMPT, whole, true, NULL) ==
          TW_OK);
    for (size_t step = 1; step <= 7; step += 6) {
        tw_session_rewind(s, 0);
        for (size_t i = 0; i < N_PROMPT; i += step) {
            size_t k = N_PROMPT - i < step ? N_PROMPT - i : step;

            CHECK(tw_session_prefill(s, g.prompt + i, k, part + i * g.V, true,
                                     NULL) == TW_OK);
        }
        CHECK(nmse(part, whole, n) <= 1e-10);
    }
    tw_session_rewind(s, 11);
    CHECK(tw_session_prefill(s, g.prompt + 11, N_PROMPT - 11, part, false,
                             NULL) == TW_OK);
    CHECK(nmse(part, whole + (N_PROMPT - 1) * g.V, g.V) <= 1e-10);
    /* 8 tokens of prefix, the rest in three tails side by side. */
    tw_session_rewind(s, 8);
    for (size_t i = 8; i < N_PROMPT; i++) {
        int32_t ids[3] = { g.prompt[i], g.prompt[i], g.prompt[i] };

        CHECK(tw_session_decode(s, (size_t[]){ 2, 0, 1 }, ids, 3, part, NULL) ==
              TW_OK);
        for (size_t k = 0; k < 3; k++)
            CHECK(nmse(part + k * g.V, whole + i * g.V, g.V) <= 1e-10);
    }
    /* Four tokens of a tail at once, of which two stay. */
    tw_session_rewind(s, 8);
    for (size_t i = 8; i + 4 <= N_PROMPT; i += 2) {
        CHECK(tw_session_decode(s, (size_t[]){ 1, 1, 1, 1 }, g.prompt + i, 4,
                                part, NULL) == TW_OK);
        CHECK(nmse(part, whole + i * g.V, 4 * g.V) <= 1e-10);
        tw_session_cut_tail(s, 1, i + 2 - 8);
    }
    /* No prefix at all. */
    tw_session_rewind(s, 0);
    for (size_t i = 0; i < N_PROMPT; i++)
        CHECK(tw_session_decode(s, (size_t[]){ 1 }, g.prompt + i, 1, part,
                                NULL) == TW_OK);
    CHECK(nmse(part, whole + (N_PROMPT - 1) * g.V, g.V) <= 1e-10);
    tw_session_free(s);
    golden_close(&g);
    free(whole);
    free(part);
    tw_backend_free(be);
}

TEST(a_full_session_and_wild_tokens_are_refused)
{
    struct tw_backend *be = backend();
    struct golden g;
    struct tw_session *s = NULL;
    static float logits[1024];

    if (golden_open(&g, "llama-mha", be)) {
        CHECK(tw_session_new(&s, g.m, 8, 1, 1, NULL) == TW_OK);
        /* The second does not fit, so the first one is not taken. */
        CHECK(tw_session_decode(s, (size_t[]){ 0, 0 }, g.prompt, 2, logits,
                                NULL) == TW_ELIMIT);
        CHECK(tw_session_prefill(s, g.prompt, 9, NULL, false, NULL) ==
              TW_ELIMIT);
        CHECK(tw_session_prefill(s, (int32_t[]){ -1 }, 1, NULL, false, NULL) ==
              TW_EINVAL);
        CHECK(tw_session_prefill(s, (int32_t[]){ 352 }, 1, NULL, false, NULL) ==
              TW_EINVAL);
        CHECK(tw_session_decode(s, (size_t[]){ 0 }, g.prompt, 1, logits,
                                NULL) == TW_OK);
        CHECK(tw_session_decode(s, (size_t[]){ 0 }, g.prompt, 1, logits,
                                NULL) == TW_ELIMIT);
        CHECK(tw_session_decode(s, (size_t[]){ 1 }, g.prompt, 1, logits,
                                NULL) == TW_ELIMIT);
        tw_session_free(s);
        golden_close(&g);
    }
    tw_backend_free(be);
}

/* The golden model as if it were something else: one text of its keys, in
 * place. */
static void check_refused(const char *name, const char *from, const char *to,
                          const char *const *words)
{
    const char *shared = getenv("TW_SHARED");
    struct tw_backend *be = backend();
    char path[512];
    struct tw_buf b;
    struct tw_gguf *f = NULL;
    struct tw_model *m = NULL;
    struct tw_err err = { 0 };

    tw_buf_init(&b, 1u << 24);
    snprintf(path, sizeof(path), "%s/golden/llm/%s.gguf", shared ? shared : "",
             name);
    if (shared && tw_file_exists(path)) {
        CHECK(tw_file_read(&b, path, NULL) == TW_OK);
        for (size_t i = 0, n = strlen(from); i + n <= b.len; i++)
            if (memcmp(b.bytes + i, from, n) == 0)
                memcpy(b.bytes + i, to, n);
        CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
        CHECK(f && tw_model_open(&m, f, be, &err) == TW_EFORMAT && !m);
        for (; *words; words++)
            CHECK(strstr(err.msg, *words) != NULL);
    }
    tw_gguf_close(f);
    tw_buf_release(&b);
    tw_backend_free(be);
}

TEST(unsupported_models_are_refused_by_name)
{
    check_refused("gpt2", "gpt2", "gptj",
                  (const char *[]){ "general.architecture 'gptj'", "codeshell",
                                    "gemma3", "llama", "qwen3", "starcoder2",
                                    NULL });
    check_refused("llama-gqa-yarn", "yarn", "warp",
                  (const char *[]){ "rope.scaling.type 'warp'", NULL });
    check_refused("phi2", "blk.1.attn_norm.bias", "blk.1.attn_norm.bios",
                  (const char *[]){ "blk.1.attn_norm.bias", NULL });
}

/* A row of the learned positions for each place, and none behind them. */
TEST(learned_positions_end_with_the_context)
{
    struct tw_backend *be = backend();
    struct golden g;
    struct tw_session *s = NULL;

    if (golden_open(&g, "gpt2", be)) {
        size_t n = tw_model_shape(g.m)->context;

        CHECK(tw_session_new(&s, g.m, n - 8, 1, 9, NULL) == TW_ENOMEM);
        CHECK(tw_session_new(&s, g.m, n - 8, 1, 8, NULL) == TW_OK);
        tw_session_free(s);
        golden_close(&g);
    }
    tw_backend_free(be);
}

/* Change the bytes of a golden file's header one by one: refused or loaded,
 * and what loads computes. */
TEST(a_damaged_model_is_refused_or_runs)
{
    const char *shared = getenv("TW_SHARED");
    struct tw_backend *be = backend();
    char path[512];
    struct tw_buf b;
    size_t n_loaded = 0;

    tw_buf_init(&b, 1u << 24);
    snprintf(path, sizeof(path), "%s/golden/llm/llama-gqa-ropefreqs.gguf",
             shared ? shared : "");
    if (shared && tw_file_exists(path)) {
        CHECK(tw_file_read(&b, path, NULL) == TW_OK);
        for (size_t i = 0; i < 16000 && i < b.len; i += 1 + (i > 1500) * 6) {
            struct tw_gguf *f = NULL;
            struct tw_model *m = NULL;
            char old = b.bytes[i];

            b.bytes[i] = (char)(old ^ (1 << i % 8));
            if (tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK &&
                tw_model_open(&m, f, be, NULL) == TW_OK)
                n_loaded++;
            tw_model_free(m);
            tw_gguf_close(f);
            b.bytes[i] = old;
        }
        CHECK(n_loaded > 0);
    }
    tw_buf_release(&b);
    tw_backend_free(be);
}

TEST_MAIN(RUN(float_models_give_the_golden_logits_and_tokens);
          RUN(narrow_weights_give_the_golden_logits_and_tokens);
          RUN(block_formats_give_the_golden_logits_and_tokens);
          RUN(all_ways_to_feed_a_prompt_agree);
          RUN(a_full_session_and_wild_tokens_are_refused);
          RUN(unsupported_models_are_refused_by_name);
          RUN(learned_positions_end_with_the_context);
          RUN(a_damaged_model_is_refused_or_runs);)
