/*
 * pipeline.c - one run from the project file to the report: the stages in
 * order, each resumed from what an earlier run has left in the folder.
 */
#include "pipeline/pipe_priv.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define RUN_ARENA ((size_t)8 << 30)
enum { SEED_DEFAULT = 1 };

/* --data NAME=FILE replaces the files of that name everywhere: columns, bounds
 * and units stay those of the project, so that other data of the same form can
 * be tried without a second project.  A name that nobody uses is a slip of the
 * keyboard, and an error. */
static enum tw_status override_data(struct pipe *p, struct tw_err *err)
{
    for (size_t o = 0; o < p->c->n_data; o++) {
        const struct tw_pipeline_data *with = &p->c->data[o];
        size_t n = 0;
        for (size_t d = 0; d < p->project.n_data; d++) {
            struct tw_spec_data *data = p->project.data[d];
            if (strcmp(data->name, with->name) != 0)
                continue;
            data->trial.files = &with->file;
            data->trial.n_files = 1;
            n++;
        }
        if (n == 0)
            return tw_fail(err, TW_EINVAL, 0,
                           "--data %.60s: the project has no such data",
                           with->name);
    }
    return TW_OK;
}

/* By the whole id: a part of one would select tests that nobody meant. */
static bool is_selected(const struct pipe *p, const char *id)
{
    for (size_t i = 0; i < p->c->n_only; i++)
        if (strcmp(p->c->only[i], id) == 0)
            return true;
    return p->c->n_only == 0;
}

/* Data that the test's inputs name, each once.  What no selected test names is
 * not read at all: --only is fast also where a project has gigabytes. */
static enum tw_status use_data(struct pipe *p, const struct pipe_test *t,
                               struct tw_err *err)
{
    for (size_t i = 0; i < t->test->call.n_params; i++) {
        const struct tw_spec_input *in = &t->test->call.params[i].input;
        if (in->kind != TW_SPEC_INPUT_COUNTER)
            continue;
        const struct tw_spec_data *d = t->spec->data[in->data];
        size_t at = tw_pipe_data_index(p, d);
        if (at == PIPE_DATA_MAX)
            return tw_fail(err, TW_ELIMIT, 0, "more than %d data sets",
                           PIPE_DATA_MAX);
        if (at == p->n_data)
            p->data[p->n_data++].spec = d;
        p->data[at].wants_samples |= t->test->sample.synthetic != 0;
    }
    return TW_OK;
}

/* The name of its step holds the suite: an id may move to another file, and is
 * another test then. */
static enum tw_status select_test(struct pipe *p, const struct tw_spec *s,
                                  const struct tw_spec_test *test,
                                  struct tw_err *err)
{
    struct pipe_test *t = &p->tests[p->n_tests++];
    struct tw_buf step;

    t->spec = s;
    t->test = test;
    tw_buf_init(&step, 512);
    tw_buf_addf(&step, "test/%s/%s", s->id, test->id);
    t->step = tw_pipe_keep(p, &step);
    tw_buf_release(&step);
    if (!t->step)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tests");
    return use_data(p, t, err);
}

/* In the order of the files and of their text: the order of the report. */
static enum tw_status select_tests(struct pipe *p, struct tw_err *err)
{
    p->tests = tw_arena_alloc(&p->arena, PIPE_TESTS_MAX, sizeof(*p->tests));
    if (!p->tests)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tests");
    for (size_t s = 0; s < p->project.n_specs; s++) {
        const struct tw_spec *spec = &p->project.specs[s];
        for (size_t i = 0; i < spec->n_tests; i++) {
            if (!is_selected(p, spec->tests[i].id))
                continue;
            if (p->n_tests == PIPE_TESTS_MAX)
                return tw_fail(err, TW_ELIMIT, 0, "more than %d tests",
                               PIPE_TESTS_MAX);
            TW_TRY(select_test(p, spec, &spec->tests[i], err));
        }
    }
    p->r->n_tests = p->n_tests;
    return TW_OK;
}

/* Counters that the test names must stand in the data. */
static enum tw_status check_test(struct pipe *p, struct pipe_test *t)
{
    struct tw_spec_findings found;

    tw_spec_findings_init(&found, &p->arena);
    for (size_t d = 0; d < t->spec->n_data; d++) {
        size_t at = tw_pipe_data_index(p, t->spec->data[d]);
        if (at < p->n_data)
            TW_TRY(tw_spec_check_test(t->spec, t->test, d, &p->data[at].trial,
                                      &found));
    }
    if (found.n) {
        const struct tw_spec_finding *f = found.list;
        t->why = tw_arena_textf(&p->arena, "%s:%u:%u: %s", f->pos.file,
                                f->pos.line, f->pos.column, f->reason);
    }
    return TW_OK;
}

static enum tw_status check_counters(struct pipe *p, struct tw_err *err)
{
    for (size_t i = 0; i < p->n_tests; i++)
        if (check_test(p, &p->tests[i]) != TW_OK)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for tests");
    return tw_arena_check(&p->arena, "tests", err);
}

