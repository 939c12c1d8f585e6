/*
 * curriculum_scalar.c - families over single values: bounds, classes, formulas,
 * logic, clamping.  Texts: scalar.phrases.
 */
#include "teach/curriculum_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* A parameter that is a number of the quantity; returns its index. */
static size_t draw_scalar(struct tw_lesson *d, struct tw_lesson_quantity q,
                          const char *names)
{
    size_t i = tw_lesson_param(d, TW_LESSON_FLOAT, names);

    tw_lesson_range(d, i, q);
    return i;
}

/* Two bounds, which are parameters; now and then they have defaults. */
static void draw_bounds(struct tw_lesson *d, struct tw_lesson_quantity q,
                        bool defaults)
{
    size_t lo = draw_scalar(d, q, tw_phrase(d, "bounds", "names_low"));
    size_t hi = draw_scalar(d, q, tw_phrase(d, "bounds", "names_high"));

    d->params[hi].above = (int)lo;
    if (!defaults)
        return;
    double a = tw_lesson_constant(d, q), b = tw_lesson_constant(d, q);
    d->params[lo].has_default = d->params[hi].has_default = true;
    d->params[lo].value_default = fmin(a, b);
    d->params[hi].value_default = fmax(a, b);
}

/* lower <= value <= upper, the function of the paper's Figure 5. */
void tw_family_bounds(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    bool strict = tw_lesson_chance(d, 15), outside = tw_lesson_chance(d, 15);
    bool defaults = tw_lesson_chance(d, 45);
    const char *kind = tw_either(strict, "bounds_strict", "bounds_inside");

    if (outside)
        kind = "bounds_outside";
    draw_scalar(d, q, tw_phrase(d, "scalar", "names"));
    draw_bounds(d, q, defaults);
    tw_lesson_word(d, "W", tw_phrase(d, "bounds", "W"));
    tw_lesson_name(d, tw_phrase(d, "bounds", "name"));
    tw_lesson_say(d, tw_phrase(d, kind, "say"));
    if (!outside && !strict && tw_lesson_chance(d, 30))
        tw_lesson_say(d, tw_phrase(d, kind, "say_edge"));
    tw_lesson_code(d, tw_phrase(d, kind, "code"));
    tw_lesson_result(d, "bool");
}

/* Labels of classes.  A phrase would be no help: they appear in the code, too.
 */
static const struct classes {
    size_t n;
    const char *labels[4]; /* from low values to high values */
} classes[] = {
    { 3, { "poor", "fair", "good", NULL } },
    { 3, { "low", "medium", "high", NULL } },
    { 3, { "low", "normal", "high", NULL } },
    { 3, { "bad", "fair", "good", NULL } },
    { 3, { "green", "yellow", "red", NULL } },
    { 3, { "ok", "warning", "critical", NULL } },
    { 3, { "good", "fair", "poor", NULL } },
    { 3, { "idle", "busy", "overloaded", NULL } },
    { 3, { "normal", "minor", "major", NULL } },
    { 3, { "weak", "medium", "strong", NULL } },
    { 4, { "poor", "fair", "good", "excellent" } },
    { 4, { "low", "medium", "high", "very high" } },
    { 4, { "ok", "minor", "major", "critical" } },
    { 2, { "fail", "pass", NULL, NULL } },
    { 2, { "ok", "alarm", NULL, NULL } },
    { 2, { "low", "high", NULL, NULL } },
    { 2, { "free", "busy", NULL, NULL } },
    { 2, { "normal", "degraded", NULL, NULL } },
};

/* Rising thresholds {t0}, {t1} ..., each from its part of the range; false when
 * the range is too small for so many. */
static bool draw_thresholds(struct tw_lesson *d, struct tw_lesson_quantity q,
                            size_t n)
{
    double t[3];
    char number[24], key[24];

    for (size_t i = 0; i < n; i++) {
        struct tw_lesson_quantity part = {
            q.lo + (q.hi - q.lo) * (double)i / (double)n,
            q.lo + (q.hi - q.lo) * (double)(i + 1) / (double)n, q.decimals
        };
        t[i] = tw_lesson_constant(d, part);
        if (i && t[i] <= t[i - 1])
            return false;
        tw_lesson_number(number, t[i]);
        snprintf(key, sizeof(key), "t%zu", i);
        tw_lesson_word(d, key, number);
    }
    return true;
}

/* How classes are told apart: from the top ("at least t: label"), or from the
 * bottom ("below t: label"). */
struct order {
    const struct classes *c;
    bool top;
    const struct tw_section *test; /* its English {R} and its operator */
};

