/*
 * train.c - the model as a graph, and the loop over packed rows.
 *
 * The graph is the transformer of llm/forward.c with documents side by side in
 * a row: attention stays inside of a segment, so a document is trained as if it
 * stood alone.  Letters of shapes: n rows of a micro-batch, T positions, D
 * width, V tokens, P picked positions.
 */
#include "teach/train.h"

#include "base/clock.h"
#include "base/fault.h"
#include "teach/train_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define MEMORY_MAX ((size_t)1 << 36)
#define NAME_MAX_  64

/* The graph while it is built; tensors are NULL behind the first failure, and
 * tw_graph_plan() reports it. */
struct builder {
    struct tw_train *t; /* borrowed */
    struct tw_graph *g; /* borrowed */
    size_t layer;
};

/* "blk.3.attn_q.weight" */
static void layer_name(char name[NAME_MAX_], size_t layer, const char *part)
{
    snprintf(name, NAME_MAX_, "blk.%zu.%s.weight", layer, part);
}

/* (rows, cols), normal with deviation std.  A failure shows when the
 * parameters are checked. */
static void add_matrix(struct tw_train *t, const char *name, size_t rows,
                       size_t cols, float std)
{
    struct tw_param *p =
        tw_params_add(t->params, name, 2, (size_t[]){ rows, cols });

    if (p)
        tw_param_normal(p, std, t->c.seed);
}

/* (D), all 1. */
static void add_norm(struct tw_train *t, const char *name)
{
    struct tw_param *p =
        tw_params_add(t->params, name, 1, (size_t[]){ t->c.d });

    if (p)
        tw_param_fill(p, 1.0f);
}

/* Deviations: sqrt(2 / (5 D)) (Nguyen and Salazar 2019, "Transformers without
 * Tears"), and smaller by sqrt(2 L) for the two matrices of each of L layers
 * that add to the residual stream (Radford et al. 2019, GPT-2). */
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

/* Names are those of a GGUF file: an export writes them as they are. */
static enum tw_status add_params(struct tw_train *t, struct tw_err *err)
{
    add_matrix(t, "token_embd.weight", t->V, t->c.d, 0.02f);
    for (size_t i = 0; i < t->c.n_layers; i++)
        add_layer(t, i);
    add_norm(t, "output_norm.weight");
    return tw_params_check(t->params, err);
}

/* A node of the graph; the parameter is that of the run. */
static struct tw_tensor *param(const struct builder *b, const char *name)
{
    return tw_graph_param(b->g, tw_params_get(b->t->params, name));
}

/* x (.., inputs) times the matrix of this layer, transposed. */
static struct tw_tensor *linear(const struct builder *b, struct tw_tensor *x,
                                const char *part)
{
    char name[NAME_MAX_];

    layer_name(name, b->layer, part);
    return tw_op_linear(b->g, x, param(b, name), NULL);
}

/* RMS norm with the weights of this layer. */
static struct tw_tensor *norm(const struct builder *b, struct tw_tensor *x,
                              const char *part)
{
    char name[NAME_MAX_];

    layer_name(name, b->layer, part);
    return tw_op_rmsnorm(b->g, x, param(b, name), TW_TRAIN_EPS);
}

/* The picked positions of x (n, T, D): (P, D). */
static struct tw_tensor *pick(const struct builder *b, struct tw_tensor *x)
{
    const struct tw_train *t = b->t;
    size_t shape[] = { t->c.n_rows * t->c.T, t->c.d };

    return tw_op_embed(b->g, tw_op_reshape(b->g, x, 2, shape), t->picks);
}

/* One layer: x (n, T, D) to the same, or to (P, D) in the last one. */
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

/* The first token that is a target: the one behind the prompt, which is never
 * the very first of a document, for nothing stands before it. */
static size_t first_answer(const struct tw_train_doc *doc)
{
    if (!doc->prompt)
        return 1;
    return doc->prompt;
}

/* Room for the targets of a micro-batch: all positions, or with loss on the
 * answers only their usual share and some more.  At least a row fits. */
