#include "metrics/score.h"

#include "metrics/bleu.h"
#include "metrics/chrf.h"
#include "metrics/edit.h"
#include "metrics/meteor.h"
#include "metrics/rouge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { PAIR_MEMORY = 1 << 30 }; /* bytes that one pair may take */

enum kind { EXACT, EDIT, INDEL, DIFFLIB, CHRF, BLEU, BLEU_NLTK, ROUGE, METEOR };

/* TW_TOK_COUNT in the column of the tokenizer: the metric looks at
 * characters. */
static const struct metric {
    const char *name, *variant;
    enum kind kind;
    int detail; /* of the kind: order, method, ... */
    enum tw_tokenizer tokenizer;
    bool free_tokenizer;
    const char *about;
} metrics[] = {
    { "exact", "bytes", EXACT, 0, TW_TOK_COUNT, false,
      "1 for equal texts, else 0" },
    { "edit", "levenshtein|chars", EDIT, 0, TW_TOK_COUNT, false,
      "1 - Levenshtein distance / longer length, over characters" },
    { "edit-tokens", "levenshtein", EDIT, 1, TW_TOK_TRANX, true,
      "the same over tokens (RUBY's string level)" },
    { "indel", "indel|chars", INDEL, 0, TW_TOK_COUNT, false,
      "1 - insertions and deletions / sum of lengths, over characters" },
    { "difflib", "ratcliff-obershelp|autojunk|chars", DIFFLIB, 1, TW_TOK_COUNT,
      false, "ratio of Python's difflib" },
    { "chrf", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:yes", CHRF, 0,
      TW_TOK_COUNT, false, "chrF, 0 to 100" },
    { "chrf++", "sacrebleu|nc:6|nw:2|beta:2|space:no|eff:yes", CHRF, 2,
      TW_TOK_COUNT, false, "chrF++, 0 to 100" },
    { "bleu", "sacrebleu|smooth:exp|eff:yes|case:mixed", BLEU, 0, TW_TOK_13A,
      true, "BLEU of a sentence as sacrebleu, 0 to 100" },
    { "bleu-nltk", "nltk|smooth:method1", BLEU_NLTK, 1, TW_TOK_TRANX, true,
      "BLEU of a sentence as NLTK, 0 to 1" },
    { "rouge1", "google|f|stem:no", ROUGE, 1, TW_TOK_WORD, true,
      "F of ROUGE-1" },
    { "rouge2", "google|f|stem:no", ROUGE, 2, TW_TOK_WORD, true,
      "F of ROUGE-2" },
    { "rougel", "google|f|stem:no", ROUGE, 0, TW_TOK_WORD, true,
      "F of ROUGE-L" },
    { "rouge1-stem", "google|f|stem:yes", ROUGE, 11, TW_TOK_WORD, false,
      "the same over stems" },
    { "rouge2-stem", "google|f|stem:yes", ROUGE, 12, TW_TOK_WORD, false,
      "the same over stems" },
    { "rougel-stem", "google|f|stem:yes", ROUGE, 10, TW_TOK_WORD, false,
      "the same over stems" },
    { "meteor", "nltk", METEOR, 0, TW_TOK_TRANX, true,
      "METEOR as NLTK 3.8; needs WordNet 3.0" },
    { "meteor-words", "nltk-words", METEOR, 1, TW_TOK_TRANX, true,
      "synonyms of words, not of stems; needs WordNet 3.0" },
    { "meteor-nowordnet", "nltk-nowordnet", METEOR, 2, TW_TOK_TRANX, true,
      "equal words and stems only" },
};
enum { STEMMED = 10 }; /* added to the detail of ROUGE */

const char *tw_score_name(size_t i, const char **about)
{
    if (i >= TW_ARRAY_LEN(metrics))
        return NULL;
    *about = metrics[i].about;
    return metrics[i].name;
}

struct tw_scorer {
    const struct metric *metric;
    enum tw_tokenizer tokenizer;
    struct tw_arena arena;
    struct tw_wordnet *wordnet;
    struct tw_meteor *meteor;
    char variant[96];
};

static enum tw_status choose(struct tw_scorer *s,
                             const struct tw_score_config *c,
                             struct tw_err *err)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(metrics); i++)
        if (strcmp(metrics[i].name, c->metric) == 0)
            s->metric = &metrics[i];
    if (!s->metric)
        return tw_fail(err, TW_EINVAL, 0, "no metric '%.40s'", c->metric);
    s->tokenizer = s->metric->tokenizer;
    if (c->tokenizer) {
        if (!s->metric->free_tokenizer)
            return tw_fail(err, TW_EINVAL, 0,
                           "metric '%s' has no choice of a tokenizer",
                           s->metric->name);
        s->tokenizer = tw_tokenizer_find(c->tokenizer);
        if (s->tokenizer == TW_TOK_COUNT)
            return tw_fail(err, TW_EINVAL, 0, "no tokenizer '%.40s'",
                           c->tokenizer);
    }
    bool tokens = s->tokenizer != TW_TOK_COUNT;
    snprintf(s->variant, sizeof(s->variant), "%s%s%s", s->metric->variant,
             tokens ? "|tok:" : "",
             tokens ? tw_tokenizer_name(s->tokenizer) : "");
    return TW_OK;
}

static enum tw_status open_meteor(struct tw_scorer *s, const char *dir,
                                  struct tw_err *err)
{
    int detail = s->metric->detail;

