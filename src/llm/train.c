/* train.c - the model as a graph, the loop over packed rows. */
#include "llm/train.h"

#include "base/clock.h"
#include "llm/train_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define MEMORY_MAX ((size_t)1 << 36)
#define NAME_MAX_  64

struct builder {
    struct tw_train *t;
    struct tw_graph *g;
    size_t layer;
};

static struct tw_tensor *matrix(struct builder *b, const char *part,
                                size_t rows, size_t cols, float std)
{
    char name[NAME_MAX_];

    snprintf(name, sizeof(name), "blk.%zu.%s.weight", b->layer, part);
    struct tw_param *p =
        tw_params_add(b->t->params, name, 2, (size_t[]){ rows, cols });
    if (p)
        tw_param_normal(p, std, b->t->c.seed);
    return p ? tw_graph_param(b->g, p) : NULL;
}

static struct tw_tensor *norm_weight(struct builder *b, const char *name)
{
    struct tw_param *p =
        tw_params_add(b->t->params, name, 1, (size_t[]){ b->t->c.d });

    if (p)
        tw_param_fill(p, 1.0f);
    return p ? tw_graph_param(b->g, p) : NULL;
}

static struct tw_tensor *layer_norm(struct builder *b, struct tw_tensor *x,
                                    const char *part)
{
    char name[NAME_MAX_];

    snprintf(name, sizeof(name), "blk.%zu.%s.weight", b->layer, part);
    return tw_op_rmsnorm(b->g, x, norm_weight(b, name), TW_TRAIN_EPS);
}

static struct tw_tensor *block(struct builder *b, struct tw_tensor *x)
{
    const struct tw_train_config *c = &b->t->c;
    struct tw_graph *g = b->g;
    size_t d = c->d, kv = d / c->n_heads * c->n_heads_kv;
    float std = sqrtf(2.0f / (5.0f * (float)d));
    float std_out = std / sqrtf(2.0f * (float)c->n_layers);

    struct tw_tensor *n = layer_norm(b, x, "attn_norm");
    struct tw_tensor *q =
        tw_op_linear(g, n, matrix(b, "attn_q", d, d, std), NULL);
    struct tw_tensor *k =
        tw_op_linear(g, n, matrix(b, "attn_k", kv, d, std), NULL);
    struct tw_tensor *v =
        tw_op_linear(g, n, matrix(b, "attn_v", kv, d, std), NULL);
    struct tw_tensor *a = tw_op_attention(
        g, q, k, v, b->t->segments, c->n_heads, c->n_heads_kv, c->rope_base);
    a = tw_op_linear(g, a, matrix(b, "attn_output", d, d, std_out), NULL);
    x = tw_op_add(g, x, a);

    n = layer_norm(b, x, "ffn_norm");
    struct tw_tensor *gate =
        tw_op_linear(g, n, matrix(b, "ffn_gate", c->ff, d, std), NULL);
    struct tw_tensor *up =
        tw_op_linear(g, n, matrix(b, "ffn_up", c->ff, d, std), NULL);
    struct tw_tensor *y = tw_op_swiglu(g, gate, up);
    y = tw_op_linear(g, y, matrix(b, "ffn_down", d, c->ff, std_out), NULL);
    return tw_op_add(g, x, y);
}

static enum tw_status build(struct tw_train *t, struct tw_err *err)
{
    const struct tw_train_config *c = &t->c;
    struct builder b = { .t = t, .g = t->g };
    size_t shape[] = { c->n_rows, c->T };

    struct tw_param *embed = tw_params_add(t->params, "token_embd.weight", 2,
                                           (size_t[]){ t->V, c->d });
    if (!embed)
        return tw_params_check(t->params, err);
    tw_param_normal(embed, 0.02f, c->seed);
    struct tw_tensor *table = tw_graph_param(t->g, embed);
    t->ids = tw_graph_input_ids(t->g, 2, shape);
    t->segments = tw_graph_input_ids(t->g, 2, shape);
    t->targets = tw_graph_input_ids(t->g, 2, shape);
    struct tw_tensor *x = tw_op_embed(t->g, table, t->ids);
    for (b.layer = 0; b.layer < c->n_layers; b.layer++)
        x = block(&b, x);
    x = tw_op_rmsnorm(t->g, x, norm_weight(&b, "output_norm.weight"),
                      TW_TRAIN_EPS);
    t->logits = tw_op_linear(t->g, x, table, NULL);
    t->loss = tw_op_cross_entropy(t->g, t->logits, t->targets);
    TW_TRY(tw_params_check(t->params, err));
    /* Micro-batches accumulate to a mean. */
    struct tw_tensor *share =
        tw_op_scale(t->g, t->loss, 1.0f / (float)c->accumulate, 0);
    if (t->logits)
        tw_graph_output(t->g, t->logits);
    if (t->loss)
        tw_graph_output(t->g, t->loss);
    TW_TRY(tw_graph_plan(t->g, share, err));
    TW_TRY(tw_adam_init(&t->adam, t->params, t->be, err));
    t->adam_ready = true;
    return TW_OK;
}

