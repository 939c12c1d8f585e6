/*
 * reach.c - the reasons of reach.py as lines for people.
 *
 * The helper parses texts of models, so it runs in the jail; of what it says
 * only the first row becomes a line, since whoever must not run a program
 * needs one reason.
 */
#include "inspect/reach.h"

#include <string.h>

#include "inspect/inspect_priv.h"
#include "python/helper.h"

#include "base/banned.h"

/* reach.py, made into an array at build time. */
extern const char tw_reach_py[];

/* Row [line, what, name that allow opens, the line]. */
static const char *reason_of(struct tw_arena *a, const struct tw_pyval *row)
{
    if (!row)
        return NULL;
    const char *what = tw_helper_text(tw_helper_item(row, 1), a);
    const char *name = tw_helper_text(tw_helper_item(row, 2), a);
    const char *line = tw_helper_text(tw_helper_item(row, 3), a);
    int number = tw_inspect_int(row, 0);
    if (!*name)
        return tw_arena_textf(a, "line %d %s: %s", number, what, line);
    return tw_arena_textf(a, "line %d %s: %s (allow = [\"%s\"] opens it)",
                          number, what, line, name);
}

/* "a, b" of a list of strings. */
static const char *joined(struct tw_arena *a, const struct tw_pyval *list)
{
    const char *text = "", *comma = "";
    const struct tw_pyval *v;

    for (size_t i = 0; text && (v = tw_helper_item(list, i)) != NULL; i++) {
        text = tw_arena_textf(a, "%s%s%s", text, comma, tw_helper_text(v, a));
        comma = ", ";
    }
    return text;
}

/* [rows, names of allow]; anything else is the parser's word on the text. */
static struct tw_reach read_reply(struct tw_arena *a,
                                  const struct tw_py_result *r)
{
    if (r->outcome != TW_PY_VALUE)
        return (struct tw_reach){
            tw_arena_textf(a, "what it reaches for cannot be found out: %s",
                           tw_inspect_cause(r, a)),
            ""
        };
    return (struct tw_reach){ reason_of(a, tw_helper_item(
                                               tw_helper_item(r->value, 0), 0)),
                              joined(a, tw_helper_item(r->value, 1)) };
}

enum tw_status tw_reach_find(struct tw_jail *jail, struct tw_arena *a,
                             const char *const *texts, size_t n,
                             struct tw_reach_allow allow,
                             struct tw_reach *found, struct tw_err *err)
{
    struct tw_py_call *calls = tw_arena_alloc(a, n + 1, sizeof(*calls));
    struct tw_pyval **args =
        tw_arena_alloc(a, 2 * n + 1, sizeof(struct tw_pyval *));
    struct tw_pyval *names = tw_helper_strs(a, allow.names, allow.n);
    struct tw_py_result *r;

    TW_TRY(tw_arena_check(a, "an inspection", err));
    for (size_t i = 0; i < n; i++) {
        args[2 * i] = tw_helper_str(a, texts[i]);
        args[2 * i + 1] = names;
        calls[i] = (struct tw_py_call){ .function = "tw_reach",
                                        .args = &args[2 * i],
                                        .n_args = 2 };
    }
    TW_TRY(tw_arena_check(a, "an inspection", err));
    if (!n)
        return TW_OK;
    TW_TRY(tw_inspect_job(jail, a, tw_reach_py, calls, n, &r, err));
    for (size_t i = 0; i < n; i++) {
        struct tw_py_result *own = &r[i];
        /* A text that kills the helper must not take others with it. */
        if (own->outcome == TW_PY_MISSING && n > 1)
            TW_TRY(
                tw_inspect_job(jail, a, tw_reach_py, &calls[i], 1, &own, err));
        found[i] = read_reply(a, own);
    }
    return tw_arena_check(a, "an inspection", err);
}
