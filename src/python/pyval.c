/*
 * pyval.c - values of Python as data: made, written as bytes, read back.
 *
 * The writer's input is ours.  The reader's is whatever a candidate sends:
 * every count is compared with the bytes that are left before memory is taken,
 * the depth has a limit, and there is one form for a value (no leading zeros,
 * sets in one order), so that equal bytes mean equal values.  No recursion: the
 * stack is an array of PYVAL_DEPTH_MAX.
 */
#include "python/pyval.h"

#include "python/pyval_priv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define DIGITS_MAX 100000 /* of an int */

static struct tw_pyval *make(struct tw_arena *a, enum tw_pyval_kind kind)
{
    struct tw_pyval *v = tw_arena_alloc(a, 1, sizeof(*v));

    if (v)
        v->kind = kind;
    return v;
}

/* A copy with a NUL behind it, which counts for nothing: str and bytes may
 * hold NULs. */
static struct tw_pyval *make_text(struct tw_arena *a, enum tw_pyval_kind kind,
                                  const char *text, size_t n)
{
    struct tw_pyval *v = make(a, kind);
    char *copy = tw_arena_alloc(a, n + 1, 1);

    if (!v || !copy)
        return NULL;
    if (n)
        memcpy(copy, text, n);
    v->text = copy;
    v->len = n;
    return v;
}

struct tw_pyval *tw_pyval_none(struct tw_arena *a)
{
    return make(a, TW_PYVAL_NONE);
}

struct tw_pyval *tw_pyval_bool(struct tw_arena *a, bool value)
{
    struct tw_pyval *v = make(a, TW_PYVAL_BOOL);

    if (v)
        v->b = value;
    return v;
}

struct tw_pyval *tw_pyval_int(struct tw_arena *a, long long value)
{
    char digits[32];
    int n = snprintf(digits, sizeof(digits), "%lld", value);

    return make_text(a, TW_PYVAL_INT, digits, (size_t)n);
}

struct tw_pyval *tw_pyval_float(struct tw_arena *a, double value)
{
    struct tw_pyval *v = make(a, TW_PYVAL_FLOAT);

    if (v)
        v->f = value;
    return v;
}

struct tw_pyval *tw_pyval_str(struct tw_arena *a, const char *text, size_t n)
{
    return make_text(a, TW_PYVAL_STR, text, n);
}

struct tw_pyval *tw_pyval_list(struct tw_arena *a, struct tw_pyval **items,
                               size_t n)
{
    struct tw_pyval *v = make(a, TW_PYVAL_LIST);
    struct tw_pyval **copy = tw_arena_alloc(a, n + 1, sizeof(void *));

    if (!v || !copy)
        return NULL;
    if (n)
        memcpy(copy, items, n * sizeof(void *));
    v->items = copy;
    v->n_items = n;
    return v;
}

struct tw_pyval *tw_pyval_floats(struct tw_arena *a, const double *x, size_t n)
{
    struct tw_pyval *v = make(a, TW_PYVAL_LIST);

    if (v)
        v->items = tw_arena_alloc(a, n + 1, sizeof(void *));
    for (size_t i = 0; v && v->items && i < n; i++) {
        v->items[i] = tw_pyval_float(a, x[i]);
        if (!v->items[i])
            return NULL;
    }
    if (!v || !v->items)
        return NULL;
    v->n_items = n;
    return v;
}

/* ---- encode ---- */

/* As docs/formats/pyval.md has them; False is "F". */
static const char tag_of[] = {
    [TW_PYVAL_NONE] = 'N',  [TW_PYVAL_BOOL] = 'T',     [TW_PYVAL_INT] = 'i',
    [TW_PYVAL_FLOAT] = 'f', [TW_PYVAL_STR] = 's',      [TW_PYVAL_BYTES] = 'b',
    [TW_PYVAL_LIST] = 'l',  [TW_PYVAL_TUPLE] = 't',    [TW_PYVAL_DICT] = 'd',
    [TW_PYVAL_SET] = 'e',   [TW_PYVAL_FROZENSET] = 'z'
};

