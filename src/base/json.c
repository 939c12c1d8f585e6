/*
 * json.c - jansson behind a door of our own: reading, and the two things that
 * are hard to write, strings and numbers.
 */
#include "base/json.h"

#include "base/fault.h"
#include "base/number.h"
#include "base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* struct tw_json is never defined: it is jansson's json_t under our name, so
 * that a tree needs no second tree. */

static const json_t *node(const struct tw_json *v)
{
    return (const json_t *)(const void *)v;
}

static const struct tw_json *value(const json_t *j)
{
    return (const struct tw_json *)(const void *)j;
}

/* jansson counts from 0 or gives -1 where it does not know. */
static int at_least(int v, int least)
{
    if (v < least)
        return least;
    return v;
}

/* jansson's text quotes the input, which may hold anything.  When memory runs
 * out it mostly leaves no text, and sometimes blames the token it was in. */
static enum tw_status fail_parse(const json_error_t *e, struct tw_err *err)
{
    char text[JSON_ERROR_TEXT_LENGTH];
    size_t n = 0;

    for (; e->text[n] && n + 1 < sizeof(text); n++) {
        text[n] = e->text[n];
        if (text[n] < ' ' || text[n] >= 0x7F)
            text[n] = '?';
    }
    text[n] = '\0';
    if (n == 0 || json_error_code(e) == json_error_out_of_memory)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for JSON");
    return tw_fail(err, TW_EFORMAT, (size_t)at_least(e->position, 0),
                   "%d:%d: %s", at_least(e->line, 1), at_least(e->column, 1),
                   text);
}

/* Duplicate members are refused because two readers would take different ones.
 * The allocator is set in builds for tests only, and before every parse,
 * because jansson keeps it in a global. */
enum tw_status tw_json_parse(struct tw_json **root, const char *text, size_t n,
                             struct tw_err *err)
{
    json_error_t e = { .line = 1, .column = 1 };

#ifdef TW_FAULTS
    json_set_alloc_funcs(tw_mem_alloc, free);
#endif
    json_t *j = json_loadb(
        text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &e);
    *root = (struct tw_json *)(void *)j;
    if (!j)
        return fail_parse(&e, err);
    return TW_OK;
}

void tw_json_free(struct tw_json *root)
{
    json_decref((json_t *)(void *)root);
}

/* No default: the compiler then tells when jansson gets a new type. */
enum tw_json_kind tw_json_kind(const struct tw_json *v)
{
    if (!v)
        return TW_JSON_NULL;
    switch (json_typeof(node(v))) {
    case JSON_TRUE:
    case JSON_FALSE:
        return TW_JSON_BOOL;
    case JSON_INTEGER:
        return TW_JSON_INT;
    case JSON_REAL:
        return TW_JSON_REAL;
    case JSON_STRING:
        return TW_JSON_STRING;
    case JSON_ARRAY:
        return TW_JSON_ARRAY;
    case JSON_OBJECT:
        return TW_JSON_OBJECT;
    case JSON_NULL:
        break;
    }
    return TW_JSON_NULL;
}

const struct tw_json *tw_json_get(const struct tw_json *v, const char *key)
{
    return value(json_object_get(node(v), key));
}

const struct tw_json *tw_json_at(const struct tw_json *v, size_t i)
{
    return value(json_array_get(node(v), i));
}

/* jansson's functions give 0 for other kinds and for NULL, which is our
 * contract too. */
size_t tw_json_len(const struct tw_json *v)
{
    if (json_is_object(node(v)))
        return json_object_size(node(v));
    return json_array_size(node(v)); /* 0 for anything else */
}

const struct tw_json *tw_json_member(const struct tw_json *v, size_t i,
                                     const char **key)
{
    /* Iterators want a json_t that is not const, though they only read. */
    union {
        const struct tw_json *in;
        json_t *out;
    } p = { .in = v };
    json_t *j = p.out;

    *key = NULL;
    if (i >= json_object_size(j))
        return NULL;
    void *it = json_object_iter(j);
    while (it && i--)
        it = json_object_iter_next(j, it);
    if (!it)
        return NULL;
    *key = json_object_iter_key(it);
    return value(json_object_iter_value(it));
}

const char *tw_json_text(const struct tw_json *v, size_t *n)
{
    if (n)
        *n = json_string_length(node(v)); /* 0 for anything else */
    return json_string_value(node(v));
}

double tw_json_number(const struct tw_json *v, double fallback)
{
    if (!json_is_number(node(v)))
        return fallback;
    return json_number_value(node(v));
}

int64_t tw_json_int(const struct tw_json *v, int64_t fallback)
{
    if (!json_is_integer(node(v)))
        return fallback;
    return json_integer_value(node(v));
}

bool tw_json_bool(const struct tw_json *v, bool fallback)
{
    if (!json_is_boolean(node(v)))
        return fallback;
    return json_is_true(node(v));
}

/* The short form where RFC 8259, section 7 has one, else four hex digits. */
static void add_escaped(struct tw_buf *b, uint32_t code)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *p = NULL;
    if (code < 0x80)
        p = memchr(from, (int)code, sizeof(from) - 1);

    if (p)
        tw_buf_addf(b, "\\%c", to[p - from]);
    else
        tw_buf_addf(b, "\\u%04x", (unsigned)code);
}

/* More is escaped than the standard asks for, DEL and marks that turn the
 * direction of writing: the text may be shown on a terminal. The slash is not,
 * so that JSON of ours cannot go into a script element of a page as it is. */
void tw_json_add_string(struct tw_buf *b, const char *text, size_t n)
{
    uint32_t code;

    tw_buf_addc(b, '"');
    for (size_t at = 0; at < n;) {
        size_t len = tw_utf8_decode(text + at, n - at, &code);
        if (!len) {
            tw_buf_adds(b, "\xEF\xBF\xBD"); /* U+FFFD */
            len = 1;                        /* one of these a bad byte */
        } else if (code < ' ' || code == '"' || code == '\\' ||
                   tw_utf8_is_deceptive(code)) {
            add_escaped(b, code);
        } else {
            tw_buf_add(b, text + at, len);
        }
        at += len;
    }
    tw_buf_addc(b, '"');
}

void tw_json_adds(struct tw_buf *b, const char *text)
{
    tw_json_add_string(b, text, strlen(text));
}

void tw_json_add_number(struct tw_buf *b, double v)
{
    if (isfinite(v))
        tw_number_add(b, v);
    else
        tw_buf_adds(b, "null"); /* JSON has no NaN and no infinity */
}
