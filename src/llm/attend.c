/*
 * attend.c - attention of the rows of a step over the cache.
 *
 * All rows see the prefix, so its scores and its weighted values are two
 * matrix products per group of heads.  The tails differ from row to row: there
 * each row goes by itself.  Shapes have the letters of model.h and
 * session_priv.h; H / G query heads share a head of keys and values (Ainslie
 * et al. 2023, "GQA").
 */
#include "kern/gemm.h"
#include "llm/session_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { HEADS_AT_ONCE = 8 }; /* (head, row) pairs that a thread takes */

/* Where position p of the prefix begins in s->k and s->v of this layer. */
static size_t prefix_at(const struct tw_step *t, size_t p)
{
    return (t->layer * t->s->cap_prefix + p) * tw_step_kv_size(t);
}

/* Where position p of a tail begins in s->tail_k and s->tail_v. */
static size_t tail_at(const struct tw_step *t, size_t seq, size_t p)
{
    const struct tw_session *s = t->s;

    return ((t->layer * s->n_seqs + seq) * s->cap_tail + p) *
           tw_step_kv_size(t);
}

void tw_step_store(struct tw_step *t)
{
    struct tw_session *s = t->s;
    size_t kv = tw_step_kv_size(t), bytes = kv * sizeof(float);

    for (size_t r = 0; r < t->n; r++) {
        const float *k = s->new_k + r * kv, *v = s->new_v + r * kv;

        if (s->seq[r] == TW_SESSION_PREFIX) {
            size_t at = prefix_at(t, s->pos[r]);

            TW_ASSERT(s->pos[r] < t->n_prefix);
            memcpy(s->k + at, k, bytes);
            memcpy(s->v + at, v, bytes);
        } else {
            size_t at = tail_at(t, s->seq[r], s->pos[r] - s->n_prefix);

            TW_ASSERT(s->pos[r] - s->n_prefix < s->cap_tail);
            memcpy(s->tail_k + at, k, bytes);
            memcpy(s->tail_v + at, v, bytes);
        }
    }
}

/* Positions of its tail that a row sees, its own too. */
static size_t tail_len(const struct tw_step *t, size_t r)
{
    const struct tw_session *s = t->s;

    if (s->seq[r] == TW_SESSION_PREFIX)
        return 0;
    return s->pos[r] - s->n_prefix + 1;
}

/* Positions that a row sees in all: they lie one behind the other in its row
 * of scores, prefix and then tail. */
static size_t count_seen(const struct tw_step *t, size_t r)
{
    if (t->s->seq[r] == TW_SESSION_PREFIX)
        return t->s->pos[r] + 1;
    return t->n_prefix + tail_len(t, r);
}

/* The first position that a row sees: only a windowed layer forgets. */
static size_t first_seen(const struct tw_step *t, size_t n_seen)
{
    const struct tw_model *m = t->s->m;

    if (!tw_arch_is_windowed(m->arch, t->layer) || n_seen <= m->shape.window)
        return 0;
    return n_seen - m->shape.window;
}

/* Scores of the row's tail positions: row (P + C) of scores behind the
 * prefix, for query head h. */
static void score_tail(const struct tw_step *t, size_t h, size_t r, float *tail)
{
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    size_t group = c->n_heads / c->n_heads_kv, kv = tw_step_kv_size(t);
    size_t n = tail_len(t, r);
    const float *q = s->q + (r * c->n_heads + h) * c->head_dim;
    const float *k =
        s->tail_k + tail_at(t, s->seq[r], 0) + h / group * c->head_dim;

    for (size_t p = 0; p < n; p++)
        tail[p] =
            c->score_scale * s->m->be->kern.dot_f32(q, k + p * kv, c->head_dim);
}

/* Bello et al. 2016 (arXiv 1611.09940): no score runs away. */
void tw_step_cap(float *x, size_t n, float cap)
{
    TW_ASSERT(cap > 0);
    for (size_t i = 0; i < n; i++)
        x[i] = cap * tanhf(x[i] / cap);
}

/* Item i = (head, row): scores of the tail, mask, softmax.  What the row does
 * not see gets weight 0, so that the products may take whole rows. */
