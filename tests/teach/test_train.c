#include "test.h"

#include "base/clock.h"
#include "base/file.h"
#include "llm/bpe.h"
#include "llm/llm.h"
#include "teach/train.h"
#include "teach/train_data.h"

#include <stdlib.h>
#include <string.h>

#define DATA  "test_train_data.jsonl"
#define CKPT  "test_train_ckpt.gguf"
#define MODEL "test_train_model.gguf"

static struct tw_backend *backend(unsigned n_threads)
{
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), n_threads, NULL) == TW_OK);
    return be;
}

/* Copy tasks: "copy ba=" -> "ba". */
static void copy_task(char word[8], size_t i)
{
    for (size_t k = 0; k < 2; k++)
        word[k] = (char)('a' + ((i * 2654435761u) >> (7 + 5 * k)) % 4);
    word[2] = '\0';
}

static void write_data(size_t n)
{
    struct tw_buf b;
    char word[8];

    tw_buf_init(&b, 1u << 20);
    for (size_t i = 0; i < n; i++) {
        copy_task(word, i);
        tw_buf_addf(&b,
                    "{\"prompt\": \"copy %s=\", \"answer\": \"%s\","
                    " \"kind\": 1}\n",
                    word, word);
    }
    CHECK(tw_file_write(DATA, b.bytes, b.len, NULL) == TW_OK);
    tw_buf_release(&b);
}

static struct tw_vocab *vocabulary(void)
{
    static const char TEXT[] = "copy copy copy";
    struct tw_bpe_text text = { TEXT, sizeof(TEXT) - 1 };
    struct tw_bpe_train opt = { .n_vocab = 262, .pre = TW_PRETOK_STARCODER };
    struct tw_vocab *t = NULL;

    CHECK(tw_bpe_learn(&t, &opt, &text, 1, NULL, NULL) == TW_OK);
    return t;
}

static struct tw_train_config config(uint64_t steps)
{
    return (struct tw_train_config){ .n_layers = 2,
                                     .d = 32,
                                     .n_heads = 2,
                                     .n_heads_kv = 1,
                                     .ff = 64,
                                     .T = 24,
                                     .n_rows = 8,
                                     .accumulate = 1,
                                     .steps = steps,
                                     .warmup = 10,
                                     .schedule = TW_SCHEDULE_COSINE,
                                     .lr = 1e-2f,
                                     .lr_floor = 0.1f,
                                     .seed = 3,
                                     .answer_only = true,
                                     .held_every = 20 };
}

static struct tw_train *open_train(const struct tw_train_config *c,
                                   const struct tw_vocab *vocab,
                                   struct tw_backend *be)
{
    struct tw_train *t = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_train_new(&t, c, vocab, be, &err) == TW_OK);
    CHECK(t && tw_train_read(t, DATA, &err) == TW_OK);
    if (err.code)
        printf("# %s\n", err.msg);
    return t;
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

/* Logits of the exported file against those of the graph. */
static double export_error(struct tw_train *t, const struct tw_vocab *vocab,
                           struct tw_backend *be, enum tw_ggml_type type)
{
    struct tw_llm *m = NULL;
    struct tw_arena a;
    struct tw_ids ids = { 0 };
    float *have, *want;
    size_t V;
    struct tw_err err = { 0 };
    double error = 1;

    tw_arena_init(&a, 1u << 24);
    CHECK(tw_vocab_encode(vocab, "copy abcd=abcd", 14, &ids, NULL) == TW_OK);
    want = tw_arena_alloc(&a, ids.n * tw_vocab_count(vocab), sizeof(*want));
    CHECK(tw_train_export(t, MODEL, type, &err) == TW_OK);
    CHECK(tw_train_logits(t, ids.v, ids.n, want, &err) == TW_OK);
    CHECK(tw_llm_open(&m, MODEL, be, &err) == TW_OK);
    CHECK(m && tw_llm_logits(m, ids.v, ids.n, &a, &have, &V, &err) == TW_OK);
    if (m && V == tw_vocab_count(vocab))
        error = nmse(have, want, ids.n * V);
    else
        printf("# %s\n", err.msg);
    tw_llm_close(m);
    tw_ids_release(&ids);
    tw_arena_release(&a);
    return error;
}

