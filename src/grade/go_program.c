/*
 * go_program.c - one Go file from the pieces of a task and an answer.
 *
 * HumanEval-X keeps setup, prompt and tests apart, each with imports of its
 * own; Go wants one package clause, one place for imports, and none of them
 * without a use.  So the pieces are read line by line.  It is no parser: a
 * string over several lines that looks like an import would be taken for one.
 */
#include "grade/grade_lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { IMPORTS_MAX = 96, NAME_MAX_LEN = 127 };

/* Imports of setup, prompt and answer become one list; what the set brings and
 * the program does not use is left out, for Go calls that an error.  What the
 * answer itself imports stays: unused, it is the answer's error. */
struct import {
    const char *alias, *path; /* pieces of the texts */
    size_t n_alias, n_path;
    bool own; /* the answer's */
};

/* What the pieces say of themselves, besides code. */
struct go {
    struct import imports[IMPORTS_MAX];
    size_t n;
    const char *package; /* name, a piece */
    size_t n_package;
};

/* What published harnesses add to an answer that uses and does not import it.
 */
static const char *const usual[] = {
    "math",  "strings", "fmt",  "strconv",   "time",
    "bytes", "regexp",  "sort", "math/rand", "crypto/md5",
};

/* The library that the published tests need.  Ours of that name
 * (lang_assert.go) counts checks and passes them on. */
static const char testify[] = "github.com/stretchr/testify/assert";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* Once each: the setup and the prompt usually bring the same.  One that the
 * answer has too is the answer's.  More than fit are dropped; the compiler will
 * miss the name. */
static void add_import(struct go *go, struct import im)
{
    for (size_t i = 0; i < go->n; i++)
        if (go->imports[i].n_path == im.n_path &&
            memcmp(go->imports[i].path, im.path, im.n_path) == 0 &&
            go->imports[i].n_alias == im.n_alias &&
            memcmp(go->imports[i].alias, im.alias, im.n_alias) == 0) {
            go->imports[i].own |= im.own;
            return;
        }
    if (go->n < IMPORTS_MAX)
        go->imports[go->n++] = im;
}

/* [ALIAS] "PATH", perhaps several with ';' between them. */
static void take_imports(struct go *go, const char *at, const char *end,
                         bool own)
{
    while (at < end) {
        struct import im = { .own = own };
        while (at < end && (is_blank(*at) || *at == ';'))
            at++;
        im.alias = at;
        while (at < end && (is_name(*at) || *at == '.'))
            at++;
        im.n_alias = (size_t)(at - im.alias);
        while (at < end && is_blank(*at))
            at++;
        if (at >= end || *at != '"')
            return;
        im.path = ++at;
        while (at < end && *at != '"')
            at++;
        im.n_path = (size_t)(at - im.path);
        if (at < end && im.n_path > 0)
            add_import(go, im);
        at += at < end;
    }
}

/* Is this word there, and not only as the beginning of a longer one? */
static bool word_at(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0 &&
           (at + n == end || !is_name(at[n]));
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* The first clause wins, which is the setup's. */
static void take_package(struct go *go, const char *at, const char *end)
{
    const char *name = at = skip_blank(at, end);

    while (at < end && is_name(*at))
        at++;
    if (!go->package) {
        go->package = name;
        go->n_package = (size_t)(at - name);
    }
}

/* Imports up to the closing bracket; true: it is not in this line. */
static bool take_list(struct go *go, const char *at, const char *end, bool own)
{
    const char *close = memchr(at, ')', (size_t)(end - at));

    if (close)
        end = close;
    take_imports(go, at, end, own);
    return !close;
}

/* A line that is no code of the program; *inside: of "import (". */
static bool take_line(struct go *go, const char *at, const char *end, bool own,
                      bool *inside)
{
    if (*inside) {
        *inside = take_list(go, skip_blank(at, end), end, own);
        return true;
    }
    if (word_at(at, end, "package")) {
        take_package(go, at + strlen("package"), end);
        return true;
    }
    if (!word_at(at, end, "import"))
        return false;
    at = skip_blank(at + strlen("import"), end);
    if (at < end && *at == '(')
        *inside = take_list(go, at + 1, end, own);
    else
        take_imports(go, at, end, own);
    return true;
}

/* Copy text without its package clause and imports, whose lines stay empty. */
static void take(struct go *go, struct tw_buf *to, const char *text, size_t n,
                 bool own)
{
    const char *at = text, *end = text + n;
    bool inside = false;

    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        const char *stop = end;
        if (eol)
            stop = eol;
        if (!take_line(go, at, stop, own, &inside))
            tw_buf_add(to, at, (size_t)(stop - at));
        if (eol)
            tw_buf_addc(to, '\n');
        at = stop + (eol != NULL);
    }
}

