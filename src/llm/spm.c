/*
 * spm.c - SentencePiece-type vocabularies (tokenizer.ggml.model "llama"):
 * characters merge by the score of the result, what is no token becomes bytes.
 * Blanks, which the file spells U+2581, are blanks here.
 */
#include "llm/bpe_priv.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define NONE UINT32_MAX

struct symbol {
    const char *bytes;
    uint32_t len; /* 0: merged away */
    uint32_t next, prev;
};

struct waiting {
    float score;
    uint32_t at;  /* index of the left symbol */
    uint32_t len; /* of both; tells whether the entry is stale */
};

struct work {
    const struct tw_bpe *t;
    struct symbol *symbols;
    struct waiting *heap;
    size_t n_heap;
};

static bool before(const struct waiting *a, const struct waiting *b)
{
    return a->score != b->score ? a->score > b->score : a->at < b->at;
}

static void heap_push(struct work *w, struct waiting x)
{
    size_t i = w->n_heap++;

    while (i && before(&x, &w->heap[(i - 1) / 2])) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = x;
}

static struct waiting heap_pop(struct work *w)
{
    struct waiting top = w->heap[0], last = w->heap[--w->n_heap];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < w->n_heap; i = child) {
        if (child + 1 < w->n_heap &&
            before(&w->heap[child + 1], &w->heap[child]))
            child++;
        if (!before(&w->heap[child], &last))
            break;
        w->heap[i] = w->heap[child];
    }
    w->heap[i] = last;
    return top;
}

/* Symbols lie side by side in the text, so their join starts at the left. */
static void push_pair(struct work *w, uint32_t left, uint32_t right)
{
    if (left == NONE || right == NONE)
        return;
    const struct symbol *a = &w->symbols[left], *b = &w->symbols[right];
    int32_t id = tw_bpe_find(w->t, a->bytes, (size_t)a->len + b->len);

    if (id >= 0)
        heap_push(w,
                  (struct waiting){ w->t->scores[id], left, a->len + b->len });
}

static void merge(struct work *w, const struct waiting *x)
{
    struct symbol *left = &w->symbols[x->at];

    if (!left->len || left->next == NONE)
        return;
    struct symbol *right = &w->symbols[left->next];
    if (left->len + right->len != x->len)
        return;
    left->len = x->len;
    left->next = right->next;
    right->len = 0;
    if (left->next != NONE)
        w->symbols[left->next].prev = x->at;
    push_pair(w, left->prev, x->at);
    push_pair(w, x->at, left->next);
}

static enum tw_status emit(const struct work *w, const struct symbol *s,
                           struct tw_ids *ids, struct tw_err *err)
{
    int32_t id = tw_bpe_find(w->t, s->bytes, s->len);

    if (id >= 0)
        return tw_ids_add(ids, id, err);
    for (uint32_t i = 0; i < s->len; i++) {
        id = w->t->of_byte[(uint8_t)s->bytes[i]];
        if (id < 0)
            id = w->t->unknown;
        if (id < 0)
            return tw_fail(err, TW_EFORMAT, 0,
                           "cannot encode byte 0x%02x: no token for it",
                           (unsigned)(uint8_t)s->bytes[i]);
        TW_TRY(tw_ids_add(ids, id, err));
    }
    return TW_OK;
}

static enum tw_status encode(struct work *w, const char *text, size_t n,
                             struct tw_ids *ids, struct tw_err *err)
{
    uint32_t count = 0;

    for (size_t i = 0; i < n; count++) {
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);

        len = len ? len : 1;
        w->symbols[count] =
            (struct symbol){ text + i, (uint32_t)len, count + 1, count - 1 };
        i += len;
    }
    w->symbols[0].prev = NONE;
    w->symbols[count - 1].next = NONE;
    for (uint32_t i = 0; i + 1 < count; i++)
        push_pair(w, i, i + 1);
    while (w->n_heap) {
        struct waiting x = heap_pop(w);

        merge(w, &x);
    }
    for (uint32_t i = 0; i != NONE; i = w->symbols[i].next)
        TW_TRY(emit(w, &w->symbols[i], ids, err));
    return TW_OK;
}

enum tw_status tw_spm_encode(const struct tw_bpe *t, const char *text, size_t n,
                             struct tw_ids *ids, struct tw_err *err)
{
    struct work w = { .t = t };
    size_t skip = t->add_blank ? 1 : 0;

    if (!n)
        return TW_OK;
    if (n > (size_t)1 << 30)
        return tw_fail(err, TW_ELIMIT, n, "text exceeds 2^30 bytes");
    char *copy = malloc(n + skip);
    w.symbols = malloc((n + skip) * sizeof(*w.symbols));
    w.heap = malloc(3 * (n + skip) * sizeof(*w.heap));
    enum tw_status st = TW_OK;
    if (copy && w.symbols && w.heap) {
        copy[0] = ' ';
        memcpy(copy + skip, text, n);
        st = encode(&w, copy, n + skip, ids, err);
    } else {
        st = tw_fail(err, TW_ENOMEM, 0, "out of memory to encode a text");
    }
    free(copy);
    free(w.symbols);
    free(w.heap);
    return st;
}
