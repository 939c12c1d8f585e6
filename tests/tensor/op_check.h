/*
 * op_check.h - two checks that every operator must pass.
 *
 * Gradient: the operator is applied twice to copies of trained parameters, so
 * that first and later parts of a gradient are both seen; the sum of outputs
 * times fixed numbers, added in double, is differentiated by central
 * differences.  Threads: a larger case gives the same bytes with 1, 2 and 3.
 */
#ifndef TW_TESTS_TENSOR_OP_CHECK_H
#define TW_TESTS_TENSOR_OP_CHECK_H

#include "tensor/ops.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_INPUTS = 3, CHECK_PROBES = 40 };

typedef struct tw_tensor *op_build(struct tw_graph *g, struct tw_tensor **in,
                                   int variant);

struct op_case {
    const char *name;
    op_build *build;
    int variant;
    /* Sizes, 0 ends; no sizes at all: absent.  A negative first size: ids
     * below it (the sizes follow). */
    int shape[CHECK_INPUTS][5];
    double tol; /* of gradients, relative to 1 + |gradient| */
    bool training;
};

struct op_run {
    struct tw_backend *be;
    struct tw_params *ps;
    struct tw_graph *g;
    struct tw_param *in[CHECK_INPUTS];
    struct tw_tensor *y[2], *loss;
    float *r[2]; /* factors of the outputs */
};

/* Numbers in (-1, 1), the same everywhere. */
static inline float check_noise(unsigned seed, size_t i)
{
    unsigned x = (unsigned)i * 2654435761u + seed * 40503u + 12345u;

    x = (x ^ (x >> 15)) * 2246822519u;
    x = (x ^ (x >> 13)) * 3266489917u;
    x ^= x >> 16;
    return (float)(int)x / 2147483648.0f;
}

static inline int check_dims(const int *s, int scale, size_t *shape)
{
    int d = 0;

    for (s += s[0] < 0; s[d] != 0; d++)
        shape[d] = (size_t)(s[d] > 2 ? s[d] * scale : s[d]);
    return d;
}

static inline struct tw_tensor *check_input(struct op_run *c,
                                            const struct op_case *k, int i,
                                            int scale)
{
    size_t shape[5];
    int d = check_dims(k->shape[i], scale, shape);
    char name[16];

    if (k->shape[i][0] < 0) {
        struct tw_tensor *t = tw_graph_input_ids(c->g, d, shape);

        return t;
    }
    if (d == 0)
        return NULL;
    snprintf(name, sizeof(name), "in%d", i);
    c->in[i] = tw_params_add(c->ps, name, d, shape);
    for (size_t j = 0; j < c->in[i]->n; j++)
        c->in[i]->data[j] = 1.3f * check_noise((unsigned)i + 1, j);
    return tw_op_scale(c->g, tw_graph_param(c->g, c->in[i]), 1.0f, 0.0f);
}

static inline struct tw_tensor *check_factor(struct op_run *c, int k)
{
    return tw_graph_input(c->g, c->y[k]->n_dims, c->y[k]->shape);
}

/* false: the graph could not be built */
static inline bool check_open(struct op_run *c, const struct op_case *k,
                              unsigned threads, int scale)
{
    struct tw_tensor *in[CHECK_INPUTS], *r[2], *part[2];
    struct tw_err err = { 0 };

    memset(c, 0, sizeof(*c));
    if (tw_backend_new(&c->be, getenv("TW_CPU"), threads, &err) ||
        tw_params_new(&c->ps, 1u << 26, &err) ||
        tw_graph_new(&c->g, c->be, 1u << 28, &err))
        return false;
    for (int i = 0; i < CHECK_INPUTS; i++)
        in[i] = check_input(c, k, i, scale);
    for (int j = 0; j < 2; j++) {
        c->y[j] = k->build(c->g, in, k->variant);
        if (!c->y[j])
            break;
        r[j] = check_factor(c, j);
        part[j] = tw_op_sum(c->g, tw_op_mul(c->g, c->y[j], r[j]));
    }
    if (c->y[1])
        c->loss = tw_op_add(c->g, part[0], part[1]);
    if (tw_graph_plan(c->g, c->loss, &err)) {
        printf("# %s: %s\n", k->name, err.msg);
        return false;
    }
    for (int i = 0; i < CHECK_INPUTS; i++) {
        size_t bound = (size_t)(-k->shape[i][0] * scale);

        for (size_t j = 0; k->shape[i][0] < 0 && j < in[i]->n; j++)
            in[i]->ids[j] = (int32_t)((j * 7 + j / 3) % bound);
    }
    for (int j = 0; j < 2; j++)
        for (size_t i = 0; i < c->y[j]->n; i++)
            r[j]->data[i] = check_noise(77 + (unsigned)j, i);
    c->r[0] = r[0]->data;
    c->r[1] = r[1]->data;
    tw_graph_seed(c->g, 5, 9);
    return true;
}

