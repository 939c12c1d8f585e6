/* html_bar.c - badges, and bars that show how a whole falls into parts. */
#include "report/html_priv.h"

#include "base/banned.h"

void tw_html_badge(struct tw_buf *b, const struct tw_html_word *w)
{
    tw_buf_addf(b,
                "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> "
                "%s</span>",
                w->mark, w->symbol, w->word);
}

void tw_html_stack_begin(struct tw_buf *b, const char *label)
{
    tw_buf_adds(b, "<svg class=\"bar\" viewBox=\"0 0 100 10\" "
                   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    tw_html_esc(b, label);
    tw_buf_adds(b, "\"><rect class=\"none\" width=\"100\" height=\"10\"/>");
}

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
