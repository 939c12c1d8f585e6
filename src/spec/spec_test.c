/*
 * spec_test.c - one [[test]]: call, inputs, sample, acceptance.
 *
 * The order of reading is that of need: the call names the parameters, inputs
 * and oracles refer to them, and whether anything gives inputs at all is known
 * last.  Names that nobody knows are answered with the nearest known one.
 */
#include "base/hash.h"
#include "spec/spec_priv.h"

#include "base/file.h"

#include <string.h>

#include "base/banned.h"

enum { VALUES_MAX = 1000, SAMPLE_MAX = 10000 };

/* Names of parameters, NULL-ended, for suggestions.  NULL: no memory, and the
 * message goes without one. */
static const char *const *param_names(const struct tw_spec_reader *r,
                                      const struct tw_spec_call *c)
{
    const char **names = tw_arena_alloc(r->a, c->n_params + 1, sizeof(*names));
    for (size_t i = 0; names && i < c->n_params; i++)
        names[i] = c->params[i].name;
    return names;
}

/* known: NULL-ended; NULL where there was no memory for it, which the caller's
 * next allocation will tell. */
static enum tw_status unknown_name(const struct tw_spec_reader *r,
                                   const struct tw_toml *at, const char *what,
                                   const char *name, const char *const *known)
{
    const char *near = NULL;
    if (known)
        near = tw_toml_nearest(name, known);
    if (near)
        return tw_spec_fail(r, at, "unknown %s '%.60s', did you mean '%.60s'?",
                            what, name, near);
    return tw_spec_fail(r, at, "unknown %s '%.60s'", what, name);
}

/* { value = 36.0 } or { values = [36.0, 48.0] }: each call takes one of them.
 * A list parameter has a list as one value. */
static enum tw_status read_values(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  struct tw_spec_param *p)
{
    const struct tw_toml *value = tw_toml_get(t, "value");
    const struct tw_toml *values = tw_toml_get(t, "values");
    if (values && (values->kind != TW_TOML_ARRAY || !values->n_children ||
                   values->n_children > VALUES_MAX))
        return tw_spec_fail(r, values,
                            "'values' must be an array of 1 to %d values",
                            VALUES_MAX);
    const struct tw_toml *e = value;
    size_t n = 1;
    if (values) {
        e = values->first;
        n = values->n_children;
    }
    p->input.values = tw_arena_alloc(r->a, n, sizeof(void *));
    if (!p->input.values)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < n; i++, e = e->next) {
        if (!tw_spec_value_fits(e, &p->type))
            TW_NOTE(r,
                    tw_spec_fail(r, e, "a value of '%s' is %s, not %s", p->name,
                                 tw_toml_kind_name(e->kind), p->type.text));
        p->input.values[p->input.n_values++] = e;
    }
    p->input.kind = TW_SPEC_INPUT_VALUES;
    return TW_OK;
}

/* By the name that the person gave; the label is the program's. */
static enum tw_status find_data(const struct tw_spec_reader *r,
                                const struct tw_spec *s,
                                const struct tw_toml *at, const char *name,
                                size_t *index)
{
    const char **names = tw_arena_alloc(r->a, s->n_data + 1, sizeof(*names));
    if (!names)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < s->n_data; i++) {
        names[i] = s->data[i]->name;
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return TW_OK;
        }
    }
    return unknown_name(r, at, "data", name, names);
}

/* Known already when the data set lists its counters: then a slip is told
 * without a look into files that may be large or on another machine. */
static enum tw_status check_counter(const struct tw_spec_reader *r,
                                    const struct tw_spec_data *d,
                                    const struct tw_toml *at, const char *name)
{
    const struct tw_trial_config *c = &d->trial;
    if (!c->n_counters)
        return TW_OK;
    const char **names =
        tw_arena_alloc(r->a, c->n_counters + 1, sizeof(*names));
    if (!names)
        return tw_spec_nomem(r);
    for (size_t i = 0; i < c->n_counters; i++) {
        names[i] = c->counters[i].name;
        if (strcmp(names[i], name) == 0)
            return TW_OK;
    }
    return unknown_name(r, at, "counter", name, names);
}

/* A parameter takes its values from a counter: a window of it where it is a
 * list, single samples otherwise.  Text has no counters. */
