/*
 * bench_prompt.c - what a model is asked, in three forms, and what ends its
 * answer.
 *
 * A model knows tasks in the form that it was trained on, and loses much of
 * what it can in another.  No form shows more than the task itself does: names
 * that stand in the canonical solution only are not given away.
 */
#include "bench/bench_prompt.h"

#include "answer/prompt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { CASES_MAX = 16, LINE = 512 };

static const char *const names[TW_BENCH_STYLES] = {
    [TW_BENCH_COMPLETE] = "complete",
    [TW_BENCH_CASES] = "cases",
    [TW_BENCH_INST] = "inst",
};

/* The number of names stands for an unknown one. */
enum tw_bench_style tw_bench_style_find(const char *name)
{
    size_t i = 0;

    while (i < TW_BENCH_STYLES && strcmp(names[i], name) != 0)
        i++;
    return (enum tw_bench_style)i;
}

const char *tw_bench_style_name(enum tw_bench_style style)
{
    return names[style];
}

/* Is the prompt a sentence, with assertions beside it?  All other sets have
 * code that goes on. */
static bool is_text(const struct tw_taskset *set)
{
    return set->layout == TW_LAYOUT_MBPP ||
           set->layout == TW_LAYOUT_MBPP_SANITIZED;
}

/* MBPP for a model that only continues text: the sentence and its assertions as
 * the docstring of a file, the code to follow.  Harnesses for base
 * models ask in this form. */
static void add_docstring(struct tw_buf *b, const struct tw_task *task)
{
    tw_buf_addf(b, "\"\"\"\n%s\n", task->prompt);
    for (size_t i = 0; i < task->n_asserts; i++)
        tw_buf_addf(b, "%s\n", task->asserts[i]);
    tw_buf_adds(b, "\"\"\"\n");
}

/* Between the marks that Mistral and Code Llama were tuned with.  The fence is
 * asked for by name, so that the code can be found in the answer. */
static void add_inst(struct tw_buf *b, const struct tw_taskset *set,
                     const struct tw_task *task)
{
    tw_buf_adds(b, "[INST] ");
    if (is_text(set)) {
        tw_buf_addf(b, "%s\nThe code has to pass these tests:\n\n",
                    task->prompt);
        for (size_t i = 0; i < task->n_asserts; i++)
            tw_buf_addf(b, "%s\n", task->asserts[i]);
    } else {
        tw_buf_addf(b, "Complete this function.\n\n```%s\n%s\n```\n",
                    tw_lang_name(set->lang), task->prompt);
    }
    tw_buf_addf(b, "\nAnswer with the code, wrapped in ```%s```. [/INST]",
                tw_lang_name(set->lang));
}

/* What a case prompt is made of. */
/* Cases are lines of a fixed size: longer ones would fill a small model's
 * context. */
struct parts {
    struct tw_buf description, signature;
    char cases[CASES_MAX][LINE];  /* those that are made here */
    const char *lines[CASES_MAX]; /* into cases, or into the task */
    size_t n;                     /* lines */
};

/* Start of the line "def ENTRY(", or NULL. */
static const char *find_def(const char *code, const char *entry)
{
    size_t n = strlen(entry);
    const char *found = NULL;

    for (const char *at = code; *at; at += strcspn(at, "\n")) {
        at += *at == '\n';
        if (strncmp(at, "def ", 4) == 0 && strncmp(at + 4, entry, n) == 0 &&
            at[4 + n] == '(')
            found = at;
    }
    return found;
}

/* "def f(a) -> int: ..." up to the colon that ends it, without "def ". */
static void take_signature(struct parts *p, const char *def)
{
    size_t depth = 0;

    for (const char *at = def + 4; *at && (depth || *at != ':'); at++) {
        depth += *at == '(' || *at == '[';
        depth -= depth && (*at == ')' || *at == ']');
        tw_buf_addc(&p->signature, *at);
    }
}

/* End of a quoted text that begins at at. */
static const char *skip_quoted(const char *at)
{
    char quote = *at++;

    while (*at && *at != quote) {
        if (at[0] == '\\' && at[1])
            at++;
        at++;
    }
    if (!*at)
        at--; /* never closed: the last byte, so that the caller ends there */
    return at;
}

/* The call in an assertion tells how many parameters there are; their names
 * stand in the canonical solution only, which no model may see. */
static void guess_signature(struct parts *p, const struct tw_task *task)
{
    const char *at = NULL;
    size_t depth = 0, n = 0; /* of brackets; commas between parameters */
    bool some = false;       /* is there a parameter at all? */

    if (task->n_asserts && task->entry[0])
        at = strstr(task->asserts[0], task->entry);
    if (at)
        at = strchr(at, '(');
    tw_buf_addf(&p->signature, "%s(", task->entry);
    for (; at && *at; at++) {
        depth += strchr("([{", *at) != NULL;
        depth -= strchr(")]}", *at) != NULL;
        if (depth == 0)
            break;
        if (*at == '"' || *at == '\'')
            at = skip_quoted(at);
        some |= depth > 1 || !strchr("( \t", *at);
        n += depth == 1 && *at == ',';
    }
    for (size_t i = 0; some && i <= n && i < 26; i++) {
        if (i > 0)
            tw_buf_adds(&p->signature, ", ");
        tw_buf_addc(&p->signature, (char)('a' + i));
    }
    tw_buf_addc(&p->signature, ')');
}

/* "assert CALL == VALUE", as a line of the prompt; what does not fit is left
 * out, for half a case would be a wrong one. */
