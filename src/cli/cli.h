/*
 * cli.h - what the subcommands share: common options, exit statuses, progress
 * on stderr, errors, Ctrl-C.
 *
 * A subcommand is one file with one option table and one function; main.c has
 * the list.  stdout carries results only (one JSON document with --json).
 */
#ifndef TW_CLI_CLI_H
#define TW_CLI_CLI_H

#include "base/buf.h"
#include "base/opt.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TW_VERSION "0.1.0"

enum { TW_CLI_ARGS_MAX = 512 }; /* of a command line */

enum tw_exit {
    TW_EXIT_OK = 0,
    TW_EXIT_REJECTED = 1,    /* done, acceptance not met */
    TW_EXIT_USAGE = 2,       /* usage, specification or input error */
    TW_EXIT_ENVIRONMENT = 3, /* model, sandbox, file or dependency missing */
    TW_EXIT_INTERNAL = 4,
    TW_EXIT_NOTHING = 5, /* nothing selected */
    TW_EXIT_INTERRUPTED = 130,
};

/* First member of every subcommand's options. */
struct tw_common {
    bool help;
    bool json;
    bool quiet;
    int64_t seed;    /* -1: not given */
    int64_t threads; /* 0: all CPUs */
    const char *cpu; /* NULL: the best level */
};

/* Entries of an option table whose struct T begins with "common". */
/* clang-format off */
#define TW_COMMON_OPTS(T)                                                      \
    { "json", 0, TW_OPT_FLAG, offsetof(T, common.json), NULL,                  \
      "print one JSON document on stdout" },                                   \
    { "seed", 0, TW_OPT_INT, offsetof(T, common.seed), "N",                    \
      "seed of everything random" },                                           \
    { "threads", 0, TW_OPT_INT, offsetof(T, common.threads), "N",              \
      "worker threads (default: all CPUs)" },                                  \
    { "cpu", 0, TW_OPT_TEXT, offsetof(T, common.cpu), "LEVEL",                 \
      "at most these kernels: ref, avx2, avx512" },                            \
    { "quiet", 'q', TW_OPT_FLAG, offsetof(T, common.quiet), NULL,              \
      "no progress on stderr" },                                               \
    { "help", 'h', TW_OPT_FLAG, offsetof(T, common.help), NULL,                \
      "show this text" },                                                      \
    { 0 }
/* clang-format on */

/* Subcommands; argv[0] is the subcommand's name. */
int tw_cmd_run(int argc, char **argv);
int tw_cmd_plan(int argc, char **argv);
int tw_cmd_check(int argc, char **argv);
int tw_cmd_ingest(int argc, char **argv);
int tw_cmd_fit(int argc, char **argv);
int tw_cmd_sample(int argc, char **argv);
int tw_cmd_tsne(int argc, char **argv);
int tw_cmd_write(int argc, char **argv);
int tw_cmd_exec(int argc, char **argv);
int tw_cmd_llm(int argc, char **argv);
int tw_cmd_train(int argc, char **argv);
int tw_cmd_report(int argc, char **argv);
int tw_cmd_score(int argc, char **argv);
int tw_cmd_bench(int argc, char **argv);
int tw_cmd_codet(int argc, char **argv);
int tw_cmd_inspect(int argc, char **argv);

/* Parse; true: go on.  false: *status is the exit status (help was printed, or
 * an error). rest has room for TW_CLI_ARGS_MAX. */
bool tw_cli_parse(const struct tw_opt_usage *usage, void *args, int argc,
                  char **argv, char **rest, size_t *n_rest, int *status);

/* Print "trialwright: message" and give the exit status for the code. */
int tw_cli_fail(enum tw_status st, const struct tw_err *err);
/* A mistake in the command line: the message, and where help is. */
int tw_cli_usage(const struct tw_opt_usage *usage, const char *message);
/* Write text to stdout, whole; TW_EXIT_ENVIRONMENT when it cannot be. */
int tw_cli_out(const struct tw_buf *text, int status);

/* Folder for what compilers make, $XDG_CACHE_HOME/trialwright or
 * ~/.cache/trialwright; false: there is no such place. */
bool tw_cli_cache(char *path, size_t size);

/* The live line (terminal) or a plain line now and then; NULL when quiet. */
struct tw_cli_progress {
    struct tw_progress progress;
    bool live;
    double begun, shown;
    size_t first; /* units done when the stage began */
    char stage[48];
};
const struct tw_progress *tw_cli_progress(struct tw_cli_progress *p,
                                          bool quiet);
/* Finish the live line. */
void tw_cli_progress_end(struct tw_cli_progress *p);

/* Ctrl-C asks for a stop through the progress callback. */
void tw_cli_catch_signals(void);
bool tw_cli_interrupted(void);

enum tw_status tw_cli_backend(struct tw_backend **be,
                              const struct tw_common *common,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_CLI_CLI_H */
