/*
 * pyassert.c - a candidate and its tests in two jails, and what came of it.
 *
 * Two runs end in some way, and the tests' run leaves a record.  The candidate
 * can end its own run as it likes and send the tests any value; the record
 * leaves by a pipe that it does not have.  So a pass needs both: a whole record
 * that says so, and two ends that do not speak against it (passed).
 */
#include "python/exception.h"
#include "python/interpreter.h"
#include "python/pyassert_priv.h"
#include "python/pyval.h"

#include <stdio.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define JOB_BYTES_MAX    ((size_t)64 << 20)
#define RECORD_BYTES_MIN ((size_t)4 << 20)
#define RECORD_MAX       ((size_t)64 << 10)
/* The tests outlive the candidate by so much, to tell what they saw. */
#define LONGER_S         0.5

/* What the driver of the tests wrote.  It is ours, and is still read as if it
 * were not: it decodes what the candidate sends. */
struct record {
    const char *outcomes; /* one letter each */
    size_t n_outcomes;
    bool loaded;
    bool whole; /* the summary is there, and nothing behind it */
    bool finished;
    const struct tw_pyval *items; /* of the summary */
};

/* Short, since every field of a record is asked. */
static bool is(const struct tw_pyval *v, enum tw_pyval_kind kind)
{
    return v->kind == kind;
}

/* A line or a count; what is no such number is 0, "unknown". */
static int small_int(const struct tw_pyval *v)
{
    int n = 0;

    if (!is(v, TW_PYVAL_INT) || v->len > 9 || v->text[0] == '-')
        return 0;
    for (size_t i = 0; i < v->len; i++)
        n = n * 10 + (v->text[i] - '0');
    return n;
}

/* (finished, cause, type, text, line, got, expected, number of asserts) */
enum {
    SUM_FINISHED,
    SUM_CAUSE,
    SUM_TYPE,
    SUM_TEXT,
    SUM_LINE,
    SUM_GOT,
    SUM_WANT,
    SUM_COUNT,
    SUM_ITEMS
};

/* "#LENGTH:" and one tuple, and nothing after it.  False: cut, or of another
 * shape, which only an end in the middle of writing or a fault of ours can
 * make. */
static bool summary_read(struct record *rec, const char *bytes, size_t n,
                         struct tw_arena *a)
{
    struct tw_cursor c = { .bytes = (const uint8_t *)bytes, .len = n };
    struct tw_pyval *v;
    size_t len = 0;

    if (tw_cursor_u8(&c) != '#' || n > RECORD_MAX)
        return false;
    for (uint8_t ch = tw_cursor_u8(&c); ch != ':'; ch = tw_cursor_u8(&c)) {
        if (ch < '0' || ch > '9' || len > RECORD_MAX)
            return false;
        len = len * 10 + (size_t)(ch - '0');
    }
    if (len != tw_cursor_left(&c) || tw_pyval_decode(&v, a, &c, NULL) != TW_OK)
        return false;
    if (!is(v, TW_PYVAL_TUPLE) || v->n_items != SUM_ITEMS || c.pos != c.len)
        return false;
    for (int i = SUM_CAUSE; i <= SUM_WANT; i++)
        if (i != SUM_LINE && !is(v->items[i], TW_PYVAL_STR))
            return false;
    if (!is(v->items[SUM_FINISHED], TW_PYVAL_BOOL) ||
        !is(v->items[SUM_LINE], TW_PYVAL_INT))
        return false;
    rec->finished = v->items[SUM_FINISHED]->b;
    rec->items = v;
    return true;
}

/* "L", letters, summary: as far as it makes sense.  What does not is left,
 * and whole stays false. */
static void record_read(struct record *rec, const struct tw_buf *b,
                        struct tw_arena *a)
{
    const char *text = tw_buf_text(b);
    size_t at = 0;

    *rec = (struct record){ 0 };
    rec->loaded = b->len > 0 && text[0] == 'L';
    at += rec->loaded;
    rec->outcomes = text + at;
    while (at < b->len && memchr("pfrl", text[at], 4))
        at++;
    rec->n_outcomes = (size_t)(text + at - rec->outcomes);
    rec->whole = at < b->len && summary_read(rec, text + at, b->len - at, a);
}

/* By the letters that record_read() lets through. */
static enum tw_assert_outcome outcome_of(char letter)
{
    switch (letter) {
    case 'p':
        return TW_ASSERT_PASSED;
    case 'f':
        return TW_ASSERT_FAILED;
    case 'r':
        return TW_ASSERT_RAISED;
    default:
        return TW_ASSERT_LATE;
    }
}

/* False: no memory. */
static bool outcomes_take(struct tw_pyassert_report *report,
                          const struct record *rec, struct tw_arena *a)
{
    report->outcomes = tw_arena_alloc(a, rec->n_outcomes + 1, 1);
    if (!report->outcomes)
        return false;
    for (size_t i = 0; i < rec->n_outcomes; i++) {
        const enum tw_assert_outcome o = outcome_of(rec->outcomes[i]);
        report->outcomes[i] = (unsigned char)o;
        report->n_passed += o == TW_ASSERT_PASSED;
    }
    report->n_asserts = rec->n_outcomes;
    return true;
}

