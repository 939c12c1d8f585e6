/*
 * writer.h - one test from end to end: its cases (cases/cases.h), then Stage
 * III: candidates, verdicts, a script with its evidence.
 *
 *     struct tw_writer_result r;
 *     TW_TRY(tw_writer_test(&env, &input, &arena, &r, err));
 *     if (r.accepted)
 *         ...
 *
 * TW_OK also when nothing was accepted: that is a result.  Everything in the
 * result lives in the arena.  Expected values come from the specification;
 * without an oracle the candidates vote, and the result says "unverified".
 */
#ifndef TW_WRITER_WRITER_H
#define TW_WRITER_WRITER_H

#include "base/arena.h"
#include "base/progress.h"
#include "base/status.h"
#include "cases/cases.h"
#include "jail/jail.h"
#include "llm/llm.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_WRITER_CANDIDATE_MAX = 256 };

enum tw_case_verdict {
    TW_CASE_PASS,
    TW_CASE_WRONG,   /* another value */
    TW_CASE_THREW,   /* an exception instead of a value, or another one */
    TW_CASE_BROKE,   /* a property does not hold */
    TW_CASE_LOST,    /* no result: not reached, killed, timeout */
    TW_CASE_NOT_RUN, /* the candidate never loaded */
};
const char *tw_case_verdict_name(enum tw_case_verdict v);

struct tw_case_result {
    enum tw_case_verdict verdict;
    const char *got; /* value as source, or "ValueError: text"; untrusted */
};

/* Why a candidate was lost, or not. */
enum tw_loss {
    TW_LOSS_NONE, /* all cases passed */
    TW_LOSS_NO_CODE,
    TW_LOSS_NO_ENTRY,
    TW_LOSS_SYNTAX,
    TW_LOSS_IMPORT,
    TW_LOSS_RUNTIME, /* an exception while it loads or in a case */
    TW_LOSS_REACH,   /* reaches for what a function of data does not need */
    TW_LOSS_ASSERT,  /* a wrong value, a wrong or useless assertion */
    TW_LOSS_TIMEOUT,
    TW_LOSS_LIMIT, /* memory, output, denied, killed */
    TW_LOSS_HARNESS,
};
const char *tw_loss_name(enum tw_loss l);

struct tw_candidate {
    const char *text; /* the model's answer, untrusted */
    size_t text_len;
    double logprob;
    size_t n_tokens;
    const char *code; /* extracted, "" when there is none */
    enum tw_loss loss;
    const char *cause;   /* one line for people; untrusted parts inside */
    const char *opened;  /* what it reaches for since the project allows it;
                          * NULL before it was looked at */
    const char *broke;   /* the first property that failed, NULL: none */
    size_t duplicate_of; /* index of the first with the same code, or itself */
    bool loaded;         /* executed without an error: counts for CS */
    struct tw_case_result *cases; /* n_cases; NULL before it was judged */
    size_t n_passed;
    /* With code under test: the asserts of the script. */
    size_t n_asserts, n_right, n_wrong, n_failing;
    double wall_ms;
};

enum tw_writer_status {
    TW_WRITER_ACCEPTED,
    TW_WRITER_REJECTED,   /* acceptance not met: see cause */
    TW_WRITER_FINDING,    /* the tests are right, the code under test is not */
    TW_WRITER_VACUOUS,    /* no variant of the code was caught */
    TW_WRITER_UNVERIFIED, /* consensus only */
    TW_WRITER_CONTRADICTION, /* the oracles of the specification disagree */
    TW_WRITER_NO_CASES,
    TW_WRITER_WEAK,    /* all that was asked holds, but little was asked */
    TW_WRITER_INVALID, /* the specification of the test cannot be run */
};
const char *tw_writer_status_name(enum tw_writer_status s);

