/*
 * audit_texts.c - the texts of a specification, checked by audit.py: all in one
 * job, since starting Python costs more than all the parsing.
 */
#include <string.h>

#include "base/size.h"
#include "cases/audit.h"
#include "python/helper.h"
#include "python/pyrun.h"

#include "base/banned.h"

extern const char tw_audit_py[];

/* Of one specification: 1,000 tests may have 64 oracles with 200 cases each,
 * but no file of 4 MiB holds so many texts. */
enum { TEXTS_MAX = 200000, JOB_TEXTS = 500 };

/* One text to check: the call of the helper, where it stands, whose it is. */
struct text {
    struct tw_spec_pos pos;
    struct tw_spec_test *test;
};

struct list {
    struct tw_arena *a;
    struct tw_py_call *calls; /* (cap) */
    struct text *texts;       /* (cap), of the same number */
    size_t n, cap;
};

static size_t count_texts(const struct tw_spec *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_tests; i++) {
        const struct tw_spec_test *t = &s->tests[i];
        n += 2; /* call, require */
        for (size_t k = 0; k < t->n_oracles; k++)
            n += 2 + t->call.n_params + t->oracles[k].n_cases;
    }
    return n;
}

/* tw_audit(kind, args): what is NULL could not be read and was told. */
static void add(struct list *l, struct tw_spec_test *test,
                struct tw_spec_pos pos, const char *kind, struct tw_pyval *args)
{
    struct tw_pyval **pair = tw_arena_alloc(l->a, 2, sizeof(struct tw_pyval *));

    if (!pair || !args || l->n == l->cap)
        return;
    pair[0] = tw_helper_str(l->a, kind);
    pair[1] = args;
    l->texts[l->n] = (struct text){ pos, test };
    l->calls[l->n++] = (struct tw_py_call){ .function = "tw_audit",
                                            .args = pair,
                                            .n_args = 2 };
}

static struct tw_pyval *list_of(struct tw_arena *a, struct tw_pyval *first,
                                struct tw_pyval *second, struct tw_pyval *third)
{
    struct tw_pyval *given[] = { first, second, third };
    struct tw_pyval **items =
        tw_arena_alloc(a, TW_ARRAY_LEN(given), sizeof(*items));
    size_t n = 0;

    while (items && n < TW_ARRAY_LEN(given) && given[n]) {
        items[n] = given[n];
        n++;
    }
    if (!items)
        return NULL;
    return tw_pyval_list(a, items, n);
}

/* Names that an expression of the test may use; None where the call is broken
 * and none can be judged. */
static struct tw_pyval *known_names(struct list *l,
                                    const struct tw_spec_test *t,
                                    size_t n_results)
{
    static const char *const results[] = { "result", "result2" };
    const char *names[TW_SPEC_PARAM_MAX + 2];
    size_t n = 0;

    if (!t->call.name)
        return tw_pyval_none(l->a);
    for (size_t i = 0; i < t->call.n_params; i++)
        names[n++] = t->call.params[i].name;
    for (size_t i = 0; i < n_results; i++)
        names[n++] = results[i];
    return tw_helper_strs(l->a, names, n);
}

static void add_expr(struct list *l, struct tw_spec_test *t,
                     struct tw_spec_pos pos, const char *text, size_t n_results)
{
    if (text)
        add(l, t, pos, "expr",
            list_of(l->a, tw_helper_str(l->a, text),
                    known_names(l, t, n_results), NULL));
}

/* [[name, default], ...] of the parameters that have one, or of all with None
 * where there is none: what tw_asserts() binds arguments by. */
static struct tw_pyval *params_of(struct list *l, const struct tw_spec_call *c,
                                  bool all)
{
    struct tw_pyval **rows =
        tw_arena_alloc(l->a, c->n_params + 1, sizeof(*rows));
    size_t n = 0;

    for (size_t i = 0; rows && i < c->n_params; i++) {
        const struct tw_spec_param *p = &c->params[i];
        struct tw_pyval *value = tw_pyval_none(l->a);
        if (!p->fallback && !all)
            continue;
        if (p->fallback)
            value = tw_helper_str(l->a, p->fallback);
        rows[n++] = list_of(l->a, tw_helper_str(l->a, p->name), value, NULL);
    }
    if (!rows)
        return NULL;
    return tw_pyval_list(l->a, rows, n);
}

