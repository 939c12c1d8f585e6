/*
 * opt.c - one table of options: parsing, help and the manual from it.
 *
 * Not getopt_long(): its state is global, its messages go to stderr, and the
 * table here also makes --help and the manual page, so that none of the three
 * can lag behind.
 */
#include "base/opt.h"

#include "base/size.h"
#include "base/toml.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* WIDTH: one less than a terminal of 80, where some break the line at the 80th.
 * INDENT: where the texts of options begin. */
enum { NAMES_MAX = 128, WIDTH = 79, INDENT = 26 };

#define LARGE 1e9

/* Where parsing stands: argument i, and within a group of letters the text
 * behind the current letter. */
struct scan {
    const struct tw_opt *opts;
    void *args;
    char **argv;
    int argc;
    int i;
    struct tw_err *err;
};

/* Fields of the table that are left out are NULL. */
static const char *text_or(const char *text, const char *fallback)
{
    if (!text)
        return fallback;
    return text;
}

/* A name as files write it, with "_", is the same name: keys of a project and
 * members of JSON are words of the command line. */
static bool same_name(const char *name, const char *typed, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (name[i] != typed[i] && !(name[i] == '-' && typed[i] == '_'))
            return false; /* also at the end of name */
    return name[n] == '\0';
}

/* Whole names only. Abbreviations would break scripts on the day when a second
 * option with the same beginning comes. */
static const struct tw_opt *find_name(const struct tw_opt *opts,
                                      const char *name, size_t n)
{
    for (; opts->name; opts++)
        if (same_name(opts->name, name, n))
            return opts;
    return NULL;
}

/* Options without a letter have 0 there, which no argument holds. */
static const struct tw_opt *find_letter(const struct tw_opt *opts, char c)
{
    for (; opts->name; opts++)
        if (c && opts->letter == c)
            return opts;
    return NULL;
}

/* The name as it was typed, cut to fit, and the nearest option that exists:
 * most mistakes are one letter. */
static enum tw_status fail_unknown(struct scan *s, const char *name, size_t n)
{
    const char *names[NAMES_MAX + 1];
    char text[64];
    size_t k = 0;

    n = tw_size_min(n, sizeof(text) - 1);
    memcpy(text, name, n);
    text[n] = '\0';
    for (const struct tw_opt *o = s->opts; o->name && k < NAMES_MAX; o++)
        names[k++] = o->name;
    names[k] = NULL;
    return tw_fail(s->err, TW_EINVAL, 0, "unknown option '--%s'%s", text,
                   tw_toml_hint(text, "--", names).text);
}

/* Before word k of n in a sentence. */
static const char *list_comma(size_t k, size_t n)
{
    if (k == 0)
        return "";
    if (k + 1 == n)
        return " or ";
    return ", ";
}

/* wanted: what would be right, with its article. */
static enum tw_status fail_value(struct scan *s, const struct tw_opt *o,
                                 const char *value, const char *wanted)
{
    return tw_fail(s->err, TW_EINVAL, 0, "option '--%s' wants %s, not '%.60s'",
                   o->name, wanted, value);
}

/* "from 1 to 256": an end that nobody types says less than a word. */
static enum tw_status fail_range(struct scan *s, const struct tw_opt *o,
                                 const char *value)
{
    const char *what = "a number";
    char wanted[96];

    if (o->kind == TW_OPT_INT)
        what = "an integer";
    if (o->max >= LARGE)
        snprintf(wanted, sizeof(wanted), "%s of at least %.15g", what, o->min);
    else
        snprintf(wanted, sizeof(wanted), "%s from %.15g to %.15g", what, o->min,
                 o->max);
    return fail_value(s, o, value, wanted);
}

static bool is_numeric(const struct tw_opt *o)
{
    return o->kind == TW_OPT_INT || o->kind == TW_OPT_NUMBER;
}

static bool is_outside(const struct tw_opt *o, double v)
{
    return is_numeric(o) && (v < o->min || v > o->max);
}

