/*
 * grade_stdio.c - programs that are judged by what they write: one run for
 * each case, in any language.
 */
#include "grade/grade_lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Some cases have megabytes of output; a language's own limit is for people. */
#define OUT_MIN ((size_t)16 << 20)

/* Blanks at the end of a line, as contests ignore them. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Length without what does not count at the end. */
static size_t trimmed(const char *text, size_t n)
{
    while (n > 0 && (is_blank(text[n - 1]) || text[n - 1] == '\n'))
        n--;
    return n;
}

/* The line at *at without its trailing blanks; *at moves on. */
static size_t line_take(const char **at, const char *end, const char **line)
{
    const char *eol = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = end;

    *line = *at;
    *at = end;
    if (eol) {
        stop = eol;
        *at = eol + 1;
    }
    while (stop > *line && is_blank(stop[-1]))
        stop--;
    return (size_t)(stop - *line);
}

/* Line number of the first difference, 0: none.  The two lines go into the
 * finding, NULL: not wanted. */
static int differ(struct tw_finding *f, const char *got, size_t n_got,
                  const char *want, size_t n_want)
{
    const char *g_end = got + trimmed(got, n_got);
    const char *w_end = want + trimmed(want, n_want);
    const char *g_line, *w_line;

    for (int number = 1; got < g_end || want < w_end; number++) {
        size_t n = line_take(&got, g_end, &g_line);
        size_t m = line_take(&want, w_end, &w_line);
        if (n == m && (n == 0 || memcmp(g_line, w_line, n) == 0))
            continue;
        if (f) {
            tw_finding_clean(f->got, sizeof(f->got), g_line, n);
            tw_finding_clean(f->expected, sizeof(f->expected), w_line, m);
        }
        return number;
    }
    return 0;
}

bool tw_grade_same_output(const char *got, size_t n_got, const char *want,
                          size_t n_want)
{
    return differ(NULL, got, n_got, want, n_want) == 0;
}

/* What is said of one case; true: it is right.  Output that was cut is wrong,
 * even when all of it that is left fits. */
static bool case_judge(struct tw_finding *f, size_t number,
                       const struct tw_program_result *r,
                       const struct tw_io_case *c)
{
    const struct tw_buf *out = &r->run.out;

    *f = r->finding;
    if (f->end != TW_END_PASS)
        return false;
    int line = differ(f, tw_buf_text(out), out->len, c->out, c->n_out);
    if (line == 0 && !r->run.truncated)
        return true;
    f->end = TW_END_FAIL;
    f->cause = TW_CAUSE_ASSERTION;
    snprintf(f->text, sizeof(f->text), "case %zu: output line %d differs",
             number, line);
    return false;
}

static unsigned char outcome_of(bool good, const struct tw_finding *f)
{
    if (good)
        return TW_ASSERT_PASSED;
    if (f->end == TW_END_TIMEOUT)
        return TW_ASSERT_LATE;
    return f->end == TW_END_FAIL ? TW_ASSERT_FAILED : TW_ASSERT_RAISED;
}

/* The finding is that of the first case which is wrong, or of the last one; its
 * times are the longest of any case, for that is what a limit would have to
 * allow. */
static enum tw_status run_cases(struct tw_grade *out, const struct tw_grader *g,
                                const struct tw_task *task,
                                struct tw_program *p,
                                const struct tw_buf *object,
                                struct tw_program_result *r, struct tw_err *err)
{
    struct tw_finding f;

    for (size_t i = 0; i < task->n_cases; i++) {
        const struct tw_io_case *c = &task->cases[i];
        p->stdin_bytes = c->in;
        p->n_stdin = c->n_in;
        TW_TRY(tw_program_start(g->langs, p, object, r, err));
        if (r->finding.end == TW_END_HARNESS) /* once more */
            TW_TRY(tw_program_start(g->langs, p, object, r, err));
        bool good = case_judge(&f, i + 1, r, c);
        if (out->n_asserts == out->n_passed) {
            double cpu = out->finding.cpu_ms, wall = out->finding.wall_ms;
            out->finding = f;
            if (cpu > f.cpu_ms)
                out->finding.cpu_ms = cpu;
            if (wall > f.wall_ms)
                out->finding.wall_ms = wall;
        }
        if (f.end == TW_END_HARNESS)
            return TW_OK;
        out->outcomes[out->n_asserts++] = outcome_of(good, &f);
        out->n_passed += good;
        if (!good && !g->options.go_on)
            return TW_OK;
    }
    out->finished = true;
    return TW_OK;
}

enum tw_status tw_grade_stdio(struct tw_grade *out, struct tw_arena *a,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              struct tw_err *err)
{
    static const char *const flags[] = { "-O2", NULL };
    const struct tw_task *task = answer->task;
    const enum tw_lang lang = g->set->lang;
    struct tw_program p = {
        .lang = lang, .limits = tw_grade_limits(g->set->lang, &g->options, task)
    };
    struct tw_program_result r;
    struct tw_buf source, object;

    *out = (struct tw_grade){ 0 };
    if (!g->langs || task->n_cases == 0)
        return tw_fail(err, TW_EINVAL, 0, "find no cases in task '%.60s'",
                       task->id);
    out->outcomes = tw_arena_alloc(a, task->n_cases, 1);
    TW_TRY(tw_arena_check(a, "the outcomes of cases", err));
    if (lang == TW_LANG_C || lang == TW_LANG_CPP)
        p.flags = flags; /* here time counts, unlike in grade_cpp.c */
    if (p.limits.out_bytes < OUT_MIN)
        p.limits.out_bytes = OUT_MIN;
    tw_buf_init(&source, TW_PROGRAM_MAX);
    tw_buf_init(&object, (size_t)256 << 20);
    tw_program_result_init(&r);
    tw_grade_lang_candidate(&source, g, answer);
    enum tw_status st = tw_buf_check(&source, "a program", err);
    p.source = tw_buf_text(&source);
    p.source_len = source.len;
    for (int try = 0; try < 2 && st == TW_OK; try++) {
        st = tw_program_build(g->langs, &p, &r, &object, err);
        if (r.compiled || r.finding.end != TW_END_HARNESS)
            break;
    }
    out->loaded = r.compiled;
    out->finding = r.finding;
    if (st == TW_OK && r.compiled)
        st = run_cases(out, g, task, &p, &object, &r, err);
    tw_program_result_release(&r);
    tw_buf_release(&source);
    tw_buf_release(&object);
    return st;
}
