/*
 * judge.c - candidates against cases: the verdict on each case, and why a
 * candidate was lost.
 *
 * One jail job per candidate holds the candidate and the arguments, nothing
 * else.  Values come out and are compared here; properties are evaluated in a
 * second job, without the candidate.
 */
#include <stdio.h>
#include <string.h>

#include "cases/value.h"
#include "python/exception.h"
#include "writer/writer_priv.h"

#include "base/banned.h"

/* Values and calls in lines for people, in bytes. */
enum { SHOW_MAX = 200, SHORT_MAX = 120 };

enum { WATCH_TRIES = 3 };

const char *tw_case_verdict_name(enum tw_case_verdict v)
{
    static const char *const names[] = { "pass",  "wrong", "threw",
                                         "broke", "lost",  "not run" };
    if ((size_t)v >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[v];
}

/* The words of run.json and of reports. */
const char *tw_loss_name(enum tw_loss l)
{
    static const char *const names[] = {
        "none",  "no code", "no entry point", "syntax", "import",  "runtime",
        "reach", "assert",  "timeout",        "limit",  "harness",
    };
    if ((size_t)l >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[l];
}

/* Calls of a job, in the order of their results: the cases first, then a
 * changed call per case for each metamorphic oracle. */
struct job {
    struct tw_py_call *calls;
    size_t n;
};

/* "statistics.StatisticsError" as people and specifications write it. */
static const char *plain_type(const char *type)
{
    const char *dot = strrchr(type, '.');
    if (!dot)
        return type;
    return dot + 1;
}

/* "ValueError: text"; both parts are the candidate's, and untrusted. */
static const char *show_exception(const struct tw_work *w,
                                  const struct tw_py_result *res)
{
    const char *type = plain_type(res->type), *text;
    if (res->text[0])
        text = tw_arena_textf(w->a, "%s: %.120s", type, res->text);
    else /* a copy: the load result lives no longer than the report */
        text = tw_arena_text(w->a, type, strlen(type));
    if (!text) /* judge_report() asks the arena */
        return "";
    return text;
}

/* A value of these types is opaque only when it is too large or too deep:
 * the line for people must say which of the two it is. */
static bool is_plain(const char *type)
{
    static const char *const plain[] = { "int", "str",  "list", "tuple",
                                         "set", "dict", "bytes" };
    for (size_t i = 0; i < TW_ARRAY_LEN(plain); i++)
        if (strcmp(type, plain[i]) == 0)
            return true;
    return false;
}

/* A generator or an object of a class cannot leave the jail; a list can, but
 * not one of a million items. */
static const char *show_opaque(const struct tw_work *w,
                               const struct tw_py_result *res)
{
    if (is_plain(res->type))
        return tw_arena_textf(w->a, "a value of type %s beyond the limits",
                              res->type);
    return tw_arena_textf(w->a, "a value of type %s", res->type);
}

/* The verdict on one case, from a value that came out of the jail.  The
 * expected value never went in: a candidate cannot know what we compare with.
 * *got: what came, for people. */
static enum tw_case_verdict compare(const struct tw_work *w,
                                    const struct tw_case *c,
                                    const struct tw_py_result *res,
                                    const char **got)
{
    *got = "";
    switch (res->outcome) {
    case TW_PY_VALUE:
        *got = tw_helper_show(res->value, SHOW_MAX, w->a);
        if (c->kind == TW_CASE_RAISES)
            return TW_CASE_WRONG;
        if (tw_judge_spoils(w, res)) {
            *got = tw_arena_textf(w->a, "%s and a changed argument", *got);
            return TW_CASE_WRONG;
        }
        if (c->kind == TW_CASE_HOLDS)
            return TW_CASE_PASS;
        if (!c->want) /* a vote that has no winner */
            return TW_CASE_WRONG;
        if (!tw_pyval_equal(res->value, c->want, c->tol))
            return TW_CASE_WRONG;
        return TW_CASE_PASS;
    case TW_PY_EXCEPTION:
        *got = show_exception(w, res);
        if (c->kind == TW_CASE_RAISES &&
            tw_py_exception_is(res->classes, c->want_error))
            return TW_CASE_PASS;
        return TW_CASE_THREW;
    case TW_PY_OPAQUE:
        *got = show_opaque(w, res);
        return TW_CASE_WRONG;
    case TW_PY_MISSING:
        return TW_CASE_LOST;
    }
    return TW_CASE_LOST;
}

/* A property must give True or False: anything else may be a slip, such as a
 * forgotten comparison. */
static bool is_true(const struct tw_py_result *res)
{
    return res->outcome == TW_PY_VALUE && res->value &&
           res->value->kind == TW_PYVAL_BOOL && res->value->b;
}

/* Which property, and whether it has a fault of its own: then the person who
 * wrote it must see that, and not only "a property fails". */
static const char *why_broken(const struct tw_work *w,
                              const struct tw_spec_oracle *o,
                              const struct tw_py_result *res)
{
    switch (res->outcome) {
    case TW_PY_VALUE:
        if (res->value && res->value->kind == TW_PYVAL_BOOL)
            return tw_arena_textf(w->a, "%.100s", o->that);
        return tw_arena_textf(w->a, "%.100s gives neither True nor False",
                              o->that);
    case TW_PY_EXCEPTION:
        return tw_arena_textf(w->a, "%.60s raises %.90s", o->that,
                              show_exception(w, res));
    case TW_PY_OPAQUE:
        return tw_arena_textf(w->a, "%.100s gives neither True nor False",
                              o->that);
    case TW_PY_MISSING:
        break;
    }
    return tw_arena_textf(w->a, "%.100s does not end in time", o->that);
}

/* Arguments with result and result2 behind them, as w->pool->names lists
 * them.  n: how many results; NULL: no memory. */
static struct tw_pyval **with_results(const struct tw_work *w,
                                      const struct tw_pyval *const *results,
                                      struct tw_pyval *const *args, size_t n)
{
    size_t np = w->call->n_params;
    struct tw_pyval **all =
        tw_arena_alloc(w->a, np + 2, sizeof(struct tw_pyval *));
    if (!all)
        return NULL;
    for (size_t i = 0; i < np; i++) {
        all[i] = args[i];
        if (!all[i])
            all[i] = tw_pyval_none(w->a);
    }
    for (size_t i = 0; i < n; i++)
        memcpy(&all[np + i], &results[i], sizeof(void *));
    return all;
}

/* One "that" for all cases that passed so far; other holds the results of the
 * changed calls, or is NULL.  The expression runs in a job without the
 * candidate: its result is data there, and cannot change what True is. */
static enum tw_status check_that(struct tw_work *w, struct tw_candidate *c,
                                 const struct tw_spec_oracle *o,
                                 const struct tw_py_result *res,
                                 const struct tw_py_result *other)
{
    size_t n = 0, n_cases = w->cases->n;
    size_t where[TW_CASE_ROOM];
    struct tw_py_call calls[TW_CASE_ROOM];
    for (size_t i = 0; i < n_cases; i++) {
        const struct tw_case *k = &w->cases->list[i];
        if (c->cases[i].verdict != TW_CASE_PASS || k->kind == TW_CASE_RAISES)
            continue;
        if (other && other[i].outcome != TW_PY_VALUE) {
            c->cases[i].verdict = TW_CASE_BROKE;
            continue;
        }
        const struct tw_pyval *results[2] = { res[i].value, NULL };
        size_t n_results = 1;
        if (other)
            results[n_results++] = other[i].value;
        struct tw_pyval **args = with_results(w, results, k->args, n_results);
        TW_TRY(tw_arena_check(w->a, "a test", w->err));
        calls[n] =
            (struct tw_py_call){ .expr = o->that,
                                 .names = w->pool->names,
                                 .args = args,
                                 .n_args = w->call->n_params + n_results };
        where[n++] = i;
    }
    struct tw_py_result *that;
    TW_TRY(tw_exprs_run(w->env->jail, w->a, calls, n, &that, w->err));
    for (size_t i = 0; i < n; i++)
        if (!is_true(&that[i])) {
            c->cases[where[i]].verdict = TW_CASE_BROKE;
            if (!c->broke)
                c->broke = why_broken(w, o, &that[i]);
        }
    return TW_OK;
}

/* Loss class of a program that did not do all it should: how its process
 * ended, and when it loaded badly, which exception that was. */
static void classify(struct tw_work *w, const struct tw_py_report *rep,
                     struct tw_candidate *c)
{
    const struct tw_py_result *load = &rep->load;
    const char *type = plain_type(load->type);
    switch (rep->jail.end) {
    case TW_END_TIMEOUT:
        c->loss = TW_LOSS_TIMEOUT;
        break;
    case TW_END_LIMIT:
    case TW_END_DENIED:
    case TW_END_SIGNAL:
        c->loss = TW_LOSS_LIMIT;
        break;
    case TW_END_HARNESS:
    case TW_END_UNSUPPORTED:
        c->loss = TW_LOSS_HARNESS;
        break;
    case TW_END_PASS:
    case TW_END_FAIL:
    case TW_END_ERROR:
        c->loss = TW_LOSS_RUNTIME;
        break;
    }
    bool threw = load->outcome == TW_PY_EXCEPTION;
    if (threw && strcmp(type, "SyntaxError") == 0)
        c->loss = TW_LOSS_SYNTAX;
    else if (threw && (strcmp(type, "ImportError") == 0 ||
                       strcmp(type, "ModuleNotFoundError") == 0))
        c->loss = TW_LOSS_IMPORT;
    bool ended = rep->jail.end == TW_END_PASS || rep->jail.end == TW_END_ERROR;
    if (threw)
        c->cause = show_exception(w, load);
    else if (ended) /* os._exit(0), or a forged record */
        c->cause = tw_arena_textf(w->a, "ended without an answer: %s",
                                  rep->jail.cause);
    else
        c->cause = tw_arena_textf(w->a, "%s", rep->jail.cause);
}

/* At most SHORT_MAX bytes, cut where a character begins: half a character
 * would make the report no UTF-8. */
static const char *shorten(const struct tw_work *w, const char *text)
{
    size_t n = strlen(text);
    if (n <= SHORT_MAX)
        return text;
    for (n = SHORT_MAX - 3; n && ((unsigned char)text[n] & 0xC0) == 0x80;)
        n--;
    const char *cut = tw_arena_textf(w->a, "%.*s...", (int)n, text);
    if (!cut)
        return "";
    return cut;
}

/* Counts, and the first case that did not pass as the cause: cases are in the
 * order of choice, so the first tells most. */
static void summarise(struct tw_work *w, const struct tw_py_report *rep,
                      struct tw_candidate *c)
{
    size_t first = TW_SPEC_NONE;
    for (size_t i = w->cases->n; i-- > 0;) {
        c->n_passed += c->cases[i].verdict == TW_CASE_PASS;
        if (c->cases[i].verdict != TW_CASE_PASS)
            first = i;
    }
    if (first == TW_SPEC_NONE) {
        c->loss = TW_LOSS_NONE;
        c->cause = "";
        return;
    }
    const struct tw_case_result *bad = &c->cases[first];
    const struct tw_case *k = &w->cases->list[first];
    if (bad->verdict == TW_CASE_LOST) {
        classify(w, rep, c);
        return;
    }
    c->loss = TW_LOSS_ASSERT;
    if (bad->verdict == TW_CASE_THREW)
        c->loss = TW_LOSS_RUNTIME;
    const char *call = shorten(w, k->call);
    if (bad->verdict == TW_CASE_BROKE && c->broke)
        c->cause = tw_arena_textf(w->a, "%s is %s: a property fails: %.160s",
                                  call, shorten(w, bad->got), c->broke);
    else if (bad->verdict == TW_CASE_BROKE)
        c->cause = tw_arena_textf(w->a, "%s is %s: a property fails", call,
                                  shorten(w, bad->got));
    else if (k->kind == TW_CASE_HOLDS)
        c->cause =
            tw_arena_textf(w->a, "%s gives %s", call, shorten(w, bad->got));
    else
        c->cause =
            tw_arena_textf(w->a, "%s gives %s instead of %s", call,
                           shorten(w, bad->got), shorten(w, k->want_text));
}

/* Changed arguments of a metamorphic oracle, from trusted expressions: they
 * run before the candidate, in a job of their own. */
static enum tw_status change_args(struct tw_work *w,
                                  const struct tw_spec_oracle *o,
                                  struct tw_pyval ***changed)
{
    size_t np = w->call->n_params, n = w->cases->n, k = 0;
    struct tw_py_call *calls = tw_arena_alloc(w->a, np * n + 1, sizeof(*calls));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < n; i++) {
        changed[i] = with_results(w, NULL, w->cases->list[i].args, 0);
        TW_TRY(tw_arena_check(w->a, "a test", w->err));
        for (size_t p = 0; p < np; p++)
            if (o->change[p])
                calls[k++] = (struct tw_py_call){ .expr = o->change[p],
                                                  .names = w->pool->names,
                                                  .args = changed[i],
                                                  .n_args = np };
    }
    struct tw_py_result *res;
    TW_TRY(tw_exprs_run(w->env->jail, w->a, calls, k, &res, w->err));
    k = 0;
    for (size_t i = 0; i < n; i++) {
        struct tw_pyval **out = with_results(w, NULL, changed[i], 0);
        TW_TRY(tw_arena_check(w->a, "a test", w->err));
        for (size_t p = 0; p < np; p++)
            if (o->change[p]) {
                if (res[k].outcome == TW_PY_VALUE)
                    out[p] = res[k].value;
                k++;
            }
        changed[i] = out;
    }
    return TW_OK;
}

/* A candidate gets the arguments only.  Trailing defaults are left to it, as
 * the call of the case leaves them. */
static void add_cases(const struct tw_work *w, struct job *job)
{
    for (size_t i = 0; i < w->cases->n; i++)
        job->calls[job->n++] =
            (struct tw_py_call){ .function = w->call->name,
                                 .args = w->cases->list[i].args,
                                 .n_args = w->cases->list[i].n_args };
}

/* All calls of one candidate, one start of the interpreter for them.  The
 * cases go first n_before times whose results are thrown away (select.c). */
static enum tw_status build_job(struct tw_work *w, struct job *job,
                                size_t n_before)
{
    size_t n = w->cases->n, n_meta = n_before;
    for (size_t k = 0; k < w->test->n_oracles; k++)
        n_meta += w->test->oracles[k].change != NULL;
    job->calls =
        tw_arena_alloc(w->a, n * (1 + n_meta) + 1, sizeof(*job->calls));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i <= n_before; i++)
        add_cases(w, job);
    for (size_t k = 0; k < w->test->n_oracles; k++) {
        struct tw_pyval **changed[TW_CASE_ROOM];
        if (!w->test->oracles[k].change)
            continue;
        TW_TRY(change_args(w, &w->test->oracles[k], changed));
        for (size_t i = 0; i < n; i++)
            job->calls[job->n++] =
                (struct tw_py_call){ .function = w->call->name,
                                     .args = changed[i],
                                     .n_args = w->cases->list[i].n_args };
    }
    return TW_OK;
}

