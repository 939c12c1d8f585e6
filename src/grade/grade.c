#include "grade/grade.h"

#include "base/buf.h"
#include "grade/grade_native.h"
#include "grade/program.h"
#include "grade/split.h"

#include <string.h>

#include "base/banned.h"

enum { TIME_DEFAULT = 10 };
#define PROGRAM_MAX ((size_t)32 << 20)

/* What published harnesses import before a sample; one line, so that the
 * numbers of the lines below it move by one. */
#define PRELUDE                                                          \
    "import sys, os, re, math, random, string, collections, itertools, " \
    "functools, heapq, bisect, copy, operator, datetime, cmath; "        \
    "from typing import *; "                                             \
    "from collections import Counter, defaultdict, deque, OrderedDict\n"

const char *tw_grade_prelude(void)
{
    return PRELUDE;
}

static char *keep(struct tw_arena *a, const char *text, size_t n)
{
    char *copy = tw_arena_alloc(a, n + 1, 1);

    if (copy && n)
        memcpy(copy, text, n);
    return copy;
}

static enum tw_status no_memory(const struct tw_task *task, struct tw_err *err)
{
    return tw_fail(err, TW_ENOMEM, 0, "cannot hold the program of task '%.60s'",
                   task->id);
}

/* The tests have what a task sets up in front of them.  Imports serve the
 * program too; anything else needs what the program defines. */
static bool is_imports(const char *setup)
{
    while (*setup) {
        size_t n = strcspn(setup, "\n");
        size_t blank = strspn(setup, " \t\r");
        if (blank < n && strncmp(setup, "import ", 7) != 0 &&
            strncmp(setup, "from ", 5) != 0)
            return false;
        setup += n + (setup[n] == '\n');
    }
    return true;
}

/* The stub gives the entry point a body, and brings what the prompt defines
 * beside it. */
static bool has_prompt(const struct tw_grade_answer *answer,
                       const struct tw_grade_options *o)
{
    return !answer->whole || (o->stub && answer->task->stub[0]);
}

static void add_front(struct tw_buf *b, const struct tw_grade_answer *answer,
                      const struct tw_grade_options *o)
{
    const struct tw_task *task = answer->task;

    if (o->prelude)
        tw_buf_adds(b, PRELUDE);
    if (task->setup[0] && is_imports(task->setup)) {
        tw_buf_adds(b, task->setup);
        tw_buf_addc(b, '\n');
    }
    if (!answer->whole) {
        tw_buf_adds(b, task->prompt);
    } else if (has_prompt(answer, o)) {
        tw_buf_adds(b, task->stub);
        tw_buf_addc(b, '\n');
    }
}

enum tw_status tw_grade_source(struct tw_grade_source *source,
                               struct tw_arena *a,
                               const struct tw_grade_options *o,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, PROGRAM_MAX);
    add_front(&b, answer, o);
    tw_buf_add(&b, answer->text, answer->len);
    enum tw_status st = tw_buf_check(&b, "a program", err);
    if (st == TW_OK) {
        *source =
            (struct tw_grade_source){ keep(a, tw_buf_text(&b), b.len), b.len };
        if (!source->text)
            st = no_memory(answer->task, err);
    }
    tw_buf_release(&b);
    return st;
}

/* Start of the line "def ENTRY(" in the prompt; NULL: there is none. */
static const char *find_entry(const char *prompt, const char *entry)
{
    size_t n = strlen(entry);
    const char *found = NULL;

    for (const char *at = prompt; *at; at += strcspn(at, "\n")) {
        at += *at == '\n';
        if (strncmp(at, "def ", 4) == 0 && strncmp(at + 4, entry, n) == 0 &&
            strspn(at + 4 + n, " \t(") > 0)
            found = at;
    }
    return found;
}

enum tw_status tw_grade_helpers(const char **helpers, struct tw_arena *a,
                                const struct tw_grade_options *o,
                                const struct tw_grade_answer *answer,
                                struct tw_err *err)
{
    const struct tw_task *task = answer->task;

