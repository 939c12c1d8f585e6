/*
 * svg.c - axes, grids and lines as SVG, from numbers nobody has checked.
 *
 * Coordinates have one digit behind the point, a tenth of a pixel: more would
 * double the size of the page. Everything is computed in double and checked
 * for NaN and for sizes that overflow, because one "nan" in a path hides the
 * whole path.
 */
#include "report/svg.h"

#include "base/utf8.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Two points for each part: about as many as a plot has pixels. */
enum { LINE_PARTS = 400 };
/* Beyond this, differences of squares and spans would overflow. */
#define VALUE_MAX 1e100

void tw_svg_range_add(struct tw_svg_range *r, double v)
{
    if (!(fabs(v) <= VALUE_MAX))
        return;
    if (!r->any || v < r->lo)
        r->lo = v;
    if (!r->any || v > r->hi)
        r->hi = v;
    r->any = true;
}

void tw_svg_range_all(struct tw_svg_range *r, const struct tw_json *values)
{
    for (size_t i = 0; i < tw_json_len(values); i++)
        tw_svg_range_add(r, tw_json_number(tw_json_at(values, i), (double)NAN));
}

/* The smallest of 1, 2, 5, 10 times a power of ten not below v > 0. */
static double round_step(double v)
{
    double power = pow(10, floor(log10(v)));

    for (int i = 0; i < 3; i++) {
        static const double parts[] = { 1, 2, 5 };
        if (parts[i] * power >= v * (1 - 1e-9))
            return parts[i] * power;
    }
    return 10 * power;
}

void tw_svg_axis_init(struct tw_svg_axis *a, const struct tw_svg_range *r,
                      double from, double to, int steps)
{
    double lo = 0, hi = 1;

    if (r->any) {
        lo = r->lo;
        hi = r->hi;
    }
    double size = fmax(fabs(lo), fabs(hi));
    /* One value only, or values that differ by rounding: some room around. */
    if (hi - lo <= 1e-9 * size || hi - lo < 1e-100) {
        double margin = 1;
        if (size > 1e-90)
            margin = size * 0.1;
        lo -= margin;
        hi += margin;
    }
    a->step = round_step((hi - lo) / steps);
    a->lo = floor(lo / a->step + 1e-9) * a->step;
    a->hi = ceil(hi / a->step - 1e-9) * a->step;
    a->n = (int)lround((a->hi - a->lo) / a->step);
    a->from = from;
    a->to = to;
}

/* One step, from end to end: for axes whose ends are counts or have been
 * rounded before. */
void tw_svg_axis_exact(struct tw_svg_axis *a, double lo, double hi, double from,
                       double to)
{
    *a = (struct tw_svg_axis){ lo, hi, hi - lo, 1, from, to };
    if (!(hi > lo)) /* tw_svg_at() divides by the difference */
        a->hi = lo + 1;
}

/* from may be larger than to: pixels grow downwards, values upwards. */
double tw_svg_at(const struct tw_svg_axis *a, double v)
{
    return a->from + (v - a->lo) / (a->hi - a->lo) * (a->to - a->from);
}

/* A factor that makes the ends of an axis short. */
struct unit {
    double size;
    const char *suffix;
};

/* Four digits need no unit: thousands begin at ten thousand. */
static struct unit unit_for(double size)
{
    static const struct unit units[] = { { 1e12, "T" },
                                         { 1e9, "G" },
                                         { 1e6, "M" } };

    for (size_t u = 0; u < TW_ARRAY_LEN(units); u++)
        if (size >= units[u].size)
            return units[u];
    if (size >= 1e4)
        return (struct unit){ 1e3, "k" };
    return (struct unit){ 1, "" };
}

/* All ticks of an axis have as many places as its step needs. */
void tw_svg_tick(struct tw_buf *b, const struct tw_svg_axis *a, int i)
{
    double size = fmax(fabs(a->lo), fabs(a->hi));
    struct unit unit = unit_for(size);
    double v = a->lo + i * a->step;

    if (fabs(v) < a->step / 2)
        v = 0; /* not -1e-17 */
    if (size >= 1e15 || size < 1e-4) {
        tw_buf_addf(b, "%.3g", v);
        return;
    }
    double places = -floor(log10(a->step / unit.size) + 1e-9);
    places = fmax(0, fmin(places, 12));
    tw_buf_addf(b, "%.*f", (int)places, v / unit.size);
    if (v != 0)
        tw_buf_adds(b, unit.suffix);
}

/* Sizes are units of the picture; the style sheet gives it the width of its
 * place. */
