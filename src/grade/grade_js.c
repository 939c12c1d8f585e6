/*
 * grade_js.c - answers in JavaScript: candidate and tests in two jails that
 * can talk to each other.
 *
 * The tests ask for calls and get values (harness_js_candidate.js); what they
 * expect never leaves their own process.  So a candidate cannot forge a pass,
 * and what the tests write down is ours.
 */
#include "grade/grade_lang_priv.h"

#include "base/json.h"
#include "base/json_out.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define MIB       ((size_t)1 << 20)
#define LATER_S   2.0 /* the tests may wait longer than the candidate works */
#define SEED_WORD "--random_seed=1"

/* What the tests say of the run; they are ours, the texts are not. */
struct told {
    struct tw_json *root;
    bool loaded, finished, gone, forged;
};

/* A fault of ours: the answer is tried once more and then has no verdict. */
static enum tw_status no_harness(struct tw_grade *out, const char *why)
{
    out->finding.end = TW_END_HARNESS;
    out->finding.cause = TW_CAUSE_HARNESS;
    snprintf(out->finding.text, sizeof(out->finding.text), "%s", why);
    return TW_OK;
}

/* Texts of the candidate, for people. */
static void clean(char *to, size_t size, const struct tw_json *text)
{
    size_t n = 0;
    const char *s = tw_json_text(text, &n);

    if (!s)
        s = ""; /* not there, or no text: n is 0 */
    tw_finding_clean(to, size, s, n);
}

/* Node tells a missing module by text only.  A ReferenceError about the entry's
 * own name, raised by the tests' lookup (no line), means that the answer lacks
 * the function. */
static enum tw_cause cause_of(const struct tw_finding *f, const char *entry)
{
    if (strcmp(f->type, "SyntaxError") == 0)
        return TW_CAUSE_SYNTAX;
    if (strcmp(f->type, "ReferenceError") == 0 && f->line == 0 && entry[0] &&
        strncmp(f->text, entry, strlen(entry)) == 0)
        return TW_CAUSE_NO_ENTRY;
    if (strstr(f->text, "Cannot find module"))
        return TW_CAUSE_IMPORT;
    return TW_CAUSE_RUNTIME;
}

/* An exception of the candidate, as it came over: [type, text, line].  The line
 * is read digit by digit, for the candidate may have sent anything. */
static void take_raised(struct tw_grade *out, const struct tw_json *raised,
                        const char *entry)
{
    struct tw_finding *f = &out->finding;
    const char *line = tw_json_text(tw_json_at(raised, 2), NULL);

    f->end = TW_END_ERROR;
    clean(f->type, sizeof(f->type), tw_json_at(raised, 0));
    clean(f->text, sizeof(f->text), tw_json_at(raised, 1));
    f->line = 0;
    for (size_t i = 0; line && i < 7 && line[i] >= '0' && line[i] <= '9'; i++)
        f->line = f->line * 10 + (line[i] - '0');
    f->cause = cause_of(f, entry);
}

/* What is said of the answer.  A pass needs that the tests came to their end
 * and all checks passed; only after that it is asked why it is none. run: of
 * the candidate, of the tests. */
static void decide(struct tw_grade *out, const struct told *t,
                   const struct tw_jail_result run[2], enum tw_jail_tier tier,
                   const char *entry)
{
    const struct tw_json *raised = tw_json_get(t->root, "raised");
    char text[96];

    if (t->forged) {
        tw_grade_lang_fail(out, TW_CAUSE_FORGED, "an answer to no question");
    } else if (t->finished && out->n_asserts > 0 &&
               out->n_passed == out->n_asserts) {
        out->finding.end = TW_END_PASS;
        out->finding.cause = TW_CAUSE_NONE;
    } else if (t->gone) {
        tw_finding_of_run(&out->finding, &run[0], tier);
        if (out->finding.end == TW_END_PASS || out->finding.end == TW_END_ERROR)
            tw_grade_lang_fail(out, TW_CAUSE_EXIT,
                               "ended before its tests did");
    } else if (tw_json_kind(raised) == TW_JSON_ARRAY) {
        take_raised(out, raised, entry);
    } else if (out->n_passed < out->n_asserts) {
        snprintf(text, sizeof(text), "%zu of %zu checks failed",
                 out->n_asserts - out->n_passed, out->n_asserts);
        tw_grade_lang_fail(out, TW_CAUSE_ASSERTION, text);
    } else {
        tw_grade_lang_fail(out, TW_CAUSE_EXIT, "the tests made no check");
    }
}

