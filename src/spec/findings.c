/*
 * findings.c - the list of what is wrong with a file.
 *
 * A mistake that is found twice on different ways (a shared data set that two
 * specifications use) is one mistake for the person, so equal entries are one.
 */
#include "spec/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* One line of a terminal or two; what is longer says no more. */
enum { REASON_MAX = 400 };

const char *tw_spec_grade_name(enum tw_spec_grade g)
{
    switch (g) {
    case TW_SPEC_ERROR:
        return "error";
    case TW_SPEC_WARNING:
        return "warning";
    }
    return "unknown";
}

/* The list itself comes with the first finding: most files have none, and an
 * arena that is small in a test of memory is not spent on them. */
void tw_spec_findings_init(struct tw_spec_findings *f, struct tw_arena *a)
{
    *f = (struct tw_spec_findings){ .a = a };
}

/* Quadratic at worst in TW_SPEC_FINDINGS_MAX: half a million comparisons of
 * numbers, as the texts are looked at only where the place is the same. */
static bool is_known(const struct tw_spec_findings *f, struct tw_spec_pos pos,
                     const char *reason)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct tw_spec_finding *old = &f->list[i];
        if (old->pos.line == pos.line && old->pos.column == pos.column &&
            strcmp(old->pos.file, pos.file) == 0 &&
            strcmp(old->reason, reason) == 0)
            return true;
    }
    return false;
}

/* Most findings are of one file, whose name is kept once.  A copy: the name
 * that is passed in lives as long as the project does, and findings live
 * longer. */
static const char *copy_file(const struct tw_spec_findings *f, const char *file)
{
    if (f->n && strcmp(f->list[f->n - 1].pos.file, file) == 0)
        return f->list[f->n - 1].pos.file;
    return tw_arena_text(f->a, file, strlen(file));
}

/* The text is cut and not grown: expressions and names in it come from files
 * that nobody has looked at.  Errors count even where there is no more room, as
 * the exit status rests on their number. */
enum tw_status tw_spec_found(struct tw_spec_findings *f,
                             enum tw_spec_grade grade, struct tw_spec_pos pos,
                             const char *fmt, ...)
{
    char text[REASON_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!pos.file)
        pos.file = "";
    if (is_known(f, pos, text))
        return TW_OK;
    f->n_errors += grade == TW_SPEC_ERROR;
    if (f->n == TW_SPEC_FINDINGS_MAX) {
        f->n_lost++;
        return TW_OK;
    }
    if (!f->list)
        f->list = tw_arena_alloc(f->a, TW_SPEC_FINDINGS_MAX, sizeof(*f->list));
    const char *reason = tw_arena_text(f->a, text, strlen(text));
    pos.file = copy_file(f, pos.file);
    if (!f->list || !reason || !pos.file)
        return TW_ENOMEM;
    f->list[f->n++] = (struct tw_spec_finding){ grade, pos, reason };
    return TW_OK;
}

/* As strcmp() says it; a difference of unsigned numbers would wrap. */
static int order(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

/* The reason last, so that the order is one and no matter of qsort(). */
static int compare(const void *x, const void *y)
{
    const struct tw_spec_finding *a = x, *b = y;
    int c = strcmp(a->pos.file, b->pos.file);

    if (!c)
        c = order(a->pos.line, b->pos.line);
    if (!c)
        c = order(a->pos.column, b->pos.column);
    if (!c)
        c = order(a->grade, b->grade);
    if (!c)
        c = strcmp(a->reason, b->reason);
    return c;
}

/* Findings come in the order of the checks: texts, then data, then oracles.  A
 * person goes through a file from its top. */
void tw_spec_findings_sort(struct tw_spec_findings *f)
{
    if (f->n)
        qsort(f->list, f->n, sizeof(*f->list), compare);
}
