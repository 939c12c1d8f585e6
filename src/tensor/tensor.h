/*
 * tensor.h - parameters and graphs: define once, plan once, run many times.
 *
 * A graph is a list of nodes in the order in which they were made; every node
 * is a struct tw_tensor.  tw_graph_plan() gives all of them memory from one
 * arena; after that forward and backward allocate nothing.  Parameters live in
 * a struct tw_params that several graphs share (training, sampling).
 *
 *     struct tw_graph *g;
 *     TW_TRY(tw_graph_new(&g, be, 1u << 30, err));
 *     struct tw_tensor *x = tw_graph_input(g, 2, (size_t[]){ B, D });
 *     struct tw_tensor *y = tw_op_matmul(g, x, false, w, true); (ops.h)
 *     struct tw_tensor *loss = tw_op_mse(g, y, target, NULL);
 *     TW_TRY(tw_graph_plan(g, loss, err));      all failures of the ops above
 *     for (...) {
 *         fill x->data ...
 *         tw_graph_forward(g, true);
 *         tw_graph_backward(g);
 *         tw_adam_step(...);                                     (optim.h)
 *     }
 *
 * Building is sticky: an operator with a NULL operand, a wrong shape or no
 * memory returns NULL and the graph remembers the first cause, which
 * tw_graph_plan() reports.  Data are row-major float32, shape outermost first.
 * Same seed, same CPU level: the same bytes for any number of threads.
 */
#ifndef TW_TENSOR_TENSOR_H
#define TW_TENSOR_TENSOR_H

#include "base/status.h"
#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_TENSOR_DIMS = 4, TW_PARAM_NAME = 64 };

/* A trained array with a name, as it stands in checkpoints and GGUF files. */
struct tw_param {
    char name[TW_PARAM_NAME];
    int n_dims;
    size_t shape[TW_TENSOR_DIMS]; /* (n_dims), outermost first */
    size_t n;                     /* elements: the product of the sizes */
    float *data;                  /* (shape), owned by the set */
    float *grad;                  /* (shape); NULL when fixed */
    bool fixed;                   /* never trained: a buffer */
    bool decayed; /* AdamW applies weight decay; default n_dims >= 2 */
};

struct tw_params;

/* limit bounds data and gradients together, in bytes. */
enum tw_status tw_params_new(struct tw_params **ps, size_t limit,
                             struct tw_err *err) TW_NODISCARD;
void tw_params_free(struct tw_params *ps);
/* A new zeroed parameter; NULL (sticky, see tw_params_check) on failure. */
struct tw_param *tw_params_add(struct tw_params *ps, const char *name,
                               int n_dims, const size_t *shape);
struct tw_param *tw_params_add_fixed(struct tw_params *ps, const char *name,
                                     int n_dims, const size_t *shape);
struct tw_param *tw_params_get(const struct tw_params *ps, const char *name);
struct tw_param *tw_params_at(const struct tw_params *ps, size_t i);
size_t tw_params_count(const struct tw_params *ps);
size_t tw_params_elements(const struct tw_params *ps); /* trained ones */
enum tw_status tw_params_check(const struct tw_params *ps,
                               struct tw_err *err) TW_NODISCARD;
/* Fill with std * N(0,1), or uniform in [-bound, bound); a function of seed
 * and the parameter's name only. */
void tw_param_normal(struct tw_param *p, float std, uint64_t seed);
void tw_param_uniform(struct tw_param *p, float bound, uint64_t seed);
void tw_param_fill(struct tw_param *p, float value);

/* A node of a graph.  Users read shape and, after the plan, data; they write
 * only the data (or ids) of inputs.  With a loss all data stay readable after
 * forward; without one only inputs and tw_graph_output() nodes do.  Gradients
 * of nodes share memory during backward: read those of parameters. */
struct tw_tensor {
    int n_dims;                   /* 0: a scalar */
    size_t shape[TW_TENSOR_DIMS]; /* (n_dims), outermost first */
    size_t n;                     /* elements: the product of the sizes */
    float *data;  /* (shape) after tw_graph_plan(); parameters: at once */
    float *grad;  /* (shape); NULL where no gradient is needed */
    int32_t *ids; /* (shape), integer inputs only, at once; no data then */
};

struct tw_graph;

/* limit bounds all activations, gradients and scratch, in bytes. */
enum tw_status tw_graph_new(struct tw_graph **g, struct tw_backend *be,
                            size_t limit, struct tw_err *err) TW_NODISCARD;
void tw_graph_free(struct tw_graph *g);

struct tw_tensor *tw_graph_input(struct tw_graph *g, int n_dims,
                                 const size_t *shape);
struct tw_tensor *tw_graph_input_ids(struct tw_graph *g, int n_dims,
                                     const size_t *shape);
struct tw_tensor *tw_graph_param(struct tw_graph *g, struct tw_param *p);
/* Keep t readable after forward in a graph without loss. */
void tw_graph_output(struct tw_graph *g, struct tw_tensor *t);

/* Lay out memory.  loss: the scalar to differentiate, or NULL for a graph that
 * only runs forward (memory of dead nodes is reused then). */
enum tw_status tw_graph_plan(struct tw_graph *g, struct tw_tensor *loss,
                             struct tw_err *err) TW_NODISCARD;
size_t tw_graph_bytes(const struct tw_graph *g); /* planned */

/* training: dropout is active, drawing from (seed, step, node). */
void tw_graph_forward(struct tw_graph *g, bool training);
/* Gradients of the loss into every grad; those of parameters are added to what
 * is there, so that micro-batches accumulate: see tw_params_zero_grad(). */
void tw_graph_backward(struct tw_graph *g);
/* The stream of dropout; call before each training step. */
void tw_graph_seed(struct tw_graph *g, uint64_t seed, uint64_t step);
void tw_params_zero_grad(struct tw_params *ps);

#endif /* TW_TENSOR_TENSOR_H */
