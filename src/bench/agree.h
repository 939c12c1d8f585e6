/*
 * agree.h - choose among programs by dual execution agreement.
 *
 * Chen et al., "CodeT: Code Generation with Generated Tests" (ICLR 2023):
 * programs that pass the same tests form a group, and a group is as good as
 *
 *     score = sqrt(number of programs in it) * sum of weights of its tests
 *
 * The tests may be wrong themselves: many programs that agree with many tests
 * support each other.  Nothing here is a verdict; the choice is then judged
 * like any other program.
 */
#ifndef TW_BENCH_AGREE_H
#define TW_BENCH_AGREE_H

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

struct tw_agree_input {
    size_t n_programs, n_tests;
    /* n_programs rows of stride bytes (stride >= n_tests): not 0 is passed. */
    const unsigned char *passed;
    size_t stride;
    const double *weights; /* of the tests, >= 0; NULL: 1 each */
};

struct tw_agree_group {
    size_t first; /* its first program */
    size_t n_programs, n_tests;
    double weight; /* of its tests */
    double score;
};

struct tw_agree {
    size_t *group_of; /* n_programs: index into groups */
    /* Best first: by score, then more tests, then the earlier program. */
    struct tw_agree_group *groups;
    size_t n_groups;
};

/* All in the arena.  Time is n_programs * n_tests, plus sorting. */
enum tw_status tw_agree(struct tw_agree *out, const struct tw_agree_input *in,
                        struct tw_arena *a, struct tw_err *err) TW_NODISCARD;

/* How often a choice is right that takes one program of the best group at
 * random; groups of equal score share the choice by their number of programs.
 * right: n_programs flags. */
double tw_agree_expected(const struct tw_agree *g, size_t n_programs,
                         const unsigned char *right);

#endif /* TW_BENCH_AGREE_H */
