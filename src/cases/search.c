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

/* What loads them: from the text, or as the interpreter compiled it before. */
static const char boot_py[] =
    "import marshal\n"
    "def tw_boot(text, code):\n"
    "    made = marshal.loads(code) if code else compile(text, 'helper', "
    "'exec')\n"
    "    exec(made, globals())\n"
    "    made = b'' if code else marshal.dumps(made)\n"
    "    return made if len(made) < 250000 else b''\n";

enum {
    BATCH = 250,           /* inputs a record: its room is 1 MiB */
    VARIANT_INPUTS = 1500, /* a variant that so many do not tell apart is
                            * taken for another way to write the oracle */
    CORPUS = 200,          /* argument lists that a chunk begins with */
    LEAD = 2,              /* calls that come first: boot, open */
    CALLS_MAX = LEAD + 4 + TW_SEARCH_REST / BATCH,
};

/* Calls of one job under construction, and what becomes of them. */
struct job {
    struct tw_py_call calls[CALLS_MAX];
    size_t n;
    struct tw_py_result *results; /* (n) */
};

bool tw_search_possible(const struct tw_case_work *w)
{
    return tw_spec_has_expr(w->test);
}

static struct tw_pyval *bytes_value(struct tw_arena *a, const char *bytes,
                                    size_t len)
{
    struct tw_pyval *v = tw_pyval_str(a, bytes, len);
    if (v)
        v->kind = TW_PYVAL_BYTES;
    return v;
}

/* A call of one or two arguments; NULL is no second one. */
static void add_call(struct job *j, struct tw_arena *a, const char *function,
                     struct tw_pyval *x, struct tw_pyval *y)
{
    struct tw_pyval **args = tw_arena_alloc(a, 2, sizeof(struct tw_pyval *));

    if (!args)
        return;
    TW_ASSERT(j->n < CALLS_MAX);
    args[0] = x;
    args[1] = y;
    size_t n_args = 1;
    if (y)
        n_args = 2;
    j->calls[j->n++] = (struct tw_py_call){ .function = function,
                                            .args = args,
                                            .n_args = n_args };
}

/* The first call of a job: search.py itself. */
static void add_boot(struct job *j, const struct tw_case_work *w,
                     struct tw_arena *a)
{
    const struct tw_buf *known = w->search_code;

    if (known && known->len)
        add_call(j, a, "tw_boot", tw_helper_str(a, ""),
                 bytes_value(a, known->bytes, known->len));
    else
        add_call(j, a, "tw_boot", tw_helper_str(a, tw_search_py),
                 bytes_value(a, "", 0));
}

/* The description is made once a test; each chunk has a seed of its own. */
static enum tw_status open_job(struct tw_case_work *w, const char *code,
                               size_t chunk, struct tw_arena *a, struct job *j)
{
    enum { N = 4 };
    struct tw_pyval **args = tw_arena_alloc(a, N, sizeof(struct tw_pyval *));

    j->n = 0;
    if (!w->task) {
        struct tw_rng rng = tw_rng_split(&w->rng, "search", 0);
        w->task = tw_search_task(w, tw_rng_u64(&rng));
    }
    add_boot(j, w, a);
    if (args) {
        args[0] = w->task;
        args[1] = tw_helper_str(a, code);
        args[2] = tw_pyval_int(a, (long long)chunk);
        args[3] = w->corpus;
        if (!chunk || !w->corpus)
            args[3] = tw_pyval_list(a, NULL, 0);
    }
    j->calls[j->n++] = (struct tw_py_call){ .function = "tw_search_open",
                                            .args = args,
                                            .n_args = N };
    return tw_arena_check(a, "the search", w->err);
}

/* Keep what the interpreter compiled, where somebody has room for it. */
static void keep_code(const struct tw_case_work *w, const struct tw_pyval *code)
{
    if (!w->search_code || w->search_code->len || code->kind != TW_PYVAL_BYTES)
        return;
    tw_buf_add(w->search_code, code->text, code->len);
    if (w->search_code->failed)
        tw_buf_clear(w->search_code);
}

/* A call that fails is a fault of ours or a limit, and no verdict may rest on
 * it. */
static enum tw_status run_job(struct tw_case_work *w, struct job *j,
                              struct tw_arena *a, struct tw_err *err)
{
    TW_TRY(tw_arena_check(a, "the search", err));
    TW_TRY(
        tw_helper_run(w->jail, a, boot_py, j->calls, j->n, &j->results, err));
    for (size_t i = 0; i < j->n; i++) {
        const struct tw_py_result *r = &j->results[i];
        if (r->outcome != TW_PY_VALUE)
            return tw_fail(err, TW_EIO, 0, "cannot search: %.60s %.100s",
                           r->type, r->text);
    }
    keep_code(w, j->results[0].value);
    return TW_OK;
}

