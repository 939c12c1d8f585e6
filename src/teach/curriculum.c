/*
 * curriculum.c - tasks in batches: draw, run in the jail, write as prompts and
 * answers.
 *
 * Every expected value comes from running the solution, so what the model
 * learns is true of the code beside it.  64 tasks share one job of the jail:
 * starting an interpreter costs more than running them.
 *
 * The way of a task: draw_task() makes function and inputs, run_batch() their
 * results, choose_cases() the few that the prompt shows, add_task() the line.
 * A task that has no usable case is dropped, not drawn again: its number stays
 * empty, so that all others are what they would be without it.
 */
#include "teach/curriculum.h"

#include "answer/prompt.h"
#include "teach/curriculum_priv.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "python/pyrun.h"
#include "python/pyval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    BATCH = 64, /* tasks of one jail job; part of no format */
    TRIES = 10, /* inputs drawn for a task */
    CASES = 5,  /* at most, in the prompt */
    CALL_SIZE = 400,
    LIST_MAX = 8,
    CASE_BYTES = 110, /* bytes of a case */
};

/* weight: how often, relative to the others.  The order of the rows is part of
 * the format, for one draw goes through them. */
static const struct {
    const char *name;
    void (*draw)(struct tw_lesson *d);
    unsigned weight;
} families[] = {
    { "aggregate", tw_family_aggregate, 14 },
    { "count", tw_family_count, 12 },
    { "runs", tw_family_runs, 10 },
    { "search", tw_family_search, 8 },
    { "steps", tw_family_steps, 9 },
    { "map", tw_family_map, 8 },
    { "judge", tw_family_judge, 10 },
    { "missing", tw_family_missing, 5 },
    { "pair", tw_family_pair, 12 },
    { "pair-map", tw_family_pair_map, 5 },
    { "bounds", tw_family_bounds, 6 },
    { "classify", tw_family_classify, 9 },
    { "formula", tw_family_formula, 7 },
    { "logic", tw_family_logic, 4 },
    { "clamp", tw_family_clamp, 4 },
};

struct call {
    struct tw_pyval *args[TW_LESSON_PARAMS]; /* in the batch arena */
    size_t n_args; /* fewer than parameters: the rest has defaults */
};

/* A task with its inputs; all but the lesson lives in the batch arena. */
struct task {
    struct tw_lesson d;
    struct call calls[TRIES];
    bool whole_numbers; /* ints instead of floats such as 12.0 */
    size_t list_max;    /* samples of a list */
};

struct batch {
    struct tw_arena arena;
    const struct tw_phrases *phrases; /* borrowed */
    struct task *tasks;               /* (n) */
    size_t n;
    struct tw_py_report report; /* calls (n, TRIES) */
};

/* A family by its weight; it draws all of the task but the inputs. */
static void draw_family(struct tw_lesson *d)
{
    unsigned total = 0;

    for (size_t i = 0; i < TW_ARRAY_LEN(families); i++)
        total += families[i].weight;
    unsigned at = (unsigned)tw_lesson_pick(d, total);
    size_t i = 0;
    while (at >= families[i].weight)
        at -= families[i++].weight;
    TW_ASSERT(i < TW_ARRAY_LEN(families));
    d->family = families[i].name;
    families[i].draw(d);
}

static void drop_early_defaults(struct tw_lesson *d)
{
    for (size_t i = d->n_params; i-- > 1;)
        if (!d->params[i].has_default)
            d->params[i - 1].has_default = false;
}

/* To so many decimals; halves go up. */
static double round_to(double v, int decimals)
{
    double unit = pow(10, decimals);

    return floor(v * unit + 0.5) / unit;
}

/* A number of the parameter's range; often one that the code compares with. */
static double draw_number(struct tw_lesson *d, const struct tw_lesson_param *p)
{
    /* Constants of the code are where < and <= differ. */
    if (d->n_pivots && tw_lesson_chance(d, 25))
        return d->pivots[tw_lesson_pick(d, d->n_pivots)];
    double v = p->lo + (p->hi - p->lo) * tw_rng_uniform(&d->rng);
    if (tw_lesson_chance(d, 40))
        return round_to(v, 0);
    return round_to(v, p->decimals);
}

