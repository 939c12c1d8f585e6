/*
 * forward.c - one step through the layers: token ids in, logits out.
 *
 *     n = norm(x);  x += post(Wo attention(rope(Wq n), rope(Wk n), Wv n))
 *     n = norm(x);  x += post(Wdown (act(Wgate n) * (Wup n)))
 *     logits = Whead norm(x)
 *
 * post is a norm in families that have one and nothing in the others; plain
 * feed-forward parts have no gate; a layer without ffn_norm computes both
 * lines from the n of the first.  Shapes have the letters of model.h and
 * session_priv.h.
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

/* y = (x - mean) / deviation * w + b, all of width n (Ba et al. 2016, "Layer
 * normalization"); sums in double, for a mean may be large. */
static void layer_norm(float *y, const float *x, struct tw_norm w, size_t n,
                       float eps)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    float m = (float)mean;
    float scale = (float)(1 / sqrt(squares / (double)n + (double)eps));
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - m) * scale * w.w[i];
    for (size_t i = 0; w.b && i < n; i++)
        y[i] += w.b[i];
}

/* y (n, width) = norm of each row of x; y may be x. */
static void normalize(const struct tw_step *t, const float *x, struct tw_norm w,
                      size_t n, size_t width, float *y)
{
    const struct tw_model *m = t->s->m;

    TW_ASSERT(w.w != NULL && width > 0);
    for (size_t r = 0; r < n; r++) {
        if (m->arch->layer_norm)
            layer_norm(y + r * width, x + r * width, w, width, m->shape.eps);
        else
            m->be->kern.rmsnorm_f32(y + r * width, x + r * width, w.w, width,
                                    m->shape.eps);
    }
}

/* The norm of each head of x (T, n_heads, N), in place; NULL: there is none. */
static void normalize_heads(const struct tw_step *t, float *x, const float *w,
                            size_t n_heads)
{
    size_t n = t->s->m->shape.head_dim, step = 0;

    if (t->s->m->arch->head_norm == TW_HEAD_NORM_OWN)
        step = n;
    for (size_t i = 0; w && i < t->n * n_heads; i++)
        normalize(t, x + i * n, (struct tw_norm){ .w = w + i % n_heads * step },
                  1, n, x + i * n);
}

/* The angles of all layers, once per step. */
static void fill_rope(const struct tw_step *t)
{
    const struct tw_session *s = t->s;

    if (s->m->arch->rope == TW_ROPE_NONE)
        return;
    tw_rope_fill(&s->m->rope, s->pos, t->n, s->rope);
    if (s->rope_window)
        tw_rope_fill(&s->m->rope_window, s->pos, t->n, s->rope_window);
}

/* x (T, n_heads, N): RoPE of this layer. */
static void rotate(const struct tw_step *t, float *x, size_t n_heads)
{
    const struct tw_session *s = t->s;
    size_t n = s->m->shape.head_dim, n_rot = s->m->rope.n_rot;
    const float *rope = s->rope;

    if (s->m->arch->rope == TW_ROPE_NONE)
        return;
    if (tw_arch_is_windowed(s->m->arch, t->layer))
        rope = s->rope_window;
    TW_ASSERT(rope != NULL);
    for (size_t r = 0; r < t->n; r++)
        for (size_t h = 0; h < n_heads; h++)
            tw_rope_turn(x + (r * n_heads + h) * n, rope + r * n_rot, n_rot,
                         s->m->arch->rope);
}

/* Gate and up of the feed-forward part from s->norm.  A layer without ffn_norm
 * does it while the attention's norm is still there. */
static void widen(const struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model_layer *y = &s->m->layers[t->layer];
    size_t ff = s->m->shape.ff;

    multiply(t, &y->up, s->norm, t->n, s->up);
    add_bias(s->up, y->bias_up, t->n, ff);
    if (s->m->arch->ffn == TW_FFN_PLAIN)
        return;
    multiply(t, &y->gate, s->norm, t->n, s->gate);
    add_bias(s->gate, y->bias_gate, t->n, ff);
}

/* q, new_k and new_v from s->norm, as attention wants them. */
static void project(const struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    const struct tw_model_layer *y = &s->m->layers[t->layer];
    size_t n = t->n, kv = tw_step_kv_size(t), q = c->n_heads * c->head_dim;

    multiply(t, &y->q, s->norm, n, s->q);
    multiply(t, &y->k, s->norm, n, s->new_k);
    multiply(t, &y->v, s->norm, n, s->new_v);
    add_bias(s->q, y->bias_q, n, q);
    add_bias(s->new_k, y->bias_k, n, kv);
    add_bias(s->new_v, y->bias_v, n, kv);
    normalize_heads(t, s->q, y->q_norm, c->n_heads);
    normalize_heads(t, s->new_k, y->k_norm, c->n_heads_kv);
    rotate(t, s->q, c->n_heads);
    rotate(t, s->new_k, c->n_heads_kv);
}

