#include "kern/gemm.h"

#include "test.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static float next_float(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

/* A product with everything that may vary. */
struct shape {
    size_t batch, m, n, k;
    size_t pad; /* added to the leading dimensions */
    bool trans_a, trans_b;
    float alpha, beta;
    bool shared_b;
};

struct operands {
    float *a, *b, *c, *start;
    size_t lda, ldb, ldc, stride_a, stride_b, stride_c, n_c;
};

static float *new_floats(size_t n, uint64_t *rng)
{
    float *p = malloc((n + 1) * sizeof(*p));

    for (size_t i = 0; p && i <= n; i++)
        p[i] = next_float(rng);
    return p;
}

static bool operands_new(struct operands *o, const struct shape *s)
{
    uint64_t rng = 42 + s->m + 7 * s->n + 49 * s->k;

    o->lda = (s->trans_a ? s->m : s->k) + s->pad;
    o->ldb = (s->trans_b ? s->k : s->n) + s->pad;
    o->ldc = s->n + s->pad;
    o->stride_a = o->lda * (s->trans_a ? s->k : s->m);
    o->stride_b = o->ldb * (s->trans_b ? s->n : s->k);
    o->stride_c = o->ldc * s->m;
    o->n_c = s->batch * o->stride_c;
    o->a = new_floats(s->batch * o->stride_a, &rng);
    o->b = new_floats(s->batch * o->stride_b, &rng);
    o->c = new_floats(o->n_c, &rng);
    o->start = malloc((o->n_c + 1) * sizeof(float));
    if (s->shared_b)
        o->stride_b = 0;
    if (!o->a || !o->b || !o->c || !o->start)
        return false;
    memcpy(o->start, o->c, o->n_c * sizeof(float));
    return true;
}

static void operands_free(struct operands *o)
{
    free(o->a);
    free(o->b);
    free(o->c);
    free(o->start);
}

static void multiply(struct tw_backend *be, const struct shape *s,
                     const struct operands *o, float *c)
{
    tw_gemm_f32(be, &(struct tw_gemm){ .m = s->m,
                                       .n = s->n,
                                       .k = s->k,
                                       .a = { o->a, o->lda, s->trans_a },
                                       .b = { o->b, o->ldb, s->trans_b },
                                       .c = c,
                                       .ldc = o->ldc,
                                       .alpha = s->alpha,
                                       .beta = s->beta,
                                       .batch = s->batch,
                                       .stride_a = o->stride_a,
                                       .stride_b = o->stride_b,
                                       .stride_c = o->stride_c });
}

/* One element in double; *scale is the sum of the magnitudes. */
static double element(const struct shape *s, const struct operands *o,
                      size_t item, size_t i, size_t j, double *scale)
{
    const float *a = o->a + item * o->stride_a;
    const float *b = o->b + item * o->stride_b;
    size_t at = item * o->stride_c + i * o->ldc + j;
    double old = s->beta == 0.0f ? 0.0 : (double)s->beta * (double)o->start[at];
    double sum = 0.0;

    *scale = 0.0;
    for (size_t k = 0; k < s->k; k++) {
        double p =
            (double)(s->trans_a ? a[k * o->lda + i] : a[i * o->lda + k]) *
            (double)(s->trans_b ? b[j * o->ldb + k] : b[k * o->ldb + j]);
        sum += p;
        *scale += fabs(p);
    }
    *scale = fabs((double)s->alpha) * *scale + fabs(old);
    return (double)s->alpha * sum + old;
}

