/*
 * cmd_exec.c - exec: programs in the jail, and how each of them ended.
 *
 * The sandbox by itself, for people who want to see what it does: the same
 * limits and the same verdicts as for the answers of a model, in all
 * languages. The exit status is 0 only when every program passed.
 */
#include "cli/cli.h"

#include "base/file.h"
#include "base/utf8.h"
#include "lang/lang.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define SOURCE_MAX ((size_t)16 << 20)
#define STDIN_MAX  ((size_t)256 << 20)

/* A limit of 0 is that of the language: compilers and virtual machines need
 * more than a script. */
struct args {
    struct tw_common common;
    const char *lang;
    const char *in;
    double time_s;
    double compile_s;
    int64_t mem_mib;
    bool no_cache;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "lang", 'l', TW_OPT_TEXT, offsetof(struct args, lang), "L",
      .help = "python, c, cpp, javascript, java, go or shell (default: by the "
              "file's "
              "ending)" },
    { "time", 't', TW_OPT_NUMBER, offsetof(struct args, time_s), "S",
      .help = "limit of the run in seconds, wall and CPU (default 10)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "mem", 'm', TW_OPT_INT, offsetof(struct args, mem_mib), "MiB",
      .help = "limit of memory of the run (default 512)",
      TW_OPT_RANGE(1, 1048576) },
    { "compile-time", 0, TW_OPT_NUMBER, offsetof(struct args, compile_s), "S",
      .help = "limit of the compiler in seconds (default: 60 wall, 40 CPU)",
      TW_OPT_RANGE(0.001, 1000000) },
    { "no-cache", 0, TW_OPT_FLAG, offsetof(struct args, no_cache), NULL,
      .help = "compile anew and keep nothing" },
    { "stdin", 0, TW_OPT_TEXT, offsetof(struct args, in), "FILE",
      .help = "give the program this on its standard input" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      .help = "go on without namespaces; every verdict then says so" },
    TW_COMMON_OPTS(struct args),
};

/* What all programs of a command line share. */
struct exec {
    const struct args *args;
    struct tw_langs *langs;
    struct tw_buf in;
};

/* Two messages: a language that was asked for and is unknown is a misspelling,
 * an unknown file ending is a missing option. */
static enum tw_status language(enum tw_lang *lang, const char *path,
                               const char *name, struct tw_err *err)
{
    *lang = name ? tw_lang_find(name) : tw_lang_of_file(path);
    if (*lang == TW_LANG_COUNT && name)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot run the language '%.40s': give python, c, cpp, "
                       "javascript, java, go or shell",
                       name);
    if (*lang == TW_LANG_COUNT)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot tell how to run '%.100s': give --lang python, "
                       "c, cpp, javascript, java, go or shell",
                       path);
    return TW_OK;
}

/* Compile and run under limits. A failure of this function is ours or the
 * user's; whatever the program does is a result in *r. The source is held only
 * for the call. */
static enum tw_status run_one(const struct exec *x, const char *path,
                              struct tw_program_result *r, struct tw_err *err)
{
    const struct args *args = x->args;
    struct tw_program p = { .n_stdin = x->in.len };
    struct tw_buf source;

    if (args->in)
        p.stdin_bytes = tw_buf_text(&x->in);
    TW_TRY(language(&p.lang, path, args->lang, err));
    p.limits = tw_lang_limits(p.lang);
    if (args->time_s > 0)
        p.limits.wall_s = p.limits.cpu_s = args->time_s;
    if (args->mem_mib > 0)
        p.limits.mem_bytes = (size_t)args->mem_mib << 20;
    p.compile_limits = tw_lang_limits_compile(p.lang);
    if (args->compile_s > 0)
        p.compile_limits.wall_s = p.compile_limits.cpu_s = args->compile_s;
    tw_buf_init(&source, SOURCE_MAX);
    enum tw_status st = tw_file_read(&source, path, err);
    if (st == TW_OK) {
        p.source = tw_buf_text(&source);
        p.source_len = source.len;
        st = tw_program_run(x->langs, &p, r, err);
    }
    tw_buf_release(&source);
    return st;
}

/* Where it stopped: the compiler, or the run. */
static const struct tw_jail_result *last(const struct tw_program_result *r)
{
    return r->compiled ? &r->run : &r->build;
}

/* One line: what was found out, or how it ended. */
static void add_cause(struct tw_buf *b, const struct tw_program_result *r)
{
    const struct tw_finding *f = &r->finding;
    bool known = f->type[0] || f->line > 0;

    if (!r->compiled)
        tw_buf_adds(b, "does not compile: ");
    if (r->compiled || !known)
        tw_buf_adds(b, last(r)->cause);
    if (!known)
        return;
    if (r->compiled)
        tw_buf_adds(b, ": ");
    if (r->compiled && f->type[0])
        tw_buf_addf(b, "%s%s", f->type, f->text[0] ? ": " : "");
    tw_buf_adds(b, f->text);
    if (f->line > 0)
        tw_buf_addf(b, ", line %d", f->line);
}

