/* test_html.c - the HTML report: what it shows, and that no text escapes. */
#include "report/report.h"

#include "markup.h"
#include "run_doc.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_MAX = 64 << 20, DOC_MAX = 1 << 16 };

/* The report of a document; empty when it has none. */
static enum tw_status render_limit(struct tw_buf *b, const char *json, size_t n,
                                   size_t limit)
{
    struct tw_json *run = NULL;
    struct tw_err err = { 0 };

    tw_buf_init(b, limit);
    enum tw_status st = tw_json_parse(&run, json, n, &err);
    if (st != TW_OK) {
        printf("# document: %s\n", err.msg);
        return st;
    }
    st = tw_report_html(b, run, &err);
    CHECK(st == TW_OK || err.msg[0]);
    tw_json_free(run);
    return st;
}

static enum tw_status render(struct tw_buf *b, const char *json)
{
    return render_limit(b, json, strlen(json), REPORT_MAX);
}

static bool has(const struct tw_buf *b, const char *text)
{
    bool found = strstr(tw_buf_text(b), text) != NULL;

    if (!found)
        printf("# not found: %s\n", text);
    return found;
}

static bool lacks(const struct tw_buf *b, const char *text)
{
    bool found = strstr(tw_buf_text(b), text) != NULL;

    if (found)
        printf("# found: %s\n", text);
    return !found;
}

