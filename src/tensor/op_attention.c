/*
 * op_attention.c - causal attention with RoPE.
 *
 * It goes by blocks of ROWS queries per (row of the batch, key head): scores of
 * a block are made, used and forgotten; for the backward pass only the log of
 * each row's sum is saved and the scores are made again.
 *
 *     s = rope(q) rope(k)^T / sqrt(D),  p = softmax(s),  y = p v
 *     dv = p^T dy,  ds = p (dy v^T - sum(dy y)),  dq = ds k,  dk = ds^T q
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { ROWS = 32 };

/* Settings: sizes as in ops.h. */
struct attention {
    size_t B, T, H, Hkv, D;
    float rope_base;
};

/* One task: a key head of one row of the batch, with a worker's scratch. */
struct head {
    const struct tw_node *n;
    const struct attention *s;
    const struct tw_vec *vec;
    size_t b, kv;
    size_t T, D, n_q, n_kv; /* n_q, n_kv: floats from one t to the next */
    size_t ld;              /* floats per row of k_t, v_t, p, dp; > T */
    const int32_t *seg;     /* (T) of this row of the batch, or NULL */
    float *k;               /* (T, D), turned */
    float *k_t, *v_t;       /* (D, ld) */
    float *q;               /* (ROWS, D), turned and scaled */
    float *p;               /* (ROWS, ld): scores, then weights */
    float *dk;              /* (T, D) */
    float *dq;              /* (ROWS, D) */
    float *dp;              /* (ROWS, ld) */
};

static size_t row_floats(size_t T)
{
    return (T + 2 * TW_VEC_PAD - 1) / TW_VEC_PAD * TW_VEC_PAD;
}

static size_t scratch_floats(const struct attention *s)
{
    size_t ld = row_floats(s->T), D = s->D;
    size_t n = 2 * D * ld + 2 * s->T * D + 2 * ROWS * D + 2 * ROWS * ld;

    return (n + 8 * TW_VEC_PAD + 15) & ~(size_t)15;
}

/* Turn the pairs (2 i, 2 i + 1) by the angle of position t; dir -1: back. */
static void rotate(const struct head *h, float *to, const float *from, size_t t,
                   float dir, float scale)
{
    h->vec->rotate(to, from, h->n->keep + 2 * t * h->D, dir, scale, h->D);
}

static struct head head_of(struct tw_node *n, size_t task, unsigned worker)
{
    const struct attention *s = n->settings;
    struct head h = { .n = n, .s = s, .vec = n->graph->vec };
    float *at = n->graph->scratch + worker * scratch_floats(s);

    h.T = s->T;
    h.D = s->D;
    h.b = task / s->Hkv;
    h.kv = task % s->Hkv;
    h.n_q = s->H * h.D;
    h.n_kv = s->Hkv * h.D;
    h.ld = row_floats(h.T);
    if (n->in[3])
        h.seg = n->in[3]->t.ids + h.b * h.T;
    h.k_t = at;
    h.v_t = h.k_t + h.D * h.ld + TW_VEC_PAD;
    h.p = h.v_t + h.D * h.ld + TW_VEC_PAD;
    h.dp = h.p + ROWS * h.ld + TW_VEC_PAD;
    h.k = h.dp + ROWS * h.ld + TW_VEC_PAD;
    h.dk = h.k + h.T * h.D + TW_VEC_PAD;
    h.q = h.dk + h.T * h.D + TW_VEC_PAD;
    h.dq = h.q + ROWS * h.D + TW_VEC_PAD;
    TW_ASSERT(h.dq + ROWS * h.D + TW_VEC_PAD <= at + scratch_floats(s));
    TW_ASSERT(h.ld >= h.T + TW_VEC_PAD - 1);
    return h;
}

static size_t kv_at(const struct head *h)
{
    return h->b * h->T * h->n_kv + h->kv * h->D;
}

static size_t q_at(const struct head *h, size_t q_head, size_t t)
{
    return (h->b * h->T + t) * h->n_q + q_head * h->D;
}

static void load_keys(const struct head *h)
{
    const struct tw_kern *kern = &h->n->graph->be->kern;
    const float *k = tw_node_in(h->n, 1) + kv_at(h);

    for (size_t t = 0; t < h->T; t++)
        rotate(h, h->k + t * h->D, k + t * h->n_kv, t, 1.0f, 1.0f);
    kern->transpose_f32(h->k_t, h->ld, h->k, h->D, h->T, h->D);
}

