/* Families over two series, over series with missing samples, and verdicts
 * about a whole series. */
#include "teach/curriculum_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void set_range(struct draft *d, size_t i, struct draft_quantity q)
{
    d->params[i].lo = q.lo;
    d->params[i].hi = q.hi;
    d->params[i].decimals = q.decimals;
}

static void draw_verb(struct draft *d)
{
    tw_draft_word(d, "V",
                  "(compute|return|calculate|give|determine|find|work out)");
}

/* Two series of one length; the part is usually not above the whole. */
static void draw_two(struct draft *d, bool part_of_whole)
{
    static const struct {
        const char *part, *whole, *ids, *ids2, *about;
        double hi;
    } pairs[] = {
        { "(used|granted|allocated) PRBs", "(available|requested) PRBs",
          "(used|granted|prb_used|prb_granted)",
          "(avail|requested|prb_avail|prb_requested)", "PRB utilisation", 100 },
        { "(successful|completed) handovers", "handover attempts",
          "(success|ho_ok|ok)", "(attempts|ho_attempts|tries)",
          "handover success rate", 60 },
        { "(received|delivered|acknowledged) packets",
          "(sent|transmitted) "
          "packets",
          "(received|rx|delivered)", "(sent|tx|transmitted)", "delivery rate",
          400 },
        { "(failed|lost|erroneous) packets", "(all|sent|total) packets",
          "(failed|lost|errors)", "(sent|total|pkts)", "loss rate", 300 },
        { "(successful|established) (connections|calls)",
          "(connection|call) attempts", "(established|ok|successes)",
          "(attempts|requests|calls)", "setup success rate", 80 },
        { "busy (seconds|intervals)", "(measured|observed) (seconds|intervals)",
          "(busy|active)", "(observed|seconds|total_time)", "load", 900 },
        { "(values|samples) of the first series",
          "(values|samples) of the second series", "(a_values|first|xs|left)",
          "(b_values|second|ys|right)", "ratio", 50 },
        { "downlink (throughput|bit rate)", "uplink (throughput|bit rate)",
          "(dl|dl_brate|downlink)", "(ul|ul_brate|uplink)", "link ratio", 90 },
    };
    size_t i = tw_draft_pick(d, TW_ARRAY_LEN(pairs));
    struct draft_quantity q = { 0, pairs[i].hi, pairs[i].hi < 95 };

    set_range(d, tw_draft_param(d, DRAFT_LIST, pairs[i].ids), q);
    set_range(d, tw_draft_param(d, DRAFT_LIST, pairs[i].ids2), q);
    d->params[1].same_len_as = 0;
    /* Sometimes the whole comes first in the signature. */
    bool swapped = part_of_whole && tw_draft_chance(d, 20);
    if (swapped) {
        char keep[DRAFT_NAME_SIZE];
        memcpy(keep, d->params[0].name, sizeof(keep));
        memcpy(d->params[0].name, d->params[1].name, sizeof(keep));
        memcpy(d->params[1].name, keep, sizeof(keep));
    }
    tw_draft_word(d, "A", d->params[swapped].name);
    tw_draft_word(d, "B", d->params[!swapped].name);
    tw_draft_word(d, "AE", pairs[i].part);
    tw_draft_word(d, "BE", pairs[i].whole);
    tw_draft_word(d, "about", pairs[i].about);
    draw_verb(d);
}

/* Sentence and code for series of different length. */
static void say_length(struct draft *d)
{
    if (!tw_draft_chance(d, 35))
        return;
    tw_draft_say(d, "((series|lists) of (different|unequal) length are an error"
                    "( of type ValueError|: raise ValueError|)|raise (a |)"
                    "ValueError (if|when) the (two |)(lists|series) (differ in "
                    "length|have different lengths|are not of the same length)"
                    ").");
    tw_draft_code(d, "    if len({A}) != len({B}):\n        raise "
                     "ValueError(\"different length\")\n");
}

