/*
 * ran.c - is the script that is handed out what the judge said of it?
 *
 * The judge calls the function; a user runs the script.  So an accepted script
 * is run as users do, by plain python3 and by the pytest of the host, in the
 * jail.  Both have to pass, with as many cases as there are; a script that does
 * not is not handed out.
 */
#include <stdio.h>
#include <string.h>

#include "writer/emit.h"

#include "base/banned.h"

/* Seconds on top of the test's own: pytest takes half of one to start. */
static const double START_S = 10.0;

/* The site module is on, for pytest is no part of Python; no byte code, no
 * packages of a user. */
#define PYTHON_WORDS "-s", "-B", "-X", "utf8"

enum { ARGV_MAX = 12 };

struct run {
    const char *argv[ARGV_MAX]; /* NULL-ended, without the interpreter */
    int exit_code;
    struct tw_buf out; /* untrusted; release it */
};

static enum tw_status run_in_jail(struct tw_work *w,
                                  const struct tw_script *script, struct run *r)
{
    struct tw_jail_file *files =
        tw_arena_alloc(w->a, w->n_files + 1, sizeof(*files));
    TW_TRY(tw_arena_check(w->a, "a script", w->err));
    const char *argv[ARGV_MAX + 6] = { tw_py_interpreter(), PYTHON_WORDS };
    for (size_t i = 0; r->argv[i]; i++)
        argv[5 + i] = r->argv[i];
    for (size_t i = 0; i < w->n_files; i++)
        files[i] = w->files[i];
    files[w->n_files] = (struct tw_jail_file){ script->name, script->text,
                                               strlen(script->text) };
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = w->n_files + 1,
                              .limits = tw_judge_limits(w) };
    s.limits.wall_s += START_S;
    s.limits.cpu_s += START_S;
    struct tw_jail_result res;
    tw_jail_result_init(&res);
    enum tw_status st = tw_jail_run(w->env->jail, &s, &res, w->err);
    r->exit_code = res.exit_code;
    tw_buf_init(&r->out, 4096);
    size_t keep = res.out.len;
    if (keep > 2000)
        keep = 2000; /* the last lines have the figures */
    tw_buf_add(&r->out, tw_buf_text(&res.out) + res.out.len - keep, keep);
    tw_jail_result_release(&res);
    return st;
}

/* Versions of Python and of pytest, "" where there is none.  No program of a
 * model is near. */
static enum tw_status find_versions(struct tw_work *w,
                                    const struct tw_script *script,
                                    const char **python, const char **pytest)
{
    struct run r = { .argv = { "-c",
                               "import sys\nprint(sys.version.split()[0])\n"
                               "from importlib.metadata import version\n"
                               "print(version('pytest'))" } };
    TW_TRY(run_in_jail(w, script, &r));
    const char *out = tw_buf_text(&r.out);
    size_t first = strcspn(out, "\n");
    *python = tw_arena_text(w->a, out, first);
    out += first + (out[first] == '\n');
    *pytest = tw_arena_text(w->a, out, strcspn(out, "\n"));
    tw_buf_release(&r.out);
    return tw_arena_check(w->a, "a script", w->err);
}

/* *why stays NULL when the run ended well and its output has the line. */
static enum tw_status expect(struct tw_work *w, const struct tw_script *script,
                             struct run *r, const char *line, const char *by,
                             const char **why)
{
    TW_TRY(run_in_jail(w, script, r));
    const char *out = tw_buf_text(&r->out);
    if (r->exit_code != 0)
        *why =
            tw_arena_textf(w->a, "the script fails when %s runs it: status %d",
                           by, r->exit_code);
    else if (!strstr(out, line))
        *why = tw_arena_textf(w->a,
                              "the script does not run all its cases when %s "
                              "runs it",
                              by);
    tw_buf_release(&r->out);
    return tw_arena_check(w->a, "a script", w->err);
}

enum tw_status tw_emit_run_python(struct tw_work *w, struct tw_script *script,
                                  const char **why)
{
    size_t n = w->r->cases.n + w->n_asserts;
    const char *python, *pytest;
    char line[80];
    *why = NULL;
    TW_TRY(find_versions(w, script, &python, &pytest));
    struct run plain = { .argv = { script->name } };
    snprintf(line, sizeof(line), "%zu of %zu cases passed", n, n);
    TW_TRY(expect(w, script, &plain, line, "python3", why));
    script->ran_by = tw_arena_textf(w->a, "python %s", python);
    TW_TRY(tw_arena_check(w->a, "a script", w->err));
    if (*why || !*pytest)
        return TW_OK;
    struct run collected = { .argv = { "-m", "pytest", "-q", "-p",
                                       "no:cacheprovider", script->name } };
    snprintf(line, sizeof(line), "%zu passed", n);
    TW_TRY(expect(w, script, &collected, line, "pytest", why));
    script->ran_by =
        tw_arena_textf(w->a, "python %s, pytest %s", python, pytest);
    return tw_arena_check(w->a, "a script", w->err);
}
