/*
 * crystal.c - CrystalBLEU: BLEU without a corpus's most frequent n-grams
 * (Eghbali and Pradel, ASE 2022).
 *
 * Two programs share most of their n-grams because of the language, not
 * because they do the same; without those, BLEU tells them apart.
 */
#include "score/bleu.h"
#include "text/draft.h"
#include "text/order.h"

#include <stdlib.h>

#include "base/banned.h"

/* N-grams as hashes of their tokens' hashes, with the tokens to be sure. */
struct gram {
    uint64_t hash;
    struct tw_tokens tokens; /* n is 0 in a free slot */
    uint64_t count;          /* while learning */
};

/* Open addressing, at most half full. */
struct tw_crystal {
    struct gram *slots; /* mask + 1 of them */
    size_t mask;
    size_t n;
};

static uint64_t mix(uint64_t h, struct tw_piece p)
{
    return (h ^ tw_metric_hash(p)) * 0xff51afd7ed558ccdu;
}

static bool same(const struct gram *g, uint64_t hash, const struct tw_tokens *t)
{
    if (g->hash != hash || g->tokens.n != t->n)
        return false;
    for (size_t i = 0; i < t->n; i++)
        if (!tw_piece_same(g->tokens.items[i], t->items[i]))
            return false;
    return true;
}

/* The slot of these tokens, or the free one where they belong. */
static struct gram *slot_of(const struct tw_crystal *set, uint64_t hash,
                            const struct tw_tokens *t)
{
    size_t at = (hash ^ hash >> 32) & set->mask;

    while (set->slots[at].tokens.n && !same(&set->slots[at], hash, t))
        at = (at + 1) & set->mask;
    return &set->slots[at];
}

static uint64_t hash_of(const struct tw_tokens *t)
{
    uint64_t h = t->n;

    for (size_t i = 0; i < t->n; i++)
        h = mix(h, t->items[i]);
    return h;
}

/* The set outlives the texts that its tokens stood in. */
static enum tw_status copy(struct tw_tokens *to, struct tw_arena *a,
                           const struct tw_tokens *t, struct tw_err *err)
{
    to->n = t->n;
    to->items = tw_arena_alloc(a, t->n, sizeof(*to->items));
    for (size_t i = 0; to->items && i < t->n; i++) {
        char *s = tw_arena_alloc(a, t->items[i].n, 1);

        if (!s)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
        memcpy(s, t->items[i].s, t->items[i].n);
        to->items[i] = (struct tw_piece){ s, t->items[i].n };
    }
    if (!to->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    return TW_OK;
}

enum tw_status tw_crystal_new(struct tw_crystal **set, struct tw_arena *a,
                              const struct tw_tokens *grams, size_t n_grams,
                              struct tw_err *err)
{
    struct tw_crystal *s = tw_arena_alloc(a, 1, sizeof(*s));
    size_t size = 16;

    while (size / 2 < n_grams)
        size *= 2;
    if (s)
        s->slots = tw_arena_alloc(a, size, sizeof(*s->slots));
    if (!s || !s->slots)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    s->mask = size - 1;
    for (size_t i = 0; i < n_grams; i++) {
        uint64_t hash = hash_of(&grams[i]);

        if (grams[i].n < 1 || grams[i].n > TW_BLEU_ORDER)
            return tw_fail(err, TW_EINVAL, i, "n-gram %zu has %zu tokens", i,
                           grams[i].n);
        struct gram *g = slot_of(s, hash, &grams[i]);
        if (g->tokens.n)
            continue;
        g->hash = hash;
        s->n++;
        TW_TRY(copy(&g->tokens, a, &grams[i], err));
    }
    *set = s;
    return TW_OK;
}

/* From numbers back to tokens: the counting below knows only numbers. */
struct lookup {
    const struct tw_crystal *set;
    const struct tw_tokens *hyp, *ref;
    const struct tw_ids_pair *p;
};

/* Is the n-gram in the set? gram points into the numbers of one of both
 * texts, and its place there is its place among the tokens. */
static bool is_listed(void *ctx, const uint32_t *gram, size_t n)
{
    const struct lookup *l = ctx;
    const uint32_t *hyp = l->p->hyp.v;
    bool in_hyp = (size_t)(gram - hyp) < l->p->hyp.n;
    struct tw_tokens t = { NULL, n };

    if (n > TW_BLEU_ORDER)
        return false;
    if (in_hyp)
        t.items = l->hyp->items + (gram - hyp);
    else
        t.items = l->ref->items + (gram - l->p->ref.v);
    return slot_of(l->set, hash_of(&t), &t)->tokens.n > 0;
}

/* Only the counts lose the n-grams of the set: lengths stay, or the brevity
 * penalty would punish ordinary code. */
enum tw_status tw_crystal_count(struct tw_bleu_stats *s, struct tw_arena *a,
                                const struct tw_crystal *set,
                                const struct tw_tokens *hyp,
                                const struct tw_tokens *ref, struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };
    struct lookup l = { set, hyp, ref, &p };
    struct tw_ngram_filter filter = { is_listed, &l };

    TW_TRY(tw_ids_of_tokens(&p, a, hyp, ref, err));
    TW_TRY(tw_ngrams_count_but(&g, a, &p, TW_BLEU_ORDER + 1, &filter, err));
    for (size_t i = 0; i <= TW_BLEU_ORDER; i++) {
        s->match[i] = g.both[i];
        s->total[i] = g.hyp[i];
    }
    s->hyp_len = hyp->n;
    s->ref_len = ref->n;
    return TW_OK;
}

