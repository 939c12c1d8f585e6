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

/* What a trainer does: parameters, optimiser and a number of its own. */
static enum tw_status save(const struct run *r, const char *path,
                           const char *identity)
{
    struct tw_gguf_out *o;
    struct tw_err err = { 0 };

    CHECK(tw_gguf_out_new(&o, &err) == TW_OK);
    tw_ckpt_put_params(o, r->ps, TW_GGML_F32);
    tw_ckpt_put_run(o, &r->opt, identity);
    tw_gguf_put_u64(o, "own", 7);
    enum tw_status st = tw_gguf_write(o, path, &err);
    tw_gguf_out_free(o);
    return st;
}

static enum tw_status read_all(void *ctx, const struct tw_gguf *f,
                               struct tw_err *err)
{
    struct run *r = ctx;
    uint64_t own = 0;

    TW_TRY(tw_gguf_get_u64(f, "own", &own, err));
    CHECK(own == 7);
    TW_TRY(tw_ckpt_get_params(f, r->ps, err));
    return tw_ckpt_get_adam(f, &r->opt, err);
}

TEST(a_resumed_run_gives_the_same_bytes_as_one_that_went_through)
{
    struct tw_err err = { 0 };
    struct run a, b, c;
    char path[64];

    make_path(path);
    run_open(&a, D);
    run_open(&b, D);
    run_open(&c, D);
    a.opt.clip = b.opt.clip = c.opt.clip = 0.3f;
    a.opt.ema_decay = b.opt.ema_decay = c.opt.ema_decay = 0.95f;
    a.opt.weight_decay = b.opt.weight_decay = c.opt.weight_decay = 0.01f;
    run_steps(&a, 0, 20);
    run_steps(&b, 0, 9);
    CHECK(save(&b, path, "id") == TW_OK);
    CHECK(tw_ckpt_resume(path, "id", read_all, &c, &err) == TW_OK);
    CHECK(same_state(&b, &c));
    CHECK(!same_state(&a, &c));
    run_steps(&c, 9, 20);
    CHECK(same_state(&a, &c));
    unlink(path);
    run_close(&a);
    run_close(&b);
    run_close(&c);
}

TEST(the_average_is_kept_only_where_there_is_one)
{
    struct tw_err err = { 0 };
    struct run a, b;
    char path[64];

    make_path(path);
    run_open(&a, D);
    run_open(&b, D);
    run_steps(&a, 0, 3);
    CHECK(save(&a, path, "id") == TW_OK);
    b.opt.ema_decay = 0.9f;
    CHECK(tw_ckpt_resume(path, "id", read_all, &b, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "missing tensor 'adam.ema'") != NULL);
    CHECK(b.opt.step == 0);
    b.opt.ema_decay = 0.0f;
    CHECK(tw_ckpt_resume(path, "id", read_all, &b, &err) == TW_OK);
    CHECK(b.opt.step == 3);
    unlink(path);
    run_close(&a);
    run_close(&b);
}

TEST(a_run_of_another_identity_is_refused_by_the_name_of_its_file)
{
    struct tw_err err = { 0 };
    struct run a;
    char path[64];

    make_path(path);
    run_open(&a, D);
    run_steps(&a, 0, 1);
    CHECK(save(&a, path, "id") == TW_OK);
    a.opt.step = 5;
    CHECK(tw_ckpt_resume(path, "other", read_all, &a, &err) == TW_EINVAL);
    CHECK(strstr(err.msg, path) && strstr(err.msg, "other data"));
    CHECK(tw_ckpt_resume(path, "id ", read_all, &a, &err) == TW_EINVAL);
    CHECK(a.opt.step == 5);
    unlink(path);
    CHECK(tw_ckpt_resume(path, "id", read_all, &a, &err) != TW_OK);
    run_close(&a);
}

TEST(parameters_that_do_not_fit_are_refused_and_nothing_changes)
{
    struct tw_err err = { 0 };
    struct run a, b;
    char path[64];

    make_path(path);
    run_open(&a, D);
    run_open(&b, D + 1);
    run_steps(&a, 0, 3);
    CHECK(save(&a, path, "id") == TW_OK);
    float first = tw_params_get(b.ps, "w")->data[0];
    CHECK(tw_ckpt_resume(path, "id", read_all, &b, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "'w'") != NULL);
    CHECK(tw_params_get(b.ps, "w")->data[0] == first && b.opt.step == 0);
    run_close(&b);

    run_open(&b, D); /* fits, but a parameter is missing */
    CHECK(tw_params_add(b.ps, "more", 1, (size_t[]){ 2 }) != NULL);
    first = tw_params_get(b.ps, "w")->data[0];
    CHECK(tw_ckpt_resume(path, "id", read_all, &b, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "missing tensor 'more'") != NULL);
    CHECK(tw_params_get(b.ps, "w")->data[0] == first);
    run_close(&b);

    run_open(&b, D); /* the last number of the last tensor is none */
    first = tw_params_get(b.ps, "w")->data[0];
    tw_params_get(a.ps, "b")->data[D - 1] = NAN;
    CHECK(save(&a, path, "id") == TW_OK);
    CHECK(tw_ckpt_resume(path, "id", read_all, &b, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "'b' holds a number that is not finite") != NULL);
    CHECK(tw_params_get(b.ps, "w")->data[0] == first);
    unlink(path);
    run_close(&a);
    run_close(&b);
}

/* Matrices are stored as asked for, vectors stay exact. */
TEST(matrices_can_be_stored_in_fewer_bits)
{
    struct tw_err err = { 0 };
    struct tw_buf bytes;
    struct tw_gguf_out *o;
    struct tw_gguf *f;
    struct run a, b;

    tw_buf_init(&bytes, 1u << 20);
    run_open(&a, 32);
    run_open(&b, 32);
    run_steps(&a, 0, 3);
    CHECK(tw_gguf_out_new(&o, &err) == TW_OK);
    tw_ckpt_put_params(o, a.ps, TW_GGML_F16);
    CHECK(tw_gguf_write_buf(o, &bytes, &err) == TW_OK);
    CHECK(tw_gguf_open_bytes(&f, bytes.bytes, bytes.len, &err) == TW_OK);
    CHECK(tw_ckpt_get_params(f, b.ps, &err) == TW_OK);
    for (size_t i = 0; i < 32; i++)
        CHECK(tw_params_get(a.ps, "b")->data[i] ==
              tw_params_get(b.ps, "b")->data[i]);
    for (size_t i = 0; i < 32 * D; i++)
        CHECK_NEAR((double)tw_params_get(a.ps, "w")->data[i],
                   (double)tw_params_get(b.ps, "w")->data[i], 1e-3);
    tw_gguf_close(f);
    tw_gguf_out_free(o);
    tw_buf_release(&bytes);
    run_close(&a);
    run_close(&b);
}

TEST_MAIN(RUN(a_resumed_run_gives_the_same_bytes_as_one_that_went_through);
          RUN(the_average_is_kept_only_where_there_is_one);
          RUN(a_run_of_another_identity_is_refused_by_the_name_of_its_file);
          RUN(parameters_that_do_not_fit_are_refused_and_nothing_changes);
          RUN(matrices_can_be_stored_in_fewer_bits);)
