/*
 * cli_error.c - a failure as one JSON document, for programs that asked for
 * JSON: they read why from there, and not from a text on stderr.
 *
 *     {"error": {"status": 2, "message": "a.toml:3:5: unknown key ...",
 *                "file": "a.toml", "line": 3, "column": 5}}
 *
 * Files and lines are those of the message, which is what a person reads; so
 * the two cannot differ. What the message does not name is null.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The part of a message that names a file, and where in the file. */
struct place {
    const char *file;
    size_t n_file;
    unsigned long line, column; /* 0: not said */
};

/* A number that begins at p and is followed by a colon or a blank. */
static unsigned long number_at(const char *p, const char **end)
{
    char *rest;

    if (*p < '1' || *p > '9')
        return 0;
    unsigned long v = strtoul(p, &rest, 10);
    if (*rest != ':' && *rest != ' ')
        return 0;
    *end = rest;
    return v;
}

/* "FILE:LINE: what" or "FILE:LINE:COLUMN: what", as compilers write it. A file
 * name may hold blanks and colons: the first number between colons counts. */
static bool find_prefix(struct place *p, const char *message)
{
    for (const char *at = strchr(message, ':'); at; at = strchr(at + 1, ':')) {
        const char *end = at;
        unsigned long line = number_at(at + 1, &end);
        if (!line || *end != ':' || at == message)
            continue;
        p->file = message;
        p->n_file = (size_t)(at - message);
        p->line = line;
        p->column = number_at(end + 1, &end);
        return true;
    }
    return false;
}

/* "line 3 of 'FILE' ...", "cannot open 'FILE': ...". */
static void find_quoted(struct place *p, const char *message)
{
    static const char *const heads[] = { "cannot open ", "cannot read ",
                                         "cannot write ", "cannot map ",
                                         "cannot create " };
    const char *at = NULL, *end = message;

    if (strncmp(message, "line ", 5) == 0) {
        p->line = number_at(message + 5, &end);
        if (p->line && strncmp(end, " of '", 5) == 0)
            at = end + 4;
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(heads); i++)
        if (strncmp(message, heads[i], strlen(heads[i])) == 0)
            at = message + strlen(heads[i]);
    if (!at || *at != '\'' || !strchr(at + 1, '\'')) {
        p->line = 0;
        return;
    }
    p->file = at + 1;
    p->n_file = (size_t)(strchr(at + 1, '\'') - p->file);
}

static void add_number(struct tw_json_out *o, const char *key, unsigned long v)
{
    if (v)
        tw_json_out_count(o, key, v);
    else
        tw_json_out_null(o, key);
}

void tw_cli_add_error(struct tw_buf *b, int status, const char *message)
{
    struct place p = { 0 };
    struct tw_json_out o;

    if (!find_prefix(&p, message))
        find_quoted(&p, message);
    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    tw_json_out_object(&o, "error");
    tw_json_out_count(&o, "status", (size_t)status);
    tw_json_out_text(&o, "message", message);
    if (p.file)
        tw_json_out_bytes(&o, "file", p.file, p.n_file);
    else
        tw_json_out_null(&o, "file");
    add_number(&o, "line", p.line);
    add_number(&o, "column", p.column);
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    tw_buf_addc(b, '\n');
}

/* The message stands on stderr as well: a terminal shows one, a pipe takes the
 * other. */
void tw_cli_print_error(int status, const char *message)
{
    struct tw_buf b;

    tw_buf_init(&b, 1u << 16);
    tw_cli_add_error(&b, status, message);
    (void)tw_cli_out(&b, status);
    tw_buf_release(&b);
}

bool tw_cli_wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}
