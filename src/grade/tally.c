/*
 * tally.c - programs that have their tests in them, and the one line that
 * their tests write when they are through.
 *
 * Candidate and tests share a process, so whatever the tests say the candidate
 * could say too.  A token makes the difference: it comes by stdin, our harness
 * takes it before any code of the candidate runs, and only a line that begins
 * with it is believed.
 */
#include "grade/grade_lang_priv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TOKEN_SIZE = 33 }; /* 32 hexadecimal digits, NUL */

/* 128 bits that nobody knows beforehand, from the kernel: a generator of ours
 * would have a state, which a fork of the process could share. */
static enum tw_status token_make(char token[TOKEN_SIZE], struct tw_err *err)
{
    uint64_t v[2];
    FILE *f = fopen("/dev/urandom", "rb");
    size_t n = 0;

    if (f) {
        n = fread(v, sizeof(v[0]), 2, f);
        (void)fclose(f); /* only read */
    }
    if (n != 2)
        return tw_fail(err, TW_EIO, 0, "cannot read '/dev/urandom'");
    snprintf(token, TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, v[0], v[1]);
    return TW_OK;
}

/* The one line "TOKEN HOW PASSED MADE MARKS\n", and nothing else. */
struct tally {
    bool there; /* something was written */
    bool good;  /* and it is such a line, with the token */
    bool done;
    size_t passed, made;
    const char *marks;
    size_t n_marks;
};

/* " NUMBER"; false: it is none. */
static bool count_parse(const char **at, size_t *n)
{
    char *end;

    if ((*at)[0] != ' ' || !isdigit((unsigned char)(*at)[1]))
        return false;
    errno = 0;
    *n = strtoul(*at + 1, &end, 10);
    *at = end;
    return errno == 0;
}

/* One line, whole, the token first; anything else is not from our harness.  The
 * counts are checked against each other, the marks are not: they are for
 * figures only. */
static bool tally_parse(struct tally *r, const char *text, size_t n,
                        const char *token)
{
    const size_t head = TOKEN_SIZE - 1;
    if (n < head + 2 || memcmp(text, token, head) != 0 || text[head] != ' ' ||
        memchr(text, '\n', n) != text + n - 1 || memchr(text, '\0', n))
        return false;
    const char *how = text + head + 1, *at = how + strcspn(how, " \n");
    const size_t n_how = (size_t)(at - how);
    if (!count_parse(&at, &r->passed) || !count_parse(&at, &r->made) ||
        (*at != ' ' && *at != '\n') || r->passed > r->made)
        return false;
    r->done = n_how == 4 && memcmp(how, "done", 4) == 0;
    r->marks = at + (*at == ' ');
    r->n_marks = (size_t)(text + n - 1 - r->marks);
    return r->done || (n_how == 7 && memcmp(how, "stopped", 7) == 0);
}

/* Nothing written and something wrong written are two things: a candidate that
 * guesses has forged, one that ends early has not. */
static void tally_read(struct tally *r, const struct tw_buf *b,
                       const char *token)
{
    *r = (struct tally){ .there = b->len > 0 };
    r->good = r->there && tally_parse(r, tw_buf_text(b), b->len, token);
}

/* The run's end may take a pass away; only the tally gives one.  The order of
 * the questions matters: a forged line is named as such before its counts are
 * believed. */
static void decide(struct tw_grade *out, const struct tally *r)
{
    struct tw_finding *f = &out->finding;
    const bool ended = f->end == TW_END_PASS || f->end == TW_END_ERROR;
    char text[96];

    if (!ended)
        return; /* timeout, limit, denied, signal, a fault of ours */
    if (r->there && !r->good) {
        tw_grade_lang_fail(out, TW_CAUSE_FORGED,
                           "a record that is not the tests'");
    } else if (r->good && r->passed < r->made) {
        const char *raised = memchr(r->marks, '2', r->n_marks);
        snprintf(text, sizeof(text), "%zu of %zu checks failed",
                 r->made - r->passed, r->made);
        enum tw_cause cause = TW_CAUSE_ASSERTION;
        if (raised)
            cause = TW_CAUSE_RUNTIME;
        if (f->cause != TW_CAUSE_RUNTIME)
            tw_grade_lang_fail(out, cause, text);
    } else if (f->end == TW_END_ERROR) {
        if (f->cause == TW_CAUSE_ASSERTION)
            f->end = TW_END_FAIL;
    } else if (!r->good || !r->done) {
        tw_grade_lang_fail(out, TW_CAUSE_EXIT, "ended before its tests did");
    } else if (r->made == 0) {
        tw_grade_lang_fail(out, TW_CAUSE_EXIT, "the tests made no check");
    }
}

/* Run a program that has its tests in it. */
enum tw_status tw_tally_run(struct tw_grade *out, struct tw_arena *a,
                            const struct tw_grader *g, struct tw_program *p,
                            const char *mode, struct tw_err *err)
{
    char token[TOKEN_SIZE], line[TOKEN_SIZE + 72];
    struct tw_program_result result;
    struct tally r = { 0 };

    TW_TRY(token_make(token, err));
    snprintf(line, sizeof(line), "%s %.64s\n", token, mode);
    p->stdin_bytes = line;
    p->n_stdin = strlen(line);
    p->record = true;
    tw_program_result_init(&result);
    enum tw_status st = tw_program_run(g->langs, p, &result, err);
    if (st == TW_OK) {
        out->finding = result.finding;
        out->loaded = result.compiled;
    }
    if (st == TW_OK && result.compiled) {
        const struct tw_buf *said = &result.run.record;
        if (p->lang == TW_LANG_JAVA)
            said = &result.run.out; /* it cannot write to a descriptor by its
                                     * number */
        tally_read(&r, said, token);
        out->finished = r.good && r.done;
        out->n_passed = r.passed;
        out->n_asserts = r.made;
        decide(out, &r);
        if (r.good)
            st = tw_grade_lang_outcomes(out, a, r.marks, r.n_marks, err);
    }
    tw_program_result_release(&result);
    return st;
}
