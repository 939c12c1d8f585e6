/*
 * program.c - from an answer to the Python program that is judged.
 *
 * What stands in front of the answer decides whether it passes: a missing
 * import is the answer's own fault, a missing prompt would be ours.  So all
 * of it is put together here, and nowhere else.
 */
#include "grade/program.h"

#include "base/buf.h"
#include "base/size.h"
#include "base/utf8.h"
#include "code/python_parts.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

/* What has to stand first in a file is looked for in so many bytes. */
enum { FRONT_MAX = 1 << 16 };
#define TREE_MAX    ((size_t)256 << 20)
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

/* A text on its way into a program; what is left of it begins at text. */
struct part {
    const char *text;
    size_t len;
};

static bool holds(struct tw_piece text, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.n; i++)
        if (text.s[i] == *word && memcmp(text.s + i, word, n) == 0)
            return true;
    return false;
}

/* Appends what has to stand first, and leaves the rest in the part. */
static enum tw_status add_first(struct tw_buf *b, struct part *p,
                                struct tw_err *err)
{
    struct tw_piece piece = { p->text, tw_size_min(p->len, FRONT_MAX) };
    struct tw_python_front front;
    struct tw_arena scratch;

    if (!holds(piece, "__future__"))
        return TW_OK;
    tw_arena_init(&scratch, TREE_MAX);
    enum tw_status st = tw_python_front_of(&front, &scratch, piece, err);
    tw_arena_release(&scratch);
    if (st != TW_OK || !front.end)
        return st;
    tw_buf_add(b, p->text, front.end);
    tw_buf_addc(b, '\n');
    p->text += front.rest;
    p->len -= front.rest;
    return TW_OK;
}

/* A byte order mark may begin a file, and stands nowhere else. */
static struct part part_of(const char *text, size_t len)
{
    size_t mark = tw_utf8_bom_len(text, len);

    return (struct part){ text + mark, len - mark };
}

enum { PARTS_MAX = 4 };

/* In this order: what the task needs, what the answer continues, the answer.
 * The number of parts. */
static size_t list_parts(struct part *parts,
                         const struct tw_grade_answer *answer,
                         const struct tw_grade_options *o)
{
    const struct tw_task *task = answer->task;
    const char *prompt = NULL;
    size_t n = 0;

    if (!answer->whole)
        prompt = task->prompt;
    else if (has_prompt(answer, o))
        prompt = task->stub;
    if (task->setup[0] && is_imports(task->setup))
        parts[n++] = part_of(task->setup, strlen(task->setup));
    if (prompt)
        parts[n++] = part_of(prompt, strlen(prompt));
    parts[n++] = part_of(answer->text, answer->len);
    return n;
}

/* A whole answer stands on its own; what stands in front of it may be lost,
 * but may not make a valid program invalid. */
static enum tw_status add_parts(struct tw_buf *b,
                                const struct tw_grade_answer *answer,
                                const struct tw_grade_options *o,
                                struct tw_err *err)
{
    struct part parts[PARTS_MAX];
    size_t n = list_parts(parts, answer, o);
    size_t n_own = n - !answer->whole; /* a continuation has no first line */

    for (size_t i = 0; i < n_own; i++)
        TW_TRY(add_first(b, &parts[i], err));
    if (o->prelude)
        tw_buf_adds(b, PRELUDE);
    for (size_t i = 0; i < n; i++) {
        tw_buf_add(b, parts[i].text, parts[i].len);
        if (i + 1 < n && (answer->whole || i + 2 < n))
            tw_buf_addc(b, '\n');
    }
    return TW_OK;
}

enum tw_status tw_grade_source(struct tw_grade_source *source,
                               struct tw_arena *a,
                               const struct tw_grade_options *o,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, PROGRAM_MAX);
    enum tw_status st = add_parts(&b, answer, o, err);
    if (st == TW_OK)
        st = tw_buf_check(&b, "a program", err);
    if (st == TW_OK) {
        source->text = tw_arena_text(a, tw_buf_text(&b), b.len);
        source->len = b.len;
        st = tw_arena_check(a, "a program", err);
    }
    tw_buf_release(&b);
    return st;
}

/* Start of the last line "def ENTRY(" in the prompt; NULL: there is none.  For
 * prompts that end with a comment where the body would be, which have no
 * tree. */
static const char *find_line(const char *prompt, const char *entry)
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

/* Bytes of the prompt in front of the entry point and its decorators; 0: it is
 * not there, or nothing is in front of it. */
static enum tw_status front_len(size_t *len, const struct tw_task *task,
                                struct tw_err *err)
{
    struct tw_piece prompt = { task->prompt, strlen(task->prompt) };
    struct tw_arena scratch;
    size_t at;

    *len = 0;
    tw_arena_init(&scratch, TREE_MAX);
    enum tw_status st =
        tw_python_last_def(&at, &scratch, prompt, task->entry, err);
    tw_arena_release(&scratch);
    TW_TRY(st);
    if (at == SIZE_MAX) {
        const char *line = find_line(task->prompt, task->entry);
        at = line ? (size_t)(line - task->prompt) : 0;
    }
    if (strspn(task->prompt, " \t\r\n") < at)
        *len = at;
    return TW_OK;
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
    size_t n;
    TW_TRY(front_len(&n, task, err));
    if (n == 0)
        return TW_OK;
    *helpers = tw_arena_text(a, task->prompt, n);
    return tw_arena_check(a, "a program", err);
}

struct tw_jail_limits tw_grade_limits(enum tw_lang lang,
                                      const struct tw_grade_options *o,
                                      const struct tw_task *task)
{
    struct tw_jail_limits limits = tw_lang_limits(lang);

    limits.cpu_s = TW_GRADE_TIME_S;
    if (o->time_s > 0)
        limits.cpu_s = o->time_s;
    else if (task && task->time_s > 0)
        limits.cpu_s = task->time_s;
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
