/*
 * rouge.c - ROUGE-N, ROUGE-L and ROUGE-Lsum (Lin 2004), as google's
 * rouge_score computes them.
 *
 * ROUGE-Lsum takes texts line by line: a line of the reference counts what it
 * shares with any line of the hypothesis, each unit once.
 */
#include "score/rouge.h"

#include "score/edit.h"
#include "text/order.h"
#include "text/porter.h"

#include "base/banned.h"

enum { STEM_FROM = 4 /* letters */, CELLS_MAX = 1 << 26 };

/* rouge_score stems words of more than three letters only. */
enum tw_status tw_rouge_tokens(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text, bool stem,
                               struct tw_err *err)
{
    TW_TRY(tw_tokenize(t, a, TW_TOK_WORD, text, err));
    for (size_t i = 0; stem && i < t->n; i++)
        if (t->items[i].n >= STEM_FROM)
            TW_TRY(tw_porter_stem(&t->items[i], a, t->items[i], err));
    return TW_OK;
}

/* All zero where a text is empty, as in the original. */
static struct tw_prf prf(size_t both, size_t n_hyp, size_t n_ref)
{
    struct tw_prf r = { 0 };

    if (n_hyp && n_ref) {
        r.precision = (double)both / (double)n_hyp;
        r.recall = (double)both / (double)n_ref;
    }
    if (both)
        r.f = 2 * r.precision * r.recall / (r.precision + r.recall);
    return r;
}

enum tw_status tw_rouge_n(struct tw_prf *r, struct tw_arena *a,
                          const struct tw_tokens *hyp,
                          const struct tw_tokens *ref, size_t n,
                          struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };

    if (n < 1 || n > TW_NGRAM_MAX)
        return tw_fail(err, TW_EINVAL, 0, "no ROUGE-%zu", n);
    TW_TRY(tw_ids_of_tokens(&p, a, hyp, ref, err));
    TW_TRY(tw_ngrams_count(&g, a, &p, n, err));
    *r = prf(g.both[n - 1], g.hyp[n - 1], g.ref[n - 1]);
    return TW_OK;
}

enum tw_status tw_rouge_l(struct tw_prf *r, struct tw_arena *a,
                          const struct tw_tokens *hyp,
                          const struct tw_tokens *ref, struct tw_err *err)
{
    struct tw_ids_pair p;
    size_t lcs;

    TW_TRY(tw_ids_of_tokens(&p, a, hyp, ref, err));
    TW_TRY(tw_edit_lcs(&lcs, a, &p, err));
    *r = prf(lcs, hyp->n, ref->n);
    return TW_OK;
}

/* A text as lines of numbers. */
struct lines {
    struct tw_units all;
    size_t *ends; /* of each line */
    size_t n;
};

/* Lines are tokenized one by one: a token never goes over a line, and an
 * empty line is a line of no tokens. */
static enum tw_status read_lines(struct lines *l, struct tw_tokens *all,
                                 struct tw_arena *a, struct tw_piece text,
                                 bool stem, struct tw_err *err)
{
    struct tw_tokens t;
    size_t n_lines = 1, start = 0;

    for (size_t i = 0; i < text.n; i++)
        n_lines += text.s[i] == '\n';
    l->ends = tw_arena_alloc(a, n_lines, sizeof(*l->ends));
    all->items = tw_arena_alloc(a, text.n, sizeof(*all->items));
    all->n = 0;
    if (!l->ends || !all->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for lines");
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && text.s[i] != '\n')
            continue;
        TW_TRY(tw_rouge_tokens(
            &t, a, (struct tw_piece){ text.s + start, i - start }, stem, err));
        for (size_t k = 0; k < t.n; k++)
            all->items[all->n++] = t.items[k];
        l->ends[l->n++] = all->n;
        start = i + 1;
    }
    return TW_OK;
}

/* Lines lie one behind the other: one begins where the last one ends. */
static size_t line_start(const struct lines *l, size_t i)
{
    if (i == 0)
        return 0;
    return l->ends[i - 1];
}

/* For the size of a table that serves all pairs of lines. */
static size_t longest_line(const struct lines *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->n; i++)
        if (l->ends[i] - line_start(l, i) > most)
            most = l->ends[i] - line_start(l, i);
    return most;
}

/* Mark the units of x that are in one longest subsequence shared with y: of
 * several the one that this way back through the table finds. */
