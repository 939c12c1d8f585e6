/*
 * bpe_train.c - learn merges from counted pieces.
 *
 * Equal pieces are one word with a count, so a text of gigabytes becomes some
 * 100,000 words.  The table of pairs is kept up to date: a merge takes the
 * pairs of the words that it changes out and puts the new ones in.  Finding
 * the best pair reads the whole table; that is n_vocab times some 10,000
 * entries, which is seconds.
 */
#include "llm/bpe.h"

#include "base/fault.h"
#include "base/hash.h"
#include "llm/vocab_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define FIRST_BYTE  2 /* id of byte 0 */
#define FIRST_MERGE 258

_Static_assert(FIRST_MERGE == FIRST_BYTE + 256, "a token for every byte");

/* A distinct piece: symbols at first, n of them left after merges. */
struct word {
    size_t first;
    uint32_t n;
    uint32_t len; /* bytes, while it is looked up */
    uint64_t count;
    uint64_t hash;
};

struct pair {
    int32_t left, right;
    int64_t count; /* in all words; 0: no longer there; -1: free slot */
};

/* Both hash tables have sizes that are powers of two and are at most half
 * full. */
struct learner {
    struct word *words; /* (n_words) */
    size_t n_words, cap_words;
    int32_t *symbols; /* (n_symbols): of all words, one behind the other */
    size_t n_symbols, cap_symbols;
    uint32_t *slots; /* (n_slots): words by their bytes, index + 1 */
    size_t n_slots;
    struct pair *pairs; /* (n_pair_slots): by left and right */
    size_t n_pairs, n_pair_slots;
};

/* Nothing of a learner outlives it: the vocabulary has its own arena. */
static void learner_release(struct learner *l)
{
    free(l->words);
    free(l->symbols);
    free(l->slots);
    free(l->pairs);
}

/* Room for need elements of size bytes; false when memory is out, and *v is
 * still what it was. */
static bool grow(void **v, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 1024;
    while (more < need)
        more *= 2;
    void *p = tw_mem_resize(*v, more * size);
    if (!p)
        return false;
    *v = p;
    *cap = more;
    return true;
}

/* Words are compared by the bytes that they began as: nothing merges before
 * all pieces are counted. */
static bool same_word(const struct learner *l, const struct word *w,
                      const char *bytes, size_t n)
{
    if (w->len != n)
        return false;
    TW_ASSERT(n == 0 || l->symbols);
    for (size_t i = 0; i < n; i++)
        if (l->symbols[w->first + i] != FIRST_BYTE + (uint8_t)bytes[i])
            return false;
    return true;
}

/* The slot of a word, or the free one where it would go. */
static size_t word_slot(const struct learner *l, const char *bytes, size_t n,
                        uint64_t hash)
{
    size_t i = (size_t)hash & (l->n_slots - 1);

    while (l->slots[i] && !same_word(l, &l->words[l->slots[i] - 1], bytes, n))
        i = (i + 1) & (l->n_slots - 1);
    return i;
}

static bool rehash(struct learner *l, size_t n_slots)
{
    uint32_t *slots = tw_mem_zeroed(n_slots, sizeof(*slots));

    TW_ASSERT((n_slots & (n_slots - 1)) == 0 && n_slots > l->n_words);
    if (!slots)
        return false;
    for (size_t w = 0; w < l->n_words; w++) {
        size_t at = (size_t)l->words[w].hash & (n_slots - 1);

        while (slots[at])
            at = (at + 1) & (n_slots - 1);
        slots[at] = (uint32_t)w + 1;
    }
    free(l->slots);
    l->slots = slots;
    l->n_slots = n_slots;
    return true;
}

/* Slots of a hash table that is half full. */
static size_t more_slots(size_t n, size_t first)
{
    if (!n)
        return first;
    return 2 * n;
}

/* A new word of count 1; its symbols are the ids of its bytes. */
static bool add_word(struct learner *l, const char *bytes, size_t n,
                     uint64_t hash)
{
    void *words = l->words, *symbols = l->symbols;
    bool ok = grow(&words, &l->cap_words, l->n_words + 1, sizeof(*l->words));

    l->words = words;
    ok = ok &&
         grow(&symbols, &l->cap_symbols, l->n_symbols + n, sizeof(*l->symbols));
    l->symbols = symbols;
    if (!ok)
        return false;
    l->words[l->n_words++] =
        (struct word){ l->n_symbols, (uint32_t)n, (uint32_t)n, 1, hash };
    for (size_t i = 0; i < n; i++)
        l->symbols[l->n_symbols++] = FIRST_BYTE + (uint8_t)bytes[i];
    return true;
}

