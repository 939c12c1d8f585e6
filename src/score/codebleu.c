#include "score/codebleu.h"

#include "base/json.h"
#include "score/bleu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const double EPSILON = 0.1, KEYWORD = 1.0, OTHER = 0.2;

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
    const char *const *w = lang == TW_SYNTAX_PYTHON ? python_words : c_words;
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
        double w = is_keyword(ref->items[i], lang) ? KEYWORD : OTHER;
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
    double bp = hyp->n > 2 ? 1 : exp(1 - 2.0 / (double)hyp->n);
    *score = bp * exp(sum);
    return TW_OK;
}

static int by_value(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Hashes of all subtrees of more than a leaf; the root always. */
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
    r->dataflow = f.n ? (double)n / (double)f.n : 0;
    return TW_OK;
}

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
    r->score = weights > 0 ? sum / weights : 0;
}

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
    TW_TRY(tw_codebleu_strip(&hyp, a, c->lang, hyp, err));
    TW_TRY(tw_codebleu_strip(&ref, a, c->lang, ref, err));
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
    tw_json_add_number(b, r->has_dataflow ? r->dataflow : (double)NAN);
    tw_buf_addf(b, ", \"parsed\": %s}", r->errors ? "false" : "true");
}
