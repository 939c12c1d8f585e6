/*
 * inspect_c.c - C looked at as tokens.
 *
 * Without a preprocessor nobody knows what a name means, and tests of models
 * often do not compile: so nothing is parsed, and each figure is what tokens
 * can tell.  A note may be wrong about a macro; a person reads it.
 */
#include <string.h>

#include "code/ctok.h"
#include "inspect/inspect_priv.h"

#include "base/banned.h"

/* A text with more notes than these is not read to its end by anybody. */
enum { NOTES_MAX = 2000, WORD_MAX = 95 };

/* What a generated test has no business to call, with the reason: bounds (no
 * length is given), unchecked (no error is told), files, process, network,
 * native.  The names are split so that
 * banned.h, which poisons some of them, sees strings only. */
static const struct {
    const char *name, *kind;
} unsafe[] = {
    { "gets", "bounds" },          { "strcpy", "bounds" },
    { "strcat", "bounds" },        { "stpcpy", "bounds" },
    { "sprintf", "bounds" },       { "vsprintf", "bounds" },
    { "alloca", "bounds" },        { "wcscpy", "bounds" },
    { "wcscat", "bounds" },        { "atoi", "unchecked" },
    { "atol", "unchecked" },       { "atof", "unchecked" },
    { "tmpnam", "files" },         { "tempnam", "files" },
    { "mktemp", "files" },         { "remove", "files" },
    { "unlink", "files" },         { "rmdir", "files" },
    { "rename", "files" },         { "truncate", "files" },
    { "chmod", "files" },          { "chown", "files" },
    { "system", "process" },       { "popen", "process" },
    { "fork", "process" },         { "vfork", "process" },
    { "kill", "process" },         { "abort", "process" },
    { "_exit", "process" },        { "execl", "process" },
    { "execle", "process" },       { "execlp", "process" },
    { "execv", "process" },        { "execve", "process" },
    { "execvp", "process" },       { "posix_spawn", "process" },
    { "posix_spawnp", "process" }, { "ptrace", "process" },
    { "socket", "network" },       { "connect", "network" },
    { "bind", "network" },         { "listen", "network" },
    { "getaddrinfo", "network" },  { "gethostbyname", "network" },
    { "dlopen", "native" },        { "mprotect", "native" },
    { "syscall", "native" },       { "asm", "native" },
    { "__asm__", "native" },       { "longjmp", "native" },
};

/* Where the format stands among the arguments; reads: "%s" fills memory of
 * the caller. */
static const struct {
    const char *name;
    int place;
    bool reads;
} formats[] = {
    { "printf", 0, false },  { "fprintf", 1, false }, { "snprintf", 2, false },
    { "sprintf", 1, false }, { "syslog", 1, false },  { "scanf", 0, true },
    { "fscanf", 1, true },   { "sscanf", 1, true },   { "dprintf", 1, false },
};

/* The result and what it is made from; t is without comments. */
struct work {
    struct tw_inspection *in;
    struct tw_ctoks *t;
    struct tw_arena *a;
};

/* A name as text; long ones are cut, they are for people. */
static const char *word(const struct work *w, size_t i)
{
    const struct tw_lex_token *k = &w->t->tokens[i];
    size_t n = k->len;
    if (n > WORD_MAX)
        n = WORD_MAX;
    const char *text = tw_arena_text(w->a, w->t->text + k->at, n);
    if (!text)
        return "";
    return text;
}

/* Notes beyond the most are dropped: the first ones say enough. */
static void note(struct tw_inspect_note *notes, size_t *n, int line,
                 const char *what, const char *kind)
{
    if (*n < NOTES_MAX)
        notes[(*n)++] = (struct tw_inspect_note){ line, what, kind };
}

/* First token of argument number place of the call whose "(" is at open; t->n
 * when the call has fewer. */
static size_t argument(const struct tw_ctoks *t, size_t open, int place)
{
    size_t end = tw_ctok_close(t, open);
    size_t i = open + 1;
    for (; place > 0 && i < end; i++) {
        if (tw_ctok_is(t, i, ","))
            place--;
        else
            i = tw_ctok_close(t, i);
    }
    if (place > 0 || i >= end)
        return t->n;
    return i;
}

