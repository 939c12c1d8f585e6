/*
 * test_sssd.c - the network: its size, its first answer, its gradients and its
 * kernels.
 */
#include "synth/sssd.h"

#include "base/rng.h"
#include "synth/diffusion.h"
#include "tensor/optim.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT ((size_t)1 << 28)
enum { BATCH = 3 };

static const struct tw_sssd_config tiny = {
    .K = 2, .L = 10, .n_labels = 3, .channels = 4, .layers = 2, .state = 8
};

struct world {
    struct tw_backend *be;
    struct tw_sssd *net;
};

static struct world world_new(unsigned n_threads)
{
    struct world w = { NULL, NULL };

    CHECK(tw_backend_new(&w.be, getenv("TW_CPU"), n_threads, NULL) == TW_OK);
    CHECK(tw_sssd_new(&w.net, &tiny, NULL, 5, w.be, NULL) == TW_OK);
    return w;
}

static void world_release(struct world *w)
{
    tw_sssd_free(w->net);
    tw_backend_free(w->be);
}

/* The last layer starts at zero; give it weights so that something shows. */
static void wake(struct tw_sssd *net)
{
    tw_param_normal(tw_params_get(tw_sssd_params(net), "head.1.weight"), 0.5f,
                    9);
}

/* With this key no ReLU stands so near zero that a difference crosses it. */
static void fill(const struct tw_sssd_graph *g)
{
    tw_rng_fill_normal(g->x->data, g->x->n, 4, 0);
    memset(g->labels->data, 0, g->labels->n * sizeof(float));
    for (size_t b = 0; b < g->B; b++) {
        tw_diffusion_embed((double)(7 * b), g->step->data + b, g->B);
        g->labels->data[b % tiny.n_labels * g->B + b] = 1;
    }
    if (!g->target)
        return;
    tw_rng_fill_normal(g->target->data, g->target->n, 2, 0);
    for (size_t i = 0; i < g->weight->n; i++)
        g->weight->data[i] = 1;
}

TEST(the_first_answer_is_zero)
{
    struct world w = world_new(1);
    struct tw_sssd_graph g;

    CHECK(tw_sssd_graph_init(&g, w.net, BATCH, true, LIMIT, NULL) == TW_OK);
    fill(&g);
    tw_graph_forward(g.g, true);
    for (size_t i = 0; i < g.y->n; i++)
        CHECK_NEAR((double)g.y->data[i], 0, 0);
    tw_sssd_graph_release(&g);
    world_release(&w);
}

/* Weights without the labels, with the imputation branch (2 K -> H in every
 * block) that SSSD has instead. */
static size_t count_as_sssd(size_t channels, size_t layers)
{
    const struct tw_sssd_config c = { 14, 100, 1, channels, layers, 64 };
    size_t H = 2 * channels;

    return tw_sssd_elements(&c) - 128 - layers * (H * 128 + H) +
           layers * (2 * 14 * H + H);
}

TEST(the_network_has_as_many_weights_as_the_published_one)
{
    struct world w = world_new(1);

    CHECK(tw_params_elements(tw_sssd_params(w.net)) == tw_sssd_elements(&tiny));
    CHECK(count_as_sssd(256, 36) == 48315918);
    CHECK(count_as_sssd(64, 8) == 1423758);
    world_release(&w);
}

TEST(fixed_kernels_answer_like_recomputed_ones)
{
    struct world w = world_new(2);
    struct tw_sssd_graph g, s;
    double worst = 0, size = 0;

    wake(w.net);
    CHECK(tw_sssd_fix_kernels(w.net, NULL) == TW_OK);
    CHECK(tw_sssd_graph_init(&g, w.net, BATCH, true, LIMIT, NULL) == TW_OK);
    CHECK(tw_sssd_graph_init(&s, w.net, BATCH, false, LIMIT, NULL) == TW_OK);
    fill(&g);
    fill(&s);
    tw_graph_forward(g.g, false);
    tw_graph_forward(s.g, false);
    for (size_t i = 0; i < g.y->n; i++) {
        worst = fmax(worst, fabs((double)(g.y->data[i] - s.y->data[i])));
        size = fmax(size, fabs((double)g.y->data[i]));
    }
    CHECK(size > 0.1);
    CHECK_NEAR(worst, 0, 1e-6);
    tw_sssd_graph_release(&g);
    tw_sssd_graph_release(&s);
    world_release(&w);
}

