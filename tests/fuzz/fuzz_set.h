/*
 * fuzz_set.h - the parameters whose checkpoint fuzz_ckpt reads.
 */
#ifndef TW_TESTS_FUZZ_SET_H
#define TW_TESTS_FUZZ_SET_H

#include "fuzz.h"

#include "tensor/ckpt.h"
#include "tensor/tensor.h"

#define FUZZ_IDENTITY "fuzz"

struct fuzz_set {
    struct tw_params *ps;
    struct tw_param *w, *b;
    struct tw_adam opt;
};

static inline void fuzz_set_open(struct fuzz_set *s, struct tw_backend *be)
{
    MUST(tw_params_new(&s->ps, 1u << 20, NULL) == TW_OK);
    s->w = tw_params_add(s->ps, "w", 2, (size_t[]){ 2, 3 });
    s->b = tw_params_add(s->ps, "b", 1, (size_t[]){ 3 });
    MUST(s->w && s->b);
    tw_param_fill(s->w, 1.5f);
    tw_param_fill(s->b, 2.5f);
    MUST(tw_adam_init(&s->opt, s->ps, be, NULL) == TW_OK);
}

static inline void fuzz_set_close(struct fuzz_set *s)
{
    tw_adam_release(&s->opt);
    tw_params_free(s->ps);
}

#endif /* TW_TESTS_FUZZ_SET_H */
