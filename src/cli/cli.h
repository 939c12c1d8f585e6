/*
 * cli.h - what the subcommands share: common options, exit statuses, progress
 * on stderr, errors, Ctrl-C.
 *
 * A subcommand is a table of options and one function (struct tw_cli_command);
 * main.c has the list.  stdout carries results only (one JSON document with
 * --json).
 */
#ifndef TW_CLI_CLI_H
#define TW_CLI_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_out.h"
#include "base/opt.h"
#include "base/progress.h"
#include "base/status.h"
#include "jail/jail.h"
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
      .help = "print one JSON document on stdout" },                           \
    { "seed", 0, TW_OPT_INT, offsetof(T, common.seed), "N",                    \
      .help = "seed of everything random",                                     \
      TW_OPT_RANGE(0, 9007199254740991) },                                     \
    { "threads", 0, TW_OPT_INT, offsetof(T, common.threads), "N",              \
      .help = "worker threads (default: all CPUs)", TW_OPT_RANGE(1, 256) },    \
    { "cpu", 0, TW_OPT_TEXT, offsetof(T, common.cpu), "LEVEL",                 \
      .help = "at most these kernels: ref, avx2, avx512, avx512vnni",                      \
      TW_OPT_CHOICES("ref", "avx2", "avx512", "avx512vnni") },                               \
    { "quiet", 'q', TW_OPT_FLAG, offsetof(T, common.quiet), NULL,              \
      .help = "no progress on stderr" },                                       \
    { "help", 'h', TW_OPT_FLAG, offsetof(T, common.help), NULL,                \
      .help = "show this text" },                                              \
    { 0 }
/* clang-format on */

struct tw_cli_command;

/* What the function of a command works with.  All of it is opened before and
 * released after. */
struct tw_cli_job {
    const struct tw_cli_command *command;
    char *rest[TW_CLI_ARGS_MAX]; /* arguments that are no options; borrowed */
    size_t n_rest;
    struct tw_backend *be; /* NULL unless the command asks for one */
    struct tw_arena arena;
    struct tw_buf out;       /* for stdout, printed when the function is OK */
    struct tw_json_out json; /* writes into out */
    int status;              /* exit status of success; TW_EXIT_OK */
    int status_failed;       /* of a failure; 0: by its code */
    const char *advice;      /* printed behind the message of a failure */
};

/* A subcommand: its options and one function. */
struct tw_cli_command {
    const char *name;
    const char *summary; /* in the list of commands */
    struct tw_opt_usage usage;
    size_t args_size;     /* of the struct that the options fill; it begins with
                             struct tw_common */
    const void *defaults; /* of that struct; NULL: all zero */
    bool backend;
    /* How many arguments besides options; what is said when it is another
     * number, or NULL: mistake() counts. */
    size_t rest_min, rest_max;
    const char *rest_wanted;
    /* What else is wrong with the command line, or NULL; may be NULL itself. */
    const char *(*mistake)(const void *args, char *const *rest, size_t n_rest);
    enum tw_status (*run)(struct tw_cli_job *job, const void *args,
                          struct tw_err *err);
};

extern const struct tw_cli_command tw_cmd_run, tw_cmd_plan, tw_cmd_write,
    tw_cmd_check, tw_cmd_ingest, tw_cmd_fit, tw_cmd_sample, tw_cmd_tsne,
    tw_cmd_exec, tw_cmd_inspect, tw_cmd_llm, tw_cmd_train, tw_cmd_report,
    tw_cmd_score, tw_cmd_bench, tw_cmd_codet, tw_cmd_apply;

/* Run a command; argv[0] is its name.  The result is the exit status. */
int tw_cli_main(const struct tw_cli_command *c, int argc, char **argv);

/* Close the outermost object or list of the JSON document, end the line. */
void tw_cli_json_end(struct tw_cli_job *job);

/* A line on stderr, whatever is in its texts: what a terminal would obey, and
 * line ends, are escaped. */
void tw_cli_say(const char *fmt, ...) TW_PRINTF(1, 2);
/* Append a name in one line for a terminal, likewise. */
void tw_cli_add_name(struct tw_buf *b, const char *name);
/* Print "trialwright: message" and give the exit status for the code. */
int tw_cli_fail(enum tw_status st, const struct tw_err *err);
/* The same as a JSON document on stdout, for --json (cli_error.c). */
void tw_cli_print_error(int status, const char *message);
void tw_cli_add_error(struct tw_buf *b, int status, const char *message);
/* Is --json among the arguments, whatever stands around it? */
bool tw_cli_wants_json(int argc, char **argv);
/* Completion for a shell, or (NULL) all tables of options as JSON. */
int tw_cli_tables(const struct tw_cli_command *const *commands, size_t n,
                  const char *shell);
/* Write text to stdout, whole; TW_EXIT_ENVIRONMENT when it cannot be. */
int tw_cli_out(const struct tw_buf *text, int status);

/* What an option says, or what holds without it. */
size_t tw_cli_count_or(int64_t v, size_t fallback); /* v > 0: given */
const char *tw_cli_text_or(const char *text, const char *fallback);
uint64_t tw_cli_seed_or(const struct tw_common *common, uint64_t fallback);

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
/* A jail that ends its runs when the program is asked to stop. */
enum tw_status tw_cli_jail_open(struct tw_jail **jail, bool allow_weak,
                                struct tw_err *err) TW_NODISCARD;

/* For commands that find out late that they need one; the caller frees it. */
enum tw_status tw_cli_backend(struct tw_backend **be,
                              const struct tw_common *common,
                              struct tw_err *err) TW_NODISCARD;

#endif /* TW_CLI_CLI_H */
