/* graph_loop.c - loops that several operators share. */
#include "tensor/graph_priv.h"

#include "base/banned.h"

/* One copy, for the workers. */
struct copy {
    const struct tw_vec *vec;
    float *dst;       /* (n) */
    const float *src; /* (n) */
    float s;
    bool acc; /* dst is added to */
};

static void copy_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct copy *c = ctx;

    (void)worker;
    c->vec->scale(c->dst + first, c->src + first, c->s, 0.0f, last - first,
                  c->acc);
}

/* Also the sum of gradients: with acc src is added. */
void tw_graph_copy(struct tw_graph *g, float *dst, const float *src, float s,
                   size_t n, bool acc)
{
    struct copy c = { g->vec, dst, src, s, acc };

    TW_ASSERT(dst && src);
    tw_graph_run(g, n, TW_GRAIN, copy_part, &c);
}

/* One sum over the rows or columns of dy (n_rows, n_cols), for the workers. */
struct bias {
    const struct tw_vec *vec;
    float *db;       /* (n_cols), or (n_rows) */
    const float *dy; /* (n_rows, n_cols) */
    size_t n_rows, n_cols;
    bool acc;
};

/* Columns per task: a few cache lines, so that reads stay sequential. */
enum { COLS = 64 };

/* A task is some columns: each column is added by one thread from the first row
 * to the last. */
static void rows_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct bias *b = ctx;
    size_t c0 = first * COLS;
    size_t c1 = tw_min(last * COLS, b->n_cols);
    float *db = b->db + c0;

    (void)worker;
    for (size_t r = 0; r < b->n_rows; r++)
        b->vec->scale(db, b->dy + r * b->n_cols + c0, 1.0f, 0.0f, c1 - c0,
                      b->acc || r > 0);
}

/* By columns, so that threads do not share a sum. */
void tw_graph_sum_rows(struct tw_graph *g, float *db, const float *dy, size_t R,
                       size_t C, bool acc)
{
    struct bias b = { g->vec, db, dy, R, C, acc };

    tw_graph_run(g, (C + COLS - 1) / COLS, tw_row_grain(R * COLS), rows_part,
                 &b);
}

/* A task is some rows, each of which is one sum. */
static void cols_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    const struct bias *b = ctx;

    (void)worker;
    for (size_t r = first; r < last; r++) {
        float s = b->vec->sum(b->dy + r * b->n_cols, b->n_cols);

        if (b->acc)
            s += b->db[r];
        b->db[r] = s;
    }
}

/* By rows: the sums are those of contiguous floats. */
void tw_graph_sum_cols(struct tw_graph *g, float *db, const float *dy, size_t R,
                       size_t C, bool acc)
{
    struct bias b = { g->vec, db, dy, R, C, acc };

    tw_graph_run(g, R, tw_row_grain(C), cols_part, &b);
}
