/*
 * records.c - the records of a JSON or JSONL file, one at a time, with lines.
 *
 * The file is in memory as text, and only the record at hand is parsed: some
 * files have a hundred megabytes, and their trees would take ten times that.
 * For that the text is scanned for the ends of values first.  The scan accepts
 * more than JSON does; what it passes on is then parsed strictly.
 */
#include "tasks/records.h"

#include "base/file.h"
#include "base/file_kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* JSON's white space, and nothing else. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Blanks between records, counting lines on the way. */
static void skip_blanks(struct tw_records *r)
{
    const char *text = tw_buf_text(&r->text);
    for (; r->at < r->text.len && is_blank(text[r->at]); r->at++)
        r->at_line += text[r->at] == '\n';
}

/* Pass over n bytes that are no blanks only. */
static void advance(struct tw_records *r, size_t n)
{
    const char *p = tw_buf_text(&r->text) + r->at, *end = p + n;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        r->at_line++;
        p++;
    }
    r->at += n;
}

/* Length of the string that starts at p; a line end stops it, as no string may
 * hold one. */
static size_t string_len(const char *p, const char *end)
{
    const char *s = p + 1;
    while (s < end && *s != '"' && *s != '\n') {
        if (*s == '\\' && s + 1 < end && s[1] != '\n')
            s++; /* a quote behind a backslash ends nothing */
        s++;
    }
    return (size_t)(s - p) + (s < end && *s == '"');
}

/* Length of the value that starts at p.  What is malformed gets some length,
 * at least 1: the JSON reader will tell. */
static size_t value_len(const char *p, const char *end)
{
    const char *s = p;
    size_t depth = 0;
    while (s < end) {
        if (*s == '"') {
            s += string_len(s, end);
        } else if (*s == '{' || *s == '[') {
            depth++;
            s++;
        } else if ((*s == '}' || *s == ']') && depth > 0) {
            depth--;
            s++;
        } else if (depth > 0 ||
                   (s == p && !strchr("}],:", *s) && !is_blank(*s))) {
            s++;
            while (depth == 0 && s < end && !is_blank(*s) &&
                   !strchr(",]}:\"[{", *s))
                s++;
        } else {
            return s > p ? (size_t)(s - p) : 1;
        }
        if (depth == 0)
            break;
    }
    return (size_t)(s - p);
}

/* Length of the value at the place that is read next. */
static size_t value_here(const struct tw_records *r)
{
    const char *text = tw_buf_text(&r->text);
    return value_len(text + r->at, text + r->text.len);
}

/* The byte that is read next, NUL at the end, which no JSON has outside of
 * strings. */
static char byte_here(const struct tw_records *r)
{
    if (r->at == r->text.len)
        return '\0';
    return tw_buf_text(&r->text)[r->at];
}

/* What the file is, from its first record: a list, a record in each line, or
 * records that go over lines.  A byte order mark, which some editors write, is
 * passed over. */
static void find_shape(struct tw_records *r)
{
    if (r->text.len >= 3 &&
        memcmp(tw_buf_text(&r->text), "\xef\xbb\xbf", 3) == 0)
        r->at = 3;
    skip_blanks(r);
    if (byte_here(r) == '[') {
        r->shape = TW_RECORDS_LIST;
        r->at++;
        return;
    }
    r->shape = TW_RECORDS_LINES;
    if (r->at < r->text.len &&
        memchr(tw_buf_text(&r->text) + r->at, '\n', value_here(r)))
        r->shape = TW_RECORDS_VALUES;
}

/* The last part of a path, as far as it can be shown. */
static void set_name(struct tw_records *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = path;
    size_t n = 0;
    if (slash && slash[1])
        name = slash + 1;
    for (; name[n] && n + 1 < sizeof(r->name); n++) {
        r->name[n] = name[n];
        if (name[n] < ' ' || name[n] == 0x7f)
            r->name[n] = '?'; /* a name may hold what moves the cursor */
    }
    r->name[n] = '\0';
}

/* A line is what a person can find; offset and code are for programs. */
enum tw_status tw_records_fail(const struct tw_records *r, enum tw_status code,
                               struct tw_err *err, const char *fmt, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return tw_fail(err, code, r->at, "line %zu of '%.40s' %s", r->line, r->name,
                   text);
}

