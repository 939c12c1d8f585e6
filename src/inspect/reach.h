/*
 * reach.h - what a program of Python reaches for, found in its text.
 *
 * A script that was accepted is run by somebody outside of the jail.  Known to
 * be pure is what passes (reach.py lists modules, builtin names, attributes);
 * all else has a reason, which names the line and what a project may open.
 * Names that look like others and characters that are not seen have one too.
 */
#ifndef TW_INSPECT_REACH_H
#define TW_INSPECT_REACH_H

#include "base/arena.h"
#include "base/status.h"
#include "jail/jail.h"

#include <stddef.h>

/* Names that a project opens: "random", "os.path", "getattr". */
struct tw_reach_allow {
    const char *const *names;
    size_t n;
};

/* What is said of one text; in the arena, ASCII without control characters. */
struct tw_reach {
    const char *reason; /* one line; NULL: it reaches for nothing.  A text that
                         * Python cannot read has one. */
    const char *opened; /* names of allow that it uses, "os.path, random" */
};

/* One job for all texts (n).  found: room for n. */
enum tw_status tw_reach_find(struct tw_jail *jail, struct tw_arena *a,
                             const char *const *texts, size_t n,
                             struct tw_reach_allow allow,
                             struct tw_reach *found,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_INSPECT_REACH_H */
