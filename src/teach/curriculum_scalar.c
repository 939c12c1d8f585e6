/* Families over single values: bounds, classes, formulas, logic, clamping. */
#include "teach/curriculum_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static size_t draw_scalar(struct draft *d, struct draft_quantity q,
                          const char *names)
{
    size_t i = tw_draft_param(d, DRAFT_FLOAT, names);

    d->params[i].lo = q.lo;
    d->params[i].hi = q.hi;
    d->params[i].decimals = q.decimals;
    return i;
}

static const char *const value_names = "(value|{id}|{id}|{id}|v|level|current|"
                                       "measured)";

/* lower <= value <= upper, the function of the paper's Figure 5. */
void tw_family_bounds(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);
    bool strict = tw_draft_chance(d, 15), outside = tw_draft_chance(d, 15);
    bool defaults = tw_draft_chance(d, 45);

    draw_scalar(d, q, value_names);
    size_t lo = draw_scalar(d, q,
                            "(lower_bound|lower|low|lo|minimum|min_{id}|"
                            "lower_limit|min_value)");
    size_t hi = draw_scalar(d, q,
                            "(upper_bound|upper|high|hi|maximum|max_{id}|"
                            "upper_limit|max_value)");
    d->params[hi].above = (int)lo;
    if (defaults) {
        double a = tw_draft_constant(d, q), b = tw_draft_constant(d, q);
        d->params[lo].has_default = d->params[hi].has_default = true;
        d->params[lo].value_default = a < b ? a : b;
        d->params[hi].value_default = a < b ? b : a;
    }
    tw_draft_word(d, "W", "(tell|check|decide|return|determine|test) whether");
    tw_draft_name(d, "(check_{id}|{id}_ok|is_{id}_valid|{id}_in_range|"
                     "in_bounds|within_limits|validate_{id}|check_{id}_range)");
    if (outside) {
        tw_draft_say(d,
                     "({W} the {N} (is|lies) outside of the (bounds|range|"
                     "limits) {p1} and {p2}|{W} the {N} is (below|less than) "
                     "{p1} or (above|greater than) {p2}|return True if the "
                     "{N} is (out of|not within) the (range|bounds) from "
                     "{p1} to {p2}(, else False|)).");
        tw_draft_code(d, "    return {p0} < {p1} or {p0} > {p2}\n");
    } else if (strict) {
        tw_draft_say(d, "({W} the {N} (is|lies) strictly between {p1} and {p2}|"
                        "{W} the {N} is greater than {p1} and less than {p2}|"
                        "{W} the {N} lies between {p1} and {p2}, both "
                        "excluded).");
        tw_draft_code(d, "    return {p1} < {p0} < {p2}\n");
    } else {
        tw_draft_say(
            d, "({W} (the|a) {N} (is|lies) (within|between|inside) (the "
               "(bounds|limits) |){p1} and {p2}(, both included|, inclusive|)|"
               "return True if the {N} is (at least|not below) {p1} and (at "
               "most|not above) {p2}(, otherwise False|, False otherwise|)|{W} "
               "the {N}{U} is in the range from {p1} to {p2}|{W} (the|a) {N} "
               "(is|lies) within (the|its) (lower|) bounds, {p1} and {p2}|the "
               "{N} is valid (if|when) it (is|lies) between {p1} and {p2}; "
               "return whether it is valid).");
        if (tw_draft_chance(d, 30))
            tw_draft_say(d, "(the bounds (themselves|) (are|count as) (valid|"
                            "allowed|inside)|both bounds are (allowed|"
                            "included)|a {N} equal to a bound is "
                            "(accepted|inside)).");
        tw_draft_code(d, "    return {p1} <= {p0} <= {p2}\n");
    }
    snprintf(d->result, sizeof(d->result), "bool");
}

/* Classes by thresholds, rising. */
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