/* The command line wins over the project; its two seeds are one seed of the
 * run, so that one number in the report repeats all stages. */
static uint64_t seed_of(const struct tw_pipeline_config *c,
                        const struct tw_project *project)
{
    if (c->seed >= 0)
        return (uint64_t)c->seed;
    if (project->synth.seed >= 0)
        return (uint64_t)project->synth.seed;
    if (project->writer.seed >= 0)
        return (uint64_t)project->writer.seed;
    return SEED_DEFAULT;
}

/* The command line, then the project, then what needs no file. */
static const char *model_of(const struct tw_pipeline_config *c,
                            const struct tw_project *project)
{
    if (c->model)
        return c->model;
    if (project->writer.model)
        return project->writer.model;
    return "builtin";
}

/* What the user wrote is read whole before anything is made: a mistake in the
 * last specification is told before minutes of work, not after. */
static enum tw_status open_project(struct pipe *p, struct tw_err *err)
{
    const struct tw_project *project = &p->project;

    TW_TRY(tw_project_load(&p->project, &p->arena, p->c->project, err));
    p->seed = seed_of(p->c, project);
    p->model = model_of(p->c, project);
    p->dir = p->c->out;
    if (!p->dir)
        p->dir = tw_file_join(&p->arena, project->dir, "run");
    if (!p->dir)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a path");
    TW_TRY(override_data(p, err));
    return select_tests(p, err);
}

/* The journal last: it is locked from then on, and two runs in one folder are
 * refused by that lock. */
static enum tw_status open_run(struct pipe *p, struct tw_err *err)
{
    TW_TRY(tw_file_mkdirs(p->dir, err));
    const char *journal = tw_file_join(&p->arena, p->dir, "run.db");
    if (!journal)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a path");
    /* What could refuse comes before what takes long. */
    TW_TRY(tw_jail_open(&p->jail, p->c->allow_weak, err));
    tw_jail_stop_when(p->jail, p->c->stop);
    TW_TRY(tw_llm_open(&p->llm, p->model, p->c->be, err));
    return tw_store_open(&p->store, journal, err);
}

/* Also after a failure in the middle: what was not opened is NULL. */
static void close_run(struct pipe *p)
{
    for (size_t i = 0; i < p->n_data; i++)
        tw_gen_free(p->data[i].gen);
    tw_store_close(p->store);
    tw_llm_close(p->llm);
    tw_jail_close(p->jail);
    tw_buf_release(&p->search_code);
    tw_arena_release(&p->arena);
    free(p);
}

/* All data are read before the first fit, because a test may name a counter
 * that is in no file, and that is known only then. */
static enum tw_status run_stages(struct pipe *p, struct tw_err *err)
{
    TW_TRY(open_run(p, err));
    for (size_t i = 0; i < p->n_data; i++)
        TW_TRY(tw_pipe_read_data(p, &p->data[i], err));
    TW_TRY(check_counters(p, err));
    for (size_t i = 0; i < p->n_data; i++) {
        struct pipe_data *d = &p->data[i];
        if (!d->wants_samples)
            continue;
        TW_TRY(tw_pipe_fit(p, d, err));
        TW_TRY(tw_pipe_sample(p, d, err));
        TW_TRY(tw_pipe_fidelity(p, d, err));
    }
    TW_TRY(tw_pipe_tests(p, err));
    return tw_pipe_report(p, err);
}

/* On the heap: the tables of data sets are too large for a stack. */
static enum tw_status pipe_new(struct pipe **p,
                               const struct tw_pipeline_config *c,
                               struct tw_pipeline_result *r, struct tw_err *err)
{
    memset(r, 0, sizeof(*r));
    *p = calloc(1, sizeof(**p));
    if (!*p)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a run");
    (*p)->c = c;
    (*p)->r = r;
    tw_arena_init(&(*p)->arena, RUN_ARENA);
    return TW_OK;
}

/* Without a selected test there is no work, and no folder is made. */
enum tw_status tw_pipeline_run(const struct tw_pipeline_config *c,
                               struct tw_pipeline_result *r, struct tw_err *err)
{
    struct pipe *p;

    TW_TRY(pipe_new(&p, c, r, err));
    enum tw_status st = open_project(p, err);
    if (st == TW_OK && p->n_tests)
        st = run_stages(p, err);
    close_run(p);
    return st;
}

/* The same way as a run as far as it is cheap, so that a plan names the steps
 * of the run and not those of an idea of it. */
enum tw_status tw_pipeline_plan(const struct tw_pipeline_config *c,
                                struct tw_buf *text, bool json,
                                struct tw_err *err)
{
    struct tw_pipeline_result r;
    struct pipe *p;

    TW_TRY(pipe_new(&p, c, &r, err));
    enum tw_status st = open_project(p, err);
    if (st == TW_OK)
        st = open_run(p, err);
    if (st == TW_OK)
        st = tw_pipe_plan(p, text, json, err);
    close_run(p);
    return st;
}
