/*
 * metrics.c - the table of metrics, and the functions behind its rows.
 *
 * A function takes the settings of its row from s->metric->config and knows
 * their type; so a row and its function have to fit, and nothing else has to.
 * A new metric needs no more than both; a test of all rows then runs it on
 * equal, foreign, empty and broken texts.
 *
 * The functions are short on purpose: a metric is computed in a file of its
 * own (bleu.c, edit.c ...), which knows nothing of names and variants, and
 * here it gets its tokens and says what a pair adds to the corpus.
 */
#include "score/chrf.h"
#include "score/edit.h"
#include "score/meteor15.h"
#include "score/rouge.h"
#include "score/score_priv.h"

#include "base/banned.h"

enum { METEOR_MEMORY = 256 << 20 }; /* words that METEOR remembers */

/* Both texts by the scorer's tokenizer. */
static enum tw_status tokens(struct tw_tokens *h, struct tw_tokens *r,
                             struct tw_scorer *s, struct tw_piece hyp,
                             struct tw_piece ref, struct tw_err *err)
{
    TW_TRY(tw_tokenize(h, &s->arena, s->tokenizer, hyp, err));
    return tw_tokenize(r, &s->arena, s->tokenizer, ref, err);
}

/* Both texts as numbers: of tokens, or of characters where the row has no
 * tokenizer. */
static enum tw_status units(struct tw_ids_pair *p, struct tw_scorer *s,
                            struct tw_piece hyp, struct tw_piece ref,
                            struct tw_err *err)
{
    struct tw_tokens h, r;
    if (s->tokenizer == TW_TOK_COUNT)
        return tw_ids_of_chars(p, &s->arena, hyp, ref, true, err);
    TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    return tw_ids_of_tokens(p, &s->arena, &h, &r, err);
}

/* CodeXGLUE calls it exact match. Bytes are compared: two spellings of one
 * accented letter differ. */
static enum tw_status exact(double *score, struct tw_scorer *s,
                            struct tw_piece hyp, struct tw_piece ref,
                            struct tw_err *err)
{
    (void)s;
    (void)err;
    *score = tw_piece_same(hyp, ref);
    return TW_OK;
}

/* White space of Unicode, as Python's strip() takes it. */
static enum tw_status exact_strip(double *score, struct tw_scorer *s,
                                  struct tw_piece hyp, struct tw_piece ref,
                                  struct tw_err *err)
{
    return exact(score, s, tw_text_strip(hyp), tw_text_strip(ref), err);
}

/* Equal but for what the tokenizer drops; with white space as the
 * tokenizer, equal but for the layout. */
static enum tw_status exact_tokens(double *score, struct tw_scorer *s,
                                   struct tw_piece hyp, struct tw_piece ref,
                                   struct tw_err *err)
{
    struct tw_tokens h, r;
    TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    *score = h.n == r.n;
    for (size_t i = 0; *score > 0 && i < h.n; i++)
        *score = tw_piece_same(h.items[i], r.items[i]);
    return TW_OK;
}

/* Levenshtein over characters or tokens. RUBY falls back to the same over
 * tokens where no graph can be compared. */
static enum tw_status edit(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    struct tw_ids_pair p;
    size_t d;
    TW_TRY(units(&p, s, hyp, ref, err));
    TW_TRY(tw_edit_levenshtein(&d, &s->arena, &p, err));
    *score = tw_edit_similarity(d, p.hyp.n, p.ref.n);
    return TW_OK;
}

/* Without substitutions: 1 for equal, 0 for no common unit, also where the
 * lengths differ (RapidFuzz calls it ratio). */
static enum tw_status indel(double *score, struct tw_scorer *s,
                            struct tw_piece hyp, struct tw_piece ref,
                            struct tw_err *err)
{
    struct tw_ids_pair p;
    size_t d;
    TW_TRY(units(&p, s, hyp, ref, err));
    TW_TRY(tw_edit_indel(&d, &s->arena, &p, err));
    *score = tw_edit_ratio(d, p.hyp.n, p.ref.n);
    return TW_OK;
}

/* Not symmetric: which text is which matters to the blocks that it finds,
 * as in Python. */
