/*
 * search_tasks.c - what the search of each test of a project is about, for
 * tools/oracle-mutants.py.
 *
 *     search_tasks PROJECT
 *
 * Makes the cases of every test as `run` does without a generator, and writes
 * one value a test to standard output, in the notation of
 * docs/formats/pyval.md: (id, task of search.py, [arguments of each case]).
 */
#include "cases/search.h"
#include "spec/spec.h"

#include <stdio.h>
#include <string.h>

enum { DATA_MAX = 64 };
#define TEST_BYTES ((size_t)1 << 30)

struct job {
    struct tw_jail *jail;
    struct tw_buf search_code;
    struct tw_err err;
};

/* Cases without a value are nothing that a variant could be held against. */
static struct tw_pyval *args_of(const struct tw_cases *c, size_t n_params,
                                struct tw_arena *a)
{
    struct tw_pyval **rows =
        tw_arena_alloc(a, c->n + 1, sizeof(struct tw_pyval *));
    size_t n = 0;

    for (size_t i = 0; rows && i < c->n; i++)
        if (c->list[i].kind == TW_CASE_VALUE)
            rows[n++] = tw_pyval_list(a, c->list[i].args, n_params);
    return rows ? tw_pyval_list(a, rows, n) : NULL;
}

static enum tw_status write_test(struct job *j, const struct tw_spec_test *t,
                                 const struct tw_cases *c, struct tw_arena *a)
{
    struct tw_pyval *args = args_of(c, t->call.n_params, a);
    struct tw_buf b;

    TW_TRY(tw_arena_check(a, "a task", &j->err));
    tw_buf_init(&b, (size_t)64 << 20);
    tw_pyval_put_tuple(&b, 3);
    tw_pyval_put_str(&b, t->id);
    tw_pyval_encode(&b, c->work->task);
    tw_pyval_encode(&b, args);
    enum tw_status st = tw_buf_check(&b, "a task", &j->err);
    if (st == TW_OK && fwrite(tw_buf_text(&b), 1, b.len, stdout) != b.len)
        st = tw_fail(&j->err, TW_EIO, 0, "cannot write a task");
    tw_buf_release(&b);
    return st;
}

static enum tw_status make_test(struct job *j, const struct tw_spec *s,
                                const struct tw_spec_test *t,
                                const struct tw_trial *const *trials)
{
    struct tw_case_source source = { .spec = s, .test = t, .trials = trials };
    struct tw_case_env env = { .jail = j->jail,
                               .rng = tw_rng_seeded(1),
                               .search_code = &j->search_code };
    struct tw_cases c;
    struct tw_arena a;

    tw_arena_init(&a, TEST_BYTES);
    enum tw_status st = tw_cases_make(&c, &env, &source, &a, &j->err);
    if (st == TW_OK && c.work->task)
        st = write_test(j, t, &c, &a);
    tw_arena_release(&a);
    return st;
}

static enum tw_status make_spec(struct job *j, const struct tw_spec *s,
                                struct tw_arena *a)
{
    struct tw_trial *trials = tw_arena_alloc(a, DATA_MAX, sizeof(*trials));
    const struct tw_trial *list[DATA_MAX] = { NULL };

    TW_TRY(tw_arena_check(a, "the trials", &j->err));
    if (s->n_data > DATA_MAX)
        return tw_fail(&j->err, TW_ELIMIT, 0, "too many data sets");
    for (size_t i = 0; i < s->n_data; i++) {
        TW_TRY(tw_trial_read(&trials[i], a, &s->data[i]->trial, &j->err));
        list[i] = &trials[i];
    }
    for (size_t i = 0; i < s->n_tests; i++)
        TW_TRY(make_test(j, s, &s->tests[i], list));
    return TW_OK;
}

static enum tw_status make_project(struct job *j, const char *path)
{
    struct tw_arena a;
    struct tw_project p;

    tw_arena_init(&a, TEST_BYTES);
    enum tw_status st = tw_project_load(&p, &a, path, &j->err);
    for (size_t i = 0; st == TW_OK && i < p.n_specs; i++)
        st = make_spec(j, &p.specs[i], &a);
    tw_arena_release(&a);
    return st;
}

int main(int argc, char **argv)
{
    struct job j = { 0 };

    if (argc != 2) {
        fprintf(stderr, "usage: search_tasks PROJECT\n");
        return 2;
    }
    tw_buf_init(&j.search_code, (size_t)256 << 10);
    enum tw_status st = tw_jail_open(&j.jail, false, &j.err);
    if (st == TW_OK)
        st = make_project(&j, argv[1]);
    if (st != TW_OK)
        fprintf(stderr, "search_tasks: %s\n", j.err.msg);
    tw_jail_close(j.jail);
    tw_buf_release(&j.search_code);
    return st != TW_OK;
}
