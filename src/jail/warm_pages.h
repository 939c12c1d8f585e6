/*
 * warm_pages.h - make a process cheap to fork, once it has all it needs.
 *
 * For single-threaded processes.  Changes nothing that the process can see;
 * where a step cannot be done, forks cost what they did without it.
 */
#ifndef TW_JAIL_WARM_PAGES_H
#define TW_JAIL_WARM_PAGES_H

#include <stdint.h>
#include <sys/types.h>

#define WARM_RANGES_MAX 64
#define WARM_HOT_MAX    192

struct warm_range {
    uintptr_t start, end;
};

struct warm_pages {
    struct warm_range all[WARM_RANGES_MAX]; /* what can be written */
    struct warm_range hot[WARM_HOT_MAX];    /* what a fork does write */
    int n_all, n_hot;
};

/* Move all memory into a file without a name. */
void tw_warm_pages_settle(struct warm_pages *w);
/* Learn what a fork of us has written to; we trace it, and it stands still. */
void tw_warm_pages_learn(struct warm_pages *w, pid_t fork);
/* In a new fork: have copies of those at once, without a fault for each. */
void tw_warm_pages_touch(const struct warm_pages *w);

#endif /* TW_JAIL_WARM_PAGES_H */