static enum tw_status difflib(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err)
{
    const bool *autojunk = s->metric->config;
    struct tw_ids_pair p;
    TW_TRY(units(&p, s, hyp, ref, err));
    return tw_edit_difflib(score, &s->arena, &p, *autojunk, err);
}

/* Counts are added up for the corpus, as sacrebleu does. */
static enum tw_status chrf(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    const struct tw_chrf_config *c = s->metric->config;
    struct tw_chrf_stats stats;
    TW_TRY(tw_chrf_count(&stats, &s->arena, c, hyp, ref, err));
    *score = tw_chrf_score(&stats, c);
    tw_chrf_add(&s->totals.chrf, &stats);
    return TW_OK;
}

/* The score of the sums, not the mean of scores. */
static enum tw_status corpus_chrf(double *score, const struct tw_scorer *s,
                                  struct tw_err *err)
{
    (void)err;
    *score = tw_chrf_score(&s->totals.chrf, s->metric->config);
    return TW_OK;
}

static const struct tw_metric_more of_chrf = { .corpus = corpus_chrf };

/* sacrebleu's sentence BLEU; the row has the smoothing, the user may choose
 * the tokenizer. */
static enum tw_status bleu(double *score, struct tw_scorer *s,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    const struct tw_bleu_config *row = s->metric->config;
    struct tw_bleu_config c = *row;
    struct tw_bleu_stats stats;
    c.tokenizer = s->tokenizer;
    TW_TRY(tw_bleu_count(&stats, &s->arena, &c, hyp, ref, err));
    *score = tw_bleu_score(&stats, &c);
    tw_bleu_add(&s->totals.bleu, &stats);
    return TW_OK;
}

/* sacrebleu adds up the counts of all sentences and applies the formula
 * once. */
static enum tw_status corpus_bleu(double *score, const struct tw_scorer *s,
                                  struct tw_err *err)
{
    (void)err;
    *score = tw_bleu_score(&s->totals.bleu, s->metric->config);
    return TW_OK;
}

static const struct tw_metric_more of_bleu = { .corpus = corpus_bleu };

/* The score of a sentence; its counts are filled up before they are added, as
 * NLTK's corpus_bleu() does. */
static enum tw_status score_nltk(double *score, struct tw_scorer *s,
                                 struct tw_bleu_stats *stats, unsigned method,
                                 struct tw_err *err)
{
    TW_TRY(tw_bleu_nltk(score, stats, method, err));
    tw_bleu_fill(stats);
    tw_bleu_add(&s->totals.bleu, stats);
    return TW_OK;
}

/* NLTK takes a list of tokens; smoothing is by one of its numbered methods.
 * Of the settings below only the tokenizer matters to the counts. */
static enum tw_status bleu_nltk(double *score, struct tw_scorer *s,
                                struct tw_piece hyp, struct tw_piece ref,
                                struct tw_err *err)
{
    const unsigned *method = s->metric->config;
    struct tw_bleu_config c = { s->tokenizer, TW_BLEU_EXP, true, false };
    struct tw_bleu_stats stats;
    TW_TRY(tw_bleu_count(&stats, &s->arena, &c, hyp, ref, err));
    return score_nltk(score, s, &stats, *method, err);
}

/* corpus_bleu(): the same method over the sums. */
static enum tw_status corpus_bleu_nltk(double *score, const struct tw_scorer *s,
                                       struct tw_err *err)
{
    const unsigned *method = s->metric->config;
    return tw_bleu_nltk(score, &s->totals.bleu, *method, err);
}

static const struct tw_metric_more of_bleu_nltk = { .corpus =
                                                        corpus_bleu_nltk };

/* NLTK's method 1, as its authors use it. */
static enum tw_status crystal(double *score, struct tw_scorer *s,
                              struct tw_piece hyp, struct tw_piece ref,
                              struct tw_err *err)
{
    struct tw_bleu_stats stats;
    struct tw_tokens h, r;
    TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    TW_TRY(tw_crystal_count(&stats, &s->arena, s->crystal, &h, &r, err));
    return score_nltk(score, s, &stats, 1, err);
}

