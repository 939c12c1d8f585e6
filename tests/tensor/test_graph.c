#include "tensor/ops.h"
#include "tensor/optim.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Count calls of the allocator, where no sanitizer has its own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

static size_t n_allocations;

#ifndef SANITIZED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
    n_allocations++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    n_allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    n_allocations++;
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    n_allocations++;
    return __libc_memalign(align, n);
}
#endif

struct env {
    struct tw_backend *be;
    struct tw_params *ps;
    struct tw_graph *g;
};

static void env_open(struct env *e, unsigned threads, size_t limit)
{
    struct tw_err err = { 0 };

    memset(e, 0, sizeof(*e));
    CHECK(tw_backend_new(&e->be, getenv("TW_CPU"), threads, &err) == TW_OK);
    CHECK(tw_params_new(&e->ps, 1u << 26, &err) == TW_OK);
    CHECK(tw_graph_new(&e->g, e->be, limit, &err) == TW_OK);
}

static void env_close(struct env *e)
{
    tw_graph_free(e->g);
    tw_params_free(e->ps);
    tw_backend_free(e->be);
}

static struct tw_tensor *input(struct tw_graph *g, size_t a, size_t b, size_t c)
{
    size_t shape[3] = { a, b, c };

    return tw_graph_input(g, c ? 3 : b ? 2 : 1, shape);
}

/* Wrong uses by number; NULL after the last. */
static struct tw_tensor *misuse(struct tw_graph *g, int number, bool *last)
{
    struct tw_tensor *a = input(g, 2, 3, 4), *b = input(g, 2, 3, 5);
    struct tw_tensor *v = input(g, 4, 0, 0), *m = input(g, 4, 6, 0);
    struct tw_tensor *ids = tw_graph_input_ids(g, 2, (size_t[]){ 2, 3 });

    *last = false;
    switch (number) {
    case 0:
        return tw_op_add(g, a, b);
    case 1:
        return tw_op_mul(g, v, a);
    case 2:
        return tw_op_add(g, a, NULL);
    case 3:
        return tw_op_relu(g, NULL);
    case 4:
        return tw_op_relu(g, ids);
    case 5:
        return tw_op_swiglu(g, a, b);
    case 6:
        return tw_op_reshape(g, a, 1, (size_t[]){ 23 });
    case 7:
        return tw_op_permute(g, a, (int[]){ 0, 1, 1 });
    case 8:
        return tw_op_slice(g, a, 1, 2, 2);
    case 9:
        return tw_op_slice(g, a, 3, 0, 1);
    case 10:
        return tw_op_concat(g, a, b, 1);
    case 11:
        return tw_op_matmul(g, a, false, b, false);
    case 12:
        return tw_op_matmul(g, v, false, m, false);
    case 13:
        return tw_op_linear(g, a, m, NULL);
    case 14:
        return tw_op_linear_cm(g, m, a, NULL);
    case 15:
        return tw_op_conv1d(g, a, b, NULL);
    case 16:
        return tw_op_conv1d(g, a, input(g, 2, 2, 2), NULL);
    case 17:
        return tw_op_longconv(g, a, b, NULL);
    case 18:
        return tw_op_layernorm(g, a, 1, NULL, NULL, 1e-5f);
    case 19:
        return tw_op_layernorm(g, b, 2, v, NULL, 1e-5f);
    case 20:
        return tw_op_rmsnorm(g, b, v, 1e-5f);
    case 21:
        return tw_op_embed(g, v, ids);
    case 22:
        return tw_op_embed(g, m, a);
    case 23:
        return tw_op_attention(g, a, a, a, NULL, 4, 4, 1e4f); /* odd head */
    case 24:
        return tw_op_attention(g, a, a, a, NULL, 2, 0, 1e4f);
    case 25:
        return tw_op_attention(g, a, b, b, NULL, 2, 2, 1e4f);
    case 26:
        return tw_op_attention(g, a, a, a, ids, 2, 2, 0.0f);
    case 27:
        return tw_op_dropout(g, a, 1.0f);
    case 28:
        return tw_op_mse(g, a, b, NULL);
    case 29:
        return tw_op_cross_entropy(g, m, ids);
    case 30:
        return tw_graph_param(g, NULL);
    case 31:
        return tw_graph_input(g, 2, (size_t[]){ 3, 0 });
    case 32:
        return tw_graph_input(g, 4,
                              (size_t[]){ SIZE_MAX / 2, SIZE_MAX / 2, 9, 9 });
    case 33:
        return tw_graph_input(g, 5, (size_t[]){ 1, 1, 1, 1, 1 });
    default:
        *last = true;
        return NULL;
    }
}