static enum tw_status read_counter_input(const struct tw_spec_reader *r,
                                         struct tw_spec *s,
                                         const struct tw_toml *t,
                                         struct tw_spec_param *p)
{
    const char *data, *file;
    TW_NOTE(r, tw_toml_text(t, "data", NULL, &data, r->err));
    TW_NOTE(r, tw_toml_text(t, "file", NULL, &file, r->err));
    TW_NOTE(r, tw_toml_text(t, "counter", NULL, &p->input.counter, r->err));
    if (!p->input.counter || (data != NULL) == (file != NULL))
        return tw_spec_fail(r, t,
                            "input '%s' must be { data, counter }, "
                            "{ file, counter }, { value } or { values }",
                            p->name);
    if (p->type.scalar == TW_SPEC_STR || p->type.scalar == TW_SPEC_ANY)
        return tw_spec_fail(r, t,
                            "a counter cannot fill parameter '%s' of type "
                            "'%.40s'",
                            p->name, p->type.text);
    if (data)
        TW_TRY(find_data(r, s, tw_toml_get(t, "data"), data, &p->input.data));
    else
        TW_TRY(tw_spec_add_file_data(r, s, tw_toml_get(t, "file"), file,
                                     &p->input.data));
    p->input.kind = TW_SPEC_INPUT_COUNTER;
    const struct tw_toml *at = tw_toml_get(t, "counter");
    p->input.pos = tw_spec_pos_of(r, at);
    return check_counter(r, s->data[p->input.data], at, p->input.counter);
}

/* One entry of [test.inputs]: the name is a parameter's. */
static enum tw_status read_input(const struct tw_spec_reader *r,
                                 struct tw_spec *s, const struct tw_toml *t,
                                 struct tw_spec_call *c)
{
    static const char *const keys[] = { "data",  "file",   "counter",
                                        "value", "values", NULL };
    size_t i = 0;
    while (i < c->n_params && strcmp(c->params[i].name, t->key) != 0)
        i++;
    if (i == c->n_params)
        return unknown_name(r, t, "parameter", t->key, param_names(r, c));
    struct tw_spec_param *p = &c->params[i];
    p->input.pos = tw_spec_pos_of(r, t);
    if (t->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, t, "input '%s' must be a table", p->name);
    TW_TRY(tw_spec_known(r, t, "an input", keys));
    bool value = tw_toml_get(t, "value") != NULL;
    bool values = tw_toml_get(t, "values") != NULL;
    if (!value && !values)
        return read_counter_input(r, s, t, p);
    if (t->n_children != 1)
        return tw_spec_fail(r, t, "input '%s' mixes a value with others",
                            p->name);
    return read_values(r, t, p);
}

/* All or none: where one parameter has an entry, each one without a default
 * needs one, or no call could be made. */
static enum tw_status read_inputs(const struct tw_spec_reader *r,
                                  struct tw_spec *s, const struct tw_toml *t,
                                  struct tw_spec_call *c)
{
    const struct tw_toml *inputs;
    TW_TRY(tw_spec_table(r, t, "inputs", &inputs));
    if (!inputs || !c->name) /* without a call no name is known */
        return TW_OK;
    for (const struct tw_toml *e = inputs->first; e; e = e->next)
        TW_NOTE(r, read_input(r, s, e, c));
    for (size_t i = 0; i < c->n_params; i++)
        if (c->params[i].input.kind == TW_SPEC_INPUT_NONE &&
            !c->params[i].fallback &&
            tw_spec_is_absent(inputs, c->params[i].name))
            TW_NOTE(r, tw_spec_fail(r, inputs,
                                    "parameter '%s' has no entry in "
                                    "[test.inputs]",
                                    c->params[i].name));
    return TW_OK;
}

/* Clusters are numbered: how many there are, only the data know. */
static enum tw_status check_cluster(const struct tw_spec_reader *r,
                                    const struct tw_toml *at, const char *name)
{
    size_t n = strspn(name, "0123456789");
    if (n && n < 10 && !name[n])
        return TW_OK;
    return tw_spec_fail(r, at, "'%.60s' is no number of a cluster", name);
}

/* A table says where in the data the generator draws: around a cluster, or
 * between two. */
