/*
 * agree.c - groups of programs that pass the same tests, and their scores.
 */
#include "bench/agree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A program and what it passes; sorted so that equal rows are neighbours. */
struct row {
    const unsigned char *passed;
    size_t n_tests, program;
};

/* For qsort(), which is not stable: the number of the program makes the order
 * the same everywhere. */
static int by_tests(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = memcmp(x->passed, y->passed, x->n_tests);
    if (c != 0)
        return c;
    return (x->program > y->program) - (x->program < y->program);
}

/* Best first.  Scores are floats and compared by order only; equal ones go by
 * tests, then by the program that came first. */
static int by_score(const void *a, const void *b)
{
    const struct tw_agree_group *x = a, *y = b;
    if (x->score > y->score || x->score < y->score)
        return (x->score < y->score) - (x->score > y->score);
    if (x->n_tests != y->n_tests)
        return (x->n_tests < y->n_tests) - (x->n_tests > y->n_tests);
    return (x->first > y->first) - (x->first < y->first);
}

/* Rows of 0 and 1, so that memcmp() compares what was passed and no more. */
static struct row *rows_make(const struct tw_agree_input *in,
                             struct tw_arena *a)
{
    struct row *rows = tw_arena_alloc(a, in->n_programs + 1, sizeof(*rows));
    unsigned char *bits =
        tw_arena_alloc(a, in->n_programs * in->n_tests + 1, 1);
    if (!rows || !bits)
        return NULL;
    for (size_t i = 0; i < in->n_programs; i++) {
        unsigned char *row = bits + i * in->n_tests;
        for (size_t k = 0; k < in->n_tests; k++)
            row[k] = in->passed[i * in->stride + k] != 0;
        rows[i] = (struct row){ row, in->n_tests, i };
    }
    qsort(rows, in->n_programs, sizeof(*rows), by_tests);
    return rows;
}

/* n rows that are equal; the square root is CodeT's, so that many poor programs
 * do not beat a few good ones. */
static struct tw_agree_group group_make(const struct tw_agree_input *in,
                                        const struct row *rows, size_t n)
{
    struct tw_agree_group g = { .first = rows[0].program, .n_programs = n };
    for (size_t k = 0; k < in->n_tests; k++) {
        if (!rows[0].passed[k])
            continue;
        g.n_tests++;
        if (in->weights)
            g.weight += in->weights[k];
        else
            g.weight += 1.0;
    }
    g.score = sqrt((double)n) * g.weight;
    return g;
}

/* Sizes whose product is memory, and weights that would make a score no
 * number. */
static enum tw_status check(const struct tw_agree_input *in, struct tw_err *err)
{
    const size_t max = (size_t)1 << 24;

    if (in->n_programs > max || in->n_tests > max || in->stride < in->n_tests ||
        (in->n_tests && in->n_programs > ((size_t)1 << 32) / in->n_tests))
        return tw_fail(err, TW_ELIMIT, 0, "refuse %zu programs times %zu tests",
                       in->n_programs, in->n_tests);
    for (size_t k = 0; in->weights && k < in->n_tests; k++)
        if (!(in->weights[k] >= 0 && in->weights[k] <= 1e300))
            return tw_fail(err, TW_EINVAL, k,
                           "refuse a test's weight that is no number >= 0");
    return TW_OK;
}

/* Sorting makes equal rows neighbours, so groups come out without comparing all
 * pairs.  Groups are named by their first program until they are sorted by
 * score, for only then their places are known. */
enum tw_status tw_agree(struct tw_agree *out, const struct tw_agree_input *in,
                        struct tw_arena *a, struct tw_err *err)
{
    *out = (struct tw_agree){ 0 };
    TW_TRY(check(in, err));
    struct row *rows = rows_make(in, a);
    out->groups = tw_arena_alloc(a, in->n_programs + 1, sizeof(*out->groups));
    out->group_of =
        tw_arena_alloc(a, in->n_programs + 1, sizeof(*out->group_of));
    size_t *by_first = tw_arena_alloc(a, in->n_programs + 1, sizeof(*by_first));
    TW_TRY(tw_arena_check(a, "groups of programs", err));
    for (size_t i = 0, n; i < in->n_programs; i += n) {
        for (n = 1; i + n < in->n_programs; n++)
            if (memcmp(rows[i].passed, rows[i + n].passed, in->n_tests) != 0)
                break;
        out->groups[out->n_groups++] = group_make(in, rows + i, n);
        for (size_t k = i; k < i + n; k++)
            out->group_of[rows[k].program] = rows[i].program;
    }
    qsort(out->groups, out->n_groups, sizeof(*out->groups), by_score);
    for (size_t i = 0; i < out->n_groups; i++)
        by_first[out->groups[i].first] = i;
    for (size_t i = 0; i < in->n_programs; i++)
        out->group_of[i] = by_first[out->group_of[i]];
    return TW_OK;
}

/* All groups with the best score are drawn from, as their order says
 * nothing. */
double tw_agree_expected(const struct tw_agree *g, size_t n_programs,
                         const unsigned char *right)
{
    size_t n = 0, n_right = 0;

    for (size_t i = 0; i < n_programs; i++) {
        const struct tw_agree_group *mine = &g->groups[g->group_of[i]];
        if (mine->score < g->groups[0].score)
            continue;
        n++;
        n_right += right[i] != 0;
    }
    if (n == 0)
        return 0.0;
    return (double)n_right / (double)n;
}
