/*
 * order.h - smaller, larger and three-way order of numbers.
 */
#ifndef TW_TEXT_ORDER_H
#define TW_TEXT_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* -1, 0 or 1, as qsort() wants it; a difference could overflow. */
static inline int tw_order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static inline size_t tw_least(size_t a, size_t b)
{
    if (a < b)
        return a;
    return b;
}

static inline size_t tw_most(size_t a, size_t b)
{
    if (a > b)
        return a;
    return b;
}

#endif /* TW_TEXT_ORDER_H */
