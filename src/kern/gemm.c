/*
 * C is cut into blocks, a task each.  A task goes through K in steps, packs
 * its part of A and B into its worker's scratch and runs the tile kernel over
 * it.  All cuts depend on the shape and the kernel level only, and every
 * element of C is summed by one task in one order: the bytes do not depend on
 * the number of threads.
 */
#include "kern/gemm.h"

#include "kern/gemm_priv.h"

#include "base/banned.h"

/* Block of C and step in K.  Packed B (NB * KC, 512 KiB) and packed A
 * (MB * KC, 256 KiB) fit into 1 MiB of L2 together. */
enum { MB = 256, NB = 512, KC = 256 };
/* A panel of unpacked weights, before it is transposed. */
enum { NR_MAX = 64, UNPACKED = NR_MAX * KC };
/* Cut further while there are fewer tasks than this ... */
enum { TASKS_MIN = 16 };
/* ... of at least so much work (multiplications), worth a hand-over. */
#define WORK_MIN ((double)(1 << 20))
/* ... and sides: a smaller block spends too much of its time on packing, which
 * only a product of less than TASKS_FEW tasks has to suffer. */
enum { SIDE_MIN = 96, TASKS_FEW = 4, SIDE_FEW = 64 };
enum { K_UNIT = 32 }; /* steps of K are multiples of it */
/* Rows of A up to which B is read where it is: packing would not pay. */
enum { DIRECT_TILES = 4 };
/* Shorter sums are not worth the horizontal addition at their end. */
enum { ROWS_K_MIN = 64 };
/* Steps of K copied together, so that the lines of a matrix whose rows are a
 * multiple of 4 KiB apart, all of one cache set, are used up before they go. */
enum { COPY_STEP = 8 };
_Static_assert((size_t)KC *(MB + NB) + UNPACKED <= TW_BACKEND_SCRATCH,
               "the packed blocks fit into a worker's scratch");

struct job {
    const struct tw_backend *be;
    size_t n, m_len, n_len, k_len; /* products; M, N, K */
    struct tw_mat a, b;
    const struct tw_weights *w;          /* B when not NULL, transposed */
    size_t stride_a, stride_b, stride_c; /* floats, from product to product */
    float *c;                            /* (m_len, n_len), rows ldc apart */
    size_t ldc;
    float alpha, beta;
    size_t m_blocks, n_blocks, k_steps; /* the cuts; see plan() */
    bool direct;                        /* B is not packed */
    bool rows; /* neither A nor B is: dot products of rows */
};

/* One block of C and its operands, offsets applied. */
struct block {
    size_t m0, m1, n0, n1, k0, k1; /* rows, columns, steps: from, to */
    const float *a, *b;            /* of this product, from element (0, 0) */
    float *c;
    float *pack_a;   /* (panels, k, rows of a panel), at most MB * KC */
    float *pack_b;   /* (panels, k, columns of a panel), at most NB * KC */
    float *unpacked; /* (gemm_nr, k): weights of a panel as floats */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Parts of size b that cover a. */
static size_t ceil_div(size_t a, size_t b)
{
    TW_ASSERT(b > 0);
    return (a + b - 1) / b;
}

/* Start of part i of n things in equal parts; part "parts" starts at n. */
static size_t split(size_t n, size_t parts, size_t i)
{
    size_t rest = n % parts;

    TW_ASSERT(i <= parts);
    return n / parts * i + least(i, rest);
}

/* Columns of A, so rows of the transposed matrix: a copy. */
static void pack_a_trans(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t rows = b->m1 - b->m0, k = b->k1 - b->k0, ld = j->a.ld;
    size_t panels = ceil_div(rows, kern->gemm_mr);

    for (size_t k0 = 0; k0 < k; k0 += COPY_STEP) {
        size_t n = least(k - k0, COPY_STEP);
        const float *src = b->a + (b->k0 + k0) * ld + b->m0;
        for (size_t p = 0; p < panels; p++) {
            size_t r0 = split(rows, panels, p);
            size_t h = split(rows, panels, p + 1) - r0;
            kern->copy_f32(b->pack_a + r0 * k + k0 * h, h, src + r0, ld, n, h);
        }
    }
}

/* Rows of A by panels of at most gemm_mr rows, each panel column by column: the
 * order in which the tile kernel reads it. */
static void pack_a(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t rows = b->m1 - b->m0, k = b->k1 - b->k0, ld = j->a.ld;
    size_t panels = ceil_div(rows, kern->gemm_mr);
    const float *src = b->a + b->m0 * ld + b->k0;

    for (size_t p = 0; p < panels; p++) {
        size_t r0 = split(rows, panels, p);
        size_t h = split(rows, panels, p + 1) - r0;
        kern->transpose_f32(b->pack_a + r0 * k, h, src + r0 * ld, ld, h, k);
    }
}

/* B is kept (N, K): panels of gemm_nr columns are transposed. */
static void pack_b_trans(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t k = b->k1 - b->k0, ld = j->b.ld, nr = kern->gemm_nr;

    for (size_t c = b->n0; c < b->n1; c += nr) {
        size_t w = least(b->n1 - c, nr);
        kern->transpose_f32(b->pack_b + (c - b->n0) * k, w,
                            b->b + c * ld + b->k0, ld, w, k);
    }
}

/* Part of w rows of weights as floats: (rows, b->k1 - b->k0). */
static void unpack(const struct job *j, const struct block *b, size_t row,
                   size_t rows)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t stride = tw_weights_row_bytes(j->w->type, j->w->k);
    size_t at = tw_weights_row_bytes(j->w->type, b->k0), k = b->k1 - b->k0;
    const char *src = (const char *)j->w->data + row * stride + at;

