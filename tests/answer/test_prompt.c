/*
 * test_prompt.c - the text that a model gets.
 */
#include "answer/prompt.h"
#include "test.h"

#include <string.h>

TEST(prompt_has_the_form_that_the_model_was_trained_on)
{
    static const char *const cases[] = { "assert f(1, 36) == True",
                                         "f(None, 36) raises TypeError" };
    struct tw_buf b;
    tw_buf_init(&b, 4096);
    struct tw_prompt p = { .description = "  Return True\n when it\tis. \n",
                           .signature = "f(v: float, lo: float = 36) -> bool",
                           .cases = cases,
                           .n_cases = 2,
                           .task = TW_PROMPT_FUNCTION };
    tw_prompt_build(&b, &p);
    CHECK(strcmp(tw_buf_text(&b),
                 "Return True when it is.\n\n"
                 "Function: f(v: float, lo: float = 36) -> bool\n"
                 "Cases:\n"
                 "assert f(1, 36) == True\n"
                 "f(None, 36) raises TypeError\n\n"
                 "Write the function. Wrap the code in ```python```.\n") == 0);
    tw_buf_release(&b);
}

TEST(prompt_for_tests_names_the_import)
{
    struct tw_buf b;
    tw_buf_init(&b, 4096);
    struct tw_prompt p = { .description = "D.",
                           .signature = "f(v: float)",
                           .import_line = "from kpi import f",
                           .task = TW_PROMPT_TESTS };
    tw_prompt_build(&b, &p);
    CHECK(strcmp(tw_buf_text(&b),
                 "D.\n\nFunction: f(v: float)\nImport: from kpi import f\n\n"
                 "Write the tests. Wrap the code in ```python```.\n") == 0);
    tw_buf_release(&b);
}

TEST(case_lines_are_statements)
{
    struct tw_buf b;
    tw_buf_init(&b, 4096);
    tw_prompt_case_value(&b, "f([1.0])", "2.5");
    tw_buf_addc(&b, '|');
    tw_prompt_case_error(&b, "f(None)", "TypeError");
    CHECK(strcmp(tw_buf_text(&b),
                 "assert f([1.0]) == 2.5|f(None) raises TypeError") == 0);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(prompt_has_the_form_that_the_model_was_trained_on);
          RUN(prompt_for_tests_names_the_import);
          RUN(case_lines_are_statements);)
