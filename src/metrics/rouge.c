#include "metrics/rouge.h"

#include "metrics/edit.h"
#include "metrics/porter.h"

#include "base/banned.h"

enum { STEM_FROM = 4 }; /* letters */

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