static void add_case(struct parts *p, const char *call, size_t n,
                     const char *value, size_t m)
{
    if (p->n == CASES_MAX || n + m + 16 > LINE)
        return;
    snprintf(p->cases[p->n], LINE, "assert %.*s == %.*s", (int)n, call, (int)m,
             value);
    p->lines[p->n] = p->cases[p->n];
    p->n++;
}

/* One line of a docstring, n bytes at at, and what stands behind it; gives
 * what is left. */
static const char *take_line(struct parts *p, const char *at, size_t n)
{
    size_t blank = strspn(at, " \t");
    const char *next = at + n + (at[n] == '\n');
    size_t indent = strspn(next, " \t"), m = strcspn(next, "\n");

    if (strncmp(at + blank, ">>> ", 4) != 0) {
        tw_buf_add(&p->description, at, n);
        tw_buf_addc(&p->description, ' ');
        return next;
    }
    if (m <= indent || strncmp(next + indent, ">>>", 3) == 0)
        return next;
    add_case(p, at + blank + 4, n - blank - 4, next + indent, m - indent);
    return next + m + (next[m] == '\n');
}

/* The docstring behind a def: sentences, and examples in the manner of a
 * Python session. */
static void take_docstring(struct parts *p, const char *def)
{
    const char *at = strstr(def, "\"\"\""), *other = strstr(def, "'''");

    if (!at || (other && other < at))
        at = other; /* whichever comes first */
    if (!at)
        return;
    char quote[4] = { at[0], at[1], at[2], 0 };
    const char *end = strstr(at + 3, quote);
    at += 3;
    while (*at && (!end || at < end)) {
        size_t n = strcspn(at, "\n");
        if (end && at + n > end)
            n = (size_t)(end - at);
        at = take_line(p, at, n);
    }
}

/* MBPP's assertions are cases as they stand. */
static void take_asserts(struct parts *p, const struct tw_task *task)
{
    for (size_t i = 0; i < task->n_asserts && p->n < CASES_MAX; i++)
        p->lines[p->n++] = task->asserts[i];
}

/* The form that the built-in model is trained on (answer/prompt.h): sentences,
 * a signature, cases.  A prompt without its function gives an empty form, which
 * is asked all the same. */
static enum tw_status add_cases(struct tw_buf *b, const struct tw_taskset *set,
                                const struct tw_task *task, struct tw_err *err)
{
    struct parts p = { .n = 0 };

    tw_buf_init(&p.description, 1u << 16);
    tw_buf_init(&p.signature, 1u << 16);
    if (is_text(set)) {
        tw_buf_adds(&p.description, task->prompt);
        guess_signature(&p, task);
        take_asserts(&p, task);
    } else if (find_def(task->prompt, task->entry)) {
        take_signature(&p, find_def(task->prompt, task->entry));
        take_docstring(&p, find_def(task->prompt, task->entry));
    }
    struct tw_prompt prompt = { .description = tw_buf_text(&p.description),
                                .signature = tw_buf_text(&p.signature),
                                .cases = p.lines,
                                .n_cases = p.n };
    tw_prompt_build(b, &prompt);
    enum tw_status st = tw_buf_check(&p.description, "a prompt", err);
    if (st == TW_OK)
        st = tw_buf_check(&p.signature, "a prompt", err);
    tw_buf_release(&p.description);
    tw_buf_release(&p.signature);
    return st;
}

/* A form that a set cannot have is refused before any model is asked. */
enum tw_status tw_bench_prompt(struct tw_buf *b, enum tw_bench_style style,
                               const struct tw_taskset *set,
                               const struct tw_task *task, struct tw_err *err)
{
    if (style == TW_BENCH_CASES && set->lang != TW_LANG_PYTHON)
        return tw_fail(err, TW_EINVAL, 0,
                       "no prompt in the form 'cases' for %s: it is Python's",
                       tw_lang_name(set->lang));
    if (set->layout == TW_LAYOUT_STDIO && style == TW_BENCH_COMPLETE)
        return tw_fail(err, TW_EINVAL, 0,
                       "no code to go on with in %s: use --style inst",
                       set->name);
    if (style == TW_BENCH_CASES)
        TW_TRY(add_cases(b, set, task, err));
    else if (style == TW_BENCH_INST)
        add_inst(b, set, task);
    else if (is_text(set))
        add_docstring(b, task);
    else
        tw_buf_adds(b, task->prompt);
    return tw_buf_check(b, "a prompt", err);
}

/* Only a continuation has stop texts: an instruction is answered until the
 * model ends by itself. */
size_t tw_bench_stops(const char **stops, enum tw_bench_style style,
                      const struct tw_taskset *set, const struct tw_task *task)
{
    /* Behind a docstring the answer begins with def or import: only what can
     * follow the function ends it. */
    static const char *const text[] = { "\nassert", "\n\"\"\"", "\nprint",
                                        "\nif ",    "\n```",    "\n<|/" };
    size_t n = 0;

    if (style == TW_BENCH_COMPLETE && is_text(set))
        for (; n < TW_ARRAY_LEN(text); n++)
            stops[n] = text[n];
    else if (style == TW_BENCH_COMPLETE)
        for (; n < task->n_stops && n < TW_BENCH_STOPS; n++)
            stops[n] = task->stops[n];
    stops[n] = NULL;
    return n;
}

/* The extraction looks for code by a fence first; without one the head tells it
 * where the answer goes on. */
const char *tw_bench_head(enum tw_bench_style style,
                          const struct tw_taskset *set,
                          const struct tw_task *task)
{
    if (is_text(set) || set->layout == TW_LAYOUT_STDIO)
        return NULL;
    /* What an answer in another language than Python stands in is found by
     * its head. */
    if (style == TW_BENCH_COMPLETE || set->lang != TW_LANG_PYTHON)
        return task->prompt;
    return NULL;
}
