/* Through the report: the highlighter is private to it. */
#include "report/report.h"

#include "test.h"

#include <string.h>

/* The spans of a candidate's code, between its <pre> and </pre>. */
static void highlight(struct tw_buf *out, const char *code, size_t n)
{
    struct tw_buf doc, html;
    struct tw_json *run;

    tw_buf_init(&doc, 1 << 20);
    tw_buf_init(&html, 4 << 20);
    tw_buf_init(out, 4 << 20);
    tw_buf_adds(&doc, "{\"format\": \"trialwright-run-1\", \"tests\": [{"
                      "\"candidates\": [{\"code\": ");
    tw_json_add_string(&doc, code, n);
    tw_buf_adds(&doc, "}]}]}");
    if (tw_json_parse(&run, tw_buf_text(&doc), doc.len, NULL) == TW_OK) {
        if (tw_report_html(&html, run, NULL) == TW_OK) {
            const char *begin =
                strstr(tw_buf_text(&html), "<pre class=\"code\">");
            const char *end = begin ? strstr(begin, "</pre>") : NULL;
            if (end)
                tw_buf_add(out, begin + 18, (size_t)(end - begin) - 18);
        }
        tw_json_free(run);
    }
    tw_buf_release(&doc);
    tw_buf_release(&html);
}

static bool gives(const char *code, const char *want)
{
    struct tw_buf b;

    highlight(&b, code, strlen(code));
    bool same = strcmp(tw_buf_text(&b), want) == 0;
    if (!same)
        printf("# %s\n# gave   %s\n# wanted %s\n", code, tw_buf_text(&b), want);
    tw_buf_release(&b);
    return same;
}

TEST(python_is_marked_by_what_it_is)
{
    CHECK(gives("def f(x): return x",
                "<span class=\"k\">def</span> <span class=\"f\">f</span>(x): "
                "<span class=\"k\">return</span> x"));
    CHECK(gives("a = 1e-3 + 0xFF # no",
                "a = <span class=\"n\">1e-3</span> + <span class=\"n\">0xFF"
                "</span> <span class=\"c\"># no</span>"));
    CHECK(gives("@cache\nx = a @ b",
                "<span class=\"d\">@cache</span>\nx = a @ b"));
    CHECK(gives("sum(v)", "<span class=\"b\">sum</span>(v)"));
    CHECK(gives("returned", "returned"));
}

TEST(strings_end_where_python_ends_them)
{
    CHECK(gives("'a\\'b' c", "<span class=\"s\">&#39;a\\&#39;b&#39;</span> c"));
    CHECK(gives("rb'#' c", "<span class=\"s\">rb&#39;#&#39;</span> c"));
    CHECK(gives("'open\nx", "<span class=\"s\">&#39;open</span>\nx"));
    CHECK(gives("\"\"\"a\n\"b\"\"\"\nx",
                "<span class=\"s\">&quot;&quot;&quot;a\n&quot;b&quot;&quot;"
                "&quot;</span>\nx"));
    CHECK(gives("'''never", "<span class=\"s\">&#39;&#39;&#39;never</span>"));
    CHECK(gives("'\\", "<span class=\"s\">&#39;\\</span>"));
}

/* Whatever the spans are, the text between them is the code. */
TEST(no_byte_of_the_code_is_lost)
{
    static const char letters[] = "abdefr'\"\\#@\n 0.e-<>&_()";
    unsigned long state = 1;
    char code[64];

    for (int round = 0; round < 400; round++) {
        size_t n = 1 + (size_t)round % 60;
        for (size_t i = 0; i < n; i++) {
            state = state * 6364136223846793005ul + 1442695040888963407ul;
            code[i] = letters[(state >> 33) % (sizeof(letters) - 1)];
        }
        code[n] = '\0';
        struct tw_buf b;
        highlight(&b, code, n);
        char plain[64];
        size_t len = 0;
        static const struct {
            const char *from;
            char to;
        } refs[] = { { "&lt;", '<' },
                     { "&gt;", '>' },
                     { "&amp;", '&' },
                     { "&quot;", '"' },
                     { "&#39;", '\'' } };
        for (const char *p = tw_buf_text(&b); *p && len < 63;) {
            char c = *p;
            size_t step = c == '<' ? strcspn(p, ">") + 1 : 1;
            for (size_t r = 0; r < TW_ARRAY_LEN(refs); r++)
                if (strncmp(p, refs[r].from, strlen(refs[r].from)) == 0) {
                    c = refs[r].to;
                    step = strlen(refs[r].from);
                }
            if (*p != '<')
                plain[len++] = c;
            p += step;
        }
        CHECK(len == n && memcmp(plain, code, n) == 0);
        tw_buf_release(&b);
    }
}

TEST_MAIN(RUN(python_is_marked_by_what_it_is);
          RUN(strings_end_where_python_ends_them);
          RUN(no_byte_of_the_code_is_lost);)
