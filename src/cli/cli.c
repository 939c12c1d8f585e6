/*
 * cli.c - signals, exit statuses, and what goes to stdout and stderr.
 *
 * stdout carries results and nothing else, so that a script can read it;
 * errors, progress and remarks go to stderr. The exit status is the only other
 * way in which a command answers, and its numbers are part of the program's
 * interface: --help and the man pages list them, and CI jobs depend on them.
 */
#include "cli/cli.h"

#include "base/utf8.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* The one place where a signal handler leaves a mark. */
static volatile sig_atomic_t interrupted;

/* What is given to a loop that never asks, before the program goes. */
static const struct itimerval grace = { .it_value = { .tv_usec = 800000 } };

/* Async-signal-safe by doing nothing but set a flag and a timer. Every loop
 * that takes long asks for the flag through its progress callback, and the jail
 * does, and then the program ends in good order: a checkpoint or the journal is
 * written before it goes. What does not ask (a file of a gigabyte that is read)
 * is ended by the timer; runs end by themselves when nobody listens. */
static void on_signal(int number)
{
    static const char text[] = "trialwright: interrupted\n";

    if (number == SIGALRM) {
        ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)n; /* nobody is left to tell */
    }
    if (interrupted) /* a second Ctrl-C does not wait */
        _exit(TW_EXIT_INTERRUPTED);
    interrupted = 1;
    (void)setitimer(ITIMER_REAL, &grace, NULL);
}

/* SA_RESTART, because reads of files and pipes are not prepared for EINTR.
 * Children of the jail are not affected: handlers do not survive exec, and the
 * jail kills what is left. */
void tw_cli_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    /* A reader that went away shows as a failed write, not as a death. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

bool tw_cli_interrupted(void)
{
    return interrupted != 0;
}

enum tw_status tw_cli_jail_open(struct tw_jail **jail, bool allow_weak,
                                struct tw_err *err)
{
    TW_TRY(tw_jail_open(jail, allow_weak, err));
    tw_jail_stop_when(*jail, tw_cli_interrupted);
    return TW_OK;
}

/* A status says what the caller can do; an exit status says whose turn it is.
 * Bad input is the user's (2), a missing or unwritable file is the machine's
 * (3), and running out of memory is counted as ours (4). */
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

void tw_cli_add_name(struct tw_buf *b, const char *name)
{
    tw_utf8_add_line(b, name, strlen(name));
}

/* Messages quote file names, arguments and texts from files, which may hold
 * escape sequences for a terminal: they are made harmless here, once for all
 * commands. */
void tw_cli_say(const char *fmt, ...)
{
    char text[4096]; /* longer ones are cut */
    struct tw_buf b;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    tw_buf_init(&b, 4 * sizeof(text) + 1);
    tw_cli_add_name(&b, text);
    fprintf(stderr, "%s\n", tw_buf_text(&b));
    tw_buf_release(&b);
}

int tw_cli_fail(enum tw_status st, const struct tw_err *err)
{
    const char *text = err->msg, *before = "";

    if (err->code == TW_OK || !err->msg[0])
        text = tw_status_name(st);
    if (st == TW_ECANCELED)
        before = "interrupted: ";
    tw_cli_say("trialwright: %s%s", before, text);
    return exit_status(st);
}

/* A result that did not reach the reader is a failure, also when the
 * computation was fine: a full disk behind "> file" must not look like
 * success. The buffer may have failed before, at its limit. */
int tw_cli_out(const struct tw_buf *text, int status)
{
    if (fwrite(tw_buf_text(text), 1, text->len, stdout) == text->len &&
        fflush(stdout) == 0 && !text->failed)
        return status;
    char why[64] = "unknown error";
    if (text->failed)
        snprintf(why, sizeof(why), "%s", tw_status_name(text->failed));
    else
        (void)strerror_r(errno, why, sizeof(why));
    tw_cli_say("trialwright: cannot write to stdout: %s", why);
    return TW_EXIT_ENVIRONMENT;
}

/* By the XDG base directory specification: a relative XDG_CACHE_HOME is to be
 * ignored. Without a home there is no cache, and callers compile anew. */
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
