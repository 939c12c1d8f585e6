/*
 * number.c - doubles as the shortest decimals that read back.
 *
 * strtod() is asked whether a text reads back; glibc rounds correctly both
 * ways, so that 15 digits always survive and 17 always suffice (IEEE 754).
 */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Powers of ten that are exact doubles, as far as they are needed here. */
static const double ten[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

int tw_number_digits(double v, char digits[TW_NUMBER_DIGITS], int *exponent)
{
    char text[40];
    int n = 0;
    /* A short decimal is found among 15 digits at once, as zeros follow it;
     * subnormal numbers hold fewer digits than that. */
    int p = fabs(v) < DBL_MIN ? 0 : 14;

    TW_ASSERT(isfinite(v) && v != 0);
    for (; p < 17; p++) {
        (void)snprintf(text, sizeof(text), "%.*e", p, fabs(v));
        if (strtod(text, NULL) == fabs(v))
            break;
    }
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[n++] = *at;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    *exponent = (int)strtol(at + 1, NULL, 10);
    return n;
}

/* d.ddde+XX, as printf() has it. */
static void add_scientific(struct tw_buf *b, const char *digits, int n, int e)
{
    tw_buf_addc(b, digits[0]);
    if (n > 1)
        tw_buf_addf(b, ".%s", digits + 1);
    tw_buf_addf(b, "e%+03d", e);
}

void tw_number_add(struct tw_buf *b, double v)
{
    char digits[TW_NUMBER_DIGITS];
    int e;

    TW_ASSERT(isfinite(v));
    if (signbit(v))
        tw_buf_addc(b, '-');
    if (v == 0) {
        /* "-0" is an integer to many readers, and loses its sign. */
        tw_buf_adds(b, signbit(v) ? "0.0" : "0");
        return;
    }
    if (fabs(v) < 1e15 && v == trunc(v)) { /* most counters: no search */
        tw_buf_addf(b, "%.0f", fabs(v));
        return;
    }
    int n = tw_number_digits(v, digits, &e);
    if (e < -5 || e >= 17)
        add_scientific(b, digits, n, e);
    else if (e < 0)
        tw_buf_addf(b, "0.%.*s%s", -e - 1, "0000", digits);
    else if (n <= e + 1)
        tw_buf_addf(b, "%s%.*s", digits, e + 1 - n, "0000000000000000");
    else
        tw_buf_addf(b, "%.*s.%s", e + 1, digits, digits + e + 1);
}

double tw_number_step(int decimals)
{
    TW_ASSERT(decimals >= 0 && decimals < (int)TW_ARRAY_LEN(ten));
    return 1 / ten[decimals];
}

double tw_number_round(double v, int decimals)
{
    TW_ASSERT(decimals >= 0 && decimals < (int)TW_ARRAY_LEN(ten));
    double scaled = v * ten[decimals];

    /* Beyond 2^53 every double is an integer; NaN stays what it is. */
    if (!(fabs(scaled) < 9007199254740992.0))
        return v;
    /* One division of two exact integers rounds once: what comes out is the
     * double that the decimal text would be read as. */
    return round(scaled) / ten[decimals] + 0.0; /* 0.0 for -0.0 */
}

int tw_number_decimals(double v, int max)
{
    for (int d = 0; d <= max; d++)
        if (tw_number_round(v, d) == v)
            return d;
    return max + 1;
}