static int copies(struct tw_llm *m, size_t i)
{
    struct tw_arena a;
    struct tw_llm_answer x[3];
    char word[8], prompt[16];

    copy_task(word, i);
    snprintf(prompt, sizeof(prompt), "copy %s=", word);
    tw_arena_init(&a, 1u << 20);
    struct tw_llm_request q = { .prompt = prompt,
                                .prompt_len = strlen(prompt),
                                .n_samples = 3,
                                .max_tokens = 16,
                                .temperature = 0.1f,
                                .seed = 5 };
    int ok = tw_llm_generate(m, &q, &a, x, NULL, NULL, NULL) == TW_OK &&
             x[0].complete && strcmp(x[0].text, word) == 0 &&
             strcmp(x[2].text, word) == 0;
    tw_arena_release(&a);
    return ok;
}

TEST(a_tiny_model_learns_to_copy_and_its_file_computes_the_same)
{
    struct tw_backend *be = backend(2);
    struct tw_vocab *vocab = vocabulary();
    struct tw_train_config c = config(450);
    struct tw_llm *m = NULL;
    double held = 9;
    struct tw_err err = { 0 };

    write_data(400);
    double start = tw_clock_mono();
    struct tw_train *t = open_train(&c, vocab, be);
    CHECK(t && tw_train_run(t, NULL, &err) == TW_OK);
    if (!t)
        return;
    CHECK(tw_train_eval(t, &held, NULL) == TW_OK);
    struct tw_train_stats s = tw_train_stats(t);
    printf("# %zu parameters, loss %.4f, held out %.4f, %.0f tokens/s, %.2f "
           "s\n",
           s.n_params, s.loss, held, s.tokens_per_s, tw_clock_mono() - start);
    CHECK(s.n_docs == 380 && s.n_held == 20 && s.step == 450);
    CHECK(s.loss < 0.05);
    CHECK(held < 0.05);
    double error = export_error(t, vocab, be, TW_GGML_F32);
    CHECK(error < 1e-9);
    CHECK(export_error(t, vocab, be, TW_GGML_F16) < 1e-5);
    CHECK(export_error(t, vocab, be, TW_GGML_Q8_0) < 1e-2);
    CHECK(tw_llm_open(&m, MODEL, be, NULL) == TW_OK);
    size_t n_right = 0;
    for (size_t i = 0; m && i < 20; i++)
        n_right += (size_t)copies(m, 19 + 20 * i);
    CHECK(n_right >= 18);
    tw_llm_close(m);
    tw_train_free(t);
    tw_vocab_free(vocab);
    tw_backend_free(be);
    CHECK(tw_file_remove(MODEL, NULL) == TW_OK);
}

/* Sum of the loss of one held-out document by hand, from its logits. */
static double loss_by_hand(struct tw_train *t, const struct tw_vocab *vocab,
                           size_t i, bool answer_only, size_t *n_targets)
{
    char word[8], prompt[16];
    struct tw_ids ids = { 0 };
    size_t V = tw_vocab_count(vocab);
    double loss = 0;

    copy_task(word, i);
    snprintf(prompt, sizeof(prompt), "copy %s=", word);
    CHECK(tw_vocab_encode(vocab, prompt, strlen(prompt), &ids, NULL) == TW_OK);
    size_t first = answer_only ? ids.n : 1;
    CHECK(tw_vocab_encode(vocab, word, strlen(word), &ids, NULL) == TW_OK);
    CHECK(tw_ids_add(&ids, tw_vocab_eos(vocab), NULL) == TW_OK);
    float *logits = malloc(ids.n * V * sizeof(*logits));
    CHECK(logits && tw_train_logits(t, ids.v, ids.n, logits, NULL) == TW_OK);
    for (size_t k = first; logits && k < ids.n; k++) {
        const float *x = logits + (k - 1) * V;
        double sum = 0;

        for (size_t j = 0; j < V; j++)
            sum += exp((double)x[j]);
        loss += log(sum) - (double)x[ids.v[k]];
        *n_targets += 1;
    }
    free(logits);
    tw_ids_release(&ids);
    return loss;
}

