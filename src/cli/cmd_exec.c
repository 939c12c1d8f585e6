#include "cli/cli.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "sandbox/jail.h"
#include "sandbox/pyrun.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define SOURCE_MAX ((size_t)16 << 20)

struct args {
    struct tw_common common;
    const char *lang;
    double time_s;
    int64_t mem_mib;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "lang", 'l', TW_OPT_TEXT, offsetof(struct args, lang), "L",
      "python or sh (default: by the file's ending)" },
    { "time", 't', TW_OPT_NUMBER, offsetof(struct args, time_s), "S",
      "limit in seconds, wall and CPU (default 10)" },
    { "mem", 'm', TW_OPT_INT, offsetof(struct args, mem_mib), "MiB",
      "limit of memory (default 512)" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      "go on without namespaces; every verdict then says so" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright exec",
    .args = "PATH... [--lang L] [--time S] [--mem MiB]",
    .about = "Runs programs in the jail and prints how each ended: exit status "
             "0 is 'pass', another 'error'; 'timeout', 'limit', 'denied' and "
             "'signal' name what stopped it, 'harness' is a fault of ours.",
    .opts = opts,
};

/* Interpreter for the file, or NULL. */
static const char *interpreter(const char *path, const char *lang)
{
    const char *dot = strrchr(path, '.');
    const char *name = lang ? lang : dot ? dot + 1 : "";

    if (strcmp(name, "python") == 0 || strcmp(name, "py") == 0)
        return tw_py_interpreter();
    if (strcmp(name, "sh") == 0 || strcmp(name, "shell") == 0)
        return "/bin/sh";
    return NULL;
}

static enum tw_status run_one(struct tw_jail *jail, const struct args *args,
                              const char *path, struct tw_jail_result *r,
                              struct tw_err *err)
{
    const char *program = interpreter(path, args->lang);
    struct tw_buf source;

    if (!program)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot tell how to run '%.100s': give --lang python "
                       "or sh",
                       path);
    tw_buf_init(&source, SOURCE_MAX);
    enum tw_status st = tw_file_read(&source, path, err);
    if (st == TW_OK) {
        struct tw_jail_file file = { "program", tw_buf_text(&source),
                                     source.len };
        const char *const argv[] = { program, "program", NULL };
        struct tw_jail_spec spec = { .argv = argv,
                                     .files = &file,
                                     .n_files = 1,
                                     .limits = tw_jail_limits_default() };
        if (args->time_s > 0)
            spec.limits.wall_s = spec.limits.cpu_s = args->time_s;
        if (args->mem_mib > 0)
            spec.limits.mem_bytes = (size_t)args->mem_mib << 20;
        st = tw_jail_run(jail, &spec, r, err);
    }
    tw_buf_release(&source);
    return st;
}

static void add_json(struct tw_buf *b, const char *path,
                     const struct tw_jail_result *r)
{
    tw_buf_adds(b, "{\"file\": ");
    tw_json_adds(b, path);
    tw_buf_addf(b,
                ", \"verdict\": \"%s\", \"status\": %d, \"signal\": %d, "
                "\"cpu_ms\": %.3f, \"wall_ms\": %.3f, \"peak_mib\": %.2f, "
                "\"cause\": ",
                tw_verdict_name(r->verdict), r->exit_code, r->signal, r->cpu_ms,
                r->wall_ms, r->peak_mib);
    tw_json_adds(b, r->cause);
    tw_buf_adds(b, ", \"stdout\": ");
    tw_json_add_string(b, tw_buf_text(&r->out), r->out.len);
    tw_buf_adds(b, ", \"stderr\": ");
    tw_json_add_string(b, tw_buf_text(&r->err), r->err.len);
    tw_buf_addf(b, ", \"truncated\": %s}", r->truncated ? "true" : "false");
}

static void add_text(struct tw_buf *b, const char *path,
                     const struct tw_jail_result *r)
{
    tw_buf_addf(b, "%-8s %s: %s (%.1f ms CPU, %.1f ms, %.1f MiB)\n",
                tw_verdict_name(r->verdict), path, r->cause, r->cpu_ms,
                r->wall_ms, r->peak_mib);
    tw_utf8_add_safe(b, tw_buf_text(&r->out), r->out.len);
    tw_utf8_add_safe(b, tw_buf_text(&r->err), r->err.len);
}

static int run_all(struct tw_jail *jail, const struct args *args, char **paths,
                   size_t n, struct tw_buf *out)
{
    int status = TW_EXIT_OK;

    if (args->common.json)
        tw_buf_adds(out, "[");
    for (size_t i = 0; i < n && !tw_cli_interrupted(); i++) {
        struct tw_jail_result r;
        struct tw_err err = { 0 };
        tw_jail_result_init(&r);
        enum tw_status st = run_one(jail, args, paths[i], &r, &err);
        if (st != TW_OK) {
            status = tw_cli_fail(st, &err);
        } else if (args->common.json) {
            tw_buf_adds(out, out->len > 1 ? ",\n " : "");
            add_json(out, paths[i], &r);
        } else {
            add_text(out, paths[i], &r);
        }
        if (st == TW_OK && r.verdict != TW_VERDICT_PASS && status == TW_EXIT_OK)
            status = TW_EXIT_REJECTED;
        tw_jail_result_release(&r);
    }
    if (args->common.json)
        tw_buf_adds(out, "]\n");
    return tw_cli_interrupted() ? TW_EXIT_INTERRUPTED : status;
}

int tw_cmd_exec(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    struct tw_jail *jail;
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest == 0)
        return tw_cli_usage(&usage, "no program given");
    enum tw_status st = tw_jail_open(&jail, args.weak, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_buf_init(&out, (size_t)1 << 30);
    status = run_all(jail, &args, rest, n_rest, &out);
    status = tw_cli_out(&out, status);
    tw_buf_release(&out);
    tw_jail_close(jail);
    return status;
}
