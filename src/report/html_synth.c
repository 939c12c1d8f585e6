/*
 * html_synth.c - the synthetic data of a run: pictures first, then the scores.
 *
 * Three questions, each with a picture: do the windows lie in the same places
 * (t-SNE), do they look alike over time, do their values spread alike. A
 * generator that fails is seen in one of them at once, long before a score
 * says it. All pictures are drawn here from numbers in run.json; a number that
 * is no number leaves a gap.
 */
#include "report/html_priv.h"

#include "report/svg.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum {
    SHADES = 8,
    POINT_MAX = 20000,
    LINE_MAX = 16,
    PLOT_WIDTH = 560,
    PLOT_HEIGHT = 184,
};

/* t-SNE: x and y of both sets on one scale. */
struct map {
    const struct tw_json *points;
    size_t n;
    struct tw_svg_axis x, y;
};

/* NaN where there is no number: the callers skip it. */
static double part(const struct tw_json *point, size_t i)
{
    return tw_json_number(tw_json_at(point, i), (double)NAN);
}

/* Centre the points of both sets in the picture. lo / 2 + hi / 2, because the
 * sum may overflow. */
static void fit_map(struct map *m, int width, int height, int margin)
{
    struct tw_svg_range x = { 0 }, y = { 0 };

    for (size_t i = 0; i < m->n; i++) {
        tw_svg_range_add(&x, part(tw_json_at(m->points, i), 0));
        tw_svg_range_add(&y, part(tw_json_at(m->points, i), 1));
    }
    /* One unit is as long across as it is down. */
    double scale = fmax((x.hi - x.lo) / (width - 2 * margin),
                        (y.hi - y.lo) / (height - 2 * margin));
    if (!(scale > 0)) /* one point, or none */
        scale = 1;
    double cx = x.lo / 2 + x.hi / 2, cy = y.lo / 2 + y.hi / 2;
    tw_svg_axis_exact(&m->x, cx - width * scale / 2, cx + width * scale / 2, 0,
                      width);
    tw_svg_axis_exact(&m->y, cy - height * scale / 2, cy + height * scale / 2,
                      height, 0);
}

/* Recorded points are dots in the shade of their cluster; synthetic ones are
 * open triangles. */
static void add_point(struct tw_buf *b, double x, double y, bool synthetic)
{
    if (synthetic)
        tw_buf_addf(b, "M%.1f %.1fl3.6 6.2h-7.2z", x, y - 4);
    else
        tw_buf_addf(b, "M%.1f %.1fh0", x, y);
}

/* In which layer a point is drawn: the shade of its cluster, SHADES for a
 * synthetic one, -1 for none. */
static int layer_of(const struct tw_json *point)
{
    int64_t kind = tw_json_int(tw_json_at(point, 2), -1);
    int64_t cluster = tw_json_int(tw_json_at(point, 3), 0);

    if (kind == 1)
        return SHADES;
    if (kind != 0)
        return -1;
    return cluster < 0 ? 0 : (int)(cluster % SHADES);
}

/* One path for all points of a layer: a thousand elements would make the page
 * slow. */
static void add_layer(struct tw_buf *b, const struct map *m, int layer)
{
    if (layer == SHADES)
        tw_buf_adds(b, "<path class=\"syn0\" d=\"");
    else
        tw_buf_addf(b, "<path class=\"dot d%d\" d=\"", layer);
    for (size_t i = 0; i < m->n; i++) {
        const struct tw_json *p = tw_json_at(m->points, i);
        double x = part(p, 0), y = part(p, 1);
        if (layer_of(p) == layer && fabs(x) < 1e100 && fabs(y) < 1e100)
            add_point(b, tw_svg_at(&m->x, x), tw_svg_at(&m->y, y),
                      layer == SHADES);
    }
    tw_buf_adds(b, "\"/>");
}

/* Layer after layer, synthetic points last and on top. Axes have no numbers:
 * distances in a t-SNE mean nothing, neighbours do. */