TEST(every_wrong_shape_is_refused_when_built_and_reported_by_plan)
{
    for (int i = 0;; i++) {
        struct tw_err err = { 0 };
        struct env e;
        bool last;

        env_open(&e, 1, 1u << 24);
        struct tw_tensor *t = misuse(e.g, i, &last);
        if (last) {
            env_close(&e);
            return;
        }
        if (t)
            printf("# misuse %d was accepted\n", i);
        CHECK(t == NULL);
        /* sticky: a good operator is refused too, the first cause stays */
        CHECK(input(e.g, 2, 2, 0) == NULL);
        CHECK(tw_op_add(e.g, NULL, NULL) == NULL);
        CHECK(tw_graph_plan(e.g, NULL, &err) == TW_EINVAL);
        CHECK(strncmp(err.msg, "cannot build", 12) == 0);
        CHECK(err.code == TW_EINVAL);
        env_close(&e);
    }
}

TEST(operands_of_another_graph_are_refused)
{
    struct env e, f;

    env_open(&e, 1, 1u << 20);
    env_open(&f, 1, 1u << 20);
    CHECK(tw_op_relu(e.g, input(f.g, 3, 0, 0)) == NULL);
    env_close(&e);
    env_close(&f);
}

TEST(plan_refuses_a_loss_that_is_no_scalar_and_a_second_plan)
{
    struct tw_err err = { 0 };
    struct env e;

    env_open(&e, 1, 1u << 20);
    CHECK(tw_graph_plan(e.g, input(e.g, 3, 0, 0), &err) == TW_EINVAL);
    env_close(&e);
    env_open(&e, 1, 1u << 20);
    struct tw_tensor *x = input(e.g, 3, 0, 0);
    CHECK(tw_graph_plan(e.g, tw_op_sum(e.g, x), &err) == TW_OK);
    CHECK(tw_op_relu(e.g, x) == NULL); /* too late */
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_EINVAL);
    env_close(&e);
}

TEST(plan_stays_within_its_limit)
{
    struct tw_err err = { 0 };
    struct env e;

    env_open(&e, 1, 1u << 20);
    struct tw_tensor *x = input(e.g, 1024, 1024, 0);
    CHECK(x != NULL);
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_ENOMEM);
    env_close(&e);
}

TEST(parameters_refuse_duplicates_bad_shapes_and_too_much_memory)
{
    struct tw_params *ps;
    struct tw_err err = { 0 };

    for (int i = 0; i < 4; i++) {
        CHECK(tw_params_new(&ps, 1u << 20, &err) == TW_OK);
        CHECK(tw_params_add(ps, "a", 1, (size_t[]){ 3 }) != NULL);
        CHECK(tw_params_check(ps, &err) == TW_OK);
        if (i == 0)
            CHECK(!tw_params_add(ps, "a", 1, (size_t[]){ 3 }));
        if (i == 1)
            CHECK(!tw_params_add(ps, "b", 2, (size_t[]){ 3, 0 }));
        if (i == 2)
            CHECK(!tw_params_add(ps, "b", 2, (size_t[]){ 1024, 1024 }));
        if (i == 3)
            CHECK(!tw_params_add(ps, "", 1, (size_t[]){ 3 }));
        CHECK(!tw_params_add(ps, "c", 1, (size_t[]){ 3 })); /* sticky */
        CHECK(tw_params_check(ps, &err) == (i == 2 ? TW_ENOMEM : TW_EINVAL));
        tw_params_free(ps);
    }
}

