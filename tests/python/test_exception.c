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

TEST(an_exception_is_of_all_its_classes)
{
    static const struct {
        const char *classes, *want;
        bool is;
    } cases[] = {
        { "candidate.Neg builtins.ValueError builtins.Exception", "ValueError",
          true },
        { "candidate.Neg builtins.ValueError builtins.Exception", "Neg", true },
        { "candidate.Neg builtins.ValueError", "KeyError", false },
        { ".ValueError builtins.Exception", "ValueError", false },
        { "candidate.OSError builtins.Exception", "IOError", false },
        { "builtins.FileNotFoundError builtins.OSError", "EnvironmentError",
          true },
        { "builtins.TimeoutError builtins.OSError", "socket.timeout", true },
        { "builtins.KeyError builtins.LookupError", "builtins.LookupError",
          true },
        { "json.decoder.JSONDecodeError builtins.ValueError",
          "json.JSONDecodeError", true },
        { "json.decoder.JSONDecodeError builtins.ValueError", "JSONDecodeError",
          true },
        { "other.JSONDecodeError builtins.ValueError", "json.JSONDecodeError",
          false },
        { "builtins.ValueErrors", "ValueError", false },
        { "builtins.Value", "ValueError", false },
        { "", "ValueError", false },
        { NULL, "ValueError", false },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++)
        CHECK(tw_py_exception_is(cases[i].classes, cases[i].want) ==
              cases[i].is);
    CHECK(tw_py_exception_below("FileNotFoundError", "IOError"));
    CHECK(tw_py_exception_below("IOError", "Exception"));
    CHECK(!tw_py_exception_below("Exception", "OSError"));
    CHECK(tw_py_exception_below("Own", "Own"));
    CHECK(!tw_py_exception_below("Own", "Exception"));
}

TEST_MAIN(RUN(an_exception_has_a_cause);
          RUN(an_exception_is_of_all_its_classes);)
