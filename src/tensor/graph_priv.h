/*
 * graph_priv.h - nodes, operators and the plan, for the files of tensor/.
 *
 * An operator is a struct tw_op and a builder (ops.h) that checks shapes and
 * makes a node.  Its forward writes t.data from the data of in[]; its backward
 * adds to, or overwrites, the grad of each operand that has one: acc[i] says
 * which; operands are served in order, since two may be one tensor.  Neither
 * allocates: room that lives from forward to backward is
 * `saved`, constants made once after the plan are `keep`, and room for the
 * duration of one call is scratch (shared by all nodes).
 */
#ifndef TW_TENSOR_GRAPH_PRIV_H
#define TW_TENSOR_GRAPH_PRIV_H

#include "base/arena.h"
#include "kern/gemm.h"
#include "kern/vec.h"
#include "tensor/tensor.h"

enum { TW_NODE_INPUTS = 4 };

struct tw_node;

struct tw_op {
    const char *name;
    void (*forward)(struct tw_graph *g, struct tw_node *n);
    void (*backward)(struct tw_graph *g, struct tw_node *n);
    /* Fill n->keep, once, after the plan.  May be NULL. */
    void (*prepare)(struct tw_graph *g, struct tw_node *n);
    int ids_at;      /* the operand that holds ids; 0: none does */
    size_t settings; /* bytes of the operator's own struct; may be 0 */
};

struct tw_node {
    struct tw_tensor t;     /* first: users hold pointers to it */
    const struct tw_op *op; /* NULL: input or parameter */
    struct tw_graph *graph;
    struct tw_node *next;
    struct tw_node *in[TW_NODE_INPUTS]; /* NULL where optional and absent */
    struct tw_param *param;
    struct tw_node *root; /* whose memory it shares; itself if no view */
    size_t root_offset;   /* elements */
    size_t index;         /* in order of creation */
    void *settings;       /* op->settings bytes, zeroed, filled by the builder;
                             of the graph's arena */
    size_t n_saved, n_keep, n_scratch; /* floats wanted */
    float *saved, *keep;
    bool acc[TW_NODE_INPUTS];  /* backward adds to the operand's grad */
    bool zero[TW_NODE_INPUTS]; /* clear the operand's root grad before */
    bool wants_grad;           /* some parameter below is trained */
    bool active;               /* wants_grad and the loss depends on it */
    bool output;
    bool sliced;       /* some view covers only a part of it */
    bool started;      /* plan: the gradient has got a first part */
    size_t last_use;   /* plan: time of the last reader of data */
    size_t grad_start; /* plan: time of the first part of the gradient */
};

struct tw_graph {
    struct tw_backend *be; /* borrowed */
    const struct tw_vec *vec;
    struct tw_arena nodes;  /* nodes and the plan */
    struct tw_arena memory; /* what limit bounds */
    struct tw_node *head, *tail;
    struct tw_node **order; /* all nodes, after the plan */
    size_t n_nodes;
    struct tw_node *loss;
    float *scratch;
    size_t n_scratch;
    uint64_t dropout_key;
    bool training;
    bool planned;
    bool failed;
    struct tw_err cause;
};

/* Remember the first failure; returns NULL. */
struct tw_node *tw_graph_fail(struct tw_graph *g, enum tw_status code,
                              const char *fmt, ...) TW_PRINTF(3, 4);
/* A node with op's operands (n_in, NULL ones allowed from n_needed on), or
 * NULL after a failure. */
struct tw_node *tw_node_new(struct tw_graph *g, const struct tw_op *op,
                            struct tw_tensor *const *in, int n_needed, int n_in,
                            int n_dims, const size_t *shape);
/* Check operands before their shapes are read: false after a failure. */
bool tw_node_operands(struct tw_graph *g, const struct tw_op *op,
                      struct tw_tensor *const *in, int n_needed, int n_in);
struct tw_node *tw_node_view(struct tw_graph *g, const struct tw_op *op,
                             struct tw_tensor *a, int n_dims,
                             const size_t *shape, size_t offset);
/* A failure "'name': what" of shapes; returns NULL. */
struct tw_tensor *tw_shape_fail(struct tw_graph *g, const char *name,
                                const char *what);

static inline struct tw_tensor *tw_node_result(struct tw_node *n)
{
    return n ? &n->t : NULL;
}

static inline const float *tw_node_in(const struct tw_node *n, int i)
{
    return n->in[i] ? n->in[i]->t.data : NULL;
}

/* Gradient of operand i, or NULL when nobody wants it. */
static inline float *tw_node_din(const struct tw_node *n, int i)
{
    return n->in[i] ? n->in[i]->t.grad : NULL;
}

/* Factor of what stands in the operand's gradient before backward adds. */
static inline float tw_beta(const struct tw_node *n, int i)
{
    return n->acc[i] ? 1.0f : 0.0f;
}

static inline size_t tw_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t tw_last_dim(const struct tw_tensor *t)
{
    return t->n_dims ? t->shape[t->n_dims - 1] : 1;
}

static inline bool tw_same_shape(const struct tw_tensor *a,
                                 const struct tw_tensor *b)
{
    if (a->n_dims != b->n_dims)
        return false;
    for (int i = 0; i < a->n_dims; i++)
        if (a->shape[i] != b->shape[i])
            return false;
    return true;
}

/* Elements of one task of an elementwise loop. */
enum { TW_GRAIN = 8192 };

/* Rows of `width` floats per task. */
static inline size_t tw_row_grain(size_t width)
{
    return width >= TW_GRAIN ? 1 : TW_GRAIN / (width ? width : 1);
}

static inline void tw_graph_run(struct tw_graph *g, size_t n, size_t grain,
                                tw_pool_fn *fn, void *ctx)
{
    tw_pool_run(g->be->pool, n, grain, fn, ctx);
}

/* dst (+)= s * src, in parallel. */
void tw_graph_copy(struct tw_graph *g, float *dst, const float *src, float s,
                   size_t n, bool acc);
/* db[c] += sum over rows of dy (R, C): the gradient of a bias. */
void tw_graph_sum_rows(struct tw_graph *g, float *db, const float *dy, size_t R,
                       size_t C, bool acc);
/* db[r] += sum of row r. */
void tw_graph_sum_cols(struct tw_graph *g, float *db, const float *dy, size_t R,
                       size_t C, bool acc);

/* graph_plan.c */
enum tw_status tw_plan_memory(struct tw_graph *g,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_TENSOR_GRAPH_PRIV_H */