/* From results to verdicts.  calls: results of the cases that count, then of
 * the changed calls, n for each metamorphic oracle in order. */
static enum tw_status judge_report(struct tw_work *w,
                                   const struct tw_py_report *rep,
                                   const struct tw_py_result *calls,
                                   struct tw_candidate *c)
{
    size_t n = w->cases->n, meta = n;
    TW_TRY(tw_judge_in_place(w, calls, n));
    c->loaded = rep->load.outcome == TW_PY_VALUE;
    for (size_t i = 0; i < n; i++)
        if (c->loaded)
            c->cases[i].verdict =
                compare(w, &w->cases->list[i], &calls[i], &c->cases[i].got);
        else
            c->cases[i].verdict = TW_CASE_NOT_RUN;
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    if (!c->loaded) {
        classify(w, rep, c);
        return TW_OK;
    }
    for (size_t k = 0; k < w->test->n_oracles; k++) {
        const struct tw_spec_oracle *o = &w->test->oracles[k];
        if (!o->that)
            continue;
        const struct tw_py_result *other = NULL;
        if (o->change) {
            other = calls + meta;
            meta += n;
        }
        TW_TRY(check_that(w, c, o, calls, other));
    }
    summarise(w, rep, c);
    return tw_arena_check(w->a, "a test", w->err);
}

