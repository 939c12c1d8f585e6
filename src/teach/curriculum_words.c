/*
 * curriculum_words.c - the grammar of phrases: expanding, sentences, names,
 * quantities, conditions.  Texts: words.phrases.
 *
 * Every choice is one draw from the lesson's numbers, so the order in which
 * phrases are expanded is part of the format: do not change it.
 *
 * "{V} the (mean|average) of {S}" becomes, in two steps,
 *
 *     compute the (mean|average) of CQI samples       words are filled in
 *     compute the average of CQI samples              groups are chosen
 */
#include "teach/curriculum_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The numbers of task i are those of (seed, i): tasks can be made in any order
 * and in parts. */
void tw_lesson_init(struct tw_lesson *d, const struct tw_phrases *phrases,
                    uint64_t seed, size_t index)
{
    struct tw_rng root = tw_rng_seeded(seed);

    memset(d, 0, sizeof(*d));
    d->phrases = phrases;
    d->rng = tw_rng_split(&root, "task", index);
    tw_buf_init(&d->text, 4096);
    tw_buf_init(&d->body, 4096);
}

/* The words lie in the lesson itself; only the two texts grow. */
void tw_lesson_release(struct tw_lesson *d)
{
    tw_buf_release(&d->text);
    tw_buf_release(&d->body);
}

size_t tw_lesson_pick(struct tw_lesson *d, size_t n)
{
    return (size_t)tw_rng_below(&d->rng, n);
}

bool tw_lesson_chance(struct tw_lesson *d, unsigned percent)
{
    return tw_lesson_pick(d, 100) < percent;
}

/* A name that no file has stops the program (phrases.h): the tests of a
 * curriculum reach all of them. */
const char *tw_phrase(const struct tw_lesson *d, const char *section,
                      const char *key)
{
    return tw_section_get(tw_phrases_at(d->phrases, section, 0), key);
}

const struct tw_section *tw_lesson_row(struct tw_lesson *d, const char *section)
{
    size_t n = tw_phrases_count(d->phrases, section);

    TW_ASSERT(n > 0);
    return tw_phrases_at(d->phrases, section, tw_lesson_pick(d, n));
}

void tw_lesson_result(struct tw_lesson *d, const char *type)
{
    TW_ASSERT(strlen(type) < sizeof(d->result));
    snprintf(d->result, sizeof(d->result), "%s", type);
}

void tw_lesson_range(struct tw_lesson *d, size_t i, struct tw_lesson_quantity q)
{
    TW_ASSERT(i < d->n_params);
    d->params[i].lo = q.lo;
    d->params[i].hi = q.hi;
    d->params[i].decimals = q.decimals;
}

const char *tw_lesson_get(const struct tw_lesson *d, const char *key)
{
    for (size_t i = 0; i < d->n_words; i++)
        if (strcmp(d->words[i].key, key) == 0)
            return d->words[i].text;
    return "";
}

/* Replace {key} by its word.  Unknown keys vanish. */
static void fill_words(const struct tw_lesson *d, struct tw_buf *out,
                       const char *phrase)
{
    while (*phrase) {
        const char *end = NULL;

        if (*phrase == '{')
            end = strchr(phrase, '}');
        if (!end) {
            tw_buf_addc(out, *phrase++);
            continue;
        }
        char key[16];
        size_t n = (size_t)(end - phrase - 1);
        snprintf(key, sizeof(key), "%.*s", (int)n, phrase + 1);
        tw_buf_adds(out, tw_lesson_get(d, key));
        phrase = end + 1;
    }
}

/* Offsets of the innermost group (first closing parenthesis and the opening
 * one before it); false when there is none. */
static bool find_group(const char *s, size_t *open, size_t *close)
{
    const char *end = strchr(s, ')');

    if (!end)
        return false;
    const char *begin = end;
    while (begin > s && *begin != '(')
        begin--;
    *open = (size_t)(begin - s);
    *close = (size_t)(end - s);
    return *begin == '(';
}