/* Is there "NAME." in the text? */
static bool uses(const char *text, const char *name, size_t n)
{
    for (const char *at = text; (at = strchr(at, '.')) != NULL; at++)
        if ((size_t)(at - text) >= n && memcmp(at - n, name, n) == 0 &&
            ((size_t)(at - text) == n ||
             (!is_name(at[-(ptrdiff_t)n - 1]) && at[-(ptrdiff_t)n - 1] != '.')))
            return true;
    return false;
}

/* The name by which a program calls the package, unless it has an alias. */
static const char *last_part(const struct import *im, size_t *n)
{
    const char *name = im->path;

    for (size_t i = 0; i < im->n_path; i++)
        if (im->path[i] == '/')
            name = im->path + i + 1;
    *n = (size_t)(im->path + im->n_path - name);
    return name;
}

/* Is the path one of the words of the list? */
static bool is_avoided(const struct import *im, const char *avoid)
{
    for (const char *at = avoid; *at;) {
        size_t n = strcspn(at, " ");
        if (n == im->n_path && memcmp(at, im->path, n) == 0)
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

/* Does the import belong into the program?  "_" and "." have uses that no text
 * shows. */
static bool wanted(const struct import *im, const char *body, const char *avoid)
{
    size_t n = im->n_alias;
    const char *name = im->alias;

    if (n == 0)
        name = last_part(im, &n);
    if (!im->own && is_avoided(im, avoid))
        return false;
    return im->own || (n == 1 && (name[0] == '_' || name[0] == '.')) ||
           uses(body, name, n);
}

/* The usual packages, but none whose name another package has already:
 * math/rand and crypto/rand are both called rand. */
static void add_usual(struct go *go)
{
    const size_t before = go->n;

    for (size_t i = 0; i < TW_ARRAY_LEN(usual); i++) {
        struct import im = { "", usual[i], 0, strlen(usual[i]), false };
        size_t n, m;
        const char *name = last_part(&im, &n);
        bool taken = false;
        for (size_t k = 0; k < before && !taken; k++) {
            const char *other = last_part(&go->imports[k], &m);
            taken = m == n && memcmp(name, other, n) == 0;
        }
        if (!taken)
            add_import(go, im);
    }
}

/* Package clause and imports; the caller's lines begin below, with a //line of
 * their own, so messages name the answer's lines. */
static void add_head(struct tw_buf *b, const struct go *go, const char *body,
                     const char *avoid)
{
    tw_buf_adds(b, "package ");
    if (go->package)
        tw_buf_add(b, go->package, go->n_package);
    else
        tw_buf_adds(b, "main");
    tw_buf_adds(b, "\nimport (\n");
    for (size_t i = 0; i < go->n; i++) {
        const struct import *im = &go->imports[i];
        if (!wanted(im, body, avoid))
            continue;
        tw_buf_add(b, im->alias, im->n_alias);
        if (im->n_path == strlen(testify) &&
            memcmp(im->path, testify, im->n_path) == 0)
            tw_buf_adds(b, " \"trialwright/assert\"\n");
        else
            tw_buf_addf(b, " \"%.*s\"\n", (int)im->n_path, im->path);
    }
    tw_buf_adds(b, ")\n");
}

/* The name in "func TestNAME(" of the tests, which our main calls.  The first
 * one counts. */
static bool find_test(const char *tests, char test[NAME_MAX_LEN + 1])
{
    const char *at = strstr(tests, "func Test");
    size_t n = 0;

    if (!at)
        return false;
    for (at += 5; is_name(at[n]);)
        n++;
    if (n > NAME_MAX_LEN)
        return false;
    memcpy(test, at, n);
    test[n] = '\0';
    return true;
}

/* "NAME" and "(PARAMS) RESULTS" of "func NAME(PARAMS) RESULTS {", the last line
 * of the prompt; false: it ends otherwise. */
struct go_entry {
    const char *line, *name, *type;
    size_t n_name, n_type;
};

static bool find_entry(struct go_entry *e, const char *prompt)
{
    static const char word[] = "func ";
    size_t n = strlen(prompt);

    while (n > 0 && (is_blank(prompt[n - 1]) || prompt[n - 1] == '\n'))
        n--;
    if (n == 0 || prompt[n - 1] != '{')
        return false;
    const char *end = prompt + n - 1, *at = end;
    while (at > prompt && at[-1] != '\n')
        at--;
    e->line = at;
    if ((size_t)(end - at) < sizeof(word) || memcmp(at, word, 5) != 0)
        return false;
    e->name = at + 5;
    for (e->n_name = 0; is_name(e->name[e->n_name]);)
        e->n_name++;
    e->type = skip_blank(e->name + e->n_name, end);
    e->n_type = (size_t)(end - e->type);
    return e->n_name > 0 && e->type < end && *e->type == '(';
}

/* A function that asks the candidate has its name; the types are declared by
 * the task. */
static void add_asking(struct tw_buf *b, const struct go_entry *e)
{
    tw_buf_addf(b, "\nvar %.*s func%.*s\n", (int)e->n_name, e->name,
                (int)e->n_type, e->type);
    tw_buf_addf(b, "func init() { tw_peer.Bind(&%.*s) }\n", (int)e->n_name,
                e->name);
}

/* The candidate's function for those who ask. */
static void add_serving(struct tw_buf *b, const struct go_entry *e)
{
    tw_buf_addf(b,
                "\n//line tests.go:1\nfunc init() { var tw_served func%.*s = "
                "%.*s; tw_peer.Serving(tw_served) }\n",
                (int)e->n_type, e->type, (int)e->n_name, e->name);
}

/* The body of one of the three programs; the prompt of a whole one is read for
 * its imports only. */
static void add_body(struct go *go, struct tw_buf *body, struct tw_buf *rest,
                     enum tw_go_part part, const struct go_entry *e,
                     const struct tw_grade_answer *answer)
{
    const struct tw_task *task = answer->task;
    struct tw_buf *prompt = body;

    take(go, rest, task->setup, strlen(task->setup), false);
    if (part == TW_GO_TESTS) {
        take(go, body, task->prompt, (size_t)(e->line - task->prompt), false);
        add_asking(body, e);
    } else {
        if (answer->whole)
            prompt = rest;
        take(go, prompt, task->prompt, strlen(task->prompt), false);
        take(go, body, answer->text, answer->len, true);
    }
    if (part == TW_GO_CANDIDATE) {
        add_serving(body, e);
        return;
    }
    tw_buf_adds(body, "\n//line tests.go:1\n");
    take(go, body, task->tests, strlen(task->tests), false);
}

/* Buffers are sticky: one that is full makes the program full. */
enum tw_status tw_go_program(struct tw_buf *program, char test[128],
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             enum tw_go_part part, const char *avoid,
                             struct tw_err *err)
{
    static const char peer[] = "trialwright/peer", alias[] = "tw_peer";
    const struct tw_task *task = answer->task;
    struct go go = { .n = 0 };
    struct go_entry e = { .name = "" };
    struct tw_buf body, rest;

    test[0] = '\0';
    if (!find_test(task->tests, test))
        return tw_fail(err, TW_EFORMAT, 0,
                       "find no test function in task '%.60s'", task->id);
    if (part != TW_GO_TOGETHER && !find_entry(&e, task->prompt))
        return tw_fail(err, TW_EFORMAT, 0, "find no function in task '%.60s'",
                       task->id);
    tw_buf_init(&body, TW_PROGRAM_MAX);
    tw_buf_init(&rest, TW_PROGRAM_MAX);
    if (part != TW_GO_TOGETHER)
        add_import(&go, (struct import){ alias, peer, strlen(alias),
                                         strlen(peer), false });
    add_body(&go, &body, &rest, part, &e, answer);
    /* Those of a task are complete. */
    if (g->options.prelude && part != TW_GO_TESTS)
        add_usual(&go);
    add_head(program, &go, tw_buf_text(&body), avoid);
    tw_buf_adds(program, "//line main.go:1\n");
    tw_buf_adds(program, tw_buf_text(&body));
    if (body.failed || rest.failed)
        program->failed = TW_ENOMEM;
    tw_buf_release(&body);
    tw_buf_release(&rest);
    return tw_buf_check(program, "a program", err);
}

bool tw_go_apart(const struct tw_task *task)
{
    struct go_entry e;

    return find_entry(&e, task->prompt);
}
