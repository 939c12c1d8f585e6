/*
 * model_priv.h - weights as session.c sees them.
 */
#ifndef TW_LLM_MODEL_PRIV_H
#define TW_LLM_MODEL_PRIV_H

#include "base/arena.h"
#include "kern/matmul_rows.h"
#include "llm/model.h"

struct tw_model_layer {
    const float *attn_norm, *ffn_norm;
    struct tw_weights q, k, v, output, gate, up, down;
    const float *bias_q, *bias_k, *bias_v; /* NULL: none */
};

struct tw_model {
    struct tw_arena arena;
    struct tw_backend *be;
    struct tw_model_shape shape;
    const char *arch;
    const char *type; /* of the matrices in the file */
    struct tw_weights embed, head;
    const float *norm;
    const float *rope_factors; /* head_dim / 2, or NULL */
    struct tw_model_layer *layers;
};

#endif /* TW_LLM_MODEL_PRIV_H */