static void set(struct tw_finding *f, enum tw_end v, enum tw_cause c,
                const char *text)
{
    f->end = v;
    f->cause = c;
    snprintf(f->text, sizeof(f->text), "%s", text);
}

/* A field of the finding: untrusted text, cleaned and cut. */
static void take(char *to, size_t size, const struct tw_pyval *v)
{
    tw_finding_clean(to, size, v->text, v->len);
}

/* An exception of the candidate, or one that its values led to. */
static void exception_found(struct tw_finding *f, bool loading)
{
    f->cause = tw_py_exception_cause(f->type);
    f->end = TW_END_ERROR;
    if (f->cause == TW_CAUSE_LIMIT) {
        f->end = TW_END_LIMIT;
        snprintf(f->text, sizeof(f->text), "memory (MemoryError)");
    }
    /* Not one of the tests: those are counted and never leave as this. */
    if (f->cause == TW_CAUSE_ASSERTION || f->cause == TW_CAUSE_TIMEOUT ||
        f->cause == TW_CAUSE_FORGED ||
        (f->cause == TW_CAUSE_SYNTAX && !loading))
        f->cause = TW_CAUSE_RUNTIME;
}

/* The candidate ended before its tests did. */
static void early_end(struct tw_finding *f, const struct tw_jail_result *r,
                      enum tw_jail_tier tier)
{
    tw_finding_of_run(f, r, tier);
    if (f->cause == TW_CAUSE_NONE || f->cause == TW_CAUSE_EXIT)
        set(f, TW_END_ERROR, TW_CAUSE_EXIT, "ended before its tests did");
}

/* By the cause that the driver of the tests gives (docs/formats/pyassert.md,
 * "Findings").  An unknown one is our fault: the two versions do not fit. */
static void summary_found(struct tw_finding *f, const struct record *rec,
                          const struct tw_jail_result *candidate,
                          enum tw_jail_tier tier)
{
    static const struct {
        const char *name;
        enum tw_end end;
        enum tw_cause cause;
    } plain[] = {
        { "assertion", TW_END_FAIL, TW_CAUSE_ASSERTION },
        { "timeout", TW_END_TIMEOUT, TW_CAUSE_TIMEOUT },
        { "limit", TW_END_LIMIT, TW_CAUSE_LIMIT },
        { "forged", TW_END_FAIL, TW_CAUSE_FORGED },
        { "no_entry", TW_END_ERROR, TW_CAUSE_NO_ENTRY },
        { "harness", TW_END_HARNESS, TW_CAUSE_HARNESS },
        { "unsupported", TW_END_UNSUPPORTED, TW_CAUSE_UNSUPPORTED },
    };
    struct tw_pyval *const *items = rec->items->items;
    char cause[16];

    take(cause, sizeof(cause), items[SUM_CAUSE]);
    take(f->type, sizeof(f->type), items[SUM_TYPE]);
    take(f->text, sizeof(f->text), items[SUM_TEXT]);
    take(f->got, sizeof(f->got), items[SUM_GOT]);
    take(f->expected, sizeof(f->expected), items[SUM_WANT]);
    f->line = small_int(items[SUM_LINE]);
    for (size_t i = 0; i < TW_ARRAY_LEN(plain); i++)
        if (strcmp(cause, plain[i].name) == 0) {
            f->end = plain[i].end;
            f->cause = plain[i].cause;
            return;
        }
    if (strcmp(cause, "load") == 0 || strcmp(cause, "exception") == 0)
        exception_found(f, cause[0] == 'l');
    else if (strcmp(cause, "gone") == 0)
        early_end(f, candidate, tier);
    else if (strcmp(cause, "none") != 0)
        set(f, TW_END_HARNESS, TW_CAUSE_HARNESS, "tests: unknown cause");
}

/* No summary: the tests were ended.  Before they saw the candidate it is our
 * fault; after that, what it answered led there. */
static void tests_ended(struct tw_finding *f, const struct record *rec,
                        const struct tw_jail_result r[2],
                        enum tw_jail_tier tier)
{
    char text[sizeof(f->text)];

    if (r[0].end != TW_END_PASS && r[0].end != TW_END_ERROR) {
        tw_finding_of_run(f, &r[0], tier);
        return;
    }
    tw_finding_of_run(f, &r[1], tier);
    snprintf(text, sizeof(text), "tests: %.120s", r[1].cause);
    if (!rec->loaded || r[1].end == TW_END_PASS || r[1].end == TW_END_ERROR ||
        r[1].end == TW_END_DENIED)
        set(f, TW_END_HARNESS, TW_CAUSE_HARNESS, text);
    else
        set(f, f->end, f->cause, text);
}

/* Everything that a pass needs, in one place. */
static bool passed(const struct tw_pyassert_report *report,
                   const struct record *rec, const struct tw_jail_result r[2])
{
    return rec->whole && rec->finished && rec->loaded &&
           report->n_asserts > 0 && report->n_passed == report->n_asserts &&
           r[0].end == TW_END_PASS && r[1].end == TW_END_PASS;
}

