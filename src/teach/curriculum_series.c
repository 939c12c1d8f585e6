/* Families over one series: aggregate, count, runs, search, steps, map. */
#include "teach/curriculum_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const list_names =
    "(values|samples|xs|series|data|{id}|{id}|{id}_values|{id}_samples|"
    "readings)";

/* The series: quantity, list parameter 0, verb. */
static struct draft_quantity draw_series(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);

    size_t i = tw_draft_param(d, DRAFT_LIST, list_names);
    d->params[i].lo = q.lo;
    d->params[i].hi = q.hi;
    d->params[i].decimals = q.decimals;
    tw_draft_word(d, "V",
                  "(compute|return|calculate|give|determine|find|work out)");
    return q;
}

static const struct aggregate {
    const char *english; /* of the aggregate of {X} */
    const char *code;    /* over {kept} */
    const char *stem;
    const char *empty;
} aggregates[] = {
    { "(mean|average|arithmetic mean|mean value)", "sum(kept) / len(kept)",
      "(mean|avg|average)", "(0|0|0|None)" },
    { "(sum|total)", "sum(kept)", "(sum|total)", "0" },
    { "(maximum|largest value|highest value|peak|max)", "max(kept)",
      "(max|peak|highest)", "(0|None)" },
    { "(minimum|smallest value|lowest value|min)", "min(kept)",
      "(min|lowest|smallest)", "(0|None)" },
    { "(range|span|difference between the maximum and the minimum|spread "
      "from maximum to minimum)",
      "max(kept) - min(kept)", "(range|span|spread)", "0" },
    { "(median|middle value)", "median", "(median|mid)", "(0|None)" },
};

static void code_aggregate(struct draft *d, const struct aggregate *g)
{
    tw_draft_raw(d, "G", g->code);
    if (strcmp(g->code, "median") != 0)
        return;
    tw_draft_code(d, "    kept = sorted(kept)\n    n = len(kept)\n");
    tw_draft_code(d, "    mid = n // 2\n    if n % 2 == 1:\n");
    tw_draft_raw(d, "G", "(kept[mid - 1] + kept[mid]) / 2");
}

/* The end of the function: the value {G} as it is, or made into something. */
static void finish_value(struct draft *d, struct draft_quantity q, bool median)
{
    size_t kind = tw_draft_pick(d, 100);
    const char *odd = median ? "        {M}\n" : "";

    tw_draft_raw(d, "G1", "{G}");
    tw_draft_raw(d, "M", "return kept[mid]");
    if (kind < 14) {
        tw_draft_say(d, "(round|rounded) (the result|it) to (two|2) decimals.");
        tw_draft_raw(d, "G1", "round({G}, 2)");
        tw_draft_raw(d, "M", "return round(kept[mid], 2)");
    } else if (kind < 22 && !median) {
        char k[24];
        tw_draft_number(k, tw_draft_constant(d, q));
        tw_draft_word(d, "K2", k);
        tw_draft_say(d, "(the result is (limited to|capped at|never more than)"
                        " {K2}|limit the result to (at most |){K2}).");
        tw_draft_raw(d, "G1", "min({G}, {K2})");
    }
    tw_draft_code(d, odd);
    tw_draft_code(d, "    return {G1}\n");
}

void tw_family_aggregate(struct draft *d)
{
    struct draft_quantity q = draw_series(d);
    const struct aggregate *g =
        &aggregates[tw_draft_pick(d, TW_ARRAY_LEN(aggregates))];
    bool filter = tw_draft_chance(d, 62);

    tw_draft_word(d, "A", g->english);
    tw_draft_word(d, "As", g->stem);
    tw_draft_word(d, "EV0", g->empty);
    tw_draft_name(d, filter ? "({As}_{id}|{As}_of_{id}|{id}_{As}|filtered_{As}|"
                              "{As}_valid_{id}|{As}_if)"
                            : "({As}_{id}|{id}_{As}|{As}_of_{id}|"
                              "compute_{As}|get_{As}_{id})");
    if (filter) {
        tw_draft_condition(d, q);
        tw_draft_say(
            d,
            "({V} the {A} of (the|all|those) {S} (that are |which are |){C}|"
            "{V} the {A} {N}{U} over the samples {C}|"
            "{V} the {A} of {p0}, but (only of|counting only|using only) the "
            "(samples|values) {C}|"
            "(take|keep) only the {S} (that are |){C} and (return|compute) "
            "their {A}|"
            "{V} the {A}{U} of the {S} (whose value {CV}|that are {C})|"
            "samples that are not {C} are (ignored|left out); {V} the {A} of "
            "the (others|rest)).");
        tw_draft_empty(d, "{EV0}", true);
        tw_draft_code(d, "    kept = [x for x in {p0} if {T}]\n"
                         "    if not kept:\n        {E}\n");
    } else {
        tw_draft_say(d, "({V} the {A} of (the|all) {S}|{V} the {A} {N}{U}|{V} "
                        "the {A}{U} of the {N} series|{V} the {A} of {p0}|{V} "
                        "the {A} of a (list|series) of {S}).");
        tw_draft_empty(d, "{EV0}", false);
        tw_draft_code(d, "    kept = {p0}\n    if not kept:\n        {E}\n");
    }
    code_aggregate(d, g);
    finish_value(d, q, strcmp(g->code, "median") == 0);
    snprintf(d->result, sizeof(d->result), "float");
}

