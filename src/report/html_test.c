/* One test of the report: what was asked, the cases, the candidates. */
#include "report/html_priv.h"

#include "base/utf8.h"

#include "base/banned.h"

static void add_text_block(struct tw_buf *b, const char *title,
                           const struct tw_json *v, const char *key)
{
    if (!tw_html_has(v, key))
        return;
    tw_buf_addf(b, "<h4>%s</h4><p class=\"text\">", title);
    tw_html_get(b, v, key);
    tw_buf_adds(b, "</p>");
}

static void add_list(struct tw_buf *b, const char *title,
                     const struct tw_json *list)
{
    if (tw_json_len(list) == 0)
        return;
    tw_buf_addf(b, "<h4>%s</h4><ul>", title);
    for (size_t i = 0; i < tw_json_len(list); i++) {
        tw_buf_adds(b, "<li class=\"text\">");
        tw_html_node(b, tw_json_at(list, i));
        tw_buf_adds(b, "</li>");
    }
    tw_buf_adds(b, "</ul>");
}

static void add_cell(struct tw_buf *b, const char *mark,
                     const struct tw_json *v, const char *key)
{
    tw_buf_addf(b, "<td class=\"%s\">", mark);
    if (tw_html_has(v, key)) {
        tw_buf_adds(b, "<div class=\"cap\">");
        tw_html_get(b, v, key);
        tw_buf_adds(b, "</div>");
    }
    tw_buf_adds(b, "</td>");
}

static void add_case(struct tw_buf *b, const struct tw_json *c, size_t i)
{
    const struct tw_html_word *v = tw_html_verdict(tw_json_get(c, "verdict"));
    bool asked = tw_json_bool(tw_json_get(c, "in_prompt"), false);

    tw_buf_addf(b, "<tr class=\"%s\"><td class=\"num dim\">%zu</td><td>",
                v->mark, i + 1);
    tw_html_badge(b, v);
    tw_buf_adds(b, "</td>");
    add_cell(b, "mono", c, "call");
    add_cell(b, "mono", c, "want");
    add_cell(b, "mono", c, "got");
    tw_buf_adds(b, "<td class=\"why\"><span class=\"tag\">");
    tw_html_get(b, c, "origin");
    tw_buf_addf(b, "</span>%s",
                asked ? " <span class=\"tag\">in prompt</span>" : "");
    tw_buf_adds(b, "<div class=\"cap\">");
    tw_html_get(b, c, "reason");
    const char *source = tw_json_text(tw_json_get(c, "source"), NULL);
    if (source && *source && !tw_html_is(c, "reason", source)) {
        tw_buf_adds(b, tw_html_has(c, "reason") ? "<br>" : "");
        tw_buf_adds(b, "<span class=\"dim\">");
        tw_html_get(b, c, "source");
        tw_buf_adds(b, "</span>");
    }
    tw_buf_adds(b, "</div></td></tr>\n");
}

static void add_counts(struct tw_buf *b, const struct tw_json *counts)
{
    static const struct {
        const char *key;
        const char *text;
    } parts[] = {
        { "drawn", "inputs drawn" },
        { "refused", "broke a precondition" },
        { "undefined", "where the oracle raised an exception" },
        { "duplicates", "duplicates" },
        { "contradictions", "contradictions" },
    };
    bool any = false;

    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++) {
        size_t n = tw_html_count(counts, parts[i].key);
        if (n == 0)
            continue;
        tw_buf_addf(b, "%s%zu %s", any ? ", " : "<p class=\"dim\">", n,
                    parts[i].text);
        any = true;
    }
    tw_buf_adds(b, any ? "</p>" : "");
}

