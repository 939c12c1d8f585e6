/*
 * ckpt.c - parameters and optimiser as tensors of a file, and back.
 */
#include "tensor/ckpt.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define KEY_IDENTITY "checkpoint.identity"
#define KEY_STEP     "adam.step"

/* The arrays of Adam; the last one only where there is an average. */
enum { STATES = 3 };
static const char *const STATE_NAMES[STATES] = { "adam.m", "adam.v",
                                                 "adam.ema" };

/* A run without an average does not pay for one in its file. */
static int count_states(const struct tw_adam *adam)
{
    return adam->ema_decay > 0.0f ? STATES : STATES - 1;
}

/* Matrices bear few bits, while norms and biases are a thousandth of the file
 * and decide much: they stay exact. */
void tw_ckpt_put_params(struct tw_gguf_out *o, const struct tw_params *ps,
                        enum tw_ggml_type type)
{
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        const struct tw_param *p = tw_params_at(ps, i);

        if (p->n_dims >= 2)
            tw_gguf_put_tensor(o, p->name, p->n_dims, p->shape, p->data, type);
        else /* GGUF has no scalars */
            tw_gguf_put_tensor(o, p->name, 1, &p->n, p->data, TW_GGML_F32);
    }
}

/* The arrays are flat, parameter after parameter in the order of the set: they
 * fit only the set that they were made with, which the identity must say. */
void tw_ckpt_put_run(struct tw_gguf_out *o, const struct tw_adam *adam,
                     const char *identity)
{
    const float *const state[STATES] = { adam->m, adam->v, adam->ema };
    size_t n = tw_params_elements(adam->params);

    TW_ASSERT(n > 0);
    tw_gguf_put_string(o, KEY_IDENTITY, identity);
    tw_gguf_put_u64(o, KEY_STEP, adam->step);
    for (int i = 0; i < count_states(adam); i++)
        tw_gguf_put_tensor(o, STATE_NAMES[i], 1, &n, state[i], TW_GGML_F32);
}

/* A scalar and a vector of one element, (1, n) and (n), are the same to it:
 * writers differ in how they count dimensions. */
static bool has_shape(const struct tw_gguf_tensor *t, int n_dims,
                      const size_t *shape)
{
    TW_ASSERT(n_dims >= 0 && n_dims <= TW_TENSOR_DIMS);
    TW_ASSERT(t->n_dims >= 1 && t->n_dims <= TW_TENSOR_DIMS);
    for (int i = 0; i < TW_TENSOR_DIMS; i++) {
        uint64_t have = 1, want = 1;

        if (i < t->n_dims)
            have = t->ne[i];
        if (i < n_dims) /* GGUF counts from the innermost dimension */
            want = shape[n_dims - 1 - i];
        if (have != want)
            return false;
    }
    return true;
}

/* Elements converted at a time: a multiple of every block size. */
enum { PART = 1024 };

/* Can every element be read, and is it a number?  Looked at before anything is
 * copied, so that a refusal changes nothing. */
static enum tw_status check_values(const struct tw_gguf_tensor *t,
                                   const char *name, size_t n,
                                   struct tw_err *err)
{
    float x[PART];

    for (size_t at = 0; at < n; at += PART) {
        size_t len = PART;

        if (len > n - at)
            len = n - at;
        const uint8_t *from = t->data + tw_ggml_row_size(t->type, at);

        TW_TRY(tw_ggml_to_f32(x, from, len, t->type, err));
        for (size_t i = 0; i < len; i++)
            if (!isfinite(x[i]))
                return tw_fail(err, TW_EFORMAT, at + i,
                               "tensor '%s' holds a number that is not finite",
                               name);
    }
    return TW_OK;
}

/* All that can be wrong with a tensor that is to become n floats. */
static enum tw_status check_tensor(const struct tw_gguf *f, const char *name,
                                   int n_dims, const size_t *shape, size_t n,
                                   struct tw_err *err)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, name);

    if (!t)
        return tw_fail(err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    if (!has_shape(t, n_dims, shape))
        return tw_fail(err, TW_EFORMAT, 0,
                       "tensor '%s' has another shape than the model", name);
    return check_values(t, name, n, err);
}

/* Of a tensor that check_tensor() has passed. */
static enum tw_status copy_tensor(const struct tw_gguf *f, const char *name,
                                  float *to, size_t n, struct tw_err *err)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, name);

    TW_ASSERT(t != NULL);
    return tw_ggml_to_f32(to, t->data, n, t->type, err);
}

/* All are looked at before the first is copied: the conversion runs twice,
 * which costs less than a set that is half of one run and half of another. */
enum tw_status tw_ckpt_get_params(const struct tw_gguf *f, struct tw_params *ps,
                                  struct tw_err *err)
{
    TW_TRY(tw_params_check(ps, err));
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        const struct tw_param *p = tw_params_at(ps, i);

        TW_TRY(check_tensor(f, p->name, p->n_dims, p->shape, p->n, err));
    }
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        struct tw_param *p = tw_params_at(ps, i);

        TW_TRY(copy_tensor(f, p->name, p->data, p->n, err));
    }
    return TW_OK;
}

/* As with parameters, a refusal leaves everything as it was. */
enum tw_status tw_ckpt_get_adam(const struct tw_gguf *f, struct tw_adam *adam,
                                struct tw_err *err)
{
    float *const state[STATES] = { adam->m, adam->v, adam->ema };
    size_t n = tw_params_elements(adam->params);
    uint64_t step;

    TW_TRY(tw_gguf_get_u64(f, KEY_STEP, &step, err));
    for (int i = 0; i < count_states(adam); i++)
        TW_TRY(check_tensor(f, STATE_NAMES[i], 1, &n, n, err));
    for (int i = 0; i < count_states(adam); i++)
        TW_TRY(copy_tensor(f, STATE_NAMES[i], state[i], n, err));
    adam->step = step;
    return TW_OK;
}

/* The identity comes first: of another run nothing else need fit. */
static enum tw_status read_file(const struct tw_gguf *f, const char *identity,
                                tw_ckpt_read_fn *read, void *ctx,
                                struct tw_err *err)
{
    struct tw_gguf_string id;

    TW_TRY(tw_gguf_get_string(f, KEY_IDENTITY, &id, err));
    if (id.len != strlen(identity) || memcmp(id.bytes, identity, id.len) != 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "it belongs to other data or another configuration");
    return read(ctx, f, err);
}

/* What read() says wrong is told with the name of the file, which read() does
 * not know. */
enum tw_status tw_ckpt_resume(const char *path, const char *identity,
                              tw_ckpt_read_fn *read, void *ctx,
                              struct tw_err *err)
{
    struct tw_err cause = { 0 };
    struct tw_gguf *f;

    TW_TRY(tw_gguf_open(&f, path, err));
    enum tw_status st = read_file(f, identity, read, ctx, &cause);

    st = tw_gguf_check(f, st, &cause);
    tw_gguf_close(f);
    if (st == TW_OK)
        return TW_OK;
    return tw_fail(err, st, cause.pos, "cannot resume from '%s': %s", path,
                   cause.msg);
}