void tw_family_count(struct draft *d)
{
    struct draft_quantity q = draw_series(d);
    size_t kind = tw_draft_pick(d, 3);

    tw_draft_condition(d, q);
    if (kind == 0) {
        tw_draft_name(d, "(count_{id}|n_{id}|num_{id}|count_samples|{id}_count|"
                         "how_many_{id}|count_matching)");
        tw_draft_say(
            d,
            "(count the {S} (that are |which are |){C}|count how many {S} "
            "are {C}|{V} the number of {S} (that are |){C}|(return|tell) how "
            "many of the {S} are {C}|{V} in how many samples the {N} {CV}|"
            "how many {S} are {C}?|{V} how often the {N} {CV}).");
        tw_draft_code(d, "    return sum(1 for x in {p0} if {T})\n");
        snprintf(d->result, sizeof(d->result), "int");
        return;
    }
    bool percent = kind == 1 || tw_draft_chance(d, 40);
    tw_draft_name(d, "(share_{id}|{id}_share|pct_{id}|percent_{id}|ratio_{id}|"
                     "share_of_samples|{id}_availability|fraction_{id})");
    if (percent)
        tw_draft_say(
            d,
            "({V} the (share|percentage|proportion) of {S} (that are |which "
            "are |){C}, (in percent|as a percentage|in %)|{V} the percentage "
            "of (the |){S} (that are |){C}|{V} (what|which) percentage of "
            "the {S} is {C}|in percent, {V} the share of {S} {C}|{V} how "
            "many percent of the {S} are {C}|{V} the share of samples, in "
            "percent, (in which|whose) {N} {CV}|{V} the (share|percentage) "
            "of time, in percent, that the {N} {CV}).");
    else
        tw_draft_say(
            d,
            "({V} the (fraction|share|proportion) of {S} (that are |){C}|{V} "
            "the (fraction|share) of {S} {C}, (as a number between 0 and "
            "1|from 0 to 1)|{V} the (fraction|share) of samples (in which|"
            "whose) {N} {CV}).");
    tw_draft_empty(d, "(0|0|0|100)", false);
    tw_draft_code(d, "    if not {p0}:\n        {E}\n"
                     "    n = sum(1 for x in {p0} if {T})\n");
    tw_draft_code(d, percent ? "    return 100 * n / len({p0})\n"
                             : "    return n / len({p0})\n");
    snprintf(d->result, sizeof(d->result), "float");
}

static void code_run_count(struct draft *d)
{
    tw_draft_name(d, "(count_{id}_episodes|outages|count_outages|n_episodes|"
                     "{id}_events|count_runs|alarm_count)");
    tw_draft_say(
        d,
        "({V} the number of (episodes|outages|phases|runs|periods|intervals) "
        "in which the {N} {CV}; (consecutive|adjacent|neighbouring) samples "
        "(count once|count as one|form one)|count the (separate |)(episodes|"
        "runs|phases|outages) of consecutive {S} (that are |){C}|how many "
        "separate (runs|episodes) of (consecutive|adjacent) {S} {C} are "
        "there?).");
    tw_draft_code(d, "    n = 0\n    inside = False\n    for x in {p0}:\n"
                     "        if {T}:\n            if not inside:\n"
                     "                n += 1\n            inside = True\n"
                     "        else:\n            inside = False\n"
                     "    return n\n");
}

