/*
 * cli_progress.c - how far a long command is, on stderr.
 *
 * A terminal gets one line that is written over five times a second; a file or
 * a CI log gets a plain line every ten seconds. The callback is also the way
 * in which Ctrl-C reaches a loop: false asks it to stop. Only the thread that
 * runs the loop calls it, so nothing here is locked.
 */
#include "cli/cli.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* Rough on purpose: two units at the most. The estimate is an extrapolation,
 * and more digits would promise more than it can hold. */
static void format_seconds(char out[32], double s)
{
    if (s >= 3600)
        snprintf(out, 32, "%.0f h %02.0f min", s / 3600 - 0.5,
                 (s - 3600 * (double)(int)(s / 3600)) / 60);
    else if (s >= 60)
        snprintf(out, 32, "%d min %02d s", (int)(s / 60), (int)s % 60);
    else
        snprintf(out, 32, "%.0f s", s);
}

/* A new stage begins: its clock starts. */
static void begin_stage(struct tw_cli_progress *p, const char *stage,
                        size_t done, double now)
{
    tw_cli_progress_end(p);
    snprintf(p->stage, sizeof(p->stage), "%s", stage);
    p->begun = now;
    p->first = done;
    if (p->live)
        p->shown = 0;
    else if (p->shown <= 0)
        p->shown = now; /* a short stage leaves no plain line */
}

/* ", 3 min 20 s left", from the speed of this stage so far; "" while nothing
 * is known.  What was done before the stage began says nothing about speed. */
static void format_left(char out[48], const struct tw_cli_progress *p,
                        size_t done, size_t total, bool has_text, double now)
{
    const char *comma = "";
    char time[32];

    out[0] = '\0';
    if (done > p->first && total > done)
        format_seconds(time, (now - p->begun) * (double)(total - done) /
                                 (double)(done - p->first));
    else if (total && done >= total)
        format_seconds(time, 0);
    else
        return;
    if (has_text)
        comma = ", ";
    snprintf(out, 48, "%s%s left", comma, time);
}

/* A terminal's line is written over; a file gets lines. */
static void print_step(const struct tw_cli_progress *p, size_t done,
                       size_t total, const char *text, double now)
{
    char left[48];

    format_left(left, p, done, total, *text != '\0', now);
    if (p->live)
        fputs("\r\x1b[K", stderr);
    fputs(p->stage, stderr);
    if (total)
        fprintf(stderr, " %zu/%zu", done, total);
    struct tw_buf name;
    tw_buf_init(&name, 4096);
    tw_cli_add_name(&name, text);
    fprintf(stderr, " %s", tw_buf_text(&name));
    tw_buf_release(&name);
    if (total)
        fputs(left, stderr);
    if (!p->live)
        fputc('\n', stderr);
    (void)fflush(stderr);
}

/* Called for each unit, perhaps a thousand times a second: the clock is read
 * each time, the line printed rarely. The last unit is always shown, so that a
 * finished stage does not look stuck at 97 of 100. */
static bool show_step(void *ctx, const char *stage, size_t done, size_t total,
                      const char *text)
{
    struct tw_cli_progress *p = ctx;
    double now = tw_clock_mono();

    if (strncmp(p->stage, stage, sizeof(p->stage) - 1) != 0)
        begin_stage(p, stage, done, now);
    bool last = p->live && total && done >= total;
    double pause = 10;
    if (p->live)
        pause = 0.2;
    if (last || now - p->shown >= pause) {
        p->shown = now;
        print_step(p, done, total, tw_cli_text_or(text, ""), now);
    }
    return !tw_cli_interrupted();
}

/* Quiet: nothing to see, but Ctrl-C still asks for a stop. */
static bool quiet_step(void *ctx, const char *stage, size_t done, size_t total,
                       const char *text)
{
    (void)ctx;
    (void)stage;
    (void)done;
    (void)total;
    (void)text;
    return !tw_cli_interrupted();
}

/* The result points into *p, which the caller keeps as long as the loop
 * runs. */
const struct tw_progress *tw_cli_progress(struct tw_cli_progress *p, bool quiet)
{
    *p = (struct tw_cli_progress){
        .progress = { .step = quiet ? quiet_step : show_step, .ctx = p },
        .live = !quiet && isatty(STDERR_FILENO),
    };
    return &p->progress;
}

/* Before anything else is printed to stderr, and harmless when nothing was
 * shown. */
void tw_cli_progress_end(struct tw_cli_progress *p)
{
    if (p->live && p->stage[0])
        fputc('\n', stderr);
    p->stage[0] = '\0';
}
