/*
 * html_words.c - statuses, verdicts and losses of run.json, and how the report
 * shows them.
 *
 * Class names and symbols of the page come from these tables and never from
 * the document; a word that is in no table gets the last entry. So a new
 * status of the writer is shown as "unknown" until it has a line here, and
 * nothing breaks.
 */
#include "report/html_priv.h"

#include <string.h>

#include "base/banned.h"

/* Ranked by how much a test needs a reader; contradictions and findings are
 * faults of the specification or of the code under test, not of a script. */
static const struct tw_html_word statuses[] = {
    { "rejected", "rejected", "bad", "&#10007;", 0 },
    { "finding", "finding", "find", "!", 1 },
    { "contradiction", "contradiction", "clash", "&#8800;", 2 },
    { "invalid", "cannot be run", "bad", "!", 2 },
    { "vacuous", "vacuous", "warn", "&#8709;", 3 },
    { "no-cases", "no cases", "none", "&#8211;", 4 },
    { "unverified", "unverified", "warn", "?", 5 },
    { "weak", "weak", "warn", "~", 6 },
    { "accepted", "accepted", "ok", "&#10003;", 7 },
    { "", "unknown", "none", "?", 4 },
};

/* Of a case.  Both spellings of "not run" are understood. */
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

/* Why an answer of the model was lost; l0 to l9 and la are colours of the style
 * sheet, from a full pass to a fault of ours. */
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
    { "reach", "reaches outside", "la", "&#8599;", 9 },
    { "harness", "harness failed", "l9", "!", 10 },
    { "", "unknown", "l9", "?", 11 },
};

/* The last of the n entries is for names that are in no table: a newer program
 * may have written the document. */
static const struct tw_html_word *find(const struct tw_html_word *table,
                                       size_t n, const char *name)
{
    for (size_t i = 0; name && i + 1 < n; i++)
        if (strcmp(table[i].name, name) == 0)
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
    if (i >= TW_ARRAY_LEN(statuses))
        return NULL;
    return &statuses[i];
}

const struct tw_html_word *tw_html_loss_at(size_t i)
{
    if (i >= TW_ARRAY_LEN(losses))
        return NULL;
    return &losses[i];
}
