/*
 * bpe_encode.c - byte-level BPE: a text is cut into pieces (pretok.h), and in
 * each piece the pair of neighbours with the lowest rank merges until none is
 * left.
 *
 * Symbols of one piece form a list; merges wait in a heap, lowest rank first
 * and leftmost on ties, so that a piece of n bytes takes n log n steps and not
 * n * n: a text may be one piece of a megabyte.
 */
#include "llm/vocab_priv.h"

#include "base/fault.h"
#include "llm/merge_heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A byte for which the vocabulary has no token: it parts its neighbours and
 * gives no id, as in llama.cpp and in Hugging Face's tokenizers. */
enum { MERGED = -1, NO_TOKEN = -2 };

struct symbol {
    int32_t id; /* or one of these */
    uint32_t next, prev;
};

#define NONE UINT32_MAX /* no neighbour */

struct work {
    const struct tw_vocab *t;
    struct symbol *symbols;    /* (cap): one a byte of the piece */
    struct tw_merge_heap heap; /* room for 3 * cap, see reserve() */
    size_t cap;                /* bytes of a piece */
};

/* The pair waits, if it merges at all. */
static void push_pair(struct work *w, uint32_t left, uint32_t right)
{
    if (left == NONE || right == NONE)
        return;
    const struct symbol *a = &w->symbols[left], *b = &w->symbols[right];
    if (a->id < 0 || b->id < 0)
        return;
    const struct tw_merge *m = tw_bpe_merge(w->t, a->id, b->id);

    TW_ASSERT(w->heap.n < 3 * w->cap);
    if (m)
        tw_merge_push(&w->heap, (struct tw_merge_wait){ m->rank, left, a->id,
                                                        b->id, m->result });
}

/* Room for a piece of n bytes.  Waiting merges: n - 1 at the start, and each of
 * the at most n - 1 merges adds two, so 3 * n is enough. */
static enum tw_status reserve(struct work *w, size_t n, struct tw_err *err)
{
    if (n <= w->cap)
        return TW_OK;
    free(w->symbols);
    free(w->heap.v);
    w->cap = n;
    if (w->cap < 256)
        w->cap = 256;
    w->symbols = tw_mem_alloc(w->cap * sizeof(*w->symbols));
    w->heap.v = tw_mem_alloc(3 * w->cap * sizeof(*w->heap.v));
    if (!w->symbols || !w->heap.v) {
        w->cap = 0;
        return tw_fail(err, TW_ENOMEM, 0, "out of memory to encode a text");
    }
    return TW_OK;
}

/* A merge that waited may be out of date: its symbols have merged with others
 * since.  Then it does nothing; what they became has pushed its own pairs. */
static void apply(struct work *w, const struct tw_merge_wait *m)
{
    struct symbol *left = &w->symbols[m->at];

    if (left->id != m->left || left->next == NONE)
        return;
    struct symbol *right = &w->symbols[left->next];
    if (right->id != m->right)
        return;
    left->id = m->result;
    left->next = right->next;
    right->id = MERGED;
    if (right->next != NONE)
        w->symbols[right->next].prev = m->at;
    push_pair(w, left->prev, m->at);
    push_pair(w, m->at, left->next);
}

/* One symbol a byte, linked in order. */
static void set_symbols(struct work *w, const char *piece, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int32_t id = w->t->of_byte[(uint8_t)piece[i]];

        if (id < 0)
            id = NO_TOKEN;
        /* The first one's prev wraps to NONE. */
        w->symbols[i] = (struct symbol){ id, (uint32_t)i + 1, (uint32_t)i - 1 };
    }
    w->symbols[n - 1].next = NONE;
}

static enum tw_status encode_piece(struct work *w, const char *piece, size_t n,
                                   struct tw_ids *ids, struct tw_err *err)
{
    int32_t whole = -1;

    TW_ASSERT(n > 0 && n < NONE);
    if (n == 1 || w->t->whole_pieces)
        whole = tw_vocab_find(w->t, piece, n);
    if (whole >= 0)
        return tw_ids_add(ids, whole, err);
    TW_TRY(reserve(w, n, err));
    set_symbols(w, piece, n);
    w->heap.n = 0;
    for (uint32_t i = 0; i + 1 < n; i++)
        push_pair(w, i, i + 1);
    while (w->heap.n) {
        struct tw_merge_wait m = tw_merge_pop(&w->heap);

        apply(w, &m);
    }
    for (uint32_t i = 0; i != NONE; i = w->symbols[i].next)
        if (w->symbols[i].id != NO_TOKEN)
            TW_TRY(tw_ids_add(ids, w->symbols[i].id, err));
    return TW_OK;
}

enum tw_status tw_bpe_encode(const struct tw_vocab *t, const char *text,
                             size_t n, struct tw_ids *ids, struct tw_err *err)
{
    struct work w = { .t = t };
    struct tw_pieces p;
    enum tw_status st = tw_pretok_cut(&p, t->pre, text, n, err);

    for (size_t i = 0, at = 0; i < p.n && st == TW_OK; at += p.lens[i++])
        st = encode_piece(&w, text + at, p.lens[i], ids, err);
    tw_pieces_release(&p);
    free(w.symbols);
    free(w.heap.v);
    return st;
}