/* One job holds one candidate: what it leaves behind in the interpreter cannot
 * reach the next.  c->code is not looked at, since variants are judged too. */
enum tw_status tw_judge_program(struct tw_work *w, const char *code,
                                size_t n_before, struct tw_candidate *c)
{
    struct job job = { 0 };
    c->cases = tw_arena_alloc(w->a, w->cases->n + 1, sizeof(*c->cases));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < w->cases->n; i++)
        c->cases[i].got = "";
    TW_TRY(build_job(w, &job, n_before));
    struct tw_py_report rep;
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    struct tw_py_job j = { .source = code,
                           .source_len = strlen(code),
                           .files = w->files,
                           .n_files = w->n_files,
                           .calls = job.calls,
                           .n_calls = job.n,
                           .limits = tw_judge_limits(w) };
    /* More calls may take more time. */
    j.limits.wall_s *= (double)(1 + n_before);
    j.limits.cpu_s *= (double)(1 + n_before);
    enum tw_status st = tw_py_run(w->env->jail, &j, w->a, &rep, w->err);
    if (st == TW_OK) {
        c->n_passed = 0;
        c->wall_ms = rep.jail.wall_ms;
        st = judge_report(w, &rep, rep.calls + n_before * w->cases->n, c);
    }
    tw_jail_result_release(&rep.jail);
    return st;
}

