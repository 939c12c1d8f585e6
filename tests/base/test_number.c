/*
 * test_number.c - the shortest decimals of a double, and rounding to some.
 */
#include "base/number.h"
#include "base/rng.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_text(double v, const char *want)
{
    struct tw_buf b;

    tw_buf_init(&b, 100);
    tw_number_add(&b, v);
    if (strcmp(tw_buf_text(&b), want) != 0)
        printf("# got %s, want %s\n", tw_buf_text(&b), want);
    CHECK(strcmp(tw_buf_text(&b), want) == 0);
    tw_buf_release(&b);
}

TEST(numbers_are_as_short_as_they_can_be)
{
    check_text(0, "0");
    check_text(-0.0, "-0.0");
    check_text(0.1, "0.1");
    check_text(-2.5, "-2.5");
    check_text(12345678955.0, "12345678955");
    check_text(1767225602.25, "1767225602.25");
    check_text(1.0 / 3, "0.3333333333333333");
    check_text(0.1 + 0.2, "0.30000000000000004");
    check_text(9007199254740993.0, "9007199254740992");
    check_text(1e16, "10000000000000000");
    check_text(1e17, "1e+17");
    check_text(1.25e-5, "0.0000125");
    check_text(1.5e-7, "1.5e-07");
    check_text(DBL_MAX, "1.7976931348623157e+308");
    check_text(5e-324, "5e-324");
    check_text(-1e-310, "-1e-310");
}

TEST(any_double_reads_back_bit_for_bit)
{
    struct tw_rng rng = tw_rng_seeded(3);
    struct tw_buf b;

    tw_buf_init(&b, 100);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = tw_rng_u64(&rng);
        double v, back;

        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        if (i % 2)
            v = ldexp(v, -ilogb(v) + i % 60); /* of sizes that counters have */
        tw_buf_clear(&b);
        tw_number_add(&b, v);
        back = strtod(tw_buf_text(&b), NULL);
        CHECK(memcmp(&v, &back, sizeof(v)) == 0);
    }
    tw_buf_release(&b);
}

TEST(decimals_are_counted_and_rounded_to)
{
    CHECK(tw_number_decimals(3, 6) == 0);
    CHECK(tw_number_decimals(-99.99, 6) == 2);
    CHECK(tw_number_decimals(3619.2, 6) == 1);
    CHECK(tw_number_decimals(1e-6, 6) == 6);
    CHECK(tw_number_decimals(1e-7, 6) == 7);
    CHECK(tw_number_decimals(1.0 / 3, 6) == 7);
    CHECK(tw_number_decimals((double)NAN, 6) == 7);
    CHECK(tw_number_decimals(12345678955.0, 6) == 0);
    CHECK(tw_number_round(99.98899999999999, 3) == 99.989);
    CHECK(tw_number_round(0.29999, 1) == 0.3);
    CHECK(tw_number_round(1e300, 6) == 1e300);
    CHECK(!signbit(tw_number_round(-0.001, 2)));
    CHECK(isnan(tw_number_round((double)NAN, 2)));
}

TEST_MAIN(RUN(numbers_are_as_short_as_they_can_be);
          RUN(any_double_reads_back_bit_for_bit);
          RUN(decimals_are_counted_and_rounded_to);)