static size_t count_picks(const struct tw_train *t)
{
    size_t all = t->c.n_rows * t->c.T, n_tokens = 0, n_targets = 0;
    double share = 1; /* of tokens that are targets */

    if (!t->c.answer_only)
        return all;
    for (size_t i = 0; i < t->data.n; i++) {
        const struct tw_train_doc *doc = &t->data.docs[i];

        n_tokens += doc->n - 1;
        n_targets += doc->n - first_answer(doc);
    }
    if (n_tokens)
        share = (double)n_targets / (double)n_tokens;
    size_t n = (size_t)(1.15 * share * (double)all) / 64 * 64 + 64;
    if (n < t->c.T)
        n = t->c.T;
    if (n > all)
        n = all;
    TW_ASSERT(n >= t->c.T && n <= all);
    return n;
}

/* Then picks is NULL and targets has a place for every position. */
static bool picks_all(const struct tw_train *t)
{
    return t->n_picks == t->c.n_rows * t->c.T;
}

/* Inputs, layers, loss; and the plan of their memory. */
static enum tw_status build(struct tw_train *t, struct tw_err *err)
{
    const struct tw_train_config *c = &t->c;
    struct builder b = { .t = t, .g = t->g };
    size_t shape[] = { c->n_rows, c->T };
    struct tw_tensor *table = param(&b, "token_embd.weight"); /* (V, D) */

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
    /* The head is the table: small models have no room for two. */
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

/* The graph, once the data are known: it depends on the share of answers in the
 * data (count_picks()). */
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

/* 0 means the usual value, a negative number means none. */
static float or_default(float v, float fallback)
{
    if (v > 0)
        return v;
    if (v < 0)
        return 0;
    return fallback;
}

/* The same rules as of llm/model.c, so that every export can be read. */
static bool is_shape(const struct tw_train_config *c)
{
    if (!c->n_layers || c->n_layers > 1024 || !c->d || !c->ff || !c->n_heads)
        return false;
    return c->d % c->n_heads == 0 && c->d / c->n_heads % 2 == 0 &&
           c->n_heads % c->n_heads_kv == 0;
}

/* Sets what has a default, refuses what no graph can be made of. */
static enum tw_status check_config(struct tw_train_config *c,
                                   struct tw_err *err)
{
    if (!c->accumulate)
        c->accumulate = 1;
    if (!(c->rope_base > 0))
        c->rope_base = 10000;
    if (!c->n_heads_kv)
        c->n_heads_kv = c->n_heads;
    if (!is_shape(c))
        return tw_fail(err, TW_EINVAL, 0,
                       "bad model shape: %zu layers, d %zu, %zu heads, %zu kv "
                       "heads, ff %zu",
                       c->n_layers, c->d, c->n_heads, c->n_heads_kv, c->ff);
    if (!c->T || !c->n_rows || c->T > 1 << 20 || c->n_rows > 1 << 16)
        return tw_fail(err, TW_EINVAL, 0, "bad batch: %zu rows of %zu tokens",
                       c->n_rows, c->T);
    return TW_OK;
}

/* Parameters and the optimiser; the graph comes with the data. */
enum tw_status tw_train_new(struct tw_train **out,
                            const struct tw_train_config *c,
                            const struct tw_vocab *vocab, struct tw_backend *be,
                            struct tw_err *err)
{
    struct tw_train *t = tw_mem_zeroed(1, sizeof(*t));

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
        t->row_targets = tw_mem_zeroed(t->c.T, sizeof(*t->row_targets));
        if (!t->row_targets)
            st = tw_fail(err, TW_ENOMEM, 0, "out of memory for training");
    }
    if (st != TW_OK) {
        tw_train_free(t);
        return st;
    }
    /* Betas, decay and clipping as for GPT-3 (Brown et al. 2020, appendix B).
     */
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
    if (t->adam_ready) /* else it was never filled in */
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
    size_t at = r * t->c.T, n = 0; /* targets of the row */
    struct tw_train_slot slot = { t->ids->ids + at, t->segments->ids + at,
                                  t->row_targets, t->c.T, t->c.answer_only };

    if (rows)
        n = tw_train_fill(&slot, d, rows, from);
    TW_ASSERT(*n_used <= t->n_picks && r < t->c.n_rows);
    bool fits = n <= t->n_picks - *n_used;
    for (size_t i = 0; (!rows || !fits) && i < t->c.T; i++) {
        slot.ids[i] = 0;
        slot.segments[i] = (int32_t)i;
        slot.targets[i] = -1;
    }
    place_targets(t, at, n_used);
    return fits;
}