/* x += what attention makes of norm(x). */
static void run_attention(struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model *m = s->m;
    const struct tw_model_shape *c = &m->shape;
    const struct tw_model_layer *y = &m->layers[t->layer];
    size_t n = t->n;

    normalize(t, s->x, y->attn_norm, n, c->d, s->norm);
    if (!y->ffn_norm.w)
        widen(t);
    project(t);
    tw_step_store(t);
    tw_step_attend(t);
    multiply(t, &y->output, s->att, n, s->norm);
    add_bias(s->norm, y->bias_output, n, c->d);
    if (m->arch->post_norm)
        normalize(t, s->norm, y->attn_post, n, c->d, s->norm);
    m->be->kern.add_f32(s->x, s->x, s->norm, n * c->d);
}

/* The tanh form of GELU, which these models were trained with (Hendrycks and
 * Gimpel 2016, section 2): it differs from the exact one in the fourth digit.
 * Since 1 + tanh(u) = 2 sigmoid(2u), it is silu(c x) / c with
 * c = 2 sqrt(2 / pi) (1 + 0.044715 x^2).  x (n) in place. */
static void gelu_tanh(const struct tw_kern *kern, float *x, size_t n)
{
    enum { CHUNK = 256 };
    float c[CHUNK];

    for (size_t first = 0; first < n; first += CHUNK) {
        size_t len = n - first;
        float *v = x + first;

        if (len > CHUNK)
            len = CHUNK;
        for (size_t i = 0; i < len; i++) {
            c[i] = 1.5957691216f * (1 + 0.044715f * v[i] * v[i]);
            v[i] *= c[i];
        }
        kern->silu_f32(v, v, len);
        for (size_t i = 0; i < len; i++)
            v[i] /= c[i];
    }
}

static void activate(const struct tw_step *t, float *x, size_t n)
{
    const struct tw_kern *kern = &t->s->m->be->kern;

    if (t->s->m->arch->act == TW_ACT_GELU)
        gelu_tanh(kern, x, n);
    else
        kern->silu_f32(x, x, n);
}

/* x += what the feed-forward part makes of norm(x). */
static void run_feed_forward(struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model *m = s->m;
    const struct tw_model_shape *c = &m->shape;
    const struct tw_model_layer *y = &m->layers[t->layer];
    size_t n = t->n;

    if (y->ffn_norm.w) {
        normalize(t, s->x, y->ffn_norm, n, c->d, s->norm);
        widen(t);
    }
    if (m->arch->ffn == TW_FFN_PLAIN) {
        activate(t, s->up, n * c->ff);
    } else {
        activate(t, s->gate, n * c->ff);
        m->be->kern.mul_f32(s->up, s->gate, s->up, n * c->ff);
    }
    multiply(t, &y->down, s->up, n, s->norm);
    add_bias(s->norm, y->bias_down, n, c->d);
    if (m->arch->post_norm)
        normalize(t, s->norm, y->ffn_post, n, c->d, s->norm);
    m->be->kern.add_f32(s->x, s->x, s->norm, n * c->d);
}

/* x (T, D): the rows of the embedding, and those of positions. */
static void embed(const struct tw_step *t, const int32_t *ids)
{
    const struct tw_model *m = t->s->m;
    size_t d = m->shape.d;
    float scale = sqrtf((float)d);

    for (size_t r = 0; r < t->n; r++)
        tw_weights_row(m->be, &m->embed, (size_t)ids[r], t->s->x + r * d);
    for (size_t r = 0; m->positions.data && r < t->n; r++) {
        TW_ASSERT(t->s->pos[r] < m->positions.n);
        tw_weights_row(m->be, &m->positions, t->s->pos[r], t->s->norm);
        m->be->kern.add_f32(t->s->x + r * d, t->s->x + r * d, t->s->norm, d);
    }
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
    add_bias(logits, m->bias_head, n_logits, m->shape.n_vocab);
    if (m->shape.logit_cap > 0)
        tw_step_cap(logits, n_logits * m->shape.n_vocab, m->shape.logit_cap);
}
