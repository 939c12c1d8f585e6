/* session.c - the forward pass over a KV cache of one prefix and n tails. */
#include "kern/gemm.h"
#include "llm/model_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    CHUNK = 128, /* rows of a prefill step */
};

#define SESSION_MAX ((size_t)1 << 36)
#define PREFIX      SIZE_MAX /* sequence of a row that belongs to the prefix */

struct tw_session {
    const struct tw_model *m;
    struct tw_arena arena;
    size_t cap_prefix, n_prefix, n_seqs, cap_tail, n_rows; /* rows at most */
    size_t *n_tail;                                        /* per sequence */
    float *k, *v;           /* (layer, position, kv) */
    float *tail_k, *tail_v; /* (layer, sequence, position, kv) */
    float *x, *norm, *q, *kx, *vx, *att, *gate, *up, *rope, *scores;
    size_t *pos, *seq; /* of each row of a step */
};

/* One step: rows of the prefix, or one row of some tails. */
struct step {
    struct tw_session *s;
    size_t n;        /* rows */
    size_t n_prefix; /* prefix positions that the step sees */
    size_t ld;       /* of a row of scores */
    size_t layer;
};

static size_t kv_size(const struct tw_model_shape *c)
{
    return c->n_heads_kv * c->head_dim;
}

static float *room(struct tw_session *s, bool *ok, size_t a, size_t b)
{
    size_t n;
    float *p = __builtin_mul_overflow(a, b, &n)
                   ? NULL
                   : tw_arena_alloc(&s->arena, n, sizeof(float));

    *ok = *ok && p;
    return p;
}

static bool session_layout(struct tw_session *s)
{
    const struct tw_model_shape *c = &s->m->shape;
    size_t kv = kv_size(c), q = c->n_heads * c->head_dim, n = s->n_rows;
    size_t tail;
    bool ok = true;

    if (__builtin_mul_overflow(s->n_seqs, s->cap_tail, &tail))
        return false;
    s->k = room(s, &ok, c->n_layers * kv, s->cap_prefix);
    s->v = room(s, &ok, c->n_layers * kv, s->cap_prefix);
    s->tail_k = room(s, &ok, c->n_layers * kv, tail);
    s->tail_v = room(s, &ok, c->n_layers * kv, tail);
    s->x = room(s, &ok, n, c->d);
    s->norm = room(s, &ok, n, c->d);
    s->q = room(s, &ok, n, q);
    s->kx = room(s, &ok, n, kv);
    s->vx = room(s, &ok, n, kv);
    s->att = room(s, &ok, n, q);
    s->gate = room(s, &ok, n, c->ff);
    s->up = room(s, &ok, n, c->ff);
    s->rope = room(s, &ok, n, c->head_dim);
    s->scores = room(s, &ok, c->n_heads * n, s->cap_prefix + s->cap_tail);
    s->pos = tw_arena_alloc(&s->arena, n, sizeof(*s->pos));
    s->seq = tw_arena_alloc(&s->arena, n, sizeof(*s->seq));
    s->n_tail = tw_arena_alloc(&s->arena, s->n_seqs, sizeof(*s->n_tail));
    return ok && s->pos && s->seq && s->n_tail;
}

enum tw_status tw_session_new(struct tw_session **out, const struct tw_model *m,
                              size_t n_prefix, size_t n_seqs, size_t n_tail,
                              struct tw_err *err)
{
    struct tw_session *s = calloc(1, sizeof(*s));

    *out = NULL;
    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for session");
    tw_arena_init(&s->arena, SESSION_MAX);
    s->m = m;
    s->cap_prefix = n_prefix ? n_prefix : 1;
    s->n_seqs = n_seqs;
    s->cap_tail = n_tail;
    s->n_rows = n_prefix < CHUNK ? s->cap_prefix : CHUNK;
    if (s->n_rows < n_seqs)
        s->n_rows = n_seqs;
    if (n_prefix > m->shape.context || n_tail > m->shape.context ||
        !session_layout(s)) {
        tw_session_free(s);
        return tw_fail(err, TW_ENOMEM, 0,
                       "no room for a context of %zu + %zu x %zu tokens",
                       n_prefix, n_seqs, n_tail);
    }
    *out = s;
    return TW_OK;
}

