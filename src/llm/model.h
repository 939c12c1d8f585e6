/*
 * model.h - transformers of GGUF files: checked, and their weights in place.
 *
 * Architectures as arch.c lists them; weights F32, F16, Q8_0, Q4_0 to Q6_K,
 * and IQ4, used as they lie in the file, and BF16, unpacked to F32; grouped
 * queries, tied head; RoPE of part of a head, linear, by factors, and YaRN.
 * Anything else is refused by name.
 *
 * A model is read only: many sessions (session.h) may compute with one.
 *
 *     TW_TRY(tw_model_open(&m, gguf, be, err));
 *     TW_TRY(tw_session_new(&s, m, n_prefix, n_seqs, n_tail, err));
 */
#ifndef TW_LLM_MODEL_H
#define TW_LLM_MODEL_H

#include "base/status.h"
#include "gguf/gguf.h"
#include "kern/backend.h"

#include <stddef.h>

/* The sizes, and the letters that stand for them in the shapes of comments. */
struct tw_model_shape {
    size_t n_layers;   /* L */
    size_t d;          /* D: width of the residual stream */
    size_t n_heads;    /* H: of queries */
    size_t n_heads_kv; /* G: of keys and values; divides H */
    size_t head_dim;   /* N: even; H * N need not be D */
    size_t ff;         /* F: width of the feed-forward part */
    size_t n_vocab;    /* V */
    size_t context;    /* positions that the model was trained for */
    size_t window;     /* positions that a windowed layer sees; 0: no such */
    size_t n_params;
    float eps;         /* of the norms */
    float score_scale; /* of a query times a key */
    float score_cap;   /* s becomes cap * tanh(s / cap); 0: it stays */
    float logit_cap;   /* the same for logits */
};

struct tw_model;

/* f and be are borrowed and outlive the model. */
enum tw_status tw_model_open(struct tw_model **out, const struct tw_gguf *f,
                             struct tw_backend *be,
                             struct tw_err *err) TW_NODISCARD;
void tw_model_free(struct tw_model *m);
const struct tw_model_shape *tw_model_shape(const struct tw_model *m);
const char *tw_model_arch(const struct tw_model *m); /* its name */
const char *tw_model_type(const struct tw_model *m); /* of the matrices */

#endif /* TW_LLM_MODEL_H */