/* Rising thresholds; returns false when the range is too small. */
static bool draw_thresholds(struct draft *d, struct draft_quantity q, size_t n)
{
    double t[3];
    char number[24], key[24];

    for (size_t i = 0; i < n; i++) {
        struct draft_quantity part = {
            q.lo + (q.hi - q.lo) * (double)i / (double)n,
            q.lo + (q.hi - q.lo) * (double)(i + 1) / (double)n, q.decimals
        };
        t[i] = tw_draft_constant(d, part);
        if (i && t[i] <= t[i - 1])
            return false;
        tw_draft_number(number, t[i]);
        snprintf(key, sizeof(key), "t%zu", i);
        tw_draft_word(d, key, number);
    }
    return true;
}

/* From the top: "at least t -> label", or from the bottom: "below t". */
static void say_classes(struct draft *d, const struct classes *c, bool top,
                        bool inclusive)
{
    char phrase[DRAFT_WORD_SIZE];

    tw_draft_word(d, "R",
                  top         ? inclusive ? "(at least|not below|from)"
                                          : "(above|greater than|over|more "
                                            "than)"
                  : inclusive ? "(at most|up to|not above)"
                              : "(below|less than|under)");
    tw_draft_say(d, "(classify (the|a) {N}{U}|return the class of (the|a) {N}|"
                    "(rate|grade) the {N}|give the {N} a label|map the {N} to "
                    "a (label|class|level)): ");
    d->text.len--; /* the blank after the colon comes with the next word */
    tw_draft_word(d, "is", "(is |if it is |when it is |for values )");
    tw_draft_word(d, "else",
                  "(otherwise|else|in all other cases|and "
                  "otherwise)");
    tw_buf_addc(&d->text, ' ');
    for (size_t i = 0; i + 1 < c->n; i++) {
        size_t label = top ? c->n - 1 - i : i;
        size_t t = top ? c->n - 2 - i : i;
        snprintf(phrase, sizeof(phrase), "'%s' {if} {R} {t%zu}, ",
                 c->labels[label], t);
        tw_draft_word(d, "if", i ? "(if|if|when)" : "(if it is|when it is|if)");
        tw_draft_word(d, "part", phrase);
        tw_buf_adds(&d->text, tw_draft_get(d, "part"));
    }
    snprintf(phrase, sizeof(phrase), "{else} '%s'.",
             c->labels[top ? 0 : c->n - 1]);
    tw_draft_word(d, "part", phrase);
    tw_buf_adds(&d->text, tw_draft_get(d, "part"));
}

static void code_classes(struct draft *d, const struct classes *c, bool top,
                         bool inclusive)
{
    char line[DRAFT_WORD_SIZE];
    const char *op = top ? inclusive ? ">=" : ">" : inclusive ? "<=" : "<";

    for (size_t i = 0; i + 1 < c->n; i++) {
        size_t label = top ? c->n - 1 - i : i;
        size_t t = top ? c->n - 2 - i : i;
        snprintf(line, sizeof(line),
                 "    if {X} %s {t%zu}:\n        return \"%s\"\n", op, t,
                 c->labels[label]);
        tw_draft_code(d, line);
    }
    snprintf(line, sizeof(line), "    return \"%s\"\n",
             c->labels[top ? 0 : c->n - 1]);
    tw_draft_code(d, line);
}