/* The order decides whose fault it is: ours first (a run that could not be
 * made says nothing of the candidate), then tests that were ended, then what
 * they found. */
static void found(struct tw_pyassert_report *report, const struct record *rec,
                  const struct tw_jail_result r[2], enum tw_jail_tier tier)
{
    struct tw_finding *f = &report->finding;

    if (r[0].end == TW_END_HARNESS || r[1].end == TW_END_HARNESS) {
        tw_finding_of_run(f, &r[r[0].end != TW_END_HARNESS], tier);
    } else if (!rec->whole) {
        tests_ended(f, rec, r, tier);
    } else {
        summary_found(f, rec, &r[0], tier);
        if (f->cause == TW_CAUSE_NONE && !passed(report, rec, r)) {
            /* Nothing was wrong, and yet it is no pass. */
            if (r[0].end != TW_END_PASS)
                early_end(f, &r[0], tier);
            else if (report->n_asserts == 0 && rec->finished)
                set(f, TW_END_FAIL, TW_CAUSE_ASSERTION,
                    "the tests made no assertion");
            else
                set(f, TW_END_HARNESS, TW_CAUSE_HARNESS,
                    "tests: the record contradicts itself");
        }
    }
    f->cpu_ms = r[0].cpu_ms;
    f->wall_ms = r[0].wall_ms;
    f->peak_mib = r[0].peak_mib;
    f->weak = tier == TW_JAIL_TIER_B;
}

/* The arena gets the decoded summary and the outcomes; both are bounded by
 * the record, which the jail has cut at out_bytes. */
bool tw_pyassert_judge(struct tw_pyassert_report *report,
                       const struct tw_jail_result r[2], enum tw_jail_tier tier,
                       struct tw_arena *a)
{
    struct record rec;

    *report = (struct tw_pyassert_report){ 0 };
    record_read(&rec, &r[1].record, a);
    report->loaded = rec.loaded;
    report->finished = rec.whole && rec.finished;
    if (!outcomes_take(report, &rec, a))
        return false;
    found(report, &rec, r, tier);
    return true;
}

/* A model that answers nothing: no run is needed to know that. */
static bool blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r\n\f", text[i]) || !text[i])
            return false;
    return true;
}

/* The tests' run lives LONGER_S more than the candidate's: else both would
 * end at once, and nobody could tell how far it came. */
static enum tw_status run_pair(struct tw_jail *jail,
                               const struct tw_pyassert_job *job,
                               const struct tw_buf input[2],
                               struct tw_jail_result r[2], struct tw_err *err)
{
    static const struct tw_jail_driver *const drivers[2] = {
        &tw_pyassert_warm_candidate,
        &tw_pyassert_warm_tests,
    };
    const char *argv[2][TW_PY_ARGV];
    struct tw_jail_spec s[2];

    if (!tw_py_interpreter())
        return tw_fail(err, TW_EIO, 0,
                       "find no Python 3: install it as /usr/bin/python3");
    for (int i = 0; i < 2; i++) {
        tw_py_argv(argv[i], drivers[i]->text);
        s[i] = (struct tw_jail_spec){ .argv = argv[i],
                                      .stdin_bytes = input[i].bytes,
                                      .n_stdin = input[i].len,
                                      .limits = job->limits };
        if (!job->cold)
            s[i].warm = drivers[i];
    }
    s[1].limits.wall_s += LONGER_S;
    if (s[1].limits.out_bytes < RECORD_BYTES_MIN)
        s[1].limits.out_bytes = RECORD_BYTES_MIN;
    return tw_jail_run_pair(jail, s, r, err);
}

/* One job and its report; both inputs are encoded before anything starts. */
enum tw_status tw_pyassert_run(struct tw_jail *jail,
                               const struct tw_pyassert_job *job,
                               struct tw_arena *a,
                               struct tw_pyassert_report *report,
                               struct tw_err *err)
{
    struct tw_jail_result r[2];
    struct tw_buf input[2];

    *report = (struct tw_pyassert_report){ 0 };
    if (blank(job->candidate, job->candidate_len)) {
        report->loaded = true; /* nothing in it raises */
        set(&report->finding, TW_END_ERROR, TW_CAUSE_NO_CODE, "no code");
        return TW_OK;
    }
    for (int i = 0; i < 2; i++) {
        tw_jail_result_init(&r[i]);
        tw_buf_init(&input[i], JOB_BYTES_MAX);
    }
    tw_pyassert_put_candidate(&input[0], job);
    tw_pyassert_put_tests(&input[1], job);
    enum tw_status st = tw_buf_check(&input[0], "candidate", err);
    if (st == TW_OK)
        st = tw_buf_check(&input[1], "tests", err);
    if (st == TW_OK)
        st = run_pair(jail, job, input, r, err);
    if (st == TW_OK && !tw_pyassert_judge(report, r, tw_jail_tier(jail), a))
        st = tw_fail(err, TW_ENOMEM, 0, "cannot allocate the outcomes");
    for (int i = 0; i < 2; i++) {
        tw_jail_result_release(&r[i]);
        tw_buf_release(&input[i]);
    }
    return st;
}
