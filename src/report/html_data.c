/*
 * html_data.c - the recorded data of a run: what was read, how it falls into
 * clusters.
 *
 * A wrong unit, a column that was taken for another or a file cut short shows
 * here, as an odd minimum or as rows that are missing, before anybody trusts a
 * test made from it.
 */
#include "report/html_priv.h"

#include "report/svg.h"

#include "base/banned.h"

/* Nothing for 0: a document without the member looks like one with 0 rows, and
 * neither is worth a label. */
static void add_fact(struct tw_buf *b, size_t n, const char *word)
{
    if (n)
        tw_buf_addf(b, "<span class=\"tag\"><b>%zu</b> %s</span>", n, word);
}

/* Missing values stand out, as each of them is a gap in a window that is then
 * not used. */
static void add_counter(struct tw_buf *b, const struct tw_json *c)
{
    static const char *const figures[] = { "min", "max" };
    size_t missing = tw_html_count(c, "missing");
    const char *mark = "dim";

    tw_buf_adds(b, "<tr><td class=\"mono\">");
    tw_html_get(b, c, "name");
    tw_buf_adds(b, "</td><td>");
    tw_html_get(b, c, "unit");
    tw_buf_adds(b, "</td>");
    for (size_t k = 0; k < TW_ARRAY_LEN(figures); k++) {
        tw_buf_adds(b, "<td class=\"num\">");
        tw_html_add_number(b, tw_html_number(c, figures[k]));
        tw_buf_adds(b, "</td>");
    }
    if (missing)
        mark = "attn";
    tw_buf_addf(b, "<td class=\"num %s\">%zu</td></tr>\n", mark, missing);
}

/* Open while it fits on a screen. */
static void add_counters(struct tw_buf *b, const struct tw_json *counters)
{
    enum { OPEN_MAX = 12 };
    size_t n = tw_json_len(counters);

    if (n == 0)
        return;
    tw_buf_adds(b, "<details class=\"inner\"");
    if (n <= OPEN_MAX)
        tw_buf_adds(b, " open");
    tw_buf_addf(b, "><summary>%zu counter", n);
    if (n > 1)
        tw_buf_addc(b, 's');
    tw_buf_adds(b, "</summary>");
    tw_buf_adds(b, tw_report_counters);
    for (size_t i = 0; i < n; i++)
        add_counter(b, tw_json_at(counters, i));
    tw_buf_adds(b, "</tbody></table></div></details>\n");
}

/* Refused rows get a warning of their own: they were in the file and are in no
 * test. */
static void add_trial(struct tw_buf *b, const struct tw_json *t)
{
    const struct tw_json *files = tw_json_get(t, "files");
    double period = tw_html_number(t, "period_s");

    tw_buf_adds(b, "<div class=\"card\"><h3>");
    tw_html_get(b, t, "name");
    tw_buf_adds(b, "</h3><p class=\"facts\">");
    add_fact(b, tw_html_count(t, "rows"), "rows");
    add_fact(b, tw_html_count(t, "series"), "series");
    add_fact(b, tw_html_count(t, "segments"), "segments without a gap");
    if (period > 0)
        tw_buf_addf(b, "<span class=\"tag\">a row every <b>%.4g</b> s</span>",
                    period);
    size_t refused = tw_html_count(t, "refused");
    if (refused)
        tw_buf_addf(b,
                    "<span class=\"tag warn\"><b>%zu</b> rows refused</span>",
                    refused);
    tw_buf_adds(b, "</p><p class=\"dim\">");
    for (size_t i = 0; i < tw_json_len(files); i++) {
        if (i)
            tw_buf_adds(b, ", ");
        tw_buf_adds(b, "<code>");
        tw_html_node(b, tw_json_at(files, i));
        tw_buf_adds(b, "</code>");
    }
    if (tw_html_has(t, "sha256")) {
        tw_buf_adds(b, " SHA-256 ");
        tw_html_hash(b, t, "sha256");
    }
    tw_buf_adds(b, "</p>\n");
    add_counters(b, tw_json_get(t, "counters"));
    tw_buf_adds(b, "</div>\n");
}

