/*
 * score_crystal.c - where CrystalBLEU's n-grams come from: a file, or the
 * references.
 *
 * A file makes figures of two runs comparable; learning from the references is
 * what the authors do. The variant of the score says which it was.
 */
#include "base/file.h"
#include "base/json.h"
#include "score/score_priv.h"

#include <stdio.h>

#include "base/banned.h"

enum {
    IGNORE_FILE_MAX = 64 << 20,
    CRYSTAL_TOP = 500, /* the paper's k */
};

/* One entry of the list: tokens, or tokens and a count, as Python's
 * Counter.most_common() gives them. */
static enum tw_status read_gram(struct tw_tokens *gram, struct tw_scorer *s,
                                const struct tw_json *entry, struct tw_err *err)
{
    const struct tw_json *list = entry, *first = tw_json_at(entry, 0);
    if (tw_json_kind(first) == TW_JSON_ARRAY)
        list = first;
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

/* tw_crystal_new() copies the tokens, so that root may go afterwards. */
static enum tw_status read_grams(struct tw_scorer *s,
                                 const struct tw_json *root, struct tw_err *err)
{
    const struct tw_json *list = root;
    if (tw_json_kind(root) != TW_JSON_ARRAY)
        list = tw_json_get(root, "trivial");
    size_t n = tw_json_len(list);
    struct tw_tokens *grams = tw_arena_alloc(&s->kept, n, sizeof(*grams));
    if (tw_json_kind(list) != TW_JSON_ARRAY)
        return tw_fail(err, TW_EFORMAT, 0, "no list of n-grams");
    if (!grams)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for n-grams");
    for (size_t i = 0; i < n; i++)
        TW_TRY(read_gram(&grams[i], s, tw_json_at(list, i), err));
    TW_TRY(tw_crystal_new(&s->crystal, &s->kept, grams, n, err));
    snprintf(s->note, sizeof(s->note), "|ignore:%zu given", n);
    return TW_OK;
}

/* Without a file it learns: references are shown until the first pair. */
static enum tw_status open_crystal(struct tw_scorer *s,
                                   const struct tw_score_config *c,
                                   struct tw_err *err)
{
    struct tw_err why = { 0 };
    struct tw_json *root = NULL;
    struct tw_buf in;
    s->top = CRYSTAL_TOP;
    if (c->top)
        s->top = c->top;
    s->learning = !c->ignore;
    if (s->learning)
        return TW_OK;
    tw_buf_init(&in, IGNORE_FILE_MAX);
    enum tw_status st = tw_file_read(&in, c->ignore, &why);
    if (st == TW_OK)
        st = tw_json_parse_loose(&root, tw_buf_text(&in), in.len, &why);
    if (st == TW_OK)
        st = read_grams(s, root, &why);
    tw_json_free(root);
    tw_buf_release(&in);
    if (st == TW_EFORMAT) /* only then the message lacks the file's name */
        return tw_fail(err, st, 0, "'%.60s': %.100s", c->ignore, why.msg);
    if (st != TW_OK)
        return tw_fail(err, st, 0, "%s", why.msg);
    return TW_OK;
}

/* All references as one corpus, each n-gram counted within its own text. */
static enum tw_status learn_crystal(struct tw_scorer *s, struct tw_err *err)
{
    TW_TRY(tw_crystal_learn(&s->crystal, &s->kept, s->shown, s->n_shown, s->top,
                            err));
    s->learning = false;
    snprintf(s->note, sizeof(s->note), "|ignore:%zu of references",
             tw_crystal_size(s->crystal));
    return TW_OK;
}

/* NLTK's method 1 over the sums, as the sentences have it. */
static enum tw_status corpus_crystal(double *score, const struct tw_scorer *s,
                                     struct tw_err *err)
{
    return tw_bleu_nltk(score, &s->totals.bleu, 1, err);
}

const struct tw_metric_more TW_METRIC_CRYSTAL = {
    .open = open_crystal,
    .learn = learn_crystal,
    .corpus = corpus_crystal,
};
