/* train_file.c - checkpoints and models: what a run leaves on the disk. */
#include "teach/train_priv.h"

#include "base/hash.h"
#include "tensor/ckpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARCH_CHECKPOINT "tw-train"

/* What must not change between a run and its continuation.  Steps, learning
 * rate and schedule may: that is what one continues for. */
static void fingerprint(const struct tw_train *t, char hex[TW_HASH_HEX_SIZE])
{
    const struct tw_train_config *c = &t->c;
    struct tw_hash h;

    tw_hash_init(&h);
    const uint64_t SIZES[] = { c->n_layers,   c->d,           c->n_heads,
                               c->n_heads_kv, c->ff,          c->T,
                               c->n_rows,     c->accumulate,  t->V,
                               c->seed,       c->answer_only, t->data.n };
    for (size_t i = 0; i < TW_ARRAY_LEN(SIZES); i++)
        tw_hash_add_u64(&h, SIZES[i]);
    tw_hash_add(&h, t->data.ids.v, t->data.ids.n * sizeof(*t->data.ids.v));
    tw_hash_hex(&h, hex);
}

/* All that a continuation needs to give the bytes of an unbroken run: place in
 * the data, steps, moments, averaged weights. */
static void put_state(const struct tw_train *t, struct tw_gguf_out *o)
{
    char hex[TW_HASH_HEX_SIZE];

    fingerprint(t, hex);
    tw_gguf_put_string(o, "general.architecture", ARCH_CHECKPOINT);
    tw_gguf_put_u64(o, "tw.train.step", t->step);
    tw_gguf_put_u64(o, "tw.train.epoch", t->epoch);
    tw_gguf_put_u64(o, "tw.train.row", t->row);
    tw_gguf_put_f64(o, "tw.train.loss", t->loss_mean);
    tw_gguf_put_f64(o, "tw.train.loss_held", t->loss_held);
    tw_ckpt_put_params(o, t->params, TW_GGML_F32);
    tw_ckpt_put_run(o, &t->adam, hex);
}

enum tw_status tw_train_save(struct tw_train *t, const char *path,
                             struct tw_err *err)
{
    struct tw_gguf_out *o;

    TW_TRY(tw_gguf_out_new(&o, err));
    put_state(t, o);
    enum tw_status st = tw_vocab_put(t->vocab, o, err);
    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}

enum tw_status tw_train_load(struct tw_train *t, const struct tw_gguf *f,
                             struct tw_err *err)
{
    return tw_ckpt_get_params(f, t->params, err);
}

/* tw_ckpt_resume() has compared the fingerprint: this is the same run. */
static enum tw_status load_state(void *ctx, const struct tw_gguf *f,
                                 struct tw_err *err)
{
    struct tw_train *t = ctx;
    uint64_t row;

    TW_TRY(tw_gguf_get_u64(f, "tw.train.step", &t->step, err));
    TW_TRY(tw_gguf_get_u64(f, "tw.train.epoch", &t->epoch, err));
    TW_TRY(tw_gguf_get_u64(f, "tw.train.row", &row, err));
    TW_TRY(tw_gguf_get_f64(f, "tw.train.loss", &t->loss_mean, err));
    TW_TRY(tw_gguf_get_f64(f, "tw.train.loss_held", &t->loss_held, err));
    TW_TRY(tw_ckpt_get_params(f, t->params, err));
    TW_TRY(tw_ckpt_get_adam(f, &t->adam, err));
    tw_train_rows_release(&t->rows);
    TW_TRY(tw_train_pack(&t->rows, &t->data, t->c.T, t->c.seed, t->epoch, err));
    if (row > t->rows.n)
        return tw_fail(err, TW_EFORMAT, 0, "bad 'tw.train.row': %llu of %zu",
                       (unsigned long long)row, t->rows.n);
    t->row = (size_t)row;
    return TW_OK;
}

/* Which file it was is known here, so the message gets its name here. */
enum tw_status tw_train_resume(struct tw_train *t, const char *path,
                               struct tw_err *err)
{
    char hex[TW_HASH_HEX_SIZE];

    fingerprint(t, hex);
    return tw_ckpt_resume(path, hex, load_state, t, err);
}

/* Keys of a llama model (docs/formats/gguf.md); the name is for people. */
static void put_shape(const struct tw_train *t, struct tw_gguf_out *o,
                      enum tw_ggml_type type)
{
    const struct tw_train_config *c = &t->c;
    const struct {
        const char *key;
        size_t v;
    } SIZES[] = {
        { "general.file_type", type == TW_GGML_Q8_0 ? 7 : type },
        { "general.quantization_version", 2 },
        { "llama.block_count", c->n_layers },
        { "llama.context_length", c->T },
        { "llama.embedding_length", c->d },
        { "llama.feed_forward_length", c->ff },
        { "llama.attention.head_count", c->n_heads },
        { "llama.attention.head_count_kv", c->n_heads_kv },
        { "llama.rope.dimension_count", c->d / c->n_heads },
        { "llama.vocab_size", t->V },
    };

    tw_gguf_put_string(o, "general.architecture", "llama");
    tw_gguf_put_string(o, "general.name", c->name ? c->name : "trialwright");
    for (size_t i = 0; i < TW_ARRAY_LEN(SIZES); i++)
        tw_gguf_put_u32(o, SIZES[i].key, (uint32_t)SIZES[i].v);
    tw_gguf_put_f32(o, "llama.attention.layer_norm_rms_epsilon", TW_TRAIN_EPS);
    tw_gguf_put_f32(o, "llama.rope.freq_base", c->rope_base);
    tw_gguf_put_u64(o, "tw.train.step", t->step);
}

/* Averaged weights change places with the current ones while the file is
 * written: the writer only borrows them. */
enum tw_status tw_train_export(struct tw_train *t, const char *path,
                               enum tw_ggml_type type, struct tw_err *err)
{
    struct tw_gguf_out *o;
    bool averaged = t->c.ema > 0 && t->step;

    if (type != TW_GGML_F32 && type != TW_GGML_F16 && type != TW_GGML_Q8_0)
        return tw_fail(err, TW_EINVAL, 0, "cannot export as '%s'",
                       tw_ggml_type_name(type));
    TW_TRY(tw_gguf_out_new(&o, err));
    put_shape(t, o, type);
    enum tw_status st = tw_vocab_put(t->vocab, o, err);
    tw_ckpt_put_params(o, t->params, type);
    if (averaged)
        tw_adam_swap_ema(&t->adam);
    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    if (averaged)
        tw_adam_swap_ema(&t->adam);
    tw_gguf_out_free(o);
    return st;
}