/* "%s" without a width reads without a bound; "%20s" has one, and "%%" is no
 * conversion at all. */
static bool reads_unbounded(const struct tw_ctoks *t, size_t i)
{
    const char *s = t->text + t->tokens[i].at;
    for (size_t k = 0; k + 1 < t->tokens[i].len; k++) {
        if (s[k] != '%')
            continue;
        if (s[k + 1] == 's' || s[k + 1] == '[')
            return true;
        k++;
    }
    return false;
}

/* A format that is no literal may hold what another person wrote. */
static void check_format(struct work *w, size_t i, int place, bool reads)
{
    const struct tw_ctoks *t = w->t;
    size_t at = argument(t, i + 1, place);
    if (at == t->n)
        return;
    bool literal = t->tokens[at].kind == TW_LEX_STRING ||
                   tw_ctok_is(t, at + 1, "\"") ||
                   (at + 1 < t->n && t->tokens[at + 1].kind == TW_LEX_STRING);
    if (!literal)
        note(w->in->unsafe, &w->in->n_unsafe, t->tokens[i].line, word(w, i),
             "format");
    else if (reads && t->tokens[at].kind == TW_LEX_STRING &&
             reads_unbounded(t, at))
        note(w->in->unsafe, &w->in->n_unsafe, t->tokens[i].line, word(w, i),
             "bounds");
}

/* Calls by name.  A member of that name (x.remove) is another function. */
static void find_unsafe(struct work *w)
{
    const struct tw_ctoks *t = w->t;
    for (size_t i = 0; i + 1 < t->n; i++) {
        if (t->tokens[i].kind != TW_LEX_NAME || !tw_ctok_is(t, i + 1, "(") ||
            (i > 0 &&
             (tw_ctok_is(t, i - 1, ".") || tw_ctok_is(t, i - 1, "->"))))
            continue;
        for (size_t k = 0; k < TW_ARRAY_LEN(unsafe); k++)
            if (tw_ctok_is(t, i, unsafe[k].name))
                note(w->in->unsafe, &w->in->n_unsafe, t->tokens[i].line,
                     unsafe[k].name, unsafe[k].kind);
        for (size_t k = 0; k < TW_ARRAY_LEN(formats); k++)
            if (tw_ctok_is(t, i, formats[k].name))
                check_format(w, i, formats[k].place, formats[k].reads);
    }
}

/* assert(), and the macros of the common frameworks by how they begin. */
static bool is_assertion(const struct tw_ctoks *t, size_t i)
{
    static const char *const heads[] = { "assert",    "ASSERT",
                                         "EXPECT",    "CHECK",
                                         "CU_ASSERT", "TEST_ASSERT",
                                         "ck_assert", "REQUIRE" };
    const struct tw_lex_token *k = &t->tokens[i];
    if (k->kind != TW_LEX_NAME || !tw_ctok_is(t, i + 1, "("))
        return false;
    for (size_t h = 0; h < TW_ARRAY_LEN(heads); h++) {
        size_t n = strlen(heads[h]);
        if (k->len >= n && memcmp(t->text + k->at, heads[h], n) == 0 &&
            (k->len == n || t->text[k->at + n] == '_'))
            return true;
    }
    return false;
}

/* Calls and ++ may give another value each time: then it is no tautology. */
static bool same_tokens(const struct tw_ctoks *t, size_t a, size_t b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct tw_lex_token *x = &t->tokens[a + i],
                                  *y = &t->tokens[b + i];
        if (x->len != y->len ||
            memcmp(t->text + x->at, t->text + y->at, x->len) != 0 ||
            tw_ctok_is(t, a + i, "(") || tw_ctok_is(t, a + i, "++") ||
            tw_ctok_is(t, a + i, "--"))
            return false;
    }
    return n > 0;
}

/* Why the assertion cannot fail; NULL when it can.  Two patterns that models
 * write when they do not know the value: assert(1) and assert(x == x). */