void tw_family_runs(struct draft *d)
{
    struct draft_quantity q = draw_series(d);
    size_t kind = tw_draft_pick(d, 10);

    tw_draft_condition(d, q);
    snprintf(d->result, sizeof(d->result), "int");
    if (kind < 3) {
        code_run_count(d);
        return;
    }
    if (kind < 5) {
        tw_draft_param(d, DRAFT_COUNT,
                       "(n|min_length|length|count|periods|k|"
                       "min_run|window)");
        char key[8];
        snprintf(key, sizeof(key), "{p%zu}", d->n_params - 1);
        tw_draft_word(d, "R", key);
        tw_draft_name(d, "(has_{id}_run|{id}_alarm|is_outage|sustained_{id}|"
                         "alarm_raised|raise_alarm)");
        tw_draft_say(
            d, "((tell|check|decide) whether the {N} {CV} for at least {R} "
               "(consecutive|successive) (samples|periods)|return True if at "
               "least {R} consecutive {S} are {C}|{V} whether there (is a run "
               "of|are) {R} or more consecutive {S} (that are |){C}|an alarm "
               "is raised when {R} consecutive {S} are {C}; return whether it "
               "is raised).");
        tw_draft_code(d, "    run = 0\n    for x in {p0}:\n"
                         "        if {T}:\n            run += 1\n"
                         "            if run >= {R}:\n"
                         "                return True\n        else:\n"
                         "            run = 0\n    return False\n");
        snprintf(d->result, sizeof(d->result), "bool");
        return;
    }
    tw_draft_name(d, "(longest_{id}|longest_run|longest_outage|max_run_{id}|"
                     "{id}_longest_run|longest_period|worst_run)");
    tw_draft_say(
        d, "({V} the (length of the |)longest (run|stretch|sequence|streak) of "
           "(consecutive |successive |){S} (that are |which are |){C}|{V} the "
           "longest (run|stretch) of (samples|periods|intervals) in which the "
           "{N} {CV}|(how many consecutive|the largest number of consecutive) "
           "{S} are {C}|{V} the longest time, in samples, during which the {N} "
           "{CV}).");
    if (tw_draft_chance(d, 35))
        tw_draft_say(d, "(if there is none|without such samples|if no sample "
                        "is), (the result is|return) 0.");
    tw_draft_code(d, "    best = 0\n    run = 0\n    for x in {p0}:\n"
                     "        if {T}:\n            run += 1\n"
                     "            best = max(best, run)\n        else:\n"
                     "            run = 0\n    return best\n");
}

void tw_family_search(struct draft *d)
{
    struct draft_quantity q = draw_series(d);
    size_t kind = tw_draft_pick(d, 10);

    snprintf(d->result, sizeof(d->result), "int");
    if (kind < 3) {
        bool peak = tw_draft_chance(d, 60);
        tw_draft_word(d, "A",
                      peak ? "(maximum|largest|highest|peak)"
                           : "(minimum|smallest|lowest)");
        tw_draft_name(d, peak ? "(argmax_{id}|peak_index|busiest|{id}_peak_at|"
                                "index_of_max)"
                              : "(argmin_{id}|worst_index|lowest_at|{id}_min_"
                                "index|index_of_min)");
        tw_draft_say(d, "({V} the (index|position) of the {A} {N}|{V} the "
                        "(index|position) of the {A} (value|sample) in {p0}|at "
                        "which (index|position) is the {N} {A}?).");
        tw_draft_say(d, "((if|when) (several are equal|it occurs several "
                        "times), (take|return|use) the first|the first one "
                        "counts).");
        tw_draft_empty(d, "(-1|-1|None)", false);
        tw_draft_code(d, "    if not {p0}:\n        {E}\n");
        tw_draft_code(d, peak ? "    return {p0}.index(max({p0}))\n"
                              : "    return {p0}.index(min({p0}))\n");
        return;
    }
    bool last = kind > 7;
    tw_draft_word(d, "F", last ? "last" : "first");
    tw_draft_condition(d, q);
    tw_draft_name(d, "({F}_{id}|index_{F}_{id}|{F}_index|find_{F}|{F}_alarm|"
                     "{F}_position|when_{id}|{F}_crossing)");
    tw_draft_say(
        d, "({V} the (index|position) of the {F} (sample|value|{N} sample) "
           "(that is |which is |){C}|{V} the (index|position) of the {F} "
           "sample (in which|whose) (the |){N} {CV}|(at which index|when) is "
           "the {N} {F} {C}? return the index|{V} the {F} index at which the "
           "{N} {CV}).");
    tw_draft_say(d,
                 "((return|the result is|give) -1 if there is (none|no such "
                 "sample|no such value)|if (no sample is|there is none|none "
                 "is found), (return|the result is) -1|-1 (means|stands for) "
                 "none|-1 if (none|there is none|it never happens)).");
    if (last)
        tw_draft_code(d, "    last = -1\n    for i, x in enumerate({p0}):\n"
                         "        if {T}:\n            last = i\n"
                         "    return last\n");
    else
        tw_draft_code(d, "    for i, x in enumerate({p0}):\n"
                         "        if {T}:\n            return i\n"
                         "    return -1\n");
}