    for (size_t i = 0; i < rows; i++, src += stride)
        kern->unpack_f16(b->unpacked + i * k, src, k);
}

/* Stored weights are B kept (N, K): a panel is unpacked into floats, then
 * transposed. */
static void pack_weights(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t k = b->k1 - b->k0, nr = kern->gemm_nr;

    for (size_t c = b->n0; c < b->n1; c += nr) {
        size_t w = least(b->n1 - c, nr);
        unpack(j, b, c, w);
        kern->transpose_f32(b->pack_b + (c - b->n0) * k, w, b->unpacked, k, w,
                            k);
    }
}

/* Panels of gemm_nr columns, each row by row. */
static void pack_b(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t k = b->k1 - b->k0, ld = j->b.ld, nr = kern->gemm_nr;

    for (size_t k0 = 0; k0 < k; k0 += COPY_STEP) {
        size_t n = least(k - k0, COPY_STEP);
        const float *src = b->b + (b->k0 + k0) * ld;
        for (size_t c = b->n0; c < b->n1; c += nr) {
            size_t w = least(b->n1 - c, nr);
            float *dst = b->pack_b + (c - b->n0) * k + k0 * w;
            kern->copy_f32(dst, w, src + c, ld, n, w);
        }
    }
}

/* All tiles of one block for one step in K. */
static void run_step(const struct job *j, const struct block *b)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t rows = b->m1 - b->m0, k = b->k1 - b->k0;
    size_t panels = ceil_div(rows, kern->gemm_mr);

    TW_ASSERT(rows <= MB && b->n1 - b->n0 <= NB && k <= KC);
    struct tw_kern_tile t = {
        .k = k, .ldc = j->ldc, .alpha = j->alpha, .beta = b->k0 ? 1.0f : j->beta
    };

    if (j->a.trans)
        pack_a_trans(j, b);
    else
        pack_a(j, b);
    if (j->w)
        pack_weights(j, b);
    else if (j->b.trans)
        pack_b_trans(j, b);
    else if (!j->direct)
        pack_b(j, b);
    if (j->direct && rows <= TW_KERN_THIN && rows <= kern->gemm_mr) {
        t.m = rows;
        t.n = b->n1 - b->n0;
        t.a = b->pack_a;
        t.b = b->b + b->k0 * j->b.ld + b->n0;
        t.ldb = j->b.ld;
        t.c = b->c + b->m0 * j->ldc + b->n0;
        kern->gemm_thin(&t);
        return;
    }
    for (size_t c = b->n0; c < b->n1; c += kern->gemm_nr) {
        t.n = least(b->n1 - c, kern->gemm_nr);
        t.b = b->pack_b + (c - b->n0) * k;
        t.ldb = t.n;
        if (j->direct) {
            t.b = b->b + b->k0 * j->b.ld + c;
            t.ldb = j->b.ld;
        }
        for (size_t p = 0; p < panels; p++) {
            size_t r0 = split(rows, panels, p);
            t.m = split(rows, panels, p + 1) - r0;
            t.a = b->pack_a + r0 * k;
            t.c = b->c + (b->m0 + r0) * j->ldc + c;
            kern->gemm_tile(&t);
        }
    }
}

