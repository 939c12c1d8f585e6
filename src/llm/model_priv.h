/*
 * model_priv.h - weights as session.c sees them.
 */
#ifndef TW_LLM_MODEL_PRIV_H
#define TW_LLM_MODEL_PRIV_H

#include "base/arena.h"
#include "llm/model.h"

/* A matrix (rows, cols) as it stands in the file, or as float32. */
struct tw_weight {
    const void *data;
    uint32_t type; /* F32, F16 or Q8_0 */
    size_t rows, cols, row_size;
};

struct tw_model_layer {
    const float *attn_norm, *ffn_norm;
    struct tw_weight q, k, v, output, gate, up, down;
    const float *bias_q, *bias_k, *bias_v; /* NULL: none */
};

struct tw_model {
    struct tw_arena arena;
    struct tw_backend *be;
    struct tw_model_shape shape;
    const char *arch;
    struct tw_weight embed, head;
    const float *norm;
    const float *rope_factors; /* head_dim / 2, or NULL */
    struct tw_model_layer *layers;
};

#endif /* TW_LLM_MODEL_PRIV_H */