/* A block of queries t0 .. t0 + m - 1 of one head, and the keys first ..
 * end - 1 that some of them may see. */
struct block {
    size_t q_head, t0, m;
    size_t first, end;
};

/* Does key s belong to the segment of a query of the block?  Segments are runs
 * as a rule, so that few rows differ from the row before. */
static bool is_seen(const struct head *h, const struct block *b, size_t s)
{
    for (size_t i = 0; i < b->m; i++) {
        const int32_t *seg = h->seg + b->t0 + i;

        if ((i == 0 || seg[0] != seg[-1]) && seg[0] == h->seg[s])
            return true;
    }
    return false;
}

static struct block block_at(const struct head *h, size_t q_head, size_t t0)
{
    struct block b = { .q_head = q_head, .t0 = t0 };

    b.m = h->T - t0 < ROWS ? h->T - t0 : ROWS;
    b.end = t0 + b.m;
    while (h->seg && b.first < t0 && !is_seen(h, &b, b.first))
        b.first++;
    b.first -= b.first % TW_VEC_PAD;
    TW_ASSERT(b.first <= t0 && b.end <= h->T);
    return b;
}

/* Scores into columns first .. end - 1 of p; what a query may not see becomes
 * -inf. */
static void make_scores(const struct head *h, const struct block *b)
{
    const float *q = tw_node_in(h->n, 0) + q_at(h, b->q_head, b->t0);
    float scale = 1.0f / sqrtf((float)h->D);

    for (size_t i = 0; i < b->m; i++)
        rotate(h, h->q + i * h->D, q + i * h->n_q, b->t0 + i, 1.0f, scale);
    h->vec->mm(h->p + b->first, (ptrdiff_t)h->ld,
               (struct tw_vec_mat){ h->q, (ptrdiff_t)h->D, 1 },
               (struct tw_vec_mat){ h->k_t + b->first, (ptrdiff_t)h->ld, 1 },
               (const size_t[]){ b->m, b->end - b->first, h->D }, false);
    for (size_t i = 0; i < b->m; i++) {
        float *p = h->p + i * h->ld;
        size_t t = b->t0 + i;

        for (size_t s = t + 1; s < b->end; s++)
            p[s] = -INFINITY;
        for (size_t s = b->first; h->seg && s < t; s++)
            p[s] = h->seg[s] == h->seg[t] ? p[s] : -INFINITY;
    }
}

static void block_forward(const struct head *h, const struct block *b)
{
    const struct tw_node *n = h->n;
    const float *v = tw_node_in(n, 2) + kv_at(h) + b->first * h->n_kv;
    float *lse = n->saved + (h->b * h->s->H + b->q_head) * h->T;
    float *y = n->t.data + q_at(h, b->q_head, b->t0);
    size_t width = b->end - b->first;
    float inv[ROWS];

    make_scores(h, b);
    for (size_t i = 0; i < b->m; i++) {
        float *p = h->p + i * h->ld + b->first;
        float top = h->vec->max(p, width);
        float sum = h->vec->exp_sum(p, p, top, width);

        lse[b->t0 + i] = top + logf(sum);
        inv[i] = 1.0f / sum;
    }
    h->vec->mm(y, (ptrdiff_t)h->n_q,
               (struct tw_vec_mat){ h->p + b->first, (ptrdiff_t)h->ld, 1 },
               (struct tw_vec_mat){ v, (ptrdiff_t)h->n_kv, 1 },
               (const size_t[]){ b->m, h->D, width }, false);
    for (size_t i = 0; i < b->m; i++)
        h->vec->scale(y + i * h->n_q, y + i * h->n_q, inv[i], 0.0f, h->D,
                      false);
}

static void head_forward(const struct head *h, size_t q_head)
{
    for (size_t t0 = 0; t0 < h->T; t0 += ROWS) {
        struct block b = block_at(h, q_head, t0);

        block_forward(h, &b);
    }
}

/* Query heads of one key head. */
static size_t group_of(const struct attention *s)
{
    TW_ASSERT(s->H % s->Hkv == 0);
    return s->H / s->Hkv;
}

static void forward_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t group = group_of(n->settings);

    for (size_t task = first; task < last; task++) {
        struct head h = head_of(n, task, worker);

        load_keys(&h);
        for (size_t i = 0; i < group; i++)
            head_forward(&h, h.kv * group + i);
    }
}

/* Heads of short rows go together: 8 products cost about one element of an
 * elementwise loop. */
