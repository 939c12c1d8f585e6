/*
 * model_priv.h - weights as the forward pass sees them.
 *
 * Shapes have the letters of model.h: L layers, D width, H heads of queries, G
 * of keys and values, N values of a head, F feed-forward width, V tokens.  A
 * matrix (rows, columns) gives one value a row.
 */
#ifndef TW_LLM_MODEL_PRIV_H
#define TW_LLM_MODEL_PRIV_H

#include "base/arena.h"
#include "kern/matmul_rows.h"
#include "llm/arch.h"
#include "llm/model.h"

struct tw_model_layer {
    const float *attn_norm;   /* (D) */
    struct tw_weights q;      /* (H * N, D) */
    struct tw_weights k;      /* (G * N, D) */
    struct tw_weights v;      /* (G * N, D) */
    const float *bias_q;      /* (H * N), or NULL: none */
    const float *bias_k;      /* (G * N), or NULL */
    const float *bias_v;      /* (G * N), or NULL */
    const float *q_norm;      /* (N): of each head; with arch->qk_norm */
    const float *k_norm;      /* (N): of each head; with arch->qk_norm */
    struct tw_weights output; /* (D, H * N) */
    const float *attn_post;   /* (D): with arch->post_norm */
    const float *ffn_norm;    /* (D) */
    struct tw_weights gate;   /* (F, D) */
    struct tw_weights up;     /* (F, D) */
    struct tw_weights down;   /* (D, F) */
    const float *ffn_post;    /* (D): with arch->post_norm */
};

struct tw_model {
    struct tw_arena arena;      /* holds layers and what was unpacked */
    const struct tw_gguf *file; /* borrowed: where the weights lie */
    struct tw_backend *be;      /* borrowed */
    const struct tw_arch *arch;
    struct tw_model_shape shape;
    const char *type;          /* of the matrices in the file */
    struct tw_weights embed;   /* (V, D) */
    struct tw_weights head;    /* (V, D): embed where the file has no other */
    const float *norm;         /* (D): before the head */
    const float *rope_factors; /* (N / 2): angles are divided, or NULL */
    struct tw_model_layer *layers; /* (L) */
};

bool tw_model_is_finite(const float *x, size_t n);

/* After a step that gave n rows of logits: was the whole file there, and is
 * every logit a finite number?  Else the file, or the tensor, is named. */
enum tw_status tw_model_check(const struct tw_model *m, const float *logits,
                              size_t n, struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_MODEL_PRIV_H */
