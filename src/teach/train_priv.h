/*
 * train_priv.h - the state of a run, for train.c and train_file.c.
 *
 * Letters of shapes: n rows of a micro-batch, T positions of a row, D width, V
 * tokens of the vocabulary, P places for targets (n_picks).
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
    struct tw_graph *g;         /* NULL until the data are known */
    struct tw_tensor *ids;      /* (n, T): tokens */
    struct tw_tensor *segments; /* (n, T): who sees whom */
    struct tw_tensor *logits;   /* (P, V) */
    struct tw_tensor *loss;     /* (1): the mean over the targets */
    /* The positions that have a loss and their targets: only these go through
     * the last feed-forward part and the head. */
    struct tw_tensor *picks;   /* (P): of n * T; NULL: all positions */
    struct tw_tensor *targets; /* (P): tokens, or -1 */
    size_t n_picks;            /* P */
    int32_t *row_targets;      /* (T): of one row, before they are picked */
    struct tw_adam adam;
    bool adam_ready;           /* it has to be released */
    struct tw_train_data data; /* to train on */
    struct tw_train_data held; /* to evaluate with */
    struct tw_train_rows rows; /* of the epoch */
    uint64_t epoch;
    size_t row; /* next one of the epoch */
    uint64_t step;
    double loss_mean; /* of the last steps; NaN before the first */
    double loss_held; /* NaN before the first evaluation */
    double seconds;   /* of this process */
    double tokens;    /* of this process */
};

#define TW_TRAIN_EPS 1e-5f

#endif /* TW_TEACH_TRAIN_PRIV_H */
