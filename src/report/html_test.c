/*
 * html_test.c - one test of the report: what was asked, the cases, the
 * candidates.
 *
 * In the order of a reader's questions: was it accepted and why not, what was
 * asked for, on which cases does it rest, what did the model write, which
 * script came out, what was the prompt. Tests that were accepted are folded.
 * All texts come from specifications and models and are escaped; long ones
 * scroll in their cell.
 */
#include "report/html_priv.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* Line breaks of the specification are kept by the style sheet. */
static void add_text_block(struct tw_buf *b, const char *title,
                           const struct tw_json *v, const char *key)
{
    if (!tw_html_has(v, key))
        return;
    tw_buf_addf(b, "<h4>%s</h4><p class=\"text\">", title);
    tw_html_get(b, v, key);
    tw_buf_adds(b, "</p>");
}

/* Elements that are no texts leave empty points, which shows that something is
 * there. */
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

/* The inner box limits the height: an expected value may be a list of a
 * thousand numbers. */
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

/* The last column says why the case exists and where its input comes from,
 * down to rows of the trial. Cases that were in the prompt are marked: passing
 * those proves less. */
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
    tw_buf_adds(b, "</span>");
    if (asked)
        tw_buf_adds(b, " <span class=\"tag\">in prompt</span>");
    tw_buf_adds(b, "<div class=\"cap\">");
    tw_html_get(b, c, "reason");
    const char *source = tw_json_text(tw_json_get(c, "source"), NULL);
    if (source && *source && !tw_html_is(c, "reason", source)) {
        if (tw_html_has(c, "reason"))
            tw_buf_adds(b, "<br>");
        tw_buf_adds(b, "<span class=\"dim\">");
        tw_html_get(b, c, "source");
        tw_buf_adds(b, "</span>");
    }
    tw_buf_adds(b, "</div></td></tr>\n");
}

/* What became of the inputs that are no cases: a specification with
 * preconditions that hardly any input meets is seen here. */
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
    const char *before = "<p class=\"dim\">";
    bool any = false;

    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++) {
        size_t n = tw_html_count(counts, parts[i].key);
        if (n == 0)
            continue;
        tw_buf_addf(b, "%s%zu %s", before, n, parts[i].text);
        before = ", ";
        any = true;
    }
    if (any)
        tw_buf_adds(b, "</p>");
}

/* All of them: a verdict that cannot be checked case by case is worth
 * little. */
static void add_cases(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t n = tw_json_len(cases);

    if (n == 0)
        return;
    tw_buf_addf(b, "<h4>Cases: %zu of %zu passed</h4>", tw_html_passed(test),
                n);
    tw_buf_adds(b, tw_report_cases);
    for (size_t i = 0; i < n; i++)
        add_case(b, tw_json_at(cases, i), i);
    tw_buf_adds(b, "</tbody></table></div>");
    add_counts(b, tw_json_get(test, "counts"));
}

/* As the model saw it, byte for byte, for those who want to ask another
 * model. */
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

/* The highlighter knows Python; a script in another language stays plain. */
static bool is_python(const char *file)
{
    size_t n = file ? strlen(file) : 0;

    return n >= 3 && strcmp(file + n - 3, ".py") == 0;
}

/* A file of the run folder, by letters that mean the same in an address: a
 * document that somebody made may hold any path. */
static bool is_in_folder(const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";

    return path && path[0] != '/' && path[0] && !strstr(path, "..") &&
           path[strspn(path, letters)] == '\0';
}

/* To the script beside the report. */
static void add_link(struct tw_buf *b, const char *path)
{
    if (is_in_folder(path))
        tw_buf_addf(b, "<p><a href=\"%s\">open the script</a></p>", path);
}

/* The text is shown where the document has it; the file beside the report is
 * what one runs. */