static enum tw_status read_synthetic(const struct tw_spec_reader *r,
                                     const struct tw_toml *v,
                                     struct tw_spec_sample *sample)
{
    static const char *const keys[] = { "count", "model", "between", "cluster",
                                        NULL };
    if (v->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, v, "'synthetic' must be a count or a table");
    TW_TRY(tw_spec_known(r, v, "'synthetic'", keys));
    TW_NOTE(r,
            tw_spec_int(r, v, "count", 10, 0, SAMPLE_MAX, &sample->synthetic));
    TW_NOTE(r, tw_toml_text(v, "model", NULL, &sample->model, r->err));
    if (sample->model) {
        sample->model = tw_file_join(r->a, r->dir, sample->model);
        if (!sample->model)
            return tw_spec_nomem(r);
    }
    TW_NOTE(r, tw_toml_text(v, "cluster", NULL, &sample->cluster, r->err));
    const char **between;
    size_t n;
    TW_NOTE(r, tw_spec_texts(r, v, "between", &between, &n));
    const struct tw_toml *at = tw_toml_get(v, "between");
    if (n != 0 && n != 2)
        return tw_spec_fail(r, at, "'between' must name two clusters");
    if (n && sample->cluster)
        return tw_spec_fail(r, at,
                            "'synthetic' has both 'cluster' and 'between'");
    for (size_t i = 0; i < n; i++) {
        sample->between[i] = between[i];
        TW_NOTE(r, check_cluster(r, at, between[i]));
    }
    if (sample->cluster)
        return check_cluster(r, tw_toml_get(v, "cluster"), sample->cluster);
    return TW_OK;
}

/* How many inputs of which origin.  -1 is "not said" and differs from 0, which
 * switches an origin off. */
static enum tw_status read_sample(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  struct tw_spec_sample *sample)
{
    static const char *const keys[] = { "recorded", "synthetic", "edge", "seed",
                                        NULL };
    static const char *const edges[] = { "empty", "single",   "all-zero", "min",
                                         "max",   "boundary", NULL };
    sample->recorded = -1;
    sample->synthetic = -1;
    const struct tw_toml *v;
    TW_TRY(tw_spec_table(r, t, "sample", &v));
    if (!v)
        return TW_OK;
    TW_TRY(tw_spec_known(r, v, "[test.sample]", keys));
    TW_NOTE(
        r, tw_spec_int(r, v, "recorded", -1, 0, SAMPLE_MAX, &sample->recorded));
    const struct tw_toml *synthetic = tw_toml_get(v, "synthetic");
    if (synthetic && synthetic->kind != TW_TOML_INT)
        TW_NOTE(r, read_synthetic(r, synthetic, sample));
    else
        TW_NOTE(r, tw_spec_int(r, v, "synthetic", -1, 0, SAMPLE_MAX,
                               &sample->synthetic));
    int64_t seed;
    TW_NOTE(r, tw_spec_int(r, v, "seed", 0, 0, INT64_MAX, &seed));
    sample->seed = (uint64_t)seed;
    const struct tw_toml *edge = tw_toml_get(v, "edge");
    sample->edge_given = edge != NULL;
    TW_NOTE(r, tw_spec_texts(r, v, "edge", &sample->edge, &sample->n_edge));
    for (size_t i = 0; i < sample->n_edge; i++) {
        size_t k = 0;
        while (edges[k] && strcmp(edges[k], sample->edge[i]) != 0)
            k++;
        if (!edges[k])
            TW_NOTE(
                r, unknown_name(r, edge, "edge input", sample->edge[i], edges));
    }
    return TW_OK;
}

/* When an answer counts as accepted. */
static enum tw_status read_accept(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  struct tw_spec_accept *accept)
{
    static const char *const keys[] = { "tcer", "repeat", "mutants_killed",
                                        "timeout", NULL };
    const struct tw_toml *v;
    TW_TRY(tw_spec_table(r, t, "accept", &v));
    if (v)
        TW_TRY(tw_spec_known(r, v, "[test.accept]", keys));
    int64_t repeat;
    TW_NOTE(r, tw_spec_number(r, v, "tcer", 1.0, 0.0, 1.0, &accept->tcer));
    TW_NOTE(r, tw_spec_int(r, v, "repeat", 3, 1, 100, &repeat));
    TW_NOTE(r, tw_spec_number(r, v, "mutants_killed", 0.0, 0.0, 1.0,
                              &accept->mutants_killed));
    TW_NOTE(r, tw_spec_duration(r, v, "timeout", 10.0, &accept->timeout_s));
    accept->repeat = (unsigned)repeat;
    return TW_OK;
}

