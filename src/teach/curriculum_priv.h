/*
 * curriculum_priv.h - a task while it is being drawn, and the phrase grammar.
 *
 * Phrases are expanded by tw_lesson_say(): {key} is replaced by a word set
 * before; (a|b|c) by one alternative drawn at random, innermost first, so
 * alternatives nest.  A phrase may not hold other parentheses or braces.
 */
#ifndef TW_TEACH_CURRICULUM_PRIV_H
#define TW_TEACH_CURRICULUM_PRIV_H

#include "base/buf.h"
#include "base/rng.h"
#include "base/status.h"
#include "teach/phrases.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TW_LESSON_PARAMS = 6,
    TW_LESSON_WORDS = 48,
    TW_LESSON_PIVOTS = 8,
    TW_LESSON_WORD_SIZE = 400,
    TW_LESSON_NAME_SIZE = 48,
};

enum tw_lesson_kind {
    TW_LESSON_LIST,     /* list[float] */
    TW_LESSON_LIST_INT, /* list[int] */
    TW_LESSON_LIST_OPT, /* list[float | None] */
    TW_LESSON_FLOAT,
    TW_LESSON_INT,
    TW_LESSON_COUNT, /* a small positive int: window sizes, run lengths */
};

struct tw_lesson_param {
    char name[TW_LESSON_NAME_SIZE];
    enum tw_lesson_kind kind;
    double lo, hi;
    int decimals;
    bool has_default;
    double value_default;
    int same_len_as; /* list: usually the length of that parameter; -1 none */
    int above;       /* scalar: usually above that parameter; -1 none */
};

struct tw_lesson {
    const struct tw_phrases *phrases; /* borrowed */
    struct tw_rng rng;
    const char *family;
    char name[TW_LESSON_NAME_SIZE];
    char result[32]; /* type text */
    struct tw_lesson_param params[TW_LESSON_PARAMS];
    size_t n_params;
    double
        pivots[TW_LESSON_PIVOTS]; /* constants of the code: inputs hit them */
    size_t n_pivots;
    struct {
        char key[12];
        char text[TW_LESSON_WORD_SIZE];
    } words[TW_LESSON_WORDS];
    size_t n_words;
    struct tw_buf text; /* description */
    struct tw_buf body; /* lines of the function, indented by 4 */
};

void tw_lesson_init(struct tw_lesson *d, const struct tw_phrases *phrases,
                    uint64_t seed, size_t index);
void tw_lesson_release(struct tw_lesson *d);

/* 0 .. n-1 */
size_t tw_lesson_pick(struct tw_lesson *d, size_t n);
/* True with probability percent / 100. */
bool tw_lesson_chance(struct tw_lesson *d, unsigned percent);

/* A text of phrases.h: of the only section of this name.  Borrowed. */
const char *tw_phrase(const struct tw_lesson *d, const char *section,
                      const char *key);
/* One of the sections of this name, drawn. */
const struct tw_section *tw_lesson_row(struct tw_lesson *d,
                                       const char *section);

static inline const char *tw_either(bool which, const char *yes, const char *no)
{
    if (which)
        return yes;
    return no;
}

/* Set {key} to the expanded phrase. */
void tw_lesson_word(struct tw_lesson *d, const char *key, const char *phrase);
/* Set {key} to text with {key}s filled in, parentheses left alone: code. */
void tw_lesson_raw(struct tw_lesson *d, const char *key, const char *text);
const char *tw_lesson_get(const struct tw_lesson *d, const char *key);
/* Append an expanded sentence to the description, first letter upper case. */
void tw_lesson_say(struct tw_lesson *d, const char *phrase);
/* Append expanded code lines to the body ({key} only, no alternatives). */
void tw_lesson_code(struct tw_lesson *d, const char *lines);

/* A full stop behind the description, if it has none. */
void tw_lesson_stop(struct tw_lesson *d);
/* The last line of the body: return an expression. */
void tw_lesson_return(struct tw_lesson *d, const char *expression);
/* The type of the result as Python writes it. */
void tw_lesson_result(struct tw_lesson *d, const char *type);

/* Add a parameter; its name is drawn from the alternatives of names
 * ("(xs|values)") and made unique.  Sets {pN} to the name.  Returns N. */
size_t tw_lesson_param(struct tw_lesson *d, enum tw_lesson_kind kind,
                       const char *names);

/* Draw the measured quantity: sets {N} (noun phrase), {S} (plural samples),
 * {U} (" in Mbps" or ""), {id} (snake-case stem) and the range. */
struct tw_lesson_quantity {
    double lo, hi;
    int decimals;
};
/* Values of parameter i are of this quantity. */
void tw_lesson_range(struct tw_lesson *d, size_t i,
                     struct tw_lesson_quantity q);
struct tw_lesson_quantity tw_lesson_quantity(struct tw_lesson *d);
/* A second, different one under the keys N2, S2, U2, id2. */
struct tw_lesson_quantity tw_lesson_quantity2(struct tw_lesson *d);
/* Fix the function's name: expanded phrase, cut to an identifier. */
void tw_lesson_name(struct tw_lesson *d, const char *phrase);
/* A round constant inside of the range, remembered as a pivot. */
double tw_lesson_constant(struct tw_lesson *d, struct tw_lesson_quantity q);
/* Text of a constant as Python writes it ("12", "0.5"). */
void tw_lesson_number(char out[24], double v);

/* A condition on one value.  Sets {C} (English: "below the limit"), {T} (test
 * on x: "x < limit"), {CV} (as a verb: "is below the limit").  Adds the limit
 * parameters it needs (drawn: constant or parameter). */
void tw_lesson_condition(struct tw_lesson *d, struct tw_lesson_quantity q);
/* What an empty input gives: adds the sentence and sets {E} to the statement
 * ("return 0" or "raise ValueError(...)").  what: "sample", "list". */
void tw_lesson_empty(struct tw_lesson *d, const char *values, bool no_match);

/* Now and then a sentence of context before or after, which changes nothing. */
void tw_lesson_frame(struct tw_lesson *d);

/* The families. */
void tw_family_aggregate(struct tw_lesson *d);
void tw_family_count(struct tw_lesson *d);
void tw_family_runs(struct tw_lesson *d);
void tw_family_search(struct tw_lesson *d);
void tw_family_steps(struct tw_lesson *d);
void tw_family_map(struct tw_lesson *d);
void tw_family_judge(struct tw_lesson *d);
void tw_family_missing(struct tw_lesson *d);
void tw_family_pair(struct tw_lesson *d);
void tw_family_pair_map(struct tw_lesson *d);
void tw_family_bounds(struct tw_lesson *d);
void tw_family_classify(struct tw_lesson *d);
void tw_family_formula(struct tw_lesson *d);
void tw_family_logic(struct tw_lesson *d);
void tw_family_clamp(struct tw_lesson *d);

#endif /* TW_TEACH_CURRICULUM_PRIV_H */
