/*
 * forward.c - one step through the layers: token ids in, logits out.
 *
 *     n = norm(x);  x += post(Wo attention(rope(Wq n), rope(Wk n), Wv n))
 *     n = norm(x);  x += post(Wdown (act(Wgate n) * (Wup n)))
 *     logits = Whead norm(x)
 *
 * post is a norm in families that have one and nothing in the others.  Shapes
 * have the letters of model.h and session_priv.h.
 */
#include "llm/session_priv.h"

#include <math.h>

#include "base/banned.h"

/* y (T, outputs) = x (T, inputs) times w transposed. */
static void multiply(const struct tw_step *t, const struct tw_weights *w,
                     const float *x, size_t n, float *y)
{
    tw_matmul_rows(t->s->m->be, w, x, w->k, n, y, w->n);
}

/* y (n, width) += bias (width); NULL: there is none. */
static void add_bias(float *y, const float *bias, size_t n, size_t width)
{
    for (size_t r = 0; bias && r < n; r++)
        for (size_t i = 0; i < width; i++)
            y[r * width + i] += bias[i];
}

/* y (n, width) = RMS norm of each row of x, times weight; y may be x. */
static void normalize(const struct tw_step *t, const float *x,
                      const float *weight, size_t n, size_t width, float *y)
{
    const struct tw_model *m = t->s->m;

    TW_ASSERT(weight != NULL);
    for (size_t r = 0; r < n; r++)
        m->be->kern.rmsnorm_f32(y + r * width, x + r * width, weight, width,
                                m->shape.eps);
}

/* rope (T, N / 2, 2): cosine and sine of position times base^(-2i / N), in
 * double, for a float has no digits left at position 100,000 (Su et al. 2021,
 * "RoFormer"). */
static void fill_angles(const struct tw_step *t, float *rope, double base,
                        double scale, const float *factors)
{
    size_t n = t->s->m->shape.head_dim, half = n / 2;

    for (size_t i = 0; i < half; i++) {
        double f = pow(base, -2.0 * (double)i / (double)n);

        if (factors)
            f /= (double)factors[i];
        for (size_t r = 0; r < t->n; r++) {
            double angle = (double)t->s->pos[r] * scale * f;

            rope[(r * half + i) * 2] = (float)cos(angle);
            rope[(r * half + i) * 2 + 1] = (float)sin(angle);
        }
    }
}

/* The angles of all layers, once per step.  Windowed layers see short
 * distances only, so nothing stretches their positions. */
static void fill_rope(const struct tw_step *t)
{
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;

    fill_angles(t, s->rope, c->rope_base, c->rope_scale, s->m->rope_factors);
    if (s->rope_window)
        fill_angles(t, s->rope_window, s->m->arch->rope_base_window, 1, NULL);
}

/* Turn the pairs of one head x (N) by the angles of a row, rope (N / 2, 2). */
static void rotate_head(float *x, const float *rope, size_t half,
                        enum tw_rope_pairs pairs)
{
    size_t step = 2, other = 1; /* TW_ROPE_NORM */

    if (pairs == TW_ROPE_NEOX) {
        step = 1;
        other = half;
    }
    for (size_t i = 0; i < half; i++) {
        float *a = x + step * i, *b = a + other;
        float u = *a, v = *b, cosine = rope[2 * i], sine = rope[2 * i + 1];

        *a = u * cosine - v * sine;
        *b = u * sine + v * cosine;
    }
}

/* x (T, n_heads, N): RoPE of this layer. */
static void rotate(const struct tw_step *t, float *x, size_t n_heads)
{
    const struct tw_session *s = t->s;
    size_t n = s->m->shape.head_dim;
    const float *rope = s->rope;

    if (tw_arch_is_windowed(s->m->arch, t->layer))
        rope = s->rope_window;
    TW_ASSERT(rope != NULL);
    for (size_t r = 0; r < t->n; r++)
        for (size_t h = 0; h < n_heads; h++)
            rotate_head(x + (r * n_heads + h) * n, rope + r * n, n / 2,
                        s->m->arch->rope);
}

