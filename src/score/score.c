#include "score/score.h"

#include "base/file.h"
#include "base/json.h"
#include "score/bleu.h"
#include "score/chrf.h"
#include "score/codebleu.h"
#include "score/edit.h"
#include "score/meteor.h"
#include "score/meteor15.h"
#include "score/rouge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    PAIR_MEMORY = 1 << 30,  /* bytes that one pair may take */
    LEARN_MEMORY = 1 << 30, /* bytes for what is learnt */
    IGNORE_FILE_MAX = 64 << 20,
    CRYSTAL_TOP = 500,
};

enum kind {
    EXACT,
    EDIT,
    INDEL,
    DIFFLIB,
    CHRF,
    BLEU,
    BLEU_NLTK,
    CRYSTAL,
    ROUGE,
    METEOR,
    METEOR15,
    CODEBLEU,
};

/* Details of some kinds. */
enum { BYTES, STRIPPED, TOKENS };               /* EXACT */
enum { ROUGE_L, ROUGE_1, ROUGE_2, ROUGE_LSUM }; /* ROUGE */
enum { STEMMED = 10 };                          /* added to them */
enum { OF_STEMS, OF_WORDS, NO_WORDNET, BEST };  /* METEOR */

static const struct tw_chrf_config chrf_configs[] = {
    { 6, 0, 2, false, false, false }, { 6, 2, 2, false, false, false },
    { 6, 0, 2, true, false, false },  { 6, 0, 2, false, true, false },
    { 6, 0, 2, false, false, true },  { 6, 0, 1, false, false, false },
};

/* The tokenizer is the scorer's. */
static const struct tw_bleu_config bleu_configs[] = {
    { TW_TOK_13A, TW_BLEU_EXP, true, false },
    { TW_TOK_13A, TW_BLEU_EXP, false, false },
    { TW_TOK_13A, TW_BLEU_NONE, true, false },
    { TW_TOK_13A, TW_BLEU_FLOOR, true, false },
    { TW_TOK_13A, TW_BLEU_ADDK, true, false },
    { TW_TOK_13A, TW_BLEU_EXP, true, true },
};