void tw_family_classify(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);
    const struct classes *c = &classes[tw_draft_pick(d, TW_ARRAY_LEN(classes))];
    bool top = tw_draft_chance(d, 50), inclusive = tw_draft_chance(d, 50);
    bool series = tw_draft_chance(d, 30);

    if (!draw_thresholds(d, q, c->n - 1)) {
        d->n_pivots = 0;
        q = (struct draft_quantity){ 0, 100, 0 };
        if (!draw_thresholds(d, q, c->n - 1)) {
            tw_family_bounds(d);
            return;
        }
    }
    snprintf(d->result, sizeof(d->result), "str");
    tw_draft_name(d, "(classify_{id}|{id}_class|rate_{id}|grade_{id}|"
                     "{id}_level|{id}_status|{id}_quality|label_{id})");
    if (series) {
        size_t i = tw_draft_param(d, DRAFT_LIST,
                                  "(values|samples|xs|{id}_values|series)");
        d->params[i].lo = q.lo;
        d->params[i].hi = q.hi;
        d->params[i].decimals = q.decimals;
        tw_draft_word(d, "N", "(mean|average) {N}");
        say_classes(d, c, top, inclusive);
        tw_draft_say(d, "(an empty (list|series) gives 'unknown'|(return|the "
                        "result is) 'unknown' (if there are no samples|for an "
                        "empty list)).");
        tw_draft_code(d, "    if not {p0}:\n        return \"unknown\"\n"
                         "    mean = sum({p0}) / len({p0})\n");
        tw_draft_raw(d, "X", "mean");
    } else {
        draw_scalar(d, q, value_names);
        tw_draft_raw(d, "X", "{p0}");
        say_classes(d, c, top, inclusive);
    }
    code_classes(d, c, top, inclusive);
}

static const struct formula {
    const char *english;
    const char *code; /* statements, {p0} {p1} the values */
    const char *names0, *names1;
    const char *stem;
    double hi0, hi1;
} formulas[] = {
    { "({V} {p0} as a percentage of {p1}|{V} how many percent {p0} is of "
      "{p1}|{V} the share of {p0} in {p1}, in percent|{V} the ratio of {p0} to "
      "{p1} in percent). ((return|the result is) 0 (if|when) {p1} is (0|zero)|"
      "{p1} equal to 0 gives 0|(if|when) {p1} is (0|zero), (return|the result "
      "is) 0).",
      "    if {p1} == 0:\n        return 0\n    return 100 * {p0} / {p1}\n",
      "(used|granted|part|success|hits|n_ok|lost|drops)",
      "(total|available|requested|attempts|all_calls|n_total|sent|whole)",
      "(percent|share|rate|utilisation|success_rate|loss_rate)", 80, 100 },
    { "({V} {p0} divided by {p1}|{V} the (ratio|quotient) of {p0} (to|and) "
      "{p1}). ((return|the result is) 0 (if|when) {p1} is (0|zero)|{p1} equal "
      "to 0 gives 0|(if|when) {p1} is (0|zero), (return|the result is) 0).",
      "    if {p1} == 0:\n        return 0\n    return {p0} / {p1}\n",
      "(bits|energy|sum_value|numerator|used|granted|a_value)",
      "(seconds|bytes|count|denominator|requested|b_value)",
      "(ratio|quotient|safe_ratio|per_unit|efficiency)", 90, 20 },
    { "({V} the absolute difference (between|of) {p0} and {p1}|how far are "
      "{p0} and {p1} apart? {V} the absolute difference).",
      "    return abs({p0} - {p1})\n", "(before|first|left|measured|old)",
      "(after|second|right|expected|new)",
      "(difference|gap|deviation|distance)", 60, 60 },
    { "({V} the (relative change|change in percent|percentage change) from "
      "{p0} to {p1}(, in percent of {p0}|, in percent|)). ((return|the result "
      "is) 0 (if|when) {p0} is (0|zero)|{p0} equal to 0 gives 0).",
      "    if {p0} == 0:\n        return 0\n    return 100 * ({p1} - {p0}) / "
      "{p0}\n",
      "(before|old|baseline|previous|reference)",
      "(after|new|current|now|measured)",
      "(change|relative_change|gain|growth)", 60, 60 },
    { "(convert|turn) a (rate|throughput|bit rate) from (Mbps|megabits per "
      "second) to (kbps|kilobits per second).",
      "    return {p0} * 1000\n", "(mbps|rate|thp|brate)", NULL,
      "(to_kbps|mbps_to_kbps|convert_rate)", 90, 0 },
    { "(convert|turn) (a number of bytes|bytes|a byte count) (to|into) bits.",
      "    return {p0} * 8\n", "(n_bytes|size|buffer|octets)", NULL,
      "(to_bits|bytes_to_bits|n_bits)", 900, 0 },
    { "(convert|turn) (milliseconds|a time in milliseconds) (to|into) seconds.",
      "    return {p0} / 1000\n", "(ms|time_ms|delay|duration)", NULL,
      "(to_seconds|ms_to_s|seconds)", 900, 0 },
    { "({V} the (throughput|rate) in (bits per second|bps): {p0} bytes sent in "
      "{p1} seconds|{V} how many bits per second {p0} bytes in {p1} seconds "
      "are). ((return|the result is) 0 (if|when) {p1} is (0|zero)|{p1} equal "
      "to 0 gives 0).",
      "    if {p1} == 0:\n        return 0\n    return {p0} * 8 / {p1}\n",
      "(n_bytes|sent|payload)", "(seconds|duration|interval)",
      "(throughput|bit_rate|bps)", 9000, 20 },
    { "({V} (how much|the amount by which) {p0} exceeds {p1}, and 0 if it does "
      "not|by how much is {p0} above {p1}? return 0 if it is not above).",
      "    return max({p0} - {p1}, 0)\n", "(demand|load|requested|value)",
      "(capacity|limit|granted|budget)", "(excess|overload|overshoot|surplus)",
      90, 90 },
    { "({V} the (mean|average|midpoint) of {p0} and {p1}).",
      "    return ({p0} + {p1}) / 2\n", "(first|low|left|begin)",
      "(second|high|right|end)", "(mean_of_two|midpoint|middle)", 60, 60 },
    { "({V} the (larger|greater|maximum) of {p0} and {p1}).",
      "    return max({p0}, {p1})\n", "(first|dl|left|old)",
      "(second|ul|right|new)", "(larger|maximum|best)", 60, 60 },
    { "({V} the (smaller|lower|minimum) of {p0} and {p1}).",
      "    return min({p0}, {p1})\n", "(first|dl|left|old)",
      "(second|ul|right|new)", "(smaller|minimum|worst)", 60, 60 },
    { "({V} the remaining (capacity|headroom|margin): {p0} minus {p1}, but "
      "never less than 0|{V} {p0} minus {p1}; negative results become 0).",
      "    return max({p0} - {p1}, 0)\n", "(capacity|total|available|limit)",
      "(used|load|current|granted)", "(headroom|remaining|margin|spare)", 90,
      90 },
};