/* Places without a target: they pick position 0 and have no loss. */
static void fill_unused(struct tw_train *t, size_t n_used)
{
    for (; !picks_all(t) && n_used < t->n_picks; n_used++) {
        t->picks->ids[n_used] = 0;
        t->targets->ids[n_used] = -1;
    }
}

static const struct tw_train_rows *rows_or_padding(
    const struct tw_train_rows *rows, bool full)
{
    if (full)
        return NULL;
    return rows;
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
        if (fill_row(t, &t->data, rows_or_padding(&t->rows, full), t->row, r,
                     &n_used))
            t->row += !full;
        else
            full = true;
    }
    fill_unused(t, n_used);
    return TW_OK;
}

/* One step of the optimiser over c.accumulate micro-batches. */
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
    float norm = tw_adam_step(&t->adam, lr); /* of the gradient */
    t->step++;
    if (!isfinite(norm))
        return tw_fail(err, TW_EINVAL, 0,
                       "the gradient is not finite at step %llu: lower the "
                       "learning rate",
                       (unsigned long long)t->step);
    if (isnan(t->loss_mean)) /* the first one */
        t->loss_mean = loss;
    else
        t->loss_mean = 0.95 * t->loss_mean + 0.05 * loss;
    return TW_OK;
}

/* Tokens a second, 0 before the first step. */
static double speed(const struct tw_train *t)
{
    if (!(t->seconds > 0))
        return 0;
    return t->tokens / t->seconds;
}

/* Seconds that are left at this speed. */
static double time_left(const struct tw_train *t)
{
    double per_step = (double)(t->c.n_rows * t->c.T * t->c.accumulate);

    if (!(speed(t) > 0))
        return 0;
    return (double)(t->c.steps - t->step) * per_step / speed(t);
}

/* false: somebody wants the run to stop. */
static bool report(const struct tw_train *t, const struct tw_progress *p)
{
    char text[128], held[32] = "";

    if (!isnan(t->loss_held))
        snprintf(held, sizeof(held), ", held out %.4f", t->loss_held);
    snprintf(text, sizeof(text), "loss %.4f%s, %.0f tokens/s, %.0f s left",
             t->loss_mean, held, speed(t), time_left(t));
    return tw_progress_step(p, "pretrain", (size_t)t->step, (size_t)t->c.steps,
                            text);
}

/* At the end, and every so many steps. */
static bool due(const struct tw_train *t, uint64_t every)
{
    return t->step == t->c.steps || (every && t->step % every == 0);
}

/* The checkpoint is written before a stop is reported, so that nothing that was
 * computed is lost. */
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

/* Mean loss of all targets of the rows; NaN without any. */
static double eval_rows(struct tw_train *t, const struct tw_train_rows *rows)
{
    double sum = 0, count = 0;

    for (size_t from = 0; from < rows->n;) {
        size_t n_used = 0;
        bool full = false;

        for (size_t r = 0; r < t->c.n_rows; r++) {
            full = full || from == rows->n;
            if (fill_row(t, &t->held, rows_or_padding(rows, full), from, r,
                         &n_used))
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
    if (!(count > 0))
        return (double)NAN;
    return sum / count;
}

/* With the averaged weights, for these are what is exported. */
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

/* For tests: the graph against the engine that reads the exported file. */
enum tw_status tw_train_logits(struct tw_train *t, const int32_t *ids, size_t n,
                               float *logits, struct tw_err *err)
{
    size_t all = t->c.n_rows * t->c.T;

    if (n > t->c.T)
        return tw_fail(err, TW_ELIMIT, 0, "text of %zu tokens exceeds %zu", n,
                       t->c.T);
    TW_TRY(need_graph(t, err));
    TW_ASSERT(n <= t->n_picks);
    /* The text is the first segment; every other position is one of its own. */
    for (size_t i = 0; i < n; i++) {
        t->ids->ids[i] = ids[i];
        t->segments->ids[i] = 0;
    }
    for (size_t i = n; i < all; i++) {
        t->ids->ids[i] = 0;
        t->segments->ids[i] = 1 + (int32_t)i;
    }
    for (size_t i = 0; i < t->n_picks; i++) {
        if (t->picks)
            t->picks->ids[i] = (int32_t)i;
        t->targets->ids[i] = -1;
    }
    t->targets->ids[0] = 0; /* the loss wants one */
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