static void pair_mean_ratio(struct draft *d)
{
    bool percent = tw_draft_chance(d, 65);

    tw_draft_name(d, "(mean_ratio|utilisation|mean_utilisation|{A}_per_{B}|"
                     "avg_rate|mean_rate|prb_utilisation|mean_share)");
    tw_draft_word(d, "P", percent ? "(, in percent|, as a percentage)" : "");
    tw_draft_say(d, "({V} the (mean|average) (ratio of|of) {AE}, {A}, to {BE}, "
                    "{B}{P}|{V} the mean {about}{P}: {A} divided by {B}, "
                    "averaged over (all|the) (samples|periods)|{V} the "
                    "(average|mean) over the (series|samples) of {A} divided "
                    "by {B}{P}|{V} the mean {about} from {A} and {B}{P}).");
    tw_draft_say(d,
                 "((a |)(period|sample)(s|) (in which|where) {B} is (0|zero) "
                 "(is|are) (left out|ignored|skipped|not counted)|leave out "
                 "(periods|samples) (in which|where) {B} is (0|zero)|only "
                 "(samples|periods) (with|where) {B} (above 0|is positive|"
                 "is greater than zero) count).");
    say_length(d);
    tw_draft_empty(d, "0", true);
    tw_draft_raw(d, "G",
                 percent ? "100 * sum(kept) / len(kept)"
                         : "sum(kept) / len(kept)");
    tw_draft_code(d, "    kept = [a / b for a, b in zip({A}, {B}) if b > 0]\n"
                     "    if not kept:\n        {E}\n    return {G}\n");
}

static void pair_total_ratio(struct draft *d)
{
    bool percent = tw_draft_chance(d, 65);

    tw_draft_name(d, "(total_ratio|{about}|overall_rate|success_rate|rate|"
                     "total_share|{A}_rate|overall_utilisation)");
    tw_draft_word(d, "P", percent ? "(, in percent|, as a percentage)" : "");
    tw_draft_say(d, "({V} the (overall|total) {about}{P}: the (sum|total) of "
                    "{A} divided by the (sum|total) of {B}|{V} the ratio of "
                    "the (total|sum) of {AE} to the (total|sum) of {BE}{P}|"
                    "{V} the (sum|total) of {A} over the (sum|total) of "
                    "{B}{P}).");
    say_length(d);
    tw_draft_say(d,
                 "((if|when) the (sum|total) of {B} is (0|zero), (the result "
                 "is|return) 0|(return|the result is) 0 (if|when) {B} (sums "
                 "to|adds up to) (0|zero)|a total of (0|zero) gives 0).");
    tw_draft_raw(d, "G",
                 percent ? "100 * sum({A}) / sum({B})" : "sum({A}) / sum({B})");
    tw_draft_code(d, "    if sum({B}) == 0:\n        return 0\n"
                     "    return {G}\n");
}

