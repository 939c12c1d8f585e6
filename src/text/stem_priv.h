/*
 * stem_priv.h - what both stemmers of Porter share: a word that loses and
 * changes its ending.
 */
#ifndef TW_TEXT_STEM_PRIV_H
#define TW_TEXT_STEM_PRIV_H

#include "text/piece.h"

#include <string.h>

/* Longer words are their own stems.  Only a final e is ever added. */
enum { TW_STEM_MAX = 128, TW_STEM_GROWTH = 1 };

struct tw_stem {
    char s[TW_STEM_MAX + TW_STEM_GROWTH];
    size_t n;
    size_t r1, r2; /* Porter 2: where the regions of its algorithm begin */
};

/* A suffix and what stands in its place, or a word and its stem. */
struct tw_stem_rule {
    const char *suffix, *to;
};

static inline bool tw_stem_ends(const struct tw_stem *w, const char *suffix)
{
    size_t n = strlen(suffix);
    return w->n >= n && memcmp(w->s + w->n - n, suffix, n) == 0;
}

/* Take cut bytes off the end and put others there. */
static inline void tw_stem_change(struct tw_stem *w, size_t cut, const char *to)
{
    size_t n = strlen(to);
    TW_ASSERT(cut <= w->n && w->n - cut + n <= sizeof(w->s));
    w->n -= cut;
    memcpy(w->s + w->n, to, n);
    w->n += n;
}

/* The stem of a word that has one of its own, or NULL. */
static inline const char *tw_stem_of(const struct tw_stem_rule *words,
                                     size_t n_words, struct tw_piece word)
{
    for (size_t i = 0; i < n_words; i++)
        if (strlen(words[i].suffix) == word.n &&
            memcmp(words[i].suffix, word.s, word.n) == 0)
            return words[i].to;
    return NULL;
}

#endif /* TW_TEXT_STEM_PRIV_H */
