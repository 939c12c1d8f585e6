/*
 * session.c - room for a prefix and its tails, and what is fed to them.
 *
 * All memory is taken when the session begins, so a step allocates nothing and
 * cannot fail in the middle.
 */
#include "llm/session.h"

#include "base/fault.h"
#include "llm/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define SESSION_MAX ((size_t)1 << 36) /* bytes */

_Static_assert(TW_SESSION_STEP >= 64, "small steps make the products slow");

/* rows * columns floats.  A product that overflows asks for more than any
 * arena grants, so the arena remembers it as a failure like any other. */
static float *take_floats(struct tw_session *s, size_t rows, size_t columns)
{
    size_t n;

    if (__builtin_mul_overflow(rows, columns, &n))
        n = SIZE_MAX;
    return tw_arena_alloc(&s->arena, n, sizeof(float));
}

/* L * S * C: rows of the tails' caches. */
static size_t count_tail_rows(const struct tw_session *s)
{
    size_t n;

    if (__builtin_mul_overflow(s->n_seqs, s->cap_tail, &n) ||
        __builtin_mul_overflow(n, s->m->shape.n_layers, &n))
        return SIZE_MAX;
    return n;
}

/* Every array of the session.  The arena is sticky: ask it once, at the end. */
static enum tw_status take_arrays(struct tw_session *s, struct tw_err *err)
{
    const struct tw_model_shape *c = &s->m->shape;
    size_t kv = c->n_heads_kv * c->head_dim, q = c->n_heads * c->head_dim;
    size_t T = s->cap_rows;

    s->k = take_floats(s, c->n_layers * kv, s->cap_prefix);
    s->v = take_floats(s, c->n_layers * kv, s->cap_prefix);
    s->tail_k = take_floats(s, count_tail_rows(s), kv);
    s->tail_v = take_floats(s, count_tail_rows(s), kv);
    s->x = take_floats(s, T, c->d);
    s->norm = take_floats(s, T, c->d);
    s->q = take_floats(s, T, q);
    s->new_k = take_floats(s, T, kv);
    s->new_v = take_floats(s, T, kv);
    s->att = take_floats(s, T, q);
    s->gate = take_floats(s, T, c->ff);
    s->up = take_floats(s, T, c->ff);
    s->rope = take_floats(s, T, c->head_dim);
    if (c->window)
        s->rope_window = take_floats(s, T, c->head_dim);
    s->scores = take_floats(s, c->n_heads * T, s->cap_prefix + s->cap_tail);
    s->pos = tw_arena_alloc(&s->arena, T, sizeof(*s->pos));
    s->seq = tw_arena_alloc(&s->arena, T, sizeof(*s->seq));
    s->n_tail = tw_arena_alloc(&s->arena, s->n_seqs, sizeof(*s->n_tail));
    return tw_arena_check(&s->arena, "session", err);
}

/* A step of a prefill, or one row of every tail. */
static size_t count_rows(size_t n_prefix, size_t n_seqs)
{
    size_t n = TW_SESSION_STEP;

    if (n_prefix < n)
        n = n_prefix;
    if (n < n_seqs)
        n = n_seqs;
    if (n < TW_SESSION_ROWS_MIN)
        n = TW_SESSION_ROWS_MIN;
    return n;
}

/* Learned positions end with the context; others only get worse behind it. */
static bool has_positions(const struct tw_model *m, size_t n)
{
    return m->arch->rope != TW_ROPE_NONE || n <= m->shape.context;
}

/* A request that is too large and memory that is out look the same to a caller:
 * ask for less. */
enum tw_status tw_session_new(struct tw_session **out, const struct tw_model *m,
                              size_t n_prefix, size_t n_seqs, size_t n_tail,
                              struct tw_err *err)
{
    struct tw_session *s = tw_mem_zeroed(1, sizeof(*s));

