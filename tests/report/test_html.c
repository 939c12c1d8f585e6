#include "report/report.h"

#include "markup.h"
#include "run_doc.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_MAX = 64 << 20 };

/* The report of a document; "" when it does not parse or has no report. */
static void render(struct tw_buf *b, const char *json, size_t n)
{
    struct tw_json *run = NULL;
    struct tw_err err = { 0 };

    tw_buf_init(b, REPORT_MAX);
    if (tw_json_parse(&run, json, n, &err) != TW_OK) {
        printf("# document: %s\n", err.msg);
        return;
    }
    if (tw_report_html(b, run, &err) != TW_OK) {
        printf("# report: %s\n", err.msg);
        tw_buf_clear(b);
    }
    tw_json_free(run);
}

static bool has(const struct tw_buf *b, const char *text)
{
    bool found = strstr(tw_buf_text(b), text) != NULL;

    if (!found)
        printf("# not found: %s\n", text);
    return found;
}

static const char *fault(const struct tw_buf *b)
{
    const char *f = markup_fault(tw_buf_text(b), b->len, true);

    if (f)
        printf("# markup: %s\n", f);
    return f;
}

TEST(a_complete_run_shows_every_part)
{
    static const char *const parts[] = {
        "<title>Lab 3 &amp; field - test report</title>",
        "1<em>/3</em>",
        "50&#8239;%",
        "75&#8239;%",
        "best passes 1 of 2 &lt;cases&gt;",
        "<a href=\"#t2\">RAN-2</a>",
        "id=\"t2\"><details open>",
        "id=\"t1\"><details>",
        "0123456789ab</code>",
        "title=\"0123456789abcdef0123\"",
        ">drive.csv</code>",
        "<b>1200</b> rows",
        "cluster 1",
        "KL divergence 0.61",
        "at the floor",
        "copies",
        "apart",
        "row 2</text>",
        "mean_rsrp([1.0])",
        "&#9733; chosen",
        "<span class=\"k\">def</span>",
        "<span class=\"f\">mean_rsrp</span>",
        "# &quot;best&quot;</span>",
        "scripts/test_RAN-1.py",
        "same verdicts in 3 runs",
        "3 of 4 changed variants",
        "ho(2) is True",
        "unverified: expected values",
        "consensus 75",
        "not run",
        "Provenance",
    };
    struct tw_buf b;

    render(&b, RUN_DOC, strlen(RUN_DOC));
    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++)
        CHECK(has(&b, parts[i]));
    CHECK(!fault(&b));
    tw_buf_release(&b);
}

TEST(tests_that_need_a_reader_come_first)
{
    struct tw_buf b;

    render(&b, RUN_DOC, strlen(RUN_DOC));
    const char *rejected = strstr(tw_buf_text(&b), "<a href=\"#t2\">");
    const char *unverified = strstr(tw_buf_text(&b), "<a href=\"#t3\">");
    const char *accepted = strstr(tw_buf_text(&b), "<a href=\"#t1\">");
    CHECK(rejected && unverified && accepted);
    CHECK(rejected < unverified && unverified < accepted);
    tw_buf_release(&b);
}

TEST(the_page_asks_for_nothing_outside_of_itself)
{
    static const char *const words[] = { "http",    "url(",   "@import",
                                         "<script", "src=",   "<link",
                                         "<img",    "onload", "onclick" };
    struct tw_buf b;

    render(&b, RUN_DOC, strlen(RUN_DOC));
    for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
        CHECK(!strstr(tw_buf_text(&b), words[i]));
    tw_buf_release(&b);
}

TEST(the_same_document_gives_the_same_bytes)
{
    struct tw_buf a, b;

    render(&a, RUN_DOC, strlen(RUN_DOC));
    render(&b, RUN_DOC, strlen(RUN_DOC));
    CHECK(a.len > 0 && a.len == b.len);
    CHECK(memcmp(tw_buf_text(&a), tw_buf_text(&b), a.len) == 0);
    tw_buf_release(&a);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(a_complete_run_shows_every_part);
          RUN(tests_that_need_a_reader_come_first);
          RUN(the_page_asks_for_nothing_outside_of_itself);
          RUN(the_same_document_gives_the_same_bytes);)