/* What the tests wrote; t->root is NULL when they wrote nothing whole. */
static enum tw_status read_record(struct tw_grade *out, struct tw_arena *a,
                                  struct told *t,
                                  const struct tw_jail_result *r,
                                  struct tw_err *err)
{
    size_t n = 0;

    if (tw_json_parse(&t->root, tw_buf_text(&r->record), r->record.len, NULL) !=
        TW_OK) {
        t->root = NULL;
        return TW_OK;
    }
    t->loaded = tw_json_bool(tw_json_get(t->root, "loaded"), false);
    t->finished = tw_json_bool(tw_json_get(t->root, "finished"), false);
    t->gone = tw_json_bool(tw_json_get(t->root, "gone"), false);
    t->forged = tw_json_get(t->root, "forged") != NULL;
    out->loaded = t->loaded;
    out->finished = t->finished;
    out->n_asserts = (size_t)tw_json_int(tw_json_get(t->root, "made"), 0);
    out->n_passed = (size_t)tw_json_int(tw_json_get(t->root, "passed"), 0);
    const char *marks = tw_json_text(tw_json_get(t->root, "outcomes"), &n);
    if (!marks)
        return TW_OK;
    return tw_grade_lang_outcomes(out, a, marks, n, err);
}

/* From two ended processes to a finding.  The CPU is that of both; memory is
 * the candidate's, and the clock that of the tests, which end last. */
static enum tw_status take_results(struct tw_grade *out, struct tw_arena *a,
                                   const struct tw_grader *g,
                                   const struct tw_grade_answer *answer,
                                   const struct tw_jail_result run[2],
                                   struct tw_err *err)
{
    const enum tw_jail_tier tier = tw_jail_tier(g->jail);
    struct told t = { 0 };

    /* A fault of ours on either side makes no verdict. */
    for (int i = 0; i < 2; i++)
        if (run[i].end == TW_END_HARNESS)
            return no_harness(out, run[i].cause);
    enum tw_status st = read_record(out, a, &t, &run[1], err);
    if (st == TW_OK && !t.root) {
        /* The tests were ended: by a candidate that makes them wait or makes
         * them large. */
        tw_finding_of_run(&out->finding, &run[1], tier);
        if (out->finding.end == TW_END_PASS || out->finding.end == TW_END_ERROR)
            st = no_harness(out, "the tests of a candidate failed to run");
    } else if (st == TW_OK) {
        decide(out, &t, run, tier, answer->task->entry);
    }
    out->finding.cpu_ms = run[0].cpu_ms + run[1].cpu_ms;
    out->finding.wall_ms = run[1].wall_ms;
    out->finding.peak_mib = run[0].peak_mib;
    out->finding.weak = tier == TW_JAIL_TIER_B;
    tw_json_free(t.root);
    return st;
}

/* "console.assert(X" becomes "console.assert(() => X": what a candidate throws
 * in X is one check that failed, not the end of all. */
static void add_tests(struct tw_buf *b, const char *tests)
{
    static const char call[] = "console.assert(";
    const char *found;

    while ((found = strstr(tests, call)) != NULL) {
        size_t n = (size_t)(found - tests) + strlen(call);
        tw_buf_add(b, tests, n);
        tw_buf_adds(b, "() => ");
        tests += n;
    }
    tw_buf_adds(b, tests);
}

/* Files of the two jails; they must live until the jails have ended. */
struct texts {
    struct tw_buf candidate, tests, job;
};

