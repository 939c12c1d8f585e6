#include "test.h"

#include "base/fault.h"
#include "base/file.h"
#include "llm/bpe.h"
#include "llm/llm.h"
#include "llm/lookup.h"
#include "llm/sampler.h"
#include "teach/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY "test_llm_replay.jsonl"
#define MODEL  "test_llm_model.gguf"

static struct tw_backend *backend(unsigned n_threads)
{
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), n_threads, NULL) == TW_OK);
    return be;
}

/* A model with random weights: its text is noise, and it never ends. */
static void write_model(struct tw_backend *be)
{
    static const char TEXT[] = "the quick brown fox the quick brown fox";
    struct tw_bpe_text text = { TEXT, sizeof(TEXT) - 1 };
    struct tw_bpe_train opt = { .n_vocab = 280, .pre = TW_PRETOK_STARCODER };
    struct tw_train_config c = { .n_layers = 2,
                                 .d = 32,
                                 .n_heads = 4,
                                 .n_heads_kv = 2,
                                 .ff = 64,
                                 .T = 320,
                                 .n_rows = 1,
                                 .seed = 9 };
    struct tw_vocab *vocab = NULL;
    struct tw_train *t = NULL;

    CHECK(tw_bpe_learn(&vocab, &opt, &text, 1, NULL, NULL) == TW_OK);
    CHECK(tw_train_new(&t, &c, vocab, be, NULL) == TW_OK);
    CHECK(tw_train_export(t, MODEL, TW_GGML_F16, NULL) == TW_OK);
    tw_train_free(t);
    tw_vocab_free(vocab);
}

static struct tw_llm_request request(const char *prompt, size_t n)
{
    return (struct tw_llm_request){ .prompt = prompt,
                                    .prompt_len = strlen(prompt),
                                    .n_samples = n,
                                    .max_tokens = 24,
                                    .temperature = 1.0f,
                                    .seed = 7 };
}

/* The texts of an answer set, joined. */
static int generate(struct tw_llm *m, const struct tw_llm_request *q,
                    struct tw_buf *b, struct tw_llm_answer *x)
{
    struct tw_arena a;
    struct tw_llm_stats stats;

    tw_arena_init(&a, 1u << 24);
    tw_buf_clear(b);
    int ok = tw_llm_generate(m, q, &a, x, &stats, NULL, NULL) == TW_OK;
    for (size_t i = 0; ok && i < q->n_samples; i++) {
        tw_buf_add(b, x[i].text, x[i].len);
        tw_buf_adds(b, "|");
        ok = strlen(x[i].text) == x[i].len && tw_llm_context(m) == 320;
    }
    tw_arena_release(&a);
    return ok;
}

TEST(samples_repeat_for_any_thread_count_and_history)
{
    struct tw_buf a, b;
    struct tw_llm_answer x[5];
    char prompt[400] = "";

    for (size_t i = 0; i < 300; i++)
        prompt[i] = "the quick "[i % 10];
    tw_buf_init(&a, 1u << 20);
    tw_buf_init(&b, 1u << 20);
    for (unsigned n_threads = 1; n_threads <= 2; n_threads++) {
        struct tw_backend *be = backend(n_threads);
        struct tw_llm *m = NULL;
        struct tw_llm_request q = request(prompt, 5);
        struct tw_llm_request other = request("something else", 5);

        write_model(be);
        CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
        CHECK(generate(m, &q, n_threads == 1 ? &a : &b, x));
        if (n_threads == 2) {
            CHECK(a.len && strcmp(a.bytes, b.bytes) == 0);
            CHECK(generate(m, &q, &b, x)); /* prefix is there already */
            CHECK(strcmp(a.bytes, b.bytes) == 0);
            CHECK(generate(m, &other, &b, x));
            CHECK(strcmp(a.bytes, b.bytes) != 0);
            CHECK(generate(m, &q, &b, x));
            CHECK(strcmp(a.bytes, b.bytes) == 0);
            q.seed++;
            CHECK(generate(m, &q, &b, x));
            CHECK(strcmp(a.bytes, b.bytes) != 0);
        }
        tw_llm_close(m);
        tw_backend_free(be);
    }
    tw_buf_release(&a);
    tw_buf_release(&b);
}

