/* test_junit.c - the JUnit file: suites, cases, counts, and no text escapes. */
#include "report/report.h"

#include "markup.h"
#include "run_doc.h"
#include "test.h"

#include <string.h>

static enum tw_status render(struct tw_buf *b, const char *json)
{
    struct tw_json *run = NULL;
    struct tw_err err = { 0 };

    tw_buf_init(b, 16 << 20);
    enum tw_status st = tw_json_parse(&run, json, strlen(json), &err);
    if (st == TW_OK)
        st = tw_report_junit(b, run, &err);
    else
        printf("# document: %s\n", err.msg);
    tw_json_free(run);
    return st;
}

static bool has(const struct tw_buf *b, const char *text)
{
    bool found = strstr(tw_buf_text(b), text) != NULL;

    if (!found)
        printf("# not found: %s\n", text);
    return found;
}

static bool well_formed(const struct tw_buf *b)
{
    const char *f = markup_fault(tw_buf_text(b), b->len, false);

    if (f)
        printf("# markup: %s\n", f);
    return !f;
}

TEST(a_suite_for_each_specification_a_case_for_each_test)
{
    static const char *const parts[] = {
        "<testsuites name=\"Lab 3 &amp; field\" tests=\"3\" failures=\"1\" "
        "errors=\"0\" time=\"2.050\">",
        "<testsuite name=\"ran\" tests=\"2\" failures=\"1\" errors=\"0\" "
        "time=\"2.050\" skipped=\"0\" timestamp=\"2025-04-01T10:00:00\">",
        "<testsuite name=\"core\" tests=\"1\" failures=\"0\" errors=\"0\" "
        "time=\"0.000\" skipped=\"1\"",
        "<testcase name=\"RAN-1: mean power\" classname=\"ran\" "
        "time=\"0.800\">",
        "<failure type=\"rejected\" message=\"best passes 1 of 2 "
        "&lt;cases&gt;\">ho(2) is True\n"
        "wrong: ho(2) expected False, got True\n</failure>",
        "<skipped message=\"unverified: no oracle\"/>",
        "<property name=\"seed\" value=\"11\"/>",
        "<property name=\"model_sha256\" value=\"0123456789abcdef0123\"/>",
        "<system-out>script: scripts/test_RAN-1.py\nsha256: 22\n</system-out>",
    };
    struct tw_buf b;

    CHECK(render(&b, RUN_DOC) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++)
        CHECK(has(&b, parts[i]));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(an_accepted_test_has_no_failure)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": "
                     "[" RUN_TEST_ONE "]}") == TW_OK);
    CHECK(!strstr(tw_buf_text(&b), "<failure"));
    CHECK(!strstr(tw_buf_text(&b), "<skipped"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

/* It passes where the project says so, and never without the word. */
TEST(a_weak_test_says_so)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": "
                     "[" RUN_TEST_WEAK "]}") == TW_OK);
    CHECK(!strstr(tw_buf_text(&b), "<failure"));
    CHECK(has(&b, "strength: weak: cases only (2)\n"));
    CHECK(has(&b, "question: f(&lt;10&gt;): is it True (of 2 answers) or "));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
    CHECK(render(&b,
                 "{\"format\": \"trialwright-run-1\", \"tests\": "
                 "[{\"status\": \"weak\", \"accepted\": false}]}") == TW_OK);
    CHECK(has(&b, "<failure type=\"weak\""));
    tw_buf_release(&b);
}

TEST(a_status_of_nobody_counts_as_a_failure)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": [7, "
                     "{\"suite\": [], \"status\": \"great\"}]}") == TW_OK);
    CHECK(has(&b, "tests=\"2\" failures=\"2\""));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(hostile_texts_stay_texts)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"title\": "
                     "\"]]>\\u0001\\ufffe\\\"<a>&\", \"tests\": [{\"suite\": "
                     "\"\\\"><x\", \"id\": \"<!--\", \"cause\": "
                     "\"<![CDATA[\\u001b[31m\", \"status\": \"rejected\", "
                     "\"findings\": [\"</failure>\"], \"script\": {\"path\": "
                     "\"]]></system-out>\"}}]}") == TW_OK);
    CHECK(well_formed(&b));
    CHECK(!strstr(tw_buf_text(&b), "<!"));
    CHECK(has(&b, "&lt;/failure&gt;"));
    tw_buf_release(&b);
}

TEST(a_test_with_a_list_of_scripts_names_each)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": [{"
                     "\"scripts\": [{\"name\": \"pytest\", \"file\": "
                     "\"a.py\", \"sha256\": \"1\"}, {\"name\": \"robot\", "
                     "\"file\": \"a.robot\", \"sha256\": \"2\"}]}, {"
                     "\"scripts\": []}]}") == TW_OK);
    CHECK(has(&b, "<system-out>script: a.py\nsha256: 1\n"
                  "script: a.robot\nsha256: 2\n</system-out>"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(documents_that_are_not_ours_are_refused)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-9\"}") == TW_EFORMAT);
    CHECK(render(&b, "[]") == TW_EFORMAT);
    tw_buf_release(&b);
}

TEST(an_empty_run_has_no_suites)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\"}") == TW_OK);
    CHECK(!strstr(tw_buf_text(&b), "<testsuite "));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST_MAIN(RUN(a_suite_for_each_specification_a_case_for_each_test);
          RUN(an_accepted_test_has_no_failure); RUN(a_weak_test_says_so);
          RUN(a_status_of_nobody_counts_as_a_failure);
          RUN(hostile_texts_stay_texts);
          RUN(a_test_with_a_list_of_scripts_names_each);
          RUN(documents_that_are_not_ours_are_refused);
          RUN(an_empty_run_has_no_suites);)
