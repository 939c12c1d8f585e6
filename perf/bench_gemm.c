/*
 * bench_gemm.c - speed of the matrix products, one JSON line per case.
 *
 *     bench_gemm [ref|avx2|avx512|avx512vnni [part of a shape's name]]
 *
 * Prints the median and the best of several runs in GFLOP/s of wall time, for
 * 1 and 2 threads, and the best per second of CPU time, which other work on the
 * machine disturbs less; with OpenBLAS at hand (a measuring peer, never linked
 * into the program) also its figures, one thread.  Before comparing, unset
 * OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which slow it down where exported.
 */
#include "kern/gemm.h"
#include "kern/matmul_rows.h"
#include "kern/quant.h"

#include "base/clock.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TW_HAVE_OPENBLAS
#include <cblas.h>
void openblas_set_num_threads(int n);
#endif

enum { RUNS = 9 };
static const char *only = "";

struct shape {
    const char *name;
    size_t batch, m, n, k;
    bool trans_a, trans_b;
};

static const struct shape shapes[] = {
    { "square", 1, 1024, 1024, 1024, false, false },
    { "square nt", 1, 1024, 1024, 1024, false, true },
    { "square tn", 1, 1024, 1024, 1024, true, false },
    { "square", 1, 512, 512, 512, false, false },
    { "square", 1, 256, 256, 256, false, false },
    { "sssd channels", 1, 128, 3200, 128, false, false },
    { "sssd channels, dx", 1, 128, 3200, 128, true, false },
    { "sssd channels, dw", 1, 128, 128, 3200, false, true },
    { "long convolution", 128, 32, 100, 100, false, false },
    { "long convolution nt", 128, 32, 100, 100, false, true },
    { "llm 1 row", 1, 1, 1024, 256, false, true },
    { "llm 4 rows", 1, 4, 1024, 256, false, true },
    { "llm 16 rows", 1, 16, 1024, 256, false, true },
    { "llm 16 rows nn", 1, 16, 1024, 256, false, false },
    { "llm 1 row nn", 1, 1, 1024, 256, false, false },
    { "llm training", 1, 2048, 1024, 256, false, true },
    { "llm training, dw", 1, 1024, 256, 2048, true, false },
    { "attention scores", 64, 128, 128, 64, false, true },
    { "attention values", 64, 128, 64, 128, false, false },
};

