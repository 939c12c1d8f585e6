/* test_qrows.c - quantised products against weights and activations that are
 * unpacked one by one and multiplied in double. */
#include "kern/qrows.h"

#include "base/status.h"
#include "gguf/gguf.h"
#include "kern/matmul_rows.h"
#include "kern/quant.h"

#include "test.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Every format, the number that GGUF has for it, and where in a block its
 * halves lie. */
static const struct {
    uint32_t ggml;
    int halves[2]; /* -1: none */
} FORMATS[] = {
    { 8, { 0, -1 } },    { 2, { 0, -1 } },  { 3, { 0, 2 } },
    { 6, { 0, -1 } },    { 7, { 0, 2 } },   { 10, { 80, 82 } },
    { 11, { 108, -1 } }, { 12, { 0, 2 } },  { 13, { 0, 2 } },
    { 14, { 208, -1 } }, { 20, { 0, -1 } }, { 23, { 0, -1 } },
};

static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

static float next_float(uint64_t *state)
{
    return (float)(int32_t)next(state) / 2147483648.0f;
}

struct product {
    struct tw_weights w;
    uint32_t ggml;
    size_t n_rows;
    uint8_t *bytes; /* of the weights, at an odd address */
    float *exact;   /* (n, k): the weights */
    float *x;       /* (n_rows, k) */
    uint8_t *rows;  /* (n_rows) quantised */
    float *y;       /* (n_rows, n) */
};

/* Blocks of random bytes with halves of a sane size. */
static void fill_weights(struct product *p, size_t format, uint64_t *rng)
{
    size_t size = tw_weights_block_bytes(p->w.type);
    size_t n = p->w.n * tw_weights_row_bytes(p->w.type, p->w.k);

    for (size_t i = 0; i < n; i++)
        p->bytes[1 + i] = (uint8_t)(next(rng) >> 16);
    for (size_t b = 0; b < n; b += size)
        for (int h = 0; h < 2 && FORMATS[format].halves[h] >= 0; h++) {
            float d = 0.01f * (1.0f + next_float(rng));

            tw_f16_pack(p->bytes + 1 + b + FORMATS[format].halves[h], &d, 1);
        }
    p->w.data = p->bytes + 1;
    CHECK(tw_ggml_to_f32(p->exact, p->bytes + 1, p->w.n * p->w.k, p->ggml,
                         NULL) == TW_OK);
}

static bool product_new(struct product *p, size_t format, size_t n, size_t k,
                        size_t n_rows)
{
    uint64_t rng = n + 100 * k + 10000 * n_rows + 7 * format;
    size_t row = tw_qrows_row_bytes(k);

    *p = (struct product){ .w = { .n = n, .k = k },
                           .ggml = FORMATS[format].ggml,
                           .n_rows = n_rows };
    CHECK(tw_ggml_weights_type(p->ggml, &p->w.type));
    p->bytes = malloc(n * tw_weights_row_bytes(p->w.type, k) + 1);
    p->exact = malloc(n * k * sizeof(float));
    p->x = malloc(n_rows * k * sizeof(float));
    p->rows = aligned_alloc(64, n_rows * row);
    p->y = malloc(n_rows * n * sizeof(float));
    if (!p->bytes || !p->exact || !p->x || !p->rows || !p->y)
        return false;
    fill_weights(p, format, &rng);
    for (size_t i = 0; i < n_rows * k; i++)
        p->x[i] = next_float(&rng) * (float)(i % 7);
    return true;
}

static void product_free(struct product *p)
{
    free(p->bytes);
    free(p->exact);
    free(p->x);
    free(p->rows);
    free(p->y);
}

/* Sums of floats: the bound is that of the kernels' dot product, where a term
 * is as large as its block's largest weight. */
static bool element_is_right(const struct product *p, size_t r, size_t j)
{
    size_t k = p->w.k, kp = (k + 255) / 256 * 256;
    const uint8_t *row = p->rows + r * tw_qrows_row_bytes(k);
    const float *d = (const float *)(const void *)(row + kp);
    const float *w = p->exact + j * k;
    double sum = 0, size = 0, top = 0;

    for (size_t i = 0; i < k; i++) {
        double x = (double)d[i / 16] * (int8_t)row[i];

        sum += (double)w[i] * x;
        size += fabs(x);
        top = fmax(top, fabs((double)w[i]));
    }
    double bound = 8 * (double)FLT_EPSILON * size * top * log2((double)k + 2);
    return fabs((double)p->y[r * p->w.n + j] - sum) <= bound;
}

static void check_product(const struct tw_kern *kern, size_t format, size_t n,
                          size_t k, size_t n_rows, bool panel)
{
    struct product p;
    void *scratch = aligned_alloc(64, TW_QROWS_SCRATCH);
    size_t ldx = tw_qrows_row_bytes(k), wrong = 0;

    if (!product_new(&p, format, n, k, n_rows) || !scratch)
        CHECK(!"memory");
    for (size_t r = 0; r < n_rows; r++)
        kern->q.quantize(p.rows + r * ldx, p.x + r * k, k);
    struct tw_kern_qrows t = { .type = p.w.type,
                               .w = p.w.data,
                               .w_stride = tw_weights_row_bytes(p.w.type, k),
                               .n = n,
                               .k = k,
                               .x = p.rows,
                               .ldx = ldx,
                               .n_rows = n_rows,
                               .y = p.y,
                               .ldy = n };
    if (panel)
        kern->q.panel(&t, scratch);
    else
        kern->q.rows(&t);
    for (size_t r = 0; r < n_rows; r++)
        for (size_t j = 0; j < n; j++)
            wrong += !element_is_right(&p, r, j);
    if (wrong)
        printf("# type %u n %zu k %zu rows %zu panel %d: %zu wrong\n",
               (unsigned)p.ggml, n, k, n_rows, panel, wrong);
    CHECK(wrong == 0);
    product_free(&p);
    free(scratch);
}

