/* train.c - the model as a graph, the loop over packed rows. */
#include "teach/train.h"

#include "base/clock.h"
#include "teach/train_priv.h"

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

static void layer_name(char name[NAME_MAX_], size_t layer, const char *part)
{
    snprintf(name, NAME_MAX_, "blk.%zu.%s.weight", layer, part);
}

static void add_matrix(struct tw_train *t, const char *name, size_t rows,
                       size_t cols, float std)
{
    struct tw_param *p =
        tw_params_add(t->params, name, 2, (size_t[]){ rows, cols });

    if (p)
        tw_param_normal(p, std, t->c.seed);
}

static void add_norm(struct tw_train *t, const char *name)
{
    struct tw_param *p =
        tw_params_add(t->params, name, 1, (size_t[]){ t->c.d });

    if (p)
        tw_param_fill(p, 1.0f);
}

static void add_layer(struct tw_train *t, size_t layer)
{
    const struct tw_train_config *c = &t->c;
    size_t d = c->d, kv = d / c->n_heads * c->n_heads_kv;
    float std = sqrtf(2.0f / (5.0f * (float)d));
    float std_out = std / sqrtf(2.0f * (float)c->n_layers);
    const struct {
        const char *part;
        size_t rows, cols; /* cols 0: a norm */
        float std;
    } PARTS[] = {
        { "attn_norm", d, 0, 0 },          { "attn_q", d, d, std },
        { "attn_k", kv, d, std },          { "attn_v", kv, d, std },
        { "attn_output", d, d, std_out },  { "ffn_norm", d, 0, 0 },
        { "ffn_gate", c->ff, d, std },     { "ffn_up", c->ff, d, std },
        { "ffn_down", d, c->ff, std_out },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(PARTS); i++) {
        char name[NAME_MAX_];

        layer_name(name, layer, PARTS[i].part);
        if (PARTS[i].cols)
            add_matrix(t, name, PARTS[i].rows, PARTS[i].cols, PARTS[i].std);
        else
            add_norm(t, name);
    }
}

static enum tw_status add_params(struct tw_train *t, struct tw_err *err)
{
    add_matrix(t, "token_embd.weight", t->V, t->c.d, 0.02f);
    for (size_t i = 0; i < t->c.n_layers; i++)
        add_layer(t, i);
    add_norm(t, "output_norm.weight");
    return tw_params_check(t->params, err);
}

static struct tw_tensor *param(const struct builder *b, const char *name)
{
    return tw_graph_param(b->g, tw_params_get(b->t->params, name));
}

static struct tw_tensor *linear(const struct builder *b, struct tw_tensor *x,
                                const char *part)
{
    char name[NAME_MAX_];

    layer_name(name, b->layer, part);
    return tw_op_linear(b->g, x, param(b, name), NULL);
}

static struct tw_tensor *norm(const struct builder *b, struct tw_tensor *x,
                              const char *part)
{
    char name[NAME_MAX_];

    layer_name(name, b->layer, part);
    return tw_op_rmsnorm(b->g, x, param(b, name), TW_TRAIN_EPS);
}

/* The picked positions of x (rows, T, d): (n_picks, d). */
static struct tw_tensor *pick(const struct builder *b, struct tw_tensor *x)
{
    const struct tw_train *t = b->t;
    size_t shape[] = { t->c.n_rows * t->c.T, t->c.d };

    return tw_op_embed(b->g, tw_op_reshape(b->g, x, 2, shape), t->picks);
}

static struct tw_tensor *block(const struct builder *b, struct tw_tensor *x)
{
    const struct tw_train *t = b->t;
    const struct tw_train_config *c = &t->c;
    struct tw_graph *g = b->g;
    struct tw_tensor *n = norm(b, x, "attn_norm");
    struct tw_tensor *a =
        tw_op_attention(g, linear(b, n, "attn_q"), linear(b, n, "attn_k"),
                        linear(b, n, "attn_v"), t->segments, c->n_heads,
                        c->n_heads_kv, c->rope_base);

    /* Behind the last attention, positions no longer see each other. */
    if (b->layer + 1 == c->n_layers && t->picks) {
        a = pick(b, a);
        x = pick(b, x);
    }
    x = tw_op_add(g, x, linear(b, a, "attn_output"));
    n = norm(b, x, "ffn_norm");
    a = tw_op_swiglu(g, linear(b, n, "ffn_gate"), linear(b, n, "ffn_up"));
    return tw_op_add(g, x, linear(b, a, "ffn_down"));
}

/* Room for the targets of a micro-batch: all positions, or with loss on the
 * answers only their usual share and some more.  At least a row fits. */
