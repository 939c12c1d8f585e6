/*
 * extract.h - from a model's answer to a program.
 *
 * Fenced blocks of any label, [PYTHON] tags, an unterminated last one too; the
 * first block that defines the entry point and compiles, its tail trimmed line
 * by line until it does; the stub in front where that compiles.  Without a
 * fence the answer continues the head, leading blanks kept exactly.  Raw text
 * is never run; what compiles is found out in the jail, all answers in one job.
 *
 * Python is parsed.  Of other languages braces, strings and comments are known:
 * a continuation ends where the brace of its function closes.
 */
#ifndef TW_ANSWER_EXTRACT_H
#define TW_ANSWER_EXTRACT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "jail/jail.h"
#include "lang/lang.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_extract_class {
    TW_EXTRACT_OK,
    TW_EXTRACT_NO_CODE,
    TW_EXTRACT_NO_ENTRY,
    TW_EXTRACT_SYNTAX,
    TW_EXTRACT_HARNESS, /* our own fault, or an answer that breaks Python's
                         * parser: never the answer's pass */
};

/* "ok", "no code", "no entry point", "syntax", "harness". */
const char *tw_extract_class_name(enum tw_extract_class c);

struct tw_extract_task {
    const char *entry; /* name of the function; "": any will do */
    const char *stub;  /* put in front of a block; NULL: nothing */
    const char *head;  /* what a continuation continues; NULL: no such mode */
    bool tests;        /* want a script with an assert or a test function */
    /* Rules for benchmarks: an answer that starts indented is a continuation
     * first; a block that compiles as it is comes before one that has to be
     * cut; no import is added and no call is taken away but of print and of
     * the entry point (the prelude is the judge's). */
    bool bench;
    enum tw_lang lang;        /* not Python: bench rules, needs a head */
    const char *const *stops; /* a continuation ends at the first of them */
    size_t n_stops;
    bool open_end;     /* the tests begin with the brace that closes the
                        * function (MultiPL-E): leave it away */
    const char *setup; /* Go: stands in front, its imports are not repeated */
};

struct tw_extract_answer {
    const char *text;
    size_t len;
};

enum tw_extract_way {
    TW_EXTRACT_NO_WAY,
    TW_EXTRACT_BLOCK,
    TW_EXTRACT_PROSE, /* a program behind lines of prose, without a fence */
    TW_EXTRACT_HEAD,  /* a continuation; the head is in the code */
};

struct tw_extract_result {
    enum tw_extract_class class;
    const char *code; /* in the arena; "" when there is none */
    enum tw_extract_way way;
    size_t n_lost;    /* lines of text that were cut off at the end */
    const char *note; /* what was changed or found instead; "" nothing */
};

/* results: room for n, in the caller's hands. */
enum tw_status tw_extract_run(struct tw_jail *jail, struct tw_arena *a,
                              const struct tw_extract_task *task,
                              const struct tw_extract_answer *answers, size_t n,
                              struct tw_extract_result *results,
                              struct tw_err *err) TW_NODISCARD;

/* The same with a task for each answer, for a whole benchmark in few jobs. */
enum tw_status tw_extract_many(struct tw_jail *jail, struct tw_arena *a,
                               const struct tw_extract_task *const *tasks,
                               const struct tw_extract_answer *answers,
                               size_t n, struct tw_extract_result *results,
                               struct tw_err *err) TW_NODISCARD;

/* An answer in a language with braces; any text, no jail.  False: no memory. */
bool tw_extract_braces(struct tw_arena *a, const struct tw_extract_task *task,
                       const char *text, size_t n,
                       struct tw_extract_result *result);

/* A Go program's text with the imports that it needs, no others, and none that
 * the setup has: Go refuses both.  Appends to b. */
void tw_extract_go_imports(struct tw_buf *b, const char *code,
                           const char *setup);

/* Length of the answer up to the token that ends it (<|endoftext|> and such),
 * when there is text in front of that. */
size_t tw_extract_answer_len(const char *text, size_t n);

/* The answer without what its model wrote while it reasoned (<think> and such);
 * appends to b.  Nothing is left of an answer that ends while it reasons. */
void tw_extract_answer_text(struct tw_buf *b, const char *text, size_t n);

/* CRLF to LF, terminal escapes and remains of <|...|>, </s> and other control
 * tokens removed. */
void tw_extract_normalise(struct tw_buf *b, const char *text, size_t n);

enum { TW_EXTRACT_BLOCK_MAX = 32 };
struct tw_extract_blocks {
    struct tw_extract_answer blocks[TW_EXTRACT_BLOCK_MAX]; /* into the text */
    size_t n;
    struct tw_extract_answer rest; /* before the first fence, or all of it */
    bool open;                     /* the last block has no end */
};
/* Cut normalised text at its fences.  Blocks of white space are left out. */
void tw_extract_cut(struct tw_extract_blocks *out, const char *text, size_t n);

#endif /* TW_ANSWER_EXTRACT_H */
