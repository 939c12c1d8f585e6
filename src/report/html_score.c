/*
 * html_score.c - fidelity and privacy scores with a reading each, and the
 * generator.
 *
 * A reader sees "0.0224" and does not know whether that is good. So every
 * score has its floor beside it, what recorded data score against recorded
 * data, and a word and a colour that compare the two. Likeness and privacy are
 * two groups, because they pull in opposite directions: copies of the records
 * would be perfectly alike.
 */
#include "report/html_priv.h"

#include <math.h>

#include "base/banned.h"

/* A figure as one word: readers of a report know no usual values.  The limits
 * below are rules of thumb of ours, not of a paper. */
struct reading {
    const char *word;
    const char *mark;
};

static const struct reading no_reading = { "", "none" };

/* Scores about copies of the recorded data, not about likeness. */
static bool is_privacy(const struct tw_json *score)
{
    static const char *const names[] = { "distance to closest record",
                                         "identifiability", "copies" };

    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        if (tw_html_is(score, "name", names[i]))
            return true;
    return false;
}

/* Words for privacy say how far the samples keep from the records. */
static struct reading read_ratio(double worse, bool privacy)
{
    static const struct reading likeness[] = { { "at the floor", "ok" },
                                               { "near", "warn" },
                                               { "apart", "bad" } };
    static const struct reading distance[] = { { "far enough", "ok" },
                                               { "rather close", "warn" },
                                               { "too close", "bad" } };
    const struct reading *words = likeness;

    if (privacy)
        words = distance;
    if (worse <= 1.15)
        return words[0];
    if (worse <= 2)
        return words[1];
    return words[2];
}

/* Against the same score of a random part of the recorded windows: nothing
 * synthetic can be expected to do better than that. */
static struct reading read_floor(double value, double floor, bool low,
                                 bool privacy)
{
    double worse = floor / value;

    if (!(floor > 0) || !(value >= 0))
        return no_reading;
    if (low)
        worse = value / floor;
    return read_ratio(worse, privacy);
}

/* An accuracy of telling both apart: 0.5 is a guess, and less than that means
 * that samples lie on top of single records. */
static struct reading read_half(double value)
{
    double off = fabs(value - 0.5);

    if (off <= 0.05)
        return (struct reading){ "cannot be told apart", "ok" };
    if (off <= 0.15)
        return (struct reading){ "near", "warn" };
    if (value > 0.5)
        return (struct reading){ "apart", "bad" };
    return (struct reading){ "too close", "bad" };
}

/* Shares of samples or records without a floor to compare with. */
static struct reading read_low(double value)
{
    if (value == 0)
        return (struct reading){ "none", "ok" };
    if (value <= 0.1)
        return (struct reading){ "low", "ok" };
    if (value <= 0.5)
        return (struct reading){ "moderate", "warn" };
    return (struct reading){ "high", "bad" };
}

/* The opposite of read_low(), with other bounds: nothing reaches 1 here. */
static struct reading read_high(double value)
{
    if (value >= 0.8)
        return (struct reading){ "high", "ok" };
    if (value >= 0.5)
        return (struct reading){ "moderate", "warn" };
    return (struct reading){ "low", "bad" };
}

/* How to read a score is said by its member "better"; an unknown word there
 * gives a figure without a reading, which is right for scores of later
 * versions. */
static struct reading read_score(const struct tw_json *score)
{
    double value = tw_html_number(score, "value");
    double floor = tw_html_number(score, "floor");
    bool low = tw_html_is(score, "better", "low");

    if (!isfinite(value))
        return no_reading;
    if (tw_html_is(score, "better", "half"))
        return read_half(value);
    if (!low && !tw_html_is(score, "better", "high"))
        return no_reading;
    if (isfinite(floor))
        return read_floor(value, floor, low, is_privacy(score));
    if (low)
        return read_low(value);
    return read_high(value);
}

/* The floor of a score that has none is a dash. */
static void add_score(struct tw_buf *b, const struct tw_json *score)
{
    struct reading r = read_score(score);

    tw_buf_adds(b, "<tr><td><b>");
    tw_html_get(b, score, "name");
    tw_buf_adds(b, "</b><div class=\"dim small\">");
    tw_html_get(b, score, "note");
    tw_buf_adds(b, "</div></td><td class=\"num\">");
    tw_html_add_number(b, tw_html_number(score, "value"));
    tw_buf_adds(b, "</td><td class=\"num\">");
    tw_html_add_number(b, tw_html_number(score, "floor"));
    tw_buf_addf(b, "</td><td><span class=\"read %s\">%s</span></td></tr>\n",
                r.mark, r.word);
}

/* Only a group with scores has a title. */
static void add_group(struct tw_buf *b, const struct tw_json *scores,
                      const char *title, bool privacy)
{
    bool any = false;

    for (size_t i = 0; i < tw_json_len(scores); i++) {
        const struct tw_json *score = tw_json_at(scores, i);
        if (is_privacy(score) != privacy)
            continue;
        if (!any)
            tw_buf_addf(b,
                        "<tr class=\"sub\"><th>%s</th><th class=\"num\">Value"
                        "</th><th class=\"num\">Floor</th><th>Reading</th>"
                        "</tr>\n",
                        title);
        any = true;
        add_score(b, score);
    }
}

/* The footnote explains the floor, since no reader knows the word. */
void tw_html_scores(struct tw_buf *b, const struct tw_json *scores)
{
    if (tw_json_len(scores) == 0)
        return;
    tw_buf_adds(b, "<div class=\"card\"><h3>How close, in figures</h3>"
                   "<div class=\"scroll\"><table class=\"scores\"><tbody>\n");
    add_group(b, scores, "Likeness", false);
    add_group(b, scores, "Privacy", true);
    tw_buf_adds(b, "</tbody></table></div><p class=\"dim\">Floor: the same "
                   "score of a random part of the recorded windows against "
                   "the rest. No "
                   "generator can be expected to be below it.</p></div>\n");
}

/* Enough to see whether it was trained at all; a loss tells little, and only
 * beside another one of the same data. */
void tw_html_generator(struct tw_buf *b, const struct tw_json *generator)
{
    static const struct {
        const char *key;
        const char *text;
    } figures[] = { { "parameters", "parameters" },
                    { "steps", "training steps" },
                    { "samples", "windows drawn" } };
    double loss = tw_html_number(generator, "loss");

    tw_buf_adds(b, "<p class=\"facts\"><span class=\"tag\">generator <b>");
    tw_html_get(b, generator, "kind");
    tw_buf_adds(b, "</b></span>");
    for (size_t i = 0; i < TW_ARRAY_LEN(figures); i++)
        if (tw_html_count(generator, figures[i].key))
            tw_buf_addf(b, "<span class=\"tag\"><b>%zu</b> %s</span>",
                        tw_html_count(generator, figures[i].key),
                        figures[i].text);
    if (isfinite(loss))
        tw_buf_addf(b, "<span class=\"tag\">loss <b>%.4g</b></span>", loss);
    if (tw_html_has(generator, "sha256")) {
        tw_buf_adds(b, "<span class=\"tag\">SHA-256 ");
        tw_html_hash(b, generator, "sha256");
        tw_buf_adds(b, "</span>");
    }
    tw_buf_adds(b, "</p>\n");
}