static void run_softmax(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct tw_step *t = ctx;
    const struct tw_session *s = t->s;

    (void)worker;
    for (size_t i = first; i < last; i++) {
        size_t h = i / t->n, r = i % t->n;
        size_t seen = count_seen(t, r), from = first_seen(t, seen);
        float *row = s->scores + i * t->ld;

        TW_ASSERT(from < seen && seen <= t->ld);
        if (s->seq[r] != TW_SESSION_PREFIX)
            score_tail(t, h, r, row + t->n_prefix);
        else /* the rows behind it in this step are its future */
            memset(row + seen, 0, (t->n_prefix - seen) * sizeof(*row));
        memset(row, 0, from * sizeof(*row));
        if (s->m->shape.score_cap > 0)
            tw_step_cap(row + from, seen - from, s->m->shape.score_cap);
        s->m->be->kern.softmax_f32(row + from, row + from, seen - from);
    }
}

/* Item i = (head, row): att += weighted values of the row's tail. */
static void run_tail_values(void *ctx, size_t first, size_t last,
                            unsigned worker)
{
    const struct tw_step *t = ctx;
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    size_t group = c->n_heads / c->n_heads_kv, kv = tw_step_kv_size(t);

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

/* Scores of the H / G query heads of group g over the prefix: for each head,
 * (T, prefix) = scale * q (T, N) times k (prefix, N) transposed. */
static void score_prefix(const struct tw_step *t, size_t g)
{
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    size_t group = c->n_heads / c->n_heads_kv, n = c->head_dim;
    struct tw_mat q = { .data = s->q + g * group * n,
                        .ld = c->n_heads * n,
                        .trans = false };
    struct tw_mat k = { .data = s->k + prefix_at(t, 0) + g * n,
                        .ld = tw_step_kv_size(t),
                        .trans = true };
    float *scores = s->scores + g * group * t->n * t->ld;
    struct tw_gemm p = { .batch = group,
                         .m = t->n,
                         .n = t->n_prefix,
                         .k = n,
                         .a = q,
                         .stride_a = n,
                         .b = k,
                         .c = scores,
                         .ldc = t->ld,
                         .stride_c = t->n * t->ld,
                         .alpha = c->score_scale };

    tw_gemm_f32(s->m->be, &p);
}

/* Weighted values of the prefix for the query heads of group g: for each head,
 * att (T, N) = weights (T, prefix) times v (prefix, N). */
static void weigh_prefix(const struct tw_step *t, size_t g)
{
    const struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    size_t group = c->n_heads / c->n_heads_kv, n = c->head_dim;
    struct tw_mat weights = { .data = s->scores + g * group * t->n * t->ld,
                              .ld = t->ld,
                              .trans = false };
    struct tw_mat v = { .data = s->v + prefix_at(t, 0) + g * n,
                        .ld = tw_step_kv_size(t),
                        .trans = false };
    float *att = s->att + g * group * n;
    struct tw_gemm p = { .batch = group,
                         .m = t->n,
                         .n = n,
                         .k = t->n_prefix,
                         .a = weights,
                         .stride_a = t->n * t->ld,
                         .b = v,
                         .c = att,
                         .ldc = c->n_heads * n,
                         .stride_c = n,
                         .alpha = 1.0f };

    tw_gemm_f32(s->m->be, &p);
}

void tw_step_attend(struct tw_step *t)
{
    struct tw_session *s = t->s;
    const struct tw_model_shape *c = &s->m->shape;
    struct tw_pool *pool = s->m->be->pool;
    size_t n_items = c->n_heads * t->n;

    TW_ASSERT(c->n_heads % c->n_heads_kv == 0);
    TW_ASSERT(t->n_prefix <= s->cap_prefix);
    for (size_t g = 0; g < c->n_heads_kv && t->n_prefix; g++)
        score_prefix(t, g);
    tw_pool_run(pool, n_items, HEADS_AT_ONCE, run_softmax, t);
    /* Without a prefix no product writes att, and the tails only add. */
    if (!t->n_prefix)
        memset(s->att, 0, n_items * c->head_dim * sizeof(float));
    for (size_t g = 0; g < c->n_heads_kv && t->n_prefix; g++)
        weigh_prefix(t, g);
    tw_pool_run(pool, n_items, HEADS_AT_ONCE, run_tail_values, t);
}