/* What is computed from consecutive samples a, b. */
static const struct step {
    const char *english;
    const char *code;
    const char *stem;
} steps[] = {
    { "(largest|biggest|maximum|steepest|worst) (drop|decrease|fall) between "
      "(two |)(consecutive|neighbouring|adjacent|successive) {S}",
      "max([0] + [a - b for a, b in zip({p0}, {p0}[1:])])",
      "(largest_drop|max_drop|worst_drop|biggest_fall)" },
    { "(largest|biggest|maximum|steepest) (rise|increase|jump up) between "
      "(two |)(consecutive|neighbouring|adjacent|successive) {S}",
      "max([0] + [b - a for a, b in zip({p0}, {p0}[1:])])",
      "(largest_rise|max_rise|max_increase|biggest_jump)" },
    { "(largest|biggest|maximum) (absolute |)(change|step|difference) between "
      "(two |)(consecutive|neighbouring|adjacent|successive) {S}, (up or "
      "down|in either direction|as an absolute value)",
      "max([0] + [abs(b - a) for a, b in zip({p0}, {p0}[1:])])",
      "(max_step|largest_change|max_jump|max_delta)" },
    { "number of times (that |)the {N} (rises|increases|goes up) from one "
      "sample to the next",
      "sum(1 for a, b in zip({p0}, {p0}[1:]) if b > a)",
      "(count_rises|n_increases|times_up)" },
    { "number of times (that |)the {N} (falls|decreases|goes down|drops) from "
      "one sample to the next",
      "sum(1 for a, b in zip({p0}, {p0}[1:]) if b < a)",
      "(count_drops|n_decreases|times_down)" },
    { "number of times (that |)the {N} changes from one sample to the next",
      "sum(1 for a, b in zip({p0}, {p0}[1:]) if a != b)",
      "(count_changes|n_changes|switches)" },
    { "sum of (all |)absolute (changes|differences) between (consecutive|"
      "neighbouring|adjacent|successive) {S}",
      "sum(abs(b - a) for a, b in zip({p0}, {p0}[1:]))",
      "(total_variation|sum_changes|activity)" },
};

static void code_crossings(struct draft *d, struct draft_quantity q)
{
    static const char *const tests[] = { "(a <= {K}) and (b > {K})",
                                         "(a >= {K}) and (b < {K})",
                                         "(a < {K}) != (b < {K})" };
    static const char *const english[] = {
        "(crosses {KE} (upwards|from below)|rises above {KE}, having been at "
        "or "
        "below it before|goes from at or below {KE} to above it)",
        "(crosses {KE} (downwards|from above)|falls below {KE}, having been at "
        "or above it before|drops from at or above {KE} to below it)",
        "(crosses {KE} in either direction|changes between below {KE} and not "
        "below {KE})"
    };
    static const char *const code[] = { "a <= {K} < b", "a >= {K} > b",
                                        "(a < {K}) != (b < {K})" };
    size_t kind = tw_draft_pick(d, TW_ARRAY_LEN(tests));

    tw_draft_condition(d, q); /* for its limit; the test is replaced */
    if (!tw_draft_get(d, "K")[0]) {
        tw_draft_word(d, "K", "0");
        tw_draft_word(d, "KE", "(0|zero)");
    }
    tw_draft_word(d, "X", english[kind]);
    tw_draft_raw(d, "T2", code[kind]);
    tw_draft_name(d, "(crossings|count_crossings|{id}_crossings|"
                     "threshold_crossings|n_crossings|level_crossings)");
    tw_draft_say(d,
                 "({V} how (often|many times) the {N} {X}|count (how often|"
                 "the times) the {N} {X}|{V} the number of times (that |)the "
                 "{N} {X}).");
    tw_draft_code(d, "    n = 0\n    for a, b in zip({p0}, {p0}[1:]):\n"
                     "        if {T2}:\n            n += 1\n    return n\n");
}

