/*
 * mutation_c.c - mutants of C: compiled and run in the jail, one run each.
 *
 * The program is compiled with -O2: a mutant with the same object code is
 * equivalent.  Tests that stand apart are compiled once.
 */
#include <stdio.h>
#include <string.h>

#include "inspect/mutation_priv.h"

#include "base/banned.h"

/* OBJECT_MAX: bytes of the tests' object, which goes out of the jail once and
 * into it with every mutant. */
enum { OBJECT_MAX = 32 << 20, COMPILE_SECONDS = 30 };
enum { FILES_MAX = 64, NOT_COMPILED = 97 }; /* the exit status below */

/* $1: tests; the object code goes to descriptor 3.  -O1 is enough: the tests
 * are never compared. */
static const char tests_script[] =
    "gcc -std=gnu11 -O1 -w -c \"$1\" -o t.o || exit 97\n"
    "exec cat t.o >&3\n";

/* The hash is made outside of the program, and before it runs: an equivalent
 * mutant is not run at all.
 * $1: what to compile, $2: object of the tests or "", $3: hash of the original
 * or "".  Descriptor 3 gets the hash, then "run"; the program does not have
 * it. */
static const char run_script[] =
    "gcc -std=gnu11 -O2 -w -c \"$1\" -o s.o || exit 97\n"
    "h=$(sha256sum <s.o)\n"
    "echo \"$h\" >&3\n"
    "[ \"$h\" = \"$3\" ] && exit 0\n"
    "gcc s.o $2 -o t -lm -lpthread || exit 97\n"
    "echo run >&3\n"
    "exec ./t 3>&-\n";

/* The object of the tests is there when they are compiled apart. */
static enum tw_status add_files(const struct tw_mutation_work *w,
                                const struct tw_source *text,
                                struct tw_jail_file *files, size_t *n)
{
    const struct tw_mutation_job *job = w->job;
    files[(*n)++] = (struct tw_jail_file){ text->name, text->text, text->n };
    files[(*n)++] = (struct tw_jail_file){ job->tests->name, job->tests->text,
                                           job->tests->n };
    for (size_t i = 0; i < job->n_files; i++)
        files[(*n)++] = job->files[i];
    if (w->object.len)
        files[(*n)++] =
            (struct tw_jail_file){ "tests.o", w->object.bytes, w->object.len };
    return TW_OK;
}

/* One job with a script; text: the program, or a mutant of it. */
static enum tw_status run(const struct tw_mutation_work *w,
                          const struct tw_source *text, const char *script,
                          const char *const args[3], double seconds,
                          struct tw_jail_result *r, struct tw_err *err)
{
    struct tw_jail_file files[FILES_MAX + 3];
    const char *argv[] = { "/bin/sh", "-c",    script,  "sh",
                           args[0],   args[1], args[2], NULL };
    struct tw_jail_spec spec = { .argv = argv,
                                 .files = files,
                                 .limits = tw_jail_limits_default() };
    TW_TRY(add_files(w, text, files, &spec.n_files));
    spec.limits.wall_s = spec.limits.cpu_s = seconds;
    spec.limits.out_bytes = OBJECT_MAX;
    return tw_jail_run(w->jail, &spec, r, err);
}

/* Of the compiler's messages, which name the place. */
static const char *first_line(struct tw_arena *a, const char *text)
{
    const char *line = tw_arena_textf(a, "does not compile: %.*s",
                                      (int)strcspn(text, "\n"), text);
    if (!line)
        return "";
    return line;
}

/* Tests that include the program are compiled with each mutant; others once,
 * here. */
enum tw_status tw_mutation_c_begin(struct tw_mutation_work *w, bool *ok)
{
    const struct tw_mutation_job *job = w->job;
    const char *const args[3] = { job->tests->name, "", "" };
    struct tw_jail_result r;
    if (job->n_files > FILES_MAX)
        return tw_fail(w->err, TW_ELIMIT, 0, "more than %d files", FILES_MAX);
    TW_TRY(tw_inspect_names(job->source, job->tests, w->err));
    *ok = true;
    if (tw_inspect_is_included(job->source, job->tests))
        return TW_OK;
    tw_jail_result_init(&r);
    enum tw_status st =
        run(w, job->source, tests_script, args, COMPILE_SECONDS, &r, w->err);
    if (st == TW_OK) {
        *ok = r.end == TW_END_PASS && r.record.len > 0;
        if (*ok)
            tw_buf_add(&w->object, tw_buf_text(&r.record), r.record.len);
        else if (r.exit_code == NOT_COMPILED)
            w->m->cause = first_line(w->a, tw_buf_text(&r.err));
        else
            w->m->cause = "cannot compile the tests";
        st = tw_buf_check(&w->object, "the tests", w->err);
    }
    tw_jail_result_release(&r);
    return st;
}

