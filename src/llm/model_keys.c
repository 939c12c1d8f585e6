/*
 * model_keys.c - the sizes of a model from the keys of its file, each against
 * a limit, before any tensor is looked at: products of them then fit into a
 * size_t.
 */
#include "llm/model_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LAYERS_MAX 1024

int tw_model_shown_len(struct tw_gguf_string s)
{
    if (s.len < 40)
        return (int)s.len;
    return 40;
}

/* "llama.KEY" of this architecture. */
static void key_of(const struct tw_loader *l, char key[96], const char *name)
{
    snprintf(key, 96, "%s.%s", l->m->arch->name, name);
}

/* Is the key of this architecture there? */
static bool has(const struct tw_loader *l, const char *name)
{
    char key[96];

    key_of(l, key, name);
    return tw_gguf_has(l->f, key);
}

/* A number that must be there, 1 to max. */
static enum tw_status get_size(const struct tw_loader *l, const char *name,
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
static enum tw_status get_positive(const struct tw_loader *l, const char *name,
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

/* What stretches positions, by the names of rope.scaling.type. */
enum stretch {
    STRETCH_NONE,
    STRETCH_LINEAR,
    STRETCH_YARN,
    STRETCH_LONGROPE, /* by factors in tensors, not by a number */
    STRETCH_COUNT
};

static enum tw_status get_stretch(const struct tw_loader *l, enum stretch *x)
{
    static const char *const NAMES[STRETCH_COUNT] = { "none", "linear", "yarn",
                                                      "longrope" };
    struct tw_gguf_string type = { "linear", 6 };
    char key[96];

    key_of(l, key, "rope.scaling.type");
    if (tw_gguf_has(l->f, key))
        TW_TRY(tw_gguf_get_string(l->f, key, &type, l->err));
    for (size_t i = 0; i < STRETCH_COUNT; i++)
        if (strlen(NAMES[i]) == type.len &&
            memcmp(NAMES[i], type.bytes, type.len) == 0) {
            *x = (enum stretch)i;
            return TW_OK;
        }
    return tw_fail(l->err, TW_EFORMAT, 0, "unsupported %s '%.*s'", key,
                   tw_model_shown_len(type), type.bytes);
}

/* Positions that the model knew before its context was stretched. */
static enum tw_status get_original_context(const struct tw_loader *l, double *n)
{
    *n = (double)l->m->shape.context;
    return get_positive(l, "rope.scaling.original_context_length", n);
}

/* As llama.cpp counts it, the magnitude grows by 0.1 ln(factor). */
static enum tw_status load_yarn(struct tw_loader *l, double factor)
{
    struct tw_rope *r = &l->m->rope;
    double n_orig, fast = 32, slow = 1, mix = 1, magnitude = 1;

    TW_TRY(get_original_context(l, &n_orig));
    TW_TRY(get_positive(l, "rope.scaling.yarn_beta_fast", &fast));
    TW_TRY(get_positive(l, "rope.scaling.yarn_beta_slow", &slow));
    TW_TRY(get_positive(l, "rope.scaling.yarn_ext_factor", &mix));
    TW_TRY(get_positive(l, "rope.scaling.yarn_attn_factor", &magnitude));
    tw_rope_set_yarn(r, n_orig, fast, slow, mix);
    r->magnitude *= magnitude * (1 + 0.1 * log(factor));
    if (!(r->magnitude > 0)) /* a factor far below 1 */
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad '%s.rope.scaling.factor': %g", l->m->arch->name,
                       factor);
    return TW_OK;
}

/* The first n_rot values of a head turn, the rest stays as it is. */
static enum tw_status load_n_rot(struct tw_loader *l)
{
    size_t n = l->m->shape.head_dim;

    if (has(l, "rope.dimension_count"))
        TW_TRY(get_size(l, "rope.dimension_count", 1 << 16, &n));
    if (n > l->m->shape.head_dim || n % 2)
        return tw_fail(l->err, TW_EFORMAT, 0,
                       "bad '%s.rope.dimension_count': %zu of %zu",
                       l->m->arch->name, n, l->m->shape.head_dim);
    l->m->rope.n_rot = n;
    return TW_OK;
}

static enum tw_status load_rope(struct tw_loader *l)
{
    struct tw_model *m = l->m;
    struct tw_rope *r = &m->rope;
    enum stretch stretch = STRETCH_NONE;
    double factor = 1, n_orig;

    *r = (struct tw_rope){ .base = 10000, .scale = 1, .magnitude = 1 };
    TW_TRY(load_n_rot(l));
    TW_TRY(get_positive(l, "rope.freq_base", &r->base));
    TW_TRY(get_positive(l, "rope.scaling.attn_factor", &r->magnitude));
    TW_TRY(get_positive(l, "rope.scale_linear", &factor)); /* the old name */
    TW_TRY(get_positive(l, "rope.scaling.factor", &factor));
    TW_TRY(get_stretch(l, &stretch));
    TW_TRY(get_original_context(l, &n_orig));
    m->is_stretched = (double)m->shape.context > n_orig;
    if (stretch == STRETCH_LINEAR || stretch == STRETCH_YARN)
        r->scale = 1 / factor;
    if (stretch == STRETCH_YARN)
        TW_TRY(load_yarn(l, factor));
    m->rope_window = *r;
    if (m->arch->rope_base_window > 0) { /* short distances: not stretched */
        m->rope_window.base = m->arch->rope_base_window;
        m->rope_window.scale = m->rope_window.magnitude = 1;
        m->rope_window.mix = 0;
    }
    return TW_OK;
}

/* Sizes of the heads; their number has to be known. */
static enum tw_status load_head_dim(struct tw_loader *l)
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
static enum tw_status load_heads(struct tw_loader *l)
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
static enum tw_status load_window(struct tw_loader *l)
{
    if (!l->m->arch->window_pattern)
        return TW_OK;
    return get_size(l, "attention.sliding_window", 1 << 24,
                    &l->m->shape.window);
}

/* Only families that have caps at all look for their keys. */
static enum tw_status load_caps(struct tw_loader *l)
{
    const struct tw_arch *a = l->m->arch;
    double scores = a->score_cap, logits = a->logit_cap;

    if (scores > 0)
        TW_TRY(get_positive(l, "attn_logit_softcapping", &scores));
    if (logits > 0)
        TW_TRY(get_positive(l, "final_logit_softcapping", &logits));
    l->m->shape.score_cap = (float)scores;
    l->m->shape.logit_cap = (float)logits;
    return TW_OK;
}

static const char *name_of_eps(const struct tw_arch *a)
{
    if (a->layer_norm)
        return "attention.layer_norm_epsilon";
    return "attention.layer_norm_rms_epsilon";
}

/* All sizes, each against a limit: a hostile file asks for no more memory than
 * its own tensors have. */
enum tw_status tw_model_load_keys(struct tw_loader *l)
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
    TW_TRY(get_positive(l, name_of_eps(l->m->arch), &eps));
    s->eps = (float)eps;
    key_of(l, key, "expert_count");
    if (tw_gguf_get_u64(l->f, key, &n_experts, NULL) == TW_OK && n_experts)
        return tw_fail(l->err, TW_EFORMAT, 0, "unsupported %s %llu", key,
                       (unsigned long long)n_experts);
    set_score_scale(l->m);
    TW_TRY(load_window(l));
    TW_TRY(load_caps(l));
    return load_rope(l);
}
