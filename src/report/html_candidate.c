/*
 * html_candidate.c - the model's answers to one test: each code once, with its
 * verdicts.
 *
 * A model that is asked sixteen times gives the same code again and again; the
 * report shows each code once and how often it came. The whole answers matter
 * to those who ask why code was lost, so they are there too, folded and cut.
 */
#include "report/html_priv.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

enum {
    CANDIDATE_MAX = 1024,
    STRIP_MAX = 256,
    RAW_MAX = 64 * 1024, /* of an answer that is not the code itself */
};

/* For each candidate the first one with the same code. */
struct groups {
    unsigned short root[CANDIDATE_MAX];
    unsigned short count[CANDIDATE_MAX];
    size_t n, n_unique;
};

/* "duplicate_of" is trusted only when it points backwards: then every root is
 * set before it is asked for. */
static void group(struct groups *g, const struct tw_json *candidates)
{
    size_t n = tw_json_len(candidates);

    memset(g, 0, sizeof(*g));
    g->n = n;
    if (g->n > CANDIDATE_MAX)
        g->n = CANDIDATE_MAX;
    for (size_t i = 0; i < g->n; i++) {
        int64_t of = tw_json_int(
            tw_json_get(tw_json_at(candidates, i), "duplicate_of"), -1);
        bool earlier = of >= 0 && (size_t)of < i;
        g->root[i] = (unsigned short)i;
        if (earlier)
            g->root[i] = g->root[of];
        g->count[g->root[i]]++;
        g->n_unique += !earlier;
    }
}

/* A mark for each case, to see at a glance which cases are hard. */
static void add_strip(struct tw_buf *b, const struct tw_json *verdicts)
{
    size_t n = tw_json_len(verdicts);

    if (n == 0)
        return;
    tw_buf_adds(b, "<span class=\"strip\">");
    for (size_t i = 0; i < n && i < STRIP_MAX; i++) {
        const struct tw_html_word *v = tw_html_verdict(tw_json_at(verdicts, i));
        tw_buf_addf(b, "<i class=\"%s\" title=\"case %zu: %s\">%s</i>", v->mark,
                    i + 1, v->word, v->symbol);
    }
    tw_buf_adds(b, "</span>");
}

/* The answer around the code, when there is anything around it. */
static void add_raw(struct tw_buf *b, const struct tw_json *c)
{
    size_t n, n_code;
    const char *text = tw_json_text(tw_json_get(c, "text"), &n);
    const char *code = tw_json_text(tw_json_get(c, "code"), &n_code);

    if (!text || n == 0 || (code && n == n_code && memcmp(text, code, n) == 0))
        return;
    size_t shown = n;
    if (shown > RAW_MAX)
        shown = RAW_MAX;
    /* Not through the middle of a character. */
    while (shown < n && shown && ((unsigned char)text[shown] & 0xC0) == 0x80)
        shown--;
    tw_buf_adds(b, "<details class=\"inner\"><summary>Answer as the model gave "
                   "it</summary><pre class=\"wrap\">");
    tw_utf8_add_xml(b, text, shown);
    tw_buf_adds(b, "</pre>");
    if (shown < n)
        tw_buf_addf(b,
                    "<p class=\"dim\">Cut here: %zu of %zu bytes shown; "
                    "run.json has the rest.</p>",
                    shown, n);
    tw_buf_adds(b, "</details>");
}

/* An answer without code is shown as such: it is the most frequent way in
 * which small models fail. */
static void add_code(struct tw_buf *b, const struct tw_json *c)
{
    size_t n;
    const char *code = tw_json_text(tw_json_get(c, "code"), &n);

    if (!code || n == 0) {
        tw_buf_adds(b, "<p class=\"dim\">No code in this answer.</p>");
        return;
    }
    tw_buf_adds(b, "<pre class=\"code\">");
    tw_html_python(b, code, n);
    tw_buf_adds(b, "</pre>");
}

/* What a ranking could use; a figure that is not there has no label. */
static void add_figures(struct tw_buf *b, const struct tw_json *c)
{
    double logprob = tw_html_number(c, "logprob");
    size_t asserts = tw_html_count(c, "asserts");
    size_t tokens = tw_html_count(c, "tokens");

    tw_buf_adds(b, "<p class=\"facts\">");
    if (logprob < 0) /* 0: recorded answers, nobody knows */
        tw_buf_addf(b, "<span class=\"tag\">log-probability %.2f</span>",
                    logprob);
    if (tokens)
        tw_buf_addf(b, "<span class=\"tag\">%zu tokens</span>", tokens);
    if (asserts)
        tw_buf_addf(b,
                    "<span class=\"tag\">%zu asserts: %zu right, %zu wrong, "
                    "%zu failing</span>",
                    asserts, tw_html_count(c, "right"),
                    tw_html_count(c, "wrong"), tw_html_count(c, "failing"));
    tw_buf_adds(b, "</p>");
}

/* What is seen while the answer is folded: how it ended, and each verdict. */
static void add_summary(struct tw_buf *b, const struct tw_json *c, size_t i,
                        size_t count, bool chosen)
{
    const struct tw_html_word *w = tw_html_loss(c);
    size_t n = tw_json_len(tw_json_get(c, "verdicts"));

    tw_buf_addf(b, "<summary><b>#%zu</b>", i + 1);
    if (count > 1)
        tw_buf_addf(b, " <span class=\"tag\">%zu times</span>", count);
    if (chosen)
        tw_buf_adds(b, " <span class=\"tag pick\">&#9733; chosen</span>");
    tw_buf_addf(b, " <span class=\"key\"><i class=\"%s\"></i>%s</span>",
                w->mark, w->word);
    if (n)
        tw_buf_addf(b, " <span class=\"dim\">%zu/%zu</span> ",
                    tw_html_count(c, "passed"), n);
    add_strip(b, tw_json_get(c, "verdicts"));
    if (tw_html_has(c, "cause")) {
        tw_buf_adds(b, "<div class=\"cause mono\">");
        tw_html_get(b, c, "cause");
        tw_buf_adds(b, "</div>");
    }
    tw_buf_adds(b, "</summary>");
}

static void add_candidate(struct tw_buf *b, const struct tw_json *c, size_t i,
                          size_t count, bool chosen)
{
    if (chosen)
        tw_buf_adds(b, "<details class=\"inner cand chosen\" open>");
    else
        tw_buf_adds(b, "<details class=\"inner cand\">");
    add_summary(b, c, i, count, chosen);
    add_figures(b, c);
    add_code(b, c);
    add_raw(b, c);
    tw_buf_adds(b, "</details>\n");
}

/* The chosen answer first, then one of each group in the model's order. */
void tw_html_candidates(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *candidates = tw_json_get(test, "candidates");
    size_t n = tw_json_len(candidates), chosen = tw_html_chosen(test);
    struct groups g;

    if (n == 0)
        return;
    group(&g, candidates);
    tw_buf_addf(b, "<h4>Candidates: %zu, %zu of them different</h4>\n", n,
                g.n_unique);
    if (chosen < g.n)
        add_candidate(b, tw_json_at(candidates, chosen), chosen,
                      g.count[g.root[chosen]], true);
    for (size_t i = 0; i < g.n; i++)
        if (g.root[i] == i && (chosen >= g.n || g.root[chosen] != i))
            add_candidate(b, tw_json_at(candidates, i), i, g.count[i], false);
    if (g.n < n)
        tw_buf_addf(b, "<p class=\"dim\">%zu more are in run.json.</p>",
                    n - g.n);
}
