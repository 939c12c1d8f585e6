/*
 * spm.c - SentencePiece-type vocabularies (tokenizer.ggml.model "llama"):
 * characters merge by the score of the result, what is no token becomes bytes.
 * Blanks, which the file spells U+2581, are blanks here.
 */
#include "llm/vocab_priv.h"

#include "base/fault.h"
#include "base/utf8.h"
#include "llm/merge_heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define NONE UINT32_MAX

struct symbol {
    const char *bytes; /* in the text */
    uint32_t len;      /* 0: merged away */
    uint32_t next, prev;
};

struct work {
    const struct tw_vocab *t;
    struct symbol *symbols;    /* (bytes of the text) */
    struct tw_merge_heap heap; /* room for three times as many */
};

/* The pair waits, if its join is a token; the highest score comes first.
 * Symbols lie side by side in the text, so their join starts at the left. */
static void push_pair(struct work *w, uint32_t left, uint32_t right)
{
    if (left == NONE || right == NONE)
        return;
    const struct symbol *a = &w->symbols[left], *b = &w->symbols[right];
    int32_t id = tw_vocab_find(w->t, a->bytes, (size_t)a->len + b->len);

    if (id >= 0)
        tw_merge_push(&w->heap, (struct tw_merge_wait){
                                    .order = -(double)w->t->scores[id],
                                    .at = left,
                                    .result = (int32_t)(a->len + b->len) });
}

/* A merge that waited is out of date when the length of the join differs: one
 * of its symbols has merged with another since. */
static void merge(struct work *w, const struct tw_merge_wait *x)
{
    struct symbol *left = &w->symbols[x->at];

    if (!left->len || left->next == NONE)
        return;
    struct symbol *right = &w->symbols[left->next];
    uint32_t len = left->len + right->len;
    if (len != (uint32_t)x->result)
        return;
    left->len = len;
    left->next = right->next;
    right->len = 0;
    if (left->next != NONE)
        w->symbols[left->next].prev = x->at;
    push_pair(w, left->prev, x->at);
    push_pair(w, x->at, left->next);
}

/* The id of a symbol; a symbol that is no token becomes its bytes, and a byte
 * without a token the unknown one, or nothing where there is none. */
static enum tw_status emit(const struct work *w, const struct symbol *s,
                           struct tw_ids *ids, struct tw_err *err)
{
    int32_t id = tw_vocab_find(w->t, s->bytes, s->len);

    if (id >= 0)
        return tw_ids_add(ids, id, err);
    for (uint32_t i = 0; i < s->len; i++) {
        id = w->t->of_byte[(uint8_t)s->bytes[i]];
        if (id < 0)
            id = w->t->unknown;
        if (id >= 0)
            TW_TRY(tw_ids_add(ids, id, err));
    }
    return TW_OK;
}

/* One symbol a character; a byte that is no valid UTF-8 is one, too. */
static enum tw_status encode(struct work *w, const char *text, size_t n,
                             struct tw_ids *ids, struct tw_err *err)
{
    uint32_t count = 0;

    for (size_t i = 0; i < n; count++) {
        uint32_t code;
        size_t len = tw_utf8_decode(text + i, n - i, &code);

        if (!len)
            len = 1;
        w->symbols[count] =
            (struct symbol){ text + i, (uint32_t)len, count + 1, count - 1 };
        i += len;
    }
    TW_ASSERT(count > 0 && count <= n);
    w->symbols[0].prev = NONE;
    w->symbols[count - 1].next = NONE;
    for (uint32_t i = 0; i + 1 < count; i++)
        push_pair(w, i, i + 1);
    while (w->heap.n) {
        struct tw_merge_wait x = tw_merge_pop(&w->heap);

        merge(w, &x);
    }
    for (uint32_t i = 0; i != NONE; i = w->symbols[i].next)
        TW_TRY(emit(w, &w->symbols[i], ids, err));
    return TW_OK;
}

enum tw_status tw_spm_encode(const struct tw_vocab *t, const char *text,
                             size_t n, struct tw_ids *ids, struct tw_err *err)
{
    struct work w = { .t = t };
    size_t skip = t->add_blank; /* bytes in front of the text */

    TW_ASSERT(t->scores != NULL);
    if (!n)
        return TW_OK;
    if (n > (size_t)1 << 30)
        return tw_fail(err, TW_ELIMIT, n, "text exceeds 2^30 bytes");
    char *copy = tw_mem_alloc(n + skip);
    w.symbols = tw_mem_alloc((n + skip) * sizeof(*w.symbols));
    w.heap.v = tw_mem_alloc(3 * (n + skip) * sizeof(*w.heap.v));
    enum tw_status st = TW_OK;
    if (copy && w.symbols && w.heap.v) {
        copy[0] = ' ';
        /* A text that spells blanks as the file does means blanks. */
        size_t len = tw_spm_text(copy + skip, text, n);
        st = encode(&w, copy, len + skip, ids, err);
    } else {
        st = tw_fail(err, TW_ENOMEM, 0, "out of memory to encode a text");
    }
    free(copy);
    free(w.symbols);
    free(w.heap.v);
    return st;
}
