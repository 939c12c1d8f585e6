/*
 * cases.c - Stage II: from data and oracles to cases and the prompt.
 *
 * The order of the steps is the design: makers fill the pool, oracles say
 * what must come out, the choice is last.  So a maker needs no knowledge of
 * verdicts, and the choice sees all inputs with their outcomes.
 */
#include <string.h>

#include "answer/prompt.h"
#include "base/file.h"
#include "cases/choose.h"
#include "cases/inputs.h"
#include "cases/oracle.h"
#include "cases/search.h"
#include "python/asserts.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

/* A prompt beyond PROMPT_MAX bytes fits into no model that we run. */
enum { PROMPT_MAX = 256 << 10, CASES_DEFAULT = 16, CHARS_DEFAULT = 700 };

/* Values of the defaults in the signature.  They are text of the
 * specification, so the helper reads them as literals and runs nothing. */
static enum tw_status read_fallbacks(struct tw_case_work *w)
{
    size_t n = w->call->n_params;
    const char **texts = tw_arena_alloc(w->a, n + 1, sizeof(*texts));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    size_t n_texts = 0;
    for (size_t i = 0; i < n; i++)
        if (w->call->params[i].fallback)
            texts[n_texts++] = w->call->params[i].fallback;
    if (!n_texts)
        return TW_OK;
    struct tw_pyval *list = tw_helper_strs(w->a, texts, n_texts);
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    struct tw_py_call call = { .function = "tw_literals",
                               .args = &list,
                               .n_args = 1 };
    struct tw_py_result *res;
    TW_TRY(tw_helper_run(w->jail, w->a, tw_asserts_py, &call, 1, &res, w->err));
    for (size_t i = 0, k = 0; i < n; i++) {
        if (!w->call->params[i].fallback)
            continue;
        const struct tw_pyval *row = tw_helper_item(res[0].value, k++);
        const struct tw_pyval *ok = tw_helper_item(row, 0);
        if (!ok || !ok->b || row->n_items < 2)
            return tw_case_fail(w, w->test->pos,
                                "the default of '%s' is no literal",
                                w->call->params[i].name);
        w->fallbacks[i] = row->items[1];
    }
    return TW_OK;
}

/* The pool and the names that expressions may use. */
static enum tw_status prepare(struct tw_case_work *w)
{
    size_t n = w->call->n_params;
    w->inputs = tw_arena_alloc(w->a, TW_INPUT_MAX, sizeof(*w->inputs));
    w->names = tw_arena_alloc(w->a, n + 2, sizeof(*w->names));
    w->fallbacks = tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    TW_TRY(tw_arena_check(w->a, "cases", w->err));
    for (size_t i = 0; i < n; i++)
        w->names[i] = w->call->params[i].name;
    w->names[n] = "result";
    w->names[n + 1] = "result2";
    return read_fallbacks(w);
}

/* What kind of check is left for inputs without an expected value: the
 * properties, or a vote of the candidates, which proves nothing. */
static void mark_unknown(struct tw_case_work *w)
{
    bool holds = false;
    for (size_t i = 0; i < w->test->n_oracles; i++)
        holds = holds || w->test->oracles[i].that != NULL;
    for (size_t i = 0; i < w->n_inputs; i++) {
        struct tw_input *in = &w->inputs[i];
        if (in->kind == TW_CASE_HOLDS && !in->want && !holds)
            in->kind = TW_CASE_CONSENSUS;
    }
}

/* With cases that a person wrote and nothing else, other inputs have no
 * expected value: they are left out, as no verdict could rest on them. */
static void drop_unknown(struct tw_case_work *w)
{
    bool written = false;
    for (size_t i = 0; i < w->n_inputs; i++)
        written = written || w->inputs[i].written;
    for (size_t i = 0; i < w->n_inputs && written; i++)
        if (w->inputs[i].kind == TW_CASE_CONSENSUS)
            w->inputs[i].gone = true;
}

/* The module is named after its file, as Python does it. */
const char *tw_cases_import(const struct tw_case_work *w)
{
    static const char suffix[] = ".py";
    enum { SUFFIX = sizeof(suffix) - 1 };
    if (!w->in->spec->n_code)
        return NULL;
    const char *name = tw_file_basename(w->in->spec->code[0]);
    size_t n = strlen(name);
    if (n > SUFFIX && strcmp(name + n - SUFFIX, suffix) == 0)
        n -= SUFFIX;
    return tw_arena_textf(w->a, "from %.*s import %s", (int)n, name,
                          w->call->name);
}

