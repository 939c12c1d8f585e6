/*
 * edit.c - edit distances, longest common subsequences, and difflib's ratio.
 *
 * Three algorithms for three questions: Levenshtein by one row of the table,
 * subsequences 64 columns at a time, and matching blocks as Python's difflib
 * finds them. Time grows with the product of the lengths, hence TW_EDIT_MAX.
 */
#include "score/edit.h"

#include "text/order.h"

#include "base/banned.h"

static enum tw_status fits(const struct tw_ids_pair *p, struct tw_err *err)
{
    if (p->hyp.n > TW_EDIT_MAX || p->ref.n > TW_EDIT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "a sequence of %zu units; at most %d",
                       tw_most(p->hyp.n, p->ref.n), (int)TW_EDIT_MAX);
    return TW_OK;
}

static uint32_t min3(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t m = a;

    if (b < m)
        m = b;
    if (c < m)
        m = c;
    return m;
}

/* Wagner and Fischer with one row: row[j] is the distance of what was read
 * of hyp to the first j units of ref, and diagonal is the value of the row
 * before that the new one has just written over. */
enum tw_status tw_edit_levenshtein(size_t *distance, struct tw_arena *a,
                                   const struct tw_ids_pair *p,
                                   struct tw_err *err)
{
    TW_TRY(fits(p, err));
    uint32_t *row = tw_arena_alloc(a, p->ref.n + 1, sizeof(*row));
    if (!row)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for an edit distance");
    for (size_t j = 0; j <= p->ref.n; j++)
        row[j] = (uint32_t)j;
    for (size_t i = 0; i < p->hyp.n; i++) {
        uint32_t diagonal = row[0], unit = p->hyp.v[i];

        row[0]++;
        for (size_t j = 0; j < p->ref.n; j++) {
            uint32_t up = row[j + 1];

            row[j + 1] =
                min3(up + 1, row[j] + 1, diagonal + (unit != p->ref.v[j]));
            diagonal = up;
        }
    }
    *distance = row[p->ref.n];
    return TW_OK;
}

/*
 * 64 columns at a time (Crochemore, Iliopoulos, Pinzon, Reid 2001): a zero bit
 * of v marks a column of hyp where the row of the table steps up.
 */
enum tw_status tw_edit_lcs(size_t *len, struct tw_arena *a,
                           const struct tw_ids_pair *p, struct tw_err *err)
{
    size_t n_words = (p->hyp.n + 63) / 64, stride = n_words;

    TW_TRY(fits(p, err));
    /* Only units of hyp need a mask; n_ids + 1 rows of them. */
    uint64_t *masks =
        tw_arena_alloc(a, ((size_t)p->n_ids + 1) * stride, sizeof(*masks));
    uint64_t *v = tw_arena_alloc(a, n_words, sizeof(*v));
    if (!masks || !v)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a subsequence");
    for (size_t i = 0; i < p->hyp.n; i++)
        masks[p->hyp.v[i] * stride + i / 64] |= (uint64_t)1 << i % 64;
    for (size_t w = 0; w < n_words; w++)
        v[w] = ~(uint64_t)0;
    for (size_t j = 0; j < p->ref.n; j++) {
        const uint64_t *m = masks + p->ref.v[j] * stride;
        uint64_t carry = 0;

        for (size_t w = 0; w < n_words; w++) {
            uint64_t u = v[w] & m[w], sum;
            bool over = __builtin_add_overflow(v[w], u, &sum);

            over |= __builtin_add_overflow(sum, carry, &sum);
            carry = over;
            v[w] = sum | (v[w] - u);
        }
    }
    *len = 0;
    for (size_t i = 0; i < p->hyp.n; i++)
        *len += !(v[i / 64] >> i % 64 & 1);
    return TW_OK;
}

/* What is not in the subsequence was deleted or inserted. */
enum tw_status tw_edit_indel(size_t *distance, struct tw_arena *a,
                             const struct tw_ids_pair *p, struct tw_err *err)
{
    size_t lcs = 0;

    TW_TRY(tw_edit_lcs(&lcs, a, p, err));
    *distance = p->hyp.n + p->ref.n - 2 * lcs;
    return TW_OK;
}

double tw_edit_similarity(size_t distance, size_t n_hyp, size_t n_ref)
{
    size_t longer = tw_most(n_hyp, n_ref);

    if (longer == 0)
        return 1;
    return 1 - (double)distance / (double)longer;
}

double tw_edit_ratio(size_t indel, size_t n_hyp, size_t n_ref)
{
    size_t sum = n_hyp + n_ref;

    if (sum == 0)
        return 1;
    return 1 - (double)indel / (double)sum;
}

/* Work of tw_edit_difflib(): places of every unit in ref, chained. */
struct blocks {
    const struct tw_ids_pair *p;
    uint32_t *first;  /* of a unit: place in ref + 1, 0 for none */
    uint32_t *next;   /* of a place: the next place + 1 */
    uint32_t *len[2]; /* match that ends before a place, two rows */
};

