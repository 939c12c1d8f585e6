/*
 * check.c - a project, its data and its tests without a run.
 *
 * Cheap before dear: what the files say, then their expressions, then the data,
 * each set once, then every test that is still whole.  A test that is broken
 * is left alone afterwards, as each of its mistakes would be told twice.
 */
#include "pipeline/check.h"

#include "cases/audit.h"
#include "spec/spec.h"
#include "trial/trial.h"

#include <string.h>

#include "base/banned.h"

/* DATA_MAX: of one specification, as in [data] and one file for each input. */
enum { DATA_MAX = 1024 };
#define FILE_ARENA ((size_t)256 << 20)
#define DATA_ARENA ((size_t)8 << 30)
#define TEST_ARENA ((size_t)1 << 30)

struct check {
    const struct tw_check_config *c;
    struct tw_spec_findings *found;
    struct tw_project project;
    struct tw_arena file;     /* of the project */
    struct tw_arena data;     /* of the trials */
    struct tw_trial **trials; /* (project.n_data); NULL: could not be read */
    struct tw_err *err;
};

/* A set that cannot be read is told where it is defined. */
static enum tw_status read_data(struct check *k, size_t i)
{
    const struct tw_spec_data *d = k->project.data[i];
    struct tw_err why = { 0 };

    if (d->broken)
        return TW_OK;
    struct tw_trial *t = tw_arena_alloc(&k->data, 1, sizeof(*t));
    TW_TRY(tw_arena_check(&k->data, "the data", k->err));
    enum tw_status st = tw_trial_read(t, &k->data, &d->trial, &why);
    if (st == TW_ENOMEM)
        return tw_fail(k->err, st, 0, "%s", why.msg);
    if (st != TW_OK)
        return tw_spec_found(k->found, TW_SPEC_ERROR, d->pos,
                             "data '%.60s': %s", d->name, why.msg);
    k->trials[i] = t;
    return TW_OK;
}

static enum tw_status read_all(struct check *k)
{
    size_t n = k->project.n_data;

    k->trials = tw_arena_alloc(&k->file, n + 1, sizeof(struct tw_trial *));
    TW_TRY(tw_arena_check(&k->file, "the data", k->err));
    for (size_t i = 0; i < n; i++)
        TW_TRY(read_data(k, i));
    return TW_OK;
}

static const struct tw_trial *trial_of(const struct check *k,
                                       const struct tw_spec_data *d)
{
    for (size_t i = 0; i < k->project.n_data; i++)
        if (k->project.data[i] == d)
            return k->trials[i];
    return NULL;
}

/* Are the data of the test's inputs there, with the counters that it names? */
static enum tw_status use_data(struct check *k, const struct tw_spec *s,
                               struct tw_spec_test *test,
                               const struct tw_trial **trials)
{
    size_t before = k->found->n_errors;

    for (size_t d = 0; d < s->n_data && d < DATA_MAX; d++) {
        trials[d] = trial_of(k, s->data[d]);
        if (trials[d])
            TW_TRY(tw_spec_check_test(s, test, d, trials[d], k->found));
    }
    if (k->found->n_errors > before)
        test->broken = true;
    for (size_t i = 0; i < test->call.n_params; i++) {
        const struct tw_spec_input *in = &test->call.params[i].input;
        if (in->kind == TW_SPEC_INPUT_COUNTER &&
            (in->data >= DATA_MAX || !trials[in->data]))
            test->broken = true; /* the reason was told with the data */
    }
    return TW_OK;
}

static enum tw_status audit_test(struct check *k, const struct tw_spec *s,
                                 struct tw_spec_test *test)
{
    const struct tw_trial *trials[DATA_MAX] = { NULL };
    const struct tw_case_source source = { s, test, trials, NULL };
    struct tw_case_env env = { .jail = k->c->jail };
    struct tw_arena a;

    TW_TRY(use_data(k, s, test, trials));
    if (test->broken || !k->c->jail)
        return TW_OK;
    struct tw_rng rng = tw_rng_seeded(k->c->seed);
    env.rng = tw_rng_split(&rng, test->id, 0);
    tw_arena_init(&a, TEST_ARENA);
    enum tw_status st = tw_audit_test(&env, &source, &a, k->found, k->err);
    tw_arena_release(&a);
    return st;
}

static enum tw_status check_specs(struct check *k)
{
    struct tw_project *p = &k->project;

    if (k->c->jail)
        for (size_t i = 0; i < p->n_specs; i++)
            TW_TRY(tw_audit_texts(k->c->jail, &p->specs[i], &k->file, k->found,
                                  k->err));
    if (!k->c->data)
        return TW_OK;
    TW_TRY(read_all(k));
    for (size_t i = 0; i < p->n_specs; i++)
        for (size_t t = 0; t < p->specs[i].n_tests; t++)
            TW_TRY(audit_test(k, &p->specs[i], &p->specs[i].tests[t]));
    return TW_OK;
}

enum tw_status tw_check_file(const struct tw_check_config *c,
                             struct tw_spec_findings *found, size_t *n_tests,
                             struct tw_err *err)
{
    struct check k = { .c = c, .found = found, .err = err };

    tw_arena_init(&k.file, FILE_ARENA);
    tw_arena_init(&k.data, DATA_ARENA);
    enum tw_status st =
        tw_project_check(&k.project, &k.file, c->path, found, err);
    for (size_t i = 0; st == TW_OK && i < k.project.n_specs; i++)
        *n_tests += k.project.specs[i].n_tests;
    if (st == TW_OK)
        st = check_specs(&k);
    tw_spec_findings_sort(found);
    tw_arena_release(&k.data);
    tw_arena_release(&k.file);
    return st;
}