/* CODEBLEU: the language, and the weights of the paper added. */
enum { PAPER_WEIGHTS = 2 };

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
    { "exact", "bytes", EXACT, BYTES, TW_TOK_COUNT, false,
      "1 for equal texts, else 0" },
    { "exact-strip", "bytes|strip", EXACT, STRIPPED, TW_TOK_COUNT, false,
      "the same without white space at both ends" },
    { "exact-tokens", "tokens", EXACT, TOKENS, TW_TOK_WS, true,
      "1 for equal tokens, else 0 (CodeXGLUE's exact match)" },
    { "edit", "levenshtein|chars", EDIT, 0, TW_TOK_COUNT, false,
      "1 - Levenshtein distance / longer length, over characters" },
    { "edit-tokens", "levenshtein", EDIT, 1, TW_TOK_TRANX, true,
      "the same over tokens" },
    { "ruby", "string-level|levenshtein", EDIT, 1, TW_TOK_TRANX, true,
      "RUBY where no graph can be compared: edit-tokens" },
    { "indel", "indel|chars", INDEL, 0, TW_TOK_COUNT, false,
      "1 - insertions and deletions / sum of lengths, over characters" },
    { "difflib", "ratcliff-obershelp|autojunk|chars", DIFFLIB, 1, TW_TOK_COUNT,
      false, "ratio of Python's difflib" },
    { "difflib-nojunk", "ratcliff-obershelp|chars", DIFFLIB, 0, TW_TOK_COUNT,
      false, "the same with autojunk=False" },
    { "chrf", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:yes|case:mixed", CHRF, 0,
      TW_TOK_COUNT, false, "chrF, 0 to 100" },
    { "chrf++", "sacrebleu|nc:6|nw:2|beta:2|space:no|eff:yes|case:mixed", CHRF,
      1, TW_TOK_COUNT, false, "chrF++, 0 to 100" },
    { "chrf-space", "sacrebleu|nc:6|nw:0|beta:2|space:yes|eff:yes|case:mixed",
      CHRF, 2, TW_TOK_COUNT, false, "chrF that counts white space" },
    { "chrf-lower", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:yes|case:lc", CHRF,
      3, TW_TOK_COUNT, false, "chrF of lower-case texts" },
    { "chrf-eps", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:no|eps|case:mixed",
      CHRF, 4, TW_TOK_COUNT, false, "chrF, mean of F over all orders" },
    { "chrf-beta1", "sacrebleu|nc:6|nw:0|beta:1|space:no|eff:yes|case:mixed",
      CHRF, 5, TW_TOK_COUNT, false, "chrF with beta 1" },
    { "bleu", "sacrebleu|smooth:exp|eff:yes|case:mixed", BLEU, 0, TW_TOK_13A,
      true, "BLEU of a sentence as sacrebleu, 0 to 100" },
    { "bleu-noeff", "sacrebleu|smooth:exp|eff:no|case:mixed", BLEU, 1,
      TW_TOK_13A, true, "BLEU without effective order" },
    { "bleu-none", "sacrebleu|smooth:none|eff:yes|case:mixed", BLEU, 2,
      TW_TOK_13A, true, "BLEU without smoothing" },
    { "bleu-floor", "sacrebleu|smooth:floor[0.1]|eff:yes|case:mixed", BLEU, 3,
      TW_TOK_13A, true, "BLEU, 0.1 for no match" },
    { "bleu-addk", "sacrebleu|smooth:add-k[1]|eff:yes|case:mixed", BLEU, 4,
      TW_TOK_13A, true, "BLEU, one more match from order 2 on" },
    { "bleu-lower", "sacrebleu|smooth:exp|eff:yes|case:lc", BLEU, 5, TW_TOK_13A,
      true, "BLEU of lower-case texts" },
    { "bleu-nltk", "nltk|smooth:method1", BLEU_NLTK, 1, TW_TOK_TRANX, true,
      "BLEU of a sentence as NLTK, 0 to 1" },
    { "bleu-nltk0", "nltk|smooth:method0", BLEU_NLTK, 0, TW_TOK_TRANX, true,
      "the same, no smoothing" },
    { "bleu-nltk2", "nltk|smooth:method2", BLEU_NLTK, 2, TW_TOK_TRANX, true,
      "the same, one more match from order 2 on" },
    { "bleu-nltk3", "nltk|smooth:method3", BLEU_NLTK, 3, TW_TOK_TRANX, true,
      "the same, NIST's geometric sequence" },
    { "bleu-nltk4", "nltk|smooth:method4", BLEU_NLTK, 4, TW_TOK_TRANX, true,
      "the same, method 3 for short texts" },
    { "bleu-nltk5", "nltk|smooth:method5", BLEU_NLTK, 5, TW_TOK_TRANX, true,
      "the same, mean of neighbouring orders" },
    { "bleu-nltk6", "nltk|smooth:method6", BLEU_NLTK, 6, TW_TOK_TRANX, true,
      "the same, a prior; refuses pairs without a common trigram" },
    { "bleu-nltk7", "nltk|smooth:method7", BLEU_NLTK, 7, TW_TOK_TRANX, true,
      "the same, methods 4 and 5" },
    { "crystalbleu", "nltk|smooth:method1", CRYSTAL, 1, TW_TOK_TRANX, true,
      "BLEU without the most frequent n-grams of the references" },
    { "rouge1", "google|f|stem:no", ROUGE, ROUGE_1, TW_TOK_WORD, true,
      "F of ROUGE-1" },
    { "rouge2", "google|f|stem:no", ROUGE, ROUGE_2, TW_TOK_WORD, true,
      "F of ROUGE-2" },
    { "rougel", "google|f|stem:no", ROUGE, ROUGE_L, TW_TOK_WORD, true,
      "F of ROUGE-L" },
    { "rougelsum", "google|f|stem:no", ROUGE, ROUGE_LSUM, TW_TOK_WORD, false,
      "F of ROUGE-Lsum, line by line" },
    { "rouge1-stem", "google|f|stem:yes", ROUGE, ROUGE_1 + STEMMED, TW_TOK_WORD,
      false, "the same over stems" },
    { "rouge2-stem", "google|f|stem:yes", ROUGE, ROUGE_2 + STEMMED, TW_TOK_WORD,
      false, "the same over stems" },
    { "rougel-stem", "google|f|stem:yes", ROUGE, ROUGE_L + STEMMED, TW_TOK_WORD,
      false, "the same over stems" },
    { "rougelsum-stem", "google|f|stem:yes", ROUGE, ROUGE_LSUM + STEMMED,
      TW_TOK_WORD, false, "the same over stems" },
    { "meteor", "nltk", METEOR, OF_STEMS, TW_TOK_TRANX, true,
      "METEOR as NLTK 3.8; needs WordNet 3.0" },
    { "meteor-words", "nltk-words", METEOR, OF_WORDS, TW_TOK_TRANX, true,
      "synonyms of words, not of stems; needs WordNet 3.0" },
    { "meteor-nowordnet", "nltk-nowordnet", METEOR, NO_WORDNET, TW_TOK_TRANX,
      true, "equal words and stems only" },
    { "meteor-opt", "opt|most-matches,fewest-chunks|cap:2^20|else:beam", METEOR,
      BEST, TW_TOK_TRANX, true,
      "METEOR with the best alignment; needs WordNet 3.0" },
    { "meteor15", "meteor15|task:rank|nopara", METEOR15, TW_METEOR15_RANK,
      TW_TOK_NORM, true, "METEOR 1.5 without paraphrases; needs WordNet 3.0" },
    { "meteor15-adq", "meteor15|task:adq|nopara", METEOR15, TW_METEOR15_ADQ,
      TW_TOK_NORM, true, "the same, task adequacy" },
    { "meteor15-hter", "meteor15|task:hter|nopara", METEOR15, TW_METEOR15_HTER,
      TW_TOK_NORM, true, "the same, task HTER" },
    { "meteor15-util", "meteor15|task:util|nopara", METEOR15, TW_METEOR15_UTIL,
      TW_TOK_NORM, true, "the same, task utility (characters)" },
    { "meteor15-li", "meteor15|task:li|nopara", METEOR15, TW_METEOR15_LI,
      TW_TOK_NORM, true, "the same, for any language" },
    { "meteor15-tune", "meteor15|task:tune|nopara", METEOR15, TW_METEOR15_TUNE,
      TW_TOK_NORM, true, "the same, for tuning" },
    { "meteor15-univ", "meteor15|task:universal|nopara", METEOR15,
      TW_METEOR15_UNIVERSAL, TW_TOK_NORM, true, "the same, universal" },
    { "codebleu", "T|w:.25,.25,.25,.25|lang:python|tok:ws", CODEBLEU,
      TW_SYNTAX_PYTHON, TW_TOK_COUNT, false, "CodeBLEU of Python, 0 to 1" },
    { "codebleu-c", "T|w:.25,.25,.25,.25|lang:c|tok:ws", CODEBLEU, TW_SYNTAX_C,
      TW_TOK_COUNT, false, "CodeBLEU of C" },
    { "codebleu-paper", "T|w:.1,.1,.4,.4|lang:python|tok:ws", CODEBLEU,
      PAPER_WEIGHTS + TW_SYNTAX_PYTHON, TW_TOK_COUNT, false,
      "the same with the weights of its paper, Python" },
    { "codebleu-paper-c", "T|w:.1,.1,.4,.4|lang:c|tok:ws", CODEBLEU,
      PAPER_WEIGHTS + TW_SYNTAX_C, TW_TOK_COUNT, false, "and for C" },
};