TEST(the_held_out_loss_is_that_of_the_logits)
{
    for (int answer_only = 0; answer_only < 2; answer_only++) {
        struct tw_backend *be = backend(2);
        struct tw_vocab *vocab = vocabulary();
        struct tw_train_config c = config(60);
        double held = 0, want = 0;
        size_t n = 0;

        write_data(250);
        c.answer_only = answer_only;
        c.accumulate = 2;
        struct tw_train *t = open_train(&c, vocab, be);
        CHECK(tw_train_run(t, NULL, NULL) == TW_OK);
        CHECK(tw_train_eval(t, &held, NULL) == TW_OK);
        for (size_t i = 19; i < 250; i += 20)
            want += loss_by_hand(t, vocab, i, answer_only, &n);
        CHECK_NEAR(held, want / (double)n, 1e-4);
        CHECK(held < 3); /* 5.5 at the start */
        tw_train_free(t);
        tw_vocab_free(vocab);
        tw_backend_free(be);
    }
}

struct stopper {
    size_t at;
};

static bool stop_at(void *ctx, const char *stage, size_t done, size_t total,
                    const char *text)
{
    const struct stopper *s = ctx;

    (void)stage;
    (void)total;
    (void)text;
    return done != s->at;
}

/* Weights after a run as they stand in the exported file. */
static void run_to_file(struct tw_buf *b, unsigned n_threads, size_t stop,
                        float ema)
{
    struct tw_backend *be = backend(n_threads);
    struct tw_vocab *vocab = vocabulary();
    struct tw_train_config c = config(24);
    struct tw_err err = { 0 };

    c.checkpoint = CKPT;
    c.ema = ema;
    c.accumulate = 2;
    struct tw_train *t = open_train(&c, vocab, be);
    if (stop) {
        struct stopper s = { stop };
        struct tw_progress p = { stop_at, &s };

        CHECK(tw_train_run(t, &p, &err) == TW_ECANCELED);
        tw_train_free(t);
        t = open_train(&c, vocab, be);
        CHECK(tw_train_resume(t, CKPT, &err) == TW_OK);
        CHECK(tw_train_stats(t).step == stop);
    }
    CHECK(tw_train_run(t, NULL, &err) == TW_OK);
    CHECK(tw_train_export(t, MODEL, TW_GGML_F32, &err) == TW_OK);
    tw_buf_init(b, 1u << 24);
    CHECK(tw_file_read(b, MODEL, NULL) == TW_OK);
    tw_train_free(t);
    tw_vocab_free(vocab);
    tw_backend_free(be);
}

TEST(a_resumed_run_gives_the_bytes_of_an_unbroken_one)
{
    struct tw_buf a, b;

    write_data(150);
    for (int ema = 0; ema < 2; ema++) {
        run_to_file(&a, 1, 0, ema ? 0.9f : 0);
        run_to_file(&b, 2, 13, ema ? 0.9f : 0);
        CHECK(a.len && a.len == b.len && !memcmp(a.bytes, b.bytes, a.len));
        tw_buf_release(&a);
        tw_buf_release(&b);
    }
    CHECK(tw_file_remove(MODEL, NULL) == TW_OK);
}

TEST(a_checkpoint_of_other_data_is_refused)
{
    struct tw_backend *be = backend(1);
    struct tw_vocab *vocab = vocabulary();
    struct tw_train_config c = config(24);
    struct tw_err err = { 0 };

    write_data(151);
    struct tw_train *t = open_train(&c, vocab, be);
    CHECK(tw_train_resume(t, CKPT, &err) == TW_EINVAL);
    CHECK(strstr(err.msg, CKPT) != NULL);
    CHECK(tw_train_resume(t, "absent.gguf", &err) != TW_OK);
    tw_train_free(t);
    tw_vocab_free(vocab);
    tw_backend_free(be);
    CHECK(tw_file_remove(CKPT, NULL) == TW_OK);
}

