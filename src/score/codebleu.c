/*
 * codebleu.c - CodeBLEU-T: four parts and their mean (Ren et al. 2020, arXiv
 * 2009.10297).
 *
 * Each part does what k4black/codebleu 0.7.1 does, odd places included,
 * because figures of papers come from it; codebleu.h names the two exceptions.
 */
#include "score/codebleu.h"

#include "base/json.h"
#include "code/dataflow.h"
#include "code/strip.h"
#include "score/bleu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* What the program puts for no match; weights of keywords and other tokens. */
static const double EPSILON = 0.1, KEYWORD = 1.0, OTHER = 0.2;

/* Its lists of keywords; those of C have none that begins with "_". */
static const char *const python_words[] = {
    "False",  "None",     "True",  "and",    "as",       "assert",
    "async",  "await",    "break", "class",  "continue", "def",
    "del",    "elif",     "else",  "except", "finally",  "for",
    "from",   "global",   "if",    "import", "in",       "is",
    "lambda", "nonlocal", "not",   "or",     "pass",     "raise",
    "return", "try",      "while", "with",   "yield",    NULL,
};

static const char *const c_words[] = {
    "auto",     "break",    "case",     "char",   "const",   "continue",
    "default",  "do",       "double",   "else",   "enum",    "extern",
    "float",    "for",      "goto",     "if",     "inline",  "int",
    "long",     "register", "restrict", "return", "short",   "signed",
    "sizeof",   "static",   "struct",   "switch", "typedef", "union",
    "unsigned", "void",     "volatile", "while",  NULL,
};

struct tw_codebleu_config tw_codebleu_default(enum tw_syntax_lang lang)
{
    return (struct tw_codebleu_config){ lang, { 0.25, 0.25, 0.25, 0.25 } };
}

static bool is_keyword(struct tw_piece token, enum tw_syntax_lang lang)
{
    const char *const *w = c_words;
    if (lang == TW_SYNTAX_PYTHON)
        w = python_words;
    for (; *w; w++)
        if (strlen(*w) == token.n && memcmp(*w, token.s, token.n) == 0)
            return true;
    return false;
}

/* Sums of the unigrams, weighted: those in both, those of the reference. */
static enum tw_status unigrams(double *match, double *total, struct tw_arena *a,
                               const struct tw_ids_pair *p,
                               const struct tw_tokens *ref,
                               enum tw_syntax_lang lang, struct tw_err *err)
{
    size_t *left = tw_arena_alloc(a, (size_t)p->n_ids + 1, sizeof(*left));
    *match = *total = 0;
    if (!left)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for CodeBLEU");
    for (size_t i = 0; i < p->hyp.n; i++)
        left[p->hyp.v[i]]++;
    for (size_t i = 0; i < p->ref.n; i++) {
        double w = OTHER;
        if (is_keyword(ref->items[i], lang))
            w = KEYWORD;
        *total += w;
        if (left[p->ref.v[i]]) {
            left[p->ref.v[i]]--;
            *match += w;
        }
    }
    return TW_OK;
}

/* Recall of n-grams.  The brevity penalty of the code that everybody uses
 * compares with a length of 2 (of the pair of tokens and weights). */
static enum tw_status weighted(double *score, struct tw_arena *a,
                               const struct tw_tokens *hyp,
                               const struct tw_tokens *ref,
                               enum tw_syntax_lang lang, struct tw_err *err)
{
    struct tw_ids_pair p;
    struct tw_ngrams g = { 0 };
    double match, total, sum = 0;
    *score = 0;
    TW_TRY(tw_ids_of_tokens(&p, a, hyp, ref, err));
    TW_TRY(tw_ngrams_count(&g, a, &p, TW_BLEU_ORDER, err));
    TW_TRY(unigrams(&match, &total, a, &p, ref, lang, err));
    if (match <= 0)
        return TW_OK;
    for (size_t i = 0; i < TW_BLEU_ORDER; i++) {
        if (i > 0) {
            match = (double)g.both[i];
            total = (double)g.ref[i];
        }
        if (total < 1)
            total = 1;
        if (match <= 0)
            match = EPSILON;
        sum += 0.25 * log(match / total);
    }
    double bp = 1;
    if (hyp->n <= 2)
        bp = exp(1 - 2.0 / (double)hyp->n);
    *score = bp * exp(sum);
    return TW_OK;
}

