/*
 * spec_util.c - typed reading with positions, for the files of spec.
 *
 * Whoever reads a value says its type and bounds in one call, and gets a
 * message that names place, key and what is allowed.  Nothing here knows what
 * a key means.
 */
#include "spec/spec_priv.h"

#include "base/file.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* FILES_MAX: of one pattern list, before a wrong '*' reads a whole disk.
 * DEPTH_MAX: of the fingerprint's walk; what lies deeper is no specification.
 */
enum { FILES_MAX = 1000, DEPTH_MAX = 64 };

/* The key is the place that an editor shows, not its value: what is missing or
 * wrong in a table has no better one. */
enum tw_status tw_spec_fail(const struct tw_spec_reader *r,
                            const struct tw_toml *at, const char *fmt, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    unsigned line = at->line, column = at->column;
    if (at->key_line) { /* elements of arrays have no key */
        line = at->key_line;
        column = at->key_column;
    }
    return tw_fail(r->err, TW_EFORMAT, 0, "%u:%u: %s", line, column, text);
}

/* The arena's limit is what a file of 4 MiB needs many times over: who meets it
 * sent something that is no specification. */
enum tw_status tw_spec_nomem(const struct tw_spec_reader *r)
{
    return tw_fail(r->err, TW_ENOMEM, 0, "cannot hold the specification");
}

/* "LINE:COLUMN: reason" taken apart; without a place it is the file's.  The
 * TOML reader and this room write it so, since tw_err has no room for a place.
 */
static const char *split_place(const struct tw_spec_reader *r, const char *msg,
                               struct tw_spec_pos *pos)
{
    char *colon, *end;

    *pos = (struct tw_spec_pos){ r->file, 1, 1 };
    if (msg[0] < '0' || msg[0] > '9')
        return msg;
    unsigned long line = strtoul(msg, &colon, 10);
    if (*colon != ':')
        return msg;
    unsigned long column = strtoul(colon + 1, &end, 10);
    if (strncmp(end, ": ", 2) != 0)
        return msg;
    pos->line = (unsigned)line;
    pos->column = (unsigned)column;
    return end + 2;
}

/* The one place that decides between the two ways of reading.  A run wants the
 * first mistake and no more work; a check wants all.  The readers are the same
 * for both, so that neither finds what the other does not. */
enum tw_status tw_spec_note(const struct tw_spec_reader *r, enum tw_status st)
{
    struct tw_spec_pos pos;

    if (st == TW_OK || st == TW_ENOMEM || st == TW_ECANCELED || !r->found)
        return st;
    TW_ASSERT(r->err); /* the text of the finding is there */
    const char *reason = split_place(r, r->err->msg, &pos);
    if (tw_spec_found(r->found, TW_SPEC_ERROR, pos, "%s", reason) != TW_OK)
        return tw_spec_nomem(r);
    *r->err = (struct tw_err){ TW_OK, 0, "" }; /* it is told, all is well */
    return TW_OK;
}

/* 0 without a list: there the first mistake ends the reading anyway. */
size_t tw_spec_n_errors(const struct tw_spec_reader *r)
{
    if (!r->found)
        return 0;
    return r->found->n_errors;
}

/* All of them, where tw_toml_known() stops at the first. */
enum tw_status tw_spec_known(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *where,
                             const char *const *known)
{
    for (const struct tw_toml *v = table->first; v; v = v->next)
        TW_NOTE(r, tw_toml_known_key(v, where, known, r->err));
    return TW_OK;
}

/* With the distance that offers a name for a slip: what was offered there
 * counts as present here. */
bool tw_spec_is_absent(const struct tw_toml *table, const char *key)
{
    const char *const names[] = { key, NULL };

    for (const struct tw_toml *v = table->first; v; v = v->next)
        if (tw_toml_nearest(v->key, names))
            return false;
    return true;
}

/* Of the value: where a message is about what was written. */
struct tw_spec_pos tw_spec_pos_of(const struct tw_spec_reader *r,
                                  const struct tw_toml *at)
{
    return (struct tw_spec_pos){ r->file, at->line, at->column };
}

/* Only messages that begin with a line number lack their file: those of the
 * TOML reader and of this room.  Errors of files name theirs themselves. */
enum tw_status tw_spec_name_file(enum tw_status st, const char *file,
                                 struct tw_err *err)
{
    if (st == TW_OK || !err || err->msg[0] < '0' || err->msg[0] > '9')
        return st;
    char text[sizeof(err->msg)];
    memcpy(text, err->msg, sizeof(text));
    return tw_fail(err, st, err->pos, "%.100s:%s", file, text);
}

/* Copies end with a NUL, since the pieces that call.c cuts out do not. */
char *tw_spec_copy(struct tw_arena *a, const char *text, size_t n)
{
    char *copy = tw_arena_alloc(a, n + 1, 1);
    if (copy && n)
        memcpy(copy, text, n);
    return copy;
}

/* ASCII only: ids become file names, and identifiers go into programs, where
 * letters that look alike would be two names for one eye. */