void tw_session_free(struct tw_session *s)
{
    if (!s)
        return;
    tw_arena_release(&s->arena);
    free(s);
}

size_t tw_session_len(const struct tw_session *s)
{
    return s->n_prefix;
}

void tw_session_rewind(struct tw_session *s, size_t n)
{
    TW_ASSERT(n <= s->n_prefix);
    s->n_prefix = n;
    for (size_t i = 0; i < s->n_seqs; i++)
        s->n_tail[i] = 0;
}

/* y (n, outputs) = x (n, inputs) * w transposed. */
static void multiply(struct tw_session *s, const struct tw_weights *w,
                     const float *x, size_t n, float *y)
{
    tw_matmul_rows(s->m->be, w, x, w->k, n, y, w->n);
}

static void add_bias(float *y, const float *bias, size_t n, size_t width)
{
    for (size_t r = 0; bias && r < n; r++)
        for (size_t i = 0; i < width; i++)
            y[r * width + i] += bias[i];
}

/* cos and sin of every pair, once per step. */
static void fill_rope(struct step *t)
{
    const struct tw_model *m = t->s->m;
    const struct tw_model_shape *c = &m->shape;
    size_t half = c->head_dim / 2;

    for (size_t i = 0; i < half; i++) {
        double f = pow(c->rope_base, -2.0 * (double)i / (double)c->head_dim);

        if (m->rope_factors)
            f /= (double)m->rope_factors[i];
        for (size_t r = 0; r < t->n; r++) {
            double angle = (double)t->s->pos[r] * c->rope_scale * f;

            t->s->rope[(r * half + i) * 2] = (float)cos(angle);
            t->s->rope[(r * half + i) * 2 + 1] = (float)sin(angle);
        }
    }
}

static void rotate(const struct step *t, float *x, size_t r, size_t n_heads)
{
    const struct tw_model_shape *c = &t->s->m->shape;
    size_t half = c->head_dim / 2;
    size_t step = c->neox ? 1 : 2, other = c->neox ? half : 1;
    const float *rope = t->s->rope + r * c->head_dim;

    x += r * n_heads * c->head_dim;
    for (size_t h = 0; h < n_heads; h++, x += c->head_dim) {
        for (size_t i = 0; i < half; i++) {
            float *a = x + step * i, *b = a + other;
            float u = *a, v = *b, cosine = rope[2 * i], sine = rope[2 * i + 1];

            *a = u * cosine - v * sine;
            *b = u * sine + v * cosine;
        }
    }
}

/* Place of position p of a sequence in the cache of a layer. */
static size_t prefix_at(const struct step *t, size_t p)
{
    return (t->layer * t->s->cap_prefix + p) * kv_size(&t->s->m->shape);
}

static size_t tail_at(const struct step *t, size_t seq, size_t p)
{
    const struct tw_session *s = t->s;

    return ((t->layer * s->n_seqs + seq) * s->cap_tail + p) *
           kv_size(&s->m->shape);
}

static void store_kv(struct step *t, size_t r)
{
    struct tw_session *s = t->s;
    size_t kv = kv_size(&s->m->shape), bytes = kv * sizeof(float);
    bool shared = s->seq[r] == PREFIX;
    size_t at = shared ? prefix_at(t, s->pos[r])
                       : tail_at(t, s->seq[r], s->pos[r] - s->n_prefix);

    memcpy((shared ? s->k : s->tail_k) + at, s->kx + r * kv, bytes);
    memcpy((shared ? s->v : s->tail_v) + at, s->vx + r * kv, bytes);
}

/* Own positions of a row behind the prefix. */
static size_t tail_len(const struct step *t, size_t r)
{
    const struct tw_session *s = t->s;

    return s->seq[r] == PREFIX ? 0 : s->pos[r] - s->n_prefix + 1;
}