/* The mean surprise of the second half is that of the logits. */
TEST(perplexity_is_that_of_the_logits_of_the_second_half)
{
    static const char TEXT[] = "the quick brown fox and the other brown fox";
    struct tw_backend *be = backend(1);
    struct tw_llm *m = NULL;
    struct tw_llm_perplexity p;
    struct tw_arena a;
    struct tw_ids ids = { 0 };
    float *logits = NULL;
    size_t V = 0;
    double want = 0;

    write_model(be);
    tw_arena_init(&a, 1u << 24);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    CHECK(tw_llm_measure(m, TEXT, sizeof(TEXT) - 1, &p, NULL) == TW_OK);
    CHECK(tw_llm_tokenize(m, TEXT, sizeof(TEXT) - 1, &ids, NULL) == TW_OK);
    CHECK(tw_llm_logits(m, ids.v, ids.n, &a, &logits, &V, NULL) == TW_OK);
    for (size_t i = ids.n / 2; logits && i + 1 < ids.n; i++) {
        double sum = 0;

        for (size_t k = 0; k < V; k++)
            sum += exp((double)logits[i * V + k]);
        want += log(sum) - (double)logits[i * V + (size_t)ids.v[i + 1]];
    }
    CHECK(p.n_tokens == ids.n && p.n_scored == ids.n - 1 - ids.n / 2);
    CHECK(fabs(p.nll - want / (double)p.n_scored) < 1e-4);
    CHECK(tw_llm_measure(m, "t", 1, &p, NULL) == TW_EINVAL);
    tw_ids_release(&ids);
    tw_arena_release(&a);
    tw_llm_close(m);
    tw_backend_free(be);
}

/* The text of an answer with guesses is that of one without. */
TEST(guesses_save_steps_and_change_no_text)
{
    struct tw_backend *be = backend(2);
    struct tw_llm *m = NULL;
    struct tw_arena a;
    char *text[2][2];
    size_t steps[2][2];

    write_model(be);
    tw_arena_init(&a, 1u << 24);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    for (size_t hot = 0; hot < 2; hot++)
        for (size_t plain = 0; plain < 2; plain++) {
            struct tw_llm_request q = request("the quick brown fox the", 1);
            struct tw_llm_answer x;
            struct tw_llm_stats stats;

            q.max_tokens = 120;
            q.temperature = hot ? 0.02f : 0.0f;
            q.no_lookup = plain;
            CHECK(tw_llm_generate(m, &q, &a, &x, &stats, NULL, NULL) == TW_OK);
            CHECK(x.n_tokens == 120 && stats.n_generated == 120);
            text[hot][plain] = (char *)(uintptr_t)x.text;
            steps[hot][plain] = stats.n_steps;
        }
    for (size_t hot = 0; hot < 2; hot++) {
        CHECK(strcmp(text[hot][0], text[hot][1]) == 0);
        CHECK(steps[hot][1] == 119);
        printf("# %zu steps of %zu\n", steps[hot][0], steps[hot][1]);
    }
    CHECK(steps[0][0] < 80); /* noise that goes round in circles */
    tw_llm_close(m);
    tw_arena_release(&a);
    tw_backend_free(be);
}