/* The value without its items. */
static void encode_head(struct tw_buf *b, const struct tw_pyval *v)
{
    uint64_t bits;

    switch (v->kind) {
    case TW_PYVAL_NONE:
        tw_buf_addc(b, 'N');
        break;
    case TW_PYVAL_BOOL:
        tw_buf_addc(b, "FT"[v->b]);
        break;
    case TW_PYVAL_FLOAT:
        memcpy(&bits, &v->f, sizeof(bits));
        tw_buf_addf(b, "f%016llx", (unsigned long long)bits);
        break;
    case TW_PYVAL_INT:
    case TW_PYVAL_STR:
    case TW_PYVAL_BYTES:
        tw_buf_addf(b, "%c%zu:", tag_of[v->kind], v->len);
        tw_buf_add(b, v->text, v->len);
        break;
    case TW_PYVAL_LIST:
    case TW_PYVAL_TUPLE:
    case TW_PYVAL_SET:
    case TW_PYVAL_FROZENSET:
        tw_buf_addf(b, "%c%zu:", tag_of[v->kind], v->n_items);
        break;
    case TW_PYVAL_DICT:
        tw_buf_addf(b, "d%zu:", v->n_items / 2);
        break;
    }
}

/* A value that is too deep makes the buffer fail: nothing else here can. */
void tw_pyval_encode(struct tw_buf *b, const struct tw_pyval *v)
{
    struct {
        const struct tw_pyval *v;
        size_t next;
    } stack[PYVAL_DEPTH_MAX + 1];
    size_t depth = 0;

    encode_head(b, v);
    stack[depth].v = v;
    stack[depth++].next = 0;
    while (depth > 0) {
        v = stack[depth - 1].v;
        if (stack[depth - 1].next == v->n_items) {
            depth--;
            continue;
        }
        v = v->items[stack[depth - 1].next++];
        encode_head(b, v);
        if (v->n_items == 0)
            continue;
        if (depth > PYVAL_DEPTH_MAX) {
            if (!b->failed)
                b->failed = TW_ELIMIT;
            return;
        }
        stack[depth].v = v;
        stack[depth++].next = 0;
    }
}

/* ---- encode, part by part: only heads, so that no item is looked at ---- */

void tw_pyval_put_tuple(struct tw_buf *b, size_t n)
{
    encode_head(b, &(struct tw_pyval){ .kind = TW_PYVAL_TUPLE, .n_items = n });
}

void tw_pyval_put_list(struct tw_buf *b, size_t n)
{
    encode_head(b, &(struct tw_pyval){ .kind = TW_PYVAL_LIST, .n_items = n });
}

static void put_text(struct tw_buf *b, enum tw_pyval_kind kind,
                     const char *text, size_t n)
{
    encode_head(b, &(struct tw_pyval){ .kind = kind, .text = text, .len = n });
}

void tw_pyval_put_str(struct tw_buf *b, const char *text)
{
    if (text)
        put_text(b, TW_PYVAL_STR, text, strlen(text));
    else
        encode_head(b, &(struct tw_pyval){ .kind = TW_PYVAL_NONE });
}

void tw_pyval_put_bytes(struct tw_buf *b, const char *bytes, size_t n)
{
    put_text(b, TW_PYVAL_BYTES, bytes, n);
}

void tw_pyval_put_int(struct tw_buf *b, long long value)
{
    char digits[32];
    int n = snprintf(digits, sizeof(digits), "%lld", value);

    put_text(b, TW_PYVAL_INT, digits, (size_t)n);
}

void tw_pyval_put_float(struct tw_buf *b, double value)
{
    encode_head(b, &(struct tw_pyval){ .kind = TW_PYVAL_FLOAT, .f = value });
}

void tw_pyval_put_bool(struct tw_buf *b, bool value)
{
    encode_head(b, &(struct tw_pyval){ .kind = TW_PYVAL_BOOL, .b = value });
}

/* ---- decode ---- */

/* Digits up to ':', without leading zeros.  False also for a count that no
 * size_t holds: 10 digits at most. */