size_t tw_crystal_size(const struct tw_crystal *set)
{
    return set->n;
}

/* The most frequent first; the order of bytes among equals, so that the set
 * does not depend on a hash. */
static int by_frequency(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;
    size_t n = tw_least(x->tokens.n, y->tokens.n);

    if (x->count != y->count)
        return tw_order(y->count, x->count);
    for (size_t i = 0; i < n; i++) {
        int c = tw_piece_compare(x->tokens.items[i], y->tokens.items[i]);

        if (c)
            return c;
    }
    return tw_order(x->tokens.n, y->tokens.n);
}

/* Count every n-gram of one text. */
static void count_text(struct tw_crystal *s, const struct tw_tokens *text)
{
    for (size_t i = 0; i < text->n; i++)
        for (size_t n = 1; n <= TW_BLEU_ORDER && i + n <= text->n; n++) {
            struct tw_tokens t = { text->items + i, n };
            uint64_t hash = hash_of(&t);
            struct gram *g = slot_of(s, hash, &t);

            s->n += g->tokens.n == 0;
            g->hash = hash;
            g->tokens = t;
            g->count++;
        }
}

/* Tokens to learn from, and n-grams to keep: what the table of all n-grams
 * may take. */
enum { LEARN_MAX = 1 << 21, KEEP_MAX = 1 << 20 };

/* All n-grams go into one big table, which is packed, sorted in place and
 * cut. It is malloc's and not the arena's: nothing of it stays. */
enum tw_status tw_crystal_learn(struct tw_crystal **set, struct tw_arena *a,
                                const struct tw_tokens *texts, size_t n_texts,
                                size_t k, struct tw_err *err)
{
    struct tw_crystal all = { .slots = NULL };
    size_t total = 0, size = 16, n = 0;

    for (size_t i = 0; i < n_texts; i++)
        total += texts[i].n;
    if (total > LEARN_MAX || k > KEEP_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "too many n-grams to count");
    while (size / 2 < TW_BLEU_ORDER * total)
        size *= 2;
    all.mask = size - 1;
    all.slots = calloc(size, sizeof(*all.slots));
    struct tw_tokens *top = tw_arena_alloc(a, k, sizeof(*top));
    if (!all.slots || !top) {
        free(all.slots);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    }
    for (size_t i = 0; i < n_texts; i++)
        count_text(&all, &texts[i]);
    for (size_t i = 0; i < size; i++)
        if (all.slots[i].tokens.n)
            all.slots[n++] = all.slots[i];
    qsort(all.slots, n, sizeof(*all.slots), by_frequency);
    for (size_t i = 0; i < n && i < k; i++)
        top[i] = all.slots[i].tokens;
    free(all.slots);
    return tw_crystal_new(set, a, top, tw_least(n, k), err);
}
