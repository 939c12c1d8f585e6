/*
 * train_file.c - checkpoints and models: what a run leaves on the disk.
 *
 * Both are GGUF files (docs/formats/gguf.md).  A checkpoint goes on to the same
 * bytes as an unbroken run; a model is what llm/model.h reads.  Files are
 * written beside their target and renamed, so a run that is killed while it
 * writes leaves the checkpoint before.
 */
#include "teach/train_priv.h"

#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARCH_CHECKPOINT "tw-train"

/* Values that the optimiser moves: the length of its arrays. */
static size_t n_trained(const struct tw_train *t)
{
    return tw_params_elements(t->params);
}

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

/* Vectors stay F32 in every file: they are small, and norms need the digits. */
static void put_params(const struct tw_train *t, struct tw_gguf_out *o,
                       enum tw_ggml_type type)
{
    for (size_t i = 0; i < tw_params_count(t->params); i++) {
        const struct tw_param *p = tw_params_at(t->params, i);

        tw_gguf_put_tensor(o, p->name, p->n_dims, p->shape, p->data,
                           p->n_dims > 1 ? type : TW_GGML_F32);
    }
}

/* All that a continuation needs to give the bytes of an unbroken run: place in
 * the data, steps, moments, averaged weights. */
static void put_state(const struct tw_train *t, struct tw_gguf_out *o)
{
    char hex[TW_HASH_HEX_SIZE];
    size_t shape[] = { n_trained(t) };

    fingerprint(t, hex);
    tw_gguf_put_string(o, "general.architecture", ARCH_CHECKPOINT);
    tw_gguf_put_string(o, "tw.train.fingerprint", hex);
    tw_gguf_put_u64(o, "tw.train.step", t->step);
    tw_gguf_put_u64(o, "tw.train.epoch", t->epoch);
    tw_gguf_put_u64(o, "tw.train.row", t->row);
    tw_gguf_put_u64(o, "tw.train.adam_step", t->adam.step);
    tw_gguf_put_f64(o, "tw.train.loss", t->loss_mean);
    tw_gguf_put_f64(o, "tw.train.loss_held", t->loss_held);
    put_params(t, o, TW_GGML_F32);
    tw_gguf_put_tensor(o, "tw.adam.m", 1, shape, t->adam.m, TW_GGML_F32);
    tw_gguf_put_tensor(o, "tw.adam.v", 1, shape, t->adam.v, TW_GGML_F32);
    if (t->c.ema > 0 && t->adam.ema)
        tw_gguf_put_tensor(o, "tw.adam.ema", 1, shape, t->adam.ema,
                           TW_GGML_F32);
}

/* The vocabulary goes along: it says of which ids the weights are. */
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

/* A tensor of exactly n values, of any type that can be unpacked. */
static enum tw_status read_floats(const struct tw_gguf *f, const char *name,
                                  float *x, size_t n, struct tw_err *err)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, name);

    if (!t)
        return tw_fail(err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    if (t->ne[0] * t->ne[1] != n || t->ne[2] != 1 || t->ne[3] != 1)
        return tw_fail(err, TW_EFORMAT, 0, "bad size of tensor '%s'", name);
    return tw_ggml_to_f32(x, t->data, n, t->type, err);
}

enum tw_status tw_train_load(struct tw_train *t, const struct tw_gguf *f,
                             struct tw_err *err)
{
    for (size_t i = 0; i < tw_params_count(t->params); i++) {
        struct tw_param *p = tw_params_at(t->params, i);
        const struct tw_gguf_tensor *x = tw_gguf_tensor_find(f, p->name);

        if (x && x->ne[0] != p->shape[p->n_dims - 1])
            return tw_fail(err, TW_EFORMAT, 0, "bad shape of tensor '%s'",
                           p->name);
        TW_TRY(read_floats(f, p->name, p->data, p->n, err));
    }
    return TW_OK;
}

/* The fingerprint comes first: behind it nothing of another run is touched. */
static enum tw_status load_state(struct tw_train *t, const struct tw_gguf *f,
                                 struct tw_err *err)
{
    char hex[TW_HASH_HEX_SIZE];
    struct tw_gguf_string s;
    uint64_t row;

    fingerprint(t, hex);
    TW_TRY(tw_gguf_get_string(f, "tw.train.fingerprint", &s, err));
    if (s.len != strlen(hex) || memcmp(s.bytes, hex, s.len) != 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "the checkpoint is of another configuration, "
                       "vocabulary or data");
    TW_TRY(tw_gguf_get_u64(f, "tw.train.step", &t->step, err));
    TW_TRY(tw_gguf_get_u64(f, "tw.train.epoch", &t->epoch, err));
    TW_TRY(tw_gguf_get_u64(f, "tw.train.row", &row, err));
    TW_TRY(tw_gguf_get_u64(f, "tw.train.adam_step", &t->adam.step, err));
    TW_TRY(tw_gguf_get_f64(f, "tw.train.loss", &t->loss_mean, err));
    TW_TRY(tw_gguf_get_f64(f, "tw.train.loss_held", &t->loss_held, err));
    TW_TRY(tw_train_load(t, f, err));
    TW_TRY(read_floats(f, "tw.adam.m", t->adam.m, n_trained(t), err));
    TW_TRY(read_floats(f, "tw.adam.v", t->adam.v, n_trained(t), err));
    if (t->c.ema > 0 && t->adam.ema && tw_gguf_tensor_find(f, "tw.adam.ema"))
        TW_TRY(read_floats(f, "tw.adam.ema", t->adam.ema, n_trained(t), err));
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
    struct tw_gguf *f;
    struct tw_err why = { 0 };

    TW_TRY(tw_gguf_open(&f, path, err));
    enum tw_status st = load_state(t, f, &why);
    tw_gguf_close(f);
    if (st != TW_OK)
        return tw_fail(err, st, 0, "cannot resume from '%s': %s", path,
                       why.msg);
    return TW_OK;
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
    put_params(t, o, type);
    if (averaged)
        tw_adam_swap_ema(&t->adam);
    if (st == TW_OK)
        st = tw_gguf_write(o, path, err);
    if (averaged)
        tw_adam_swap_ema(&t->adam);
    tw_gguf_out_free(o);
    return st;
}
