/*
 * op_longconv.c - long bidirectional convolution, channel by channel.
 *
 * u, y (H, B, L), k (2, H, L), skip (H) optional.  With the kernel of one
 * channel as one array
 *
 *     t[d + L - 1] = k0[d] (d >= 0),  k1[-d - 1] (d < 0),  -L < d < L
 *
 * y[b][l] = sum_j u[b][j] t[l - j + L - 1] is u (B, L) times the Toeplitz
 * matrix whose row j is t moved by j: mm() reads it from t, it is never written
 * out. k1[L - 1] meets no sample; its gradient is 0.
 */
#include "tensor/graph_priv.h"
#include "tensor/ops.h"

#include <string.h>

#include "base/banned.h"

enum { ROWS = 8 }; /* rows of the product for dk at a time */

/* Scratch of one worker: t, t reversed, its gradient, ROWS rows. */
static size_t scratch_floats(size_t L)
{
    return 3 * (2 * L + TW_VEC_PAD) + ROWS * L + TW_VEC_PAD;
}

/* Settings: sizes as above. */
struct longconv {
    size_t H, B, L;
};

/* One task's channel, with its worker's scratch. */
struct channel {
    size_t H, B, L;
    const float *u;    /* (B, L) */
    const float *skip; /* (1), or NULL */
    float *t;          /* (2 L - 1): the kernel as above */
    float *rev;        /* (2 L - 1): t from its end */
    float *dt;         /* (2 L - 1): gradient of t */
    float *rows;       /* (ROWS, L) */
};

static struct channel channel_of(struct tw_node *n, size_t h, unsigned worker)
{
    const struct longconv *s = n->settings;
    struct channel c = { .H = s->H, .B = s->B, .L = s->L };
    const float *k0 = tw_node_in(n, 1) + h * c.L;
    const float *k1 = k0 + c.H * c.L, *skip = tw_node_in(n, 2);

    c.u = tw_node_in(n, 0) + h * c.B * c.L;
    if (skip)
        c.skip = skip + h;
    c.t = n->graph->scratch + worker * scratch_floats(c.L);
    c.rev = c.t + 2 * c.L + TW_VEC_PAD;
    c.dt = c.rev + 2 * c.L + TW_VEC_PAD;
    c.rows = c.dt + 2 * c.L + TW_VEC_PAD;
    TW_ASSERT(c.L > 0 &&
              (worker + 1) * scratch_floats(c.L) <= n->graph->n_scratch);
    for (size_t d = 0; d < c.L; d++) {
        c.t[c.L - 1 + d] = k0[d];
        c.rev[c.L - 1 - d] = k0[d];
    }
    for (size_t a = 0; a + 1 < c.L; a++) {
        c.t[c.L - 2 - a] = k1[a];
        c.rev[c.L + a] = k1[a];
    }
    return c;
}

static void forward_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;
    const struct tw_vec *v = n->graph->vec;

    for (size_t h = first; h < last; h++) {
        struct channel c = channel_of(n, h, worker);
        float *y = n->t.data + h * c.B * c.L;
        ptrdiff_t L = (ptrdiff_t)c.L;

        v->mm(y, L, (struct tw_vec_mat){ c.u, L, 1 },
              (struct tw_vec_mat){ c.t + L - 1, -1, 1 },
              (const size_t[]){ c.B, c.L, c.L }, false);
        if (c.skip)
            v->scale(y, c.u, *c.skip, 0.0f, c.B * c.L, true);
    }
}

/* Short channels go together; 8 products count as one element. */
static size_t task_grain(const struct tw_node *n)
{
    const struct longconv *s = n->settings;

    return tw_row_grain(s->B * s->L * s->L / 8);
}

static void longconv_forward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.shape[0], task_grain(n), forward_part, n);
}

