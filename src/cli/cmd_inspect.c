/*
 * cmd_inspect.c - inspect: measure programs, and tests with them.
 *
 * Without --tests nothing of the user's is run: complexity and the like come
 * from the syntax. With --tests every program is run in the jail with them,
 * first to see what they reach (inspect/coverage.h), then with faults put in
 * (inspect/mutation.h). The tests are measured, too: those that assert nothing
 * are as much a reason to reject as a program that does not parse.
 */
#include "cli/cli.h"
#include "inspect/inspect_show.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define SOURCE_MAX ((size_t)16 << 20)

enum { FILES_MAX = 64 };

/* time_s is the limit of one run of the tests, of which there are as many as
 * mutants. */
struct args {
    struct tw_common common;
    const char *tests;
    const char *entry;
    int64_t mutants;
    double time_s;
    bool data;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "tests", 't', TW_OPT_TEXT, offsetof(struct args, tests), "FILE",
      .help = "tests of the programs: adds coverage and mutation score" },
    { "entry", 'e', TW_OPT_TEXT, offsetof(struct args, entry), "NAME",
      .help = "function that tests of the form check(f) get" },
    { "mutants", 'm', TW_OPT_INT, offsetof(struct args, mutants), "N",
      .help = "run at most N mutants (default 100, 0: none)",
      TW_OPT_RANGE(0, TW_MUTATION_MAX) },
    { "data-mutants", 'd', TW_OPT_FLAG, offsetof(struct args, data), NULL,
      .help = "faults of the data instead of the code: frozen, scaled, "
              "shifted, ..." },
    { "time", 0, TW_OPT_NUMBER, offsetof(struct args, time_s), "S",
      .help = "limit of one run in seconds (default 10)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      .help = "go on without namespaces" },
    TW_COMMON_OPTS(struct args),
};

/* All programs of a command line with the tests that they share. */
struct session {
    struct tw_cli_job *job;
    const struct args *args;
    struct tw_jail *jail;
    struct tw_pool *pool;
    struct tw_source files[FILES_MAX]; /* text in the job's arena */
    size_t n_files;
    struct tw_source tests;
    bool
        rejected; /* something does not parse, or the tests are worth nothing */
};

/* The text stays for the whole command: each program is also a file beside the
 * others when those are run. */
static enum tw_status load(struct session *s, const char *path,
                           struct tw_source *source, struct tw_err *err)
{
    struct tw_arena *a = &s->job->arena;
    struct tw_buf text;

    tw_buf_init(&text, SOURCE_MAX);
    enum tw_status st = tw_file_read(&text, path, err);
    if (st == TW_OK) {
        *source =
            (struct tw_source){ tw_source_lang(path), tw_file_basename(path),
                                tw_arena_text(a, tw_buf_text(&text), text.len),
                                text.len };
        st = tw_arena_check(a, "a program", err);
    }
    tw_buf_release(&text);
    return st;
}

/* What the tests reach. Tests that fail are no error here: their end is part
 * of the figures. */
static enum tw_status cover(struct session *s, const struct tw_source *source,
                            const struct tw_jail_file *files, size_t n,
                            struct tw_err *err)
{
    struct tw_coverage c;
    struct tw_coverage_job job = { .source = source,
                                   .tests = &s->tests,
                                   .entry = s->args->entry,
                                   .files = files,
                                   .n_files = n,
                                   .seconds = s->args->time_s };

    TW_TRY(tw_coverage_run(&c, s->jail, &s->job->arena, &job, err));
    if (s->args->common.json)
        tw_coverage_json(&s->job->json, &c);
    else
        tw_coverage_text(&s->job->out, source->lang == TW_SOURCE_PYTHON, &c);
    return TW_OK;
}

/* How many faults the tests notice; the slow part, a run of the tests for each
 * fault, in parallel. Tests that fail without any fault make the score 0 and
 * the program rejected. */
static enum tw_status mutate(struct session *s, const struct tw_source *source,
                             const struct tw_jail_file *files, size_t n,
                             struct tw_err *err)
{
    const struct args *args = s->args;
    struct tw_cli_progress progress;
    struct tw_mutation m;
    struct tw_mutation_job job = {
        .source = source,
        .tests = &s->tests,
        .entry = args->entry,
        .files = files,
        .n_files = n,
        .n_max = (size_t)args->mutants,
        .seed = tw_cli_seed_or(&args->common, 0),
        .data = args->data,
        .seconds = args->time_s,
        .pool = s->pool,
    };

    if (args->mutants == 0)
        return TW_OK;
    job.progress = tw_cli_progress(&progress, args->common.quiet);
    enum tw_status st = tw_mutation_run(&m, s->jail, &s->job->arena, &job, err);
    tw_cli_progress_end(&progress);
    TW_TRY(st);
    s->rejected = s->rejected || !m.passes;
    if (args->common.json)
        tw_mutation_json(&s->job->json, &m, job.seed);
    else
        tw_mutation_text(&s->job->out, &m, job.seed);
    return TW_OK;
}

