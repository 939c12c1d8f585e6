/*
 * lang.h - programs of several languages: compile (in the jail), keep, run.
 *
 * Compilers and interpreters are taken by full path.  What a compiler makes is
 * kept in a cache under the SHA-256 of everything that went in (source, flags,
 * files, compiler version); C++ has a precompiled <bits/stdc++.h>.
 */
#ifndef TW_LANG_LANG_H
#define TW_LANG_LANG_H

#include "jail/finding.h"
#include "jail/jail.h"

enum tw_lang {
    TW_LANG_PYTHON,
    TW_LANG_C,
    TW_LANG_CPP,
    TW_LANG_JS,
    TW_LANG_JAVA,
    TW_LANG_GO,
    TW_LANG_SHELL,
    TW_LANG_COUNT
};

/* By name ("cpp", "c++", "javascript", ...) or by the ending of a file name
 * ("a.cc"); TW_LANG_COUNT: unknown. */
enum tw_lang tw_lang_find(const char *name);
enum tw_lang tw_lang_of_file(const char *path);
const char *tw_lang_name(enum tw_lang lang);

struct tw_langs; /* jail, compilers found, cache; thread-safe */

/* cache: folder for what compilers make; NULL: none is kept.  The jail is
 * borrowed.  Compilers are looked for when first needed. */
enum tw_status tw_langs_open(struct tw_langs **langs, struct tw_jail *jail,
                             const char *cache,
                             struct tw_err *err) TW_NODISCARD;
void tw_langs_close(struct tw_langs *langs);
/* Full path and version of what runs the language; NULL when it is missing. */
const char *tw_langs_tool(struct tw_langs *langs, enum tw_lang lang);
const char *tw_langs_path(struct tw_langs *langs, enum tw_lang lang);

struct tw_program {
    enum tw_lang lang;
    const char *source; /* untrusted */
    size_t source_len;
    const struct tw_jail_file *files; /* beside it, also for the compiler */
    size_t n_files;
    /* Of the compiler, trusted; NULL-ended or NULL.  Go has "-test=NAME":
     * call that test function of the package, whatever its name, and tell its
     * checks by lang_tally.go; and "-serve": answer calls by lang_peer.go. Java
     * has "-ea", for the run. */
    const char *const *flags;
    const char *const *args; /* of the program; NULL-ended or NULL */
    bool record;             /* it has descriptor 3, the result pipe */
    bool peer_in;            /* of a pair: the socket is descriptor 0 */
    const void *stdin_bytes;
    size_t n_stdin;
    struct tw_jail_limits limits;         /* of the run */
    struct tw_jail_limits compile_limits; /* zero: defaults of the language */
};

struct tw_program_result {
    struct tw_finding finding; /* end PASS: exit status 0, no more */
    bool compiled;             /* or nothing to compile */
    bool cached;
    double compile_ms;           /* wall */
    struct tw_jail_result build; /* compiler's output */
    struct tw_jail_result run;
};
void tw_program_result_init(struct tw_program_result *r);
void tw_program_result_release(struct tw_program_result *r);

/* TW_EIO with what to install when the language has no compiler here. */
enum tw_status tw_program_build(struct tw_langs *langs,
                                const struct tw_program *p,
                                struct tw_program_result *r,
                                struct tw_buf *object,
                                struct tw_err *err) TW_NODISCARD;
/* Run what was built (r->compiled), any number of times. */
enum tw_status tw_program_start(struct tw_langs *langs,
                                const struct tw_program *p,
                                const struct tw_buf *object,
                                struct tw_program_result *r,
                                struct tw_err *err) TW_NODISCARD;
/* Both. */
enum tw_status tw_program_run(struct tw_langs *langs,
                              const struct tw_program *p,
                              struct tw_program_result *r,
                              struct tw_err *err) TW_NODISCARD;

/* Two programs that were built, joined by descriptor 4 (tw_jail_run_pair()):
 * the candidate, then its tests. */
enum tw_status tw_program_start_pair(struct tw_langs *langs,
                                     const struct tw_program p[2],
                                     const struct tw_buf object[2],
                                     struct tw_program_result r[2],
                                     struct tw_err *err) TW_NODISCARD;

/* Limits that fit the language: address space, processes, time. */
struct tw_jail_limits tw_lang_limits(enum tw_lang lang);
struct tw_jail_limits tw_lang_limits_compile(enum tw_lang lang);

#endif /* TW_LANG_LANG_H */
