/*
 * pyval_source.c - a value as Python source, for prompts, scripts and reports.
 *
 * What it prints, Python reads back as the same value, floats to the bit.  Text
 * shows only what is plain: what is invisible or turns the direction of writing
 * becomes an escape, for people read these scripts.
 */
#include "python/pyval_priv.h"

#include "base/number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* What repr() says, "nan", is a name that a program need not have. */
static const char *not_finite(double f)
{
    if (isnan(f))
        return "float('nan')";
    if (f > 0)
        return "float('inf')";
    return "float('-inf')";
}

/* As repr(): plain between 1e-4 and 1e16, else with an exponent. */
static void add_float(struct tw_buf *b, double f)
{
    char digits[TW_NUMBER_DIGITS];
    int e;

    if (isnan(f) || isinf(f)) {
        tw_buf_adds(b, not_finite(f));
        return;
    }
    if (signbit(f))
        tw_buf_addc(b, '-');
    if (f == 0) {
        tw_buf_adds(b, "0.0");
        return;
    }
    int n = tw_number_digits(f, digits, &e);
    if (e < -4 || e >= 16) {
        tw_buf_addc(b, digits[0]);
        if (n > 1)
            tw_buf_addf(b, ".%s", digits + 1);
        tw_buf_addf(b, "e%+03d", e); /* a sign and two digits at least */
    } else if (e < 0) {
        tw_buf_addf(b, "0.%.*s%s", -e - 1, "0000", digits);
    } else if (n <= e + 1) {
        tw_buf_addf(b, "%s%.*s.0", digits, e + 1 - n, "0000000000000000");
    } else {
        tw_buf_addf(b, "%.*s.%s", e + 1, digits, digits + e + 1);
    }
}

/* Python reads no decimal literal of more digits than this. */
enum { DIGITS_MAX = 4300, LIMB = 1000000000 };

/* Digits to hexadecimal, by dividing limbs of nine digits by 2^28 again and
 * again.  Quadratic: 65,536 digits, the most that leave the jail, take some
 * hundredths of a second. */
static void add_hex(struct tw_buf *b, const char *digits, size_t n)
{
    size_t n_limbs = (n + 8) / 9, n_words = 0, first = 0;
    uint32_t *limbs = calloc(n_limbs, sizeof(*limbs));
    uint32_t *words = calloc(n_limbs + n_limbs / 8 + 1, sizeof(*words));

    for (size_t i = 0; limbs && i < n; i++) { /* the most significant first */
        uint32_t *limb = &limbs[n_limbs - 1 - (n - 1 - i) / 9];
        *limb = *limb * 10 + (uint32_t)(digits[i] - '0');
    }
    while (limbs && words && first < n_limbs) {
        uint64_t rest = 0;
        for (size_t i = first; i < n_limbs; i++) {
            rest = rest * LIMB + limbs[i];
            limbs[i] = (uint32_t)(rest >> 28);
            rest &= (1u << 28) - 1;
        }
        words[n_words++] = (uint32_t)rest;
        while (first < n_limbs && !limbs[first])
            first++;
    }
    if (!words || !limbs) {
        b->failed = TW_ENOMEM;
    } else {
        tw_buf_addf(b, "0x%x", words[n_words - 1]);
        for (size_t i = n_words - 1; i-- > 0;)
            tw_buf_addf(b, "%07x", words[i]);
    }
    free(limbs);
    free(words);
}

static void add_int(struct tw_buf *b, const char *text, size_t n)
{
    if (n <= DIGITS_MAX) {
        tw_buf_add(b, text, n);
        return;
    }
    if (*text == '-') {
        tw_buf_addc(b, '-');
        text++;
        n--;
    }
    add_hex(b, text, n);
}

/* Quote, backslash and what is not plain ASCII as escapes. */
static void add_byte(struct tw_buf *b, unsigned char c)
{
    if (c == '\'' || c == '\\')
        tw_buf_addf(b, "\\%c", c);
    else if (c == '\n')
        tw_buf_adds(b, "\\n");
    else if (c == '\t')
        tw_buf_adds(b, "\\t");
    else if (c == '\r')
        tw_buf_adds(b, "\\r");
    else if (c < 0x20 || c >= 0x7f)
        tw_buf_addf(b, "\\x%02x", c);
    else
        tw_buf_addc(b, (char)c);
}

