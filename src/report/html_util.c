/* Members, figures and small marks of the report. */
#include "report/html_priv.h"

#include "base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { HASH_SHOWN = 12, SAME = 0 };

static const struct tw_html_word statuses[] = {
    { "rejected", "rejected", "bad", "&#10007;", 0 },
    { "finding", "finding", "find", "!", 1 },
    { "contradiction", "contradiction", "clash", "&#8800;", 2 },
    { "vacuous", "vacuous", "warn", "&#8709;", 3 },
    { "no-cases", "no cases", "none", "&#8211;", 4 },
    { "unverified", "unverified", "warn", "?", 5 },
    { "accepted", "accepted", "ok", "&#10003;", 6 },
    { "", "unknown", "none", "?", 4 },
};

static const struct tw_html_word verdicts[] = {
    { "pass", "passed", "ok", "&#10003;", 0 },
    { "wrong", "wrong value", "bad", "&#10007;", 0 },
    { "threw", "exception", "bad", "!", 0 },
    { "broke", "property broken", "bad", "&#172;", 0 },
    { "lost", "no result", "warn", "?", 0 },
    { "not-run", "not run", "none", "&#183;", 0 },
    { "not run", "not run", "none", "&#183;", 0 },
    { "", "not judged", "none", "&#8211;", 0 },
};

static const struct tw_html_word losses[] = {
    { "none", "all cases passed", "l0", "&#10003;", 0 },
    { "assert", "wrong result", "l1", "&#10007;", 1 },
    { "runtime", "exception", "l2", "!", 2 },
    { "syntax", "syntax error", "l3", "!", 3 },
    { "import", "import refused", "l4", "!", 4 },
    { "no entry point", "function missing", "l5", "!", 5 },
    { "no code", "no code", "l6", "!", 6 },
    { "timeout", "timeout", "l7", "!", 7 },
    { "limit", "limit hit", "l8", "!", 8 },
    { "harness", "harness failed", "l9", "!", 9 },
    { "", "unknown", "l9", "?", 10 },
};

static const struct tw_html_word *find(const struct tw_html_word *table,
                                       size_t n, const char *name)
{
    for (size_t i = 0; name && i + 1 < n; i++)
        if (strcmp(table[i].name, name) == SAME)
            return &table[i];
    return &table[n - 1];
}

const struct tw_html_word *tw_html_status(const struct tw_json *test)
{
    return find(statuses, TW_ARRAY_LEN(statuses),
                tw_json_text(tw_json_get(test, "status"), NULL));
}

const struct tw_html_word *tw_html_verdict(const struct tw_json *name)
{
    return find(verdicts, TW_ARRAY_LEN(verdicts), tw_json_text(name, NULL));
}

const struct tw_html_word *tw_html_loss(const struct tw_json *candidate)
{
    return find(losses, TW_ARRAY_LEN(losses),
                tw_json_text(tw_json_get(candidate, "loss"), NULL));
}

const struct tw_html_word *tw_html_status_at(size_t i)
{
    return i < TW_ARRAY_LEN(statuses) ? &statuses[i] : NULL;
}

const struct tw_html_word *tw_html_loss_at(size_t i)
{
    return i < TW_ARRAY_LEN(losses) ? &losses[i] : NULL;
}

void tw_html_esc(struct tw_buf *b, const char *text)
{
    tw_utf8_add_xml(b, text, strlen(text));
}

void tw_html_node(struct tw_buf *b, const struct tw_json *v)
{
    size_t n;
    const char *text = tw_json_text(v, &n);

    if (text)
        tw_utf8_add_xml(b, text, n);
    else if (tw_json_kind(v) == TW_JSON_INT)
        tw_buf_addf(b, "%lld", (long long)tw_json_int(v, 0));
    else if (tw_json_kind(v) == TW_JSON_REAL)
        tw_buf_addf(b, "%.6g", tw_json_number(v, 0));
}

void tw_html_get(struct tw_buf *b, const struct tw_json *v, const char *key)
{
    tw_html_node(b, tw_json_get(v, key));
}

void tw_html_hash(struct tw_buf *b, const struct tw_json *v, const char *key)
{
    size_t n;
    const char *text = tw_json_text(tw_json_get(v, key), &n);

    if (!text || n == 0)
        return;
    tw_buf_adds(b, "<code class=\"hash\" title=\"");
    tw_utf8_add_xml(b, text, n);
    tw_buf_adds(b, "\">");
    tw_utf8_add_xml(b, text, n < HASH_SHOWN ? n : HASH_SHOWN);
    tw_buf_adds(b, "</code>");
}

bool tw_html_has(const struct tw_json *v, const char *key)
{
    const char *text = tw_json_text(tw_json_get(v, key), NULL);

    return text && *text;
}

bool tw_html_is(const struct tw_json *v, const char *key, const char *text)
{
    const char *have = tw_json_text(tw_json_get(v, key), NULL);

    return have && strcmp(have, text) == SAME;
}

double tw_html_number(const struct tw_json *v, const char *key)
{
    return tw_json_number(tw_json_get(v, key), (double)NAN);
}