static void add_json(struct tw_json_out *o, const char *path,
                     const struct tw_program_result *r)
{
    const struct tw_jail_result *end = last(r);
    struct tw_buf cause;

    tw_buf_init(&cause, 4096);
    add_cause(&cause, r);
    if (o->filled[o->depth])
        tw_json_out_line(o, 1);
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "file", path);
    tw_json_out_text(o, "verdict", tw_end_name(r->finding.end));
    tw_json_out_int(o, "status", end->exit_code);
    tw_json_out_int(o, "signal", end->signal);
    tw_json_out_fixed(o, "cpu_ms", end->cpu_ms, 3);
    tw_json_out_fixed(o, "wall_ms", end->wall_ms, 3);
    tw_json_out_fixed(o, "peak_mib", end->peak_mib, 2);
    tw_json_out_text(o, "cause", tw_buf_text(&cause));
    tw_json_out_bytes(o, "stdout", tw_buf_text(&end->out), end->out.len);
    tw_json_out_bytes(o, "stderr", tw_buf_text(&end->err), end->err.len);
    tw_json_out_bool(o, "truncated", end->truncated);
    tw_json_out_end(o);
    tw_buf_release(&cause);
}

/* The line about the program first, then what it wrote: its output may be
 * long, and may have no newline at its end. */
static void add_text(struct tw_buf *b, const char *path,
                     const struct tw_program_result *r)
{
    const struct tw_jail_result *end = last(r);

    struct tw_buf cause;

    tw_buf_addf(b, "%-8s ", tw_end_name(r->finding.end));
    tw_cli_add_name(b, path);
    tw_buf_adds(b, ": ");
    tw_buf_init(&cause, 8192);
    add_cause(&cause, r); /* with words of the program's own */
    tw_cli_add_name(b, tw_buf_text(&cause));
    tw_buf_release(&cause);
    tw_buf_addf(b, " (%.1f ms CPU, %.1f ms, %.1f MiB", end->cpu_ms,
                end->wall_ms, end->peak_mib);
    if (r->compile_ms > 0 && r->compiled)
        tw_buf_addf(b, "; compiled in %.0f ms", r->compile_ms);
    if (r->cached)
        tw_buf_adds(b, "; compiled before");
    tw_buf_adds(b, ")\n");
    tw_utf8_add_safe(b, tw_buf_text(&end->out), end->out.len);
    tw_utf8_add_safe(b, tw_buf_text(&end->err), end->err.len);
}

/* A program that cannot be tried is said at once, and the others still run.
 * The first bad news decides the exit status. */
static void try_program(struct tw_cli_job *job, const struct exec *x,
                        const char *path)
{
    struct tw_program_result r;
    struct tw_err err = { 0 };

    tw_program_result_init(&r);
    enum tw_status st = run_one(x, path, &r, &err);
    if (st != TW_OK) {
        job->status = tw_cli_fail(st, &err);
    } else {
        if (x->args->common.json)
            add_json(&job->json, path, &r);
        else
            add_text(&job->out, path, &r);
        if (r.finding.end != TW_END_PASS && job->status == TW_EXIT_OK)
            job->status = TW_EXIT_REJECTED;
    }
    tw_program_result_release(&r);
}

/* One after another and not in the pool: the times are printed, and programs
 * beside each other would change them. */
static void run_all(struct tw_cli_job *job, const struct exec *x)
{
    const bool json = x->args->common.json;

    if (json)
        tw_json_out_array(&job->json, NULL);
    for (size_t i = 0; i < job->n_rest && !tw_cli_interrupted(); i++)
        try_program(job, x, job->rest[i]);
    if (json)
        tw_cli_json_end(job);
    if (tw_cli_interrupted())
        job->status = TW_EXIT_INTERRUPTED;
}

/* A cache that cannot be written is no reason to run nothing. */
static enum tw_status open_langs(struct exec *x, struct tw_jail *jail,
                                 struct tw_err *err)
{
    char cache[400];

    if (!x->args->no_cache && tw_cli_cache(cache, sizeof(cache)) &&
        tw_langs_open(&x->langs, jail, cache, NULL) == TW_OK)
        return TW_OK;
    return tw_langs_open(&x->langs, jail, NULL, err);
}

/* The input of --stdin is read once and given to each program from its
 * beginning. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    struct exec x = { .args = options };
    struct tw_jail *jail;
    enum tw_status st = TW_OK;

    TW_TRY(tw_cli_jail_open(&jail, x.args->weak, err));
    tw_buf_init(&x.in, STDIN_MAX);
    if (x.args->in)
        st = tw_file_read(&x.in, x.args->in, err);
    if (st == TW_OK)
        st = open_langs(&x, jail, err);
    if (st == TW_OK)
        run_all(job, &x);
    tw_langs_close(x.langs);
    tw_buf_release(&x.in);
    tw_jail_close(jail);
    return st;
}

const struct tw_cli_command tw_cmd_exec = {
    .name = "exec",
    .summary = "run programs in the jail, print verdicts",
    .usage = {
    .command = "trialwright exec",
    .args = "PATH... [--lang L] [--time S] [--mem MiB]",
    .about = "Runs programs in the jail and prints how each ended: exit status "
             "0 is 'pass', another 'error'; 'timeout', 'limit', 'denied' and "
             "'signal' name what stopped it, 'harness' is a fault of ours.  "
             "Compilers run in the jail too; what they make is kept in "
             "$XDG_CACHE_HOME/trialwright or ~/.cache/trialwright.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 1,
    .rest_max = TW_CLI_ARGS_MAX,
    .rest_wanted = "no program given",
    .run = run,
};