TEST(start_values_depend_on_seed_and_name_only)
{
    struct env e;
    const size_t n = 1000;

    env_open(&e, 1, 1u << 20);
    struct tw_param *a = tw_params_add(e.ps, "a", 1, &n);
    struct tw_param *b = tw_params_add(e.ps, "b", 1, &n);
    double mean = 0.0, var = 0.0;

    tw_param_normal(a, 2.0f, 7);
    for (size_t i = 0; i < n; i++) {
        mean += (double)a->data[i] / (double)n;
        var += (double)a->data[i] * (double)a->data[i] / (double)n;
    }
    CHECK_NEAR(mean, 0.0, 0.25);
    CHECK_NEAR(var, 4.0, 0.6);
    memcpy(b->data, a->data, n * sizeof(float));
    tw_param_normal(a, 2.0f, 7);
    CHECK(memcmp(a->data, b->data, n * sizeof(float)) == 0);
    tw_param_normal(b, 2.0f, 7);
    CHECK(memcmp(a->data, b->data, n * sizeof(float)) != 0);
    tw_param_uniform(a, 0.5f, 7);
    for (size_t i = 0; i < n; i++)
        CHECK(a->data[i] >= -0.5f && a->data[i] < 0.5f);
    tw_param_fill(a, 3.0f);
    CHECK(a->data[n - 1] == 3.0f && tw_params_elements(e.ps) == 2 * n);
    env_close(&e);
}

/* A bit of everything, in both layouts. */
static struct tw_tensor *mixed_net(struct env *e, struct tw_tensor **x)
{
    struct tw_param *w = tw_params_get(e->ps, "w");
    struct tw_tensor *h, *t;

    if (!w) {
        w = tw_params_add(e->ps, "w", 2, (size_t[]){ 16, 16 });
        tw_param_normal(w, 0.3f, 3);
    }
    *x = input(e->g, 4, 40, 16);
    t = tw_graph_param(e->g, w);
    h = tw_op_linear(e->g, *x, t, NULL);
    h = tw_op_gelu(e->g, h);
    h = tw_op_attention(e->g, h, tw_op_linear(e->g, h, t, NULL), h, NULL, 2, 2,
                        1e4f);
    h = tw_op_add(e->g, h, *x);
    h = tw_op_rmsnorm(e->g, h, NULL, 1e-5f);
    h = tw_op_dropout(e->g, h, 0.2f);
    return tw_op_permute(e->g, h, (int[]){ 2, 0, 1 });
}

static void fill(struct tw_tensor *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->data[i] = (float)(i * 2654435761u % 1999) / 1000.0f - 1.0f;
}

TEST(training_steps_allocate_nothing)
{
    struct tw_err err = { 0 };
    struct tw_adam opt;
    struct tw_tensor *x;
    struct env e;

    env_open(&e, 2, 1u << 24);
    struct tw_tensor *y = mixed_net(&e, &x);
    struct tw_tensor *loss =
        tw_op_mse(e.g, y, tw_graph_input(e.g, y->n_dims, y->shape), NULL);
    CHECK(tw_graph_plan(e.g, loss, &err) == TW_OK);
    CHECK(tw_adam_init(&opt, e.ps, e.be, &err) == TW_OK);
    opt.clip = 1.0f;
    opt.ema_decay = 0.9f;
    fill(x);

    size_t before = n_allocations;
    for (uint64_t i = 0; i < 3; i++) {
        tw_params_zero_grad(e.ps);
        tw_graph_seed(e.g, 1, i);
        tw_graph_forward(e.g, true);
        tw_graph_backward(e.g);
        (void)tw_adam_step(&opt, 1e-2f);
    }
    CHECK(n_allocations == before);
#ifndef SANITIZED
    CHECK(before > 0);
#endif
    tw_adam_release(&opt);
    env_close(&e);
}