/* The limit is that of one record. */
static enum tw_status fail_long(const struct tw_records *r, struct tw_err *err)
{
    return tw_records_fail(r, TW_ELIMIT, err, "exceeds %zu bytes",
                           TW_RECORD_MAX);
}

/* Bytes to the end of the line. */
static size_t line_here(const struct tw_records *r)
{
    const char *p = tw_buf_text(&r->text) + r->at;
    const char *eol = memchr(p, '\n', r->text.len - r->at);
    if (!eol)
        return r->text.len - r->at;
    return (size_t)(eol - p);
}

/* Can the file be one of records at all?  Asked before it is hashed, which
 * takes seconds for the largest. */
static enum tw_status check_start(const struct tw_records *r,
                                  struct tw_err *err)
{
    const char *kind = tw_file_kind(tw_buf_text(&r->text), r->text.len);
    if (r->shape == TW_RECORDS_LIST || byte_here(r) == '{')
        kind = NULL;
    if (kind)
        return tw_fail(err, TW_EFORMAT, 0, "cannot read '%.60s': it is %s",
                       r->name, kind);
    if (r->shape == TW_RECORDS_LINES && line_here(r) > TW_RECORD_MAX)
        return fail_long(r, err);
    return TW_OK;
}

/* The hash is over the file as it is, byte order mark and all: it names the
 * file and not what was read from it. */
enum tw_status tw_records_open(struct tw_records *r, const char *path,
                               struct tw_err *err)
{
    memset(r, 0, sizeof(*r));
    tw_buf_init(&r->text, TW_RECORD_FILE_MAX);
    set_name(r, path);
    enum tw_status st = tw_file_read(&r->text, path, err);
    if (st != TW_OK) {
        tw_records_close(r);
        return st;
    }
    r->at_line = r->line = 1;
    r->first = true;
    find_shape(r);
    st = check_start(r, err);
    if (st != TW_OK) {
        tw_records_close(r);
        return st;
    }
    tw_hash_bytes_hex(tw_buf_text(&r->text), r->text.len, r->sha256);
    return TW_OK;
}

/* Harmless after a failed open. */
void tw_records_close(struct tw_records *r)
{
    tw_json_free(r->key);
    tw_buf_release(&r->text);
    memset(r, 0, sizeof(*r));
}

/* What the JSON reader said of the record, with the file's line. */
static enum tw_status fail_json(const struct tw_records *r,
                                const struct tw_err *what, struct tw_err *err)
{
    if (what->code != TW_EFORMAT)
        return tw_fail(err, what->code, r->at, "%s", what->msg);
    char *rest;
    unsigned long line = strtoul(what->msg, &rest, 10);
    if (*rest != ':' || line == 0)
        return tw_records_fail(r, TW_EFORMAT, err, "is no JSON");
    return tw_fail(err, TW_EFORMAT, r->at,
                   "line %zu of '%.40s' is no JSON, column %.100s",
                   r->line + (size_t)line - 1, r->name, rest + 1);
}

/* A member of an object, at a place in the text. */
struct member {
    const char *key, *value;
    size_t n_key, n_value; /* the key with its quotes */
};

/* The same within a record, where lines do not count. */
static const char *pass_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

/* The member that starts at or behind *p, which then is behind it and the
 * comma; false: there is none. */
static bool next_member(const char **p, const char *end, struct member *m)
{
    m->key = pass_blanks(*p, end);
    if (m->key == end || *m->key != '"')
        return false;
    m->n_key = string_len(m->key, end);
    const char *s = pass_blanks(m->key + m->n_key, end);
    if (s == end || *s != ':')
        return false;
    m->value = pass_blanks(s + 1, end);
    if (m->value == end)
        return false;
    m->n_value = value_len(m->value, end);
    s = pass_blanks(m->value + m->n_value, end);
    *p = s < end && *s == ',' ? s + 1 : s;
    return true;
}

/* Is it this name?  A name with an escape in it is none of those that are asked
 * for. */
