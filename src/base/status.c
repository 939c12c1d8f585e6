/*
 * status.c - names and messages of failures, and the end of a broken program.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* Expanded from the list in status.h, so that a code without a name cannot be
 * written. */
const char *tw_status_name(enum tw_status st)
{
    switch (st) {
#define X(name, value, text) \
    case name:               \
        return #name;
        TW_STATUS_MAP(X)
#undef X
    }
    return "TW_UNKNOWN";
}

/* vsnprintf() cuts a long message at the end of msg; paths are cut by whoever
 * puts them in (file.c), so that the reason behind them is still read. */
#undef tw_fail
enum tw_status tw_fail(struct tw_err *err, enum tw_status code, size_t pos,
                       const char *fmt, ...)
{
    TW_ASSERT(code != TW_OK);
    if (err) {
        va_list ap;

        err->code = code;
        err->pos = pos;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
    }
    return code;
}

/* abort() and not exit(): a debugger and a core file then show the caller.
 * No cleaning up either: after a broken invariant nothing can be trusted to
 * clean. */
_Noreturn void tw_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: BUG: '%s' does not hold\n", file, line, what);
    abort();
}
