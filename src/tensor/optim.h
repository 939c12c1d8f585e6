/*
 * optim.h - Adam and AdamW (Kingma & Ba 2014; Loshchilov & Hutter 2017), EMA of
 * weights, clipping by global norm, learning-rate schedules.
 */
#ifndef TW_TENSOR_OPTIM_H
#define TW_TENSOR_OPTIM_H

#include "tensor/tensor.h"

struct tw_adam {
    struct tw_params *params; /* borrowed */
    struct tw_backend *be;    /* borrowed */
    float beta1, beta2, eps;
    float weight_decay; /* decoupled; 0 gives Adam */
    float clip;         /* bound of the global gradient norm; 0: none */
    float ema_decay;    /* 0: no average */
    uint64_t step;
    /* (tw_params_elements()), owned: all trained parameters one after the other
     * in the order of the set. */
    float *m, *v, *ema;
};

/* Defaults: beta1 0.9, beta2 0.999, eps 1e-8, no decay, clip or average; set
 * the fields afterwards.  Parameters must not be added later. */
enum tw_status tw_adam_init(struct tw_adam *o, struct tw_params *params,
                            struct tw_backend *be,
                            struct tw_err *err) TW_NODISCARD;
void tw_adam_release(struct tw_adam *o);
/* Update every trained parameter from its grad.  Returns the gradient norm
 * before clipping; when it is not finite nothing is changed. */
float tw_adam_step(struct tw_adam *o, float lr);
/* Exchange weights and their average (call twice to restore); nothing happens
 * without an average or before the first step. */
void tw_adam_swap_ema(struct tw_adam *o);

enum tw_schedule { TW_SCHEDULE_CONSTANT, TW_SCHEDULE_COSINE, TW_SCHEDULE_WSD };
/* Linear warm-up, then: constant; cosine to floor * peak at total; or constant
 * and a linear decay to floor * peak over the last fifth. */
float tw_schedule_lr(enum tw_schedule kind, uint64_t step, uint64_t warmup,
                     uint64_t total, float peak, float floor);

#endif /* TW_TENSOR_OPTIM_H */
