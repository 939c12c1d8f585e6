/*
 * llm.h - the language model behind one interface: built-in, GGUF, replay.
 *
 *     struct tw_llm *m;
 *     TW_TRY(tw_llm_open(&m, "builtin", be, err));
 *     tw_llm_generate(m, &(struct tw_llm_request){ .prompt = p, ... }, ...);
 *
 * A model whose file has a chat template of a known family (chat.h) is asked in
 * its form, and an answer ends with its first complete code block; the
 * description says so.  Others get the prompt as it is.
 *
 * n samples of one prompt share one prefill and decode as one batch.  Same
 * seed, same CPU level: the same tokens for any number of threads.
 */
#ifndef TW_LLM_LLM_H
#define TW_LLM_LLM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"
#include "llm/model.h"
#include "llm/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_llm;

struct tw_llm_request {
    const char *prompt;
    size_t prompt_len;
    size_t n_samples;
    size_t max_tokens; /* 0, or more than fit: as many as fit */
    float temperature; /* 0: greedy */
    int top_k;         /* 0: off */
    float top_p;       /* 0 or 1: off */
    uint64_t seed;
    const char *const *stop; /* texts that end an answer; NULL-ended or NULL */
    /* The prompt goes to the model as it is: not in the form of its chat
     * template, and no code block ends an answer. */
    bool plain;
    /* A token a step, without guesses: the same answers, mostly slower. */
    bool no_lookup;
    const char *id; /* task id: key of replayed answers; may be NULL */
};

struct tw_llm_answer {
    const char
        *text; /* in the caller's arena, NUL-terminated; UTF-8 repaired */
    size_t len;
    size_t n_tokens;
    double logprob; /* sum over the answer's tokens */
    bool complete;  /* ended by itself or at a stop text, not at max_tokens */
};

struct tw_llm_stats {
    size_t n_prompt, n_generated; /* tokens */
    size_t n_steps;               /* passes through the model after those of the
                                   * prompt */
    double prefill_s, decode_s;   /* wall */
};

/* name: "builtin", a path of a GGUF file, or "replay:FILE.jsonl": recorded
 * answers, lines {"id" or "task_id", "completion" or "solution" or
 * "samples":[..]}; several lines of one id are several samples. */
enum tw_status tw_llm_open(struct tw_llm **out, const char *name,
                           struct tw_backend *be,
                           struct tw_err *err) TW_NODISCARD;
void tw_llm_close(struct tw_llm *m);
/* One line for provenance: name, architecture, parameters, quantisation. */
const char *tw_llm_description(const struct tw_llm *m);
/* SHA-256 of the model file, hex. */
const char *tw_llm_sha256(const struct tw_llm *m);
/* Longest prompt + answer in tokens. */
size_t tw_llm_context(const struct tw_llm *m);
size_t tw_llm_count_tokens(const struct tw_llm *m, const char *text, size_t n);

/* answers: room for n_samples.  A prompt that does not fit is TW_ELIMIT.  The
 * tokens of sample i are a function of the model, the prompt, the seed, i and
 * n_samples; they do not depend on what was asked before.  Replay: a task that
 * has fewer than n_samples recorded answers is TW_EINVAL. */
enum tw_status tw_llm_generate(
    struct tw_llm *m, const struct tw_llm_request *req, struct tw_arena *a,
    struct tw_llm_answer *answers, struct tw_llm_stats *stats,
    const struct tw_progress *progress, struct tw_err *err) TW_NODISCARD;

/* The engine by itself; TW_EINVAL for replayed models. */
enum tw_status tw_llm_tokenize(const struct tw_llm *m, const char *text,
                               size_t n, struct tw_ids *ids,
                               struct tw_err *err) TW_NODISCARD;
/* Append the text of ids; control tokens are shown. */
enum tw_status tw_llm_detokenize(const struct tw_llm *m, const int32_t *ids,
                                 size_t n, struct tw_buf *b,
                                 struct tw_err *err) TW_NODISCARD;
/* Logits after every token, n rows of *n_vocab floats in the arena.  The ids
 * are fed as they are. */
enum tw_status tw_llm_logits(struct tw_llm *m, const int32_t *ids, size_t n,
                             struct tw_arena *a, float **logits,
                             size_t *n_vocab, struct tw_err *err) TW_NODISCARD;
struct tw_llm_perplexity {
    size_t n_tokens, n_scored; /* of the text, and those that were foretold */
    double nll; /* mean of -log p of the latter; perplexity is exp(nll) */
};
/* As llama.cpp measures it, see perplexity.c.  A text of less than four tokens
 * is TW_EINVAL. */
enum tw_status tw_llm_measure(struct tw_llm *m, const char *text, size_t n,
                              struct tw_llm_perplexity *out,
                              struct tw_err *err) TW_NODISCARD;
/* NULL for a replayed or vocabulary-only model. */
const struct tw_model_shape *tw_llm_shape(const struct tw_llm *m);

#endif /* TW_LLM_LLM_H */