/* Who reads the place of an expression shows the expression, not its key. */
static struct tw_spec_pos pos_of_key(const struct tw_spec_reader *r,
                                     const struct tw_toml *t, const char *key)
{
    const struct tw_toml *v = tw_toml_get(t, key);
    if (!v)
        v = t;
    return tw_spec_pos_of(r, v);
}

/* The id becomes "" where it is wrong, so that nothing else trips over it: no
 * script and no step of the journal is ever named after it. */
static enum tw_status check_id(const struct tw_spec_reader *r,
                               const struct tw_toml *t,
                               struct tw_spec_test *test)
{
    const struct tw_toml *at = tw_toml_get(t, "id");
    if (!at && tw_spec_is_absent(t, "id"))
        return tw_spec_fail(r, t, "a test lacks its 'id'");
    if (!at || at->kind != TW_TOML_STRING || tw_spec_is_id(test->id))
        return TW_OK;
    test->id = "";
    return tw_spec_fail(r, at,
                        "'id' must be 1 to 64 characters of "
                        "A-Z a-z 0-9 . _ -");
}

/* The model reads it, so an empty one is no small matter: there would be
 * nothing to write a function from. */
static enum tw_status check_description(const struct tw_spec_reader *r,
                                        const struct tw_toml *t,
                                        const struct tw_spec_test *test)
{
    enum { LENGTH_MAX = 20000 };
    const struct tw_toml *at = tw_toml_get(t, "description");
    bool blank = !test->description[strspn(test->description, " \t\r\n")];
    if (at && at->kind != TW_TOML_STRING)
        return TW_OK; /* said already */
    if (blank && (at || tw_spec_is_absent(t, "description")))
        return tw_spec_fail(r, t, "test '%s' lacks a 'description'", test->id);
    if (strlen(test->description) > LENGTH_MAX)
        return tw_spec_fail(r, t,
                            "the description of '%s' is longer than "
                            "%d bytes",
                            test->id, LENGTH_MAX);
    return TW_OK;
}

/* An expression as all others: bounded, and not blank. */
static enum tw_status check_require(const struct tw_spec_reader *r,
                                    const struct tw_toml *t,
                                    struct tw_spec_test *test)
{
    test->require_pos = pos_of_key(r, t, "require");
    if (!tw_toml_get(t, "require"))
        return TW_OK;
    test->require = NULL;
    return tw_spec_expr(r, t, "require", &test->require);
}

/* What may be an input: what was seen, or all that the types allow. */
static enum tw_status read_domain(const struct tw_spec_reader *r,
                                  const struct tw_toml *t,
                                  struct tw_spec_test *test)
{
    const char *text;

    TW_TRY(tw_toml_text(t, "domain", "seen", &text, r->err));
    test->any_domain = strcmp(text, "any") == 0;
    if (!test->any_domain && strcmp(text, "seen") != 0)
        return tw_spec_fail(r, tw_toml_get(t, "domain"),
                            "'domain' is \"seen\" or \"any\"");
    return TW_OK;
}

/* Id, texts, and what ties the test to requirements. */
static enum tw_status read_heading(const struct tw_spec_reader *r,
                                   const struct tw_toml *t,
                                   struct tw_spec_test *test)
{
    TW_NOTE(r, tw_toml_text(t, "id", "", &test->id, r->err));
    TW_NOTE(r, check_id(r, t, test));
    TW_NOTE(r, tw_toml_text(t, "title", test->id, &test->title, r->err));
    TW_NOTE(r, tw_spec_texts(r, t, "requirement", &test->requirement,
                             &test->n_requirement));
    TW_NOTE(r, tw_toml_text(t, "priority", "", &test->priority, r->err));
    TW_NOTE(r, tw_spec_texts(r, t, "tags", &test->tags, &test->n_tags));
    TW_NOTE(r, tw_toml_text(t, "description", "", &test->description, r->err));
    TW_NOTE(r, check_description(r, t, test));
    TW_NOTE(r, check_require(r, t, test));
    TW_NOTE(r, read_domain(r, t, test));
    TW_NOTE(r, tw_toml_bool(t, "in_place", false, &test->in_place, r->err));
    return TW_OK;
}