/* Passes here and not there: the first such case, as a line for people. */
static const char *other_case(const struct tw_work *w,
                              const struct tw_candidate *c,
                              const struct tw_py_report *rep)
{
    for (size_t i = 0; i < w->cases->n; i++) {
        const struct tw_case *k = &w->cases->list[i];
        const char *got;
        enum tw_case_verdict v = compare(w, k, &rep->calls[i], &got);
        /* A property holds for many values; a set is shown in any order. */
        bool same = k->kind != TW_CASE_HOLDS || strchr(got, '{') ||
                    strcmp(got, c->cases[i].got) == 0;
        if (c->cases[i].verdict == TW_CASE_PASS && (v != TW_CASE_PASS || !same))
            return tw_arena_textf(
                w->a,
                "with another folder, user, host name and time zone %s gives "
                "%s instead of %s",
                shorten(w, k->call), shorten(w, got),
                shorten(w, c->cases[i].got));
    }
    return NULL;
}

static bool is_complete(const struct tw_py_job *job,
                        const struct tw_py_report *rep)
{
    for (size_t i = 0; i < job->n_calls; i++)
        if (rep->calls[i].outcome == TW_PY_MISSING)
            return false;
    return true;
}

/* The cases in a run that is watched; *rep: what of it is in the arena.  They
 * all have had an answer before: where one is missing now the machine may be to
 * blame, so once more, with more time. */