/* Four ways: from the top or the bottom, with the threshold or without. */
static struct order order_of(struct tw_lesson *d, const struct classes *c,
                             bool top, bool inclusive)
{
    const char *name = tw_either(inclusive, "class_at_most", "class_below");

    if (top)
        name = tw_either(inclusive, "class_at_least", "class_above");
    return (struct order){ c, top, tw_phrases_at(d->phrases, name, 0) };
}

/* The label of test i, 0 to n - 1; the last one has no test. */
static const char *label_of(const struct order *o, size_t i)
{
    TW_ASSERT(i < o->c->n);
    if (o->top)
        return o->c->labels[o->c->n - 1 - i];
    return o->c->labels[i];
}

/* The threshold of test i: {t0} is the lowest. */
static size_t threshold_of(const struct order *o, size_t i)
{
    if (o->top)
        return o->c->n - 2 - i;
    return i;
}

/* A phrase behind the text, without the capital of a sentence. */
static void say_part(struct tw_lesson *d, const char *phrase)
{
    tw_lesson_word(d, "part", phrase);
    tw_buf_adds(&d->text, tw_lesson_get(d, "part"));
}

/* One sentence that names all classes. */
static void say_classes(struct tw_lesson *d, const struct order *o)
{
    char phrase[TW_LESSON_WORD_SIZE];

    tw_lesson_word(d, "R", tw_section_get(o->test, "R"));
    tw_lesson_say(d, tw_phrase(d, "classes", "say"));
    tw_lesson_word(d, "is", tw_phrase(d, "classes", "is"));
    tw_lesson_word(d, "else", tw_phrase(d, "classes", "else"));
    tw_buf_addc(&d->text, ' ');
    for (size_t i = 0; i + 1 < o->c->n; i++) {
        snprintf(phrase, sizeof(phrase), "'%s' {if} {R} {t%zu}, ",
                 label_of(o, i), threshold_of(o, i));
        tw_lesson_word(
            d, "if",
            tw_phrase(d, "classes", tw_either(i > 0, "if_next", "if_first")));
        say_part(d, phrase);
    }
    snprintf(phrase, sizeof(phrase), "{else} '%s'.", label_of(o, o->c->n - 1));
    say_part(d, phrase);
}

/* The same as Python.  {X}: the value. */
static void code_classes(struct tw_lesson *d, const struct order *o)
{
    char line[TW_LESSON_WORD_SIZE];

    for (size_t i = 0; i + 1 < o->c->n; i++) {
        snprintf(line, sizeof(line),
                 "    if {X} %s {t%zu}:\n        return \"%s\"\n",
                 tw_section_get(o->test, "op"), threshold_of(o, i),
                 label_of(o, i));
        tw_lesson_code(d, line);
    }
    snprintf(line, sizeof(line), "    return \"%s\"\n",
             label_of(o, o->c->n - 1));
    tw_lesson_code(d, line);
}

/* A value, or the mean of a series, gets a label. */
void tw_family_classify(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    const struct classes *c =
        &classes[tw_lesson_pick(d, TW_ARRAY_LEN(classes))];
    bool top = tw_lesson_chance(d, 50), inclusive = tw_lesson_chance(d, 50);
    bool series = tw_lesson_chance(d, 30);

    /* A narrow range has no room for three round thresholds; percent has. */
    if (!draw_thresholds(d, q, c->n - 1)) {
        d->n_pivots = 0;
        q = (struct tw_lesson_quantity){ 0, 100, 0 };
        if (!draw_thresholds(d, q, c->n - 1)) {
            tw_family_bounds(d);
            return;
        }
    }
    struct order o = order_of(d, c, top, inclusive);
    tw_lesson_result(d, "str");
    tw_lesson_name(d, tw_phrase(d, "classify", "name"));
    if (series) {
        size_t i = tw_lesson_param(d, TW_LESSON_LIST,
                                   tw_phrase(d, "classify_series", "names"));

        tw_lesson_range(d, i, q);
        tw_lesson_word(d, "N", tw_phrase(d, "classify_series", "N"));
        say_classes(d, &o);
        tw_lesson_say(d, tw_phrase(d, "classify_series", "say"));
        tw_lesson_code(d, tw_phrase(d, "classify_series", "code"));
        tw_lesson_raw(d, "X", "mean");
    } else {
        draw_scalar(d, q, tw_phrase(d, "scalar", "names"));
        tw_lesson_raw(d, "X", "{p0}");
        say_classes(d, &o);
    }
    code_classes(d, &o);
}