/* A part of hyp and a part of ref that no block has cut yet. */
struct range {
    uint32_t i, i_end, j, j_end;
};

/* n equal units, from i of hyp and j of ref on. */
struct match {
    uint32_t i, j, n;
};

/* A row is long and seldom written: only the places that one unit of hyp
 * wrote are cleared, or the search would be quadratic for texts without
 * matches. */
static void clear_row(const struct blocks *b, uint32_t *row, uint32_t unit,
                      const struct range *r)
{
    for (uint32_t at = b->first[unit]; at; at = b->next[at - 1])
        if (at > r->j && at <= r->j_end)
            row[at] = 0;
}

/* The longest block in the range; of several the first in hyp, then the
 * first in ref, as difflib's find_longest_match(). Units that are too
 * frequent start no block but may prolong it at both ends. */
static struct match longest(struct blocks *b, const struct range *r)
{
    const uint32_t *x = b->p->hyp.v, *y = b->p->ref.v;
    struct match m = { r->i, r->j, 0 };
    uint32_t i;

    for (i = r->i; i < r->i_end; i++) {
        uint32_t *before = b->len[i & 1], *now = b->len[~i & 1];

        for (uint32_t at = b->first[x[i]]; at; at = b->next[at - 1]) {
            uint32_t j = at - 1;

            if (j < r->j)
                continue;
            if (j >= r->j_end)
                break;
            uint32_t n = 1;
            if (j > r->j)
                n += before[j];
            now[j + 1] = n;
            if (n > m.n)
                m = (struct match){ i + 1 - n, j + 1 - n, n };
        }
        if (i > r->i)
            clear_row(b, before, x[i - 1], r);
    }
    if (i > r->i)
        clear_row(b, b->len[i & 1], x[i - 1], r);
    while (m.i > r->i && m.j > r->j && x[m.i - 1] == y[m.j - 1])
        m.i--, m.j--, m.n++;
    while (m.i + m.n < r->i_end && m.j + m.n < r->j_end &&
           x[m.i + m.n] == y[m.j + m.n])
        m.n++;
    return m;
}

/* From the last place to the first, so that a chain runs forward. */
static void chain(struct blocks *b, const uint32_t *counts, bool autojunk)
{
    size_t n = b->p->ref.n;
    size_t often = SIZE_MAX;

    if (autojunk && n >= 200) /* difflib's numbers */
        often = n / 100 + 1;

    for (size_t j = n; j-- > 0;) {
        uint32_t unit = b->p->ref.v[j];

        if (counts[unit] > often)
            continue;
        b->next[j] = b->first[unit];
        b->first[unit] = (uint32_t)j + 1;
    }
}

/* The longest block cuts a range into what is left and right of it; both go
 * onto a stack, which may not be deeper than hyp has units. */
enum tw_status tw_edit_difflib(double *ratio, struct tw_arena *a,
                               const struct tw_ids_pair *p, bool autojunk,
                               struct tw_err *err)
{
    size_t n = p->ref.n, units = (size_t)p->n_ids + 1, matched = 0, depth = 0;
    struct blocks b = { .p = p };

    TW_TRY(fits(p, err));
    uint32_t *counts = tw_arena_alloc(a, units, sizeof(*counts));
    /* Every open range holds a unit of hyp of its own. */
    struct range *open = tw_arena_alloc(a, p->hyp.n + 2, sizeof(*open));
    b.first = tw_arena_alloc(a, units, sizeof(uint32_t));
    b.next = tw_arena_alloc(a, n, sizeof(uint32_t));
    b.len[0] = tw_arena_alloc(a, n + 1, sizeof(uint32_t));
    b.len[1] = tw_arena_alloc(a, n + 1, sizeof(uint32_t));
    if (!counts || !open || !b.first || !b.next || !b.len[0] || !b.len[1])
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for matching blocks");
    for (size_t j = 0; j < n; j++)
        counts[p->ref.v[j]]++;
    chain(&b, counts, autojunk);
    if (p->hyp.n > 0 && n > 0)
        open[depth++] = (struct range){ 0, (uint32_t)p->hyp.n, 0, (uint32_t)n };
    while (depth > 0) {
        struct range r = open[--depth];
        struct match m = longest(&b, &r);

        matched += m.n;
        if (m.n > 0 && r.i < m.i && r.j < m.j)
            open[depth++] = (struct range){ r.i, m.i, r.j, m.j };
        if (m.n > 0 && m.i + m.n < r.i_end && m.j + m.n < r.j_end)
            open[depth++] =
                (struct range){ m.i + m.n, r.i_end, m.j + m.n, r.j_end };
    }
    *ratio = 1;
    if (p->hyp.n + n)
        *ratio = 2.0 * (double)matched / (double)(p->hyp.n + n);
    return TW_OK;
}