TEST(rows_hold_every_document_once_and_are_nearly_full)
{
    enum { T = 64, N = 300 };
    struct tw_vocab *vocab = vocabulary();
    struct tw_train_data d = { 0 };
    struct tw_train_rows rows;
    static int seen[N];
    static int32_t ids[T], segments[T], targets[T];
    struct tw_train_slot slot = { ids, segments, targets, T, false };
    static const char LONG[] = "0123456789012345678901234567890123456789";
    size_t n_targets = 0, n_tokens = 0;

    for (size_t i = 0; i < N; i++) {
        struct tw_bpe_text p = { LONG, i % 23 }, q = { LONG, 1 + i % 17 };

        CHECK(tw_train_data_add(&d, vocab, &p, &q, T, NULL) == TW_OK);
        n_tokens += d.docs[i].n - 1;
    }
    CHECK(d.n == N);
    CHECK(tw_train_pack(&rows, &d, T, 1, 0, NULL) == TW_OK);
    for (size_t r = 0; r < rows.n; r++) {
        for (size_t k = rows.starts[r]; k < rows.starts[r + 1]; k++)
            seen[rows.order[k]]++;
        n_targets += tw_train_fill(&slot, &d, &rows, r);
        for (size_t i = 0; i + 1 < T; i++)
            CHECK(targets[i] < 0 || segments[i] != segments[i + 1] ||
                  targets[i] == ids[i + 1]);
    }
    for (size_t i = 0; i < N; i++)
        CHECK(seen[i] == 1);
    CHECK(n_targets == n_tokens);
    CHECK((double)n_tokens > 0.95 * (double)(rows.n * T));
    tw_train_rows_release(&rows);
    tw_train_data_release(&d);
    tw_vocab_free(vocab);
}

TEST(a_vocabulary_is_learnt_from_a_file_and_saved)
{
    struct tw_bpe_train opt = { .n_vocab = 265, .pre = TW_PRETOK_STARCODER };
    struct tw_vocab *t = NULL, *u = NULL;
    struct tw_gguf *f = NULL;
    struct tw_ids ids = { 0 };

    write_data(50);
    CHECK(tw_train_vocab(&t, &opt, DATA, 0, NULL, NULL) == TW_OK);
    CHECK(t && tw_vocab_encode(t, "copy", 4, &ids, NULL) == TW_OK);
    CHECK(ids.n == 1);
    CHECK(t && tw_vocab_save(t, MODEL, NULL) == TW_OK);
    CHECK(tw_gguf_open(&f, MODEL, NULL) == TW_OK);
    CHECK(f && tw_vocab_open(&u, f, NULL) == TW_OK);
    CHECK(u && tw_vocab_count(u) == 265);
    tw_gguf_close(f);
    tw_vocab_free(t);
    tw_vocab_free(u);
    tw_ids_release(&ids);
    CHECK(tw_file_remove(MODEL, NULL) == TW_OK);
}

TEST(bad_lines_and_bad_shapes_are_refused)
{
    static const char *const LINES[] = { "{\"prompt\": 1, \"answer\": \"a\"}\n",
                                         "{\"prompt\": \"a\"}\n",
                                         "nonsense\n" };
    struct tw_backend *be = backend(1);
    struct tw_vocab *vocab = vocabulary();
    struct tw_train_config c = config(1);
    struct tw_train *t = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_train_new(&t, &c, vocab, be, NULL) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(LINES); i++) {
        CHECK(tw_file_write(DATA, LINES[i], strlen(LINES[i]), NULL) == TW_OK);
        CHECK(tw_train_read(t, DATA, &err) == TW_EFORMAT);
        CHECK(strstr(err.msg, "line 1") != NULL);
    }
    CHECK(tw_train_run(t, NULL, &err) == TW_EINVAL);
    tw_train_free(t);
    c.n_heads = 3;
    CHECK(tw_train_new(&t, &c, vocab, be, NULL) == TW_EINVAL && !t);
    tw_vocab_free(vocab);
    tw_backend_free(be);
    CHECK(tw_file_remove(DATA, NULL) == TW_OK);
}

TEST_MAIN(RUN(a_tiny_model_learns_to_copy_and_its_file_computes_the_same);
          RUN(the_held_out_loss_is_that_of_the_logits);
          RUN(a_resumed_run_gives_the_bytes_of_an_unbroken_one);
          RUN(a_checkpoint_of_other_data_is_refused);
          RUN(rows_hold_every_document_once_and_are_nearly_full);
          RUN(a_vocabulary_is_learnt_from_a_file_and_saved);
          RUN(bad_lines_and_bad_shapes_are_refused);)
