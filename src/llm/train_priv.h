/*
 * train_priv.h - the state of a run, for train.c and train_file.c.
 */
#ifndef TW_LLM_TRAIN_PRIV_H
#define TW_LLM_TRAIN_PRIV_H

#include "llm/train.h"
#include "llm/train_data.h"
#include "tensor/ops.h"

struct tw_train {
    struct tw_train_config c;
    const struct tw_bpe *bpe; /* borrowed */
    struct tw_backend *be;    /* borrowed */
    size_t V;
    struct tw_params *params;
    struct tw_graph *g;
    struct tw_tensor *ids, *segments, *targets, *logits, *loss;
    struct tw_adam adam;
    bool adam_ready;
    struct tw_train_data data, held;
    struct tw_train_rows rows; /* of the epoch */
    uint64_t epoch;
    size_t row; /* next one of the epoch */
    uint64_t step;
    double loss_mean, loss_held;
    double seconds, tokens; /* of this process */
};

#define TW_TRAIN_EPS 1e-5f

#endif /* TW_LLM_TRAIN_PRIV_H */
