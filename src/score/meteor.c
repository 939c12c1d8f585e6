/*
 * meteor.c - METEOR as NLTK 3.8 computes it (Banerjee and Lavie 2005), and
 * with the best alignment.
 *
 * Three stages: equal words, equal stems, synonyms; each takes what the ones
 * before have left, from the last token of the hypothesis to the first, and of
 * several places the last one. NLTK loops over all pairs of tokens; here each
 * word keeps a chain of its free places, so that a stage is linear.
 *
 * What a word leads to (stem, synonyms) is remembered over all pairs of a run:
 * looking a word up costs more than the rest of a pair.
 */
#include "score/meteor.h"

#include "score/meteor_align.h"
#include "text/draft.h"
#include "text/porter.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

#define NONE UINT32_MAX /* no token */

enum {
    WORDS_FIRST = 1 << 10,
    WORDS_KEPT = 1 << 18, /* more than this: forgotten before the next pair */
};

/* A word is known by its number, from 1 on; what it leads to is found when
 * first asked for. */
struct known {
    struct tw_piece text;
    uint64_t hash;
    uint32_t stem;        /* number of the stem, 0 when not yet found */
    uint32_t stage, head; /* in that stage: the last free place in ref */
    uint32_t n_synonyms;
    uint32_t *synonyms; /* NULL when not yet found */
};

struct tw_meteor {
    const struct tw_wordnet *wordnet; /* borrowed; NULL: no synonyms */
    bool by_word;                     /* synonyms of words, not of stems */
    struct tw_arena arena;            /* of all that is remembered */
    struct known *words;              /* of number - 1 */
    uint32_t n, cap;
    uint32_t *slots; /* open addressing, 2 * cap; 0 is free */
    uint32_t stage;  /* counts up; a word of another stage has no chain yet */
};

/* Room for cap words. The old arrays stay in the arena, which doubling
 * bounds to as much again. */
static enum tw_status grow(struct tw_meteor *m, uint32_t cap,
                           struct tw_err *err)
{
    struct known *words = tw_arena_alloc(&m->arena, cap, sizeof(*words));
    uint32_t *slots =
        tw_arena_alloc(&m->arena, 2 * (size_t)cap, sizeof(*slots));

    if (!words || !slots)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for words");
    for (uint32_t i = 0; i < m->n; i++) {
        size_t at = m->words[i].hash & (2 * (size_t)cap - 1);

        words[i] = m->words[i];
        while (slots[at])
            at = (at + 1) & (2 * (size_t)cap - 1);
        slots[at] = i + 1;
    }
    m->words = words;
    m->slots = slots;
    m->cap = cap;
    return TW_OK;
}

/* All words go at once, between two pairs: no number survives it. */
static enum tw_status forget(struct tw_meteor *m, struct tw_err *err)
{
    tw_arena_release(&m->arena);
    m->words = NULL;
    m->n = m->stage = 0;
    m->cap = 0;
    return grow(m, WORDS_FIRST, err);
}

