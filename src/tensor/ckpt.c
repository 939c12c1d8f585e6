#include "tensor/ckpt.h"

#include <string.h>

#include "base/banned.h"

#define ARCHITECTURE "trialwright-checkpoint"

/* The settings of Adam under their keys, in one table for both ways. */
enum { SETTINGS = 6 };
static const char *const SETTING_KEYS[SETTINGS] = {
    "adam.beta1",        "adam.beta2", "adam.eps",
    "adam.weight_decay", "adam.clip",  "adam.ema_decay"
};

static const char *const STATE_NAMES[] = { "adam.m", "adam.v", "adam.ema" };

static void settings_of(const struct tw_adam *a, float v[SETTINGS])
{
    const float all[SETTINGS] = { a->beta1,        a->beta2, a->eps,
                                  a->weight_decay, a->clip,  a->ema_decay };

    memcpy(v, all, sizeof(all));
}

static void settings_set(struct tw_adam *a, const float v[SETTINGS])
{
    a->beta1 = v[0];
    a->beta2 = v[1];
    a->eps = v[2];
    a->weight_decay = v[3];
    a->clip = v[4];
    a->ema_decay = v[5];
}

void tw_ckpt_put_params(struct tw_gguf_out *o, const struct tw_params *ps,
                        enum tw_ggml_type type)
{
    const size_t one = 1;

    for (size_t i = 0; i < tw_params_count(ps); i++) {
        const struct tw_param *p = tw_params_at(ps, i);

        tw_gguf_put_tensor(o, p->name, p->n_dims ? p->n_dims : 1,
                           p->n_dims ? p->shape : &one, p->data, type);
    }
}

static void put_adam(struct tw_gguf_out *o, const struct tw_adam *adam)
{
    const float *state[] = { adam->m, adam->v, adam->ema };
    size_t n = tw_params_elements(adam->params);
    float v[SETTINGS];

    settings_of(adam, v);
    tw_gguf_put_u64(o, "adam.step", adam->step);
    for (int i = 0; i < SETTINGS; i++)
        tw_gguf_put_f32(o, SETTING_KEYS[i], v[i]);
    for (size_t i = 0; n > 0 && i < TW_ARRAY_LEN(state); i++)
        tw_gguf_put_tensor(o, STATE_NAMES[i], 1, &n, state[i], TW_GGML_F32);
}

enum tw_status tw_ckpt_save(const char *path, const struct tw_params *ps,
                            const struct tw_adam *adam,
                            const struct tw_ckpt_value *own, size_t n_own,
                            struct tw_err *err)
{
    struct tw_gguf_out *o;
    enum tw_status st;

    TW_TRY(tw_params_check(ps, err));
    TW_TRY(tw_gguf_out_new(&o, err));
    tw_gguf_put_string(o, "general.architecture", ARCHITECTURE);
    for (size_t i = 0; i < n_own; i++) {
        if (own[i].kind == TW_CKPT_UINT)
            tw_gguf_put_u64(o, own[i].key, own[i].u);
        else
            tw_gguf_put_f64(o, own[i].key, own[i].f);
    }
    if (adam)
        put_adam(o, adam);
    tw_ckpt_put_params(o, ps, TW_GGML_F32);
    st = tw_gguf_write(o, path, err);
    tw_gguf_out_free(o);
    return st;
}

/* The tensor of a name with n elements and, where shape is not NULL, that
 * shape; ones at the outside do not matter. */
static enum tw_status find_tensor(const struct tw_gguf *f, const char *name,
                                  int n_dims, const size_t *shape,
                                  const struct tw_gguf_tensor **t,
                                  struct tw_err *err)
{
    *t = tw_gguf_tensor_find(f, name);
    if (!*t)
        return tw_fail(err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    for (int i = 0; i < 4; i++) {
        uint64_t have = i < (*t)->n_dims ? (*t)->ne[i] : 1;
        uint64_t want = i < n_dims ? shape[n_dims - 1 - i] : 1;

        if (have != want)
            return tw_fail(err, TW_EFORMAT, 0,
                           "tensor '%s' has another shape than the model",
                           name);
    }
    return TW_OK;
}

static bool is_readable(uint32_t type)
{
    return type == TW_GGML_F32 || type == TW_GGML_F16 || type == TW_GGML_BF16 ||
           type == TW_GGML_Q8_0;
}

static enum tw_status check_params(const struct tw_gguf *f,
                                   const struct tw_params *ps,
                                   struct tw_err *err)
{
    const struct tw_gguf_tensor *t;

