/*
 * ops.h - the operators.  Each has forward and backward in op_*.c, a gradient
 * test by central differences and a test that 1 and 2 threads agree bit by bit.
 *
 * Operands are borrowed nodes of g; the result is a new node.  A wrong shape
 * makes the graph fail (tensor.h).  "Broadcast": b has the same number of
 * dimensions as a or fewer (then 1s are put in front), and each of its sizes is
 * that of a or 1.
 */
#ifndef TW_TENSOR_OPS_H
#define TW_TENSOR_OPS_H

#include "kern/vec.h"
#include "tensor/tensor.h"

/* op_arith.c: a (any) with broadcast b; the result has a's shape. */
struct tw_tensor *tw_op_add(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b);
struct tw_tensor *tw_op_sub(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b);
struct tw_tensor *tw_op_mul(struct tw_graph *g, struct tw_tensor *a,
                            struct tw_tensor *b);
/* s * a + c */
struct tw_tensor *tw_op_scale(struct tw_graph *g, struct tw_tensor *a, float s,
                              float c);

/* op_act.c, element-wise: tw_op_relu(g, a), tw_op_gelu(), tw_op_silu(),
 * tw_op_tanh(), tw_op_sigmoid(), one for each row of TW_VEC_ACTS (kern/vec.h),
 * where their formulas stand. */
#define TW_OP_ACT(NAME, name) \
    struct tw_tensor *tw_op_##name(struct tw_graph *g, struct tw_tensor *a);
TW_VEC_ACTS(TW_OP_ACT)
/* silu(a) * b: the gate of SwiGLU.  a, b of one shape. */
struct tw_tensor *tw_op_swiglu(struct tw_graph *g, struct tw_tensor *a,
                               struct tw_tensor *b);
/* tanh(a) * sigmoid(b): the gate of WaveNet and SSSD. */
struct tw_tensor *tw_op_gated_tanh(struct tw_graph *g, struct tw_tensor *a,
                                   struct tw_tensor *b);

/* op_shape.c: views and copies. */
struct tw_tensor *tw_op_reshape(struct tw_graph *g, struct tw_tensor *a,
                                int n_dims, const size_t *shape);
/* Result dimension i is a's dimension perm[i]. */
struct tw_tensor *tw_op_permute(struct tw_graph *g, struct tw_tensor *a,
                                const int *perm);
/* Rows first .. first+count-1 of dimension dim; a view, without a copy, when
 * all dimensions before dim are 1. */
struct tw_tensor *tw_op_slice(struct tw_graph *g, struct tw_tensor *a, int dim,
                              size_t first, size_t count);
struct tw_tensor *tw_op_concat(struct tw_graph *g, struct tw_tensor *a,
                               struct tw_tensor *b, int dim);

/* op_matmul.c: op(a) (.., M, K) times op(b) (.., K, N) over equal leading
 * dimensions; a 2-D operand is shared by all of them. */
struct tw_tensor *tw_op_matmul(struct tw_graph *g, struct tw_tensor *a,
                               bool trans_a, struct tw_tensor *b, bool trans_b);
/* x (.., I) times w (O, I) transposed, plus bias (O) or NULL: (.., O). */
struct tw_tensor *tw_op_linear(struct tw_graph *g, struct tw_tensor *x,
                               struct tw_tensor *w, struct tw_tensor *bias);

/* op_norm.c. layernorm normalises over dimension dim (the last, or the first:
 * channel-major data) with weight and bias of that size (either may be NULL);
 * rmsnorm over the last dimension. */
struct tw_tensor *tw_op_layernorm(struct tw_graph *g, struct tw_tensor *x,
                                  int dim, struct tw_tensor *weight,
                                  struct tw_tensor *bias, float eps);
struct tw_tensor *tw_op_rmsnorm(struct tw_graph *g, struct tw_tensor *x,
                                struct tw_tensor *weight, float eps);
/* Over the last dimension. */
struct tw_tensor *tw_op_softmax(struct tw_graph *g, struct tw_tensor *x);

/* op_embed.c: rows of table (V, D) by ids (any shape S): (S.., D). */
struct tw_tensor *tw_op_embed(struct tw_graph *g, struct tw_tensor *table,
                              struct tw_tensor *ids);

/* op_attention.c: causal attention with RoPE in NORM order (pairs 2i, 2i+1).
 * q (B, T, H*D), k and v (B, T, Hkv*D), H a multiple of Hkv: (B, T, H*D).
 * Position t of a row is t; segment ids (B, T), or NULL, keep packed documents
 * apart: position t sees s <= t of the same segment. */
struct tw_tensor *tw_op_attention(struct tw_graph *g, struct tw_tensor *q,
                                  struct tw_tensor *k, struct tw_tensor *v,
                                  struct tw_tensor *segments, size_t n_heads,
                                  size_t n_heads_kv, float rope_base);

/* op_conv.c, channel-major: x (C, B, L), w (O, C, K), bias (O) or NULL, zero
 * padding (K-1)/2, K odd: (O, B, L). */
struct tw_tensor *tw_op_conv1d(struct tw_graph *g, struct tw_tensor *x,
                               struct tw_tensor *w, struct tw_tensor *bias);
/* Channel-major linear map over the first dimension: w (O, I), x (I, ..):
 * (O, ..), bias (O) or NULL. */
struct tw_tensor *tw_op_linear_cm(struct tw_graph *g, struct tw_tensor *w,
                                  struct tw_tensor *x, struct tw_tensor *bias);
/* Long bidirectional convolution of S4 (timeseries reference 3.5): per channel
 * h, u (H, B, L), k (2, H, L): y[l] = sum_{a<=l} k0[a] u[l-a] +
 * sum_a k1[a] u[l+1+a].  skip (H) or NULL adds skip[h] * u. */
struct tw_tensor *tw_op_longconv(struct tw_graph *g, struct tw_tensor *u,
                                 struct tw_tensor *k, struct tw_tensor *skip);

/* op_dropout.c: zero with probability p, scale the rest by 1 / (1 - p);
 * identity outside of training. */
struct tw_tensor *tw_op_dropout(struct tw_graph *g, struct tw_tensor *x,
                                float p);

/* op_loss.c: scalars (n_dims 0, n 1). mse: mean over all elements, weight
 * (same shape, or NULL) multiplies each square, divided by the sum of weights.
 */
struct tw_tensor *tw_op_mse(struct tw_graph *g, struct tw_tensor *x,
                            struct tw_tensor *target, struct tw_tensor *weight);
/* Mean over rows whose target id is not negative; logits (.., V), ids (..). */
struct tw_tensor *tw_op_cross_entropy(struct tw_graph *g,
                                      struct tw_tensor *logits,
                                      struct tw_tensor *ids);
struct tw_tensor *tw_op_sum(struct tw_graph *g, struct tw_tensor *x);

#endif /* TW_TENSOR_OPS_H */
