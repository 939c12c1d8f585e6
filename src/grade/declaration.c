/*
 * declaration.c - the function that a prompt asks for: where its declaration
 * begins, its name, the names of its parameters.
 *
 * Only texts of a task are read, which are ours: a prompt ends with the
 * declaration and an open brace.  What is written otherwise is "not found", and
 * its tests then cannot be had apart from the answer.
 */
#include "grade/declaration.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t skip_back(const char *text, size_t n)
{
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    return n;
}

/* The bracket that opens what the one at text[close] closes; SIZE_MAX: none. */
static size_t opening(const char *text, size_t close)
{
    size_t depth = 0;

    for (size_t i = close + 1; i-- > 0;) {
        depth += text[i] == ')';
        if (text[i] == '(' && --depth == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The last name of a parameter, before "= ..." and "[]". */
static bool add_param(struct tw_declaration *d, const char *at, const char *end)
{
    const char *stop = memchr(at, '=', (size_t)(end - at));

    if (stop)
        end = stop;
    while (end > at && !is_name(end[-1]))
        end--;
    const char *name = end;
    while (name > at && is_name(name[-1]))
        name--;
    if (name == end || name == at || d->n_params == TW_DECLARATION_PARAMS)
        return false;
    d->params[d->n_params].at = name;
    d->params[d->n_params++].n = (size_t)(end - name);
    return true;
}

static bool is_blank_span(const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at == end;
}

/* Commas between parameters, not those of "map<string, int>". */
static bool take_params(struct tw_declaration *d, const char *at,
                        const char *end)
{
    int depth = 0;

    if (is_blank_span(at, end))
        return true;
    for (const char *from = at; at <= end; at++) {
        if (at < end) {
            depth += strchr("<([{", *at) != NULL;
            depth -= strchr(">)]}", *at) != NULL;
        }
        if (at < end && (*at != ',' || depth > 0))
            continue;
        if (!add_param(d, from, at))
            return false;
        from = at + 1;
    }
    return true;
}

/* Some prompts have the description behind the brace. */
static size_t skip_comments(const char *text, size_t n)
{
    for (;;) {
        n = skip_back(text, n);
        size_t line = n;
        while (line > 0 && text[line - 1] != '\n')
            line--;
        size_t first = line + strspn(text + line, " \t");
        if (first + 1 < n && text[first] == '/' && text[first + 1] == '/') {
            n = line;
            continue;
        }
        if (n < 4 || text[n - 1] != '/' || text[n - 2] != '*')
            return n;
        size_t at = n - 3;
        while (at > 0 && !(text[at - 1] == '/' && text[at] == '*'))
            at--;
        if (at == 0)
            return n;
        n = at - 1;
    }
}

bool tw_declaration_read(struct tw_declaration *d, const char *prompt)
{
    size_t n = skip_comments(prompt, strlen(prompt));

    *d = (struct tw_declaration){ .text = prompt };
    if (n == 0 || prompt[n - 1] != '{')
        return false;
    d->end = skip_back(prompt, n - 1);
    size_t close = d->end;
    while (close > 0 && prompt[close - 1] != ')')
        close--; /* "throws X" of Java, results of Go */
    size_t open = close ? opening(prompt, close - 1) : SIZE_MAX;
    if (open == SIZE_MAX || open == 0)
        return false;
    size_t stop = skip_back(prompt, open), name = stop;
    while (name > 0 && is_name(prompt[name - 1]))
        name--;
    size_t line = name;
    while (line > 0 && prompt[line - 1] != '\n')
        line--;
    d->begin = line;
    d->name = (struct tw_span){ prompt + name, stop - name };
    d->type = (struct tw_span){ prompt + line, name - line };
    return name < stop && !is_blank_span(prompt + line, prompt + name) &&
           take_params(d, prompt + open + 1, prompt + close - 1);
}
