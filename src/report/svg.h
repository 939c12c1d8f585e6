/*
 * svg.h - plots as inline SVG: ranges, axes with round ticks, lines, points.
 *
 *     struct tw_svg_range r = { 0 };
 *     struct tw_svg_axis y;
 *     tw_svg_range_all(&r, values);
 *     tw_svg_axis_init(&y, &r, 190, 10, 5);
 *     tw_svg_open(b, "plot", 400, 220, "bitrate");
 *     tw_svg_grid_y(b, &y, 50, 390);
 *     tw_svg_line(b, "real", &x, &y, values);
 *     tw_svg_close(b);
 *
 * Coordinates are user units of the viewBox; the style sheet has colours and
 * sizes.  Values that are no finite numbers are left out.
 */
#ifndef TW_REPORT_SVG_H
#define TW_REPORT_SVG_H

#include "base/buf.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_svg_range {
    double lo, hi;
    bool any; /* a value was added; zero-initialise before the first */
};

struct tw_svg_axis {
    double lo, hi; /* multiples of step */
    double step;
    int n; /* steps from lo to hi */
    double from, to;
};

void tw_svg_range_add(struct tw_svg_range *r, double v);
/* All numbers of an array. */
void tw_svg_range_all(struct tw_svg_range *r, const struct tw_json *values);

/* An axis over the range from pixel from (lo) to pixel to (hi) with about so
 * many steps of 1, 2 or 5 times a power of ten.  An empty range gives 0..1, a
 * single value a range around it. */
void tw_svg_axis_init(struct tw_svg_axis *a, const struct tw_svg_range *r,
                      double from, double to, int steps);
/* The same, but lo and hi stay as they are: no round ends. */
void tw_svg_axis_exact(struct tw_svg_axis *a, double lo, double hi, double from,
                       double to);
double tw_svg_at(const struct tw_svg_axis *a, double v);
/* Text of tick i: "1.5", "20 M". */
void tw_svg_tick(struct tw_buf *b, const struct tw_svg_axis *a, int i);

/* The label is untrusted; mark is a class of ours. */
void tw_svg_open(struct tw_buf *b, const char *mark, int width, int height,
                 const char *label);
void tw_svg_close(struct tw_buf *b);
/* Grid lines with labels left of x0 or below y1. */
void tw_svg_grid_y(struct tw_buf *b, const struct tw_svg_axis *y, double x0,
                   double x1);
void tw_svg_grid_x(struct tw_buf *b, const struct tw_svg_axis *x, double y0,
                   double y1);
/* One polyline over index 0..n-1; long arrays keep the extremes of each part,
 * so that no peak is lost. */
void tw_svg_line(struct tw_buf *b, const char *mark,
                 const struct tw_svg_axis *x, const struct tw_svg_axis *y,
                 const struct tw_json *values);
void tw_svg_text(struct tw_buf *b, double x, double y, const char *mark,
                 const char *text);

#endif /* TW_REPORT_SVG_H */