static enum tw_status no_form(struct tw_err *err)
{
    return tw_fail(err, TW_EIO, 0, "cannot search: a row without form");
}

/* Rows [packed arguments, value] behind those of out. */
static enum tw_status take_rows(const struct tw_pyval *rows, size_t max,
                                struct tw_search_list *out, struct tw_err *err)
{
    for (size_t i = 0; i < rows->n_items && out->n < max; i++) {
        const struct tw_pyval *packed = tw_helper_item(rows->items[i], 0);
        if (!packed || packed->kind != TW_PYVAL_BYTES ||
            rows->items[i]->n_items < 2)
            return no_form(err);
        out->list[out->n++] = (struct tw_search_input){
            .args = { packed->text, packed->len },
            .want = rows->items[i]->items[1],
        };
    }
    return TW_OK;
}

static enum tw_status list_new(struct tw_arena *a, size_t max,
                               struct tw_search_list *out, struct tw_err *err)
{
    *out = (struct tw_search_list){ .list = tw_arena_alloc(
                                        a, max + 1, sizeof(*out->list)) };
    return tw_arena_check(a, "the search", err);
}

/* Calls for inputs 0 .. n; the first of them is number *at. */
static void add_inputs(struct job *j, struct tw_arena *a, size_t n, size_t *at)
{
    *at = j->n;
    for (size_t i = 0; i < n; i += BATCH)
        add_call(j, a, "tw_search_inputs", tw_pyval_int(a, (long long)i),
                 tw_pyval_int(a, BATCH));
}

static enum tw_status take_inputs(const struct job *j, size_t at, size_t n,
                                  struct tw_search_list *out,
                                  struct tw_err *err)
{
    for (size_t i = 0; i < n; i += BATCH)
        TW_TRY(take_rows(j->results[at + i / BATCH].value, n, out, err));
    return TW_OK;
}

enum tw_status tw_search_chunk(struct tw_case_work *w, const char *code,
                               size_t k, struct tw_arena *a,
                               struct tw_search_list *out, struct tw_err *err)
{
    struct job j;
    size_t at;

    if (k == 0 && w->first) {
        *out = *w->first;
        return TW_OK;
    }
    TW_TRY(list_new(a, TW_SEARCH_REST, out, err));
    TW_TRY(open_job(w, code, k, a, &j));
    add_inputs(&j, a, TW_SEARCH_REST, &at);
    TW_TRY(run_job(w, &j, a, err));
    return take_inputs(&j, at, TW_SEARCH_REST, out, err);
}

const struct tw_search_list *tw_search_outside(const struct tw_case_work *w)
{
    return w->outside;
}

static struct tw_pyval *packed_value(struct tw_arena *a,
                                     const struct tw_search_input *in)
{
    return bytes_value(a, in->args.bytes, in->args.len);
}

enum tw_status tw_search_smaller(struct tw_case_work *w,
                                 const struct tw_search_input *in,
                                 struct tw_arena *a, struct tw_search_list *out,
                                 struct tw_err *err)
{
    struct job j;

    TW_TRY(open_job(w, "", 0, a, &j));
    add_call(&j, a, "tw_search_smaller", packed_value(a, in), NULL);
    TW_TRY(run_job(w, &j, a, err));
    const struct tw_pyval *rows = j.results[LEAD].value;
    TW_TRY(list_new(a, rows->n_items, out, err));
    return take_rows(rows, rows->n_items, out, err);
}

/* [] or [value]. */
static struct tw_pyval *value_or_null(const struct tw_pyval *list)
{
    if (!list || !list->n_items)
        return NULL;
    return list->items[0];
}

static enum tw_status take_known(const struct tw_case_work *w,
                                 const struct tw_pyval *row,
                                 struct tw_search_known *out,
                                 struct tw_err *err)
{
    const struct tw_pyval *args = tw_helper_item(row, 0);

    if (!args || args->n_items != w->call->n_params || row->n_items < 5)
        return no_form(err);
    *out = (struct tw_search_known){
        .args = args->items,
        .n_args = (size_t)tw_helper_number(row->items[1], 0.0),
        .want = value_or_null(row->items[2]),
        .exact = value_or_null(row->items[3]),
        .inside = row->items[4]->b,
    };
    return TW_OK;
}

