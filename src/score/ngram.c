/*
 * ngram.c - how many n-grams two sequences share, for all orders at once.
 *
 * Every BLEU, chrF and ROUGE-N counts here, so this is the one file of the
 * room that is made for speed. The short way packs all orders of a place into
 * one word, sorts the words by radix and walks them once; the long way takes
 * any alphabet and filters, and sorts once an order. Both give the same
 * numbers.
 */
#include "score/ngram.h"

#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Places of a sequence that have ahead more units behind them. */
static size_t places(size_t n, size_t ahead)
{
    if (n <= ahead)
        return 0;
    return n - ahead;
}

/* The number at a place; behind the end stand zeros. */
static uint32_t number_at(const struct tw_units *ids, size_t at)
{
    if (at >= ids->n)
        return 0;
    return ids->v[at];
}

/* n-grams of each side, matched or not. */
static void lengths(struct tw_ngrams *g, const struct tw_ids_pair *p,
                    size_t n_orders)
{
    *g = (struct tw_ngrams){ 0 };
    for (size_t k = 0; k < n_orders; k++) {
        g->hyp[k] = places(p->hyp.n, k);
        g->ref[k] = places(p->ref.n, k);
    }
}

/*
 * The short way: n_orders numbers of bits bits each fit in one word, the first
 * number highest, the side in the lowest bit.  Zeros stand behind the end of a
 * sequence, and no unit has the number zero.
 */
struct packed {
    uint64_t *keys, *spare; /* n each; a pass goes from one to the other */
    size_t n, n_ids;
    unsigned bits, n_orders;
    unsigned low; /* bits below the numbers, at least one */
};

enum { DIGIT_MAX = 10 }; /* bits of a number on the short way */

/* How often every number stands in both sequences; zeros are counted apart. */
struct digits {
    uint32_t counts[(size_t)1 << DIGIT_MAX];
    uint32_t starts[(size_t)1 << DIGIT_MAX];
};

/* Where in the sorted order each number begins. */
static void start_pass(struct digits *d, size_t n_ids)
{
    uint32_t sum = 0;

    for (size_t i = 0; i <= n_ids; i++) {
        d->starts[i] = sum;
        sum += d->counts[i];
    }
}

/* The key of every place, put where the pass by number o wants it: so the
 * first pass of the sort costs nothing of its own. */
static void pack(const struct packed *k, struct digits *d,
                 const struct tw_units *ids, uint64_t side, size_t o)
{
    size_t ahead = k->n_orders - 1, n = ids->n, i = 0;
    size_t n_whole = places(n, ahead);
    uint64_t w = 0;

    for (size_t x = 0; x < ahead; x++)
        w = w << k->bits | (uint64_t)number_at(ids, x) << k->low;
    for (; i < n_whole; i++) {
        w = w << k->bits | (uint64_t)ids->v[i + ahead] << k->low;
        k->keys[d->starts[ids->v[i + o]]++] = w | side;
    }
    for (; i < n; i++) {
        w <<= k->bits;
        k->keys[d->starts[number_at(ids, i + o)]++] = w | side;
    }
}

/* One pass of the radix sort, stable, by the number at offset o. */
static void sort_by(struct packed *k, struct digits *d, size_t o)
{
    unsigned shift = k->low + (k->n_orders - 1 - (unsigned)o) * k->bits;
    uint64_t mask = ((uint64_t)1 << k->bits) - 1;

    start_pass(d, k->n_ids);
    for (size_t i = 0; i < k->n; i++)
        k->spare[d->starts[k->keys[i] >> shift & mask]++] = k->keys[i];
    uint64_t *keys = k->keys;
    k->keys = k->spare;
    k->spare = keys;
}

/* The numbers at offset o of the n-grams are those of the sequence but the
 * first o, and a zero for each of these. */
static void leave_first(struct digits *d, const struct tw_units *ids, size_t o)
{
    for (size_t i = 0; i < o && i < ids->n; i++) {
        d->counts[ids->v[i]]--;
        d->counts[0]++;
    }
}

/* The way back: offset o has the number that o + 1 lacked. */
static void take_first(struct digits *d, const struct tw_units *ids, size_t o)
{
    if (o < ids->n) {
        d->counts[ids->v[o]]++;
        d->counts[0]--;
    }
}