TEST(a_guess_is_what_followed_the_longest_same_end)
{
    static const int32_t TEXT[] = { 1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3 };
    size_t n = TW_ARRAY_LEN(TEXT);
    int32_t draft[8];

    /* "1 2 3" before "2 3". */
    CHECK(tw_lookup_draft(TEXT, n, draft, 3) == 3);
    CHECK(draft[0] == 4 && draft[1] == 5 && draft[2] == 9);
    /* The later of two places that are as good; up to the end of the text. */
    CHECK(tw_lookup_draft(TEXT + 1, n - 1, draft, 8) == 5 && draft[0] == 7);
    CHECK(tw_lookup_draft(TEXT, 5, draft, 8) == 0);
    CHECK(tw_lookup_draft(TEXT, 1, draft, 8) == 0);
    CHECK(tw_lookup_draft(TEXT, 0, draft, 8) == 0);
    /* A run repeats itself. */
    CHECK(tw_lookup_draft((int32_t[]){ 6, 6, 6, 6 }, 4, draft, 8) == 1 &&
          draft[0] == 6);
}

TEST(limits_and_stop_texts_end_an_answer)
{
    struct tw_backend *be = backend(2);
    struct tw_llm *m = NULL;
    struct tw_buf b, c;
    struct tw_llm_answer x[2];
    struct tw_llm_request q = request("the quick", 2);
    char cut[2] = "";
    const char *stop[] = { "never there", cut, NULL };

    tw_buf_init(&b, 1u << 20);
    tw_buf_init(&c, 1u << 20);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    CHECK(generate(m, &q, &b, x));
    CHECK(x[0].n_tokens == 24 && !x[0].complete && x[0].logprob < 0);
    /* Stop at an ASCII character of the first answer. */
    size_t at = 1;
    while (at < b.len && ((unsigned char)b.bytes[at] >= 0x80 ||
                          strchr(b.bytes, b.bytes[at]) != b.bytes + at))
        at++;
    cut[0] = b.bytes[at];
    q.stop = stop;
    CHECK(generate(m, &q, &c, x));
    CHECK(x[0].complete && x[0].len == at);
    CHECK(memcmp(b.bytes, c.bytes, at) == 0 && c.bytes[at] == '|');
    tw_llm_close(m);
    tw_backend_free(be);
    tw_buf_release(&b);
    tw_buf_release(&c);
}

TEST(greedy_answers_are_equal_and_fill_the_context)
{
    struct tw_backend *be = backend(2);
    struct tw_llm *m = NULL;
    struct tw_buf b;
    struct tw_llm_answer x[2];
    struct tw_llm_request q = request("the quick", 2);

    q.temperature = 0;
    q.max_tokens = 0;
    tw_buf_init(&b, 1u << 20);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    CHECK(generate(m, &q, &b, x));
    CHECK(x[0].n_tokens == x[1].n_tokens && x[0].logprob == x[1].logprob);
    CHECK(x[0].complete ||
          x[0].n_tokens + tw_llm_count_tokens(m, "the quick", 9) == 320);
    CHECK(strstr(tw_llm_description(m), "llama") != NULL);
    CHECK(strlen(tw_llm_sha256(m)) == 64);
    tw_llm_close(m);
    tw_backend_free(be);
    tw_buf_release(&b);
}

TEST(prompts_that_do_not_fit_and_wrong_requests_are_refused)
{
    struct tw_backend *be = backend(1);
    struct tw_llm *m = NULL;
    struct tw_arena a;
    struct tw_llm_answer x[1];
    static char text[2000];
    struct tw_err err = { 0 };

    memset(text, 'q', sizeof(text) - 1);
    tw_arena_init(&a, 1u << 20);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    struct tw_llm_request q = request(text, 1);
    CHECK(tw_llm_generate(m, &q, &a, x, NULL, NULL, &err) == TW_ELIMIT);
    q = request("", 1);
    CHECK(tw_llm_generate(m, &q, &a, x, NULL, NULL, &err) == TW_EINVAL);
    q = request("a", 0);
    CHECK(tw_llm_generate(m, &q, &a, x, NULL, NULL, &err) == TW_EINVAL);
    tw_llm_close(m);
    CHECK(tw_llm_open(&m, "absent.gguf", be, &err) != TW_OK && !m);
    tw_arena_release(&a);
    tw_backend_free(be);
    CHECK(tw_file_remove(MODEL, NULL) == TW_OK);
}