/* Returns false at the first wrong element, so that a failure is one line. */
static bool product_is_right(const struct shape *s, const struct operands *o)
{
    double eps = 4.0 * (double)FLT_EPSILON * log2((double)s->k + 2);

    for (size_t at = 0; at < o->n_c; at++) {
        size_t item = at / o->stride_c, i = at % o->stride_c / o->ldc;
        size_t j = at % o->ldc;
        if (j >= s->n) { /* between the rows nothing may change */
            if (o->c[at] != o->start[at])
                return false;
            continue;
        }
        double scale;
        double want = element(s, o, item, i, j, &scale);
        if (!(fabs((double)o->c[at] - want) <= eps * scale + 1e-37)) {
            printf("# item %zu, row %zu, column %zu: %.9g, not %.9g\n", item, i,
                   j, (double)o->c[at], want);
            return false;
        }
    }
    return true;
}

static void check_shape(struct tw_backend *be, const struct shape *s)
{
    struct operands o;
    bool ok = operands_new(&o, s);

    if (ok) {
        multiply(be, s, &o, o.c);
        ok = product_is_right(s, &o);
    }
    if (!ok)
        printf("# batch %zu m %zu n %zu k %zu trans %d %d alpha %g beta %g\n",
               s->batch, s->m, s->n, s->k, s->trans_a, s->trans_b,
               (double)s->alpha, (double)s->beta);
    CHECK(ok);
    operands_free(&o);
}

static struct tw_backend *new_backend(unsigned n_threads)
{
    struct tw_backend *be;
    struct tw_err err = { 0 };

