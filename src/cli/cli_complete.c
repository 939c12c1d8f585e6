/*
 * cli_complete.c - completion for shells, and all options as JSON, from the
 * same tables that parse the options and print --help.
 *
 *     trialwright --completion bash | zsh
 *     trialwright --options
 */
#include "cli/cli.h"

#include "base/toml.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

static const char *const kinds[] = {
    [TW_OPT_FLAG] = "flag",   [TW_OPT_TEXT] = "text",
    [TW_OPT_INT] = "integer", [TW_OPT_NUMBER] = "number",
    [TW_OPT_LIST] = "list",
};

static bool is_number(const struct tw_opt *o)
{
    return o->kind == TW_OPT_INT || o->kind == TW_OPT_NUMBER;
}

/* Between the words of a list of choices. */
static const char *gap_before(const struct tw_opt *o, const char *const *word)
{
    if (word == o->choices)
        return "";
    return " ";
}

/* ---- JSON ---- */

static void add_option(struct tw_json_out *o, const struct tw_opt *opt)
{
    char letter[2] = { opt->letter, '\0' };

    tw_json_out_line(o, 2);
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "name", opt->name);
    if (opt->letter)
        tw_json_out_text(o, "letter", letter);
    tw_json_out_text(o, "kind", kinds[opt->kind]);
    if (opt->kind != TW_OPT_FLAG)
        tw_json_out_text(o, "value", opt->meta);
    tw_json_out_text(o, "help", opt->help);
    if (is_number(opt)) {
        tw_json_out_number(o, "min", opt->min);
        tw_json_out_number(o, "max", opt->max);
    }
    if (opt->choices) {
        tw_json_out_array(o, "choices");
        for (const char *const *c = opt->choices; *c; c++)
            tw_json_out_text(o, NULL, *c);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

static void add_options(struct tw_buf *b,
                        const struct tw_cli_command *const *commands, size_t n)
{
    struct tw_json_out o;

    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    tw_json_out_array(&o, "commands");
    for (size_t i = 0; i < n; i++) {
        tw_json_out_line(&o, 1);
        tw_json_out_object(&o, NULL);
        tw_json_out_text(&o, "name", commands[i]->name);
        tw_json_out_text(&o, "summary", commands[i]->summary);
        tw_json_out_array(&o, "options");
        for (const struct tw_opt *opt = commands[i]->usage.opts; opt->name;
             opt++)
            add_option(&o, opt);
        tw_json_out_end(&o);
        tw_json_out_end(&o);
    }
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    tw_buf_addc(b, '\n');
}

/* ---- bash ---- */

/* The words that may follow an option, for those that have such a list. */
static void add_bash_choices(struct tw_buf *b, const struct tw_cli_command *c)
{
    for (const struct tw_opt *o = c->usage.opts; o->name; o++) {
        if (!o->choices)
            continue;
        tw_buf_addf(b, "    '%s --%s'", c->name, o->name);
        if (o->letter)
            tw_buf_addf(b, " | '%s -%c'", c->name, o->letter);
        tw_buf_adds(b, ") words='");
        for (const char *const *w = o->choices; *w; w++)
            tw_buf_addf(b, "%s%s", gap_before(o, w), *w);
        tw_buf_adds(b, "' ;;\n");
    }
}

/* All long names, and the letters of those that have one. */
static void add_bash_names(struct tw_buf *b, const struct tw_cli_command *c)
{
    tw_buf_addf(b, "    %s) words='", c->name);
    for (const struct tw_opt *o = c->usage.opts; o->name; o++) {
        if (o != c->usage.opts)
            tw_buf_addc(b, ' ');
        tw_buf_addf(b, "--%s", o->name);
        if (o->letter)
            tw_buf_addf(b, " -%c", o->letter);
    }
    tw_buf_adds(b, "' ;;\n");
}

/* bash alone, without the functions of the package bash-completion. "=" is a
 * word of its own there, so that --size=qu completes too. */
static void add_bash(struct tw_buf *b,
                     const struct tw_cli_command *const *commands, size_t n)
{
    tw_buf_adds(b, "# completion of trialwright for bash; made by 'trialwright "
                   "--completion bash'\n"
                   "_trialwright()\n{\n"
                   "  local current=${COMP_WORDS[COMP_CWORD]} words=\n"
                   "  local before=${COMP_WORDS[COMP_CWORD-1]}\n"
                   "  local command=${COMP_WORDS[1]}\n"
                   "  if [ \"$current\" = = ]; then current=\n"
                   "  elif [ \"$before\" = = ]; then\n"
                   "    before=${COMP_WORDS[COMP_CWORD-2]}\n  fi\n"
                   "  COMPREPLY=()\n"
                   "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                   "    words='--help --version");
    for (size_t i = 0; i < n; i++)
        tw_buf_addf(b, " %s", commands[i]->name);
    tw_buf_adds(b, "'\n    COMPREPLY=($(compgen -W \"$words\" -- "
                   "\"$current\"))\n    return\n  fi\n"
                   "  case \"$command $before\" in\n");
    for (size_t i = 0; i < n; i++)
        add_bash_choices(b, commands[i]);
    tw_buf_adds(b, "  esac\n  if [ -z \"$words\" ] && [ \"${current#-}\" != "
                   "\"$current\" ]; then\n    case $command in\n");
    for (size_t i = 0; i < n; i++)
        add_bash_names(b, commands[i]);
    tw_buf_adds(b, "    esac\n  fi\n  if [ -n \"$words\" ]; then\n"
                   "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                   "  else\n"
                   "    COMPREPLY=($(compgen -f -- \"$current\"))\n  fi\n}\n"
                   "complete -o filenames -F _trialwright trialwright\n");
}

/* ---- zsh ---- */

/* Text within single quotes, where the colon and brackets of _arguments and
 * the quote are escaped. */
static void add_zsh_text(struct tw_buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            tw_buf_adds(b, "'\\''");
        else if (strchr("[]:\\", *text))
            tw_buf_addf(b, "\\%c", *text);
        else
            tw_buf_addc(b, *text);
    }
}

/* One specification of _arguments for a spelling of the option. */
static void add_zsh_option(struct tw_buf *b, const struct tw_opt *o,
                           const char *spelling, const char *assign)
{
    tw_buf_adds(b, " \\\n        '");
    if (o->kind == TW_OPT_LIST)
        tw_buf_addc(b, '*');
    tw_buf_adds(b, spelling);
    if (o->kind != TW_OPT_FLAG)
        tw_buf_adds(b, assign);
    tw_buf_addc(b, '[');
    add_zsh_text(b, o->help);
    tw_buf_addc(b, ']');
    if (o->kind != TW_OPT_FLAG) {
        tw_buf_addc(b, ':');
        add_zsh_text(b, o->meta);
        tw_buf_addc(b, ':');
    }
    if (o->choices) {
        tw_buf_addc(b, '(');
        for (const char *const *w = o->choices; *w; w++)
            tw_buf_addf(b, "%s%s", gap_before(o, w), *w);
        tw_buf_addc(b, ')');
    } else if (o->kind == TW_OPT_TEXT) {
        tw_buf_adds(b, "_files");
    }
    tw_buf_addc(b, '\'');
}

static void add_zsh_command(struct tw_buf *b, const struct tw_cli_command *c)
{
    char spelling[128];

    tw_buf_addf(b, "    %s)\n      _arguments", c->name);
    for (const struct tw_opt *o = c->usage.opts; o->name; o++) {
        snprintf(spelling, sizeof(spelling), "--%s", o->name);
        add_zsh_option(b, o, spelling, "=");
        snprintf(spelling, sizeof(spelling), "-%c", o->letter);
        if (o->letter)
            add_zsh_option(b, o, spelling, "+");
    }
    tw_buf_adds(b, " \\\n        '*:file:_files'\n      ;;\n");
}

static void add_zsh(struct tw_buf *b,
                    const struct tw_cli_command *const *commands, size_t n)
{
    tw_buf_adds(b, "#compdef trialwright\n"
                   "# made by 'trialwright --completion zsh'\n"
                   "_trialwright() {\n"
                   "  if (( CURRENT == 2 )); then\n"
                   "    local -a commands=(");
    for (size_t i = 0; i < n; i++) {
        tw_buf_addf(b, "\n      '%s:", commands[i]->name);
        add_zsh_text(b, commands[i]->summary);
        tw_buf_addc(b, '\'');
    }
    tw_buf_adds(b, ")\n    _describe command commands\n    return\n  fi\n"
                   "  local command=$words[2]\n"
                   "  shift words\n  (( CURRENT-- ))\n"
                   "  case $command in\n");
    for (size_t i = 0; i < n; i++)
        add_zsh_command(b, commands[i]);
    tw_buf_adds(b, "  esac\n}\n_trialwright \"$@\"\n");
}

int tw_cli_tables(const struct tw_cli_command *const *commands, size_t n,
                  const char *what)
{
    static const char *const shells[] = { "bash", "zsh", NULL };
    struct tw_buf b;

    tw_buf_init(&b, 4u << 20);
    if (!what) {
        add_options(&b, commands, n);
    } else if (strcmp(what, "bash") == 0) {
        add_bash(&b, commands, n);
    } else if (strcmp(what, "zsh") == 0) {
        add_zsh(&b, commands, n);
    } else {
        tw_cli_say(
            "trialwright: '--completion' wants bash or zsh, not '%.60s'%s",
            what, tw_toml_hint(what, "", shells).text);
        tw_buf_release(&b);
        return TW_EXIT_USAGE;
    }
    int status = tw_cli_out(&b, TW_EXIT_OK);
    tw_buf_release(&b);
    return status;
}