/* Replace the group at open..close by one of its alternatives. */
static void choose(struct tw_lesson *d, struct tw_buf *b, size_t open,
                   size_t close)
{
    size_t n_bars = 0;

    for (size_t i = open; i < close; i++)
        n_bars += b->bytes[i] == '|';
    TW_ASSERT(open < close && close < b->len);
    size_t want = tw_lesson_pick(d, n_bars + 1); /* number of the alternative */
    size_t first = open + 1, bar = 0;
    for (size_t i = open; i < close && bar < want; i++)
        if (b->bytes[i] == '|' && ++bar == want)
            first = i + 1;
    size_t n = 0;
    while (first + n < close && b->bytes[first + n] != '|')
        n++;
    /* The alternative, then the rest with its NUL. */
    memmove(b->bytes + open, b->bytes + first, n);
    memmove(b->bytes + open + n, b->bytes + close + 1, b->len - close);
    b->len -= close + 1 - open - n;
}

/* A phrase in full, appended to out: words first, then groups from the inside
 * out.  A word may hold groups only where tw_lesson_raw() put them. */
static void expand(struct tw_lesson *d, struct tw_buf *out, const char *phrase)
{
    size_t open, close;

    fill_words(d, out, phrase);
    while (find_group(tw_buf_text(out), &open, &close))
        choose(d, out, open, close);
}

/* A word that is longer than its room is cut; none of the phrases makes one. */
static void set_word(struct tw_lesson *d, const char *key, const char *text)
{
    size_t i = 0;

    while (i < d->n_words && strcmp(d->words[i].key, key) != 0)
        i++;
    TW_ASSERT(i < TW_LESSON_WORDS);
    if (i == d->n_words)
        d->n_words++;
    snprintf(d->words[i].key, sizeof(d->words[i].key), "%s", key);
    snprintf(d->words[i].text, sizeof(d->words[i].text), "%s", text);
}

/* Groups are chosen once, so {key} says the same wherever it stands. */
void tw_lesson_word(struct tw_lesson *d, const char *key, const char *phrase)
{
    struct tw_buf b;

    tw_buf_init(&b, TW_LESSON_WORD_SIZE * 4);
    expand(d, &b, phrase);
    set_word(d, key, tw_buf_text(&b));
    tw_buf_release(&b);
}

/* For code, and for phrases that are chosen later, where they stand. */
void tw_lesson_raw(struct tw_lesson *d, const char *key, const char *text)
{
    struct tw_buf b;

    tw_buf_init(&b, TW_LESSON_WORD_SIZE * 4);
    fill_words(d, &b, text);
    set_word(d, key, tw_buf_text(&b));
    tw_buf_release(&b);
}

/* Does the text begin with the name of a parameter? */
static bool is_param(const struct tw_lesson *d, const char *word)
{
    for (size_t i = 0; i < d->n_params; i++) {
        size_t n = strlen(d->params[i].name);
        if (strncmp(word, d->params[i].name, n) == 0 &&
            !isalnum((unsigned char)word[n]) && word[n] != '_')
            return true;
    }
    return false;
}

static char upper(char c)
{
    return (char)toupper((unsigned char)c);
}

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

/* Sentences begin with a capital, except where a parameter's name stands. */
static void capitalise(const struct tw_lesson *d, char *text)
{
    for (char *s = text;;) {
        if (!is_param(d, s))
            *s = upper(*s);
        s = strstr(s, ". ");
        if (!s)
            return;
        s += 2;
    }
}

/* A phrase that comes out empty adds nothing, not even a blank: "(|Note.)". */
void tw_lesson_say(struct tw_lesson *d, const char *phrase)
{
    struct tw_buf b;

    tw_buf_init(&b, 2048);
    expand(d, &b, phrase);
    /* A question that a phrase ends with needs no full stop behind it. */
    if (b.len > 1 && strcmp(b.bytes + b.len - 2, "?.") == 0)
        b.bytes[--b.len] = '\0';
    if (b.len) {
        if (d->text.len)
            tw_buf_addc(&d->text, ' ');
        capitalise(d, b.bytes);
        tw_buf_add(&d->text, b.bytes, b.len);
    }
    tw_buf_release(&b);
}

/* Code is full of parentheses, so nothing is chosen in it. */
void tw_lesson_code(struct tw_lesson *d, const char *lines)
{
    fill_words(d, &d->body, lines);
}

void tw_lesson_stop(struct tw_lesson *d)
{
    if (d->text.len && d->text.bytes[d->text.len - 1] != '.')
        tw_buf_addc(&d->text, '.');
}