struct buffers {
    float *a, *b, *c;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void run_own(struct tw_backend *be, const struct shape *s,
                    const struct buffers *x)
{
    struct tw_gemm p = {
        .m = s->m,
        .n = s->n,
        .k = s->k,
        .a = { x->a, s->trans_a ? s->m : s->k, s->trans_a },
        .b = { x->b, s->trans_b ? s->k : s->n, s->trans_b },
        .c = x->c,
        .ldc = s->n,
        .alpha = 1.0f,
        .batch = s->batch,
        .stride_a = s->m * s->k,
        .stride_b = s->k * s->n,
        .stride_c = s->m * s->n,
    };

    tw_gemm_f32(be, &p);
}

static void run_peer(struct tw_backend *be, const struct shape *s,
                     const struct buffers *x)
{
    (void)be;
#ifdef TW_HAVE_OPENBLAS
    for (size_t i = 0; i < s->batch; i++)
        cblas_sgemm(CblasRowMajor, s->trans_a ? CblasTrans : CblasNoTrans,
                    s->trans_b ? CblasTrans : CblasNoTrans, (int)s->m,
                    (int)s->n, (int)s->k, 1.0f, x->a + i * s->m * s->k,
                    (int)(s->trans_a ? s->m : s->k), x->b + i * s->k * s->n,
                    (int)(s->trans_b ? s->k : s->n), 0.0f,
                    x->c + i * s->m * s->n, (int)s->n);
#else
    (void)s;
    (void)x;
#endif
}

typedef void run_fn(struct tw_backend *be, const struct shape *s,
                    const struct buffers *x);

static void measure(const char *what, size_t threads, run_fn *run,
                    struct tw_backend *be, const struct shape *s,
                    const struct buffers *x)
{
    double flop = 2.0 * (double)(s->batch * s->m) * (double)(s->n * s->k);
    size_t repeat = (size_t)(4e8 / flop) + 1;
    double rate[RUNS], per_cpu = 0.0;

    if (!strstr(s->name, only))
        return;
    run(be, s, x);
    for (size_t i = 0; i < RUNS; i++) {
        double start = tw_clock_mono(), cpu = tw_clock_cpu();
        for (size_t r = 0; r < repeat; r++)
            run(be, s, x);
        double seconds = tw_clock_mono() - start;
        cpu = tw_clock_cpu() - cpu;
        rate[i] = flop * (double)repeat / seconds * 1e-9;
        per_cpu = fmax(per_cpu, flop * (double)repeat / cpu * 1e-9);
    }
    qsort(rate, RUNS, sizeof(rate[0]), by_value);
    printf("{\"bench\":\"gemm\",\"what\":\"%s\",\"threads\":%zu,"
           "\"shape\":\"%s\",\"batch\":%zu,\"m\":%zu,\"n\":%zu,\"k\":%zu,"
           "\"gflops\":%.1f,\"best\":%.1f,\"best_per_cpu\":%.1f}\n",
           what, threads, s->name, s->batch, s->m, s->n, s->k, rate[RUNS / 2],
           rate[RUNS - 1], per_cpu);
}

static float *new_floats(size_t n)
{
    float *p = malloc(n * sizeof(*p));
    uint32_t x = 1;

    for (size_t i = 0; p && i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (float)(x >> 8) * 0x1p-24f - 0.5f;
    }
    return p;
}

static void measure_shape(struct tw_backend *be[2], const struct shape *s)
{
    struct buffers x = { new_floats(s->batch * s->m * s->k),
                         new_floats(s->batch * s->k * s->n),
                         new_floats(s->batch * s->m * s->n) };

    if (x.a && x.b && x.c) {
        const char *level = tw_kern_level_name(be[0]->level);
        measure(level, 1, run_own, be[0], s, &x);
        measure(level, 2, run_own, be[1], s, &x);
#ifdef TW_HAVE_OPENBLAS
        measure("openblas", 1, run_peer, NULL, s, &x);
#else
        (void)run_peer;
#endif
    }
    free(x.a);
    free(x.b);
    free(x.c);
}

/* Products with stored weights (n, k). */
static const struct tw_weights *stored_weights; /* of run_stored() */

static void run_stored(struct tw_backend *be, const struct shape *s,
                       const struct buffers *x)
{
    tw_matmul_rows(be, stored_weights, x->a, s->k, s->m, x->c, s->n);
}

static void measure_stored(struct tw_backend *be[2], enum tw_weights_type type,
                           size_t n, size_t k)
{
    static const char *const names[] = { "rows f32", "rows f16", "rows q8_0" };
    static const size_t rows[] = { 1, 4, 16, 32, 64, 256 };
    size_t stride = tw_weights_row_bytes(type, k);
    unsigned char *bytes = malloc(n * stride);
    struct buffers x = { new_floats(256 * k), new_floats(n * k),
                         new_floats(256 * n) };
    struct tw_weights w = { type, n, k, bytes };

    for (size_t i = 0; bytes && x.a && x.b && x.c && i < n; i++) {
        if (type == TW_WEIGHTS_F32)
            memcpy(bytes + i * stride, x.b + i * k, stride);
        else if (type == TW_WEIGHTS_F16)
            tw_f16_pack(bytes + i * stride, x.b + i * k, k);
        else
            tw_q8_0_pack(bytes + i * stride, x.b + i * k, k);
    }
    stored_weights = &w;
    for (size_t i = 0; bytes && x.a && x.b && x.c && i < 6; i++) {
        struct shape s = { names[type], 1, rows[i], n, k, false, true };
        const char *level = tw_kern_level_name(be[0]->level);
        measure(level, 1, run_stored, be[0], &s, &x);
        measure(level, 2, run_stored, be[1], &s, &x);
    }
    stored_weights = NULL;
    free(bytes);
    free(x.a);
    free(x.b);
    free(x.c);
}

int main(int argc, char **argv)
{
    struct tw_backend *be[2] = { NULL, NULL };
    struct tw_err err = { 0 };
    const char *cpu = argc > 1 ? argv[1] : NULL;

    if (argc > 2)
        only = argv[2];
    for (unsigned i = 0; i < 2; i++)
        if (tw_backend_new(&be[i], cpu, i + 1, &err) != TW_OK) {
            fprintf(stderr, "bench_gemm: %s\n", err.msg);
            tw_backend_free(be[0]);
            return 1;
        }
#ifdef TW_HAVE_OPENBLAS
    openblas_set_num_threads(1);
#endif
    for (size_t i = 0; i < TW_ARRAY_LEN(shapes); i++)
        measure_shape(be, &shapes[i]);
    for (int type = 0; type < 3; type++) {
        measure_stored(be, (enum tw_weights_type)type, 1024, 256);
        measure_stored(be, (enum tw_weights_type)type, 4096, 1024);
    }
    tw_backend_free(be[0]);
    tw_backend_free(be[1]);
    return 0;
}