/* Formulas over one or two values: shares, conversions, differences. */
void tw_family_formula(struct tw_lesson *d)
{
    const struct tw_section *f = tw_lesson_row(d, "formula_value");
    bool two = tw_section_has(f, "names1");
    double hi = tw_section_number(f, "hi0");
    struct tw_lesson_quantity q = { 0, hi, hi < 85 };

    tw_lesson_word(d, "V", tw_phrase(d, "formula", "V"));
    draw_scalar(d, q, tw_section_get(f, "names0"));
    if (two) {
        hi = tw_section_number(f, "hi1");
        q = (struct tw_lesson_quantity){ 0, hi, hi < 85 };
        draw_scalar(d, q, tw_section_get(f, "names1"));
    }
    d->pivots[d->n_pivots++] = 0; /* what formulas divide by */
    tw_lesson_word(d, "As", tw_section_get(f, "stem"));
    tw_lesson_name(d, tw_phrase(d, "formula", "name"));
    tw_lesson_say(d, tw_section_get(f, "english"));
    if (two && tw_lesson_chance(d, 15)) {
        tw_lesson_say(d, tw_phrase(d, "formula", "say_negative"));
        tw_lesson_code(d, tw_phrase(d, "formula", "code_negative"));
        d->params[0].lo = -d->params[0].hi / 2; /* so that inputs hit it */
    }
    tw_lesson_code(d, tw_section_get(f, "code"));
    tw_lesson_result(d, "float");
}

/* A condition on one more value: {X} or {Y} in English, {T} or {T2} in Python.
 * what names the value in English, param in Python. */
static void draw_comparison(struct tw_lesson *d, const struct tw_section *c,
                            struct tw_lesson_quantity q,
                            const char *const key[4])
{
    char number[24], phrase[TW_LESSON_WORD_SIZE];

    tw_lesson_number(number, tw_lesson_constant(d, q));
    snprintf(phrase, sizeof(phrase), "the {%s} %s %s", key[0],
             tw_section_get(c, "english"), number);
    tw_lesson_word(d, key[1], phrase);
    snprintf(phrase, sizeof(phrase), "{%s} %s %s", key[2],
             tw_section_get(c, "op"), number);
    tw_lesson_raw(d, key[3], phrase);
}

/* Two conditions on two values, joined by and / or. */
void tw_family_logic(struct tw_lesson *d)
{
    static const char *const KEYS[2][4] = { { "N", "X", "p0", "T" },
                                            { "N2", "Y", "p1", "T2" } };
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    bool both = tw_lesson_chance(d, 65);
    const char *joined = tw_either(both, "logic_and", "logic_or");
    const struct tw_section *a = tw_lesson_row(d, "compare");
    const struct tw_section *b = tw_lesson_row(d, "compare");

    draw_scalar(d, q, tw_phrase(d, "logic", "names"));
    draw_comparison(d, a, q, KEYS[0]);
    q = tw_lesson_quantity2(d);
    draw_scalar(d, q, tw_phrase(d, "logic", "names_other"));
    draw_comparison(d, b, q, KEYS[1]);
    tw_lesson_word(d, "W", tw_phrase(d, "logic", "W"));
    tw_lesson_name(d, tw_phrase(d, "logic", "name"));
    tw_lesson_say(d, tw_phrase(d, joined, "say"));
    tw_lesson_code(d, tw_phrase(d, joined, "code"));
    tw_lesson_result(d, "bool");
}

/* The value or the series, which reaches over the quantity's range so that
 * there is something to clamp. */
static void draw_clamped(struct tw_lesson *d, struct tw_lesson_quantity q,
                         bool series)
{
    size_t i;

    if (series)
        i = tw_lesson_param(d, TW_LESSON_LIST,
                            tw_phrase(d, "clamp", "names_series"));
    else
        i = draw_scalar(d, q, tw_phrase(d, "scalar", "names"));
    d->params[i].lo = q.lo - (q.hi - q.lo) / 4;
    d->params[i].hi = q.hi + (q.hi - q.lo) / 4;
    d->params[i].decimals = q.decimals;
}

/* Into a range. */
void tw_family_clamp(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    bool series = tw_lesson_chance(d, 35);
    const char *what = tw_either(series, "clamp_series", "clamp_value");

    draw_clamped(d, q, series);
    size_t lo = draw_scalar(d, q, tw_phrase(d, "clamp", "names_low"));
    size_t hi = draw_scalar(d, q, tw_phrase(d, "clamp", "names_high"));
    d->params[hi].above = (int)lo;
    tw_lesson_word(d, "V", tw_phrase(d, "clamp", "V"));
    tw_lesson_name(d, tw_phrase(d, "clamp", "name"));
    tw_lesson_say(d, tw_phrase(d, what, "say"));
    tw_lesson_code(d, tw_phrase(d, what, "code"));
    tw_lesson_result(d, tw_either(series, "list", "float"));
}