/* The text that the model was trained on (answer/prompt.h); only cases that
 * were chosen for it. */
static enum tw_status write_prompt(struct tw_case_work *w)
{
    const char **lines = tw_arena_alloc(w->a, w->out->n + 1, sizeof(*lines));
    TW_TRY(tw_arena_check(w->a, "the prompt", w->err));
    struct tw_prompt p = {
        .description = w->test->description,
        .signature = w->call->text,
        .import_line = tw_cases_import(w),
        .cases = lines,
        .task = TW_PROMPT_FUNCTION,
    };
    if (w->in->spec->n_code)
        p.task = TW_PROMPT_TESTS;
    for (size_t i = 0; i < w->out->n; i++)
        if (w->out->list[i].in_prompt)
            lines[p.n_cases++] = w->out->list[i].text;
    struct tw_buf b;
    tw_buf_init(&b, PROMPT_MAX);
    tw_prompt_build(&b, &p);
    enum tw_status st = tw_buf_check(&b, "the prompt", w->err);
    if (st == TW_OK) {
        w->out->prompt = tw_arena_text(w->a, tw_buf_text(&b), b.len);
        st = tw_arena_check(w->a, "the prompt", w->err);
    }
    tw_buf_release(&b);
    return st;
}

enum tw_status tw_cases_prompt(struct tw_cases *c, struct tw_err *err)
{
    c->work->err = err;
    return write_prompt(c->work);
}

/* In the arena, since others go on with the pool (undertest.c).  NULL: no
 * memory. */
static struct tw_case_work *new_work(struct tw_cases *c,
                                     const struct tw_case_env *env,
                                     const struct tw_case_source *source,
                                     struct tw_arena *a, struct tw_err *err)
{
    struct tw_case_work *w = tw_arena_alloc(a, 1, sizeof(*w));
    if (!w)
        return NULL;
    *w = (struct tw_case_work){
        .in = source,
        .test = source->test,
        .call = &source->test->call,
        .jail = env->jail,
        .a = a,
        .err = err,
        .rng = env->rng,
        .n_cases_max = env->n_cases,
        .prompt_chars = env->prompt_chars,
        .out = c,
    };
    if (!w->n_cases_max)
        w->n_cases_max = CASES_DEFAULT;
    if (!w->prompt_chars)
        w->prompt_chars = CHARS_DEFAULT;
    if (w->n_cases_max > TW_CASE_MAX)
        w->n_cases_max = TW_CASE_MAX;
    return w;
}

/* The pool grows in this order, which the draws of w->rng depend on: the
 * same seed gives the same cases only while it stays. */
static enum tw_status make_inputs(struct tw_case_work *w)
{
    TW_TRY(tw_written_add(w));
    TW_TRY(tw_draw_recorded(w));
    TW_TRY(tw_draw_synthetic(w));
    TW_TRY(tw_edges_add(w));
    TW_TRY(tw_oracle_evaluate(w, 0));
    size_t first = w->n_inputs;
    TW_TRY(tw_boundary_search(w));
    return tw_oracle_evaluate(w, first);
}

enum tw_status tw_cases_pool(struct tw_cases *c, const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a, struct tw_err *err)
{
    *c = (struct tw_cases){ .work = new_work(c, env, source, a, err) };
    struct tw_case_work *w = c->work;
    TW_TRY(tw_arena_check(a, "cases", err));
    TW_TRY(prepare(w));
    TW_TRY(tw_oracle_check_exprs(w));
    TW_TRY(make_inputs(w));
    mark_unknown(w);
    drop_unknown(w);
    return tw_oracle_contradictions(w);
}

enum tw_status tw_cases_make(struct tw_cases *c, const struct tw_case_env *env,
                             const struct tw_case_source *source,
                             struct tw_arena *a, struct tw_err *err)
{
    TW_TRY(tw_cases_pool(c, env, source, a, err));
    struct tw_case_work *w = c->work;
    TW_TRY(tw_choose_cases(w));
    if (tw_search_possible(w) && w->out->n)
        TW_TRY(tw_search_strengthen(w));
    TW_TRY(tw_arena_check(a, "cases", err));
    tw_cases_seal(c);
    return write_prompt(w);
}
