/* Each allocation and each call to a file fails once: every failure is a
 * status, and nothing is lost.  Needs a build with -Dfaults=true. */
#include "tensor/ckpt.h"
#include "tensor/ops.h"

#include "base/fault.h"

#include "test.h"

#include <string.h>

enum { N = 6, D = 8 };

TEST(a_set_of_parameters_too_big_for_its_limit_says_so)
{
    struct tw_params *ps = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_params_new(&ps, 1000, &err) == TW_OK);
    CHECK(tw_params_add(ps, "w", 2, (size_t[]){ 100, 100 }) == NULL);
    CHECK(tw_params_check(ps, &err) == TW_ENOMEM);
    CHECK(strstr(err.msg, "'w'") != NULL);
    tw_params_free(ps);
}

#ifdef TW_FAULTS
struct run {
    struct tw_params *ps;
    struct tw_graph *g;
    struct tw_adam opt;
    bool has_adam;
    struct tw_gguf_out *o;
    struct tw_gguf *f;
    struct tw_buf bytes;
};

static enum tw_status build(struct run *r, struct tw_backend *be,
                            struct tw_err *err)
{
    TW_TRY(tw_params_new(&r->ps, 1u << 20, err));
    TW_TRY(tw_graph_new(&r->g, be, 1u << 20, err));
    struct tw_param *w = tw_params_add(r->ps, "w", 2, (size_t[]){ D, D });
    struct tw_tensor *x = tw_graph_input(r->g, 2, (size_t[]){ N, D });
    struct tw_tensor *y = tw_op_linear(r->g, x, tw_graph_param(r->g, w), NULL);

    y = tw_op_silu(r->g, tw_op_scale(r->g, y, 2.0f, 0.5f));
    y = tw_op_permute(r->g, tw_op_slice(r->g, y, 1, 0, 3), (int[]){ 1, 0 });
    TW_TRY(tw_params_check(r->ps, err));
    TW_TRY(tw_graph_plan(r->g, tw_op_sum(r->g, y), err));
    TW_TRY(tw_adam_init(&r->opt, r->ps, be, err));
    r->has_adam = true;
    memset(x->data, 0, x->n * sizeof(float));
    tw_graph_forward(r->g, true);
    tw_graph_backward(r->g);
    (void)tw_adam_step(&r->opt, 0.1f);
    return TW_OK;
}

/* Save and load; the file is in memory. */
static enum tw_status keep(struct run *r, struct tw_err *err)
{
    TW_TRY(tw_gguf_out_new(&r->o, err));
    tw_ckpt_put_params(r->o, r->ps, TW_GGML_F16);
    tw_ckpt_put_run(r->o, &r->opt, "id");
    TW_TRY(tw_gguf_write_buf(r->o, &r->bytes, err));
    TW_TRY(tw_gguf_open_bytes(&r->f, r->bytes.bytes, r->bytes.len, err));
    TW_TRY(tw_ckpt_get_params(r->f, r->ps, err));
    return tw_ckpt_get_adam(r->f, &r->opt, err);
}

static enum tw_status do_everything(struct tw_backend *be, struct tw_err *err)
{
    struct run r = { 0 };

    tw_buf_init(&r.bytes, 1u << 20);
    enum tw_status st = build(&r, be, err);
    if (st == TW_OK)
        st = keep(&r, err);
    tw_gguf_close(r.f);
    tw_gguf_out_free(r.o);
    tw_buf_release(&r.bytes);
    if (r.has_adam)
        tw_adam_release(&r.opt);
    tw_graph_free(r.g);
    tw_params_free(r.ps);
    return st;
}

TEST(every_allocation_that_fails_ends_in_a_status)
{
    struct tw_backend *be;
    bool fired = true;
    unsigned n = 0;

    if (tw_backend_new(&be, "ref", 1, NULL) != TW_OK) {
        CHECK(false);
        return;
    }
    while (fired && ++n < 5000) {
        struct tw_err err = { 0 };

        tw_fault_arm(n, false);
        enum tw_status st = do_everything(be, &err);

        fired = tw_fault_disarm();
        CHECK((st == TW_OK) == !fired);
        CHECK(err.code == st && (st == TW_OK || err.msg[0]));
    }
    CHECK(n > 15);
    tw_backend_free(be);
}
#else
TEST(every_allocation_that_fails_ends_in_a_status)
{
    printf("# built without faults\n");
}
#endif

TEST_MAIN(RUN(a_set_of_parameters_too_big_for_its_limit_says_so);
          RUN(every_allocation_that_fails_ends_in_a_status);)