void tw_family_formula(struct draft *d)
{
    const struct formula *f =
        &formulas[tw_draft_pick(d, TW_ARRAY_LEN(formulas))];
    struct draft_quantity q0 = { 0, f->hi0, f->hi0 < 85 };
    struct draft_quantity q1 = { 0, f->hi1, f->hi1 < 85 };

    tw_draft_word(d, "V",
                  "(compute|return|calculate|give|determine|find|work out)");
    draw_scalar(d, q0, f->names0);
    if (f->names1)
        draw_scalar(d, q1, f->names1);
    d->pivots[d->n_pivots++] = 0;
    tw_draft_word(d, "As", f->stem);
    tw_draft_name(d, "({As}|{As}|{As}_{p0}|compute_{As}|get_{As})");
    tw_draft_say(d, f->english);
    if (f->names1 && tw_draft_chance(d, 15)) {
        tw_draft_say(d, "((raise|raises) (a |)ValueError (if|when) {p0} is "
                        "negative|a negative {p0} is an error: ValueError|a "
                        "negative {p0} raises ValueError).");
        tw_draft_code(d, "    if {p0} < 0:\n        raise "
                         "ValueError(\"negative\")\n");
        d->params[0].lo = -d->params[0].hi / 2;
    }
    tw_draft_code(d, f->code);
    snprintf(d->result, sizeof(d->result), "float");
}