static size_t task_grain(const struct tw_node *n)
{
    const struct attention *s = n->settings;

    return tw_row_grain(s->T * s->T / 8 * s->D * group_of(s));
}

/* A task is a key head of a row of the batch. */
static size_t count_tasks(const struct tw_node *n)
{
    const struct attention *s = n->settings;

    return s->B * s->Hkv;
}

static void attention_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, count_tasks(n), task_grain(n), forward_part, n);
}

/* p from the saved sums, and dp = dy v^T turned into ds, in place. */
static void make_ds(const struct head *h, const struct block *b)
{
    const struct tw_node *n = h->n;
    const float *lse = n->saved + (h->b * h->s->H + b->q_head) * h->T + b->t0;
    size_t at = q_at(h, b->q_head, b->t0), width = b->end - b->first;
    const float *y = n->t.data + at, *dy = n->t.grad + at;

    make_scores(h, b);
    h->vec->mm(h->dp + b->first, (ptrdiff_t)h->ld,
               (struct tw_vec_mat){ dy, (ptrdiff_t)h->n_q, 1 },
               (struct tw_vec_mat){ h->v_t + b->first, (ptrdiff_t)h->ld, 1 },
               (const size_t[]){ b->m, width, h->D }, false);
    for (size_t i = 0; i < b->m; i++) {
        float *p = h->p + i * h->ld + b->first;
        float *dp = h->dp + i * h->ld + b->first;
        float dot = h->vec->dot(y + i * h->n_q, dy + i * h->n_q, h->D);

        (void)h->vec->exp_sum(p, p, lse[i], width);
        h->vec->softmax_back(dp, p, dp, dot, 1.0f, width, false);
    }
}

static void add_dq(const struct head *h, const struct block *b)
{
    float *dq = tw_node_din(h->n, 0) + q_at(h, b->q_head, b->t0);
    float scale = 1.0f / sqrtf((float)h->D);

    h->vec->mm(
        h->dq, (ptrdiff_t)h->D,
        (struct tw_vec_mat){ h->dp + b->first, (ptrdiff_t)h->ld, 1 },
        (struct tw_vec_mat){ h->k + b->first * h->D, (ptrdiff_t)h->D, 1 },
        (const size_t[]){ b->m, h->D, b->end - b->first }, false);
    for (size_t i = 0; i < b->m; i++) {
        float *part = h->dq + i * h->D;

        rotate(h, part, part, b->t0 + i, -1.0f, scale);
        h->vec->scale(dq + i * h->n_q, part, 1.0f, 0.0f, h->D, true);
    }
}

static void block_backward(const struct head *h, const struct block *b)
{
    const struct tw_node *n = h->n;
    const float *dy = n->t.grad + q_at(h, b->q_head, b->t0);
    const size_t mnk[3] = { b->end - b->first, h->D, b->m };
    float *dv = tw_node_din(n, 2);

    make_ds(h, b);
    if (dv)
        h->vec->mm(dv + kv_at(h) + b->first * h->n_kv, (ptrdiff_t)h->n_kv,
                   (struct tw_vec_mat){ h->p + b->first, 1, (ptrdiff_t)h->ld },
                   (struct tw_vec_mat){ dy, (ptrdiff_t)h->n_q, 1 }, mnk, true);
    if (tw_node_din(n, 1))
        h->vec->mm(h->dk + b->first * h->D, (ptrdiff_t)h->D,
                   (struct tw_vec_mat){ h->dp + b->first, 1, (ptrdiff_t)h->ld },
                   (struct tw_vec_mat){ h->q, (ptrdiff_t)h->D, 1 }, mnk, true);
    if (tw_node_din(n, 0))
        add_dq(h, b);
}

static void head_backward(const struct head *h, size_t q_head)
{
    for (size_t t0 = 0; t0 < h->T; t0 += ROWS) {
        struct block b = block_at(h, q_head, t0);

        block_backward(h, &b);
    }
}

/* Clear the task's part of one operand's gradient where it starts fresh: all
 * is added then, because q, k and v may be one tensor. */
static void clear_part(const struct head *h, int i, size_t at, size_t width)
{
    float *d = tw_node_din(h->n, i);
    size_t step = i == 0 ? h->n_q : h->n_kv;

    for (size_t t = 0; d && !h->n->acc[i] && t < h->T; t++)
        memset(d + at + t * step, 0, width * sizeof(float));
}

