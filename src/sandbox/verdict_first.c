/* Stands in until verdict.c is here; goes when it comes. */
#include "sandbox/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void tw_verdict_clean(char *to, size_t size, const char *text, size_t n)
{
    size_t k = 0;

    for (; k < n && k + 1 < size; k++)
        to[k] = (char)(text[k] < 0x20 || text[k] > 0x7e ? '?' : text[k]);
    to[k] = '\0';
}

enum tw_cause tw_cause_of_exception(const char *type)
{
    return strcmp(type, "SyntaxError") == 0      ? TW_CAUSE_SYNTAX
           : strcmp(type, "AssertionError") == 0 ? TW_CAUSE_ASSERTION
           : strstr(type, "ImportError")         ? TW_CAUSE_IMPORT
           : strstr(type, "ModuleNotFoundError") ? TW_CAUSE_IMPORT
                                                 : TW_CAUSE_RUNTIME;
}

void tw_finding_of_run(struct tw_finding *f, const struct tw_jail_result *r,
                       enum tw_jail_tier tier)
{
    static const enum tw_cause causes[] = {
        TW_CAUSE_NONE,  TW_CAUSE_ASSERTION, TW_CAUSE_EXIT,   TW_CAUSE_TIMEOUT,
        TW_CAUSE_LIMIT, TW_CAUSE_DENIED,    TW_CAUSE_SIGNAL, TW_CAUSE_HARNESS,
    };

    memset(f, 0, sizeof(*f));
    f->verdict = r->verdict;
    f->cause = causes[r->verdict];
    snprintf(f->text, sizeof(f->text), "%s",
             r->verdict == TW_VERDICT_PASS ? "" : r->cause);
    f->cpu_ms = r->cpu_ms;
    f->wall_ms = r->wall_ms;
    f->peak_mib = r->peak_mib;
    f->weak = tier == TW_JAIL_TIER_B;
}

const char *tw_cause_name(enum tw_cause c)
{
    static const char *const names[TW_CAUSE_COUNT] = {
        "none",    "no code", "no entry", "syntax", "import",
        "runtime", "assertion", "timeout", "limit",  "denied",
        "signal",  "exit",    "forged",   "harness",
    };

    return names[c];
}
