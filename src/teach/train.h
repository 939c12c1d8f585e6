/*
 * train.h - train small llama-type models from scratch, or go on with one.
 *
 *     struct tw_train *t;
 *     TW_TRY(tw_train_new(&t, &config, vocab, be, err));
 *     TW_TRY(tw_train_read(t, "tasks.jsonl", err));
 *     TW_TRY(tw_train_resume(t, "run.ckpt.gguf", err));     (if it exists)
 *     TW_TRY(tw_train_run(t, progress, err));
 *     TW_TRY(tw_train_export(t, "model.gguf", TW_GGML_Q8_0, err));
 *
 * Same seed, data, configuration and CPU level: the same bytes, for any number
 * of threads, and also when the run was interrupted and resumed.
 */
#ifndef TW_TEACH_TRAIN_H
#define TW_TEACH_TRAIN_H

#include "base/progress.h"
#include "base/status.h"
#include "gguf/gguf.h"
#include "kern/backend.h"
#include "llm/vocab.h"
#include "tensor/optim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_train_config {
    size_t n_layers, d, n_heads, n_heads_kv, ff;
    size_t T;          /* positions of a row, the context of the model */
    size_t n_rows;     /* rows of a micro-batch */
    size_t accumulate; /* micro-batches of a step; 0 means 1 */
    uint64_t steps;
    uint64_t warmup;
    enum tw_schedule schedule;
    float lr, lr_floor;              /* floor as a share of lr */
    float weight_decay, clip, beta2; /* 0: 0.1, 1.0, 0.95; negative: none */
    float ema;                       /* decay of averaged weights; 0: none */
    float rope_base;                 /* 0: 10000 */
    uint64_t seed;
    bool answer_only;       /* no loss on prompts */
    size_t held_every;      /* every n-th line is held out; 0: none */
    uint64_t eval_every;    /* steps; 0: only at the end */
    uint64_t save_every;    /* steps; 0: only at the end */
    const char *checkpoint; /* path, or NULL: none is written */
    const char *name;       /* general.name of exports; NULL: "trialwright" */
};

struct tw_train_stats {
    uint64_t step;
    size_t n_params;
    double loss;         /* mean of the last steps */
    double loss_held;    /* NaN before the first evaluation */
    double tokens_per_s; /* positions, padding included */
    size_t n_docs, n_held, n_too_long;
};

struct tw_train;

/* vocab and be are borrowed and outlive t. */
enum tw_status tw_train_new(struct tw_train **t,
                            const struct tw_train_config *c,
                            const struct tw_vocab *vocab, struct tw_backend *be,
                            struct tw_err *err) TW_NODISCARD;
void tw_train_free(struct tw_train *t);
/* Add the documents of a JSONL file: {"prompt":..,"answer":..} per line. */
enum tw_status tw_train_read(struct tw_train *t, const char *path,
                             struct tw_err *err) TW_NODISCARD;
/* Start from the weights of a model of the same shape. */
enum tw_status tw_train_load(struct tw_train *t, const struct tw_gguf *f,
                             struct tw_err *err) TW_NODISCARD;
/* Go on from a checkpoint of the same configuration and data. */
enum tw_status tw_train_resume(struct tw_train *t, const char *path,
                               struct tw_err *err) TW_NODISCARD;
/* Up to config.steps.  When progress asks for a stop, the checkpoint is
 * written and the result is TW_ECANCELED. */
enum tw_status tw_train_run(struct tw_train *t,
                            const struct tw_progress *progress,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_train_save(struct tw_train *t, const char *path,
                             struct tw_err *err) TW_NODISCARD;
/* The model (averaged weights when ema is on) as F32, F16 or Q8_0. */
enum tw_status tw_train_export(struct tw_train *t, const char *path,
                               enum tw_ggml_type type,
                               struct tw_err *err) TW_NODISCARD;
/* Mean loss of the held-out documents; NaN when there are none. */
enum tw_status tw_train_eval(struct tw_train *t, double *loss,
                             struct tw_err *err) TW_NODISCARD;
struct tw_train_stats tw_train_stats(const struct tw_train *t);
/* Logits (n, n_vocab) of a text of at most T tokens by the training graph. */
enum tw_status tw_train_logits(struct tw_train *t, const int32_t *ids, size_t n,
                               float *logits, struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEACH_TRAIN_H */
