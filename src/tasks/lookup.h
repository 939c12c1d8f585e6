/*
 * lookup.h - from texts to numbers; in an arena, whoever chose the texts.
 *
 * Buckets follow from SHA-256: no file can be made whose texts collide.
 */
#ifndef TW_TASKS_LOOKUP_H
#define TW_TASKS_LOOKUP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_lookup_slot {
    const char *key; /* borrowed; NULL: free */
    size_t len;
    size_t value;
};

struct tw_lookup {
    struct tw_lookup_slot *slots;
    size_t mask; /* number of slots - 1 */
    size_t n;
};

/* For at most n_max texts.  False: no memory. */
bool tw_lookup_init(struct tw_lookup *l, struct tw_arena *a, size_t n_max);
/* False, and nothing changes, when the text is there (or no room is left). */
bool tw_lookup_add(struct tw_lookup *l, const char *key, size_t len,
                   size_t value);
/* SIZE_MAX: not there. */
size_t tw_lookup_find(const struct tw_lookup *l, const char *key, size_t len);

#endif /* TW_TASKS_LOOKUP_H */
