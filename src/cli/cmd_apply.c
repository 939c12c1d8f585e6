/*
 * cmd_apply.c - apply: new counters, judged by the function of a script.
 *
 * The script does the work, in the jail, and understands the same options when
 * it is run by itself; this command only hands them on.
 */
#include "cli/cli.h"

#include "base/utf8.h"
#include "pipeline/pipeline.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

struct args {
    struct tw_common common;
    const char *pass;
    const char *window;
    struct tw_opt_list set;
    bool all;
    bool weak;
};

static const struct tw_opt opts[] = {
    { "pass", 'p', TW_OPT_TEXT, offsetof(struct args, pass), "EXPR",
      .help =
          "a window passes when this is true of 'result' and the parameters" },
    { "window", 'w', TW_OPT_TEXT, offsetof(struct args, window), "N",
      .help = "rows of a window; 0: each series as a whole" },
    { "set", 0, TW_OPT_LIST, offsetof(struct args, set), "NAME=VALUE",
      .help = "a parameter that is no counter; may be repeated" },
    { "all", 'a', TW_OPT_FLAG, offsetof(struct args, all), NULL,
      .help = "print the windows that pass, too" },
    { "allow-weak-sandbox", 0, TW_OPT_FLAG, offsetof(struct args, weak), NULL,
      .help = "go on without namespaces" },
    TW_COMMON_OPTS(struct args),
};

/* The options once more, as the words that the script reads. */
static size_t make_words(const struct args *args, const char **words)
{
    size_t n = 0;

    if (args->pass) {
        words[n++] = "--pass";
        words[n++] = args->pass;
    }
    if (args->window) {
        words[n++] = "--window";
        words[n++] = args->window;
    }
    if (args->all)
        words[n++] = "--all";
    for (size_t i = 0; i < args->set.n; i++) {
        words[n++] = "--set";
        words[n++] = args->set.items[i];
    }
    return n;
}

/* What a program of a model gave is printed: nothing of it may move the
 * cursor. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    static_assert(2 * TW_OPT_LIST_MAX + 5 <= TW_APPLY_WORDS_MAX, "all fit");
    const char *words[TW_APPLY_WORDS_MAX];
    struct tw_pipeline_apply c = { .script = job->rest[0],
                                   .data = job->rest[1],
                                   .words = words,
                                   .n_words = make_words(args, words),
                                   .json = args->common.json,
                                   .allow_weak = args->weak,
                                   .stop = tw_cli_interrupted };
    struct tw_buf out;
    bool fails = false;

    tw_buf_init(&out, (size_t)64 << 20);
    enum tw_status st = tw_pipeline_apply(&c, &out, &fails, err);
    if (st == TW_OK)
        tw_utf8_add_safe(&job->out, tw_buf_text(&out), out.len);
    if (fails)
        job->status = TW_EXIT_REJECTED;
    tw_buf_release(&out);
    return st;
}

const struct tw_cli_command tw_cmd_apply = {
    .name = "apply",
    .summary = "judge new counters with the function of a script",
    .usage = {
    .command = "trialwright apply",
    .args = "SCRIPT.py DATA.csv [--pass EXPR] [--window N]",
    .about = "Calls the verified function of an accepted script for each "
             "window of new counters, in the jail, and prints the windows "
             "that fail.  Without --pass a window fails when the result is "
             "False, when the function raises an exception or when a property "
             "of the test does not hold.  'python3 SCRIPT.py DATA.csv' does "
             "the same without a jail.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .rest_min = 2,
    .rest_max = 2,
    .rest_wanted = "a script and a file of counters are needed",
    .run = run,
};
