#include "op_check.h"

/* Operators of two or three operands by number; in[] as the case says. */
static struct tw_tensor *arith(struct tw_graph *g, struct tw_tensor **in, int v)
{
    switch (v) {
    case 0:
        return tw_op_add(g, in[0], in[1]);
    case 1:
        return tw_op_sub(g, in[0], in[1]);
    case 2:
        return tw_op_mul(g, in[0], in[1]);
    default:
        return tw_op_scale(g, in[0], -1.5f, 0.25f);
    }
}

/* Element-wise operators by their constant: each row of TW_VEC_ACTS. */
typedef struct tw_tensor *act_builder(struct tw_graph *g, struct tw_tensor *a);
#define ACT_BUILDER(NAME, name) [TW_VEC_##NAME] = tw_op_##name,
static act_builder *const ACTS[] = { TW_VEC_ACTS(ACT_BUILDER) };

static struct tw_tensor *act(struct tw_graph *g, struct tw_tensor **in, int v)
{
    /* Moved away from the corner of relu. */
    return ACTS[v](g, tw_op_scale(g, in[0], 3.0f, 0.31f));
}

static struct tw_tensor *gate(struct tw_graph *g, struct tw_tensor **in, int v)
{
    if (v == 0)
        return tw_op_swiglu(g, in[0], in[1]);
    return tw_op_gated_tanh(g, in[0], in[1]);
}

static struct tw_tensor *shape(struct tw_graph *g, struct tw_tensor **in, int v)
{
    struct tw_tensor *a = in[0], *b;

    switch (v) {
    case 0:
        return tw_op_reshape(g, a, 1, (size_t[]){ a->n });
    case 1:
        return tw_op_permute(g, a, (int[]){ 2, 0, 1 });
    case 2: /* a view */
        return tw_op_slice(g, a, 0, 1, a->shape[0] - 1);
    case 3: /* a copy */
        return tw_op_slice(g, a, 1, 1, a->shape[1] - 2);
    case 4:
        return tw_op_concat(g, a, in[1], 1);
    case 5: /* both halves of one tensor, one of them twice */
        b = tw_op_slice(g, a, 0, 0, a->shape[0] / 2);
        return tw_op_gated_tanh(
            g, tw_op_add(g, b, b),
            tw_op_slice(g, a, 0, a->shape[0] / 2, a->shape[0] / 2));
    default: /* a view of a view, and its root */
        b = tw_op_slice(g, a, 0, 1, a->shape[0] - 1);
        b = tw_op_slice(g, b, 0, 1, 1);
        b = tw_op_reshape(g, b, 2, (size_t[]){ a->shape[1], a->shape[2] });
        return tw_op_mul(g, a, b);
    }
}

static struct tw_tensor *matmul(struct tw_graph *g, struct tw_tensor **in,
                                int v)
{
    return tw_op_matmul(g, in[0], v & 1, in[1], v & 2);
}

static struct tw_tensor *linear(struct tw_graph *g, struct tw_tensor **in,
                                int v)
{
    switch (v) {
    case 0:
        return tw_op_linear(g, in[0], in[1], in[2]);
    case 1:
        return tw_op_linear_cm(g, in[0], in[1], in[2]);
    case 2:
        return tw_op_conv1d(g, in[0], in[1], in[2]);
    default:
        return tw_op_longconv(g, in[0], in[1], in[2]);
    }
}

static struct tw_tensor *norm(struct tw_graph *g, struct tw_tensor **in, int v)
{
    switch (v) {
    case 0:
        return tw_op_layernorm(g, in[0], in[0]->n_dims - 1, in[1], in[2],
                               1e-5f);
    case 1:
        return tw_op_layernorm(g, in[0], 0, in[1], in[2], 1e-5f);
    case 2:
        return tw_op_rmsnorm(g, in[0], in[1], 1e-5f);
    default:
        return tw_op_softmax(g, in[0]);
    }
}

static struct tw_tensor *other(struct tw_graph *g, struct tw_tensor **in, int v)
{
    switch (v) {
    case 0:
        return tw_op_embed(g, in[0], in[1]);
    case 1:
        return tw_op_dropout(g, in[0], 0.3f);
    case 2:
        return tw_op_mse(g, in[0], in[1], in[2]);
    case 3:
        return tw_op_cross_entropy(g, in[0], in[1]);
    default:
        return tw_op_sum(g, in[0]);
    }
}