static int replay_is(struct tw_llm *m, const char *id, size_t n,
                     const char *first, const char *last)
{
    struct tw_arena a;
    struct tw_llm_answer x[4];
    struct tw_llm_request q = request("p", n);

    q.id = id;
    tw_arena_init(&a, 1u << 20);
    int ok = tw_llm_generate(m, &q, &a, x, NULL, NULL, NULL) == TW_OK &&
             strcmp(x[0].text, first) == 0 && strcmp(x[n - 1].text, last) == 0;
    tw_arena_release(&a);
    return ok;
}

TEST(recorded_answers_come_by_task_and_in_order)
{
    static const char LINES[] =
        "{\"task_id\": \"b/1\", \"completion\": \"one\"}\n"
        "{\"id\": \"a\", \"samples\": [\"x\", \"y\", \"z\"], \"more\": 1}\n\n"
        "{\"task_id\": \"b/1\", \"solution\": \"two\"}\n"
        "{\"task_id\": 12, \"completion\": \"\\u0000n\\u00e9\"}";
    struct tw_backend *be = backend(1);
    struct tw_llm *m = NULL;
    struct tw_err err = { 0 };
    struct tw_ids ids = { 0 };

    CHECK(tw_file_write(REPLAY, LINES, sizeof(LINES) - 1, NULL) == TW_OK);
    CHECK(tw_llm_open(&m, "replay:" REPLAY, be, &err) == TW_OK);
    if (err.code)
        printf("# %s\n", err.msg);
    CHECK(m && replay_is(m, "b/1", 2, "one", "two"));
    CHECK(m && replay_is(m, "a", 3, "x", "z"));
    CHECK(m && replay_is(m, "a", 1, "x", "x"));
    CHECK(m && !replay_is(m, "a", 4, "x", "x"));
    CHECK(m && !replay_is(m, "c", 1, "", ""));
    CHECK(m && !replay_is(m, NULL, 1, "", ""));
    CHECK(tw_llm_tokenize(m, "a", 1, &ids, &err) == TW_EINVAL);
    CHECK(tw_llm_count_tokens(m, "12345678", 8) == 2);
    tw_llm_close(m);
    CHECK(tw_file_write(REPLAY, "{\"id\": 1}\n", 10, NULL) == TW_OK);
    CHECK(tw_llm_open(&m, "replay:" REPLAY, be, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "line 1") != NULL);
    CHECK(tw_file_remove(REPLAY, NULL) == TW_OK);
    tw_backend_free(be);
}

TEST(samplers_follow_their_distribution)
{
    enum { N = 4, DRAWS = 20000 };
    static const float LOGITS[N] = { 0.0f, 1.0f, -1.0f, 2.0f };
    struct tw_choice room[N];
    struct tw_sampler s = { .temperature = 1, .seed = 1 };
    size_t count[N] = { 0 };
    double logprob, total = 0;

    for (size_t i = 0; i < N; i++)
        total += exp((double)LOGITS[i]);
    for (size_t i = 0; i < DRAWS; i++)
        count[tw_sampler_next(&s, LOGITS, N, i % 50, i / 50, room, &logprob)]++;
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR((double)count[i] / DRAWS, exp((double)LOGITS[i]) / total,
                   0.015);
    s.top_k = 2;
    for (size_t i = 0; i < 200; i++) {
        int32_t id = tw_sampler_next(&s, LOGITS, N, 0, i, room, &logprob);

        CHECK(id == 3 || id == 1);
    }
    s.top_k = 0;
    s.top_p = 0.6f; /* the best alone has 0.64 */
    for (size_t i = 0; i < 200; i++)
        CHECK(tw_sampler_next(&s, LOGITS, N, 0, i, room, &logprob) == 3);
    CHECK_NEAR(logprob, log(exp(2.0) / total), 1e-6);
    s.temperature = 0;
    CHECK(tw_sampler_next(&s, LOGITS, N, 5, 5, room, &logprob) == 3);
}

