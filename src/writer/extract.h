/*
 * extract.h - from a model's answer to a program.
 *
 * Fenced blocks of any label, an unterminated last one too; the first block
 * that defines the entry point and compiles, its tail trimmed line by line
 * until it does; the stub in front where that compiles.  Without a fence the
 * answer continues the head, leading blanks kept exactly.  Raw text is never
 * run; what compiles is found out in the jail, all answers in one job.
 */
#ifndef TW_WRITER_EXTRACT_H
#define TW_WRITER_EXTRACT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "sandbox/jail.h"

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

struct tw_extract_task {
    const char *entry; /* name of the function */
    const char *stub;  /* put in front of a block; NULL: nothing */
    const char *head;  /* what a continuation continues; NULL: no such mode */
    bool tests;        /* want a script with an assert or a test function */
};

struct tw_extract_answer {
    const char *text;
    size_t len;
};

struct tw_extract_result {
    enum tw_extract_class class;
    const char *code; /* in the arena; "" when there is none */
};

/* results: room for n, in the caller's hands. */
enum tw_status tw_extract_run(struct tw_jail *jail, struct tw_arena *a,
                              const struct tw_extract_task *task,
                              const struct tw_extract_answer *answers, size_t n,
                              struct tw_extract_result *results,
                              struct tw_err *err) TW_NODISCARD;

/* CRLF to LF, terminal escapes and remains of <|...|> and </s> removed. */
void tw_extract_normalise(struct tw_buf *b, const char *text, size_t n);

enum { TW_EXTRACT_BLOCK_MAX = 32 };
struct tw_extract_blocks {
    struct tw_extract_answer blocks[TW_EXTRACT_BLOCK_MAX]; /* into the text */
    size_t n;
    struct tw_extract_answer rest; /* before the first fence, or all of it */
};
/* Cut normalised text at its fences.  Blocks of white space are left out. */
void tw_extract_cut(struct tw_extract_blocks *out, const char *text, size_t n);

#endif /* TW_WRITER_EXTRACT_H */