static int by_value(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Hashes of all subtrees of more than a leaf; the root always. A subtree
 * that occurs twice counts twice, in the reference as well as here. */
static enum tw_status subtrees(uint64_t **hashes, size_t *n, struct tw_arena *a,
                               const struct tw_syntax_tree *t,
                               struct tw_err *err)
{
    const struct tw_syntax_node **todo = tw_arena_alloc(
        a, t->n_nodes + 2, sizeof(const struct tw_syntax_node *));
    size_t n_todo = 0;
    *n = 0;
    *hashes = tw_arena_alloc(a, t->n_nodes + 2, sizeof(**hashes));
    if (!todo || !*hashes)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for CodeBLEU");
    todo[n_todo++] = t->root;
    while (n_todo) {
        const struct tw_syntax_node *at = todo[--n_todo];
        (*hashes)[(*n)++] = at->hash;
        for (const struct tw_syntax_node *c = at->first; c; c = c->next)
            if (c->first)
                todo[n_todo++] = c;
    }
    return TW_OK;
}

/* How many subtrees of the reference the hypothesis has anywhere; comparing
 * hashes makes n log n of what is n * m comparisons of texts there. */
static enum tw_status syntax(struct tw_codebleu *r, struct tw_arena *a,
                             const struct tw_syntax_tree *hyp,
                             const struct tw_syntax_tree *ref,
                             struct tw_err *err)
{
    uint64_t *h, *f;
    size_t n_h, n_f, n = 0;
    TW_TRY(subtrees(&h, &n_h, a, hyp, err));
    TW_TRY(subtrees(&f, &n_f, a, ref, err));
    qsort(h, n_h, sizeof(*h), by_value);
    for (size_t i = 0; i < n_f; i++)
        n += bsearch(&f[i], h, n_h, sizeof(*h), by_value) != NULL;
    r->n_subtrees = n_f;
    r->syntax = (double)n / (double)n_f;
    return TW_OK;
}

/* Steps that both have, each at most as often as the rarer side has it;
 * both lists are sorted. */
static enum tw_status dataflow(struct tw_codebleu *r, struct tw_arena *a,
                               enum tw_syntax_lang lang,
                               struct tw_syntax_tree *hyp,
                               struct tw_syntax_tree *ref, struct tw_err *err)
{
    struct tw_flows h, f;
    size_t i = 0, k = 0, n = 0;
    TW_TRY(tw_dataflow(&h, a, lang, hyp, err));
    TW_TRY(tw_dataflow(&f, a, lang, ref, err));
    while (i < h.n && k < f.n) {
        if (h.hashes[i] == f.hashes[k]) {
            n++;
            i++;
            k++;
        } else if (h.hashes[i] < f.hashes[k]) {
            i++;
        } else {
            k++;
        }
    }
    r->n_flows = f.n;
    r->has_dataflow = f.n > 0;
    if (f.n)
        r->dataflow = (double)n / (double)f.n;
    return TW_OK;
}

/* Without a data flow in the reference the other parts share its weight. */
static void combine(struct tw_codebleu *r, const struct tw_codebleu_config *c)
{
    const double parts[TW_CODEBLEU_PARTS] = { r->ngram, r->weighted, r->syntax,
                                              r->dataflow };
    double sum = 0, weights = 0;
    for (size_t i = 0; i < TW_CODEBLEU_PARTS; i++) {
        if (i == 3 && !r->has_dataflow)
            continue;
        sum += c->weights[i] * parts[i];
        weights += c->weights[i];
    }
    if (weights > 0)
        r->score = sum / weights;
}

/* The parts 1 and 2 see the texts with their comments, split at white
 * space: "f(a," is one token. */
static enum tw_status texts(struct tw_codebleu *r, struct tw_arena *a,
                            enum tw_syntax_lang lang, struct tw_piece hyp,
                            struct tw_piece ref, struct tw_err *err)
{
    struct tw_bleu_stats stats;
    struct tw_tokens h, f;
    TW_TRY(tw_tokens_split(&h, a, hyp, err));
    TW_TRY(tw_tokens_split(&f, a, ref, err));
    TW_TRY(tw_bleu_count_tokens(&stats, a, &h, &f, err));
    TW_TRY(tw_bleu_nltk(&r->ngram, &stats, 1, err));
    return weighted(&r->weighted, a, &h, &f, lang, err);
}

enum tw_status tw_codebleu(struct tw_codebleu *r, struct tw_arena *a,
                           const struct tw_codebleu_config *c,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err)
{
    struct tw_syntax_tree h, f;
    *r = (struct tw_codebleu){ 0 };
    hyp = tw_text_strip(hyp);
    ref = tw_text_strip(ref);
    TW_TRY(texts(r, a, c->lang, hyp, ref, err));
    TW_TRY(tw_source_strip(&hyp, a, c->lang, hyp, err));
    TW_TRY(tw_source_strip(&ref, a, c->lang, ref, err));
    TW_TRY(tw_syntax_parse(&h, a, c->lang, hyp, err));
    TW_TRY(tw_syntax_parse(&f, a, c->lang, ref, err));
    r->errors = h.errors || f.errors;
    TW_TRY(syntax(r, a, &h, &f, err));
    TW_TRY(dataflow(r, a, c->lang, &h, &f, err));
    combine(r, c);
    return TW_OK;
}

void tw_codebleu_json(struct tw_buf *b, const struct tw_codebleu *r)
{
    tw_buf_adds(b, ", \"parts\": {\"ngram\": ");
    tw_json_add_number(b, r->ngram);
    tw_buf_adds(b, ", \"weighted_ngram\": ");
    tw_json_add_number(b, r->weighted);
    tw_buf_adds(b, ", \"syntax\": ");
    tw_json_add_number(b, r->syntax);
    tw_buf_adds(b, ", \"dataflow\": ");
    double flow = (double)NAN; /* null in JSON */
    if (r->has_dataflow)
        flow = r->dataflow;
    tw_json_add_number(b, flow);
    tw_buf_adds(b, ", \"parsed\": ");
    if (r->errors)
        tw_buf_adds(b, "false}");
    else
        tw_buf_adds(b, "true}");
}
