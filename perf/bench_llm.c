/*
 * bench_llm.c - speed of a small language model with random weights, one JSON
 * line per case.
 *
 *     bench_llm [LAYERS D HEADS KV FF T ROWS [THREADS [LEVEL]]]
 *
 * LEVEL is ref, avx2, avx512 or avx512vnni.
 *
 * Prints tokens per second of a training step (positions, padding included),
 * of a prefill of T / 2 tokens and of decoding with batches of 1 and 16, for
 * F32 and Q8_0 weights.  Defaults: the shape of the built-in model.  Times are
 * wall times, medians of several runs: an idle machine is needed.
 */
#include "teach/train.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "llm/bpe.h"
#include "llm/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 5, DECODE = 64, BATCH = 16, N_VOCAB = 1024 };

#define DATA  "bench_llm_tmp.jsonl"
#define MODEL "bench_llm_tmp.gguf"

static void die(const struct tw_err *err)
{
    fprintf(stderr, "bench_llm: %s\n", err->msg);
    exit(1);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), compare);
    return x[n / 2];
}

static void random_word(struct tw_buf *b, struct tw_rng *r)
{
    size_t n = 2 + (size_t)tw_rng_below(r, 6);

    for (size_t i = 0; i < n; i++)
        tw_buf_addc(b, (char)('a' + tw_rng_below(r, 16)));
    tw_buf_addc(b, ' ');
}

/* Random words: a corpus for the vocabulary, and documents to train on. */
static struct tw_vocab *make_data(void)
{
    struct tw_rng r = tw_rng_seeded(1);
    struct tw_buf b, lines;
    struct tw_err err = { 0 };
    struct tw_vocab *vocab = NULL;

    tw_buf_init(&b, 1u << 24);
    tw_buf_init(&lines, 1u << 24);
    for (size_t i = 0; i < 400; i++) {
        size_t first = b.len;

        for (size_t k = 0; k < 60; k++)
            random_word(&b, &r);
        tw_buf_addf(&lines, "{\"prompt\":\"%s\",\"answer\":\"x\"}\n",
                    b.bytes + first);
    }
    struct tw_bpe_text text = { b.bytes, b.len };
    struct tw_bpe_train opt = { .n_vocab = N_VOCAB,
                                .pre = TW_PRETOK_STARCODER };
    if (tw_bpe_learn(&vocab, &opt, &text, 1, NULL, &err) != TW_OK ||
        tw_file_write(DATA, lines.bytes, lines.len, &err) != TW_OK)
        die(&err);
    tw_buf_release(&b);
    tw_buf_release(&lines);
    return vocab;
}

static void bench_train(struct tw_train *t, const struct tw_train_config *c)
{
    struct tw_err err = { 0 };
    double cpu = tw_clock_cpu();

    if (tw_train_run(t, NULL, &err) != TW_OK)
        die(&err);
    cpu = tw_clock_cpu() - cpu;
    struct tw_train_stats s = tw_train_stats(t);
    double per_cpu = (double)(c->steps * c->n_rows * c->T) / cpu;
    printf("{\"case\":\"train\",\"params\":%zu,\"rows\":%zu,\"T\":%zu,"
           "\"tokens_per_s\":%.0f,\"tokens_per_cpu_s\":%.0f,"
           "\"gflops_per_cpu\":%.1f}\n",
           s.n_params, c->n_rows, c->T, s.tokens_per_s, per_cpu,
           6e-9 * (double)s.n_params * per_cpu);
}

static void bench_session(const struct tw_model *m, const char *type,
                          size_t n_prompt)
{
    size_t V = tw_model_shape(m)->n_vocab, seqs[BATCH];
    int32_t *ids = calloc(n_prompt, sizeof(*ids)), next[BATCH] = { 0 };
    float *logits = malloc(BATCH * V * sizeof(*logits));
    struct tw_session *s = NULL;
    struct tw_err err = { 0 };
    double times[RUNS];

    if (!ids || !logits ||
        tw_session_new(&s, m, n_prompt, BATCH, RUNS * DECODE, &err) != TW_OK)
        die(&err);
    for (size_t i = 0; i < n_prompt; i++)
        ids[i] = (int32_t)(i * 37 % V);
    for (size_t k = 0; k < BATCH; k++)
        seqs[k] = k;
    for (size_t i = 0; i < RUNS; i++) {
        double start = tw_clock_mono();

        tw_session_rewind(s, 0);
        if (tw_session_prefill(s, ids, n_prompt, logits, false, &err) != TW_OK)
            die(&err);
        times[i] = tw_clock_mono() - start;
    }
    printf("{\"case\":\"prefill %zu\",\"type\":\"%s\","
           "\"tokens_per_s\":%.0f}\n",
           n_prompt, type, (double)n_prompt / median(times, RUNS));
    for (size_t batch = 1; batch <= BATCH; batch *= BATCH) {
        tw_session_rewind(s, n_prompt);
        for (size_t i = 0; i < RUNS; i++) {
            double start = tw_clock_mono();

            for (size_t k = 0; k < DECODE; k++)
                if (tw_session_decode(s, seqs, next, batch, logits, &err) !=
                    TW_OK)
                    die(&err);
            times[i] = tw_clock_mono() - start;
        }
        printf("{\"case\":\"decode batch %zu\",\"type\":\"%s\","
               "\"tokens_per_s\":%.0f}\n",
               batch, type, (double)(DECODE * batch) / median(times, RUNS));
    }
    tw_session_free(s);
    free(ids);
    free(logits);
}

static void bench_model(struct tw_train *t, struct tw_backend *be,
                        enum tw_ggml_type type, size_t n_prompt)
{
    struct tw_gguf *f = NULL;
    struct tw_model *m = NULL;
    struct tw_err err = { 0 };

    if (tw_train_export(t, MODEL, type, &err) != TW_OK ||
        tw_gguf_open(&f, MODEL, &err) != TW_OK ||
        tw_model_open(&m, f, be, &err) != TW_OK)
        die(&err);
    bench_session(m, tw_ggml_type_name(type), n_prompt);
    tw_model_free(m);
    tw_gguf_close(f);
    remove(MODEL);
}

static size_t argument(int argc, char **argv, int i, size_t fallback)
{
    return i < argc ? (size_t)strtoul(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
    struct tw_train_config c = { .n_layers = argument(argc, argv, 1, 6),
                                 .d = argument(argc, argv, 2, 256),
                                 .n_heads = argument(argc, argv, 3, 8),
                                 .n_heads_kv = argument(argc, argv, 4, 4),
                                 .ff = argument(argc, argv, 5, 704),
                                 .T = argument(argc, argv, 6, 512),
                                 .n_rows = argument(argc, argv, 7, 4),
                                 .steps = 6,
                                 .lr = 1e-3f,
                                 .schedule = TW_SCHEDULE_CONSTANT };
    struct tw_backend *be;
    struct tw_train *t = NULL;
    struct tw_err err = { 0 };

    if (tw_backend_new(&be, argc > 9 ? argv[9] : NULL,
                       (unsigned)argument(argc, argv, 8, 0), &err) != TW_OK)
        die(&err);
    struct tw_vocab *vocab = make_data();
    if (tw_train_new(&t, &c, vocab, be, &err) != TW_OK ||
        tw_train_read(t, DATA, &err) != TW_OK)
        die(&err);
    remove(DATA);
    bench_train(t, &c);
    bench_model(t, be, TW_GGML_F32, c.T / 2);
    bench_model(t, be, TW_GGML_Q8_0, c.T / 2);
    tw_train_free(t);
    tw_vocab_free(vocab);
    tw_backend_free(be);
    return 0;
}
