/*
 * bleu.c - BLEU: counts once, two formulas over them.
 *
 * sacrebleu and NLTK count alike and differ in what they do with an order that
 * has no match, and in scale. Counts of pairs add up to those of a corpus,
 * which is why counting and scoring are apart. BLEU is that of Papineni et
 * al., ACL 2002.
 */
#include "score/bleu.h"

#include <float.h>
#include <math.h>

#include "base/banned.h"

/* Of the n-grams counted: those of the hypothesis are the denominator
 * (precision), the reference's do not matter beyond the match. */
static void take(struct tw_bleu_stats *s, const struct tw_ngrams *g,
                 size_t hyp_len, size_t ref_len)
{
    for (size_t i = 0; i <= TW_BLEU_ORDER; i++) {
        s->match[i] = g->both[i];
        s->total[i] = g->hyp[i];
    }
    s->hyp_len = hyp_len;
    s->ref_len = ref_len;
}

/* sacrebleu strips the end of a line before its tokenizers see it. */
enum tw_status tw_bleu_count_tokens(struct tw_bleu_stats *s, struct tw_arena *a,
                                    const struct tw_tokens *hyp,
                                    const struct tw_tokens *ref,
                                    struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };

    TW_TRY(tw_ids_of_tokens(&p, a, hyp, ref, err));
    TW_TRY(tw_ngrams_count(&g, a, &p, TW_BLEU_ORDER + 1, err));
    take(s, &g, hyp->n, ref->n);
    return TW_OK;
}

enum tw_status tw_bleu_count(struct tw_bleu_stats *s, struct tw_arena *a,
                             const struct tw_bleu_config *c,
                             struct tw_piece hyp, struct tw_piece ref,
                             struct tw_err *err)
{
    struct tw_tokens h, r;

    if (c->lower) {
        TW_TRY(tw_text_lower(&hyp, a, hyp, err));
        TW_TRY(tw_text_lower(&ref, a, ref, err));
    }
    TW_TRY(tw_tokenize(&h, a, c->tokenizer, tw_text_rstrip(hyp), err));
    TW_TRY(tw_tokenize(&r, a, c->tokenizer, tw_text_rstrip(ref), err));
    return tw_bleu_count_tokens(s, a, &h, &r, err);
}

void tw_bleu_add(struct tw_bleu_stats *to, const struct tw_bleu_stats *s)
{
    for (size_t i = 0; i <= TW_BLEU_ORDER; i++) {
        to->match[i] += s->match[i];
        to->total[i] += s->total[i];
    }
    to->hyp_len += s->hyp_len;
    to->ref_len += s->ref_len;
}

void tw_bleu_fill(struct tw_bleu_stats *s)
{
    for (size_t i = 0; i <= TW_BLEU_ORDER; i++)
        if (s->total[i] == 0)
            s->total[i] = 1;
}

/* Without any match the score is 0, however it is smoothed. */
static bool any_match(const struct tw_bleu_stats *s)
{
    size_t n = 0;

    for (size_t i = 0; i < TW_BLEU_ORDER; i++)
        n += s->match[i];
    return n > 0;
}

/* exp(1 - r/c) for a hypothesis shorter than its reference. */
static double brevity(const struct tw_bleu_stats *s)
{
    if (s->hyp_len >= s->ref_len)
        return 1;
    if (s->hyp_len == 0)
        return 0;
    return exp(1 - (double)s->ref_len / (double)s->hyp_len);
}

/* What add-k smoothing adds to matches and n-grams: nothing to order 1. */
static double added(bool adds, size_t order)
{
    if (adds && order > 0)
        return 1;
    return 0;
}

/* sacrebleu's own bottom for orders without a match and without smoothing; its
 * exponential is 0. */
static double log_or_bottom(double precision)
{
    if (precision > 0)
        return log(precision);
    return -9999999999.0;
}

/* The geometric mean of the precisions, times the brevity penalty.  With the
 * effective order only orders that the hypothesis is long enough for count. */