const char *tw_score_name(size_t i, const char **about)
{
    if (i >= TW_ARRAY_LEN(metrics))
        return NULL;
    *about = metrics[i].about;
    return metrics[i].name;
}

/* Sums over the pairs. */
struct totals {
    size_t n;
    double scores;
    struct tw_bleu_stats bleu;
    struct tw_chrf_stats chrf;
};

struct tw_scorer {
    const struct metric *metric;
    enum tw_tokenizer tokenizer;
    struct tw_arena arena, kept;
    struct tw_wordnet *wordnet;
    struct tw_meteor *meteor;
    struct tw_crystal *crystal;
    struct tw_tokens *learnt; /* references shown, while it learns */
    size_t n_learnt, cap_learnt, top;
    struct totals totals;
    size_t n_unproven;
    char variant[128];
    struct tw_codebleu parts; /* of the last pair */
};

static void describe(struct tw_scorer *s, const char *ignored)
{
    bool tokens = s->tokenizer != TW_TOK_COUNT;

    snprintf(s->variant, sizeof(s->variant), "%s%s%s%s", s->metric->variant,
             ignored, tokens ? "|tok:" : "",
             tokens ? tw_tokenizer_name(s->tokenizer) : "");
}

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
    if (c->ignore && s->metric->kind != CRYSTAL)
        return tw_fail(err, TW_EINVAL, 0, "metric '%s' ignores no n-grams",
                       s->metric->name);
    describe(s, "");
    return TW_OK;
}

