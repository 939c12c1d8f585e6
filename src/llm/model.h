/*
 * model.h - transformers of GGUF files: weights, sessions, logits.
 *
 * Architectures "llama" (RoPE in NORM order) and "qwen2" (NEOX order, biases);
 * weights F32, F16, BF16, Q8_0, and Q4_0 to Q6_K, which are unpacked to F16 at
 * load; grouped queries, tied head, linear RoPE scaling and rope_freqs.
 * Anything else is refused by name.  Activations and the KV cache are float32.
 *
 * A session is one shared prefix and n tails behind it: one prompt, n answers.
 *
 *     tw_session_prefill(s, prompt, n, logits, false, err);
 *     for (...)
 *         tw_session_decode(s, seqs, ids, n_seqs, logits, err);
 */
#ifndef TW_LLM_MODEL_H
#define TW_LLM_MODEL_H

#include "base/status.h"
#include "gguf/gguf.h"
#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_model_shape {
    size_t n_layers, d, n_heads, n_heads_kv, head_dim, ff, n_vocab;
    size_t context;
    size_t n_params;
    float eps;
    double rope_base, rope_scale; /* positions are multiplied by rope_scale */
    bool neox;
};

struct tw_model;

/* f and be are borrowed and outlive the model. */
enum tw_status tw_model_open(struct tw_model **out, const struct tw_gguf *f,
                             struct tw_backend *be,
                             struct tw_err *err) TW_NODISCARD;
void tw_model_free(struct tw_model *m);
const struct tw_model_shape *tw_model_shape(const struct tw_model *m);
const char *tw_model_arch(const struct tw_model *m);
const char *tw_model_type(const struct tw_model *m); /* of the matrices */

struct tw_session;

/* Room for a prefix of n_prefix tokens and n_seqs tails of n_tail tokens. */
enum tw_status tw_session_new(struct tw_session **out, const struct tw_model *m,
                              size_t n_prefix, size_t n_seqs, size_t n_tail,
                              struct tw_err *err) TW_NODISCARD;
void tw_session_free(struct tw_session *s);
/* Tokens of the prefix now. */
size_t tw_session_len(const struct tw_session *s);
/* Keep the first n tokens of the prefix, forget the rest and all tails. */
void tw_session_rewind(struct tw_session *s, size_t n);

/* Append to the prefix.  logits: NULL, or n_vocab floats for the last token,
 * or, with all set, n * n_vocab floats. */
enum tw_status tw_session_prefill(struct tw_session *s, const int32_t *ids,
                                  size_t n, float *logits, bool all,
                                  struct tw_err *err) TW_NODISCARD;
/* Append token ids[i] to tail seqs[i], i < n, each tail at most once;
 * logits: n * n_vocab floats. */
enum tw_status tw_session_decode(struct tw_session *s, const size_t *seqs,
                                 const int32_t *ids, size_t n, float *logits,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_MODEL_H */