/* Of nearly sorted keys: linear then. */
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

/* A few keys are in order, or nearly, by their first numbers already; the rest
 * of the work is then bounded even for the worst text. */
enum { FEW = 512, FIRST = 3 };

/* Passes from the last number to the first. Counts are made once and
 * changed by a few entries from pass to pass, because the n-grams at offset
 * o are the sequence but its first o. */
static void sort_all(struct packed *k, const struct tw_ids_pair *p)
{
    struct digits d;
    bool few = k->n <= FEW && k->n_orders > FIRST;
    size_t last = k->n_orders - 1;

    if (few)
        last = FIRST - 1;

    memset(d.counts, 0, (k->n_ids + 1) * sizeof(*d.counts));
    for (size_t i = 0; i < p->hyp.n; i++)
        d.counts[p->hyp.v[i]]++;
    for (size_t i = 0; i < p->ref.n; i++)
        d.counts[p->ref.v[i]]++;
    leave_first(&d, &p->hyp, last);
    leave_first(&d, &p->ref, last);
    start_pass(&d, k->n_ids);
    pack(k, &d, &p->hyp, 0, last);
    pack(k, &d, &p->ref, 1, last);
    for (size_t o = last; o-- > 0;) {
        take_first(&d, &p->hyp, o);
        take_first(&d, &p->ref, o);
        sort_by(k, &d, o);
    }
    if (few)
        insert_all(k);
}

/*
 * In sorted order an n-gram's places are neighbours, for every n at once.  Of
 * each order only the difference hyp - ref within the group is kept; what is
 * shared is then (all n-grams - the sum of the differences' sizes) / 2.  Two
 * lengths say what a place does to the orders: that of the prefix it shares
 * with the place before ends the groups above it, and its own n-gram counts
 * up to its length.
 */
typedef int16_t lanes __attribute__((vector_size(2 * TW_NGRAM_MAX)));

enum { LANE_LIMIT = 32767 }; /* places that a lane can count */

/* Row n: all bits in the first n lanes, the orders 1 .. n. */
static const lanes kept[TW_NGRAM_MAX + 1] = {
    { 0, 0, 0, 0, 0, 0, 0, 0 },         { -1, 0, 0, 0, 0, 0, 0, 0 },
    { -1, -1, 0, 0, 0, 0, 0, 0 },       { -1, -1, -1, 0, 0, 0, 0, 0 },
    { -1, -1, -1, -1, 0, 0, 0, 0 },     { -1, -1, -1, -1, -1, 0, 0, 0 },
    { -1, -1, -1, -1, -1, -1, 0, 0 },   { -1, -1, -1, -1, -1, -1, -1, 0 },
    { -1, -1, -1, -1, -1, -1, -1, -1 },
};

/* Lengths in bits to lengths in numbers, without a division. */
struct lengths {
    uint64_t floor; /* the bit below the numbers */
    unsigned factor;
};

/* 65536 / bits + 1 divides numbers up to 64 by bits exactly. */
static struct lengths plan(const struct packed *k)
{
    return (struct lengths){ (uint64_t)1 << (k->low - 1), 65536 / k->bits + 1 };
}

/* Numbers that a key shares with the one before; the side does not count. */
static size_t shared(const struct lengths *l, uint64_t key, uint64_t before)
{
    uint64_t diff = ((key ^ before) & ~(uint64_t)1) | l->floor;

    return (unsigned)__builtin_clzll(diff) * l->factor >> 16;
}

/* Numbers up to the zeros behind the end of the sequence. */
static size_t own_length(const struct lengths *l, const struct packed *k,
                         uint64_t key)
{
    unsigned zeros = (unsigned)__builtin_ctzll(key >> k->low);

    return k->n_orders - (zeros * l->factor >> 16);
}

/* One step a place, without a branch: texts are random to a predictor. (x ^
 * s) - s is the size of x when s is its sign. */