static bool well_formed(const struct tw_buf *b)
{
    const char *f = markup_fault(tw_buf_text(b), b->len, true);

    if (f)
        printf("# markup: %s\n", f);
    return !f;
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

    CHECK(render(&b, RUN_DOC) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++)
        CHECK(has(&b, parts[i]));
    CHECK(lacks(&b, "Weak sandbox"));
    CHECK(lacks(&b, "simulator"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(a_test_with_a_list_of_scripts_shows_each)
{
    struct tw_buf b;

    CHECK(render(&b,
                 "{\"format\": \"trialwright-run-1\", \"tests\": [{"
                 "\"script\": {\"path\": \"old.py\"}, \"scripts\": ["
                 "{\"name\": \"pytest\", \"file\": \"scripts/a.py\","
                 " \"sha256\": \"aa\", \"ran_by\": \"python 3 & <7>\", "
                 "\"text\": \"def f(): pass\"},"
                 "{\"name\": \"robot\", \"file\": \"scripts/a.robot\","
                 " \"sha256\": \"bb\", \"text\": \"def <b>\"}]}]}") == TW_OK);
    CHECK(has(&b, "<code>scripts/a.py</code>"));
    CHECK(has(&b, "<a href=\"scripts/a.py\">open the script</a>"));
    CHECK(has(&b, "<span class=\"k\">def</span>"));
    CHECK(has(&b, "passed with </span>python 3 &amp; &lt;7&gt;"));
    CHECK(has(&b, "<code>scripts/a.robot</code>"));
    CHECK(has(&b, "<pre class=\"code\">def &lt;b&gt;</pre>"));
    CHECK(lacks(&b, "old.py"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(tests_that_need_a_reader_come_first)
{
    struct tw_buf b;

    CHECK(render(&b, RUN_DOC) == TW_OK);
    const char *rejected = strstr(tw_buf_text(&b), "<a href=\"#t2\">");
    const char *unverified = strstr(tw_buf_text(&b), "<a href=\"#t3\">");
    const char *accepted = strstr(tw_buf_text(&b), "<a href=\"#t1\">");
    CHECK(rejected && unverified && accepted);
    CHECK(rejected < unverified && unverified < accepted);
    tw_buf_release(&b);
}

TEST(weak_tests_are_counted_apart_and_ask_their_question)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": "
                     "[" RUN_TEST_ONE ", " RUN_TEST_WEAK "]}") == TW_OK);
    CHECK(has(&b, "1<em>/2</em>"));
    CHECK(has(&b, "<span>weak tests</span>"));
    CHECK(has(&b, "id=\"t2\"><details open>"));
    CHECK(has(&b, "Strength: weak: cases only (2)"));
    CHECK(has(&b, "<code>f(&lt;10&gt;): is it True (of 2 answers) or "));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(the_page_asks_for_nothing_outside_of_itself)
{
    static const char *const words[] = { "http",    "url(",   "@import",
                                         "<script", "src=",   "<link",
                                         "<img",    "onload", "onclick" };
    struct tw_buf b;

    CHECK(render(&b, RUN_DOC) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
        CHECK(lacks(&b, words[i]));
    tw_buf_release(&b);
}

TEST(the_same_document_gives_the_same_bytes)
{
    struct tw_buf a, b;

    CHECK(render(&a, RUN_DOC) == TW_OK);
    CHECK(render(&b, RUN_DOC) == TW_OK);
    CHECK(a.len > 0 && a.len == b.len);
    CHECK(memcmp(tw_buf_text(&a), tw_buf_text(&b), a.len) == 0);
    tw_buf_release(&a);
    tw_buf_release(&b);
}

TEST(a_weak_sandbox_and_made_up_data_are_said_aloud)
{
    struct tw_buf b;

    CHECK(render(&b,
                 "{\"format\": \"trialwright-run-1\", \"host\": {\"tier\":"
                 " \"B\", \"weak\": true}, \"trials\": [{\"name\": \"x\","
                 " \"files\": [\"a.csv\", \"SIMULATED_b.csv\"]}]}") == TW_OK);
    CHECK(has(&b, "Weak sandbox"));
    CHECK(has(&b, "<code>SIMULATED_b.csv</code></div>"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

TEST(series_of_a_simulator_are_said_aloud_too)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\", \"tests\": [{"
                     "\"cases\": [{}, {\"source\": \"recorded: series "
                     "sim_a/1, rows 3 to 4\"}]}]}") == TW_OK);
    CHECK(has(&b, "<code>recorded: series sim_a/1, rows 3 to 4</code></div>"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

/* Every string of the document becomes the hostile text. */
static void spoil_texts(struct tw_buf *out, const char *doc, const char *text)
{
    static const char *const kept[] = {
        "trialwright-run-1", "rejected", "accepted",
        "unverified",        "pass",     "none"
    };

    for (const char *p = doc; *p;) {
        const char *end = *p == '"' ? p + 1 : NULL;
        while (end && *end != '"')
            end += *end == '\\' ? 2 : 1;
        if (!end) {
            tw_buf_addc(out, *p++);
            continue;
        }
        size_t n = (size_t)(end + 1 - p);
        bool keep = end[1] == ':'; /* a name */
        for (size_t i = 0; i < TW_ARRAY_LEN(kept); i++)
            keep |= n == strlen(kept[i]) + 2 && !memcmp(p + 1, kept[i], n - 2);
        if (keep)
            tw_buf_add(out, p, n);
        else
            tw_json_adds(out, text);
        p += n;
    }
}

TEST(hostile_texts_stay_texts)
{
    static const char *const texts[] = {
        "</script></style></pre><script>alert(1)</script>",
        "]]><!-- \"onload='x' & &amp; <svg/onload=x>",
        "\x01\x02\x1b[31m\x7f <b>",
        "\xC2\x9B \xEF\xBF\xBE </td></table>",
        "r'\\'\"\"\"<i>#'</i>@x\n@y <z>\n",
        "\xF0\x9F\x98\x80'</code>\xE2\x80\xAE",
    };
    struct tw_buf doc, b;

    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        tw_buf_init(&doc, DOC_MAX);
        spoil_texts(&doc, RUN_DOC, texts[i]);
        CHECK(render(&b, tw_buf_text(&doc)) == TW_OK);
        CHECK(well_formed(&b));
        CHECK(lacks(&b, "<script"));
        CHECK(lacks(&b, "<svg/"));
        CHECK(lacks(&b, "<z>"));
        CHECK(lacks(&b, "<!--"));
        tw_buf_release(&doc);
        tw_buf_release(&b);
    }
}

TEST(very_long_texts_are_shown_and_long_answers_are_cut)
{
    enum { LONG = 1 << 20 };
    char *line = malloc(LONG + 1);
    struct tw_buf doc, b;

    memset(line, '<', LONG);
    line[LONG] = '\0';
    tw_buf_init(&doc, 8 << 20);
    tw_buf_addf(&doc,
                "{\"format\": \"trialwright-run-1\", \"tests\": [{\"cause\":"
                " \"%s\", \"candidates\": [{\"code\": \"'%s\", \"text\": "
                "\"%s\", \"cause\": \"x\"}]}]}",
                line, line, line);
    CHECK(render(&b, tw_buf_text(&doc)) == TW_OK);
    /* Cause twice, code once, text cut: four bytes for each "<". */
    CHECK(b.len > (size_t)12 * LONG && b.len < (size_t)13 * LONG);
    CHECK(has(&b, "Cut here: 65536 of 1048576 bytes"));
    CHECK(well_formed(&b));
    tw_buf_release(&doc);
    tw_buf_release(&b);
    free(line);
}

/* One value of the document, by its place in the text. */
struct value {
    size_t at, n;
};

static size_t value_end(const char *s)
{
    size_t depth = 0, i = 0;

    do {
        if (s[i] == '"')
            for (i++; s[i] != '"'; i++)
                i += s[i] == '\\';
        depth += s[i] == '{' || s[i] == '[';
        depth -= s[i] == '}' || s[i] == ']';
        i++;
    } while (depth || !strchr(",:}] ", s[i]));
    return i;
}

static size_t find_values(const char *doc, struct value *v, size_t max)
{
    size_t n = 0;

    for (size_t i = 1; doc[i] && n < max; i++) {
        bool begins = doc[i - 1] == ' ' || doc[i - 1] == '[' ||
                      doc[i - 1] == '{' || doc[i - 1] == ',';
        if (!begins || strchr(" ,]}:", doc[i]))
            continue;
        if (doc[i] == '"' && doc[i + value_end(doc + i)] == ':')
            continue; /* a name */
        size_t len = value_end(doc + i);
        v[n++] = (struct value){ i, len };
        if (doc[i] == '"')
            i += len - 1;
    }
    return n;
}

/* A figure that is none made it into the page. */
static bool shows_nan(const char *html)
{
    static const char *const forms[] = { "\"nan", "\"-nan", " nan",  " -nan",
                                         ">nan",  ">-nan",  "\"inf", "\"-inf",
                                         ">inf",  ">-inf",  "Mnan",  "Lnan" };

    for (size_t i = 0; i < TW_ARRAY_LEN(forms); i++)
        if (strstr(html, forms[i]))
            return true;
    return false;
}

TEST(any_value_may_be_missing_or_of_another_type)
{
    static const char *const others[] = {
        "null", "[]", "{}", "-7", "1e308", "\"\\n<x>\"", "9223372036854775807"
    };
    static const char doc_text[] = RUN_DOC;
    static struct value values[1024];
    size_t n = find_values(RUN_DOC, values, TW_ARRAY_LEN(values));
    size_t broken = 0, refused = 0;
    struct tw_buf doc, b;

    CHECK(n > 200 && n < TW_ARRAY_LEN(values));
    tw_buf_init(&doc, DOC_MAX);
    for (size_t i = 0; i < n * TW_ARRAY_LEN(others); i++) {
        struct value v = values[i / TW_ARRAY_LEN(others)];
        tw_buf_clear(&doc);
        tw_buf_add(&doc, RUN_DOC, v.at);
        tw_buf_adds(&doc, others[i % TW_ARRAY_LEN(others)]);
        tw_buf_adds(&doc, &doc_text[v.at + v.n]);
        enum tw_status st = render(&b, tw_buf_text(&doc));
        refused += st != TW_OK;
        if (st == TW_OK && (markup_fault(tw_buf_text(&b), b.len, true) ||
                            shows_nan(tw_buf_text(&b)))) {
            printf("# after '%.40s'\n", &doc_text[v.at]);
            broken++;
        }
        tw_buf_release(&b);
    }
    CHECK(broken == 0);
    /* Only a document without its format is none of ours. */
    CHECK(refused == TW_ARRAY_LEN(others));
    tw_buf_release(&doc);
}

TEST(documents_that_are_not_ours_are_refused)
{
    static const char *const docs[] = {
        "null",
        "[]",
        "{}",
        "\"trialwright-run-1\"",
        "{\"format\": \"trialwright-run-2\"}",
        "{\"format\": 1}",
    };
    struct tw_buf b;

    for (size_t i = 0; i < TW_ARRAY_LEN(docs); i++) {
        CHECK(render(&b, docs[i]) == TW_EFORMAT);
        CHECK(b.len == 0);
        tw_buf_release(&b);
    }
}

TEST(an_empty_run_has_a_report)
{
    struct tw_buf b;

    CHECK(render(&b, "{\"format\": \"trialwright-run-1\"}") == TW_OK);
    CHECK(has(&b, "Untitled run"));
    CHECK(has(&b, "This run has no tests"));
    CHECK(well_formed(&b));
    tw_buf_release(&b);
}

/* Links lead into the folder of the run, wherever a document points. */
TEST(scripts_outside_of_the_run_are_no_links)
{
    static const char *const paths[] = {
        "javascript:alert(1)", "/etc/passwd", "../a.py",  "scripts/../../a",
        "http://a.example/",   "//a.example", "a b.py",   "a%2e.py",
        "a\\\"onclick=x",      "a.py?x",      "a.py#top", "",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(paths); i++) {
        struct tw_buf b;
        char text[512];
        snprintf(text, sizeof(text),
                 "{\"format\": \"trialwright-run-1\", \"tests\": "
                 "[{\"status\": \"accepted\", \"script\": {\"path\": \"%s\", "
                 "\"sha256\": \"1\", \"text\": \"x\"}}]}",
                 paths[i]);
        CHECK(render(&b, text) == TW_OK);
        CHECK(!strstr(tw_buf_text(&b), "open the script"));
        tw_buf_release(&b);
    }
}

TEST(a_limit_is_a_status)
{
    struct tw_buf b;

    for (size_t limit = 0; limit < 60000; limit += 4999) {
        enum tw_status st = render_limit(&b, RUN_DOC, strlen(RUN_DOC), limit);
        CHECK(st == TW_OK || st == TW_ELIMIT);
        CHECK(b.len <= limit);
        tw_buf_release(&b);
    }
}

TEST_MAIN(RUN(a_complete_run_shows_every_part);
          RUN(a_test_with_a_list_of_scripts_shows_each);
          RUN(tests_that_need_a_reader_come_first);
          RUN(weak_tests_are_counted_apart_and_ask_their_question);
          RUN(the_page_asks_for_nothing_outside_of_itself);
          RUN(the_same_document_gives_the_same_bytes);
          RUN(a_weak_sandbox_and_made_up_data_are_said_aloud);
          RUN(series_of_a_simulator_are_said_aloud_too);
          RUN(hostile_texts_stay_texts);
          RUN(very_long_texts_are_shown_and_long_answers_are_cut);
          RUN(any_value_may_be_missing_or_of_another_type);
          RUN(documents_that_are_not_ours_are_refused);
          RUN(an_empty_run_has_a_report);
          RUN(scripts_outside_of_the_run_are_no_links);
          RUN(a_limit_is_a_status);)
