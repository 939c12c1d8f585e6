#include "metrics/ngram.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void lengths(struct tw_ngrams *g, const struct tw_ids_pair *p,
                    size_t n_orders)
{
    *g = (struct tw_ngrams){ 0 };
    for (size_t k = 0; k < n_orders; k++) {
        g->hyp[k] = p->hyp.n > k ? p->hyp.n - k : 0;
        g->ref[k] = p->ref.n > k ? p->ref.n - k : 0;
    }
}

/*
 * The short way: n_orders numbers of bits bits each fit in one word, the first
 * number highest, the side in the lowest bit.  Zeros stand behind the end of a
 * sequence, and no unit has the number zero.
 */
struct packed {
    uint64_t *keys, *spare;
    size_t n, n_ids;
    unsigned bits, n_orders;
};

static uint64_t *pack(uint64_t *to, const struct tw_ids *ids,
                      const struct packed *k, uint64_t side)
{
    unsigned width = k->bits * k->n_orders;
    uint64_t mask = ((uint64_t)1 << width) - 1, w = 0;
    size_t ahead = k->n_orders - 1;

    for (size_t i = 0; i < ids->n + ahead; i++) {
        w = (w << k->bits | (i < ids->n ? ids->v[i] : 0)) & mask;
        if (i >= ahead)
            *to++ = w << 1 | side;
    }
    return to;
}

enum { DIGIT_MAX = 10 }; /* bits of a number on the short way */

/* How often every number stands in both sequences; zeros are counted apart. */
struct digits {
    uint32_t counts[(size_t)1 << DIGIT_MAX];
    uint32_t starts[(size_t)1 << DIGIT_MAX];
};

static void sort_by(struct packed *k, struct digits *d, unsigned shift)
{
    uint64_t mask = ((uint64_t)1 << k->bits) - 1;
    uint32_t sum = 0;

    for (size_t i = 0; i <= k->n_ids; i++) {
        d->starts[i] = sum;
        sum += d->counts[i];
    }
    for (size_t i = 0; i < k->n; i++)
        k->spare[d->starts[k->keys[i] >> shift & mask]++] = k->keys[i];
    uint64_t *keys = k->keys;
    k->keys = k->spare;
    k->spare = keys;
}

/* The numbers at offset o of the n-grams are those of the sequence but the
 * first o, and a zero for each of these. */
static void leave_first(struct digits *d, const struct tw_ids *ids, size_t o)
{
    for (size_t i = 0; i < o && i < ids->n; i++) {
        d->counts[ids->v[i]]--;
        d->counts[0]++;
    }
}

static void take_first(struct digits *d, const struct tw_ids *ids, size_t o)
{
    if (o < ids->n) {
        d->counts[ids->v[o]]++;
        d->counts[0]--;
    }
}

/* Of nearly sorted keys. */
static void insert_all(struct packed *k)
{
    for (size_t i = 1; i < k->n; i++) {
        uint64_t key = k->keys[i];
        size_t at = i;

        for (; at > 0 && k->keys[at - 1] > key; at--)
            k->keys[at] = k->keys[at - 1];
        k->keys[at] = key;
    }
}

/* A few keys are in order, or nearly, by their first three numbers already; the
 * rest of the work is then bounded even for the worst text. */
enum { FEW = 512, FIRST = 3 };

static void sort_all(struct packed *k, const struct tw_ids_pair *p)
{
    struct digits d;
    bool few = k->n <= FEW && k->n_orders > FIRST;
    size_t last = few ? FIRST - 1 : k->n_orders - 1;

    memset(d.counts, 0, (k->n_ids + 1) * sizeof(*d.counts));
    for (size_t i = 0; i < p->hyp.n; i++)
        d.counts[p->hyp.v[i]]++;
    for (size_t i = 0; i < p->ref.n; i++)
        d.counts[p->ref.v[i]]++;
    leave_first(&d, &p->hyp, last);
    leave_first(&d, &p->ref, last);
    for (size_t o = last + 1; o-- > 0;) {
        sort_by(k, &d, 1 + (unsigned)(k->n_orders - 1 - o) * k->bits);
        if (o > 0) {
            take_first(&d, &p->hyp, o - 1);
            take_first(&d, &p->ref, o - 1);
        }
    }
    if (few)
        insert_all(k);
}

/* Numbers of one n-gram of every order, all handled at once. */
struct lanes {
    int32_t v[TW_NGRAM_MAX];
};

/* What a place says about order o depends on two lengths alone: that of the
 * prefix it shares with the place before, and that of its n-gram. */
struct steps {
    struct lanes keep[TW_NGRAM_MAX + 1]; /* -1 below the shared length */
    struct lanes add[TW_NGRAM_MAX + 1];  /* 1 below the own length */
    uint8_t same[64], len[64]; /* by leading and by trailing zero bits */
};

static void plan(struct steps *t, const struct packed *k)
{
    unsigned top = 64 - k->bits * k->n_orders, n = 0, left = k->bits;

    for (size_t l = 0; l <= TW_NGRAM_MAX; l++)
        for (size_t o = 0; o < TW_NGRAM_MAX; o++) {
            t->keep[l].v[o] = o < l ? -1 : 0;
            t->add[l].v[o] = o < l;
        }
    for (unsigned z = 0; z < 64; z++) {
        t->same[z] = 0;
        t->len[z] = 0;
    }
    for (unsigned z = 0; z + top < 64; z++, left--) {
        if (left == 0) {
            left = k->bits;
            n++;
        }
        t->same[z + top] = (uint8_t)n;
        t->len[z] = (uint8_t)(k->n_orders - n);
    }
}

