/*
 * html.c - the page: head, figures, table of the tests, then the other parts.
 *
 * The report is one file that can be mailed, kept for years and opened without
 * a network: style and pictures are inside, nothing is loaded and no script
 * runs. Whoever opens it asks first "may I use these tests?", so the page
 * answers that at the top, in a bar, a few tiles and one table, and shows
 * below why.
 *
 * Pieces that say nothing about the run are files of their own (report_*.html,
 * made into arrays by embed_text). Everything else goes through the functions
 * of html_value.c, which escape.
 */
#include "report/report.h"

#include "report/html_priv.h"
#include "report/report_check_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { RANKS = 8 }; /* of statuses, html_words.c */

/* The style sheet inside the page, and both colour schemes: the reader's
 * browser chooses. */
static void begin_page(struct tw_buf *b, const struct tw_json *run)
{
    tw_buf_adds(b, tw_report_head);
    tw_buf_adds(b, "<title>");
    tw_html_get(b, run, "title");
    tw_buf_adds(b, " - test report</title>\n<style>\n");
    tw_buf_adds(b, tw_report_style);
    tw_buf_adds(b, "</style></head>\n<body>\n");
}

/* Entries of the table of words are compared by address: unknown statuses all
 * share the last one. */
static size_t count_status(const struct tw_json *tests,
                           const struct tw_html_word *w)
{
    size_t n = 0;

    for (size_t i = 0; i < tw_json_len(tests); i++)
        n += tw_html_status(tw_json_at(tests, i)) == w;
    return n;
}

/* "8 accepted, 2 rejected" as a wide bar with its words below: for those who
 * cannot tell the colours apart, and for printers. */
static void add_outcome(struct tw_buf *b, const struct tw_json *tests)
{
    size_t whole = tw_json_len(tests), before = 0;
    const struct tw_html_word *w;

    tw_buf_adds(b, "<div class=\"outcome\">");
    tw_html_stack_begin(b, "tests by status");
    for (size_t i = 0; (w = tw_html_status_at(i)) != NULL; i++) {
        size_t n = count_status(tests, w);
        tw_html_stack_part(b, w->mark, w->word, before, n, whole);
        before += n;
    }
    tw_html_stack_end(b);
    tw_buf_adds(b, "<p>");
    for (size_t i = 0; (w = tw_html_status_at(i)) != NULL; i++) {
        size_t n = count_status(tests, w);
        if (n == 0)
            continue;
        tw_buf_addf(b, "<span class=\"count\"><b>%zu</b> ", n);
        tw_html_badge(b, w);
        tw_buf_adds(b, "</span>\n");
    }
    tw_buf_adds(b, "</p></div>\n");
}

/* A tile: one large figure. The figure is written between the two calls,
 * because each has another form. */
static void begin_tile(struct tw_buf *b, const char *mark)
{
    tw_buf_addf(b, "<div class=\"tile %s\"><b>", mark);
}

/* The note says what the word means: readers do not know the abbreviations of
 * this program. */
static void end_tile(struct tw_buf *b, const char *word, const char *note)
{
    tw_buf_addf(b, "</b><span>%s</span><small>%s</small></div>\n", word, note);
}

/* Accepted tests are counted again here, from the tests themselves: the
 * summary of a document may be missing or wrong, and this figure must not
 * be. */
static void add_tiles(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *s = tw_json_get(run, "summary");
    const struct tw_json *list = tw_json_get(run, "tests");
    size_t tests = tw_json_len(list), accepted = 0, weak = 0;

    for (size_t i = 0; i < tests; i++) {
        const struct tw_json *test = tw_json_at(list, i);
        accepted += tw_html_is(test, "status", "accepted");
        weak += tw_html_is(test, "status", "weak") &&
                tw_json_bool(tw_json_get(test, "accepted"), false);
    }

    tw_buf_adds(b, "<div class=\"tiles\">\n");
    if (tests && accepted == tests)
        begin_tile(b, "ok");
    else
        begin_tile(b, "bad");
    tw_buf_addf(b, "%zu<em>/%zu</em>", accepted, tests);
    end_tile(b, "tests accepted", "exact: searched, no difference");
    if (weak) {
        begin_tile(b, "");
        tw_buf_addf(b, "%zu", weak);
        end_tile(b, "weak tests", "pass the little that was asked");
    }
    begin_tile(b, "");
    tw_html_add_number(b, tw_html_number(s, "cases"));
    end_tile(b, "cases", "from data, edges, examples");
    begin_tile(b, "");
    tw_html_add_number(b, tw_html_number(s, "candidates"));
    end_tile(b, "candidates", "answers of the model");
    begin_tile(b, "");
    tw_html_add_share(b, tw_html_number(s, "cs"));
    end_tile(b, "CS", "candidates that loaded");
    begin_tile(b, "");
    tw_html_add_share(b, tw_html_number(s, "tcer"));
    end_tile(b, "TCER", "cases passed by the chosen scripts");
    tw_buf_adds(b, "</div>\n");
}