enum tw_status tw_search_confirm(struct tw_case_work *w,
                                 const struct tw_search_input *const *list,
                                 size_t n, struct tw_arena *a,
                                 struct tw_search_known *known,
                                 struct tw_err *err)
{
    struct tw_pyval **rows =
        tw_arena_alloc(a, n + 1, sizeof(struct tw_pyval *));
    struct job j;

    for (size_t i = 0; rows && i < n; i++)
        rows[i] = packed_value(a, list[i]);
    TW_TRY(tw_arena_check(a, "the search", err));
    TW_TRY(open_job(w, "", 0, a, &j));
    add_call(&j, a, "tw_search_confirm", tw_pyval_list(a, rows, n), NULL);
    TW_TRY(run_job(w, &j, a, err));
    for (size_t i = 0; i < n; i++)
        TW_TRY(take_known(w, tw_helper_item(j.results[LEAD].value, i),
                          &known[i], err));
    return TW_OK;
}

enum tw_status tw_search_audit(struct tw_case_work *w, size_t n,
                               struct tw_arena *a, const struct tw_pyval **seen,
                               struct tw_err *err)
{
    struct job j;

    TW_TRY(open_job(w, "", 0, a, &j));
    add_call(&j, a, "tw_search_audit", tw_pyval_int(a, (long long)n), NULL);
    TW_TRY(run_job(w, &j, a, err));
    *seen = j.results[LEAD].value;
    return TW_OK;
}

/* ---- variants of the oracle ---- */

const struct tw_pyval *tw_search_member(const struct tw_pyval *dict,
                                        const char *key)
{
    if (!dict || dict->kind != TW_PYVAL_DICT)
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
    return (size_t)tw_helper_number(tw_search_member(dict, key), 0.0);
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

/* An input that tells apart what the cases do not becomes one of them: rows
 * of arguments, how many are passed, value, variant. */
static enum tw_status add_row(struct tw_case_work *w,
                              const struct tw_pyval *row)
{
    const struct tw_pyval *args = tw_helper_item(row, 0);

    if (!args || args->n_items != w->call->n_params || row->n_items < 4)
        return no_form(w->err);
    const char *variant = tw_helper_text(row->items[3], w->a);
    return tw_search_add_case(
        w, args->items, (size_t)tw_helper_number(row->items[1], 0.0),
        row->items[2],
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

/* The first chunk serves the variants and every answer of the test. */
enum tw_status tw_search_strengthen(struct tw_case_work *w)
{
    struct tw_strength *s = &w->out->strength;
    struct job j;
    size_t at;

    w->first = tw_arena_alloc(w->a, 1, sizeof(*w->first));
    w->outside = tw_arena_alloc(w->a, 1, sizeof(*w->outside));
    TW_TRY(tw_arena_check(w->a, "the search", w->err));
    TW_TRY(list_new(w->a, TW_SEARCH_FIRST, w->first, w->err));
    TW_TRY(open_job(w, "", 0, w->a, &j));
    add_call(&j, w->a, "tw_search_variants", given_args(w),
             tw_pyval_int(w->a, VARIANT_INPUTS));
    add_inputs(&j, w->a, TW_SEARCH_FIRST, &at);
    for (size_t i = 0; i < 2; i++)
        add_call(&j, w->a, "tw_search_outside",
                 tw_pyval_int(w->a, (long long)i * BATCH),
                 tw_pyval_int(w->a, BATCH));
    add_call(&j, w->a, "tw_search_corpus", tw_pyval_int(w->a, CORPUS), NULL);
    TW_TRY(run_job(w, &j, w->a, w->err));
    const struct tw_pyval *found = j.results[LEAD].value;
    const struct tw_pyval *added = tw_search_member(found, "added");
    for (size_t i = 0; added && i < added->n_items; i++)
        TW_TRY(add_row(w, added->items[i]));
    s->n_variants = count_of(found, "variants");
    s->n_branches = count_of(found, "branches");
    s->n_reached = count_of(found, "reached");
    s->n_inputs = count_of(found, "inputs");
    w->corpus = j.results[j.n - 1].value;
    TW_TRY(list_new(w->a, (size_t)2 * BATCH, w->outside, w->err));
    for (size_t i = 0; i < 2; i++)
        TW_TRY(take_rows(j.results[j.n - 3 + i].value, (size_t)2 * BATCH,
                         w->outside, w->err));
    TW_TRY(take_inputs(&j, at, TW_SEARCH_FIRST, w->first, w->err));
    return take_left(w, tw_search_member(found, "left"));
}