    for (size_t i = 0; i < tw_params_count(ps); i++) {
        const struct tw_param *p = tw_params_at(ps, i);

        TW_TRY(find_tensor(f, p->name, p->n_dims, p->shape, &t, err));
        if (!is_readable(t->type))
            return tw_fail(err, TW_EFORMAT, 0,
                           "tensor '%s' has a type that cannot be read",
                           p->name);
    }
    return TW_OK;
}

static enum tw_status read_floats(const struct tw_gguf *f, const char *name,
                                  float *to, size_t n, struct tw_err *err)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, name);

    TW_ASSERT(t != NULL);
    return tw_ggml_to_f32(to, t->data, n, t->type, err);
}

static enum tw_status copy_params(const struct tw_gguf *f, struct tw_params *ps,
                                  struct tw_err *err)
{
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        struct tw_param *p = tw_params_at(ps, i);

        TW_TRY(read_floats(f, p->name, p->data, p->n, err));
    }
    return TW_OK;
}

enum tw_status tw_ckpt_get_params(const struct tw_gguf *f, struct tw_params *ps,
                                  struct tw_err *err)
{
    TW_TRY(tw_params_check(ps, err));
    TW_TRY(check_params(f, ps, err));
    return copy_params(f, ps, err);
}

struct adam_values {
    uint64_t step;
    float settings[SETTINGS];
};

static enum tw_status check_adam(const struct tw_gguf *f,
                                 const struct tw_adam *adam,
                                 struct adam_values *v, struct tw_err *err)
{
    size_t n = tw_params_elements(adam->params);
    const struct tw_gguf_tensor *t;
    double x;

    TW_TRY(tw_gguf_get_u64(f, "adam.step", &v->step, err));
    for (int i = 0; i < SETTINGS; i++) {
        TW_TRY(tw_gguf_get_f64(f, SETTING_KEYS[i], &x, err));
        v->settings[i] = (float)x;
    }
    for (size_t i = 0; n > 0 && i < TW_ARRAY_LEN(STATE_NAMES); i++) {
        TW_TRY(find_tensor(f, STATE_NAMES[i], 1, &n, &t, err));
        if (t->type != TW_GGML_F32)
            return tw_fail(err, TW_EFORMAT, 0, "tensor '%s' is not F32",
                           STATE_NAMES[i]);
    }
    return TW_OK;
}

static enum tw_status copy_adam(const struct tw_gguf *f, struct tw_adam *adam,
                                const struct adam_values *v, struct tw_err *err)
{
    float *state[] = { adam->m, adam->v, adam->ema };
    size_t n = tw_params_elements(adam->params);

    for (size_t i = 0; n > 0 && i < TW_ARRAY_LEN(state); i++)
        TW_TRY(read_floats(f, STATE_NAMES[i], state[i], n, err));
    adam->step = v->step;
    settings_set(adam, v->settings);
    return TW_OK;
}

/* The caller's values are filled only with keep: first all are looked at. */
static enum tw_status get_own(const struct tw_gguf *f,
                              struct tw_ckpt_value *own, size_t n_own,
                              bool keep, struct tw_err *err)
{
    for (size_t i = 0; i < n_own; i++) {
        struct tw_ckpt_value v = own[i];

        if (v.kind == TW_CKPT_UINT)
            TW_TRY(tw_gguf_get_u64(f, v.key, &v.u, err));
        else
            TW_TRY(tw_gguf_get_f64(f, v.key, &v.f, err));
        if (keep)
            own[i] = v;
    }
    return TW_OK;
}

static enum tw_status load_file(const struct tw_gguf *f, struct tw_params *ps,
                                struct tw_adam *adam, struct tw_ckpt_value *own,
                                size_t n_own, struct tw_err *err)
{
    struct adam_values v = { 0 };

    TW_TRY(tw_params_check(ps, err));
    TW_TRY(check_params(f, ps, err));
    if (adam)
        TW_TRY(check_adam(f, adam, &v, err));
    TW_TRY(get_own(f, own, n_own, false, err));
    TW_TRY(copy_params(f, ps, err));
    if (adam)
        TW_TRY(copy_adam(f, adam, &v, err));
    return get_own(f, own, n_own, true, err);
}

enum tw_status tw_ckpt_load(const char *path, struct tw_params *ps,
                            struct tw_adam *adam, struct tw_ckpt_value *own,
                            size_t n_own, struct tw_err *err)
{
    struct tw_gguf *f;
    enum tw_status st;

    TW_TRY(tw_gguf_open(&f, path, err));
    st = load_file(f, ps, adam, own, n_own, err);
    tw_gguf_close(f);
    return st;
}
