/*
 * html_bar.c - badges, and bars that show how a whole falls into parts.
 *
 * A bar is an SVG of 100 by 10 units that is stretched to its place, so widths
 * are per cent and nothing has to know pixels. Every part has a title with its
 * number and its word, for readers without colours and for screen readers.
 */
#include "report/html_priv.h"

#include "base/banned.h"

/* The symbol is hidden from screen readers: the word beside it says the
 * same. */
void tw_html_badge(struct tw_buf *b, const struct tw_html_word *w)
{
    tw_buf_addf(b,
                "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> "
                "%s</span>",
                w->mark, w->symbol, w->word);
}

/* A grey ground first; what no part covers stays grey and reads as "not
 * judged". */
void tw_html_stack_begin(struct tw_buf *b, const char *label)
{
    tw_buf_adds(b, "<svg class=\"bar\" viewBox=\"0 0 100 10\" "
                   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    tw_html_esc(b, label);
    tw_buf_adds(b, "\"><rect class=\"none\" width=\"100\" height=\"10\"/>");
}

/* before: the sum of the parts to the left. A part of nothing is left out, as
 * a title nobody could point at. */
void tw_html_stack_part(struct tw_buf *b, const char *mark, const char *word,
                        size_t before, size_t n, size_t whole)
{
    if (n == 0 || whole == 0)
        return;
    tw_buf_addf(b,
                "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\">"
                "<title>%zu ",
                mark, 100 * (double)before / (double)whole,
                100 * (double)n / (double)whole, n);
    tw_html_esc(b, word);
    tw_buf_adds(b, "</title></rect>");
}

void tw_html_stack_end(struct tw_buf *b)
{
    tw_buf_adds(b, "</svg>");
}

/* Cases without a verdict are those of tests for which no script was
 * chosen. */
void tw_html_bar(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t whole = tw_json_len(cases), passed = tw_html_passed(test);
    size_t judged = 0;

    for (size_t i = 0; i < whole; i++)
        judged += tw_html_has(tw_json_at(cases, i), "verdict");
    tw_html_stack_begin(b, "cases by verdict");
    tw_html_stack_part(b, "ok", "passed", 0, passed, whole);
    tw_html_stack_part(b, "bad", "not passed", passed, judged - passed, whole);
    tw_html_stack_end(b);
}

/* In the order of the table, from a full pass to a fault of ours, so that bars
 * of different tests can be compared. */
void tw_html_losses(struct tw_buf *b, const struct tw_json *candidates)
{
    size_t whole = tw_json_len(candidates), before = 0;
    const struct tw_html_word *w;

    tw_html_stack_begin(b, "candidates by outcome");
    for (size_t k = 0; (w = tw_html_loss_at(k)) != NULL; k++) {
        size_t n = 0;
        for (size_t i = 0; i < whole; i++)
            n += tw_html_loss(tw_json_at(candidates, i)) == w;
        tw_html_stack_part(b, w->mark, w->word, before, n, whole);
        before += n;
    }
    tw_html_stack_end(b);
}
