/*
 * model.c - read and check a model: the keys against limits, then the shape of
 * every tensor against the keys, before any weight is used.  A file is
 * untrusted: forward.c and attend.c compute with these sizes unchecked.
 */
#include "llm/model.h"

#include "base/fault.h"
#include "llm/model_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARENA_MAX  ((size_t)1 << 36) /* float copies of odd types */
#define LAYERS_MAX 1024

/* What all steps of a load need. */
struct loader {
    const struct tw_gguf *f; /* borrowed */
    struct tw_model *m;      /* being filled */
    struct tw_err *err;      /* of the caller, or NULL */
};

/* Bytes of a text of the file that a message shows. */
static int shown_len(struct tw_gguf_string s)
{
    if (s.len < 40)
        return (int)s.len;
    return 40;
}

/* The family decides what the rest of the file has to hold. */
static enum tw_status find_arch(struct loader *l)
{
    struct tw_gguf_string s;

    TW_TRY(tw_gguf_get_string(l->f, "general.architecture", &s, l->err));
    l->m->arch = tw_arch_find(s.bytes, s.len);
    if (!l->m->arch)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "unsupported general.architecture '%.*s'", shown_len(s),
                       s.bytes);
    return TW_OK;
}

/* llama.cpp cuts large models into files, of which the first has the keys and
 * none has all tensors. */
static enum tw_status refuse_part(const struct loader *l)
{
    uint64_t n_parts = 0, part = 0;

    if (tw_gguf_get_u64(l->f, "split.count", &n_parts, NULL) != TW_OK ||
        n_parts < 2)
        return TW_OK;
    if (tw_gguf_get_u64(l->f, "split.no", &part, NULL) != TW_OK)
        part = 0;
    return tw_fail(l->err, TW_EFORMAT, 0,
                   "this is part %llu of %llu of a split model: join the parts "
                   "with llama-gguf-split --merge",
                   (unsigned long long)part + 1, (unsigned long long)n_parts);
}

/* "llama.KEY" of this architecture. */
static void key_of(const struct loader *l, char key[96], const char *name)
{
    snprintf(key, 96, "%s.%s", l->m->arch->name, name);
}

/* Is the key of this architecture there? */
static bool has(const struct loader *l, const char *name)
{
    char key[96];

    key_of(l, key, name);
    return tw_gguf_has(l->f, key);
}

/* A number that must be there, 1 to max. */
static enum tw_status get_size(const struct loader *l, const char *name,
                               size_t max, size_t *v)
{
    char key[96];
    uint64_t x;

    key_of(l, key, name);
    TW_TRY(tw_gguf_get_u64(l->f, key, &x, l->err));
    if (x < 1 || x > max)
        return tw_fail(l->err, TW_EFORMAT, 0, "bad '%s': %llu, not 1..%zu", key,
                       (unsigned long long)x, max);
    *v = (size_t)x;
    return TW_OK;
}

/* An optional number that must be positive. */
static enum tw_status get_positive(const struct loader *l, const char *name,
                                   double *v)
{
    char key[96];

    if (!has(l, name))
        return TW_OK;
    key_of(l, key, name);
    TW_TRY(tw_gguf_get_f64(l->f, key, v, l->err));
    if (!(*v > 0) || !isfinite(*v))
        return tw_fail(l->err, TW_EFORMAT, 0, "bad '%s': %g", key, *v);
    return TW_OK;
}

/* The factor by which positions are stretched; 1: not at all.  YaRN and
 * LongRoPE would compute other angles, so they are refused. */
static enum tw_status get_rope_factor(const struct loader *l, double *factor)
{
    struct tw_gguf_string type = { "linear", 6 };
    char key[96];

    *factor = 1;
    TW_TRY(get_positive(l, "rope.scale_linear", factor)); /* the old name */
    TW_TRY(get_positive(l, "rope.scaling.factor", factor));
    key_of(l, key, "rope.scaling.type");
    if (tw_gguf_has(l->f, key))
        TW_TRY(tw_gguf_get_string(l->f, key, &type, l->err));
    if (type.len == 4 && memcmp(type.bytes, "none", 4) == 0)
        *factor = 1;
    else if (type.len != 6 || memcmp(type.bytes, "linear", 6) != 0)
        return tw_fail(l->err, TW_EFORMAT, 0, "unsupported %s '%.*s'", key,
                       shown_len(type), type.bytes);
    return TW_OK;
}

/* Only whole heads turn: a smaller rope.dimension_count leaves values of a head
 * as they are, which no family here does. */
static enum tw_status load_rope(struct loader *l)
{
    struct tw_model_shape *s = &l->m->shape;
    double factor;
    size_t n_rot = s->head_dim;

