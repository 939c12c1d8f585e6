/*
 * prompt.h - the text that a language model gets: description and cases.
 *
 * The built-in model is trained on exactly this form, so it changes only
 * together with the curriculum:
 *
 *     Return True when the voltage lies within the bounds.
 *
 *     Function: check(voltage: float, low: float = 36) -> bool
 *     Cases:
 *     assert check(50.0, 36) == True
 *     check(None, 36) raises TypeError
 *
 *     Write the function. Wrap the code in ```python```.
 *
 * With code under test there is a line "Import: from kpi import check" before
 * "Cases:", and the last line asks for the tests.
 */
#ifndef TW_ANSWER_PROMPT_H
#define TW_ANSWER_PROMPT_H

#include "base/buf.h"

#include <stddef.h>

enum tw_prompt_task { TW_PROMPT_FUNCTION, TW_PROMPT_TESTS };

struct tw_prompt {
    const char *description;  /* any white space; becomes one line */
    const char *signature;    /* call as in the specification */
    const char *import_line;  /* NULL, or "from kpi import check" */
    const char *const *cases; /* complete lines */
    size_t n_cases;
    enum tw_prompt_task task;
};

void tw_prompt_build(struct tw_buf *b, const struct tw_prompt *p);

/* Case lines: "assert CALL == VALUE", also for True, False and None.
 * "CALL raises TYPE". */
void tw_prompt_case_value(struct tw_buf *b, const char *call, const char *want);
void tw_prompt_case_error(struct tw_buf *b, const char *call, const char *type);

/* The text with runs of white space as one blank, none at the ends. */
void tw_prompt_words(struct tw_buf *b, const char *text);

#endif /* TW_ANSWER_PROMPT_H */
