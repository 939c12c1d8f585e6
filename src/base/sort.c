/* sort.c - qsort() with the one comparison that doubles need. */
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* A difference, as it is often written, would overflow and lose what is
 * smaller than 1; two comparisons are exact. */
static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void tw_sort_doubles(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), compare);
}

double tw_sort_median(double *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    tw_sort_doubles(x, n);
    if (n % 2)
        return x[n / 2];
    return (x[n / 2 - 1] + x[n / 2]) / 2;
}
