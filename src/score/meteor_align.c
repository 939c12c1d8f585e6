/*
 * meteor_align.c - the alignment with the most matches, and of those one with
 * the fewest chunks.
 *
 * Finding it is NP-hard in general. The search goes through the hypothesis
 * token by token; a state is the set of reference tokens in use and the token
 * that would go on with the chunk. Each state carries a matching of the rest,
 * so that a choice that would cost a match is seen at once, and a lower bound
 * on its chunks. First with few states, then with as many as TW_ALIGN_STEPS
 * allow; when no state was dropped the result is proven.
 */
#include "score/meteor_align.h"

#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define NONE UINT16_MAX

/* States per token: of the first search and at most; and made per kept. */
enum { NARROW = 64, WIDE = 4096, SLACK = 4 };

/* A state between two tokens of the hypothesis.  The rest of a best matching,
 * which shows that the most matches can still be reached, is a row of mates. */
struct state {
    uint64_t used[TW_ALIGN_WORDS]; /* reference tokens */
    uint32_t chunks, bound;        /* so far; and at least in the end */
    uint32_t parent;
    uint16_t next;   /* the token that would go on with the chunk, or NONE */
    uint16_t choice; /* what the last token was matched with, or NONE */
};

/* What is remembered of a kept state for the way back. */
struct trace {
    uint32_t parent;
    uint16_t choice;
};

struct search {
    const struct tw_align_graph *g;
    size_t words; /* of a row that are in use */
    size_t matches;
    size_t limit; /* only alignments with fewer chunks are of interest */
    size_t width;
    bool cut;
    struct state *now, *made;
    uint16_t *mates, *made_mates; /* one row of n_hyp per state */
    size_t n, n_made;
    uint32_t *slots; /* open addressing: state made, from 1; 0 is free */
    size_t mask;
    struct state *kept; /* scratch of the same sizes */
    uint16_t *kept_mates;
    struct trace *traces; /* n_hyp rows of width */
};

static bool bit(const uint64_t *set, size_t j)
{
    return set[j / 64] >> j % 64 & 1;
}

static void set_bit(uint64_t *set, size_t j)
{
    set[j / 64] |= (uint64_t)1 << j % 64;
}

/* First bit of the row from j on that the other set lacks, or NONE. */
static uint16_t next_free(const struct search *s, const uint64_t *row,
                          const uint64_t *used, size_t j)
{
    for (size_t w = j / 64; w < s->words; w++, j = w * 64) {
        uint64_t x = row[w] & ~used[w] & ~(uint64_t)0 << j % 64;

        if (x)
            return (uint16_t)(w * 64 + (size_t)__builtin_ctzll(x));
    }
    return NONE;
}

/* One more pair in the matching of the tokens from first on with the
 * reference tokens not in used: a shortest augmenting path, by breadth
 * (Hopcroft and Karp's first half). False: the matching is already the
 * largest. */
static bool augment(const struct search *s, uint16_t *mate, size_t first,
                    const uint64_t *used)
{
    uint16_t queue[TW_ALIGN_TOKENS], from[TW_ALIGN_TOKENS];
    uint16_t owner[TW_ALIGN_TOKENS];
    uint64_t seen[TW_ALIGN_WORDS];
    size_t n = 0, n_hyp = s->g->n_hyp;

    memset(owner, 0xff, s->g->n_ref * sizeof(*owner));
    memcpy(seen, used, s->words * sizeof(*seen));
    for (size_t i = first; i < n_hyp; i++) {
        if (mate[i] == NONE)
            queue[n++] = (uint16_t)i;
        else
            owner[mate[i]] = (uint16_t)i;
    }
    for (size_t at = 0; at < n; at++) {
        uint16_t i = queue[at], j = 0;

        while ((j = next_free(s, s->g->rows[i], seen, j)) != NONE) {
            set_bit(seen, j);
            from[j] = i;
            if (owner[j] != NONE) {
                queue[n++] = owner[j];
                continue;
            }
            while (j != NONE) { /* turn the path round */
                uint16_t k = from[j], old = mate[k];

                mate[k] = j;
                j = old;
            }
            return true;
        }
    }
    return false;
}

