/*
 * session_priv.h - a session and one step through the model, for session.c,
 * forward.c and attend.c.
 *
 * Shapes have the letters of model.h, and these:
 *
 *     T  rows of a step, at most cap_rows: tokens that are fed together
 *     P  cap_prefix, positions of the prefix
 *     S  n_seqs, tails
 *     C  cap_tail, positions of a tail
 */
#ifndef TW_LLM_SESSION_PRIV_H
#define TW_LLM_SESSION_PRIV_H

#include "base/arena.h"
#include "llm/model_priv.h"
#include "llm/session.h"

/* Sequence of a row that belongs to the prefix and to no tail. */
#define TW_SESSION_PREFIX SIZE_MAX

struct tw_session {
    const struct tw_model *m; /* borrowed */
    struct tw_arena arena;    /* holds all arrays */
    size_t cap_prefix;        /* P */
    size_t n_prefix;          /* positions of the prefix in use */
    size_t n_seqs;            /* S */
    size_t cap_tail;          /* C */
    size_t cap_rows;          /* T is at most this */
    size_t *n_tail;           /* (S): positions in use */

    /* The cache. */
    float *k;      /* (L, P, G * N) */
    float *v;      /* (L, P, G * N) */
    float *tail_k; /* (L, S, C, G * N) */
    float *tail_v; /* (L, S, C, G * N) */

    /* Of one step. */
    size_t *pos;        /* (T): position of each row */
    size_t *seq;        /* (T): its tail, or TW_SESSION_PREFIX */
    float *x;           /* (T, D): the residual stream */
    float *norm;        /* (T, D): x normalised; or what is added to x */
    float *q;           /* (T, H * N) */
    float *new_k;       /* (T, G * N): goes to the cache */
    float *new_v;       /* (T, G * N) */
    float *att;         /* (T, H * N): weighted sums of values */
    float *gate;        /* (T, F) */
    float *up;          /* (T, F) */
    float *rope;        /* (T, n_rot / 2, 2): cosine and sine of pairs */
    float *rope_window; /* the same for windowed layers; NULL: no such */
    float *scores;      /* (H, T, P + C) */
};

/* One step: rows of the prefix, or one row each of some tails. */
struct tw_step {
    struct tw_session *s;
    size_t n;        /* T */
    size_t n_prefix; /* prefix positions that the step sees, its own too */
    size_t ld;       /* P + C: from a row of scores to the next */
    size_t layer;
};

static inline size_t tw_step_kv_size(const struct tw_step *t)
{
    const struct tw_model_shape *c = &t->s->m->shape;

    return c->n_heads_kv * c->head_dim;
}

/* forward.c: pos and seq of the rows are set; s->x and the cache change.
 * Logits of the last n_logits rows, (n_logits, V). */
void tw_step_forward(struct tw_step *t, const int32_t *ids, float *logits,
                     size_t n_logits);

/* x (n): each s becomes cap * tanh(s / cap). */
void tw_step_cap(float *x, size_t n, float cap);

/* attend.c: put new_k and new_v of all rows into the cache of this layer. */
void tw_step_store(struct tw_step *t);
/* att from q and the cache of this layer. */
void tw_step_attend(struct tw_step *t);

#endif /* TW_LLM_SESSION_PRIV_H */