/* What the expected values rest on, and so what a pass is worth. */
enum tw_evidence {
    TW_EVIDENCE_NONE,      /* nothing, or a vote */
    TW_EVIDENCE_EXACT,     /* an oracle that knows every input was asked */
    TW_EVIDENCE_CASES,     /* so many given cases, and no others */
    TW_EVIDENCE_PROPERTY,  /* no value is known, only what holds of it */
    TW_EVIDENCE_ONE_VALUE, /* an exact oracle that gives one value in all
                            * cases: a constant would pass */
};
const char *tw_evidence_name(enum tw_evidence e);

/* An input on which two answers that pass everything differ: who says what is
 * right there settles it. */
struct tw_question {
    const char *call;      /* "f([1], 2)"; NULL: no question was found */
    const char *values[2]; /* of the chosen answer, of another; untrusted */
    size_t votes[2];       /* answers that give the first; that give another */
};

struct tw_writer_times {
    double cases_s, model_s, judge_s, total_s;
};

/* What the user keeps: one test in one format. */
struct tw_script {
    const char *format; /* "pytest" */
    const char *folder; /* below that of the run: "scripts" when the test is
                         * accepted, "findings" when the code under test fails
                         * it, and "rejected" */
    const char *name;   /* "test_RAN-KPI-007.py"; no runner collects the name
                         * of a rejected one */
    const char *text;
    char sha256[65];
    const char *ran_by; /* an accepted one: "python 3.11.2, pytest 7.2.1", where
                         * it passed as a user runs it; else "" */
};

struct tw_writer_result {
    enum tw_writer_status status;
    const char *cause; /* one line: why this status */
    bool accepted;     /* by status, and by what the project accepts */
    bool unverified;
    enum tw_evidence evidence;
    const char *strength; /* one line: "exact: ...", "weak: cases only (3)";
                           * "" where the test did not come so far */
    struct tw_question question; /* of a weak test */
    struct tw_cases cases;       /* with the prompt */
    size_t n_prompt_tokens;
    struct tw_candidate *candidates;
    size_t n_candidates;
    size_t chosen;      /* index, or TW_SPEC_NONE */
    double tcer;        /* share of cases passed by the chosen one */
    double consensus;   /* share of the largest camp, 0 when not used */
    unsigned n_repeats; /* same verdicts so many times */
    bool stable;
    size_t n_searched; /* inputs on which the chosen one and the oracle agree;
                        * 0 where there is no exact oracle */
    size_t n_mutants, n_killed;
    const char **findings; /* lines: "f(1) is 2, the specification says 3" */
    size_t n_findings;
    struct tw_script *scripts; /* one per format; none without any code */
    size_t n_scripts;
    struct tw_llm_stats llm;
    struct tw_writer_times times;
};

struct tw_writer_env {
    struct tw_jail *jail;
    struct tw_llm *llm;
    size_t n_candidates;       /* 0: 8 */
    size_t max_tokens;         /* 0: 320 */
    double temperature, top_p; /* negative: 0.7, 0.95 */
    uint64_t seed;
    size_t n_cases;      /* 0: 12 */
    size_t prompt_chars; /* 0: 700, for the case lines */
    bool exact_only;     /* a weak test is not accepted */
    const char *version; /* of the program, for the script's header */
    const struct tw_progress *progress;
    const char *const *allow; /* what the project opens (inspect/reach.h) */
    size_t n_allow;
};

enum tw_status tw_writer_test(const struct tw_writer_env *env,
                              const struct tw_case_source *in,
                              struct tw_arena *a, struct tw_writer_result *r,
                              struct tw_err *err) TW_NODISCARD;

/* Write a script as DIR/FOLDER/NAME.  A file there that this program did not
 * write is left alone: the script then goes to NAME with "+new" before its
 * suffix, and *path says so (in the arena). */
enum tw_status tw_writer_save(const struct tw_script *script, const char *dir,
                              struct tw_arena *a, const char **path,
                              struct tw_err *err) TW_NODISCARD;

/* Remove what earlier runs wrote for the test of this id in all folders but
 * one (NULL: in all): a verdict that changed leaves no script behind.  Files
 * that this program did not write stay. */
enum tw_status tw_writer_forget(const char *dir, const char *folder,
                                const char *id, struct tw_arena *a,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_WRITER_WRITER_H */
