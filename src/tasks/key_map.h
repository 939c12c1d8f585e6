/*
 * key_map.h - from texts to numbers; in an arena, whoever chose the texts.
 *
 * Buckets follow from SHA-256: no file can be made whose texts collide.
 */
#ifndef TW_TASKS_KEY_MAP_H
#define TW_TASKS_KEY_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_key_map_slot {
    const char *key; /* borrowed; NULL: free */
    size_t len;
    size_t value;
};

struct tw_key_map {
    struct tw_key_map_slot *slots;
    size_t mask; /* number of slots - 1 */
    size_t n;
};

/* For at most n_max texts.  tw_arena_check() tells whether there was room;
 * until then nothing may be added. */
void tw_key_map_init(struct tw_key_map *l, struct tw_arena *a, size_t n_max);
/* False, and nothing changes, when the text is there (or no room is left). */
bool tw_key_map_add(struct tw_key_map *l, const char *key, size_t len,
                    size_t value);
/* SIZE_MAX: not there. */
size_t tw_key_map_find(const struct tw_key_map *l, const char *key, size_t len);

#endif /* TW_TASKS_KEY_MAP_H */