static const char *vacuous_why(const struct tw_ctoks *t, size_t open)
{
    size_t end = tw_ctok_close(t, open), n = end - open - 1;
    bool constant = n > 0, operators = false;
    for (size_t i = open + 1; i < end; i++) {
        enum tw_lex_kind k = t->tokens[i].kind;
        operators = operators || tw_ctok_is(t, i, "==");
        constant =
            constant && (k != TW_LEX_NAME || tw_ctok_is(t, i, "true") ||
                         tw_ctok_is(t, i, "false") || tw_ctok_is(t, i, "NULL"));
    }
    if (constant)
        return "asserts a constant";
    if (operators && n % 2 == 1 && n / 2 > 0 &&
        tw_ctok_is(t, open + 1 + n / 2, "==") &&
        same_tokens(t, open + 1, open + 2 + n / 2, n / 2))
        return "compares a value with itself";
    return NULL;
}

/* All count; one that cannot fail is noted too. */
static void find_asserts(struct work *w)
{
    const struct tw_ctoks *t = w->t;
    for (size_t i = 0; i < t->n; i++) {
        if (!is_assertion(t, i))
            continue;
        w->in->n_asserts++;
        const char *why = NULL;
        if (tw_ctok_close(t, i + 1) < t->n)
            why = vacuous_why(t, i + 1);
        if (why)
            note(w->in->vacuous, &w->in->n_vacuous, t->tokens[i].line, why, "");
    }
}

/* McCabe 1976, as pmccabe counts: each way that a token opens. */
static int decisions(const struct tw_ctoks *t, size_t first, size_t last)
{
    static const char *const words[] = { "if", "for", "while", "case",
                                         "?",  "&&",  "||",    NULL };
    int n = 0;
    for (size_t i = first; i < last; i++)
        n += (t->tokens[i].kind == TW_LEX_NAME ||
              t->tokens[i].kind == TW_LEX_PUNCT) &&
             tw_ctok_among(t, i, words);
    return n;
}

/* What ends with ";" (not the two of a for), and what has a head.  So an if
 * with one statement counts two, as a debugger would stop twice. */
static int statements(const struct tw_ctoks *t, size_t first, size_t last)
{
    static const char *const heads[] = { "if", "for", "while", "switch", NULL };
    int n = 0;
    for (size_t i = first; i < last; i++) {
        bool head = t->tokens[i].kind == TW_LEX_NAME &&
                    tw_ctok_among(t, i, heads) && tw_ctok_is(t, i + 1, "(");
        n += head || tw_ctok_is(t, i, ";");
        if (head && tw_ctok_close(t, i + 1) < last) {
            i = tw_ctok_close(t, i + 1);
            n -= tw_ctok_is(t, i + 1, ";"); /* do ... while (x); */
        }
    }
    return n;
}

/* Of braces, so a single statement behind an if does not count. */
static int nesting(const struct tw_ctoks *t, size_t first, size_t last)
{
    int depth = 0, deepest = 0;
    for (size_t i = first; i < last; i++) {
        if (t->tokens[i].kind != TW_LEX_PUNCT)
            continue;
        depth += tw_ctok_is(t, i, "{") - tw_ctok_is(t, i, "}");
        if (depth > deepest)
            deepest = depth;
    }
    return deepest;
}

/* Commas at the top of the list; (void) and () are none. */
static int params(const struct tw_ctoks *t, size_t open)
{
    size_t end = tw_ctok_close(t, open);
    if (end == open + 1 || (end == open + 2 && tw_ctok_is(t, open + 1, "void")))
        return 0;
    int n = 1;
    for (size_t i = open + 1; i < end; i++) {
        n += tw_ctok_is(t, i, ",");
        i = tw_ctok_close(t, i);
    }
    return n;
}

/* Definitions only: what has a body. */
static enum tw_status add_functions(struct work *w, struct tw_err *err)
{
    const struct tw_ctoks *t = w->t;
    struct tw_cfunction *f;
    size_t n;
    TW_TRY(tw_ctok_functions(t, w->a, &f, &n, err));
    w->in->functions = tw_arena_alloc(w->a, n + 1, sizeof(*w->in->functions));
    TW_TRY(tw_arena_check(w->a, "an inspection", err));
    for (size_t i = 0; i < n; i++) {
        const char *name = word(w, f[i].name);
        w->in->n_tests += strncmp(name, "test", 4) == 0;
        w->in->functions[w->in->n_functions++] = (struct tw_inspect_function){
            .name = name,
            .line = t->tokens[f[i].name].line,
            .last_line = t->tokens[f[i].close].line,
            .complexity = 1 + decisions(t, f[i].open, f[i].close),
            .statements = statements(t, f[i].open, f[i].close),
            .nesting = nesting(t, f[i].open + 1, f[i].close),
            .params = params(t, f[i].params),
        };
    }
    return TW_OK;
}

