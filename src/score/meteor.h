/*
 * meteor.h - METEOR as NLTK 3.8 computes it: alpha 0.9, beta 3, gamma 0.5.
 *
 * Tokens are matched in three stages: equal, equal stem, WordNet synonym, each
 * greedily from the end.  NLTK looks up the stem, not the word, in the third
 * stage; the variant "words" looks up the word.
 */
#ifndef TW_SCORE_METEOR_H
#define TW_SCORE_METEOR_H

#include "text/wordnet.h"

/* Words met, with stems and synonyms: work that the next pair saves.  One
 * thread at a time; scores do not depend on what was scored before. */
struct tw_meteor;

/* wordnet is borrowed; NULL leaves the third stage out.  limit bounds the
 * memory for words (at least 1 MiB; 256 MiB serve any text). */
enum tw_status tw_meteor_new(struct tw_meteor **m,
                             const struct tw_wordnet *wordnet, bool words,
                             size_t limit, struct tw_err *err) TW_NODISCARD;
void tw_meteor_free(struct tw_meteor *m); /* NULL is fine */
/* "nltk", "nltk-words", "nltk-nowordnet". */
const char *tw_meteor_variant(const struct tw_meteor *m);

struct tw_meteor_result {
    double score;
    size_t matches, chunks;
    /* Per token of the hypothesis: the matched token of the reference, or
     * SIZE_MAX; in the arena. */
    size_t *links;
    bool proven; /* of tw_meteor_score_best(): no better alignment */
};

/* Tokens in any case; scratch memory from the arena. */
enum tw_status tw_meteor_score(struct tw_meteor_result *r, struct tw_meteor *m,
                               struct tw_arena *a, const struct tw_tokens *hyp,
                               const struct tw_tokens *ref,
                               struct tw_err *err) TW_NODISCARD;

/* The variant "opt": the three kinds of match are one relation, and the
 * alignment is the best, with most matches and then fewest chunks
 * (meteor_align.h).  Where the search meets its cap, the best alignment seen
 * counts and proven is false; texts of more than TW_ALIGN_TOKENS tokens are
 * aligned as by tw_meteor_score() and never proven. */
enum tw_status tw_meteor_score_best(struct tw_meteor_result *r,
                                    struct tw_meteor *m, struct tw_arena *a,
                                    const struct tw_tokens *hyp,
                                    const struct tw_tokens *ref,
                                    struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_METEOR_H */