static void add_script(struct tw_buf *b, const struct tw_json *script)
{
    const char *key = tw_html_script_key(script);
    size_t n;
    const char *text = tw_json_text(tw_json_get(script, "text"), &n);

    tw_buf_adds(b, "<details class=\"inner\"><summary>Script <code>");
    tw_html_get(b, script, key);
    tw_buf_adds(b, "</code> <span class=\"dim\">SHA-256</span> ");
    tw_html_hash(b, script, "sha256");
    if (tw_html_has(script, "ran_by")) {
        tw_buf_adds(b, "<span class=\"dim\">, passed with </span>");
        tw_html_get(b, script, "ran_by");
    }
    tw_buf_adds(b, "</summary>");
    add_link(b, tw_json_text(tw_json_get(script, key), NULL));
    tw_buf_adds(b, "<pre class=\"code\">");
    if (text && is_python(tw_json_text(tw_json_get(script, key), NULL)))
        tw_html_python(b, text, n);
    else if (text)
        tw_utf8_add_xml(b, text, n);
    tw_buf_adds(b, "</pre></details>");
}

/* The same test for each runner that it was written for. */
static void add_scripts(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *script;

    for (size_t i = 0; (script = tw_html_script(test, i)) != NULL; i++)
        add_script(b, script);
}

/* "same verdicts in 3 runs": a verdict that changes from run to run is none. */
static void add_repeats(struct tw_buf *b, const struct tw_json *test)
{
    size_t repeats = tw_html_count(test, "repeats");
    const struct tw_json *stable = tw_json_get(test, "stable");

    if (repeats < 2 || tw_json_kind(stable) != TW_JSON_BOOL)
        return;
    if (tw_json_bool(stable, true))
        tw_buf_addf(b, "<span class=\"tag\">same verdicts in %zu runs</span>",
                    repeats);
    else
        tw_buf_addf(b,
                    "<span class=\"tag warn\">verdicts differ over %zu "
                    "runs</span>",
                    repeats);
}

/* Votes are left out where there are none: a variant of an answer. */
static void add_answer(struct tw_buf *b, const struct tw_json *answer)
{
    size_t n = tw_html_count(answer, "candidates");

    tw_html_get(b, answer, "value");
    if (n)
        tw_buf_addf(b, " (of %zu answers)", n);
}

void tw_html_question(struct tw_buf *b, const struct tw_json *question)
{
    const struct tw_json *answers = tw_json_get(question, "answers");

    tw_html_get(b, question, "call");
    tw_buf_adds(b, ": is it ");
    add_answer(b, tw_json_at(answers, 0));
    tw_buf_adds(b, " or ");
    add_answer(b, tw_json_at(answers, 1));
    tw_buf_adds(b, "?");
}

/* How far the evidence reaches; what a reader could do about it. */
static void add_strength(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *strength = tw_json_get(test, "strength");
    const struct tw_json *question = tw_json_get(test, "question");

    if (tw_html_has(strength, "text")) {
        tw_buf_adds(b, "<p class=\"dim\">Strength: ");
        tw_html_get(b, strength, "text");
        tw_buf_adds(b, "</p>");
    }
    add_text_block(b, "Outside of what was seen", test, "outside");
    if (tw_html_has(question, "call")) {
        tw_buf_adds(b,
                    "<p class=\"cause\">Your answer would settle it: <code>");
        tw_html_question(b, question);
        tw_buf_adds(b, "</code></p>");
    }
}

/* What the verdict rests on, as short labels. */
static void add_evidence(struct tw_buf *b, const struct tw_json *test)
{
    size_t mutants = tw_html_count(test, "mutants");
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
    add_repeats(b, test);
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

/* What is seen of a folded test. */
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

/* i is the place in the document, for the anchor that the overview links
 * to. */
void tw_html_test(struct tw_buf *b, const struct tw_json *test, size_t i)
{
    const struct tw_html_word *w = tw_html_status(test);
    const char *open = " open"; /* what needs a reader is unfolded */

    if (tw_html_is(test, "status", "accepted"))
        open = "";
    tw_buf_addf(b, "<section class=\"card test %s\" id=\"t%zu\"><details%s>\n",
                w->mark, i + 1, open);
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
    add_strength(b, test);
    add_list(b, "Findings", tw_json_get(test, "findings"));
    add_text_block(b, "Description", test, "description");
    add_list(b, "Requirement", tw_json_get(test, "requirement"));
    add_cases(b, test);
    tw_html_candidates(b, test);
    add_scripts(b, test);
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
