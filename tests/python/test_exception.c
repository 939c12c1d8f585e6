#include "python/exception.h"

#include "test.h"

TEST(an_exception_has_a_cause)
{
    static const struct {
        const char *type;
        enum tw_cause cause;
    } cases[] = {
        { "SyntaxError", TW_CAUSE_SYNTAX },
        { "IndentationError", TW_CAUSE_SYNTAX },
        { "TabError", TW_CAUSE_SYNTAX },
        { "ImportError", TW_CAUSE_IMPORT },
        { "ModuleNotFoundError", TW_CAUSE_IMPORT },
        { "AssertionError", TW_CAUSE_ASSERTION },
        { "MemoryError", TW_CAUSE_LIMIT },
        { "SystemExit", TW_CAUSE_EXIT },
        { "timeout", TW_CAUSE_TIMEOUT },
        { "TimeoutError", TW_CAUSE_RUNTIME },
        { "NameError", TW_CAUSE_RUNTIME },
        { "Syntax", TW_CAUSE_RUNTIME },
        { "", TW_CAUSE_RUNTIME },
        { NULL, TW_CAUSE_RUNTIME },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++)
        CHECK(tw_py_exception_cause(cases[i].type) == cases[i].cause);
}

TEST_MAIN(RUN(an_exception_has_a_cause);)