static enum tw_status texts_make(struct texts *t, const struct tw_grader *g,
                                 const struct tw_grade_answer *answer,
                                 struct tw_err *err)
{
    struct tw_json_out job;

    tw_grade_lang_candidate(&t->candidate, g, answer);
    add_tests(&t->tests, answer->task->tests);
    tw_json_out_init(&job, &t->job);
    tw_json_out_object(&job, NULL);
    tw_json_out_bool(&job, "goOn", g->options.go_on);
    tw_json_out_text(&job, "entry", answer->task->entry);
    tw_json_out_end(&job);
    tw_json_out_done(&job);
    TW_TRY(tw_buf_check(&t->candidate, "a program", err));
    TW_TRY(tw_buf_check(&t->tests, "tests", err));
    return tw_buf_check(&t->job, "a job", err);
}

/* Both with the same limits; the tests get a little longer, so that a candidate
 * that takes all of its time is told as the one that was late.  The seed makes
 * Math.random() repeat; the heap must end before the jail's limit does, for
 * then Node says what happened. */
static enum tw_status run_pair(struct tw_jail_result run[2],
                               const struct tw_grader *g,
                               const struct tw_task *task,
                               const struct texts *t, struct tw_err *err)
{
    const struct tw_jail_limits limits =
        tw_grade_limits(g->set->lang, &g->options, task);
    const struct tw_jail_file candidate[] = {
        { "harness.js", tw_harness_js_candidate,
          strlen(tw_harness_js_candidate) },
        { "candidate.js", tw_buf_text(&t->candidate), t->candidate.len },
        { "node_modules/js-md5/index.js", tw_harness_js_md5,
          strlen(tw_harness_js_md5) },
    };
    const struct tw_jail_file tests[] = {
        { "harness.js", tw_harness_js_tests, strlen(tw_harness_js_tests) },
        { "tests.js", tw_buf_text(&t->tests), t->tests.len },
        { "job.json", tw_buf_text(&t->job), t->job.len },
    };
    char heap[48];
    const char *argv[] = { tw_langs_path(g->langs, TW_LANG_JS), SEED_WORD, heap,
                           "harness.js", NULL };
    struct tw_jail_spec s[2] = {
        { .argv = argv,
          .files = candidate,
          .n_files = TW_ARRAY_LEN(candidate),
          .limits = limits },
        { .argv = argv,
          .files = tests,
          .n_files = TW_ARRAY_LEN(tests),
          .limits = limits },
    };

    if (!argv[0])
        return tw_fail(err, TW_EIO, 0,
                       "find nothing that runs javascript: install the "
                       "package nodejs");
    snprintf(heap, sizeof(heap), "--max-old-space-size=%zu",
             limits.mem_bytes / 4 * 3 / MIB);
    s[1].limits.wall_s += LATER_S;
    s[1].limits.cpu_s += LATER_S;
    return tw_jail_run_pair(g->jail, s, run, err);
}

enum tw_status tw_grade_js(struct tw_grade *out, struct tw_arena *a,
                           const struct tw_grader *g,
                           const struct tw_grade_answer *answer,
                           struct tw_err *err)
{
    struct tw_jail_result run[2];
    struct texts t;

    tw_buf_init(&t.candidate, TW_PROGRAM_MAX);
    tw_buf_init(&t.tests, TW_PROGRAM_MAX);
    tw_buf_init(&t.job, 4096);
    tw_jail_result_init(&run[0]);
    tw_jail_result_init(&run[1]);
    enum tw_status st = texts_make(&t, g, answer, err);
    if (st == TW_OK)
        st = run_pair(run, g, answer->task, &t, err);
    if (st == TW_OK)
        st = take_results(out, a, g, answer, run, err);
    tw_jail_result_release(&run[0]);
    tw_jail_result_release(&run[1]);
    tw_buf_release(&t.candidate);
    tw_buf_release(&t.tests);
    tw_buf_release(&t.job);
    return st;
}
