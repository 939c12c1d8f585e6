/*
 * junit.c - JUnit XML, in the dialect that CI servers agree on.
 *
 * There is no standard, only what Jenkins, GitLab and others read: suites with
 * counts, cases with a failure or skipped element, properties, system-out. The
 * strictest that is checked in practice is the schema of Jenkins's xUnit
 * plugin, and this keeps to it (tests/report/junit_rules.py has its rules). A
 * test counts as passed only when it was accepted: a script that is not good
 * enough to be used is a failure of this run, although no test of the product
 * has failed yet.
 */
#include "report/report.h"

#include "report/html_priv.h"
#include "report/report_check_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define FORMAT "trialwright-run-1"

enum { DETAIL_CASES = 20 }; /* failed cases named in a failure */

/* Attributes of a suite, and of all suites together. */
struct totals {
    size_t tests, failures, skipped;
    double seconds;
};

/* Shared with the HTML report. Only the format is asked for; all other members
 * may be missing. */
enum tw_status tw_report_check(const struct tw_json *run, struct tw_err *err)
{
    if (tw_json_kind(run) != TW_JSON_OBJECT)
        return tw_fail(err, TW_EFORMAT, 0, "find no object in run.json");
    if (!tw_html_is(run, "format", FORMAT))
        return tw_fail(err, TW_EFORMAT, 0,
                       "find no \"format\": \"" FORMAT "\" in run.json");
    return TW_OK;
}

/* By the status; a weak test passes where its project says so, and a property
 * then tells that it is weak. */
static bool accepted(const struct tw_json *test)
{
    if (tw_html_is(test, "status", "weak"))
        return tw_json_bool(tw_json_get(test, "accepted"), false);
    return tw_html_is(test, "status", "accepted");
}

/* Nobody stated the expected values: neither passed nor failed. */
static bool skipped(const struct tw_json *test)
{
    return tw_html_is(test, "status", "unverified");
}

static double seconds_of(const struct tw_json *test)
{
    double s = tw_html_number(tw_json_get(test, "times"), "total_s");

    if (!(s >= 0 && s < 1e9)) /* missing, or no time that a run can take */
        s = 0;
    return s;
}

/* Both without a name is a suite as well. */
static bool same_suite(const struct tw_json *a, const struct tw_json *b)
{
    const char *x = tw_json_text(tw_json_get(a, "suite"), NULL);
    const char *y = tw_json_text(tw_json_get(b, "suite"), NULL);

    return x == y || (x && y && strcmp(x, y) == 0);
}

/* Tests [begin, end). */
static struct totals count(const struct tw_json *tests, size_t begin,
                           size_t end)
{
    struct totals t = { .tests = end - begin };

    for (size_t i = begin; i < end; i++) {
        const struct tw_json *test = tw_json_at(tests, i);
        t.skipped += skipped(test);
        t.failures += !accepted(test) && !skipped(test);
        t.seconds += seconds_of(test);
    }
    return t;
}

/* errors is 0 always: the dialects do not agree on what an error is, and
 * servers treat both alike. */
static void add_totals(struct tw_buf *b, const struct totals *t)
{
    tw_buf_addf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\"",
                t->tests, t->failures, t->seconds);
}

/* Date and time to the second, without a zone: it is UTC, and the schema of
 * Ant's reports, which some servers use, has no place for the letter. */
static void add_created(struct tw_buf *b, const struct tw_json *run)
{
    const char *created = tw_json_text(tw_json_get(run, "created"), NULL);
    static const char form[] = "dddd-dd-ddTdd:dd:dd";

    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        if (!created || !created[i])
            return;
        bool digit = created[i] >= '0' && created[i] <= '9';
        if ((form[i] == 'd') != digit)
            return;
        if (!digit && created[i] != form[i])
            return;
    }
    tw_buf_adds(b, " timestamp=\"");
    tw_buf_add(b, created, sizeof(form) - 1);
    tw_buf_addc(b, '"');
}

/* Names are ours, values are escaped. */
static void add_property(struct tw_buf *b, const char *name,
                         const struct tw_json *v, const char *key)
{
    tw_buf_addf(b, "   <property name=\"%s\" value=\"", name);
    tw_html_get(b, v, key);
    tw_buf_adds(b, "\"/>\n");
}

/* What was tested with what: CI servers keep these files longer than the
 * runs. */
static void add_properties(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *model = tw_json_get(run, "model");
    const struct tw_json *host = tw_json_get(run, "host");
    const struct tw_json *trials = tw_json_get(run, "trials");

    tw_buf_adds(b, "  <properties>\n");
    add_property(b, "version", run, "version");
    add_property(b, "seed", run, "seed");
    add_property(b, "project", run, "project");
    add_property(b, "project_sha256", run, "project_sha256");
    add_property(b, "model", model, "name");
    add_property(b, "model_sha256", model, "sha256");
    for (size_t i = 0; i < tw_json_len(trials); i++) {
        add_property(b, "data", tw_json_at(trials, i), "name");
        add_property(b, "data_sha256", tw_json_at(trials, i), "sha256");
    }
    add_property(b, "sandbox_tier", host, "tier");
    tw_buf_adds(b, "  </properties>\n");
}

/* The text of a failure: findings and the first cases that did not pass, one a
 * line. Servers show it beside the name, so it has to be short. */
