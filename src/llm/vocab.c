/*
 * vocab.c - the tables of a vocabulary: ids by bytes, merges by pair, special
 * tokens; ids to bytes.  vocab_file.c fills them from a file.
 */
#include "llm/vocab.h"

#include "base/fault.h"
#include "base/hash.h"
#include "llm/vocab_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Doubling: n appends cost n moves in all. */
enum tw_status tw_ids_add(struct tw_ids *ids, int32_t id, struct tw_err *err)
{
    TW_ASSERT(ids->n <= ids->cap);
    if (ids->n == ids->cap) {
        size_t cap = ids->cap ? 2 * ids->cap : 256;
        int32_t *v = tw_mem_resize(ids->v, cap * sizeof(*v));

        if (!v)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for token ids");
        ids->v = v;
        ids->cap = cap;
    }
    ids->v[ids->n++] = id;
    return TW_OK;
}

void tw_ids_release(struct tw_ids *ids)
{
    free(ids->v);
    *ids = (struct tw_ids){ 0 };
}

/* Slots of a hash table of n entries: a power of two, for the mask, and at
 * most half full, for short searches that always end. */
static size_t table_size(size_t n)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    TW_ASSERT((size & (size - 1)) == 0 && size >= 2 * n);
    return size;
}

/* Everything that has a size is taken here; the bytes of the tokens come
 * later, from the same arena. */
enum tw_status tw_vocab_new(struct tw_vocab **out, size_t n, size_t n_merges,
                            struct tw_err *err)
{
    struct tw_vocab *t = tw_mem_zeroed(1, sizeof(*t));

    *out = NULL;
    if (!t)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for vocabulary");
    tw_arena_init(&t->arena, TW_VOCAB_ARENA_MAX);
    t->n = n;
    t->n_by_bytes = table_size(n);
    t->n_slots = table_size(n_merges);
    t->bos = t->eos = t->pad = t->unknown = -1;
    t->tokens = tw_arena_alloc(&t->arena, n, sizeof(*t->tokens));
    t->by_bytes = tw_arena_alloc(&t->arena, t->n_by_bytes, sizeof(uint32_t));
    t->merges = tw_arena_alloc(&t->arena, t->n_slots, sizeof(*t->merges));
    t->users = tw_arena_alloc(&t->arena, n, sizeof(*t->users));
    enum tw_status st = tw_arena_check(&t->arena, "vocabulary", err);
    if (st != TW_OK) {
        tw_vocab_free(t);
        return st;
    }
    for (size_t i = 0; i < t->n_slots; i++)
        t->merges[i].rank = UINT32_MAX;
    for (size_t i = 0; i < 256; i++)
        t->of_byte[i] = -1;
    *out = t;
    return TW_OK;
}

void tw_vocab_free(struct tw_vocab *t)
{
    if (!t)
        return;
    tw_arena_release(&t->arena);
    free(t);
}

/* The slot of these bytes, or the free one where they would go. */
static uint32_t *slot_of(const struct tw_vocab *t, const char *bytes, size_t n)
{
    size_t mask = t->n_by_bytes - 1;
    size_t i = (size_t)tw_hash_fnv64(bytes, n) & mask;

    for (; t->by_bytes[i]; i = (i + 1) & mask) {
        const struct tw_token *k = &t->tokens[t->by_bytes[i] - 1];

        if (k->len == n && memcmp(k->bytes, bytes, n) == 0)
            break;
    }
    return &t->by_bytes[i];
}

/* Files name only some of the tokens that end an answer by their keys; these
 * are the others, by their spelling, as llama.cpp knows them too. */
static bool is_end_text(const struct tw_token *k)
{
    static const char *const TEXTS[] = {
        "<|endoftext|>", "<|im_end|>",      "<|eot_id|>",    "<|end|>",
        "<end_of_turn>", "<|end_of_text|>", "<EOT>",         "<|EOT|>",
        "<|eom_id|>",    "<|fim_pad|>",     "<|repo_name|>", "<|file_sep|>",
        "</s>"
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(TEXTS); i++)
        if (k->len == strlen(TEXTS[i]) && !memcmp(k->bytes, TEXTS[i], k->len))
            return true;
    return false;
}