    *out = NULL;
    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for session");
    tw_arena_init(&s->arena, SESSION_MAX);
    s->m = m;
    s->cap_prefix = n_prefix;
    if (!s->cap_prefix)
        s->cap_prefix = 1; /* the products want a first row */
    s->n_seqs = n_seqs;
    s->cap_tail = n_tail;
    s->cap_rows = count_rows(s->cap_prefix, n_seqs);
    if (n_prefix > m->shape.context || n_tail > m->shape.context ||
        !has_positions(m, n_prefix + n_tail) || take_arrays(s, NULL) != TW_OK) {
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

/* What lies behind n in the cache stays there and is written over. */
void tw_session_rewind(struct tw_session *s, size_t n)
{
    TW_ASSERT(n <= s->n_prefix);
    s->n_prefix = n;
    for (size_t i = 0; i < s->n_seqs; i++)
        s->n_tail[i] = 0;
}

/* An id indexes a row of the embedding: a wild one would read past it. */
static enum tw_status check_ids(const struct tw_session *s, const int32_t *ids,
                                size_t n, struct tw_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (size_t)ids[i] >= s->m->shape.n_vocab)
            return tw_fail(err, TW_EINVAL, i, "bad token id %d: not 0..%zu",
                           (int)ids[i], s->m->shape.n_vocab - 1);
    return TW_OK;
}

/* One step of a prefill: rows tokens behind the prefix. */
static enum tw_status feed_prefix(struct tw_session *s, const int32_t *ids,
                                  size_t rows, float *logits, size_t n_logits,
                                  struct tw_err *err)
{
    struct tw_step t = { .s = s, .n = rows };

    TW_ASSERT(rows > 0 && rows <= s->cap_rows);
    TW_ASSERT(n_logits <= rows && (logits || !n_logits));
    for (size_t r = 0; r < rows; r++) {
        s->pos[r] = s->n_prefix + r;
        s->seq[r] = TW_SESSION_PREFIX;
    }
    s->n_prefix += rows;
    TW_ASSERT(s->n_prefix <= s->cap_prefix);
    t.n_prefix = s->n_prefix;
    tw_step_forward(&t, ids, logits, n_logits);
    return tw_model_check(s->m, logits, n_logits, err);
}

/* The prompt in steps, so that the arrays of a step stay small: they would be
 * gigabytes for a prompt of 100,000 tokens. */
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
        size_t rows = n - first, n_logits = 0;
        float *out = logits;

        if (rows > s->cap_rows)
            rows = s->cap_rows;
        if (logits && all) {
            n_logits = rows;
            out += first * s->m->shape.n_vocab;
        } else if (logits && first + rows == n) {
            n_logits = 1;
        }
        TW_TRY(feed_prefix(s, ids + first, rows, out, n_logits, err));
        first += rows;
    }
    return TW_OK;
}

/* As with the prefix: what lies behind is written over. */
void tw_session_cut_tail(struct tw_session *s, size_t seq, size_t n)
{
    TW_ASSERT(seq < s->n_seqs && n <= s->n_tail[seq]);
    s->n_tail[seq] = n;
}

/* Take back the places of the first n rows. */
static void give_back(struct tw_session *s, size_t n)
{
    for (size_t r = 0; r < n; r++)
        s->n_tail[s->seq[r]]--;
}

/* Rows see those of their own tail up to themselves; beyond that they only
 * share the products, which read the weights once for all of them. */
enum tw_status tw_session_decode(struct tw_session *s, const size_t *seqs,
                                 const int32_t *ids, size_t n, float *logits,
                                 struct tw_err *err)
{
    struct tw_step t = { .s = s, .n = n, .n_prefix = s->n_prefix };

    TW_TRY(check_ids(s, ids, n, err));
    TW_ASSERT(n > 0 && n <= s->cap_rows && logits != NULL);
    for (size_t r = 0; r < n; r++) {
        if (seqs[r] >= s->n_seqs || s->n_tail[seqs[r]] >= s->cap_tail) {
            give_back(s, r); /* a refused call changes nothing */
            return tw_fail(err, TW_ELIMIT, r,
                           "answer exceeds the room for %zu tokens",
                           s->cap_tail);
        }
        s->seq[r] = seqs[r];
        s->pos[r] = s->n_prefix + s->n_tail[seqs[r]]++;
    }
    tw_step_forward(&t, ids, logits, n);
    return tw_model_check(s->m, logits, n, err);
}
