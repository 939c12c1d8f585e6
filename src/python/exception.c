/*
 * exception.c - what the name of a Python exception says of a program.
 *
 * Unknown ones are the program's own, and count as any error at run time.
 */
#include "python/exception.h"

#include <string.h>

#include "base/banned.h"

enum tw_cause tw_py_exception_cause(const char *type)
{
    static const struct {
        const char *type;
        enum tw_cause cause;
    } known[] = {
        { "SyntaxError", TW_CAUSE_SYNTAX },
        { "IndentationError", TW_CAUSE_SYNTAX },
        { "TabError", TW_CAUSE_SYNTAX },
        { "ImportError", TW_CAUSE_IMPORT },
        { "ModuleNotFoundError", TW_CAUSE_IMPORT },
        { "AssertionError", TW_CAUSE_ASSERTION },
        { "MemoryError", TW_CAUSE_LIMIT },
        { "SystemExit", TW_CAUSE_EXIT },
        { "timeout", TW_CAUSE_TIMEOUT }, /* pyrun: a late call */
        { "forged", TW_CAUSE_FORGED },   /* pyrun: two answers */
    };

    for (size_t i = 0; type && i < TW_ARRAY_LEN(known); i++)
        if (strcmp(type, known[i].type) == 0)
            return known[i].cause;
    return TW_CAUSE_RUNTIME;
}