/* Code points that do not show, or turn what follows around. */
static bool hidden(uint32_t code)
{
    return code < 0xa1 || code == 0xad || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xd800 && code <= 0xdfff) ||
           (code >= 0xfff0 && code <= 0xfffb) || code >= 0xe0000;
}

/* One character of a str, which is UTF-8 or WTF-8; its length.  A byte that
 * is neither (built by hand) shows as \xNN. */
static size_t add_char(struct tw_buf *b, const char *s, size_t left)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = 1 + (size_t)(u[0] >= 0xc0) + (u[0] >= 0xe0) + (u[0] >= 0xf0);

    if (n == 1 || n > left) {
        add_byte(b, u[0]);
        return 1;
    }
    uint32_t code = u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (u[i] & 0x3fu);
    if (!hidden(code))
        tw_buf_add(b, s, n);
    else if (code < 0x100)
        tw_buf_addf(b, "\\x%02x", code);
    else if (code < 0x10000)
        tw_buf_addf(b, "\\u%04x", code);
    else
        tw_buf_addf(b, "\\U%08x", code);
    return n;
}

/* Brackets of each container, and without items, which for sets is another
 * spelling: "{}" is a dict. */
static const struct {
    const char *open, *close, *empty;
} brackets[] = {
    [TW_PYVAL_LIST] = { "[", "]", "[]" },
    [TW_PYVAL_TUPLE] = { "(", ")", "()" },
    [TW_PYVAL_DICT] = { "{", "}", "{}" },
    [TW_PYVAL_SET] = { "{", "}", "set()" },
    [TW_PYVAL_FROZENSET] = { "frozenset({", "})", "frozenset()" },
};

/* What comes before the items, and all of a value that has none. */
static void add_head(struct tw_buf *b, const struct tw_pyval *v)
{
    switch (v->kind) {
    case TW_PYVAL_NONE:
        tw_buf_adds(b, "None");
        break;
    case TW_PYVAL_BOOL:
        if (v->b)
            tw_buf_adds(b, "True");
        else
            tw_buf_adds(b, "False");
        break;
    case TW_PYVAL_INT:
        add_int(b, v->text, v->len);
        break;
    case TW_PYVAL_FLOAT:
        add_float(b, v->f);
        break;
    case TW_PYVAL_STR:
        tw_buf_addc(b, '\'');
        for (size_t i = 0; i < v->len;)
            i += add_char(b, v->text + i, v->len - i);
        tw_buf_addc(b, '\'');
        break;
    case TW_PYVAL_BYTES:
        tw_buf_adds(b, "b'");
        for (size_t i = 0; i < v->len; i++)
            add_byte(b, (unsigned char)v->text[i]);
        tw_buf_addc(b, '\'');
        break;
    case TW_PYVAL_LIST:
    case TW_PYVAL_TUPLE:
    case TW_PYVAL_DICT:
    case TW_PYVAL_SET:
    case TW_PYVAL_FROZENSET:
        if (v->n_items)
            tw_buf_adds(b, brackets[v->kind].open);
        else
            tw_buf_adds(b, brackets[v->kind].empty);
        break;
    }
}

/* Behind the last item; a value without items has ended in add_head(). */
static void add_tail(struct tw_buf *b, const struct tw_pyval *v)
{
    if (v->n_items == 0)
        return;
    if (v->kind == TW_PYVAL_TUPLE && v->n_items == 1)
        tw_buf_addc(b, ','); /* "(1)" is no tuple */
    tw_buf_adds(b, brackets[v->kind].close);
}

/* No recursion; too deep makes the buffer fail. */
void tw_pyval_source(struct tw_buf *b, const struct tw_pyval *v)
{
    struct {
        const struct tw_pyval *v;
        size_t next;
    } stack[PYVAL_DEPTH_MAX + 2];
    size_t depth = 0;

    for (;;) {
        if (depth > PYVAL_DEPTH_MAX) {
            if (!b->failed)
                b->failed = TW_ELIMIT;
            return;
        }
        add_head(b, v);
        stack[depth].v = v;
        stack[depth++].next = 0;
        while (depth > 0 &&
               stack[depth - 1].next == stack[depth - 1].v->n_items)
            add_tail(b, stack[--depth].v);
        if (depth == 0)
            return;
        v = stack[depth - 1].v;
        size_t i = stack[depth - 1].next++;
        if (i % 2 && v->kind == TW_PYVAL_DICT)
            tw_buf_adds(b, ": ");
        else if (i > 0)
            tw_buf_adds(b, ", ");
        v = v->items[i];
    }
}
