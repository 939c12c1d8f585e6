/*
 * prompt.c - the text that a language model gets.
 *
 * The built-in model is trained on exactly this form (teach/), byte for byte:
 * a change here makes it worse, and needs a new training.
 */
#include "answer/prompt.h"

#include "base/banned.h"

/* Of ASCII; isspace() would ask the locale. */
static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void tw_prompt_words(struct tw_buf *b, const char *text)
{
    int pending = 0, started = 0;
    for (const char *p = text; *p; p++) {
        if (is_space(*p)) {
            pending = started;
            continue;
        }
        if (pending)
            tw_buf_addc(b, ' ');
        tw_buf_addc(b, *p);
        pending = 0;
        started = 1;
    }
}

void tw_prompt_case_value(struct tw_buf *b, const char *call, const char *want)
{
    tw_buf_addf(b, "assert %s == %s", call, want);
}

/* No assert: "with pytest.raises" would take three lines per case. */
void tw_prompt_case_error(struct tw_buf *b, const char *call, const char *type)
{
    tw_buf_addf(b, "%s raises %s", call, type);
}

void tw_prompt_build(struct tw_buf *b, const struct tw_prompt *p)
{
    tw_prompt_words(b, p->description);
    tw_buf_adds(b, "\n\nFunction: ");
    tw_prompt_words(b, p->signature);
    tw_buf_addc(b, '\n');
    if (p->import_line)
        tw_buf_addf(b, "Import: %s\n", p->import_line);
    if (p->n_cases)
        tw_buf_adds(b, "Cases:\n");
    for (size_t i = 0; i < p->n_cases; i++)
        tw_buf_addf(b, "%s\n", p->cases[i]);
    const char *what = "function";
    if (p->task == TW_PROMPT_TESTS)
        what = "tests";
    tw_buf_addf(b, "\nWrite the %s. Wrap the code in ```python```.\n", what);
}
