/*
 * activity_priv.h - rows in which something happens, as the header window.h
 * defines them.
 */
#ifndef TW_TRIAL_ACTIVITY_PRIV_H
#define TW_TRIAL_ACTIVITY_PRIV_H

#include "base/arena.h"
#include "base/status.h"
#include "trial/trial.h"

#include <stdbool.h>
#include <stddef.h>

/* *found: one per row of the trial, in the arena.  A trial in which no counter
 * has a rest value is active throughout. */
enum tw_status tw_activity_find(bool **found, struct tw_arena *a,
                                const struct tw_trial *t,
                                const size_t *counters, size_t n_counters,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_TRIAL_ACTIVITY_PRIV_H */