void tw_lesson_return(struct tw_lesson *d, const char *expression)
{
    tw_lesson_code(d, "    return ");
    tw_lesson_code(d, expression);
    tw_lesson_code(d, "\n");
}

/* A parameter may not hide another, nor a name that the bodies use. */
static bool name_taken(const struct tw_lesson *d, const char *name)
{
    static const char *const reserved[] = { "x",    "y",    "a",    "b",
                                            "i",    "n",    "run",  "best",
                                            "kept", "out",  "last", "in",
                                            "is",   "total" };
    for (size_t i = 0; i < d->n_params; i++)
        if (strcmp(d->params[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < TW_ARRAY_LEN(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

/* Letters, digits and underscores only; spaces and dashes become "_". */
static void to_identifier(char *out, size_t cap, const char *text)
{
    size_t n = 0;

    for (; *text && n + 1 < cap; text++) {
        if (isalnum((unsigned char)*text))
            out[n++] = lower(*text);
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n && out[n - 1] == '_')
        n--;
    out[n] = '\0';
}

/* A name that is taken gets the number of the parameter: "x_2". */
size_t tw_lesson_param(struct tw_lesson *d, enum tw_lesson_kind kind,
                       const char *names)
{
    size_t i = d->n_params;
    char key[8];

    TW_ASSERT(i < TW_LESSON_PARAMS);
    struct tw_lesson_param *p = &d->params[i];
    tw_lesson_word(d, "tmp", names);
    to_identifier(p->name, sizeof(p->name), tw_lesson_get(d, "tmp"));
    if (name_taken(d, p->name)) {
        size_t n = strlen(p->name);
        snprintf(p->name + n, sizeof(p->name) - n, "_%zu", i + 1);
    }
    p->kind = kind;
    p->same_len_as = -1;
    p->above = -1;
    d->n_params++;
    snprintf(key, sizeof(key), "p%zu", i);
    tw_lesson_word(d, key, p->name);
    return i;
}

/* Sets a word whose key has a suffix: "N2" for the second quantity. */
static void set_suffixed(struct tw_lesson *d, const char *key,
                         const char *suffix, const char *phrase)
{
    char whole[12];

    snprintf(whole, sizeof(whole), "%s%s", key, suffix);
    tw_lesson_word(d, whole, phrase);
}

/* {S}, the samples, repeats the noun that was chosen for {N}: a description
 * that changes its words in the middle would be another task. */
static struct tw_lesson_quantity set_quantity(struct tw_lesson *d,
                                              const char *suffix)
{
    const struct tw_section *q = tw_lesson_row(d, "quantity");
    char key[12], phrase[TW_LESSON_WORD_SIZE];

    set_suffixed(d, "N", suffix, tw_section_get(q, "noun"));
    snprintf(key, sizeof(key), "N%s", suffix);
    const char *noun = tw_lesson_get(d, key);
    snprintf(phrase, sizeof(phrase),
             "(%s (samples|values|readings|measurements)|(samples|values) of "
             "the %s|%s values|samples|values)",
             noun, noun, noun);
    set_suffixed(d, "S", suffix, phrase);
    phrase[0] = '\0';
    if (tw_section_has(q, "unit"))
        snprintf(phrase, sizeof(phrase), "(| in %s)",
                 tw_section_get(q, "unit"));
    set_suffixed(d, "U", suffix, phrase);
    set_suffixed(d, "id", suffix, tw_section_get(q, "stem"));
    return (struct tw_lesson_quantity){ tw_section_number(q, "lo"),
                                        tw_section_number(q, "hi"),
                                        (int)tw_section_number(q, "decimals") };
}

struct tw_lesson_quantity tw_lesson_quantity(struct tw_lesson *d)
{
    return set_quantity(d, "");
}

struct tw_lesson_quantity tw_lesson_quantity2(struct tw_lesson *d)
{
    return set_quantity(d, "2");
}

/* Six of a hundred functions are called kpi_123: the model must not rely on
 * names that tell what a function does. */
void tw_lesson_name(struct tw_lesson *d, const char *phrase)
{
    tw_lesson_word(d, "tmp", phrase);
    to_identifier(d->name, sizeof(d->name), tw_lesson_get(d, "tmp"));
    if (tw_lesson_chance(d, 6))
        snprintf(d->name, sizeof(d->name), "kpi_%zu", tw_lesson_pick(d, 400));
    /* A function named like its parameter would hide it. */
    for (size_t i = 0; i < d->n_params; i++)
        if (strcmp(d->params[i].name, d->name) == 0)
            snprintf(d->name, sizeof(d->name), "compute_%.30s",
                     d->params[i].name);
}

/* Ten digits: constants have few, and nothing is lost. */
void tw_lesson_number(char out[24], double v)
{
    snprintf(out, 24, "%.10g", v);
}

/* Constants are round, as people write them: the wider the range, the
 * rounder. */
static double grid_of(double span)
{
    if (span > 1000)
        return 100;
    if (span > 150)
        return 10;
    if (span > 30)
        return 5;
    return 1;
}

/* A third of the constants is less round: 37 and 2.5 occur, too. */
static double fine_grid_of(double span)
{
    if (span > 30)
        return 1;
    return 0.5;
}

/* Not near the ends of the range: there a test would be true, or false, for
 * nearly every input. */
double tw_lesson_constant(struct tw_lesson *d, struct tw_lesson_quantity q)
{
    double span = q.hi - q.lo;
    double v = q.lo + span * (0.1 + 0.8 * tw_rng_uniform(&d->rng));
    double grid = grid_of(span);

    if (tw_lesson_chance(d, 35))
        grid = fine_grid_of(span);
    if (q.decimals == 0 && grid < 1)
        grid = 1;
    TW_ASSERT(grid > 0);
    v = floor(v / grid + 0.5) * grid;
    if (d->n_pivots < TW_LESSON_PIVOTS)
        d->pivots[d->n_pivots++] = v;
    return v;
}

/* {KE} of a constant: "12 Mbps" or "12".  {U} is " in Mbps" or nothing. */
static void word_constant(struct tw_lesson *d, const char *number)
{
    char phrase[2 * TW_LESSON_NAME_SIZE + TW_LESSON_WORD_SIZE];
    const char *unit = tw_lesson_get(d, "U");

    if (unit[0])
        snprintf(phrase, sizeof(phrase), "(%s|%s %s)", number, number,
                 unit + strlen(" in "));
    else
        snprintf(phrase, sizeof(phrase), "(%s|%s)", number, number);
    tw_lesson_word(d, "KE", phrase);
}

/* Name a limit: a parameter or a constant.  Sets {K} (code), {KE} (English). */
static void draw_limit(struct tw_lesson *d, struct tw_lesson_quantity q,
                       bool constant, const char *names)
{
    char number[24], phrase[4 * TW_LESSON_NAME_SIZE + 64];

    if (constant) {
        tw_lesson_number(number, tw_lesson_constant(d, q));
        tw_lesson_word(d, "K", number);
        word_constant(d, number);
        return;
    }
    size_t i = tw_lesson_param(d, TW_LESSON_FLOAT, names);
    struct tw_lesson_param *p = &d->params[i];
    tw_lesson_range(d, i, q);
    if (tw_lesson_chance(d, 12)) {
        p->has_default = true;
        p->value_default = tw_lesson_constant(d, q);
    }
    tw_lesson_word(d, "K", p->name);
    snprintf(phrase, sizeof(phrase), "(the %s|%s|the given %s|a given %s)",
             p->name, p->name, p->name, p->name);
    tw_lesson_word(d, "KE", phrase);
}

/* {L} and {K} are the bounds in the order of their values: constants that were
 * drawn the other way round change their places. */
static void condition_between(struct tw_lesson *d, struct tw_lesson_quantity q)
{
    bool constant = tw_lesson_chance(d, 40);
    bool open = tw_lesson_chance(d, 15);
    const char *ends = tw_either(open, "between_open", "between_closed");
    char lo[64], lo_e[TW_LESSON_WORD_SIZE / 2];

    draw_limit(d, q, constant, tw_phrase(d, "between", "low"));
    snprintf(lo, sizeof(lo), "%s", tw_lesson_get(d, "K"));
    snprintf(lo_e, sizeof(lo_e), "%.150s", tw_lesson_get(d, "KE"));
    draw_limit(d, q, constant, tw_phrase(d, "between", "high"));
    if (!constant)
        d->params[d->n_params - 1].above = (int)d->n_params - 2;
    tw_lesson_word(d, "L", lo);
    tw_lesson_word(d, "LE", lo_e);
    if (constant && d->pivots[d->n_pivots - 1] < d->pivots[d->n_pivots - 2]) {
        tw_lesson_word(d, "tmp", "{K}");
        tw_lesson_word(d, "K", "{L}");
        tw_lesson_word(d, "L", "{tmp}");
        tw_lesson_word(d, "tmp", "{KE}");
        tw_lesson_word(d, "KE", "{LE}");
        tw_lesson_word(d, "LE", "{tmp}");
    }
    tw_lesson_word(d, "T", tw_phrase(d, ends, "T"));
    tw_lesson_word(d, "C", tw_phrase(d, ends, "C"));
    tw_lesson_word(d, "CV", tw_phrase(d, "between", "CV"));
}

/* Positive, zero, negative: the pivot 0 makes inputs hit the edge. */
static void condition_zero(struct tw_lesson *d)
{
    const struct tw_section *z = tw_lesson_row(d, "zero");

    d->pivots[d->n_pivots++ % TW_LESSON_PIVOTS] = 0;
    tw_lesson_word(d, "T", tw_section_get(z, "test"));
    tw_lesson_word(d, "C", tw_section_get(z, "english"));
    tw_lesson_word(d, "CV", "is {C}");
}

/* How often: two bounds 14 %, sign 8 %, one limit the rest. */
void tw_lesson_condition(struct tw_lesson *d, struct tw_lesson_quantity q)
{
    size_t kind = tw_lesson_pick(d, 100);
    char phrase[TW_LESSON_WORD_SIZE];

    if (kind < 14) {
        condition_between(d, q);
        return;
    }
    if (kind < 22) {
        condition_zero(d);
        return;
    }
    const struct tw_section *r = tw_lesson_row(d, "relation");

    draw_limit(d, q, tw_lesson_chance(d, 40), tw_phrase(d, "limit", "names"));
    snprintf(phrase, sizeof(phrase), "x %s {K}", tw_section_get(r, "op"));
    tw_lesson_word(d, "T", phrase);
    snprintf(phrase, sizeof(phrase), "%s {KE}", tw_section_get(r, "after"));
    tw_lesson_word(d, "C", phrase);
    snprintf(phrase, sizeof(phrase), "%s {KE}", tw_section_get(r, "verb"));
    tw_lesson_word(d, "CV", phrase);
}

/* Sentence and statement come from one call, so they never contradict: a model
 * that learns from tasks where they do would learn to ignore the sentence. */
void tw_lesson_empty(struct tw_lesson *d, const char *values, bool no_match)
{
    tw_lesson_word(d, "EV", values);
    tw_lesson_raw(d, "E", tw_phrase(d, "empty", "E"));
    if (!no_match && tw_lesson_chance(d, 14)) {
        tw_lesson_raw(d, "E", tw_phrase(d, "empty_error", "E"));
        tw_lesson_say(d, tw_phrase(d, "empty_error", "say"));
        return;
    }
    tw_lesson_say(
        d,
        tw_phrase(d, tw_either(no_match, "empty_match", "empty_list"), "say"));
}

/* Text around a description that changes nothing, as real ones have it.  The
 * description is kept aside while the sentence before it is made, for
 * tw_lesson_say() only appends. */
void tw_lesson_frame(struct tw_lesson *d)
{
    struct tw_buf text = d->text;
    bool list = d->params[0].kind != TW_LESSON_FLOAT;
    const char *kind = tw_either(list, "frame_series", "frame_value");
    bool before = tw_lesson_chance(d, 25), after = tw_lesson_chance(d, 15);

    if ((!before && !after) || !tw_lesson_get(d, "N")[0])
        return;
    tw_buf_init(&d->text, text.limit);
    if (before)
        tw_lesson_say(d, tw_phrase(d, kind, "before"));
    if (d->text.len)
        tw_buf_addc(&d->text, ' ');
    tw_buf_add(&d->text, text.bytes, text.len);
    if (after)
        tw_lesson_say(d, tw_phrase(d, kind, "after"));
    tw_buf_release(&text);
}
