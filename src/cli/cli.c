#include "cli/cli.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* The one place where a signal handler leaves a mark. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    if (interrupted) /* a second Ctrl-C does not wait */
        _exit(TW_EXIT_INTERRUPTED);
    interrupted = 1;
}

void tw_cli_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader that went away shows as a failed write, not as a death. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

bool tw_cli_interrupted(void)
{
    return interrupted != 0;
}

static int exit_status(enum tw_status st)
{
    switch (st) {
    case TW_OK:
        return TW_EXIT_OK;
    case TW_EFORMAT:
    case TW_EINVAL:
    case TW_ELIMIT:
        return TW_EXIT_USAGE;
    case TW_EIO:
        return TW_EXIT_ENVIRONMENT;
    case TW_ENOMEM:
        return TW_EXIT_INTERNAL;
    case TW_ECANCELED:
        return TW_EXIT_INTERRUPTED;
    }
    return TW_EXIT_INTERNAL;
}

int tw_cli_fail(enum tw_status st, const struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, 4096);
    tw_buf_adds(&b, st == TW_ECANCELED ? "trialwright: interrupted: "
                                       : "trialwright: ");
    if (err->code == TW_OK || !err->msg[0])
        tw_buf_adds(&b, tw_status_name(st));
    else
        tw_utf8_add_safe(&b, err->msg, strlen(err->msg));
    fprintf(stderr, "%s\n", tw_buf_text(&b));
    tw_buf_release(&b);
    return exit_status(st);
}

int tw_cli_usage(const struct tw_opt_usage *usage, const char *message)
{
    fprintf(stderr, "trialwright: %s (see '%s --help')\n", message,
            usage->command);
    return TW_EXIT_USAGE;
}

int tw_cli_out(const struct tw_buf *text, int status)
{
    if (fwrite(tw_buf_text(text), 1, text->len, stdout) == text->len &&
        fflush(stdout) == 0 && !text->failed)
        return status;
    char why[64] = "unknown error";
    (void)strerror_r(errno, why, sizeof(why));
    fprintf(stderr, "trialwright: cannot write to stdout: %s\n",
            text->failed ? tw_status_name(text->failed) : why);
    return TW_EXIT_ENVIRONMENT;
}

static bool known_cpu(const char *cpu)
{
    return !cpu || strcmp(cpu, "ref") == 0 || strcmp(cpu, "avx2") == 0 ||
           strcmp(cpu, "avx512") == 0;
}

/* No option of any command means something below 0, and 0 is often "choose
 * yourself": a negative number would pass for that. */
static bool is_negative(const struct tw_opt *opt, const void *args)
{
    const char *field = (const char *)args + opt->offset;
    int64_t n = 0;
    double x = 0;

    if (opt->kind == TW_OPT_INT)
        memcpy(&n, field, sizeof(n));
    else if (opt->kind == TW_OPT_NUMBER)
        memcpy(&x, field, sizeof(x));
    return n < 0 || x < 0;
}

/* Bit i: option i is negative. */
static uint64_t find_negative(const struct tw_opt *opts, const void *args)
{
    uint64_t found = 0;

    for (size_t i = 0; opts[i].name && i < 64; i++)
        if (is_negative(&opts[i], args))
            found |= UINT64_C(1) << i;
    return found;
}

static bool refuse_negative(const struct tw_opt_usage *usage, uint64_t negative,
                            int *status)
{
    char message[128];

    for (size_t i = 0; usage->opts[i].name && i < 64; i++) {
        if (!(negative >> i & 1))
            continue;
        snprintf(message, sizeof(message), "--%s must not be negative",
                 usage->opts[i].name);
        *status = tw_cli_usage(usage, message);
        return true;
    }
    return false;
}

