/*
 * lang_finding.c - what compilers and dying programs print, read for a cause.
 *
 * All of it is untrusted text: it names the cause of a failure, with line and
 * message for people, and never makes one a pass.  What is not understood
 * leaves the finding as the jail made it.
 */
#include "lang/lang_priv.h"

#include "python/exception.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A piece of a buffer; not ended by a NUL, and lines may hold any byte. */
struct text {
    const char *at, *end;
};

static struct text text_of(const struct tw_buf *b)
{
    const char *at = tw_buf_text(b);

    return (struct text){ at, at + b->len };
}

/* The next line, without its end; false: no more. */
static bool line_next(struct text *t, struct text *line)
{
    if (t->at >= t->end)
        return false;
    const char *stop = memchr(t->at, '\n', (size_t)(t->end - t->at));
    if (!stop) { /* the last one is cut */
        *line = *t;
        t->at = t->end;
        return true;
    }
    *line = (struct text){ t->at, stop };
    t->at = stop + 1;
    return true;
}

/* As memmem(), which is not in POSIX. */
static const char *find(struct text t, const char *needle)
{
    size_t n = strlen(needle);

    for (const char *at = t.at; (size_t)(t.end - at) >= n; at++) {
        at = memchr(at, needle[0], (size_t)(t.end - at));
        if (!at || (size_t)(t.end - at) < n)
            return NULL;
        if (memcmp(at, needle, n) == 0)
            return at;
    }
    return NULL;
}

/* Both may hold any byte. */
static bool starts(struct text t, const char *head)
{
    size_t n = strlen(head);

    return (size_t)(t.end - t.at) >= n && memcmp(t.at, head, n) == 0;
}

/* Digits at "at" (the buffer ends with a NUL); 0 when there are none. */
static int number(const char *at)
{
    long v = strtol(at, NULL, 10);

    if (v < 0 || v >= 100000000)
        return 0;
    return (int)v;
}

/* Into a field of the finding: cleaned, cut, without blanks in front. */
static void put(char *to, size_t size, const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    tw_finding_clean(to, size, at, (size_t)(end - at));
}

/* The number after the last "FILE" + mark of a text: where it happened.  A
 * mark is what stands before the number of a line in this language's
 * messages. */
static int line_after(struct text t, const char *mark, bool last)
{
    int line = 0;
    const char *at;

    while ((at = find(t, mark)) != NULL) {
        t.at = at + strlen(mark);
        int n = number(t.at);
        if (n > 0)
            line = n;
        if (n > 0 && !last)
            break;
    }
    return line;
}

/* From here to the end of the line, or of the text. */
static const char *stop_at(const char *at, const char *end, char mark)
{
    const char *stop = memchr(at, mark, (size_t)(end - at));

    if (!stop)
        return end;
    return stop;
}

/* "main.cpp:3:5: error: text", "Main.java:3: error: text", "main.go:3:5:
 * text": true, and the finding has line and text. */
static bool take_error(struct tw_finding *f, struct text line, bool go)
{
    const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));
    const char *mark = find(line, "error: ");

    /* A place in a file that is not the program's has no line to tell. */
    bool own = starts(line, "main.") || starts(line, "Main.java") ||
               starts(line, "Solution.java");
    if (go && colon && number(colon + 1) > 0) {
        const char *text = find((struct text){ colon, line.end }, ": ");
        f->line = 0;
        if (own)
            f->line = number(colon + 1);
        if (text)
            put(f->text, sizeof(f->text), text + 2, line.end);
        else
            put(f->text, sizeof(f->text), colon + 1, line.end);
        return true;
    }
    if (!mark)
        return false;
    f->line = 0;
    if (own && colon && colon < mark)
        f->line = number(colon + 1);
    put(f->text, sizeof(f->text), mark + strlen("error: "), line.end);
    return true;
}

