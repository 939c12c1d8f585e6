#include "tensor/ops.h"
#include "tensor/optim.h"

#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct env {
    struct tw_backend *be;
    struct tw_params *ps;
    struct tw_graph *g;
    struct tw_adam opt;
    struct tw_tensor *loss;
};

static void env_open(struct env *e, unsigned threads)
{
    struct tw_err err = { 0 };

    memset(e, 0, sizeof(*e));
    CHECK(tw_backend_new(&e->be, getenv("TW_CPU"), threads, &err) == TW_OK);
    CHECK(tw_params_new(&e->ps, 1u << 26, &err) == TW_OK);
    CHECK(tw_graph_new(&e->g, e->be, 1u << 26, &err) == TW_OK);
}

static void env_plan(struct env *e, struct tw_tensor *loss)
{
    struct tw_err err = { 0 };

    e->loss = loss;
    CHECK(tw_graph_plan(e->g, loss, &err) == TW_OK);
    CHECK(tw_adam_init(&e->opt, e->ps, e->be, &err) == TW_OK);
}

static void env_close(struct env *e)
{
    tw_adam_release(&e->opt);
    tw_graph_free(e->g);
    tw_params_free(e->ps);
    tw_backend_free(e->be);
}

static struct tw_tensor *param(struct env *e, const char *name, size_t a,
                               size_t b, float std)
{
    struct tw_param *p =
        tw_params_add(e->ps, name, b ? 2 : 1, (size_t[]){ a, b });

    if (std > 0.0f)
        tw_param_normal(p, std, 11);
    else
        tw_param_fill(p, b ? 0.0f : -std);
    return tw_graph_param(e->g, p);
}

static double train_step(struct env *e, uint64_t step, float lr)
{
    tw_params_zero_grad(e->ps);
    tw_graph_seed(e->g, 4, step);
    tw_graph_forward(e->g, true);
    tw_graph_backward(e->g);
    (void)tw_adam_step(&e->opt, lr);
    return (double)e->loss->data[0];
}

TEST(a_small_network_fits_a_sine)
{
    enum { N = 64, HIDDEN = 32 };
    struct env e;
    double loss = 1.0;

    env_open(&e, 2);
    struct tw_tensor *x = tw_graph_input(e.g, 2, (size_t[]){ N, 1 });
    struct tw_tensor *t = tw_graph_input(e.g, 2, (size_t[]){ N, 1 });
    struct tw_tensor *h = tw_op_linear(e.g, x, param(&e, "w1", HIDDEN, 1, 1.0f),
                                       param(&e, "b1", HIDDEN, 0, 1.0f));
    h = tw_op_linear(e.g, tw_op_tanh(e.g, h), param(&e, "w2", 1, HIDDEN, 0.3f),
                     param(&e, "b2", 1, 0, -0.0f));
    env_plan(&e, tw_op_mse(e.g, h, t, NULL));
    for (int i = 0; i < N; i++) {
        x->data[i] = (float)i / (float)N * 6.0f - 3.0f;
        t->data[i] = sinf(1.5f * x->data[i]);
    }
    for (uint64_t i = 0; i < 800; i++)
        loss = train_step(&e, i, 0.02f);
    CHECK(loss < 1e-3);
    env_close(&e);
}

enum { T = 64, D = 32, FF = 64, V = 50, LAYERS = 2 };

static struct tw_tensor *layer(struct env *e, int i, struct tw_tensor *x)
{
    static const char *const names[LAYERS][9] = {
        { "0.n1", "0.q", "0.k", "0.v", "0.o", "0.n2", "0.g", "0.u", "0.d" },
        { "1.n1", "1.q", "1.k", "1.v", "1.o", "1.n2", "1.g", "1.u", "1.d" },
    };
    const char *const *name = names[i];
    struct tw_graph *g = e->g;
    struct tw_tensor *h, *q, *k, *v;

    h = tw_op_rmsnorm(g, x, param(e, name[0], D, 0, -1.0f), 1e-5f);
    q = tw_op_linear(g, h, param(e, name[1], D, D, 0.15f), NULL);
    k = tw_op_linear(g, h, param(e, name[2], D / 2, D, 0.15f), NULL);
    v = tw_op_linear(g, h, param(e, name[3], D / 2, D, 0.15f), NULL);
    h = tw_op_attention(g, q, k, v, NULL, 4, 2, 1e4f);
    h = tw_op_linear(g, h, param(e, name[4], D, D, 0.15f), NULL);
    x = tw_op_add(g, x, tw_op_dropout(g, h, 0.01f));
    h = tw_op_rmsnorm(g, x, param(e, name[5], D, 0, -1.0f), 1e-5f);
    q = tw_op_linear(g, h, param(e, name[6], FF, D, 0.15f), NULL);
    k = tw_op_linear(g, h, param(e, name[7], FF, D, 0.15f), NULL);
    h = tw_op_linear(g, tw_op_swiglu(g, q, k), param(e, name[8], D, FF, 0.15f),
                     NULL);
    return tw_op_add(g, x, h);
}