/* Two conditions on two values, joined by and / or. */
void tw_family_logic(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);
    bool both = tw_draft_chance(d, 65);
    static const char *const ops[] = { ">=", "<=", ">", "<" };
    static const char *const english[] = {
        "(is at least|is not below|reaches) ",
        "(is at most|is not above|does not exceed) ",
        "(is above|exceeds|is greater than) ",
        "(is below|is less than|is under) "
    };
    char number[24], phrase[DRAFT_WORD_SIZE];
    size_t a = tw_draft_pick(d, 4), b = tw_draft_pick(d, 4);

    draw_scalar(d, q, "(value|{id}|{id}|{id})");
    tw_draft_number(number, tw_draft_constant(d, q));
    snprintf(phrase, sizeof(phrase), "the {N} %s%s", english[a], number);
    tw_draft_word(d, "X", phrase);
    snprintf(phrase, sizeof(phrase), "{p0} %s %s", ops[a], number);
    tw_draft_raw(d, "T", phrase);
    struct draft_quantity q2 = tw_draft_quantity2(d);
    draw_scalar(d, q2, "({id2}|{id2}|{id2}|other)");
    tw_draft_number(number, tw_draft_constant(d, q2));
    snprintf(phrase, sizeof(phrase), "the {N2} %s%s", english[b], number);
    tw_draft_word(d, "Y", phrase);
    snprintf(phrase, sizeof(phrase), "{p1} %s %s", ops[b], number);
    tw_draft_raw(d, "T2", phrase);
    tw_draft_word(d, "W", "(tell|check|decide|return|determine) whether");
    tw_draft_name(d, "(is_ok|check_link|link_ok|is_usable|healthy|is_good|"
                     "alarm|needs_action|{id}_and_{id2}|accept)");
    tw_draft_say(d, both ? "({W} {X} and {Y}|return True if {X} and {Y}(, "
                           "otherwise False|)|{W} both hold: {X} and {Y}|the "
                           "(link|cell|node) is (good|healthy|usable|fine) (if|"
                           "when) {X} and {Y}; return whether it is)."
                         : "({W} {X} or {Y}|return True if {X} or {Y}(, "
                           "otherwise False|)|{W} at least one holds: {X}, or "
                           "{Y}|an alarm is (raised|due) (if|when) {X} or {Y}; "
                           "return whether it is).");
    tw_draft_code(d, both ? "    return {T} and {T2}\n"
                          : "    return {T} or {T2}\n");
    snprintf(d->result, sizeof(d->result), "bool");
}

void tw_family_clamp(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);
    bool series = tw_draft_chance(d, 35);
    size_t i = tw_draft_param(d, series ? DRAFT_LIST : DRAFT_FLOAT,
                              series ? "(values|samples|xs|{id}_values)"
                                     : value_names);

    d->params[i].lo = q.lo - (q.hi - q.lo) / 4;
    d->params[i].hi = q.hi + (q.hi - q.lo) / 4;
    d->params[i].decimals = q.decimals;
    size_t lo =
        draw_scalar(d, q, "(lower|low|lo|minimum|min_{id}|lower_bound)");
    size_t hi = draw_scalar(d, q,
                            "(upper|high|hi|maximum|max_{id}|"
                            "upper_bound)");
    d->params[hi].above = (int)lo;
    tw_draft_word(d, "V", "(clamp|limit|clip|restrict)");
    tw_draft_name(d, "(clamp_{id}|clamp|limit_{id}|clip_{id}|bounded_{id}|"
                     "saturate)");
    tw_draft_say(d, series ? "({V} (each|every) of the {S} to the range from "
                             "{p1} to {p2} and return the list|{V} all {S} to "
                             "the range {p1} to {p2})."
                           : "({V} the {N} to the range from {p1} to {p2}|{V} "
                             "the {N}: (values|anything) below {p1} "
                             "(become|becomes) {p1}, above {p2} {p2}|return "
                             "the {N}, but not less than {p1} and not more "
                             "than {p2}).");
    tw_draft_code(d, series ? "    return [max({p1}, min({p2}, x)) for x in "
                              "{p0}]\n"
                            : "    return max({p1}, min({p2}, {p0}))\n");
    snprintf(d->result, sizeof(d->result), series ? "list" : "float");
}