/* The first error is the one to show: those behind it often follow from it. */
static void finding_compiler(struct tw_finding *f, enum tw_lang lang,
                             const struct tw_jail_result *r)
{
    struct text all = text_of(&r->err), line, first = { NULL, NULL };

    f->cause = TW_CAUSE_SYNTAX;
    snprintf(f->type, sizeof(f->type), "compiler");
    while (line_next(&all, &line)) {
        if (take_error(f, line, lang == TW_LANG_GO)) {
            if (find(line, "fatal error: ") || find(line, "could not import"))
                f->cause = TW_CAUSE_IMPORT;
            return;
        }
        if (find(line, "undefined reference to")) {
            put(f->text, sizeof(f->text), find(line, "undefined reference to"),
                line.end);
            return;
        }
        if (!first.at && line.end > line.at)
            first = line;
    }
    if (first.at)
        put(f->text, sizeof(f->text), first.at, first.end);
}

/* Made nothing and yet exit status 0: our script is wrong, not the program. */
void tw_lang_finding_build(struct tw_finding *f, enum tw_lang lang,
                           const struct tw_jail_result *r,
                           enum tw_jail_tier tier)
{
    tw_finding_of_run(f, r, tier);
    if (f->end == TW_END_ERROR) {
        finding_compiler(f, lang, r);
    } else if (f->end == TW_END_PASS && r->truncated) {
        f->end = TW_END_LIMIT;
        f->cause = TW_CAUSE_LIMIT;
        snprintf(f->text, sizeof(f->text), "compiler: output limit");
    } else if (f->end == TW_END_PASS && r->record.len == 0) {
        f->end = TW_END_HARNESS;
        f->cause = TW_CAUSE_HARNESS;
        snprintf(f->text, sizeof(f->text), "the compiler made nothing");
    } else if (f->end != TW_END_PASS) {
        char why[sizeof(f->text)];
        memcpy(why, f->text, sizeof(why));
        if (!why[0])
            snprintf(why, sizeof(why), "%s", r->cause);
        snprintf(f->text, sizeof(f->text), "compiler: %.140s", why);
    }
}

/* "Type: text" into type and text; the type ends at the first character that
 * no name has. */
static void take_exception(struct tw_finding *f, struct text line)
{
    const char *at = line.at;

    while (at < line.end && *at != ':' && *at != ' ')
        at++;
    put(f->type, sizeof(f->type), line.at, at);
    if (at < line.end)
        at++;
    put(f->text, sizeof(f->text), at, line.end);
}

/* The last line that is not indented is the exception; a traceback above it
 * shows that it is one, and not just something the program printed. */
static void finding_python(struct tw_finding *f, struct text all)
{
    struct text rest = all, line, last = { NULL, NULL };

    while (line_next(&rest, &line))
        if (line.end > line.at && line.at[0] != ' ')
            last = line;
    if (!last.at || !find(all, "File \""))
        return;
    take_exception(f, last);
    f->line = line_after(all, "main.py\", line ", true);
    f->cause = tw_py_exception_cause(f->type);
}

/* Node throws errors of one kind for many causes, so the text has to tell
 * them apart. */
static enum tw_cause cause_js(const char *type, struct text line)
{
    if (strcmp(type, "SyntaxError") == 0)
        return TW_CAUSE_SYNTAX;
    if (find(line, "Cannot find module"))
        return TW_CAUSE_IMPORT;
    if (strcmp(type, "AssertionError") == 0)
        return TW_CAUSE_ASSERTION;
    return TW_CAUSE_RUNTIME;
}

/* Node prints the place, the line, a mark, an empty line, then the error. */
static void finding_js(struct tw_finding *f, struct text all)
{
    struct text rest = all, line;
    int place = line_after(all, "/main.js:", false);

    if (find(all, "heap out of memory")) {
        f->end = TW_END_LIMIT;
        f->cause = TW_CAUSE_LIMIT;
        snprintf(f->text, sizeof(f->text), "JavaScript heap out of memory");
        return;
    }
    while (line_next(&rest, &line)) {
        const char *colon = find(line, "Error: ");
        const char *bracket = find(line, "Error [");
        if (bracket && (!colon || bracket < colon))
            colon = bracket;
        if (!colon || memchr(line.at, ' ', (size_t)(colon - line.at)))
            continue;
        take_exception(f, line);
        f->line = place;
        f->cause = cause_js(f->type, line);
        return;
    }
}