    s->rope_base = 10000;
    TW_TRY(get_positive(l, "rope.freq_base", &s->rope_base));
    TW_TRY(get_rope_factor(l, &factor));
    s->rope_scale = 1 / factor;
    if (has(l, "rope.dimension_count"))
        TW_TRY(get_size(l, "rope.dimension_count", 1 << 16, &n_rot));
    if (n_rot != s->head_dim)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "unsupported %s.rope.dimension_count %zu of %zu",
                       l->m->arch->name, n_rot, s->head_dim);
    return TW_OK;
}

/* Sizes of the heads; their number has to be known. */
static enum tw_status load_head_dim(struct loader *l)
{
    struct tw_model_shape *s = &l->m->shape;
    size_t value;

    s->head_dim = s->d / s->n_heads;
    if (has(l, "attention.key_length"))
        TW_TRY(get_size(l, "attention.key_length", 1 << 12, &s->head_dim));
    value = s->head_dim;
    if (has(l, "attention.value_length"))
        TW_TRY(get_size(l, "attention.value_length", 1 << 12, &value));
    if (s->head_dim < 2 || s->head_dim % 2 || value != s->head_dim)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "unsupported head size: keys %zu, values %zu",
                       s->head_dim, value);
    return TW_OK;
}

/* The number of key and value heads divides that of query heads, so that each
 * of them serves a group of the same size. */
static enum tw_status load_heads(struct loader *l)
{
    struct tw_model_shape *s = &l->m->shape;

    TW_TRY(get_size(l, "attention.head_count", 1 << 12, &s->n_heads));
    s->n_heads_kv = s->n_heads;
    if (has(l, "attention.head_count_kv"))
        TW_TRY(
            get_size(l, "attention.head_count_kv", s->n_heads, &s->n_heads_kv));
    if (s->n_heads % s->n_heads_kv)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad '%s.attention.head_count_kv': %zu of %zu heads",
                       l->m->arch->name, s->n_heads_kv, s->n_heads);
    return load_head_dim(l);
}

/* Scores are divided by the root of the size that this gives. */
static void set_score_scale(struct tw_model *m)
{
    struct tw_model_shape *s = &m->shape;
    size_t size = s->head_dim;

    if (s->n_layers == m->arch->wide_scale_layers && s->d >= s->n_heads)
        size = s->d / s->n_heads;
    TW_ASSERT(size > 0);
    s->score_scale = 1.0f / sqrtf((float)size);
}

/* Families without windows have no such key, or one that nobody follows: Llama
 * files of Mistral, for example (llama.cpp does not follow it either). */
static enum tw_status load_window(struct loader *l)
{
    if (!l->m->arch->window_pattern)
        return TW_OK;
    return get_size(l, "attention.sliding_window", 1 << 24,
                    &l->m->shape.window);
}

/* All sizes, each against a limit: products of them then fit into a size_t, and
 * a hostile file asks for no more memory than its own tensors have. */
static enum tw_status load_shape(struct loader *l)
{
    struct tw_model_shape *s = &l->m->shape;
    double eps = 1e-5;
    uint64_t n_experts = 0;
    char key[96];

    TW_TRY(get_size(l, "block_count", LAYERS_MAX, &s->n_layers));
    TW_TRY(get_size(l, "embedding_length", 1 << 16, &s->d));
    TW_TRY(get_size(l, "feed_forward_length", 1 << 18, &s->ff));
    TW_TRY(get_size(l, "context_length", 1 << 24, &s->context));
    TW_TRY(load_heads(l));
    TW_TRY(get_positive(l, "attention.layer_norm_rms_epsilon", &eps));
    s->eps = (float)eps;
    key_of(l, key, "expert_count");
    if (tw_gguf_get_u64(l->f, key, &n_experts, NULL) == TW_OK && n_experts)
        return tw_fail(l->err, TW_EFORMAT, 0, "unsupported %s %llu", key,
                       (unsigned long long)n_experts);
    set_score_scale(l->m);
    TW_TRY(load_window(l));
    return load_rope(l);
}

/* As GGUF has it, ne[0] is the length of a row. */
static enum tw_status fail_shape(const struct loader *l, const char *name,
                                 const struct tw_gguf_tensor *t, size_t rows,
                                 size_t cols)
{
    return tw_fail(l->err, TW_EFORMAT, 0,
                   "bad tensor '%s': %llu x %llu, not %zu x %zu", name,
                   (unsigned long long)t->ne[1], (unsigned long long)t->ne[0],
                   rows, cols);
}