/* Whether token i can take reference token j, or none, with no match lost
 * in the end; mate becomes a matching of the rest. A token that loses its
 * mate may find another: that is one augmenting path at most. */
static bool choose(const struct search *s, uint16_t *mate, size_t i, uint16_t j,
                   uint64_t *used)
{
    uint16_t had = mate[i];
    bool lost = false;

    if (j != NONE) {
        set_bit(used, j);
        for (size_t k = i + 1; had != j && k < s->g->n_hyp; k++)
            if (mate[k] == j) {
                mate[k] = NONE;
                lost = had != NONE;
            }
    } else {
        lost = had != NONE;
    }
    mate[i] = NONE;
    return !lost || augment(s, mate, i + 1, used);
}

static size_t hash_of(const struct search *s, const struct state *x)
{
    uint64_t h = x->next;

    for (size_t w = 0; w < s->words; w++) {
        h = (h ^ x->used[w]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h & s->mask;
}

/* The slot of a state, or the free one where it belongs. */
static uint32_t *slot_of(const struct search *s, const struct state *x)
{
    size_t at = hash_of(s, x);

    for (; s->slots[at]; at = (at + 1) & s->mask) {
        const struct state *y = &s->made[s->slots[at] - 1];

        if (y->next == x->next &&
            memcmp(y->used, x->used, s->words * sizeof(*y->used)) == 0)
            break;
    }
    return &s->slots[at];
}

/* Sorted instead of the states, which are big. */
struct rank {
    uint32_t bound, chunks, at;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    int order = tw_order(x->bound, y->bound);
    if (order == 0)
        order = tw_order(x->chunks, y->chunks);
    if (order == 0)
        order = tw_order(x->at, y->at);
    return order;
}

/* Keep the best states made, in order. Dropping one means that the result
 * is no longer proven. */
static enum tw_status shrink(struct search *s, size_t n_keep,
                             struct tw_err *err)
{
    size_t n_hyp = s->g->n_hyp;
    struct rank *ranks = calloc(s->n_made + 1, sizeof(*ranks));

    if (!ranks)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    for (size_t k = 0; k < s->n_made; k++)
        ranks[k] =
            (struct rank){ s->made[k].bound, s->made[k].chunks, (uint32_t)k };
    qsort(ranks, s->n_made, sizeof(*ranks), by_rank);
    if (s->n_made > n_keep) {
        s->n_made = n_keep;
        s->cut = true;
    }
    for (size_t k = 0; k < s->n_made; k++) {
        s->kept[k] = s->made[ranks[k].at];
        memcpy(s->kept_mates + k * n_hyp, s->made_mates + ranks[k].at * n_hyp,
               n_hyp * sizeof(*s->mates));
    }
    free(ranks);
    struct state *made = s->made;
    uint16_t *mates = s->made_mates;
    s->made = s->kept;
    s->made_mates = s->kept_mates;
    s->kept = made;
    s->kept_mates = mates;
    memset(s->slots, 0, (s->mask + 1) * sizeof(*s->slots));
    for (size_t k = 0; k < s->n_made; k++)
        *slot_of(s, &s->made[k]) = (uint32_t)k + 1;
    return TW_OK;
}

/* A state made: new, or better than the same one before, or not needed.
 * SLACK times the width may be made before they are sorted out: sorting at
 * each would cost more than the memory. */
static enum tw_status add(struct search *s, const struct state *x,
                          const uint16_t *mate, struct tw_err *err)
{
    size_t n_hyp = s->g->n_hyp;

    if (s->n_made == s->width * SLACK)
        TW_TRY(shrink(s, s->width, err));
    uint32_t *slot = slot_of(s, x);
    if (*slot && s->made[*slot - 1].chunks <= x->chunks)
        return TW_OK;
    if (!*slot)
        *slot = (uint32_t)++s->n_made;
    s->made[*slot - 1] = *x;
    memcpy(s->made_mates + (*slot - 1) * n_hyp, mate, n_hyp * sizeof(*mate));
    return TW_OK;
}

/* Tokens behind the first that can still go on with a chunk, and the reference
 * tokens that they can go on with: at most the smaller number will. */
static size_t count_follows(const struct search *s, size_t first,
                            const uint64_t *used)
{
    uint64_t ends[TW_ALIGN_WORDS] = { 0 };
    size_t n = 0, n_ends = 0;

    for (size_t k = first + 1; k < s->g->n_hyp; k++) {
        const uint64_t *a = s->g->rows[k - 1], *b = s->g->rows[k];
        uint64_t any = 0, carry = 0;

        for (size_t w = 0; w < s->words; w++) {
            uint64_t left = a[w] & ~used[w];
            uint64_t x = b[w] & ~used[w] & (left << 1 | carry);

            carry = left >> 63;
            ends[w] |= x;
            any |= x;
        }
        n += any != 0;
    }
    for (size_t w = 0; w < s->words; w++)
        n_ends += (size_t)__builtin_popcountll(ends[w]);
    return tw_least(n, n_ends);
}

/* What becomes of state k when token i takes j, or NONE. */
static enum tw_status step(struct search *s, size_t k, size_t i, uint16_t j,
                           size_t n_left, struct tw_err *err)
{
    const struct tw_align_graph *g = s->g;
    const struct state *old = &s->now[k];
    struct state x = *old;
    uint16_t mate[TW_ALIGN_TOKENS];

    x.chunks += j != NONE && j != old->next;
    x.parent = (uint32_t)k;
    x.choice = j;
    x.next = NONE;
    memcpy(mate, s->mates + k * g->n_hyp, g->n_hyp * sizeof(*mate));
    if (!choose(s, mate, i, j, x.used))
        return TW_OK;
    if (j != NONE && i + 1 < g->n_hyp && j + (size_t)1 < g->n_ref &&
        bit(g->rows[i + 1], j + (size_t)1) && !bit(x.used, j + (size_t)1))
        x.next = (uint16_t)(j + 1);
    n_left -= j != NONE;
    size_t joins = (x.next != NONE) + count_follows(s, i + 1, x.used);
    x.bound = x.chunks;
    if (n_left > joins) /* the rest of the matches each begin a chunk */
        x.bound += (uint32_t)(n_left - joins);
    if (x.bound >= s->limit)
        return TW_OK;
    return add(s, &x, mate, err);
}

/* All that can become of all states at token i. */
static enum tw_status pass_token(struct search *s, size_t i, struct tw_err *err)
{
    s->n_made = 0;
    memset(s->slots, 0, (s->mask + 1) * sizeof(*s->slots));
    for (size_t k = 0; k < s->n; k++) {
        const struct state *x = &s->now[k];
        size_t n_used = 0;
        uint16_t j = 0;

        for (size_t w = 0; w < s->words; w++)
            n_used += (size_t)__builtin_popcountll(x->used[w]);
        for (; (j = next_free(s, s->g->rows[i], x->used, j)) != NONE; j++)
            TW_TRY(step(s, k, i, j, s->matches - n_used, err));
        TW_TRY(step(s, k, i, NONE, s->matches - n_used, err));
    }
    TW_TRY(shrink(s, s->width, err));
    s->n = s->n_made;
    memcpy(s->now, s->made, s->n * sizeof(*s->now));
    memcpy(s->mates, s->made_mates, s->n * s->g->n_hyp * sizeof(*s->mates));
    for (size_t k = 0; k < s->n; k++)
        s->traces[i * s->width + k] =
            (struct trace){ s->now[k].parent, s->now[k].choice };
    return TW_OK;
}

/* Of an alignment that is given. */
static size_t count_chunks(const size_t *links, size_t n, size_t *n_matches)
{
    size_t next = SIZE_MAX, chunks = 0;

    *n_matches = 0;
    for (size_t i = 0; i < n; i++) {
        *n_matches += links[i] != SIZE_MAX;
        chunks += links[i] != SIZE_MAX && links[i] != next;
        next = SIZE_MAX;
        if (links[i] != SIZE_MAX)
            next = links[i] + 1;
    }
    return chunks;
}

/* All room of one search; the wide one of a pair gets new room, the arena
 * is emptied behind the pair. */
static enum tw_status make_room(struct search *s, struct tw_arena *a,
                                struct tw_err *err)
{
    size_t n = s->g->n_hyp, room = s->width * SLACK, size = 16;

    while (size < 2 * room)
        size *= 2;
    s->mask = size - 1;
    s->now = tw_arena_alloc(a, s->width, sizeof(*s->now));
    s->made = tw_arena_alloc(a, room, sizeof(*s->made));
    s->kept = tw_arena_alloc(a, room, sizeof(*s->kept));
    s->mates = tw_arena_alloc(a, s->width * n, sizeof(*s->mates));
    s->made_mates = tw_arena_alloc(a, room * n, sizeof(*s->mates));
    s->kept_mates = tw_arena_alloc(a, room * n, sizeof(*s->mates));
    s->traces = tw_arena_alloc(a, s->width * n, sizeof(*s->traces));
    s->slots = tw_arena_alloc(a, size, sizeof(*s->slots));
    if (!s->now || !s->made || !s->kept || !s->mates || !s->made_mates ||
        !s->kept_mates || !s->traces || !s->slots)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an alignment");
    return TW_OK;
}

/* One search of some width for an alignment with fewer chunks than r has. */
static enum tw_status search(struct tw_align *r, struct search *s,
                             struct tw_arena *a, const uint16_t *mate,
                             struct tw_err *err)
{
    size_t n = s->g->n_hyp;

    TW_TRY(make_room(s, a, err));
    s->limit = r->chunks;
    s->cut = false;
    memset(&s->now[0], 0, sizeof(s->now[0]));
    s->now[0].next = NONE;
    memcpy(s->mates, mate, n * sizeof(*mate));
    s->n = 1;
    for (size_t i = 0; i < n && s->n > 0; i++)
        TW_TRY(pass_token(s, i, err));
    r->proven = !s->cut;
    if (s->n == 0)
        return TW_OK;
    uint32_t at = 0; /* the first is the best */
    r->chunks = s->now[0].chunks;
    for (size_t i = n; i-- > 0;) {
        const struct trace *t = &s->traces[i * s->width + at];

        r->links[i] = SIZE_MAX;
        if (t->choice != NONE)
            r->links[i] = t->choice;
        at = t->parent;
    }
    return TW_OK;
}

/* What one state costs to pass on: a measure of work that is the same on
 * every machine. */
static size_t count_edges(const struct search *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->g->n_hyp; i++)
        for (size_t w = 0; w < s->words; w++)
            n += (size_t)__builtin_popcountll(s->g->rows[i][w]);
    return n;
}

enum tw_status tw_align_best(struct tw_align *r, struct tw_arena *a,
                             const struct tw_align_graph *g, struct tw_err *err)
{
    static const uint64_t none[TW_ALIGN_WORDS];
    struct search s = { .g = g, .words = (g->n_ref + 63) / 64 };
    uint16_t mate[TW_ALIGN_TOKENS];
    size_t n_given;

    if (g->n_hyp > TW_ALIGN_TOKENS || g->n_ref > TW_ALIGN_TOKENS)
        return tw_fail(err, TW_ELIMIT, 0, "more than %d tokens",
                       (int)TW_ALIGN_TOKENS);
    memset(mate, 0xff, sizeof(mate));
    while (augment(&s, mate, 0, none))
        s.matches++;
    size_t chunks = count_chunks(r->links, g->n_hyp, &n_given);
    r->matches = s.matches;
    r->chunks = SIZE_MAX; /* of no use: it has fewer matches */
    if (n_given == s.matches)
        r->chunks = chunks;
    r->proven = true;
    if (r->chunks <= 1)
        return TW_OK;
    size_t most = TW_ALIGN_STEPS / (g->n_hyp + count_edges(&s));
    s.width = tw_least(most, NARROW);
    TW_TRY(search(r, &s, a, mate, err));
    if (r->proven || r->chunks <= 1 || most <= NARROW)
        return TW_OK;
    s.width = tw_least(most, WIDE);
    return search(r, &s, a, mate, err);
}