static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A file name on any system, and safe in a shell and a URL. */
bool tw_spec_is_id(const char *text)
{
    size_t n = strlen(text);
    if (n < 1 || n > 64)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_alpha(text[i]) && !is_digit(text[i]) && !strchr("._-", text[i]))
            return false;
    return true;
}

/* The file name of a script folds '.' into '_' (a dot would make a package of
 * it), and some file systems fold letters. */
static char fold_id(char c)
{
    if (c == '.')
        return '_';
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* Two tests whose scripts are one file: the second would replace the first, and
 * the report would name a hash that no file has. */
bool tw_spec_same_script(const char *a, const char *b)
{
    while (*a && fold_id(*a) == fold_id(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Keywords of Python 3; "match", "case" and "type" are names there too. */
bool tw_spec_is_identifier(const char *text, size_t n)
{
    static const char *const keywords[] = {
        "False",    "None",   "True",  "and",    "as",    "assert",  "async",
        "await",    "break",  "class", "def",    "del",   "elif",    "else",
        "except",   "for",    "from",  "global", "if",    "import",  "in",
        "is",       "lambda", "not",   "or",     "pass",  "raise",   "return",
        "nonlocal", "try",    "while", "with",   "yield", "finally", "continue",
    };
    if (n < 1 || n > 64 || is_digit(text[0]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_alpha(text[i]) && !is_digit(text[i]) && text[i] != '_')
            return false;
    for (size_t i = 0; i < TW_ARRAY_LEN(keywords); i++)
        if (strlen(keywords[i]) == n && memcmp(keywords[i], text, n) == 0)
            return false;
    return true;
}

/* People write one name without brackets; that is no reason to complain. */
enum tw_status tw_spec_texts(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *key,
                             const char ***texts, size_t *n)
{
    const struct tw_toml *v = tw_toml_get(table, key);
    *n = 0;
    *texts = NULL;
    if (!v)
        return TW_OK;
    bool one = v->kind == TW_TOML_STRING;
    if (!one && v->kind != TW_TOML_ARRAY)
        return tw_spec_fail(r, v,
                            "'%s' must be a string or an array of "
                            "strings",
                            key);
    *texts = tw_arena_alloc(r->a, v->n_children + 1, sizeof(**texts));
    if (!*texts)
        return tw_spec_nomem(r);
    if (one)
        (*texts)[(*n)++] = v->u.text.bytes;
    for (const struct tw_toml *e = v->first; !one && e; e = e->next) {
        if (e->kind != TW_TOML_STRING)
            return tw_spec_fail(r, e, "'%s' must hold strings, not %s", key,
                                tw_toml_kind_name(e->kind));
        (*texts)[(*n)++] = e->u.text.bytes;
    }
    return TW_OK;
}

/* A value where a table is due is told with its kind: people write
 * accept = 3 for accept.repeat = 3. */
enum tw_status tw_spec_table(const struct tw_spec_reader *r,
                             const struct tw_toml *table, const char *key,
                             const struct tw_toml **child)
{
    *child = tw_toml_get(table, key);
    if (*child && (*child)->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, *child, "'%s' must be a table, not %s", key,
                            tw_toml_kind_name((*child)->kind));
    return TW_OK;
}

/* Bounds hold for what was written, not for the fallback: -1 stands for "not
 * said" outside of most of them. */
enum tw_status tw_spec_int(const struct tw_spec_reader *r,
                           const struct tw_toml *table, const char *key,
                           int64_t fallback, int64_t min, int64_t max,
                           int64_t *value)
{
    TW_TRY(tw_toml_int(table, key, fallback, value, r->err));
    const struct tw_toml *v = tw_toml_get(table, key);
    if (v && (*value < min || *value > max))
        return tw_spec_fail(r, v, "'%s' must lie in %" PRId64 "..%" PRId64, key,
                            min, max);
    return TW_OK;
}

/* Written so that NaN lies in no bounds. */
enum tw_status tw_spec_number(const struct tw_spec_reader *r,
                              const struct tw_toml *table, const char *key,
                              double fallback, double min, double max,
                              double *value)
{
    TW_TRY(tw_toml_number(table, key, fallback, value, r->err));
    const struct tw_toml *v = tw_toml_get(table, key);
    if (v && !(*value >= min && *value <= max))
        return tw_spec_fail(r, v, "'%s' must lie in %g..%g", key, min, max);
    return TW_OK;
}

/* 0 for what is no unit. */
static double unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {
        { "", 1.0 },   { "s", 1.0 },    { "ms", 1e-3 },   { "min", 60.0 },
        { "m", 60.0 }, { "h", 3600.0 }, { "d", 86400.0 },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(units); i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].seconds;
    return 0.0;
}

/* A year is the longest: more is a slip in the unit.  NaN fails the comparison
 * and is refused with the rest. */
enum tw_status tw_spec_duration(const struct tw_spec_reader *r,
                                const struct tw_toml *table, const char *key,
                                double fallback, double *seconds)
{
    const struct tw_toml *v = tw_toml_get(table, key);
    *seconds = fallback;
    if (!v)
        return TW_OK;
    double number = 0.0, unit = 1.0;
    if (v->kind == TW_TOML_STRING) {
        char *end;
        number = strtod(v->u.text.bytes, &end);
        while (*end == ' ')
            end++;
        if (end == v->u.text.bytes)
            unit = 0.0; /* no number at all */
        else
            unit = unit_seconds(end);
    } else {
        TW_TRY(tw_toml_number(table, key, 0.0, &number, r->err));
    }
    *seconds = number * unit;
    if (!(*seconds > 0.0 && *seconds <= 366 * 86400.0))
        return tw_spec_fail(
            r, v, "'%s' must be a time like \"10s\" or \"15min\"", key);
    return TW_OK;
}

/* Each call makes the list anew: lists are short, and an arena cannot grow a
 * block in its place. */
enum tw_status tw_spec_files(const struct tw_spec_reader *r,
                             const struct tw_toml *at, const char *pattern,
                             const char ***files, size_t *n)
{
    char *joined = tw_file_join(r->a, r->dir, pattern);
    if (!joined)
        return tw_spec_nomem(r);
    char **found = NULL;
    size_t n_found = 0;
    TW_TRY(tw_file_glob(r->a, joined, &found, &n_found, r->err));
    if (n_found == 0)
        return tw_spec_fail(r, at, "no file matches '%.100s'", joined);
    if (n_found > FILES_MAX - *n)
        return tw_spec_fail(r, at, "more than %d files match '%.80s'",
                            FILES_MAX, joined);
    const char **all = tw_arena_alloc(r->a, *n + n_found, sizeof(*all));
    if (!all)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < *n; i++)
        all[i] = (*files)[i];
    for (size_t i = 0; i < n_found; i++)
        all[*n + i] = found[i];
    *files = all;
    *n += n_found;
    return TW_OK;
}

/* Kind and number of children go in too: ["ab"] and ["a", "b"] differ. */
static void hash_node(struct tw_hash *h, const struct tw_toml *t)
{
    const char *key = "";
    if (t->key) /* the root and elements of arrays have none */
        key = t->key;
    tw_hash_adds(h, key);
    tw_hash_add_u64(h, (uint64_t)t->kind);
    tw_hash_add_u64(h, t->n_children);
    switch (t->kind) {
    case TW_TOML_INT:
        tw_hash_add_u64(h, (uint64_t)t->u.i);
        break;
    case TW_TOML_FLOAT:
        tw_hash_add_f64(h, t->u.f);
        break;
    case TW_TOML_BOOL:
        tw_hash_add_u64(h, t->u.b);
        break;
    case TW_TOML_ARRAY:
    case TW_TOML_TABLE:
        break;
    case TW_TOML_STRING:
    case TW_TOML_OFFSET_DATETIME:
    case TW_TOML_LOCAL_DATETIME:
    case TW_TOML_LOCAL_DATE:
    case TW_TOML_LOCAL_TIME:
        tw_hash_adds(h, t->u.text.bytes);
        break;
    }
}

/* With a stack of its own, as nesting is hostile input like all else. */
void tw_spec_fingerprint(const struct tw_toml *t, char hex[65])
{
    const struct tw_toml *stack[DEPTH_MAX];
    size_t depth = 0;
    struct tw_hash h;
    tw_hash_init(&h);
    hash_node(&h, t);
    stack[depth++] = t->first;
    while (depth) {
        const struct tw_toml *v = stack[depth - 1];
        if (!v) {
            depth--;
            continue;
        }
        stack[depth - 1] = v->next;
        hash_node(&h, v);
        bool nested = v->kind == TW_TOML_ARRAY || v->kind == TW_TOML_TABLE;
        if (nested && depth < DEPTH_MAX)
            stack[depth++] = v->first;
    }
    tw_hash_hex(&h, hex);
}

/* An integer is a good float, as in Python; the other way round it is not. */
static bool scalar_fits(const struct tw_toml *v, enum tw_spec_scalar s)
{
    switch (s) {
    case TW_SPEC_INT:
        return v->kind == TW_TOML_INT;
    case TW_SPEC_FLOAT:
        return v->kind == TW_TOML_INT || v->kind == TW_TOML_FLOAT;
    case TW_SPEC_BOOL:
        return v->kind == TW_TOML_BOOL;
    case TW_SPEC_STR:
        return v->kind == TW_TOML_STRING;
    case TW_SPEC_NONE_TYPE:
    case TW_SPEC_ANY:
        return true;
    }
    return true;
}

/* Elements of a list must fit each by itself; an empty list fits all types. */
bool tw_spec_value_fits(const struct tw_toml *v, const struct tw_spec_type *t)
{
    if (!t->is_list)
        return scalar_fits(v, t->scalar);
    if (v->kind != TW_TOML_ARRAY)
        return false;
    for (const struct tw_toml *e = v->first; e; e = e->next)
        if (!scalar_fits(e, t->scalar))
            return false;
    return true;
}