static void store_dk(const struct head *h)
{
    float *dk = tw_node_din(h->n, 1);

    for (size_t t = 0; dk && t < h->T; t++) {
        rotate(h, h->dk + t * h->D, h->dk + t * h->D, t, -1.0f, 1.0f);
        h->vec->scale(dk + kv_at(h) + t * h->n_kv, h->dk + t * h->D, 1.0f, 0.0f,
                      h->D, true);
    }
}

static void backward_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    size_t group = group_of(n->settings);

    for (size_t task = first; task < last; task++) {
        struct head h = head_of(n, task, worker);

        load_keys(&h);
        n->graph->be->kern.transpose_f32(
            h.v_t, h.ld, tw_node_in(n, 2) + kv_at(&h), h.n_kv, h.T, h.D);
        clear_part(&h, 0, q_at(&h, h.kv * group, 0), group * h.D);
        clear_part(&h, 1, kv_at(&h), h.D);
        clear_part(&h, 2, kv_at(&h), h.D);
        memset(h.dk, 0, h.T * h.D * sizeof(float));
        for (size_t i = 0; i < group; i++)
            head_backward(&h, h.kv * group + i);
        store_dk(&h);
    }
}

static void attention_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, count_tasks(n), task_grain(n), backward_part, n);
}

/* keep (T, 2, D): cos twice for each pair, then -sin and sin of the angle
 * t base^(-2 i / D). */
static void attention_prepare(struct tw_graph *g, struct tw_node *n)
{
    const struct attention *s = n->settings;
    size_t D = s->D;

    TW_ASSERT(n->keep && n->n_scratch <= g->n_scratch && D % 2 == 0);
    for (size_t t = 0; t < s->T; t++)
        for (size_t i = 0; i < D; i += 2) {
            double angle =
                (double)t * pow((double)s->rope_base, -(double)i / (double)D);
            float *turn = n->keep + 2 * t * D + i;

            turn[0] = turn[1] = (float)cos(angle);
            turn[D] = -(float)sin(angle);
            turn[D + 1] = (float)sin(angle);
        }
}

static const struct tw_op op_attention = { .name = "attention",
                                           .forward = attention_forward,
                                           .backward = attention_backward,
                                           .prepare = attention_prepare,
                                           .ids_at = 3,
                                           .settings =
                                               sizeof(struct attention) };

static bool shapes_fit(const struct tw_tensor *const in[4], size_t H,
                       size_t Hkv)
{
    const struct tw_tensor *q = in[0], *k = in[1], *seg = in[3];

    if (q->n_dims != 3 || H == 0 || Hkv == 0 || H % Hkv != 0 ||
        q->shape[2] % (2 * H) != 0)
        return false;
    if (k->n_dims != 3 || k->shape[0] != q->shape[0] ||
        k->shape[1] != q->shape[1] || k->shape[2] != q->shape[2] / H * Hkv ||
        !tw_same_shape(k, in[2]))
        return false;
    return !seg || (seg->n_dims == 2 && seg->shape[0] == q->shape[0] &&
                    seg->shape[1] == q->shape[1]);
}

struct tw_tensor *tw_op_attention(struct tw_graph *g, struct tw_tensor *q,
                                  struct tw_tensor *k, struct tw_tensor *v,
                                  struct tw_tensor *segments, size_t n_heads,
                                  size_t n_heads_kv, float rope_base)
{
    struct tw_tensor *in[] = { q, k, v, segments };
    struct tw_node *n;

    if (!tw_node_operands(g, &op_attention, in, 3, 4))
        return NULL;
    if (!shapes_fit((const struct tw_tensor *const *)in, n_heads, n_heads_kv))
        return tw_shape_fail(g, "attention", "q, k, v do not fit the heads");
    if (!(rope_base > 0.0f))
        return tw_shape_fail(g, "attention",
                             "the base of RoPE is not positive");
    n = tw_node_new(g, &op_attention, in, 3, 4, 3, q->shape);
    if (!n)
        return NULL;
    struct attention *s = n->settings;

    *s = (struct attention){ .B = q->shape[0],
                             .T = q->shape[1],
                             .H = n_heads,
                             .Hkv = n_heads_kv,
                             .D = q->shape[2] / n_heads,
                             .rope_base = rope_base };
    n->n_saved = s->B * s->H * s->T;
    n->n_keep = 2 * s->T * s->D;
    n->n_scratch = tw_pool_threads(g->be->pool) * scratch_floats(s);
    return &n->t;
}
