/*
 * mutation.h - how many faults of a program its tests notice.
 *
 * Mutants are the program with one fault each: Python by its syntax tree, C
 * by tokens; or, with data, the program given faulty data.  The tests must
 * pass on the program itself, else the score is 0.  At most n_max mutants are
 * run, drawn over all operators in proportion, each at least once.
 *
 * Operators: ROR relation, AOR arithmetic, LCR and/or, COI condition negated,
 * CRP constant (+1 -1 0 -n, thresholds +-1 %), UOI sign put in or taken out,
 * SDL statement deleted, ASR assignment, RVR result, IDX index +-1, BCR
 * break/continue, CST cast removed (C).  Data: DFRZ frozen, DDRP interval
 * dropped, DSCL x1000, DTEN x10, DSGN sign, DSWP cells swapped, DSHF shifted,
 * DNAN value lost.
 */
#ifndef TW_INSPECT_MUTATION_H
#define TW_INSPECT_MUTATION_H

#include "base/pool.h"
#include "base/progress.h"
#include "inspect/inspect.h"

#include <stdint.h>

enum { TW_MUTATION_MAX = 1000, TW_MUTATION_DEFAULT = 100 };

enum tw_mutant_fate {
    TW_MUTANT_SURVIVED,
    TW_MUTANT_ASSERTION, /* killed: an assertion failed (C: the tests said
                          * so by their exit status or assert()) */
    TW_MUTANT_ERROR,     /* killed: another exception or limit */
    TW_MUTANT_TIMEOUT,   /* killed */
    TW_MUTANT_CRASH,     /* killed: by a signal */
    TW_MUTANT_EQUIVALENT,
    TW_MUTANT_UNCOMPILABLE,
    TW_MUTANT_HARNESS, /* our fault: does not count */
    TW_MUTANT_FATES
};
const char *tw_mutant_fate_name(enum tw_mutant_fate f);

struct tw_mutant {
    const char *op;
    int line;
    const char *what; /* "< becomes <=" */
    enum tw_mutant_fate fate;
};

struct tw_mutation_job {
    const struct tw_source *source, *tests;
    const char *entry; /* for tests that define check(f); NULL: none */
    const struct tw_jail_file *files; /* beside them (C: headers) */
    size_t n_files;
    size_t n_max; /* 0: TW_MUTATION_DEFAULT */
    uint64_t seed;
    bool data;            /* faults of the data instead of the code; Python */
    double seconds;       /* the most one mutant may take; 0: 10 */
    struct tw_pool *pool; /* NULL: this thread */
    const struct tw_progress *progress; /* NULL: silent */
};

struct tw_mutation {
    bool passes;       /* the tests pass on the program itself */
    const char *cause; /* why not */
    size_t n_sites;    /* mutants that could be made, without the next three */
    size_t n_equivalent, n_duplicate, n_uncompilable; /* found beforehand */
    struct tw_mutant *mutants; /* those that were run, in program order */
    size_t n_mutants;
    size_t fates[TW_MUTANT_FATES];
    /* Killed, by whatever, of all that count, with the 95 % Wilson interval;
     * NaN without any mutant. */
    double score, low, high;
    /* MuTAP's: killed by an assertion, of those and the survivors. */
    double score_assert;
    double seconds;
};

enum tw_status tw_mutation_run(struct tw_mutation *m, struct tw_jail *jail,
                               struct tw_arena *a,
                               const struct tw_mutation_job *job,
                               struct tw_err *err) TW_NODISCARD;

/* A few variants of a function of Python, for who asks whether cases notice a
 * fault at all: one plain fault each (a relation turned round, an operator
 * exchanged, a constant changed, a result dropped). */
struct tw_variants {
    const char **texts; /* (n) of the whole program, in the arena */
    size_t n;           /* 0 when the program does not compile */
};
/* At most limit of them, evenly spread over the body of entry.  The same text
 * gives the same variants. */
enum tw_status tw_mutation_few(struct tw_jail *jail, struct tw_arena *a,
                               const char *text, const char *entry,
                               size_t limit, struct tw_variants *out,
                               struct tw_err *err) TW_NODISCARD;

/* 95 % Wilson interval of k successes in n. */
void tw_wilson(size_t k, size_t n, double *low, double *high);

#endif /* TW_INSPECT_MUTATION_H */