/* The whole tensor as float32 in the model's arena. */
static enum tw_status unpack(struct loader *l, const char *name,
                             const struct tw_gguf_tensor *t, size_t n,
                             const float **out)
{
    float *x = tw_arena_alloc(&l->m->arena, n, sizeof(*x));

    if (!x)
        return tw_fail(l->err, TW_ENOMEM, 0, "out of memory for tensor '%s'",
                       name);
    TW_ASSERT(n > 0);
    *out = x;
    TW_TRY(tw_ggml_to_f32(x, t->data, n, t->type, l->err));
    if (!tw_model_is_finite(x, n))
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad weights: tensor '%s' holds NaN or infinity", name);
    return TW_OK;
}

/* A tensor in the file becomes weights where it lies.  BF16 has no kernels, and
 * floats at an odd address are undefined: these are unpacked.  w has its
 * sizes. */
static enum tw_status place_weights(struct loader *l, const char *name,
                                    const struct tw_gguf_tensor *t,
                                    struct tw_weights *w)
{
    bool aligned = (uintptr_t)t->data % sizeof(float) == 0;
    const float *x = NULL;

    w->data = t->data;
    if (tw_ggml_weights_type(t->type, &w->type) &&
        (w->type != TW_WEIGHTS_F32 || aligned))
        return TW_OK;
    if (t->type != TW_GGML_F32 && t->type != TW_GGML_BF16)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "unsupported type '%s' of tensor '%s'",
                       tw_ggml_type_name(t->type), name);
    TW_TRY(unpack(l, name, t, w->n * w->k, &x));
    w->type = TW_WEIGHTS_F32;
    w->data = x;
    return TW_OK;
}

/* rows 0: as many as the tensor has. */
static enum tw_status load_matrix(struct loader *l, const char *name,
                                  size_t rows, size_t cols,
                                  struct tw_weights *w)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(l->f, name);

    if (!t)
        return tw_fail(l->err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    if (!rows)
        rows = (size_t)t->ne[1];
    if (t->ne[0] != cols || t->ne[1] != rows || t->ne[2] != 1 || t->ne[3] != 1)
        return fail_shape(l, name, t, rows, cols);
    *w = (struct tw_weights){ .n = rows, .k = cols };
    l->m->shape.n_params += rows * cols;
    l->m->type = tw_ggml_type_name(t->type); /* the last one stands for all */
    return place_weights(l, name, t, w);
}

/* Vectors are few and short: always floats in the arena. */
static enum tw_status load_vector(struct loader *l, const char *name, size_t n,
                                  const float **v)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(l->f, name);

    if (!t)
        return tw_fail(l->err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    if (t->ne[0] != n || t->ne[1] != 1 || t->ne[2] != 1 || t->ne[3] != 1)
        return fail_shape(l, name, t, 1, n);
    l->m->shape.n_params += n;
    return unpack(l, name, t, n, v);
}

/* "blk.3.attn_q.weight"; returns name. */
static const char *layer_name(char name[64], size_t i, const char *part)
{
    snprintf(name, 64, "blk.%zu.%s", i, part);
    return name;
}

/* Where a vector of a layer goes, and when it has to be there. */
enum presence {
    NEEDED,
    OPTIONAL, /* the file decides */
    UNUSED,   /* by this family */
};

struct vector_part {
    const char *part;
    size_t n;
    enum presence presence;
    const float **v;
};

/* The vectors of a layer.  A part that the family does not use is passed over,
 * even if the file has one. */
static enum tw_status load_vectors(struct loader *l, size_t layer,
                                   const struct vector_part *parts, size_t n)
{
    char name[64];

    for (size_t i = 0; i < n; i++) {
        const struct vector_part *p = &parts[i];

        layer_name(name, layer, p->part);
        if (p->presence == UNUSED ||
            (p->presence == OPTIONAL && !tw_gguf_tensor_find(l->f, name)))
            continue;
        TW_TRY(load_vector(l, name, p->n, p->v));
    }
    return TW_OK;
}

static enum presence needed_if(bool used)
{
    if (used)
        return NEEDED;
    return UNUSED;
}

static enum tw_status load_layer_vectors(struct loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    size_t d = s->d, n = s->head_dim;
    size_t q = s->n_heads * n, kv = s->n_heads_kv * n;
    enum presence head_norm = needed_if(l->m->arch->qk_norm);
    enum presence post_norm = needed_if(l->m->arch->post_norm);
    const struct vector_part VECTORS[] = {
        { "attn_norm.weight", d, NEEDED, &y->attn_norm },
        { "attn_q.bias", q, OPTIONAL, &y->bias_q },
        { "attn_k.bias", kv, OPTIONAL, &y->bias_k },
        { "attn_v.bias", kv, OPTIONAL, &y->bias_v },
        { "attn_q_norm.weight", n, head_norm, &y->q_norm },
        { "attn_k_norm.weight", n, head_norm, &y->k_norm },
        { "post_attention_norm.weight", d, post_norm, &y->attn_post },
        { "ffn_norm.weight", d, NEEDED, &y->ffn_norm },
        { "post_ffw_norm.weight", d, post_norm, &y->ffn_post },
    };

    return load_vectors(l, i, VECTORS, TW_ARRAY_LEN(VECTORS));
}