static const struct pair_reduce {
    const char *english;
    const char *code;
    const char *stem;
    const char *result;
} pair_reduces[] = {
    { "(count the (samples|periods|indices) (in which|where) {A} is (greater "
      "than|above|larger than|higher than) {B}|{V} how often {A} is (above|"
      "greater than) {B}|{V} the number of (samples|periods) (in which|where) "
      "{A} exceeds {B})",
      "sum(1 for a, b in zip({A}, {B}) if a > b)",
      "(count_above|times_greater|n_exceeding)", "int" },
    { "(count the (samples|periods|indices) (in which|where) {A} is (less "
      "than|below|smaller than|lower than) {B}|{V} how often {A} is (below|"
      "less than) {B}|{V} the number of (samples|periods) (in which|where) "
      "{A} is below {B})",
      "sum(1 for a, b in zip({A}, {B}) if a < b)",
      "(count_below|times_less|n_unserved)", "int" },
    { "({V} the (largest|maximum|biggest) (absolute |)(difference|deviation) "
      "between {A} and {B}|how far apart are {A} and {B} at most? {V} the "
      "largest absolute difference)",
      "max([0] + [abs(a - b) for a, b in zip({A}, {B})])",
      "(max_difference|max_deviation|largest_gap)", "float" },
    { "({V} the (sum|total) of the (absolute |)differences between {A} and "
      "{B}, (each taken as an absolute value|sample by sample, in absolute "
      "value))",
      "sum(abs(a - b) for a, b in zip({A}, {B}))",
      "(sum_difference|total_gap|l1_distance)", "float" },
    { "((tell|check|decide) whether {A} (is never above|never exceeds|is never "
      "greater than) {B}|return True if (every|each) (value|sample) of {A} is "
      "at most the (matching|corresponding) (value|sample) of {B})",
      "all(a <= b for a, b in zip({A}, {B}))",
      "(never_above|is_consistent|check_consistency|within_grant)", "bool" },
    { "((tell|check|decide) whether {A} (is ever above|ever exceeds|exceeds at "
      "some point) {B}|return True if (any|some) (value|sample) of {A} is "
      "(above|greater than) the (matching|corresponding) (value|sample) of "
      "{B})",
      "any(a > b for a, b in zip({A}, {B}))",
      "(ever_above|any_exceeds|has_violation|overload)", "bool" },
    { "({V} the total (shortfall|deficit|missing amount): by how much {A} "
      "is below {B}, summed over (all|the) (samples|periods); (samples|"
      "periods) (in which|where) it is not below count 0)",
      "sum(max(b - a, 0) for a, b in zip({A}, {B}))",
      "(shortfall|total_deficit|unserved)", "float" },
};

void tw_family_pair(struct draft *d)
{
    size_t kind = tw_draft_pick(d, 10);

    draw_two(d, true);
    snprintf(d->result, sizeof(d->result), "float");
    if (kind < 4) {
        pair_mean_ratio(d);
        return;
    }
    if (kind < 6) {
        pair_total_ratio(d);
        return;
    }
    const struct pair_reduce *r =
        &pair_reduces[tw_draft_pick(d, TW_ARRAY_LEN(pair_reduces))];
    tw_draft_word(d, "As", r->stem);
    tw_draft_name(d, "({As}|{As}_{A}|{As}_samples)");
    tw_draft_say(d, r->english);
    if (d->text.len && d->text.bytes[d->text.len - 1] != '.')
        tw_buf_addc(&d->text, '.');
    say_length(d);
    tw_draft_code(d, "    return ");
    tw_draft_code(d, r->code);
    tw_draft_code(d, "\n");
    snprintf(d->result, sizeof(d->result), "%s", r->result);
}

static const struct pair_reduce pair_maps[] = {
    { "(return|give) the (differences|difference) between {A} and {B}, "
      "(sample by sample|element by element|as a list)",
      "[a - b for a, b in zip({A}, {B})]", "(difference|gap|delta)", "" },
    { "(return|give) the sums of {A} and {B}, (sample by sample|element by "
      "element|as a list)",
      "[a + b for a, b in zip({A}, {B})]", "(add|total|sum_of)", "" },
    { "(return|give) the (larger|greater|higher) of {A} and {B} for (each|"
      "every) (sample|index|period)",
      "[max(a, b) for a, b in zip({A}, {B})]", "(larger|upper|maximum)", "" },
    { "(return|give) the (smaller|lower) of {A} and {B} for (each|every) "
      "(sample|index|period)",
      "[min(a, b) for a, b in zip({A}, {B})]", "(smaller|lower|minimum)", "" },
    { "(return|give) the (ratio|quotient) of {A} to {B} for (each|every) "
      "(sample|index|period), and 0 where {B} is (0|zero)",
      "[a / b if b != 0 else 0 for a, b in zip({A}, {B})]",
      "(ratio|quotient|rates)", "" },
    { "(return|give) for (each|every) (sample|period) whether {A} is (above|"
      "greater than) {B}(, as a list of booleans|)",
      "[a > b for a, b in zip({A}, {B})]", "(flags|above|compare)", "" },
};

