/*
 * finding.h - why a program was accepted or not, in one form for all judges.
 *
 * Texts are untrusted (a program may have written them); tw_finding_clean()
 * makes them safe for a terminal, and the report escapes them for HTML.
 */
#ifndef TW_JAIL_FINDING_H
#define TW_JAIL_FINDING_H

#include "jail/jail.h"

enum tw_cause {
    TW_CAUSE_NONE,
    TW_CAUSE_NO_CODE,
    TW_CAUSE_NO_ENTRY, /* the wanted function is not defined */
    TW_CAUSE_SYNTAX,   /* does not compile */
    TW_CAUSE_IMPORT,
    TW_CAUSE_RUNTIME, /* exception: type, text, line */
    TW_CAUSE_ASSERTION,
    TW_CAUSE_TIMEOUT,
    TW_CAUSE_LIMIT, /* which one: text */
    TW_CAUSE_DENIED,
    TW_CAUSE_SIGNAL,
    TW_CAUSE_EXIT,   /* ended before its tests did */
    TW_CAUSE_FORGED, /* said what only the judge may say */
    TW_CAUSE_HARNESS,
    TW_CAUSE_UNSUPPORTED, /* no judge has what the tests need: text */
    TW_CAUSE_COUNT
};
/* "syntax", "assertion", ... */
const char *tw_cause_name(enum tw_cause c);

struct tw_finding {
    enum tw_end end;
    enum tw_cause cause;
    char type[64];  /* of the exception */
    char text[160]; /* its first line; the limit; the compiler's message */
    int line;       /* in the program, 0 unknown */
    char got[160], expected[160]; /* of the assertion, "" unknown */
    double cpu_ms, wall_ms, peak_mib;
    bool weak; /* tier B */
};

/* From how a run ended: timeouts, limits, signals, our faults. */
void tw_finding_of_run(struct tw_finding *f, const struct tw_jail_result *r,
                       enum tw_jail_tier tier);
/* Copy of text, cut at size, control and invalid bytes as '?'. */
void tw_finding_clean(char *to, size_t size, const char *text, size_t n);

#endif /* TW_JAIL_FINDING_H */
