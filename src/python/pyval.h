/*
 * pyval.h - Python's builtin values as data, carried exactly in and out of the
 * jail: int of any size, float bits, str, bytes, bool, None, list, tuple, dict,
 * set, frozenset, nested.  No pickle, no repr.  What comes out is hostile: the
 * decoder bounds depth and size.  docs/formats/pyval.md has the notation.
 */
#ifndef TW_PYTHON_PYVAL_H
#define TW_PYTHON_PYVAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_pyval_kind {
    TW_PYVAL_NONE,
    TW_PYVAL_BOOL,
    TW_PYVAL_INT,
    TW_PYVAL_FLOAT,
    TW_PYVAL_STR,
    TW_PYVAL_BYTES,
    TW_PYVAL_LIST,
    TW_PYVAL_TUPLE,
    TW_PYVAL_DICT, /* items: key, value, key, value, ... */
    TW_PYVAL_SET,
    TW_PYVAL_FROZENSET,
};

struct tw_pyval {
    enum tw_pyval_kind kind;
    bool b;
    double f;
    const char *text; /* str (UTF-8, lone surrogates as in WTF-8), bytes, and
                       * the decimal digits of an int ("-12") */
    size_t len;
    struct tw_pyval **items;
    size_t n_items;
};

/* Constructors in an arena; NULL when it is full. */
struct tw_pyval *tw_pyval_none(struct tw_arena *a);
struct tw_pyval *tw_pyval_bool(struct tw_arena *a, bool value);
struct tw_pyval *tw_pyval_int(struct tw_arena *a, long long value);
struct tw_pyval *tw_pyval_float(struct tw_arena *a, double value);
struct tw_pyval *tw_pyval_str(struct tw_arena *a, const char *text, size_t n);
struct tw_pyval *tw_pyval_list(struct tw_arena *a, struct tw_pyval **items,
                               size_t n);
struct tw_pyval *tw_pyval_floats(struct tw_arena *a, const double *x, size_t n);

void tw_pyval_encode(struct tw_buf *b, const struct tw_pyval *v);
/* The same without a value in an arena, for jobs: their parts, one by one. */
void tw_pyval_put_tuple(struct tw_buf *b, size_t n); /* n values follow */
void tw_pyval_put_list(struct tw_buf *b, size_t n);
void tw_pyval_put_str(struct tw_buf *b, const char *text); /* NULL: None */
void tw_pyval_put_bytes(struct tw_buf *b, const char *bytes, size_t n);
void tw_pyval_put_int(struct tw_buf *b, long long value);
void tw_pyval_put_float(struct tw_buf *b, double value);
void tw_pyval_put_bool(struct tw_buf *b, bool value);
/* One value from the cursor; TW_EFORMAT, TW_ELIMIT or TW_ENOMEM. */
enum tw_status tw_pyval_decode(struct tw_pyval **value, struct tw_arena *a,
                               struct tw_cursor *c,
                               struct tw_err *err) TW_NODISCARD;

/* Python source of the value: "[1.5, None, 'x']"; floats as repr() prints
 * them, inf and nan as float('inf'), float('nan').  For prompts and scripts. */
void tw_pyval_source(struct tw_buf *b, const struct tw_pyval *v);

/* Python's == on builtin types (1 == 1.0 == True; nan != nan), except that
 * floats may differ by abs_tol, or by rel_tol of the expected one, where these
 * are positive, and that two NaNs are equal if nan_equal.  Accept condition
 * |a - b| <= tol, so NaN never passes by accident. */
struct tw_pyval_tol {
    double abs_tol, rel_tol;
    bool nan_equal;
};
bool tw_pyval_equal(const struct tw_pyval *got, const struct tw_pyval *want,
                    struct tw_pyval_tol tol);

#endif /* TW_PYTHON_PYVAL_H */
