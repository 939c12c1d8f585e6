/*
 * cli_command.c - the frame around every subcommand: read the options, open
 * what its function needs, run it, print, release.
 *
 * A command is a constant (struct tw_cli_command), and its function never
 * frees, prints or exits: it fills job->out, and the frame prints it only when
 * the function was successful. So stdout has either a whole result or nothing,
 * never half of a JSON document.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define ARENA_MAX ((size_t)8 << 30) /* a trial of a few gigabytes fits */
#define OUT_MAX   ((size_t)4 << 30)

/* A mistake in the command line: the message, and where help is. */
static int usage_error(const struct tw_opt_usage *usage, const char *message,
                       bool json)
{
    if (json)
        tw_cli_print_error(TW_EXIT_USAGE, message);
    tw_cli_say("trialwright: %s (see '%s --help')", message, usage->command);
    return TW_EXIT_USAGE;
}

/* Help that was asked for is a result: it goes to stdout with status 0, so
 * that it can be piped into a pager. */
static int print_help(const struct tw_opt_usage *usage)
{
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    tw_opt_help(&b, usage);
    int status = tw_cli_out(&b, TW_EXIT_OK);
    tw_buf_release(&b);
    return status;
}

/* What the command itself says about its arguments. */
static const char *own_mistake(const struct tw_cli_job *job, const void *args)
{
    const struct tw_cli_command *c = job->command;

    if (c->rest_wanted &&
        (job->n_rest < c->rest_min || job->n_rest > c->rest_max))
        return c->rest_wanted;
    if (!c->mistake)
        return NULL;
    return c->mistake(args, job->rest, job->n_rest);
}

/* Fill the options and the rest of the job.  true: go on; false: *status is
 * the exit status, and help or an error was printed. */
static bool parse(struct tw_cli_job *job, void *args, int argc, char **argv,
                  int *status)
{
    const struct tw_opt_usage *usage = &job->command->usage;
    struct tw_common *common = args;
    const char *mistake = NULL;
    struct tw_err err = { 0 };

    common->seed = -1; /* none given */
    if (argc >= TW_CLI_ARGS_MAX)
        mistake = "too many arguments";
    else if (tw_opt_parse(usage->opts, args, argc, argv, job->rest,
                          &job->n_rest, &err) != TW_OK)
        mistake = err.msg;
    if (!mistake && common->help) {
        *status = print_help(usage);
        return false;
    }
    if (!mistake)
        mistake = own_mistake(job, args);
    if (mistake)
        /* Where the options before --json were wrong, it was not read. */
        *status = usage_error(usage, mistake,
                              common->json || tw_cli_wants_json(argc, argv));
    return !mistake;
}

/* The exit status and what is printed, from how the function ended. */
static int finish(struct tw_cli_job *job, bool json, enum tw_status st,
                  const struct tw_err *err)
{
    if (st == TW_OK)
        return tw_cli_out(&job->out, job->status);
    int status = tw_cli_fail(st, err);
    if (job->advice)
        tw_cli_say("trialwright: %s", job->advice);
    if (job->status_failed)
        status = job->status_failed;
    if (json)
        tw_cli_print_error(status, err->msg);
    return status;
}

/* The options lie in the job's arena, so that a command's struct may be of any
 * size. Everything is released even though the process ends soon: the leak
 * check of the sanitizers then speaks of real leaks only. */
int tw_cli_main(const struct tw_cli_command *c, int argc, char **argv)
{
    struct tw_cli_job job = { .command = c, .status = TW_EXIT_OK };
    struct tw_err err = { 0 };
    int status = TW_EXIT_INTERNAL;

    tw_arena_init(&job.arena, ARENA_MAX);
    tw_buf_init(&job.out, OUT_MAX);
    tw_json_out_init(&job.json, &job.out);
    void *args = tw_arena_alloc(&job.arena, 1, c->args_size);
    enum tw_status st = tw_arena_check(&job.arena, "the options", &err);
    if (st != TW_OK) {
        status = tw_cli_fail(st, &err);
    } else {
        const struct tw_common *common = args;
        if (c->defaults)
            memcpy(args, c->defaults, c->args_size);
        if (parse(&job, args, argc, argv, &status)) {
            if (c->backend)
                st = tw_cli_backend(&job.be, args, &err);
            if (st == TW_OK)
                st = c->run(&job, args, &err);
            status = finish(&job, common->json, st, &err);
        }
    }
    tw_backend_free(job.be);
    tw_buf_release(&job.out);
    tw_arena_release(&job.arena);
    return status;
}

/* One document, one line end; the writer asserts that the command closed all
 * that it opened. */
void tw_cli_json_end(struct tw_cli_job *job)
{
    tw_json_out_end(&job->json);
    tw_json_out_done(&job->json);
    tw_buf_addc(&job->out, '\n');
}

/* The pool's threads start here; so commands that need no kernels do not ask
 * for a backend. */
enum tw_status tw_cli_backend(struct tw_backend **be,
                              const struct tw_common *common,
                              struct tw_err *err)
{
    return tw_backend_new(be, common->cpu, (unsigned)common->threads, err);
}

size_t tw_cli_count_or(int64_t v, size_t fallback)
{
    return v > 0 ? (size_t)v : fallback;
}

const char *tw_cli_text_or(const char *text, const char *fallback)
{
    return text ? text : fallback;
}

/* 0 is a seed like any other; only -1 says that none was given. Defaults
 * differ from command to command (0 or 1) and stay as they are: results that
 * people keep depend on them. */
uint64_t tw_cli_seed_or(const struct tw_common *common, uint64_t fallback)
{
    return common->seed >= 0 ? (uint64_t)common->seed : fallback;
}