/* ASCII only: the words that are looked for are ASCII. */
static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    return c;
}

/* Does the text begin with the word, in any case of letters? */
static bool begins_with(const char *text, const char *word)
{
    while (*word && lower(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

/* Whoever makes up data says so in the file's name, if at all. */
static bool names_made_up_data(const char *text)
{
    for (; *text; text++)
        if (begins_with(text, "simul") || begins_with(text, "synth"))
            return true;
    return false;
}

/* A node that is no text is not suspicious. */
static bool made_up(const struct tw_json *file)
{
    const char *text = tw_json_text(file, NULL);

    return text && names_made_up_data(text);
}

/* A recorded case of a series that a simulator named, or NULL. */
static const struct tw_json *simulated_source(const struct tw_json *tests)
{
    for (size_t i = 0; i < tw_json_len(tests); i++) {
        const struct tw_json *cases =
            tw_json_get(tw_json_at(tests, i), "cases");
        for (size_t k = 0; k < tw_json_len(cases); k++) {
            const struct tw_json *source =
                tw_json_get(tw_json_at(cases, k), "source");
            const char *text = tw_json_text(source, NULL);
            if (text && strstr(text, "series sim"))
                return source;
        }
    }
    return NULL;
}

/* One file or series after another, in a banner that the first one opens. */
static void add_suspect(struct tw_buf *b, bool *any, const char *why,
                        const struct tw_json *name)
{
    if (*any)
        tw_buf_adds(b, ", <code>");
    else
        tw_buf_addf(b,
                    "<div class=\"banner\"><b>Data from a simulator.</b> "
                    "%s: <code>",
                    why);
    tw_html_node(b, name);
    tw_buf_adds(b, "</code>");
    *any = true;
}

/* A verdict on made-up data is no verdict on the field: said first of all,
 * above every figure. */
static void warn_made_up(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *trials = tw_json_get(run, "trials");
    bool any = false;

    for (size_t i = 0; i < tw_json_len(trials); i++) {
        const struct tw_json *t = tw_json_at(trials, i);
        const struct tw_json *files = tw_json_get(t, "files");
        bool by_name = made_up(tw_json_get(t, "name")) ||
                       tw_json_bool(tw_json_get(t, "simulated"), false);
        for (size_t k = 0; k < tw_json_len(files); k++)
            if (by_name || made_up(tw_json_at(files, k)))
                add_suspect(b, &any,
                            "These files are marked or named as not from the "
                            "field",
                            tw_json_at(files, k));
    }
    const struct tw_json *source = simulated_source(tw_json_get(run, "tests"));
    if (source && !any)
        add_suspect(b, &any, "Cases use series that are named so", source);
    if (any)
        tw_buf_adds(b, "</div>\n");
}

/* Either of two members is enough, as documents of hand-written tools may have
 * one only; this warning may be wrong rather than missing. */
static void warn_weak(struct tw_buf *b, const struct tw_json *host)
{
    if (!tw_json_bool(tw_json_get(host, "weak"), false) &&
        !tw_html_is(host, "tier", "B"))
        return;
    tw_buf_adds(b, "<div class=\"banner loud\"><b>Weak sandbox.</b> This run "
                   "had no namespaces (tier ");
    tw_html_get(b, host, "tier");
    tw_buf_adds(b, "): scripts of the model were less confined than they "
                   "should be, and every verdict below was made there.</div>"
                   "\n");
}

/* Anchors within the page; the report has no other links. */
static void add_contents(struct tw_buf *b, const struct tw_json *run)
{
    tw_buf_addf(b,
                "<nav><a href=\"#overview\">Overview</a>"
                "<a href=\"#data\">Recorded data</a>"
                "<a href=\"#synthetic\">Synthetic data</a>"
                "<a href=\"#tests\">Tests (%zu)</a>"
                "<a href=\"#provenance\">Provenance</a></nav>\n",
                tw_json_len(tw_json_get(run, "tests")));
}

/* What was run, in one line: model, data and seed with the beginnings of their
 * hashes, so that two reports can be told apart at a glance. Four data sets at
 * most; all of them are under Provenance. */
static void add_header(struct tw_buf *b, const struct tw_json *run)
{
    tw_buf_adds(b, "<header><p class=\"brand\">Trialwright test report</p>"
                   "<h1>");
    if (tw_html_has(run, "title"))
        tw_html_get(b, run, "title");
    else
        tw_buf_adds(b, "Untitled run");
    tw_buf_adds(b, "</h1>\n<p class=\"dim line\">");
    tw_html_get(b, run, "created");
    tw_buf_adds(b, " &#183; model <b>");
    tw_html_get(b, tw_json_get(run, "model"), "name");
    tw_buf_adds(b, "</b> ");
    tw_html_hash(b, tw_json_get(run, "model"), "sha256");
    const struct tw_json *trials = tw_json_get(run, "trials");
    for (size_t i = 0; i < tw_json_len(trials) && i < 4; i++) {
        tw_buf_adds(b, " &#183; data <b>");
        tw_html_get(b, tw_json_at(trials, i), "name");
        tw_buf_adds(b, "</b> ");
        tw_html_hash(b, tw_json_at(trials, i), "sha256");
    }
    tw_buf_adds(b, " &#183; seed ");
    tw_html_get(b, run, "seed");
    tw_buf_adds(b, " &#183; sandbox tier ");
    tw_html_get(b, tw_json_get(run, "host"), "tier");
    tw_buf_adds(b, " &#183; version ");
    tw_html_get(b, run, "version");
    tw_buf_adds(b, "</p>\n");
    warn_weak(b, tw_json_get(run, "host"));
    warn_made_up(b, run);
    add_contents(b, run);
    tw_buf_adds(b, "</header>\n<main>\n");
}

/* One test in the overview. i is its place in the document and makes the
 * anchor, since ids of tests need not be unique nor fit into an address. */
static void add_row(struct tw_buf *b, const struct tw_json *test, size_t i)
{
    const struct tw_html_word *w = tw_html_status(test);
    const struct tw_json *candidates = tw_json_get(test, "candidates");
    size_t cases = tw_json_len(tw_json_get(test, "cases"));

    tw_buf_adds(b, "<tr><td>");
    tw_html_badge(b, w);
    tw_buf_addf(b, "</td><td class=\"what\"><a href=\"#t%zu\">", i + 1);
    tw_html_get(b, test, "id");
    tw_buf_adds(b, "</a> ");
    tw_html_get(b, test, "title");
    if (tw_html_has(test, "cause")) {
        tw_buf_addf(b, "<div class=\"cause %s\">", w->mark);
        tw_html_get(b, test, "cause");
        tw_buf_adds(b, "</div>");
    }
    tw_buf_adds(b, "</td><td class=\"mono calls\"><div class=\"clip\">");
    tw_html_get(b, test, "call");
    tw_buf_adds(b, "</div></td><td class=\"meter\">");
    tw_html_bar(b, test);
    tw_buf_addf(b, "<span>%zu/%zu</span></td><td class=\"meter\">",
                tw_html_passed(test), cases);
    tw_html_losses(b, candidates);
    tw_buf_addf(b, "<span>%zu</span></td><td class=\"num time\">",
                tw_json_len(candidates));
    tw_html_add_seconds(b,
                        tw_html_number(tw_json_get(test, "times"), "total_s"));
    tw_buf_adds(b, "</td></tr>\n");
}

/* Did any answer end like this? */
static bool has_loss(const struct tw_json *candidates,
                     const struct tw_html_word *w)
{
    for (size_t i = 0; i < tw_json_len(candidates); i++)
        if (tw_html_loss(tw_json_at(candidates, i)) == w)
            return true;
    return false;
}

/* Classes of loss that occur in this run. */
static void add_key(struct tw_buf *b, const struct tw_json *tests)
{
    const struct tw_html_word *w;

    tw_buf_adds(b, "<p class=\"legend\">Candidates:");
    for (size_t k = 0; (w = tw_html_loss_at(k)) != NULL; k++) {
        bool seen = false;
        for (size_t i = 0; i < tw_json_len(tests) && !seen; i++)
            seen = has_loss(tw_json_get(tw_json_at(tests, i), "candidates"), w);
        if (seen)
            tw_buf_addf(b, " <span class=\"key\"><i class=\"%s\"></i>%s</span>",
                        w->mark, w->word);
    }
    tw_buf_adds(b, "</p>\n");
}

/* Adds one test; i is its place in the document. */
typedef void each_fn(struct tw_buf *b, const struct tw_json *test, size_t i);

/* Those that need a reader first; in the order of the document otherwise. */
static void each_test(struct tw_buf *b, const struct tw_json *tests,
                      each_fn *add)
{
    for (int rank = 0; rank < RANKS; rank++)
        for (size_t i = 0; i < tw_json_len(tests); i++)
            if (tw_html_status(tw_json_at(tests, i))->rank == rank)
                add(b, tw_json_at(tests, i), i);
}

/* A run without tests has an overview, too: it may have been made for its
 * synthetic data. */
static void add_overview(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *tests = tw_json_get(run, "tests");

    tw_buf_adds(b, "<h2 id=\"overview\">Overview</h2>\n");
    add_outcome(b, tests);
    add_tiles(b, run);
    if (tw_json_len(tests) == 0) {
        tw_buf_adds(b, "<p class=\"dim\">This run has no tests.</p>\n");
        return;
    }
    tw_buf_adds(b, tw_report_overview);
    each_test(b, tests, add_row);
    tw_buf_adds(b, "</tbody></table>\n");
    add_key(b, tests);
    tw_buf_adds(b, "</div>\n");
}

/* Whole hashes here, unlike in the header: this part is for comparing by
 * machine. */
static void add_line(struct tw_buf *b, const char *word,
                     const struct tw_json *v, const char *key)
{
    tw_buf_addf(b, "<dt>%s</dt><dd>", word);
    tw_html_get(b, v, key);
    tw_buf_adds(b, "</dd>\n");
}

/* "fit_s": 2.5 as "fit 2.5 s": names of stages come from the document, so
 * that a new stage needs no new report. */
static void add_time(struct tw_buf *b, const char *name,
                     const struct tw_json *seconds)
{
    size_t n = strlen(name);

    if (n > 2 && strcmp(name + n - 2, "_s") == 0)
        n -= 2;
    for (size_t k = 0; k < n; k++) {
        if (name[k] == '_')
            tw_buf_addc(b, ' ');
        else
            tw_html_esc(b, (char[2]){ name[k], 0 });
    }
    tw_buf_addc(b, ' ');
    tw_html_add_seconds(b, tw_json_number(seconds, (double)NAN));
}

static void add_times(struct tw_buf *b, const struct tw_json *times)
{
    enum { STAGES_MAX = 32 };
    const struct tw_json *v;
    const char *name;

    tw_buf_adds(b, "<dt>Time</dt><dd>");
    for (size_t i = 0;
         (v = tw_json_member(times, i, &name)) != NULL && i < STAGES_MAX; i++) {
        if (i)
            tw_buf_adds(b, ", ");
        add_time(b, name, v);
    }
    tw_buf_adds(b, "</dd>\n");
}

/* What one needs to make the same run again, and to see whether it was. */
static void add_provenance(struct tw_buf *b, const struct tw_json *run)
{
    const struct tw_json *host = tw_json_get(run, "host");
    const struct tw_json *model = tw_json_get(run, "model");
    const struct tw_json *trials = tw_json_get(run, "trials");

    tw_buf_adds(b, "<h2 id=\"provenance\">Provenance</h2>\n"
                   "<div class=\"card\"><dl>\n");
    add_line(b, "Project", run, "project");
    add_line(b, "Project SHA-256", run, "project_sha256");
    add_line(b, "Model", model, "name");
    add_line(b, "Description", model, "description");
    add_line(b, "Model SHA-256", model, "sha256");
    for (size_t i = 0; i < tw_json_len(trials); i++) {
        add_line(b, "Data", tw_json_at(trials, i), "name");
        add_line(b, "Data SHA-256", tw_json_at(trials, i), "sha256");
    }
    add_line(b, "Seed", run, "seed");
    add_line(b, "Version", run, "version");
    add_line(b, "Sandbox tier", host, "tier");
    add_line(b, "Interpreter", host, "python");
    add_line(b, "CPU level", host, "cpu");
    add_line(b, "Threads", host, "threads");
    add_times(b, tw_json_get(run, "times"));
    tw_buf_adds(b, "</dl></div>\n");
}

/* Rejected tests come first in both places, the overview and the details. The
 * order of the other parts is that of the way through the program: recorded
 * data, synthetic data, tests. */
enum tw_status tw_report_html(struct tw_buf *b, const struct tw_json *run,
                              struct tw_err *err)
{
    TW_TRY(tw_report_check(run, err));
    begin_page(b, run);
    add_header(b, run);
    add_overview(b, run);
    tw_html_data(b, run);
    tw_html_synth(b, run);
    tw_buf_adds(b, "<h2 id=\"tests\">Tests</h2>\n");
    each_test(b, tw_json_get(run, "tests"), tw_html_test);
    add_provenance(b, run);
    tw_buf_adds(b, "</main>\n<footer class=\"dim\">Made from run.json by "
                   "Trialwright ");
    tw_html_get(b, run, "version");
    tw_buf_adds(b, ". All verdicts were taken outside of the scripts they "
                   "judge.</footer>\n</body></html>\n");
    return tw_buf_check(b, "report.html", err);
}
