#include "base/clock.h"

#include <time.h>

#include "base/banned.h"

static double seconds(clockid_t id)
{
    struct timespec t = { 0 };

    /* Cannot fail: both clocks exist on every supported system. */
    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double tw_clock_mono(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double tw_clock_cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

void tw_clock_iso(char out[32])
{
    time_t now = time(NULL);
    struct tm tm = { 0 };

    out[0] = '\0';
    if (gmtime_r(&now, &tm))
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
