/*
 * key_map.c - open addressing, at most half full.
 */
#include "tasks/key_map.h"

#include "base/hash.h"

#include <string.h>

#include "base/banned.h"

/* Where the search for a key begins.  SHA-256 costs more than a plain hash
 * would; but keys are prompts and ids of files that anybody may have made, and
 * with a plain hash such a file could put all of them into one slot. */
static size_t start_of(const char *key, size_t len)
{
    struct tw_hash h;
    uint8_t digest[32];
    size_t start;
    tw_hash_init(&h);
    tw_hash_add(&h, key, len);
    tw_hash_final(&h, digest);
    memcpy(&start, digest, sizeof(start));
    return start;
}

/* Half of the slots stay free, so that a search for a key that is not there
 * ends soon. */
void tw_key_map_init(struct tw_key_map *l, struct tw_arena *a, size_t n_max)
{
    size_t cap = 16;
    while (cap / 2 < n_max && cap < SIZE_MAX / 4)
        cap *= 2;
    *l = (struct tw_key_map){ .mask = cap - 1 };
    l->slots = tw_arena_alloc(a, cap, sizeof(*l->slots));
}

/* The slot of the text, or the free one where it would go. */
static struct tw_key_map_slot *slot_of(const struct tw_key_map *l,
                                       const char *key, size_t len)
{
    size_t i = start_of(key, len) & l->mask;
    while (l->slots[i].key &&
           (l->slots[i].len != len || memcmp(l->slots[i].key, key, len) != 0))
        i = (i + 1) & l->mask;
    return &l->slots[i];
}

/* The key is borrowed: it must live as long as the map does. */
bool tw_key_map_add(struct tw_key_map *l, const char *key, size_t len,
                    size_t value)
{
    struct tw_key_map_slot *slot = slot_of(l, key, len);
    if (slot->key || l->n + 1 > l->mask / 2 + 1)
        return false;
    *slot = (struct tw_key_map_slot){ key, len, value };
    l->n++;
    return true;
}

size_t tw_key_map_find(const struct tw_key_map *l, const char *key, size_t len)
{
    if (!l->slots)
        return SIZE_MAX;
    const struct tw_key_map_slot *slot = slot_of(l, key, len);
    if (!slot->key)
        return SIZE_MAX;
    return slot->value;
}