    if (detail != 2)
        TW_TRY(tw_wordnet_open(&s->wordnet, dir ? dir : TW_SCORE_WORDNET, err));
    return tw_meteor_new(&s->meteor, s->wordnet, detail == 1, (size_t)256 << 20,
                         err);
}

enum tw_status tw_scorer_new(struct tw_scorer **s,
                             const struct tw_score_config *c,
                             struct tw_err *err)
{
    struct tw_scorer *x = calloc(1, sizeof(*x));

    *s = NULL;
    if (!x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a metric");
    tw_arena_init(&x->arena, PAIR_MEMORY);
    enum tw_status st = choose(x, c, err);
    if (st == TW_OK && x->metric->kind == METEOR)
        st = open_meteor(x, c->wordnet, err);
    if (st == TW_OK)
        *s = x;
    else
        tw_scorer_free(x);
    return st;
}

void tw_scorer_free(struct tw_scorer *s)
{
    if (!s)
        return;
    tw_arena_release(&s->arena);
    tw_meteor_free(s->meteor);
    tw_wordnet_close(s->wordnet);
    free(s);
}

const char *tw_scorer_variant(const struct tw_scorer *s)
{
    return s->variant;
}

static enum tw_status over_chars(double *score, struct tw_scorer *s,
                                 struct tw_piece hyp, struct tw_piece ref,
                                 struct tw_err *err)
{
    struct tw_chrf_config c = tw_chrf_default();
    struct tw_ids_pair p;
    size_t d;

    if (s->metric->kind == CHRF) {
        c.word_order = (size_t)s->metric->detail;
        return tw_chrf(score, &s->arena, &c, hyp, ref, err);
    }
    TW_TRY(tw_ids_of_chars(&p, &s->arena, hyp, ref, true, err));
    if (s->metric->kind == DIFFLIB)
        return tw_edit_difflib(score, &s->arena, &p, true, err);
    if (s->metric->kind == INDEL) {
        TW_TRY(tw_edit_indel(&d, &s->arena, &p, err));
        *score = tw_edit_ratio(d, p.hyp.n, p.ref.n);
        return TW_OK;
    }
    TW_TRY(tw_edit_levenshtein(&d, &s->arena, &p, err));
    *score = tw_edit_similarity(d, p.hyp.n, p.ref.n);
    return TW_OK;
}

static enum tw_status bleu(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    struct tw_bleu_config c = { s->tokenizer, TW_BLEU_EXP, true, false };
    struct tw_bleu_stats stats;

    TW_TRY(tw_bleu_count(&stats, &s->arena, &c, hyp, ref, err));
    if (s->metric->kind == BLEU_NLTK)
        return tw_bleu_nltk(score, &stats, (unsigned)s->metric->detail, err);
    *score = tw_bleu_score(&stats, &c);
    return TW_OK;
}

static enum tw_status rouge(double *score, struct tw_scorer *s,
                            const struct tw_tokens *h,
                            const struct tw_tokens *r, struct tw_err *err)
{
    int order = s->metric->detail % STEMMED;
    struct tw_prf prf;

    TW_TRY(order ? tw_rouge_n(&prf, &s->arena, h, r, (size_t)order, err)
                 : tw_rouge_l(&prf, &s->arena, h, r, err));
    *score = prf.f;
    return TW_OK;
}

static enum tw_status over_tokens(double *score, struct tw_scorer *s,
                                  struct tw_piece hyp, struct tw_piece ref,
                                  struct tw_err *err)
{
    bool stem = s->metric->kind == ROUGE && s->metric->detail >= STEMMED;
    struct tw_meteor_result result;
    struct tw_ids_pair p;
    struct tw_tokens h, r;
    size_t d;

    if (stem) {
        TW_TRY(tw_rouge_tokens(&h, &s->arena, hyp, true, err));
        TW_TRY(tw_rouge_tokens(&r, &s->arena, ref, true, err));
    } else {
        TW_TRY(tw_tokenize(&h, &s->arena, s->tokenizer, hyp, err));
        TW_TRY(tw_tokenize(&r, &s->arena, s->tokenizer, ref, err));
    }
    if (s->metric->kind == ROUGE)
        return rouge(score, s, &h, &r, err);
    if (s->metric->kind == METEOR) {
        TW_TRY(tw_meteor_score(&result, s->meteor, &s->arena, &h, &r, err));
        *score = result.score;
        return TW_OK;
    }
    TW_TRY(tw_ids_of_tokens(&p, &s->arena, &h, &r, err));
    TW_TRY(tw_edit_levenshtein(&d, &s->arena, &p, err));
    *score = tw_edit_similarity(d, h.n, r.n);
    return TW_OK;
}

enum tw_status tw_scorer_pair(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err)
{
    tw_arena_release(&s->arena);
    switch (s->metric->kind) {
    case EXACT:
        *score = tw_piece_same(hyp, ref);
        return TW_OK;
    case INDEL:
    case DIFFLIB:
    case CHRF:
        return over_chars(score, s, hyp, ref, err);
    case EDIT:
        return s->tokenizer == TW_TOK_COUNT
                   ? over_chars(score, s, hyp, ref, err)
                   : over_tokens(score, s, hyp, ref, err);
    case BLEU:
    case BLEU_NLTK:
        return bleu(score, s, hyp, ref, err);
    case ROUGE:
    case METEOR:
        break;
    }
    return over_tokens(score, s, hyp, ref, err);
}
