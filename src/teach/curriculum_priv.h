/*
 * curriculum_priv.h - a task while it is being drawn, and the phrase grammar.
 *
 * Phrases are expanded by tw_draft_say(): {key} is replaced by a word set
 * before; (a|b|c) by one alternative drawn at random, innermost first, so
 * alternatives nest.  A phrase may not hold other parentheses or braces.
 */
#ifndef TW_TEACH_CURRICULUM_PRIV_H
#define TW_TEACH_CURRICULUM_PRIV_H

#include "base/buf.h"
#include "base/rng.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DRAFT_PARAMS = 6,
    DRAFT_WORDS = 48,
    DRAFT_PIVOTS = 8,
    DRAFT_WORD_SIZE = 400,
    DRAFT_NAME_SIZE = 48,
};

enum draft_kind {
    DRAFT_LIST,     /* list[float] */
    DRAFT_LIST_INT, /* list[int] */
    DRAFT_LIST_OPT, /* list[float | None] */
    DRAFT_FLOAT,
    DRAFT_INT,
    DRAFT_COUNT, /* a small positive int: window sizes, run lengths */
};

struct draft_param {
    char name[DRAFT_NAME_SIZE];
    enum draft_kind kind;
    double lo, hi;
    int decimals;
    bool has_default;
    double value_default;
    int same_len_as; /* list: usually the length of that parameter; -1 none */
    int above;       /* scalar: usually above that parameter; -1 none */
};

struct draft {
    struct tw_rng rng;
    const char *family;
    char name[DRAFT_NAME_SIZE];
    char result[32]; /* type text */
    struct draft_param params[DRAFT_PARAMS];
    size_t n_params;
    double pivots[DRAFT_PIVOTS]; /* constants of the code: inputs hit them */
    size_t n_pivots;
    struct {
        char key[12];
        char text[DRAFT_WORD_SIZE];
    } words[DRAFT_WORDS];
    size_t n_words;
    struct tw_buf text; /* description */
    struct tw_buf body; /* lines of the function, indented by 4 */
};

void tw_draft_init(struct draft *d, uint64_t seed, size_t index);
void tw_draft_release(struct draft *d);

/* 0 .. n-1 */
size_t tw_draft_pick(struct draft *d, size_t n);
/* True with probability percent / 100. */
bool tw_draft_chance(struct draft *d, unsigned percent);

/* Set {key} to the expanded phrase. */
void tw_draft_word(struct draft *d, const char *key, const char *phrase);
/* Set {key} to text with {key}s filled in, parentheses left alone: code. */
void tw_draft_raw(struct draft *d, const char *key, const char *text);
const char *tw_draft_get(const struct draft *d, const char *key);
/* Append an expanded sentence to the description, first letter upper case. */
void tw_draft_say(struct draft *d, const char *phrase);
/* Append expanded code lines to the body ({key} only, no alternatives). */
void tw_draft_code(struct draft *d, const char *lines);

/* Add a parameter; its name is drawn from the alternatives of names
 * ("(xs|values)") and made unique.  Sets {pN} to the name.  Returns N. */
size_t tw_draft_param(struct draft *d, enum draft_kind kind, const char *names);

/* Draw the measured quantity: sets {N} (noun phrase), {S} (plural samples),
 * {U} (" in Mbps" or ""), {id} (snake-case stem) and the range. */
struct draft_quantity {
    double lo, hi;
    int decimals;
};
struct draft_quantity tw_draft_quantity(struct draft *d);
/* A second, different one under the keys N2, S2, U2, id2. */
struct draft_quantity tw_draft_quantity2(struct draft *d);
/* Fix the function's name: expanded phrase, cut to an identifier. */
void tw_draft_name(struct draft *d, const char *phrase);
/* A round constant inside of the range, remembered as a pivot. */
double tw_draft_constant(struct draft *d, struct draft_quantity q);
/* Text of a constant as Python writes it ("12", "0.5"). */
void tw_draft_number(char out[24], double v);

/* A condition on one value.  Sets {C} (English: "below the limit"), {T} (test
 * on x: "x < limit"), {CV} (as a verb: "is below the limit").  Adds the limit
 * parameters it needs (drawn: constant or parameter). */
void tw_draft_condition(struct draft *d, struct draft_quantity q);
/* What an empty input gives: adds the sentence and sets {E} to the statement
 * ("return 0" or "raise ValueError(...)").  what: "sample", "list". */
void tw_draft_empty(struct draft *d, const char *values, bool no_match);

/* Now and then a sentence of context before or after, which changes nothing. */
void tw_draft_frame(struct draft *d);

/* The families. */
void tw_family_aggregate(struct draft *d);
void tw_family_count(struct draft *d);
void tw_family_runs(struct draft *d);
void tw_family_search(struct draft *d);
void tw_family_steps(struct draft *d);
void tw_family_map(struct draft *d);
void tw_family_judge(struct draft *d);
void tw_family_missing(struct draft *d);
void tw_family_pair(struct draft *d);
void tw_family_pair_map(struct draft *d);
void tw_family_bounds(struct draft *d);
void tw_family_classify(struct draft *d);
void tw_family_formula(struct draft *d);
void tw_family_logic(struct draft *d);
void tw_family_clamp(struct draft *d);

#endif /* TW_TEACH_CURRICULUM_PRIV_H */
