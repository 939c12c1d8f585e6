/*
 * store.c - the journal: one SQLite file of steps that are done.
 *
 * A run that is stopped goes on where it was: each step's result is stored
 * under its name and the hash of all that it depends on. SQLite gives what is
 * hard to write by hand: a file that is whole after a crash at any moment.
 */
#include "store/store.h"

#include "base/hash.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Says that a file is a journal of ours, and of which form. */
#define JOURNAL_ID "trialwright-journal"
enum { JOURNAL_VERSION = 1 };

struct tw_store {
    sqlite3 *db;
};

/* step: the name (which part of the run), the key (hash of its input), and the
 * result with its own hash. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT "
    "NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS step (name TEXT PRIMARY KEY, key TEXT NOT "
    "NULL, payload BLOB NOT NULL, sha256 TEXT NOT NULL, seconds REAL NOT NULL)"
    " WITHOUT ROWID;";

/* rc: SQLite's code. A journal that is damaged may be removed: all of it can be
 * computed again. */
static enum tw_status fail(struct tw_store *s, int rc, const char *what,
                           struct tw_err *err)
{
    enum tw_status st = TW_EIO;
    const char *advice = "";

    if (rc == SQLITE_NOMEM) {
        st = TW_ENOMEM;
    } else if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT) {
        st = TW_EFORMAT;
        advice = "; remove it to begin again";
    }
    if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return tw_fail(err, st, 0,
                       "cannot %s the journal '%s': another run works in this "
                       "folder",
                       what, sqlite3_db_filename(s->db, "main"));
    return tw_fail(err, st, 0, "cannot %s the journal '%s': %s%s", what,
                   sqlite3_db_filename(s->db, "main"), sqlite3_errmsg(s->db),
                   advice);
}

/* *q is the caller's to finalize, also when a later call fails; NULL is
 * fine. */
static enum tw_status prepare(struct tw_store *s, sqlite3_stmt **q,
                              const char *sql, struct tw_err *err)
{
    int rc = sqlite3_prepare_v2(s->db, sql, -1, q, NULL);

    if (rc != SQLITE_OK)
        return fail(s, rc, "use", err);
    return TW_OK;
}

/* Statements without results. */
static enum tw_status exec(struct tw_store *s, const char *sql,
                           struct tw_err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    if (rc != SQLITE_OK)
        return fail(s, rc, "write", err);
    return TW_OK;
}

/* An empty file becomes ours; another one must say that it is. The insert does
 * nothing in a journal that has its lines already. */
static enum tw_status check_identity(struct tw_store *s, struct tw_err *err)
{
    sqlite3_stmt *q = NULL;

    TW_TRY(exec(s, schema, err));
    TW_TRY(exec(s,
                "INSERT OR IGNORE INTO meta VALUES ('format', '" JOURNAL_ID
                "'), ('version', '1')",
                err));
    TW_TRY(prepare(s, &q,
                   "SELECT value FROM meta WHERE key IN ('format', 'version')",
                   err));
    bool ours =
        sqlite3_step(q) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(q, 0), JOURNAL_ID) == 0 &&
        sqlite3_step(q) == SQLITE_ROW &&
        sqlite3_column_int(q, 0) == JOURNAL_VERSION;
    sqlite3_finalize(q);
    if (!ours)
        return tw_fail(err, TW_EFORMAT, 0,
                       "refuse the journal '%s' of another format or version",
                       sqlite3_db_filename(s->db, "main"));
    return TW_OK;
}

enum tw_status tw_store_open(struct tw_store **store, const char *path,
                             struct tw_err *err)
{
    struct tw_store *s = calloc(1, sizeof(*s));

    *store = NULL;
    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the journal");
    int rc = sqlite3_open_v2(path, &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    enum tw_status st = TW_OK;
    if (rc != SQLITE_OK)
        st = tw_fail(err, TW_EIO, 0, "cannot open '%s': %s", path,
                     s->db ? sqlite3_errmsg(s->db) : "out of memory");
    /* Exclusive locking: a second run on the same folder stops here, and the
     * write-ahead log needs no shared memory file. */
    if (st == TW_OK)
        st = exec(s,
                  "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; "
                  "PRAGMA synchronous=FULL;",
                  err);
    if (st == TW_OK)
        st = check_identity(s, err);
    if (st != TW_OK) {
        tw_store_close(s);
        return st;
    }
    *store = s;
    return TW_OK;
}

/* SQLite closes a handle that failed to open, too, and NULL. */
void tw_store_close(struct tw_store *s)
{
    if (!s)
        return;
    sqlite3_close(s->db);
    free(s);
}

/* The hash is checked at every reading: a disk that lies should cost a step of
 * computing, not a wrong result. */
static enum tw_status take_payload(struct tw_store *s, sqlite3_stmt *q,
                                   const char *name, struct tw_buf *payload,
                                   struct tw_err *err)
{
    char hex[TW_HASH_HEX_SIZE];
    const void *bytes = sqlite3_column_blob(q, 0);
    int n = sqlite3_column_bytes(q, 0);