/* Few rows and long sums: dot products of rows as they lie, nothing packed. */
static void run_rows(const struct job *j, const struct block *b)
{
    j->be->kern.rows_f32(
        &(struct tw_kern_rows){ .w = b->b + b->n0 * j->b.ld,
                                .w_stride = j->b.ld * sizeof(float),
                                .n = b->n1 - b->n0,
                                .k = j->k_len,
                                .x = b->a + b->m0 * j->a.ld,
                                .ldx = j->a.ld,
                                .n_rows = b->m1 - b->m0,
                                .y = b->c + b->m0 * j->ldc + b->n0,
                                .ldy = j->ldc });
}

/* Steps of K start at whole vectors. */
static size_t k_start(const struct job *j, size_t step)
{
    size_t units = ceil_div(j->k_len, K_UNIT);
    size_t k = split(units, j->k_steps, step) * K_UNIT;

    return least(k, j->k_len);
}

/* Tasks are numbered product by product, within one by rows of blocks. A worker
 * has one piece of scratch and fills it anew for each step. */
static void run_tasks(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct job *j = ctx;
    size_t nr = j->be->kern.gemm_nr, per = j->m_blocks * j->n_blocks;
    size_t units = ceil_div(j->n_len, nr);
    float *scratch = j->be->scratch + worker * j->be->scratch_floats;

    for (size_t task = first; task < last; task++) {
        size_t item = task / per, bm = task % per / j->n_blocks;
        size_t bn = task % j->n_blocks;
        struct block b = {
            .m0 = split(j->m_len, j->m_blocks, bm),
            .m1 = split(j->m_len, j->m_blocks, bm + 1),
            .n0 = split(units, j->n_blocks, bn) * nr,
            .n1 = split(units, j->n_blocks, bn + 1) * nr,
            .a = j->a.data + item * j->stride_a,
            .b = j->w ? NULL : j->b.data + item * j->stride_b,
            .c = j->c + item * j->stride_c,
            .pack_a = scratch,
            .pack_b = scratch + (size_t)MB * KC,
            .unpacked = scratch + (size_t)(MB + NB) * KC,
        };
        if (b.n1 > j->n_len)
            b.n1 = j->n_len;
        if (j->rows)
            run_rows(j, &b);
        for (size_t s = 0; s < j->k_steps; s++) {
            b.k0 = k_start(j, s);
            b.k1 = k_start(j, s + 1);
            run_step(j, &b);
        }
    }
}

/* C = beta * C: what is left without A and B. */
static void scale_c(const struct job *j)
{
    for (size_t i = 0; i < j->n * j->m_len; i++) {
        float *c = j->c + i / j->m_len * j->stride_c + i % j->m_len * j->ldc;
        for (size_t k = 0; k < j->n_len; k++)
            c[k] = j->beta == 0.0f ? 0.0f : j->beta * c[k];
    }
}