static float or_default(float v, float fallback)
{
    return v > 0 ? v : v < 0 ? 0 : fallback;
}

static enum tw_status check_config(struct tw_train_config *c,
                                   struct tw_err *err)
{
    if (!c->accumulate)
        c->accumulate = 1;
    if (!(c->rope_base > 0))
        c->rope_base = 10000;
    if (!c->n_heads_kv)
        c->n_heads_kv = c->n_heads;
    if (!c->n_layers || c->n_layers > 1024 || !c->d || !c->ff || !c->n_heads ||
        c->d % c->n_heads || c->d / c->n_heads % 2 ||
        c->n_heads % c->n_heads_kv)
        return tw_fail(err, TW_EINVAL, 0,
                       "bad model shape: %zu layers, d %zu, %zu heads, %zu kv "
                       "heads, ff %zu",
                       c->n_layers, c->d, c->n_heads, c->n_heads_kv, c->ff);
    if (!c->T || !c->n_rows || c->T > 1 << 20 || c->n_rows > 1 << 16)
        return tw_fail(err, TW_EINVAL, 0, "bad batch: %zu rows of %zu tokens",
                       c->n_rows, c->T);
    return TW_OK;
}

enum tw_status tw_train_new(struct tw_train **out,
                            const struct tw_train_config *c,
                            const struct tw_bpe *bpe, struct tw_backend *be,
                            struct tw_err *err)
{
    struct tw_train *t = calloc(1, sizeof(*t));

    *out = NULL;
    if (!t)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for training");
    if (!tw_bpe_is_writable(bpe)) {
        free(t);
        return tw_fail(err, TW_EINVAL, 0,
                       "training needs a byte-level BPE vocabulary");
    }
    t->c = *c;
    t->bpe = bpe;
    t->be = be;
    t->V = tw_bpe_count(bpe);
    t->loss_mean = t->loss_held = (double)NAN;
    enum tw_status st = check_config(&t->c, err);
    if (st == TW_OK)
        st = tw_params_new(&t->params, MEMORY_MAX, err);
    if (st == TW_OK)
        st = tw_graph_new(&t->g, be, MEMORY_MAX, err);
    if (st == TW_OK)
        st = build(t, err);
    if (st != TW_OK) {
        tw_train_free(t);
        return st;
    }
    t->adam.beta1 = 0.9f;
    t->adam.beta2 = or_default(c->beta2, 0.95f);
    t->adam.eps = 1e-8f;
    t->adam.weight_decay = or_default(c->weight_decay, 0.1f);
    t->adam.clip = or_default(c->clip, 1.0f);
    t->adam.ema_decay = c->ema;
    *out = t;
    return TW_OK;
}

void tw_train_free(struct tw_train *t)
{
    if (!t)
        return;
    if (t->adam_ready)
        tw_adam_release(&t->adam);
    tw_graph_free(t->g);
    tw_params_free(t->params);
    tw_train_data_release(&t->data);
    tw_train_data_release(&t->held);
    tw_train_rows_release(&t->rows);
    free(t);
}

enum tw_status tw_train_read(struct tw_train *t, const char *path,
                             struct tw_err *err)
{
    return tw_train_data_read(&t->data, &t->held, t->c.held_every, t->bpe, path,
                              t->c.T, err);
}

static struct tw_train_slot slot_at(const struct tw_train *t, size_t r)
{
    size_t at = r * t->c.T;

    return (struct tw_train_slot){ t->ids->ids + at, t->segments->ids + at,
                                   t->targets->ids + at, t->c.T,
                                   t->c.answer_only };
}

/* The next rows into the inputs; a new epoch when one is used up. */
static enum tw_status next_batch(struct tw_train *t, struct tw_err *err)
{
    for (size_t r = 0; r < t->c.n_rows; r++) {
        struct tw_train_slot slot = slot_at(t, r);

        if (!t->rows.order || t->row == t->rows.n) {
            t->epoch += t->rows.order != NULL;
            t->row = 0;
            tw_train_rows_release(&t->rows);
            TW_TRY(tw_train_pack(&t->rows, &t->data, t->c.T, t->c.seed,
                                 t->epoch, err));
        }
        (void)tw_train_fill(&slot, &t->data, &t->rows, t->row++);
    }
    return TW_OK;
}

static enum tw_status train_step(struct tw_train *t, struct tw_err *err)
{
    double loss = 0;
    float lr = tw_schedule_lr(t->c.schedule, t->step, t->c.warmup, t->c.steps,
                              t->c.lr, t->c.lr_floor);

    tw_params_zero_grad(t->params);
    tw_graph_seed(t->g, t->c.seed, t->step);
    for (size_t i = 0; i < t->c.accumulate; i++) {
        TW_TRY(next_batch(t, err));
        tw_graph_forward(t->g, true);
        tw_graph_backward(t->g);
        loss += (double)t->loss->data[0] / (double)t->c.accumulate;
    }
    float norm = tw_adam_step(&t->adam, lr);
    t->step++;
    if (!isfinite(norm))
        return tw_fail(err, TW_EINVAL, 0,
                       "the gradient is not finite at step %llu: lower the "
                       "learning rate",
                       (unsigned long long)t->step);
    t->loss_mean =
        isnan(t->loss_mean) ? loss : 0.95 * t->loss_mean + 0.05 * loss;
    return TW_OK;
}

