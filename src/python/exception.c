/*
 * exception.c - what the name of a Python exception says of a program.
 *
 * Unknown ones are the program's own, and count as any error at run time.  What
 * a program raises comes with the names of all its classes, which the driver
 * tells by the type objects: this is the one place that compares them.
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

/* The classes of Python 3.13 and the first base of each. */
static const char *const bases[][2] = {
    { "BaseException", "" },
    { "ArithmeticError", "Exception" },
    { "AssertionError", "Exception" },
    { "AttributeError", "Exception" },
    { "BaseExceptionGroup", "BaseException" },
    { "BlockingIOError", "OSError" },
    { "BrokenPipeError", "ConnectionError" },
    { "BufferError", "Exception" },
    { "BytesWarning", "Warning" },
    { "ChildProcessError", "OSError" },
    { "ConnectionAbortedError", "ConnectionError" },
    { "ConnectionError", "OSError" },
    { "ConnectionRefusedError", "ConnectionError" },
    { "ConnectionResetError", "ConnectionError" },
    { "DeprecationWarning", "Warning" },
    { "EOFError", "Exception" },
    { "EncodingWarning", "Warning" },
    { "Exception", "BaseException" },
    { "ExceptionGroup", "BaseExceptionGroup" },
    { "FileExistsError", "OSError" },
    { "FileNotFoundError", "OSError" },
    { "FloatingPointError", "ArithmeticError" },
    { "FutureWarning", "Warning" },
    { "GeneratorExit", "BaseException" },
    { "ImportError", "Exception" },
    { "ImportWarning", "Warning" },
    { "IndentationError", "SyntaxError" },
    { "IndexError", "LookupError" },
    { "InterruptedError", "OSError" },
    { "IsADirectoryError", "OSError" },
    { "KeyError", "LookupError" },
    { "KeyboardInterrupt", "BaseException" },
    { "LookupError", "Exception" },
    { "MemoryError", "Exception" },
    { "ModuleNotFoundError", "ImportError" },
    { "NameError", "Exception" },
    { "NotADirectoryError", "OSError" },
    { "NotImplementedError", "RuntimeError" },
    { "OSError", "Exception" },
    { "OverflowError", "ArithmeticError" },
    { "PendingDeprecationWarning", "Warning" },
    { "PermissionError", "OSError" },
    { "ProcessLookupError", "OSError" },
    { "PythonFinalizationError", "RuntimeError" },
    { "RecursionError", "RuntimeError" },
    { "ReferenceError", "Exception" },
    { "ResourceWarning", "Warning" },
    { "RuntimeError", "Exception" },
    { "RuntimeWarning", "Warning" },
    { "StopAsyncIteration", "Exception" },
    { "StopIteration", "Exception" },
    { "SyntaxError", "Exception" },
    { "SyntaxWarning", "Warning" },
    { "SystemError", "Exception" },
    { "SystemExit", "BaseException" },
    { "TabError", "IndentationError" },
    { "TimeoutError", "OSError" },
    { "TypeError", "Exception" },
    { "UnboundLocalError", "NameError" },
    { "UnicodeDecodeError", "UnicodeError" },
    { "UnicodeEncodeError", "UnicodeError" },
    { "UnicodeError", "ValueError" },
    { "UnicodeTranslateError", "UnicodeError" },
    { "UnicodeWarning", "Warning" },
    { "UserWarning", "Warning" },
    { "ValueError", "Exception" },
    { "Warning", "Exception" },
    { "ZeroDivisionError", "ArithmeticError" },
};

/* Names of one class, as Python 3.11 and later have them. */
static const char *const aliases[][2] = {
    { "IOError", "OSError" },
    { "EnvironmentError", "OSError" },
    { "os.error", "OSError" },
    { "socket.error", "OSError" },
    { "select.error", "OSError" },
    { "socket.timeout", "TimeoutError" },
    { "asyncio.TimeoutError", "TimeoutError" },
    { "concurrent.futures.TimeoutError", "TimeoutError" },
};

/* The name that Python itself shows for it, without "builtins.". */
static const char *plain_name(const char *name)
{
    if (strncmp(name, "builtins.", 9) == 0)
        name += 9;
    for (size_t i = 0; i < TW_ARRAY_LEN(aliases); i++)
        if (strcmp(name, aliases[i][0]) == 0)
            return aliases[i][1];
    return name;
}

/* NULL: no builtin class. */
static const char *base_of(const char *type)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(bases); i++)
        if (strcmp(bases[i][0], type) == 0)
            return bases[i][1];
    return NULL;
}

/* Part of a text: one full name of a class. */
struct name {
    const char *text;
    size_t len;
};

static struct name last_part(struct name full)
{
    struct name last = full;

    for (size_t i = 0; i < full.len; i++)
        if (full.text[i] == '.')
            last = (struct name){ full.text + i + 1, full.len - i - 1 };
    return last;
}

static bool same(struct name a, struct name b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* Packages export classes of their modules: json.JSONDecodeError is
 * json.decoder.JSONDecodeError. */
static bool same_package(struct name a, struct name b)
{
    size_t n = strcspn(a.text, "."), m = strcspn(b.text, ".");

    return n < a.len && m < b.len &&
           same((struct name){ a.text, n }, (struct name){ b.text, m });
}

bool tw_py_exception_is(const char *classes, const char *want)
{
    static const char builtin[] = "builtins.";
    const size_t n = sizeof(builtin) - 1;

    want = plain_name(want);
    struct name wanted = { want, strlen(want) };
    struct name last = last_part(wanted);
    bool known = base_of(want) != NULL, dotted = last.len < wanted.len;
    while (classes && *classes) {
        struct name one = { classes, strcspn(classes, " ") };
        if (one.len > n && memcmp(one.text, builtin, n) == 0) {
            if (same((struct name){ one.text + n, one.len - n }, wanted))
                return true;
        } else if (!known && same(last_part(one), last) &&
                   (!dotted || same_package(one, wanted))) {
            return true;
        }
        classes += one.len;
        classes += *classes == ' ';
    }
    return false;
}

bool tw_py_exception_below(const char *type, const char *want)
{
    want = plain_name(want);
    for (type = plain_name(type); type; type = base_of(type))
        if (strcmp(type, want) == 0)
            return true;
    return false;
}