/* Windows in cluster k; a number that no trial can have counts as none. */
static size_t size_at(const struct tw_json *sizes, size_t k)
{
    int64_t n = tw_json_int(tw_json_at(sizes, k), 0);

    if (n < 0 || n >= (int64_t)1 << 40)
        n = 0;
    return (size_t)n;
}

enum { ROW_LEFT = 84, ROW_WIDTH = 560, ROW_HEIGHT = 24, ROWS_MAX = 64 };

/* Row k: the bar's length is the share of the largest cluster. */
static void add_cluster(struct tw_buf *b, size_t k, size_t size, size_t most)
{
    double y = (double)k * ROW_HEIGHT + 4;
    double width = (ROW_WIDTH - ROW_LEFT - 60) * (double)size / (double)most;

    tw_buf_addf(b,
                "<text class=\"lab end\" x=\"%d\" y=\"%.1f\">cluster "
                "%zu</text><rect class=\"c%zu\" x=\"%d\" y=\"%.1f\" "
                "width=\"%.1f\" height=\"%d\" rx=\"2\"/><text "
                "class=\"lab\" x=\"%.1f\" y=\"%.1f\">%zu</text>",
                ROW_LEFT - 8, y + 14, k, k % 8, ROW_LEFT, y, width,
                ROW_HEIGHT - 6, ROW_LEFT + width + 6, y + 14, size);
}

static void add_clusters(struct tw_buf *b, const struct tw_json *w)
{
    const struct tw_json *sizes = tw_json_get(w, "sizes");
    size_t n = tw_json_len(sizes), most = 1;

    if (n > ROWS_MAX)
        n = ROWS_MAX;
    for (size_t k = 0; k < n; k++)
        if (size_at(sizes, k) > most)
            most = size_at(sizes, k);
    if (n == 0)
        return;
    tw_svg_open(b, "plot rows", ROW_WIDTH, (int)n * ROW_HEIGHT + 4,
                "windows by cluster");
    for (size_t k = 0; k < n; k++)
        add_cluster(b, k, size_at(sizes, k), most);
    tw_svg_close(b);
}

/* Nothing in runs without a generator. The silhouette has an explanation as
 * its tooltip; the comparison with itself leaves out NaN. */
static void add_windows(struct tw_buf *b, const struct tw_json *w)
{
    double silhouette = tw_html_number(w, "silhouette");

    if (tw_json_kind(w) != TW_JSON_OBJECT)
        return;
    tw_buf_adds(b, "<div class=\"card\"><h3>Windows and clusters</h3>"
                   "<p class=\"facts\">");
    add_fact(b, tw_html_count(w, "n"), "windows");
    add_fact(b, tw_html_count(w, "length"), "rows each");
    add_fact(b, tw_html_count(w, "clusters"), "clusters");
    if (silhouette == silhouette)
        tw_buf_addf(b,
                    "<span class=\"tag\" title=\"1: far apart, 0: they "
                    "touch\">silhouette <b>%.2f</b></span>",
                    silhouette);
    tw_buf_adds(b, "</p>\n");
    add_clusters(b, w);
    tw_buf_adds(b, "</div>\n");
}

/* Trials and clusters side by side where the window is wide enough. */
void tw_html_data(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *trials = tw_json_get(run, "trials");

    tw_buf_adds(b, "<h2 id=\"data\">Recorded data</h2>\n");
    if (tw_json_len(trials) == 0)
        tw_buf_adds(b, "<p class=\"dim\">This run used no field-trial "
                       "data.</p>\n");
    tw_buf_adds(b, "<div class=\"grid2\">\n");
    for (size_t i = 0; i < tw_json_len(trials); i++)
        add_trial(b, tw_json_at(trials, i));
    add_windows(b, tw_json_get(run, "windows"));
    tw_buf_adds(b, "</div>\n");
}