/* Matrices and vectors of layer i, each of exactly the shape that the keys
 * say. */
static enum tw_status load_layer(struct loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    size_t d = s->d, q = s->n_heads * s->head_dim;
    size_t kv = s->n_heads_kv * s->head_dim;
    char name[64];
    const struct {
        const char *part;
        size_t rows, cols;
        struct tw_weights *w;
    } MATRICES[] = {
        { "attn_q.weight", q, d, &y->q },
        { "attn_k.weight", kv, d, &y->k },
        { "attn_v.weight", kv, d, &y->v },
        { "attn_output.weight", d, q, &y->output },
        { "ffn_gate.weight", s->ff, d, &y->gate },
        { "ffn_up.weight", s->ff, d, &y->up },
        { "ffn_down.weight", d, s->ff, &y->down },
    };

    TW_ASSERT(i < s->n_layers);
    for (size_t k = 0; k < TW_ARRAY_LEN(MATRICES); k++)
        TW_TRY(load_matrix(l, layer_name(name, i, MATRICES[k].part),
                           MATRICES[k].rows, MATRICES[k].cols, MATRICES[k].w));
    return load_layer_vectors(l, i);
}

/* The order matters: keys before tensors, and the embedding before the rest,
 * for its rows are the number of tokens. */
static enum tw_status load(struct loader *l)
{
    struct tw_model *m = l->m;
    struct tw_model_shape *s = &m->shape;

    TW_TRY(refuse_part(l));
    TW_TRY(find_arch(l));
    TW_TRY(load_shape(l));
    TW_TRY(load_matrix(l, "token_embd.weight", 0, s->d, &m->embed));
    s->n_vocab = m->embed.n;
    /* An id is an int32_t and logits are a row of so many floats. */
    if (s->n_vocab > 1 << 22)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad tensor 'token_embd.weight': %zu tokens",
                       s->n_vocab);
    m->head = m->embed; /* tied, unless the file has another */
    if (tw_gguf_tensor_find(l->f, "output.weight"))
        TW_TRY(load_matrix(l, "output.weight", s->n_vocab, s->d, &m->head));
    TW_TRY(load_vector(l, "output_norm.weight", s->d, &m->norm));
    if (tw_gguf_tensor_find(l->f, "rope_freqs.weight"))
        TW_TRY(load_vector(l, "rope_freqs.weight", s->head_dim / 2,
                           &m->rope_factors));
    m->layers = tw_arena_alloc(&m->arena, s->n_layers, sizeof(*m->layers));
    if (!m->layers)
        return tw_fail(l->err, TW_ENOMEM, 0, "out of memory for model");
    for (size_t i = 0; i < s->n_layers; i++)
        TW_TRY(load_layer(l, i));
    TW_ASSERT(m->head.n == s->n_vocab && m->head.k == s->d);
    TW_ASSERT(s->n_heads % s->n_heads_kv == 0 && s->head_dim % 2 == 0);
    TW_ASSERT((s->window != 0) == (m->arch->window_pattern != 0));
    TW_ASSERT(s->score_scale > 0 && s->rope_scale > 0);
    return TW_OK;
}

enum tw_status tw_model_open(struct tw_model **out, const struct tw_gguf *f,
                             struct tw_backend *be, struct tw_err *err)
{
    struct tw_model *m = tw_mem_zeroed(1, sizeof(*m));

    *out = NULL;
    if (!m)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for model");
    tw_arena_init(&m->arena, ARENA_MAX);
    m->be = be;
    m->file = f;
    enum tw_status st = load(&(struct loader){ f, m, err });
    st = tw_gguf_check(f, st, err);
    if (st != TW_OK) {
        tw_model_free(m);
        return st;
    }
    *out = m;
    return TW_OK;
}

void tw_model_free(struct tw_model *m)
{
    if (!m)
        return;
    tw_arena_release(&m->arena);
    free(m);
}

const struct tw_model_shape *tw_model_shape(const struct tw_model *m)
{
    return &m->shape;
}

const char *tw_model_arch(const struct tw_model *m)
{
    return m->arch->name;
}

const char *tw_model_type(const struct tw_model *m)
{
    return m->type;
}