static enum tw_status open_meteor(struct tw_scorer *s, const char *dir,
                                  struct tw_err *err)
{
    int detail = s->metric->detail;

    if (s->metric->kind == METEOR15 || detail != NO_WORDNET)
        TW_TRY(tw_wordnet_open(&s->wordnet, dir ? dir : TW_SCORE_WORDNET, err));
    if (s->metric->kind == METEOR15)
        return TW_OK;
    return tw_meteor_new(&s->meteor, s->wordnet, detail == OF_WORDS,
                         (size_t)256 << 20, err);
}

/* One entry of the list: tokens, or tokens and a count. */
static enum tw_status read_gram(struct tw_tokens *gram, struct tw_scorer *s,
                                const struct tw_json *entry, struct tw_err *err)
{
    const struct tw_json *first = tw_json_at(entry, 0);
    const struct tw_json *list =
        tw_json_kind(first) == TW_JSON_ARRAY ? first : entry;

    gram->n = tw_json_len(list);
    if (gram->n < 1 || gram->n > TW_BLEU_ORDER)
        return tw_fail(err, TW_EFORMAT, 0, "no n-gram of 1 to %d tokens",
                       (int)TW_BLEU_ORDER);
    gram->items = tw_arena_alloc(&s->kept, gram->n, sizeof(*gram->items));
    if (!gram->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    for (size_t i = 0; i < gram->n; i++) {
        struct tw_piece *p = &gram->items[i];

        p->s = tw_json_text(tw_json_at(list, i), &p->n);
        if (!p->s)
            return tw_fail(err, TW_EFORMAT, 0, "a token that is no text");
    }
    return TW_OK;
}

static enum tw_status read_grams(struct tw_scorer *s,
                                 const struct tw_json *root, struct tw_err *err)
{
    const struct tw_json *list = tw_json_kind(root) == TW_JSON_ARRAY
                                     ? root
                                     : tw_json_get(root, "trivial");
    size_t n = tw_json_len(list);
    struct tw_tokens *grams = tw_arena_alloc(&s->kept, n, sizeof(*grams));
    char note[40];

    if (tw_json_kind(list) != TW_JSON_ARRAY)
        return tw_fail(err, TW_EFORMAT, 0, "no list of n-grams");
    if (!grams)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    for (size_t i = 0; i < n; i++)
        TW_TRY(read_gram(&grams[i], s, tw_json_at(list, i), err));
    TW_TRY(tw_crystal_new(&s->crystal, &s->kept, grams, n, err));
    snprintf(note, sizeof(note), "|ignore:%zu given", n);
    describe(s, note);
    return TW_OK;
}

static enum tw_status open_crystal(struct tw_scorer *s,
                                   const struct tw_score_config *c,
                                   struct tw_err *err)
{
    struct tw_err why = { 0 };
    struct tw_json *root = NULL;
    struct tw_buf in;

    s->top = c->top ? c->top : CRYSTAL_TOP;
    if (!c->ignore)
        return TW_OK;
    tw_buf_init(&in, IGNORE_FILE_MAX);
    enum tw_status st = tw_file_read(&in, c->ignore, &why);
    if (st == TW_OK)
        st = tw_json_parse(&root, tw_buf_text(&in), in.len, &why);
    if (st == TW_OK)
        st = read_grams(s, root, &why);
    tw_json_free(root);
    tw_buf_release(&in);
    if (st == TW_EFORMAT)
        return tw_fail(err, st, 0, "'%.60s': %.100s", c->ignore, why.msg);
    return st == TW_OK ? st : tw_fail(err, st, 0, "%s", why.msg);
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
    tw_arena_init(&x->kept, LEARN_MEMORY);
    enum tw_status st = choose(x, c, err);
    if (st == TW_OK &&
        (x->metric->kind == METEOR || x->metric->kind == METEOR15))
        st = open_meteor(x, c->wordnet, err);
    if (st == TW_OK && x->metric->kind == CRYSTAL)
        st = open_crystal(x, c, err);
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
    tw_arena_release(&s->kept);
    tw_meteor_free(s->meteor);
    tw_wordnet_close(s->wordnet);
    free(s->learnt);
    free(s);
}

const char *tw_scorer_variant(const struct tw_scorer *s)
{
    return s->variant;
}

bool tw_scorer_learns(const struct tw_scorer *s)
{
    return s->metric->kind == CRYSTAL && !s->crystal;
}

enum tw_status tw_scorer_learn(struct tw_scorer *s, struct tw_piece ref,
                               struct tw_err *err)
{
    char *copy = tw_arena_alloc(&s->kept, ref.n, 1);

    if (!tw_scorer_learns(s))
        return tw_fail(err, TW_EINVAL, 0, "metric '%s' does not learn now",
                       s->metric->name);
    if (s->n_learnt == s->cap_learnt) {
        size_t cap = s->cap_learnt ? 2 * s->cap_learnt : 64;
        void *p = realloc(s->learnt, cap * sizeof(*s->learnt));

        if (!p)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for references");
        s->learnt = p;
        s->cap_learnt = cap;
    }
    if (!copy)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for references");
    if (ref.n)
        memcpy(copy, ref.s, ref.n);
    TW_TRY(tw_tokenize(&s->learnt[s->n_learnt], &s->kept, s->tokenizer,
                       (struct tw_piece){ copy, ref.n }, err));
    s->n_learnt++;
    return TW_OK;
}

static enum tw_status end_learning(struct tw_scorer *s, struct tw_err *err)
{
    char note[60];

    TW_TRY(tw_crystal_learn(&s->crystal, &s->kept, s->learnt, s->n_learnt,
                            s->top, err));
    snprintf(note, sizeof(note), "|ignore:%zu of references",
             tw_crystal_size(s->crystal));
    describe(s, note);
    return TW_OK;
}

static enum tw_status over_chars(double *score, struct tw_scorer *s,
                                 struct tw_piece hyp, struct tw_piece ref,
                                 struct tw_err *err)
{
    struct tw_ids_pair p;
    size_t d;

    TW_TRY(tw_ids_of_chars(&p, &s->arena, hyp, ref, true, err));
    if (s->metric->kind == DIFFLIB)
        return tw_edit_difflib(score, &s->arena, &p, s->metric->detail, err);
    if (s->metric->kind == INDEL) {
        TW_TRY(tw_edit_indel(&d, &s->arena, &p, err));
        *score = tw_edit_ratio(d, p.hyp.n, p.ref.n);
        return TW_OK;
    }
    TW_TRY(tw_edit_levenshtein(&d, &s->arena, &p, err));
    *score = tw_edit_similarity(d, p.hyp.n, p.ref.n);
    return TW_OK;
}

static enum tw_status chrf(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    const struct tw_chrf_config *c = &chrf_configs[s->metric->detail];
    struct tw_chrf_stats stats;

    TW_TRY(tw_chrf_count(&stats, &s->arena, c, hyp, ref, err));
    *score = tw_chrf_score(&stats, c);
    tw_chrf_add(&s->totals.chrf, &stats);
    return TW_OK;
}

static enum tw_status bleu(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    struct tw_bleu_config c = bleu_configs[0];
    struct tw_bleu_stats stats;

    if (s->metric->kind == BLEU)
        c = bleu_configs[s->metric->detail];
    c.tokenizer = s->tokenizer;
    if (s->metric->kind == CRYSTAL) {
        struct tw_tokens h, r;

        TW_TRY(tw_tokenize(&h, &s->arena, s->tokenizer, hyp, err));
        TW_TRY(tw_tokenize(&r, &s->arena, s->tokenizer, ref, err));
        TW_TRY(tw_crystal_count(&stats, &s->arena, s->crystal, &h, &r, err));
    } else {
        TW_TRY(tw_bleu_count(&stats, &s->arena, &c, hyp, ref, err));
    }
    if (s->metric->kind == BLEU)
        *score = tw_bleu_score(&stats, &c);
    else
        TW_TRY(tw_bleu_nltk(score, &stats, (unsigned)s->metric->detail, err));
    if (s->metric->kind != BLEU)
        tw_bleu_fill(&stats);
    tw_bleu_add(&s->totals.bleu, &stats);
    return TW_OK;
}

static enum tw_status rouge(double *score, struct tw_scorer *s,
                            struct tw_piece hyp, struct tw_piece ref,
                            struct tw_err *err)
{
    int order = s->metric->detail % STEMMED;
    bool stem = s->metric->detail >= STEMMED;
    struct tw_tokens h, r;
    struct tw_prf prf;

    if (order == ROUGE_LSUM) {
        TW_TRY(tw_rouge_lsum(&prf, &s->arena, hyp, ref, stem, err));
        *score = prf.f;
        return TW_OK;
    }
    if (stem) {
        TW_TRY(tw_rouge_tokens(&h, &s->arena, hyp, true, err));
        TW_TRY(tw_rouge_tokens(&r, &s->arena, ref, true, err));
    } else {
        TW_TRY(tw_tokenize(&h, &s->arena, s->tokenizer, hyp, err));
        TW_TRY(tw_tokenize(&r, &s->arena, s->tokenizer, ref, err));
    }
    TW_TRY(order ? tw_rouge_n(&prf, &s->arena, &h, &r, (size_t)order, err)
                 : tw_rouge_l(&prf, &s->arena, &h, &r, err));
    *score = prf.f;
    return TW_OK;
}

static enum tw_status meteor(double *score, struct tw_scorer *s,
                             struct tw_tokens *h, struct tw_tokens *r,
                             struct tw_err *err)
{
    struct tw_meteor_result result;
    struct tw_meteor15_result result15;

    if (s->metric->kind == METEOR) {
        bool best = s->metric->detail == BEST;

        TW_TRY((best ? tw_meteor_score_best : tw_meteor_score)(
            &result, s->meteor, &s->arena, h, r, err));
        s->n_unproven += best && !result.proven;
        *score = result.score;
        return TW_OK;
    }
    TW_TRY(tw_tokens_lower(h, &s->arena, err));
    TW_TRY(tw_tokens_lower(r, &s->arena, err));
    TW_TRY(tw_meteor15_score(&result15, s->wordnet,
                             (enum tw_meteor15_task)s->metric->detail,
                             &s->arena, h, r, err));
    *score = result15.score;
    return TW_OK;
}

static enum tw_status over_tokens(double *score, struct tw_scorer *s,
                                  struct tw_piece hyp, struct tw_piece ref,
                                  struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_tokens h, r;
    size_t d;

    TW_TRY(tw_tokenize(&h, &s->arena, s->tokenizer, hyp, err));
    TW_TRY(tw_tokenize(&r, &s->arena, s->tokenizer, ref, err));
    if (s->metric->kind == METEOR || s->metric->kind == METEOR15)
        return meteor(score, s, &h, &r, err);
    if (s->metric->kind == EXACT) {
        *score = h.n == r.n;
        for (size_t i = 0; *score > 0 && i < h.n; i++)
            *score = tw_piece_same(h.items[i], r.items[i]);
        return TW_OK;
    }
    TW_TRY(tw_ids_of_tokens(&p, &s->arena, &h, &r, err));
    TW_TRY(tw_edit_levenshtein(&d, &s->arena, &p, err));
    *score = tw_edit_similarity(d, h.n, r.n);
    return TW_OK;
}

static enum tw_status codebleu(double *score, struct tw_scorer *s,
                               struct tw_piece hyp, struct tw_piece ref,
                               struct tw_err *err)
{
    int detail = s->metric->detail;
    struct tw_codebleu_config c =
        tw_codebleu_default((enum tw_syntax_lang)(detail % PAPER_WEIGHTS));

    if (detail >= PAPER_WEIGHTS)
        c = (struct tw_codebleu_config){ c.lang, { 0.1, 0.1, 0.4, 0.4 } };
    TW_TRY(tw_codebleu(&s->parts, &s->arena, &c, hyp, ref, err));
    *score = s->parts.score;
    return TW_OK;
}

void tw_scorer_add_parts(const struct tw_scorer *s, struct tw_buf *b)
{
    if (s->metric->kind == CODEBLEU)
        tw_codebleu_json(b, &s->parts);
}

static enum tw_status one_pair(double *score, struct tw_scorer *s,
                               struct tw_piece hyp, struct tw_piece ref,
                               struct tw_err *err)
{
    switch (s->metric->kind) {
    case CHRF:
        return chrf(score, s, hyp, ref, err);
    case BLEU:
    case BLEU_NLTK:
    case CRYSTAL:
        return bleu(score, s, hyp, ref, err);
    case ROUGE:
        return rouge(score, s, hyp, ref, err);
    case CODEBLEU:
        return codebleu(score, s, hyp, ref, err);
    case EXACT:
    case EDIT:
    case INDEL:
    case DIFFLIB:
    case METEOR:
    case METEOR15:
        break;
    }
    if (s->tokenizer != TW_TOK_COUNT)
        return over_tokens(score, s, hyp, ref, err);
    if (s->metric->kind != EXACT)
        return over_chars(score, s, hyp, ref, err);
    if (s->metric->detail == STRIPPED) {
        hyp = tw_text_strip(hyp);
        ref = tw_text_strip(ref);
    }
    *score = tw_piece_same(hyp, ref);
    return TW_OK;
}

enum tw_status tw_scorer_pair(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err)
{
    tw_arena_release(&s->arena);
    if (tw_scorer_learns(s))
        TW_TRY(end_learning(s, err));
    TW_TRY(one_pair(score, s, hyp, ref, err));
    s->totals.scores += *score;
    s->totals.n++;
    return TW_OK;
}

size_t tw_scorer_unproven(const struct tw_scorer *s)
{
    return s->n_unproven;
}

enum tw_status tw_scorer_corpus(double *score, const char **how,
                                const struct tw_scorer *s, struct tw_err *err)
{
    const struct totals *t = &s->totals;
    int detail = s->metric->detail;

    if (t->n == 0)
        return tw_fail(err, TW_EINVAL, 0, "no pair was scored");
    *how = "counts";
    if (s->metric->kind == CHRF) {
        *score = tw_chrf_score(&t->chrf, &chrf_configs[detail]);
        return TW_OK;
    }
    if (s->metric->kind == BLEU) {
        *score = tw_bleu_score(&t->bleu, &bleu_configs[detail]);
        return TW_OK;
    }
    if (s->metric->kind == BLEU_NLTK || s->metric->kind == CRYSTAL)
        return tw_bleu_nltk(score, &t->bleu, (unsigned)detail, err);
    *how = "mean";
    *score = t->scores / (double)t->n;
    return TW_OK;
}