static size_t count_picks(const struct tw_train *t)
{
    size_t all = t->c.n_rows * t->c.T, n_tokens = 0, n_targets = 0;

    if (!t->c.answer_only)
        return all;
    for (size_t i = 0; i < t->data.n; i++) {
        const struct tw_train_doc *doc = &t->data.docs[i];

        n_tokens += doc->n - 1;
        n_targets += doc->n - (doc->prompt ? doc->prompt : 1);
    }
    double share = n_tokens ? (double)n_targets / (double)n_tokens : 1;
    size_t n = (size_t)(1.15 * share * (double)all) / 64 * 64 + 64;
    n = n > t->c.T ? n : t->c.T;
    return n < all ? n : all;
}

static bool picks_all(const struct tw_train *t)
{
    return t->n_picks == t->c.n_rows * t->c.T;
}

static enum tw_status build(struct tw_train *t, struct tw_err *err)
{
    const struct tw_train_config *c = &t->c;
    struct builder b = { .t = t, .g = t->g };
    size_t shape[] = { c->n_rows, c->T };
    struct tw_tensor *table = param(&b, "token_embd.weight");

    t->n_picks = count_picks(t);
    t->ids = tw_graph_input_ids(t->g, 2, shape);
    t->segments = tw_graph_input_ids(t->g, 2, shape);
    if (!picks_all(t))
        t->picks = tw_graph_input_ids(t->g, 1, &t->n_picks);
    t->targets = tw_graph_input_ids(t->g, 1, &t->n_picks);
    struct tw_tensor *x = tw_op_embed(t->g, table, t->ids);
    for (b.layer = 0; b.layer < c->n_layers; b.layer++)
        x = block(&b, x);
    x = tw_op_rmsnorm(t->g, x, param(&b, "output_norm.weight"), TW_TRAIN_EPS);
    t->logits = tw_op_linear(t->g, x, table, NULL);
    if (picks_all(t) && t->logits)
        t->logits =
            tw_op_reshape(t->g, t->logits, 2, (size_t[]){ t->n_picks, t->V });
    t->loss = tw_op_cross_entropy(t->g, t->logits, t->targets);
    /* Micro-batches accumulate to a mean. */
    struct tw_tensor *share =
        tw_op_scale(t->g, t->loss, 1.0f / (float)c->accumulate, 0);
    if (t->logits)
        tw_graph_output(t->g, t->logits);
    if (t->loss)
        tw_graph_output(t->g, t->loss);
    return tw_graph_plan(t->g, share, err);
}

/* The graph, once the data are known. */
static enum tw_status need_graph(struct tw_train *t, struct tw_err *err)
{
    if (t->g)
        return TW_OK;
    TW_TRY(tw_graph_new(&t->g, t->be, MEMORY_MAX, err));
    enum tw_status st = build(t, err);
    if (st != TW_OK) {
        tw_graph_free(t->g);
        t->g = NULL;
    }
    return st;
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
                            const struct tw_vocab *vocab, struct tw_backend *be,
                            struct tw_err *err)
{
    struct tw_train *t = calloc(1, sizeof(*t));

    *out = NULL;
    if (!t)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for training");
    if (!tw_vocab_is_writable(vocab)) {
        free(t);
        return tw_fail(err, TW_EINVAL, 0,
                       "training needs a byte-level BPE vocabulary");
    }
    t->c = *c;
    t->vocab = vocab;
    t->be = be;
    t->V = tw_vocab_count(vocab);
    t->loss_mean = t->loss_held = (double)NAN;
    enum tw_status st = check_config(&t->c, err);
    if (st == TW_OK)
        st = tw_params_new(&t->params, MEMORY_MAX, err);
    if (st == TW_OK)
        st = add_params(t, err);
    if (st == TW_OK)
        st = tw_adam_init(&t->adam, t->params, be, err);
    t->adam_ready = st == TW_OK;
    if (st == TW_OK) {
        t->row_targets = calloc(t->c.T, sizeof(*t->row_targets));
        if (!t->row_targets)
            st = tw_fail(err, TW_ENOMEM, 0, "out of memory for training");
    }
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
    free(t->row_targets);
    free(t);
}

enum tw_status tw_train_read(struct tw_train *t, const char *path,
                             struct tw_err *err)
{
    return tw_train_data_read(&t->data, &t->held, t->c.held_every, t->vocab,
                              path, t->c.T, err);
}

