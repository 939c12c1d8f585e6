/*
 * chrf.c - chrF and chrF++: F of character n-grams, and of word n-grams
 * (Popovic, WMT 2015 and 2017), as sacrebleu has them.
 *
 * The mean is taken over precisions and recalls first and F comes last, in the
 * usual mode; with eps F comes first, as in the author's program.
 */
#include "score/chrf.h"

#include <ctype.h>

#include "base/banned.h"

static const double EPS = 1e-16;

enum { CHAR_MAX_ORDER = 6, WORD_MAX_ORDER = 2 };

struct tw_chrf_config tw_chrf_default(void)
{
    return (struct tw_chrf_config){ .char_order = 6, .beta = 2 };
}

/* In the C locale, which the program never leaves. */
static bool is_punct(char c)
{
    unsigned char u = (unsigned char)c;

    return u < 0x80 && ispunct(u);
}

static bool is_one_char(struct tw_piece w)
{
    uint32_t code;

    return tw_text_next(w.s, w.n, &code) == w.n;
}

/* Where a word falls apart; 0: it is whole.  The original looks at the end
 * first, and takes one mark off, not all. */
static size_t cut_of(struct tw_piece w)
{
    if (is_one_char(w))
        return 0;
    if (is_punct(w.s[w.n - 1]))
        return w.n - 1;
    return is_punct(w.s[0]);
}

/* One mark of punctuation at the end of a word, or else at its beginning, is a
 * word of its own. */
static enum tw_status words(struct tw_tokens *t, struct tw_arena *a,
                            struct tw_piece text, struct tw_err *err)
{
    struct tw_tokens raw;

    TW_TRY(tw_tokens_split(&raw, a, text, err));
    t->n = 0;
    t->items = tw_arena_alloc(a, 2 * raw.n, sizeof(*t->items));
    if (!t->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for words");
    for (size_t i = 0; i < raw.n; i++) {
        struct tw_piece w = raw.items[i];
        size_t cut = cut_of(w);

        if (cut)
            t->items[t->n++] = (struct tw_piece){ w.s, cut };
        t->items[t->n++] = (struct tw_piece){ w.s + cut, w.n - cut };
    }
    return TW_OK;
}

/* n orders into the places from at on, which are zero before. */
static void take(struct tw_chrf_stats *s, size_t at, const struct tw_ngrams *g,
                 size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* As the original: without a reference n-gram nothing is counted. */
        if (g->ref[i])
            s->hyp[at + i] = g->hyp[i];
        s->ref[at + i] = g->ref[i];
        s->both[at + i] = g->both[i];
    }
}

/* Words come from the texts with their white space, even where the
 * characters are counted without it. */
static enum tw_status count_words(struct tw_chrf_stats *s, struct tw_arena *a,
                                  const struct tw_chrf_config *c,
                                  struct tw_piece hyp, struct tw_piece ref,
                                  struct tw_err *err)
{
    struct tw_tokens hyp_words, ref_words;
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };

    TW_TRY(words(&hyp_words, a, hyp, err));
    TW_TRY(words(&ref_words, a, ref, err));
    TW_TRY(tw_ids_of_tokens(&p, a, &hyp_words, &ref_words, err));
    TW_TRY(tw_ngrams_count(&g, a, &p, c->word_order, err));
    take(s, c->char_order, &g, c->word_order);
    return TW_OK;
}

enum tw_status tw_chrf_count(struct tw_chrf_stats *s, struct tw_arena *a,
                             const struct tw_chrf_config *c,
                             struct tw_piece hyp, struct tw_piece ref,
                             struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };

    if (c->char_order < 1 || c->char_order > CHAR_MAX_ORDER ||
        c->word_order > WORD_MAX_ORDER)
        return tw_fail(err, TW_EINVAL, 0, "no such order of chrF");
    *s = (struct tw_chrf_stats){ 0 };
    if (c->lower) {
        TW_TRY(tw_text_lower(&hyp, a, hyp, err));
        TW_TRY(tw_text_lower(&ref, a, ref, err));
    }
    TW_TRY(tw_ids_of_chars(&p, a, hyp, ref, c->spaces, err));
    TW_TRY(tw_ngrams_count(&g, a, &p, c->char_order, err));
    take(s, 0, &g, c->char_order);
    if (c->word_order > 0)
        return count_words(s, a, c, hyp, ref, err);
    return TW_OK;
}

void tw_chrf_add(struct tw_chrf_stats *to, const struct tw_chrf_stats *s)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(to->hyp); i++) {
        to->hyp[i] += s->hyp[i];
        to->ref[i] += s->ref[i];
        to->both[i] += s->both[i];
    }
}

/* Part of a whole; an order that a text is too short for gets the author's
 * very small number. */
static double share(double part, size_t whole)
{
    if (whole == 0)
        return EPS;
    return part / (double)whole;
}

double tw_chrf_score(const struct tw_chrf_stats *s,
                     const struct tw_chrf_config *c)
{
    const double f2 = c->beta * c->beta;
    size_t n_orders = c->char_order + c->word_order, n = 0;
    double sum = 0, p_sum = 0, r_sum = 0;

    for (size_t i = 0; i < n_orders; i++) {
        double both = (double)s->both[i];
        double p = share(both, s->hyp[i]), r = share(both, s->ref[i]);
        double d = f2 * p + r, f = EPS;

        if (d > 0)
            f = (1 + f2) * p * r / d;
        sum += f;
        if (s->hyp[i] && s->ref[i]) {
            p_sum += p;
            r_sum += r;
            n++;
        }
    }
    if (c->eps)
        return 100 * sum / (double)n_orders;
    if (n == 0 || p_sum + r_sum <= 0)
        return 0;
    double p = p_sum / (double)n, r = r_sum / (double)n;
    return 100 * ((1 + f2) * p * r / (f2 * p + r));
}

enum tw_status tw_chrf(double *score, struct tw_arena *a,
                       const struct tw_chrf_config *c, struct tw_piece hyp,
                       struct tw_piece ref, struct tw_err *err)
{
    struct tw_chrf_stats s = { 0 };

    TW_TRY(tw_chrf_count(&s, a, c, hyp, ref, err));
    *score = tw_chrf_score(&s, c);
    return TW_OK;
}