/* The first frame that is not the library's. */
static int line_java(struct text rest)
{
    struct text line;

    while (line_next(&rest, &line))
        if (starts(line, "\tat ") && !find(line, "java.base/"))
            return line_after(line, ".java:", false);
    return 0;
}

/* "Exception in thread "main" Type: text", then the frames. */
static void finding_java(struct tw_finding *f, struct text all)
{
    static const char head[] = "Exception in thread \"";
    const char *at = find(all, head);

    if (!at)
        return;
    const char *name = strchr(at + strlen(head), '"');
    if (!name || name >= all.end)
        return;
    struct text rest = { name + 1, all.end }, line = { all.end, all.end };
    (void)line_next(&rest, &line);
    while (line.at < line.end && *line.at == ' ')
        line.at++;
    take_exception(f, line);
    f->line = line_java(rest);
    f->cause = TW_CAUSE_RUNTIME;
    if (strstr(f->type, "AssertionError"))
        f->cause = TW_CAUSE_ASSERTION;
    if (strstr(f->type, "OutOfMemoryError")) {
        f->end = TW_END_LIMIT;
        f->cause = TW_CAUSE_LIMIT;
    }
}

/* A panic of the program, or an error of the runtime, and the goroutines
 * after it. */
static void finding_go(struct tw_finding *f, struct text all)
{
    static const char *const heads[] = { "panic: ", "fatal error: " };
    struct text rest = all, line;

    while (line_next(&rest, &line)) {
        for (size_t i = 0; i < TW_ARRAY_LEN(heads); i++) {
            if (!starts(line, heads[i]))
                continue;
            put(f->type, sizeof(f->type), line.at,
                line.at + strlen(heads[i]) - 2);
            put(f->text, sizeof(f->text), line.at + strlen(heads[i]), line.end);
            f->line = line_after(rest, "/main.go:", false);
            f->cause = TW_CAUSE_RUNTIME;
            if (find(line, "out of memory")) {
                f->end = TW_END_LIMIT;
                f->cause = TW_CAUSE_LIMIT;
            }
            return;
        }
    }
}

/* What libstdc++ and assert() print before abort(). */
static void finding_native(struct tw_finding *f, struct text all)
{
    static const char thrown[] = "terminate called after throwing an "
                                 "instance of '";
    const char *at = find(all, thrown), *end;
    const char *what = find(all, "what():  ");

    if (at) {
        at += strlen(thrown);
        end = memchr(at, '\'', (size_t)(all.end - at));
        if (end)
            put(f->type, sizeof(f->type), at, end);
        if (what)
            put(f->text, sizeof(f->text), what + strlen("what():  "),
                stop_at(what, all.end, '\n'));
        f->cause = TW_CAUSE_RUNTIME;
        return;
    }
    at = find(all, ": Assertion `");
    if (!at)
        return;
    at += strlen(": Assertion `");
    end = find((struct text){ at, all.end }, "' failed.");
    if (!end)
        end = all.end;
    put(f->text, sizeof(f->text), at, end);
    snprintf(f->type, sizeof(f->type), "assert");
    f->line = line_after(all, "main.c:", false);
    if (f->line == 0)
        f->line = line_after(all, "main.cpp:", false);
    f->cause = TW_CAUSE_ASSERTION;
}

/* Only an end that is the program's own fault is looked into: limits and
 * refusals are known by the jail, and their text could be made up. */
void tw_lang_finding_run(struct tw_finding *f, enum tw_lang lang,
                         const struct tw_jail_result *r, enum tw_jail_tier tier)
{
    const struct text all = text_of(&r->err);

    tw_finding_of_run(f, r, tier);
    if (f->end != TW_END_ERROR && f->end != TW_END_SIGNAL)
        return;
    switch (lang) {
    case TW_LANG_PYTHON:
        finding_python(f, all);
        break;
    case TW_LANG_JS:
        finding_js(f, all);
        break;
    case TW_LANG_JAVA:
        finding_java(f, all);
        break;
    case TW_LANG_GO:
        finding_go(f, all);
        break;
    case TW_LANG_C:
    case TW_LANG_CPP:
        finding_native(f, all);
        break;
    case TW_LANG_SHELL:
    case TW_LANG_COUNT:
        break;
    }
}
