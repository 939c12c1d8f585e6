/*
 * clock.c - the clocks of the system as plain numbers.
 *
 * Nothing here decides a result: results depend on seeds, never on the time.
 * These numbers are shown, recorded beside results, or used as deadlines.
 */
#include "base/clock.h"

#include <time.h>

#include "base/banned.h"

/* A double holds nanoseconds exactly enough: 53 bits are 104 days in
 * nanoseconds, and nobody here measures finer than microseconds. */
static double seconds(clockid_t id)
{
    struct timespec t = { 0 };

    /* Cannot fail: both clocks exist on every supported system. */
    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Not the time of day: that one jumps when the machine is set right, and a
 * duration or a deadline must not. */
double tw_clock_mono(void)
{
    return seconds(CLOCK_MONOTONIC);
}

/* What the process paid, whoever else used the machine: tests of speed use
 * it. */
double tw_clock_cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* UTC, so that a report reads the same wherever it was made. gmtime_r() fails
 * only for years that do not fit an int; the text is then empty. */
void tw_clock_iso(char out[32])
{
    time_t now = time(NULL);
    struct tm tm = { 0 };

    out[0] = '\0';
    if (gmtime_r(&now, &tm))
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
