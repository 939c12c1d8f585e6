#include "report/svg.h"

#include "test.h"

#include <string.h>

static struct tw_svg_axis axis_of(double lo, double hi, int steps)
{
    struct tw_svg_range r = { 0 };
    struct tw_svg_axis a;

    tw_svg_range_add(&r, lo);
    tw_svg_range_add(&r, hi);
    tw_svg_axis_init(&a, &r, 0, 100, steps);
    return a;
}

static bool ticks_are(const struct tw_svg_axis *a, const char *want)
{
    struct tw_buf b;

    tw_buf_init(&b, 4096);
    for (int i = 0; i <= a->n; i++) {
        tw_buf_adds(&b, i ? " " : "");
        tw_svg_tick(&b, a, i);
    }
    bool same = strcmp(tw_buf_text(&b), want) == 0;
    if (!same)
        printf("# ticks '%s', wanted '%s'\n", tw_buf_text(&b), want);
    tw_buf_release(&b);
    return same;
}

TEST(ticks_are_round)
{
    static const struct {
        double lo, hi;
        const char *ticks;
    } cases[] = {
        { 0, 100, "0 20 40 60 80 100" },
        { -121.4, -61, "-140 -120 -100 -80 -60" },
        { 0.13, 0.87, "0.0 0.2 0.4 0.6 0.8 1.0" },
        { 3e6, 184e6, "0 50M 100M 150M 200M" },
        { 12000, 47000, "10k 20k 30k 40k 50k" },
        { -3, 2, "-3 -2 -1 0 1 2" },
        { 44.9, 54.6, "44 46 48 50 52 54 56" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_svg_axis a = axis_of(cases[i].lo, cases[i].hi, 5);
        CHECK(ticks_are(&a, cases[i].ticks));
    }
}

TEST(an_axis_covers_its_values_whatever_they_are)
{
    static const double ends[][2] = {
        { 0, 0 },         { 5, 5 },          { -1e99, 1e99 },  { 1e-99, 2e-99 },
        { 1e9, 1e9 + 1 }, { -7, -7 },        { 1e15, 1.5e15 }, { 0, 1e-300 },
        { 3, 3 + 1e-15 }, { -1e100, 1e100 },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(ends); i++) {
        struct tw_svg_axis a = axis_of(ends[i][0], ends[i][1], 5);
        CHECK(a.lo <= ends[i][0] && a.hi >= ends[i][1] && a.hi > a.lo);
        CHECK(a.n >= 1 && a.n <= 20);
        CHECK(tw_svg_at(&a, ends[i][0]) >= -1e-6);
        CHECK(tw_svg_at(&a, ends[i][1]) <= 100 + 1e-6);
    }
}

TEST(values_that_are_no_numbers_do_not_count)
{
    struct tw_svg_range r = { 0 };
    struct tw_svg_axis a;

    tw_svg_range_add(&r, (double)NAN);
    tw_svg_range_add(&r, (double)INFINITY);
    tw_svg_range_add(&r, -1e200);
    CHECK(!r.any);
    tw_svg_axis_init(&a, &r, 0, 1, 4);
    CHECK_NEAR(a.lo, 0, 0);
    CHECK_NEAR(a.hi, 1, 0);
}

static void draw(struct tw_buf *b, const char *json, double hi)
{
    struct tw_json *values;
    struct tw_svg_axis x, y;

    tw_buf_init(b, 1 << 20);
    if (tw_json_parse(&values, json, strlen(json), NULL) != TW_OK)
        return;
    tw_svg_axis_exact(&x, 0, 10, 0, 10);
    tw_svg_axis_exact(&y, 0, hi, 100, 0);
    tw_svg_line(b, "m", &x, &y, values);
    tw_json_free(values);
}

TEST(a_gap_in_the_values_is_a_gap_in_the_line)
{
    struct tw_buf b;

    draw(&b, "[0, 50, null, 100, \"x\", 1e200, 25]", 100);
    CHECK(strcmp(tw_buf_text(&b),
                 "<path class=\"line m\" d=\"M0.0 100.0L1.0 50.0M3.0 0.0"
                 "M6.0 75.0\"/>") == 0);
    tw_buf_release(&b);
}

TEST(a_long_line_keeps_its_only_peak)
{
    struct tw_buf doc, b;

    tw_buf_init(&doc, 1 << 20);
    tw_buf_addc(&doc, '[');
    for (int i = 0; i < 50000; i++)
        tw_buf_adds(&doc, i == 31234 ? "99," : "1,");
    tw_buf_adds(&doc, "1]");
    draw(&b, tw_buf_text(&doc), 100);
    CHECK(strstr(tw_buf_text(&b), "L31234.0 1.0") != NULL);
    CHECK(b.len < 20000);
    tw_buf_release(&doc);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(ticks_are_round);
          RUN(an_axis_covers_its_values_whatever_they_are);
          RUN(values_that_are_no_numbers_do_not_count);
          RUN(a_gap_in_the_values_is_a_gap_in_the_line);
          RUN(a_long_line_keeps_its_only_peak);)