    if (n == 0)
        bytes = ""; /* SQLite gives NULL for an empty one */
    const char *sha256 = (const char *)sqlite3_column_text(q, 1);

    if (!bytes || !sha256)
        return fail(s, SQLITE_NOMEM, "read", err);
    tw_hash_bytes_hex(bytes, (size_t)n, hex);
    if (strcmp(hex, sha256) != 0)
        return tw_fail(err, TW_EFORMAT, 0,
                       "step '%s' of the journal is damaged", name);
    tw_buf_add(payload, bytes, (size_t)n);
    return tw_buf_check(payload, "a step of the journal", err);
}

/* key NULL: whatever is stored under the name. */
enum tw_status tw_store_get(struct tw_store *s, const char *name,
                            const char *key, struct tw_buf *payload,
                            bool *found, struct tw_err *err)
{
    sqlite3_stmt *q = NULL;
    enum tw_status st = TW_OK;

    *found = false;
    TW_TRY(prepare(s, &q,
                   "SELECT payload, sha256 FROM step WHERE name = ?1 AND (?2 "
                   "IS NULL OR key = ?2)",
                   err));
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, key, -1, SQLITE_STATIC);
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW) {
        st = take_payload(s, q, name, payload, err);
        *found = st == TW_OK;
    } else if (rc != SQLITE_DONE) {
        st = fail(s, rc, "read", err);
    }
    sqlite3_finalize(q);
    return st;
}

/* One statement is one transaction: after it returns, the step is on the disk
 * (synchronous=FULL). The bytes are only read during the call, hence
 * SQLITE_STATIC. */
enum tw_status tw_store_put(struct tw_store *s, const char *name,
                            const char *key, const void *payload, size_t n,
                            double seconds, struct tw_err *err)
{
    sqlite3_stmt *q = NULL;
    char hex[TW_HASH_HEX_SIZE];
    enum tw_status st = TW_OK;

    if (n > INT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "step '%s' is too large", name);
    if (n == 0)
        payload = ""; /* SQLite makes NULL of a NULL pointer */
    tw_hash_bytes_hex(payload, n, hex);
    TW_TRY(prepare(
        s, &q, "INSERT OR REPLACE INTO step VALUES (?1, ?2, ?3, ?4, ?5)", err));
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_blob(q, 3, payload, (int)n, SQLITE_STATIC);
    sqlite3_bind_text(q, 4, hex, -1, SQLITE_STATIC);
    sqlite3_bind_double(q, 5, seconds);
    int rc = sqlite3_step(q);
    if (rc != SQLITE_DONE)
        st = fail(s, rc, "write", err);
    sqlite3_finalize(q);
    return st;
}

/* Lists of steps are short. */
static bool is_kept(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The name belongs to the row of the query that is going on: SQLite has to copy
 * it. */
static enum tw_status forget(struct tw_store *s, const char *name,
                             struct tw_err *err)
{
    sqlite3_stmt *q = NULL;

    TW_TRY(prepare(s, &q, "DELETE FROM step WHERE name = ?1", err));
    sqlite3_bind_text(q, 1, name, -1, SQLITE_TRANSIENT);
    int rc = sqlite3_step(q);
    sqlite3_finalize(q);
    if (rc != SQLITE_DONE)
        return fail(s, rc, "write", err);
    return TW_OK;
}

/* SQLite allows to delete a row that an open query has returned already; the
 * order of the names makes that the only one touched. */
enum tw_status tw_store_keep(struct tw_store *s, const char *prefix,
                             const char *const *names, size_t n_keep,
                             struct tw_err *err)
{
    sqlite3_stmt *q = NULL;
    enum tw_status st = TW_OK;
    int rc = SQLITE_DONE;

    TW_TRY(prepare(s, &q, "SELECT name FROM step ORDER BY name", err));
    while (st == TW_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        if (!name)
            st = fail(s, SQLITE_NOMEM, "read", err);
        else if (strncmp(name, prefix, strlen(prefix)) == 0 &&
                 !is_kept(name, names, n_keep))
            st = forget(s, name, err);
    }
    if (st == TW_OK && rc != SQLITE_DONE)
        st = fail(s, rc, "read", err);
    sqlite3_finalize(q);
    return st;
}
