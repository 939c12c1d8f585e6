/*
 * main.c - the list of subcommands.
 *
 * All that a new command needs beside its own file is a declaration in cli.h,
 * a place in this list, and a line in meson.build; docs/man has a page for
 * each, and a test compares its options with the table.
 */
#include "cli/cli.h"

#include "base/toml.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* In the order of a user's way through the program. */
static const struct tw_cli_command *const commands[] = {
    &tw_cmd_run,    &tw_cmd_plan,    &tw_cmd_check, &tw_cmd_ingest,
    &tw_cmd_fit,    &tw_cmd_sample,  &tw_cmd_tsne,  &tw_cmd_write,
    &tw_cmd_exec,   &tw_cmd_inspect, &tw_cmd_llm,   &tw_cmd_train,
    &tw_cmd_score,  &tw_cmd_bench,   &tw_cmd_codet, &tw_cmd_apply,
    &tw_cmd_report,
};

/* To stdout when it was asked for, to stderr when no command was given: then
 * it is an error message. */
static int help(FILE *to, int status)
{
    fputs("usage: trialwright COMMAND [ARGUMENTS]\n\n"
          "Turns field-trial data and test descriptions into test scripts that "
          "were run\nand verified.\n\n",
          to);
    for (size_t i = 0; i < TW_ARRAY_LEN(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n'trialwright COMMAND --help' explains a command; 'trialwright "
          "--completion bash' (or\nzsh) prints completion for a shell.\n\n"
          "Exit status: 0 done and accepted, 1 acceptance not met, 2 usage or\n"
          "specification error, 3 environment missing, 4 internal error, 5 "
          "nothing\nselected, 130 interrupted (run again to go on).\n",
          to);
    if (fflush(to) != 0 || ferror(to))
        return TW_EXIT_ENVIRONMENT;
    return status;
}

/* With the nearest one: most mistakes are one letter. */
static int unknown_command(const char *name, bool json)
{
    const char *names[TW_ARRAY_LEN(commands) + 1] = { NULL };
    char shown[64], message[256];

    snprintf(shown, sizeof(shown), "%.60s", name);
    for (size_t i = 0; i < TW_ARRAY_LEN(commands); i++)
        names[i] = commands[i]->name;
    snprintf(message, sizeof(message), "unknown command '%s'%s", shown,
             tw_toml_hint(shown, "", names).text);
    if (json)
        tw_cli_print_error(TW_EXIT_USAGE, message);
    tw_cli_say("trialwright: %s (see 'trialwright --help')", message);
    return TW_EXIT_USAGE;
}

/* The name of the command comes before all options: there are no options of
 * the program itself but --help and --version. */
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
        if (fflush(stdout) != 0)
            return TW_EXIT_ENVIRONMENT;
        return TW_EXIT_OK;
    }
    if (strcmp(argv[1], "--options") == 0)
        return tw_cli_tables(commands, TW_ARRAY_LEN(commands), NULL);
    if (strcmp(argv[1], "--completion") == 0)
        return tw_cli_tables(commands, TW_ARRAY_LEN(commands),
                             tw_cli_text_or(argv[2], ""));
    for (size_t i = 0; i < TW_ARRAY_LEN(commands); i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return tw_cli_main(commands[i], argc - 1, argv + 1);
    return unknown_command(argv[1], tw_cli_wants_json(argc, argv));
}
