/*
 * status.h - how every fallible function in this program reports failure.
 *
 * A function that can fail returns enum tw_status: TW_OK (0) or a negative
 * code.  The code says what the caller can do about it; the text, for people,
 * goes into an optional struct tw_err that the caller owns.  Mistakes of the
 * programmer are not statuses: they stop the program through TW_ASSERT().
 */
#ifndef TW_BASE_STATUS_H
#define TW_BASE_STATUS_H

#include <stddef.h>

#define TW_NODISCARD    __attribute__((warn_unused_result))
#define TW_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define TW_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One line per code; status.c expands it into names, the docs into a table. */
#define TW_STATUS_MAP(X)                                \
    X(TW_OK, 0, "success")                              \
    X(TW_ENOMEM, -1, "out of memory")                   \
    X(TW_EIO, -2, "input or output error")              \
    X(TW_EFORMAT, -3, "malformed or unsupported input") \
    X(TW_EINVAL, -4, "argument outside the contract")   \
    X(TW_ELIMIT, -5, "configured limit exceeded")       \
    X(TW_ECANCELED, -6, "canceled or timed out")

enum tw_status {
#define X(name, value, text) name = (value),
    TW_STATUS_MAP(X)
#undef X
};

/* Details of the most recent failure.  Zero-initialise it: no allocation. */
struct tw_err {
    enum tw_status code;
    size_t pos;    /* byte offset in the input, where that makes sense */
    char msg[200]; /* one line, no full stop, verb first: "cannot open 'x'" */
};

/* Name of a code for logs, e.g. "TW_EIO".  Never NULL, never freed. */
const char *tw_status_name(enum tw_status st);

/* Fill err (may be NULL) and return code, so that the caller can write
 * "return tw_fail(err, TW_EFORMAT, pos, ...)". */
enum tw_status tw_fail(struct tw_err *err, enum tw_status code, size_t pos,
                       const char *fmt, ...) TW_PRINTF(4, 5);

/* The analyzer cannot look into it: what it returns is the code, never TW_OK.
 */
#ifdef __clang_analyzer__
#define tw_fail(err, code, ...) ((tw_fail)(err, code, __VA_ARGS__), (code))
#endif

/* Forward a failure unchanged.  The only macro here that hides a return. */
#define TW_TRY(expr)                       \
    do {                                   \
        enum tw_status tw_try_st = (expr); \
        if (tw_try_st != TW_OK)            \
            return tw_try_st;              \
    } while (0)

/* Invariants.  Stays on in release builds; use it outside of hot loops. */
#define TW_ASSERT(c) ((c) ? (void)0 : tw_bug(__FILE__, __LINE__, #c))
/* Writes the place to stderr and aborts. */
_Noreturn void tw_bug(const char *file, int line, const char *what);

#endif /* TW_BASE_STATUS_H */
