/*
 * peer_llama.c - bench_engine.c for llama.cpp: the same figures, measured in
 * the same way.  Not part of the build; it needs llama.cpp's headers and
 * libraries, which the npm package node-llama-cpp has ready-made:
 *
 *     cc -O2 -I LLAMA/include -I LLAMA/ggml/include perf/peer_llama.c
 *         -o peer -L LIBS -l:libllama.v0.5.0.so -l:libggml.v0.5.0.so
 *         -l:libggml-base.so -Wl,-rpath,LIBS
 *     GGML_LIBS=LIBS ./peer FILE [PROMPT [ANSWER [BATCH [REPACK]]]]
 */
#include "ggml-backend.h"
#include "llama.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t number(int argc, char **argv, int i, size_t otherwise)
{
    if (argc > i)
        return strtoul(argv[i], NULL, 10);
    return otherwise;
}

/* Only warnings and errors. */
static void quiet(enum ggml_log_level level, const char *text, void *ctx)
{
    (void)ctx;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

static void add(struct llama_batch *b, int id, int pos, int seq, bool logits)
{
    int i = b->n_tokens++;

    b->token[i] = id;
    b->pos[i] = pos;
    b->n_seq_id[i] = 1;
    b->seq_id[i][0] = seq;
    b->logits[i] = logits;
}

static void decode(struct llama_context *c, struct llama_batch b)
{
    if (llama_decode(c, b) != 0)
        exit(1);
}

int main(int argc, char **argv)
{
    size_t prompt = number(argc, argv, 2, 256);
    size_t answer = number(argc, argv, 3, 64);
    size_t batch = number(argc, argv, 4, 1);
    struct rusage use;

    if (argc < 2)
        return 2;
    llama_log_set(quiet, NULL);
    ggml_backend_load_all_from_path(getenv("GGML_LIBS"));
    struct llama_model_params mp = llama_model_default_params();
    mp.use_extra_bufts = number(argc, argv, 5, 1);
    double begin = seconds(CLOCK_MONOTONIC);
    struct llama_model *m = llama_model_load_from_file(argv[1], mp);
    double open_s = seconds(CLOCK_MONOTONIC) - begin;
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = (uint32_t)(prompt + answer * batch + 64);
    cp.n_seq_max = (uint32_t)batch;
    cp.kv_unified = true;
    cp.n_threads = cp.n_threads_batch = 1;
    struct llama_context *c = m ? llama_init_from_model(m, cp) : NULL;
    if (!c)
        return 1;
    int n = llama_vocab_n_tokens(llama_model_get_vocab(m));
    struct llama_batch b = llama_batch_init((int)prompt + 64, 0, 1);
    for (size_t i = 0; i < prompt; i++)
        add(&b, (int)((i * 7919 + 13) % (size_t)n), (int)i, 0, i + 1 == prompt);
    begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    decode(c, b);
    llama_get_logits_ith(c, -1);
    double prefill = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    for (size_t s = 1; s < batch; s++)
        llama_memory_seq_cp(llama_get_memory(c), 0, (int)s, -1, -1);
    begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < answer; i++) {
        b.n_tokens = 0;
        for (size_t s = 0; s < batch; s++)
            add(&b, (int)((i * 104729 + s * 31 + 7) % (size_t)n),
                (int)(prompt + i), (int)s, true);
        decode(c, b);
        llama_get_logits_ith(c, -1);
    }
    double decode_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    getrusage(RUSAGE_SELF, &use);
    printf("{\"engine\": \"llama.cpp\", \"prompt\": %zu, \"answer\": %zu, "
           "\"batch\": %zu, \"open_s\": %.3f, \"prefill_tok_s\": %.1f, "
           "\"decode_tok_s\": %.2f, \"peak_mb\": %ld}\n",
           prompt, answer, batch, open_s, (double)prompt / prefill,
           (double)(answer * batch) / decode_s, use.ru_maxrss / 1024);
    return 0;
}
