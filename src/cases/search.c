/*
 * search.c - jobs of search.py: chunks of inputs, smaller ones, variants.
 */
#include "cases/search.h"

#include <string.h>

#include "cases/choose.h"
#include "cases/oracle.h"
#include "cases/search_task.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

/* search_inputs.py, search_mutants.py and search.py, made into one array. */
extern const char tw_search_py[];

enum {
    BATCH = 250,           /* inputs a record: its room is 1 MiB */
    VARIANT_INPUTS = 1500, /* a variant that so many do not tell apart is
                            * taken for another way to write the oracle */
};

bool tw_search_possible(const struct tw_case_work *w)
{
    return tw_spec_has_expr(w->test);
}

/* The description is made once a test; each chunk has a seed of its own. */
static enum tw_status open_call(struct tw_case_work *w, const char *code,
                                size_t chunk, struct tw_py_call *call)
{
    struct tw_pyval **args = tw_arena_alloc(w->a, 3, sizeof(struct tw_pyval *));

    if (!w->task) {
        struct tw_rng rng = tw_rng_split(&w->rng, "search", 0);
        w->task = tw_search_task(w, tw_rng_u64(&rng));
    }
    if (args) {
        args[0] = w->task;
        args[1] = tw_helper_str(w->a, code);
        args[2] = tw_pyval_int(w->a, (long long)chunk);
    }
    *call = (struct tw_py_call){ .function = "tw_search_open",
                                 .args = args,
                                 .n_args = 3 };
    return tw_arena_check(w->a, "the search", w->err);
}

/* Did the helper itself fail?  That is a fault of ours or a limit, and no
 * verdict may rest on it. */
static enum tw_status helper_check(const struct tw_py_result *r,
                                   struct tw_err *err)
{
    if (r->outcome == TW_PY_VALUE)
        return TW_OK;
    return tw_fail(err, TW_EIO, 0, "cannot search: %.60s %.100s", r->type,
                   r->text);
}

/* Rows [arguments, how many are passed, value] behind those of out. */
static enum tw_status take_rows(const struct tw_case_work *w,
                                const struct tw_pyval *rows, size_t max,
                                struct tw_search_list *out, struct tw_err *err)
{
    for (size_t i = 0; rows && i < rows->n_items && out->n < max; i++) {
        const struct tw_pyval *row = rows->items[i];
        const struct tw_pyval *args = tw_helper_item(row, 0);
        if (!args || args->n_items != w->call->n_params || row->n_items < 3)
            return tw_fail(err, TW_EIO, 0, "cannot search: a row without form");
        out->list[out->n++] = (struct tw_search_input){
            .args = args->items,
            .n_args = (size_t)tw_helper_number(row->items[1], 0.0),
            .want = row->items[2],
        };
    }
    return TW_OK;
}

static enum tw_status list_new(struct tw_arena *a, size_t max,
                               struct tw_search_list *out, struct tw_err *err)
{
    *out = (struct tw_search_list){ .list = tw_arena_alloc(
                                        a, max, sizeof(*out->list)) };
    return tw_arena_check(a, "the search", err);
}

enum tw_status tw_search_chunk(struct tw_case_work *w, const char *code,
                               size_t k, struct tw_arena *a,
                               struct tw_search_list *out, struct tw_err *err)
{
    enum { N_BATCHES = TW_SEARCH_CHUNK / BATCH };
    struct tw_py_call calls[N_BATCHES + 1];
    struct tw_pyval *args[N_BATCHES][2];
    struct tw_py_result *res;

    TW_TRY(list_new(a, TW_SEARCH_CHUNK, out, err));
    TW_TRY(open_call(w, code, k, &calls[0]));
    for (size_t i = 0; i < N_BATCHES; i++) {
        args[i][0] = tw_pyval_int(a, (long long)i * BATCH);
        args[i][1] = tw_pyval_int(a, BATCH);
        calls[i + 1] = (struct tw_py_call){ .function = "tw_search_inputs",
                                            .args = args[i],
                                            .n_args = 2 };
    }
    TW_TRY(tw_arena_check(a, "the search", err));
    TW_TRY(tw_helper_run(w->jail, a, tw_search_py, calls, N_BATCHES + 1, &res,
                         err));
    for (size_t i = 0; i <= N_BATCHES; i++)
        TW_TRY(helper_check(&res[i], err));
    for (size_t i = 1; i <= N_BATCHES; i++)
        TW_TRY(take_rows(w, res[i].value, TW_SEARCH_CHUNK, out, err));
    return TW_OK;
}

/* One function of the helper over one argument list. */
static enum tw_status ask(struct tw_case_work *w, const char *function,
                          struct tw_pyval *const *args, struct tw_arena *a,
                          const struct tw_pyval **value, struct tw_err *err)
{
    struct tw_pyval **items =
        tw_arena_alloc(a, w->call->n_params + 1, sizeof(struct tw_pyval *));
    struct tw_py_call calls[2];
    struct tw_py_result *res;

    TW_TRY(tw_arena_check(a, "the search", err));
    if (w->call->n_params)
        memcpy(items, args, w->call->n_params * sizeof(struct tw_pyval *));
    struct tw_pyval *list = tw_pyval_list(a, items, w->call->n_params);
    TW_TRY(open_call(w, "", 0, &calls[0]));
    calls[1] =
        (struct tw_py_call){ .function = function, .args = &list, .n_args = 1 };
    TW_TRY(tw_arena_check(a, "the search", err));
    TW_TRY(tw_helper_run(w->jail, a, tw_search_py, calls, 2, &res, err));
    TW_TRY(helper_check(&res[0], err));
    TW_TRY(helper_check(&res[1], err));
    *value = res[1].value;
    return TW_OK;
}