void tw_svg_open(struct tw_buf *b, const char *mark, int width, int height,
                 const char *label)
{
    tw_buf_addf(b,
                "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "aria-label=\"",
                mark, width, height);
    tw_utf8_add_xml(b, label, strlen(label));
    tw_buf_adds(b, "\">");
}

void tw_svg_close(struct tw_buf *b)
{
    tw_buf_adds(b, "</svg>\n");
}

/* All lines in one path, all numbers in one group: a page has dozens of
 * plots. */
void tw_svg_grid_y(struct tw_buf *b, const struct tw_svg_axis *y, double x0,
                   double x1)
{
    tw_buf_adds(b, "<path class=\"grid\" d=\"");
    for (int i = 0; i <= y->n; i++)
        tw_buf_addf(b, "M%.1f %.1fH%.1f", x0, tw_svg_at(y, y->lo + i * y->step),
                    x1);
    tw_buf_adds(b, "\"/><g class=\"ticks end\">");
    for (int i = 0; i <= y->n; i++) {
        tw_buf_addf(b, "<text x=\"%.1f\" y=\"%.1f\">", x0 - 6,
                    tw_svg_at(y, y->lo + i * y->step) + 4);
        tw_svg_tick(b, y, i);
        tw_buf_adds(b, "</text>");
    }
    tw_buf_adds(b, "</g>");
}

/* The same for an axis from left to right, with the numbers below. */
void tw_svg_grid_x(struct tw_buf *b, const struct tw_svg_axis *x, double y0,
                   double y1)
{
    tw_buf_adds(b, "<path class=\"grid\" d=\"");
    for (int i = 0; i <= x->n; i++)
        tw_buf_addf(b, "M%.1f %.1fV%.1f", tw_svg_at(x, x->lo + i * x->step), y0,
                    y1);
    tw_buf_adds(b, "\"/><g class=\"ticks mid\">");
    for (int i = 0; i <= x->n; i++) {
        tw_buf_addf(b, "<text x=\"%.1f\" y=\"%.1f\">",
                    tw_svg_at(x, x->lo + i * x->step), y1 + 15);
        tw_svg_tick(b, x, i);
        tw_buf_adds(b, "</text>");
    }
    tw_buf_adds(b, "</g>");
}

/* Draws along an array, with the pen up over what cannot be drawn. */
struct pen {
    struct tw_buf *b;
    const struct tw_svg_axis *x, *y;
    bool down;
};

/* A gap in the values is a gap in the line. */
static void draw_to(struct pen *p, size_t i, double v)
{
    if (!(fabs(v) <= VALUE_MAX)) {
        p->down = false;
        return;
    }
    char move = 'L';
    if (!p->down)
        move = 'M';
    tw_buf_addf(p->b, "%c%.1f %.1f", move, tw_svg_at(p->x, (double)i),
                tw_svg_at(p->y, v));
    p->down = true;
}

/* NaN for whatever is no number, which draw_to() makes a gap of. */
static double value_at(const struct tw_json *values, size_t i)
{
    return tw_json_number(tw_json_at(values, i), (double)NAN);
}

/* Lowest and highest of [begin, end) in their order: a peak of one sample is
 * still seen when there are more samples than pixels. */
static void draw_part(struct pen *p, const struct tw_json *values, size_t begin,
                      size_t end)
{
    size_t low = begin, high = begin;

    for (size_t i = begin; i < end; i++) {
        double v = value_at(values, i);
        if (v < value_at(values, low) || isnan(value_at(values, low)))
            low = i;
        if (v > value_at(values, high) || isnan(value_at(values, high)))
            high = i;
    }
    if (low < high)
        draw_to(p, low, value_at(values, low));
    draw_to(p, high, value_at(values, high));
    if (high < low)
        draw_to(p, low, value_at(values, low));
}

/* Short arrays point by point; of long ones the lowest and the highest of each
 * part. */
void tw_svg_line(struct tw_buf *b, const char *mark,
                 const struct tw_svg_axis *x, const struct tw_svg_axis *y,
                 const struct tw_json *values)
{
    size_t n = tw_json_len(values), parts = n;
    struct pen pen = { b, x, y, false };

    if (n > 2 * LINE_PARTS)
        parts = LINE_PARTS;
    tw_buf_addf(b, "<path class=\"line %s\" d=\"", mark);
    for (size_t i = 0; i < parts; i++)
        draw_part(&pen, values, i * n / parts, (i + 1) * n / parts);
    tw_buf_adds(b, "\"/>");
}

void tw_svg_text(struct tw_buf *b, double x, double y, const char *mark,
                 const char *text)
{
    tw_buf_addf(b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", mark, x, y);
    tw_utf8_add_xml(b, text, strlen(text));
    tw_buf_adds(b, "</text>");
}