    *helpers = NULL;
    if (!has_prompt(answer, o) || !task->entry[0])
        return TW_OK;
    const char *end = find_entry(task->prompt, task->entry);
    if (!end)
        return TW_OK;
    size_t n = (size_t)(end - task->prompt);
    if (strspn(task->prompt, " \t\r\n") >= n)
        return TW_OK;
    *helpers = keep(a, task->prompt, n);
    return *helpers ? TW_OK : no_memory(task, err);
}

struct tw_jail_limits tw_grade_limits(enum tw_lang lang,
                                      const struct tw_grade_options *o)
{
    struct tw_jail_limits limits = tw_lang_limits(lang);

    limits.cpu_s = o->time_s > 0 ? o->time_s : TIME_DEFAULT;
    limits.wall_s = o->wall_s > 0 ? o->wall_s : 2 * limits.cpu_s;
    if (o->mem_bytes)
        limits.mem_bytes = o->mem_bytes;
    return limits;
}

const char *tw_grade_place(const struct tw_taskset *set,
                           const struct tw_task *task)
{
    if (task->n_cases > 0)
        return "output";
    return set->lang == TW_LANG_PYTHON || set->lang == TW_LANG_JS
               ? "apart"
               : "with the answer";
}

enum tw_status tw_grade_program(const char **program, struct tw_arena *a,
                                const struct tw_grader *g,
                                const struct tw_grade_answer *answer,
                                struct tw_err *err)
{
    struct tw_grade_source source;

    TW_TRY(tw_grade_source(&source, a, &g->options, answer, err));
    *program = source.text;
    return TW_OK;
}

static enum tw_status grade_apart(struct tw_outcome *out, struct tw_arena *a,
                                  const struct tw_grader *g,
                                  const struct tw_grade_answer *answer,
                                  struct tw_err *err)
{
    const struct tw_grade_options *o = &g->options;
    const struct tw_task *task = answer->task;
    struct tw_grade_source source;
    struct tw_pyassert_report report = { 0 };
    struct tw_pyassert_job job = {
        .tests = task->tests,
        .entry = task->entry[0] ? task->entry : NULL,
        .limits = tw_grade_limits(TW_LANG_PYTHON, o),
        .go_on = o->go_on,
        .cold = o->cold || g->apart_cold,
    };

    TW_TRY(tw_grade_source(&source, a, o, answer, err));
    TW_TRY(tw_grade_helpers(&job.helpers, a, o, answer, err));
    job.candidate = source.text;
    job.candidate_len = source.len;
    TW_TRY(tw_pyassert_run(g->jail, &job, a, &report, err));
    *out = (struct tw_outcome){ .finding = report.finding,
                                .loaded = report.loaded,
                                .finished = report.finished,
                                .n_passed = report.n_passed,
                                .n_asserts = report.n_asserts,
                                .outcomes = report.outcomes };
    return TW_OK;
}

/* Values where the tests are no more than that, else two jails. */
static enum tw_status grade_python(struct tw_outcome *out, struct tw_arena *a,
                                   const struct tw_grader *g,
                                   const struct tw_grade_answer *answer,
                                   struct tw_err *err)
{
    bool clear = false;

    if (g->splits) {
        const struct tw_split *split =
            &g->splits->items[answer->task - g->set->tasks];
        if (split->n > 0)
            TW_TRY(tw_split_grade(out, &clear, a, split, g, answer, err));
    }
    return clear ? TW_OK : grade_apart(out, a, g, answer, err);
}

enum tw_status tw_grade_sample(struct tw_outcome *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    if (answer->task->n_cases > 0)
        return tw_grade_stdio(out, a, g, answer, err);
    if (g->set->lang != TW_LANG_PYTHON)
        return tw_grade_native(out, a, g, answer, err);
    for (int try = 0; try < 2; try++) {
        *out = (struct tw_outcome){ 0 };
        TW_TRY(grade_python(out, a, g, answer, err));
        if (out->finding.verdict != TW_VERDICT_HARNESS)
            break;
    }
    return TW_OK;
}