double tw_bleu_score(const struct tw_bleu_stats *s,
                     const struct tw_bleu_config *c)
{
    double precisions[TW_BLEU_ORDER] = { 0 }, halving = 1, sum = 0;
    size_t n_orders = TW_BLEU_ORDER;

    if (!any_match(s))
        return 0;
    for (size_t i = 0; i < TW_BLEU_ORDER; i++) {
        double add = added(c->smooth == TW_BLEU_ADDK, i);
        double match = (double)s->match[i] + add;
        double total = (double)s->total[i] + add;

        if (total <= 0)
            break;
        if (c->effective)
            n_orders = i + 1;
        if (match > 0)
            precisions[i] = 100 * match / total;
        else if (c->smooth == TW_BLEU_EXP)
            precisions[i] = 100 / ((halving *= 2) * total);
        else if (c->smooth == TW_BLEU_FLOOR)
            precisions[i] = 100 * 0.1 / total;
    }
    for (size_t i = 0; i < n_orders; i++)
        sum += log_or_bottom(precisions[i]);
    return brevity(s) * exp(sum / (double)n_orders);
}

/* What a smoothing method works on. */
struct precisions {
    double p[TW_BLEU_ORDER];
    double next; /* of order 5 */
    bool zero[TW_BLEU_ORDER];
};

/* NLTK divides by at least 1. */
static double total_of(const struct tw_bleu_stats *s, size_t i)
{
    if (s->total[i] == 0)
        return 1;
    return (double)s->total[i];
}

/* Methods 0 to 4 replace precisions without a match one by one: by the
 * smallest number (so that the logarithm exists), 0.1 matches, NIST's
 * geometric sequence, and that sequence scaled to the length of the text
 * (Chen and Cherry, WMT 2014). */
static void smooth_zeros(struct precisions *q, const struct tw_bleu_stats *s,
                         unsigned method)
{
    double power = 1;

    for (size_t i = 0; i < TW_BLEU_ORDER; i++) {
        if (!q->zero[i])
            continue;
        if (method == 0)
            q->p[i] = DBL_MIN;
        else if (method == 1)
            q->p[i] = 0.1 / total_of(s, i);
        else if (method == 3)
            q->p[i] = 1 / ((power *= 2) * total_of(s, i));
        else if (s->hyp_len > 1)
            q->p[i] = 1 / ((power *= 2) * 5 / log((double)s->hyp_len)) /
                      total_of(s, i);
    }
}

/* Method 5: the mean of the order below (smoothed), this one and the next. */
static void smooth_mean(struct precisions *q)
{
    double below = q->p[0] + 1;

    for (size_t i = 0; i < TW_BLEU_ORDER; i++) {
        double above = q->next;

        if (i + 1 < TW_BLEU_ORDER)
            above = q->p[i + 1];
        below = q->p[i] = (below + q->p[i] + above) / 3;
    }
}

/* Method 6: orders 3 and 4 lean on the ratio of the orders below. */
static void smooth_prior(struct precisions *q, const struct tw_bleu_stats *s)
{
    const double alpha = 5;

    for (size_t i = 2; i < TW_BLEU_ORDER; i++) {
        double prior = 0;

        if (q->p[i - 2] > 0)
            prior = q->p[i - 1] * q->p[i - 1] / q->p[i - 2];
        q->p[i] = ((double)s->match[i] + alpha * prior) /
                  ((double)s->total[i] + alpha);
    }
}

/* NLTK's sentence_bleu() with weights of a quarter. Method 7 is method 4
 * and then 5. */
enum tw_status tw_bleu_nltk(double *score, const struct tw_bleu_stats *s,
                            unsigned method, struct tw_err *err)
{
    struct precisions q;
    double sum = 0;

    if (method >= TW_BLEU_NLTK_METHODS)
        return tw_fail(err, TW_EINVAL, 0, "no smoothing method %u", method);
    *score = 0;
    if (s->match[0] == 0)
        return TW_OK;
    if (method == 6 && s->match[2] == 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "smoothing method 6 needs a common trigram");
    for (size_t i = 0; i < TW_BLEU_ORDER; i++) {
        double add = added(method == 2, i);

        q.p[i] = ((double)s->match[i] + add) / (total_of(s, i) + add);
        q.zero[i] = s->match[i] == 0;
    }
    q.next = (double)s->match[TW_BLEU_ORDER] / total_of(s, TW_BLEU_ORDER);
    if (method <= 4 && method != 2)
        smooth_zeros(&q, s, method);
    if (method == 7)
        smooth_zeros(&q, s, 4);
    if (method == 5 || method == 7)
        smooth_mean(&q);
    if (method == 6)
        smooth_prior(&q, s);
    for (size_t i = 0; i < TW_BLEU_ORDER; i++)
        if (q.p[i] > 0) /* method 4 leaves zeros of one token: passed over */
            sum += 0.25 * log(q.p[i]);
    *score = brevity(s) * exp(sum);
    return TW_OK;
}
