/*
 * tokens.c - the choice of a tokenizer, and tokens or characters as dense
 * numbers.
 */
#include "text/tokens.h"

#include "text/draft.h"

#include <string.h>

#include "base/banned.h"

static const char *const names[TW_TOK_COUNT] = {
    [TW_TOK_WS] = "ws",
    [TW_TOK_TRANX] = "tranx",
    [TW_TOK_TREEBANK] = "treebank",
    [TW_TOK_13A] = "13a",
    [TW_TOK_INTL] = "intl",
    [TW_TOK_CHAR] = "char",
    [TW_TOK_WORD] = "word",
    [TW_TOK_NORM] = "meteor-norm",
};

const char *tw_tokenizer_name(enum tw_tokenizer kind)
{
    TW_ASSERT((unsigned)kind < TW_TOK_COUNT);
    return names[kind];
}

enum tw_tokenizer tw_tokenizer_find(const char *name)
{
    for (unsigned i = 0; i < TW_TOK_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum tw_tokenizer)i;
    return TW_TOK_COUNT;
}

/* Some metrics take quadratic time, so that the length is bounded here, where
 * every text comes by. */
static enum tw_status check_length(struct tw_piece text, struct tw_err *err)
{
    if (text.n > TW_METRIC_TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "a text of %zu bytes; at most %d",
                       text.n, (int)TW_METRIC_TEXT_MAX);
    return TW_OK;
}

enum tw_status tw_tokenize(struct tw_tokens *t, struct tw_arena *a,
                           enum tw_tokenizer kind, struct tw_piece text,
                           struct tw_err *err)
{
    TW_TRY(check_length(text, err));
    switch (kind) {
    case TW_TOK_WS:
        return tw_tokens_split(t, a, text, err);
    case TW_TOK_TRANX:
        return tw_tokenize_tranx(t, a, text, err);
    case TW_TOK_TREEBANK:
        return tw_tokenize_treebank(t, a, text, err);
    case TW_TOK_13A:
        return tw_tokenize_13a(t, a, text, err);
    case TW_TOK_INTL:
        return tw_tokenize_intl(t, a, text, err);
    case TW_TOK_CHAR:
        return tw_tokenize_char(t, a, text, err);
    case TW_TOK_WORD:
        return tw_tokenize_word(t, a, text, err);
    case TW_TOK_NORM:
        return tw_tokenize_norm(t, a, text, err);
    case TW_TOK_COUNT:
        break;
    }
    return tw_fail(err, TW_EINVAL, 0, "no such tokenizer");
}

/* Numbers for bytes: open addressing; slot 0 means free, else number. */
struct numbers {
    uint32_t *slots;
    uint64_t *hashes;        /* of number - 1 */
    struct tw_piece *pieces; /* of number - 1 */
    size_t mask;
    uint32_t n;
};

/* The number of these bytes, a new one where they are new. Linear probing:
 * the table is at most half full, so that a chain is short; hashes are
 * compared before bytes, which mostly saves the look at them. */
static uint32_t number_of(struct numbers *m, struct tw_piece p)
{
    uint64_t h = tw_metric_hash(p);
    size_t at = h & m->mask;

    while (m->slots[at]) {
        uint32_t k = m->slots[at] - 1;

        if (m->hashes[k] == h && tw_piece_same(m->pieces[k], p))
            return k + 1;
        at = (at + 1) & m->mask;
    }
    m->hashes[m->n] = h;
    m->pieces[m->n] = p;
    return m->slots[at] = ++m->n;
}

/* Hypothesis and reference get their numbers from one table: all metrics
 * afterwards compare integers, not texts. */