static enum tw_status watch(struct tw_work *w, const struct tw_py_job *job,
                            bool elsewhere, struct tw_py_report *rep)
{
    struct tw_py_job j = *job;
    enum tw_status st = TW_OK;

    j.elsewhere = elsewhere;
    for (int i = 0; i < WATCH_TRIES; i++) {
        j.limits.wall_s *= 2.0;
        j.limits.cpu_s *= 2.0;
        memset(rep, 0, sizeof(*rep));
        tw_jail_result_init(&rep->jail);
        st = tw_py_run(w->env->jail, &j, w->a, rep, w->err);
        tw_jail_result_release(&rep->jail);
        if (st != TW_OK || is_complete(&j, rep))
            break;
    }
    return st;
}

static const char *or_nothing(const char *events)
{
    if (!events)
        return "nothing";
    return events;
}

/* What was opened may be done, but the same here and there. */
static const char *other_events(const struct tw_work *w,
                                const struct tw_py_report *here,
                                const struct tw_py_report *there)
{
    const char *a = or_nothing(here->events), *b = or_nothing(there->events);

    if (strcmp(a, b) == 0)
        return NULL;
    return tw_arena_textf(w->a, "does %s in the jail, and elsewhere %s",
                          shorten(w, a), shorten(w, b));
}

/* The same cases in a run that is watched and has no marks of the jail.  Where
 * modules were opened one more, with the marks, to compare. */
enum tw_status tw_judge_elsewhere(struct tw_work *w,
                                  const struct tw_candidate *c,
                                  const char *const *opened, size_t n_opened,
                                  const char **reason)
{
    struct job job = { 0 };
    struct tw_py_report there, here;

    *reason = NULL;
    job.calls = tw_arena_alloc(w->a, w->cases->n + 1, sizeof(*job.calls));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    add_cases(w, &job);
    const struct tw_py_job j = { .source = c->code,
                                 .source_len = strlen(c->code),
                                 .calls = job.calls,
                                 .n_calls = job.n,
                                 .limits = tw_judge_limits(w),
                                 .watched = true,
                                 .opened = opened,
                                 .n_opened = n_opened };
    TW_TRY(watch(w, &j, true, &there));
    if (there.reached.type[0])
        *reason = tw_arena_textf(
            w->a, "line %d reaches for %s when it runs: %s", there.reached.line,
            there.reached.type, there.reached.text);
    else
        *reason = other_case(w, c, &there);
    if (n_opened && !*reason) {
        TW_TRY(watch(w, &j, false, &here));
        *reason = other_events(w, &here, &there);
    }
    return tw_arena_check(w->a, "a test", w->err);
}

/* What did not compile needs no job, and what is not handed out neither. */
enum tw_status tw_judge_candidate(struct tw_work *w, struct tw_candidate *c)
{
    if (!c->code[0] || c->loss == TW_LOSS_NO_ENTRY ||
        c->loss == TW_LOSS_SYNTAX || c->loss == TW_LOSS_REACH)
        return TW_OK;
    return tw_judge_program(w, c->code, 0, c);
}

/* The arrays are shared: nobody changes them later. */
void tw_judge_share(struct tw_candidate *c, const struct tw_candidate *from)
{
    c->loss = from->loss;
    c->cause = from->cause;
    c->loaded = from->loaded;
    c->opened = from->opened;
    c->cases = from->cases;
    c->n_passed = from->n_passed;
}
