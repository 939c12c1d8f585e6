/*
 * ice.h - a language model as the judge of code, in the manner of ICE-Score:
 * one aspect at a time, 0 to 4.
 *
 * The wording of the question is our own, so scores are not those of the
 * paper, and a small model is a poor judge: the figures are a diagnostic, never
 * a verdict.
 */
#ifndef TW_SCORE_ICE_H
#define TW_SCORE_ICE_H

#include "base/buf.h"
#include "text/tokens.h"

enum { TW_ICE_MAX = 4 }; /* the best score */

enum tw_ice_aspect {
    TW_ICE_USEFULNESS,
    TW_ICE_CORRECTNESS, /* functional */
    TW_ICE_ASPECTS
};
/* "usefulness", "correctness". */
const char *tw_ice_aspect_name(enum tw_ice_aspect aspect);
/* TW_ICE_ASPECTS for an unknown name. */
enum tw_ice_aspect tw_ice_aspect_find(const char *name);

struct tw_ice_task {
    struct tw_piece problem;   /* what was asked for; may be empty */
    struct tw_piece code;      /* what is judged */
    struct tw_piece reference; /* s NULL: judged without one */
};

/* Append the question.  The three texts are quoted as they are, each between
 * two lines that it does not hold itself. */
void tw_ice_prompt(struct tw_buf *b, enum tw_ice_aspect aspect,
                   const struct tw_ice_task *task);

/*
 * The score in an answer: the answer as a whole is one integer, or else the
 * most frequent integer of the lines that say "score" or name the aspect; of
 * equally frequent ones the first.  Only 0 .. TW_ICE_MAX count, and neither the
 * bounds of a scale ("0-4", "0 to 4") nor what a score is out of ("3/4").
 * false when there is none: *score is 0 then.
 */
bool tw_ice_parse(int *score, struct tw_piece answer,
                  enum tw_ice_aspect aspect);

#endif /* TW_SCORE_ICE_H */
