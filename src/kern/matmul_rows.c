/*
 * matmul_rows.c - products with stored weights: the choice between reading
 * them as they lie and unpacking them, and the cut into chunks for threads.
 */
#include "kern/matmul_rows.h"

#include "kern/gemm_priv.h"
#include "kern/quant.h"

#include "base/banned.h"

/* Multiplications of a chunk, worth a hand-over; weight rows go in fours. */
enum { CHUNK_WORK = 1 << 17, CHUNK_ROWS = 4 };

/* One product, for the workers. */
struct job {
    const struct tw_backend *be;
    const struct tw_weights *w;
    struct tw_kern_rows t; /* of all rows of weights */
};

/* Rows of activations up to which weights are used as they are stored.  Q8_0
 * takes more work to unpack, which packing does once for all rows. */
static size_t rows_max(const struct tw_backend *be, enum tw_weights_type type)
{
    size_t n = be->kern.gemm_rows_max;

    if (type == TW_WEIGHTS_Q8_0)
        n /= 2;
    return n;
}

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
    switch (j->w->type) {
    case TW_WEIGHTS_F32:
        kern->rows_f32(&t);
        break;
    case TW_WEIGHTS_F16:
        kern->rows_f16(&t);
        break;
    case TW_WEIGHTS_Q8_0:
        kern->rows_q8_0(&t);
        break;
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
    if (n_rows > rows_max(be, w->type) && w->k > 0) {
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

    switch (w->type) {
    case TW_WEIGHTS_F32:
        be->kern.copy_f32(y, w->k, (const float *)(const void *)row, w->k, 1,
                          w->k);
        break;
    case TW_WEIGHTS_F16:
        be->kern.unpack_f16(y, row, w->k);
        break;
    case TW_WEIGHTS_Q8_0:
        be->kern.unpack_q8_0(y, row, w->k);
        break;
    }
}
