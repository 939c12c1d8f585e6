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

/* One job for all texts (n).  reasons: n, each one line in the arena, ASCII
 * without control characters; NULL where there is nothing to say.  A text that
 * Python cannot read has a reason. */
enum tw_status tw_reach(struct tw_jail *jail, struct tw_arena *a,
                        const char *const *texts, size_t n,
                        struct tw_reach_allow allow, const char **reasons,
                        struct tw_err *err) TW_NODISCARD;

#endif /* TW_INSPECT_REACH_H */