size_t tw_html_count(const struct tw_json *v, const char *key)
{
    int64_t n = tw_json_int(tw_json_get(v, key), 0);

    return n > 0 ? (size_t)n : 0;
}

size_t tw_html_chosen(const struct tw_json *test)
{
    int64_t i = tw_json_int(tw_json_get(test, "chosen"), -1);

    return i >= 0 ? (size_t)i : SIZE_MAX;
}

size_t tw_html_passed(const struct tw_json *test)
{
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t passed = 0;

    for (size_t i = 0; i < tw_json_len(cases); i++)
        passed += tw_html_is(tw_json_at(cases, i), "verdict", "pass");
    return passed;
}

/* 12 345 678, with narrow spaces that do not break. */
static void add_grouped(struct tw_buf *b, double v)
{
    char digits[40];
    int n = snprintf(digits, sizeof(digits), "%.0f", fabs(v));

    tw_buf_adds(b, v < 0 ? "-" : "");
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            tw_buf_adds(b, "&#8239;");
        tw_buf_addc(b, digits[i]);
    }
}

void tw_html_add_number(struct tw_buf *b, double v)
{
    double size = fabs(v);

    if (!isfinite(v))
        tw_buf_adds(b, "<span class=\"dim\">&#8211;</span>");
    else if (v == 0)
        tw_buf_addc(b, '0');
    else if (size >= 1e4 && size < 1e15)
        add_grouped(b, v);
    else
        tw_buf_addf(b, "%.4g", v);
}

void tw_html_add_share(struct tw_buf *b, double v)
{
    if (!(v >= 0 && v <= 1)) {
        tw_html_add_number(b, (double)NAN);
        return;
    }
    /* 99.96 % must not read as everything. */
    double percent = v * 100;
    bool whole = percent == floor(percent);
    tw_buf_addf(b, "%.*f&#8239;%%", whole ? 0 : 1,
                percent > 99.9 && percent < 100 ? 99.9 : percent);
}

void tw_html_add_seconds(struct tw_buf *b, double s)
{
    if (!isfinite(s) || s < 0 || s > 1e9)
        tw_html_add_number(b, (double)NAN);
    else if (s >= 3600)
        tw_buf_addf(b, "%d&#8239;h %02d&#8239;min", (int)(s / 3600),
                    (int)(s / 60) % 60);
    else if (s >= 60)
        tw_buf_addf(b, "%d&#8239;min %02d&#8239;s", (int)s / 60, (int)s % 60);
    else
        tw_buf_addf(b, "%.*f&#8239;s", s < 10, s);
}

void tw_html_badge(struct tw_buf *b, const struct tw_html_word *w)
{
    tw_buf_addf(b,
                "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> "
                "%s</span>",
                w->mark, w->symbol, w->word);
}

void tw_html_stack_begin(struct tw_buf *b, const char *label)
{
    tw_buf_adds(b, "<svg class=\"bar\" viewBox=\"0 0 100 10\" "
                   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    tw_html_esc(b, label);
    tw_buf_adds(b, "\"><rect class=\"none\" width=\"100\" height=\"10\"/>");
}

void tw_html_stack_part(struct tw_buf *b, const char *mark, const char *word,
                        size_t before, size_t n, size_t whole)
{
    if (n == 0 || whole == 0)
        return;
    tw_buf_addf(b,
                "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\">"
                "<title>%zu ",
                mark, 100 * (double)before / (double)whole,
                100 * (double)n / (double)whole, n);
    tw_html_esc(b, word);
    tw_buf_adds(b, "</title></rect>");
}

void tw_html_stack_end(struct tw_buf *b)
{
    tw_buf_adds(b, "</svg>");
}

void tw_html_bar(struct tw_buf *b, const struct tw_json *test)
{
    const struct tw_json *cases = tw_json_get(test, "cases");
    size_t whole = tw_json_len(cases), passed = tw_html_passed(test);
    size_t judged = 0;

    for (size_t i = 0; i < whole; i++)
        judged += tw_html_has(tw_json_at(cases, i), "verdict");
    tw_html_stack_begin(b, "cases by verdict");
    tw_html_stack_part(b, "ok", "passed", 0, passed, whole);
    tw_html_stack_part(b, "bad", "not passed", passed, judged - passed, whole);
    tw_html_stack_end(b);
}

void tw_html_losses(struct tw_buf *b, const struct tw_json *candidates)
{
    size_t n[TW_ARRAY_LEN(losses)] = { 0 }, whole = tw_json_len(candidates);
    size_t before = 0;

    for (size_t i = 0; i < whole; i++)
        n[tw_html_loss(tw_json_at(candidates, i)) - losses]++;
    tw_html_stack_begin(b, "candidates by outcome");
    for (size_t i = 0; i < TW_ARRAY_LEN(losses); i++) {
        tw_html_stack_part(b, losses[i].mark, losses[i].word, before, n[i],
                           whole);
        before += n[i];
    }
    tw_html_stack_end(b);
}
