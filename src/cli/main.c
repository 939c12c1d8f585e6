/* main.c - the list of subcommands. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} commands[] = {
    { "run", tw_cmd_run, "the whole way: data, generator, tests, report" },
    { "plan", tw_cmd_plan, "what run would do, and how long it would take" },
    { "check", tw_cmd_check, "check project and specification files" },
    { "ingest", tw_cmd_ingest, "read counters, print what was found" },
    { "fit", tw_cmd_fit, "train a generator on a trial" },
    { "sample", tw_cmd_sample, "draw series from a generator" },
    { "tsne", tw_cmd_tsne, "embed rows of a CSV file in the plane" },
    { "write", tw_cmd_write, "write the tests of one specification" },
    { "exec", tw_cmd_exec, "run programs in the jail, print verdicts" },
    { "inspect", tw_cmd_inspect,
      "complexity, unsafe calls, coverage, mutation score" },
    { "llm", tw_cmd_llm, "the language model by itself" },
    { "train", tw_cmd_train, "curriculum, tokenizer, language model" },
    { "score", tw_cmd_score, "similarity of texts: METEOR, chrF, BLEU, ..." },
    { "bench", tw_cmd_bench, "answers to code benchmarks, judged and scored" },
    { "codet", tw_cmd_codet, "choice by generated tests, measured" },
    { "report", tw_cmd_report, "rebuild the report of a run" },
};

static int help(FILE *to, int status)
{
    fputs("usage: trialwright COMMAND [ARGUMENTS]\n\n"
          "Turns field-trial data and test descriptions into test scripts that "
          "were run\nand verified.\n\n",
          to);
    for (size_t i = 0; i < TW_ARRAY_LEN(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].about);
    fputs("\n'trialwright COMMAND --help' explains a command.\n\n"
          "Exit status: 0 done and accepted, 1 acceptance not met, 2 usage or\n"
          "specification error, 3 environment missing, 4 internal error, 5 "
          "nothing\nselected, 130 interrupted (run again to go on).\n",
          to);
    return fflush(to) == 0 && !ferror(to) ? status : TW_EXIT_ENVIRONMENT;
}

int main(int argc, char **argv)
{
    tw_cli_catch_signals();
    if (argc < 2)
        return help(stderr, TW_EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help(stdout, TW_EXIT_OK);
    if (strcmp(argv[1], "--version") == 0) {
        printf("trialwright %s\n", TW_VERSION);
        return fflush(stdout) == 0 ? TW_EXIT_OK : TW_EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr,
            "trialwright: unknown command '%.60s' (see 'trialwright "
            "--help')\n",
            argv[1]);
    return TW_EXIT_USAGE;
}
