#include "kern/matmul_rows.h"

#include "kern/quant.h"

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

struct product {
    struct tw_weights w;
    size_t n_rows, ldx, ldy;
    unsigned char *bytes; /* of the weights, not aligned but for F32 */
    float *exact;         /* the weights as floats */
    float *x, *y;
};

static void weights_fill(struct product *p, uint64_t *rng)
{
    size_t k = p->w.k, stride = tw_weights_row_bytes(p->w.type, k);
    unsigned char *bytes = p->bytes + (p->w.type == TW_WEIGHTS_F32 ? 0 : 1);

    p->w.data = bytes;
    for (size_t i = 0; i < p->w.n; i++) {
        float *row = p->exact + i * k;
        for (size_t j = 0; j < k; j++)
            row[j] = next_float(rng);
        if (p->w.type == TW_WEIGHTS_F32)
            memcpy(bytes + i * stride, row, stride);
        else
            tw_f16_pack(bytes + i * stride, row, k);
    }
}

/* What the stored bytes mean, read one by one. */
static void weights_decode(struct product *p)
{
    const unsigned char *b = p->w.data;

    for (size_t i = 0; p->w.type == TW_WEIGHTS_F16 && i < p->w.n * p->w.k; i++)
        p->exact[i] = tw_f16_to_f32((uint16_t)(b[2 * i] | b[2 * i + 1] << 8));
}

static bool product_new(struct product *p, enum tw_weights_type type, size_t n,
                        size_t k, size_t n_rows)
{
    uint64_t rng = n + 100 * k + 10000 * n_rows;

    *p = (struct product){
        .w = { type, n, k, NULL }, .n_rows = n_rows, .ldx = k + 3, .ldy = n + 1
    };
    p->bytes = malloc(n * tw_weights_row_bytes(type, k) + 1);
    p->exact = malloc(n * k * sizeof(float));
    p->x = malloc(n_rows * p->ldx * sizeof(float));
    p->y = malloc(n_rows * p->ldy * sizeof(float));
    if (!p->bytes || !p->exact || !p->x || !p->y)
        return false;
    weights_fill(p, &rng);
    weights_decode(p);
    for (size_t i = 0; i < n_rows * p->ldx; i++)
        p->x[i] = next_float(&rng);
    for (size_t i = 0; i < n_rows * p->ldy; i++)
        p->y[i] = NAN; /* must not be read; stays between the rows */
    return true;
}

static void product_free(struct product *p)
{
    free(p->bytes);
    free(p->exact);
    free(p->x);
    free(p->y);
}

static bool element_is_right(const struct product *p, size_t r, size_t j)
{
    double sum = 0.0, scale = 0.0;

    for (size_t k = 0; k < p->w.k; k++) {
        double v =
            (double)p->exact[j * p->w.k + k] * (double)p->x[r * p->ldx + k];
        sum += v;
        scale += fabs(v);
    }
    double bound = 4.0 * (double)FLT_EPSILON * scale * log2((double)p->w.k + 2);
    return fabs((double)p->y[r * p->ldy + j] - sum) <= bound;
}

static int count_wrong(const struct product *p)
{
    int wrong = 0;

    for (size_t r = 0; r < p->n_rows; r++) {
        for (size_t j = 0; j < p->w.n; j++)
            wrong += !element_is_right(p, r, j);
        wrong += !isnan(p->y[r * p->ldy + p->w.n]);
    }
    return wrong;
}

static void check_product(struct tw_backend *be, enum tw_weights_type type,
                          size_t n, size_t k, size_t n_rows)
{
    struct product p;
    bool ok = product_new(&p, type, n, k, n_rows);

    if (ok) {
        tw_matmul_rows(be, &p.w, p.x, p.ldx, n_rows, p.y, p.ldy);
        ok = count_wrong(&p) == 0;
    }
    if (!ok)
        printf("# type %d n %zu k %zu rows %zu\n", (int)type, n, k, n_rows);
    CHECK(ok);
    product_free(&p);
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

TEST(products_are_right_for_all_types_and_numbers_of_rows)
{
    static const size_t ns[] = { 1, 3, 4, 7, 33, 130 };
    static const size_t ks[] = { 32, 64, 96, 320, 1056 };
    static const size_t rows[] = { 1, 2, 3, 4, 7, 24, 33, 67 };
    struct tw_backend *be = new_backend(2);

    for (size_t i = 0; be && i < 240; i++) {
        size_t n = ns[i % 6], k = ks[i / 6 % 5], r = rows[i / 30];
        if (n * k * r > 1000000) /* the check is slow */
            continue;
        check_product(be, TW_WEIGHTS_F32, n, k, r);
        check_product(be, TW_WEIGHTS_F16, n, k, r);
    }
    tw_backend_free(be);
}

TEST(rows_of_any_length_work_where_the_type_has_no_blocks)
{
    struct tw_backend *be = new_backend(1);

    for (size_t k = 1; be && k < 70; k++) {
        check_product(be, TW_WEIGHTS_F32, 5, k, 1 + k % 5);
        check_product(be, TW_WEIGHTS_F16, 5, k, 1 + k % 5);
        check_product(be, TW_WEIGHTS_F16, 5, k, 70);
    }
    tw_backend_free(be);
}

static void check_threads(struct tw_backend *one, struct tw_backend *two,
                          enum tw_weights_type type, size_t n_rows)
{
    struct product p;
    size_t n = 300, k = 512, bytes = n_rows * (n + 1) * sizeof(float);
    bool ok = product_new(&p, type, n, k, n_rows);
    float *y = ok ? malloc(bytes) : NULL;

    if (y) {
        memcpy(y, p.y, bytes);
        tw_matmul_rows(one, &p.w, p.x, p.ldx, n_rows, p.y, p.ldy);
        tw_matmul_rows(two, &p.w, p.x, p.ldx, n_rows, y, p.ldy);
    }
    CHECK(y && memcmp(y, p.y, bytes) == 0);
    free(y);
    product_free(&p);
}

TEST(threads_do_not_change_a_byte)
{
    struct tw_backend *one = new_backend(1), *two = new_backend(2);

    for (size_t rows = 1; one && two && rows < 100; rows = 4 * rows + 1) {
        check_threads(one, two, TW_WEIGHTS_F32, rows);
        check_threads(one, two, TW_WEIGHTS_F16, rows);
    }
    tw_backend_free(one);
    tw_backend_free(two);
}

TEST(single_rows_are_unpacked_exactly)
{
    struct tw_backend *be = new_backend(1);
    float row[96];

    for (int type = 0; be && type < 2; type++) {
        struct product p;
        bool ok = product_new(&p, (enum tw_weights_type)type, 3, 96, 1);
        CHECK(ok);
        if (ok)
            tw_weights_row(be, &p.w, 2, row);
        for (size_t i = 0; ok && i < 96; i++)
            CHECK(row[i] == p.exact[192 + i]);
        product_free(&p);
    }
    tw_backend_free(be);
}

TEST_MAIN(RUN(products_are_right_for_all_types_and_numbers_of_rows);
          RUN(rows_of_any_length_work_where_the_type_has_no_blocks);
          RUN(threads_do_not_change_a_byte);
          RUN(single_rows_are_unpacked_exactly);)