static void mark_shared(bool *marks, uint32_t *t, const struct tw_units *x,
                        const struct tw_units *y)
{
    size_t w = y->n + 1, i = x->n, j = y->n;

    for (size_t k = 0; k < w; k++)
        t[k] = 0;
    for (size_t r = 1; r <= x->n; r++) {
        t[r * w] = 0;
        for (size_t c = 1; c <= y->n; c++) {
            uint32_t *cell = &t[r * w + c];

            *cell = (uint32_t)tw_most(cell[-(ptrdiff_t)w], cell[-1]);
            if (x->v[r - 1] == y->v[c - 1])
                *cell = cell[-(ptrdiff_t)w - 1] + 1;
        }
    }
    while (i > 0 && j > 0) {
        if (x->v[i - 1] == y->v[j - 1]) {
            marks[--i] = true;
            j--;
        } else if (t[i * w + j - 1] > t[(i - 1) * w + j]) {
            j--;
        } else {
            i--;
        }
    }
}

/* The work of ROUGE-Lsum; arrays in the arena. */
struct summing {
    struct lines hyp, ref;
    uint32_t *table, *left_hyp, *left_ref; /* units not yet counted */
    bool *marks; /* of the line of the reference at hand */
};

/* One table for all pairs of lines; CELLS_MAX is 256 MiB of it. */
static enum tw_status begin_sum(struct summing *s, struct tw_arena *a,
                                uint32_t n_ids, struct tw_err *err)
{
    size_t rows = longest_line(&s->ref) + 1, w = longest_line(&s->hyp) + 1;

    if (rows > CELLS_MAX / w)
        return tw_fail(err, TW_ELIMIT, 0, "lines too long for ROUGE-Lsum");
    s->table = tw_arena_alloc(a, rows * w, sizeof(*s->table));
    s->marks = tw_arena_alloc(a, rows, sizeof(*s->marks));
    s->left_hyp = tw_arena_alloc(a, n_ids + (size_t)1, sizeof(*s->left_hyp));
    s->left_ref = tw_arena_alloc(a, n_ids + (size_t)1, sizeof(*s->left_ref));
    if (!s->table || !s->marks || !s->left_hyp || !s->left_ref)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for lines");
    for (size_t i = 0; i < s->hyp.all.n; i++)
        s->left_hyp[s->hyp.all.v[i]]++;
    for (size_t i = 0; i < s->ref.all.n; i++)
        s->left_ref[s->ref.all.v[i]]++;
    return TW_OK;
}

/* Units of one line of the reference that its union with all lines of the
 * hypothesis has, as far as both texts have any left. */
static size_t count_line(struct summing *s, size_t at)
{
    size_t from = line_start(&s->ref, at), n_hits = 0;
    struct tw_units x = { s->ref.all.v + from, s->ref.ends[at] - from };

    for (size_t i = 0; i < x.n; i++)
        s->marks[i] = false;
    for (size_t k = 0; k < s->hyp.n; k++) {
        size_t start = line_start(&s->hyp, k);
        struct tw_units y = { s->hyp.all.v + start, s->hyp.ends[k] - start };

        mark_shared(s->marks, s->table, &x, &y);
    }
    for (size_t i = 0; i < x.n; i++) {
        uint32_t v = x.v[i];

        if (!s->marks[i] || !s->left_hyp[v] || !s->left_ref[v])
            continue;
        s->left_hyp[v]--;
        s->left_ref[v]--;
        n_hits++;
    }
    return n_hits;
}

enum tw_status tw_rouge_lsum(struct tw_prf *r, struct tw_arena *a,
                             struct tw_piece hyp, struct tw_piece ref,
                             bool stem, struct tw_err *err)
{
    struct summing s = { .table = NULL };
    struct tw_tokens h, f;
    struct tw_ids_pair p;
    size_t n_hits = 0;

    if (hyp.n > TW_METRIC_TEXT_MAX || ref.n > TW_METRIC_TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "a text of more than %d bytes",
                       (int)TW_METRIC_TEXT_MAX);
    TW_TRY(read_lines(&s.hyp, &h, a, hyp, stem, err));
    TW_TRY(read_lines(&s.ref, &f, a, ref, stem, err));
    if (h.n > TW_EDIT_MAX || f.n > TW_EDIT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "more than %d tokens",
                       (int)TW_EDIT_MAX);
    TW_TRY(tw_ids_of_tokens(&p, a, &h, &f, err));
    s.hyp.all = p.hyp;
    s.ref.all = p.ref;
    TW_TRY(begin_sum(&s, a, p.n_ids, err));
    for (size_t i = 0; i < s.ref.n; i++)
        n_hits += count_line(&s, i);
    *r = prf(n_hits, h.n, f.n);
    return TW_OK;
}