/* 12 or 12.0: both are what callers write. */
static struct tw_pyval *number_value(struct task *t, struct tw_arena *a,
                                     double v)
{
    if (t->whole_numbers && v == floor(v))
        return tw_pyval_int(a, (long long)v);
    return tw_pyval_float(a, v);
}

/* One sample of a list; before: the one in front of it, or NULL.  Equal
 * neighbours are where <, <= and == differ. */
static struct tw_pyval *draw_item(struct task *t, struct tw_arena *a,
                                  const struct tw_lesson_param *p,
                                  struct tw_pyval *before)
{
    bool repeat = before && tw_lesson_chance(&t->d, 15);
    bool missing = p->kind == TW_LESSON_LIST_OPT && tw_lesson_chance(&t->d, 25);

    if (repeat)
        return before;
    if (missing)
        return tw_pyval_none(a);
    return number_value(t, a, draw_number(&t->d, p));
}

static struct tw_pyval *draw_list(struct task *t, struct tw_arena *a,
                                  const struct tw_lesson_param *p, size_t n)
{
    struct tw_pyval *items[LIST_MAX], *before = NULL;

    TW_ASSERT(n <= LIST_MAX);
    for (size_t i = 0; i < n; i++)
        before = items[i] = draw_item(t, a, p, before);
    return tw_pyval_list(a, items, n);
}

/* Empty lists are rare in life and the usual edge case in tests. */
static size_t draw_length(struct task *t)
{
    if (tw_lesson_chance(&t->d, 12))
        return 0;
    return 1 + tw_lesson_pick(&t->d, t->list_max);
}

/* Scalars first: lists then hit their values. */
static void draw_scalars(struct task *t, struct tw_arena *a, struct call *c)
{
    struct tw_lesson *d = &t->d;
    double values[TW_LESSON_PARAMS] = { 0 };

    for (size_t i = 0; i < d->n_params; i++) {
        const struct tw_lesson_param *p = &d->params[i];
        if (p->kind == TW_LESSON_COUNT) {
            c->args[i] = tw_pyval_int(a, 1 + (long long)tw_lesson_pick(d, 3));
        } else if (p->kind == TW_LESSON_FLOAT || p->kind == TW_LESSON_INT) {
            double v = draw_number(d, p);
            /* Bounds the wrong way round are an input, too, but a rare one. */
            if (p->above >= 0 && v < values[p->above] &&
                !tw_lesson_chance(d, 5))
                v = round_to(values[p->above] + fabs(v - p->lo) / 2, 0);
            values[i] = v;
            c->args[i] = number_value(t, a, v);
            if (d->n_pivots < TW_LESSON_PIVOTS)
                d->pivots[d->n_pivots++] = v;
        }
    }
}

/* One input of the function: all arguments, some of them left to defaults. */
static void draw_call(struct task *t, struct tw_arena *a, struct call *c)
{
    struct tw_lesson *d = &t->d;
    size_t n_pivots = d->n_pivots, len[TW_LESSON_PARAMS] = { 0 };

    draw_scalars(t, a, c);
    for (size_t i = 0; i < d->n_params; i++) {
        const struct tw_lesson_param *p = &d->params[i];
        if (c->args[i])
            continue;
        len[i] = draw_length(t);
        if (p->same_len_as >= 0 && !tw_lesson_chance(d, 6))
            len[i] = len[p->same_len_as];
        c->args[i] = draw_list(t, a, p, len[i]);
    }
    d->n_pivots = n_pivots; /* the scalars of this call leave again */
    c->n_args = d->n_params;
    while (c->n_args && d->params[c->n_args - 1].has_default &&
           tw_lesson_chance(d, 50))
        c->n_args--;
}

/* The whole task: family, sentences around, and inputs to choose cases from.
 * More inputs than cases: some fail, some show what others show. */