/* Lines of blanks only; those inside of comments are taken out again below. */
static void count_blank(struct tw_inspection *in, const struct tw_source *s)
{
    bool blank = true;
    for (size_t i = 0; i < s->n; i++) {
        if (s->text[i] == '\n') {
            in->n_blank += blank;
            blank = true;
        } else if (!strchr(" \t\r\v\f", s->text[i])) {
            blank = false;
        }
    }
}

/* Lines that hold a comment, each once, whatever else is there. */
static void count_comments(struct tw_inspection *in, const struct tw_ctoks *t)
{
    int last = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct tw_lex_token *k = &t->tokens[i];
        if (k->kind != TW_LEX_COMMENT)
            continue;
        int end = k->line;
        bool blank = false;
        for (size_t c = 0; c < k->len; c++) {
            char ch = t->text[k->at + c];
            in->n_blank -= ch == '\n' && blank; /* counted as a comment */
            blank = ch == '\n' || (blank && strchr(" \t\r", ch) != NULL);
            end += ch == '\n';
        }
        in->n_comment += end - k->line + (k->line != last);
        last = end;
    }
}

/* Read twice: with comments for their lines, without them for all the rest,
 * where a comment between two tokens must not hide a pattern. */
enum tw_status tw_inspect_c(struct tw_inspection *in, struct tw_arena *a,
                            const struct tw_source *source, struct tw_err *err)
{
    struct tw_ctoks with, t;
    struct work w = { in, &t, a };
    TW_TRY(tw_ctok_read(&with, a, source->text, source->n, true, err));
    TW_TRY(tw_ctok_read(&t, a, source->text, source->n, false, err));
    in->unsafe = tw_arena_alloc(a, NOTES_MAX, sizeof(*in->unsafe));
    in->vacuous = tw_arena_alloc(a, NOTES_MAX, sizeof(*in->vacuous));
    TW_TRY(tw_arena_check(a, "an inspection", err));
    in->readable = true;
    in->n_lines = t.n_lines;
    in->n_tokens = 1000000000;
    if (t.n < 1000000000)
        in->n_tokens = (int)t.n;
    in->complexity = 1;
    count_blank(in, source);
    count_comments(in, &with);
    in->n_statements = statements(&t, 0, t.n);
    find_unsafe(&w);
    find_asserts(&w);
    return add_functions(&w, err);
}

/* #include "NAME" anywhere in the tests. */
bool tw_inspect_is_included(const struct tw_source *source,
                            const struct tw_source *tests)
{
    size_t n = strlen(source->name);
    for (size_t i = 0; i + n + 2 <= tests->n; i++)
        if (tests->text[i] == '"' && tests->text[i + n + 1] == '"' &&
            memcmp(tests->text + i + 1, source->name, n) == 0)
            return true;
    return false;
}

/* No option, no hidden file, no folder, nothing that a shell would read. */
static bool is_plain_name(const char *name)
{
    const char *ok = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789._-";
    return *name && *name != '-' && *name != '.' && strlen(name) < 100 &&
           name[strspn(name, ok)] == '\0';
}

/* Before anything runs: program and tests lie in one folder of the jail, and
 * their names stand in a command line there. */
enum tw_status tw_inspect_names(const struct tw_source *source,
                                const struct tw_source *tests,
                                struct tw_err *err)
{
    const char *names[] = { source->name, tests->name };
    for (size_t i = 0; i < 2; i++)
        if (!is_plain_name(names[i]))
            return tw_fail(err, TW_EINVAL, 0,
                           "cannot use the file name '%.60s': letters, "
                           "digits, . _ - only",
                           names[i]);
    if (strcmp(source->name, tests->name) == 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "program and tests have the same name '%.60s'",
                       source->name);
    return TW_OK;
}