/* One more piece; false when memory is out. */
static bool count_piece(struct learner *l, const char *bytes, size_t n)
{
    uint64_t hash = tw_hash_fnv64(bytes, n);

    if (2 * (l->n_words + 1) > l->n_slots &&
        !rehash(l, more_slots(l->n_slots, 1024)))
        return false;
    size_t at = word_slot(l, bytes, n, hash);
    if (l->slots[at]) {
        l->words[l->slots[at] - 1].count++;
        return true;
    }
    if (!add_word(l, bytes, n, hash))
        return false;
    l->slots[at] = (uint32_t)l->n_words;
    return true;
}

/* The pieces of one text.  The text is not needed afterwards. */
static enum tw_status count_text(struct learner *l, enum tw_pretok_kind pre,
                                 const struct tw_bpe_text *text,
                                 struct tw_err *err)
{
    struct tw_pieces p;
    enum tw_status st = tw_pretok_cut(&p, pre, text->bytes, text->len, err);

    for (size_t i = 0, at = 0; i < p.n && st == TW_OK; at += p.lens[i++])
        if (!count_piece(l, text->bytes + at, p.lens[i]))
            st = tw_fail(err, TW_ENOMEM, 0, "out of memory to count pieces");
    tw_pieces_release(&p);
    return st;
}

/* The slot of a pair, or the free one where it would go; as merge_slot() of
 * vocab.c. */
static struct pair *pair_slot(const struct learner *l, int32_t left,
                              int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t mask = l->n_pair_slots - 1;
    size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 24) & mask;

    while (l->pairs[i].count >= 0 &&
           (l->pairs[i].left != left || l->pairs[i].right != right))
        i = (i + 1) & mask;
    return &l->pairs[i];
}

/* false: out of memory, and the table is what it was. */
static bool pairs_grow(struct learner *l)
{
    struct pair *old = l->pairs;
    size_t n_old = l->n_pair_slots;

    l->n_pair_slots = more_slots(n_old, 4096);
    l->pairs = tw_mem_alloc(l->n_pair_slots * sizeof(*l->pairs));
    if (!l->pairs) {
        l->pairs = old;
        l->n_pair_slots = n_old;
        return false;
    }
    for (size_t i = 0; i < l->n_pair_slots; i++)
        l->pairs[i].count = -1;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].count >= 0)
            *pair_slot(l, old[i].left, old[i].right) = old[i];
    free(old);
    return true;
}

/* Add to the count of a pair, which may be new. */
static bool pair_add(struct learner *l, int32_t left, int32_t right,
                     int64_t count)
{
    if (2 * (l->n_pairs + 1) > l->n_pair_slots && !pairs_grow(l))
        return false;
    struct pair *p = pair_slot(l, left, right);
    if (p->count < 0) {
        *p = (struct pair){ left, right, 0 };
        l->n_pairs++;
    }
    p->count += count;
    TW_ASSERT(p->count >= 0); /* what is taken off was added before */
    return true;
}

/* Add count times the pairs of a word; count is negative to take them off. */
static bool word_pairs(struct learner *l, const struct word *w, int64_t count)
{
    const int32_t *s = l->symbols + w->first;

    for (uint32_t i = 0; i + 1 < w->n; i++)
        if (!pair_add(l, s[i], s[i + 1], count))
            return false;
    return true;
}

/* Most words do not have the pair; this is what a merge costs for them. */
static bool has_pair(const int32_t *s, uint32_t n, int32_t left, int32_t right)
{
    for (uint32_t i = 0; i + 1 < n; i++)
        if (s[i] == left && s[i + 1] == right)
            return true;
    return false;
}

/* Join left and right to result in every word, from left to right: "aaa" with
 * the pair (a, a) becomes "aa" "a". */
static bool merge_words(struct learner *l, int32_t left, int32_t right,
                        int32_t result)
{
    for (size_t k = 0; k < l->n_words; k++) {
        struct word *w = &l->words[k];
        int32_t *s = l->symbols + w->first;
        uint32_t n = 0;

        if (!has_pair(s, w->n, left, right))
            continue;
        if (!word_pairs(l, w, -(int64_t)w->count))
            return false;
        for (uint32_t i = 0; i < w->n; i++) {
            int32_t id = s[i];

            if (i + 1 < w->n && id == left && s[i + 1] == right) {
                id = result;
                i++;
            }
            s[n++] = id;
        }
        TW_ASSERT(n < w->n);
        w->n = n;
        if (!word_pairs(l, w, (int64_t)w->count))
            return false;
    }
    return true;
}

/* More often first, then the smaller ids: the order is total, so the result
 * does not depend on the places in the table. */
static bool is_better(const struct pair *p, const struct pair *best)
{
    if (p->count != best->count)
        return p->count > best->count;
    if (p->left != best->left)
        return p->left < best->left;
    return p->right < best->right;
}

