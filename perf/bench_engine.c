/*
 * bench_engine.c - speed of the engine on a real GGUF file, one JSON line.
 *
 *     bench_engine FILE [PROMPT [ANSWER [BATCH [ref|avx2|avx512|avx512vnni]]]]
 *
 * One thread: tokens per CPU second (user and system, so that other work on the
 * machine matters little) of a prefill of PROMPT made-up tokens and of ANSWER
 * steps of BATCH answers; seconds to open the file, and the peak of resident
 * memory, the mapped file included.  perf/peer_llama.c measures llama.cpp in
 * the same way: run the two in turns.
 */
#include "llm/session.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(enum tw_status st, const struct tw_err *err)
{
    if (st == TW_OK)
        return;
    fprintf(stderr, "bench_engine: %s\n", err->msg);
    exit(1);
}

/* Number i of the arguments, or what it is by default. */
static size_t number(int argc, char **argv, int i, size_t otherwise)
{
    if (argc > i)
        return strtoul(argv[i], NULL, 10);
    return otherwise;
}

static double measure_prefill(struct tw_session *s, size_t n, size_t n_vocab,
                              float *logits)
{
    struct tw_err err;
    int32_t *ids = calloc(n, sizeof(*ids));

    for (size_t i = 0; ids && i < n; i++)
        ids[i] = (int32_t)((i * 7919 + 13) % n_vocab);
    double begin = cpu_seconds();
    need(tw_session_prefill(s, ids, n, logits, false, &err), &err);
    double end = cpu_seconds();
    free(ids);
    return end - begin;
}

static double measure_decode(struct tw_session *s, size_t n, size_t batch,
                             size_t n_vocab, float *logits)
{
    struct tw_err err;
    size_t seqs[64];
    int32_t ids[64];
    double begin = cpu_seconds();

    for (size_t i = 0; i < n; i++) {
        for (size_t b = 0; b < batch; b++) {
            seqs[b] = b;
            ids[b] = (int32_t)((i * 104729 + b * 31 + 7) % n_vocab);
        }
        need(tw_session_decode(s, seqs, ids, batch, logits, &err), &err);
    }
    return cpu_seconds() - begin;
}

int main(int argc, char **argv)
{
    size_t prompt = number(argc, argv, 2, 256);
    size_t answer = number(argc, argv, 3, 64);
    size_t batch = number(argc, argv, 4, 1);
    struct tw_err err;
    struct tw_backend *be;
    struct tw_gguf *f;
    struct tw_model *m;
    struct tw_session *s;
    struct rusage use;

    if (argc < 2 || batch < 1 || batch > 64) {
        fprintf(stderr, "usage: bench_engine FILE [PROMPT [ANSWER [BATCH "
                        "[ref|avx2|avx512|avx512vnni]]]]\n");
        return 2;
    }
    need(tw_backend_new(&be, argc > 5 ? argv[5] : NULL, 1, &err), &err);
    double begin = tw_clock_mono();
    need(tw_gguf_open(&f, argv[1], &err), &err);
    need(tw_model_open(&m, f, be, &err), &err);
    double open_s = tw_clock_mono() - begin;
    size_t n_vocab = tw_model_shape(m)->n_vocab;
    need(tw_session_new(&s, m, prompt, batch, answer, &err), &err);
    float *logits = malloc(batch * n_vocab * sizeof(*logits));
    if (!logits)
        return 1;
    double prefill = measure_prefill(s, prompt, n_vocab, logits);
    double decode = measure_decode(s, answer, batch, n_vocab, logits);
    getrusage(RUSAGE_SELF, &use);
    printf("{\"engine\": \"ours\", \"cpu\": \"%s\", \"prompt\": %zu, "
           "\"answer\": %zu, \"batch\": %zu, \"open_s\": %.3f, "
           "\"prefill_tok_s\": %.1f, \"decode_tok_s\": %.2f, "
           "\"peak_mb\": %ld}\n",
           tw_kern_level_name(be->level), prompt, answer, batch, open_s,
           (double)prompt / prefill, (double)(answer * batch) / decode,
           use.ru_maxrss / 1024);
    free(logits);
    tw_session_free(s);
    tw_model_free(m);
    tw_gguf_close(f);
    tw_backend_free(be);
    return 0;
}