/* assert() of C ends in a signal: only its message tells it from a crash. */
static bool says_assertion(const struct tw_jail_result *r)
{
    return strstr(tw_buf_text(&r->err), "Assertion") != NULL;
}

/* Tests of C say "failed" by their exit status. */
static enum tw_mutant_fate fate_of(const struct tw_jail_result *r, bool ran)
{
    if (r->end == TW_END_HARNESS)
        return TW_MUTANT_HARNESS;
    if (!ran)
        return TW_MUTANT_UNCOMPILABLE;
    switch (r->end) {
    case TW_END_PASS:
        return TW_MUTANT_SURVIVED;
    case TW_END_TIMEOUT:
        return TW_MUTANT_TIMEOUT;
    case TW_END_SIGNAL:
        if (says_assertion(r))
            return TW_MUTANT_ASSERTION;
        return TW_MUTANT_CRASH;
    case TW_END_ERROR:
        return TW_MUTANT_ASSERTION;
    case TW_END_FAIL:
    case TW_END_LIMIT:
    case TW_END_DENIED:
    case TW_END_HARNESS:
    case TW_END_UNSUPPORTED:
        break;
    }
    return TW_MUTANT_ERROR;
}

/* Compiling and running is one job, so the time of both counts. */
void tw_mutation_c_judge(const struct tw_mutation_work *w,
                         const struct tw_source *text, struct tw_judged *out)
{
    const char *args[3] = { w->job->tests->name, "", w->hash };
    if (w->object.len > 0) { /* the tests stand apart */
        args[0] = text->name;
        args[1] = "tests.o";
    }
    struct tw_jail_result r;
    tw_jail_result_init(&r);
    out->status = run(w, text, run_script, args, w->seconds, &r, &out->err);
    if (out->status == TW_OK) {
        const char *record = tw_buf_text(&r.record);
        size_t n = strcspn(record, "\n");
        bool ran = strcmp(record + n, "\nrun\n") == 0;
        snprintf(out->hash, sizeof(out->hash), "%.*s", (int)n, record);
        out->fate = fate_of(&r, ran);
        if (!ran && n && *w->hash && strcmp(out->hash, w->hash) == 0)
            out->fate = TW_MUTANT_EQUIVALENT;
        /* The compiler may take longer than a short program. */
        if (!ran && r.end == TW_END_TIMEOUT)
            out->fate = TW_MUTANT_HARNESS;
        n = strcspn(tw_buf_text(&r.err), "\n");
        if (n > 90)
            n = 90;
        snprintf(out->why, sizeof(out->why), "%.60s %.*s", r.cause, (int)n,
                 tw_buf_text(&r.err));
        out->wall_ms = r.wall_ms;
    }
    tw_jail_result_release(&r);
}

/* Tokens are read here: no job is needed to find sites. */
enum tw_status tw_mutation_c_sites(struct tw_mutation_work *w)
{
    return tw_mutate_c(w->a, w->job->source, &w->sites, &w->n_sites, w->err);
}

/* The program with the tokens of each site replaced. */
enum tw_status tw_mutation_c_texts(struct tw_mutation_work *w)
{
    const struct tw_source *s = w->job->source;
    for (size_t i = 0; i < w->n_sites; i++) {
        const struct tw_site *site = &w->sites[i];
        size_t put = strlen(site->put), tail = s->n - site->at - site->len;
        char *text = tw_arena_alloc(w->a, s->n - site->len + put + 1, 1);
        TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
        memcpy(text, s->text, site->at);
        memcpy(text + site->at, site->put, put);
        memcpy(text + site->at + put, s->text + site->at + site->len, tail);
        w->texts[i] = (struct tw_source){ TW_SOURCE_C, s->name, text,
                                          site->at + put + tail };
    }
    return TW_OK;
}
