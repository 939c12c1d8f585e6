#include "tensor/ckpt.h"
#include "tensor/ops.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { D = 12, N = 20 };

struct run {
    struct tw_backend *be;
    struct tw_params *ps;
    struct tw_graph *g;
    struct tw_adam opt;
    struct tw_tensor *loss;
};

/* A small regression; width lets a test make one that does not fit. */
static void run_open(struct run *r, size_t width)
{
    struct tw_err err = { 0 };

    CHECK(tw_backend_new(&r->be, getenv("TW_CPU"), 1, &err) == TW_OK);
    CHECK(tw_params_new(&r->ps, 1u << 20, &err) == TW_OK);
    CHECK(tw_graph_new(&r->g, r->be, 1u << 22, &err) == TW_OK);
    struct tw_param *w = tw_params_add(r->ps, "w", 2, (size_t[]){ width, D });
    struct tw_param *b = tw_params_add(r->ps, "b", 1, &width);
    struct tw_param *s = tw_params_add_fixed(r->ps, "scale", 0, NULL);
    tw_param_normal(w, 0.5f, 1);
    tw_param_fill(s, 1.5f);
    struct tw_tensor *x = tw_graph_input(r->g, 2, (size_t[]){ N, D });
    struct tw_tensor *t = tw_graph_input(r->g, 2, (size_t[]){ N, width });
    struct tw_tensor *y =
        tw_op_linear(r->g, x, tw_graph_param(r->g, w), tw_graph_param(r->g, b));
    y = tw_op_mul(r->g, tw_op_dropout(r->g, y, 0.1f), tw_graph_param(r->g, s));
    r->loss = tw_op_mse(r->g, y, t, NULL);
    CHECK(tw_graph_plan(r->g, r->loss, &err) == TW_OK);
    CHECK(tw_adam_init(&r->opt, r->ps, r->be, &err) == TW_OK);
    for (size_t i = 0; i < x->n; i++)
        x->data[i] = sinf((float)i);
    for (size_t i = 0; i < t->n; i++)
        t->data[i] = cosf((float)i);
}

static void run_steps(struct run *r, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i < last; i++) {
        tw_params_zero_grad(r->ps);
        tw_graph_seed(r->g, 3, i);
        tw_graph_forward(r->g, true);
        tw_graph_backward(r->g);
        (void)tw_adam_step(&r->opt, 0.01f);
    }
}

static void run_close(struct run *r)
{
    tw_adam_release(&r->opt);
    tw_graph_free(r->g);
    tw_params_free(r->ps);
    tw_backend_free(r->be);
}

static bool same_state(const struct run *a, const struct run *b)
{
    size_t n = tw_params_elements(a->ps) * sizeof(float);
    bool same = a->opt.step == b->opt.step &&
                memcmp(a->opt.m, b->opt.m, n) == 0 &&
                memcmp(a->opt.v, b->opt.v, n) == 0 &&
                memcmp(a->opt.ema, b->opt.ema, n) == 0;

    for (size_t i = 0; i < tw_params_count(a->ps); i++)
        same &=
            memcmp(tw_params_at(a->ps, i)->data, tw_params_at(b->ps, i)->data,
                   tw_params_at(a->ps, i)->n * sizeof(float)) == 0;
    return same;
}

/* A file of our own in the working directory. */
static void make_path(char path[64])
{
    int fd;

    memcpy(path, "tw-ckpt-XXXXXX", 15);
    fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
}

