/*
 * inplace.c - an answer that changes its arguments.
 *
 * A test calls the function with lists that it still needs: the second call
 * with such a list, and whoever looks at it afterwards, gets something else.
 * So an answer leaves its arguments as they are, unless the specification says
 * "in_place", or its own reference changes them too.
 */
#include <string.h>

#include "writer/writer_priv.h"

#include "base/banned.h"

static bool any_changed(const struct tw_py_result *results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (results[i].changed)
            return true;
    return false;
}

/* The reference on the arguments of all cases, as a candidate is run. */
static enum tw_status ask_reference(struct tw_work *w,
                                    const struct tw_spec_oracle *o,
                                    bool *changes)
{
    const size_t n = w->cases->n;
    struct tw_py_call *calls = tw_arena_alloc(w->a, n + 1, sizeof(*calls));
    struct tw_py_report rep;

    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < n; i++)
        calls[i] = (struct tw_py_call){ .function = o->function,
                                        .args = w->cases->list[i].args,
                                        .n_args = w->cases->list[i].n_args };
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    const struct tw_py_job job = { .source = o->code,
                                   .source_len = strlen(o->code),
                                   .calls = calls,
                                   .n_calls = n,
                                   .limits = tw_judge_limits(w) };
    enum tw_status st = tw_py_run(w->env->jail, &job, w->a, &rep, w->err);
    *changes = st == TW_OK && any_changed(rep.calls, n);
    tw_jail_result_release(&rep.jail);
    return st;
}

enum tw_status tw_judge_in_place(struct tw_work *w,
                                 const struct tw_py_result *results, size_t n)
{
    bool may = w->test->in_place || w->n_files;

    if (w->change != TW_CHANGE_UNASKED || !any_changed(results, n))
        return TW_OK;
    for (size_t i = 0; i < w->test->n_oracles && !may; i++)
        if (w->test->oracles[i].code)
            TW_TRY(ask_reference(w, &w->test->oracles[i], &may));
    w->change = TW_CHANGE_NO;
    if (may)
        w->change = TW_CHANGE_YES;
    return TW_OK;
}

bool tw_judge_spoils(const struct tw_work *w, const struct tw_py_result *r)
{
    return r->changed && w->change == TW_CHANGE_NO;
}