/* q, k, v from one operand each; v: heads, key heads, segments */
static struct tw_tensor *attention(struct tw_graph *g, struct tw_tensor **in,
                                   int v)
{
    size_t n_kv = v & 1 ? 1 : 2;

    return tw_op_attention(g, in[0], in[1], in[2], NULL, 2, n_kv, 100.0f);
}

/* Segments take the place of the third operand: v is k. */
static struct tw_tensor *packed(struct tw_graph *g, struct tw_tensor **in,
                                int v)
{
    if (v == 1)
        return tw_op_attention(g, in[0], in[0], in[0], in[2], 2, 2, 50.0f);
    return tw_op_attention(g, in[0], in[1], in[1], in[2], 2, 2, 10000.0f);
}

/* Packed documents are runs: 40 positions each, so that blocks of keys drop
 * out.  The ids are an input that the case does not know; they are set when
 * the graph is made and stay. */
static struct tw_tensor *runs(struct tw_graph *g, struct tw_tensor **in, int v)
{
    struct tw_tensor *seg = tw_graph_input_ids(g, 2, in[0]->shape);

    (void)v;
    for (size_t i = 0; seg && i < seg->n; i++)
        seg->ids[i] = (int32_t)(i / 40);
    return tw_op_attention(g, in[0], in[0], in[0], seg, 1, 1, 100.0f);
}

