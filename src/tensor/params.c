#include "base/arena.h"
#include "base/fault.h"
#include "base/rng.h"
#include "kern/vec.h"
#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { PARAMS_MAX = 1 << 16 };

struct tw_params {
    struct tw_arena memory; /* data and gradients */
    struct tw_param **list; /* owned, each with the set's lifetime */
    size_t n, cap;
    bool failed;
    struct tw_err cause;
};

enum tw_status tw_params_new(struct tw_params **ps, size_t limit,
                             struct tw_err *err)
{
    *ps = tw_mem_zeroed(1, sizeof(**ps));
    if (!*ps)
        return tw_fail(err, TW_ENOMEM, 0, "cannot allocate parameters");
    tw_arena_init(&(*ps)->memory, limit);
    return TW_OK;
}

void tw_params_free(struct tw_params *ps)
{
    if (!ps)
        return;
    for (size_t i = 0; i < ps->n; i++)
        free(ps->list[i]);
    free(ps->list);
    tw_arena_release(&ps->memory);
    free(ps);
}

static struct tw_param *params_fail(struct tw_params *ps, enum tw_status code,
                                    const char *what, const char *name)
{
    if (!ps->failed)
        (void)tw_fail(&ps->cause, code, 0, "%s '%.60s'", what, name);
    ps->failed = true;
    return NULL;
}

static bool list_grow(struct tw_params *ps)
{
    size_t cap = ps->cap ? ps->cap * 2 : 64;
    struct tw_param **list;

    if (ps->n < ps->cap)
        return true;
    list = tw_mem_resize(ps->list, cap * sizeof(struct tw_param *));
    if (!list)
        return false;
    ps->list = list;
    ps->cap = cap;
    return true;
}

/* Product of the sizes, 0 when one is 0 or the product overflows. */
static size_t count_elements(int n_dims, const size_t *shape)
{
    size_t n = 1;

    for (int i = 0; i < n_dims; i++)
        if (__builtin_mul_overflow(n, shape[i], &n))
            return 0;
    return n;
}

static struct tw_param *param_new(struct tw_params *ps, const char *name,
                                  int n_dims, const size_t *shape, bool fixed)
{
    struct tw_param *p;

    if (ps->failed)
        return NULL;
    if (n_dims < 0 || n_dims > TW_TENSOR_DIMS ||
        !count_elements(n_dims, shape) || !name[0] ||
        strlen(name) >= TW_PARAM_NAME)
        return params_fail(ps, TW_EINVAL, "bad name or shape of parameter",
                           name);
    if (tw_params_get(ps, name))
        return params_fail(ps, TW_EINVAL, "duplicate parameter", name);
    if (ps->n >= PARAMS_MAX)
        return params_fail(ps, TW_ELIMIT, "too many parameters at", name);
    if (!list_grow(ps) || !(p = tw_mem_zeroed(1, sizeof(*p))))
        return params_fail(ps, TW_ENOMEM, "no memory for parameter", name);
    memcpy(p->name, name, strlen(name) + 1);
    p->n_dims = n_dims;
    for (int i = 0; i < n_dims; i++)
        p->shape[i] = shape[i];
    p->n = count_elements(n_dims, shape);
    p->fixed = fixed;
    p->decayed = !fixed && n_dims >= 2;
    ps->list[ps->n++] = p;
    TW_ASSERT(ps->n <= ps->cap);
    p->data = tw_arena_alloc(&ps->memory, p->n + TW_VEC_PAD, sizeof(float));
    if (p->data && !fixed)
        p->grad = tw_arena_alloc(&ps->memory, p->n + TW_VEC_PAD, sizeof(float));
    if (!p->data || (!fixed && !p->grad))
        return params_fail(ps, TW_ENOMEM, "no memory for parameter", name);
    return p;
}

struct tw_param *tw_params_add(struct tw_params *ps, const char *name,
                               int n_dims, const size_t *shape)
{
    return param_new(ps, name, n_dims, shape, false);
}

struct tw_param *tw_params_add_fixed(struct tw_params *ps, const char *name,
                                     int n_dims, const size_t *shape)
{
    return param_new(ps, name, n_dims, shape, true);
}

struct tw_param *tw_params_get(const struct tw_params *ps, const char *name)
{
    for (size_t i = 0; i < ps->n; i++)
        if (strcmp(ps->list[i]->name, name) == 0)
            return ps->list[i];
    return NULL;
}

struct tw_param *tw_params_at(const struct tw_params *ps, size_t i)
{
    TW_ASSERT(i < ps->n);
    return ps->list[i];
}

size_t tw_params_count(const struct tw_params *ps)
{
    return ps->n;
}

size_t tw_params_elements(const struct tw_params *ps)
{
    size_t n = 0;

    for (size_t i = 0; i < ps->n; i++)
        n += ps->list[i]->fixed ? 0 : ps->list[i]->n;
    return n;
}

enum tw_status tw_params_check(const struct tw_params *ps, struct tw_err *err)
{
    if (ps->failed)
        return tw_fail(err, ps->cause.code, 0, "%s", ps->cause.msg);
    return TW_OK;
}

void tw_params_zero_grad(struct tw_params *ps)
{
    for (size_t i = 0; i < ps->n; i++)
        if (ps->list[i]->grad)
            memset(ps->list[i]->grad, 0, ps->list[i]->n * sizeof(float));
}

static struct tw_rng param_rng(const struct tw_param *p, uint64_t seed)
{
    struct tw_rng r = tw_rng_seeded(seed);

    return tw_rng_split(&r, p->name, 0);
}

void tw_param_normal(struct tw_param *p, float std, uint64_t seed)
{
    struct tw_rng r = param_rng(p, seed);

    tw_rng_fill_normal(p->data, p->n, r.key, 0);
    for (size_t i = 0; i < p->n; i++)
        p->data[i] *= std;
}

void tw_param_uniform(struct tw_param *p, float bound, uint64_t seed)
{
    struct tw_rng r = param_rng(p, seed);

    for (size_t i = 0; i < p->n; i++)
        p->data[i] = bound * (float)(2.0 * tw_rng_uniform(&r) - 1.0);
}

void tw_param_fill(struct tw_param *p, float value)
{
    for (size_t i = 0; i < p->n; i++)
        p->data[i] = value;
}