enum tw_status tw_search_smaller(struct tw_case_work *w,
                                 struct tw_pyval *const *args,
                                 struct tw_arena *a, struct tw_search_list *out,
                                 struct tw_err *err)
{
    const struct tw_pyval *rows;

    TW_TRY(ask(w, "tw_search_smaller", args, a, &rows, err));
    TW_TRY(list_new(a, rows->n_items + 1, out, err));
    return take_rows(w, rows, rows->n_items, out, err);
}

enum tw_status tw_search_exact(struct tw_case_work *w,
                               struct tw_pyval *const *args, struct tw_arena *a,
                               struct tw_pyval **value, struct tw_err *err)
{
    const struct tw_pyval *found;

    *value = NULL;
    TW_TRY(ask(w, "tw_search_exact", args, a, &found, err));
    if (found->n_items)
        *value = found->items[0];
    return TW_OK;
}

/* ---- variants of the oracle ---- */

static const struct tw_pyval *member(const struct tw_pyval *dict,
                                     const char *key)
{
    if (dict->kind != TW_PYVAL_DICT)
        return NULL;
    for (size_t i = 0; i + 1 < dict->n_items; i += 2) {
        const struct tw_pyval *k = dict->items[i];
        if (k->kind == TW_PYVAL_STR && k->len == strlen(key) &&
            memcmp(k->text, key, k->len) == 0)
            return dict->items[i + 1];
    }
    return NULL;
}

static size_t count_of(const struct tw_pyval *dict, const char *key)
{
    return (size_t)tw_helper_number(member(dict, key), 0.0);
}

/* Arguments of the cases so far, as a list of lists. */
static struct tw_pyval *given_args(const struct tw_case_work *w)
{
    size_t n = w->out->n, np = w->call->n_params;
    struct tw_pyval **rows =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    size_t k = 0;
    for (size_t i = 0; rows && i < n; i++)
        if (w->out->list[i].kind == TW_CASE_VALUE)
            rows[k++] = tw_pyval_list(w->a, w->out->list[i].args, np);
    return rows ? tw_pyval_list(w->a, rows, k) : NULL;
}

enum tw_status tw_search_add_case(struct tw_case_work *w,
                                  struct tw_pyval **args, size_t n_args,
                                  struct tw_pyval *want, const char *reason)
{
    struct tw_case *c = tw_case_append(w, args, n_args, want);

    if (!c)
        return tw_arena_check(w->a, "a case", w->err); /* no room: no case */
    c->origin = TW_CASE_SEARCHED;
    c->tol = tw_oracle_tol_widest(w);
    c->source = "searched";
    c->reason = reason ? reason : "";
    tw_cases_seal(w->out);
    return tw_arena_check(w->a, "a case", w->err);
}

/* An input that tells apart what the cases do not becomes one of them. */
static enum tw_status add_row(struct tw_case_work *w,
                              const struct tw_pyval *rows, size_t i)
{
    struct tw_search_list all;
    const char *variant =
        tw_helper_text(tw_helper_item(rows->items[i], 3), w->a);

    TW_TRY(list_new(w->a, rows->n_items, &all, w->err));
    TW_TRY(take_rows(w, rows, rows->n_items, &all, w->err));
    const struct tw_search_input *in = &all.list[i];
    return tw_search_add_case(
        w, in->args, in->n_args, in->want,
        tw_arena_textf(w->a, "tells the oracle from %.200s", variant));
}

static enum tw_status take_left(struct tw_case_work *w,
                                const struct tw_pyval *left)
{
    struct tw_strength *s = &w->out->strength;
    size_t n = left ? left->n_items : 0;

    s->left = tw_arena_alloc(w->a, n + 1, sizeof(*s->left));
    TW_TRY(tw_arena_check(w->a, "the search", w->err));
    for (size_t i = 0; i < n; i++)
        s->left[i] = tw_helper_text(left->items[i], w->a);
    s->n_left = n;
    return tw_arena_check(w->a, "the search", w->err);
}

enum tw_status tw_search_strengthen(struct tw_case_work *w)
{
    struct tw_strength *s = &w->out->strength;
    struct tw_py_call calls[2];
    struct tw_pyval *args[2] = { given_args(w),
                                 tw_pyval_int(w->a, VARIANT_INPUTS) };
    struct tw_py_result *res;

    TW_TRY(open_call(w, "", 0, &calls[0]));
    calls[1] = (struct tw_py_call){ .function = "tw_search_variants",
                                    .args = args,
                                    .n_args = 2 };
    TW_TRY(tw_helper_run(w->jail, w->a, tw_search_py, calls, 2, &res, w->err));
    TW_TRY(helper_check(&res[0], w->err));
    TW_TRY(helper_check(&res[1], w->err));
    const struct tw_pyval *found = res[1].value;
    const struct tw_pyval *added = member(found, "added");
    for (size_t i = 0; added && i < added->n_items; i++)
        TW_TRY(add_row(w, added, i));
    s->n_variants = count_of(found, "variants");
    s->n_branches = count_of(found, "branches");
    s->n_reached = count_of(found, "reached");
    s->n_inputs = count_of(found, "inputs");
    return take_left(w, member(found, "left"));
}