static void add_tsne(struct tw_buf *b, const struct tw_json *t)
{
    enum { WIDTH = 560, HEIGHT = 420, MARGIN = 16 };
    struct map m = { .points = tw_json_get(t, "points") };

    m.n = tw_json_len(m.points);
    if (m.n > POINT_MAX)
        m.n = POINT_MAX;
    if (m.n == 0)
        return;
    fit_map(&m, WIDTH, HEIGHT, MARGIN);
    tw_buf_adds(b, "<div class=\"card\"><h3>Do they lie in the same places? "
                   "<span class=\"dim\">t-SNE</span></h3>");
    tw_buf_adds(b, "<p class=\"legend\">");
    tw_buf_adds(b, tw_report_legend);
    tw_buf_adds(b, "</p>");
    tw_svg_open(b, "plot map", WIDTH, HEIGHT,
                "t-SNE of recorded and synthetic windows");
    for (int layer = 0; layer <= SHADES; layer++)
        add_layer(b, &m, layer);
    tw_svg_close(b);
    tw_buf_adds(b, "<p class=\"dim\">A point is a window. Good synthetic data "
                   "mix with the recorded ones and leave no region empty. "
                   "Perplexity ");
    tw_html_add_number(b, tw_html_number(t, "perplexity"));
    tw_buf_adds(b, ", KL divergence ");
    tw_html_add_number(b, tw_html_number(t, "kl"));
    tw_buf_adds(b, ".</p></div>\n");
}

/* Some windows of one counter over their rows. The range is given, so that the
 * panel beside it has the same scale. */
static void add_panel(struct tw_buf *b, const struct tw_json *lines,
                      const char *mark, const char *title,
                      const struct tw_svg_range *range)
{
    enum { LEFT = 60, TOP = 26, BOTTOM = PLOT_HEIGHT - 22, RIGHT = 550 };
    struct tw_svg_axis x, y;
    struct tw_svg_range index = { 0, 1, true };
    size_t n = tw_json_len(lines);

    if (n > LINE_MAX)
        n = LINE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t len = tw_json_len(tw_json_at(lines, i));
        if (len)
            tw_svg_range_add(&index, (double)(len - 1));
    }
    tw_svg_axis_exact(&x, 0, index.hi, LEFT, RIGHT);
    tw_svg_axis_init(&y, range, BOTTOM, TOP, 4);
    tw_svg_open(b, "plot", PLOT_WIDTH, PLOT_HEIGHT, title);
    tw_svg_text(b, LEFT, 15, "head", title);
    tw_svg_grid_y(b, &y, LEFT, RIGHT);
    for (size_t i = 0; i < n; i++)
        tw_svg_line(b, mark, &x, &y, tw_json_at(lines, i));
    tw_svg_text(b, LEFT, PLOT_HEIGHT - 6, "lab", "0");
    tw_buf_addf(b, "<text class=\"lab end\" x=\"%d\" y=\"%d\">row %.0f</text>",
                RIGHT, PLOT_HEIGHT - 6, index.hi);
    tw_svg_close(b);
}

/* One counter: recorded windows left, synthetic ones right, on one scale. */
static void add_pair(struct tw_buf *b, const struct tw_json *s)
{
    const struct tw_json *real = tw_json_get(s, "real");
    const struct tw_json *synthetic = tw_json_get(s, "synthetic");
    struct tw_svg_range range = { 0 };

    for (size_t k = 0; k < LINE_MAX; k++) {
        tw_svg_range_all(&range, tw_json_at(real, k));
        tw_svg_range_all(&range, tw_json_at(synthetic, k));
    }
    tw_buf_adds(b, "<h4 class=\"mono\">");
    tw_html_get(b, s, "counter");
    if (tw_html_has(s, "unit")) {
        tw_buf_adds(b, " <span class=\"dim\">[");
        tw_html_get(b, s, "unit");
        tw_buf_adds(b, "]</span>");
    }
    tw_buf_adds(b, "</h4><div class=\"pair\">");
    add_panel(b, real, "real", "recorded", &range);
    add_panel(b, synthetic, "synth", "synthetic", &range);
    tw_buf_adds(b, "</div>\n");
}

/* One pair of panels for each counter that a test uses. */
static void add_series(struct tw_buf *b, const struct tw_json *series)
{
    if (tw_json_len(series) == 0)
        return;
    tw_buf_adds(b, "<div class=\"card\"><h3>Do they look alike? <span "
                   "class=\"dim\">windows over time, same scale left and "
                   "right</span></h3>\n");
    for (size_t i = 0; i < tw_json_len(series); i++)
        add_pair(b, tw_json_at(series, i));
    tw_buf_adds(b, "</div>\n");
}

/* A bar from the 5 % to the 95 % quantile with a line at the median and a dot
 * at the mean, at height y; each of them only where it is a number. */