/* Two tokens of a file may have the same bytes: the first one is found. */
static void index_normal(struct tw_vocab *t, const struct tw_token *k,
                         int32_t id)
{
    uint32_t *slot = slot_of(t, k->bytes, k->len);
    uint8_t byte = (uint8_t)k->bytes[0];

    if (!*slot)
        *slot = (uint32_t)id + 1;
    /* A SentencePiece file has tokens of their own kind for single bytes. */
    if (k->len == 1 && !t->scores && t->of_byte[byte] < 0)
        t->of_byte[byte] = id;
}

void tw_vocab_index(struct tw_vocab *t, int32_t id)
{
    TW_ASSERT(id >= 0 && (size_t)id < t->n);
    struct tw_token *k = &t->tokens[id];

    if (k->kind == TW_TOKEN_NORMAL && k->len) {
        index_normal(t, k, id);
    } else if (k->kind == TW_TOKEN_USER && k->len) {
        TW_ASSERT(t->n_users < t->n);
        t->users[t->n_users++] = id;
    } else if (k->kind == TW_TOKEN_CONTROL) {
        k->ends = is_end_text(k);
    }
}

int32_t tw_vocab_find(const struct tw_vocab *t, const char *bytes, size_t n)
{
    return (int32_t)*slot_of(t, bytes, n) - 1;
}

/* The slot of this pair, or the free one where it would go.  The factor is
 * 2^64 divided by the golden ratio (Knuth, vol. 3, 6.4): it spreads ids that
 * follow each other. */
static struct tw_merge *merge_slot(const struct tw_vocab *t, int32_t left,
                                   int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t mask = t->n_slots - 1;
    size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & mask;

    while (t->merges[i].rank != UINT32_MAX &&
           (t->merges[i].left != left || t->merges[i].right != right))
        i = (i + 1) & mask;
    return &t->merges[i];
}

/* The rank is the number of merges so far, those that cannot apply included:
 * only their order counts. */
void tw_bpe_add_merge(struct tw_vocab *t, int32_t left, int32_t right,
                      int32_t result)
{
    struct tw_merge *m = merge_slot(t, left, right);

    TW_ASSERT(2 * (t->n_merges + 1) <= t->n_slots);
    TW_ASSERT(result >= 0 && (size_t)result < t->n);
    if (m->rank == UINT32_MAX)
        *m = (struct tw_merge){ left, right, (uint32_t)t->n_merges, result };
    t->n_merges++;
}

/* The question that encoding asks for every pair of neighbours. */
const struct tw_merge *tw_bpe_merge(const struct tw_vocab *t, int32_t left,
                                    int32_t right)
{
    const struct tw_merge *m = merge_slot(t, left, right);

    if (m->rank == UINT32_MAX)
        return NULL;
    return m;
}

bool tw_vocab_is_writable(const struct tw_vocab *t)
{
    return !t->scores;
}

size_t tw_vocab_count(const struct tw_vocab *t)
{
    return t->n;
}

/* A file may name a first token and yet say that texts go without it. */
int32_t tw_vocab_bos(const struct tw_vocab *t)
{
    if (!t->add_bos)
        return -1;
    return t->bos;
}

int32_t tw_vocab_eos(const struct tw_vocab *t)
{
    return t->eos;
}

bool tw_vocab_is_end(const struct tw_vocab *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->n && t->tokens[id].ends;
}

/* The head of a model may have more rows than there are tokens (padding to a
 * round number): such an id is no mistake, and it stands for no text. */
void tw_vocab_decode(const struct tw_vocab *t, int32_t id, bool shown,
                     struct tw_buf *b)
{
    if (id < 0 || (size_t)id >= t->n)
        return;
    const struct tw_token *k = &t->tokens[id];
    if (shown || (k->kind != TW_TOKEN_CONTROL && k->kind != TW_TOKEN_UNKNOWN))
        tw_buf_add(b, k->bytes, k->len);
}

/* A walk over all tokens: it happens a few times a question. */
int32_t tw_vocab_control_at(const struct tw_vocab *t, const char *text,
                            size_t *len)
{
    size_t n = strlen(text);
    int32_t best = -1;

    *len = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct tw_token *k = &t->tokens[i];

        if ((k->kind == TW_TOKEN_CONTROL || k->kind == TW_TOKEN_USER) &&
            k->len > *len && k->len <= n &&
            memcmp(k->bytes, text, k->len) == 0) {
            best = (int32_t)i;
            *len = k->len;
        }
    }
    return best;
}
