/*
 * progress.h - one live line on a terminal, plain lines otherwise.
 *
 * Libraries get a struct tw_progress from the caller and report through it;
 * they never print.  A NULL progress is silent.  The callback may return false
 * to ask for a stop (Ctrl-C); the library then returns TW_ECANCELED.
 */
#ifndef TW_BASE_PROGRESS_H
#define TW_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct tw_progress {
    /* done of total units of the stage; text holds figures ("loss 0.12").
     * Called from one thread at a time. */
    bool (*step)(void *ctx, const char *stage, size_t done, size_t total,
                 const char *text);
    void *ctx;
};

/* true: go on.  p NULL, or one without a callback, never asks for a stop. */
static inline bool tw_progress_step(const struct tw_progress *p,
                                    const char *stage, size_t done,
                                    size_t total, const char *text)
{
    return !p || !p->step || p->step(p->ctx, stage, done, total, text);
}

#endif /* TW_BASE_PROGRESS_H */
