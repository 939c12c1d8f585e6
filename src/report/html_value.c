/*
 * html_value.c - members of run.json as escaped text, figures for people.
 *
 * The only way of texts into the page. A document may be damaged or hostile:
 * members are missing, of another type, or hold markup; each function here
 * gives something harmless then, so that the parts of the page need no checks.
 *
 * Figures are rounded for reading: four digits, per cent, two units of time.
 * Who needs all digits takes run.json.
 */
#include "report/html_priv.h"

#include "base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { HASH_SHOWN = 12 }; /* enough to compare by eye */

/* As XML demands it, which is stricter than HTML: control characters and
 * broken UTF-8 are replaced, too. */
void tw_html_esc(struct tw_buf *b, const char *text)
{
    tw_utf8_add_xml(b, text, strlen(text));
}

/* Texts and numbers; lists, objects, true and null give nothing. */
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

/* The usual case of the above. */
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
    if (n > HASH_SHOWN)
        n = HASH_SHOWN;
    tw_utf8_add_xml(b, text, n);
    tw_buf_adds(b, "</code>");
}

/* An empty text counts as absent: nobody wants an empty box with a title. */
bool tw_html_has(const struct tw_json *v, const char *key)
{
    const char *text = tw_json_text(tw_json_get(v, key), NULL);

    return text && *text;
}

bool tw_html_is(const struct tw_json *v, const char *key, const char *text)
{
    const char *have = tw_json_text(tw_json_get(v, key), NULL);

    return have && strcmp(have, text) == 0;
}

/* NaN for everything that is no number; callers print it as a dash or leave it
 * out. */
double tw_html_number(const struct tw_json *v, const char *key)
{
    return tw_json_number(tw_json_get(v, key), (double)NAN);
}

/* A negative count is none. */
size_t tw_html_count(const struct tw_json *v, const char *key)
{
    int64_t n = tw_json_int(tw_json_get(v, key), 0);

    if (n < 0)
        n = 0;
    return (size_t)n;
}

size_t tw_html_chosen(const struct tw_json *test)
{
    int64_t i = tw_json_int(tw_json_get(test, "chosen"), -1);

    if (i < 0)
        return SIZE_MAX;
    return (size_t)i;
}

/* Counted from the cases, as everything about verdicts: totals in the document
 * are only repeated where they cannot be counted. */
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

    if (v < 0)
        tw_buf_addc(b, '-');
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            tw_buf_adds(b, "&#8239;");
        tw_buf_addc(b, digits[i]);
    }
}

/* Large numbers in groups of three rather than with an exponent, which many
 * readers cannot read. */
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

/* One digit behind the point, none for whole per cents; what is no share gives
 * a dash. */
void tw_html_add_share(struct tw_buf *b, double v)
{
    if (!(v >= 0 && v <= 1)) {
        tw_html_add_number(b, (double)NAN);
        return;
    }
    double percent = v * 100;
    bool whole = percent == floor(percent);
    if (percent > 99.9 && percent < 100)
        percent = 99.9; /* 99.96 % must not read as everything */
    tw_buf_addf(b, "%.*f&#8239;%%", !whole, percent);
}

/* Below ten seconds with a tenth. The upper bound keeps the casts to int
 * defined. */
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

/* Runs up to version 0.1 have one "script", later ones a list. */
const struct tw_json *tw_html_script(const struct tw_json *test, size_t i)
{
    const struct tw_json *list = tw_json_get(test, "scripts");
    const struct tw_json *script = tw_json_at(list, i);

    if (tw_json_kind(list) != TW_JSON_ARRAY && i == 0)
        script = tw_json_get(test, "script");
    if (tw_json_kind(script) != TW_JSON_OBJECT)
        return NULL;
    return script;
}

const char *tw_html_script_key(const struct tw_json *script)
{
    if (tw_html_has(script, "file"))
        return "file";
    return "path";
}