/* A word of the list, or the nearest one is named. */
static enum tw_status check_choice(struct scan *s, const struct tw_opt *o,
                                   const char *value)
{
    struct tw_buf b;
    size_t i = 0;

    for (; o->choices && o->choices[i]; i++)
        if (strcmp(o->choices[i], value) == 0)
            return TW_OK;
    if (!i)
        return TW_OK;
    tw_buf_init(&b, 4096);
    for (size_t k = 0; k < i; k++)
        tw_buf_addf(&b, "%s%s", list_comma(k, i), o->choices[k]);
    enum tw_status st = tw_fail(
        s->err, TW_EINVAL, 0, "option '--%s' wants %s, not '%.60s'%s", o->name,
        tw_buf_text(&b), value, tw_toml_hint(value, "", o->choices).text);
    tw_buf_release(&b);
    return st;
}

/* Writes the field at the option's offset. The kind says which type it has
 * (opt.h); nothing here can see a table that names the wrong one. */
static enum tw_status store(struct scan *s, const struct tw_opt *o,
                            const char *value)
{
    void *field = (char *)s->args + o->offset;
    struct tw_opt_list *list;
    char *end;

    errno = 0;
    switch (o->kind) {
    case TW_OPT_FLAG:
        *(bool *)field = true;
        break;
    case TW_OPT_TEXT:
        TW_TRY(check_choice(s, o, value));
        *(const char **)field = value;
        break;
    case TW_OPT_INT: {
        long long v = strtoll(value, &end, 10);
        if (end == value || *end || errno)
            return fail_value(s, o, value, "an integer");
        if (is_outside(o, (double)v))
            return fail_range(s, o, value);
        *(int64_t *)field = v;
        break;
    }
    case TW_OPT_NUMBER: {
        double v = strtod(value, &end);
        if (end == value || *end || !isfinite(v))
            return fail_value(s, o, value, "a number");
        if (is_outside(o, v))
            return fail_range(s, o, value);
        *(double *)field = v;
        break;
    }
    case TW_OPT_LIST:
        list = field;
        if (list->n == TW_OPT_LIST_MAX)
            return tw_fail(s->err, TW_ELIMIT, 0,
                           "option '--%s' is given more than %d times", o->name,
                           TW_OPT_LIST_MAX);
        list->items[list->n++] = value;
        break;
    }
    return TW_OK;
}

/* value NULL: the next argument is the value. */
static enum tw_status store_next(struct scan *s, const struct tw_opt *o,
                                 const char *value)
{
    if (!value && s->i + 1 >= s->argc)
        return tw_fail(s->err, TW_EINVAL, 0, "option '--%s' wants a value: %s",
                       o->name, text_or(o->meta, "VALUE"));
    if (!value)
        value = s->argv[++s->i];
    return store(s, o, value);
}

/* "--name=value" or "--name value"; a flag takes none, and "--flag=no" is
 * refused, because it would set the flag. */
static enum tw_status parse_long(struct scan *s, const char *text)
{
    size_t n = strcspn(text, "=");
    const char *value = NULL;
    const struct tw_opt *o = find_name(s->opts, text, n);

    if (text[n] == '=')
        value = text + n + 1;
    if (!o)
        return fail_unknown(s, text, n);
    if (o->kind != TW_OPT_FLAG)
        return store_next(s, o, value);
    if (value)
        return tw_fail(s->err, TW_EINVAL, 0, "option '--%s' takes no value",
                       o->name);
    return store(s, o, NULL);
}

static enum tw_status fail_letter(struct scan *s, const char *text)
{
    char shown = *text;

    if (shown < '!' || shown > '~')
        shown = '?'; /* half a character, or a code for the terminal */
    return tw_fail(s->err, TW_EINVAL, 0, "unknown option '-%c' in '-%.60s'",
                   shown, text);
}

/* "-ab" is "-a -b"; after a letter that takes a value the rest of the argument
 * is the value. */
static enum tw_status parse_letters(struct scan *s, const char *text)
{
    for (; *text; text++) {
        const struct tw_opt *o = find_letter(s->opts, *text);
        if (!o)
            return fail_letter(s, text);
        if (o->kind != TW_OPT_FLAG && text[1] == '\0')
            return store_next(s, o, NULL);
        if (o->kind != TW_OPT_FLAG)
            return store_next(s, o, text + 1);
        TW_TRY(store(s, o, NULL));
    }
    return TW_OK;
}

/* Options and other arguments may be mixed. "-" alone is an argument, it means
 * standard input; behind "--" all are. */
