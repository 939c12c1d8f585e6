/* bpe_encode.c - texts to tokens: user-defined tokens, pieces, merges. */
#include "llm/bpe_priv.h"

#include "llm/merge_heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Symbols of one piece form a list; merges wait in a heap, lowest rank first
 * and leftmost on ties, so that a piece of n bytes takes n log n steps. */
struct symbol {
    int32_t id; /* -1: merged away */
    uint32_t next, prev;
};

#define NONE UINT32_MAX

struct work {
    const struct tw_bpe *t;
    struct symbol *symbols;
    struct tw_merge_heap heap;
    size_t cap; /* bytes of a piece */
};

static void push_pair(struct work *w, uint32_t left, uint32_t right)
{
    if (left == NONE || right == NONE)
        return;
    const struct symbol *a = &w->symbols[left], *b = &w->symbols[right];
    const struct tw_merge *m = tw_bpe_merge(w->t, a->id, b->id);

    if (m)
        tw_merge_push(&w->heap, (struct tw_merge_wait){ m->rank, left, a->id,
                                                        b->id, m->result });
}

static enum tw_status reserve(struct work *w, size_t n, struct tw_err *err)
{
    if (n <= w->cap)
        return TW_OK;
    free(w->symbols);
    free(w->heap.v);
    w->cap = n < 256 ? 256 : n;
    w->symbols = malloc(w->cap * sizeof(*w->symbols));
    w->heap.v = malloc(3 * w->cap * sizeof(*w->heap.v));
    if (!w->symbols || !w->heap.v) {
        w->cap = 0;
        return tw_fail(err, TW_ENOMEM, 0, "out of memory to encode a text");
    }
    return TW_OK;
}

static void apply(struct work *w, const struct tw_merge_wait *m)
{
    struct symbol *left = &w->symbols[m->at];

    if (left->id != m->left || left->next == NONE)
        return;
    uint32_t right_at = left->next;
    struct symbol *right = &w->symbols[right_at];
    if (right->id != m->right)
        return;
    left->id = m->result;
    left->next = right->next;
    right->id = -1;
    if (right->next != NONE)
        w->symbols[right->next].prev = m->at;
    push_pair(w, left->prev, m->at);
    push_pair(w, m->at, left->next);
}

static enum tw_status encode_piece(struct work *w, const char *piece, size_t n,
                                   struct tw_ids *ids, struct tw_err *err)
{
    int32_t whole = -1;

    if (n == 1 || w->t->whole_pieces)
        whole = tw_bpe_find(w->t, piece, n);
    if (whole >= 0)
        return tw_ids_add(ids, whole, err);
    TW_TRY(reserve(w, n, err));
    for (size_t i = 0; i < n; i++) {
        int32_t id = w->t->of_byte[(uint8_t)piece[i]];

        if (id < 0)
            return tw_fail(err, TW_EFORMAT, i,
                           "cannot encode byte 0x%02x: no token for it",
                           (unsigned)(uint8_t)piece[i]);
        w->symbols[i] = (struct symbol){ id, i + 1 < n ? (uint32_t)i + 1 : NONE,
                                         i ? (uint32_t)i - 1 : NONE };
    }
    w->heap.n = 0;
    for (uint32_t i = 0; i + 1 < n; i++)
        push_pair(w, i, i + 1);
    while (w->heap.n) {
        struct tw_merge_wait m = tw_merge_pop(&w->heap);

        apply(w, &m);
    }
    for (uint32_t i = 0; i != NONE; i = w->symbols[i].next)
        TW_TRY(tw_ids_add(ids, w->symbols[i].id, err));
    return TW_OK;
}

static enum tw_status encode_raw(struct work *w, const char *text, size_t n,
                                 struct tw_ids *ids, struct tw_err *err)
{
    struct tw_pieces p;

    if (w->t->scores)
        return tw_spm_encode(w->t, text, n, ids, err);
    enum tw_status st = tw_pretok_cut(&p, w->t->pre, text, n, err);

    for (size_t i = 0, at = 0; i < p.n && st == TW_OK; at += p.lens[i++])
        st = encode_piece(w, text + at, p.lens[i], ids, err);
    tw_pieces_release(&p);
    return st;
}

/* The longest user-defined token at the start of the text, or -1. */
static int32_t user_at(const struct tw_bpe *t, const char *text, size_t n)
{
    for (size_t i = 0; i < t->n_users; i++) {
        const struct tw_token *k = &t->tokens[t->users[i]];

        if (k->len <= n && k->bytes[0] == text[0] &&
            memcmp(k->bytes, text, k->len) == 0)
            return t->users[i];
    }
    return -1;
}

static enum tw_status encode_all(struct work *w, const char *text, size_t n,
                                 struct tw_ids *ids, struct tw_err *err)
{
    bool starts_user[256] = { false };
    size_t raw = 0, i = 0;

    for (size_t k = 0; k < w->t->n_users; k++)
        starts_user[(uint8_t)w->t->tokens[w->t->users[k]].bytes[0]] = true;
    while (i < n) {
        int32_t user =
            starts_user[(uint8_t)text[i]] ? user_at(w->t, text + i, n - i) : -1;

        if (user < 0) {
            i++;
            continue;
        }
        TW_TRY(encode_raw(w, text + raw, i - raw, ids, err));
        TW_TRY(tw_ids_add(ids, user, err));
        i += w->t->tokens[user].len;
        raw = i;
    }
    return encode_raw(w, text + raw, n - raw, ids, err);
}

enum tw_status tw_bpe_encode(const struct tw_bpe *t, const char *text, size_t n,
                             struct tw_ids *ids, struct tw_err *err)
{
    struct work w = { .t = t };
    enum tw_status st = encode_all(&w, text, n, ids, err);

    free(w.symbols);
    free(w.heap.v);
    return st;
}