/* x += what attention makes of norm(x). */
static void run_attention(struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model *m = s->m;
    const struct tw_model_shape *c = &m->shape;
    const struct tw_model_layer *y = &m->layers[t->layer];
    size_t n = t->n, kv = tw_step_kv_size(t), q = c->n_heads * c->head_dim;

    normalize(t, s->x, y->attn_norm, n, c->d, s->norm);
    multiply(t, &y->q, s->norm, n, s->q);
    multiply(t, &y->k, s->norm, n, s->new_k);
    multiply(t, &y->v, s->norm, n, s->new_v);
    add_bias(s->q, y->bias_q, n, q);
    add_bias(s->new_k, y->bias_k, n, kv);
    add_bias(s->new_v, y->bias_v, n, kv);
    if (m->arch->qk_norm) {
        normalize(t, s->q, y->q_norm, n * c->n_heads, c->head_dim, s->q);
        normalize(t, s->new_k, y->k_norm, n * c->n_heads_kv, c->head_dim,
                  s->new_k);
    }
    rotate(t, s->q, c->n_heads);
    rotate(t, s->new_k, c->n_heads_kv);
    tw_step_store(t);
    tw_step_attend(t);
    multiply(t, &y->output, s->att, n, s->norm);
    if (m->arch->post_norm)
        normalize(t, s->norm, y->attn_post, n, c->d, s->norm);
    m->be->kern.add_f32(s->x, s->x, s->norm, n * c->d);
}

/* The tanh form of GELU, which these models were trained with (Hendrycks and
 * Gimpel 2016, section 2): it differs from the exact one in the fourth digit.
 * x (n) in place. */
static void gelu_tanh(float *x, size_t n)
{
    const float a = 0.7978845608f; /* sqrt(2 / pi) */

    for (size_t i = 0; i < n; i++) {
        float v = x[i];

        x[i] = 0.5f * v * (1 + tanhf(a * (v + 0.044715f * v * v * v)));
    }
}

static void activate(const struct tw_step *t, float *x, size_t n)
{
    if (t->s->m->arch->act == TW_ACT_GELU)
        gelu_tanh(x, n);
    else
        t->s->m->be->kern.silu_f32(x, x, n);
}

/* x += what the gated feed-forward part makes of norm(x). */
static void run_feed_forward(struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model *m = s->m;
    const struct tw_model_shape *c = &m->shape;
    const struct tw_model_layer *y = &m->layers[t->layer];
    size_t n = t->n;

    normalize(t, s->x, y->ffn_norm, n, c->d, s->norm);
    multiply(t, &y->gate, s->norm, n, s->gate);
    multiply(t, &y->up, s->norm, n, s->up);
    activate(t, s->gate, n * c->ff);
    m->be->kern.mul_f32(s->gate, s->gate, s->up, n * c->ff);
    multiply(t, &y->down, s->gate, n, s->norm);
    if (m->arch->post_norm)
        normalize(t, s->norm, y->ffn_post, n, c->d, s->norm);
    m->be->kern.add_f32(s->x, s->x, s->norm, n * c->d);
}

/* x (T, D): the rows of the embedding. */
static void embed(const struct tw_step *t, const int32_t *ids)
{
    const struct tw_model *m = t->s->m;
    size_t d = m->shape.d;
    float scale = sqrtf((float)d);

    for (size_t r = 0; r < t->n; r++)
        tw_weights_row(m->be, &m->embed, (size_t)ids[r], t->s->x + r * d);
    if (!m->arch->embed_scaled)
        return;
    for (size_t i = 0; i < t->n * d; i++)
        t->s->x[i] *= scale;
}

void tw_step_forward(struct tw_step *t, const int32_t *ids, float *logits,
                     size_t n_logits)
{
    struct tw_session *s = t->s;
    const struct tw_model *m = s->m;
    size_t d = m->shape.d;

    TW_ASSERT(n_logits <= t->n && t->n <= s->cap_rows);
    t->ld = s->cap_prefix + s->cap_tail;
    embed(t, ids);
    fill_rope(t);
    for (t->layer = 0; t->layer < m->shape.n_layers; t->layer++) {
        run_attention(t);
        run_feed_forward(t);
    }
    if (!n_logits)
        return; /* the head is the largest product: not for prompt tokens */
    normalize(t, s->x, m->norm, t->n, d, s->norm);
    multiply(t, &m->head, s->norm + (t->n - n_logits) * d, n_logits, logits);
}
