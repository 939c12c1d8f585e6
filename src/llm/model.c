/*
 * model.c - read and check a model: the keys against limits, then the shape of
 * every tensor against the keys, before any weight is used.  A file is
 * untrusted: forward.c and attend.c compute with these sizes unchecked.
 */
#include "llm/model.h"

#include "base/fault.h"
#include "llm/model_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARENA_MAX ((size_t)1 << 36) /* float copies of odd types */

/* "a, b, c": who has a file of another family learns which would do. */
static void list_archs(char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; tw_arch_name_at(i) && len < size; i++) {
        const char *comma = ", ";

        if (!i)
            comma = "";
        len += (size_t)snprintf(text + len, size - len, "%s%s", comma,
                                tw_arch_name_at(i));
    }
}

/* The family decides what the rest of the file has to hold. */
static enum tw_status find_arch(struct tw_loader *l)
{
    struct tw_gguf_string s;
    char known[160];

    TW_TRY(tw_gguf_get_string(l->f, "general.architecture", &s, l->err));
    l->m->arch = tw_arch_find(s.bytes, s.len);
    if (l->m->arch)
        return TW_OK;
    list_archs(known, sizeof(known));
    return tw_fail(l->err, TW_EFORMAT, 0,
                   "unsupported general.architecture '%.*s'; known: %s",
                   tw_model_shown_len(s), s.bytes, known);
}

/* llama.cpp cuts large models into files, of which the first has the keys and
 * none has all tensors. */
static enum tw_status refuse_part(const struct tw_loader *l)
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

/* As GGUF has it, ne[0] is the length of a row. */
static enum tw_status fail_shape(const struct tw_loader *l, const char *name,
                                 const struct tw_gguf_tensor *t, size_t rows,
                                 size_t cols)
{
    return tw_fail(l->err, TW_EFORMAT, 0,
                   "bad tensor '%s': %llu x %llu, not %zu x %zu", name,
                   (unsigned long long)t->ne[1], (unsigned long long)t->ne[0],
                   rows, cols);
}