enum tw_status tw_ids_of_tokens(struct tw_ids_pair *p, struct tw_arena *a,
                                const struct tw_tokens *hyp,
                                const struct tw_tokens *ref, struct tw_err *err)
{
    size_t total = hyp->n + ref->n, size = 16;
    struct numbers m = { 0 };

    while (size < 2 * total)
        size *= 2;
    m.mask = size - 1;
    m.slots = tw_arena_alloc(a, size, sizeof(*m.slots));
    m.hashes = tw_arena_alloc(a, total, sizeof(*m.hashes));
    m.pieces = tw_arena_alloc(a, total, sizeof(*m.pieces));
    p->hyp.v = tw_arena_alloc(a, total, sizeof(uint32_t));
    if (!m.slots || !m.hashes || !m.pieces || !p->hyp.v)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for token numbers");
    p->ref.v = p->hyp.v + hyp->n;
    p->hyp.n = hyp->n;
    p->ref.n = ref->n;
    for (size_t i = 0; i < hyp->n; i++)
        p->hyp.v[i] = number_of(&m, hyp->items[i]);
    for (size_t i = 0; i < ref->n; i++)
        p->ref.v[i] = number_of(&m, ref->items[i]);
    p->n_ids = m.n;
    return TW_OK;
}

/* Code points to numbers: a direct table below 256, a hash above. */
struct codes {
    uint32_t low[256];
    uint32_t *keys, *numbers; /* open addressing; key 0 is free */
    size_t mask;
    uint32_t n;
};

/* The same for characters. Most are ASCII: a direct table answers for them,
 * and the hash (Knuth's multiplier 2^32 / golden ratio) is seldom asked. */
static uint32_t code_number(struct codes *m, uint32_t code)
{
    if (code < 256) {
        if (!m->low[code])
            m->low[code] = ++m->n;
        return m->low[code];
    }
    size_t at = (code * 2654435761u >> 7) & m->mask;
    while (m->keys[at] && m->keys[at] != code)
        at = (at + 1) & m->mask;
    if (!m->keys[at]) {
        m->keys[at] = code;
        m->numbers[at] = ++m->n;
    }
    return m->numbers[at];
}

/* A blank that is left out has a number all the same: no question about each
 * character is asked twice. */
static void number_chars(struct tw_units *ids, struct codes *m,
                         struct tw_piece text, bool spaces)
{
    uint32_t *to = ids->v;

    for (size_t i = 0; i < text.n;) {
        uint32_t code = (unsigned char)text.s[i], known = m->low[code];

        if (known && code < 0x80) { /* most characters */
            *to = known;
            to += spaces || code != ' ';
            i++;
            continue;
        }
        i += tw_text_next(text.s + i, text.n - i, &code);
        if (spaces || !tw_is_space(code))
            *to++ = code_number(m, code);
        else if (code == ' ')
            m->low[code] = UINT32_MAX;
    }
    ids->n = (size_t)(to - ids->v);
}

/* Bytes above 127, or at least that many; eight at a time. */
static size_t count_high(struct tw_piece text)
{
    size_t n = 0, i = 0;
    uint64_t w;

    for (; i + sizeof(w) <= text.n; i += sizeof(w)) {
        memcpy(&w, text.s + i, sizeof(w));
        if (w & 0x8080808080808080u)
            n += sizeof(w);
    }
    for (; i < text.n; i++)
        n += (unsigned char)text.s[i] >= 0x80;
    return n;
}

enum tw_status tw_ids_of_chars(struct tw_ids_pair *p, struct tw_arena *a,
                               struct tw_piece hyp, struct tw_piece ref,
                               bool spaces, struct tw_err *err)
{
    size_t size = 16, n_high;
    struct codes m = { 0 };

    TW_TRY(check_length(hyp, err));
    TW_TRY(check_length(ref, err));
    n_high = count_high(hyp) + count_high(ref);
    while (size < 2 * n_high)
        size *= 2;
    m.mask = size - 1;
    m.keys = tw_arena_alloc(a, size, sizeof(*m.keys));
    m.numbers = tw_arena_alloc(a, size, sizeof(*m.numbers));
    p->hyp.v = tw_arena_alloc(a, hyp.n + ref.n, sizeof(uint32_t));
    if (!m.keys || !m.numbers || !p->hyp.v)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for characters");
    p->ref.v = p->hyp.v + hyp.n;
    number_chars(&p->hyp, &m, hyp, spaces);
    number_chars(&p->ref, &m, ref, spaces);
    p->n_ids = m.n;
    return TW_OK;
}