static void draw_task(struct batch *b, struct task *t, uint64_t seed,
                      size_t index)
{
    tw_lesson_init(&t->d, b->phrases, seed, index);
    draw_family(&t->d);
    drop_early_defaults(&t->d);
    tw_lesson_frame(&t->d);
    t->whole_numbers = tw_lesson_chance(&t->d, 40);
    t->list_max = 3 + tw_lesson_pick(&t->d, LIST_MAX - 2);
    for (size_t i = 0; i < TRIES; i++)
        draw_call(t, &b->arena, &t->calls[i]);
}

/* Between the parameters. */
static const char *comma(size_t i)
{
    if (i)
        return ", ";
    return "";
}

/* "def name(a, b=3):" and the body: for the jail under a name of the batch, for
 * an answer under its own. */
static void add_function(struct tw_buf *b, const struct tw_lesson *d,
                         const char *name)
{
    char number[24];

    tw_buf_addf(b, "def %s(", name);
    for (size_t i = 0; i < d->n_params; i++) {
        const struct tw_lesson_param *p = &d->params[i];
        tw_buf_addf(b, "%s%s", comma(i), p->name);
        if (p->has_default) {
            tw_lesson_number(number, p->value_default);
            tw_buf_addf(b, "=%s", number);
        }
    }
    tw_buf_addf(b, "):\n%s", tw_buf_text(&d->body));
}

/* "name(a: float, b: int = 3) -> float", as prompts show it. */
static void add_signature(struct tw_buf *b, const struct tw_lesson *d)
{
    static const char *const types[] = {
        [TW_LESSON_LIST] = "list[float]",
        [TW_LESSON_LIST_INT] = "list[int]",
        [TW_LESSON_LIST_OPT] = "list[float | None]",
        [TW_LESSON_FLOAT] = "float",
        [TW_LESSON_INT] = "int",
        [TW_LESSON_COUNT] = "int",
    };
    char number[24];

    tw_buf_addf(b, "%s(", d->name);
    for (size_t i = 0; i < d->n_params; i++) {
        const struct tw_lesson_param *p = &d->params[i];
        tw_buf_addf(b, "%s%s: %s", comma(i), p->name, types[p->kind]);
        if (p->has_default) {
            tw_lesson_number(number, p->value_default);
            tw_buf_addf(b, " = %s", number);
        }
    }
    tw_buf_addf(b, ") -> %s", d->result);
}

/* All functions of the batch in one source, f0, f1, ...; one jail job.  A
 * source that does not load is a mistake of a phrase file, not of an input:
 * it stops the whole curriculum. */
static enum tw_status run_batch(struct tw_jail *jail, struct batch *b,
                                struct tw_err *err)
{
    struct tw_buf source;
    char(*names)[24] = tw_arena_alloc(&b->arena, b->n, sizeof(*names));
    struct tw_py_call *calls =
        tw_arena_alloc(&b->arena, b->n * TRIES, sizeof(*calls));

    if (!names || !calls)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for the curriculum");
    tw_buf_init(&source, 8u << 20);
    for (size_t i = 0; i < b->n; i++) {
        snprintf(names[i], sizeof(names[i]), "f%zu", i);
        add_function(&source, &b->tasks[i].d, names[i]);
        tw_buf_adds(&source, "\n\n");
        for (size_t k = 0; k < TRIES; k++)
            calls[i * TRIES + k] = (struct tw_py_call){
                .function = names[i],
                .args = b->tasks[i].calls[k].args,
                .n_args = b->tasks[i].calls[k].n_args,
            };
    }
    enum tw_status st = tw_buf_check(&source, "curriculum source", err);
    struct tw_py_job job = { .source = tw_buf_text(&source),
                             .source_len = source.len,
                             .calls = calls,
                             .n_calls = b->n * TRIES,
                             .limits = tw_jail_limits_default() };
    if (st == TW_OK)
        st = tw_py_run(jail, &job, &b->arena, &b->report, err);
    if (st == TW_OK && b->report.load.outcome != TW_PY_VALUE)
        st = tw_fail(err, TW_EFORMAT, 0,
                     "curriculum code does not load: %s: %s (line %d, %s)",
                     b->report.load.type, b->report.load.text,
                     b->report.load.line, b->report.jail.cause);
    tw_buf_release(&source);
    return st;
}