/* Central differences of the loss in a few weights of every kind. */
TEST(gradients_reach_every_weight)
{
    struct world w = world_new(1);
    struct tw_params *ps = tw_sssd_params(w.net);
    struct tw_sssd_graph g;
    const float h = 4e-3f;

    wake(w.net);
    CHECK(tw_sssd_graph_init(&g, w.net, BATCH, true, LIMIT, NULL) == TW_OK);
    fill(&g);
    tw_params_zero_grad(ps);
    tw_graph_forward(g.g, false);
    tw_graph_backward(g.g);
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        struct tw_param *p = tw_params_at(ps, i);
        size_t k = 0;

        for (size_t j = 0; j < p->n; j++)
            if (fabsf(p->grad[j]) > fabsf(p->grad[k]))
                k = j;
        float keep = p->data[k], up, down;

        p->data[k] = keep + h;
        tw_graph_forward(g.g, false);
        up = g.loss->data[0];
        p->data[k] = keep - h;
        tw_graph_forward(g.g, false);
        down = g.loss->data[0];
        p->data[k] = keep;
        double slope = (double)(up - down) / (2 * (double)h);
        double grad = (double)p->grad[k];

        if (!(fabs(slope - grad) <= 0.05 * fabs(grad) + 1e-3))
            printf("# %s\n", p->name);
        CHECK_NEAR(slope, grad, 0.05 * fabs(grad) + 1e-3);
    }
    tw_sssd_graph_release(&g);
    world_release(&w);
}

static void train_some(struct world *w, float *loss, float *weights)
{
    struct tw_params *ps = tw_sssd_params(w->net);
    struct tw_sssd_graph g;
    struct tw_adam adam;
    size_t at = 0;

    CHECK(tw_sssd_graph_init(&g, w->net, BATCH, true, LIMIT, NULL) == TW_OK);
    CHECK(tw_adam_init(&adam, ps, w->be, NULL) == TW_OK);
    fill(&g);
    for (int step = 0; step < 100; step++) {
        tw_params_zero_grad(ps);
        tw_graph_forward(g.g, true);
        tw_graph_backward(g.g);
        tw_adam_step(&adam, 5e-3f);
        loss[step != 0] = g.loss->data[0];
    }
    for (size_t i = 0; i < tw_params_count(ps); i++) {
        const struct tw_param *p = tw_params_at(ps, i);

        memcpy(weights + at, p->data, p->n * sizeof(float));
        at += p->n;
    }
    tw_adam_release(&adam);
    tw_sssd_graph_release(&g);
}

TEST(training_fits_a_batch_with_the_same_bytes_on_two_threads)
{
    struct world one = world_new(1), two = world_new(2);
    size_t n = tw_sssd_elements(&tiny);
    float *weights = calloc(2 * n, sizeof(*weights));
    float loss[2] = { 0 };

    train_some(&one, loss, weights);
    CHECK(loss[1] < 0.6f * loss[0]);
    train_some(&two, loss, weights + n);
    CHECK(memcmp(weights, weights + n, n * sizeof(*weights)) == 0);
    free(weights);
    world_release(&one);
    world_release(&two);
}

TEST(sizes_outside_of_the_limits_are_refused)
{
    struct tw_sssd_config c = tiny;
    struct tw_err err = { 0 };
    struct tw_backend *be;
    struct tw_sssd *net;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 1, NULL) == TW_OK);
    c.channels = 0;
    CHECK(tw_sssd_new(&net, &c, NULL, 1, be, &err) == TW_EINVAL);
    CHECK(strstr(err.msg, "channels"));
    c = tiny;
    c.state = 7;
    CHECK(tw_sssd_check(&c, &err) == TW_EINVAL);
    c = tiny;
    c.L = TW_SSSD_LENGTH_MAX + 1;
    CHECK(tw_sssd_check(&c, &err) == TW_EINVAL);
    c = tiny;
    c.n_labels = 0;
    CHECK(tw_sssd_check(&c, &err) == TW_EINVAL);
    /* Inside of each limit, but 34 GB of basis. */
    c = (struct tw_sssd_config){ 1, 8192, 1, 1024, 1, 256 };
    CHECK(tw_sssd_new(&net, &c, NULL, 1, be, &err) != TW_OK);
    CHECK(net == NULL);
    tw_backend_free(be);
}

TEST_MAIN(RUN(the_first_answer_is_zero);
          RUN(the_network_has_as_many_weights_as_the_published_one);
          RUN(fixed_kernels_answer_like_recomputed_ones);
          RUN(gradients_reach_every_weight);
          RUN(training_fits_a_batch_with_the_same_bytes_on_two_threads);
          RUN(sizes_outside_of_the_limits_are_refused);)
