/*
 * clock.h - time: monotonic seconds, CPU seconds, and the date for reports.
 */
#ifndef TW_BASE_CLOCK_H
#define TW_BASE_CLOCK_H

double tw_clock_mono(void); /* seconds, never goes back */
double tw_clock_cpu(void);  /* CPU seconds of this process, all threads */
/* "2026-11-20T12:00:00Z" of now. */
void tw_clock_iso(char out[32]);

#endif /* TW_BASE_CLOCK_H */
