/*
 * wordnet.h - the synonyms of a word from the files of WordNet 3.0, as NLTK
 * finds them.
 *
 * The files (index.noun, data.noun, noun.exc, ... as Debian's wordnet-base
 * installs them in /usr/share/wordnet) are mapped and searched where they are.
 * They are input like any other: a damaged file gives TW_EFORMAT.
 */
#ifndef TW_TEXT_WORDNET_H
#define TW_TEXT_WORDNET_H

#include "text/tokens.h"

/* Where Debian puts it. */
#define TW_WORDNET_DIR "/usr/share/wordnet"

struct tw_wordnet;

enum tw_status tw_wordnet_open(struct tw_wordnet **w, const char *dir,
                               struct tw_err *err) TW_NODISCARD;
void tw_wordnet_close(struct tw_wordnet *w); /* NULL is fine */

/* Take one lemma; any other status than TW_OK ends the walk. */
struct tw_wordnet_sink {
    enum tw_status (*take)(void *ctx, struct tw_piece lemma,
                           struct tw_err *err);
    void *ctx;
};

/* The one-word lemmas of all synsets of a lower-case word and of its base
 * forms, in the spelling of WordNet; some come more than once. */
enum tw_status tw_wordnet_lemmas(const struct tw_wordnet *w,
                                 struct tw_piece word,
                                 const struct tw_wordnet_sink *sink,
                                 struct tw_err *err) TW_NODISCARD;

/* Take the number of one synset. */
struct tw_wordnet_numbers {
    enum tw_status (*take)(void *ctx, size_t number, struct tw_err *err);
    void *ctx;
};

/* The synsets of a lower-case word and of its base forms as METEOR 1.5 finds
 * them: numbers are places in the files, the same for all parts of speech;
 * base forms are the exceptions of every part of speech, or else the first
 * detachment that gives a known word.  Some come more than once. */
enum tw_status tw_wordnet_synsets(const struct tw_wordnet *w,
                                  struct tw_piece word,
                                  const struct tw_wordnet_numbers *sink,
                                  struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_WORDNET_H */
