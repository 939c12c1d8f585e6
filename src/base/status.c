#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

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

_Noreturn void tw_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: BUG: '%s' does not hold\n", file, line, what);
    abort();
}
