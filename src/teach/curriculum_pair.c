/*
 * curriculum_pair.c - families over two series, over a series with missing
 * samples, and verdicts about a whole series.  Texts: pair.phrases.
 */
#include "teach/curriculum_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* {V}: how the description asks for a value. */
static void draw_verb(struct tw_lesson *d)
{
    tw_lesson_word(d, "V", tw_phrase(d, "draw_verb", "V"));
}

/* Two series of one length; the part is usually not above the whole.  {A}, {B}
 * are their names, {AE}, {BE} what they count, {about} what their ratio is. */
static void draw_two(struct tw_lesson *d, bool part_of_whole)
{
    const struct tw_section *p = tw_lesson_row(d, "two_series");
    double hi = tw_section_number(p, "hi"); /* of both series */
    struct tw_lesson_quantity q = { 0, hi, hi < 95 };

    tw_lesson_range(
        d, tw_lesson_param(d, TW_LESSON_LIST, tw_section_get(p, "ids")), q);
    tw_lesson_range(
        d, tw_lesson_param(d, TW_LESSON_LIST, tw_section_get(p, "ids2")), q);
    d->params[1].same_len_as = 0;
    /* Sometimes the whole comes first in the signature. */
    bool swapped = part_of_whole && tw_lesson_chance(d, 20);
    if (swapped) { /* the names change places; {p0} stays the first */
        char keep[TW_LESSON_NAME_SIZE];
        memcpy(keep, d->params[0].name, sizeof(keep));
        memcpy(d->params[0].name, d->params[1].name, sizeof(keep));
        memcpy(d->params[1].name, keep, sizeof(keep));
    }
    tw_lesson_word(d, "A", d->params[swapped].name);
    tw_lesson_word(d, "B", d->params[!swapped].name);
    tw_lesson_word(d, "AE", tw_section_get(p, "part"));
    tw_lesson_word(d, "BE", tw_section_get(p, "whole"));
    tw_lesson_word(d, "about", tw_section_get(p, "about"));
    draw_verb(d);
}

/* Sentence and code for series of different length; most descriptions leave it
 * open, and then the code does, too. */
static void say_length(struct tw_lesson *d)
{
    if (!tw_lesson_chance(d, 35))
        return;
    tw_lesson_say(d, tw_phrase(d, "say_length", "say"));
    tw_lesson_code(d, tw_phrase(d, "say_length", "code"));
}

/* The mean of the ratios, where the whole is not 0. */
static void pair_mean_ratio(struct tw_lesson *d)
{
    bool percent = tw_lesson_chance(d, 65);

    tw_lesson_name(d, tw_phrase(d, "pair_mean_ratio", "name"));
    /* {P} tells the reader, {G} the code: both of one draw. */
    tw_lesson_word(d, "P",
                   tw_phrase(d, "pair_mean_ratio",
                             tw_either(percent, "P_percent", "P_plain")));
    tw_lesson_say(d, tw_phrase(d, "pair_mean_ratio", "say"));
    tw_lesson_say(d, tw_phrase(d, "pair_mean_ratio", "say_zero"));
    say_length(d);
    tw_lesson_empty(d, "0", true);
    tw_lesson_raw(d, "G",
                  tw_phrase(d, "pair_mean_ratio",
                            tw_either(percent, "G_percent", "G_plain")));
    tw_lesson_code(d, tw_phrase(d, "pair_mean_ratio", "code"));
}

/* The ratio of the sums, which is not the mean of the ratios: the model has to
 * tell the two by the words of the description. */
static void pair_total_ratio(struct tw_lesson *d)
{
    bool percent = tw_lesson_chance(d, 65);

    tw_lesson_name(d, tw_phrase(d, "pair_total_ratio", "name"));
    tw_lesson_word(d, "P",
                   tw_phrase(d, "pair_total_ratio",
                             tw_either(percent, "P_percent", "P_plain")));
    tw_lesson_say(d, tw_phrase(d, "pair_total_ratio", "say"));
    say_length(d);
    tw_lesson_say(d, tw_phrase(d, "pair_total_ratio", "say_zero"));
    tw_lesson_raw(d, "G",
                  tw_phrase(d, "pair_total_ratio",
                            tw_either(percent, "G_percent", "G_plain")));
    tw_lesson_code(d, tw_phrase(d, "pair_total_ratio", "code"));
}

/* A number or a verdict from two series. */
void tw_family_pair(struct tw_lesson *d)
{
    size_t kind = tw_lesson_pick(d, 10);

    draw_two(d, true);
    tw_lesson_result(d, "float");
    if (kind < 4) {
        pair_mean_ratio(d);
        return;
    }
    if (kind < 6) {
        pair_total_ratio(d);
        return;
    }
    const struct tw_section *r = tw_lesson_row(d, "pair_value");

    tw_lesson_word(d, "As", tw_section_get(r, "stem"));
    tw_lesson_name(d, tw_phrase(d, "pair", "name"));
    tw_lesson_say(d, tw_section_get(r, "english"));
    tw_lesson_stop(d);
    say_length(d);
    tw_lesson_return(d, tw_section_get(r, "code"));
    tw_lesson_result(d, tw_section_get(r, "result"));
}

