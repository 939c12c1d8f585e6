/* The recorded data of a run: what was read, how it falls into clusters. */
#include "report/html_priv.h"

#include "report/svg.h"

#include "base/banned.h"

static void add_fact(struct tw_buf *b, size_t n, const char *word)
{
    if (n)
        tw_buf_addf(b, "<span class=\"tag\"><b>%zu</b> %s</span>", n, word);
}

static void add_counters(struct tw_buf *b, const struct tw_json *counters)
{
    static const char *const figures[] = { "min", "max" };

    if (tw_json_len(counters) == 0)
        return;
    tw_buf_addf(b,
                "<details class=\"inner\"%s><summary>%zu counter%s</summary>"
                "<div class=\"scroll\"><table><thead><tr><th>Counter</th>"
                "<th>Unit</th><th class=\"num\">Min</th>"
                "<th class=\"num\">Max</th><th class=\"num\">Missing</th></tr>"
                "</thead><tbody>\n",
                tw_json_len(counters) <= 12 ? " open" : "",
                tw_json_len(counters), tw_json_len(counters) == 1 ? "" : "s");
    for (size_t i = 0; i < tw_json_len(counters); i++) {
        const struct tw_json *c = tw_json_at(counters, i);
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
        size_t missing = tw_html_count(c, "missing");
        tw_buf_addf(b, "<td class=\"num%s\">%zu</td></tr>\n",
                    missing ? " attn" : " dim", missing);
    }
    tw_buf_adds(b, "</tbody></table></div></details>\n");
}

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
        tw_buf_adds(b, i ? ", <code>" : "<code>");
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

static size_t size_at(const struct tw_json *sizes, size_t k)
{
    int64_t n = tw_json_int(tw_json_at(sizes, k), 0);

    return n > 0 && n < (int64_t)1 << 40 ? (size_t)n : 0;
}

static void add_clusters(struct tw_buf *b, const struct tw_json *w)
{
    enum { LEFT = 84, WIDTH = 560, ROW = 24, SHOWN = 64 };
    const struct tw_json *sizes = tw_json_get(w, "sizes");
    size_t n = tw_json_len(sizes), most = 1;

    n = n < SHOWN ? n : SHOWN;
    for (size_t k = 0; k < n; k++)
        most = size_at(sizes, k) > most ? size_at(sizes, k) : most;
    if (n == 0)
        return;
    tw_svg_open(b, "plot rows", WIDTH, (int)n * ROW + 4, "windows by cluster");
    for (size_t k = 0; k < n; k++) {
        size_t size = size_at(sizes, k);
        double y = (double)k * ROW + 4;
        double width = (WIDTH - LEFT - 60) * (double)size / (double)most;
        tw_buf_addf(b,
                    "<text class=\"lab end\" x=\"%d\" y=\"%.1f\">cluster "
                    "%zu</text><rect class=\"c%zu\" x=\"%d\" y=\"%.1f\" "
                    "width=\"%.1f\" height=\"%d\" rx=\"2\"/><text "
                    "class=\"lab\" x=\"%.1f\" y=\"%.1f\">%zu</text>",
                    LEFT - 8, y + 14, k, k % 8, LEFT, y, width, ROW - 6,
                    LEFT + width + 6, y + 14, size);
    }
    tw_svg_close(b);
}

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
