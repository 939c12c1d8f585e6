/* test_sort.c - order and median of doubles. */
#include "base/sort.h"

#include "test.h"

#include <math.h>

TEST(numbers_of_every_size_come_in_order)
{
    double x[] = { 1e308, -0.25, 0, -1e308, 1e-308, -INFINITY, 0.25, INFINITY };

    tw_sort_doubles(x, 8);
    CHECK(isinf(x[0]) && x[0] < 0 && isinf(x[7]) && x[7] > 0);
    for (int i = 1; i < 8; i++)
        CHECK(x[i - 1] < x[i]);
    tw_sort_doubles(x, 0); /* nothing to do, no harm */
}

TEST(the_median_is_the_middle_or_the_mean_of_two)
{
    double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 1 }, one[] = { -7 };

    CHECK_NEAR(tw_sort_median(odd, 3), 2, 0);
    CHECK_NEAR(tw_sort_median(even, 4), 2, 0);
    CHECK_NEAR(tw_sort_median(one, 1), -7, 0);
    CHECK(isnan(tw_sort_median(one, 0)));
}

TEST_MAIN(RUN(numbers_of_every_size_come_in_order);
          RUN(the_median_is_the_middle_or_the_mean_of_two);)