/* "name(1, [2.5])" */
static void add_call(struct tw_buf *b, const struct tw_lesson *d,
                     const struct call *c)
{
    tw_buf_addf(b, "%s(", d->name);
    for (size_t i = 0; i < c->n_args; i++) {
        if (i)
            tw_buf_adds(b, ", ");
        tw_pyval_source(b, c->args[i]);
    }
    tw_buf_addc(b, ')');
}

/* Cases of one task as they stand in its prompt. */
struct case_lines {
    char *lines[CASES]; /* (n): in the batch arena */
    size_t n;
    size_t n_values; /* those with a value, not an exception */
};

/* The text of a case, or NULL when it is unusable or too long. */
static char *case_text(struct batch *b, size_t task, size_t k, bool *is_error)
{
    const struct tw_py_result *r = &b->report.calls[task * TRIES + k];
    const struct tw_lesson *d = &b->tasks[task].d;
    struct tw_buf call, want, line;
    char *text = NULL;

    /* Descriptions speak of ValueError only; any other exception is an input
     * that the function is not made for. */
    *is_error = r->outcome == TW_PY_EXCEPTION;
    if (*is_error && strcmp(r->type, "ValueError") != 0)
        return NULL;
    if (!*is_error && r->outcome != TW_PY_VALUE)
        return NULL;
    tw_buf_init(&call, CALL_SIZE);
    tw_buf_init(&want, CALL_SIZE);
    tw_buf_init(&line, 2 * CALL_SIZE);
    add_call(&call, d, &b->tasks[task].calls[k]);
    if (*is_error) {
        tw_prompt_case_error(&line, tw_buf_text(&call), "ValueError");
    } else {
        tw_pyval_source(&want, r->value);
        tw_prompt_case_value(&line, tw_buf_text(&call), tw_buf_text(&want));
    }
    if (!call.failed && !want.failed && !line.failed && line.len <= CASE_BYTES)
        text = tw_arena_text(&b->arena, line.bytes, line.len);
    tw_buf_release(&call);
    tw_buf_release(&want);
    tw_buf_release(&line);
    return text;
}

/* Does a case chosen before show the same outcome? */
static bool outcome_seen(const struct batch *b, size_t task, size_t k,
                         const bool *used)
{
    const struct tw_py_result *r = &b->report.calls[task * TRIES + k];

    for (size_t j = 0; j < TRIES; j++) {
        const struct tw_py_result *o = &b->report.calls[task * TRIES + j];
        if (!used[j] || o->outcome != r->outcome)
            continue;
        if (r->outcome == TW_PY_EXCEPTION ||
            tw_pyval_equal(o->value, r->value, (struct tw_pyval_tol){ 0 }))
            return true;
    }
    return false;
}

/* Cases that were not used yet; fresh: those that show something new only. */
static void add_cases(struct batch *b, size_t task, size_t want, bool fresh,
                      bool errors, bool used[TRIES], struct case_lines *out)
{
    for (size_t k = 0; k < TRIES && out->n < want; k++) {
        bool is_error;

        if (used[k] || (fresh && outcome_seen(b, task, k, used)))
            continue;
        char *text = case_text(b, task, k, &is_error);
        if (!text || (is_error && !errors))
            continue;
        used[k] = true;
        out->n_values += !is_error;
        out->lines[out->n++] = text;
    }
}

/* Two rounds: first every new outcome, then values that are left. */
static void choose_cases(struct batch *b, size_t task, size_t want,
                         bool values_only, struct case_lines *out)
{
    bool used[TRIES] = { false };

    TW_ASSERT(want <= CASES);
    memset(out, 0, sizeof(*out));
    add_cases(b, task, want, true, !values_only, used, out);
    add_cases(b, task, want, false, false, used, out);
}

