#include "tensor/optim.h"

#include "base/fault.h"
#include "kern/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PI 3.14159265358979323846

enum { GRAIN = 8192, CHUNK = 4096 };

enum tw_status tw_adam_init(struct tw_adam *o, struct tw_params *params,
                            struct tw_backend *be, struct tw_err *err)
{
    size_t n = tw_params_elements(params);

    *o = (struct tw_adam){
        .params = params, .be = be, .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f
    };
    TW_TRY(tw_params_check(params, err));
    o->m = tw_mem_zeroed(n + 1, sizeof(float));
    o->v = tw_mem_zeroed(n + 1, sizeof(float));
    o->ema = tw_mem_zeroed(n + 1, sizeof(float));
    if (!o->m || !o->v || !o->ema) {
        tw_adam_release(o);
        return tw_fail(err, TW_ENOMEM, 0, "no memory for the optimiser");
    }
    return TW_OK;
}

void tw_adam_release(struct tw_adam *o)
{
    free(o->m);
    free(o->v);
    free(o->ema);
    o->m = o->v = o->ema = NULL;
}

/* Sum of squares by chunks of fixed size: float lanes inside, double across,
 * in order, so that it does not depend on threads. */
static double grad_square(const struct tw_adam *o)
{
    const struct tw_vec *vec = tw_vec_get(o->be->level);
    double sum = 0.0;

    for (size_t i = 0; i < tw_params_count(o->params); i++) {
        const struct tw_param *p = tw_params_at(o->params, i);

        for (size_t at = 0; p->grad && at < p->n; at += CHUNK) {
            size_t len = p->n - at < CHUNK ? p->n - at : CHUNK;

            sum += (double)vec->dot(p->grad + at, p->grad + at, len);
        }
    }
    return sum;
}

struct update {
    const struct tw_adam *o;
    const struct tw_param *p;
    const struct tw_vec *vec;
    struct tw_vec_adam args;
    size_t at; /* of the parameter in m, v, ema */
};

static void update_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct update *u = ctx;
    const struct tw_adam *o = u->o;
    size_t at = u->at + first, n = last - first;

    (void)worker;
    u->vec->adam(u->p->data + first, o->m + at, o->v + at, u->p->grad + first,
                 &u->args, n);
    if (o->ema_decay > 0.0f) { /* the average starts at the first weights */
        float d = o->step == 1 ? 0.0f : o->ema_decay;

        u->vec->scale(o->ema + at, o->ema + at, d, 0.0f, n, false);
        u->vec->scale(o->ema + at, u->p->data + first, 1.0f - d, 0.0f, n, true);
    }
}

float tw_adam_step(struct tw_adam *o, float lr)
{
    double norm = sqrt(grad_square(o));
    struct update u = { .o = o, .vec = tw_vec_get(o->be->level) };
    float shrink = 1.0f;

    if (!isfinite(norm))
        return (float)norm;
    if (o->clip > 0.0f && norm > (double)o->clip)
        shrink = (float)((double)o->clip / norm);
    o->step++;
    u.args = (struct tw_vec_adam){
        .lr = lr,
        .beta1 = o->beta1,
        .beta2 = o->beta2,
        .eps = o->eps,
        .fix1 = (float)(1.0 / (1.0 - pow((double)o->beta1, (double)o->step))),
        .fix2 = (float)(1.0 / (1.0 - pow((double)o->beta2, (double)o->step))),
        .grad_scale = shrink,
    };
    for (size_t i = 0; i < tw_params_count(o->params); i++) {
        u.p = tw_params_at(o->params, i);
        if (!u.p->grad)
            continue;
        u.args.decay = u.p->decayed ? lr * o->weight_decay : 0.0f;
        tw_pool_run(o->be->pool, u.p->n, GRAIN, update_part, &u);
        u.at += u.p->n;
    }
    TW_ASSERT(u.at == tw_params_elements(o->params));
    return (float)norm;
}

void tw_adam_swap_ema(struct tw_adam *o)
{
    size_t at = 0;

    if (o->ema_decay <= 0.0f || o->step == 0)
        return;
    for (size_t i = 0; i < tw_params_count(o->params); i++) {
        const struct tw_param *p = tw_params_at(o->params, i);

        for (size_t k = 0; p->grad && k < p->n; k++) {
            float t = p->data[k];

            p->data[k] = o->ema[at + k];
            o->ema[at + k] = t;
        }
        at += p->grad ? p->n : 0;
    }
}

float tw_schedule_lr(enum tw_schedule kind, uint64_t step, uint64_t warmup,
                     uint64_t total, float peak, float floor)
{
    double done, left;

    if (step < warmup)
        return peak * (float)((double)(step + 1) / (double)warmup);
    if (kind == TW_SCHEDULE_CONSTANT)
        return peak;
    if (kind == TW_SCHEDULE_WSD)
        warmup = total - total / 5 > warmup ? total - total / 5 : warmup;
    if (step < warmup)
        return peak;
    done = total > warmup ? (double)(step - warmup) / (double)(total - warmup)
                          : 1.0;
    if (done > 1.0)
        done = 1.0;
    left =
        kind == TW_SCHEDULE_COSINE ? 0.5 * (1.0 + cos(PI * done)) : 1.0 - done;
    return peak * (float)((double)floor + (1.0 - (double)floor) * left);
}
