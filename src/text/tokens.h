/*
 * tokens.h - texts as tokens and as dense numbers, for the metrics.
 *
 * Every score depends on the tokenizer as much as on the formula, so the
 * tokenizers have names, and whoever prints a score prints the name with it.
 * Texts are UTF-8; invalid bytes are kept and count as one character each.
 */
#ifndef TW_TEXT_TOKENS_H
#define TW_TEXT_TOKENS_H

#include "text/piece.h"

enum { TW_METRIC_TEXT_MAX = 1 << 20 }; /* bytes of one text */

enum tw_tokenizer {
    TW_TOK_WS,       /* split at white space */
    TW_TOK_TRANX,    /* for code: each non-word character, camelCase apart */
    TW_TOK_TREEBANK, /* NLTK word tokenizer over one line */
    TW_TOK_13A,      /* mteval 13a, as sacrebleu */
    TW_TOK_INTL,     /* mteval 14 international */
    TW_TOK_CHAR,     /* one token per character that is no space */
    TW_TOK_WORD,     /* ROUGE: runs of a-z and 0-9, lower case */
    TW_TOK_NORM,     /* METEOR 1.5's normaliser for English, lower case */
    TW_TOK_COUNT
};

/* "ws", "tranx", ... */
const char *tw_tokenizer_name(enum tw_tokenizer kind);
/* TW_TOK_COUNT for an unknown name. */
enum tw_tokenizer tw_tokenizer_find(const char *name);

/* Tokens and their bytes are in the arena.  TW_ELIMIT for a text longer than
 * TW_METRIC_TEXT_MAX. */
enum tw_status tw_tokenize(struct tw_tokens *t, struct tw_arena *a,
                           enum tw_tokenizer kind, struct tw_piece text,
                           struct tw_err *err) TW_NODISCARD;

/* A lower-case copy: Latin, Greek, Cyrillic, Armenian; one character for one.
 */
enum tw_status tw_text_lower(struct tw_piece *out, struct tw_arena *a,
                             struct tw_piece text,
                             struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokens_lower(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_err *err) TW_NODISCARD;

/* A sequence of dense numbers 1, 2, ... */
struct tw_units {
    uint32_t *v;
    size_t n;
};

/* Two texts numbered alike: the same number for the same unit. */
struct tw_ids_pair {
    struct tw_units hyp, ref;
    uint32_t n_ids; /* numbers are 1 .. n_ids */
};
enum tw_status tw_ids_of_tokens(struct tw_ids_pair *p, struct tw_arena *a,
                                const struct tw_tokens *hyp,
                                const struct tw_tokens *ref,
                                struct tw_err *err) TW_NODISCARD;
/* Characters; with spaces false, white space is left out. */
enum tw_status tw_ids_of_chars(struct tw_ids_pair *p, struct tw_arena *a,
                               struct tw_piece hyp, struct tw_piece ref,
                               bool spaces, struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_TOKENS_H */