/* In sorted order an n-gram's places are neighbours, for every n at once. */
static void walk(struct tw_ngrams *g, const struct packed *k)
{
    struct lanes seen[2] = { { { 0 } }, { { 0 } } }, both = { { 0 } };
    struct steps t;
    uint64_t prev = 0;

    plan(&t, k);
    for (size_t i = 0; i <= k->n; i++) {
        /* Behind the last place: one that shares nothing and adds nothing. */
        uint64_t word = i < k->n ? k->keys[i] : 0, key = word >> 1;
        uint64_t diff = key ^ prev;
        size_t lcp = i == k->n ? 0
                     : diff    ? t.same[__builtin_clzll(diff)]
                               : k->n_orders;
        const int32_t *keep = t.keep[lcp].v;
        const int32_t *add = t.add[key ? t.len[__builtin_ctzll(key)] : 0].v;
        int32_t *one = seen[word & 1].v;

        for (size_t o = 0; o < TW_NGRAM_MAX; o++) {
            int32_t h = seen[0].v[o], r = seen[1].v[o];

            both.v[o] += (h < r ? h : r) & ~keep[o];
            seen[0].v[o] = h & keep[o];
            seen[1].v[o] = r & keep[o];
        }
        for (size_t o = 0; o < TW_NGRAM_MAX; o++)
            one[o] += add[o];
        prev = key;
    }
    for (size_t o = 0; o < k->n_orders; o++)
        g->both[o] = (size_t)both.v[o];
}

static enum tw_status count_packed(struct tw_ngrams *g, struct tw_arena *a,
                                   const struct tw_ids_pair *p, unsigned bits,
                                   size_t n_orders, struct tw_err *err)
{
    struct packed k = { .n = p->hyp.n + p->ref.n,
                        .n_ids = p->n_ids,
                        .bits = bits,
                        .n_orders = (unsigned)n_orders };

    k.keys = tw_arena_alloc(a, 2 * k.n, sizeof(*k.keys));
    if (!k.keys)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    k.spare = k.keys + k.n;
    pack(pack(k.keys, &p->hyp, &k, 0), &p->ref, &k, 1);
    sort_all(&k, p);
    walk(g, &k);
    return TW_OK;
}

/*
 * The long way, for large alphabets and for filters: order by order; an n-gram
 * is the rank of its first n-1 units and its last unit.
 */
struct place {
    uint64_t key;
    uint32_t at; /* in hyp; from hyp.n on in ref */
};

static int by_key(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

struct run {
    const struct tw_ids_pair *p;
    const struct tw_ngram_filter *filter;
    struct place *places;
    uint32_t *ranks; /* of each place, at the order before */
    size_t order;    /* from 0 */
};

static void take_group(struct tw_ngrams *g, const struct run *r, size_t from,
                       size_t to)
{
    size_t n_hyp = 0, o = r->order, at = r->places[from].at;

    while (from + n_hyp < to && r->places[from + n_hyp].at < r->p->hyp.n)
        n_hyp++;
    size_t n_ref = to - from - n_hyp;
    const uint32_t *gram =
        at < r->p->hyp.n ? r->p->hyp.v + at : r->p->ref.v + (at - r->p->hyp.n);

    if (r->filter && r->filter->drop(r->filter->ctx, gram, o + 1)) {
        g->hyp[o] -= n_hyp;
        g->ref[o] -= n_ref;
        return;
    }
    g->both[o] += n_hyp < n_ref ? n_hyp : n_ref;
}

static void count_order(struct tw_ngrams *g, struct run *r)
{
    const struct tw_ids_pair *p = r->p;
    size_t o = r->order, n = 0, start = 0;

    for (size_t i = 0; i + o < p->hyp.n; i++)
        r->places[n++] =
            (struct place){ (uint64_t)r->ranks[i] << 32 | p->hyp.v[i + o],
                            (uint32_t)i };
    for (size_t i = 0; i + o < p->ref.n; i++) {
        size_t at = p->hyp.n + i;

        r->places[n++] =
            (struct place){ (uint64_t)r->ranks[at] << 32 | p->ref.v[i + o],
                            (uint32_t)at };
    }
    qsort(r->places, n, sizeof(*r->places), by_key);
    for (size_t i = 1; i <= n; i++) {
        if (i < n && r->places[i].key == r->places[start].key)
            continue;
        take_group(g, r, start, i);
        for (size_t k = start; k < i; k++)
            r->ranks[r->places[k].at] = (uint32_t)start;
        start = i;
    }
}

enum tw_status tw_ngrams_count_but(struct tw_ngrams *g, struct tw_arena *a,
                                   const struct tw_ids_pair *p, size_t n_orders,
                                   const struct tw_ngram_filter *filter,
                                   struct tw_err *err)
{
    size_t n = p->hyp.n + p->ref.n;
    struct run r = { .p = p, .filter = filter };

    TW_ASSERT(n_orders <= TW_NGRAM_MAX);
    lengths(g, p, n_orders);
    r.places = tw_arena_alloc(a, n, sizeof(*r.places));
    r.ranks = tw_arena_alloc(a, n, sizeof(*r.ranks));
    if (!r.places || !r.ranks)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    for (r.order = 0; r.order < n_orders; r.order++)
        count_order(g, &r);
    return TW_OK;
}

enum tw_status tw_ngrams_count(struct tw_ngrams *g, struct tw_arena *a,
                               const struct tw_ids_pair *p, size_t n_orders,
                               struct tw_err *err)
{
    unsigned bits = 1;

    while (bits < 32 && p->n_ids >> bits)
        bits++;
    if (bits > DIGIT_MAX || bits * n_orders > 63)
        return tw_ngrams_count_but(g, a, p, n_orders, NULL, err);
    TW_ASSERT(n_orders <= TW_NGRAM_MAX);
    lengths(g, p, n_orders);
    return count_packed(g, a, p, bits, n_orders, err);
}
