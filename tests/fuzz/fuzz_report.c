/* Any document as run.json: refused, or reports that are well formed. */
#include "fuzz.h"

#include "report/markup.h"
#include "report/report.h"

static void check(const struct tw_buf *b, bool html)
{
    const char *fault = markup_fault(tw_buf_text(b), b->len, html);

    if (fault)
        fprintf(stderr, "%s: %s\n", html ? "html" : "junit", fault);
    MUST(!fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_json *run;
    struct tw_buf b;
    struct tw_err err = { 0 };

    if (tw_json_parse(&run, (const char *)bytes, n, NULL) != TW_OK)
        return 0;
    tw_buf_init(&b, 64u << 20);
    if (tw_report_html(&b, run, &err) == TW_OK)
        check(&b, true);
    else
        MUST(err.msg[0]);
    tw_buf_clear(&b);
    if (tw_report_junit(&b, run, &err) == TW_OK)
        check(&b, false);
    tw_buf_release(&b);
    tw_json_free(run);
    return 0;
}