static void add_detail(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *findings = tw_json_get(test, "findings");
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t shown = 0;

    for (size_t i = 0; i < tw_json_len(findings); i++) {
        tw_html_node(b, tw_json_at(findings, i));
        tw_buf_addc(b, '\n');
    }
    for (size_t i = 0; i < tw_json_len(cases) && shown < DETAIL_CASES; i++) {
        const struct tw_json *c = tw_json_at(cases, i);
        if (!tw_html_has(c, "verdict") || tw_html_is(c, "verdict", "pass"))
            continue;
        shown++;
        tw_html_get(b, c, "verdict");
        tw_buf_adds(b, ": ");
        tw_html_get(b, c, "call");
        tw_buf_adds(b, " expected ");
        tw_html_get(b, c, "want");
        tw_buf_adds(b, ", got ");
        tw_html_get(b, c, "got");
        tw_buf_addc(b, '\n');
    }
}

/* The type of a failure is the status from the table of words, which is known,
 * and not the text of the document. */
static void add_verdict(struct tw_buf *b, const struct tw_json *test)
{
    if (accepted(test))
        return;
    if (skipped(test)) {
        tw_buf_adds(b, "   <skipped message=\"unverified: ");
        tw_html_get(b, test, "cause");
        tw_buf_adds(b, "\"/>\n");
        return;
    }
    tw_buf_addf(b, "   <failure type=\"%s\" message=\"",
                tw_html_status(test)->name);
    tw_html_get(b, test, "cause");
    tw_buf_adds(b, "\">");
    add_detail(b, test);
    tw_buf_adds(b, "</failure>\n");
}

/* Where a person finds what ran, what a pass is worth, and the question that
 * would make it worth more; nothing where no answer was chosen.  In system-out,
 * because cases have no properties in Jenkins's schema. */
static void add_output(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *strength = tw_json_get(test, "strength");
    const struct tw_json *question = tw_json_get(test, "question");
    const struct tw_json *script;
    size_t start = b->len, empty;

    tw_buf_adds(b, "   <system-out>");
    empty = b->len;
    for (size_t i = 0; (script = tw_html_script(test, i)) != NULL; i++) {
        const char *key = tw_html_script_key(script);
        if (!tw_html_has(script, key))
            continue;
        tw_buf_adds(b, "script: ");
        tw_html_get(b, script, key);
        tw_buf_adds(b, "\nsha256: ");
        tw_html_get(b, script, "sha256");
        tw_buf_addc(b, '\n');
    }
    if (tw_html_has(strength, "text")) {
        tw_buf_adds(b, "strength: ");
        tw_html_get(b, strength, "text");
        tw_buf_addc(b, '\n');
    }
    if (tw_html_has(strength, "text") && tw_html_has(question, "call")) {
        tw_buf_adds(b, "question: ");
        tw_html_question(b, question);
        tw_buf_addc(b, '\n');
    }
    if (b->len == empty)
        b->len = start;
    else
        tw_buf_adds(b, "</system-out>\n");
}

static void add_test(struct tw_buf *b, const struct tw_json *test)
{
    tw_buf_adds(b, "  <testcase name=\"");
    tw_html_get(b, test, "id");
    if (tw_html_has(test, "title"))
        tw_buf_adds(b, ": ");
    tw_html_get(b, test, "title");
    tw_buf_adds(b, "\" classname=\"");
    tw_html_get(b, test, "suite");
    tw_buf_addf(b, "\" time=\"%.3f\">\n", seconds_of(test));
    add_verdict(b, test);
    add_output(b, test);
    tw_buf_adds(b, "  </testcase>\n");
}

/* Tests [begin, end), all of one suite.  The properties are those of the run:
 * JUnit has no other place for them that servers show. */
static void add_suite(struct tw_buf *b, const struct tw_json *run, size_t begin,
                      size_t end)
{
    const struct tw_json *tests = tw_json_get(run, "tests");
    struct totals t = count(tests, begin, end);

    tw_buf_adds(b, " <testsuite name=\"");
    tw_html_get(b, tw_json_at(tests, begin), "suite");
    tw_buf_addc(b, '"');
    add_totals(b, &t);
    tw_buf_addf(b, " skipped=\"%zu\"", t.skipped);
    add_created(b, run);
    tw_buf_adds(b, ">\n");
    add_properties(b, run);
    for (size_t k = begin; k < end; k++)
        add_test(b, tw_json_at(tests, k));
    tw_buf_adds(b, " </testsuite>\n");
}

/* Tests of a suite stand together in the document; a suite that comes twice
 * would be two suites of one name, which servers accept. */
enum tw_status tw_report_junit(struct tw_buf *b, const struct tw_json *run,
                               struct tw_err *err)
{
    TW_TRY(tw_report_check(run, err));
    const struct tw_json *tests = tw_json_get(run, "tests");
    size_t n = tw_json_len(tests);
    struct totals all = count(tests, 0, n);

    tw_buf_adds(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<testsuites name=\"");
    tw_html_get(b, run, "title");
    tw_buf_addc(b, '"');
    add_totals(b, &all);
    tw_buf_adds(b, ">\n");
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (!same_suite(tw_json_at(tests, i), tw_json_at(tests, end)))
                break;
        add_suite(b, run, i, end);
    }
    tw_buf_adds(b, "</testsuites>\n");
    return tw_buf_check(b, "junit.xml", err);
}