enum tw_status tw_opt_parse(const struct tw_opt *opts, void *args, int argc,
                            char **argv, char **rest, size_t *n_rest,
                            struct tw_err *err)
{
    struct scan s = { .opts = opts,
                      .args = args,
                      .argv = argv,
                      .argc = argc,
                      .i = 1,
                      .err = err };
    bool ended = false;
    size_t n = 0;

    *n_rest = 0;
    rest[0] = NULL;
    for (; s.i < argc; s.i++) {
        char *arg = argv[s.i];
        if (ended || arg[0] != '-' || !arg[1])
            rest[n++] = arg;
        else if (arg[1] != '-')
            TW_TRY(parse_letters(&s, arg + 1));
        else if (arg[2])
            TW_TRY(parse_long(&s, arg + 2));
        else
            ended = true;
    }
    rest[n] = NULL;
    *n_rest = n;
    return TW_OK;
}

/* Words of text from column at on, lines broken before WIDTH and indented. */
static void add_wrapped(struct tw_buf *b, const char *text, size_t at,
                        size_t indent)
{
    bool first = true;

    while (*text) {
        size_t n = strcspn(text, " \n");
        if (!first && at + 1 + n > WIDTH) {
            tw_buf_addf(b, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first) {
            tw_buf_addc(b, ' ');
            at++;
        }
        tw_buf_add(b, text, n);
        at += n;
        first = false;
        text += n;
        text += strspn(text, " \n");
    }
    tw_buf_addc(b, '\n');
}

/* One option; its text begins on the next line when the name is too long. */
static void add_option(struct tw_buf *b, const struct tw_opt *o)
{
    size_t start = b->len;

    if (o->letter)
        tw_buf_addf(b, "  -%c, --%s", o->letter, o->name);
    else
        tw_buf_addf(b, "      --%s", o->name);
    if (o->kind != TW_OPT_FLAG)
        tw_buf_addf(b, " %s", text_or(o->meta, "VALUE"));
    size_t at = b->len - start;
    if (at + 2 > INDENT)
        tw_buf_addf(b, "\n%*s", INDENT, "");
    else
        tw_buf_addf(b, "%*s", (int)(INDENT - at), "");
    add_wrapped(b, text_or(o->help, ""), INDENT, INDENT);
}

/* The order is that of the table: the author of a command puts what matters
 * most first. */
void tw_opt_help(struct tw_buf *b, const struct tw_opt_usage *u)
{
    size_t at = strlen("usage: ") + strlen(u->command) + 1;

    tw_buf_addf(b, "usage: %s ", u->command);
    add_wrapped(b, text_or(u->args, ""), at, 4);
    if (u->about && u->about[0]) {
        tw_buf_addc(b, '\n');
        add_wrapped(b, u->about, 0, 0);
    }
    if (u->opts && u->opts->name)
        tw_buf_adds(b, "\noptions:\n");
    for (const struct tw_opt *o = u->opts; o && o->name; o++) {
        TW_ASSERT(!is_numeric(o) || o->min < o->max);
        add_option(b, o);
    }
}

/* Text of a macro line or of its own: roff must not see escapes in it. */
static void add_roff(struct tw_buf *b, const char *text)
{
    if (*text == '.' || *text == '\'')
        tw_buf_adds(b, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            tw_buf_adds(b, "\\e");
        else if (*text == '\n')
            tw_buf_addc(b, ' ');
        else
            tw_buf_addc(b, *text);
    }
}

void tw_opt_mdoc(struct tw_buf *b, const struct tw_opt *opts)
{
    tw_buf_adds(b, ".Bl -tag -width Ds\n");
    for (const struct tw_opt *o = opts; o->name; o++) {
        tw_buf_adds(b, ".It ");
        if (o->letter)
            tw_buf_addf(b, "Fl %c , ", o->letter);
        tw_buf_addf(b, "Fl -%s", o->name);
        if (o->kind != TW_OPT_FLAG) {
            tw_buf_adds(b, " Ar ");
            add_roff(b, text_or(o->meta, "VALUE"));
        }
        tw_buf_addc(b, '\n');
        add_roff(b, text_or(o->help, ""));
        tw_buf_adds(b, ".\n");
    }
    tw_buf_adds(b, ".El\n");
}
