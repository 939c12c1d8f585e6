/*
 * curriculum_series.c - families over one series: aggregates, counts, runs,
 * positions, steps, lists.  Texts: series.phrases.
 *
 * The order of the draws is part of the format of a curriculum: a draw more or
 * less changes every task behind it, and with it the built-in model.
 */
#include "teach/curriculum_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The series: quantity, list parameter 0, verb. */
static struct tw_lesson_quantity draw_series(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = tw_lesson_quantity(d);
    size_t i =
        tw_lesson_param(d, TW_LESSON_LIST, tw_phrase(d, "series", "names"));

    tw_lesson_range(d, i, q);
    tw_lesson_word(d, "V", tw_phrase(d, "series", "V"));
    return q;
}

/* {G}: the expression over the list kept.  Python without imports has no
 * median, so the model has to learn how one is made. */
static void code_aggregate(struct tw_lesson *d, const struct tw_section *g)
{
    tw_lesson_raw(d, "G", tw_section_get(g, "code"));
    if (strcmp(tw_section_get(g, "code"), "median") != 0)
        return;
    tw_lesson_code(d, tw_phrase(d, "median", "code"));
    tw_lesson_raw(d, "G", tw_phrase(d, "median", "G"));
}

/* The end of the function: the value {G} as it is, or made into something.
 * {M} is the line for an odd number of samples, which only a median has. */
static void finish_value(struct tw_lesson *d, struct tw_lesson_quantity q,
                         bool median)
{
    size_t kind = tw_lesson_pick(d, 100);

    tw_lesson_raw(d, "G1", "{G}");
    tw_lesson_raw(d, "M", tw_phrase(d, "finish_value", "M"));
    if (kind < 14) {
        tw_lesson_say(d, tw_phrase(d, "finish_rounded", "say"));
        tw_lesson_raw(d, "G1", tw_phrase(d, "finish_rounded", "G1"));
        tw_lesson_raw(d, "M", tw_phrase(d, "finish_rounded", "M"));
    } else if (kind < 22 && !median) {
        char k[24];

        tw_lesson_number(k, tw_lesson_constant(d, q));
        tw_lesson_word(d, "K2", k);
        tw_lesson_say(d, tw_phrase(d, "finish_limited", "say"));
        tw_lesson_raw(d, "G1", tw_phrase(d, "finish_limited", "G1"));
    }
    if (median)
        tw_lesson_code(d, "        {M}\n");
    tw_lesson_code(d, tw_phrase(d, "finish_value", "code"));
}

/* One number from all samples, or from those that fulfil a condition. */
void tw_family_aggregate(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);
    const struct tw_section *g = tw_lesson_row(d, "aggregate_value");
    bool some = tw_lesson_chance(d, 62);
    const char *of = tw_either(some, "aggregate_some", "aggregate_all");

    tw_lesson_word(d, "A", tw_section_get(g, "english"));
    tw_lesson_word(d, "As", tw_section_get(g, "stem"));
    tw_lesson_word(d, "EV0", tw_section_get(g, "empty"));
    tw_lesson_name(d, tw_phrase(d, of, "name"));
    if (some)
        tw_lesson_condition(d, q);
    tw_lesson_say(d, tw_phrase(d, of, "say"));
    tw_lesson_empty(d, "{EV0}", some);
    tw_lesson_code(d, tw_phrase(d, of, "code"));
    code_aggregate(d, g);
    finish_value(d, q, strcmp(tw_section_get(g, "code"), "median") == 0);
    tw_lesson_result(d, "float");
}

/* How many samples fulfil a condition, or which share. */
void tw_family_count(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);
    size_t kind = tw_lesson_pick(d, 3);

    tw_lesson_condition(d, q);
    if (kind == 0) {
        tw_lesson_name(d, tw_phrase(d, "count", "name"));
        tw_lesson_say(d, tw_phrase(d, "count", "say"));
        tw_lesson_code(d, tw_phrase(d, "count", "code"));
        tw_lesson_result(d, "int");
        return;
    }
    bool percent = kind == 1 || tw_lesson_chance(d, 40);
    const char *share = tw_either(percent, "share_percent", "share_plain");
    tw_lesson_name(d, tw_phrase(d, "share", "name"));
    tw_lesson_say(d, tw_phrase(d, share, "say"));
    tw_lesson_empty(d, tw_phrase(d, "share", "empty"), false);
    tw_lesson_code(d, tw_phrase(d, "share", "code"));
    tw_lesson_code(d, tw_phrase(d, share, "code"));
    tw_lesson_result(d, "float");
}

/* Is there a run of so many samples?  {R}: the parameter that says how many. */
static void draw_run_reach(struct tw_lesson *d)
{
    char key[8];
    size_t i = tw_lesson_param(d, TW_LESSON_COUNT,
                               tw_phrase(d, "runs_reach", "names"));

    snprintf(key, sizeof(key), "{p%zu}", i);
    tw_lesson_word(d, "R", key);
    tw_lesson_name(d, tw_phrase(d, "runs_reach", "name"));
    tw_lesson_say(d, tw_phrase(d, "runs_reach", "say"));
    tw_lesson_code(d, tw_phrase(d, "runs_reach", "code"));
    tw_lesson_result(d, "bool");
}

