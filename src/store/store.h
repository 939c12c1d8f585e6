/*
 * store.h - the journal of a run: what was done, with which inputs, and its
 * result.  One SQLite file; nobody else includes sqlite3.h.
 *
 * A step has a name ("fit", "test/RAN-KPI-007"), a key (a hash over all of its
 * inputs) and a payload (JSON or other bytes).  A step that stands in the
 * journal with the same key need not be done again.  Every change is one
 * transaction, so after kill -9 a step is whole or absent.  Payloads carry a
 * SHA-256, checked when they are read.
 */
#ifndef TW_STORE_STORE_H
#define TW_STORE_STORE_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_store;

/* Open or create.  A file that is no journal of ours, or of a newer version,
 * is TW_EFORMAT; two processes on one journal: the second gets TW_EIO. */
enum tw_status tw_store_open(struct tw_store **s, const char *path,
                             struct tw_err *err) TW_NODISCARD;
void tw_store_close(struct tw_store *s); /* NULL is fine */

/* The payload of the step, appended to *payload, when it is there with this
 * key; key NULL: whatever key.  *found tells. */
enum tw_status tw_store_get(struct tw_store *s, const char *name,
                            const char *key, struct tw_buf *payload,
                            bool *found, struct tw_err *err) TW_NODISCARD;

/* Record a finished step, replacing an older one of that name.  n 0 is fine;
 * above 2 GiB it is TW_ELIMIT.  seconds: what it took, for people. */
enum tw_status tw_store_put(struct tw_store *s, const char *name,
                            const char *key, const void *payload, size_t n,
                            double seconds, struct tw_err *err) TW_NODISCARD;

/* Forget steps that begin with prefix ("test/"), except those whose name is
 * among the n_keep given: tests that left the project. */
enum tw_status tw_store_keep(struct tw_store *s, const char *prefix,
                             const char *const *names, size_t n_keep,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_STORE_STORE_H */