/* A header has nothing to run. */
static bool is_header(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && strcmp(dot, ".h") == 0;
}

/* The other files lie beside the program. */
static enum tw_status run_tests(struct session *s,
                                const struct tw_source *source,
                                struct tw_err *err)
{
    struct tw_jail_file files[FILES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < s->n_files; i++)
        if (&s->files[i] != source)
            files[n++] =
                (struct tw_jail_file){ s->files[i].name, s->files[i].text,
                                       s->files[i].n };
    TW_TRY(cover(s, source, files, n, err));
    return mutate(s, source, files, n, err);
}

/* Measure one file: a program, with the tests if there are any, or the tests
 * themselves. */
static enum tw_status inspect(struct session *s, const struct tw_source *source,
                              bool is_tests, struct tw_err *err)
{
    struct tw_inspection in;

    TW_TRY(tw_inspect(&in, s->jail, &s->job->arena, source, err));
    s->rejected =
        s->rejected || !in.readable || (is_tests && tw_inspect_is_vacuous(&in));
    if (s->args->common.json)
        tw_inspect_json(&s->job->json, source->name, &in);
    else
        tw_inspect_text(&s->job->out, source->name, &in);
    if (!is_tests && in.readable && s->args->tests && !is_header(source->name))
        TW_TRY(run_tests(s, source, err));
    return TW_OK;
}

/* One paragraph for each file, the tests last. */
static enum tw_status inspect_text(struct session *s, struct tw_err *err)
{
    for (size_t i = 0; i < s->n_files; i++)
        TW_TRY(inspect(s, &s->files[i], false, err));
    if (s->args->tests)
        TW_TRY(inspect(s, &s->tests, true, err));
    return TW_OK;
}

/* {"files": [...], "tests": {...}}: the tests are no file among others,
 * because a reader asks other things about them. */
static enum tw_status inspect_json(struct session *s, struct tw_err *err)
{
    struct tw_json_out *o = &s->job->json;

    tw_json_out_object(o, NULL);
    tw_json_out_array(o, "files");
    for (size_t i = 0; i < s->n_files; i++) {
        if (i)
            tw_json_out_line(o, 0);
        tw_json_out_object(o, NULL);
        TW_TRY(inspect(s, &s->files[i], false, err));
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
    if (s->args->tests) {
        tw_json_out_line(o, 0);
        tw_json_out_object(o, "tests");
        TW_TRY(inspect(s, &s->tests, true, err));
        tw_json_out_end(o);
    }
    tw_cli_json_end(s->job);
    return TW_OK;
}

/* Files first: a misspelt name must not cost the start of the jail and its
 * interpreter. */
static enum tw_status start(struct session *s, struct tw_err *err)
{
    const struct tw_cli_job *job = s->job;

    if (job->n_rest > FILES_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "more than %d files", FILES_MAX);
    for (; s->n_files < job->n_rest; s->n_files++)
        TW_TRY(load(s, job->rest[s->n_files], &s->files[s->n_files], err));
    if (s->args->tests)
        TW_TRY(load(s, s->args->tests, &s->tests, err));
    TW_TRY(tw_cli_jail_open(&s->jail, s->args->weak, err));
    return tw_pool_new(&s->pool, (unsigned)s->args->common.threads, err);
}

/* The exit status is 1 when anything was found that makes a program or its
 * tests worthless; figures alone, however bad, reject nothing. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    struct session s = { .job = job, .args = options };

    enum tw_status st = start(&s, err);
    if (st == TW_OK && s.args->common.json)
        st = inspect_json(&s, err);
    else if (st == TW_OK)
        st = inspect_text(&s, err);
    if (s.rejected)
        job->status = TW_EXIT_REJECTED;
    tw_pool_free(s.pool);
    tw_jail_close(s.jail);
    return st;
}

static const struct args defaults = { .mutants = TW_MUTATION_DEFAULT };

const struct tw_cli_command tw_cmd_inspect = {
    .name = "inspect",
    .summary = "complexity, unsafe calls, coverage, mutation score",
    .usage = {
    .command = "trialwright inspect",
    .args = "FILE... [--tests FILE] [--json]",
    .about = "Measures programs in Python and C without running them: "
             "complexity, length, comments, unsafe calls, assertions that "
             "assert nothing.  With tests, runs both in the jail: which "
             "statements and branches they reach, and how many faults of the "
             "program they notice (mutation score).",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .defaults = &defaults,
    .rest_min = 1,
    .rest_max = TW_CLI_ARGS_MAX,
    .rest_wanted = "no program given",
    .run = run,
};