void tw_family_pair_map(struct draft *d)
{
    const struct pair_reduce *m =
        &pair_maps[tw_draft_pick(d, TW_ARRAY_LEN(pair_maps))];

    draw_two(d, false);
    tw_draft_word(d, "As", m->stem);
    tw_draft_name(d, "({As}|{As}_{A}|{As}_series)");
    tw_draft_say(d, m->english);
    tw_buf_addc(&d->text, '.');
    say_length(d);
    tw_draft_code(d, "    return ");
    tw_draft_code(d, m->code);
    tw_draft_code(d, "\n");
    snprintf(d->result, sizeof(d->result), "list");
}

void tw_family_missing(struct draft *d)
{
    static const struct pair_reduce ops[] = {
        { "(mean|average)", "sum(kept) / len(kept)", "(mean|avg)", "0" },
        { "(sum|total)", "sum(kept)", "(sum|total)", "0" },
        { "(maximum|largest|peak)", "max(kept)", "(max|peak)", "0" },
        { "(minimum|smallest|lowest)", "min(kept)", "(min|lowest)", "0" },
    };
    struct draft_quantity q = tw_draft_quantity(d);
    const struct pair_reduce *g = &ops[tw_draft_pick(d, TW_ARRAY_LEN(ops))];
    size_t kind = tw_draft_pick(d, 10);

    set_range(d,
              tw_draft_param(d, DRAFT_LIST_OPT,
                             "(values|samples|xs|{id}|{id}_values|series)"),
              q);
    draw_verb(d);
    tw_draft_word(d, "A", g->english);
    tw_draft_word(d, "As", g->stem);
    snprintf(d->result, sizeof(d->result), "float");
    if (kind < 2) {
        tw_draft_name(d, "(count_missing|n_missing|missing_{id}|gaps)");
        tw_draft_say(d, "(count the missing {S}, which are None|{V} the number "
                        "of missing {S}, given as None|how many of the {S} are "
                        "None?).");
        tw_draft_code(d, "    return sum(1 for x in {p0} if x is None)\n");
        return;
    }
    if (kind < 4) {
        tw_draft_name(d, "(completeness|availability|share_missing|pct_known)");
        tw_draft_say(d, "({V} the (share|percentage) of {S} that are not "
                        "(None|missing), (in percent|as a percentage)|"
                        "{V} in percent how many of the {S} are present, that "
                        "is not None).");
        tw_draft_empty(d, "0", false);
        tw_draft_code(d, "    if not {p0}:\n        {E}\n    n = sum(1 for x "
                         "in {p0} if x is not None)\n    return 100 * n / "
                         "len({p0})\n");
        return;
    }
    tw_draft_name(d, "({As}_known|{As}_{id}|{As}_present|{id}_{As})");
    tw_draft_say(d,
                 "({V} the {A} of the {S}; missing (samples|values) are None "
                 "and (are ignored|are left out|do not count)|{V} the {A} "
                 "{N}{U}, (ignoring|leaving out|skipping) missing values, "
                 "given as None|{V} the {A} of the {S} that are not None).");
    tw_draft_empty(d, "(0|None)", true);
    tw_draft_raw(d, "G", g->code);
    tw_draft_code(d, "    kept = [x for x in {p0} if x is not None]\n"
                     "    if not kept:\n        {E}\n    return {G}\n");
}

