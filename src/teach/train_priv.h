/*
 * train_priv.h - the state of a run, for train.c and train_file.c.
 */
#ifndef TW_TEACH_TRAIN_PRIV_H
#define TW_TEACH_TRAIN_PRIV_H

#include "teach/train.h"
#include "teach/train_data.h"
#include "tensor/ops.h"

struct tw_train {
    struct tw_train_config c;
    const struct tw_vocab *vocab; /* borrowed */
    struct tw_backend *be;        /* borrowed */
    size_t V;
    struct tw_params *params;
    struct tw_graph *g; /* NULL until the data are known */
    struct tw_tensor *ids, *segments, *logits, *loss;
    /* The positions that have a loss, n_picks at most, and their targets:
     * only these go through the last feed-forward part and the head. */
    struct tw_tensor *picks, *targets;
    size_t n_picks;
    int32_t *row_targets; /* T: of one row, before they are picked */
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

#endif /* TW_TEACH_TRAIN_PRIV_H */
