/* Numbers agree with strtod() where its grammar and ours are the same; dates
 * agree with gmtime_r(). */
#include "fuzz.h"

#include "trial/field.h"

#include <math.h>
#include <time.h>

/* Only what both grammars have: no hexadecimal digits, no "inf". */
static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!text[i] || !strchr("0123456789+-.eE", text[i]))
            return false;
    return n > 0;
}

static void check_number(const char *text, size_t n)
{
    double v, want;
    enum tw_field_kind kind = tw_field_number(text, n, &v);
    const char *p = text;
    char *end;

    while (*p == ' ' || *p == '\t')
        p++;
    size_t len = n - (size_t)(p - text);
    while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
        len--;
    MUST(kind == TW_FIELD_VALUE ? isfinite(v) : isnan(v));
    char *copy = fuzz_text((const uint8_t *)p, len);
    want = strtod(copy, &end);
    if (!is_plain(copy, len) || *end || len > 400)
        MUST(kind != TW_FIELD_VALUE || len > 400);
    else if (isfinite(want))
        MUST(kind == TW_FIELD_VALUE && memcmp(&v, &want, sizeof(v)) == 0);
    else
        MUST(kind == TW_FIELD_MISSING);
    free(copy);
}

static void check_date(const char *text, size_t n)
{
    double s;
    struct tm tm;
    char back[64];

    if (!tw_field_date(text, n, &s))
        return;
    MUST(isfinite(s) && fabs(s) < 4e11);
    if (n != 10 || text[0] == ' ' || text[0] == '\t' || text[9] == ' ' ||
        text[9] == '\t')
        return;
    time_t t = (time_t)s;
    MUST(gmtime_r(&t, &tm) != NULL);
    snprintf(back, sizeof(back), "%04d%c%02d%c%02d", tm.tm_year + 1900, text[4],
             tm.tm_mon + 1, text[7], tm.tm_mday);
    MUST((double)t == s && memcmp(back, text, 10) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);

    check_number(text, n);
    check_date(text, n);
    free(text);
    return 0;
}