/* du[b][j] = sum_l dy[b][l] t[l - j + L - 1] */
static void back_u(struct tw_node *n, const struct channel *c, const float *dy,
                   float *du)
{
    const struct tw_vec *v = n->graph->vec;
    ptrdiff_t L = (ptrdiff_t)c->L;

    v->mm(du, L, (struct tw_vec_mat){ dy, L, 1 },
          (struct tw_vec_mat){ c->rev + L - 1, -1, 1 },
          (const size_t[]){ c->B, c->L, c->L }, n->acc[0]);
    if (c->skip)
        v->scale(du, dy, *c->skip, 0.0f, c->B * c->L, true);
}

/* dt[d + L - 1] = sum_b sum_j u[b][j] dy[b][j + d]: the diagonals of u^T dy,
 * of which a few rows at a time are made. */
static void back_k(struct tw_node *n, const struct channel *c, const float *dy,
                   size_t h)
{
    const struct tw_vec *v = n->graph->vec;
    size_t L = c->L;
    float *dk0 = tw_node_din(n, 1) + h * L, *dk1 = dk0 + c->H * L;

    memset(c->dt, 0, (2 * L - 1) * sizeof(float));
    for (size_t j = 0; j < L; j += ROWS) {
        size_t m = tw_min(L - j, ROWS);

        v->mm(c->rows, (ptrdiff_t)L,
              (struct tw_vec_mat){ c->u + j, 1, (ptrdiff_t)L },
              (struct tw_vec_mat){ dy, (ptrdiff_t)L, 1 },
              (const size_t[]){ m, L, c->B }, false);
        for (size_t i = 0; i < m; i++)
            v->scale(c->dt + L - 1 - j - i, c->rows + i * L, 1.0f, 0.0f, L,
                     true);
    }
    v->scale(dk0, c->dt + L - 1, 1.0f, 0.0f, L, n->acc[1]);
    if (!n->acc[1])
        memset(dk1, 0, L * sizeof(float));
    for (size_t a = 0; a + 1 < L; a++)
        dk1[a] += c->dt[L - 2 - a];
}

static void backward_part(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct tw_node *n = ctx;

    for (size_t h = first; h < last; h++) {
        struct channel c = channel_of(n, h, worker);
        size_t BL = c.B * c.L;
        const float *dy = n->t.grad + h * BL;
        float *dskip = tw_node_din(n, 2);

        if (tw_node_din(n, 0))
            back_u(n, &c, dy, tw_node_din(n, 0) + h * BL);
        if (tw_node_din(n, 1))
            back_k(n, &c, dy, h);
        if (dskip) {
            float s = n->graph->vec->dot(c.u, dy, BL);

            dskip[h] = n->acc[2] ? dskip[h] + s : s;
        }
    }
}

static void longconv_backward(struct tw_graph *g, struct tw_node *n)
{
    tw_graph_run(g, n->t.shape[0], task_grain(n), backward_part, n);
}

static const struct tw_op op_longconv = { .name = "longconv",
                                          .forward = longconv_forward,
                                          .backward = longconv_backward,
                                          .settings = sizeof(struct longconv) };

struct tw_tensor *tw_op_longconv(struct tw_graph *g, struct tw_tensor *u,
                                 struct tw_tensor *k, struct tw_tensor *skip)
{
    struct tw_tensor *in[] = { u, k, skip };
    struct tw_node *n;

    if (!tw_node_operands(g, &op_longconv, in, 2, 3))
        return NULL;
    if (u->n_dims != 3 || k->n_dims != 3 || k->shape[0] != 2 ||
        k->shape[1] != u->shape[0] || k->shape[2] != u->shape[2])
        return tw_shape_fail(g, "longconv", "u and k do not fit");
    if (skip && (skip->n_dims != 1 || skip->n != u->shape[0]))
        return tw_shape_fail(g, "longconv", "u and skip do not fit");
    n = tw_node_new(g, &op_longconv, in, 2, 3, 3, u->shape);
    if (!n)
        return NULL;
    *(struct longconv *)n->settings =
        (struct longconv){ u->shape[0], u->shape[1], u->shape[2] };
    n->n_scratch = tw_pool_threads(g->be->pool) * scratch_floats(u->shape[2]);
    return &n->t;
}
