/*
 * matmul_rows.c - products with stored weights: the choice between reading
 * them as they lie and unpacking them, and the cut into chunks for threads.
 */
#include "kern/matmul_rows.h"

#include "kern/gemm_priv.h"
#include "kern/qrows.h"

#include "base/banned.h"

/* Multiplications of a chunk, worth a hand-over; weight rows go in fours. */
enum { CHUNK_WORK = 1 << 17, CHUNK_ROWS = 4 };

/* One product, for the workers. */
struct job {
    const struct tw_backend *be;
    const struct tw_weights *w;
    struct tw_kern_rows t; /* of all rows of weights */
};

/* Rows of weights of a chunk, where each costs `work` multiplications. */
static size_t chunk_rows(size_t work)
{
    size_t fours = CHUNK_WORK / CHUNK_ROWS;

    if (work > 0)
        fours = CHUNK_WORK / (work * CHUNK_ROWS);
    if (fours == 0)
        fours = 1;
    return fours * CHUNK_ROWS;
}

/* Rows first .. last - 1 of the weights, which are columns of y. Chunks do not
 * share a byte of y but may share its cache lines. */
static void run_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct job *j = ctx;
    const struct tw_kern *kern = &j->be->kern;
    struct tw_kern_rows t = j->t;

    (void)worker;
    t.w = (const char *)t.w + first * t.w_stride;
    t.y += first;
    t.n = last - first;
    if (j->w->type == TW_WEIGHTS_F32)
        kern->rows_f32(&t);
    else
        kern->rows_f16(&t);
}

/* Quantised weights: rows of activations from which unpacking panels pays. */
enum { PANEL_ROWS = 6 };

struct qjob {
    struct tw_backend *be;
    struct tw_kern_qrows t; /* of all rows of weights and some of x */
    const float *x;         /* the latter as floats, rows ldx apart */
    size_t ldx;
    bool panels;
};

/* Rows first .. last - 1 of the activations. */
static void quantize_rows(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct qjob *j = ctx;
    uint8_t *rows = j->be->acts;

    (void)worker;
    for (size_t r = first; r < last; r++)
        j->be->kern.q.quantize(rows + r * j->t.ldx, j->x + r * j->ldx, j->t.k);
}

/* Rows first .. last - 1 of the weights, or so many panels of them. */
static void run_quantized(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct qjob *j = ctx;
    const struct tw_qrows_kern *q = &j->be->kern.q;
    size_t step = j->panels ? TW_QROWS_PANEL : last - first;
    size_t begin = j->panels ? first * step : first;
    size_t end = j->panels ? last * step : last;

    if (end > j->t.n)
        end = j->t.n;
    for (size_t at = begin; at < end; at += step) {
        struct tw_kern_qrows t = j->t;

        t.w += at * t.w_stride;
        t.y += at;
        t.n = end - at < step ? end - at : step;
        if (j->panels)
            q->panel(&t, j->be->scratch + worker * j->be->scratch_floats);
        else
            q->rows(&t);
    }
}

/* Whole groups of rows of activations that fit into be->acts. */
static void multiply_quantized(struct qjob *j, size_t n_rows)
{
    struct tw_kern_qrows *t = &j->t;
    struct tw_pool *pool = j->be->pool;
    size_t room = TW_BACKEND_ACTS / t->ldx;

    TW_ASSERT(room > 0 && t->w && t->x);
    TW_ASSERT(TW_QROWS_SCRATCH <= j->be->scratch_floats * sizeof(float));
    for (size_t r = 0; r < n_rows; r += t->n_rows) {
        t->n_rows = n_rows - r < room ? n_rows - r : room;
        tw_pool_run(pool, t->n_rows, 4, quantize_rows, j);
        j->panels = j->be->kern.q.panel && t->n_rows >= PANEL_ROWS;
        if (j->panels)
            tw_pool_run(pool, (t->n + TW_QROWS_PANEL - 1) / TW_QROWS_PANEL, 1,
                        run_quantized, j);
        else
            tw_pool_run(pool, t->n, chunk_rows(t->k * t->n_rows), run_quantized,
                        j);
        j->x += t->n_rows * j->ldx;
        t->y += t->n_rows * t->ldy;
    }
}

/* Both ways give each element one order of summation that does not depend on
 * threads, but not the same one: see the header. */
void tw_matmul_rows(struct tw_backend *be, const struct tw_weights *w,
                    const float *x, size_t ldx, size_t n_rows, float *y,
                    size_t ldy)
{
    TW_ASSERT(ldx >= w->k || n_rows <= 1);
    TW_ASSERT(ldy >= w->n || n_rows <= 1);
    TW_ASSERT(w->data && x && y);
    if (w->type >= TW_WEIGHTS_Q8_0) {
        struct qjob j = { .be = be,
                          .x = x,
                          .ldx = ldx,
                          .t = { .type = w->type,
                                 .w = w->data,
                                 .w_stride =
                                     tw_weights_row_bytes(w->type, w->k),
                                 .n = w->n,
                                 .k = w->k,
                                 .x = be->acts,
                                 .ldx = tw_qrows_row_bytes(w->k),
                                 .y = y,
                                 .ldy = ldy } };
        multiply_quantized(&j, n_rows);
        return;
    }
    if (n_rows > be->kern.gemm_rows_max && w->k > 0) {
        tw_gemm_weights(be, w, x, ldx, n_rows, y, ldy);
        return;
    }
    struct job j = { .be = be,
                     .w = w,
                     .t = { .w = w->data,
                            .w_stride = tw_weights_row_bytes(w->type, w->k),
                            .n = w->n,
                            .k = w->k,
                            .x = x,
                            .ldx = ldx,
                            .n_rows = n_rows,
                            .y = y,
                            .ldy = ldy } };
    tw_pool_run(be->pool, w->n, chunk_rows(w->k * n_rows), run_rows, &j);
}

void tw_weights_row(const struct tw_backend *be, const struct tw_weights *w,
                    size_t i, float *y)
{
    TW_ASSERT(i < w->n && w->data);
    const char *row =
        (const char *)w->data + i * tw_weights_row_bytes(w->type, w->k);

    if (w->type == TW_WEIGHTS_F32)
        be->kern.copy_f32(y, w->k, (const float *)(const void *)row, w->k, 1,
                          w->k);
    else if (w->type == TW_WEIGHTS_F16)
        be->kern.unpack_f16(y, row, w->k);
    else
        be->kern.q.unpack(w->type, y, (const uint8_t *)row, w->k);
}