static inline void check_close(struct op_run *c)
{
    tw_graph_free(c->g);
    tw_params_free(c->ps);
    tw_backend_free(c->be);
}

static inline double check_loss(struct op_run *c, bool training)
{
    double sum = 0.0;

    tw_graph_forward(c->g, training);
    for (int j = 0; j < 2; j++)
        for (size_t i = 0; i < c->y[j]->n; i++)
            sum += (double)c->y[j]->data[i] * (double)c->r[j][i];
    return sum;
}

static inline void check_element(struct op_run *c, const struct op_case *k,
                                 struct tw_param *p, size_t i)
{
    const double h = 4e-3;
    double tol = k->tol > 0.0 ? k->tol : 2e-3, up, down, want;
    double got = (double)p->grad[i];
    float saved = p->data[i];

    p->data[i] = saved + (float)h;
    up = check_loss(c, k->training);
    p->data[i] = saved - (float)h;
    down = check_loss(c, k->training);
    p->data[i] = saved;
    want = (up - down) / (double)((saved + (float)h) - (saved - (float)h));
    if (!(fabs(got - want) <= tol * (1.0 + fabs(want)))) {
        printf("# %s/%d %s[%zu]: gradient %.7g, difference %.7g\n", k->name,
               k->variant, p->name, i, got, want);
        test_checks_failed++;
    }
}

static inline void check_gradient(const struct op_case *k)
{
    struct op_run c;

    if (!check_open(&c, k, 1, 1)) {
        test_checks_failed++;
        check_close(&c);
        return;
    }
    check_loss(&c, k->training);
    tw_graph_backward(c.g);
    for (int i = 0; i < CHECK_INPUTS; i++) {
        struct tw_param *p = c.in[i];
        size_t step = p ? p->n / CHECK_PROBES + 1 : 1;

        for (size_t j = 0; p && j < p->n; j += step)
            check_element(&c, k, p, j);
    }
    check_close(&c);
}

/* An odd factor of all sizes above 2 that gives the first operand enough
 * elements for several chunks. */
static inline int check_scale(const struct op_case *k)
{
    for (int scale = 3;; scale += 2) {
        size_t shape[5], n = 1;
        int d = check_dims(k->shape[0], scale, shape);

        for (int i = 0; i < d; i++)
            n *= shape[i];
        if (n > 20000 || scale > 60)
            return scale;
    }
}

static inline void check_threads(const struct op_case *k)
{
    int scale = check_scale(k);
    struct op_run c[3];
    bool ok = true;

    for (unsigned t = 0; t < 3; t++)
        ok &= check_open(&c[t], k, t + 1, scale);
    for (unsigned t = 0; ok && t < 3; t++) {
        check_loss(&c[t], k->training);
        tw_graph_backward(c[t].g);
        for (int j = 0; j < 2; j++)
            ok &= memcmp(c[t].y[j]->data, c[0].y[j]->data,
                         c[0].y[j]->n * sizeof(float)) == 0;
        for (int i = 0; i < CHECK_INPUTS; i++)
            ok &= !c[0].in[i] || memcmp(c[t].in[i]->grad, c[0].in[i]->grad,
                                        c[0].in[i]->n * sizeof(float)) == 0;
    }
    if (!ok) {
        printf("# %s/%d: threads disagree\n", k->name, k->variant);
        test_checks_failed++;
    }
    for (unsigned t = 0; t < 3; t++)
        check_close(&c[t]);
}

#endif /* TW_TESTS_TENSOR_OP_CHECK_H */