TEST(gradients_of_two_passes_add_up)
{
    struct tw_err err = { 0 };
    struct tw_tensor *x;
    struct env e;
    float first[256];

    env_open(&e, 1, 1u << 24);
    struct tw_tensor *y = mixed_net(&e, &x);
    struct tw_tensor *loss = tw_op_sum(e.g, tw_op_mul(e.g, y, y));
    CHECK(tw_graph_plan(e.g, loss, &err) == TW_OK);
    fill(x);
    struct tw_param *w = tw_params_get(e.ps, "w");
    tw_graph_forward(e.g, true);
    tw_graph_backward(e.g);
    memcpy(first, w->grad, sizeof(first));
    tw_graph_backward(e.g);
    for (size_t i = 0; i < w->n; i++)
        CHECK_NEAR((double)w->grad[i], 2.0 * (double)first[i],
                   1e-5 * (1.0 + fabs((double)first[i])));
    tw_params_zero_grad(e.ps);
    tw_graph_backward(e.g);
    CHECK(memcmp(first, w->grad, sizeof(first)) == 0);
    env_close(&e);
}

TEST(a_graph_without_loss_gives_the_same_bytes_in_less_memory)
{
    struct tw_err err = { 0 };
    struct tw_graph *infer;
    struct tw_tensor *x, *x2;
    struct env e;

    env_open(&e, 1, 1u << 24);
    CHECK(tw_graph_new(&infer, e.be, 1u << 24, &err) == TW_OK);
    struct tw_tensor *y = mixed_net(&e, &x);
    struct env f = { e.be, e.ps, infer };
    struct tw_tensor *y2 = mixed_net(&f, &x2);
    tw_graph_output(infer, y2);
    CHECK(tw_graph_plan(e.g, tw_op_sum(e.g, y), &err) == TW_OK);
    CHECK(tw_graph_plan(infer, NULL, &err) == TW_OK);
    fill(x);
    fill(x2);
    for (int i = 0; i < 2; i++) { /* inputs survive a run */
        tw_graph_forward(e.g, false);
        tw_graph_forward(infer, false);
        CHECK(memcmp(y->data, y2->data, y->n * sizeof(float)) == 0);
    }
    CHECK(tw_graph_bytes(infer) < tw_graph_bytes(e.g));
    tw_graph_free(infer);
    env_close(&e);
}

TEST(dead_nodes_share_memory_and_outputs_do_not)
{
    struct tw_err err = { 0 };
    struct env e;

    env_open(&e, 1, 1u << 22);
    struct tw_tensor *x = input(e.g, 65536, 0, 0), *t = x, *kept = NULL;
    for (int i = 0; i < 40; i++) {
        t = tw_op_scale(e.g, t, 1.0f, 1.0f);
        if (i == 4) {
            kept = t;
            tw_graph_output(e.g, tw_op_reshape(e.g, t, 1, &t->n));
        }
    }
    tw_graph_output(e.g, t);
    CHECK(tw_graph_plan(e.g, NULL, &err) == TW_OK);
    fill(x);
    tw_graph_forward(e.g, false);
    CHECK_NEAR((double)t->data[9], (double)x->data[9] + 40.0, 1e-4);
    CHECK_NEAR((double)kept->data[9], (double)x->data[9] + 5.0, 1e-4);
    CHECK(tw_graph_bytes(e.g) < 6u * 65536 * sizeof(float));
    env_close(&e);
}

