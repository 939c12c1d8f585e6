/*
 * pair.c - a candidate and its tests as two programs that were compiled, each
 * in a jail of its own.
 *
 * The tests are ours: the task's text and what asks for calls.  They write one
 * line into the record pipe, which the candidate's process does not have, so
 * nothing has to be proved: "HOW PASSED MADE MARKS".
 */
#include "grade/grade_lang_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define OBJECT_MAX ((size_t)256 << 20)
#define LATER_S    2.0 /* the tests may wait longer than the candidate works */

/* What the tests said; how is "" where they said nothing whole. */
struct said {
    char how[16];
    size_t passed, made;
    const char *marks;
    size_t n_marks;
};

static void said_read(struct said *s, const struct tw_buf *record)
{
    const char *text = tw_buf_text(record);
    int n = 0;

    *s = (struct said){ .marks = "" };
    if (record->len == 0 || text[record->len - 1] != '\n' ||
        sscanf(text, "%15s %zu %zu %n", s->how, &s->passed, &s->made, &n) != 3)
        s->how[0] = '\0';
    if (n > 0 && (size_t)n < record->len) {
        s->marks = text + n;
        s->n_marks = record->len - 1 - (size_t)n;
    }
}

static bool is_how(const struct said *s, const char *how)
{
    return strcmp(s->how, how) == 0;
}

/* Some checks failed, or the tests threw.  What the candidate itself said of
 * an exception is kept, for people. */
static void failed(struct tw_grade *out, const struct said *s,
                   const struct tw_finding *candidate)
{
    const char *raised = memchr(s->marks, '2', s->n_marks);
    char text[96];

    if (raised || is_how(s, "raised")) {
        out->finding = *candidate;
        out->finding.end = TW_END_ERROR;
        out->finding.cause = TW_CAUSE_RUNTIME;
        if (!out->finding.type[0])
            snprintf(out->finding.text, sizeof(out->finding.text),
                     "%zu of %zu checks failed", s->made - s->passed, s->made);
        return;
    }
    snprintf(text, sizeof(text), "%zu of %zu checks failed",
             s->made - s->passed, s->made);
    tw_grade_lang_fail(out, TW_CAUSE_ASSERTION, text);
}

/* A pass needs the tests' word that they came to their end, checks that were
 * made, and none that failed. */
static void decide(struct tw_grade *out, const struct said *s,
                   const struct tw_finding run[2])
{
    if (is_how(s, "forged")) {
        tw_grade_lang_fail(out, TW_CAUSE_FORGED, "an answer to no question");
    } else if (is_how(s, "gone")) {
        out->finding = run[0];
        if (run[0].end == TW_END_PASS ||
            (run[0].end == TW_END_ERROR && run[0].cause != TW_CAUSE_RUNTIME))
            tw_grade_lang_fail(out, TW_CAUSE_EXIT,
                               "ended before its tests did");
    } else if (s->passed < s->made || is_how(s, "raised")) {
        failed(out, s, &run[0]);
    } else if (s->made == 0) {
        tw_grade_lang_fail(out, TW_CAUSE_EXIT, "the tests made no check");
    } else if (is_how(s, "done")) {
        out->finding.end = TW_END_PASS;
        out->finding.cause = TW_CAUSE_NONE;
    } else {
        tw_grade_lang_fail(out, TW_CAUSE_ASSERTION, "the tests failed");
    }
}

/* From two ended runs to a finding. */
static enum tw_status take(struct tw_grade *out, bool *apart,
                           struct tw_arena *a,
                           const struct tw_program_result r[2],
                           enum tw_lang lang, struct tw_err *err)
{
    const struct tw_finding run[2] = { r[0].finding, r[1].finding };
    struct said s;

    /* Java cannot write to a descriptor by its number. */
    said_read(&s, lang == TW_LANG_JAVA ? &r[1].run.out : &r[1].run.record);
    *apart = !is_how(&s, "together");
    out->loaded = true;
    if (run[0].end == TW_END_HARNESS || run[1].end == TW_END_HARNESS) {
        out->finding = run[run[0].end != TW_END_HARNESS];
        return TW_OK;
    }
    if (!s.how[0]) {
        /* Ended from outside: a candidate made them wait, or made them large.
         */
        out->finding = run[1];
        if (run[1].end == TW_END_PASS || run[1].end == TW_END_ERROR ||
            run[1].end == TW_END_SIGNAL)
            out->finding.end = TW_END_HARNESS;
        return TW_OK;
    }
    out->finished = is_how(&s, "done");
    out->n_passed = s.passed;
    out->n_asserts = s.made;
    decide(out, &s, run);
    out->finding.cpu_ms = run[0].cpu_ms + run[1].cpu_ms;
    out->finding.wall_ms = run[1].wall_ms;
    out->finding.peak_mib = run[0].peak_mib;
    out->finding.weak = run[0].weak;
    return tw_grade_lang_outcomes(out, a, s.marks, s.n_marks, err);
}

/* The tests first: whether they can be had apart is a question of the task
 * alone, and no answer may decide it. */
enum tw_status tw_pair_run(struct tw_grade *out, bool *apart,
                           struct tw_arena *a, const struct tw_grader *g,
                           const struct tw_program p[2], struct tw_err *err)
{
    struct tw_program both[2] = { p[0], p[1] };
    struct tw_program_result r[2];
    struct tw_buf object[2];

    for (int i = 0; i < 2; i++) {
        tw_program_result_init(&r[i]);
        tw_buf_init(&object[i], OBJECT_MAX);
    }
    both[1].record = true;
    both[1].limits.wall_s += LATER_S;
    both[1].limits.cpu_s += LATER_S;
    enum tw_status st =
        tw_program_build(g->langs, &both[1], &r[1], &object[1], err);
    *apart = st == TW_OK && r[1].compiled;
    if (*apart) {
        st = tw_program_build(g->langs, &both[0], &r[0], &object[0], err);
        out->finding = r[0].finding;
        if (st == TW_OK && r[0].compiled)
            st = tw_program_start_pair(g->langs, both, object, r, err);
        if (st == TW_OK && r[0].compiled)
            st = take(out, apart, a, r, p[0].lang, err);
    }
    for (int i = 0; i < 2; i++) {
        tw_program_result_release(&r[i]);
        tw_buf_release(&object[i]);
    }
    return st;
}
