/*
 * program_lang.c - what programs in all languages but Python are made of:
 * the candidate's code, its limits, the outcomes of its checks.
 */
#include "grade/grade_lang_priv.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void tw_grade_lang_fail(struct tw_grade *out, enum tw_cause cause,
                        const char *text)
{
    out->finding.end = TW_END_FAIL;
    out->finding.cause = cause;
    snprintf(out->finding.text, sizeof(out->finding.text), "%s", text);
}

/* Marks as all harnesses write them: '1' passed, '0' failed, '2' raised. */
static enum tw_assert_outcome outcome_of(char mark)
{
    if (mark == '1')
        return TW_ASSERT_PASSED;
    return mark == '0' ? TW_ASSERT_FAILED : TW_ASSERT_RAISED;
}

enum tw_status tw_grade_lang_outcomes(struct tw_grade *out, struct tw_arena *a,
                                      const char *marks, size_t n,
                                      struct tw_err *err)
{
    if (n == 0 || n != out->n_asserts)
        return TW_OK;
    out->outcomes = tw_arena_alloc(a, n, 1);
    TW_TRY(tw_arena_check(a, "the outcomes of checks", err));
    for (size_t i = 0; i < n; i++)
        out->outcomes[i] = (unsigned char)outcome_of(marks[i]);
    return TW_OK;
}

static bool is_header(enum tw_lang lang, const char *line)
{
    if (lang == TW_LANG_C || lang == TW_LANG_CPP)
        return strncmp(line, "#include", 8) == 0 ||
               strncmp(line, "using namespace ", 16) == 0;
    return lang == TW_LANG_JAVA && strncmp(line, "import ", 7) == 0;
}

/* Each in a line of its own, for a directive needs one: so the lines of the
 * answer move down by as many. */
void tw_grade_lang_header(struct tw_buf *b, enum tw_lang lang,
                          const char *prompt)
{
    for (const char *line = prompt; *line;) {
        size_t n = strcspn(line, "\n");
        if (is_header(lang, line)) {
            tw_buf_add(b, line, n);
            tw_buf_addc(b, '\n');
        }
        line += n + (line[n] == '\n');
    }
}

/* Length of what may only begin a file, where something is put in front: a
 * byte order mark, and JavaScript's "#!". */
static size_t first_line_len(const char *text, size_t n, enum tw_lang lang)
{
    size_t skip = tw_utf8_bom_len(text, n);

    if (lang == TW_LANG_JS && n - skip >= 2 &&
        memcmp(text + skip, "#!", 2) == 0) {
        const char *eol = memchr(text + skip, '\n', n - skip);
        skip = eol ? (size_t)(eol - text) : n;
    }
    return skip;
}

void tw_grade_lang_candidate(struct tw_buf *b, const struct tw_grader *g,
                             const struct tw_grade_answer *answer)
{
    if (!answer->whole)
        tw_buf_adds(b, answer->task->prompt);
    else if (g->options.stub)
        tw_grade_lang_header(b, g->set->lang, answer->task->prompt);
    const char *text = answer->text;
    size_t n = answer->len;
    if (answer->whole) {
        size_t skip = first_line_len(text, n, g->set->lang);
        text += skip;
        n -= skip;
    }
    tw_buf_add(b, text, n);
}