TEST(fixed_parameters_and_dead_branches_get_no_gradient)
{
    struct tw_err err = { 0 };
    const size_t n = 5;
    struct env e;

    env_open(&e, 1, 1u << 22);
    struct tw_param *a = tw_params_add(e.ps, "a", 1, &n);
    struct tw_param *b = tw_params_add_fixed(e.ps, "b", 1, &n);
    struct tw_param *c = tw_params_add(e.ps, "c", 1, &n);
    tw_param_fill(b, 3.0f);
    struct tw_tensor *y =
        tw_op_mul(e.g, tw_graph_param(e.g, a), tw_graph_param(e.g, b));
    struct tw_tensor *dead = tw_op_tanh(e.g, tw_graph_param(e.g, c));
    CHECK(tw_graph_plan(e.g, tw_op_sum(e.g, y), &err) == TW_OK);
    tw_graph_forward(e.g, true);
    tw_graph_backward(e.g);
    CHECK(b->grad == NULL && dead->grad == NULL);
    CHECK_NEAR((double)a->grad[4], 3.0, 1e-6);
    CHECK(c->grad[0] == 0.0f);
    CHECK(tw_params_elements(e.ps) == 2 * n);
    env_close(&e);
}

TEST(dropout_follows_seed_and_step_and_keeps_the_mean)
{
    struct tw_err err = { 0 };
    const size_t n = 100000;
    struct env e;
    double sum = 0.0;
    size_t zeros = 0, same = 0;

    env_open(&e, 2, 1u << 24);
    struct tw_tensor *x = tw_graph_input(e.g, 1, &n);
    struct tw_tensor *y = tw_op_dropout(e.g, x, 0.25f);
    struct tw_tensor *z = tw_op_dropout(e.g, x, 0.25f);
    CHECK(tw_graph_plan(e.g, tw_op_sum(e.g, tw_op_add(e.g, y, z)), &err) ==
          TW_OK);
    for (size_t i = 0; i < n; i++)
        x->data[i] = 1.0f;
    tw_graph_seed(e.g, 1, 1);
    tw_graph_forward(e.g, true);
    for (size_t i = 0; i < n; i++) {
        sum += (double)y->data[i];
        zeros += y->data[i] == 0.0f;
        same += y->data[i] == z->data[i];
    }
    CHECK_NEAR(sum / (double)n, 1.0, 0.01);
    CHECK_NEAR((double)zeros / (double)n, 0.25, 0.006);
    /* two nodes are independent: 0.25^2 + 0.75^2 agree */
    CHECK_NEAR((double)same / (double)n, 0.625, 0.008);
    float *kept = malloc(n * sizeof(float));
    memcpy(kept, y->data, n * sizeof(float));
    tw_graph_seed(e.g, 1, 2);
    tw_graph_forward(e.g, true);
    CHECK(memcmp(kept, y->data, n * sizeof(float)) != 0);
    tw_graph_seed(e.g, 1, 1);
    tw_graph_forward(e.g, true);
    CHECK(memcmp(kept, y->data, n * sizeof(float)) == 0);
    tw_graph_forward(e.g, false);
    CHECK(memcmp(x->data, y->data, n * sizeof(float)) == 0);
    free(kept);
    env_close(&e);
}

TEST_MAIN(RUN(every_wrong_shape_is_refused_when_built_and_reported_by_plan);
          RUN(operands_of_another_graph_are_refused);
          RUN(plan_refuses_a_loss_that_is_no_scalar_and_a_second_plan);
          RUN(plan_stays_within_its_limit);
          RUN(parameters_refuse_duplicates_bad_shapes_and_too_much_memory);
          RUN(start_values_depend_on_seed_and_name_only);
          RUN(training_steps_allocate_nothing);
          RUN(gradients_of_two_passes_add_up);
          RUN(a_graph_without_loss_gives_the_same_bytes_in_less_memory);
          RUN(dead_nodes_share_memory_and_outputs_do_not);
          RUN(fixed_parameters_and_dead_branches_get_no_gradient);
          RUN(dropout_follows_seed_and_step_and_keeps_the_mean);)