static bool is_key(const struct member *m, const char *name)
{
    size_t n = strlen(name);
    return m->n_key == n + 2 && memcmp(m->key + 1, name, n) == 0;
}

/* Is it a member that the caller wants as text? */
static bool is_raw(const struct tw_records *r, const struct member *m)
{
    for (const char *const *raw = r->raw; *raw; raw++)
        if (is_key(m, *raw))
            return true;
    return false;
}

/* The object with its raw members as strings; false: it has none.  Everything
 * else is copied byte by byte, so that a mistake in it is still found, though
 * its column is another then. */
static bool quote_raw(const struct tw_records *r, size_t n, struct tw_buf *b)
{
    const char *p = tw_buf_text(&r->text) + r->at, *end = p + n;
    struct member m;
    size_t n_raw = 0;
    if (n == 0 || *p++ != '{')
        return false;
    for (tw_buf_addc(b, '{'); next_member(&p, end, &m);) {
        tw_buf_add(b, m.key, m.n_key);
        tw_buf_addc(b, ':');
        bool raw = is_raw(r, &m);
        n_raw += raw;
        if (raw)
            tw_json_add_string(b, m.value, m.n_value);
        else
            tw_buf_add(b, m.value, m.n_value);
        if (p[-1] == ',')
            tw_buf_addc(b, ',');
    }
    p = pass_blanks(p, end);
    tw_buf_add(b, p, (size_t)(end - p));
    return n_raw > 0 && b->failed == TW_OK;
}

/* Parse n bytes and pass over them.  The limit is that of one record, for it
 * becomes a tree here. */
static enum tw_status parse_here(struct tw_records *r, size_t n,
                                 struct tw_json **root, struct tw_err *err)
{
    struct tw_err what = { 0 };
    struct tw_buf quoted;
    const char *text = tw_buf_text(&r->text) + r->at;
    size_t n_text = n;
    if (n > TW_RECORD_MAX)
        return fail_long(r, err);
    tw_buf_init(&quoted, 8 * TW_RECORD_MAX);
    if (r->raw && quote_raw(r, n, &quoted)) {
        text = tw_buf_text(&quoted);
        n_text = quoted.len;
    }
    enum tw_status st = tw_json_parse_loose(root, text, n_text, &what);
    tw_buf_release(&quoted);
    if (st != TW_OK)
        return fail_json(r, &what, err);
    advance(r, n);
    return TW_OK;
}

/* In front of an element: pass the comma, or find the end. */
static enum tw_status next_element(struct tw_records *r, char close,
                                   struct tw_err *err)
{
    bool first = r->first;
    r->first = false;
    if (byte_here(r) == close) {
        r->at++;
        r->done = true;
        skip_blanks(r);
        r->line = r->at_line;
        if (close == ']' && r->at < r->text.len)
            return tw_records_fail(r, TW_EFORMAT, err,
                                   "has more behind the list");
        return TW_OK;
    }
    if (!first && byte_here(r) == ',') {
        r->at++;
        skip_blanks(r);
    } else if (!first && r->at < r->text.len) {
        return tw_records_fail(r, TW_EFORMAT, err,
                               "lacks a comma or the end of the list");
    }
    r->line = r->at_line;
    if (r->at == r->text.len)
        return tw_records_fail(r, TW_EFORMAT, err, "ends inside of the list");
    return TW_OK;
}

/* "key": in front of the value. */
static enum tw_status next_key(struct tw_records *r, struct tw_err *err)
{
    tw_json_free(r->key);
    r->key = NULL;
    TW_TRY(parse_here(r, value_here(r), &r->key, err));
    skip_blanks(r);
    if (tw_json_kind(r->key) != TW_JSON_STRING || byte_here(r) != ':')
        return tw_records_fail(r, TW_EFORMAT, err, "lacks a name and a colon");
    r->at++;
    skip_blanks(r);
    if (r->at == r->text.len)
        return tw_records_fail(r, TW_EFORMAT, err, "ends behind a colon");
    return TW_OK;
}

/* The line of the record is set before it is read, so that a message about a
 * broken one names it. */