/* A llama in small, over one sequence of T tokens that has no pattern. */
static void build_lm(struct env *e)
{
    struct tw_tensor *ids = tw_graph_input_ids(e->g, 2, (size_t[]){ 1, T });
    struct tw_tensor *next = tw_graph_input_ids(e->g, 2, (size_t[]){ 1, T });
    struct tw_tensor *x = tw_op_embed(e->g, param(e, "embd", V, D, 0.5f), ids);
    uint32_t token = 7;

    for (int i = 0; i < LAYERS; i++)
        x = layer(e, i, x);
    x = tw_op_rmsnorm(e->g, x, param(e, "norm", D, 0, -1.0f), 1e-5f);
    x = tw_op_linear(e->g, x, param(e, "out", V, D, 0.15f), NULL);
    env_plan(e, tw_op_cross_entropy(e->g, x, next));
    for (int i = 0; i < T; i++) {
        ids->ids[i] = (int32_t)(token >> 16) % V;
        token = (token * 1103515245u + 12345u) & 0x7fffffffu;
        next->ids[i] = (int32_t)(token >> 16) % V;
    }
}

TEST(a_tiny_transformer_learns_64_tokens_by_heart)
{
    struct env e;
    double loss = 9.0;

    env_open(&e, 2);
    build_lm(&e);
    e.opt.clip = 1.0f;
    for (uint64_t i = 0; i < 150; i++) {
        loss = train_step(&e, i, 0.01f);
        if (i == 0)
            CHECK_NEAR(loss, log((double)V), 1.5);
    }
    printf("# loss after 150 steps: %.4f\n", loss);
    CHECK(loss < 0.05);
    env_close(&e);
}

TEST(a_training_run_gives_the_same_bytes_for_1_and_2_threads)
{
    struct env e[2];

    for (unsigned t = 0; t < 2; t++) {
        env_open(&e[t], t + 1);
        build_lm(&e[t]);
        e[t].opt.clip = 0.5f;
        e[t].opt.weight_decay = 0.1f;
        for (uint64_t i = 0; i < 10; i++)
            (void)train_step(&e[t], i, 0.01f);
    }
    for (size_t i = 0; i < tw_params_count(e[0].ps); i++) {
        const struct tw_param *p = tw_params_at(e[0].ps, i);
        const struct tw_param *q = tw_params_at(e[1].ps, i);

        CHECK(memcmp(p->data, q->data, p->n * sizeof(float)) == 0);
        CHECK(memcmp(p->grad, q->grad, p->n * sizeof(float)) == 0);
    }
    for (unsigned t = 0; t < 2; t++)
        env_close(&e[t]);
}

/* What a later token or another segment says does not reach an earlier one. */
TEST(attention_sees_the_past_of_its_own_segment_only)
{
    enum { N = 40 };
    struct tw_err err = { 0 };
    struct env e;
    float kept[N * 8];

    env_open(&e, 1);
    struct tw_tensor *x = tw_graph_input(e.g, 3, (size_t[]){ 1, N, 8 });
    struct tw_tensor *seg = tw_graph_input_ids(e.g, 2, (size_t[]){ 1, N });
    struct tw_tensor *y = tw_op_attention(e.g, x, x, x, seg, 2, 2, 1e4f);
    tw_graph_output(e.g, y);
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_OK);
    for (int i = 0; i < N * 8; i++)
        x->data[i] = sinf((float)i);
    for (int i = 0; i < N; i++)
        seg->ids[i] = i < 15 ? 3 : 4;
    tw_graph_forward(e.g, false);
    memcpy(kept, y->data, sizeof(kept));
    for (int i = 0; i < 8; i++) {
        CHECK(y->data[i] == x->data[i]); /* the first sees itself */
        CHECK(y->data[15 * 8 + i] == x->data[15 * 8 + i]);
        x->data[14 * 8 + i] += 50.0f;
        x->data[30 * 8 + i] -= 2.0f;
    }
    tw_graph_forward(e.g, false);
    CHECK(memcmp(kept, y->data, 14 * 8 * sizeof(float)) == 0);
    CHECK(memcmp(kept + 15 * 8, y->data + 15 * 8, 15 * 8 * sizeof(float)) == 0);
    for (int t = 30; t < N; t++)
        CHECK(memcmp(kept + t * 8, y->data + t * 8, 8 * sizeof(float)) != 0);
    env_close(&e);
}

