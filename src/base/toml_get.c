/*
 * toml_get.c - typed values out of a TOML tree, and names that are nearly
 * right.
 *
 * Configuration is read by people's mistakes: each message says where, what was
 * expected and what was there.
 */
#include "base/toml.h"

#include "base/size.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* A walk through the children: tables of configuration are small. The index of
 * the parser is gone with it. */
const struct tw_toml *tw_toml_get(const struct tw_toml *t, const char *key)
{
    if (!t || t->kind != TW_TOML_TABLE)
        return NULL;
    size_t n = strlen(key);
    for (const struct tw_toml *c = t->first; c; c = c->next)
        if (c->key_len == n && memcmp(c->key, key, n) == 0)
            return c;
    return NULL;
}

/* With the article, so that a message reads as a sentence. */
const char *tw_toml_kind_name(enum tw_toml_kind kind)
{
    switch (kind) {
    case TW_TOML_STRING:
        return "a string";
    case TW_TOML_INT:
        return "an integer";
    case TW_TOML_FLOAT:
        return "a number";
    case TW_TOML_BOOL:
        return "true or false";
    case TW_TOML_OFFSET_DATETIME:
        return "a date and time with offset";
    case TW_TOML_LOCAL_DATETIME:
        return "a date and time";
    case TW_TOML_LOCAL_DATE:
        return "a date";
    case TW_TOML_LOCAL_TIME:
        return "a time";
    case TW_TOML_ARRAY:
        return "an array";
    case TW_TOML_TABLE:
        return "a table";
    }
    return "a value";
}

/* The position is that of the value, where the user has to change something. */
static enum tw_status wrong_kind(const struct tw_toml *v, const char *key,
                                 enum tw_toml_kind wanted, struct tw_err *err)
{
    return tw_fail(err, TW_EFORMAT, 0, "%u:%u: '%.60s' must be %s, not %s",
                   v->line, v->column, key, tw_toml_kind_name(wanted),
                   tw_toml_kind_name(v->kind));
}

/* A NUL is legal in TOML ("\u0000"), but all who take texts here take C
 * strings, and would silently see less. */
enum tw_status tw_toml_text(const struct tw_toml *t, const char *key,
                            const char *fallback, const char **value,
                            struct tw_err *err)
{
    const struct tw_toml *v = tw_toml_get(t, key);

    *value = fallback;
    if (!v)
        return TW_OK;
    if (v->kind != TW_TOML_STRING)
        return wrong_kind(v, key, TW_TOML_STRING, err);
    if (memchr(v->u.text.bytes, '\0', v->u.text.len))
        return tw_fail(err, TW_EFORMAT, 0,
                       "%u:%u: '%.60s' must not hold a NUL character", v->line,
                       v->column, key);
    *value = v->u.text.bytes;
    return TW_OK;
}

enum tw_status tw_toml_int(const struct tw_toml *t, const char *key,
                           int64_t fallback, int64_t *value, struct tw_err *err)
{
    const struct tw_toml *v = tw_toml_get(t, key);

    *value = fallback;
    if (!v)
        return TW_OK;
    if (v->kind != TW_TOML_INT)
        return wrong_kind(v, key, TW_TOML_INT, err);
    *value = v->u.i;
    return TW_OK;
}

/* A user who writes 5 for 5.0 means the same; above 2^53 the double is
 * rounded. */
enum tw_status tw_toml_number(const struct tw_toml *t, const char *key,
                              double fallback, double *value,
                              struct tw_err *err)
{
    const struct tw_toml *v = tw_toml_get(t, key);

    *value = fallback;
    if (!v)
        return TW_OK;
    if (v->kind != TW_TOML_FLOAT && v->kind != TW_TOML_INT)
        return wrong_kind(v, key, TW_TOML_FLOAT, err);
    if (v->kind == TW_TOML_INT)
        *value = (double)v->u.i;
    else
        *value = v->u.f;
    return TW_OK;
}

enum tw_status tw_toml_bool(const struct tw_toml *t, const char *key,
                            bool fallback, bool *value, struct tw_err *err)
{
    const struct tw_toml *v = tw_toml_get(t, key);

    *value = fallback;
    if (!v)
        return TW_OK;
    if (v->kind != TW_TOML_BOOL)
        return wrong_kind(v, key, TW_TOML_BOOL, err);
    *value = v->u.b;
    return TW_OK;
}

/* Longer than any option or key of ours; what is longer gets no hint. */
enum { NAME_MAX_LEN = 63 };

static size_t min3(size_t a, size_t b, size_t c)
{
    return tw_size_min(tw_size_min(a, b), c);
}

/* Edits from a to b: insert, delete, replace, swap of neighbours (optimal
 * string alignment); three rows of the table are kept, the swap looks two back.
 * Names longer than NAME_MAX_LEN are far from everything. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][NAME_MAX_LEN + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1,
                          above[j - 1] + (a[i - 1] != b[j - 1]));
            bool swap =
                i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swap && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
    }
    return row[m];
}

/* One edit in three letters, and one for short names, may be a slip; more is
 * another word. Of equal ones the first wins, so the order of the list
 * decides. */
const char *tw_toml_nearest(const char *name, const char *const *known)
{
    size_t len = strlen(name);
    size_t least = len / 3 + 2; /* one more than accepted */
    const char *best = NULL;

    for (; *known; known++) {
        size_t d = distance(name, *known);
        if (d < least) {
            least = d;
            best = *known;
        }
    }
    return best;
}

struct tw_toml_hint tw_toml_hint(const char *name, const char *mark,
                                 const char *const *known)
{
    struct tw_toml_hint h = { "" };
    const char *near = tw_toml_nearest(name, known);

    if (near)
        (void)snprintf(h.text, sizeof(h.text), ", did you mean '%s%s'?", mark,
                       near);
    return h;
}

static bool is_known(const struct tw_toml *v, const char *const *known)
{
    for (; *known; known++)
        if (strlen(*known) == v->key_len &&
            memcmp(*known, v->key, v->key_len) == 0)
            return true;
    return false;
}

/* Unknown keys are refused because a misspelt one would otherwise take its
 * default without a word. */
enum tw_status tw_toml_known_key(const struct tw_toml *v, const char *where,
                                 const char *const *known, struct tw_err *err)
{
    struct tw_buf shown; /* a key may hold anything, also terminal codes */

    if (is_known(v, known))
        return TW_OK;
    tw_buf_init(&shown, 400);
    tw_utf8_add_safe(&shown, v->key, tw_size_min(v->key_len, 60));
    enum tw_status st =
        tw_fail(err, TW_EFORMAT, 0, "%u:%u: unknown key '%s' in %s%s",
                v->key_line, v->key_column, tw_buf_text(&shown), where,
                tw_toml_hint(v->key, "", known).text);
    tw_buf_release(&shown);
    return st;
}

enum tw_status tw_toml_known(const struct tw_toml *t, const char *where,
                             const char *const *known, struct tw_err *err)
{
    const struct tw_toml *v = NULL;

    if (t)
        v = t->first;
    for (; v; v = v->next)
        TW_TRY(tw_toml_known_key(v, where, known, err));
    return TW_OK;
}