static void add_quantiles(struct tw_buf *b, const struct tw_svg_axis *x,
                          const struct tw_json *side, double y,
                          const char *mark)
{
    double lo = tw_svg_at(x, tw_html_number(side, "q05"));
    double mid = tw_svg_at(x, tw_html_number(side, "q50"));
    double hi = tw_svg_at(x, tw_html_number(side, "q95"));
    double mean = tw_svg_at(x, tw_html_number(side, "mean"));

    if (isfinite(lo) && isfinite(hi) && hi >= lo)
        tw_buf_addf(b,
                    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                    "height=\"10\" rx=\"2\"/>",
                    mark, lo, y, fmax(hi - lo, 1));
    if (isfinite(mid))
        tw_buf_addf(b, "<path class=\"median\" d=\"M%.1f %.1fv10\"/>", mid, y);
    if (isfinite(mean))
        tw_buf_addf(b,
                    "<circle class=\"mean\" cx=\"%.1f\" cy=\"%.1f\" "
                    "r=\"3\"/>",
                    mean, y + 5);
}

/* Widen the range by all that add_quantiles() draws. */
static void add_side(struct tw_svg_range *r, const struct tw_json *side)
{
    static const char *const keys[] = { "mean", "q05", "q50", "q95" };

    for (size_t i = 0; i < TW_ARRAY_LEN(keys); i++)
        tw_svg_range_add(r, tw_html_number(side, keys[i]));
}

/* A row of the table: both sets above each other on one axis, figures behind
 * them in the same order. */
static void add_distribution(struct tw_buf *b, const struct tw_json *c)
{
    enum { WIDTH = 600, HEIGHT = 56 };
    const struct tw_json *real = tw_json_get(c, "real");
    const struct tw_json *synthetic = tw_json_get(c, "synthetic");
    struct tw_svg_range range = { 0 };
    struct tw_svg_axis x;

    add_side(&range, real);
    add_side(&range, synthetic);
    tw_svg_axis_init(&x, &range, 20, WIDTH - 20, 6);
    tw_buf_adds(b, "<tr><td class=\"mono\">");
    tw_html_get(b, c, "name");
    tw_buf_adds(b, "</td><td class=\"wide\">");
    tw_svg_open(b, "plot", WIDTH, HEIGHT, "quantiles");
    tw_svg_grid_x(b, &x, 2, HEIGHT - 19);
    add_quantiles(b, &x, real, 6, "real");
    add_quantiles(b, &x, synthetic, 22, "synth");
    tw_svg_close(b);
    tw_buf_adds(b, "</td><td class=\"num\">");
    tw_html_add_number(b, tw_html_number(real, "mean"));
    tw_buf_adds(b, "<br>");
    tw_html_add_number(b, tw_html_number(synthetic, "mean"));
    tw_buf_adds(b, "</td><td class=\"num\">");
    tw_html_add_number(b, tw_html_number(real, "std"));
    tw_buf_adds(b, "<br>");
    tw_html_add_number(b, tw_html_number(synthetic, "std"));
    tw_buf_adds(b, "</td></tr>\n");
}

/* All counters that the generator knows, not only those of tests. */
static void add_distributions(struct tw_buf *b, const struct tw_json *counters)
{
    if (tw_json_len(counters) == 0)
        return;
    tw_buf_adds(b, tw_report_spread);
    for (size_t i = 0; i < tw_json_len(counters); i++)
        add_distribution(b, tw_json_at(counters, i));
    tw_buf_adds(b, "</tbody></table></div></div>\n");
}

/* A run without a generator says so instead of leaving the part out: it
 * answers the question where the inputs of the tests come from. */
void tw_html_synth(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *generator = tw_json_get(run, "generator");
    const struct tw_json *fidelity = tw_json_get(run, "fidelity");

    tw_buf_adds(b, "<h2 id=\"synthetic\">Synthetic data</h2>\n");
    if (tw_json_kind(generator) != TW_JSON_OBJECT) {
        tw_buf_adds(b, "<p class=\"dim\">No generator was fitted in this run: "
                       "inputs are recorded ones and edge values.</p>\n");
        return;
    }
    tw_html_generator(b, generator);
    tw_buf_adds(b, "<div class=\"grid2\">\n");
    add_tsne(b, tw_json_get(run, "tsne"));
    tw_html_scores(b, tw_json_get(fidelity, "scores"));
    tw_buf_adds(b, "</div>\n");
    add_series(b, tw_json_get(run, "series"));
    add_distributions(b, tw_json_get(fidelity, "counters"));
}