static bool read_count(struct tw_cursor *c, size_t *n)
{
    size_t v = 0, digits = 0;

    for (;; digits++) {
        uint8_t ch = tw_cursor_u8(c);
        if (c->failed || (ch == ':' && digits == 0))
            return false;
        if (ch == ':')
            break;
        if (ch < '0' || ch > '9' || digits > 9 || (digits && v == 0))
            return false;
        v = v * 10 + (size_t)(ch - '0');
    }
    *n = v;
    return true;
}

/* How many bytes follow this first one. */
static size_t bytes_after(uint8_t first)
{
    return (size_t)(first >= 0x80) + (first >= 0xe0) + (first >= 0xf0);
}

/* UTF-8 in which surrogates may stand for themselves (WTF-8). */
static bool text_ok(const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint8_t c = s[i];
        size_t more = bytes_after(c);
        if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || n - i <= more)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return false;
        if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xf0 && s[i + 1] < 0x90) ||
            (c == 0xf4 && s[i + 1] > 0x8f))
            return false;
        i += more + 1;
    }
    return true;
}

/* As str() prints it: one form per number. */
static bool digits_ok(const uint8_t *s, size_t n)
{
    size_t sign = n > 0 && s[0] == '-';

    if (n == sign || n > DIGITS_MAX || (s[sign] == '0' && n > 1))
        return false;
    for (size_t i = sign; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

/* 16 or more: no digit.  Lower case only: one form per value. */
static uint8_t nibble_of(uint8_t ch)
{
    if (ch >= '0' && ch <= '9')
        return (uint8_t)(ch - '0');
    if (ch >= 'a' && ch <= 'f')
        return (uint8_t)(ch - 'a' + 10);
    return 16;
}

/* The bits, in hexadecimal: exact, also for -0.0 and for each NaN. */
static bool read_float(struct tw_cursor *c, double *f)
{
    const uint8_t *hex = tw_cursor_bytes(c, 16);
    uint64_t bits = 0;

    for (size_t i = 0; hex && i < 16; i++) {
        uint8_t nibble = nibble_of(hex[i]);
        if (nibble > 15)
            return false;
        bits = bits << 4 | nibble;
    }
    memcpy(f, &bits, sizeof(*f));
    return hex != NULL;
}

static enum tw_status bad(const struct tw_cursor *c, const char *what,
                          struct tw_err *err)
{
    return tw_fail(err, TW_EFORMAT, c->pos, "decode value: %s", what);
}

static enum tw_status no_room(const struct tw_cursor *c, struct tw_err *err)
{
    return tw_fail(err, TW_ENOMEM, c->pos, "decode value: no memory");
}

static enum tw_status read_text(struct tw_pyval *v, struct tw_arena *a,
                                struct tw_cursor *c, struct tw_err *err)
{
    size_t n;

    if (!read_count(c, &n) || n > tw_cursor_left(c))
        return bad(c, "bad length", err);
    const uint8_t *from = tw_cursor_bytes(c, n);
    if (v->kind == TW_PYVAL_INT && !digits_ok(from, n))
        return bad(c, "bad digits of an int", err);
    if (v->kind == TW_PYVAL_STR && !text_ok(from, n))
        return bad(c, "invalid UTF-8 in a str", err);
    char *copy = tw_arena_alloc(a, n + 1, 1);
    if (!copy)
        return no_room(c, err);
    if (n)
        memcpy(copy, from, n);
    v->text = copy;
    v->len = n;
    return TW_OK;
}

/* Room for all items at once. n + 1: a count of 0 is no failed allocation. */
static enum tw_status read_items(struct tw_pyval *v, struct tw_arena *a,
                                 struct tw_cursor *c, struct tw_err *err)
{
    size_t n;

    if (!read_count(c, &n))
        return bad(c, "bad count", err);
    if (v->kind == TW_PYVAL_DICT)
        n *= 2;
    if (n > tw_cursor_left(c)) /* an item takes a byte at least */
        return bad(c, "more items than bytes", err);
    v->items = tw_arena_alloc(a, n + 1, sizeof(void *));
    if (!v->items)
        return no_room(c, err);
    v->n_items = n;
    return TW_OK;
}

/* One value; the items of a container are still to be read. */
static enum tw_status read_head(struct tw_pyval *v, struct tw_arena *a,
                                struct tw_cursor *c, struct tw_err *err)
{
    uint8_t tag = tw_cursor_u8(c);
    size_t kind = 0;

    if (c->failed)
        return bad(c, "truncated", err);
    if (tag == 'T' || tag == 'F') {
        v->kind = TW_PYVAL_BOOL;
        v->b = tag == 'T';
        return TW_OK;
    }
    while (kind < sizeof(tag_of) && tag_of[kind] != (char)tag)
        kind++;
    if (kind == sizeof(tag_of))
        return bad(c, "unknown tag", err);
    v->kind = (enum tw_pyval_kind)kind;
    if (kind == TW_PYVAL_NONE)
        return TW_OK;
    if (kind == TW_PYVAL_FLOAT)
        return read_float(c, &v->f) ? TW_OK : bad(c, "bad float", err);
    if (kind < TW_PYVAL_LIST)
        return read_text(v, a, c, err);
    return read_items(v, a, c, err);
}

/* What Python lets be an element of a set or a key. */
static bool hashable(const struct tw_pyval *v)
{
    return v->kind != TW_PYVAL_LIST && v->kind != TW_PYVAL_DICT &&
           v->kind != TW_PYVAL_SET;
}

/* NaN is no twin of NaN: Python's sets hold many. */
static bool twins(const struct tw_pyval *a, const struct tw_pyval *b)
{
    return tw_pyval_order(a, b) == 0 &&
           !(a->kind == TW_PYVAL_FLOAT && a->f != a->f);
}

/* A container is complete: sets get their one order, and no set and no dict
 * may hold an element twice.  A tuple that holds a list is no element, but it
 * is no danger either. */
static enum tw_status complete(struct tw_pyval *v, struct tw_arena *a,
                               const struct tw_cursor *c, struct tw_err *err)
{
    bool dict = v->kind == TW_PYVAL_DICT;
    size_t n = v->n_items;
    struct tw_pyval **keys = v->items;

    if (v->kind == TW_PYVAL_LIST || v->kind == TW_PYVAL_TUPLE)
        return TW_OK;
    if (dict) {
        n /= 2;
        keys = tw_arena_alloc(a, n + 1, sizeof(void *));
        if (!keys)
            return no_room(c, err);
        for (size_t i = 0; i < n; i++)
            keys[i] = v->items[2 * i];
    }
    for (size_t i = 0; i < n; i++)
        if (!hashable(keys[i]))
            return bad(c, "element that has no hash", err);
    qsort(keys, n, sizeof(void *), tw_pyval_order_ptr);
    for (size_t i = 1; i < n; i++)
        if (twins(keys[i - 1], keys[i]))
            return bad(c, "element that comes twice", err);
    return TW_OK;
}

/* Items are read in the order in which they come; a container is complete
 * when its last one is, so inner ones are complete first.  On failure *value
 * may be set to a part; the arena owns it. */
enum tw_status tw_pyval_decode(struct tw_pyval **value, struct tw_arena *a,
                               struct tw_cursor *c, struct tw_err *err)
{
    struct {
        struct tw_pyval *v;
        size_t next;
    } stack[PYVAL_DEPTH_MAX];
    size_t depth = 0;
    struct tw_pyval **slot = value;

    *value = NULL;
    for (;;) {
        struct tw_pyval *v = make(a, TW_PYVAL_NONE);
        if (!v)
            return no_room(c, err);
        *slot = v;
        TW_TRY(read_head(v, a, c, err));
        if (v->kind >= TW_PYVAL_LIST) {
            if (depth == PYVAL_DEPTH_MAX)
                return tw_fail(err, TW_ELIMIT, c->pos,
                               "decode value: deeper than %d", PYVAL_DEPTH_MAX);
            stack[depth].v = v;
            stack[depth++].next = 0;
        }
        while (depth > 0 &&
               stack[depth - 1].next == stack[depth - 1].v->n_items)
            TW_TRY(complete(stack[--depth].v, a, c, err));
        if (depth == 0)
            return TW_OK;
        slot = &stack[depth - 1].v->items[stack[depth - 1].next++];
    }
}