    if (tw_backend_new(&be, getenv("TW_CPU"), n_threads, &err) != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(be != NULL);
    return be;
}

/* The four kinds of transposition, alpha and beta in turn. */
static void check_all_kinds(struct tw_backend *be, struct shape s)
{
    static const float scales[][2] = { { 1, 0 }, { 1, 1 }, { -0.5f, 2 } };
    size_t turn = s.m + s.n + s.k;

    for (int kind = 0; kind < 4; kind++, turn++) {
        s.trans_a = kind & 1;
        s.trans_b = kind & 2;
        s.alpha = scales[turn % 3][0];
        s.beta = scales[turn % 3][1];
        check_shape(be, &s);
    }
}

TEST(product_is_right_for_every_small_shape)
{
    struct tw_backend *be = new_backend(2);

    for (size_t m = 1; be && m <= 31; m += 1 + m / 16)
        for (size_t n = 1; n <= 70; n += 1 + n / 3)
            for (size_t k = 1; k <= 40; k += 1 + 3 * (k / 4))
                check_all_kinds(
                    be, (struct shape){
                            .batch = 1, .m = m, .n = n, .k = k, .pad = m % 3 });
    tw_backend_free(be);
}

TEST(product_is_right_across_blocks)
{
    static const struct shape shapes[] = {
        { .batch = 1, .m = 300, .n = 70, .k = 300 },
        { .batch = 1, .m = 17, .n = 1100, .k = 70, .pad = 5 },
        { .batch = 1, .m = 530, .n = 33, .k = 9 },
        { .batch = 1, .m = 61, .n = 65, .k = 600, .pad = 1 },
        { .batch = 1, .m = 1, .n = 257, .k = 513 },
        { .batch = 1, .m = 257, .n = 1, .k = 130 },
        { .batch = 1, .m = 2, .n = 200, .k = 300, .pad = 1 },
        { .batch = 1, .m = 3, .n = 150, .k = 60 },
        { .batch = 1, .m = 4, .n = 141, .k = 50, .pad = 2 },
    };
    struct tw_backend *be = new_backend(2);

    for (size_t i = 0; be && i < TW_ARRAY_LEN(shapes); i++)
        check_all_kinds(be, shapes[i]);
    tw_backend_free(be);
}

TEST(batch_is_right_with_and_without_shared_b)
{
    struct tw_backend *be = new_backend(2);

    for (size_t i = 0; be && i < 4; i++) {
        struct shape s = { .batch = 5 + i,
                           .m = 7 + 9 * i,
                           .n = 20 + 13 * i,
                           .k = 5 + 30 * i,
                           .pad = i % 2,
                           .shared_b = false };
        check_all_kinds(be, s);
        s.shared_b = true;
        check_all_kinds(be, s);
    }
    tw_backend_free(be);
}

TEST(nothing_is_read_that_a_factor_of_zero_makes_needless)
{
    struct tw_backend *be = new_backend(1);
    float a[6] = { 1, 2, 3, 4, 5, 6 }, nan[6], c[4];

    for (size_t i = 0; i < 6; i++)
        nan[i] = NAN;
    for (size_t i = 0; i < 4; i++)
        c[i] = NAN;
    struct tw_gemm p = { .m = 2,
                         .n = 2,
                         .k = 3,
                         .a = { a, 3, false },
                         .b = { a, 2, false },
                         .c = c,
                         .ldc = 2,
                         .alpha = 1.0f };
    if (!be)
        return;
    tw_gemm_f32(be, &p);
    CHECK_NEAR((double)c[0], 22.0, 0.0);
    CHECK_NEAR((double)c[3], 64.0, 0.0);
    p.b.data = nan;
    p.alpha = 0.0f;
    p.beta = 2.0f;
    tw_gemm_f32(be, &p);
    CHECK_NEAR((double)c[0], 44.0, 0.0);
    p.alpha = 1.0f;
    p.beta = 0.0f;
    p.k = 0;
    tw_gemm_f32(be, &p);
    CHECK_NEAR((double)c[3], 0.0, 0.0);
    p.k = 3;
    tw_gemm_f32(be, &p);
    CHECK(isnan(c[0]) && isnan(c[3]));
    p.c = NULL;
    p.m = 0;
    tw_gemm_f32(be, &p);
    p.m = 2;
    p.n = p.ldc = 0;
    tw_gemm_f32(be, &p);
    tw_backend_free(be);
}

static void check_threads(struct tw_backend *be[3], const struct shape *s)
{
    struct operands o;
    bool ok = operands_new(&o, s);
    float *c[3] = { o.c, NULL, NULL };

    for (size_t i = 1; ok && i < 3; i++) {
        c[i] = malloc(o.n_c * sizeof(float));
        ok = c[i] != NULL;
        if (ok)
            memcpy(c[i], o.start, o.n_c * sizeof(float));
    }
    for (size_t i = 0; ok && i < 3; i++)
        multiply(be[i], s, &o, c[i]);
    CHECK(ok && memcmp(c[0], c[1], o.n_c * sizeof(float)) == 0);
    CHECK(ok && memcmp(c[0], c[2], o.n_c * sizeof(float)) == 0);
    free(c[1]);
    free(c[2]);
    operands_free(&o);
}

TEST(threads_do_not_change_a_byte)
{
    static const struct shape shapes[] = {
        { .batch = 1, .m = 300, .n = 333, .k = 300, .alpha = 1, .beta = 1 },
        { .batch = 1,
          .m = 16,
          .n = 1024,
          .k = 256,
          .trans_b = true,
          .alpha = 1 },
        { .batch = 1,
          .m = 3,
          .n = 1000,
          .k = 500,
          .trans_b = true,
          .alpha = 1 },
        { .batch = 40,
          .m = 32,
          .n = 100,
          .k = 100,
          .trans_a = true,
          .alpha = 2,
          .beta = 0.5f },
        { .batch = 40, .m = 9, .n = 30, .k = 50, .shared_b = true, .alpha = 1 },
    };
    struct tw_backend *be[3];

    for (unsigned i = 0; i < 3; i++)
        be[i] = new_backend(i + 1);
    for (size_t i = 0; be[0] && be[1] && be[2] && i < TW_ARRAY_LEN(shapes); i++)
        check_threads(be, &shapes[i]);
    for (unsigned i = 0; i < 3; i++)
        tw_backend_free(be[i]);
}

TEST_MAIN(RUN(product_is_right_for_every_small_shape);
          RUN(product_is_right_across_blocks);
          RUN(batch_is_right_with_and_without_shared_b);
          RUN(nothing_is_read_that_a_factor_of_zero_makes_needless);
          RUN(threads_do_not_change_a_byte);)
