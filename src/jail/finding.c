/*
 * finding.c - a finding: how a program did, with the cause of a failure, from
 * one list for all languages; and untrusted text made fit to be shown.
 */
#include "jail/finding.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

const char *tw_cause_name(enum tw_cause c)
{
    static const char *const names[TW_CAUSE_COUNT] = {
        [TW_CAUSE_NONE] = "none",
        [TW_CAUSE_NO_CODE] = "no_code",
        [TW_CAUSE_NO_ENTRY] = "no_entry",
        [TW_CAUSE_SYNTAX] = "syntax",
        [TW_CAUSE_IMPORT] = "import",
        [TW_CAUSE_RUNTIME] = "runtime",
        [TW_CAUSE_ASSERTION] = "assertion",
        [TW_CAUSE_TIMEOUT] = "timeout",
        [TW_CAUSE_LIMIT] = "limit",
        [TW_CAUSE_DENIED] = "denied",
        [TW_CAUSE_SIGNAL] = "signal",
        [TW_CAUSE_EXIT] = "exit",
        [TW_CAUSE_FORGED] = "forged",
        [TW_CAUSE_HARNESS] = "harness",
        [TW_CAUSE_UNSUPPORTED] = "unsupported",
    };

    if (c >= TW_CAUSE_COUNT)
        return "unknown";
    return names[c];
}

/* How a run ended, as a cause.  FAIL never comes from a jail; a program that
 * exits with an error is EXIT until somebody who reads its output knows
 * better. */
static enum tw_cause cause_of_end(enum tw_end v)
{
    switch (v) {
    case TW_END_PASS:
        return TW_CAUSE_NONE;
    case TW_END_FAIL:
    case TW_END_ERROR:
        return TW_CAUSE_EXIT;
    case TW_END_TIMEOUT:
        return TW_CAUSE_TIMEOUT;
    case TW_END_LIMIT:
        return TW_CAUSE_LIMIT;
    case TW_END_DENIED:
        return TW_CAUSE_DENIED;
    case TW_END_SIGNAL:
        return TW_CAUSE_SIGNAL;
    case TW_END_UNSUPPORTED:
        return TW_CAUSE_UNSUPPORTED;
    case TW_END_HARNESS:
        break;
    }
    return TW_CAUSE_HARNESS;
}

void tw_finding_of_run(struct tw_finding *f, const struct tw_jail_result *r,
                       enum tw_jail_tier tier)
{
    *f = (struct tw_finding){ .end = r->end,
                              .cause = cause_of_end(r->end),
                              .cpu_ms = r->cpu_ms,
                              .wall_ms = r->wall_ms,
                              .peak_mib = r->peak_mib,
                              .weak = tier == TW_JAIL_TIER_B };
    if (f->cause == TW_CAUSE_HARNESS)
        f->end = TW_END_HARNESS;
    if (f->cause != TW_CAUSE_NONE)
        tw_finding_clean(f->text, sizeof(f->text), r->cause,
                         strnlen(r->cause, sizeof(r->cause)));
}

/* No C0 or C1 controls, no marks that change the direction or hide. */
static bool shown(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        { 0, 0x1f },        { 0x7f, 0x9f },     { 0x61c, 0x61c },
        { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
        { 0xfeff, 0xfeff },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(hidden); i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return false;
    return true;
}

/* What a program wrote ends up in terminals and reports: no control of the
 * cursor, no text that turns around.  Cut between characters, always with a
 * NUL. */
void tw_finding_clean(char *to, size_t size, const char *text, size_t n)
{
    size_t at = 0;

    if (size == 0)
        return;
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t len = tw_utf8_decode(text + i, n - i, &point);
        const char *from = "?";
        size_t out = 1;
        if (len > 0 && shown(point)) {
            from = text + i;
            out = len;
        }
        if (at + out + 1 > size)
            break;
        memcpy(to + at, from, out);
        at += out;
        i += len + (len == 0); /* no UTF-8: byte by byte */
    }
    to[at] = '\0';
}