/* NULL: no pair is left.  Borrowed until the table changes. */
static const struct pair *best_pair(const struct learner *l)
{
    const struct pair *best = NULL;

    for (size_t i = 0; i < l->n_pair_slots; i++) {
        const struct pair *p = &l->pairs[i];

        if (p->count > 0 && (!best || is_better(p, best)))
            best = p;
    }
    return best;
}

/* bytes are in the arena, or constant. */
static void set_token(struct tw_vocab *t, int32_t id, const char *bytes,
                      size_t n, enum tw_token_kind kind)
{
    t->tokens[id] =
        (struct tw_token){ bytes, (uint32_t)n, (uint8_t)kind, false };
    tw_vocab_index(t, id);
}

/* The tokens that every vocabulary has: the two control tokens and a token for
 * each byte, so that every text can be encoded. */
static enum tw_status set_base(struct tw_vocab *t, enum tw_pretok_kind pre,
                               struct tw_err *err)
{
    static const char END[] = "<|endoftext|>", PAD[] = "<|pad|>";
    char *bytes = tw_arena_alloc(&t->arena, 256, 1);

    if (!bytes)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    set_token(t, 0, END, sizeof(END) - 1, TW_TOKEN_CONTROL);
    set_token(t, 1, PAD, sizeof(PAD) - 1, TW_TOKEN_CONTROL);
    for (int32_t i = 0; i < 256; i++) {
        bytes[i] = (char)i;
        set_token(t, FIRST_BYTE + i, bytes + i, 1, TW_TOKEN_NORMAL);
    }
    t->pre = pre;
    t->eos = 0;
    t->pad = 1;
    return TW_OK;
}

/* Token result, whose bytes are those of the pair one behind the other. */
static enum tw_status join_tokens(struct tw_vocab *t, const struct pair *p,
                                  int32_t result, struct tw_err *err)
{
    const struct tw_token *x = &t->tokens[p->left];
    const struct tw_token *y = &t->tokens[p->right];
    char *bytes = tw_arena_alloc(&t->arena, (size_t)x->len + y->len, 1);

    if (!bytes)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    memcpy(bytes, x->bytes, x->len);
    memcpy(bytes + x->len, y->bytes, y->len);
    set_token(t, result, bytes, (size_t)x->len + y->len, TW_TOKEN_NORMAL);
    tw_bpe_add_merge(t, p->left, p->right, result);
    return TW_OK;
}

/* Merges until the vocabulary is full or the best pair is too rare. */
static enum tw_status learn_merges(struct tw_vocab *t, struct learner *l,
                                   const struct tw_bpe_train *opt,
                                   const struct tw_progress *progress,
                                   struct tw_err *err)
{
    int64_t least = 2;
    size_t id = FIRST_MERGE;

    if (opt->min_count)
        least = (int64_t)opt->min_count;
    for (size_t k = 0; k < l->n_words; k++)
        if (!word_pairs(l, &l->words[k], (int64_t)l->words[k].count))
            return tw_fail(err, TW_ENOMEM, 0, "out of memory to count pairs");
    for (; id < opt->n_vocab; id++) {
        const struct pair *best = best_pair(l);

        if (!best || best->count < least)
            break;
        struct pair p = *best; /* merge_words() moves the table */
        TW_TRY(join_tokens(t, &p, (int32_t)id, err));
        if (!merge_words(l, p.left, p.right, (int32_t)id))
            return tw_fail(err, TW_ENOMEM, 0, "out of memory to count pairs");
        if (!tw_progress_step(progress, "tokenizer", id, opt->n_vocab, ""))
            return tw_fail(err, TW_ECANCELED, 0, "stopped by request");
    }
    t->n = id;
    return TW_OK;
}

enum tw_status tw_bpe_learn(struct tw_vocab **out,
                            const struct tw_bpe_train *opt,
                            const struct tw_bpe_text *texts, size_t n_texts,
                            const struct tw_progress *progress,
                            struct tw_err *err)
{
    struct learner l = { 0 };
    enum tw_status st;

    *out = NULL;
    if (opt->n_vocab < FIRST_MERGE || opt->n_vocab > 1u << 20)
        return tw_fail(err, TW_EINVAL, 0,
                       "bad vocabulary size %zu: not 258..1048576",
                       opt->n_vocab);
    TW_TRY(tw_vocab_new(out, opt->n_vocab, opt->n_vocab - FIRST_MERGE, err));
    st = set_base(*out, opt->pre, err);
    for (size_t i = 0; i < n_texts && st == TW_OK; i++)
        st = count_text(&l, opt->pre, &texts[i], err);
    if (st == TW_OK)
        st = learn_merges(*out, &l, opt, progress, err);
    learner_release(&l);
    if (st != TW_OK) {
        tw_vocab_free(*out);
        *out = NULL;
    }
    return st;
}