TEST(the_builtin_model_opens_or_says_that_it_is_missing)
{
    struct tw_backend *be = backend(1);
    struct tw_llm *m = NULL;
    struct tw_err err = { 0 };

    if (tw_llm_open(&m, "builtin", be, &err) == TW_OK)
        CHECK(tw_llm_shape(m) != NULL);
    else
        CHECK(err.code == TW_EIO && strstr(err.msg, "builtin") != NULL);
    tw_llm_close(m);
    tw_backend_free(be);
}

#ifdef TW_FAULTS
/* Open a model and let it write two answers. */
static enum tw_status open_and_generate(struct tw_backend *be, const char *name,
                                        struct tw_err *err)
{
    struct tw_llm_request q = request("the quick", 2);
    struct tw_llm_answer x[2];
    struct tw_llm *m = NULL;
    struct tw_arena a;

    q.id = "a";
    q.max_tokens = 3;
    tw_arena_init(&a, 1u << 24);
    enum tw_status st = tw_llm_open(&m, name, be, err);
    if (st == TW_OK)
        st = tw_llm_generate(m, &q, &a, x, NULL, NULL, err);
    tw_llm_close(m);
    tw_arena_release(&a);
    return st;
}

/* Each call for memory or a file fails once.  Returns how many there are.
 * unheard_max: so many may be overcome. */
static unsigned fail_each(struct tw_backend *be, const char *name,
                          unsigned unheard_max)
{
    unsigned unheard = 0;
    bool fired = true;
    unsigned n = 0;

    while (fired && ++n < 5000) {
        struct tw_err err = { 0 };

        tw_fault_arm(n, false);
        enum tw_status st = open_and_generate(be, name, &err);

        fired = tw_fault_disarm();
        CHECK(fired || st == TW_OK);
        unheard += fired && st == TW_OK;
        if (st != TW_OK)
            CHECK(err.code == st && err.msg[0]);
    }
    CHECK(unheard <= unheard_max);
    return n;
}

TEST(every_call_that_fails_ends_in_a_status)
{
    static const char LINES[] = "{\"id\": \"a\", \"samples\": "
                                "[\"x\", \"y\"]}\n";
    struct tw_backend *be = backend(1);

    write_model(be);
    unsigned n = fail_each(be, MODEL, 0);
    printf("# %u calls to open a model and to generate\n", n);
    CHECK(n > 20 && n < 5000);
    CHECK(tw_file_write(REPLAY, LINES, sizeof(LINES) - 1, NULL) == TW_OK);
    /* jansson calls some texts bad that it had no memory for, and those are
     * read again, as other programs write them. */
    n = fail_each(be, "replay:" REPLAY, 8);
    CHECK(n > 5 && n < 5000);
    CHECK(tw_file_remove(REPLAY, NULL) == TW_OK);
    tw_backend_free(be);
}
#else
TEST(every_call_that_fails_ends_in_a_status)
{
    test_skip("built without -Dfaults=true");
}
#endif

TEST_MAIN(RUN(every_call_that_fails_ends_in_a_status);
          RUN(samples_repeat_for_any_thread_count_and_history);
          RUN(perplexity_is_that_of_the_logits_of_the_second_half);
          RUN(guesses_save_steps_and_change_no_text);
          RUN(a_guess_is_what_followed_the_longest_same_end);
          RUN(limits_and_stop_texts_end_an_answer);
          RUN(greedy_answers_are_equal_and_fill_the_context);
          RUN(prompts_that_do_not_fit_and_wrong_requests_are_refused);
          RUN(recorded_answers_come_by_task_and_in_order);
          RUN(samplers_follow_their_distribution);
          RUN(the_builtin_model_opens_or_says_that_it_is_missing);)