struct rouge_config {
    size_t order; /* of n-grams; 0: the longest common subsequence */
    bool stem;
};

/* F1 of one ROUGE; rouge_score stems before it counts, and only with its
 * own tokenizer. */
static enum tw_status rouge(double *score, struct tw_scorer *s,
                            struct tw_piece hyp, struct tw_piece ref,
                            struct tw_err *err)
{
    const struct rouge_config *c = s->metric->config;
    struct tw_tokens h, r;
    struct tw_prf prf;
    if (c->stem) {
        TW_TRY(tw_rouge_tokens(&h, &s->arena, hyp, true, err));
        TW_TRY(tw_rouge_tokens(&r, &s->arena, ref, true, err));
    } else {
        TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    }
    if (c->order)
        TW_TRY(tw_rouge_n(&prf, &s->arena, &h, &r, c->order, err));
    else
        TW_TRY(tw_rouge_l(&prf, &s->arena, &h, &r, err));
    *score = prf.f;
    return TW_OK;
}

/* Its lines are tokenized one by one, so that it takes texts, not tokens,
 * and leaves no choice of a tokenizer. */
static enum tw_status rouge_lsum(double *score, struct tw_scorer *s,
                                 struct tw_piece hyp, struct tw_piece ref,
                                 struct tw_err *err)
{
    const bool *stem = s->metric->config;
    struct tw_prf prf;
    TW_TRY(tw_rouge_lsum(&prf, &s->arena, hyp, ref, *stem, err));
    *score = prf.f;
    return TW_OK;
}

/* Three switches make the four rows. */
struct meteor_config {
    bool wordnet; /* synonyms count */
    bool words;   /* of words, not of stems as in NLTK */
    bool best;    /* search for the best alignment, not the first one */
};

/* The scorer owns it; TW_EIO when the files are not there: METEOR without
 * synonyms is another metric, and must not pass for this one. */
static enum tw_status open_wordnet(struct tw_scorer *s,
                                   const struct tw_score_config *c,
                                   struct tw_err *err)
{
    const char *folder = TW_SCORE_WORDNET;
    if (c->wordnet)
        folder = c->wordnet;
    return tw_wordnet_open(&s->wordnet, folder, err);
}

/* The words that METEOR remembers are bounded by METEOR_MEMORY, for long
 * runs. */
static enum tw_status open_meteor(struct tw_scorer *s,
                                  const struct tw_score_config *c,
                                  struct tw_err *err)
{
    const struct meteor_config *row = s->metric->config;
    if (row->wordnet)
        TW_TRY(open_wordnet(s, c, err));
    return tw_meteor_new(&s->meteor, s->wordnet, row->words, METEOR_MEMORY,
                         err);
}

/* Where the search for the best alignment met its cap the score counts as
 * unproven; the output says how many did. */
static enum tw_status meteor(double *score, struct tw_scorer *s,
                             struct tw_piece hyp, struct tw_piece ref,
                             struct tw_err *err)
{
    const struct meteor_config *c = s->metric->config;
    struct tw_meteor_result result;
    struct tw_tokens h, r;
    TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    if (c->best)
        TW_TRY(
            tw_meteor_score_best(&result, s->meteor, &s->arena, &h, &r, err));
    else
        TW_TRY(tw_meteor_score(&result, s->meteor, &s->arena, &h, &r, err));
    s->n_unproven += c->best && !result.proven;
    *score = result.score;
    return TW_OK;
}

static const struct tw_metric_more of_meteor = { .open = open_meteor };

/* Lower case whatever the tokenizer was: the original compares bytes. */
static enum tw_status meteor15(double *score, struct tw_scorer *s,
                               struct tw_piece hyp, struct tw_piece ref,
                               struct tw_err *err)
{
    const enum tw_meteor15_task *task = s->metric->config;
    struct tw_meteor15_result result;
    struct tw_tokens h, r;
    TW_TRY(tokens(&h, &r, s, hyp, ref, err));
    TW_TRY(tw_tokens_lower(&h, &s->arena, err));
    TW_TRY(tw_tokens_lower(&r, &s->arena, err));
    TW_TRY(
        tw_meteor15_score(&result, s->wordnet, *task, &s->arena, &h, &r, err));
    *score = result.score;
    return TW_OK;
}