enum tw_status tw_records_next(struct tw_records *r, struct tw_json **root,
                               struct tw_err *err)
{
    *root = NULL;
    skip_blanks(r);
    r->line = r->at_line;
    bool inside = r->shape == TW_RECORDS_LIST || r->shape == TW_RECORDS_MEMBERS;
    if (r->done || (!inside && r->at == r->text.len))
        return TW_OK;
    if (r->shape == TW_RECORDS_LIST)
        TW_TRY(next_element(r, ']', err));
    if (r->shape == TW_RECORDS_MEMBERS)
        TW_TRY(next_element(r, '}', err));
    if (r->done)
        return TW_OK;
    if (r->shape == TW_RECORDS_MEMBERS)
        TW_TRY(next_key(r, err));
    /* In a file of lines whatever stands in the line is the record, so that a
     * broken one is told as a whole and does not swallow the next. */
    if (r->shape == TW_RECORDS_LINES)
        return parse_here(r, line_here(r), root, err);
    return parse_here(r, value_here(r), root, err);
}

/* Looks for the member in the text, for the object around it may be the whole
 * file. */
bool tw_records_descend(struct tw_records *r, const char *member)
{
    const char *p = tw_buf_text(&r->text) + r->at;
    const char *end = tw_buf_text(&r->text) + r->text.len;
    struct member m;
    if (byte_here(r) != '{')
        return false;
    for (p++; next_member(&p, end, &m);) {
        if (!is_key(&m, member))
            continue;
        if (*m.value != '{')
            return false;
        advance(r, (size_t)(m.value + 1 - tw_buf_text(&r->text)) - r->at);
        r->shape = TW_RECORDS_MEMBERS;
        return true;
    }
    return false;
}

/* A text of a tree that is freed soon.  A NUL is refused: all texts of tasks
 * end with one, and what stands behind it would vanish without a word. */
static enum tw_status copy_text(const struct tw_records *r,
                                const struct tw_json *v, const char *member,
                                struct tw_arena *a, const char **text,
                                struct tw_err *err)
{
    size_t n;
    const char *s = tw_json_text(v, &n);
    if (!s)
        return tw_records_fail(r, TW_EFORMAT, err,
                               "has something else than text in '%s'", member);
    if (memchr(s, '\0', n))
        return tw_records_fail(r, TW_EFORMAT, err, "has a NUL in '%s'", member);
    *text = tw_arena_text(a, s, n);
    if (!*text)
        return tw_records_fail(r, TW_ENOMEM, err, "does not fit in memory");
    return TW_OK;
}

enum tw_status tw_records_text(const struct tw_records *r,
                               const struct tw_json *record, const char *member,
                               struct tw_arena *a, const char **text,
                               struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, member);
    if (!v)
        return tw_records_fail(r, TW_EFORMAT, err, "lacks '%s'", member);
    return copy_text(r, v, member, a, text, err);
}

/* Null is as good as missing: some writers fill all columns. */
enum tw_status tw_records_text_opt(const struct tw_records *r,
                                   const struct tw_json *record,
                                   const char *member, struct tw_arena *a,
                                   const char **text, struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, member);
    *text = "";
    if (tw_json_kind(v) == TW_JSON_NULL)
        return TW_OK;
    return copy_text(r, v, member, a, text, err);
}

/* The array is terminated by its number, not by NULL. */
enum tw_status tw_records_texts(const struct tw_records *r,
                                const struct tw_json *record,
                                const char *member, struct tw_arena *a,
                                const char *const **texts, size_t *n,
                                struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, member);
    *n = 0;
    *texts = NULL;
    if (tw_json_kind(v) == TW_JSON_NULL)
        return TW_OK;
    if (tw_json_kind(v) != TW_JSON_ARRAY)
        return tw_records_fail(r, TW_EFORMAT, err,
                               "has something else than a list in '%s'",
                               member);
    size_t len = tw_json_len(v);
    const char **out = tw_arena_alloc(a, len + 1, sizeof(*out));
    if (!out)
        return tw_records_fail(r, TW_ENOMEM, err, "does not fit in memory");
    for (size_t i = 0; i < len; i++)
        TW_TRY(copy_text(r, tw_json_at(v, i), member, a, &out[i], err));
    *texts = out;
    *n = len;
    return TW_OK;
}