/* call.c knows no place in a file: its reason is put behind that of 'call'. */
static enum tw_status read_call(const struct tw_spec_reader *r,
                                const struct tw_toml *t,
                                struct tw_spec_call *call)
{
    const char *text;
    TW_NOTE(r, tw_toml_text(t, "call", NULL, &text, r->err));
    if (!text && !tw_spec_is_absent(t, "call"))
        return TW_OK; /* said already */
    if (!text)
        return tw_spec_fail(r, t, "a test lacks its 'call'");
    struct tw_err why = { 0 };
    enum tw_status st = tw_spec_call_parse(call, r->a, text, &why);
    if (st != TW_OK)
        memset(call, 0, sizeof(*call)); /* half a call is none */
    if (st == TW_EFORMAT || st == TW_ELIMIT)
        return tw_spec_fail(r, tw_toml_get(t, "call"), "%.150s", why.msg);
    if (st != TW_OK)
        return tw_spec_nomem(r);
    return TW_OK;
}

/* "os" or "os.path": each part a name of Python. */
static bool is_dotted(const char *name)
{
    for (;;) {
        size_t n = strcspn(name, ".");
        if (!tw_spec_is_identifier(name, n))
            return false;
        if (!name[n])
            return true;
        name += n + 1;
    }
}

/* What is opened stands there by name: a slip must not close it in silence. */
enum tw_status tw_spec_read_allow(const struct tw_spec_reader *r,
                                  const struct tw_toml *t, const char ***names,
                                  size_t *n)
{
    TW_TRY(tw_spec_texts(r, t, "allow", names, n));
    for (size_t i = 0; i < *n; i++)
        if (!is_dotted((*names)[i]))
            return tw_spec_fail(r, tw_toml_get(t, "allow"),
                                "'allow' holds names such as \"random\" or "
                                "\"os.path\", not '%.60s'",
                                (*names)[i]);
    return TW_OK;
}

/* Something must give inputs: data, or written cases.  A test without both
 * would be drawn no case from, which only a run would show. */
static enum tw_status check_sources(const struct tw_spec_reader *r,
                                    const struct tw_toml *t,
                                    const struct tw_spec_test *test)
{
    if (tw_toml_get(t, "inputs") || test->call.n_params == 0)
        return TW_OK;
    if (!tw_spec_is_absent(t, "inputs") || !tw_spec_is_absent(t, "oracle"))
        return TW_OK; /* said already */
    for (size_t i = 0; i < test->n_oracles; i++) {
        enum tw_spec_oracle_kind kind = test->oracles[i].kind;
        if (kind == TW_SPEC_ORACLE_EXAMPLE || kind == TW_SPEC_ORACLE_ASSERT ||
            kind == TW_SPEC_ORACLE_ERROR)
            return TW_OK;
    }
    return tw_spec_fail(r, t, "test '%s' has neither inputs nor cases",
                        test->id);
}

/* A reference that is a file belongs to the test as if it stood there: who
 * changes the file changes what is right, and a result that was kept under the
 * old fingerprint is not taken for this test's. */
static void add_references(struct tw_spec_test *test)
{
    for (size_t i = 0; i < test->n_oracles; i++) {
        struct tw_hash h;
        if (!test->oracles[i].code)
            continue;
        tw_hash_init(&h);
        tw_hash_adds(&h, test->sha256);
        tw_hash_adds(&h, test->oracles[i].code);
        tw_hash_hex(&h, test->sha256);
    }
}

/* A description is asked for before the call: people begin with it. */
enum tw_status tw_spec_read_test(const struct tw_spec_reader *r,
                                 struct tw_spec *s, const struct tw_toml *t,
                                 struct tw_spec_test *test)
{
    static const char *const keys[] = {
        "id",     "title",   "requirement", "priority", "tags",   "description",
        "call",   "require", "domain",      "inputs",   "sample", "oracle",
        "accept", "allow",   "in_place",    NULL
    };
    if (t->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, t, "'test' must be tables: [[test]]");
    test->call_pos = pos_of_key(r, t, "call");
    TW_TRY(tw_spec_known(r, t, "[[test]]", keys));
    TW_NOTE(r, read_heading(r, t, test));
    TW_NOTE(r, read_call(r, t, &test->call));
    TW_NOTE(r, read_inputs(r, s, t, &test->call));
    TW_NOTE(r, read_sample(r, t, &test->sample));
    TW_NOTE(r, tw_spec_read_oracles(r, t, test));
    TW_NOTE(r, read_accept(r, t, &test->accept));
    TW_NOTE(r, tw_spec_read_allow(r, t, &test->allow, &test->n_allow));
    TW_NOTE(r, check_sources(r, t, test));
    tw_spec_fingerprint(t, test->sha256);
    add_references(test);
    return TW_OK;
}