static void add_cases(struct list *l, struct tw_spec_test *t,
                      const struct tw_spec_oracle *o)
{
    if (!t->call.name)
        return;
    for (size_t i = 0; i < o->n_cases; i++)
        add(l, t, o->case_pos[i], "case",
            list_of(l->a, tw_helper_str(l->a, o->cases[i]),
                    tw_helper_str(l->a, t->call.name),
                    params_of(l, &t->call, true)));
}

static void add_oracle(struct list *l, struct tw_spec_test *t,
                       const struct tw_spec_oracle *o)
{
    size_t n_results = 1;

    if (o->kind == TW_SPEC_ORACLE_METAMORPHIC)
        n_results = 2;

    if (o->kind == TW_SPEC_ORACLE_EXPR)
        add_expr(l, t, o->text_pos, o->expect, 0);
    if (o->kind == TW_SPEC_ORACLE_ERROR && o->expect)
        add(l, t, o->text_pos, "error",
            list_of(l->a, tw_helper_str(l->a, o->expect), NULL, NULL));
    if (o->code)
        add(l, t, o->text_pos, "code",
            list_of(l->a, tw_helper_str(l->a, o->code),
                    tw_helper_str(l->a, o->function), NULL));
    add_expr(l, t, o->text_pos, o->that, n_results);
    for (size_t i = 0; o->change && i < t->call.n_params; i++)
        add_expr(l, t, o->change_pos[i], o->change[i], 0);
    add_cases(l, t, o);
}

static void add_test(struct list *l, const struct tw_spec *s,
                     struct tw_spec_test *t)
{
    if (t->call.name)
        add(l, t, t->call_pos, "call",
            list_of(l->a, tw_helper_str(l->a, t->call.text),
                    params_of(l, &t->call, false),
                    tw_pyval_bool(l->a, s->n_code > 0)));
    add_expr(l, t, t->require_pos, t->require, 0);
    for (size_t i = 0; i < t->n_oracles; i++)
        add_oracle(l, t, &t->oracles[i]);
}

/* Lines of one reply.  No reply at all: the text took the helper's time or
 * memory, and would take them in a run. */
static enum tw_status take_reply(const struct text *text,
                                 const struct tw_py_result *reply,
                                 struct tw_arena *a,
                                 struct tw_spec_findings *found)
{
    if (reply->outcome != TW_PY_VALUE) {
        text->test->broken = true;
        return tw_spec_found(found, TW_SPEC_ERROR, text->pos,
                             "the text here cannot be checked: %.60s %.100s",
                             reply->type, reply->text);
    }
    for (size_t i = 0; i < reply->value->n_items; i++) {
        text->test->broken = true;
        TW_TRY(
            tw_spec_found(found, TW_SPEC_ERROR, text->pos, "%s",
                          tw_helper_text(tw_helper_item(reply->value, i), a)));
    }
    return TW_OK;
}

enum tw_status tw_audit_texts(struct tw_jail *jail, struct tw_spec *s,
                              struct tw_arena *a,
                              struct tw_spec_findings *found,
                              struct tw_err *err)
{
    struct list l = { .a = a, .cap = count_texts(s) };
    struct tw_py_result *replies;

    if (!l.cap)
        return TW_OK;
    if (l.cap > TEXTS_MAX)
        return tw_spec_found(found, TW_SPEC_ERROR,
                             (struct tw_spec_pos){ s->path, 1, 1 },
                             "more than %d expressions and cases", TEXTS_MAX);
    l.calls = tw_arena_alloc(a, l.cap, sizeof(*l.calls));
    l.texts = tw_arena_alloc(a, l.cap, sizeof(*l.texts));
    TW_TRY(tw_arena_check(a, "the check", err));
    for (size_t i = 0; i < s->n_tests; i++)
        add_test(&l, s, &s->tests[i]);
    TW_TRY(tw_arena_check(a, "the check", err));
    for (size_t first = 0; first < l.n;) {
        size_t n = tw_size_min(l.n - first, JOB_TEXTS), i = 0;
        TW_TRY(tw_helper_run(jail, a, tw_audit_py, l.calls + first, n, &replies,
                             err));
        bool missing = false;
        for (; i < n && !missing; i++) {
            missing = replies[i].outcome == TW_PY_MISSING;
            TW_TRY(take_reply(&l.texts[first + i], &replies[i], a, found));
        }
        first += i; /* behind one that ended the job comes another job */
    }
    return TW_OK;
}