/* What the machine has, up to TW_CPU. */
static void kern_of(struct tw_kern *kern, const char *level)
{
    tw_kern_init(kern, tw_kern_level_detect(level));
}

static bool has_long_blocks(size_t format)
{
    return FORMATS[format].ggml >= 10 && FORMATS[format].ggml != 20;
}

TEST(products_are_right_for_all_formats_at_all_levels)
{
    static const size_t KS[] = { 256, 1280, 2304, 32, 96, 576, 2144 };
    static const char *const LEVELS[] = { "ref", "avx2", "avx512",
                                          "avx512vnni" };
    struct tw_kern kern;

    for (size_t l = 0; l < TW_ARRAY_LEN(LEVELS); l++) {
        kern_of(&kern, LEVELS[l]);
        for (size_t f = 0; f < TW_ARRAY_LEN(FORMATS); f++)
            for (size_t i = 0; i < (has_long_blocks(f) ? 3 : 7); i++)
                for (size_t r = 1; r < 24; r += 5 + i) {
                    check_product(&kern, f, 3, KS[i], r, false);
                    if (!kern.q.panel)
                        continue;
                    check_product(&kern, f, 3, KS[i], r, true);
                    check_product(&kern, f, TW_QROWS_PANEL, KS[i], r, true);
                }
    }
}

TEST(rows_are_unpacked_as_the_format_says)
{
    struct tw_backend *be = NULL;
    float row[512];

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 1, NULL) == TW_OK);
    for (size_t f = 0; be && f < TW_ARRAY_LEN(FORMATS); f++) {
        struct product p;
        bool ok = product_new(&p, f, 3, 512, 1);
        size_t wrong = 0;

        CHECK(ok);
        if (ok)
            tw_weights_row(be, &p.w, 2, row);
        for (size_t i = 0; ok && i < 512; i++)
            wrong += !(fabsf(row[i] - p.exact[1024 + i]) <= 1e-5f);
        CHECK(wrong == 0);
        product_free(&p);
    }
    tw_backend_free(be);
}

/* One thread or two, few rows or many, panels or none. */
TEST(threads_do_not_change_a_byte_of_quantised_products)
{
    struct tw_backend *one = NULL, *two = NULL;
    static float y[2][40 * 70];

    CHECK(tw_backend_new(&one, getenv("TW_CPU"), 1, NULL) == TW_OK);
    CHECK(tw_backend_new(&two, getenv("TW_CPU"), 2, NULL) == TW_OK);
    for (size_t rows = 1; one && two && rows < 40; rows = 3 * rows + 1) {
        struct product p;

        CHECK(product_new(&p, 7, 70, 2304, rows));
        tw_matmul_rows(one, &p.w, p.x, p.w.k, rows, y[0], 70);
        tw_matmul_rows(two, &p.w, p.x, p.w.k, rows, y[1], 70);
        CHECK(memcmp(y[0], y[1], rows * 70 * sizeof(float)) == 0);
        product_free(&p);
    }
    tw_backend_free(one);
    tw_backend_free(two);
}

TEST(activations_have_the_same_bytes_at_every_level)
{
    uint8_t rows[2][1536];
    float x[608];
    uint64_t rng = 5;
    struct tw_kern kern;

    for (size_t i = 0; i < 608; i++)
        x[i] = i / 32 == 3 ? 0.0f : next_float(&rng) * (float)(i % 50);
    x[5 * 32] = 1e-39f;
    kern_of(&kern, "ref");
    kern.q.quantize(rows[0], x, 608);
    kern_of(&kern, "avx512vnni");
    kern.q.quantize(rows[1], x, 608);
    CHECK(memcmp(rows[0], rows[1], tw_qrows_row_bytes(608)) == 0);
}

TEST(activations_that_are_not_finite_make_a_product_nan)
{
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 1, NULL) == TW_OK);
    for (int i = 0; be && i < 2; i++) {
        struct product p;

        CHECK(product_new(&p, 7, 5, 256, 1));
        p.x[77] = i ? NAN : INFINITY;
        tw_matmul_rows(be, &p.w, p.x, 256, 1, p.y, 5);
        CHECK(isnan(p.y[4]));
        product_free(&p);
    }
    tw_backend_free(be);
}

TEST_MAIN(RUN(products_are_right_for_all_formats_at_all_levels);
          RUN(rows_are_unpacked_as_the_format_says);
          RUN(threads_do_not_change_a_byte_of_quantised_products);
          RUN(activations_have_the_same_bytes_at_every_level);
          RUN(activations_that_are_not_finite_make_a_product_nan);)