void tw_family_steps(struct draft *d)
{
    struct draft_quantity q = draw_series(d);

    snprintf(d->result, sizeof(d->result), "float");
    if (tw_draft_chance(d, 30)) {
        code_crossings(d, q);
        snprintf(d->result, sizeof(d->result), "int");
        return;
    }
    const struct step *s = &steps[tw_draft_pick(d, TW_ARRAY_LEN(steps))];
    tw_draft_word(d, "X", s->english);
    tw_draft_word(d, "As", s->stem);
    tw_draft_name(d, "({As}|{As}_{id}|{id}_{As})");
    tw_draft_say(d, "({V} the {X}|what is the {X}?|{V} for {p0} the {X}).");
    if (tw_draft_chance(d, 50))
        tw_draft_say(d, "((with|for) (fewer than two samples|less than two "
                        "values), (the result is|return) 0|(if there is none|"
                        "without any), (return|the result is) 0|a series with "
                        "fewer than two samples gives 0).");
    tw_draft_code(d, "    return ");
    tw_draft_code(d, s->code);
    tw_draft_code(d, "\n");
}

/* Lists as results. */
static const struct map {
    const char *english;
    const char *code;
    const char *stem;
} maps[] = {
    { "(return|give) the (differences|changes) between (consecutive|"
      "neighbouring|adjacent|successive) {S}(, each minus the one before|)",
      "[b - a for a, b in zip({p0}, {p0}[1:])]", "(differences|deltas|diff)" },
    { "(return|give|compute) the (running|cumulative) (sum|total) of the {S}",
      "[sum({p0}[: i + 1]) for i in range(len({p0}))]",
      "(cumulative|running_total|cumsum)" },
    { "(return|give) the {S} (that are |which are |){C}(, in their order|)",
      "[x for x in {p0} if {T}]", "(filter|select|keep|pick)" },
    { "(return|give) the (indices|positions|indexes) of (all |)the {S} (that "
      "are |which are |){C}",
      "[i for i, x in enumerate({p0}) if {T}]",
      "(indices|positions|where|find_all)" },
    { "(remove|drop|delete) the {S} (that are |which are |){C} and return the "
      "(rest|others)",
      "[x for x in {p0} if not ({T})]", "(remove|drop|clean|without)" },
    { "(return|give) the {S} sorted from (largest to smallest|high to low|"
      "highest to lowest)",
      "sorted({p0}, reverse=True)", "(sort_desc|ranking|ranked)" },
    { "(return|give) the {S} sorted from (smallest to largest|low to high|"
      "lowest to highest)",
      "sorted({p0})", "(sort_asc|ordered|sorted_values)" },
    { "(return|give) for (each|every) (sample|value) whether (it {CV}|the {N} "
      "{CV})(, as a list of booleans|)",
      "[{T} for x in {p0}]", "(flags|mark|mask|alarms)" },
};

void tw_family_map(struct draft *d)
{
    struct draft_quantity q = draw_series(d);
    const struct map *m = &maps[tw_draft_pick(d, TW_ARRAY_LEN(maps))];

    snprintf(d->result, sizeof(d->result), "list");
    if (tw_draft_chance(d, 25)) {
        bool moving = tw_draft_chance(d, 60);
        tw_draft_param(d, DRAFT_COUNT, "(n|window|width|size|k)");
        tw_draft_word(d, "A", moving ? "(mean|average)" : "(maximum|max)");
        tw_draft_name(d, "(moving_{A}|rolling_{A}|smooth_{id}|sliding_{A})");
        tw_draft_say(d, "({V} the (moving|rolling|sliding) {A} of the {S} over "
                        "{p1} (samples|values)|{V} the {A} of (each|every) "
                        "window of {p1} consecutive {S}).");
        tw_draft_raw(d, "G",
                     moving ? "sum({p0}[i : i + {p1}]) / {p1}"
                            : "max({p0}[i : i + {p1}])");
        tw_draft_code(d, "    n = len({p0}) - {p1} + 1\n"
                         "    return [{G} for i in range(n)]\n");
        return;
    }
    if (strstr(m->code, "{T}"))
        tw_draft_condition(d, q);
    tw_draft_word(d, "As", m->stem);
    tw_draft_name(d, "({As}_{id}|{As}|{id}_{As}|{As}_samples)");
    tw_draft_say(d, m->english);
    tw_draft_word(d, "tmp", "x");
    if (d->text.len && d->text.bytes[d->text.len - 1] != '.')
        tw_buf_addc(&d->text, '.');
    tw_draft_code(d, "    return ");
    tw_draft_code(d, m->code);
    tw_draft_code(d, "\n");
}