/* The answer to "write tests": a test function with the cases. */
static void add_answer_tests(struct tw_buf *b, const struct tw_lesson *d,
                             const char *import_line,
                             const struct case_lines *cases)
{
    tw_buf_addf(b, "%s\n\n\ndef test_%s():\n", import_line, d->name);
    for (size_t i = 0; i < cases->n; i++)
        tw_buf_addf(b, "    %s\n", cases->lines[i]);
}

/* One line.  No json_out.h: the form of these lines is older, and files of it
 * are compared. */
static void add_json(struct tw_buf *out, const struct task *t, size_t index,
                     const struct tw_buf *prompt, const struct tw_buf *answer)
{
    tw_buf_addf(out,
                "{\"id\": \"t%zu\", \"family\": \"%s\", \"prompt\": ", index,
                t->d.family);
    tw_json_add_string(out, prompt->bytes, prompt->len);
    tw_buf_adds(out, ", \"answer\": ");
    tw_json_add_string(out, answer->bytes, answer->len);
    tw_buf_adds(out, "}\n");
}

/* What the model is asked for; import_line is used by tests only. */
static void build_prompt(struct tw_buf *b, const struct tw_lesson *d,
                         bool tests, const char *import_line,
                         const struct case_lines *cases)
{
    struct tw_buf signature;
    struct tw_prompt p = { .description = tw_buf_text(&d->text),
                           .cases = (const char *const *)cases->lines,
                           .n_cases = cases->n,
                           .task = TW_PROMPT_FUNCTION };

    tw_buf_init(&signature, 1024);
    add_signature(&signature, d);
    p.signature = tw_buf_text(&signature);
    if (tests) {
        p.import_line = import_line;
        p.task = TW_PROMPT_TESTS;
    }
    tw_prompt_build(b, &p);
    if (signature.failed)
        b->failed = signature.failed;
    tw_buf_release(&signature);
}

/* What the model is to answer: one fence with nothing around it, so that no
 * extraction can go wrong (answer/extract.h). */
static void build_answer(struct tw_buf *b, const struct tw_lesson *d,
                         bool tests, const char *import_line,
                         const struct case_lines *cases)
{
    tw_buf_adds(b, "```python\n");
    if (tests)
        add_answer_tests(b, d, import_line, cases);
    else
        add_function(b, d, d->name);
    tw_buf_adds(b, "```\n");
}

/* Prompt and answer of one executed task; false when it has no use.  The draws
 * here come last, so that a task with other cases is still the same
 * task. */
static bool add_task(struct batch *b, size_t i, size_t index,
                     struct tw_buf *out)
{
    static const char *const modules[] = { "kpi",   "counters", "checks",
                                           "radio", "cell_kpi", "metrics" };
    struct task *t = &b->tasks[i];
    bool tests = tw_lesson_chance(&t->d, 12);
    struct case_lines cases;
    struct tw_buf prompt, answer;
    char import_line[96];

    choose_cases(b, i, 2 + tw_lesson_pick(&t->d, CASES - 1), tests, &cases);
    if (cases.n_values == 0)
        return false;
    tw_buf_init(&prompt, 8192);
    tw_buf_init(&answer, 8192);
    snprintf(import_line, sizeof(import_line), "from %s import %s",
             modules[tw_lesson_pick(&t->d, TW_ARRAY_LEN(modules))], t->d.name);
    build_prompt(&prompt, &t->d, tests, import_line, &cases);
    build_answer(&answer, &t->d, tests, import_line, &cases);
    bool ok = !prompt.failed && !answer.failed && !t->d.text.failed &&
              !t->d.body.failed;
    if (ok)
        add_json(out, t, index, &prompt, &answer);
    tw_buf_release(&prompt);
    tw_buf_release(&answer);
    return ok;
}