/* Fix the cuts, from the shape alone. */
static void plan(struct job *j)
{
    const struct tw_kern *kern = &j->be->kern;
    size_t units = ceil_div(j->n_len, kern->gemm_nr);
    double work = (double)j->m_len * (double)j->n_len * (double)j->k_len;

    TW_ASSERT((size_t)KC * (MB + NB) + UNPACKED <= j->be->scratch_floats);
    TW_ASSERT(NB % kern->gemm_nr == 0 && kern->gemm_nr <= NR_MAX);
    j->k_steps = ceil_div(j->k_len, KC);
    j->m_blocks = ceil_div(j->m_len, MB);
    j->n_blocks = ceil_div(units, NB / kern->gemm_nr);
    while (j->n * j->m_blocks * j->n_blocks < TASKS_MIN) {
        size_t blocks = j->m_blocks * j->n_blocks;
        size_t rows = j->m_len / j->m_blocks, cols = j->n_len / j->n_blocks;
        size_t side = blocks * j->n < TASKS_FEW ? SIDE_FEW : SIDE_MIN;
        if (work / (double)blocks < 2 * WORK_MIN)
            break;
        if (cols >= rows && cols >= 2 * side)
            j->n_blocks *= 2;
        else if (rows >= 2 * side)
            j->m_blocks *= 2;
        else
            break;
    }
    j->rows = !j->w && j->m_len <= kern->gemm_rows_max &&
              j->k_len >= ROWS_K_MIN && !j->a.trans && j->b.trans &&
              j->alpha == 1.0f && j->beta == 0.0f;
    if (j->rows)
        j->k_steps = 0;
    j->direct = !j->b.trans && j->m_len <= DIRECT_TILES * kern->gemm_mr;
}

/* Are the rows of an operand op(X) (rows, cols) as long as they must be? */
static bool fits(const struct tw_mat *x, size_t rows, size_t cols)
{
    if (x->trans)
        return x->ld >= rows;
    return x->ld >= cols;
}

static void run(struct job *j)
{
    if (j->n == 0 || j->m_len == 0 || j->n_len == 0)
        return;
    TW_ASSERT(j->ldc >= j->n_len);
    TW_ASSERT(j->n == 1 || j->stride_c >= j->n_len); /* products apart */
    if (j->k_len == 0 || j->alpha == 0.0f) {
        scale_c(j);
        return;
    }
    TW_ASSERT(fits(&j->a, j->m_len, j->k_len));
    TW_ASSERT(fits(&j->b, j->k_len, j->n_len));
    TW_ASSERT(j->c && j->a.data && (j->b.data || j->w));
    plan(j);
    size_t per = j->m_blocks * j->n_blocks;
    double work = (double)j->m_len * (double)j->n_len * (double)j->k_len;
    double grain = WORK_MIN / (work / (double)per);
    size_t items = 1;

    if (grain > 1.0)
        items += (size_t)grain;
    if (items >= j->n * per)
        run_tasks(j, 0, j->n * per, 0);
    else
        tw_pool_run(j->be->pool, j->n * per, items, run_tasks, j);
}

void tw_gemm_f32(struct tw_backend *be, const struct tw_gemm *p)
{
    struct job j = { .be = be,
                     .n = p->batch,
                     .m_len = p->m,
                     .n_len = p->n,
                     .k_len = p->k,
                     .a = p->a,
                     .b = p->b,
                     .stride_a = p->stride_a,
                     .stride_b = p->stride_b,
                     .stride_c = p->stride_c,
                     .c = p->c,
                     .ldc = p->ldc,
                     .alpha = p->alpha,
                     .beta = p->beta };

    if (j.n == 0)
        j.n = 1;
    /* Products that share B and whose rows follow each other are one. */
    if (j.n > 1 && p->stride_b == 0 && !p->a.trans &&
        p->stride_a == p->m * p->a.ld && p->stride_c == p->m * p->ldc) {
        j.m_len = j.n * p->m;
        j.n = 1;
    }
    run(&j);
}

void tw_gemm_weights(struct tw_backend *be, const struct tw_weights *w,
                     const float *x, size_t ldx, size_t n_rows, float *y,
                     size_t ldy)
{
    struct tw_mat a = { x, ldx, false };

    if (w->type == TW_WEIGHTS_F32) {
        tw_gemm_f32(be, &(struct tw_gemm){ .m = n_rows,
                                           .n = w->n,
                                           .k = w->k,
                                           .a = a,
                                           .b = { w->data, w->k, true },
                                           .c = y,
                                           .ldc = ldy,
                                           .alpha = 1.0f });
        return;
    }
    run(&(struct job){ .be = be,
                       .n = 1,
                       .m_len = n_rows,
                       .n_len = w->n,
                       .k_len = w->k,
                       .a = a,
                       .b = { .ld = w->k, .trans = true },
                       .w = w,
                       .c = y,
                       .ldc = ldy,
                       .alpha = 1.0f });
}