static void walk(struct tw_ngrams *g, const struct packed *k)
{
    const lanes zero = { 0 };
    struct lengths l = plan(k);
    lanes d = zero, apart = zero;
    uint64_t before = 0;

    for (size_t i = 0; i < k->n; i++) {
        uint64_t key = k->keys[i];
        lanes keep = kept[shared(&l, key, before)];
        lanes one = kept[own_length(&l, k, key)]; /* -1 per order */
        lanes side = zero - (int16_t)(key & 1);   /* -1 for the reference */
        lanes gone = d & ~keep, sign = gone >> 15;

        apart += (gone ^ sign) - sign;
        d = (d & keep) + ((one ^ ~side) - ~side);
        before = key;
    }
    lanes sign = d >> 15;
    apart += (d ^ sign) - sign;
    for (size_t o = 0; o < k->n_orders; o++)
        g->both[o] = (g->hyp[o] + g->ref[o] - (size_t)apart[o]) / 2;
}

/* The same for any number of places, in wide numbers. */
static void walk_long(struct tw_ngrams *g, const struct packed *k)
{
    int64_t d[TW_NGRAM_MAX] = { 0 }, apart[TW_NGRAM_MAX] = { 0 };
    struct lengths l = plan(k);
    uint64_t before = 0;

    for (size_t i = 0; i < k->n; i++) {
        uint64_t key = k->keys[i];
        size_t length = own_length(&l, k, key);

        for (size_t o = shared(&l, key, before); o < k->n_orders; o++) {
            apart[o] += llabs(d[o]);
            d[o] = 0;
        }
        for (size_t o = 0; o < length; o++)
            d[o] += 1 - 2 * (int64_t)(key & 1);
        before = key;
    }
    for (size_t o = 0; o < k->n_orders; o++) {
        apart[o] += llabs(d[o]);
        g->both[o] = (g->hyp[o] + g->ref[o] - (size_t)apart[o]) / 2;
    }
}

/* For at most 2^10 different units and 63 bits of numbers, which texts of
 * some hundred words keep to. */
static enum tw_status count_packed(struct tw_ngrams *g, struct tw_arena *a,
                                   const struct tw_ids_pair *p, unsigned bits,
                                   size_t n_orders, struct tw_err *err)
{
    struct packed k = { .n = p->hyp.n + p->ref.n,
                        .n_ids = p->n_ids,
                        .bits = bits,
                        .n_orders = (unsigned)n_orders,
                        .low = 64 - bits * (unsigned)n_orders };

    k.keys = tw_arena_alloc(a, 2 * k.n, sizeof(*k.keys));
    if (!k.keys)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    k.spare = k.keys + k.n;
    sort_all(&k, p);
    if (k.n <= LANE_LIMIT)
        walk(g, &k);
    else
        walk_long(g, &k);
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

    int order = tw_order(x->key, y->key);
    if (order == 0) /* hyp before ref */
        order = tw_order(x->at, y->at);
    return order;
}

/* The work of the long way; arrays in the arena. */
struct run {
    const struct tw_ids_pair *p;
    const struct tw_ngram_filter *filter;
    struct place *places;
    uint32_t *ranks; /* of each place, at the order before */
    size_t order;    /* from 0 */
};

/* All places of one n-gram, those of hyp first. The filter sees the n-gram
 * in the numbers of one of both texts. */
static void take_group(struct tw_ngrams *g, const struct run *r, size_t from,
                       size_t to)
{
    size_t n_hyp = 0, o = r->order, at = r->places[from].at;

    while (from + n_hyp < to && r->places[from + n_hyp].at < r->p->hyp.n)
        n_hyp++;
    size_t n_ref = to - from - n_hyp;
    const uint32_t *gram;

    if (at < r->p->hyp.n)
        gram = r->p->hyp.v + at;
    else
        gram = r->p->ref.v + (at - r->p->hyp.n);
    if (r->filter && r->filter->drop(r->filter->ctx, gram, o + 1)) {
        g->hyp[o] -= n_hyp;
        g->ref[o] -= n_ref;
        return;
    }
    g->both[o] += tw_least(n_hyp, n_ref);
}

/* Sort by (rank of the n-gram that is one shorter, last unit); the place of
 * a group in the order is the rank of the n-gram for the next round. */
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
    if (n_orders == 0)
        return TW_OK;
    return count_packed(g, a, p, bits, n_orders, err);
}