/* Draw, run, and append the lines of those that are of use to out. */
static enum tw_status do_batch(struct tw_jail *jail, struct batch *b,
                               const struct tw_curriculum_config *c,
                               size_t first, struct tw_buf *out,
                               struct tw_curriculum_stats *stats,
                               struct tw_err *err)
{
    enum tw_status st;

    tw_jail_result_init(&b->report.jail);
    for (size_t i = 0; i < b->n; i++)
        draw_task(b, &b->tasks[i], c->seed, c->first + first + i);
    st = run_batch(jail, b, err);
    for (size_t i = 0; st == TW_OK && i < b->n; i++) {
        if (add_task(b, i, c->first + first + i, out))
            stats->n_written++;
        else
            stats->n_dropped++;
    }
    tw_jail_result_release(&b->report.jail);
    for (size_t i = 0; i < b->n; i++)
        tw_lesson_release(&b->tasks[i].d);
    return st;
}

/* What a curriculum is written with. */
struct writing {
    struct tw_jail *jail;
    const struct tw_curriculum_config *c;
    struct tw_phrases *phrases;
    struct tw_curriculum_stats *stats;
    struct tw_buf out; /* the lines of a batch */
};

/* Tasks first and up, at most a batch.  All of it lives in one arena, which is
 * released with it: a curriculum of any length needs the memory of 64 tasks. */
static enum tw_status write_batch(struct writing *w, size_t first,
                                  struct tw_file_out *file, struct tw_err *err)
{
    struct batch b = { .n = w->c->n_tasks - first, .phrases = w->phrases };

    if (b.n > BATCH)
        b.n = BATCH;
    tw_arena_init(&b.arena, 256u << 20);
    tw_buf_clear(&w->out);
    b.tasks = tw_arena_alloc(&b.arena, b.n, sizeof(*b.tasks));
    enum tw_status st = tw_arena_check(&b.arena, "tasks", err);
    if (st == TW_OK)
        st = do_batch(w->jail, &b, w->c, first, &w->out, w->stats, err);
    if (st == TW_OK)
        st = tw_buf_check(&w->out, "curriculum", err);
    if (st == TW_OK)
        st = tw_file_add(file, w->out.bytes, w->out.len, err);
    tw_arena_release(&b.arena);
    return st;
}

/* Progress is told after each batch; that is where a run can be stopped. */
static enum tw_status write_batches(struct writing *w, struct tw_file_out *file,
                                    const struct tw_progress *progress,
                                    struct tw_err *err)
{
    size_t n = w->c->n_tasks;

    for (size_t first = 0; first < n; first += BATCH) {
        size_t done = first + BATCH;

        if (done > n)
            done = n;
        TW_TRY(write_batch(w, first, file, err));
        if (!tw_progress_step(progress, "curriculum", done, n, ""))
            return tw_fail(err, TW_ECANCELED, 0, "curriculum interrupted");
    }
    return TW_OK;
}

/* The file appears when all of it is written: tw_file_abort() after a commit
 * does nothing. */
enum tw_status tw_curriculum_write(struct tw_jail *jail,
                                   const struct tw_curriculum_config *c,
                                   const char *path,
                                   const struct tw_progress *progress,
                                   struct tw_curriculum_stats *stats,
                                   struct tw_err *err)
{
    struct writing w = { .jail = jail, .c = c, .stats = stats };
    struct tw_curriculum_stats none;
    struct tw_file_out file;

    if (!w.stats)
        w.stats = &none;
    *w.stats =
        (struct tw_curriculum_stats){ .n_families = TW_ARRAY_LEN(families) };
    TW_TRY(tw_phrases_open(&w.phrases, err));
    enum tw_status st = tw_file_begin(&file, path, err);
    if (st != TW_OK) {
        tw_phrases_free(w.phrases);
        return st;
    }
    tw_buf_init(&w.out, 16u << 20);
    st = write_batches(&w, &file, progress, err);
    if (st == TW_OK)
        st = tw_file_commit(&file, err);
    tw_file_abort(&file);
    tw_buf_release(&w.out);
    tw_phrases_free(w.phrases);
    return st;
}
