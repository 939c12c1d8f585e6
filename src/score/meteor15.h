/*
 * meteor15.h - METEOR 1.5 for English without its paraphrase tables: matches
 * of equal words, equal Porter-2 stems and shared WordNet synsets, aligned by
 * a beam of 40.
 *
 * The alignment is that of the original, with what looks like oversights in
 * it: only equal words count in the search, and a path's distance lags one
 * step behind.  Where ours differs: function words and abbreviations are lists
 * of our own, and words are compared, not their 32-bit hashes.
 */
#ifndef TW_SCORE_METEOR15_H
#define TW_SCORE_METEOR15_H

#include "text/wordnet.h"

enum {
    TW_METEOR15_TOKENS = 4096, /* of one text */
    TW_METEOR15_MODULES = 3,   /* equal words, stems, synonyms */
};

enum tw_meteor15_task {
    TW_METEOR15_RANK, /* the default of METEOR 1.5 */
    TW_METEOR15_ADQ,
    TW_METEOR15_HTER,
    TW_METEOR15_UTIL, /* counts characters, not words */
    TW_METEOR15_LI,
    TW_METEOR15_TUNE,
    TW_METEOR15_UNIVERSAL,
    TW_METEOR15_TASKS
};
/* "rank", "adq", ... */
const char *tw_meteor15_task_name(enum tw_meteor15_task task);

struct tw_meteor15_result {
    double score, precision, recall, penalty;
    size_t chunks, matches;
    /* Per token of the reference: the matched token of the hypothesis, or
     * SIZE_MAX, and the module that matched; in the arena. */
    size_t *links;
    unsigned char *modules;
};

/* Lower-case tokens, as -lower and -norm leave them.  wordnet NULL: without
 * synonyms.  TW_ELIMIT above TW_METEOR15_TOKENS tokens. */
enum tw_status tw_meteor15_score(struct tw_meteor15_result *r,
                                 const struct tw_wordnet *wordnet,
                                 enum tw_meteor15_task task, struct tw_arena *a,
                                 const struct tw_tokens *hyp,
                                 const struct tw_tokens *ref,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_METEOR15_H */