/* all / any / trend: a verdict about the series. */
void tw_family_judge(struct draft *d)
{
    struct draft_quantity q = tw_draft_quantity(d);
    size_t kind = tw_draft_pick(d, 10);

    set_range(d,
              tw_draft_param(d, DRAFT_LIST,
                             "(values|samples|xs|series|{id}|{id}_values)"),
              q);
    draw_verb(d);
    tw_draft_word(d, "W", "(tell|check|decide|return|determine) whether");
    snprintf(d->result, sizeof(d->result), "bool");
    if (kind < 2) {
        bool up = tw_draft_chance(d, 50);
        tw_draft_word(d, "X",
                      up ? "(never decreases|never falls|is "
                           "non-decreasing|only rises or stays equal)"
                         : "(never increases|never rises|is "
                           "non-increasing|only falls or stays equal)");
        tw_draft_name(d, "(is_monotone|is_rising|is_falling|check_trend|"
                         "{id}_trend)");
        tw_draft_say(d, "({W} the {N} {X} from (one sample|sample) to (the "
                        "next|sample)|{W} the {N} {X}|return True if the "
                        "(series of {S}|{N} series) {X}).");
        tw_draft_code(d, up ? "    return all(a <= b for a, b in zip({p0}, "
                              "{p0}[1:]))\n"
                            : "    return all(a >= b for a, b in zip({p0}, "
                              "{p0}[1:]))\n");
        return;
    }
    tw_draft_condition(d, q);
    if (kind < 6) {
        bool all = kind < 4;
        tw_draft_name(d, all ? "(all_{id}|all_ok|{id}_ok|always_{id}|"
                               "check_{id}|is_stable)"
                             : "(any_{id}|has_{id}|any_alarm|{id}_alarm|"
                               "ever_{id}|exists)");
        tw_draft_say(d, all ? "({W} (all|all the) {S} are {C}|{W} every "
                              "(sample|value|{N} sample) is {C}|return True if "
                              "(all|all of the) {S} are {C}(, else False|)|{W} "
                              "the {N} {CV} in (every|each) sample)."
                            : "({W} (any|at least one|some) (sample|value|{N} "
                              "sample) is {C}|return True if (any|at least "
                              "one) of the {S} is {C}(, else False|)|{W} the "
                              "{N} {CV} in at least one sample|{W} the {N} "
                              "ever {CV}).");
        if (tw_draft_chance(d, 35))
            tw_draft_say(d, all ? "an empty (list|series) (counts as|gives|"
                                  "returns) True."
                                : "an empty (list|series) (gives|returns) "
                                  "False.");
        tw_draft_code(d, all ? "    return all({T} for x in {p0})\n"
                             : "    return any({T} for x in {p0})\n");
        return;
    }
    /* An aggregate held against the condition. */
    static const struct pair_reduce ops[] = {
        { "(mean|average)", "sum({p0}) / len({p0})", "(mean|avg)", "" },
        { "(maximum|peak|largest)", "max({p0})", "(max|peak)", "" },
        { "(minimum|smallest|lowest)", "min({p0})", "(min|lowest)", "" },
        { "(sum|total)", "sum({p0})", "(sum|total)", "" },
    };
    const struct pair_reduce *g = &ops[tw_draft_pick(d, TW_ARRAY_LEN(ops))];
    tw_draft_word(d, "A", g->english);
    tw_draft_word(d, "As", g->stem);
    tw_draft_raw(d, "G", g->code);
    tw_draft_name(d, "({As}_{id}_ok|{id}_ok|is_{id}_good|check_{As}_{id}|"
                     "{As}_in_limits)");
    tw_draft_say(d, "({W} the {A} {N} {CV}|{W} the {A} of the {S} {CV}|return "
                    "True if the {A} {N} {CV}(, False otherwise|)).");
    tw_draft_say(d, "(an empty (list|series) (gives|returns) False|(return|the "
                    "result is) False (if the (list|series) is empty|for an "
                    "empty (list|series))|without (samples|values) the result "
                    "is False).");
    tw_draft_code(d, "    if not {p0}:\n        return False\n    x = {G}\n"
                     "    return {T}\n");
}
