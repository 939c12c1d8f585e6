/*
 * inspect_kit.h - the jail, an arena and sources from literals: for the tests
 * of inspection, coverage and mutation.
 */
#ifndef TW_TESTS_INSPECT_KIT_H
#define TW_TESTS_INSPECT_KIT_H

#include "inspect/inspect.h"
#include "test.h"

#include <string.h>

struct kit {
    struct tw_jail *jail; /* NULL: this host cannot isolate */
    struct tw_arena a;
    struct tw_err err;
};

static bool kit_begin(struct kit *k)
{
    memset(k, 0, sizeof(*k));
    tw_arena_init(&k->a, 256u << 20);
    if (tw_jail_open(&k->jail, false, &k->err) == TW_OK)
        return true;
    test_skip("no jail here: %s", k->err.msg);
    return false;
}

static void kit_end(struct kit *k)
{
    tw_arena_release(&k->a);
    tw_jail_close(k->jail);
}

static inline struct tw_source kit_source(const char *name, const char *text)
{
    return (struct tw_source){ tw_source_lang(name), name, text, strlen(text) };
}

#endif /* TW_TESTS_INSPECT_KIT_H */