/* Against the definition, in double: two heads that share a key head. */
TEST(attention_agrees_with_its_definition)
{
    enum { N = 21, H = 2, HD = 4 };
    struct tw_err err = { 0 };
    struct env e;

    env_open(&e, 1);
    struct tw_tensor *q = tw_graph_input(e.g, 3, (size_t[]){ 1, N, H * HD });
    struct tw_tensor *k = tw_graph_input(e.g, 3, (size_t[]){ 1, N, HD });
    struct tw_tensor *v = tw_graph_input(e.g, 3, (size_t[]){ 1, N, HD });
    struct tw_tensor *y = tw_op_attention(e.g, q, k, v, NULL, H, 1, 100.0f);
    tw_graph_output(e.g, y);
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_OK);
    for (size_t i = 0; i < q->n; i++)
        q->data[i] = sinf(3.0f * (float)i);
    for (size_t i = 0; i < k->n; i++) {
        k->data[i] = cosf(2.0f * (float)i);
        v->data[i] = cosf(5.0f * (float)i);
    }
    tw_graph_forward(e.g, false);
    for (int h = 0; h < H; h++)
        for (int t = 0; t < N; t++) {
            double p[N], sum = 0.0, want[HD] = { 0 };

            for (int s = 0; s <= t; s++) {
                double score = 0.0;

                /* turning both is turning the difference */
                for (int i = 0; i < HD; i += 2) {
                    double a = (s - t) * pow(100.0, -(double)i / HD);
                    const float *x = q->data + (t * H + h) * HD + i;
                    const float *z = k->data + s * HD + i;
                    double c = cos(a), d = sin(a);

                    score +=
                        (double)x[0] * ((double)z[0] * c - (double)z[1] * d) +
                        (double)x[1] * ((double)z[0] * d + (double)z[1] * c);
                }
                p[s] = exp(score / sqrt((double)HD));
                sum += p[s];
            }
            for (int s = 0; s <= t; s++)
                for (int i = 0; i < HD; i++)
                    want[i] += p[s] / sum * (double)v->data[s * HD + i];
            for (int i = 0; i < HD; i++)
                CHECK_NEAR((double)y->data[(t * H + h) * HD + i], want[i],
                           2e-6);
        }
    env_close(&e);
}

TEST(long_convolution_agrees_with_its_definition)
{
    enum { H = 3, B = 5, L = 29 };
    struct tw_err err = { 0 };
    struct env e;

    env_open(&e, 2);
    struct tw_tensor *u = tw_graph_input(e.g, 3, (size_t[]){ H, B, L });
    struct tw_tensor *k = tw_graph_input(e.g, 3, (size_t[]){ 2, H, L });
    struct tw_tensor *s = tw_graph_input(e.g, 1, (size_t[]){ H });
    struct tw_tensor *y = tw_op_longconv(e.g, u, k, s);
    tw_graph_output(e.g, y);
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_OK);
    for (size_t i = 0; i < u->n; i++)
        u->data[i] = sinf(1.7f * (float)i);
    for (size_t i = 0; i < k->n; i++)
        k->data[i] = cosf(2.3f * (float)i);
    for (size_t i = 0; i < H; i++)
        s->data[i] = (float)i - 1.5f;
    tw_graph_forward(e.g, false);
    for (int h = 0; h < H; h++)
        for (int b = 0; b < B; b++)
            for (int l = 0; l < L; l++) {
                const float *x = u->data + (h * B + b) * L;
                const float *k0 = k->data + h * L, *k1 = k0 + H * L;
                double want = (double)s->data[h] * (double)x[l];

                for (int a = 0; a <= l; a++)
                    want += (double)k0[a] * (double)x[l - a];
                for (int a = 0; l + 1 + a < L; a++)
                    want += (double)k1[a] * (double)x[l + 1 + a];
                CHECK_NEAR((double)y->data[(h * B + b) * L + l], want, 1e-5);
            }
    env_close(&e);
}

TEST_MAIN(RUN(a_small_network_fits_a_sine);
          RUN(a_tiny_transformer_learns_64_tokens_by_heart);
          RUN(a_training_run_gives_the_same_bytes_for_1_and_2_threads);
          RUN(attention_sees_the_past_of_its_own_segment_only);
          RUN(attention_agrees_with_its_definition);
          RUN(long_convolution_agrees_with_its_definition);)
