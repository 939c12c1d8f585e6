/*
 * program.c - from an answer to the Python program that is judged.
 *
 * What stands in front of the answer decides whether it passes: a missing
 * import is the answer's own fault, a missing prompt would be ours.  So all
 * of it is put together here, and nowhere else.
 */
#include "grade/program.h"

#include "base/buf.h"

#include <string.h>

#include "base/banned.h"

enum { TIME_DEFAULT = 10 }; /* seconds of the CPU, as published harnesses */
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

/* In this order: what the option brings, what the task needs, what the answer
 * continues. */
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
        source->text = tw_arena_text(a, tw_buf_text(&b), b.len);
        source->len = b.len;
        st = tw_arena_check(a, "a program", err);
    }
    tw_buf_release(&b);
    return st;
}

/* Start of the last line "def ENTRY(" in the prompt, for the last definition
 * of a name is the one that Python keeps; NULL: there is none. */
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
    *helpers = tw_arena_text(a, task->prompt, n);
    return tw_arena_check(a, "a program", err);
}

struct tw_jail_limits tw_grade_limits(enum tw_lang lang,
                                      const struct tw_grade_options *o)
{
    struct tw_jail_limits limits = tw_lang_limits(lang);

    limits.cpu_s = TIME_DEFAULT;
    if (o->time_s > 0)
        limits.cpu_s = o->time_s;
    limits.wall_s = 2 * limits.cpu_s; /* two samples share a processor */
    if (o->wall_s > 0)
        limits.wall_s = o->wall_s;
    if (o->mem_bytes)
        limits.mem_bytes = o->mem_bytes;
    return limits;
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
