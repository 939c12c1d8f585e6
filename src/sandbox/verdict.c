#include "sandbox/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

const char *tw_cause_name(enum tw_cause c)
{
    static const char *const names[TW_CAUSE_COUNT] = {
        [TW_CAUSE_NONE] = "none",           [TW_CAUSE_NO_CODE] = "no_code",
        [TW_CAUSE_NO_ENTRY] = "no_entry",   [TW_CAUSE_SYNTAX] = "syntax",
        [TW_CAUSE_IMPORT] = "import",       [TW_CAUSE_RUNTIME] = "runtime",
        [TW_CAUSE_ASSERTION] = "assertion", [TW_CAUSE_TIMEOUT] = "timeout",
        [TW_CAUSE_LIMIT] = "limit",         [TW_CAUSE_DENIED] = "denied",
        [TW_CAUSE_SIGNAL] = "signal",       [TW_CAUSE_EXIT] = "exit",
        [TW_CAUSE_FORGED] = "forged",       [TW_CAUSE_HARNESS] = "harness",
    };

    return c < TW_CAUSE_COUNT ? names[c] : "unknown";
}

static enum tw_cause cause_of_end(enum tw_verdict v)
{
    switch (v) {
    case TW_VERDICT_PASS:
        return TW_CAUSE_NONE;
    case TW_VERDICT_FAIL:
    case TW_VERDICT_ERROR:
        return TW_CAUSE_EXIT;
    case TW_VERDICT_TIMEOUT:
        return TW_CAUSE_TIMEOUT;
    case TW_VERDICT_LIMIT:
        return TW_CAUSE_LIMIT;
    case TW_VERDICT_DENIED:
        return TW_CAUSE_DENIED;
    case TW_VERDICT_SIGNAL:
        return TW_CAUSE_SIGNAL;
    case TW_VERDICT_HARNESS:
        break;
    }
    return TW_CAUSE_HARNESS;
}

void tw_finding_of_run(struct tw_finding *f, const struct tw_jail_result *r,
                       enum tw_jail_tier tier)
{
    *f = (struct tw_finding){ .verdict = r->verdict,
                              .cause = cause_of_end(r->verdict),
                              .cpu_ms = r->cpu_ms,
                              .wall_ms = r->wall_ms,
                              .peak_mib = r->peak_mib,
                              .weak = tier == TW_JAIL_TIER_B };
    if (f->cause == TW_CAUSE_HARNESS)
        f->verdict = TW_VERDICT_HARNESS;
    if (f->cause != TW_CAUSE_NONE)
        tw_verdict_clean(f->text, sizeof(f->text), r->cause,
                         strnlen(r->cause, sizeof(r->cause)));
}

enum tw_cause tw_cause_of_exception(const char *type)
{
    static const struct {
        const char *type;
        enum tw_cause cause;
    } known[] = {
        { "SyntaxError", TW_CAUSE_SYNTAX },
        { "IndentationError", TW_CAUSE_SYNTAX },
        { "TabError", TW_CAUSE_SYNTAX },
        { "ImportError", TW_CAUSE_IMPORT },
        { "ModuleNotFoundError", TW_CAUSE_IMPORT },
        { "AssertionError", TW_CAUSE_ASSERTION },
        { "MemoryError", TW_CAUSE_LIMIT },
        { "SystemExit", TW_CAUSE_EXIT },
        { "timeout", TW_CAUSE_TIMEOUT }, /* pyrun: a late call */
        { "forged", TW_CAUSE_FORGED },   /* pyrun: two answers */
    };

    for (size_t i = 0; type && i < TW_ARRAY_LEN(known); i++)
        if (strcmp(type, known[i].type) == 0)
            return known[i].cause;
    return TW_CAUSE_RUNTIME;
}

/* Bytes of the UTF-8 character at text that may be shown; 0: none such.  No
 * C0 or C1 controls, no marks that change the direction or hide. */
static size_t shown_len(const unsigned char *text, size_t n)
{
    unsigned char c = text[0];
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    unsigned long point = c < 0x80 ? c : c & (0x7fu >> len);

    if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3fu);
    }
    if ((len == 3 && point < 0x800) || (len == 4 && point < 0x10000) ||
        point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    bool control = point >= 0x80 && point < 0xa0;
    bool mark = (point >= 0x200b && point < 0x2010) ||
                (point >= 0x2028 && point < 0x202f) ||
                (point >= 0x2060 && point < 0x2070) || point == 0xfeff ||
                point == 0x061c;
    return control || mark ? 0 : len;
}

static size_t skipped_len(const unsigned char *text, size_t n)
{
    size_t len = 1;

    /* One '?' for a whole character, also for one that is not shown. */
    if (text[0] >= 0xc2)
        while (len < 4 && len < n && (text[len] & 0xc0) == 0x80)
            len++;
    return len;
}

void tw_verdict_clean(char *to, size_t size, const char *text, size_t n)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t at = 0;

    if (size == 0)
        return;
    for (size_t i = 0; i < n;) {
        size_t len = shown_len(from + i, n - i);
        size_t out = len ? len : 1;
        if (at + out + 1 > size)
            break;
        if (len)
            memcpy(to + at, from + i, len);
        else
            to[at] = '?';
        at += out;
        i += len ? len : skipped_len(from + i, n - i);
    }
    to[at] = '\0';
}