TEST(a_resumed_run_gives_the_same_bytes_as_one_that_went_through)
{
    struct tw_err err = { 0 };
    struct run a, b, c;
    char path[64];
    struct tw_ckpt_value own[] = {
        { .key = "train.step", .kind = TW_CKPT_UINT, .u = 1u },
        { .key = "train.loss", .kind = TW_CKPT_FLOAT, .f = 0.0 },
    };

    make_path(path);
    run_open(&a, D);
    run_open(&b, D);
    run_open(&c, D);
    a.opt.clip = b.opt.clip = 0.3f;
    a.opt.ema_decay = b.opt.ema_decay = 0.95f;
    a.opt.weight_decay = b.opt.weight_decay = 0.01f;
    run_steps(&a, 0, 20);
    run_steps(&b, 0, 9);
    own[0].u = 0x123456789abcdef0u;
    own[1].f = 0.1;
    CHECK(tw_ckpt_save(path, b.ps, &b.opt, own, 2, &err) == TW_OK);
    own[0].u = 0;
    own[1].f = 0.0;
    CHECK(tw_ckpt_load(path, c.ps, &c.opt, own, 2, &err) == TW_OK);
    CHECK(own[0].u == 0x123456789abcdef0u && own[1].f == 0.1);
    CHECK(same_state(&b, &c));
    CHECK(!same_state(&a, &c));
    run_steps(&c, 9, 20);
    CHECK(same_state(&a, &c));
    unlink(path);
    run_close(&a);
    run_close(&b);
    run_close(&c);
}

TEST(weights_alone_can_be_saved_and_loaded)
{
    struct tw_err err = { 0 };
    struct run a, b;
    char path[64];

    make_path(path);
    run_open(&a, D);
    run_open(&b, D);
    run_steps(&a, 0, 3);
    CHECK(tw_ckpt_save(path, a.ps, NULL, NULL, 0, &err) == TW_OK);
    CHECK(tw_ckpt_load(path, b.ps, NULL, NULL, 0, &err) == TW_OK);
    CHECK(memcmp(tw_params_get(a.ps, "w")->data, tw_params_get(b.ps, "w")->data,
                 D * D * sizeof(float)) == 0);
    CHECK(b.opt.step == 0);
    /* the state of the optimiser is not in this file */
    CHECK(tw_ckpt_load(path, b.ps, &b.opt, NULL, 0, &err) == TW_EFORMAT);
    unlink(path);
    run_close(&a);
    run_close(&b);
}

TEST(a_file_that_does_not_fit_is_refused_and_changes_nothing)
{
    struct tw_err err = { 0 };
    struct run a, b;
    char path[64];
    struct tw_ckpt_value own[] = {
        { .key = "adam.step", .kind = TW_CKPT_UINT, .u = 99 },
        { .key = "absent", .kind = TW_CKPT_UINT },
    };

    make_path(path);
    run_open(&a, D);
    run_open(&b, D + 1);
    run_steps(&a, 0, 3);
    CHECK(tw_ckpt_save(path, a.ps, &a.opt, NULL, 0, &err) == TW_OK);
    float first = tw_params_get(b.ps, "w")->data[0];
    CHECK(tw_ckpt_load(path, b.ps, &b.opt, NULL, 0, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "'w'") != NULL);
    CHECK(tw_params_get(b.ps, "w")->data[0] == first && b.opt.step == 0);
    run_close(&b);

    run_open(&b, D); /* fits, but a key or a parameter is missing */
    CHECK(tw_ckpt_load(path, b.ps, &b.opt, own, 2, &err) == TW_EFORMAT);
    CHECK(b.opt.step == 0 && own[0].u == 99);
    CHECK(tw_params_get(b.ps, "w")->data[0] !=
          tw_params_get(a.ps, "w")->data[0]);
    CHECK(tw_params_add(b.ps, "more", 1, (size_t[]){ 2 }) != NULL);
    CHECK(tw_ckpt_load(path, b.ps, NULL, NULL, 0, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "missing tensor 'more'") == 0);
    unlink(path);
    CHECK(tw_ckpt_load(path, a.ps, NULL, NULL, 0, &err) != TW_OK);
    run_close(&a);
    run_close(&b);
}

TEST_MAIN(RUN(a_resumed_run_gives_the_same_bytes_as_one_that_went_through);
          RUN(weights_alone_can_be_saved_and_loaded);
          RUN(a_file_that_does_not_fit_is_refused_and_changes_nothing);)