bool tw_cli_parse(const struct tw_opt_usage *usage, void *args, int argc,
                  char **argv, char **rest, size_t *n_rest, int *status)
{
    struct tw_common *common = args;
    struct tw_err err = { 0 };

    common->seed = -1; /* none given */
    uint64_t unset = find_negative(usage->opts, args);
    if (argc >= TW_CLI_ARGS_MAX) {
        *status = tw_cli_usage(usage, "too many arguments");
        return false;
    }
    if (tw_opt_parse(usage->opts, args, argc, argv, rest, n_rest, &err) !=
        TW_OK) {
        *status = tw_cli_usage(usage, err.msg);
        return false;
    }
    if (common->help) {
        struct tw_buf b;
        tw_buf_init(&b, 1u << 16);
        tw_opt_help(&b, usage);
        *status = tw_cli_out(&b, TW_EXIT_OK);
        tw_buf_release(&b);
        return false;
    }
    if (refuse_negative(usage, find_negative(usage->opts, args) & ~unset,
                        status))
        return false;
    if (common->seed < -1) {
        *status = tw_cli_usage(usage, "--seed must not be negative");
        return false;
    }
    if (!known_cpu(common->cpu)) {
        *status = tw_cli_usage(usage, "--cpu must be ref, avx2 or avx512");
        return false;
    }
    if (common->threads < 0 || common->threads > 256) {
        *status = tw_cli_usage(usage, "--threads must be 0 to 256");
        return false;
    }
    return true;
}

enum tw_status tw_cli_backend(struct tw_backend **be,
                              const struct tw_common *common,
                              struct tw_err *err)
{
    return tw_backend_new(be, common->cpu, (unsigned)common->threads, err);
}

static void format_seconds(char out[32], double s)
{
    if (s >= 3600)
        snprintf(out, 32, "%.0f h %02.0f min", s / 3600 - 0.5,
                 (s - 3600 * (double)(int)(s / 3600)) / 60);
    else if (s >= 60)
        snprintf(out, 32, "%d min %02d s", (int)(s / 60), (int)s % 60);
    else
        snprintf(out, 32, "%.0f s", s);
}

/* A new stage begins: its clock starts. */
static void begin_stage(struct tw_cli_progress *p, const char *stage,
                        size_t done, double now)
{
    tw_cli_progress_end(p);
    snprintf(p->stage, sizeof(p->stage), "%s", stage);
    p->begun = now;
    p->first = done;
    if (p->live)
        p->shown = 0;
    else if (p->shown <= 0)
        p->shown = now; /* a short stage leaves no plain line */
}

static void print_step(const struct tw_cli_progress *p, size_t done,
                       size_t total, const char *text, double now)
{
    const char *before = p->live ? "\r\x1b[K" : "";
    const char *after = p->live ? "" : "\n";
    char left[32] = "";

    if (done > p->first && total > done)
        format_seconds(left, (now - p->begun) * (double)(total - done) /
                                 (double)(done - p->first));
    else if (total && done >= total)
        format_seconds(left, 0);
    if (total)
        fprintf(stderr, "%s%s %zu/%zu %s%s%s%s%s", before, p->stage, done,
                total, text, *text && *left ? ", " : "", left,
                *left ? " left" : "", after);
    else
        fprintf(stderr, "%s%s %s%s", before, p->stage, text, after);
    (void)fflush(stderr);
}

static bool show_step(void *ctx, const char *stage, size_t done, size_t total,
                      const char *text)
{
    struct tw_cli_progress *p = ctx;
    double now = tw_clock_mono();

    if (strncmp(p->stage, stage, sizeof(p->stage) - 1) != 0)
        begin_stage(p, stage, done, now);
    bool last = p->live && total && done >= total;
    if (last || now - p->shown >= (p->live ? 0.2 : 10.0)) {
        p->shown = now;
        print_step(p, done, total, text ? text : "", now);
    }
    return !interrupted;
}

/* Quiet: nothing to see, but Ctrl-C still asks for a stop. */
static bool quiet_step(void *ctx, const char *stage, size_t done, size_t total,
                       const char *text)
{
    (void)ctx;
    (void)stage;
    (void)done;
    (void)total;
    (void)text;
    return !interrupted;
}

const struct tw_progress *tw_cli_progress(struct tw_cli_progress *p, bool quiet)
{
    *p = (struct tw_cli_progress){
        .progress = { .step = quiet ? quiet_step : show_step, .ctx = p },
        .live = !quiet && isatty(STDERR_FILENO),
    };
    return &p->progress;
}

void tw_cli_progress_end(struct tw_cli_progress *p)
{
    if (p->live && p->stage[0])
        fputc('\n', stderr);
    p->stage[0] = '\0';
}

bool tw_cli_cache(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int n = -1;

    if (cache && cache[0] == '/')
        n = snprintf(path, size, "%s/trialwright", cache);
    else if (home && home[0] == '/')
        n = snprintf(path, size, "%s/.cache/trialwright", home);
    return n > 0 && (size_t)n < size;
}