/* Samples in a row that fulfil a condition: outages, alarms, episodes. */
void tw_family_runs(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);
    size_t kind = tw_lesson_pick(d, 10);

    tw_lesson_condition(d, q);
    tw_lesson_result(d, "int");
    if (kind < 3) {
        tw_lesson_name(d, tw_phrase(d, "runs_count", "name"));
        tw_lesson_say(d, tw_phrase(d, "runs_count", "say"));
        tw_lesson_code(d, tw_phrase(d, "runs_count", "code"));
        return;
    }
    if (kind < 5) {
        draw_run_reach(d);
        return;
    }
    tw_lesson_name(d, tw_phrase(d, "runs_longest", "name"));
    tw_lesson_say(d, tw_phrase(d, "runs_longest", "say"));
    if (tw_lesson_chance(d, 35))
        tw_lesson_say(d, tw_phrase(d, "runs_longest", "say_none"));
    tw_lesson_code(d, tw_phrase(d, "runs_longest", "code"));
}

/* The index of the largest or the smallest sample. */
static void search_extreme(struct tw_lesson *d)
{
    bool peak = tw_lesson_chance(d, 60);
    const char *which = tw_either(peak, "search_max", "search_min");

    tw_lesson_word(d, "A", tw_phrase(d, which, "A"));
    tw_lesson_name(d, tw_phrase(d, which, "name"));
    tw_lesson_say(d, tw_phrase(d, "search_extreme", "say"));
    tw_lesson_say(d, tw_phrase(d, "search_extreme", "say_first"));
    tw_lesson_empty(d, tw_phrase(d, "search_extreme", "empty"), false);
    tw_lesson_code(d, tw_phrase(d, "search_extreme", "code"));
    tw_lesson_code(d, tw_phrase(d, which, "code"));
}

/* Where in the series is something? */
void tw_family_search(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);
    size_t kind = tw_lesson_pick(d, 10);
    const char *which = tw_either(kind > 7, "search_last", "search_first");

    tw_lesson_result(d, "int");
    if (kind < 3) {
        search_extreme(d);
        return;
    }
    tw_lesson_word(d, "F", tw_phrase(d, which, "F"));
    tw_lesson_condition(d, q);
    tw_lesson_name(d, tw_phrase(d, "search", "name"));
    tw_lesson_say(d, tw_phrase(d, "search", "say"));
    tw_lesson_say(d, tw_phrase(d, "search", "say_none"));
    tw_lesson_code(d, tw_phrase(d, which, "code"));
}

/* How often does the series cross a limit? */
static void draw_crossings(struct tw_lesson *d, struct tw_lesson_quantity q)
{
    const struct tw_section *c = tw_lesson_row(d, "crossing");

    tw_lesson_condition(d, q); /* for its limit; the test is replaced */
    if (!tw_lesson_get(d, "K")[0]) {
        tw_lesson_word(d, "K", "0");
        tw_lesson_word(d, "KE", tw_phrase(d, "crossings", "KE"));
    }
    tw_lesson_word(d, "X", tw_section_get(c, "english"));
    tw_lesson_raw(d, "T2", tw_section_get(c, "code"));
    tw_lesson_name(d, tw_phrase(d, "crossings", "name"));
    tw_lesson_say(d, tw_phrase(d, "crossings", "say"));
    tw_lesson_code(d, tw_phrase(d, "crossings", "code"));
}

/* What is computed from consecutive samples a, b. */
void tw_family_steps(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);

    tw_lesson_result(d, "float");
    if (tw_lesson_chance(d, 30)) {
        draw_crossings(d, q);
        tw_lesson_result(d, "int");
        return;
    }
    const struct tw_section *s = tw_lesson_row(d, "step");
    tw_lesson_word(d, "X", tw_section_get(s, "english"));
    tw_lesson_word(d, "As", tw_section_get(s, "stem"));
    tw_lesson_name(d, tw_phrase(d, "steps", "name"));
    tw_lesson_say(d, tw_phrase(d, "steps", "say"));
    if (tw_lesson_chance(d, 50))
        tw_lesson_say(d, tw_phrase(d, "steps", "say_none"));
    tw_lesson_return(d, tw_section_get(s, "code"));
}

/* A list of what a window that moves over the series gives. */
static void draw_window(struct tw_lesson *d)
{
    bool mean = tw_lesson_chance(d, 60);
    const char *which = tw_either(mean, "window_mean", "window_max");

    tw_lesson_param(d, TW_LESSON_COUNT, tw_phrase(d, "window", "names"));
    tw_lesson_word(d, "A", tw_phrase(d, which, "A"));
    tw_lesson_name(d, tw_phrase(d, "window", "name"));
    tw_lesson_say(d, tw_phrase(d, "window", "say"));
    tw_lesson_raw(d, "G", tw_phrase(d, which, "G"));
    tw_lesson_code(d, tw_phrase(d, "window", "code"));
}

/* Lists as results.  A row that has no test {T} in its code needs none. */
void tw_family_map(struct tw_lesson *d)
{
    struct tw_lesson_quantity q = draw_series(d);
    const struct tw_section *m = tw_lesson_row(d, "map_value");

    tw_lesson_result(d, "list");
    if (tw_lesson_chance(d, 25)) {
        draw_window(d);
        return;
    }
    if (strstr(tw_section_get(m, "code"), "{T}"))
        tw_lesson_condition(d, q);
    tw_lesson_word(d, "As", tw_section_get(m, "stem"));
    tw_lesson_name(d, tw_phrase(d, "map", "name"));
    tw_lesson_say(d, tw_section_get(m, "english"));
    tw_lesson_stop(d);
    tw_lesson_return(d, tw_section_get(m, "code"));
}
