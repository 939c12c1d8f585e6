/*
 * bench_journal.h - lines of JSON that outlive a kill: appended one by one,
 * read back when the run goes on.
 *
 * DIR/NAME-RANK.jsonl begins with a line that holds the hash of the inputs;
 * lines of other inputs are refused, not mixed in.  A last line without its
 * end is what a killed process left, and is forgotten.
 */
#ifndef TW_BENCH_JOURNAL_H
#define TW_BENCH_JOURNAL_H

#include "base/buf.h"
#include "base/json.h"
#include "base/status.h"

struct tw_journal;

struct tw_journal_spec {
    const char *folder; /* made when it is not there */
    const char *name;   /* "judged" */
    unsigned rank;      /* this process appends to the file of its rank */
    const char *inputs; /* hash, hex */
    /* Called for every line of the files of all ranks. */
    enum tw_status (*take)(void *ctx, const struct tw_json *line,
                           struct tw_err *err);
    void *ctx;
};

/* TW_EINVAL for a journal of other inputs, TW_EIO when another process has the
 * file open, TW_EFORMAT for a line that is no JSON. */
enum tw_status tw_journal_open(struct tw_journal **out,
                               const struct tw_journal_spec *spec,
                               struct tw_err *err) TW_NODISCARD;
void tw_journal_close(struct tw_journal *j); /* NULL is fine */

/* Append one line; its end is added.  One thread at a time. */
enum tw_status tw_journal_add(struct tw_journal *j, struct tw_buf *line,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_JOURNAL_H */