static double speed(const struct tw_train *t)
{
    return t->seconds > 0 ? t->tokens / t->seconds : 0;
}

static bool report(const struct tw_train *t, const struct tw_progress *p)
{
    char text[128], held[32] = "";
    double per_step = (double)(t->c.n_rows * t->c.T * t->c.accumulate);
    double left =
        speed(t) > 0 ? (double)(t->c.steps - t->step) * per_step / speed(t) : 0;

    if (!isnan(t->loss_held))
        snprintf(held, sizeof(held), ", held out %.4f", t->loss_held);
    snprintf(text, sizeof(text), "loss %.4f%s, %.0f tokens/s, %.0f s left",
             t->loss_mean, held, speed(t), left);
    return tw_progress_step(p, "pretrain", (size_t)t->step, (size_t)t->c.steps,
                            text);
}

static bool due(const struct tw_train *t, uint64_t every)
{
    return t->step == t->c.steps || (every && t->step % every == 0);
}

enum tw_status tw_train_run(struct tw_train *t,
                            const struct tw_progress *progress,
                            struct tw_err *err)
{
    if (!t->data.n)
        return tw_fail(err, TW_EINVAL, 0,
                       "no documents to train on (%zu were longer than %zu "
                       "tokens)",
                       t->data.n_too_long, t->c.T);
    while (t->step < t->c.steps) {
        double start = tw_clock_mono();

        TW_TRY(train_step(t, err));
        t->seconds += tw_clock_mono() - start;
        t->tokens += (double)(t->c.n_rows * t->c.T * t->c.accumulate);
        if (due(t, t->c.eval_every))
            TW_TRY(tw_train_eval(t, &t->loss_held, err));
        bool go_on = report(t, progress);
        if (t->c.checkpoint && (due(t, t->c.save_every) || !go_on))
            TW_TRY(tw_train_save(t, t->c.checkpoint, err));
        if (!go_on)
            return tw_fail(err, TW_ECANCELED, 0, "stopped at step %llu",
                           (unsigned long long)t->step);
    }
    return TW_OK;
}

static enum tw_status eval_rows(struct tw_train *t,
                                const struct tw_train_rows *rows, double *loss)
{
    double sum = 0, count = 0;

    for (size_t r = 0; r < rows->n;) {
        size_t n_targets = 0;

        for (size_t i = 0; i < t->c.n_rows; i++) {
            struct tw_train_slot slot = slot_at(t, i);

            if (r < rows->n)
                n_targets += tw_train_fill(&slot, &t->held, rows, r++);
            else
                for (size_t k = 0; k < t->c.T; k++)
                    slot.targets[k] = -1;
        }
        tw_graph_forward(t->g, false);
        if (n_targets)
            sum += (double)t->loss->data[0] * (double)n_targets;
        count += (double)n_targets;
    }
    *loss = count > 0 ? sum / count : (double)NAN;
    return TW_OK;
}

enum tw_status tw_train_eval(struct tw_train *t, double *loss,
                             struct tw_err *err)
{
    struct tw_train_rows rows;

    TW_TRY(tw_train_pack(&rows, &t->held, t->c.T, 0, UINT64_MAX, err));
    if (t->c.ema > 0 && t->step)
        tw_adam_swap_ema(&t->adam);
    enum tw_status st = eval_rows(t, &rows, loss);
    if (t->c.ema > 0 && t->step)
        tw_adam_swap_ema(&t->adam);
    tw_train_rows_release(&rows);
    return st;
}

enum tw_status tw_train_logits(struct tw_train *t, const int32_t *ids, size_t n,
                               float *logits, struct tw_err *err)
{
    size_t all = t->c.n_rows * t->c.T;

    if (n > t->c.T)
        return tw_fail(err, TW_ELIMIT, 0, "text of %zu tokens exceeds %zu", n,
                       t->c.T);
    for (size_t i = 0; i < all; i++) {
        t->ids->ids[i] = i < n ? ids[i] : 0;
        t->segments->ids[i] = i < n ? 0 : 1 + (int32_t)i;
        t->targets->ids[i] = i ? -1 : 0;
    }
    tw_graph_forward(t->g, false);
    memcpy(logits, t->logits->data, n * t->V * sizeof(*logits));
    return TW_OK;
}

struct tw_train_stats tw_train_stats(const struct tw_train *t)
{
    return (struct tw_train_stats){ .step = t->step,
                                    .n_params = tw_params_elements(t->params),
                                    .loss = t->loss_mean,
                                    .loss_held = t->loss_held,
                                    .tokens_per_s = speed(t),
                                    .n_docs = t->data.n,
                                    .n_held = t->held.n,
                                    .n_too_long = t->data.n_too_long +
                                                  t->held.n_too_long };
}