/* Item = (head, row): scores of the tail, mask, softmax. */
static void run_softmax(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct step *t = ctx;
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    const struct tw_kern *kern = &s->m->be->kern;
    size_t group = c->n_heads / c->n_heads_kv, kv = kv_size(c);
    float scale = 1.0f / sqrtf((float)c->head_dim);

    (void)worker;
    for (size_t i = first; i < last; i++) {
        size_t h = i / t->n, r = i % t->n, n = tail_len(t, r);
        const float *q = s->q + (r * c->n_heads + h) * c->head_dim;
        float *row = s->scores + i * t->ld, *tail = row + t->n_prefix;

        if (s->seq[r] == PREFIX) {
            size_t seen = s->pos[r] + 1;

            kern->softmax_f32(row, row, seen);
            memset(row + seen, 0, (t->n_prefix - seen) * sizeof(*row));
            continue;
        }
        const float *k =
            s->tail_k + tail_at(t, s->seq[r], 0) + h / group * c->head_dim;
        for (size_t p = 0; p < n; p++)
            tail[p] = scale * kern->dot_f32(q, k + p * kv, c->head_dim);
        kern->softmax_f32(row, row, t->n_prefix + n);
    }
}

static void run_tail_values(void *ctx, size_t first, size_t last,
                            unsigned worker)
{
    const struct step *t = ctx;
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    size_t group = c->n_heads / c->n_heads_kv, kv = kv_size(c);

    (void)worker;
    for (size_t i = first; i < last; i++) {
        size_t h = i / t->n, r = i % t->n, n = tail_len(t, r);
        const float *p = s->scores + i * t->ld + t->n_prefix;
        float *y = s->att + (r * c->n_heads + h) * c->head_dim;

        if (!n)
            continue;
        const float *v =
            s->tail_v + tail_at(t, s->seq[r], 0) + h / group * c->head_dim;
        for (size_t j = 0; j < n; j++)
            s->m->be->kern.axpy_f32(y, p[j], v + j * kv, c->head_dim);
    }
}

/* att (n, heads * head_dim) from q and the cache of this layer. */
static void attend(struct step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    struct tw_backend *be = s->m->be;
    size_t group = c->n_heads / c->n_heads_kv, kv = kv_size(c);
    size_t hd = c->head_dim, q_ld = c->n_heads * hd;
    float scale = 1.0f / sqrtf((float)hd);

    for (size_t g = 0; g < c->n_heads_kv && t->n_prefix; g++)
        tw_gemm_f32(be, &(struct tw_gemm){
                            .batch = group,
                            .m = t->n,
                            .n = t->n_prefix,
                            .k = hd,
                            .a = { s->q + g * group * hd, q_ld, false },
                            .stride_a = hd,
                            .b = { s->k + prefix_at(t, 0) + g * hd, kv, true },
                            .c = s->scores + g * group * t->n * t->ld,
                            .ldc = t->ld,
                            .stride_c = t->n * t->ld,
                            .alpha = scale });
    tw_pool_run(be->pool, c->n_heads * t->n, 8, run_softmax, t);
    if (!t->n_prefix)
        memset(s->att, 0, t->n * q_ld * sizeof(float));
    for (size_t g = 0; g < c->n_heads_kv && t->n_prefix; g++)
        tw_gemm_f32(
            be, &(struct tw_gemm){
                    .batch = group,
                    .m = t->n,
                    .n = hd,
                    .k = t->n_prefix,
                    .a = { s->scores + g * group * t->n * t->ld, t->ld, false },
                    .stride_a = t->n * t->ld,
                    .b = { s->v + prefix_at(t, 0) + g * hd, kv, false },
                    .c = s->att + g * group * hd,
                    .ldc = q_ld,
                    .stride_c = hd,
                    .alpha = 1.0f });
    tw_pool_run(be->pool, c->n_heads * t->n, 8, run_tail_values, t);
}

static void normalize(struct step *t, const float *weight)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;

    for (size_t r = 0; r < t->n; r++)
        s->m->be->kern.rmsnorm_f32(s->norm + r * c->d, s->x + r * c->d, weight,
                                   c->d, c->eps);
}