#define ACT_CASE(NAME, word) { #word, act, TW_VEC_##NAME, { { 5, 9 } }, 0, 0 },
static const struct op_case cases[] = {
    { "add", arith, 0, { { 3, 5, 7 }, { 3, 5, 7 } }, 0, 0 },
    { "add last", arith, 0, { { 3, 5, 7 }, { 7 } }, 0, 0 },
    { "add rows", arith, 0, { { 3, 5, 7 }, { 3, 5, 1 } }, 0, 0 },
    { "add middle", arith, 0, { { 3, 5, 7, 2 }, { 3, 1, 7, 1 } }, 0, 0 },
    { "add outer", arith, 0, { { 3, 5, 7, 2 }, { 1, 5, 1, 2 } }, 0, 0 },
    { "add first", arith, 0, { { 6, 40 }, { 6, 1 } }, 0, 0 },
    { "add one", arith, 0, { { 6, 40 }, { 1 } }, 0, 0 },
    { "sub", arith, 1, { { 4, 9 }, { 9 } }, 0, 0 },
    { "sub columns", arith, 1, { { 4, 9 }, { 4, 1 } }, 0, 0 },
    { "mul", arith, 2, { { 3, 5, 7 }, { 3, 5, 7 } }, 0, 0 },
    { "mul last", arith, 2, { { 3, 5, 7 }, { 7 } }, 0, 0 },
    { "mul middle", arith, 2, { { 3, 5, 7, 2 }, { 3, 1, 7, 1 } }, 0, 0 },
    { "mul outer", arith, 2, { { 3, 5, 7, 2 }, { 1, 5, 1, 2 } }, 0, 0 },
    { "scale", arith, 3, { { 5, 7 } }, 0, 0 },
    TW_VEC_ACTS(ACT_CASE){ "swiglu", gate, 0, { { 5, 9 }, { 5, 9 } }, 0, 0 },
    { "gated tanh", gate, 1, { { 5, 9 }, { 5, 9 } }, 0, 0 },
    { "reshape", shape, 0, { { 2, 3, 4 } }, 0, 0 },
    { "permute", shape, 1, { { 3, 4, 5 } }, 0, 0 },
    { "slice view", shape, 2, { { 3, 4, 5 } }, 0, 0 },
    { "slice copy", shape, 3, { { 3, 4, 5 } }, 0, 0 },
    { "concat", shape, 4, { { 3, 4, 5 }, { 3, 2, 5 } }, 0, 0 },
    { "slices of one", shape, 5, { { 4, 6, 5 } }, 0, 0 },
    { "view of a view", shape, 6, { { 4, 6, 5 } }, 0, 0 },
    { "matmul", matmul, 0, { { 3, 4 }, { 4, 5 } }, 0, 0 },
    { "matmul at", matmul, 1, { { 4, 3 }, { 4, 5 } }, 0, 0 },
    { "matmul bt", matmul, 2, { { 3, 4 }, { 5, 4 } }, 0, 0 },
    { "matmul at bt", matmul, 3, { { 4, 3 }, { 5, 4 } }, 0, 0 },
    { "matmul batch", matmul, 0, { { 2, 3, 4 }, { 2, 4, 5 } }, 0, 0 },
    { "matmul batch at bt", matmul, 3, { { 2, 4, 3 }, { 2, 5, 4 } }, 0, 0 },
    { "matmul batch bt", matmul, 2, { { 2, 3, 4 }, { 2, 5, 4 } }, 0, 0 },
    { "matmul shared b", matmul, 0, { { 2, 3, 4 }, { 4, 5 } }, 0, 0 },
    { "matmul shared b at", matmul, 1, { { 2, 4, 3 }, { 4, 5 } }, 0, 0 },
    { "matmul shared a", matmul, 0, { { 3, 4 }, { 2, 4, 5 } }, 0, 0 },
    { "matmul shared a at", matmul, 3, { { 4, 3 }, { 2, 5, 4 } }, 0, 0 },
    { "linear", linear, 0, { { 2, 3, 4 }, { 5, 4 }, { 5 } }, 0, 0 },
    { "linear no bias", linear, 0, { { 3, 4 }, { 5, 4 } }, 0, 0 },
    { "linear_cm", linear, 1, { { 5, 4 }, { 4, 3, 2 }, { 5 } }, 0, 0 },
    { "linear_cm no bias", linear, 1, { { 5, 4 }, { 4, 3 } }, 0, 0 },
    { "conv1d 3", linear, 2, { { 2, 3, 6 }, { 4, 2, 3 }, { 4 } }, 0, 0 },
    { "conv1d 5", linear, 2, { { 2, 2, 6 }, { 3, 2, 5 }, { 3 } }, 0, 0 },
    { "conv1d 5 short", linear, 2, { { 2, 2, 1 }, { 3, 2, 5 } }, 0, 0 },
    { "conv1d 1", linear, 2, { { 2, 3, 6 }, { 4, 2, 1 } }, 0, 0 },
    { "longconv", linear, 3, { { 2, 3, 7 }, { 2, 2, 7 }, { 2 } }, 0, 0 },
    { "longconv 37", linear, 3, { { 3, 9, 37 }, { 2, 3, 37 } }, 0, 0 },
    { "longconv 1", linear, 3, { { 3, 9, 1 }, { 2, 3, 1 } }, 0, 0 },
    { "layernorm", norm, 0, { { 3, 4, 6 }, { 6 }, { 6 } }, 0, 0 },
    { "layernorm plain", norm, 0, { { 5, 19 } }, 0, 0 },
    { "layernorm first", norm, 1, { { 6, 4, 3 }, { 6 }, { 6 } }, 0, 0 },
    { "layernorm first plain", norm, 1, { { 6, 19 } }, 0, 0 },
    { "rmsnorm", norm, 2, { { 3, 4, 6 }, { 6 } }, 0, 0 },
    { "rmsnorm plain", norm, 2, { { 3, 20 } }, 0, 0 },
    { "softmax", norm, 3, { { 3, 4, 21 } }, 0, 0 },
    { "embed", other, 0, { { 7, 5 }, { -7, 3, 4 } }, 0, 0 },
    { "dropout", other, 1, { { 9, 20 } }, 0, true },
    { "dropout off", other, 1, { { 9, 20 } }, 0, false },
    { "mse", other, 2, { { 4, 6 }, { 4, 6 } }, 0, 0 },
    { "mse weighted", other, 2, { { 4, 6 }, { 4, 6 }, { 4, 6 } }, 5e-3, 0 },
    { "cross entropy", other, 3, { { 4, 3, 19 }, { -19, 4, 3 } }, 0, 0 },
    { "sum", other, 4, { { 4, 6 } }, 0, 0 },
    { "attention",
      attention,
      0,
      { { 2, 5, 8 }, { 2, 5, 8 }, { 2, 5, 8 } },
      0,
      0 },
    { "attention grouped",
      attention,
      1,
      { { 2, 40, 8 }, { 2, 40, 4 }, { 2, 40, 4 } },
      0,
      0 },
    { "attention packed",
      packed,
      0,
      { { 2, 37, 8 }, { 2, 37, 8 }, { -3, 2, 37 } },
      0,
      0 },
    { "attention of runs", runs, 0, { { 1, 150, 4 } }, 0, 0 },
};

TEST(every_gradient_agrees_with_central_differences)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++)
        check_gradient(&cases[i]);
}

/* Every operator again, with sizes that make many chunks of work. */
TEST(every_operator_gives_the_same_bytes_for_1_2_and_3_threads)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++)
        check_threads(&cases[i]);
}

TEST_MAIN(RUN(every_gradient_agrees_with_central_differences);
          RUN(every_operator_gives_the_same_bytes_for_1_2_and_3_threads);)