enum tw_status tw_meteor_new(struct tw_meteor **m,
                             const struct tw_wordnet *wordnet, bool words,
                             size_t limit, struct tw_err *err)
{
    struct tw_meteor *x = calloc(1, sizeof(*x));

    *m = NULL;
    if (!x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for METEOR");
    x->wordnet = wordnet;
    x->by_word = words;
    tw_arena_init(&x->arena, limit);
    enum tw_status st = forget(x, err);
    if (st == TW_OK)
        *m = x;
    else
        tw_meteor_free(x);
    return st;
}

void tw_meteor_free(struct tw_meteor *m)
{
    if (m)
        tw_arena_release(&m->arena);
    free(m);
}

const char *tw_meteor_variant(const struct tw_meteor *m)
{
    if (!m->wordnet)
        return "nltk-nowordnet";
    if (m->by_word)
        return "nltk-words";
    return "nltk";
}

/* The slot of a word, or the free one where it belongs. */
static uint32_t *slot_of(const struct tw_meteor *m, struct tw_piece text,
                         uint64_t hash)
{
    size_t mask = 2 * (size_t)m->cap - 1, at = hash & mask;

    for (; m->slots[at]; at = (at + 1) & mask) {
        const struct known *k = &m->words[m->slots[at] - 1];

        if (k->hash == hash && tw_piece_same(k->text, text))
            break;
    }
    return &m->slots[at];
}

/* The number of a word, a new one where it is new. m->words may move: take
 * pointers into it only behind this call. */
static enum tw_status know(uint32_t *number, struct tw_meteor *m,
                           struct tw_piece text, struct tw_err *err)
{
    uint64_t h = tw_metric_hash(text);
    uint32_t *slot = slot_of(m, text, h);

    *number = *slot;
    if (*slot)
        return TW_OK;
    if (m->n == m->cap) {
        TW_TRY(grow(m, 2 * m->cap, err));
        slot = slot_of(m, text, h);
    }
    char *s = tw_arena_alloc(&m->arena, text.n, 1);
    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for words");
    if (text.n)
        memcpy(s, text.s, text.n);
    m->words[m->n] = (struct known){ .text = { s, text.n }, .hash = h };
    *number = *slot = ++m->n;
    return TW_OK;
}

/* The stem is a word with a number itself; found once. */
static enum tw_status stem_of(uint32_t *stem, struct tw_meteor *m,
                              uint32_t number, struct tw_err *err)
{
    if (!m->words[number - 1].stem) {
        struct tw_piece s;
        uint32_t k;

        TW_TRY(tw_porter_stem(&s, &m->arena, m->words[number - 1].text, err));
        TW_TRY(know(&k, m, s, err));
        m->words[number - 1].stem = k;
    }
    *stem = m->words[number - 1].stem;
    return TW_OK;
}

/* The lemmas of one word while they come. */
enum { SYNONYMS_MAX = 2048 };
struct gathering {
    struct tw_meteor *m;
    uint32_t numbers[SYNONYMS_MAX];
    uint32_t n;
};

/* Lemmas come once for each synset; each counts once. */
static enum tw_status gather(void *ctx, struct tw_piece lemma,
                             struct tw_err *err)
{
    struct gathering *g = ctx;
    uint32_t number;

    TW_TRY(know(&number, g->m, lemma, err));
    for (uint32_t i = 0; i < g->n; i++)
        if (g->numbers[i] == number)
            return TW_OK;
    if (g->n == SYNONYMS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "too many synonyms of a word");
    g->numbers[g->n++] = number;
    return TW_OK;
}

/* The word itself is among its synonyms where WordNet knows it. */
static enum tw_status find_synonyms(struct tw_meteor *m, uint32_t number,
                                    struct tw_err *err)
{
    struct gathering g;
    struct tw_wordnet_sink sink = { gather, &g };

    g.m = m;
    g.n = 0;
    TW_TRY(
        tw_wordnet_lemmas(m->wordnet, m->words[number - 1].text, &sink, err));
    uint32_t *list = tw_arena_alloc(&m->arena, g.n, sizeof(*list));
    if (!list)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for synonyms");
    memcpy(list, g.numbers, g.n * sizeof(*list));
    m->words[number - 1].synonyms = list;
    m->words[number - 1].n_synonyms = g.n;
    return TW_OK;
}

/* One pair: numbers of the tokens, and what is matched so far. */
struct pair {
    uint32_t *hyp, *ref;
    uint32_t *link; /* of a hypothesis token, NONE when free */
    uint32_t *next; /* of a reference token: the one before with its number */
    bool *taken;    /* of a reference token */
    uint32_t n_hyp, n_ref, n_matches;
};

/* The free places of every number in ref, last first. */
static void chain(struct tw_meteor *m, struct pair *p)
{
    m->stage++;
    for (uint32_t j = 0; j < p->n_ref; j++) {
        struct known *k = &m->words[p->ref[j] - 1];

        if (p->taken[j])
            continue;
        if (k->stage != m->stage) {
            k->stage = m->stage;
            k->head = NONE;
        }
        p->next[j] = k->head;
        k->head = j;
    }
}

/* The last place in ref that is free and has this number, or NONE. */
static uint32_t last_free(const struct tw_meteor *m, uint32_t number)
{
    const struct known *k = &m->words[number - 1];

    if (k->stage != m->stage)
        return NONE;
    return k->head;
}

/* j is the head of its chain, so it is taken off in front. */
static void match(struct tw_meteor *m, struct pair *p, uint32_t i, uint32_t j)
{
    m->words[p->ref[j] - 1].head = p->next[j];
    p->taken[j] = true;
    p->link[i] = j;
    p->n_matches++;
}

/* Stages 1 and 2: the numbers are those of words, then of stems. */
static void match_equal(struct tw_meteor *m, struct pair *p)
{
    chain(m, p);
    for (uint32_t i = p->n_hyp; i-- > 0;) {
        if (p->link[i] != NONE)
            continue;
        uint32_t j = last_free(m, p->hyp[i]);
        if (j != NONE)
            match(m, p, i, j);
    }
}

/* Stage 3: of all synonyms the one whose free place is last. Synonyms are
 * looked up first, because that may move the words. */
static enum tw_status match_synonyms(struct tw_meteor *m, struct pair *p,
                                     struct tw_err *err)
{
    for (uint32_t i = 0; i < p->n_hyp; i++)
        if (p->link[i] == NONE && !m->words[p->hyp[i] - 1].synonyms)
            TW_TRY(find_synonyms(m, p->hyp[i], err));
    chain(m, p);
    for (uint32_t i = p->n_hyp; i-- > 0;) {
        const struct known *k = &m->words[p->hyp[i] - 1];

        if (p->link[i] != NONE)
            continue;
        uint32_t best = last_free(m, p->hyp[i]);
        for (uint32_t s = 0; s < k->n_synonyms; s++) {
            uint32_t j = last_free(m, k->synonyms[s]);

            if (j != NONE && (best == NONE || j > best))
                best = j;
        }
        if (best != NONE)
            match(m, p, i, best);
    }
    return TW_OK;
}

/* Left-over tokens become their stems. */
static enum tw_status stem_rest(struct tw_meteor *m, struct pair *p,
                                struct tw_err *err)
{
    for (uint32_t i = 0; i < p->n_hyp; i++)
        if (p->link[i] == NONE)
            TW_TRY(stem_of(&p->hyp[i], m, p->hyp[i], err));
    for (uint32_t j = 0; j < p->n_ref; j++)
        if (!p->taken[j])
            TW_TRY(stem_of(&p->ref[j], m, p->ref[j], err));
    return TW_OK;
}

/* Tokens in lower case as numbers; the caller's tokens stay as they are. */
static enum tw_status numbers_of(uint32_t *to, struct tw_meteor *m,
                                 struct tw_arena *a, const struct tw_tokens *t,
                                 struct tw_err *err)
{
    struct tw_tokens low = { tw_arena_alloc(a, t->n, sizeof(*t->items)), t->n };

    if (!low.items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    if (t->n)
        memcpy(low.items, t->items, t->n * sizeof(*t->items));
    TW_TRY(tw_tokens_lower(&low, a, err));
    for (size_t i = 0; i < t->n; i++)
        TW_TRY(know(&to[i], m, low.items[i], err));
    return TW_OK;
}

/* Numbers of both texts, nothing matched; four arrays in one block. */
static enum tw_status begin(struct pair *p, struct tw_meteor *m,
                            struct tw_arena *a, const struct tw_tokens *hyp,
                            const struct tw_tokens *ref, struct tw_err *err)
{
    if (hyp->n > TW_METRIC_TEXT_MAX || ref->n > TW_METRIC_TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "too many tokens");
    p->hyp = tw_arena_alloc(a, 2 * (hyp->n + ref->n), sizeof(uint32_t));
    p->taken = tw_arena_alloc(a, ref->n, sizeof(bool));
    if (!p->hyp || !p->taken)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    p->n_hyp = (uint32_t)hyp->n;
    p->n_ref = (uint32_t)ref->n;
    p->ref = p->hyp + hyp->n;
    p->link = p->ref + ref->n;
    p->next = p->link + hyp->n;
    for (size_t i = 0; i < hyp->n; i++)
        p->link[i] = NONE;
    if (m->n > WORDS_KEPT || m->stage > NONE - 8)
        TW_TRY(forget(m, err));
    TW_TRY(numbers_of(p->hyp, m, a, hyp, err));
    return numbers_of(p->ref, m, a, ref, err);
}

/* Chunks and the score: alpha 0.9, beta 3, gamma 0.5. A chunk ends where
 * the next match is not the next token on both sides. */
static enum tw_status finish(struct tw_meteor_result *r, const struct pair *p,
                             struct tw_arena *a, struct tw_err *err)
{
    double n = p->n_matches, before_h = -2, before_r = -2;

    *r = (struct tw_meteor_result){ .matches = p->n_matches };
    r->links = tw_arena_alloc(a, p->n_hyp, sizeof(*r->links));
    if (!r->links)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    for (uint32_t i = 0; i < p->n_hyp; i++) {
        uint32_t j = p->link[i];

        r->links[i] = SIZE_MAX;
        if (j == NONE)
            continue;
        r->links[i] = j;
        r->chunks += i - before_h > 1 || j - before_r < 1 || j - before_r > 1;
        before_h = i;
        before_r = j;
    }
    if (p->n_matches == 0)
        return TW_OK;
    double precision = n / p->n_hyp, recall = n / p->n_ref;
    double f = precision * recall / (0.9 * precision + 0.1 * recall);
    r->score = (1 - 0.5 * pow((double)r->chunks / n, 3)) * f;
    return TW_OK;
}

/* NLTK stems what is left before it looks for synonyms, and then looks for
 * those of the stems; with by_word the words come back for the last stage. */
enum tw_status tw_meteor_score(struct tw_meteor_result *r, struct tw_meteor *m,
                               struct tw_arena *a, const struct tw_tokens *hyp,
                               const struct tw_tokens *ref, struct tw_err *err)
{
    uint32_t *hyp_words = NULL, *ref_words = NULL;
    struct pair p = { 0 };

    TW_TRY(begin(&p, m, a, hyp, ref, err));
    TW_ASSERT(p.hyp && p.ref);
    match_equal(m, &p);
    if (m->by_word) {
        size_t n = (size_t)p.n_hyp + p.n_ref;

        hyp_words = tw_arena_alloc(a, n, sizeof(*hyp_words));
        if (!hyp_words)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
        ref_words = hyp_words + p.n_hyp;
        memcpy(hyp_words, p.hyp, n * sizeof(*hyp_words));
    }
    TW_TRY(stem_rest(m, &p, err));
    match_equal(m, &p);
    if (hyp_words) {
        p.hyp = hyp_words;
        p.ref = ref_words;
    }
    if (m->wordnet)
        TW_TRY(match_synonyms(m, &p, err));
    return finish(r, &p, a, err);
}

/* Reference tokens with this number may match token i. */
static void relate(uint64_t row[TW_ALIGN_WORDS], const struct tw_meteor *m,
                   const struct pair *p, uint32_t number)
{
    for (uint32_t j = last_free(m, number); j != NONE; j = p->next[j])
        row[j / 64] |= (uint64_t)1 << j % 64;
}

/* One bit for each reference token that a synonym of token i stands at. */
static enum tw_status relate_synonyms(uint64_t (*rows)[TW_ALIGN_WORDS],
                                      struct tw_meteor *m, struct pair *p,
                                      struct tw_err *err)
{
    for (uint32_t i = 0; i < p->n_hyp; i++)
        if (!m->words[p->hyp[i] - 1].synonyms)
            TW_TRY(find_synonyms(m, p->hyp[i], err));
    chain(m, p);
    for (uint32_t i = 0; i < p->n_hyp; i++) {
        const struct known *k = &m->words[p->hyp[i] - 1];

        for (uint32_t s = 0; s < k->n_synonyms; s++)
            relate(rows[i], m, p, k->synonyms[s]);
    }
    return TW_OK;
}

/* All that any stage could match. */
static enum tw_status relate_all(uint64_t (*rows)[TW_ALIGN_WORDS],
                                 struct tw_meteor *m, struct pair *p,
                                 struct tw_err *err)
{
    chain(m, p);
    for (uint32_t i = 0; i < p->n_hyp; i++)
        relate(rows[i], m, p, p->hyp[i]);
    if (m->wordnet && m->by_word)
        TW_TRY(relate_synonyms(rows, m, p, err));
    TW_TRY(stem_rest(m, p, err));
    chain(m, p);
    for (uint32_t i = 0; i < p->n_hyp; i++)
        relate(rows[i], m, p, p->hyp[i]);
    if (m->wordnet && !m->by_word)
        TW_TRY(relate_synonyms(rows, m, p, err));
    return TW_OK;
}

/* The usual alignment first: it is the answer for long texts, and the bound
 * that the search has to beat. */
enum tw_status tw_meteor_score_best(struct tw_meteor_result *r,
                                    struct tw_meteor *m, struct tw_arena *a,
                                    const struct tw_tokens *hyp,
                                    const struct tw_tokens *ref,
                                    struct tw_err *err)
{
    struct pair p = { 0 };

    TW_TRY(tw_meteor_score(r, m, a, hyp, ref, err));
    if (hyp->n > TW_ALIGN_TOKENS || ref->n > TW_ALIGN_TOKENS)
        return TW_OK;
    TW_TRY(begin(&p, m, a, hyp, ref, err));
    uint64_t(*rows)[TW_ALIGN_WORDS] = tw_arena_alloc(a, hyp->n, sizeof(*rows));
    if (!rows)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    TW_TRY(relate_all(rows, m, &p, err));
    struct tw_align_graph g = { (const uint64_t(*)[TW_ALIGN_WORDS])rows, hyp->n,
                                ref->n };
    struct tw_align best = { .links = r->links };
    TW_TRY(tw_align_best(&best, a, &g, err));
    for (size_t i = 0; i < hyp->n; i++)
        if (best.links[i] != SIZE_MAX) /* else NONE, as begin() left it */
            p.link[i] = (uint32_t)best.links[i];
    p.n_matches = (uint32_t)best.matches;
    TW_TRY(finish(r, &p, a, err));
    r->proven = best.proven;
    return TW_OK;
}