static void add_cases(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t n = tw_json_len(cases);

    if (n == 0)
        return;
    tw_buf_addf(b, "<h4>Cases: %zu of %zu passed</h4>", tw_html_passed(test),
                n);
    tw_buf_adds(b, "<div class=\"scroll\"><table class=\"cases\"><thead><tr>"
                   "<th>#</th><th>Verdict</th><th>Call</th><th>Expected</th>"
                   "<th>Got</th><th>Why this case</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        add_case(b, tw_json_at(cases, i), i);
    tw_buf_adds(b, "</tbody></table></div>");
    add_counts(b, tw_json_get(test, "counts"));
}

static void add_prompt(struct tw_buf *b, const struct tw_json *test)
{
    size_t tokens = tw_html_count(test, "prompt_tokens");

    if (!tw_html_has(test, "prompt"))
        return;
    tw_buf_adds(b, "<details class=\"inner\"><summary>Prompt");
    if (tokens)
        tw_buf_addf(b, " <span class=\"dim\">%zu tokens</span>", tokens);
    tw_buf_adds(b, "</summary><pre class=\"wrap\">");
    tw_html_get(b, test, "prompt");
    tw_buf_adds(b, "</pre></details>");
}

static void add_script(struct tw_buf *b, const struct tw_json *script)
{
    size_t n;
    const char *text = tw_json_text(tw_json_get(script, "text"), &n);

    if (tw_json_kind(script) != TW_JSON_OBJECT)
        return;
    tw_buf_adds(b, "<details class=\"inner\"><summary>Script <code>");
    tw_html_get(b, script, "path");
    tw_buf_adds(b, "</code> <span class=\"dim\">SHA-256</span> ");
    tw_html_hash(b, script, "sha256");
    tw_buf_adds(b, "</summary><pre class=\"code\">");
    if (text)
        tw_html_python(b, text, n);
    tw_buf_adds(b, "</pre></details>");
}

/* What the verdict rests on, as short labels. */
static void add_evidence(struct tw_buf *b, const struct tw_json *test)
{
    size_t repeats = tw_html_count(test, "repeats");
    size_t mutants = tw_html_count(test, "mutants");
    const struct tw_json *stable = tw_json_get(test, "stable");
    double total = tw_html_number(tw_json_get(test, "times"), "total_s");

    tw_buf_adds(b, "<p class=\"facts\">");
    if (tw_json_bool(tw_json_get(test, "unverified"), false))
        tw_buf_adds(b, "<span class=\"tag warn\">unverified: expected values "
                       "are a vote of the candidates</span>");
    if (tw_html_number(test, "consensus") > 0) {
        tw_buf_adds(b, "<span class=\"tag\">consensus ");
        tw_html_add_share(b, tw_html_number(test, "consensus"));
        tw_buf_adds(b, "</span>");
    }
    if (repeats > 1 && tw_json_kind(stable) == TW_JSON_BOOL)
        tw_buf_addf(b, "<span class=\"tag%s\">%s %zu runs</span>",
                    tw_json_bool(stable, true) ? "" : " warn",
                    tw_json_bool(stable, true) ? "same verdicts in"
                                               : "verdicts differ over",
                    repeats);
    if (mutants)
        tw_buf_addf(b,
                    "<span class=\"tag\">%zu of %zu changed variants of the "
                    "code caught</span>",
                    tw_html_count(test, "killed"), mutants);
    if (total > 0) {
        tw_buf_adds(b, "<span class=\"tag\">");
        tw_html_add_seconds(b, total);
        tw_buf_adds(b, "</span>");
    }
    tw_buf_adds(b, "</p>");
}

static void add_summary(struct tw_buf *b, const struct tw_json *test)
{
    size_t n = tw_json_len(tw_json_get(test, "cases"));

    tw_buf_adds(b, "<summary>");
    tw_html_badge(b, tw_html_status(test));
    tw_buf_adds(b, " <b class=\"id\">");
    tw_html_get(b, test, "id");
    tw_buf_adds(b, "</b> <span class=\"title\">");
    tw_html_get(b, test, "title");
    tw_buf_addf(b, "</span><span class=\"side\">%zu/%zu cases</span></summary>",
                tw_html_passed(test), n);
}

void tw_html_test(struct tw_buf *b, const struct tw_json *test, size_t i)
{
    const struct tw_html_word *w = tw_html_status(test);
    bool open = !tw_html_is(test, "status", "accepted");

    tw_buf_addf(b, "<section class=\"card test %s\" id=\"t%zu\"><details%s>\n",
                w->mark, i + 1, open ? " open" : "");
    add_summary(b, test);
    if (tw_html_has(test, "cause")) {
        tw_buf_adds(b, "<p class=\"cause\">");
        tw_html_get(b, test, "cause");
        tw_buf_adds(b, "</p>");
    }
    if (tw_html_has(test, "call")) {
        tw_buf_adds(b, "<p class=\"call\"><code>");
        tw_html_get(b, test, "call");
        tw_buf_adds(b, "</code></p>");
    }
    add_evidence(b, test);
    add_list(b, "Findings", tw_json_get(test, "findings"));
    add_text_block(b, "Description", test, "description");
    add_list(b, "Requirement", tw_json_get(test, "requirement"));
    add_cases(b, test);
    tw_html_candidates(b, test);
    add_script(b, tw_json_get(test, "script"));
    add_prompt(b, test);
    tw_buf_adds(b, "<p class=\"dim foot\">Suite <b>");
    tw_html_get(b, test, "suite");
    tw_buf_adds(b, "</b> in <code>");
    tw_html_get(b, test, "spec");
    tw_buf_adds(b, "</code>, test SHA-256 ");
    tw_html_hash(b, test, "sha256");
    tw_buf_adds(b, " <a href=\"#overview\">back to the overview</a></p>"
                   "</details></section>\n");
}