/* The whole tensor as float32 in the model's arena. */
static enum tw_status unpack(struct tw_loader *l, const char *name,
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
static enum tw_status place_weights(struct tw_loader *l, const char *name,
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
static enum tw_status load_matrix(struct tw_loader *l, const char *name,
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
static enum tw_status load_vector(struct tw_loader *l, const char *name,
                                  size_t n, const float **v)
{
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(l->f, name);

    if (!t)
        return tw_fail(l->err, TW_EFORMAT, 0, "missing tensor '%s'", name);
    /* Norms of heads may lie as (heads, N). */
    if (t->ne[1] > n || t->ne[0] > n || t->ne[0] * t->ne[1] != n ||
        t->ne[2] != 1 || t->ne[3] != 1)
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
static enum tw_status load_vectors(struct tw_loader *l, size_t layer,
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

static enum presence optional_unless(bool needed)
{
    if (needed)
        return NEEDED;
    return OPTIONAL;
}

/* Norms of heads: one weight for all, or one each where the file has them. */
static enum tw_status load_head_norms(struct tw_loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    enum tw_head_norm kind = l->m->arch->head_norm;
    enum presence presence = OPTIONAL;
    size_t q = 1, kv = 1;

    if (kind == TW_HEAD_NORM_NONE)
        return TW_OK;
    if (kind == TW_HEAD_NORM_SHARED) {
        presence = NEEDED;
    } else {
        q = s->n_heads;
        kv = s->n_heads_kv;
    }
    const struct vector_part NORMS[] = {
        { "attn_q_norm.weight", q * s->head_dim, presence, &y->q_norm },
        { "attn_k_norm.weight", kv * s->head_dim, presence, &y->k_norm },
    };
    return load_vectors(l, i, NORMS, TW_ARRAY_LEN(NORMS));
}

static enum tw_status load_norms(struct tw_loader *l, size_t i)
{
    const struct tw_arch *a = l->m->arch;
    struct tw_model_layer *y = &l->m->layers[i];
    size_t d = l->m->shape.d;
    enum presence ffn = optional_unless(a->needs_ffn_norm);
    enum presence post = needed_if(a->post_norm);
    enum presence bias = needed_if(a->layer_norm);
    const struct vector_part NORMS[] = {
        { "attn_norm.weight", d, NEEDED, &y->attn_norm.w },
        { "attn_norm.bias", d, bias, &y->attn_norm.b },
        { "post_attention_norm.weight", d, post, &y->attn_post.w },
        { "ffn_norm.weight", d, ffn, &y->ffn_norm.w },
        { "post_ffw_norm.weight", d, post, &y->ffn_post.w },
    };

    TW_TRY(load_vectors(l, i, NORMS, TW_ARRAY_LEN(NORMS)));
    if (a->layer_norm && y->ffn_norm.w) {
        const struct vector_part BIAS = { "ffn_norm.bias", d, NEEDED,
                                          &y->ffn_norm.b };

        TW_TRY(load_vectors(l, i, &BIAS, 1));
    }
    return load_head_norms(l, i);
}

/* A fused bias or three, or none. */
static enum tw_status load_biases(struct tw_loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    size_t q = s->n_heads * s->head_dim, kv = s->n_heads_kv * s->head_dim;
    const float *fused = NULL;
    const struct vector_part BIASES[] = {
        { "attn_qkv.bias", q + 2 * kv, OPTIONAL, &fused },
        { "attn_q.bias", q, OPTIONAL, &y->bias_q },
        { "attn_k.bias", kv, OPTIONAL, &y->bias_k },
        { "attn_v.bias", kv, OPTIONAL, &y->bias_v },
        { "attn_output.bias", s->d, OPTIONAL, &y->bias_output },
        { "ffn_gate.bias", s->ff, OPTIONAL, &y->bias_gate },
        { "ffn_up.bias", s->ff, OPTIONAL, &y->bias_up },
        { "ffn_down.bias", s->d, OPTIONAL, &y->bias_down },
    };

    TW_TRY(load_vectors(l, i, BIASES, TW_ARRAY_LEN(BIASES)));
    if (fused) {
        y->bias_q = fused;
        y->bias_k = fused + q;
        y->bias_v = fused + q + kv;
    }
    return TW_OK;
}

/* n rows of w from row first on. */
static struct tw_weights take_rows(const struct tw_weights *w, size_t first,
                                   size_t n)
{
    size_t bytes = tw_weights_row_bytes(w->type, w->k);
    struct tw_weights part = *w;

    TW_ASSERT(first + n <= w->n);
    part.data = (const uint8_t *)w->data + first * bytes;
    part.n = n;
    return part;
}

struct matrix_part {
    const char *part;
    size_t rows, cols;
    struct tw_weights *w;
};

static enum tw_status load_matrices(struct tw_loader *l, size_t layer,
                                    const struct matrix_part *parts, size_t n)
{
    char name[64];

    for (size_t i = 0; i < n; i++)
        TW_TRY(load_matrix(l, layer_name(name, layer, parts[i].part),
                           parts[i].rows, parts[i].cols, parts[i].w));
    return TW_OK;
}

/* The fused matrix has the rows of q, then of k, then of v. */
static enum tw_status load_attention(struct tw_loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    size_t q = s->n_heads * s->head_dim, kv = s->n_heads_kv * s->head_dim;
    struct tw_weights fused;
    char name[64];
    const struct matrix_part MATRICES[] = {
        { "attn_output.weight", s->d, q, &y->output },
        { "attn_q.weight", q, s->d, &y->q },
        { "attn_k.weight", kv, s->d, &y->k },
        { "attn_v.weight", kv, s->d, &y->v },
    };

    layer_name(name, i, "attn_qkv.weight");
    if (!tw_gguf_tensor_find(l->f, name))
        return load_matrices(l, i, MATRICES, TW_ARRAY_LEN(MATRICES));
    TW_TRY(load_matrix(l, name, q + 2 * kv, s->d, &fused));
    y->q = take_rows(&fused, 0, q);
    y->k = take_rows(&fused, q, kv);
    y->v = take_rows(&fused, q + kv, kv);
    return load_matrices(l, i, MATRICES, 1);
}

static enum tw_status load_feed_forward(struct tw_loader *l, size_t i)
{
    const struct tw_model_shape *s = &l->m->shape;
    struct tw_model_layer *y = &l->m->layers[i];
    enum tw_ffn kind = l->m->arch->ffn;
    struct tw_weights fused;
    char name[64];
    const struct matrix_part MATRICES[] = {
        { "ffn_down.weight", s->d, s->ff, &y->down },
        { "ffn_up.weight", s->ff, s->d, &y->up },
        { "ffn_gate.weight", s->ff, s->d, &y->gate },
    };

    if (kind == TW_FFN_GATED)
        return load_matrices(l, i, MATRICES, 3);
    if (kind == TW_FFN_PLAIN)
        return load_matrices(l, i, MATRICES, 2);
    TW_TRY(load_matrix(l, layer_name(name, i, "ffn_up.weight"), 2 * s->ff, s->d,
                       &fused));
    y->gate = take_rows(&fused, 0, s->ff);
    y->up = take_rows(&fused, s->ff, s->ff);
    return load_matrices(l, i, MATRICES, 1);
}

/* Matrices and vectors of layer i, each of exactly the shape that the keys
 * say. */
static enum tw_status load_layer(struct tw_loader *l, size_t i)
{
    TW_ASSERT(i < l->m->shape.n_layers);
    TW_TRY(load_attention(l, i));
    TW_TRY(load_feed_forward(l, i));
    TW_TRY(load_biases(l, i));
    return load_norms(l, i);
}

/* Factors of Llama 3.1 first; else those of LongRoPE for the context that the
 * file promises, so that an answer does not depend on the room of a session. */
static enum tw_status load_factors(struct tw_loader *l)
{
    struct tw_model *m = l->m;
    const char *name = "rope_factors_short.weight";

    if (m->is_stretched)
        name = "rope_factors_long.weight";
    if (tw_gguf_tensor_find(l->f, "rope_freqs.weight"))
        name = "rope_freqs.weight";
    if (!tw_gguf_tensor_find(l->f, name))
        return TW_OK;
    TW_TRY(load_vector(l, name, m->rope.n_rot / 2, &m->rope.factors));
    if (!(m->arch->rope_base_window > 0))
        m->rope_window.factors = m->rope.factors;
    return TW_OK;
}

/* Tokens and positions. */
static enum tw_status load_embedding(struct tw_loader *l)
{
    struct tw_model *m = l->m;
    struct tw_model_shape *s = &m->shape;

    TW_TRY(load_matrix(l, "token_embd.weight", 0, s->d, &m->embed));
    s->n_vocab = m->embed.n;
    /* An id is an int32_t and logits are a row of so many floats. */
    if (s->n_vocab > 1 << 22)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad tensor 'token_embd.weight': %zu tokens",
                       s->n_vocab);
    if (m->arch->rope == TW_ROPE_NONE)
        return load_matrix(l, "position_embd.weight", s->context, s->d,
                           &m->positions);
    return load_factors(l);
}

/* What stands behind the last layer. */
static enum tw_status load_head(struct tw_loader *l)
{
    struct tw_model *m = l->m;
    struct tw_model_shape *s = &m->shape;

    m->head = m->embed; /* tied, unless the file has another */
    if (tw_gguf_tensor_find(l->f, "output.weight"))
        TW_TRY(load_matrix(l, "output.weight", s->n_vocab, s->d, &m->head));
    if (tw_gguf_tensor_find(l->f, "output.bias"))
        TW_TRY(load_vector(l, "output.bias", s->n_vocab, &m->bias_head));
    if (m->arch->layer_norm)
        TW_TRY(load_vector(l, "output_norm.bias", s->d, &m->norm.b));
    return load_vector(l, "output_norm.weight", s->d, &m->norm.w);
}

/* The order matters: keys before tensors, and the embedding before the rest,
 * for its rows are the number of tokens. */
static enum tw_status load(struct tw_loader *l)
{
    struct tw_model *m = l->m;
    struct tw_model_shape *s = &m->shape;

    TW_TRY(refuse_part(l));
    TW_TRY(find_arch(l));
    TW_TRY(tw_model_load_keys(l));
    TW_TRY(load_embedding(l));
    TW_TRY(load_head(l));
    m->layers = tw_arena_alloc(&m->arena, s->n_layers, sizeof(*m->layers));
    if (!m->layers)
        return tw_fail(l->err, TW_ENOMEM, 0, "out of memory for model");
    for (size_t i = 0; i < s->n_layers; i++)
        TW_TRY(load_layer(l, i));
    TW_ASSERT(m->head.n == s->n_vocab && m->head.k == s->d);
    TW_ASSERT(s->n_heads % s->n_heads_kv == 0 && s->head_dim % 2 == 0);
    TW_ASSERT((s->window != 0) == (m->arch->window_pattern != 0));
    TW_ASSERT(s->score_scale > 0 && m->rope.scale > 0);
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
    enum tw_status st = load(&(struct tw_loader){ f, m, err });
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
