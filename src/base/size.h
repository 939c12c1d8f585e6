/*
 * size.h - the smaller and the larger of two sizes.
 *
 * Functions and not macros: each argument is computed once.  For doubles there
 * are fmin() and fmax(), which also know what to do with a NaN.
 */
#ifndef TW_BASE_SIZE_H
#define TW_BASE_SIZE_H

#include <stddef.h>

static inline size_t tw_size_min(size_t a, size_t b)
{
    if (a < b)
        return a;
    return b;
}

static inline size_t tw_size_max(size_t a, size_t b)
{
    if (a > b)
        return a;
    return b;
}

#endif /* TW_BASE_SIZE_H */
