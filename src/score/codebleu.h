/*
 * codebleu.h - CodeBLEU-T: n-grams, n-grams with weighted keywords, syntax
 * trees, data flow.
 *
 * The formulas are those of the CodeBLEU paper as its users compute them
 * (k4black/codebleu 0.7.1), over the same parser (syntax.h), and without two
 * faults of that code: names that several statements share come in the order
 * of the alphabet, not in one that changes from run to run; and where the
 * reference has no data flow at all the other three weights share its place,
 * while a data flow that does not match counts as 0, not as 1.
 */
#ifndef TW_SCORE_CODEBLEU_H
#define TW_SCORE_CODEBLEU_H

#include "code/syntax.h"

enum { TW_CODEBLEU_PARTS = 4 };

struct tw_codebleu_config {
    enum tw_syntax_lang lang;
    double weights[TW_CODEBLEU_PARTS]; /* n-gram, weighted, syntax, data flow */
};
/* A quarter each. */
struct tw_codebleu_config tw_codebleu_default(enum tw_syntax_lang lang);

struct tw_codebleu {
    double score;
    double ngram;    /* BLEU over white-space tokens, NLTK's method 1 */
    double weighted; /* recall; keywords count five times as much */
    double syntax;   /* subtrees of the reference that the hypothesis has */
    double dataflow;
    bool has_dataflow; /* the reference has any */
    bool errors;       /* hypothesis or reference does not parse wholly */
    size_t n_subtrees, n_flows; /* of the reference */
};

enum tw_status tw_codebleu(struct tw_codebleu *r, struct tw_arena *a,
                           const struct tw_codebleu_config *c,
                           struct tw_piece hyp, struct tw_piece ref,
                           struct tw_err *err) TW_NODISCARD;

/* Append ', "parts": {...}' with all parts, null for what does not exist. */
void tw_codebleu_json(struct tw_buf *b, const struct tw_codebleu *r);

#endif /* TW_SCORE_CODEBLEU_H */