static const struct tw_metric_more of_meteor15 = { .open = open_wordnet };

/* The parts are kept for the line of output. */
static enum tw_status codebleu(double *score, struct tw_scorer *s,
                               struct tw_piece hyp, struct tw_piece ref,
                               struct tw_err *err)
{
    const struct tw_codebleu_config *c = s->metric->config;
    TW_TRY(tw_codebleu(&s->parts, &s->arena, c, hyp, ref, err));
    *score = s->parts.score;
    return TW_OK;
}

static void codebleu_parts(const struct tw_scorer *s, struct tw_buf *b)
{
    tw_codebleu_json(b, &s->parts);
}

static const struct tw_metric_more of_codebleu = { .parts = codebleu_parts };

/* The order is that of "score --list". Name and variant are part of the
 * output format (docs/formats/metrics.md): a row may be added, but a
 * variant changes only with the figures it stands for. */
static const struct tw_metric metrics[] = {
    { "exact", "bytes", "1 for equal texts, else 0", TW_TOK_COUNT, false, exact,
      NULL, NULL },
    { "exact-strip", "bytes|strip", "the same without white space at both ends",
      TW_TOK_COUNT, false, exact_strip, NULL, NULL },
    { "exact-tokens", "tokens",
      "1 for equal tokens, else 0 (CodeXGLUE's exact match)", TW_TOK_WS, true,
      exact_tokens, NULL, NULL },
    { "edit", "levenshtein|chars",
      "1 - Levenshtein distance / longer length, over characters", TW_TOK_COUNT,
      false, edit, NULL, NULL },
    { "edit-tokens", "levenshtein", "the same over tokens", TW_TOK_TRANX, true,
      edit, NULL, NULL },
    { "ruby", "string-level|levenshtein",
      "RUBY where no graph can be compared: edit-tokens", TW_TOK_TRANX, true,
      edit, NULL, NULL },
    { "indel", "indel|chars",
      "1 - insertions and deletions / sum of lengths, over characters",
      TW_TOK_COUNT, false, indel, NULL, NULL },
    { "difflib", "ratcliff-obershelp|autojunk|chars",
      "ratio of Python's difflib", TW_TOK_COUNT, false, difflib,
      &(const bool){ true }, NULL },
    { "difflib-nojunk", "ratcliff-obershelp|chars",
      "the same with autojunk=False", TW_TOK_COUNT, false, difflib,
      &(const bool){ false }, NULL },
    { "chrf", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:yes|case:mixed",
      "chrF, 0 to 100", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 0, 2, false, false, false },
      &of_chrf },
    { "chrf++", "sacrebleu|nc:6|nw:2|beta:2|space:no|eff:yes|case:mixed",
      "chrF++, 0 to 100", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 2, 2, false, false, false },
      &of_chrf },
    { "chrf-space", "sacrebleu|nc:6|nw:0|beta:2|space:yes|eff:yes|case:mixed",
      "chrF that counts white space", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 0, 2, true, false, false }, &of_chrf },
    { "chrf-lower", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:yes|case:lc",
      "chrF of lower-case texts", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 0, 2, false, true, false }, &of_chrf },
    { "chrf-eps", "sacrebleu|nc:6|nw:0|beta:2|space:no|eff:no|eps|case:mixed",
      "chrF, mean of F over all orders", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 0, 2, false, false, true }, &of_chrf },
    { "chrf-beta1", "sacrebleu|nc:6|nw:0|beta:1|space:no|eff:yes|case:mixed",
      "chrF with beta 1", TW_TOK_COUNT, false, chrf,
      &(const struct tw_chrf_config){ 6, 0, 1, false, false, false },
      &of_chrf },
    { "bleu", "sacrebleu|smooth:exp|eff:yes|case:mixed",
      "BLEU of a sentence as sacrebleu, 0 to 100", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_EXP, true, false },
      &of_bleu },
    { "bleu-noeff", "sacrebleu|smooth:exp|eff:no|case:mixed",
      "BLEU without effective order", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_EXP, false, false },
      &of_bleu },
    { "bleu-none", "sacrebleu|smooth:none|eff:yes|case:mixed",
      "BLEU without smoothing", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_NONE, true, false },
      &of_bleu },
    { "bleu-floor", "sacrebleu|smooth:floor[0.1]|eff:yes|case:mixed",
      "BLEU, 0.1 for no match", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_FLOOR, true, false },
      &of_bleu },
    { "bleu-addk", "sacrebleu|smooth:add-k[1]|eff:yes|case:mixed",
      "BLEU, one more match from order 2 on", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_ADDK, true, false },
      &of_bleu },
    { "bleu-lower", "sacrebleu|smooth:exp|eff:yes|case:lc",
      "BLEU of lower-case texts", TW_TOK_13A, true, bleu,
      &(const struct tw_bleu_config){ TW_TOK_13A, TW_BLEU_EXP, true, true },
      &of_bleu },
    { "bleu-nltk", "nltk|smooth:method1", "BLEU of a sentence as NLTK, 0 to 1",
      TW_TOK_TRANX, true, bleu_nltk, &(const unsigned){ 1 }, &of_bleu_nltk },
    { "bleu-nltk0", "nltk|smooth:method0", "the same, no smoothing",
      TW_TOK_TRANX, true, bleu_nltk, &(const unsigned){ 0 }, &of_bleu_nltk },
    { "bleu-nltk2", "nltk|smooth:method2",
      "the same, one more match from order 2 on", TW_TOK_TRANX, true, bleu_nltk,
      &(const unsigned){ 2 }, &of_bleu_nltk },
    { "bleu-nltk3", "nltk|smooth:method3",
      "the same, NIST's geometric sequence", TW_TOK_TRANX, true, bleu_nltk,
      &(const unsigned){ 3 }, &of_bleu_nltk },
    { "bleu-nltk4", "nltk|smooth:method4", "the same, method 3 for short texts",
      TW_TOK_TRANX, true, bleu_nltk, &(const unsigned){ 4 }, &of_bleu_nltk },
    { "bleu-nltk5", "nltk|smooth:method5",
      "the same, mean of neighbouring orders", TW_TOK_TRANX, true, bleu_nltk,
      &(const unsigned){ 5 }, &of_bleu_nltk },
    { "bleu-nltk6", "nltk|smooth:method6",
      "the same, a prior; refuses pairs without a common trigram", TW_TOK_TRANX,
      true, bleu_nltk, &(const unsigned){ 6 }, &of_bleu_nltk },
    { "bleu-nltk7", "nltk|smooth:method7", "the same, methods 4 and 5",
      TW_TOK_TRANX, true, bleu_nltk, &(const unsigned){ 7 }, &of_bleu_nltk },
    { "crystalbleu", "nltk|smooth:method1",
      "BLEU without the most frequent n-grams of the references", TW_TOK_TRANX,
      true, crystal, NULL, &TW_METRIC_CRYSTAL },
    { "rouge1", "google|f|stem:no", "F of ROUGE-1", TW_TOK_WORD, true, rouge,
      &(const struct rouge_config){ 1, false }, NULL },
    { "rouge2", "google|f|stem:no", "F of ROUGE-2", TW_TOK_WORD, true, rouge,
      &(const struct rouge_config){ 2, false }, NULL },
    { "rougel", "google|f|stem:no", "F of ROUGE-L", TW_TOK_WORD, true, rouge,
      &(const struct rouge_config){ 0, false }, NULL },
    { "rougelsum", "google|f|stem:no", "F of ROUGE-Lsum, line by line",
      TW_TOK_WORD, false, rouge_lsum, &(const bool){ false }, NULL },
    { "rouge1-stem", "google|f|stem:yes", "the same over stems", TW_TOK_WORD,
      false, rouge, &(const struct rouge_config){ 1, true }, NULL },
    { "rouge2-stem", "google|f|stem:yes", "the same over stems", TW_TOK_WORD,
      false, rouge, &(const struct rouge_config){ 2, true }, NULL },
    { "rougel-stem", "google|f|stem:yes", "the same over stems", TW_TOK_WORD,
      false, rouge, &(const struct rouge_config){ 0, true }, NULL },
    { "rougelsum-stem", "google|f|stem:yes", "the same over stems", TW_TOK_WORD,
      false, rouge_lsum, &(const bool){ true }, NULL },
    { "meteor", "nltk", "METEOR as NLTK 3.8; needs WordNet 3.0", TW_TOK_TRANX,
      true, meteor, &(const struct meteor_config){ .wordnet = true },
      &of_meteor },
    { "meteor-words", "nltk-words",
      "synonyms of words, not of stems; needs WordNet 3.0", TW_TOK_TRANX, true,
      meteor, &(const struct meteor_config){ .wordnet = true, .words = true },
      &of_meteor },
    { "meteor-nowordnet", "nltk-nowordnet", "equal words and stems only",
      TW_TOK_TRANX, true, meteor,
      &(const struct meteor_config){ .wordnet = false }, &of_meteor },
    { "meteor-opt", "opt|most-matches,fewest-chunks|cap:2^20|else:beam",
      "METEOR with the best alignment; needs WordNet 3.0", TW_TOK_TRANX, true,
      meteor, &(const struct meteor_config){ .wordnet = true, .best = true },
      &of_meteor },
    { "meteor15", "meteor15|task:rank|nopara",
      "METEOR 1.5 without paraphrases; needs WordNet 3.0", TW_TOK_NORM, true,
      meteor15, &(const enum tw_meteor15_task){ TW_METEOR15_RANK },
      &of_meteor15 },
    { "meteor15-adq", "meteor15|task:adq|nopara", "the same, task adequacy",
      TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_ADQ }, &of_meteor15 },
    { "meteor15-hter", "meteor15|task:hter|nopara", "the same, task HTER",
      TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_HTER }, &of_meteor15 },
    { "meteor15-util", "meteor15|task:util|nopara",
      "the same, task utility (characters)", TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_UTIL }, &of_meteor15 },
    { "meteor15-li", "meteor15|task:li|nopara", "the same, for any language",
      TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_LI }, &of_meteor15 },
    { "meteor15-tune", "meteor15|task:tune|nopara", "the same, for tuning",
      TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_TUNE }, &of_meteor15 },
    { "meteor15-univ", "meteor15|task:universal|nopara", "the same, universal",
      TW_TOK_NORM, true, meteor15,
      &(const enum tw_meteor15_task){ TW_METEOR15_UNIVERSAL }, &of_meteor15 },
    { "codebleu", "T|w:.25,.25,.25,.25|lang:python|tok:ws",
      "CodeBLEU of Python, 0 to 1", TW_TOK_COUNT, false, codebleu,
      &(const struct tw_codebleu_config){ TW_SYNTAX_PYTHON,
                                          { 0.25, 0.25, 0.25, 0.25 } },
      &of_codebleu },
    { "codebleu-c", "T|w:.25,.25,.25,.25|lang:c|tok:ws", "CodeBLEU of C",
      TW_TOK_COUNT, false, codebleu,
      &(const struct tw_codebleu_config){ TW_SYNTAX_C,
                                          { 0.25, 0.25, 0.25, 0.25 } },
      &of_codebleu },
    { "codebleu-paper", "T|w:.1,.1,.4,.4|lang:python|tok:ws",
      "the same with the weights of its paper, Python", TW_TOK_COUNT, false,
      codebleu,
      &(const struct tw_codebleu_config){ TW_SYNTAX_PYTHON,
                                          { 0.1, 0.1, 0.4, 0.4 } },
      &of_codebleu },
    { "codebleu-paper-c", "T|w:.1,.1,.4,.4|lang:c|tok:ws", "and for C",
      TW_TOK_COUNT, false, codebleu,
      &(const struct tw_codebleu_config){ TW_SYNTAX_C, { 0.1, 0.1, 0.4, 0.4 } },
      &of_codebleu },
};

const struct tw_metric *tw_metric_at(size_t i)
{
    if (i >= TW_ARRAY_LEN(metrics))
        return NULL;
    return &metrics[i];
}