static void run_layer(struct step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    const struct tw_model_layer *y = &s->m->layers[t->layer];
    const struct tw_kern *kern = &s->m->be->kern;
    size_t kv = kv_size(c);

    normalize(t, y->attn_norm);
    multiply(s, &y->q, s->norm, t->n, s->q);
    multiply(s, &y->k, s->norm, t->n, s->kx);
    multiply(s, &y->v, s->norm, t->n, s->vx);
    add_bias(s->q, y->bias_q, t->n, c->n_heads * c->head_dim);
    add_bias(s->kx, y->bias_k, t->n, kv);
    add_bias(s->vx, y->bias_v, t->n, kv);
    for (size_t r = 0; r < t->n; r++) {
        rotate(t, s->q, r, c->n_heads);
        rotate(t, s->kx, r, c->n_heads_kv);
        store_kv(t, r);
    }
    attend(t);
    multiply(s, &y->output, s->att, t->n, s->norm);
    kern->add_f32(s->x, s->x, s->norm, t->n * c->d);
    normalize(t, y->ffn_norm);
    multiply(s, &y->gate, s->norm, t->n, s->gate);
    multiply(s, &y->up, s->norm, t->n, s->up);
    kern->silu_f32(s->gate, s->gate, t->n * c->ff);
    kern->mul_f32(s->gate, s->gate, s->up, t->n * c->ff);
    multiply(s, &y->down, s->gate, t->n, s->norm);
    kern->add_f32(s->x, s->x, s->norm, t->n * c->d);
}

/* logits of the last n_logits rows. */
static void forward(struct step *t, const int32_t *ids, float *logits,
                    size_t n_logits)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;

    t->ld = s->cap_prefix + s->cap_tail;
    for (size_t r = 0; r < t->n; r++)
        tw_weights_row(s->m->be, &s->m->embed, (size_t)ids[r], s->x + r * c->d);
    fill_rope(t);
    for (t->layer = 0; t->layer < c->n_layers; t->layer++)
        run_layer(t);
    if (!n_logits)
        return;
    normalize(t, s->m->norm);
    multiply(s, &s->m->head, s->norm + (t->n - n_logits) * c->d, n_logits,
             logits);
}

static enum tw_status check_ids(const struct tw_session *s, const int32_t *ids,
                                size_t n, struct tw_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (size_t)ids[i] >= s->m->shape.n_vocab)
            return tw_fail(err, TW_EINVAL, i, "bad token id %d: not 0..%zu",
                           (int)ids[i], s->m->shape.n_vocab - 1);
    return TW_OK;
}

enum tw_status tw_session_prefill(struct tw_session *s, const int32_t *ids,
                                  size_t n, float *logits, bool all,
                                  struct tw_err *err)
{
    TW_TRY(check_ids(s, ids, n, err));
    if (n > s->cap_prefix - s->n_prefix)
        return tw_fail(err, TW_ELIMIT, 0,
                       "prompt of %zu tokens exceeds the room for %zu",
                       s->n_prefix + n, s->cap_prefix);
    for (size_t first = 0; first < n;) {
        size_t rows = n - first < s->n_rows ? n - first : s->n_rows;
        size_t wanted = !logits ? 0 : all ? rows : first + rows == n;
        struct step t = { .s = s, .n = rows };

        for (size_t r = 0; r < rows; r++) {
            s->pos[r] = s->n_prefix + r;
            s->seq[r] = PREFIX;
        }
        s->n_prefix += rows;
        t.n_prefix = s->n_prefix;
        forward(&t, ids + first,
                logits ? logits + (all ? first * s->m->shape.n_vocab : 0)
                       : NULL,
                wanted);
        first += rows;
    }
    return TW_OK;
}

enum tw_status tw_session_decode(struct tw_session *s, const size_t *seqs,
                                 const int32_t *ids, size_t n, float *logits,
                                 struct tw_err *err)
{
    struct step t = { .s = s, .n = n, .n_prefix = s->n_prefix };

    TW_TRY(check_ids(s, ids, n, err));
    for (size_t r = 0; r < n; r++) {
        if (seqs[r] >= s->n_seqs || s->n_tail[seqs[r]] >= s->cap_tail)
            return tw_fail(err, TW_ELIMIT, r,
                           "answer exceeds the room for %zu tokens",
                           s->cap_tail);
        s->seq[r] = seqs[r];
        s->pos[r] = s->n_prefix + s->n_tail[seqs[r]];
    }
    for (size_t r = 0; r < n; r++)
        s->n_tail[seqs[r]]++;
    forward(&t, ids, logits, n);
    return TW_OK;
}
