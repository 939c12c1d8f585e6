/*
 * cmd_check.c - check: are projects and specifications as they should be?
 *
 * What run would refuse is an error here, and what it would accept for too
 * little is a warning.  The same readers and the same makers of cases look at
 * the files, so that a file which passes here is not refused there; with
 * --no-data no trial is opened, which is fast enough for an editor or a commit
 * hook.
 */
#include "cli/cli.h"

#include "jail/jail.h"
#include "pipeline/check.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { SEED_DEFAULT = 1 };

struct args {
    struct tw_common common;
    bool no_data, strict;
};

static const struct tw_opt opts[] = {
    { "no-data", 0, TW_OPT_FLAG, offsetof(struct args, no_data), NULL,
      .help = "do not open the field-trial data" },
    { "strict", 0, TW_OPT_FLAG, offsetof(struct args, strict), NULL,
      .help = "warnings count as errors" },
    TW_COMMON_OPTS(struct args),
};

/* A line that editors jump to. */
static void add_line(struct tw_buf *b, const struct tw_spec_finding *f)
{
    tw_buf_addf(b, "%s:%u:%u: ", f->pos.file, f->pos.line, f->pos.column);
    if (f->grade == TW_SPEC_WARNING)
        tw_buf_adds(b, "warning: ");
    tw_buf_adds(b, f->reason);
}

/* On stderr, as all complaints are; "FILE: ok" and the like on stdout. */
static void add_text(struct tw_cli_job *job, const char *path,
                     const struct tw_spec_findings *found)
{
    struct tw_buf line;
    size_t n_warnings = found->n + found->n_lost - found->n_errors;

    tw_buf_init(&line, 4096);
    for (size_t i = 0; i < found->n; i++) {
        tw_buf_clear(&line);
        add_line(&line, &found->list[i]);
        tw_cli_say("%s", tw_buf_text(&line));
    }
    tw_buf_release(&line);
    if (found->n_lost)
        tw_cli_say("%s: %zu more", path, found->n_lost);
    tw_cli_add_name(&job->out, path);
    if (found->n_errors)
        tw_buf_addf(&job->out, ": errors: %zu, warnings: %zu\n",
                    found->n_errors, n_warnings);
    else if (n_warnings)
        tw_buf_addf(&job->out, ": ok, warnings: %zu\n", n_warnings);
    else
        tw_buf_adds(&job->out, ": ok\n");
}

/* The first error again as one text, for readers of the older form. */
static void add_first_error(struct tw_json_out *o,
                            const struct tw_spec_findings *found)
{
    struct tw_buf line;

    tw_buf_init(&line, 4096);
    for (size_t i = 0; i < found->n && !line.len; i++)
        if (found->list[i].grade == TW_SPEC_ERROR)
            add_line(&line, &found->list[i]);
    tw_json_out_text(o, "error", tw_buf_text(&line));
    tw_buf_release(&line);
}

static void add_json(struct tw_json_out *o, const char *path, bool ok,
                     const struct tw_spec_findings *found)
{
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "file", path);
    tw_json_out_bool(o, "ok", ok);
    add_first_error(o, found);
    tw_json_out_array(o, "findings");
    for (size_t i = 0; i < found->n; i++) {
        const struct tw_spec_finding *f = &found->list[i];
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "grade", tw_spec_grade_name(f->grade));
        tw_json_out_text(o, "file", f->pos.file);
        tw_json_out_count(o, "line", f->pos.line);
        tw_json_out_count(o, "column", f->pos.column);
        tw_json_out_text(o, "reason", f->reason);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
    tw_json_out_count(o, "more", found->n_lost);
    tw_json_out_end(o);
}

/* A file that cannot be opened has no line: its error stands in the list at
 * the file's begin, and decides the exit status. */
static enum tw_status check_file(struct tw_cli_job *job,
                                 struct tw_check_config *c, bool strict,
                                 bool json, size_t *n_tests)
{
    struct tw_spec_findings found;
    struct tw_arena a;
    struct tw_err why = { 0 };

    tw_arena_init(&a, 16u << 20);
    tw_spec_findings_init(&found, &a);
    enum tw_status st = tw_check_file(c, &found, n_tests, &why);
    bool read = st == TW_OK;
    if (!read)
        job->status = tw_cli_fail(st, &why);
    else if (found.n_errors || (strict && found.n))
        job->status = TW_EXIT_USAGE;
    if (st != TW_OK && st != TW_ENOMEM)
        st =
            tw_spec_found(&found, TW_SPEC_ERROR,
                          (struct tw_spec_pos){ c->path, 1, 1 }, "%s", why.msg);
    bool ok = !found.n_errors && !(strict && found.n);
    if (json)
        add_json(&job->json, c->path, ok, &found);
    else if (read)
        add_text(job, c->path, &found);
    tw_arena_release(&a);
    return st;
}

/* Without a jail or a Python the files are still read.  That less was looked at
 * is said, and the status tells it too: a hook must not take it for a pass. */
static struct tw_jail *open_jail(struct tw_cli_job *job)
{
    struct tw_jail *jail = NULL;
    struct tw_err why = { 0 };

    enum tw_status st = tw_cli_jail_open(&jail, false, &why);
    if (st == TW_OK)
        return jail;
    tw_cli_say("trialwright: expressions are not checked");
    job->status = tw_cli_fail(st, &why);
    return NULL;
}

/* A file that is wrong is said at once, and the others are still checked. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    bool json = args->common.json;
    size_t n_tests = 0;
    struct tw_check_config c = {
        .data = !args->no_data,
        .jail = open_jail(job),
        .seed = tw_cli_seed_or(&args->common, SEED_DEFAULT),
    };

    if (json) {
        tw_json_out_object(&job->json, NULL);
        tw_json_out_array(&job->json, "files");
    }
    enum tw_status st = TW_OK;
    for (size_t i = 0; st == TW_OK && i < job->n_rest; i++) {
        c.path = job->rest[i];
        st = check_file(job, &c, args->strict, json, &n_tests);
    }
    tw_jail_close(c.jail);
    if (st != TW_OK)
        return tw_fail(err, st, 0, "out of memory for the findings");
    if (json) {
        tw_json_out_end(&job->json);
        tw_json_out_count(&job->json, "tests", n_tests);
        tw_cli_json_end(job);
    }
    if (job->status == TW_EXIT_OK && n_tests == 0)
        job->status = TW_EXIT_NOTHING;
    return TW_OK;
}

const struct tw_cli_command tw_cmd_check = {
    .name = "check",
    .summary = "check project and specification files",
    .usage = {
    .command = "trialwright check",
    .args = "FILE...",
    .about = "Finds what a run would stumble over, all of it: syntax, keys, "
             "types, calls, names in expressions, ids that name one script, "
             "counters that the data lack, and oracles that fail on an input. "
             "Warnings are tests that prove little: an expected value that "
             "never changes, an outcome that no input reaches. Each finding "
             "is FILE:LINE:COLUMN: reason, with the nearest known name.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 1,
    .rest_max = TW_CLI_ARGS_MAX,
    .rest_wanted = "no file given",
    .run = run,
};