/* A list from two series. */
void tw_family_pair_map(struct tw_lesson *d)
{
    const struct tw_section *m = tw_lesson_row(d, "pair_map_value");

    draw_two(d, false);
    tw_lesson_word(d, "As", tw_section_get(m, "stem"));
    tw_lesson_name(d, tw_phrase(d, "pair_map", "name"));
    tw_lesson_say(d, tw_section_get(m, "english"));
    tw_buf_addc(&d->text, '.');
    say_length(d);
    tw_lesson_return(d, tw_section_get(m, "code"));
    tw_lesson_result(d, "list");
}

/* Samples may be None: count them, tell their share, or leave them out. */
void tw_family_missing(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    const struct tw_section *g = tw_lesson_row(d, "missing_value");
    size_t kind = tw_lesson_pick(d, 10);

    tw_lesson_range(d,
                    tw_lesson_param(d, TW_LESSON_LIST_OPT,
                                    tw_phrase(d, "missing", "names")),
                    q);
    draw_verb(d);
    tw_lesson_word(d, "A", tw_section_get(g, "english"));
    tw_lesson_word(d, "As", tw_section_get(g, "stem"));
    tw_lesson_result(d, "float");
    if (kind < 2) {
        tw_lesson_name(d, tw_phrase(d, "missing_count", "name"));
        tw_lesson_say(d, tw_phrase(d, "missing_count", "say"));
        tw_lesson_code(d, tw_phrase(d, "missing_count", "code"));
    } else if (kind < 4) {
        tw_lesson_name(d, tw_phrase(d, "missing_share", "name"));
        tw_lesson_say(d, tw_phrase(d, "missing_share", "say"));
        tw_lesson_empty(d, "0", false);
        tw_lesson_code(d, tw_phrase(d, "missing_share", "code"));
    } else {
        tw_lesson_name(d, tw_phrase(d, "missing", "name"));
        tw_lesson_say(d, tw_phrase(d, "missing", "say"));
        tw_lesson_empty(d, tw_phrase(d, "missing", "empty"), true);
        tw_lesson_raw(d, "G", tw_section_get(g, "code"));
        tw_lesson_code(d, tw_phrase(d, "missing", "code"));
    }
}

/* Is the series monotone? */
static void judge_trend(struct tw_lesson *d)
{
    bool up = tw_lesson_chance(d, 50);
    const char *trend = tw_either(up, "judge_rising", "judge_falling");

    tw_lesson_word(d, "X", tw_phrase(d, trend, "X"));
    tw_lesson_name(d, tw_phrase(d, "judge_trend", "name"));
    tw_lesson_say(d, tw_phrase(d, "judge_trend", "say"));
    tw_lesson_code(d, tw_phrase(d, trend, "code"));
}

/* Do all samples, or does any, fulfil the condition? */
static void judge_samples(struct tw_lesson *d, bool all)
{
    const char *which = tw_either(all, "judge_all", "judge_any");

    tw_lesson_name(d, tw_phrase(d, which, "name"));
    tw_lesson_say(d, tw_phrase(d, which, "say"));
    if (tw_lesson_chance(d, 35))
        tw_lesson_say(d, tw_phrase(d, which, "say_empty"));
    tw_lesson_code(d, tw_phrase(d, which, "code"));
}

/* A verdict about the whole series.  Kinds: trend 20 %, all or any 40 %, an
 * aggregate against a limit 40 %. */
void tw_family_judge(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    size_t kind = tw_lesson_pick(d, 10);

    tw_lesson_range(
        d, tw_lesson_param(d, TW_LESSON_LIST, tw_phrase(d, "judge", "names")),
        q);
    draw_verb(d);
    tw_lesson_word(d, "W", tw_phrase(d, "judge", "W"));
    tw_lesson_result(d, "bool");
    if (kind < 2) {
        judge_trend(d);
        return;
    }
    tw_lesson_condition(d, q);
    if (kind < 6) {
        judge_samples(d, kind < 4);
        return;
    }
    /* An aggregate held against the condition. */
    const struct tw_section *g = tw_lesson_row(d, "judge_value");
    tw_lesson_word(d, "A", tw_section_get(g, "english"));
    tw_lesson_word(d, "As", tw_section_get(g, "stem"));
    tw_lesson_raw(d, "G", tw_section_get(g, "code"));
    tw_lesson_name(d, tw_phrase(d, "judge", "name"));
    tw_lesson_say(d, tw_phrase(d, "judge", "say"));
    tw_lesson_say(d, tw_phrase(d, "judge", "say_empty"));
    tw_lesson_code(d, tw_phrase(d, "judge", "code"));
}