/* The targets of row r, which starts at position `at`, to their places. */
static void place_targets(struct tw_train *t, size_t at, size_t *n_used)
{
    for (size_t i = 0; i < t->c.T; i++) {
        if (picks_all(t)) {
            t->targets->ids[at + i] = t->row_targets[i];
            *n_used += t->row_targets[i] >= 0;
        } else if (t->row_targets[i] >= 0) {
            t->picks->ids[*n_used] = (int32_t)(at + i);
            t->targets->ids[(*n_used)++] = t->row_targets[i];
        }
    }
}

/* Row r of a micro-batch: documents of row `from`, or padding when rows is
 * NULL.  False, and padding too, when its targets do not fit behind the
 * n_used there are. */
static bool fill_row(struct tw_train *t, const struct tw_train_data *d,
                     const struct tw_train_rows *rows, size_t from, size_t r,
                     size_t *n_used)
{
    size_t at = r * t->c.T, n = 0;
    struct tw_train_slot slot = { t->ids->ids + at, t->segments->ids + at,
                                  t->row_targets, t->c.T, t->c.answer_only };

    if (rows)
        n = tw_train_fill(&slot, d, rows, from);
    bool fits = n <= t->n_picks - *n_used;
    for (size_t i = 0; (!rows || !fits) && i < t->c.T; i++) {
        slot.ids[i] = 0;
        slot.segments[i] = (int32_t)i;
        slot.targets[i] = -1;
    }
    place_targets(t, at, n_used);
    return fits;
}

static void fill_unused(struct tw_train *t, size_t n_used)
{
    for (; !picks_all(t) && n_used < t->n_picks; n_used++) {
        t->picks->ids[n_used] = 0;
        t->targets->ids[n_used] = -1;
    }
}

/* The next rows into the inputs; a new epoch when one is used up.  A row
 * whose targets do not fit waits for the next micro-batch. */
static enum tw_status next_batch(struct tw_train *t, struct tw_err *err)
{
    size_t n_used = 0;
    bool full = false;

    for (size_t r = 0; r < t->c.n_rows; r++) {
        if (!t->rows.order || t->row == t->rows.n) {
            t->epoch += t->rows.order != NULL;
            t->row = 0;
            tw_train_rows_release(&t->rows);
            TW_TRY(tw_train_pack(&t->rows, &t->data, t->c.T, t->c.seed,
                                 t->epoch, err));
        }
        if (fill_row(t, &t->data, full ? NULL : &t->rows, t->row, r, &n_used))
            t->row += !full;
        else
            full = true;
    }
    fill_unused(t, n_used);
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
    TW_TRY(need_graph(t, err));
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

static double eval_rows(struct tw_train *t, const struct tw_train_rows *rows)
{
    double sum = 0, count = 0;

    for (size_t from = 0; from < rows->n;) {
        size_t n_used = 0;
        bool full = false;

        for (size_t r = 0; r < t->c.n_rows; r++) {
            full = full || from == rows->n;
            if (fill_row(t, &t->held, full ? NULL : rows, from, r, &n_used))
                from += !full;
            else
                full = true;
        }
        fill_unused(t, n_used);
        tw_graph_forward(t->g, false);
        if (n_used)
            sum += (double)t->loss->data[0] * (double)n_used;
        count += (double)n_used;
    }
    return count > 0 ? sum / count : (double)NAN;
}

enum tw_status tw_train_eval(struct tw_train *t, double *loss,
                             struct tw_err *err)
{
    struct tw_train_rows rows;

    TW_TRY(need_graph(t, err));
    TW_TRY(tw_train_pack(&rows, &t->held, t->c.T, 0, UINT64_MAX, err));
    if (t->c.ema > 0 && t->step)
        tw_adam_swap_ema(&t->adam);
    *loss = eval_rows(t, &rows);
    if (t->c.ema > 0 && t->step)
        tw_adam_swap_ema(&t->adam);
    tw_train_rows_release(&rows);
    return TW_OK;
}

enum tw_status tw_train_logits(struct tw_train *t, const int32_t *ids, size_t n,
                               float *logits, struct tw_err *err)
{
    size_t all = t->c.n_rows * t->c.T;

    if (n > t->c.T)
        return tw_fail(err, TW_ELIMIT, 0, "text of %zu tokens exceeds %zu", n,
                       t->c.T);
    TW_TRY(need_graph(t, err));
    for (size_t i = 0; i < all; i++) {
        t->ids->ids[i] = i < n ? ids[i] : 0;
        t->segments->ids[i] = i < n ? 0 : 1 + (int32_t)i;
    }
    for (size_t i = 0; i < t->n_picks; i++) {
        if (t->picks)
            t->picks->ids[i] = (int32_t)i;
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
